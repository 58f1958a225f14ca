"""The table of primitives: importing this package fills ``primitive.TABLE``."""

from __future__ import annotations

from . import (
    bits,
    complex_numbers,
    contract,
    elementwise,
    fused,
    indexing,
    neural,
    order,
    reduce,
    rounding,
    scan,
    special,
    structural,
)
