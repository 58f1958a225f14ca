"""Samples of convolutions, of windows and of resampling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from samples import (
    COMPLEX,
    Sample,
    apart,
    complexes,
    integers,
    normal,
    strided,
    uniform,
    whole,
)

from wengert.engine.ops.resample import Rule

PLAIN = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
STEPS = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2), "groups": 1}
GROUPS = {"stride": (2,), "padding": ((1, -1),), "dilation": (1,), "groups": 2}
DEEP = {"stride": (1, 2, 1), "padding": ((0, 0), (1, 1), (0, 0)), "dilation": (2, 1, 1),
        "groups": 1}


def without(params: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {**{k: v for k, v in params.items() if k not in names}, **more}


CONV = [((2, 2, 4, 5), (3, 2, 2, 3), (2, 3, 3, 3), PLAIN),
        ((2, 1, 5, 4), (2, 1, 3, 2), (2, 2, 3, 3), STEPS),
        ((2, 4, 6), (2, 2, 3), (2, 2, 2), GROUPS),
        ((1, 2, 4, 3, 3), (2, 2, 2, 3, 1), (1, 2, 2, 2, 3), DEEP),
        ((2, 3, 3, 4), (2, 3, 1, 1), (2, 2, 3, 4), PLAIN),
        ((0, 2, 3, 3), (1, 2, 2, 2), (0, 1, 2, 2), PLAIN),
        ((9, 2, 4), (4, 1, 3), (9, 4, 1), GROUPS),
        ((8, 1, 3, 3), (3, 1, 2, 2), (8, 3, 2, 2), PLAIN)]

SAMPLES = {
    "conv": [Sample((strided(normal(*x)), normal(*w, seed=1)), p) for x, w, _, p in CONV] + [
        Sample((complexes(1, 2, 4), complexes(2, 2, 2, seed=2)), without(GROUPS, groups=1, padding=(
            (0, 1),)), dtypes=COMPLEX),
        Sample((integers(-3, 4, 1, 2, 3, 3), integers(-3, 4, 2, 2, 2, 2)), PLAIN, dtypes=("",),
               smooth=False)],
    "conv_input": [Sample((strided(normal(*y)), normal(*w, seed=1)), {**p, "size": x[2:]})
                   for x, w, y, p in CONV],
    "conv_weight": [Sample((strided(normal(*x)), normal(*y, seed=1)), {**p, "kernel": w[2:]})
                    for x, w, y, p in CONV],
    "patches": [Sample((strided(normal(*x)),), without(p, "groups", kernel=w[2:]))
                for x, w, _, p in CONV],
    "patches_add": [Sample((strided(normal(*x[:2], *w[2:], *y[2:])),),
                           without(p, "groups", kernel=w[2:], size=x[2:]))
                    for x, w, y, p in CONV],
}

# ---- pooling ----

TWOS = {"kernel": (2, 2), "out": (2, 2), "stride": (2, 2), "padding": (0, 0)}
WIDE = {"kernel": (3, 2), "out": (3, 3), "stride": (2, 1), "padding": (1, 0)}
LINE = {"kernel": (3,), "out": (3,), "stride": (2,), "padding": (1,)}
BEYOND = {"kernel": (2,), "out": (3,), "stride": (2,), "padding": (0,)}
POOLS = [((2, 2, 4, 5), (2, 2, 2, 2), TWOS), ((2, 1, 5, 4), (2, 1, 3, 3), WIDE),
         ((2, 2, 5), (2, 2, 3), LINE), ((1, 2, 5), (1, 2, 3), BEYOND),
         ((0, 2, 5), (0, 2, 3), LINE)]
APART = {"dilation": (2,), **LINE, "out": (2,)}


def spread(params: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**params, "dilation": (1,) * len(params["kernel"]), **more}


def taps(kernel: tuple[int, ...], *shape: int) -> Any:
    return integers(0, math.prod(kernel), *shape).astype("uint8")


SAMPLES |= {
    "window_sum": [Sample((strided(normal(*x)),), p) for x, _, p in POOLS],
    "window_spread": [Sample((strided(normal(*y)),), {**p, "size": x[2:]}) for x, y, p in POOLS],
    "window_max": [Sample((strided(apart(*x)),), spread(p)) for x, _, p in POOLS] + [
        Sample((apart(2, 2, 5),), APART),
        Sample((integers(-9, 9, 1, 1, 5),), spread(LINE), dtypes=("",), smooth=False)],
    "window_tap": [Sample((apart(2, 1, 5, 4), np.zeros((2, 1, 3, 3))), spread(WIDE), smooth=False),
                   Sample((np.full((1, 1, 5), np.nan), np.full((1, 1, 3), np.nan)), spread(LINE),
                          smooth=False)],
    "tap_pick": [Sample((strided(normal(*x)), taps(p["kernel"], *y)), spread(p))
                 for x, y, p in POOLS],
    "tap_put": [Sample((strided(normal(*y)), taps(p["kernel"], *y)), spread(p, size=x[2:]))
                for x, y, p in POOLS],
    "tap_place": [whole(taps(p["kernel"], *y), **without(spread(p, size=x[2:]), "out"))
                  for x, y, p in POOLS],
    "box_place": [Sample((apart(2, 2, 5, 4),), {"starts": ((0, 2), (0, 1, 2)),
                                                "ends": ((3, 5), (2, 3, 4))}, smooth=False)],
    "random_place": [Sample((apart(2, 2, 6, 5), uniform(0, 1, 2, 2, 2)),
                            {"kernel": (2, 2), "out": (3, 2)}, dtypes=("float64",), smooth=False)],
}

# ---- resampling ----

RULES = [Rule("nearest", 4, 7), Rule("nearest-exact", 4, 3), Rule("linear", 4, 7),
         Rule("linear", 4, 3, align=True), Rule("linear", 4, 6, scale=0.7), Rule("cubic", 4, 7),
         Rule("cubic", 4, 2, smooth=True), Rule("area", 4, 3), Rule("area", 4, 7)]

SAMPLES |= {
    "resample": [Sample((strided(normal(2, 4, 3)),), {"axis": 1, "rule": r}) for r in RULES] + [
        Sample((normal(3, 4),), {"axis": 1, "rule": RULES[2]}),
        Sample((normal(4, 0),), {"axis": 0, "rule": RULES[2]})],
    "resample_add": [Sample((strided(normal(2, r.out, 3)),), {"axis": 1, "rule": r})
                     for r in RULES] + [
        Sample((normal(3, 7),), {"axis": 1, "rule": RULES[2]})],
}
