"""``why`` names what made a gradient None, zero, NaN, infinite or large."""

from __future__ import annotations

import pytest

import wengert as torch
from wengert.config import config

recorded = pytest.mark.skipif(
    config.tier == "eager", reason="each operation is a recording of its own")


@pytest.fixture(autouse=True)
def lines_that_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another test may have recorded the same steps first."""
    monkeypatch.setattr(config, "lines_in_steps", True)


def leaf(*values: float) -> torch.Tensor:
    return torch.tensor(list(values), requires_grad=True)


def reasons(answer) -> str:
    return "\n".join(answer.reasons)


# ---- None ----


@recorded
def test_detach() -> None:
    x = leaf(1.0, 2.0)
    y = ((x * 3).detach() * 2).sum()
    answer = torch.why(x.grad)
    assert answer.kind == "none"
    assert "the way from x to y is cut: detach() at test_why.py:" in reasons(answer)
    assert y is not None


def test_detach_of_a_value_in_memory() -> None:
    x = leaf(1.0, 2.0)
    y = (x.detach() * 2).sum()
    said = reasons(torch.why(x.grad))
    in_memory = "`y = (x.detach() * 2).sum()`: .detach() ends gradients"
    assert in_memory in said or "x to y is cut: detach() at test_why.py:" in said, (
        "computed at once there is no node, and the line is looked for; a known path has one")
    assert not y.requires_grad


@recorded
def test_no_grad() -> None:
    x = leaf(1.0, 2.0)
    with torch.no_grad():
        y = x * 2
    assert "under no_grad() at test_why.py:" in reasons(torch.why(x))
    assert not y.requires_grad


@recorded
def test_an_integer_cast() -> None:
    x = leaf(1.0, 2.0)
    y = (x * 3).to(torch.int64).sum()
    assert "cast at test_why.py:" in reasons(torch.why(x.grad))
    assert "int64, which has no gradient" in reasons(torch.why(x.grad))
    assert y.item() == 9


def test_item_and_a_fresh_tensor() -> None:
    x = leaf(2.0)
    y = torch.tensor(x.item(), requires_grad=True)
    (y * y).backward()
    text = reasons(torch.why(x.grad))
    assert ".item() takes the value out of the graph" in text
    assert "tensor(…) makes a fresh tensor of the value" in text


def test_what_is_no_leaf_or_has_no_gradient() -> None:
    x = leaf(1.0)
    y = x * 2
    assert "no leaf but the result of an operation at test_why.py:" in reasons(torch.why(y))
    assert "no backward was made yet: x leads to y" in reasons(torch.why(x.grad))
    n = torch.tensor([1, 2])
    assert "n has the dtype int64" in reasons(torch.why(n))
    p = torch.ones(2)
    assert "call p.requires_grad_()" in reasons(torch.why(p))


@recorded
def test_a_gradient_that_was_set_to_none() -> None:
    x = leaf(1.0)
    y = (x * x).sum()
    y.backward()
    x.grad = None
    assert "the backward from y has run" in reasons(torch.why(x))


def test_what_is_no_tensor() -> None:
    with pytest.raises(TypeError, match=r"why\(x\)"):
        torch.why(None)
    with pytest.raises(TypeError, match="not int"):
        torch.why(3)


# ---- numbers ----


@recorded
def test_infinite() -> None:
    x = leaf(1.0, 0.0, 4.0)
    y = torch.sqrt(x * 1.5).sum()
    y.backward()
    answer = torch.why(x.grad)
    assert answer.kind == "infinite"
    assert "the gradient stops being finite at sqrt(x * 1.5) at test_why.py:" in reasons(answer)
    assert "where (x * 1.5)[1] = 0" in reasons(answer)
    assert "at x = 0: ∞" in reasons(answer)


@recorded
def test_nan_from_a_value() -> None:
    x = leaf(1.0, -1.0)
    y = (torch.sqrt(x) * 2).sum()
    y.backward()
    for answer in (torch.why(x.grad), torch.why(y)):
        assert answer.kind == "nan"
        assert "the first value that is not finite: sqrt(x) at test_why.py:" in reasons(answer)
    assert "x[1] = -1" in reasons(answer)


@recorded
def test_zero_at_a_kink_and_by_cancelling() -> None:
    x = leaf(1.0, -2.0)
    y = torch.relu(x - 3).sum()
    y.backward()
    answer = torch.why(x.grad)
    assert answer.kind == "zero"
    assert "relu(x - 3) at test_why.py:" in reasons(answer)
    assert "passes nothing on to x - 3" in reasons(answer)
    w = leaf(2.0, 3.0, 4.0, 5.0, 6.0)
    z = (w * 3 - 3 * w).sum()
    z.backward()
    assert "the parts that arrive at w cancel" in reasons(torch.why(w.grad))


@recorded
def test_the_annihilation_rule_and_a_tie() -> None:
    x = leaf(0.0, 4.0)
    y = torch.where(x > 0, torch.log(x), x * 2).sum()
    y.backward()
    text = reasons(torch.why(x.grad))
    assert "the annihilation rule acted at log(x)" in text
    assert "in 1 of 2 elements" in text
    a = leaf(1.0, 2.0)
    one = torch.ones(2)
    m = torch.maximum(a, one).sum()
    m.backward()
    assert "is at a kink in 1 of 2 elements; the derivative taken at a = b: 0.5 in a" in reasons(
        torch.why(a.grad))


@recorded
def test_large_by_path() -> None:
    x = leaf(3.0, 1e-3)
    y = (1 / x ** 2).sum() + x.sum()
    y.backward()
    answer = torch.why(x.grad)
    assert answer.kind == "finite"
    assert answer.reasons[0].startswith("by x -> x^2 -> 1 / x^2")
    assert any("times as large" in reason for reason in answer.reasons)


@recorded
def test_a_backward_in_a_function_is_watched() -> None:
    def step() -> torch.Tensor:
        x = leaf(0.0, 1.0)
        (torch.sqrt(x) * 2).sum().backward()
        return x

    x = step()
    assert "none of the variables here" in reasons(torch.why(x.grad))
    with torch.explain.watching() as watch:
        x = step()
    assert watch.count == 1
    assert "stops being finite at sqrt(x)" in reasons(torch.why(x.grad))


@recorded
@pytest.mark.parametrize("again", range(4))
def test_a_known_path_with_other_numbers(again: int) -> None:
    x = leaf(*([0.0] * (again + 1)), 2.0)
    y = (torch.sqrt(x * (again + 0.5)) * 2).sum()
    y.backward()
    answer = torch.why(x.grad)
    assert f"in {again + 1} of {again + 2} elements" in answer.head
    assert "sqrt" in reasons(answer)


@pytest.mark.filterwarnings("ignore:Anomaly", "ignore:Error detected")
def test_anomaly_mode_says_the_same() -> None:
    x = leaf(0.0, 4.0)
    with torch.autograd.detect_anomaly():
        y = (torch.sqrt(x * 0.0) * torch.sqrt(x)).sum()
        with pytest.raises(RuntimeError, match="returned nan values") as caught:
            y.backward()
    assert "stops being finite at" in str(caught.value)


def test_errors_name_a_page() -> None:
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward()
    for call, section in [
            (y.backward, "second-backward"), (lambda: x.add_(1), "in-place-on-a-leaf"),
            (torch.ones(1).sum().backward, "no-grad"),
            (lambda: torch.ones(2, 3) @ torch.ones(2, 3), "shapes"),
            (lambda: torch.ones(2) + torch.ones(3), "shapes")]:
        with pytest.raises(RuntimeError, match=f"docs/errors.md#{section}"):
            call()
