"""A function that is mapped over samples: recorded for one sample, then batched as a graph.

:class:`Mapping` is a block in which a function runs on *lanes*, tensors that stand for one sample
of an array (:meth:`Mapping.lane`). Whatever it does is recorded as ever, gradients, tangents and
writes included; nothing of it has a value. :meth:`Mapping.results` makes of its results tensors
with the samples' axis (``batched.py``). Blocks nest: the outer one finds the nodes that the inner
one has made.

The steps of the function are on the path, so calling it again costs known steps, and what Python
decides in it is decided each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any
from weakref import ReferenceType, ref

from ...config import config
from ..errors import Line, show_line, user_line
from ..graph import Node, reachable
from ..ops.lanes import lane
from ..ops.structural import source
from . import keys
from .batched import Plan, is_result
from .flushing import COUNTED, UNHELD, flush, getrefcount
from .handle import Handle
from .modes import Modes
from .operation import Nodes
from .program import path_nodes
from .recorder import alike, wait
from .recording import Recording, here, shape_of
from .segment import CustomOutput, LaneEnd
from .tree import Step, tree

WAYS = ("In a mapped function a tensor stands for all samples at once: choose between values with "
        "torch.where, index with tensors, and look at values outside")


class Differs(RuntimeError):
    """A value is needed that is another in each sample of a mapped function."""


class Mapping:
    """A block in which a function is recorded for one of ``size`` samples.

    ``lanes`` has, for each node that stands for a sample, the node of all samples and their axis.
    """

    def __init__(self, size: int, randomness: str = "error") -> None:
        self.size = size
        self.randomness = randomness
        self.lanes: dict[Node, tuple[Node, int]] = {}
        self.floor = 0
        """No node below this number differs between samples."""
        self.line = user_line()
        self.noted: list[tuple[ReferenceType[Handle], Any, Any, Any]] = []
        """What was written to, as it was before."""
        self.known: dict[Node, bool] = {}
        """Of some nodes, whether they differ between samples."""

    def __enter__(self) -> Mapping:
        modes, rec = here.modes, here.recording
        self.rec, self.start = rec, rec.at
        self.before = modes.lanes, modes.held, modes.open
        self.outer: Mapping | None = modes.lanes
        modes.lanes, modes.held, modes.at_once = self, True, 0
        modes.mappings += 1
        self.sources = len(rec.sources)
        self.handles, self.waiting = rec.handles, len(rec.handles)
        if modes.open is None:
            modes.open = {"start": rec.at}
        return self

    def __exit__(self, *error: Any) -> None:
        modes = here.modes
        modes.lanes, modes.held, modes.open = self.before
        modes.mappings -= 1
        written = bool(self.noted)
        refused = self.put_back()
        self.end_all(written)
        if refused is not None and error[0] is None:
            raise RuntimeError(
                "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists "
                "a Tensor `other` in extra_args that has more elements than `self`: a tensor that "
                "is the same for all samples is written, and kept, where samples differ, at "
                f"{show_line(refused)}. Return the value instead")
        if self.outer is None and self.before[2] is None and config.tier == "eager" and (
                not here.recording.captures and error[0] is None):
            flush()

    # What the function sees

    def lane(self, handle: Handle, axis: int) -> Any:
        """The tensor that stands for a sample of ``handle`` along ``axis``."""
        rec = here.recording
        node = rec.enter(handle)
        key = keys.lane(node, axis)
        step = rec.at.next.get(key)
        if step is None:
            shape = (*node.shape[:axis], *node.shape[axis + 1:])
            made = Node(lane, (node,), {"axis": axis}, shape, node.dtype, node.requires_grad,
                        device=node.device)
            step = rec.add(key, Step(rec.at, made, grad=rec.at.grad, walks=True,
                                     sources=(made,) if node.requires_grad else ()))
        rec.at = step
        if node.requires_grad:
            rec.sources.append(LaneEnd((rec, node)))
        self.floor = self.floor or step.out.index
        self.lanes[step.out] = node, axis
        return alike(wait(rec, step.out), handle)

    def levels(self) -> list[Mapping]:
        """This block and those around it."""
        return [self, *(self.outer.levels() if self.outer is not None else ())]

    def differs(self, node: Node) -> bool:
        """Whether ``node`` is another in each sample, of this block's or of one around it."""
        levels = self.levels()
        every = set().union(*[level.lanes for level in levels])
        return any(found in every for found in reachable([node], floor=levels[-1].floor))

    def check_same(self, node: Node) -> None:
        """RuntimeError if ``node`` has no value of its own, since it differs between samples."""
        if self.differs(node):
            raise Differs(
                "vmap: the value of a tensor is needed that is another in each sample (item(), "
                "bool() and control flow that depends on it, numpy(), a shape that depends on "
                f"values): at {show_line(user_line())}. {WAYS}")

    def note(self, handle: Handle) -> None:
        """Remember what a tensor is that is about to be written."""
        if all(r() is not handle for r, *_ in self.noted):
            self.noted.append((ref(handle), handle._rec, getattr(handle, "_at", None), handle._buf))

    def put_back(self) -> Line | None:
        """Make tensors from outside what they were whose new value differs between samples; the
        line of such a write."""
        line, noted, self.noted = None, self.noted, []
        times = Counter(map(id, self.rec.handles)) if noted else {}
        for r, rec, at, buf in noted:
            count = references(r)   # nobody holds what only the recording's list does
            handle = r()
            if handle is None or not COUNTED or count - times[id(handle)] <= UNCOUNTED:
                continue
            if handle._rec is not self.rec or handle._buf is not None or (
                    not self.own(handle._at)) or (buf is None and at is not None and self.own(at)):
                continue
            line = handle._at.line
            if handle._x is None or handle._x.store is None:
                handle._rec, handle._at, handle._buf = rec, at, buf
        return line

    # What it returns

    def results(self, handles: Sequence[Handle], dims: Sequence[int | None]) -> list[Any]:
        """The tensors of all samples, with their axis at ``dims`` (None for a result that is to be
        the same for all)."""
        rec = here.recording
        outs, places = tuple([rec.enter(h) for h in handles]), tuple(dims)
        if CustomOutput in map(type, rec.sources[self.sources:]):
            self.open_customs(rec, outs)
        at, key = rec.at, keys.mapped(outs, places)
        step = at.next.get(key)
        if step is None:
            step = tree.beside(at, key, Step(at, Plan(self, rec, outs, places), grad=at.grad))
        plan: Plan = step.out
        self.known = plan.differ
        return plan.recorded(rec)

    def whole(self, node: Node) -> Any:
        """The tensor of all samples of ``node``, with their axis in front."""
        if node in self.lanes:
            many, axis = self.lanes[node]
            if not axis:
                return wait(here.recording, many)
        return self.results([wait(here.recording, node)], [0])[0]

    def suspended(self) -> Suspended:
        """A block in which the mapping around this one goes on, if there is one."""
        return Suspended(self)

    def open_customs(self, rec: Recording, outs: Nodes) -> None:
        """For custom functions whose results lead to ``outs`` and may be differentiated outside:
        their calls for all samples, which are then what the results stand for."""
        while True:
            sources = dict(zip(path_nodes(rec.at)[2], rec.sources, strict=True))
            custom = self.first_custom(outs, sources)
            if custom is None:
                return
            ends = {origin.i: node for node, origin in sources.items()
                    if type(origin) is CustomOutput and origin.custom is custom}
            made = custom.mapped(self, {i: node.args[0] for i, node in ends.items()})
            for node, handle in zip(ends.values(), made, strict=True):
                self.lanes[node] = rec.enter(handle), 0

    def first_custom(self, outs: Nodes, sources: dict[Node, Any]) -> Any:
        """The first custom function on the way to ``outs``, if there is one, behind which gradients
        go on out of this mapping."""
        differ, flows = set(self.lanes), {
            node for node, (many, _) in self.lanes.items() if many.requires_grad}
        for node in reachable(outs, stop=self.lanes, floor=self.floor):
            if node in self.lanes:
                continue
            args = node.args[:1] if node.prim is source else node.args
            if differ.isdisjoint(args):
                if node.requires_grad:
                    flows.add(node)
                continue
            differ.add(node)
            if node.prim is source:
                origin = sources.get(node)
                if not flows.isdisjoint(node.args[1:]) and type(origin) is CustomOutput:
                    if hasattr(origin.custom, "mapped"):
                        return origin.custom
                    flows.add(node)   # of a checkpoint
            elif not flows.isdisjoint(node.args) and node.requires_grad:
                flows.add(node)
        return None

    def written(self, given: Sequence[tuple[Handle, Handle, int]]) -> list[tuple[Any, Any, int]]:
        """Which of the lanes have been written, each with the tensor of all samples and the axis.
        """
        rec = here.recording
        return [each for each in given if rec.enter(each[1]) not in self.lanes]

    def same(self, handles: Sequence[Handle]) -> list[bool]:
        """Which of the tensors are the same for every sample of this block."""
        rec = here.recording
        return [not self.own(rec.enter(handle)) for handle in handles]

    def end_all(self, written: bool) -> None:
        """Whoever still holds a tensor of a single sample gets an error at its next use. Of those
        that waited before this block, one can be of a sample only if something was ``written``."""
        rec, ended = self.rec, None
        handles = rec.handles
        start = self.waiting if handles is self.handles and not written else 0
        held: Iterable[Handle] = [
            handle for count, handle in zip(map(getrefcount, islice(handles, start, None)),
                                            islice(handles, start, None))
            if count > UNHELD] if COUNTED else handles[start:]
        for handle in held:
            if handle._rec is rec and handle._buf is None and self.own(handle._at):
                ended = ended or Ended(rec.modes, self)
                handle._rec = ended

    def own(self, node: Node) -> bool:
        """Whether ``node`` is another in each sample of this block."""
        if node.index < self.floor:
            return False
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self.may_differ(node) and any(
                each in self.lanes for each in reachable([node], floor=self.floor))
        return found

    def may_differ(self, node: Node) -> bool:
        """Whether a call that led to ``node`` was given a sample, whatever it made of that: a look
        at the calls, without the nodes inside."""
        seen: set[Node] = set()
        stack = [node]
        while stack:
            node = stack.pop()
            if node in self.lanes:
                return True
            if node not in seen and node.index >= self.floor:
                seen.add(node)
                stack += node.operands if is_result(node) else node.args
        return False


