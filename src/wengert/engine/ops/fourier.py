"""The discrete Fourier transform along one axis, as one primitive that is its own transpose.

``fft(x, axis, inverse)`` is ``y[k] = sum_n x[n] exp(-2 pi i k n / N)``, with the other sign if
``inverse``; neither is scaled. Its adjoint is the one with the other sign.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import DType
from ..graph import Linear, Node, Partial, Primitive, Shape
from .elementwise import unit


def _fft(x: Any, axis: int, inverse: bool) -> Any:
    if not x.size:
        return np.zeros(x.shape, x.dtype)
    transformed = np.fft.ifft(x, axis=axis, norm="forward") if inverse else np.fft.fft(x, axis=axis)
    return transformed.astype(x.dtype, copy=False)


def _infer(x: Node, axis: int, inverse: bool) -> tuple[Shape, DType]:
    return x.shape, x.dtype


fft: Primitive = Primitive(
    "fft", _fft, _infer,
    (Linear(lambda ct, x, axis, inverse: fft(ct, axis=axis, inverse=not inverse)),),
    "fft({0}, {axis}, inverse={inverse})")


def _covered(x: Any) -> Any:
    if x.size and (least := np.abs(x).min().item()) < 1e-11:
        raise RuntimeError(f"istft: window overlap add min: {least:g}: the frames do not cover the "
                           "signal")
    return x.copy()


covered = Primitive(
    "covered", _covered, lambda x: (x.shape, x.dtype), (Partial(lambda y, x: unit(y)),),
    "{0}, no zeros", elementwise=True, checks=True)
"""The sums of squared windows that signals are divided by, each checked."""
