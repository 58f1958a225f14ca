"""No file of the source is longer than one can keep in mind, and no function longer than a page."""

from __future__ import annotations

import ast

from sources import texts, trees

FILE, FUNCTION = 700, 60   # lines
MADE = {"engine/recording/written.py"}
"""Their functions were written by other functions."""


def test_files() -> None:
    lines = {name: len(text.splitlines()) for name, text in texts() if name not in MADE}
    assert {name: n for name, n in lines.items() if n > FILE} == {}


def test_functions() -> None:
    long = {}
    for name, tree in trees():
        if name in MADE:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > FUNCTION:
                    long[f"{name}:{node.lineno} {node.name}"] = length
    assert long == {}
