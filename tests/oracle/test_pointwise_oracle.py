"""The elementwise functions against PyTorch: values, dtypes, gradients, second gradients."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import wengert.functions.families  # noqa: F401  it fills OPERATIONS
from nodes import Traced, evaluate, grads, second_grads, weights
from wengert.engine.dtypes import by_name
from wengert.engine.recording.operation import OPERATIONS

torch = pytest.importorskip("torch")

NAN, INF = float("nan"), float("inf")
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, 3.0, -3.0, 6.0, 1e4, -1e4, 100.0, NAN, INF,
                  -INF])
LINE = np.linspace(-2.9, 2.9, 23)
PLANE = (np.linspace(-1.5, 1.4, 5)[:, None] + 1j * np.linspace(-1.3, 1.2, 4)).reshape(-1)


def words(text: str) -> list[str]:
    return text.split()


INTEGER_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64")
FLOAT_DTYPES = ("float16", "float32", "float64")

UNARY = words("""
    neg abs sign sgn square sqrt rsqrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos
    tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid logit erf erfc erfinv lgamma
    digamma sinc floor ceil trunc round frac nan_to_num deg2rad rad2deg angle relu isnan isinf
    isfinite isposinf isneginf signbit isreal logical_not bitwise_not conj real imag positive
    view_as_real conj_physical clone detach""")
BINARY = words("""
    add sub rsub mul div true_divide floor_divide remainder fmod pow float_power maximum minimum
    fmax fmin clamp_min clamp_max copysign heaviside ldexp atan2 hypot logaddexp logaddexp2
    xlogy nextafter eq ne lt le gt ge logical_and logical_or logical_xor bitwise_and bitwise_or
    bitwise_xor bitwise_left_shift bitwise_right_shift""")
ACTIVATIONS: dict[str, list[dict[str, Any]]] = {
    "relu": [{}], "threshold": [{"threshold": 0.5, "value": 2.0}], "relu6": [{}],
    "leaky_relu": [{}, {"negative_slope": 0.3}], "elu": [{}, {"alpha": 0.7}], "selu": [{}],
    "celu": [{}, {"alpha": 0.7}], "gelu": [{}, {"approximate": "tanh"}], "silu": [{}], "mish": [{}],
    "softplus": [{}, {"beta": 2.0, "threshold": 3.0}], "softsign": [{}], "tanhshrink": [{}],
    "hardtanh": [{}, {"min_val": -2.0, "max_val": 0.5}], "hardsigmoid": [{}], "hardswish": [{}],
    "logsigmoid": [{}], "hardshrink": [{}, {"lambd": 1.0}], "softshrink": [{}, {"lambd": 1.0}],
}

# Where PyTorch's value is another on purpose: see docs/differences.md.
NO_GRADIENT = {"floor_divide", "heaviside"}     # PyTorch raises, the derivative is 0
TOLERANCE = {"float16": 2e-3, "float32": 2e-6, "complex64": 2e-6}


def name_of(name: str) -> Any:
    return getattr(torch, name, None) or getattr(torch.nn.functional, name)


def ours(name: str) -> Any:
    return OPERATIONS[name]


def theirs(value: Any, requires_grad: bool = False) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        made = torch.from_numpy(np.array(value))
        if requires_grad and (made.is_floating_point() or made.is_complex()):
            made.requires_grad_()
        return made
    return value


def same(found: Any, wanted: Any, tolerance: float | None = None) -> None:
    wanted = wanted.detach().resolve_conj().resolve_neg().numpy(force=True)
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    limit = TOLERANCE.get(found.dtype.name, 1e-9) if tolerance is None else tolerance
    kind = complex if found.dtype.kind == "c" else float
    np.testing.assert_allclose(found.astype(kind), wanted.astype(kind), limit, limit)


def compare(name: str, *args: Any, **static: Any) -> None:
    """Values, or the type of the error."""
    try:
        wanted = name_of(name)(*map(theirs, args), **static)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        with pytest.raises((type(error), RuntimeError)):
            evaluate(ours(name), *args, **static)
        return
    tolerance = 2e-5 if name in ("lgamma", "digamma", "erfinv", "float_power") else None
    same(evaluate(ours(name), *args, **static), wanted, tolerance)


def cotangent(x: Any) -> Any:
    """``weights`` for a tensor of PyTorch's."""
    return torch.from_numpy(weights(tuple(x.shape), str(x.dtype).removeprefix("torch.")))


