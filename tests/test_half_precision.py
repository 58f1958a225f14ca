"""float16 and bfloat16 beside wider tensors without dimensions, and operations of several steps."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as torch

WIDE = [torch.float32, torch.float64]
ROWS = {"*": lambda x, s: x * s, "mul_": lambda x, s: x.clone().mul_(s), "/": lambda x, s: x / s,
        "floor": lambda x, s: torch.div(x, s, rounding_mode="floor"),
        "//": lambda x, s: x // s.item()}


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize("name", ROWS)
def test_a_wide_tensor_without_dimensions_is_not_rounded_first(name, wide):
    numpys = {"*": np.multiply, "mul_": np.multiply, "/": np.divide}.get(name, np.floor_divide)
    for k in range(4):
        values = np.array([0.3, 1.7 + k, -5, 1e-3], np.float16)
        for number in (65536.0, 1 / 3, 1e-4 + k):
            s = torch.tensor(number, dtype=wide)
            y = ROWS[name](torch.tensor(values), s)
            with np.errstate(all="ignore"):
                wanted = numpys(values.astype(np.float32), np.float32(number)).astype(np.float16)
            assert y.dtype is torch.float16
            np.testing.assert_array_equal(y.numpy(), wanted)


def test_where_it_comes_first_it_is_rounded():
    for _ in range(4):
        y = torch.tensor(65536.0) * torch.tensor([0.5], dtype=torch.float16)
        assert y.dtype is torch.float16 and y.isinf().all()


def test_the_gradient_beside_it():
    for k in range(1, 5):
        x = torch.tensor([1e-3, -2e-3 * k], dtype=torch.float16, requires_grad=True)
        s = torch.tensor(70000.0 * k, requires_grad=True)
        (x * s / s).sum().backward()
        assert (x.grad - 1).abs().max() < 2e-3 and x.grad.dtype is torch.float16
        assert s.grad.dtype is torch.float32 and s.grad.abs() < 1e-7


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_what_takes_several_steps_is_rounded_once(dtype):
    for k in range(4):
        x = torch.tensor([-6e4, 6e4, 0.1 + k], dtype=dtype)
        a = torch.tensor([300.0, -300.0, 0.3], dtype=dtype)
        wide, b = x.float(), a.float()
        for y, wanted in (
                (torch.addcmul(x, a, a, value=0.7), wide + 0.7 * (b * b)),
                (torch.addcdiv(x, a, a / 500, value=-0.7), wide - 0.7 * (b / (a / 500).float())),
                (torch.lerp(x, -x, 0.4), wide - 0.4 * (2 * wide))):
            assert y.dtype is dtype and y.tolist() == wanted.to(dtype).tolist()


def test_a_weight_without_dimensions_has_any_dtype():
    for weight in (torch.tensor(0.25), torch.tensor(0.25, dtype=torch.float64), torch.tensor(True)):
        for dtype in (torch.float16, torch.float32, torch.complex64):
            for _ in range(4):
                x = torch.ones(2, dtype=dtype)
                y = x.lerp(3 * x, weight)
                assert y.dtype is dtype and y.tolist() == [1 + 2 * weight.item()] * 2
    with pytest.raises(RuntimeError, match="expected dtype"):
        torch.ones(2).lerp(torch.ones(2), torch.ones(2, dtype=torch.float64))
