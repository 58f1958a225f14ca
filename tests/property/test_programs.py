"""Random programs give in every tier what they give in eager, gradients are what differences of
values say, and with torch both are what PyTorch gives."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings

import wengert
from wengert.config import config

from .differing import Program, check, check_threads, observed, tier
from .programs import PLAIN, Variant, endings, programs, run, same, slopes, smooth, variants

pytestmark = pytest.mark.once

try:
    import torch
except ImportError:
    torch = None

EXAMPLES = int(os.environ.get("WENGERT_PROGRAMS", "40"))


def thorough(part: int = 1) -> settings:
    """As many examples as were asked for, or a part of them."""
    return settings(max_examples=max(EXAMPLES // part, 1), deadline=None, print_blob=True,
                    suppress_health_check=list(HealthCheck))


@pytest.mark.long
@thorough()
@given(programs, endings, variants)
def test_numpy_gives_what_eager_gives(program: Program, ending: Program,
                                      variants: list[Variant]) -> None:
    check("numpy", program, ending, variants)


@pytest.mark.long
@thorough(2)
@given(programs, endings, variants)
def test_auto_gives_what_eager_gives(program: Program, ending: Program,
                                     variants: list[Variant]) -> None:
    check("auto", program, ending, variants)


@pytest.mark.long
@thorough(4)
@given(programs, endings, variants)
def test_llvm_gives_what_eager_gives(program: Program, ending: Program,
                                     variants: list[Variant]) -> None:
    check("llvm", program, ending, variants, rounds=1)


@pytest.mark.long
@thorough(6)
@given(programs, endings, variants)
def test_threads_give_what_eager_gives(program: Program, ending: Program,
                                       variants: list[Variant]) -> None:
    check_threads(config.tier, program, ending, variants[:2])


@pytest.mark.long
@thorough()
@given(smooth)
def test_gradients_are_differences_of_values(program: Program) -> None:
    for _ in range(2):
        found, coarse, fine = slopes(wengert, program, 1e-5)
        size = 1 + abs(coarse)
        assume(abs(coarse - fine) < 1e-6 * size)   # a kink, or too large for differences
        assert abs(found - fine) < 1e-4 * size, f"{found} is not {fine}"


@pytest.mark.skipif(torch is None, reason="torch is not installed")
@pytest.mark.long
@thorough()
@given(programs)
def test_wengert_gives_what_pytorch_gives(program: Program) -> None:
    try:
        expected = run(torch, program)
    except RuntimeError as error:
        # PyTorch refuses where a saved value was overwritten; here the gradient is right.
        assume("inplace" not in str(error) and "single memory location" not in str(error))
        raise
    same(run(wengert, program), expected)


def test_a_difference_is_found() -> None:
    """What compares can fail."""
    program = [("unary", 0, 2, 0), ("binary", 0, 1, 2)]
    with tier("numpy"):
        other = run(wengert, program, Variant(8))
    with pytest.raises(AssertionError):
        same(other, observed("eager", program, PLAIN))
