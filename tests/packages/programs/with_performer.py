"""performer-pytorch: attention by random features, a language model's steps.

needs: performer-pytorch local-attention axial-positional-embedding hyper-connections einops
tolerance: 1e-3
"""
import torch
from performer_pytorch import PerformerLM

torch.manual_seed(0)
model = PerformerLM(num_tokens=12, max_seq_len=8, dim=16, depth=1, heads=2, dim_head=8, causal=False, nb_features=16)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
x = torch.randint(0, 12, (4, 8))
for _ in range(4):
    loss = torch.nn.functional.cross_entropy(model(x).transpose(1, 2), x.flip(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
