"""Random numbers: what torch 2.13.0 draws from the same seeds, and what holds of any stream."""

from __future__ import annotations

import copy
import doctest
import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengert.engine import native, random_stream
from wengert.engine.random_stream import (
    Generator,
    ahead,
    box_muller,
    default_generator,
    generator,
    words,
)

Draw = Callable[[Generator], np.ndarray]


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def crc(array: np.ndarray) -> int:
    return zlib.crc32(array.tobytes())


@pytest.mark.parametrize("module", [random_stream, generator])
def test_the_examples_run(module: ModuleType) -> None:
    examples = doctest.testmod(module)
    assert examples.attempted and not examples.failed


# What torch 2.13.0 draws.

# The CRC-32 of 1003 numbers from seed 0, and of the state of 5056 bytes after them.
EXACT: list[tuple[Draw, int, int]] = [
    (lambda g: g.uniform(1003), 0xF026B6F5, 4143571459),
    (lambda g: g.uniform(1003, np.float64), 0xEB73B935, 4179561601),
    (lambda g: g.uniform(1003, np.float16), 0xFECE51B0, 4143571459),
    (lambda g: g.uniform(1003, np.complex64), 0xA9AAD979, 4179561601),
    (lambda g: g.uniform(1003, np.float32, -0.3, 0.7), 0x9FD57BFD, 4143571459),
    (lambda g: g.uniform(1003, np.float64, -0.3, 0.7), 0x80877446, 4179561601),
    (lambda g: g.normal(1003), 0xCC7DAA2C, 2279225733),
    (lambda g: g.normal(1003, np.float32, 0.1, 0.7), 0xB8798CF1, 2279225733),
    (lambda g: g.normal(1003, np.float16), 0x4BFE3DA1, 3547854188),
    (lambda g: g.normal(1003, np.complex64), 0x02025D87, 662740603),
    (lambda g: g.integers(0, 10, 1003), 0xA7949490, 4143571459),
    (lambda g: g.integers(-(2**40), 2**45, 1003), 0x0AA3CB1A, 4179561601),
    (lambda g: g.integers(3, 200, 1003, np.uint8), 0xEC1C2A30, 4143571459),
    (lambda g: g.integers_full(1003, np.int64), 0x942275FB, 4179561601),
    (lambda g: g.integers_full(1003, np.float32), 0xFF71F58A, 4143571459),
    (lambda g: g.integers_full(1003, np.bool_), 0x198112CC, 4143571459),
    (lambda g: g.permutation(1003), 0xE39C02D5, 1766644477),
    (lambda g: g.bernoulli(0.3, 1003, np.float32), 0x00629E38, 4179561601),
    (lambda g: g.bernoulli(np.arange(1003, dtype=np.float32) / np.float32(1003)),
     0x8E725AF8, 4143571459),
    (lambda g: g.multinomial(np.arange(100, dtype=np.float32), 1003, True),
     0x87E60B12, 4179561601),
    (lambda g: g.exponential(1003, np.float32, 0.7), 0x84DCF50A, 4179561601),
    (lambda g: g.geometric(1003, np.int64, 0.3), 0x5A1CDB55, 4179561601),
]


@pytest.mark.parametrize("draw, numbers, state", EXACT)
def test_the_bits_of_1003_numbers(draw: Draw, numbers: int, state: int) -> None:
    g = seeded()
    assert crc(draw(g)) == numbers
    assert crc(g.get_state()) == state


def test_bfloat16() -> None:
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    assert crc(seeded().uniform(1003, bfloat16)) == 0x29ABCD85
    assert crc(seeded().normal(1003, bfloat16)) == 0x85FEBD35


def test_interleaved_draws() -> None:
    g = seeded()
    g.uniform(1000)
    assert g.integers(0, 100, 5).tolist() == [95, 42, 39, 56, 4]
    assert g.normal(3).tolist() == [-0.35353854298591614, 0.774097740650177, 1.2135677337646484]
    assert g.permutation(5).tolist() == [2, 3, 0, 4, 1]
    assert g.normal(1).tolist() == [-0.8419715762138367]  # the second of a pair, which waited


