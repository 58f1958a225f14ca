"""Machine code for random numbers draws what is drawn without it, and only where much is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from wengert.config import config
from wengert.engine import native
from wengert.engine.backends import choice
from wengert.engine.random_stream import Generator, box_muller, shuffle


@pytest.fixture(autouse=True)
def nothing_made() -> Iterator[None]:
    made, spent = dict(native.made), dict(native._spent)
    native.made.clear()
    native._spent.clear()
    yield
    for known, before in ((native.made, made), (native._spent, spent)):
        known.clear()
        known.update(before)


def made(name: str) -> Any:
    if choice.BACKENDS[config.tier]() is None:
        pytest.skip("this tier has no machine code")
    found = choice.made_native(name)
    assert found is not None
    return found


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.3, 1.7), (-2.0, 0.0)])
def test_normal_numbers_are_the_same_bits(mean: float, std: float) -> None:
    transform = made("box_muller")
    whole = np.arange(0, 2**24, 63, np.int64).astype(np.float32) * np.float32(2.0**-24)
    unit = np.stack([whole[:2**18].reshape(-1, 8), whole[:2**18][::-1].reshape(-1, 8)], 1).ravel()
    wanted = box_muller.box_muller32(unit, mean, std)
    assert transform(unit, mean, std).tobytes() == wanted.tobytes()


def others_of(size: int) -> Any:
    steps = np.arange(size - 1)
    return steps + np.random.default_rng(size).integers(0, np.arange(size, 1, -1))


def one_by_one(others: Any) -> list[int]:
    order = list(range(others.size + 1))
    for i, j in enumerate(others.tolist()):
        order[i], order[j] = order[j], order[i]
    return order


@pytest.mark.parametrize("size", [2, 3, 17, 76, 301, 1000, 65536, 65537, 70000])
def test_exchanges_at_once_are_those_one_by_one(size: int) -> None:
    others = others_of(size)
    assert shuffle._at_once(others).tolist() == one_by_one(others)


@pytest.mark.parametrize("others", [[0, 1, 2], [3, 3, 3], [1, 2, 3], [0, 3, 2]])
def test_exchanges_of_a_place_with_itself(others: list[int]) -> None:
    places = np.array(others)
    assert shuffle._at_once(places).tolist() == one_by_one(places)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_short_permutations(size: int) -> None:
    assert sorted(Generator().manual_seed(0).permutation(size).tolist()) == [*range(size)]


@pytest.mark.parametrize("size", [2, 17, 1000])
def test_exchanges_in_machine_code(size: int) -> None:
    others = others_of(size)
    assert made("exchange")(others).tolist() == one_by_one(others)


def test_little_is_drawn_without_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(native, "makers", [lambda name: asked.append(name)])
    g = Generator().manual_seed(0)
    for _ in range(20):
        g.normal((1000,))
        g.permutation(1000)
    assert not asked
    for _ in range(1000):
        g.normal((1040,), np.float32, 1.0, 2.0)
    assert asked == ["box_muller"]   # once, though nothing was made


def test_the_stream_goes_on_the_same_where_machine_code_begins() -> None:
    transform = made("box_muller")
    draws = [(100,), (1000,), (40,), (5,), (1001,), (64,), (2000,)]
    one, other = Generator().manual_seed(3), Generator().manual_seed(3)
    for n, shape in enumerate(draws):
        if n == 3:
            native.made["box_muller"] = transform
        a = one.normal(shape)
        native.made.clear()
        assert a.tobytes() == other.normal(shape).tobytes()


@pytest.mark.parametrize("between", [0, 50, 3000])
def test_parts_are_made_for_many_where_many_follow(between: int,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    radius = box_muller.radius32

    def counted(unit: Any) -> Any:
        made.append(unit.size)
        return radius(unit)

    monkeypatch.setattr(box_muller, "radius32", counted)
    one, other = Generator().manual_seed(0), Generator().manual_seed(0)
    drawn = []
    for _ in range(40):
        drawn.append(one.normal((1000,)).tobytes())
        one.uniform((between,))
    assert sum(made) < 45_000   # of each number at most twice its half, and little in vain
    for each in drawn:
        other._stream._normals = 0   # every one for itself
        assert other.normal((1000,)).tobytes() == each
        other.uniform((between,))
