"""``torch.sparse``, and Wengert's sparse derivatives: :func:`jacobian`, :func:`hessian`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..autograd.compressed import Plan, hessian, jacobian
from ..names.missing import answer_missing_names


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.sparse.{name} is not in wengert: every tensor is dense")
    return refuse


addmm = _refusing("addmm")
mm = _refusing("mm")
sampled_addmm = _refusing("sampled_addmm")
softmax = _refusing("softmax")
sum = _refusing("sum")
SparseSemiStructuredTensor = _refusing("SparseSemiStructuredTensor")

__all__ = ["Plan", "SparseSemiStructuredTensor", "addmm", "hessian", "jacobian", "mm",
           "sampled_addmm", "softmax", "sum"]
answer_missing_names(__name__)
