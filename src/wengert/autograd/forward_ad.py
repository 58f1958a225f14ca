"""Forward mode: tensors that carry a tangent, ``torch.autograd.forward_ad``.

>>> import wengert.autograd.forward_ad as fwAD
>>> with fwAD.dual_level():
...     x = fwAD.make_dual(torch.tensor(2.0), torch.tensor(1.0))
...     fwAD.unpack_dual(x ** 3).tangent
tensor(12.)

Inside a level each operation is looked at as it is recorded: the tangents of its operands are
pushed through its nodes by ``transforms/jvp.py``, and recorded after it.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..engine.errors import user_line
from ..engine.graph import Node, building, reachable
from ..engine.ops.structural import alias
from ..engine.recording import keys
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, Store, extra, extra_of
from ..engine.recording.lanes import Mapping
from ..engine.recording.observers import Observer, leave, observe, tell
from ..engine.recording.recorder import hold_like, look_from_here, record_fresh, wait, wait_too
from ..engine.recording.recording import Recording, dtype_of, here, shape_of
from ..engine.recording.structures import tensors_in
from ..engine.recording.tree import Step
from ..engine.transforms.jvp import jvp
from ..names.missing import answer_missing_names

_tokens = itertools.count(1)


class _Level(threading.local):
    token = 0
    made: tuple[tuple[Handle, Handle], ...] = ()


here_level = _Level()
"""The level of this thread; its ``token`` is 0 where there is none."""


class UnpackedDualTensor(NamedTuple):
    """A tensor and its tangent; the tangent is None where there is none."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Begin a level of forward mode; RuntimeError inside another one."""
    if here_level.token:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    if here.modes.mappings:   # the recording cannot end
        look_from_here()
    else:
        flush()
    here_level.token = next(_tokens)
    observe(here.modes, TANGENTS)
    here.recording.set_grad(here.modes.grad)
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level of forward mode; the tangents are gone."""
    if not here_level.token:
        raise RuntimeError("Trying to exit a forward AD level but there is none")
    if not here.modes.mappings:
        flush()
    here_level.token = 0
    here_level.made = ()
    leave(here.modes, TANGENTS)
    here.recording.set_grad(here.modes.grad)


class dual_level:
    """A context in which tensors can carry tangents."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *error: Any) -> None:
        exit_dual_level()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A tensor with the value and history of ``tensor`` that carries ``tangent``, which has the
    same shape and dtype."""
    if not here_level.token:
        raise RuntimeError("Trying to create a dual Tensor for forward AD but no level exists, make"
                           " sure to enter_dual_level() first.")
    for value in (tensor, tangent):
        dtype = dtype_of(value)
        if not dtype.is_differentiable:
            raise ValueError("Expected tensor to be floating point or complex, but got: "
                             f"{dtype!r}")
    if shape_of(tensor) != shape_of(tangent):
        raise RuntimeError("Expected tangent to have the same size as primal: "
                           f"{list(shape_of(tangent))} and {list(shape_of(tensor))}")
    dual = record_fresh(tensor)
    set_tangent(dual, tangent)
    here_level.made = (*here_level.made, (dual, tangent))
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The value of a tensor, and its tangent."""
    tangent = tangent_of(tensor)
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(record_fresh(tensor), tangent)


def tangent_of(handle: Handle) -> Handle | None:
    """The tangent that ``handle`` carries in the present level."""
    x = extra_of(handle)
    if x is None or x.tangent is None or not here_level.token:
        return None
    token, tangent = x.tangent
    return tangent if token == here_level.token else None


def set_tangent(handle: Handle, tangent: Handle | None) -> None:
    """Have ``handle`` carry ``tangent``."""
    if tangent is not None or extra_of(handle) is not None:
        extra(handle).tangent = None if tangent is None else (here_level.token, tangent)


def with_tangent_of(handle: Handle, new: Handle) -> Handle:
    """``new``, which stands for ``handle``, carrying its tangent."""
    tangent = tangent_of(handle)
    if tangent is not None:
        set_tangent(new, tangent)
    return new


def map_tangents(mapping: Mapping, tensors: Sequence[Any], lanes: Sequence[Any],
                 dims: Sequence[int | None]) -> None:
    """Give the ``lanes`` of a mapped function, samples of ``tensors`` along ``dims``, samples of
    the tangents of these."""
    if not here_level.token:
        return
    for x, lane, dim in zip(tensors, lanes, dims, strict=True):
        tangent = None if dim is None else tangent_of(x)
        if tangent is not None and dim is not None:
            set_tangent(lane, mapping.lane(tangent, dim))


# What happens after each operation

class Tangents(Observer):
    """Gives the result of each operation its tangent."""

    steps = True

    def step_taken(self, rec: Recording, key: tuple[Any, ...], out: Any, result: Any,
                   args: Any) -> None:
        give_tangent(rec, key, out, result, args)


TANGENTS = Tangents()


def give_tangent(rec: Recording, key: tuple[Any, ...], out: Any, result: Any, args: Any) -> None:
    """Give the result of an operation its tangent."""
    ts: dict[Node, Node] = {}
    for element, arg in zip(key[1:], args, strict=True):
        note(element, arg, rec, ts)
    writes = isinstance(result, Handle) and result is args[0]
    if not ts:
        return
    outs = out if isinstance(out, tuple) else (out,)
    given = set(ts.values())
    pushed = [alias(t) if t in given else t for t in tangent_nodes(outs, ts)]
    found = iter(entered(rec, [t for t in pushed if t is not None]))
    handles = result if isinstance(result, tuple) else (result,)
    for handle, t in zip(handles, pushed, strict=True):
        set_tangent(handle, None if t is None else next(found))
    if writes:
        spread(rec, args[0])


