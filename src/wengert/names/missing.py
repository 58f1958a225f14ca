"""Says, at the user's line, that a name of PyTorch is not here, and which name is nearest.

A module of the torch-shaped namespace ends with `answer_missing_names(__name__)`. After that
`torch.food` raises `AttributeError` and `from torch import food` raises `ImportError`, both with
the text of `missing_text`. What is loaded when first asked for is found there, too.
"""

from __future__ import annotations

import functools
import importlib
import opcode
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any, NoReturn

from .. import version
from ..engine.lazy import load
from . import absent
from .later import Arrivals, LaterNames, itself, tell
from .paths import MODULES_NOT_HERE, PATHS, RARE

_MADE = {*absent.MODULES, *PATHS}
_ROOT = __name__.partition(".")[0]
_IMPORT_FROM = opcode.opmap["IMPORT_FROM"]
_IMPORTING = "<frozen importlib._bootstrap>"
"""Who asks where ``from package import module`` stands."""
_SEARCHED = ("nn.functional", "linalg")
"""Where a name is looked for that is not where somebody asks for it, beside what is loaded."""
_answering: dict[str, ModuleType] = {}
_later: dict[str, LaterNames] = {}


def answer_missing_names(module_name: str, later: Iterable[str] = (),
                         names: Mapping[str, str] | None = None,
                         public: Callable[[Any], Any] = itself, whole: str = "") -> None:
    """Gives the module a `__getattr__` that explains a name it does not have.

    The submodules `later`, and those of the tables of paths, are imported when first asked for, so
    that `import wengert` does not wait for them, and so are the `names` of others, of which
    `public` makes what users see (:class:`~.later.LaterNames`); `dir` lists what is public. The
    functions are set here and not written in the module, where a type checker would take the first
    to mean that every name exists. The modules that a package has loaded get them too, of the
    root's the public ones.

    What the submodule `whole` lists is the module's too, from when one of these names is first
    asked for: so nobody who imports another submodule waits for the package, nor it for that one.
    """
    module = _answering[module_name] = sys.modules[module_name]
    found = _later[module_name] = LaterNames(module, names or {}, public)
    _answer(module, later, found, whole)
    _answer_below(module)
    tell(module, public_names(module))
    Arrivals.expect(found)


def _answer_below(package: ModuleType, later: Iterable[str] = ()) -> None:
    for below in _below(package, later):
        if "__getattr__" not in vars(below):
            _answer(below)
            tell(below, public_names(below))


def refusing(name: str, why: str) -> Callable[..., NoReturn]:
    """What stands for a name that is here to be imported and asked about, and cannot be used."""
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{name} is not in wengert: {why}")
    return refuse


def answering() -> list[ModuleType]:
    """The public modules that are loaded, the root first."""
    found = {id(module): module for module in _answering.values()}
    for module in list(_answering.values()):
        found |= {id(below): below for below in _below(module)}
    return sorted(found.values(), key=lambda module: module.__name__.count("."))


def find_in_root(name: str, value: Any) -> None:
    """Find the root's name if what it will be is `value`, which another module has by it."""
    if _later[_ROOT].will_be(name, value):
        _later[_ROOT].find(name)


def find_as_loaded() -> None:
    """Find what is found when first asked for as soon as the module that has it is loaded, and now
    where it is."""
    Arrivals.begin(list(_later.values()))


def _below(package: ModuleType, later: Iterable[str] = ()) -> list[ModuleType]:
    """The modules of a package that are loaded, of the root the public ones: of these, if it is
    said which can have come ``later``, those."""
    if package.__name__ == _ROOT:
        names = [f"{_ROOT}.{name}" for name in later or public_names(package)]
        return [sys.modules[name] for name in names if name in sys.modules]
    if "__path__" not in vars(package):
        return []
    start = f"{package.__name__}."
    return [module for name, module in list(sys.modules.items()) if name.startswith(start)]


