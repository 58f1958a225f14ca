"""Calls that are computed at once, which others tell that differ in sizes alone.

:class:`Told` is kept beside the closures of an operation (``entered.py``), by what the kinds of its
values say without sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from operator import le
from typing import Any

import numpy as np

from ..arrays import as_buffer
from ..errors import by_signal
from ..graph import Shape
from ..quiet import silenced, spoken
from .comparing import resolved
from .handle import kind_of
from .lying import strides_in
from .operation import Operation
from .program import picker
from .templates import Template

ndarray = np.ndarray


class Told:
    """What calls that are alike but for sizes have in common: the family that their templates are
    of."""

    __slots__ = ("family", "fits", "like", "links", "most", "pick")

    def __init__(self, template: Any, links: Any, given: Sequence[Any],
                 kinds: Sequence[Any]) -> None:
        self.family, self.like, self.links = template.family, template, links
        self.pick = picked(given, kinds)
        self.fits: list[int] = []
        """Sizes of which the results have few bytes: at ``most`` so many."""
        self.most = 0

    def closure(self, op: Operation, args: Sequence[Any], given: Sequence[Any],
                kinds: Sequence[Any], most: int) -> Any:
        """The closure for a call of the family, the kind of what it gives, and that for these
        values; False where it has more bytes, None where it fails, or is none of the family."""
        family = self.family
        lengths = args[1] if op.lengths else None
        shapes, strides = [], []
        for x, kind in zip(given, kinds, strict=True):
            if x.__class__ is ndarray:
                shapes.append(x.shape)
                strides.append(strides_in(x, kind) if kind.__class__ is tuple else None)
        sizes = family.sizes(shapes, strides, lengths)
        if sizes is None or not family.has(sizes):
            return None
        if not (most == self.most and all(map(le, sizes, self.fits))) and not (
                self.are_few(sizes, most)):
            return False
        links = self.links
        if lengths is not None:
            links = (links[0] and (op, lengths),)
        lie = resolved(family.lie, sizes) if family.lies else family.lie
        return computed(op, self.like, links, family.value.run(sizes), given, self.pick, lie)

    def are_few(self, sizes: Shape, most: int) -> bool:
        """Whether the results have at ``most`` so many bytes."""
        if self.most != most or not self.fits:
            self.most, self.fits = most, [0] * len(sizes)
        upto = [*map(max, sizes, self.fits)]
        for tried in (tuple([2 * n for n in upto]), tuple(upto), sizes):
            size = 0
            for shape, form in zip(self.family.results(tried)[0], self.like.forms,
                                   strict=True):
                size += prod(shape) * form.dtype.itemsize
            if size <= most:
                self.fits = [*tried]
                return True
        return False


def by_template(op: Operation, template: Any, given: Sequence[Any], kinds: Sequence[Any]) -> Any:
    """The same of a ``template`` that others tell."""
    if not takes(template, given, kinds):
        return None
    return computed(op, template, template.links, template.run, given, picked(given, kinds),
                    [form.strides for form in template.forms])


def picked(given: Sequence[Any], kinds: Sequence[Any]) -> Any:
    """What picks of the values those that a closure has arguments for; None where it has all."""
    there = [*map(is_given, given, kinds)]
    return picker([k for k, is_there in enumerate(there) if is_there]) if False in there else None


def computed(op: Operation, like: Template, links: Any, run: Callable[..., Any],
             given: Sequence[Any], pick: Any, strides: Sequence[Shape | None]) -> Any:
    """The closure ``run`` of a template that others tell, or of one ``like`` that, for these
    values, the kind of what it gives, and that; None where it fails."""
    if pick is not None:
        whole_run = run
        run = lambda *values: whole_run(*pick(values))
    token = silenced()
    try:
        whole = run(*given)
    except Exception as error:   # recorded, it says where
        if by_signal(error):
            raise
        return None
    finally:
        spoken(token)
    if like.single:
        kind = kind_of(whole if whole.__class__ is ndarray else as_buffer(
            whole, like.forms[0].dtype.numpy))
        return run, (kind, links[0], strides[0]) if op.view else kind, whole
    results = [kind_of(as_buffer(part, form.dtype.numpy)) for part, form in zip(
        whole, like.forms, strict=True)]
    return run, [*zip(results, links, strides, strict=True)] if op.view else tuple(results), whole


def takes(template: Template, given: Sequence[Any], kinds: Sequence[Any]) -> bool:
    """Whether a closure of the ``template`` takes these values in their order."""
    there = [x for x, kind in zip(given, kinds, strict=True) if is_given(x, kind)]
    first = len(there) - template.count
    return not template.flows and all((x.__class__ is ndarray) is (k < first)
                                      for k, x in enumerate(there))


def is_given(x: Any, kind: Any) -> bool:
    """Whether a closure has an argument for a value: it has none for what is left out, nor for a
    number that is a part of the call, as small exponents are."""
    return x.__class__ is ndarray or isinstance(kind, type)
