"""Python numbers that a program was given, found again in its source.

A recording that has run keeps no numbers that no derivative reads. Each stands on the line that
recorded the operation, as a literal or a variable: :func:`guesses` tries those, and ``flow.py``
takes what gives the result that there was.
"""

from __future__ import annotations

import ast
import itertools
import linecache
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ..engine.errors import Line
from ..engine.graph import Node, reachable
from ..engine.locks import parsed
from ..engine.ops.structural import number

MOST_GUESSES = 64


def guesses(end: Node, known: Mapping[Node, Any], numbers: Mapping[str, complex]
            ) -> Iterator[dict[Node, complex]]:
    """Values for the numbers behind ``end`` that are not known, the likeliest first; ``numbers``
    are variables of the caller that hold one."""
    wanted: dict[Line | None, list[Node]] = {}
    for node in reachable([end]):
        if node.prim is number and node not in known:
            wanted.setdefault(used_at(node, end), []).append(node)
    choices = []
    count = 1
    for line, nodes in wanted.items():
        if line is None:
            return
        found = [each for each in written(line, tuple(numbers.items())) if each is not None]
        options = list(itertools.islice(itertools.combinations(found, len(nodes)), MOST_GUESSES))
        count *= len(options)
        if not options or count > MOST_GUESSES:
            return
        choices.append([dict(zip(nodes, option, strict=True)) for option in options])
    for parts in itertools.product(*choices):
        yield {node: value for part in parts for node, value in part.items()}


def used_at(node: Node, end: Node) -> Line | None:
    """The line of the operation that was given a number."""
    user = next((each for each in reachable([end]) if node in each.args), None)
    return None if user is None else user.line


@cache
def written(line: Line, numbers: tuple[tuple[str, complex], ...]) -> tuple[complex, ...]:
    """The numbers on a line, in their order."""
    try:
        tree = parsed("".join(linecache.getlines(line[0])))
    except SyntaxError:
        return ()
    known = dict(numbers)
    found: list[tuple[int, int, complex]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant | ast.Name) or node.lineno != line[1]:
            continue
        value: Any
        if isinstance(node, ast.Constant):
            value = node.value
        else:
            value = known.get(node.id)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((node.lineno, node.col_offset, value))
    return tuple(value for _, _, value in sorted(found, key=lambda each: each[:2]))
