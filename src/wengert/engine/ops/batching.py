"""How primitives take one axis more: the rules of a ``vmap`` that rows of the table name.

A rule ``rule(prim, n, mapped, args, params)`` makes the node that is ``prim`` for ``n`` samples at
once. The arguments that are ``mapped`` have the samples as their first axis, and so has the result;
the others are the same for every sample. A row that names none is mapped by
:func:`by_names`: axes are counted one further, and what is not mapped is repeated.

The rules apply primitives that stand in files above this one, so they look them up in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..dtypes import int64
from ..graph import TABLE, Node, Primitive, Shape, lift

Rule = Callable[[Primitive, int, Sequence[bool], Sequence[Node], dict[str, Any]], Node]


# Shapes
def reshaped(x: Node, shape: Shape) -> Node:
    """``x`` in another shape."""
    return x if x.shape == shape else TABLE["reshape"](x, shape=shape)


def repeated(x: Node, shape: Shape) -> Node:
    """``x`` broadcast to a shape."""
    return x if x.shape == shape else TABLE["broadcast_to"](x, shape=shape)


def turned(x: Node, perm: Shape) -> Node:
    """``x`` with its axes in another order."""
    return x if perm == tuple(range(x.ndim)) else TABLE["transpose"](x, perm=perm)


def moved(x: Node, start: int, to: int, count: int = 1) -> Node:
    """``x`` with ``count`` axes from ``start`` on at ``to``."""
    moving = range(start, start + count)
    rest = [i for i in range(x.ndim) if i not in moving]
    return turned(x, (*rest[:to], *moving, *rest[to:]))


def aligned(x: Node, ndim: int) -> Node:
    """``x``, whose first axis is the samples', with ``ndim`` axes after it: it broadcasts."""
    missing = ndim + 1 - x.ndim
    return x if missing <= 0 else reshaped(x, (x.shape[0], *(1,) * missing, *x.shape[1:]))


def each(x: Node, mapped: bool, n: int) -> Node:
    """``x`` for each of ``n`` samples; a Python number stays one."""
    return x if mapped or x.weak else repeated(x, (n, *x.shape))


def ndim_of(x: Node, mapped: bool) -> int:
    """The number of dimensions that ``x`` has in a sample."""
    return x.ndim - mapped


def numbers(n: int, ndim: int) -> Node:
    """The numbers of the samples, with ``ndim`` axes of length 1 after them."""
    ones = TABLE["full"](lift(1), shape=(n,), dtype=int64)
    return reshaped(TABLE["cumsum"](ones, axis=0) - 1, (n, *(1,) * ndim))


