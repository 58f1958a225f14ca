"""``scipy.integrate.solve_ivp`` and ``quad``: exact Jacobians for stiff methods, and results that
are differentiated.

SciPy chooses the steps, or the intervals; where a derivative is wanted the same steps are taken
again, recorded. So the derivative is that of a discretisation that was found good enough for the
value. The values are SciPy's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.operators import is_differentiated
from ..numpy.arrays import array
from ..numpy.operands import tensor
from ..numpy.transforms import as_function
from .calls import Quick, attached, numbers, tuple_of, undisturbed

Function = Callable[..., Any]

STIFF = frozenset(["Radau", "BDF", "LSODA"])
"""Methods that use the Jacobian of the right side."""
NODES = 21
"""How many points of Gauss and Legendre an interval of an integral gets."""


def carried(value: Any, again: Any) -> Any:
    """SciPy's ``value`` with the derivative of what was computed ``again``."""
    return array(tensor(value) + (again - again.detach()))


def wanted(*xs: Any) -> bool:
    """Whether a derivative of one of these is."""
    return any(isinstance(x, torch.Tensor) and is_differentiated(x) for x in xs)


# Differential equations
def solve_ivp(fun: Function, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None,
              dense_output: bool = False, events: Any = None, vectorized: bool = False,
              args: Any = None, **options: Any) -> Any:
    """``scipy.integrate.solve_ivp``: ``fun(t, y, *args)`` is a function of a number and an Array of
    shape [n] that returns dy/dt, of shape [n].

    ``Radau``, ``BDF`` and ``LSODA`` get the exact Jacobian unless ``jac`` is given. Where ``y0`` or
    what ``fun`` reads are tensors whose derivative is wanted, ``y``, of shape [n, times], is an
    Array with its derivative, of any order. Times, also those of events, are numbers.

    >>> import numpy as np
    >>> from wengert.interop.scipy import solve_ivp
    >>> k = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    >>> sol = solve_ivp(lambda t, y, k: -k * y, (0, 2), [1.0], args=(k,), rtol=1e-8)
    >>> bool(np.isclose(torch.autograd.grad(sol.y[0, -1], k)[0].item(), -2 * np.exp(-1)))
    True
    """
    from scipy import integrate
    given = () if args is None else tuple_of(args)
    right = as_function(lambda t, y: fun(t, y, *given))
    start = np.atleast_1d(numbers(y0))
    calls = Slopes(right, Quick(fun, given))
    if method in STIFF and options.get("jac") is None:
        options["jac"] = calls.jacobian
    y_first = tensor(y0).reshape(-1)
    needed = wanted(y_first, calls.slope(float(t_span[0]), array(start)))
    res = undisturbed(lambda: integrate.solve_ivp(
        calls.value, t_span, start, method, t_eval, dense_output or needed, events, vectorized,
        **options))
    if needed and res.success:
        res.y = carried(res.y, again(calls, res, y_first.to(torch.from_numpy(res.y).dtype), method))
    if needed and not dense_output:
        res.sol = None
    return res


class Slopes:
    """The right side of a differential equation, as SciPy calls it and recorded."""

    def __init__(self, right: Function, quick: Quick) -> None:
        self.right = right
        self.quick = quick

    def value(self, t: float, y: Any) -> Any:
        return self.quick(y, t)

    def jacobian(self, t: float, y: Any) -> Any:
        return numbers(torch.func.jacfwd(lambda y: self.right(t, y))(array(y)))

    def slope(self, t: float, y: Any) -> Any:
        """Recorded, for a tensor."""
        found = tensor(self.right(t, y))
        return found.reshape(-1) if found.ndim != 1 else found


def again(calls: Slopes, res: Any, y: Any, method: Any) -> Any:
    """The solution at the times of ``res`` by the steps that SciPy took, recorded."""
    from scipy import integrate
    name = method if isinstance(method, str) else method.__name__
    tableau = getattr(integrate, name)
    step: Function
    if issubclass(tableau, integrate.RK45.__base__):
        step = lambda t, h, y: explicit(calls, tableau, t, h, y)
    else:
        step = lambda t, h, y: implicit_step(calls, res.sol, t, h, y)
    times = np.union1d(res.sol.ts, res.t)
    if res.sol.ts[0] > res.sol.ts[-1]:
        times = times[::-1]
    at = {float(t) for t in res.t}
    found = [y] if float(times[0]) in at else []
    for t, after in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        y = step(t, after - t, y)
        if after in at:
            found.append(y)
    return torch.stack(found, 1)


def explicit(calls: Slopes, tableau: Any, t: float, h: float, y: Any) -> Any:
    """A step of an explicit Runge-Kutta method."""
    def moved(weights: Any) -> Any:
        n = len(stages)
        return y + torch.matmul(torch.from_numpy(h * weights[:n]).to(y.dtype), torch.stack(stages))

    stages = [calls.slope(t, y)]
    for c, row in zip(tableau.C[1:tableau.n_stages], tableau.A[1:], strict=False):
        stages.append(calls.slope(t + float(c) * h, moved(row)))
    return moved(tableau.B)


