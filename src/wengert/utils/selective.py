"""The policies of selective checkpoints, as ``torch.utils.checkpoint`` has them: what to keep is
said in names of ``torch.ops.aten``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from ..autograd.selective import contexts
from ..operators import found as ops


class CheckpointPolicy(enum.Enum):
    """What becomes of the results of an operation: kept (``SAVE``), or computed again."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4


class SelectiveCheckpointContext:
    """What a policy is asked with: whether the function runs again (``is_recompute``), and
    ``op_output``, which is None: a policy is asked before the operation."""

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute, self.op_output = is_recompute, op_output


def create_selective_checkpoint_contexts(policy_fn_or_list: Any,
                                         allow_cache_entry_mutation: bool = False) -> tuple[
                                             Any, Any]:
    """The ``context_fn`` of a checkpoint that keeps the results of some operations: give
    ``functools.partial(create_selective_checkpoint_contexts, policy)``.

    ``policy(ctx, op, *args, **kwargs)`` returns a :class:`CheckpointPolicy` for each operation, as
    ``torch.ops.aten`` names it (``torch.ops.aten.mm.default``); a list names those that are kept.
    Writes change nothing that is kept, whatever ``allow_cache_entry_mutation`` says. TypeError for
    what is neither; ValueError for a list of anything but operators; NotImplementedError for
    ``MUST_CPU_OFFLOAD``.
    """
    if isinstance(policy_fn_or_list, list):
        for op in policy_fn_or_list:
            if not hasattr(op, "overloads"):
                raise ValueError(f"Expected op in `op_list` to be an OpOverload but got: {op} of "
                                 f"type {type(op)}.")
        listed = set(policy_fn_or_list)
        return contexts(lambda name, again, args: operator_of(name, args) in listed)
    if not callable(policy_fn_or_list):
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    policy: Callable[..., Any] = policy_fn_or_list

    def saves(name: str, again: bool, args: Any) -> bool:
        found = policy(SelectiveCheckpointContext(is_recompute=again), operator_of(name, args),
                       *args)
        if found is CheckpointPolicy.MUST_CPU_OFFLOAD:
            raise NotImplementedError("CheckpointPolicy.MUST_CPU_OFFLOAD is not in wengert: all "
                                      "values are where the CPU finds them")
        return found is True or found in (CheckpointPolicy.MUST_SAVE, CheckpointPolicy.PREFER_SAVE)
    return contexts(saves)


def product(a: Any, b: Any, *others: Any) -> str:
    """What a product of tensors is for PyTorch's dispatcher."""
    if max(a.ndim, b.ndim) > 2:
        return "bmm"
    return "mm" if a.ndim == b.ndim == 2 else "dot" if a.ndim == b.ndim == 1 else "mv"


DISPATCHED: dict[str, Callable[..., str]] = {
    "matmul": product,
    "linear": lambda x, w, bias=None, *others: "mm" if bias is None else "addmm",
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                     "conv_transpose3d"), lambda *args: "convolution"),
}
"""What PyTorch's dispatcher is asked for where a function of another name is called."""


def operator_of(name: str, args: Any) -> Any:
    """An operation as ``torch.ops.aten`` names it."""
    of = DISPATCHED.get(name)
    return getattr(ops.aten, name if of is None else of(*args)).default


__all__ = ["CheckpointPolicy", "SelectiveCheckpointContext",
           "create_selective_checkpoint_contexts"]
