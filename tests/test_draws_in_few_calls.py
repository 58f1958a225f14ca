"""Draws of a few numbers, as a program that asks for a value in each turn makes them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine import native
from wengert.engine.devices import libraries
from wengert.engine.random_stream import Generator, ahead, box_muller, generator
from wengert.engine.random_stream.box_muller import box_muller32, box_muller64, places_of
from wengert.tensors import overriding


def calls_of(draw: Callable[[], Any]) -> int:
    """How many functions, of Python or C, a draw calls; several before it have been made."""
    for _ in range(5):
        draw()
    calls: list[str] = []
    sys.setprofile(lambda frame, event, what: calls.append(event) if event in (
        "call", "c_call") else None)
    draw()
    sys.setprofile(None)
    return len(calls) - 2   # that of the draw, and of the profile


def test_a_category_of_dozens_of_weights_is_drawn_in_python() -> None:
    weights, found = np.linspace(0.0, 1.0, 40, dtype=np.float32), list[Any]()
    stream = Generator().manual_seed(3)
    sys.setprofile(lambda frame, event, what: found.append(what.__name__) if (
        event == "c_call") else None)
    place = stream.multinomial(weights, 1)
    sys.setprofile(None)
    assert found.count("log1p") == 40
    other = Generator().manual_seed(3)
    assert place.tolist() == (weights / other.exponential((40,))).argmax(keepdims=True).tolist()
    assert stream.uniform((3,)).tolist() == other.uniform((3,)).tolist()


@pytest.fixture(autouse=True)
def nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "makers", [])
    monkeypatch.setattr(native, "made", {})
    monkeypatch.setattr(box_muller, "made", native.made)


def test_a_draw_takes_few_calls() -> None:
    if libraries or overriding._begun:
        pytest.skip("calls look for other devices, or who else is asked, from some test on")
    weights, x = torch.tensor([0.2, 0.3, 0.5]), torch.ones(50)
    assert calls_of(lambda: torch.multinomial(weights, 1)) <= 31
    assert calls_of(lambda: torch.multinomial(x, 50, replacement=True)) <= 40
    assert calls_of(lambda: torch.randn_like(x)) <= 34
    assert calls_of(lambda: torch.rand(4)) <= 20
    assert calls_of(lambda: torch.randn(4)) <= 36
    assert calls_of(lambda: torch.randint(7, (1,))) <= 22
    assert calls_of(lambda: torch.randperm(10)) <= 15
    assert calls_of(lambda: x.bernoulli_(0.3)) <= 24
    some = torch.distributions.Normal(torch.zeros(2), torch.ones(2))
    assert calls_of(some.sample) <= 82


def test_normal_numbers_of_a_picture_are_made_for_several_draws(
        monkeypatch: pytest.MonkeyPatch) -> None:
    angles: list[int] = []
    original = box_muller.cosine_sine32
    monkeypatch.setattr(box_muller, "cosine_sine32",
                        lambda unit: angles.append(unit.size) or original(unit))
    monkeypatch.setattr(box_muller, "box_muller32",
                        lambda *args: angles.append(0) or box_muller32(*args))
    monkeypatch.setattr(generator, "box_muller32", box_muller.box_muller32)
    stream = Generator().manual_seed(5)
    drawn = [stream.normal((784,)) for _ in range(40)]
    assert len(angles) <= 24
    monkeypatch.setattr(ahead, "SOME", 0)
    other = Generator().manual_seed(5)
    assert all(np.array_equal(x, other.normal((784,))) for x in drawn)
    assert stream.uniform((3,)).tolist() == other.uniform((3,)).tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_category_is_the_one_with_the_largest_quotient(dtype: Any) -> None:
    random = np.random.default_rng(0)
    for seed in range(200):
        weights = random.random(int(random.integers(1, 17))).astype(dtype)
        weights[random.random(weights.size) < 0.3] = 0
        weights[0] += dtype(0.1)
        one, all_of_them = (Generator().manual_seed(seed).multinomial(weights, n)
                            for n in (1, int(np.count_nonzero(weights))))
        assert one.tolist() == all_of_them[:1].tolist()


class Given(Generator):
    """A stream of numbers that are given."""

    units = np.array([0.5, 0.0, 0.0])

    def _unit64(self, n: int) -> Any:
        return self.units[:n].copy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_waiting_time_of_nothing_is_the_shortest(dtype: Any) -> None:
    assert Given().multinomial(np.array([1, 0, 1e-30], dtype), 1).tolist() == [2]
    assert Given().multinomial(np.array([1, 0], dtype), 1).tolist() == [0]
    assert Given().multinomial(np.array([1, 1, 1], dtype), 1).tolist() == [1]


@pytest.mark.parametrize("weights", [
    [0.0, 0.0], [1.0, math.nan], [-1.0, 2.0], [math.inf, 1.0]])
@pytest.mark.parametrize("replacement", [False, True])
def test_what_are_no_weights_draws_nothing(weights: list[float], replacement: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(RuntimeError, match="probabilit"):
        torch.multinomial(torch.tensor(weights), 1 + replacement, replacement,
                          generator=generator)
    assert generator.get_state().tolist() == torch.Generator().manual_seed(0).get_state().tolist()


def test_the_places_of_numbers_are_those_of_the_transform() -> None:
    for transform, dtype in ((box_muller32, np.float32), (box_muller64, np.float64)):
        units = np.random.default_rng(0).random(96).astype(dtype)
        for size in range(16, 64):
            cosines_and_sines = np.zeros((units.size, 2))
            for first in range(units.size - 16):
                block = transform(units[first:first + 16], 0.0, 1.0).reshape(2, 8)
                cosines_and_sines[first:first + 8] = block.T
            found = cosines_and_sines.reshape(-1).take(places_of(size))
            whole = size // 16 * 16
            right = np.zeros(size)
            right[:whole] = transform(units[:whole], 0.0, 1.0)
            if size % 16:
                right[-16:] = transform(units[size:size + 16], 0.0, 1.0)
            np.testing.assert_allclose(found, right, rtol=1e-6)
