"""What a type checker takes for the methods of Tensor that are attached when Wengert is imported.

Their signatures stand in the stub beside, which ``python -m tests.namespace`` makes.
"""

from __future__ import annotations


class Methods:
    """A base of Tensor without anything of its own."""

    __slots__ = ()


__all__ = ["Methods"]
