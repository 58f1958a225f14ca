"""Recording calls: from an operation and a user's arguments to a step and handles.

An operation takes a step in the trace tree. Along a known path that is one look-up and a new
handle; off it, the slow path runs the operation's composition once, with all its checks. Start with
:func:`record`; ``calls.py`` writes it out for each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...config import config
from ..arrays import filled, moved
from ..dtypes import DType, of_python
from ..graph import Node
from ..locks import exclusively
from .flushing import flush, value
from .handle import UNKNOWN, Array, Handle
from .index_spec import Spec
from .keys import Key
from .observers import Observer, resume
from .operation import DIMS, NUMBER, OPERANDS, SPECIAL, STATIC, STRUCTURAL, Operation
from .recording import Recording, device_of, dtype_of, here, shape_of, shows_again
from .replay import ALIAS
from .sharing import check_writable, share, share_again, write
from .tree import Nothing, Step
from .write import SEVERAL

_new = object.__new__


def look_from_here() -> None:
    """Have the recording go on along steps that are all looked at."""
    at = here.recording.at
    step = here.recording.at = Step(at, None, grad=at.grad)
    step.next = Nothing()


def tell_again(paused: tuple[Observer, ...]) -> None:
    """Tell those again whom a pause has left out, of the steps of a recording too that began
    meanwhile, where nobody was told; called when the grad mode is what it was before."""
    resume(here.modes, paused)
    if paused and not isinstance(here.recording.at.next, Nothing):
        look_from_here()


def key_of(rec: Recording, op: Operation, args: Sequence[Any], numbers: list[complex]) -> Key:
    """The step that calling ``op`` with ``args`` (one per parameter) is; adds to ``numbers``."""
    key: list[Any] = [op]
    for kind, arg in zip(op.kinds, args, strict=True):
        if kind in (STATIC, DIMS):
            key.append(arg if arg.__class__ in PLAIN else static(arg))
        elif kind == OPERANDS:
            key.append(tuple([_element(rec, a, numbers) for a in arg]))
        elif kind == STRUCTURAL and not isinstance(arg, Handle) and arg in SPECIAL:
            key.append((arg.__class__, arg))
        else:
            key.append(_element(rec, arg, numbers))
    return tuple(key)

PLAIN = frozenset([int, bool, type(None), str, float, DType, Spec])


def static(arg: Any) -> Any:
    """A static argument in hashable form: lists as tuples, 0-dim tensors as numbers."""
    if isinstance(arg, (tuple, list)):
        return tuple([a if a.__class__ in PLAIN else static(a) for a in arg])
    if isinstance(arg, Handle):
        return value(arg).item()
    if isinstance(arg, type):
        return of_python(arg) or arg
    return arg.item() if isinstance(arg, np.generic) else arg


def _element(rec: Recording, arg: Any, numbers: list[complex]) -> Any:
    if isinstance(arg, Handle):
        return arg._at if arg._rec is rec else rec.enter(arg)
    if arg is None:
        return None
    kind = arg.__class__
    if kind is not float and kind is not int and kind is not bool and kind is not complex:
        arg = as_number(arg)
        kind = arg.__class__
    numbers.append(arg)
    return kind


def as_python(value: Any) -> Any:
    """The Python number of a number of NumPy's; a truth value is a float to PyTorch."""
    return float(value) if value.dtype.char == "?" else value.item()


def as_number(value: Any) -> complex:
    """A Python number from a number of another kind; TypeError for anything else."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.shape):
        value = as_python(value)
    kinds: tuple[type[Any], ...] = (bool, int, float, complex)
    for kind in kinds:
        if isinstance(value, kind):
            number: complex = kind(value)
            return number
    if hasattr(value, "__float__") and not isinstance(value, (str, bytes, np.ndarray)):
        return float(value)
    raise TypeError(f"expected a Tensor or a number, not {type(value).__name__}")


def record(op: Operation, args: Sequence[Any]) -> Any:
    """Call ``op`` with ``args``, one per parameter: a handle, or a tuple of handles."""
    rec, key, step, numbers = take(op, args)
    out = step.out
    if out.__class__ is not tuple:
        result: Any = wait(rec, out)
    else:
        result = tuple([wait(rec, node) for node in out])
    if op.view:
        links = step.links
        if links is None:
            share(args[0], key, result, numbers, rec, step)
        else:
            for view, link in zip(result if out.__class__ is tuple else (result,), links):
                if link is not None:
                    share_again(args[0], view, link, numbers, rec)
    look(rec, key, out, result, args)
    return result


def record_write(op: Operation, args: Sequence[Any]) -> Any:
    """Call ``op`` and write the result to its first operand, which is returned."""
    target: Handle = args[0]
    check_writable(target, op.name)
    if target._x is not None and shows_again(target) and not is_read_only(target):
        way = _ways().get(op.name)
        if way is None:
            raise RuntimeError(SEVERAL)
        way(op, *args)
        return target
    if is_exposed(target):
        exclusively(lambda: _written(op, args))
    elif not _written(op, args):
        for _ in range(TRIES):
            if _written(op, args):
                return target
        exclusively(lambda: _written(op, args))
    return target


def expanded_are_written(ways: Callable[[], dict[str, Callable[..., None]]]) -> None:
    """Have tensors that show elements more than once be written to in these ways, by the names of
    operations."""
    global _ways
    _ways = ways


_ways: Callable[[], dict[str, Callable[..., None]]] = dict


def _written(op: Operation, args: Sequence[Any]) -> bool:
    """Whether the write was made; False where another thread came between."""
    rec, key, step, _ = take(op.in_place(), args)
    if write(args[0], step.out, key[1]):
        return False
    look(rec, key, step.out, args[0], args)
    return True


def is_exposed(handle: Handle) -> bool:
    """Whether NumPy may share the handle's memory: a write is then made at once."""
    x = handle._x
    return x is not None and x.store is not None and x.store.exposed is not None


