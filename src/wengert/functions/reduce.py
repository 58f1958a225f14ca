"""Sums, products, extremes, averages, norms and scans, with PyTorch's arguments and dtypes.

``dim`` is one dimension, several, or None for all; a reduced dimension disappears, or stays with
length 1 if ``keepdim``. :func:`mean_over` and :func:`var_over` are the forms without checks, for
other functions.
"""

from __future__ import annotations

import math

from ..engine.dtypes import BOOL, INT, DType, bool_, uint8
from ..engine.graph import Call, Node, Primitive, Shape, lift
from ..engine.lazy import lazy
from ..engine.ops import elementwise as el
from ..engine.ops import reduce as red
from ..engine.ops import scan
from ..engine.ops.complex_numbers import modulus
from ..engine.ops.indexing import take_along
from ..engine.ops.structural import concatenate, reshape, tether
from ..engine.recording.operation import (
    as_dtype,
    floating,
    normal_dim,
    normal_dims,
    operation,
    promoted,
    single,
)
from .arithmetic import not_implemented
from .shape import movedim

Dim = int | tuple[int, ...] | None


def renamed(out: Node, name: str, *operands: Node) -> Node:
    """``out``, whose ``grad_fn`` has another name than its operation's first."""
    out.call = Call(name, operands)
    return out


def magnitude(x: Node) -> Node:
    """``|x|``, real."""
    return modulus(x) if x.dtype.is_complex else el.abs_(x)


def squared(x: Node) -> Node:
    """``|x|^2``, real."""
    return el.real(el.mul(x, el.conj(x))) if x.dtype.is_complex else el.square(x)


def count(shape: Shape, axes: Shape) -> int:
    """How many elements a reduction over ``axes`` meets."""
    return math.prod(shape[axis] for axis in axes)


def row(x: Node) -> Node:
    """``x``, with one dimension if it has none."""
    return x if x.shape else reshape(x, shape=(1,))


def _nonempty(name: str, x: Node, axes: Shape, given: bool) -> None:
    """Refuse to look for an extreme among no elements."""
    if not given and not x.size:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            "reduction dim with the 'dim' argument.")
    for axis in axes:
        if x.shape[axis] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


def _to(x: Node, dtype: DType | None) -> Node:
    return x if dtype is None else as_dtype(x, dtype)


# Sums and averages
@operation("SumBackward0")
def sum_(input: Node, dim: Dim = None, keepdim: bool = False, *,
         dtype: DType | None = None) -> Node:
    """The sum over ``dim``; int64 for bool and the integers unless ``dtype`` says otherwise."""
    axes = normal_dims(dim, input.ndim)
    if dtype is not None and dtype.category <= INT:
        return el.cast(red.sum_(_to(input, dtype), axes=axes, keepdims=keepdim), dtype=dtype)
    out = red.sum_(_to(input, dtype), axes=axes, keepdims=keepdim)
    return out if dim is None else renamed(out, "SumBackward1", input)


@operation("NansumBackward0")
def nansum(input: Node, dim: Dim = None, keepdim: bool = False, *,
           dtype: DType | None = None) -> Node:
    """The sum over ``dim`` of the elements that are not NaN."""
    if input.dtype.is_complex:
        raise RuntimeError("nansum on CPU does not support complex inputs")
    if input.dtype.is_floating_point:
        input = el.where(el.isnan(input), lift(0.0), input)
    out = sum_(input, dim, keepdim, dtype=dtype)
    return renamed(out, "NansumBackward0", input)


def mean_over(x: Node, axes: Shape, keepdim: bool = False) -> Node:
    """The mean of a floating or complex ``x`` over ``axes``."""
    n = count(x.shape, axes)
    total = red.sum_(single(x), axes=axes, keepdims=keepdim)
    return as_dtype(total / n, x.dtype)


@operation("MeanBackward0")
def mean(input: Node, dim: Dim = None, keepdim: bool = False, *,
         dtype: DType | None = None) -> Node:
    """The mean over ``dim`` of floating or complex elements."""
    found = dtype or input.dtype
    if not found.is_differentiable:
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point "
            f"or complex dtype. Got: {found.legacy_name}")
    out = mean_over(_to(input, dtype), normal_dims(dim, input.ndim), keepdim)
    return out if dim is None else renamed(out, "MeanBackward1", input)


