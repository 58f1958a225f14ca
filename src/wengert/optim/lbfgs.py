"""L-BFGS, and the line search that goes with it.

Start with :meth:`LBFGS.step`; :func:`strong_wolfe` looks along a direction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ..autograd.modes import enable_grad, no_grad
from ..functions import complex_numbers, joins
from ..functions.optim_updates import lbfgs_back, lbfgs_forth, lbfgs_move
from ..tensors.creation import zeros_like
from ..tensors.operators import Tensor
from ..tensors.recorded import function
from ..tensors.updates import update
from .optimizer import Optimizer, State, check, check_lr

back, forth = function(lbfgs_back), function(lbfgs_forth)
cat = function(joins.cat)
view_as_real = function(complex_numbers.view_as_real)

Evaluate = Callable[[float], tuple[float, Any]]
"""From a step size to the loss and the flat gradient there."""

REMEMBERED = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")
"""The state that a step leaves for the next: the last direction and step size, the history, the
inverse Hessian that it begins with, the last gradient and loss."""


class LBFGS(Optimizer):
    """L-BFGS (Nocedal, 1980): Newton's method with a Hessian estimated from the last
    ``history_size`` steps.

    ``step(closure)`` makes up to ``max_iter`` iterations with up to ``max_eval`` calls of
    ``closure``, which computes the loss and its gradients; it ends early when the largest gradient
    is below ``tolerance_grad``, or a change of the loss or the parameters below
    ``tolerance_change``. ``line_search_fn`` is None, for steps of size ``lr``, or "strong_wolfe".
    ValueError for more than one parameter group.

    >>> x = torch.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([x], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((x - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(closure)
    >>> bool((x - 1).abs().max() < 1e-5)
    True
    """

    def __init__(self, params: Any, lr: Any = 1, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9,
                 history_size: int = 100, line_search_fn: str | None = None) -> None:
        check_lr(lr)
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size, "line_search_fn": line_search_fn})
        check(len(self.param_groups) == 1,
              "LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Any]:
        params: list[Any] = self.param_groups[0]["params"]
        return params

    def _flat_grad(self) -> Any:
        """The gradients of all parameters as one real vector."""
        parts = []
        for p in self._params:
            grad = zeros_like(p, requires_grad=False) if p.grad is None else p.grad
            parts.append((view_as_real(grad) if grad.is_complex() else grad).reshape(-1))
        return cat(parts)

    def _move(self, size: float, direction: Any) -> None:
        update(lbfgs_move, [direction], [self._params], float(size))

    def _looking(self, closure: Callable[[], Any], direction: Any) -> Evaluate:
        """The loss and gradient at a distance along ``direction``; the parameters stay."""
        start = [p.clone() for p in self._params]

        def evaluate(size: float) -> tuple[float, Any]:
            self._move(size, direction)
            loss, grad = float(closure()), self._flat_grad()
            for p, value in zip(self._params, start, strict=True):
                p.copy_(value)
            return loss, grad

        return evaluate

    def _direction(self, state: State, last: State, grad: Any, history_size: int) -> Any:
        """The direction of the next step, after the last one has entered the history."""
        if state["n_iter"] == 1:
            last.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return grad.neg()
        dirs, steps, inverses = last["old_dirs"], last["old_stps"], last["ro"]
        y = grad - last["prev_flat_grad"]
        s = last["d"] * last["t"]
        product = y.dot(s)
        if product > 1e-10:
            for each, new in ((dirs, y), (steps, s), (inverses, 1.0 / product)):
                if len(each) == history_size:
                    each.pop(0)
                each.append(new)
            last["H_diag"] = product / y.dot(y)
        way, pairs = grad.neg(), list(zip(dirs, steps, inverses, strict=True))
        factors = state.setdefault("al", [None] * history_size)
        for k, pair in reversed(list(enumerate(pairs))):
            way, factors[k] = back(way, *pair)
        way = way * last["H_diag"]
        for pair, factor in zip(pairs, factors, strict=False):
            way = forth(way, *pair, factor)
        return way

    @no_grad()
    def step(self, closure: Any) -> Any:  # type: ignore[override]
        """Make iterations; returns the loss before the first."""
        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        closure = enable_grad()(closure)
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        state["func_evals"] += 1
        grad = self._flat_grad()
        if _largest(grad) > group["tolerance_grad"]:
            last = {name: state.get(name) for name in REMEMBERED}
            self._iterate(closure, state, last, float(first), grad)
            state.update(last)
        return first

    def _iterate(self, closure: Any, state: State, last: State, loss: float, grad: Any) -> None:
        group, lr = self.param_groups[0], float(self.param_groups[0]["lr"])
        change, least = group["tolerance_change"], group["tolerance_grad"]
        made, evals = 0, 1
        while made < group["max_iter"]:
            made += 1
            state["n_iter"] += 1
            direction = last["d"] = self._direction(state, last, grad, group["history_size"])
            last["prev_flat_grad"], last["prev_loss"] = grad.clone(), loss
            size = lr
            if state["n_iter"] == 1:
                size *= min(1.0, 1.0 / float(grad.abs().sum()))
            last["t"] = size
            slope = float(grad.dot(direction))
            if slope > -change:
                break
            more, before = 0, loss
            if group["line_search_fn"] is not None:
                point = Point(0.0, loss, grad, slope)
                found, more = strong_wolfe(self._looking(closure, direction), direction, point,
                                           size, change, group["max_eval"] - evals)
                size, loss, grad = found.at, found.loss, found.grad
                last["t"] = size
                self._move(size, direction)
            else:
                self._move(size, direction)
                if made != group["max_iter"]:
                    loss, more = float(closure()), 1
                    grad = self._flat_grad()
            evals += more
            state["func_evals"] += more
            if (made == group["max_iter"] or evals >= group["max_eval"]
                    or _largest(grad) <= least or _largest(direction) * abs(size) <= change
                    or abs(loss - before) < change):
                break


def _largest(x: Any) -> float:
    return float(x.abs().max())


# ---- the line search ----

class Point(NamedTuple):
    """A place on the line: its distance, the loss and gradient there, the slope along the line."""

    at: float
    loss: float
    grad: Tensor
    slope: float


def strong_wolfe(evaluate: Evaluate, direction: Any, start: Point, size: float,
                 tolerance_change: float = 1e-9, max_ls: int = 25, c1: float = 1e-4,
                 c2: float = 0.9) -> tuple[Point, int]:
    """A point on the line that fulfils the strong Wolfe conditions, and how often the loss was
    computed (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6).

    At most ``max_ls`` points are tried after the first; then the lowest that was found is given.
    """
    width = _largest(direction)
    calls = 0

    def look(at: float) -> Point:
        nonlocal calls
        calls += 1
        loss, grad = evaluate(at)
        return Point(at, loss, grad, float(grad.dot(direction)))

    def is_high(point: Point) -> bool:
        return point.loss > start.loss + c1 * point.at * start.slope

    bracket = _bracket(look, start, size, max_ls, is_high, c2)
    tried = max(calls - 1, 0)
    stuck = False
    while len(bracket) == 2 and tried < max_ls:
        low, high = sorted(bracket, key=lambda point: point.loss)
        if abs(high.at - low.at) * width < tolerance_change:
            break
        at = _cubic_minimum(bracket[0], bracket[1])
        at, stuck = _inside(at, low.at, high.at, stuck)
        point = look(at)
        tried += 1
        low_first = bracket[0] is low
        if is_high(point) or point.loss >= low.loss:
            bracket = [low, point] if low_first else [point, low]
            continue
        if abs(point.slope) <= -c2 * start.slope:
            return point, calls
        if point.slope * (high.at - low.at) >= 0:
            high = low
        bracket = [point, high] if low_first else [high, point]
    return min(bracket, key=lambda point: point.loss), calls


def _bracket(look: Callable[[float], Point], start: Point, size: float, max_ls: int,
             is_high: Callable[[Point], bool], c2: float) -> list[Point]:
    """Two points with a good one between them; or the good one."""
    before, point, tried = start, look(size), 0
    while tried < max_ls:
        if is_high(point) or (tried > 1 and point.loss >= before.loss):
            return [before, point]
        if abs(point.slope) <= -c2 * start.slope:
            return [point]
        if point.slope >= 0:
            return [before, point]
        nearest = point.at + 0.01 * (point.at - before.at)
        at = _cubic_minimum(before, point, (nearest, point.at * 10))
        before, point = point, look(at)
        tried += 1
    return [start, point]


def _inside(at: float, a: float, b: float, stuck: bool) -> tuple[float, bool]:
    """``at``, kept away from the ends of the interval the second time that it is close to one;
    and whether it was close to one now."""
    low, high = min(a, b), max(a, b)
    margin = 0.1 * (high - low)
    if min(high - at, at - low) >= margin:
        return at, False
    if not (stuck or at >= high or at <= low):
        return at, True
    return (high - margin if abs(at - high) < abs(at - low) else low + margin), False


def _cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through two points, with their slopes, has its minimum; the middle of the
    bounds if it has none."""
    low, high = bounds or (min(a.at, b.at), max(a.at, b.at))
    if a.at == b.at:
        return (low + high) / 2
    if a.at > b.at:
        a, b = b, a
    theta = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.at - b.at)
    square = theta ** 2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    root = math.sqrt(square)
    below = b.slope - a.slope + 2 * root
    if below == 0:
        return (low + high) / 2
    at = b.at - (b.at - a.at) * ((b.slope + root - theta) / below)
    return min(max(at, low), high)


__all__ = ["LBFGS"]
