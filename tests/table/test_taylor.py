"""Taylor mode on every primitive of the table, to order 4, against forward mode nested four times.

The first sample of a primitive is in the default tier, the others are ``long``.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from samples import Sample
from test_table import SAMPLES, TWICE, Call

from wengert.engine.graph import TABLE, Jvp, Node, Partial, reachable
from wengert.engine.ops.structural import zeros
from wengert.engine.transforms.jvp import jvp
from wengert.engine.transforms.taylor import taylor

ORDER = 4
first: set[str] = set()


def quick(name: str) -> bool:
    """Whether this is the first that is asked for by this name."""
    new = name not in first
    first.add(name)
    return new


CASES = [case if quick(case.values[0]) else pytest.param(                  # type: ignore[arg-type]
    *case.values, id=case.id, marks=pytest.mark.long) for case in TWICE]


def nested(out: Node, curves: dict[Node, list[Node]]) -> list[Node]:
    """The derivatives of ``out`` along curves, each the tangent of the one before."""
    rates = {x: terms[0] for x, terms in curves.items()}
    for terms in curves.values():
        rates |= {t: (k + 2.0) * after for k, (t, after) in enumerate(pairwise(terms))}
    found = []
    for _ in range(ORDER):
        out = jvp(reachable([out]), rates).get(out, zeros(out.shape, out.dtype))
        found.append(out)
    return found


@pytest.mark.parametrize("name, sample", CASES)
def test_taylor_mode_is_forward_mode_nested(name: str, sample: Sample) -> None:
    call = Call(name, sample)
    if not call.out.requires_grad:
        pytest.skip("no derivative")
    curves = {leaf: [call.free(leaf) for _ in range(ORDER)] for leaf in call.leaves}
    series = taylor(reachable([call.out]), curves, ORDER)
    found = [series.term(call.out, k) or zeros(call.out.shape, call.out.dtype)
             for k in range(1, ORDER + 1)]
    values = call.traced.run([*found, *nested(call.out, curves)])
    for k, (value, wanted) in enumerate(zip(values, values[ORDER:], strict=False), 1):
        wanted = wanted / math.factorial(k)
        size = max(1, np.abs(wanted).max(initial=0))
        np.testing.assert_allclose(value / size, wanted / size, 1e-7, 1e-7, err_msg=f"order {k}")


ELSEWHERE = {
    # through functions: test_jets.py
    "eig", "eig_values", "eigh", "eigh_alone", "eigh_values", "svd_values",
    "ldl",                  # a choice of pivots
    "gated", "shared",      # its derivative is not that of its value
    "nextafter",            # neither is smooth
}
NONE = {"beta_slope"}
"""It has no formula for a derivative: to ask for it is an error."""


def test_every_primitive_with_a_derivative_is_among_them() -> None:
    there = {name for name in SAMPLES if TABLE[name].derivative(0) or TABLE[name].derivative(1)}
    assert there - first == ELSEWHERE | NONE


@pytest.mark.parametrize("name", sorted(NONE))
def test_what_has_no_derivative_says_so(name: str) -> None:
    call = Call(name, SAMPLES[name][0])
    with pytest.raises(NotImplementedError, match="is not implemented; the call is at"):
        taylor(reachable([call.out]), {leaf: [leaf] for leaf in call.leaves}, 1)


def test_what_divides_divides() -> None:
    dividing = {name for name, prim in TABLE.items() if prim.divides is not None}
    assert dividing == {"div", "solve", "solve_triangular"}
    assert all(isinstance(TABLE[name].derivative(TABLE[name].divides or 0), Partial | Jvp)
               for name in dividing)


def test_recurrences_are_quadratic() -> None:
    """``exp`` of a curve needs a product for each pair of coefficients, and no more."""
    for name, most in (("exp", 2.1), ("sin", 4), ("tanh", 5.5), ("div", 2.5), ("log", 4)):
        counts = []
        for order in (8, 16):
            call = Call(name, SAMPLES[name][0])
            curves = {leaf: [call.free(leaf) for _ in range(order)] for leaf in call.leaves}
            series = taylor(reachable([call.out]), curves, order)
            outs = [t for k in range(order + 1) if (t := series.term(call.out, k)) is not None]
            counts.append(len(reachable(outs)))
        assert counts[1] < 4.5 * counts[0], name
        assert counts[1] < most * order ** 2, (name, counts)
