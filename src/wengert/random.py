"""``torch.random``: the seed and the state of the default stream of random numbers."""

from .names.missing import answer_missing_names
from .tensors.random import (
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed",
           "set_rng_state"]

answer_missing_names(__name__)
