"""What functions of torch do with sparse tensors, by their names.

Products go through ``scipy.sparse`` (``engine/ops/sparse_products.py``); the rest is done to the
values, as PyTorch does it for these layouts, and nothing is made dense that PyTorch would not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...engine.devices import sparse_coo, sparse_csc, sparse_csr
from ...engine.recording.handle import Handle
from ...engine.recording.recording import dtype_of, shape_of
from ...functions.joins import cat as _cat
from ...functions.sparse_products import product_at, sparse_times_dense
from ..operators import Tensor
from ..overriding import look
from ..recorded import function
from .layouts import (
    coalesced,
    compressed,
    coordinates,
    dense,
    numbers_of,
    tensor_of,
)
from .tensor import HANDLERS, coo, is_sparse, made, refuse

at_places, join = function(product_at), function(_cat)
times_dense = function(sparse_times_dense)


def handles(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what functions of these names do."""
    def enter(handler: Callable[..., Any]) -> Callable[..., Any]:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler
    return enter


def is_tensor(x: Any) -> bool:
    return isinstance(x, Handle)


def in_place(x: Any, new: Any) -> Any:
    """``x``, which is ``new`` from now on."""
    if x._leaf:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place "
                           "operation.")
    x._layout, x._index, x._v, x._coalesced = new._layout, new._index, new._v, new._coalesced
    return x


# ---- values, one by one ----

KEEP_ZERO = [
    "abs", "neg", "negative", "positive", "sin", "tan", "asin", "arcsin", "atan", "arctan",
    "sinh", "asinh", "arcsinh", "tanh", "atanh", "arctanh", "sqrt", "square", "ceil", "floor",
    "round", "trunc", "sign", "sgn", "expm1", "log1p", "deg2rad", "rad2deg", "relu", "erf",
    "erfinv", "isnan", "isinf", "isneginf", "isposinf", "nan_to_num", "frac", "pow", "conj",
    "conj_physical", "resolve_conj", "absolute"]
LINEAR = {"neg", "negative", "positive", "conj", "resolve_conj"}


def by_value(name: str) -> Callable[..., Any]:
    """A function that keeps 0 as it is, applied to the values."""
    def apply(x: Any, *args: Any, **kwargs: Any) -> Any:
        if name == "pow":
            exponent = args[0] if args else kwargs["exponent"]
            if not is_sparse(x) or is_tensor(exponent) or exponent <= 0:
                refuse("pow", x)
        if x._layout is sparse_coo and name not in LINEAR:
            x = coalesced(x)
        return x.like(getattr(x._v, name)(*args, **kwargs))
    return apply


for _name in KEEP_ZERO:
    HANDLERS[_name] = by_value(_name)
    HANDLERS[f"{_name}_"] = lambda x, *args, _of=HANDLERS[_name], **kw: in_place(
        x, _of(x, *args, **kw))
HANDLERS |= {"__neg__": HANDLERS["neg"], "__abs__": HANDLERS["abs"], "__pow__": HANDLERS["pow"],
             "__pos__": HANDLERS["positive"]}


# ---- arithmetic ----


@handles("mul", "multiply", "__mul__", "__rmul__")
def mul(x: Any, y: Any) -> Any:
    """A product: with a number, a dense tensor (sparse), a sparse one (where both have values)."""
    if not is_sparse(x):
        x, y = y, x
    if not is_tensor(y) or (not is_sparse(y) and not shape_of(y)):
        return x.like(x._v * y)
    check_same_size("mul", x, y)
    if not is_sparse(y):
        index = x.places()
        count = index.shape[0]
        flat = y.reshape(math.prod(shape_of(y)[:count]), *shape_of(y)[count:])
        return x.like(x._v * flat.index_select(0, tensor_of(numbers_of(index, shape_of(y)))))
    layout, (x, y) = x._layout, map(coalesced, map(coordinates, (x, y)))
    if x.same_places(y):
        found = x.like(x._v * y._v)
    else:
        size = shape_of(x)
        _, a, b = np.intersect1d(numbers_of(x._index[0], size), numbers_of(y._index[0], size),
                                 assume_unique=True, return_indices=True)
        found = coo(x._index[0][:, a], x._v.index_select(0, tensor_of(a))
                    * y._v.index_select(0, tensor_of(b)), size, True)
    return found if layout is sparse_coo else compressed(found, layout)


