"""What is kept for backward, in the user's hands: ``torch.autograd.graph.saved_tensors_hooks``.

While hooks are on, each operation is looked at as it is recorded: the values that its derivatives
read are packed at once, and unpacked when a backward comes to them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.arrays import as_buffer
from ..engine.graph import Node, reachable
from ..engine.ops.elementwise import constant
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, is_leaf, place_in, unit_of, version_of
from ..engine.recording.observers import Observer, leave, observe, pause
from ..engine.recording.recorder import hold, tell_again, wait
from ..engine.recording.recording import Recording, here, set_mode
from ..engine.recording.replay import CUT
from ..engine.recording.segment import Packed, Segment, nodes_read
from ..engine.recording.tree import Step
from ..engine.recording.walking import can_walk
from ..engine.transforms.vjp import residuals_of


class Hooks:
    """A pair of functions: from a tensor to what to keep, and back."""

    def __init__(self, pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
        self.pack = pack
        self.unpack = unpack

    def keep(self, handle: Handle) -> Packed:
        """``handle``, packed; inside, no hooks are on."""
        before = version_of(handle)
        with _without():
            kept = self.pack(handle)
        if version_of(handle) != before:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook can not be modified by in-place operations. Have it return a "
                "new tensor")
        return kept, self.unpacked

    def unpacked(self, kept: Any) -> Handle:
        """What was packed, as a tensor again."""
        with _without():
            found = self.unpack(kept)
        if not isinstance(found, Handle):
            raise TypeError("Output of saved tensor unpack_hook expected to be a Tensor but got "
                            f"result of type {type(found).__name__}")
        return found


class _Stack(threading.local):
    def __init__(self) -> None:
        self.hooks: list[Hooks | None] = []
        self.disabled: str | None = None
        self.mutable = False


_stack = _Stack()


def current() -> Hooks | None:
    """The hooks that are on."""
    return _stack.hooks[-1] if _stack.hooks else None


def push(hooks: Hooks) -> Packs:
    """Switch hooks on; what to hand to :func:`pop`."""
    _stack.hooks.append(hooks)
    flush()
    observer = Packs(hooks)
    observe(here.modes, observer)
    restart()
    return observer


def pop(observer: Packs) -> None:
    """Switch the latest hooks off."""
    _stack.hooks.pop()
    flush()
    leave(here.modes, observer)
    restart()


def restart() -> None:
    """Begin a recording, in the tree or outside it as the observers of its steps ask."""
    here.recording.set_grad(here.modes.grad)


class _without:
    """A context in which no hooks are on and no gradient flows."""

    def __enter__(self) -> None:
        self.mode, self.paused = here.modes.grad, pause(here.modes)
        _stack.hooks.append(None)

    def __exit__(self, *error: Any) -> None:
        _stack.hooks.pop()
        set_mode(self.mode)
        tell_again(self.paused)


class Packs(Observer):
    """Packs what the derivatives of each recorded operation read."""

    steps = True

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks

    def step_taken(self, rec: Recording, key: tuple[Any, ...], out: Any, result: Any,
                   args: Any) -> None:
        if current() is not self.hooks:   # others are on inside, and act
            return
        if out == ():   # `unbind` of no rows
            return
        first = result[0] if isinstance(result, tuple) else result
        at = rec.at
        if at.out is out and at.template is not None and at.template.flows and can_walk(rec) and (
                rec.may_end()):
            read = at.template.pullback(at.template.every)
            if read is not None:
                nodes = nodes_read(at)
                self.pack(rec, first, args, [node for node in nodes if node is not None])
                inner = len(at.operands) + at.template.count + len(at.template.outs)
                if max(read.reads, default=-1) >= inner:
                    self.pack_inner(rec, at, first, inner)
                return
        self.pack(rec, first, args, residuals_below(out))

    def pack(self, rec: Recording, result: Handle, args: Any, nodes: Sequence[Node]) -> None:
        """Pack the values of ``nodes`` that are not packed yet."""
        found = [(node, standing_for(node, rec, args)) for node in nodes if node not in rec.packed]
        for node, handle in found:
            self.store(rec, result, node, self.hooks.keep(handle))

    def pack_inner(self, rec: Recording, at: Step, result: Handle, inner: int) -> None:
        """Pack what the derivatives of the step ``at`` read inside of the call: places from
        ``inner`` on. Nothing but running it gives these values."""
        if unit_of(result) is rec:
            flush()
        segment = unit_of(result)
        if not isinstance(segment, Segment):
            return
        walk = segment.walk
        if walk is None or at not in walk.steps:   # planned
            for node in residuals_below(at.out):
                if node in segment.values:
                    kept = self.hooks.keep(hold(as_buffer(segment.values[node], node.dtype.numpy)))
                    self.store(rec, result, node, kept)
            return
        k, template = walk.steps.index(at), at.template
        found: list[Packed | None] = []
        for place, array in zip(template.pullback(template.every).reads, walk.saved[k] or ()):
            proto = template.inner[place - inner] if place >= inner else None
            found.append(None if proto is None or proto.weak else self.hooks.keep(
                hold(as_buffer(array, proto.dtype.numpy))))
        walk.put_away(k, found)

    def store(self, rec: Recording, result: Handle, node: Node, kept: Packed) -> None:
        """Note what was kept of ``node``, also if packing it has ended the recording."""
        segment = unit_of(result)
        if type(segment) is Segment and segment.walk is not None:
            segment.walk.pack({node: kept})
        elif type(segment) is Segment:
            segment.packed = segment.packed or {}
            segment.packed[node] = kept
            segment.values.pop(node, None)
        else:
            rec.packed = rec.packed or {}
            rec.packed[node] = kept


def residuals_below(out: Any) -> list[Node]:
    """The values that the derivatives of the latest operation read."""
    nodes = [n for n in (out if isinstance(out, tuple) else (out,)) if n.requires_grad]
    given = {n for node in nodes if node.call is not None for n in node.call.operands}
    found: dict[Node, None] = {}
    for node in reachable(nodes, stop=given):
        if node.requires_grad and node.args and node not in given:
            found.update(dict.fromkeys(residuals_of(node)))
    return [node for node in found if not node.weak and node.prim is not constant]


def standing_for(node: Node, rec: Recording, args: Any) -> Handle:
    """A tensor for the value of ``node``: the operand itself, if it is one that is a leaf; else one
    without a history, so that keeping it keeps no graph alive."""
    for arg in args:
        if isinstance(arg, Handle) and place_in(arg, rec) is node and is_leaf(arg):
            return arg
    return wait(rec, rec.replayed((CUT, node), ()))


class saved_tensors_hooks:
    """A context in which what is kept for backward goes through ``pack_hook`` when it is kept and
    through ``unpack_hook`` when a backward reads it.

    ``pack_hook(tensor)`` returns any object; ``unpack_hook(object)`` a tensor with the same value.
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook
        self._before: list[Any] = []

    def __enter__(self) -> None:
        if _stack.disabled is not None:
            raise RuntimeError(_stack.disabled)
        self._before.append(push(Hooks(self.pack_hook, self.unpack_hook)))

    def __exit__(self, *error: Any) -> None:
        pop(self._before.pop())