def compare_gradients(name: str, *args: Any, twice: bool = True, **static: Any) -> None:
    """Gradients of first and second order for the cotangents ``weights``."""
    given = [theirs(arg, requires_grad=True) for arg in args]
    leaves = [x for x in given if isinstance(x, torch.Tensor) and x.requires_grad]
    out = name_of(name)(*given, **static)
    ct = cotangent(out)
    wanted = torch.autograd.grad(out, leaves, ct, create_graph=True, materialize_grads=True)
    for a, b in zip(grads(ours(name), *args, **static), wanted, strict=True):
        same(a, b, 1e-7)
    if not twice:
        return
    again = [(g, cotangent(g)) for g in wanted if g.requires_grad]
    if again:
        second = torch.autograd.grad([g for g, _ in again], leaves, [c for _, c in again],
                                     materialize_grads=True)
        for a, b in zip(second_grads(ours(name), *args, **static), second, strict=True):
            same(a, b, 1e-6)


def domain(name: str) -> Any:
    """Points at which the function and its derivatives are finite."""
    if name in ("sqrt", "rsqrt", "log", "log2", "log10", "lgamma", "digamma", "reciprocal"):
        return np.abs(LINE) + 0.1
    if name in ("asin", "acos", "atanh", "erfinv"):
        return LINE / 3
    if name == "logit":
        return (LINE + 3) / 6
    if name == "acosh":
        return np.abs(LINE) + 1.1
    if name == "sinc":      # at 0 PyTorch's second derivative is NaN
        return LINE + 0.05
    return np.abs(LINE) - 0.9 if name == "log1p" else LINE


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", (*INTEGER_DTYPES, *FLOAT_DTYPES, "complex64", "complex128"))
def test_unary(name: str, dtype: str) -> None:
    x = PLANE if dtype.startswith("complex") else domain(name)
    compare(name, x.astype(dtype))
    compare(name, x.astype(dtype)[:1].reshape(()))
    compare(name, x.astype(dtype)[:0].reshape(0, 3))


@pytest.mark.parametrize("name", sorted(set(UNARY) - {"sign", "sgn", "logit", "nan_to_num"}))
@pytest.mark.parametrize("dtype", ("float32", "float64"))
def test_unary_at_edges(name: str, dtype: str) -> None:
    compare(name, EDGES.astype(dtype))


@pytest.mark.parametrize("name", [n for n in UNARY if not n.startswith("is") and n not in (
    "signbit", "logical_not", "bitwise_not", "imag", "view_as_real", "detach")])
def test_unary_gradients(name: str) -> None:
    compare_gradients(name, domain(name))
    compare_gradients(name, domain(name)[3:4].reshape(()))


@pytest.mark.parametrize("name", words("""
    neg abs sgn square sqrt rsqrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan
    asin acos atan sinh cosh tanh asinh acosh atanh sigmoid angle conj real imag view_as_real
    conj_physical clone"""))
def test_complex_gradients(name: str) -> None:
    compare_gradients(name, PLANE)


PAIRS = [(np.array([[3.5], [-2.0], [0.0]]), np.array([2.0, -1.5, 0.5, 3.0])),
         (np.array([1.5, -2.0, 3.0]), 2), (np.array([1.5, -2.0, 3.0]), -1.5),
         (2.5, np.array([1.5, -2.0, 3.0])), (np.array([1.5, 3.0]), np.array(2.0)),
         (np.array(2.0), np.array(3.0)), (np.zeros((0, 3)), np.ones(3))]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype", (*INTEGER_DTYPES, *FLOAT_DTYPES, "complex64"))
def test_binary(name: str, dtype: str) -> None:
    for pair in PAIRS:
        a, b = (v.astype(dtype) if isinstance(v, np.ndarray) else v for v in pair)
        if isinstance(a, float) and name not in ("pow", "remainder", "float_power"):
            continue
        if isinstance(b, int | float) and name in (
                "atan2", "hypot", "logaddexp", "logaddexp2", "maximum", "minimum", "fmax", "fmin",
                "heaviside", "ldexp", "nextafter", "logical_and", "logical_or", "logical_xor"):
            continue
        compare(name, a, b)


