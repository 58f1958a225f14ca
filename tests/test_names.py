"""The table of names is current: ``python docs/names.py`` writes it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import wengert as torch

NAMES = Path(__file__).parent.parent / "docs" / "names.py"
FEW = {"torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim",
       "torch.optim.lr_scheduler", "torch.utils.data"}
"""The modules of which at most 5 in 100 names may be absent."""


@pytest.fixture(scope="module")
def names() -> Any:
    spec = importlib.util.spec_from_file_location("names", NAMES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(names: Any) -> None:
    assert names.PAGE.read_text(encoding="utf-8") == names.page(), "run python docs/names.py"


def test_nearly_all_names_of_the_modules_that_programs_use_are_here(names: Any) -> None:
    for module, (here, absent) in names.found().items():
        if module in FEW:
            assert len(absent) <= 0.05 * (len(here) + len(absent)), (module, absent)


def test_a_name_that_only_refuses_is_not_counted(names: Any) -> None:


    assert names.is_here(torch.jit, "script") and not names.is_here(torch.jit, "load")
    assert names.is_here(torch, "add") and not names.is_here(torch, "no_such_name")
