"""The part of Tensor that makes it sparse, and says that it is not: :class:`Sparsifying`."""

from __future__ import annotations

from typing import Any

from ...engine.lazy import load
from ...engine.recording.recording import shape_of

_CONSTRUCTION = f"{__name__.rpartition('.')[0]}.construction"
"""It knows of dense tensors, which have these methods."""


def handled(name: str, *args: Any, **kwargs: Any) -> Any:
    """What the function of that name does with tensors that are, or become, sparse."""
    return load(_CONSTRUCTION).ready().HANDLERS[name](*args, **kwargs)


def _strided(name: str, layout: str) -> Any:
    def refuse(self: Any) -> Any:
        raise RuntimeError(f"{name} expected sparse {layout}tensor layout but got Strided")
    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"RuntimeError: a dense tensor has no ``{name}()``."
    return refuse


class Sparsifying:
    """The part of Tensor that makes it sparse, and says that it is not."""

    __slots__ = ()

    def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """A dense tensor: itself, but in a ``dtype`` if one is given."""
        return self if dtype is None else self.to(dtype)

    def to_sparse(self: Any, sparse_dim: Any = None, *, layout: Any = None, blocksize: Any = None,
                  dense_dim: int | None = None) -> Any:
        """A sparse tensor of the elements that are not 0; of the first ``sparse_dim`` dimensions,
        the slices. ``layout`` is ``torch.sparse_coo`` if none is given."""
        return handled("to_sparse", self, sparse_dim, layout=layout)

    def to_sparse_coo(self: Any) -> Any:
        """A sparse tensor in the layout COO."""
        return handled("to_sparse_coo", self)

    def to_sparse_csr(self: Any, dense_dim: int | None = None) -> Any:
        """A sparse matrix by rows."""
        return handled("to_sparse_csr", self)

    def to_sparse_csc(self: Any, dense_dim: int | None = None) -> Any:
        """A sparse matrix by columns."""
        return handled("to_sparse_csc", self)

    def sparse_mask(self: Any, mask: Any) -> Any:
        """The elements where ``mask``, a sparse tensor, has values; sparse."""
        return handled("sparse_mask", self, mask)

    def sparse_dim(self: Any) -> int:
        """0: a dense tensor has no sparse dimensions."""
        return 0

    def dense_dim(self: Any) -> int:
        """The number of dimensions."""
        return len(shape_of(self))

    coalesce = _strided("coalesce", "coordinate ")
    is_coalesced = _strided("is_coalesced", "coordinate ")
    indices = _strided("indices", "coordinate ")
    values = _strided("values", "")
    crow_indices = _strided("crow_indices", "row compressed ")
    col_indices = _strided("col_indices", "row compressed ")
    ccol_indices = _strided("ccol_indices", "column compressed ")
    row_indices = _strided("row_indices", "column compressed ")
