"""Other shapes of the same elements: views, transposes, parts along a dimension, diagonals.

What PyTorch returns as a view is here a chain of aliasing primitives on the input, so that
``write.py`` can replay a write through it. ``joins.py`` has what makes new elements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from ..engine.dtypes import DType, bool_
from ..engine.graph import Call, Node, Shape, lift
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.ops.bits import reinterpret
from ..engine.recording.operation import (
    Dims,
    Lengths,
    Number,
    Operation,
    normal_dim,
    normal_dims,
    operation,
)
from ..engine.recording.strides import is_contiguous, is_view, strides_of, view_strides


def called(out: Node, name: str, *operands: Node) -> Node:
    """``out`` as the result of the operation that ``grad_fn`` calls ``name``."""
    if out.call is None and out.args and out not in operands:
        out.call = Call(name, operands)
    return out


def together(dims: Sequence[object]) -> tuple[int, ...]:
    """Dimensions given one by one or as one sequence."""
    if len(dims) == 1 and isinstance(dims[0], (tuple, list)):
        dims = dims[0]
    return tuple(dims)  # type: ignore[arg-type]


def cut(x: Node, axis: int, start: Node | int, length: int, step: int = 1) -> Node:
    """``length`` elements of a dimension from ``start``, every ``step``-th."""
    if length == x.shape[axis] and step == 1:
        return st.alias(x)
    return st.slice_(x, lift(start), axes=(axis,), lengths=(length,), steps=(step,))


def reshaped(x: Node, shape: Shape) -> Node:
    """``x`` in a shape that is known to fit."""
    return x if x.shape == shape else st.reshape(x, shape=shape)


# Reshaping
def fitting(shape: Sequence[int], size: int) -> Shape:
    """``shape`` with its -1 replaced so that it has ``size`` elements; RuntimeError with PyTorch's
    words if it cannot."""
    known = 1
    for i, length in enumerate(shape):
        if length < -1:
            raise RuntimeError(f"invalid shape dimension {length} at index {i} of shape "
                               f"{list(shape)}")
        known *= 1 if length == -1 else length
    free = sum(length == -1 for length in shape)
    if free > 1:
        raise RuntimeError("only one dimension can be inferred")
    if free and known == 0 and size == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified "
            "dimension size -1 can be any value and is ambiguous")
    if size != known if not free else known == 0 or size % known:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return tuple(size // known if length == -1 else length for length in shape)


@operation("ViewBackward0", view=True)
def reshape(input: Node, *shape: Lengths) -> Node:
    """The same elements in another shape, one of whose lengths may be -1."""
    return _as_shape(input, fitting(together(shape), input.size))


def _as_shape(input: Node, shape: Shape) -> Node:
    """``input`` in a shape that fits: a view, or a copy, which PyTorch names otherwise."""
    out = st.reshape(input, shape=shape)
    return out if is_view(out) else called(out, "UnsafeViewBackward0", input)


@operation("ViewBackward0", view=True)
def view(input: Node, *shape: Lengths) -> Node:
    """The same elements in another shape, without a copy; RuntimeError if that needs one."""
    fit = fitting(together(shape), input.size)
    if view_strides(input.shape, strides_of(input), fit) is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension spans across two contiguous subspaces). Use .reshape(...) instead.")
    return st.reshape(input, shape=fit)


@operation("ViewBackward0", methods=())
def view_dtype(input: Node, dtype: DType) -> Node:
    """The bits of the elements read as another dtype, a copy; the last dimension gets longer or
    shorter if its size is another."""
    have, want = input.dtype.itemsize, dtype.itemsize
    if have != want and not input.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to view {input.dtype.legacy_name} as "
                           f"{dtype.legacy_name} (different element sizes)")
    if input.ndim and input.shape[-1] * have % want:
        raise RuntimeError(
            f"self.size(-1) must be divisible by {want // have} to view "
            f"{input.dtype.legacy_name} as {dtype.legacy_name} (different element sizes), but got "
            f"{input.shape[-1]}")
    return reinterpret(input, dtype=dtype)


@operation("ViewBackward0", view=True)
def flatten(input: Node, start_dim: int = 0, end_dim: int = -1) -> Node:
    """The dimensions from ``start_dim`` to ``end_dim`` as one."""
    first, last = normal_dim(start_dim, input.ndim), normal_dim(end_dim, input.ndim)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = input.shape or (1,)
    one = math.prod(shape[first:last + 1])
    return _as_shape(input, (*shape[:first], one, *shape[last + 1:]))


@operation("ViewBackward0", view=True)
def ravel(input: Node) -> Node:
    """All elements in one dimension, row by row: a view, or a copy where they lie otherwise."""
    rows = input if is_contiguous(input.shape, strides_of(input)) else st.copy(input)
    return st.reshape(rows, shape=(input.size,))


@operation("ViewBackward0", view=True)
def unflatten(input: Node, dim: int, sizes: tuple[int, ...]) -> Node:
    """Dimension ``dim`` as several, of which one length may be -1."""
    d = normal_dim(dim, input.ndim)
    sizes = together((sizes,)) if isinstance(sizes, (tuple, list)) else (sizes,)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if not input.ndim:
        raise RuntimeError("unflatten got an unexpected error:\na tensor without dimensions has "
                           "none to take apart")
    length = input.shape[d] if input.shape else 1
    try:
        fit = fitting(sizes, length)
    except RuntimeError as error:
        if sizes.count(-1) > 1:
            raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {d} "
            f"({length}) in the input tensor") from None
    return st.reshape(input, shape=(*input.shape[:d], *fit, *input.shape[d + 1:]))


# Transposing
@operation("PermuteBackward0", view=True)
def permute(input: Node, *dims: Dims) -> Node:
    """The dimensions in another order: dimension ``i`` of the result is ``dims[i]``."""
    given = together(dims)
    if len(given) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            "length of the desired ordering of dimensions i.e. input.dim() = "
            f"{input.ndim} is not equal to len(dims) = {len(given)}")
    perm = tuple(normal_dim(d, input.ndim) for d in given)
    if len(set(perm)) != len(perm):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return st.transpose(input, perm=perm)


@operation("TransposeBackward0", view=True)
def transpose(input: Node, dim0: int, dim1: int) -> Node:
    """Two dimensions exchanged."""
    a, b = normal_dim(dim0, input.ndim), normal_dim(dim1, input.ndim)
    perm = list(range(input.ndim))
    if perm:
        perm[a], perm[b] = b, a
    return st.transpose(input, perm=tuple(perm))


@operation("TransposeBackward0", view=True)
def swapaxes(input: Node, axis0: int, axis1: int) -> Node:
    """Two dimensions exchanged."""
    return transpose(input, axis0, axis1)


@operation("TransposeBackward0", view=True)
def swapdims(input: Node, dim0: int, dim1: int) -> Node:
    """Two dimensions exchanged."""
    return transpose(input, dim0, dim1)


@operation("TBackward0", view=True)
def t(input: Node) -> Node:
    """The transpose of a matrix; a vector as it is."""
    if input.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return st.transpose(input, perm=tuple(reversed(range(input.ndim))))


@operation("PermuteBackward0", view=True, methods=())
def T(input: Node) -> Node:
    """The dimensions in reverse order."""
    return st.transpose(input, perm=tuple(reversed(range(input.ndim))))


@operation("TransposeBackward0", view=True, methods=())
def mT(input: Node) -> Node:
    """The last two dimensions exchanged."""
    if input.ndim == 1:
        raise RuntimeError("tensor.mT is only supported on matrices or batches of matrices. Got "
                           "1-D tensor.")
    return transpose(input, -2, -1) if input.ndim else st.alias(input)


@operation("TransposeBackward0", view=True, methods=())
def H(input: Node) -> Node:
    """The conjugate transpose of a matrix."""
    if input.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {input.ndim}-D tensor."
            + (" For batches of matrices, consider using tensor.mH" if input.ndim > 2 else ""))
    return mH(input)


@operation("TransposeBackward0", view=True, methods=())
def mH(input: Node) -> Node:
    """The conjugate transpose of each matrix."""
    if input.ndim == 1:
        raise RuntimeError("tensor.mH is only supported on matrices or batches of matrices. Got "
                           "1-D tensor.")
    out = transpose(input, -2, -1) if input.ndim else st.alias(input)
    return called(el.conj(out), "ConjBackward0", input) if input.dtype.is_complex else out


@operation("TransposeBackward0", view=True)
def adjoint(input: Node) -> Node:
    """The conjugate transpose of each matrix."""
    return mH(input)


@operation("PermuteBackward0", view=True)
def movedim(input: Node, source: int | tuple[int, ...],
            destination: int | tuple[int, ...]) -> Node:
    """The dimensions ``source`` moved to the places ``destination``, the others in order."""
    a = (source,) if isinstance(source, int) else tuple(source)
    b = (destination,) if isinstance(destination, int) else tuple(destination)
    if len(a) != len(b):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source "
            f"({list(a)} dims) should contain the same number of dims as destination "
            f"({list(b)} dims)")
    src = [normal_dim(d, input.ndim) for d in a]
    dst = [normal_dim(d, input.ndim) for d in b]
    for label, dims, seen in (("source", a, src), ("destination", b, dst)):
        if len(set(seen)) != len(seen):
            raise RuntimeError(f"movedim: repeated dim in `{label}` ({list(dims)})")
    if not input.ndim:
        return st.alias(input)
    rest = iter(d for d in range(input.ndim) if d not in src)
    perm = tuple(src[dst.index(i)] if i in dst else next(rest) for i in range(input.ndim))
    return st.transpose(input, perm=perm)


# Dimensions of length 1
@operation("SqueezeBackward0", view=True)
def squeeze(input: Node, dim: int | tuple[int, ...] | None = None) -> Node:
    """Without the dimensions of length 1: all, or those among ``dim``."""
    if dim is None:
        return st.reshape(input, shape=tuple(n for n in input.shape if n != 1))
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    gone = normal_dims(dims, input.ndim) if dims else ()
    shape = tuple(n for i, n in enumerate(input.shape) if n != 1 or i not in gone)
    name = "SqueezeBackward1" if isinstance(dim, int) else "SqueezeBackward2"
    return called(st.reshape(input, shape=shape), name, input)


@operation("UnsqueezeBackward0", view=True)
def unsqueeze(input: Node, dim: int) -> Node:
    """With a new dimension of length 1 at ``dim``."""
    d = normal_dim(dim, input.ndim + 1)
    return st.reshape(input, shape=(*input.shape[:d], 1, *input.shape[d:]))


@operation("UnsqueezeBackward0", view=True, methods=())
def atleast_1d(input: Node) -> Node:
    """A 0-dim tensor as a vector of one element."""
    return input if input.ndim >= 1 else st.reshape(input, shape=(1,))


@operation("UnsqueezeBackward0", view=True, methods=())
def atleast_2d(input: Node) -> Node:
    """A vector of n elements as a matrix of shape (1, n)."""
    return input if input.ndim >= 2 else st.reshape(input, shape=(1, *(input.shape or (1,))))


@operation("UnsqueezeBackward0", view=True, methods=())
def atleast_3d(input: Node) -> Node:
    """A vector in the shape (1, n, 1), a matrix in the shape (m, n, 1)."""
    if input.ndim >= 3:
        return input
    shape = (*input.shape, 1) if input.ndim == 2 else (1, *(input.shape or (1,)), 1)
    return st.reshape(input, shape=shape)


# Broadcasting
def expanded(shape: Shape, target: Sequence[int], name: str = "expand") -> Shape:
    """The shape that ``shape`` is expanded to, where -1 in ``target`` keeps a length; RuntimeError
    with PyTorch's words if it does not expand."""
    lead = len(target) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"{name}(tensor of shape {list(shape)}, size={list(target)}): the number of sizes "
            f"provided ({len(target)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(shape)})")
    out = list(target)
    for i, length in enumerate(out):
        if length == -1 and i < lead:
            raise RuntimeError(f"The expanded size of the tensor ({length}) isn't allowed in a "
                               f"leading, non-existing dimension {i}")
        if i >= lead:
            own = shape[i - lead]
            out[i] = own if length == -1 else length
            if own not in (1, out[i]):
                raise RuntimeError(
                    f"The expanded size of the tensor ({length}) must match the existing size "
                    f"({own}) at non-singleton dimension {i}.  Target sizes: {list(target)}.  "
                    f"Tensor sizes: {list(shape)}")
        if out[i] < 0:
            raise RuntimeError(f"expand: negative length {out[i]} in {list(target)}")
    return tuple(out)


