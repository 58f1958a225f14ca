"""Samples of the primitives that move elements."""

from __future__ import annotations

import numpy as np
from samples import COMPLEX, Sample, bools, complexes, integers, normal, strided

from wengert.engine.dtypes import complex128, float64, int32
from wengert.engine.ops.collectives import Alone

ROWS = {"axes": (0,), "lengths": (2,), "steps": (2,)}
BOX = {"axes": (0, 2), "lengths": (2, 1), "steps": (1, 3)}
NONE = {"axes": (1,), "lengths": (0,), "steps": (1,)}
DIAGONAL = {"size": (4, 2), "moves": ((0, 0, 1), (1, 1, 0)), "start": (0, 1, 0)}
WINDOWS = {"size": (3, 3), "moves": ((1,), (1,)), "start": (0,)}

SAMPLES = {
    "alias": [Sample((normal(2, 3),))],
    "settle": [Sample((normal(2, 3),))],
    "piecewise": [Sample((normal(2, 3), normal(4))), Sample((normal(), normal(2, 0)))],
    "tether": [Sample((normal(2, 3), normal(4))), Sample((normal(), normal(2, 0)))],
    "to_device": [Sample((normal(2, 3),), {"device": "cpu"})],
    "copy": [Sample((strided(normal(2, 3)),)), Sample((normal(),)),
             Sample((complexes(3),), dtypes=COMPLEX)],
    "full": [Sample((normal(),), {"shape": (2, 3), "dtype": float64}, dtypes=()),
             Sample((2,), {"shape": (2,), "dtype": int32}, dtypes=()),
             Sample((complexes(),), {"shape": (0, 2), "dtype": complex128}, dtypes=())],
    "broadcast_to": [Sample((normal(3, 1),), {"shape": (2, 3, 4)}), Sample((normal(),),
                     {"shape": (0, 2)}), Sample((complexes(1),), {"shape": (3,)},
                     dtypes=COMPLEX)],
    "sum_to": [Sample((normal(2, 3, 4),), {"shape": (3, 1)}), Sample((normal(2, 3),),
               {"shape": ()}), Sample((strided(normal(3, 0)),), {"shape": (3, 1)}),
               Sample((complexes(2, 3),), {"shape": (3,)}, dtypes=COMPLEX),
               Sample((integers(0, 9, 2, 3),), {"shape": (2, 1)}, smooth=False)],
    "reshape": [Sample((normal(2, 6),), {"shape": (3, 4)}), Sample((normal(),),
                {"shape": (1, 1)}), Sample((strided(normal(2, 3)),), {"shape": (6,)}),
                Sample((normal(0, 3),), {"shape": (5, 0)})],
    "transpose": [Sample((normal(2, 3, 4),), {"perm": (2, 0, 1)}),
                  Sample((normal(),), {"perm": ()}), Sample((strided(normal(2, 0)),),
                  {"perm": (1, 0)})],
    "flip": [Sample((normal(2, 3),), {"axes": (1,)}), Sample((normal(),), {"axes": ()}),
             Sample((strided(normal(2, 3)),), {"axes": (0, 1)})],
    "roll": [Sample((normal(4, 3),), {"shifts": (1, -2), "axes": (0, 1)}),
             Sample((normal(4, 3),), {"shifts": (5,), "axes": (0,)}),
             Sample((strided(normal(2, 0)),), {"shifts": (5,), "axes": (1,)})],
    "lower": [Sample((normal(2, 3, 4),), {"k": 0}), Sample((normal(3, 3),), {"k": -1}),
              Sample((strided(normal(0, 3)),), {"k": 2})],
    "upper": [Sample((normal(2, 3, 4),), {"k": 1}), Sample((normal(3, 3),), {"k": -1})],
    "slice": [Sample((normal(5, 2), 1), ROWS), Sample((normal(3, 2, 4), 1, -1), BOX),
              Sample((normal(2, 3), 3), NONE), Sample((strided(complexes(4, 2)), 0), ROWS,
              dtypes=COMPLEX), Sample((normal(5, 2), integers(1, 2)), ROWS)],
    "place": [Sample((normal(2, 2), 1), {"shape": (5, 2), **ROWS}),
              Sample((normal(2, 2, 1), 1, 3), {"shape": (3, 2, 4), **BOX}),
              Sample((normal(2, 0), 0), {"shape": (2, 3), **NONE})],
    "update": [Sample((normal(5, 2), normal(2, 2, seed=1), 1), ROWS),
               Sample((strided(normal(3, 2, 4)), normal(2, 2, 1, seed=1), 1, 3), BOX),
               Sample((complexes(5, 2), complexes(2, 2, seed=3), 0), ROWS, dtypes=COMPLEX)],
    "window": [Sample((normal(3, 3, 4),), DIAGONAL), Sample((normal(5),), WINDOWS),
               Sample((strided(complexes(3, 3, 4)),), DIAGONAL, dtypes=COMPLEX),
               Sample((normal(2, 2),), {"size": (0,), "moves": ((1, 1),), "start": (0, 3)})],
    "window_place": [Sample((normal(4, 2),), {"shape": (3, 3, 4), **DIAGONAL}),
                     Sample((normal(3, 3),), {"shape": (5,), **WINDOWS}),
                     Sample((complexes(3, 3),), {"shape": (5,), **WINDOWS}, dtypes=COMPLEX),
                     Sample((integers(0, 5, 3, 3),), {"shape": (5,), **WINDOWS}, smooth=False)],
    "window_update": [Sample((normal(3, 3, 4), normal(4, 2, seed=1)), DIAGONAL),
                      Sample((strided(normal(3, 3, 4)), normal(4, 2, seed=1)), DIAGONAL)],
    "concatenate": [Sample((normal(2, 3), normal(2, 1, seed=1), normal(2, 0)), {"axis": 1}),
                    Sample((complexes(2), complexes(3)), {"axis": 0}, dtypes=COMPLEX),
                    Sample((bools(2, 2), bools(1, 2)), {"axis": 0}, smooth=False)],
}


