"""Ordinary differential equations: ``odeint``, with gradients through the steps or by the adjoint
equation, and events.

The signatures are those of the package ``torchdiffeq``. :func:`odeint` records its steps, so its
results have derivatives of any order, forward and reverse, in the initial state, the times and all
that the function reads. :func:`odeint_adjoint` keeps only the results, and integrates the adjoint
equation backwards in time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..tensors.operators import Tensor
from .adjoint import solved_by_adjoint
from .events import until_event
from .problem import State, Times, rms
from .solution import solution
from .stepping import FixedStepper, Stepper
from .tableaus import ADAPTIVE, FIXED

Func = Callable[[Any, Any], Any]

OPTIONS: dict[str, Any] = {
    "norm": rms, "first_step": None, "safety": 0.9, "ifactor": 10.0, "dfactor": 0.2,
    "max_num_steps": 2 ** 31 - 1, "min_step": 0.0, "max_step": float("inf"), "step_t": None,
    "jump_t": None, "step_size": None, "grid_constructor": None, "perturb": False, "dtype": None,
    "interp": "linear"}


def odeint(func: Func, y0: Any, t: Any, *, rtol: float = 1e-7, atol: float = 1e-9,
           method: str | None = None, options: dict[str, Any] | None = None,
           event_fn: Callable[[Any, Any], Any] | None = None) -> Any:
    """The solution of ``dy/dt = func(t, y)``, ``y(t[0]) = y0``, at the times ``t``.

    ``y0`` is a tensor of any shape, or a tuple of tensors; ``t`` has one dimension and increases or
    decreases. ``func`` takes a time (a tensor without dimensions) and a state. Returned is a tensor
    (a tuple of them) with the times along its first axis.

    ``method`` is ``"dopri5"`` (Dormand and Prince's 5(4), the default), ``"bosh3"`` or
    ``"adaptive_heun"``, whose steps are chosen such that their error is at most ``atol + rtol *
    |y|``; or ``"euler"``, ``"midpoint"``, ``"rk4"`` with ``options={"step_size": ...}``. Other
    options: ``first_step``, ``max_step``, ``min_step``, ``max_num_steps``, ``norm``, ``safety``,
    ``ifactor``, ``dfactor``, ``step_t`` and ``jump_t`` (times at which a step has to end),
    ``grid_constructor``. Under ``vmap`` the steps are the same for all samples.

    With ``event_fn(t, y)`` the integration goes on until an element of its result changes sign; the
    result is then the time of that and the solution at ``t[0]`` and at that time, both
    differentiable. ``t`` holds the first time, and if it holds a second, one beyond which there is
    an error.

    TypeError and ValueError for wrong states, times and methods; RuntimeError where a step becomes
    too small, or there are too many.

    >>> from wengert.ode import odeint
    >>> rate = torch.tensor(0.5, requires_grad=True)
    >>> y = odeint(lambda t, y: -rate * y, torch.tensor(1.0), torch.tensor([0.0, 1.0, 2.0]))
    >>> y
    tensor([1.0000, 0.6065, 0.3679], grad_fn=<StackBackward0>)
    >>> torch.autograd.grad(y[2], rate)   # -2 exp(-1)
    (tensor(-0.7358),)
    """
    state = State(y0)
    make = maker(func, state, rtol, atol, method, options)
    if event_fn is not None:
        if method in FIXED and (options or {}).get("step_size") is None:
            raise ValueError("Event handling for fixed step solvers currently requires `step_size` "
                             "to be provided in options.")
        return until_event(make, state, y0, t, event_fn, atol)
    times = Times(t)
    return state.unpacked(solution(make(times), times, state.packed(y0)), (len(times.numbers),))


def odeint_adjoint(func: Func, y0: Any, t: Any, *, rtol: float = 1e-7, atol: float = 1e-9,
                   method: str | None = None, options: dict[str, Any] | None = None,
                   event_fn: Callable[[Any, Any], Any] | None = None,
                   adjoint_rtol: float | None = None, adjoint_atol: float | None = None,
                   adjoint_method: str | None = None,
                   adjoint_options: dict[str, Any] | None = None,
                   adjoint_params: Any = None) -> Any:
    """:func:`odeint`, whose gradients come from the adjoint equation, integrated backwards from the
    last time: memory does not grow with the number of steps.

    All that ``func`` reads has its gradient, of any order. A ``func`` that looks at values (an
    ``if``) is called again for the adjoint; then gradients go to ``adjoint_params``, or to the
    parameters if it is a module. The ``adjoint_...`` arguments are those of the adjoint equation.
    """
    state = State(y0)
    if event_fn is not None:
        return odeint(func, y0, t, rtol=rtol, atol=atol, method=method, options=options,
                      event_fn=event_fn)
    make = maker(func, state, rtol, atol, method, options)
    back = (rtol if adjoint_rtol is None else adjoint_rtol,
            atol if adjoint_atol is None else adjoint_atol,
            method if adjoint_method is None else adjoint_method, adjoint_options)
    if adjoint_options is None and options and adjoint_method is None:
        back = (*back[:3], {k: v for k, v in options.items() if k != "norm"})

    def make_back(func: Func) -> Callable[[Times], Stepper]:
        return maker(func, State(t), *back)
    return solved_by_adjoint(func, state, y0, t, lambda f: maker(
        f, State(t), rtol, atol, method, options), make, make_back, adjoint_params)


def odeint_event(func: Func, y0: Any, t0: Any, *, event_fn: Callable[[Any, Any], Any],
                 reverse_time: bool = False, odeint_interface: Any = odeint,
                 **kwargs: Any) -> tuple[Any, Any]:
    """The time at which an element of ``event_fn(t, y)`` changes sign, and the solution at ``t0``
    and then; both are differentiable.

    >>> from wengert.ode import odeint_event
    >>> height = torch.tensor(20.0, requires_grad=True)
    >>> time, (z, v) = odeint_event(
    ...     lambda t, y: (y[1], torch.tensor(-10.0)), (height, torch.tensor(0.0)),
    ...     torch.tensor(0.0), event_fn=lambda t, y: y[0])
    >>> time, torch.autograd.grad(time, height)   # sqrt(h / 5), 1 / sqrt(20 h)
    (tensor(2.0000, grad_fn=<AddBackward0>), (tensor(0.0500),))
    """
    if reverse_time:
        time, found = odeint_event(
            lambda s, y: negative(func(-s, y)), y0, -t0, event_fn=lambda s, y: event_fn(-s, y),
            odeint_interface=odeint_interface, **kwargs)
        return -time, found
    t = t0.reshape(1)
    time, found = odeint_interface(func, y0, t, event_fn=event_fn, **kwargs)
    return time, found


def negative(y: Any) -> Any:
    """A state with the other sign."""
    return -y if isinstance(y, Tensor) else tuple(-part for part in y)


def maker(func: Func, state: State, rtol: float, atol: float, method: str | None,
          options: dict[str, Any] | None) -> Callable[[Times], Stepper]:
    """What makes the stepper of a method for given times."""
    method = method or "dopri5"
    if method not in ADAPTIVE and method not in FIXED:
        raise ValueError(f'Invalid method "{method}". Must be one of '
                         f'{[*ADAPTIVE, *FIXED]}')
    unknown = [name for name in options or {} if name not in OPTIONS]
    if unknown:
        warnings.warn(f"{method}: Unexpected arguments {unknown}", stacklevel=3)
    chosen = {**OPTIONS, **(options or {})}
    if chosen["step_size"] is not None and chosen["grid_constructor"] is not None:
        raise ValueError("step_size and grid_constructor are mutually exclusive arguments.")
    jumps = numbers(chosen["jump_t"])
    norm = chosen["norm"]
    if state.shapes is not None and norm is not rms:
        chosen["norm"] = lambda y: norm(state.unpacked(y))
    chosen |= {"jumps": set(jumps), "stops": [*jumps, *numbers(chosen["step_t"])]}
    kind, tableau = (Stepper, ADAPTIVE[method]) if method in ADAPTIVE else (
        FixedStepper, FIXED[method])
    own = state.of_tensor(func)
    return lambda times: kind(own, times, tableau, rtol, atol, chosen)


def numbers(times: Any) -> list[float]:
    """Times that the user gave as a tensor or a list."""
    return [] if times is None else [float(x) for x in times]


__all__ = ["odeint", "odeint_adjoint", "odeint_event"]
