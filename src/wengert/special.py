"""``torch.special``: special functions; those of ``torch`` under both names."""

from __future__ import annotations

from .functions.by_name import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    i0,
    log1p,
    log_softmax,
    logit,
    logsumexp,
    polygamma,
    round,
    sinc,
    softmax,
    special_bessel_j0,
    special_bessel_j1,
    special_bessel_y0,
    special_bessel_y1,
    special_entr,
    special_erfcx,
    special_i0e,
    special_i1,
    special_i1e,
    special_log_ndtr,
    special_modified_bessel_i0,
    special_modified_bessel_i1,
    special_modified_bessel_k0,
    special_modified_bessel_k1,
    special_ndtr,
    special_ndtri,
    special_scaled_modified_bessel_k0,
    special_scaled_modified_bessel_k1,
    special_spherical_bessel_j0,
    special_xlog1py,
    special_zeta,
    xlogy,
)
from .functions.by_name import igamma as gammainc
from .functions.by_name import igammac as gammaincc
from .functions.by_name import lgamma as gammaln
from .functions.by_name import mvlgamma as multigammaln
from .functions.by_name import sigmoid as expit
from .names.missing import answer_missing_names

psi = digamma
entr, erfcx, zeta, xlog1py = special_entr, special_erfcx, special_zeta, special_xlog1py
i0e, i1, i1e = special_i0e, special_i1, special_i1e
ndtr, ndtri, log_ndtr = special_ndtr, special_ndtri, special_log_ndtr
bessel_j0, bessel_j1 = special_bessel_j0, special_bessel_j1
bessel_y0, bessel_y1 = special_bessel_y0, special_bessel_y1
modified_bessel_i0, modified_bessel_i1 = special_modified_bessel_i0, special_modified_bessel_i1
modified_bessel_k0, modified_bessel_k1 = special_modified_bessel_k0, special_modified_bessel_k1
scaled_modified_bessel_k0 = special_scaled_modified_bessel_k0
scaled_modified_bessel_k1 = special_scaled_modified_bessel_k1
spherical_bessel_j0 = special_spherical_bessel_j0

__all__ = [
    "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "digamma", "entr", "erf", "erfc", "erfcx",
    "erfinv", "exp2", "expit", "expm1", "gammainc", "gammaincc", "gammaln", "i0", "i0e", "i1",
    "i1e", "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "multigammaln", "ndtr",
    "ndtri", "polygamma", "psi", "round", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "sinc", "softmax", "spherical_bessel_j0", "xlog1py", "xlogy",
    "zeta",
]
answer_missing_names(__name__)
