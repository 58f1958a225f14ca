"""Drawn numbers as functions of their parameters: the value that was drawn, with its slope."""

from __future__ import annotations

from ..engine.graph import Node
from ..engine.ops import elementwise as el
from ..engine.ops import pathwise
from ..engine.ops import structural as st
from ..engine.ops.reduce import spread, sum_
from ..engine.recording.operation import operation


@operation("StandardGammaBackward0", methods=())
def standard_gamma(input: Node, drawn: Node) -> Node:
    """``drawn``, from the gamma distribution of shape ``input``, with its implicit gradient."""
    slope = st.stop(pathwise.gamma_slope(input, drawn))
    return st.graft(el.mul(input, slope), drawn)


@operation("_DirichletBackward", methods=())
def dirichlet(input: Node, drawn: Node) -> Node:
    """``drawn``, from the Dirichlet distribution of concentration ``input``, with the implicit
    gradient: component i moves with its own concentration as its marginal beta number does, and
    the others make room in proportion."""
    last = (input.ndim - 1,)
    others = el.sub(spread(sum_(input, axes=last, keepdims=True), input, last), input)
    slope = st.stop(pathwise.beta_slope(input, others, drawn))
    own = el.mul(input, slope)
    room = sum_(own, axes=last, keepdims=True)
    return st.graft(el.sub(own, el.mul(drawn, spread(room, drawn, last))), drawn)
