"""Products of vectors, matrices and batches of them; :func:`einsum` is in ``einsum.py``.

All come down to the primitive ``matmul`` on operands of two or more dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from ..engine.dtypes import BOOL, FLOAT, DType
from ..engine.errors import see
from ..engine.graph import Node, Shape, lift
from ..engine.lazy import lazy
from ..engine.ops import contract as ct
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.recording.operation import (
    Each,
    Nodes,
    Operation,
    Structural,
    as_dtype,
    normal_dim,
    operation,
    promoted,
    result_dtype,
    without_slope,
)
from .arithmetic import in_kind
from .joins import diag_embed
from .shape import called, expanded, reshaped, t

_C_NAMES = {"float32": "float", "float64": "double", "float16": "c10::Half",
            "bfloat16": "c10::BFloat16", "int64": "long", "int32": "int", "int16": "short",
            "int8": "signed char", "uint8": "unsigned char", "bool": "bool",
            "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}


# Checks
def _by(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _same_dtype(a: Node, b: Node, name: str = "addmm_impl_cpu_") -> DType:
    if a.dtype is not b.dtype:
        raise RuntimeError(
            "expected m1 and m2 to have the same dtype, but got: "
            f"{_C_NAMES[a.dtype.name]} != {_C_NAMES[b.dtype.name]}. Convert one of them with .to()")
    if a.dtype.category == BOOL:
        raise NotImplementedError(f'"{name}" not implemented for \'Bool\'')
    return a.dtype


def _way_out(a: Shape, b: Shape) -> str:
    """What to do about two matrices whose inner sizes differ."""
    if a[-1] == b[-1]:
        return ". Transpose the second argument?"
    if a[-2] == b[-2]:
        return ". Transpose the first argument?"
    return ". Exchange the arguments?" if a[-2] == b[-1] else ""


def _inner(a: Shape, b: Shape) -> None:
    if a[-1] != b[-2]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_by(a)} and {_by(b)})"
                           + _way_out(a, b) + see("shapes"))


def _matrix(x: Node, name: str) -> None:
    if x.ndim != 2:
        raise RuntimeError(f"{name} must be a matrix, got {x.ndim}-D tensor")


def _batch(x: Node, name: str) -> None:
    if x.ndim != 3:
        raise RuntimeError(f"{name} must be a 3D tensor")


def _vectors(a: Node, b: Node, name: str) -> None:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype is not b.dtype:
        raise RuntimeError(f"{name} : expected both vectors to have same dtype, but found "
                           f"{a.dtype.legacy_name} and {b.dtype.legacy_name}")
    if a.dtype.category == BOOL:
        raise NotImplementedError(f'"{name}" not implemented for \'Bool\'')
    if a.shape != b.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor {list(a.shape)} and src {list(b.shape)} to "
            f"have the same number of elements, but got {a.size} and {b.size} elements "
            "respectively")


# Vectors and matrices
def _dot(a: Node, b: Node) -> Node:
    row, column = st.reshape(a, shape=(1, a.size)), st.reshape(b, shape=(b.size, 1))
    return st.reshape(ct.matmul(row, column), shape=())


@operation("DotBackward0")
def dot(input: Node, tensor: Node) -> Node:
    """The sum of the products of two vectors' elements."""
    _vectors(input, tensor, "dot")
    return _dot(input, tensor)


@operation("VdotBackward0")
def vdot(input: Node, other: Node) -> Node:
    """The dot product of two vectors, the first conjugated."""
    _vectors(input, other, "vdot")
    return _dot(el.conj(input) if input.dtype.is_complex else input, other)


