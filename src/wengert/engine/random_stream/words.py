"""The words of M. Matsumoto and T. Nishimura's Mersenne Twister (1998), MT19937.

NumPy has it, and so has Python. To load ``numpy.random`` takes as long as a million words of
Python's: so those come first, and NumPy's once there were many, or where something else has
loaded it.
"""

from __future__ import annotations

import functools
import sys
from _random import Random  # the module random loads cryptography beside it
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

State: TypeAlias = "tuple[NDArray[np.uint32], int]"
"""A block of words, and how many of it have been drawn."""
BLOCK = 624
"""After so many words the Mersenne Twister makes new ones."""
FEW = 2**18
"""So many words are Python's, or some more."""
SEEDS = 8
"""And so many seeds, of which each takes a tenth of a millisecond in Python."""
ALL_SEEDS = 100
"""Or so many of all streams together: a program may make a new one in each of its steps."""
seeded = {"streams": 0}
"""How often a stream was seeded."""


class Words:
    """A stream of words of 32 bits."""

    def __init__(self, seed: int = 0) -> None:
        self._engine: Random | np.random.MT19937 | None = None   # None: its seed waits
        self._drawn = self._seeds = 0
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin with a word of 32 bits, of which the block is made."""
        self._seed = seed & 0xFFFFFFFF
        if isinstance(self._engine, Random):
            self._engine = None
        elif self._engine is not None:
            np.random.RandomState(self._engine).seed(self._seed)

    def seed_again(self) -> None:
        """Begin as at the last seed."""
        self.seed(self._seed)

    def state(self) -> State:
        """Where the stream is."""
        engine = self._begun()
        if isinstance(engine, Random):
            *key, position = engine.getstate()
            return np.array(key, np.uint32), position
        found = engine.state["state"]
        return found["key"], found["pos"]

    def set_state(self, key: NDArray[np.uint32], position: int) -> None:
        """Continue with word ``position`` of a block."""
        if self._pythons_will_do():
            self._engine = Random()
            self._engine.setstate((*key.tolist(), position))
        else:
            engine = self._engine
            if engine is None or isinstance(engine, Random):
                engine = self._engine = _engine()
            engine.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}

    def draw(self, n: int) -> NDArray[np.uint64]:
        """The next ``n`` words, each in 64 bits."""
        engine = self._begun()
        if not isinstance(engine, Random):
            return engine.random_raw(n)
        self._drawn += n
        packed = engine.getrandbits(32 * n).to_bytes(4 * n, "little") if n else b""
        if not self._pythons_will_do():
            self.set_state(*self.state())
        return np.frombuffer(packed, "<u4").astype(np.uint64)

    def _pythons_will_do(self) -> bool:
        return ("numpy.random" not in sys.modules and self._drawn < FEW and self._seeds < SEEDS
                and seeded["streams"] < ALL_SEEDS)

    def _begun(self) -> Random | np.random.MT19937:
        """The engine; where its seed waits, it is made now."""
        if self._engine is None:
            self._seeds += 1
            seeded["streams"] += 1
            if self._pythons_will_do():
                key = [self._seed]
                for i in range(1, BLOCK):
                    key.append(1812433253 * (key[-1] ^ key[-1] >> 30) + i & 0xFFFFFFFF)
                self._engine = Random()
                self._engine.setstate((*key, BLOCK))
            else:
                self._engine = _engine()
                np.random.RandomState(self._engine).seed(self._seed)
        return self._engine


def _engine() -> np.random.MT19937:
    """NumPy's, whose state is to be set."""
    return np.random.MT19937(_nothing())


@functools.cache
def _nothing() -> Any:
    """What an engine is made of at once: the seeds that NumPy has of its own are spread over the
    state, which takes a hundred times as long."""
    class Nothing(np.random.bit_generator.ISeedSequence):
        def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
            return [0] * n_words   # NumPy reads it element by element

    return Nothing()


__all__ = ["BLOCK", "State", "Words"]
