"""Samples of the primitives that reduce, scan, find an order, and make losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from samples import (
    COMPLEX,
    FLOATS,
    INTEGERS,
    WIDE,
    Sample,
    apart,
    bools,
    complexes,
    integers,
    normal,
    strided,
    uniform,
)

EXACT = ("int64",)
GRID = np.array([[1.0, 0, 3, -2], [0, 2, 0, 4], [1, 2, 3, 4]])
COUNTS = np.array([[1.0, 0, 3, 2], [0, 2, 0, 4], [1, 2, 3, 5]])
ROWS = {"axes": (1,), "keepdims": False}
KEPT = {"axes": (0, 2), "keepdims": True}
ALL = {"axes": (), "keepdims": False}


def reductions(*values: Any, dtypes: tuple[str, ...] = FLOATS) -> list[Sample]:
    """Values of 2 dimensions over their rows, and others."""
    return [Sample((x,), ROWS, dtypes) for x in values] + [
        Sample((strided(apart(2, 3, 4)),), KEPT, dtypes),
        Sample((apart(),), ALL, dtypes),
        Sample((apart(5),), {"axes": (0,), "keepdims": False}, dtypes)]


def whole(**params: Any) -> list[Sample]:
    """Integers in each dtype, and bools."""
    return [Sample((COUNTS,), params, (*FLOATS, *INTEGERS), smooth=False),
            Sample((bools(3, 4),), params, ("bool",), smooth=False)]


EMPTY = Sample((np.zeros((3, 0)),), ROWS)
NOTHING = Sample((np.zeros((3, 0)),), ROWS, smooth=False)
CLASSES = {"axis": 1, "ignore": -100}
TARGETS = np.array([2, 0, -100])
GRID_OF_TARGETS = integers(0, 4, 3, 2)

SAMPLES: dict[str, list[Sample]] = {
    "sum": [*reductions(normal(3, 4)), *whole(**ROWS), EMPTY,
            Sample((complexes(3, 4),), ROWS, COMPLEX),
            Sample((normal(200, 3),), {"axes": (0,), "keepdims": True}, FLOATS)],
    "prod": [*reductions(normal(3, 4), GRID, dtypes=WIDE), *whole(**ROWS), EMPTY,
             Sample((normal(5),), {"axes": (0,), "keepdims": False}),
             Sample((complexes(3, 4),), ROWS, COMPLEX)],
    "root": [Sample((uniform(0.5, 2, 3, 4),)), Sample((np.array([0.0, 4.0]),), smooth=False)],
    "amax": [*reductions(apart(3, 4)), *whole(**ROWS)],
    "amin": [*reductions(apart(3, 4)), *whole(**ROWS)],
    "shared": [Sample((apart(3, 4), np.array(7.0)), smooth=False)],
    "argmax": [*whole(axis=1, keepdims=False),
               Sample((strided(apart(3, 4)),), {"axis": 0, "keepdims": True})],
    "argmin": [*whole(axis=1, keepdims=False),
               Sample((strided(apart(3, 4)),), {"axis": 0, "keepdims": True})],
    "any": [*whole(**ROWS), *whole(axes=(), keepdims=True), NOTHING],
    "all": [*whole(**ROWS), *whole(axes=(0, 1), keepdims=True), NOTHING],
    "softmax": [Sample((normal(3, 4),), {"axes": (1,)}), Sample((normal(4),), {"axes": (0,)}),
                Sample((strided(normal(2, 3)),), {"axes": (0,)}), Sample((normal(),), {"axes": ()}),
                Sample((np.zeros((2, 0)),), {"axes": (1,)})],
    "log_softmax": [Sample((normal(3, 4),), {"axes": (1,)}), Sample((normal(),), {"axes": ()}),
                    Sample((strided(normal(2, 3)),), {"axes": (0,)}),
                    Sample((np.zeros((2, 0)),), {"axes": (1,)})],
    "logsumexp": [*reductions(normal(3, 4)), NOTHING],
    # Scans
    "cumsum": [Sample((normal(3, 4),), {"axis": 1}), *whole(axis=1),
               Sample((normal(5),), {"axis": 0}),
               Sample((strided(complexes(3, 4)),), {"axis": 0}, COMPLEX),
               Sample((np.zeros((2, 0)),), {"axis": 1})],
    "cumprod": [Sample((normal(3, 4),), {"axis": 1}, WIDE), *whole(axis=1),
                Sample((GRID,), {"axis": 1}), Sample((complexes(5),), {"axis": 0}, COMPLEX),
                Sample((np.zeros((2, 0)),), {"axis": 1})],
    "logcumsumexp": [Sample((normal(3, 4),), {"axis": 1}), Sample((normal(7),), {"axis": 0})],
    "cummax_place": whole(axis=1),
    "cummin_place": whole(axis=0),
    # Order
    "argsort": [*whole(axis=1, descending=False), *whole(axis=0, descending=True)],
    "topk_place": [*whole(k=2, axis=1, largest=True), *whole(k=2, axis=1, largest=False),
                   *[Sample((apart(2, 70),), {"k": 3, "axis": 1, "largest": largest})
                     for largest in (False, True)]],
    "kth_place": [Sample((apart(3, 4),), {"k": 2, "axis": 1}, WIDE)],
    "median_place": [*whole(axis=1, skip_nan=False), *whole(axis=1, skip_nan=True)],
    "mode_place": whole(axis=1),
    "searchsorted": [Sample((np.arange(4.0), uniform(-1, 5, 2, 3)), {"right": True, "small": True}),
                     Sample((np.sort(normal(2, 4)), normal(2, 3)),
                            {"right": False, "small": False})],
    # Classes, rows, logistic functions
    "pick_class": [Sample((normal(3, 4), TARGETS), CLASSES),
                   Sample((complexes(3, 4, 2), GRID_OF_TARGETS), CLASSES, COMPLEX),
                   Sample((normal(4), np.array(3)), {"axis": 0, "ignore": 1})],
    "put_class": [Sample((normal(3), TARGETS), {"shape": (3, 4), **CLASSES}),
                  Sample((normal(3, 2), GRID_OF_TARGETS), {"shape": (3, 4, 2), **CLASSES})],
    "one_hot": [Sample((GRID_OF_TARGETS,), {"classes": 4}, EXACT)],
    "rows": [Sample((normal(5, 3), np.array([[0, 4], [4, 1]]))),
             Sample((normal(5, 3), np.zeros(0, np.int64)))],
    "gated": [Sample((normal(3, 4), np.ones((3, 1))), twice=False, smooth=False)],
    "nonnegative": [Sample((uniform(0.1, 1, 3),))],
    "softplus": [Sample((normal(3, 4),)), Sample((normal(),))],
    "binary_entropy": [Sample((uniform(0.2, 0.8, 3, 4), uniform(0.2, 0.8, 3, 4, seed=1)),
                              tolerance=1e-5)],
}