class save_on_cpu(saved_tensors_hooks):
    """A context in which what is kept for backward is on the CPU, where it is already. The hooks
    around it do not act inside."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor, lambda tensor: tensor)

    def __enter__(self) -> None:
        if _stack.disabled is not None:
            raise RuntimeError(_stack.disabled)
        _stack.hooks.append(None)

    def __exit__(self, *error: Any) -> None:
        _stack.hooks.pop()


class disable_saved_tensors_hooks:
    """A context in which switching on :class:`saved_tensors_hooks` raises ``error_message``."""

    def __init__(self, error_message: str) -> None:
        self.message = error_message
        self._before: str | None = None

    def __enter__(self) -> None:
        self._before, _stack.disabled = _stack.disabled, self.message

    def __exit__(self, *error: Any) -> None:
        _stack.disabled = self._before


class allow_mutation_on_saved_tensors:
    """A context in which tensors may be written to that a derivative reads: it reads the values
    that they had. That holds outside it too, since what is recorded is values and not memory, so
    a backward may also come after it. RuntimeError for one inside another, and where
    :class:`disable_saved_tensors_hooks` is on.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.clone()
    ...     out = (y ** 2).sum()
    ...     _ = y.zero_()
    ...     out.backward()
    >>> x.grad
    tensor([2., 2.])
    """

    def __enter__(self) -> allow_mutation_on_saved_tensors:
        if _stack.disabled is not None:
            raise RuntimeError(_stack.disabled)
        if _stack.mutable:
            raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
        _stack.mutable = True
        return self

    def __exit__(self, *error: Any) -> None:
        _stack.mutable = False

    def clear(self) -> None:
        """Nothing: no copies are kept."""


__all__ = ["allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "save_on_cpu",
           "saved_tensors_hooks"]
