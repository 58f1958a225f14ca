"""Tensors made of the elements of others: joined, repeated, flipped, rolled, padded, triangular."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from ..engine.dtypes import DType
from ..engine.graph import Node, Shape, lift
from ..engine.ops import structural as st
from ..engine.ops.elementwise import broadcast_shape
from ..engine.recording.operation import (
    Dims,
    Each,
    Nodes,
    Number,
    Operation,
    as_dtype,
    in_pieces,
    normal_dim,
    normal_dims,
    operation,
    result_dtype,
    summing,
)
from ..engine.recording.places import padded_at_once as padded_at_once
from .shape import atleast_1d, atleast_2d, atleast_3d, cut, reshaped, together
from .shape import diagonal as diagonal_of

REFLECT, REPLICATE, CIRCULAR = "reflect", "replicate", "circular"


# Joining
def joined(tensors: Nodes, axis: int) -> Node:
    """The tensors, in their common dtype, one after the other along ``axis``."""
    dtype = result_dtype(*tensors)
    return st.concatenate(*(as_dtype(x, dtype) for x in tensors), axis=axis)


@operation("CatBackward0", methods=())
def cat(tensors: Nodes, dim: int = 0) -> Node:
    """The tensors one after the other along a dimension; in the others their lengths agree.

    A vector without elements is skipped, whatever the shape of the others.
    """
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not x.shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    first = next((x for x in tensors if x.shape != (0,)), tensors[0])
    d = normal_dim(dim, first.ndim)
    empty = (*first.shape[:d], 0, *first.shape[d + 1:])
    kept = [(i, st.reshape(x, shape=empty) if x.shape == (0,) else x)
            for i, x in enumerate(tensors)
            if x is first or x.shape != (0,) or x.requires_grad]
    for i, x in kept:
        if x.ndim != first.ndim:
            raise RuntimeError("Tensors must have same number of dimensions: got "
                               f"{first.ndim} and {x.ndim}")
        for a, (m, n) in enumerate(zip(first.shape, x.shape, strict=True)):
            if m != n and a != d:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {m} but "
                    f"got size {n} for tensor number {i} in the list.")
    dtype = result_dtype(*tensors)
    return st.concatenate(*(as_dtype(x, dtype) for _, x in kept), axis=d)


@operation("StackBackward0", methods=())
def stack(tensors: Nodes, dim: int = 0) -> Node:
    """Tensors of one shape along a new dimension."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = tensors[0].shape
    d = normal_dim(dim, len(shape) + 1)
    for i, x in enumerate(tensors):
        if x.shape != shape:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(shape)} "
                               f"at entry 0 and {list(x.shape)} at entry {i}")
    layer = (*shape[:d], 1, *shape[d:])
    return joined(tuple(st.reshape(x, shape=layer) for x in tensors), d)


def _some(name: str, tensors: Sequence[Any]) -> None:
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")


@operation("CatBackward0", methods=())
def hstack(tensors: Nodes) -> Node:
    """The tensors beside each other: along dimension 1, vectors along 0."""
    _some("hstack", tensors)
    raised = tuple(map(atleast_1d, tensors))
    return cat(raised, 0 if raised[0].ndim == 1 else 1)


@operation("CatBackward0", methods=())
def vstack(tensors: Nodes) -> Node:
    """The tensors below each other, a vector as a row."""
    _some("vstack", tensors)
    return cat(tuple(map(atleast_2d, tensors)), 0)


@operation("CatBackward0", methods=())
def dstack(tensors: Nodes) -> Node:
    """The tensors behind each other, along dimension 2."""
    _some("dstack", tensors)
    return cat(tuple(map(atleast_3d, tensors)), 2)


@operation("CatBackward0", methods=())
def column_stack(tensors: Nodes) -> Node:
    """The tensors beside each other, a vector as a column."""
    _some("column_stack", tensors)
    columns = [x if x.ndim > 1 else reshaped(x, (x.size, 1)) for x in tensors]
    return cat(tuple(columns), 1)


