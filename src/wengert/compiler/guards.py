"""Guards: the text that sees whether all that a function reads is as it was at one call.

:class:`Guards` has the tests, each an expression of names in ``names``; the arguments of the call
are ``parameters``, and the tensors that it may read are ``tensors``. It knows what the call found
and puts it back, too.
"""

from __future__ import annotations

import types
from typing import Any
from weakref import ref

from ..engine.recording import statements
from ..engine.recording.flushing import value as value_now
from ..engine.recording.handle import Handle, buffer_of, extra_of, unit_of
from ..engine.recording.replay import layout_of
from ..engine.recording.segment import Segment
from .purity import ABSENT, PLAIN, Impure, is_ours
from .reads import Reads

MARKS = {"_is_buffer", "persistent"}
"""The attributes that a tensor may have."""
PAIRS = 6
"""Of more pairs of tensors that are to differ, a set of them is made."""


class Guards:
    """The tests of a call of ``root``, which reads ``reads``, with ``args``; :class:`Impure` where
    a value could not be told from another."""

    def __init__(self, root: Any, reads: Reads, args: tuple[Any, ...]) -> None:
        self.names: dict[str, Any] = {
            "ABSENT": ABSENT, "ref": ref, "Segment": Segment, "plain": statements.plain,
            "layout_of": layout_of, "kind_noted": statements.kind_noted}
        self.tests: list[str] = []
        self.tensors: dict[int, tuple[str, Handle]] = {}
        """The tensors from outside, by identity, with their names in the text."""
        self.locals: dict[int, str] = {}
        """What their values are called, once they have been looked at."""
        self.root = root.__self__ if isinstance(root, types.MethodType) else root
        self.own = None if isinstance(root, types.FunctionType) else self.root.__dict__
        self.reads = reads
        self.given: dict[int, str] = {}
        """The names of their gradients, where those are read."""
        self.contents: list[tuple[Any, list[Any]]] = [
            (each, items(each)) for each in [
                *self.reads.containers, *[each.__dict__ for each in self.reads.objects]]
            if isinstance(each, (list, dict, set))]
        """The lists and dicts from outside, with what they hold before the call."""
        self.note_reads()
        self.closed = [ref(handle) for _, handle in self.tensors.values()]
        """The tensors from outside, but for the arguments."""
        closed = list(self.tensors)
        self.parameters = [f"a{i}" for i in range(len(args))]
        for name, arg in zip(self.parameters, args, strict=True):
            self.argument(name, arg)
        self.note_different(closed)
        every = list(self.tensors.values())
        others, self.tests = self.tests, []
        for name, handle in every[:len(closed)]:   # first: in a step of training they wait
            self.check_kind(name, handle)
        self.tests += others
        for name, handle in every[len(closed):]:
            self.check_kind(name, handle)
        for name, handle in every:
            self.check_state(name, handle)

    # ---- what is read ----

    def note_reads(self) -> None:
        """The tests of what the function and those that it calls read."""
        for each in self.reads.functions:
            self.note_function(each)
        for each in self.reads.objects:   # the root, if it is one, is the first
            self.note_object(each)
        for read in self.reads.found:
            if isinstance(read.place, tuple) and isinstance(read.place[0], type):
                self.guard(f"{self.constant(read.place[0])}.{read.place[1]}", read.value)
            elif isinstance(read.place, tuple):
                scope, key = read.place
                space = "d" if scope is self.own else self.constant(scope)
                get = f".get({key!r}, ABSENT)" if read.value is ABSENT else f"[{key!r}]"
                self.guard(space + get, read.value)
            else:
                self.guard(f"{self.constant(read.place)}.cell_contents", read.value)
        for kind in self.reads.classes:
            self.tests.append(f"{self.constant(kind)}.__mro__ is {self.constant(kind.__mro__)}")
        for scope in self.reads.spaces.values():
            self.tests.append(f"len({self.constant(scope)}) == {len(scope)}")
        for each in self.reads.containers:
            self.note_container(each)

    def note_function(self, function: types.FunctionType) -> None:
        """What a function does, and its defaults; where it has none, calls that went well do
        without."""
        parts = [part for part in ("__code__", "__defaults__", "__kwdefaults__")
                 if getattr(function, part) is not None]
        if any(read.value is function for read in self.reads.found):
            name = first = self.constant(function)
        else:   # what is known must not keep it
            name, first = "f", f"(f := {self.constant(ref(function))}())"
        for part in parts:
            self.tests.append(f"{first}.{part} is {self.constant(getattr(function, part))}")
            first = name
        for key, value in (function.__kwdefaults__ or {}).items():
            self.guard(f"{name}.__kwdefaults__.get({key!r}, ABSENT)", value)

    def note_object(self, value: Any) -> None:
        """An object is of the same class, and has the same attributes of its own."""
        own = value.__dict__
        keys = self.constant(list(own))
        if value is self.root:   # what is known must not keep it
            space = "d"
            held = f"(d := (o := {self.constant(ref(value))}()).__dict__)"
        else:
            space = self.constant(own)
            held = f"(o := {self.constant(value)}).__dict__ is {space}"
        self.tests += [held, f"o.__class__ is {self.constant(value.__class__)}",
                       f"[*{space}] == {keys}"]

    def note_container(self, value: Any) -> None:
        """A list or dict has the same items in the same order, a set of names the same ones."""
        name = self.constant(value)
        if isinstance(value, set):
            self.tests.append(f"{name} == {self.constant(frozenset(value))}")
            return
        if isinstance(value, dict):
            self.tests.append(f"[*{name}] == {self.constant(list(value))}" if value else
                              f"not {name}")
            for key, item in value.items():
                self.guard(f"{name}[{key!r}]", item)
            return
        if isinstance(value, list):
            self.tests.append(f"len({name}) == {len(value)}")
        for i, item in enumerate(value):
            self.guard(f"{name}[{i}]", item)

    def guard(self, text: str, value: Any) -> None:
        """The value from outside is the same object, or an equal number."""
        if isinstance(value, Handle):
            if id(value) not in self.tensors:
                self.tensors[id(value)] = (self.constant(value), value)
            self.tests.append(f"{text} is {self.tensors[id(value)][0]}")
            return
        name = self.constant(value)
        if isinstance(value, (int, float, complex, str)) and not isinstance(value, bool):
            self.tests.append(f"({text} is {name} or {equal(text, value, name)})")
        elif value is None or value is True or value is False:
            self.tests.append(f"{text} is {value}")
        else:
            self.tests.append(f"{text} is {name}")

    def constant(self, value: Any) -> str:
        """The name of a value."""
        name = f"v{len(self.names)}"
        self.names[name] = value
        return name

    # ---- arguments ----

    def argument(self, name: str, value: Any) -> None:
        """The tests of an argument."""
        if isinstance(value, Handle):
            if not is_ours(value.__class__):
                raise Impure("an argument of a subclass of Tensor")
            if id(value) in self.tensors:
                self.tests.append(f"{name} is {self.tensors[id(value)][0]}")
                return
            self.tensors[id(value)] = (name, value)
            self.tests.append(f"{name}.__class__ is {self.constant(value.__class__)}")
        elif isinstance(value, PLAIN):
            self.tests.append(equal(name, value, self.constant(value)))
        elif value.__class__ in (tuple, list, dict):
            self.structure(name, value)
        else:
            raise Impure(f"an argument of type {type(value).__name__}")

    def structure(self, name: str, value: Any) -> None:
        """The tests of an argument that holds others."""
        kind = value.__class__.__name__
        self.tests.append(f"{name}.__class__ is {kind} and len({name}) == {len(value)}")
        if kind == "dict":
            keys = self.constant(list(value))
            if not all(isinstance(key, (str, int)) for key in value):
                raise Impure("a dict with keys that are no names")
            self.tests.append(f"[*{name}] == {keys}")
        if kind != "tuple":
            self.contents.append((value, items(value)))
        for key, item in value.items() if kind == "dict" else enumerate(value):
            self.argument(f"{name}[{key!r}]", item)

    def note_different(self, closed: list[int]) -> None:
        """The tensors among the arguments are not each other, nor those ``closed`` over, where they
        were not."""
        names = [name for name, _ in self.tensors.values()]
        given = names[len(closed):]
        if len(given) * len(names) <= PAIRS:
            self.tests += [f"{name} is not {other}" for i, name in enumerate(given)
                           for other in names[:len(closed) + i]]
        elif given:
            own = f"*{self.constant(frozenset(closed))}, " if closed else ""
            self.tests.append(f"len({{{own}{', '.join(f'id({name})' for name in given)}}}) "
                              f"== {len(names)}")

    # ---- tensors ----

    def check_kind(self, name: str, handle: Handle) -> None:
        """The test of a tensor: it has a value of the same kind."""
        if isinstance(unit_of(handle), Segment):
            raise Impure("a tensor with a history")
        value_now(handle)   # which it may have been waiting for
        x = extra_of(handle)
        noted = statements.kind_noted(handle, buffer_of(handle))
        if noted is None:
            raise Impure("a tensor whose memory is shared")
        if handle.__dict__.keys() - MARKS or not is_ours(handle.__class__):
            raise Impure("a tensor with attributes")
        if x is not None and not statements.plain(x):
            raise Impure("a tensor that shares its storage or has hooks")
        kind = self.constant(noted)
        local = self.locals[id(handle)] = f"l{len(self.locals)}"
        self.tests.append(statements.is_of_kind(name, kind, local))

    def check_state(self, name: str, handle: Handle) -> None:
        """The test of a tensor: it has no more state than before."""
        x = extra_of(handle)
        grad: str | None = None
        if self.reads.grads:
            grad = "None"
            if x is not None and x.grad is not None:
                if id(x.grad) not in self.tensors:
                    raise Impure("a gradient that is there before the call")
                grad = self.tensors[id(x.grad)][0]
            self.given[id(handle)] = grad
        layout = self.constant(layout_of(handle))
        self.tests.append(statements.is_as(name, handle, grad, layout))

    # ---- what the call changed ----

    def put_back(self) -> None:
        """Undo what the call changed from outside beside tensors."""
        for read in self.reads.found:
            if not isinstance(read.place, tuple):
                read.place.cell_contents = read.value
            elif isinstance(read.place[0], dict) and read.place[0].get(
                    read.place[1], ABSENT) is not read.value:
                if read.value is ABSENT:
                    read.place[0].pop(read.place[1])
                else:
                    read.place[0][read.place[1]] = read.value
        for whole, parts in self.contents:
            if not same_items(whole, parts):
                whole.clear()
                whole.extend(parts) if isinstance(whole, list) else whole.update(parts)

    def check_unchanged(self, states: dict[int, Any]) -> None:
        """:class:`Impure` if the call changed a variable, an object or a list from outside, or the
        state of a tensor, which ``states`` has as it was."""
        for read in self.reads.found:
            if read.now() is not read.value:
                raise Impure("it changes a variable from outside")
        for key, (_, handle) in self.tensors.items():
            if state_of(handle) != states[key]:
                raise Impure("it changes the state of a tensor")
        for whole, parts in self.contents:
            if not same_items(whole, parts):
                raise Impure("it changes a list from outside")


