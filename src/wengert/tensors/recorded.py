"""Operations as functions that a user calls with tensors.

:func:`recorded` makes the function of an operation: it binds the arguments to the signature and
records the call. :func:`recorded_write` makes that of its in-place form.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.dtypes import uint8
from ..engine.errors import warn
from ..engine.recording.calls import caller, quick
from ..engine.recording.handle import Handle
from ..engine.recording.operation import (
    MISSING,
    OPERAND,
    OPERANDS,
    STRUCTURAL,
    Operation,
)
from ..engine.recording.recorder import record_write
from ..engine.recording.recording import dtype_of
from ..return_types import named
from . import overriding
from .fitting import PLACES, checked

Function = Callable[..., Any]


def recorded(op: Operation) -> Function:
    """``op`` as a function of tensors, with PyTorch's signature; ``out=`` is understood too."""
    call: Function | None = None
    wrap = named(op.name, op.returns) if op.returns else None

    def general(*args: Any, **kwargs: Any) -> Any:
        nonlocal call
        if call is None:
            call = caller(op)
        if kwargs and "out" in kwargs:
            out = kwargs.pop("out")
            if op.name in _AS_OUT and isinstance(out, Handle) and kwargs.get("dtype") is None and (
                    op.name != "mean" or not args or not isinstance(args[0], Handle)
                    or dtype_of(args[0]).is_differentiable):
                kwargs["dtype"] = dtype_of(out)
            result = general(*args, **kwargs)
            if out is None:
                return result
            if op.name in OF_ONE_DTYPE:
                check_out(op.name, out, result, args[0] if args else result)
            return into(out, result)
        try:
            result = call(*fill(op, args, kwargs))
        except TypeError:
            others = [each for each in overriding.flat(args, kwargs) if not isinstance(
                each, Handle) and overriding.overrides(each)]
            if not others:
                raise
            overriding.begin()
            return overriding.dispatched(function, general, args, kwargs)
        return result if wrap is None else wrap(result)

    function = quick(op, general, wrap=wrap)
    if op.name in PLACES:
        function = checked(op, function)
    return described(function, op, op.name, op.lower.__doc__)


_AS_OUT = frozenset(["sum", "nansum", "mean", "prod", "cumsum", "cumprod"])
"""What is computed in the dtype of ``out``."""


def recorded_write(op: Operation) -> Function:
    """The in-place form of ``op``, as a method: ``x.add_(y)``."""
    call: Function | None = None

    def general(*args: Any, **kwargs: Any) -> Any:
        nonlocal call
        if call is None:
            call = caller(op, writes=True)
        return call(*fill(op, args, kwargs))

    function = quick(op, general, writes=True)
    if op.name in PLACES:
        function = checked(op, function)
    return described(function, op, f"{op.name}_",
                     f"In-place :func:`torch.{op.name}`; returns the tensor that it writes.")


