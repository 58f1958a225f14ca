"""The states at given times, out of the steps that were taken."""

from __future__ import annotations

import math
from typing import Any

from ..functions.joins import stack
from ..tensors.recorded import function
from .problem import Times
from .stepping import Step, Stepper

_stack = function(stack)


def solution(stepper: Stepper, times: Times, y0: Any) -> Any:
    """The states at all the times, one below the other."""
    found, sign = [y0], math.copysign(1.0, times.length)
    for step in stepper.steps(y0):
        end = stepper.landed(step.time + step.h)
        last = None
        while len(found) < len(times.numbers):
            k = len(found)
            left = (end - times.numbers[k]) * sign
            if left < 0:
                break
            if left == 0 and (end == times.end or not times.flows):
                found.append(step.y1)
                continue
            last = step.slope(stepper.func, times) if last is None else last
            found.append(inside(step, times, k, last))
    return _stack(found)


def inside(step: Step, times: Times, k: int, last: Any) -> Any:
    """The state at the ``k``-th of the times, which lies in a step."""
    return step.between(times.span(step.h), times.fraction(k, step.time, step.h), last)