def equal(text: str, value: Any, name: str) -> str:
    """The test that the value ``text`` is that called ``name``, of its type; zeros have signs."""
    test = f"{text}.__class__ is {name}.__class__ and {text} == {name}"
    if isinstance(value, complex) or (isinstance(value, float) and not value):
        return f"{test} and str({text}) == {str(value)!r}"
    return test


def items(value: Any) -> list[Any]:
    """What a list holds; of a dict, pairs."""
    return list(value.items() if isinstance(value, dict) else value)


def same_items(whole: Any, parts: list[Any]) -> bool:
    """Whether a list or dict holds the objects ``parts``, in order."""
    now = items(whole)
    return len(now) == len(parts) and all(
        a is b for a, b in zip(flat(now), flat(parts), strict=True))


def flat(found: list[Any]) -> list[Any]:
    """The same without pairs."""
    return [each for pair in found for each in (pair if isinstance(pair, tuple) else (pair,))]


def state_of(handle: Handle) -> tuple[Any, ...]:
    """What is known of a tensor beside its value and its gradient; a view of it that was read does
    not count, one that was written does."""
    x = extra_of(handle)
    if x is None:
        return False, None, None, None, 0, False, None
    return (x.leaf, x.hooks or None, x.post_hooks or None, x.retains,
            x.store.version if x.store is not None else 0, x.frozen, x.name)



__all__ = ["Guards", "state_of"]
