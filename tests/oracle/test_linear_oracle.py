"""Products, einsum and what is computed from them, against PyTorch; and the functions on values."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pytest
from against import both, check, check_error
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes import Traced
from wengert.functions import concrete
from wengert.functions.einsum import _einsum as einsum

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def cplx(*shape: int) -> Any:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


VALUES: dict[str, Any] = {
    "x": RNG.normal(size=(4, 5)), "y": RNG.normal(size=(5, 3)), "sq": RNG.normal(size=(4, 4)),
    "v": RNG.normal(size=4), "w": RNG.normal(size=5), "s": np.asarray(RNG.normal()),
    "b": RNG.normal(size=(2, 3, 4)), "bt": RNG.normal(size=(2, 4, 3)), "p": RNG.normal(size=(4, 2)),
    "one": RNG.normal(size=1), "d": RNG.normal(size=(3, 1, 4, 2)), "c": cplx(4, 5),
    "cy": cplx(5, 3), "cv": cplx(4), "f": RNG.normal(size=(4, 5)).astype("float32"),
    "h": RNG.normal(size=(4, 5)).astype("float16"), "i": RNG.integers(-5, 5, (4, 5)),
    "i32": RNG.integers(-5, 5, (4, 5)).astype("int32"), "u": RNG.integers(0, 5, (4, 5)).astype(
        "uint8"), "m": RNG.normal(size=(4, 5)) > 0, "e": np.zeros((0, 3)), "g": np.zeros((3, 0)),
    "r": RNG.normal(size=(4, 3)), "r2": RNG.normal(size=(2, 3)), "n": np.asarray(float("nan")),
    "k": RNG.normal(size=(2, 5, 5)), "x2": RNG.normal(size=(4, 5)), "bias": RNG.normal(size=2),
    "z": np.zeros(0), "sq3": RNG.normal(size=(2, 3, 3)), "v2": RNG.normal(size=4),
    "cv2": cplx(4), "far": RNG.normal(size=(2, 5)) + 3,
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


SAME = lines("""
    matmul(x, y)
    matmul(x, w)
    matmul(v, x)
    matmul(v, v2)
    matmul(b, bt)
    matmul(b, p)
    matmul(b, v)
    matmul(v, bt)
    matmul(sq, bt)
    matmul(d, reshape(v, 2, 2))
    matmul(bt, b)
    matmul(reshape(b, 2, 1, 3, 4), reshape(d, 3, 4, 2))
    matmul(c, cy)
    matmul(t(c), c)
    matmul(t(f), f)
    matmul(i, t(i))
    matmul(i32, t(i32))
    matmul(u, t(u))
    matmul(e, g)
    matmul(g, e)
    matmul(z, z)
    mm(x, y)
    mm(t(x), sq)
    bmm(b, bt)
    mv(x, w)
    mv(sq, v)
    dot(v, v2)
    dot(cv, cv2)
    vdot(cv, cv2)
    vdot(v, v2)
    inner(x, x2)
    inner(v, sq)
    inner(s, x)
    outer(v, w)
    ger(v, w)
    outer(cv, cv2)
    addmm(r, x, y)
    addmm(s, x, y, beta=0.7, alpha=2.5)
    addmm(n, x, y, beta=0)
    addmm(r, x, y, beta=2, alpha=3)
    addmv(v, x, w, beta=0.5, alpha=2)
    addbmm(s, b, bt, beta=0.5, alpha=2)
    addbmm(s, b, bt)
    baddbmm(s, b, bt, alpha=0.5)
    addr(x, v, w, beta=0.5, alpha=2)
    linear(x, x2)
    linear(x, x2, v)
    linear(w, x, v)
    linear(b, t(p))
    linear(b, t(p), bias)
    linear(x, w)
    linear(w, w, s)
    bilinear(x, x2, k)
    bilinear(x, x2, k, bias)
    bilinear(reshape(x, 2, 2, 5), reshape(x2, 2, 2, 5), k)
    tensordot(x, x2)
    tensordot(x, x2, 0)
    tensordot(x, y, 1)
    tensordot(b, bt, ([0, 2], [0, 1]))
    tensordot(b, b, dims=([-1, 0], [-1, 0]))
    tensordot(c, c, ([1], [1]))
    tensordot(reshape(v, 4, 1), x, ([1], [1]))
    kron(x, v)
    kron(s, x)
    kron(sq, y)
    kron(cv, cv2)
    chain_matmul(x, y)
    chain_matmul(x, y, t(y), t(x))
    multi_dot([v, x, w])
    multi_dot([x, y, t(r)])
    matrix_power(sq, 3)
    matrix_power(sq3, 2)
    matrix_power(sq, 1)
    matrix_power(sq, 0)
    matrix_power(sq, 6)
    cross(r, r)
    cross(y, y, 1)
    cross(reshape(b, 3, 8), reshape(b, 3, 8))
    linalg_cross(r, r)
    linalg_cross(y, y, dim=-1)
    cdist(x, far)
    cdist(x, far, 1.0)
    cdist(x, far, 3.0)
    cdist(f, f)
    cdist(x, x2, 0.5)
    cdist(b, b)
    einsum("ij,jk", x, y)
    einsum("ij,jk->ki", x, y)
    einsum("ij->", x)
    einsum("ij->j", x)
    einsum("ij", x)
    einsum("ba", x)
    einsum("ii", sq)
    einsum("ii->i", sq)
    einsum("bii->bi", sq3)
    einsum("...ii->...", sq3)
    einsum("...j,j", x, w)
    einsum("...j,...j->...", b, b)
    einsum("i...j->j...", b)
    einsum("ij->i...", x)
    einsum("...->", b)
    einsum("...", b)
    einsum("bij,bji->b", b, bt)
    einsum("bij,bjk->bik", b, bt)
    einsum("bij,bkj->bik", b, b)
    einsum("i,j->ij", v, w)
    einsum("i,i,i->i", v, v2, v)
    einsum("ij,kl", x, y)
    einsum("ij,j", x, one)
    einsum("ab,cb->...ac", x, x2)
    einsum(",", s, s)
    einsum("", s)
    einsum("bij,bjk,lk->bil", b, bt, r)
    einsum("ij,jk->ik", c, cy)
    einsum("bhqd,bhkd->bhqk", d, d)
    einsum("ij,ij->", x, x2)
    einsum(" i j , j k -> i k ", x, y)
    einsum("ij,ij,ij->j", x, x2, x)
    einsum("ij,kj,lj->ikl", x, x2, x)
    einsum("...ij,...jk->...ik", b, bt)
    einsum("i,->i", v, s)
    einsum("ii,i->", sq, v)
    einsum("ij->i", i)
