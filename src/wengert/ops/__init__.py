"""The table of primitives: importing this package fills ``primitive.TABLE``."""

from __future__ import annotations

from . import (
    bits,
    complex_numbers,
    contract,
    elementwise,
    indexing,
    neural,
    order,
    reduce,
    rounding,
    scan,
    special,
    structural,
)
