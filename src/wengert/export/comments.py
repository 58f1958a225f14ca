"""What stands above a statement: the user's line that it is of, once for those that follow."""

from __future__ import annotations

import linecache

from ..engine.errors import Line
from ..engine.graph import Node
from .traced import DERIVATIVE


class Comments:
    """Gives the comment of each statement, where it is another than that of the one before."""

    def __init__(self) -> None:
        self.before: Line | None = None

    def above(self, node: Node) -> str | None:
        """The user's line, and whether its derivative is computed here; None where nothing is new
        to say."""
        line = node.line
        if not line or line == self.before:
            return None
        self.before = line
        text = linecache.getline(*line[:2]).strip()
        what = "derivative of " if DERIVATIVE in line else ""
        return f"{what}line {line[1]}: {text}" if text else None


__all__ = ["Comments"]
