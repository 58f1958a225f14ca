"""Derivatives of functions of NumPy arrays, as functions of NumPy arrays.

What ``torch.func`` does for tensors, for whoever has arrays: arguments and results are NumPy's, and
the function in between sees an :class:`Array`. Called with tensors they return tensors, and so they
nest and go into ``torch.func``'s transforms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.flushing import host
from .arrays import Array, array
from .operands import tensors_in

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


def as_function(function: Function) -> Function:
    """``function`` of Arrays whatever tensors it is called with; its result is an Array, or a tuple
    of them."""
    def call(*args: Any, **kwargs: Any) -> Any:
        return as_result(function(*[lifted(x) for x in args], **kwargs))
    return call


def lifted(x: Any) -> Any:
    """A tensor as an Array; anything else as it is."""
    return array(x) if isinstance(x, torch.Tensor) and not isinstance(x, Array) else x


def as_result(found: Any) -> Any:
    """What a function returned, as an Array or a tuple of them."""
    if isinstance(found, tuple):
        return tuple(map(as_result, found))
    return found if isinstance(found, torch.Tensor) else array(found)


def values(found: Any) -> Any:
    """Tensors as arrays of NumPy's; 0-dim ones as its numbers."""
    if isinstance(found, tuple):
        return tuple(map(values, found))
    return np.array(host(found))[()] if isinstance(found, torch.Tensor) else found


def of_arrays(made: Callable[[Function], Function], function: Function, argnums: Argnums,
              more: int = 0) -> Function:
    """A transform of ``function``, for arrays; ``more`` of the last arguments are its own."""
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def call(*args: Any, **kwargs: Any) -> Any:
        inside = next(tensors_in(args), None) is not None
        n = len(args) - more
        turned = {p % n for p in places} | set(range(n, len(args)))
        given = [floating(x) if k in turned else lifted(x) for k, x in enumerate(args)]
        found = made(as_function(lambda *xs: function(*xs, **kwargs)))(*given)
        return found if inside else values(found)
    return call


def floating(x: Any) -> Any:
    """An argument in which a function is differentiated."""
    found = array(x)
    return found if found.dtype.kind in "fc" else found.astype(np.float64)


def grad(function: Function, argnums: Argnums = 0) -> Function:
    """The function that returns the gradient of ``function``, whose result is one number, with
    respect to the arguments numbered ``argnums``.

    >>> import numpy as np
    >>> from wengert.interop.numpy import grad
    >>> grad(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    return of_arrays(lambda f: torch.func.grad(f, argnums), function, argnums)


def value_and_grad(function: Function, argnums: Argnums = 0) -> Function:
    """The function that returns the value of ``function`` and its gradient."""
    return of_arrays(lambda f: lambda *xs: torch.func.grad_and_value(f, argnums)(*xs)[::-1],
                     function, argnums)


def jacobian(function: Function, argnums: Argnums = 0, mode: str = "reverse") -> Function:
    """The function that returns the Jacobian: the result's axes, then the argument's.

    ``mode`` is "reverse" (a pullback for each result) or "forward" (a tangent for each argument).
    """
    made: Any = {"reverse": torch.func.jacrev, "forward": torch.func.jacfwd}[mode]
    return of_arrays(lambda f: made(f, argnums), function, argnums)


def hessian(function: Function, argnums: Argnums = 0) -> Function:
    """The function that returns the second derivatives of ``function``, whose result is one number.

    >>> from wengert.interop.numpy import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])([1.0, 2.0])
    array([[4., 2.],
           [2., 0.]])
    """
    return of_arrays(lambda f: torch.func.hessian(f, argnums), function, argnums)


def hvp(function: Function) -> Function:
    """The function of a point and a vector that returns the product of the Hessian with it, without
    the Hessian."""
    def made(f: Function) -> Function:
        return lambda x, v: torch.func.jvp(torch.func.grad(f), (x,), (v,))[1]
    return of_arrays(made, function, 0, more=1)


def vmap(function: Function, in_axes: int | Sequence[int | None] | None = 0,
         out_axes: int = 0) -> Function:
    """``function`` mapped over an axis of its arguments, without a loop."""
    def made(f: Function) -> Function:
        dims = in_axes if in_axes is None or isinstance(in_axes, int) else tuple(in_axes)
        return torch.vmap(f, dims, out_axes)
    return lambda *args: of_arrays(made, function, tuple(range(len(args))))(*args)


__all__ = ["as_function", "grad", "hessian", "hvp", "jacobian", "value_and_grad", "vmap"]
