"""A function on placeholders: its graph, and nothing is computed.

:func:`capture` calls a Python function with a placeholder for each tensor among its arguments, in
a recording of its own, and returns a :class:`Captured`: a plain graph that transforms, passes and
backends take, and what else the call did to tensors from outside, as nodes (writes, gradients).
Those tensors themselves are as they were before. A function that a graph cannot stand for raises
:class:`CannotCapture`; :class:`ValueNeeded`, where it asks for the value of a tensor.

The path of a capture is in the trace tree like any other, so a second capture of a function costs
a known path, and its graph is the same object. :func:`apply` records a graph's outputs for
other tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from weakref import ReferenceType, ref

from ...config import config
from ..arrays import place_of
from ..devices import CPU
from ..dtypes import from_numpy
from ..errors import Line, show_line, user_line
from ..graph import Graph, Node
from ..locks import sharing
from ..ops.structural import input_
from ..passes.substitute import substitute
from .flushing import flush, value, waiting
from .handle import Extra, Handle, Store, extra, shared_store, version_of
from .modes import Modes, captures
from .observers import Observer, leave, observe
from .operation import Nodes, Operation
from .program import effects_on, path_nodes
from .recorder import record, wait
from .recording import Recording, begin, bring, device_of, dtype_of, here, shape_of
from .replay import layout_of, live_view, memory_strides
from .scopes import Lined, attentive
from .segment import CustomOutput, Segment
from .structures import mapped
from .tree import Step, looking, tree

PLACEHOLDER, CAPTURED = "placeholder", "captured"


class CannotCapture(RuntimeError):
    """A function does what a graph cannot say; ``line`` is where."""

    def __init__(self, what: str, line: Line | None = None) -> None:
        self.line = line or user_line()
        super().__init__(f"{what}, at {show_line(self.line)}, in a function that is captured as a "
                         "graph")


class ValueNeeded(CannotCapture):
    """A captured function asks for the value of a tensor that is still to be computed: ``item()``,
    ``bool()``, ``numpy()``, a hook, memory that NumPy shares."""


class Write(NamedTuple):
    """What a captured function wrote to a tensor from outside, and how often it wrote to it."""

    tensor: Handle
    node: Node
    times: int


class Captured(NamedTuple):
    """What a function does, as a graph.

    ``result`` is its result, with a node in the place of each tensor; ``outputs`` of the graph are
    those of the result, then those of ``writes``, then those of ``grads``: gradients that a
    backward in the function added to tensors from outside, None where it took one away.
    ``inputs`` are what the inputs of the graph stand for: the tensors among the arguments, in
    order and each once; the captured ones (an array, where the function made the tensor itself of
    values, or drew it); Python numbers. ``looked`` says whether a value of a captured tensor was
    read, which is in the graph as it was then. ``at`` is the end of the path, ``sources`` are
    where the gradients of the recorded sources go.
    """

    graph: Graph
    result: Any
    inputs: tuple[Any, ...]
    writes: tuple[Write, ...]
    grads: tuple[tuple[Handle, Node | None], ...]
    looked: bool
    at: Step
    sources: tuple[Any, ...]

    def values(self) -> list[Any]:
        """The present values of the graph's inputs."""
        return [value(given) if isinstance(given, Handle) else given for given in self.inputs]


