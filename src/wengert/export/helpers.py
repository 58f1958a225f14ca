"""Functions that a source brings along, where it calls them and the language has none."""

from __future__ import annotations

from typing import NamedTuple

from .python_functions import FUNCTIONS, NEEDS


class Helper(NamedTuple):
    """A function that a source brings along: its text in each language, empty where the language
    has it. In C it is for ``real``, in Fortran elemental for both kinds."""

    python: str = ""
    c: str = ""
    fortran: str = ""
    needs: tuple[str, ...] = ()


def _both(arguments: str, body: str) -> str:
    """A Fortran function as elemental: arguments, and the statements that set ``y``."""
    return f"{arguments}\n{body}"


HELPERS = {
    "cut": Helper(
        'def cut(ct, p):\n    """ct * p, and 0 where ct is 0, whatever p is."""\n'
        "    with np.errstate(invalid=\"ignore\"):\n"
        "        return np.where(np.equal(ct, 0), 0, np.multiply(ct, p))",
        "/* ct * p, and 0 where ct is 0, whatever p is. */\n"
        "static inline real cut(real ct, real p) { return ct == 0 ? 0 : ct * p; }",
        _both("ct, p", "y = merge(0.0_{d}, ct * p, ct == 0)")),
    "maximum": Helper(
        c="/* NaN where either is. */\nstatic inline real maximum(real a, real b) "
          "{ return a >= b || isnan(a) ? a : b; }",
        fortran=_both("a, b", "y = merge(a, b, a >= b .or. a /= a)")),
    "minimum": Helper(
        c="/* NaN where either is. */\nstatic inline real minimum(real a, real b) "
          "{ return a <= b || isnan(a) ? a : b; }",
        fortran=_both("a, b", "y = merge(a, b, a <= b .or. a /= a)")),
    "sign_of": Helper(
        c="static inline real sign_of(real x) { return isnan(x) ? x : (x > 0) - (x < 0); }",
        fortran=_both("x", "y = merge(x, merge(sign(1.0_{d}, x), 0.0_{d}, x /= 0), x /= x)")),
    "square": Helper(c="static inline real square(real x) { return x * x; }"),
    "cube": Helper(c="static inline real cube(real x) { return x * x * x; }"),
    "sigmoid": Helper(
        "def sigmoid(x):\n    small = np.exp(-np.abs(x))\n"
        "    return np.where(np.less(x, 0), small, 1) / (1 + small)",
        "static inline real sigmoid(real x)\n{\n    const real small = exp(-fabs(x));\n"
        "    return (x < 0 ? small : 1) / (1 + small);\n}",
        _both("x", "y = merge(exp(-abs(x)), 1.0_{d}, x < 0) / (1 + exp(-abs(x)))")),
    "gauss": Helper("def gauss(x):\n    return np.exp(-np.square(x))",
                    "static inline real gauss(real x) { return exp(-x * x); }",
                    _both("x", "y = exp(-x * x)")),
    "bell": Helper("def bell(x):\n    return np.exp(-np.square(x) / 2)",
                   "static inline real bell(real x) { return exp(-x * x / 2); }",
                   _both("x", "y = exp(-x * x / 2)")),
    "share": Helper(
        'def share(a, b):\n    """exp(a) / (exp(a) + exp(b))."""\n'
        "    small = np.exp(-np.abs(a - b))\n"
        "    return np.where(np.less(a, b), small, 1) / (1 + small)",
        "static inline real share(real a, real b)\n{\n"
        "    const real small = exp(-fabs(a - b));\n"
        "    return (a < b ? small : 1) / (1 + small);\n}",
        _both("a, b", "y = merge(exp(-abs(a - b)), 1.0_{d}, a < b) / (1 + exp(-abs(a - b)))")),
    "softplus": Helper(
        "def softplus(x):\n    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))",
        "static inline real softplus(real x) { return maximum(x, 0) + log1p(exp(-fabs(x))); }",
        _both("x", "y = maximum(x, 0.0_{d}) + log1p(exp(-abs(x)))"), ("maximum", "log1p")),
    "logaddexp": Helper(
        c="static inline real logaddexp(real a, real b)\n"
          "{ return a == b ? a + log(2.0) : maximum(a, b) + log1p(exp(-fabs(a - b))); }",
        fortran=_both("a, b", "y = merge(a + log(2.0_{d}), maximum(a, b) + log1p(exp(-abs(a - b))),"
                      " a == b)"), needs=("maximum", "log1p")),
    "xlogy": Helper(
        "def xlogy(x, y):\n    with np.errstate(divide=\"ignore\", invalid=\"ignore\"):\n"
        "        return np.where(np.equal(x, 0) & ~np.isnan(y), 0, x * np.log(y))",
        "static inline real xlogy(real x, real y) "
        "{ return x == 0 && !isnan(y) ? 0 : x * log(y); }",
        _both("x, z", "y = merge(0.0_{d}, x * log(z), x == 0 .and. z == z)")),
    "erf": Helper("erf = np.vectorize(math.erf, otypes=[float])"),
    "erfc": Helper("erfc = np.vectorize(math.erfc, otypes=[float])"),
    "ndtr": Helper(
        "def ndtr(x):\n    return 0.5 * erfc(-x / 2**0.5)",
        "static inline real ndtr(real x) { return 0.5 * erfc(-x / sqrt(2.0)); }",
        _both("x", "y = 0.5_{d} * erfc(-x / sqrt(2.0_{d}))"), ("erfc",)),
    "lgamma": Helper("lgamma = np.vectorize(math.lgamma, otypes=[float])"),
    "remainder_of": Helper(
        c="static inline real remainder_of(real a, real b)\n{\n    const real r = fmod(a, b);\n"
          "    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n}"),
    "floor_of": Helper(fortran=_both("x", "y = aint(x) - merge(1.0_{d}, 0.0_{d}, aint(x) > x)")),
    "ceiling_of": Helper(
        fortran=_both("x", "y = aint(x) + merge(1.0_{d}, 0.0_{d}, aint(x) < x)")),
    "triangle_solve": Helper(
        'def triangle_solve(a, b, upper, unit):\n'
        '    """The x for which the triangle of a, times x, is b."""\n'
        "    a = np.triu(a, int(unit)) if upper else np.tril(a, -int(unit))\n"
        "    return np.linalg.solve(a + unit * np.eye(a.shape[-1], dtype=a.dtype), b)"),
    **{name: Helper(text.strip(), needs=NEEDS.get(name, ())) for name, text in FUNCTIONS.items()},
    **{name: Helper(fortran="libm") for name in ("expm1", "exp2", "log2", "log1p", "rint")},
}
"""Those of Fortran that say ``libm`` are the C library's."""

__all__ = ["HELPERS", "Helper"]
