"""``kl_divergence`` for distributions of two classes.

``KL(p || q) = -entropy(p) - E_p[log q]``. What ``log q`` is made of decides which expectations it
takes: of x, of x squared, of log x. A function here is the formula for one class ``q``, and the
decorator says for which classes ``p`` it is; where p has values that q has not, it is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..functions import pointwise
from ..names.missing import answer_missing_names
from ..tensors.recorded import function
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .continuous_bernoulli import ContinuousBernoulli
from .divergence import FORMULAS, Formula
from .exponential import Exponential
from .gamma import Gamma
from .gumbel import Gumbel
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .pareto import Pareto
from .poisson import Poisson
from .uniform import Uniform
from .utils import euler_constant

xlogy = function(pointwise.xlogy)


def _from(*kinds: type, to: type) -> Callable[[Formula], Formula]:
    """Enter the formula for ``p`` of each of the classes."""
    def enter(formula: Formula) -> Formula:
        for kind in kinds:
            FORMULAS.setdefault((kind, to), formula)   # a user's is entered already
        return formula
    return enter


def _outside(p: Any, low: Any, high: Any = math.inf) -> Any:
    """Whether p has values that are not between the bounds."""
    support = p.support
    least = getattr(support, "lower_bound", -math.inf)
    greatest = getattr(support, "upper_bound", math.inf)
    return (p.mean * 0 + least < low) | (p.mean * 0 + greatest > high)


# ---- expectations ----


def _mean_log(p: Any) -> Any:
    """``E_p[log x]``."""
    match p:
        case Beta():
            return p._dirichlet._mean_log()[..., 0]
        case Exponential():
            return -euler_constant - p.rate.log()
        case Pareto():
            return p.scale.log() + p.alpha.reciprocal()
        case _:
            return (xlogy(p.high, p.high) - xlogy(p.low, p.low)) / (p.high - p.low) - 1


def _mean_log_complement(p: Any) -> Any:
    """``E_p[log (1 - x)]`` of a uniform distribution."""
    a, b = 1 - p.high, 1 - p.low
    return (xlogy(b, b) - xlogy(a, a)) / (b - a) - 1


def _mean_exp(p: Any, t: Any) -> Any:
    """``E_p[exp(t x)]`` for negative t."""
    match p:
        case Exponential():
            return p.rate / (p.rate - t)
        case Gamma():
            return (1 - t / p.rate).pow(-p.concentration)
        case Normal():
            return (p.loc * t + 0.5 * (p.scale * t).pow(2)).exp()
        case _:
            return ((p.high * t).exp() - (p.low * t).exp()) / (t * (p.high - p.low))


# ---- the formulas ----


@_from(Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform, to=Normal)
def _normal(p: Any, q: Any) -> Any:
    square = q.scale.pow(2)
    apart = (p.variance + (p.mean - q.loc).pow(2)) / square
    kl = -p.entropy() + 0.5 * ((2 * math.pi * square).log() + apart)
    return kl.masked_fill(p.mean == math.inf, math.inf)


@_from(Beta, ContinuousBernoulli, Gamma, Pareto, Uniform, to=Exponential)
def _exponential(p: Any, q: Any) -> Any:
    return (-p.entropy() - q.rate.log() + q.rate * p.mean).masked_fill(_outside(p, 0), math.inf)


@_from(Beta, Exponential, Pareto, Uniform, to=Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = q.concentration, q.rate
    logs = xlogy(a, b) - a.lgamma() + (a - 1) * _mean_log(p)
    return (-p.entropy() - logs + b * p.mean).masked_fill(_outside(p, 0), math.inf)


@_from(Exponential, Gamma, Normal, Uniform, to=Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    steps = (p.mean - q.loc) / q.scale
    return (-p.entropy() + q.scale.log() + steps
            + (q.loc / q.scale).exp() * _mean_exp(p, -q.scale.reciprocal()))


@_from(Beta, Uniform, to=ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    return (-p.entropy() + q._cross_entropy(p.mean)).masked_fill(_outside(p, 0, 1), math.inf)


@_from(Beta, ContinuousBernoulli, to=Uniform)
def _uniform(p: Any, q: Any) -> Any:
    return (-p.entropy() + q.entropy()).masked_fill(_outside(p, q.low, q.high), math.inf)


@_from(Uniform, to=Beta)
def _beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    logs = ((a + b).lgamma() - a.lgamma() - b.lgamma() + (a - 1) * _mean_log(p)
            + (b - 1) * _mean_log_complement(p))
    return (-p.entropy() - logs).masked_fill(_outside(p, 0, 1), math.inf)


@_from(Uniform, to=Pareto)
def _pareto(p: Any, q: Any) -> Any:
    logs = q.alpha.log() + xlogy(q.alpha, q.scale) - (q.alpha + 1) * _mean_log(p)
    return (-p.entropy() - logs).masked_fill(_outside(p, q.scale), math.inf)


@_from(Normal, to=Laplace)
def _laplace(p: Any, q: Any) -> Any:
    gap = p.loc - q.loc
    ratio = gap / p.scale
    folded = (math.sqrt(2 / math.pi) * p.scale * (-0.5 * ratio.pow(2)).exp()
              + gap * (ratio * math.sqrt(0.5)).erf())
    return -p.entropy() + (2 * q.scale).log() + folded / q.scale


@_from(Bernoulli, to=Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@_from(MultivariateNormal, LowRankMultivariateNormal, to=MultivariateNormal)
@_from(MultivariateNormal, LowRankMultivariateNormal, to=LowRankMultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        raise ValueError("KL-divergence between two Multivariate Normals with different event "
                         "shapes cannot be computed")
    trace = sum(q._distances(root).sum(-1) for root in p._roots())
    distance = q._distances((q.loc - p.loc).unsqueeze(-1)).squeeze(-1)
    return 0.5 * (q._log_det() - p._log_det() + trace + distance - p.event_shape[0])


def _infinite(p: Any, q: Any) -> Any:
    """p has values that q has not."""
    first: Any = p.mean
    shape = (p.mean.sum(-1) if p.event_shape else first).shape
    return first.new_full(tuple(shape), math.inf)


_INFINITE = {
    Beta: (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto),
    ContinuousBernoulli: (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto),
    Pareto: (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Normal),
    Uniform: (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto),
    Exponential: (Gumbel, Laplace, Normal), Gamma: (Gumbel, Laplace, Normal),
    Bernoulli: (Poisson,), Binomial: (Poisson,),
}
for _q, _kinds in _INFINITE.items():
    _from(*_kinds, to=_q)(_infinite)

__all__: list[str] = []
answer_missing_names(__name__)
