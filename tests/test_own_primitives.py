"""Primitives that no file of the library knows: declared here, at run time, they get kernels, both
modes and second derivatives, in every tier.

Each is compared with a composition of PyTorch's functions, over changing values and sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert import primitives
from wengert.config import config
from wengert.engine.graph import TABLE, Expansion, Jvp, Linear, Node, Partial, Reduction
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as st

pytestmark = pytest.mark.once

KNOWN = frozenset(TABLE.values())
TIERS = ["eager", "numpy", "llvm", "auto"]
Function = Callable[[Any], Any]

# ---- elementwise: log(cosh(x)), which has no overflow as it is written here ----


def _log_cosh(x: Node) -> Node:
    size = el.abs_(x)
    return size + el.log1p(el.exp(-2.0 * size)) - math.log(2)


made = primitives.elementwise(
    "log_cosh", lambda x: (np.abs(x) + np.log1p(np.exp(-2 * np.abs(x))) - math.log(2)).astype(
        x.dtype),
    Partial(lambda y, x: el.tanh(x)), expansion=Expansion(_log_cosh))
log_cosh = primitives.function(made)

# ---- the same with no expansion: a library call ----

plain_log_cosh = primitives.function(primitives.elementwise(
    "plain_log_cosh", lambda x: np.log(np.cosh(x)), Partial(lambda y, x: el.tanh(x))))

# ---- made of one that is made of others ----

nested = primitives.function(primitives.composite(
    "nested", lambda x: el.exp(-made(x)),
    Partial(lambda y, x: -y * el.tanh(x))))

# ---- a reduction, written out ----


def _sum_of_squares(x: Node, axes: tuple[int, ...], keepdims: bool) -> Node:
    return red.sum_(el.square(x), axes=axes, keepdims=keepdims)


sum_of_squares = primitives.function(primitives.reduction(
    "sum_of_squares", el.add, 0,
    Jvp(lambda t, y, x, axes, keepdims: 2.0 * red.sum_(x * t, axes=axes, keepdims=keepdims)),
    impl=lambda x, axes, keepdims: np.sum(np.square(x), axis=axes, keepdims=keepdims),
    expansion=Expansion(_sum_of_squares)))

# ---- a reduction whose combine the table has ----

total = primitives.function(primitives.reduction(
    "total", el.add, 0, Linear(lambda ct, x, axes, keepdims: red.spread(ct, x, axes))))

# ---- a reduction with a combine of its own: that one of independent events happens ----

either = primitives.elementwise(
    "either", lambda a, b: a + b - a * b, Partial(lambda y, a, b: 1.0 - b),
    Partial(lambda y, a, b: 1.0 - a), text="{0} or {1}",
    expansion=Expansion(lambda a, b: a + b - a * b))
happens = primitives.function(primitives.reduction(
    "happens", either, 0,
    Jvp(lambda t, y, x, axes, keepdims: red.sum_(
        red.spread(1.0 - y, x, axes) / (1.0 - x) * t, axes=axes, keepdims=keepdims))))

# ---- a structural one: the elements, shifted along the last axis ----


def _shifted(x: Node, by: int) -> Node:
    n, axis = x.shape[-1], x.ndim - 1
    first = red.part(x, axis, n - by % n, by % n)
    return st.concatenate(first, red.part(x, axis, 0, n - by % n), axis=axis)


shifting = primitives.composite(
    "shifting", _shifted, Linear(lambda ct, x, by: shifting(ct, by=-by)))


@primitives.function
def shifted(input: Node, by: int = 1) -> Node:
    return shifting(input, by=by)


for _prim in [prim for prim in TABLE.values() if prim not in KNOWN]:
    del TABLE[_prim.name]   # other tests go through the table; and it is not looked up by name


def probabilities(x: Any) -> Any:
    return torch.sigmoid(x) * 0.5


CASES: dict[str, tuple[Function, Function]] = {
    "log_cosh": (lambda x: log_cosh(x) * x, lambda x: torch.log(torch.cosh(x)) * x),
    "plain_log_cosh": (lambda x: plain_log_cosh(2 * x).sin(),
                       lambda x: torch.log(torch.cosh(2 * x)).sin()),
    "nested": (lambda x: nested(x) + x, lambda x: 1 / torch.cosh(x) + x),
    "sum_of_squares, rows": (lambda x: x / sum_of_squares(x, -1, True),
                             lambda x: x / x.square().sum(-1, True)),
    "sum_of_squares, columns": (lambda x: sum_of_squares(x.exp(), 0),
                                lambda x: x.exp().square().sum(0)),
    "sum_of_squares, all": (lambda x: sum_of_squares(x) * x, lambda x: x.square().sum() * x),
    "total, rows": (lambda x: torch.exp(x) / total(torch.exp(x), 1, True),
                    lambda x: torch.softmax(x, 1)),
    "total, all": (lambda x: total(x * x) * x, lambda x: (x * x).sum() * x),
    "happens, rows": (lambda x: happens(probabilities(x), -1),
                      lambda x: 1 - (1 - probabilities(x)).prod(-1)),
    "happens, columns": (lambda x: happens(probabilities(x), 0, True) * x,
                         lambda x: (1 - (1 - probabilities(x)).prod(0, True)) * x),
    "happens, all": (lambda x: happens(probabilities(x)) + x.sum(),
                     lambda x: 1 - (1 - probabilities(x)).prod() + x.sum()),
    "shifted": (lambda x: shifted(x * x, 2) * x, lambda x: torch.roll(x * x, 2, -1) * x),
    "shifted back": (lambda x: shifted(x.exp(), by=-1) - x, lambda x: x.exp().roll(-1, -1) - x),
}
SIZES = [(3, 5), (3, 5), (4, 7), (2, 150)]


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param in ("llvm", "auto"):
        pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")
    before = config.tier
    config.tier = request.param
    yield request.param
    config.tier = before


def values(f: Function, x: Any, v: Any) -> list[Any]:
    """The value, the gradient, the tangent and two second derivatives of ``f`` at ``x``."""
    x = x.clone().requires_grad_()
    y = f(x)
    weights = torch.linspace(0.5, 2, y.numel()).reshape(y.shape)
    g, = torch.autograd.grad((y * weights).sum(), x, create_graph=True)
    second, = torch.autograd.grad((g * v).sum(), x)
    _, tangent = torch.func.jvp(f, (x.detach(),), (v,))
    _, mixed = torch.func.jvp(lambda z: torch.func.grad(lambda u: (f(u) * weights).sum())(z),
                              (x.detach(),), (v,))
    return [each.detach().numpy() for each in (y, g, second, tangent, mixed)]


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_the_composition_is(name: str, tier: str) -> None:
    own, composed = CASES[name]
    for k, size in enumerate(SIZES):
        rng = np.random.default_rng(k)
        x, v = (torch.tensor(rng.normal(size=size).astype(np.float32)) for _ in range(2))
        for a, b in zip(values(own, x, v), values(composed, x, v), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["log_cosh", "sum_of_squares, rows", "happens, rows", "shifted"])
def test_other_dtypes(name: str, kind: str, tier: str) -> None:
    own, composed = CASES[name]
    x = torch.linspace(-1, 2, 21).reshape(3, 7).to(getattr(torch, kind))
    near = 1e-12 if kind == "float64" else 0.05
    for _ in range(3):
        a, b = own(x), composed(x)
        assert a.dtype is b.dtype is x.dtype
        torch.testing.assert_close(a.double(), b.double(), rtol=near, atol=near)


def kernels(f: Function, x: Any) -> str:
    """What the kernels of ``f(x)`` are, as text."""
    pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")
    return str(torch.explain_kernel(f, x))


def calls(f: Function, x: Any) -> list[str]:
    """The library calls that ``f(x)`` makes."""
    pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")
    before = config.tier
    config.tier = "llvm"
    try:
        with torch.profile() as found:
            f(x).sum().item()
    finally:
        config.tier = before
    return [part.name for program in found.programs for part in program.parts
            if part.kind == "library call"]


X = torch.linspace(-1, 2, 400).reshape(20, 20)


@pytest.mark.parametrize("name", ["log_cosh", "nested", "sum_of_squares, rows",
                                  "sum_of_squares, columns", "sum_of_squares, all", "total, rows",
                                  "total, all", "happens, rows", "happens, all"])
def test_it_is_in_a_kernel(name: str) -> None:
    assert calls(CASES[name][0], X) == []


def test_it_is_in_the_kernel_of_what_is_beside_it() -> None:
    assert kernels(lambda x: torch.sin(log_cosh(x * 3)), X).count("for ") == 1


def test_what_has_no_lowering_is_a_library_call() -> None:
    assert calls(CASES["plain_log_cosh"][0], X) == ["plain_log_cosh"]


def test_broadcasting_and_numbers(tier: str) -> None:
    f = primitives.function(either)
    for n in (3, 3, 4):
        a, b = torch.linspace(0, 1, n), torch.linspace(0, 0.5, 2)[:, None]
        torch.testing.assert_close(f(a, b), a + b - a * b)
        torch.testing.assert_close(f(a, 0.25), a + 0.25 - a * 0.25)


def test_integers_become_floats() -> None:
    assert log_cosh(torch.arange(3)).dtype is torch.float32


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="has a primitive 'exp' already"):
        primitives.elementwise("exp", np.exp)


def test_how_tensors_enter_has_to_be_known() -> None:
    with pytest.raises(TypeError, match="how tensors enter shifting is not known"):
        primitives.function(shifting)


def test_a_function_has_its_name() -> None:
    assert log_cosh.__name__ == "log_cosh"
    x = torch.ones(2, requires_grad=True)
    assert log_cosh(x).grad_fn.name() == "LogCoshBackward0"
    assert Reduction(either, 0).combine is either


@pytest.mark.long
def test_gradcheck() -> None:
    x = torch.linspace(-1, 2, 6, dtype=torch.float64).reshape(2, 3).requires_grad_()
    for own, _ in CASES.values():
        assert torch.autograd.gradcheck(own, (x,), check_forward_ad=True)
        assert torch.autograd.gradgradcheck(own, (x,))


@pytest.mark.parametrize("name", CASES)
def test_mapped(name: str) -> None:
    own, _ = CASES[name]
    x = torch.linspace(0.1, 0.9, 24, dtype=torch.float64).reshape(3, 2, 4)
    for f in (own, torch.func.grad(lambda x: own(x).sum()), torch.func.jacfwd(own)):
        torch.testing.assert_close(torch.vmap(f)(x), torch.stack([f(row) for row in x]))


def test_a_primitive_that_no_rule_fits_is_named() -> None:
    last = primitives.Primitive(
        "last_of_all", lambda x: x.reshape(-1)[-1:], lambda x: ((1,), x.dtype), (None,), "last")

    @primitives.function
    def taken(input: Node) -> Node:
        return last(input)
    with pytest.raises(NotImplementedError, match="last_of_all, at test_own_primitives"):
        torch.vmap(taken)(torch.ones(2, 3))
