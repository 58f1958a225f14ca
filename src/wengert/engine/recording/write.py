"""Writing to a view: what becomes of the base.

A view is a chain of aliasing primitives on its base; :func:`write_back` goes along it towards the
base, and gives each value on the way the elements that were written.
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Node, Primitive
from ..ops import complex_numbers as cn
from ..ops import elementwise as el
from ..ops import structural as st

SEVERAL = ("unsupported operation: more than one element of the written-to tensor refers to a "
           "single memory location. Please clone() the tensor before performing the operation.")


def write_back(base: Node, view: Node, value: Node) -> Node:
    """``base`` with the elements that ``view`` shows replaced by ``value``, of the view's shape and
    dtype; RuntimeError if the view shows an element more than once."""
    if not view.size and not value.requires_grad:
        return base
    while view is not base:
        if not view.prim.aliases or not view.args:
            raise ValueError(f"{view} is not a view of {base}")
        parent = view.args[0]
        value = _replaced(parent, view, value)
        view = parent
    return value


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


def _window(parent: Node, view: Node, value: Node) -> Node:
    params = view.params
    if st.overlaps(params["size"], st.window_strides(params["moves"], parent.shape)):
        raise RuntimeError(SEVERAL)
    return st.window_update(parent, value, **params)


def _broadcast(parent: Node, view: Node, value: Node) -> Node:
    if not view.size:
        return parent
    if view.size != parent.size:
        raise RuntimeError(SEVERAL)
    return st.reshape(value, shape=parent.shape)


def _real(parent: Node, view: Node, value: Node) -> Node:
    return cn.complex_(value, cn.imag(parent)) if parent.dtype.is_complex else value


def _end(parent: Node, view: Node, value: Node) -> Node:
    return st.graft(parent, value) if parent.requires_grad else value


REPLACED: dict[Primitive, Callable[[Node, Node, Node], Node]] = {
    st.slice_: lambda parent, view, value: st.update(parent, value, *view.args[1:], **view.params),
    st.reshape: lambda parent, view, value: st.reshape(value, shape=parent.shape),
    st.transpose: _transpose, st.window: _window, st.broadcast_to: _broadcast,
    el.real: _real,
    cn.imag: lambda parent, view, value: cn.complex_(el.real(parent), value),
    cn.as_real: lambda parent, view, value: cn.as_complex(value),
    cn.as_complex: lambda parent, view, value: cn.as_real(value),
    st.stop: _end, st.source: _end, st.alias: lambda parent, view, value: value,
}
"""What a write to a view makes of the value below it, for each primitive that makes views."""
