"""``torch.autocast("cpu")``: which functions compute in the lower precision, which in float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert import nn
from wengert.nn import functional as F

LOW, SINGLE, DOUBLE = torch.bfloat16, torch.float32, torch.float64


def x(*shape: int, dtype: Any = SINGLE) -> Any:
    return torch.ones(*(shape or (3, 3)), dtype=dtype)


@pytest.mark.parametrize("function", [
    lambda a: a @ a, lambda a: a.matmul(a), lambda a: torch.mm(a, a), lambda a: F.linear(a, a),
    lambda a: torch.einsum("ij,jk", a, a), lambda a: torch.addmm(a[0], a, a),
    lambda a: F.conv1d(a[None], a[:, :, None]), lambda a: nn.LSTM(3, 2)(a)[0],
    lambda a: nn.MultiheadAttention(3, 1)(a, a, a)[0],
    lambda a: F.scaled_dot_product_attention(a[None], a[None], a[None])])
def test_products_are_of_the_lower_precision(function):
    with torch.autocast("cpu"):
        assert function(x()).dtype is LOW
        with torch.autocast("cpu", enabled=False):
            assert function(x()).dtype is SINGLE
        assert function(x()).dtype is LOW
    with torch.autocast("cpu", dtype=torch.float16):
        assert (x() @ x()).dtype is torch.float16
    assert function(x()).dtype is SINGLE


@pytest.mark.parametrize("function", [
    lambda a: F.mse_loss(a, a), lambda a: a.prod(), lambda a: torch.cdist(a, a),
    lambda a: F.cross_entropy(a, torch.tensor([0, 1, 2])),
    lambda a: torch.linalg.solve(a + torch.eye(3), a), lambda a: torch.fft.irfft(a),
    lambda a: a + x(), lambda a: torch.cat([a, x()])])
def test_others_are_of_float32(function):
    with torch.autocast("cpu"):
        assert function(x(dtype=LOW)).dtype is SINGLE


@pytest.mark.parametrize("function", [
    torch.exp, lambda a: F.softmax(a, -1), nn.LayerNorm(3), nn.RMSNorm(3), nn.BatchNorm1d(3),
    lambda a: nn.GRU(3, 2)(a)[0]])
def test_and_others_of_their_arguments(function):
    with torch.autocast("cpu"):
        assert function(x()).dtype is SINGLE and function(x(dtype=LOW)).dtype is LOW


def test_float64_and_integers_stay():
    with torch.autocast("cpu"):
        assert (x(dtype=DOUBLE) @ x(dtype=DOUBLE)).dtype is DOUBLE
        assert (torch.ones(2, 2, dtype=torch.int64) @ torch.ones(2, 2, dtype=torch.int64)
                ).dtype is torch.int64


def test_gradients_arrive_in_the_parameters_dtype():
    layer = nn.Linear(3, 2)
    for k in range(1, 5):   # walked, then compiled
        layer.zero_grad()
        with torch.autocast("cpu"):
            loss = layer(x(4, 3) * k).float().pow(2).sum()
        assert loss.dtype is SINGLE
        loss.backward()
        with torch.no_grad():
            low = (x(4, 3) * k).bfloat16() @ layer.weight.bfloat16().t() + layer.bias.bfloat16()
            want = 2 * low.float().t() @ (x(4, 3) * k)
        assert layer.weight.grad.dtype is SINGLE
        np.testing.assert_allclose(layer.weight.grad.numpy(), want.numpy(), rtol=0.02, atol=0.02)


def test_second_derivatives():
    a = x().requires_grad_()
    with torch.autocast("cpu"):
        y = (a @ a).float().sum()
    grad, = torch.autograd.grad(y, a, create_graph=True)
    twice, = torch.autograd.grad(grad.pow(2).sum(), a)
    assert grad.tolist() == [[6.0] * 3] * 3 and twice.tolist() == [[72.0] * 3] * 3


def test_as_a_decorator_and_what_is_asked_of_it():
    @torch.autocast("cpu", dtype=torch.float16)
    def product(a: Any) -> Any:
        return a @ a, torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")

    assert product(x())[0].dtype is torch.float16 and product(x())[1:] == (True, torch.float16)
    assert not torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is LOW
    assert torch.amp.is_autocast_available("cpu") and not torch.amp.is_autocast_available("cuda")
    with pytest.warns(UserWarning, match="target dtype is not supported"):
        block = torch.autocast("cpu", dtype=torch.int32)
    with block:
        assert (x() @ x()).dtype is SINGLE


def test_an_error_ends_the_block():
    with pytest.raises(RuntimeError), torch.autocast("cpu"):
        x(2, 3) @ x(2, 3)
    assert (x() @ x()).dtype is SINGLE


def test_custom_functions_say_what_they_compute_in():
    class Product(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
        def forward(ctx: Any, a: Any) -> Any:
            seen.append((a.dtype, (a @ a).dtype))
            ctx.save_for_backward(a)
            return a * 2

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx: Any, ct: Any) -> Any:
            seen.append((ct @ ct).dtype)
            return ct * 2

    seen: list[Any] = []
    a = x(dtype=LOW).requires_grad_()
    with torch.autocast("cpu"):
        y = Product.apply(a)
        y.sum().backward()
    assert seen == [(SINGLE, SINGLE), SINGLE] and a.grad.dtype is LOW


def test_a_compiled_step_is_not_used_in_a_block():
    @torch.compile
    def step(a: Any) -> Any:
        return a @ a

    for _ in range(3):
        assert step(x()).dtype is SINGLE
        with torch.autocast("cpu"):
            assert step(x()).dtype is LOW
