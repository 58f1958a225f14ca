"""``wengert stand-in``: packages that require torch are installed with Wengert in its place, by a
constraint and with the distribution installed first. It takes the registry: skipped without."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import wengert
from wengert import stand_in

ROOT = Path(__file__).parent.parent
PROGRAM = """
import importlib.metadata, subprocess, sys
import functorch
import torch
from lion_pytorch import Lion

assert torch.version.wengert and importlib.metadata.version("torch").startswith("2.")
assert "Linear" in str(torch.nn.Linear(2, 2)) and torch.__name__ == "torch"
torch.manual_seed(0)
model = torch.nn.Linear(3, 1)
optimizer = Lion(model.parameters(), lr=0.01, weight_decay=0.1)
for _ in range(3):
    optimizer.zero_grad()
    model(torch.ones(4, 3)).square().mean().backward()
    optimizer.step()
print([round(x, 4) for x in model.weight[0].tolist()])
child = "import torch, torch.nn; print(torch.version.wengert)"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout)
"""


def call(*command: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.once
def test_the_same_wengert_writes_the_same_files(tmp_path: Path) -> None:
    (wheel, constraints), (again, _) = (stand_in.build(tmp_path / name) for name in ("a", "b c"))
    assert wheel.read_bytes() == again.read_bytes()
    assert "+wengert" in wheel.name and wheel.as_uri() in constraints.read_text()
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        record = archive.read(next(name for name in archive.namelist() if "RECORD" in name))
    assert b"torch/__init__.py,sha256=" in record
    found = call(sys.executable, "-m", "wengert", "stand-in", tmp_path / "c")
    assert str(tmp_path / "c" / wheel.name) in found


@pytest.mark.long
@pytest.mark.once
@pytest.mark.parametrize("way", ["constraint", "distribution"])
def test_a_package_that_requires_torch(tmp_path: Path, way: str) -> None:
    call(sys.executable, "-m", "venv", tmp_path / "env")
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    if subprocess.run([*map(str, pip), str(ROOT)], capture_output=True).returncode:
        pytest.skip("the registry cannot be reached")
    wheel, constraints = stand_in.build(tmp_path / "with a space")
    if way == "constraint":
        call(*pip, "-c", constraints, "lion-pytorch")
    else:
        call(*pip, wheel)
        call(*pip, "lion-pytorch")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    assert call(python, program).split("\n")[:2] == [
        "[0.0257, 0.3388, -0.4438]", wengert.version.wengert]
    call(python, "-m", "pip", "check")
    listed = call(python, "-m", "pip", "list", "--format=freeze").lower()
    assert "torch==2" in listed and "nvidia" not in listed and "triton" not in listed