MIXED = ("bool", "uint8", "int8", "int64", "float16", "float32", "float64", "complex64",
         "complex128")


@pytest.mark.parametrize("first, second", list(itertools.product(MIXED, MIXED)))
def test_promotion(first: str, second: str) -> None:
    if "float16" in (first, second) and "complex" in first + second:
        pytest.skip("PyTorch's complex32")
    for shapes in (((2,), (2,)), ((2,), ()), ((), (2,)), ((), ())):
        a, b = (np.ones(s).astype(d) for s, d in zip(shapes, (first, second), strict=True))
        for name in ("mul", "div", "eq", "maximum", "pow"):
            compare(name, a, b)


@pytest.mark.parametrize("dtype", MIXED)
@pytest.mark.parametrize("number", (True, 2, 2.5, 1 + 2j, -1, 300))
def test_promotion_of_numbers(dtype: str, number: Any) -> None:
    if dtype == "float16" and isinstance(number, complex):
        pytest.skip("PyTorch's complex32")
    for shape in ((3,), ()):
        x = np.asarray(np.ones(shape) * 3, dtype)
        for name in ("add", "mul", "div", "eq", "clamp_min", "where_number"):
            if name == "where_number" and dtype in ("uint8", "int8") and number == 300:
                with pytest.raises(RuntimeError, match="without overflow"):
                    evaluate(ours("where"), np.ones(shape, bool), number, x)
            elif name == "where_number":
                mask = np.ones(shape, bool)
                same(evaluate(ours("where"), mask, number, x),
                     torch.where(theirs(mask), number, theirs(x)))
            elif not (name == "clamp_min" and dtype == "bool"):
                compare(name, x, number)


FLOWING = [n for n in BINARY if n not in NO_GRADIENT and not n.startswith(("logical", "bitwise"))
           and len(n) > 2]


@pytest.mark.parametrize("name", FLOWING)
def test_binary_gradients(name: str) -> None:
    a, b = np.array([[3.5], [1.2], [0.7]]), np.array([2.0, 0.8, 0.5, 3.1])
    twice = name not in ("nextafter",)
    compare_gradients(name, a, b, twice=twice)
    compare_gradients(name, a[:, 0], np.array(1.7), twice=twice)
    if name in ("add", "sub", "mul", "div", "true_divide", "pow", "remainder", "fmod", "clamp_min"):
        compare_gradients(name, a, 1.7)
        compare_gradients(name, a, 2)


@pytest.mark.parametrize("name", words("add sub rsub mul div pow"))
def test_complex_binary_gradients(name: str) -> None:
    compare_gradients(name, PLANE, PLANE[::-1].copy())
    compare_gradients(name, PLANE.real.copy(), PLANE[::-1].copy())
    compare_gradients(name, PLANE, np.abs(PLANE))


@pytest.mark.parametrize("name", words("maximum minimum fmax fmin clamp_min clamp_max"))
def test_ties(name: str) -> None:
    x = np.array([1.0, 2.0, 3.0])
    compare_gradients(name, x, np.array([2.0, 2.0, 2.0]))
    compare_gradients(name, np.array([NAN, 1.0]), np.array([1.0, NAN]), twice=False)


@pytest.mark.parametrize("exponent", (0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 1.5, 0.0, 2.0))
@pytest.mark.parametrize("dtype", ("int64", "float32", "float64", "complex128"))
def test_powers_to_numbers(exponent: float, dtype: str) -> None:
    x = np.array([2.0, 1.0, 3.0]).astype(dtype)
    compare("pow", x, exponent)
    if not dtype.startswith("int"):
        compare_gradients("pow", x.astype("complex128" if dtype[0] == "c" else "float64"), exponent)
    if exponent >= 0 and dtype == "float64":
        compare_gradients("pow", np.array([0.0, 1.0]), exponent, twice=False)


def test_powers_of_zero() -> None:
    x = np.array([0.0, 0.0, 0.0, 2.0])
    n = np.array([0.0, 1.0, 2.0, 0.0])
    compare("pow", x, n)
    compare_gradients("pow", x, n, twice=False)


@pytest.mark.parametrize("name, static", [
    (name, static) for name, all_static in ACTIVATIONS.items() for static in all_static])
