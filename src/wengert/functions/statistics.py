"""``torch.cov`` and its kin: covariance, correlation, distances, norms that are bounded."""

from __future__ import annotations

from typing import Any

from ..linalg import matrix_norm, vector_norm
from ..tensors.attached import method
from ..tensors.recorded import into


@method
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance (n, n) of n variables in the rows of ``input`` (n, m), of one observation per
    column; 0-dim for one variable (m).

    ``fweights`` (m, integers) say how often a column counts, ``aweights`` (m) how much.

    >>> from wengert import tensor
    >>> cov(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    if input.dim() > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got an "
                           f"input with {input.dim()} dimensions")
    rows = input.reshape(1, -1) if input.dim() < 2 else input
    rows = rows if rows.is_floating_point() or rows.is_complex() else rows.float()
    weights = _weights("fweights", fweights, rows.shape[1], False)
    more = _weights("aweights", aweights, rows.shape[1], True)
    if weights is None or more is None:
        weights = more if weights is None else weights
    else:
        weights = weights * more
    if weights is None:
        mean, total = rows.mean(1, keepdim=True), rows.shape[1]
    else:
        weights = weights.to(rows.dtype)
        total = weights.sum()
        mean = (rows * weights).sum(1, keepdim=True) / total
    if weights is not None and more is not None and correction:
        degrees = total - correction * (weights * more.to(rows.dtype)).sum() / total
    else:
        degrees = total - correction
    centred = rows - mean
    other = centred if weights is None else centred * weights
    if isinstance(degrees, int):
        degrees = max(degrees, 0)
    else:
        degrees = (degrees.real if degrees.is_complex() else degrees).clamp(min=0)
    return (other @ centred.mH / degrees).squeeze()


def _weights(name: str, weights: Any, n: int, floating: bool) -> Any:
    if weights is None:
        return None
    if weights.dim() > 1 or weights.numel() != n:
        raise RuntimeError(f"cov(): expected {name} to have {n} elements in one dimension, but got "
                           f"shape {list(weights.shape)}")
    if weights.is_floating_point() != floating:
        kind = "floating point" if floating else "integral"
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with "
                           f"{weights.dtype} dtype")
    if (weights < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return weights


@method
def corrcoef(input: Any) -> Any:
    """The correlations (n, n) of n variables in the rows of ``input`` (n, m)."""
    if input.dim() > 2:
        raise RuntimeError(f"corrcoef(): expected input to have two or fewer dimensions but got an "
                           f"input with {input.dim()} dimensions")
    c = cov(input)
    if not c.dim():
        return c / c
    d = c.diagonal()
    size = (d.real if d.is_complex() else d).sqrt()
    found = c / size.unsqueeze(1) / size.unsqueeze(0)
    return found if found.is_complex() else found.clamp(-1, 1)


@method
def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of ``input - other``."""
    return vector_norm(input - other, p)


@method
def renorm(input: Any, p: float, dim: int, maxnorm: float, *, out: Any = None) -> Any:
    """``input`` with each slice along ``dim`` shrunk to a p-norm of at most ``maxnorm``."""
    if out is not None:
        return into(out, renorm(input, p, dim, maxnorm))
    if input.dim() < 2:
        raise RuntimeError("renorm: input needs at least 2 dimensions, got "
                           f"{input.dim()} dimensions")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    axis = dim % input.dim()
    size = vector_norm(input, p, tuple(i for i in range(input.dim()) if i != axis), True)
    return input * (maxnorm / (size + 1e-7)).where(size > maxnorm, size.new_ones(()))


@method
def renorm_(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """In-place :func:`renorm`."""
    return input.copy_(renorm(input, p, dim, maxnorm))


def frobenius_norm(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The root of the sum of squares over ``dim``."""
    return vector_norm(input, 2, dim, keepdim)


def nuclear_norm(input: Any, dim: Any = (-2, -1), keepdim: bool = False) -> Any:
    """The sum of the singular values of matrices that lie in the two dimensions ``dim``; also
    ``nuclear_norm(input, keepdim)``."""
    if isinstance(dim, bool):
        dim, keepdim = (-2, -1), dim
    return matrix_norm(input, "nuc", dim, keepdim)


__all__ = ["corrcoef", "cov", "dist", "frobenius_norm", "nuclear_norm", "renorm"]
