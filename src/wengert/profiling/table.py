"""A profile as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .records import PartRow, ProgramRow, copy_bandwidth, lines_text

MOST_PROGRAMS = 20
"""So many programs are shown, those that took longest."""
MOST_PARTS = 12
"""So many parts of a program are shown, those that took longest."""
LEAST_BYTES = 1024
"""The bandwidth of a part that moves fewer bytes says nothing."""
MOST_LETTERS = 44
HEAD = ("", "lines", "tier", "calls", "time", "each", "bytes", "GB/s", "of copy")
LEFT = 3
"""So many columns are text."""


def table(programs: Sequence[ProgramRow], seconds: float) -> str:
    """The table, with a line above it on the whole."""
    running = sum(row.seconds for row in programs)
    compiling = sum(row.compile_seconds for row in programs)
    count = sum(row.calls for row in programs)
    head = (f"{plural(len(programs), 'program')}, {plural(count, 'run')}: {time_text(running)} "
            f"of {time_text(seconds)}; compiling {time_text(compiling)}; "
            f"a copy moves {copy_bandwidth() / 1e9:.1f} GB/s")
    rows: list[tuple[str, ...] | str] = [HEAD]
    slowest = sorted(programs, key=lambda row: -row.seconds)
    for row in slowest[:MOST_PROGRAMS]:
        rows += program_rows(row)
    if len(slowest) > MOST_PROGRAMS:
        rest = slowest[MOST_PROGRAMS:]
        rows.append(f"and {plural(len(rest), 'more program')}: "
                    f"{time_text(sum(row.seconds for row in rest))}")
    return "\n".join([head, *aligned(rows)]) + "\n"


def program_rows(row: ProgramRow) -> Iterable[tuple[str, ...] | str]:
    """The rows of a program and of its parts."""
    yield (f"program {row.number}", short(lines_text(row.lines)), row.tier, str(row.calls),
           time_text(row.seconds), time_text(row.seconds / row.calls) if row.calls else "")
    if row.compile_seconds:
        kernels = (f"; kernels: {row.compiled} compiled, {row.from_disk} from disk, "
                   f"{row.from_memory} from memory") if row.kernels else ""
        yield f"  compiled in {time_text(row.compile_seconds)}{kernels}"
    parts = list(row.parts.values())
    shown = sorted(parts, key=lambda part: -part.seconds)[:MOST_PARTS]
    for part in parts:
        if part in shown:
            yield part_row(part)
    if len(parts) > len(shown):
        rest = sum(part.seconds for part in parts) - sum(part.seconds for part in shown)
        yield f"  and {len(parts) - len(shown)} more: {time_text(rest)}"


def part_row(row: PartRow) -> tuple[str, ...]:
    """The row of a part."""
    moves = row.bytes_per_call >= LEAST_BYTES and row.seconds
    return (short(f"  {row.kind} {row.name}"), short(lines_text(row.lines)), row.tier,
            str(row.calls), time_text(row.seconds), time_text(row.seconds / row.calls),
            size_text(row.bytes_per_call),
            f"{row.bandwidth / 1e9:.2f}" if moves else "",
            f"{row.fraction_of_copy:.2f}" if moves else "")


def aligned(rows: Sequence[tuple[str, ...] | str]) -> list[str]:
    """Rows as lines, in columns; a text stands by itself."""
    full = [row + ("",) * (len(HEAD) - len(row)) for row in rows if isinstance(row, tuple)]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    lines = []
    for row in rows:
        if isinstance(row, str):
            lines.append(row)
            continue
        cells = [cell.ljust(width) if k < LEFT else cell.rjust(width)
                 for k, (cell, width) in enumerate(zip(row, widths, strict=False))]
        lines.append("  ".join(cells).rstrip())
    return lines


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def short(text: str) -> str:
    """``text``, cut if it is long."""
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS - 1]}…"


def time_text(seconds: float) -> str:
    """A time with a unit, such as ``12.3 µs``."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}" if seconds * factor < 1000 else (
                f"{seconds * factor:.0f} {unit}")
    return f"{seconds * 1e6:.3g} µs"


def size_text(nbytes: float) -> str:
    """A number of bytes with a unit, such as ``7.8 KiB``."""
    for unit in ("B", "KiB", "MiB"):
        if nbytes < 1024:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1024
    return f"{nbytes:.3g} GiB"
