"""Index expressions, gather and scatter against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from against import both, check, check_error
from hypothesis import given, settings
from hypothesis import strategies as st

from wengert.engine.dtypes import float64, from_numpy
from wengert.engine.graph import Node, lift
from wengert.engine.ops import structural
from wengert.engine.recording import index_spec
from wengert.engine.recording.operation import OPERATIONS
from wengert.engine.recording.write import write_back
from wengert.functions import indexing

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
VALUES: dict[str, Any] = {
    "x": RNG.normal(size=(4, 5)), "y": RNG.normal(size=(4, 5)), "b": RNG.normal(size=(2, 3, 4)),
    "v": RNG.normal(size=4), "s": np.asarray(RNG.normal()), "n": np.arange(20).reshape(4, 5),
    "f": RNG.normal(size=(4, 5)).astype("float32"), "h": RNG.normal(size=(4, 5)).astype("float16"),
    "c": RNG.normal(size=(4, 5)) + 1j * RNG.normal(size=(4, 5)),
    "col": RNG.integers(0, 5, (4, 3)), "row": RNG.integers(0, 4, (2, 5)),
    "uniq": np.array([[0, 1], [2, 0], [4, 3], [1, 2]]), "i": np.array([3, 0]),
    "j": np.array([1, 4]), "i32": np.array([3, 0], "int32"), "neg": np.array([-1, 2, -1]),
    "far": np.array([0, 9]), "i0": np.asarray(1), "flt": np.array([0.0, 1.0]),
    "none": np.zeros((0, 5), "int64"), "mask": RNG.normal(size=(4, 5)) > 0,
    "part": RNG.normal(size=(2, 5)), "wide": RNG.normal(size=(4, 2)),
    "posn": np.array([[0, 1], [19, -2]]), "flat": np.array([[0, 1], [19, 7]]),
    "y3": RNG.normal(size=(4, 3)), "c3": RNG.normal(size=(4, 3)) + 1j * RNG.normal(size=(4, 3)),
    "h3": RNG.normal(size=(4, 3)).astype("float16"), "n3": np.arange(12).reshape(4, 3) - 5,
    "ties3": np.round(RNG.normal(size=(4, 3))), "ties": np.round(RNG.normal(size=(4, 5))),
    "with0": RNG.normal(size=(4, 5)) * (RNG.normal(size=(4, 5)) > 0),
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


SAME = lines("""
    gather(x, 1, col)
    gather(x, 0, row)
    gather(x, 0, none)
    gather(v, 0, i)
    gather(n, 1, col)
    gather(c, 1, col)
    gather(h, 1, col)
    gather(x, -1, uniq)
    take_along_dim(x, col, 1)
    take_along_dim(x, flat)
    scatter(x, 1, uniq, wide)
    scatter(x, 1, uniq, 2.5)
    scatter(n, 1, uniq, 2.5)
    scatter_add(x, 1, col, y3)
    scatter_add(x, 0, row, part)
    scatter_add(c, 1, col, c3)
    scatter_add(h, 1, col, h3)
    scatter_add(n, 1, col, n3)
    scatter_reduce(x, 1, col, y3, "sum")
    scatter_reduce(x, 1, col, y3, "mean")
    scatter_reduce(x, 1, col, y3, "amax")
    scatter_reduce(x, 1, col, y3, "amin")
    scatter_reduce(x, 1, col, y3, "sum", include_self=False)
    scatter_reduce(x, 1, col, y3, "mean", include_self=False)
    scatter_reduce(x, 1, col, y3, "amax", include_self=False)
    scatter_reduce(n, 1, col, n3, "amin", include_self=False)
    scatter_reduce(n, 1, col, n3, "mean")
    index_select(x, 0, i)
    index_select(x, -1, i32)
    index_select(x, 1, i0)
    index_select(c, 1, j)
    index_add(x, 0, i, part)
    index_add(x, 0, i, part, alpha=2.5)
    index_add(x, 1, i, wide)
    index_copy(x, 0, i, part)
    index_copy(x, 1, j, wide)
    index_fill(x, 0, i, 2.5)
    index_fill(x, 1, i, s)
    index_fill(n, 1, i, 2)
    take(x, posn)
    take(n, posn)
    masked_scatter(x, mask, y)
    masked_scatter(n, mask, n)
    select_scatter(x, v, 1, 2)
    slice_scatter(x, part, 0, 1, 3)
    slice_scatter(x, part, 0, 0, 9, 2)
    slice_scatter(x, part, 0, -2)
    diagonal_scatter(x, v)
    diagonal_scatter(x, v, 1)
    index_put(x, [i], part)
    index_put(x, [i, j], s)
    index_put(x, [neg], s, True)
