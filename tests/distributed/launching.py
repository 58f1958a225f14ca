"""Starts checks in several processes: one launch runs all checks of a file."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
needs_mpi = pytest.mark.skipif(
    importlib.util.find_spec("mpi4py") is None,
    reason="torch.distributed needs MPI: pip install wengert[mpi]")
_MARK = "result of the checks: "
CHECKS: dict[str, Callable[[], None]] = {}


def check(function: Callable[[], None]) -> Callable[[], None]:
    """One of the checks of a file that every process runs."""
    CHECKS[function.__name__] = function
    return function


def refused(kind: type[Exception], call: Callable[[], object], text: str = "") -> bool:
    """Whether ``call`` raises an error of this kind, with ``text`` in it."""
    try:
        call()
    except kind as error:
        assert text in str(error), error
        return True
    return False


def run_checks() -> None:
    """Run the checks in this process, one of several, and write what came of them on rank 0."""
    import wengert
    import wengert.distributed as dist
    wengert.config.compile_after = 2   # a few runs reach both the interpreter and compiled code
    dist.init_process_group("gloo")
    found = {}
    for name, function in CHECKS.items():
        try:
            function()
            found[name] = ""
        except Exception:
            found[name] = traceback.format_exc()
        dist.barrier()
    every = [None] * dist.get_world_size()
    dist.all_gather_object(every, found)
    if dist.get_rank() == 0:
        print(_MARK + json.dumps(every), flush=True)
    dist.destroy_process_group()


def launched(count: int, *command: object, timeout: float = 60, **options
             ) -> subprocess.CompletedProcess[str]:
    """``wengert run --nproc-per-node count …``"""
    return subprocess.run(
        [sys.executable, "-m", "wengert", "run", "--nproc-per-node", str(count),
         *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=timeout, **options)


def assert_checks(file: str, count: int) -> None:
    """Every check of ``file`` holds in each of ``count`` processes."""
    result = launched(count, HERE / file)
    line = next((line for line in result.stdout.splitlines() if line.startswith(_MARK)), None)
    assert line is not None and result.returncode == 0, result.stdout + result.stderr
    found = json.loads(line.removeprefix(_MARK))
    wrong = [f"{name} on rank {rank}:\n{text}" for rank, each in enumerate(found)
             for name, text in each.items() if text]
    assert not wrong, "\n".join(wrong)
    assert len(found) == count and found[0]
