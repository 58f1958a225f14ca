"""Templates: what a call means, worked out once for its signature.

What an operation does with operands of given *forms* (shape, dtype, layout, whether gradients flow)
and given static arguments is the same wherever it is called. The first such call runs the
composition on stand-ins and keeps what it made: a :class:`Template`, with a NumPy closure for the
value and one for each pullback, both made mechanically of the composition's nodes. A call on a path
that is new is then a key, a template, and a :class:`Fragment`: nodes that have their fields when
somebody plans a program with them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import attrgetter, itemgetter
from typing import Any

from ..backends.closure import closure
from ..devices import CPU, meeting
from ..dtypes import category_of, changed_default, of_category
from ..errors import Place, line_at
from ..garbage import seldom
from ..graph import ROOM, Call, Node, _count, building, reachable
from ..locks import growing
from ..ops.collectives import Effect
from ..ops.elementwise import annihilate, constant
from ..ops.structural import alias, free, number, settle, slice_, stop
from ..passes.products import plainly
from ..transforms.vjp import accumulate, pull, residuals_of, vjp
from .forms import MOST, Form, for_each, form_of
from .keys import Key
from .operation import MISSING, Operation, as_dtype
from .pieces import Pieces, pieces_of
from .program import picker
from .recipes import Recipe, copied
from .replay import arguments
from .strides import shares_memory, strides_apart
from .tree import tree

_new = object.__new__


class NotWalked(Exception):
    """A path has to be planned: something in it has no closure."""


class Pullback:
    """The cotangents of operands for those of some results.

    ``reads`` says what it needs beside these, by places in the row of operands, numbers, results
    and inner values of the call; ``pick`` picks that from a row, as a tuple. ``targets`` are the
    places of the operands that get a cotangent. ``frees`` says that a backward frees what it reads:
    it reads more than where slices begin. ``run`` takes the cotangents, and what it reads as a
    tuple; ``plain`` does the same with plain products: right where the results that it leads to are
    finite (decision 0008), and the same where no product is ``exact``; ``several`` says that there
    is more than one target. ``passes`` has for each target the place of the cotangent that it gets
    as it is (-1 if none), where one does. ``once`` says that it would be another, were it
    differentiated.
    """

    __slots__ = ("exact", "frees", "given", "inputs", "nodes", "once", "passes", "pick", "plain",
                 "reads", "rows", "run", "several", "target", "targets", "templates", "values")

    def __init__(self, cts: list[Node], read: list[Node], values: list[Node], nodes: list[Node],
                 reads: tuple[int, ...], targets: tuple[int, ...], frees: bool, exact: bool,
                 once: bool) -> None:
        self.given = cts, read
        self.nodes = nodes
        """Those on the way to the ``values``."""
        self.exact, self.once = exact, once
        self.inputs, self.values = [*cts, *read], values
        self.reads, self.targets, self.frees = reads, targets, frees
        self.rows: tuple[int, ...] | None = None
        """Where in what the pullback of all results reads these are, once somebody has asked."""
        self.several = len(targets) != 1
        passes = tuple([cts.index(value) if value in cts else -1 for value in values])
        self.passes = passes if max(passes, default=-1) >= 0 else ()
        self.templates: dict[tuple[Any, ...], Template] = {}
        """Those of its calls, where it is recorded, by what is given."""
        self.target = targets[0] if targets else -1
        self.run: Callable[..., Any] = self._run_first
        self.plain: Callable[..., Any] = self._plain_first
        self.pick = picker(reads)

    def _run_first(self, *values: Any) -> Any:
        cts, read = self.given
        self.run = closure(cts, self.values, self.several, read=read, nodes=self.nodes)
        return self.run(*values)

    def _plain_first(self, *values: Any) -> Any:
        cts, read = self.given
        simpler = plainly(self.nodes) if self.exact else None
        if simpler is None:   # there is one way alone
            found = self._run_first(*values)
            self.plain = self.run
            return found
        nodes, new = simpler
        self.plain = closure(cts, [new.get(node, node) for node in self.values], self.several,
                             read=read, nodes=nodes)
        return self.plain(*values)


def reads(node: Node) -> bool:
    """Whether the derivatives of ``node`` read values that a backward frees."""
    places = positions(node)
    return any(found.prim is not constant and found not in places
               for found in residuals_of(node))


def positions(node: Node) -> tuple[Node, ...]:
    """Where a slice begins: what its derivative reads is kept."""
    return node.args[1:] if node.prim is slice_ else ()


def late(field: Any, come_about: Callable[[Any], Any]) -> Any:
    """A ``field`` whose value comes about when somebody asks."""
    get = field.__get__

    def asked(self: Any) -> Any:
        try:
            return get(self)
        except AttributeError:
            come_about(self)
            return get(self)

    return property(asked, field.__set__)


def in_form(name: str) -> Any:
    """The field ``name`` of a node, which its form tells."""
    return property(attrgetter(f"form.{name}"), Node.__dict__[name].__set__)


class Late(Node):
    """A node that its template made, with fields that come about when somebody asks. The others
    are as quick to look at as in any node, which they would not be beside a ``__getattr__``."""

    __slots__ = ()

    shape = in_form("shape")
    dtype = in_form("dtype")
    requires_grad = in_form("requires_grad")
    weak = in_form("weak")
    device = in_form("device")
    line = late(Node.__dict__["line"], lambda node: set_line(node))
    numbers = late(Node.__dict__["numbers"], lambda node: node.template.number_nodes(node))
    prim = late(Node.__dict__["prim"], lambda node: node.template.expand(node))
    args = late(Node.__dict__["args"], lambda node: node.template.expand(node))
    params = late(Node.__dict__["params"], lambda node: node.template.expand(node))
    call = late(Node.__dict__["call"], lambda node: node.template.expand(node))
    residuals = late(Node.__dict__["residuals"], lambda node: node.template.expand(node))


class Within(Late):
    """A node inside of a call, asked for before the others are made: ``beside`` it are the
    results."""

    __slots__ = ()


SLOT = object()
"""An operand, in the key of a template's calls."""
ONE: tuple[int, ...] = (0,)


