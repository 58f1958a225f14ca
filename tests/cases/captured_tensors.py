"""A transform's function uses a tensor that is differentiated outside: its history is kept."""
import torch
from torch.func import grad, jacrev, jvp

cubes = grad(lambda a: grad(lambda b: a * a * b ** 3)(torch.tensor(2.0)))(torch.tensor(5.0))
assert cubes == 2 * 5 * 3 * 4          # d/da of a^2 * 3 b^2

scale = torch.tensor(0.5, requires_grad=True)
slope = grad(lambda b: (scale * b) ** 2)(torch.tensor(4.0))          # 2 scale^2 b
(slope + scale).backward()
assert scale.grad == 4 * 0.5 * 4 + 1

scale.grad = None
_, moved = jvp(lambda b: scale * b.exp(), (torch.tensor(0.0),), (torch.tensor(3.0),))
moved.backward()
assert scale.grad == 3

weights = torch.tensor([1.0, -2.0], requires_grad=True)
place = torch.tensor([3.0, 4.0])
rows = jacrev(lambda v: weights * v ** 2)(place)                     # diag(2 weights v)
rows.sum().backward()
assert weights.grad.tolist() == [6.0, 8.0]

weights.grad = None
energy = lambda v: (weights * v.sin()).sum()
(energy(place) + grad(energy)(place).sum()).backward()
assert torch.allclose(weights.grad, place.sin() + place.cos())
