"""Writing to a view: what becomes of the base.

A view is a chain of aliasing primitives on its base; :func:`write_back` goes along it towards the
base, and gives each value on the way the elements that were written. Where a link of it shows
elements more than once (``expand``, ``unfold``), but the view may be written to, places that are
shown tell which elements those are: :func:`_at_places`.
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Node, Primitive, lift
from ..ops import complex_numbers as cn
from ..ops import elementwise as el
from ..ops import structural as st
from ..ops.fused import position
from ..ops.indexing import index_put
from .strides import strides_from

SEVERAL = ("unsupported operation: more than one element of the written-to tensor refers to a "
           "single memory location. Please clone() the tensor before performing the operation.")


def write_back(base: Node, view: Node, value: Node) -> Node:
    """``base`` with the elements that ``view`` shows replaced by ``value``, of the view's shape and
    dtype; RuntimeError if the view shows an element more than once."""
    if not view.size and not value.requires_grad:
        return base
    while view is not base:
        run, below = _moving(base, view)
        if any(map(_repeats, run)):
            if st.overlaps(view.shape, strides_from(below, view)):
                raise RuntimeError(SEVERAL)
            value, view = _at_places(below, run, value), below
            continue
        if not run:
            if not view.prim.aliases or not view.args:
                raise ValueError(f"{view} is not a view of {base}")
            run = [view]
        for link in run:
            view = link.args[0]
            value = _replaced(view, link, value)
    return value


def _moving(base: Node, view: Node) -> tuple[list[Node], Node]:
    """The links at the end of ``view`` that only move elements, the last first; what they are of.
    """
    run = []
    while view is not base and view.prim in MOVING:
        run.append(view)
        view = view.args[0]
    return run, view


def _repeats(link: Node) -> bool:
    """Whether a link shows elements of what it is of more than once."""
    if link.prim is st.broadcast_to:
        return link.size > link.args[0].size
    return link.prim is st.window and st.overlaps(
        link.params["size"], st.window_strides(link.params["moves"], link.args[0].shape))


def _at_places(base: Node, run: list[Node], value: Node) -> Node:
    """``base`` with ``value`` at the places that the links ``run`` show; the last write stays."""
    places = st.reshape(position(lift(0), shape=(base.size,), axis=0), shape=base.shape)
    for link in reversed(run):
        places = link.prim(places, *link.args[1:], **link.params)
    flat, values, places = (st.reshape(x, shape=(x.size,)) for x in (base, value, places))
    out = st.reshape(index_put(flat, values, places, dims=(0,)), shape=base.shape)
    return _end(base, base, out) if any(link.prim is st.stop for link in run) else out


def _replaced(parent: Node, view: Node, value: Node) -> Node:
    """``parent`` with the elements that ``view``, one step from it, shows replaced."""
    replace = REPLACED.get(view.prim)
    if replace is None:
        raise RuntimeError(
            f"a write to the result of {view.prim.name} cannot be carried to its base")
    return replace(parent, view, value)


def _transpose(parent: Node, view: Node, value: Node) -> Node:
    perm = view.params["perm"]
    return st.transpose(value, perm=tuple(sorted(range(len(perm)), key=perm.__getitem__)))


def _real(parent: Node, view: Node, value: Node) -> Node:
    return cn.complex_(value, cn.imag(parent)) if parent.dtype.is_complex else value


def _end(parent: Node, view: Node, value: Node) -> Node:
    return st.graft(parent, value) if parent.requires_grad else value


REPLACED: dict[Primitive, Callable[[Node, Node, Node], Node]] = {
    st.slice_: lambda parent, view, value: st.update(parent, value, *view.args[1:], **view.params),
    st.reshape: lambda parent, view, value: st.reshape(value, shape=parent.shape),
    st.broadcast_to: lambda parent, view, value: (
        st.reshape(value, shape=parent.shape) if view.size else parent),
    st.transpose: _transpose,
    st.window: lambda parent, view, value: st.window_update(parent, value, **view.params),
    el.real: _real,
    cn.imag: lambda parent, view, value: cn.complex_(el.real(parent), value),
    cn.as_real: lambda parent, view, value: cn.as_complex(value),
    cn.as_complex: lambda parent, view, value: cn.as_real(value),
    st.stop: _end, st.source: _end, st.alias: lambda parent, view, value: value,
}
"""What a write to a view makes of the value below it, for each primitive that makes views."""
MOVING = frozenset([st.slice_, st.reshape, st.transpose, st.broadcast_to, st.window, st.alias,
                    st.stop])
"""The primitives whose views show elements as they are, elsewhere or more than once."""
