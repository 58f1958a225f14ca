"""Functions of one variable, applied element by element, and their kin of two.

The tables say which primitive a function is; integers are taken to the default floating dtype,
complex numbers are taken where PyTorch takes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ParamSpec

from ..engine.dtypes import FLOAT, INT, DType, bool_
from ..engine.graph import Node, lift
from ..engine.ops import complex_numbers as cx
from ..engine.ops import elementwise as el
from ..engine.ops import rounding, special
from ..engine.recording.operation import (
    Composition,
    Number,
    Operation,
    as_dtype,
    floating,
    in_single,
    operation,
    promoted,
    single,
)
from .arithmetic import not_implemented

Function = Callable[[Node], Node]
Binary = Callable[[Node, Node], Node]
Unary = Composition[[Node], Node]
P = ParamSpec("P")


def to_floating(x: Node) -> Node:
    """``x``, or its value in the default floating dtype if it is an integer or a bool."""
    return el.cast(x, dtype=floating(x.dtype)) if x.weak else as_dtype(x, floating(x.dtype))


def _entered(name: str, lower: Callable[P, Node], grad: str, doc: str,
             inplace: bool = True) -> Composition[P, Node]:
    lower.__name__ = lower.__qualname__ = name
    lower.__doc__ = doc
    return operation(f"{grad}Backward0", inplace=inplace)(lower)


def _function(name: str, f: Function, grad: str, doc: str, *,
              on_complex: bool = True) -> Unary:
    """A function that computes in floats."""
    def lower(input: Node) -> Node:
        if input.dtype.is_complex and not on_complex:
            raise not_implemented(f"{name}_cpu", input)
        return f(to_floating(input))
    return _entered(name, lower, grad, doc)


def _rounding(name: str, f: Function, grad: str, doc: str) -> Unary:
    """A function that leaves integers as they are."""
    def lower(input: Node) -> Node:
        if input.dtype.is_complex or input.dtype is bool_:
            raise not_implemented(f"{name}_vml_cpu", input)
        return f(input) if input.dtype.category >= FLOAT else copy(input)
    return _entered(name, lower, grad, doc)


def _binary(name: str, f: Binary, grad: str, doc: str, *, on_complex: bool = False,
            on_integers: bool = True, inplace: bool = True
            ) -> Composition[[Node, Node], Node]:
    """A function of two arguments that computes in floats."""
    def lower(input: Node, other: Node) -> Node:
        a = promoted(input, other)[0]
        if not (on_complex if a.dtype.is_complex else on_integers or a.dtype.category == FLOAT):
            raise not_implemented(f"{name}_cpu", a)
        return f(*promoted(input, other, to_float=True))
    return _entered(name, lower, grad, doc, inplace)


def copy(x: Node) -> Node:
    """``x`` in memory of its own."""
    return el.cast(x, dtype=x.dtype)


def _exp2(x: Node) -> Node:
    return el.exp(x * math.log(2)) if x.dtype.is_complex else el.exp2(x)


def _logaddexp(a: Node, b: Node) -> Node:
    if not a.dtype.is_complex:
        return el.logaddexp(a, b)
    return cx.log_of_sum(a, b)


def _logaddexp2(a: Node, b: Node) -> Node:
    return special.logaddexp2(a, b)


# Powers, exponentials, logarithms
sqrt = _function("sqrt", el.sqrt, "Sqrt", "The square root; NaN below 0.")
rsqrt = _function("rsqrt", in_single(lambda x: el.reciprocal(el.sqrt(x))), "Rsqrt",
                  "``1 / sqrt(input)``.")
reciprocal = _function("reciprocal", el.reciprocal, "Reciprocal", "``1 / input``.")
exp = _function("exp", el.exp, "Exp", "``e ** input``.")
exp2 = _function("exp2", _exp2, "Exp2", "``2 ** input``.")
expm1 = _function("expm1", el.expm1, "Expm1", "``exp(input) - 1``, exact near 0.")
log = _function("log", el.log, "Log", "The natural logarithm.")
log2 = _function("log2", el.log2, "Log2", "The logarithm to the base 2.")
log10 = _function("log10", el.log10, "Log10", "The logarithm to the base 10.")
log1p = _function("log1p", el.log1p, "Log1P", "``log(1 + input)``, exact near 0.")
sigmoid = _function("sigmoid", el.sigmoid, "Sigmoid", "``1 / (1 + exp(-input))``.")
logaddexp = _binary("logaddexp", _logaddexp, "Logaddexp",
                    "``log(exp(input) + exp(other))``, without overflow.", on_complex=True,
                    on_integers=False, inplace=False)
logaddexp2 = _binary("logaddexp2", _logaddexp2, "Logaddexp2",
                     "``log2(2 ** input + 2 ** other)``, without overflow.", on_integers=False,
                     inplace=False)

# Trigonometric and hyperbolic functions
sin = _function("sin", el.sin, "Sin", "The sine of an angle in radians.")
cos = _function("cos", el.cos, "Cos", "The cosine of an angle in radians.")
tan = _function("tan", el.tan, "Tan", "The tangent of an angle in radians.")
asin = _function("asin", el.asin, "Asin", "The angle in [-pi/2, pi/2] with this sine.")
acos = _function("acos", el.acos, "Acos", "The angle in [0, pi] with this cosine.")
atan = _function("atan", el.atan, "Atan", "The angle in (-pi/2, pi/2) with this tangent.")
sinh = _function("sinh", el.sinh, "Sinh", "The hyperbolic sine.")
cosh = _function("cosh", el.cosh, "Cosh", "The hyperbolic cosine.")
tanh = _function("tanh", el.tanh, "Tanh", "The hyperbolic tangent.")
asinh = _function("asinh", el.asinh, "Asinh", "The inverse of the hyperbolic sine.")
acosh = _function("acosh", el.acosh, "Acosh", "The inverse of the hyperbolic cosine; NaN below 1.")
atanh = _function("atanh", el.atanh, "Atanh", "The inverse of the hyperbolic tangent.")
atan2 = _binary("atan2", el.atan2, "Atan2", "The angle of the point (other, input), in (-pi, pi].")
hypot = _binary("hypot", el.hypot, "Hypot", "``sqrt(input**2 + other**2)``, without overflow.",
                on_integers=False)
deg2rad = _function("deg2rad", lambda x: x * (math.pi / 180), "Deg2Rad", "Degrees to radians.",
                    on_complex=False)
rad2deg = _function("rad2deg", lambda x: x * (180 / math.pi), "Rad2Deg", "Radians to degrees.",
                    on_complex=False)
sinc = _function("sinc", special.sinc, "Sinc", "``sin(pi input) / (pi input)``, and 1 at 0.")

# Special functions
erf = _function("erf", special.erf, "Erf", "The error function.", on_complex=False)
erfc = _function("erfc", special.erfc, "Erfc", "``1 - erf(input)``, exact for large arguments.",
                 on_complex=False)
erfinv = _function("erfinv", special.erfinv, "Erfinv", "The inverse of the error function.",
                   on_complex=False)
lgamma = _function("lgamma", special.lgamma, "Lgamma", "``log(abs(gamma(input)))``.",
                   on_complex=False)
digamma = _function("digamma", lambda x: special.polygamma(lift(0), x), "Digamma",
                    "The derivative of ``lgamma``.", on_complex=False)
xlogy = _binary("xlogy", special.xlogy, "Xlogy", "``input * log(other)``, and 0 at ``input`` 0.")

# Rounding
floor = _rounding("floor", rounding.floor, "Floor", "The largest integer that is not above.")
ceil = _rounding("ceil", rounding.ceil, "Ceil", "The smallest integer that is not below.")
trunc = _rounding("trunc", rounding.trunc, "Trunc", "The integer part.")
copysign = _binary("copysign", rounding.copysign, "Copysign",
                   "The size of ``input`` with the sign of ``other``.")


@operation("RoundBackward0", inplace=True)
def round(input: Node, *, decimals: int = 0) -> Node:
    """The nearest multiple of ``10 ** -decimals``; halves go to the even one."""
    if input.dtype.is_complex or input.dtype is bool_:
        raise not_implemented("round_vml_cpu", input)
    if input.dtype.category < FLOAT:
        if decimals:
            raise not_implemented("round_cpu", input)
        return copy(input)
    if not decimals:
        return rounding.rint(input)
    scale = lift(10.0 ** max(decimals, -decimals))
    if decimals < 0:
        return el.mul(rounding.rint(el.div(input, scale)), scale)
    return el.div(rounding.rint(el.mul(input, scale)), scale)


@operation("FracBackward0", inplace=True)
def frac(input: Node) -> Node:
    """``input - trunc(input)``."""
    if not input.dtype.is_floating_point:
        raise not_implemented("frac_cpu", input)
    return el.sub(input, rounding.trunc(input))


@operation("FrexpBackward0", returns=("mantissa", "exponent"))
def frexp(input: Node) -> tuple[Node, Node]:
    """``mantissa * 2 ** exponent``: a number in [0.5, 1), with a sign, and an int32."""
    if not input.dtype.is_floating_point:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return rounding.mantissa(input), rounding.exponent(input)


@operation("AbsBackward0", inplace=True)
def abs(input: Node) -> Node:
    """The absolute value; real for a complex ``input``. Its derivative at 0 is 0."""
    if input.dtype is bool_:
        raise not_implemented("abs_cpu", input)
    return cx.modulus(input) if input.dtype.is_complex else el.abs_(input)


@operation("SignBackward0", inplace=True)
def sign(input: Node) -> Node:
    """-1, 0 or 1."""
    if input.dtype.is_complex:
        raise NotImplementedError("Unlike NumPy, torch.sign is not intended to support complex "
                                  "numbers. Please use torch.sgn instead.")
    return copy(input) if input.dtype is bool_ else el.sign(input)


@operation("SgnBackward0", inplace=True)
def sgn(input: Node) -> Node:
    """``input / abs(input)``, and 0 at 0."""
    return cx.sgn(input) if input.dtype.is_complex else sign(input)


@operation("LogitBackward0", inplace=True)
def logit(input: Node, eps: float | None = None) -> Node:
    """``log(input / (1 - input))``, of ``input`` clamped to ``[eps, 1 - eps]`` if given."""
    if input.dtype.is_complex:
        raise not_implemented("logit_cpu", input)
    x = to_floating(input)
    if eps is not None:
        x = el.clamp_max(el.clamp_min(x, lift(eps)), lift(1 - eps))
    return special.logit(x)


@operation("PolygammaBackward0", methods=())
def polygamma(n: int, input: Node) -> Node:
    """The derivative of order ``n`` of ``digamma``."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return special.polygamma(lift(n), to_floating(input))


