"""Recordings: programs noted down as they run, and what is left of them.

Each thread has one current :class:`Recording`, ``here.recording``: a place in the trace tree and
the values met on the way. A tensor enters it as an operand (:meth:`Recording.enter`); a step off
the known paths is built once (:meth:`Recording.build`). When it has run, a :class:`Segment` remains
if gradients can still flow through it.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar
from weakref import ref

from ...config import config
from .. import garbage
from ..arrays import as_buffer, place_of
from ..devices import CPU, device, libraries
from ..dtypes import DType, changed_default, from_numpy
from ..graph import Node
from ..locks import sharing
from ..ops.structural import input_, overlaps, source
from . import keys
from .cutting import heads
from .forms import form_of
from .growth import Growing
from .handle import (
    DEFERRED,
    UNKNOWN,
    Array,
    Extra,
    Handle,
    Kind,
    Later,
    Link,
    Seen,
    Store,
    Unit,
    extra,
    found_again,
    found_in_whole,
    kind_at,
    kind_of,
)
from .keys import Key
from .latest import Life, latest
from .modes import Modes, captures
from .program import Program, Stage, check_once, path_nodes, plan_program
from .replay import (
    WRITE_BACK,
    changed,
    layout_of,
    live_view,
    memory_strides,
    plain,
    snapshot,
    view_of,
)
from .roots import cuts_in, mode_step, new_root
from .rows import Rows
from .segment import NOTHING, Packed, Segment, goes_on, leave_segment, sequence
from .strides import is_contiguous
from .tree import NO_BRANCH, NONE_FREED, NOTHING_GIVEN, Step, path_counts, tree


class Recording(Growing, Rows, Unit):
    """A program being recorded: a place in the trace tree and the values met on the way.

    ``inputs``, ``numbers`` and ``sources`` run parallel to the nodes of the same names on the path;
    ``handles`` are those that wait for a value, or did. At the end one that nothing but this list
    refers to needs none, which a count of references tells, unless handles refer to each other (but
    for ``late`` views) or stand there twice: then the recording is ``entangled``. It is ``renamed``
    if a handle was made for a node by no step, so that the path does not tell which handle stands
    where. ``hooks`` maps a node to what a backward must call when its cotangent is complete;
    ``packed`` maps one to its value in the user's keeping; ``functions`` are the ``grad_fn``
    objects that stand for nodes of it.

    A step is taken by statements with no call between them (the last of them may be one): so no
    other thread, and no interruption, ever finds a place on the path without what belongs to it.
    """

    __slots__ = ("__weakref__", "at", "begun", "entangled", "error", "functions", "handles",
                 "hooks", "inputs", "late", "modes", "numbers", "owner", "packed", "paid",
                 "renamed", "root", "settled", "sources", "token", "update", "viewed")

    captures: ClassVar[bool] = False
    trusts = False
    """Whether what is computed at the call for its errors alone is not."""
    """Whether it stands for a function and not for a program: then it has no values."""

    def __init__(self, root: Step, modes: Modes) -> None:
        self.modes = modes
        """Those of its thread."""
        self.owner = modes.owner
        self.root = root
        self.at = root
        self.begun = tree.made
        """How many steps there were before it."""
        self.inputs: list[Array] = []
        self.numbers: list[complex] = []
        self.sources: list[Any] = []
        self.handles: list[Handle] = []
        self.entangled = False
        self.late: bool | None = False
        """Whether views were made in it whose state is made later (:class:`~.handle.Later`); None
        where there are to be none."""
        self.settled = 0
        """So many of its handles are no such views any more."""
        self.viewed: tuple[ref[Handle], ...] = ()
        """What it has read that such views are of, and that shared no storage."""
        self.renamed = False
        self.head = None
        self.paid = False
        """Whether a backward in it was walked until that had cost what compiling is to cost."""
        self.update: Stage | None = None
        """The backward whose gradients an update uses that is recorded now, or that comes next."""
        self.hooks: dict[Node, Any] = NOTHING
        self.packed: dict[Node, Packed] = NOTHING
        self.functions: list[ref[Any]] = []
        self.token = next(sequence)
        self.error: Exception | None = None

    def check_end(self) -> None:
        """An error where it must not end, nor be asked for a value."""

    def note(self, handle: Handle) -> None:
        """Remember what a tensor is that is about to change otherwise than by an operation."""

    def note_grad(self, handle: Handle, grad: Handle | None) -> None:
        """Remember that a tensor is about to be given this gradient."""

    def note_reached(self, leaves: Iterable[Handle]) -> None:
        """Remember that a backward has added to the gradients of these leaves."""

    def close(self) -> None:
        """Let go of everything: handles that remember this recording must keep nothing alive."""
        self.inputs, self.numbers, self.handles = [], [], []
        if self.hooks or self.packed:
            self.hooks = self.packed = NOTHING
        if not self.functions or not any(r() is not None for r in self.functions):
            self.sources = []
        for r in self.viewed:
            base = r()
            if base is not None:
                x: Any = base._x
                if x.__class__ is Later and x.waits.__class__ is tuple and x.waits[0] is self:
                    base._x = None   # nobody has asked, and all views are gone

    def enter(self, handle: Handle) -> Node:
        """The operand that ``handle`` is in this recording."""
        x: Any = handle._x
        buf, rec = handle._buf, handle._rec
        if rec is self:
            return handle._at
        if buf is None:
            if x.__class__ is Seen and (row := self.enter_row(handle, x)) is not None:
                return row
            return self._enter_rare(handle, x)
        known, kind = handle._kind_of
        if known is not buf:
            kind = kind_at(handle, buf)
            if handle._buf is not buf:   # another thread has written to it meanwhile
                return self.enter(handle)
        if rec.__class__ is Segment:
            return self._enter_flowing(handle, x, buf, rec, kind)
        # From the look at the buffer to the note of the place there is no call: see the class.
        if x is None:
            key: Any = kind
        elif x.__class__ is Seen:
            return self.enter_row(handle, x) or self._enter_rare(handle, x)
        elif (store := x.store) is not None and (
                store.parent is not None or store.exposed is not None or x.chain):
            return self._enter_rare(handle, x)   # it may lie otherwise than its buffer
        elif x.leaf:
            following = self.at.next
            if following is NO_BRANCH and store is None:
                return self._enter_first(handle, buf, ref(handle), kind)
            try:
                step = following[kind.flowing]
            except KeyError:
                return self._enter_rare(handle, x)
            node: Node = step.out
            handle._rec, handle._at = self, node
            try:
                self.sources.append(ref(handle))
            except BaseException:   # interrupted: the step is not taken
                handle._rec = None
                self.mend()
                raise
            self.at = step
            self.inputs.append(buf)
            return node
        elif x.origin is not None:
            return self._enter_rare(handle, x)
        else:
            key = kind
        following = self.at.next
        if following is NO_BRANCH and x is None:
            return self._enter_first(handle, buf, None, kind)
        try:
            step = following[key]
        except KeyError:
            return self._enter_rare(handle, x)
        node = step.out
        handle._rec, handle._at = self, node
        self.at = step
        self.inputs.append(buf)
        return node

    def _enter_flowing(self, handle: Handle, x: Extra | None, buf: Array, segment: Unit,
                       kind: Kind) -> Node:
        """The operand of a handle with a value, whose history goes on in a ``segment``."""
        step = self.at.next.get(kind.flowing)
        node, origin = handle._at, None
        if x is not None:
            store, origin = x.store, x.origin
            if x.leaf or x.chain or x.layout is not None or (store is not None and (
                    store.parent is not None or store.exposed is not None)):
                return self._enter_rare(handle, x)
        elif handle._rec is segment:
            x = extra(handle)
        if step is None or x is None:
            return self._enter_rare(handle, x)
        if origin is None:
            origin = segment, node
        if handle._buf is not buf or handle._rec is not segment:
            return self.enter(handle)   # another thread has written to it meanwhile
        # Since that look no call: see the class.
        x.origin = origin
        found: Node = step.out
        handle._rec, handle._at = self, found
        self.at = step
        self.sources += (origin,)
        self.inputs.append(buf)
        return found

    def _enter_first(self, handle: Handle, buf: Array, origin: Any, kind: Kind) -> Node:
        """The operand of a handle that shares no storage, where nothing is known to follow."""
        node = self.new_input(buf, origin, None, kind)
        if handle._buf is buf:
            handle._rec, handle._at = self, node
        return node

    def mend(self) -> None:
        """Forget what was noted for a step that was not taken."""
        path = self.at.path()
        del self.inputs[sum(len(step.inputs) for step in path):]
        del self.sources[sum(len(step.sources) for step in path):]

    def _enter_rare(self, handle: Handle, x: Any) -> Node:
        """The operand of a handle that shares storage, has a history, has no value yet, or is met
        here for the first time."""
        if x is not None and x.listed == DEFERRED and (
                (node := self._enter_deferred(handle, x)) is not None):
            return node
        if handle._buf is None and found_again(handle) is not None:
            return self.enter(handle)
        if x is not None and x.store is not None and (
                handle._buf is None or x.store.exposed is not None):
            with sharing.lock:
                if (store := x.store) is not None:   # another thread may have come before
                    return self._enter_member(handle, x, store)
        while (buf := handle._buf) is None:
            if (x := handle._x) is not None and x.store is not None:
                return self.enter(handle)   # another thread has written to it, or shown it to NumPy
            bring(handle)
        x = handle._x
        leaf = x is not None and x.leaf
        origin: Any = ref(handle) if leaf else history(handle)
        if handle._buf is not buf:   # another thread has written to it meanwhile
            return self.enter(handle)
        node = self.new_input(buf, origin, x and x.store and layout_of(handle))
        if leaf or origin is None:
            if handle._buf is buf:
                handle._rec, handle._at = self, node
            return node
        x = extra(handle)
        if handle._buf is buf:
            x.origin = origin
            handle._rec, handle._at = self, node
        return node

    def _enter_deferred(self, view: Handle, x: Extra) -> Node | None:
        """The operand of a view whose step was put off until now; None where its storage has no
        value any more, or nobody else has that."""
        store = x.store
        assert store is not None
        members, buf = store._members, store._buf
        base = members[0]() if members else None
        if view._rec is not None or base is None or base is view or buf is None or (
                base._buf is not buf or (of := base._x) is None or of.chain or of.leaf
                or store.exposed is not None):
            return None
        flows = (base._rec is not None or of.origin is not None) and history(base) is not None
        if flows and not self.at.grad:
            return None   # it keeps its history
        (link, numbers), = x.chain
        if heads and not flows and base._rec is not self and (
                not self.is_known(kind_at(base, buf), link)):
            part = buf[(*numbers, ...)]   # it lies row by row
            kind_at(base, buf).parts[len(numbers)] = kind_of(part)
            return self.enter_part(view, part, None)
        key = (link[0], self.enter(base), *link[1:])
        step = self.at.next.get(key) or self.new_step(key) or self.build(key)
        x.listed = self.token
        self.handles.append(view)
        self.at = step
        self.numbers.extend(numbers)
        view._rec, view._at = self, step.out
        return view._at

    def _enter_member(self, handle: Handle, x: Extra, store: Store) -> Node:
        """The operand of a handle that shares storage with others."""
        exposed = store.exposed is not None and store.is_exposed()
        if exposed and (x.leaf or x.origin is not None or (
                store.leaf is None and history(store) is None)):
            memory = live_view(handle)
            return self.new_input(snapshot(memory), ref(handle) if x.leaf else x.origin,
                                  memory_strides(memory))
        if x.origin is not None and store._buf is not None:   # NumPy has let go of the memory
            part = view_of(store._buf, x.chain)
            node = self.new_input(part, x.origin, memory_strides(part))
            handle._rec, handle._at, handle._buf = self, node, part
            return node
        if heads and x.chain and store._buf is not None and not (
                x.leaf or exposed or store.exposed is not None or store.parent is not None
                or store.leaf is not None or store._x is not None or store._rec is not None) and (
                    not self.is_known(kind_at(store, store._buf), x.chain[0][0])):
            return self.enter_part(handle, view_of(store._buf, x.chain), layout_of(handle))
        if store._rec is self and x.leaf:
            node = store._at
        else:
            leaf = store.leaf_handle()
            node = self.enter_store(store) if leaf is None or leaf is handle else self.enter(leaf)
            if leaf is None and store.leaf is not None:   # of it only views are left here
                node = self.new_source(node, store.leaf)
        node = self.followed(node, x.chain)
        if x.leaf:
            node = self.new_source(node, ref(handle))
        elif not x.chain and not exposed and store._x is not None:
            x.origin = store._x.origin   # where its hooks are
        if not exposed:
            self.entangled = True
            handle._rec, handle._at = self, node
            self.handles.append(handle)
            if x.retains is not None and x.chain:
                x.retains.move(handle)
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
            node = self.followed(self.enter_store(store.parent), store.chain)
            self.give(store, node)
            return node
        return store._at if store._rec is self else self._enter_rare(store, store._x)

    def give(self, handle: Handle, node: Node) -> None:
        """Make ``handle``, which may be part of shared storage, wait for the value of ``node``."""
        if handle._x is not None:
            handle._x.origin = None
        self.entangled = True
        handle._rec, handle._at, handle._buf = self, node, None
        self.handles.append(handle)

    def waiting(self, node: Node) -> Handle:
        """A new handle that waits for the value of ``node``."""
        handle: Handle = object.__new__(Handle._kind)
        handle._x = None
        handle._kind_of = UNKNOWN
        self.give(handle, node)
        return handle

    def followed(self, node: Node, chain: Sequence[Link]) -> Node:
        """The view of ``node`` at the end of a chain of view operations."""
        for key, given in chain:
            step = (key[0], node, *key[1:])
            if any(isinstance(number, Handle) for number in given):
                step, given = self.indexed(step, given), plain(given)
            node = self.replayed(step, given)
        return node

    def written_back(self, base: Handle, node: Node, chain: Sequence[Link]) -> Node:
        """The value of ``base`` in which its view ``chain`` has the value ``node``."""
        if not chain:
            return node
        operand = self.enter_store(base) if isinstance(base, Store) else self.enter(base)
        given = [number for _, numbers in chain for number in numbers]
        return self.replayed((WRITE_BACK, operand, node, tuple([key for key, _ in chain]),
                              self.elements(given)), plain(given))

    def indexed(self, key: Key, given: Sequence[Any]) -> Key:
        """A step of a chain in which the tensors among its numbers are operands."""
        elements = iter(self.elements(given))
        return changed(key, lambda element: (
            next(elements) if isinstance(element, type) else element))

    def elements(self, given: Sequence[Any]) -> tuple[Any, ...]:
        """What the numbers of a chain are in a key: a type, or the operand that a tensor is."""
        return tuple([self.enter(n) if isinstance(n, Handle) else n.__class__ for n in given])

    def new_input(self, buf: Array, origin: Any, strides: Any = None,
                  kind: Kind | None = None) -> Node:
        """The node of a new input with the value ``buf``; a gradient that reaches it goes to
        ``origin``, if that is not None. ``strides`` are those of a view, whatever ``buf`` has."""
        kind = kind or kind_of(buf)
        if strides and is_contiguous(buf.shape, strides):
            strides = None
        key: Any = kind if origin is None else kind.flowing
        if strides:
            key = keys.laid_out(key, strides)
        step = self.at.next.get(key)
        if step is None:
            node = Node(input_, (), {}, buf.shape, from_numpy(buf.dtype), origin is not None,
                        device=kind.device)
            if kind.device is not CPU:
                node.params["device"] = str(kind.device)
            if strides:
                node.params["strides"] = strides
            else:
                node.form = kind.forms[origin is not None]
                if node.form is None:
                    kind.forms[origin is not None] = form_of(node)
            step = tree.plain(self.at, key, node, self.at.grad, (
                (node,), (), () if origin is None else (node,), NONE_FREED), buf.nbytes)
        self.at = step
        if origin is not None:
            self.sources += [origin]
        self.inputs.append(buf)
        out: Node = step.out
        return out

    def new_source(self, node: Node, origin: Any) -> Node:
        """A node with the value of ``node`` whose cotangent goes to ``origin``."""
        return self.new_end(keys.leaf(node), (node,), origin)

    def new_end(self, key: Key, args: tuple[Node, ...], origin: Any) -> Node:
        """A node with the value of the first of ``args`` at which a backward ends: its cotangent
        goes to ``origin``."""
        step = self.at.next.get(key)
        if step is None:
            node = args[0]
            end = Node(source, args, {}, node.shape, node.dtype, requires_grad=True,
                       device=node.device)
            step = tree.plain(self.at, key, end, self.at.grad, ((), (), (end,), NONE_FREED))
        self.at = step
        self.sources.append(origin)
        out: Node = step.out
        return out

    def step(self, key: Key, numbers: Sequence[complex]) -> Step:
        """Take the step ``key``; the slow path where it is new."""
        step = self.at.next.get(key) or self.build(key)
        self.at = step
        self.numbers.extend(numbers)
        return step

    def replayed(self, key: Key, numbers: Sequence[complex]) -> Node:
        """The result of a step that keeps the gradient, whatever the grad mode."""
        mark = keys.replay(key)
        step = self.at.next.get(mark) or self.new_step(key, mark=mark) or self.build(key, mark)
        self.at = step
        self.numbers.extend(numbers)
        out: Node = step.out
        return out

    def build(self, key: Key, mark: Hashable = None) -> Step:
        """The step of a call that is new, whatever there is to look at."""
        step = self.new_step(key, mark=mark, whatever=True)
        assert step is not None
        return step

    def add(self, key: Hashable, step: Step) -> Step:
        """Enter a new step in the tree."""
        return tree.add(self.at, key, step)

    def set_grad(self, enabled: bool) -> None:
        """Record that the grad mode changes."""
        at, modes = self.at, self.modes
        if modes.open is not None:   # what ends a gradient is then part of the path
            self.at = mode_step(at, modes, modes.open, enabled)
            return
        if at is self.root:
            roots = tree.roots
            self.root = self.at = (
                roots[enabled] if at is roots[not enabled] else new_root(modes))
            return
        before = at.parent
        if at.out is None and at.template is None and before is not None and (
                before.grad is enabled and not at.inputs):
            self.at = before   # nothing was done meanwhile
            tree.take_back(before, at)
            return
        key = keys.GRAD_ON if enabled else keys.GRAD_OFF
        self.at = at.next.get(key) or tree.plain(at, key, None, enabled, NOTHING_GIVEN)


class _Here(threading.local):
    """What belongs to this thread: the recording that it makes now, and its modes."""

    def __init__(self) -> None:
        self.modes = Modes()
        self.life = Life(self.modes.owner)
        latest.threads += 1
        outside = config.tier == "eager" or config.lines_in_steps
        latest.recording = self.recording = Recording(
            Step(None, None, grad=True) if outside else tree.roots[True], self.modes)


def new_recording(modes: Modes) -> Recording:
    """A new recording of this thread, which it makes from now on."""
    if modes.open is not None:
        modes.open.update(cuts_in(here.recording.at, modes.open))
    if garbage.state.far:
        garbage.recording_ended()
    rec = latest.recording = here.recording = Recording(new_root(modes), modes)
    return rec


def begin(rec: Recording) -> Recording:
    """Have this thread make ``rec`` from now on."""
    latest.recording = here.recording = rec
    return rec


def set_mode(grad: bool) -> None:
    """Switch the recording of gradients in this thread on or off."""
    if here.modes.grad is not grad:
        here.modes.grad = grad
        here.recording.set_grad(grad)


def put_back(grad: bool, inference: bool) -> None:
    """Make the modes what they were where a block ends in an exception, be it an interruption that
    came while they were changed."""
    modes = here.modes
    modes.inference = inference
    modes.grad = grad
    try:
        rec = here.recording
        if rec.at.grad is not grad:
            rec.set_grad(grad)
    except BaseException:   # interrupted again
        put_back(grad, inference)
        raise


def bring(handle: Handle) -> None:
    """Compute the value of a handle that waits in another thread's recording, or in one that an
    interruption left behind.

    That recording is only read: what it holds so far is a program already. Where ``handle`` is
    written to meanwhile, nothing happens.
    """
    rec = handle._rec
    if not isinstance(rec, Recording):
        if handle._buf is None and handle._rec is rec and (
                handle._x is None or handle._x.store is None):
            raise AssertionError("a handle without a value belongs to a recording")
        return   # its thread has just run the recording, or NumPy shares its memory now
    if rec.captures and not rec.owner._is_owned():
        with sharing.lock:   # when the capture has ended, it is what it was
            if handle._rec is not rec:
                return
    rec.check_end()
    # All at one time: its thread goes on, may take a step back, or end it.
    node, at, given, plain, sources, error = (
        handle._at, rec.at, [*rec.inputs], [*rec.numbers], [*rec.sources], rec.error)
    if handle._buf is not None or handle._rec is not rec:
        return
    if error is not None:
        raise error
    check_once(at)
    program = at.programs.get((node,))
    if not isinstance(program, Program):
        program = at.programs[node,] = plan_program(at, (node,))
    inputs, numbers = path_counts(at)
    values = program([*given[:inputs], *plain[:numbers]], here.modes.at_programs)
    segment = leave_segment(rec, program, values, sources)
    value, x = as_buffer(values[0], node.dtype.numpy), extra(handle)
    _, _, flows, place = program.live[0]
    then: Any = None
    if flows and not x.leaf:
        then = (segment, node) if place < 0 else goes_on(sources[place], node, rec)
    rec.entangled = True   # a handle of it waits no more
    if handle._rec is rec and handle._at is node and handle._buf is None:
        if then is not None:
            x.origin = then
        handle._buf = value


def history(handle: Handle) -> tuple[Any, Node] | None:
    """Where the gradient of ``handle`` goes on: a segment or this thread's recording, and a node;
    None where no gradient flows."""
    rec = handle._rec
    x = handle._x
    if x is not None and x.origin is not None and not (rec is here.recording and rec.captures):
        return x.origin
    if rec.__class__ is Segment or rec is here.recording:
        node = handle._at
        if handle._rec is not rec:   # another thread has moved it meanwhile
            return history(handle)
        return (rec, node) if node.requires_grad else None
    if handle._buf is not None or handle.__class__ is Store or found_again(handle) is not None:
        return None
    if rec is None:
        node = here.recording.enter(handle)
        return (here.recording, node) if node.requires_grad else None
    bring(handle)
    return history(handle)


def flows_through(handle: Handle) -> bool:
    """Whether gradients flow through ``handle``."""
    x = handle._x
    if x is not None and (x.leaf or x.origin is not None):
        return True
    if handle._rec is here.recording:
        return bool(handle._at.requires_grad)
    return history(handle) is not None


def input_of(rec: Recording, node: Node) -> Array | None:
    """The buffer with which ``node`` entered the recording; None where it did otherwise."""
    inputs = path_nodes(rec.at)[0]
    return rec.inputs[inputs.index(node)] if node in inputs else None


def shape_of(handle: Handle) -> tuple[int, ...]:
    """The shape, known without running anything."""
    buf = handle._buf
    if buf is None:
        buf = found_in_whole(handle)
    return buf.shape if buf is not None else operand_of(handle).shape


def shows_again(handle: Handle) -> bool:
    """Whether ``handle`` shows elements of memory more than once, as one that was expanded."""
    layout = layout_of(handle)
    if layout is None:
        return False
    shape = shape_of(handle)
    return 0 not in shape and overlaps(shape, layout)


def dtype_of(handle: Handle) -> DType:
    """The dtype, known without running anything."""
    buf = handle._buf
    if buf is None:
        buf = found_in_whole(handle)
    return from_numpy(buf.dtype) if buf is not None else operand_of(handle).dtype


def device_of(handle: Handle) -> device:
    """The device, known without running anything."""
    if not libraries:
        return CPU
    buf = handle._buf
    return place_of(buf) if buf is not None else operand_of(handle).device or CPU


def operand_of(handle: Handle) -> Node:
    """The node that tells shape and dtype of a handle without a value."""
    return handle._at if handle._rec is not None else here.recording.enter(handle)


def changing(handle: Handle) -> None:
    """Tell the capture of this thread, if there is one, that ``handle`` is about to change."""
    if captures.open:
        here.recording.note(handle)


changed_default.append(tree.clear)
here = _Here()


def _waiting() -> int:
    """How many values this thread's recording waits for: none while the thread is being set up."""
    rec = getattr(here, "recording", None)
    return 0 if rec is None else len(rec.handles)


garbage.waiting.append(_waiting)
