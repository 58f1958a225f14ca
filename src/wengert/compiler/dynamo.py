"""``torch._dynamo``: what packages ask of PyTorch's compiler; this one needs not be told."""

from __future__ import annotations

import collections
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")
cache_size_limit = 8
suppress_errors = False
counters: collections.defaultdict[str, collections.Counter[str]] = collections.defaultdict(
    collections.Counter)
"""What was compiled how often: nothing by this."""


class _Config:
    """Switches, which are kept and change nothing."""

    suppress_errors = False
    cache_size_limit = recompile_limit = 8
    optimize_ddp = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def patch(self, *args: Any, **kwargs: Any) -> Any:
        """A block, or a decorator, without effect."""
        return _Nothing()


class _Nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None

    def __call__(self, fn: T) -> T:
        return fn


config = _Config()


class OptimizedModule:
    """A compiled module, for tests with ``isinstance``: ``torch.compile`` gives the module itself
    or a function."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("torch._dynamo.OptimizedModule is not in wengert: use "
                                  "torch.compile")


class TorchDynamoException(RuntimeError):
    """An error of PyTorch's compiler; nothing raises it."""


class Unsupported(TorchDynamoException):
    """What PyTorch's compiler does not take; nothing raises it."""


class TransformGetItemToIndex(_Nothing):
    """A block without effect: a tensor without dimensions may be an index in ``vmap`` anyway."""


def optimize(backend: Any = None, *args: Any, **kwargs: Any) -> Any:
    """A decorator that gives back the function."""
    return lambda fn: fn


def run(fn: T) -> T:
    """``fn`` itself."""
    return fn


assume_constant_result = disallow_in_graph = forbid_in_graph = nonstrict_trace = run


def substitute_in_graph(original_fn: Any, *args: Any, **kwargs: Any) -> Any:
    """A decorator that gives back the function."""
    return lambda fn: fn


def is_compile_supported(device_type: Any) -> bool:
    """Whether ``torch.compile`` takes programs of a device: those of the CPU."""
    return str(device_type) == "cpu"


def graph_break(msg: str = "") -> None:
    """Nothing."""


def is_dynamo_supported() -> bool:
    """False."""
    return False


def mark_dynamic(t: Any, index: Any, *args: Any, **kwargs: Any) -> None:
    """Nothing: another length compiles nothing new."""


mark_static = mark_static_address = maybe_mark_dynamic = mark_dynamic
