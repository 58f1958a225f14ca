"""Which inputs each element of a value depends on, from those of the arguments: the rules of
sparsity patterns that rows of the table name.

The *rows* of a value are a sparse matrix of bools with a row for each of its elements (row by row)
and a column for each input. A rule ``rule(node, rows, way)`` makes the rows of ``node`` from those
of its arguments, by their positions; an argument that is not in ``rows`` depends on no input.
``way.known(x)`` is the value of a node that is the same for every input, else None;
``way.through(out, x, rows)`` are the rows of ``out``, which is linear in ``x``, a new input that
``way.free(shape, dtype)`` makes.

What a rule does not know it takes for a dependence: a pattern may have too much, never too little.
A row that names no rule has one by its kind of derivative (``transforms/sparsity.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..dtypes import int64
from ..graph import Jvp, Linear, Node

Rows = Any
"""A ``scipy.sparse`` matrix of bools, by rows."""
Rule = Callable[[Node, Mapping[int, Rows], Any], Rows]


# Rows
def matrix(data: Any, shape: tuple[int, int]) -> Rows:
    """Rows of what ``scipy.sparse.csr_array`` takes."""
    from scipy.sparse import csr_array
    return csr_array(data, shape=shape, dtype=bool)


def identity(n: int) -> Rows:
    """The rows of ``n`` inputs."""
    return matrix((np.ones(n, bool), np.arange(n), np.arange(n + 1)), (n, n))


def links(to: Any, source: Any, shape: tuple[int, int]) -> Rows:
    """The matrix that is true at the places (``to``, ``source``)."""
    to, source = np.ravel(to), np.ravel(source)
    return matrix((np.ones(to.size, bool), (to, source)), shape)


def taken(rows: Rows, places: Any) -> Rows:
    """The rows at ``places``, none where a place is negative."""
    places = np.ravel(places)
    if places.size == rows.shape[0] and np.array_equal(places, np.arange(places.size)):
        return rows
    lengths = np.diff(rows.indptr)
    safe = np.where(places < 0, 0, places)
    counts = np.where(places < 0, 0, lengths[safe] if lengths.size else 0)
    ends = np.concatenate([[0], np.cumsum(counts)])
    at = np.arange(ends[-1]) + np.repeat(rows.indptr[safe] - ends[:-1], counts)
    return matrix((np.ones(at.size, bool), rows.indices[at], ends), (places.size, rows.shape[1]))


def united(a: Rows | None, b: Rows | None) -> Rows | None:
    """The union of two rows; None stands for none."""
    if a is None or a is b:
        return b
    return a if b is None else (a + b).tocsr()


def positions(shape: tuple[int, ...]) -> Any:
    """The number of each element, row by row."""
    return np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)


def each_of_all(rows: Rows, groups: Any, back: Any) -> Rows:
    """The rows of a result whose element ``k`` depends on all elements whose group, in ``groups``,
    is ``back[k]``."""
    groups, back = np.ravel(groups), np.ravel(back)
    count = 1 + int(max(groups.max(initial=-1), back.max(initial=-1)))
    return taken(links(groups, np.arange(groups.size), (count, groups.size)) @ rows, back)


def anything(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Each element depends on all that any argument does; with an axis, on what is in its line."""
    found = None
    for i, each in rows.items():
        x, axis = node.args[i], node.params.get("axis")
        groups, back = np.zeros(x.size, int), np.zeros(node.size, int)
        if axis is not None and x.ndim == node.ndim and (
                x.shape[:axis] + x.shape[axis + 1:] == node.shape[:axis] + node.shape[axis + 1:]):
            lines = positions(x.shape[:axis] + x.shape[axis + 1:])
            groups, back = (np.broadcast_to(np.expand_dims(lines, axis), s)
                            for s in (x.shape, node.shape))
        found = united(found, each_of_all(each, groups, back))
    return found


