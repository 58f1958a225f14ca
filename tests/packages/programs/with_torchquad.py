"""torchquad: integrals in several dimensions by several rules, and their gradients.

needs: torchquad autoray loguru tqdm
tolerance: 1e-3
"""
import torch
from torchquad import Boole, GaussLegendre, MonteCarlo, Simpson, Trapezoid, VEGAS, set_up_backend

set_up_backend("torch", data_type="float64")
scale = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
for rule, n in ((Trapezoid, 121), (Simpson, 121), (Boole, 121), (GaussLegendre, 121)):
    value = rule().integrate(lambda x: torch.sin(scale * x[:, 0]) * torch.exp(-x[:, 1]), dim=2, N=n,
                             integration_domain=[[0, 1], [-1, 1]], backend="torch")
    grad, = torch.autograd.grad(value, scale)
    print(rule.__name__, value.item(), grad.item())
print(MonteCarlo().integrate(lambda x: x.square().sum(1), dim=2, N=500, integration_domain=[[0, 1]] * 2, seed=3, backend="torch").item())
print(VEGAS().integrate(lambda x: x.square().sum(1), dim=2, N=3000, integration_domain=[[0, 1]] * 2, seed=3, backend="torch").item())
