"""Tensors that get another shape on the memory that they have: ``resize_``, and results that are
given a tensor of another shape for ``out=``.

:func:`resized` makes a tensor another view of its memory, where that is large enough.
"""

from __future__ import annotations

import math
from typing import Any

from ..engine.recording.handle import shared_store
from ..engine.recording.rebinding import become_view
from ..engine.recording.recording import dtype_of, here, shape_of
from ..engine.recording.strides import contiguous_strides
from ..functions import choices
from .attributes import offset_of


def left_of(self: Any) -> int:
    """How many elements the memory of the tensor has, from where it begins."""
    store = shared_store(self)
    if store is None:
        return math.prod(shape_of(self))
    has = math.prod(shape_of(store.root)) * dtype_of(store.root).itemsize
    return has // dtype_of(self).itemsize - offset_of(self)


def memory_from(self: Any) -> Any:
    """These elements, in order; the tensor itself, if it shares its memory with no other."""
    if shared_store(self) is None:
        return self
    try:
        return choices.as_strided(self, (left_of(self),), (1,))
    except NotImplementedError:   # NumPy's, which does not lie row by row
        return self


def resized(self: Any, shape: tuple[int, ...]) -> bool:
    """Whether the tensor is now one of ``shape`` on its memory, from where it begins: that has as
    many elements."""
    if math.prod(shape) > left_of(self) or here.modes.lanes is not None:
        return False
    try:
        become_view(self, choices.as_strided(self, shape, contiguous_strides(shape)))
    except NotImplementedError:   # NumPy's, which does not lie row by row
        return False
    return True
