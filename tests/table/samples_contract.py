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
    "sparse_product": [
        Sample((normal(5), normal(4, 2, seed=1), np.array([0, 2, 0, 1, 2]),
                np.array([1, 3, 0, 2, 3])), {"size": (3, 4)}),
        Sample((complexes(2), complexes(2, 3, seed=4), np.array([0, 1]), np.array([1, 1])),
               {"size": (2, 2)}, dtypes=COMPLEX),
        Sample((normal(0), normal(3, 2), integers(0, 1, 0), integers(0, 1, 0)), {"size": (2, 3)}),
        Sample((integers(-9, 9, 3), integers(-9, 9, 2, 2, seed=1), np.array([0, 1, 1]),
                np.array([1, 1, 0])), {"size": (2, 2)}, smooth=False),
    ],
    "sampled_product": [
        Sample((normal(3, 2), normal(4, 2, seed=1), np.array([0, 2, 0, 1, 2]),
                np.array([1, 3, 0, 2, 3]))),
        Sample((complexes(2, 3), complexes(2, 3, seed=4), np.array([0, 1]), np.array([1, 1])),
               dtypes=COMPLEX),
        Sample((normal(3, 2), normal(4, 2, seed=1), integers(0, 1, 0), integers(0, 1, 0))),
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
