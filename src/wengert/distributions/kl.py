"""``torch.distributions.kl``: the Kullback-Leibler divergence of two distributions.

``kl_divergence(p, q)`` is ``E_p[log p - log q]``; ``@register_kl(P, Q)`` enters a formula for two
classes. Of several that fit, the one nearest in the classes' orders of inheritance is taken. Here
are the formulas for two distributions of one class, which is named, so that it is not loaded for
them; those for two classes are in ``kl_pairs.py``, which is loaded when they are looked for.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

from ..engine.lazy import lazy, load
from ..functions import activations
from ..names.missing import answer_missing_names
from ..tensors.recorded import function
from .divergence import FORMULAS, Formula
from .exp_family import ExponentialFamily, expected_statistics, over_events
from .utils import euler_constant, sum_last

softplus = function(activations.softplus)

_FORMULAS = FORMULAS
_OF_ONE_CLASS: dict[str, Formula] = {}
"""By the class's file and name."""


def register_kl(type_p: type, type_q: type) -> Callable[[Formula], Formula]:
    """Enter a formula for distributions of two classes (and those derived from them)."""
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def enter(formula: Formula) -> Formula:
        _FORMULAS[type_p, type_q] = formula
        return formula

    return enter


def kl_divergence(p: Any, q: Any) -> Any:
    """``E_p[log p - log q]``, of shape ``batch_shape``; NotImplementedError if there is no formula
    for the two classes.

    >>> from wengert.distributions import Normal
    >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0)).item()
    0.5
    """
    return _formula(type(p), type(q))(p, q)


def _formula(p: type, q: type) -> Formula:
    """The formula of the nearest classes, those of ``p`` first; a warning where those of ``q``
    first would be another."""
    own = _FORMULAS.get((p, q)) or (_of_one_class(p) if p is q else None)
    if own is not None:
        return own
    _enter_all()
    found = [(p.__mro__.index(a), q.__mro__.index(b), formula)
             for (a, b), formula in _FORMULAS.items() if a in p.__mro__ and b in q.__mro__]
    if not found:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {p.__name__} "
                                  f"and q type {q.__name__}")
    first = min(found, key=lambda each: each[:2])
    other = min(found, key=lambda each: (each[1], each[0]))
    if first[2] is not other[2]:
        names = [f"kl_divergence({p.__mro__[a].__name__}, {q.__mro__[b].__name__})"
                 for a, b, _ in (first, other)]
        warnings.warn(f"Ambiguous kl_divergence({p.__name__}, {q.__name__}). Please "
                      f"register_kl({p.__name__}, {q.__name__}): {names[0]} is taken, and not "
                      f"{names[1]}", RuntimeWarning, stacklevel=3)
    return first[2]


def _of_one_class(kind: type) -> Formula | None:
    """The formula that is here for two distributions of ``kind``."""
    home = kind.__module__.rpartition(".")[2]
    formula = _OF_ONE_CLASS.get(f"{home}.{kind.__name__}")
    if formula is None or _named(f"{home}.{kind.__name__}") is not kind:
        return None
    return _FORMULAS.setdefault((kind, kind), formula)


def _named(name: str) -> type | None:
    """The class of a file and name, if that is loaded."""
    home, _, kind = name.partition(".")
    found: type | None = getattr(sys.modules.get(f"{__package__}.{home}"), kind, None)
    return found


def _enter_all() -> None:
    """Enter the formulas of all classes, but where users have entered theirs."""
    for name, formula in _OF_ONE_CLASS.items():
        home, _, kind = name.partition(".")
        found = getattr(load(f"{__package__}.{home}"), kind)
        _FORMULAS.setdefault((found, found), formula)
    lazy("distributions.kl_pairs")


def _same(name: str) -> Callable[[Formula], Formula]:
    def enter(formula: Formula) -> Formula:
        _OF_ONE_CLASS[name] = formula
        return formula
    return enter


@_same("bernoulli.Bernoulli")
def _bernoulli(p: Any, q: Any) -> Any:
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    one = one.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    zero = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    zero = zero.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)
    return one + zero


@_same("beta.Beta")
def _beta(p: Any, q: Any) -> Any:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    total = a + b
    t1 = c.lgamma() + d.lgamma() + total.lgamma()
    t2 = a.lgamma() + b.lgamma() + (c + d).lgamma()
    return (t1 - t2 + (a - c) * a.digamma() + (b - d) * b.digamma()
            + (c + d - total) * total.digamma())


@_same("binomial.Binomial")
def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p()
                          - (-q.probs).log1p())
    return kl.masked_fill(p.total_count > q.total_count, math.inf)


@_same("categorical.Categorical")
def _categorical(p: Any, q: Any) -> Any:
    t = p.probs * (p.logits - q.logits)
    t = t.masked_fill((q.probs == 0).expand_as(t), math.inf)
    return t.masked_fill((p.probs == 0).expand_as(t), 0).sum(-1)


@_same("one_hot_categorical.OneHotCategorical")
def _one_hot(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@_same("cauchy.Cauchy")
def _cauchy(p: Any, q: Any) -> Any:
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@_same("continuous_bernoulli.ContinuousBernoulli")
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.entropy() + q._cross_entropy(p.mean)


@_same("dirichlet.Dirichlet")
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    t = (a - b) * p._mean_log()
    return (total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1) + t.sum(-1))


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Any:
    """The Bregman divergence of the log-normaliser (Nielsen and Nock, 2010)."""
    if type(p) is not type(q):
        raise NotImplementedError("The cross KL-divergence between different exponential families "
                                  "cannot be computed using Bregman divergences")
    kl = q._log_normalizer(*q._natural_params)
    own, pairs = expected_statistics(p)
    kl = kl - own
    for (parameter, expected), other in zip(pairs, q._natural_params):
        kl = kl - over_events(p, (other - parameter) * expected)
    return kl


@_same("exponential.Exponential")
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@_same("gamma.Gamma")
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return (b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma() + (a - b) * a.digamma()
            + (q.rate - p.rate) * (a / p.rate))


@_same("geometric.Geometric")
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@_same("gumbel.Gumbel")
def _gumbel(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    moved, own = q.loc / q.scale, p.loc / q.scale
    t1 = -ratio.log() - moved + own
    return (t1 + ratio * euler_constant + (moved + (1 + ratio).lgamma() - own).exp()
            - (1 + euler_constant))


@_same("half_normal.HalfNormal")
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@_same("independent.Independent")
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("KL(p || q) of Independent with different "
                                  "reinterpreted_batch_ndims is not implemented")
    return sum_last(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@_same("laplace.Laplace")
def _laplace(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    apart = (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@_same("log_normal.LogNormal")
def _log_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@_same("normal.Normal")
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    apart = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + apart - 1 - ratio.log())


@_same("pareto.Pareto")
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    kl = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return kl.masked_fill(p.support.lower_bound < q.support.lower_bound, math.inf)


@_same("poisson.Poisson")
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@_same("transformed_distribution.TransformedDistribution")
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("KL(p || q) of distributions with different transforms is not "
                                  "implemented")
    return kl_divergence(p.base_dist, q.base_dist)


@_same("uniform.Uniform")
def _uniform(p: Any, q: Any) -> Any:
    kl = ((q.high - q.low) / (p.high - p.low)).log()
    return kl.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


__all__ = ["kl_divergence", "register_kl"]
answer_missing_names(__name__)
