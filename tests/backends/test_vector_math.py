"""The functions of compiled code, each against numbers known better: how many ulp it is off.

A loop over one function is compiled at each width that the machine has (in lanes: 1, where the
scalar library is called, and those of vectors of 128, 256, 512 bits). float32 is held against
float64, computed by NumPy or SciPy; float64 against mpmath with 40 digits. ``BOUNDS`` is what
users may rely on; special values must be right to the bit.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="without llvmlite nothing is compiled")
pytest.importorskip("mpmath", reason="float64 is held against mpmath")

import mpmath
from scipy import special

from wengert.engine.backends.cpu import functions
from wengert.engine.backends.cpu.compiler import compiled
from wengert.engine.backends.cpu.host import Host, host
from wengert.engine.backends.cpu.text import Code
from wengert.engine.dtypes import DType, float32, float64

pytestmark = pytest.mark.once

NAMES = [*functions.SCALAR, *(name for name in functions.INLINE if name not in functions.SCALAR)]

# Greatest error in ulp, of float32 and of float64. glibc promises 4 for its vector functions; the
# rest have been measured at the widths 1 to 16 and stand with a margin.
DEFAULT = (4.0, 4.0)
BOUNDS = {
    "exp": (1.5, 2.5), "log": (1.0, 2.0), "tanh": (2.5, 2.5), "sigmoid": (3.0, 3.0),
    "sin": (2.0, 3.5), "cos": (2.0, 3.5), "erf": (4.5, 2.5), "pow": (1.5, 1.5),
    "hypot": (1.5, 2.0), "atan2": (3.5, 2.0),
}

# Where the arguments are drawn; for exponents and the like, beyond overflow and underflow too.
RANGES: dict[str, list[tuple[float, float]]] = {
    "exp": [(-1, 1), (-110, 95)], "exp2": [(-1, 1), (-155, 135)], "expm1": [(-1, 1), (-20, 95)],
    "log": [(0, 3), (0.9, 1.1)], "log2": [(0, 3), (0.9, 1.1)], "log10": [(0, 3), (0.9, 1.1)],
    "log1p": [(-1, 1), (-1, 1e4)], "sin": [(-4, 4), (-1e3, 1e3), (-1e5, 1e5)],
    "cos": [(-4, 4), (-1e3, 1e3), (-1e5, 1e5)], "tan": [(-4, 4), (-1e3, 1e3)],
    "asin": [(-1, 1)], "acos": [(-1, 1)], "atan": [(-3, 3), (-1e3, 1e3)],
    "sinh": [(-1, 1), (-95, 95)], "cosh": [(-1, 1), (-95, 95)], "tanh": [(-1, 1), (-12, 12)],
    "asinh": [(-3, 3), (-1e4, 1e4)], "acosh": [(1, 3), (1, 1e4)], "atanh": [(-1, 1)],
    "ndtr": [(-1, 1), (-12, 9)], "bell": [(-1, 1), (-15, 15)], "gauss": [(-1, 1), (-11, 11)],
    "erf": [(-1, 1), (-5, 5)], "erfc": [(-1, 1), (-4, 11)], "sigmoid": [(-1, 1), (-100, 100)],
    "pow": [(0, 3), (0, 20)], "atan2": [(-2, 2)], "hypot": [(-2, 2), (-1e10, 1e10)],
}
SPREAD = {"exp", "exp2", "expm1", "sinh", "cosh", "pow"}
"""Their arguments are not taken from all magnitudes: most results would be 0 or infinite."""

REFERENCE: dict[str, Callable[..., Any]] = {
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "erf": special.erf, "erfc": special.erfc,
    "pow": np.power, "atan2": np.arctan2, "sigmoid": special.expit,
    "ndtr": special.ndtr, "bell": lambda x: np.exp(-x * x / 2), "gauss": lambda x: np.exp(-x * x),
}
PRECISE: dict[str, Callable[..., Any]] = {
    "exp2": lambda x: mpmath.power(2, x), "log2": lambda x: mpmath.log(x, 2),
    "pow": mpmath.power, "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}

LOOP = """
define void @kernel(ptr %x, ptr %y, ptr %out, i64 %count) {{
entry:
  br label %turn
turn:
  %i = phi i64 [ 0, %entry ], [ %next, %{last} ]
  %x.at = getelementptr {base}, ptr %x, i64 %i
  %y.at = getelementptr {base}, ptr %y, i64 %i
  %out.at = getelementptr {base}, ptr %out, i64 %i
  %a = load {kind}, ptr %x.at, align {align}
  %b = load {kind}, ptr %y.at, align {align}
{body}
  store {kind} {result}, ptr %out.at, align {align}
  %next = add i64 %i, {width}
  %more = icmp slt i64 %next, %count
  br i1 %more, label %turn, label %end
end:
  ret void
}}
"""


@functools.cache
def loop(name: str, dtype: DType, width: int) -> Any:
    code = Code()
    code.block = "turn"
    arity = functions.SCALAR.get(name, 1)
    result = functions.call(code, name, dtype, width, ["%a", "%b"][:arity])
    base, align = ("float", 4) if dtype is float32 else ("double", 8)
    kind = base if width == 1 else f"<{width} x {base}>"
    assert not code.ahead
    text = LOOP.format(base=base, kind=kind, align=align, width=width, result=result,
                       body="\n".join(code.lines), last=code.block)
    needs = [f"{key} = {need}" if not need.startswith(("declare", "define", "!", key)) else need
             for key, need in code.needs.items()]
    address = compiled("\n".join([text, *needs]))
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(address)


def computed(name: str, dtype: DType, width: int, x: Any, y: Any) -> Any:
    """The function on arrays of any length; the last vector is filled up."""
    count = -(-len(x) // width) * width
    padded = [np.resize(each, count).astype(dtype.numpy) for each in (x, y)]
    out = np.empty(count, dtype.numpy)
    loop(name, dtype, width)(*(each.ctypes.data for each in (*padded, out)), count)
    return out[:len(x)]


def widths(name: str, dtype: DType) -> list[int]:
    """The lanes of the machine's vectors, and 1 where the scalar library has the function; float64
    beside float32 comes in twice as many."""
    bits = 32 if dtype is float32 else 64
    widest = host().bits if dtype is float32 else 2 * host().bits
    lanes = [size // bits for size in (128, 256, 512, 1024) if size <= widest]
    return [1, *lanes] if name in functions.SCALAR else lanes


CASES = [pytest.param(name, dtype, id=f"{name}-{dtype}".replace("torch.", ""))
         for name in NAMES for dtype in (float32, float64)
         if name in functions.SCALAR or dtype is float32]


def drawn(name: str, dtype: DType, count: int) -> tuple[Any, Any]:
    """Arguments from the function's ranges, near zero, and of all magnitudes."""
    rng = np.random.default_rng(7)
    parts = [rng.uniform(low, high, count) for low, high in RANGES[name]]
    if name not in SPREAD:
        limits = np.finfo(dtype.numpy)
        low, high = np.log2(float(limits.tiny)), np.log2(float(limits.max)) - 1
        parts.append(np.exp2(rng.uniform(low, high, count)) * rng.choice([-1.0, 1.0], count))
    parts.append(np.exp2(rng.uniform(-30, 0, count)) * rng.choice([-1.0, 1.0], count))
    x = np.concatenate(parts).astype(dtype.numpy)
    return x, rng.permutation(x)


