"""Functions whose result's shape depends on values: they compute at the call.

``nonzero``, ``unique``, ``masked_select``, ``bincount``, ... Where a gradient flows (through
``masked_select``), the values tell the places, and reading those places is recorded.
:class:`Selection` is the part of Tensor with these methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.dtypes import bool_, of_python, uint8
from ..engine.quiet import quiet
from ..engine.recording.flushing import host
from ..engine.recording.handle import Array, Handle
from ..engine.recording.meanings import at_hand
from ..engine.recording.recorder import as_python, hold, record, record_write
from ..engine.recording.recording import dtype_of, here, shape_of
from ..return_types import named
from ..tensors.attributes import result_type
from ..tensors.recorded import into
from ..tensors.spelling import also
from . import concrete, indexing
from .indexing import as_places, places_of
from .joins import broadcast_tensors
from .shape import reshape


def tensor_argument(name: str, given: Any, position: int = 1, argument: str = "input") -> Handle:
    """``given``; TypeError with PyTorch's words if it is no tensor."""
    if not isinstance(given, Handle):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, "
                        f"not {type(given).__name__}")
    return given


# Places
def nonzero(input: Any, *, as_tuple: bool = False, out: Any = None) -> Any:
    """The indices of the elements that are not 0, in their order: int64 of shape (n, input.ndim).

    With ``as_tuple=True`` a tensor of n indices for each dimension, for use as ``x[...]``.

    >>> torch.tensor([3, 0, 5]).nonzero()
    tensor([[0],
            [2]])
    """
    array = host(tensor_argument("nonzero", input))
    if as_tuple:
        return tuple([hold(places.copy()) for places in concrete.nonzero_places(array)])
    result = hold(np.ascontiguousarray(concrete.nonzero(array)))
    return result if out is None else into(out, result)


def nonzero_static(input: Any, *, size: int, fill_value: int = -1, out: Any = None) -> Any:
    """The first ``size`` indices of elements that are not 0, int64 of shape (size, input.ndim);
    ``fill_value`` where there are fewer."""
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    found = concrete.nonzero(host(tensor_argument("nonzero_static", input)))[:size]
    places = np.full((size, found.shape[1]), fill_value, np.int64)
    places[:len(found)] = found
    result = hold(places)
    return result if out is None else into(out, result)


