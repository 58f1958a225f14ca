"""The arena: where values lie that live only inside a run."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.engine.backends.cpu.arena import ALIGNED, Arena


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_place_that_fits_is_taken(seed: int) -> None:
    rng, arena = random.Random(seed), Arena()
    lines = [False] * 4000   # which lines of the cache are in use
    taken: list[tuple[int, int]] = []
    reused = 0
    for _ in range(600):
        if taken and rng.random() < 0.48:
            offset, size = taken.pop(rng.randrange(len(taken)))
            arena.give(offset, size)
            for k in range(-(-max(size, 1) // ALIGNED)):
                lines[offset // ALIGNED + k] = False
            continue
        size = rng.choice([0, 1, 64, 65, 200, 640, 1000])
        count = -(-max(size, 1) // ALIGNED)
        gaps = gaps_of(lines[:arena.size // ALIGNED])
        fits = sorted((length, first) for first, length in gaps if length >= count)
        wanted = fits[0][1] * ALIGNED if fits else arena.size
        offset = arena.take(size)
        assert offset == wanted
        assert not any(lines[offset // ALIGNED:offset // ALIGNED + count])
        lines[offset // ALIGNED:offset // ALIGNED + count] = [True] * count
        taken.append((offset, size))
        reused += bool(fits)
    assert reused > 100


def gaps_of(lines: list[bool]) -> list[tuple[int, int]]:
    """Where what is free begins, and how long it is."""
    found: list[tuple[int, int]] = []
    for k, used in enumerate(lines):
        if not used:
            if found and sum(found[-1]) == k:
                found[-1] = found[-1][0], found[-1][1] + 1
            else:
                found.append((k, 1))
    return found
