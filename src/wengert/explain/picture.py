"""The recorded graph as a picture: an SVG file, laid out by grandalf.

:func:`svg` draws an explanation, :func:`drawing` any rows of one: a box for each operation with its
value and the cotangent that arrives there, an edge for each argument with the local derivative and
the part of the gradient that flows back through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Any

from .rows import Explained, Leaf, Row
from .text import heading

MOST_BOXES = 120
LETTER, LINE, PAD = 7.3, 16, 9
"""How wide a letter is, how high a line, and the room around a box's text."""
LONGEST = 44
"""Letters in a line of a box."""
STYLE = """
.wg{--ink:#1c2430;--soft:#68727f;--box:#fff;--rim:#b9c2cd;--leaf:#eef6ee;--rimleaf:#7fae86;
--end:#f1effb;--rimend:#9a8fd0;--back:#b3470b;--wire:#8d98a5;
font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){.wg{--ink:#e4e8ee;--soft:#98a3b0;--box:#1d232c;--rim:#48525f;
--leaf:#1b2a20;--rimleaf:#4f8a5a;--end:#252138;--rimend:#7d71b8;--back:#f0a06a;--wire:#6c7785}}
.wg text{fill:var(--ink)}.wg .soft{fill:var(--soft);font-size:11px}
.wg .back{fill:var(--back)}.wg .name{font-weight:600}
.wg rect{fill:var(--box);stroke:var(--rim)}.wg .leaf rect{fill:var(--leaf);stroke:var(--rimleaf)}
.wg .end rect{fill:var(--end);stroke:var(--rimend)}.wg .folded rect{stroke-dasharray:4 3}
.wg path{fill:none;stroke:var(--wire)}.wg marker path{fill:var(--wire);stroke:none}
.wg .label{font-size:11px;fill:var(--soft);paint-order:stroke;stroke:var(--paper,#fff);
stroke-width:3px}.wg .label.back{fill:var(--back)}
@media (prefers-color-scheme:dark){.wg .label{stroke:var(--paper,#14181f)}}
"""


@dataclass
class Box:
    """A box of the picture; ``w``, ``h`` and ``xy`` are what the layout asks for and gives: the
    room that it takes with the labels at its wires; ``wide`` is how wide it is drawn."""

    name: str
    lines: list[tuple[str, str]]
    kind: str = ""
    row: str = ""
    into: list[Wire] = field(default_factory=list)
    out: list[Wire] = field(default_factory=list)
    xy: tuple[float, float] = (0.0, 0.0)
    w: float = 0.0
    h: float = 0.0

    @property
    def wide(self) -> float:
        return max(len(text) for _, text in self.lines) * LETTER + 2 * PAD

    def take_room(self) -> None:
        """Know how much room it takes, once all wires are there."""
        beside = [wire.wide for wires in (self.into, self.out) if len(wires) == 1
                  for wire in wires]
        self.w = max(self.wide, *(2 * each - 130 for each in beside), 0)
        self.h = len(self.lines) * LINE + 2 * PAD


@dataclass
class Wire:
    """An edge of the picture, with what is written beside it."""

    source: Box
    target: Box
    labels: list[tuple[str, str]]
    points: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source.out.append(self)
        self.target.into.append(self)

    @property
    def wide(self) -> float:
        return max((len(text) for text, _ in self.labels), default=0) * 6.7

    def setpath(self, points: Sequence[tuple[float, float]]) -> None:
        """The layout gives the corners."""
        self.points = list(points)


def svg(found: Explained) -> str:
    """An explanation as a picture."""
    return drawing(found.rows, found.leaves, found.output, heading(found))