def described(function: Any, op: Operation, name: str, doc: str | None) -> Function:
    """``function`` with the name, text and signature that ``help`` shows."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__module__ = "wengert"
    function.__wrapped__ = op
    result: Function = function
    return result


def fill(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """One argument per parameter of ``op``; the common cases without a look at names."""
    n = len(args)
    if kwargs:
        places = _places_of.get((op, n, *kwargs))
        if places is None or not isinstance(args[0], Handle):
            return _bound_by_names(op, args, kwargs)
        given = [*args, *op.defaults[n:]]
        for i, value in zip(places, kwargs.values(), strict=True):
            given[i] = value
        return tuple(given)
    if op.variadic or not op.required <= n <= op.positional or (
            n and (not isinstance(args[0], Handle) or op.kinds[0] == OPERANDS)):
        return bind(op, args, kwargs)
    return args if n == len(op.kinds) else args + op.defaults[n:]


_places_of: dict[tuple[Any, ...], tuple[int, ...]] = {}
"""Which parameters the names of a call are for, by the operation and the number of other arguments:
of a call that fits its signature whatever is given, if the first argument is a tensor."""
MOST_CALLS = 2000


def _bound_by_names(op: Operation, args: tuple[Any, ...],
                    kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """:func:`bind`, which is noted for the next call with the same names."""
    n, names = len(args), tuple(kwargs)
    given = bind(op, args, kwargs)
    if n and not op.variadic and n <= op.positional and op.kinds[0] != OPERANDS and (
            op.name not in _FACTORS_FIRST and isinstance(args[0], Handle)):
        places = [place(op, name) for name in names]
        if None not in places and MISSING not in [
                default for i, default in enumerate(op.defaults) if i >= n and i not in places]:
            if len(_places_of) >= MOST_CALLS:
                _places_of.clear()
            _places_of[op, n, *names] = tuple([i for i in places if i is not None])
    return given


def bind(op: Operation, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """One argument per parameter of ``op``; TypeError where they do not fit its signature."""
    given: list[Any]
    if op.variadic:
        n = op.positional - 1
        rest: Any = args[n:]
        name = op.names[n]
        if len(rest) == 1 and (rest[0] is None or isinstance(rest[0], (tuple, list))):
            rest = rest[0]
        elif not rest:
            for key in (name, "size", "dims", "shape"):
                if key in kwargs:
                    rest = kwargs.pop(key)
                    break
        given = [*args[:n], *[MISSING] * (n - len(args)), tuple(rest)]
    else:
        given = list(args)
        if len(given) > op.positional and op.name in _FACTORS_FIRST:
            given, kwargs = factors_last(op, given, kwargs)
        if len(given) > op.positional:
            raise TypeError(f"{op.name}() takes {op.positional} positional arguments but "
                            f"{len(given)} were given")
    given += [MISSING] * (len(op.names) - len(given))
    for name, value in kwargs.items():
        i = place(op, name)
        if i is None and name in _WITHOUT_EFFECT.get(op.name, ()):
            continue
        if i is None:
            raise TypeError(f"{op.name}() got an unexpected keyword argument '{name}'")
        if given[i] is not MISSING:
            raise TypeError(f"{op.name}() got multiple values for argument '{name}'")
        given[i] = value
    for i, value in enumerate(given):
        if value is MISSING:
            default = op.defaults[i]
            if default is MISSING:
                raise TypeError(f"{op.name}() missing 1 required positional argument: "
                                f"\"{op.names[i]}\"")
            given[i] = default
    check_operands(op, given)
    return tuple(given)


def factors_last(op: Operation, args: list[Any],
                 kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of an older signature, where factors stand before the tensors that they
    multiply (``x.addcmul(0.5, a, b)``, ``torch.addmm(2, x, 3, a, b)``), as those of today's."""
    names = op.names[op.positional:]
    factors = [each for each in args if not isinstance(each, Handle)]
    tensors = [each for each in args if isinstance(each, Handle)]
    if len(tensors) != op.positional or len(factors) > len(names):
        return args, kwargs
    said = ", ".join(f"{name}={factor}" for name, factor in zip(names, factors, strict=False))
    warn(f"This overload of {op.name} is deprecated: say {said} after the tensors.")
    return tensors, {**dict(zip(names, factors, strict=False)), **kwargs}


_FACTORS_FIRST = frozenset(["add", "sub", "addcmul", "addcdiv", "addmm", "addmv", "addr",
                            "baddbmm", "addbmm"])


def place(op: Operation, name: str) -> int | None:
    """Which parameter of ``op`` an argument called ``name`` is for; None if there is none."""
    name = _OTHER_NAMES_OF.get(op.name, {}).get(name, name)
    if name not in op.names:
        name = _OTHER_NAMES.get(name, name)
    if name in op.names:
        return op.names.index(name)
    return 0 if name == "input" and op.names else None


_OTHER_NAMES = {"axis": "dim", "axes": "dim", "keepdims": "keepdim", "self": "input",
                "x": "input"}
