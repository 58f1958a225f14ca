"""Convolutions and pooling as loops over elements.

Each goes over the results, and for each over the kernel; what lies beyond the array is left out.
The three convolutions differ only in which of the three arrays is made of the other two, and so do
the transposes of pooling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.dtypes import bool_
from ..engine.graph import Node
from .code import Apply, Compared, Counted, Expression, If, Literal, Ref, Set, Statement
from .fills import zeros
from .index import Index, Place, divided, flat, place
from .lowering import Lowering, Rule


def elements(p: dict[str, Any], o: Sequence[Place], k: Sequence[Place], size: Sequence[int],
             kernel: Sequence[int], out: Sequence[int]) -> tuple[Index, list[Compared]]:
    """The element under place ``k`` of window ``o``, and what must hold for it to be there."""
    found, needed = [], []
    dilations = p.get("dilation", (1,) * len(size))
    for at, tap, n, count, windows, s, d, pad in zip(
            o, k, size, kernel, out, p["stride"], dilations, p["padding"], strict=True):
        before = pad[0] if isinstance(pad, tuple) else pad
        here = at.times(s) + tap.times(d) + -before
        found.append(here)
        if before > 0:
            needed.append(Compared(Place(), here))
        if (windows - 1) * s + (count - 1) * d - before >= n:
            needed.append(Compared(here, place(n - 1)))
    return tuple(found), needed


def guarded(needed: list[Compared], body: list[Statement]) -> list[Statement]:
    """``body`` where all that is ``needed`` holds."""
    for each in reversed(needed):
        body = [If(each, body)]
    return body


# ---- convolutions ----


def convolution(made: str, given: str) -> Rule:
    """``made`` of those ``given``, of x, w and y, where ``y[n, m, o]`` is the sum over c and k of
    ``x[n, c, o * stride + k * dilation - padding] * w[m, c, k]``."""
    def rule(w: Lowering, node: Node, name: str) -> None:
        zeros(w, node, name)
        nodes = dict(zip(given, node.args, strict=True)) | {made: node}
        batch, _, *size = nodes["x"].shape
        members, each, *kernel = nodes["w"].shape
        out = nodes["y"].shape[2:]

        def window(n: Place, m: Place, *o: Place) -> list[Statement]:
            group, _ = divided(m, members // node.params["groups"], w.ends)

            def tap(c: Place, *k: Place) -> list[Statement]:
                at, needed = elements(node.params, o, k, size, kernel, out)
                places: dict[str, Index] = {
                    "x": (n, group.times(each) + c, *at), "w": (m, c, *k), "y": (n, m, *o)}
                a, b = (w.read(nodes[key], places[key]) for key in given)
                return guarded(needed, [Set(
                    Ref(name, tuple(places[made])), Apply("mul", (a, b), node.dtype), "+")])
            return w.nested((each, *kernel), tap)
        w.nest((batch, members, *out), window)
    return rule


# ---- pooling ----

Visit = Callable[[Index, Index, Place], list[Statement]]


def windows(w: Lowering, node: Node, size: Sequence[int], visit: Visit,
            first: Callable[[Index], list[Statement]] | None = None) -> None:
    """Go over the windows and their elements: ``visit`` takes the index of both, and the number of
    the element in its window; ``first`` comes before each window."""
    p = node.params
    lead = node.shape[:2]

    def window(*index: Place) -> list[Statement]:
        def tap(*k: Place) -> list[Statement]:
            at, needed = elements(p, index[2:], k, size, p["kernel"], p["out"])
            return guarded(needed, visit(index, (*index[:2], *at), flat(k, p["kernel"])))
        start = [] if first is None else first(index)
        return [*start, *w.nested(p["kernel"], tap)]
    w.nest((*lead, *p["out"]), window)


def window_sum(w: Lowering, node: Node, name: str) -> None:
    x = node.args[0]
    windows(w, node, x.shape[2:], lambda o, at, k: [Set(Ref(name, o), w.read(x, at), "+")],
            lambda o: [Set(Ref(name, o), Literal(0, node.dtype))])


def window_spread(w: Lowering, node: Node, name: str) -> None:
    y = node.args[0]
    zeros(w, node, name)
    windows(w, node, node.params["size"],
            lambda o, at, k: [Set(Ref(name, at), w.read(y, o), "+")])


def window_max(w: Lowering, node: Node, name: str) -> None:
    x = node.args[0]
    windows(w, node, x.shape[2:], lambda o, at, k: [Set(Ref(name, o), Apply(
        "maximum", (Ref(name, o), w.read(x, at)), node.dtype))],
            lambda o: [Set(Ref(name, o), Literal(float("-inf"), node.dtype))])


def window_tap(w: Lowering, node: Node, name: str) -> None:
    """The number of the first element that is the maximum; of the last NaN."""
    x, y = node.args

    def found(o: Index, at: Index, k: Place) -> list[Statement]:
        value = w.read(x, at)
        none = Apply("lt", (Ref(name, o), Literal(0, node.dtype)), bool_)
        same = Apply("eq", (value, w.read(y, o)), bool_)
        here = Apply("logical_or", (Apply("isnan", (value,), bool_),
                                    Apply("logical_and", (none, same), bool_)), bool_)
        return [If(here, [Set(Ref(name, o), Counted(k))])]
    windows(w, node, x.shape[2:], found, lambda o: [Set(Ref(name, o), Literal(-1, node.dtype))])


def is_tap(w: Lowering, tap: Node, o: Index, k: Place) -> Expression:
    return Apply("eq", (w.read(tap, o), Counted(k)), bool_)


def tap_pick(w: Lowering, node: Node, name: str) -> None:
    x, tap = node.args
    zeros(w, node, name)
    windows(w, node, x.shape[2:], lambda o, at, k: [
        If(is_tap(w, tap, o, k), [Set(Ref(name, o), w.read(x, at))])])


def tap_put(w: Lowering, node: Node, name: str) -> None:
    v, tap = node.args
    zeros(w, node, name)
    windows(w, node, node.params["size"], lambda o, at, k: [
        If(is_tap(w, tap, o, k), [Set(Ref(name, at), w.read(v, o), "+")])])


WINDOWS: dict[str, Rule] = {
    "conv": convolution("y", "xw"), "conv_input": convolution("x", "yw"),
    "conv_weight": convolution("w", "xy"),
    "window_sum": window_sum, "window_spread": window_spread, "window_max": window_max,
    "window_tap": window_tap, "tap_pick": tap_pick, "tap_put": tap_put}

__all__ = ["WINDOWS"]