def capture(function: Callable[..., Any], *args: Any, tensors: Sequence[Handle] = (),
            trusting: bool = False, **kwargs: Any) -> Captured:
    """What ``function(*args, **kwargs)`` does to tensors.

    A placeholder has the shape and dtype of the tensor that it stands for, and requires grad if
    that does, as a computed tensor that may be written to. A tensor given twice is one placeholder;
    tensors that share memory are not known to. ``tensors`` from outside are undone whatever becomes
    of them; others, once the function has computed with them. With ``trusting``, an operation that
    computes at its call to raise there (``cholesky``, ``solve``) does not.
    """
    modes = here.modes
    if modes.open is not None or not all(isinstance(each, LooksOn) for each in modes.at_steps):
        raise CannotCapture("forward mode or saved_tensors_hooks are on")
    around = here.recording
    if not around.captures:
        flush()
        around = here.recording
    before = modes.grad, modes.inference, modes.held
    onlooker = LooksOn()
    exits = modes.exits
    rec = Capturing(around)
    rec.trusts = trusting
    captures.begin()
    try:
        modes.held = True
        begin(rec)
        observe(modes, onlooker)
        for handle in tensors:
            rec.remember(handle)
        args, kwargs = mapped((args, kwargs), rec.placeholder)
        result = function(*args, **kwargs)
        if (modes.grad, modes.inference) != before[:2]:
            raise CannotCapture("the function leaves gradients switched on or off")
        return rec.finished(result, modes.exits != exits)
    finally:
        captures.end()
        rec.undo()
        begin(around)
        modes.grad, modes.inference, modes.held = before
        leave(modes, onlooker)


def apply(graph: Graph, operands: Sequence[Any]) -> tuple[Any, ...]:
    """The outputs of ``graph`` for tensors and numbers in the place of its inputs, recorded as one
    step; RuntimeError where one is of another shape or dtype than its input."""
    for node, given in zip(graph.inputs, operands, strict=True):
        if isinstance(given, Handle) and (shape_of(given), dtype_of(given)) != (
                node.shape, node.dtype):
            raise RuntimeError(f"a graph's input is {dtype_of(given).name}{list(shape_of(given))}, "
                               f"not {node.dtype.name}{list(node.shape)}")
    found: tuple[Any, ...] = record(APPLIED, (tuple(operands), graph))
    return found


def _applied(inputs: Nodes, graph: Any) -> Nodes:
    return tuple(substitute(graph.outputs, dict(zip(graph.inputs, inputs, strict=True)), -1))


APPLIED = Operation(_applied, "GraphBackward0", methods=())


class LooksOn(Observer):
    """Looks at the operations of a capture, so that no compiled step takes their place."""

    steps = True


