"""Every family of functions: to import this module fills ``operation.OPERATIONS``."""

from __future__ import annotations

from . import (
    activations,
    arithmetic,
    attention,
    batch,
    clipping,
    comparison,
    complex_numbers,
    conversion,
    convolution,
    decompositions,
    einsum,
    filling,
    indexing,
    joins,
    linear,
    losses,
    neural,
    optim_updates,
    order,
    pathwise,
    pointwise,
    pooling,
    recurrent,
    reduce,
    resampling,
    shape,
    special,
    whole,
)

FAMILIES = (activations, arithmetic, attention, batch, clipping, comparison, complex_numbers,
            conversion, convolution, decompositions, einsum, filling, indexing, joins, linear,
            losses, neural, optim_updates, order, pathwise, pointwise, pooling, recurrent,
            reduce, resampling, shape, special, whole)

ALIASES: dict[str, str] = {
    alias: name for module in FAMILIES for alias, name in getattr(module, "ALIASES", {}).items()}
"""Other names of functions: ``{"multiply": "mul", ...}``."""
