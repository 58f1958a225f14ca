"""From a graph to loops over elements: :class:`Lowering`.

What is elementwise, or only says where an element is, is an expression of elements (``read``, by
the rules of ``reads.py``); the rest fills an array, by a rule of ``fills.py``, ``windows.py``,
``orders.py`` or ``factorisations.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..engine.dtypes import DType, bool_
from ..engine.errors import show_line
from ..engine.graph import Graph, Node, Shape
from ..engine.ops.elementwise import cast, constant
from ..engine.ops.loop import ALONG, CARRIED, EACH, FIXED, Body, Read, loop_
from ..engine.ops.structural import broadcast_to, input_
from .code import (
    Apply,
    Block,
    Comment,
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
from .index import Index, Place, flat, place, unflat
from .inlining import firsts, is_free, is_inline, statements
from .naming import Names
from .rows import ROWS
from .traced import Traced

LETTERS = "ijklmnpqrs"


class Lowering:
    """Makes statements; ``at`` says where the elements of a value lie: in what, or by a function of
    the index."""

    def __init__(self, traced: Traced, reads: Mapping[str, Reading],
                 blocks: Mapping[str, Rule]) -> None:
        self.reads, self.blocks = reads, blocks
        self.block = Block()
        self.out: list[Statement] = []
        self.at: dict[Node, Ref | Callable[[Index], Expression]] = {
            each.node: Ref(each.name) for each in traced.inputs}
        names = Names([*(each.name for each in (*traced.inputs, *traced.outputs)),
                       *traced.names.values(), traced.name])
        self.letters = [x for x in LETTERS if x not in names.taken]
        names.taken |= set(self.letters)
        self.fresh = names.fresh
        self.ends: dict[Any, int] = {}
        self.depth = 0
        self.comments = Comments()
        self.kept: dict[Node, list[tuple[str, int]]] = {}
        self.constants: dict[Node, str] = {}
        for node in traced.constants:
            self.constants[node] = self.fresh("c")
            self.at[node] = Ref(self.constants[node])
        results = {each.node: each.name for each in traced.outputs}
        self.body(traced.graph, traced.names, results)
        given = set(traced.graph.inputs) | set(traced.constants)
        for each in traced.outputs:   # an argument that is a result, or one result twice
            ref = self.at[each.node]
            if each.node in given or not isinstance(ref, Ref) or ref.name != each.name:
                self.fill(each.name, each.node)
        self.block.body = merged(self.out)
        localised(self.block, {each.name for each in (*traced.inputs, *traced.outputs)})

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
        rule = self.blocks.get(node.prim.name)
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
        view = self.reads.get(node.prim.name)
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
Reading = Callable[[Lowering, Node, Index], Expression]
Rule = Callable[[Lowering, Node, str], None]

__all__ = ["Lowering", "Reading", "Rule", "aligned"]
