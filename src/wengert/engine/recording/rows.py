"""Parts of what stands still, as operands: rows of a tensor that a loop reads.

A view of a tensor with a value and no history takes its step when it is used. :class:`Rows` is the
part of :class:`~.recording.Recording` that enters such a view by itself, as its value, so that a
path is the same whatever the view is a part of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Node, Shape
from . import keys
from .cutting import heads
from .handle import DEFERRED, Array, Handle, Kind, Seen, Store, kind_at, part_of_whole
from .novelty import LIGHT

ndarray = np.ndarray


class Rows:
    """The part of a recording with rows."""

    __slots__ = ()

    def enter_row(self: Any, view: Handle, seen: Any) -> Node | None:
        """The operand of a view whose step was put off until now, of what has its value and no
        history, where such a part has entered here before; None where there is more to look at.
        """
        if view._rec is not None or (waits := seen.waits).__class__ is not tuple:
            return None
        whole, chain, lies = waits
        if lies != DEFERRED or len(chain) != 1:
            return None
        alone: Node | None = self.enter_alone(view, waits) if self.modes.light >= LIGHT else None
        if alone is not None:
            return alone
        if not heads or view._buf is not None:
            return None
        if whole.__class__ is Store:
            members, buf = whole._members, whole._buf
            base = members[0]() if members else None
            if base is None or base is view or buf is None or whole.exposed is not None or (
                    base._buf is not buf or base._rec is not None or (of := base._x) is None
                    or of.chain or of.leaf or of.origin is not None):
                return None
        else:
            base, buf = whole, whole._buf
            if buf.__class__ is not ndarray or base._rec is not None or (
                    base._x.__class__ is not Seen or base._x.waits.__class__ is not list):
                return None
        known, kind = base._kind_of
        if known is not buf:
            kind = kind_at(base, buf)
        following, numbers = self.at.next, chain[0][1]
        like = kind.parts.get(len(numbers))
        step = None if like is None else following.get(like)
        if like is None or step is None or kind in following or not self.may_end():
            return None
        part = buf[numbers[0]] if like.shape and len(numbers) == 1 else buf[(*numbers, ...)]
        if base._buf is not buf or seen.waits is not waits or view._rec is not None:
            return None   # another thread has written to it meanwhile
        # Since that look no call: see the class.
        found: Node = step.out
        view._rec, view._at, view._buf = self, found, part
        view._kind_of = part, like
        self.at = step
        self.inputs.append(part)
        return found

    def enter_alone(self: Any, view: Handle, waits: tuple[Any, ...]) -> Node | None:
        """The same where recordings come to nothing (``novelty.py``): of what many such views are
        of nothing is asked, which would have all of them enter shared storage."""
        whole, part = waits[0], view._buf
        state = whole._x
        if state.__class__ is not Seen or state.waits.__class__ is not list or (
                whole._rec is not None or whole._buf.__class__ is not ndarray):
            return None
        if part is None:
            part = part_of_whole(view, waits)
        return None if part is None else self.enter_part(view, part, None)

    def is_known(self: Any, base: Kind, link: tuple[Any, ...]) -> bool:
        """Whether the view ``link`` of a ``base`` that would enter here has been taken before, or
        is to be, since this recording cannot be cut."""
        at = self.at
        given = (at.next if at.only is None else at.branches()).get(base)
        if given is not None:
            key = link[0], given.out, *link[1:]
            follows = given.branches()
            if key in follows or keys.replay(key) in follows:
                return True
        return not self.may_end()

    def enter_part(self: Any, view: Handle, part: Array, strides: Shape | None) -> Node:
        """The operand that a view of what nobody writes to is by itself: its value, so that it is
        the same whatever it is a part of."""
        node: Node = self.new_input(part, None, strides)
        view._rec, view._at, view._buf = self, node, part
        return node
