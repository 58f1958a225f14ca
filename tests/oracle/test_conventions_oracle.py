"""What docs/conventions.md says of PyTorch: where it has the same derivative, and where not.

The checks of ``tests/test_conventions.py`` run a second time, with PyTorch as ``torch``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

torch = pytest.importorskip("torch")
CHECKS = Path(__file__).parent.parent / "test_conventions.py"

pytestmark = pytest.mark.once


def with_torch() -> Any:
    """The module of the checks, of PyTorch's functions."""
    module = ModuleType("conventions_of_torch")
    module.__file__ = str(CHECKS)
    sys.modules[module.__name__] = module
    text = CHECKS.read_text(encoding="utf-8").replace("import wengert as torch", "import torch")
    exec(compile(text, str(CHECKS), "exec"), vars(module))
    return module


checks = with_torch()


def said() -> Iterator[Any]:
    """Each row of the page, and whether it says that PyTorch is the same."""
    text = checks.PAGE.read_text(encoding="utf-8").partition("## Complex derivatives")[0]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and tuple(cells[:3]) in {**checks.ROWS, **checks.SECOND}:
            yield pytest.param(tuple(cells[:3]), cells[3] == "yes", id=f"{cells[0]} at {cells[1]}")


def holds(check: Any, *row: Any) -> bool:
    """Whether a check passes; an error of PyTorch's is another answer."""
    try:
        check(*row)
    except (AssertionError, RuntimeError):
        return False
    return True


@pytest.mark.parametrize(("row", "same"), list(said()))
def test_pytorch_has_the_same_derivative_where_the_page_says_so(row: Any, same: bool) -> None:
    found = [holds(checks.test_derivative, *each) for each in checks.ROWS.get(row, ())]
    found += [holds(checks.test_second_derivative, *each) for each in checks.SECOND.get(row, ())]
    assert all(found) == same
