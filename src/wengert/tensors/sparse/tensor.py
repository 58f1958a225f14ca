"""The sparse tensor: :class:`SparseTensor`, in the layouts COO, CSR and CSC.

Indices are arrays of NumPy, which nobody differentiates in; the values are a tensor. Whatever a
function of torch does with it is said in ``operations.py`` (``__torch_function__``); what it is,
and its parts, here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ...engine.devices import CPU, sparse_coo, sparse_csc, sparse_csr
from ...engine.dtypes import get_default_dtype
from ...engine.meta import MetaArray
from ...engine.recording.flushing import value
from ...engine.recording.handle import blank, buffer_of, settle
from ...engine.recording.recorder import hold
from ...engine.recording.recording import dtype_of, shape_of
from ..attributes import Attributes
from ..operators import Tensor
from ..overriding import disabled
from ..printing import format_sparse

Array = Any
NAMES = {sparse_coo: "Sparse", sparse_csr: "SparseCsr", sparse_csc: "SparseCsc"}
HANDLERS: dict[str, Callable[..., Any]] = {}
"""By the name of a function of torch: what it does with sparse tensors (``operations.py``)."""
AS_EVER = frozenset([
    "dim", "ndimension", "size", "numel", "nelement", "is_floating_point", "is_complex",
    "is_signed", "element_size", "get_device"])
"""Functions that look at shape and dtype alone."""


class Scattered(MetaArray):
    """What stands for the memory of a sparse tensor: it has a shape and a dtype, and no operation
    on dense tensors takes it."""

    __slots__ = ()

    @property
    def flags(self) -> NoReturn:   # type: ignore[override]
        """NotImplementedError: whoever is about to compute with it asks how it lies."""
        raise NotImplementedError("a sparse tensor is among the arguments of an operation that "
                                  "takes dense ones alone. Use to_dense()")


class SparseTensor(Tensor):
    """A tensor whose ``values`` are at ``index``, and 0 elsewhere.

    In COO ``index`` is one array (sparse dimensions, values); in CSR and CSC two: where each row
    (column) begins, and the columns (rows).
    """

    shape = Attributes.shape
    dtype = Attributes.dtype
    ndim = Attributes.ndim
    device = property(lambda self: CPU, doc="The CPU.")
    layout = property(lambda self: self._layout, doc="``torch.sparse_coo`` or another.")
    is_sparse = property(lambda self: self._layout is sparse_coo, doc="Whether it is COO.")
    is_sparse_csr = property(lambda self: self._layout is sparse_csr, doc="Whether it is CSR.")
    is_cpu = property(lambda self: True, doc="True.")
    is_meta = property(lambda self: False, doc="False.")
    is_leaf = property(lambda self: self._leaf or not self.requires_grad,
                       doc="Whether it is no result of operations that are differentiated.")

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = called(func)
        if name in AS_EVER:
            return disabled(func, types, args, kwargs)
        handler = HANDLERS.get(name)
        if handler is None:
            refuse(name, next((x for x in (*args, *(kwargs or {}).values()) if is_sparse(x)), None))
        return handler(*args, **(kwargs or {}))

    # What is differentiated

    @property
    def requires_grad(self: Any) -> bool:
        """Whether gradients flow to its values."""
        return bool(self._v.requires_grad)

    @requires_grad.setter
    def requires_grad(self: Any, on: bool) -> None:
        self.requires_grad_(on)

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Make it a leaf whose gradient, a sparse tensor too, backward passes add up."""
        self._v = self._v.detach().requires_grad_(requires_grad)
        self._leaf = requires_grad
        return self

    @property
    def grad(self: Any) -> Any:
        """The gradient that backward passes have added up, at the places of the values."""
        found = self._v.grad if self._leaf else None
        return None if found is None else self.like(found.detach())

    @grad.setter
    def grad(self: Any, new: Any) -> None:
        if new is not None and not (is_sparse(new) and new.same_places(self)):
            raise RuntimeError("assigned grad has data of a different sparsity")
        self._v.grad = None if new is None else new._v

    @property
    def grad_fn(self: Any) -> Any:
        """The derivative of the operation that made its values."""
        return self._v.grad_fn

    @property
    def data(self: Any) -> Any:
        """It without its history; assigning replaces it."""
        return self.like(self._v.detach())

    @data.setter
    def data(self: Any, new: Any) -> None:
        self._layout, self._index, self._v = new._layout, new._index, new._v.detach()
        self._coalesced = new._coalesced
        if (parts := buffer_of(new)) is not None:
            settle(self, parts)

    def detach(self: Any) -> Any:
        """It without its history."""
        return self.like(self._v.detach())

    # Parts

    def like(self: Any, values: Any, size: Sequence[int] | None = None) -> Any:
        """The same places with other values."""
        return made(self._layout, self._index, values, shape_of(self) if size is None else size,
                    self._coalesced)

    def same_places(self: Any, other: Any) -> bool:
        """Whether another sparse tensor has values at the same places, in the same order."""
        return self._layout is other._layout and shape_of(self) == shape_of(other) and all(
            a is b or np.array_equal(a, b) for a, b in zip(self._index, other._index, strict=True))

    def expect(self: Any, name: str, layout: Any, what: str) -> None:
        """RuntimeError unless it has the layout."""
        if self._layout is not layout:
            raise RuntimeError(f"{name} expected sparse {what} tensor layout but got "
                               f"{NAMES[self._layout]}")

    def indices(self: Any) -> Any:
        """The places, (sparse dimensions, values), of a coalesced COO tensor."""
        self.expect("indices", sparse_coo, "coordinate")
        self.check_coalesced("indices")
        return hold(self._index[0])

    def values(self: Any) -> Any:
        """The values, of a COO tensor that is coalesced."""
        if self._layout is sparse_coo:
            self.check_coalesced("values")
        return self._v

    def check_coalesced(self: Any, name: str) -> None:
        if not self._coalesced:
            raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call "
                               ".coalesce() first")

    def _indices(self: Any) -> Any:
        self.expect("_indices", sparse_coo, "coordinate")
        return hold(self._index[0])

    def _values(self: Any) -> Any:
        return self._v

    def crow_indices(self: Any) -> Any:
        """Where each row begins, of a CSR tensor."""
        self.expect("crow_indices", sparse_csr, "row compressed")
        return hold(self._index[0])

    def col_indices(self: Any) -> Any:
        """The column of each value, of a CSR tensor."""
        self.expect("col_indices", sparse_csr, "row compressed")
        return hold(self._index[1])

    def ccol_indices(self: Any) -> Any:
        """Where each column begins, of a CSC tensor."""
        self.expect("ccol_indices", sparse_csc, "column compressed")
        return hold(self._index[0])

    def row_indices(self: Any) -> Any:
        """The row of each value, of a CSC tensor."""
        self.expect("row_indices", sparse_csc, "column compressed")
        return hold(self._index[1])

    def _nnz(self: Any) -> int:
        return int(shape_of(self._v)[0])

    def sparse_dim(self: Any) -> int:
        """How many dimensions are sparse, the first ones."""
        return int(self._index[0].shape[0]) if self._layout is sparse_coo else 2

    def dense_dim(self: Any) -> int:
        """How many dimensions each value has."""
        return len(shape_of(self._v)) - 1

    def is_coalesced(self: Any) -> Any:
        """Whether the places of a COO tensor are in order, each once."""
        self.expect("is_coalesced", sparse_coo, "coordinate")
        return bool(self._coalesced)

    def _coalesced_(self: Any, coalesced: bool) -> Any:
        self._coalesced = coalesced
        return self

    def places(self: Any) -> Array:
        """The coordinates of the values, whatever the layout: (sparse dimensions, values)."""
        if self._layout is sparse_coo:
            return self._index[0]
        begins, others = self._index
        lines = np.repeat(np.arange(begins.size - 1), np.diff(begins))
        return np.stack([lines, others] if self._layout is sparse_csr else [others, lines])

    # Python

    def __radd__(self: Any, other: Any) -> Any:
        return HANDLERS["add"](other, self)

    def __rsub__(self: Any, other: Any) -> Any:
        return HANDLERS["sub"](other, self)

    def __rmatmul__(self: Any, other: Any) -> Any:
        return HANDLERS["mm"](other, self)

    def __rtruediv__(self: Any, other: Any) -> Any:
        return HANDLERS["div"](other, self)

    def __repr__(self: Any, *, tensor_contents: Any = None) -> str:   # type: ignore[override]
        names = {sparse_coo: ("indices",), sparse_csr: ("crow_indices", "col_indices"),
                 sparse_csc: ("ccol_indices", "row_indices")}[self._layout]
        fn = self.grad_fn
        known = fn.name() if fn is not None else "SparseCooTensorWithDimsAndTensorsBackward0"
        grad_fn = known if self.requires_grad and not self._leaf else None
        dtype = dtype_of(self._v)
        return format_sparse(
            dict(zip(names, self._index, strict=True)), value(self._v.detach()), shape_of(self),
            dtype.name, str(self._layout), get_default_dtype().name, self.requires_grad, grad_fn)

    __str__ = __repr__   # type: ignore[assignment]

    def __len__(self: Any) -> int:
        if not shape_of(self):
            raise TypeError("len() of a 0-d tensor")
        return shape_of(self)[0]

    def __iter__(self: Any) -> Any:
        return iter([self[i] for i in range(len(self))])

    def __array__(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"can't convert {NAMES[self._layout]} layout tensor to numpy. Use "
                        "Tensor.to_dense() first.")

    numpy = __array__

    def __bool__(self: Any) -> bool:
        if math.prod(shape_of(self)) != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.to_dense())

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        return rebuilt, (str(self._layout), self._index, value(self._v.detach()), shape_of(self),
                         self._coalesced, self._leaf)

    def __deepcopy__(self: Any, memo: Any) -> Any:
        function, args = self.__reduce_ex__(2)
        return memo.setdefault(id(self), function(*args))

    def __hash__(self) -> int:
        return id(self)


