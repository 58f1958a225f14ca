"""``scipy.optimize.minimize`` and ``least_squares`` with exact derivatives.

A minimum is differentiated as a root of its conditions: the gradient of the Lagrangian is zero, and
so is each constraint that holds with equality there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from ...autograd.solvers import in_mapped
from ..numpy.arrays import array
from ..numpy.operands import tensor
from ..numpy.transforms import lifted
from .calls import (
    Calls,
    alone,
    attached,
    by_sample,
    given_or,
    like,
    numbers,
    of_values,
    undisturbed,
)

Function = Callable[..., Any]

WITHOUT = frozenset(["nelder-mead", "powell", "cobyla", "cobyqa"])
"""Methods that use no derivative."""
MATRIX = frozenset(["dogleg", "trust-exact"])
"""Methods that want the Hessian itself."""
PRODUCTS = frozenset(["newton-cg", "trust-ncg", "trust-krylov", "trust-constr"])
"""Methods for which products with the Hessian are enough."""
NEAR = 1e-5
"""How near its bound a constraint is that counts as holding with equality."""


def minimize(fun: Function, x0: Any, args: Any = (), method: Any = None, jac: Any = None,
             hess: Any = None, hessp: Any = None, bounds: Any = None, constraints: Any = (),
             tol: float | None = None, callback: Any = None, options: Any = None, *,
             sparse: bool = False) -> Any:
    """``scipy.optimize.minimize``: ``fun(x, *args)`` is a function of an Array of shape [n],
    written with NumPy or torch, that returns one number.

    A method that uses a gradient gets the exact one unless ``jac`` is given; one that uses a
    Hessian or products with it gets these, with ``sparse`` as a sparse matrix (``trust-constr``).
    Constraints get exact Jacobians and Hessians. The result is SciPy's ``OptimizeResult``. Where
    ``fun`` or a constraint reads tensors whose derivative is wanted, ``x`` and ``fun`` are Arrays
    with the derivative of the minimum (it has to be isolated, and no multiplier of an active
    constraint zero); where ``x0`` is a tensor, ``x`` is one. In a function that ``torch.vmap`` maps
    it is called for each sample, with a warning, and takes no bounds and constraints.

    >>> import numpy as np
    >>> from wengert.interop.scipy import minimize
    >>> a = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> res = minimize(lambda x, a: np.sum((x - a) ** 2 * a), [0.0, 0.0], args=a)
    >>> torch.autograd.grad(res.x.sum(), a)[0].round(decimals=3)
    tensor([1., 1.], dtype=torch.float64)
    """
    from scipy import optimize
    calls = Calls((lambda x, *args: fun(x, *args)[0]) if jac is True else fun, args, sparse)
    name = method.lower() if isinstance(method, str) else method
    if in_mapped():
        alone("minimize", {"bounds": bounds, "constraints": constraints or None,
                           "callback": callback})
        return minima(calls, x0, method, tol, options)
    start = np.atleast_1d(numbers(x0)).astype(np.float64).ravel()
    limits = constraints_of(constraints)
    options_of: dict[str, Any] = {}
    if jac is True:
        function = of_values(lambda x: tuple(map(numbers, fun(array(x), *calls.args))))
        options_of["jac"] = True
    elif name in WITHOUT:
        function = calls.value
    elif jac is None:
        function = calls.value_and_gradient
        options_of["jac"] = True
    else:
        function = calls.value
        options_of["jac"] = given_or(jac, calls.gradient)
    if name in MATRIX or (name == "trust-constr" and sparse):
        options_of["hess"] = given_or(hess, calls.hessian)
    elif name in PRODUCTS and hess is None:
        options_of["hessp"] = given_or(hessp, calls.product)
    elif hess is not None:
        options_of["hess"] = given_or(hess, calls.hessian)
    res = undisturbed(lambda: optimize.minimize(
        function, start, method=method, bounds=values_of_bounds(bounds), tol=tol,
        constraints=[each.scipys for each in limits], callback=callback, options=options,
        **options_of))
    lower, upper = ends(bounds, start.size)
    if calls.depends(res.x) or any(each.calls.depends(res.x) for each in limits) or any(
            end is not None and getattr(end, "requires_grad", False) for end in (lower, upper)):
        res.x = minimum(calls.scalar, res.x, [*limits, *Limit.of_bounds(res.x, lower, upper)])
        res.fun = calls.scalar(res.x)
    res.x = like(res.x, x0)
    return res


def minima(calls: Calls, x0: Any, method: Any, tol: float | None, options: Any) -> Any:
    """:func:`minimize` in a mapped function: for each sample, with exact derivatives."""
    from scipy import optimize
    name = method.lower() if isinstance(method, str) else method
    res = by_sample(lambda calls, start: optimize.minimize(
        calls.value if name in WITHOUT else calls.value_and_gradient, start.ravel(),
        method=method, jac=name not in WITHOUT, tol=tol, options=options,
        hess=calls.hessian if name in MATRIX else None,
        hessp=calls.product if name in PRODUCTS else None), calls, x0)
    res.x = minimum(calls.scalar, res.x, [])
    res.fun, res.x = calls.scalar(res.x), like(res.x, x0)
    return res


# Constraints
class Limit:
    """A constraint ``low <= function(x) <= high``: for SciPy, and what holds with equality."""

    def __init__(self, calls: Calls, low: Any, high: Any, scipys: Any) -> None:
        self.calls = calls
        self.low = low
        self.high = high
        self.scipys = scipys

    def equations(self, x: Any) -> Function | None:
        """The function that is zero near ``x``: the parts that are at a bound, minus it."""
        found = np.atleast_1d(numbers(self.calls(array(x))))
        sides = [(places, end) for end in (self.low, self.high) if end is not None
                 for places in [at_bound(found, end)] if len(places)]
        if not sides:
            return None
        taken: set[int] = set()
        kept = []
        for places, end in sides:
            fresh = [p for p in places.tolist() if p not in taken]
            taken |= set(fresh)
            if fresh:
                kept.append((fresh, end))

        def zero(x: Any) -> Any:
            y = torch.atleast_1d(self.calls(x))
            return torch.cat([
                tensor(y)[p] - torch.broadcast_to(tensor(end), y.shape)[p] for p, end in kept])
        return zero

    @staticmethod
    def of_bounds(x: Any, lower: Any, upper: Any) -> list[Limit]:
        """The bounds of the variables as a constraint."""
        if lower is None and upper is None:
            return []
        return [Limit(Calls(lambda x: x), lower, upper, None)]


def at_bound(found: Any, end: Any) -> Any:
    """The places at which values are as good as at a bound."""
    bound = np.broadcast_to(numbers(end), found.shape)
    with np.errstate(invalid="ignore"):
        near = np.abs(found - bound) <= NEAR * (1 + np.abs(bound))
    return np.flatnonzero(near & np.isfinite(bound))


def constraints_of(given: Any) -> list[Limit]:
    """The user's constraints, with exact derivatives where none were given."""
    from scipy import optimize
    if isinstance(given, dict) or not isinstance(given, (list, tuple)):
        given = [given]
    found = []
    for each in given:
        if isinstance(each, dict):
            calls = Calls(each["fun"], each.get("args", ()))
            equal = each["type"].lower() == "eq"
            found.append(Limit(calls, 0.0, 0.0 if equal else None, {
                "type": each["type"], "fun": calls.vector,
                "jac": given_or(each.get("jac"), calls.jacobian)}))
        elif isinstance(each, optimize.NonlinearConstraint):
            calls = Calls(each.fun)
            jac = None if isinstance(each.jac, str) and each.jac == "2-point" else each.jac
            hess = None if isinstance(each.hess, optimize.BFGS) else each.hess
            found.append(Limit(calls, each.lb, each.ub, optimize.NonlinearConstraint(
                calls.vector, numbers(each.lb), numbers(each.ub),
                jac=given_or(jac, calls.jacobian), hess=given_or(hess, calls.weighted_hessian),
                keep_feasible=each.keep_feasible)))
        else:   # a LinearConstraint
            matrix = each.A
            calls = Calls(lambda x, A=matrix: np.asarray(
                A.toarray() if hasattr(A, "toarray") else A) @ x)
            found.append(Limit(calls, each.lb, each.ub, each))
    return found


