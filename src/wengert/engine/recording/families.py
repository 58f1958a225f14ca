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
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from math import prod
from typing import Any, Literal

from ..backends.early import taking
from ..errors import Place
from ..graph import Graph, Node, Shape, building, reachable
from ..locks import growing
from ..ops.contract import matmul
from ..ops.elementwise import (
    cast,
    constant,
)
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
from .comparing import Comparison, Differs, Of, Unclear, apart, resolved
from .forms import Form, form_like
from .keys import lengths_in
from .operation import MISSING
from .pieces import Pieces, joined_as_they_are, joining, of_lengths
from .sized import Steps
from .strides import is_view, strides_apart, view_strides
from .templates import Pullback, Template, late, template_of

_new = object.__new__
MOST_BACKS = 8
"""For so many choices of the results of a call there are pullbacks of a family."""
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

    joined: Any = None
    """What a template knows of its pieces."""

    def __init__(self, a: Template, b: Template) -> None:
        whole = [each.pullback(each.every) if each.flows else None for each in (a, b)]
        shapes = [[slot.shape for slot in each.slots] for each in (a, b)]
        lengths: Any = lengths_in(a.key), lengths_in(b.key)
        self.spreads = lengths[0] is not None and a.nodes[-1].prim is broadcast_to
        """Whether among the lengths that it is given are sizes."""
        pairs = {(m, n): None for x, y in [
            *zip(*shapes, strict=True), *([lengths] if self.spreads else [])]
            for m, n in zip(x, y, strict=True) if m != n}
        self.pairs = [*pairs]
        for k in (0, 1):   # each size says which it is
            if len({pair[k] for pair in self.pairs}) < len(self.pairs):
                raise Unclear
        if not apart(self.pairs):
            raise Unclear
        self.least = [min(pair) for pair in self.pairs]
        if min(self.least, default=0) < 2 or len(a.nodes) != len(b.nodes):
            raise Differs
        compared = Comparison(self.pairs)
        self.shapes = [tuple(map(compared.size, x, y)) for x, y in zip(*shapes, strict=True)]
        self.lengths = compared.param(*lengths)
        self.strides = [compared.strides(x.form, y.form)
                        for x, y in zip(a.slots, b.slots, strict=True)]
        self.look_for([*self.shapes, self.lengths] if self.spreads else self.shapes)
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
        self.two, self.compared = (a, b), compared
        both = a.nodes, b.nodes
        if not all(self.is_plain(x, y) for x, y in zip(*both, strict=True)):
            raise Differs
        self.value = Steps(compared, given, both, a.outs, not a.single)
        compared.found(a.outs, b.outs)
        self.forms = [tuple(map(compared.size, x.shape, y.shape))
                      for x, y in zip(a.forms, b.forms, strict=True)]
        self.lie = [compared.strides(x, y) for x, y in zip(a.forms, b.forms, strict=True)]
        self.reshaped = [*reshaped_in(a, compared, b)] if a.op.view else []
        """Of operands that do not lie row by row, which get which shape, and whether as a view."""
        self.lies = any(each is not None for each in self.lie)
        if a.places != b.places or a.shares != b.shares:
            raise Differs
        self.back: Back | None = None
        self.backs: dict[tuple[int, ...], Back | None] = {}
        """By the results that cotangents come for, where not for all."""
        self.keep: Steps | None = None
        if a.flows:
            if whole[0] is None or whole[1] is None:
                raise Differs
            compared.found(a.inner, b.inner)
            self.back = Back(compared, whole[0], whole[1])
            row = (*given, *a.outs, *a.inner)
            self.keep = Steps(compared, given, both, a.outs, not a.single,
                              kept=whole[0].pick(row))

    def look_for(self, shapes: Sequence[Any]) -> None:
        """Take note of where sizes are among all that operands of these ``shapes`` have, and of
        which have to be what."""
        self.strided = any(each is not None for each in self.strides)
        wanted = [*chain.from_iterable(shapes)]
        fixed = [k for k, size in enumerate(wanted) if size.__class__ is not Of]
        self.as_given, self.constants = taking(fixed), tuple([wanted[k] for k in fixed])
        first: dict[int, int] = {}
        again = []
        for k, size in enumerate(wanted):
            if size.__class__ is Of and first.setdefault(size.place, k) != k:
                again.append(k)
        self.others = taking(again)
        self.firsts = taking([first[wanted[k].place] for k in again])
        self.each = taking([first[k] for k in range(len(self.pairs))])

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

    def sizes(self, shapes: Sequence[Shape], strides: Sequence[Shape | None],
              lengths: Shape | None = None) -> Shape | None:
        """The sizes in operands of these ``shapes`` and ``strides``, or among the ``lengths`` that
        are given, if the family may have such a call: they are as many as differ, and all more
        than 1."""
        if self.spreads and lengths is not None:
            shapes = [*shapes, lengths]
        flat: Any = [*chain.from_iterable(shapes)]
        if self.as_given(flat) != self.constants or self.others(flat) != self.firsts(flat):
            return None
        sizes: Shape = self.each(flat)
        if len(sizes) == 1:
            if sizes[0] < 2:
                return None
        elif len({*sizes}) < len(sizes) or min(sizes) < 2:
            return None
        if self.strided:
            for lie, expected in zip(strides, self.strides, strict=True):
                if expected is not None and lie != resolved(expected, sizes):
                    return None
        if lengths is not None and not self.fits(shapes[0], lengths, sizes):
            return None
        for k, pattern, as_view in self.reshaped:
            lie = strides[k]
            if lie is None or as_view is not (
                    view_strides(shapes[k], lie, resolved(pattern, sizes)) is not None):
                return None   # it depends on all sizes
        return sizes

    def fits(self, shape: Shape, lengths: Shape, sizes: Shape) -> bool:
        """Whether an operand of the ``shape`` may be given these ``lengths``."""
        return lengths == resolved(self.lengths, sizes) and (
            self.spreads or prod(shape) == prod(resolved(self.forms[0], sizes)))

    def has(self, sizes: Shape) -> bool:
        """Whether no size is smaller than those that were seen."""
        return all(map(operator.ge, sizes, self.least))

    def results(self, sizes: Shape) -> tuple[list[Shape], list[Shape | None]]:
        """The shapes and the strides of what calls of these sizes give."""
        return resolved(self.forms, sizes), resolved(self.lie, sizes) if self.lies else self.lie

    def run(self, sizes: Shape) -> Callable[..., Any]:
        """What computes calls of these sizes."""
        return self.value.run(sizes)

    def template(self, sizes: Shape, operands: Sequence[Node], cut: str | None,
                 lengths: Shape | None) -> Template:
        """The template of a call with these operands, which have these sizes, and ``lengths``."""
        return Resized.of(self, sizes, operands, cut, lengths)

    def back_of(self, given: tuple[int, ...]) -> Back | None:
        """What the pullbacks of the results ``given`` have in common, if anything."""
        if given not in self.backs:
            if len(self.backs) >= MOST_BACKS:
                return None
            pulls = [each.pullback(given) for each in self.two]
            try:
                if pulls[0] is None or pulls[1] is None or self.back is None or not (
                        {*pulls[0].reads}.issubset(self.back.like.reads)):
                    raise Differs
                self.backs[given] = Back(self.compared, pulls[0], pulls[1])
            except Differs:
                self.backs[given] = None
        return self.backs[given]

    @staticmethod
    def pieces(sizes: Shape) -> None:
        """It is no join of pieces."""

    def widen(self, template: Template, sizes: Shape) -> None:
        """Have smaller sizes, which ``template`` has, if it is one of the family."""
        self.widened += 1
        if not family_of(template, self.like):
            return
        if [form.shape for form in template.forms] == resolved(self.forms, sizes):
            self.least = [min(n - n // 4 if self.free else n, least)
                          for n, least in zip(sizes, self.least, strict=True)]


class Joins:
    """Joins of as many pieces of any lengths, each as it is: one template tells all others."""

    joined: Any = MISSING
    back = keep = None
    widened = sys.maxsize
    lies, lie = False, (None,)

    def __init__(self, like: Template) -> None:
        axis = joined_as_they_are(like.slots, like.outs)
        assert axis is not None
        self.like, self.axis = like, axis
        self.shape = like.outs[0].shape
        self.value = self
        self.any = joining(axis)
        self.examples: dict[int, Resized] = {}
        self.targets = tuple([k for k, slot in enumerate(like.slots) if slot.requires_grad])

    def sizes(self, shapes: Sequence[Shape], strides: Sequence[Shape | None],
              lengths: Shape | None = None) -> Shape | None:
        """The lengths of operands of these ``shapes``, if they differ from the first in nothing
        else."""
        axis, wanted = self.axis, self.shape
        count, before, behind = len(wanted), wanted[:axis], wanted[axis + 1:]
        if len(shapes) != len(self.like.slots) or lengths is not None:
            return None
        for shape, lie in zip(shapes, strides, strict=True):
            if lie is not None or len(shape) != count or shape[:axis] != before or (
                    shape[axis + 1:] != behind or not shape[axis]):
                return None
        return tuple([shape[axis] for shape in shapes])

    def has(self, sizes: Shape) -> bool:
        """All lengths are the family's."""
        return True

    def results(self, sizes: Shape) -> tuple[list[Shape], list[Shape | None]]:
        """The shape and the strides of what a call gives."""
        axis, shape = self.axis, self.shape
        return [(*shape[:axis], sum(sizes), *shape[axis + 1:])], [None]

    def run(self, sizes: Shape) -> Callable[..., Any]:
        """What computes calls of these sizes."""
        return self.any

    def pieces(self, sizes: Shape) -> Pieces:
        """What computes value and pullback."""
        return of_lengths(sizes, self.axis, self.targets)

    def template(self, sizes: Shape, operands: Sequence[Node], cut: str | None,
                 lengths: Shape | None) -> Template:
        """The template of a call with these operands, which have these lengths."""
        return Resized.of(self, sizes, operands, cut, lengths)

    def back_of(self, given: tuple[int, ...]) -> None:
        """Its pieces have a pullback."""

    def widen(self, template: Template, sizes: Shape) -> None:
        """It has all lengths."""


def reshaped_in(a: Template, compared: Comparison, b: Template) -> Iterator[tuple[int, Any, bool]]:
    """For each operand of a view of ``a`` that does not lie row by row and gets another shape,
    which it is, that shape, and whether it is a view; ``b`` is the same with other sizes."""
    for node, other in zip(a.nodes, b.nodes, strict=True):
        if node.prim is not reshape or strides_apart(node.args[0]) is None:
            continue
        if node.args[0] not in a.slots or is_view(node) is not is_view(other):
            raise Differs
        yield a.slots.index(node.args[0]), compared.shape(node, other), is_view(node)


def family_of(a: Template, b: Template) -> Family | Literal[False] | None:
    """The family of two templates, if they are of one; False where their sizes do not tell."""
    try:
        return Family(a, b)
    except Unclear:
        return False
    except Differs:
        return None


# ---- a third ----


def count_of(forms: Sequence[Form]) -> int:
    """The elements of what has these forms."""
    return sum([prod(form.shape) for form in forms])


class Resized(Template):
    """The template of a call of a ``family``. Its nodes, which few ask for, are worked out as those
    of any template, when somebody does."""

    __slots__ = ("call", "family", "made", "sizes")
    call: tuple[tuple[Form, ...], tuple[int, ...], str | None]
    family: Family | Joins
    made: Template | None
    sizes: Shape

    @staticmethod
    def of(family: Family | Joins, sizes: Shape, operands: Sequence[Node], cut: str | None,
           lengths: Shape | None) -> Resized:
        """The template of a call with these operands, and ``lengths``."""
        like = family.like
        new: Resized = _new(Resized)
        new.family, new.sizes = family, sizes
        new.call = tuple([node.form for node in operands]), tuple(
            [operands.index(node) for node in operands]), cut
        new.made = None
        new.op, new.pick, new.types = like.op, like.pick, like.types
        new.key = like.key if lengths is None else (*like.key[:2], lengths)
        new.count, new.single, new.simple, new.flows = (
            like.count, like.single, like.simple, like.flows)
        new.effect, new.shares, new.cuts, new.plain = False, like.shares, like.cuts, like.plain
        new.every, new.places = like.every, like.places
        shapes, lie = family.results(sizes)
        forms = [form_like(shape, form.dtype, form.requires_grad, form.weak, form.device, strides)
                 for shape, form, strides in zip(shapes, like.forms, lie, strict=True)]
        new.forms = tuple(forms)   # type: ignore[assignment]
        new.nbytes = sum([prod(form.shape) * form.dtype.itemsize for form in forms])
        new._pullbacks, new._recipe = {}, None
        new._joined, new.links = family.joined, None
        new.weight = None
        new.run = family.value.run(sizes)
        new.whole = new.again = None
        if family.back is not None and family.keep is not None:
            new.keep = family.keep.run(sizes)
            new.whole = new._pullbacks[like.every] = ResizedPullback.of(
                new, family.back, sizes, like.every)
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

    def pullback(self, given: tuple[int, ...], again: bool = False) -> Pullback | None:
        if not again and given not in self._pullbacks and self.flows:
            back = self.family.back_of(given)
            if back is not None:
                self._pullbacks[given] = ResizedPullback.of(self, back, self.sizes, given)
        return super().pullback(given, again)

    def _pieces(self) -> Pieces | None:
        if self._joined is MISSING:
            self._joined = self.family.pieces(self.sizes)
        found: Pieces | None = self._joined
        return found

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

    __slots__ = ("of_results", "of_template")
    of_template: Resized
    of_results: tuple[int, ...]

    @staticmethod
    def of(template: Resized, back: Back, sizes: Shape, given: tuple[int, ...]) -> ResizedPullback:
        like = back.like
        new: ResizedPullback = _new(ResizedPullback)
        new.of_template, new.of_results = template, given
        new.exact, new.frees, new.once, new.passes = like.exact, like.frees, like.once, like.passes
        new.pick, new.reads, new.several = like.pick, like.reads, like.several
        new.target, new.targets = like.target, like.targets
        new.templates, new.rows = {}, None
        new.run = back.run.run(sizes)
        new.plain = new.run if back.plain is back.run else back.plain.run(sizes)
        return new

    def entire(self) -> None:
        """Have the nodes."""
        template = self.of_template.entire()
        found: Any = template.pullback(self.of_results)
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
