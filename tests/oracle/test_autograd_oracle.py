"""The programs about gradients, as PyTorch runs them: the expected results are PyTorch's."""

from __future__ import annotations

import warnings

import pytest

from autograd_expected import EXPECTED
from autograd_programs import PROGRAMS, agree, plain

torch = pytest.importorskip("torch")
pytest.importorskip("torch.func")
pytest.importorskip("torch.utils.checkpoint")


@pytest.mark.parametrize("name", PROGRAMS)
def test_expected_result(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = plain(PROGRAMS[name](torch))
    assert agree(found, EXPECTED[name]), f"{found}\nis not\n{EXPECTED[name]}"
