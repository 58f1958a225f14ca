"""An explanation as text: :func:`lines_of`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .rows import Explained, Factor, Row

MOST_ROWS = 40
MOST_NAMES = 12
HEAD = ("line", "recorded", "shape", "as", "value", "local derivative", "its value",
        "part that flows")


def lines_of(found: Explained, depth: int = 0) -> list[str]:
    """The report, line by line; ``depth`` opens so many levels of what is folded."""
    head = heading(found)
    if not found.path_count:
        if found.several:
            return [head, f"  no tensor that requires grad leads to {found.output}"]
        return [head, f"  no recorded operation leads from {found.leaf} to {found.output}: its "
                "part is none"]
    if not found.rows:
        return [head, f"  {found.leaf} is {found.output}: 1"]
    rows = opened(found.rows, depth)
    text = [f"{head}:", f"  {count(sum(1 for _ in found.operations()), 'recorded operation')} on "
            f"{count(found.path_count, 'path')}"]
    hidden = max(0, len(rows) - MOST_ROWS)
    if hidden:
        half = MOST_ROWS // 2
        table = aligned([*rows[:half], *rows[-half:]])
        cut = 1 + sum(max(1, len(row.factors)) for _, row in rows[:half])
        text += [*table[:cut], f"  ... {hidden} more ...", *table[cut:]]
    else:
        text += aligned(rows)
    if found.paths:
        text.append("the paths, each with its part of the gradient:")
        text += [f"  {path.argument}: {equals(path)}" for path in found.paths]
    if found.total is not None and (found.total.text or found.total.value):
        text.append(f"together: {found.leaves[0].name}.grad = {equals(found.total)}")
    elif found.several:
        text += [f"{leaf.name}.grad = {leaf.gradient}" for leaf in found.leaves if leaf.gradient]
    if any(not row.whole for _, row in rows):
        text.append("folded rows open: .text(depth=1), or .html('page.html')")
    return text + where_lines(needed(found.where, text))


def heading(found: Explained) -> str:
    """What the report is about."""
    if found.several:
        return f"the derivative of {found.output} with respect to each leaf that leads to it"
    return f"{found.leaf}.grad, the derivative of {found.output} with respect to {found.leaf}"


def opened(rows: Sequence[Row], depth: int, level: int = 0) -> list[tuple[int, Row]]:
    """The rows with their levels, so many of which are open."""
    found: list[tuple[int, Row]] = []
    for row in rows:
        found.append((level, row))
        if depth > level and row.inside:
            found += opened(row.inside, depth, level + 1)
    return found


def needed(where: Mapping[str, str], text: Sequence[str]) -> dict[str, str]:
    """Those of the names that occur in a text, or in what the others stand for."""
    found: set[str] = set()
    todo = list(text)
    while todo:
        new = {word for word in re.findall(r"\b[a-z]\d+\b", todo.pop()) if word in where}
        todo += [where[name] for name in new - found]
        found |= new
    return {name: what for name, what in where.items() if name in found}


def where_lines(where: Mapping[str, str]) -> list[str]:
    """What the names stand for; those that stand for the like of each other share a line."""
    alike: dict[str, list[str]] = {}
    for name, what in where.items():
        alike.setdefault(what, []).append(name)
    lines = [f"  {', '.join(names[:3])}{', ...' * (len(names) > 3)} = {what}"
             for what, names in alike.items()]
    more = [f"  ... {len(lines) - MOST_NAMES} more"] if len(lines) > MOST_NAMES else []
    return ["where", *lines[:MOST_NAMES], *more] if lines else []


def count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}" if n < 10 ** 9 else f"about {n:.1e} {what}s"


def equals(factor: Factor) -> str:
    return " = ".join(dict.fromkeys(each for each in (factor.text, factor.value) if each))


def aligned(rows: Sequence[tuple[int, Row]]) -> list[str]:
    """The rows as a table: a line per derivative."""
    cells = [HEAD, *(cell for level, row in rows for cell in cells_of(level, row))]
    shown = [i for i in range(len(HEAD)) if any(cell[i] for cell in cells[1:])]
    widths = [max(len(cell[i]) for cell in cells) for i in shown]
    return ["  " + "  ".join(each[i].ljust(width) for i, width in zip(shown, widths, strict=True)
                             ).rstrip() for each in cells]


def cells_of(level: int, row: Row) -> Iterator[tuple[str, ...]]:
    """The lines of the table for one row."""
    mark = "" if row.whole else "+ "
    made = f"{row.name} = {row.formula}" if row.formula != row.name else row.name
    first: tuple[str, ...] = (row.line, f"{'  ' * level}{mark}{made}", str(list(row.shape)),
                              row.operation, row.value)
    for factor in row.factors or (Factor("", ""),):
        text = f"d {row.name} / d {factor.argument} = {factor.text}" if factor.argument else ""
        yield (*first, text, factor.value, factor.part)
        first = ("",) * 5
