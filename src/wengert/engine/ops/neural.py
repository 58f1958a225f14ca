"""The primitives behind losses and embeddings: reading by class or by row number, and the logistic
functions whose compositions would lose precision.

Numbers that are out of range are found when the program runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType, int64
from ..graph import Expansion, Jvp, Linear, Node, Partial, Primitive, Shape, lift
from . import batching, patterns
from .adding import half
from .elementwise import (
    abs_,
    add,
    clamp_min,
    elementwise,
    eq,
    exp,
    log,
    log1p,
    mul,
    relu,
    sigmoid,
    sub,
    where,
    zeros_of,
)
from .fused import class_place, position
from .indexing import put_add
from .reduce import sum_
from .structural import reshape


# Reading by class: `target` has the shape of `x` without its class axis.
def _places(target: Any, classes: int, ignore: int) -> tuple[Any, Any]:
    """The classes, with 0 for those to ignore, and where those are (None for nowhere)."""
    target = asarray(target)
    if target.dtype != np.int64:
        target = target.astype(np.int64)
    fits = not target.size or int(target.view(np.uint64).max()) < classes
    if fits and not 0 <= ignore < classes:
        return target, None
    skipped = np.equal(target, ignore)
    bad = (target < 0) | (target >= classes)
    bad &= ~skipped
    if bad.any():
        raise IndexError(f"Target {int(target[bad].flat[0])} is out of bounds.")
    return np.where(skipped, 0, target), skipped


def _at(places: Any, axis: int) -> tuple[Any, ...]:
    """The index arrays of the elements at ``places`` along ``axis``."""
    grid = list(np.ix_(*map(range, places.shape)) if places.ndim > 1
                else map(np.arange, places.shape))
    return (*grid[:axis], places, *grid[axis:])


def _pick(x: Any, target: Any, axis: int, ignore: int) -> Any:
    places, skipped = _places(target, x.shape[axis], ignore)
    found = x[_at(places, axis)]
    return found if skipped is None else np.where(skipped, np.zeros((), x.dtype), found)


def _put(v: Any, target: Any, shape: Shape, axis: int, ignore: int) -> Any:
    places, skipped = _places(target, shape[axis], ignore)
    if skipped is not None:
        v = np.where(skipped, np.zeros((), v.dtype), v)
    out = np.zeros(shape, v.dtype)
    out[_at(places, axis)] = v
    return out


def _is_class(classes: int, target: Node, shape: Shape, axis: int, ignore: int) -> Node:
    """Where along the last axis of ``shape`` the class is; nowhere for one to ignore."""
    place = class_place(target, classes=classes, ignore=ignore)
    row = reshape(place, shape=(*place.shape, 1))
    return eq(position(lift(0), shape=shape, axis=axis), row)


def pick_class_written_out(x: Node, target: Node, axis: int, ignore: int) -> Node:
    """pick_class(x, target) -> sum(where(position == target, x, 0)) along the axis."""
    chosen = where(_is_class(x.shape[axis], target, x.shape, axis, ignore), x, zeros_of(x))
    return sum_(chosen, axes=(axis,), keepdims=False)


def put_class_written_out(v: Node, target: Node, shape: Shape, axis: int, ignore: int) -> Node:
    """put_class(v, target) -> where(position == target, v, 0)."""
    chosen = _is_class(shape[axis], target, shape, axis, ignore)
    value = reshape(v, shape=(*v.shape, 1))
    return where(chosen, value, zeros_of(value))


def _along_rows(node: Node) -> bool:
    """Whether the classes are the last axis."""
    shape = node.params.get("shape", node.args[0].shape)
    return bool(node.params["axis"] == len(shape) - 1)


pick_class = Primitive(
    "pick_class", _pick, lambda x, target, axis, ignore: (target.shape, x.dtype),
    (Linear(lambda ct, x, target, axis, ignore:
            put_class(ct, target, shape=x.shape, axis=axis, ignore=ignore)), None),
    "{0} at class {1} along {axis}", expansion=Expansion(pick_class_written_out, _along_rows),
    pattern=patterns.moving)
put_class: Primitive = Primitive(
    "put_class", _put, lambda v, target, shape, axis, ignore: (shape, v.dtype),
    (Linear(lambda ct, v, target, shape, axis, ignore:
            pick_class(ct, target, axis=axis, ignore=ignore)), None),
    "{0} into zeros({shape}) at class {1} along {axis}",
    expansion=Expansion(put_class_written_out, _along_rows), pattern=patterns.moving)


def _one_hot(target: Any, classes: int) -> Any:
    target = asarray(target)
    if target.size and target.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if target.size and target.max() >= classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return np.equal(target[..., None], np.arange(classes)).astype(np.int64)


def _rows(x: Any, places: Any) -> Any:
    places = asarray(places)
    n = x.shape[0]
    if places.size and (places.min() < 0 or places.max() >= n):
        bad = places[(places < 0) | (places >= n)].flat[0]
        raise IndexError(f"index out of range in self: {int(bad)} of {n} rows")
    return np.take(x, places, 0)


one_hot = Primitive(
    "one_hot", _one_hot, lambda target, classes: ((*target.shape, classes), int64), (None,),
    "one_hot({0}, {classes})")
rows = Primitive(
    "rows", _rows, lambda x, places: (places.shape + x.shape[1:], x.dtype),
    (Linear(lambda ct, x, places: put_add(ct, places, shape=x.shape, dims=(0,))), None),
    "{0}[{1}]", batch=batching.rows, pattern=patterns.moving)


# Values that pass with a condition
def _same(x: Node, *args: Node) -> tuple[Shape, DType]:
    return x.shape, x.dtype


def _nonnegative(x: Any) -> Any:
    if np.less(x, 0).any():
        raise ValueError("var has negative entry/entries")
    return x


gated = Primitive(
    "gated", lambda x, keep: x, _same, (Jvp(lambda t, y, x, keep: mul(t, keep)), None), "{0}",
    aliases=True, expansion=Expansion(lambda x, keep: x))
"""The first argument; its derivative is the second."""
nonnegative = Primitive("nonnegative", _nonnegative, _same, (Jvp(lambda t, y, x: t),), "{0}",
                        aliases=True, pattern=patterns.passing)


# Logistic functions
def _softplus(x: Any) -> Any:
    wide = x.astype(np.float32) if half(x) else x
    y = np.add(np.log1p(np.exp(np.negative(np.abs(wide)))), np.maximum(wide, 0))
    return y.astype(x.dtype, copy=False)


LEAST_LOG = -100
"""``binary_cross_entropy`` takes no logarithm to be less."""


def _entropy(x: Any, target: Any) -> Any:
    if not np.logical_and(np.greater_equal(x, 0), np.less_equal(x, 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    yes = np.maximum(np.log(x), LEAST_LOG)
    no = np.maximum(np.log1p(np.negative(x)), LEAST_LOG)
    return np.negative(np.add(np.multiply(target, np.subtract(yes, no)), no))


def _entropy_slope(y: Node, x: Node, target: Node) -> Node:
    return sub(x, target) / clamp_min(mul(x, 1 - x), lift(1e-12))


def _logit(y: Node, x: Node, target: Node) -> Node:
    """What :func:`_entropy` has as its derivative in the target."""
    return (clamp_min(log(1 - x), lift(float(LEAST_LOG)))
            - clamp_min(log(x), lift(float(LEAST_LOG))))


def softplus_written_out(x: Node) -> Node:
    """softplus(x) -> log1p(exp(-|x|)) + max(x, 0)."""
    return add(log1p(exp(-abs_(x))), relu(x))


softplus = elementwise("softplus", _softplus, Partial(lambda y, x: sigmoid(x)),
                       text="log(1 + exp({0}))", expansion=Expansion(softplus_written_out))
binary_entropy = elementwise(
    "binary_entropy", _entropy, Partial(_entropy_slope), Partial(_logit),
    text="-({1} log {0} + (1 - {1}) log(1 - {0}))")

