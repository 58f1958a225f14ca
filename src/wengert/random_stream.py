"""Random numbers, bit for bit those that PyTorch's CPU generator draws from the same seed.

Start with :class:`Generator`: it owns one Mersenne Twister, and each method of it is one
distribution. Every draw takes from the stream exactly the 32-bit words that PyTorch takes, in the
same order, so draws of different kinds may be interleaved, and a state saved by either library
continues in the other. :data:`default_generator` is the one that ``torch.manual_seed`` seeds.

>>> Generator().manual_seed(0).uniform((3,), np.float32)
array([0.4962566 , 0.7682218 , 0.08847743], dtype=float32)

The reference is torch 2.13 on x86-64 with AVX2, where

- uniform, integers, permutation, bernoulli and multinomial are exact, being integer arithmetic
  and one fused multiply-add;
- normal in float32, float16 and bfloat16 is exact: from 16 numbers on, it rounds step by step as
  the vector code there does (Cephes polynomials with fused multiply-adds), which was compared at
  each of the 2**24 radii and angles; fewer numbers go through libm in float64 and are rounded;
- normal in float64, exponential, geometric, cauchy and log_normal call this machine's libm, as
  torch does: exact where both share it, else within 2 ulp;
- poisson, binomial and gamma accept or reject by a comparison of such values, so a difference in
  the last bit could, once in some 10^14 draws, change what follows.

Earlier releases of torch differ in places: in 16-bit normal numbers, and on Intel processors in
``bernoulli``, and so dropout, which they handed to a generator of MKL's.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import threading
import warnings
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Generator", "default_generator"]

Shape: TypeAlias = int | Sequence[int]
Array: TypeAlias = NDArray[Any]
Singles: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]

DEFAULT_SEED = 67280421310721
"""What a new Generator is seeded with, in PyTorch and here."""

CHUNK = 32768
"""Numbers drawn at a time: the temporaries stay in the processor's cache."""

_LOW_24, _TO_UNIT_32 = np.uint32(2**24 - 1), np.float32(2.0**-24)
_LOW_53 = np.uint64(2**53 - 1)

