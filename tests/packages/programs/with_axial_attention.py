"""axial-attention: attention along rows and columns of an image, with positions.

needs: axial-attention
"""
import torch
from axial_attention import AxialAttention, AxialImageTransformer, AxialPositionalEmbedding

torch.manual_seed(0)
x = torch.randn(2, 8, 5, 6)
model = torch.nn.Sequential(AxialPositionalEmbedding(8, (5, 6)), AxialAttention(dim=8, dim_index=1, heads=2, num_dimensions=2))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
for _ in range(4):
    loss = (model(x) - x.flip(-1)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
print(AxialImageTransformer(dim=8, depth=2, heads=2, reversible=True)(x).sum().item())