ALONE = {"group": Alone()}   # several processes: tests/distributed
SUM = {"op": "SUM", **ALONE}
ROOT = {"root": 0, **ALONE}
for _name, _params in (("all_reduce", SUM), ("broadcast", ROOT), ("reduce", ROOT),
                       ("all_gather", ALONE), ("gather", ROOT)):
    SAMPLES[_name] = [Sample((normal(2, 3),), _params), Sample((normal(),), _params),
                      Sample((strided(complexes(2, 3)),), _params, dtypes=COMPLEX)]
for _name, _params in (("reduce_scatter", SUM), ("scatter", ROOT)):
    SAMPLES[_name] = [Sample((normal(1, 3),), _params), Sample((normal(1),), _params),
                      Sample((strided(complexes(1, 3)),), _params, dtypes=COMPLEX)]
SAMPLES["all_to_all"] = [Sample((normal(4, 3),), {"given": (4,), "taken": (4,), **ALONE}),
                         Sample((normal(0),), {"given": (0,), "taken": (0,), **ALONE})]


def others(sample: Sample) -> list[Sample]:
    """A sample with elements that are not floating: they are moved, whatever they are."""
    return [Sample(tuple(
        np.abs(np.rint(3 * arg)).astype(kind) if np.result_type(arg).kind == "f" else arg
        for arg in sample.args), sample.params, dtypes=("",), smooth=False)
        for kind in ("int64", "uint8", "bool")]


for _name in ("alias", "settle", "copy", "flip", "lower", "place", "reshape", "roll", "slice",
              "transpose", "update", "upper", "window", "window_place", "window_update",
              "concatenate"):
    SAMPLES[_name] += others(SAMPLES[_name][0])
