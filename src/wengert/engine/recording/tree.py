"""The trace tree: every path that recordings have taken, with what is known about each step.

A :class:`Step` is reached by a key (operation, operand nodes, static arguments) from its parent;
that a step is there is the proof that its shapes, dtypes and errors were checked. Programs planned
for a recording that ends at a step are kept on it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from types import MappingProxyType
from typing import Any

from ...config import config
from ..errors import Line
from ..garbage import seldom
from ..graph import Node
from ..locks import growing

_new = object.__new__
UNKNOWN = (None, None, None, None)
NO_ENDING = (None, None)
NONE_FREED: Any = MappingProxyType({})
NO_BRANCH: dict[Hashable, Any] = {}
"""The ``next`` of a step that nothing has followed, or only one call so far; nobody adds to it."""
NOTHING_GIVEN: tuple[Any, ...] = ((), (), (), NONE_FREED)

NO_TALLY = -1, None


class Ends:
    """What is known of recordings that ended at a step: their ``programs``, by the nodes that were
    waited for, and ``endings``, which find one sooner by the counts of their handles' references.
    """

    __slots__ = ("again", "backwards", "before", "endings", "estimate", "head", "light", "programs",
                 "recent", "tally")

    def __init__(self) -> None:
        self.programs: dict[tuple[Node, ...], Any] = {}
        self.endings: dict[tuple[int, ...], Any] = {}
        self.recent: tuple[Any, Any] = NO_ENDING
        """The ending that was found last, after its counts: comparing them is quicker than a look
        into ``endings``."""
        self.backwards: dict[tuple[int, ...], Any] = {}
        """What is known of backwards that began here, by what they go on through (``worth.py``)."""
        self.again: Any = None
        """What is known of those that were to be differentiated again, or were derivatives of such
        (``worth.Again``)."""
        self.estimate: Any = None
        """What the path to here costs, once that was asked."""
        self.head: Any = None
        """The operation and place of the first call on the path to here, once that was asked."""
        self.before: Any = None
        """The same of the loop that begins here, where recordings are cut for it."""
        self.tally: tuple[int, Any] = NO_TALLY
        """What is counted of the loop whose head a path to here begins at, and when that was asked
        (``cutting.py``)."""
        self.light: bool | None = None
        """Whether its calls take no longer where each is computed as it is called, once that was
        asked."""


class Step:
    """One step of a path: what it made, and the steps that were seen to follow it.

    ``out`` is the node (or tuple of nodes) of the result; ``inputs``, ``numbers`` and ``sources``
    are the nodes that this step adds to those of the path; ``nodes`` and ``nbytes`` count the path
    so far. ``freed`` are the nodes whose residuals a backward has freed that is this step, with its
    line. ``template`` is that of a call, with its ``operands``.

    Most steps of a path that comes once are followed by one call, or by one input: that is
    ``only``, and is entered in ``next`` when a path comes there again (:meth:`branches`). The key
    of a call follows from its template and its operands, or is its ``mark``, as that of others.

    Every field is set from the start, and the class has no ``__getattr__``: with one, each look at
    any field would take Python several times as long.
    """

    __slots__ = ("_ends", "_given", "after", "again", "grad", "links", "mark", "nbytes",
                 "next", "nodes", "only", "operands", "out", "parent", "template", "then", "walks")

    def __init__(self, parent: Step | None, out: Any, *, grad: bool,
                 inputs: tuple[Node, ...] = (), numbers: tuple[Node, ...] = (),
                 sources: tuple[Node, ...] = (), nodes: int = 0, nbytes: int = 0,
                 freed: dict[Node, Line | None] = NONE_FREED, walks: bool = False) -> None:
        self.parent = parent
        self.out = out
        self.grad = grad
        self.template: Any = None
        self.operands: tuple[Node, ...] = ()
        self._given = inputs, numbers, sources, freed
        self.next: dict[Hashable, Step] = NO_BRANCH
        self.only: Step | None = None
        self.mark: Hashable = None
        self.then: tuple[Any, ...] = UNKNOWN
        """The step that followed last by an operator of two operands: it, and what its key was."""
        self.nodes: int
        self.nbytes: int
        self.walks: bool
        """Whether the path so far can be walked, step by step (``walking.py``)."""
        if parent is None:
            self.nodes, self.nbytes, self.walks = nodes, nbytes, True
        else:
            self.nodes, self.nbytes = nodes + parent.nodes, nbytes + parent.nbytes
            self.walks = walks and parent.walks
        self.after: Step | None = None
        """Where this step has written to a leaf: the step after it, which is its new value."""
        self.links: tuple[tuple[Any, ...] | None, ...] | None = None
        """Of a view, for each result: the operation without its operand as part of a chain, or None
        where it shares nothing; None where that was not asked, or there is more to look at."""
        self._ends: Ends | None = None
        self.again: bool = False
        """Whether a recording that has come more than once leads through it."""

    @property
    def ends(self) -> Ends:
        """What is known of recordings that ended here."""
        found = self._ends
        if found is None:
            found = self._ends = Ends()
        return found

    def branches(self) -> dict[Hashable, Step]:
        """What has followed, where somebody can add to it."""
        if self.next is NO_BRANCH or self.only is not None:
            with growing:
                if self.next is NO_BRANCH:
                    self.next = {}
                if (only := self.only) is not None:
                    key = only.mark or only.template.key_of(only.operands)
                    self.next.setdefault(key, only)
                    self.only = None
        return self.next

    def keep(self, steps: set[Step]) -> None:
        """Forget what has followed, but for ``steps``."""
        self.then = UNKNOWN
        if self.only not in steps:
            self.only = None
        if self.next is not NO_BRANCH:
            self.next = {key: step for key, step in list(self.next.items()) if step in steps}

    def ways(self) -> list[tuple[Hashable, Step]]:
        """All that has followed, with its keys; None for what is ``only``."""
        found = list(self.next.items())
        return found if self.only is None else [*found, (None, self.only)]

    def followers(self) -> list[Step]:
        """All that has followed."""
        found = list(self.next.values())   # operators add to it without a lock
        return found if self.only is None else [*found, self.only]

    @property
    def programs(self) -> dict[tuple[Node, ...], Any]:
        """The programs of recordings that ended here, by the nodes that were waited for."""
        return self.ends.programs

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes of its inputs."""
        inputs: tuple[Node, ...] = self._given[0] if self.template is None else ()
        return inputs

    @property
    def sources(self) -> tuple[Node, ...]:
        """The nodes that are sources from here on."""
        sources: tuple[Node, ...] = self._given[2] if self.template is None else ()
        return sources

    @property
    def freed(self) -> dict[Node, Line | None]:
        """The nodes that it has freed, if it is a backward."""
        freed: dict[Node, Line | None] = self._given[3] if self.template is None else NONE_FREED
        return freed

    @property
    def numbers(self) -> tuple[Node, ...]:
        """The nodes of its runtime numbers."""
        template = self.template
        if template is None:
            given: tuple[Node, ...] = self._given[1]
            return given
        if not template.count:
            return ()
        node = self.out if template.single else self.out[0]
        numbers: tuple[Node, ...] = node.numbers
        return numbers

    @property
    def count(self) -> int:
        """How many runtime numbers it has."""
        template = self.template
        count: int = len(self._given[1]) if template is None else template.count
        return count

    def comes_again(self) -> None:
        """Note that a recording that ended here before has come again."""
        step: Step | None = self
        while step is not None and not step.again:
            step.again = True
            step = step.parent

    def path(self) -> list[Step]:
        """The steps from the root to this one."""
        steps = []
        step: Step | None = self
        while step is not None:
            steps.append(step)
            step = step.parent
        return steps[::-1]


