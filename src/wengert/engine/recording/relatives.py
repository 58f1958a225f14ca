"""The template of a call, and which templates are compared to find it.

A sentence, a graph, a cache that grows has another length each time, and so each call of theirs has
another signature. Templates whose signatures are equal but for sizes are :class:`Kin`: the first of
them are compared with each other (``families.py``), and where that comes to something, the
templates of other sizes follow from them. Start with :func:`template_for`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from ..devices import CPU
from ..errors import Place
from ..graph import Node
from ..lazy import lazy
from .forms import MANY, MOST, Form
from .keys import Key, lengths_in
from .pieces import joined_as_they_are
from .templates import Template, kin, new_template, note, note_quick, signature, templates

KEPT = 3
"""So many templates of a kind are compared with each other; where none of them are of a family, the
next are not looked at, unless that is for their sizes."""
TRIED = 24
"""So many are kept in all, where two had sizes that tell nothing, or others than a family has."""
WIDENED = 8
"""So many times a family is asked to have smaller sizes."""

class Kin:
    """Templates that are equal but for the sizes of operands."""

    __slots__ = ("asked", "compared", "families", "templates", "tried", "unclear")

    def __init__(self) -> None:
        self.templates: list[Template] = []
        self.families: list[Any] = []
        self.compared: set[tuple[Template, Template]] = set()
        self.unclear = False
        """Whether the sizes of two told nothing, as one follows from the other in both."""
        self.tried = 0
        self.asked: Template | None = None
        """The last one of which it is known whether it is a join."""


def beside_sizes(parts: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """A signature without the sizes of operands; None where there are no families."""
    found = []
    for part in parts:
        if part.__class__ is Form:
            if part.device is not CPU:
                return None
            part = part.like or part.first_like()
        found.append(part)
    if parts[1].lengths:
        found = [MANY if part.__class__ is int and part > 1 else part for part in found]
    return tuple(found)


def said_of(key: Key, operands: Sequence[Node]) -> tuple[Any, ...]:
    """The shapes and strides of operands, and the lengths among the arguments, if there are any."""
    forms = [node.form for node in operands]
    return ([form.shape for form in forms], [form.strides for form in forms],
            lengths_in(key))


def relative(known: Kin, key: Key, operands: Sequence[Node], cut: str | None) -> Template | None:
    """The template of a call with these operands, if two others tell it."""
    if known.families:
        shapes, strides, lengths = said_of(key, operands)
        for family in known.families:
            sizes = family.sizes(shapes, strides, lengths)
            if sizes is not None and family.has(sizes):
                found: Template = family.template(sizes, operands, cut, lengths)
                return found
    last = known.templates[-1] if known.templates else None
    if last is not known.asked and last is not None:
        known.asked = last
        if joined_as_they_are(last.slots, last.outs) is not None:
            known.families.append(lazy("engine.recording.families").Joins(last))
            return relative(known, key, operands, cut)
    for pair in combinations(known.templates, 2):
        if pair in known.compared:
            continue
        known.compared.add(pair)
        a, b = pair
        if a._pieces() is not None or b._pieces() is not None:
            continue
        family = lazy("engine.recording.families").family_of(a, b)
        if family is False:
            known.unclear = True
        elif family is not None:
            known.families.append(family)
            return relative(known, key, operands, cut)
    return None


def add_relative(known: Kin, key: Key, template: Template, operands: Sequence[Node]) -> None:
    """Take note of a template that no others tell."""
    if known.families:
        said = said_of(key, operands)
        for family in known.families:
            sizes = family.sizes(*said)
            if sizes is not None and family.widened < WIDENED:
                family.widen(template, sizes)
                return
    if template.effect:
        return
    if len(known.templates) >= KEPT:
        if known.tried >= TRIED or not (known.unclear or known.families):
            return
        known.tried += 1
        gone = known.templates.pop(0)
        known.compared = {pair for pair in known.compared if gone not in pair}
    known.templates.append(template)


def template_for(key: Key, cut: str | None, where: Place,
                 said: Any) -> tuple[Template, tuple[Node, ...]]:
    """The template of a call, and its operands; noted under what was ``said`` of it, if anything
    was."""
    parts, operands = signature(key, cut)
    template = templates.get(parts)
    if template is None:
        others = beside_sizes(parts)
        known = None if others is None else kin.get(others)
        template = None if known is None else relative(known, key, operands, cut)
        if template is not None:
            note(parts, template)
        else:
            template = new_template(key, cut, where, parts)
            if others is not None and templates.get(parts) is template:
                if known is None:
                    if len(kin) > MOST:
                        kin.clear()
                    known = kin[others] = Kin()
                add_relative(known, key, template, operands)
    note_quick(said, template, parts)
    return template, operands
