"""retain_grad follows the tensor through writes in place."""
import torch

for factor in (3.0, 4.0, 5.0):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = x + 1
    a.retain_grad()
    a.mul_(factor)
    a.add_(1)
    (a ** 2).sum().backward()
    value = (x.detach() + 1) * factor + 1
    assert torch.allclose(a.grad, 2 * value) and torch.allclose(x.grad, 2 * value * factor)