CLOSE: list[tuple[Draw, list[float]]] = [
    (lambda g: np.concatenate([g.normal(5), g.normal(2, np.float64)]),
     [1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991,
      -1.0845223665237427, -1.3985953953708767, 0.4033468476292993]),
    (lambda g: g.normal(17, np.float64)[[0, 8, 1, 16]],
     [-2.310411800234176, 0.23871805816817063, -0.6332746088675096, 0.6748575435940039]),
    (lambda g: g.exponential(3, np.float64),
     [3.508326186707642, 1.2303847641796768, 0.6150440938940115]),
    (lambda g: g.cauchy(3, np.float64),
     [10.597729326682297, 0.7647672596059, -0.12829934208317406]),
    (lambda g: g.log_normal(3, np.float64, 0, 0.25),
     [1.469980340748897, 0.9292688113368995, 0.5800173016134106]),
    (lambda g: g.multinomial(np.array([0.1, 0.2, 0.3, 0.4], np.float32), 3), [2, 1, 3]),
    (lambda g: g.poisson(np.array([0.5, 3, 20, 1000], np.float32)), [2, 4, 21, 996]),
    (lambda g: g.binomial(np.array([5, 100, 100, 1000], np.float32),
                          np.array([0.5, 0.02, 0.3, 0.9], np.float32)), [4, 2, 31, 901]),
    (lambda g: g.gamma(np.array([0.3, 1, 5])),
     [5.90695073130949e-06, 0.11898370896786938, 5.021774554543885]),
]


@pytest.mark.parametrize("draw, expected", CLOSE)
def test_numbers_that_libm_takes_part_in(draw: Draw, expected: list[float]) -> None:
    np.testing.assert_allclose(draw(seeded()), expected, rtol=1e-14)


def test_dropout_is_bernoulli_of_what_is_kept() -> None:
    mask = seeded(5).bernoulli(0.75, 8, np.float32)
    assert mask.tolist() == [1, 1, 1, 1, 1, 0, 1, 1]


@pytest.mark.parametrize("seed, first", [
    (42, [0.8822692632675171, 0.9150039553642273]),
    (2**32 + 42, [0.8822692632675171, 0.9150039553642273]),
    (-1, [0.9937993884086609, 0.5713063478469849]),
    (2**64 - 1, [0.9937993884086609, 0.5713063478469849]),
])
def test_seeds(seed: int, first: list[float]) -> None:
    g = seeded(seed)
    assert g.initial_seed() == seed % 2**64
    assert g.uniform(2).tolist() == first


def test_a_new_generator() -> None:
    g = Generator()
    assert g.initial_seed() == 67280421310721
    assert g.get_state()[:20].tolist() == [
        1, 209, 156, 241, 48, 61, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert g.uniform(2).tolist() == [0.267295241355896, 0.8725283145904541]


def test_a_state_with_a_waiting_number() -> None:
    g = seeded(5)
    g.normal(3)
    assert crc(g.get_state()) == 2422372302


# What holds of any stream.


def test_the_default_generator_starts_anywhere() -> None:
    assert default_generator.initial_seed() != Generator().initial_seed()


def test_seed_is_what_the_stream_restarts_from() -> None:
    g = Generator()
    seed = g.seed()
    assert g.initial_seed() == seed
    assert (g.uniform(3) == seeded(seed).uniform(3)).all()


@settings(deadline=None)
@given(words=st.integers(0, 2000), normals=st.integers(0, 3), then=st.integers(0, 700))
def test_a_state_continues(words: int, normals: int, then: int) -> None:
    g = seeded(1)
    g.uniform(words)
    g.normal(normals)
    state = g.get_state()
    other = Generator().set_state(state)
    assert (other.get_state() == state).all()
    assert (g.uniform(then) == other.uniform(then)).all()
    assert (g.normal(5) == other.normal(5)).all()
    assert (g.get_state() == other.get_state()).all()


@pytest.mark.parametrize("duplicate", [
    Generator.clone, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))
])
def test_copies_are_independent(duplicate: Callable[[Generator], Generator]) -> None:
    g = seeded(3)
    g.normal(3)
    other = duplicate(g)
    first = g.normal(4).tolist()
    assert other.normal(4).tolist() == first
    assert other.initial_seed() == 3


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 50), max_size=8))
def test_uniform_does_not_depend_on_the_cuts(sizes: list[int]) -> None:
    g = seeded()
    parts = [g.uniform(size) for size in sizes]
    assert (np.concatenate([[], *parts]) == seeded().uniform(sum(sizes))).all()


