"""e3nn: spherical harmonics and tensor products that turn with their inputs.

needs: e3nn opt_einsum_fx opt_einsum
tolerance: 1e-3
"""
import torch
from e3nn import o3

torch.manual_seed(0)
x = torch.randn(5, 3)
print(o3.spherical_harmonics([0, 1, 2], x, normalize=True).sum(0).tolist())
rotation = o3.rand_matrix()
irreps = o3.Irreps("2x0e + 1x1o + 1x2e")
print(irreps.dim, (irreps.D_from_matrix(rotation) @ irreps.D_from_matrix(rotation).T - torch.eye(irreps.dim)).abs().max().item() < 1e-5,
      o3.wigner_3j(1, 1, 2).norm().item())
product = o3.FullyConnectedTensorProduct(irreps, "1x0e + 1x1o", "2x0e + 1x1o")
linear = o3.Linear("2x0e + 1x1o", "1x0e")
optimizer = torch.optim.Adam([*product.parameters(), *linear.parameters()], 1e-2)
a, b = irreps.randn(4, -1), o3.Irreps("1x0e + 1x1o").randn(4, -1)
for _ in range(3):
    loss = (linear(product(a, b)) - 1).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
