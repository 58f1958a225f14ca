"""``torch.ops``: operators by namespace, those that ``torch.library`` has defined.

``torch.ops.aten.NAME`` is the function ``torch.NAME`` (or that of ``torch.nn.functional``); an
overload of it (``torch.ops.aten.add.Tensor``) is the same function.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

_ROOT = __name__.partition(".")[0]


class Namespace:
    """The operators of a namespace."""

    def __init__(self, name: str) -> None:
        self.__dict__["name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.name in ("aten", "prims"):
            return _of_torch(name)
        raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{name}': "
                             "no such operator is defined")

    def __dir__(self) -> list[str]:
        return sorted(vars(self).keys() - {"name"})


class Operator:
    """A function of torch as an operator: overloads of it are the same."""

    def __init__(self, name: str, function: Any) -> None:
        self.name, self.function = name, function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def overloads(self) -> list[str]:
        """One: ``default``."""
        return ["default"]

    def __getattr__(self, overload: str) -> Any:
        if overload.startswith("_"):
            raise AttributeError(overload)
        self.__dict__[overload] = self
        return self

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.name}')>"


_torch_operators: dict[str, Operator] = {}


def _of_torch(name: str) -> Operator:
    found = _torch_operators.get(name)
    if found is None:
        root: Any = sys.modules[_ROOT]
        for place in (root, root.nn.functional, root.linalg, root.special, root.Tensor):
            listed = vars(place).get("__all__", ())
            function = getattr(place, name, None) if place is root.Tensor or name in listed else (
                vars(place).get(name))
            if callable(function):
                found = _torch_operators[name] = Operator(f"aten.{name}", function)
                return found
        found = _torch_operators[name] = Operator(f"aten.{name}", _absent(name))
    return found


def _absent(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.ops.aten.{name} is not in wengert; see "
                                  "docs/differences.md")
    return refuse


class Operators:
    """All operators: an attribute for each namespace."""

    def __init__(self) -> None:
        self.loaded_libraries: set[str] = set()

    def __getattr__(self, name: str) -> Namespace:
        if name.startswith("__"):
            raise AttributeError(name)
        made = self.__dict__[name] = Namespace(name)
        return made

    def define(self, qualname: str, op: Any) -> None:
        """Enter an operator as ``namespace::name``."""
        space, _, name = qualname.partition("::")
        vars(getattr(self, space))[name] = op

    def of(self, op: Any) -> Any:
        """An operator by its name, or itself."""
        if not isinstance(op, str):
            return op
        space, _, name = op.partition("::")
        return getattr(getattr(self, space), name.partition(".")[0])

    def load_library(self, path: str) -> None:
        """OSError: there is nothing that could run a compiled library for PyTorch."""
        raise OSError(f"torch.ops.load_library is not in wengert: {path} is machine code for "
                      "PyTorch")

    def import_module(self, module: str) -> None:
        """NotImplementedError: import it as Python does."""
        raise NotImplementedError("torch.ops.import_module is not in wengert: import the module")


found = Operators()

__all__ = ["Operators", "found"]
