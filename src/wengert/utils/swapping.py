"""``torch.utils.swap_tensors``."""

from __future__ import annotations

from typing import Any


def swap_tensors(t1: Any, t2: Any) -> None:
    """Have each of two tensors be what the other was: value, gradient, class and attributes.

    RuntimeError where one is in use by a graph.
    """
    for tensor in (t1, t2):
        if tensor.grad_fn is not None:
            raise RuntimeError("swap_tensors: a tensor that was computed is in use by a graph; "
                               "detach() it first")
    values = t1.detach().clone(), t2.detach().clone()
    state = [(t.__class__, dict(t.__dict__), t.requires_grad, t.grad) for t in (t1, t2)]
    for tensor, value, (kind, attributes, requires_grad, grad) in zip(
            (t1, t2), reversed(values), reversed(state), strict=True):
        tensor.requires_grad_(False)
        tensor.grad = None
        tensor.data = value
        tensor.__class__ = kind
        tensor.__dict__.clear()
        tensor.__dict__.update(attributes)
        tensor.requires_grad_(requires_grad)
        tensor.grad = grad


