"""Recordings: programs noted down as they run.

Each thread has one current :class:`Recording`, ``here.recording``. An operation takes a step in the
trace tree: along a known path that is one look-up and a new handle (:func:`record`); off it, the
slow path (:meth:`Recording.build`) runs the operation's composition once, with all its checks. A
recording ends with :func:`flush`: the values that live handles wait for are computed, and if
gradients can still flow a :class:`Segment` remains.

Start with :func:`record`, then :meth:`Recording.enter` and :func:`flush`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Hashable, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..dtypes import DType, category_of, from_numpy, of_category, of_python
from ..errors import user_line
from ..functions.index_spec import Spec
from ..functions.operation import (
    DIMS,
    OPERANDS,
    SPECIAL,
    STATIC,
    STRUCTURAL,
    Nodes,
    Operation,
)
from ..functions.shape import is_view
from ..functions.write import write_back
from ..graph import Call, Node
from ..graph import here as building
from ..ops.structural import alias, graft, input_, number, settle, source, stop
from .handle import Array, Extra, Handle, Link, Store, extra
from .program import Program, SegmentPlan, plan_program
from .replay import arguments, layout_of, live_view, memory_strides, view_of
from .tree import Nothing, Step, tree

Packed = tuple[Any, Any]
"""A residual in the user's keeping, and the function that gives it back as a tensor."""
Key = tuple[Any, ...]
"""An operation and what each of its parameters was given: a node, the type of a runtime number, or
a static argument."""
LEAF, INPUT, CUSTOM, SET_GRAD = "leaf", "input", "custom", "set_grad"
TIMES_CUT = 4
"""A recording that finds no loop head is cut anyway at this many times its bounds."""
_sequence = itertools.count()
_new = object.__new__
asarray, ndarray = np.asarray, np.ndarray


