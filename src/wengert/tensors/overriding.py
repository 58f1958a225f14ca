"""``__torch_function__``: classes that say what functions of torch do with their objects.

A subclass of Tensor with the ``__torch_function__`` that it inherits keeps its class: what is
computed from its objects is of the subclass. A class of its own, tensor or not, that defines one is
asked instead. Nothing of this costs where no such class is: the functions of torch look for such
arguments from the moment on when the first class of the kind is made (:func:`begin`), which puts
another code into them; the methods that look are in the subclass (:func:`of_class`).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

from ..engine.lazy import lazy
from ..engine.recording.handle import Handle
from ..engine.recording.recording import here as recordings
from ..names import missing
from ..names.later import told_of_names

Call = Callable[..., Any]


class _Here(threading.local):
    def __init__(self) -> None:
        self.disabled = False    # for classes of tensors
        self.off = False         # for all
        self.modes: list[Any] = []


here = _Here()
_looking: dict[FunctionType, FunctionType] = {}
"""What each function that looks did before."""


def disabled(func: Call, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """A ``__torch_function__`` that does nothing: results are plain tensors."""
    before, here.disabled = here.disabled, True
    try:
        return func(*args, **(kwargs or {}))
    finally:
        here.disabled = before


def kept(cls: Any, func: Call, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """The ``__torch_function__`` of tensors: runs ``func``; tensors among its results get the
    class."""
    if not all(issubclass(cls, kind) for kind in types):
        return NotImplemented
    result = disabled(func, types, args, kwargs)
    return result if func in plain_results() else _as(result, cls)


@functools.cache
def plain_results() -> set[Call]:
    """Functions whose results stay what they are: they look a tensor up, and make none."""
    kind: Any = Handle._kind
    return {kind.grad.__get__, kind._base.__get__}


_ONE_BY_ONE = frozenset(["einsum"])
"""Functions that hand over, one by one, operands that came as one sequence."""


def _as(result: Any, cls: type) -> Any:
    if isinstance(result, Handle):
        if not isinstance(result, cls) and type(result) is Handle._kind:
            result.__class__ = cls
        return result
    if isinstance(result, (tuple, list)) and result:
        parts = [_as(each, cls) for each in result]
        if all(a is b for a, b in zip(parts, result, strict=True)):
            return result
        kind: Any = type(result)
        return kind(*parts) if hasattr(kind, "_make") else kind(parts)
    return result


def _names() -> Any:
    return lazy("tensors.asked")


# ---- who is asked ----


def keeps_no_class(kind: Any) -> bool:
    """Whether a class is that of tensors, or one of whose objects nobody is asked."""
    if kind is Handle._kind:
        return True
    found = getattr(kind, "__torch_function__", None)
    return found is None or getattr(found, "__func__", found) is disabled


def overrides(value: Any) -> bool:
    """Whether ``value`` says what functions of torch do with it."""
    return not keeps_no_class(value.__class__) and not (
        here.disabled and isinstance(value, Handle))


def overriding(values: Iterable[Any]) -> list[Any]:
    """Those that are asked, one of each class, subclasses before their bases."""
    found: list[Any] = []
    for value in values:
        if overrides(value) and not any(type(value) is type(other) for other in found):
            at = next((i for i, other in enumerate(found)
                       if issubclass(type(value), type(other))), len(found))
            found.insert(at, value)
    return found


def flat(args: Iterable[Any], kwargs: dict[str, Any]) -> Iterator[Any]:
    """The arguments, those in lists and tuples too."""
    for each in (*args, *kwargs.values()):
        if isinstance(each, (list, tuple)):
            yield from each
        else:
            yield each


def ask(func: Call, asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the first of those says who has an answer; TypeError if none has."""
    types = tuple(map(type, asked))
    if here.modes and not here.off:
        mode = here.modes.pop()
        try:
            result = mode.__torch_function__(func, types, args, kwargs)
        finally:
            here.modes.append(mode)
        if result is not NotImplemented:
            return result
    for each in asked:
        result = type(each).__torch_function__(func, types, args, kwargs)
        if result is not NotImplemented:
            return result
    raise TypeError(f"Multiple dispatch failed for 'torch.{getattr(func, '__name__', func)}'; all "
                    f"__torch_function__ handlers returned NotImplemented: {list(types)}")


