"""The functions of torch.special, with their types. Made by ``python -m tests.namespace``."""

# ruff: noqa: F401, I001  # every stub imports the same types
from builtins import bool as _bool
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from builtins import object as _object
from builtins import type as _type
from collections.abc import Callable as _Callable
from collections.abc import Iterator as _Iterator
from collections.abc import Sequence as _Sequence
from types import ModuleType as _ModuleType
from typing import Any as _Any
from typing import Literal as _Literal
from typing import NamedTuple as _NamedTuple
from typing import TypeVar as _TypeVar
from typing import overload as _overload

from numpy import ndarray as _ndarray

from wengert.autograd.hooks import RemovableHandle as _RemovableHandle
from wengert.engine.devices import device as _device
from wengert.engine.devices import layout as _layout
from wengert.engine.devices import memory_format as _memory_format
from wengert.engine.dtypes import DType as _dtype
from wengert.tensors.storage import TypedStorage as _TypedStorage
from wengert.tensors.storage import UntypedStorage as _UntypedStorage
from wengert.tensors.operators import Tensor

_Number = _complex
_Scalar = Tensor | _complex
_Device = _device | str | _int | None
_F = _TypeVar("_F", bound=_Callable[..., _Any])

def airy_ai(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Airy's function Ai."""
def bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``bessel_j0``."""
def bessel_j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``bessel_j1``."""
def bessel_y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``bessel_y0``."""
def bessel_y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``bessel_y1``."""
def chebyshev_polynomial_t(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the first kind of degree ``n`` at ``input``."""
def chebyshev_polynomial_u(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the second kind of degree ``n`` at ``input``."""
def chebyshev_polynomial_v(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the third kind of degree ``n`` at ``input``."""
def chebyshev_polynomial_w(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the fourth kind of degree ``n`` at ``input``."""
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of ``lgamma``."""
def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-input * log(input)``; minus infinity below 0."""
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function."""
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 - erf(input)``, exact for large arguments."""
def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(input ** 2) * erfc(input)``."""
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function."""
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``2 ** input``."""
def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / (1 + exp(-input))``."""
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(input) - 1``, exact near 0."""
def gammainc(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The regularised lower incomplete gamma function of shape ``input`` at ``other``; its
    derivative is in ``other`` alone, and an error elsewhere."""
def gammaincc(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``1 - igamma(input, other)``, exact far out."""
def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(abs(gamma(input)))``."""
def hermite_polynomial_h(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hermite's polynomial of the physicists of degree ``n`` at ``input``."""
def hermite_polynomial_he(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hermite's polynomial of the probabilists of degree ``n`` at ``input``."""
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(-|input|) * i0(input)``."""
def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1."""
def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(-|input|) * i1(input)``."""
def laguerre_polynomial_l(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Laguerre's polynomial of degree ``n`` at ``input``."""
def legendre_polynomial_p(input: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Legendre's polynomial of degree ``n`` at ``input``."""
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(1 + input)``, exact near 0."""
def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(ndtr(input))``, exact far below 0."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input - log(sum(exp(input)))`` along ``dim``, without overflow."""
def logit(input: Tensor, eps: _float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(input / (1 - input))``, of ``input`` clamped to ``[eps, 1 - eps]`` if given."""
def logsumexp(input: Tensor, dim: _int | _Sequence[_int] | None, keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``log(sum(exp(input)))`` over ``dim``, without overflow."""
def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``i0(input)``."""
def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``i1(input)``."""
def modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``modified_bessel_k0``."""
def modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``modified_bessel_k1``."""
def multigammaln(input: Tensor, p: _int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension ``p``."""
def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The standard normal distribution's probability of at most ``input``."""
def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of ``ndtr``."""
def polygamma(n: _int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of order ``n`` of ``digamma``."""
def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of ``lgamma``."""
def round(input: Tensor, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest multiple of ``10 ** -decimals``; halves go to the even one."""
def scaled_modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``scaled_modified_bessel_k0``."""
def scaled_modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function ``scaled_modified_bessel_k1``."""
def shifted_chebyshev_polynomial_t(input: Tensor, n: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the first kind, shifted to (0, 1), of degree ``n`` at ``input``."""
def shifted_chebyshev_polynomial_u(input: Tensor, n: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the second kind, shifted to (0, 1), of degree ``n`` at
    ``input``."""
def shifted_chebyshev_polynomial_v(input: Tensor, n: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the third kind, shifted to (0, 1), of degree ``n`` at ``input``."""
def shifted_chebyshev_polynomial_w(input: Tensor, n: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the fourth kind, shifted to (0, 1), of degree ``n`` at
    ``input``."""
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(pi input) / (pi input)``, and 1 at 0."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``exp(input) / sum(exp(input))`` along ``dim``, without overflow."""
def spherical_bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(input) / input``."""
def xlog1py(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input * log1p(other)``, and 0 at ``input`` 0."""
def xlogy(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input * log(other)``, and 0 at ``input`` 0."""
def zeta(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """The Hurwitz zeta function, ``sum (k + other) ** -input``; its derivative is in ``other``
    alone."""
