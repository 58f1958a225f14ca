"""``torch.version``: which PyTorch is matched, and which Wengert this is.

``torch.__version__`` is PyTorch's version with ``+wengert``, so that programs which ask for a
version take the path that they take with PyTorch; ``torch.version.wengert`` is Wengert's own.
"""

from __future__ import annotations

import re
from typing import Any

wengert = "0.1.0"
"""Wengert's version; the package's metadata are made from this line."""
matched = "2.13.0"
"""The version of PyTorch whose behaviour is matched."""


class TorchVersion(str):
    """A version as text that compares as a version, with text and with tuples of numbers.

    >>> TorchVersion("2.13.0+wengert") >= (2, 2), TorchVersion("2.13.0") < "2.2"
    (True, False)
    """

    __slots__ = ()

    def __lt__(self, other: Any) -> bool:
        return _numbers(self) < _numbers(other)

    def __le__(self, other: Any) -> bool:
        return _numbers(self) <= _numbers(other)

    def __gt__(self, other: Any) -> bool:
        return _numbers(self) > _numbers(other)

    def __ge__(self, other: Any) -> bool:
        return _numbers(self) >= _numbers(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str.__eq__(self, other)
        return isinstance(other, (tuple, list)) and _numbers(self) == _numbers(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)


def _numbers(version: Any) -> list[int]:
    """The release as numbers, without zeros at the end: ``"2.13.0+wengert"`` is ``[2, 13]``."""
    parts = (re.split(r"\D+", str(version).partition("+")[0]) if isinstance(version, str)
             else version)
    numbers = [int(part) for part in parts if str(part).isdigit()]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


__version__ = TorchVersion(f"{matched}+wengert")
cuda = hip = xpu = rocm = None
debug = False
git_version = "unknown"

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]
