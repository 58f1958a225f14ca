"""Implicit differentiation: roots, fixed points and linear equations, in every mode and order."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.autograd import forward_ad
from wengert.func import (
    custom_fixed_point,
    custom_linear_solve,
    custom_root,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    vmap,
)

f64 = torch.float64
A = torch.tensor([2.0, 10.0, 0.5], dtype=f64)


def iterated(f: Any, x: Any) -> Any:
    """Newton's method for ``x**3 + x = a``, without a look at a value."""
    for _ in range(30):
        x = x - f(x) / (3 * x * x + 1)
    return x


def until(f: Any, x: Any) -> Any:
    """The same, with a look at each step."""
    while float(f(x).abs().max()) > 1e-14 * (1 + float(x.abs().max())):
        x = x - f(x) / (3 * x * x + 1)
    return x


def in_numpy(f: Any, x: Any) -> Any:
    """The same on arrays."""
    y = x.numpy()
    for _ in range(30):
        y = y - f(torch.as_tensor(y)).numpy() / (3 * y * y + 1)
    return torch.as_tensor(y)


def cubic(a: Any, solve: Any = iterated) -> Any:
    return custom_root(lambda x: x ** 3 + x - a, torch.ones_like(a), solve)


def derivatives(a: Any) -> list[Any]:
    """The root and its first three derivatives."""
    x = cubic(a)
    s = 3 * x * x + 1
    return [x, 1 / s, -6 * x / s ** 3, -6 / s ** 4 + 108 * x * x / s ** 5]


def rev(f: Any) -> Any:
    return lambda x: grad(lambda y: f(y).sum())(x)


def fwd(f: Any) -> Any:
    return lambda x: jvp(f, (x,), (torch.ones_like(x),))[1]


@pytest.mark.parametrize("ways", [[rev], [fwd], [rev, rev], [rev, fwd], [fwd, rev], [fwd, fwd],
                                  [vmap], [vmap, rev], [rev, vmap], [fwd, vmap, rev],
                                  [rev, fwd, rev]], ids=lambda ways: "-".join(
                                      way.__name__ for way in ways))
def test_every_mode_and_order(ways: Any) -> None:
    for k in range(3):
        f, order = cubic, sum(way is not vmap for way in ways)
        for way in ways:
            f = way(f)
        assert torch.allclose(f(A + k), derivatives(A + k)[order], rtol=1e-10)


def test_solvers_of_any_kind() -> None:
    for solve in (until, in_numpy):
        find = functools.partial(cubic, solve=solve)
        assert torch.allclose(jacrev(rev(find))(A), torch.diag(derivatives(A)[2]))
        assert torch.allclose(jacfwd(jacrev(find))(A).diagonal().diagonal(), derivatives(A)[2])
        with pytest.warns(UserWarning, match="is called for each sample"):
            assert torch.allclose(vmap(rev(find))(A), derivatives(A)[1])


def test_in_a_dual_level_and_by_backward() -> None:
    with forward_ad.dual_level():
        y = cubic(forward_ad.make_dual(A, torch.ones_like(A)))
        assert torch.allclose(forward_ad.unpack_dual(y).tangent, derivatives(A)[1])
    a = A.clone().requires_grad_()
    shifted = a * 2
    cubic(shifted).sum().backward()
    assert torch.allclose(a.grad, 2 * derivatives(2 * A)[1])
    total = torch.compile(lambda a: (cubic(a) ** 2).sum())
    for k in range(4):
        b = (A + k).requires_grad_()
        total(b).backward()
        assert torch.allclose(b.grad, 2 * derivatives(A + k)[0] * derivatives(A + k)[1])


def test_a_structure_of_unknowns_and_a_module_closed_over() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 3)
    with torch.no_grad():
        layer.weight *= 0.3
    z = torch.randn(3)

    def step(x: Any) -> Any:
        return {"u": torch.tanh(layer(x["v"])), "v": torch.sin(x["u"]) / 2 + z}

    def loop(f: Any, x: Any) -> Any:
        for _ in range(40):
            x = f(x)
        return x
    start = {"u": torch.zeros(3), "v": torch.zeros(3)}
    found = []
    for way in (lambda: custom_fixed_point(step, start, loop), lambda: loop(step, start)):
        layer.zero_grad()
        x = way()
        (x["u"] * x["v"]).sum().backward()
        found.append([x["u"].detach(), layer.weight.grad, layer.bias.grad])
    for a, b in zip(*found, strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-6)


def test_as_a_decorator_and_with_aux() -> None:
    @custom_root(lambda x, a, b: x * x * b - a, has_aux=True)
    def root(initial: Any, a: Any, b: Any) -> Any:
        return (a / b).sqrt(), {"steps": 3}
    a, b = torch.tensor(2.0, dtype=f64), torch.tensor(3.0, dtype=f64)
    x, aux = root(None, a, b)
    assert aux == {"steps": 3} and float(x) == pytest.approx((2 / 3) ** 0.5)
    both = jacrev(lambda a, b: root(None, a, b)[0], (0, 1))
    other = jacrev(lambda a, b: (a / b).sqrt(), (0, 1))
    assert np.allclose([float(g) for g in both(a, b)], [float(g) for g in other(a, b)])
    assert float(custom_root(lambda x: x * x - a, lambda f: a.sqrt())) == pytest.approx(2 ** 0.5)


