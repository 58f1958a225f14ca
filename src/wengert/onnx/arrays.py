"""How the primitives that take whole arrays are written in ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.dtypes import bool_, int64
from ..engine.graph import Node
from ..engine.ops.elementwise import constant
from ..engine.ops.indexing import adjacent
from ..engine.ops.resample import table
from ..engine.ops.structural import axes_to
from .elements import chosen
from .writer import Rule, Writer

# ---- shapes ----


def full(w: Writer, node: Node) -> str:
    return w.op("Expand", cast(w, node), w.shape(node))


def cast(w: Writer, node: Node) -> str:
    """The argument in the dtype of the result."""
    x = node.args[0]
    if x.prim is constant:
        return w.value(x, node.dtype)
    return w.op("Cast", w.value(x), to=w.kind(node.dtype))


def broadcast_to(w: Writer, node: Node) -> str:
    return w.op("Expand", w.value(node.args[0], node.dtype), w.shape(node))


def reshape(w: Writer, node: Node) -> str:
    """With -1 where one length alone depends on a dynamic axis."""
    shapes = [twin.shape for twin in w.twins[node]]
    moving = [i for i, lengths in enumerate(zip(*shapes, strict=True)) if len(set(lengths)) > 1]
    x = w.value(node.args[0], node.dtype)
    if len(moving) == 1 and node.size:
        target = [-1 if i in moving else n for i, n in enumerate(node.shape)]
        return w.op("Reshape", x, w.tensor(np.array(target, np.int64)))
    return w.op("Reshape", x, w.shape(node), allowzero=int(not node.size))


def sum_to(w: Writer, node: Node) -> str:
    x = node.args[0]
    axes = axes_to(node.shape, x.shape)
    total = w.op("ReduceSum", w.value(x), numbers(w, axes)) if axes else w.value(x)
    return total if node.ndim == x.ndim else w.op("Reshape", total, w.shape(node))


def numbers(w: Writer, values: Any) -> str:
    return w.tensor(np.array(values, np.int64).reshape(-1))


def transpose(w: Writer, node: Node) -> str:
    return permuted(w, w.value(node.args[0]), list(node.params["perm"]))


def permuted(w: Writer, x: str, perm: list[int]) -> str:
    """``x`` with its axes in another order."""
    return x if perm == sorted(perm) else w.op("Transpose", x, perm=perm)


def flip(w: Writer, node: Node) -> str:
    axes = node.params["axes"]
    if not axes:
        return w.value(node.args[0])
    least = np.iinfo(np.int64).min
    return w.op("Slice", w.value(node.args[0]), numbers(w, [-1] * len(axes)),
                numbers(w, [least] * len(axes)), numbers(w, axes), numbers(w, [-1] * len(axes)))


def roll(w: Writer, node: Node) -> str:
    """What is at the end comes to the front."""
    x = w.value(node.args[0])
    def start(i: int, axis: int) -> Callable[[Node], list[int]]:
        return lambda t: [-t.params["shifts"][i] % max(t.shape[axis], 1)]
    for i, axis in enumerate(node.params["axes"]):
        at = w.vector(node, start(i, axis))
        along = numbers(w, [axis])
        end = numbers(w, [np.iinfo(np.int64).max])
        x = w.op("Concat", w.op("Slice", x, at, end, along),
                 w.op("Slice", x, numbers(w, [0]), at, along), axis=axis)
    return x


def triangle(upper: int) -> Rule:
    def rule(w: Writer, node: Node) -> str:
        k = w.tensor(np.int64(w.static(node, lambda t: t.params["k"])))
        return w.op("Trilu", w.value(node.args[0]), k, upper=upper)
    return rule


def concatenate(w: Writer, node: Node) -> str:
    return w.op("Concat", *(w.value(x, node.dtype) for x in node.args), axis=node.params["axis"])


# ---- parts ----


def starts_of(w: Writer, node: Node, first: int) -> str:
    """The starts of a slice, arguments from ``first`` on, as one tensor, counted from the front."""
    starts, whole = node.args[first:], node.args[0] if node.prim.name == "slice" else node
    axes = node.params["axes"]

    def counted(t: Node) -> list[int]:
        shape = t.args[0].shape if t.prim.name == "slice" else t.shape
        return [start.params["value"] % max(shape[axis], 1) if start.params["value"] < 0 else
                start.params["value"] for start, axis in zip(t.args[first:], axes, strict=True)]
    if all(start.prim is constant for start in starts):
        return w.vector(node, counted)
    one = numbers(w, [1])
    given = w.op("Concat", *(w.op("Reshape", w.op("Cast", w.value(start, int64),
                                                  to=w.kind(int64)), one) for start in starts),
                 axis=0)
    lengths = w.vector(whole, lambda t: [t.shape[axis] for axis in axes])
    return w.op("Where", w.op("Less", given, numbers(w, [0])), w.op("Add", given, lengths), given)


def slice_(w: Writer, node: Node) -> str:
    p, starts = node.params, starts_of(w, node, 1)
    return w.op("Slice", w.value(node.args[0]), starts, w.op("Add", starts, reach(w, node)),
                numbers(w, p["axes"]), numbers(w, p["steps"]))


def reach(w: Writer, node: Node) -> str:
    """How many elements a slice goes over, in each of its axes."""
    lengths, steps = w.vector(node, lambda t: t.params["lengths"]), node.params["steps"]
    if all(step == 1 for step in steps):
        return lengths
    one = numbers(w, [1])
    before = w.op("Mul", w.op("Sub", lengths, one), numbers(w, steps))
    return w.op("Max", w.op("Add", before, one), numbers(w, [0]))


def padded(w: Writer, node: Node, v: str, starts: str, shapes: list[list[int]]) -> str:
    """``v``, which has one of the ``shapes``, at its place among zeros of the shape of ``node``."""
    axes, steps = node.params["axes"], node.params["steps"]
    for axis, step in zip(axes, steps, strict=True):
        if step > 1:   # zeros between the elements, then without those after the last
            v = w.op("Pad", w.op("Unsqueeze", v, numbers(w, [axis + 1])),
                     numbers(w, [0, step - 1]), "", numbers(w, [axis + 1]))
            shapes = [[n * step if i == axis else n for i, n in enumerate(s)] for s in shapes]
            v = w.op("Reshape", v, w.sizes(shapes), allowzero=1)
            shapes = [[max(n - step + 1, 0) if i == axis else n for i, n in enumerate(s)]
                      for s in shapes]
            v = w.op("Slice", v, numbers(w, [0]), w.sizes([[s[axis]] for s in shapes]),
                     numbers(w, [axis]))
    whole = w.vector(node, lambda t: [t.shape[axis] for axis in axes])
    after = w.op("Sub", whole, w.op("Add", starts, reach(w, node)))
    return w.op("Pad", v, w.op("Concat", starts, after, axis=0), "", numbers(w, axes))


def place(w: Writer, node: Node) -> str:
    shapes = [list(twin.args[0].shape) for twin in w.twins[node]]
    return padded(w, node, w.value(node.args[0]), starts_of(w, node, 1), shapes)


def update(w: Writer, node: Node) -> str:
    """``where(there, v among zeros, x)``."""
    x, v = node.args[:2]
    shapes = [[dict(zip(t.params["axes"], t.params["lengths"], strict=True)).get(i, n)
               for i, n in enumerate(t.shape)] for t in w.twins[node]]
    starts = starts_of(w, node, 2)
    value = w.op("Expand", w.value(v, node.dtype), w.sizes(shapes))
    one = w.op("Expand", w.tensor(np.float32(1)), w.sizes(shapes))
    there = w.op("Cast", padded(w, node, one, starts, shapes), to=w.kind(bool_))
    return chosen(w, there, padded(w, node, value, starts, shapes), w.value(x), node.dtype)


def window(w: Writer, node: Node) -> str:
    """The places of all elements are known, but for dimensions that stay whole."""
    x, p = node.args[0], node.params
    whole: dict[int, int] = w.static(node, kept)
    rest = [d for d in range(x.ndim) if d not in whole]
    lengths = w.static(node, lambda t: [t.args[0].shape[d] for d in rest])
    out = [i for i in range(node.ndim) if i not in whole.values()]
    size, moves = w.static(node, lambda t: (
        [t.params["size"][i] for i in out], [t.params["moves"][i] for i in out]))
    at = []
    for d in rest:
        here = np.full(size, p["start"][d])
        for k, (n, move) in enumerate(zip(size, moves, strict=True)):
            here = here + np.arange(n).reshape(-1, *[1] * (len(size) - 1 - k)) * move[d]
        at.append(here)
    places = np.arange(int(np.prod(lengths))).reshape(lengths)[tuple(at)]
    flat = w.op("Reshape", dims_first(w, w.value(x), x.ndim, tuple(whole)), w.vector(
        node, lambda t: [*(t.args[0].shape[d] for d in whole), places_in(t, rest)]))
    found = w.op("Gather", flat, w.tensor(places.astype(np.int64), "places"), axis=len(whole))
    order = [*whole.values(), *out]
    return permuted(w, found, [order.index(i) for i in range(node.ndim)])


def places_in(t: Node, dims: list[int]) -> int:
    """How many elements the argument has along some dimensions."""
    return int(np.prod([t.args[0].shape[d] for d in dims], dtype=np.int64))


def kept(node: Node) -> dict[int, int]:
    """The dimensions of a window's argument that it goes through one by one, each with that of the
    result."""
    x, p = node.args[0], node.params
    found = {}
    for i, (n, move) in enumerate(zip(p["size"], p["moves"], strict=True)):
        moved = [d for d, step in enumerate(move) if step]
        if len(moved) == 1 and (d := moved[0]) not in found and (
                move[d] == 1 and n == x.shape[d] and p["start"][d] == 0
                and sum(1 for other in p["moves"] if other[d]) == 1):
            found[d] = i
    return found


# ---- places ----


def dims_first(w: Writer, x: str, ndim: int, dims: tuple[int, ...], back: bool = False) -> str:
    """``x`` with the dimensions ``dims`` in front; ``back`` undoes it."""
    perm = [*dims, *(i for i in range(ndim) if i not in dims)]
    if back:
        perm = [perm.index(i) for i in range(ndim)]
    return permuted(w, x, perm)


def joint(w: Writer, arrays: tuple[Node, ...]) -> str:
    """Index arrays that broadcast, as one with the coordinates last."""
    whole = [w.op("Cast", w.value(a, int64), to=w.kind(int64)) for a in arrays]
    total = whole[0]
    for other in whole[1:]:
        total = w.op("Add", total, w.op("Mul", other, w.tensor(np.int64(0))))
    shape = w.op("Shape", total)
    last = numbers(w, [-1])
    return w.op("Concat", *(w.op("Unsqueeze", w.op("Expand", a, shape), last) for a in whole),
                axis=-1)


def index(w: Writer, node: Node) -> str:
    x, *arrays = node.args
    dims = node.params["dims"]
    if len(dims) == 1:
        return w.op("Gather", w.value(x), w.value(arrays[0], int64), axis=dims[0])
    found = w.op("GatherND", dims_first(w, w.value(x), x.ndim, dims), joint(w, tuple(arrays)))
    count = max(a.ndim for a in arrays)
    lead = dims[0] if adjacent(dims) else 0
    perm = [*range(count, count + lead), *range(count), *range(count + lead, node.ndim)]
    return permuted(w, found, perm)


def written(w: Writer, node: Node, x: str, v: Node, arrays: tuple[Node, ...], reduction: str
            ) -> str:
    """``x`` with the elements of ``v`` at the places of index arrays."""
    dims = node.params["dims"]
    count = max(a.ndim for a in arrays)
    lead = dims[0] if adjacent(dims) else 0
    rest = [i for i in range(node.ndim) if i not in dims]
    shape = w.op("Concat", w.op("Shape", joint(w, arrays), start=0, end=count),
                 *([w.vector(node, lambda t: [t.shape[i] for i in rest])] if rest else []), axis=0)
    value = w.value(v, node.dtype)
    if v.ndim == node.ndim - len(dims) + count and lead:
        value = w.op("Transpose", value, perm=[*range(lead, lead + count), *range(lead),
                                               *range(lead + count, v.ndim)])
    found = w.op("ScatterND", dims_first(w, x, node.ndim, dims), joint(w, arrays),
                 w.op("Expand", value, shape), reduction=reduction)
    return dims_first(w, found, node.ndim, dims, back=True)


def index_put(w: Writer, node: Node) -> str:
    x, v, *arrays = node.args
    return written(w, node, w.value(x), v, tuple(arrays), "none")


def put_add(w: Writer, node: Node) -> str:
    v, *arrays = node.args
    return written(w, node, zeros(w, node), v, tuple(arrays), "add")


def zeros(w: Writer, node: Node) -> str:
    return w.op("Expand", w.tensor(np.zeros((), node.dtype.numpy)), w.shape(node))


def along(w: Writer, node: Node) -> str:
    x, places = node.args
    axis = node.params["axis"]
    others = [i for i in range(node.ndim) if i != axis and x.shape[i] != places.shape[i]]
    whole = w.value(x)
    if others:   # the first elements, as many as there are places
        whole = w.op("Slice", whole, numbers(w, [0] * len(others)),
                     w.vector(node, lambda t: [t.shape[i] for i in others]), numbers(w, others))
    return w.op("GatherElements", whole, w.value(places), axis=axis)


def put_along(reduction: str) -> Rule:
    def rule(w: Writer, node: Node) -> str:
        *base, v, places = node.args
        x = w.value(base[0]) if base else zeros(w, node)
        shape = w.op("Shape", w.value(places))
        return w.op("ScatterElements", x, w.value(places),
                    w.op("Expand", w.value(v, node.dtype), shape), axis=node.params["axis"],
                    reduction=reduction)
    return rule


def one_hot(w: Writer, node: Node) -> str:
    target = w.op("Unsqueeze", w.value(node.args[0]), numbers(w, [-1]))
    classes = w.tensor(np.arange(node.params["classes"], dtype=node.args[0].dtype.numpy))
    return w.op("Cast", w.op("Equal", target, classes), to=w.kind(node.dtype))


def position(w: Writer, node: Node) -> str:
    """0, 1, … along an axis."""
    axis = node.params["axis"]
    count = w.op("Squeeze", w.vector(node, lambda t: [t.shape[axis]]))
    line = w.op("Range", w.tensor(np.int64(0)), count, w.tensor(np.int64(1)))
    behind = list(range(1, node.ndim - axis))
    line = w.op("Unsqueeze", line, numbers(w, behind)) if behind else line
    return w.op("Cast", w.op("Expand", line, w.shape(node)), to=w.kind(node.dtype))


def ordered(w: Writer, node: Node) -> str:
    """The places of the largest elements, or of the smallest, in their order."""
    axis, p = node.params["axis"], node.params
    largest = p["descending"] if "descending" in p else p["largest"]
    count = w.vector(node, lambda t: [t.shape[axis]])
    return w.ops("TopK", counted(w, node.args[0]), count, count=2, axis=axis,
                 largest=int(largest))[1]


# ---- sums and products ----


def counted(w: Writer, x: Node) -> str:
    """``x``, truth values as 0 and 1."""
    return w.op("Cast", w.value(x), to=w.kind(int64)) if x.dtype is bool_ else w.value(x)


def axes_of(w: Writer, node: Node) -> dict[str, int]:
    """What reductions say beside the axes."""
    return {"keepdims": int(node.params.get("keepdims", False)), "noop_with_empty_axes": 1}


def reduced(kind: str) -> Rule:
    """Computed in the dtype of the result, truth values as numbers."""
    def rule(w: Writer, node: Node) -> str:
        [x], axes = node.args, numbers(w, node.params["axes"])
        value = counted(w, x)
        if x.dtype is not node.dtype:
            value = w.op("Cast", value, to=w.kind(node.dtype))
        found = w.op(kind, value, axes, **axes_of(w, node))
        return w.op("Cast", found, to=w.kind(bool_)) if node.dtype is bool_ else found
    return rule


def any_(w: Writer, node: Node) -> str:
    return w.op("Greater", count_of(w, node, ""), w.tensor(np.int64(0)))


def all_(w: Writer, node: Node) -> str:
    return w.op("Equal", count_of(w, node, "Not"), w.tensor(np.int64(0)))


def count_of(w: Writer, node: Node, change: str) -> str:
    """How many elements hold, or do not."""
    truth = w.op("Cast", w.value(node.args[0]), to=w.kind(bool_))
    one = w.op("Cast", w.op(change, truth) if change else truth, to=w.kind(int64))
    return w.op("ReduceSum", one, numbers(w, node.params["axes"]), **axes_of(w, node))


def place_of(kind: str) -> Rule:
    def rule(w: Writer, node: Node) -> str:
        return w.op(kind, counted(w, node.args[0]), axis=node.params["axis"],
                    keepdims=int(node.params["keepdims"]))
    return rule


def softmax(kind: str) -> Rule:
    """ONNX has it over one axis."""
    def rule(w: Writer, node: Node) -> str:
        axes = node.params["axes"]
        if len(axes) != 1:
            raise w.refusal(node, "over several axes is not written in ONNX")
        return w.op(kind, w.value(node.args[0]), axis=axes[0])
    return rule


def inner(w: Writer, node: Node) -> str:
    product = w.op("Mul", *(w.value(x) for x in node.args))
    return w.op("ReduceSum", product, keepdims=0)


def cumsum(w: Writer, node: Node) -> str:
    x = w.op("Cast", w.value(node.args[0]), to=w.kind(node.dtype))
    return w.op("CumSum", x, w.tensor(np.int64(node.params["axis"])))


def resample(w: Writer, node: Node) -> str:
    """Elements at known places, or a product with known weights."""
    axis = node.params["axis"]
    rule = w.static(node, lambda t: t.params["rule"])
    places, weights = table(rule, node.dtype.numpy)
    x = w.value(node.args[0])
    if rule.kind.startswith("nearest"):
        return w.op("Gather", x, w.tensor(places[:, 0], "places"), axis=axis)
    matrix = np.zeros((rule.size, rule.out), node.dtype.numpy)
    np.add.at(matrix, (places, np.arange(rule.out)[:, None]), weights)
    perm = [i for i in range(node.ndim) if i != axis] + [axis]
    product = w.op("MatMul", w.op("Transpose", x, perm=perm), w.tensor(matrix, "weights"))
    return w.op("Transpose", product, perm=[perm.index(i) for i in range(node.ndim)])


ARRAYS: dict[str, Rule] = {
    "cast": cast, "full": full, "broadcast_to": broadcast_to, "reshape": reshape,
    "sum_to": sum_to, "transpose": transpose, "flip": flip, "roll": roll,
    "lower": triangle(0), "upper": triangle(1), "concatenate": concatenate,
    "slice": slice_, "place": place, "update": update, "window": window,
    "index": index, "index_put": index_put, "put_add": put_add,
    "rows": lambda w, n: w.op("Gather", w.value(n.args[0]), w.value(n.args[1], int64)),
    "take_along": along, "put_along": put_along("none"), "put_add_along": put_along("add"),
    "put_maximum": put_along("max"), "put_minimum": put_along("min"),
    "put_multiply": put_along("mul"), "one_hot": one_hot, "position": position,
    "argsort": ordered, "topk_place": ordered,
    "graft": lambda w, n: w.value(n.args[1], n.dtype),
    "matmul": lambda w, n: w.op("MatMul", w.value(n.args[0]), w.value(n.args[1])),
    "inner": inner, "det": lambda w, n: w.op("Det", w.value(n.args[0])),
    "sum": reduced("ReduceSum"), "prod": reduced("ReduceProd"), "amax": reduced("ReduceMax"),
    "amin": reduced("ReduceMin"), "any": any_, "all": all_,
    "argmax": place_of("ArgMax"), "argmin": place_of("ArgMin"),
    "softmax": softmax("Softmax"), "log_softmax": softmax("LogSoftmax"),
    "cumsum": cumsum, "resample": resample,
}
"""By the name of the primitive."""

__all__ = ["ARRAYS"]
