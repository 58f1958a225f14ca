"""A traced function as Python with NumPy: a name for each value that is read more than once.

Start with :func:`python_source`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.dtypes import DType, bool_
from ..engine.errors import show_line
from ..engine.graph import Graph, Node
from ..engine.ops.contract import matmul
from ..engine.ops.elementwise import constant
from ..engine.ops.indexing import adjacent
from ..engine.ops.loop import ALONG, CARRIED, EACH, FIXED, Body, Read, loop_, result
from ..engine.ops.structural import axes_to, reshape, slice_, update
from .comments import Comments
from .inlining import firsts, statements
from .rows import ATOM, FACTOR, HELPERS, POWER, ROWS
from .traced import Traced

Text = tuple[str, int]


def python_source(traced: Traced) -> str:
    """The source of a module with one function."""
    return PythonWriter(traced).source()


class PythonWriter:
    """Writes statements line by line; ``names`` are what values are called."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.lines: list[str] = []
        self.indent = 1
        self.helpers: dict[str, str] = {}
        self.texts: dict[Node, Text] = {each.node: (each.name, ATOM) for each in traced.inputs}
        self.taken = {each.name for each in (*traced.inputs, *traced.outputs)} | set(
            traced.names.values())
        self.comments = Comments()
        self.kept: dict[Node, list[tuple[str, int]]] = {}
        """By loop, what keeps each output, and how many values from before the loop are in front;
        -1 where it is a name with the latest value."""
        self.count = 0

    def source(self) -> str:
        """The whole module."""
        t = self.traced
        constants = []
        for node, value in t.constants.items():
            name = self.fresh("C")
            self.texts[node] = name, ATOM
            constants.append(f"{name} = {array_text(value)}")
        names = {**t.names, **{each.node: each.name for each in t.outputs}}
        self.body(t.graph, names)
        results = [(self.texts[each.node][0], each) for each in t.outputs]
        self.write("return " + ", ".join(text for text, _ in results))
        head = f'"""{t.about}, written by Wengert; needs NumPy alone."""'
        imports = (["import math", ""] if any("math." in h for h in self.helpers.values())
                   else []) + ["import numpy as np"]
        signature = f"def {t.name}({', '.join(each.name for each in t.inputs)}):"
        about = [f'    """{t.about}.', ""]
        about += [f"    {each.name}: {described(each.node)}" + (
            f", {each.about}" if each.about else "") for each in t.inputs]
        about += ["    Returns " + ", ".join(
            f"{each.name}: {described(each.node)}" for each in t.outputs) + ".", '    """']
        parts = ["\n".join([head, "", *imports]), *self.helpers.values(), "\n".join(constants),
                 "\n".join([signature, *about, *self.lines])]
        return "\n\n\n".join(part for part in parts if part) + "\n"

    # ---- statements ----

    def body(self, graph: Graph, names: dict[Node, str]) -> None:
        """The statements that compute the outputs of ``graph``."""
        own = statements(graph, names, lambda node: node.prim.name in BLOCKS,
                         lambda node, arg: False)
        for node in graph.nodes():
            if node in self.texts and node not in own:
                continue
            if node.prim is loop_:
                self.loop(node)
            elif node in own:
                self.statement(node, names.get(node))

    def statement(self, node: Node, name: str | None) -> None:
        comment = self.comments.above(node)
        if comment:
            self.write(f"# {comment}")
        name = name or self.fresh("t")
        block = BLOCKS.get(node.prim.name)
        if block is not None:
            for line in block(self, node, name):
                self.write(line)
        else:
            self.write(f"{name} = {self.expression(node)[0]}")
        self.texts[node] = name, ATOM

    def write(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def fresh(self, letter: str) -> str:
        """A name that nothing has."""
        while True:
            self.count += 1
            name = f"{letter}{self.count}"
            if name not in self.taken:
                self.taken.add(name)
                return name

    # ---- expressions ----

    def text(self, node: Node, tightness: int = 0) -> str:
        """``node`` as an operand of something that tight."""
        found, tight = self.expression(node) if node not in self.texts else self.texts[node]
        return found if tight >= tightness else f"({found})"

    def expression(self, node: Node) -> Text:
        """``node`` written out."""
        if node in self.texts:
            return self.texts[node]
        if node.prim is constant:
            return number_text(node.params["value"])
        row = ROWS.get(node.prim.name)
        if row is not None:
            self.need(row.python)
            args = [self.operand(arg, node, row.needed(row.python, i))
                    for i, arg in enumerate(node.args)]
            return row.python.format(*args), row.tight(row.python)
        rule = RULES.get(node.prim.name)
        if rule is None:
            raise NotImplementedError(
                f"{node.prim.name} is not written in Python yet; it is used at "
                f"{show_line(node.line)}")
        return rule(self, node)

    def operand(self, arg: Node, node: Node, tightness: int) -> str:
        """An argument of an elementwise operation: what NumPy broadcasts itself is not spread."""
        spread = arg.prim.name in ("full", "broadcast_to") and arg not in self.texts and any(
            other is not arg and other.shape == node.shape for other in node.args)
        if spread and (arg.prim.name == "full" or arg.args[0].ndim == 0 or arg.args[0].shape
                       == arg.shape[-arg.args[0].ndim:]):
            return self.text(arg.args[0], tightness)
        return self.text(arg, tightness)

    def need(self, text: str) -> None:
        """Bring the helper along that ``text`` calls."""
        name = text.split("(", 1)[0]
        helper = HELPERS.get(name)
        if helper is not None and helper.python:
            for other in helper.needs:
                self.need(other)
            self.helpers[name] = helper.python

    # ---- loops ----

    def loop(self, node: Node) -> None:
        """A loop of the recording as a loop. What is wanted of all turns, or carried over more than
        one, is kept in an array, after the values before the first turn; the rest in a name."""
        body: Body = node.params["body"]
        graph, turn = body.graph, self.fresh("turn")
        kept: list[tuple[str, int]] = []
        for output, out in enumerate(graph.outputs):
            far = body.furthest(output)
            before = firsts(body, output, far, node.args)
            if far <= 1 and body.keep[output] <= 1:
                name = self.fresh("state")
                if before:
                    self.write(f"{name} = {self.text(before[0])}")
                kept.append((name, -1))
                continue
            name = self.fresh("all_")
            kept.append((name, far))
            self.write(f"{name} = np.empty({(far + body.turns, *out.shape)}, {dtype_text(out)})")
            for t, first in before.items():
                self.write(f"{name}[{t}] = {self.text(first)}")
        outer = dict(self.texts)
        for x, read in zip(graph.inputs, body.reads, strict=True):
            self.texts[x] = self.read(x, read, node, turn, kept, body)
        self.write(f"for {turn} in range({body.turns}):")
        self.indent += 1
        self.body(graph, {})
        self.turn_ends(graph, turn, kept)
        self.indent -= 1
        self.texts = outer
        self.texts[node] = "", ATOM
        self.kept[node] = kept

    def turn_ends(self, graph: Graph, turn: str, kept: list[tuple[str, int]]) -> None:
        """Keep the outputs of a turn; states change together, after all is computed."""
        states = [(name, self.text(out)) for (name, far), out in zip(
            kept, graph.outputs, strict=True) if far < 0]
        for (name, far), out in zip(kept, graph.outputs, strict=True):
            if far >= 0:
                self.write(f"{name}[{f'{turn} + {far}' if far else turn}] = {self.text(out)}")
        if states:
            self.write(", ".join(name for name, _ in states) + " = " + ", ".join(
                text for _, text in states))

    def read(self, x: Node, read: Read, loop: Node, turn: str, kept: list[tuple[str, int]],
             body: Body) -> Text:
        """What an input of a body is in a turn."""
        if read.kind == FIXED:
            return self.text(loop.args[read.arg], ATOM), ATOM
        if read.kind == CARRIED:
            name, far = kept[read.output]
            if far < 0:
                return name, ATOM
            back = far - read.distance
            return f"{name}[{turn}{f' + {back}' if back else ''}]", ATOM
        if read.kind == EACH:
            args = loop.args[read.arg:read.arg + body.turns]
            name = self.fresh("each")
            self.write(f"{name} = np.stack([{', '.join(map(self.text, args))}])")
            return f"{name}[{turn}]", ATOM
        assert read.kind == ALONG
        array = loop.args[read.arg]
        row = array.size // array.shape[0] if array.ndim else 1
        if x.shape == array.shape[1:] and read.start % row == 0 == read.step % row:
            at = affine(read.start // row, read.step // row, turn)
            return f"{self.text(array, ATOM)}[{at}]", ATOM
        name = self.fresh("flat")
        self.write(f"{name} = np.ravel({self.text(array)})")
        start = affine(read.start, read.step, turn)
        if x.ndim == 0:
            return f"{name}[{start}]", ATOM
        part = f"{name}[{start}:][:{x.size}]"
        return (part if x.ndim == 1 else f"{part}.reshape{x.shape}"), ATOM


def python_hessian(hvp: Traced, name: str) -> str:
    """A function that makes the Hessian of the products with a vector, one for each row."""
    *inputs, direction = hvp.inputs
    shape = direction.shape
    names = ", ".join(each.name for each in inputs)
    return "\n".join([
        "", "", f"def {name}({names}):",
        f'    """{hvp.about.replace("The Hessian times a vector", "The Hessian")}."""',
        f"    hessian = np.empty({shape + shape}, {dtype_text(direction.node)})",
        f"    for i in np.ndindex({shape}):",
        f"        {direction.name} = np.zeros({shape}, {dtype_text(direction.node)})",
        f"        {direction.name}[i] = 1",
        f"        hessian[i] = {hvp.name}({names}, {direction.name})",
        "    return hessian", ""])


def affine(start: int, step: int, name: str) -> str:
    """``start + step * name``."""
    term = {1: name, -1: f"-{name}"}.get(step, f"{step} * {name}")
    if not start:
        return term
    if step == -1:
        return f"{start} - {name}"
    return f"{term} + {start}" if start > 0 else f"{term} - {-start}"


# ---- literals ----


def number_text(value: Any) -> Text:
    """A Python number as source."""
    if isinstance(value, float) and not np.isfinite(value):
        return ("np.nan" if value != value else "np.inf" if value > 0 else "(-np.inf)"), ATOM
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = float(value)
    return repr(value), ATOM if not isinstance(value, bool) and value >= 0 else FACTOR


def array_text(value: Any) -> str:
    """An array as source."""
    if value.ndim > 1 and value.shape == value.T.shape and np.array_equal(
            value, np.eye(len(value), dtype=value.dtype)):
        return f"np.eye({len(value)}, dtype=np.{value.dtype})"
    return f"np.array({value.tolist()!r}, dtype=np.{value.dtype})"


def dtype_text(node: Node) -> str:
    return dtype_name(node.dtype)


def dtype_name(dtype: DType) -> str:
    """A dtype as NumPy calls it."""
    return "bool" if dtype is bool_ else f"np.{dtype.name}"


def described(node: Node) -> str:
    """A shape and dtype for people."""
    return f"{node.dtype.name}[{', '.join(map(str, node.shape))}]" if node.ndim else (
        node.dtype.name)


# ---- whole arrays ----


def called(name: str) -> Callable[[PythonWriter, Node], Text]:
    """A rule that calls a function of NumPy on the arguments."""
    return lambda w, node: (f"{name}({', '.join(map(w.text, node.args))})", ATOM)


def reduced(name: str) -> Callable[[PythonWriter, Node], Text]:
    def rule(w: PythonWriter, node: Node) -> Text:
        axes, keep = node.params["axes"], node.params.get("keepdims", False)
        return f"{name}({w.text(node.args[0])}{axes_text(axes, node.args[0].ndim)}" + (
            ", keepdims=True)" if keep else ")"), ATOM
    return rule


def axes_text(axes: tuple[int, ...], ndim: int) -> str:
    if axes == tuple(range(ndim)):
        return ""
    return f", axis={axes[0] if len(axes) == 1 else axes}"


def _sum_to(w: PythonWriter, node: Node) -> Text:
    x = node.args[0]
    axes = axes_to(node.shape, x.shape)
    text = f"np.sum({w.text(x)}{axes_text(axes, x.ndim)}"
    lead = x.ndim - node.ndim
    if all(i < lead for i in axes):
        return f"{text})", ATOM
    if not lead:
        return f"{text}, keepdims=True)", ATOM
    return f"{text}).reshape({node.shape})", ATOM


def _reshape(w: PythonWriter, node: Node) -> Text:
    x = node.args[0]
    if x.prim is result and x.shape[0] == 1 and x.shape[1:] == node.shape:
        name, far = w.kept[x.args[0]][x.params["output"]]
        return (name if far < 0 else f"{name}[-1]"), ATOM
    if x not in w.texts and x.prim is matmul:
        a, b = x.args
        if b.prim is reshape and b.args[0].ndim == 1 and x.shape == (*node.shape, 1):
            return f"{w.text(a, FACTOR)} @ {w.text(b.args[0], POWER)}", FACTOR
        if a.prim is reshape and a.args[0].ndim == 1 and x.shape == (1, *node.shape):
            return f"{w.text(a.args[0], FACTOR)} @ {w.text(b, POWER)}", FACTOR
    if x not in w.texts and x.prim is slice_ and node.shape == tuple(
            n for axis, n in enumerate(x.shape) if axis not in x.params["axes"]):
        return f"{w.text(x.args[0], ATOM)}{subscript(w, x, True)}", ATOM
    added = axes_added(x.shape, node.shape)
    if added is not None and x.ndim:
        return f"{w.text(x, ATOM)}[{added}]", ATOM
    return f"np.reshape({w.text(x)}, {node.shape})", ATOM


def axes_added(shape: tuple[int, ...], longer: tuple[int, ...]) -> str | None:
    """The index that puts axes of length 1 between those of ``shape``; None where that is not all.
    """
    parts, rest = [], list(shape)
    for n in longer:
        if rest and rest[0] == n:
            parts.append(":")
            rest.pop(0)
        elif n == 1:
            parts.append("None")
        else:
            return None
    while parts and parts[-1] == ":":
        parts.pop()
    return None if rest else ", ".join(parts)


def _transpose(w: PythonWriter, node: Node) -> Text:
    x = node.args[0]
    if node.params["perm"] == (1, 0):
        return f"{w.text(x, ATOM)}.T", ATOM
    return f"np.transpose({w.text(x)}, {node.params['perm']})", ATOM


def subscript(w: PythonWriter, node: Node, drop: bool = False) -> str:
    """The index of a slice, or of what is put into one; ``drop`` leaves its axes away, each of
    length 1."""
    p = node.params
    starts = node.args[2 if node.prim is update else 1:]
    ndim = node.args[0].ndim if node.prim is slice_ else node.ndim
    parts = [":"] * ndim
    for axis, start, length, step in zip(p["axes"], starts, p["lengths"], p["steps"], strict=True):
        first = start.params["value"]
        end = first + (length - 1) * step + 1
        if drop:
            parts[axis] = str(first)
        else:
            tail = "" if step == 1 else f":{step}"
            parts[axis] = f"{first or ''}:{end}{tail}" if length else "0:0"
    while parts[-1] == ":" and len(parts) > 1:
        parts.pop()
    return f"[{', '.join(parts)}]"


def _slice(w: PythonWriter, node: Node) -> Text:
    return f"{w.text(node.args[0], ATOM)}{subscript(w, node)}", ATOM


def _result(w: PythonWriter, node: Node) -> Text:
    name, far = w.kept[node.args[0]][node.params["output"]]
    if far < 0:
        return f"{name}[None]", ATOM
    whole = node.shape[0] == node.args[0].params["body"].turns
    return (f"{name}[{far}:]" if far else name) if whole else f"{name}[-{node.shape[0]}:]", ATOM


def _window(w: PythonWriter, node: Node) -> Text:
    return f"{w.text(node.args[0], ATOM)}[{window_places(node)}]", ATOM


def window_places(node: Node) -> str:
    """The index arrays of a window, one for each dimension of what it looks on; together they have
    the window's size."""
    p = node.params
    size, moves = p["size"], p["moves"]
    places = []
    for d, first in enumerate(p["start"]):
        terms = [str(first)] if first else []
        terms += [("" if move[d] == 1 else f"{move[d]} * ") + along(n, len(size) - 1 - i)
                  for i, (n, move) in enumerate(zip(size, moves, strict=True)) if move[d]]
        places.append(" + ".join(terms) or "0")
    if not all(map(any, moves)):
        places[0] += f" + np.zeros({size}, int)"
    return ", ".join(places)


def along(n: int, behind: int) -> str:
    """0 to n - 1 along an axis with so many ``behind`` it."""
    return f"np.arange({n})" + (f"[:{', None' * behind}]" if behind else "")


def _index(w: PythonWriter, node: Node) -> Text:
    x, *arrays = node.args
    return f"{w.text(x, ATOM)}[{joint(w, x.ndim, arrays, node.params['dims'])}]", ATOM


def joint(w: PythonWriter, ndim: int, arrays: list[Node], dims: tuple[int, ...]) -> str:
    parts = [":"] * ndim
    for dim, array in zip(dims, arrays, strict=True):
        parts[dim] = w.text(array)
    while parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)


def _along(w: PythonWriter, x: str, places: Node, axis: int) -> str:
    """The index of ``take_along_axis``."""
    n = places.ndim
    parts = [w.text(places) if i == axis else along(places.shape[i], n - 1 - i) for i in range(n)]
    return f"{x}[{', '.join(parts)}]"


def _one_hot(w: PythonWriter, node: Node) -> Text:
    target = w.text(node.args[0], ATOM)
    classes = node.params["classes"]
    return f"np.equal({target}[..., None], np.arange({classes})).astype(np.int64)", ATOM


def _position(w: PythonWriter, node: Node) -> Text:
    axis = node.params["axis"]
    places = along(node.shape[axis], node.ndim - 1 - axis)
    return f"np.broadcast_to({places}, {node.shape})", ATOM


def _triangle_solve(w: PythonWriter, node: Node) -> Text:
    w.need("triangle_solve")
    a, b = map(w.text, node.args)
    return f"triangle_solve({a}, {b}, {node.params['upper']}, {node.params['unit']})", ATOM


Rule = Callable[[PythonWriter, Node], Text]
RULES: dict[str, Rule] = {
    "cast": lambda w, n: (f"np.asarray({w.text(n.args[0])}).astype({dtype_text(n)})", ATOM),
    "full": lambda w, n: (f"np.full({n.shape}, {w.text(n.args[0])}, {dtype_text(n)})", ATOM),
    "broadcast_to": lambda w, n: (f"np.broadcast_to({w.text(n.args[0])}, {n.shape})", ATOM),
    "sum_to": _sum_to, "reshape": _reshape, "transpose": _transpose, "slice": _slice,
    "result": _result, "window": _window, "index": _index, "one_hot": _one_hot,
    "flip": lambda w, n: (f"np.flip({w.text(n.args[0])}, {n.params['axes']})", ATOM),
    "roll": lambda w, n: (f"np.roll({w.text(n.args[0])}, {n.params['shifts']}, "
                          f"{n.params['axes']})", ATOM),
    "copy": lambda w, n: w.expression(n.args[0]),
    "lower": lambda w, n: (f"np.tril({w.text(n.args[0])}, {n.params['k']})", ATOM),
    "upper": lambda w, n: (f"np.triu({w.text(n.args[0])}, {n.params['k']})", ATOM),
    "concatenate": lambda w, n: (f"np.concatenate([{', '.join(map(w.text, n.args))}], "
                                 f"{n.params['axis']})", ATOM),
    "gather_numbers": lambda w, n: (f"np.array([{', '.join(map(w.text, n.args))}], "
                                    f"{dtype_text(n)})", ATOM),
    "matmul": lambda w, n: (f"{w.text(n.args[0], FACTOR)} @ {w.text(n.args[1], POWER)}", FACTOR),
    "inner": lambda w, n: (f"np.sum({w.text(n.args[0], FACTOR)} * {w.text(n.args[1], POWER)})",
                           ATOM),
    "sum": reduced("np.sum"), "prod": reduced("np.prod"), "amax": reduced("np.max"),
    "amin": reduced("np.min"), "any": reduced("np.any"), "all": reduced("np.all"),
    "cumsum": lambda w, n: (f"np.cumsum({w.text(n.args[0])}, {n.params['axis']})", ATOM),
    "cumprod": lambda w, n: (f"np.cumprod({w.text(n.args[0])}, {n.params['axis']})", ATOM),
    "cholesky": called("np.linalg.cholesky"), "solve": called("np.linalg.solve"),
    "inv": called("np.linalg.inv"), "det": called("np.linalg.det"),
    "log_abs_det": lambda w, n: (f"np.linalg.slogdet({w.text(n.args[0])})[1]", ATOM),
    "sign_det": lambda w, n: (f"np.linalg.slogdet({w.text(n.args[0])})[0]", ATOM),
    "solve_triangular": _triangle_solve,
    "rows": lambda w, n: (f"{w.text(n.args[0], ATOM)}[{w.text(n.args[1])}]", ATOM),
    "take_along": lambda w, n: (_along(w, w.text(n.args[0], ATOM), n.args[1], n.params["axis"]),
                                ATOM),
    "bounded": lambda w, n: w.expression(n.args[0]),
    "class_place": lambda w, n: w.expression(n.args[0]), "position": _position,
}
"""How a primitive that takes whole arrays is written, where that is an expression."""


def filled(w: PythonWriter, node: Node, name: str) -> str:
    return f"{name} = np.zeros({node.shape}, {dtype_text(node)})"


def _place(w: PythonWriter, node: Node, name: str) -> list[str]:
    return [filled(w, node, name), f"{name}{subscript(w, node)} = {w.text(node.args[0])}"]


def _update(w: PythonWriter, node: Node, name: str) -> list[str]:
    x, v = node.args[:2]
    return [f"{name} = np.array({w.text(x)})", f"{name}{subscript(w, node)} = {w.text(v)}"]


def _window_place(w: PythonWriter, node: Node, name: str) -> list[str]:
    return [filled(w, node, name),
            f"np.add.at({name}, ({window_places(node)},), {w.text(node.args[0])})"]


def _put_add(w: PythonWriter, node: Node, name: str) -> list[str]:
    v, *arrays = node.args
    dims = node.params["dims"]
    if not adjacent(dims):
        raise NotImplementedError("adding at places in dimensions that are apart")
    at = joint(w, node.ndim, arrays, dims)
    return [filled(w, node, name), f"np.add.at({name}, ({at},), {w.text(v)})"]


def _index_put(w: PythonWriter, node: Node, name: str) -> list[str]:
    x, v, *arrays = node.args
    at = joint(w, node.ndim, arrays, node.params["dims"])
    return [f"{name} = np.array({w.text(x)})", f"{name}[{at}] = {w.text(v)}"]


def _put_add_along(w: PythonWriter, node: Node, name: str) -> list[str]:
    v, places = node.args
    at = _along(w, "", places, node.params["axis"])[1:-1]
    return [filled(w, node, name), f"np.add.at({name}, ({at},), {w.text(v)})"]


BLOCKS: dict[str, Callable[[PythonWriter, Node, str], list[str]]] = {
    "place": _place, "update": _update, "window_place": _window_place, "put_add": _put_add,
    "index_put": _index_put, "put_add_along": _put_add_along,
}
"""How a primitive is written that needs more than one statement."""

__all__ = ["python_hessian", "python_source"]
