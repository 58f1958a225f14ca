"""The page of the table, and its summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .scope import DIFFERENT

Rows = Mapping[str, Mapping[str, str | None]]


def family(name: str) -> str:
    """Where an operation lives."""
    return name.rpartition(".")[0].split(" ")[0] or "torch"


def summary(rows: Rows, columns: Sequence[str]) -> str:
    """A line for each family and one for all: of how many variants each column holds."""
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    for each in [*sorted({family(name) for name in rows}), "in total"]:
        chosen = {name: row for name, row in rows.items() if each in (family(name), "in total")}
        cells = []
        for column in columns:
            tried = [row[column] for row in chosen.values() if column in row]
            well = sum(wrong is None for wrong in tried)
            meant = sum(bool(row.get(column)) and (name, column) in DIFFERENT
                        for name, row in chosen.items())
            cells.append((f"{well} of {len(tried)}" + (f" + {meant}" if meant else ""))
                         if tried else "")
        lines.append(f"| {each} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def wrong_in(rows: Rows) -> Iterator[tuple[str, str, str]]:
    """Entry, column and what went wrong."""
    for name, row in rows.items():
        for column, wrong in row.items():
            if wrong:
                yield name, column, wrong.replace("|", "/")


def not_held(text: str) -> set[tuple[str, str]]:
    """What a page says does not hold, or differs: entry and column."""
    listed = text.partition("## What does not hold")[2].partition("## Out of scope")[0]
    return {(name, column) for name, column in re.findall(
        r"^- `([^`]+)`: ([^:]+): ", listed, re.MULTILINE)}


def page(tables: Mapping[str, Rows], columns: Sequence[str], left: Mapping[str, str],
         samples: int) -> str:
    """The page: a summary for each dtype, what does not hold, what is out of scope."""
    command = (f"python -m tests.oracle.opinfo --all --samples {samples} --dtype "
               f"{' '.join(tables)} --write docs/coverage.md")
    lines = ["# Coverage", "",
             f"PyTorch's own samples of its operations, run on Wengert. Made by `{command}`, on "
             f"the first {samples} samples of each entry.", "",
             "Each column says of how many entries every sample holds; after `+`, how many differ "
             "for a reason. `errors` are the calls that PyTorch's database says are wrong: the "
             "same type of exception.", ""]
    for dtype, rows in tables.items():
        lines += [f"## {dtype}", "", summary(rows, columns), ""]
    wrong = [(name, column, text, dtype) for dtype, rows in tables.items()
             for name, column, text in wrong_in(rows)]
    lines += ["## What does not hold", "",
              *(f"- `{name}`: {column}: {text} ({dtype})" for name, column, text, dtype in wrong
                if (name, column) not in DIFFERENT),
              "", "## Different, for a reason", "",
              *dict.fromkeys(f"- `{name}`: {column}: {DIFFERENT[name, column]}"
                             for name, column, _, _ in wrong if (name, column) in DIFFERENT),
              "", "## Out of scope", ""]
    lines += [f"- `{name}`: {why}" for name, why in sorted(left.items())]
    return "\n".join(lines) + "\n"