def _answer(module: ModuleType, later: Iterable[str] = (),
            names: LaterNames | None = None, whole: str = "") -> None:
    module_name = module.__name__
    below_root = f"{module_name}.".partition(".")[2]
    otherwise = vars(module).get("__getattr__")   # the module's own

    def __getattr__(name: str) -> Any:
        if otherwise is not None:
            with suppress(AttributeError):
                return otherwise(name)
        if names is not None and name in names:
            return names.find(name)
        if (whole and name not in later and (name[:2] != "__" or name == "__all__")
                and "__all__" not in vars(module)):
            listed(load(f"{module_name}.{whole}"))
            if name in vars(module):
                return vars(module)[name]
        if name[:1] == "_" and not below_root and name not in later and name[:2] != "__":
            private = load(f"{_ROOT}.private")
            if name in vars(private):
                return vars(private)[name]
        home = RARE.get(f"{below_root}{name}")
        if home is not None:
            return getattr(load(f"{_ROOT}.{home}"), name)
        if name in later or f"{below_root}{name}" in _MADE:
            if sys._getframe(1).f_code.co_filename == _IMPORTING:   # which imports it then
                raise AttributeError(name, name=name, obj=None)
            made = load(f"{module_name}.{name}")
            _answer_below(module, later)
            return made
        if _is_from_import(sys._getframe(1)):
            text = missing_text(torch_name(module_name), name, public_names(module))
            raise ImportError(text, name=module_name)
        raise MissingName(module, name)

    def listed(everything: ModuleType) -> None:
        has = vars(everything)
        found = {name: has[name] for name in everything.__all__ if name in has}
        vars(module).update(found, __all__=everything.__all__)
        _answer_below(module)
        tell(module, found)

    def __dir__() -> list[str]:
        if whole:
            getattr(module, "__all__")  # noqa: B009, so that there is one
        own = [name for name in vars(module) if name.startswith("__")]
        return sorted({*own, *public_names(module)})

    vars(module).update(__getattr__=__getattr__, __dir__=__dir__)


class MissingName(AttributeError):
    """A module has no such name. What to say is worked out when somebody reads it: mostly
    ``hasattr`` asks, or Python where ``from package import module`` stands."""

    def __init__(self, module: ModuleType, name: str) -> None:
        # obj=None: Python would otherwise add its own "Did you mean" to ours.
        super().__init__(name=name, obj=None)
        self._module = module

    @functools.cached_property
    def _text(self) -> str:
        return missing_text(torch_name(self._module.__name__), str(self.name),
                            public_names(self._module))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"AttributeError({self._text!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return AttributeError, (self._text,)


MissingName.__module__, MissingName.__qualname__ = "builtins", "AttributeError"   # as users see it


def missing_text(owner: str, name: str, known: Iterable[str]) -> str:
    """`torch.foo is not in wengert 0.1; nearest: torch.food; see docs/differences.md`"""
    near = None
    if not name.startswith("__") and (
            f"{owner}.{name}".removeprefix("torch.") not in MODULES_NOT_HERE):
        near = _same_name_elsewhere(name) or _nearest(owner, name, known)
    return "; ".join([
        f"{owner}.{name} is not in wengert {_version()}",
        *([f"nearest: {near}"] if near else []),
        "see docs/differences.md",
    ])


def torch_name(module_name: str) -> str:
    """The name by which users know a module: `wengert.nn` is `torch.nn`."""
    root, dot, rest = module_name.partition(".")
    return f"torch{dot}{rest}" if root == _ROOT else module_name


def public_names(module: ModuleType) -> list[str]:
    """What the module exports: its `__all__`, or the names without an underscore."""
    listed = vars(module).get("__all__")
    return list(listed) if listed else [
        name for name in list(vars(module)) if not name.startswith("_")]


def _nearest(owner: str, name: str, known: Iterable[str]) -> str | None:
    by_lower = {each.lower(): each for each in known}
    difflib = importlib.import_module("difflib")  # for errors only
    found: list[str] = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"{owner}.{by_lower[found[0]]}" if found else None


def _same_name_elsewhere(name: str) -> str | None:
    for loaded in _SEARCHED:
        load(f"{_ROOT}.{loaded}")
    for module_name, module in list(_answering.items()):
        if name in public_names(module):
            return f"{torch_name(module_name)}.{name}"
    return None


def _version() -> str:
    return ".".join(version.wengert.split(".")[:2])


def _is_from_import(frame: FrameType) -> bool:
    """Whether the frame stands at `from module import name`.

    Python asks the module for the attribute there too, and replaces an AttributeError's text by
    its own; an ImportError's it keeps.
    """
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM
