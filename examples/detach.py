"""What is detached counts as a constant: the gradient of u * x is u, where u = (x * x).detach()."""

import torch

x = torch.arange(4.0, requires_grad=True)

y = x * x
u = y.detach()
z = u * x
z.sum().backward()
print(x.grad)
print(x.grad == u)

# The graph of y itself is still there.
x.grad.zero_()
y.sum().backward()
print(x.grad)
print(x.grad == 2 * x)
