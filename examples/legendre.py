"""Fits a + b P₃(c + d x) to a sine, with the Legendre polynomial P₃ as an autograd.Function."""

import math

import torch


class Legendre3(torch.autograd.Function):
    """P₃(z) = (5 z³ − 3 z) / 2, with its derivative by hand."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return 0.5 * (5 * z ** 3 - 3 * z)

    @staticmethod
    def backward(ctx, grad_output):
        z, = ctx.saved_tensors
        return grad_output * 1.5 * (5 * z ** 2 - 1)


torch.manual_seed(0)

x = torch.linspace(-math.pi, math.pi, 2000)
y = torch.sin(x)

# Not far from a solution to begin with: the surface is steep.
a = (0.1 * torch.randn(())).requires_grad_()
b = (-1.0 + 0.1 * torch.randn(())).requires_grad_()
c = (0.1 * torch.randn(())).requires_grad_()
d = (0.3 + 0.01 * torch.randn(())).requires_grad_()

learning_rate = 5e-6
for step in range(1, 2001):
    y_pred = a + b * Legendre3.apply(c + d * x)
    loss = (y_pred - y).pow(2).sum()
    if step % 100 == 0:
        print(step, loss.item())

    loss.backward()

    with torch.no_grad():
        for parameter in (a, b, c, d):
            parameter -= learning_rate * parameter.grad
            parameter.grad = None

print(f"y = {a.item():.6f} + {b.item():.6f} P3({c.item():.6f} + {d.item():.6f} x)")
