"""``np.fft`` on tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as torch

from .operands import axes_of, inexact, tensor

Function = Callable[..., Any]


def along(function: Function) -> Function:
    """A transform along one axis."""
    def call(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: None = None) -> Any:
        return function(inexact(a), n, axis, norm)
    return call


def over(function: Function, axes_before: Any) -> Function:
    """A transform along several axes: the last two, or all."""
    def call(a: Any, s: Any = None, axes: Any = axes_before, norm: Any = None,
             out: None = None) -> Any:
        x = inexact(a)
        if axes is None:
            axes = tuple(range(x.ndim))[-len(s):] if s is not None else tuple(range(x.ndim))
        if s is not None:
            s = [x.shape[axis] if n is None else n for n, axis in zip(s, axes, strict=True)]
        return function(x, s, tuple(axes), norm)
    return call


def shift(function: Function) -> Function:
    def call(x: Any, axes: Any = None) -> Any:
        x = tensor(x)
        return function(x, axes_of(axes, x.ndim))
    return call


fft, ifft = along(torch.fft.fft), along(torch.fft.ifft)
rfft, irfft = along(torch.fft.rfft), along(torch.fft.irfft)
hfft, ihfft = along(torch.fft.hfft), along(torch.fft.ihfft)
fft2, ifft2 = over(torch.fft.fft2, (-2, -1)), over(torch.fft.ifft2, (-2, -1))
rfft2, irfft2 = over(torch.fft.rfft2, (-2, -1)), over(torch.fft.irfft2, (-2, -1))
fftn, ifftn = over(torch.fft.fftn, None), over(torch.fft.ifftn, None)
rfftn, irfftn = over(torch.fft.rfftn, None), over(torch.fft.irfftn, None)
fftshift, ifftshift = shift(torch.fft.fftshift), shift(torch.fft.ifftshift)
