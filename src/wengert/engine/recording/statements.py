"""Statements on handles, as text: for functions that are written out elsewhere, as ``compiler/``
writes a step. The text runs as quickly as what this folder does itself, and what it does to a
handle stands here.

Each function gives a test, an expression or a line about the tensor that a name stands for;
:func:`made` and :func:`settled` are called by the text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import as_buffer
from .handle import Array, Extra, Handle, Kind, kind_at, kind_of
from .replay import layout_of


def kind_noted(handle: Handle, buf: Array | None) -> Kind | None:
    """The kind of the value ``buf`` of ``handle``, noted as :func:`is_of_kind` looks for it; None
    where that is None."""
    return None if buf is None else kind_at(handle, buf)


def is_of_kind(name: str, kind: str, local: str) -> str:
    """Whether a tensor has no history in a segment, and a value of a kind, which is called
    ``local`` from then on: it may have another one soon. The text calls :func:`kind_noted`."""
    return (f"{name}._rec.__class__ is not Segment and "
            f"(b[1] if (b := {name}._kind_of)[0] is ({local} := {name}._buf) else "
            f"kind_noted({name}, {local})) is {kind}")


def is_still(name: str, local: str) -> str:
    """Whether a tensor has the value ``local``, and no other thread has written to it since."""
    return f"{name}._buf is {local}"


def has_grad(name: str, grad: str) -> str:
    """Whether a tensor that has had a gradient has this one."""
    return f"{name}._x.grad is {grad}"


ALONE = "(not sharing.exclusive or sharing.lock._is_owned())"
"""Whether no other thread wants to be the only one that writes."""


def is_as(name: str, handle: Handle, grad: str | None, layout: str) -> str:
    """Whether a tensor requires grad as ``handle`` does now, has the gradient ``grad`` (None for
    any or none), lies as ``layout`` says, which stands for what :func:`layout_of` says of
    ``handle``, and has nothing beside that. The text calls :func:`plain`."""
    x, lies = handle._x, layout_of(handle)
    leaf = x is not None and x.leaf
    own = f"plain(x) and layout_of({name}) == {layout}"
    if lies is None:   # without calls where it is no view
        own = ("(((s := x.store) is None or s.parent is None and s.exposed is None and "
               "not x.chain) and x.layout is None and x.hooks is None and x.post_hooks is None and "
               f"x.grad_fn is None and x.origin is None and x.tangent is None or {own})")
    tests = [f"x.leaf is {leaf}", *([f"x.grad is {grad}"] if grad is not None else []), own]
    bare = not leaf and grad in (None, "None") and lies is None
    return f"(x := {name}._x) is {'None or' if bare else 'not None and'} {' and '.join(tests)}"


def plain(x: Extra) -> bool:
    """Whether a tensor with this rarer state is the value that it has: nothing but operations of
    this package changes it, and no history or hook belongs to it."""
    store = x.store
    while store is not None:
        if store.exposed is not None:
            store.is_exposed()   # if not, it is looked at anew
            return False
        store = store.parent
    return not (x.hooks or x.post_hooks or x.grad_fn is not None or x.origin is not None
                or x.tangent is not None)


def shares_nothing(name: str) -> str:
    """Whether a tensor has storage of its own, so that a write to it is one to nothing else."""
    return f"(x := {name}._x) is None or x.store is None"


def written(name: str, buf: str, kind: str) -> str:
    """A tensor gets the value ``buf``, of this kind."""
    return f"{name}._buf = {buf}; {name}._kind_of = ({buf}, {kind}); {name}._rec = None"


def counted(name: str, times: int) -> str:
    """The storage of a tensor was written so often, if it has state in which that is noted."""
    return f"if (x := {name}._x) is not None: x.version += {times}"


def grad_set(name: str, grad: str) -> str:
    """A tensor that has had a gradient gets another."""
    return f"{name}._x.grad = {grad}"


def made(buf: Any, kind: Any, dtype: Any, unit: Any = None, node: Any = None) -> Any:
    """A tensor with the value ``buf``; its history starts at ``node`` of ``unit``."""
    handle = object.__new__(Handle._kind)
    if kind is None or buf.__class__ is not np.ndarray:
        buf, kind = settled(buf, kind, dtype)
    handle._buf = buf
    handle._kind_of = (buf, kind)
    handle._rec = unit
    handle._x = None
    if node is not None:
        handle._at = node
    return handle


def settled(buf: Any, kind: Kind | None, dtype: Any) -> tuple[Array, Kind]:
    """A result as a tensor holds it, with its kind; library calls give NumPy's scalars too, and the
    first run knows no kinds."""
    if kind is not None and buf.__class__ is np.ndarray:
        return buf, kind
    array = as_buffer(buf, dtype)
    return array, kind_of(array)
