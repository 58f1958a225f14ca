"""Padding: elements added at the ends of the last one, two or three dimensions.

``padding`` is a number for all ends, or two numbers for each dimension, the last one first;
negative numbers cut off.
"""

from __future__ import annotations

from typing import Any

from ...tensors.operators import Tensor
from .. import functional as F
from .conv import _each
from .module import Module


class _Pad(Module):
    __constants__: tuple[str, ...] = ("padding",)
    _dims: int
    _mode: str
    padding: tuple[int, ...]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _each(padding, 2 * self._dims)

    def forward(self, input: Tensor) -> Tensor:
        """[N, C, *size] or [C, *size] with its last dimensions grown."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """The numbers of elements."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    __constants__ = ("padding", "value")
    _mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """``input`` with its last dimensions grown by elements of ``value``."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The numbers of elements, and their value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """A value before and after the last dimension."""

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """A value around the last two dimensions."""

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """A value around the last three dimensions."""

    _dims = 3


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The numbers of elements."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """Zeros before and after the last dimension."""

    _dims = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around the last two dimensions.

    >>> torch.nn.ZeroPad2d((1, 0, 0, 0))(torch.ones(1, 1, 2))
    tensor([[[0., 1., 1.]]])
    """

    _dims = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around the last three dimensions."""

    _dims = 3


class ReflectionPad1d(_Pad):
    """A line continued by its reflection in its end elements."""

    _dims, _mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """An image continued by its reflection in its outer elements."""

    _dims, _mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """A volume continued by its reflection in its outer elements."""

    _dims, _mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """A line continued by its end elements."""

    _dims, _mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """An image continued by its outer elements."""

    _dims, _mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """A volume continued by its outer elements."""

    _dims, _mode = 3, "replicate"


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """[N, C, *size] or [C, *size] with its last dimensions grown."""
        n = self._dims
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class CircularPad1d(_CircularPad):
    """A line continued by itself."""

    _dims = 1


class CircularPad2d(_CircularPad):
    """An image continued by itself."""

    _dims = 2


class CircularPad3d(_CircularPad):
    """A volume continued by itself."""

    _dims = 3


__all__ = ["CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d",
           "ConstantPad3d", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d",
           "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d",
           "ZeroPad3d"]