def test_activations(name: str, static: dict[str, Any]) -> None:
    for dtype in ("float32", "float64"):
        compare(name, LINE.astype(dtype), **static)
        compare(name, np.array(0.3, dtype), **static)
        edges = EDGES if name not in ("hardswish", "mish", "gelu") else EDGES[:-3]
        compare(name, edges.astype(dtype), **static)
    compare_gradients(name, LINE + 0.03, twice=name != "hardsigmoid", **static)
    kinks = np.array([0.0, 3.0, -3.0, 6.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 200.0, -200.0])
    compare_gradients(name, kinks, twice=False, **static)


@pytest.mark.parametrize("bounds", ({"min": -1.0}, {"max": 1.0}, {"min": -1.0, "max": 1.0},
                                    {"min": 1.0, "max": -1.0}, {"min": 0}))
def test_clamp(bounds: dict[str, Any]) -> None:
    for x in (EDGES, LINE, integers := np.arange(-3, 4)):
        compare("clamp", x, **bounds)
    compare_gradients("clamp", EDGES[:-3], **bounds)
    arrays = {name: np.full(LINE.shape, bound) for name, bound in bounds.items()}
    found = evaluate(ours("clamp"), LINE, **arrays)
    same(found, torch.clamp(theirs(LINE), **{n: theirs(v) for n, v in arrays.items()}))
    assert evaluate(ours("clamp"), integers, min=0.5).dtype == np.float32


def test_others() -> None:
    x, y, w = LINE, LINE[::-1].copy(), np.linspace(-0.5, 1.5, LINE.size)
    for weight in (w, 0.3, 0.9, 0.0, 1.0):
        compare("lerp", x, y, weight)
        compare_gradients("lerp", x, y, weight)
    compare("lerp", PLANE, PLANE[::-1].copy(), 0.3 + 0.1j)
    for value in ({}, {"value": 0.5}, {"value": 2}):
        compare("addcmul", x, y, w, **value)
        compare("addcdiv", x, y, np.abs(w) + 1, **value)
        compare_gradients("addcmul", x, y, w, **value)
        compare_gradients("addcdiv", x, y, np.abs(w) + 1, **value)
    compare("addcmul", np.arange(3), np.arange(3), np.arange(3), value=2)
    compare("addcdiv", np.arange(3), np.arange(3), np.arange(3))
    for decimals in (-1, 1, 2):
        compare("round", LINE * 10, decimals=decimals)
    compare("round", np.arange(3), decimals=1)
    for static in ({}, {"nan": 1.0}, {"posinf": 2.0, "neginf": -3.0}):
        for dtype in (*FLOAT_DTYPES, "complex64"):
            compare("nan_to_num", EDGES.astype(dtype), **static)
        compare_gradients("nan_to_num", EDGES, **static)
    compare("logit", np.array([0.0, 0.1, 0.5, 1.0, 2.0]), eps=0.2)
    compare_gradients("logit", np.array([0.0, 0.1, 0.2, 0.5, 1.0, 2.0]), twice=False, eps=0.2)
    for n in range(4):
        same(evaluate(ours("polygamma"), n, np.abs(LINE) + 0.2),
             torch.polygamma(n, theirs(np.abs(LINE) + 0.2)), 1e-5)
    for alpha in (2, 0.5):
        compare("add", x, y, alpha=alpha)
        compare("sub", x, y, alpha=alpha)
    compare("add", np.arange(3), np.arange(3), alpha=0.5)
    compare("xlogy", np.array([0.0, 0.0, 1.0, 0.0]), np.array([0.0, NAN, 0.0, -1.0]))
    for mode in ("trunc", "floor"):
        for dtype in ("int32", "float64", "uint8"):
            compare("div", np.array([7, 5, 3]).astype(dtype), np.array([2, 3, 5]).astype(dtype),
                    rounding_mode=mode)
        compare("div", np.array([-7, 7]), np.array([2, -2]), rounding_mode=mode)
    compare("div", x, y, rounding_mode="round")


