"""Writing to a view: what becomes of the base.

A view is a chain of aliasing primitives on its base; :func:`write_back` goes along it towards the
base, and gives each value on the way the elements that were written.
"""

from __future__ import annotations

from ..graph import Node
from ..ops import complex_numbers as cn
from ..ops import elementwise as el
from ..ops import structural as st

SEVERAL = ("unsupported operation: more than one element of the written-to tensor refers to a "
           "single memory location. Please clone() the tensor before performing the operation.")


def write_back(base: Node, view: Node, value: Node) -> Node:
    """``base`` with the elements that ``view`` shows replaced by ``value``, of the view's shape and
    dtype; RuntimeError if the view shows an element more than once."""
    if not view.size:
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
    params = view.params
    match view.prim.name:
        case "slice":
            return st.update(parent, value, *view.args[1:], **params)
        case "reshape":
            return st.reshape(value, shape=parent.shape)
        case "transpose":
            perm = params["perm"]
            return st.transpose(value, perm=tuple(sorted(range(len(perm)), key=perm.__getitem__)))
        case "window":
            strides = st.window_strides(params["moves"], parent.shape)
            if st.overlaps(params["size"], strides):
                raise RuntimeError(SEVERAL)
            return st.window_update(parent, value, **params)
        case "broadcast_to":
            if view.size != parent.size:
                raise RuntimeError(SEVERAL)
            return st.reshape(value, shape=parent.shape)
        case "real" if parent.dtype.is_complex:
            return cn.complex_(value, cn.imag(parent))
        case "imag" if parent.dtype.is_complex:
            return cn.complex_(el.real(parent), value)
        case "as_real":
            return cn.as_complex(value)
        case "as_complex":
            return cn.as_real(value)
        case "stop" | "source":
            return st.graft(parent, value) if parent.requires_grad else value
        case "alias" | "real":
            return value
        case name:
            raise RuntimeError(f"a write to the result of {name} cannot be carried to its base")
