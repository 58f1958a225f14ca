"""What people do with ``torch.vmap`` gives what PyTorch gives, each time."""

from __future__ import annotations

import pytest

import wengert
from vmap_uses import USES, plain, same

torch = pytest.importorskip("torch")
pytest.importorskip("torch.func")


@pytest.mark.parametrize("name", USES)
def test_use(name: str) -> None:
    for k in range(3):
        found = []
        for library in (wengert, torch):
            library.manual_seed(k)
            found.append(plain(USES[name](library, k)))
        same(*found)
