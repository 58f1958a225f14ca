"""``torch.signal.windows``: ``M`` points of a window, symmetric, or with ``sym=False`` the first
``M`` of a symmetric window of one more, to be repeated."""

from __future__ import annotations

from ...names.missing import answer_missing_names
from .windows import (
    bartlett,
    blackman,
    cosine,
    exponential,
    gaussian,
    general_cosine,
    general_hamming,
    hamming,
    hann,
    kaiser,
    nuttall,
)

__all__ = ["bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine",
           "general_hamming", "hamming", "hann", "kaiser", "nuttall"]
answer_missing_names(__name__)
