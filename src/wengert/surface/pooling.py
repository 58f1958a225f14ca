"""Pooling as users call it: with or without indices, with random windows, and undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.recording.recording import dtype_of, shape_of
from ..tensors.random import rand
from ..tensors.recorded import function

_WINDOWS = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
Function = Callable[..., Any]


def _named(made: Any, name: str, doc: str) -> Function:
    made.__name__ = made.__qualname__ = name
    made.__doc__ = doc
    result: Function = made
    return result


def _max_pool(n: int) -> Function:
    values, both = function(f"max_pool{n}d"), function(f"max_pool{n}d_with_indices")

    def pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
             ceil_mode: bool = False, return_indices: bool = False) -> Any:
        made = both if return_indices else values
        return made(input, kernel_size, stride, padding, dilation, ceil_mode)

    return _named(pool, f"max_pool{n}d", f"""The maxima over sliding windows of {_WINDOWS[n]}.

    ``stride`` is ``kernel_size`` by default. With ``return_indices`` also where they are, counted
    row by row within each channel.
    """)


def _adaptive_max_pool(n: int) -> Function:
    both = function(f"adaptive_max_pool{n}d")

    def pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        found = both(input, output_size)
        return found if return_indices else found[0]

    return _named(pool, f"adaptive_max_pool{n}d", f"""The maxima over windows that divide
    {_WINDOWS[n]} into ``output_size`` parts; with ``return_indices`` also where they are.""")


def _fractional(n: int) -> Function:
    name = f"fractional_max_pool{n}d"
    both = function(name)

    def pool(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
             return_indices: bool = False, _random_samples: Any = None) -> Any:
        shape = shape_of(input)
        if output_size is None:
            if output_ratio is None:
                raise ValueError(f"{name} requires specifying either an output_size or an "
                                 "output_ratio")
            ratios = (output_ratio,) * n if isinstance(output_ratio, float) else output_ratio
            output_size = tuple(int(m * r) for m, r in zip(shape[-n:], ratios, strict=True))
        if _random_samples is None:
            lead = shape[:2] if len(shape) == n + 2 else (1, *shape[:1])
            _random_samples = rand((*lead, n), dtype=dtype_of(input))
        found = both(input, kernel_size, output_size, _random_samples)
        return found if return_indices else found[0]

    return _named(pool, name, f"""The maxima over windows at random steps of {_WINDOWS[n]}
    (Graham, Fractional max-pooling, 2014); with ``return_indices`` also where they are.

    The result has ``output_size``, or the input's size times ``output_ratio``.
    """)


def _with_indices(n: int) -> Function:
    pool = fractional_max_pool2d if n == 2 else fractional_max_pool3d

    def both(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
             return_indices: bool = False, _random_samples: Any = None) -> Any:
        return pool(input, kernel_size, output_size, output_ratio, True, _random_samples)

    return _named(both, f"fractional_max_pool{n}d_with_indices",
                  f""":func:`fractional_max_pool{n}d` and where the maxima are.""")


def _max_unpool(n: int) -> Function:
    undo = function(f"max_unpool{n}d")

    def unpool(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
               output_size: Any = None) -> Any:
        kernel, pads = _each(kernel_size, n), _each(padding, n)
        steps = kernel if stride is None else _each(stride, n)
        size = tuple((m - 1) * s + k - 2 * p for m, s, k, p in zip(
            shape_of(input)[-n:], steps, kernel, pads, strict=True))
        if output_size is not None:
            size = _given_size(size, tuple(output_size), steps)
        return undo(input, indices, size)

    return _named(unpool, f"max_unpool{n}d", f"""The inverse of ``max_pool{n}d`` in part: the
    maxima at ``indices``, zeros elsewhere.

    ``output_size`` says which of the sizes that pool to the input's is meant.
    """)


def _each(value: Any, n: int) -> tuple[int, ...]:
    return (value,) * n if isinstance(value, int) else tuple(value)


def _given_size(size: Sequence[int], wanted: tuple[int, ...],
                steps: tuple[int, ...]) -> tuple[int, ...]:
    """``wanted``, if it is near ``size``."""
    n = len(size)
    if len(wanted) == n + 2:
        wanted = wanted[2:]
    if len(wanted) != n:
        raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, "
                         f"but it has a length of '{len(wanted)}'")
    for i, (m, s, w) in enumerate(zip(size, steps, wanted, strict=True)):
        if not m - s < w < m + s:
            raise ValueError(f'invalid output_size "{wanted}" (dim {i} must be between {m - s} and '
                             f'{m + s})')
    return wanted


max_pool1d, max_pool2d, max_pool3d = map(_max_pool, (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max_pool, (1, 2, 3))
fractional_max_pool2d, fractional_max_pool3d = map(_fractional, (2, 3))
fractional_max_pool2d_with_indices, fractional_max_pool3d_with_indices = map(_with_indices, (2, 3))
max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))

__all__ = ["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
           "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
           "fractional_max_pool3d_with_indices", "max_pool1d", "max_pool2d", "max_pool3d",
           "max_unpool1d", "max_unpool2d", "max_unpool3d"]