def as_shown(handle: Handle) -> tuple[int, Any] | None:
    """How many mappings there are around a tensor of a sample, its own included, and the tensor of
    all samples; None for one that does not differ between those of this mapping."""
    mapping = here.modes.lanes
    if mapping is None or all(mapping.same([handle])):
        return None
    return len(mapping.levels()), mapping.results([handle], [0])[0]


class Suspended:
    """A block in which a mapping is not there."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping

    def __enter__(self) -> None:
        here.modes.lanes = self.mapping.outer

    def __exit__(self, *error: Any) -> None:
        here.modes.lanes = self.mapping


def for_each(function: Callable[..., Sequence[Any]], given: Sequence[Any], dim: int = 0,
             ) -> list[Any]:
    """The results of ``function`` for each sample along the first axis of the tensors ``given``
    (None is passed on), with the samples' axis at ``dim``; None for a result that is None."""
    size = next(shape_of(x)[0] for x in given if x is not None)
    with Mapping(size, "same") as mapping:
        outs = list(function(*[None if x is None else mapping.lane(x, 0) for x in given]))
        there = [out for out in outs if out is not None]
        places = [dim % (len(shape_of(out)) + 1) for out in there]
        found = iter(mapping.results(there, places))
        outs = [None if out is None else next(found) for out in outs]
        del there
    return outs


def references(r: ReferenceType[Any]) -> int:
    """How many references Python counts to what is there."""
    found = r()
    return getrefcount(found)


def _uncounted() -> int:
    """How many of them are of :func:`references` itself."""
    held = [Mapping(0)]
    return references(ref(held[0])) - 1


class Ended(Recording):
    """Where a tensor of a single sample is after the call of the mapped function."""

    __slots__ = ("call",)

    def __init__(self, modes: Modes, call: Mapping) -> None:
        super().__init__(Step(None, None, grad=True), modes)
        self.call = call
        self.error = RuntimeError(
            "vmap: a tensor is used that was made or written in the mapped function of the call at "
            f"{show_line(call.line)}, and is another in each sample. It has no value outside: "
            "return it from the function, or write to a tensor that is mapped too")

    def check_end(self) -> None:
        assert self.error is not None
        raise self.error


UNCOUNTED = _uncounted()


__all__ = ["Differs", "Mapping", "as_shown", "for_each"]
