"""``torch.vmap``: a function of one sample as a function of many, without a loop.

What it does with the samples' axis is in ``engine/recording/lanes.py``; here are PyTorch's
arguments: which axis, of what, and where it goes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..compiler.known import known
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import Mapping
from ..engine.recording.recording import shape_of
from ..functions.joins import cat
from ..tensors.random import default_generator
from ..tensors.recorded import function
from . import forward_ad
from .trees import leaves_of, parts_of, rebuilt

_cat = function(cat)
RANDOMNESS = ("error", "different", "same")


def vmap(func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0,
         randomness: str = "error", *, chunk_size: int | None = None) -> Callable[..., Any]:
    """The function that maps ``func`` over an axis of its arguments.

    ``func`` takes and returns tensors of one sample, alone or in tuples, lists and dicts.
    ``in_dims`` says which axis of an argument the samples are along, None that the argument is the
    same for all; one number stands for all arguments, else it has their structure. ``out_dims``
    says where their axis goes in the results. What the function reads besides its arguments is the
    same for all samples, and gradients flow to it. ``chunk_size`` limits how many samples are
    computed at a time.

    Random numbers drawn in ``func`` are an error unless ``randomness`` is "different" or "same"
    (for all samples). ValueError where dimensions do not fit; RuntimeError where ``func`` asks for
    a value that differs between samples.

    >>> dot = torch.vmap(torch.dot)
    >>> dot(torch.ones(2, 3), torch.arange(6.0).reshape(2, 3))
    tensor([ 3., 12.])
    """
    if randomness not in RANDOMNESS:
        raise RuntimeError("Only allowed values for randomness are 'error', 'different', or 'same'."
                           f" Got {randomness}")
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves, dims = list(leaves_of(args)), in_dims_of(in_dims, args, name)
        n = size_of(leaves, dims, name)
        if chunk_size is None or n <= chunk_size:
            return once(func, args, kwargs, leaves, dims, n, out_dims, randomness, name)
        return in_chunks(func, args, kwargs, leaves, dims, n, out_dims, randomness, name,
                         chunk_size)
    return known(call, func, "vmap", dims_key(in_dims), dims_key(out_dims), randomness, chunk_size)


def dims_key(dims: Any) -> Any:
    """The dimensions as part of a key."""
    if isinstance(dims, (tuple, list)):
        return (type(dims), *map(dims_key, dims))
    if isinstance(dims, dict):
        return (dict, *[(key, dims_key(dim)) for key, dim in dims.items()])
    return type(dims), dims


def once(func: Callable[..., Any], args: Any, kwargs: Any, leaves: Sequence[Any],
         dims: Sequence[int | None], n: int, out_dims: Any, randomness: str, name: str) -> Any:
    """The results of a call for ``n`` samples at once."""
    with Mapping(n, randomness) as mapping:
        lanes = [x if dim is None else mapping.lane(x, dim)
                 for x, dim in zip(leaves, dims, strict=True)]
        forward_ad.map_tangents(mapping, leaves, lanes, dims)
        out = func(*rebuilt(args, iter(lanes)), **kwargs)
        written = mapping.written([(x, lane, dim) for x, lane, dim in zip(
            leaves, lanes, dims, strict=True) if dim is not None])
        del lanes
        results, places = checked(mapping, out, out_dims, name)
        tangents = [(k, t) for k, h in enumerate(results)
                    if (t := forward_ad.tangent_of(h)) is not None]
        found = mapping.results(
            [*results, *[new for _, new, _ in written], *[t for _, t in tangents]],
            [*places, *[dim for _, _, dim in written], *[places[k] for k, _ in tangents]])
        for (k, _), t in zip(tangents, found[len(results) + len(written):], strict=True):
            forward_ad.set_tangent(found[k], t)
        tangents = []
        given = iter(found[:len(results)])
        del results
        flat = [next(given) if isinstance(leaf, Handle) else leaf for leaf in leaves_of(out)]
        out = rebuilt(out, iter(flat))
        changed = [(x, new) for (x, _, _), new in zip(written, found[len(flat):], strict=False)]
        written = []
    for x, new in changed:
        x.copy_(new)
    return out


def in_chunks(func: Callable[..., Any], args: Any, kwargs: Any, leaves: Sequence[Any],
              dims: Sequence[int | None], n: int, out_dims: Any, randomness: str, name: str,
              chunk_size: int) -> Any:
    """The results of calls for ``chunk_size`` samples each, joined."""
    state = default_generator.get_state() if randomness == "same" else None
    parts = []
    for start in range(0, n, chunk_size):
        count = min(chunk_size, n - start)
        if state is not None:
            default_generator.set_state(state)
        part = [x if dim is None else x.narrow(dim, start, count)
                for x, dim in zip(leaves, dims, strict=True)]
        parts.append(once(func, rebuilt(args, iter(part)), kwargs, part, dims, count, out_dims,
                          randomness, name))
    places = out_dims_of(out_dims, parts[0], name)
    columns = zip(*map(leaves_of, parts), strict=True)
    joined = [column[0] if dim is None or not isinstance(column[0], Handle)
              else _cat(column, dim) for column, dim in zip(columns, places, strict=True)]
    return rebuilt(parts[0], iter(joined))


# Structures
class Unlike(Exception):
    """Dimensions have another structure than what they are for."""


def spread(dims: Any, value: Any) -> Iterator[Any]:
    """For each leaf of the structure ``value``, the dimension that ``dims`` says."""
    parts = None if isinstance(value, Handle) else parts_of(value)
    given = None if dims is None or isinstance(dims, int) else dims_in(dims)
    if parts is None:
        if given is not None:
            raise Unlike
        yield dims
    elif given is None:
        for _ in leaves_of(value):
            yield dims
    else:
        if given.keys() != parts.keys() or isinstance(dims, dict) is isinstance(
                value, (tuple, list)):
            raise Unlike
        for key, item in parts.items():
            yield from spread(given[key], item)


def dims_in(dims: Any) -> dict[Any, Any] | None:
    """The dimensions of parts, by position or key; those of a dataclass by its fields, in a dict
    or another one."""
    if isinstance(dims, (tuple, list)):
        return dict(enumerate(dims))
    if isinstance(dims, dict):
        return dims
    fields = getattr(type(dims), "__dataclass_fields__", None)
    return None if fields is None else {name: getattr(dims, name) for name in fields}


def in_dims_of(in_dims: Any, args: tuple[Any, ...], name: str) -> list[int | None]:
    """The axis of each leaf of ``args``, counted from the front; ValueError if they do not fit."""
    what = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple, list)) and in_dims is not None:
        raise ValueError(
            f"{what}: expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}.")
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are "
            "trying to vmap over a function with no inputs. The latter is unsupported.")
    try:
        given = list(spread(in_dims, args))
    except Unlike:
        raise ValueError(
            f"{what}: in_dims is not compatible with the structure of `inputs`: there are "
            f"{len(args)} inputs, and in_dims has one entry for each, of its structure, or is one "
            "number for all") from None
    found: list[int | None] = []
    for dim, leaf in zip(given, leaves_of(args), strict=True):
        if dim is not None and (not isinstance(dim, int) or isinstance(dim, bool)):
            raise ValueError(f"{what}: Got in_dim={dim} for an input but in_dim must be either an "
                             "integer dimension or None.")
        if dim is None:
            found.append(None)
            continue
        if not isinstance(leaf, Handle):
            raise ValueError(
                f"{what}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We "
                "cannot vmap over non-Tensor arguments, please use None as the respective in_dim")
        ndim = len(shape_of(leaf))
        if not -ndim <= dim < ndim:
            raise ValueError(
                f"{what}: Got in_dim={dim} for some input, but that input is a Tensor of "
                f"dimensionality {ndim} so expected in_dim to satisfy -{ndim} <= in_dim < {ndim}.")
        found.append(dim % ndim)
    return found


def size_of(leaves: Sequence[Any], dims: Sequence[int | None], name: str) -> int:
    """How many samples there are; ValueError if arguments differ in it."""
    sizes = [shape_of(x)[dim] for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError(f"vmap({name}, ...)(<inputs>): expected at least one Tensor to vmap over: "
                         "every in_dim is None")
    if any(size != sizes[0] for size in sizes):
        raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension,"
                         f" got sizes {sizes} for the mapped dimension")
    return sizes[0]


def out_dims_of(out_dims: Any, out: Any, name: str) -> list[int | None]:
    """Where the samples' axis of each leaf of ``out`` goes; ValueError if they do not fit."""
    if parts_of(out) is None and isinstance(out_dims, tuple) and len(out_dims) == 1:
        out_dims = out_dims[0]
    try:
        found: list[int | None] = list(spread(out_dims, out))
    except Unlike:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with "
            "the structure of `outputs`: it has one entry for each output, of its structure, or is "
            "one number for all") from None
    for dim in found:
        if dim is not None and (not isinstance(dim, int) or isinstance(dim, bool)):
            raise ValueError(
                f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a "
                "python collection of ints representing where in the outputs the vmapped "
                "dimension should appear.")
    return found


def checked(mapping: Mapping, out: Any, out_dims: Any,
            name: str) -> tuple[list[Any], list[int | None]]:
    """The tensors among the results, and where the samples' axis goes in each."""
    results: list[Any] = []
    places: list[int | None] = []
    for leaf, dim in zip(leaves_of(out), out_dims_of(out_dims, out, name), strict=True):
        if not isinstance(leaf, Handle):
            if dim is None:
                continue
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(leaf)}. Did "
                "you mean to set out_dims= to None for output?")
        if dim is not None:
            ndim = len(shape_of(leaf)) + 1
            if not -ndim <= dim < ndim:
                raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, "
                                 f"{ndim - 1}], but got {dim})")
            dim %= ndim
        results.append(leaf)
        places.append(dim)
    fixed = [leaf for leaf, dim in zip(results, places, strict=True) if dim is None]
    if not all(mapping.same(fixed)):
        raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim "
                         "is None: that result is another in each sample")
    return results, places


__all__ = ["vmap"]
