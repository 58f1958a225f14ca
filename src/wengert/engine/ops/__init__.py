"""The table of primitives: importing this package fills ``graph.TABLE``."""

from __future__ import annotations

from . import (
    bessel,
    bits,
    complex_numbers,
    contract,
    conv,
    decompositions,
    elementwise,
    fourier,
    fused,
    indexing,
    lanes,
    neural,
    order,
    pathwise,
    pool,
    reduce,
    resample,
    rounding,
    scan,
    sparse_products,
    special,
    spectra,
    structural,
    whole,
)
