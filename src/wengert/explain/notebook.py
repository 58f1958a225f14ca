"""What a notebook shows of an explanation and of a graph.

:func:`shown` is an explanation's picture, or its table where there is nothing to draw with;
:func:`graph` is for graphs.
"""

from __future__ import annotations

from html import escape

from ..engine.graph import Graph
from ..engine.text import print_graph
from .picture import MOST_BOXES, Box, Wire, drawing, lay_out, written_svg
from .rows import Explained
from .text import HEAD, cells_of, heading, lines_of, opened

STYLE = ("<style>.wengert{overflow-x:auto}.wengert table{font:12px ui-monospace,monospace;"
         "text-align:left}.wengert td,.wengert th{text-align:left!important;white-space:nowrap}"
         ".wengert svg{max-width:none;height:auto}</style>")


def shown(found: Explained) -> str:
    """The picture, and below it the table, folded."""
    table = table_of(found)
    rest = lines_of(found)
    after = [line for line in rest if line.startswith(("together", "where", "the paths"))]
    start = rest.index(after[0]) if after else len(rest)
    notes = escape("\n".join(rest[start:]))
    note = f"<pre>{notes}</pre>" if notes else ""
    try:
        picture = drawing(found.rows, found.leaves, found.output, heading(found))
    except ImportError as error:
        return (f'<div class="wengert">{STYLE}<p>{escape(heading(found))}</p>{table}{note}'
                f"<p><small>{escape(str(error))}</small></p></div>")
    return (f'<div class="wengert">{STYLE}{picture}<details><summary>{escape(heading(found))}: '
            f"the table</summary>{table}</details>{note}</div>")


def table_of(found: Explained) -> str:
    """The rows as a table of HTML."""
    rows = [cell for level, row in opened(found.rows, 0) for cell in cells_of(level, row)]
    head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"
                   for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def graph(found: Graph) -> str:
    """A graph as a picture, or as its text if it is large or there is nothing to draw with."""
    nodes = found.nodes()
    text = f"<pre>{escape(print_graph(found))}</pre>"
    if len(nodes) > MOST_BOXES:
        return text
    number = {node: k for k, node in enumerate(dict.fromkeys([*found.inputs, *nodes]))}
    boxes = {node: Box(f"%{k}", [("name", f"%{k} = {node.prim.name}"),
                                 ("soft", f"{node.dtype.name}{list(node.shape)}")],
                       "leaf" if node in found.inputs else
                       "end" if node in found.outputs else "") for node, k in number.items()}
    wires = [Wire(boxes[arg], boxes[node], []) for node in nodes if node not in found.inputs
             for arg in dict.fromkeys(node.args)]
    for box in boxes.values():
        box.take_room()
    try:
        lay_out(list(boxes.values()), wires)
    except ImportError:
        return text
    picture = written_svg(list(boxes.values()), wires, "graph")
    return (f'<div class="wengert">{STYLE}{picture}<details><summary>text</summary>{text}'
            "</details></div>")