def ends(bounds: Any, n: int) -> tuple[Any, Any]:
    """The lower and the upper bounds of variables; None where there are none."""
    if bounds is None:
        return None, None
    if hasattr(bounds, "lb"):
        return bounds.lb, bounds.ub
    pairs = list(bounds)
    low, high = [[(end if p[k] is None else p[k]) for p in pairs]
                 for k, end in ((0, -np.inf), (1, np.inf))]
    return tensor_or_array(low), tensor_or_array(high)


def tensor_or_array(numbers_: list[Any]) -> Any:
    return tensor(numbers_) if any(isinstance(x, torch.Tensor) for x in numbers_) else np.array(
        numbers_, dtype=float)


def values_of_bounds(bounds: Any) -> Any:
    """Bounds as SciPy takes them."""
    if bounds is None:
        return None
    from scipy import optimize
    lower, upper = ends(bounds, 0)
    return optimize.Bounds(numbers(lower), numbers(upper))


def minimum(objective: Function, x: Any, limits: list[Limit]) -> Any:
    """``x``, a minimum of ``objective`` under constraints, with the derivatives of the minimum."""
    active = [zero for each in limits if (zero := each.equations(x)) is not None]
    if not active:
        return attached(torch.func.grad(objective), x)

    n = x.size

    def constraints(x: Any) -> Any:
        return torch.cat([zero(x) for zero in active])

    def multipliers() -> Any:
        at = torch.from_numpy(x.copy())
        slope = numbers(torch.func.grad(objective)(at))
        matrix = numbers(torch.func.jacrev(constraints)(at))
        return np.linalg.lstsq(matrix.T, slope)[0]

    def conditions(z: Any) -> Any:
        x, weights = z[:n], z[n:]
        slope = torch.func.grad(lambda x: objective(x) - torch.dot(weights, constraints(x)))(x)
        return torch.cat([slope, constraints(x)])

    return attached(conditions, np.concatenate([x, undisturbed(multipliers)]))[:n]