# Rules that follow from a kind, or from names
def meeting(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """Of an elementwise primitive: its arguments broadcast."""
    ndim = max(map(ndim_of, args, mapped))
    return prim(*[aligned(x, ndim) if m else x for x, m in zip(args, mapped, strict=True)],
                **params)


def by_names(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
             params: dict[str, Any]) -> Node:
    """``axes``, ``axis`` and ``dims`` count dimensions from the front, ``perm`` lists them all,
    ``shape`` is that of the result; the last dimensions stay the last."""
    return prim(*[each(x, m, n) for x, m in zip(args, mapped, strict=True)],
                **one_further(n, params))


def one_further(n: int, params: dict[str, Any]) -> dict[str, Any]:
    """Parameters for arguments with one axis more in front."""
    new = dict(params)
    for name, value in params.items():
        if name in ("axes", "dims"):
            new[name] = tuple([axis + 1 for axis in value])
        elif name == "axis":
            new[name] = value + 1
        elif name == "perm":
            new[name] = (0, *[axis + 1 for axis in value])
        elif name == "shape":
            new[name] = (n, *value)
    return new


def folded(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
           params: dict[str, Any]) -> Node:
    """Of a primitive that treats the elements of the first dimension alike: there are more."""
    given = [each(x, m, n) for x, m in zip(args, mapped, strict=True)]
    out = prim(*[reshaped(x, (n * x.shape[1], *x.shape[2:])) for x in given], **params)
    return reshaped(out, (n, given[0].shape[1], *out.shape[1:]))


def leading(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """Of a primitive of matrices, whose leading dimensions broadcast."""
    ndim = max(map(ndim_of, args, mapped))
    return prim(*[aligned(x, ndim) if m else x for x, m in zip(args, mapped, strict=True)],
                **params)


# Structure
def filling(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """Of ``full``, and of ``broadcast_to``: the value broadcasts to the shape."""
    shape = params["shape"]
    return prim(aligned(args[0], len(shape)), **{**params, "shape": (n, *shape)})


def summing_to(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
               params: dict[str, Any]) -> Node:
    """Of ``sum_to``."""
    x, shape = args[0], params["shape"]
    lead = (1,) * (x.ndim - 1 - len(shape))
    return reshaped(prim(x, shape=(n, *lead, *shape)), (n, *shape))


def windows(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """Of windows: a sample is a step along the first dimension."""
    new = one_further(n, params)
    new["size"] = (n, *params["size"])
    width = len(params["start"])
    new["moves"] = ((1, *(0,) * width), *[(0, *move) for move in params["moves"]])
    new["start"] = (0, *params["start"])
    shape = (n, *params["size"])
    given = [each(x, m, n) for x, m in zip(args, mapped, strict=True)]
    if len(given) == 2 and not given[1].weak:
        given[1] = repeated(aligned(given[1], len(params["size"])), shape)
    return prim(*given, **new)


def slicing(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """Of ``slice``, ``place`` and ``update``: where a part begins elsewhere in each sample, its
    elements are taken by their places."""
    count = len(args) - len(params["axes"])
    if not any(mapped[count:]):
        given = [each(x, m, n) for x, m in zip(args[:count], mapped, strict=False)]
        if count == 2 and not given[1].weak:   # what is written may be smaller than the part
            given[1] = aligned(given[1], given[0].ndim - 1)
        return prim(*given, *args[count:], **one_further(n, params))
    axes, starts = params["axes"], args[count:]
    shape = params.get("shape") or args[0].shape[mapped[0]:]
    ndim = len(shape)
    places = []
    for k, axis in enumerate(axes):
        start = starts[k]
        if not start.weak:
            start = reshaped(start, (n,) if mapped[count + k] else ())
            if start.dtype is not int64:
                start = TABLE["cast"](start, dtype=int64)
        start = TABLE["where"](TABLE["lt"](start, lift(0)), start + shape[axis], start)
        line = numbers(params["lengths"][k], 0) * params["steps"][k]
        line = reshaped(line, tuple(line.size if i == k else 1 for i in range(len(axes))))
        start = aligned(start, len(axes)) if mapped[count + k] else start
        places.append(start + reshaped(line, (1, *line.shape)))
    lengths = dict(zip(axes, params["lengths"], strict=True))
    part = tuple(lengths.get(i, length) for i, length in enumerate(shape))
    index = (numbers(n, len(axes)), *places)
    dims = (0, *[axis + 1 for axis in axes])
    in_front = [*axes, *[i for i in range(ndim) if i not in axes]]
    order = (0, *[1 + in_front.index(i) for i in range(ndim)])
    given = [each(x, m, n) for x, m in zip(args[:count], mapped, strict=False)]
    if prim is TABLE["slice"]:
        found = indexed_in_front(given[0], index, dims)
        return turned(found, order)
    if given[-1].weak:
        return TABLE["index_put"](given[0], given[-1], *index, dims=dims)
    value = repeated(aligned(given[-1], ndim), (n, *part))
    back = turned(value, tuple(sorted(range(ndim + 1), key=order.__getitem__)))
    back = behind_places(back, dims, len(axes) + 1)
    if prim is TABLE["place"]:
        return TABLE["put_add"](back, *index, shape=(n, *shape), dims=dims)
    return TABLE["index_put"](given[0], back, *index, dims=dims)


# Places
def adjacent(dims: Shape) -> bool:
    """Whether indexed dimensions follow each other: the places then stand where they were."""
    return dims[-1] - dims[0] == len(dims) - 1


def indexed_in_front(x: Node, index: Sequence[Node], dims: Shape) -> Node:
    """``x`` at places, with the dimensions of the places in front."""
    found = TABLE["index"](x, *index, dims=dims)
    count = max(a.ndim for a in index)
    return moved(found, dims[0], 0, count) if adjacent(dims) else found


def behind_places(v: Node, dims: Shape, count: int) -> Node:
    """``v``, which has the ``count`` dimensions of places in front, with these where indexing
    leaves them."""
    return moved(v, 0, dims[0], count) if adjacent(dims) else v


class Places:
    """Arrays that index ``dims`` of a sample, as arrays that index the samples' axis too; ``at`` is
    where their dimensions stand in a sample's result."""

    def __init__(self, n: int, arrays: Sequence[Node], mapped: Sequence[bool],
                 dims: Shape) -> None:
        self.count = max(map(ndim_of, arrays, mapped))
        self.at = dims[0] if adjacent(dims) else 0
        given = [aligned(a, self.count) if m else a for a, m in zip(arrays, mapped, strict=True)]
        self.index = (numbers(n, self.count), *given)
        self.dims = (0, *[d + 1 for d in dims])

    def found(self, x: Node) -> Node:
        """What ``x`` has there."""
        out = indexed_in_front(x, self.index, self.dims)
        return moved(out, 1, 1 + self.at, self.count)

    def given(self, v: Node) -> Node:
        """``v``, what is to go there, as indexing would leave it."""
        v = moved(v, 1 + self.at, 1, self.count)
        return behind_places(v, self.dims, self.count + 1)


def indexing(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
             params: dict[str, Any]) -> Node:
    """Of ``index``."""
    dims = params["dims"]
    x, arrays = args[0], args[1:]
    if not any(mapped[1:]):
        further = tuple([d + 1 for d in dims])
        out = prim(x, *arrays, dims=further)
        return out if adjacent(dims) else moved(out, max(a.ndim for a in arrays), 0)
    if not mapped[0]:   # the places of all samples at once
        count = max(map(ndim_of, arrays, mapped[1:]))
        given = [aligned(a, count) if m else a for a, m in zip(arrays, mapped[1:], strict=True)]
        out = prim(x, *given, dims=dims)
        return moved(out, dims[0], 0) if adjacent(dims) else out
    return Places(n, arrays, mapped[1:], dims).found(x)


def adding_at(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
              params: dict[str, Any]) -> Node:
    """Of ``put_add``."""
    v, arrays, dims = each(args[0], mapped[0], n), args[1:], params["dims"]
    shape = (n, *params["shape"])
    if not any(mapped[1:]):
        if not adjacent(dims):
            v = moved(v, 0, max(a.ndim for a in arrays))
        return prim(v, *arrays, shape=shape, dims=tuple([d + 1 for d in dims]))
    places = Places(n, arrays, mapped[1:], dims)
    return prim(places.given(v), *places.index, shape=shape, dims=places.dims)


def putting(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
            params: dict[str, Any]) -> Node:
    """Of ``index_put``."""
    x, dims = each(args[0], mapped[0], n), params["dims"]
    v = args[1] if args[1].weak else aligned(each(args[1], mapped[1], n), 0)
    arrays, which = args[2:], mapped[2:]
    lengths = [a.shape[m:] for a, m in zip(arrays, which, strict=True)]
    count = max(map(len, lengths))
    joint = tuple([max([s[i - count] if len(s) >= count - i else 1 for s in lengths])
                   if all(s[i - count] != 0 for s in lengths if len(s) >= count - i) else 0
                   for i in range(count)])
    at = dims[0] if adjacent(dims) else 0
    rest = [length for i, length in enumerate(x.shape[1:]) if i not in dims]
    part = (*rest[:at], *joint, *rest[at:])
    if not v.weak:
        v = repeated(aligned(v, len(part)), (n, *part))
    if not any(which):
        if not adjacent(dims) and not v.weak:
            v = moved(v, 0, count)
        return prim(x, v, *arrays, dims=tuple([d + 1 for d in dims]))
    places = Places(n, arrays, which, dims)
    return prim(x, v if v.weak else places.given(v), *places.index, dims=places.dims)


def last_writes(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
                params: dict[str, Any]) -> Node:
    """Of ``lasts``."""
    places = Places(n, args, mapped, params["dims"])
    return prim(*places.index, shape=(n, *params["shape"]), dims=places.dims)


def along(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
          params: dict[str, Any]) -> Node:
    """Of primitives with places along an axis, as the last argument; a value may be smaller."""
    given = [each(x, m, n) for x, m in zip(args, mapped, strict=True)]
    ndim = given[-1].ndim - 1
    return prim(*[x if x.weak else aligned(x, ndim) for x in given], **one_further(n, params))


def rows(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
         params: dict[str, Any]) -> Node:
    """Of ``rows``: places in the first dimension."""
    if not mapped[0]:
        return prim(*args)
    return indexing(TABLE["index"], n, mapped, [args[0], TABLE["bounded"](
        args[1], size=args[0].shape[1], dim=None)], {"dims": (0,)})


def lead(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
         params: dict[str, Any]) -> Node:
    """Of a primitive that takes all dimensions after the first ``lead`` together."""
    given = [each(x, m, n) for x, m in zip(args, mapped, strict=True)]
    return prim(*given, **{**params, "lead": params.get("lead", 0) + 1})


def searching(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
              params: dict[str, Any]) -> Node:
    """Of ``searchsorted``: one row of edges for all values, or one for each row of them."""
    edges, values = args
    if not mapped[0] and edges.ndim == 1:
        return prim(edges, values, **params)
    single = ndim_of(edges, mapped[0]) == 1
    edges, values = each(edges, mapped[0], n), each(values, mapped[1], n)
    if not single:
        return prim(edges, values, **params)
    flat = reshaped(values, (n, values.size // n if n else 0))
    return reshaped(prim(edges, flat, **params), values.shape)


def whole_product(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
                  params: dict[str, Any]) -> Node:
    """Of ``inner``, the sum of all products."""
    a, b = (each(x, m, n) for x, m in zip(args, mapped, strict=True))
    return TABLE["sum"](a * b, axes=tuple(range(1, a.ndim)), keepdims=False)


# Products
FEW = 1 << 12
"""A matrix of so many elements is worth a copy that makes one product of many."""


def products(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
             params: dict[str, Any]) -> Node:
    """Of ``matmul``: where one factor is the same for every sample, and a matrix, it is one product
    of larger matrices."""
    a, b = args
    if mapped[0] and not mapped[1] and b.ndim == 2 and a.dtype is b.dtype and (
            are_units(a, b.shape[0])):
        return reshaped(b, (*a.shape[:-1], b.shape[-1]))
    if mapped[1] and not mapped[0] and a.ndim == 2 and a.dtype is b.dtype and (
            are_units(b, a.shape[1])):
        return reshaped(turned(a, (1, 0)), (n, a.shape[0], 1))
    if mapped[0] and not mapped[1] and b.ndim == 2:
        out = prim(reshaped(a, (a.size // a.shape[-1] if a.shape[-1] else _count(a), a.shape[-1])),
                   b)
        return reshaped(out, (*a.shape[:-1], b.shape[-1]))
    if mapped[1] and not mapped[0] and a.ndim == 2 and (
            b.shape[-1] == 1 or b.shape[-1] * b.shape[-2] <= FEW):
        swapped = (*range(b.ndim - 2), b.ndim - 1, b.ndim - 2)
        rows = turned(b, swapped)
        flat = reshaped(rows, (_count(rows), rows.shape[-1]))
        out = reshaped(prim(flat, turned(a, (1, 0))), (*rows.shape[:-1], a.shape[0]))
        return turned(out, swapped)
    return leading(prim, n, mapped, args, params)


def are_units(x: Node, n: int) -> bool:
    """Whether the ``n`` samples of ``x`` are the unit vectors, as ``fused.units`` makes them, and
    have one row or one column each: a product with them chooses."""
    if x.shape not in ((n, n), (n, 1, n), (n, n, 1)):
        return False
    while x.prim is TABLE["reshape"] or (x.prim is TABLE["transpose"] and x.ndim == 2) or (
            x.prim is TABLE["transpose"] and x.params["perm"] == (0, 2, 1)):
        x = x.args[0]
    made = x.args[0] if x.prim is TABLE["cast"] else x
    return x.shape == (n, n) and made.prim is TABLE["eq"] and (
        made.args[0].prim is TABLE["position"])


def _count(x: Node) -> int:
    count = 1
    for length in x.shape[:-1]:
        count *= length
    return count


def solutions(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
              params: dict[str, Any]) -> Node:
    """Of a linear system: where the matrix is the same for every sample, there are more right-hand
    sides."""
    a, b = args
    if mapped[0] or a.ndim != 2 or b.ndim != 3:
        return leading(prim, n, mapped, args, params)
    rows, columns = b.shape[1:]
    out = prim(a, reshaped(turned(b, (1, 0, 2)), (rows, n * columns)), **params)
    return turned(reshaped(out, (out.shape[0], n, columns)), (1, 0, 2))


# Convolutions: samples are more images where the weight is the same, else more groups.
def _joined(x: Node, at: int, groups: int) -> Node:
    """``x`` (n, ...) with the samples inside the dimension ``at`` of a sample, after its groups."""
    n, size = x.shape[0], x.shape[1 + at]
    rest = x.shape[1:1 + at], x.shape[2 + at:]
    x = reshaped(x, (n, *rest[0], groups, size // groups, *rest[1]))
    return reshaped(moved(x, 0, at + 1), (*rest[0], n * size, *rest[1]))


def _parted(x: Node, at: int, groups: int, n: int) -> Node:
    """The inverse of :func:`_joined`."""
    size = x.shape[at] // n
    rest = x.shape[:at], x.shape[at + 1:]
    x = reshaped(x, (*rest[0], groups, n, size // groups, *rest[1]))
    return reshaped(moved(x, at + 1, 0), (n, *rest[0], size, *rest[1]))


def _stacked(x: Node, at: int) -> Node:
    """``x`` (n, ...) with the samples in front of the elements of the dimension ``at``."""
    x = moved(x, 0, at)
    return reshaped(x, (*x.shape[:at], x.shape[at] * x.shape[at + 1], *x.shape[at + 2:]))


def _unstacked(x: Node, at: int, n: int) -> Node:
    x = reshaped(x, (*x.shape[:at], n, x.shape[at] // n, *x.shape[at + 1:]))
    return moved(x, at, 0)


def convolutions(prim: Primitive, n: int, mapped: Sequence[bool], args: Sequence[Node],
                 params: dict[str, Any]) -> Node:
    """Of ``conv``, of images (N, C, ...) and weights (M, C / groups, ...)."""
    x, w = args
    groups = params["groups"]
    if n == 0:
        return _nothing(prim, args, mapped, params)
    if mapped[0] and not mapped[1]:
        return folded_first(prim, n, x, w, params)
    if not mapped[0]:
        out = prim(x, _joined(w, 0, groups), **params)
        return _parted(out, 1, groups, n)
    out = prim(_stacked(x, 1), _stacked(w, 0), **{**params, "groups": n * groups})
    return _unstacked(out, 1, n)


def transposed_convolutions(prim: Primitive, n: int, mapped: Sequence[bool],
                            args: Sequence[Node], params: dict[str, Any]) -> Node:
    """Of ``conv_input``, of what has the shape of a result (N, M, ...) and weights."""
    y, w = args
    groups = params["groups"]
    if n == 0:
        return _nothing(prim, args, mapped, params)
    if mapped[0] and not mapped[1]:
        return folded_first(prim, n, y, w, params)
    if not mapped[0]:
        out = prim(y, _joined(w, 1, 1), **params)
        return _parted(out, 1, groups, n)
    out = prim(_stacked(y, 1), _stacked(w, 0), **{**params, "groups": n * groups})
    return _unstacked(out, 1, n)


def weights_of_convolutions(prim: Primitive, n: int, mapped: Sequence[bool],
                            args: Sequence[Node], params: dict[str, Any]) -> Node:
    """Of ``conv_weight``, of images (N, C, ...) and results (N, M, ...)."""
    x, y = args
    groups = params["groups"]
    if n == 0:
        return _nothing(prim, args, mapped, params)
    if mapped[0] and mapped[1]:
        out = prim(_stacked(x, 1), _stacked(y, 1), **{**params, "groups": n * groups})
        return _unstacked(out, 0, n)
    if mapped[0]:
        return _parted(prim(_joined(x, 1, groups), y, **params), 1, 1, n)
    return _parted(prim(x, _joined(y, 1, groups), **params), 0, groups, n)


def folded_first(prim: Primitive, n: int, x: Node, w: Node, params: dict[str, Any]) -> Node:
    out = prim(reshaped(x, (n * x.shape[1], *x.shape[2:])), w, **params)
    return reshaped(out, (n, x.shape[1], *out.shape[1:]))


def _nothing(prim: Primitive, args: Sequence[Node], mapped: Sequence[bool],
             params: dict[str, Any]) -> Node:
    """The result for no samples."""
    zero, full = lift(0), TABLE["full"]
    out = prim(*[full(zero, shape=x.shape[m:], dtype=x.dtype)
                 for x, m in zip(args, mapped, strict=True)], **params)
    return full(zero, shape=(0, *out.shape), dtype=out.dtype)
