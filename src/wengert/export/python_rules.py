"""How the primitives that take whole arrays are written in Python with NumPy."""

from __future__ import annotations

from ..engine.graph import Node
from ..engine.ops.contract import matmul
from ..engine.ops.elementwise import constant
from ..engine.ops.indexing import adjacent
from ..engine.ops.loop import result
from ..engine.ops.structural import axes_to, reshape, slice_, update
from .python_writer import BlockRule, PythonWriter, Rule, Text, dtype_text
from .rows import ATOM, FACTOR, POWER


def called(name: str) -> Rule:
    """A rule that calls a function of NumPy on the arguments."""
    return lambda w, node: (f"{name}({', '.join(map(w.text, node.args))})", ATOM)


def reduced(name: str) -> Rule:
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
    shape = node.args[0].shape if node.prim is slice_ else node.shape
    parts = [":"] * len(shape)
    for axis, start, length, step in zip(p["axes"], starts, p["lengths"], p["steps"], strict=True):
        reach, tail = (length - 1) * step + 1, "" if step == 1 else f":{step}"
        if start.prim is constant:
            first = start.params["value"] % max(shape[axis], 1)
            whole = f"{first or ''}:{first + reach}{tail}" if length else "0:0"
            parts[axis] = str(first) if drop else whole
        else:
            at = f"{w.text(start, FACTOR)} % {shape[axis]}"
            parts[axis] = w.text(start) if drop else f"{at}:{at} + {reach}{tail}"
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


BLOCKS: dict[str, BlockRule] = {
    "place": _place, "update": _update, "window_place": _window_place, "put_add": _put_add,
    "index_put": _index_put, "put_add_along": _put_add_along,
}
"""How a primitive is written that needs more than one statement."""

__all__ = ["BLOCKS", "RULES"]
