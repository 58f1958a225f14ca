"""Families of templates, which differ in sizes alone; what two of them tell of a third.

Two templates are compared node by node. Where they differ in sizes alone, and each size follows
from those of the operands, they make a :class:`Family`, which gives the template of other sizes
without a composition: forms, and closures whose steps hold for any size. What else a template has
is made when somebody asks (:class:`Resized`). What has a size of 1 or 0, one that is smaller than
those that were seen, or sizes that are equal where they were not, is none of the family's: there a
composition may do something else, or raise. ``relatives.py`` says which are compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from itertools import combinations
from math import prod
from operator import itemgetter
from typing import Any

from ..backends.closure import closure
from ..backends.early import Early, runner, taking
from ..backends.numbers import implementation
from ..backends.small import RULES
from ..backends.straight import number_of
from ..errors import Place
from ..graph import Graph, Node, Shape, building, reachable
from ..locks import growing
from ..ops.contract import matmul
from ..ops.elementwise import cast, constant
from ..ops.fused import inner
from ..ops.indexing import (
    bounded,
    index,
    index_put,
    lasts,
    lasts_along,
    put_add,
    put_add_along,
    put_along,
    put_maximum,
    put_minimum,
    put_multiply,
    take_along,
)
from ..ops.neural import gated, pick_class, put_class, rows
from ..ops.order import argsort
from ..ops.reduce import argmax, argmin, log_softmax, logsumexp, softmax
from ..ops.scan import cumsum
from ..ops.structural import (
    alias,
    broadcast_to,
    concatenate,
    copy,
    flip,
    full,
    input_,
    lower,
    piecewise,
    reshape,
    settle,
    slice_,
    stop,
    sum_to,
    transpose,
    upper,
)
from ..passes.products import plain_products
from .forms import Form, form_like
from .templates import (
    Pullback,
    Template,
    late,
    template_of,
)

_new = object.__new__
LARGE = 1000
"""With fewer elements, it hardly depends on their number how long a call takes."""


PLAIN = frozenset([
    alias, argmax, argmin, argsort, bounded, broadcast_to, cast, concatenate, constant, copy,
    cumsum, flip, full, gated, index, index_put, inner, lasts, lasts_along, log_softmax, logsumexp,
    lower, matmul, pick_class, piecewise, put_add, put_add_along, put_along, put_class, put_maximum,
    put_minimum, put_multiply, reshape, rows, settle, softmax, stop, sum_to, take_along, transpose,
    upper])
"""Primitives that give a shape by no arithmetic on sizes, beside those of elements and reductions:
half of a length, rounded, would be a constant in two templates, and another number in a third."""


class Differs(Exception):
    """Two templates are not the same but for sizes."""


class Of:
    """A size that follows from one of the operands': ``times`` it, and ``more``."""

    __slots__ = ("more", "place", "times")

    def __init__(self, place: int, times: int, more: int) -> None:
        self.place, self.times, self.more = place, times, more


# ---- two templates ----


