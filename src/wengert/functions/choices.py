"""Functions that choose between operations by what they are given, and those that PyTorch's users
call in more ways than one signature tells: ``max``, ``where``, ``view``, ``meshgrid``, ...

:class:`Choices` is the part of Tensor with the methods among them. ``selection.py`` has the
functions whose result depends on values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.dtypes import DType, int64
from ..engine.ops.meeting import broadcast_shape
from ..engine.recording.calls import call
from ..engine.recording.flushing import host
from ..engine.recording.handle import Handle, extra, shared_store
from ..engine.recording.operation import Operation, normal_dim
from ..engine.recording.rebinding import become_view, detached_alias
from ..engine.recording.recorder import hold
from ..engine.recording.recording import dtype_of, here, set_mode, shape_of
from ..engine.recording.sharing import check_writable, whole
from ..return_types import named
from ..tensors.attributes import offset_of
from ..tensors.recorded import bind, function, into
from ..tensors.spelling import also
from . import comparison, concrete, indexing, joins, reduce
from . import shape as shapes
from .complex_numbers import view_as_real
from .selection import Selection, nonzero, tensor_argument

_MISSING: Any = object()


# Extremes
def _extreme(name: str, of_two: Operation, of_all: Operation,
             along: Operation) -> Callable[..., Any]:
    """``max`` or ``min``, in PyTorch's three forms."""
    of_both = named(name, ("values", "indices"))
    whole = function(of_all)

    def choose(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None,
               axis: Any = None, out: Any = None) -> Any:
        if dim is other is axis is out is None:
            return whole(tensor_argument(name, input))
        if isinstance(dim, Handle):
            dim, other = None, dim
        if other is not None:
            _no_more(name, input, other, keepdim)
            return function(of_two)(input, other, **_given(out=out))
        dim = axis if dim is None else dim
        if dim is None:
            result = call(of_all, (tensor_argument(name, input),))
            return result if out is None else into(out, result)
        if isinstance(dim, float) or not hasattr(dim, "__index__"):
            raise TypeError(
                f"{name}() received an invalid combination of arguments - got (Tensor, "
                f"{type(dim).__name__}), but expected (Tensor input), (Tensor input, Tensor other) "
                "or (Tensor input, int dim, bool keepdim). To compare with a number use clamp")
        tensor_argument(name, input)
        found = call(along, (input, int(dim), bool(keepdim)))
        results = of_both(found)
        return results if out is None else into(out, results)

    choose.__name__ = choose.__qualname__ = name
    word = "largest" if name == "max" else "smallest"
    choose.__doc__ = f"""The {word} element, or the larger or smaller of two tensors' elements.

    ``{name}(input)`` is the {word} of all elements (where several share it they share its
    gradient); ``{name}(input, dim, keepdim=False)`` the named tuple ``(values, indices)`` of the
    {word} along ``dim`` and its first place; ``{name}(input, other)`` is elementwise,
    :func:`torch.{name}imum`.
    """
    return choose


def _no_more(name: str, input: Any, other: Any, keepdim: bool) -> None:
    tensor_argument(name, input)
    if not isinstance(other, Handle):
        raise TypeError(f"{name}(): argument 'other' (position 2) must be Tensor, not "
                        f"{type(other).__name__}. To compare with a number use clamp")
    if keepdim:
        raise TypeError(f"{name}(): keepdim goes with dim, not with another tensor")


def _given(**kwargs: Any) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if value is not None}


max_ = _extreme("max", comparison.maximum, reduce.max_all, reduce.max_dim)
min_ = _extreme("min", comparison.minimum, reduce.min_all, reduce.min_dim)


# Conditions
@also(self="input")
def where(condition: Any, input: Any = _MISSING, other: Any = _MISSING, *,
          out: Any = None) -> Any:
    """``input`` where ``condition`` holds and ``other`` elsewhere: tensors or numbers, broadcast.

    With the condition alone: the indices of its true elements, a tensor for each dimension, as
    :func:`torch.nonzero` with ``as_tuple=True`` gives them.
    """
    if input is _MISSING and other is _MISSING:
        return nonzero(condition, as_tuple=True)
    if input is _MISSING or other is _MISSING:
        raise TypeError("where() received an invalid combination of arguments: give the condition "
                        "alone, or the condition and two more")
    tensor_argument("where", condition, 1, "condition")
    result = call(comparison.where, (condition, input, other))
    return result if out is None else into(out, result)


# Shapes, and what shares memory
def detach(input: Any) -> Any:
    """``input`` as seen by autograd from outside: it shares storage, and no gradient flows through
    it."""
    return detached_alias(tensor_argument("detach", input))