@operation("DivBackward0")
def nanmean(input: Node, dim: Dim = None, keepdim: bool = False, *,
            dtype: DType | None = None) -> Node:
    """The mean over ``dim`` of the elements that are not NaN."""
    if not input.dtype.is_differentiable:
        raise RuntimeError("nanmean(): expected input to have floating point or complex dtype but "
                           f"got {input.dtype.legacy_name}")
    axes = normal_dims(dim, input.ndim)
    numbers = red.sum_(el.logical_not(el.isnan(input)), axes=axes, keepdims=keepdim)
    total = nansum(input, dim, keepdim, dtype=dtype)
    return el.div(total, as_dtype(numbers, total.dtype))


@operation("ProdBackward0")
def prod(input: Node, dim: int | None = None, keepdim: bool = False, *,
         dtype: DType | None = None) -> Node:
    """The product over ``dim``; int64 for bool and the integers unless ``dtype`` says otherwise."""
    axes = tuple(range(input.ndim)) if dim is None else normal_dims((dim,), input.ndim)
    out = red.prod(_to(input, dtype), axes=axes, keepdims=keepdim)
    if dtype is not None and dtype.category <= INT:
        return el.cast(out, dtype=dtype)
    return out if dim is None else renamed(out, "ProdBackward1", input)


@operation()
def count_nonzero(input: Node, dim: Dim = None) -> Node:
    """How many elements are not 0, over ``dim``; int64."""
    chosen = input if input.dtype is bool_ else el.ne(input, el.zeros_of(input))
    return red.sum_(chosen, axes=normal_dims(dim, input.ndim), keepdims=False)


# Logic
def _logical(primitive: Primitive, input: Node, dim: Dim, keepdim: bool) -> Node:
    axes = () if dim == () and input.ndim else normal_dims(dim, input.ndim)
    out = primitive(input, axes=axes, keepdims=keepdim)
    return el.cast(out, dtype=uint8) if input.dtype is uint8 else out


@operation()
def any_(input: Node, dim: Dim = None, keepdim: bool = False) -> Node:
    """Whether an element is not 0, over ``dim``; bool, but uint8 for uint8."""
    return _logical(red.any_, input, dim, keepdim)


@operation()
def all_(input: Node, dim: Dim = None, keepdim: bool = False) -> Node:
    """Whether no element is 0, over ``dim``; bool, but uint8 for uint8."""
    return _logical(red.all_, input, dim, keepdim)


# Extremes
def _extreme(name: str, input: Node, dim: Dim, keepdim: bool) -> Node:
    if input.dtype.is_complex:
        raise NotImplementedError(f"{name}(): does not support complex inputs")
    axes = normal_dims(dim, input.ndim)
    _nonempty(name, input, axes, dim is not None and dim != ())
    primitive = red.amax if name.endswith("max") else red.amin
    return primitive(input, axes=axes, keepdims=keepdim)


@operation("AmaxBackward0")
def amax(input: Node, dim: Dim = (), keepdim: bool = False) -> Node:
    """The maximum over ``dim``; elements that share it share its gradient evenly."""
    return _extreme("amax", input, dim, keepdim)


@operation("AminBackward0")
def amin(input: Node, dim: Dim = (), keepdim: bool = False) -> Node:
    """The minimum over ``dim``; elements that share it share its gradient evenly."""
    return _extreme("amin", input, dim, keepdim)


@operation("AminmaxBackward0", returns=("min", "max"))
def aminmax(input: Node, *, dim: int | None = None, keepdim: bool = False) -> tuple[Node, Node]:
    """The minimum and the maximum over ``dim``."""
    _nonempty("aminmax", input, normal_dims(dim, input.ndim), dim is not None)
    return amin(input, dim, keepdim), amax(input, dim, keepdim)