class Comparison:
    """What two templates have in common, as far as it was compared. ``pairs`` has the sizes of the
    operands that differ, each in the first and in the second."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        self.pairs = pairs
        self.same: dict[Node, Node] = {}
        """For nodes of the first those of the second that stand where they stand."""

    def size(self, a: int, b: int) -> int | Of:
        """A size that is ``a`` in the first and ``b`` in the second."""
        if a == b:
            return a
        # Of several sizes, what is not one of them may be a product of two, by chance the same.
        for find in (_equal, _more, _times) if len(self.pairs) == 1 else (_equal,):
            found = [each for k, (m, n) in enumerate(self.pairs) if (each := find(k, m, n, a, b))]
            if len(found) == 1:
                return found[0]
        raise Differs

    def shape(self, a: Node, b: Node) -> Any:
        """The shape of two nodes."""
        return tuple(map(self.size, a.shape, b.shape))

    def strides(self, a: Form, b: Form) -> Any:
        """The strides of what has these forms; None where its elements follow each other."""
        if (a.strides is None) is not (b.strides is None):
            raise Differs
        return None if a.strides is None else self.param(a.strides, b.strides)

    def param(self, a: Any, b: Any) -> Any:
        """A parameter, with sizes in the place of numbers that differ."""
        kind = a.__class__
        if a is b:
            return a
        if kind is not b.__class__:
            raise Differs
        if kind is int:
            return self.size(a, b)
        if kind is tuple or kind is list:
            if len(a) != len(b):
                raise Differs
            return kind(map(self.param, a, b))
        if kind is dict:
            if a.keys() != b.keys():
                raise Differs
            return {name: self.param(a[name], b[name]) for name in a}
        if kind not in (float, complex, bool, str) or a != b:
            raise Differs
        return a

    def params(self, a: Node, b: Node) -> dict[str, Any]:
        """The parameters of two nodes that do the same."""
        if a.prim is not b.prim or a.dtype is not b.dtype or a.weak is not b.weak or (
                a.requires_grad is not b.requires_grad or a.device is not b.device
                or len(a.args) != len(b.args) or a.ndim != b.ndim):
            raise Differs
        for x, y in zip(a.args, b.args, strict=True):
            if self.same.get(x) is not y:
                raise Differs
        self.same[a] = b
        found: dict[str, Any] = self.param(a.params, b.params)
        return found

    def given(self, a: Sequence[Node], b: Sequence[Node]) -> None:
        """Take the nodes of both for the same, one by one."""
        for x, y in zip(a, b, strict=True):
            self.same.setdefault(x, y)
        self.found(a, b)

    def found(self, a: Sequence[Node], b: Sequence[Node]) -> None:
        """See to it that the nodes of both are the same, one by one."""
        if len(a) != len(b) or any(self.same.get(x) is not y for x, y in zip(a, b, strict=True)):
            raise Differs


def apart(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether no product, sum or difference of several of the sizes is the same in both templates,
    or one of the sizes: it could not be told from that."""
    known = {*pairs}
    for count in range(2, len(pairs) + 1):
        for some in combinations(pairs, count):
            first, second = zip(*some, strict=True)
            for of_several in (prod, sum):
                a, b = of_several(first), of_several(second)
                if a == b or (a, b) in known:
                    return False
            if count == 2 and first[0] - first[1] == second[0] - second[1]:
                return False
    return True


def _equal(k: int, m: int, n: int, a: int, b: int) -> Of | None:
    return Of(k, 1, 0) if a == m and b == n else None


def _more(k: int, m: int, n: int, a: int, b: int) -> Of | None:
    return Of(k, 1, a - m) if a - m == b - n else None


