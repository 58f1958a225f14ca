"""Forward mode through what a function recorded: tangents along any number of directions.

:class:`Pushforward` calls a function once. Its tangents are those that ``transforms/jvp.py`` makes
of the recorded nodes; where these do not tell the derivative (a custom function, a recording that
had to end), they are the derivative of the gradient with respect to its cotangent, in which the
gradient is linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..config import config
from ..engine.errors import show_line, user_line
from ..engine.graph import Node, building, reachable
from ..engine.ops.structural import alias, zeros
from ..engine.recording import keys
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle
from ..engine.recording.recorder import hold_like, wait
from ..engine.recording.recording import cuts_in, here, set_mode
from ..engine.recording.tree import Step
from ..engine.transforms.jvp import jvp, opaque
from ..engine.transforms.taylor import scaled, taylor
from .api import requires_grad, results, run


class whole_recording:
    """A context in which looking at a value does not end the recording."""

    def __enter__(self) -> None:
        self.outer = here.modes.open
        if self.outer is None:
            here.modes.open = {"start": here.recording.at}

    def __exit__(self, *error: Any) -> None:
        here.modes.open = self.outer
        if self.outer is None and config.tier == "eager" and not here.recording.captures:
            flush()


class Pushforward:
    """A call of ``func``: its result ``out``, and :meth:`along` for tangents.

    ``xs`` are the tensors among its arguments in which it is differentiated.
    """

    def __init__(self, func: Callable[[], Any], xs: Sequence[Handle]) -> None:
        self.rec = here.recording
        self.ins = tuple([self.rec.enter(x) for x in xs])
        self.xs = xs
        self.out = func()
        self.cut = here.modes.open.get("cut") if here.modes.open else None
        self.outs: list[Any] = []
        self.adjoint: tuple[list[Any], list[Any]] | None = None

    def along(self, tangents: Sequence[Handle]) -> list[Any]:
        """The tangents of ``outs`` for ``tangents`` of ``xs``."""
        found = self.pushed(tangents) if self.rec is here.recording else None
        return self.transposed(tangents) if found is None else found

    def along_curve(self, curves: Sequence[Sequence[Handle | None]], degree: int) -> list[
            list[Any]] | None:
        """The derivatives of ``outs`` from the first to number ``degree`` along the curves whose
        derivatives those of ``xs`` are, None for zeros; None where the recorded nodes do not tell
        them."""
        rec = self.rec
        if rec is not here.recording:
            return None
        outs = tuple([rec.enter(out) for out in self.outs])
        given = tuple([tuple([None if t is None else rec.enter(t) for t in terms])
                       for terms in curves])
        key = keys.series(outs, self.ins, given, degree)
        step = rec.at.next.get(key)
        if step is None:
            made = series_nodes(outs, dict(zip(self.ins, given, strict=True)), degree)
            step = rec.add(key, Step(rec.at, made, grad=rec.at.grad, nodes=0 if made is None else
                                     len(reachable(made, stop=self.ins))))
        if step.out is None:
            return None
        rec.at = step
        flat = [wait(rec, node) for node in step.out]
        return [flat[k:k + degree] for k in range(0, len(flat), degree)]

    def pushed(self, tangents: Sequence[Handle]) -> list[Any] | None:
        """The tangents through the recorded nodes; None where those do not tell the derivative."""
        rec = self.rec
        outs = tuple([rec.enter(out) for out in self.outs])
        given = tuple([rec.enter(t) for t in tangents])
        key = keys.pushed(outs, self.ins, given)
        step = rec.at.next.get(key)
        if step is None:
            made = tangent_nodes(outs, dict(zip(self.ins, given, strict=True)))
            step = rec.add(key, Step(rec.at, made, grad=rec.at.grad,
                                     nodes=0 if made is None else 2 * len(made)))
        if step.out is None:
            return None
        rec.at = step
        return [wait(rec, node) for node in step.out]

    def transposed(self, tangents: Sequence[Handle]) -> list[Any]:
        """The tangents as derivatives of the gradient with respect to its cotangents."""
        rec = here.recording
        cut = self.cut
        if cut is None and rec.modes.open is not None:
            cut = cuts_in(rec.at, rec.modes.open).get("cut")
        if cut is not None:
            raise NotImplementedError(
                f"forward mode passes through no_grad, and there is one at {show_line(cut)}, but "
                "in this function a custom Function is called, or its recording had to end: call "
                "numpy(), use saved_tensors_hooks and the like outside, or write detach() where "
                "the derivative is to end")
        if self.adjoint is None:
            flows = [out for out in self.outs if requires_grad(out)]
            units = [zeros_of(out) for out in flows]
            for unit in units:
                unit.requires_grad_()
            self.adjoint = units, pulled(flows, self.xs, units) if flows else []
        units, grads = self.adjoint
        ways = [(g, t) for g, t in zip(grads, tangents, strict=False) if requires_grad(g)]
        pushed = iter(pulled([g for g, _ in ways], units, [t for _, t in ways]) if ways else
                      [zeros_of(unit) for unit in units])
        return [next(pushed) if requires_grad(out) else zeros_of(out) for out in self.outs]


def tangent_nodes(outs: tuple[Node, ...], ts: dict[Node, Node]) -> tuple[Node, ...] | None:
    """The tangents of ``outs``, new nodes, from those of the inputs; None where a custom function
    is in the way."""
    given = set(ts.values())
    building.line = user_line()
    try:
        order = reachable(outs, stop=list(ts))
        pushed = jvp(order, ts)
        if any(opaque(node, pushed) for node in order if node not in ts):
            return None
        found = []
        for node in outs:
            t = pushed.get(node)
            if t is None:
                t = zeros(node.shape, node.dtype)
            found.append(alias(t) if t in given else t)
    finally:
        building.line = None
    return tuple(found)


def series_nodes(outs: tuple[Node, ...], curves: dict[Node, tuple[Node | None, ...]],
                 degree: int) -> tuple[Node, ...] | None:
    """The derivatives of each of ``outs`` along curves, new nodes; None where a custom function is
    in the way."""
    given = {t for terms in curves.values() for t in terms}
    building.line = user_line()
    try:
        order = reachable(outs, stop=list(curves))
        series = taylor(order, {x: [scaled(t, 1 / math.factorial(k + 1))
                                    for k, t in enumerate(terms)]
                                for x, terms in curves.items()}, degree)
        moving = {node for node, moves in series.moving.items() if moves}
        if any(opaque(node, moving) for node in order if node not in curves):
            return None
        found = []
        for node in outs:
            for k in range(1, degree + 1):
                t = scaled(series.term(node, k), math.factorial(k))
                if t is None:
                    t = zeros(node.shape, node.dtype)
                found.append(alias(t) if t in given else t)
    finally:
        building.line = None
    return tuple(found)


def pulled(outs: Sequence[Any], xs: Sequence[Handle], cts: Sequence[Any]) -> list[Any]:
    """The gradients of ``xs``, zeros where nothing arrives, made without calling hooks."""
    mode = here.modes.grad
    set_mode(True)
    try:
        engine = run(outs, cts, True, True, xs, hooks=False)
        return [zeros_of(x) if ct is None else ct
                for x, ct in zip(xs, results(engine, xs, True), strict=True)]
    finally:
        set_mode(mode)


def zeros_of(handle: Handle) -> Any:
    """Zeros of the shape and dtype of ``handle``."""
    return hold_like(handle, 0)


__all__ = ["Pushforward", "whole_recording", "zeros_of"]
