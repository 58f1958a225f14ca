"""Pooling: maxima, means and norms over windows, and the inverse of a maximum.

The results with indices are operations of their own, ``*_with_indices``; which is recorded, and
where random windows lie, is decided at the call. Inputs are (N, C, *size) or, without a batch,
(C, *size). Start with :func:`_max_pool`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.dtypes import INT, int64
from ..engine.graph import Node, Shape, lift
from ..engine.ops import elementwise as el
from ..engine.ops import pool
from ..engine.ops import structural as st
from ..engine.ops.indexing import put_add_along, put_along, take_along
from ..engine.ops.reduce import root
from ..engine.ops.rounding import trunc_divide
from ..engine.recording.operation import as_dtype, operation, single
from ..engine.recording.recording import dtype_of, shape_of
from ..tensors.random import rand
from ..tensors.recorded import function
from .activations import relu
from .arithmetic import not_implemented
from .reduce import mean_over
from .resampling import resized
from .shape import called

Sizes = int | tuple[int, ...]
Wanted = int | None | tuple[int | None, ...]
_WORDS = {1: "int", 2: "ints", 3: "ints"}
_COUNTS = {1: "one", 2: "two", 3: "three"}


# Checks and shapes
def _per_dim(name: str, value: Sizes, n: int, what: str) -> Shape:
    given = (value,) * n if isinstance(value, int) else tuple(value)
    if len(given) == 1:
        given *= n
    if len(given) != n:
        raise RuntimeError(f"{name}: {what} must either be a single int, or a tuple of "
                           f"{_COUNTS[n]} {_WORDS[n]}")
    return given


def _batched(name: str, input: Node, n: int) -> Node:
    """``input`` with a batch dimension; RuntimeError if it is not an image."""
    if input.ndim not in (n + 1, n + 2):
        if n == 1:
            raise RuntimeError(f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim "
                               f"batch size for input, but got:{list(input.shape)}")
        raise RuntimeError(f"{name}: non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected "
                           f"for input, but got {list(input.shape)}")
    if 0 in input.shape[-n - 1:]:
        raise RuntimeError(f"Expected {n + 1}D or {n + 2}D (batch mode) tensor with optional 0 dim "
                           f"batch size for input, but got:{list(input.shape)}")
    return input if input.ndim == n + 2 else st.reshape(input, shape=(1, *input.shape))


def _like(y: Node, input: Node) -> Node:
    """``y`` without its batch if ``input`` has none."""
    return y if y.ndim == input.ndim else st.reshape(y, shape=y.shape[1:])


def _windows(size: Shape, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape,
             ceil_mode: bool) -> Shape:
    """How many windows there are; with ``ceil_mode`` the last may reach beyond the end, but begins
    before it."""
    out = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (room + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        out.append(count)
    return tuple(out)


def _geometry(name: str, x: Node, kernel_size: Sizes, stride: Sizes | None, padding: Sizes,
              dilation: Sizes, ceil_mode: bool) -> dict[str, Shape]:
    """The windows over ``x``, after PyTorch's checks."""
    n = x.ndim - 2
    kernel = _per_dim(name, kernel_size, n, "kernel_size")
    steps = kernel if stride is None or stride == () else _per_dim(name, stride, n, "stride")
    pads = _per_dim(name, padding, n, "padding")
    spread = _per_dim(name, dilation, n, "dilation")
    if 0 in steps:
        raise RuntimeError(f"{name}() stride must be greater than zero, but got 0" if n == 1
                           else "stride should not be zero")
    if min(kernel) < 1 or min(steps) < 1:
        raise RuntimeError(f"{name}: kernel size and stride should be greater than zero, but got "
                           f"kernel size {list(kernel)} and stride {list(steps)}")
    if min(spread) < 1:
        start = f"{name}() dilation must" if n == 1 else "dilation should"
        raise RuntimeError(f"{start} be greater than zero, but got {list(spread)}")
    for p, k, d in zip(pads, kernel, spread, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"{name}() padding should be at most half of kernel size, but got padding={p} and "
                f"kernel_size={k}" if n == 1 else
                "pad should be at most half of effective kernel size, but got "
                f"pad={p}, kernel_size={k} and dilation={d}")
    out = _windows(x.shape[2:], kernel, steps, pads, spread, ceil_mode)
    if min(out) < 1:
        if n == 1:
            raise RuntimeError(f"{name}() Invalid computed output size: {out[0]}")
        sizes = ("x".join(map(str, (x.shape[1], *lengths))) for lengths in (x.shape[2:], out))
        raise RuntimeError("Given input size: ({}). Calculated output size: ({}). Output size is "
                           "too small".format(*sizes))
    return {"kernel": kernel, "out": out, "stride": steps, "padding": pads, "dilation": spread}