@operation("BlockDiagBackward0", methods=())
def block_diag(*tensors: Each) -> Node:
    """A matrix with the given matrices on its diagonal and 0 elsewhere."""
    blocks = [atleast_2d(x) for x in tensors]
    for i, x in enumerate(blocks):
        if x.ndim > 2:
            raise RuntimeError("torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                               f"Input {i} has {x.ndim} dimensions")
    dtype = result_dtype(*tensors)
    width = sum(x.shape[1] for x in blocks)
    rows, left = [], 0
    for x in blocks:
        rows.append(st.place(as_dtype(x, dtype), lift(left), shape=(x.shape[0], width), axes=(1,),
                             lengths=(x.shape[1],), steps=(1,)))
        left += x.shape[1]
    return st.concatenate(*rows, axis=0)


# Grids
@operation("ExpandBackward0", methods=())
def broadcast_tensors(*tensors: Each) -> tuple[Node, ...]:
    """The tensors expanded to the shape that they broadcast to."""
    shape = broadcast_shape(*(x.shape for x in tensors))
    return tuple(st.broadcast_to(x, shape=shape) for x in tensors)


@operation("ExpandBackward0", methods=())
def meshgrid(*tensors: Each, indexing: str = "ij") -> tuple[Node, ...]:
    """The coordinates of a grid of vectors: result ``i`` varies along dimension ``i``; with
    ``indexing="xy"`` the first two dimensions are exchanged."""
    own, shape = grid_shapes([x.shape for x in tensors], {x.dtype for x in tensors}, indexing)
    return tuple(st.broadcast_to(st.reshape(x, shape=each), shape=shape)
                 for x, each in zip(tensors, own, strict=True))


def grid_shapes(shapes: Sequence[Shape], dtypes: Collection[DType],
                indexing: str) -> tuple[list[Shape], Shape]:
    """The shape that each of the tensors of these shapes and ``dtypes`` has in a grid, before it is
    expanded, and that of the grid."""
    _some("meshgrid", shapes)
    if indexing not in ("ij", "xy"):
        raise RuntimeError('torch.meshgrid: indexing must be one of "xy" or "ij", but received: '
                           f"{indexing}")
    for shape in shapes:
        if len(shape) > 1:
            raise RuntimeError("torch.meshgrid: Expected 0D or 1D tensor in the tensor list but "
                               f"got one of shape {list(shape)}")
    if len(dtypes) > 1:
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    n, sizes = len(shapes), [shape[0] if shape else 1 for shape in shapes]
    place = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    own = [tuple(sizes[i] if p == i else 1 for p in place) for i in range(n)]
    return own, tuple(sizes[p] for p in place)


@operation("StackBackward0", methods=())
def cartesian_prod(*tensors: Each) -> Node:
    """The tuples of one element of each vector, as rows."""
    for x in tensors:
        if x.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack(tuple(st.reshape(x, shape=(x.size,)) for x in meshgrid(*tensors)), 1)


# Repeating
def _repeated(x: Node, times: Shape) -> Node:
    """``x`` repeated ``times[i]`` times along dimension ``i``."""
    pairs = tuple(n for pair in zip(times, x.shape, strict=True) for n in pair)
    lone = tuple(n for length in x.shape for n in (1, length))
    tiled = st.broadcast_to(st.reshape(x, shape=lone), shape=pairs)
    return st.reshape(tiled, shape=tuple(m * n for m, n in zip(times, x.shape, strict=True)))


@operation("RepeatBackward0")
def repeat(input: Node, *repeats: Dims) -> Node:
    """``input`` repeated along each dimension, and along new ones in front."""
    times = together(repeats)
    lead = len(times) - input.ndim
    if lead < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of "
                           "dimensions of tensor")
    shape = (1,) * lead + input.shape
    if min(times, default=0) < 0:
        sizes = [m * n for m, n in zip(times, shape, strict=True)]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {sizes}")
    return st.copy(input) if not times else _repeated(reshaped(input, shape), times)


@operation("RepeatBackward0")
def tile(input: Node, *dims: Dims) -> Node:
    """``input`` repeated along each of its last dimensions."""
    times = together(dims)
    return repeat(input, *(1,) * (input.ndim - len(times)), *times)


@operation("ViewBackward0")
def repeat_interleave(input: Node, repeats: int, dim: int | None = None) -> Node:
    """Each element of a dimension repeated; without ``dim`` those of the flattened tensor."""
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    if dim is None:
        input, dim = reshaped(input, (input.size,)), 0
    d = normal_dim(dim, input.ndim)
    shape = input.shape or (1,)
    split = st.reshape(input, shape=(*shape[:d + 1], 1, *shape[d + 1:]))
    wide = st.broadcast_to(split, shape=(*shape[:d + 1], repeats, *shape[d + 1:]))
    return st.reshape(wide, shape=(*shape[:d], shape[d] * repeats, *shape[d + 1:]))


# Flipping and rolling
@operation("FlipBackward0")
def flip(input: Node, *dims: Dims) -> Node:
    """The order of the elements reversed along dimensions."""
    given = together(dims)
    axes = normal_dims(given, input.ndim) if given else ()
    return st.flip(input, axes=axes)