class Recording:
    """A program being recorded: a place in the trace tree and the values met on the way.

    ``inputs``, ``numbers`` and ``sources`` run parallel to the nodes of the same names on the path;
    ``refs`` are weak references to the handles that wait for a value. ``hooks`` maps a node to what
    a backward must call when its cotangent is complete; ``packed`` maps one to its value in the
    user's keeping; ``functions`` are the ``grad_fn`` objects that stand for nodes of it.
    """

    __slots__ = ("at", "error", "functions", "hooks", "inputs", "numbers", "packed", "refs", "root",
                 "sources", "token")

    def __init__(self, root: Step) -> None:
        self.root = root
        self.at = root
        self.inputs: list[Array] = []
        self.numbers: list[complex] = []
        self.sources: list[Any] = []
        self.refs: list[ref[Handle]] = []
        self.hooks: dict[Node, Any] = {}
        self.packed: dict[Node, Packed] = {}
        self.functions: list[ref[Any]] = []
        self.token = next(_sequence)
        self.error: Exception | None = None

    def close(self) -> None:
        """Let go of everything: handles that remember this recording must keep nothing alive."""
        self.inputs, self.numbers, self.refs = [], [], []
        self.hooks, self.packed = {}, {}
        if not any(r() is not None for r in self.functions):
            self.sources = []

    def enter(self, handle: Handle) -> Node:
        """The operand that ``handle`` is in this recording."""
        if handle._rec is self:
            return handle._at
        x = handle._x
        if x is not None and x.store is not None and (
                handle._buf is None or x.store.exposed is not None):
            return self._enter_member(handle, x, x.store)
        if handle._buf is None:
            bring(handle)
        buf = handle._buf
        assert buf is not None
        origin: Any = None
        if x is not None and x.leaf:
            node = self.new_input(buf, ref(handle), x.store and layout_of(handle))
        else:
            origin = history(handle)
            node = self.new_input(buf, origin, x and x.store and layout_of(handle))
            if origin is not None:
                extra(handle).origin = origin
        handle._rec = self
        handle._at = node
        return node

    def _enter_member(self, handle: Handle, x: Extra, store: Store) -> Node:
        """The operand of a handle that shares storage with others."""
        exposed = store.exposed is not None and store.is_exposed()
        if exposed and (x.leaf or (store.leaf_handle() is None and history(store) is None)):
            memory = live_view(handle)
            return self.new_input(snapshot(memory), ref(handle) if x.leaf else None,
                                  memory_strides(memory))
        if store._rec is self and x.leaf:
            node = store._at
        else:
            leaf = store.leaf_handle()
            node = self.enter_store(store) if leaf is None or leaf is handle else self.enter(leaf)
        for key, numbers in x.chain:
            node = self.replayed((key[0], node, *key[1:]), numbers)
        if x.leaf:
            node = self.new_source(node, ref(handle))
        if not exposed:
            handle._rec = self
            handle._at = node
            self.refs.append(ref(handle))
        return node

    def enter_store(self, store: Store) -> Node:
        """The operand that shared storage is as a whole."""
        if store._rec is self and store.exposed is None:
            return store._at
        if store.is_exposed() and store._buf is not None:
            assert store.exposed is not None
            return self.new_input(snapshot(store.exposed), history(store),
                                  memory_strides(store.exposed))
        if store._buf is None and store._rec is None and store.parent is not None:
            node = self.enter_store(store.parent)
            for key, numbers in store.chain:
                node = self.replayed((key[0], node, *key[1:]), numbers)
            self.give(store, node)
            return node
        return self.enter(store)

    def give(self, handle: Handle, node: Node) -> None:
        """Make ``handle`` wait for the value of ``node``."""
        if handle._x is not None:
            handle._x.origin = None
        handle._rec, handle._at, handle._buf = self, node, None
        self.refs.append(ref(handle))

    def written_back(self, store: Store, node: Node, chain: tuple[Link, ...]) -> Node:
        """The value of ``store`` in which its view ``chain`` has the value ``node``."""
        if not chain:
            return node
        links = tuple([key for key, _ in chain])
        numbers = [n for _, ns in chain for n in ns]
        kinds = tuple([n.__class__ for n in numbers])
        return self.replayed(
            (WRITE_BACK, self.enter_store(store), node, links, kinds), numbers)

    def new_input(self, buf: Array, origin: Any, strides: Any = None) -> Node:
        """The node of a new input with the value ``buf``; a gradient that reaches it goes to
        ``origin``, if that is not None. ``strides`` are those of a view, whatever ``buf`` has."""
        key = (INPUT, buf.shape, buf.dtype, buf.strides, origin is not None, strides or None)
        step = self.at.next.get(key)
        if step is None:
            node = Node(input_, (), {}, buf.shape, from_numpy(buf.dtype), origin is not None)
            if strides:
                node.params["strides"] = strides
            step = self.add(key, Step(
                self.at, node, grad=self.at.grad, inputs=(node,), nodes=1, nbytes=buf.nbytes,
                sources=(node,) if origin is not None else ()))
        self.inputs.append(buf)
        if origin is not None:
            self.sources.append(origin)
        self.at = step
        out: Node = step.out
        return out

    def new_source(self, node: Node, origin: Any) -> Node:
        """A node with the value of ``node`` whose cotangent goes to ``origin``."""
        key = (LEAF, node)
        step = self.at.next.get(key)
        if step is None:
            end = Node(source, (node,), {}, node.shape, node.dtype, requires_grad=True)
            step = self.add(key, Step(self.at, end, grad=self.at.grad, sources=(end,), nodes=1))
        self.sources.append(origin)
        self.at = step
        out: Node = step.out
        return out

    def new_custom(self, node: Node, inputs: tuple[Node, ...], origin: CustomOutput) -> Node:
        """A node with the value of ``node`` whose cotangent goes to a custom function, and through
        it to ``inputs``."""
        key = (CUSTOM, node, inputs)
        step = self.at.next.get(key)
        if step is None:
            end = Node(source, (node, *inputs), {}, node.shape, node.dtype, requires_grad=True)
            step = self.add(key, Step(self.at, end, grad=self.at.grad, sources=(end,), nodes=1))
        self.sources.append(origin)
        self.at = step
        out: Node = step.out
        return out

    def new_number(self, value: complex) -> Node:
        """The node of a runtime number, as a step of its own."""
        key = (number, value.__class__)
        step = self.at.next.get(key)
        if step is None:
            node = number_node(value.__class__)
            step = self.add(key, Step(self.at, node, grad=self.at.grad, numbers=(node,)))
        self.numbers.append(value)
        self.at = step
        out: Node = step.out
        return out

    def step(self, key: Key, numbers: Sequence[complex]) -> Step:
        """Take the step ``key``; the slow path where it is new."""
        step = self.at.next.get(key) or self.build(key, not self.at.grad)
        self.numbers.extend(numbers)
        self.at = step
        return step

    def replayed(self, key: Key, numbers: Sequence[complex]) -> Node:
        """The result of a step that keeps the gradient, whatever the grad mode."""
        mark = ("replay", key)
        step = self.at.next.get(mark) or self.build(key, False, mark)
        self.numbers.extend(numbers)
        self.at = step
        out: Node = step.out
        return out

    def build(self, key: Key, no_grad: bool, mark: Hashable = None) -> Step:
        """The slow path of a step: run the composition and note what it made."""
        op: Operation = key[0]
        line = building.line = user_line()
        numbers: list[Node] = []
        operands: list[Node] = []

        def node_of(element: Any) -> Any:
            if element is None:
                return None
            if isinstance(element, type):
                numbers.append(number_node(element))
                return numbers[-1]
            operands.append(element)
            return detached(element, "no_grad") if no_grad else element

        try:
            out = op.apply(arguments(key, node_of))
        finally:
            building.line = None
        given = set(operands)
        if isinstance(out, tuple):
            out = tuple([alias(node) if node in given else node for node in out])
        elif out in given:
            out = alias(out)
        nbytes = 0
        for i, node in enumerate(out if isinstance(out, tuple) else (out,)):
            nbytes += node.size * node.dtype.itemsize
            if node.call is None and node.args:
                node.call = Call(op.grad_name, tuple(operands), i)
        return self.add(mark or key, Step(self.at, out, grad=self.at.grad, numbers=tuple(numbers),
                                          nodes=1, nbytes=nbytes, head=(op, line)))

    def add(self, key: Hashable, step: Step) -> Step:
        """Enter a new step in the tree."""
        return tree.add(self.at, key, step)

    def is_full(self, op: Operation) -> bool:
        """Whether this recording should be cut before ``op``: it is long, and at a loop head."""
        at = self.at
        if at.nodes <= config.max_pending_nodes and at.nbytes <= config.max_pending_bytes:
            return False
        if (at.nodes > TIMES_CUT * config.max_pending_nodes
                or at.nbytes > TIMES_CUT * config.max_pending_bytes):
            return True
        return at.head == (op, user_line())

    def set_grad(self, enabled: bool) -> None:
        """Record that the grad mode changes."""
        if self.at is self.root:
            self.root = self.at = new_root(enabled)
            return
        key = (SET_GRAD, enabled)
        self.at = self.at.next.get(key) or self.add(key, Step(self.at, None, grad=enabled))


