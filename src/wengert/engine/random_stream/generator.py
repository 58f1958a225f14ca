"""Draw random numbers from a stream: each method of :class:`Generator` is one distribution.

A method checks its arguments, then takes words under the lock and turns them into numbers, at most
CHUNK at a time. Start with ``uniform``; ``_fill`` is the loop that the methods share.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lazy import lazy
from ..locks import Stream
from ..native import CALL, native
from ..quiet import quiet
from . import rejection
from .ahead import Ahead, pairs
from .arguments import (
    ALL,
    ARITHMETIC,
    FLOATS,
    check_categories,
    check_multinomial,
    check_permutation,
    check_uniform,
    check_weights,
    continuous,
    facts_of,
    integer_bounds,
    support,
)
from .arithmetic import (
    Array,
    Doubles,
    Shape,
    Singles,
    between,
    cast,
    fma,
    from_parts,
    remainder,
    through,
)
from .box_muller import box_muller32, box_muller64, normal32

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from .saved import Saved

DEFAULT_SEED = 67280421310721
"""What a new Generator is seeded with, in PyTorch and here."""

CHUNK = 16384
"""Numbers drawn at a time: the temporaries stay in the processor's cache."""

PRODUCTS = 64
"""A Poisson number takes as long as so many others, where it is not machine code that draws it."""
LARGEST = 1e30
"""Bounds of a range that are smaller need no other look."""
LARGEST_RATE = 2.0**31
"""Machine code draws Poisson numbers of smaller rates."""
FEW, SOME = 16, 64
"""So few integers are made of Python's: NumPy takes longer to begin; so few weights are looked at
in Python."""


