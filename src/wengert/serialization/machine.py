"""The machine that a pickle is a program for, built to run programs of strangers.

:class:`Machine` knows the instructions that PyTorch's files consist of, and refuses the others. It
imports nothing, calls nothing and sets nothing by itself: :meth:`Machine.find` says what a name
stands for, :meth:`~Machine.call` and :meth:`~Machine.build` do what a file may ask for, and
``loading.py`` fills them in. It does not recurse, and what it makes is paid for by the bytes of
the file (:meth:`Machine.spend`): one that makes a thousand copies of a list by a thousand names of
it is refused.
"""

from __future__ import annotations

import collections
import struct
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, NoReturn

from ..config import config

MAX_KEY_PARTS = 4096
"""Parts of a tuple that is a key: what is hashed must be small, for it is hashed as a tree."""
MAX_MARKS = 1 << 16
"""Marks that are open at a time: what a file nests so deeply, no pickler has written."""
MAX_PROTOCOL = 5

# What things take, in bytes, with their places on the stack and in what holds them
FREE = 9 << 20
"""What any file may make."""
LIST, DICT, SET, TUPLE = 72, 72, 232, 64
FIRST_ITEM, FIRST_KEY, FIRST_NAME = 32, 176, 128
"""What a list and a dict grow by when they are empty no more; a dict of texts is smaller."""
ENTRY = 64
"""An element of a set, or a key with its value."""
PART = 16
"""A part of a key: it takes time whenever it is looked up."""

_MARK = object()
_KEYS = (str, bytes, float, bool, type(None), frozenset)


Spend = Callable[[int], None]
"""What pays for bytes that are to be made: :meth:`Machine.spend`."""


def refuse(why: str) -> NoReturn:
    """UnpicklingError: this pickle is damaged, or does what a file may not do."""
    raise UnpicklingError(why)


