"""What a type checker takes for the methods of Tensor that are operations (``later.py``).

Their signatures stand in the stub beside, which ``python -m tests.namespace`` makes.
"""

from __future__ import annotations


class Methods:
    """A base of Tensor that has its operations."""

    __slots__ = ()


__all__ = ["Methods"]
