"""Convolutions by machine code, beside NumPy's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends import convolutions, faults
from wengert.engine.dtypes import float32, float64
from wengert.engine.ops import conv as plain

pytest.importorskip("llvmlite")
from wengert.engine.backends.cpu import convolving, taps

pytestmark = pytest.mark.once
F = torch.nn.functional


@pytest.fixture
def at_once() -> Iterator[None]:
    """Machine code is made at the first convolution, however small."""
    state = convolutions.State()
    old = convolutions.state, convolutions.ENOUGH, convolutions.LEAST
    convolutions.state, convolutions.ENOUGH, convolutions.LEAST = state, 0, 0
    try:
        with tier("auto"):
            yield
    finally:
        convolutions.state, convolutions.ENOUGH, convolutions.LEAST = old
    assert not state.missing and state.module is not None and not faults.found


class tier:
    def __init__(self, name: str) -> None:
        self.name, self.old = name, config.tier

    def __enter__(self) -> None:
        torch.cpu.synchronize()
        config.tier = self.name

    def __exit__(self, *_: object) -> None:
        torch.cpu.synchronize()
        config.tier = self.old


def drawn(draw: random.Random) -> dict[str, Any] | None:
    """The sizes of a convolution; None where nothing would be left."""
    dims = draw.choice([1, 2, 2])
    many = [[draw.choice(each) for _ in range(dims)] for each in (
        (1, 2, 3, 4, 5), (1, 1, 2, 3), (1, 1, 2), (5, 7, 8, 12, 17, 33))]
    kernel, stride, dilation, size = map(tuple, many)
    padding = tuple((draw.choice([0, 1, 2, 3]), draw.choice([0, 1, 2, -1])) for _ in range(dims))
    if min(plain.out_size(size, kernel, stride, padding, dilation)) < 1:
        return None
    return {"kernel": kernel, "stride": stride, "dilation": dilation, "size": size,
            "padding": padding, "groups": draw.choice([1, 1, 2, 3]), "inner": draw.randint(1, 5),
            "rows": draw.choice([1, 2, 3, 4, 5, 7, 8, 9, 11]), "count": draw.choice([1, 2, 3, 9]),
            "dtype": draw.choice([np.float32, np.float64])}


def compare(found: Any, right: Any) -> None:
    assert found.shape == right.shape and found.dtype == right.dtype
    unit = np.finfo(right.dtype).eps
    np.testing.assert_allclose(found, right, rtol=200 * unit,
                               atol=200 * unit * max(1.0, float(np.abs(right).max())))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("threads", [1, 3])
def test_all_three_are_those_of_numpy(seed: int, threads: int,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    case = drawn(random.Random(seed))
    if case is None:
        return
    monkeypatch.setattr(config, "threads", threads)
    monkeypatch.setattr(convolving, "SPLIT", 1)
    monkeypatch.setattr(convolving, "BUDGET", 1 << 12)   # several pieces
    monkeypatch.setattr(convolving, "TOGETHER", 1 << 12)
    numbers = np.random.RandomState(seed)
    groups, dtype = case["groups"], case["dtype"]
    how = {name: case[name] for name in ("stride", "padding", "dilation", "groups")}
    x = numbers.randn(case["count"], groups * case["inner"], *case["size"]).astype(dtype)
    w = numbers.randn(groups * case["rows"], case["inner"], *case["kernel"]).astype(dtype)
    if seed % 3 == 0:
        x, w = np.asfortranarray(x), np.asfortranarray(w)
    y = plain._conv(x, w, **how)
    compare(convolving.conv(x, w, **how), y)
    given = numbers.randn(*y.shape).astype(dtype)
    compare(convolving.conv_input(given, w, size=case["size"], **how),
            plain._conv_input(given, w, size=case["size"], **how))
    compare(convolving.conv_weight(x, given, kernel=case["kernel"], **how),
            plain._conv_weight(x, given, kernel=case["kernel"], **how))


@pytest.mark.parametrize("bits", [128, 256, 512])
@pytest.mark.parametrize("dtype", [float32, float64])
def test_there_is_a_text_for_each_width(bits: int, dtype: Any) -> None:
    from wengert.engine.backends.cpu.compiler import compiled
    for of in (taps.sums, taps.products, taps.margins):
        assert compiled(of(dtype, bits))


def test_what_is_not_finite_stays_where_it_was() -> None:
    x, given = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
    x[0, 0, 1, 0] = np.nan   # between the places of two lines, for all but the first column
    how = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    assert convolving.conv_weight(x, given, kernel=(3, 3), **how) is None
    right = plain._conv_weight(x, given, kernel=(3, 3), **how)
    assert np.isnan(right[0, 0, 0, 0]) and np.isfinite(right[0, 0, :, 1:]).all()
    y = convolving.conv(x, np.ones((1, 1, 3, 3)), **how)
    assert np.isnan(y[0, 0, :2, 0]).all() and np.isfinite(y[0, 0, :, 1:]).all()


def test_weights_that_are_not_finite_meet_no_margin() -> None:
    given, w = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    w[0, 0, 0, 0] = np.inf
    how = {"size": (6, 6), "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1),
           "groups": 1}
    assert convolving.conv_input(given, w, **how) is None
    y = F.conv_transpose2d(torch.tensor(given), torch.tensor(w))
    assert not y.isnan().any() and y.isinf().sum().item() == 16


def test_lines_that_are_too_long_are_left_to_numpy() -> None:
    x, w = np.ones((1, 1, 2, 5000)), np.ones((1, 1, 2, 2))
    how = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    assert convolving.conv(x, w, **how) is None
    assert convolving.conv(x, w[..., :1], **how) is not None   # its places are those of the planes


def model(size: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
    torch.manual_seed(size)
    x = torch.randn(3, 4, size, size + 1, requires_grad=True)
    w, b = torch.randn(6, 2, 3, 3, requires_grad=True), torch.randn(6, requires_grad=True)
    v = torch.randn(6, 3, 2, 2, requires_grad=True)
    h = F.relu(F.conv2d(x, w, b, stride=2, padding=1, groups=2))
    y = F.conv_transpose2d(h, v, stride=2, output_padding=1).tanh()
    z = F.conv1d(y.flatten(2), torch.ones(2, 3, 5) / 9, padding=2)
    return z.square().mean(), [x, w, b, v]


@pytest.mark.parametrize("size", [6, 9, 14])
def test_a_program_has_the_same_gradients(size: int, at_once: None) -> None:
    with tier("numpy"):
        loss, leaves = model(size)
        right = [loss.item(), *torch.autograd.grad(loss, leaves)]
        before = convolutions.state.module
    assert before is None   # that tier has no machine code
    for _ in range(4):
        loss, leaves = model(size)
        found = [loss.item(), *torch.autograd.grad(loss, leaves)]
        for a, b in zip(found, right, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_those_of_half_precision_are_rounded_once(dtype: torch.dtype, at_once: None) -> None:
    if dtype is torch.bfloat16:
        pytest.importorskip("ml_dtypes")
    torch.manual_seed(2)
    x, w = torch.randn(2, 3, 9, 8).to(dtype), torch.randn(4, 3, 3, 3).to(dtype)
    found = F.conv2d(x, w, padding=1)
    assert found.dtype is dtype
    right = F.conv2d(x.float(), w.float(), padding=1).to(dtype)
    assert found.tolist() == right.tolist()


def test_second_derivatives(at_once: None) -> None:
    torch.manual_seed(1)
    x = torch.randn(2, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(
        lambda x, w: F.conv2d(x, w, stride=(1, 2), padding=(2, 1)).tanh(), (x, w))


def test_it_is_made_when_there_has_been_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    state = convolutions.State()
    monkeypatch.setattr(convolutions, "state", state)
    x, w = torch.ones(8, 4, 20, 20), torch.ones(4, 4, 3, 3)
    each = 8 * 18 * 18 * 4 * 4 * 9
    monkeypatch.setattr(convolutions, "ENOUGH", 3 * each)
    with tier("auto"):
        for k in range(1, 5):
            assert F.conv2d(x, w)[0, 0, 0, 0].item() == 36
            assert state.products == k * each
            assert (state.module is None) == (k < 3)
        with config.in_one_tier():
            state.module, state.products = None, 0
            assert F.conv2d(x, w)[0, 0, 0, 0].item() == 36
            assert state.module is not None   # as later, from the first on


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [(1, 1), (3, 16), (4, 17), (2, 40)])
@pytest.mark.parametrize("margin", [(0, 0, 0, 3), (1, 2, 1, 1), (2, 20, 0, 0), (0, 1, 3, 33)])
def test_planes_get_margins(dtype: Any, size: tuple[int, int], margin: tuple[int, ...]) -> None:
    above, left, below, right = margin
    x = np.random.RandomState(0).randn(2, 3, *size).astype(dtype)
    right_one = np.pad(x, ((0, 0), (0, 0), (above, below), (left, right)))
    made = np.full((right_one.size + 1,), np.nan, dtype)
    convolving.with_margins(x, made[:-1].reshape(right_one.shape), (above, left))
    np.testing.assert_array_equal(made[:-1].reshape(right_one.shape), right_one)
    assert np.isnan(made[-1])   # nothing is written behind it