def test_a_solver_of_the_derivatives_own() -> None:
    calls = []

    def tangent_solve(g: Any, y: Any) -> Any:
        calls.append(y.shape)
        return torch.linalg.solve(jacfwd(g)(torch.zeros_like(y)), y)
    find = lambda a: custom_root(lambda x: x ** 3 + x - a, torch.ones_like(a), iterated,
                                 tangent_solve)
    assert torch.allclose(rev(find)(A), derivatives(A)[1])
    assert calls == [(3,)]
    for way in (lambda f: rev(rev(f)), lambda f: rev(fwd(f)), lambda f: fwd(rev(f))):
        assert torch.allclose(way(find)(A), derivatives(A)[2])


def solves() -> list[Any]:
    def inverse(matrix: Any) -> Any:
        return np.linalg.inv(matrix.detach().numpy())

    def given(m: Any, b: Any) -> Any:
        return custom_linear_solve(
            lambda x: m @ x, b, lambda f, b: torch.from_numpy(inverse(m) @ b.numpy()),
            lambda f, b: torch.from_numpy(inverse(m).T @ b.numpy()))

    def without(m: Any, b: Any) -> Any:
        return custom_linear_solve(lambda x: m @ x, b, lambda f, b: torch.linalg.solve(m, b))

    def symmetric(m: Any, b: Any) -> Any:
        m = m + m.T
        return custom_linear_solve(lambda x: m @ x, b, lambda f, b: torch.linalg.solve(m, b),
                                   symmetric=True)
    direct = torch.linalg.solve
    return [(given, direct), (without, direct), (symmetric, lambda m, b: direct(m + m.T, b))]


@pytest.mark.filterwarnings("ignore:vmap. the solver")
@pytest.mark.parametrize(("found", "direct"), solves(), ids=["given", "without", "symmetric"])
def test_linear_equations(found: Any, direct: Any) -> None:
    torch.manual_seed(1)
    m, b = torch.randn(3, 3, dtype=f64) + 4 * torch.eye(3, dtype=f64), torch.randn(3, dtype=f64)
    cube = lambda f: lambda m, b: (f(m, b) ** 3).sum()
    ways = [lambda f: grad(cube(f), (0, 1)), lambda f: hessian(cube(f), 1),
            lambda f: jacrev(jacfwd(f, 1)), lambda f: lambda m, b: jvp(f, (m, b), (m * m, b))]
    for way in ways[:2] if found.__name__ == "given" else ways:
        for x, y in zip(leaves(way(found)(m, b)), leaves(way(direct)(m, b)), strict=True):
            assert torch.allclose(x, y, rtol=1e-9, atol=1e-12)


def leaves(value: Any) -> list[Any]:
    return [value] if isinstance(value, torch.Tensor) else [x for v in value for x in leaves(v)]


def test_many_unknowns_are_solved_without_a_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy")
    import wengert.autograd.implicit as implicit
    dense = [rev(cubic)(A), rev(rev(cubic))(A), fwd(cubic)(A)]
    monkeypatch.setattr(implicit, "DENSE", 2)
    for x, y in zip([rev(cubic)(A), rev(rev(cubic))(A), fwd(cubic)(A)], dense, strict=True):
        assert torch.allclose(x, y, rtol=1e-9)


def test_what_is_refused() -> None:
    x = torch.ones(2)
    with pytest.raises(TypeError, match="holds a float"):
        custom_root(lambda x: x, x, lambda f, x: 3.0)
    with pytest.raises(TypeError, match="int64"):
        custom_root(lambda x: x, x, lambda f, x: torch.ones(2, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="structure and shapes"):
        custom_root(lambda x: x[:1], x, lambda f, x: x)
    with pytest.raises(RuntimeError, match="structure and shapes"):
        custom_fixed_point(lambda x: x.sum(), x, lambda f, x: x)
    with pytest.raises(RuntimeError, match="tuple of two"):
        custom_root(lambda x: x, x, lambda f, x: x, has_aux=True)

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, ct: Any) -> Any:
            return ct
    with pytest.raises(NotImplementedError, match=r"of the unknown|had to end"):
        custom_root(Own.apply, x, lambda f, x: x * 0)


def test_a_loop_that_looks_at_each_turn_computes_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from wengert.engine.recording import looking
    nodes = [0]
    init = looking.Interpreter.__init__

    def counted(self: Any, graph: Any, quick: bool = False) -> None:
        nodes[0] += len(graph.nodes())
        init(self, graph, quick)
    monkeypatch.setattr(looking.Interpreter, "__init__", counted)

    def halved(x: Any) -> Any:
        while x.abs() > 1:
            x = torch.sin(x / 2) * 1.9 if x.sum() > 5 else x * 0.99 - 0.001 * x * x
        return x
    for k in range(2):
        x, t = torch.tensor(40.0 + k, dtype=f64), torch.tensor(1.0, dtype=f64)
        nodes[0] = 0
        y, dy = jvp(halved, (x,), (t,))
        leaf = x.clone().requires_grad_()
        z = halved(leaf)
        assert torch.allclose(y, z.detach())
        assert torch.allclose(dy, torch.autograd.grad(z, leaf)[0])
        assert nodes[0] < 4000   # about 20,000 from the beginning each time


def test_a_primal_that_was_computed_is_a_tensor_of_its_own() -> None:
    """What a transform's function captures does not lead to its argument, even if it was made
    of the same tensor."""
    w = torch.tensor(3.0, requires_grad=True)
    h = w * 1
    y = h ** 2
    assert float(torch.func.vjp(lambda w: w * y, h)[1](torch.tensor(1.0))[0]) == 9
    assert float(grad(lambda w: w * y)(h)) == 9
