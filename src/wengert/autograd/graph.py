"""``torch.autograd.graph``: the nodes of the graph, and what is kept for backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..engine.recording.handle import Handle, extra
from ..names.missing import answer_missing_names
from .graph_node import GraphNode as Node
from .graph_node import accumulator, grad_fn_of, output_number
from .hooks import FirstGradient, GradientsTogether
from .saved import (
    allow_mutation_on_saved_tensors,
    disable_saved_tensors_hooks,
    save_on_cpu,
    saved_tensors_hooks,
)


class GradientEdge(NamedTuple):
    """Where the gradient of a tensor goes: a node, and as which of its results."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The :class:`GradientEdge` of a tensor that requires grad."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not "
                           "require gradients")
    node = grad_fn_of(tensor)
    return GradientEdge(node or accumulator(tensor), output_number(tensor))


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *,
                             mode: str = "all") -> GradientsTogether:
    """Have ``fn`` called in each backward with the gradients of ``tensors``: a list, in which None
    stands for what the backward does not reach.

    With ``mode="any"``, ``fn`` gets the first gradient that arrives, alone. Nothing that it returns
    is used. ``remove()`` takes the hook away.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = tuple(tensors)
    hook = (GradientsTogether if mode == "all" else FirstGradient)(fn, len(tensors))
    for i, tensor in enumerate(tensors):
        hook.watch(i, tensor)
    return hook


def increment_version(tensor: Any) -> None:
    """Count a write to one tensor, or to each of several."""
    for each in (tensor,) if isinstance(tensor, Handle) else tensor:
        x = extra(each)
        if x.store is None:
            x.version += 1
        else:
            x.store.version += 1


__all__ = ["GradientEdge", "Node", "allow_mutation_on_saved_tensors",
           "disable_saved_tensors_hooks", "get_gradient_edge", "increment_version",
           "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]

answer_missing_names(__name__)
