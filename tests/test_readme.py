"""The README is short, shows what Wengert prints, and quotes what the benchmarks printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks import page
from benchmarks.__main__ import QUESTIONS

import wengert
from wengert.config import config
from wengert.engine.recording.flushing import flush

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURE = ROOT / "docs" / "log.svg"
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
LONGEST = 135   # lines


def block_after(words: str) -> str:
    """The text of the first block of the README after these words."""
    match = re.search(r"^```[^\n]*\n(.*?)^```$", README[README.index(words):],
                      re.MULTILINE | re.DOTALL)
    assert match is not None
    return match[1]


def picture() -> str:
    """That of the first program."""
    program = block_after("This is `log.py`").partition("y.backward()")[0]
    names: dict[str, Any] = {}
    exec(compile(program.replace("import torch", "import wengert as torch"), "log.py", "exec"),
         names)
    drawn: str = wengert.explain(names["y"], names=names).svg()
    return drawn


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST


@pytest.mark.skipif(os.environ.get("WENGERT_TIER") == "eager", reason="eager computes at the call")
def test_explain_prints_what_the_readme_shows(tmp_path: Path) -> None:
    (tmp_path / "log.py").write_text(block_after("This is `log.py`"), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "wengert", "run", "--explain", "x", "log.py"], cwd=tmp_path,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout == block_after("this is what `wengert run --explain x log.py` prints")


@pytest.mark.skipif(os.environ.get("WENGERT_TIER") == "eager", reason="eager computes at the call")
def test_the_picture_is_that_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "lines_in_steps", True)   # other tests record log too
    flush()   # so that a recording begins that knows of it
    pytest.importorskip("grandalf", reason="needs the package grandalf")
    assert picture() == PICTURE.read_text(encoding="utf-8"), f"python {__file__} draws it"


def test_the_rows_of_the_readme_are_those_of_the_benchmarks() -> None:
    rows = re.findall(r"^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(rows) == 1
    assert len(rows[0].splitlines()) == 4
    assert all(f"\n{row}\n" in PAGE for row in rows[0].splitlines())
    assert page.quoted(README, PAGE) == README


def test_the_page_of_benchmarks_is_what_its_command_writes(tmp_path: Path) -> None:
    assert page.sections(PAGE).keys() <= QUESTIONS.keys()
    again = tmp_path / "benchmarks.md"
    again.write_text(PAGE, encoding="utf-8")
    page.write(again, {}, QUESTIONS)
    assert again.read_text(encoding="utf-8") == PAGE


def test_a_section_is_written_anew_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    page.write(path, {"speed": ("a", "row  1"), "memory": ("b", "row  2")}, QUESTIONS)
    page.write(path, {"speed": ("c", "row  3")}, QUESTIONS)
    text = path.read_text(encoding="utf-8")
    assert page.sections(text) == {"memory": ("b", "row  2\n"), "speed": ("c", "row  3\n")}
    assert text.index("## memory") < text.index("## speed")


def test_quoted_rows_follow_the_page() -> None:
    old = "        wengert  torch\na task      1     2\n"
    rows = "          wengert  torch\na task         3      4\n"
    readme = f"before\n```text\n{old}```\nafter\n"
    new = f"## speed\n\n`command`\n\n```text\nmachine\n\n{rows}b task         5      6\n```\n"
    assert page.quoted(readme, new) == readme.replace(old, rows)
    assert page.quoted(readme, new.replace("a task", "c task")) == readme


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
