"""differs from PyTorch: which gives NaN.

A function of an SVD or an eigendecomposition with equal values that does not depend on the choice
of the vectors has the right gradient, an error, or NaN; never a wrong number.
"""
import torch

weights = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0], [1.0, 1.0, -2.0]])
x = (2 * torch.eye(3)).requires_grad_()
try:
    u, s, vh = torch.linalg.svd(x)
    ((u @ torch.diag(s) @ vh) * weights).sum().backward()
except RuntimeError:
    pass
else:
    assert x.grad.isnan().any() or torch.allclose(x.grad, weights, atol=1e-5), x.grad

x = torch.eye(3).requires_grad_()
symmetric = weights + weights.T
try:
    values, vectors = torch.linalg.eigh((x + x.T) / 2)
    (((vectors * values) @ vectors.T) * symmetric).sum().backward()
except RuntimeError:
    pass
else:
    assert x.grad.isnan().any() or torch.allclose(x.grad, symmetric, atol=1e-5), x.grad