# Maxima
def _max_pool(n: int, input: Node, kernel_size: Sizes, stride: Sizes | None, padding: Sizes,
              dilation: Sizes, ceil_mode: bool) -> tuple[Node, Node, dict[str, Shape]]:
    """The windows' maxima, with the batched input and the windows' geometry."""
    name = f"max_pool{n}d"
    x = _batched(name, input, n)
    if x.dtype.category < INT or x.dtype.is_complex:
        raise not_implemented(name, x)
    windows = _geometry(name, x, kernel_size, stride, padding, dilation, ceil_mode)
    return pool.window_max(x, **windows), x, windows


def _with_indices(n: int, input: Node, *geometry: object) -> tuple[Node, Node]:
    y, x, windows = _max_pool(n, input, *geometry)  # type: ignore[arg-type]
    tap = pool.window_tap(x, y, **windows)
    del windows["out"]
    place = pool.tap_place(tap, size=x.shape[2:], **windows)
    return _like(y, input), _like(place, input)


@operation("SqueezeBackward1", methods=(), pieces=True)
def _max_pool1d(input: Node, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
               dilation: Sizes = 1, ceil_mode: bool = False) -> Node:
    """The maxima over sliding windows of (N, C, L); ``stride`` is ``kernel_size`` by default.

    Where a window's maximum is reached more than once, its first place has the gradient.

    >>> torch.max_pool1d(torch.tensor([[[1.0, 3, 2, 4]]]), 2)
    tensor([[[3., 4.]]])
    """
    return _like(_max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode)[0], input)


@operation("MaxPool2DWithIndicesBackward0", methods=(), pieces=True)
def _max_pool2d(input: Node, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
               dilation: Sizes = 1, ceil_mode: bool = False) -> Node:
    """The maxima over sliding windows of (N, C, H, W), as in :func:`max_pool1d`."""
    return _like(_max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)[0], input)


@operation("MaxPool3DWithIndicesBackward0", methods=(), pieces=True)
def _max_pool3d(input: Node, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
               dilation: Sizes = 1, ceil_mode: bool = False) -> Node:
    """The maxima over sliding windows of (N, C, D, H, W), as in :func:`max_pool1d`."""
    return _like(_max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode)[0], input)


@operation("SqueezeBackward1", methods=(), pieces=True)
def _max_pool1d_with_indices(input: Node, kernel_size: Sizes, stride: Sizes | None = None,
                            padding: Sizes = 0, dilation: Sizes = 1,
                            ceil_mode: bool = False) -> tuple[Node, Node]:
    """:func:`max_pool1d` and where the maxima are."""
    return _with_indices(1, input, kernel_size, stride, padding, dilation, ceil_mode)


@operation("MaxPool2DWithIndicesBackward0", methods=(), pieces=True)
def _max_pool2d_with_indices(input: Node, kernel_size: Sizes, stride: Sizes | None = None,
                            padding: Sizes = 0, dilation: Sizes = 1,
                            ceil_mode: bool = False) -> tuple[Node, Node]:
    """:func:`max_pool2d` and where the maxima are, counted row by row in each image."""
    return _with_indices(2, input, kernel_size, stride, padding, dilation, ceil_mode)