class Capturing(Recording):
    """The recording of a captured function. It does not end: whoever asks for a value in it, or
    later for one of its tensors, gets an error.

    ``inputs`` holds a reference to the tensor that each input stands for, with its buffer, which
    is all that counts once the tensor is gone. ``before`` tells what tensors from outside were.
    Other threads may change those meanwhile: only what the function itself has done to them is
    told, and undone.
    """

    __slots__ = ("around", "before", "changed", "inside", "looked_at", "made", "put", "reached",
                 "trusts")

    captures = True

    def __init__(self, around: Recording) -> None:
        super().__init__(root_of(around.modes), around.modes)
        self.root = Step(None, None, grad=self.at.grad)   # it stands there at no time
        self.entangled, self.late = True, None
        self.around = around
        self.before: dict[int, Before] = {}
        self.changed: set[int] = set()
        """The tensors from outside that the function has changed otherwise than by an operation."""
        self.put: dict[int, Handle | None] = {}
        """The gradient that it has given to one, or None, by identity of the tensor."""
        self.reached: set[int] = set()
        """The leaves to which its backwards have added."""
        self.inside: set[int] = set()
        """The first ``looked_at`` of its own handles, by identity."""
        self.looked_at = 0
        self.made: dict[int, tuple[Handle, Handle, Node]] = {}
        """By the identity of a tensor among the arguments: it, its placeholder, the node of that.
        """

    def check_end(self) -> None:
        if self.error is not None:
            raise self.error
        raise ValueNeeded("the value of a tensor is needed")

    def is_full(self, op: Any) -> bool:
        return False

    def placeholder(self, given: Handle) -> Handle:
        """The placeholder of a tensor among the arguments."""
        if id(given) not in self.made:
            node = self.entered(PLACEHOLDER, given, flows(given))
            new = wait(self, node)
            extra(new).layout = node.params.get("strides")
            self.made[id(given)] = given, new, node
            if node.requires_grad:
                self.sources.append(ref(new))
        return self.made[id(given)][1]

    def enter(self, handle: Handle) -> Node:
        if handle._rec is self:
            return handle._at
        self.remember(handle)
        x = handle._x
        store = None if x is None else x.store
        if handle._buf is None and store is not None and not store.is_exposed():
            assert x is not None
            with sharing.lock:
                if (store := x.store) is not None:   # another thread may have come before
                    return self._enter_member(handle, x, store)
        while handle._buf is None and not (store is not None and store.is_exposed()) and not (
                isinstance(handle._rec, Capturing) and handle._rec.error is None):
            bring(handle)
        leads = flows(handle)
        node = self.entered(CAPTURED, handle, leads)
        if leads:
            x = extra(handle)
            self.sources.append(ref(handle))
            rec = handle._rec
            if rec.__class__ is Segment and x.origin is None:
                x.origin = rec, handle._at   # for other threads, to which it has its history
        handle._rec, handle._at = self, node
        return node

    def _enter_rare(self, handle: Handle, x: Extra | None) -> Node:
        return self.enter(handle)

    def entered(self, mark: str, handle: Handle, leads: bool) -> Node:
        """The input that stands for a tensor from outside; ``leads`` says whether gradients go to
        it."""
        memory, strides = handle._buf, layout_of(handle)
        x = handle._x
        if x is not None and x.store is not None and x.store.is_exposed():
            memory = live_view(handle)
            strides = memory_strides(memory)
        elif isinstance(handle, Store) and handle.is_exposed():
            memory = handle.exposed
        shape, dtype = (handle._at.shape, handle._at.dtype) if memory is None else (
            memory.shape, from_numpy(memory.dtype))
        where = device_of(handle) if memory is None else place_of(memory)
        key = (mark, shape, dtype, strides, leads, where)
        step = self.at.next.get(key)
        if step is None:
            node = Node(input_, (), {}, shape, dtype, leads, device=where)
            if where is not CPU:
                node.params["device"] = str(where)
            if strides:
                node.params["strides"] = strides
            step = self.add(key, Step(self.at, node, grad=self.at.grad, inputs=(node,), nodes=1,
                                      sources=(node,) if leads else ()))
        self.at = step
        entries: list[Any] = self.inputs
        entries.append((ref(handle), handle._buf))
        out: Node = step.out
        return out

    def note(self, handle: Handle) -> None:
        self.remember(handle)
        self.changed.add(id(handle))

    def note_grad(self, handle: Handle, grad: Handle | None) -> None:
        self.remember(handle)
        self.put[id(handle)] = grad

    def note_reached(self, leaves: Iterable[Handle]) -> None:
        self.reached.update(map(id, leaves))

    def remember(self, handle: Handle) -> None:
        """Remember what a tensor from outside is, and the storage that it shares."""
        known = self.before.get(id(handle))
        if known is not None and known.handle() is handle:
            return
        self.inside.update(map(id, self.handles[self.looked_at:]))
        self.looked_at = len(self.handles)
        if id(handle) in self.inside:
            return
        while handle._buf is None and isinstance(rec := handle._rec, Recording) and (
                not rec.captures):
            bring(handle)   # when this ends, that recording may be gone
        self.before[id(handle)] = Before(handle)
        store = handle._x.store if handle._x is not None else None
        for each in store.root.family() if store is not None else ():
            self.remember(each)

    # ---- the end ----

    def finished(self, result: Any, looked: bool) -> Captured:
        """What the function did, which has returned ``result``."""
        waiting(self)   # what the function made and let go of is gone
        if self.hooks or self.packed or any(type(o) is CustomOutput for o in self.sources):
            raise CannotCapture("hooks and custom functions run Python in a backward")
        if effects := effects_on(self.at):
            raise CannotCapture(f"{effects[0].prim.name} waits for other processes",
                                effects[0].line)
        nodes: list[Node] = []

        def node_of(handle: Handle) -> Node:
            nodes.append(self.enter(handle))
            return nodes[-1]

        shown = mapped(result, node_of)
        writes, grads = self.effects()
        nodes += [write.node for write in writes] + [node for _, node in grads if node is not None]
        inputs = [self.stood_for(entry) for entry in self.inputs]
        return Captured(self.graph(tuple(nodes)), shown, (*inputs, *self.numbers), tuple(writes),
                        tuple(grads), looked, self.at, tuple(self.sources))

    def effects(self) -> tuple[list[Write], list[tuple[Handle, Node | None]]]:
        """What the function wrote to tensors from outside, and their new gradients."""
        writes: list[Write] = []
        grads: list[tuple[Handle, Node | None]] = []
        for given, new, node in self.made.values():
            now, x = self.enter(new), extra(new)
            if now is not node:
                writes.append(Write(given, now, version_of(new)))
            if x.grad is not None:
                grads.append((given, self.enter(x.grad)))
        for before in list(self.before.values()):
            handle = before.handle()
            if handle is None or isinstance(handle, Store):
                continue
            if id(handle) in self.changed:
                before.check_state(handle)
            times = before.writes_since(handle)
            if times and (handle._rec is self or shared_store(handle) is not None):
                writes.append(Write(handle, self.enter(handle), times))
            if id(handle) in self.put or id(handle) in self.reached:
                grad = None if handle._x is None else handle._x.grad
                if grad is not before.grad():
                    if not self.has_given(handle, grad):
                        raise CannotCapture("another thread has changed a gradient")
                    grads.append((handle, None if grad is None else self.enter(grad)))
        return writes, grads

    def has_given(self, handle: Handle, grad: Handle | None) -> bool:
        """Whether the function has given the gradient ``grad`` to a tensor from outside, and no
        other thread."""
        if grad is self.put.get(id(handle), handle):
            return True
        return id(handle) in self.reached and grad is not None and grad._rec is self and (
            id(grad) not in self.before)

    def stood_for(self, entry: Any) -> Any:
        """The tensor that an input stands for; its value, where the tensor is gone."""
        if type(entry) is not tuple:
            return entry
        handle, buf = entry
        found = handle()
        return buf if found is None else found

    def graph(self, outputs: tuple[Node, ...]) -> Graph:
        """The graph of a path and ``outputs``, always the same one."""
        step = self.at.next.get((Captured, outputs))
        if step is None:
            inputs, numbers, _, _ = path_nodes(self.at)
            step = tree.beside(self.at, (Captured, outputs), Step(
                self.at, Graph([*inputs, *numbers], outputs), grad=self.at.grad))
        found: Graph = step.out
        return found

    def undo(self) -> None:
        """Make the tensors from outside what they were; those made inside can be used no more."""
        self.error = CannotCapture("a tensor of a captured function has no value: it was made")
        with sharing.lock:
            stores = [store for before in self.before.values()
                      if isinstance(store := before.handle(), Store) and store._rec is self]
            for store in stores:
                for each in store.root.family():
                    each.invalidate()
            for before in self.before.values():
                handle = before.handle()
                if handle is not None:
                    before.restore(handle, self)
        self.before, self.made, self.put = {}, {}, {}
        self.close()


