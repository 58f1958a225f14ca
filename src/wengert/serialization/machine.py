"""The machine that a pickle is a program for, built to run programs of strangers.

:class:`Machine` knows the instructions that PyTorch's files consist of, and refuses the others. It
imports nothing, calls nothing and sets nothing by itself: :meth:`Machine.find` says what a name
stands for, :meth:`~Machine.call` and :meth:`~Machine.build` do what a file may ask for, and
``loading.py`` fills them in. It does not recurse, and takes no memory that the file has no bytes
for.
"""

from __future__ import annotations

import collections
import struct
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, NoReturn

MAX_KEY_PARTS = 4096
"""Parts of a tuple that is a key: what is hashed must be small, for it is hashed as a tree."""
MAX_PROTOCOL = 5

_MARK = object()
_KEYS = (str, bytes, float, bool, type(None), frozenset)


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
        self.memo: dict[int, Any] = {}

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

    def extend(self, items: list[Any]) -> None:
        """Append to the list on top."""
        self.top(list, "appending").extend(items)

    def add(self, items: list[Any]) -> None:
        """Add to the set on top."""
        self.top(set, "adding").update(map(checked_key, items))

    def update(self, items: list[Any]) -> None:
        """Set keys and values of the dict on top."""
        if len(items) % 2:
            refuse("the pickle is damaged: a key without a value")
        target = self.top(dict, "setting an item")
        for key, value in zip(items[::2], items[1::2]):
            target[checked_key(key)] = value


def checked_key(key: Any) -> Any:
    """``key``, if hashing it is harmless; UnpicklingError otherwise.

    Long integers and deep tuples, or tuples that contain one many times, could take for ever.
    """
    if type(key) is str:
        return key
    todo, seen = [key], 0
    while todo:
        part = todo.pop()
        seen += 1
        if seen > MAX_KEY_PARTS:
            refuse("a key of a dict or element of a set is too large")
        if isinstance(part, tuple):
            if len(part) > MAX_KEY_PARTS:
                refuse("a key of a dict or element of a set is too large")
            todo.extend(part)
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


def _pushes(code: bytes, make: Callable[[Machine], Any]) -> None:
    def do(m: Machine) -> None:
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
_pushes(b"]", lambda m: [])
_pushes(b"}", lambda m: {})
_pushes(b")", lambda m: ())
_pushes(b"\x8f", lambda m: set())
_pushes(b"h", lambda m: m.memo[m.number(1)])
_pushes(b"j", lambda m: m.memo[m.number(4)])
_pushes(b"t", lambda m: tuple(m.pop_mark()))
_pushes(b"l", lambda m: m.pop_mark())
_pushes(b"\x91", lambda m: frozenset(map(checked_key, m.pop_mark())))
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
    m.stack.append({})
    m.update(items)


@_does(b"\x85\x86\x87")
def _tuple(m: Machine) -> None:
    length = m.data[m.at - 1] - 0x84
    if len(m.stack) < length:
        refuse("the pickle is damaged: it takes from an empty stack")
    m.stack[-length:] = [tuple(m.stack[-length:])]


@_does(b"q")
def _put(m: Machine) -> None:
    m.memo[m.number(1)] = m.stack[-1]


@_does(b"r")
def _long_put(m: Machine) -> None:
    m.memo[m.number(4)] = m.stack[-1]


@_does(b"\x94")
def _memoize(m: Machine) -> None:
    m.memo[len(m.memo)] = m.stack[-1]


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