_PARTS = {"indices": "indices_or_sections", "sections": "indices_or_sections"}
_OTHER_NAMES_OF = {
    "cholesky_solve": {"input2": "L"},
    "searchsorted": {"input": "self"},
    "split": {"split_size": "split_size_or_sections"},
    "hsplit": _PARTS, "vsplit": _PARTS, "dsplit": _PARTS,
}
"""What PyTorch calls a parameter in another of a function's signatures."""
_WITHOUT_EFFECT: dict[str, tuple[str, ...]] = {
    "expand": ("implicit",),
    **{f"{kind}max_pool{n}d_with_indices": ("return_indices",)
       for kind in ("", "adaptive_") for n in (1, 2, 3)},
}


def check_operands(op: Operation, args: Sequence[Any]) -> None:
    """TypeError with PyTorch's words if the first operand is no tensor where one is needed."""
    if not op.kinds or (isinstance(args[0], Handle) and op.kinds[0] != OPERANDS):
        return
    first, name = args[0], f"{op.name}(): argument '{op.names[0]}' (position 1)"
    if op.kinds[0] == OPERANDS:
        _check_sequence(first, name)
    elif op.kinds[0] == OPERAND:
        number = isinstance(first, (int, float, complex)) or hasattr(first, "__float__")
        if not number or sum(kind in (OPERAND, STRUCTURAL) for kind in op.kinds) < 2:
            raise TypeError(f"{name} must be Tensor, not {type(first).__name__}")


def _check_sequence(given: Any, name: str) -> None:
    if not isinstance(given, (tuple, list)):
        raise TypeError(f"{name} must be tuple of Tensors, not {type(given).__name__}")
    for i, element in enumerate(given):
        if not isinstance(element, Handle):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got "
                            f"{type(element).__name__}")


def check_out(name: str, out: Any, result: Any, input: Any) -> None:
    """What PyTorch says where ``out`` is not of the dtype of such a result, or cannot be given."""
    if name in WITHOUT_OUT:
        raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
    if isinstance(out, Handle) and dtype_of(out) is not dtype_of(result) and not (
            dtype_of(out) is uint8 if name in ("all", "any")
            else name == "abs" and dtype_of(input).is_complex):
        raise RuntimeError(f"{name}: Found dtype {dtype_of(out).legacy_name} but expected "
                           f"{dtype_of(result).legacy_name} for out=")


WITHOUT_OUT = frozenset(["isfinite", "isinf", "isnan", "isreal", "positive", "relu", "rsub"])
OF_ONE_DTYPE = WITHOUT_OUT | frozenset([
    "abs", "all", "amax", "amin", "any", "argmax", "argmin", "bitwise_not", "ceil",
    "conj_physical", "floor", "frac", "isneginf", "isposinf", "logcumsumexp", "nan_to_num", "neg",
    "round", "sgn", "sign", "signbit", "trunc"])
"""The operations whose ``out=`` has the dtype of the result."""


def into(out: Any, result: Any) -> Any:
    """Write ``result`` to what the user gave as ``out=``."""
    if isinstance(out, (tuple, list)):
        return type(result)(into(o, r) for o, r in zip(out, result, strict=True))
    if not isinstance(out, Handle):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    return out._take(result)  # type: ignore[attr-defined]


def with_out(made: Function) -> Function:
    """A function made of others, whose result is written to ``out`` where that is given."""
    @functools.wraps(made)
    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = made(*args, **kwargs)
        return result if out is None else into(out, result)

    return call


_functions: dict[Operation, Function] = {}


def function(op: Operation) -> Function:
    """``op`` as a function of tensors; always the same object."""
    found = _functions.get(op)
    if found is None:
        found = _functions.setdefault(op, recorded(op))   # another thread may come first
    return found


def public(value: Any) -> Any:
    """What users see of what a module of ``functions/`` has."""
    return function(value) if isinstance(value, Operation) else value


def in_place_if_asked(op: Operation) -> Any:
    """``op``, whose argument ``inplace=True`` writes the result to the input."""
    place = op.names.index("inplace")
    plain: Function | None = None

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal plain
        given = fill(op, args, kwargs)
        if given[place]:
            return record_write(op, given)
        plain = plain or caller(op)
        return plain(*given)

    return described(call, op, op.name, op.lower.__doc__)


__all__ = ["Operation", "bind", "function", "in_place_if_asked", "into", "public",
           "recorded", "recorded_write"]
