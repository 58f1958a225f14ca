"""``python -m tests.oracle.opinfo [NAME ...] [--all] [--dtype D ...] [--samples N] [--write]``."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Collection
from typing import Any

from .checks import CHECKS, COLUMNS, DIFFERENTIATED, Beyond, Case, errors
from .samples import Missing, calls
from .scope import reason
from .table import page, summary

Outcome = str | None
"""What went wrong, or nothing."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.opinfo", description=__doc__)
    parser.add_argument("names", nargs="*", help="entries, or families that end in a dot")
    parser.add_argument("--all", action="store_true", help="every entry")
    parser.add_argument("--dtype", nargs="+", default=["float64"])
    parser.add_argument("--samples", type=int, default=12, help="of an entry, at most")
    parser.add_argument("--write", metavar="PAGE", help="write the table there")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--only", action="append", choices=COLUMNS, help="these columns alone")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db
    tables: dict[str, dict[str, dict[str, Outcome]]] = {}
    for dtype in given.dtype:
        began, rows = time.perf_counter(), tables.setdefault(dtype, {})
        for entry in op_db:
            name = entry.name + (f" ({entry.variant_test_name})" if entry.variant_test_name else "")
            if not (given.all or any(entry.name == each or (
                    each.endswith(".") and entry.name.startswith(each)) for each in given.names)):
                continue
            if reason(entry) or dtype_of(entry, dtype) is None:
                continue
            rows[name] = outcomes(entry, dtype, given.samples, given.only or COLUMNS)
            if not given.quiet:
                for column, wrong in rows[name].items():
                    if wrong:
                        print(f"{name}: {column}: {wrong}", flush=True)
        print(summary(rows, COLUMNS))
        print(f"{dtype}: {len(rows)} variants, {time.perf_counter() - began:.0f} s", flush=True)
    if given.write:
        left = {entry.name: why for entry in op_db if (why := reason(entry))}
        with open(given.write, "w", encoding="utf-8") as file:
            file.write(page(tables, COLUMNS, left, given.samples))
    return 0


def dtype_of(entry: Any, dtype: str) -> str | None:
    """The dtype that an entry is tried with; integers where it has no other."""
    import torch
    kinds = entry.dtypes
    if getattr(torch, dtype) in kinds:
        return dtype
    if dtype == "float64" and torch.int64 in kinds:
        return "int64"
    return None


def outcomes(entry: Any, dtype: str, samples: int, columns: Collection[str] = COLUMNS,
             ) -> dict[str, Outcome]:
    """For each column that the entry has what went wrong, if anything."""
    import torch
    tried = dtype_of(entry, dtype)
    grad = bool(entry.supports_autograd) and tried == dtype and (
        getattr(torch, dtype).is_floating_point or getattr(torch, dtype).is_complex)
    if grad and getattr(torch, dtype).is_complex:
        grad = getattr(torch, dtype) in entry.supported_backward_dtypes("cpu")
    found: dict[str, Outcome] = {}
    answered: Counter[str] = Counter()
    for call in calls(entry, tried or dtype, samples, grad):
        for column, check in CHECKS.items():
            if (column in DIFFERENTIATED and not grad) or found.get(column) or (
                    column not in columns):
                continue
            try:
                check(Case(entry, call, dtype))
            except Beyond:
                continue
            except Missing as error:
                found[column] = f"missing: {error}"
            except NotImplementedError as error:
                found[column] = f"missing: {first_line(error)}"
            except Exception as error:
                found[column] = f"{type(error).__name__}: {first_line(error)}"
            answered[column] += 1
    for wrong in errors(entry) if "errors" in columns and dtype == "float64" else ():
        answered["errors"] += 1
        found["errors"] = found.get("errors") or wrong
    return {column: found.get(column) for column in COLUMNS if answered[column]}


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]


if __name__ == "__main__":
    sys.exit(main())
