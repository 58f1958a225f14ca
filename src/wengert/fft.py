"""``torch.fft``: discrete Fourier transforms, computed by NumPy in the precision of the input."""

from __future__ import annotations

from typing import Any

from .functions import fourier, joins
from .names.missing import answer_missing_names
from .tensors.creation import arange
from .tensors.operators import Tensor
from .tensors.recorded import function

cat = function(joins.cat)
fft = function(fourier.fft_fft)
ifft = function(fourier.fft_ifft)
rfft = function(fourier.fft_rfft)
irfft = function(fourier.fft_irfft)
hfft = function(fourier.fft_hfft)
ihfft = function(fourier.fft_ihfft)
fft2 = function(fourier.fft_fft2)
ifft2 = function(fourier.fft_ifft2)
rfft2 = function(fourier.fft_rfft2)
irfft2 = function(fourier.fft_irfft2)
hfft2 = function(fourier.fft_hfft2)
ihfft2 = function(fourier.fft_ihfft2)
fftn = function(fourier.fft_fftn)
ifftn = function(fourier.fft_ifftn)
rfftn = function(fourier.fft_rfftn)
irfftn = function(fourier.fft_irfftn)
hfftn = function(fourier.fft_hfftn)
ihfftn = function(fourier.fft_ihfftn)
fftshift = function(fourier.fft_fftshift)
ifftshift = function(fourier.fft_ifftshift)


def fftfreq(n: int, d: float = 1.0, **options: Any) -> Tensor:
    """The frequencies of a transform of ``n`` samples that are ``d`` apart; ``dtype``, ``device``
    and the other options are those of ``torch.arange``.

    >>> fftfreq(4)
    tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    out = options.pop("out", None)
    positive, negative = arange((n + 1) // 2), arange(-(n // 2), 0)
    return _per_sample(cat([positive, negative]), n, d, out, options)


def rfftfreq(n: int, d: float = 1.0, **options: Any) -> Tensor:
    """The frequencies of :func:`rfft`, none of them negative.

    >>> rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    out = options.pop("out", None)
    return _per_sample(arange(n // 2 + 1), n, d, out, options)


def _per_sample(counts: Tensor, n: int, d: float, out: Any, options: dict[str, Any]) -> Tensor:
    made = arange(0.0, 1.0, **options)
    requires_grad = made.requires_grad
    found = counts.to(made.dtype) * (1.0 / (n * d))
    if out is not None:
        result: Tensor = out._take(found)
        return result
    return found.requires_grad_() if requires_grad else found


__all__ = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fft2", "ifft2", "rfft2", "irfft2",
           "hfft2", "ihfft2", "fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn", "fftfreq",
           "rfftfreq", "fftshift", "ifftshift"]
answer_missing_names(__name__)