_STATE = np.dtype(
    [("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("key", "<u8", 624),
     ("normal_x", "<f8"), ("normal", "<f8"), ("normal_rho", "<f8"), ("has_normal", "<i4"),
     ("padding", "<i4"), ("float_normal", "<f4"), ("has_float_normal", "u1")],
    align=True,
)
"""PyTorch's layout of a saved state: 5056 bytes."""


class _Facts(NamedTuple):
    """What the kernels and their errors need to know of a dtype."""

    name: str
    label: str  # in an error about support
    c_name: str  # in an error about bounds
    digits: int = 0  # bits of the significand, of a floating dtype
    largest: float = 0.0  # finite number, of a floating dtype


_FACTS = {
    facts.name: facts
    for facts in (
        _Facts("bool", "Bool", "bool"),
        _Facts("uint8", "Byte", "unsigned char"),
        _Facts("int8", "Char", "signed char"),
        _Facts("int16", "Short", "short int"),
        _Facts("int32", "Int", "int"),
        _Facts("int64", "Long", "long int"),
        _Facts("uint16", "UInt16", "short unsigned int"),
        _Facts("uint32", "UInt32", "unsigned int"),
        _Facts("uint64", "UInt64", "long unsigned int"),
        _Facts("float16", "Half", "c10::Half", 11, 65504.0),
        _Facts("bfloat16", "BFloat16", "c10::BFloat16", 8, 255 * 2.0**120),
        _Facts("float32", "Float", "float", 24, float(np.finfo(np.float32).max)),
        _Facts("float64", "Double", "double", 53, float(np.finfo(np.float64).max)),
        _Facts("complex64", "ComplexFloat", "c10::complex<float>"),
        _Facts("complex128", "ComplexDouble", "c10::complex<double>"),
    )
}


@functools.cache
def _facts(dtype: np.dtype[Any]) -> _Facts:
    return _FACTS.get(dtype.name, _Facts(dtype.name, dtype.name, dtype.name))


_FLOATS = ("float16", "bfloat16", "float32", "float64")
_ARITHMETIC = ("uint8", "int8", "int16", "int32", "int64", *_FLOATS)
_ALL = ("bool", *_ARITHMETIC)


class Generator:
    """A stream of random numbers; PyTorch's is ``torch.Generator``.

    >>> g = Generator().manual_seed(0)
    >>> state = g.get_state()
    >>> first = g.normal((2,), np.float32)
    >>> g.set_state(state) is g and bool((g.normal((2,), np.float32) == first).all())
    True

    Every draw returns a fresh C-contiguous array of the given shape and dtype, bfloat16 being the
    dtype of ``ml_dtypes``. One lock per generator makes each draw whole between threads.
    """

    def __init__(self, device: str = "cpu") -> None:
        if str(device).partition(":")[0] != "cpu":
            raise RuntimeError(f"Generator: device {device!r} is not there, only 'cpu' is")
        self.device = "cpu"
        self._lock = threading.Lock()
        self._bits = np.random.MT19937(0)
        self._spare_normal: float | None = None
        self._seed_bits(DEFAULT_SEED)

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
            self._seed_bits(seed % 2**64)
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
            engine = self._bits.state["state"]
            record = np.zeros((), _STATE)
            record["seed"] = self._initial_seed
            record["seeded"] = 1
            record["left"] = 625 - engine["pos"]
            record["next"] = 0 if self._is_fresh else engine["pos"]
            record["key"] = engine["key"]
            if self._spare_normal is not None:
                record["has_normal"], record["normal"] = 1, self._spare_normal
        return np.frombuffer(record.tobytes(), np.uint8).copy()

    def set_state(self, state: NDArray[np.uint8]) -> Generator:
        """Continue from `state`, a copy of what :meth:`get_state` returned here or in PyTorch."""
        if not isinstance(state, np.ndarray) or state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if state.size != _STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input "
                f"RNG state size to be {state.size}"
            )
        record = np.frombuffer(state.tobytes(), _STATE)[0]
        left, position = int(record["left"]), int(record["next"])
        if record["seeded"] != 1 or not 0 < left <= 624 or position > 624:
            raise RuntimeError("Invalid mt19937 state")
        with self._lock:
            self._load(int(record["seed"]), record["key"].astype(np.uint32), 625 - left)
            self._is_fresh = left == 1 and position == 0
            self._spare_normal = float(record["normal"]) if record["has_normal"] else None
        return self

    def clone(self) -> Generator:
        """Return an independent generator that continues as this one would."""
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> tuple[Callable[..., Generator], tuple[NDArray[np.uint8]]]:
        return _generator_from, (self.get_state(),)

    # Words: the callers of these hold the lock.

    def _seed_bits(self, seed: int) -> None:
        np.random.RandomState(self._bits).seed(seed & 0xFFFFFFFF)
        self._initial_seed = seed
        self._is_fresh = True  # since seeding no word was drawn, which PyTorch's state records
        self._spare_normal = None

    def _load(self, seed: int, key: NDArray[np.uint32], position: int) -> None:
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
        self._initial_seed = seed

    def _words(self, n: int) -> NDArray[np.uint64]:
        """The next `n` 32-bit words, each in 64 bits."""
        self._is_fresh = False
        return self._bits.random_raw(n)

    def _double_words(self, n: int) -> NDArray[np.uint64]:
        """The next `n` 64-bit words, each of two 32-bit words, the high one first."""
        words = self._words(2 * n)
        pairs = words[0::2] << np.uint64(32)
        pairs |= words[1::2]
        return pairs

    def _unit32(self, n: int) -> Singles:
        """`n` numbers k/2**24 in [0, 1), of a word each."""
        words = self._words(n).astype(np.uint32)
        words &= _LOW_24
        numbers = words.view(np.int32).astype(np.float32)
        numbers *= _TO_UNIT_32
        return numbers

    def _unit64(self, n: int) -> Doubles:
        """`n` numbers k/2**53 in [0, 1), of two words each."""
        words = self._double_words(n)
        words &= _LOW_53
        numbers = words.view(np.int64).astype(np.float64)
        numbers *= 2.0**-53
        return numbers

    def _unit(self) -> float:
        """One number of :meth:`_unit64`."""
        self._is_fresh = False
        high, low = self._bits.random_raw(), self._bits.random_raw()
        return ((high << 32 | low) & (2**53 - 1)) * 2.0**-53

    def _fill(self, shape: Shape, dtype: np.dtype[Any], draw: Callable[[int], Array]) -> Array:
        """An array of what `draw(n)` returns, called for at most CHUNK numbers at a time."""
        size = shape if isinstance(shape, int) else math.prod(shape)
        if 0 < size <= CHUNK:
            with self._lock:
                return _cast(draw(size), dtype).reshape(shape)
        out = np.empty(shape, dtype)
        flat = out.reshape(-1)
        with self._lock:
            for start in range(0, flat.size, CHUNK):
                part = flat[start : start + CHUNK]
                part[...] = _cast(draw(part.size), dtype)
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
        if dtype.kind == "c":
            return _from_parts(shape, dtype, lambda s, real: self.uniform(s, real, low, high))
        _support(dtype, "check_uniform_bounds", _FLOATS)
        unit: Callable[[int], Array] = self._unit64 if dtype == np.float64 else self._unit32
        if low == 0 and high == 1 and dtype.itemsize > 2:
            return self._fill(shape, dtype, unit)
        _check_uniform(dtype, low, high)
        wide = np.float64 if dtype == np.float64 else np.float32
        start, span = float(wide(low)), float(wide(high) - wide(low))
        excluded, instead = _cast(np.array([high, low], np.float64), dtype)

        def draw(n: int) -> Array:
            numbers = _cast(_fma(unit(n), span, start), dtype)
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

            return _from_parts(shape, dtype, draw)
        _support(dtype, "normal_kernel_cpu", _FLOATS)
        out = np.empty(shape, dtype)
        with self._lock:
            if out.size >= 16 and contiguous:
                self._fill_normal_blocks(out.reshape(-1), float(mean), float(std))
            elif out.size:
                numbers = _fma(np.array(self._normals(out.size)), float(std), float(mean))
                out[...] = _cast(numbers, dtype).reshape(out.shape)
        return out

    def _fill_normal_blocks(self, out: Array, mean: float, std: float) -> None:
        """Normal numbers by blocks of 16; what is left over has 16 new ones end the array."""
        unit: Callable[[int], Array] = self._unit32
        transform: Callable[[Array, float, float], Array] = _box_muller32
        if out.dtype == np.float64:
            unit, transform = self._unit64, _box_muller64
        left_over = out.size % 16
        whole = out.size - left_over
        for start in range(0, whole, CHUNK):
            stop = min(start + CHUNK, whole)
            units = unit(stop - start)
            if left_over and stop == whole:
                if out.dtype.itemsize > 2:  # PyTorch draws the partial block, then replaces it
                    unit(left_over)
                units = np.concatenate([units, unit(16)])
            numbers = _cast(transform(units, mean, std), out.dtype)
            out[start:stop] = numbers[: stop - start]
        if left_over:
            out[-16:] = numbers[-16:]

    def _normals(self, n: int) -> list[float]:
        """`n` standard normal numbers by Box-Muller pairs; the second of a pair may wait."""
        numbers = [] if self._spare_normal is None else [self._spare_normal]
        pairs = (n - len(numbers) + 1) // 2
        units = iter(self._unit64(2 * pairs).tolist()) if pairs else iter(())
        for turn, share in zip(units, units):
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
        dtype = _support(np.dtype(dtype), "log_normal_cpu", _FLOATS)

        def draw(n: int) -> Array:
            exponents = _fma(np.array(self._normals(n)), float(std), float(mean))
            return _through(np.exp, math.exp, exponents, lambda x: _cast(x, dtype))

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
        if high is None and low == -(2**63):
            _support(dtype, "random_full_64_bits_range_kernel_cpu",
                     ("int64", "float64", "float32", "bfloat16"))
            return self._fill(shape, dtype, lambda n: self._double_words(n).view(np.int64))
        _support(dtype, "random_from_to_kernel_cpu", (*_ALL, "uint16", "uint32", "uint64"))
        low, high = _integer_bounds(dtype, low, high)
        count = high - low
        words = self._words if count < 2**28 else self._double_words
        offset = np.uint64(low % 2**64)
        return self._fill(
            shape, dtype, lambda n: (_remainder(words(n), count) + offset).view(np.int64)
        )

    def integers_full(self, shape: Shape, dtype: DTypeLike = np.int64) -> Array:
        """Draw from all non-negative integers of `dtype`: ``random_()``.

        Of a floating dtype these are the integers from 0 to 2**(bits of the significand).
        """
        dtype = _support(np.dtype(dtype), "random_kernel_cpu", _ALL)
        words = self._double_words if dtype in (np.int64, np.float64) else self._words
        if digits := _facts(dtype).digits:
            count = 2**digits + 1
        else:
            count = 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1
        return self._fill(shape, dtype, lambda n: _remainder(words(n), count))

    def permutation(self, n: int, dtype: DTypeLike = np.int64) -> Array:
        """Draw a permutation of 0 ... n - 1: ``torch.randperm``.

        >>> Generator().manual_seed(0).permutation(5)
        array([4, 0, 1, 3, 2])
        """
        dtype = np.dtype(dtype)
        _check_permutation(n, dtype)
        if n >= (2**32 - 1) // 20:
            return self._long_permutation(n, dtype)
        with self._lock:
            words = self._words(n - 1) if n > 1 else np.empty(0, np.uint64)
        places = np.arange(max(n - 1, 0))
        others = places + (words % np.arange(n, 1, -1, dtype=np.uint64)).astype(np.int64)
        # A list swaps faster while it stays in the cache; an array of words is smaller.
        order: Any = list(range(n)) if n < 2**18 else array("q", range(n))
        for i, j in enumerate(others.tolist()):
            order[i], order[j] = order[j], order[i]
        return np.array(order, dtype)

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
            return self._bernoulli_each(p, shape, np.dtype(dtype or p.dtype))
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        dtype = _support(np.dtype(dtype or np.float32), "bernoulli_scalar_cpu_", _ALL)
        return self._fill(() if shape is None else shape, dtype, lambda n: self._unit64(n) < p)

    def _bernoulli_each(self, p: Array, shape: Shape, dtype: np.dtype[Any]) -> Array:
        _support(dtype, "bernoulli_tensor_cpu_self_", _ALL)
        _support(p.dtype, "bernoulli_tensor_cpu_p_", _FLOATS)
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
        dtype = _support(np.dtype(dtype), "geometric_cpu", _ARITHMETIC)
        scale = math.log1p(-p)

        def draw(n: int) -> Array:
            return _through(np.log, math.log, self._unit64(n), lambda y: np.ceil(y / scale))

        return self._fill(shape, dtype, draw)

    def exponential(
        self, shape: Shape, dtype: DTypeLike = np.float32, lambd: float = 1.0
    ) -> Array:
        """Draw waiting times of rate `lambd`, so of mean 1/lambd: ``exponential_``."""
        if not lambd > 0:
            raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
        dtype = _continuous(np.dtype(dtype), "Exponential", "exponential_cpu", readable=True)
        scale = -1.0 / lambd

        def draw(n: int) -> Array:
            return _through(
                np.log1p, math.log1p, -self._unit64(n), lambda y: _cast(scale * y, dtype)
            )

        return self._fill(shape, dtype, draw)

    def cauchy(
        self, shape: Shape, dtype: DTypeLike = np.float32, median: float = 0.0, sigma: float = 1.0
    ) -> Array:
        """Draw from the Cauchy distribution of half-width `sigma`: ``cauchy_``."""
        if not sigma > 0:
            raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
        dtype = _continuous(np.dtype(dtype), "Cauchy", "cauchy_cpu", readable=False)

        def finish(tangent: Doubles) -> Array:
            return _cast(_fma(tangent, float(sigma), float(median)), dtype)

        def draw(n: int) -> Array:
            return _through(np.tan, math.tan, math.pi * (self._unit64(n) - 0.5), finish)

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
        _check_multinomial(weights, num_samples, replacement)
        if weights.ndim == 2 and not weights.shape[0]:
            return np.empty((0, num_samples), np.int64)
        if replacement and num_samples > 1:
            rows = [self._categories(row, num_samples) for row in np.atleast_2d(weights)]
            return np.array(rows, np.int64).reshape(*weights.shape[:-1], num_samples)
        _check_weights(weights)
        times = self.exponential(weights.shape, weights.dtype)
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.asarray(weights / times, np.float64)
        return np.argsort(-scores, axis=-1, kind="stable")[..., :num_samples].copy()

    def _categories(self, row: Array, n: int) -> NDArray[np.int64]:
        if not (row >= 0).all():
            raise RuntimeError(
                "invalid multinomial distribution (encountering probability entry < 0)"
            )
        if not np.isfinite(row).all():
            raise RuntimeError(
                "invalid multinomial distribution (encountering probability entry = infinity or "
                "NaN)"
            )
        edges = np.cumsum(row if row.dtype == np.float64 else row.astype(np.float32))
        if not (edges.size and edges[-1] > 0):
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        edges /= edges[-1]
        edges[-1] = 1
        with self._lock:
            return np.searchsorted(edges.astype(np.float64), self._unit64(n))

    # Distributions that reject: a Python loop, some microseconds a number.

    def poisson(self, rate: Array) -> Array:
        """Draw a Poisson number for each element of `rate`, in its dtype: ``torch.poisson``."""
        _support(rate.dtype, "poisson_cpu", _FLOATS)
        if not (rate >= 0).all():
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
        rates = rate.astype(np.float64).ravel().tolist()
        with self._lock:
            numbers = [_poisson(value, self._unit) for value in rates]
        return np.array(numbers, np.float64).astype(rate.dtype).reshape(rate.shape)

    def binomial(self, count: Array, prob: Array) -> Array:
        """Draw the number of successes in `count` trials of probability `prob` each."""
        for name, values in (("count", count), ("prob", prob)):
            if not _facts(values.dtype).digits:
                raise ValueError(
                    f"binomial only supports floating-point dtypes for {name}, "
                    f"got: {_facts(values.dtype).label}"
                )
        _support(count.dtype, "binomial_cpu", _FLOATS[2:])
        pairs = np.broadcast_arrays(count, prob)
        narrow = float if count.dtype == np.float64 else _narrow32
        with self._lock:
            numbers = [_binomial(c, p, narrow, self._unit)
                       for c, p in zip(*(side.ravel().tolist() for side in pairs))]
        return np.array(numbers, count.dtype).reshape(pairs[0].shape)

    def gamma(self, alpha: Array) -> Array:
        """Draw from the gamma distribution of shape `alpha` and scale 1, elementwise."""
        _support(alpha.dtype, "gamma_cpu", _FLOATS[2:])
        narrow = float if alpha.dtype == np.float64 else _narrow32
        with self._lock:
            numbers = [_gamma(a, narrow, self._unit, lambda: self._normals(1)[0])
                       for a in alpha.ravel().tolist()]
        least = np.finfo(alpha.dtype).tiny
        out: Array = np.fmax(least, np.array(numbers, alpha.dtype))
        return out.reshape(alpha.shape)


