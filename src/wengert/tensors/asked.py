"""As what operators are asked about: ``x + y`` is ``torch.Tensor.add`` to a ``__torch_function__``,
which compares the function that it is given with those it knows.
"""

from __future__ import annotations

import functools
from types import FunctionType
from typing import Any

from ..engine.recording.handle import Handle

METHODS = frozenset([
    "__add__", "__radd__", "__iadd__", "__sub__", "__rsub__", "__isub__", "__mul__", "__rmul__",
    "__imul__", "__truediv__", "__rtruediv__", "__rdiv__", "__itruediv__",
    "__floordiv__", "__rfloordiv__", "__ifloordiv__", "__mod__", "__rmod__", "__imod__",
    "__pow__", "__rpow__", "__ipow__", "__matmul__", "__rmatmul__",
    "__and__", "__rand__", "__iand__", "__or__", "__ror__",
    "__ior__", "__xor__", "__rxor__", "__ixor__", "__lshift__", "__rshift__", "__rlshift__",
    "__rrshift__", "__ilshift__", "__irshift__",
    "__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__", "__neg__",
    "__pos__", "__abs__", "__invert__", "__getitem__", "__setitem__", "__len__", "__bool__",
    "__float__", "__int__", "__complex__", "__index__", "__contains__", "__format__", "__repr__",
    "__reversed__"])
"""What Python calls by itself, and which a subclass is asked about."""

_ASKED_AS = {
    "__add__": "add", "__radd__": "add", "__iadd__": "add_", "__sub__": "sub", "__isub__": "sub_",
    "__mul__": "mul", "__rmul__": "mul", "__imul__": "mul_", "__truediv__": "div",
    "__rtruediv__": "__rdiv__", "__itruediv__": "div_", "__ifloordiv__": "floor_divide_",
    "__mod__": "remainder", "__imod__": "remainder_", "__pow__": "pow", "__ipow__": "pow_",
    "__matmul__": "matmul", "__rand__": "bitwise_and", "__ror__": "bitwise_or",
    "__rxor__": "bitwise_xor", "__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge",
    "__ne__": "ne", "__neg__": "neg", "__pos__": "positive", "__abs__": "abs"}
"""The methods by which operators are asked about; others by their own names."""
BINARY = frozenset([
    *_ASKED_AS, "__rsub__", "__floordiv__", "__rfloordiv__", "__rmod__", "__rpow__", "__rmatmul__",
    "__and__", "__iand__", "__or__", "__ior__", "__xor__", "__ixor__", "__lshift__", "__rlshift__",
    "__ilshift__", "__rshift__", "__rrshift__", "__irshift__", "__eq__",
]) - {"__neg__", "__pos__", "__abs__"}
REFLECTED = frozenset([name for name in BINARY if name.startswith("__r")]) - {"__rshift__"}


@functools.cache
def methods_of_operators() -> dict[FunctionType, FunctionType]:
    """For each operator the method as which it is asked about."""
    tensor: Any = Handle._kind
    for name in METHODS:
        method = vars(tensor).get(name)
        if isinstance(method, FunctionType):
            method.__name__ = name
    return {getattr(tensor, name): getattr(tensor, _ASKED_AS.get(name, name))
            for name in BINARY | _ASKED_AS.keys()}


__all__ = ["BINARY", "METHODS", "REFLECTED", "methods_of_operators"]