@operation("MvBackward0")
def mv(input: Node, vec: Node) -> Node:
    """A matrix (n, m) times a vector (m)."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    if input.dtype is not vec.dtype:
        raise RuntimeError(
            "addmv input tensors must have the same dtype, but got "
            f"{vec.dtype.legacy_name}, {input.dtype.legacy_name}, and {vec.dtype.legacy_name}")
    _same_dtype(input, vec, "addmv_impl_cpu")
    if input.shape[1] != vec.size:
        raise RuntimeError(f"size mismatch, got input ({input.shape[0]}), mat ({_by(input.shape)}),"
                           f" vec ({vec.size})")
    column = st.reshape(vec, shape=(vec.size, 1))
    return st.reshape(ct.matmul(input, column), shape=(input.shape[0],))


@operation("MmBackward0")
def mm(input: Node, mat2: Node) -> Node:
    """A matrix (n, m) times a matrix (m, p)."""
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    _same_dtype(input, mat2)
    _inner(input.shape, mat2.shape)
    return ct.matmul(input, mat2)


@operation("BmmBackward0")
def bmm(input: Node, mat2: Node) -> Node:
    """Matrices (b, n, m) times matrices (b, m, p), one by one."""
    _batch(input, "batch1")
    _batch(mat2, "batch2")
    if input.dtype is not mat2.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.legacy_name} but found "
                           f"{mat2.dtype.legacy_name}")
    _same_dtype(input, mat2, "bmm")
    _batch_sizes(input.shape, mat2.shape)
    return ct.matmul(input, mat2)


def _batch_sizes(a: Shape, b: Shape) -> None:
    if (a[0], a[2]) != b[:2]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[2]}] but "
            f"got: [{b[0]}, {b[1]}]." + _way_out(a, b)[1:])


@operation("UnsafeViewBackward0")
def matmul(input: Node, other: Node) -> Node:
    """The matrix product, by the operands' dimensions: ``dot``, ``mv``, ``mm``, or a batch of them
    whose leading dimensions broadcast; a vector is a row on the left and a column on the right."""
    a, b = input, other
    if not a.ndim or not b.ndim:
        raise RuntimeError("both arguments to matmul need to be at least 1D, but they are "
                           f"{a.ndim}D and {b.ndim}D")
    if a.ndim == 1 and b.ndim == 1:
        return called(dot(a, b), "DotBackward0", a, b)
    if a.ndim == 2 and b.ndim == 1:
        return called(mv(a, b), "MvBackward0", a, b)
    _same_dtype(a, b)
    if b.ndim == 1:
        rows = st.reshape(a, shape=(math.prod(a.shape[:-1]), a.shape[-1]))
        return st.reshape(mv(rows, b), shape=a.shape[:-1])
    if a.ndim == 1:
        out = matmul(st.reshape(a, shape=(1, a.size)), b)
        return called(reshaped(out, (*b.shape[:-2], b.shape[-1])), "SqueezeBackward4", a, b)
    if b.ndim == 2:
        if a.ndim == 2:
            return called(mm(a, b), "MmBackward0", a, b)
        rows = st.reshape(a, shape=(math.prod(a.shape[:-1]), a.shape[-1]))
        return st.reshape(mm(rows, b), shape=(*a.shape[:-1], b.shape[-1]))
    if a.shape[-1] != b.shape[-2]:
        batch = el.broadcast_shape(a.shape[:-2], b.shape[:-2])
        _batch_sizes((math.prod(batch), *a.shape[-2:]), (math.prod(batch), *b.shape[-2:]))
    return ct.matmul(a, b)


@operation("ViewBackward0")
def inner(input: Node, other: Node) -> Node:
    """The sum of products over the last dimensions of both; a product with a 0-dim tensor."""
    if not input.ndim or not other.ndim:
        return el.mul(*promoted(input, other))
    if input.dtype is not other.dtype:
        raise RuntimeError("both inputs should have same dtype")
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError("inner() the last dimension must match on both input tensors but got "
                           f"shapes {list(input.shape)} and {list(other.shape)}")
    return tensordot(input, other, ((-1,), (-1,)))


@operation("MulBackward0")
def outer(input: Node, vec2: Node) -> Node:
    """The products of each element of a vector with each of another."""
    for x, name in ((input, "self"), (vec2, "vec2")):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    a, b = promoted(input, vec2)
    return el.mul(st.reshape(a, shape=(a.size, 1)), b)


# With an addend
def _scaled(x: Node, factor: Structural) -> Node:
    """``factor * x``; the integers are scaled by integers."""
    if not isinstance(factor, Node) and factor == 1:
        return x
    return el.mul(x, in_kind(lift(factor), x))


def _plus(input: Node, product: Node, beta: Structural, alpha: Structural) -> Node:
    """``beta * input + alpha * product``; with ``beta`` 0, ``input`` does not count at all."""
    if input.dtype is not product.dtype:
        raise RuntimeError(f"self and mat2 must have the same dtype, but got "
                           f"{input.dtype.legacy_name} and {product.dtype.legacy_name}")
    expanded(input.shape, product.shape)
    product = _scaled(product, alpha)
    if not isinstance(beta, Node) and beta == 0:
        return product
    return el.add(_scaled(input, beta), product)


@operation("AddmmBackward0", inplace=True)
def addmm(input: Node, mat1: Node, mat2: Node, *, beta: Structural = 1,
          alpha: Structural = 1) -> Node:
    """``beta * input + alpha * (mat1 @ mat2)``."""
    _matrix(mat1, "mat1")
    _matrix(mat2, "mat2")
    return _plus(input, mm(mat1, mat2), beta, alpha)


@operation("AddmvBackward0", inplace=True)
def addmv(input: Node, mat: Node, vec: Node, *, beta: Structural = 1,
          alpha: Structural = 1) -> Node:
    """``beta * input + alpha * (mat @ vec)``."""
    if input.ndim > 1 or mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    return _plus(input, mv(mat, vec), beta, alpha)


@operation("BaddbmmBackward0", inplace=True)
def baddbmm(input: Node, batch1: Node, batch2: Node, *, beta: Structural = 1,
            alpha: Structural = 1) -> Node:
    """``beta * input + alpha * (batch1 @ batch2)``, matrix by matrix."""
    return _plus(input, bmm(batch1, batch2), beta, alpha)


@operation("AddbmmBackward0", inplace=True)
def addbmm(input: Node, batch1: Node, batch2: Node, *, beta: Structural = 1,
           alpha: Structural = 1) -> Node:
    """``beta * input`` and ``alpha`` times the sum of the products of matrices in two batches."""
    _batch(batch1, "batch1")
    _batch(batch2, "batch2")
    b, n, k = batch1.shape
    if batch2.shape[:2] != (b, k):
        raise RuntimeError("Incompatible matrix sizes for bmm "
                           f"({_by(batch1.shape[1:])} and {_by(batch2.shape[1:])})")
    _same_dtype(batch1, batch2)
    left = st.reshape(st.transpose(batch1, perm=(1, 0, 2)), shape=(n, b * k))
    right = st.reshape(batch2, shape=(b * k, batch2.shape[2]))
    return _plus(input, ct.matmul(left, right), beta, alpha)


@operation("AddrBackward0", inplace=True)
def addr(input: Node, vec1: Node, vec2: Node, *, beta: Structural = 1,
         alpha: Structural = 1) -> Node:
    """``beta * input + alpha * outer(vec1, vec2)``."""
    for x, name in ((vec1, "vec1"), (vec2, "vec2")):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    dtype = result_dtype(input, vec1, vec2)
    return _plus(as_dtype(input, dtype), as_dtype(outer(vec1, vec2), dtype), beta, alpha)


@operation("ViewBackward0", methods=())
def linear(input: Node, weight: Node, bias: Node | None = None) -> Node:
    """``input @ weight.T + bias``: input (..., n), weight (m, n) or (n), bias (m) or ()."""
    if not input.ndim or not weight.ndim:
        raise RuntimeError("both arguments to linear need to be at least 1D, but they are "
                           f"{input.ndim}D and {weight.ndim}D")
    out = matmul(input, t(weight))
    if bias is None:
        return out
    if bias.dtype is not out.dtype:
        raise RuntimeError(f"self and mat2 must have the same dtype, but got "
                           f"{bias.dtype.legacy_name} and {out.dtype.legacy_name}")
    expanded(bias.shape, out.shape)
    name = "AddmmBackward0" if out.ndim == 2 else "ViewBackward0"
    return called(el.add(out, bias), name, input, weight, bias)


@operation("AddBackward0", methods=())
def bilinear(input1: Node, input2: Node, weight: Node, bias: Node | None = None) -> Node:
    """``input1 @ weight[k] @ input2 + bias[k]``: (..., n), (..., m), (k, n, m) to (..., k)."""
    if input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError("bilinear(): input batch dimensions do not match: got "
                           f"{list(input1.shape[:-1])} and {list(input2.shape[:-1])}")
    _sizes_of_bilinear(input1, input2, weight, bias)
    k, n, m = weight.shape
    rows = math.prod(input1.shape[:-1])
    left = matmul(st.reshape(input1, shape=(rows, n)),
                  st.reshape(st.transpose(weight, perm=(1, 0, 2)), shape=(n, k * m)))
    right = st.reshape(input2, shape=(rows, m, 1))
    out = ct.matmul(st.reshape(left, shape=(rows, k, m)), right)
    out = st.reshape(out, shape=(*input1.shape[:-1], k))
    return out if bias is None else el.add(out, bias)


def _sizes_of_bilinear(a: Node, b: Node, weight: Node, bias: Node | None) -> None:
    for i, x in enumerate((a, b)):
        size = weight.shape[normal_dim(i + 1, weight.ndim)]
        if x.shape[-1] != size:
            raise RuntimeError(f"bilinear(): input{i + 1} size does not match weight size: got "
                               f"{x.shape[-1]} but expected {size}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError("bilinear(): bias size does not match weight size: got "
                           f"{bias.shape[0]} but expected {weight.shape[0]}")


# Over more dimensions
@operation("ViewBackward0", methods=())
def tensordot(a: Node, b: Node,
              dims: int | tuple[tuple[int, ...], tuple[int, ...]] = 2) -> Node:
    """The sum of products over dimensions: the last ``dims`` of ``a`` with the first of ``b``, or
    those given for each."""
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        first, second = tuple(range(-dims, 0)), tuple(range(dims))
    else:
        first, second = ((d,) if isinstance(d, int) else tuple(d) for d in dims)
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    if a.dtype is not b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    left, right = ([normal_dim(d, x.ndim) for d in ds] for x, ds in ((a, first), (b, second)))
    for i, j, p, q in zip(left, right, first, second, strict=True):
        m, n = a.shape[i], b.shape[j]
        if m != n and 1 not in (m, n):
            raise RuntimeError("contracted dimensions need to match, but first has size "
                               f"{m} in dim {p} and second has size {n} in dim {q}")
        if m == 1 != n:
            b = st.sum_to(b, shape=(*b.shape[:j], 1, *b.shape[j + 1:]))
        elif n == 1 != m:
            a = st.sum_to(a, shape=(*a.shape[:i], 1, *a.shape[i + 1:]))
    own = [i for i in range(a.ndim) if i not in left]
    others = [i for i in range(b.ndim) if i not in right]
    shape = tuple(a.shape[i] for i in own) + tuple(b.shape[i] for i in others)
    inner_size = math.prod(a.shape[i] for i in left)
    rows = st.reshape(st.transpose(a, perm=(*own, *left)),
                      shape=(math.prod(a.shape[i] for i in own), inner_size))
    columns = st.reshape(st.transpose(b, perm=(*right, *others)),
                         shape=(inner_size, math.prod(b.shape[i] for i in others)))
    return st.reshape(ct.matmul(rows, columns), shape=shape)


@operation("UnsafeViewBackward0")
def kron(input: Node, other: Node) -> Node:
    """The Kronecker product: each element of ``input`` times ``other``, in its place."""
    a, b = promoted(input, other)
    n = max(a.ndim, b.ndim)
    left, right = ((1,) * (n - x.ndim) + x.shape for x in (a, b))
    a = st.reshape(a, shape=tuple(k for m in left for k in (m, 1)))
    b = st.reshape(b, shape=tuple(k for m in right for k in (1, m)))
    return st.reshape(el.mul(a, b), shape=tuple(p * q for p, q in zip(left, right, strict=True)))


@operation("ViewBackward0", methods=())
def chain_matmul(*matrices: Each) -> Node:
    """The product of matrices, in the order of multiplying that costs least."""
    for x in matrices:
        if x.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {x.ndim}, expected 2 instead.")
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)


@operation("ViewBackward0", methods=())
def multi_dot(tensors: Nodes) -> Node:
    """The product of matrices, in the order of multiplying that costs least; the first and the last
    may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    factors = list(tensors)
    shape: Shape = ()
    for i, x in enumerate(tensors):
        if x.ndim == 1 and i == 0:
            factors[i] = st.reshape(x, shape=(1, x.size))
        elif x.ndim == 1 and i == len(tensors) - 1:
            factors[i] = st.reshape(x, shape=(x.size, 1))
        elif x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
    for i, (a, b) in enumerate(pairwise(factors)):
        if a.shape[1] != b.shape[0]:
            raise RuntimeError(f"multi_dot(): tensors {i} and {i + 1} with shapes "
                               f"{list(tensors[i].shape)} and {list(tensors[i + 1].shape)} cannot "
                               "be multiplied")
    if tensors[0].ndim == 2:
        shape = tensors[0].shape[:1]
    if tensors[-1].ndim == 2:
        shape = (*shape, tensors[-1].shape[1])
    split = _best_splits([x.shape[0] for x in factors] + [factors[-1].shape[1]])

    def product(i: int, j: int) -> Node:
        if i == j:
            return factors[i]
        k = split[i, j]
        return mm(product(i, k), product(k + 1, j))
    return reshaped(product(0, len(factors) - 1), shape)