@operation("FlipBackward0")
def fliplr(input: Node) -> Node:
    """The order of the columns reversed."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return st.flip(input, axes=(1,))


@operation("FlipBackward0")
def flipud(input: Node) -> Node:
    """The order of the rows reversed."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return st.flip(input, axes=(0,))


@operation("Rot90Backward0")
def rot90(input: Node, k: int = 1, dims: tuple[int, ...] = (0, 1)) -> Node:
    """``input`` turned ``k`` times by 90 degrees, from the first of ``dims`` to the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    a, b = (normal_dim(d, input.ndim) for d in dims)
    if a == b:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and "
                           f"dim1 = {dims[1]}")
    perm = list(range(input.ndim))
    perm[a], perm[b] = b, a
    match k % 4:
        case 0:
            return st.copy(input)
        case 1:
            return st.transpose(st.flip(input, axes=(b,)), perm=tuple(perm))
        case 2:
            return st.flip(input, axes=(a, b))
        case _:
            return st.transpose(st.flip(input, axes=(a,)), perm=tuple(perm))


@operation("RollBackward0")
def roll(input: Node, shifts: int | tuple[int, ...],
         dims: int | tuple[int, ...] | None = None) -> Node:
    """The elements moved on along dimensions, those beyond the end to the front; without ``dims``
    in the flattened tensor."""
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    given = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if not steps:
        raise RuntimeError("`shifts` required")
    if not given and len(steps) == 1:
        flat = st.roll(reshaped(input, (input.size,)), shifts=steps, axes=(0,))
        return reshaped(flat, input.shape)
    if len(steps) != len(given):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, "
                           f"dims:{len(given)}")
    if not input.ndim:
        raise IndexError(f"Dimension specified as {given[0]} but tensor has no dimensions")
    return st.roll(input, shifts=steps, axes=tuple(normal_dim(d, input.ndim) for d in given))


# Triangles and diagonals
@operation("TrilBackward0", inplace=True)
def tril(input: Node, diagonal: int = 0) -> Node:
    """The elements on and below a diagonal of each matrix, 0 elsewhere."""
    if input.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return st.lower(input, k=diagonal)


@operation("TriuBackward0", inplace=True)
def triu(input: Node, diagonal: int = 0) -> Node:
    """The elements on and above a diagonal of each matrix, 0 elsewhere."""
    if input.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return st.upper(input, k=diagonal)


@operation("DiagEmbedBackward0")
def diag_embed(input: Node, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Node:
    """Matrices in the dimensions ``dim1`` and ``dim2``, with ``input`` on a diagonal."""
    if not input.ndim:
        normal_dim(dim1, 1)
    a, b = normal_dim(dim1, input.ndim + 1), normal_dim(dim2, input.ndim + 1)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    n = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for d in sorted((a, b)):
        shape.insert(d, n)
    where = diagonal_of(st.free(tuple(shape), input.dtype), offset, a, b).params
    return st.window_place(input, shape=tuple(shape), **where)


@operation("DiagEmbedBackward0")
def diag(input: Node, diagonal: int = 0) -> Node:
    """The diagonal of a matrix; the matrix with a vector on its diagonal."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return st.copy(diagonal_of(input, diagonal))


@operation("DiagEmbedBackward0")
def diagflat(input: Node, offset: int = 0) -> Node:
    """A matrix with the elements of ``input`` on a diagonal."""
    return diag_embed(reshaped(input, (input.size,)), offset)


