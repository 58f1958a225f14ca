"""Imports go down only, those for types included.

LEVELS is the plan of the house: a module may import from its own level and from those below it,
in no cycle. A module that is in no row of it fails the test, with the request to place it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from sources import SOURCE, tree_of

pytestmark = pytest.mark.once

# A name stands for the module or package `wengert.<name>` and all that is in it; the longest
# name that fits a module decides.
LEVELS: dict[int, set[str]] = {
    0: {"config", "version", "names", "return_types", "tensors.printing", "engine.errors",
        "engine.tracebacks", "engine.lazy", "engine.dtypes", "engine.devices", "engine.arrays",
        "engine.garbage", "engine.locks", "engine.memory", "engine.blas", "engine.quiet",
        "engine.native", "engine.random_stream", "engine.meta", "engine.progress"},
    1: {"engine.graph", "engine.text"},
    2: {"engine.ops", "engine.check"},
    3: {"engine.transforms", "engine.passes", "engine.loops"},
    4: {"engine.backends"},
    5: {"engine.recording"},
    6: {"functions", "tensors", "autograd", "func", "compiler.known",
        "compiler.guards", "compiler.purity", "compiler.reads", "compiler.replay",
        "compiler.steps"},
    7: {"_C", "__config__", "fx", "futures", "hub", "library", "monitor", "multiprocessing",
        "functorch", "quasirandom", "operators", "overrides", "lowrank", "ode", "private",
        "symbols", "types",
        "accelerator", "cpu", "cuda", "linalg", "fft",
        "special", "random", "nn", "optim", "utils", "distributed", "serialization", "storage",
        "compiler", "distributions", "backends", "amp", "jit", "functions.settings",
        "functions.statistics", "functions.calculus",
        "functions.grids", "functions.windows", "functions.namesakes",
        "functions.lowrank", "masked", "signal", "sparse"},
}

# They may import anything, the root `wengert` included; only an __init__ or __main__ imports them.
SIDE = {"interop", "primitives", "explain", "export", "profiling", "testing", "cli", "as_torch",
        "stand_in", "programs", "profiler", "onnx", "layers"}

# Written like a user: from these levels alone.
SEES_ONLY: dict[int, set[int]] = {7: {0, 6, 7}}

# They do not know each other.
STRANGERS = [("engine.transforms", "engine.passes"), ("engine.transforms", "engine.loops")]

# Loaded when first used, so that `import wengert` stays quick: imported inside a function, or at
# the top of a module in LAZY_PLACES, which no module outside LAZY_PLACES imports at its top.
LAZY_PACKAGES = {"scipy", "llvmlite"}
LAZY_PLACES = {"engine.backends.cpu", "profiling.kernels", "profiling.nest"}

# Packages that may be imported inside a function.
OPTIONAL_PACKAGES = LAZY_PACKAGES | {"ml_dtypes", "grandalf", "mpi4py", "onnx", "tqdm"}

# Where a module of ours is imported by a name that is found when the program runs.
BY_NAME = {
    "engine.lazy",      # lazy("..."), which the tests see
    "names.finder",     # the modules that hold the names of others
    "as_torch",         # `import torch`, where it is Wengert
    "tensors.numpy_protocol",   # what NumPy is told, at the first of its functions that asks
    "explain.derivations",   # every module of the table, for the whole of it
}

ROOT = "wengert"


@dataclass(frozen=True)
class Import:
    """`importer` (a dotted name, "" for the root) imports `target` at a line; `lazily` with
    `lazy("target")`, when the program comes there."""

    importer: str
    target: str         # a module of ours without the root's name, or another package's name
    ours: bool
    in_function: bool
    for_types: bool     # under `if TYPE_CHECKING:`
    lazily: bool
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.importer or ROOT} imports {self.target or ROOT}"


# ---- reading the source ----


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = sorted(SOURCE.rglob("*.py"))
MODULES = {module_name(path) for path in PATHS}


def imports_of(path: Path) -> Iterator[Import]:
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = tree_of(path)
    for node, around in import_statements(tree, ()):
        in_function = any(isinstance(each, FUNCTION) for each in around)
        for_types = any(isinstance(each, ast.If) and ast.unparse(each.test) in FOR_TYPES
                        for each in around)
        place = f"{path.relative_to(SOURCE.parent)}:{node.lineno}"
        for target, ours in targets(node, package):
            yield Import(name, target, ours, in_function, for_types, False, place)
    for call in calls(tree, "lazy"):
        place = f"{path.relative_to(SOURCE.parent)}:{call.lineno}"
        yield Import(name, str(ast.literal_eval(call.args[0])), True, False, False, True, place)


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """The calls of functions with these names, `names` or `module.names`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (
                (isinstance(node.func, ast.Name) and node.func.id in names)
                or (isinstance(node.func, ast.Attribute) and node.func.attr in names)):
            yield node


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
FOR_TYPES = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def import_statements(
    node: ast.AST, around: tuple[ast.AST, ...]
) -> Iterator[tuple[ast.Import | ast.ImportFrom, tuple[ast.AST, ...]]]:
    """Each import statement below `node`, with the statements it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, around
        yield from import_statements(child, (*around, child))


def targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield within(alias.name)
        return
    base = node.module or ""
    if node.level:
        above = [ROOT, *(package.split(".") if package else [])]
        base = ".".join([*above[:len(above) - node.level + 1], *([base] if base else [])])
    for alias in node.names:
        name, ours = within(f"{base}.{alias.name}")
        if ours and name in MODULES:
            yield name, True
        else:
            yield within(base)


def within(dotted: str) -> tuple[str, bool]:
    """("graph", True) for "wengert.graph"; ("numpy", False) for "numpy.linalg"."""
    root, _, rest = dotted.partition(".")
    return (rest, True) if root == ROOT else (root, False)


IMPORTS = [each for path in PATHS for each in imports_of(path)]
OURS = [each for each in IMPORTS if each.ours]


# ---- the plan ----


def place_of(module: str, places: dict[str, object]) -> str | None:
    """The longest of the names in `places` that `module` is or lies in."""
    parts = module.split(".")
    prefixes = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next((prefix for prefix in prefixes if prefix in places), None)


PLACES: dict[str, object] = {name: level for level, names in LEVELS.items() for name in names}
PLACES |= dict.fromkeys(SIDE, "side")


def level(module: str) -> object:
    """A number; "side"; or "top" for the root and __main__."""
    if module in ("", "__main__"):
        return "top"
    place = place_of(module, PLACES)
    return None if place is None else PLACES[place]


def lies_in(module: str, names: set[str]) -> bool:
    return place_of(module, dict.fromkeys(names)) is not None


def is_entrance(module: str) -> bool:
    return module == "__main__" or (SOURCE / module.replace(".", "/") / "__init__.py").exists()


def complain(what: str, offenders: list[Import]) -> None:
    if offenders:
        pytest.fail(what + ":\n  " + "\n  ".join(map(str, offenders)), pytrace=False)


# ---- the tests ----


def test_every_module_has_a_place() -> None:
    homeless = sorted(module for module in MODULES if level(module) is None)
    if homeless:
        pytest.fail(
            f"no level is given for {', '.join(homeless)}: "
            f"place each in LEVELS (or SIDE) of {Path(__file__).name}, and in docs/layout.md",
            pytrace=False)


def test_imports_go_down() -> None:
    def goes_up(each: Import) -> bool:
        source, target = level(each.importer), level(each.target)
        if source in ("top", "side"):
            return False
        if target == "side":
            return not is_entrance(each.importer)
        return target == "top" or (
            isinstance(source, int) and isinstance(target, int) and target > source)

    complain("these imports go up", [each for each in OURS if goes_up(each)])


def test_a_level_sees_only_what_it_may() -> None:
    def looks_too_deep(each: Import) -> bool:
        source, target = level(each.importer), level(each.target)
        return (isinstance(source, int) and isinstance(target, int)
                and target not in SEES_ONLY.get(source, LEVELS))

    complain("these imports reach below the surface",
             [each for each in OURS if looks_too_deep(each)])


@pytest.mark.parametrize("pair", STRANGERS, ids=" and ".join)
def test_strangers(pair: tuple[str, str]) -> None:
    a, b = {pair[0]}, {pair[1]}
    complain(f"{pair[0]} and {pair[1]} do not import each other", [
        each for each in OURS
        if (lies_in(each.importer, a) and lies_in(each.target, b))
        or (lies_in(each.importer, b) and lies_in(each.target, a))])


def test_no_cycle() -> None:
    """Not of types either, nor of what is loaded when first used."""
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for each in OURS:
        if each.target != each.importer:
            graph[each.importer].add(each.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = " <- ".join(module or ROOT for module in error.args[1])
        pytest.fail(f"a cycle of imports: {cycle}", pytrace=False)


def test_modules_are_named_where_they_are_imported() -> None:
    """`import_module` of a name that the tests cannot see would hide an import from them."""
    offenders = []
    for path in PATHS:
        if module_name(path) in BY_NAME:
            continue
        for call in calls(tree_of(path), "import_module", "__import__"):
            name = call.args[0]
            if not isinstance(name, ast.Constant) or within(str(name.value))[1] or (
                    str(name.value).startswith(".")):
                offenders.append(f"{path.relative_to(SOURCE.parent)}:{call.lineno}")
    assert not offenders, f"write lazy(\"...\") of engine/lazy.py: {', '.join(offenders)}"


def test_no_import_inside_a_function() -> None:
    complain("imports belong at the top of a file (optional packages excepted)", [
        each for each in IMPORTS
        if each.in_function and (each.ours or each.target not in OPTIONAL_PACKAGES)])


def test_heavy_packages_are_loaded_lazily() -> None:
    complain("these make `import wengert` slow", [
        each for each in IMPORTS
        if not (each.in_function or each.for_types or each.lazily)
        and not lies_in(each.importer, LAZY_PLACES)
        and (lies_in(each.target, LAZY_PLACES) if each.ours else each.target in LAZY_PACKAGES)])