def ulp(found: Any, right: Any, dtype: DType) -> float:
    """The greatest error; ``right`` is more precise than ``found`` and finite where it counts."""
    limits = np.finfo(dtype.numpy)
    worst = 0.0
    for a, b in zip(found.tolist(), right, strict=True):
        if abs(b) > limits.max:
            assert abs(a) == np.inf or a == float(limits.max) * np.sign(float(b)), (a, b)
            continue
        unit = float(np.spacing(dtype.numpy.type(abs(float(b)))))
        worst = max(worst, float(abs(a - b)) / unit)
    return worst


@pytest.mark.parametrize("name, dtype", CASES)
def test_error(name: str, dtype: DType) -> None:
    x, y = drawn(name, dtype, 4000 if dtype is float32 else 60)
    if dtype is float32:
        reference = REFERENCE.get(name) or getattr(np, name)
        with np.errstate(all="ignore"):
            right = reference(*(each.astype(np.float64) for each in
                                (x, y)[:functions.SCALAR.get(name, 1)]))
        defined = ~np.isnan(right)
        x, y, right = x[defined], y[defined], right[defined]
    else:
        x, y, right = precise(name, x, y)
    bound = BOUNDS.get(name, DEFAULT)[dtype is float64]
    for width in widths(name, dtype):
        error = ulp(computed(name, dtype, width, x, y), right, dtype)
        assert error <= bound, f"{name} of {width} {dtype}: {error:.2f} ulp"


