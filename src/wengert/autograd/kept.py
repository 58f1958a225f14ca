"""What the context of a custom function's call keeps: values and places in the graph.

Never tensors with a history, so no cycle keeps the graph alive. Start with :class:`Saved`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import FunctionType, MethodType, ModuleType
from typing import Any
from weakref import ref

from ..engine.devices import device
from ..engine.dtypes import DType
from ..engine.errors import Line, second_backward, show_line
from ..engine.graph import Node
from ..engine.recording.custom import (
    Value,
    given_again,
    place,
    shown,
    value_at,
    value_of,
)
from ..engine.recording.flushing import flush, value
from ..engine.recording.handle import Handle, bind, extra, extra_of, is_leaf, is_pending, version_of
from ..engine.recording.rebinding import detached_value
from ..engine.recording.recorder import hold, wait, wait_too
from ..engine.recording.recording import Recording, dtype_of, flows_through, here, shape_of
from ..engine.recording.replay import ALIAS
from ..engine.recording.segment import NOTHING, Segment
from ..engine.recording.structures import PLAIN
from . import saved

_new = object.__new__


class Kept:
    """What the context of a call keeps: saved tensors, attributes that are inputs or results, and
    the nodes of the inputs and results. ``unit`` is where they are, while a backward runs."""

    saved: Sequence[Saved | None] = ()
    named: dict[str, Saved] = NOTHING
    forward: Sequence[Saved | None] = ()
    """What was saved for ``jvp``, while forward mode is on."""
    inputs: tuple[Node, ...] = ()
    results: Sequence[Node | None] = ()
    unit: Any = None
    freed: Line | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    def each(self) -> list[Saved]:
        """Everything that is kept."""
        return [s for s in (*self.saved, *self.named.values()) if s is not None]

    def tensors(self, unit: Any) -> tuple[Any, ...]:
        """The saved tensors, with their histories in ``unit``."""
        if self.freed is not None:
            self.check()
        if unit.__class__ is Segment:
            return given_again(self, unit)
        return tuple([None if s is None else s.get(self, unit) for s in self.saved])

    def free(self, line: Line) -> None:
        """Let go of the saved values, after a backward at this line; attributes stay."""
        self.freed = line
        for kept in self.saved:
            if kept is not None:
                kept.handle = kept.packed = kept.original = None

    def check(self) -> None:
        """RuntimeError if a backward has freed the values."""
        if self.freed is not None and self.saved:
            raise second_backward(f"The tensors that {self.name} saved were freed by the backward "
                                  f"at {show_line(self.freed)}.")


class Saved(Value):
    """A tensor that a context keeps: its value, and which input or result of the call it is.

    ``original`` is the tensor itself where it is an input that was not computed, or was made on the
    way with a history of its own: it is given back while nobody has written to it.
    """

    __slots__ = ()

    def __init__(self, handle: Handle, kept: Kept, input: int = -1, output: int = -1,
                 hooks: saved.Hooks | None = None) -> None:
        self.input = input
        self.output = output
        self.packed = None if hooks is None else hooks.keep(handle)
        self.handle: Handle | None = None
        self.original: Handle | None = None
        self.version = writes_outside(handle)
        if self.packed is not None:
            return
        rec = here.recording
        if (is_leaf(handle) or not kept.inputs[input].requires_grad) if input >= 0 else (
                output < 0 and flows_through(handle)):
            self.original = handle
            self.handle = value_of(handle, rec)
            return
        node = kept.results[output] if output >= 0 else None
        self.handle = value_of(handle, rec) if node is None else result_of(handle, node, rec)

    def get(self, kept: Kept, unit: Any) -> Any:
        """The tensor, with the history that it had."""
        if self.packed is not None:
            packed, unpack = self.packed
            return self.led(unpack(packed), kept, unit)
        if self.original is not None and writes_outside(self.original) == self.version:
            return self.original
        handle = self.handle
        assert handle is not None
        node = self.node(kept)
        if node is None or not node.requires_grad:
            self.handle = shown(handle)
            return self.handle
        return tracked(handle, unit, node)

    def node(self, kept: Kept) -> Node | None:
        """Where it is in the graph; None if it is neither an input nor a result."""
        if self.input >= 0:
            return kept.inputs[self.input]
        return kept.results[self.output] if self.output >= 0 else None

    def led(self, found: Handle, kept: Kept, unit: Any) -> Handle:
        """What a hook has unpacked, with the history that the tensor had, where a derivative of it
        may be asked for: the hook may have kept no more than numbers."""
        node = self.node(kept)
        if (not here.modes.grad or node is None or not node.requires_grad
                or unit.__class__ is not Segment or shape_of(found) != node.shape
                or dtype_of(found) is not node.dtype):
            return found
        return tracked(found, unit, node)


class Held:
    """Results that wait for their values, held until the recording has run: what a context keeps of
    a call can then be differentiated, whatever the caller drops."""

    __slots__ = ("__weakref__", "handles")

    def __init__(self, rec: Recording, nodes: Iterable[Node]) -> None:
        self.handles = [wait_too(rec, node) for node in nodes]
        rec.functions.append(ref(self))

    @property
    def unit(self) -> None:
        """Set to the segment that the recording has left."""

    @unit.setter
    def unit(self, segment: Any) -> None:
        self.handles = []


def writes_outside(handle: Handle) -> int:
    """How often the storage of ``handle`` was written, but by the backward of a custom function
    that keeps it: one that collects there what it meets."""
    x = extra_of(handle)
    return version_of(handle) - (0 if x is None else x.excused)


def excuse(handles: Sequence[Handle], before: Sequence[int]) -> None:
    """What a backward itself has written to tensors on its context is meant so: ``before`` it, they
    had been written so often."""
    for handle, count in zip(handles, before, strict=True):
        written = version_of(handle) - count
        if written:
            extra(handle).excused += written


def tracked(handle: Handle, unit: Any, node: Node) -> Handle:
    """A tensor with the value of ``handle`` and the history of ``node`` in ``unit``."""
    if isinstance(unit, Recording):
        return wait(unit, unit.replayed((ALIAS, node), ()))
    if is_pending(handle):
        flush()
    new = hold(value(handle))
    bind(new, unit, node)
    return new


def all_saved(asked: Sequence[Handle | None], given: Sequence[Handle], results: Sequence[Handle],
              new: Sequence[Handle], kept: Kept) -> tuple[list[Saved | None], list[Handle]]:
    """What is kept of the tensors ``asked`` for, of a call with the inputs ``given`` and these
    ``results``, which are ``new`` for the caller; and those that are the user's own."""
    hooks = saved.current()
    found = [None if handle is None else
             Saved(handle, kept, *place(handle, given, results, new), hooks) for handle in asked]
    return found, [each.original for each in found
                   if each is not None and each.original is not None]


def result_of(handle: Handle, node: Node, rec: Recording) -> Handle:
    """The value of a result, which is ``node``, for nobody but the context."""
    if rec.captures or rec.modes.open is not None or rec.modes.lanes is not None:
        return detached_value(handle)
    return value_at(node, rec)


CONSTANT = frozenset([DType, device, type, FunctionType, MethodType, ModuleType])


def is_constant(item: Any) -> bool:
    """Whether no tensor is looked for in ``item``, now or later."""
    kind = item.__class__
    return kind in CONSTANT or (isinstance(item, tuple) and PLAIN.issuperset(map(type, item)))


def among(handle: Handle, others: Iterable[Any]) -> bool:
    """Whether ``handle`` is one of ``others``."""
    return id(handle) in map(id, others)


__all__ = ["Held", "Kept", "Saved", "all_saved", "among", "excuse", "is_constant",
           "tracked", "writes_outside"]
