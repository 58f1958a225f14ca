"""Numbers as LLVM writes them."""

from __future__ import annotations

import math
import struct

import numpy as np

from ...dtypes import INT, DType, bool_, float32


def literal(value: complex, dtype: DType) -> str:
    """A number as LLVM writes it."""
    if dtype is bool_:
        return "true" if value else "false"
    if dtype.category == INT:
        assert isinstance(value, (int, float))
        return str(int(np.asarray(value).astype(dtype.numpy)))
    assert isinstance(value, (int, float))
    x = float(value)
    if dtype is float32:
        try:
            x, = struct.unpack("<f", struct.pack("<f", x))
        except OverflowError:
            x = math.copysign(math.inf, x)
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
