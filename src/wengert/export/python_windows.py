"""How convolutions, pooling and sorting are written in Python: as calls of functions that a source
brings along (``python_functions.py``)."""

from __future__ import annotations

from ..engine.graph import Node
from .python_writer import PythonWriter, Rule, Text
from .rows import ATOM

GEOMETRY = {"conv": ("stride", "padding", "dilation", "groups"),
            "conv_input": ("size", "stride", "padding", "dilation", "groups"),
            "conv_weight": ("kernel", "stride", "padding", "dilation", "groups"),
            "window_sum": ("out", "kernel", "stride", "padding", "dilation"),
            "window_spread": ("size", "kernel", "stride", "padding", "dilation"),
            "window_max": ("out", "kernel", "stride", "padding", "dilation"),
            "window_tap": ("kernel", "stride", "padding", "dilation"),
            "tap_pick": ("kernel", "stride", "padding", "dilation"),
            "tap_put": ("size", "kernel", "stride", "padding", "dilation")}
"""What each is given after its arrays."""


def windowed(w: PythonWriter, node: Node) -> Text:
    """A call of one of the functions."""
    name, p = node.prim.name, dict(node.params)
    p.setdefault("dilation", (1,) * len(p["stride"]))
    p["padding"] = tuple(pad[0] if isinstance(pad, tuple) else pad for pad in p["padding"])
    w.need(name)
    given = [*map(w.text, node.args), *([str(node.shape[2:])] if name == "conv" else []),
             *(str(p[key]) for key in GEOMETRY[name])]
    return f"{name}({', '.join(given)})", ATOM


def ordered(w: PythonWriter, node: Node) -> Text:
    w.need("order")
    axis = node.params["axis"]
    return f"order({w.text(node.args[0])}, {axis}, {node.params['descending']})", ATOM


def first_places(w: PythonWriter, node: Node) -> Text:
    w.need("order")
    p = node.params
    first = f"[{':, ' * p['axis']}:{p['k']}]"
    return f"order({w.text(node.args[0])}, {p['axis']}, {p['largest']}){first}", ATOM


def kth_place(w: PythonWriter, node: Node) -> Text:
    w.need("order")
    k, axis = node.params["k"], node.params["axis"]
    return f"order({w.text(node.args[0])}, {axis}, False)[{':, ' * axis}{k}:{k + 1}]", ATOM


def extreme(name: str) -> Rule:
    def rule(w: PythonWriter, node: Node) -> Text:
        keep = ", keepdims=True" if node.params["keepdims"] else ""
        return f"{name}({w.text(node.args[0])}, {node.params['axis']}{keep})", ATOM
    return rule


WINDOWS: dict[str, Rule] = {
    **dict.fromkeys(GEOMETRY, windowed), "argsort": ordered, "topk_place": first_places,
    "kth_place": kth_place, "argmax": extreme("np.argmax"), "argmin": extreme("np.argmin")}
"""By the name of the primitive."""

__all__ = ["WINDOWS"]
