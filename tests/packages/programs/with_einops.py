"""einops: rearrange, reduce, repeat, einsum and layers; a training step of a patch mixer.

needs: einops
"""
import torch
from einops import einsum, pack, rearrange, reduce, repeat, unpack
from einops.layers.torch import EinMix, Rearrange, Reduce

torch.manual_seed(0)
images = torch.randn(4, 3, 8, 8)
model = torch.nn.Sequential(
    Rearrange("b c (h p) (w q) -> b (h w) (p q c)", p=4, q=4),
    EinMix("b t c -> b t d", weight_shape="c d", bias_shape="d", c=48, d=16), torch.nn.GELU(),
    Reduce("b t d -> b d", "mean"), torch.nn.Linear(16, 5))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
for _ in range(4):
    loss = torch.nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 3]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
print(reduce(images, "b c h w -> c", "max").tolist(), repeat(images, "b c h w -> (b k) c h w", k=2).shape)
packed, shapes = pack([images, images[:, :, 0]], "b c *")
print(packed.shape, [p.shape for p in unpack(packed, shapes, "b c *")])
print(einsum(images, images, "b c h w, b c h w -> b").tolist(), rearrange([images] * 2, "n b ... -> (n b) ...").shape)