@pytest.mark.parametrize("sizes", [[1] * 700, [3, 1, 2, 16, 5, 623, 1, 2, 624, 3, 1250, 4, 15]])
def test_a_few_words_drawn_ahead_change_nothing(sizes: list[int]) -> None:
    one, other, whole = seeded(1), seeded(1), seeded(1)
    found = []
    for k, size in enumerate(sizes):
        found.append(one.uniform(size))
        if not k % 7:
            other = Generator().set_state(other.get_state())   # ahead of nothing
        assert np.array_equal(other.uniform(size), found[-1])
    assert np.array_equal(np.concatenate(found), whole.uniform(sum(sizes)))
    assert crc(one.get_state()) == crc(other.get_state()) == crc(whole.get_state())
    for draw in (lambda g: g.normal(3), lambda g: g.integers(-2, 9, 4), lambda g: g.uniform(2)):
        assert np.array_equal(draw(one), draw(whole)) and crc(one.get_state()) == crc(
            whole.get_state())


WORDS = """
import sys
from wengert.engine.random_stream import words
found = []
def use(stream):
    for n in (1, 5, 0, 623, 624, 625, 3, 10_000, 1, 700):
        found.append((stream.draw(n).tolist(), stream.state()[0].tolist(), stream.state()[1]))
for seed in (0, 1, 2**32 - 1, 67280421310721):
    use(words.Words(seed))
assert "numpy.random" not in sys.modules
stream = words.Words(7)
stream.draw(100)
state = stream.state()
words.FEW = 50   # NumPy's from the next draw on
use(stream)
assert "numpy.random" in sys.modules
pythons, found = found, []
for seed in (0, 1, 2**32 - 1, 67280421310721):
    use(words.Words(seed))
stream = words.Words()
stream.set_state(*state)
use(stream)
assert found == pythons
"""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal_numbers_of_parts_made_ahead_are_the_same(
        dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among other draws, over the end of a block of words, and for arrays that are no multiple of
    a block of numbers."""
    def drawn() -> list[Any]:
        stream, found = Generator().manual_seed(3), []
        for size in (16, 20, 32, 17, 40, 64, 30, 128, 16, 33, 100, 16, 48, 20, 24, 16) * 3:
            found += [stream.normal((size,), dtype), stream.uniform((size % 5,), np.float32)]
        return [*found, stream.get_state()]

    monkeypatch.setattr(native, "makers", [])
    monkeypatch.setattr(native, "made", {})
    made = []
    parts = ahead.Parts
    monkeypatch.setattr(ahead, "Parts", lambda *args: made.append(args) or parts(*args))
    found = drawn()
    assert 3 < len(made) < 30   # for 48 draws, of which some begin in the middle of a double
    monkeypatch.setattr(ahead, "SOME", 0)
    for a, b in zip(found, drawn(), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_few_bernoulli_numbers_are_those_of_many(dtype: Any) -> None:
    chances = np.linspace(0, 1, 16).astype(dtype)
    few, many = Generator().manual_seed(5), Generator().manual_seed(5)
    found = np.concatenate([few.bernoulli(chances), few.bernoulli(chances)])
    assert found.tobytes() == many.bernoulli(np.concatenate([chances, chances])).tobytes()
    with pytest.raises(RuntimeError, match="p_in"):
        few.bernoulli(chances + dtype(0.5))


def test_the_words_of_python_are_those_of_numpy() -> None:
    subprocess.run([sys.executable, "-c", WORDS], check=True)


def test_a_few_numbers_are_drawn_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    g, asked = seeded(), []
    draw = words.Words.draw
    monkeypatch.setattr(words.Words, "draw", lambda self, n: asked.append(n) or draw(self, n))
    for _ in range(200):
        g.normal(2), g.uniform(3), g.integers(0, 5, 1)
    assert asked == [624, 1248]   # of 200 * (2 + 3 + 1) words


def test_the_state_is_asked_for_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask NumPy for it takes as long as thousands of words."""
    asked = []
    state = words.Words.state
    monkeypatch.setattr(words.Words, "state", lambda self: asked.append(0) or state(self))
    g, whole = seeded(2), seeded(2)
    found = [g.uniform(size) for _ in range(100) for size in (2, 700, 40, 1)]
    assert len(asked) == 1   # of 74,300 words
    assert np.array_equal(np.concatenate(found), whole.uniform(74_300))
    assert crc(g.get_state()) == crc(whole.get_state())


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["few", "some", "many", "odd", "state", "seed", "set"]),
                          st.integers(0, 90)), max_size=30))
