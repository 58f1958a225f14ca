"""Discrete Fourier transforms: those of ``torch.fft``, made of one primitive along an axis.

The transform of real numbers is the half of the complex one that says all; its inverse is that of
the whole, which is completed by symmetry, and whose imaginary part is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..engine.dtypes import bfloat16, float16, get_default_dtype
from ..engine.graph import Node, lift
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.ops.fourier import fft as transform
from ..engine.recording.operation import normal_dim, operation
from .shape import cut

Sizes = int | Sequence[int]


def _numbers(x: Node, name: str, complex: bool) -> Node:
    """``x`` in the dtype that is transformed: floating or complex, or complex at any rate."""
    if x.dtype in (float16, bfloat16):
        raise RuntimeError(f"Unsupported dtype {x.dtype.legacy_name}: torch.fft.{name} on the CPU "
                           "takes float32 and float64")
    dtype = x.dtype if x.dtype.is_differentiable else get_default_dtype()
    return el.cast(x, dtype=dtype.to_complex() if complex else dtype)


def _real(x: Node, name: str) -> Node:
    if x.dtype.is_complex:
        raise RuntimeError(f"{name} expects a real input tensor, but got {x.dtype.legacy_name}")
    return _numbers(x, name, False)


def _scale(n: int, norm: str | None, inverse: bool) -> float:
    match norm:
        case None | "backward":
            return 1 / n if inverse else 1.0
        case "ortho":
            return 1 / math.sqrt(n)
        case "forward":
            return 1.0 if inverse else 1 / n
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _points(n: int) -> int:
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _resized(x: Node, axis: int, n: int) -> Node:
    """``x`` cut off, or with zeros at its end, along an axis."""
    have = x.shape[axis]
    if n < have:
        return cut(x, axis, 0, n)
    if n == have:
        return x
    shape = (*x.shape[:axis], n - have, *x.shape[axis + 1:])
    zeros = st.full(lift(0), shape=shape, dtype=x.dtype)
    return st.concatenate(x, zeros, axis=axis)


def _scaled(x: Node, scale: float) -> Node:
    return x if scale == 1.0 else x * scale


def _axis(x: Node, dim: int) -> int:
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return normal_dim(dim, x.ndim)


def _complex(x: Node, n: int | None, dim: int, norm: str | None, inverse: bool) -> Node:
    """The transform of complex numbers along a dimension."""
    axis = _axis(x, dim)
    x = _resized(x, axis, _points(x.shape[axis] if n is None else n))
    n = x.shape[axis]
    return _scaled(transform(x, axis=axis, inverse=inverse), _scale(n, norm, inverse))


def _half(x: Node, n: int | None, dim: int, norm: str | None, inverse: bool) -> Node:
    """Of the transform of real numbers the first half."""
    axis = _axis(x, dim)
    full = _complex(el.cast(x, dtype=x.dtype.to_complex()), n, axis, norm, inverse)
    return cut(full, axis, 0, full.shape[axis] // 2 + 1)


def _whole(x: Node, n: int | None, dim: int, norm: str | None, inverse: bool) -> Node:
    """The real transform of what ``x`` is the first half of."""
    axis = _axis(x, dim)
    n = _points(2 * (x.shape[axis] - 1) if n is None else n)
    x = _resized(x, axis, n // 2 + 1)
    rest = (n - 1) // 2
    if rest:
        mirrored = st.flip(cut(x, axis, 1, rest), axes=(axis,))
        x = st.concatenate(x, el.conj(mirrored), axis=axis)
    return el.real(_complex(x, None, axis, norm, inverse))


def _axes(x: Node, s: Sizes | None, dim: Sizes | None) -> list[tuple[int, int | None]]:
    """The axes of a transform over several, each with its length."""
    sizes = None if s is None else [s] if isinstance(s, int) else list(s)
    dims = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if dims is None:
        if sizes is not None and len(sizes) > x.ndim:
            raise RuntimeError(f"Got shape with {len(sizes)} values but input tensor only has "
                               f"{x.ndim} dimensions.")
        dims = list(range(x.ndim - (x.ndim if sizes is None else len(sizes)), x.ndim))
    axes = [normal_dim(d, x.ndim) for d in dims]
    if len(set(axes)) < len(axes):
        raise RuntimeError("FFT dims must be unique")
    if sizes is not None and len(sizes) != len(axes):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    if sizes is None:
        return [(axis, None) for axis in axes]
    return [(axis, None if n == -1 else n) for axis, n in zip(axes, sizes, strict=True)]


def _over_all(x: Node, axes: list[tuple[int, int | None]], norm: str | None,
              inverse: bool) -> Node:
    for axis, n in axes:
        x = _complex(x, n, axis, norm, inverse)
    return x


def _last(axes: list[tuple[int, int | None]], name: str) -> tuple[int, int | None]:
    if not axes:
        raise RuntimeError(f"{name} must transform at least one axis")
    return axes[-1]


@operation("FftC2CBackward0", methods=())
def fft_fft(input: Node, n: int | None = None, dim: int = -1, norm: str | None = None) -> Node:
    """The transform along ``dim``, of ``n`` elements; ``norm`` is "forward", "backward", "ortho".
    """
    return _complex(_numbers(input, "fft", True), n, dim, norm, False)


@operation("FftC2CBackward0", methods=())
def fft_ifft(input: Node, n: int | None = None, dim: int = -1, norm: str | None = None) -> Node:
    """The inverse of :func:`fft_fft`."""
    return _complex(_numbers(input, "ifft", True), n, dim, norm, True)


@operation("FftR2CBackward0", methods=())
def fft_rfft(input: Node, n: int | None = None, dim: int = -1, norm: str | None = None) -> Node:
    """The first half of the transform of real numbers."""
    return _half(_real(input, "rfft"), n, dim, norm, False)


@operation("FftC2RBackward0", methods=())
def fft_irfft(input: Node, n: int | None = None, dim: int = -1, norm: str | None = None) -> Node:
    """The inverse of :func:`fft_rfft`: ``n`` real numbers, an even number if not said."""
    return _whole(_numbers(input, "irfft", True), n, dim, norm, True)


@operation("FftC2RBackward0", methods=())
def fft_hfft(input: Node, n: int | None = None, dim: int = -1, norm: str | None = None) -> Node:
    """The real transform of a signal that is symmetric, of which ``input`` is the first half."""
    return _whole(_numbers(input, "hfft", True), n, dim, norm, False)


@operation("ConjBackward0", methods=())
def fft_ihfft(input: Node, n: int | None = None, dim: int = -1, norm: str | None = None) -> Node:
    """The inverse of :func:`fft_hfft`."""
    return _half(_real(input, "ihfft"), n, dim, norm, True)


@operation("FftC2CBackward0", methods=())
def fft_fftn(input: Node, s: Sizes | None = None, dim: Sizes | None = None,
             norm: str | None = None) -> Node:
    """The transform along several dimensions, of ``s`` elements each."""
    return _over_all(_numbers(input, "fftn", True), _axes(input, s, dim), norm, False)


@operation("FftC2CBackward0", methods=())
def fft_ifftn(input: Node, s: Sizes | None = None, dim: Sizes | None = None,
              norm: str | None = None) -> Node:
    """The inverse of :func:`fft_fftn`."""
    return _over_all(_numbers(input, "ifftn", True), _axes(input, s, dim), norm, True)


@operation("FftR2CBackward0", methods=())
def fft_rfftn(input: Node, s: Sizes | None = None, dim: Sizes | None = None,
              norm: str | None = None) -> Node:
    """The transform of real numbers along several dimensions, half of it along the last."""
    axes = _axes(input, s, dim)
    axis, n = _last(axes, "rfftn")
    return _over_all(_half(_real(input, "rfftn"), n, axis, norm, False), axes[:-1], norm, False)


@operation("FftC2RBackward0", methods=())
def fft_irfftn(input: Node, s: Sizes | None = None, dim: Sizes | None = None,
               norm: str | None = None) -> Node:
    """The inverse of :func:`fft_rfftn`."""
    axes = _axes(input, s, dim)
    axis, n = _last(axes, "irfftn")
    return _whole(_over_all(_numbers(input, "irfftn", True), axes[:-1], norm, True), n, axis, norm,
                  True)


@operation("FftC2RBackward0", methods=())
def fft_hfftn(input: Node, s: Sizes | None = None, dim: Sizes | None = None,
              norm: str | None = None) -> Node:
    """:func:`fft_hfft` along the last of several dimensions, the transform along the others."""
    axes = _axes(input, s, dim)
    axis, n = _last(axes, "hfftn")
    return _whole(_over_all(_numbers(input, "hfftn", True), axes[:-1], norm, False), n, axis, norm,
                  False)


@operation("FftC2CBackward0", methods=())
def fft_ihfftn(input: Node, s: Sizes | None = None, dim: Sizes | None = None,
               norm: str | None = None) -> Node:
    """The inverse of :func:`fft_hfftn`."""
    axes = _axes(input, s, dim)
    axis, n = _last(axes, "ihfftn")
    return _over_all(_half(_real(input, "ihfftn"), n, axis, norm, True), axes[:-1], norm, True)


@operation("FftC2CBackward0", methods=())
def fft_fft2(input: Node, s: Sizes | None = None, dim: Sizes = (-2, -1),
             norm: str | None = None) -> Node:
    """:func:`fft_fftn` along two dimensions."""
    return fft_fftn(input, s, dim, norm)


@operation("FftC2CBackward0", methods=())
def fft_ifft2(input: Node, s: Sizes | None = None, dim: Sizes = (-2, -1),
              norm: str | None = None) -> Node:
    """:func:`fft_ifftn` along two dimensions."""
    return fft_ifftn(input, s, dim, norm)


@operation("FftR2CBackward0", methods=())
def fft_rfft2(input: Node, s: Sizes | None = None, dim: Sizes = (-2, -1),
              norm: str | None = None) -> Node:
    """:func:`fft_rfftn` along two dimensions."""
    return fft_rfftn(input, s, dim, norm)


@operation("FftC2RBackward0", methods=())
def fft_irfft2(input: Node, s: Sizes | None = None, dim: Sizes = (-2, -1),
               norm: str | None = None) -> Node:
    """:func:`fft_irfftn` along two dimensions."""
    return fft_irfftn(input, s, dim, norm)


@operation("FftC2RBackward0", methods=())
def fft_hfft2(input: Node, s: Sizes | None = None, dim: Sizes = (-2, -1),
              norm: str | None = None) -> Node:
    """:func:`fft_hfftn` along two dimensions."""
    return fft_hfftn(input, s, dim, norm)


@operation("FftC2CBackward0", methods=())
def fft_ihfft2(input: Node, s: Sizes | None = None, dim: Sizes = (-2, -1),
               norm: str | None = None) -> Node:
    """:func:`fft_ihfftn` along two dimensions."""
    return fft_ihfftn(input, s, dim, norm)


def _shifted(x: Node, dim: Sizes | None, back: bool) -> Node:
    dims = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    axes = tuple([normal_dim(d, x.ndim) for d in dims])
    shifts = tuple([(x.shape[a] + 1) // 2 if back else x.shape[a] // 2 for a in axes])
    return st.roll(x, shifts=shifts, axes=axes)


@operation("RollBackward0", methods=())
def fft_fftshift(input: Node, dim: Sizes | None = None) -> Node:
    """The frequency 0 in the middle, along all dimensions if none is said."""
    return _shifted(input, dim, False)


@operation("RollBackward0", methods=())
def fft_ifftshift(input: Node, dim: Sizes | None = None) -> Node:
    """The inverse of :func:`fft_fftshift`."""
    return _shifted(input, dim, True)
