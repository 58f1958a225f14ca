"""A user's function has one home, and an editor can follow it from there to its kernel.

An operation is said by its object wherever it is used; the names are for users, and stand in the
table of the namespace.
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import Any

import wengert as torch
import wengert.functions.families  # it fills OPERATIONS
from sources import SOURCE, trees
from wengert.engine.backends.cpu.single import SINGLE
from wengert.engine.dtypes import float32
from wengert.engine.graph import reachable
from wengert.engine.ops import pool, structural
from wengert.engine.recording.operation import OPERATIONS
from wengert.functions import pooling
from wengert.tensors.recorded import function

REGISTRY = {"engine/recording/operation.py"}
"""Where the table of operations is filled."""
ARE_TOLD = {"function", "recorded", "recorded_write", "in_place_if_asked", "record", "record_write",
            "update", "binary", "called", "in_place", "unary", "power", "caller"}
"""The functions whose first argument is an operation."""
FAMILY_FOLDERS = ("functions", "tensors", "autograd")


def spelled(node: ast.AST) -> bool:
    """Whether a call says by a string which operation it is about."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    callee = node.func.id if isinstance(node.func, ast.Name) else (
        node.func.attr if isinstance(node.func, ast.Attribute) else "")
    first = node.args[0]
    if isinstance(first, ast.IfExp):
        first = first.body
    return callee in ARE_TOLD and (isinstance(first, ast.JoinedStr) or (
        isinstance(first, ast.Constant) and first.value in OPERATIONS))


def test_the_test_sees_a_name() -> None:
    for text in ('function("max_pool2d")', 'function(f"max_pool{n}d")', 'record("add", (x, y))',
                 'updates.update("sgd_update" if plain else "adam_update", grads)'):
        assert spelled(ast.parse(text, mode="eval").body), text
    assert not spelled(ast.parse("function(pooling.avg_pool2d)", mode="eval").body)


def test_no_operation_is_looked_up_by_its_name() -> None:
    found = [f"{name}:{node.lineno}: {ast.unparse(node)}" for name, tree in trees()
             for node in ast.walk(tree) if spelled(node)]
    assert not found, "say the composition itself: function(pooling.avg_pool2d)"
    users = {name for name, tree in trees() for node in ast.walk(tree)
             if isinstance(node, ast.Name) and node.id == "OPERATIONS"}
    assert users == REGISTRY


def test_the_table_of_methods_is_for_tensor() -> None:
    """Others say ``function(pooling.avg_pool2d)``."""
    users = {name for name, tree in trees() for node in ast.walk(tree)
             if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("names.methods")}
    assert users == {"tensors/operators.py"}


def test_a_file_name_stands_for_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for folder in FAMILY_FOLDERS:
        for path in (SOURCE / folder).glob("*.py"):
            if path.name != "__init__.py":
                homes.setdefault(path.name, []).append(folder)
    assert {name: folders for name, folders in homes.items() if len(folders) > 1} == {}


def test_an_operation_can_be_imported_from_the_module_that_defines_it() -> None:
    for op in OPERATIONS.values():
        module = sys.modules[op.lower.__module__]
        assert [name for name, value in vars(module).items() if value is op], op.name


def test_max_pool2d_is_five_files_from_its_module_to_its_kernel() -> None:
    called = getattr(torch.nn.functional, torch.nn.MaxPool2d._function)
    assert called is pooling.max_pool2d
    given = [cell.cell_contents for cell in called.__closure__]
    assert function(pooling._max_pool2d) in given
    x = structural.free((1, 1, 4, 4), float32, True)
    primitives = {node.prim for node in reachable([pooling._max_pool2d(x, 2)])}
    assert pool.window_max in primitives
    hops: list[Any] = [torch.nn.MaxPool2d, called, pooling._max_pool2d.lower,
                       pool.window_max.impl, SINGLE[pool.window_max]]
    files = [Path(inspect.getfile(hop)).relative_to(SOURCE).as_posix() for hop in hops]
    through = dict.fromkeys([files[0], "nn/functional.py", *files[1:]])
    assert list(through) == ["nn/modules/pooling.py", "nn/functional.py", "functions/pooling.py",
                             "engine/ops/pool.py", "engine/backends/cpu/windows.py"]
