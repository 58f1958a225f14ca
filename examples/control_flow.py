"""Differentiates a Python function whose while and if depend on the values themselves."""

import torch

torch.manual_seed(0)


def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c


for _ in range(4):
    a = torch.randn((), requires_grad=True)
    d = f(a)
    d.backward()
    # f is piecewise linear through the origin, so its slope is f(a) / a.
    print(a.item(), d.item(), a.grad.item(), (a.grad == d / a).item())
