"""Names of a module that are found when first asked for, so that importing it is quick.

Those of the root are said in ``table.py``. What has such a name is the module's own from then on,
and who keeps an eye on the public names is told of it (:data:`told_of_names`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from ..engine.lazy import load
from .paths import homes

_ROOT = __name__.partition(".")[0]
told_of_names: list[Callable[[ModuleType, Iterable[str]], None]] = []
"""Who is told of public names that there are from now on."""


def tell(module: ModuleType, names: Iterable[str]) -> None:
    """Say that the module has these names now."""
    for told in told_of_names:
        told(module, names)


def itself(value: Any) -> Any:
    """What is public as it is."""
    return value


class LaterNames:
    """The ``names`` of a module, by the modules that have them; ``public`` makes of what has a name
    there what users see."""

    def __init__(self, module: ModuleType, names: Mapping[str, str],
                 public: Callable[[Any], Any] = itself) -> None:
        self.module, self.names, self.public = module, names, public
        self.places: dict[str, tuple[str, str]] = {}

    def __contains__(self, name: str) -> bool:
        if not self.places:
            self.places = {name: (home, there) for home, there, name in homes(self.names)}
        return name in self.places

    def will_be(self, name: str, value: Any) -> bool:
        """Whether ``value`` is what :meth:`find` gives, as far as that needs no module loaded."""
        if name not in self:
            return False
        home, there = self.places[name]
        found = getattr(sys.modules.get(f"{_ROOT}{home}"), there, None)
        return found is not None and self.public(found) is value

    def find(self, name: str) -> Any:
        """What has one of the names."""
        home, there = self.places[name]
        value = self.public(getattr(load(f"{_ROOT}{home}"), there))
        space = vars(self.module)
        if name not in space and space.setdefault(name, value) is value:   # no thread came first
            tell(self.module, (name,))
        return space[name]

    def fill(self) -> None:
        """Find all of them."""
        for _, _, name in homes(self.names):
            if name in self and name not in vars(self.module):
                self.find(name)


__all__ = ["LaterNames", "itself", "tell", "told_of_names"]
