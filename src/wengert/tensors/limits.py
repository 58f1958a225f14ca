"""The limits of a dtype: ``torch.finfo`` and ``torch.iinfo``."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ..engine.dtypes import INT, DType, bfloat16, get_default_dtype, of_python


def ml_finfo() -> Any:
    """What knows the limits of floats of 8 bits."""
    return importlib.import_module("ml_dtypes").finfo


class finfo:
    """What a floating dtype can hold; that of the default dtype if none is given.

    ``eps``, ``max``, ``min``, ``tiny`` (also ``smallest_normal``), ``resolution``, ``bits``.
    """

    def __init__(self, type: Any = None) -> None:
        dtype = get_default_dtype() if type is None else of_python(type) or type
        if not isinstance(dtype, DType) or not dtype.is_differentiable:
            raise TypeError("torch.finfo() requires a floating point input type. Use torch.iinfo "
                            "to handle 'torch.finfo'")
        dtype = dtype.to_real()
        self.dtype = dtype.name
        self.bits = 8 * dtype.itemsize
        if dtype is bfloat16:
            self.eps, self.tiny, self.resolution = 2.0 ** -7, 2.0 ** -126, 0.01
            self.max = (2 - 2.0 ** -7) * 2.0 ** 127
        else:
            known = (np.finfo if dtype.itemsize > 1 else ml_finfo())(dtype.numpy)
            self.eps, self.tiny = float(known.eps), float(known.smallest_normal)
            self.max = float(known.max)
            self.resolution = 10.0 ** -known.precision
        self.min = -self.max
        self.smallest_normal = self.tiny

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(("finfo", self.dtype))

    def __repr__(self) -> str:
        fields = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        shown = ", ".join(f"{name}={getattr(self, name):.6g}" for name in fields)
        return f"finfo({shown}, dtype={self.dtype})"


class iinfo:
    """What an integer dtype can hold: ``min``, ``max``, ``bits``."""

    def __init__(self, type: Any) -> None:
        type = of_python(type) or type
        if not isinstance(type, DType) or type.category > INT:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to "
                            "handle 'torch.iinfo'")
        if type.category < INT:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        known = np.iinfo(type.numpy)
        self.dtype = type.name
        self.bits = int(known.bits)
        self.min = int(known.min)
        self.max = int(known.max)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(("iinfo", self.dtype))

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:.6g}, max={self.max:.6g}, dtype={self.dtype})"
