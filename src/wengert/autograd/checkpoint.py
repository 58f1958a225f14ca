"""Computing again instead of keeping: ``torch.utils.checkpoint``.

A checkpointed call keeps its arguments; when a backward comes to it, the function runs again, and
the same backward goes on through what that run recorded.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..config import config
from ..engine.errors import Line, show_line, user_line
from ..engine.graph import Node, reachable
from ..engine.ops.structural import source, stop
from ..engine.recording.backward import Engine
from ..engine.recording.custom import new_custom
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, is_leaf
from ..engine.recording.mapped_backward import go_through
from ..engine.recording.operation import Operation
from ..engine.recording.program import path_nodes
from ..engine.recording.rebinding import detached_value
from ..engine.recording.recorder import wait, wait_too
from ..engine.recording.recording import Recording, here, history, set_mode
from ..engine.recording.replay import ALIAS
from ..engine.recording.segment import CustomOutput
from ..engine.recording.structures import mapped, tensors_in
from ..engine.transforms.jvp import CHECKPOINT
from ..tensors.random import default_generator
from . import forward_ad
from .api import requires_grad
from .graph_node import GraphNode
from .kept import tracked
from .rerun import CheckpointError, Outcome

Make = Callable[[], tuple[Any, Any]]


def _cut(input: Node) -> Node:
    return stop(input, reason=CHECKPOINT)

CHECKPOINTED = Operation(_cut, "")


def checkpoint(function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None,
               context_fn: Make | None = None, determinism_check: str = "default",
               debug: bool = False, early_stop: bool = True, preserve_rng_state: bool = True,
               **kwargs: Any) -> Any:
    """``function(*args, **kwargs)``, whose intermediate values are computed again during backward.

    With ``preserve_rng_state`` the second run draws the random numbers of the first.
    ``use_reentrant=True`` asks that an argument requires grad; otherwise the two are the same.

    The second run has to give the results of the first, or there is a :class:`CheckpointError`:
    a function that reads what changes in between, numbers or tensors, would have one run's value
    and the other's gradient. ``determinism_check="none"`` leaves the check out; without
    ``preserve_rng_state`` only shapes and dtypes are compared. ``debug`` adds the operations of
    both runs to the error. ``early_stop`` changes nothing: the function runs to its end.
    """
    if determinism_check not in ("default", "none"):
        raise ValueError("determinism_check should be one of ['default', 'none'], but got "
                         f"{determinism_check}")
    if use_reentrant and kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    debug = _debug[-1] if _debug and _debug[-1] is not None else debug
    if use_reentrant and (context_fn is not None or debug):
        raise ValueError("Passing `context_fn` or `debug` is only supported when "
                         "use_reentrant=False.")
    if debug and context_fn is not None and context_fn is not noop_context_fn:
        raise ValueError("debug=True is incompatible with non-default context_fn")
    if use_reentrant and not any(map(requires_grad, tensors_in(args))):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None",
                      stacklevel=2)
        return without_grad(function, args, kwargs)
    if not here.modes.grad:
        return function(*args, **kwargs)
    first, again = context_fn() if context_fn is not None else (
        contextlib.nullcontext(), contextlib.nullcontext())
    call = Checkpoint(function, args, kwargs, again, preserve_rng_state)
    with first:
        output = function(*args, **kwargs)
    if determinism_check == "default":
        call.outcome = Outcome(list(tensors_in(output)), detached_value, preserve_rng_state, debug)
    return call.entered(output)


def noop_context_fn() -> tuple[Any, Any]:
    """The ``context_fn`` that does nothing, in either run."""
    return contextlib.nullcontext(), contextlib.nullcontext()


_debug: list[bool | None] = []


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """A context that sets ``debug`` for the checkpoints in it; None leaves it to them."""
    _debug.append(enabled)
    try:
        yield
    finally:
        _debug.pop()


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Accepted: a checkpointed function always runs to its end."""
    yield


