"""Makes ``src/wengert/__init__.py`` of the table of names, the functions of compositions that it
imports (``functions/by_name.py``), and the stubs of what it has: ``python -m tests.namespace``."""

from __future__ import annotations

import ast
import importlib
import re
import runpy
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent, wrap
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).parent.parent / "src" / "wengert"


def table(name: str) -> Any:
    """A file of ``names/``, which must load before there is an ``__init__.py``."""
    return SimpleNamespace(**runpy.run_path(str(ROOT / "names" / f"{name}.py")))


ABSENT, LATER, TABLE = table("absent").MODULES, table("table").LATER, table("table").TABLE
homes = table("paths").homes
WIDTH = 100
TOP = '''\
"""PyTorch's define-by-run autograd in pure Python: ``import wengert as torch``.

Made of the table in ``names/table.py`` by ``python -m tests.namespace``.
"""

'''
WITHIN = '''
from .engine.garbage import importing

with importing():
'''
BELOW = '''
install_finder()
show_user_lines()
__version__ = version.__version__
newaxis = None

'''
END = '''\
answer_missing_names(__name__, later=(
{later}))
del answer_missing_names, importing, install_finder, show_user_lines
'''
OWN = [(".engine.tracebacks", "install", "show_user_lines"),
       (".names.finder", "install", "install_finder"),
       (".names.missing", "answer_missing_names", "answer_missing_names")]
"""What ``__init__.py`` needs itself: module, name there, name here."""


BY_NAME = '''\
"""Compositions as functions that users call, by the names that ``torch`` has them under.

Made of the table in ``names/table.py`` by ``python -m tests.namespace``.
"""

from __future__ import annotations

'''
FUNCTIONS = "linalg", "nn.functional", "special"
"""The modules of functions beside the root."""


def files() -> dict[str, str]:
    """What this writes, by the path below ``src/wengert``."""
    return {"__init__.py": init(), "functions/by_name.py": by_name(), "__init__.pyi": stub(),
            "tensors/methods.pyi": stubs().methods(),
            **{f"{path.replace('.', '/')}.pyi": of_functions(path) for path in FUNCTIONS}}


def stubs() -> Any:
    """The module that writes stubs; it imports Wengert."""
    return importlib.import_module("stubs")


def stub() -> str:
    """The text of ``__init__.pyi``."""
    names = [triple for group in TABLE.values() for triple in homes(group)]
    space = stubs().wengert
    functions = [name for _, _, name in names if stubs().is_function(getattr(space, name))]
    later = [(".", name, name) for name in LATER.split()]
    lines = [f"from {module} import {there} as {name}\n"
             for module, there, name in sorted([*names, *later]) if name not in functions]
    absent = [f"{name}: _ModuleType\n" for name in ABSENT if "." not in name]
    return stubs().module(space, "The names of torch, with their types.",
                          "".join([stubs().OWN, *lines]), functions
                          ) + "".join([
                              stubs().EXPLAIN, "newaxis: None\n__version__: str\n", *absent,
                              *listed()])


def of_functions(path: str) -> str:
    """The text of the stub of a module of functions."""
    place = importlib.import_module(f"wengert.{path}")
    functions = [name for name in place.__all__ if stubs().is_function(getattr(place, name))]
    others = [f"from wengert.engine.errors import {name} as {name}\n"
              for name in place.__all__ if name not in functions]
    return stubs().module(place, f"The functions of torch.{path}, with their types.",
                          "".join([*others, "from wengert.tensors.operators import Tensor\n"]),
                          functions)


def init() -> str:
    """The text of ``__init__.py``."""
    names = [triple for group in TABLE.values() for triple in homes(group)]
    later = "\n".join(f"    {line}" for line in wrap(
        ", ".join(f'"{name}"' for name in LATER.split()), WIDTH - 6))
    found = list(imports([*names, *OWN], WIDTH - 4))
    inside = [indent(text, "    ") for text in found if not text.startswith("from math")]
    outside = [text.rstrip("\n") + "\n" for text in found if text.startswith("from math")]
    return "".join([TOP, *outside, WITHIN, *inside, BELOW, *listed(), END.format(later=later)])


