"""How many turns a loop has in a mapped function, where no sample's predicate can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.recording.structures import tensors_in
from .bodies import body_of
from .function import Function
from .solvers import every_value, undifferentiated
from .vmap import vmap

Tensors = tuple[Any, ...]


def turns_of_all(cond_fn: Callable[..., Any], body_fn: Callable[..., Any],
                 state: tuple[Any, ...]) -> int:
    """The most turns that a sample needs: the loop is run for all, outside of the mapping."""
    def step(*state: Any) -> Any:
        goes_on = cond_fn(*state).reshape(()) != 0
        return goes_on, list(tensors_in(body_fn(*state)))
    body, _ = body_of(step, state)
    operands, bare = body.operands, body.without_tensors()
    given = list(tensors_in(state))
    count = [0]

    def one(given: Tensors, operands: Tensors) -> Tensors:
        return bare(given, operands)
    undifferentiated(Turns.apply, count, one, len(given), *given, *operands)
    return count[0]


class Turns(Function):
    """The number of turns of a loop, whose result is of no account."""

    @staticmethod
    def forward(count: list[int], one: Callable[..., Tensors], n: int, *tensors: Any) -> Any:
        state, operands = tensors[:n], tensors[n:]
        count[0] = 0
        while True:
            goes_on, *new = one(state, operands)
            if not every_value(goes_on).any():
                return goes_on
            state = tuple([where_any(goes_on, a, b) for a, b in zip(new, state, strict=True)])
            count[0] += 1

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept."""

    @staticmethod
    def vmap(info: Any, in_dims: Any, count: list[int], one: Callable[..., Tensors], n: int,
             *tensors: Any) -> Any:
        dims = in_dims[3:]
        whole = [x.expand(info.batch_size, *x.shape) if dim is None else x.movedim(dim, 0)
                 for x, dim in zip(tensors[:n], dims[:n], strict=True)]

        def for_all(state: Tensors, operands: Tensors) -> Tensors:
            found: Tensors = vmap(lambda state, *ops: tuple(one(state, ops)),
                                  (0, *dims[n:]))(state, *operands)
            return found
        return Turns.apply(count, for_all, n, *whole, *tensors[n:]), 0


def where_any(pred: Any, a: Any, b: Any) -> Any:
    """``a`` for the samples in which ``pred`` holds, ``b`` for the others."""
    return a.where(pred.reshape((*pred.shape, *[1] * (a.dim() - pred.dim()))), b)