@operation("TraceBackward0")
def trace(input: Node) -> Node:
    """The sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return st.sum_to(as_dtype(diagonal_of(input), summing(input.dtype)), shape=())


# Padding
@operation("ConstantPadNdBackward0", methods=())
def pad(input: Node, pad: tuple[int, ...], mode: str = "constant", value: Number = None) -> Node:
    """``input`` with elements added at both ends of its last dimensions.

    ``pad`` has two lengths for each, the last dimension first; a negative one cuts off. ``mode`` is
    "constant" (``value``, 0), "reflect", "replicate" or "circular".
    """
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(pad)} and input of dimension {input.ndim}")
    ends = [(input.ndim - 1 - i, pad[2 * i], pad[2 * i + 1]) for i in range(len(pad) // 2)]
    if mode == "constant":
        return _pad_constant(input, ends, lift(0) if value is None else value)
    if mode not in (REFLECT, REPLICATE, CIRCULAR):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if not ends or input.ndim not in (len(ends) + 1, len(ends) + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.\nSupported "
            "combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)")
    out = input
    for axis, before, after in ends:
        out = _pad_axis(out, axis, before, after, mode)
    padded: Node = out if mode == CIRCULAR else in_pieces(out, [input])
    return padded


def _trimmed(x: Node, axis: int, before: int, after: int) -> Node:
    """``x`` without the elements that negative paddings cut off."""
    first = max(-before, 0)
    length = x.shape[axis] - first - max(-after, 0)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    return x if length == x.shape[axis] else cut(x, axis, first, length)


def _pad_constant(x: Node, ends: Sequence[tuple[int, int, int]], value: Node) -> Node:
    for axis, before, after in ends:
        x = _trimmed(x, axis, before, after)
    grown = [(axis, max(b, 0), max(a, 0)) for axis, b, a in ends if b > 0 or a > 0]
    if not grown:
        return st.copy(x)
    shape = list(x.shape)
    for axis, before, after in grown:
        shape[axis] += before + after
    axes = tuple(axis for axis, _, _ in grown)
    starts = [lift(before) for _, before, _ in grown]
    lengths, steps = tuple(x.shape[a] for a in axes), (1,) * len(axes)
    return st.update(st.full(value, shape=tuple(shape), dtype=x.dtype), x, *starts, axes=axes,
                     lengths=lengths, steps=steps)


def _pad_axis(x: Node, axis: int, before: int, after: int, mode: str) -> Node:
    """``x`` with both ends of one dimension continued."""
    n = x.shape[axis]
    if mode == REFLECT and max(before, after) >= n:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but "
            f"got: padding ({before}, {after}) at dimension {axis} of input {list(x.shape)}")
    if mode == CIRCULAR and max(before, after) > n:
        raise RuntimeError("Padding value causes wrapping around more than once.")
    if mode == REPLICATE and n == 0:
        raise RuntimeError(f"Expected a non-empty dimension {axis}, got {list(x.shape)}")
    pieces = [_trimmed(x, axis, before, after)]
    if mode == CIRCULAR:
        x = pieces[0]
    if before > 0:
        pieces.insert(0, _continued(x, axis, before, mode, True))
    if after > 0:
        pieces.append(_continued(x, axis, after, mode, False))
    return st.copy(pieces[0]) if len(pieces) == 1 else st.concatenate(*pieces, axis=axis)


def _continued(x: Node, axis: int, length: int, mode: str, front: bool) -> Node:
    """What stands before the first element of a dimension, or after the last."""
    n = x.shape[axis]
    if mode == REFLECT:
        return st.flip(cut(x, axis, 1 if front else n - 1 - length, length), axes=(axis,))
    if mode == CIRCULAR:
        return cut(x, axis, n - length if front else 0, length)
    end = cut(x, axis, 0 if front else n - 1, 1)
    return st.broadcast_to(end, shape=(*x.shape[:axis], length, *x.shape[axis + 1:]))


@operation("PixelShuffleBackward0", methods=())
def pixel_shuffle(input: Node, upscale_factor: int) -> Node:
    """(..., C r r, H, W) to (..., C, H r, W r)."""
    r = upscale_factor
    if input.ndim < 3:
        raise RuntimeError("pixel_shuffle expects input to have at least 3 dimensions, but got "
                           f"input with {input.ndim} dimension(s)")
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={c} is not divisible by {r * r}")
    return _regroup(input, (math.prod(lead), c // (r * r), r, r, h, w), (0, 1, 4, 2, 5, 3),
                    (*lead, c // (r * r), h * r, w * r))


@operation("PixelUnshuffleBackward0", methods=())
def pixel_unshuffle(input: Node, downscale_factor: int) -> Node:
    """(..., C, H r, W r) to (..., C r r, H, W)."""
    r = downscale_factor
    if input.ndim < 3:
        raise RuntimeError("pixel_unshuffle expects input to have at least 3 dimensions, but got "
                           f"input with {input.ndim} dimension(s)")
    *lead, c, h, w = input.shape
    if r <= 0 or h % r or w % r:
        raise RuntimeError("pixel_unshuffle expects height and width to be divisible by "
                           f"downscale_factor, but got {h}, {w} and {r}")
    return _regroup(input, (math.prod(lead), c, h // r, r, w // r, r), (0, 1, 3, 5, 2, 4),
                    (*lead, c * r * r, h // r, w // r))


def _regroup(x: Node, shape: Shape, perm: Shape, result: Shape) -> Node:
    return st.reshape(st.transpose(st.reshape(x, shape=shape), perm=perm), shape=result)


ALIASES: dict[str, Operation] = {"concat": cat, "concatenate": cat, "row_stack": vstack}
