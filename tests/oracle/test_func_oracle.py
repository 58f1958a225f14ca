"""Transforms two deep give what ``torch.func`` gives; ``python -m tests.oracle.func`` goes on."""

from __future__ import annotations

import pytest
from func import FUNCTIONS, chains, difference

pytest.importorskip("torch")
pytest.importorskip("torch.func")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("chain", [*chains(1), *chains(2)], ids="-".join)
def test_transforms_of_a_function(name: str, chain: tuple[str, ...]) -> None:
    assert not difference(name, chain)
