"""Tensors of a subclass that take another's storage, and tensors that have none yet.

:func:`adopted` is how a parameter comes about: it shares storage with the tensor it is made from.
:class:`Unmade` is the part of a tensor whose shape is not known yet.
"""

from __future__ import annotations

from typing import Any, NoReturn
from weakref import ref

from ..engine.dtypes import DType
from ..engine.recording.handle import blank, first_extra, is_leaf
from ..engine.recording.late import store_of
from ..engine.recording.rebinding import take_storage
from ..engine.recording.recording import dtype_of

UNMADE = ("Attempted to use an uninitialized parameter or buffer. This error happens when you are "
          "using a `LazyModule` or explicitly manipulating `torch.nn.parameter."
          "UninitializedParameter` objects. Call `forward` with a dummy batch to initialize the "
          "parameters before calling torch functions")


def adopted(cls: type, data: Any, requires_grad: bool) -> Any:
    """A leaf of class ``cls`` that shares the storage of ``data``, without its history."""
    out: Any = object.__new__(cls)
    adopt(out, data, requires_grad)
    return out


def adopt(out: Any, data: Any, requires_grad: bool) -> None:
    """Make the blank tensor ``out`` a leaf that shares the storage of ``data``."""
    if requires_grad and not dtype_of(data).is_differentiable:
        raise RuntimeError(
            "Only Tensors of floating point and complex dtype can require gradients, not of "
            f"{dtype_of(data)!r}")
    blank(out)
    take_storage(out, data)
    as_leaf(out, requires_grad)


def as_leaf(out: Any, requires_grad: bool) -> None:
    """Have a tensor that shares storage be the leaf to which the gradients of that storage go."""
    out.requires_grad_(requires_grad)
    if requires_grad:
        store_of(out).leaf = ref(out)


class Unmade:
    """The part of a tensor that has no shape yet: what reads its value raises ValueError."""

    __slots__ = ()

    @property
    def _rec(self) -> NoReturn:
        raise ValueError(UNMADE)

    @property
    def _buf(self) -> NoReturn:
        raise ValueError(UNMADE)


def unmade(cls: type, requires_grad: bool, dtype: DType) -> Any:
    """A tensor of class ``cls``, a subclass of :class:`Unmade` and Tensor."""
    out: Any = object.__new__(cls)
    first_extra(out).leaf = requires_grad
    out.__dict__["dtype_to_be"] = dtype
    return out


def will_require_grad(tensor: Unmade) -> bool:
    """Whether a tensor that has no shape yet will require grad."""
    return is_leaf(tensor)  # type: ignore[arg-type]  # it is a Tensor too


__all__ = ["UNMADE", "Unmade", "adopt", "adopted", "unmade", "will_require_grad"]
