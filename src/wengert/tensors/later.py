"""Methods of Tensor that are made when first asked for.

``names/methods.py`` says which there are, and in which file of ``functions/`` the operation of each
is: that file is loaded with the first of its methods that a program calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..engine.lazy import load
from ..engine.recording.operation import Operation
from ..names.paths import homes
from .recorded import recorded, recorded_write

_ROOT = __name__.partition(".")[0]
told_of_methods: list[Callable[[type, str], None]] = []
"""Who is told of a method when it takes its place in a class."""


class Later:
    """Stands in a class for a method, which takes its place when it is asked for."""

    __slots__ = ("home", "made", "name", "of", "owner", "there")
    is_made_later = True

    def __init__(self, owner: type, name: str, home: str, there: str,
                 of: Callable[[Operation], Callable[..., Any]]) -> None:
        self.owner, self.name, self.home, self.there, self.of = owner, name, home, there, of
        self.made: dict[str, Any] = {}

    def __get__(self, obj: Any, kind: Any = None) -> Any:
        if self.name not in self.made:
            found = getattr(load(f"{_ROOT}{self.home}"), self.there)
            made = self.of(found) if isinstance(found, Operation) else found
            self.made.setdefault(self.name, made)   # another thread may come first
            setattr(self.owner, self.name, self.made[self.name])
            for told in told_of_methods:
                told(self.owner, self.name)
        return self.made[self.name].__get__(obj, kind)


def have_later(owner: type, methods: Mapping[str, str], writes: Mapping[str, str]) -> None:
    """Give a class methods, and those of them that write, each when it is first asked for."""
    for table, of in ((methods, recorded), (writes, recorded_write)):
        for home, there, name in homes(table):
            setattr(owner, name, Later(owner, name, home, there, of))


__all__ = ["Later", "have_later", "told_of_methods"]
