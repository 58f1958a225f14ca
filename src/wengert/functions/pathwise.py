"""Drawn numbers whose gradient follows the parameter: gamma and Dirichlet.

The gradient is the implicit one, ``dx/da = -(dF/da) / (dF/dx)`` with the cumulative distribution
function F (Figurnov, Mohamed, Mnih, Implicit reparameterization gradients, 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.graph import Node
from ..engine.ops import elementwise as el
from ..engine.ops import pathwise
from ..engine.ops import structural as st
from ..engine.ops.reduce import spread, sum_
from ..engine.recording.draws import drawn_from
from ..engine.recording.handle import Handle
from ..engine.recording.operation import operation
from ..engine.recording.recorder import hold, record
from ..tensors.random import Generator, stream


@operation("StandardGammaBackward0", methods=())
def _standard_gamma(input: Node, drawn: Node) -> Node:
    """``drawn``, from the gamma distribution of shape ``input``, with its implicit gradient."""
    return pathwise.gamma_moved(input, drawn)


@operation("_DirichletBackward", methods=())
def dirichlet(input: Node, drawn: Node) -> Node:
    """``drawn``, from the Dirichlet distribution of concentration ``input``, with the implicit
    gradient: component i moves with its own concentration as its marginal beta number does, and
    the others make room in proportion."""
    last = (input.ndim - 1,)
    others = el.sub(spread(sum_(input, axes=last, keepdims=True), input, last), input)
    own = pathwise.beta_moved(input, others, drawn)
    room = sum_(own, axes=last, keepdims=True)
    return st.graft(el.sub(own, el.mul(drawn, spread(room, drawn, last))), drawn)


# ---- decided at the call ----


def standard_gamma(concentration: Any, generator: Generator | None = None) -> Any:
    """Numbers from gamma distributions of shape ``concentration`` and rate 1, with the implicit
    gradient.

    NotImplementedError for a dtype other than float32 and float64.
    """
    alpha = _tensor("_standard_gamma", concentration)
    drawn = drawn_from(stream(generator).gamma, [alpha], hold)
    return record(_standard_gamma, (alpha, drawn))


def sample_dirichlet(concentration: Any, generator: Generator | None = None) -> Any:
    """Probabilities (..., n) from Dirichlet distributions of ``concentration`` (..., n), with the
    implicit gradient of their marginal distributions."""
    def draw(alpha: Any) -> Any:
        gammas = stream(generator).gamma(alpha.astype(np.float64))
        shares = (gammas / gammas.sum(-1, keepdims=True)).astype(alpha.dtype)
        limits = np.finfo(alpha.dtype)
        return np.clip(shares, limits.tiny, 1 - limits.epsneg)
    drawn = drawn_from(draw, [_tensor("_sample_dirichlet", concentration)], hold)
    return record(dirichlet, (concentration, drawn))


def _tensor(name: str, x: Any) -> Any:
    if not isinstance(x, Handle):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not "
                        f"{type(x).__name__}")
    return x
