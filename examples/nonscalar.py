"""The backward of a vector: weigh its elements with `gradient=`, or sum them first."""

import torch

x = torch.arange(4.0, requires_grad=True)

y = x * x
y.backward(gradient=torch.ones(len(y)))
print("gradient=ones:", x.grad)

x.grad.zero_()
y = x * x
y.sum().backward()
print("sum():", x.grad)

x.grad = None
y = x ** 3
y.backward(gradient=torch.tensor([1.0, 0.5, 0.25, 0.125]))
print("weighted:", x.grad)
