"""Integration until something happens: :func:`until_event`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..autograd.implicit import custom_root
from ..autograd.solvers import undifferentiated
from ..functions.joins import stack
from ..tensors.recorded import function
from .problem import State, Times, instant, largest
from .stepping import Stepper

_stack = function(stack)
FAR = 1e8
"""How far the integration goes for an event, in times."""


def until_event(make: Callable[[Times], Stepper], state: State, y0: Any, t: Any,
                event_fn: Callable[[Any, Any], Any], atol: float) -> tuple[Any, Any]:
    """The time at which an element of ``event_fn(t, y)`` changes sign, and the states at the
    beginning and then."""
    start = t[0]
    limit = t[1] if t.numel() > 1 else None
    where = t.detach() if limit is not None else _stack([start.detach(), start.detach() + FAR])
    times = Times(where)
    stepper = make(times)
    moved = start - start.detach()   # 0, with the derivative of the first time
    func = stepper.func
    stepper.func = lambda s, y: func(s + moved, y)

    def event(s: Any, y: Any) -> Any:
        return event_fn(s + moved, state.unpacked(y)).reshape(-1)
    y = state.packed(y0)
    signs = undifferentiated(lambda: event(times.at(times.start), y).sign())
    for step in stepper.steps(y):
        end = stepper.landed(step.time + step.h)
        now = undifferentiated(event, times.at(end), step.y1)
        signs = signs.where(signs != 0, now.sign())   # what begins at 0 has that it comes to
        after = largest((now * signs).amin())
        if not math.isfinite(after):
            raise RuntimeError(f"odeint: event_fn is {after} at t = {end}")
        if after <= 0:
            break
    else:
        raise RuntimeError(f"odeint: no event happens before t = {times.end}")
    last = step.slope(stepper.func, times)
    begin = times.at(step.time)

    def path(s: Any) -> Any:
        return step.between(step.h, (s - begin) / step.h, last)
    time = custom_root(lambda s: (event(s, path(s)) * signs).amin(),
                       instant(step.time, times.dtype),
                       lambda f, guess: bisected(f, step.time, end, atol, times.dtype))
    found = _stack([y, path(time)])
    return time + moved, state.unpacked(found, (2,))


def bisected(f: Callable[[Any], Any], start: float, end: float, atol: float, dtype: Any) -> Any:
    """Where ``f`` is zero between two times, to the precision of numbers or of ``atol``."""
    for _ in range(80):
        middle = (start + end) / 2
        if middle in (start, end) or abs(end - start) <= atol / 4:
            break
        if largest(f(instant(middle, dtype))) > 0:
            start = middle
        else:
            end = middle
    return instant((start + end) / 2, dtype)