def made(layout: Any, index: tuple[Array, ...], values: Any, size: Sequence[int],
         coalesced: bool) -> Any:
    """A sparse tensor of parts that fit."""
    out: Any = object.__new__(SparseTensor)
    blank(out)
    parts: Any = Scattered(tuple(size), dtype_of(values).numpy)
    settle(out, parts)
    out._layout, out._index, out._v = layout, index, values
    out._coalesced, out._leaf = coalesced, False
    return out


def coo(index: Array, values: Any, size: Sequence[int], coalesced: bool = False) -> Any:
    """A COO tensor; ``index`` is (sparse dimensions, values)."""
    return made(sparse_coo, (index,), values, size, coalesced or shape_of(values)[0] < 2)


def rebuilt(layout: str, index: Any, values: Array, size: Any, coalesced: bool, leaf: bool) -> Any:
    """A sparse tensor from its pickle."""
    kind = next(each for each in NAMES if str(each) == layout)
    out = made(kind, index, hold(values), size, coalesced)
    return out.requires_grad_() if leaf else out


def is_sparse(x: Any) -> bool:
    return isinstance(x, SparseTensor)


def called(func: Any) -> str:
    """The name of a function of torch, or of an attribute that is read."""
    name = getattr(func, "__name__", str(func))
    if name in ("__get__", "__set__"):
        attribute = func.__self__
        name = getattr(getattr(attribute, "fget", attribute), "__name__", name)
    return str(name)


def refuse(name: str, x: Any) -> NoReturn:
    """NotImplementedError for a function that takes no sparse tensors."""
    backend = "SparseCPU" if x is None or x._layout is sparse_coo else "SparseCsrCPU"
    raise NotImplementedError(
        f"Could not run 'aten::{name}' with arguments from the '{backend}' backend: there is no "
        f"{name} of sparse tensors. Use to_dense(), or values() where it is to act on those alone")


__all__ = ["HANDLERS", "SparseTensor", "coo", "is_sparse", "made", "refuse"]