@operation("MaxBackward1", methods=())
def max_all(input: Node) -> Node:
    """The maximum of all elements; those that share it share its gradient evenly."""
    return _extreme("max", input, None, False)


@operation("MinBackward1", methods=())
def min_all(input: Node) -> Node:
    """The minimum of all elements; those that share it share its gradient evenly."""
    return _extreme("min", input, None, False)


def picked(input: Node, places: Node, axis: int, keepdim: bool) -> tuple[Node, Node]:
    """The elements of ``input`` at ``places``, one in each row along ``axis``, and the places."""
    values = take_along(row(input), places, axis=axis)
    if keepdim and input.ndim:
        return values, places
    shape = tuple(n for i, n in enumerate(input.shape) if i != axis)
    return reshape(values, shape=shape), reshape(places, shape=shape)


def _first_place(name: str, input: Node, dim: int, keepdim: bool) -> tuple[Node, Node]:
    """The extreme over ``dim`` and its first place."""
    if input.dtype.is_complex:
        raise NotImplementedError(f"{name}(): does not support complex inputs")
    axis = normal_dim(dim, input.ndim)
    _nonempty(name, input, (axis,) if input.ndim else (), True)
    search = red.argmax if name == "max" else red.argmin
    return picked(input, search(row(input), axis=axis, keepdims=True), axis, keepdim)


@operation("MaxBackward0", methods=(), returns=("values", "indices"))
def max_dim(input: Node, dim: int, keepdim: bool = False) -> tuple[Node, Node]:
    """The maximum over ``dim`` and its first place, which has the gradient."""
    return _first_place("max", input, dim, keepdim)


@operation("MinBackward0", methods=(), returns=("values", "indices"))
def min_dim(input: Node, dim: int, keepdim: bool = False) -> tuple[Node, Node]:
    """The minimum over ``dim`` and its first place, which has the gradient."""
    return _first_place("min", input, dim, keepdim)


def _place(name: str, input: Node, dim: int | None, keepdim: bool) -> Node:
    if input.dtype.is_complex or input.dtype is bool_:
        kind = "complex" if input.dtype.is_complex else "bool"
        raise RuntimeError(f"{name}(): does not support {kind} input")
    search = red.argmax if name == "argmax" else red.argmin
    if dim is None:
        if not input.size:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() "
                             "== 0. Specify the reduction dim with the 'dim' argument.")
        flat = reshape(input, shape=(input.size,))
        shape = (1,) * input.ndim if keepdim else ()
        return reshape(search(flat, axis=0, keepdims=False), shape=shape)
    axis = normal_dim(dim, input.ndim)
    _nonempty(name, input, (axis,) if input.ndim else (), True)
    out = search(row(input), axis=axis, keepdims=keepdim)
    return out if input.ndim else reshape(out, shape=())


@operation()
def argmax(input: Node, dim: int | None = None, keepdim: bool = False) -> Node:
    """The first place of the maximum over ``dim``, in the flattened input for None; int64."""
    return _place("argmax", input, dim, keepdim)


@operation()
def argmin(input: Node, dim: int | None = None, keepdim: bool = False) -> Node:
    """The first place of the minimum over ``dim``, in the flattened input for None; int64."""
    return _place("argmin", input, dim, keepdim)


# Variance
def var_over(x: Node, axes: Shape, correction: float, keepdim: bool) -> tuple[Node, Node]:
    """Variance and mean of ``x`` over ``axes``, in float32 if ``x`` has half precision."""
    x = single(x)
    middle = mean_over(x, axes, True)
    total = red.sum_(squared(el.sub(x, middle)), axes=axes, keepdims=keepdim)
    if not keepdim:
        middle = reshape(middle, shape=total.shape)
    return total / max(0, count(x.shape, axes) - correction), middle


def _var(input: Node, dim: Dim | bool, unbiased: bool | None, keepdim: bool,
         correction: float | None) -> tuple[Node, Node]:
    if not input.dtype.is_differentiable:
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes; got {input.dtype}")
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    return var_over(input, normal_dims(dim, input.ndim), correction, keepdim)