def precise(name: str, x: Any, y: Any) -> tuple[Any, Any, list[Any]]:
    """The arguments for which the function is real, and its values with 40 digits."""
    function = PRECISE.get(name) or getattr(mpmath, name)
    kept = []
    with mpmath.workdps(40):
        for a, b in zip(x.tolist(), y.tolist(), strict=True):
            args = (mpmath.mpf(a), mpmath.mpf(b))[:functions.SCALAR.get(name, 1)]
            try:
                value = function(*args)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            if mpmath.isfinite(value) and mpmath.im(value) == 0:
                kept.append((a, b, mpmath.re(value)))
    xs, ys, values = zip(*kept, strict=True)
    return np.array(xs), np.array(ys), list(values)


# ---- special values ----


def special_arguments(dtype: DType) -> Any:
    limits = np.finfo(dtype.numpy)
    sizes = [0.0, float(limits.smallest_subnormal), float(limits.tiny), 0.5, 1.0, 1.5, 2.0, 3.0,
             float(limits.max), np.inf, np.nan]
    return np.array([*sizes, *(-size for size in sizes)], dtype.numpy)


@pytest.mark.parametrize("name, dtype", CASES)
def test_special_values(name: str, dtype: DType) -> None:
    """NaN, infinities, zeros with their signs, the ends of the range."""
    values = special_arguments(dtype)
    x, y = (each.ravel() for each in np.meshgrid(values, values))
    arguments = [x, y]
    if functions.SCALAR.get(name, 1) == 1:
        x = y = values
        arguments = [values]
    reference = REFERENCE.get(name) or getattr(np, name)
    with np.errstate(all="ignore"):
        wide = reference(*(each.astype(np.float64) for each in arguments))
        right = wide.astype(dtype.numpy)
    for width in widths(name, dtype):
        found = computed(name, dtype, width, x, y)
        # What is exact must be exact; the rest is the business of test_error.
        exact = ~np.isfinite(right) | (right == 0)
        where = np.flatnonzero(exact & ~same(found, right) | (np.isnan(found) != np.isnan(right)))
        shown = [(*(each[k] for each in arguments), found[k], right[k]) for k in where[:5]]
        assert not len(where), f"{name} of {width} {dtype}: (arguments, found, right): {shown}"


def same(a: Any, b: Any) -> Any:
    return (np.isnan(a) & np.isnan(b)) | ((a == b) & (np.signbit(a) == np.signbit(b)))


@pytest.mark.parametrize("size", [128, 256, 512])
def test_no_function_is_wider_than_the_processor(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libmvec has functions for processors that are not this one: calling one ends the process."""
    monkeypatch.setattr(functions, "host", lambda: Host("", size, False))
    functions.vector_symbol.cache_clear()
    try:
        for width in (2, 4, 8, 16):
            code = Code()
            functions.library_call(code, "tanh", float64, width, ["%x"])
            lanes = [int(text.partition("_ZGV")[2][2:].partition("v")[0])
                     for text in code.needs if "_ZGV" in text]
            assert all(64 * each <= size for each in lanes), (width, code.needs)
    finally:
        functions.vector_symbol.cache_clear()
