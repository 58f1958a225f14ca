"""The four files that a newcomer reads first stay short enough to be read in one sitting."""

from __future__ import annotations

from pathlib import Path

BOUND = 800   # lines, all four together
PATH = [
    "graph.py",
    "ops/elementwise.py",
    "transforms/vjp.py",
    "backends/interpreter.py",
]
SOURCE = Path(__file__).parent.parent / "src" / "wengert" / "engine"


def test_the_reading_path_is_short() -> None:
    lines = {name: len((SOURCE / name).read_text(encoding="utf-8").splitlines()) for name in PATH}
    assert sum(lines.values()) <= BOUND, f"{sum(lines.values())} lines, over {BOUND}: {lines}"
