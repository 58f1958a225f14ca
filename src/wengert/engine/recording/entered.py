"""What computes a call of an operation at once, found when one of its kind comes first.

A call is known by the kinds of its values and by what is static (``at_once.py``). For one that is
new, the closure of its template is made for what it is given: :func:`entered`. Where calls that
differ in sizes alone have told what it computes (``families.py``), there is no template to be made:
the family is kept beside the closures, by what the kinds say without sizes (``told.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import as_buffer
from ..backends.closure import closure
from ..backends.elsewhere import on_devices
from ..devices import CPU, of_class
from ..dtypes import float32, from_numpy
from ..errors import user_place
from ..graph import Node
from ..lazy import lazy
from ..ops.structural import free, input_
from ..quiet import quiet
from .forms import MANY
from .handle import Array, Kind, kind_of
from .lying import LARGE, READ, WIDE, strides_in
from .modes import NEW, Modes
from .operation import DIMS, GIVEN, OPERANDS, Operation
from .recorder import PLAIN, static
from .relatives import template_for
from .roots import what_ends
from .strides import is_contiguous, strides_of
from .templates import Template, signature, templates

ndarray = np.ndarray
MOST = 1000
"""Of closures for one operation: beyond, all are forgotten."""
OFTEN = 8
"""So many calls of the same sizes are computed as if these were new: layers that are alike."""
NEVER: tuple[Any, Any] = (None, None)
"""What stands for a closure where a call is to be recorded."""
LARGER: tuple[Any, Any] = (None, True)
"""The same where it is to be recorded as long as paths are not new again and again."""
Found = tuple[Any, Any]
"""A closure, and the kind of what it gives, or of several values; of a view, with its link and its
strides. Of several views it gives these for each."""


def entered(op: Operation, table: dict[Any, Any], modes: Modes, key: Any, looks: bool,
            args: Sequence[Any], given: Sequence[Any], kinds: Sequence[Any]) -> Found:
    """The closure for a call that is new here, and the kind of its value. Of what is not static,
    the values are ``given``, and their ``kinds``. The closure that is returned may hold for this
    call alone."""
    wide = modes.novel >= NEW and not looks
    most = WIDE if wide else READ
    bytes_read = 0
    for x in given:
        if x.__class__ is ndarray:
            bytes_read = max(bytes_read, x.nbytes)
        elif x.__class__ in of_class:
            return noted(table, key, NEVER)
    if bytes_read > WIDE or (looks and bytes_read > READ):
        return noted(table, key, NEVER)
    said = beside_sizes(op, args, kinds)
    if not looks:
        for each in table.get(said, ()):
            found = each.closure(op, args, given, kinds, WIDE)
            if found is False:
                return noted(table, key, NEVER)
            if found is not None:
                if not wide and (bytes_read > READ or bytes_of(found[2]) > most_of(op)):
                    return seldom_noted(table, key, found)
                return first_noted(table, key, found)
    if bytes_read > most:
        return noted(table, key, LARGER)
    most = WIDE if wide else most_of(op)
    try:
        template, again = meant(op, modes, args, given, kinds)
    except Exception:   # recorded, it says where
        return NEVER
    if template.nbytes > most:
        return noted(table, key, NEVER if wide or looks else LARGER) if again else NEVER
    found = made(op, template, given, kinds, looks)
    if found is None:
        return NEVER
    if is_told(template) and again and found is not NEVER:
        if not looks:
            new = lazy("engine.recording.told").Told(template, template.links, given, kinds)
            table[said] = *table.get(said, ()), new
        return first_noted(table, key, found)
    return noted(table, key, found) if again else found


def views_entered(op: Operation, table: dict[Any, Any], modes: Modes, key: Any,
                  args: Sequence[Any], buf: Array, kind: Any) -> Found:
    """The closure for such a call that gives several views, and of each the kind, the link and the
    strides; of one that has to be recorded, nothing."""
    said = beside_sizes(op, args, (kind,))
    for each in table.get(said, ()):
        found = each.closure(op, args, (buf,), (kind,), READ)
        if found is not None:
            return noted(table, key, found[:2] if found else NEVER)
    try:
        template, again = meant(op, modes, args, [buf], [kind])
    except Exception:   # recorded, it says where
        return NEVER
    links = template.links
    if template.flows or links is None or on_devices(template.outs):
        return NEVER
    if is_told(template) and again:
        new = lazy("engine.recording.told").Told(template, links, (buf,), (kind,))
        table[said] = *table.get(said, ()), new
    run = closure(template.slots, template.outs, True)
    values = run(buf)
    if not all(value.__class__ is ndarray for value in values):
        return NEVER
    found = run, [(kind_of(value), link, None if is_contiguous(
        out.shape, strides_of(out)) else strides_of(out))
        for value, link, out in zip(values, links, template.outs, strict=True)]
    return noted(table, key, found) if again else found


def most_of(op: Operation) -> int:
    """The bytes of what a call gives at most."""
    return READ if op.view else LARGE


def noted(table: dict[Any, Any], key: Any, found: Found) -> Found:
    """What was ``found``, which is noted."""
    if len(table) > MOST:
        families = {said: each for said, each in table.items()
                    if said.__class__ is tuple and said[0] is MANY}
        table.clear()
        if len(families) < MOST // 2:
            table.update(families)
    table[key] = found
    return found


def bytes_of(value: Any) -> int:
    """The bytes of what a closure gave."""
    return sum(map(bytes_of, value)) if value.__class__ is tuple else value.nbytes


def seldom_noted(table: dict[Any, Any], key: Any, found: Any) -> Found:
    """What is computed at once as long as its sizes are new: of larger results. A recording of
    them would be new, too."""
    count = table.get((LARGER, key), 0)
    noted(table, (LARGER, key), count + 1)
    if count >= OFTEN:
        return noted(table, key, LARGER)
    _, kind, whole = found
    return (lambda *values: whole), kind


def first_noted(table: dict[Any, Any], key: Any, found: Any) -> Found:
    """What gives once more what a closure gave, and the kind of that; the closure is noted."""
    run, kind, whole = found
    noted(table, key, (run, kind))
    return (lambda *values: whole), kind


# ---- by a template ----


def meant(op: Operation, modes: Modes, args: Sequence[Any], given: Sequence[Any],
          kinds: Sequence[Any]) -> tuple[Template, bool]:
    """The template of a call of ``op`` with ``args``, and whether it is that of the next one too;
    what the composition raises where it is no legal call."""
    parts: list[Any] = [op]
    values = zip(given, kinds, strict=True)
    for kind, arg in zip(op.kinds, [*args, *[None] * (len(op.kinds) - len(args))], strict=True):
        if kind not in GIVEN and kind != OPERANDS:
            parts.append(arg if arg.__class__ in PLAIN else static(arg))
            continue
        found = [part_of(*next(values, (None, None))) for _ in (
            arg if kind == OPERANDS else (arg,))]
        parts.append(tuple(found) if kind == OPERANDS else found[0])
    call = tuple(parts)
    cut = None if modes.grad else what_ends(modes)
    template, operands = template_for(call, cut, user_place(), None)
    if op.view and template.links is None and len(operands) == 1 and op.name != "detach":
        template.links = (((op, *call[2:]) if template.shares else None,) if template.single else
                          tuple([(op.output(i), *call[2:]) if lies else None
                                 for i, lies in enumerate(template.shares)]))
    return template, templates.get(signature(call, cut)[0]) is template


def part_of(x: Any, kind: Any) -> Any:
    """What an argument with the value ``x`` is in a key."""
    if x.__class__ is not ndarray:
        return kind
    strides = strides_in(x, kind)
    return Node(input_, (), {} if strides is None else {"strides": strides}, x.shape,
                from_numpy(x.dtype), device=CPU)


def made(op: Operation, template: Template, given: Sequence[Any], kinds: Sequence[Any],
         looks: bool) -> Any:
    """The closure for calls of a ``template``, and the kind of its value, or of several; of a view,
    with its link; by calls that are like it but for sizes also what it gave. None where such a call
    has to be recorded, as it fails."""
    if template.effect or template.flows or (
            op.view and (not template.single or template.links is None)):
        return NEVER
    if is_told(template):
        return NEVER if looks else lazy("engine.recording.told").by_template(
            op, template, given, kinds)
    if on_devices(template.outs) or (
            looks and (not template.single or template.outs[0].size != 1)):
        return NEVER
    slots, numbers = iter(template.slots), iter(template.numbers)
    order = [next(slots) if x.__class__ is ndarray else next(numbers) if isinstance(kind, type)
             else free((), float32) for x, kind in zip(given, kinds, strict=True)]
    run = closure(order, template.outs, not template.single)
    try:
        with quiet():
            whole = run(*given)
    except Exception:   # recorded, it says where
        return None
    results = []
    for out, part in zip(template.outs, (whole,) if template.single else whole, strict=True):
        results.append(kind_of(as_buffer(part, out.dtype.numpy)))
    if op.view:
        links: Any = template.links
        strides = strides_of(template.outs[0])
        return run, (results[0], links[0], None if is_contiguous(
            template.outs[0].shape, strides) else strides)
    return run, results[0] if template.single else tuple(results)


# ---- by calls that are like it but for sizes ----


def beside_sizes(op: Operation, args: Sequence[Any], kinds: Sequence[Any]) -> tuple[Any, ...]:
    """What a call is known by, without the sizes of its values."""
    said: list[Any] = [MANY]
    for kind in kinds:
        if kind.__class__ is Kind:
            said.append(kind.like or like_of(kind))
        elif kind.__class__ is tuple and kind[0].__class__ is Kind:
            said += (kind[0].like or like_of(kind[0]), True)
        else:
            said.append(kind)
    if len(args) > len(kinds) or OPERANDS in op.kinds:
        for kind, arg in zip(op.kinds, args, strict=False):
            if kind == OPERANDS:
                said.append(len(arg))
            elif kind == DIMS and op.lengths:
                said += [MANY if n.__class__ is int and n > 1 else n for n in arg]
            elif kind not in GIVEN:
                said += (arg if arg.__class__ in PLAIN else static(arg), arg.__class__)
    return tuple(said)


def like_of(kind: Kind) -> tuple[Any, ...]:
    """What a kind is but for sizes."""
    like = kind.like = tuple([n if n < 2 else MANY for n in kind.shape]), kind.dtype
    return like


def is_told(template: Template) -> bool:
    """Whether others tell what a template is."""
    return template.__class__ is not Template


__all__ = ["entered", "views_entered"]
