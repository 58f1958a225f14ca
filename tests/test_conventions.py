"""The tables of docs/conventions.md: each stated derivative is the one that comes out.

``ROWS`` mirrors the tables: a row's three first cells, and the calls that show it. The calls are
made in float64, reverse mode, with a cotangent of ones; those of ``SECOND`` are differentiated
twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import wengert as torch

F = torch.nn.functional
NAN, INF = math.nan, math.inf
SELU_SLOPE = 1.0507009873554805 * 1.6732632423543772

Row = tuple[str, str, str]
Check = tuple[Callable[..., Any], list[Any], list[Any]]
"""A function, its arguments, and the expected gradient of each (None: not asked for)."""

PAGE = Path(__file__).parent.parent / "docs" / "conventions.md"


def rows_of_the_page() -> Iterator[Row]:
    """The three first cells of each row under `The derivative at kinks`."""
    text = PAGE.read_text(encoding="utf-8").partition("## Complex derivatives")[0]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] != "function" and not re.fullmatch(r"-+", cells[0]):
            yield cells[0], cells[1], cells[2]


TWICE_2 = [[2.0, 0.0], [0.0, 2.0]]
HALF = [[0.5, 0.0], [0.0, 0.5]]
NEARLY = [[1 + 2.0**-52, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]


def of_svd(x: Any) -> Any:
    """``x``, made of its singular values and vectors."""
    u, s, vh = torch.linalg.svd(x)
    return (u * s) @ vh


def each(functions: list[Callable[..., Any]], args: list[Any], expected: list[Any]) -> list[Check]:
    return [(function, args, expected) for function in functions]


def to(p: float) -> Callable[..., Any]:
    return lambda x: x ** p


def norm(p: float) -> Callable[..., Any]:
    return lambda x: torch.norm(x, p)


def first(function: Callable[..., Any], k: int = 0) -> Callable[..., Any]:
    """The values of a function that returns values and indices."""
    return lambda x: function(x, k)[0]


ROWS: dict[Row, list[Check]] = {
    # absolute values, signs and steps
    ("`abs`, real and complex", "0", "0"):
        [(torch.abs, [0.0], [0.0]), (torch.abs, [0j], [0j])],
    ("`sign`, `sgn` (real), `angle` (real)", "0", "0"):
        each([torch.sign, torch.sgn, torch.angle], [0.0], [0.0]),
    ("`floor`, `ceil`, `round`, `trunc`", "everywhere", "0"):
        each([torch.floor, torch.ceil, torch.round, torch.trunc], [[0.0, 1.3, -2.5]], [[0.0] * 3]),
    ("`floor_divide`, `heaviside`", "everywhere", "0"):
        [(torch.floor_divide, [[3.0, 4.5], 2.0], [[0.0, 0.0], 0.0]),
         (torch.heaviside, [[-1.0, 0.0, 2.0], 1.0], [[0.0] * 3, None])],
    ("`frac`", "an integer", "1"): [(torch.frac, [2.0], [1.0])],
    ("`remainder(x, y)`, `fmod(x, y)`", "x a multiple of y",
     "1 in x, −x/y rounded (`floor`, `trunc`) in y"):
        [(torch.remainder, [6.0, -3.0], [1.0, 2.0]), (torch.fmod, [6.0, -3.0], [1.0, 2.0])],
    ("`copysign(x, y)`", "x = 0", "0"): [(torch.copysign, [0.0, 2.0], [0.0, None])],
    ("`l1_loss`", "equal arguments", "0"): [(F.l1_loss, [1.5, 1.5], [0.0, 0.0])],
    ("`polar(abs, angle)` in abs", "abs < 0", "that of abs · e^(i angle)"):
        [(lambda r, a: torch.polar(r, a).real, [-1.0, 0.5], [math.cos(0.5), math.sin(0.5)])],

    # maxima, minima, order
    ("`maximum`, `minimum`", "a tie", "½ each"):
        each([torch.maximum, torch.minimum], [2.0, 2.0], [0.5, 0.5]),
    ("`fmax`, `fmin`", "a tie", "1 in the first argument"):
        each([torch.fmax, torch.fmin], [2.0, 2.0], [1.0, 0.0]),
    ("`amax`, `amin`, `max()`, `min()`", "k ties", "1/k each"):
        each([torch.amax, torch.amin, torch.max, torch.min], [[2.0, 2.0, 2.0, 2.0]], [[0.25] * 4]),
    ("`max(dim)`, `min(dim)`", "ties", "1 at the index that is returned"):
        each([first(torch.max), first(torch.min)], [[2.0, 2.0]], [[1.0, 0.0]]),
    ("`max_pool1d`, `max_pool2d`, `max_pool3d`", "ties in a window", "1 at the first"):
        [(lambda x: F.max_pool1d(x, 2), [[[2.0, 2.0]]], [[[1.0, 0.0]]]),
         (lambda x: F.max_pool2d(x, 2), [[[[1.0, 2.0], [2.0, 2.0]]]],
          [[[[0.0, 1.0], [0.0, 0.0]]]]),
         (lambda x: F.max_pool3d(x, (1, 1, 2)), [[[[[2.0, 2.0]]]]], [[[[[1.0, 0.0]]]]])],
    ("`median()`", "k ties", "1/k each"): [(torch.median, [[2.0, 2.0, 2.0]], [[1 / 3] * 3])],
    ("`sort`, `topk`", "ties", "goes where the element came from"):
        [(lambda x: torch.sort(x)[0] * torch.tensor([1.0, 2.0]), [[3.0, 3.0]], [[1.0, 2.0]]),
         (lambda x: torch.topk(x, 2)[0] * torch.tensor([1.0, 2.0]), [[3.0, 3.0]], [[1.0, 2.0]])],
    ("`clamp` with numbers", "at a bound", "1"):
        [(lambda x: torch.clamp(x, -1, 1), [[-1.0, 1.0]], [[1.0, 1.0]])],
    ("`clamp` with tensors", "at a bound", "1 in x, 0 in the bound"):
        [(torch.clamp, [1.0, 1.0], [1.0, 0.0])],

    # activations
    ("`relu`, `threshold`", "0", "0"):
        [(torch.relu, [0.0], [0.0]), (lambda x: F.threshold(x, 0.0, 5.0), [0.0], [0.0])],
    ("`relu`", "NaN", "0"): [(torch.relu, [NAN], [0.0])],
    ("`leaky_relu`, `prelu`", "0", "the slope on the left"):
        [(lambda x: F.leaky_relu(x, 0.2), [0.0], [0.2]),
         (F.prelu, [[0.0], [0.25]], [[0.25], None])],
    ("`relu6`, `hardtanh`, `hardsigmoid`", "at either bound", "0"):
        [(F.relu6, [[0.0, 6.0]], [[0.0, 0.0]]), (F.hardtanh, [[-1.0, 1.0]], [[0.0, 0.0]]),
         (F.hardsigmoid, [[-3.0, 3.0]], [[0.0, 0.0]])],
    ("`hardswish`", "−3; 3", "0; 1"): [(F.hardswish, [[-3.0, 3.0]], [[0.0, 1.0]])],
    ("`elu`, `celu`", "0", "1"): each([F.elu, F.celu], [0.0], [1.0]),
    ("`selu`", "0", "scale · alpha, 1.7581"): [(F.selu, [0.0], [SELU_SLOPE])],
    ("`softshrink`, `hardshrink`", "± lambda", "0"):
        each([F.softshrink, F.hardshrink], [[-0.5, 0.5]], [[0.0, 0.0]]),

    # roots, norms, powers
    ("`sqrt`", "0", "∞"): [(torch.sqrt, [0.0], [INF])],
    ("`rsqrt`", "0", "−∞"): [(torch.rsqrt, [0.0], [-INF])],
    ("`norm`, p = 2, and p > 2", "the zero vector", "0"):
        each([norm(2), norm(3), norm(2.5)], [[0.0, 0.0]], [[0.0, 0.0]]),
    ("`norm`, p = 1", "a zero element", "0 there"): [(norm(1), [[0.0, 2.0]], [[0.0, 1.0]])],
    ("`norm`, p = ∞", "k ties", "1/k each, with the sign of the element"):
        [(norm(INF), [[-2.0, 2.0, 1.0]], [[-0.5, 0.5, 0.0]])],
    ("`std`, `var`", "all elements equal", "0"):
        each([torch.std, torch.var], [[2.0, 2.0]], [[0.0, 0.0]]),
    ("`hypot`", "(0, 0)", "0"): [(torch.hypot, [0.0, 0.0], [0.0, 0.0])],
    ("`det`", "a singular matrix", "the adjugate"):
        [(torch.linalg.det, [[[1.0, 2.0], [2.0, 4.0]]], [[[4.0, -2.0], [-2.0, 1.0]]]),
         (torch.linalg.det, [[[0.0, 0.0], [0.0, 0.0]]], [[[0.0, 0.0], [0.0, 0.0]]])],
    ("`atan2`", "(0, 0)", "0"): [(torch.atan2, [0.0, 0.0], [0.0, 0.0])],
    ("`pow(x, p)` in x", "x = 0, p = 0", "0"):
        [(to(0.0), [0.0], [0.0]), (torch.pow, [0.0, 0.0], [0.0, None])],
    ("`pow(x, p)` in x", "x = 0, 0 < p < 1", "∞"):
        [(to(0.5), [0.0], [INF]), (to(0.7), [0.0], [INF]), (torch.pow, [0.0, 0.7], [INF, None])],
    ("`pow(x, p)` in x", "x = 0, p = 1", "1"):
        [(to(1.0), [0.0], [1.0]), (torch.pow, [0.0, 1.0], [1.0, None])],
    ("`pow(x, p)` in x", "x = 0, p > 1", "0"):
        [(to(2.0), [0.0], [0.0]), (to(1.5), [0.0], [0.0]), (torch.pow, [0.0, 3.0], [0.0, None])],
    ("`pow(x, p)` in x", "x = +0, p < 0", "−∞"):
        [(to(-1.0), [0.0], [-INF]), (to(-0.5), [0.0], [-INF]),
         (torch.pow, [0.0, -1.0], [-INF, None])],
    ("`pow(x, p)` in p", "x = 0, p ≥ 0", "0"):
        [(torch.pow, [0.0, 0.0], [None, 0.0]), (torch.pow, [0.0, 2.0], [None, 0.0])],
    ("`pow(x, p)` in p", "x < 0", "NaN"): [(torch.pow, [-2.0, 2.0], [None, NAN])],
    ("`prod`, `cumprod`", "zero elements", "the product of the others: exact, no division"):
        [(torch.prod, [[0.0, 2.0, 3.0]], [[6.0, 0.0, 0.0]]),
         (torch.prod, [[0.0, 0.0, 3.0]], [[0.0, 0.0, 0.0]]),
         (lambda x: torch.cumprod(x, 0)[-1], [[2.0, 0.0, 3.0]], [[0.0, 6.0, 0.0]])],

    # logarithms and inverse functions
    ("`log`", "0", "∞"): [(torch.log, [0.0], [INF])],
    ("`log1p`", "−1", "∞"): [(torch.log1p, [-1.0], [INF])],
    ("`reciprocal`", "0", "−∞"): [(torch.reciprocal, [0.0], [-INF])],
    ("`asin`, `atanh`, `acosh`", "1", "∞"):
        each([torch.asin, torch.atanh, torch.acosh], [1.0], [INF]),
    ("`acos`", "1", "−∞"): [(torch.acos, [1.0], [-INF])],
    ("`xlogy(x, y)` in x", "x = 0, y = 0", "0"): [(torch.xlogy, [0.0, 0.0], [0.0, None])],
    ("`xlogy(x, y)` in y", "x = 0, y = 0", "0"): [(torch.xlogy, [0.0, 0.0], [None, 0.0])],
    ("`xlog1py(x, y)` in x", "x = 0, y = −1", "0"):
        [(torch.special.xlog1py, [0.0, -1.0], [0.0, None])],
    ("`xlog1py(x, y)` in y", "x = 0, y = −1", "0"):
        [(torch.special.xlog1py, [0.0, -1.0], [None, 0.0])],
    ("`logaddexp`, `softmax`", "all elements −∞", "NaN"):
        [(torch.logaddexp, [-INF, -INF], [NAN, NAN]),
         (lambda x: torch.softmax(x, 0)[0], [[-INF, -INF]], [[NAN, NAN]])],
    ("`logsumexp`", "all elements −∞", "0"):
        [(lambda x: torch.logsumexp(x, 0), [[-INF, -INF]], [[0.0, 0.0]])],
    ("`sinc`", "0", "0"): [(torch.sinc, [0.0], [0.0])],

    # zero times infinity
    ("`where(x > 0, log(x), 0)`, `where(x > 0, sqrt(x), 0)`, …", "0", "0"):
        [(lambda x: torch.where(x > 0, torch.log(x), 0.0), [0.0], [0.0]),
         (lambda x: torch.where(x > 0, torch.sqrt(x), 0.0), [0.0], [0.0])],

    # infinity times zero
    ("`sqrt`, `log`, `rsqrt`, … of `relu`, `clamp`, `hardtanh`, `threshold`, `maximum`, `where`, "
     "max-pooling, …", "an element that is cut off at 0", "0"):
        [(lambda x, f=f, cut=cut: f(cut(x)), [[-1.0, 4.0]], [[0.0, slope]])
         for f, slope in ((torch.sqrt, 0.25), (torch.log, 0.25), (torch.rsqrt, -0.0625))
         for cut in (torch.relu, lambda x: x.clamp(min=0), lambda x: F.hardtanh(x, 0, 9),
                     lambda x: F.threshold(x, 0.0, 0.0), F.relu6,
                     lambda x: torch.maximum(x, torch.zeros(2, dtype=torch.float64)),
                     lambda x: torch.where(x > 0, x, 0.0), lambda x: x.masked_fill(x < 0, 0))
         ]
        + [(lambda x: F.max_pool1d(x[None], 2)[0].sqrt(), [[-1.0, 0.0, 4.0, 1.0]],
            [[0.0, INF, 0.25, 0.0]])],
    ("the same of `amax`, `amin`, `max()`, `min()`", "elements below a maximum of 0", "0"):
        [(lambda x: x.amax(0).sqrt(), [[-1.0, 0.0]], [[0.0, INF]]),
         (lambda x: x.max().sqrt(), [[-1.0, 0.0]], [[0.0, INF]]),
         (lambda x: (-x.min()).sqrt(), [[1.0, 0.0]], [[0.0, INF]])],
    ("the same of `floor`, `sign`, `trunc`", "a value of 0", "0"):
        each([lambda x: x.floor().sqrt(), lambda x: x.trunc().sqrt(),
              lambda x: (x * 0).sign().log()], [0.5], [0.0]),
    ("`sqrt(abs(x))`, `sqrt(square(x))`, `log(abs(x))`", "0", "NaN"):
        each([lambda x: x.abs().sqrt(), lambda x: x.square().sqrt(), lambda x: x.abs().log()],
             [0.0], [NAN]),
    ("`sqrt(dropout(x))`", "an element that is dropped", "NaN"):
        [(lambda x: F.dropout(x, 1.0).sqrt(), [[2.0, 3.0]], [[NAN, NAN]])],

    # equal eigenvalues and singular values
    ("`eigvalsh`, `svdvals`, `eigvals`, …", "equal values",
     "along the vectors that LAPACK gives: right for a function of all of them alike (`sum`, "
     "`logdet`, a norm)"):
        [(lambda x: torch.linalg.eigvalsh(x).log().sum(), [TWICE_2], [HALF]),
         (lambda x: torch.linalg.svdvals(x).sum(), [TWICE_2], [[[1.0, 0.0], [0.0, 1.0]]]),
         (lambda x: torch.linalg.svd(x)[1].sum(), [TWICE_2], [[[1.0, 0.0], [0.0, 1.0]]]),
         (lambda x: torch.linalg.eigvals(x).log().sum().real, [TWICE_2], [HALF])],
    ("what uses the vectors", "equal values", "NaN"):
        each([lambda x: torch.linalg.eigh(x)[1].sum(), of_svd,
              lambda x: torch.linalg.eig(x)[1].sum().real], [TWICE_2], [[[NAN, NAN], [NAN, NAN]]]),
    ("what depends on the vectors of these values", "equal up to rounding", "NaN"):
        [(lambda x: torch.linalg.eigh(x)[1][0, 0], [NEARLY], [[[NAN] * 3] * 3])],
}

SECOND: dict[Row, list[Check]] = {
    ("`elu`, `celu`", "0", "1: that of the left side"): each([F.elu, F.celu], [0.0], [1.0]),
    ("`selu`", "0", "scale · alpha: that of the left side"): [(F.selu, [0.0], [SELU_SLOPE])],
    ("`sinc`", "0", "−π²/3"): [(torch.sinc, [0.0], [-math.pi**2 / 3])],
    ("`det`", "a singular matrix", "that of the polynomial"):
        [(torch.linalg.det, [[[1.0, 2.0], [2.0, 4.0]]], [[[1.0, -1.0], [-1.0, 1.0]]]),
         (torch.linalg.det, [[[0.0, 0.0], [0.0, 0.0]]], [[[1.0, -1.0], [-1.0, 1.0]]])],
}


def leaves(args: list[Any]) -> list[Any]:
    def dtype(arg: Any) -> Any:
        return torch.complex128 if isinstance(arg, complex) else torch.float64
    return [torch.tensor(arg, dtype=dtype(arg), requires_grad=True) for arg in args]


def cases(table: dict[Row, list[Check]]) -> list[Any]:
    return [pytest.param(*check, id=f"{row[0]} at {row[1]}-{i}")
            for row, checks in table.items() for i, check in enumerate(checks)]


def compare(expected: list[Any], grads: tuple[Any, ...]) -> None:
    for wanted, grad in zip(expected, grads, strict=True):
        if wanted is not None:
            want = torch.tensor(wanted, dtype=grad.dtype)
            torch.testing.assert_close(grad, want, rtol=1e-12, atol=1e-12, equal_nan=True)


def test_every_row_is_checked() -> None:
    rows = list(rows_of_the_page())
    assert len(rows) == len(set(rows))
    assert set(rows) == {*ROWS, *SECOND}


@pytest.mark.parametrize(("function", "args", "expected"), cases(ROWS))
def test_derivative(function: Callable[..., Any], args: list[Any], expected: list[Any]) -> None:
    xs = leaves(args)
    y = function(*xs)
    compare(expected, torch.autograd.grad(y, xs, torch.ones_like(y), allow_unused=True,
                                        materialize_grads=True))


@pytest.mark.parametrize(("function", "args", "expected"), cases(SECOND))
def test_second_derivative(function: Callable[..., Any], args: list[Any],
                           expected: list[Any]) -> None:
    (x,) = leaves(args)
    (once,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    compare(expected, torch.autograd.grad(once.sum(), [x]))