# Rules
def passing(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Of a primitive whose elements are those of its first argument, one by one."""
    return rows.get(0)


def moving(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Of a primitive that puts elements of its arguments elsewhere: it is run on their numbers,
    counted from 1."""
    given: list[Any] = []
    parts, count = [], 1
    for i, arg in enumerate(node.args):
        if node.prim.derivative(i) is None:
            value = way.known(arg)
            if value is None:
                return anything(node, rows, way)
            given.append(value)
        elif i in rows:
            given.append(positions(arg.shape) + count)
            parts.append(rows[i])
            count += arg.size
        else:
            given.append(np.zeros(arg.shape, np.int64))
    params = {**node.params, "dtype": int64} if "dtype" in node.params else node.params
    places = np.asarray(node.prim.impl(*given, **params)) - 1
    if len(parts) == 1:
        return taken(parts[0], places)
    from scipy.sparse import vstack
    return taken(vstack(parts, "csr"), places)


def turned(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Of a linear primitive whose transpose puts elements elsewhere: the transpose of that."""
    found = None
    for i, each in rows.items():
        kind = node.prim.derivative(i)
        if kind is None:
            continue
        assert isinstance(kind, Linear)
        ct = way.free(node.shape, node.dtype)
        back = way.through(kind.T(ct, *node.args, **node.params), ct, identity(node.size))
        found = united(found, (back.T.tocsr() @ each).tocsr())
    return found


def choosing(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows | None:
    """Of ``where``: both branches, unless it is known which one."""
    condition, found = way.known(node.args[0]), None
    for i, each in rows.items():
        places = np.broadcast_to(positions(node.args[i].shape), node.shape)
        if condition is not None:
            places = np.where(np.logical_not(condition) if i == 2 else condition, places, -1)
        found = united(found, taken(each, places))
    return found


def groups_of_two(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Of complex numbers as pairs, or of pairs as complex numbers."""
    if node.size > node.args[0].size:
        return taken(rows[0], np.arange(node.size) // 2)
    return each_of_all(rows[0], np.arange(2 * node.size) // 2, np.arange(node.size))


def product(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Of ``matmul``: a factor that is the same for every input links by its nonzeros, any other
    one by all its elements."""
    batch, found = node.shape[:-2], None
    out = positions(node.shape)
    for i, each in rows.items():
        x, other = node.args[i], node.args[1 - i]
        ids = np.broadcast_to(positions(x.shape), (*batch, *x.shape[-2:]))
        factor = way.known(other)
        if factor is not None and np.count_nonzero(factor) < other.size:
            factor = np.broadcast_to(factor, (*batch, *other.shape[-2:]))
            *at, row, column = np.nonzero(factor)
            if i == 0:   # out[i, k] reads x[i, j] where factor[j, k] is not 0
                to, read = (*at, column), (*at, row)
            else:        # out[i, k] reads x[j, k] where factor[i, j] is not 0
                to, read = (*at, row), (*at, column)
            lines = [np.moveaxis(each, -2 + i, -1) for each in (out, ids)]
            new = (links(lines[0][to], lines[1][read], (node.size, x.size)) @ each).tocsr()
        else:
            axis = -1 - i
            line = positions(node.shape[:-1] if i == 0 else (*batch, node.shape[-1]))
            full = np.broadcast_to(np.expand_dims(line, axis), ids.shape)
            new = (links(full, ids, (line.size, x.size)) @ each).tocsr()
            new = taken(new, np.broadcast_to(np.expand_dims(line, axis), node.shape))
        found = united(found, new)
    return found


def tangents(node: Node, rows: Mapping[int, Rows], way: Any) -> Rows:
    """Of a primitive with tangent rules: those are linear graphs."""
    found = None
    for i, each in rows.items():
        kind = node.prim.derivative(i)
        if not isinstance(kind, Jvp):
            continue
        t = way.free(node.args[i].shape, node.args[i].dtype)
        tangent = kind.r(t, node, *node.args, **node.params)
        new = way.through(tangent, t, each)
        if new is not None and tangent.shape != node.shape:
            new = taken(new, np.broadcast_to(positions(tangent.shape), node.shape))
        found = united(found, new)
    return found
