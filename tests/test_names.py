"""The table of names is current: ``python docs/names.py`` writes it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wengert as torch
from wengert.names.paths import MODULES_NOT_HERE

pytestmark = pytest.mark.once

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


IMPORTS = """
import functools, importlib, json, sys
import wengert
paths = json.loads(sys.argv[1])
for path in paths:
    found = functools.reduce(getattr, path.split(".")[1:], wengert)
    module = importlib.import_module(path.replace("torch", "wengert", 1))
    if found is not module and not callable(found):
        print(path, found)
"""


def test_each_listed_module_is_an_attribute_and_can_be_imported(names: Any) -> None:
    """In a process where nothing else was imported; some are hidden behind a function of their
    name, as in PyTorch."""
    listed = [path for path, how in names.modules().items() if how != "not here"]
    assert len(listed) > 140
    done = subprocess.run([sys.executable, "-c", IMPORTS, json.dumps(listed)], check=False,
                          capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_module_holds_what_is_here_of_it(names: Any) -> None:
    for path, defined in names.paths().items():
        for name, home in defined.items():
            if names.is_at(home):
                assert names.is_at(f"{path}.{name}"), f"{path}.{name}, which is {home}"


def test_a_module_says_what_is_not_here(names: Any) -> None:
    for path, how in names.modules().items():
        if how != "not here":
            module = names.owner(path, "wengert")
            with pytest.raises(AttributeError, match=rf"{path}\.food is not in wengert"):
                module.food  # noqa: B018


def test_no_name_is_said_to_be_near_to_a_module(names: Any) -> None:
    kinds = names.modules()
    absent = {path.removeprefix("torch.") for path, how in kinds.items() if how == "not here"
              and kinds[path.rpartition(".")[0]] != "not here"}
    assert absent == MODULES_NOT_HERE
    for name in ("mtia", "numa"):
        assert name in absent
        with pytest.raises(AttributeError, match=f"torch.{name} is not in wengert 0.1; see docs"):
            getattr(torch, name)


def test_imports_of_modules_that_are_no_files() -> None:
    from wengert.optim.adamw import AdamW
    from wengert.utils.hooks import RemovableHandle

    from wengert.nn.modules.activation import MultiheadAttention
    assert MultiheadAttention is torch.nn.MultiheadAttention and AdamW is torch.optim.AdamW
    assert isinstance(torch.ones(1, requires_grad=True).register_hook(print), RemovableHandle)
    with pytest.raises(ImportError, match=r"torch\.optim\.adamw\.adamw is not in wengert"):
        from wengert.optim.adamw import adamw  # noqa: F401
    with pytest.raises(NotImplementedError, match="one device"):
        torch.nn.parallel.replicate(torch.nn.Linear(1, 1), [0, 1])


def test_a_name_that_only_refuses_is_not_counted(names: Any) -> None:
    assert names.is_here(torch.jit, "script") and not names.is_here(torch.jit, "load")
    assert names.is_here(torch, "add") and not names.is_here(torch, "no_such_name")
