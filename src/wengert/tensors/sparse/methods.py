"""The part of Tensor that makes it sparse, and says that it is not: :class:`Sparsifying`."""

from __future__ import annotations

from typing import Any

from ...engine.devices import sparse_coo, sparse_csc, sparse_csr
from ...engine.lazy import lazy
from ...engine.recording.recording import shape_of


def ready() -> Any:
    """The module of sparse tensors, with what functions of torch do with them."""
    lazy("tensors.sparse.shapes")
    return lazy("tensors.sparse.tensor")


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
        if layout is None and sparse_dim is not None and not isinstance(sparse_dim, int):
            layout, sparse_dim = sparse_dim, None
        return in_layout(self, layout, sparse_dim)

    def to_sparse_coo(self: Any) -> Any:
        """A sparse tensor in the layout COO."""
        return in_layout(self, sparse_coo)

    def to_sparse_csr(self: Any, dense_dim: int | None = None) -> Any:
        """A sparse matrix by rows."""
        return in_layout(self, sparse_csr)

    def to_sparse_csc(self: Any, dense_dim: int | None = None) -> Any:
        """A sparse matrix by columns."""
        return in_layout(self, sparse_csc)

    def sparse_mask(self: Any, mask: Any) -> Any:
        """The elements where ``mask``, a sparse tensor, has values; sparse."""
        ready()
        masked: Any = lazy("tensors.sparse.tensor").HANDLERS["sparse_mask"]
        return masked(self, mask)

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


def in_layout(x: Any, layout: Any, sparse_dim: int | None = None) -> Any:
    """A dense tensor in another layout."""
    ready()
    return lazy("tensors.sparse.layouts").in_layout(x, layout, sparse_dim)