def drawing(rows: Sequence[Row], given: Iterable[Leaf], output: str, title: str = "") -> str:
    """Rows as a picture; what they read that is no row is a leaf, or comes from outside. A module's
    own parameters are part of its box."""
    hidden = max(0, len(rows) - MOST_BOXES)
    shown = [*rows[:MOST_BOXES // 2], *rows[-MOST_BOXES // 2:]] if hidden else list(rows)
    read = [factor.argument for row in shown for factor in row.factors]
    leaves = {leaf.name: leaf for leaf in given if not rows or leaf.name in read}
    owned = {factor.argument for row in shown if row.kind == "module" for factor in row.factors
             if factor.argument.startswith(row.title.partition(" ")[0])
             and read.count(factor.argument) == 1 and factor.argument in leaves}
    boxes = {name: Box(name, leaf_lines(leaf, output), "leaf") for name, leaf in leaves.items()
             if name not in owned}
    wires: list[Wire] = []
    homes: dict[str, Box] = {}
    for row in shown:
        kind = "end" if row.name == output else ""
        lines = row_lines(row, output)
        lines += [("back", short(f"∂/∂{name.rpartition('.')[2]} = {leaves[name].gradient}"))
                  for factor in row.factors if (name := factor.argument) in owned]
        boxes[row.name] = box = Box(row.name, lines, kind + " folded" * (not row.whole), row.name)
        labels: dict[str, list[tuple[str, str]]] = {}
        for factor in row.factors:
            if factor.argument in owned:
                continue
            local = factor.text if not factor.value or factor.value == factor.text else (
                f"{factor.text} = {factor.value}")
            local = local.replace("->", "→") if "->" in local else f"× {local}"
            labels.setdefault(factor.argument, []).append((short(local, 26), ""))
            if factor.part:
                labels[factor.argument].append((short(factor.part, 26), "back"))
        homes.update((inner, box) for inner in names_inside(row))
        for argument, written in labels.items():
            if argument in homes:
                wires.append(Wire(homes[argument], box, written))
                continue
            if argument not in boxes:
                boxes[argument] = Box(argument, [("name", short(argument))], "outside")
            if boxes[argument] is not box:
                wires.append(Wire(boxes[argument], box, written))
    if hidden:
        boxes["…"] = Box("…", [("soft", f"… {hidden} more operations …")], "outside")
    for box in boxes.values():
        box.take_room()
    lay_out(list(boxes.values()), wires)
    return written_svg(list(boxes.values()), wires, title)


def names_inside(row: Row) -> list[str]:
    """The names of the rows in a row, but for its own."""
    found = []
    for inner in row.inside:
        found += [inner.name, *names_inside(inner)]
    return [name for name in found if name != row.name]


def leaf_lines(leaf: Leaf, output: str) -> list[tuple[str, str]]:
    lines = [("name", short(leaf.name)), ("soft", f"{leaf.dtype}{list(leaf.shape)}")]
    if leaf.value:
        lines.append(("", short(leaf.value)))
    if leaf.gradient:
        lines.append(("back", short(f"∂{output}/∂{leaf.name} = {leaf.gradient}")))
    return lines


def row_lines(row: Row, output: str) -> list[tuple[str, str]]:
    made = row.formula if row.formula == row.name else f"{row.name} = {row.formula}"
    lines = [("name", short(made)), ("soft", f"{list(row.shape)} {row.line}")]
    if row.value:
        lines.append(("", short(row.value)))
    if row.cotangent:
        lines.append(("back", short(f"∂{output}/∂{row.name} = {row.cotangent}")))
    return lines


def short(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest - 1]}…"


def lay_out(boxes: Sequence[Box], wires: Sequence[Wire]) -> None:
    """Give every box its place and every wire its corners, in layers from the top down."""
    try:
        from grandalf.graphs import Edge, Graph, Vertex
        from grandalf.layouts import SugiyamaLayout
    except ImportError:
        raise ImportError("a picture is laid out by the package grandalf: "
                          'pip install "wengert[picture]", or pip install grandalf') from None
    vertices = {box.name: Vertex(box) for box in boxes}
    edges = []
    for box in boxes:
        vertices[box.name].view = box
    for wire in wires:
        edge: Any = Edge(vertices[wire.source.name], vertices[wire.target.name])
        edge.view = wire
        edges.append(edge)
    right = 0.0
    for part in Graph(list(vertices.values()), edges).C:
        layout = SugiyamaLayout(part)
        layout.xspace, layout.yspace = 28, 64
        layout.route_edge = lambda edge, points: None
        roots = [vertex for vertex in part.sV if not vertex.e_in()]
        layout.init_all(roots=roots)
        layout.draw(4)
        left = min(vertex.view.xy[0] - vertex.view.w / 2 for vertex in part.sV)
        move = right - left
        for edge in part.sE:
            edge.view.points = [(x + move, y) for x, y in edge.view.points]
        for vertex in part.sV:
            x, y = vertex.view.xy
            vertex.view.xy = x + move, y
            right = max(right, x + move + vertex.view.w / 2 + 40)


def written_svg(boxes: Sequence[Box], wires: Sequence[Wire], title: str) -> str:
    """The file."""
    left = min(box.xy[0] - box.wide / 2 for box in boxes) - 20
    top = min(box.xy[1] - box.h / 2 for box in boxes) - 20
    right = max(box.xy[0] + box.wide / 2 for box in boxes) + 20
    bottom = max(box.xy[1] + box.h / 2 for box in boxes) + 20
    for wire in wires:
        for text, _ in wire.labels:
            right = max(right, middle(wire)[0] + len(text) * 6.8 + 20)
    size = f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" class="wg" viewBox="{size}" '
             f'width="{right - left:.0f}" height="{bottom - top:.0f}" role="img">',
             f"<title>{escape(title)}</title><style>{STYLE.strip()}</style>",
             '<defs><marker id="wg-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
             'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>']
    parts += [f'<path d="{curve(wire)}" marker-end="url(#wg-tip)"/>' for wire in wires]
    for wire in wires:
        x, y = middle(wire)
        for k, (text, kind) in enumerate(wire.labels):
            place = y + (k - (len(wire.labels) - 1) / 2) * 13 + 4
            to = f' data-to="{escape(wire.target.row)}"' if kind else ""
            parts.append(f'<text class="label {kind}"{to} x="{x + 6:.0f}" y="{place:.0f}">'
                         f"{escape(text)}</text>")
    for box in boxes:
        x, y = box.xy[0] - box.wide / 2, box.xy[1] - box.h / 2
        row = f' data-row="{escape(box.row)}"' if box.row else (
            f' data-leaf="{escape(box.name)}"' if box.kind == "leaf" else "")
        parts.append(f'<g class="box {box.kind}"{row}><rect x="{x:.0f}" y="{y:.0f}" rx="5" '
                     f'width="{box.wide:.0f}" height="{box.h:.0f}"/>')
        parts += [f'<text class="{kind}" x="{x + PAD:.0f}" '
                  f'y="{y + PAD + LINE * (k + 1) - 4:.0f}">{escape(text)}</text>'
                  for k, (kind, text) in enumerate(box.lines)]
        parts.append("</g>")
    return "\n".join([*parts, "</svg>\n"])


def corners(wire: Wire) -> list[tuple[float, float]]:
    """Where a wire goes: from the lower rim of its source to the upper rim of its target."""
    source, target = wire.source, wire.target
    return [(source.xy[0], source.xy[1] + source.h / 2), *wire.points[1:-1],
            (target.xy[0], target.xy[1] - target.h / 2)]


def curve(wire: Wire) -> str:
    points = corners(wire)
    text = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for (x, y), (u, v) in pairwise(points):
        half = (y + v) / 2
        text += f"C{x:.0f} {half:.0f} {u:.0f} {half:.0f} {u:.0f} {v:.0f}"
    return text


def middle(wire: Wire) -> tuple[float, float]:
    """Where a wire's labels stand: beside the box that has no other wire there, or halfway down
    its last stretch."""
    corner = corners(wire)
    if len(wire.target.into) == 1:
        x, y = corner[-1]
        return x, y - 18 if len(wire.labels) < 3 else y - 24
    if len(wire.source.out) == 1:
        x, y = corner[0]
        return x, y + 16
    (x, y), (u, v) = corner[-2:]
    return (x + u) / 2, (y + v) / 2
