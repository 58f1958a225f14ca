"""Formulas that were silently wrong: a complex gradient, products twice at zeros, a slice of the
whole, an empty index, the nearest element of a grid."""
import torch
from torch.nn import functional as F

z = torch.tensor([0.3 - 0.4j, -1.0 + 2.0j], dtype=torch.complex128, requires_grad=True)
size = lambda w: F.softsign(w).abs().square().sum()
size(z).backward()
h = 1e-6
with torch.no_grad():
    for k in range(2):
        for step in (1.0, 1.0j):
            move = torch.zeros(2, dtype=torch.complex128)
            move[k] = step * h
            right = (size(z + move) - size(z - move)) / (2 * h)
            got = z.grad[k].real if step == 1.0 else z.grad[k].imag
            assert abs(got - right) < 1e-6, (k, step, got, right)

values = torch.tensor([3.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
ones, places = torch.ones(2, dtype=torch.float64), torch.tensor([1, 1, 1])
product = ones.scatter_reduce(0, places, values, "prod")
(g,) = torch.autograd.grad(product[1], values, create_graph=True)
assert g.tolist() == [0.0, 6.0, 0.0]
rows = [torch.autograd.grad(g[k], values, retain_graph=True)[0].tolist() for k in range(3)]
assert rows == [[0.0, 2.0, 0.0], [2.0, 0.0, 3.0], [0.0, 3.0, 0.0]], rows

for k in (1.0, 2.0):
    base = torch.full((3,), k, requires_grad=True)
    src = torch.tensor([5.0, 6.0, 7.0], requires_grad=True)
    (torch.slice_scatter(base, src) * 2).sum().backward()
    assert src.grad.tolist() == [2.0] * 3 and (base.grad is None or not base.grad.any())

x = torch.ones(2, 3, requires_grad=True)
x.gather(1, torch.zeros(0, 3, dtype=torch.long)).sum().backward()
assert x.grad.tolist() == [[0.0] * 3] * 2

image = torch.rand(1, 1, 3, 3, requires_grad=True)
grid = torch.zeros(1, 2, 2, 2, requires_grad=True)
F.grid_sample(image, grid, mode="nearest", align_corners=False).sum().backward()
assert grid.grad is not None and not grid.grad.any() and image.grad.sum() == 4