class Segment:
    """What a flushed recording leaves for a later backward.

    ``values`` holds the residuals, ``sources`` where the gradients of the source nodes go,
    ``freed`` the line of the backward that freed a node's residuals. ``packed`` are the residuals
    that the user keeps: an object, and the function that makes a tensor of it.
    """

    __slots__ = ("__weakref__", "freed", "hooks", "packed", "plan", "seq", "sources", "token",
                 "values")

    def __init__(self, plan: SegmentPlan, values: dict[Node, Any], sources: dict[Node, Any],
                 hooks: dict[Node, Any], packed: dict[Node, Packed], token: int) -> None:
        self.plan = plan
        self.values = values
        self.sources = sources
        self.hooks = hooks
        self.packed = packed
        self.token = token
        self.freed = dict(plan.freed)
        self.seq = next(_sequence)
        self.pack()

    def pack(self) -> None:
        """Let go of the values that the user keeps."""
        if self.packed:
            self.packed = {n: packed for n, packed in self.packed.items() if n in self.values}
            for node in self.packed:
                del self.values[node]

    def unpack(self) -> None:
        """Get the values that the user keeps."""
        for node, (kept, unpack) in self.packed.items():
            self.values[node] = value(unpack(kept))


class CustomOutput:
    """Where the gradient of a custom function's output ``i`` goes."""

    __slots__ = ("custom", "i")

    def __init__(self, custom: Any, i: int) -> None:
        self.custom = custom
        self.i = i


