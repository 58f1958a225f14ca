"""Words of a stream, drawn ahead for many draws, and the numbers that are made of all of them at
once.

For a few numbers what takes time is to call NumPy: so what they are made of lies there already, and
a draw is a copy. Start with :class:`Ahead`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .arithmetic import Array, Doubles, Singles
from .box_muller import Parts
from .words import BLOCK, State, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 16 * BLOCK
"""So many words are drawn ahead at most: a block after the seed, and twice as many each time."""
SOME, SEVERAL = 1024, 2
"""So many normal numbers are made of parts that are there already, after more than so many draws
since the stream was seeded."""
LARGE = 512
"""So many words come from the engine, beside those that are there."""
FAR = 2**16
"""After so many words the state is asked for anew, so that it is never far back."""
SHARES = 8
"""So many numbers are made at first where it is not known how many are needed."""
FEWEST, TIMES = 2, 4
"""Parts are made for so many such draws, and for so many times what was used of those before."""

# Arrays without axes: NumPy takes twice as long to combine an array with a number.
_LOW_24, _TO_UNIT_24 = np.array(2**24 - 1, np.uint32), np.array(2.0**-24, np.float32)
_LOW_53, _TO_UNIT_53 = np.array(2**53 - 1, np.uint64), np.array(2.0**-53)
_32 = np.array(32, np.uint64)
_NONE = np.empty(0, np.uint64)


class Ahead:
    """The words of a stream in their order, one by one or as numbers, with the state of one that
    has drawn no more than it has given."""

    def __init__(self, seed: int) -> None:
        self._engine = Words()
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin with a word of 32 bits."""
        self._engine.seed(seed)
        self._begin(None)
        self._parts: Parts | None = None
        self._normals = 0

    def state(self) -> State:
        """The block of words, and how many of it have been given."""
        if self._since:   # from where that was known
            if self._before is None:
                self._engine.seed_again()
            else:
                self._engine.set_state(*self._before)
            self._engine.draw(self._since - (self._words.size - self._given))
        state = self._engine.state()
        self._begin(state)
        return state

    def set_state(self, key: NDArray[np.uint32], position: int) -> None:
        """Continue with word ``position`` of a block."""
        self._engine.set_state(key, position)
        self._begin((key, position))

    def _begin(self, before: State | None) -> None:
        """Go on with nothing drawn ahead, from a state, or from the seed."""
        self._before, self._since = before, 0
        self._more = BLOCK
        self._hold(_NONE)

    def _hold(self, words: NDArray[np.uint64]) -> None:
        """Have ``words`` be those drawn ahead."""
        self._words, self._given = words, 0
        self._singles: Singles | None = None
        self._doubles: dict[int, Doubles] = {}

    # What comes next

    def draw(self, n: int) -> NDArray[np.uint64]:
        """The next ``n`` words, each in 64 bits, to be read only."""
        at, last = self._given, self._given + n
        if last <= self._words.size:
            self._given = last
            return self._words[at:last]
        left, rest = self._words[at:], last - self._words.size
        if rest < LARGE:
            self._draw_ahead()
            found, self._given = self._words[:rest], rest
        else:
            found = self._from_engine(rest)
            self._hold(_NONE)
        return np.concatenate([left, found]) if left.size else found

    def words(self, n: int) -> tuple[NDArray[np.uint64], int]:
        """The same, as an array and where in it they begin."""
        at, last = self._given, self._given + n
        if last <= self._words.size:
            self._given = last
            return self._words, at
        return self.draw(n), 0

    def upcoming(self, n: int) -> tuple[NDArray[np.uint64], int]:
        """The same of ``n`` words or more, none of which is given: :meth:`give` does that."""
        if self._given + n > self._words.size:
            if self._since > FAR:
                self.state()
            left, more = self._words[self._given:], max(n, self._more)
            self._since += more
            self._hold(np.concatenate([left, self._engine.draw(more)]))
            self._more = min(2 * self._more, MOST)
        return self._words, self._given

    def give(self, n: int) -> None:
        """Give ``n`` words of those that were upcoming."""
        self._given += n

    def units(self) -> Iterator[float]:
        """Numbers k/2**53 in [0, 1), one by one. Meanwhile nothing else draws."""
        many = SHARES
        while True:
            words, at = self.upcoming(2 * many)
            for unit in unit64(pairs(words[at:at + 2 * many])).tolist():
                self._given += 2
                yield unit
            many = min(2 * many, LARGE)

    def _draw_ahead(self) -> None:
        """Draw words ahead, and twice as many the next time."""
        self._hold(self._from_engine(self._more))
        self._more = min(2 * self._more, MOST)

    def _from_engine(self, n: int) -> NDArray[np.uint64]:
        """Words behind those drawn ahead, all of which are given with this."""
        if self._since > FAR:
            self._before, self._since = self._engine.state(), 0
        self._since += n
        return self._engine.draw(n)

    def singles(self, n: int) -> Singles:
        """``n`` numbers k/2**24 in [0, 1), of a word each."""
        at, last = self._given, self._given + n
        if n >= LARGE or last > self._words.size:
            return unit32(self.draw(n))
        if self._singles is None:
            self._singles = unit32(self._words)
        self._given = last
        return self._singles[at:last].copy()

    def doubles(self, n: int) -> Doubles:
        """``n`` numbers k/2**53 in [0, 1), of two words each."""
        at, last = self._given, self._given + 2 * n
        if n >= LARGE or last > self._words.size:
            return unit64(pairs(self.draw(2 * n)))
        odd = at % 2
        made = self._doubles.get(odd)
        if made is None:
            made = self._doubles[odd] = unit64(pairs(self._words[odd:]))
        self._given = last
        return made[at // 2:last // 2].copy()

    def normals(self, size: int, double: bool) -> Array | None:
        """Standard normal numbers by blocks of 16 (what is left over has 16 new ones end the
        array), of parts that are made for many, once there were several draws since the seed; None
        where they are made for these."""
        self._normals += 1
        if self._normals <= SEVERAL or size > SOME:
            return None
        count = (size + 16 if size % 16 else size) << double
        if self._given == self._words.size:
            self._draw_ahead()
        at, last = self._given, self._given + count
        if last > self._words.size:
            return None
        parts = self._parts
        if parts is None or not parts.hold(self._words, at, last, double):
            many = max(FEWEST * count, TIMES * parts.used if parts is not None else 0)
            words = self._words[at:at + many]
            parts = self._parts = Parts(
                self._words, at, unit64(pairs(words)) if double else unit32(words))
        self._given = last
        return parts.normal(at, size)


def pairs(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64-bit words, each of two 32-bit words, the high one first; one that is left over is not
    read."""
    found = words[0:words.size - 1:2] << _32
    found |= words[1::2]
    return found


def unit32(words: NDArray[np.uint64]) -> Singles:
    """Numbers k/2**24 in [0, 1)."""
    low = words.astype(np.uint32)
    low &= _LOW_24
    numbers = low.view(np.int32).astype(np.float32)
    numbers *= _TO_UNIT_24
    return numbers


def unit64(words: NDArray[np.uint64]) -> Doubles:
    """Numbers k/2**53 in [0, 1), of 64-bit words."""
    numbers = (words & _LOW_53).view(np.int64).astype(np.float64)
    numbers *= _TO_UNIT_53
    return numbers


__all__ = ["Ahead", "pairs"]
