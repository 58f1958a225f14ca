"""Gradients of the solution of a differential equation by its adjoint equation.

The adjoint ``a`` of the state goes backwards in time by ``da/dt = -a df/dy`` (Pontryagin; Chen and
others, 2018), beside the state itself and the gradient of what the function reads. ``func`` is a
body (``autograd/bodies.py``): what it reads are its operands. One that looks at values is called
again instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..autograd.api import grad
from ..autograd.bodies import body_of
from ..autograd.function import Function
from ..autograd.implicit import looking
from ..autograd.modes import enable_grad
from ..autograd.solvers import looks
from ..func import jvp, vjp
from ..functions.joins import cat, stack
from ..tensors.operators import Tensor
from ..tensors.recorded import function
from .problem import State, Times
from .solution import solution
from .stepping import Stepper

_cat, _stack = function(cat), function(stack)
Func = Callable[..., Any]
Maker = Callable[[Times], Stepper]


def solved_by_adjoint(func: Func, state: State, y0: Any, t: Any, make: Callable[[Func], Maker],
                      first: Maker, make_back: Callable[[Func], Maker], params: Any) -> Any:
    """The states at the times ``t``, with gradients by the adjoint equation."""
    y, own = state.packed(y0), state.of_tensor(func)
    looked, (body, _) = looks(lambda: body_of(own, (t[0].detach(), y)))
    if looked:
        operands = list(params) if params is not None else (
            list(func.parameters()) if hasattr(func, "parameters") else [])
        call = lambda t, y, operands: own(t, y)
    else:
        operands, bare = body.operands, body.without_tensors()
        call = lambda t, y, operands: bare((t, y), operands)[0]
    operands = [p for p in operands if isinstance(p, Tensor)]
    equation = Equation(call, make, make_back, looked)
    found = Solution.apply(equation, y, t, *operands)
    return state.unpacked(found, (len(t),))


class Equation(NamedTuple):
    """A differential equation: ``call(t, y, operands)``, and what makes steppers of functions."""

    call: Callable[[Any, Any, Sequence[Any]], Any]
    make: Callable[[Func], Maker]
    make_back: Callable[[Func], Maker]
    looks: bool

    def solve(self, y0: Any, t: Any, operands: Sequence[Any]) -> Any:
        """The states at the times, through steps."""
        times = Times(t)
        stepper = self.make(lambda t, y: self.call(t, y, operands))(times)
        return solution(stepper, times, y0)


class Solution(Function):
    """The states at given times as a function of the first, of the times and of what the equation
    reads."""

    @staticmethod
    def forward(ctx: Any, equation: Equation, y0: Any, t: Any, *operands: Any) -> Any:
        ctx.equation = equation
        found = equation.solve(y0, t, operands)
        ctx.save_for_backward(found, t, *operands)
        ctx.save_for_forward(found, t, *operands)
        return found

    @staticmethod
    @looking
    def backward(ctx: Any, cts: Any) -> Any:
        found, t, *operands = ctx.saved_tensors
        needs = ctx.needs_input_grad
        ct0, ct_t, grads = went_back(ctx.equation, found, t, operands, cts, needs[2], needs[3:])
        return None, ct0, ct_t, *grads

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        found, t, *operands = ctx.saved_tensors
        given = [found[0], t, *operands]
        places = [k for k, x in enumerate(tangents[1:]) if x is not None]

        def solve(*some: Any) -> Any:
            new = list(given)
            for k, x in zip(places, some, strict=True):
                new[k] = x
            return ctx.equation.solve(new[0], new[1], new[2:])
        return jvp(solve, tuple(given[k] for k in places),
                   tuple(tangents[1 + k] for k in places))[1]


def went_back(equation: Equation, found: Any, t: Any, operands: Sequence[Any], cts: Any,
              of_times: bool, needed: Sequence[bool]) -> tuple[Any, Any, list[Any]]:
    """The cotangents of the first state, of the times (None unless ``of_times``) and of the
    operands, None where they are not ``needed``."""
    places = [k for k, need in enumerate(needed) if need]
    some = [operands[k] for k in places]
    shape, n = found.shape[1:], found[0].numel()

    def adjoint(time: Any, v: Any) -> Any:
        """The slopes of the state, of its adjoint and of the operands' gradient."""
        y, a = v[:n].reshape(shape), v[n:2 * n].reshape(shape)
        if equation.looks:
            slope, pull = vjp(lambda y, *own: equation.call(time, y, operands), y)
            return _cat([slope.reshape(-1), -pull(a)[0].reshape(-1), *again(time, y, a)])
        slope, pull = vjp(lambda y, *own: equation.call(time, y, filled(operands, places, own)),
                          y, *some)
        return _cat([slope.reshape(-1), *[-g.reshape(-1) for g in pull(a)]])

    def again(time: Any, y: Any, a: Any) -> list[Any]:
        """Of a function that looks at values, the gradients in tensors that it closes over."""
        return [-g.reshape(-1) for g in closed_over(equation, time, y, some, a)]
    ct_times: list[Any] = [None] * len(t)
    a = cts[-1]
    grads = [x.reshape(-1) * 0 for x in some]
    first = None
    for k in range(len(t) - 1, 0, -1):
        if of_times:
            ct_times[k] = a_dot(cts[k], equation.call(t[k], found[k], operands))
        start = _cat([found[k].reshape(-1), a.reshape(-1), *grads])
        times = Times(_stack([t[k], t[k - 1]]))
        end = solution(equation.make_back(adjoint)(times), times, start)[-1]
        a = end[n:2 * n].reshape(shape) + cts[k - 1]
        grads = list(end[2 * n:].split([g.numel() for g in grads])) if grads else []
        first = end[n:2 * n].reshape(shape)
    ct_t = None
    if of_times and first is not None:
        ct_times[0] = -a_dot(first, equation.call(t[0], found[0], operands))
        ct_t = _stack(ct_times)
    result: list[Any] = [None] * len(operands)
    for k, g in zip(places, grads, strict=True):
        result[k] = g.reshape(operands[k].shape)
    return a, ct_t, result


def a_dot(a: Any, slope: Any) -> Any:
    """The product of an adjoint and a slope."""
    return (a.conj() * slope).real.sum() if a.is_complex() else (a * slope).sum()


def filled(operands: Sequence[Any], places: Sequence[int], own: Sequence[Any]) -> list[Any]:
    """The operands with others at ``places``."""
    new = list(operands)
    for k, x in zip(places, own, strict=True):
        new[k] = x
    return new


def closed_over(equation: Equation, time: Any, y: Any, some: Sequence[Any], a: Any) -> Any:
    """The gradients of ``a . f(time, y)`` in tensors that ``f`` closes over."""
    with enable_grad():
        slope = equation.call(time, y, ())
    if not slope.requires_grad:
        return [x * 0 for x in some]
    return grad(slope, some, a, allow_unused=True, materialize_grads=True)
