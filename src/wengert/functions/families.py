"""Every family of functions: to import this module fills ``operation.OPERATIONS``, which the
program itself never needs. A family is loaded when one of its functions is asked for."""

from __future__ import annotations

from ..engine.recording.operation import Operation
from . import (
    activations,
    arithmetic,
    attention,
    batch,
    clipping,
    comparison,
    complex_numbers,
    convolution,
    copies,
    decompositions,
    einsum,
    factors,
    indexing,
    joins,
    linear,
    losses,
    neural,
    optim_updates,
    order,
    pathwise,
    pointwise,
    polynomials,
    pooling,
    recurrent,
    reduce,
    resampling,
    shape,
    short_time,
    special,
    view_copies,
    whole,
)

FAMILIES = (activations, arithmetic, attention, batch, clipping, comparison, complex_numbers,
            convolution, copies, decompositions, einsum, factors, indexing, joins, linear, losses,
            neural, optim_updates, order, pathwise, pointwise, polynomials,
            pooling, recurrent, reduce, resampling, shape, short_time, special, view_copies, whole)

ALIASES: dict[str, Operation] = {
    alias: op for module in FAMILIES for alias, op in getattr(module, "ALIASES", {}).items()}
"""Other names of functions: ``{"multiply": mul, ...}``."""
