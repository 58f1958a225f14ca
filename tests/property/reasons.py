"""Why a program may give something else than PyTorch, and how that is told apart from a fault.

Each reason of :data:`REASONS` changes one of the two sides so that this reason is gone, and only
it: what differs no more then was that. The table in docs/conventions.md names them;
``tests/oracle/test_reasons.py`` has a program for each. Start with :func:`reason_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

import wengert
from wengert.config import config
from wengert.engine.recording.flushing import flush

Run = Callable[[Any], list[Any]]
Differ = Callable[[list[Any], list[Any]], bool]


class RowByRow(TorchFunctionMode):  # type: ignore[misc]
    """PyTorch with results that lie row by row, unless they are views."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in ("__get__", "__set__"):
            return out
        return _each(out, lambda y: y if any(y is a for a in args) or y._is_view()
                     or y.is_contiguous() else y.contiguous())


def _each(out: Any, change: Callable[[Any], Any]) -> Any:
    """``out`` with each of its tensors changed."""
    if isinstance(out, torch.Tensor):
        return change(out)
    if type(out) in (tuple, list):
        return type(out)(_each(part, change) for part in out)
    return out


@contextmanager
def kept_values() -> Iterator[None]:
    """PyTorch keeping copies of what its derivatives read."""
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x.clone(), lambda x: x):
        yield


@contextmanager
def looking_hooks() -> Iterator[None]:
    """Hooks on tensors may look and not change anything."""
    before = [(T.Tensor, T.Tensor.register_hook) for T in (torch, wengert)]

    def looking(register: Any) -> Any:
        return lambda self, hook: register(self, lambda ct: (hook(ct), None)[1])
    for kind, register in before:
        kind.register_hook = looking(register)
    try:
        yield
    finally:
        for kind, register in before:
            kind.register_hook = register


@contextmanager
def leaves_alone() -> Iterator[None]:
    """No gradient is asked for in a tensor that is the result of an operation."""
    before = [(T.autograd, T.autograd.grad) for T in (torch, wengert)]

    def of_leaves(grad: Any) -> Any:
        def found(outputs: Any, inputs: Any, *args: Any, **more: Any) -> Any:
            several = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
            return tuple(g if x.is_leaf else None for g, x in
                         zip(grad(outputs, several, *args, **more), several, strict=True))
        return found
    for place, grad in before:
        place.grad = of_leaves(grad)
    try:
        yield
    finally:
        for place, grad in before:
            place.grad = grad


@contextmanager
def ieee() -> Iterator[None]:
    """Here too a zero cotangent times infinity is NaN."""
    flush()
    config.strict_nan = True
    try:
        yield
    finally:
        flush()
        config.strict_nan = False


@contextmanager
def both(*parts: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """Several changes together."""
    if not parts:
        yield
        return
    with parts[0](), both(*parts[1:]):
        yield


REASONS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], ...]] = {
    "layout": (RowByRow,),
    "memory": (kept_values,),
    "hooks": (looking_hooks,),
    "nan": (ieee,),
    "on the way": (leaves_alone,),
    "layout, memory": (RowByRow, kept_values),
    "memory, hooks": (kept_values, looking_hooks),
}


def reason_of(run: Run, differ: Differ) -> str | None:
    """Why ``run(torch)`` and ``run(wengert)`` differ: a reason, "" if they do not, None if none of
    the reasons explains it."""
    if not differ(run(torch), run(wengert)):
        return ""
    for name, changes in REASONS.items():
        with both(*changes):
            if not differ(run(torch), run(wengert)):
                return name
    return None


def zeros_for_none(a: Any, b: Any) -> bool:
    """Whether one gradient is None and the other 0: a derivative that is 0 whatever the values."""
    given = [x for x in (a, b) if x is not None]
    return len(given) == 1 and not np.any(np.asarray(given[0]))


def rounding(run: Callable[[Any, float], list[Any]], differ: Differ, size: float) -> bool:
    """Whether PyTorch's own results differ when its inputs, which ``run`` is told to move by
    relative ``size``, do by no more than rounding: next to a comparison, or amplified."""
    base = run(torch, 0.0)
    return any(differ(base, run(torch, size * sign)) for sign in (1, -1, 2, -2))