class _Here(threading.local):
    """The recording of this thread, and its modes."""

    def __init__(self) -> None:
        self.grad = True
        self.inference = False
        self.exits = 0
        """How often a value has left the recorded world (``item``, ``numpy``, ...)."""
        self.watch: Any = None
        """Called after each operation (recording, key, nodes, handles, arguments) while forward
        mode is on or saved values are in the user's keeping."""
        self.recording = Recording(Step(None, None, grad=True))
        """What this thread records now; the first one starts outside the tree."""


def new_root(grad: bool) -> Step:
    """Where a new recording starts."""
    if config.tier == "eager" or config.lines_in_steps or here.watch is not None:
        root = Step(None, None, grad=grad)
        root.next = Nothing()
        return root
    return tree.roots[grad]


def number_node(kind: type) -> Node:
    """The node of a runtime number of a Python type."""
    return Node(number, (), {}, (), of_category(category_of(kind())), weak=True)


def detached(node: Node, reason: str) -> Node:
    """``node`` with no gradient through it."""
    return stop(node, reason=reason) if node.requires_grad else node


def key_of(rec: Recording, op: Operation, args: Sequence[Any], numbers: list[complex]) -> Key:
    """The step that calling ``op`` with ``args`` (one per parameter) is; adds to ``numbers``."""
    key: list[Any] = [op]
    for kind, arg in zip(op.kinds, args, strict=True):
        if kind == STATIC or kind == DIMS:
            key.append(arg if arg.__class__ in PLAIN else static(arg))
        elif kind == OPERANDS:
            key.append(tuple([_element(rec, a, numbers) for a in arg]))
        elif kind == STRUCTURAL and not isinstance(arg, Handle) and arg in SPECIAL:
            key.append((arg.__class__, arg))
        else:
            key.append(_element(rec, arg, numbers))
    return tuple(key)


PLAIN = frozenset([int, bool, type(None), str, float, DType, Spec])


def snapshot(memory: Array) -> Array:
    """A copy of memory that may change at any time."""
    return np.array(memory, subok=False)


def static(arg: Any) -> Any:
    """A static argument in hashable form: lists as tuples, 0-dim tensors as numbers."""
    if isinstance(arg, (tuple, list)):
        return tuple([a if a.__class__ in PLAIN else static(a) for a in arg])
    if isinstance(arg, Handle):
        return value(arg).item()
    if isinstance(arg, type):
        return of_python(arg) or arg
    return arg.item() if isinstance(arg, np.generic) else arg


def _element(rec: Recording, arg: Any, numbers: list[complex]) -> Any:
    if isinstance(arg, Handle):
        return arg._at if arg._rec is rec else rec.enter(arg)
    if arg is None:
        return None
    kind = arg.__class__
    if kind is not float and kind is not int and kind is not bool and kind is not complex:
        arg = as_number(arg)
        kind = arg.__class__
    numbers.append(arg)
    return kind


def as_number(value: Any) -> complex:
    """A Python number from a number of another kind; TypeError for anything else."""
    if isinstance(value, np.generic):
        value = value.item()
    kinds: tuple[type[Any], ...] = (bool, int, float, complex)
    for kind in kinds:
        if isinstance(value, kind):
            number: complex = kind(value)
            return number
    if hasattr(value, "__float__") and not isinstance(value, (str, bytes, np.ndarray)):
        return float(value)
    raise TypeError(f"expected a Tensor or a number, not {type(value).__name__}")


def record(op: Operation, args: Sequence[Any]) -> Any:
    """Call ``op`` with ``args``, one per parameter: a handle, or a tuple of handles."""
    rec = here.recording
    numbers: list[complex] = []
    key = key_of(rec, op, args, numbers)
    step = rec.at.next.get(key)
    if step is None:
        if rec.is_full(op):
            flush()
            return record(op, args)
        step = rec.build(key, not rec.at.grad)
    if numbers:
        rec.numbers.extend(numbers)
    rec.at = step
    out = step.out
    if out.__class__ is Node:
        result: Any = wait(rec, out)
    else:
        result = tuple([wait(rec, node) for node in out])
    if op.view:
        if step.detail is None:
            step.detail = sharing(out, key[1])
        share(args[0], key, result, tuple(numbers), rec, step.detail)
    if here.watch is not None:
        here.watch(rec, key, out, result, args)
    if config.tier == "eager":
        flush()
    return result


