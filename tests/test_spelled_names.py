"""What is known of a primitive stands in its row: nobody else asks for it by its name.

Counted are the strings in `engine/`, `explain/`, `profiling/` and `compiler/` that are the name of
a primitive of the table; not those of the table itself (`engine/ops/`), nor docstrings and
`__slots__`, nor the files where a backend writes text in a language that has such words
(`fadd`, `exp`). Each that is left has its line in ALLOWED, with the reason.
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator

from sources import trees
from wengert.engine.graph import TABLE
from wengert.engine.ops.loop import loop_

FOLDERS = ("engine", "explain", "profiling", "compiler")
TABLES = "engine/ops/"
NAMES = frozenset(TABLE) | {loop_.name}   # which is loaded with the first loop

WRITE_TEXT = {
    "engine/backends/cpu/elementwise.py",   # LLVM's instructions and intrinsics
    "engine/backends/cpu/functions.py",     # the names of the platform's mathematical functions
    "engine/backends/cpu/inline_math.py",   # and of those that are written into loops
    "engine/backends/cpu/draws.py",         # LLVM's instructions again
    "engine/backends/cpu/text.py",          # LLVM's types and conversions
    "explain/derivations.py",               # what else people call a primitive
    "explain/kinks.py",                     # where each function has one, for a page
}

BOUND = 30
ALLOWED = {
    "engine/text.py": ["input"],                   # a line of the text of a graph begins with it
    "engine/devices.py": ["index"],                # a device's number
    "engine/meta.py": ["reshape", "transpose"],    # methods of NumPy's arrays
    "engine/loops/places.py": ["full"],            # a place in a loop: one value per element
    "engine/recording/keys.py": ["lane"],          # what a step is reached by
    "engine/recording/calls.py": ["share", "share"],   # a name in the text of a call
    "engine/recording/index_spec.py": ["alias", "slice"],   # kinds of indexing
    "engine/backends/small.py": ["concatenate", "where"],   # functions of NumPy, inside it
    "engine/backends/cpu/axes.py": ["rows", "sum"],   # labels of loops
    "engine/backends/cpu/moves.py": ["place"],     # a label
    "engine/backends/cpu/program.py": ["matmul"],  # a name in the text of a program
    "engine/backends/cpu/reductions.py": ["add", "add"],   # an instruction
    "engine/backends/cpu/split.py": ["source"],    # a pointer in a kernel
    "engine/backends/cpu/turns.py": ["loop"],      # a name in the text of a program
    "explain/groups.py": ["loop"],                 # a kind of row that opens
    "explain/page.py": ["rows"],                   # a key of what the page is given
    "explain/notebook.py": ["where"],              # a heading
    "explain/text.py": ["where"],                  # a heading
    "explain/writer.py": ["input"],                # what an end is called
}


def strings(tree: ast.AST) -> Iterator[str]:
    """The strings in `tree` but docstrings, the names of slots and of what a module gives."""
    if isinstance(tree, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in ("__all__", "__slots__")
            for target in tree.targets):
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from strings(child)


@functools.cache
def spelled() -> dict[str, list[str]]:
    """The names of primitives that each file spells."""
    found = {}
    for folder in FOLDERS:
        for name, tree in trees(folder):
            if name.startswith(TABLES) or name in WRITE_TEXT:
                continue
            names = [each for each in strings(tree) if each in NAMES]
            if names:
                found[name] = names
    return found


def test_no_file_asks_for_a_primitive_by_its_name() -> None:
    for name, names in spelled().items():
        more = Counter(names) - Counter(ALLOWED.get(name, []))
        assert not more, (f"{name} spells {', '.join(more)}: compare the primitive itself "
                          "(`node.prim is mul`), or read a trait of it")


def test_what_is_allowed_is_there() -> None:
    found = spelled()
    assert {name: sorted(found.get(name, [])) for name in ALLOWED} == ALLOWED


def test_few_are_left() -> None:
    assert sum(map(len, spelled().values())) <= BOUND


def test_a_name_is_found_and_a_docstring_is_not() -> None:
    tree = ast.parse('def f(node):\n    "mul"\n    return node.prim.name == "mul"\n'
                     'class C:\n    __slots__ = ("exp",)\n')
    assert list(strings(tree)) == ["mul"]