def is_read_only(handle: Handle) -> bool:
    """Whether the handle's memory is that of an array that cannot be written."""
    x = handle._x
    return x is not None and x.store is not None and x.store.is_read_only()


TRIES = 3
"""A write that others came before so often makes them wait."""


def take(op: Operation, args: Sequence[Any],
         flushed: bool = False) -> tuple[Recording, Key, Step, tuple[complex, ...]]:
    """Take the step that calling ``op`` with ``args`` is, in a new recording if this one is full:
    the recording, the step's key, the step, its runtime numbers."""
    rec = here.recording
    numbers: list[complex] = []
    key = key_of(rec, op, args, numbers)
    step = rec.at.next.get(key) or rec.new_step(key)
    if step is None:
        if not flushed and rec.modes.lanes is None and rec.is_full(op):
            flush()
            return take(op, args, True)
        step = rec.build(key)
    rec.at = step
    rec.numbers.extend(numbers)
    return rec, key, step, tuple(numbers)


def take_known(op: Operation, args: Sequence[Any],
               lists: int) -> tuple[Recording, Key, Step] | None:
    """Take the step of a call along a known path; None where the path is new.

    The first ``lists`` arguments are lists of tensors.
    """
    rec = here.recording
    key: list[Any] = [op]
    for tensors in args[:lists]:
        key.append(tuple([t._at if t._rec is rec else rec.enter(t) for t in tensors]))
    numbers = []
    for kind, arg in zip(op.kinds[lists:], args[lists:], strict=True):
        if kind == NUMBER and (arg.__class__ is float or arg.__class__ is int):
            numbers.append(arg)
            key.append(arg.__class__)
        else:
            key.append(arg)
    found = tuple(key)
    step = rec.at.next.get(found)
    if step is None:
        return None
    rec.at = step
    rec.numbers.extend(numbers)
    return rec, found, step


def look(rec: Recording, key: Key, out: Any, result: Any, args: Sequence[Any]) -> None:
    """What the modes that look at every operation do after it."""
    for observer in here.modes.at_steps:
        observer.step_taken(rec, key, out, result, args)
    if config.tier == "eager" and rec.modes.open is None and not rec.captures:
        flush()


def wait(rec: Recording, node: Node) -> Handle:
    """A new handle that waits for the value of ``node``."""
    handle: Handle = _new(Handle._kind)
    handle._rec = rec
    handle._at = node
    handle._buf = None
    handle._kind_of = UNKNOWN
    handle._x = None
    rec.handles.append(handle)
    return handle


def alike(new: Handle, handle: Handle) -> Handle:
    """``new``, which stands for ``handle`` in a transform, of its class if that is one that stays.
    """
    if handle._stays:
        new.__class__ = handle.__class__
    return new


def record_fresh(handle: Handle) -> Handle:
    """A new handle with the value and history of ``handle``, and storage of its own."""
    rec = here.recording
    node = rec.enter(handle)
    x = handle._x
    if x is not None and (x.leaf or x.store is not None):
        node = rec.replayed((ALIAS, node), ())
    return wait_too(rec, node)


def wait_too(rec: Recording, node: Node) -> Handle:
    """A new handle for a node that others may wait for, which no step has made."""
    rec.renamed = True
    return wait(rec, node)


def hold_beside(handle: Handle, array: Array) -> Handle:
    """A new handle that has the value of a NumPy array on the device of ``handle``."""
    return hold(moved(array, device_of(handle)))


def hold_like(handle: Handle, number: complex, shape: tuple[int, ...] | None = None) -> Handle:
    """A new handle of one value, of the dtype and on the device of ``handle``, in its shape if no
    other is given."""
    return hold(filled(shape_of(handle) if shape is None else shape, number,
                       dtype_of(handle).numpy, device_of(handle)))


def hold(buf: Array) -> Handle:
    """A new handle that has the value ``buf``, which nobody may write from now on."""
    handle: Handle = _new(Handle._kind)
    handle._rec = None
    handle._buf = buf
    handle._x = None
    handle._kind_of = UNKNOWN
    return handle
