"""Transforms two deep, and some three deep, give what ``torch.func`` gives; all those three deep:
``python -m tests.oracle.func``."""

from __future__ import annotations

import pytest
from func import FUNCTIONS, chains, difference, programs

pytest.importorskip("torch")
pytest.importorskip("torch.func")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("chain", [*chains(1), *chains(2)], ids="-".join)
def test_transforms_of_a_function(name: str, chain: tuple[str, ...]) -> None:
    assert not difference(name, chain)


DEEP = [(name, chain) for name, chain in programs(3) if len(chain) == 3]


@pytest.mark.parametrize(("name", "chain"), DEEP[::41],
                         ids=lambda part: part if isinstance(part, str) else "-".join(part))
def test_transforms_three_deep(name: str, chain: tuple[str, ...]) -> None:
    assert not difference(name, chain)
