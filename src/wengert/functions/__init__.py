"""The user's functions: importing this package fills ``operation.OPERATIONS``."""

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

_MODULES = (activations, arithmetic, comparison, complex_numbers, conversion, decompositions,
            einsum, filling, indexing, joins, linear, losses, neural, order, pointwise, reduce,
            resampling, shape)

ALIASES: dict[str, str] = {
    alias: name for module in _MODULES for alias, name in getattr(module, "ALIASES", {}).items()}
"""Other names of functions: ``{"multiply": "mul", ...}``."""
