"""The page of the table, and its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Rows = Mapping[str, Mapping[str, str | None]]


def family(name: str) -> str:
    """Where an operation lives."""
    return name.rpartition(".")[0].split(" ")[0] or "torch"


def summary(rows: Rows, columns: Sequence[str]) -> str:
    """A line for each family and one for all: of how many variants each column holds."""
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    for each in [*sorted({family(name) for name in rows}), "in total"]:
        chosen = [row for name, row in rows.items() if each in (family(name), "in total")]
        cells = []
        for column in columns:
            tried = [row[column] for row in chosen if column in row]
            well = sum(wrong is None for wrong in tried)
            cells.append(f"{well} of {len(tried)}" if tried else "")
        lines.append(f"| {each} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(rows: Rows, columns: Sequence[str], left: Mapping[str, str], dtype: str) -> str:
    """The page: the summary, what does not hold, what is out of scope."""
    lines = ["# Coverage", "",
             "PyTorch's own samples of its operations, run on Wengert. Made by "
             f"`python -m tests.oracle.opinfo --all --write docs/coverage.md`, in {dtype}.", "",
             summary(rows, columns), "", "## What does not hold", ""]
    for name, row in rows.items():
        lines += [f"- `{name}`: {column}: {wrong}" for column, wrong in row.items() if wrong]
    lines += ["", "## Out of scope", ""]
    lines += [f"- `{name}`: {why}" for name, why in sorted(left.items())]
    return "\n".join(lines) + "\n"