@operation("VarBackward0")
def var(input: Node, dim: Dim = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None) -> Node:
    """``sum(|x - mean|^2) / (n - correction)`` over ``dim``; ``correction`` is 1 by default."""
    variance, _ = _var(input, dim, unbiased, keepdim, correction)
    return as_dtype(variance, input.dtype.to_real())


@operation("StdBackward0")
def std(input: Node, dim: Dim = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None) -> Node:
    """The square root of :func:`var`; its gradient is 0 where it is 0."""
    variance, _ = _var(input, dim, unbiased, keepdim, correction)
    return as_dtype(red.root(variance), input.dtype.to_real())


@operation("VarMeanBackward0", methods=())
def var_mean(input: Node, dim: Dim = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = None) -> tuple[Node, Node]:
    """Variance and mean over ``dim``."""
    variance, middle = _var(input, dim, unbiased, keepdim, correction)
    return as_dtype(variance, input.dtype.to_real()), as_dtype(middle, input.dtype)


@operation("StdMeanBackward0", methods=())
def std_mean(input: Node, dim: Dim = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = None) -> tuple[Node, Node]:
    """Standard deviation and mean over ``dim``."""
    variance, middle = _var(input, dim, unbiased, keepdim, correction)
    return as_dtype(red.root(variance), input.dtype.to_real()), as_dtype(middle, input.dtype)


# Norms
def norm_over(x: Node, p: float, axes: Shape, keepdim: bool = False) -> Node:
    """The p-norm of a floating or complex ``x`` over ``axes``; its gradient is 0 where it is 0."""
    wide = single(x)
    return as_dtype(_norm(wide, p, axes, keepdim), x.dtype.to_real())


def _norm(x: Node, p: float, axes: Shape, keepdim: bool) -> Node:
    if p == 2:
        return red.root(red.sum_(squared(x), axes=axes, keepdims=keepdim))
    size = magnitude(x)
    if p == 0:
        counted = red.sum_(el.mask(el.ne(size, lift(0)), size), axes=axes, keepdims=keepdim)
        return tether(counted, x) if x.requires_grad else counted
    if p == 1:
        return red.sum_(size, axes=axes, keepdims=keepdim)
    if math.isinf(p):
        if p > 0 and count(x.shape, axes) == 0:
            return red.sum_(size, axes=axes, keepdims=keepdim)
        return (red.amax if p > 0 else red.amin)(size, axes=axes, keepdims=keepdim)
    return _power(red.sum_(_power(size, p), axes=axes, keepdims=keepdim), 1 / p)


def _power(x: Node, p: float) -> Node:
    """``x^p`` for ``x >= 0``; its derivative at 0 is 0."""
    if p < 0:
        return el.pow_(x, lift(float(p)))
    nothing = el.eq(x, lift(0))
    return el.where(nothing, lift(0.0), el.pow_(el.where(nothing, lift(1.0), x), lift(float(p))))


@operation("LinalgVectorNormBackward0", methods=())
def vector_norm(x: Node, ord: float = 2, dim: Dim = None, keepdim: bool = False, *,
                dtype: DType | None = None) -> Node:
    """The norm of order ``ord`` over ``dim``, of all elements as one vector for None."""
    x = _to(x, dtype)
    if not x.dtype.is_differentiable:
        raise RuntimeError("linalg.vector_norm: Expected a floating point or complex tensor as "
                           f"input. Got {x.dtype.legacy_name}")
    axes = normal_dims(dim, x.ndim)
    if (ord < 0 or math.isinf(ord)) and count(x.shape, axes) == 0:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the "
            "operation does not have an identity")
    return norm_over(x, ord, axes, keepdim)


@operation("LinalgVectorNormBackward0")
def norm(input: Node, p: float | str | None = "fro", dim: Dim = None, keepdim: bool = False,
         dtype: DType | None = None) -> Node:
    """The p-norm over ``dim``; ``"fro"`` and None are the norm of order 2."""
    if p == "nuc":
        return _nuclear(_to(input, dtype), dim, keepdim)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"norm(): p is a number, 'fro' or 'nuc'; got {p!r}")
    return vector_norm(input, 2 if p is None or isinstance(p, str) else p, dim, keepdim,
                       dtype=dtype)


