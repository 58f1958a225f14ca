"""Programs that the command line names, made ready to run as Python would run them.

:func:`of_script`, :func:`of_module` and :func:`of_text` set ``sys.argv``, ``sys.path`` and
``__main__`` as ``python SCRIPT``, ``python -m MODULE`` and ``python -c TEXT`` do, and give a
:class:`Program`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any


class NotThere(Exception):
    """There is no such program; ``code`` is the exit code of ``python`` in that case."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Program:
    """What a program is: how its code is made, and the namespace that it runs in."""

    code: Callable[[], CodeType]
    namespace: dict[str, Any]

    def run(self) -> None:
        """Run it; errors of its syntax come here too."""
        exec(self.code(), self.namespace)


def of_script(script: str, args: Sequence[str]) -> Program:
    """A file, a folder or archive with a ``__main__.py``, or ``-`` for standard input."""
    if script == "-":
        text = sys.stdin.read()
        return _of_source(text, "<stdin>", ["-", *args], "")
    path = os.path.abspath(script)
    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        return _of_folder(path, [script, *args])
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise NotThere(f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
                       ) from None
    program = _of_source(source, path, [script, *args], os.path.dirname(os.path.realpath(path)))
    program.namespace.update(__file__=path, __cached__=None,
                             __loader__=SourceFileLoader("__main__", path))
    return program


def of_text(text: str, args: Sequence[str]) -> Program:
    """A program that was written on the command line."""
    return _of_source(text, "<string>", ["-c", *args], "")


def of_module(name: str, args: Sequence[str]) -> Program:
    """A module, or the ``__main__`` of a package, which is imported first."""
    _look_first_in(os.getcwd())
    sys.argv[:] = ["-m", *args]   # what the packages around it see
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name = f"{name}.__main__"
            spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        raise NotThere(f"Error while finding module specification for {name!r} ({error})", 1
                       ) from None
    if spec is None:
        raise NotThere(f"No module named {name}", 1)
    sys.argv[0] = spec.origin or name
    return _of_spec(spec)


def _of_folder(path: str, argv: list[str]) -> Program:
    spec = PathFinder.find_spec("__main__", [path])
    if spec is None:
        raise NotThere(f"can't find '__main__' module in {path!r}", 1)
    _look_first_in(path)
    sys.argv[:] = argv
    program = _of_spec(spec)
    program.namespace["__package__"] = ""
    return program


def _of_spec(spec: ModuleSpec) -> Program:
    loader: Any = spec.loader
    if loader is None or not hasattr(loader, "get_code"):
        raise NotThere(f"No code object available for {spec.name}", 1)
    namespace = vars(_main_module())
    namespace.update(__spec__=spec, __package__=spec.parent, __loader__=loader,
                     __file__=spec.origin, __cached__=spec.cached)
    return Program(lambda: loader.get_code(spec.name), namespace)


def _of_source(source: str | bytes, path: str, argv: list[str], first: str) -> Program:
    sys.argv[:] = argv
    _look_first_in(first)
    namespace = vars(_main_module())
    return Program(lambda: compile(source, path, "exec", dont_inherit=True), namespace)


def _look_first_in(folder: str) -> None:
    """Set the place where modules are looked for first."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def _main_module() -> ModuleType:
    """A fresh `__main__`, with what Python sets there."""
    module = sys.modules["__main__"] = ModuleType("__main__")
    vars(module).update(__builtins__=sys.modules["builtins"])
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    return module
