"""One entry per primitive: arguments on which the table's promises are checked.

A :class:`Sample` is one call of a primitive. ``SAMPLES`` has those of the elementwise primitives;
the modules ``samples_*`` beside this one have those of the others, each as ``SAMPLES`` too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

FLOATS = ("float16", "float32", "float64")
WIDE = ("float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
COMPLEX = ("complex64", "complex128")


@dataclass(frozen=True)
class Sample:
    """A call of a primitive.

    ``args`` are arrays and Python numbers (weak nodes: runtime numbers); floating arrays are
    float64 and complex ones complex128. ``dtypes`` are the dtypes to which the floating arrays are
    cast for the check of values and dtypes (a complex name for complex arrays; an integer or bool
    name casts them too); integer and bool arrays stay as they are. The derivatives are compared
    with central differences in double precision if ``smooth``, those of second order if ``twice``,
    within ``tolerance``.
    """

    args: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)
    dtypes: tuple[str, ...] = FLOATS
    smooth: bool = True
    twice: bool = True
    tolerance: float = 1e-6


def _rng(shape: tuple[int, ...], seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, *shape])


def normal(*shape: int, seed: int = 0) -> Any:
    """Normal numbers, float64."""
    return np.asarray(_rng(shape, seed).normal(size=shape))


def uniform(low: float, high: float, *shape: int, seed: int = 0) -> Any:
    """Numbers between ``low`` and ``high``, float64."""
    return np.asarray(_rng(shape, seed).uniform(low, high, shape))


def apart(*shape: int, seed: int = 0) -> Any:
    """Numbers of both signs, no two closer than 0.1 and none closer than 0.05 to a multiple of
    0.5: away from ties and kinks."""
    n = int(np.prod(shape))
    order = _rng(shape, seed).permutation(n)
    return np.reshape(0.125 + 0.25 * (order - n // 2), shape)


def integers(low: int, high: int, *shape: int, seed: int = 0) -> Any:
    """Integers from ``low`` to ``high - 1``, int64."""
    return np.asarray(_rng(shape, seed).integers(low, high, shape))


def bools(*shape: int, seed: int = 0) -> Any:
    """Bools."""
    return np.asarray(_rng(shape, seed).integers(0, 2, shape).astype(bool))


def complexes(*shape: int, seed: int = 0) -> Any:
    """Normal complex numbers, complex128."""
    return np.asarray(normal(*shape, seed=seed) + 1j * normal(*shape, seed=seed + 1))


def strided(x: Any) -> Any:
    """``x`` with the same values and shape, in memory that is not contiguous."""
    wide = np.zeros((*x.shape, 2), x.dtype)
    wide[..., 0] = x
    return wide[..., 0]