attend: Callable[[], None] = lambda: None
"""Looks which modes hold now; set by ``scopes.py``."""


class Nothing(dict[Hashable, Step]):
    """The ``next`` of a step in a mode that must look at every operation: it keeps nothing."""

    def get(self, key: Hashable, default: Any = None) -> Any:
        attend()
        return default

    def __setitem__(self, key: Hashable, step: Step) -> None:
        step.next = Nothing()


GONE = Nothing()
"""The ``next`` of steps that were forgotten: what a recording still adds to them is not kept."""


class LookingStep(Step):
    """A step that remembers no step after it but by its ``next``."""

    __slots__ = ()

    then = property(lambda self: UNKNOWN, lambda self, kept: None)


def looking(step: Step, following: dict[Hashable, Step]) -> Step:
    """``step``, new, whose look-ups all go to ``following``."""
    step.__class__ = LookingStep
    step.next = following
    return step


def lined_root(grad: bool) -> Step:
    """Where a recording starts in which lines are part of the steps; set by ``scopes.py``."""
    raise AssertionError("scopes.py is loaded with the library")


YOUNG = 10_000
"""So many new steps later, a path that has not come again is forgotten."""
LEAST = 4
"""But for the last paths, however long they are."""
EACH = 256
"""After so many new steps it is said again how many there are."""


