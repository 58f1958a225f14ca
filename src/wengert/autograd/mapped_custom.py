"""Custom functions inside a mapped function.

One that has a ``vmap`` of its own is called by it, on the tensors of all samples (:func:`by_rule`).
Of any other the forward is recorded for one sample, like everything else; where its results are
differentiated outside of the mapped function, its backward is mapped then (:func:`mapped_results`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..engine.graph import Node
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import Mapping, for_each
from ..engine.recording.recorder import wait
from ..engine.recording.recording import here
from ..engine.recording.structures import leaves_of, mapped, tensors_in, tensors_on
from .custom import CustomCall
from .kept import Kept
from .trees import alike, outline


class VmapInfo(NamedTuple):
    """What a rule is told of the mapping."""

    batch_size: int
    randomness: str


# A rule of one's own
def by_rule(function: Any, args: tuple[Any, ...]) -> Any:
    """The results of a call by the rule of ``function``, ``vmap(info, in_dims, *args)``: it takes
    the tensors of all samples, and returns such and where their axis is."""
    mapping: Mapping = here.modes.lanes
    given = list(tensors_in(args))
    same = mapping.same(given)
    if all(same):   # of the samples of a mapping around this one, if of any
        with mapping.suspended():
            return function.apply(*args)
    differing = [h for h, alike in zip(given, same, strict=True) if not alike]
    whole = iter(mapping.results(differing, [0] * len(differing)))
    each = iter(same)
    new = tuple(mapped(args, lambda h: h if next(each) else next(whole)))
    dims = iter([None if alike else 0 for alike in same])
    in_dims = tuple(dims_like(arg, dims) for arg in args)
    with mapping.suspended():
        found = function.vmap(VmapInfo(mapping.size, mapping.randomness), in_dims, *new)
    if not isinstance(found, tuple) or len(found) != 2:
        raise RuntimeError("Expected the vmap staticmethod to have two returns, an output and "
                           "out_dims with pytree structure compatible with the output. Got a "
                           f"{type(found)} instead, of {function.__name__}")
    out, out_dims = found
    places = iter(spread(out_dims, out, function.__name__))

    def sample(handle: Any) -> Any:
        dim = next(places)
        return handle if dim is None else mapping.lane(handle, dim % handle.dim())
    return mapped(out, sample)


def dims_like(arg: Any, dims: Iterable[Any]) -> Any:
    """The structure of ``arg`` with the dimension of each tensor in its place, None of the rest."""
    if isinstance(arg, Handle):
        return next(iter(dims))
    if isinstance(arg, (tuple, list)):
        return type(arg)(dims_like(item, dims) for item in arg)
    if isinstance(arg, dict):
        return {key: dims_like(item, dims) for key, item in arg.items()}
    return None


def spread(dims: Any, out: Any, name: str) -> list[Any]:
    """A dimension for each tensor of ``out``; RuntimeError where they do not fit."""
    if dims is None or isinstance(dims, int):
        return [dims] * sum(1 for _ in tensors_in(out))
    if not alike(dims, out):
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) "
            f"tuple. Expected out_dims={dims} to be compatible with the structure of `output`. "
            f"out_dims has structure {outline(dims)} but output has structure {outline(out)}, of "
            f"{name}")
    return [d for d, leaf in zip(leaves_of(dims), leaves_of(out), strict=True)
            if isinstance(leaf, Handle)]


# A backward that is mapped
class Given:
    """A tensor that stands for what a context has saved."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def get(self, kept: Any, unit: Any) -> Any:
        return self.handle


