"""What people do with ``torch.vmap`` gives what PyTorch gives, each time."""

from __future__ import annotations

import pytest

import vmap_programs  # noqa: F401  it adds to the uses
import wengert
import wengert.autograd.forward_ad
import wengert.distributions
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