def test_draws_of_all_kinds_are_those_of_a_stream_that_draws_nothing_ahead(
        calls: list[tuple[str, int]]) -> None:
    def drawn(alone: bool) -> list[bytes]:
        g, found = seeded(4), []
        state = g.get_state()
        for kind, n in calls:
            if kind == "state":
                state = g.get_state()
                found.append(state)
            elif kind == "set":
                g.set_state(state)
            elif kind == "seed":
                g.manual_seed(n)
            elif kind == "odd":
                found.append(g.integers(0, 7, 2 * n + 1))
            elif kind == "many":
                found.append(g.uniform(40 * n, (np.float32, np.float64)[n % 2]))
            elif kind == "few":
                found.append(g.normal(n % 16, (np.float32, np.float64)[n % 2]))
            else:
                found += [g.normal(3 * n, dtype) for dtype in (np.float32, np.float64)]
            if alone:
                g.set_state(g.get_state())
        return [array.tobytes() for array in (*found, g.get_state())]

    assert drawn(False) == drawn(True)


def test_logarithms_of_many_numbers_are_those_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = seeded(6).uniform(20_000, np.float64)
    monkeypatch.setattr(box_muller, "MANY", 0)
    by_scipy = box_muller.radius64(unit)
    assert "scipy.special" in sys.modules
    monkeypatch.setattr(box_muller, "MANY", 10**9)
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert by_scipy.tobytes() == box_muller.radius64(unit).tobytes()


