"""A user's function as SciPy calls it: its values and its derivatives as arrays of numbers.

:class:`Calls` is for functions of a vector. :func:`attached` gives a solution the derivatives that
follow from an equation that it solves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from ...autograd import implicit
from ...autograd.solvers import solved, undifferentiated
from ...engine.recording.operators import is_differentiated
from ...engine.recording.recording import here
from ..numpy.arrays import Array, array
from ..numpy.operands import tensor
from ..numpy.transforms import as_function, lifted, values

Function = Callable[..., Any]


def numbers(x: Any) -> Any:
    """``x`` as an array of floating numbers, without history."""
    found = np.asarray(values(x))
    if found.dtype == object:
        found = np.asarray(values(array(found)))
    return found if found.dtype.kind in "fc" else found.astype(np.float64)


def tuple_of(args: Any) -> tuple[Any, ...]:
    """The ``args`` of SciPy's functions, tensors as Arrays."""
    given = args if isinstance(args, tuple) else (args,)
    return tuple(map(lifted, given))


class Quick:
    """A function for its value alone: called with arrays of NumPy's where that gives the same, as
    the first call finds out; else with Arrays."""

    def __init__(self, function: Function, args: tuple[Any, ...]) -> None:
        self.function = function
        self.args = args
        self.plain: tuple[Any, ...] | None = None
        self.asked = False

    def __call__(self, x: Any, *before: Any) -> Any:
        if self.plain is not None:
            return numbers(self.function(*before, x, *self.plain))
        found = numbers(self.function(*before, array(x), *self.args))
        if not self.asked:
            self.asked = True
            plain = values(self.args)
            self.plain = plain if self.same(found, x, before, plain) else None
        return found

    def same(self, found: Any, x: Any, before: tuple[Any, ...], plain: tuple[Any, ...]) -> bool:
        """Whether arrays of NumPy's give the result that was found with Arrays."""
        try:
            other = numbers(self.function(*before, np.array(x), *plain))
        except Exception:   # whatever a function of tensors says to an array
            return False
        return other.shape == found.shape and bool(np.allclose(other, found, 1e-12, 0, True))


class Calls:
    """A function of a vector and further arguments, as SciPy calls it.

    With ``sparse``, matrices of derivatives are sparse ones of SciPy's, by a plan that is made
    once.
    """

    def __init__(self, function: Function, args: Any = (), sparse: bool = False) -> None:
        self.args = tuple_of(args)
        self.function = as_function(lambda x: function(x, *self.args))
        self.quick = Quick(function, self.args)
        self.sparse = sparse
        self.plans: dict[str, Any] = {}

    def __call__(self, x: Any) -> Any:
        """The result, an Array."""
        return self.function(x)

    def scalar(self, x: Any) -> Any:
        """The only number of the result."""
        found = self.function(x)
        if found.ndim and found.size == 1:
            found = found.reshape(())
        if found.ndim:
            raise ValueError("The user-provided objective function must return a scalar value, and "
                             f"this one returns an array of shape {tuple(found.shape)}")
        return found

    def value(self, x: Any, *_: Any) -> float:
        found = self.quick(x)
        return float(found.item() if found.size == 1 else self.scalar(array(x)))

    def vector(self, x: Any, *_: Any) -> Any:
        return self.quick(np.asarray(x))

    def value_and_gradient(self, x: Any, *_: Any) -> tuple[float, Any]:
        g, y = torch.func.grad_and_value(self.scalar)(array(x))
        return float(y.item()), numbers(g)

    def gradient(self, x: Any, *_: Any) -> Any:
        return self.value_and_gradient(x)[1]

    def hessian(self, x: Any, *_: Any) -> Any:
        if self.sparse:
            return self.planned("hessian", torch.sparse.hessian, self.scalar, x)
        return numbers(torch.func.hessian(self.scalar)(array(x)))

    def product(self, x: Any, v: Any, *_: Any) -> Any:
        """The Hessian's product with a vector."""
        grad = torch.func.grad(self.scalar)
        x = array(x)
        return numbers(torch.func.jvp(grad, (x,), (array(v).to(x.dtype),))[1])

    def jacobian(self, x: Any, *_: Any) -> Any:
        if self.sparse:
            return self.planned("jacobian", torch.sparse.jacobian, self.function, x)
        x = array(x)
        rows = self.plans.get("rows")
        if rows is None:
            rows = self.plans["rows"] = self.function(x).numel()
        way = torch.func.jacrev if rows < x.numel() else torch.func.jacfwd
        return numbers(way(self.function)(x))

    def weighted_hessian(self, x: Any, v: Any) -> Any:
        """The Hessian of the results' sum with weights, as SciPy asks of constraints."""
        weights = array(v)
        return numbers(torch.func.hessian(
            lambda x: torch.sum(torch.atleast_1d(self.function(x)) * weights))(array(x)))

    def planned(self, name: str, made: Function, function: Function, x: Any) -> Any:
        """A sparse matrix of derivatives, by a plan that is made at the first call."""
        x = torch.from_numpy(np.array(x))
        plan = self.plans.get(name)
        if plan is None:
            plan = self.plans[name] = made(function).plan(x)
        return plan(x)

    def depends(self, x: Any) -> bool:
        """Whether the result has a derivative in anything but ``x``."""
        if here.modes.open is not None or here.modes.lanes is not None:
            return True
        return here.modes.grad and is_differentiated(self.function(array(x)))


