"""What a function reads from outside: variables, functions that it calls, modules and other objects
with what is in them, and the functions of this package that it names.

:class:`Reads` looks up the names in the function's code, and in the code of what those lead to,
until nothing new is found: an attribute that some code names is one that it may read of any object
that was found. :class:`~.purity.Impure` is raised where a guard could not tell whether a value is
as it was. ``families`` has the classes of this package whose objects have a state in Python, such
as ``torch.nn.Module``.
"""

from __future__ import annotations

import abc
import builtins
import sys
import types
import typing
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..engine.recording.handle import Handle
from .purity import (
    ABSENT,
    PLAIN,
    PURE,
    Impure,
    NotNow,
    changes,
    is_ours,
    named_in,
    names_of,
    transformed,
)

CONTAINERS = (list, tuple, dict, OrderedDict)
ATTACHED = {"__wrapped__", "known_calls"}
"""What a function may have as attributes: what ``functools.wraps`` and ``known.py`` attach."""
UNCALLED = frozenset([
    "__init__", "__new__", "__repr__", "__str__", "__format__", "__init_subclass__", "__del__",
    "__class_getitem__", "__setattr__", "__delattr__", "__getstate__", "__setstate__", "__reduce__",
    "__reduce_ex__", "__deepcopy__", "__copy__", "__dir__", "__sizeof__", "__subclasshook__",
    "__instancecheck__", "__subclasscheck__", "__set_name__"])
"""Special methods that a pure function does not call."""
LOOKING = frozenset(["__call__", "__getattr__", "__getitem__", "__len__", "__iter__",
                     "__contains__", "__bool__"])
"""Those that a pure function may call of this package's modules."""
HEAP_TYPE = 1 << 9
"""The flag of classes that were made by ``class``."""


class Family(NamedTuple):
    """What calls of objects of a class of this package, and of those derived from it, read: the
    attributes ``state``, ``hooks`` among them, which are to be empty, the ``methods`` that
    functions of this package call, and ``everywhere``, variables that are to be empty too."""

    state: frozenset[str]
    methods: frozenset[str]
    hooks: frozenset[str]
    everywhere: tuple[tuple[dict[str, Any], str], ...]


families: dict[type, Family] = {}
FIELD = type(Family.__dict__["state"])
"""What a named tuple's class has for each of its fields."""


class Read(NamedTuple):
    """A value from outside: where from, a cell or a namespace or class and a name, and what it was.
    """

    place: Any
    value: Any

    def now(self) -> Any:
        """What it is at present; ABSENT if it is not there."""
        if not isinstance(self.place, tuple):
            return self.place.cell_contents
        scope, name = self.place
        return getattr(scope, name, ABSENT) if isinstance(scope, type) else scope.get(name, ABSENT)