""")

ONCE = lines("""
    scatter_reduce(x, 1, col, y3, "prod")
    scatter_reduce(x, 1, col, y3, "prod", include_self=False)
    scatter_reduce(ties, 1, col, ties3, "amax")
    scatter_reduce(ties, 1, col, ties3, "amin")
    scatter_reduce(with0, 1, col, ties3, "prod")
""")

ERRORS = lines("""
    gather(x, 0, i)
    gather(x, 0, flt)
    gather(x, 2, col)
    gather(x, 0, col)
    gather(x, 1, posn)
    scatter(x, 0, i, x)
    scatter(x, 1, col, n3)
    scatter(x, 1, col, wide)
    scatter(x, 1, col, 2.0, reduce="foo")
    scatter_add(x, 1, col, f)
    scatter_reduce(x, 1, col, y3, "foo")
    index_select(x, 0, posn)
    index_select(x, 0, flt)
    index_select(x, 0, far)
    index_select(x, 0, neg)
    index_select(x, 3, i)
    index_add(x, 0, i, y)
    index_add(x, 0, i, wide)
    index_add(x, 0, far, part)
    index_fill(x, 0, i, v)
    index_fill(x, 0, flt, 1.0)
    take(x, flt)
    put(x, i, v)
    masked_scatter(x, n, y)
    masked_scatter(x, mask, v)
    select_scatter(x, v, 0, 1)
    slice_scatter(x, part, 0, 0, 3)
    diagonal_scatter(x, x)
    index_put(x, [i], v)
    index_put(x, [i, i, i], s)
    index_put(x, [i], i)
    take_along_dim(x, i, 0)
""")


@pytest.mark.parametrize("text", SAME)
def test_same(text: str) -> None:
    check(*both(text, VALUES))


@pytest.mark.parametrize("text", ONCE)
def test_same_to_first_order(text: str) -> None:
    check(*both(text, VALUES), twice=False)


SAME_TYPE_ONLY = {"gather(x, 0, col)", "scatter(x, 1, col, wide)", "index_add(x, 0, i, wide)",
                  "index_select(x, 0, posn)", "masked_scatter(x, mask, v)"}


@pytest.mark.parametrize("text", ERRORS)
def test_errors(text: str) -> None:
    check_error(*both(text, VALUES), words=text not in SAME_TYPE_ONLY)


# Index expressions
def is_tensor(item: object) -> bool:
    return isinstance(item, torch.Tensor | Known)


class Known:
    """What the parser may know of a tensor."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = array.shape
        self.dtype = from_numpy(array.dtype)

    def __bool__(self) -> bool:
        return bool(self.array)


def nonzero(mask: Known) -> Any:
    return np.nonzero(mask.array)


def known(index: Any) -> Any:
    """``index`` with its arrays as tensors that the parser meets."""
    if isinstance(index, tuple):
        return tuple(map(known, index))
    return Known(index) if isinstance(index, np.ndarray) else index


def of_torch(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(of_torch, index))
    return torch.from_numpy(index) if isinstance(index, np.ndarray) else index


class Parsed:
    """An index expression, with its numbers and tensors as nodes."""

    def __init__(self, shape: tuple[int, ...], index: Any) -> None:
        self.spec, numbers, tensors = index_spec.parse(shape, known(index), is_tensor, nonzero)
        self.numbers = numbers
        self.arrays = [t.array if isinstance(t, Known) else t for t in tensors]
        assert hash(self.spec) is not None

    def nodes(self) -> list[Node]:
        return [_constant(n.array if isinstance(n, Known) else n) for n in self.numbers]


def _constant(number: Any) -> Node:
    return lift(int(number))


def read(shape: tuple[int, ...], index: Any) -> tuple[Any, list[Any]]:
    parsed = Parsed(shape, index)

    def ours(x: Node, *places: Node) -> Node:
        if parsed.spec[5]:
            return indexing.advanced_index(x, places, parsed.spec, *parsed.nodes())
        basic = OPERATIONS[f"basic_{parsed.spec[0]}"].lower
        return basic(x, parsed.spec, *parsed.nodes())
    return ours, parsed.arrays


def written(shape: tuple[int, ...], index: Any) -> tuple[Any, list[Any]]:
    parsed = Parsed(shape, index)

    def ours(x: Node, value: Node, *places: Node) -> Node:
        if parsed.spec[5]:
            return indexing.advanced_set(x, value, places, parsed.spec, *parsed.nodes())
        return indexing.basic_set(x, value, parsed.spec, *parsed.nodes())
    return ours, parsed.arrays


def set_of_torch(x: Any, value: Any, index: Any) -> Any:
    out = x.clone()
    out[of_torch(index)] = value
    return out