# Least squares
LOSSES: dict[str, Function] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2 * (torch.sqrt(1 + z) - 1),
    "huber": lambda z: torch.where(z <= 1, z, 2 * torch.sqrt(torch.where(z <= 1, 1.0, z)) - 1),
    "cauchy": lambda z: torch.log1p(z),
    "arctan": lambda z: torch.atan(z),
}
"""SciPy's losses, functions of squared residuals."""


def least_squares(fun: Function, x0: Any, jac: Any = None, bounds: Any = (-np.inf, np.inf),
                  method: str = "trf", *, args: Any = (), kwargs: Any = None, loss: Any = "linear",
                  f_scale: float = 1.0, sparse: bool = False, **options: Any) -> Any:
    """``scipy.optimize.least_squares``: ``fun(x, *args, **kwargs)`` is a function of an Array of
    shape [n] that returns the residuals, of shape [m].

    The Jacobian is exact unless ``jac`` is given; with ``sparse`` a sparse matrix. Where ``fun``
    reads tensors whose derivative is wanted, ``x``, ``fun`` and ``cost`` are Arrays with the
    derivative of the minimum.

    >>> import numpy as np
    >>> from wengert.interop.scipy import least_squares
    >>> t = np.arange(4.0)
    >>> fit = least_squares(lambda p: p[0] * np.exp(-p[1] * t) - 2 * np.exp(-t / 2), [1.0, 1.0])
    >>> bool(np.allclose(fit.x, [2, 0.5]))
    True
    """
    from scipy import optimize
    keywords = {name: lifted(x) for name, x in (kwargs or {}).items()}
    calls = Calls(lambda x, *args: fun(x, *args, **keywords), args, sparse)
    low, high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    mapped = in_mapped()
    if mapped:
        alone("least_squares", {"bounds": bounds if np.isfinite(numbers(low)).any()
                                or np.isfinite(numbers(high)).any() else None})
        low = high = None
        res = by_sample(lambda calls, start: optimize.least_squares(
            calls.vector, start, calls.jacobian, method=method, loss=loss, f_scale=f_scale,
            **options), calls, x0)
    else:
        start = np.atleast_1d(numbers(x0)).astype(np.float64)
        res = undisturbed(lambda: optimize.least_squares(
            calls.vector, start, given_or(jac, calls.jacobian), (numbers(low), numbers(high)),
            method, loss=loss, f_scale=f_scale, **options))
    if mapped or calls.depends(res.x):
        if not isinstance(loss, str):
            raise NotImplementedError("least_squares with a loss of your own: its minimum is not "
                                      "differentiated; SciPy's losses are " + ", ".join(LOSSES))

        def cost(x: Any) -> Any:
            return 0.5 * f_scale ** 2 * torch.sum(LOSSES[loss]((calls(x) / f_scale) ** 2))
        res.x = minimum(cost, res.x, Limit.of_bounds(res.x, low, high))
        res.fun, res.cost = calls(res.x), array(cost(res.x))
    res.x = like(res.x, x0)
    return res