class Before:
    """What a tensor from outside, or shared storage, was before a captured function used it."""

    __slots__ = ("bare", "extra", "handle", "hooks", "leaf", "place", "writes")

    def __init__(self, handle: Handle) -> None:
        self.handle: ReferenceType[Handle] = ref(handle)
        self.leaf = handle.leaf if isinstance(handle, Store) else None
        # No call: all of it is so at one time.
        try:
            self.place: tuple[Any, ...] = (
                handle._buf, handle._kind_of, handle._rec, handle._at)
        except AttributeError:   # it was no node so far
            self.place = handle._buf, handle._kind_of, handle._rec
        x = handle._x
        self.bare = x is None
        self.extra = {name: getattr(x or NO_STATE, name) for name in Extra.__slots__}
        self.hooks = hooks_of(x or NO_STATE)
        self.writes = handle._writes if isinstance(handle, Store) else version_of(handle)

    def grad(self) -> Handle | None:
        """Its gradient."""
        found: Handle | None = self.extra["grad"]
        return found

    def writes_since(self, handle: Handle) -> int:
        """How often it was written to since."""
        return version_of(handle) - self.writes

    def check_state(self, handle: Handle) -> None:
        """:class:`CannotCapture` if more of it has changed than its value and its gradient."""
        x = handle._x or NO_STATE
        if hooks_of(x) != self.hooks or any(
                getattr(x, name) is not self.extra[name] for name in KEPT):
            raise CannotCapture("the state of a tensor from outside is changed")

    def restore(self, handle: Handle, rec: Capturing) -> None:
        """Make ``handle`` what it was, unless another thread has written to it since."""
        x: Any = handle._x
        if x is not None:
            if id(handle) in rec.changed:
                self.restore_state(x)
            self.restore_grad(handle, x, rec)
        if x is not None and handle._rec is rec:
            x = extra(handle)
        given, buf, kind, unit = self.extra, *self.place[:3]
        chain, grad_fn, layout, live, origin, store, version = [given[name] for name in PLACED]
        whole, was_node = handle if isinstance(handle, Store) else None, len(self.place) > 3
        # From here on there is no call: another thread finds it as it was, or as it is now.
        if handle._rec is not rec and (handle._rec is not None or handle._buf is not None):
            return
        if x is not None:
            x.chain, x.grad_fn, x.layout, x.live = chain, grad_fn, layout, live
            x.origin, x.store, x.version = origin, store, version
        if whole is not None:
            whole._writes, whole.leaf = self.writes, self.leaf
        handle._buf, handle._kind_of, handle._rec = buf, kind, unit
        if was_node:
            handle._at = self.place[3]
        if self.bare:
            handle._x = None
        elif x is not None and x.retains is not None:
            x.retains.move(handle)

    def restore_state(self, x: Extra) -> None:
        """Undo what the function did to a tensor otherwise than by an operation."""
        for name in KEPT:
            setattr(x, name, self.extra[name])
        for name, hooks in zip(("hooks", "post_hooks"), self.hooks, strict=True):
            kept: dict[int, Any] | None = getattr(x, name)
            if kept is not None:
                kept.clear()
                kept.update(hooks)

    def restore_grad(self, handle: Handle, x: Extra, rec: Capturing) -> None:
        """Give a tensor the gradient that it had, unless another thread has added to it since."""
        if id(handle) not in rec.put and id(handle) not in rec.reached:
            return
        grad, old = x.grad, self.grad()
        if rec.has_given(handle, grad) and x.grad is grad:   # since this look no call
            x.grad = old


PLACED = ("chain", "grad_fn", "layout", "live", "origin", "store", "version")
KEPT = ("closed", "frozen", "leaf", "name", "retains", "tangent")
NO_STATE = Extra()


def hooks_of(x: Extra) -> tuple[Any, Any]:
    """The hooks of a tensor, as they are now."""
    return dict(x.hooks or {}), dict(x.post_hooks or {})


def flows(handle: Handle) -> bool:
    """Whether gradients flow to a tensor from outside."""
    x, rec = handle._x, handle._rec
    if x is not None and (x.leaf or x.origin is not None):
        return True
    return (rec.__class__ is Segment or (handle._buf is None and rec is not None)) and (
        handle._at.requires_grad)


def root_of(modes: Modes) -> Step:
    """Where the path of a capture starts."""
    if config.lines_in_steps:
        return looking(Step(None, None, grad=modes.grad), Lined())
    if modes.scopes is not None:
        return attentive(Step(None, None, grad=modes.grad))
    key: Any = ("capture", modes.grad)
    found = tree.roots.get(key)
    if found is None:
        found = tree.roots[key] = Step(None, None, grad=modes.grad)
    return found


__all__ = ["CannotCapture", "Captured", "ValueNeeded", "Write", "apply", "capture"]
