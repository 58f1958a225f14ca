"""Gradient checks of functions of sparse tensors: :func:`as_sparse_gradcheck`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensors.sparse.construction import sparse_coo_tensor
from ..tensors.sparse.layouts import in_layout
from ..tensors.sparse.tensor import is_sparse


def as_sparse_gradcheck(gradcheck: Callable[..., Any]) -> Callable[..., Any]:
    """``gradcheck`` (that of ``torch.autograd``, or another with its arguments) for functions that
    take or return sparse tensors.

    A sparse argument has a value at every place, so that each of its elements is checked; with
    ``masked=True`` at its own places alone.

    >>> check = torch.sparse.as_sparse_gradcheck(torch.autograd.gradcheck)
    >>> x = torch.eye(2, dtype=torch.float64).to_sparse().requires_grad_()
    >>> check(lambda x: torch.sparse.mm(x, x), x)
    True
    """
    @functools.wraps(gradcheck)
    def check(func: Callable[..., Any], inputs: Any, **options: Any) -> Any:
        masked = options.pop("masked", False)
        given = inputs if isinstance(inputs, (list, tuple)) else (inputs,)
        parts = [_parts(x, masked) for x in given]

        def dense(*values: Any) -> Any:
            out = func(*[made(v) for (_, made), v in zip(parts, values, strict=True)])
            if isinstance(out, (list, tuple)):
                return tuple(map(_strided, out))
            return _strided(out)
        return gradcheck(dense, tuple(leaf for leaf, _ in parts), **options)
    return check


def _parts(x: Any, masked: bool) -> tuple[Any, Callable[[Any], Any]]:
    """A dense argument that stands for ``x``, and how ``x`` is made of it."""
    if not is_sparse(x) or not x.requires_grad:
        return x, lambda value: value
    if masked:
        return x._v.detach().clone().requires_grad_(), x.like
    sparse_dim = x.dim() - x.dense_dim()
    shape = tuple(x.shape)
    index = np.indices(shape[:sparse_dim]).reshape(sparse_dim, -1)
    values = x.detach().to_dense().reshape(-1, *shape[sparse_dim:])
    return values.requires_grad_(), lambda value: in_layout(
        sparse_coo_tensor(index, value, shape, is_coalesced=True), x.layout)


def _strided(out: Any) -> Any:
    return out.to_dense() if is_sparse(out) else out


__all__ = ["as_sparse_gradcheck"]