@operation("PolygammaBackward0", methods=("polygamma",), inplace=True)
def polygamma_of(input: Node, n: int) -> Node:
    """``polygamma(n, input)``, as a method."""
    return polygamma(n, input)


@operation("HeavisideBackward0", inplace=True)
def heaviside(input: Node, values: Node) -> Node:
    """0 below 0, 1 above it, and ``values`` at it; the derivative is 0."""
    if input.dtype.is_complex or values.dtype.is_complex:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if input.dtype is not values.dtype and not (input.weak or values.weak):
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return rounding.heaviside(*promoted(input, values))


@operation("NextafterBackward0", inplace=True)
def nextafter(input: Node, other: Node) -> Node:
    """The next floating-point number from ``input`` towards ``other``."""
    a, b = promoted(input, other)
    if not a.dtype.is_floating_point:
        raise not_implemented("nextafter_cpu", a)
    return rounding.nextafter(a, b)


@operation("LdexpBackward0", inplace=True)
def ldexp(input: Node, other: Node) -> Node:
    """``input * 2 ** other``."""
    if other.weak:
        raise TypeError("ldexp(): argument 'other' (position 2) must be Tensor, not a number")
    two, n = promoted(2.0, other)
    if n.dtype.is_complex:
        return el.mul(*promoted(input, el.pow_(two, n)))
    whole = other.dtype.category <= INT and input.dtype.is_differentiable
    dtype = input.dtype if whole else promoted(input, n)[0].dtype
    two, n, x = single(two), single(n), single(input)
    # in two factors, as 2 ** n may overflow; the first is finite where n is infinite
    half = rounding.floor(el.clamp_min(el.clamp_max(n, lift(1e4)), lift(-1e4)) * 0.5)
    for part in (half, el.sub(n, half)):
        x = el.mul(*promoted(x, el.pow_(two, part)))
    return as_dtype(x, dtype)