def _times(k: int, m: int, n: int, a: int, b: int) -> Of | None:
    return Of(k, a // m, 0) if not a % m and a // m * n == b else None


def resolved(what: Any, sizes: Shape) -> Any:
    """``what`` with numbers in the place of the sizes in it."""
    kind = what.__class__
    if kind is Of:
        return what.times * sizes[what.place] + what.more
    if kind is tuple or kind is list:
        return kind([each if each.__class__ is int else resolved(each, sizes) for each in what])
    if kind is dict:
        return {name: resolved(each, sizes) for name, each in what.items()}
    return what


def follows(what: Any) -> bool:
    """Whether there are sizes in ``what``."""
    kind = what.__class__
    if kind is tuple or kind is list:
        return any(map(follows, what))
    return kind is Of or (kind is dict and any(map(follows, what.values())))


# ---- closures for any size ----


Sized = tuple[Node, Any, Any]
"""A node of the first of two templates, its shape, and its parameters; None of what is given."""


class Steps:
    """The steps of a closure for any size: what ``early.py`` makes of nodes whose sizes are known,
    made of those of two templates. ``sized`` are the steps and the numbers that depend on sizes, by
    their places."""

    __slots__ = ("asked", "cts", "given", "keep", "kept", "nodes", "numbers", "outs", "pick",
                 "reads", "rest", "sized", "steps", "together")

    def __init__(self, compared: Comparison, given: Sequence[Node], both: Sequence[Sequence[Node]],
                 outs: Sequence[Node], together: bool, *, cts: int | None = None,
                 kept: Sequence[Node] | None = None) -> None:
        self.cts, self.outs, self.together, self.keep = cts, outs, together, kept
        self.reads = cts is not None
        self.given: list[Sized] = [(node, compared.shape(node, compared.same[node]), None)
                                   for node in given]
        self.nodes: list[Sized] = []
        row: dict[Node, int] = {}
        for k, node in enumerate(given):
            row.setdefault(node, k)
        first = len(given)
        self.rest: list[Any] = []
        self.steps: list[Any] = []
        self.sized: list[tuple[int, Node]] = []
        self.numbers: list[tuple[int, Any]] = []
        for a, b in zip(*both, strict=True):
            params = compared.params(a, b)
            shape = compared.shape(a, b)
            self.nodes.append((a, shape, params))
            place = row[a] = first + len(self.rest)
            self.rest.append(None)
            number = number_of(a) if a.weak or a.prim is constant else None
            if number is not None:
                if a.prim is not constant and number != number_of(b):
                    raise Differs
                self.rest[-1] = number
                if follows(params):
                    self.numbers.append((place - first, params["value"]))
                continue
            places = tuple([row[arg] for arg in a.args])
            run: Any = None
            if not (follows(params) or follows(shape) or any(
                    follows(compared.shape(x, y)) for x, y in zip(a.args, b.args, strict=True))):
                run = runner(a, self.reads)
            elif a.prim not in RULES and a.prim is not broadcast_to and not follows(params):
                run = implementation(a)
            if run is None:
                self.sized.append((len(self.steps), a))
            one, two = [*places, -1, -1][:2] if len(places) in (1, 2) else (-1, -1)
            self.steps.append((run, place, one, two, places))
        wanted = {node for _, node in self.sized}
        beside = {arg for node in wanted for arg in node.args} - wanted
        self.asked: list[Sized] = [
            each if each[0] in wanted else (*each[:2], None)
            for each in (*self.given, *self.nodes) if each[0] in wanted or each[0] in beside]
        ends = [row[node] for node in outs]
        self.pick = taking(ends) if together else itemgetter(*ends)
        self.kept = None if kept is None else taking([row[node] for node in kept])

    def row(self, sizes: Shape) -> tuple[list[Any], list[Any]]:
        """What a closure for these sizes does, step by step, and what lies beside its arguments."""
        steps, rest = self.steps, self.rest
        if self.sized:
            steps = [*steps]
            at = self.made(sizes, self.asked)
            for k, node in self.sized:
                steps[k] = (runner(at[node], self.reads), *steps[k][1:])
        if self.numbers:
            rest = [*rest]
            for k, number in self.numbers:
                rest[k] = resolved(number, sizes)
        return steps, rest

    def lasting(self, sizes: Shape) -> Callable[..., Any]:
        """The closure for these sizes that nodes have."""
        at = self.made(sizes)
        given = [at[node] for node, _, _ in self.given]
        return closure(given[:self.cts], [at[node] for node in self.outs], self.together,
                       read=None if self.cts is None else given[self.cts:],
                       nodes=[at[node] for node, _, _ in self.nodes],
                       keep=None if self.keep is None else [at[node] for node in self.keep])

    def made(self, sizes: Shape, asked: Sequence[Sized] = ()) -> dict[Node, Node]:
        """For each node the one of these sizes, or for those that are ``asked`` for, whose
        arguments may lack theirs."""
        at: dict[Node, Node] = {}
        for node, shape, params in asked or (*self.given, *self.nodes):
            if params is not None:
                at[node] = like(node, tuple([at[arg] for arg in node.args]),
                                resolved(params, sizes), resolved(shape, sizes))
            else:
                found = resolved(shape, sizes)
                at[node] = node if found == node.shape and not node.args else like(
                    node, (), node.params, found)
        return at


def like(node: Node, args: tuple[Node, ...], params: dict[str, Any], shape: Shape) -> Node:
    """A node that is like another but for its arguments and sizes; one without arguments is an
    input."""
    prim = input_ if node.args and not args else node.prim
    return Node(prim, args, params, shape, node.dtype, node.requires_grad, node.weak, node.device)


class Run:
    """A closure that runs such steps at its first calls, and has another then."""

    __slots__ = ("first", "like", "run", "sizes")

    def __init__(self, like: Steps, sizes: Shape) -> None:
        self.like, self.sizes = like, sizes
        self.first: Early | None = None
        self.run: Callable[..., Any] | None = None

    def __call__(self, *values: Any) -> Any:
        if self.run is not None:
            return self.run(*values)
        if self.first is None:
            like = self.like
            steps, rest = like.row(self.sizes)
            self.first = Early(rest, steps, like.pick, like.kept, like.reads, self.last)
        return self.first(values)

    def last(self) -> Callable[..., Any]:
        """The closure that it is after the first calls."""
        self.run = self.like.lasting(self.sizes)
        return self.run


class Back:
    """What the pullbacks of a family have in common."""

    __slots__ = ("like", "plain", "run")

    def __init__(self, compared: Comparison, a: Pullback, b: Pullback) -> None:
        if (a.reads, a.targets, a.frees, a.exact, a.once, a.passes) != (
                b.reads, b.targets, b.frees, b.exact, b.once, b.passes):
            raise Differs
        self.like = a
        compared.given(a.inputs, b.inputs)
        cts = len(a.given[0])
        self.run = Steps(compared, a.inputs, (a.nodes, b.nodes), a.values, a.several, cts=cts)
        compared.found(a.values, b.values)
        self.plain = self.run
        if a.exact:
            plain = [plain_products(Graph(each.inputs, each.values)) for each in (a, b)]
            if plain[0][1] != plain[1][1]:
                raise Differs
            nodes = [[node for node in reachable(graph.outputs, stop=graph.inputs)
                      if node not in {*graph.inputs}] for graph, _ in plain]
            if len(nodes[0]) != len(nodes[1]):
                raise Differs
            self.plain = Steps(compared, a.inputs, nodes, plain[0][0].outputs, a.several, cts=cts)
            compared.found(plain[0][0].outputs, plain[1][0].outputs)
            if not plain[0][1]:
                self.run = self.plain


class Family:
    """Templates that are the same but for sizes, found by two of them."""

    def __init__(self, a: Template, b: Template) -> None:
        whole = [each.pullback(each.every) if each.flows else None for each in (a, b)]
        shapes = [[slot.shape for slot in each.slots] for each in (a, b)]
        pairs = {(m, n): None for x, y in zip(*shapes, strict=True)
                 for m, n in zip(x, y, strict=True) if m != n}
        self.pairs = [*pairs]
        for k in (0, 1):   # each size says which it is
            if len({pair[k] for pair in self.pairs}) < len(self.pairs):
                raise Differs
        if not apart(self.pairs):
            raise Differs
        self.least = [min(pair) for pair in self.pairs]
        if min(self.least, default=0) < 2 or len(a.nodes) != len(b.nodes):
            raise Differs
        compared = Comparison(self.pairs)
        self.shapes = [tuple(map(compared.size, x, y)) for x, y in zip(*shapes, strict=True)]
        self.strides = [compared.strides(x.form, y.form)
                        for x, y in zip(a.slots, b.slots, strict=True)]
        self.widened = 0
        self.examples: dict[int, Resized] = {}
        """By how many digits the number of elements in operands has, one of so many."""
        self.free = not any(part.__class__ is int and part > 1 for part in a.key)
        if len(a.inner) != len(b.inner) or [a.slots.index(each) for each in a.slots] != [
                b.slots.index(each) for each in b.slots]:
            raise Differs
        compared.given((*a.slots, *a.numbers), (*b.slots, *b.numbers))
        given = (*a.slots, *a.numbers)
        self.like = a
        both = a.nodes, b.nodes
        if not all(self.is_plain(x, y) for x, y in zip(*both, strict=True)):
            raise Differs
        self.value = Steps(compared, given, both, a.outs, not a.single)
        compared.found(a.outs, b.outs)
        self.forms = [tuple(map(compared.size, x.shape, y.shape))
                      for x, y in zip(a.forms, b.forms, strict=True)]
        self.lie = [compared.strides(x, y) for x, y in zip(a.forms, b.forms, strict=True)]
        if a.places != b.places or a.shares != b.shares:
            raise Differs
        self.back: Back | None = None
        self.keep: Steps | None = None
        if a.flows:
            if whole[0] is None or whole[1] is None:
                raise Differs
            compared.found(a.inner, b.inner)
            self.back = Back(compared, whole[0], whole[1])
            row = (*given, *a.outs, *a.inner)
            self.keep = Steps(compared, given, both, a.outs, not a.single,
                              kept=whole[0].pick(row))

    @staticmethod
    def is_plain(node: Node, other: Node) -> bool:
        """Whether what a node gives has the shape that its arguments and its primitive tell."""
        prim = node.prim
        if prim is matmul and any(arg.prim is matmul for arg in node.args):
            return False   # which two of three are multiplied first depends on all sizes
        if prim is slice_:   # of what has one size alone
            return all(node.args[0].shape[axis] == other.args[0].shape[axis]
                       for axis in node.params["axes"])
        return prim.elementwise or prim.reduction is not None or prim in PLAIN or (
            all(each.__class__ is bool for each in node.params.values()) and any(
                x.shape == node.shape and y.shape == other.shape
                for x, y in zip(node.args, other.args, strict=True)))

    def sizes(self, forms: Sequence[Form]) -> Shape | None:
        """The sizes in operands of these ``forms``, if the family may have such a call: they are
        as many as differ, and all more than 1."""
        found: list[int] = [0] * len(self.pairs)
        for form, wanted in zip(forms, self.shapes, strict=True):
            for n, size in zip(form.shape, wanted, strict=True):
                if size.__class__ is not Of:
                    if n != size:
                        return None
                elif found[size.place] in (0, n):
                    found[size.place] = n
                else:
                    return None
        sizes = tuple(found)
        if len({*sizes}) < len(sizes) or min(sizes) < 2:
            return None
        for form, strides in zip(forms, self.strides, strict=True):
            if strides is not None and form.strides != resolved(strides, sizes):
                return None
        return sizes

    def has(self, sizes: Shape) -> bool:
        """Whether no size is smaller than those that were seen."""
        return all(map(operator.ge, sizes, self.least))

    def template(self, sizes: Shape, operands: Sequence[Node], cut: str | None) -> Template:
        """The template of a call with these operands, which have these sizes."""
        return Resized.of(self, sizes, operands, cut)

    def widen(self, template: Template, sizes: Shape) -> None:
        """Have smaller sizes, which ``template`` has, if it is one of the family."""
        self.widened += 1
        if family_of(template, self.like) is None:
            return
        if [form.shape for form in template.forms] == resolved(self.forms, sizes):
            self.least = [min(n - n // 4 if self.free else n, least)
                          for n, least in zip(sizes, self.least, strict=True)]


def family_of(a: Template, b: Template) -> Family | None:
    """The family of two templates, if they are of one."""
    try:
        return Family(a, b)
    except Differs:
        return None


# ---- a third ----


def count_of(forms: Sequence[Form]) -> int:
    """The elements of what has these forms."""
    return sum([prod(form.shape) for form in forms])


class Resized(Template):
    """The template of a call of a ``family``. Its nodes, which few ask for, are worked out as those
    of any template, when somebody does."""

    __slots__ = ("call", "family", "made")
    call: tuple[tuple[Form, ...], tuple[int, ...], str | None]
    family: Family
    made: Template | None

    @staticmethod
    def of(family: Family, sizes: Shape, operands: Sequence[Node], cut: str | None) -> Resized:
        """The template of a call with these operands."""
        like = family.like
        new: Resized = _new(Resized)
        new.family = family
        new.call = tuple([node.form for node in operands]), tuple(
            [operands.index(node) for node in operands]), cut
        new.made = None
        new.op, new.pick, new.key, new.types = like.op, like.pick, like.key, like.types
        new.count, new.single, new.simple, new.flows = (
            like.count, like.single, like.simple, like.flows)
        new.effect, new.shares, new.cuts, new.plain = False, like.shares, like.cuts, like.plain
        new.every, new.places = like.every, like.places
        forms = [form_like(resolved(shape, sizes), form.dtype, form.requires_grad, form.weak,
                           form.device, resolved(strides, sizes))
                 for shape, form, strides in zip(family.forms, like.forms, family.lie, strict=True)]
        new.forms = tuple(forms)   # type: ignore[assignment]
        new.nbytes = sum([prod(form.shape) * form.dtype.itemsize for form in forms])
        new._pullbacks, new._recipe = {}, None
        new._joined = new.links = None
        new.weight = None
        new.run = Run(family.value, sizes)
        new.whole = None
        if family.back is not None and family.keep is not None:
            new.keep = Run(family.keep, sizes)
            new.whole = new._pullbacks[like.every] = ResizedPullback.of(new, family.back, sizes)
        else:
            new.keep = new._keep_first
        return new

    @property
    def example(self) -> Template:
        """One that weighs as much: that of the family, or where this one's operands are larger or
        smaller by far, and not all small, this one."""
        like = self.family.like
        count = count_of(self.call[0])
        few, many = sorted((count, count_of([slot.form for slot in like.slots])))
        if many <= LARGE or many <= 2 * few:
            return like
        return self.family.examples.setdefault(count.bit_length(), self).entire()

    def several(self, operands: tuple[Node, ...], place: Place,
                outs: tuple[Node, ...] = ()) -> tuple[Node, ...]:
        return super().several(operands, place, outs or self.family.like.outs)

    def entire(self) -> Template:
        """The template as one without a family has it."""
        with growing:
            if self.made is None:
                forms, alike, cut = self.call
                counts: dict[Form, int] = {}
                nodes: list[Node] = []
                for k, form in zip(alike, forms, strict=True):
                    if k < len(nodes):
                        nodes.append(nodes[k])
                    else:
                        count = counts[form] = counts.get(form, -1) + 1
                        nodes.append(form.stand_in(count))
                line, building.line = building.line, None
                try:
                    self.made = made = template_of(self.key_of(tuple(nodes)), cut)
                finally:
                    building.line = line
                if made.flows:
                    made.pullback(made.every)
                self.slots, self.numbers, self.nodes = made.slots, made.numbers, made.nodes
                self.outs, self.inner = made.outs, made.inner
            return self.made


class ResizedPullback(Pullback):
    """The pullback of such a template."""

    __slots__ = ("of_template",)
    of_template: Resized

    @staticmethod
    def of(template: Resized, back: Back, sizes: Shape) -> ResizedPullback:
        like = back.like
        new: ResizedPullback = _new(ResizedPullback)
        new.of_template = template
        new.exact, new.frees, new.once, new.passes = like.exact, like.frees, like.once, like.passes
        new.pick, new.reads, new.several = like.pick, like.reads, like.several
        new.target, new.targets = like.target, like.targets
        new.templates = {}
        new.run = Run(back.run, sizes)
        new.plain = new.run if back.plain is back.run else Run(back.plain, sizes)
        return new

    def entire(self) -> None:
        """Have the nodes."""
        template = self.of_template.entire()
        found: Any = template.pullback(template.every)
        cts, read = found.given
        at = dict(zip(found.reads, read, strict=True))   # in the order of the operands' numbers
        self.given, self.nodes = (cts, [at[place] for place in self.reads]), found.nodes
        self.inputs, self.values = [*cts, *self.given[1]], found.values


_whole: Any = Template
_back: Any = Pullback
for _field in (_whole.slots, _whole.numbers, _whole.nodes, _whole.outs, _whole.inner):
    setattr(Resized, _field.__name__, late(_field, Resized.entire))
for _field in (_back.given, _back.nodes, _back.inputs, _back.values):
    setattr(ResizedPullback, _field.__name__, late(_field, ResizedPullback.entire))