def record_write(op: Operation, args: Sequence[Any]) -> Any:
    """Call ``op`` and write the result to its first operand, which is returned."""
    target: Handle = args[0]
    check_writable(target, op.name)
    rec = here.recording
    writing = op.in_place()
    numbers: list[complex] = []
    key = key_of(rec, writing, args, numbers)
    step = rec.at.next.get(key)
    if step is None:
        if rec.is_full(writing):
            flush()
            return record_write(op, args)
        step = rec.build(key, not rec.at.grad)
    rec.numbers.extend(numbers)
    rec.at = step
    write(target, step.out, key[1])
    if here.watch is not None:
        here.watch(rec, key, step.out, target, args)
    if config.tier == "eager":
        flush()
    return target


def check_writable(target: Handle, name: str) -> None:
    """RuntimeError where PyTorch forbids a write: to a leaf that requires grad, in grad mode."""
    x = target._x
    if x is None or not here.grad:
        return
    if x.leaf:
        raise RuntimeError(
            f"a leaf Variable that requires grad is being used in an in-place operation ({name}_). "
            "Write to it inside `with torch.no_grad():`, or make a new tensor")
    if x.store is not None and x.store.leaf_handle() is not None:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation "
            f"({name}_). Write to it inside `with torch.no_grad():`, or to a clone()")


def write(target: Handle, node: Node, old: Node) -> None:
    """Give ``target``, whose operand was ``old``, the value ``node``; all aliases see it."""
    rec = here.recording
    x = extra(target)
    if x.store is not None and x.store.is_read_only():
        raise RuntimeError("this tensor shares the memory of a NumPy array that is read-only; "
                           "clone() it before writing to it")
    if not rec.at.grad and old.requires_grad and not x.leaf:
        node = rec.replayed((GRAFT, old, node), ())
    x.grad_fn = None
    if x.store is None and not x.leaf:
        x.version += 1
        x.origin = None
        target._rec, target._at, target._buf = rec, node, None
        rec.refs.append(ref(target))
        return
    write_shared(rec, target, x, node)


def write_shared(rec: Recording, target: Handle, x: Extra, node: Node) -> None:
    """Write ``node`` to a member of shared storage: a new value for its store, for each store that
    this one is a detached alias of, and for the other aliases of those."""
    store = store_of(target)
    path = [(store, rec.written_back(store, node, x.chain))]
    while store.parent is not None:
        value = rec.replayed((DETACH[0][0], path[-1][1]), ())
        path.append((store.parent, rec.written_back(store.parent, value, store.chain)))
        store = store.parent
    written = {id(s) for s, _ in path}
    others = [s for s in store.family() if id(s) not in written]
    histories = [(s, rec.enter_store(s)) for s in others if history(s) is not None]
    for s in store.family():
        s.invalidate()
    for s in others:
        s._rec = s._buf = None
    for s, new in path:
        rec.give(s, new)
    for s, old in histories:
        rec.give(s, rec.replayed((GRAFT, old, rec.enter_store(s)), ()))
    store.version += 1
    if store.exposed is not None:
        flush()
        assert store._buf is not None
        np.copyto(store.exposed, store._buf)
        for s in store.family():
            s._buf = s.exposed
    elif not x.leaf and not x.chain:
        rec.give(target, node)


def _write_back(base: Node, value: Node, links: tuple[Key, ...], numbers: Nodes) -> Node:
    """The base in which the view at the end of ``links`` has ``value``."""
    view = base
    given = iter(numbers)
    for key in links:
        view = key[0].apply(arguments(
            (key[0], view, *key[1:]),
            lambda element: next(given) if isinstance(element, type) else element))
    out = write_back(base, view, value)
    return settle(out) if out.prim.aliases else out


def wait(rec: Recording, node: Node) -> Handle:
    """A new handle that waits for the value of ``node``."""
    handle: Handle = _new(Handle.kind)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._x = None
    rec.refs.append(ref(handle))
    return handle


def record_fresh(handle: Handle) -> Handle:
    """A new handle with the value and history of ``handle``, and storage of its own."""
    rec = here.recording
    node = rec.enter(handle)
    if handle._x is not None and handle._x.leaf:
        node = rec.replayed((ALIAS, node), ())
    return wait(rec, node)