class Tree:
    """The roots, one per grad mode, and the count of steps.

    What has come once is forgotten soon: the paths that were taken last are in ``young``, each as
    the step at which it left those known before, and go when ``YOUNG`` steps have come after them,
    unless a program of theirs has run again. What has come again stays until the tree is full.
    ``newest`` is the step that was made last; ``made`` counts all, ``gone`` those forgotten.
    """

    def __init__(self) -> None:
        self.made = 0
        self.gone = 0
        self.looked = 0
        """How many were made when it was last said how many there are."""
        self.newest: Step | None = None
        self.young: deque[tuple[Step, Hashable, Step, int]] = deque()
        self.begun: set[Step] = set()
        """The first steps of those."""
        self.roots = {True: Step(None, None, grad=True), False: Step(None, None, grad=False)}

    @property
    def steps(self) -> int:
        """How many there are."""
        return self.made - self.gone

    def plain(self, parent: Step, key: Hashable, out: Any, grad: bool, given: tuple[Any, ...],
              nbytes: int = 0) -> Step:
        """A new step of one node at most that is no call and can be walked, as what follows
        ``parent`` by ``key``: what ``Step()`` and :meth:`add` make, in less time. ``given`` are its
        inputs, numbers, sources and freed nodes. Where nothing has followed, it becomes ``only``,
        and is made once more when a path comes there again."""
        step: Step = _new(Step)
        step.parent, step.out, step.grad, step._given = parent, out, grad, given
        step.operands = ()
        step.next, step.then, step.again = NO_BRANCH, UNKNOWN, False
        step.nodes = parent.nodes if out is None else parent.nodes + 1
        step.nbytes, step.walks = parent.nbytes + nbytes, parent.walks
        step.template = step.only = step.after = step.links = step.mark = step._ends = None
        if parent.next is not NO_BRANCH or parent.only is not None:
            return self.add(parent, key, step)
        step.mark = key
        parent.only = step   # another thread may do so at once: see new_step
        self.made += 1   # what count() does
        if self.newest is not parent:
            self.leave(parent, key, step)
        self.newest = step
        return step

    def add(self, parent: Step, key: Hashable, step: Step) -> Step:
        """Enter ``step`` as what follows ``parent`` by ``key``."""
        following = parent.branches()
        if following.__class__ is not dict:
            if following.__class__ is Nothing:
                following[key] = step
                return step
            with growing:
                following[key] = step
        elif (known := following.setdefault(key, step)) is not step:
            return known   # another thread was quicker
        self.count(parent, key, step)
        return step

    def beside(self, parent: Step, key: Hashable, step: Step) -> Step:
        """Enter by ``key`` what is noted of the path to ``parent``: no recording goes on there."""
        following = parent.branches()
        following[key] = step
        self.made += following.__class__ is dict
        return step

    def count(self, parent: Step, key: Hashable, step: Step) -> None:
        """Count a new ``step``."""
        # Threads may count at once: the count is about right.
        self.made += 1
        if self.newest is not parent:
            self.leave(parent, key, step)
        self.newest = step

    def leave(self, parent: Step, key: Hashable, step: Step) -> None:
        """Note that a new ``step`` leaves what was known before, and forget what is old."""
        with growing:
            self.enter_young(parent, key, step)
            while len(self.young) > LEAST and self.made - self.young[0][3] > YOUNG:
                self.forget_once(*self.young.popleft()[:3])
        self.look()

    def look(self) -> None:
        """Look whether there are too many: where a path is left, and now and then on a new one."""
        if self.made - self.looked >= EACH:
            self.looked = self.made
            seldom(self.steps)
        if self.steps > config.max_tree_steps:
            with growing:
                self.forget()

    def forget_once(self, parent: Step, key: Hashable, step: Step) -> None:
        """Drop the path that left ``parent`` by ``key``, if it has not come again. What leads to
        younger ones that have left it stays, to be looked at again when they are old."""
        self.begun.discard(step)
        if step.again or (parent.only is not step and parent.next.get(key) is not step):
            return
        ways, path, stem = self.old_part(step)
        stays = stem | self.begun if stem else stem
        for each in stem:
            each.keep(stays)
        cut(path)
        for each in ways:
            each.only = None
        self.gone += len(path) + len(ways)
        if stem:
            self.enter_young(parent, key, step)
        elif parent.only is step:
            parent.only = None
        else:
            del parent.next[key]
        parent.then = UNKNOWN

    def old_part(self, step: Step) -> tuple[list[Step], list[Step], set[Step]]:
        """The steps from ``step`` on, but for younger paths that have left them: those from where
        one way alone goes on, as most are; the others; and those that lead to younger ones."""
        begun, path, ways = self.begun, list[Step](), list[Step]()
        stem, seen, todo = set[Step](), {step}, [step]
        while todo:
            each = todo.pop()
            way = [each]
            while each.next is NO_BRANCH and (only := each.only) not in begun and only is not None:
                way.append(only)
                each = only
            if each.next is NO_BRANCH and each.only is None:
                ways += way
                continue
            path += way
            for follower in each.followers() if each.next.__class__ is not Nothing else ():
                if follower in begun:
                    stem.add(each)
                elif follower not in seen:   # several ways may lead to one
                    seen.add(follower)
                    todo.append(follower)
        for each in list(stem):
            while each is not step and each.parent is not None and each.parent not in stem:
                each = each.parent
                stem.add(each)
        return ways, [each for each in path if each not in stem], stem

    def enter_young(self, parent: Step, key: Hashable, step: Step) -> None:
        """Note that a path has left ``parent`` by ``key`` now."""
        self.young.append((parent, key, step, self.made))
        self.begun.add(step)

    def take_back(self, parent: Step, step: Step) -> None:
        """Forget ``step`` if it was made last and alone follows ``parent``: a path that goes on
        from there is then no branch."""
        if parent.only is step and step is self.newest and (
                step.only is None and step.next is NO_BRANCH and step._ends is None):
            parent.only = None
            self.newest = parent
            self.gone += 1

    def drop(self, parent: Step, key: Hashable, step: Step) -> None:
        """Forget ``step``, which follows ``parent`` by ``key``, and all after it."""
        path = _reached([step], set())
        self.begun -= path
        self.gone += len(path)
        cut(path)
        if parent.only is step:
            parent.only = None
        else:
            del parent.next[key]
        parent.then = UNKNOWN

    def forget(self) -> None:
        """Drop the older half of the paths at the roots; recordings keep the paths they are on."""
        dropped: list[Step] = []
        for root in self.roots.values():
            root.then = UNKNOWN
            first = root.branches()
            dropped += [first.pop(key) for key in list(first)[:(len(first) + 1) // 2]]
        kept = _reached(self.roots.values(), set())
        self.gone = self.made - len(kept)
        cut(_reached(dropped, kept))
        if self.steps > config.max_tree_steps:
            self.clear()

    def clear(self) -> None:
        """Forget every path."""
        before = list(self.roots.values())
        self.roots = {grad: Step(None, None, grad=grad) for grad in (True, False)}
        self.gone = self.made
        self.young.clear()
        self.begun.clear()
        self.newest = None
        cut(_reached(before, set()))


def _reached(steps: Iterable[Step], known: set[Step]) -> set[Step]:
    """The steps and all that follow them, but for those that are known."""
    stack = [step for step in steps if step not in known]
    seen = set(stack)
    while stack:
        for step in stack.pop().followers():
            if step not in seen and step not in known:
                seen.add(step)
                stack.append(step)
    return seen


def path_counts(at: Step) -> tuple[int, int]:
    """How many inputs and numbers the path to ``at`` has."""
    path = at.path()
    return sum(len(step.inputs) for step in path), sum(step.count for step in path)


def cut(dropped: Iterable[Step]) -> None:
    """Have dropped steps not hold what follows them, which holds them: so they go, with their
    programs and the machine code of those, as soon as nothing stands on them."""
    for step in dropped:
        step.then, step.only = UNKNOWN, None
        if step.next.__class__ is dict:
            step.next = GONE


tree = Tree()