def view(self: Any, *shape: Any, **kwargs: Any) -> Any:
    """The same elements in another shape, sharing memory; one length may be -1.

    RuntimeError if the strides do not allow it (then ``reshape`` copies). ``view(dtype)`` reads the
    bits as another dtype, from a copy.
    """
    given = shape[0] if len(shape) == 1 else kwargs.get("dtype")
    if isinstance(given, DType):
        if given is dtype_of(self):
            return call(shapes.view, (self, shape_of(self)))
        return call(shapes.view_dtype, (self, given))
    op = shapes.view
    if kwargs:
        return call(op, bind(op, (self, *shape), kwargs))
    if isinstance(given, (tuple, list)):
        shape = tuple(given)
    elif not shape:
        raise TypeError("view() missing 1 required positional arguments: \"size\"")
    return call(op, (self, shape))


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The elements at ``storage_offset + i * stride[0] + ...`` of the memory that ``input`` shares
    with its base; without ``storage_offset`` from the place where ``input`` begins."""
    store = shared_store(tensor_argument("as_strided", input))
    op, layout = shapes.as_strided, (tuple(size), tuple(stride))
    if store is None:
        return call(op, (input, *layout, storage_offset))
    start = offset_of(input)
    offset = start if storage_offset is None else storage_offset
    last = offset + sum([(n - 1) * s for n, s in zip(*layout, strict=False)])
    if not input.is_contiguous():   # it may be one whose dimensions were moved
        steps = input.stride()
        input = input.permute(sorted(range(len(steps)), key=lambda i: -steps[i]))
    if start <= offset and last - start < input.numel() and input.is_contiguous():
        return call(op, (input, *layout, offset - start))
    base = whole(store.root)
    if store.parent is not None:
        base = detached_alias(base)
    if dtype_of(base).is_complex and not dtype_of(input).is_complex:
        base = call(view_as_real, (base,))
    if dtype_of(base) is not dtype_of(input):
        raise NotImplementedError(
            f"as_strided of a tensor of {dtype_of(input)} that is a view of one of "
            f"{dtype_of(base)}; clone() it first")
    return call(op, (base, *layout, offset))


def tensor_split(input: Any, *args: Any, **kwargs: Any) -> Any:
    """Parts whose lengths differ by at most 1 (``sections``), or that end at ``indices``.

    ``tensor_split(input, indices_or_sections, dim=0)``: an int, ints, or an int64 tensor of one
    number or of several.
    """
    given = dict(zip(("indices_or_sections", "dim"), args))
    for name in ("indices", "sections", "tensor_indices_or_sections"):
        if name in kwargs and "indices_or_sections" not in given:
            given["indices_or_sections"] = kwargs.pop(name)
    parts = given.get("indices_or_sections", kwargs.get("indices_or_sections"))
    if isinstance(parts, Handle):
        if dtype_of(parts) is not int64 or len(shape_of(parts)) > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or "
                f"one-dimensional tensor of dtype torch.int64, but got {len(shape_of(parts))} "
                f"dimensions of {dtype_of(parts)}")
        numbers = host(parts).tolist()
        given["indices_or_sections"] = numbers if isinstance(numbers, int) else tuple(numbers)
        kwargs.pop("indices_or_sections", None)
    return function(shapes.tensor_split)(input, **given, **kwargs)


def _atleast(op: Operation) -> Callable[..., Any]:
    """``atleast_1d`` and its like, of one tensor, of several, or of a sequence of them."""
    name, least = op.name, int(op.name[-2])

    def raised(x: Any) -> Any:
        return x if len(shape_of(x)) >= least else call(op, (x,))

    def atleast(*tensors: Any) -> Any:
        if len(tensors) == 1 and not isinstance(tensors[0], (tuple, list)):
            return raised(tensor_argument(name, tensors[0]))
        given = tensors[0] if len(tensors) == 1 else tensors
        return tuple([raised(tensor_argument(name, each, i + 1, "tensors"))
                      for i, each in enumerate(given)])

    atleast.__name__ = atleast.__qualname__ = name
    atleast.__doc__ = f"""{op.lower.__doc__}

    Of several tensors, or of a sequence of them, the tuple of what each becomes.
    """
    return atleast


atleast_1d, atleast_2d, atleast_3d = map(
    _atleast, (shapes.atleast_1d, shapes.atleast_2d, shapes.atleast_3d))


def permute(input: Any, dims: Any, *, out: Any = None) -> Any:
    """The dimensions in another order: dimension ``i`` of the result is ``dims[i]``. The method
    takes them one by one too."""
    if not isinstance(dims, (tuple, list)):
        raise TypeError("permute(): argument 'dims' (position 2) must be tuple of ints, not "
                        f"{type(dims).__name__}")
    result = function(shapes.permute)(input, dims)
    return result if out is None else into(out, result)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from ``start_dim`` to ``end_dim`` as one; the tensor itself if that is one
    already. A view where strides allow it, a copy elsewhere."""
    ndim = len(shape_of(tensor_argument("flatten", input)))
    if ndim == 1 if start_dim == 0 and end_dim == -1 else (
            ndim and normal_dim(start_dim, ndim) == normal_dim(end_dim, ndim)):
        return input
    return call(shapes.flatten, (input, start_dim, end_dim))