class Machine:
    """Runs the pickle that begins at ``at`` in ``data``; ``at`` is behind it afterwards."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: list[Any] = []
        """What has the numbers 0, 1, 2…"""
        self.far: dict[int, Any] = {}
        """What has numbers beyond."""
        self.worth = FREE + config.max_load_expansion * (len(data) - at)
        """How many bytes may still be made."""

    def spend(self, nbytes: int) -> None:
        """Pay for something of ``nbytes`` bytes before it is made; UnpicklingError if the file is
        not worth so much."""
        self.worth -= nbytes
        if self.worth < 0:
            refuse(f"the file makes far more than it holds: over {config.max_load_expansion} bytes "
                   f"for each of the {len(self.data)} bytes of its pickle. If it is to be trusted, "
                   "raise torch.config.max_load_expansion")

    # What a file may ask for
    def find(self, module: str, name: str) -> Any:
        """What the name of a global stands for."""
        refuse(f"the global {module}.{name} is not allowed")

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:
        """The result of calling a global."""
        refuse(f"calling {function!r} is not allowed")

    def new(self, kind: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A new object of the class that a global stands for."""
        refuse(f"an object of the class {kind!r} is not allowed")

    def build(self, target: Any, state: Any) -> Any:
        """``target`` with ``state`` set; the result takes its place if it is another object."""
        refuse(f"setting the state of a {type(target).__name__} is not allowed")

    def persistent(self, name: Any) -> Any:
        """The object outside of the pickle that ``name`` stands for."""
        refuse("the pickle refers to something outside of it")

    # Running
    def run(self) -> Any:
        """The object that the pickle makes; UnpicklingError for a pickle that is damaged or does
        what it may not."""
        try:
            while True:
                op = self.data[self.at]
                self.at += 1
                if op == _STOP:
                    return self.pop()
                do = _DO.get(op)
                if do is None:
                    refuse(f"the instruction {bytes([op])!r} is not allowed")
                do(self)
        except (IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
            raise UnpicklingError(f"the pickle is damaged: {type(error).__name__} at byte "
                                  f"{self.at} of {len(self.data)}") from None

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes of the program."""
        if length < 0 or self.at + length > len(self.data):
            refuse("the pickle is damaged: it ends in the middle")
        self.at += length
        return self.data[self.at - length:self.at]

    def number(self, length: int) -> int:
        """The next unsigned number of ``length`` bytes."""
        return int.from_bytes(self.take(length), "little")

    def line(self) -> str:
        """The text up to the next line break."""
        end = self.data.find(b"\n", self.at)
        if end < 0:
            refuse("the pickle is damaged: it ends in the middle")
        found = self.data[self.at:end].decode()
        self.at = end + 1
        return found

    def pop(self) -> Any:
        """The top of the stack, taken off."""
        if not self.stack:
            refuse("the pickle is damaged: it takes from an empty stack")
        return self.stack.pop()

    def pop_mark(self) -> list[Any]:
        """What lies above the last mark, taken off with it."""
        if not self.marks:
            refuse("the pickle is damaged: a mark is missing")
        found = self.stack
        self.stack = self.marks.pop()
        return found

    def top(self, kind: type | tuple[type, ...], what: str) -> Any:
        """The top of the stack, which must be a ``kind``."""
        if not self.stack or not isinstance(self.stack[-1], kind):
            refuse(f"{what} is not allowed on a "
                   f"{type(self.stack[-1]).__name__ if self.stack else 'nothing'}")
        return self.stack[-1]

    def put(self, number: int) -> None:
        """Remember the top of the stack by a number."""
        if number < len(self.memo):
            self.memo[number] = self.stack[-1]
        elif number == len(self.memo):
            self.memo.append(self.stack[-1])
        else:
            self.far[number] = self.stack[-1]

    def known(self, number: int) -> Any:
        """What is remembered by a number."""
        return self.memo[number] if number < len(self.memo) else self.far[number]

    def key(self, key: Any) -> Any:
        """``key``, if it is harmless as one, paid for."""
        return checked_key(key, self.spend)

    def extend(self, items: list[Any]) -> None:
        """Append to the list on top."""
        target = self.top(list, "appending")
        if not target:
            self.spend(FIRST_ITEM)
        target.extend(items)

    def add(self, items: list[Any]) -> None:
        """Add to the set on top."""
        self.top(set, "adding").update(map(self.key, items))

    def update(self, items: list[Any]) -> None:
        """Set keys and values of the dict on top."""
        if len(items) % 2:
            refuse("the pickle is damaged: a key without a value")
        target = self.top(dict, "setting an item")
        if not target and items:
            self.spend(FIRST_NAME if type(items[0]) is str else FIRST_KEY)
        for key, value in zip(items[::2], items[1::2]):
            target[self.key(key)] = value


def checked_key(key: Any, spend: Spend) -> Any:
    """``key``, if looking it up is harmless; UnpicklingError otherwise.

    Long integers and deep tuples, or those that contain one many times, could take for ever; so
    could long keys that are equal, if many times one is compared with another.
    """
    if type(key) is str:
        if len(key) > PART:
            spend(len(key) // PART)
        return key
    todo, seen = [key], 0
    while todo:
        part = todo.pop()
        seen += 1
        if seen > MAX_KEY_PARTS:
            refuse("a key of a dict or element of a set is too large")
        if isinstance(part, (tuple, frozenset)):
            if len(part) > MAX_KEY_PARTS:
                refuse("a key of a dict or element of a set is too large")
            spend(PART * len(part))
            todo.extend(part)
        elif isinstance(part, (str, bytes)):
            spend(len(part) // PART)
        elif isinstance(part, int):
            if part.bit_length() > 64:
                refuse("a key of a dict or element of a set is too large a number")
        elif not isinstance(part, _KEYS) and getattr(type(part), "__hash__", None) is None:
            refuse(f"a {type(part).__name__} cannot be a key of a dict or an element of a set")
    return key


# ---- the instructions ----

_STOP = ord(".")
_DO: dict[int, Callable[[Machine], None]] = {}


def _does(codes: bytes) -> Callable[[Callable[[Machine], None]], Callable[[Machine], None]]:
    def enter(do: Callable[[Machine], None]) -> Callable[[Machine], None]:
        for code in codes:
            _DO[code] = do
        return do
    return enter


def _pushes(code: bytes, make: Callable[[Machine], Any], cost: int = 0) -> None:
    def do(m: Machine) -> None:
        if cost:
            m.spend(cost)
        made = make(m)   # first: it may take a mark off, and then the stack is another
        m.stack.append(made)
    _DO[code[0]] = do


def _signed(m: Machine, length: int) -> int:
    return int.from_bytes(m.take(length), "little", signed=True)


_pushes(b"N", lambda m: None)
_pushes(b"\x88", lambda m: True)
_pushes(b"\x89", lambda m: False)
_pushes(b"J", lambda m: _signed(m, 4))
_pushes(b"K", lambda m: m.number(1))
_pushes(b"M", lambda m: m.number(2))
_pushes(b"\x8a", lambda m: _signed(m, m.number(1)))
_pushes(b"\x8b", lambda m: _signed(m, m.number(4)))
_pushes(b"G", lambda m: struct.unpack(">d", m.take(8))[0])
_pushes(b"X", lambda m: m.take(m.number(4)).decode("utf-8", "surrogatepass"))
_pushes(b"\x8c", lambda m: m.take(m.number(1)).decode("utf-8", "surrogatepass"))
_pushes(b"\x8d", lambda m: m.take(m.number(8)).decode("utf-8", "surrogatepass"))
_pushes(b"T", lambda m: m.take(m.number(4)).decode("latin1"))
_pushes(b"U", lambda m: m.take(m.number(1)).decode("latin1"))
_pushes(b"B", lambda m: m.take(m.number(4)))
_pushes(b"C", lambda m: m.take(m.number(1)))
_pushes(b"\x8e", lambda m: m.take(m.number(8)))
_pushes(b"\x96", lambda m: bytearray(m.take(m.number(8))))
_pushes(b"]", lambda m: [], LIST)
_pushes(b"}", lambda m: {}, DICT)
_pushes(b")", lambda m: ())
_pushes(b"\x8f", lambda m: set(), SET)
_pushes(b"h", lambda m: m.known(m.number(1)))
_pushes(b"j", lambda m: m.known(m.number(4)))
_pushes(b"t", lambda m: tuple(m.pop_mark()), TUPLE)
_pushes(b"l", lambda m: m.pop_mark(), LIST + FIRST_ITEM)
_pushes(b"\x91", lambda m: frozenset(map(m.key, m.pop_mark())), SET)
_pushes(b"c", lambda m: m.find(m.line(), m.line()))
_pushes(b"Q", lambda m: m.persistent(m.pop()))


@_does(b"\x80")
def _protocol(m: Machine) -> None:
    protocol = m.number(1)
    if protocol > MAX_PROTOCOL:
        refuse(f"the pickle's protocol {protocol} is not known")


@_does(b"\x95")
def _frame(m: Machine) -> None:
    m.take(8)


@_does(b"(")
def _mark(m: Machine) -> None:
    if len(m.marks) >= MAX_MARKS:
        refuse(f"it nests more than {MAX_MARKS} things in each other")
    m.marks.append(m.stack)
    m.stack = []


@_does(b"0")
def _pop(m: Machine) -> None:
    if m.stack:
        m.stack.pop()
    else:
        m.pop_mark()


@_does(b"1")
def _pop_mark(m: Machine) -> None:
    m.pop_mark()


@_does(b"2")
def _twice(m: Machine) -> None:
    m.stack.append(m.stack[-1])


@_does(b"d")
def _dict(m: Machine) -> None:
    items = m.pop_mark()
    m.spend(DICT)
    m.stack.append({})
    m.update(items)


@_does(b"\x85\x86\x87")
def _tuple(m: Machine) -> None:
    length = m.data[m.at - 1] - 0x84
    if len(m.stack) < length:
        refuse("the pickle is damaged: it takes from an empty stack")
    m.spend(TUPLE)
    m.stack[-length:] = [tuple(m.stack[-length:])]


@_does(b"q")
def _put(m: Machine) -> None:
    m.put(m.number(1))


@_does(b"r")
def _long_put(m: Machine) -> None:
    m.put(m.number(4))


@_does(b"\x94")
def _memoize(m: Machine) -> None:
    m.put(len(m.memo) + len(m.far))


@_does(b"a")
def _append(m: Machine) -> None:
    m.extend([m.pop()])


@_does(b"e")
def _appends(m: Machine) -> None:
    m.extend(m.pop_mark())


@_does(b"s")
def _set_item(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    m.update([key, value])


@_does(b"u")
def _set_items(m: Machine) -> None:
    m.update(m.pop_mark())


@_does(b"\x90")
def _add_items(m: Machine) -> None:
    m.add(m.pop_mark())


@_does(b"\x93")
def _named(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    if type(name) is not str or type(module) is not str:
        refuse("the pickle is damaged: the name of a global is no text")
    m.stack.append(m.find(module, name))


@_does(b"R")
def _reduce(m: Machine) -> None:
    args, function = m.pop(), m.pop()
    m.stack.append(m.call(function, _args(args)))


@_does(b"\x81")
def _new(m: Machine) -> None:
    args, kind = m.pop(), m.pop()
    m.stack.append(m.new(kind, _args(args), {}))


@_does(b"\x92")
def _new_named(m: Machine) -> None:
    named, args, kind = m.pop(), m.pop(), m.pop()
    if type(named) is not dict or not all(type(key) is str for key in named):
        refuse("the pickle is damaged: arguments are no dict")
    m.stack.append(m.new(kind, _args(args), named))


@_does(b"b")
def _build(m: Machine) -> None:
    state, target = m.pop(), m.pop()
    m.stack.append(m.build(target, state))


def _args(args: Any) -> tuple[Any, ...]:
    if type(args) is not tuple:
        refuse("the pickle is damaged: arguments are no tuple")
    return args


class Survey(Machine):
    """Runs a pickle without making anything: what it names, and what it refers to outside of it.

    What it would call or set has no effect; globals are :class:`Named`, results of calls None.
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        super().__init__(data, at)
        self.globals: collections.Counter[tuple[str, str]] = collections.Counter()
        self.outside: list[Any] = []

    def find(self, module: str, name: str) -> Any:
        self.globals[module, name] += 1
        return Named(module, name)

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:
        return None

    def new(self, kind: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return None

    def build(self, target: Any, state: Any) -> Any:
        return target

    def persistent(self, name: Any) -> Any:
        self.outside.append(name)
        return None

    def extend(self, items: list[Any]) -> None:
        pass

    def add(self, items: list[Any]) -> None:
        pass

    def update(self, items: list[Any]) -> None:
        pass


class Named:
    """A global of a surveyed pickle, by name."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name
