"""``torch.distributions.utils``: parameters brought to one shape, probabilities and logits."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

from ..autograd.modes import enable_grad, no_grad
from ..engine.dtypes import get_default_dtype
from ..functions import neural
from ..functions.choices import broadcast_tensors
from ..names.missing import answer_missing_names
from ..tensors.creation import tril_indices
from ..tensors.data import tensor
from ..tensors.limits import finfo
from ..tensors.operators import Tensor
from ..tensors.random import randn
from ..tensors.recorded import function

softmax = function(neural.softmax)

euler_constant = 0.57721566490153286060


def _standard_normal(shape: Any, dtype: Any, device: Any) -> Any:
    """Standard normal numbers."""
    return randn(tuple(shape), dtype=dtype, device=device)


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """The values as tensors of one shape; Python numbers take the dtype of the first tensor, the
    default one where there is none. ValueError for anything else."""
    if not all(isinstance(v, (Tensor, Number)) for v in values):
        raise ValueError("Input arguments must all be instances of Number, "
                         "torch.Tensor or objects implementing __torch_function__.")
    tensors = [v for v in values if isinstance(v, Tensor)]
    dtype: Any = tensors[0].dtype if tensors else get_default_dtype()
    return tuple(broadcast_tensors(
        *[v if isinstance(v, Tensor) else tensor(v, dtype=dtype) for v in values]))


def either(probs: Any, logits: Any) -> str:
    """The name of the one that is given; ValueError unless it is one."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    return "logits" if probs is None else "probs"


def clamp_probs(probs: Any) -> Any:
    """``probs``, kept off 0 and 1 by one epsilon of the dtype."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """Log-odds of ``probs`` if they are of binary events, else their logarithms."""
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """The probabilities that ``logits`` stand for: sigmoid if binary, else softmax."""
    return logits.sigmoid() if is_binary else softmax(logits, -1)


class lazy_property:
    """A property that is computed once per instance, with gradients on."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__
        self.__name__ = wrapped.__name__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        instance.__dict__[self.__name__] = value
        return value


def sum_last(value: Any, dims: int) -> Any:
    """The sum over the last ``dims`` dimensions."""
    return value if not dims else value.reshape(tuple(value.shape[:-dims]) + (-1,)).sum(-1)


_sum_rightmost = sum_last


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """Lower triangular matrices (..., n, n) with the elements of ``vec`` below ``diag``."""
    length = vec.shape[-1]
    n = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * length + 4 * abs(diag) * (diag + 1)) ** 0.5
         ) / 2
    if abs(round(n) - n) > 1e-6:
        raise ValueError(f"The size of last dimension is {length} which cannot be expressed as "
                         "the lower triangular part of a square D x D matrix.")
    size = round(n)
    row, column = tril_indices(size, size, diag)
    flat = vec.new_zeros((*vec.shape[:-1], size * size))
    return flat.index_copy(-1, row * size + column, vec).reshape(*vec.shape[:-1], size, size)


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The elements of matrices (..., n, n) below ``diag``, row by row."""
    n = mat.shape[-1]
    if diag < -n or diag >= n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    row, column = tril_indices(n, n, diag)
    return mat.reshape(*mat.shape[:-2], n * n).index_select(-1, row * n + column)


__all__ = ["broadcast_all", "clamp_probs", "either", "euler_constant", "lazy_property",
           "logits_to_probs", "no_grad", "probs_to_logits", "sum_last", "tril_matrix_to_vec",
           "vec_to_tril_matrix"]
answer_missing_names(__name__)