class Template:
    """What a call of ``op`` means: ``outs`` and the ``nodes`` on the way to them, made of
    ``slots`` (one for each operand) and ``numbers`` (one for each runtime number)."""

    __slots__ = ("_joined", "_pullbacks", "_recipe", "again", "count", "cuts", "effect", "every",
                 "flows", "forms", "inner", "keep", "key", "links", "nbytes", "nodes", "numbers",
                 "op", "outs", "pick", "places", "plain", "run", "shares", "simple", "single",
                 "slots", "types", "weight", "whole")

    def __init__(self, op: Operation, slots: tuple[Node, ...], numbers: tuple[Node, ...],
                 types: tuple[type, ...], out: Any, cuts: str | None) -> None:
        self.op = op
        self.pick: Any = None
        """The operands of its calls, from their keys; None where some are inside of a list."""
        self.key: Key = ()
        """The key of its calls, with ``SLOT`` for each operand."""
        self.slots = slots
        self.numbers = numbers
        self.types = types
        self.count = len(numbers)
        self.single = not isinstance(out, tuple)
        self.simple = 0
        """What ``walking.py`` adds to the kind of its steps."""
        if self.single and len(slots) + len(numbers) <= 2 and slots:
            self.simple = 2 * len(slots) if not numbers else 6
        self._take(out, {*slots, *numbers})
        self.effect = isinstance(self.nodes[0].prim, Effect) if len(self.nodes) == 1 else (
            True in [isinstance(node.prim, Effect) for node in self.nodes])
        """Whether an effect is among the nodes, which runs whoever waits for the result."""
        self.shares: Any = None
        """Of a view: whether it shares memory with the first operand; for several, for each."""
        if op.view:
            self.shares = (shares_memory(out, slots[0]) if self.single else
                           tuple(for_each(out, lambda node: shares_memory(node, slots[0]))))
        self.links: tuple[tuple[Any, ...] | None, ...] | None = None
        """What the steps of its calls have, once one has it; see ``Step.links``."""
        self.cuts = cuts
        """What ends gradients here, if something does."""
        self.plain = self.single and not self.effect and cuts is None
        self.inner: tuple[Node, ...] = ()
        """The values on the way that derivatives read."""
        self._pullbacks: dict[tuple[int | None, ...], Pullback | None] = {}
        self._recipe: Recipe | None = None
        self._joined: Any = MISSING
        """What computes a join or a split, once that was asked."""
        self.run: Callable[..., Any] = self._run_first
        """From the values of operands and numbers to that of the result, or of several; the closure
        is made at the first call."""
        self.keep: Callable[..., Any] = self._keep_first
        """The same, with a tuple of what the pullback of all results reads."""
        self.whole: Any = None
        """That pullback, once it was asked for."""
        self.again: Any = None
        """The same where it is to be differentiated."""
        self.weight: Any = None
        """What it counts where it is decided what to compile (``worth.py``)."""

    def _take(self, out: Any, given: set[Node]) -> None:
        """Take note of the results, and of the nodes on the way from those ``given``."""
        self.outs: tuple[Node, ...]
        self.places: tuple[int, ...]
        """How far before the last of the nodes each result is."""
        if self.single:
            self.every, self.outs, self.places = ONE, (out,), ONE
            self.forms = (form_of(out),)
            self.nbytes = prod(out.shape) * out.dtype.itemsize
            self.flows = out.requires_grad
        else:
            self.every, self.outs = tuple(range(len(out))), out
            self.forms = tuple(for_each(out, form_of))
            for node, form in zip(out, self.forms, strict=True):
                node.form = form
            self.nbytes = sum([prod(node.shape) * node.dtype.itemsize for node in out])
            self.flows = True in [node.requires_grad for node in out]
        if self.single and given.issuperset(out.args):
            self.nodes = [out]
        else:
            self.nodes = [node for node in reachable(self.outs, given) if node not in given]
            if not self.single:
                order = {node: k for k, node in enumerate(reversed(self.nodes))}
                self.places = tuple([order[node] for node in out])

    def _run_first(self, *values: Any) -> Any:
        pieces = self._pieces()
        self.run = pieces.run if pieces is not None else closure(
            (*self.slots, *self.numbers), self.outs, not self.single, nodes=self.nodes)
        return self.run(*values)

    def _pieces(self) -> Pieces | None:
        if self._joined is MISSING:
            self._joined = None if self.numbers or self.effect else (
                pieces_of(self.slots, self.outs))
        found: Pieces | None = self._joined
        return found

    def _keep_first(self, *values: Any) -> Any:
        pull = self.whole = self.pullback(self.every)
        if pull is None:
            raise NotWalked
        pieces = self._pieces() if not pull.reads else None
        if pieces is not None:
            run = pieces.run
            self.keep = lambda *values: (run(*values), ())
            return self.keep(*values)
        row = (*self.slots, *self.numbers, *self.outs, *self.inner)
        self.keep = closure((*self.slots, *self.numbers), self.outs, not self.single,
                            keep=pull.pick(row), nodes=self.nodes)
        return self.keep(*values)

    @property
    def example(self) -> Template:
        """One whose nodes are like those of this one, but for sizes, and are there."""
        return self

    def key_of(self, operands: tuple[Node, ...]) -> Key:
        """The key of a call with these operands."""
        left = iter(operands)
        return exchanged(self.key, lambda element: next(left) if element is SLOT else element)

    def pullback(self, given: tuple[int, ...], again: bool = False) -> Pullback | None:
        """The pullback of the results ``given`` (and of inner values: -1 is the first); None where
        there is none to be had here. ``again`` says that it will be differentiated, too."""
        key = (*given, None) if again else given
        try:
            return self._pullbacks[key]
        except KeyError:
            found = self.pullback(given) if again else None
            if found is None or found.once:
                found = self._pulled(given, again)
            self._pullbacks[key] = found
            return found

    def _pulled(self, given: tuple[int, ...], again: bool) -> Pullback | None:
        pieces = self._pieces() if not again and (min(given, default=-1) >= 0) else None
        if pieces is not None and pieces.targets:
            made = Pullback([], [], [], [], (), pieces.targets, False, False, True)
            made.run = made.plain = pieces.pull(given)
            return made
        before = building.line, building.again
        building.line, building.again, building.asked = None, again, False
        try:
            seeds = [self.outs[k] if k >= 0 else self.inner[-1 - k] for k in given]
            cts = {node: free(node.shape, node.dtype) for node in seeds}
            if len(self.nodes) == 1 and self.flows:
                found: dict[Node, Node] = {}
                for i, arg in enumerate(seeds[0].args):
                    if arg.requires_grad and seeds[0].prim.derivative(i) is not None:
                        accumulate(found, arg, pull(seeds[0], i, cts[seeds[0]]))
            else:
                found = vjp(cts)
        except NotImplementedError:
            return None   # a derivative without a formula, which may not be asked for
        finally:
            building.line, building.again = before
        start = min([ct.index for ct in cts.values()])
        places = {node: k for k, node in enumerate(self.slots) if node in found}
        values = [as_dtype(found[node], node.dtype) for node in places]
        given_here = {*cts.values()}
        read: list[Node] = []
        nodes: list[Node] = []
        exact = False
        for node in reachable(values, floor=start):
            if node.index < start and node.prim is not constant:
                read.append(node)
            elif node not in given_here:
                nodes.append(node)
                exact = exact or node.prim is annihilate
        reads, frees = self._read(read) if read else ((), False)
        return Pullback([*cts.values()], read, values, nodes, reads, tuple(places.values()), frees,
                        exact, building.asked)

    def _read(self, read: list[Node]) -> tuple[tuple[int, ...], bool]:
        """Where the nodes to be ``read`` are in the row of a call, which has them from now on, and
        whether a backward frees them."""
        known = (*self.slots, *self.numbers, *self.outs, *self.inner)
        row = dict(zip(reversed(known), range(len(known) - 1, -1, -1), strict=True))
        for node in read:
            if node not in row:
                row[node] = len(known)
                known = (*known, node)
                self.inner = (*self.inner, node)
        starts = {place for node in self.nodes if node.prim is slice_ for place in positions(node)}
        return tuple([row[node] for node in read]), not starts.issuperset(read)

    # ---- what it makes ----

    def several(self, operands: tuple[Node, ...], place: Place,
                outs: tuple[Node, ...] = ()) -> tuple[Node, ...]:
        """The nodes of the several results of a call at ``place``."""
        index = next(_count)
        found: dict[Node, Node] = {}
        outs = outs or self.outs
        for proto, form, before in zip(outs, self.forms, self.places, strict=True):
            if proto not in found:
                node: Any = _new(Late)
                found[proto] = node
                node.template = self
                node.form = form
                node.operands = operands
                node.code, node.instruction = place
                node.index = index - before
        out = tuple([found[proto] for proto in outs])
        for node in out:
            node.beside = out
        return out

    def number_nodes(self, node: Node) -> None:
        """Make the nodes of the runtime numbers of the call whose result ``node`` is."""
        results = self.results(node)
        with growing:
            if all(hasattr_now(each, "numbers") for each in results):
                return
            index = results[0].index - ROOM // 2 - self.count   # before those inside
            numbers = tuple([copied(proto, index + k, node.line)
                             for k, proto in enumerate(self.numbers)])
            for each in results:
                each.numbers = numbers

    def results(self, node: Node) -> tuple[Node, ...]:
        """All the results of the call whose result ``node`` is."""
        found: tuple[Node, ...] = node.beside if not self.single or node.__class__ is Within else (
            node,)
        return found

    def node_within(self, node: Node, proto: Node) -> Node:
        """The node that ``proto``, which is none of the results, stands for in the call whose
        result ``node`` is: the others are not made for it."""
        with growing:
            results = self.results(node)
            first: Any = results[0]
            if first.__class__ is Node:
                return self.stood_for(first)[proto]
            if not hasattr_now(first, "within"):
                first.within = {}
            found: Any = first.within.get(proto)
            if found is None:
                found = _new(Within)
                found.template, found.beside = self, results
                found.form = proto.form or form_of(proto)
                found.code, found.instruction = first.code, first.instruction
                found.index = first.index + self.places[0] - self.recipe().before(proto)
                first.within[proto] = found
            inside: Node = found
            return inside

    def recipe(self) -> Recipe:
        """How the nodes of its calls are made."""
        if self._recipe is None:
            self._recipe = Recipe(self.slots, self.numbers, self.nodes, self.outs)
        return self._recipe

    def expand(self, node: Node) -> None:
        """Make the nodes inside, and complete ``node`` and the other results."""
        with growing:
            if node.__class__ is Node:   # another thread was quicker
                return
            recipe = self.recipe()
            results = self.results(node)
            first: Any = results[0]
            within = first.within if hasattr_now(first, "within") else {}
            line = node.line
            last = results[0].index + self.places[0]
            numbers = results[0].numbers if self.count else ()
            row: list[Node] = [*results[0].operands, *numbers, *recipe.beside]
            for before, k, proto, args, residuals, call in recipe.steps:
                there = within.get(proto) if k < 0 else results[k]
                if there is None:
                    new = copied(proto, last - before, line)
                else:
                    new = there
                    new.prim, new.params = proto.prim, proto.params
                    new.call = None
                row.append(new)
                new.args = args(row)
                new.residuals = None if residuals is None else residuals(row)
                if call is not None:
                    new.call = Call(call[0], call[1](row), *call[2:])
            for whole in (*results, *within.values()):
                take_form(whole)
                whole.line, whole.numbers = line, numbers
                whole.__class__ = Node   # there is nothing left that comes about later

    def stood_for(self, node: Node) -> dict[Node, Node]:
        """For each node of this template, the one that it stands for in the call whose result
        ``node`` is."""
        self.expand(node)
        made = dict(zip((*self.slots, *self.numbers), (*node.operands, *node.numbers), strict=True))
        stack = [*zip(self.outs, self.results(node), strict=True)]
        while stack:
            proto, node = stack.pop()
            if proto not in made:
                made[proto] = node
                stack += zip(proto.args, node.args, strict=True)
        return made


