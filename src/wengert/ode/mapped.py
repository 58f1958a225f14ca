"""Sizes of steps in a mapped function, where no sample's values can be looked at.

The steps are chosen for all samples together, outside of the mapping (:func:`chosen`); in it they
are taken as they are, and recorded for one sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.bodies import body_of
from ..autograd.function import Function
from ..autograd.solvers import undifferentiated
from ..autograd.vmap import vmap

Call = Callable[[Any, Any, Sequence[Any]], Any]
Norm = Callable[[Any], Any]
Run = Callable[[Callable[[Any, Any], Any], Norm, Any], Any]


def chosen(run: Run, func: Callable[[Any, Any], Any], norm: Norm, t: Any, y: Any) -> None:
    """Call ``run(func, norm, y)`` for all samples at once; it notes what it chooses."""
    body, _ = body_of(func, (t, y))
    operands, bare = body.operands, body.without_tensors()
    undifferentiated(Choosing.apply, run, lambda t, y, ops: bare((t, y), ops)[0], norm, y,
                     *operands)


class Choosing(Function):
    """The choice of steps, whose result is of no account."""

    @staticmethod
    def forward(run: Run, call: Call, norm: Norm, y: Any, *operands: Any) -> Any:
        run(lambda t, y: call(t, y, operands), norm, y)
        return y.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, run: Run, call: Call, norm: Norm, y: Any,
             *operands: Any) -> Any:
        dims, at_y = in_dims[4:], in_dims[3]
        many = y.expand(info.batch_size, *y.shape) if at_y is None else y.movedim(at_y, 0)

        def for_all(t: Any, y: Any, operands: Sequence[Any]) -> Any:
            return vmap(lambda y, *ops: call(t, y, ops), (0, *dims))(y, *operands)
        Choosing.apply(run, for_all, lambda v: vmap(norm)(v).amax(), many, *operands)
        return many, 0
