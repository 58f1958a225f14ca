"""Transforms of arguments that are no tensors raise."""
import numpy
import torch
from torch.func import grad, jacrev, vjp

for transform in (grad, jacrev, lambda f: lambda a: vjp(f, a)):
    for argument in (2, 1.5, numpy.ones(2)):
        try:
            transform(lambda p: (torch.ones(2) * torch.as_tensor(p)).sum())(argument)
        except Exception:
            continue
        raise AssertionError(f"{transform} took {argument!r}")
