"""Updates of many tensors by one operation, for optimisers; counts that are read without running.

:func:`update` records an operation of ``functions/optim_updates.py`` and writes its results to the
tensors that it was given. :func:`number_of` and :func:`set_number` keep a number in a 0-dim tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import get_ident
from typing import Any

from ..engine.locks import exclusively, sharing
from ..engine.recording.handle import buffer_of, shared_store
from ..engine.recording.keys import Key
from ..engine.recording.operation import Operation
from ..engine.recording.rebinding import write_number
from ..engine.recording.recorder import is_exposed, is_read_only, look, take, take_known, wait
from ..engine.recording.recording import Recording, here
from ..engine.recording.sharing import check_writable, write
from ..engine.recording.tree import Step

Tensors = Sequence[Any]


def update(op: Operation, grads: Tensors, written: Sequence[Tensors], *rest: Any) -> list[Any]:
    """Record the update ``op`` of the lists of tensors in ``written``, and write its results.

    ``rest`` are the arguments after the lists, one per parameter of the operation. The results
    that belong to no given list are returned, as new tensors. Nothing is written where an error is
    raised.
    """
    args = (grads, *written, *rest)
    if here.modes.grad:
        for tensors in written:
            for target in tensors:
                check_writable(target, "add")
    if sharing.exclusive != get_ident():
        return exclusively(lambda: _update(op, args, written))
    return _update(op, args, written)


def _update(op: Operation, args: Sequence[Any], written: Sequence[Tensors]) -> list[Any]:
    rec, key, step = take_known(op, args, 1 + len(written)) or take(op, args)[:3]
    targets = [target for tensors in written for target in tensors]
    if any(map(is_exposed, targets)):
        return _copy(rec, key, step, targets, args)
    olds = [node for nodes in key[2:2 + len(written)] for node in nodes]
    outs = step.out
    for target, node, old in zip(targets, outs, olds, strict=False):
        write(target, node, old)
    made = [wait(rec, node) for node in outs[len(targets):]]
    look(rec, key, outs, (*targets, *made), args)
    return made


def _copy(rec: Recording, key: Key, step: Step, targets: Tensors,
          args: Sequence[Any]) -> list[Any]:
    """Write the results of ``step`` one by one, from tensors of their own."""
    for target in targets:
        if is_exposed(target) and is_read_only(target):
            target.zero_()   # raises the error, before anything is written
    results = [wait(rec, node) for node in step.out]
    look(rec, key, step.out, tuple(results), args)
    for target, result in zip(targets, results, strict=False):
        target.copy_(result)
    return results[len(targets):]


def number_of(tensor: Any) -> float:
    """The number in a tensor of one element; nothing runs if :func:`set_number` put it there."""
    buf = buffer_of(tensor)
    if buf is None or shared_store(tensor) is not None:
        return float(tensor.item())
    return float(buf.item())


def set_number(number: float, *tensors: Any) -> None:
    """Write a number to 0-dim tensors, at once."""
    for tensor in tensors:
        if not write_number(tensor, number):
            tensor.fill_(number)


__all__ = ["number_of", "set_number", "update"]
