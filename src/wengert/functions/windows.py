"""Windows for spectra: ``torch.hann_window`` and its kin.

``periodic`` leaves out the last point of a symmetric window of one more.
"""

from __future__ import annotations

import math
from typing import Any

from ..engine.dtypes import DType, get_default_dtype
from ..tensors.creation import arange, ones
from ..tensors.recorded import function
from . import special

i0 = function(special.i0)


def _points(name: str, n: int, periodic: bool, dtype: DType | None) -> tuple[Any, int, DType]:
    """The places 0 to n - 1, how many steps the window has, and its dtype."""
    kind = dtype or get_default_dtype()
    if not kind.is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {kind}")
    if n < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={n}")
    return arange(n, dtype=kind), n if periodic else n - 1, kind


def _finished(window: Any, requires_grad: bool) -> Any:
    return window.requires_grad_() if requires_grad else window


def bartlett_window(window_length: int, periodic: bool = True, *, dtype: DType | None = None,
                    layout: Any = None, device: Any = None, pin_memory: bool = False,
                    requires_grad: bool = False) -> Any:
    """A triangle, 0 at its ends."""
    k, steps, kind = _points("bartlett_window", window_length, periodic, dtype)
    if window_length <= 1:
        return _finished(ones(window_length, dtype=kind), requires_grad)
    return _finished(1 - (k * (2 / steps) - 1).abs(), requires_grad)


def hamming_window(window_length: int, periodic: bool = True, alpha: float = 0.54,
                   beta: float = 0.46, *, dtype: DType | None = None, layout: Any = None,
                   device: Any = None, pin_memory: bool = False,
                    requires_grad: bool = False) -> Any:
    """``alpha - beta * cos(2 pi k / steps)``."""
    return _raised_cosine("hamming_window", window_length, periodic, alpha, beta, dtype,
                          requires_grad)


def _raised_cosine(name: str, n: int, periodic: bool, alpha: float, beta: float,
                   dtype: DType | None, requires_grad: bool) -> Any:
    k, steps, kind = _points(name, n, periodic, dtype)
    if n <= 1:
        return _finished(ones(n, dtype=kind), requires_grad)
    return _finished(alpha - beta * (k * (2 * math.pi / steps)).cos(), requires_grad)


def hann_window(window_length: int, periodic: bool = True, *, dtype: DType | None = None,
                layout: Any = None, device: Any = None, pin_memory: bool = False,
                    requires_grad: bool = False) -> Any:
    """``sin(pi k / steps) ** 2``.

    >>> hann_window(4).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return _raised_cosine("hann_window", window_length, periodic, 0.5, 0.5, dtype, requires_grad)


def blackman_window(window_length: int, periodic: bool = True, *, dtype: DType | None = None,
                    layout: Any = None, device: Any = None, pin_memory: bool = False,
                    requires_grad: bool = False) -> Any:
    """``0.42 - 0.5 cos(2 pi k / steps) + 0.08 cos(4 pi k / steps)``, at least 0."""
    k, steps, kind = _points("blackman_window", window_length, periodic, dtype)
    if window_length <= 1:
        return _finished(ones(window_length, dtype=kind), requires_grad)
    angle = k * (2 * math.pi / steps)
    window = 0.42 - 0.5 * angle.cos() + 0.08 * (2 * angle).cos()
    return _finished(window.clamp(min=0), requires_grad)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, *,
                  dtype: DType | None = None, layout: Any = None, device: Any = None,
                  pin_memory: bool = False, requires_grad: bool = False) -> Any:
    """``i0(beta * sqrt(1 - (2 k / steps - 1) ** 2)) / i0(beta)``."""
    k, steps, kind = _points("kaiser_window", window_length, periodic, dtype)
    if window_length <= 1:
        return _finished(ones(window_length, dtype=kind), requires_grad)
    inside = (1 - (k * (2 / steps) - 1).square()).clamp(min=0).sqrt()
    return _finished(i0(beta * inside) / i0(ones((), dtype=kind) * beta), requires_grad)


__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]