class Row:
    """Tensors of all samples, each once: those of nodes of one sample that are asked for."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.places: dict[Node, int] = {}
        self.handles: list[Any] = []

    def place(self, node: Node) -> int:
        """Where the tensor of ``node`` will stand."""
        if node not in self.places:
            self.places[node] = len(self.handles)
            self.handles.append(wait(here.recording, node))
        return self.places[node]

    def whole(self) -> tuple[list[Any], list[bool]]:
        """The tensors, and which of them are the same for all samples."""
        same = self.mapping.same(self.handles)
        found = self.mapping.results(self.handles, [None if alike else 0 for alike in same])
        return found, same


def mapped_results(call: CustomCall, mapping: Mapping, values: dict[int, Node],
                   function: Any) -> list[Any]:
    """The results of ``call`` for all samples, by their numbers and nodes for one sample, with the
    backward of the call, mapped, as theirs; ``function`` is ``torch.autograd.Function``."""
    rec, row = here.recording, Row(mapping)
    which = {i: row.place(node) for i, node in values.items()}
    results = list(which.values())
    inputs = [row.place(node) for node in call.inputs]
    saved: list[int | None] = []
    for each in call.kept.saved:
        handle = None if each is None else each.original if each.original is not None else (
            each.handle)
        if each is not None and each.output >= 0:
            saved.append(which[each.output])
        elif each is not None and each.input >= 0:
            saved.append(inputs[each.input])
        else:
            saved.append(None if handle is None else row.place(rec.enter(handle)))
    named = {name: (which[s.output] if s.output >= 0 else inputs[s.input])
             for name, s in call.kept.named.items()}
    others = [(h, row.place(rec.enter(h))) for h in tensors_on(call.ctx)]
    whole, same = row.whole()
    kept = sorted({place for place in (*saved, *named.values(), *[p for _, p in others])
                   if place is not None})

    def forward(ctx: Any, *tensors: Any) -> Any:
        """The results, which are there already."""
        given = dict(enumerate(tensors))
        out = tuple(given[place].clone() for place in results)
        given.update(zip(results, out, strict=True))
        ctx.save_for_backward(*[given[place] for place in kept])
        return out if len(out) > 1 else out[0]

    def backward(ctx: Any, *cts: Any) -> Any:
        have = dict(zip(kept, ctx.saved_tensors, strict=True))
        apart = [place for place in kept if not same[place]]

        def sample(*lanes: Any) -> list[Any]:
            now = {**have, **dict(zip(apart, lanes[len(cts):], strict=True))}
            own = context(call, [None if p is None else now[p] for p in saved],
                          {name: now[p] for name, p in named.items()},
                          {id(h): now[p] for h, p in others})
            given = call.given(dict(zip(which, lanes, strict=False)))
            return call.checked(call.function.derivative()(own, *call.structured(given)))
        found = for_each(sample, [*cts, *[have[place] for place in apart]])
        grads: list[Any] = [None] * len(whole)
        for place, ct in zip(inputs, found, strict=True):
            if ct is not None:
                ct = ct.sum(0) if same[place] else ct
                grads[place] = ct if grads[place] is None else grads[place] + ct
        return tuple(grads)

    for mark in ("once_differentiable", "looks"):
        setattr(backward, mark, getattr(call.function.derivative(), mark, False))
    mirror = type(call.name().removesuffix("Backward"), (function,), {
        "forward": staticmethod(forward), "backward": staticmethod(backward)})
    with mapping.suspended():
        found = mirror.apply(*whole)   # type: ignore[attr-defined]
    return list(found) if isinstance(found, tuple) else [found]


def context(call: CustomCall, saved: Sequence[Any], named: dict[str, Any],
            others: dict[int, Any]) -> Any:
    """The context of ``call`` with other tensors."""
    own = copy.copy(call.ctx)
    own._kept = Kept(call.kept.name)
    own._kept.saved = [None if h is None else Given(h) for h in saved]
    own._kept.named = {name: Given(h) for name, h in named.items()}
    own._asked = own._forward = ()
    for name, item in list(vars(own).items()):
        if not name.startswith("_"):
            vars(own)[name] = mapped(item, lambda h: others.get(id(h), h))
    return own


__all__ = ["VmapInfo", "by_rule", "mapped_results"]