_LARGEST = {"float16": 65504.0, "bfloat16": (2 - 2.0**-7) * 2.0**127,
            "float32": (2 - 2.0**-23) * 2.0**127, "float64": (2 - 2.0**-52) * 2.0**1023}


@operation("NanToNumBackward0", inplace=True)
def nan_to_num(input: Node, nan: Number = None, posinf: Number = None, neginf: Number = None
               ) -> Node:
    """``input`` with NaN replaced by ``nan`` (0), and the infinities by ``posinf`` and ``neginf``
    (the largest finite numbers); the derivative there is 0."""
    if input.dtype.category < FLOAT:
        return copy(input)
    if input.dtype.is_complex:
        return cx.complex_(nan_to_num(el.real(input), nan, posinf, neginf),
                           nan_to_num(cx.imag(input), nan, posinf, neginf))
    top = largest(input.dtype)
    x = el.where(el.isnan(input), lift(0.0) if nan is None else nan, input)
    x = el.where(el.eq(input, lift(math.inf)), lift(top) if posinf is None else posinf, x)
    return el.where(el.eq(input, lift(-math.inf)), lift(-top) if neginf is None else neginf, x)


def largest(dtype: DType) -> float:
    """The largest finite number of a floating dtype."""
    return _LARGEST[dtype.name]


ALIASES: dict[str, Operation] = {
    "absolute": abs, "arcsin": asin, "arccos": acos, "arctan": atan, "arcsinh": asinh,
    "arccosh": acosh, "arctanh": atanh, "arctan2": atan2, "fix": trunc,
}
