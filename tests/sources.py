"""The source as text and as trees, read once for all tests that look at it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "wengert"


@functools.cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """The tree of a file, which nobody changes."""
    return ast.parse(text_of(path), str(path))


def texts() -> Iterator[tuple[str, str]]:
    """The modules of the source: name from its root on, and text."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), text_of(path)


def trees(folder: str = "") -> Iterator[tuple[str, ast.Module]]:
    """The modules in a folder of the source: name from the source's root on, and tree."""
    for path in sorted((SOURCE / folder).rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), tree_of(path)
