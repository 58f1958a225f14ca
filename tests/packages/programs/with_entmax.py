"""entmax: sparse softmaxes of several orders, a bisection differentiated in its order, and losses.

needs: entmax
"""
import torch
from entmax import Entmax15Loss, SparsemaxLoss, entmax15, entmax_bisect, sparsemax

torch.manual_seed(0)
x = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
alpha = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
for function in (sparsemax, entmax15, lambda t, dim: entmax_bisect(t, alpha, dim)):
    y = function(x, dim=1)
    print((y == 0).sum().item(), y.square().sum().item(), torch.autograd.grad(y.square().sum(), x)[0].norm().item())
y = entmax_bisect(x, alpha, dim=1)
print(torch.autograd.grad(y.square().sum(), alpha)[0].item())
for loss in (SparsemaxLoss(), Entmax15Loss()):
    value = loss(x, torch.tensor([0, 2, 5]))
    value.backward()
    print(value.item(), x.grad.norm().item())
