"""torchjd: a network trained on several losses at once, by aggregated Jacobians.

needs: torchjd qpsolvers quadprog
"""
import torch
from torchjd.aggregation import MGDA, Mean, UPGrad
from torchjd.autojac import backward, jac_to_grad

torch.manual_seed(0)
x, y, z = torch.randn(16, 5), torch.randn(16), torch.randn(16)
for aggregator in (UPGrad(), MGDA(), Mean()):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(3):
        out = model(x)
        losses = [(out[:, 0] - y).square().mean(), (out[:, 1] - z).square().mean()]
        optimizer.zero_grad()
        backward(losses)
        jac_to_grad(model.parameters(), aggregator)
        optimizer.step()
    print([loss.item() for loss in losses])
