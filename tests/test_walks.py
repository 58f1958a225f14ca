"""The walks of CONTRIBUTING.md are walked: what it says is done, in a copy of the tree.

A walk is a section. Its steps are blocks of code under a path in bold: "new" is a file to write,
"above" and "below" say beside which line of a file the block goes. The blocks without a language
are commands; the python blocks without a path are programs that have to run in the end, in each
tier. The files that are touched are those in bold, and no others.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^### (?P<name>[^\n]+)\n(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
WALKS = {each["name"]: each["text"] for each in SECTION.finditer(PAGE)}
BLOCK = re.compile(r"(?:^\*\*`(?P<path>[^`\n]+)`\*\*, (?:(?P<new>new)|(?P<side>above|below) "
                   r"`(?P<line>[^\n]+)`):\n\n)?^```(?P<kind>[^\n]*)\n(?P<code>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
BOLD = re.compile(r"\*\*`([^`\n]+)`\*\*")
COPIED = ("src", "tests", "docs", "benchmarks", "examples")
TIERS = ("numpy", "llvm", "auto")

pytestmark = [pytest.mark.long, pytest.mark.skipif(
    os.environ.get("WENGERT_TIER", "auto") != "auto", reason="a walk goes through tiers itself")]


def test_there_are_four_walks() -> None:
    assert list(WALKS) == ["An operation", "A reduction", "A transform", "A backend"]


@pytest.mark.parametrize("name", WALKS)
def test_a_walk(name: str, tmp_path: Path) -> None:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder,
                        ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("CONTRIBUTING.md", "README.md", "CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    blocks = list(BLOCK.finditer(WALKS[name]))
    for block in blocks:
        if block["path"]:
            edit(tmp_path, block)
    for block in blocks:
        if not block["kind"]:
            for command in block["code"].splitlines():
                words = shlex.split(command)
                at = words.index("python")
                python(tmp_path, *words[at + 1:], **dict(
                    word.split("=") for word in words[:at] if "=" in word))
    assert touched(tmp_path) == set(BOLD.findall(WALKS[name]))
    python(tmp_path, "-m", "ruff", "check", "--no-cache")
    for block in blocks:
        if block["kind"].startswith("python") and not block["path"]:
            for tier in TIERS:
                python(tmp_path, "-c", block["code"], WENGERT_TIER=tier)


def edit(tree: Path, block: re.Match[str]) -> None:
    """Do one step."""
    path = tree / block["path"]
    if block["new"]:
        assert not path.exists()
        path.parent.mkdir(exist_ok=True)
        path.write_text(block["code"], encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (at,) = [i for i, line in enumerate(lines) if block["line"] in line]
    lines.insert(at + (block["side"] == "below"), block["code"])
    path.write_text("".join(lines), encoding="utf-8")


def python(tree: Path, *arguments: str, **environment: str) -> None:
    """Run Python in the copy."""
    result = subprocess.run(
        [sys.executable, *arguments], cwd=tree, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1",
             "PYTEST_ADDOPTS": "-q -p no:cacheprovider", **environment})
    assert result.returncode == 0, f"{arguments}\n{result.stdout}\n{result.stderr}"


def touched(tree: Path) -> set[str]:
    """The files that are not as they were, or were not there."""
    found = set()
    for path in tree.rglob("*"):
        name = path.relative_to(tree)
        if path.is_file() and "__pycache__" not in name.parts:
            before = ROOT / name
            if not before.exists() or before.read_bytes() != path.read_bytes():
                found.add(name.as_posix())
    return found
