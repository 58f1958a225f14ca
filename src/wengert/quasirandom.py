"""``torch.quasirandom``: Sobol's sequences, whose points fill a cube more evenly than random ones.

The direction numbers are those of Joe and Kuo (2008), which SciPy brings along.
"""

from __future__ import annotations

import importlib.resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engine.dtypes import get_default_dtype
from .names.missing import answer_missing_names
from .tensors.data import tensor
from .tensors.random import Generator, randint

_Integers = NDArray[np.int64]


class SobolEngine:
    """A Sobol sequence in ``[0, 1)`` of ``dimension`` coordinates, up to 21201.

    ``scramble=True`` multiplies the digits by random triangular matrices and shifts them (Owen,
    1998), by PyTorch's numbers from ``seed``, or from the generator of all. ValueError for a
    dimension out of range.

    >>> SobolEngine(2).draw(3)
    tensor([[0.0000, 0.0000],
            [0.5000, 0.5000],
            [0.7500, 0.2500]])
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None) -> None:
        if dimension > self.MAXDIM or dimension < 1:
            raise ValueError("Supported range of dimensionality for SobolEngine is "
                             f"[1, {self.MAXDIM}]")
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        directions = _directions(dimension, self.MAXBIT)
        shift = np.zeros(dimension, np.int64)
        if scramble:
            shift, directions = self._scrambled(directions)
        self.shift, self.sobolstate = tensor(shift), tensor(directions)
        self.num_generated = 0

    @property
    def quasi(self) -> Any:
        """The digits of the point that was drawn last, as integers (dimension)."""
        return tensor(self._points(max(self.num_generated - 1, 0), 1)[0])

    def draw(self, n: int = 1, out: Any = None, dtype: Any = None) -> Any:
        """The next ``n`` points (n, dimension), of the default dtype unless one is given."""
        digits = tensor(self._points(self.num_generated, n))
        self.num_generated += n
        points = digits.to(dtype or get_default_dtype()) * 2.0 ** -self.MAXBIT
        return points if out is None else out.resize_as_(points).copy_(points)

    def draw_base2(self, m: int, out: Any = None, dtype: Any = None) -> Any:
        """The next ``2 ** m`` points; ValueError unless all that were drawn are then a power of
        two."""
        total = self.num_generated + 2 ** m
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: "
                f"n={self.num_generated}+2**{m}={total}. If you still want to do this, please use "
                "'SobolEngine.draw()' instead.")
        return self.draw(2 ** m, out=out, dtype=dtype)

    def reset(self) -> SobolEngine:
        """Back to the first point."""
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Past ``n`` points."""
        self.num_generated += n
        return self

    def _points(self, start: int, count: int) -> _Integers:
        """The digits of points from ``start`` on: of each, the directions of the ones in its
        number's Gray code, added up without carry (Antonov and Saleev, 1979)."""
        number = np.arange(start, start + count)
        gray, directions = number ^ (number >> 1), self.sobolstate.numpy()
        points = np.repeat(self.shift.numpy()[None], count, 0)
        for bit in range(self.MAXBIT):
            points ^= ((gray >> bit) & 1)[:, None] * directions[:, bit]
        return points

    def _scrambled(self, directions: _Integers) -> tuple[_Integers, _Integers]:
        generator = None if self.seed is None else Generator()
        if generator is not None and self.seed is not None:
            generator.manual_seed(self.seed)
        bits, powers = self.MAXBIT, 2 ** np.arange(self.MAXBIT)
        shift = randint(2, (self.dimension, bits), generator=generator).numpy() @ powers
        drawn = randint(2, (self.dimension, bits, bits), generator=generator)
        lower = np.tril(drawn.numpy(), -1) + np.eye(bits, dtype=np.int64)
        digits = (directions[:, None, :] >> np.arange(bits)[::-1, None]) & 1   # the highest first
        return shift, np.einsum("b,dbk->dk", powers[::-1], (lower @ digits) % 2)

    def __repr__(self) -> str:
        said = [f"dimension={self.dimension}", *["scramble=True"] * bool(self.scramble),
                *[f"seed={self.seed}"] * (self.seed is not None)]
        return f"SobolEngine({', '.join(said)})"


def _directions(dimension: int, bits: int) -> _Integers:
    """Direction numbers (dimension, bits), by the recurrence of each coordinate's primitive
    polynomial (Bratley and Fox, 1988)."""
    folder = importlib.resources.files("scipy.stats")
    with (folder / "_sobol_direction_numbers.npz").open("rb") as file, np.load(file) as table:
        polynomials, first = table["poly"][:dimension], table["vinit"][:dimension]
    found = np.ones((dimension, bits), np.int64)
    degrees = [int(p).bit_length() - 1 for p in polynomials]
    for degree in set(degrees) - {0}:
        of_it = np.flatnonzero(np.equal(degrees, degree))
        rows, polynomial = found[of_it], polynomials[of_it]
        rows[:, :degree] = first[of_it, :degree]
        for k in range(degree, bits):
            rows[:, k] = rows[:, k - degree]
            for back in range(1, degree + 1):
                has = (polynomial >> (degree - back)) & 1
                rows[:, k] ^= has * (rows[:, k - back] << back)
        found[of_it] = rows
    return found << np.arange(bits)[::-1]


__all__ = ["SobolEngine"]
answer_missing_names(__name__)
