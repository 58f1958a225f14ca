"""Samples of the primitives that read and write at integer places."""

from __future__ import annotations

from samples import COMPLEX, Sample, apart, bools, complexes, integers, normal, strided
from samples_structure import others

TWICE = integers(-3, 3, 2, 2)                       # places that repeat, negative ones among them
APART = integers(0, 6, 2, 2) * 0 + [[0, 3], [5, -2]]
COLUMN = integers(0, 3, 4, 2)
UNIQUE = integers(0, 1, 4, 2) + [[0, 1], [1, 2], [2, 0], [1, 0]]
SHORT = integers(0, 4, 2, 2)

SAMPLES = {
    "index": [
        Sample((normal(6, 3), TWICE), {"dims": (0,)}),
        Sample((strided(normal(2, 6, 3)), TWICE), {"dims": (1,)}),
        Sample((normal(6, 3, 6), TWICE, TWICE[:1]), {"dims": (0, 2)}),
        Sample((normal(2, 6, 6), TWICE, APART), {"dims": (1, 2)}),
        Sample((complexes(6, 6), TWICE, integers(0, 6)), {"dims": (0, 1)}, dtypes=COMPLEX),
        Sample((normal(4, 3), integers(0, 4)), {"dims": (0,)}),
        Sample((normal(4, 3, 2), integers(0, 3), integers(0, 2)), {"dims": (1, 2)}),
        Sample((normal(4, 3), integers(0, 3, 0)), {"dims": (1,)}),
    ],
    "put_add": [
        Sample((normal(2, 2, 3), TWICE), {"shape": (6, 3), "dims": (0,)}),
        Sample((normal(2, 2, 2, 3), TWICE), {"shape": (2, 6, 3), "dims": (1,)}),
        Sample((normal(2, 2, 3), TWICE, TWICE[:1]), {"shape": (6, 3, 6), "dims": (0, 2)}),
        Sample((complexes(2, 2), TWICE, APART), {"shape": (6, 6), "dims": (0, 1)}, dtypes=COMPLEX),
        Sample((normal(3), integers(0, 4)), {"shape": (4, 3), "dims": (0,)}),
        Sample((normal(0, 3), integers(0, 4, 0)), {"shape": (4, 3), "dims": (0,)}),
    ],
    "index_put": [
        Sample((normal(6, 3), normal(2, 2, 3, seed=1), APART), {"dims": (0,)}),
        Sample((strided(normal(2, 6, 6)), normal(2, 2, 2, seed=1), APART, APART), {"dims": (1, 2)}),
        Sample((complexes(6, 2, 6), complexes(2, 2, 2), APART, APART), {"dims": (0, 2)},
               dtypes=COMPLEX),
        Sample((normal(4), normal(), integers(0, 4)), {"dims": (0,)}),
        Sample((normal(2, 6, 3), normal(2, 2, 2, 3, seed=1), TWICE), {"dims": (1,)}),
        Sample((normal(6, 2, 6), normal(2, 2, 2, seed=1), TWICE.T, TWICE[:1]), {"dims": (0, 2)}),
    ],
    "lasts": [Sample((TWICE,), {"shape": (6, 3), "dims": (0,)}, smooth=False),
              Sample((TWICE, TWICE[:1]), {"shape": (6, 3, 6), "dims": (0, 2)}, smooth=False)],
    "lasts_along": [Sample((COLUMN,), {"size": 3, "axis": 1}, smooth=False)],
    "take_along": [
        Sample((normal(4, 3), COLUMN), {"axis": 1}),
        Sample((strided(normal(4, 3)), SHORT), {"axis": 0}),
        Sample((complexes(4, 3), COLUMN), {"axis": 1}, dtypes=COMPLEX),
        Sample((normal(4, 3), integers(0, 4, 1, 3)), {"axis": 0}),
        Sample((normal(4), integers(0, 4, 7)), {"axis": 0}),
        Sample((normal(4, 3), integers(0, 4, 0, 3)), {"axis": 0}),
    ],
    "put_add_along": [
        Sample((normal(4, 2), COLUMN), {"shape": (4, 3), "axis": 1}),
        Sample((strided(normal(2, 2)), SHORT), {"shape": (4, 3), "axis": 0}),
        Sample((complexes(4, 2), COLUMN), {"shape": (4, 3), "axis": 1}, dtypes=COMPLEX),
        Sample((normal(1, 3), integers(0, 4, 1, 3)), {"shape": (4, 3), "axis": 0}),
    ],
    "put_along": [
        Sample((normal(4, 3), normal(4, 2, seed=1), UNIQUE), {"axis": 1}),
        Sample((complexes(4, 3), complexes(4, 2, seed=4), UNIQUE), {"axis": 1}, dtypes=COMPLEX),
        Sample((normal(4, 3), normal(4, 2, seed=1), COLUMN), {"axis": 1}),
        Sample((strided(normal(4, 3)), normal(1, 2, seed=1), integers(0, 4, 1, 2)), {"axis": 0}),
    ],
    "put_maximum": [Sample((apart(4, 3), apart(4, 2, seed=1) + 0.06, COLUMN), {"axis": 1})],
    "put_minimum": [Sample((apart(4, 3), apart(4, 2, seed=1) + 0.06, COLUMN), {"axis": 1})],
    "put_multiply": [
        Sample((normal(4, 3), normal(4, 2, seed=1), COLUMN), {"axis": 1}, tolerance=1e-5),
        Sample((normal(4, 3) * (apart(4, 3) > 0), normal(4, 2, seed=1), COLUMN), {"axis": 1},
               twice=False),
        Sample((complexes(4, 3), complexes(4, 2, seed=1), COLUMN), {"axis": 1}, dtypes=COMPLEX,
               tolerance=1e-5),
    ],
    "ranks": [Sample((bools(3, 4),), {"size": 12}, smooth=False),
              Sample((bools(0),), {"size": 0}, smooth=False)],
    "bounded": [Sample((integers(0, 4, 3),), {"size": 4, "dim": None}, smooth=False)],
}

for _name in ("put_add_along", "put_along", "index", "put_add", "index_put", "take_along"):
    SAMPLES[_name] += others(SAMPLES[_name][0])
