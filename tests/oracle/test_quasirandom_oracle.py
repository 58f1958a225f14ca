"""Sobol's sequences against PyTorch's: the same points, plain and scrambled, from the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")
pytestmark = pytest.mark.once


def both(use: Any) -> list[Any]:
    found = []
    for library in (wengert, torch):
        library.manual_seed(7)
        found.append(use(library, library.quasirandom.SobolEngine))
    return found


@pytest.mark.parametrize("scramble", [False, True])
@pytest.mark.parametrize("dimension", [1, 2, 40, 1111])
def test_points(dimension: int, scramble: bool) -> None:
    def use(library: Any, engine: Any) -> list[Any]:
        mine = engine(dimension, scramble=scramble, seed=3)
        parts = [mine.draw(1), mine.draw(7), mine.draw_base2(3), mine.quasi.clone(),
                 mine.shift]
        mine.reset().fast_forward(5).fast_forward(100)
        free = engine(dimension, scramble)
        out = library.empty(0)
        free.draw(3, out=out)
        return [*parts, mine.draw(2, dtype=library.float64), mine.sobolstate, free.draw(), out,
                repr(mine), mine.num_generated]

    for a, b in zip(*both(use), strict=True):
        if isinstance(b, torch.Tensor):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
            assert str(a.dtype).split(".")[1] == str(b.dtype).split(".")[1]
        else:
            assert a == b


def test_refused() -> None:
    wrong = [lambda e: e(0), lambda e: e(21202), lambda e: e(2).fast_forward(3).draw_base2(2)]
    for each in wrong:
        for library in (wengert, torch):
            with pytest.raises(ValueError):
                each(library.quasirandom.SobolEngine)