@handles("div", "divide", "true_divide", "__truediv__")
def div(x: Any, y: Any, *, rounding_mode: Any = None) -> Any:
    """A quotient by a number or a dense tensor of no dimensions."""
    if not is_sparse(x) or is_sparse(y) or (is_tensor(y) and shape_of(y)):
        shape = list(shape_of(y)) if is_tensor(y) else []
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor "
                           f"(got shape {shape} for divisor)")
    return x.like(x._v.div(y, rounding_mode=rounding_mode) if rounding_mode else x._v / y)


@handles("add", "__add__")
def add(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """``x + alpha * y``: dense where one is dense."""
    if not is_sparse(y) or not is_tensor(x):
        if not is_tensor(x) or not is_tensor(y) or x._layout is sparse_coo:
            raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) "
                               "instead.")
        return dense(x) + y * alpha
    check_same_size("add", x, y)
    scaled = y._v if not is_tensor(alpha) and alpha == 1 else y._v * alpha
    if not is_sparse(x):
        index, size = y.places(), shape_of(x)
        count = index.shape[0]
        flat = x.reshape(math.prod(size[:count]), *size[count:])
        kind = (flat[:0].sum() + scaled[:0].sum()).dtype
        return flat.to(kind).index_add(0, tensor_of(numbers_of(index, size)),
                                       scaled.to(kind)).reshape(size)
    if x._layout is not y._layout:
        raise RuntimeError(f"add of tensors in the layouts {x._layout} and {y._layout}: convert "
                           "one of them")
    if x.same_places(y):
        return x.like(x._v + scaled)
    layout = x._layout
    a, b = coordinates(x), coordinates(y)
    both = coo(np.concatenate([a._index[0], b._index[0]], 1), join([a._v, scaled]), shape_of(x))
    if layout is sparse_coo:
        return coalesced(both) if a._coalesced and b._coalesced else both
    return compressed(both, layout)


@handles("sub", "subtract", "__sub__")
def sub(x: Any, y: Any, *, alpha: Any = 1) -> Any:
    """``x - alpha * y``."""
    return add(x, y, alpha=-alpha)


def written(operation: Callable[..., Any]) -> Callable[..., Any]:
    """An operation whose result is written to its first argument, sparse or dense."""
    def write(x: Any, *args: Any, **kwargs: Any) -> Any:
        new = operation(x, *args, **kwargs)
        return in_place(x, new) if is_sparse(x) else x.copy_(new)
    return write


for _name, _operation in {"add": add, "sub": sub, "mul": mul, "div": div}.items():
    HANDLERS[f"{_name}_"] = written(_operation)
    HANDLERS[f"__i{'truediv' if _name == 'div' else _name}__"] = written(_operation)


def check_same_size(name: str, x: Any, y: Any) -> None:
    if shape_of(x) != shape_of(y):
        raise RuntimeError(f"{name}: expected 'self' and 'other' to have same sizes, but "
                           f"{list(shape_of(x))} != {list(shape_of(y))}")


# ---- products ----


def matrix_of(x: Any, name: str) -> tuple[Any, Any]:
    """The rows and columns of a sparse matrix, as tensors."""
    if len(shape_of(x)) != 2 or x.dense_dim():
        raise RuntimeError(f"{name}: a sparse matrix is wanted, with no dense dimensions, got "
                           f"{len(shape_of(x))} dimensions, {x.dense_dim()} of them dense")
    rows, columns = x.places()
    return tensor_of(rows), tensor_of(columns)


@handles("matmul", "mm", "smm", "spmm", "dsmm", "hsmm", "__matmul__")
def mm(x: Any, y: Any) -> Any:
    """A matrix product: dense where one factor is, else sparse."""
    if is_sparse(x) and len(shape_of(y)) == 1:
        return mv(x, y)
    if not is_sparse(x) and len(shape_of(x)) == 1:
        return mv(transposed(y), x)
    a, b = shape_of(x), shape_of(y)
    if len(a) != 2 or len(b) != 2 or a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_by(a)} and {_by(b)})")
    if dtype_of(x) is not dtype_of(y):
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {dtype_of(x)!r} "
                           f"!= {dtype_of(y)!r}")
    if not is_sparse(x):
        return mm(transposed(y), x.t()).t()
    if not is_sparse(y):
        return times_dense(x._v, y, *matrix_of(x, "mm"), a[0], a[1])
    return sparse_mm(x, y)


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def sparse_mm(x: Any, y: Any) -> Any:
    """The product of two sparse matrices: for each pair of values that meet, their product."""
    layout = x._layout
    a, b = coalesced(coordinates(x)), compressed(coordinates(y), sparse_csr)
    rows, columns = a._index[0]
    begins, others = b._index
    counts = np.diff(begins)[columns]
    left = np.repeat(np.arange(rows.size), counts)
    right = np.arange(left.size) + np.repeat(begins[columns] - np.cumsum(counts) + counts, counts)
    values = a._v.index_select(0, tensor_of(left)) * b._v.index_select(0, tensor_of(right))
    found = coalesced(made(sparse_coo, (np.stack([rows[left], others[right]]),), values,
                           (shape_of(x)[0], shape_of(y)[1]), False))
    return found if layout is sparse_coo else compressed(found, layout)


