"""Resampling of images: ``interpolate``, ``grid_sample``, ``affine_grid``, ``channel_shuffle``.

:func:`interpolate` goes along one dimension after another (``ops/resample.py``);
:func:`grid_sample` reads at places that a tensor gives, and has a derivative in them.
"""

from __future__ import annotations

import math
import warnings
from itertools import product
from typing import Any

import numpy as np

from ..engine.dtypes import INT, int64, uint8
from ..engine.graph import Node, Shape, lift
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.ops.contract import matmul, swap_last_axes
from ..engine.ops.indexing import take_along
from ..engine.ops.resample import Rule, resample
from ..engine.ops.rounding import floor, rint
from ..engine.recording.operation import Operation, as_dtype, in_pieces, operation, single
from ..engine.recording.recorder import hold
from ..engine.recording.recording import dtype_of, shape_of
from ..tensors.recorded import function
from .arithmetic import not_implemented
from .convolution import same_dtype
from .shape import called, cut

Scale = float | tuple[float, ...] | None
_KINDS = {"nearest": "nearest", "nearest-exact": "nearest-exact", "linear": "linear",
          "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic", "area": "area"}
_DIMS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_NAMES = {"nearest": "Nearest", "nearest-exact": "NearestExact", "linear": "Linear",
          "bilinear": "Bilinear", "bicubic": "Bicubic", "trilinear": "Trilinear"}


# Sizes
def resized(x: Node, kind: str, out: Shape, scales: tuple[float | None, ...] = (),
            align: bool = False, smooth: bool = False) -> Node:
    """(N, C, *size) resampled to (N, C, *out), a dimension at a time; ``scales`` has the old
    elements per new one where that is not the quotient of the sizes."""
    for i in reversed(range(len(out))):
        size, scale = x.shape[2 + i], scales[i] if scales else None
        if _by_sizes(kind, size, out[i], len(out), smooth):
            scale = None
        if size != out[i] or scale not in (None, 1.0):
            x = resample(x, axis=2 + i, rule=Rule(kind, size, out[i], scale, align, smooth))
    return x


def _by_sizes(kind: str, size: int, out: int, dims: int, smooth: bool) -> bool:
    """Whether PyTorch asks the sizes alone, whatever the scale: where a line keeps its length, and,
    for the nearest pixels of images, where it doubles."""
    if kind == "nearest":
        return dims == 2 and out in (size, 2 * size)
    return out == size and (smooth or kind == "linear")


def _spatial(input: Node, size: int | tuple[int, ...] | None, scale_factor: Scale,
             recompute: bool | None) -> tuple[Shape, tuple[float, ...] | None]:
    """The size of the result, and the factors if they count for more than that."""
    old = input.shape[2:]
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        out = (size,) * len(old) if isinstance(size, int) else tuple(size)
        if len(out) != len(old):
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input "
                f"with spatial dimensions of {list(old)} and output size of {out}.")
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return out, None
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    factors = tuple(scale_factor) if isinstance(scale_factor, tuple) else (scale_factor,) * len(old)
    if len(factors) != len(old):
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input "
            f"with spatial dimensions of {list(old)} and scale_factor of shape {factors}.")
    out = tuple(math.floor(n * f) for n, f in zip(old, factors, strict=True))
    return out, None if recompute else tuple(map(float, factors))


def _check_mode(input: Node, mode: str, align_corners: bool | None, antialias: bool) -> None:
    if align_corners is not None and mode not in _DIMS:
        raise ValueError("align_corners option can only be set with the interpolating modes: "
                         "linear | bilinear | bicubic | trilinear")
    if mode == "lanczos":
        raise NotImplementedError("interpolate: mode 'lanczos' is not in wengert; 'bicubic' with "
                                  "antialias=True is near")
    if antialias and (mode not in ("bilinear", "bicubic") or input.ndim != 4):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes "
                         "and requires a 4-D tensor as input")
    if mode not in _KINDS or not 3 <= input.ndim <= 5:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the "
            "modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | "
            f"nearest-exact (got {mode})")
    if mode in _DIMS and input.ndim != _DIMS[mode] + 2:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs "
                                  f"{_DIMS[mode] + 2}D input")
    if input.dtype.category <= INT and not (
            input.dtype is uint8 and mode in ("nearest", "nearest-exact")):
        raise not_implemented(f"upsample_{mode}{input.ndim - 2}d", input)


