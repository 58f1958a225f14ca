"""From a graph to loops over elements: :func:`lowered`.

What is elementwise, or only says where an element is, is an expression of elements (``read``); the
rest fills an array, by a rule of :data:`BLOCKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.dtypes import DType, bool_
from ..engine.errors import show_line
from ..engine.graph import Graph, Node, Shape
from ..engine.ops.elementwise import cast, constant
from ..engine.ops.indexing import adjacent
from ..engine.ops.loop import ALONG, CARRIED, EACH, FIXED, Body, Read, loop_
from ..engine.ops.structural import axes_to, broadcast_to, input_
from .code import (
    Apply,
    Block,
    Comment,
    Compared,
    Counted,
    Expression,
    For,
    Literal,
    Ref,
    Set,
    Statement,
    localised,
    merged,
)
from .comments import Comments
from .index import Index, Place, flat, modulo, place, unflat
from .inlining import firsts, is_free, is_inline, statements
from .rows import ROWS
from .traced import Traced

LETTERS = "ijklmnpqrs"


def lowered(traced: Traced) -> tuple[Block, dict[Node, str]]:
    """The statements that compute the outputs of ``traced``, and the names of its constants."""
    lowering = Lowering(traced)
    return lowering.block, lowering.constants


class Lowering:
    """Makes statements; ``at`` says where the elements of a value lie: in what, or by a function of
    the index."""

    def __init__(self, traced: Traced) -> None:
        self.block = Block()
        self.out: list[Statement] = []
        self.at: dict[Node, Ref | Callable[[Index], Expression]] = {
            each.node: Ref(each.name) for each in traced.inputs}
        self.taken = {name.lower() for name in (
            *(each.name for each in (*traced.inputs, *traced.outputs)), *traced.names.values(),
            traced.name)}
        self.letters = [x for x in LETTERS if x not in self.taken]
        self.taken |= set(self.letters)
        self.ends: dict[Any, int] = {}
        self.depth = 0
        self.count = 0
        self.comments = Comments()
        self.kept: dict[Node, list[tuple[str, int]]] = {}
        self.constants: dict[Node, str] = {}
        for node in traced.constants:
            self.constants[node] = self.fresh("c")
            self.at[node] = Ref(self.constants[node])
        results = {each.node: each.name for each in traced.outputs}
        for each in traced.inputs:
            self.taken.add(each.name.lower())
        self.body(traced.graph, traced.names, results)
        given = set(traced.graph.inputs) | set(traced.constants)
        for each in traced.outputs:   # an argument that is a result, or one result twice
            ref = self.at[each.node]
            if each.node in given or not isinstance(ref, Ref) or ref.name != each.name:
                self.fill(each.name, each.node)
        self.block.body = merged(self.out)
        localised(self.block, {each.name for each in (*traced.inputs, *traced.outputs)})

    def fresh(self, letter: str) -> str:
        """A name that nothing has."""
        while True:
            self.count += 1
            name = f"{letter}{self.count}"
            if name not in self.taken:
                self.taken.add(name)
                return name

    # ---- statements ----

    def body(self, graph: Graph, names: dict[Node, str], results: dict[Node, str]) -> None:
        """The statements for ``graph``; ``results`` are variables that are there."""
        own = statements(graph, names, lambda node: not is_inline(node) and node.prim is not loop_,
                         enlarges)
        for node in graph.nodes():
            if node.prim is loop_:
                self.loop(node)
            elif node in own and node.prim is not input_:
                comment = self.comments.above(node)
                name = results.get(node)
                if name is None:
                    name = names.get(node) or self.fresh("t")
                    self.block.variables[name] = node.shape, node.dtype
                if comment and not is_inline(node):
                    self.out.append(Comment(comment))
                    comment = None
                self.fill(name, node, comment)
                self.at[node] = Ref(name)

    def fill(self, name: str, node: Node, comment: str | None = None) -> None:
        """Set the elements of ``name`` to those of ``node``."""
        if is_inline(node) or node in self.at:
            self.nest(node.shape, lambda *index: [
                *([Comment(comment)] if comment else []),
                Set(Ref(name, index), self.read(node, index))])
            return
        rule = BLOCKS.get(node.prim.name)
        if rule is None:
            raise NotImplementedError(f"{node.prim.name} is not written in this language yet; it "
                                      f"is used at {show_line(node.line)}")
        rule(self, node, name)

    def nest(self, shape: Shape, body: Callable[..., list[Statement]]) -> None:
        """Loops over all indices of ``shape``; a dimension of length 1 has none."""
        self.out += self.nested(shape, body)

    def nested(self, shape: Shape, body: Callable[..., list[Statement]]) -> list[Statement]:
        """The loops of :meth:`nest`."""
        index: list[Place] = []
        loops: list[For] = []
        for n in shape:
            if n == 1:
                index.append(Place())
                continue
            variable = self.variable(n)
            index.append(place(variable))
            loops.append(For(variable, Place(), place(n), []))
        inner = body(*index)
        for loop in reversed(loops):
            loop.body = inner
            inner = [loop]
        self.depth -= len(loops)
        return inner

    def variable(self, n: int) -> str:
        """The variable of a loop of ``n`` turns at most, inside of those that are open."""
        name = self.letters[self.depth] if self.depth < len(self.letters) else f"i{self.depth}"
        self.depth += 1
        self.ends[name] = n - 1
        return name

    def each(self, n: int, body: Callable[[Place], list[Statement]], start: Place | int = 0,
             stop: Place | int | None = None, down: bool = False) -> For:
        """A loop; ``n`` turns at most."""
        variable = self.variable(n)
        loop = For(variable, place(start), place(n if stop is None else stop), [], down)
        loop.body = body(place(variable))
        self.depth -= 1
        return loop

    # ---- expressions ----

    def read(self, node: Node, index: Index, want: DType | None = None) -> Expression:
        """The element of ``node`` at ``index``."""
        ref = self.at.get(node)
        if callable(ref):
            return ref(index)
        if ref is not None:
            return Ref(ref.name, (*ref.index, *index))
        if node.prim is constant:
            return Literal(node.params["value"], want or node.dtype)
        if node.prim.name in ROWS:
            return self.applied(node, index)
        if node.prim is cast:
            x = node.args[0]
            if x.weak:
                return self.read(x, index, node.dtype)
            inner = self.read(x, index)
            return inner if x.dtype is node.dtype else Apply(
                f"cast {x.dtype.name}", (inner,), node.dtype)
        view = READS.get(node.prim.name)
        if view is None:
            raise NotImplementedError(f"{node.prim.name} is not written in this language yet; it "
                                      f"is used at {show_line(node.line)}")
        return view(self, node, index)

    def applied(self, node: Node, index: Index) -> Expression:
        dtypes = {arg.dtype for arg in node.args if not arg.weak}
        dtypes -= {bool_} if len(dtypes) > 1 else set()
        want = dtypes.pop() if dtypes else node.dtype
        args = []
        for arg in node.args:
            if arg.weak and arg.prim is not constant:
                raise NotImplementedError("a Python number that is computed")
            args.append(self.read(arg, aligned(index, arg.shape), want))
        return Apply(node.prim.name, tuple(args), node.dtype)

    # ---- loops ----

    def loop(self, node: Node) -> None:
        """A loop of the recording. What is wanted of all turns, or carried over more than one, is
        kept in an array, after the values before the first turn; the rest in the latest value."""
        body: Body = node.params["body"]
        graph = body.graph
        kept: list[tuple[str, int]] = []
        states: list[tuple[str, Node]] = []
        for output, out in enumerate(graph.outputs):
            far = body.furthest(output)
            latest = far <= 1 and body.keep[output] <= 1
            name = self.fresh("state" if latest else "all")
            kept.append((name, -1 if latest else far))
            shape = out.shape if latest else (far + body.turns, *out.shape)
            self.block.variables[name] = shape, out.dtype
            if latest:
                states.append((name, out))
            for t, first in firsts(body, output, far, node.args).items():
                lead = () if latest else (place(t),)
                self.nest(first.shape, lambda *index, name=name, lead=lead, first=first: [
                    Set(Ref(name, (*lead, *index)), self.read(first, index))])
        turns = [self.before(x, read, node, body) for x, read in zip(
            graph.inputs, body.reads, strict=True)]
        outer, self.out = self.out, []
        turn = self.each(body.turns, lambda at: self.turn(node, at, turns, kept, states))
        self.out = [*outer, turn]
        self.kept[node] = kept

    def before(self, x: Node, read: Read, loop: Node, body: Body) -> Any:
        """What has to be there before a loop to read ``x`` in it."""
        if read.kind != EACH:
            return None
        name = self.fresh("each")
        self.block.variables[name] = (body.turns, *x.shape), x.dtype
        for t, arg in enumerate(loop.args[read.arg:read.arg + body.turns]):
            self.nest(x.shape, lambda *index, t=t, arg=arg: [
                Set(Ref(name, (place(t), *index)), self.read(arg, index))])
        return name

    def turn(self, loop: Node, at: Place, turns: list[Any], kept: list[tuple[str, int]],
             states: list[tuple[str, Node]]) -> list[Statement]:
        """The statements of a turn."""
        body: Body = loop.params["body"]
        graph = body.graph
        outer, self.out = self.out, []
        known = dict(self.at)
        for x, read, stacked in zip(graph.inputs, body.reads, turns, strict=True):
            self.enter(x, read, stacked, loop, at, kept, body)
        self.body(graph, {}, {})
        for (name, far), out in zip(kept, graph.outputs, strict=True):
            if far >= 0:
                self.nest(out.shape, lambda *index, name=name, far=far, out=out: [
                    Set(Ref(name, (at + far, *index)), self.read(out, index))])
        for name, out in states:
            self.nest(out.shape, lambda *index, name=name, out=out: [
                Set(Ref(name, index), self.read(out, index))])
        found, self.out = merged(self.out), outer
        self.at = known
        return found

    def enter(self, x: Node, read: Read, stacked: str | None, loop: Node, at: Place,
              kept: list[tuple[str, int]], body: Body) -> None:
        """Say where an input of a body lies in a turn."""
        if read.kind == EACH:
            assert stacked is not None
            self.at[x] = Ref(stacked, (at,))
        elif read.kind == CARRIED:
            name, far = kept[read.output]
            self.at[x] = Ref(name, () if far < 0 else (at + (far - read.distance),))
        elif read.kind == FIXED:
            arg = loop.args[read.arg]
            self.at[x] = lambda index: self.read(arg, index)
        else:
            assert read.kind == ALONG
            array, start = loop.args[read.arg], at.times(read.step) + read.start
            self.at[x] = lambda index: self.read(array, unflat(
                start + flat(index, x.shape), array.shape, self.ends))


def enlarges(node: Node, arg: Node) -> bool:
    """Whether an element of ``arg`` is read more than once."""
    if node.prim.elementwise or node.prim is broadcast_to:
        return node.size > arg.size
    return not is_free(node) and node.prim.name not in ONCE and node.prim is not cast


def aligned(index: Index, shape: Shape) -> Index:
    """The index into an argument of ``shape`` that broadcasts."""
    tail = index[len(index) - len(shape):]
    return tuple(Place() if n == 1 else at for at, n in zip(tail, shape, strict=True))


ONCE = frozenset([
    "sum", "sum_to", "prod", "amax", "amin", "any", "all", "concatenate", "place", "update", "copy",
    "flip", "roll", "lower", "upper", "put_add", "put_add_along", "window_place", "index_put",
    "inner", "take_along", "index", "rows"])
"""What reads each element of its arguments once at most."""


# ---- where an element is ----


def _reshape(w: Lowering, node: Node, index: Index) -> Expression:
    x = node.args[0]
    same = [n for n in x.shape if n != 1] == [n for n in node.shape if n != 1]
    if same:
        rest = iter([at for at, n in zip(index, node.shape, strict=True) if n != 1])
        return w.read(x, tuple(Place() if n == 1 else next(rest) for n in x.shape))
    return w.read(x, unflat(flat(index, node.shape), x.shape, w.ends))


def _transpose(w: Lowering, node: Node, index: Index) -> Expression:
    x = node.args[0]
    inner = [Place()] * x.ndim
    for at, axis in zip(index, node.params["perm"], strict=True):
        inner[axis] = at
    return w.read(x, tuple(inner))


def _slice(w: Lowering, node: Node, index: Index) -> Expression:
    x, *starts = node.args
    return w.read(x, sliced(node, starts, index))


def sliced(node: Node, starts: Sequence[Node], index: Index) -> Index:
    """The index in the whole of an element of a slice."""
    inner = list(index)
    p = node.params
    for axis, start, step in zip(p["axes"], starts, p["steps"], strict=True):
        inner[axis] = index[axis].times(step) + start.params["value"]
    return tuple(inner)


def _flip(w: Lowering, node: Node, index: Index) -> Expression:
    axes = node.params["axes"]
    return w.read(node.args[0], tuple(
        at.times(-1) + (n - 1) if i in axes else at
        for i, (at, n) in enumerate(zip(index, node.shape, strict=True))))


def _roll(w: Lowering, node: Node, index: Index) -> Expression:
    inner = list(index)
    for shift, axis in zip(node.params["shifts"], node.params["axes"], strict=True):
        n = node.shape[axis]
        inner[axis] = modulo(inner[axis] + (-shift % n - n), n)
    return w.read(node.args[0], tuple(inner))


def _triangle(sign: int) -> Callable[[Lowering, Node, Index], Expression]:
    def rule(w: Lowering, node: Node, index: Index) -> Expression:
        i, j = index[-2:]
        left, right = (j, i + node.params["k"]) if sign > 0 else (i + node.params["k"], j)
        return Apply("where", (Compared(left, right), w.read(node.args[0], index),
                               Literal(0, node.dtype)), node.dtype)
    return rule


def windowed(node: Node, index: Index) -> Index:
    """The index in the whole of an element of a window."""
    p = node.params
    found = []
    for d, first in enumerate(p["start"]):
        at = place(first)
        for here, move in zip(index, p["moves"], strict=True):
            at = at + here.times(move[d])
        found.append(at)
    return tuple(found)


def loaded(w: Lowering, array: Node, index: Index, n: int) -> Place:
    """An element of an array of places as a place, counted from the front."""
    value = w.read(array, aligned(index, array.shape))
    if isinstance(value, Literal):
        return place(int(value.value) % n)
    return modulo(Place(((value, 1),)), n)


def indexed(w: Lowering, shape: Shape, arrays: Sequence[Node], dims: Shape, index: Index) -> Index:
    """The index in the whole, of ``shape``, where arrays index ``dims``."""
    count = max(a.ndim for a in arrays)
    at = dims[0] if adjacent(dims) else 0
    rest = iter((*index[:at], *index[at + count:]))
    places = dict(zip(dims, arrays, strict=True))
    return tuple(loaded(w, places[d], index[at:at + count], n) if d in places else next(rest)
                 for d, n in enumerate(shape))


def _index(w: Lowering, node: Node, index: Index) -> Expression:
    x, *arrays = node.args
    return w.read(x, indexed(w, x.shape, arrays, node.params["dims"], index))


def _rows(w: Lowering, node: Node, index: Index) -> Expression:
    x, places = node.args
    return w.read(x, indexed(w, x.shape, [places], (0,), index))


def _take_along(w: Lowering, node: Node, index: Index) -> Expression:
    x, places = node.args
    return w.read(x, along(w, x.shape, places, node.params["axis"], index))


def along(w: Lowering, shape: Shape, places: Node, axis: int, index: Index) -> Index:
    """The index in the whole, of ``shape``, of an element along an axis."""
    return tuple(loaded(w, places, index, shape[axis]) if i == axis else at
                 for i, at in enumerate(index))


def _one_hot(w: Lowering, node: Node, index: Index) -> Expression:
    same = Apply("eq", (w.read(node.args[0], index[:-1]), Counted(index[-1])), bool_)
    return Apply("cast bool", (same,), node.dtype)


def _result(w: Lowering, node: Node, index: Index) -> Expression:
    name, far = w.kept[node.args[0]][node.params["output"]]
    if far < 0:
        return Ref(name, index[1:])
    turns = node.args[0].params["body"].turns
    return Ref(name, (index[0] + (far + turns - node.shape[0]), *index[1:]))


Reading = Callable[[Lowering, Node, Index], Expression]
READS: dict[str, Reading] = {
    "full": lambda w, n, i: w.read(n.args[0], aligned(i, n.args[0].shape), n.dtype),
    "broadcast_to": lambda w, n, i: w.read(n.args[0], aligned(i, n.args[0].shape)),
    "reshape": _reshape, "transpose": _transpose, "slice": _slice, "flip": _flip, "roll": _roll,
    "lower": _triangle(1), "upper": _triangle(-1), "index": _index, "rows": _rows,
    "window": lambda w, n, i: w.read(n.args[0], windowed(n, i)),
    "position": lambda w, n, i: Counted(i[n.params["axis"]]),
    "class_place": lambda w, n, i: w.read(n.args[0], i),
    "take_along": _take_along, "one_hot": _one_hot, "result": _result,
    "copy": lambda w, n, i: w.read(n.args[0], i), "bounded": lambda w, n, i: w.read(n.args[0], i),
}
"""What an element of a value is that moves the elements of another."""


# ---- what fills an array ----


def zero(node: Node) -> Literal:
    return Literal(0, node.dtype)


def zeros(w: Lowering, node: Node, name: str) -> None:
    w.nest(node.shape, lambda *index: [Set(Ref(name, index), zero(node))])


def from_reads(w: Lowering, node: Node, name: str) -> None:
    w.nest(node.shape, lambda *index: [
        Set(Ref(name, index), READS[node.prim.name](w, node, index))])


def reduction(op: str, first: Any) -> Callable[[Lowering, Node, str], None]:
    """A rule that puts the elements along some axes together."""
    def rule(w: Lowering, node: Node, name: str) -> None:
        x = node.args[0]
        axes = axes_to(node.shape, x.shape) if node.prim.name == "sum_to" else node.params["axes"]
        kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        drops = len(node.shape) != len(kept)

        def place_of(index: Index) -> Index:
            if not drops:
                return index
            if node.prim.name == "sum_to":
                return index[len(kept) - len(node.shape):]
            return tuple(at for i, at in enumerate(index) if i not in axes)

        def outer(*index: Place) -> list[Statement]:
            target = Ref(name, place_of(index))
            along = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))

            def inner(*at: Place) -> list[Statement]:
                both = tuple(a if i in axes else b for i, (a, b) in enumerate(
                    zip(at, index, strict=True)))
                value = w.read(x, both)
                if x.dtype is not node.dtype:
                    value = Apply(f"cast {x.dtype.name}", (value,), node.dtype)
                if op == "+":
                    return [Set(target, value, "+")]
                return [Set(target, Apply(op, (target, value), node.dtype))]
            return [Set(target, Literal(first, node.dtype)), *w.nested(along, inner)]
        w.nest(kept, outer)
    return rule


def _inner(w: Lowering, node: Node, name: str) -> None:
    a, b = node.args
    w.out.append(Set(Ref(name), zero(node)))
    w.nest(a.shape, lambda *i: [Set(Ref(name), Apply(
        "mul", (w.read(a, i), w.read(b, i)), node.dtype), "+")])


def _matmul(w: Lowering, node: Node, name: str) -> None:
    a, b = node.args

    def cell(*index: Place) -> list[Statement]:
        target = Ref(name, index)
        *batch, i, j = index

        def term(at: Place) -> list[Statement]:
            left = w.read(a, aligned((*batch, i, at), a.shape))
            right = w.read(b, aligned((*batch, at, j), b.shape))
            return [Set(target, Apply("mul", (left, right), node.dtype), "+")]
        if a.shape[-1] == 1:
            [only] = term(Place())
            assert isinstance(only, Set)
            return [Set(target, only.value)]
        return [Set(target, zero(node)), w.each(a.shape[-1], term)]
    w.nest(node.shape, cell)


def _concatenate(w: Lowering, node: Node, name: str) -> None:
    axis, start = node.params["axis"], 0
    for arg in node.args:
        w.nest(arg.shape, lambda *index, arg=arg, start=start: [Set(
            Ref(name, tuple(at + start if i == axis else at for i, at in enumerate(index))),
            w.read(arg, index))])
        start += arg.shape[axis]


def _gather(w: Lowering, node: Node, name: str) -> None:
    w.out += [Set(Ref(name, (place(t),)), w.read(arg, (), node.dtype))
              for t, arg in enumerate(node.args)]


def _place(w: Lowering, node: Node, name: str) -> None:
    x, *starts = node.args
    zeros(w, node, name)
    w.nest(x.shape, lambda *index: [
        Set(Ref(name, sliced(node, starts, index)), w.read(x, index))])


def _update(w: Lowering, node: Node, name: str) -> None:
    x, v, *starts = node.args
    w.nest(node.shape, lambda *i: [Set(Ref(name, i), w.read(x, i))])
    p = node.params
    shape = list(node.shape)
    for axis, n in zip(p["axes"], p["lengths"], strict=True):
        shape[axis] = n
    w.nest(tuple(shape), lambda *index: [
        Set(Ref(name, sliced(node, starts, index)), w.read(v, aligned(index, v.shape)))])


def _window_place(w: Lowering, node: Node, name: str) -> None:
    v = node.args[0]
    zeros(w, node, name)
    w.nest(v.shape, lambda *index: [Set(Ref(name, windowed(node, index)), w.read(v, index), "+")])


def _put_add(w: Lowering, node: Node, name: str) -> None:
    v, *arrays = node.args
    zeros(w, node, name)
    w.nest(v.shape, lambda *index: [Set(Ref(name, indexed(
        w, node.shape, arrays, node.params["dims"], index)), w.read(v, index), "+")])


def _put_add_along(w: Lowering, node: Node, name: str) -> None:
    v, places = node.args
    zeros(w, node, name)
    w.nest(v.shape, lambda *index: [Set(Ref(name, along(
        w, node.shape, places, node.params["axis"], index)), w.read(v, index), "+")])


def _index_put(w: Lowering, node: Node, name: str) -> None:
    x, v, *arrays = node.args
    w.nest(node.shape, lambda *i: [Set(Ref(name, i), w.read(x, i))])
    dims = node.params["dims"]
    if len(dims) > 1 or any(a.ndim > 1 for a in arrays):
        raise NotImplementedError("writing at places of more than one dimension")
    shape = tuple(arrays[0].size if d in dims else n for d, n in enumerate(node.shape))
    w.nest(shape, lambda *index: [Set(Ref(name, indexed(
        w, node.shape, arrays, dims, index)), w.read(v, aligned(index, v.shape)))])


def _scan(op: str) -> Callable[[Lowering, Node, str], None]:
    def rule(w: Lowering, node: Node, name: str) -> None:
        axis, x = node.params["axis"], node.args[0]

        def at(index: Index, k: Place) -> Index:
            return tuple(k if i == axis else a for i, a in enumerate(index))

        def row(*index: Place) -> list[Statement]:
            return [Set(Ref(name, at(index, Place())), w.read(x, at(index, Place()))),
                    w.each(node.shape[axis], lambda k: [Set(Ref(name, at(index, k)), Apply(
                        op, (Ref(name, at(index, k + -1)), w.read(x, at(index, k))), node.dtype))],
                        start=1)]
        w.nest(tuple(1 if i == axis else n for i, n in enumerate(node.shape)), row)
    return rule


Rule = Callable[[Lowering, Node, str], None]
BLOCKS: dict[str, Rule] = {
    **dict.fromkeys(READS, from_reads),
    "sum": reduction("+", 0), "sum_to": reduction("+", 0), "prod": reduction("mul", 1),
    "amax": reduction("maximum", float("-inf")), "amin": reduction("minimum", float("inf")),
    "any": reduction("logical_or", False), "all": reduction("logical_and", True),
    "inner": _inner, "matmul": _matmul, "concatenate": _concatenate, "place": _place,
    "update": _update, "window_place": _window_place, "put_add": _put_add,
    "put_add_along": _put_add_along, "index_put": _index_put, "gather_numbers": _gather,
    "cumsum": _scan("add"), "cumprod": _scan("mul"),
}
"""How a primitive fills an array; those of ``factorisations.py`` are added there."""

__all__ = ["BLOCKS", "Lowering", "Rule", "lowered"]
