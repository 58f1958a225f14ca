"""Every module and optimiser against PyTorch: the table of ``python -m tests.oracle.modules``."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch is not installed: make oracle", allow_module_level=True)

from tests.oracle import module_cases, modules, optimizers


def ids(rows: list[module_cases.Row] | list[optimizers.Row]) -> list[str]:
    return [row.text for row in rows]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", module_cases.ROWS, ids=ids(module_cases.ROWS))
def test_module(row: module_cases.Row) -> None:
    modules.compare_module(row)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", optimizers.ROWS, ids=ids(optimizers.ROWS))
def test_optimizer(row: optimizers.Row) -> None:
    optimizers.compare_optimizer(row)


def test_every_public_class_has_a_row() -> None:
    assert not modules.without_a_row()
    assert not optimizers.without_a_row()
