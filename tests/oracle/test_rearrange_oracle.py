"""``torch.func.rearrange`` beside PyTorch's: values, gradients, errors."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import wengert

FITS: list[tuple[str, dict[str, int]]] = [
    ("a b c -> c a b", {}), ("a b c -> (a b c)", {}), ("a b c -> b (c a)", {}),
    ("a b (c d) -> d a b c", {"c": 2}), ("a b (c d) -> (a d) (c b)", {"d": 2}),
    ("(a e) b (c d) -> a b c d e", {"c": 2, "e": 2}), ("... c -> c (...)", {}),
    ("a ... -> ... a", {}), ("... -> (...)", {}), ("a b c ... -> ... a 1 b () c", {})]
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("a b -> b a", {}), ("a b c", {}), ("a b c -> a b", {}), ("a b c -> a b (c", {}),
    ("a b c -> a b c)", {}), ("a b c -> a b ((c))", {}), ("a a c -> a c", {}),
    ("a b 4 -> a b 4", {}), ("a b c -> a b c", {"z": 2}), ("a b c -> a b c", {"c": 2.0}),
    ("a b c -> ... a b c", {}), ("(... a) b -> a b ...", {}), ("a b. c -> a b c", {}),
    ("_a b c -> b c _a", {}), ("a-b b c -> b c a-b", {}), ("a b c d ... -> ... a b c d", {})]


@pytest.mark.parametrize(("pattern", "lengths"), FITS)
def test_values_and_gradients(pattern: str, lengths: dict[str, int]) -> None:
    for shape in ((2, 3, 4), (4, 1, 8), (2, 0, 4)):
        got, wanted = (_value_and_gradient(t, shape, pattern, lengths) for t in (wengert, torch))
        assert got == wanted


def _value_and_gradient(torch: Any, shape: Any, pattern: str, lengths: Any) -> Any:
    count = shape[0] * shape[1] * shape[2]
    x = torch.arange(float(count)).reshape(shape).requires_grad_()
    y = torch.func.rearrange(x, pattern, **lengths)
    (y * torch.arange(float(count)).reshape(y.shape)).sum().backward()
    return tuple(y.shape), y.tolist(), x.grad.tolist()


def test_a_list_is_stacked() -> None:
    got, wanted = ([t.func.rearrange([t.ones(2, 3), t.zeros(2, 3)], "n a b -> a (n b)").tolist()]
                   for t in (wengert, torch))
    assert got == wanted


@pytest.mark.parametrize(("pattern", "lengths"), REFUSED)
def test_errors(pattern: str, lengths: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)) as wanted:
        torch.func.rearrange(torch.ones(2, 3, 4), pattern, **lengths)
    with pytest.raises(type(wanted.value)):
        wengert.func.rearrange(wengert.ones(2, 3, 4), pattern, **lengths)


@pytest.mark.parametrize(("pattern", "lengths", "said"), [
    ("a b (c d) -> a b c d", {}, "give all but one"),
    ("a b (c d) -> a b c d", {"c": 3}, "does not fit the length 4"),
    ("a b c -> a b c", {"c": 5}, "does not fit the length 4"),
    ("a 1 c -> a c", {}, "does not fit the length 3"),
])
def test_lengths_that_do_not_fit(pattern: str, lengths: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wengert.func.rearrange(wengert.ones(2, 3, 4), pattern, **lengths)
