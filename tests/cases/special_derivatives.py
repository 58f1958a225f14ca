"""differs from PyTorch: which gives silence or an error where there is a derivative.

A special function has its derivative, or an error says that it has none here; never a constant.
"""
import torch

x = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
h = 1e-5
for name in ("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_i0",
             "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "i0e", "i1e",
             "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0"):
    f = getattr(torch.special, name, None)
    if f is None:
        continue
    try:
        (g,) = torch.autograd.grad(f(x) + x, x)
    except (NotImplementedError, RuntimeError):
        continue
    with torch.no_grad():
        right = (f(x + h) - f(x - h)) / (2 * h)
    assert abs(g - 1 - right) < 1e-7, (name, g - 1, right)
for f in (torch.special.gammainc, torch.special.gammaincc, torch.special.zeta):
    a = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
    other = torch.tensor(1.25, dtype=torch.float64)
    try:
        (g,) = torch.autograd.grad(f(a, other) + a, a)
    except (NotImplementedError, RuntimeError):
        continue
    with torch.no_grad():
        right = (f(a + h, other) - f(a - h, other)) / (2 * h)
    assert abs(g - 1 - right) < 1e-6, (f, g - 1, right)
zero = torch.zeros(3, requires_grad=True)
y = torch.tensor([0.0, 1.0, 3.0])
torch.special.xlog1py(zero, y).sum().backward()
assert torch.allclose(zero.grad, torch.log1p(y))
