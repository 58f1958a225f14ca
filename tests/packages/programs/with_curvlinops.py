"""curvlinops: the Hessian and the Gauss-Newton matrix of a network as linear operators.

needs: curvlinops-for-pytorch backpack-for-pytorch einops einconv unfoldNd
"""
import torch
from curvlinops import GGNLinearOperator, HessianLinearOperator

torch.manual_seed(0)
data = [(torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)) for _ in range(2)]
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)).double()
parameters = [p for p in model.parameters() if p.requires_grad]
size = sum(p.numel() for p in parameters)
for kind in (HessianLinearOperator, GGNLinearOperator):
    operator = kind(model, torch.nn.MSELoss(), parameters, data)
    print(operator.shape, (operator @ torch.ones(size, dtype=torch.float64)).norm().item())
