"""Updates of many tensors by one operation, for optimisers; counts that are read without running.

:func:`update` records an operation of ``functions/optim_updates.py`` and writes its results to the
tensors that it was given. :func:`number_of` and :func:`set_number` keep a number in a 0-dim tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions.operation import OPERATIONS
from ..recording.handle import extra
from ..recording.recorder import look, take, wait
from ..recording.recording import here
from ..recording.sharing import check_writable, write

Tensors = Sequence[Any]


def update(name: str, grads: Tensors, written: Sequence[Tensors], *rest: Any) -> list[Any]:
    """Record the update ``name`` of the lists of tensors in ``written``, and write its results.

    ``rest`` are the arguments after the lists, one per parameter of the operation. The results
    that belong to no given list are returned, as new tensors. Nothing is written where an error is
    raised.
    """
    op = OPERATIONS[name]
    targets = [target for tensors in written for target in tensors]
    if here.grad:
        for target in targets:
            check_writable(target, "add")
    args = (grads, *written, *rest)
    rec, key, step, _ = take(op, args)
    count = len(written)
    olds = [node for nodes in key[2:2 + count] for node in nodes]
    outs = step.out
    for target, node, old in zip(targets, outs, olds, strict=False):
        write(target, node, old)
    made = [wait(rec, node) for node in outs[len(targets):]]
    look(rec, key, outs, (*targets, *made), args)
    return made


def number_of(tensor: Any) -> float:
    """The number in a tensor of one element; nothing runs if :func:`set_number` put it there."""
    buf = tensor._buf
    if buf is None or (tensor._x is not None and tensor._x.store is not None):
        return float(tensor.item())
    return float(buf.item())


def set_number(tensor: Any, number: float) -> None:
    """Write a number to a 0-dim tensor, at once."""
    buf, x = tensor._buf, tensor._x
    if buf is None or buf.shape or (x is not None and (x.store is not None or x.leaf)):
        tensor.fill_(number)
        return
    tensor._buf = np.array(number, buf.dtype)
    tensor._rec = None
    x = extra(tensor)
    x.version += 1
    x.origin = x.grad_fn = None


__all__ = ["number_of", "set_number", "update"]