def without_grad(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result of a call through which no gradient flows."""
    mode = here.modes.grad
    set_mode(False)
    try:
        return function(*args, **kwargs)
    finally:
        set_mode(mode)


class Checkpoint:
    """A call that can run again: where the gradient of its results goes.

    The arguments are kept as values and places in the graph, so that no cycle keeps it alive.
    ``behind`` are the origins of what else the function read, where its first run ended the
    recording.
    """

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...],
                 kwargs: dict[str, Any], again: Any, preserve: bool) -> None:
        self.function = function
        self.again = again
        self.state = default_generator.get_state() if preserve else None
        self.recording: Recording | None = here.recording
        rec = here.recording
        given = list(tensors_in((args, kwargs)))
        self.before = [wait_too(rec, rec.enter(h)) if requires_grad(h) else None for h in given]
        self.kept: list[Any] = [h if is_leaf(h) else detached_value(h) for h in given]
        self.inputs: tuple[Node | None, ...] = ()
        self.behind: tuple[Any, ...] = ()
        self.freed: Line | None = None
        self.line = user_line()
        self.outcome: Outcome | None = None
        places = iter(range(len(given)))
        self.args, self.kwargs = mapped((args, kwargs), lambda _: Place(next(places)))

    def entered(self, output: Any) -> Any:
        """The results of the call, whose gradients come here."""
        rec = here.recording
        self.inputs = tuple(None if h is None else rec.enter(h) for h in self.before)
        start, self.before, self.recording = self.recording, [], None
        assert start is not None
        nodes = [rec.enter(result) for result in tensors_in(output)]
        flowing = self.reads(nodes)
        if start is not rec:
            self.behind = origins_behind(output, start.token)
        ends: list[Node | None] = []
        for i, node in enumerate(nodes):
            flows = node.requires_grad
            if flows:
                node = rec.replayed((CHECKPOINTED, node), ())
            ends.append(new_custom(rec, node, flowing, CustomOutput(self, i)) if flows else None)
        new = iter([None if n is None else wait(rec, rec.replayed((ALIAS, n), ())) for n in ends])
        found = mapped(output, lambda h: h if (made := next(new)) is None else
                       forward_ad.with_tangent_of(h, made))
        if config.tier == "eager" and here.modes.open is None:
            flush()
        return found

    def reads(self, results: list[Node]) -> tuple[Node, ...]:
        """The nodes through which gradients flow on: the arguments, and what else was read."""
        given = dict.fromkeys(n for n in self.inputs if n is not None and n.requires_grad)
        given.update(dict.fromkeys(
            n for n in reachable(results, stop=given)
            if n.requires_grad and (not n.args or n.prim is source)))
        return tuple(given)

    def grad_fn(self, unit: Any) -> GraphNode:
        """What ``grad_fn`` shows."""
        return CheckpointNode()

    def backward(self, arrived: dict[int, Handle], unit: Any,
                 engine: Engine) -> Iterable[tuple[Node, Handle]]:
        """Run the function again, and go on through what it records."""
        if self.freed is not None:
            raise RuntimeError(
                "Trying to backward through the graph a second time: the arguments of a "
                f"checkpointed call were freed by the backward at {show_line(self.freed)}. Specify "
                "retain_graph=True there")
        results = list(tensors_in(self.run_again(unit)))
        is_mapped = here.modes.lanes is not None
        if not is_mapped:
            flush()
            if self.outcome is not None:
                self.outcome.check(results, self.kept, self.line)
        if not engine.retain_graph:
            self.freed, self.kept, self.outcome = user_line(), [], None
        for i, ct in arrived.items():
            place = history(results[i])
            if place is not None:
                engine.give(*place, ct)
            elif is_leaf(results[i]):
                engine.arrive(results[i], ct)
        if isinstance(unit, Recording):
            return list(engine.pending.pop(unit, {}).items())   # of the run too: it goes on there
        if is_mapped:
            engine.through_open = go_through
        engine.drain(above=unit.seq)
        return list(engine.pending.pop(unit, {}).items())

    def run_again(self, unit: Any) -> Any:
        """The results of the function, recorded with their gradients."""
        given = [h if is_leaf(h) or node is None or not node.requires_grad
                 else tracked(h, unit, node)
                 for h, node in zip(self.kept, self.inputs, strict=True)]
        args, kwargs = filled((self.args, self.kwargs), given)
        mode, state = here.modes.grad, default_generator.get_state()
        set_mode(True)
        try:
            if self.state is not None:
                default_generator.set_state(self.state)
            with self.again:
                return self.function(*args, **kwargs)
        finally:
            if self.state is not None:
                default_generator.set_state(state)
            set_mode(mode)


def origins_behind(output: Any, token: int) -> tuple[Any, ...]:
    """The origins, older than recording number ``token`` or leaves, that ``output`` depends on."""
    found: dict[Any, None] = {}
    seen: set[tuple[Any, Node]] = set()
    stack = [place for h in tensors_in(output) if (place := history(h)) is not None]
    while stack:
        unit, node = stack.pop()
        if (unit, node) in seen:
            continue
        seen.add((unit, node))
        if unit.token <= token:
            found[unit, node] = None
            continue
        for _, origin in sources_of(unit, reachable([node])):
            if type(origin) is tuple:
                stack.append(origin)
            elif type(origin) is not CustomOutput:
                found[origin] = None
    return tuple(found)


def sources_of(unit: Any, nodes: list[Node]) -> list[tuple[Node, Any]]:
    """The sources of ``unit`` among ``nodes``, with their origins."""
    sources = unit.sources
    if isinstance(unit, Recording):
        sources = dict(zip(path_nodes(unit.at)[2], sources, strict=True))
    return [(node, sources[node]) for node in nodes if node in sources]


class Place:
    """Where an argument that is a tensor stood."""

    def __init__(self, k: int) -> None:
        self.k = k


def filled(value: Any, given: Sequence[Any]) -> Any:
    """The structure with the tensors ``given`` at their places."""
    if isinstance(value, Place):
        return given[value.k]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[filled(item, given) for item in value])
    if isinstance(value, (tuple, list)):
        return type(value)(filled(item, given) for item in value)
    if isinstance(value, dict):
        return {key: filled(item, given) for key, item in value.items()}
    return value


class CheckpointNode(GraphNode):
    """The ``grad_fn`` of a checkpointed call's results."""

    def name(self) -> str:
        return "CheckpointFunctionBackward"


def checkpoint_sequential(functions: Any, segments: int, input: Any,
                          use_reentrant: bool | None = None, **kwargs: Any) -> Any:
    """``functions`` one after the other on ``input``, cut into ``segments`` of which all but the
    last are checkpointed."""
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    length = len(steps) // segments
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    end = 0
    for start in range(0, length * (segments - 1), length):
        end = start + length
        input = checkpoint(chained(steps[start:end]), input, use_reentrant=use_reentrant,
                           preserve_rng_state=preserve)
    return chained(steps[end:])(input)


def chained(steps: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """The functions one after the other, as one."""
    def call(input: Any) -> Any:
        for step in steps:
            input = step(input)
        return input
    return call


__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn",
           "set_checkpoint_debug_enabled", "set_checkpoint_early_stop"]
