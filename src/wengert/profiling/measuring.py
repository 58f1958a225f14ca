"""Functions that measure: the text of a program, with notes of what its lines run.

:func:`measuring` gives the code of such a function; the names in :data:`NAMES` stand for what it
calls.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any, NamedTuple

from ..engine.locks import parsed
from .records import Part

NAMES = ("_clock", "_mark", "_close", "_parts")
"""The clock; called after a part has run, with the part and the time at its start; called when the
function ends; the parts."""


class Step(NamedTuple):
    """A part that a line of a program's text runs. A line that launches several kernels is written
    once for each, with the address of another table."""

    part: Part
    address: tuple[int, int] | None = None


def measuring(source: str, filename: str, steps: Mapping[int, Sequence[Step]],
              parts: list[Part]) -> CodeType:
    """The code of the function ``source``, with notes of its ``steps``, by line, and of itself;
    the lines keep their numbers. Appends to ``parts`` those that the notes speak of."""
    tree = parsed(source, filename)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    new: list[ast.stmt] = []
    for line, group in itertools.groupby(function.body, lambda statement: statement.lineno):
        statements: list[ast.stmt] = list(group)
        last = statements[-1]
        if isinstance(last, ast.Return):
            assert last.value is not None
            keep = ast.Assign([ast.Name("_out", ast.Store())], last.value)
            new += [ast.fix_missing_locations(ast.copy_location(keep, last)),
                    *written("_close()", line), *written("return _out", line)]
            continue
        if line not in steps:
            new += statements
        for step in steps.get(line, ()):
            new += [*written("_start = _clock()", line), *with_address(statements, step.address),
                    *written(f"_mark(_parts[{len(parts)}], _start)", line)]
            parts.append(step.part)
    function.body = new
    space: dict[str, Any] = {}
    exec(compile(tree, filename, "exec"), space)
    code: CodeType = space[function.name].__code__
    return code


def written(text: str, line: int) -> list[ast.stmt]:
    """The statement ``text``, at ``line``."""
    made = parsed(text).body[0]
    for node in ast.walk(made):
        if isinstance(node, ast.stmt | ast.expr):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    return [made]


def with_address(statements: list[ast.stmt], address: tuple[int, int] | None) -> list[ast.stmt]:
    """``statements``, with one constant in the place of another."""
    if address is None:
        return copy.deepcopy(statements)
    made = copy.deepcopy(statements)
    for statement in made:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and node.value == address[0]:
                node.value = address[1]
    return made
