"""Runge-Kutta steps, of a size that an estimate of the error chooses or that is given.

Start with :class:`Stepper`. Its steps are recorded like any operations, so gradients and tangents
go through them; what chooses their sizes is not differentiated.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise
from typing import Any, NamedTuple

from ..autograd.solvers import in_mapped, undifferentiated
from .mapped import chosen
from .problem import Times, largest
from .tableaus import Tableau

Func = Callable[[Any, Any], Any]


class Step(NamedTuple):
    """A step of ``h`` from ``time``: the state at its ends, and the slopes in between."""

    time: float
    h: float
    y0: Any
    y1: Any
    slopes: list[Any]
    """Those of the stages; the last is that at the end, if ``ends``."""
    ends: bool
    tableau: Tableau

    def slope(self, func: Func, times: Times) -> Any:
        """The slope at the end."""
        return self.slopes[-1] if self.ends else func(times.at(self.time + self.h), self.y1)

    def between(self, span: Any, theta: Any, last: Any) -> Any:
        """The state at the part ``theta`` of the step, which is ``span`` long; ``last`` is the
        slope at its end."""
        rise = self.y1 - self.y0
        bend = span * self.slopes[0] - rise
        inner = rise - span * last - bend
        if self.tableau.dense:
            inner = inner + (1 - theta) * combined(self.slopes, self.tableau.dense, span)
        return self.y0 + theta * (rise + (1 - theta) * (bend + theta * inner))


def combined(slopes: list[Any], weights: tuple[float, ...], span: Any) -> Any:
    """The sum of ``span * weight * slope``."""
    terms = [(span * w) * k for w, k in zip(weights, slopes, strict=False) if w]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


class Stepper:
    """Integrates ``func`` over ``times`` by a method: :meth:`steps`."""

    def __init__(self, func: Func, times: Times, tableau: Tableau, rtol: Any, atol: Any,
                 options: dict[str, Any]) -> None:
        self.func, self.times, self.tableau = func, times, tableau
        self.rtol, self.atol, self.options = rtol, atol, options
        self.left = int(options["max_num_steps"])
        self.grid: list[float] = sorted(options["stops"], reverse=times.length < 0)
        """Times that a step has to end at."""

    def attempt(self, time: float, h: float, y: Any, first: Any) -> Step:
        """A step of ``h``, whose first slope is known."""
        tab, span, slopes = self.tableau, self.times.span(h), [first]
        for c, row in zip(tab.nodes[1:], tab.stages[1:], strict=True):
            slopes.append(self.func(self.times.at(time + c * h), y + combined(slopes, row, span)))
        if tab.first_same_as_last:
            new = y + combined(slopes, tab.stages[-1], span)
        else:
            new = y + combined(slopes, tab.weights, span)
        return Step(time, h, y, new, slopes, tab.first_same_as_last, tab)

    def error(self, step: Step) -> float:
        """The estimated error of a step, as a part of what is allowed."""
        assert self.tableau.errors is not None
        y0, y1 = step.y0.detach(), step.y1.detach()
        off = combined([k.detach() for k in step.slopes], self.tableau.errors, step.h)
        scale = self.atol + self.rtol * y0.abs().maximum(y1.abs())
        return largest(self.options["norm"](off / scale))

    def first_size(self, time: float, y: Any, slope: Any) -> float:
        """A size to begin with (Hairer, Nørsett and Wanner, II.4)."""
        found: float = undifferentiated(self._first_size, time, y, slope)
        return found

    def _first_size(self, time: float, y: Any, slope: Any) -> float:
        sign, norm = math.copysign(1.0, self.times.length), self.options["norm"]
        y, slope = y.detach(), slope.detach()
        scale = self.atol + y.abs() * self.rtol
        d0, d1 = largest(norm(y / scale)), largest(norm(slope / scale))
        h = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
        new = self.func(self.times.at(time + sign * h).detach(), y + sign * h * slope)
        d2 = largest(norm((new - slope) / scale)) / h
        steep = max(d1, d2)
        other = max(1e-6, h * 1e-3) if steep <= 1e-15 else (
            (0.01 / steep) ** (1 / (self.tableau.order + 1)))
        return min(100 * h, other)

    def steps(self, y: Any) -> Iterator[Step]:
        """The steps to the last of the times."""
        if not in_mapped():
            return self.chosen_steps(y)
        return self.given_steps(y, self.sizes(y))

    def sizes(self, y: Any) -> list[tuple[float, float]]:
        """When steps begin and end that are good for all samples of a mapped function."""
        found: list[tuple[float, float]] = []

        def run(func: Func, norm: Callable[[Any], Any], y: Any) -> None:
            other = copy.copy(self)
            other.func, other.options = func, {**self.options, "norm": norm}
            other.times = copy.copy(self.times)
            other.times.flows = False
            found[:] = [(step.time, step.h) for step in other.chosen_steps(y)]
        chosen(run, self.func, self.options["norm"], self.times.at(self.times.start).detach(), y)
        return found

    def given_steps(self, y: Any, sizes: list[tuple[float, float]]) -> Iterator[Step]:
        """The steps that begin at these times and are this large."""
        slope = self.func(self.times.at(sizes[0][0]), y)
        for k, (time, h) in enumerate(sizes):
            step = self.attempt(time, h, y, slope)
            yield step
            y = step.y1
            if k + 1 < len(sizes):
                slope = self.next_slope(step, sizes[k + 1][0])

    def next_slope(self, step: Step, time: float) -> Any:
        """The slope at the beginning of the step after this one."""
        if time in self.options["jumps"]:
            return self.func(self.times.at(time), step.y1)
        return step.slope(self.func, self.times)

    def chosen_steps(self, y: Any) -> Iterator[Step]:
        """The steps whose sizes the error chooses."""
        times = self.times
        time, slope = times.start, self.func(times.at(times.start), y)
        sign = math.copysign(1.0, times.length)
        size = self.options["first_step"]
        if size is None:
            size = self.first_size(time, y, slope)
        size = abs(float(size))
        while (times.end - time) * sign > 0:
            step, size = self.accepted(time, size, y, slope)
            yield step
            time, y = self.landed(time + step.h), step.y1
            if (times.end - time) * sign > 0:
                slope = self.next_slope(step, time)

    def landed(self, time: float) -> float:
        """The time after a step, without rounding where one has to end there."""
        near = 8 * abs(time) * 2.2e-16
        for stop in (self.times.end, *self.grid):
            if abs(time - stop) <= near:
                return stop
        return time

    def accepted(self, time: float, size: float, y: Any, slope: Any) -> tuple[Step, float]:
        """The next step that is good enough, and the size to try after it."""
        options, times = self.options, self.times
        sign = math.copysign(1.0, times.length)
        while True:
            size = min(max(size, float(options["min_step"])), float(options["max_step"]))
            limit = min([abs(s - time) for s in (times.end, *self.grid) if (s - time) * sign > 0])
            h = limit if size >= limit * (1 - 1e-12) else min(size, max(limit / 2, limit - size))
            if time + sign * h == time or not math.isfinite(h):
                raise RuntimeError(
                    f"odeint: underflow in dt {h} at t = {time}: the function is not smooth there, "
                    "grows beyond all bounds, or is stiff")
            self.left -= 1
            if self.left < 0:
                raise RuntimeError(f"odeint: max_num_steps exceeded ({options['max_num_steps']}) "
                                   f"at t = {time}")
            step = self.attempt(time, sign * h, y, slope)
            error = self.error(step)
            if error <= 1 or h <= float(options["min_step"]):
                factor = float(options["ifactor"])
                if error > 0:
                    factor = min(factor, max(1.0, self.factor(error)))
                return step, max(size, h) * factor if h >= size * 0.99 else size
            size = h * (max(self.factor(error), float(options["dfactor"]))
                        if math.isfinite(error) else float(options["dfactor"]))

    def factor(self, error: float) -> float:
        """By how much a step's size may be multiplied."""
        safety: float = self.options["safety"]
        return safety / math.pow(error, 1 / self.tableau.order)


class FixedStepper(Stepper):
    """Steps of a size that is given, or from each of the times to the next."""

    def steps(self, y: Any) -> Iterator[Step]:
        times = self.times
        for time, after in pairwise(grid(times, self.func, y, self.options)):
            step = self.attempt(time, after - time, y, self.func(times.at(time), y))
            yield step
            y = step.y1


def grid(times: Times, func: Func, y: Any, options: dict[str, Any]) -> Iterable[float]:
    """The times at which fixed steps begin and end."""
    if options["grid_constructor"] is not None:
        points = [float(x) for x in options["grid_constructor"](func, y, times.t.detach())]
        if points[0] != times.start or points[-1] != times.end:
            raise ValueError("grid_constructor is to give times from the first to the last of t")
        return points
    size = options["step_size"]
    if size is None:
        return times.numbers
    count = math.ceil(abs(times.length) / float(size) - 1e-9)
    sign = math.copysign(1.0, times.length)
    return chain((times.start + k * sign * float(size) for k in range(count)), [times.end])
