"""SciPy's solvers get exact derivatives, and their solutions have derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import wengert as torch
from wengert.interop import scipy as solvers
from wengert.interop.numpy import Array, grad

F8 = torch.float64


def banana(x: Any) -> Any:
    return np.sum(10 * (x[1:] - x[:-1] ** 2) ** 2) + np.sum((1 - x) ** 2)


def quotient(f: Callable[[Any], Any], at: Any, h: float = 1e-5) -> Any:
    at = np.asarray(at, dtype=float)
    return np.array([(f(at + d) - f(at - d)) / (2 * h) for d in np.eye(len(at)) * h])


def slope(f: Callable[[Any], Any], at: Any) -> Any:
    """The gradient of ``f`` of a tensor that requires grad, by backward."""
    p = torch.tensor(at, dtype=F8, requires_grad=True)
    f(p).backward()
    assert p.grad is not None
    return p.grad.numpy()


# ---- what SciPy is given ----


@pytest.mark.parametrize("method", [
    "BFGS", "L-BFGS-B", "Newton-CG", "trust-exact", "Nelder-Mead", *[
        pytest.param(name, marks=pytest.mark.long)
        for name in ("SLSQP", "CG", "TNC", "trust-ncg", "trust-krylov", "dogleg", "trust-constr")]])
def test_each_method_gets_what_it_can_use(method: str) -> None:
    start = [1.1, 1.2]
    found = solvers.minimize(banana, start, method=method)
    assert found.success and np.allclose(found.x, 1, atol=1e-3) and type(found.x) is np.ndarray
    if method not in ("Nelder-Mead",):
        alone = optimize.minimize(
            banana, start, method=method, jac=lambda x: grad(banana)(x),
            **({"hess": optimize.rosen_hess} if method == "trust-exact" else
               {"hess": lambda x: np.eye(2)} if method in ("trust-ncg", "trust-krylov", "dogleg")
               else {}))
        assert found.nfev <= alone.nfev + 2   # and no call for a quotient


def test_a_function_of_torchs_and_a_guess_that_is_a_tensor() -> None:
    ones = torch.ones(2, dtype=F8)
    found = solvers.minimize(lambda x: torch.nn.functional.mse_loss(x.pow(3), ones),
                             torch.tensor([0.5, 2.0]))
    assert type(found.x) is torch.Tensor and torch.allclose(found.x, ones, atol=1e-2)


def test_derivatives_of_the_users_are_kept() -> None:
    called: list[str] = []

    def jac(x: Any) -> Any:
        called.append("jac")
        return 2 * x

    assert solvers.minimize(lambda x: np.sum(x ** 2), [1.0], jac=jac).success and called
    both = solvers.minimize(lambda x: (np.sum(x ** 2), 2 * x), [1.0, 2.0], jac=True)
    assert np.allclose(both.x, 0, atol=1e-6)
    assert solvers.root(lambda x: (x ** 2 - 4, np.diag(2 * x)), [1.0], jac=True).success


def test_sparse_matrices() -> None:
    def chain(x: Any) -> Any:
        return torch.cat([x[1:] + 0.1 * x[:-1] ** 2 - 1.1, x[:1] - 1])

    made = solvers.least_squares(chain, np.full(30, 0.5), sparse=True)
    assert np.allclose(made.x, 1) and made.jac.nnz == 30 + 29
    found = solvers.minimize(lambda x: (chain(x) ** 2).sum(), np.full(8, 0.5), sparse=True,
                             method="trust-constr")
    assert np.allclose(found.x, 1, atol=1e-4)


# ---- solutions that are differentiated ----


def far(p: Any, method: Any = None) -> Any:
    """A minimum whose place depends on parameters in args and in a closure."""
    return solvers.minimize(lambda x, a: np.sum((x - a) ** 4 + (x * p[1]) ** 2) + x[0] * x[1],
                            [0.5, 0.2], args=(p[0],), method=method, tol=1e-10).x


@pytest.mark.parametrize("method", [
    pytest.param("BFGS", marks=pytest.mark.long), "trust-exact"])
def test_a_minimum_of_any_order_in_both_modes(method: str) -> None:
    f = lambda p: (far(p, method) ** 2).sum()
    at = [1.0, 0.7]
    number = lambda p: np.sum(far(p, method) ** 2)
    assert np.allclose(slope(f, at), quotient(number, at, 1e-3), rtol=2e-3)
    p, d = torch.tensor(at, dtype=F8), torch.tensor([0.3, 1.0], dtype=F8)
    _, t = torch.func.jvp(f, (p,), (d,))
    assert np.allclose(t.item(), slope(f, at) @ d.numpy(), rtol=1e-5)
    if method == "BFGS":
        h = torch.func.hessian(f)(p).numpy()
        assert np.allclose(h, quotient(lambda q: slope(f, q), at, 1e-3), rtol=1e-2, atol=1e-2)


def test_a_minimum_at_constraints() -> None:
    def f(p: Any) -> Any:
        """On a circle, with a bound that holds and one that does not."""
        found = solvers.minimize(
            lambda x: np.sum((x - p[0]) ** 2) + x[2], [0.5, 0.5, 0.5], method="SLSQP", tol=1e-12,
            bounds=[(None, None), (-3, p[1]), (-9, 9)],
            constraints={"type": "eq", "fun": lambda x, r: np.sum(x[:2] ** 2) - r, "args": (p[2],)})
        return found.x @ np.array([1.0, 2.0, 3.0])

    at = [2.0, 0.4, 1.5]
    assert np.allclose(slope(f, at), quotient(f, at), rtol=1e-5)


@pytest.mark.long
def test_a_minimum_inside_a_nonlinear_constraint() -> None:
    def g(p: Any) -> Any:
        within = optimize.NonlinearConstraint(lambda x: x[0] * x[1] * p[0], -np.inf, 1.0)
        found = solvers.minimize(lambda x: np.sum((x - p[1:]) ** 2), [0.5, 0.5],
                                 method="trust-constr", constraints=within,
                                 options={"gtol": 1e-9, "xtol": 1e-12})
        return found.x[0] + found.fun

    at = [1.2, 2.0, 1.5]
    assert np.allclose(slope(g, at), quotient(g, at, 1e-3), rtol=1e-2)


@pytest.mark.parametrize("options", [
    {}, {"loss": "soft_l1", "f_scale": 0.3}, {"method": "lm"}, {"bounds": ([0, 0.9], [9, 9])}])
def test_least_squares(options: Any) -> None:
    t = np.linspace(0, 2, 8)
    data = 2 * np.exp(-0.7 * t)

    def f(p: Any) -> Any:
        fit = solvers.least_squares(lambda x, p: x[0] * np.exp(-x[1] * t) - data * p[0] + p[1] * t,
                                    [1.0, 1.0], args=(p,), xtol=1e-14, ftol=1e-14, gtol=1e-14,
                                    **options)
        return fit.x[0] + fit.x[1] ** 2 + fit.cost

    assert np.allclose(slope(f, [1.0, 0.1]), quotient(f, [1.0, 0.1]), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["hybr", "lm", "krylov"])
def test_roots(method: str) -> None:
    def f(p: Any) -> Any:
        return solvers.root(lambda x, a: np.array([x[0] ** 2 + p[1] * x[1] - a, x[0] - x[1] ** 3]),
                            [1.0, 1.0], args=(p[0],), method=method, tol=1e-11).x

    at = [2.0, 0.5]
    total = lambda p: f(p)[0] * f(p)[1]
    assert np.allclose(slope(total, at), quotient(total, at), rtol=1e-5)


def test_scalar_roots() -> None:
    def f(p: Any, **how: Any) -> Any:
        return solvers.root_scalar(lambda x, a: np.exp(x) * x - a * a, args=(p,), **how)

    for how in ({"x0": 1.0}, {"bracket": (0, 3)}, {"x0": 1.0, "method": "halley"}):
        p = torch.tensor(1.5, dtype=F8, requires_grad=True)
        found = f(p, xtol=1e-13, **how)
        g = torch.autograd.grad(found.root, p, create_graph=True)[0]
        x = found.root.item()
        assert np.isclose(g.item(), 2 * 1.5 / (np.exp(x) * (1 + x)))
        assert np.isclose(torch.autograd.grad(g, p)[0].item(), (
            quotient(lambda q, how=how: slope(  # type: ignore[misc]
                lambda r: f(r, xtol=1e-14, **how).root, q[0]), [1.5])[0]), rtol=1e-4)
    assert type(f(1.5, x0=1.0).root) is not Array


@pytest.mark.parametrize("method", [
    "RK45", *[pytest.param(name, marks=pytest.mark.long) for name in ("DOP853", "Radau", "BDF")]])
def test_differential_equations(method: str) -> None:
    def f(p: Any, times: Any = (0.5, 1.3, 2.0)) -> Any:
        def swing(t: Any, y: Any, k: Any) -> Any:
            push = 0.2 if t < 5 else 0.5   # a branch on the time
            return np.array([y[1], -k * np.sin(y[0]) - p[1] * y[1] + push])

        sol = solvers.solve_ivp(swing, (0, 2), np.array([1.0, 0.0]) * p[2], method, t_eval=times,
                                args=(p[0],), rtol=1e-7, atol=1e-9)
        return np.sum(sol.y[0] * np.array([1.0, 2.0, -1.0])) + sol.y[1, -1] ** 2

    at = [1.5, 0.2, 1.0]
    assert np.allclose(slope(f, at), quotient(f, at, 1e-2), rtol=2e-3)
    if method == "DOP853":
        p = torch.tensor(at, dtype=F8)
        v = torch.tensor([1.0, -1.0, 0.5], dtype=F8)
        h = torch.func.jvp(torch.func.grad(f), (p,), (v,))[1].numpy()
        d = 1e-4 * v.numpy()
        assert np.allclose(h, (slope(f, at + d) - slope(f, at - d)) / 2e-4, rtol=1e-3, atol=1e-3)


def test_stiff_methods_get_the_jacobian() -> None:
    sol = solvers.solve_ivp(lambda t, y: np.array([-1000 * y[0] + y[1], -y[1]]), (0, 1), [1.0, 1.0],
                            "BDF")
    assert sol.success and sol.njev <= 3 and sol.nfev < 120 and type(sol.y) is np.ndarray


def test_integrals() -> None:
    def f(p: Any) -> Any:
        inside = solvers.quad(lambda x, k: np.exp(-k * x) * np.sin(x), p[1], p[2], args=(p[0],))[0]
        tail = solvers.quad(lambda x: np.exp(-p[0] * x * x), p[1], np.inf)[0]
        head = solvers.quad(lambda x: np.exp(p[0] * x), -np.inf, p[1])[0]
        line = solvers.quad(lambda x: np.exp(-p[0] * x * x) * x ** 2, -np.inf, np.inf)[0]
        return inside * tail + head - line

    at = [1.3, 0.2, 1.7]
    assert np.allclose(slope(f, at), quotient(f, at), rtol=1e-6)
    value, error = solvers.quad(lambda x: np.exp(x), 0, 1)
    assert type(value) is float and np.isclose(value, np.e - 1) and error < 1e-9
    p = torch.ones(1, dtype=F8, requires_grad=True)
    with pytest.raises(NotImplementedError, match="weight"):
        solvers.quad(lambda x: p[0] * x, 0, 1, weight="cos", wvar=2.0)


@pytest.mark.long
def test_an_integral_twice_differentiated_with_a_branch() -> None:
    def f(p: Any) -> Any:
        return solvers.quad(lambda x: np.exp(-p[0] * x) if x < p[1].item() else p[0] * x, 0, 2,
                            points=[0.5])[0]

    p = torch.tensor([1.3, 0.5], dtype=F8)
    h = torch.func.hessian(f)(p)
    whole = torch.func.hessian(lambda p: (1 - torch.exp(-p[0] / 2)) / p[0])(p)
    assert torch.allclose(h[0, 0], whole[0, 0], rtol=1e-6)


def test_linear_programs() -> None:
    def f(p: Any) -> Any:
        res = solvers.linprog(np.array([-1.0, -2.0, 0.5]) * p[0], A_ub=[[1, 1, 0], [0, 1, 1]],
                              b_ub=np.array([4.0, 3.0]) * p[1], A_eq=[[1, 0, 1]],
                              b_eq=np.array([2.5]) * p[2], bounds=[(0, None), (0, None), (0.5, 9)])
        return res.fun + res.x @ np.array([1.0, 2.0, 3.0])

    at = [1.0, 1.0, 1.0]
    assert np.allclose(slope(f, at), quotient(f, at), atol=1e-6)
    flat = torch.tensor([1.0], dtype=F8, requires_grad=True)
    with pytest.raises(ValueError, match="no vertex"):
        solvers.linprog([0.0, 0.0], A_ub=[[1.0, 1.0]], b_ub=flat, bounds=(None, None))


def test_an_objective_that_is_no_number() -> None:
    with pytest.raises(ValueError, match=r"scalar value, and .*shape \(2,\)"):
        solvers.minimize(lambda x: x * 2, [1.0, 2.0])


FITTED: dict[str, Callable[[Any], Any]] = {
    "minimize": lambda a: solvers.minimize(
        lambda x, a: ((x - a) ** 4 + (x - a) ** 2).sum() + (x[0] * x[1]) ** 2, np.zeros(2),
        args=(a,), tol=1e-10).x,
    "minimize without derivatives": lambda a: solvers.minimize(
        lambda x: ((x - a) ** 2).sum(), [0.0, 0.0], method="Nelder-Mead", tol=1e-9).x,
    "least_squares": lambda a: solvers.least_squares(lambda x, a: np.array([
        x[0] - a[0], x[1] * x[0] - a[1], 0.5 * (x[1] - 1)]), [1.0, 1.0], args=(a,)).x,
    "root": lambda a: solvers.root(lambda x: x ** 3 + x - a, np.zeros(2)).x,
    "root from the sample": lambda a: solvers.root(lambda x: x ** 3 + x - a, a).x,
}


@pytest.mark.filterwarnings("ignore:vmap. the solver")
@pytest.mark.parametrize("name", FITTED)
def test_solvers_in_a_mapped_function(name: str) -> None:
    f, many = FITTED[name], torch.tensor([[0.3, 0.9], [1.2, 0.5], [0.7, 0.6]], dtype=F8)
    for way in (f, torch.func.jacrev(f), torch.func.jacfwd(f)):
        wanted = [torch.as_tensor(way(a)).tolist() for a in many]
        np.testing.assert_allclose(torch.vmap(way)(many).tolist(), wanted, 1e-5, 1e-6)


@pytest.mark.filterwarnings("ignore:vmap. the solver")
def test_numbers_of_a_result_in_a_mapped_function() -> None:
    def f(a: Any) -> Any:
        res = solvers.minimize(lambda x: ((x - a) ** 2).sum(), [0.0, 0.0])
        return res.fun + 1, res.success, res.nit
    value, success, steps = torch.vmap(f)(torch.tensor([[0.0, 0.0], [1.0, 2.0]], dtype=F8))
    assert value.allclose(torch.ones(2, dtype=F8)) and success.tolist() == [True, True]
    assert steps[0] == 0 and steps[1] > 0
    with pytest.raises(NotImplementedError, match="minimize in a mapped function, with bounds"):
        torch.vmap(lambda a: solvers.minimize(lambda x: (x * a).sum(), a, bounds=[(0, 1)]).x)(
            torch.ones(2, 1))
