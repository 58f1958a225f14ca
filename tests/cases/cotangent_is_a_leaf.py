"""With create_graph, a gradient that is the cotangent itself still has its history after a value
was looked at."""
import torch

for operation in (lambda a: a - 2, lambda a: 3 + a, lambda a: a.clone(), lambda a: a.view(2, 1)):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    ct = torch.tensor([2.0, 5.0], requires_grad=True)
    y = operation(x)
    (g,) = torch.autograd.grad(y, x, ct.view(y.shape), create_graph=True)
    assert x.sum().item() == 2.0
    assert g.requires_grad
    (g ** 3).sum().backward()
    assert ct.grad.tolist() == [12.0, 75.0]

x = torch.tensor([0.5, 1.5], requires_grad=True)
ct = torch.tensor([2.0, 5.0], requires_grad=True)
(x - 1).backward(ct, create_graph=True)
float(ct.sum())
assert x.grad.requires_grad