def note(element: Any, arg: Any, rec: Recording, ts: dict[Node, Node]) -> None:
    """Enter the tangents of an argument in ``ts``."""
    if isinstance(arg, Handle) and isinstance(element, Node):
        tangent = tangent_of(arg)
        if tangent is not None:
            ts[element] = rec.enter(tangent)
    elif isinstance(arg, (tuple, list)) and isinstance(element, tuple):
        for one, a in zip(element, arg, strict=False):
            note(one, a, rec, ts)


def tangent_nodes(outs: tuple[Node, ...], ts: dict[Node, Node]) -> list[Node | None]:
    """The tangents of ``outs``."""
    building.line = user_line()
    try:
        found = jvp(reachable(outs, stop=list(ts)), ts)
    finally:
        building.line = None
    return [found.get(node) for node in outs]


def entered(rec: Recording, nodes: list[Node]) -> list[Handle]:
    """Handles that wait for ``nodes``, which are new in the recording."""
    rec.at = rec.add(keys.tangents(tuple(nodes)), Step(
        rec.at, tuple(nodes), grad=rec.at.grad, nodes=len(nodes)))
    return [wait(rec, node) for node in nodes]


def spread(rec: Recording, target: Handle) -> None:
    """After a write to ``target``: give the tensors that share its storage their tangents."""
    store = extra(target).store
    if store is None:
        return
    members = [m for m in (r() for r in store.members) if m is not None and m is not target]
    base = base_tangent(rec, target, store, members)
    if base is None:
        return
    for member in members:
        node = rec.followed(rec.enter(base), extra(member).chain)
        set_tangent(member, wait_too(rec, node))


def base_tangent(rec: Recording, target: Handle, store: Store,
                 members: list[Handle]) -> Handle | None:
    """The tangent of the whole storage after a write to ``target``."""
    chain = extra(target).chain
    tangent = tangent_of(target)
    if tangent is None:
        return None
    if not chain:
        return tangent
    base = next((tangent_of(m) for m in members if not extra(m).chain), None)
    if base is None:
        base = hold_like(store, 0)
    return wait(rec, rec.written_back(base, rec.enter(tangent), chain))


# Custom functions

def tangents_of(args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The tangent of each argument of a custom function, zeros for a tensor that has none; None if
    no argument has one."""
    if not here_level.token or all(tangent_of(h) is None for h in tensors_in(args)):
        return None
    return tuple(tangent_or_zeros(arg) if isinstance(arg, Handle) else None for arg in args)


def tangent_or_zeros(handle: Handle) -> Any:
    """The tangent of ``handle``, zeros if it has none; None if it can have none."""
    tangent = tangent_of(handle)
    if tangent is None and dtype_of(handle).is_differentiable:
        return hold_like(handle, 0)
    return tangent


def of_results(output: Any, tangents: Any) -> list[tuple[Any, Any]]:
    """Each result of a custom function with the tangent that its ``jvp`` returned; RuntimeError
    where they do not fit."""
    results = output if isinstance(output, tuple) else (output,)
    given = tangents if isinstance(tangents, tuple) else (tangents,)
    if len(results) != len(given):
        raise RuntimeError("Function's jvp returned an invalid number of forward gradients "
                           f"(expected {len(results)} but got {len(given)})")
    for result, t in zip(results, given, strict=True):
        if t is None or not isinstance(result, Handle):
            continue
        if not isinstance(t, Handle):
            raise RuntimeError("Function's jvp is to return a tensor or None for each result, got "
                               f"{type(t).__name__}")
        if shape_of(t) != shape_of(result):
            raise RuntimeError("Trying to set a forward gradient that has a different size than "
                               "that of the original Tensor, this is not supported. Tensor is of "
                               f"size {list(shape_of(result))} while the given forward gradient is "
                               f"of size {list(shape_of(t))}.")
    return list(zip(results, given, strict=True))


def give_tangents(output: Any, tangents: Any) -> None:
    """Have the results of a custom function carry what its ``jvp`` returned."""
    for result, t in of_results(output, tangents):
        if isinstance(result, Handle):
            set_tangent(result, t)


def in_level() -> bool:
    """Whether tensors can carry tangents now."""
    return here_level.token != 0


def any_dual(handles: Iterable[Any]) -> bool:
    """Whether one of ``handles`` carries a tangent."""
    return here_level.token != 0 and any(
        h is not None and tangent_of(h) is not None for h in handles)


def duals() -> tuple[tuple[Handle, Handle], ...]:
    """What :func:`make_dual` has made in this level, with the tangents."""
    return here_level.made


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """A context in which no tangents are made."""
    token, made, before = here_level.token, here_level.made, here.modes.observers
    here_level.token = 0
    leave(here.modes, TANGENTS)
    try:
        yield
    finally:
        here_level.token, here_level.made = token, made
        tell(here.modes, before)


__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual",
           "unpack_dual"]

answer_missing_names(__name__)
