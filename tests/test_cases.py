"""The programs in ``tests/cases``: each stands for a kind of fault, and asserts what is right.

Each passes alone, in a process of its own, and all pass in one process, twice, in any order: what a
program computes does not depend on what ran before it. ``tests/oracle`` runs them with PyTorch.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
IN_ONE_PROCESS = """\
import runpy, sys, warnings
import wengert
from wengert.as_torch import install_as_torch

install_as_torch()
for path in sys.argv[1:]:
    print(path, flush=True)
    with warnings.catch_warnings():
        runpy.run_path(path, run_name="__main__")
"""


def run(*arguments):
    return subprocess.run([sys.executable, "-W", "ignore", *arguments], env={**os.environ},
                          capture_output=True, text=True, timeout=300)


@pytest.mark.long
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_alone(path):
    done = run("-m", "wengert", "run", str(path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2))])
def test_in_one_process(seed):
    paths = [str(path) for path in CASES * 2]
    random.Random(seed).shuffle(paths)
    done = run("-c", IN_ONE_PROCESS, *paths)
    assert done.returncode == 0, (
        "in this order:\n" + "\n".join(Path(p).stem for p in done.stdout.split())
        + f"\n{done.stderr}")