def _best_splits(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to split each product of consecutive matrices, so that it costs least (Cormen et al.,
    Introduction to Algorithms, matrix-chain multiplication)."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j))
    return split


@operation("MmBackward0")
def matrix_power(input: Node, n: int) -> Node:
    """The product of ``n`` copies of each square matrix, or of its inverse for a negative ``n``."""
    if input.ndim < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 "
                           "dimensions.")
    rows, columns = input.shape[-2:]
    if rows != columns:
        raise RuntimeError("linalg.matrix_power: A must be batches of square matrices, but they "
                           f"are {rows} by {columns} matrices")
    if not isinstance(n, int):
        raise TypeError(f"matrix_power(): argument 'n' must be int, not {type(n).__name__}")
    if n < 0:
        input, n = lazy("engine.ops.decompositions").inv(input), -n
    if n == 0:
        unit = diag_embed(st.full(lift(1), shape=input.shape[:-1], dtype=input.dtype))
        return without_slope(input, unit)
    out: Node | None = None
    square = input
    while n:
        if n & 1:
            out = square if out is None else matmul(out, square)
        n >>= 1
        square = matmul(square, square) if n else square
    assert out is not None
    return called(st.copy(out), "CloneBackward0", input) if out is input else out


# Cross products
def _cross(a: Node, b: Node, dim: int) -> Node:
    a, b = promoted(a, b)
    shape = el.broadcast_shape(a.shape, b.shape)
    a, b = (x if x.shape == shape else st.broadcast_to(x, shape=shape) for x in (a, b))
    a1, a2 = (st.roll(a, shifts=(s,), axes=(dim,)) for s in (-1, -2))
    b1, b2 = (st.roll(b, shifts=(s,), axes=(dim,)) for s in (-1, -2))
    return el.sub(el.mul(a1, b2), el.mul(a2, b1))