""")

ERRORS = lines("""
    matmul(x, x2)
    matmul(x, v)
    matmul(v, w)
    matmul(v, y)
    matmul(s, x)
    matmul(x, s)
    matmul(x, t(f))
    matmul(m, t(m))
    matmul(b, b)
    matmul(b, w)
    mm(x, x)
    mm(b, x)
    mm(x, v)
    bmm(b, b)
    bmm(x, x)
    bmm(b, reshape(bt, 2, 3, 4))
    mv(x, v)
    mv(v, v)
    mv(x, x)
    dot(v, w)
    dot(x, v)
    dot(v, cv)
    vdot(v, w)
    inner(v, x)
    inner(v, cv)
    outer(x, v)
    outer(s, v)
    addmm(x, x, y)
    addmm(v, x, x)
    addmv(v, x, v)
    addmv(x, x, w)
    addbmm(s, b, b)
    addbmm(s, x, b)
    baddbmm(s, b, b)
    baddbmm(w, b, bt)
    addr(x, v, v)
    addr(x, x, v)
    linear(x, v)
    linear(v, x)
    linear(s, x)
    linear(x, x2, w)
    linear(x, b)
    tensordot(x, x2, 1)
    tensordot(x, x2, 3)
    tensordot(x, x2, -1)
    tensordot(x, x2, ([1], [0]))
    tensordot(x, x2, ([1, 0], [0]))
    tensordot(x, f, ([1], [1]))
    chain_matmul(x, v)
    chain_matmul(x, x)
    multi_dot([v])
    multi_dot([v, b, x])
    matrix_power(x, 2)
    matrix_power(v, 2)
    cross(x, x)
    linalg_cross(x, x)
    linalg_cross(r, v)
    cdist(x, v)
    cdist(x, y)
    cdist(x, x, -1.0)
    cdist(i, i)
    cdist(x, f)
    bilinear(x, x2, reshape(k, 5, 2, 5))
    bilinear(x, x2, k, v)
    einsum("ij,jk", x, x2)
    einsum("ii", x)
    einsum("ij->ijk", x)
    einsum("ij->iji", x)
    einsum("ijk", x)
    einsum("i", x)
    einsum("ij,", x)
    einsum("i->", v, v)
    einsum("i1", x)
    einsum("ij..,jk", x, y)
    einsum("......", b)
    einsum("i->i->i", v)
    einsum("ij,ij->", x, f)
