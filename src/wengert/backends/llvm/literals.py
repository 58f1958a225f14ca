"""Numbers as LLVM writes them."""

from __future__ import annotations

import struct

import numpy as np

from ...dtypes import INT, DType, bool_


def literal(value: complex, dtype: DType) -> str:
    """A number as LLVM writes it."""
    if dtype is bool_:
        return "true" if value else "false"
    if dtype.category == INT:
        assert isinstance(value, (int, float))
        return str(int(np.asarray(value).astype(dtype.numpy)))
    assert isinstance(value, (int, float))
    with np.errstate(all="ignore"):
        x = float(np.asarray(value, np.float64).astype(dtype.numpy))
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
