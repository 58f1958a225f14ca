"""Second derivatives and gradient penalties as PyTorch gives them, zeros and None alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert
from second_derivatives import NETS, PIECEWISE, network, penalized, twice

torch = pytest.importorskip("torch")


def same(found: list[Any], expected: list[Any]) -> None:
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize("form", PIECEWISE.values(), ids=PIECEWISE)
def test_twice(form: str, look: bool) -> None:
    for seed in range(4):
        try:
            expected = twice(torch, form, seed, look)
        except RuntimeError as error:  # PyTorch's zero is a tensor that it cannot show
            assert "unallocated storage" in str(error)
            continue
        same(twice(wengert, form, seed, look), expected)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("name", NETS)
def test_penalty(name: str, backward: bool) -> None:
    theirs, ours = network(torch, name), network(wengert, name)
    for seed in range(4):
        for looks in range(3):
            same(penalized(wengert, ours, seed, looks, backward),
                 penalized(torch, theirs, seed, looks, backward))