@operation("ExpandBackward0", view=True)
def expand(input: Node, *size: Lengths) -> Node:
    """Repeated along new dimensions and those of length 1, without a copy; -1 keeps a length."""
    return st.broadcast_to(input, shape=expanded(input.shape, together(size)))


@operation("ExpandBackward0", view=True)
def broadcast_to(input: Node, *size: Lengths) -> Node:
    """``input.expand(size)``."""
    return st.broadcast_to(input, shape=expanded(input.shape, together(size)))


# Parts along a dimension
@operation("SliceBackward0", view=True)
def narrow(input: Node, dim: int, start: Number, length: int) -> Node:
    """``length`` elements of dimension ``dim`` from ``start``."""
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    d = normal_dim(dim, input.ndim)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if length > input.shape[d]:
        raise RuntimeError(
            f"start + length ({length}) exceeds dimension size ({input.shape[d]}).")
    assert start is not None
    if start.dtype is bool_ or start.dtype.is_differentiable or start.ndim:
        if start.weak:
            raise TypeError("narrow() received an invalid combination of arguments - 'start' must "
                            f"be int, not {'bool' if start.dtype is bool_ else 'float'}")
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    return st.slice_(input, start, axes=(d,), lengths=(length,), steps=(1,))


@operation("SelectBackward0", view=True)
def select(input: Node, dim: int, index: Number) -> Node:
    """Element ``index`` of dimension ``dim``, which goes."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = normal_dim(dim, input.ndim)
    if not input.shape[d]:
        raise IndexError(
            f"select(): index out of range for tensor of size {list(input.shape)} at dimension {d}")
    if index is None:
        raise TypeError("select(): argument 'index' (position 3) must be int, not NoneType")
    if index.dtype.is_differentiable or (index.weak and index.dtype is bool_):
        kind = "Tensor" if not index.weak else "bool" if index.dtype is bool_ else "float"
        raise TypeError(f"select(): argument 'index' (position 3) must be int, not {kind}")
    part = st.slice_(input, index, axes=(d,), lengths=(1,), steps=(1,))
    return st.reshape(part, shape=input.shape[:d] + input.shape[d + 1:])


@operation("UnbindBackward0", view=True)
def unbind(input: Node, dim: int = 0) -> tuple[Node, ...]:
    """The elements of dimension ``dim``, which goes, as a tuple."""
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = normal_dim(dim, input.ndim)
    return tuple(select(input, d, lift(i)) for i in range(input.shape[d]))


unbind.one = lambda i, input, dim=0: select(input, dim, lift(i))


def parts(input: Node, dim: int, lengths: Sequence[int]) -> tuple[Node, ...]:
    """Consecutive parts of dimension ``dim``."""
    starts = accumulate(lengths, initial=0)
    return tuple(cut(input, dim, start, n) for start, n in zip(starts, lengths))


def _split_dim(name: str, input: Node, dim: int) -> int:
    if not input.ndim:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    return normal_dim(dim, input.ndim)


@operation("SplitBackward0", view=True)
def split(tensor: Node, split_size_or_sections: int | tuple[int, ...],
          dim: int = 0) -> tuple[Node, ...]:
    """Consecutive parts of a length (the last may be shorter), or of the lengths given."""
    if not isinstance(split_size_or_sections, int):
        out = split_with_sizes(tensor, split_size_or_sections, dim)
        for i, node in enumerate(out):
            node.call = Call("SplitWithSizesBackward0", (tensor,), i)
        return out
    d, size = _split_dim("split", tensor, dim), split_size_or_sections
    total = tensor.shape[d]
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and total:
        raise RuntimeError("split_size can only be 0 if dimension size is 0, but got dimension "
                           f"size of {total}")
    count = max(-(-total // size), 1) if size else 1
    return parts(tensor, d, [min(size, total - i * size) for i in range(count)])


def _one_of_split(i: int, tensor: Node, size: int | tuple[int, ...], dim: int = 0) -> Node:
    """Part ``i`` of those."""
    d = normal_dim(dim, tensor.ndim)
    if not isinstance(size, int):
        return cut(tensor, d, sum(size[:i]), size[i])
    return cut(tensor, d, i * size, min(size, tensor.shape[d] - i * size))


split.one = _one_of_split


@operation("SplitWithSizesBackward0", view=True)
def split_with_sizes(input: Node, split_sizes: tuple[int, ...], dim: int = 0) -> tuple[Node, ...]:
    """Consecutive parts of the lengths given."""
    d, sizes = _split_dim("split", input, dim), tuple(split_sizes)
    if min(sizes, default=0) < 0:
        raise RuntimeError("split_with_sizes expects split_sizes have only non-negative entries, "
                           f"but got split_sizes={list(sizes)}")
    if sum(sizes) != input.shape[d]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {input.shape[d]} (input "
            f"tensor's size at dimension {d}), but got split_sizes={list(sizes)}")
    return parts(input, d, sizes)


@operation("SplitBackward0", view=True)
def chunk(input: Node, chunks: int, dim: int = 0) -> tuple[Node, ...]:
    """At most ``chunks`` consecutive parts, all but the last of one length."""
    d = _split_dim("chunk", input, dim)
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = -(-input.shape[d] // chunks)
    return parts(input, d, [0] * chunks) if size == 0 else split(input, size, d)


def _one_of_chunks(i: int, input: Node, chunks: int, dim: int = 0) -> Node:
    """Part ``i`` of those."""
    return _one_of_split(i, input, -(-input.shape[normal_dim(dim, input.ndim)] // chunks), dim)


split_with_sizes.one, chunk.one = _one_of_split, _one_of_chunks


@operation("SliceBackward0", view=True, methods=())
def tensor_split(input: Node, indices_or_sections: int | tuple[int, ...],
                 dim: int = 0) -> tuple[Node, ...]:
    """Parts whose lengths differ by at most 1, or that end at the indices given."""
    if not input.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a "
                           "tensor with 0 dims")
    d, given = normal_dim(dim, input.ndim), indices_or_sections
    total = input.shape[d]
    if isinstance(given, int):
        if given <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {given}")
        small, more = divmod(total, given)
        return parts(input, d, [small + (i < more) for i in range(given)])
    ends = [slice(e).indices(total)[1] for e in given]
    pairs = zip([0, *ends], [*ends, total], strict=True)
    return tuple(cut(input, d, start, max(end - start, 0)) for start, end in pairs)


def _equal_parts(name: str, least: int, input: Node, given: int | tuple[int, ...],
                 dim: int) -> tuple[Node, ...]:
    if input.ndim < least:
        raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension, but "
                           f"got a tensor with {input.ndim} dimensions!")
    if isinstance(given, int) and (given <= 0 or input.shape[dim] % given):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{input.shape[dim]} is not divisible by the split_size {given}!")
    return tensor_split(input, given, dim)


@operation("SliceBackward0", view=True)
def hsplit(input: Node, indices_or_sections: int | tuple[int, ...]) -> tuple[Node, ...]:
    """Equal parts along dimension 1, or 0 of a vector."""
    return _equal_parts("hsplit", 1, input, indices_or_sections, min(1, input.ndim - 1))


@operation("SliceBackward0", view=True)
def vsplit(input: Node, indices_or_sections: int | tuple[int, ...]) -> tuple[Node, ...]:
    """Equal parts along dimension 0."""
    return _equal_parts("vsplit", 2, input, indices_or_sections, 0)


@operation("SliceBackward0", view=True)
def dsplit(input: Node, indices_or_sections: int | tuple[int, ...]) -> tuple[Node, ...]:
    """Equal parts along dimension 2."""
    return _equal_parts("dsplit", 3, input, indices_or_sections, 2)


# Diagonals and windows
@operation("DiagonalBackward0", view=True)
def diagonal(input: Node, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Node:
    """The elements ``i, i + offset`` of two dimensions, as a last dimension."""
    a, b = normal_dim(dim1, input.ndim), normal_dim(dim2, input.ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    shape, n = input.shape, input.ndim
    down, right = max(-offset, 0), max(offset, 0)
    length = max(min(shape[a] - down, shape[b] - right), 0)
    rest = [i for i in range(n) if i not in (a, b)]
    start = tuple(down if i == a else right if i == b else 0 for i in range(n))
    return st.window(input, size=(*(shape[i] for i in rest), length), start=start,
                     moves=(*(along(n, i) for i in rest), along(n, a, b)))


def along(ndim: int, *axes: int, step: int = 1) -> Shape:
    """A move by ``step`` in each of ``axes``."""
    return tuple(step if i in axes else 0 for i in range(ndim))


@operation("UnfoldBackward0", view=True)
def unfold(input: Node, dimension: int, size: int, step: int) -> Node:
    """Windows of ``size`` elements of a dimension, each ``step`` after the last, as a last
    dimension."""
    d = normal_dim(dimension, input.ndim)
    shape = input.shape or (1,)
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > shape[d]:
        raise RuntimeError(
            f"maximum size for tensor at dimension {d} is {shape[d]} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    count, n = (shape[d] - size) // step + 1, input.ndim
    if not input.shape:
        return st.reshape(input, shape=(1,)) if size else cut(reshaped(input, (1,)), 0, 0, 0)
    moves = [along(n, i, step=step if i == d else 1) for i in range(n)]
    return st.window(input, size=(*shape[:d], count, *shape[d + 1:], size), start=(0,) * n,
                     moves=(*moves, along(n, d)))


@operation("AsStridedBackward0", view=True, methods=())
def as_strided(input: Node, size: tuple[int, ...], stride: tuple[int, ...],
               storage_offset: int | None = None) -> Node:
    """The elements at ``storage_offset + i * stride[0] + ...`` of a tensor that is not a view."""
    if not is_contiguous(input.shape, strides_of(input)):
        raise NotImplementedError("as_strided: the memory of a NumPy array that does not lie row "
                                  "by row is not supported; clone() the tensor first")
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    offset = storage_offset or 0
    if min((*size, *stride, offset), default=0) < 0:
        raise RuntimeError("as_strided: Negative strides are not supported at the moment, got "
                           f"strides: {list(stride)}")
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if 0 not in size and last >= input.size:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} are "
            f"out of bounds for storage of {input.size} elements")
    return st.window(st.reshape(input, shape=(input.size,)), size=tuple(size), start=(offset,),
                     moves=tuple((s,) for s in stride))


@operation("CloneBackward0", view=True)
def contiguous(input: Node) -> Node:
    """``input`` with its elements row by row: itself, or a copy."""
    if is_contiguous(input.shape, strides_of(input)):
        return input
    return st.copy(input)


ALIASES: dict[str, Operation] = {"moveaxis": movedim}
