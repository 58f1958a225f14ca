"""What a tensor is: shape, dtype, strides, device, and the properties that are views of it.

All of it is known without running anything. :class:`Attributes` is the part of Tensor; the
functions ``torch.is_tensor``, ``torch.numel``, ``torch.result_type``, ... stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.devices import CPU, META, contiguous_format, device, preserve_format, strided
from ..engine.dtypes import DType, promote
from ..engine.graph import Node, lift
from ..engine.ops import complex_numbers as cx
from ..engine.ops import elementwise as el
from ..engine.ops.structural import slice_, window
from ..engine.recording.calls import call
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle, extra, shared_store
from ..engine.recording.operation import Operation, normal_dim, result_dtype
from ..engine.recording.recording import device_of, dtype_of, here, shape_of
from ..engine.recording.replay import base_of, follow, layout_of
from ..engine.recording.strides import contiguous_strides, is_contiguous, strides_of
from ..functions.complex_numbers import imag, real
from ..functions.shape import H, T, contiguous, mH, mT
from .size import Size
from .spelling import also
from .storage import STORAGE_TYPES, TypedStorage, UntypedStorage, storage_of

_STANDARD = (None, contiguous_format, preserve_format)


class Attributes:
    """The part of Tensor that says what it is."""

    __slots__ = ()

    @property
    def shape(self: Any) -> Size:
        """The lengths of the dimensions."""
        buf = self._buf
        return tuple.__new__(Size, buf.shape if buf is not None else shape_of(self))

    @property
    def dtype(self: Any) -> DType:
        """The type of the elements."""
        return dtype_of(self)

    @property
    def device(self: Any) -> device:
        """Where the tensor lies: ``device(type='cpu')``."""
        return device_of(self)

    @property
    def layout(self) -> Any:
        """``torch.strided``, always."""
        return strided

    @property
    def ndim(self: Any) -> int:
        """The number of dimensions."""
        return len(shape_of(self))

    def dim(self: Any) -> int:
        """The number of dimensions."""
        return len(shape_of(self))

    ndimension = dim

    def size(self: Any, dim: int | None = None) -> Any:
        """The shape, or the length of dimension ``dim``; IndexError if there is none such."""
        shape: Size = self.shape
        return shape if dim is None else shape[_axis(dim, len(shape))]

    def numel(self: Any) -> int:
        """The number of elements."""
        return Size.numel(self.shape)

    nelement = numel

    @property
    def itemsize(self: Any) -> int:
        """The number of bytes of an element."""
        return dtype_of(self).itemsize

    def element_size(self: Any) -> int:
        """The number of bytes of an element."""
        return dtype_of(self).itemsize

    @property
    def nbytes(self: Any) -> int:
        """The number of bytes of all elements."""
        return int(self.numel() * dtype_of(self).itemsize)

    def stride(self: Any, dim: int | None = None) -> Any:
        """How many elements apart in memory neighbours lie, for each dimension or for ``dim``.

        It is what PyTorch's memory would have: a view keeps the strides of its base.
        """
        strides = strides_of_tensor(self)
        return strides if dim is None else strides[_axis(dim, len(strides))]

    def storage_offset(self: Any) -> int:
        """Where in the memory of its base the tensor begins, in elements; 0 if it is no view."""
        return 0 if shared_store(self) is None else offset_of(self)

    def untyped_storage(self: Any) -> UntypedStorage:
        """The memory that the tensor shares with its views, as bytes."""
        return storage_of(self)

    def storage(self: Any) -> TypedStorage:
        """The memory that the tensor shares with its views, as elements of its dtype."""
        own = dtype_of(self)
        return STORAGE_TYPES[own](wrap_storage=storage_of(self), dtype=own)

    def is_contiguous(self: Any, memory_format: Any = None) -> bool:
        """Whether the elements lie row by row, without gaps."""
        _check_format(memory_format)
        strides = layout_of(self)
        return strides is None or is_contiguous(shape_of(self), strides)

    def contiguous(self: Any, memory_format: Any = None) -> Any:
        """The tensor with its elements row by row: itself, or a copy."""
        if self.is_contiguous(memory_format):
            return self
        return call(contiguous, (self,))

    def is_floating_point(self: Any) -> bool:
        """Whether the dtype is a floating one."""
        return dtype_of(self).is_floating_point

    def is_complex(self: Any) -> bool:
        """Whether the dtype is complex."""
        return dtype_of(self).is_complex

    def is_signed(self: Any) -> bool:
        """Whether the dtype has negative numbers."""
        return dtype_of(self).is_signed

    def is_nonzero(self: Any) -> bool:
        """Whether the only element is not zero; RuntimeError if there is another number of them."""
        return is_nonzero(self)

    def is_conj(self) -> bool:
        """False: conjugation is computed, not marked."""
        return False

    def is_neg(self) -> bool:
        """False: negation is computed, not marked."""
        return False

    def is_same_size(self: Any, other: Handle) -> bool:
        """Whether the shapes are equal."""
        return shape_of(self) == shape_of(other)

    def is_pinned(self, device: Any = None) -> bool:
        """False: there is no pinned memory."""
        return False

    def get_device(self: Any) -> int:
        """The number of the tensor's device; -1, that of the CPU."""
        number: int | None = device_of(self).index
        return -1 if number is None else number

    @property
    def T(self: Any) -> Any:
        """A view with the dimensions in reverse order."""
        return call(T, (self,))

    @property
    def mT(self: Any) -> Any:
        """A view with the last two dimensions exchanged."""
        return call(mT, (self,)) if shape_of(self) else self

    @property
    def H(self: Any) -> Any:
        """The conjugate transpose of a matrix."""
        return _conjugate_transpose(self, H)

    @property
    def mH(self: Any) -> Any:
        """The conjugate transpose of each matrix."""
        return _conjugate_transpose(self, mH)

    @property
    def real(self: Any) -> Any:
        """The real part, a view; the tensor itself if it is not complex."""
        return call(real, (self,)) if dtype_of(self).is_complex else self

    @real.setter
    def real(self: Any, value: Any) -> None:
        self.real.copy_(value)

    @property
    def imag(self: Any) -> Any:
        """The imaginary part, a view; RuntimeError if the tensor is not complex."""
        return call(imag, (self,))

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        self.imag.copy_(value)


