"""``torch.special``: special functions; those of ``torch`` under both names."""

from __future__ import annotations

from .functions import neural, pointwise, polynomials, reduce, special
from .names.missing import answer_missing_names
from .tensors.recorded import function

digamma = function(pointwise.digamma)
erf = function(pointwise.erf)
erfc = function(pointwise.erfc)
erfinv = function(pointwise.erfinv)
exp2 = function(pointwise.exp2)
expm1 = function(pointwise.expm1)
i0 = function(special.i0)
log1p = function(pointwise.log1p)
log_softmax = function(neural.log_softmax)
logit = function(pointwise.logit)
logsumexp = function(reduce.logsumexp)
polygamma = function(pointwise.polygamma)
round = function(pointwise.round)
sinc = function(pointwise.sinc)
softmax = function(neural.softmax)
airy_ai = function(polynomials.special_airy_ai)
chebyshev_polynomial_t = function(polynomials.chebyshev_polynomial_t)
chebyshev_polynomial_u = function(polynomials.chebyshev_polynomial_u)
chebyshev_polynomial_v = function(polynomials.chebyshev_polynomial_v)
chebyshev_polynomial_w = function(polynomials.chebyshev_polynomial_w)
hermite_polynomial_h = function(polynomials.hermite_polynomial_h)
hermite_polynomial_he = function(polynomials.hermite_polynomial_he)
laguerre_polynomial_l = function(polynomials.laguerre_polynomial_l)
legendre_polynomial_p = function(polynomials.legendre_polynomial_p)
shifted_chebyshev_polynomial_t = function(polynomials.shifted_chebyshev_polynomial_t)
shifted_chebyshev_polynomial_u = function(polynomials.shifted_chebyshev_polynomial_u)
shifted_chebyshev_polynomial_v = function(polynomials.shifted_chebyshev_polynomial_v)
shifted_chebyshev_polynomial_w = function(polynomials.shifted_chebyshev_polynomial_w)
bessel_j0 = function(special.bessel_j0)
bessel_j1 = function(special.bessel_j1)
bessel_y0 = function(special.bessel_y0)
bessel_y1 = function(special.bessel_y1)
entr = function(special.entr)
erfcx = function(special.erfcx)
i0e = function(special.i0e)
i1 = function(special.i1)
i1e = function(special.i1e)
log_ndtr = function(special.log_ndtr)
modified_bessel_i0 = function(special.modified_bessel_i0)
modified_bessel_i1 = function(special.modified_bessel_i1)
modified_bessel_k0 = function(special.modified_bessel_k0)
modified_bessel_k1 = function(special.modified_bessel_k1)
ndtr = function(special.ndtr)
ndtri = function(special.ndtri)
scaled_modified_bessel_k0 = function(special.scaled_modified_bessel_k0)
scaled_modified_bessel_k1 = function(special.scaled_modified_bessel_k1)
spherical_bessel_j0 = function(special.spherical_bessel_j0)
xlog1py = function(special.special_xlog1py)
zeta = function(special.special_zeta)
xlogy = function(pointwise.xlogy)
gammainc = function(special.igamma)
gammaincc = function(special.igammac)
gammaln = function(pointwise.lgamma)
multigammaln = function(special.mvlgamma)
expit = function(pointwise.sigmoid)
psi = digamma

__all__ = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "chebyshev_polynomial_t",
    "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w", "digamma", "entr",
    "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammainc", "gammaincc", "gammaln",
    "hermite_polynomial_h", "hermite_polynomial_he", "i0", "i0e", "i1", "i1e",
    "laguerre_polynomial_l", "legendre_polynomial_p", "log1p", "log_ndtr", "log_softmax", "logit",
    "logsumexp", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0",
    "modified_bessel_k1", "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round",
    "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "sinc", "softmax", "spherical_bessel_j0", "xlog1py", "xlogy",
    "zeta",
]
answer_missing_names(__name__)