def undisturbed(solve: Function, *args: Any) -> Any:
    """What a solver of SciPy's returns, called where no derivative is taken."""
    found: list[Any] = []

    def call() -> tuple[()]:
        found.append(solve(*args))
        return ()
    undifferentiated(call)
    return found[0]


def attached(equation: Function, x: Any) -> Any:
    """``x``, which solves ``equation(x) = 0``, as an Array with the derivatives of that root."""
    given = x.detach() if isinstance(x, torch.Tensor) else torch.from_numpy(numbers(x).copy())
    return array(implicit.root(equation, given))


def by_sample(solve: Callable[[Calls, Any], Any], calls: Calls, x0: Any) -> Any:
    """What ``solve(calls, start)`` finds, a result of SciPy's, for each sample of the mapped
    function around: its numbers as tensors, of one sample like any other there."""
    from scipy import optimize

    def of_one(function: Function, start: Any) -> dict[str, Any]:
        res = undisturbed(solve, Calls(function, (), calls.sparse), numbers(start))
        return {name: torch.from_numpy(np.array(found)) for name, found in res.items()
                if isinstance(found, (bool, int, float, np.number, np.ndarray, np.bool_))}
    start = torch.atleast_1d(tensor(x0).double())
    return optimize.OptimizeResult(solved(calls.function, of_one, start))


def alone(name: str, given: dict[str, Any]) -> None:
    """NotImplementedError where a solver is ``given`` what it cannot have in a mapped function."""
    there = [key for key, value in given.items() if value is not None]
    if there:
        raise NotImplementedError(f"{name} in a mapped function, with {', '.join(there)}: what "
                                  "holds there is another in each sample. Call it in a loop")


def like(x: Any, given: Any) -> Any:
    """A solution as what the guess was: an array, or a tensor."""
    if type(given) is not torch.Tensor and not isinstance(given, torch.nn.Parameter):
        return x if isinstance(x, Array) or not isinstance(given, Array) else array(x)
    return x.view_as(x) if isinstance(x, Array) else torch.from_numpy(np.array(x))


def given_or(user: Any, exact: Function) -> Any:
    """What SciPy is to call: the derivative that the user gave, or the exact one."""
    if user is None or user is True or (isinstance(user, str) and user == "exact"):
        return exact
    return of_values(user) if callable(user) else user


def of_values(function: Function) -> Function:
    """A function of the user's with arrays of numbers for its results."""
    def call(*args: Any) -> Any:
        found = function(*args)
        return numbers(found) if isinstance(found, torch.Tensor) else found
    return call
