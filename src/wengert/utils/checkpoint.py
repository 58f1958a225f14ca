"""``torch.utils.checkpoint``: computing again instead of keeping."""

from typing import Any

from ..autograd.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    noop_context_fn,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)
from ..names.missing import answer_missing_names
from .selective import (
    CheckpointPolicy,
    SelectiveCheckpointContext,
    create_selective_checkpoint_contexts,
)


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """The devices beside the CPU where tensors are, and the states of their random numbers: none.
    That of the CPU is ``torch.get_rng_state()``."""
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """Set what :func:`get_device_states` returned. RuntimeError for a device that is not here."""
    for device in devices:
        raise RuntimeError(f"set_device_states: Wengert has no device {device}")


__all__ = ["CheckpointError", "CheckpointPolicy", "SelectiveCheckpointContext", "checkpoint",
           "checkpoint_sequential", "create_selective_checkpoint_contexts", "get_device_states",
           "noop_context_fn", "set_device_states", "set_checkpoint_debug_enabled",
           "set_checkpoint_early_stop"]

answer_missing_names(__name__)
