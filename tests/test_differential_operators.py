"""Laplacians, divergences and diagonals, against the dense Jacobians and Hessians they are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.func import (
    divergence,
    forward_laplacian,
    functional_call,
    grad,
    hessian,
    hessian_diagonal,
    jacfwd,
    jacobian_diagonal,
    laplacian,
    vmap,
)

Function = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def _double() -> Any:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(before)


def close(found: Any, wanted: Any) -> None:
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), 1e-9, 1e-9)


def diagonal(h: Any) -> Any:
    return h.diagonal(dim1=-2, dim2=-1)


def network() -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 6), nn.GELU(),
                         nn.Linear(6, 4))


def wave(x: Any) -> Any:
    """The logarithm of a determinant of orbitals, as in variational Monte Carlo."""
    a = torch.outer(x, x.sin()).exp() + torch.diag(torch.arange(1.0, 5))
    return torch.linalg.slogdet(a)[1] - x.square().sum().sqrt()


def chain(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def gathered(x: Any) -> Any:
    y = torch.where(x > 0, x ** 3, x.sin())
    return torch.cat([y.sort().values, y.softmax(0)[[0, 2]] * x.detach()[:1]])


@pytest.mark.parametrize("f", [network, wave, chain, gathered], ids=lambda f: f.__name__)
def test_against_the_dense_ones(f: Any) -> None:
    f = f() if f is network else f
    for _ in range(3):
        x = torch.randn(4)
        y, j, lap = forward_laplacian(f)(x)
        h = jacfwd(jacfwd(f))(x)
        close(y, f(x))
        close(j, jacfwd(f)(x))
        close(lap, diagonal(h).sum(-1))
        close(hessian_diagonal(f)(x), diagonal(h))
        if y.shape == x.shape:
            close(jacobian_diagonal(f)(x), diagonal(j))
            close(divergence(f)(x), j.trace())
    xs = torch.randn(3, 4)
    close(vmap(laplacian(f))(xs), torch.stack([laplacian(f)(x) for x in xs]))
    close(vmap(hessian_diagonal(f))(xs), torch.stack([hessian_diagonal(f)(x) for x in xs]))


def test_gradients_go_on_to_parameters() -> None:
    """A physics-informed loss: the Laplacian's square, differentiated in the weights."""
    model, xs = network(), torch.randn(3, 4)
    params = {name: p.detach() for name, p in model.named_parameters()}

    def u(params: Any) -> Function:
        return lambda x: functional_call(model, params, (x,)).sum()

    def loss(params: Any) -> Any:
        return vmap(laplacian(u(params)))(xs).square().mean()

    def dense(params: Any) -> Any:
        return vmap(lambda x: hessian(u(params))(x).trace())(xs).square().mean()
    for _ in range(2):
        found, wanted = grad(loss)(params), grad(dense)(params)
        for name in params:
            close(found[name], wanted[name])
        params = {name: p * 1.01 for name, p in params.items()}


def test_several_arguments() -> None:
    def u(a: Any, d: Any, scale: float = 1.0) -> Any:
        return (a * d["b"]).sin().sum() * d["b"].sum() * scale
    a, b = torch.randn(3), torch.randn(3)
    found = forward_laplacian(u, argnums=(0, 1))(a, {"b": b}, scale=2.0)
    h = hessian(u, argnums=(0, 1))(a, {"b": b}, scale=2.0)
    close(found.laplacian, h[0][0].trace() + h[1]["b"][1]["b"].trace())
    close(found.jacobian[1]["b"], grad(u, argnums=1)(a, {"b": b}, scale=2.0)["b"])
    diagonals = hessian_diagonal(u, argnums=(0, 1))(a, {"b": b}, scale=2.0)
    close(diagonals[0], diagonal(h[0][0]))
    close(diagonals[1]["b"], diagonal(h[1]["b"][1]["b"]))


def test_through_a_custom_function() -> None:
    class Cube(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any) -> Any:
            return x ** 3

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x ** 2 * g
    x = torch.randn(3)
    found = forward_laplacian(lambda x: Cube.apply(x).sum())(x)
    close(found.laplacian, 6 * x.sum())
    close(found.jacobian, 3 * x ** 2)
    close(hessian_diagonal(lambda x: Cube.apply(x).sum())(x), 6 * x)


def test_corners() -> None:
    empty, number = torch.zeros(0), torch.tensor(2.0)
    found = forward_laplacian(lambda x: x.sum())(empty)
    assert found.value == found.laplacian == 0 and found.jacobian.shape == (0,)
    assert hessian_diagonal(lambda x: x.sum())(empty).shape == (0,)
    assert jacobian_diagonal(torch.sin)(empty).shape == (0,) and divergence(torch.sin)(empty) == 0
    assert tuple(forward_laplacian(torch.square)(number)) == (4, 4, 2)
    assert divergence(torch.square)(number) == 4 and hessian_diagonal(torch.square)(number) == 2
    assert laplacian(lambda x: x.detach().sum())(torch.ones(3)) == 0
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).T
    close(laplacian(lambda x: (x @ x).trace())(x), torch.tensor(4.0))
    z = torch.tensor([1.0 + 2j, 0.5j])
    close(laplacian(lambda z: (z ** 3).sum())(z), 6 * z.sum())


def test_errors() -> None:
    x = torch.ones(3)
    with pytest.raises(ValueError, match=r"divergence: .* from \[\[3\]\] to \[\[\]\]"):
        divergence(torch.sum)(x)
    with pytest.raises(ValueError, match=r"jacobian_diagonal: .* from \[\[3\]\] to \[\[2\]\]"):
        jacobian_diagonal(lambda x: x[:2])(x)
    with pytest.raises(RuntimeError, match="Got argnum=1, but only 1"):
        laplacian(torch.sum, argnums=1)(x)
    with pytest.raises(RuntimeError, match="primals to only contain Tensors"):
        laplacian(lambda x: x)(3.0)
    with pytest.raises(RuntimeError, match="only tensors"):
        laplacian(lambda x: 3.0)(x)
    with pytest.raises(ValueError, match="floating point or complex"):
        laplacian(torch.sum)(torch.tensor([1]))