def hold(buf: Array) -> Handle:
    """A new handle that has the value ``buf``, which nobody may write from now on."""
    handle: Handle = _new(Handle.kind)
    handle._rec = None
    handle._buf = buf
    handle._x = None
    return handle


def flush() -> None:
    """End this thread's recording: compute the values that live handles wait for."""
    rec = here.recording
    if rec.at is rec.root:
        return
    live: list[Handle] = []
    nodes: list[Node] = []
    for r in rec.refs:
        handle = r()
        if handle is not None and handle._rec is rec and handle._buf is None:
            live.append(handle)
            nodes.append(handle._at)
    if live:
        run(rec, live, tuple(nodes))
    elif rec.error is None:
        here.recording = Recording(new_root(here.grad))
        rec.close()


def run(rec: Recording, live: list[Handle], nodes: tuple[Node, ...]) -> None:
    """Run the program of ``rec`` and give the ``live`` handles the values of ``nodes``."""
    program = rec.at.programs.get(nodes)
    if program is None:
        program = rec.at.programs[nodes] = plan_program(rec.at, nodes)
    try:
        values = program([*rec.inputs, *rec.numbers])
    except Exception as error:
        rescue(rec, live, error)
        raise
    here.recording = Recording(new_root(here.grad))
    bind(rec, live, program, values)
    rec.close()


def bind(rec: Recording, live: Sequence[Handle], program: Program, values: list[Any]) -> None:
    """Give ``live`` handles their values and the segment that their gradients need."""
    segment = leave_segment(rec, program, values, rec.sources)
    for r in rec.functions if segment is not None else ():
        function = r()
        if function is not None:
            function.unit = segment
    for handle, (k, dtype, flows, place) in zip(live, program.live, strict=True):
        value = values[k]
        if value.__class__ is not ndarray:
            value = values[k] = asarray(value, dtype)
        handle._buf = value
        handle._rec = None
        if flows:
            x = handle._x
            if x is not None and x.leaf:
                continue
            if place < 0:
                handle._rec = segment
            elif type(rec.sources[place]) is tuple:
                handle._rec, handle._at = rec.sources[place]


def leave_segment(rec: Recording, program: Program, values: list[Any],
                  sources: list[Any]) -> Segment | None:
    """The segment of a recording that has run, if gradients can still flow through it."""
    plan = program.segment
    if plan is None:
        return None
    residuals = dict(zip(plan.residuals, values[len(program.outputs):], strict=True))
    return Segment(plan, residuals, {node: sources[k] for node, k in program.ends},
                   {node: hooks for node, hooks in rec.hooks.items() if hooks}, rec.packed,
                   rec.token)


def rescue(rec: Recording, live: list[Handle], error: Exception) -> None:
    """After a failed run: compute what does not depend on the failure; the rest keeps the error."""
    here.recording = Recording(new_root(here.grad))
    rec.error = error
    for handle in live:
        try:
            program = plan_program(rec.at, (handle._at,))
            bind(rec, [handle], program, program([*rec.inputs, *rec.numbers]))
        except Exception:
            continue


def bring(handle: Handle) -> None:
    """Compute the value of a handle that waits in another thread's recording.

    That recording is only read: what it holds so far is a program already.
    """
    rec = handle._rec
    if not isinstance(rec, Recording):
        raise AssertionError("a handle without a value belongs to a recording")
    if rec.error is not None:
        raise rec.error
    node = handle._at
    at = rec.at
    given, plain, sources = rec.inputs, rec.numbers, rec.sources
    if handle._buf is not None:
        return  # its thread has just run the recording
    program = plan_program(at, (node,))
    count = len(path_inputs(at))
    numbers = sum(len(step.numbers) for step in at.path())
    values = program([*given[:count], *plain[:numbers]])
    segment = leave_segment(rec, program, values, sources)
    if segment is not None:
        extra(handle).origin = (segment, node)
    handle._buf = np.asarray(values[0], dtype=node.dtype.numpy)


def path_inputs(at: Step) -> list[Node]:
    """The inputs of the path to ``at``."""
    return [node for step in at.path() for node in step.inputs]


