"""``torch.sparse``: functions of sparse tensors; and Wengert's sparse derivatives, :func:`jacobian`
and :func:`hessian`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.compressed import Plan, hessian, jacobian
from ..names.missing import answer_missing_names, refusing
from ..tensors.sparse.construction import ready
from ..tensors.sparse.invariants import check_sparse_tensor_invariants
from .checks import as_sparse_gradcheck
from .diagonals import spdiags


def handled(name: str, *given: Any, **options: Any) -> Any:
    """What the function of that name does with sparse tensors; RuntimeError if none is given."""
    tensor = ready()
    if not any(map(tensor.is_sparse, given)):
        raise RuntimeError(f"torch.sparse.{name}: expected a sparse tensor among the arguments, "
                           "got dense ones")
    return tensor.HANDLERS[name](*given, **options)


def mm(mat1: Any, mat2: Any, reduce: str | None = None) -> Any:
    """The product of two matrices, one of which is sparse; gradients of a sparse one are at its
    places. Dense, but of two sparse ones sparse.

    >>> a = torch.tensor([[0.0, 0.0, 3.0], [4.0, 0.0, 0.0]]).to_sparse()
    >>> torch.sparse.mm(a, torch.ones(3, 1))
    tensor([[3.],
            [4.]])
    """
    if reduce not in (None, "sum"):
        raise NotImplementedError(f"torch.sparse.mm(reduce={reduce!r}) is not in wengert: products "
                                  "are summed")
    return handled("mm", mat1, mat2)


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * mat + alpha * (mat1 @ mat2)``, of a sparse ``mat1``."""
    return handled("addmm", mat, mat1, mat2, beta=beta, alpha=alpha)


def sampled_addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)`` where ``input``, a CSR tensor, has values."""
    return handled("sampled_addmm", input, mat1, mat2, beta=beta, alpha=alpha)


def sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """The sum of a sparse tensor: dense of all, sparse along dimensions ``dim``.

    >>> a = torch.tensor([[0.0, 0.0, 3.0], [4.0, 0.0, 0.0]]).to_sparse()
    >>> torch.sparse.sum(a, 0).to_dense()
    tensor([4., 0., 3.])
    """
    return handled("sum", input, dim, dtype=dtype)


def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Softmax over the values that there are in each line along ``dim``: what is not there counts
    as minus infinity."""
    return handled("softmax", input, dim, dtype)


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The logarithm of :func:`softmax`."""
    return handled("log_softmax", input, dim, dtype)


_WHY = "there are no semi-structured tensors"
SparseSemiStructuredTensor = refusing("torch.sparse.SparseSemiStructuredTensor", _WHY)
to_sparse_semi_structured = refusing("torch.sparse.to_sparse_semi_structured", _WHY)
spsolve = refusing("torch.sparse.spsolve", (
    "PyTorch computes it on CUDA devices alone. Use torch.linalg.solve of to_dense(), or "
    "scipy.sparse.linalg.spsolve"))

__all__ = ["Plan", "SparseSemiStructuredTensor", "addmm", "as_sparse_gradcheck",
           "check_sparse_tensor_invariants", "hessian", "jacobian", "log_softmax", "mm",
           "sampled_addmm", "softmax", "spdiags", "spsolve", "sum",
           "to_sparse_semi_structured"]
answer_missing_names(__name__)