def test_one_category_is_found_without_sorting(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = (1,), (7,), (30,), (3, 5)
    weights = [seeded(k).uniform(shape, dtype) for k, shape in enumerate(shapes)
               for dtype in (np.float32, np.float64)]
    g = seeded(9)
    several = [g.multinomial(w, w.shape[-1])[..., :1] for w in weights]
    monkeypatch.setattr(np, "argsort", lambda *args, **options: 1 / 0)
    g = seeded(9)
    for w, right in zip(weights, several, strict=True):
        found = g.multinomial(w, 1)
        assert found.dtype == np.int64 and np.array_equal(found, right)


def test_drawing_by_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    draws: list[Draw] = [
        lambda g: g.uniform(1003, np.float64),
        lambda g: g.normal(1003),
        lambda g: g.normal(1003, np.float64),
        lambda g: g.bernoulli(np.linspace(0, 1, 1003)),
        lambda g: g.log_normal(1003),
    ]
    whole = [draw(seeded()) for draw in draws]
    monkeypatch.setattr(generator, "CHUNK", 64)
    for draw, expected in zip(draws, whole):
        assert (draw(seeded()) == expected).all()


@pytest.mark.parametrize("shape", [(), 0, 3, (0, 4), (2, 3), (7, 11), (2, 3, 4)])
def test_shapes(shape: Any) -> None:
    g = Generator()
    expected = (shape,) if isinstance(shape, int) else shape
    for array in (
        g.uniform(shape), g.uniform(shape, np.complex128), g.uniform(shape, np.float16, 2, 3),
        g.normal(shape), g.normal(shape, np.complex64), g.integers(0, 5, shape),
        g.integers_full(shape), g.bernoulli(0.5, shape), g.geometric(shape, np.float32, 0.5),
        g.exponential(shape), g.cauchy(shape), g.log_normal(shape),
    ):
        assert array.shape == expected
        assert array.flags.c_contiguous
        assert array.flags.writeable


def test_no_number_leaves_its_interval() -> None:
    g = seeded()
    for dtype in (np.float16, np.float32, np.float64):
        for low, high in ((0, 1), (-1, 1), (3, 3.001)):
            numbers = g.uniform(50_000, dtype, low, high)
            assert (numbers >= dtype(low)).all()
            assert (numbers < dtype(high)).all() or dtype(low) == dtype(high)


def test_a_permutation_has_each_number_once() -> None:
    for n in (0, 1, 2, 100, 300_000):
        assert (np.sort(seeded(n).permutation(n)) == np.arange(n)).all()


def test_a_long_permutation_has_each_number_once() -> None:
    order = seeded()._long_permutation(50_000, np.dtype(np.int32))
    assert (np.sort(order) == np.arange(50_000)).all()


def test_moments() -> None:
    g = seeded()
    n = 200_000
    for numbers, mean, variance in (
        (g.normal(n, np.float64, 3, 2), 3, 4),
        (g.exponential(n, np.float64, 0.5), 2, 4),
        (g.geometric(n, np.float64, 0.25), 4, 12),
        (g.log_normal(n, np.float64, 0, 0.5), 1.1331, 0.3647),
        (g.gamma(np.full(n // 10, 2.5)), 2.5, 2.5),
        (g.poisson(np.full(n // 10, 30.0)), 30, 30),
        (g.binomial(np.full(n // 10, 100.0), np.full(n // 10, 0.4)), 40, 24),
    ):
        deviation = np.sqrt(variance / numbers.size)
        assert abs(numbers.mean() - mean) < 5 * deviation
        assert abs(numbers.var() / variance - 1) < 0.05


def test_threads_share_a_stream_word_by_word() -> None:
    g = seeded()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: g.uniform(100), range(200)))
    assert (np.sort(np.concatenate(parts)) == np.sort(seeded().uniform(20_000))).all()


BAD_CALLS: list[tuple[Draw, type[Exception], str]] = [
    (lambda g: g.normal(3, np.float32, 0, -1), RuntimeError,
     "normal expects std >= 0.0, but found std -1"),
    (lambda g: g.normal(2, np.float64, 0, np.array([1.0, -1])), RuntimeError,
     "normal expects all elements of std >= 0.0"),
    (lambda g: g.normal(3, np.int64), NotImplementedError,
     "\"normal_kernel_cpu\" not implemented for 'Long'"),
    (lambda g: g.uniform(3, np.float32, 2, 1), RuntimeError,
     "uniform_ expects to return a [from, to) range, but found from=2 > to=1"),
    (lambda g: g.uniform(3, np.float32, 0, 1e60), RuntimeError, "to is out of bounds for float"),
    (lambda g: g.integers(5, 5, 3), RuntimeError,
     "random_ expects 'from' to be less than 'to', but got from=5 >= to=5"),
    (lambda g: g.integers(0, 257, 3, np.uint8), RuntimeError,
     "to - 1 is out of bounds for unsigned char"),
    (lambda g: g.bernoulli(1.5, 3), RuntimeError,
     "bernoulli_ expects p to be in [0, 1], but got p=1.5"),
    (lambda g: g.bernoulli(np.array([0.5, 1.5])), RuntimeError,
     "Expected p_in >= 0 && p_in <= 1 to be true, but got false."),
    (lambda g: g.exponential(3, np.float32, 0), RuntimeError,
     "exponential_ expects lambda > 0.0, but found lambda=0"),
    (lambda g: g.geometric(3, np.float32, 1), RuntimeError,
     "geometric_ expects p to be in (0, 1), but got p=1"),
    (lambda g: g.cauchy(3, np.float32, 0, 0), RuntimeError,
     "cauchy_ expects sigma > 0.0, but found sigma=0"),
    (lambda g: g.log_normal(3, np.float32, 0, 0), RuntimeError,
     "log_normal_ expects std > 0.0, but found std=0"),
    (lambda g: g.multinomial(np.ones(3), 4), RuntimeError,
     "cannot sample n_sample > prob_dist.size(-1) samples without replacement"),
    (lambda g: g.multinomial(np.zeros(3), 2), RuntimeError,
     "invalid multinomial distribution (sum of probabilities <= 0)"),
    (lambda g: g.multinomial(np.array([1.0, -1]), 2), RuntimeError,
     "probability tensor contains either `inf`, `nan` or element < 0"),
    (lambda g: g.permutation(3000, np.float16), RuntimeError,
     "n cannot be greater than 2049 for Half type."),
    (lambda g: g.poisson(np.array([-1.0])), RuntimeError,
     "invalid Poisson rate, expected rate to be non-negative"),
]


@pytest.mark.parametrize("draw, error, message", BAD_CALLS)
def test_errors(draw: Draw, error: type[Exception], message: str) -> None:
    g = seeded()
    before = g.get_state()
    with pytest.raises(error) as found:
        draw(g)
    assert str(found.value) == message
    assert (g.get_state() == before).all()


def test_bad_seeds_states_and_devices() -> None:
    with pytest.raises(ValueError, match="Overflow when unpacking long long"):
        seeded(2**64)
    with pytest.raises(RuntimeError, match="manual_seed expected a long, but got float"):
        seeded(1.5)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="size 5056 but found the input RNG state size to be 5"):
        Generator().set_state(np.zeros(5, np.uint8))
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        Generator().set_state(np.zeros(5056, np.uint8))
    with pytest.raises(TypeError, match=r"RNG state must be a torch\.ByteTensor"):
        Generator().set_state(np.zeros(5056))
    with pytest.raises(RuntimeError, match="'cuda:0'"):
        Generator("cuda:0")


@pytest.mark.parametrize("low, high", [(2049, 4000), (0, 5000)])
def test_integers_that_the_dtype_rounds(low: int, high: int) -> None:
    with pytest.warns(UserWarning, match=r"out of bounds \[-\(2\^11\), 2\^11\]"):
        numbers = seeded().integers(low, high, 5000, np.float16)
    assert (numbers >= low).all()
    assert (numbers < high).all()


def test_an_engine_of_numpys_begins_with_no_seeds_of_its_own(
        monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    original = np.random.MT19937
    monkeypatch.setattr(np.random, "MT19937", lambda seed: given.append(seed) or original(seed))
    found = [float(Generator().manual_seed(5).uniform(())) for _ in range(words.SEEDS + 2)]
    assert len({*found}) == 1
    assert given and all(isinstance(seed, np.random.bit_generator.ISeedSequence) for seed in given)


STREAMS = """
import sys
from wengert.engine.random_stream import words
for k in range(words.ALL_SEEDS + 1):
    assert ("numpy.random" in sys.modules) is (k >= words.ALL_SEEDS), k
    assert words.Words(7).draw(2).tolist() == [327741615, 976413892]
"""


def test_many_streams_are_seeded_by_numpy() -> None:
    subprocess.run([sys.executable, "-c", STREAMS], check=True)
