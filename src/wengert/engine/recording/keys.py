"""Keys: what a step of the trace tree is reached by, one function for each kind.

Two keys are equal where the same was done to the same nodes; what is not in the key may differ
from run to run. They are made at each step and looked up at once, so they are what is quickest to
make and to hash: tuples, most of which begin with what says of which kind they are. On the quickest
paths they are written out: a call in ``operators.py``, ``calls.py`` and ``recorder.py``, a backward
in ``steps.py``.

An input is the one kind that has no function here: its key is the :class:`~.handle.Kind` of its
buffer, or what stands in ``Kind.flowing`` where gradients reach it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from ..graph import Node, Shape

Key = tuple[Any, ...]
"""A call: an operation and what each of its parameters was given: a node, the type of a runtime
number, or a static argument."""

GRAD_OFF, GRAD_ON = "grad off", "grad on"
"""The grad mode changes; nothing else counts, or it would be :func:`cut`."""
SCOPED = "scoped"
"""A block of a mode opens in something that can be suspended: from here on steps look."""
AGAIN = "backward"
"""What the key of :func:`backward` begins with."""


def lengths_in(key: Sequence[Any]) -> tuple[int, ...] | None:
    """The lengths among the arguments of a call, where it has some."""
    return key[2] if key[0].lengths else None


def laid_out(kind: Hashable, strides: Shape) -> Hashable:
    """An input of this kind, a view whose elements lie elsewhere than its buffer's."""
    return kind, strides


def leaf(node: Node) -> Key:
    """A leaf begins that has the value of ``node``: gradients go to it, and no further."""
    return "leaf", node


def custom(node: Node, inputs: tuple[Node, ...]) -> Key:
    """A result of a custom function with the value of ``node``: gradients go through it to
    ``inputs``. One after which gradients are recorded again has ``GRAD_ON`` at the end."""
    return "custom", node, inputs


def replay(call: Key) -> Key:
    """A call that keeps the gradient, whatever the grad mode."""
    return "replay", call


def cut(ending: str, enabled: bool) -> Key:
    """The grad mode changes where it counts what ends a gradient."""
    return ending, enabled


def backward(node: Node) -> Key:
    """The backward of a single element that is one step: see ``steps.py``."""
    return AGAIN, node


def tangents(nodes: tuple[Node, ...]) -> Key:
    """The tangents of the results of the step before."""
    return "tangents", nodes


def pushed(outs: tuple[Node, ...], ins: tuple[Node, ...], what: Key) -> Key:
    """Derivatives of ``outs`` in ``ins``, forwards through all that was recorded: ``what`` begins
    with their kind, and goes on with what was given to ``ins``."""
    return "pushed", outs, ins, what


def lane(node: Node, axis: int) -> Key:
    """One sample of ``node`` along ``axis``, of a mapped function."""
    return "lane", node, axis


def mapped(outs: tuple[Node, ...], dims: tuple[int | None, ...]) -> Key:
    """No step: what a mapped function does whose results these are, with the samples' axis."""
    return "mapped", outs, dims


def body(ins: tuple[Node, ...], outs: tuple[Node, ...]) -> Key:
    """No step: what leads from ``ins`` to ``outs``, as a function that can be called again."""
    return "body", ins, outs


def open_ends(node: Node) -> Key:
    """No step: which sources of the recording a gradient of ``node`` goes to."""
    return "open ends", node


def lined(key: Hashable, line: Hashable) -> Key:
    """A step made at a line of the user's, where lines count."""
    return key, line


def root(name: str, grad: bool) -> Key:
    """A root beside the two of the grad modes."""
    return name, grad


class StageKey(NamedTuple):
    """The adjoint of a segment's ``plan``, or of the recording (None), from the cotangents
    ``given`` of ``seeds`` (ones for those beyond) down to ``floor``. ``ends`` are the sources that
    lead to something wanted (None: everything is), ``inside`` the nodes on the way whose cotangents
    are, and ``keep`` those to hand out at the end of this stage."""

    plan: Any
    floor: int
    seeds: tuple[Node, ...]
    given: tuple[Node, ...]
    ends: tuple[Any, ...] | None
    inside: tuple[Node, ...]
    keep: tuple[Node, ...]
    create_graph: bool
    retain_graph: bool