""")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", SAME)
def test_same(text: str) -> None:
    check(*both(text, VALUES), twice="cdist" not in text)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", ERRORS)
def test_errors(text: str) -> None:
    check_error(*both(text, VALUES))


def test_half_precision_sums_in_single() -> None:
    check(*both("matmul(h, t(h))", VALUES), twice=False)


def test_cdist_at_equal_rows_has_the_derivative_zero() -> None:
    for p in (1.0, 1.5, 2.0, 3.0):
        check(*both(f"cdist(x, x, {p})", VALUES), twice=False)


@pytest.mark.parametrize("p", [0.0, float("inf")])
def test_cdist_with_other_norms(p: float) -> None:
    check(*both(f"cdist(x, far, {'1e400' if p else '0.0'})", VALUES), twice=False)


def test_the_way_out_of_sizes_that_differ() -> None:
    ours, _, *args = both("matmul(x, x2)", VALUES)
    with pytest.raises(RuntimeError, match=r"\(4x5 and 4x5\)\. Transpose the second argument\?"):
        Traced(ours, args, {})


@st.composite
def equations(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """An einsum equation, and arrays that fit it."""
    sizes = {letter: draw(st.integers(1, 3)) for letter in string.ascii_lowercase[:5]}
    terms = [draw(st.text("abcde", max_size=4)) for _ in range(draw(st.integers(1, 3)))]
    dots = draw(st.booleans())
    arrays = []
    for i, term in enumerate(terms):
        shape = [sizes[letter] for letter in term]
        if dots:
            at = draw(st.integers(0, len(term)))
            terms[i] = term[:at] + "..." + term[at:]
            shape[at:at] = draw(st.sampled_from([(), (2,), (1, 2), (3, 1)]))
        arrays.append(np.random.default_rng(i).normal(size=shape))
    letters = sorted(set("".join(terms)) - {"."})
    equation = ",".join(terms)
    if draw(st.booleans()):
        kept = draw(st.permutations(letters)) if letters else []
        result = "".join(kept[:draw(st.integers(0, len(kept)))])
        equation += "->" + ("..." if dots and draw(st.booleans()) else "") + result
    return equation, arrays


@settings(max_examples=300, deadline=None)
@given(equations())
def test_any_equation(case: tuple[str, list[Any]]) -> None:
    equation, arrays = case
    check(lambda *nodes: einsum(equation, *nodes),
          lambda *tensors: torch.einsum(equation, *tensors), *arrays, twice=False)


# Functions on values
def on_values(name: str, *args: Any, **kwargs: Any) -> None:
    def of_torch(value: Any) -> Any:
        return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value
    wanted = getattr(torch, name)(*map(of_torch, args),
                                  **{k: of_torch(v) for k, v in kwargs.items()})
    found = getattr(concrete, name)(*args, **kwargs)
    if not isinstance(wanted, tuple):
        wanted = (wanted,)
    found = found if isinstance(found, tuple) else (found,)
    for a, b in zip(found, wanted, strict=True):
        if not isinstance(b, torch.Tensor):
            assert a == b
            continue
        assert a.dtype == b.numpy().dtype
        assert a.shape == tuple(b.shape)
        np.testing.assert_allclose(a, b.numpy(), 1e-6)


REPEATED = np.array([[2, 1, 2], [0, 1, 2], [2, 1, 2]])
RUNS = np.array([1, 1, 2, 2, 2, 1, 3, 3])
ALL_OF_IT = {"return_inverse": True, "return_counts": True}


@pytest.mark.parametrize("name, args, kwargs", [
    ("nonzero", (REPEATED,), {}), ("nonzero", (np.asarray(2.0),), {}),
    ("nonzero", (np.asarray(0.0),), {}), ("nonzero", (np.zeros((0, 3)),), {}),
    ("unique", (REPEATED,), ALL_OF_IT), ("unique", (REPEATED,), {"dim": 0, **ALL_OF_IT}),
    ("unique", (REPEATED.astype("float32"),), {"dim": 1, **ALL_OF_IT}),
    ("unique", (np.asarray(3),), ALL_OF_IT), ("unique", (np.zeros(0),), ALL_OF_IT),
    ("unique", (REPEATED > 1,), {}), ("unique", (np.array([np.nan, 1, np.nan]),), ALL_OF_IT),
    ("unique", (np.zeros((0, 3)),), {"dim": 0}), ("unique_consecutive", (RUNS,), ALL_OF_IT),
    ("unique_consecutive", (REPEATED,), ALL_OF_IT), ("unique_consecutive", (np.asarray(1),), {}),
    ("unique_consecutive", (REPEATED,), {"dim": 1, **ALL_OF_IT}),
    ("unique_consecutive", (np.zeros(0),), ALL_OF_IT), ("bincount", (RUNS,), {}),
    ("bincount", (RUNS,), {"minlength": 9}), ("bincount", (np.zeros(0, "int64"),), {}),
    ("bincount", (RUNS,), {"weights": RUNS.astype("float32")}),
    ("bincount", (RUNS,), {"weights": RUNS}), ("bincount", (RUNS,), {"weights": RUNS * 0.5}),
    ("histc", (RUNS * 1.0,), {"bins": 4}), ("histc", (RUNS * 1.0, 3, 1, 2), {}),
    ("histc", (np.full(4, 2.0),), {"bins": 3}), ("histc", (np.zeros(0, "float32"),), {"bins": 3}),
    ("histc", (RNG.normal(size=100).astype("float32"), 7), {}),
    ("isin", (RUNS, np.array([1, 3])), {}), ("isin", (RUNS, 2), {}), ("isin", (2, RUNS), {}),
    ("isin", (RUNS, np.array([1, 3])), {"invert": True}), ("equal", (RUNS, RUNS * 1.0), {}),
    ("equal", (RUNS, REPEATED), {}), ("allclose", (RUNS, RUNS + 0), {}),
    ("allclose", (RUNS * 1.0, RUNS * (1 + 1e-6)), {}),
    ("allclose", (np.array([np.nan]), np.array([np.nan])), {"equal_nan": True}),
])
def test_on_values(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    on_values(name, *args, **kwargs)


@pytest.mark.parametrize("name, args, kwargs", [
    ("unique", (np.asarray(3),), {"dim": 0}), ("unique", (np.zeros((0, 3)),), {"dim": 1}),
    ("bincount", (REPEATED,), {}), ("bincount", (-RUNS,), {}), ("bincount", (RUNS * 1.0,), {}),
    ("bincount", (RUNS,), {"minlength": -1}), ("bincount", (RUNS,), {"weights": RUNS[:2]}),
    ("histc", (RUNS,), {}), ("histc", (RUNS * 1.0, 0), {}), ("histc", (RUNS * 1.0, 3, 3, 1), {}),
    ("allclose", (RUNS, RUNS * 1.0), {}), ("allclose", (RUNS, RUNS[:3]), {}),
])
def test_errors_on_values(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(Exception) as wanted:
        on_values(name, *args, **kwargs)
    with pytest.raises(type(wanted.value)) as found:
        getattr(concrete, name)(*args, **kwargs)
    assert str(wanted.value).split("\n")[0].rstrip(".") in str(found.value)


def test_places() -> None:
    x = RNG.normal(size=(3, 4))
    shape, places = concrete.masked_places(x.shape, np.array([True, False, True, False]))
    wanted = torch.masked_select(torch.from_numpy(x), torch.tensor([True, False, True, False]))
    np.testing.assert_array_equal(np.broadcast_to(x, shape).reshape(-1)[places], wanted.numpy())
    repeats = np.array([2, 0, 1])
    np.testing.assert_array_equal(
        concrete.repeated_places(repeats, 3),
        torch.repeat_interleave(torch.from_numpy(repeats)).numpy())
    for i, places in enumerate(concrete.nonzero_places(REPEATED)):
        np.testing.assert_array_equal(
            places, torch.nonzero(torch.from_numpy(REPEATED), as_tuple=True)[i].numpy())
