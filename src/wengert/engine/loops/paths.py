"""Which items depend on which while groups grow: whether a group may take in a node, or another.

Two groups cannot become one if a path leads from one to the other through a third item, which
would have to run after the one and before the other. Each item has a *level*, above the levels of
all that it depends on, so that only items between two levels can be on a path between them. A
search is bounded: after :data:`FARTHEST` dependencies a path is taken for granted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

FARTHEST = 1000
"""A search looks at no more dependencies than this."""
Levels = dict[int, int]
"""Items, and the levels that they come to have."""


class Paths:
    """The dependencies between items, which are numbered as they enter."""

    def __init__(self) -> None:
        self.before: list[set[int]] = []
        """What each item depends on directly."""
        self.after: list[set[int]] = []
        """What depends on each item directly."""
        self.levels: list[int] = []

    def enter(self, owners: Collection[int]) -> None:
        """A new item, which depends on ``owners``."""
        new, levels = len(self.levels), self.levels
        levels.append(max([levels[i] for i in owners], default=-1) + 1)
        self.before.append(set(owners))
        self.after.append(set())
        for i in owners:
            self.after[i].add(new)

    def depend(self, i: int, owners: Iterable[int], levels: Levels) -> None:
        """Item ``i`` depends on ``owners``, too; ``levels`` are what :meth:`above` gave."""
        for j in owners:
            self.before[i].add(j)
            self.after[j].add(i)
        self.assign(levels)

    def merge(self, i: int, j: int, levels: Levels) -> None:
        """Item ``j`` becomes a part of item ``i``; ``levels`` are what :meth:`together` gave."""
        for links, back in ((self.before, self.after), (self.after, self.before)):
            for k in links[j]:
                back[k].discard(j)
                if k != i:
                    back[k].add(i)
                    links[i].add(k)
            links[j] = set()
        self.assign(levels)

    def assign(self, levels: Levels) -> None:
        for k, level in levels.items():
            self.levels[k] = level

    # ---- what may be ----

    def above(self, i: int, owners: Collection[int]) -> Levels | None:
        """The levels that change where item ``i`` comes to depend on ``owners``; None if one of
        them may depend on it."""
        least = max([self.levels[j] for j in owners], default=-1) + 1
        return self.raised(i, least, owners) if least > self.levels[i] else {}

    def together(self, i: int, j: int) -> Levels | None:
        """The levels that change where items ``i`` and ``j`` become one; None if a path may lead
        from one to the other through a third."""
        low, high = sorted((i, j), key=self.levels.__getitem__)
        top = self.levels[high]
        if self.levels[low] == top:
            return {}
        if top > self.levels[low] + 1 and self.leads(low, high):
            return None
        changed = self.raised(low, top, without=high)
        return None if changed is None else {**changed, i: top}

    def raised(self, i: int, level: int, never: Collection[int] = (),
               without: int | None = None) -> Levels | None:
        """The levels that change where that of item ``i`` becomes ``level``, but for the item
        ``without``; None if one of ``never`` is among them, or if it takes too long to see."""
        changed, looked = {i: level}, 0
        todo = [i]
        for k in todo:
            looked += len(self.after[k])
            if looked > FARTHEST:
                return None
            least = changed[k] + 1
            for j in self.after[k]:
                if changed.get(j, self.levels[j]) < least and j != without:
                    if j in never:
                        return None
                    changed[j] = least
                    todo.append(j)
        return changed

    def leads(self, low: int, high: int) -> bool:
        """Whether a path may lead from ``low`` to ``high`` through a third item: a search from both
        ends, where there is less to look at."""
        levels, bottom, top = self.levels, self.levels[low], self.levels[high]
        up, down = {low}, {high}
        reached, reaching, looked = {low}, {high}, 0
        while up and down:
            forward = sum([len(self.after[k]) for k in up])
            backward = sum([len(self.before[k]) for k in down])
            looked += min(forward, backward)
            if looked > FARTHEST:
                return True
            if forward <= backward:
                up = {j for k in up for j in self.after[k] if levels[j] < top} - reached
                reached |= up
                met = not (up.isdisjoint(reaching) and up.isdisjoint(self.before[high]))
            else:
                down = {j for k in down for j in self.before[k] if levels[j] > bottom} - reaching
                reaching |= down
                met = not (down.isdisjoint(reached) and down.isdisjoint(self.after[low]))
            if met:
                return True
        return False