@operation("LinalgCrossBackward0", methods=())
def linalg_cross(input: Node, other: Node, *, dim: int = -1) -> Node:
    """The cross product of vectors of three elements along ``dim``."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    d = normal_dim(dim, input.ndim)
    if input.shape[d] != 3 or other.shape[d] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got "
                           f"{input.shape[d]} and {other.shape[d]}")
    return _cross(input, other, d)


@operation("LinalgCrossBackward0")
def cross(input: Node, other: Node, dim: int | None = None) -> Node:
    """The cross product along ``dim``, or along the first dimension of length 3."""
    if dim is None:
        if 3 not in input.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input.shape.index(3)
    return linalg_cross(input, other, dim=dim)


# Distances
@operation("CdistBackward0", methods=())
def cdist(x1: Node, x2: Node, p: float = 2.0,
          compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Node:
    """The p-norms of the differences of rows: (..., n, k) and (..., m, k) to (..., n, m).

    The derivative where two rows are equal is 0. Every difference is made, whatever
    ``compute_mode`` says.
    """
    for x, name in ((x1, "X1"), (x2, "X2")):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
        if x.dtype.category != FLOAT:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: "
                               f"{x.dtype.legacy_name}")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype.legacy_name} but found "
                           f"{x2.dtype.legacy_name}")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError("X1 and X2 must have the same number of columns. X1: "
                           f"{x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    rows = st.reshape(x1, shape=(*x1.shape[:-1], 1, x1.shape[-1]))
    others = st.reshape(x2, shape=(*x2.shape[:-2], 1, *x2.shape[-2:]))
    return _norm_of_rows(el.sub(rows, others), p)


def _norm_of_rows(d: Node, p: float) -> Node:
    """The p-norm over the last dimension, with the derivative 0 at 0."""
    if p == 0:
        counted = _row_sum(el.mask(el.ne(d, lift(0)), d))
        return st.tether(counted, d) if d.requires_grad else counted
    if p == 1:
        return _row_sum(el.abs_(d))
    if p == math.inf:
        return _largest_of_rows(el.abs_(d))
    size = el.abs_(d)
    if p == 2:
        total = _row_sum(el.square(d))
    else:
        zero = el.eq(size, lift(0))
        total = _row_sum(el.where(zero, lift(0.0), el.pow_(el.where(zero, lift(1.0), size),
                                                            lift(p))))
    zero = el.eq(total, lift(0))
    safe = el.where(zero, lift(1.0), total)
    root = el.sqrt(safe) if p == 2 else el.pow_(safe, lift(1 / p))
    return el.where(zero, lift(0.0), root)


def _row_sum(x: Node) -> Node:
    return st.reshape(st.sum_to(x, shape=(*x.shape[:-1], 1)), shape=x.shape[:-1])


def _largest_of_rows(x: Node) -> Node:
    """The maximum over the last dimension, by halves; ties share the derivative."""
    n = x.shape[-1]
    if n == 0:
        return _row_sum(x)
    while n > 1:
        half = n // 2
        a, b = (st.slice_(x, lift(s), axes=(x.ndim - 1,), lengths=(half,), steps=(1,))
                for s in (0, half))
        top = el.maximum(a, b)
        if n % 2:
            last = st.slice_(x, lift(n - 1), axes=(x.ndim - 1,), lengths=(1,), steps=(1,))
            top = st.concatenate(top, last, axis=x.ndim - 1)
        x, n = top, half + n % 2
    return st.reshape(x, shape=x.shape[:-1])


ALIASES: dict[str, Operation] = {"ger": outer}
