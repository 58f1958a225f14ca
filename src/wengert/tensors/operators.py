"""Tensor: the handle that users hold.

Its arithmetic is that of ``engine/recording/operators.py``. Everything else is an operation from
``functions/``, which is a method when first asked for (``later.py``), or a method of one of the
parts (here, in ``functions/``, in ``autograd/``) that the class is put together from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsFloat, Union

import numpy as np

from ..autograd.gradients import Gradients
from ..engine.lazy import lazy
from ..engine.recording import operators as untyped
from ..engine.recording.handle import Handle
from ..engine.recording.operation import Operation
from ..engine.recording.recorder import expanded_are_written
from ..functions import arithmetic, comparison, pointwise
from ..functions import linear as products
from ..functions.choices import Choices
from ..functions.indexing import Indexing
from ..functions.itself import Itself
from ..names.methods import METHODS, WRITES
from . import overriding
from .adoption import adopted
from .attributes import Attributes
from .conversion import Conversion
from .later import have_later
from .methods import Methods
from .numpy_protocol import NumPyProtocol
from .random import RandomFillers
from .sparse.methods import Sparsifying

Operand = Union["Tensor", complex, SupportsFloat]
Binary = Callable[[Any, Operand], "Tensor"]
# The engine writes them for handles of any class; here they are those of tensors.
binary: Callable[..., Binary] = untyped.binary
called: Callable[..., Binary] = untyped.called
compared: Callable[..., Binary] = untyped.comparison
in_place: Callable[..., Binary] = untyped.in_place
power: Callable[..., Binary] = untyped.power
reflected: Callable[..., Binary] = untyped.reflected
unary: Callable[[Operation], Callable[[Any], Tensor]] = untyped.unary


class Tensor(  # type: ignore[misc]  # the stub of Methods says more than the other parts
        Methods, Conversion, NumPyProtocol, Indexing, Attributes, Choices, Itself,
        RandomFillers, Sparsifying, Gradients, Handle):
    """An n-dimensional array that records what is done with it.

    Make one with :func:`wengert.tensor`.
    """

    __slots__ = ()
    __array_priority__ = 1000

    __add__ = binary(arithmetic.add, None)
    __radd__ = reflected(arithmetic.add, None)
    __sub__ = binary(arithmetic.sub, None)
    __rsub__ = called(arithmetic.rsub, None)
    __mul__ = binary(arithmetic.mul)
    __rmul__ = binary(arithmetic.mul)
    __truediv__ = binary(arithmetic.div, None, divides=True)
    __rtruediv__ = reflected(arithmetic.div, None)
    __rdiv__ = reflected(arithmetic.div, None)
    __floordiv__ = binary(arithmetic.floor_divide)
    __rfloordiv__ = reflected(arithmetic.floor_divide)
    __mod__ = binary(arithmetic.remainder)
    __rmod__ = reflected(arithmetic.remainder)
    __rpow__ = called(arithmetic.pow, reflected=True)
    __matmul__ = binary(products.matmul)
    __rmatmul__ = called(products.matmul, reflected=True)
    __and__ = binary(comparison.bitwise_and)
    __or__ = binary(comparison.bitwise_or)
    __xor__ = binary(comparison.bitwise_xor)
    __rand__ = binary(comparison.bitwise_and)
    __ror__ = binary(comparison.bitwise_or)
    __rxor__ = binary(comparison.bitwise_xor)
    __lshift__ = binary(comparison.bitwise_left_shift)
    __rshift__ = binary(comparison.bitwise_right_shift)
    __rlshift__ = called(comparison.bitwise_left_shift, reflected=True)
    __rrshift__ = called(comparison.bitwise_right_shift, reflected=True)
    __lt__ = compared(comparison.lt)
    __le__ = compared(comparison.le)
    __gt__ = compared(comparison.gt)
    __ge__ = compared(comparison.ge)
    __eq__ = compared(comparison.eq)   # type: ignore[assignment]  # a tensor, as in PyTorch
    __ne__ = compared(comparison.ne)   # type: ignore[assignment]
    __neg__ = unary(arithmetic.neg)
    __abs__ = unary(pointwise.abs)
    __invert__ = unary(comparison.bitwise_not)
    __iadd__ = in_place(arithmetic.add, None, change=np.add)
    __isub__ = in_place(arithmetic.sub, None, change=np.subtract)
    __imul__ = in_place(arithmetic.mul, change=np.multiply)
    __itruediv__ = in_place(arithmetic.div, None)
    __idiv__ = in_place(arithmetic.div, None)
    __ifloordiv__ = in_place(arithmetic.floor_divide)
    __imod__ = in_place(arithmetic.remainder)
    __ipow__ = in_place(arithmetic.pow)
    __iand__ = in_place(comparison.bitwise_and)
    __ior__ = in_place(comparison.bitwise_or)
    __ixor__ = in_place(comparison.bitwise_xor)
    __ilshift__ = in_place(comparison.bitwise_left_shift)
    __irshift__ = in_place(comparison.bitwise_right_shift)

    __pow__ = power(arithmetic.pow)

    __torch_function__ = classmethod(overriding.kept)

    @staticmethod
    def _make_subclass(cls: Any, data: Any, require_grad: bool = False, **kwargs: Any) -> Any:
        """A leaf of a subclass that shares the storage of ``data``."""
        return adopted(cls, data, bool(require_grad))

    @staticmethod
    def _make_wrapper_subclass(cls: Any, size: Any, **kwargs: Any) -> Any:
        """NotImplementedError: a tensor has values."""
        raise NotImplementedError("Tensor._make_wrapper_subclass is not in wengert: a tensor has "
                                  "values. Write a class with __torch_function__")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        overriding.of_class(cls, Tensor)

    def __hash__(self) -> int:
        return id(self)


have_later(Methods, METHODS, WRITES)
untyped.tensors_are(Tensor, overriding.stranger)

expanded_are_written(lambda: lazy("functions.repeated").WRITES)
