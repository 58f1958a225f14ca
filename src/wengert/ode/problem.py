"""What is to be integrated: states as one tensor, times that may be differentiated, values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd import forward_ad
from ..autograd.solvers import every_value
from ..functions.joins import cat
from ..tensors.data import tensor
from ..tensors.operators import Tensor
from ..tensors.recorded import function

_cat = function(cat)


class State:
    """How tuples of tensors lie in one vector; a single tensor stays as it is."""

    def __init__(self, y0: Any) -> None:
        self.shapes: list[Any] | None = None
        if isinstance(y0, Tensor):
            return
        if not isinstance(y0, tuple) or not y0 or not all(isinstance(y, Tensor) for y in y0):
            raise TypeError(f"y0 must be a Tensor or a tuple of Tensors, and is {type(y0)}")
        self.shapes = [y.shape for y in y0]

    def packed(self, y: Any) -> Any:
        """The state as one tensor."""
        if self.shapes is None:
            return y
        return _cat([part.reshape(-1) for part in y])

    def unpacked(self, y: Any, lead: tuple[int, ...] = ()) -> Any:
        """The state of a tensor, with ``lead`` axes in front."""
        if self.shapes is None:
            return y
        parts = y.split([shape.numel() for shape in self.shapes], len(lead))
        return tuple(part.reshape((*lead, *shape))
                     for part, shape in zip(parts, self.shapes, strict=True))

    def of_tensor(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """``func(t, y)`` on states as one tensor."""
        if self.shapes is None:
            return func
        return lambda t, y: self.packed(func(t, self.unpacked(y)))


class Times:
    """The times ``t`` as numbers, which the steps go by, and as tensors where they are
    differentiated: a fraction of the way from the first to the last."""

    def __init__(self, t: Any) -> None:
        if not isinstance(t, Tensor) or t.dim() != 1 or not t.is_floating_point():
            raise TypeError("t must be one dimensional, of floating point numbers")
        self.t = t
        self.dtype = t.dtype
        self.flows = t.requires_grad or forward_ad.tangent_of(t) is not None
        self.numbers = [float(x) for x in common(every_value(t.detach()), 1)]
        steps = np.diff(self.numbers)
        if len(self.numbers) < 2 or not (np.all(steps > 0) or np.all(steps < 0)):
            raise ValueError("t must be strictly increasing or decreasing")
        self.start, self.end = self.numbers[0], self.numbers[-1]
        self.length = self.end - self.start
        if self.flows:
            self.first, self.whole = t[0], t[-1] - t[0]

    def span(self, h: float) -> Any:
        """A step of ``h``."""
        return self.whole * (h / self.length) if self.flows else h

    def at(self, time: float) -> Any:
        """The tensor of a time."""
        if self.flows:
            return self.first + self.whole * ((time - self.start) / self.length)
        return instant(time, self.dtype)

    def fraction(self, k: int, time: float, h: float) -> Any:
        """Where in the step of ``h`` from ``time`` the ``k``-th of the times lies."""
        if self.flows:
            return (self.t[k] - self.at(time)) / self.span(h)
        return (self.numbers[k] - time) / h


def instant(time: float, dtype: Any) -> Any:
    """The tensor of a time."""
    return tensor(time, dtype=dtype)


def common(values: Any, ndim: int) -> Any:
    """The values that all samples of a mapped function have in common; RuntimeError where they
    differ."""
    found = values.reshape((-1, *values.shape[values.ndim - ndim:]))
    if len(found) > 1 and not np.all(found == found[0]):
        raise RuntimeError("vmap: times that differ between samples are not possible in odeint, "
                           "whose steps are the same for all: scale the time in the function")
    return found[0]


def largest(value: Any) -> float:
    """The value of a tensor of one element, the largest of all samples."""
    values = every_value(value.detach())
    return float(values.max()) if values.size else 0.0


def rms(y: Any) -> Any:
    """The root of the mean square."""
    if y.numel() == 0:
        return tensor(0.0)
    return y.abs().square().mean().sqrt()
