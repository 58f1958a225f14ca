"""The handle's protocol: who may touch the four fields of a handle.

``engine/recording`` makes, settles and rebinds handles and takes steps. Outside of it the fields
are used only where EXCEPTIONS says why; everything else goes through the functions of
``engine/recording/handle.py`` and its neighbours.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

from sources import trees

FIELDS = {"_x", "_buf", "_rec", "_at"}
HOME = "engine/recording/"

EXCEPTIONS = {
    "tensors/attributes.py": (1, "shape is read at every turn of many loops: a call less"),
    "autograd/gradients.py": (2, "grad is read and taken away at every training step: a call less"),
}
"""For each file the number of uses, and the reason."""

MOST = 15


def uses(tree: ast.Module) -> int:
    """How often the fields are used in a module: as attributes, by ``getattr`` and its like,
    and in the text of functions that are written out."""
    count = 0
    docs = {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
            and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            count += node.attr in FIELDS
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (
                id(node) not in docs):
            count += node.value in FIELDS
            count += len(re.findall(r"\.(?:_x|_buf|_rec|_at)\b", node.value))
    return count


def test_the_count_sees_each_way_to_a_field() -> None:
    for text, count in [("x._rec = y._x", 2), ("getattr(x, '_at')", 1),
                        ("f'{name}._buf = 1; {name}._x.grad'", 2),
                        ('"""About ._rec."""\nx._attribute, x.__x', 0)]:
        assert uses(ast.parse(text)) == count, text


def test_the_fields_of_a_handle_belong_to_recording() -> None:
    found = Counter({
        name: count for name, tree in trees()
        if not name.startswith(HOME) and (count := uses(tree))})
    allowed = {name: count for name, (count, _) in EXCEPTIONS.items()}
    assert dict(found) == allowed, "go through the functions of engine/recording/handle.py"
    assert found.total() <= MOST
