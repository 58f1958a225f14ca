"""What the tensors of a scope are called, and the scope of whoever asks.

:class:`Names` knows variables, the parameters of modules (``model[0].weight``) and the members of
lists, tuples and dicts; :func:`scope_of` is the namespace in which a question was asked, and
:func:`asked` the expression that it was asked about.
"""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any, NamedTuple

from ..engine.errors import is_ours
from ..engine.graph import Node
from ..engine.locks import parsed_expression
from ..engine.recording.handle import Handle, buffer_of, is_leaf, last_node
from ..engine.recording.recording import history
from .way import Place

MOST_MEMBERS = 1000
"""Of a list or a dict, so many are looked at."""


class Owner(NamedTuple):
    """The module that a parameter belongs to: its name, and what it is."""

    name: str
    kind: str


class Names:
    """Where the tensors of a namespace stand: a leaf is known by itself, a result by its place, any
    other (data) by its buffer, and by the node at which it entered the recording of its last use.
    """

    def __init__(self, names: Mapping[str, object], *, deep: bool = True) -> None:
        self.leaves: dict[int, str] = {}
        self.places: dict[Place, str] = {}
        self.data: dict[Node, str] = {}
        self.buffers: dict[int, str] = {}
        self.results: dict[Place, Handle] = {}
        """The tensors that are results, by their places."""
        self.tensors: dict[str, Handle] = {}
        self.owners: dict[int, Owner] = {}
        self.modules: dict[int, Owner] = {}
        self.numbers: dict[str, complex] = {
            name: value for name, value in names.items()
            if isinstance(value, int | float) and not isinstance(value, bool)}
        for name, tensor in direct(names):
            self.add(name, tensor)
        if deep:
            self.look_inside(names)

    def look_inside(self, names: Mapping[str, object]) -> None:
        """Enter what is in modules, lists and dicts too."""
        for name, value in names.items():
            if not name.startswith("__"):
                for inner, tensor in self.inside(name, value):
                    self.add(inner, tensor)

    def add(self, name: str, tensor: Handle) -> None:
        """Enter one tensor; the first of its names counts."""
        self.tensors.setdefault(name, tensor)
        if is_leaf(tensor):
            self.leaves.setdefault(id(tensor), name)
            return
        found = history(tensor)
        if found is not None:
            self.places.setdefault(Place(*found), name)
            self.results.setdefault(Place(*found), tensor)
            return
        node, buf = last_node(tensor), buffer_of(tensor)
        if node is not None and not node.requires_grad:
            self.data.setdefault(node, name)
        if buf is not None:
            self.buffers.setdefault(id(buf), name)

    def inside(self, name: str, value: Any) -> Iterator[tuple[str, Handle]]:
        """The tensors in a module, a list or a dict, by how one would write them."""
        if hasattr(type(value), "named_parameters"):
            yield from self.in_module(name, value)
        elif isinstance(value, list | tuple) and len(value) <= MOST_MEMBERS:
            yield from ((f"{name}[{i}]", each) for i, each in enumerate(value)
                        if isinstance(each, Handle))
        elif isinstance(value, dict) and len(value) <= MOST_MEMBERS and not name.startswith("_"):
            yield from ((f"{name}[{key!r}]", each) for key, each in value.items()
                        if isinstance(each, Handle))

    def in_module(self, name: str, module: Any) -> Iterator[tuple[str, Handle]]:
        """The parameters and buffers of a module."""
        for path, part in module.named_modules():
            owner = Owner(member(name, path), type(part).__name__)
            if self.modules.setdefault(id(part), owner) is not owner:
                continue
            for kept in (part._parameters, part._buffers):
                for key, tensor in kept.items():
                    if isinstance(tensor, Handle):
                        self.owners.setdefault(id(tensor), owner)
                        yield f"{owner.name}.{key}", tensor

    def everything(self) -> set[str]:
        """All names."""
        return {*self.leaves.values(), *self.places.values(), *self.data.values(),
                *self.buffers.values()}


def direct(names: Mapping[str, object]) -> Iterator[tuple[str, Handle]]:
    """The tensors that are variables; IPython's ``_3`` are none."""
    return ((name, each) for name, each in names.items()
            if isinstance(each, Handle) and not name.startswith("_"))


def member(name: str, path: str) -> str:
    """``model`` and ``0.weight`` as one writes it: ``model[0].weight``."""
    for part in filter(None, path.split(".")):
        name += f"[{part}]" if part.isdigit() else f".{part}"
    return name


def called(tensor: Handle, names: Mapping[str, object], otherwise: str) -> str:
    """The name of a tensor."""
    return next((name for name, each in names.items() if each is tensor), otherwise)


def scope_of(frame: FrameType | None) -> dict[str, Any]:
    """What is known by a name in a frame: its locals, then the module's globals."""
    return {} if frame is None else {**frame.f_locals, **{
        name: value for name, value in frame.f_globals.items() if name not in frame.f_locals}}


def users_frame() -> FrameType | None:
    """The innermost frame that is not this package's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def asked(frame: FrameType | None) -> str:
    """The first argument of the call that ``frame`` is in, as it is written there; empty where the
    source is not to be had."""
    if frame is None:
        return ""
    place = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    first, last, begin, end = place
    if first is None or last is None or begin is None or end is None:
        return ""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)[first - 1:last]
    if not lines:
        return ""
    encoded = [line.encode() for line in lines]
    encoded[-1] = encoded[-1][:end]
    encoded[0] = encoded[0][begin:]
    try:
        call = parsed_expression(b"".join(encoded).decode().strip()).body
    except (SyntaxError, ValueError):
        return ""
    return ast.unparse(call.args[0]) if isinstance(call, ast.Call) and call.args else ""


def plain(name: str) -> bool:
    """Whether a name is that of a variable or a member of one."""
    return bool(re.fullmatch(r"[A-Za-z_][\w.\[\]'\"]*", name))
