"""A small plot of a function of one real variable and its derivative: :func:`plot`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.backends.interpreter import interpret
from ..engine.dtypes import float64
from ..engine.graph import Graph, Node, Primitive, Unknown
from ..engine.ops.structural import full, input_
from ..engine.quiet import quiet
from ..engine.transforms.vjp import pull
from .derivations import scalars

LOW, HIGH, HEIGHT, POINTS = -4.0, 4.0, 4.0, 161
SCALE = 22
STYLE = (".f{stroke:#2a6bd0}.d{stroke:#c2571a;stroke-dasharray:4 3}"
         "path{fill:none;stroke-width:1.6}.a{stroke:#8d98a5;stroke-width:.7}"
         "text{font:10px sans-serif;fill:#68727f}"
         "@media(prefers-color-scheme:dark){.f{stroke:#6ea6f5}.d{stroke:#f0a06a}"
         "text{fill:#98a3b0}}")


def values(prim: Primitive) -> tuple[Any, Any, Any] | None:
    """Points, the function there, and its derivative; None where it is no function of one real
    variable that has one."""
    example = scalars(prim)
    if example is None or len(example.args) != 1 or prim.derivative(0) is None:
        return None
    x = Node(input_, (), {}, (POINTS,), float64, True)
    one = Node(input_, (), {}, (), float64)
    points = np.linspace(LOW, HIGH, POINTS)
    try:
        y = prim(x)
        if y.dtype is not float64 or isinstance(prim.derivative(0), Unknown):
            return None
        slope = pull(y, 0, full(one, shape=y.shape, dtype=float64))
        with quiet():
            found = interpret(Graph([x, one], [y, slope]))([points, np.float64(1)])
    except RuntimeError:   # it takes no real numbers
        return None
    f, d = (np.broadcast_to(np.asarray(each, float), points.shape) for each in found)
    d = np.where(np.isnan(f), np.nan, d)   # there is no derivative of what is not there
    return (points, f, d) if np.isfinite(f).sum() > 2 else None


def plot(prim: Primitive) -> str:
    """The plot as the text of an SVG file; empty where there is none."""
    found = values(prim)
    if found is None:
        return ""
    points, f, d = found
    wide, high = (HIGH - LOW) * SCALE, 2 * HEIGHT * SCALE
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high + 14:.0f}" '
             f'width="{wide:.0f}"><title>{prim.name} and its derivative</title>'
             f"<style>{STYLE}</style>",
             f'<path class="a" d="M0 {high / 2:.0f}H{wide:.0f}M{wide / 2:.0f} 0V{high:.0f}"/>']
    parts += [f'<path class="{kind}" d="{line(points, each)}"/>'
              for kind, each in (("d", d), ("f", f))]
    parts.append(f'<text x="2" y="{high + 11:.0f}">{prim.name} (line), derivative (dashes); '
                 f"±{HIGH:.0f}</text></svg>\n")
    return "".join(parts)


def line(points: Any, each: Any) -> str:
    """A curve, with gaps where it is not finite, leaves the picture or jumps."""
    text, drawing, last = "", False, 0.0
    for x, y in zip(points, each, strict=True):
        if not np.isfinite(y) or abs(y) > HEIGHT or (drawing and abs(y - last) > 1):
            drawing = bool(np.isfinite(y) and abs(y) <= HEIGHT)
            if drawing:
                text += f"M{(x - LOW) * SCALE:.1f} {(HEIGHT - y) * SCALE:.1f}"
        else:
            text += f"{'L' if drawing else 'M'}{(x - LOW) * SCALE:.1f} {(HEIGHT - y) * SCALE:.1f}"
            drawing = True
        last = y
    return text