_R = 6 ** .5
RADAU_C = np.array([(4 - _R) / 10, (4 + _R) / 10, 1.0])
"""The points of the collocation of Radau, of order 5."""
RADAU_A = np.array([[c ** (k + 1) / (k + 1) for k in range(3)] for c in RADAU_C]) @ np.linalg.inv(
    np.vander(RADAU_C, increasing=True))


def implicit_step(calls: Slopes, sol: Any, t: float, h: float, y: Any) -> Any:
    """A step of Radau's collocation, whose slopes solve an equation."""
    n = y.shape[0]
    times = [t + float(c) * h for c in RADAU_C]
    A = torch.from_numpy(h * RADAU_A).to(y.dtype)

    def residual(k: Any) -> Any:
        k = k.reshape(3, n)
        ys = y + torch.matmul(A, k)
        return (k - torch.stack([calls.slope(s, ys[i]) for i, s in enumerate(times)])).reshape(-1)

    def newton() -> Any:
        base = numbers(y)
        k = np.stack([calls.value(s, sol(s)) for s in times])
        for _ in range(8):
            ys = base + h * RADAU_A @ k
            off = k - np.stack([calls.value(s, each) for s, each in zip(times, ys, strict=True)])
            J = np.stack([calls.jacobian(s, each) for s, each in zip(times, ys, strict=True)])
            matrix = np.eye(3 * n) - h * np.einsum("ij,ipq->ipjq", RADAU_A, J).reshape(3 * n, -1)
            change = np.linalg.solve(matrix, off.reshape(-1)).reshape(3, n)
            k = k - change
            if np.abs(change).max() <= 1e-12 * (1 + np.abs(k).max()):
                break
        return k.reshape(-1)

    k = tensor(attached(residual, undisturbed(newton))).reshape(3, n)
    return y + torch.matmul(A[2], k)


# Integrals
def quad(func: Function, a: Any, b: Any, args: Any = (), full_output: int = 0,
         **options: Any) -> Any:
    """``scipy.integrate.quad``: the integral of ``func(x, *args)`` from ``a`` to ``b``, and the
    estimate of its error. ``func`` is a function of a number.

    Where a bound or what ``func`` reads are tensors whose derivative is wanted, the integral is an
    Array with its derivative, of any order; also over infinite intervals.

    >>> import numpy as np
    >>> from wengert.interop.scipy import quad
    >>> k = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    >>> y, error = quad(lambda x, k: np.exp(-k * x), 0, np.inf, args=k)
    >>> bool(np.isclose(torch.autograd.grad(y, k)[0].item(), -1 / 4))
    True
    """
    from scipy import integrate
    given = tuple_of(args)
    function = as_function(lambda x: func(x, *given))
    low, high = float(numbers(a)), float(numbers(b))
    number = Quick(func, given)
    found = undisturbed(lambda: integrate.quad(
        lambda x: float(number(x)), low, high, full_output=1, **options))
    value, info = found[0], found[2]
    middle = next(x for x in (low / 2 + high / 2, low + 1, high - 1, 0.0) if np.isfinite(x))
    if wanted(a, b, function(middle)):
        if options.get("weight") is not None or "last" not in info:
            raise NotImplementedError("quad with weight= is not differentiated: write the weight "
                                      "into func")
        value = carried(value, integral(function, a, b, low, high, info))
    return (value, *found[1:]) if full_output else (value, found[1])


def integral(function: Function, a: Any, b: Any, low: float, high: float, info: Any) -> Any:
    """The integral over the intervals that SciPy has found, recorded."""
    n = info["last"]
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    left, right = info["alist"][:n, None], info["blist"][:n, None]
    half = (right - left) / 2
    at, weight = (left + half * (1 + nodes)).ravel(), (half * weights).ravel()
    return sum(torch.dot(torch.from_numpy(weight), tensor(f))
               for f in integrands(function, a, b, low, high, at))


def integrands(function: Function, a: Any, b: Any, low: float, high: float, at: Any) -> list[Any]:
    """The integrand at points of SciPy's variable, times the derivative of what it stands for."""
    if np.isfinite(low) and np.isfinite(high):
        if not wanted(a, b):
            return [of_points(function, at)]
        length = b - a
        return [of_points(function, a + length * torch.from_numpy((at - low) / (high - low)))
                * (length / (high - low))]
    far, scale = (1 - at) / at, torch.from_numpy(1 / at ** 2) * (1 if high > low else -1)
    if not (np.isfinite(low) or np.isfinite(high)):
        return [of_points(function, far) * scale, of_points(function, -far) * scale]
    end, up = (a, high > low) if np.isfinite(low) else (b, low > high)
    return [of_points(function, end + torch.from_numpy(far if up else -far)) * scale]


def of_points(function: Function, points: Any) -> Any:
    """``function`` of each point: mapped, or in a loop where it looks at values."""
    points = tensor(points)
    try:
        return tensor(torch.vmap(function)(points)).to(torch.float64)
    except RuntimeError:
        found = [tensor(function(array(x) if wanted(x) else x.item())) for x in points.unbind(0)]
        return torch.stack(found).to(torch.float64)
