"""Operations as functions that a user calls with tensors.

:class:`Recorded` binds the arguments to the operation's signature and records the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..functions.operation import OPERAND, OPERATIONS, Operation
from ..recording.calls import caller
from ..recording.handle import Handle
from ..recording.recorder import record, record_write
from .return_types import named

_MISSING = object()


class Recorded:
    """An operation as a function of tensors, with PyTorch's signature."""

    __slots__ = ("__dict__", "call", "op")

    def __init__(self, op: Operation) -> None:
        self.op = op
        self.call = caller(op)
        self.__name__ = self.__qualname__ = op.name
        self.__doc__ = op.lower.__doc__
        self.__signature__ = op.signature
        self.__module__ = "wengert"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs and "out" in kwargs:
            out = kwargs.pop("out")
            result = self(*args, **kwargs)
            return result if out is None else into(out, result)
        op = self.op
        out = self.call(*fill(op, args, kwargs))
        return named(self.__name__, op.returns)(out) if op.returns else out

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else _Bound(self, instance)

    def __repr__(self) -> str:
        return f"<function torch.{self.op.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (function, (self.op.name,))


class _Bound:
    """A :class:`Recorded` with its first argument."""

    __slots__ = ("function", "instance")

    def __init__(self, function: Any, instance: Handle) -> None:
        self.function = function
        self.instance = instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(self.instance, *args, **kwargs)


class RecordedWrite:
    """The in-place form of an operation: ``x.add_(y)``."""

    __slots__ = ("__dict__", "call", "op")

    def __init__(self, op: Operation) -> None:
        self.op = op
        self.call = caller(op, writes=True)
        self.__name__ = self.__qualname__ = f"{op.name}_"
        self.__doc__ = f"In-place :func:`torch.{op.name}`; returns the tensor that it writes."
        self.__signature__ = op.signature

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(*fill(self.op, args, kwargs))

    __get__ = Recorded.__get__


def fill(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """One argument per parameter of ``op``; the common cases without a look at names."""
    n = len(args)
    if kwargs or op.variadic or not op.required <= n <= op.positional or (
            n and not isinstance(args[0], Handle)):
        return bind(op, args, kwargs)
    return args if n == len(op.kinds) else args + op.defaults[n:]


def bind(op: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """One argument per parameter of ``op``; TypeError where they do not fit its signature."""
    given: list[Any]
    if op.variadic:
        n = op.positional - 1
        rest = args[n:]
        name = op.names[n]
        if len(rest) == 1 and (rest[0] is None or isinstance(rest[0], (tuple, list))):
            rest = rest[0]
        elif not rest:
            for key in (name, "size", "dims", "shape"):
                if key in kwargs:
                    rest = kwargs.pop(key)
                    break
        given = [*args[:n], *[_MISSING] * (n - len(args)), tuple(rest)]
    else:
        given = list(args)
        if len(given) > op.positional:
            raise TypeError(f"{op.name}() takes {op.positional} positional arguments but "
                            f"{len(given)} were given")
    given += [_MISSING] * (len(op.names) - len(given))
    for name, value in kwargs.items():
        name = _OTHER_NAMES.get(name, name)
        try:
            i = op.names.index(name)
        except ValueError:
            raise TypeError(f"{op.name}() got an unexpected keyword argument '{name}'") from None
        if given[i] is not _MISSING:
            raise TypeError(f"{op.name}() got multiple values for argument '{name}'")
        given[i] = value
    for i, value in enumerate(given):
        if value is _MISSING:
            default = op.defaults[i]
            if default is op.signature.empty:
                raise TypeError(f"{op.name}() missing 1 required positional argument: "
                                f"\"{op.names[i]}\"")
            given[i] = default
    check_operands(op, given)
    return tuple(given)


_OTHER_NAMES = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "self": "input",
                "x": "input"}


def check_operands(op: Operation, args: Sequence[Any]) -> None:
    """TypeError if the first operand is not a tensor where one is needed."""
    if op.kinds and op.kinds[0] == OPERAND and args[0] is None:
        raise TypeError(f"{op.name}(): argument 'input' (position 1) must be Tensor, not NoneType")


def into(out: Any, result: Any) -> Any:
    """Write ``result`` to what the user gave as ``out=``."""
    if isinstance(out, (tuple, list)):
        return type(result)(into(o, r) for o, r in zip(out, result, strict=True))
    if not isinstance(out, Handle):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    return out._take(result)  # type: ignore[attr-defined]


_functions: dict[str, Recorded] = {}


def function(name: str) -> Recorded:
    """The operation ``name`` as a function; always the same object."""
    found = _functions.get(name)
    if found is None:
        found = _functions[name] = Recorded(OPERATIONS[name])
    return found


def in_place_if_asked(name: str) -> Any:
    """The operation ``name``, whose argument ``inplace=True`` writes the result to the input."""
    op = OPERATIONS[name]
    place = op.names.index("inplace")

    def call(*args: Any, **kwargs: Any) -> Any:
        given = bind(op, args, kwargs)
        return record_write(op, given) if given[place] else record(op, given)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = op.lower.__doc__
    call.__signature__ = op.signature  # type: ignore[attr-defined]
    return call


__all__ = ["Recorded", "RecordedWrite", "bind", "function", "in_place_if_asked", "into"]
