"""The programs in ``tests/cases`` assert what PyTorch does, but for those whose first line says
that it differs."""

import subprocess
import sys

import pytest

from test_cases import CASES

ALIKE = [path for path in CASES
         if not path.read_text().startswith('"""differs from PyTorch')]


@pytest.mark.parametrize("path", ALIKE, ids=lambda path: path.stem)
def test_with_torch(path):
    done = subprocess.run([sys.executable, "-W", "ignore", str(path)], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