def argwhere(input: Any) -> Any:
    """The indices of the elements that are not 0: ``nonzero(input)``."""
    return nonzero(input)


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The elements of ``input`` where ``mask`` (bool) is true, in one dimension.

    The two broadcast. The gradient goes back to the elements that were taken.
    """
    tensor_argument("masked_select", input)
    if dtype_of(tensor_argument("masked_select", mask, 2, "mask")) not in (bool_, uint8):
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    if shape_of(input) != shape_of(mask):
        input, mask = record(broadcast_tensors, ((input, mask),))
    if not shape_of(input):
        input, mask = (record(reshape, (x, (1,))) for x in (input, mask))
    result = input[mask]
    return result if out is None else into(out, result)


def index_put(input: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """``input`` with ``values`` at ``input[indices]``; added to what is there if ``accumulate``."""
    return record(indexing.index_put, (input, _indices(indices), values, bool(accumulate)))


def index_put_(input: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """In-place :func:`index_put`."""
    return record_write(indexing.index_put,
                        (input, _indices(indices), values, bool(accumulate)))


def _indices(indices: Sequence[Any]) -> tuple[Handle, ...]:
    """Index tensors, where a mask counts as those of its true elements."""
    if isinstance(indices, Handle):
        indices = (indices,)
    found: list[Handle] = []
    for i, index in enumerate(indices):
        if not isinstance(index, Handle):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got "
                            f"{type(index).__name__}")
        if dtype_of(index) in (bool_, uint8):
            found += [as_places(index, places) for places in places_of(index)]
        else:
            found.append(index)
    return tuple(found)


# Distinct values
def unique(input: Any, sorted: bool = True, return_inverse: bool = False,
           return_counts: bool = False, dim: int | None = None) -> Any:
    """The distinct elements, in order; with ``dim``, the distinct slices along it.

    ``return_inverse`` adds where in the result each element is, ``return_counts`` how often each
    occurs (both int64).

    >>> torch.unique(torch.tensor([3, 1, 1]), return_counts=True)
    (tensor([1, 3]), tensor([2, 1]))
    """
    return _distinct("unique", concrete.unique, input, return_inverse, return_counts, dim)


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False,
                       dim: int | None = None) -> Any:
    """The elements (or slices along ``dim``) without those equal to the one before.

    ``return_inverse`` and ``return_counts`` as for :func:`unique`.
    """
    return _distinct("unique_consecutive", concrete.unique_consecutive, input, return_inverse,
                     return_counts, dim)


def _distinct(name: str, find: Callable[..., tuple[Array, ...]], input: Any,
              return_inverse: bool, return_counts: bool, dim: int | None) -> Any:
    flows = here.modes.grad and tensor_argument(name, input).requires_grad   # type: ignore[attr-defined]
    found = find(host(tensor_argument(name, input)), return_inverse=return_inverse or flows,
                 return_counts=return_counts, dim=dim)
    results: list[Any] = [hold(np.asarray(part, order="C")) for part in found]
    if flows:   # the gradient of a value goes to the first that is equal
        inverse = np.asarray(found[1]).reshape(-1)
        first = np.empty(found[0].shape[dim or 0], np.int64)
        first[inverse[::-1]] = np.arange(inverse.size)[::-1]
        results[0] = (input.reshape(-1)[hold(first)] if dim is None
                      else input.index_select(dim, hold(first)))
        if not return_inverse:
            del results[1]
    return tuple(results) if len(results) > 1 else results[0]


# Counting
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, 2, ... occurs in a vector of integers; or the sums of ``weights``."""
    return hold(concrete.bincount(host(tensor_argument("bincount", input)),
                                  None if weights is None else host(weights), minlength))


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0, *, out: Any = None) -> Any:
    """How many elements fall in each of ``bins`` equal intervals from ``min`` to ``max``.

    Both 0 means from the smallest to the largest element. The result has the input's dtype.
    """
    result = hold(concrete.histc(host(tensor_argument("histc", input)), bins, min, max))
    return result if out is None else into(out, result)


def histogram(input: Any, bins: Any = 100, *, range: Any = None, weight: Any = None,
              density: bool = False, out: Any = None) -> Any:
    """How many elements fall in each of ``bins`` equal intervals of ``range`` (of the smallest to
    the largest element), or between the edges that a tensor ``bins`` lists: ``hist`` and
    ``bin_edges``. ``weight`` says how much an element counts; ``density`` has the integral 1."""
    x = host(tensor_argument("histogram", input))
    found = concrete.histogramdd(
        x.reshape(-1, 1), [host(bins) if isinstance(bins, Handle) else bins],
        None if range is None else tuple(range),
        None if weight is None else host(weight).reshape(-1), density)
    results = named("histogram", ("hist", "bin_edges"))((hold(found[0]), hold(found[1])))
    return results if out is None else into(out, results)


def histogramdd(input: Any, bins: Any, range: Any = None, weight: Any = None,
                density: bool = False) -> Any:
    """How many rows of ``input`` (..., n) fall in each box of a grid: ``hist`` of n dimensions, and
    ``bin_edges`` of each. ``bins`` is a number, one for each dimension, or the edges of each;
    ``range`` has two bounds for each dimension."""
    x = host(tensor_argument("histogramdd", input))
    rows = x.reshape(-1, x.shape[-1])
    given = [bins] * rows.shape[1] if isinstance(bins, int) else [
        host(each) if isinstance(each, Handle) else each for each in bins]
    if len(given) != rows.shape[1]:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension "
                           "of the input.")
    found = concrete.histogramdd(rows, given, None if range is None else tuple(range),
                                 None if weight is None else host(weight).reshape(-1), density)
    return named("histogramdd", ("hist", "bin_edges"))((
        hold(found[0]), tuple([hold(edges) for edges in found[1:]])))


