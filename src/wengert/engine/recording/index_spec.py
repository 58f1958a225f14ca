"""What an index expression means: :func:`parse` turns ``x[...]`` into a static part, the integers
that it holds, and its index tensors. It knows tensors only by their shape and dtype.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from ..dtypes import BOOL, INT, DType, int32, int64, of_numpys
from ..errors import out_of_range
from ..graph import Shape


class Spec(tuple[Any, ...]):
    """The last kind of basic indexing ("" if there is none); the axes that are sliced, with lengths
    and steps; the shape after that; the dimensions of this shape that tensors index."""

    __slots__ = ()


def is_leading(spec: Any, shape: Shape, count: int) -> bool:
    """Whether ``spec`` is an index of so many integers, the first ones."""
    return spec.__class__ is Spec and spec[0] == "select" and (
        spec[1] == AXES[:count] and spec[4] == shape[count:])


AXES = tuple(range(64))

Parsed = tuple[Spec, tuple[Any, ...], tuple[Any, ...]]
IsTensor = Callable[[object], bool]
NonZero = Callable[[Any], Sequence[Any]]
SLICE, ALIAS = "slice", "alias"
"""Kinds of basic indexing, beside "select" and "unsqueeze": the last one names the gradient."""
TOO_MANY = "too many indices for tensor of dimension {}"


def _no_masks(mask: Any) -> Sequence[Any]:
    raise AssertionError("masks become index tensors before parsing")


def parse(shape: Shape, index: Any, is_tensor: IsTensor, nonzero: NonZero = _no_masks) -> Parsed:
    """What ``x[index]`` means for an ``x`` of this shape: a spec, its integers, its tensors.

    The integers are in range, counted from the front; an integer tensor of no dimensions stands for
    one as it is. The tensors may be NumPy arrays too, where the index had lists. ``nonzero`` gives
    the index tensors of a mask.
    """
    kind = index.__class__
    if kind is int:
        if not shape:
            raise _no_dims()
        n = shape[0]
        if not -n <= index < n:
            raise out_of_range(index, 0, n)
        return Spec(("select", (0,), (1,), (1,), shape[1:], ())), (index % n,), ()
    if kind is slice and shape:
        start, length, step = slice_of(index, shape[0])
        if length == shape[0] and step == 1:
            return Spec((SLICE, (), (), (), shape, ())), (), ()
        spec = Spec((SLICE, (0,), (length,), (step,), (length, *shape[1:]), ()))
        return spec, (start,), ()
    if kind is tuple and len(index) <= len(shape):
        plain = _parse_plain(shape, index)
        if plain is not None:
            return plain
    elif is_tensor(index) and index.shape and shape and _dtype(index) in _PLACES:
        return Spec(("", (), (), (), shape, (0,))), (), (index,)
    if kind is list and _is_tuple_like(index, is_tensor):
        index, kind = tuple(index), tuple
    return _Parser(shape, index if kind is tuple else (index,), is_tensor, nonzero).result()


_PLACES = (int64, int32)


def _parse_plain(shape: Shape, items: tuple[Any, ...]) -> Parsed | None:
    """What a tuple of integers and slices means; None if it has something else. Where a dimension
    has one element, an integer beside slices says nothing; of integers alone each one counts, so
    that they index the first dimensions whatever these are."""
    kind = ""
    alone = are_integers(items)
    axes, lengths, steps, numbers = [], [], [], []
    out: list[int] = []
    for dim, item in enumerate(items):
        n = shape[dim]
        if item.__class__ is int:
            if not -n <= item < n:
                raise out_of_range(item, dim, n)
            kind = "select"
            if n == 1 and not alone:
                continue
            start, length, step = item % n, 1, 1
        elif item.__class__ is slice:
            if item == _WHOLE:
                kind = kind or SLICE
                out.append(n)
                continue
            start, length, step = slice_of(item, n)
            out.append(length)
            if length == n and step == 1:
                kind = kind or SLICE
                continue
            kind = SLICE
        else:
            return None
        axes.append(dim)
        lengths.append(length)
        steps.append(step)
        numbers.append(start)
    spec = Spec((kind or ALIAS, tuple(axes), tuple(lengths), tuple(steps),
                 (*out, *shape[len(items):]), ()))
    return spec, tuple(numbers), ()


_WHOLE = slice(None)


def are_integers(items: tuple[Any, ...]) -> bool:
    """Whether an index is one of integers alone."""
    return False not in [item.__class__ is int for item in items]


def _no_dims() -> IndexError:
    return IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                      "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number")


def _not_an_index() -> IndexError:
    return IndexError("tensors used as indices must be long, int, byte or bool tensors")


def _is_mask(item: Any) -> bool:
    dtype = _dtype(item)
    return dtype.category == BOOL or dtype.name == "uint8"


def _dtype(item: Any) -> DType:
    """The dtype of an index tensor, whose class may speak of NumPy's."""
    dtype: Any = item.dtype
    return dtype if dtype.__class__ is DType else of_numpys(dtype) or dtype


