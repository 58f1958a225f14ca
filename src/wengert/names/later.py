"""Names of a module that are found when first asked for, so that importing it is quick.

Those of the root are said in ``table.py``. What has such a name is the module's own from then on,
and who keeps an eye on the public names is told of it (:data:`told_of_names`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.machinery import ModuleSpec, PathFinder
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

    def find_those_of(self, home: str) -> None:
        """Find the names that one of the modules has, as far as it is loaded."""
        loaded = vars(sys.modules[f"{_ROOT}{home}"])
        for _, there, name in homes({home: self.names[home]}):
            if there in loaded and name in self and name not in vars(self.module):
                self.find(name)


class Arrivals:
    """Finds names when the module that has them is loaded, whoever needs it: also by a statement,
    in a file that calls a function without asking for its public name."""

    waiting: dict[str, list[tuple[LaterNames, str]]] | None = None
    """For modules that are not loaded yet the names that they have; None while nobody asks."""

    @classmethod
    def begin(cls, those: Iterable[LaterNames]) -> None:
        """Find from now on, and now those of modules that are loaded."""
        if cls.waiting is None:
            cls.waiting = {}
            sys.meta_path.insert(0, cls)
            for names in those:
                cls.expect(names)

    @classmethod
    def expect(cls, names: LaterNames) -> None:
        """Find these names when they are there."""
        if cls.waiting is not None:
            for home in names.names:
                if (full := f"{_ROOT}{home}") in sys.modules:
                    names.find_those_of(home)
                elif home[:1] == ".":
                    cls.waiting.setdefault(full, []).append((names, home))

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Where Python finds a module that is waited for, which then says that it is there."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname in (
            cls.waiting or ()) else None
        loader: Any = spec and spec.loader
        if loader is not None:
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                for names, home in (cls.waiting or {}).pop(fullname, ()):
                    names.find_those_of(home)

            loader.exec_module = exec_module
        return spec


__all__ = ["Arrivals", "LaterNames", "itself", "tell", "told_of_names"]
