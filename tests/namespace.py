"""Makes ``src/wengert/__init__.py`` of the table of names, the table of Tensor's methods
(``names/methods.py``), and the stubs of what there is: ``python -m tests.namespace``."""

from __future__ import annotations

import ast
import importlib
import re
import runpy
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent, wrap
from types import FunctionType, SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).parent.parent / "src" / "wengert"


def table(name: str) -> Any:
    """A file of ``names/``, which must load before there is an ``__init__.py``."""
    return SimpleNamespace(**runpy.run_path(str(ROOT / "names" / f"{name}.py")))


ABSENT, TABLE = table("absent").MODULES, table("table").TABLE
LATER, AT_ONCE = table("table").LATER, table("table").AT_ONCE.split()
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
{later}), names={{
{names}
}}, public=public)
del answer_missing_names, importing, install_finder, public, show_user_lines
'''
OWN = [(".engine.tracebacks", "install", "show_user_lines"),
       (".names.finder", "install", "install_finder"),
       (".names.missing", "answer_missing_names", "answer_missing_names"),
       (".tensors.recorded", "public", "public")]
"""What ``__init__.py`` needs itself: module, name there, name here."""


METHODS = '''\
"""The methods of Tensor that are operations, and in which module of ``functions/`` each is.

Made by ``python -m tests.namespace``.
"""

from __future__ import annotations

METHODS: dict[str, str] = {{
{methods}
}}
"""By the module: the names, ``name=other`` where the module calls the operation ``other``."""

WRITES: dict[str, str] = {{
{writes}
}}
"""And of those that write."""
'''
FUNCTIONS = "linalg", "nn.functional", "special"
"""The modules of functions beside the root."""


def files() -> dict[str, str]:
    """What this writes, by the path below ``src/wengert``."""
    return {"__init__.py": init(), "names/methods.py": methods(), "__init__.pyi": stub(),
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
    at_once, names = [], {}
    for module, there, name in placed():
        if module in AT_ONCE:
            at_once.append((module, there, name))
        else:
            names.setdefault(module, []).append((there, name))
    later = "\n".join(f"    {line}" for line in wrap(
        ", ".join(f'"{name}"' for name in LATER.split()), WIDTH - 6))
    found = list(imports([*at_once, *OWN], WIDTH - 4))
    inside = [indent(text, "    ") for text in found if not text.startswith("from math")]
    outside = [text.rstrip("\n") + "\n" for text in found if text.startswith("from math")]
    return "".join([TOP, *outside, WITHIN, *inside, BELOW, *listed(),
                    END.format(later=later, names=rows(names))])


def placed() -> Iterator[tuple[str, str, str]]:
    """Each name: its module, what it is called there, its name."""
    found = compositions()
    for group in TABLE.values():
        for module, there, name in homes(group):
            if module == ".functions":
                home, there = found[there]
                module = ".engine.recording.operation" if home == "operation" else (
                    f".functions.{home}")
            yield module, there, name


def rows(names: dict[str, list[tuple[str, str]]]) -> str:
    """The rows of a table of names by their modules."""
    lines = []
    for module, pairs in sorted(names.items()):
        words = [name if there == name else f"{name}={there}" for there, name in pairs]
        line = f'    "{module}": "{" ".join(words)}",'
        lines.append(line if len(line) <= WIDTH else f'    "{module}": """\n' + "\n".join(
            f"        {each}" for each in wrap(" ".join(words), WIDTH - 12)) + '""",')
    return "\n".join(lines)


def methods() -> str:
    """The text of ``names/methods.py``; what it says holds in this process from now on."""
    importlib.import_module("wengert.explain.derivations").everything()   # in one order
    importlib.import_module("wengert.functions.families")
    for path in (ROOT / "functions").glob("*.py"):
        importlib.import_module(f"wengert.functions.{path.stem}")
    operators = importlib.import_module("wengert.tensors.operators")
    operations = importlib.import_module("wengert.engine.recording.operation").OPERATIONS
    aliases = importlib.import_module("wengert.functions.families").ALIASES
    tensor, there = operators.Tensor, {}
    for name, module in list(sys.modules.items()):
        if name.startswith("wengert.functions.") or name.endswith("recording.operation"):
            there |= {id(value): key for key, value in vars(module).items()
                      if getattr(getattr(value, "lower", None), "__module__", "") == name}
    own = {name for kind in tensor.__mro__ if kind is not operators.Methods for name in vars(kind)}
    found: dict[str, list[tuple[str, str]]] = {}
    writes: dict[str, list[tuple[str, str]]] = {}
    named = [(name, op) for op in operations.values() for name in op.methods]
    named += [(other, op) for other, op in aliases.items() if op.methods]
    for name, op in dict(named).items():
        home = op.lower.__module__.removeprefix("wengert")
        if name not in own:
            found.setdefault(home, []).append((there[id(op)], name))
        if op.inplace and f"{name}_" not in own:
            writes.setdefault(home, []).append((there[id(op)], f"{name}_"))
    for name, value in vars(tensor).items():
        if isinstance(value, FunctionType) and value.__module__.startswith("wengert.functions."):
            found.setdefault(value.__module__[len("wengert"):], []).append((name, name))
    text = METHODS.format(methods=rows(found), writes=rows(writes))
    space: dict[str, Any] = {}
    exec(text, space)
    operators.have_later(operators.Methods, space["METHODS"], space["WRITES"])
    return text


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
    (ROOT / "__init__.py").write_text(init(), encoding="utf-8")   # the stubs are of what it has
    for path, text in files().items():
        (ROOT / path).write_text(text, encoding="utf-8")
    importlib.import_module("derivatives").write()


if __name__ == "__main__":
    main()
