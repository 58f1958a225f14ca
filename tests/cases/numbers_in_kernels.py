"""A Python number that changes as base, weight or argument: the path's later runs compute the same
as its first."""
import math

import torch

mean = torch.zeros(2, 3)
for step in range(5):
    new = torch.full((2, 3), float(step))
    before = mean.clone()
    mean.lerp_(new, 0.25 + step / 10)
    assert torch.allclose(mean, before + (0.25 + step / 10) * (new - before))
for base in (3.0, 0.5, 2.0, 1.5, 4):
    x = torch.tensor([0.0, 1.0, 3.0], requires_grad=True)
    (base ** x).sum().backward()
    assert torch.allclose(x.grad, torch.tensor([math.log(base) * base ** k for k in (0, 1, 3)]))
for number in (0.0, 2.0, 3, 0.5, 7):
    y = torch.tensor([0.5, 2.0])
    assert torch.allclose(torch.xlogy(number, y), number * y.log())
    assert torch.allclose(torch.special.xlog1py(number, y), number * y.log1p())
    powers = torch.tensor([float(number) ** k for k in (0.5, 2)])
    assert torch.allclose(torch.pow(number, y), powers)
    assert torch.allclose(torch.lerp(y, y * 2, number), y + number * y)
    assert torch.allclose(torch.xlogy(y, number + 1), y * math.log(number + 1))
    assert torch.allclose(torch.remainder(number, y), torch.tensor([number % 0.5, number % 2.0]))