@also(element="elements", test_element="test_elements")
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False,
         invert: bool = False, out: Any = None) -> Any:
    """Whether each of ``elements`` is among ``test_elements``; not so with ``invert``."""
    if out is not None:
        return into(out, isin(elements, test_elements, invert=invert))
    if here.modes.lanes is not None:   # a mapped function has no values
        a, b = (x if isinstance(x, Handle) else hold(np.asarray(x))
                for x in (elements, test_elements))
        found: Any = (a.unsqueeze(-1) == b.reshape(-1)).any(-1)   # type: ignore[attr-defined]
        return ~found if invert else found
    given = [hold(x) if isinstance(x, np.ndarray) else as_python(x) if isinstance(x, np.generic)
             else x for x in (elements, test_elements)]
    for x in given:
        dtype = dtype_of(x) if isinstance(x, Handle) else of_python(type(x))
        if dtype is None:
            raise TypeError(f"isin(): expected a Tensor or a number, not {type(x).__name__}")
        if dtype is bool_ or dtype.is_complex:
            raise RuntimeError("Unsupported input type encountered for isin(): "
                               f"{dtype.legacy_name}")
    dtype = result_type(*given)
    known = [(host(x) if isinstance(x, Handle) else np.asarray(x)).astype(dtype.numpy)
             for x in given]
    return hold(concrete.isin(known[0], known[1], assume_unique, invert))


# Comparison as a whole
def equal(input: Any, other: Any) -> bool:
    """Whether shape and all elements are equal."""
    a = host(tensor_argument("equal", input))
    b = host(tensor_argument("equal", other, 2, "other"))
    here.modes.exits += 1
    return concrete.equal(a, b)


def all_true(input: Any) -> bool:
    """Whether all elements are true, as far as is known: what differs between the samples of a
    mapped function is taken to be."""
    lanes = here.modes.lanes
    if lanes is not None and lanes.differs(here.recording.enter(input)):
        return True
    return bool(host(input).all())


def holds(check: Callable[[Any], Any], input: Any) -> bool | None:
    """Whether all elements of ``check(input)`` are true, if the value is in memory; None where
    that has to be recorded. ``check`` only compares elements, and so takes arrays, too."""
    array = at_hand(input)
    if array is None:
        return None
    with quiet():
        return bool(np.all(check(array)))


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08,
             equal_nan: bool = False) -> bool:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)`` for all elements."""
    a = host(tensor_argument("allclose", input))
    b = host(tensor_argument("allclose", other, 2, "other"))
    here.modes.exits += 1
    return concrete.allclose(a, b, rtol, atol, equal_nan)


# Python functions of elements
def apply_(self: Any, callable: Callable[[Any], Any]) -> Any:
    """Replace each element by ``callable(element)``, in Python: slow. Autograd does not see it."""
    return _mapped("apply_", self, callable, (self,))


def map_(self: Any, other: Any, callable: Callable[[Any, Any], Any]) -> Any:
    """Replace each element by ``callable(element, other's element)``, in Python: slow."""
    return _mapped("map_", self, callable, (self, other))


def _mapped(name: str, self: Any, callable: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
    if any(x.requires_grad for x in operands):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use "
                           f"var.detach().{name}() instead.")
    here.modes.exits += 1
    arrays = np.broadcast_arrays(*map(host, operands))
    dtype = arrays[0].dtype
    results = [callable(*elements) for elements in zip(*(a.ravel().tolist() for a in arrays))]
    return self.copy_(hold(np.array(results, dtype).reshape(shape_of(self))))


class Selection:
    """The part of Tensor whose methods need values."""

    __slots__ = ()

    nonzero = nonzero
    nonzero_static = nonzero_static
    histogram = histogram
    argwhere = argwhere
    masked_select = masked_select
    index_put = index_put
    index_put_ = index_put_
    unique = unique
    unique_consecutive = unique_consecutive
    bincount = bincount
    histc = histc
    isin = isin
    equal = equal
    allclose = allclose
    apply_ = apply_
    map_ = map_