def test_isclose() -> None:
    a, b = np.array([1.0, 1.0, NAN, INF, INF, 0.0]), np.array([1.0, 1.1, NAN, INF, -INF, 1e-9])
    for static in ({}, {"equal_nan": True}, {"rtol": 0.2}, {"rtol": 0.0, "atol": 0.0}):
        compare("isclose", a, b, **static)
        compare("isclose", a + 1j, b + 1j, **static)
    compare("isclose", np.arange(3), np.array([0, 2, 2]))
    compare("isclose", np.arange(3), a[:3])


def test_masked_fill_and_where() -> None:
    mask = np.array([True, False, True])
    for x in (np.ones((2, 3)), np.arange(3), np.ones(3, np.complex64), np.ones(3, bool)):
        for value in (2, True, np.array(2), 1.5, 1j, np.array(2.5)):
            if not (isinstance(value, np.ndarray) or x.dtype.kind == "c" or value in (2, True)
                    or x.dtype.kind == "f"):
                continue
            wanted: Any = None
            try:
                given = theirs(value) if isinstance(value, np.ndarray) else value
                wanted = torch.masked_fill(theirs(x), theirs(mask), given)
            except RuntimeError:
                with pytest.raises(RuntimeError):
                    evaluate(ours("masked_fill"), x, mask, value)
                continue
            same(evaluate(ours("masked_fill"), x, mask, value), wanted)
    compare("masked_fill", np.ones(3), np.ones(3, int), 2)
    compare_gradients("masked_fill", np.ones((2, 3)), mask, 2.0)
    compare_gradients("where", mask, np.ones((2, 3)), np.array(2.0))
    compare("where", np.array([1.0]), np.ones(1), np.ones(1))
    same(evaluate(ours("where"), mask, 1.0, 2.0), torch.where(theirs(mask), 1.0, 2.0))


def test_complex_parts() -> None:
    a, b = LINE, LINE[::-1].copy()
    for name in ("complex", "polar"):
        compare(name, a, b)
        compare(name, a.astype("float32"), b.astype("float32"))
        compare(name, a.astype("float32"), b)
        compare(name, np.arange(3), np.arange(3))
        compare_gradients(name, np.abs(a) + 0.1, b)
    compare("view_as_complex", LINE[:22].reshape(11, 2))
    compare("view_as_complex", LINE)
    compare("view_as_complex", np.arange(4))
    compare_gradients("view_as_complex", LINE[:22].reshape(11, 2))
    zero = np.array([0j, 1 + 0j, -1 + 0j, 1j])
    for name in ("abs", "sgn", "angle"):
        compare(name, zero)
        compare_gradients(name, zero, twice=False)


def test_prelu() -> None:
    x = LINE[:12].reshape(2, 3, 2) + 0.03
    for weight in (np.array([0.25]), np.array([0.1, 0.2, 0.3]), np.array(0.3)):
        compare("prelu", x, weight)
        compare_gradients("prelu", x, weight)
    compare("prelu", x, np.ones(2))
    compare("prelu", x[0, 0], np.array([0.5]))
    compare("prelu", np.array(-1.0), np.array([0.5]))


@pytest.mark.parametrize("target", (*INTEGER_DTYPES, *FLOAT_DTYPES, "complex64"))
@pytest.mark.parametrize("source", (*INTEGER_DTYPES, *FLOAT_DTYPES))
def test_to_dtype(source: str, target: str) -> None:
    x = np.array([0, 1, 2, 3.0]).astype(source)
    same(evaluate(ours("to_dtype"), x, by_name(target)), theirs(x).to(getattr(torch, target)))


@pytest.mark.parametrize("name", [*UNARY, *FLOWING, *ACTIVATIONS])
def test_name_of_the_gradient(name: str) -> None:
    args = [np.array([0.5, 0.6]) + (1j if name in (
        "imag", "view_as_real", "conj", "real", "conj_physical", "sgn") else 0)]
    if name in FLOWING:
        args.append(np.array([0.7, 0.8]))
    static = ACTIVATIONS.get(name, [{}])[0]
    operation = OPERATIONS[name]
    try:
        out = name_of(name)(*(theirs(a, requires_grad=True) for a in args), **static)
    except NotImplementedError:
        return
    wanted = out.grad_fn.name() if out.grad_fn else ""
    assert operation.grad_name.rstrip("012") == wanted.rstrip("012") or name == "hardshrink"
    assert Traced(operation, args, static).outputs[0].requires_grad == bool(wanted) or (
        name == "positive")
