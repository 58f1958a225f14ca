"""higher: an inner loop of optimiser steps, differentiated in their starting weights and step size.

needs: higher
"""
import higher
import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
outer = torch.optim.Adam(model.parameters(), 1e-2)
inner = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
for _ in range(4):
    x = torch.randn(6, 2)
    outer.zero_grad()
    with higher.innerloop_ctx(model, inner, copy_initial_weights=False) as (fast, steps):
        for _ in range(3):
            steps.step((fast(x) - x.prod(1, keepdim=True)).square().mean())
        loss = (fast(-x) - x.prod(1, keepdim=True)).square().mean()
        loss.backward()
    outer.step()
    print(loss.item(), model[0].weight.grad.norm().item())
rate = torch.tensor(0.1, requires_grad=True)
steps = higher.get_diff_optim(torch.optim.Adam(model.parameters()), model.parameters(), fmodel=(fast := higher.monkeypatch(model)),
                              override={"lr": [rate]})
for _ in range(2):
    steps.step(fast(x).square().mean())
print(torch.autograd.grad(fast(x).square().mean(), rate)[0].item())
