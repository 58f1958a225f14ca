"""Where a recording ends before somebody asks for a value: it is long, or at the head of a loop."""

from __future__ import annotations

from typing import ClassVar

from ...config import config
from ..errors import user_place
from .cutting import SIXTH, TIMES_CUT, VIEWS, Head, cuts, first_head, heads, was_cut
from .modes import Modes
from .operation import Operation
from .tree import Step


class Bounded:
    """The part of a recording that knows when it is to end."""

    __slots__ = ("head",)

    at: Step
    captures: ClassVar[bool]
    head: Head | None
    """The operation and place of its first call, once somebody has asked."""
    modes: Modes

    def first(self) -> Head | None:
        """The operation and place of its first call that is no view."""
        if self.head is None:
            found = first_head(self.at)
            if found is VIEWS:
                return found
            self.head = found
        return self.head

    def is_cut(self, head: Head) -> bool:
        """Whether this recording ends before a call at ``head``, of a loop whose length changes."""
        return head in heads and cuts(self.at, self.first(), head) and self.may_end()

    def is_long(self) -> bool:
        """Whether it is worth looking for a loop that goes on."""
        return self.at.nodes >= max(1, config.max_pending_nodes // SIXTH) and self.may_end()

    def may_end(self) -> bool:
        """Whether it may end before somebody asks for a value."""
        modes = self.modes
        return (modes.open is None and modes.lanes is None and not modes.mappings
                and not modes.held and not self.captures and not config.one_tier)

    def is_full(self, op: Operation) -> bool:
        """Whether this recording should be cut before ``op``: it is long, and at a loop head."""
        at = self.at
        if heads and self.is_cut(head := (op, *user_place(3))):
            was_cut(at, head)
            return True
        if at.nodes <= config.max_pending_nodes and at.nbytes <= config.max_pending_bytes:
            return False
        if (at.nodes > TIMES_CUT * config.max_pending_nodes
                or at.nbytes > TIMES_CUT * config.max_pending_bytes):
            return True
        return self.first() == (op, *user_place(3))