def repeat_interleave(input: Any = None, repeats: Any = None, dim: int | None = None, *,
                      output_size: int | None = None) -> Any:
    """Each element (or slice along ``dim``) ``repeats`` times in a row.

    ``repeats`` is an int, or a tensor of ints with one number for each slice or one for all.
    ``repeat_interleave(repeats)`` gives index i as often as ``repeats[i]`` says.
    """
    if repeats is None or input is None:
        given = repeats if input is None else input
        counts = host(tensor_argument("repeat_interleave", given, 1, "repeats"))
        return hold(concrete.repeated_places(counts, counts.size))
    if not isinstance(repeats, Handle):
        return call(joins.repeat_interleave, (input, int(repeats), dim))
    if dim is None:
        input, dim = function(shapes.flatten)(input), 0
    places = concrete.repeated_places(host(repeats), shape_of(input)[dim])
    if output_size is not None and output_size != places.size:
        raise RuntimeError(f"allocated size does not match required size: {output_size} and "
                           f"{places.size}")
    return function(indexing.index_select)(input, dim, hold(places))


def meshgrid(*tensors: Any, indexing: str | None = None) -> Any:
    """Coordinates of a grid: for each 1-dim tensor a tensor over all of them.

    ``indexing`` is "ij" (the first tensor runs along the first dimension) or "xy".
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if not all(isinstance(x, Handle) for x in tensors):
        return function(joins.meshgrid)(*tensors, indexing=indexing or "ij")
    own, shape = joins.grid_shapes(
        list(map(shape_of, tensors)), set(map(dtype_of, tensors)), indexing or "ij")
    return tuple([call(shapes.expand, (call(shapes.view, (x, each)), shape))
                  for x, each in zip(tensors, own, strict=True)])


def broadcast_tensors(*tensors: Any) -> Any:
    """The tensors, expanded to the shape to which they broadcast together; those that have it,
    themselves."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if not all(isinstance(x, Handle) for x in tensors):
        return function(joins.broadcast_tensors)(*tensors)   # an error, or a class that is asked
    sizes = list(map(shape_of, tensors))
    shape = broadcast_shape(*sizes) if sizes else ()
    return tuple([x if own == shape else call(shapes.expand, (x, shape))
                  for x, own in zip(tensors, sizes, strict=True)])


# In-place forms that change the shape
def _reshaping(op: Operation) -> Callable[..., Any]:
    """``unsqueeze_`` and its like: the tensor becomes a view of what it was."""
    name = op.name

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        check_shapeable(self, name)
        grad = here.modes.grad
        try:
            set_mode(grad or self.requires_grad)   # no value is written: it keeps its history
            become_view(self, call(op, bind(op, (self, *args), kwargs)))
        finally:
            set_mode(grad)
        return self

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"In-place :meth:`{name}`: the tensor changes its shape."
    return method


def check_shapeable(target: Handle, name: str) -> None:
    """An error where ``target`` may not become a view of itself by ``name``."""
    check_writable(target, name)
    if extra(target).leaf:
        raise NotImplementedError(
            f"{name}_ on a leaf that requires grad is not supported; use {name}()")


class Choices(Selection):
    """The part of Tensor whose methods choose between operations."""

    __slots__ = ()

    max = max_
    min = min_
    view = view
    as_strided = as_strided
    tensor_split = tensor_split
    flatten = flatten
    repeat_interleave = repeat_interleave
    t_ = _reshaping(shapes.t)
    transpose_ = _reshaping(shapes.transpose)
    swapaxes_ = _reshaping(shapes.swapaxes)
    swapdims_ = _reshaping(shapes.swapdims)
    squeeze_ = _reshaping(shapes.squeeze)
    unsqueeze_ = _reshaping(shapes.unsqueeze)

    def as_strided_(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
        """In-place :meth:`as_strided`: the tensor becomes that view."""
        check_shapeable(self, "as_strided")
        become_view(self, as_strided(self, size, stride, storage_offset))
        return self

    def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
        """Write a number to the main diagonal of a matrix."""
        if len(shape_of(self)) < 2:
            raise RuntimeError("dimensions must larger than 1")
        if len(shape_of(self)) > 2 or wrap:
            raise NotImplementedError("fill_diagonal_ is for matrices here, without wrap; write to "
                                      "diagonal() instead")
        self.diagonal().fill_(fill_value)
        return self

    def sum_to_size(self: Any, *sizes: Any, size: Any = None) -> Any:
        """The sum over the dimensions that would broadcast ``size`` to the shape."""
        size = sizes if size is None else tuple(size)
        if len(size) == 1 and isinstance(size[0], (tuple, list)):
            size = tuple(size[0])
        shape = shape_of(self)
        lead = len(shape) - len(size)
        if lead < 0 or any(a not in (1, b) for a, b in zip(size, shape[lead:], strict=True)):
            raise RuntimeError(f"size {{{list(size)}}} is not expandable to size "
                               f"{{{list(shape)}}}.")
        dims = [*range(lead), *(i + lead for i, n in enumerate(size) if n == 1 != shape[i + lead])]
        if tuple(size) == shape:
            return self
        out = function(reduce.sum_)(self, tuple(dims), keepdim=True) if dims else self
        return function(shapes.reshape)(out, size)