def _nuclear(x: Node, dim: Dim, keepdim: bool) -> Node:
    """The sum of the singular values of the matrices in two dimensions."""
    if dim is None:
        if x.ndim != 2:
            raise RuntimeError("linalg.matrix_norm: The input tensor must be a matrix, or dim two "
                               f"dimensions. Got {x.ndim}D.")
        dim = (0, 1)
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    axes = normal_dims(tuple(dim), x.ndim)
    total = sum_(lazy("functions.decompositions").linalg_svdvals(movedim(x, axes, (-2, -1))), -1)
    if not keepdim:
        return total
    return reshape(total, shape=tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


@operation("LogsumexpBackward0")
def logsumexp(input: Node, dim: Dim, keepdim: bool = False) -> Node:
    """``log(sum(exp(input)))`` over ``dim``, without overflow."""
    x = as_dtype(input, floating(input.dtype))
    return red.logsumexp(x, axes=normal_dims(dim, x.ndim), keepdims=keepdim)


# Scans
def _scanned(primitive: Primitive, input: Node, dim: int, dtype: DType | None) -> Node:
    axis = normal_dim(dim, input.ndim)
    x = _to(input, dtype)
    out = primitive(row(x), axis=axis)
    if not input.ndim:
        out = reshape(out, shape=())
    return out if dtype is None else as_dtype(out, dtype)


@operation("CumsumBackward0", inplace=True)
def cumsum(input: Node, dim: int, *, dtype: DType | None = None) -> Node:
    """The running sum along ``dim``; int64 for bool and the integers."""
    return _scanned(scan.cumsum, input, dim, dtype)


@operation("CumprodBackward0", inplace=True)
def cumprod(input: Node, dim: int, *, dtype: DType | None = None) -> Node:
    """The running product along ``dim``; int64 for bool and the integers."""
    return _scanned(scan.cumprod, input, dim, dtype)


@operation("LogcumsumexpBackward0")
def logcumsumexp(input: Node, dim: int) -> Node:
    """``log(cumsum(exp(input)))`` along ``dim``, without overflow."""
    if not input.dtype.is_differentiable:
        raise NotImplementedError(
            f"logcumsumexp is not implemented for '{input.dtype.legacy_name}'")
    return _scanned(scan.logcumsumexp, input, dim, None)


def _running(name: str, primitive: Primitive, input: Node, dim: int) -> tuple[Node, Node]:
    if input.dtype.is_complex:
        raise not_implemented(f"{name}_cpu", input)
    axis = normal_dim(dim, input.ndim)
    x = row(input)
    places = primitive(x, axis=axis)
    values = take_along(x, places, axis=axis)
    return reshape(values, shape=input.shape), reshape(places, shape=input.shape)


@operation("CummaxBackward0", returns=("values", "indices"))
def cummax(input: Node, dim: int) -> tuple[Node, Node]:
    """The running maximum along ``dim`` and its last place so far."""
    return _running("cummax", scan.cummax_place, input, dim)


@operation("CumminBackward0", returns=("values", "indices"))
def cummin(input: Node, dim: int) -> tuple[Node, Node]:
    """The running minimum along ``dim`` and its last place so far."""
    return _running("cummin", scan.cummin_place, input, dim)


@operation("SubBackward0")
def diff(input: Node, n: int = 1, dim: int = -1, prepend: Node | None = None,
         append: Node | None = None) -> Node:
    """The differences of neighbours along ``dim``, taken ``n`` times."""
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    axis = normal_dim(dim, input.ndim)
    joined = promoted(*[x for x in (prepend, input, append) if x is not None])
    x = joined[0] if len(joined) == 1 else concatenate(*joined, axis=axis)
    less = el.logical_xor if x.dtype.category == BOOL else el.sub
    for _ in range(n):
        rest = max(x.shape[axis] - 1, 0)
        x = less(red.part(x, axis, min(1, x.shape[axis]), rest), red.part(x, axis, 0, rest))
    return x
