"""The gradient of y = 2 x·x is 4 x."""

import torch

x = torch.arange(4.0)
x.requires_grad_(True)
print(x)

y = 2 * torch.dot(x, x)
print(y)

y.backward()
print(x.grad)
print(x.grad == 4 * x)

# Gradients add up until they are cleared.
x.grad.zero_()
y = x.sum()
y.backward()
print(x.grad)
