"""No file of the source is longer than one can keep in mind, and no function longer than a page."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "wengert"
FILE, FUNCTION = 700, 60   # lines
TABLES = {"__init__.py"}
"""They are lists of names."""


def test_files() -> None:
    lines = {str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines())
             for path in SOURCE.rglob("*.py")}
    assert {name: n for name, n in lines.items() if n > FILE and name not in TABLES} == {}
    assert all(lines[name] > FILE for name in TABLES), "a table that has become short"


def test_functions() -> None:
    long = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > FUNCTION:
                    long[f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"] = length
    assert long == {}
