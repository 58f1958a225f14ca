"""``torch.jit``: functions and modules pass through; there is nothing to script.

A program is recorded while it runs, so :func:`script` and :func:`trace` return what they are given,
with one warning for the process. Saved archives of code are refused.
"""

from __future__ import annotations

import builtins
import warnings
from typing import Any, Final, NoReturn, TypeVar

from ..futures import Future
from ..names.missing import answer_missing_names

T = TypeVar("T")
_warned: set[str] = set()


def _warn_once(name: str) -> None:
    if "jit" not in _warned:
        _warned.add("jit")
        warnings.warn(f"torch.jit.{name}: wengert records programs as they run; the function or "
                      "module is used as it is", stacklevel=3)


def script(obj: T, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None,
           example_inputs: Any = None) -> T:
    """``obj``, a function, a class or a module, itself."""
    _warn_once("script")
    return obj


def trace(func: T, example_inputs: Any = None, *args: Any, **kwargs: Any) -> T:
    """``func``, a function or a module, itself; it is not run."""
    _warn_once("trace")
    return func


def trace_module(mod: T, inputs: Any, *args: Any, **kwargs: Any) -> T:
    """``mod`` itself."""
    _warn_once("trace_module")
    return mod


def freeze(mod: T, preserved_attrs: Any = None, optimize_numerics: bool = True,
           preserve_parameters: bool = False) -> T:
    """``mod`` itself."""
    return mod


def optimize_for_inference(mod: T, other_methods: Any = None) -> T:
    """``mod`` itself."""
    return mod


def script_if_tracing(fn: T) -> T:
    """``fn`` itself."""
    return fn


_script_if_tracing = script_if_tracing


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself, also as a decorator with arguments."""
    return drop if callable(drop) else lambda fn: fn


def unused(fn: T) -> T:
    """``fn`` itself."""
    return fn


def export(fn: T) -> T:
    """``fn`` itself."""
    return fn


def interface(obj: T) -> T:
    """``obj`` itself."""
    return obj


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def annotate(the_type: Any, the_value: T) -> T:
    """``the_value``."""
    return the_value


def Attribute(value: T, type: Any) -> T:
    """``value``."""
    return value



class TracerWarning(Warning):
    """A warning of PyTorch's tracer; nothing gives it."""


class _NeverMade:
    """A class for tests with ``isinstance``: nothing is one, for nothing is scripted."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.jit.{cls.__name__} is not in wengert: nothing is "
                                  "scripted; use torch.nn.Module, or the function itself")


class ScriptFunction(_NeverMade):
    """A function that was scripted or traced."""


class RecursiveScriptModule(_NeverMade):
    """A module that was scripted."""


class _MadeOfModules(type):
    """Has a module that derives from ``ScriptModule`` be an ordinary module."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return False


class ScriptModule(metaclass=_MadeOfModules):
    """A module that was scripted: no module is one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("torch.jit.ScriptModule is not in wengert: use torch.nn.Module")


TopLevelTracedModule = TracedModule = RecursiveScriptModule


def script_method(fn: T) -> T:
    """``fn`` itself."""
    return fn


def _overload_method(func: T) -> T:
    """``func`` itself: overloads are for scripts."""
    return func


_overload = _copy_to_script_wrapper = _overload_method


def boolean_dispatch(arg_name: str, arg_index: int, default: bool, if_true: Any, if_false: Any,
                     module_name: str, func_name: str) -> Any:
    """A function that calls ``if_true`` or ``if_false`` by the value of an argument."""
    def call(*args: Any, **kwargs: Any) -> Any:
        chosen = kwargs.get(arg_name, args[arg_index] if arg_index < len(args) else default)
        return (if_true if chosen else if_false)(*args, **kwargs)
    return call


def isinstance(obj: Any, target_type: Any) -> bool:
    """Python's own."""
    return builtins.isinstance(obj, target_type)


def enable_onednn_fusion(enabled: bool) -> None:
    """Nothing."""


def onednn_fusion_enabled() -> bool:
    """False."""
    return False


def last_executed_optimized_graph() -> None:
    """None: there is no such graph."""


class strict_fusion:
    """A block without effect."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None


class fuser(strict_fusion):
    """A block without effect: everything is fused."""

    def __init__(self, name: str) -> None:
        self.name = name


def optimized_execution(should_optimize: bool) -> Any:
    """A block without effect."""
    return fuser(str(should_optimize))


def fork(func: Any, *args: Any, **kwargs: Any) -> Any:
    """The result of the call, which is made at once."""
    return func(*args, **kwargs)


def wait(future: T) -> T:
    """What :func:`fork` gave."""
    return future


def set_fusion_strategy(strategy: Any) -> list[Any]:
    """An empty list: there is no strategy."""
    return []


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """NotImplementedError: save the ``state_dict`` with ``torch.save``."""
    raise NotImplementedError("torch.jit.save is not in wengert: there is no scripted code to "
                              "save. Use torch.save(model.state_dict(), path)")


def load(f: Any, map_location: Any = None, _extra_files: Any = None) -> NoReturn:
    """NotImplementedError: an archive of scripted code cannot be run."""
    raise NotImplementedError("torch.jit.load is not in wengert: archives of scripted code cannot "
                              "be run. Build the module in Python and load its state_dict")


__all__ = ["Attribute", "Final", "Future", "RecursiveScriptModule", "ScriptFunction",
           "ScriptModule", "TopLevelTracedModule", "TracedModule", "boolean_dispatch",
           "enable_onednn_fusion", "fuser", "isinstance", "last_executed_optimized_graph",
           "onednn_fusion_enabled", "optimized_execution", "script_method", "strict_fusion",
           "annotate", "export", "fork", "freeze", "ignore", "interface",
           "is_scripting", "is_tracing", "load", "optimize_for_inference", "save", "script",
           "script_if_tracing", "set_fusion_strategy", "trace", "trace_module", "unused", "wait"]
answer_missing_names(__name__)
