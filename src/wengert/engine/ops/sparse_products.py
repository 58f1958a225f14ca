"""Products with a sparse matrix, given by its values and the rows and columns where they are.

:data:`sparse_product` is the matrix times a dense one, by ``scipy.sparse``; :data:`sampled_product`
the product of a dense matrix and another's transpose, at those places alone. Each is bilinear, and
their transposes are each other. Equal places add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType
from ..graph import Linear, Node, Primitive, Shape
from .batching import each, moved, numbers, reshaped
from .elementwise import common_dtype, conjugated
from .patterns import Rows, anything, links, positions, united
from .structural import is_half


def _sparse_product(values: Any, dense: Any, rows: Any, columns: Any, size: Shape) -> Any:
    from scipy.sparse import coo_array
    dtype = values.dtype
    wide = np.float32 if is_half(dtype) else dtype
    matrix = coo_array((asarray(values).astype(wide, copy=False), (rows, columns)), shape=size)
    return asarray(matrix @ asarray(dense).astype(wide, copy=False)).astype(dtype, copy=False)


def _sampled_product(a: Any, b: Any, rows: Any, columns: Any) -> Any:
    dtype = a.dtype
    if is_half(dtype):
        a, b = a.astype(np.float32), b.astype(np.float32)
    return np.einsum("pk,pk->p", a[rows], b[columns]).astype(dtype, copy=False)


def _size(values: Node, dense: Node, rows: Node, columns: Node,
          size: Shape) -> tuple[Shape, DType]:
    return (size[0], dense.shape[1]), common_dtype((values, dense))


def _places(a: Node, b: Node, rows: Node, columns: Node) -> tuple[Shape, DType]:
    return rows.shape, common_dtype((a, b))


def _beside(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """The samples' matrices as blocks of one; a matrix that is the same for all has more
    columns."""
    if mapped == [False, True, False, False] and prim is sparse_product:
        values, dense, rows, columns = args
        k = dense.shape[2]
        wide = reshaped(moved(dense, 0, 1), (dense.shape[1], n * k))
        out = prim(values, wide, rows, columns, **params)
        return moved(reshaped(out, (params["size"][0], n, k)), 1, 0)
    a, b, rows, columns = (each(x, m, n) for x, m in zip(args, mapped, strict=True))
    sampled = prim is sampled_product
    height, width = (a.shape[1], b.shape[1]) if sampled else params["size"]
    below = [reshaped(x + numbers(n, 1) * length, (x.size,))
             for x, length in ((rows, height), (columns, width))]
    flat = [reshaped(x, (x.shape[0] * x.shape[1], *x.shape[2:])) for x in (a, b)]
    if sampled:
        return reshaped(prim(*flat, *below), rows.shape)
    out = prim(*flat, *below, size=(n * height, n * width))
    return reshaped(out, (n, height, b.shape[2]))


def _at_places(node: Node, given: Mapping[int, Rows], way: Any) -> Rows | None:
    """What the products depend on: each value of the matrix links elements alone."""
    rows, columns = map(way.known, node.args[2:])
    if rows is None or columns is None:
        return anything(node, given, way)
    out, found = positions(node.shape), None
    for i, each_ in given.items():
        x = positions(node.args[i].shape)
        if node.prim is sampled_product:
            read = x[columns if i else rows]
            to = np.broadcast_to(out[:, None], read.shape)
        else:
            to = out[rows]
            read = x[columns] if i else np.broadcast_to(x[:, None], to.shape)
        found = united(found, (links(to, read, (node.size, x.size)) @ each_).tocsr())
    return found


sparse_product: Primitive = Primitive(
    "sparse_product", _sparse_product, _size,
    (Linear(lambda ct, values, dense, rows, columns, size:
            sampled_product(ct, conjugated(dense), rows, columns)),
     Linear(lambda ct, values, dense, rows, columns, size:
            sparse_product(conjugated(values), ct, columns, rows, size=size[::-1])), None),
    "sparse({0} at {2}, {3}) @ {1}", batch=_beside, pattern=_at_places)
sampled_product: Primitive = Primitive(
    "sampled_product", _sampled_product, _places,
    (Linear(lambda ct, a, b, rows, columns: sparse_product(
        ct, conjugated(b), rows, columns, size=(a.shape[0], b.shape[0]))),
     Linear(lambda ct, a, b, rows, columns: sparse_product(
         ct, conjugated(a), columns, rows, size=(b.shape[0], a.shape[0]))), None),
    "({0} @ {1}.T) at {2}, {3}", batch=_beside, pattern=_at_places)
