"""Random numbers in mapped functions: for each sample others or for all the same, as the
``randomness`` of each mapping says.

Start with :func:`drawn`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import show_line, user_line
from .flushing import host
from .handle import Handle
from .lanes import Mapping
from .recording import here, shape_of


def drawn(shape: tuple[int, ...], draw: Callable[[tuple[int, ...]], Any],
          as_tensor: Callable[[Any], Any]) -> Any:
    """The tensor of an array of ``shape`` that ``draw`` makes of random numbers; in a mapped
    function one for each sample, or for all, as its ``randomness`` says."""
    levels = drawing()
    if not levels:
        return as_tensor(draw(shape))
    return a_sample(as_tensor(draw((*[level.size for level in levels], *shape))), levels)


def drawing() -> list[Mapping]:
    """The mappings, the outermost first, each of whose samples has random numbers of its own;
    RuntimeError where there are to be none."""
    innermost = here.modes.lanes
    if innermost is None:
        return []
    levels: list[Mapping] = innermost.levels()
    for level in levels:
        if level.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use "
                "the 'same' or 'different' randomness flags on vmap or perform the randomness "
                "operation out of vmap")
    return [level for level in reversed(levels) if level.randomness == "different"]


def drawn_from(draw: Callable[..., Any], parameters: Sequence[Any],
               as_tensor: Callable[[Any], Any]) -> Any:
    """The tensor of what ``draw`` makes of random numbers and of the values of ``parameters``,
    tensors or numbers; in a mapped function of those of each sample."""
    levels = drawing()
    if here.modes.lanes is None:
        return as_tensor(draw(*[host(x) if isinstance(x, Handle) else x for x in parameters]))
    ndim = max(len(shape_of(x)) for x in parameters if isinstance(x, Handle))
    arrays = [in_samples(x, len(levels), ndim) if isinstance(x, Handle) else x
              for x in parameters]
    return a_sample(as_tensor(draw(*arrays)), levels)


def in_samples(handle: Handle, count: int, ndim: int) -> Any:
    """The values of a tensor in the samples of the ``count`` mappings whose random numbers differ,
    with axes for these in front of ``ndim`` of a sample."""
    modes, shape = here.modes, shape_of(handle)
    innermost = level = modes.lanes
    try:
        while level is not None:
            if level.randomness == "different":
                handle = level.results([handle], [0])[0]
            elif not all(level.same([handle])):
                raise RuntimeError(
                    "vmap: random numbers are to be the same for all samples, and are drawn of "
                    f"parameters that are not, at {show_line(user_line())}. Use "
                    "randomness='different'")
            level = modes.lanes = level.outer
        value = host(handle)
    finally:
        modes.lanes = innermost
    return value.reshape(value.shape[:count] + (1,) * (ndim - len(shape)) + shape)


def a_sample(handle: Any, levels: Iterable[Mapping]) -> Any:
    """The tensor that stands for a sample of ``handle``, whose first axes are those of ``levels``.
    """
    for level in levels:
        handle = level.lane(handle, 0)
    return handle


__all__ = ["a_sample", "drawing", "drawn", "drawn_from"]