class Generator(Stream):
    """A stream of random numbers; PyTorch's is ``torch.Generator``.

    >>> g = Generator().manual_seed(0)
    >>> state = g.get_state()
    >>> first = g.normal((2,), np.float32)
    >>> g.set_state(state) is g and bool((g.normal((2,), np.float32) == first).all())
    True

    Every draw returns a fresh C-contiguous array of the given shape and dtype, bfloat16 being the
    dtype of ``ml_dtypes``. One lock per generator makes each draw whole between threads.
    """

    _spare_normal: float | None

    def __init__(self, device: str = "cpu") -> None:
        if str(device).partition(":")[0] != "cpu":
            raise RuntimeError(f"Generator: device {device!r} is not there, only 'cpu' is")
        self.device = "cpu"
        super().__init__()
        self._stream = Ahead(DEFAULT_SEED)
        self._started(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of `seed`, an integer of 64 bits, signed or not; return the generator.

        The low 32 bits choose the stream; a negative seed counts as ``seed + 2**64``.
        """
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        seed = operator.index(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        with self._lock:
            self._stream.seed(seed)
            self._started(seed % 2**64)
        return self

    def seed(self) -> int:
        """Start the stream of a seed taken from the operating system, and return that seed."""
        seed = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """Return the seed that the stream was started from, in [0, 2**64)."""
        return self._initial_seed

    def get_state(self) -> NDArray[np.uint8]:
        """Return the state as 5056 bytes, the same that PyTorch's ``get_state`` returns."""
        with self._lock:
            key, position = self._stream.state()
            state: NDArray[np.uint8] = lazy("engine.random_stream.saved").packed(
                self._initial_seed, key, position, self._is_fresh, self._spare_normal)
        return state

    def set_state(self, state: NDArray[np.uint8]) -> Generator:
        """Continue from `state`, a copy of what :meth:`get_state` returned here or in PyTorch."""
        found: Saved = lazy("engine.random_stream.saved").unpacked(state)
        with self._lock:
            self._stream.set_state(found.key, found.position)
            self._initial_seed = found.seed
            self._is_fresh = found.is_fresh
            self._spare_normal = found.spare
        return self

    def clone(self) -> Generator:
        """Return an independent generator that continues as this one would."""
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> tuple[Callable[..., Generator], tuple[NDArray[np.uint8]]]:
        return _generator_from, (self.get_state(),)

    # Words: the callers of these hold the lock.

    def _started(self, seed: int) -> None:
        self._initial_seed = seed
        self._is_fresh = True  # since seeding no word was drawn, which PyTorch's state records
        self._spare_normal = None

    def _words(self, n: int) -> NDArray[np.uint64]:
        """The next `n` 32-bit words, each in 64 bits, to be read only."""
        self._is_fresh = False
        return self._stream.draw(n)

    def _double_words(self, n: int) -> NDArray[np.uint64]:
        """The next `n` 64-bit words, each of two 32-bit words, the high one first."""
        return pairs(self._words(2 * n))

    def _unit32(self, n: int) -> Singles:
        """`n` numbers k/2**24 in [0, 1), of a word each."""
        self._is_fresh = False
        return self._stream.singles(n)

    def _unit64(self, n: int) -> Doubles:
        """`n` numbers k/2**53 in [0, 1), of two words each."""
        self._is_fresh = False
        return self._stream.doubles(n)

    def _units(self) -> Iterator[float]:
        """Numbers of :meth:`_unit64`, one by one; meanwhile nothing else draws."""
        self._is_fresh = False
        yield from self._stream.units()

    def _fill(self, shape: Shape, dtype: np.dtype[Any], draw: Callable[[int], Array]) -> Array:
        """An array of what `draw(n)` returns, called for at most CHUNK numbers at a time."""
        size = shape if isinstance(shape, int) else math.prod(shape)
        if 0 < size <= CHUNK:
            with self._lock:
                return cast(draw(size), dtype).reshape(shape)
        out = np.empty(shape, dtype)
        flat = out.reshape(-1)
        with self._lock:
            for start in range(0, flat.size, CHUNK):
                part = flat[start : start + CHUNK]
                part[...] = cast(draw(part.size), dtype)
        return out

    # Uniform and normal numbers.

    def uniform(
        self, shape: Shape, dtype: DTypeLike = np.float32, low: float = 0.0, high: float = 1.0
    ) -> Array:
        """Draw from [low, high): ``torch.rand``, ``uniform_``.

        A complex number takes its real, then its imaginary part from [low, high).

        >>> Generator().manual_seed(1).uniform((2,), np.float64, -1.0, 1.0)
        array([-0.87789345, -0.55089099])
        """
        dtype = np.dtype(dtype)
        if low.__class__ is float is high.__class__ and low == 0 and high == 1 and (
                dtype.char in "fd"):
            size = shape if isinstance(shape, int) else math.prod(shape)
            if 0 < size <= CHUNK:
                with self._lock:
                    some: Array = (self._unit64 if dtype.char == "d" else self._unit32)(size)
                return some.reshape(shape)
        if dtype.kind == "c":
            return from_parts(shape, dtype, lambda s, real: self.uniform(s, real, low, high))
        if dtype.char in "fd" and -LARGEST < low <= high < LARGEST:
            size = shape if isinstance(shape, int) else math.prod(shape)
            if 0 < size <= CHUNK:
                with self._lock:
                    units: Array = (self._unit64 if dtype.char == "d" else self._unit32)(size)
                return between(units, low, high).reshape(shape)
        support(dtype, "check_uniform_bounds", FLOATS)
        unit: Callable[[int], Array] = self._unit64 if dtype == np.float64 else self._unit32
        if low == 0 and high == 1 and dtype.itemsize > 2:
            return self._fill(shape, dtype, unit)
        check_uniform(dtype, low, high)
        wide = np.float64 if dtype == np.float64 else np.float32
        start, span = float(wide(low)), float(wide(high) - wide(low))
        excluded, instead = (wide(high), wide(low)) if dtype.itemsize > 2 else cast(
            np.array([high, low], np.float64), dtype)

        def draw(n: int) -> Array:
            numbers = cast(fma(unit(n), span, start), dtype)
            numbers[numbers == excluded] = instead
            return numbers

        return self._fill(shape, dtype, draw)

    def normal(
        self,
        shape: Shape,
        dtype: DTypeLike = np.float32,
        mean: float | Array = 0.0,
        std: float | Array = 1.0,
        *,
        contiguous: bool = True,
    ) -> Array:
        """Draw from the normal distribution: ``torch.randn``, ``normal_``, ``torch.normal``.

        `std` of a complex number is that of the whole, its parts have std/√2. An array as `mean`
        or `std` scales or shifts the drawn numbers afterwards, as ``torch.normal`` does.
        ``contiguous=False`` draws as ``normal_`` on a tensor with gaps or permuted: one by one.

        >>> Generator().manual_seed(0).normal((2,), np.float32)
        array([ 1.5409961, -0.2934289], dtype=float32)
        """
        dtype = np.dtype(dtype)
        if std.__class__ is float is mean.__class__ and dtype.char in "fd" and std >= 0:
            size = shape if isinstance(shape, int) else math.prod(shape)
            if size >= 16:
                some = self._some_normal(size, shape, dtype, mean, std) if contiguous else None
                if some is not None:
                    return some
            elif std == 1 and mean == 0 and size:
                with self._lock:
                    few = self._normals(size)
                return np.array([x + 0.0 for x in few], dtype).reshape(shape)
        if isinstance(std, np.ndarray):
            if std.size and not (std.min() >= 0):
                raise RuntimeError("normal expects all elements of std >= 0.0")
        elif not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
        if isinstance(mean, np.ndarray) or isinstance(std, np.ndarray):
            scale = 1.0 if isinstance(std, np.ndarray) else std
            out = self.normal(shape, dtype, 0.0, scale, contiguous=contiguous)
            if isinstance(std, np.ndarray):
                out *= std
            out += mean if isinstance(mean, np.ndarray) else np.asarray(mean, dtype)
            return out
        if dtype.kind == "c":
            part = std / math.sqrt(2)

            def draw(shape: Shape, real: Any) -> Array:
                return self.normal(shape, real, mean, part, contiguous=contiguous)

            return from_parts(shape, dtype, draw)
        support(dtype, "normal_kernel_cpu", FLOATS)
        out = np.empty(shape, dtype)
        with self._lock:
            if out.size >= 16 and contiguous:
                self._fill_normal_blocks(out.reshape(-1), float(mean), float(std))
            elif out.size:
                numbers = fma(np.array(self._normals(out.size)), float(std), float(mean))
                out[...] = cast(numbers, dtype).reshape(out.shape)
        return out

    def _some_normal(self, size: int, shape: Shape, dtype: np.dtype[Any], mean: float,
                     std: float) -> Array | None:
        """Normal numbers that are soon drawn: by machine code, or standard ones of parts that are
        there already; None, with nothing drawn, where there are none."""
        if dtype.char == "f" and size <= CHUNK:
            transform = native("normal", CALL + size)
            if transform is not None:
                numbers = np.empty(shape, dtype)
                with self._lock:
                    self._is_fresh = False
                    words, at = self._stream.words(size + 16 if size % 16 else size)
                transform(words, at, numbers, size, mean, std)
                return numbers
        if std != 1 or mean != 0:
            return None
        with self._lock:
            self._is_fresh = False
            some = self._stream.normals(size, dtype.char == "d")
        return None if some is None else some.reshape(shape)

    def _fill_normal_blocks(self, out: Array, mean: float, std: float) -> None:
        """Normal numbers by blocks of 16; what is left over has 16 new ones end the array."""
        unit: Callable[[int], Array] = self._unit32
        transform: Callable[[Array, float, float], Array] = box_muller32
        if out.dtype == np.float64:
            unit, transform = self._unit64, box_muller64
        elif native("normal", CALL + out.size) is not None:
            unit, transform = self._words, normal32
        left_over = out.size % 16
        whole = out.size - left_over
        for start in range(0, whole, CHUNK):
            stop = min(start + CHUNK, whole)
            units = unit(stop - start)
            if left_over and stop == whole:
                if out.dtype.itemsize > 2:  # PyTorch draws the partial block, then replaces it
                    unit(left_over)
                units = np.concatenate([units, unit(16)])
            numbers = cast(transform(units, mean, std), out.dtype)
            out[start:stop] = numbers[: stop - start]
        if left_over:
            out[-16:] = numbers[-16:]

    def _normals(
        self, n: int, pairs: Iterator[tuple[float, float]] | None = None
    ) -> list[float]:
        """`n` standard normal numbers by Box-Muller pairs; the second of a pair may wait."""
        numbers = [] if self._spare_normal is None else [self._spare_normal]
        count = (n - len(numbers) + 1) // 2
        if pairs is None:
            units = iter(self._unit64(2 * count).tolist())
            pairs = zip(units, units)
        for turn, share in islice(pairs, count):
            radius = math.sqrt(-2.0 * math.log1p(-share))
            angle = 2.0 * math.pi * turn
            numbers += (radius * math.cos(angle), radius * math.sin(angle))
        self._spare_normal = numbers.pop() if len(numbers) > n else None
        return numbers

    def log_normal(
        self, shape: Shape, dtype: DTypeLike = np.float32, mean: float = 1.0, std: float = 2.0
    ) -> Array:
        """Draw exp(x), x normal with `mean` and `std`: ``log_normal_``."""
        if not std > 0:
            raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
        dtype = support(np.dtype(dtype), "log_normal_cpu", FLOATS)

        def draw(n: int) -> Array:
            exponents = fma(np.array(self._normals(n)), float(std), float(mean))
            return through(np.exp, math.exp, exponents, lambda x: cast(x, dtype))

        return self._fill(shape, dtype, draw)

    # Integers.

    def integers(
        self, low: int, high: int | None, shape: Shape, dtype: DTypeLike = np.int64
    ) -> Array:
        """Draw integers from [low, high): ``torch.randint``, ``random_(from, to)``.

        ``high=None`` stands for all from `low` up to the last that `dtype` holds, or, of a
        floating dtype, up to where its integers are no longer consecutive.

        >>> Generator().manual_seed(0).integers(0, 10, (5,))
        array([4, 9, 3, 0, 3])
        """
        dtype = np.dtype(dtype)
        if dtype.char == "l" and high.__class__ is int and -(2**53) <= low < high <= 2**53 and (
                high - low < 2**28):
            size = shape if isinstance(shape, int) else math.prod(shape)
            if 0 < size <= FEW:
                count = high - low
                with self._lock:
                    few: list[int] = self._words(size).tolist()
                return np.array([word % count + low for word in few], dtype).reshape(shape)
            if size <= CHUNK and size:
                with self._lock:
                    found: Array = remainder(self._words(size), high - low).view(np.int64)
                return (found + low if low else found).reshape(shape)
        if high is None and low == -(2**63):
            support(dtype, "random_full_64_bits_range_kernel_cpu",
                     ("int64", "float64", "float32", "bfloat16"))
            return self._fill(shape, dtype, lambda n: self._double_words(n).view(np.int64))
        support(dtype, "random_from_to_kernel_cpu", (*ALL, "uint16", "uint32", "uint64"))
        low, high = integer_bounds(dtype, low, high)
        count = high - low
        words = self._words if count < 2**28 else self._double_words
        offset = np.uint64(low % 2**64)
        return self._fill(
            shape, dtype, lambda n: (remainder(words(n), count) + offset).view(np.int64)
        )

    def integers_full(self, shape: Shape, dtype: DTypeLike = np.int64) -> Array:
        """Draw from all non-negative integers of `dtype`: ``random_()``.

        Of a floating dtype these are the integers from 0 to 2**(bits of the significand).
        """
        dtype = support(np.dtype(dtype), "random_kernel_cpu", ALL)
        words = self._double_words if dtype in (np.int64, np.float64) else self._words
        if digits := facts_of(dtype).digits:
            count = 2**digits + 1
        else:
            count = 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1
        return self._fill(shape, dtype, lambda n: remainder(words(n), count))

    def permutation(self, n: int, dtype: DTypeLike = np.int64) -> Array:
        """Draw a permutation of 0 ... n - 1: ``torch.randperm``.

        >>> Generator().manual_seed(0).permutation(5)
        array([4, 0, 1, 3, 2])
        """
        dtype = np.dtype(dtype)
        if dtype.char != "l" or n < 0:   # others hold not all of them
            check_permutation(n, dtype)
        if n >= (2**32 - 1) // 20:
            return self._long_permutation(n, dtype)
        if n < 2:
            return np.zeros(n, dtype)
        exchange = native("exchange", CALL + 4 * n) if n > FEW else None
        if exchange is not None:
            order = np.empty(n, np.int64)
            with self._lock:
                self._is_fresh = False
                drawn, at = self._stream.words(n - 1)
            exchange(drawn, at, order, n - 1)
            return order.astype(dtype, copy=False)
        with self._lock:
            words = self._words(n - 1)
        if n <= SOME:
            few = list(range(n))
            for i, word in enumerate(words.tolist()):
                j = i + word % (n - i)
                few[i], few[j] = few[j], few[i]
            return np.array(few, dtype)
        places = np.arange(n - 1)
        others = places + (words % np.arange(n, 1, -1, dtype=np.uint64)).astype(np.int64)
        return np.array(lazy("engine.random_stream.shuffle").exchanged(others), dtype)

    def _long_permutation(self, n: int, dtype: np.dtype[Any]) -> Array:
        """Fisher-Yates from the inside out, where a remainder of 32 bits would show its bias."""
        order = np.empty(n, np.int64)
        with self._lock:
            for start in range(0, n, CHUNK):
                places = np.arange(start, min(start + CHUNK, n), dtype=np.uint64)
                others = self._double_words(places.size) % (places + 1)
                for i, j in enumerate(others.tolist(), start):
                    order[i] = order[j] if i != j else i
                    order[j] = i
        return order.astype(dtype)

    # Trials and waiting times.

    def bernoulli(
        self, p: float | Array, shape: Shape | None = None, dtype: DTypeLike | None = None
    ) -> Array:
        """Draw 1 with probability `p`, else 0: ``bernoulli_``, ``torch.bernoulli``, dropout.

        An array `p` is broadcast to `shape`, which is its own unless given; so is its dtype. One
        number as `p` takes two words of the stream each time, as float64 does, and float32 one.

        >>> Generator().manual_seed(0).bernoulli(0.5, (5,), np.float32)
        array([0., 0., 1., 0., 0.], dtype=float32)
        """
        if isinstance(p, np.ndarray):
            shape = p.shape if shape is None else shape
            dtype = np.dtype(dtype or p.dtype)
            if 0 < p.size <= FEW and p.dtype == dtype and dtype.char in "fd" and shape == p.shape:
                chances = p.ravel().tolist()
                if not [x for x in chances if not 0 <= x <= 1]:
                    with self._lock:
                        units = (self._unit64 if dtype.char == "d" else self._unit32)(
                            p.size).tolist()
                    return np.array([*map(operator.lt, units, chances)], dtype).reshape(shape)
            return self._bernoulli_each(p, shape, dtype)
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        dtype = support(np.dtype(dtype or np.float32), "bernoulli_scalar_cpu_", ALL)
        size = math.prod(shape) if shape.__class__ is tuple else 0
        if 0 < size <= CHUNK:
            with self._lock:
                units = self._unit64(size)
            return (units < p).astype(dtype).reshape(shape)
        return self._fill(() if shape is None else shape, dtype, lambda n: self._unit64(n) < p)

    def _bernoulli_each(self, p: Array, shape: Shape, dtype: np.dtype[Any]) -> Array:
        support(dtype, "bernoulli_tensor_cpu_self_", ALL)
        support(p.dtype, "bernoulli_tensor_cpu_p_", FLOATS)
        if p.size and not ((p >= 0) & (p <= 1)).all():
            raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
        exact = p if p.dtype == np.float64 else p.astype(np.float32)
        unit: Callable[[int], Array] = self._unit64 if p.dtype == np.float64 else self._unit32
        parts = _chunks(np.broadcast_to(exact, shape).reshape(-1))
        return self._fill(shape, dtype, lambda n: unit(n) < next(parts))

    def geometric(self, shape: Shape, dtype: DTypeLike, p: float) -> Array:
        """Draw the number of trials up to the first success, of probability `p`: ``geometric_``."""
        if not 0 < p < 1:
            raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
        dtype = support(np.dtype(dtype), "geometric_cpu", ARITHMETIC)
        scale = math.log1p(-p)

        def draw(n: int) -> Array:
            return through(np.log, math.log, self._unit64(n), lambda y: np.ceil(y / scale))

        return self._fill(shape, dtype, draw)

    def exponential(
        self, shape: Shape, dtype: DTypeLike = np.float32, lambd: float = 1.0
    ) -> Array:
        """Draw waiting times of rate `lambd`, so of mean 1/lambd: ``exponential_``."""
        if not lambd > 0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
        dtype = continuous(np.dtype(dtype), "Exponential", "exponential_cpu", readable=True)
        scale = -1.0 / lambd

        size = shape if isinstance(shape, int) else math.prod(shape)
        if 0 < size <= FEW and dtype.char in "fd":
            with self._lock:
                few = self._unit64(size).tolist()
            return np.array([scale * math.log1p(-x) for x in few], dtype).reshape(shape)

        def draw(n: int) -> Array:
            transform = native("exponential", 2 * (CALL + n))
            if transform is not None:
                self._is_fresh = False
                times = np.empty(n)
                transform(*self._stream.words(2 * n), times, n, scale)
                return cast(times, dtype)
            return through(
                np.log1p, math.log1p, -self._unit64(n), lambda y: cast(scale * y, dtype)
            )

        return self._fill(shape, dtype, draw)

    def cauchy(
        self, shape: Shape, dtype: DTypeLike = np.float32, median: float = 0.0, sigma: float = 1.0
    ) -> Array:
        """Draw from the Cauchy distribution of half-width `sigma`: ``cauchy_``."""
        if not sigma > 0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
        dtype = continuous(np.dtype(dtype), "Cauchy", "cauchy_cpu", readable=False)

        def finish(tangent: Doubles) -> Array:
            return cast(fma(tangent, float(sigma), float(median)), dtype)

        def draw(n: int) -> Array:
            return through(np.tan, math.tan, math.pi * (self._unit64(n) - 0.5), finish)

        return self._fill(shape, dtype, draw)

    def multinomial(
        self, weights: Array, num_samples: int, replacement: bool = False
    ) -> NDArray[np.int64]:
        """Draw `num_samples` indices per row of `weights`, which need not sum to 1.

        >>> Generator().manual_seed(0).multinomial(np.array([0.0, 1.0, 3.0]), 4, replacement=True)
        array([2, 2, 2, 2])

        Without replacement the indices are those of the largest weight/x, x exponential. Where
        two are equal, so with zero weights, the first one wins; PyTorch leaves that open.
        """
        if weights.ndim == 1 and 0 < weights.size <= SOME and num_samples == 1 and (
                weights.dtype.char in "fd"):
            place = self._category(weights)
            if place is not None:
                return place
        check_multinomial(weights, num_samples, replacement)
        if weights.ndim == 2 and not weights.shape[0]:
            return np.empty((0, num_samples), np.int64)
        if replacement and num_samples > 1:
            if weights.ndim == 1:
                return self._categories(weights, num_samples)
            rows = [self._categories(row, num_samples) for row in np.atleast_2d(weights)]
            return np.array(rows, np.int64).reshape(*weights.shape[:-1], num_samples)
        check_weights(weights)
        times = self.exponential(weights.shape, weights.dtype)
        with quiet():
            scores = np.asarray(weights / times, np.float64)
        if num_samples == 1 and not math.isnan(scores.max()):
            found: NDArray[np.int64] = scores.argmax(axis=-1, keepdims=True)
            return found
        return np.argsort(-scores, axis=-1, kind="stable")[..., :num_samples].copy()

    def _category(self, row: Array) -> NDArray[np.int64] | None:
        """The index that :meth:`multinomial` draws of a few weights, computed in Python, which is
        quicker; None, with nothing drawn, where they are none."""
        weights = row.tolist()
        if not 0 < sum(weights) < math.inf or min(weights) < 0:
            return None
        with self._lock:
            units = self._unit64(row.size).tolist()
        times = np.array([-math.log1p(-unit) for unit in units], row.dtype)
        with quiet():
            scores: Array = np.divide(row, times)
        if 0.0 in units:   # what has no weight comes last, all the same
            scores[scores != scores] = -1
        found: NDArray[np.int64] = scores.argmax(axis=-1, keepdims=True)
        return found

    def _categories(self, row: Array, n: int) -> NDArray[np.int64]:
        if row.size and not np.minimum.reduce(row) >= 0:
            check_categories(row)
        edges: Array = np.add.accumulate(
            row if row.dtype.char == "d" else row.astype(np.float32, copy=False))
        last = edges.item(-1) if edges.size else 0.0
        if last == math.inf:
            check_categories(row)
        if not last > 0:
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        edges /= edges[-1]
        edges[-1] = 1
        with self._lock:
            return edges.astype(np.float64, copy=False).searchsorted(self._unit64(n))

    # Distributions that reject: a Python loop, some microseconds a number.

    def poisson(self, rate: Array) -> Array:
        """Draw a Poisson number for each element of `rate`, in its dtype: ``torch.poisson``."""
        support(rate.dtype, "poisson_cpu", FLOATS)
        if not (rate >= 0).all():
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
        rates = rate.astype(np.float64).ravel()
        draw = native("poisson", PRODUCTS * rates.size) if rates.size > 1 else None
        with self._lock:
            if draw is not None and rates.max() < LARGEST_RATE:
                self._is_fresh &= not rates.any()
                return self._poisson(draw, rates).astype(rate.dtype).reshape(rate.shape)
            unit = self._units().__next__
            numbers = [rejection.poisson(value, unit) for value in rates.tolist()]
        return np.array(numbers, np.float64).astype(rate.dtype).reshape(rate.shape)

    def _poisson(self, draw: Callable[..., int], rates: Doubles) -> Doubles:
        """The same in machine code, which is given more words until there were enough."""
        out, used = np.empty(rates.size), np.empty(1, np.int64)
        done, more = 0, 0
        while done < rates.size:
            more += 4 * (rates.size - done) + 32
            words, at = self._stream.upcoming(more)
            done = draw(words, at, words.size - at, rates, out, used, done, rates.size)
            self._stream.give(used.item())
        return out

    def binomial(self, count: Array, prob: Array) -> Array:
        """Draw the number of successes in `count` trials of probability `prob` each."""
        for name, values in (("count", count), ("prob", prob)):
            if not facts_of(values.dtype).digits:
                raise ValueError(
                    f"binomial only supports floating-point dtypes for {name}, "
                    f"got: {facts_of(values.dtype).label}"
                )
        support(count.dtype, "binomial_cpu", FLOATS[2:])
        pairs = np.broadcast_arrays(count, prob)
        narrow = float if count.dtype == np.float64 else rejection.narrow32
        with self._lock:
            unit = self._units().__next__
            numbers = [rejection.binomial(c, p, narrow, unit)
                       for c, p in zip(*(side.ravel().tolist() for side in pairs))]
        return np.array(numbers, count.dtype).reshape(pairs[0].shape)

    def gamma(self, alpha: Array) -> Array:
        """Draw from the gamma distribution of shape `alpha` and scale 1, elementwise."""
        support(alpha.dtype, "gamma_cpu", FLOATS[2:])
        narrow = float if alpha.dtype == np.float64 else rejection.narrow32
        with self._lock:
            units = self._units()
            pairs = zip(units, units)
            numbers = [rejection.gamma(a, narrow, units.__next__,
                                       lambda: self._normals(1, pairs)[0])
                       for a in alpha.ravel().tolist()]
        least = np.finfo(alpha.dtype).tiny
        out: Array = np.fmax(least, np.array(numbers, alpha.dtype))
        return out.reshape(alpha.shape)


def _generator_from(state: NDArray[np.uint8]) -> Generator:
    return Generator().set_state(state)


def _chunks(values: Array) -> Iterator[Array]:
    for start in range(0, values.size, CHUNK):
        yield values[start : start + CHUNK]


default_generator = Generator()
"""The stream of ``torch.rand`` and all the others that are given no generator of their own."""
default_generator.seed()
