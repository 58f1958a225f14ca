"""Special functions that ``torch.special`` has, most of them not in ``torch``.

Integers are taken to the default floating dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..engine.graph import Node, Primitive
from ..engine.ops import bessel
from ..engine.ops import special as sp
from ..engine.recording.operation import Composition, operation, promoted
from .arithmetic import not_implemented
from .pointwise import to_floating

Function = Callable[[Node], Node]
Unary = Composition[[Node], Node]


def _made(name: str, f: Function, doc: str, methods: tuple[str, ...] = ()) -> Unary:
    def lower(input: Node) -> Node:
        if input.dtype.is_complex:
            raise not_implemented(f"{name}_cpu", input)
        return f(to_floating(input))

    lower.__name__ = lower.__qualname__ = name
    lower.__doc__ = doc
    grad = "".join(part.title() for part in name.split("_"))
    return operation(f"{grad}Backward0", methods=methods, inplace=bool(methods))(lower)


def _bessel(f: Primitive) -> Unary:
    return _made(f"special_{f.name}", f, f"The Bessel function ``{f.name}``.")


i0 = _made("i0", bessel.i0, "The modified Bessel function of the first kind of order 0.", ("i0",))
i0e = _made("special_i0e", bessel.i0e, "``exp(-|input|) * i0(input)``.")
i1 = _made("special_i1", bessel.i1, "The modified Bessel function of the first kind of order 1.")
i1e = _made("special_i1e", bessel.i1e, "``exp(-|input|) * i1(input)``.")
ndtr = _made("special_ndtr", bessel.ndtr,
             "The standard normal distribution's probability of at most ``input``.")
ndtri = _made("special_ndtri", bessel.ndtri, "The inverse of ``ndtr``.")
log_ndtr = _made("special_log_ndtr", bessel.log_ndtr, "``log(ndtr(input))``, exact far below 0.")
erfcx = _made("special_erfcx", bessel.erfcx, "``exp(input ** 2) * erfc(input)``.")
entr = _made("special_entr", bessel.entr, "``-input * log(input)``; minus infinity below 0.")
spherical_bessel_j0 = _made("special_spherical_bessel_j0", sp.sin_over, "``sin(input) / input``.")
modified_bessel_i0 = _made("special_modified_bessel_i0", bessel.i0, "``i0(input)``.")
modified_bessel_i1 = _made("special_modified_bessel_i1", bessel.i1, "``i1(input)``.")
bessel_j0, bessel_j1 = map(_bessel, (bessel.j0, bessel.j1))
bessel_y0, bessel_y1 = map(_bessel, (bessel.y0, bessel.y1))
modified_bessel_k0, modified_bessel_k1 = map(_bessel, (bessel.k0, bessel.k1))
scaled_modified_bessel_k0, scaled_modified_bessel_k1 = map(_bessel, (bessel.k0e, bessel.k1e))


def _both(name: str, input: Node, other: Node) -> tuple[Node, ...]:
    pair = promoted(input, other, to_float=True)
    if pair[0].dtype.is_complex:
        raise not_implemented(f"{name}_cpu", pair[0])
    return pair


@operation("IgammaBackward0", methods=("igamma",), inplace=True)
def igamma(input: Node, other: Node) -> Node:
    """The regularised lower incomplete gamma function of shape ``input`` at ``other``; its
    derivative is in ``other`` alone, and an error elsewhere."""
    return bessel.igamma(*_both("igamma", input, other))


@operation("IgammacBackward0", methods=("igammac",), inplace=True)
def igammac(input: Node, other: Node) -> Node:
    """``1 - igamma(input, other)``, exact far out."""
    return bessel.igammac(*_both("igammac", input, other))


@operation("SpecialZetaBackward0", methods=())
def special_zeta(input: Node, other: Node) -> Node:
    """The Hurwitz zeta function, ``sum (k + other) ** -input``; its derivative is in ``other``
    alone."""
    return bessel.zeta(*_both("zeta", input, other))


@operation("SpecialXlog1PyBackward0", methods=())
def special_xlog1py(input: Node, other: Node) -> Node:
    """``input * log1p(other)``, and 0 at ``input`` 0."""
    x, y = _both("xlog1py", input, other)
    return sp.xlog1py(x, y)


@operation("MvlgammaBackward0", methods=("mvlgamma",), inplace=True)
def mvlgamma(input: Node, p: int) -> Node:
    """The logarithm of the multivariate gamma function of dimension ``p``."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    x = to_floating(input)
    total = sp.lgamma(x)
    for j in range(1, p):
        total = total + sp.lgamma(x - 0.5 * j)
    return total + p * (p - 1) / 4 * math.log(math.pi)