@operation("MaxPool3DWithIndicesBackward0", methods=(), pieces=True)
def _max_pool3d_with_indices(input: Node, kernel_size: Sizes, stride: Sizes | None = None,
                            padding: Sizes = 0, dilation: Sizes = 1,
                            ceil_mode: bool = False) -> tuple[Node, Node]:
    """:func:`max_pool3d` and where the maxima are, counted row by row in each volume."""
    return _with_indices(3, input, kernel_size, stride, padding, dilation, ceil_mode)


def _read(x: Node, place: Node) -> Node:
    """The elements of (N, C, *size) at places counted row by row."""
    lead = x.shape[:2]
    flat = st.reshape(x, shape=(*lead, math.prod(x.shape[2:])))
    found = take_along(flat, st.reshape(place, shape=(*lead, math.prod(place.shape[2:]))), axis=2)
    return st.reshape(found, shape=place.shape)


# Means
def _avg_pool(n: int, input: Node, kernel_size: Sizes, stride: Sizes | None, padding: Sizes,
              ceil_mode: bool, count_include_pad: bool, divisor: int | None) -> Node:
    name = f"avg_pool{n}d"
    x = _batched(name, input, n)
    if x.dtype.category <= INT and x.dtype is not int64:
        raise not_implemented("avg_pool2d", x)
    windows = _geometry(name, x, kernel_size, stride, padding, 1, ceil_mode)
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    del windows["dilation"]
    total = pool.window_sum(single(x), **windows)
    count: Node | float = divisor or math.prod(windows["kernel"])
    if divisor is None and _is_cut(x.shape[2:], windows, count_include_pad):
        count = _counts(x.shape[2:], windows, count_include_pad, total)
    mean = trunc_divide(total, lift(count)) if x.dtype is int64 else total / count
    return _like(as_dtype(mean, x.dtype), input)


def _is_cut(size: Shape, windows: dict[str, Shape], padded: bool) -> bool:
    """Whether a window has fewer elements than its kernel: padding counts if ``padded``."""
    return any((p and not padded) or (out - 1) * s - p + k > n + (p if padded else 0)
               for n, out, k, s, p in zip(size, windows["out"], windows["kernel"],
                                          windows["stride"], windows["padding"], strict=True))


def _counts(size: Shape, windows: dict[str, Shape], padded: bool, total: Node) -> Node:
    """How many elements each window has."""
    if padded:
        size = tuple(n + 2 * p for n, p in zip(size, windows["padding"], strict=True))
        windows = {**windows, "padding": (0,) * len(size)}
    ones = st.full(lift(1), shape=(1, 1, *size), dtype=total.dtype)
    return pool.window_sum(ones, **windows)


@operation("SqueezeBackward1", methods=(), pieces=True)
def avg_pool1d(input: Node, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> Node:
    """The means over sliding windows of (N, C, L); ``stride`` is ``kernel_size`` by default.

    With ``count_include_pad`` the zeros of the padding are elements of their windows.
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@operation("AvgPool2DBackward0", methods=(), pieces=True)
def avg_pool2d(input: Node, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Node:
    """The means over sliding windows of (N, C, H, W), as in :func:`avg_pool1d`; a
    ``divisor_override`` takes the place of the number of elements."""
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                     divisor_override)


@operation("AvgPool3DBackward0", methods=(), pieces=True)
def avg_pool3d(input: Node, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Node:
    """The means over sliding windows of (N, C, D, H, W), as in :func:`avg_pool2d`."""
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                     divisor_override)


# Norms
def _power(x: Node, p: float) -> Node:
    return el.square(x) if p == 2 else el.pow_(x, lift(float(p)))


def _lp_pool(n: int, input: Node, norm_type: float, kernel_size: Sizes, stride: Sizes | None,
             ceil_mode: bool) -> Node:
    means = _avg_pool(n, _power(input, norm_type), kernel_size, stride, 0, ceil_mode, True, None)
    total = el.mul(relu(means), lift(math.prod(_per_dim("lp_pool", kernel_size, n,
                                                        "kernel_size"))))
    if norm_type == 2:
        return root(total)
    zero = el.eq(total, lift(0))
    norms = el.pow_(el.where(zero, lift(1.0), total), lift(1.0 / norm_type))
    return el.where(zero, lift(0.0), norms)


@operation("PowBackward0", methods=())
def lp_pool1d(input: Node, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
              ceil_mode: bool = False) -> Node:
    """The p-norms over sliding windows of (N, C, L), of the sum of powers without absolute
    values; 0 where that is negative, with the gradient 0."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


@operation("PowBackward0", methods=())
def lp_pool2d(input: Node, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
              ceil_mode: bool = False) -> Node:
    """The p-norms over sliding windows of (N, C, H, W), as in :func:`lp_pool1d`."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


@operation("PowBackward0", methods=())
def lp_pool3d(input: Node, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
              ceil_mode: bool = False) -> Node:
    """The p-norms over sliding windows of (N, C, D, H, W), as in :func:`lp_pool1d`."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


# Adaptive pooling
def _wanted(name: str, output_size: Wanted, size: Shape) -> Shape:
    """The sizes of the result; None stands for the input's."""
    n = len(size)
    given = (output_size,) * n if output_size is None or isinstance(output_size, int) else tuple(
        output_size)
    if len(given) == 1:
        given *= n
    if len(given) != n:
        raise RuntimeError(f"{name}: output_size must be {n}")
    out = tuple(m if w is None else w for w, m in zip(given, size, strict=True))
    if min(out) < 0:
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0 "
                           f"but received {{{', '.join(map(str, out))}}}")
    return out