def take_form(node: Node) -> None:
    """Give ``node`` what its form says."""
    form: Form = node.form
    node.shape, node.dtype, node.weak = form.shape, form.dtype, form.weak
    node.requires_grad, node.device = form.requires_grad, form.device


def set_line(node: Any) -> None:
    """Give ``node`` the line of the call whose result it is."""
    node.line = line_at(node.code, node.instruction)


def hasattr_now(node: Node, name: str) -> bool:
    """Whether ``node`` has a field already."""
    try:
        Node.__dict__[name].__get__(node)
    except AttributeError:
        return False
    return True


def signature(key: Key, cut: str | None) -> tuple[tuple[Any, ...], tuple[Node, ...]]:
    """What the meaning of a call depends on, and its operands. ``cut`` is what ends gradients, if
    something does."""
    size = len(key)
    if size == 2:   # what _add_parts gives, written out for one operand, and for two
        op, a = key
        kind = a.__class__
        if kind is Late or kind is Node:
            return (cut, op, a.form or form_of(a)), (a,)
    elif size == 3:
        op, a, b = key
        kind = a.__class__
        if kind is Late or kind is Node:
            kind = b.__class__
            if kind is Late or kind is Node:
                if a is not b:
                    return (cut, op, a.form or form_of(a), b.form or form_of(b)), (a, b)
            elif kind is type or kind is int:
                return (cut, op, a.form or form_of(a), b), (a,)
    parts: list[Any] = [cut]
    operands: list[Node] = []
    _add_parts(key, parts, operands)
    if len(set(operands)) < len(operands):
        parts.append(tuple([operands.index(node) for node in operands]))
    return tuple(parts), tuple(operands)