def _conjugate_transpose(x: Handle, op: Operation) -> Any:
    if not (shape_of(x) or dtype_of(x).is_complex):
        return x
    real_matrix = not dtype_of(x).is_complex and len(shape_of(x)) == 2
    return call(mT if real_matrix else op, (x,))


def _constant_false(name: str) -> property:
    return property(lambda self: False, doc=f"``{name}`` is False: a tensor is dense, on the CPU.")


for _name in ("is_cuda", "is_cpu", "is_sparse", "is_sparse_csr", "is_quantized",
              "is_mkldnn", "is_mps", "is_xpu", "is_xla", "is_nested", "is_ipu", "is_vulkan"):
    setattr(Attributes, _name, _constant_false(_name))
Attributes.is_cpu = property(  # type: ignore[attr-defined]
    lambda self: device_of(self) is CPU, doc="Whether the tensor lies on the CPU.")
Attributes.is_meta = property(  # type: ignore[attr-defined]
    lambda self: device_of(self) is META, doc="Whether the tensor has a shape and no values.")
Attributes.is_cuda = property(  # type: ignore[attr-defined]
    lambda self: device_of(self).type == "cuda", doc="Whether the tensor lies on a CUDA device.")


def node_of(handle: Handle) -> Node:
    """The node of ``handle`` in this thread's recording, which knows its strides."""
    return here.recording.enter(handle)


def strides_of_tensor(handle: Handle) -> tuple[int, ...]:
    """The strides that PyTorch's memory would have."""
    return layout_of(handle) or contiguous_strides(shape_of(handle))


