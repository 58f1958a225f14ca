"""Clipping gradients, by their norm or by value, as part of a training step.

>>> model = torch.nn.Linear(3, 1)
>>> model(torch.ones(2, 3)).sum().backward()
>>> norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from types import GeneratorType
from typing import Any

from ...autograd.modes import no_grad
from ...functions.clipping import clip_to_norm, clip_to_value, total_norm
from ...tensors.data import tensor
from ...tensors.operators import Tensor
from ...tensors.recorded import function
from ...tensors.updates import update

_total_norm = function(total_norm)
Parameters = Iterable[Any] | Any
"""Tensors, or one."""


def _listed(parameters: Parameters) -> list[Any]:
    if isinstance(parameters, Tensor):
        return [parameters]
    found = list(parameters)
    if not found and isinstance(parameters, GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.",
                      stacklevel=4)
    return found


def _gradients(parameters: Parameters) -> list[Any]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


@no_grad()
def get_total_norm(tensors: Parameters, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Any:
    """The norm of all elements of the tensors, a 0-dim tensor.

    It stays recorded, unless ``error_if_nonfinite``, which is a RuntimeError for infinity and NaN.
    """
    found = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not found:
        return tensor(0.0)
    norm = _total_norm(found, float(norm_type))
    if error_if_nonfinite and not norm.isfinite():
        raise RuntimeError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is "
            "non-finite, so it cannot be clipped. To disable this error and scale the gradients by "
            "the non-finite norm anyway, set `error_if_nonfinite=False`")
    return norm


@no_grad()
def clip_grads_with_norm_(parameters: Parameters, max_norm: float, total_norm: Any,
                          foreach: bool | None = None) -> None:
    """Scale the gradients by ``max_norm / total_norm`` where that is below 1."""
    grads = _gradients(parameters)
    if grads:
        norm = total_norm if isinstance(total_norm, Tensor) else tensor(float(total_norm))
        update(clip_to_norm, [norm], [grads], float(max_norm))


@no_grad()
def clip_grad_norm_(parameters: Parameters, max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False, foreach: bool | None = None) -> Any:
    """Scale the gradients of ``parameters`` so that their norm, all together, is at most
    ``max_norm``; returns the norm before, a 0-dim tensor.

    With ``error_if_nonfinite`` a norm that is infinite or NaN is a RuntimeError.
    """
    grads = _gradients(parameters)
    norm = get_total_norm(grads, norm_type, error_if_nonfinite, foreach)
    if grads:
        update(clip_to_norm, [norm], [grads], float(max_norm))
    return norm


def clip_grad_norm(parameters: Parameters, max_norm: float, norm_type: float = 2.0,
                   error_if_nonfinite: bool = False, foreach: bool | None = None) -> Any:
    """The old name of :func:`clip_grad_norm_`."""
    warnings.warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of "
                  "`torch.nn.utils.clip_grad_norm_`.", FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(parameters: Parameters, clip_value: float,
                     foreach: bool | None = None) -> None:
    """Limit each element of the gradients of ``parameters`` to [-clip_value, clip_value]."""
    grads = _gradients(parameters)
    if grads:
        update(clip_to_value, [], [grads], -float(clip_value), float(clip_value))


__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_",
           "get_total_norm"]
