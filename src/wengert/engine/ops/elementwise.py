"""The elementwise primitives: value and derivative on adjacent lines, one formula per argument.

Arguments broadcast as in NumPy and share one dtype; ``functions/`` has promoted them. A partial is
an expression of the value ``y`` and the arguments; where it is infinite or NaN, a zero cotangent
annihilates it. Kinks follow the table in ``docs/conventions.md``. Rarer tables of the
same kind: ``rounding.py``, ``special.py``, ``complex_numbers.py``, ``bits.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...config import config
from ..arrays import asarray, chosen, lowered, raised
from ..dtypes import DType, bool_, is_complex32, narrowed
from ..graph import (
    Derivative,
    Expansion,
    Linear,
    Node,
    Partial,
    Primitive,
    is_constant,
    lift,
    operators,
)
from . import accurate, patterns
from .meeting import broadcast_shape as broadcast_shape
from .meeting import common_dtype as common_dtype
from .meeting import infer, infer_bool, infer_floating


def elementwise(name: str, impl: Callable[..., Any], *derivatives: Derivative,
                text: str = "", integers: bool = False, expensive: bool = False,
                expansion: Expansion | None = None) -> Primitive:
    """Declare an elementwise primitive; its derivatives are None if none is given. ``integers``
    says that it takes them, to integers."""
    ufunc = isinstance(impl, np.ufunc) and impl not in (np.maximum, np.minimum)
    rule = infer if integers else infer_floating
    return Primitive(name, impl, rule, derivatives or (None,), text or f"{name}({{0}})",
                     elementwise=True, ufunc=ufunc, expensive=expensive, expansion=expansion)


def expensive(name: str, impl: Callable[..., Any], *derivatives: Derivative, text: str = "",
              integers: bool = False, expansion: Expansion | None = None) -> Primitive:
    """Declare an elementwise primitive whose value a kernel rather keeps than computes again."""
    return elementwise(name, impl, *derivatives, text=text, integers=integers, expensive=True,
                       expansion=expansion)


def predicate(name: str, impl: np.ufunc, text: str, compares: bool = False) -> Primitive:
    """Declare an elementwise primitive that answers with bools."""
    return Primitive(name, impl, infer_bool, (None,), text, elementwise=True, ufunc=True,
                     compares=compares)


_vdot: Callable[..., Any] = np.vdot
FEW = 1 << 12


def annihilating_product(ct: Any, p: Any) -> Any:
    """``ct * p``, but 0 wherever ``ct`` is 0, unless ``config.strict_nan``."""
    out = np.multiply(ct, p)
    # Of few elements the sum of squares is found sooner; where it overflows, all are looked at.
    if config.strict_nan or (math.isfinite(abs(_vdot(out, out))) if out.size < FEW else
                             np.isfinite(np.add.reduce(out, axis=None))):
        return out
    cut = np.equal(ct, 0) & ~np.isfinite(out)
    annihilated["count"] += int(np.count_nonzero(cut))
    return np.where(cut, np.zeros((), out.dtype), out)


annihilated = {"count": 0}
"""How many products of a zero cotangent and a non-finite partial became 0."""


def _power(x: Any, n: Any) -> Any:
    """``x ** n``; an integer array to a negative integer is what is left of 1 / x**-n."""
    if np.result_type(x, n).kind not in "iu" or np.all(np.greater_equal(n, 0)):
        return np.power(x, n)
    if isinstance(n, int):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    inverse = np.where(np.equal(np.abs(x), 1), np.power(x, np.abs(n)), np.zeros((), n.dtype))
    return np.where(np.less(n, 0), inverse, np.power(x, np.maximum(n, 0)))


def _sigmoid(x: Any) -> Any:
    if x.dtype.kind == "c":
        return np.reciprocal(np.add(np.exp(np.negative(x)), np.ones((), x.dtype)))
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    top, unit = _SIGMOID[wide.dtype.char]
    e = np.exp(np.minimum(wide, top))   # no overflow; from there on it is 1
    y = np.divide(e, np.add(e, unit))
    return y if wide is x else y.astype(x.dtype)


_SIGMOID = {char: (np.array(40, char), np.array(1, char)) for char in "fdg"}


def _cast(x: Any, dtype: DType) -> Any:
    x = asarray(x)
    if not dtype.is_complex and x.dtype.kind in "cW":
        x = x.astype(np.complex64) if dtype is bool_ and is_complex32(x) else (
            x if dtype is bool_ else part(x, 0))
    x = narrowed(x, dtype)
    return x.astype(dtype.numpy)   # a copy, also when the dtype is the same


def zeros_of(node: Node) -> Node:
    return lift(0.0) if node.dtype.is_differentiable else lift(0)


constant = Primitive("constant", lambda value: value, lambda value: ((), lift(value).dtype), (),
                     "{value}")
operators.constant = constant

zero = Partial(lambda y, *args: zeros_of(y))
one = Linear(lambda ct, *args: ct, jointly=True)

# Arithmetic
add = elementwise("add", np.add, one, one, text="{0} + {1}", integers=True)
sub = elementwise("sub", np.subtract, one, Linear(lambda ct, *args: -ct, jointly=True),
                  text="{0} - {1}", integers=True)
mul = elementwise("mul", np.multiply, Partial(lambda y, a, b: b), Partial(lambda y, a, b: a),
                  text="{0} * {1}", integers=True)
div = Primitive("div", np.true_divide, infer_floating,
                (Partial(lambda y, a, b: 1 / b), Partial(lambda y, a, b: -y / b)), "{0} / {1}",
                elementwise=True, ufunc=True, expensive=True, divides=1)
neg = elementwise("neg", np.negative, Linear(lambda ct, x: -ct), text="-{0}", integers=True)
annihilate: Primitive = elementwise(   # bilinear, so that its own derivatives annihilate too
    "annihilate", annihilating_product,
    Linear(lambda u, ct, p: annihilate(u, conjugated(p))),
    Linear(lambda u, ct, p: annihilate(conjugated(ct), u)), text="{0} * {1}", integers=True)
operators.add, operators.sub, operators.mul, operators.div, operators.neg = add, sub, mul, div, neg

# Predicates: no derivative
eq = predicate("eq", np.equal, "{0} == {1}", compares=True)
ne = predicate("ne", np.not_equal, "{0} != {1}", compares=True)
lt = predicate("lt", np.less, "{0} < {1}")
le = predicate("le", np.less_equal, "{0} <= {1}")
gt = predicate("gt", np.greater, "{0} > {1}")
ge = predicate("ge", np.greater_equal, "{0} >= {1}")
logical_and = predicate("logical_and", np.logical_and, "{0} and {1}")
logical_or = predicate("logical_or", np.logical_or, "{0} or {1}")
logical_xor = predicate("logical_xor", np.logical_xor, "{0} xor {1}")
logical_not = predicate("logical_not", np.logical_not, "not {0}")
isnan = predicate("isnan", np.isnan, "isnan({0})")
isinf = predicate("isinf", np.isinf, "isinf({0})")
isfinite = predicate("isfinite", np.isfinite, "isfinite({0})")
signbit = predicate("signbit", np.signbit, "signbit({0})")

# Selection
where: Primitive = Primitive(
    "where", chosen,
    lambda c, a, b: (broadcast_shape(c.shape, a.shape, b.shape), common_dtype((a, b))),
    (None, Linear(lambda ct, c, a, b: where(c, ct, zeros_of(ct)), jointly=True),
     Linear(lambda ct, c, a, b: where(c, zeros_of(ct), ct), jointly=True)),
    "where({0}, {1}, {2})", elementwise=True, pattern=patterns.choosing)
cast: Primitive = Primitive(
    "cast", _cast, lambda x, dtype: (x.shape, dtype),
    (Linear(lambda ct, x, dtype: cast(ct, dtype=x.dtype)),), "{0}.to({dtype})",
    pattern=patterns.passing)


def mask(condition: Node, like: Node) -> Node:
    """1 where ``condition`` holds and 0 elsewhere, in the dtype of ``like``."""
    return cast(condition, dtype=like.dtype)


def unit(like: Node) -> Node:
    """1, 0-dim, in the dtype of ``like``."""
    return cast(lift(1), dtype=like.dtype)


def _share(loses: Node, draws: Node) -> Node:
    """The part of an argument of ``maximum``: 1, 0 where it loses, one half in a tie."""
    return where(loses, lift(0.0), where(draws, lift(0.5), lift(1.0)))


maximum = elementwise("maximum", np.maximum,
                      Partial(lambda y, a, b: _share(lt(a, b), eq(a, b))),
                      Partial(lambda y, a, b: _share(gt(a, b), eq(a, b))),
                      text="max({0}, {1})", integers=True)
minimum = elementwise("minimum", np.minimum,
                      Partial(lambda y, a, b: _share(gt(a, b), eq(a, b))),
                      Partial(lambda y, a, b: _share(lt(a, b), eq(a, b))),
                      text="min({0}, {1})", integers=True)
clamp_min = elementwise("clamp_min", raised, Partial(lambda y, x, low: mask(ge(x, low), y)),
                        Partial(lambda y, x, low: mask(lt(x, low), y)),
                        text="max({0}, {1})", integers=True)
clamp_max = elementwise("clamp_max", lowered, Partial(lambda y, x, high: mask(le(x, high), y)),
                        Partial(lambda y, x, high: mask(gt(x, high), y)),
                        text="min({0}, {1})", integers=True)
relu = elementwise("relu", lambda x: raised(x, np.zeros((), x.dtype)),
                   Partial(lambda y, x: mask(gt(x, lift(0)), y)), integers=True)

sign = elementwise("sign", np.sign, zero, integers=True)
abs_ = elementwise("abs", np.abs, Partial(lambda y, x: sign(x)), text="|{0}|", integers=True)

# Powers
square = elementwise("square", np.square, Partial(lambda y, x: 2 * x), text="{0}^2", integers=True)
cube = elementwise("cube", lambda x: x * x * x, Partial(lambda y, x: 3 * square(x)),
                   text="{0}^3", integers=True)
sqrt = expensive("sqrt", np.sqrt, Partial(lambda y, x: 0.5 / y))
reciprocal = expensive("reciprocal", np.reciprocal, Partial(lambda y, x: -y / x),
                       text="1 / {0}")
pow_: Primitive = expensive(
    "pow", _power, Partial(lambda y, x, n: n * pow_(x, _one_less(n, x))),
    Partial(lambda y, x, n: y * log(_not_zero(x, n, y))), text="{0}^{1}", expansion=Expansion(
        lambda x, n: sqrt(x),
        lambda node: is_constant(node.args[1], 0.5) and node.args[0].dtype is node.dtype),
    integers=True)


def _one_less(n: Node, x: Node) -> Node:
    """``n - 1``, or 0 where n and x are 0, so that n * x^(n - 1) is 0 there."""
    if n.weak:   # only a constant is 0: ``pow`` takes 0 as part of the structure
        return lift(0) if is_constant(n, 0) else n - 1
    return n - 1 + mask(logical_and(eq(n, lift(0)), eq(x, lift(0))), n)


def _not_zero(x: Node, n: Node, like: Node) -> Node:
    """``x``, or 1 where 0^n is constant in n."""
    return where(logical_and(eq(x, lift(0)), ge(real(n), lift(0))), unit(like), x)


# Exponentials and logarithms
exp = expensive("exp", np.exp, Partial(lambda y, x: y))
exp2 = expensive("exp2", np.exp2, Partial(lambda y, x: y * math.log(2)))
expm1 = expensive("expm1", np.expm1, Partial(lambda y, x: exp(x)))
log: Primitive = expensive("log", np.log, Partial(lambda y, x: 1 / x))
log2 = expensive("log2", np.log2, Partial(lambda y, x: 1 / (x * math.log(2))))
log10 = expensive("log10", np.log10, Partial(lambda y, x: 1 / (x * math.log(10))))
log1p = expensive("log1p", np.log1p, Partial(lambda y, x: 1 / (x + 1)))
sigmoid = expensive("sigmoid", _sigmoid, Partial(lambda y, x: y * (1 - y)))
logaddexp = elementwise("logaddexp", accurate.logaddexp, Partial(lambda y, a, b: _share_of(a, b)),
                        Partial(lambda y, a, b: _share_of(b, a)), text="logaddexp({0}, {1})")


def _share_of(a: Node, b: Node) -> Node:
    """``exp(a) / (exp(a) + exp(b))``."""
    if is_constant(b, 0):
        return sigmoid(a)
    return sigmoid(-b) if is_constant(a, 0) else share(a, b)


def _share_written_out(a: Node, b: Node) -> Node:
    """share(a, b) -> y + lost * y * (1 - y), y = sigmoid(a - b), lost = what a - b has lost."""
    d = sub(a, b)
    back = sub(d, a)
    lost = sub(sub(a, sub(d, back)), add(b, back))
    y = sigmoid(d)
    return y + where(isfinite(lost), lost, lift(0.0)) * (y * (1 - y))


share: Primitive = elementwise(
    "share", accurate.in_double(accurate.share),
    Partial(lambda y, a, b: y * share(b, a)), Partial(lambda y, a, b: -(y * share(b, a))),
    text="exp({0}) / (exp({0}) + exp({1}))", expansion=Expansion(_share_written_out))

# Trigonometric and hyperbolic functions
sin = expensive("sin", np.sin, Partial(lambda y, x: cos(x)))
cos: Primitive = expensive("cos", np.cos, Partial(lambda y, x: -sin(x)))
tan = expensive("tan", np.tan, Partial(lambda y, x: 1 + square(y)))
asin = expensive("asin", np.arcsin, Partial(lambda y, x: 1 / sqrt(1 - square(x))))
acos = expensive("acos", np.arccos, Partial(lambda y, x: -1 / sqrt(1 - square(x))))
atan = expensive("atan", np.arctan, Partial(lambda y, x: 1 / (1 + square(x))))
sinh = expensive("sinh", np.sinh, Partial(lambda y, x: cosh(x)))
cosh: Primitive = expensive("cosh", np.cosh, Partial(lambda y, x: sinh(x)))
tanh = expensive("tanh", np.tanh, Partial(lambda y, x: 1 - square(y)))
asinh = expensive("asinh", np.arcsinh, Partial(lambda y, x: 1 / sqrt(square(x) + 1)))
acosh = expensive("acosh", np.arccosh,
                  Partial(lambda y, x: 1 / (sqrt(x - 1) * sqrt(x + 1))))
atanh = expensive("atanh", np.arctanh, Partial(lambda y, x: 1 / (1 - square(x))))

def _inverse_square(a: Node, b: Node) -> Node:
    """1 / (a^2 + b^2), and 0 at the origin."""
    r = square(a) + square(b)
    return where(eq(r, lift(0)), lift(0.0), 1 / r)


atan2 = expensive("atan2", np.arctan2, Partial(lambda y, a, b: b * _inverse_square(a, b)),
                  Partial(lambda y, a, b: -a * _inverse_square(a, b)), text="atan2({0}, {1})")
hypot = expensive("hypot", np.hypot, Partial(lambda y, a, b: _portion(a, y)),
                  Partial(lambda y, a, b: _portion(b, y)), text="hypot({0}, {1})")


def _portion(x: Node, y: Node) -> Node:
    """``x / y``, 0 where y is 0."""
    none = eq(y, lift(0))
    return where(none, lift(0.0), x / where(none, lift(1.0), y))



# Complex numbers, as far as the transforms need them
conj: Primitive = elementwise("conj", np.conjugate, Linear(lambda ct, x: conj(ct)), integers=True)
def part(z: Any, which: int) -> Any:
    """The real part of ``z`` (0) or the imaginary one (1), as a view; also of complex32, whose
    parts NumPy does not know."""
    if is_complex32(asarray(z)):
        return asarray(z)[..., None].view(np.float16)[..., which]
    return np.imag(z) if which else np.real(z)


real = Primitive("real", lambda z: part(z, 0), lambda x: (x.shape, x.dtype.to_real()),
                 (Linear(lambda ct, x: cast(ct, dtype=x.dtype)),), "real({0})", aliases=True,
                 pattern=patterns.passing)


def conjugated(x: Node) -> Node:
    """``x``, conjugated if it is complex."""
    return conj(x) if x.dtype.is_complex else x