def value(handle: Handle) -> Array:
    """The present value of ``handle``, which the caller must not write."""
    x = handle._x
    if x is not None and x.store is not None and x.store.is_exposed():
        return live_view(handle)
    if handle._buf is None:
        rec = here.recording
        if handle._rec is not rec and x is not None and x.store is not None:
            rec.enter(handle)
        if handle._rec is rec:
            flush()
        if handle._buf is None:
            bring(handle)
    assert handle._buf is not None
    return handle._buf


def history(handle: Handle) -> tuple[Any, Node] | None:
    """Where the gradient of ``handle`` goes on: a segment or this thread's recording, and a node;
    None where no gradient flows."""
    rec = handle._rec
    x = handle._x
    if x is not None and x.origin is not None:
        return x.origin
    if rec.__class__ is Segment or rec is here.recording:
        return (rec, handle._at) if handle._at.requires_grad else None
    if handle._buf is not None or handle.__class__ is Store:
        return None
    if rec is None:
        node = here.recording.enter(handle)
        return (here.recording, node) if node.requires_grad else None
    bring(handle)
    return history(handle)


def shape_of(handle: Handle) -> tuple[int, ...]:
    """The shape, known without running anything."""
    return handle._buf.shape if handle._buf is not None else operand_of(handle).shape


def dtype_of(handle: Handle) -> DType:
    """The dtype, known without running anything."""
    buf = handle._buf
    return from_numpy(buf.dtype) if buf is not None else operand_of(handle).dtype


def operand_of(handle: Handle) -> Node:
    """The node that tells shape and dtype of a handle without a value."""
    return handle._at if handle._rec is not None else here.recording.enter(handle)


# Shared storage

def store_of(handle: Handle) -> Store:
    """The storage of ``handle``, made if it has shared none so far."""
    x = extra(handle)
    if x.store is not None:
        return x.store
    store = x.store = Store()
    store.version = x.version
    if x.leaf:
        store.leaf = ref(handle)
        store._buf = handle._buf
        if handle._buf is None and handle._rec is here.recording:
            here.recording.give(store, handle._at.args[0])
    else:
        origin = history(handle)
        if handle._buf is None:
            rec = here.recording
            store._at = rec.enter(handle)
            store._rec = rec
            rec.refs.append(ref(store))
        else:
            store._buf = handle._buf
            if origin is not None:
                store._rec, store._at = origin
    store.join(handle)
    return store


def share(base: Handle, key: Key, views: Any, numbers: tuple[complex, ...],
          rec: Recording, shares: Any) -> None:
    """Make ``views``, the result of the view operation ``key`` on ``base``, share its storage where
    it ``shares`` memory."""
    if isinstance(views, tuple):
        for i, view in enumerate(views):
            share(base, (key[0].output(i), *key[1:]), view, numbers, rec, shares[i])
        return
    if not shares:
        return
    store = store_of(base)
    chain: tuple[Link, ...] = (*extra(base).chain, ((key[0], *key[2:]), numbers))
    x = extra(views)
    if key[0].name == "detach" or (not rec.at.grad and key[1].requires_grad):
        if key[0].name != "detach":
            chain = (*chain[:-1], DETACH, chain[-1])
        child = Store(store, chain)
        if store.exposed is None:
            rec.give(child, views._at)
        else:
            child.exposed = child._buf = view_of(store.exposed, chain)
        store.join(child)
        store, chain = child, ()
    x.store = store
    x.chain = chain
    store.join(views)
    if store.exposed is not None:
        views._rec = None


def sharing(views: Any, base: Node) -> Any:
    """For one view or each of several whether it shares memory with ``base``."""
    if isinstance(views, tuple):
        return tuple([shares_memory(view, base) for view in views])
    return shares_memory(views, base)


def shares_memory(view: Node, base: Node) -> bool:
    """Whether ``view`` was made from ``base`` by primitives that share memory."""
    while view is not base:
        if not view.prim.aliases or not view.args or not is_view(view):
            return False
        view = view.args[0]
    return True


def detach(input: Node) -> Node:
    return detached(input, "detach")


def _graft(input: Node, value: Node) -> Node:
    return graft(input, value)


def same(input: Node) -> Node:
    return alias(input)


ALIAS = Operation(same, "")
GRAFT = Operation(_graft, "")
DETACH = ((Operation(detach, "", view=True),), ())
WRITE_BACK = Operation(_write_back, "AsStridedBackward0")


here = _Here()
