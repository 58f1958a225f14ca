"""How convolutions and pooling are written in ONNX."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..engine.graph import Node
from .writer import Rule, Writer


def conv(w: Writer, node: Node) -> str:
    check_dtype(w, node)
    p = w.static(node, lambda t: t.params)
    if any(side < 0 for pair in p["padding"] for side in pair):
        raise w.refusal(node, "with a padding below 0 is not written in ONNX")
    return w.op("Conv", *(w.value(x) for x in node.args), **geometry(p),
                pads=[side for sides in zip(*p["padding"], strict=True) for side in sides])


def geometry(p: dict[str, Any]) -> dict[str, Any]:
    """The attributes that a convolution and its transpose have."""
    return {"strides": p["stride"], "dilations": p["dilation"], "group": p["groups"]}


def check_dtype(w: Writer, node: Node) -> None:
    if not node.dtype.is_floating_point:
        raise w.refusal(node, f"of {node.dtype.name} is not written in ONNX")


def transposed(w: Writer, node: Node) -> str:
    """What is beyond the windows is ONNX's ``output_padding``; what of them is beyond the result,
    its padding after."""
    y, weight = node.args
    check_dtype(w, node)
    p = w.static(node, lambda t: {k: v for k, v in t.params.items() if k != "size"})
    before = [first for first, _ in p["padding"]]
    if any(n < 0 for n in before):
        raise w.refusal(node, "with a padding below 0 is not written in ONNX")

    def beyond(t: Node) -> list[int]:
        return [n - (s * (m - 1) + d * (k - 1) + 1 - first) for n, s, m, d, k, first in zip(
            t.params["size"], p["stride"], t.args[0].shape[2:], p["dilation"],
            t.args[1].shape[2:], before, strict=True)]
    extra = w.static(node, beyond)
    fits = all(n < max(s, d) for n, s, d in zip(extra, p["stride"], p["dilation"], strict=True))
    after = [max(0, n) for n in extra]
    found = w.op("ConvTranspose", w.value(y), w.value(weight), **geometry(p),
                 pads=[*before, *(max(0, -n) for n in extra)],
                 output_padding=after if fits else [0] * len(after))
    return found if fits else w.op(
        "Pad", found, w.tensor(np.array([0] * (2 + len(after)) + [0, 0, *after], np.int64)))


def window_pads(w: Writer, node: Node) -> list[int]:
    """The padding of pooling before and after; after, what the last window needs."""
    def sides(t: Node) -> list[int]:
        p = t.params
        dilation = p.get("dilation", (1,) * len(p["kernel"]))
        return [*p["padding"], *(
            max(0, (out - 1) * s + d * (k - 1) + 1 - n - before)
            for out, s, d, k, n, before in zip(p["out"], p["stride"], dilation, p["kernel"],
                                               t.args[0].shape[2:], p["padding"], strict=True))]
    found: list[int] = w.static(node, sides)
    return found


def window_max(w: Writer, node: Node) -> str:
    p = node.params
    check_dtype(w, node)
    return w.op("MaxPool", w.value(node.args[0]), kernel_shape=p["kernel"], strides=p["stride"],
                dilations=p["dilation"], pads=window_pads(w, node))


def window_sum(w: Writer, node: Node) -> str:
    """The mean times the count."""
    p = node.params
    check_dtype(w, node)
    mean = w.op("AveragePool", w.value(node.args[0]), kernel_shape=p["kernel"],
                strides=p["stride"], pads=window_pads(w, node), count_include_pad=1)
    return w.op("Mul", mean, w.tensor(np.asarray(prod(p["kernel"]), node.dtype.numpy)))


WINDOWS: dict[str, Rule] = {"conv": conv, "conv_input": transposed, "window_max": window_max,
                            "window_sum": window_sum}
"""By the name of the primitive."""

__all__ = ["WINDOWS"]
