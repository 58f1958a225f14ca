"""The orthogonal polynomials of ``torch.special``, and Airy's function.

The degree is truncated to an integer; below 0 the polynomial is 0. Derivatives are those in
``input``, of every order.
"""

from __future__ import annotations

from ..engine.graph import Node
from ..engine.ops import polynomials
from ..engine.recording.operation import Composition, operation, promoted
from .arithmetic import not_implemented
from .pointwise import to_floating


def _made(name: str, family: str, what: str) -> Composition[[Node, Node], Node]:
    def lower(input: Node, n: Node) -> Node:
        x, degree = promoted(input, n, to_float=True)
        if x.dtype.is_complex:
            raise not_implemented(f"{name}_cpu", x)
        return polynomials.polynomial(x, degree, family=family, order=0)

    lower.__name__ = lower.__qualname__ = name
    lower.__doc__ = f"{what} of degree ``n`` at ``input``."
    return operation(f"{''.join(part.title() for part in name.split('_'))}Backward0",
                     methods=())(lower)


chebyshev_polynomial_t = _made("special_chebyshev_polynomial_t", "chebyshev_t",
                               "Chebyshev's polynomial of the first kind")
chebyshev_polynomial_u = _made("special_chebyshev_polynomial_u", "chebyshev_u",
                               "Chebyshev's polynomial of the second kind")
chebyshev_polynomial_v = _made("special_chebyshev_polynomial_v", "chebyshev_v",
                               "Chebyshev's polynomial of the third kind")
chebyshev_polynomial_w = _made("special_chebyshev_polynomial_w", "chebyshev_w",
                               "Chebyshev's polynomial of the fourth kind")
shifted_chebyshev_polynomial_t = _made(
    "special_shifted_chebyshev_polynomial_t", "shifted_chebyshev_t",
    "Chebyshev's polynomial of the first kind, shifted to (0, 1),")
shifted_chebyshev_polynomial_u = _made(
    "special_shifted_chebyshev_polynomial_u", "shifted_chebyshev_u",
    "Chebyshev's polynomial of the second kind, shifted to (0, 1),")
shifted_chebyshev_polynomial_v = _made(
    "special_shifted_chebyshev_polynomial_v", "shifted_chebyshev_v",
    "Chebyshev's polynomial of the third kind, shifted to (0, 1),")
shifted_chebyshev_polynomial_w = _made(
    "special_shifted_chebyshev_polynomial_w", "shifted_chebyshev_w",
    "Chebyshev's polynomial of the fourth kind, shifted to (0, 1),")
hermite_polynomial_h = _made("special_hermite_polynomial_h", "hermite_h",
                             "Hermite's polynomial of the physicists")
hermite_polynomial_he = _made("special_hermite_polynomial_he", "hermite_he",
                              "Hermite's polynomial of the probabilists")
laguerre_polynomial_l = _made("special_laguerre_polynomial_l", "laguerre_l",
                              "Laguerre's polynomial")
legendre_polynomial_p = _made("special_legendre_polynomial_p", "legendre_p",
                              "Legendre's polynomial")


@operation("SpecialAiryAiBackward0", methods=())
def special_airy_ai(input: Node) -> Node:
    """Airy's function Ai."""
    if input.dtype.is_complex:
        raise not_implemented("airy_ai_cpu", input)
    return polynomials.airy_ai(to_floating(input))