def _add_parts(elements: tuple[Any, ...], parts: list[Any], operands: list[Node]) -> None:
    """Add what a key, or a tuple in one, says to a signature."""
    for element in elements:
        kind = element.__class__
        if kind is Late or kind is Node:
            operands.append(element)
            parts.append(element.form or form_of(element))
        elif kind is tuple:
            _add_parts(element, parts, operands)
            parts.append(tuple)
        else:
            parts.append(element)
            if kind in _NUMBERS:   # True and 1.0 are not the same argument as 1
                parts.append(kind)


_NUMBERS = frozenset([bool, float, complex])


def exchanged(key: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    """``key`` with ``change`` applied to each of its elements, and to those of tuples in it."""
    return tuple([exchanged(element, change) if element.__class__ is tuple else change(element)
                  for element in key])


def template_of(key: Key, cut: str | None) -> Template:
    """The template of a call, from the operation's composition; raises what that raises. Its calls
    share what was ``given``: names and values of the arguments, and which of the values stand for
    operands and for numbers."""
    op: Operation = key[0]
    received: dict[Node, tuple[Node, Node]] = {}
    counts: dict[Form, int] = {}
    slots: list[Node] = []
    numbers: list[Node] = []
    types: list[type] = []

    def node_of(element: Any) -> Any:
        kind = element.__class__
        if kind is not Late and kind is not Node:
            if element is None:
                return None
            types.append(element)
            numbers.append(number_node(element))
            return numbers[-1]
        found = received.get(element)
        if found is None:
            form = element.form
            count = counts.get(form, 0)
            counts[form] = count + 1
            slot = form.stand_in(count)
            found = received[element] = slot, (
                slot if cut is None or not form.requires_grad else stop(slot, reason=cut))
        slots.append(found[0])
        return found[1]

    args = arguments(key, node_of)
    out = op.apply(args)
    given = {*slots}
    several = isinstance(out, tuple)
    outs = (tuple([as_result(node, given, op.view) for node in out])
            if several else (as_result(out, given, op.view),))
    operands, said = tuple(slots), (op.names, args, slots, numbers)
    for k, node in enumerate(outs):
        if node.call is None and node.args:
            node.call = Call(op.grad_name, operands, k, said)
        elif node.call is not None and not node.call.given[0]:   # what the composition called it
            node.call = node.call._replace(given=(op.names, args, node.call.operands, numbers))
        if node.device is None:   # made of numbers: it lies with the operands
            node.device = meeting(slots) if any(n.device for n in slots) else CPU
    ends = cut or ("detach" if op.name == "detach" else None)
    if ends is not None and True not in [slot.requires_grad for slot in slots]:
        ends = None
    template = Template(op, operands, tuple(numbers), tuple(types),
                        outs if several else outs[0], ends)
    template.key, places = without_operands(key)
    if len(places) == len(slots):
        template.pick = picker(places) if places != [*range(1, len(places) + 1)] else (
            itemgetter(slice(1, len(places) + 1)))   # of a tuple, as a tuple
    return template


def without_operands(key: Key) -> tuple[Key, list[int]]:
    """A key with ``SLOT`` for each operand, and where they are in it, but for those in tuples."""
    elements: list[Any] = []
    places: list[int] = []
    for k, element in enumerate(key):
        kind = element.__class__
        if kind is Late or kind is Node:
            places.append(k)
            element = SLOT
        elif kind is tuple:
            element = exchanged(element, as_slot)
        elements.append(element)
    return tuple(elements), places


def as_slot(element: Any) -> Any:
    """An element of a key as it is in that of a template."""
    return SLOT if element.__class__ is Late or element.__class__ is Node else element


def number_node(kind: type) -> Node:
    """The node of a runtime number of a Python type."""
    return Node(number, (), {}, (), of_category(category_of(kind())), weak=True)


def as_result(node: Node, operands: set[Node], view: bool) -> Node:
    """``node`` as what an operation returns: no operand itself, and if it is no ``view``, a tensor
    of its own."""
    node = node if view else settled(node)
    return alias(node) if node in operands else node


def settled(node: Node) -> Node:
    """``node`` as the value of a tensor that shares no storage: its elements count row by row,
    whatever made it."""
    form = node.form
    if (strides_apart(node) if form is None else form.strides) is None:
        return node
    out = settle(node)
    out.call = node.call
    return out


templates: dict[tuple[Any, ...], Template] = {}
"""By signature."""
kin: dict[tuple[Any, ...], Any] = {}
"""Those that differ in sizes alone, by what signatures say beside these; see ``relatives.py``."""
OBJECTS = 12
"""A template with its closures is as many objects as so many steps."""


OF_ONE_PATH: set[type] = set()
"""The classes of arguments that one path alone has, and which hold it: the template of a call with
one is kept by its step, and goes with it."""
quick: dict[Any, Template] = {}
"""By what is quick to say of a call on its known path; see ``calls.py``."""


def new_template(key: Key, cut: str | None, where: Place, parts: tuple[Any, ...]) -> Template:
    """The template of a call at ``where`` of the user's, of the signature ``parts``; what the
    composition raises where it is no legal call. ``cut`` is what ends gradients, if they are off.
    """
    line, building.line = building.line, None
    try:
        template = template_of(key, cut)
    finally:
        building.line = line
    if template.effect:   # which says where it was called
        for node in template.nodes:
            node.line = line_at(*where)
    if building.warned:   # at the next line again
        building.warned = False
        return template
    if not OF_ONE_PATH.isdisjoint(map(type, parts)):
        return template
    note(parts, template)
    return template


def note(parts: tuple[Any, ...], template: Template) -> None:
    """Note a template by the signature of its calls."""
    if len(templates) > MOST:
        templates.clear()
        quick.clear()
    templates[parts] = template
    if not len(templates) & 7:
        seldom(tree.steps, 8 * OBJECTS)   # what it is made of stays


def note_quick(said: Any, template: Template, parts: tuple[Any, ...]) -> None:
    """Note a template under what was ``said`` of its call, if anything was."""
    if said is not None and template.pick is not None and templates.get(parts) is template:
        if len(quick) > MOST:
            quick.clear()
        quick[said] = template


def forget_templates() -> None:
    """Work out anew what calls mean."""
    templates.clear()
    quick.clear()
    kin.clear()


changed_default.append(forget_templates)