def _lengths(shape: Shape) -> str:
    letters = ("D", "H", "W")[3 - len(shape):]
    return ", ".join(f"{letter}: {n}" for letter, n in zip(letters, shape, strict=True))


@operation("UpsampleNearest2DBackward0", methods=())
def interpolate(input: Node, size: int | tuple[int, ...] | None = None, scale_factor: Scale = None,
                mode: str = "nearest", align_corners: bool | None = None,
                recompute_scale_factor: bool | None = None, antialias: bool = False) -> Node:
    """(N, C, *old) resampled to ``size``, or to ``floor(old * scale_factor)``.

    ``mode`` is "nearest", "nearest-exact", "linear" (N, C, L), "bilinear" and "bicubic" (N, C, H,
    W), "trilinear" (N, C, D, H, W) or "area". With ``align_corners`` the corners of both images
    coincide, otherwise their edges do; ``antialias`` widens the filter of "bilinear" and "bicubic"
    where the image shrinks. ValueError and NotImplementedError for what does not fit together.

    >>> torch.nn.functional.interpolate(torch.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    _check_mode(input, mode, align_corners, antialias)
    out, factors = _spatial(input, size, scale_factor, recompute_scale_factor)
    old, n = input.shape[2:], input.ndim - 2
    if min(*old, *out) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({_lengths(old)}) "
            f"output ({_lengths(out)})")
    if mode == "area":
        y = in_pieces(resized(single(input), "area", out), [input])
        return called(as_dtype(y, input.dtype),
                      f"AdaptiveAvgPool{n}DBackward0" if n > 1 else "SqueezeBackward1", input)
    align = bool(align_corners)
    scales = () if factors is None or align else tuple(1 / f for f in factors)
    wide = input if mode.startswith("nearest") else single(input)
    y = as_dtype(resized(wide, _KINDS[mode], out, scales, align, antialias), input.dtype)
    smooth = "Aa" if antialias else ""
    return called(st.copy(y) if y is input else y,
                  f"Upsample{_NAMES[mode]}{n}D{smooth}Backward0", input)


# Grids
def _unnormalized(g: Node, size: int, align: bool) -> Node:
    """Places from [-1, 1] in elements."""
    if align:
        return (g + 1) * ((size - 1) / 2)
    return ((g + 1) * size - 1) / 2


def _reflected(x: Node, size: int, align: bool) -> Node:
    """``x`` folded back at the ends of the line until it lies within."""
    low, high = (0.0, size - 1.0) if align else (-0.5, size - 0.5)
    span = high - low
    if span == 0:
        return x * 0
    from_low = el.abs_(x - low)
    flips = floor(from_low / span)
    extra = from_low - flips * span
    odd = el.ne(flips - 2 * floor(flips / 2), lift(0))
    return el.where(odd, high - extra, extra + low)


def _bounded(x: Node, size: int, padding_mode: str, align: bool) -> Node:
    """Places, moved into the image if the mode says so."""
    if padding_mode == "zeros":
        return x
    if padding_mode == "reflection":
        x = _reflected(x, size, align)
    return el.clamp_max(el.clamp_min(x, lift(0.0)), lift(size - 1.0))


def _gathered(flat: Node, places: list[Node], size: Shape, out: Shape, zeros: bool) -> Node:
    """The elements (N, C, *out) at whole places, one array (N, *out) for each dimension; 0 for
    those outside."""
    number: Node | None = None
    inside: Node | None = None
    for place, n in zip(places, size, strict=True):
        near = el.clamp_max(el.clamp_min(place, lift(0.0)), lift(n - 1.0))
        if zeros:
            here = el.eq(near, place)
            inside = here if inside is None else el.logical_and(inside, here)
        near = el.cast(el.where(el.isnan(near), lift(0.0), near), dtype=int64)
        number = near if number is None else el.add(el.mul(number, lift(n)), near)
    assert number is not None
    count, total = flat.shape[0], math.prod(out)
    index = st.broadcast_to(st.reshape(number, shape=(count, 1, total)),
                            shape=(*flat.shape[:2], total))
    found = st.reshape(take_along(flat, index, axis=2), shape=(*flat.shape[:2], *out))
    if inside is not None:
        inside = st.reshape(inside, shape=(count, 1, *out))
        found = el.where(inside, found, lift(0.0))
    return found


def _check_grid(input: Node, grid: Node, mode: str, padding_mode: str) -> None:
    where = "nn.functional.grid_sample(): expected"
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(f"{where} mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
                         f"'{mode}'")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"{where} padding_mode to be 'zeros', 'border', or 'reflection', but got: "
                         f"'{padding_mode}'")
    n, start = input.ndim - 2, "grid_sampler(): expected"
    got = f"but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.shape[:1] != grid.shape[:1]:
        raise RuntimeError(f"{start} grid and input to have same batch size, {got}")
    if n not in (2, 3) or grid.ndim != input.ndim:
        raise RuntimeError(f"{start} 4D or 5D input and grid with same number of dimensions, {got}")
    if grid.shape[-1] != n:
        raise RuntimeError(f"{start} grid to have size {n} in last dimension, but got grid with "
                           f"sizes {list(grid.shape)}")
    for i in range(2, input.ndim):
        if input.shape[i] == 0:
            raise RuntimeError(
                f"{start} input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {i} being empty")
    if mode == "bicubic" and n != 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    same_dtype(input, grid)
    if not input.dtype.is_floating_point:
        raise not_implemented("grid_sampler", input)


@operation("GridSampler2DBackward0", methods=())
def _grid_sample(input: Node, grid: Node, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Node:
    """(N, C, *size) read at the places ``grid``, (N, *out, dims), as (N, C, *out).

    A place is (x, y) or (x, y, z), the last dimension first; -1 and 1 are the image's edges, or
    with ``align_corners`` the centres of its outer elements. ``mode`` is "bilinear", "nearest" or
    "bicubic"; ``padding_mode`` says what lies outside: "zeros", the "border" or a "reflection".
    """
    _check_grid(input, grid, mode, padding_mode)
    n, align, dtype = input.ndim - 2, bool(align_corners), input.dtype
    size, out = input.shape[2:], grid.shape[1:-1]
    image, grid = single(input), single(grid)
    flat = st.reshape(image, shape=(*input.shape[:2], math.prod(size)))
    at = [_unnormalized(st.reshape(cut(grid, n + 1, n - 1 - i, 1), shape=grid.shape[:-1]), size[i],
                        align) for i in range(n)]
    if mode == "bicubic":
        y = _by_cubic(flat, at, size, out, padding_mode, align)
    else:
        at = [_bounded(x, m, padding_mode, align) for x, m in zip(at, size, strict=True)]
        zeros = padding_mode == "zeros"
        if mode == "nearest":
            y = _gathered(flat, [rint(x) for x in at], size, out, zeros)
        else:
            y = _by_linear(flat, at, size, out, zeros)
    y = as_dtype(y, dtype)
    if mode == "nearest":
        y = st.tether(st.piecewise(y, grid), grid)
    return called(y, f"GridSampler{n}DBackward0", input)


def _channelled(weight: Node) -> Node:
    return st.reshape(weight, shape=(weight.shape[0], 1, *weight.shape[1:]))


def _weighted(terms: list[Node]) -> Node:
    total = terms[0]
    for term in terms[1:]:
        total = el.add(total, term)
    return total


def _by_linear(flat: Node, at: list[Node], size: Shape, out: Shape, zeros: bool) -> Node:
    low = [floor(x) for x in at]
    part = [el.sub(x, b) for x, b in zip(at, low, strict=True)]
    terms = []
    for corner in product((0, 1), repeat=len(at)):
        places = [b + 1 if c else b for b, c in zip(low, corner, strict=True)]
        weight = math.prod((p if c else 1 - p for p, c in zip(part, corner, strict=True)),
                           start=lift(1.0))
        terms.append(el.mul(_gathered(flat, places, size, out, zeros), _channelled(weight)))
    return _weighted(terms)


def _cubic_weights(part: Node, a: float = -0.75) -> list[Node]:
    """The weights of the four elements around a place, ``part`` after the second."""
    def near(x: Node) -> Node:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Node) -> Node:
        return ((x - 5) * x + 8) * x * a - 4 * a

    return [far(part + 1), near(part), near(1 - part), far(2 - part)]


def _by_cubic(flat: Node, at: list[Node], size: Shape, out: Shape, padding_mode: str,
              align: bool) -> Node:
    low = [floor(x) for x in at]
    weights = [_cubic_weights(el.sub(x, b)) for x, b in zip(at, low, strict=True)]
    places = [[_bounded(b + k, m, padding_mode, align) for k in range(-1, 3)]
              for b, m in zip(low, size, strict=True)]
    zeros = padding_mode == "zeros"
    rows = [el.mul(_weighted([
        el.mul(_gathered(flat, [row, column], size, out, zeros), _channelled(w))
        for column, w in zip(places[1], weights[1], strict=True)]), _channelled(v))
        for row, v in zip(places[0], weights[0], strict=True)]
    return _weighted(rows)


@operation("AffineGridGeneratorBackward0", methods=())
def affine_points(base: Node, theta: Node) -> Node:
    """The points ``base``, (*out, dims + 1) with a last coordinate of 1, moved by each of the maps
    ``theta``, (N, dims, dims + 1): (N, *out, dims)."""
    *out, n = base.shape
    flat = st.reshape(as_dtype(base, theta.dtype), shape=(1, math.prod(out), n))
    moved = matmul(flat, swap_last_axes(theta))
    return st.reshape(moved, shape=(theta.shape[0], *out, n - 1))


# Channels
@operation("ChannelShuffleBackward0", methods=())
def channel_shuffle(input: Node, groups: int) -> Node:
    """(N, groups * C, *size) with the channels of the groups interleaved."""
    if input.ndim < 3:
        raise RuntimeError("channel_shuffle expects input with > 2 dims, but got input with sizes "
                           f"{list(input.shape)}")
    if groups < 1:
        raise RuntimeError("Number of groups to divide channels in must be positive. Value of "
                           f"groups:{groups}")
    count, channels = input.shape[:2]
    if channels % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {channels} "
                           f"channels and {groups} groups.")
    rest = math.prod(input.shape[2:])
    x = st.reshape(input, shape=(count, groups, channels // groups, rest))
    return st.reshape(st.transpose(x, perm=(0, 2, 1, 3)), shape=input.shape)


ALIASES: dict[str, Operation] = {"native_channel_shuffle": channel_shuffle}


# ---- decided at the call ----


_interpolate = function(interpolate)
_points, _sample = function(affine_points), function(_grid_sample)


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The grid for :func:`grid_sample` that affine maps give: ``theta`` of (N, 2, 3) for a
    ``size`` of (N, C, H, W), or (N, 3, 4) for (N, C, D, H, W).

    The result is (N, H, W, 2) or (N, D, H, W, 3). ValueError where the two do not fit.

    >>> torch.nn.functional.affine_grid(torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]),
    ...                                 (1, 1, 1, 2)).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    size = tuple(size)
    n, shape = len(size) - 2, shape_of(theta)
    if not dtype_of(theta).is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {dtype_of(theta)}")
    if n not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}.")
    if shape != (size[0], n, n + 1):
        raise ValueError(f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for "
                         f"size {size}. Got torch.Size({list(shape)}).")
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    _warn("affine_grid", align_corners)
    lines = []
    for length in size[2:]:
        end = 1.0 if align_corners else (length - 1) / length
        lines.append(np.linspace(-end, end, length) if length > 1 else np.zeros(1))
    base = np.ones((*size[2:], n + 1), dtype_of(theta).numpy)
    for i, values in enumerate(np.meshgrid(*lines, indexing="ij")):
        base[..., n - 1 - i] = values
    return _points(hold(base), theta)


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Any:
    """(N, C, *size) read at the places ``grid``, (N, *out, dims), as (N, C, *out).

    A place is (x, y) or (x, y, z), the last dimension first; -1 and 1 are the image's edges, or
    with ``align_corners`` the centres of its outer elements. ``mode`` is "bilinear", "nearest" or
    "bicubic"; ``padding_mode`` says what lies outside: "zeros", the "border" or a "reflection".
    """
    _warn("grid_sample", align_corners)
    return _sample(input, grid, mode, padding_mode, bool(align_corners))


def _warn(name: str, align_corners: bool | None) -> None:
    if align_corners is None:
        warnings.warn(f"{name}: align_corners is not given, and False is its default since PyTorch "
                      "1.3. Say align_corners=True if you rely on the older one.", stacklevel=3)


def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Any:
    """:func:`interpolate`, under its older name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` "
                  "instead.", stacklevel=2)
    return _interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate(mode="nearest")``, under its older name."""
    warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use "
                  "`nn.functional.interpolate` instead.", stacklevel=2)
    return _interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate(mode="bilinear", align_corners=True)``, under its older name."""
    warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use "
                  "`nn.functional.interpolate` instead.", stacklevel=2)
    return _interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


__all__ = ["affine_grid", "grid_sample", "interpolate", "upsample", "upsample_bilinear",
           "upsample_nearest"]
