"""Entries of PyTorch's sample database hold as docs/coverage.md says: a part of the table that
``python -m tests.oracle.opinfo --all --write docs/coverage.md`` makes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's own tests need it")

from oracle.opinfo.__main__ import dtype_of, outcomes
from oracle.opinfo.scope import DIFFERENT, REASONS
from oracle.opinfo.table import not_held

PAGE = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text(encoding="utf-8")
FEW = {"alias_copy", "frexp", "index_reduce", "linalg.ldl_solve", "lu_unpack", "masked.var",
       "nn.functional.max_unpool1d", "norm", "ormqr", "renorm", "signal.windows.hann",
       "special.hermite_polynomial_h", "histogram", "mul", "view_copy"}


def entries() -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    return list(op_db)


ENTRIES = entries()


def label(entry: Any) -> str:
    return entry.name + (f" ({entry.variant_test_name})" if entry.variant_test_name else "")


@pytest.mark.parametrize("entry", [each for each in ENTRIES if each.name in FEW], ids=label)
@pytest.mark.filterwarnings("ignore")
def test_an_entry_holds_as_the_page_says(entry: Any) -> None:
    found = outcomes(entry, "float64", 3)
    assert found and dtype_of(entry, "float64")
    known = not_held(PAGE)
    lost = {column: wrong for column, wrong in found.items()
            if wrong and (label(entry), column) not in known}
    assert not lost


def test_each_reason_is_about_an_entry() -> None:
    names = {each.name for each in ENTRIES}
    assert set(REASONS) <= names
    assert {name for name, _ in DIFFERENT} <= {label(each) for each in ENTRIES}
    assert "## What does not hold" in PAGE and "## Out of scope" in PAGE
