"""Machine code for random numbers draws what is drawn without it, and only where much is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from wengert.config import config
from wengert.engine import native
from wengert.engine.backends import choice
from wengert.engine.lazy import lazy
from wengert.engine.random_stream import Generator, ahead, box_muller, shuffle


@pytest.fixture(autouse=True)
def nothing_made() -> Iterator[None]:
    made, spent, looked = dict(native.made), dict(native._spent), set(native._looked)
    for known in (native.made, native._spent, native._looked):
        known.clear()
    yield
    for known, before in ((native.made, made), (native._spent, spent), (native._looked, looked)):
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
    transform = made("normal")
    whole = np.arange(0, 2**24, 63, np.uint64)
    words = np.stack([whole[:2**18].reshape(-1, 8), whole[:2**18][::-1].reshape(-1, 8)], 1).ravel()
    wanted = box_muller.box_muller32(ahead.unit32(words), mean, std)
    words += np.uint64(5 << 24)   # which is not looked at
    for start, size in ((0, words.size), (0, words.size - 27), (3, 16), (1, 17), (2, 31)):
        out = np.empty(size, np.float32)
        transform(words, start, out, size, mean, std)
        last = words[start + (size if size % 16 else size - 16):][:16]
        assert out[-16:].tobytes() == box_muller.box_muller32(
            ahead.unit32(last), mean, std).tobytes()
        if start == 0:
            assert out[:-16].tobytes() == wanted[:size - 16].tobytes()


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


@pytest.mark.parametrize("size", [2, 17, 1000, 70000])
def test_permutations_in_machine_code(size: int) -> None:
    one, other = Generator().manual_seed(3), Generator().manual_seed(3)
    wanted = one.permutation(size).tolist()
    native.made["exchange"] = made("exchange")
    for kind in (np.int64, np.float64):
        assert other.permutation(size, kind).tolist() == wanted
        other.manual_seed(3)


@pytest.mark.parametrize("rate", [0.0, 1e-20, 0.3, 9.99, 10.0, 11.5, 300.0, 1e7])
def test_poisson_numbers_in_machine_code(rate: float) -> None:
    one, other = Generator().manual_seed(3), Generator().manual_seed(3)
    rates = np.full(3000, rate)
    rates[7::5] *= 3
    wanted = [one.poisson(rates[:n]).tolist() for n in (3000, 2, 5, 40)]
    native.made["poisson"] = made("poisson")
    assert [other.poisson(rates[:n]).tolist() for n in (3000, 2, 5, 40)] == wanted
    assert one.get_state().tolist() == other.get_state().tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_waiting_times_in_machine_code(dtype: Any) -> None:
    one, other = Generator().manual_seed(3), Generator().manual_seed(3)
    wanted = [one.exponential((n,), dtype, 1.7).tobytes() for n in (17, 1000, 20000, 3, 41)]
    native.made["exponential"] = made("exponential")
    assert [other.exponential((n,), dtype, 1.7).tobytes()
            for n in (17, 1000, 20000, 3, 41)] == wanted
    assert one.get_state().tolist() == other.get_state().tolist()


def test_little_is_drawn_without_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr(native, "makers", [lambda *of: asked.append(of)])
    monkeypatch.setattr(native, "BACKEND", "not.there")
    monkeypatch.setattr(native, "LLVM", "not.there")
    g = Generator().manual_seed(0)
    for _ in range(20):
        g.normal((1000,))
        g.permutation(1000)
    assert not asked
    for _ in range(1000):
        g.normal((1040,), np.float32, 1.0, 2.0)
    assert asked == [("normal", True), ("normal", False)]   # once, though nothing was made


def test_what_was_kept_is_found_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr(native, "makers", [lambda *of: asked.append(of) or "found"])
    monkeypatch.setattr(native, "BACKEND", "not.there")
    turns = next(n for n in range(200)
                 if native.native("normal", native.CALL + 1000) == "found")
    assert turns < 120 and asked == [("normal", True)]
    monkeypatch.setattr(native, "BACKEND", "sys")   # which is there
    turns = next(n for n in range(200)
                 if native.native("exchange", native.CALL + 1000) == "found")
    assert turns < 12 and asked[1:] == [("exchange", True)]


def test_only_what_was_kept_is_found_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Any,
                                             ) -> None:
    made("normal")
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path))
    compiler = lazy("engine.backends.cpu.compiler")
    monkeypatch.setattr(compiler, "_compiler", [])
    assert choice.made_native("normal", True) is None
    assert choice.made_native("normal") is not None
    monkeypatch.setattr(compiler, "_compiler", [])
    before = compiler.counters["compiled"]
    found = choice.made_native("normal", True)
    if disk_keeps := list(tmp_path.glob("*.o")):
        assert found is not None and len(disk_keeps) == 1
    assert compiler.counters["compiled"] == before


def test_the_stream_goes_on_the_same_where_machine_code_begins() -> None:
    transform = made("normal")
    draws = [(100,), (1000,), (40,), (5,), (1001,), (64,), (2000,)]
    one, other = Generator().manual_seed(3), Generator().manual_seed(3)
    for n, shape in enumerate(draws):
        if n == 3:
            native.made["normal"] = transform
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
    if between < 1000:   # of each number at most twice its half, and little in vain
        assert sum(made) < 45_000
    for each in drawn:
        other._stream._normals = 0   # every one for itself
        assert other.normal((1000,)).tobytes() == each
        other.uniform((between,))
