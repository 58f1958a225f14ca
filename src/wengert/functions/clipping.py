"""Norms of many tensors at once, scaling to them, and weights written as length and direction."""

from __future__ import annotations

from ..engine.dtypes import DType
from ..engine.graph import Node, lift
from ..engine.ops import elementwise as el
from ..engine.ops.structural import concatenate
from ..engine.recording.operation import Nodes, Number, as_dtype, operation, result_dtype
from .reduce import norm_over
from .shape import reshaped


@operation("LinalgVectorNormBackward0", methods=())
def total_norm(tensors: Nodes, norm_type: float) -> Node:
    """The norm of the tensors' norms: that of all their elements in one vector."""
    norms = [norm_over(x, norm_type, tuple(range(x.ndim))) for x in tensors]
    dtype: DType = result_dtype(*norms)
    column = [reshaped(as_dtype(norm, dtype), (1,)) for norm in norms]
    return norm_over(column[0] if len(column) == 1 else concatenate(*column, axis=0), norm_type,
                     (0,))


@operation(methods=())
def clip_to_norm(norm: Nodes, tensors: Nodes, max_norm: Number) -> Nodes:
    """The tensors times ``max_norm / norm`` where that is below 1, as in PyTorch with 1e-6 added to
    the norm."""
    assert max_norm is not None
    factor = el.clamp_max(el.div(max_norm, norm[0] + 1e-6), lift(1.0))
    return tuple(el.mul(x, as_dtype(factor, x.dtype)) for x in tensors)


@operation(methods=())
def clip_to_value(nothing: Nodes, tensors: Nodes, low: Number, high: Number) -> Nodes:
    """The tensors with each element between ``low`` and ``high``."""
    assert low is not None and high is not None
    return tuple(el.clamp_max(el.clamp_min(x, low), high) for x in tensors)


def lengths(v: Node, pow: float, dim: int) -> Node:
    """The norm over all dimensions but ``dim``, which stay with length 1."""
    keep = None if dim == -1 else dim % v.ndim
    return norm_over(v, pow, tuple(i for i in range(v.ndim) if i != keep), keep is not None)


@operation("NormExceptDimBackward0", methods=())
def norm_except_dim(v: Node, pow: int = 2, dim: int = 0) -> Node:
    """The norm over all dimensions but ``dim``, which stay with length 1; of everything, without
    dimensions, where ``dim`` is -1."""
    return lengths(v, pow, dim)


@operation("WeightNormInterfaceBackward0", methods=())
def weight_norm(v: Node, g: Node, dim: int = 0) -> Node:
    """``v`` with the length ``g`` along ``dim`` (Salimans and Kingma, 2016)."""
    return el.mul(v, el.div(g, lengths(v, 2, dim)))