@handles("bmm")
def bmm(x: Any, y: Any) -> Any:
    """The products of the matrices of a sparse (b, n, m) and of a dense (b, m, p)."""
    a, b = shape_of(x), shape_of(y)
    if not is_sparse(x) or is_sparse(y) or x._layout is not sparse_coo:
        refuse("bmm but of a COO and a dense tensor", x if is_sparse(x) else y)
    if len(a) != 3 or len(b) != 3 or a[0] != b[0] or a[2] != b[1] or x.dense_dim():
        raise RuntimeError(f"bmm: expected batches of matrices that fit, got {list(a)} and "
                           f"{list(b)}")
    k, rows, columns = x._index[0]
    wide = made(sparse_coo, (np.stack([k * a[1] + rows, k * a[2] + columns]),), x._v,
                (a[0] * a[1], a[0] * a[2]), False)
    return mm(wide, y.reshape(b[0] * b[1], b[2])).reshape(a[0], a[1], b[2])


@handles("mv")
def mv(x: Any, y: Any) -> Any:
    """A sparse matrix times a vector."""
    if not is_sparse(x) or is_sparse(y):
        refuse("mv", x if is_sparse(x) else y)
    if len(shape_of(x)) != 2 or shape_of(x)[1:] != shape_of(y):
        raise RuntimeError(f"mv: expected a matrix and a vector that fit, got {_by(shape_of(x))} "
                           f"and {_by(shape_of(y))}")
    return mm(x, y.unsqueeze(1)).squeeze(1)


@handles("addmm", "sspaddmm", "saddmm")
def addmm(input: Any, x: Any, y: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (x @ y)``."""
    found = mm(x, y)
    found = found if alpha == 1 else found * alpha
    if beta == 0:
        return found
    return add(input, found) if is_sparse(input) or is_sparse(found) else (
        input * beta + found)


@handles("t", "T", "adjoint", "transpose", "swapaxes", "swapdims", "mT")
def transposed(x: Any, dim0: int = 0, dim1: int = 1) -> Any:
    """It with two dimensions exchanged: CSR becomes CSC, and the other way round."""
    ndim = len(shape_of(x))
    if ndim < 2:
        return x
    dim0, dim1 = dim0 % ndim, dim1 % ndim
    order = list(range(ndim))
    order[dim0], order[dim1] = dim1, dim0
    size = tuple(shape_of(x)[i] for i in order)
    if x._layout is not sparse_coo:
        other = sparse_csc if x._layout is sparse_csr else sparse_csr
        return x if dim0 == dim1 else made(other, x._index, x._v, size, False)
    if max(dim0, dim1) >= x.sparse_dim():
        raise RuntimeError("transpose: a dense dimension of a sparse tensor stays where it is")
    return made(sparse_coo, (x._index[0][order],), x._v, size, dim0 == dim1 and x._coalesced)


@handles("linear")
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x @ weight.T + bias``, of a sparse ``x`` or ``weight``."""
    found = mm(x, HANDLERS["t"](weight) if is_sparse(weight) else weight.t())
    return found if bias is None else found + bias


@handles("sampled_addmm")
def sampled_addmm(input: Any, x: Any, y: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (x @ y)`` where ``input`` has values."""
    if input._layout is sparse_coo:
        raise RuntimeError("Expected self to have layout sparse_csr, but got layout Sparse")
    found = at_places(x, y.t(), *matrix_of(input, "sampled_addmm"))
    return input.like(input._v * beta + found * alpha)


# Methods of dense tensors that may be given a sparse one, by their names.
for _name in ("add", "add_", "sub", "sub_", "mul", "mul_", "mm", "matmul", "addmm", "addmm_",
              "copy_", "__iadd__", "__isub__", "is_same_size"):
    look(getattr(Tensor, _name))

__all__ = ["add", "addmm", "check_same_size", "handles", "in_place", "join", "mm", "mul"]
