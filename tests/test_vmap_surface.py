"""Every function, method and operator of the surface inside ``torch.vmap``, on its samples: all
arguments mapped, the first alone along another axis, and twice nested, equal to a loop."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import wengert as torch
from surface_calls import Arguments, Case, Variant, cases, flat

pytestmark = pytest.mark.long

REFUSED = {
    "histc": "", "bincount": "", "nonzero": "", "argwhere": "", "Tensor.resize_as_": "",
    "histogram": "", "histogramdd": "", "nonzero_static": "",
    "linspace": "", "full": "", "F.rrelu": "True", "rrelu": "True",   # need values at the call
    "binomial": "", "poisson": "", "multinomial": "", "normal": "", "bernoulli": "(3, 4)",
    "Tensor.bernoulli_": "H(3, 4)"}   # numbers drawn by parameters are not the same for all
"""What is an error for samples that differ, by the end of its arguments."""


class Sampled(Arguments):
    """The arguments of a call, and the tensors among them in order; or those that are given."""

    def __init__(self, text: str, turn: int, given: Sequence[Any] | None = None) -> None:
        self.given = None if given is None else iter(given)
        self.made: list[Any] = []
        super().__init__(torch, text, Variant("float64"), turn)
        self["N"], self["K"] = 0.35, 5   # the same for all samples

    def tensor(self, value: Any) -> Any:
        if self.given is not None:
            return next(self.given)
        self.made.append(super().tensor(value).detach())
        return self.made[-1]


def called(case: Case, turn: int, given: Sequence[Any] | None = None) -> tuple[list[Any], Any]:
    """The tensors among the arguments of a call, and its results, if they are tensors."""
    code = compile(f"f({case.text})", str(case), "eval")
    arguments = Sampled(case.text, turn, given)
    out = flat(eval(code, {"f": case.form.make(torch)}, arguments))
    return arguments.made, out if all(isinstance(o, torch.Tensor) for o in out) else None


def mappable() -> list[Any]:
    return [pytest.param(case, id=str(case)) for case in cases() if case.form.first]


def check(found: Sequence[Any], wanted: Sequence[Any]) -> None:
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(np.array(a.tolist(), complex), np.array(b.tolist(), complex),
                                   1e-7, 1e-9)


def stacked(columns: Any, dim: int = 0) -> list[Any]:
    return [torch.stack(column, dim) for column in zip(*columns, strict=True)]


@pytest.mark.parametrize("case", mappable())
def test_a_mapped_call_is_a_loop(case: Case) -> None:
    name = case.form.label
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.manual_seed(5)
            first, out = called(case, 0)
            torch.manual_seed(5)
            second, other = called(case, 1)
        except Exception:
            return   # there is no such call in float64
        if not out or not first or [o.shape for o in out] != [o.shape for o in other]:
            return
        loop = stacked([out, other])

        def f(*lanes: Any) -> tuple[Any, ...]:
            return tuple(called(case, 0, lanes)[1])

        mapped = torch.vmap(f, randomness="same")
        if name in REFUSED and case.text.endswith(REFUSED[name]):
            with pytest.raises(RuntimeError, match="vmap: "):
                mapped(*stacked([first, second]))
            return
        torch.manual_seed(5)
        check(mapped(*stacked([first, second])), loop)
        torch.manual_seed(5)
        check(torch.vmap(mapped, in_dims=1, out_dims=1, randomness="same")(
            *[torch.stack([x, x], 1) for x in stacked([first, second])]),
            [torch.stack([o, o], 1) for o in loop])
        alone = torch.vmap(f, in_dims=(-1, *[None] * (len(first) - 1)), out_dims=-1,
                           randomness="same")
        torch.manual_seed(5)
        check(alone(torch.stack([first[0]] * 3, -1), *first[1:]),
              [torch.stack([o] * 3, -1) for o in out])
