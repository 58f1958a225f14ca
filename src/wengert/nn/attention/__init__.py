"""``torch.nn.attention``: the choice among kernels of ``scaled_dot_product_attention``.

There is one, in ``functions/attention.py``; programs that choose run as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from enum import IntEnum

from ...names.missing import answer_missing_names


class SDPBackend(IntEnum):
    """The kernels that PyTorch has."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextlib.contextmanager
def sdpa_kernel(backends: SDPBackend | Sequence[SDPBackend],
                set_priority: bool = False) -> Iterator[None]:
    """A block or function in which attention is computed by one of ``backends``; here it always is
    by ``MATH``, without the others' rounding.

    AssertionError for what is no ``SDPBackend``, or no sequence of them.
    """
    given = [backends] if isinstance(backends, SDPBackend) else backends
    if not isinstance(given, (list, tuple)) or not all(
            isinstance(each, SDPBackend) for each in given):
        raise AssertionError("Backend must be an instance of SDPBackend or a list of SDPBackend "
                             f"instances, got {type(backends).__name__}")
    yield


__all__ = ["SDPBackend", "sdpa_kernel"]
answer_missing_names(__name__)
