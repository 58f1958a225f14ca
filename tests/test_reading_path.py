"""The files that a newcomer reads first stay short enough to be read in one sitting."""

from __future__ import annotations

from pathlib import Path

BOUND = 550   # lines, all of them together; the table of primitives is read by its first rows
PATH = [
    "graph.py",
    "ops/elementwise.py",
    "transforms/vjp.py",
    "backends/interpreter.py",
]
TABLE = "ops/elementwise.py"
SOURCE = Path(__file__).parent.parent / "src" / "wengert" / "engine"


def test_the_reading_path_is_short() -> None:
    lines = {name: len((SOURCE / name).read_text(encoding="utf-8").splitlines()) for name in PATH}
    del lines[TABLE]
    assert sum(lines.values()) <= BOUND, f"{sum(lines.values())} lines, over {BOUND}: {lines}"


def test_the_reading_path_is_the_one_that_the_layout_names() -> None:
    layout = (SOURCE.parents[2] / "docs" / "layout.md").read_text(encoding="utf-8")
    named = layout[layout.index("Read first"):]
    assert [name for name in PATH if f"`{name}`" not in named] == []