def slice_of(index: slice, n: int) -> tuple[int, int, int]:
    """The start, the length and the step of a slice of ``n`` elements."""
    start, end, step = index.indices(n)
    if step < 0:
        raise ValueError("step must be greater than zero")
    return start, max(0, -((start - end) // step)), step


def _is_tuple_like(index: list[Any], is_tensor: IsTensor) -> bool:
    """Whether PyTorch takes a list as a tuple of indices: if it has one that is not a number."""
    return len(index) < 32 and any(
        item is None or isinstance(item, (slice, EllipsisType, list, tuple, np.ndarray))
        or is_tensor(item) for item in index)


class _Parser:
    """The state of :func:`parse` as it goes through the items of a tuple."""

    __slots__ = ("axes", "dim", "dims", "is_tensor", "kind", "lengths", "nonzero", "numbers",
                 "out", "shape", "steps", "tensors")

    def __init__(self, shape: Shape, items: tuple[Any, ...], is_tensor: IsTensor,
                 nonzero: NonZero) -> None:
        self.shape = shape
        self.is_tensor = is_tensor
        self.nonzero = nonzero
        self.kind = ""
        self.dim = 0
        self.axes: list[int] = []
        self.lengths: list[int] = []
        self.steps: list[int] = []
        self.numbers: list[Any] = []
        self.out: list[int] = []
        self.dims: list[int] = []
        self.tensors: list[Any] = []
        left = len(shape) - sum(map(self.consumed, items))
        if left < 0:
            raise self.too_many(items)
        for item in items:
            self.take(item, left)
        self.keep(len(shape) - self.dim)

    def consumed(self, item: Any) -> int:
        """How many dimensions an item indexes."""
        kind = item.__class__
        if kind is int or kind is slice:
            return 1
        if item is None or item is Ellipsis or kind is bool or kind is np.bool_:
            return 0
        if self.is_tensor(item):
            return len(item.shape) if _is_mask(item) else 1
        array = np.asarray(item) if isinstance(item, (list, tuple, np.ndarray)) else None
        return 1 if array is None or array.dtype != bool else array.ndim

    def too_many(self, items: tuple[Any, ...]) -> IndexError:
        if not self.shape and all(item.__class__ is int for item in items):
            return _no_dims()
        return IndexError(TOO_MANY.format(len(self.shape)))

    def take(self, item: Any, left: int) -> None:
        kind = item.__class__
        if kind is int:
            self.select(item)
        elif kind is slice:
            self.slice(item)
        elif item is None:
            self.out.append(1)
            self.kind = "unsqueeze"
        elif item is Ellipsis:
            self.keep(left)
        elif kind is bool or kind is np.bool_:
            self.truth(bool(item))
        elif self.is_tensor(item):
            self.tensor(item)
        else:
            self.other(item)

    def keep(self, count: int) -> None:
        """Leave the next dimensions as they are."""
        self.out.extend(self.shape[self.dim:self.dim + count])
        self.dim += count

    def window(self, start: Any, length: int, step: int) -> None:
        n = self.shape[self.dim]
        if length != n or step != 1 or start.__class__ is not int:
            self.axes.append(self.dim)
            self.lengths.append(length)
            self.steps.append(step)
            self.numbers.append(start)
        self.dim += 1

    def select(self, i: Any) -> None:
        n = self.shape[self.dim]
        if i.__class__ is int:
            if not -n <= i < n:
                raise out_of_range(i, self.dim, n)
            i %= n
        self.window(i, 1, 1)
        self.kind = "select"

    def slice(self, item: slice) -> None:
        start, length, step = slice_of(item, self.shape[self.dim])
        if length != self.shape[self.dim] or step != 1 or not self.kind:
            self.kind = SLICE
        self.window(start, length, step)
        self.out.append(length)

    def truth(self, item: bool) -> None:
        """A bool: a new dimension of one element or of none."""
        self.dims.append(len(self.out))
        self.out.append(1)
        self.tensors.append(np.zeros(int(item), np.int64))

    def tensor(self, item: Any) -> None:
        if _is_mask(item):
            if item.shape:
                self.mask(item)
            else:
                self.truth(bool(item))
        elif (dtype := _dtype(item)).category != INT or (item.shape and dtype.itemsize < 4):
            raise _not_an_index()
        elif item.shape:
            self.places(item)
        else:
            self.select(item)

    def places(self, item: Any) -> None:
        self.dims.append(len(self.out))
        self.out.append(self.shape[self.dim])
        self.tensors.append(item)
        self.dim += 1

    def mask(self, item: Any, nonzero: NonZero | None = None) -> None:
        for i, length in enumerate(item.shape):
            if self.shape[self.dim + i] != length:
                raise IndexError(
                    f"The shape of the mask {list(item.shape)} at index {i} does not match the "
                    f"shape of the indexed tensor {list(self.shape)} at index {self.dim + i}")
        for places in (nonzero or self.nonzero)(item):
            self.places(places)

    def other(self, item: Any) -> None:
        """A list, an array, or a number of another type."""
        if isinstance(item, (list, tuple, range)):
            item = np.asarray(item)
            if item.dtype.kind == "f":
                item = item.astype(np.int64)
        if isinstance(item, np.ndarray):
            if item.dtype == bool:
                self.mask(item, np.nonzero)
            elif item.dtype.kind not in "iu":
                raise _not_an_index()
            elif item.ndim:
                self.places(item.astype(np.int64))
            else:
                self.select(int(item))
            return
        try:
            self.select(operator.index(item))
        except TypeError:
            if isinstance(item, (str, bytes)):
                raise TypeError(f"an index cannot be a {type(item).__name__}: {item!r}") from None
            raise IndexError(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables "
                f"are valid indices (got {type(item).__name__})") from None

    def result(self) -> Parsed:
        kind = self.kind or ("" if self.dims else ALIAS)
        spec = Spec((kind, tuple(self.axes), tuple(self.lengths), tuple(self.steps),
                     tuple(self.out), tuple(self.dims)))
        return spec, tuple(self.numbers), tuple(self.tensors)