def repeats(shape: tuple[int, ...], index: Any) -> bool:
    """Whether an index names an element twice: then PyTorch's gradient of a write is wrong."""
    places = torch.arange(int(np.prod(shape))).reshape(shape)[of_torch(index)].reshape(-1)
    return len(places.unique()) < len(places)


def check_read(x: Any, index: Any) -> None:
    ours, arrays = read(x.shape, index)
    check(ours, lambda t, *_: t[of_torch(index)], x, *arrays)


ALL = slice(None)
INDICES: list[Any] = [
    0, -1, ALL, slice(1, 3), slice(None, None, 2), slice(3, 1), slice(-2, 9), ..., None, (), True,
    False, (0, 1), (ALL, 2), (..., -1), (None, 0, None), (0, ...), (slice(1, None), slice(0, 4, 3)),
    (..., None), (None, ALL, None, 1), [0, 1], [True, False, True, True], ([0, 1], [1, 2]), [],
    (0, [1, 2]), ([1, 2], 0), (slice(1, 3), [0, 0]), ([0, 0], slice(1, 3)), [[0, 1], [1, 2]],
    (None, [1, 2]), ([1, 2], None), ([1, 2], None, [0, 3]), (True, 0), (None, True),
    np.array([3, -1]), np.array([[0, 1], [2, 2]]), (np.array([0, 1]), np.array([[0], [4]])),
    (ALL, np.array([1])), np.zeros((4, 5), bool), np.eye(4, 5) > 0, np.arange(4) > 1,
    (np.arange(4) > 1, 0), (ALL, np.arange(5) > 2), (0, np.arange(5) > 2), np.asarray(2),
    (np.asarray(-1), np.asarray(2)), (np.asarray(1), slice(1, 3)), np.asarray(True),
    (np.array([0, 1]), None, np.array([1, 2])), (slice(0, 4, 2), np.array([1, 0])), range(2),
    [0, slice(None)], [None], np.int64(2), (np.int32(-1), ALL), np.array([1, 2], "int32"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_read(index: Any) -> None:
    check_read(VALUES["x"], index)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_write(index: Any) -> None:
    x = VALUES["x"]
    target = torch.from_numpy(x)[of_torch(index)]
    ours, arrays = written(x.shape, index)
    if not repeats(x.shape, index):
        value = RNG.normal(size=tuple(target.shape))
        check(ours, lambda t, v, *_: set_of_torch(t, v, index), x, value, *arrays)
        check(ours, lambda t, v, *_: set_of_torch(t, v, index), x, np.asarray(1.5), *arrays)


BAD: list[Any] = [
    5, -5, (0, 0, 0), (ALL, 7), slice(None, None, -1), slice(None, None, 0), 1.5, {},
    [True, False], np.ones((4, 5, 1), bool), np.array([0.5]), (np.arange(3), np.arange(2)),
    np.array([7]), np.array([-5]), np.array([1, 2], "int16"), (..., 0, 0, 0),
]


@pytest.mark.parametrize("index", BAD, ids=repr)
def test_bad_index(index: Any) -> None:
    def ours(x: Node) -> Node:
        run, arrays = read(x.shape, index)
        return run(x, *(structural.free(a.shape, from_numpy(a.dtype)) for a in arrays))
    if isinstance(index, np.ndarray) and index.dtype == np.int64:
        run, arrays = read((4, 5), index)
        check_error(run, lambda t, *_: t[of_torch(index)], VALUES["x"], *arrays)
    else:
        check_error(ours, lambda t: t[of_torch(index)], VALUES["x"])


def test_no_index_into_a_number() -> None:
    for index in (0, (0,), (0, 1)):
        with pytest.raises(IndexError, match="invalid index of a 0-dim tensor"):
            index_spec.parse((), index, is_tensor)


@pytest.mark.parametrize("index, value", [
    (0, np.zeros(4)), ((0, 0), np.zeros(4)), (slice(0, 2), np.zeros(4)),
    (np.array([0, 1]), np.zeros(4)), (np.array([0, 1]), np.zeros((2, 5), "float32"))])
def test_bad_value(index: Any, value: Any) -> None:
    run, arrays = written((4, 5), index)
    check_error(run, lambda t, v, *_: set_of_torch(t, v, index), VALUES["x"], value, *arrays,
                words=index != (0, 0) if isinstance(index, tuple) else True)


@pytest.mark.parametrize("value", [np.zeros((1, 1, 5)), np.ones((1, 5)), np.ones(1),
                                   np.ones(5, "int32"), np.ones(5, "complex128")])
@pytest.mark.filterwarnings("ignore")
def test_written_value_is_cast_and_broadcast(value: Any) -> None:
    run, _ = written((4, 5), 1)
    check(run, lambda t, v: set_of_torch(t, v, 1), VALUES["x"], value, twice=False)


@st.composite
def expressions(draw: st.DrawFn) -> tuple[tuple[int, ...], Any]:
    """A shape and an index expression that fits it."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    items: list[Any] = []
    dots = draw(st.booleans())
    stop = draw(st.integers(0, len(shape)))
    places = draw(st.sampled_from([(), (2,), (3,), (2, 1), (1,)]))
    for d, n in enumerate(shape):
        if d == stop and dots:
            items.append(...)
            d = len(shape)
            break
        kind = draw(st.sampled_from(["int", "slice", "all", "none", "array", "scalar", "mask"]))
        if kind == "none":
            items.append(None)
            kind = "all"
        if kind == "int":
            items.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            bound = st.one_of(st.none(), st.integers(-n - 1, n + 1))
            items.append(slice(draw(bound), draw(bound), draw(st.integers(1, 3))))
        elif kind == "array":
            items.append(np.array(draw(st.lists(
                st.integers(-n, n - 1), min_size=int(np.prod(places)),
                max_size=int(np.prod(places))))).reshape(places).astype(np.int64))
        elif kind == "scalar":
            items.append(np.asarray(draw(st.integers(-n, n - 1))))
        elif kind == "mask":
            mask = np.zeros(n, bool)
            mask[draw(st.integers(0, n - 1))] = True
            items.append(mask)
        else:
            items.append(ALL)
    return shape, tuple(items)


@settings(max_examples=300, deadline=None)
@given(expressions())
def test_any_expression(case: tuple[tuple[int, ...], Any]) -> None:
    shape, index = case
    x = np.arange(float(np.prod(shape))).reshape(shape)
    try:
        torch.from_numpy(x)[of_torch(index)]
    except IndexError:
        with pytest.raises(IndexError):
            check_read(x, index)
        return
    check_read(x, index)
    if not repeats(shape, index):
        run, arrays = written(shape, index)
        check(run, lambda t, v, *_: set_of_torch(t, v, index), x, np.asarray(-1.0), *arrays)


# Writing back
VIEWS = lines("""
    transpose(narrow(b, 2, 1, 2), 0, 1)
    reshape(b, 6, 4)
    diagonal(transpose(b, 0, 2), 1)
    unfold(b, 2, 2, 2)
    select(permute(b, 2, 0, 1), 0, -1)
    unsqueeze(b, 1)
    expand(b, 2, 3, 4)
    expand(b, 1, 2, 3, 4)
    as_strided(b, (2, 3), (1, 2), 5)
    view(narrow(flatten(b), 0, 4, 12), 3, 4)
""")


@pytest.mark.parametrize("text", VIEWS)
def test_a_write_goes_back_to_the_base(text: str) -> None:
    ours, theirs, base = both(text, VALUES)
    shape = tuple(theirs(torch.from_numpy(base)).shape)

    def write(x: Node, value: Node) -> Node:
        return write_back(x, ours(x), value)

    def write_in_torch(x: Any, value: Any) -> Any:
        out = x.clone()
        theirs(out).copy_(value)
        return out
    check(write, write_in_torch, base, RNG.normal(size=shape))


def test_a_write_to_a_part_of_a_complex_number() -> None:
    for part in ("real", "imag"):
        def write(x: Node, value: Node, part: str = part) -> Node:
            return write_back(x, OPERATIONS[part].lower(x), value)

        def write_in_torch(x: Any, value: Any, part: str = part) -> Any:
            out = x.clone()
            getattr(out, part).copy_(value)
            return out
        check(write, write_in_torch, VALUES["c"], VALUES["x"])


def test_a_write_to_what_is_there_twice() -> None:
    x = structural.free((3, 1), float64)
    for view in (structural.broadcast_to(x, shape=(3, 2)),
                 structural.window(x, size=(2, 2), moves=((1, 0), (1, 0)), start=(0, 0))):
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            write_back(x, view, structural.zeros(view.shape, float64))


def test_a_write_through_detach_keeps_the_derivative_of_the_base() -> None:
    x = structural.free((3,), float64, requires_grad=True)
    value = structural.zeros((3,), float64)
    out = write_back(x, structural.stop(x, reason="detach"), value)
    assert out.prim is structural.graft
    assert out.requires_grad
    plain = structural.free((3,), float64)
    assert write_back(plain, structural.stop(plain, reason="detach"), value) is value


def test_a_long_chain_of_views() -> None:
    x = view = structural.free((2, 2), float64)
    for _ in range(5000):
        view = structural.transpose(view, perm=(1, 0))
    assert write_back(x, view, view).shape == (2, 2)