def _generator_from(state: NDArray[np.uint8]) -> Generator:
    return Generator().set_state(state)


# Arithmetic that rounds as the reference does.


def _cast(values: Array, dtype: np.dtype[Any]) -> Array:
    """`values` in `dtype`; a double becomes a 16-bit number by way of float32, as in C++."""
    if dtype.itemsize > 2 or dtype.kind not in "fV":
        return values.astype(dtype, copy=False)
    with np.errstate(over="ignore"):
        if values.dtype == np.float64:
            values = values.astype(np.float32)
        return values.astype(dtype, copy=False)


def _remainder(words: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """``words % count``; NumPy divides by a scalar much faster than it takes the remainder."""
    divisor = np.uint64(count)
    return words - words // divisor * divisor


def _fma(a: Array, b: float, c: float) -> Array:
    """a·b + c with one rounding in float32 or float64, as by a fused multiply-add."""
    product: Array = a if b == 1 else a * b
    total: Array = product + c
    if c == 0 or b == 0 or abs(math.frexp(b)[0]) == 0.5:
        return total  # the product is exact, or nothing is added to it
    if a.dtype == np.float32:
        return (a.astype(np.float64) * b + c).astype(np.float32)
    # T. J. Dekker, A floating-point technique for extending the available precision, 1971
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(np.float64(b))
    low = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    back = total - product
    total += low + ((product - (total - back)) + (c - back))
    return total


def _halves(x: Any) -> tuple[Any, Any]:
    """`x` as a sum of two doubles of 26 bits each."""
    high = x * (2.0**27 + 1)
    high = high - (high - x)
    return high, x - high


def _through(
    fast: Callable[[Doubles], Doubles],
    exact: Callable[[float], float],
    x: Doubles,
    finish: Callable[[Doubles], Array],
) -> Array:
    """``finish(f(x))`` with the f of libm, `exact`, which NumPy's `fast` is within some ulp of.

    `finish` is monotone and rounds. Only where it tells apart the two ends of the error that
    `fast` may have is the slow function called.
    """
    y = fast(x)
    slack = np.abs(y) * 2.0**-48
    close = np.flatnonzero(finish(y - slack) != finish(y + slack))
    if close.size:
        y[close] = _each(exact, x[close], fast)
    return finish(y)


def _each(
    exact: Callable[[float], float], x: Doubles, otherwise: Callable[[Doubles], Doubles]
) -> Doubles:
    try:
        return np.fromiter(map(exact, x.tolist()), np.float64, x.size)
    except (ValueError, OverflowError):  # Python raises where libm returns an infinity
        return otherwise(x)


def _box_muller64(unit: Doubles, mean: float, std: float) -> Doubles:
    """Normal numbers from numbers in [0, 1), in blocks of 8 for the radius, 8 for the angle."""
    blocks = unit.reshape(-1, 2, 8)
    radius = np.sqrt(-2.0 * _each(math.log, 1.0 - blocks[:, 0].ravel(), np.log))
    turned = np.zeros(radius.size, np.complex128)
    turned.imag = 2.0 * math.pi * blocks[:, 1].ravel()
    turned = np.exp(turned)  # libm's sine and cosine, where NumPy's own may be faster and differ
    cosine, sine = _fma(radius * turned.real, std, mean), _fma(radius * turned.imag, std, mean)
    return np.stack([cosine.reshape(-1, 8), sine.reshape(-1, 8)], axis=1).ravel()


def _box_muller32(unit: Singles, mean: float, std: float) -> Singles:
    """The same in float32, where each operation below rounds as in the reference."""
    mean, std = float(np.float32(mean)), float(np.float32(std))
    blocks = unit.reshape(-1, 2, 8)
    radius = np.sqrt(-2 * _log32(1 - blocks[:, 0].ravel()))
    cosine, sine = _cosine_sine32(_TWO_PI * blocks[:, 1].ravel())
    cosine, sine = _fma(radius * cosine, std, mean), _fma(radius * sine, std, mean)
    return np.stack([cosine.reshape(-1, 8), sine.reshape(-1, 8)], axis=1).ravel()


def _singles(*values: float) -> tuple[float, ...]:
    return tuple(float(np.float32(value)) for value in values)


# The polynomials of S. L. Moshier's Cephes library: logf.c and sinf.c.
_LOG = _singles(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)
_LN2_LOW, _LN2_HIGH = _singles(-2.12194440e-4, 0.693359375)
_SINE = _singles(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE = _singles(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_PI4_1, _PI4_2, _PI4_3 = _singles(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)
_TWO_PI, _OCTANTS = _singles(2 * math.pi, 4 / math.pi)
_SQRT_HALF_BITS = 0x3F3504F3


def _fused(a: Doubles, b: Doubles | float, c: Doubles | Singles | float) -> Singles:
    """a·b + c rounded once to float32; all of them hold values of float32."""
    product = a * b
    product += c
    return product.astype(np.float32)


def _polynomial(x: Doubles, coefficients: tuple[float, ...]) -> Singles:
    """Horner's scheme in float32, the highest power first."""
    first, second, *others = coefficients
    value = _fused(x, first, second)
    exact = np.empty_like(x)
    for coefficient in others:
        exact[...] = value
        exact *= x
        exact += coefficient
        value[...] = exact
    return value


def _log32(x: Singles) -> Singles:
    """log(x) for normal, positive x: x = 2**exponent · (1 + f), √½ <= 1 + f < √2."""
    bits = x.view(np.int32)
    exponent = (bits - _SQRT_HALF_BITS) >> 23
    f: Singles = (bits - (exponent << 23)).view(np.float32) - 1
    power: Singles = exponent.astype(np.float32)
    square: Singles = f * f
    tail: Singles = _polynomial(f.astype(np.float64), _LOG) * f
    low: Singles = power * _LN2_LOW
    tail = _fused(tail.astype(np.float64), square.astype(np.float64), low)
    return (f + (tail - 0.5 * square)) + power * _LN2_HIGH


def _cosine_sine32(x: Singles) -> tuple[Singles, Singles]:
    """(cos x, sin x) for 0 <= x <= 2π, by the distance from the nearest even octant."""
    octant = ((x * _OCTANTS).astype(np.int32) + 1) & -2
    steps = octant.astype(np.float32)
    near: Singles = (x - steps * _PI4_1) - steps * _PI4_2
    near = _fused(steps.astype(np.float64), -_PI4_3, near)
    square: Singles = near * near
    half: Singles = -0.5 * square
    wide = square.astype(np.float64)
    even, odd = _polynomial(wide, _COSINE) * square, _polynomial(wide, _SINE) * square
    even = _fused(even.astype(np.float64), wide, half) + 1
    odd = _fused(odd.astype(np.float64), near.astype(np.float64), near)
    axis = (octant & 2) == 0
    cosine, sine = np.where(axis, even, odd), np.where(axis, odd, even)
    cosine.view(np.uint32)[...] ^= (((octant + 2) & 4) << 29).view(np.uint32)
    sine.view(np.uint32)[...] ^= ((octant & 4) << 29).view(np.uint32)
    return cosine, sine


# Numbers one at a time, by rejection.


def _poisson(rate: float, unit: Callable[[], float]) -> int:
    """W. Hörmann, The transformed rejection method for generating Poisson variables, 1993."""
    if rate < 10:
        return _poisson_by_product(rate, unit)
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    bound = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = unit() - 0.5, unit()
        margin = 0.5 - abs(u)
        if margin == 0 or v == 0:
            continue
        k = math.floor((2 * a / margin + b) * u + rate + 0.43)
        if margin >= 0.07 and v <= bound:
            return k
        if k < 0 or (margin < 0.013 and v > margin):
            continue
        tried = math.log(v) + math.log(inverse_alpha) - math.log(a / (margin * margin) + b)
        if tried <= -rate + k * log_rate - math.lgamma(k + 1.0):
            return k


def _poisson_by_product(rate: float, unit: Callable[[], float]) -> int:
    if rate == 0:
        return 0
    bound, product, count = math.exp(-rate), unit(), 0
    while product > bound:
        product *= unit()
        count += 1
    return count


Narrow: TypeAlias = Callable[[float], float]
"""Rounds a double to the dtype in which the reference computes."""


def _narrow32(x: float) -> float:
    return float(np.float32(x))


def _binomial(count: float, p: float, narrow: Narrow, unit: Callable[[], float]) -> float:
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if math.isnan(p) or math.isnan(count):
        return math.nan
    rare = p if p <= 0.5 else narrow(1.0 - p)
    by_rejection = narrow(count * rare) >= 10.0
    successes = (_binomial_btrs if by_rejection else _binomial_by_gaps)(count, rare, narrow, unit)
    return successes if p <= 0.5 else count - successes


def _binomial_by_gaps(count: float, p: float, narrow: Narrow, unit: Callable[[], float]) -> float:
    """Counts the geometric gaps between successes that `count` trials have room for."""
    scale, total, successes = narrow(math.log1p(-p)), 0.0, 0.0
    while True:
        share = unit()
        total += math.ceil(math.log(share) / scale) if share else math.inf
        if total > count:
            return successes
        successes += 1


def _binomial_btrs(n: float, p: float, narrow: Narrow, unit: Callable[[], float]) -> float:
    """W. Hörmann, The generation of binomial random variates, 1993: algorithm BTRS."""
    mean = narrow(n * p)
    q = narrow(1 - p)
    deviation = narrow(math.sqrt(narrow(mean * q)))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = mean + 0.5
    bound = 0.92 - 4.2 / b
    ratio = narrow(p / q)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor(narrow(narrow(n + 1) * p))
    while True:
        u, v = unit() - 0.5, unit()
        margin = 0.5 - abs(u)
        if margin == 0:
            continue
        k = narrow(math.floor((2 * a / margin + b) * u + c))
        if k < 0 or k > n:
            continue
        if margin >= 0.07 and v <= bound:
            return k
        above = narrow(narrow(n - k) + 1)
        tried = v * alpha / (a / (margin * margin) + b)
        limit = (
            (mode + 0.5) * math.log((mode + 1) / (ratio * (n - mode + 1)))
            + narrow(n + 1) * math.log((n - mode + 1) / above)
            + (k + 0.5) * math.log(ratio * above / narrow(k + 1))
            + _stirling_tail(mode) + _stirling_tail(n - mode)
            - _stirling_tail(k) - _stirling_tail(narrow(n - k))
        )
        if tried == 0 or math.log(tried) <= limit:
            return k


_STIRLING_TAILS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)


def _stirling_tail(k: float) -> float:
    """What Stirling's formula lacks of log(k!)."""
    if k < len(_STIRLING_TAILS):
        return _STIRLING_TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


_THIRD, _SQUEEZE = _singles(float(np.float32(1) / np.float32(3)), 0.0331)


def _gamma(
    alpha: float, narrow: Narrow, unit: Callable[[], float], normal: Callable[[], float]
) -> float:
    """G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, 2000."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = math.pow(1 - unit(), narrow(1.0 / alpha))
        alpha = narrow(alpha + 1)
    d = narrow(alpha - _THIRD)
    if d <= 0 or math.isnan(d):
        return math.nan
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        share = 1 - unit()
        square = x * x
        if share < 1 - _SQUEEZE * square * square:
            return scale * d * v
        if math.log(share) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


# Arguments.


def _support(dtype: np.dtype[Any], kernel: str, names: Sequence[str]) -> np.dtype[Any]:
    """`dtype`, if it is one of `names`."""
    facts = _facts(dtype)
    if facts.name not in names:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{facts.label}'")
    return dtype


def _continuous(
    dtype: np.dtype[Any], distribution: str, kernel: str, *, readable: bool
) -> np.dtype[Any]:
    facts = _facts(dtype)
    if not facts.digits:
        raise RuntimeError(
            f"{distribution} distribution is a continuous probability distribution. dtype must be "
            f"a floating point but you specified {facts.label if readable else facts.c_name}"
        )
    return _support(dtype, kernel, _FLOATS)


def _from_parts(
    shape: Shape, dtype: np.dtype[Any], draw: Callable[[tuple[int, ...], Any], Array]
) -> Array:
    """A complex array from twice as many real numbers, the parts side by side."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    real = np.float32 if dtype == np.complex64 else np.float64
    return draw((*sizes, 2), real).view(dtype).reshape(sizes)


def _chunks(values: Array) -> Iterator[Array]:
    for start in range(0, values.size, CHUNK):
        yield values[start : start + CHUNK]


def _check_uniform(dtype: np.dtype[Any], low: float, high: float) -> None:
    _, label, c_name, _, largest = _facts(dtype)
    for value, which in ((low, "from"), (high, "to")):
        if not -largest <= value <= largest:
            raise RuntimeError(f"{which} is out of bounds for {c_name}")
    if not low <= high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{label}>::max(), but found "
            f"to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


def _integer_bounds(dtype: np.dtype[Any], low: int, high: int | None) -> tuple[int, int]:
    """(low, high) such that [low, high) stays so when its integers are rounded to `dtype`."""
    digits = _facts(dtype).digits
    for value in (low, high or 0):
        if not -(2**63) <= value < 2**63:
            raise ValueError("Overflow when unpacking long long")
    if high is None:
        low, high = _bounds_from(dtype, low, digits)
    elif not low < high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    elif digits:
        low, high = _round_up(low, dtype, digits), _round_down(high, dtype, digits)
        if not low < high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but "
                f"got from={low} >= to={high}"
            )
    _check_bounds(dtype, low, high - 1)
    return low, high


def _bounds_from(dtype: np.dtype[Any], low: int, digits: int) -> tuple[int, int]:
    if not digits:
        return low, 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1
    low, last = _round_up(low, dtype, digits), 2**digits
    if not low < last:
        raise RuntimeError(
            "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted "
            f"to dtype, but got from={low} > to_inc={last}"
        )
    return low, last + 1


def _check_bounds(dtype: np.dtype[Any], first: int, last: int) -> None:
    _, _, c_name, digits, largest = _facts(dtype)
    limits: tuple[float, float]
    if digits:
        limits = (-largest, largest)
    elif dtype.kind == "b":
        limits = (0, 1)
    else:
        info = np.iinfo(dtype)
        limits = (int(info.min), min(int(info.max), 2**63 - 1))
    for value, which in ((first, "from"), (last, "to - 1")):
        if not limits[0] <= value <= limits[1]:
            raise RuntimeError(f"{which} is out of bounds for {c_name}")
        if digits and abs(value) > 2**digits:
            warnings.warn(
                f"{which} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                f"limitations {c_name} can support discrete uniform distribution only within this "
                "range. This warning will become an error in version 1.7 release, please fix the "
                "code in advance",
                stacklevel=5,
            )


def _rounded(value: int, dtype: np.dtype[Any]) -> int:
    """`value` by way of `dtype`, where what leaves 64 bits wraps to the least integer."""
    with np.errstate(over="ignore"):
        number = float(_cast(np.array(value, np.float64), dtype))
    return int(number) if abs(number) < 2**63 else -(2**63)


def _round_up(low: int, dtype: np.dtype[Any], digits: int) -> int:
    rounded = _rounded(low + 1, dtype)
    if rounded < low:
        low = rounded + (1 << max(abs(low + 1).bit_length() - digits, 0))
    return low


def _round_down(high: int, dtype: np.dtype[Any], digits: int) -> int:
    rounded = _rounded(high - 1, dtype)
    if rounded >= high:
        high = rounded - (1 << max(abs(high - 1).bit_length() - digits, 0))
    return high


def _check_permutation(n: int, dtype: np.dtype[Any]) -> None:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    name, label, _, digits, _ = _facts(dtype)
    if dtype.kind in "iu" and n > np.iinfo(dtype).max:
        raise RuntimeError(
            f"value cannot be converted to type {name}_t without overflow"
        )
    _support(dtype, "randperm", _ARITHMETIC)
    if digits in (11, 24, 53) and n > 2**digits + 1:
        limit = "2049" if digits == 11 else f"2^{digits}+1"
        raise RuntimeError(f"n cannot be greater than {limit} for {label} type.")


def _check_multinomial(weights: Array, num_samples: int, replacement: bool) -> None:
    facts = _facts(weights.dtype)
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not facts.digits:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {facts.label}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    categories = weights.shape[-1]
    if not replacement and num_samples > categories:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )
    if categories > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


def _check_weights(weights: Array) -> None:
    if not ((weights >= 0) & (weights < np.inf)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(axis=-1) == 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


default_generator = Generator()
"""The stream of ``torch.rand`` and all the others that are given no generator of their own."""
default_generator.seed()
