"""Sparse Jacobians and Hessians: equal to the dense ones, by few products, with patterns that hold
for every input or are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import wengert as torch
from wengert.config import config
from wengert.func import hessian as dense_hessian
from wengert.func import jacfwd, jacrev
from wengert.nn import functional as F
from wengert.sparse import hessian, jacobian

pytestmark = pytest.mark.usefixtures("double")
INDEX = torch.tensor([3, 0, 0, 5, 2, 2])
STENCIL = torch.from_numpy(np.diag(np.full(8, -2.0)) + np.diag(np.ones(7), 1)
                           + np.diag(np.ones(7), -1))


@pytest.fixture
def double() -> Any:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def point(*shape: int, seed: int = 0) -> Any:
    return torch.from_numpy(np.random.default_rng(seed).uniform(0.5, 1.5, shape))


def banded(x: Any) -> Any:
    y = F.pad(x, (2, 2))
    return torch.sin(y[2:-2]) * y[:-4] + y[4:] * y[1:-3] ** 2 + torch.exp(-y[3:-1])


def periodic(u: Any) -> Any:
    return torch.roll(u, 1, 0) + torch.roll(u, -1, 0) - 2 * u + u ** 3


def grid(u: Any) -> Any:
    v = F.pad(u, (1, 1, 1, 1))
    return v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4 * u + torch.exp(u)


def in_place(x: Any) -> Any:
    y = torch.zeros(6)
    y[INDEX] = x[:6] ** 2
    y[1:3] *= x[6:8]
    return y.clone().index_add_(0, INDEX, x[:6])


def arrow(x: Any) -> Any:
    return torch.cat([(x * x).sum()[None], x[1:] * x[0] + torch.sin(x[1:])])


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...], int, int]] = {
    "banded": (banded, (12,), 12 * 5 - 6, 5),
    "periodic": (periodic, (9,), 27, 3),
    "grid": (grid, (5, 6), 30 * 5 - 22, 6),
    "gather": (lambda x: x[INDEX] * x[2:], (8,), 11, 2),
    "in place": (in_place, (8,), 8, 1),
    "arrow": (arrow, (8,), 22, 3),
    "stencil": (lambda x: STENCIL @ x + x ** 2, (8,), 22, 3),
    "sparse stencil": (lambda x: STENCIL.to_sparse_csr() @ x + x ** 2, (8,), 22, 3),
    "pooled": (lambda x: F.max_pool1d(x[None], 3)[0], (9,), 9, 1),
    "solved": (lambda x: torch.linalg.solve(torch.eye(2) + x[:2, None], x[2:4]) * x[4:6],
               (6,), 10, 2),
    "rows": (lambda x: F.softmax(x.reshape(4, 2), 1)[:, 0], (8,), 8, 1),
    "where": (lambda x: torch.where(x > 1, x[0], x.flip(0)), (5,), 9, 2),
    "convolution": (lambda x: F.conv1d(x[None, None], torch.ones(1, 1, 3))[0, 0], (9,), 21, 3),
    "cumulative": (lambda x: torch.cumsum(x, 1) ** 2, (3, 3), 18, 3),
    "mask": (lambda x: x * torch.tensor([1.0, 0, 0, 1]) + x.sign(), (4,), 2, 1),
    "stepwise": (lambda x: x.floor() + x.argmax(), (4,), 0, 0),
    "sorted": (lambda x: x.sort()[0], (4,), 16, 4),
    "scalar": (lambda x: x.reshape(()) ** 2, (1,), 1, 1),
    "nothing": (lambda x: x[:0] * 2, (3,), 0, 0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_the_dense_jacobian(name: str) -> None:
    f, shape, nnz, colours = FUNCTIONS[name]
    x = point(*shape)
    wanted = jacfwd(f)(x).numpy().reshape(-1, x.numel())
    for coloring in ("auto", "column", "row", "bidirectional"):
        plan = jacobian(f, coloring=coloring).plan(x)
        for k in range(3):   # the same plan at other inputs
            other = x + 0.1 * k
            found = plan(other)
            assert isinstance(found, sp.csr_array)
            np.testing.assert_allclose(found.toarray(),
                                       jacfwd(f)(other).numpy().reshape(wanted.shape), 1e-12, 1e-12)
        plan.check(x)
        assert plan.pattern.nnz == nnz
        if coloring == "auto":
            assert plan.colors == colours
        else:
            assert plan.colors == plan.forward + plan.reverse
            assert not (coloring == "column" and plan.reverse)
            assert not (coloring == "row" and plan.forward)


def rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


SCALARS: dict[str, tuple[Callable[[Any], Any], int, int]] = {
    "rosenbrock": (rosenbrock, 9 + 16, 3),
    "arrow": (lambda x: (x[0] * x[1:] ** 2).sum(), 8 + 8 + 8, 2),
    "linear": (lambda x: (3 * x).sum(), 0, 0),
    "diagonal": (lambda x: torch.sin(x).sum() + (x ** 3).mean(), 9, 1),
    "blocks": (lambda x: torch.linalg.norm(x.reshape(3, 3), dim=1).sum(), 27, 3),
    "long range": (lambda x: (torch.exp(x[:3] * x[6:]) * x[3:6]).sum(), 8 * 3, 3),
    "logsumexp": (lambda x: torch.logsumexp(x, 0), 81, 9),
}


@pytest.mark.parametrize("name", SCALARS)
def test_it_is_the_dense_hessian(name: str) -> None:
    f, nnz, colours = SCALARS[name]
    x = point(9)
    for coloring in ("auto", "column", "star"):
        plan = hessian(f, coloring=coloring).plan(x)
        for k in range(2):
            np.testing.assert_allclose(plan(x + k).toarray(), dense_hessian(f)(x + k).numpy(),
                                       1e-11, 1e-11)
        plan.check(x)
        assert plan.pattern.nnz <= nnz
        assert plan.colors <= colours or coloring == "column"


def test_formats_and_arrays_of_numpy() -> None:
    x = point(12)
    wanted = jacfwd(banded)(x).numpy()
    for format in ("csr", "csc", "coo"):
        found = jacobian(banded, format=format)(x.numpy())
        assert found.format == format
        np.testing.assert_allclose(found.toarray(), wanted)
    single = jacobian(banded)(x.float())
    assert single.dtype == np.float32
    with pytest.raises(ValueError, match="format"):
        jacobian(banded, format="lil")


def test_structures() -> None:
    def f(p: Any, t: Any) -> Any:
        return {"a": p["x"] * t, "b": [p["y"][1:] * p["x"][0], t ** 2]}
    p, t = {"x": point(3), "y": point(4, seed=1)}, point(3, seed=2)
    found, wanted = jacobian(f, (0, 1))(p, t), jacrev(f, (0, 1))(p, t)
    for sparse, dense in ((found["a"], wanted["a"]), (found["b"][0], wanted["b"][0]),
                          (found["b"][1], wanted["b"][1])):
        np.testing.assert_allclose(sparse[1].toarray(), dense[1].numpy())
        for key in p:
            np.testing.assert_allclose(sparse[0][key].toarray(), dense[0][key].numpy())


def test_the_pattern_of_values_met() -> None:
    def f(x: Any) -> Any:
        return x * 2 if x[0] > 1 else x.flip(0) * x

    with pytest.raises(RuntimeError, match=r"test_sparse_derivatives.py:\d+.*torch.where.*local"):
        jacobian(f)(point(4))
    local = jacobian(f, pattern="local", check=True)
    for x in (torch.tensor([2.0, 1, 1, 1]), torch.tensor([0.5, 1, 1, 1])):
        np.testing.assert_allclose(local(x).toarray(), jacfwd(f)(x).numpy())
    assert local.plan(torch.tensor([2.0, 1, 1, 1])).pattern.nnz == 4
    relu = jacobian(torch.relu, pattern="local").plan(torch.tensor([1.0, -1.0]))
    assert relu.pattern.nnz == 1
    with pytest.raises(RuntimeError, match="lacks nonzeros"):
        relu.check(torch.tensor([1.0, 1.0]))


def test_a_pattern_of_ones_own() -> None:
    x = point(9)
    found = hessian(rosenbrock, pattern=sp.eye_array(9, k=1) + sp.eye_array(9), check=True)(x)
    np.testing.assert_allclose(found.toarray(), dense_hessian(rosenbrock)(x).numpy())
    with pytest.raises(RuntimeError, match="lacks nonzeros"):
        jacobian(periodic, pattern=np.eye(9), check=True)(x)
    with pytest.raises(ValueError, match="9 elements"):
        jacobian(periodic, pattern=np.eye(8))(x)


def test_a_function_that_has_changed() -> None:
    shift = 1
    J = jacobian(lambda x: torch.roll(x, shift) * weights)
    weights = torch.ones(4)
    x = point(4)
    first = J(x)
    assert J.plan(x) is J.plan(x)
    shift, weights = 2, torch.tensor([1.0, 0, 1, 1])
    assert J(x).nnz == 3 and not np.array_equal(first.toarray(), J(x).toarray())
    weights = torch.tensor([1.0, 1, 1, 1])
    assert J(x).nnz == 4
    weights = torch.zeros(4, requires_grad=True)    # it may become another
    assert J(x).nnz == 4


def test_gradients_flow_through_its_values() -> None:
    x, w = point(6).requires_grad_(), point(6, seed=1).requires_grad_()

    def f(x: Any) -> Any:
        return w * x ** 3
    plan = jacobian(f).plan(x)
    plan.values(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), (6 * w * x).detach().numpy())
    np.testing.assert_allclose(w.grad.numpy(), (3 * x ** 2).detach().numpy())


def test_plans_inside_transforms() -> None:
    plan = jacobian(banded).plan(point(6))
    xs = point(3, 6)
    found = torch.vmap(plan.values)(xs)
    for k in range(3):
        np.testing.assert_allclose(found[k].numpy(), plan.values(xs[k]).numpy())
    inside = torch.vmap(lambda x: jacobian(banded).plan(x).values(x))(xs)
    np.testing.assert_allclose(inside.numpy(), found.numpy())
    chunks = jacobian(banded, chunk_size=2)(xs[0])
    np.testing.assert_allclose(chunks.toarray(), plan(xs[0]).toarray())


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x ** 3

    @staticmethod
    def backward(ctx: Any, ct: Any) -> Any:
        return 3 * ctx.saved_tensors[0] ** 2 * ct


def test_modules_custom_functions_checkpoints() -> None:
    x = point(4, 3)
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    plan = jacobian(model).plan(x)
    assert plan.pattern.nnz == 4 * 2 * 3 and plan.colors == 2
    np.testing.assert_allclose(plan(x).toarray(), jacfwd(model)(x).detach().numpy().reshape(8, 12))

    def again(x: Any) -> Any:
        return torch.utils.checkpoint.checkpoint(torch.sin, x[:, 0], use_reentrant=False)
    np.testing.assert_allclose(jacobian(again)(x).toarray(),
                               jacrev(again)(x).numpy().reshape(4, 12))
    if config.tier == "eager":
        return   # a custom function's result has a recording of its own there
    for ways in ({}, {"pattern": "local"}, {"coloring": "row"}):   # it may do anything to its rows
        custom = jacobian(lambda x: torch.cat([Cube.apply(x[0]), x[1]]), **ways)(x)
        assert custom.nnz == 9 + 3
        np.testing.assert_allclose(custom.toarray()[:, :6], np.diag(np.concatenate([
            3 * x[0].numpy() ** 2, np.ones(3)])), atol=1e-12)


def test_what_is_refused() -> None:
    x = point(4)
    with pytest.raises(ValueError, match="coloring"):
        jacobian(periodic, coloring="star")
    with pytest.raises(ValueError, match="pattern"):
        jacobian(periodic, pattern="somewhere")
    with pytest.raises(RuntimeError, match="argnum"):
        jacobian(periodic, 1)(x)
    with pytest.raises(ValueError, match="floating point"):
        jacobian(periodic)(torch.arange(3))
    with pytest.raises(RuntimeError, match="scalar"):
        hessian(periodic)(x)
    plan = jacobian(periodic).plan(x)
    with pytest.raises(ValueError, match="make another"):
        plan(point(5))
    assert repr(plan) == "<sparse jacobian of 4 by 4 with 12 nonzeros, by 4 jvps>"
