"""The explanation that users hold: :class:`Explanation` prints, is a picture and a page.

What it has is in ``rows.py``.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from ..engine.lazy import lazy
from .rows import Explained


class Explanation(Explained):
    """How gradients came about; ``str`` is the text for people."""

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def text(self, depth: int = 0) -> str:
        """The report as text; ``depth`` opens so many levels of what is folded."""
        return "\n".join(lazy("explain.text").lines_of(self, depth)) + "\n"

    def svg(self, path: str | PathLike[str] | None = None) -> str:
        """The recorded graph and its derivatives as a picture: the text of an SVG file, written to
        ``path`` if there is one. It is laid out by the package grandalf, without which ImportError
        says how to install it."""
        return keep(lazy("explain.picture").svg(self), path)

    def html(self, path: str | PathLike[str] | None = None) -> str:
        """A page that needs nothing but itself, in which one steps forward and backward through the
        program: its text, written to ``path`` if there is one."""
        return keep(lazy("explain.page").html(self), path)

    def _repr_html_(self) -> str:
        text: str = lazy("explain.notebook").shown(self)
        return text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def keep(text: str, path: str | PathLike[str] | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text
