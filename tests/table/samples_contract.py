"""Samples of the products."""

from __future__ import annotations

import numpy as np
from samples import COMPLEX, WIDE, Sample, complexes, integers, normal, strided

SAMPLES = {
    "inner": [
        Sample((np.arange(5.0), np.linspace(-1, 1, 5)), dtypes=WIDE),
        Sample((np.arange(6.0).reshape(2, 3), np.ones((2, 3))), dtypes=WIDE),
        Sample((np.zeros(0), np.zeros(0)), dtypes=WIDE),
    ],
    "matmul": [
        Sample((normal(2, 3), normal(3, 4, seed=1))),
        Sample((strided(normal(2, 3)), normal(4, 3, seed=1).T)),
        Sample((normal(5, 1, 2, 3), normal(2, 3, 2, seed=1))),
        Sample((normal(2, 1), normal(1, 3, seed=1))),
        Sample((normal(2, 0), normal(0, 3, seed=1))),
        Sample((complexes(2, 3), complexes(3, 2, seed=4)), dtypes=COMPLEX),
        Sample((integers(-9, 9, 2, 3), integers(-9, 9, 3, 2, seed=1)), smooth=False),
    ],
}
