"""From a way to a report: :func:`explain` writes the rows, the paths and the whole.

Each primitive's declaration is asked for the derivative in the arguments on the way: a ``Partial``
is written as a formula (``formula.py``), a ``Linear`` as what its transpose does to a cotangent
``g``, a ``Jvp`` as what it does to a tangent ``t``. The numbers are those of ``flow.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.errors import show_line
from ..engine.graph import Jvp, Linear, Node, Partial
from ..engine.ops.elementwise import constant, neg
from ..engine.ops.structural import alias, free
from ..engine.recording.handle import Handle, buffer_of
from .flow import Flow, is_constant_number, summary
from .formula import LONG, Formulas
from .groups import CALL, MODULE, Group, Item, Stack, grouped, operation, stacks
from .names import Names
from .paths import Step, Ways, through
from .report import Explanation
from .rows import Factor, Leaf, Row
from .way import Moment, Place, Unit, Way, find_way

MOST_PATHS = 6
MOST_NODES = 200
"""The whole gradient is written out if no more nodes than this are on the way."""
MOST_NAMES = 3
"""And if it takes no more names for parts than this."""
LONGEST = 200
"""A formula with more characters is not printed."""
MOST_FORMULAS = 3000
"""So many operations have their derivatives written out; of the others the numbers are shown."""


def explain(end: Place, targets: Sequence[Handle] | None, names: Names, leaf_name: str,
            output_name: str, moments: dict[Unit, Moment], recorded: dict[Any, Stack] | None = None,
            before: dict[int, Any] | None = None) -> Explanation:
    """The report for a result at ``end`` and the gradients of ``targets`` (None: of all leaves);
    ``moments`` are what is known of its units, ``recorded`` in which modules nodes were recorded,
    ``before`` what ``.grad`` of leaves held when the backward began."""
    way = find_way(end, targets, moments)
    result = Explanation(leaf_name, output_name, several=targets is None)
    if way is not None:
        Writer(way, names, result, recorded or {}, before).write()
    return result


class Writer:
    """Writes a way down as a report."""

    def __init__(self, way: Way, names: Names, result: Explanation, recorded: dict[Any, Stack],
                 before: dict[int, Any] | None) -> None:
        self.way = way
        self.result = result
        self.before = before
        self.flow = Flow(way, held(way, names), names.numbers)
        known = names_of(way, names)
        if len(way.starts) == 1 and not result.several:
            known[next(iter(way.starts))] = result.leaf
        known[way.end] = result.output
        self.users = dict(known)
        taken = {*known.values(), *names.everything()}
        self.outer = Formulas(known, self.flow.known, taken)
        self.tree = grouped(way, [node for node in way.nodes if node not in way.starts
                                  and (node is way.end or node.prim is not alias)],
                            stacks(way, names.owners, recorded))
        inner = self.name_items(self.tree)
        if len(self.tree) == 1 and isinstance(self.tree[0], Group) and (
                self.tree[0].kind == MODULE):
            self.tree = self.tree[0].members   # what is all there is needs no fold
        self.inner = Formulas({**self.outer.names, **inner}, self.flow.known, taken)
        self.ways = Ways(way, self.tree)
        self.seen: dict[Node, str] = {}

    def name_items(self, items: Sequence[Item]) -> dict[Node, str]:
        """Give every operation a name, and return those of the nodes inside operations."""
        inner: dict[Node, str] = {}
        todo: list[Item] = list(reversed(items))
        while todo:
            item = todo.pop()
            if isinstance(item, Group) and item.kind != CALL:
                todo += reversed(item.members)
                continue
            node = item.end if isinstance(item, Group) else item
            name = self.outer.names.get(node)
            if name is None:
                name = self.outer.names[node] = self.outer.fresh("t")
            if isinstance(item, Group):
                parts = [each for each in item.nodes() if each is not node]
                inner.update({each: f"{name}{letters(k)}" for k, each in enumerate(parts)
                              if each not in self.outer.names})
        return inner

    def write(self) -> None:
        """Fill the result: the rows, the leaves, the paths and the whole."""
        way, result, flow = self.way, self.result, self.flow
        flow.compute([way.end, *way.nodes])
        result.path_count = self.ways.count()
        result.rows = [self.row(item, self.outer) for item in self.tree]
        result.value = summary(flow.value(way.end))
        result.leaves = [self.leaf(node, leaf) for node, leaf in way.starts.items()]
        plain = way.customs.keys().isdisjoint(way.nodes) and len(way.nodes) <= MOST_NODES
        if plain and len(way.starts) < result.path_count <= MOST_PATHS:
            result.paths = [self.path(steps) for steps in self.ways.each()]
        if plain and len(way.starts) == 1:
            start, = way.starts
            result.total = self.contribution("", flow.cts[start])
        result.where = {**self.outer.stands_for,
                        **{name: what for name, what in self.inner.stands_for.items()
                           if what.endswith("an input")}}
        result.inputs = {name: summary(flow.value(node))
                         for node, name in self.outer.names.items()
                         if node in flow.known and node not in way.before}

    def leaf(self, node: Node, leaf: Handle | None) -> Leaf:
        """What arrives at a start, and what was there."""
        held = None
        if leaf is not None and self.before is not None:
            held = self.before.get(id(leaf))
        return Leaf(self.outer.short(node), node.shape, node.dtype.name,
                    summary(self.flow.value(node)), summary(self.flow.value(self.flow.cts[node])),
                    summary(held))

    # ---- rows ----

    def row(self, item: Item, formulas: Formulas) -> Row:
        """An operation, or a group of them."""
        if isinstance(item, Group):
            return self.group(item)
        node = item
        if node in self.way.customs:
            return self.custom(node)
        factors = tuple(self.factor(node, i, arg, formulas) for i, arg in self.way.before[node])
        return self.made(node, formulas, formulas.formula(node), factors)

    def made(self, node: Node, formulas: Formulas, formula: str, factors: tuple[Factor, ...],
             **more: Any) -> Row:
        name = formulas.short(node)
        found = self.flow.cts[node]
        given = {"operation": node.call.name if node.call else "", **more}
        return Row(show_line(node.line), name, formula, node.shape, factors=factors,
                   value=summary(self.flow.value(node)), dtype=node.dtype.name,
                   cotangent=summary(self.flow.value(found)), place=node.line, **given)

    def custom(self, node: Node) -> Row:
        custom = self.way.customs[node]
        args = [self.outer.short(arg) for _, arg in self.way.before[node]]
        line = node.line or node.args[0].line
        return Row(show_line(line), self.outer.short(node),
                   f"{custom.function.__name__}({', '.join(args)})", node.shape, custom.name(),
                   tuple(Factor(arg, "by its own backward") for arg in args), dtype=node.dtype.name,
                   value=summary(self.flow.value(node)), place=line)

    def group(self, group: Group) -> Row:
        """A group: its formula in its operands, and its derivatives by what flows through it."""
        formulas = self.inner if group.kind == CALL else self.outer
        inside = tuple(self.row(each, formulas) for each in group.members)
        whole = False
        if group.kind == CALL:
            node = group.end
            kept = dict(self.outer.stands_for)
            formula = self.outer.formula(node)
            whole = len(formula) <= LONG and not self.new_parts(kept)
            if not whole:
                self.outer.forget(kept)
                given = [self.outer.short(each) for each in self.way.operands.get(node, ())
                         if not each.weak]
                formula = f"{operation(node)}({', '.join(given)})"
        else:
            title = group.title.partition(" ")[0] if group.kind == MODULE else group.title
            formula = f"{title}({', '.join(self.given(group))})" if group.kind == MODULE else title
        factors = self.through(group)
        more = {} if group.kind == CALL else {"operation": group.title.partition("(")[2][:-1]}
        return self.made(group.end, self.outer, formula, factors, kind=group.kind,
                         title=group.title, inside=inside, whole=whole, **more)

    def given(self, group: Group) -> list[str]:
        """What a module was called with, by name: what it reads that is not its own."""
        own, nodes = group.title.partition(" ")[0], group.nodes()
        inside = set(nodes)
        names = dict.fromkeys(self.outer.names[arg] for node in nodes for arg in (
            *node.args, *self.way.operands.get(node, ()))
            if arg not in inside and arg in self.outer.names)
        return [name for name in names if not name.startswith((f"{own}.", f"{own}["))]

    def entries(self, group: Group) -> list[tuple[Node, int, Node]]:
        """The edges that come from outside a group."""
        nodes = group.nodes()
        inside = set(nodes)
        return [(node, i, arg) for node in nodes for i, arg in self.way.before[node]
                if arg not in inside]

    def through(self, group: Group) -> tuple[Factor, ...]:
        """The derivatives of a group in what it was given."""
        found: dict[Node, list[tuple[Node, int]]] = {}
        for node, i, arg in self.entries(group):
            found.setdefault(arg, []).append((node, i))
        cts: dict[Node, Node] = {}
        nodes = group.nodes()
        plain = self.way.customs.keys().isdisjoint(nodes) and group.kind in (CALL, MODULE)
        if plain and len(nodes) <= 12 and len(self.seen) < MOST_FORMULAS:
            g = free(group.end.shape, group.end.dtype)
            self.outer.names[g] = "g"
            cts = through(group, g, list(found))
        factors = []
        for arg, edges in found.items():
            name = self.outer.short(arg)
            parts = [self.flow.value(self.flow.parts[edge]) for edge in edges]
            total = None if any(part is None for part in parts) else sum(parts[1:], parts[0])
            text = f"through {len(nodes)} operations"
            if arg in cts:
                written = self.limited(cts[arg], LONGEST // 2)
                text = f"g -> {written}" if written and written != "g" else (
                    "1" if written else text)
            factors.append(Factor(name, text, "", summary(total)))
        if cts:
            del self.outer.names[g]
        return tuple(factors)

    def limited(self, node: Node, longest: int) -> str:
        """A node as a formula, if that is short and takes no further names."""
        kept = dict(self.outer.stands_for)
        text = self.outer.simplified(node)
        if self.new_parts(kept) or len(text) > longest:
            self.outer.forget(kept)
            return ""
        return text

    def new_parts(self, kept: Mapping[str, str]) -> list[str]:
        """The names for parts of formulas that came about since."""
        return [name for name, what in self.outer.stands_for.items()
                if name not in kept and not what.endswith(("input", "run time"))]

    def factor(self, node: Node, i: int, arg: Node, formulas: Formulas) -> Factor:
        """The derivative of ``node`` in argument ``i``."""
        name = formulas.short(arg)
        part = summary(self.flow.value(self.flow.parts[node, i]))
        self.seen[node] = name
        if len(self.seen) > MOST_FORMULAS:
            return Factor(name, f"the derivative of {node.prim.name}", "", part)
        match node.prim.derivative(i):
            case Partial(p):
                partial = p(node, *node.args, **node.params)
                text = formulas.simplified(partial)
                value = "" if is_constant_number(partial) else summary(self.flow.value(partial))
                text = text if len(text) <= LONGEST else f"the partial of {node.prim.name}"
                shape = node.shape if not node.weak else ()
                if shape != arg.shape:
                    text += f", summed from {list(shape)} to {list(arg.shape)}"
                return Factor(name, text, value, part)
            case Linear(T):
                g = free(node.shape, node.dtype)
                text = self.linear(g, T(g, *node.args, **node.params), arg, formulas)
                return Factor(name, text, "", part)
            case Jvp(r):
                t = free(arg.shape, arg.dtype)
                text = mapped(formulas, "t", t, r(t, node, *node.args, **node.params))
                return Factor(name, text or f"the tangent rule of {node.prim.name}", "", part)
        raise AssertionError(f"{node.prim.name} has no derivative in argument {i}")

    def linear(self, g: Node, ct: Node, arg: Node, formulas: Formulas) -> str:
        """What a transpose does to the cotangent ``g``."""
        summed = ("" if ct.shape == arg.shape else
                  f", summed from {list(ct.shape)} to {list(arg.shape)}")
        if ct is g:
            return f"1{summed}"
        if ct.prim is neg and ct.args[0] is g:
            return f"-1{summed}"
        return (mapped(formulas, "g", g, ct) or f"the transpose of {ct.prim.name}") + summed

    # ---- the whole ----

    def path(self, steps: Sequence[Step]) -> Factor:
        """What one path contributes to the gradient."""
        names = [self.result.output, *(self.outer.short(step.to) for step in steps)]
        return self.contribution(" -> ".join(names[::-1]), self.ways.along(steps))

    def contribution(self, name: str, ct: Node | None) -> Factor:
        """A part of the gradient, as a formula and a number."""
        if ct is None:
            return Factor(name, "")
        value = "" if ct.prim is constant else summary(self.flow.value(ct))
        kept = dict(self.outer.stands_for)
        text = self.outer.simplified(ct)
        if len(text) > LONGEST or len(self.new_parts(kept)) > MOST_NAMES:
            self.outer.forget(kept)
            text = ""
        return Factor(name, text, value)


def held(way: Way, names: Names) -> dict[Node, Any]:
    """What the tensors of the scope hold now, for the nodes that they were."""
    found: dict[Node, Any] = {}
    tensors: dict[Node, Handle] = dict(way.leaves)
    for place, node in way.places.items():
        tensor = names.results.get(place)
        if tensor is None:
            tensor = names.tensors.get(names.data.get(place.node, ""))
        if tensor is not None:
            tensors.setdefault(node, tensor)
    for node, tensor in tensors.items():
        buf = buffer_of(tensor)
        if buf is not None and buf.shape == node.shape:
            found[node] = buf
    return found


def names_of(way: Way, names: Names) -> dict[Node, str]:
    """What the nodes of a way are called by the user."""
    known: dict[Node, str] = {}
    for place, node in way.places.items():
        if place in names.places or (place.node in names.data and not node.requires_grad):
            known.setdefault(node, names.places.get(place) or names.data[place.node])
    for node, value in way.values.items():
        if id(value) in names.buffers:
            known.setdefault(node, names.buffers[id(value)])
    known.update({node: names.leaves[id(leaf)] for node, leaf in way.leaves.items()
                  if id(leaf) in names.leaves})
    return known


def mapped(formulas: Formulas, letter: str, of: Node, to: Node) -> str:
    """A linear map as a formula; empty if that is too long."""
    formulas.names[of] = letter
    text = formulas.simplified(to)
    del formulas.names[of]
    return f"{letter} -> {text}" if len(text) <= LONGEST // 2 else ""


def letters(k: int) -> str:
    """a, b, …, z, aa, ab, …"""
    text = ""
    k += 1
    while k:
        k, rest = divmod(k - 1, 26)
        text = chr(97 + rest) + text
    return text