def dispatched(func: Any, before: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call of ``func``, which did ``before`` until functions began to look."""
    modes = recordings.modes
    if (cast := modes.cast) is not None and (converted := cast(func, args, kwargs)) is not None:
        modes.cast = None   # what it calls is not asked again
        try:
            return dispatched(func, before, *converted)
        finally:
            modes.cast = cast
    if here.off:
        return before(*args, **kwargs)
    asked = overriding(flat(args, kwargs))
    if not asked and not here.modes:
        return before(*args, **kwargs)
    if getattr(func, "__name__", "") in _ONE_BY_ONE and isinstance([0, *args][-1], (tuple, list)):
        args = (*args[:-1], *args[-1])
    return ask(func, asked, args, kwargs)


def dispatched_operator(func: Any, before: Call, args: tuple[Any, ...], kwargs: dict[str, Any],
                        ) -> Any:
    """The same for an operator, which is asked about as the method ``func``; NotImplemented where
    that takes no such operand, so that Python asks the other one."""
    try:
        return dispatched(func, before, args, kwargs)
    except TypeError:
        if len(args) == 2:
            return NotImplemented
        raise


def stranger(method: Any, self: Any, other: Any) -> Any:
    """What the operator ``method`` gives for ``other``, which is no tensor: what its class says, if
    that is asked."""
    if here.off or not overrides(other):
        return NotImplemented
    begin()
    try:
        return ask(_names().methods_of_operators().get(method, method), [other], (self, other), {})
    except TypeError:
        return NotImplemented


# ---- functions that look ----


_LOOK = """
def make():
    {free}
    def look(*args, **kwargs):
        if 0:
            {used}
        call_ = 1.25
        function_ = 2.25
        before_ = 3.25
        return call_(function_, before_, args, kwargs)
    return look
"""


def look(function: FunctionType) -> None:
    """Have ``function`` look for arguments that are to be asked, and for mixed precision.

    Its code is replaced, so that it stays the object that programs hold and compare; the new code
    has the old one's free variables, as Python demands, and finds what it calls among its
    constants.
    """
    _in_modes.discard(function)
    if function not in _looking:
        _looking[function] = before = _as_it_is(function)
        function.__code__ = _looking_code(function, before)


def _as_it_is(function: FunctionType) -> FunctionType:
    """What ``function`` does, as a function of its own, which from now on is the one to write its
    own code if one is to do so."""
    before = FunctionType(function.__code__, function.__globals__, function.__name__,
                          function.__defaults__, function.__closure__)
    before.__kwdefaults__ = function.__kwdefaults__
    before.__annotations__ = function.__annotations__
    if not hasattr(function, "__wrapped__"):
        function.__wrapped__ = before   # type: ignore[attr-defined]  # whose signature help shows
    if "write_text" in function.__globals__:
        function.__globals__["function"] = before
    return before


def _looking_code(function: FunctionType, before: FunctionType) -> CodeType:
    asked_as = _names().methods_of_operators().get(function)
    code = _code_with(function.__code__.co_freevars)
    given = {1.25: dispatched if asked_as is None else dispatched_operator,
             2.25: asked_as or function, 3.25: before}
    consts = [given.get(each, each) if type(each) is float else each for each in code.co_consts]
    return code.replace(co_consts=tuple(consts), co_name=function.__code__.co_name,
                        co_filename=function.__code__.co_filename,
                        co_firstlineno=function.__code__.co_firstlineno)


@functools.cache
def _code_with(free: tuple[str, ...]) -> CodeType:
    """The code of a function that looks and has these free variables, with numbers for what it
    calls."""
    scope: dict[str, Any] = {}
    exec(compile(_LOOK.format(
        free="; ".join(f"{name} = None" for name in free) or "pass",
        used="; ".join(free) or "pass"), "<wengert override>", "exec"), scope)
    code: CodeType = scope["make"]().__code__
    return code


_PLACES = ("", "functional", "nn.functional", "linalg", "special", "fft")
_NOT_ASKED = frozenset([
    "arange", "as_tensor", "asarray", "compile", "empty", "empty_strided", "eye", "from_dlpack",
    "from_numpy", "frombuffer", "full", "get_default_dtype", "initial_seed", "install_as_torch",
    "is_storage", "is_tensor", "linspace", "load", "logspace", "manual_seed", "ones", "rand",
    "randint", "randn", "randperm", "range", "save", "scalar_tensor", "seed",
    "set_default_dtype", "profile", "explain_kernel", "set_printoptions", "tensor",
    "tril_indices", "triu_indices", "typename", "zeros", "broadcast_shapes",
    "are_deterministic_algorithms_enabled", "can_cast", "promote_types", "bartlett_window",
    "blackman_window", "hamming_window", "hann_window", "kaiser_window", "get_rng_state",
    "set_rng_state", "set_default_device", "get_default_device", "set_default_tensor_type",
    "is_grad_enabled", "is_inference_mode_enabled", "get_num_threads", "set_num_threads",
    "is_autocast_enabled", "get_autocast_dtype"])
_begun = False


def begin() -> None:
    """Have the functions of torch look for arguments that are to be asked, from now on."""
    global _begun
    if not _begun:
        _begun = True
        missing.find_as_loaded()
        for module in missing.answering():
            _look_in(module, missing.public_names(module))
        told_of_names.append(_look_in)


def _look_in(module: ModuleType, names: Iterable[str]) -> None:
    if missing.torch_name(module.__name__).partition("torch")[2].lstrip(".") in _PLACES:
        for name in names:
            function = vars(module).get(name)
            if isinstance(function, FunctionType) and name not in _NOT_ASKED and (
                    not name.startswith(("set_", "get_", "is_autocast", "use_"))):
                look(function)


# ---- modes ----


_MAKERS = """arange as_tensor asarray empty empty_strided eye from_numpy full linspace logspace ones
    rand randint randn randperm range scalar_tensor tensor tril_indices triu_indices zeros"""
"""Functions without tensors among their arguments that modes are asked about."""
_in_modes: set[FunctionType] = set()
"""Functions that look only while a mode is open."""
_looks: dict[FunctionType, tuple[FunctionType, CodeType]] = {}
"""For those that a mode had look: what each did before, and the code with which it looks."""
_open_modes = 0
_guard = threading.Lock()


def enter_mode(mode: Any) -> None:
    """Ask ``mode`` in this thread from now on: while any is open, methods of tensors and functions
    that make them look too."""
    global _open_modes
    begin()
    with _guard:
        if not _open_modes:
            for function in _found_in_modes():
                _look_for_now(function)
        _open_modes += 1
    here.modes.append(mode)


def leave_mode(mode: Any) -> None:
    """Ask ``mode`` no longer."""
    global _open_modes
    here.modes.remove(mode)
    with _guard:
        _open_modes -= 1
        if not _open_modes:
            while _in_modes:
                _look_no_longer(_in_modes.pop())


def _found_in_modes() -> Iterator[FunctionType]:
    tensor: Any = Handle._kind
    names = [name for name in dir(tensor) if name in _names().METHODS or not (
        name.startswith("_") or name in _NOT_METHODS)]
    root = next(module for module in missing.answering() if
                missing.torch_name(module.__name__) == "torch")
    for found in (*(getattr(tensor, name) for name in names),
                  *(getattr(root, name, None) for name in _MAKERS.split())):
        if isinstance(found, FunctionType) and found not in _looking:
            yield found


def _look_for_now(function: FunctionType) -> None:
    if function not in _looks:
        before = _as_it_is(function)
        _looks[function] = before, _looking_code(function, before)
    before, code = _looks[function]
    if "write_text" in function.__globals__:
        function.__globals__["function"] = before
    before.__code__, function.__code__ = function.__code__, code
    before.__defaults__, before.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    _looking[function] = before
    _in_modes.add(function)


def _look_no_longer(function: FunctionType) -> None:
    before = _looking.pop(function)
    if "write_text" in function.__globals__:
        function.__globals__["function"] = function
    function.__code__ = before.__code__
    function.__defaults__, function.__kwdefaults__ = before.__defaults__, before.__kwdefaults__


# ---- methods of subclasses ----


_NOT_METHODS = frozenset([
    "as_subclass", "backward", "register_hook", "register_post_accumulate_grad_hook", "mro"])


class _Attribute:
    """An attribute of a tensor that a subclass is asked about: ``func`` is its ``__get__``."""

    def __init__(self, attribute: Any, name: str) -> None:
        self.attribute, self.name = attribute, name

    def __get__(self, obj: Any, kind: Any = None) -> Any:
        if obj is None:
            return self.attribute
        if here.off or not overrides(obj):
            return self.attribute.__get__(obj, kind)
        return ask(self.attribute.__get__, [obj], (obj,), {})

    def __set__(self, obj: Any, value: Any) -> None:
        if here.off or not overrides(obj):
            self.attribute.__set__(obj, value)
        else:
            ask(self.attribute.__set__, [obj], (obj, value), {})

    def __delete__(self, obj: Any) -> None:
        if here.off or not overrides(obj):
            self.attribute.__delete__(obj)
        else:
            ask(self.attribute.__delete__, [obj], (obj,), {})


_ATTRIBUTES = [
    "T", "mT", "H", "mH", "real", "imag", "data", "grad", "shape", "dtype", "device",
    "requires_grad", "ndim"]


def of_class(cls: Any, tensor: type) -> None:
    """Make a subclass of ``tensor`` one that is asked, unless it says that it need not be."""
    if keeps_no_class(cls):
        return
    begin()
    above = cls.__mro__[1:cls.__mro__.index(tensor)]
    if any("__torch_function__" in vars(base) for base in above) and any(
            "_is_asked" in vars(base) for base in above):
        return
    cls._is_asked = True
    for name in dir(tensor):
        if (name.startswith("_") and name not in _names().METHODS) or name in _NOT_METHODS or any(
                name in vars(base) for base in (cls, *above)):
            continue
        if getattr(_in_class(tensor, name), "is_made_later", False):
            setattr(cls, name, _Waits(cls, tensor, name))
        elif isinstance(method := getattr(tensor, name, None), FunctionType):
            setattr(cls, name, _method(method, name))
    own = cls.__dict__.get("__torch_function__")
    for name in _ATTRIBUTES if own is not None else ("T", "mT", "H", "mH", "data", "real", "imag"):
        found = _in_class(tensor, name)
        if hasattr(found, "__set__") and not any(name in vars(base) for base in (cls, *above)):
            setattr(cls, name, _Attribute(found, name))


def _in_class(cls: type, name: str) -> Any:
    """What a class or one of its bases has by this name, as it stands there."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


class _Waits:
    """Stands in a subclass for a method of tensors that is not made yet: its file would be loaded
    for nothing."""

    __slots__ = ("made", "name", "owner", "tensor")

    def __init__(self, owner: type, tensor: type, name: str) -> None:
        self.owner, self.tensor, self.name = owner, tensor, name
        self.made: dict[str, Any] = {}

    def __get__(self, obj: Any, kind: Any = None) -> Any:
        if self.name not in self.made:
            method = getattr(self.tensor, self.name)
            self.made.setdefault(self.name, _method(method, self.name) if isinstance(
                method, FunctionType) else method)   # another thread may come first
            setattr(self.owner, self.name, self.made[self.name])
        return self.made[self.name].__get__(obj, kind)


def _method(method: FunctionType, name: str) -> FunctionType:
    """A method of tensors as that of a class that is asked."""
    func = _names().methods_of_operators().get(method, method)
    dispatch = dispatched_operator if name in _names().BINARY else dispatched
    forward = getattr(Handle._kind, f"__{name[3:]}", None) if name in _names().REFLECTED else None

    def asking(*args: Any, **kwargs: Any) -> Any:
        if forward is not None and isinstance(args[1], Handle):   # Python asks a subclass first
            return dispatch(_names().methods_of_operators()[forward], forward, args[::-1], kwargs)
        return dispatch(func, method, args, kwargs)

    made: Any = asking
    made.__name__ = made.__qualname__ = name
    made.__doc__ = method.__doc__
    return cast(FunctionType, made)


__all__ = ["ask", "begin", "disabled", "dispatched", "enter_mode", "flat", "here",
           "keeps_no_class", "kept", "leave_mode", "look", "of_class", "overrides", "overriding",
           "stranger"]
