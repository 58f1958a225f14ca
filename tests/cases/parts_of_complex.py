"""The real and the imaginary part can be set; a gradient that a module converts stays itself."""
import torch

for k in range(4):
    z = torch.full((3,), 1 + 2j) * (k + 1)
    z.real, z.imag = torch.arange(3.0), torch.tensor(float(k))
    assert z.tolist() == [complex(n, k) for n in range(3)]
    w = torch.full((3,), 2.0, requires_grad=True)
    y = w * (1 + 1j)
    y.imag = w * k
    (y.real * 3 + y.imag).sum().backward()
    assert w.grad.tolist() == [3.0 + k] * 3
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(1, 2)).sum().backward()
    held = layer.weight.grad
    assert layer.double().weight.grad is held and held.dtype is torch.float64
    assert held.tolist() == [[1.0, 1.0]] * 2
    try:
        w.real = torch.zeros(3)   # a leaf
    except RuntimeError:
        pass
    else:
        raise AssertionError
