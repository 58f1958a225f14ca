"""How a recording grows, and where it ends before somebody asks for a value.

:meth:`Growing.new_step` is what a call becomes where the path is new. All is written out in it: it
is what such a call takes longest for. :class:`Bounded` says that the recording is long, or at the
head of a loop.
"""

from __future__ import annotations

from collections.abc import Hashable
from sys import _getframe as getframe
from types import CodeType
from typing import Any, ClassVar

from ...config import config
from ..errors import user_place, whose
from ..graph import Node, _count
from .cutting import SIXTH, TIMES_CUT, VIEWS, Head, cuts, first_head, heads, look, was_cut
from .keys import Key
from .modes import Modes
from .operation import Operation
from .relatives import template_for
from .roots import what_ends
from .templates import Late, Template, quick
from .tree import NO_BRANCH, UNKNOWN, Step, tree

_new: Any = object.__new__


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


class Growing(Bounded):
    """The part of a recording that makes the steps of calls."""

    __slots__ = ()

    def new_step(self, key: Key, said: Any = None, operands: Any = None, mark: Hashable = None,
                 whatever: bool = False) -> Step | None:
        """The step of a call that is new, or has come once, by its template; None where there is
        more to look at, if it is not to come ``whatever`` that is. ``said`` is what is quick to say
        of the signature, where something is, and so may the ``operands`` be. With a ``mark`` it
        keeps the gradient, whatever the grad mode."""
        at = self.at
        if (following := at.next) is not NO_BRANCH:
            if following.__class__ is not dict and not whatever:
                return None
        elif at.only is not None:
            following = at.branches()
            found = following.get(mark or key)
            if found is not None:
                return found
        if (at.nodes > config.max_pending_nodes or at.nbytes > config.max_pending_bytes) and (
                not whatever):
            return None
        if not at.nodes & 255:
            self.look_around(at)
        frame: Any = getframe(2)
        code, instruction = frame.f_code, frame.f_lasti
        if whose[code.co_filename]:
            code, instruction = user_place(3)
        if heads and (key[0], code, instruction) in heads and not whatever and mark is None and (
                self.is_cut((key[0], code, instruction))):
            return None
        cut = None
        if not at.grad and mark is None:
            cut = what_ends(self.modes)
            said = None if said is None else (cut, said)
        template = quick.get(said)
        if template is None:
            template, operands = template_for(key, cut, (code, instruction), said)
        elif operands is None:
            operands = template.pick(key)
        if not template.plain or following is not NO_BRANCH or mark is not None:
            if template.cuts is not None:
                self.modes.cut = template.cuts, (code, instruction)
            return call_step(at, key, mark, template, operands, code, instruction)
        step, out = _new(Step), _new(Late)   # what call_step does
        out.form, step.out = template.forms[0], out
        out.template = step.template = template
        out.operands = step.operands = operands
        out.code, out.instruction = code, instruction
        out.index = next(_count)
        step.parent, step.grad = at, at.grad
        step.nodes, step.nbytes = at.nodes + 1, at.nbytes + template.nbytes
        step.walks = at.walks
        step.next, step.then = NO_BRANCH, UNKNOWN
        step.again, step.links = False, template.links
        step.only = step.after = step.mark = step._ends = None
        at.only = step   # another thread may do so at once: then one path is not found again
        tree.made += 1   # what Tree.count does
        if tree.newest is not at:
            tree.leave(at, key, step)
        tree.newest = step
        return step  # type: ignore[no-any-return]

    def look_around(self, at: Step) -> None:
        """Look now and then, in a recording that goes on where the path is new."""
        tree.look()
        if not at.nodes & 1023 and self.is_long():
            look(at)


def call_step(parent: Step, key: Key, mark: Hashable, template: Template,
              operands: tuple[Node, ...], code: CodeType | None, instruction: int) -> Step:
    """The step of a call at a place of the user's, with the nodes of its results, as what follows
    ``parent`` by its ``mark``, or ``key``."""
    step: Step = _new(Step)
    if template.single:
        only: Any = _new(Late)
        only.template = template
        only.form = template.forms[0]
        only.operands = operands
        only.code = code
        only.instruction = instruction
        only.index = next(_count)
        step.out = only
    else:
        step.out = template.several(operands, (code, instruction))
    step.parent = parent
    step.template = template
    step.operands = operands
    step.grad = parent.grad
    step.nodes = parent.nodes + 1
    step.nbytes = parent.nbytes + template.nbytes
    step.walks = parent.walks and not template.effect
    step.next = NO_BRANCH
    step.then = UNKNOWN
    step.again = False
    step.links = template.links
    step.only = step.after = step._ends = None
    step.mark = mark
    if parent.next is not NO_BRANCH or parent.only is not None:
        return tree.add(parent, mark or key, step)
    parent.only = step
    tree.made += 1   # what Tree.count does
    if tree.newest is not parent:
        tree.leave(parent, mark or key, step)
    tree.newest = step
    return step
