"""Samples of convolutions and of the primitives that go over windows."""

from __future__ import annotations

from typing import Any

from samples import COMPLEX, Sample, complexes, integers, normal, strided

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
        ((0, 2, 3, 3), (1, 2, 2, 2), (0, 1, 2, 2), PLAIN)]

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
