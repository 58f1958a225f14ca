"""``torch.distributions.exp_family``: distributions of which the log-normaliser says everything.

A density ``exp(<t(x), n> - A(n) + k(x))`` has the expectations ``E[t] = grad A``, so entropies and
divergences come out of ``A`` by differentiation (Nielsen and Nock, 2010).
"""

from __future__ import annotations

from typing import Any

from ..autograd.api import grad
from ..autograd.modes import enable_grad, is_grad_enabled
from ..names.missing import answer_missing_names
from .distribution import Distribution


class ExponentialFamily(Distribution):
    """A distribution whose density is ``exp(<t(x), n> - A(n) + k(x))``: a subclass has its natural
    parameters ``n`` as ``_natural_params``, ``A`` as ``_log_normalizer``, and ``E[k(x)]`` as
    ``_mean_carrier_measure``."""

    @property
    def _natural_params(self) -> Any:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError

    def entropy(self) -> Any:
        """``A(n) - <n, grad A(n)> - E[k]``, of shape ``batch_shape``; gradients flow to the
        parameters."""
        carrier = self._mean_carrier_measure
        normalizer, pairs = expected_statistics(self)
        for parameter, expected in pairs:
            normalizer = normalizer - over_events(self, parameter * expected)
        return normalizer - carrier


def expected_statistics(d: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """``A(n)``, and each natural parameter with ``grad A`` in it: the expectation of what it
    multiplies."""
    with enable_grad():
        params = [x if x.requires_grad else x.detach().requires_grad_() for x in d._natural_params]
        normalizer = d._log_normalizer(*params)
        expected = grad(normalizer.sum(), params, create_graph=True)
    kept = is_grad_enabled()
    pairs = [(x, g) if kept else (x.detach(), g.detach()) for x, g in zip(params, expected)]
    return normalizer if kept else normalizer.detach(), pairs


def over_events(d: Any, x: Any) -> Any:
    """The sum of ``x`` over the dimensions that follow the batch of ``d``."""
    last = tuple(range(len(d.batch_shape) - x.dim(), 0))
    return x.sum(last) if last else x


__all__ = ["ExponentialFamily"]
answer_missing_names(__name__)