class Reads:
    """What ``root``, a function, a method or an object, reads, and what that reads."""

    def __init__(self, root: Any) -> None:
        self.found: list[Read] = []
        self.functions: list[types.FunctionType] = []
        """The functions of the user's that are called."""
        self.objects: list[Any] = []
        self.containers: list[Any] = []
        self.classes: list[type] = []
        self.grads = False
        """Whether gradients of tensors may be read or written."""
        self.names: set[str] = set()
        self.modules: list[Any] = []
        self.spaces: dict[type, Mapping[str, Any]] = {}
        """The namespaces of the classes that objects and tensors have."""
        self.whole: set[type] = set()
        """Classes whose functions read attributes by names that are not in their code."""
        self.seen: dict[int, Any] = {}
        self.noted: set[tuple[int, str]] = set()
        self.reach(root)
        before = None
        while before != (len(self.names), len(self.seen), len(self.noted)):
            before = len(self.names), len(self.seen), len(self.noted)
            for module in [*self.modules]:
                self.look_up(module.__dict__, self.names & module.__dict__.keys(), True)
            for kind in [*self.classes]:
                self.look_up_in_class(kind)
            for each in [*self.objects]:
                self.look_up_in_object(each)
            for name in sorted(self.names):
                self.look_up_of_tensors(name)

    # ---- values ----

    def reach(self, value: Any) -> None:
        """Note what is to be known of a value from outside."""
        if isinstance(value, (*PLAIN, Handle)) or id(value) in self.seen:
            return
        self.seen[id(value)] = value
        kind = value.__class__
        if kind in CONTAINERS or isinstance(value, tuple):
            self.container(value)
        elif kind is set and all(isinstance(each, str) for each in value):
            self.containers.append(value)
        elif kind is types.FunctionType:
            self.function(value)
        elif kind is types.MethodType:
            self.reach(value.__func__)
            self.reach(value.__self__)
        elif isinstance(value, types.ModuleType):
            if not is_ours(value) and value.__name__ != "math":
                raise Impure(f"the module {value.__name__}")
            self.modules.append(value)
        elif kind is types.BuiltinFunctionType:
            if value.__module__ != "math" and not (
                    value.__name__ in PURE and getattr(builtins, value.__name__, None) is value):
                raise Impure(f"it uses {value.__name__}")
        elif isinstance(value, type):
            if not is_ours(value) and not is_pure_class(value):
                raise Impure(f"the class {value.__name__}")
            if family_of(value) is not None:
                self.of_class(value)
        elif has_state(kind) and hasattr(value, "__dict__"):
            self.objects.append(value)
            self.of_class(kind)
        elif kind is not FIELD:
            raise Impure(f"a {kind.__name__}")

    def container(self, value: Any) -> None:
        """What a list, tuple or dict holds."""
        if value.__class__ in CONTAINERS:
            self.containers.append(value)
        elif not is_ours(value.__class__):
            self.of_class(value.__class__)
        if isinstance(value, dict):
            if not all(isinstance(key, (str, int)) for key in value):
                raise Impure("a dict with keys that are no names")
            value = value.values()
        for each in value:
            self.reach(each)

    def function(self, function: types.FunctionType) -> None:
        """What a function reads."""
        made = transformed(function)
        if made is not None:
            return self.reach(made.function)
        if is_ours(function):
            if changes(function.__name__):
                raise Impure(f"it uses {function.__name__}")
            return None
        if function.__dict__.keys() - ATTACHED:
            raise Impure("a function with attributes")
        self.functions.append(function)
        for value in [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]:
            if not isinstance(value, PLAIN):
                raise Impure(f"{function.__name__} has a default of type {type(value).__name__}")
        names = names_of(function.__code__)
        self.names |= names.attributes
        variables: dict[str, Any] = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (),
                              strict=True):
            try:
                variables[name] = value = cell.cell_contents
            except ValueError:
                raise Impure("a variable that is not set yet") from None
            self.found.append(Read(cell, value))
            if name != "__class__":   # which super() asks for
                self.reach(value)
        for name in sorted(names.variables):
            variables[name] = self.variable(function.__globals__, name)
        for name in sorted(names.imports):
            if name not in sys.modules:
                raise Impure(f"it imports {name}")
            self.look_up(sys.modules, {name, name.partition(".")[0]})
        self.grads |= names.grads or not all(
            isinstance(variables.get(name), types.ModuleType) for name in names.modules)
        return None

    def variable(self, scope: dict[str, Any], name: str) -> Any:
        """The value of a global variable or builtin."""
        if name in scope:
            self.look_up(scope, [name])
            return scope[name]
        value: Any = getattr(builtins, name, None)
        if name not in PURE and not is_pure_class(value):
            raise Impure(f"the builtin {name}")
        self.found.append(Read((scope, name), ABSENT))
        self.found.append(Read((builtins.__dict__, name), value))
        return value

    def look_up(self, scope: Mapping[str, Any], names: Iterable[str], ours: bool = False) -> None:
        """Note the values of ``names``, which ``scope`` has; ``ours`` says that it belongs to this
        package, whose objects are trusted."""
        for name in sorted(names):
            if (id(scope), name) not in self.noted:
                self.noted.add((id(scope), name))
                self.found.append(Read((scope, name), scope[name]))
                if not ours or not is_part(scope[name]):
                    self.reach(scope[name])
                elif hasattr(scope[name], "__dict__") and not callable(scope[name]):
                    self.modules.append(scope[name])   # such as torch.config

    # ---- objects and classes ----

    def of_class(self, kind: type) -> None:
        """Note a class whose objects are read."""
        if kind not in self.spaces:
            self.classes.append(kind)
            for each in made_classes(kind):
                self.spaces.setdefault(each, each.__dict__)

    def look_up_in_class(self, kind: type) -> None:
        """What the attributes are that the class of an object has."""
        family = family_of(kind)
        names = self.names | (family.methods if family else set())
        mro = made_classes(kind)
        for each in mro:
            if not is_root(each):
                names = names | {name for name, value in self.spaces[each].items() if (
                    isinstance(value, types.FunctionType) and name.startswith("__")
                    and (name in LOOKING if is_ours(each) else name not in UNCALLED))}
        for name in sorted(names):
            for owner in mro:   # each, since super() leads on
                if name in owner.__dict__ and (id(self.spaces[owner]), name) not in self.noted:
                    self.noted.add((id(self.spaces[owner]), name))
                    self.attribute(owner, name, self.spaces[owner][name])

    def attribute(self, owner: type, name: str, value: Any) -> None:
        """Note an attribute of a class."""
        self.found.append(Read((self.spaces[owner], name), value))
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        if isinstance(value, types.FunctionType) and is_ours(value):
            self.trusted(owner, value)
        elif not is_ours(owner) or isinstance(value, types.FunctionType):
            self.reach(value)

    def trusted(self, owner: type, function: types.FunctionType) -> None:
        """What a method of this package reads: attributes, and functions of this package."""
        names = named_in(function.__code__)
        self.names |= names.attributes
        for name in names.variables:
            value = function.__globals__.get(name)
            if isinstance(value, types.ModuleType) and is_ours(value):
                self.reach(value)
            elif isinstance(value, PLAIN) and name in function.__globals__:
                self.look_up(function.__globals__, [name])
        if ("getattr" in names.variables or "__dict__" in names.attributes) and not is_root(owner):
            self.whole.add(owner)

    def look_up_in_object(self, value: Any) -> None:
        """What the attributes are that an object has of its own."""
        own, kind = value.__dict__, value.__class__
        family = family_of(kind)
        names = self.names
        if family is not None:
            names = names | family.state
            for scope, name in family.everywhere:
                self.look_up(scope, [name])
            if any(own.get(name) for name in family.hooks) or any(
                    scope[name] for scope, name in family.everywhere):
                raise NotNow("a module with hooks")
        whole = self.whole and not self.whole.isdisjoint(kind.__mro__)
        self.look_up(own, own if whole else names & own.keys())

    def look_up_of_tensors(self, name: str) -> None:
        """What a method or attribute of tensors is."""
        kind: Any = Handle._kind
        if (id(kind), name) not in self.noted and any(
                name in each.__dict__ for each in made_classes(kind)):
            self.noted.add((id(kind), name))
            value = getattr(kind, name)
            if value.__class__ is not types.MethodType:   # of a class, made anew each time
                self.found.append(Read((kind, name), value))
            if isinstance(value, types.FunctionType) and not is_part(value):
                self.reach(value)