def offset_of(handle: Handle) -> int:
    """Where a view begins in the memory of its base."""
    x = extra(handle)
    assert x.store is not None
    chain, store = x.chain, x.store
    while store.parent is not None:
        chain, store = (*store.chain, *chain), store.parent
    for _, numbers in chain:
        for number in numbers:
            if isinstance(number, Handle):
                value(number)
    node = follow(base_of(store), chain)
    views = []
    while node.prim.aliases and node.args:
        views.append(node)
        node = node.args[0]
    offset = 0
    for view in reversed(views):
        params = view.params
        if view.prim is slice_:
            above = view.args[0]
            strides = strides_of(above)
            for start, axis in zip(view.args[1:], params["axes"], strict=True):
                first = start.params.get("value", 0)
                offset += int(first + above.shape[axis] * (first < 0)) * strides[axis]
        elif view.prim is window:
            offset += sum(first * step for first, step in zip(
                params["start"], strides_of(view.args[0]), strict=True))
        elif view.prim in (el.real, cx.imag) and view.args[0].dtype.is_complex:
            offset = 2 * offset + (view.prim is cx.imag)
        elif view.prim is cx.as_real:
            offset *= 2
        elif view.prim is cx.as_complex:
            offset //= 2
    return offset


def _axis(dim: int, ndim: int) -> int:
    if ndim == 0:
        raise IndexError(
            f"Dimension specified as {dim} but tensor has no dimensions")
    return normal_dim(dim, ndim)


def _check_format(memory_format: Any) -> None:
    if memory_format is not None and not any(memory_format is known for known in _STANDARD):
        raise NotImplementedError(
            f"memory_format={memory_format} is not supported; use torch.contiguous_format")


# Functions
def is_tensor(obj: object) -> bool:
    """Whether ``obj`` is a tensor."""
    return isinstance(obj, Handle._kind)


def is_floating_point(input: Any) -> bool:
    """Whether the dtype of ``input`` is a floating one."""
    return tensor_dtype("is_floating_point", input).is_floating_point


def is_complex(input: Any) -> bool:
    """Whether the dtype of ``input`` is complex."""
    return tensor_dtype("is_complex", input).is_complex


def is_signed(input: Any) -> bool:
    """Whether the dtype of ``input`` has negative numbers."""
    return tensor_dtype("is_signed", input).is_signed


def numel(input: Any) -> int:
    """The number of elements of ``input``."""
    tensor_dtype("numel", input)
    return int(input.numel())


def is_conj(input: Any) -> bool:
    """False: conjugation is computed, not marked."""
    return False


def tensor_dtype(name: str, input: Any) -> DType:
    """The dtype of a tensor argument; TypeError with PyTorch's words for anything else."""
    if not isinstance(input, Handle):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not "
                        f"{type(input).__name__}")
    return dtype_of(input)


def is_nonzero(input: Any) -> bool:
    """Whether the only element of ``input`` is not zero; RuntimeError if it has another number."""
    if input.numel() != 1:
        raise RuntimeError("Boolean value of Tensor with "
                           f"{'no values' if input.numel() == 0 else 'more than one value'} "
                           "is ambiguous")
    return bool(input)


def promote_types(type1: DType, type2: DType) -> DType:
    """The smallest dtype that holds both: ``promote_types(torch.int64, torch.float16)`` is
    ``torch.float16``."""
    return promote(type1, type2)


@also(scalar1="tensor1", tensor="tensor1", scalar2="tensor2", other="tensor2", scalar="tensor2")
def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype of ``tensor1 + tensor2``, where either may be a number."""
    return result_dtype(_operand(tensor1), _operand(tensor2))


def _operand(value: Any) -> Node:
    return node_of(value) if isinstance(value, Handle) else lift(value)


def can_cast(from_: DType, to: DType) -> bool:
    """Whether a result of dtype ``from_`` can be written to a tensor of dtype ``to``: not from a
    higher category (bool, integer, floating, complex) to a lower one."""
    return from_.category <= to.category


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape to which ``shapes`` broadcast; RuntimeError if they do not."""
    lists = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    ndim = max(map(len, lists), default=0)
    out = [1] * ndim
    for shape in lists:
        for i, length in enumerate(shape, ndim - len(shape)):
            if length < 0:
                raise RuntimeError(
                    f"Trying to create tensor with negative dimension ({length}): ({length})")
            if length != 1:
                if out[i] not in (1, length):
                    raise RuntimeError(
                        f"Attempting to broadcast a dimension of length {length} at {i - ndim}! "
                        f"The shapes are {', '.join(map(str, lists))}")
                out[i] = length
    return Size(out)


__all__ = ["CPU", "Attributes", "broadcast_shapes", "can_cast", "is_complex", "is_conj",
           "is_floating_point", "is_nonzero", "is_signed", "is_tensor", "node_of", "numel",
           "promote_types", "result_type"]