def by_name() -> str:
    """The text of ``functions/by_name.py``."""
    found = compositions()
    names = sorted(there for group in TABLE.values() for module, there, _ in homes(group)
                   if module == ".functions.by_name")
    modules = sorted({found[name][0] for name in names} - {"operation"})
    called = {module: f"{module}s" if module in names else module for module in modules}
    functions = [f"{name} = function({called.get(module, module)}.{there})\n"
                 for name in names for module, there in [found[name]]]
    return "".join([BY_NAME, "from ..engine.recording import operation\n",
                    "from ..tensors.recorded import function\n", "from . import (\n",
                    *(f"    {each},\n" for each in modules if called[each] == each), ")\n",
                    *(f"from . import {each} as {called[each]}\n" for each in modules
                      if called[each] != each), "\n", *functions])


def compositions() -> dict[str, tuple[str, str]]:
    """What each operation, and each other name of one, is called in the source: module, name."""
    found: dict[str, tuple[str, str]] = {}
    paths = [*sorted((ROOT / "functions").glob("*.py")), ROOT / "engine/recording/operation.py"]
    for path in paths:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.FunctionDef(name=name, decorator_list=[
                        ast.Call(func=ast.Name(id="operation"))]):
                    found[name.strip("_")] = path.stem, name
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(
                        func=ast.Name(), args=[ast.Constant(value=str(op)), *_])):
                    found[op] = path.stem, name
                case ast.AnnAssign(target=ast.Name(id="ALIASES"), value=ast.Dict(
                        keys=keys, values=values)):
                    found |= {ast.literal_eval(key): (path.stem, ast.unparse(value))
                              for key, value in zip(keys, values, strict=True) if key}
    return found


def imports(names: Iterable[tuple[str, str, str]], width: int = WIDTH) -> Iterator[str]:
    """The import statements, in the order of the linter."""
    statements: list[tuple[str, str, str]] = []
    plain: dict[str, set[str]] = {}
    for module, there, name in names:
        if there == name:
            plain.setdefault(module, set()).add(name)
        else:
            statements.append((module, there, f"from {module} import {there} as {name}\n"))
    for module, found in plain.items():
        words = sorted(found, key=place)
        statements.append((module, words[0], imported(module, words, width)))
    for module, _, text in sorted(statements, key=lambda s: (
            s[0].startswith("."), s[0], place(s[1]), s[2])):
        yield text + ("\n" if module == "math" else "")


def imported(module: str, words: list[str], width: int) -> str:
    line = f"from {module} import {', '.join(words)}\n"
    return line if len(line) <= width + 1 else (
        f"from {module} import (\n" + "".join(f"    {word},\n" for word in words) + ")\n")


def place(name: str) -> tuple[object, ...]:
    """Where a name stands in an import: constants, classes, the rest; numbers by their value."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    parts = re.split(r"(\d+)", name)
    return kind, [(int(p), "") if p.isdigit() else (-1, p) for p in parts]


def listed() -> Iterator[str]:
    """``__all__``, group by group."""
    yield "__all__ = [\n"
    for group, modules in TABLE.items():
        words = [name for _, _, name in homes(modules)]
        if group == "modules":
            words += sorted([*(name for name in LATER.split() if name[:2] != "__"),
                             *(name for name in ABSENT if "." not in name)])
        if group == "constants":
            words.append("newaxis")
        yield f"    # {group}\n"
        for line in wrap(", ".join(f'"{word}"' for word in words) + ",", WIDTH - 4):
            yield f"    {line}\n"
    yield "]\n"


def main() -> None:
    for path, text in {"__init__.py": init(), "functions/by_name.py": by_name()}.items():
        (ROOT / path).write_text(text, encoding="utf-8")   # the stubs are of what it has
    for path, text in files().items():
        (ROOT / path).write_text(text, encoding="utf-8")
    importlib.import_module("derivatives").write()


if __name__ == "__main__":
    main()