def is_pure_class(value: Any) -> bool:
    """Whether ``value`` is a class of Python's whose objects have no effects."""
    return isinstance(value, type) and getattr(builtins, value.__name__, ABSENT) is value and (
        value.__name__ in PURE or issubclass(value, Exception))


def is_part(value: Any) -> bool:
    """Whether ``value`` is a function or an object of this package, which the namespaces of this
    package may hold."""
    return is_ours(value if isinstance(value, types.FunctionType) else value.__class__)


def made_classes(kind: type) -> list[type]:
    """The classes from which ``kind`` has attributes, without those that are Python's own."""
    return [each for each in kind.__mro__ if each.__flags__ & HEAP_TYPE]


def family_of(kind: type) -> Family | None:
    """The family that objects of a class belong to."""
    for each in kind.__mro__:
        if each in families:
            return families[each]
    return None


def is_root(kind: type) -> bool:
    """Whether all objects of a family have this class."""
    return any(kind in each.__mro__ for each in families)


_NOTHING_OF_THEIR_OWN = (abc.ABC, typing.Generic, typing.Protocol)


def has_state(kind: type) -> bool:
    """Whether the state of objects of a class is what is in their ``__dict__``."""
    if kind is types.SimpleNamespace:
        return True
    if type(kind) not in (type, abc.ABCMeta) or kind.__basicsize__ != Reads.__basicsize__:
        return False
    family = family_of(kind)
    return all((family is not None if is_ours(each) else each.__flags__ & HEAP_TYPE and not (
        each.__dict__.get("__slots__"))) for each in kind.__mro__[:-1]
        if each not in _NOTHING_OF_THEIR_OWN)


__all__ = ["Family", "Reads", "families", "family_of"]
