"""Forward mode goes through an inner no_grad; reverse mode stops at it."""
import torch


def f(x):
    with torch.no_grad():
        size = x.exp()
    return x.exp() / size


point = torch.tensor([0.5, -1.0])
_, tangent = torch.func.jvp(f, (point,), (torch.ones(2),))
assert torch.allclose(tangent, torch.zeros(2), atol=1e-6)
assert torch.allclose(torch.func.grad(lambda x: f(x).sum())(point), torch.ones(2))
