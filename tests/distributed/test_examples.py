"""The scripts in examples/distributed print the same on any number of processes, and what PyTorch
prints under torchrun."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from launching import launched, needs_mpi

pytestmark = [pytest.mark.once, pytest.mark.long, needs_mpi]
EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "distributed"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))


def printed(count: int, name: str) -> str:
    done = launched(count, EXAMPLES / name)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stdout


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_number_of_processes_does_not_matter(name: str) -> None:
    assert printed(2, name) == printed(1, name)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
@pytest.mark.parametrize("name", SCRIPTS)
def test_as_under_torchrun(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         str(EXAMPLES / name)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120)
    assert done.returncode == 0, done.stderr
    assert printed(2, name) == done.stdout
