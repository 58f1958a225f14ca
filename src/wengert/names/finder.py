"""Makes the modules of ``paths.py`` and ``absent.py`` when they are imported.

:func:`install` is called once, by the root; Python asks the finder for what it finds nowhere else.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from . import absent
from .missing import answer_missing_names
from .paths import PATHS, homes

_ROOT = __name__.partition(".")[0]


class Finder:
    """Finds a module of the tables by its name."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        if root != _ROOT or (rest not in PATHS and rest not in absent.MODULES):
            return None
        package = any(other.startswith(f"{rest}.") for other in (*PATHS, *absent.MODULES))
        return ModuleSpec(fullname, Maker(rest), is_package=package)  # type: ignore[arg-type]


class Maker:
    """Fills a module of the tables."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def create_module(self, spec: ModuleSpec) -> None:
        """None: Python makes the module."""

    def exec_module(self, module: ModuleType) -> None:
        space = vars(module)
        if self.rest in absent.MODULES:
            known = absent.MODULES[self.rest]
            space["__doc__"] = known.doc
            made = absent.contents(known)
            for name, each in made.items():
                each.__name__ = each.__qualname__ = name
                each.__module__ = module.__name__
        else:
            space["__doc__"] = f"``torch.{self.rest}``: names of other modules."
            made = {name: getattr(importlib.import_module(f"{_ROOT}{place}"), there)
                    for place, there, name in homes(PATHS[self.rest])}
        space.update(made, __all__=sorted(made))
        answer_missing_names(module.__name__)


def install() -> None:
    """Have Python ask for the modules of the tables."""
    if not any(isinstance(each, Finder) for each in sys.meta_path):
        sys.meta_path.append(Finder())


__all__ = ["Finder", "install"]
