"""Derivatives along curves: ``torch.func.jet`` and ``directional``, against forward mode nested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.func import directional, grad, jacfwd, jet, jvp, vmap

Function = Callable[[Any], Any]
ORDER = 4


@pytest.fixture(autouse=True)
def _double() -> Any:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def nested(f: Function, x: Any, terms: list[Any]) -> list[Any]:
    """The derivatives of ``f`` along the curve, each the tangent of the one before."""
    def curve(s: Any) -> Any:
        y, weight = x, s
        for k, t in enumerate(terms, 2):
            y, weight = y + weight * t, weight * s / k
        return f(y)

    found = []
    for _ in terms:
        curve = (lambda g: lambda s: jvp(g, (s,), (torch.ones_like(s),))[1])(curve)
        found.append(curve(torch.tensor(0.0)))
    return found


def same(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(torch.as_tensor(found).numpy(), torch.as_tensor(wanted).numpy(),
                               1e-8, 1e-8)


def eigenvalues(x: Any) -> Any:
    a = torch.outer(x, x.cos()) + torch.diag(torch.arange(float(len(x))))
    return torch.linalg.eigvalsh(a + a.mT)


def singular(x: Any) -> Any:
    return torch.linalg.svdvals(torch.outer(x, x.sin()) + torch.diag(torch.arange(1.0, 1 + len(x))))


def spectrum(x: Any) -> Any:
    found = torch.linalg.eigvals(torch.outer(x, x.exp()) + torch.diag(torch.arange(float(len(x)))))
    return (found ** 3).sum().real


def network(x: Any) -> Any:
    w = torch.linspace(-1, 1, 3 * len(x)).reshape(len(x), 3)
    y = torch.nn.functional.gelu(x @ w)
    return (y.softmax(0) * y).logsumexp(0) / (1 + y.square().sum())


def chosen(x: Any) -> Any:
    y = torch.where(x > 0.3, x ** 3, x.tanh())
    return y.sort(descending=True).values.cumprod(0) * y.amax() + y[x.argsort()].median()


def solved(x: Any) -> Any:
    a = torch.outer(x, x.cos()) + 4 * torch.eye(len(x))
    return torch.linalg.solve(a, x * x) * torch.linalg.det(a) + torch.linalg.inv(a) @ x


def written(x: Any) -> Any:
    y = x.clone()
    y[0] = x[-1] * x[0]
    y[1:] *= x[:-1]
    return y.exp_().sqrt_()


def complex_valued(x: Any) -> Any:
    z = torch.complex(x, x.sin())
    return (z * z.conj().exp()).abs() + torch.fft.fft(z).real


PROGRAMS: list[Function] = [eigenvalues, singular, spectrum, network, chosen, solved, written,
                            complex_valued]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives_along_curves(f: Function) -> None:
    for n in (3, 4):
        x = torch.rand(n) + 0.1
        terms = [torch.randn(n) for _ in range(3)]
        value, found = jet(f, (x,), (terms,))
        same(value, f(x))
        for a, b in zip(found, nested(f, x, terms), strict=True):
            same(a, b)


def test_of_a_vmap_and_in_it() -> None:
    xs, v = torch.rand(5, 2), torch.tensor([1.0, -2.0])

    def fourth(x: Any) -> Any:
        return directional(lambda x: (x ** 4).sum() * x.sin().sum(), (x,), (v,), ORDER)[-1]
    for _ in range(4):
        same(vmap(fourth)(xs), torch.stack([fourth(x) for x in xs]))
        xs = xs + 0.1
    g = vmap(lambda x: x.exp() * x)
    same(directional(g, (xs,), (torch.ones_like(xs),), 3)[3], xs.exp() * (xs + 3))


def test_goes_on_to_other_transforms() -> None:
    def third(x: Any) -> Any:
        return directional(lambda x: (x ** 5).sum(), (x,), (torch.ones(3),), 3)[3]
    x = torch.tensor([0.5, 1.0, -2.0], requires_grad=True)
    for _ in range(4):
        same(grad(third)(x).detach(), 120 * x.detach())
        same(jacfwd(grad(third))(x.detach()), torch.diag(torch.full((3,), 120.0)))
        x.grad = None
        third(x).backward()
        same(x.grad, 120 * x.detach())
    compiled = torch.compile(third)
    for k in range(4):
        y = torch.rand(3) + k
        same(compiled(y), 60 * (y ** 2).sum())


def test_structures() -> None:
    x, v = torch.tensor([0.3, 0.7]), torch.tensor([1.0, -2.0])
    value, found = jet(lambda d, k: {"product": d["a"] * d["b"], "rest": (d["a"].exp() * k,)},
                       ({"a": x, "b": v}, torch.tensor(2.0)),
                       ({"a": [v, None], "b": [1.0, 0]}, [0, None]))
    same(value["product"], x * v)
    same(torch.stack(found["product"]), torch.stack([v * v + x, 2 * v]))
    same(torch.stack(found["rest"][0]), torch.stack([2 * v * x.exp(), 2 * v * v * x.exp()]))


def test_what_does_not_move_has_zeros() -> None:
    value, (d1, d2) = jet(lambda x: torch.ones(2), (torch.tensor(1.0),), ([1.0, 2.0],))
    assert value.tolist() == [1, 1] and d1.tolist() == d2.tolist() == [0, 0]
    value, (d1, d2) = jet(lambda x: x.detach() * x, (torch.tensor(3.0),), ([1.0, 2.0],))
    assert (d1.item(), d2.item()) == (3, 6)
    assert jet(torch.sin, (torch.tensor(0.0),), ([],)) == (torch.tensor(0.0), [])
    empty = torch.zeros(0, 2)
    assert directional(torch.exp, (empty,), (empty,), 2)[2].shape == (0, 2)
    x = torch.tensor([0.0, 2.0])
    same(directional(lambda x: x ** 3, (x,), (torch.ones(2),), 4)[3], torch.tensor([6.0, 6.0]))
    y = directional(lambda x: (x + 1).sqrt(), (x[::1][:1],), (torch.ones(1),), 2)
    same(torch.cat(y), torch.tensor([1.0, 0.5, -0.25]))


def test_through_a_custom_function() -> None:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x ** 3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x ** 2 * g
    x, v = torch.tensor([0.5, 2.0]), torch.tensor([1.0, -1.0])
    for a, b in zip(directional(lambda x: Cube.apply(x).sin(), (x,), (v,), 3),
                    directional(lambda x: (x ** 3).sin(), (x,), (v,), 3), strict=True):
        same(a, b)


@pytest.mark.parametrize("series, error, text", [
    (([1.0], [1.0]), ValueError, "for each of the 1 primals, got 2"),
    ((1.0,), ValueError, "are a list, got <class 'float'>"),
    (([torch.ones(3)],), ValueError, r"of the shape and dtype of its tensor, \[2\].* got \[3\]"),
    (([torch.ones(2, dtype=torch.float32)],), ValueError, "got .* of torch.float32"),
    ((["a"],), ValueError, "are tensors, numbers or None, got <class 'str'>"),
])
def test_what_does_not_fit(series: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        jet(torch.exp, (torch.zeros(2),), series)


def test_other_errors() -> None:
    x = torch.zeros(2)
    with pytest.raises(ValueError, match="equally many derivatives"):
        jet(torch.add, (x, x), ([x], [x, x]))
    with pytest.raises(RuntimeError, match="Expected primals to be a tuple"):
        jet(torch.exp, x, ([x],))   # type: ignore[arg-type]
    with pytest.raises(ValueError, match="floating point or complex"):
        jet(torch.neg, (torch.tensor([1]),), ([None],))
    with pytest.raises(NotImplementedError, match="is not implemented; the call is at"):
        directional(lambda a: torch.distributions.Beta(a, 1.0).rsample(), (x + 1,), (x,), 2)
    with pytest.raises(ValueError, match="the order is at least 0"):
        directional(torch.exp, (x,), (x,), -1)
    with pytest.raises(ValueError, match="a direction for each of the 1 primals"):
        directional(torch.exp, (x,), (x, x))
