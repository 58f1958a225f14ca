"""Calls of solvers: Python that no mode of differentiation sees, and that may look at values.

In a mapped function a tensor has no value. A solver that asks for one is called again for each
sample (:func:`sample_by_sample`), with a function whose graph was recorded for one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.errors import show_line, user_line
from ..engine.recording.flushing import host
from ..engine.recording.lanes import Differs
from ..engine.recording.observers import pause
from ..engine.recording.recorder import tell_again
from ..engine.recording.recording import here, set_mode
from ..functions.joins import stack
from ..tensors.recorded import function
from .bodies import body_of
from .function import Function
from .modes import hide
from .trees import mapped, tensors_in

_stack = function(stack)

NOTHING: Any = object()
"""There is no initial guess."""


def solved(f: Callable[..., Any], solve: Callable[..., Any] | None, given: Any) -> Any:
    """What ``solve(f, given)`` returns (``solve(f)``, ``f(given)`` where one is not there), through
    which no derivative flows."""
    def call(f: Callable[..., Any], given: Any) -> Any:
        if solve is None:
            return f(given)
        return solve(f) if given is NOTHING else solve(f, given)
    try:
        return undifferentiated(call, f, given)
    except Differs:
        if given is NOTHING:
            raise
        return sample_by_sample(call, f, given, solve is not None)


def undifferentiated(call: Callable[..., Any], *args: Any) -> Any:
    """The result of a call of which no mode of differentiation sees anything."""
    modes = here.modes
    mode, opened = modes.grad, modes.open
    outer = hide(opened, True)
    paused = pause(modes)
    set_mode(False)
    try:
        return mapped(call(*args), lambda h: h.detach())
    finally:
        hide(opened, outer)
        set_mode(mode)
        tell_again(paused)


def sample_by_sample(call: Callable[..., Any], f: Callable[..., Any], given: Any,
                     equation: bool) -> Any:
    """The results of ``call(f, given)`` for each sample of the mapped function around, where it
    looks at values. ``f`` is recorded once, if it is an ``equation`` that the solver is given."""
    warnings.warn(f"vmap: the solver called at {show_line(user_line())} looks at values, and is "
                  "called for each sample. One that is written with torch operations, without "
                  "looking at values, is called once for all", stacklevel=2)
    tensors, like = list(tensors_in(given)), places_in(given)
    count, operands = len(tensors), []
    if equation:
        body, out = body_of(f, (given,))
        shown, operands = places_in(out), body.operands
        body = body.without_tensors()

    def one(*tensors: Any) -> Any:
        x, rest = filled(like, tensors), tensors[count:]
        own = f
        if equation:
            own = lambda v: filled(shown, body(list(tensors_in(v)), rest))
        return undifferentiated(call, own, x)
    return undifferentiated(PerSample.apply, one, *tensors, *operands)


class PerSample(Function):
    """A function that is called for each sample."""

    @staticmethod
    def forward(one: Callable[..., Any], *tensors: Any) -> Any:
        return one(*tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: no derivative flows through a solver."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, one: Callable[..., Any], *tensors: Any) -> Any:
        found = [PerSample.apply(one, *[
            x if dim is None else x.select(dim, k)
            for x, dim in zip(tensors, in_dims[1:], strict=True)]) for k in range(info.batch_size)]
        columns = iter([_stack(column) for column in zip(*map(tensors_in, found), strict=True)])
        return mapped(found[0], lambda _: next(columns)), 0


def in_mapped() -> bool:
    """Whether a function is being mapped."""
    return here.modes.lanes is not None


def looks(call: Callable[[], Any]) -> tuple[bool, Any]:
    """Whether a call looks at values of tensors, and its result."""
    before = here.modes.exits
    result = call()
    return here.modes.exits != before, result


def every_value(handle: Any) -> Any:
    """The array of a tensor, of all samples of the mapped functions around, the outermost first."""
    modes = here.modes
    innermost = level = modes.lanes
    try:
        while level is not None:
            handle = level.results([handle], [0])[0]
            level = modes.lanes = level.outer
        return host(handle)
    finally:
        modes.lanes = innermost


class Slot:
    """The place of a tensor in a structure."""

    def __init__(self, k: int) -> None:
        self.k = k


def places_in(value: Any) -> Any:
    """The structure with the places of its tensors."""
    count = iter(range(sum(1 for _ in tensors_in(value))))
    return mapped(value, lambda _: Slot(next(count)))


def filled(like: Any, found: Sequence[Any]) -> Any:
    """The structure with tensors at its places."""
    if isinstance(like, Slot):
        return found[like.k]
    if isinstance(like, dict):
        new = {key: filled(item, found) for key, item in like.items()}
        return new if type(like) is dict else type(like)(new)
    if not isinstance(like, (tuple, list)):
        return like
    items = [filled(item, found) for item in like]
    return type(like)(*items) if hasattr(like, "_fields") else type(like)(items)


__all__ = ["NOTHING", "every_value", "filled", "in_mapped", "looks", "places_in",
           "solved", "undifferentiated"]