def _image(name: str, input: Node, n: int, output_size: Wanted = None) -> Node:
    if input.ndim not in (n + 1, n + 2):
        if n > 1 and isinstance(output_size, tuple) and input.ndim <= len(output_size):
            raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
        if n == 1:
            raise RuntimeError(f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional "
                               f"tensor for argument #1 'self' (while checking arguments for "
                               f"{name})")
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got: "
                           f"{list(input.shape)}")
    for i in range(input.ndim - n - (input.ndim == n + 1), input.ndim):
        if input.shape[i] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but "
                f"input has sizes {list(input.shape)} with dimension {i} being empty")
    return input if input.ndim == n + 2 else st.reshape(input, shape=(1, *input.shape))


def _equal_windows(size: Shape, out: Shape) -> dict[str, Shape] | None:
    """The windows, if all are equal and do not overlap."""
    if any(m == 0 or n % m for n, m in zip(size, out, strict=True)):
        return None
    kernel = tuple(n // m for n, m in zip(size, out, strict=True))
    return {"kernel": kernel, "out": out, "stride": kernel, "padding": (0,) * len(out)}


def _adaptive_avg(n: int, input: Node, output_size: Wanted) -> Node:
    name = f"adaptive_avg_pool{n}d"
    x = _image(name, input, n, output_size)
    if x.dtype.category <= INT:
        raise not_implemented(name, x)
    out = _wanted(name, output_size, x.shape[2:])
    if n > 1 and all(m == 1 for m in out):
        return called(_like(mean_over(x, tuple(range(2, n + 2)), True), input), "MeanBackward1",
                     input)
    windows = _equal_windows(x.shape[2:], out)
    if windows is None:
        y = resized(single(x), "area", out)
    else:
        y = pool.window_sum(single(x), **windows) / math.prod(windows["kernel"])
    return _like(as_dtype(y, x.dtype), input)


@operation("SqueezeBackward1", methods=(), pieces=True)
def adaptive_avg_pool1d(input: Node, output_size: Wanted) -> Node:
    """The means over windows that divide (N, C, L) into ``output_size`` parts: from
    ``floor(i L / n)`` to ``ceil((i + 1) L / n)``."""
    return _adaptive_avg(1, input, output_size)


@operation("AdaptiveAvgPool2DBackward0", methods=(), pieces=True)
def adaptive_avg_pool2d(input: Node, output_size: Wanted) -> Node:
    """The means over windows that divide (N, C, H, W) into ``output_size`` parts, as in
    :func:`adaptive_avg_pool1d`; None keeps a size."""
    return _adaptive_avg(2, input, output_size)


@operation("AdaptiveAvgPool3DBackward0", methods=(), pieces=True)
def adaptive_avg_pool3d(input: Node, output_size: Wanted) -> Node:
    """The means over windows that divide (N, C, D, H, W) into ``output_size`` parts, as in
    :func:`adaptive_avg_pool1d`; None keeps a size."""
    return _adaptive_avg(3, input, output_size)


def _adaptive_max(n: int, input: Node, output_size: Wanted) -> tuple[Node, Node]:
    name = f"adaptive_max_pool{n}d"
    x = _image(name, input, n, output_size)
    if not x.dtype.is_floating_point:
        raise not_implemented(name, x)
    size = x.shape[2:]
    out = _wanted(name, output_size, size)
    windows = _equal_windows(size, out)
    if windows is None:
        starts = tuple(tuple(i * m // k for i in range(k)) for m, k in zip(size, out, strict=True))
        ends = tuple(tuple(-(-(i + 1) * m // k) for i in range(k))
                     for m, k in zip(size, out, strict=True))
        place = pool.box_place(x, starts=starts, ends=ends)
        return _like(_read(x, place), input), _like(place, input)
    windows["dilation"] = (1,) * n
    y = pool.window_max(x, **windows)
    tap = pool.window_tap(x, y, **windows)
    del windows["out"]
    return _like(y, input), _like(pool.tap_place(tap, size=size, **windows), input)


@operation("SqueezeBackward1", methods=(), pieces=True)
def _adaptive_max_pool1d(input: Node, output_size: Wanted) -> tuple[Node, Node]:
    """The maxima over the windows of :func:`adaptive_avg_pool1d`, and where they are."""
    return _adaptive_max(1, input, output_size)


@operation("AdaptiveMaxPool2DBackward0", methods=(), pieces=True)
def _adaptive_max_pool2d(input: Node, output_size: Wanted) -> tuple[Node, Node]:
    """The maxima over the windows of :func:`adaptive_avg_pool2d`, and where they are."""
    return _adaptive_max(2, input, output_size)


@operation("AdaptiveMaxPool3DBackward0", methods=(), pieces=True)
def _adaptive_max_pool3d(input: Node, output_size: Wanted) -> tuple[Node, Node]:
    """The maxima over the windows of :func:`adaptive_avg_pool3d`, and where they are."""
    return _adaptive_max(3, input, output_size)


# Fractional pooling
def _fractional(n: int, input: Node, kernel_size: Sizes, output_size: Sizes,
                samples: Node) -> tuple[Node, Node]:
    name = f"fractional_max_pool{n}d"
    x = _batched(name, input, n)
    kernel = _per_dim(name, kernel_size, n, "kernel_size")
    out = _per_dim(name, output_size, n, "output_size")
    for what, m, k, w in zip(("time", "height", "width")[3 - n:], x.shape[2:], kernel, out,
                             strict=True):
        if w + k - 1 > m:
            raise RuntimeError(f"{name}(): pool {what} {k} too large relative to input {what} {m}")
    if samples.shape != (*x.shape[:2], n):
        raise RuntimeError(f"{name}(): Expect _random_samples of size {[*x.shape[:2], n]}, got "
                           f"{list(samples.shape)}")
    place = pool.random_place(x, samples, kernel=kernel, out=out)
    return _like(_read(x, place), input), _like(place, input)


@operation("FractionalMaxPool2DBackward0", methods=(), pieces=True)
def _fractional_max_pool2d(input: Node, kernel_size: Sizes, output_size: Sizes,
                          samples: Node) -> tuple[Node, Node]:
    """The maxima over windows at random steps, and where they are; ``samples`` of (N, C, 2), from
    [0, 1), says which steps."""
    return _fractional(2, input, kernel_size, output_size, samples)


@operation("FractionalMaxPool3DBackward0", methods=(), pieces=True)
def _fractional_max_pool3d(input: Node, kernel_size: Sizes, output_size: Sizes,
                          samples: Node) -> tuple[Node, Node]:
    """The maxima over windows at random steps, and where they are; ``samples`` of (N, C, 3), from
    [0, 1), says which steps."""
    return _fractional(3, input, kernel_size, output_size, samples)


# Unpooling
def _unpooled(n: int, input: Node, indices: Node, output_size: Shape) -> Node:
    if indices.dtype is not int64:
        raise RuntimeError("elements in indices should be type int64 but got: "
                           f"{indices.dtype.legacy_name}")
    if indices.shape != input.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}"
            f") but got indices tensor with shape: {list(indices.shape)}")
    x = _batched(f"max_unpool{n}d", input, n)
    lead, total = x.shape[:2], math.prod(output_size)
    places = math.prod(x.shape[2:])
    flat, where = st.reshape(x, shape=(*lead, places)), st.reshape(indices, shape=(*lead, places))
    y = put_along(st.zeros((*lead, total), x.dtype), flat, where, axis=2)
    if x.requires_grad:   # the gradient at an index goes to each that was put there
        y = st.graft(put_add_along(flat, where, shape=(*lead, total), axis=2), y)
    return _like(st.reshape(y, shape=(*lead, *output_size)), input)


@operation("SqueezeBackward1", methods=(), pieces=True)
def _max_unpool1d(input: Node, indices: Node, output_size: tuple[int, ...]) -> Node:
    """Zeros of ``output_size`` with the maxima of :func:`max_pool1d` put back at ``indices``."""
    return _unpooled(1, input, indices, output_size)


@operation("MaxUnpool2DBackward0", methods=(), pieces=True)
def _max_unpool2d(input: Node, indices: Node, output_size: tuple[int, ...]) -> Node:
    """Zeros of ``output_size`` with the maxima of :func:`max_pool2d` put back at ``indices``."""
    return _unpooled(2, input, indices, output_size)


@operation("MaxUnpool3DBackward0", methods=(), pieces=True)
def _max_unpool3d(input: Node, indices: Node, output_size: tuple[int, ...]) -> Node:
    """Zeros of ``output_size`` with the maxima of :func:`max_pool3d` put back at ``indices``."""
    return _unpooled(3, input, indices, output_size)


# ---- decided at the call ----


_WINDOWS = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
Function = Callable[..., Any]


def _named(made: Any, name: str, doc: str) -> Function:
    made.__name__ = made.__qualname__ = name
    made.__doc__ = doc
    result: Function = made
    return result


def _max_pool_called(n: int, values: Function, both: Function) -> Function:
    def pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
             ceil_mode: bool = False, return_indices: bool = False) -> Any:
        made = both if return_indices else values
        return made(input, kernel_size, stride, padding, dilation, ceil_mode)

    return _named(pool, f"max_pool{n}d", f"""The maxima over sliding windows of {_WINDOWS[n]}.

    ``stride`` is ``kernel_size`` by default. With ``return_indices`` also where they are, counted
    row by row within each channel.
    """)


def _adaptive_called(n: int, both: Function) -> Function:
    def pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        found = both(input, output_size)
        return found if return_indices else found[0]

    return _named(pool, f"adaptive_max_pool{n}d", f"""The maxima over windows that divide
    {_WINDOWS[n]} into ``output_size`` parts; with ``return_indices`` also where they are.""")


def _fractional_called(n: int, both: Function) -> Function:
    name = f"fractional_max_pool{n}d"

    def pool(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
             return_indices: bool = False, _random_samples: Any = None) -> Any:
        shape = shape_of(input)
        if output_size is None:
            if output_ratio is None:
                raise ValueError(f"{name} requires specifying either an output_size or an "
                                 "output_ratio")
            ratios = (output_ratio,) * n if isinstance(output_ratio, float) else output_ratio
            output_size = tuple(int(m * r) for m, r in zip(shape[-n:], ratios, strict=True))
        if _random_samples is None:
            lead = shape[:2] if len(shape) == n + 2 else (1, *shape[:1])
            _random_samples = rand((*lead, n), dtype=dtype_of(input))
        found = both(input, kernel_size, output_size, _random_samples)
        return found if return_indices else found[0]

    return _named(pool, name, f"""The maxima over windows at random steps of {_WINDOWS[n]}
    (Graham, Fractional max-pooling, 2014); with ``return_indices`` also where they are.

    The result has ``output_size``, or the input's size times ``output_ratio``.
    """)


def _fractional_with_indices(n: int, pool: Function) -> Function:
    def both(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
             return_indices: bool = False, _random_samples: Any = None) -> Any:
        return pool(input, kernel_size, output_size, output_ratio, True, _random_samples)

    return _named(both, f"fractional_max_pool{n}d_with_indices",
                  f""":func:`fractional_max_pool{n}d` and where the maxima are.""")


def _max_unpool_called(n: int, undo: Function) -> Function:
    def unpool(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
               output_size: Any = None) -> Any:
        kernel, pads = _each(kernel_size, n), _each(padding, n)
        steps = kernel if stride is None else _each(stride, n)
        size = tuple((m - 1) * s + k - 2 * p for m, s, k, p in zip(
            shape_of(input)[-n:], steps, kernel, pads, strict=True))
        if output_size is not None:
            size = _given_size(size, tuple(output_size), steps)
        return undo(input, indices, size)

    return _named(unpool, f"max_unpool{n}d", f"""The inverse of ``max_pool{n}d`` in part: the
    maxima at ``indices``, zeros elsewhere.

    ``output_size`` says which of the sizes that pool to the input's is meant.
    """)


def _each(value: Any, n: int) -> tuple[int, ...]:
    return (value,) * n if isinstance(value, int) else tuple(value)


def _given_size(size: Sequence[int], wanted: tuple[int, ...],
                steps: tuple[int, ...]) -> tuple[int, ...]:
    """``wanted``, if it is near ``size``."""
    n = len(size)
    if len(wanted) == n + 2:
        wanted = wanted[2:]
    if len(wanted) != n:
        raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, "
                         f"but it has a length of '{len(wanted)}'")
    for i, (m, s, w) in enumerate(zip(size, steps, wanted, strict=True)):
        if not m - s < w < m + s:
            raise ValueError(f'invalid output_size "{wanted}" (dim {i} must be between {m - s} and '
                             f'{m + s})')
    return wanted


max_pool1d_with_indices, max_pool2d_with_indices, max_pool3d_with_indices = map(
    function, (_max_pool1d_with_indices, _max_pool2d_with_indices, _max_pool3d_with_indices))
max_pool1d = _max_pool_called(1, function(_max_pool1d), max_pool1d_with_indices)
max_pool2d = _max_pool_called(2, function(_max_pool2d), max_pool2d_with_indices)
max_pool3d = _max_pool_called(3, function(_max_pool3d), max_pool3d_with_indices)
adaptive_max_pool1d_with_indices = function(_adaptive_max_pool1d)
adaptive_max_pool2d_with_indices = function(_adaptive_max_pool2d)
adaptive_max_pool3d_with_indices = function(_adaptive_max_pool3d)
adaptive_max_pool1d = _adaptive_called(1, adaptive_max_pool1d_with_indices)
adaptive_max_pool2d = _adaptive_called(2, adaptive_max_pool2d_with_indices)
adaptive_max_pool3d = _adaptive_called(3, adaptive_max_pool3d_with_indices)
fractional_max_pool2d = _fractional_called(2, function(_fractional_max_pool2d))
fractional_max_pool3d = _fractional_called(3, function(_fractional_max_pool3d))
fractional_max_pool2d_with_indices = _fractional_with_indices(2, fractional_max_pool2d)
fractional_max_pool3d_with_indices = _fractional_with_indices(3, fractional_max_pool3d)
max_unpool1d = _max_unpool_called(1, function(_max_unpool1d))
max_unpool2d = _max_unpool_called(2, function(_max_unpool2d))
max_unpool3d = _max_unpool_called(3, function(_max_unpool3d))

__all__ = ["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
           "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
           "fractional_max_pool3d_with_indices", "max_pool1d", "max_pool2d", "max_pool3d",
           "max_unpool1d", "max_unpool2d", "max_unpool3d"]
