"""Which groups may become one: paths between them, against a search through everything."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from wengert.engine.loops import paths
from wengert.engine.loops.paths import Paths


def reached(found: Paths, first: Iterable[int], without: int = -1) -> set[int]:
    """All that depends on one of ``first``, themselves included."""
    seen, todo = set(), [k for k in first if k != without]
    while todo:
        k = todo.pop()
        if k not in seen:
            seen.add(k)
            todo += found.after[k] - {without}
    return seen


def through_a_third(found: Paths, i: int, j: int) -> bool:
    return any(b in reached(found, found.after[a] - {b}) for a, b in ((i, j), (j, i)))


def check(found: Paths) -> None:
    for i, before in enumerate(found.before):
        assert all(found.levels[j] < found.levels[i] for j in before)
        assert all(i in found.after[j] for j in before)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("farthest", [1000, 3])
def test_nothing_is_joined_that_a_path_keeps_apart(
        seed: int, farthest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "FARTHEST", farthest)
    rng, found = random.Random(seed), Paths()
    here: list[int] = []
    refused = allowed = 0
    for _ in range(150):
        here.append(len(found.levels))
        found.enter(rng.sample(here[:-1], min(len(here) - 1, rng.randrange(3))))
        i, j, k = (rng.choice(here) for _ in range(3))
        if i not in (j, k):
            levels = found.above(i, {j, k})
            depends = bool({j, k} & reached(found, [i]))
            assert levels is None or not depends
            assert farthest < 1000 or (levels is None) is depends
            if levels is not None:
                found.depend(i, {j, k}, levels)
                check(found)
            refused, allowed = refused + depends, allowed + (not depends)
        if i != j and rng.random() < 0.4:
            levels, apart = found.together(i, j), through_a_third(found, i, j)
            assert levels is None or not apart
            assert farthest < 1000 or (levels is None) is apart
            if levels is not None:
                found.merge(i, j, levels)
                here.remove(j)
                check(found)
            refused, allowed = refused + apart, allowed + (not apart)
    assert refused > 10 and allowed > 10


def test_a_value_that_everything_reads_is_looked_at_by_nobody() -> None:
    """Searches go where there is less to look at."""
    found = Paths()
    found.enter([])
    for _ in range(5 * paths.FARTHEST):
        found.enter([0])
    found.enter([1])
    last = len(found.levels) - 1
    assert found.together(last, 2) == {2: 2, last: 2}   # which depend on the first alone
    found.enter([last, 0])
    assert found.together(0, last + 1) is None
