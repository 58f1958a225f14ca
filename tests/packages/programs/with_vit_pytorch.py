"""vit-pytorch: a vision transformer trained; a simple one, and one with its attention looked at.

needs: vit-pytorch torchvision einops
tolerance: 1e-3
"""
import torch
from vit_pytorch import SimpleViT, ViT
from vit_pytorch.recorder import Recorder

torch.manual_seed(0)
x, y = torch.randn(4, 3, 16, 16), torch.tensor([0, 1, 2, 3])
for kind, more in ((ViT, {"dropout": 0.1, "emb_dropout": 0.1}), (SimpleViT, {})):
    model = kind(image_size=16, patch_size=4, num_classes=4, dim=16, depth=2, heads=2, mlp_dim=32, **more)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(4):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(kind.__name__, loss.item())
model = ViT(image_size=16, patch_size=4, num_classes=4, dim=16, depth=2, heads=2, mlp_dim=32).eval()
out, attention = Recorder(model)(x)
print(out.sum().item(), attention.shape, attention[0, 0, 0, 0, :3].tolist())
