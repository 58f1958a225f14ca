"""``scipy.optimize.root`` and ``root_scalar`` with exact derivatives, and roots differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...autograd.solvers import in_mapped
from ..numpy.arrays import array
from .calls import Calls, alone, attached, by_sample, given_or, like, numbers, undisturbed

Function = Callable[..., Any]

WITH_JACOBIAN = frozenset(["hybr", "lm"])
"""Methods of ``root`` that use a Jacobian."""


def root(fun: Function, x0: Any, args: Any = (), method: str = "hybr", jac: Any = None,
         tol: float | None = None, callback: Any = None, options: Any = None) -> Any:
    """``scipy.optimize.root``: ``fun(x, *args)`` is a function of an Array that returns as many
    numbers as it has.

    ``hybr`` and ``lm`` get the exact Jacobian unless ``jac`` is given. Where ``fun`` reads tensors
    whose derivative is wanted, ``x`` is an Array with the derivative of the root. In a function
    that ``torch.vmap`` maps it is called for each sample, with a warning; a Jacobian is then the
    exact one.

    >>> import numpy as np
    >>> from wengert.interop.scipy import root
    >>> a = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    >>> x = root(lambda x, a: np.array([x[0] ** 2 - a, x[1] - x[0]]), [1.0, 1.0], args=a).x
    >>> bool(np.isclose(torch.autograd.grad(x[1], a)[0].item(), 0.5 / 2 ** 0.5))
    True
    """
    from scipy import optimize
    calls = Calls(fun, args)
    if in_mapped():
        alone("root", {"callback": callback})
        if jac is True:
            calls = Calls(lambda x, *args: fun(x, *args)[0], args)
        res = by_sample(lambda calls, start: optimize.root(
            calls.vector, start, method=method, tol=tol, options=options,
            jac=calls.jacobian if method in WITH_JACOBIAN else None), calls, x0)
        res.x = like(attached(lambda x: calls(x).reshape(x.shape), res.x), x0)
        return res
    start = np.atleast_1d(numbers(x0))
    function: Function = calls.vector
    more: dict[str, Any] = {}
    if jac is True:
        both = fun
        calls = Calls(lambda x, *args: both(x, *args)[0], args)

        def function(x: Any) -> Any:
            return tuple(map(numbers, both(array(x), *calls.args)))
        more["jac"] = True
    elif method in WITH_JACOBIAN:
        more["jac"] = given_or(jac, calls.jacobian)
    res = undisturbed(lambda: optimize.root(
        function, start, method=method, tol=tol, callback=callback, options=options, **more))
    if calls.depends(res.x):
        res.x = attached(lambda x: calls(x).reshape(x.shape), res.x)
    res.x = like(res.x, x0)
    return res


def root_scalar(f: Function, args: Any = (), method: str | None = None, bracket: Any = None,
                fprime: Any = None, fprime2: Any = None, x0: Any = None, x1: Any = None,
                **options: Any) -> Any:
    """``scipy.optimize.root_scalar``: ``f(x, *args)`` is a function of a 0-dim Array.

    Newton's and Halley's method get exact derivatives unless ``fprime``, ``fprime2`` are given.
    Where ``f`` reads tensors whose derivative is wanted, ``root`` is an Array with its derivative.
    """
    from scipy import optimize
    both = fprime is True
    calls = Calls((lambda x, *args: f(x, *args)[0]) if both else f, args)
    if both:
        fprime = None
    if method in ("newton", "halley") or (
            method is None and bracket is None and x0 is not None and x1 is None):
        fprime = given_or(fprime, calls.gradient)
        if method == "halley":
            fprime2 = given_or(fprime2, calls.hessian)
    given = [None if x is None else float(numbers(x)) for x in (x0, x1)]
    res = undisturbed(lambda: optimize.root_scalar(
        calls.value, method=method, bracket=bracket, fprime=fprime, fprime2=fprime2, x0=given[0],
        x1=given[1], **options))
    if calls.depends(res.root):
        res.root = attached(calls.scalar, np.asarray(res.root))
    return res


__all__ = ["root", "root_scalar"]
