"""``torch.distributed.nn``: collectives through which gradients flow."""

from __future__ import annotations

from ...names.missing import answer_missing_names
from . import functional
from .functional import (
    all_gather,
    all_reduce,
    all_to_all,
    all_to_all_single,
    broadcast,
    gather,
    reduce,
    reduce_scatter,
    scatter,
)

__all__ = ["all_gather", "all_reduce", "all_to_all", "all_to_all_single", "broadcast",
           "functional", "gather", "reduce", "reduce_scatter", "scatter"]
answer_missing_names(__name__)
