"""The windows of ``torch.signal.windows``: each is made in float64 and rounded once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ...engine.dtypes import DType, float32, float64, get_default_dtype
from ...functions import special
from ...names.missing import answer_missing_names
from ...tensors.creation import arange, ones
from ...tensors.recorded import function

_i0 = function(special.i0)


def _kind(name: str, M: int, dtype: DType | None, layout: Any) -> DType:
    """The dtype of a window; the errors of its arguments."""
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not None and str(layout) != "torch.strided":
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    kind = dtype or get_default_dtype()
    if kind not in (float32, float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    return kind


def _made(kind: DType, M: int, requires_grad: bool, window: Any) -> Any:
    """``window``, or ones where it has no more than one point."""
    found = ones(M, dtype=kind) if M <= 1 else window().to(kind)
    return found.requires_grad_() if requires_grad else found


def _places(M: int, sym: bool) -> tuple[Any, int]:
    """The places 0 to M - 1, and how many steps there are to the last of the symmetric window."""
    return arange(M, dtype=float64), M - 1 if sym else M


def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, dtype: DType | None = None,
                   layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """``a[0] - a[1] cos(t) + a[2] cos(2 t) - ...``, t going from 0 to 2 pi."""
    kind = _kind("general_cosine", M, dtype, layout)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    weights = list(a)
    if not weights:
        raise ValueError("Coefficients cannot be empty")

    def window() -> Any:
        k, steps = _places(M, sym)
        angle = k * (2 * math.pi / steps)
        total = angle * 0 + weights[0]
        for i, weight in enumerate(weights[1:], 1):
            total = total + (-1) ** i * weight * (i * angle).cos()
        return total
    return _made(kind, M, requires_grad, window)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, dtype: DType | None = None,
                    layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """``alpha - (1 - alpha) cos(t)``."""
    return general_cosine(M, a=[alpha, 1 - alpha], sym=sym, dtype=dtype, layout=layout,
                          requires_grad=requires_grad)


def hamming(M: int, *, sym: bool = True, dtype: DType | None = None, layout: Any = None,
            device: Any = None, requires_grad: bool = False) -> Any:
    """``0.54 - 0.46 cos(t)``."""
    return general_hamming(M, sym=sym, dtype=dtype, layout=layout, requires_grad=requires_grad)


def hann(M: int, *, sym: bool = True, dtype: DType | None = None, layout: Any = None,
         device: Any = None, requires_grad: bool = False) -> Any:
    """``sin(t / 2) ** 2``.

    >>> hann(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return general_hamming(M, alpha=0.5, sym=sym, dtype=dtype, layout=layout,
                           requires_grad=requires_grad)


def blackman(M: int, *, sym: bool = True, dtype: DType | None = None, layout: Any = None,
             device: Any = None, requires_grad: bool = False) -> Any:
    """``0.42 - 0.5 cos(t) + 0.08 cos(2 t)``."""
    _kind("blackman", M, dtype, layout)
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, dtype=dtype, layout=layout,
                          requires_grad=requires_grad)


def nuttall(M: int, *, sym: bool = True, dtype: DType | None = None, layout: Any = None,
            device: Any = None, requires_grad: bool = False) -> Any:
    """Nuttall's minimum of four terms (1981)."""
    return general_cosine(M, a=[0.3635819, 0.4891775, 0.1365995, 0.0106411], sym=sym, dtype=dtype,
                          layout=layout, requires_grad=requires_grad)


def bartlett(M: int, *, sym: bool = True, dtype: DType | None = None, layout: Any = None,
             device: Any = None, requires_grad: bool = False) -> Any:
    """A triangle, 0 at its ends."""
    kind = _kind("bartlett", M, dtype, layout)

    def window() -> Any:
        k, steps = _places(M, sym)
        return 1 - (k * (2 / steps) - 1).abs()
    return _made(kind, M, requires_grad, window)


def cosine(M: int, *, sym: bool = True, dtype: DType | None = None, layout: Any = None,
           device: Any = None, requires_grad: bool = False) -> Any:
    """Half a period of a sine: ``sin(pi (k + 1/2) / M)``."""
    kind = _kind("cosine", M, dtype, layout)

    def window() -> Any:
        k, steps = _places(M, sym)
        return ((k + 0.5) * (math.pi / (steps + 1))).sin()
    return _made(kind, M, requires_grad, window)


def exponential(M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True,
                dtype: DType | None = None, layout: Any = None, device: Any = None,
                requires_grad: bool = False) -> Any:
    """``exp(-|k - center| / tau)``; the center of a symmetric window is its middle."""
    kind = _kind("exponential", M, dtype, layout)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")

    def window() -> Any:
        k, steps = _places(M, sym)
        middle = steps / 2 if center is None else center
        return ((k - middle).abs() * (-1 / tau)).exp()
    return _made(kind, M, requires_grad, window)


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, dtype: DType | None = None,
             layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """``exp(-((k - middle) / std) ** 2 / 2)``."""
    kind = _kind("gaussian", M, dtype, layout)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")

    def window() -> Any:
        k, steps = _places(M, sym)
        return (((k - steps / 2) / std).square() * -0.5).exp()
    return _made(kind, M, requires_grad, window)


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, dtype: DType | None = None,
           layout: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """``i0(beta sqrt(1 - s ** 2)) / i0(beta)``, s going from -1 to 1."""
    kind = _kind("kaiser", M, dtype, layout)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")

    def window() -> Any:
        k, steps = _places(M, sym)
        inside = (1 - (k * (2 / steps) - 1).square()).clamp(min=0).sqrt()
        return _i0(beta * inside) / _i0(ones((), dtype=float64) * beta)
    return _made(kind, M, requires_grad, window)


__all__ = ["bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine",
           "general_hamming", "hamming", "hann", "kaiser", "nuttall"]
answer_missing_names(__name__)
