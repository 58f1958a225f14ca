"""The random numbers of wengert against those of PyTorch, bit for bit, from the same seeds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from wengert.engine.random_stream import Generator

torch = pytest.importorskip("torch")
ml_dtypes = pytest.importorskip("ml_dtypes")

SIZES = [0, 1, 2, 15, 16, 17, 31, 33, 1000, 8191, 8208, 100_003]
DTYPES = {
    np.dtype(name): getattr(torch, name)
    for name in ("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
                 "float16", "float32", "float64", "complex64", "complex128")
}
DTYPES[np.dtype(ml_dtypes.bfloat16)] = torch.bfloat16
BY_NAME = {dtype.name: dtype for dtype in DTYPES}
FLOATS = [BY_NAME[name] for name in ("float16", "bfloat16", "float32", "float64")]
COMPLEX = [BY_NAME["complex64"], BY_NAME["complex128"]]
ALL = [BY_NAME[n] for n in ("bool", "uint8", "int8", "int16", "int32", "int64")] + FLOATS


def to_numpy(tensor: Any) -> np.ndarray:
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def to_torch(array: np.ndarray) -> Any:
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


class Both:
    """A generator of each library, started alike."""

    def __init__(self, seed: int = 0) -> None:
        self.ours = Generator().manual_seed(seed)
        self.theirs = torch.Generator().manual_seed(seed)

    def empty(self, shape: Any, dtype: np.dtype) -> Any:
        return torch.empty(shape, dtype=DTYPES[dtype])

    def same(self, ours: np.ndarray, theirs: Any) -> None:
        """The two draws have equal bits, and the generators are left in equal states."""
        expected = to_numpy(theirs)
        assert ours.dtype == expected.dtype
        assert ours.shape == expected.shape
        assert ours.flags.c_contiguous
        different = np.flatnonzero(
            (ours != expected).ravel() & ~((ours != ours) & (expected != expected)).ravel()
        )
        assert different.size == 0, (
            f"{different.size} of {ours.size} differ, first at {different[:3]}: "
            f"{ours.ravel()[different[:3]]} against {expected.ravel()[different[:3]]}"
        )
        assert (ours.tobytes() == expected.tobytes()) or np.isnan(expected).any()
        self.same_state()

    def same_state(self) -> None:
        assert (self.ours.get_state() == self.theirs.get_state().numpy()).all()


@pytest.fixture
def both() -> Both:
    return Both()


# Seeds and states.


@pytest.mark.parametrize("seed", [0, 1, 42, -1, -5, 2**32, 2**32 + 7, 2**63, 2**64 - 1, -(2**63)])
def test_seeds(seed: int) -> None:
    both = Both(seed)
    assert both.ours.initial_seed() == both.theirs.initial_seed()
    both.same_state()
    both.same(both.ours.uniform((5,)), torch.rand(5, generator=both.theirs))


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 1.5, "a", True])
def test_bad_seeds(seed: Any) -> None:
    with pytest.raises((RuntimeError, ValueError)) as theirs:
        torch.Generator().manual_seed(seed)
    with pytest.raises(theirs.type, match=str(theirs.value)):
        Generator().manual_seed(seed)


def test_a_new_generator_has_the_default_seed() -> None:
    both = Both()
    both.ours, both.theirs = Generator(), torch.Generator()
    both.same_state()


@pytest.mark.parametrize("words", [0, 1, 2, 623, 624, 625, 1247, 1248, 5000])
@pytest.mark.parametrize("normals", [0, 1, 2])
def test_states_interchange(words: int, normals: int) -> None:
    both = Both(3)
    both.same(both.ours.uniform(words), torch.rand(words, generator=both.theirs))
    both.same(both.ours.normal(normals), torch.randn(normals, generator=both.theirs))
    swapped = Both()
    swapped.ours.set_state(both.theirs.get_state().numpy())
    swapped.theirs.set_state(torch.from_numpy(both.ours.get_state()))
    swapped.same_state()
    swapped.same(swapped.ours.normal(700), torch.randn(700, generator=swapped.theirs))
    swapped.same(swapped.ours.normal(3), torch.randn(3, generator=swapped.theirs))


@pytest.mark.parametrize("state", [np.zeros(5, np.uint8), np.zeros(5056, np.uint8)])
def test_bad_states(state: np.ndarray) -> None:
    with pytest.raises(RuntimeError) as theirs:
        torch.Generator().set_state(torch.from_numpy(state))
    with pytest.raises(RuntimeError, match=str(theirs.value)):
        Generator().set_state(state)


# Every distribution by size and dtype, twice in a row.


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS + COMPLEX, ids=str)
def test_uniform(both: Both, n: int, dtype: np.dtype) -> None:
    for _ in range(2):
        both.same(both.ours.uniform(n, dtype),
                  torch.rand(n, dtype=DTYPES[dtype], generator=both.theirs))


@pytest.mark.parametrize("low, high", [(-1, 1), (0.25, 0.75), (-0.3, 0.7), (3, 3), (-7, 1000.1),
                                       (1e-3, 1e4), (-0.0625, 0.0625), (0, 0.1)])
@pytest.mark.parametrize("dtype", FLOATS + COMPLEX, ids=str)
def test_uniform_bounds(both: Both, dtype: np.dtype, low: float, high: float) -> None:
    for n in (7, 100_003):
        both.same(both.ours.uniform(n, dtype, low, high),
                  both.empty(n, dtype).uniform_(low, high, generator=both.theirs))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS + COMPLEX, ids=str)
def test_normal(both: Both, n: int, dtype: np.dtype) -> None:
    for _ in range(2):
        both.same(both.ours.normal(n, dtype),
                  torch.randn(n, dtype=DTYPES[dtype], generator=both.theirs))


@pytest.mark.parametrize("mean, std", [(0, 2), (0, 1.7), (1, 0.02), (-3.3, 0.7), (5, 0), (1e5, 3)])
@pytest.mark.parametrize("dtype", FLOATS + COMPLEX, ids=str)
def test_normal_moments(both: Both, dtype: np.dtype, mean: float, std: float) -> None:
    for n in (1, 9, 100_003):
        both.same(both.ours.normal(n, dtype, mean, std),
                  both.empty(n, dtype).normal_(mean, std, generator=both.theirs))


@pytest.mark.parametrize("n", [3, 40])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_normal_of_arrays(both: Both, n: int, dtype: np.dtype) -> None:
    mean = np.linspace(-2, 2, n).astype(dtype)
    std = np.linspace(0, 3, n).astype(dtype)
    g = both.theirs
    both.same(both.ours.normal(n, dtype, mean, std),
              torch.normal(to_torch(mean), to_torch(std), generator=g))
    both.same(both.ours.normal(n, dtype, mean, 1.3),
              torch.normal(to_torch(mean), 1.3, generator=g))
    both.same(both.ours.normal(n, dtype, 0.7, std),
              torch.normal(0.7, to_torch(std), generator=g))


def test_normal_into_a_tensor_with_gaps(both: Both) -> None:
    gaps = torch.empty(50, 2)[:, 0]
    both.same(both.ours.normal(50, contiguous=False), gaps.normal_(generator=both.theirs))


def test_normal_over_its_inputs() -> None:
    """The float32 transform at one in 64 of its 2**24 radii and angles, by crafted states."""
    radii = np.resize(np.arange(0, 2**24, 64, dtype=np.uint32), 304 * 863)
    angles = np.random.RandomState(0).permutation(radii)
    words = np.stack([radii.reshape(-1, 8), angles.reshape(-1, 8)], axis=1).reshape(-1, 608)
    both = Both()
    for row in words:
        state = state_before(row)
        both.ours.set_state(state)
        both.theirs.set_state(torch.from_numpy(state))
        both.same(both.ours.normal(608), torch.randn(608, generator=both.theirs))


def state_before(words: np.ndarray) -> np.ndarray:
    """A state that yields `words`, 623 at most: each undone from the scrambling of the output."""
    y = words ^ (words >> np.uint32(18))
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    z = y
    for _ in range(4):
        z = y ^ ((z << np.uint32(7)) & np.uint32(0x9D2C5680))
    x = z
    for _ in range(2):
        x = z ^ (x >> np.uint32(11))
    generator = Generator().manual_seed(0)
    generator.uniform(1)
    state = generator.get_state()
    state[24:5016].view(np.uint64)[1 : 1 + words.size] = x
    return state


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_log_normal(both: Both, n: int, dtype: np.dtype) -> None:
    for mean, std in ((0, 0.25), (-1.2, 0.7)):
        both.same(both.ours.log_normal(n, dtype, mean, std),
                  both.empty(n, dtype).log_normal_(mean, std, generator=both.theirs))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_exponential_and_cauchy(both: Both, n: int, dtype: np.dtype) -> None:
    for scale in (1, 0.3):
        both.same(both.ours.exponential(n, dtype, scale),
                  both.empty(n, dtype).exponential_(scale, generator=both.theirs))
        both.same(both.ours.cauchy(n, dtype, 0.1, scale),
                  both.empty(n, dtype).cauchy_(0.1, scale, generator=both.theirs))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ALL[1:], ids=str)
def test_geometric(both: Both, n: int, dtype: np.dtype) -> None:
    for p in (0.5, 0.3, 0.99):
        both.same(both.ours.geometric(n, dtype, p),
                  both.empty(n, dtype).geometric_(p, generator=both.theirs))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_bernoulli(both: Both, n: int, dtype: np.dtype) -> None:
    for p in (0.5, 0.1, 0, 1, 1 / 3):
        both.same(both.ours.bernoulli(p, n, dtype),
                  both.empty(n, dtype).bernoulli_(p, generator=both.theirs))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_bernoulli_of_arrays(both: Both, n: int, dtype: np.dtype) -> None:
    p = np.random.RandomState(0).rand(n).astype(dtype)
    both.same(both.ours.bernoulli(p), torch.bernoulli(to_torch(p), generator=both.theirs))
    both.same(both.ours.bernoulli(p, (2, n), np.int32),
              torch.empty(2, n, dtype=torch.int32).bernoulli_(to_torch(p), generator=both.theirs))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout(p: float) -> None:
    torch.manual_seed(5)
    x = torch.ones(1001)
    expected = torch.nn.functional.dropout(x, p).numpy()
    mask = Generator().manual_seed(5).bernoulli(1 - p, 1001, np.float32)
    assert (np.ones(1001, np.float32) * (mask / (1 - p)) == expected).all()


RANGES = [(0, 1), (0, 2), (0, 10), (-5, 7), (0, 100), (3, 127), (0, 2**28 - 1), (0, 2**28),
          (-(2**31), 2**31 - 1), (0, 2**32), (-(2**40), 2**45), (-(2**62), 2**62),
          (-(2**63), 2**63 - 1), (0, 2**63 - 1), (0, 65504), (2049, 4000), (-257, 300)]


@pytest.mark.filterwarnings("ignore:.*out of bounds")
@pytest.mark.parametrize("low, high", RANGES)
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d.kind != "c"], ids=str)
def test_integers(both: Both, dtype: np.dtype, low: int, high: int) -> None:
    for n in (0, 1, 17, 10_007):
        try:
            theirs = both.empty(n, dtype).random_(low, high, generator=both.theirs)
        except RuntimeError as error:
            with pytest.raises(RuntimeError) as ours:
                both.ours.integers(low, high, n, dtype)
            assert str(ours.value) == str(error)
        else:
            both.same(both.ours.integers(low, high, n, dtype), theirs)


@pytest.mark.filterwarnings("ignore:.*out of bounds")
@pytest.mark.parametrize("low", [0, 3, -100, 2**20, -(2**63) + 1, -(2**63)])
@pytest.mark.parametrize("dtype", [d for d in DTYPES if d.kind != "c"], ids=str)
def test_integers_without_an_end(both: Both, dtype: np.dtype, low: int) -> None:
    try:
        theirs = both.empty(1001, dtype).random_(low, None, generator=both.theirs)
    except RuntimeError as error:
        with pytest.raises(type(error)) as ours:
            both.ours.integers(low, None, 1001, dtype)
        if type(error) is RuntimeError and "handles only" not in str(error):
            assert str(ours.value) == str(error)
    else:
        both.same(both.ours.integers(low, None, 1001, dtype), theirs)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_integers_full(both: Both, n: int, dtype: np.dtype) -> None:
    for _ in range(2):
        both.same(both.ours.integers_full(n, dtype),
                  both.empty(n, dtype).random_(generator=both.theirs))


@pytest.mark.parametrize("dtype", ALL[1:], ids=str)
def test_permutation(both: Both, dtype: np.dtype) -> None:
    for n in [*SIZES, 100, 127]:
        try:
            theirs = torch.randperm(n, dtype=DTYPES[dtype], generator=both.theirs)
        except RuntimeError as error:
            with pytest.raises(RuntimeError) as ours:
                both.ours.permutation(n, dtype)
            assert str(ours.value) == str(error)
        else:
            both.same(both.ours.permutation(n, dtype), theirs)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("shape", [(1,), (10,), (1000,), (3, 50), (4, 1)])
def test_multinomial(both: Both, shape: tuple[int, ...], dtype: np.dtype) -> None:
    weights = np.random.RandomState(1).rand(*shape).astype(dtype)
    for samples, replacement in ((1, False), (1, True), (7, True), (500, True)):
        both.same(both.ours.multinomial(weights, samples, replacement),
                  torch.multinomial(to_torch(weights), samples, replacement,
                                    generator=both.theirs))


@pytest.mark.parametrize("dtype", FLOATS[2:], ids=str)
@pytest.mark.parametrize("shape", [(10,), (1000,), (3, 50)])
def test_multinomial_without_replacement(both: Both, shape: Any, dtype: np.dtype) -> None:
    weights = np.random.RandomState(1).rand(*shape).astype(dtype)
    for samples in (2, shape[-1] // 2, shape[-1]):
        both.same(both.ours.multinomial(weights, samples),
                  torch.multinomial(to_torch(weights), samples, generator=both.theirs))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_poisson(both: Both, dtype: np.dtype) -> None:
    rates = np.concatenate([np.zeros(3), np.geomspace(1e-3, 1e4, 5000)]).astype(dtype)
    both.same(both.ours.poisson(rates), torch.poisson(to_torch(rates), generator=both.theirs))


@pytest.mark.parametrize("dtype", FLOATS[2:], ids=str)
def test_binomial(both: Both, dtype: np.dtype) -> None:
    for p in (0.0, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0):
        count = np.floor(np.geomspace(1, 1e5, 2000)).astype(dtype)
        prob = np.full(count.shape, p, dtype)
        both.same(both.ours.binomial(count, prob),
                  torch.binomial(to_torch(count), to_torch(prob), generator=both.theirs))


@pytest.mark.parametrize("dtype", FLOATS[2:], ids=str)
def test_gamma(both: Both, dtype: np.dtype) -> None:
    alpha = np.concatenate([[0.0], np.geomspace(1e-3, 1e4, 5000)]).astype(dtype)
    both.same(both.ours.gamma(alpha), torch._standard_gamma(to_torch(alpha), both.theirs))


# Draws of different kinds from one stream.


f32, f64 = BY_NAME["float32"], BY_NAME["float64"]
DRAWS = [
    (lambda g, n: g.uniform(n, f32), lambda g, n: torch.rand(n, generator=g)),
    (lambda g, n: g.uniform(n, f64),
     lambda g, n: torch.rand(n, dtype=torch.float64, generator=g)),
    (lambda g, n: g.normal(n, f32), lambda g, n: torch.randn(n, generator=g)),
    (lambda g, n: g.normal(n, f64),
     lambda g, n: torch.randn(n, dtype=torch.float64, generator=g)),
    (lambda g, n: g.integers(0, 10, n), lambda g, n: torch.randint(10, (n,), generator=g)),
    (lambda g, n: g.permutation(n), lambda g, n: torch.randperm(n, generator=g)),
    (lambda g, n: g.bernoulli(0.3, n, f32),
     lambda g, n: torch.empty(n).bernoulli_(0.3, generator=g)),
    (lambda g, n: g.log_normal(n, f32, 0.0, 0.5),
     lambda g, n: torch.empty(n).log_normal_(0, 0.5, generator=g)),
    (lambda g, n: g.poisson(np.full(n, 12.5)),
     lambda g, n: torch.poisson(torch.full((n,), 12.5, dtype=torch.float64), generator=g)),
    (lambda g, n: g.gamma(np.full(n, 0.5)),
     lambda g, n: torch._standard_gamma(torch.full((n,), 0.5, dtype=torch.float64), g)),
]


@pytest.mark.parametrize("seed", range(40))
def test_interleaved(seed: int) -> None:
    pick = np.random.RandomState(seed)
    both = Both(seed)
    for _ in range(30):
        n = int(pick.choice([0, 1, 2, 3, 5, 15, 16, 17, 31, 100, 700]))
        ours, theirs = DRAWS[pick.randint(len(DRAWS))]
        both.same(ours(both.ours, n), theirs(both.theirs, n))


def test_a_large_permutation(both: Both) -> None:
    both.same(both.ours.permutation(300_000), torch.randperm(300_000, generator=both.theirs))


# Errors.


EMPTY = np.zeros(3, np.float32)
BAD_CALLS = [
    (lambda g: g.normal(3, np.float32, 0, -1), lambda x: x.normal_(0, -1)),
    (lambda g: g.normal(3, np.int64), lambda x: x.long().normal_()),
    (lambda g: g.normal(2, np.float32, EMPTY[:2], np.array([1.0, -1.0], np.float32)),
     lambda x: torch.normal(torch.zeros(2), torch.tensor([1.0, -1.0]))),
    (lambda g: g.uniform(3, np.float32, 2, 1), lambda x: x.uniform_(2, 1)),
    (lambda g: g.uniform(3, np.float32, 0, 1e60), lambda x: x.uniform_(0, 1e60)),
    (lambda g: g.uniform(3, np.float16, 0, 1e5), lambda x: x.half().uniform_(0, 1e5)),
    (lambda g: g.uniform(3, np.float32, math.nan), lambda x: x.uniform_(math.nan, 1)),
    (lambda g: g.uniform(3, np.float64, -1.5e308, 1.5e308),
     lambda x: x.double().uniform_(-1.5e308, 1.5e308)),
    (lambda g: g.uniform(3, np.int64), lambda x: x.long().uniform_()),
    (lambda g: g.exponential(3, np.float32, -1.5), lambda x: x.exponential_(-1.5)),
    (lambda g: g.exponential(3, np.int64), lambda x: x.long().exponential_()),
    (lambda g: g.cauchy(3, np.float32, 0, 0), lambda x: x.cauchy_(0, 0)),
    (lambda g: g.cauchy(3, np.int64), lambda x: x.long().cauchy_()),
    (lambda g: g.log_normal(3, np.float32, 0, 0), lambda x: x.log_normal_(0, 0)),
    (lambda g: g.log_normal(3, np.int64), lambda x: x.long().log_normal_()),
    (lambda g: g.geometric(3, np.float32, 1.5), lambda x: x.geometric_(1.5)),
    (lambda g: g.geometric(3, np.bool_, 0.5), lambda x: x.bool().geometric_(0.5)),
    (lambda g: g.bernoulli(1.5, 3), lambda x: x.bernoulli_(1.5)),
    (lambda g: g.bernoulli(0.5, 3, np.complex64),
     lambda x: x.to(torch.complex64).bernoulli_(0.5)),
    (lambda g: g.bernoulli(np.array([1])), lambda x: torch.bernoulli(torch.tensor([1]))),
    (lambda g: g.integers(5, 5, 3), lambda x: x.long().random_(5, 5)),
    (lambda g: g.integers(0, 257, 3, np.uint8), lambda x: x.byte().random_(0, 257)),
    (lambda g: g.integers(-1, 5, 3, np.uint8), lambda x: x.byte().random_(-1, 5)),
    (lambda g: g.integers(0, 2**63, 3), lambda x: torch.randint(0, 2**63, (3,))),
    (lambda g: g.integers_full(3, np.uint16), lambda x: x.to(torch.uint16).random_()),
    (lambda g: g.permutation(-1), lambda x: torch.randperm(-1)),
    (lambda g: g.permutation(3, np.bool_), lambda x: torch.randperm(3, dtype=torch.bool)),
    (lambda g: g.multinomial(EMPTY + 1, 4), lambda x: torch.multinomial(torch.ones(3), 4)),
    (lambda g: g.multinomial(EMPTY + 1, 0), lambda x: torch.multinomial(torch.ones(3), 0)),
    (lambda g: g.multinomial(EMPTY - 1, 1), lambda x: torch.multinomial(-torch.ones(3), 1)),
    (lambda g: g.multinomial(EMPTY, 1), lambda x: torch.multinomial(torch.zeros(3), 1)),
    (lambda g: g.multinomial(EMPTY - 1, 3, True),
     lambda x: torch.multinomial(-torch.ones(3), 3, True)),
    (lambda g: g.multinomial(EMPTY + np.inf, 3, True),
     lambda x: torch.multinomial(torch.full((3,), math.inf), 3, True)),
    (lambda g: g.multinomial(EMPTY, 3, True),
     lambda x: torch.multinomial(torch.zeros(3), 3, True)),
    (lambda g: g.multinomial(np.ones((2, 2, 2)), 1),
     lambda x: torch.multinomial(torch.ones(2, 2, 2), 1)),
    (lambda g: g.multinomial(np.ones(3, np.int64), 1),
     lambda x: torch.multinomial(torch.ones(3).long(), 1)),
    (lambda g: g.poisson(EMPTY - 1), lambda x: torch.poisson(-torch.ones(3))),
    (lambda g: g.poisson(np.ones(1, np.int64)), lambda x: torch.poisson(torch.tensor([1]))),
    (lambda g: g.binomial(np.ones(1, np.int64), np.ones(1)),
     lambda x: torch.binomial(torch.tensor([1]), torch.ones(1))),
]


@pytest.mark.parametrize("ours, theirs", BAD_CALLS)
def test_errors(ours: Any, theirs: Any) -> None:
    with pytest.raises((RuntimeError, ValueError)) as expected:
        theirs(torch.zeros(3))
    with pytest.raises(expected.type) as found:
        ours(Generator())
    assert str(found.value) == str(expected.value)
