"""What the benchmarks print: a line about the machine, tables, and whether a bound is kept."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("wengert", "torch", "jax", "autograd", "numpy")


def machine() -> str:
    """The processor, the interpreter and the versions that the numbers belong to."""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (f"{_processor()}, {cores} cores, one thread each where not said; "
            f"Python {platform.python_version()}; {versions}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)" if package != "wengert" else "(from source)"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def heading(text: str) -> None:
    """Print what the next table answers."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print ``rows`` under ``columns``: the first column to the left, numbers to the right."""
    lines = [columns, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join([line[0].ljust(widths[0]), *cells]).rstrip())


def spread(values: Sequence[float], form: str = "{:.2f}") -> list[str]:
    """Three cells: the least, the median and the greatest of ``values``."""
    return [form.format(x) for x in (min(values), statistics.median(values), max(values))]


def ratio(values: Sequence[float], base: Sequence[float] | None) -> str:
    """The cell with the ratio of two medians; a dash where there is nothing to compare with."""
    if not base:
        return "-"
    return f"{statistics.median(values) / statistics.median(base):.2f}"


def absent(names: Sequence[str]) -> None:
    """Print a line for each peer that is not installed."""
    for name in names:
        print(f"{name} is not installed: left out")


Bound = tuple[str, float, float | None, str]
"""The arguments of :func:`bound`, for those who print it later."""


def bound(what: str, value: float, limit: float | None, unit: str = "") -> None:
    """Print whether ``value`` is at most ``limit``; None says that there is nothing to hold it
    against."""
    if limit is None:
        print(f"bound: {what}: {value:.2f} {unit}; nothing to compare with".replace(" ;", ";"))
        return
    kept = "kept" if value <= limit else "NOT KEPT"
    unit = unit and f" {unit}"
    print(f"bound: {what}: {value:.2f}{unit}, at most {limit:.2f}{unit}: {kept}")
