"""What a call costs that nobody made before: counted, and right whatever is shared with others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.backends import early
from wengert.engine.errors import is_ours
from wengert.engine.recording import forms
from wengert.engine.recording.recording import here
from wengert.engine.recording.templates import OBJECTS, Template, forget_templates, templates


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    """Calls that are all new."""
    forget_templates()
    yield
    forget_templates()


def pulled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations whose pullbacks are worked out from now on."""
    found: list[str] = []
    work_out = Template._pulled

    def noted(self: Template, given: Any, again: bool) -> Any:
        found.append(self.op.name)
        return work_out(self, given, again)

    monkeypatch.setattr(Template, "_pulled", noted)
    return found


def second_derivative(function: Any, x: Any) -> Any:
    first, = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    return torch.autograd.grad((first * first).sum(), x)[0]


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="plans each new path")
def test_templates_of_one_form_share_their_inputs() -> None:
    x, y = torch.rand(13, 7), torch.rand(13, 7)
    (torch.sin(x) * y + x).tolist()
    found = {template.op.name: template.slots for template in templates.values()
             if template.slots and template.slots[0].shape == (13, 7)}
    assert found["sin"][0] is found["mul"][0] is found["add"][0]
    assert found["mul"][0] is not found["mul"][1]
    x.mul(x).tolist()
    assert len({*(slots := [t.slots for t in templates.values() if t.op.name == "mul"][-1])}) == 1
    assert len(slots) == 2


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="plans each new path")
def test_a_pullback_is_worked_out_once_where_it_is_to_be_differentiated(
        monkeypatch: pytest.MonkeyPatch) -> None:
    found = pulled(monkeypatch)
    x = torch.linspace(-1, 1, 37, dtype=torch.float64).requires_grad_()   # no other test's path
    second = second_derivative(lambda x: torch.sin(x) * x, x)
    assert found.count("sin") == 1
    values = x.detach().numpy()
    first = np.cos(values) * values + np.sin(values)
    expected = 2 * first * (2 * np.cos(values) - values * np.sin(values))
    assert np.allclose(second.numpy(), expected)


def test_what_is_linear_in_pieces_has_a_second_derivative_of_zeros_after_a_first() -> None:
    x = torch.tensor([0.3, -0.2, 0.9], requires_grad=True)
    x.abs().sum().backward()   # which is not differentiated
    first, = torch.autograd.grad(x.abs().sum(), x, create_graph=True)
    assert first.requires_grad
    second, = torch.autograd.grad(first.sum(), x)
    assert second.tolist() == [0, 0, 0]


def test_what_pieces_have_in_common_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    look = forms.strides_apart
    monkeypatch.setattr(forms, "strides_apart", lambda node: looked.append(node) or look(node))
    counts = []
    for n in (20, 40):
        x = torch.rand(n, 19, requires_grad=True) * 2
        looked.clear()
        sum(row.sum() for row in x).backward()
        counts.append(len(looked))
    assert counts[1] < counts[0] + 10


def test_pieces_lie_as_they_do_in_memory() -> None:
    x = torch.arange(24.0).reshape(4, 6).requires_grad_()
    for parts, strides in (
            (x.t().split([1, 1, 2, 2]), (1, 6)), (x.split([1, 2, 1]), (6, 1)),
            (x.t().unbind(), (6,)), (x[:, ::2].unbind(), (2,)), (x.unbind(1), (6,)),
            (x.tensor_split([1, 3], dim=1), (6, 1))):
        assert [part.stride() for part in parts] == [strides] * len(parts)
        found = np.concatenate([part.detach().numpy().ravel() for part in parts])
        assert len({*found.tolist()}) == len(found) in (12, 24)


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="plans each new path")
@pytest.mark.parametrize("function", [
    lambda x: x * 0.9, lambda x: 0.9 * x, lambda x: x / 3, lambda x: 1 - x, lambda x: 2 / x,
    lambda x: x == 1, lambda x: x.masked_fill(x > 0, 7.5), lambda x: x + True])
def test_a_node_that_meets_a_number_has_no_list_of_steps(
        function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    first = early.Early.__init__
    monkeypatch.setattr(early.Early, "__init__", lambda self, *args: made.append(args) or (
        first(self, *args)))
    x = np.linspace(-1, 1, 42, dtype=np.float32)
    expected = np.where(x > 0, np.float32(7.5), x) if "masked_fill" in function.__code__.co_names \
        else function(x)
    with torch.no_grad():
        found = function(torch.tensor(x))
        assert np.array_equal(found.numpy(), expected) and found.numpy().dtype == expected.dtype
    assert not made


def test_templates_are_counted_where_garbage_is_looked_for(
        monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr("wengert.engine.recording.templates.seldom",
                        lambda steps, beside: told.append(beside))
    with torch.no_grad():
        for n in range(40):
            (torch.ones(n + 1) * 2).exp().tolist()
    assert sum(told) >= 40 * OBJECTS


def functions_called(program: Callable[[], Any]) -> list[str]:
    """The names of this package's functions that Python calls in a program."""
    found: list[str] = []

    def entered(frame: Any, event: str, arg: Any) -> None:
        if event == "call" and is_ours(frame.f_code.co_filename):
            found.append(frame.f_code.co_name)

    sys.setprofile(entered)
    try:
        program()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.skipif(torch.config.tier == "eager", reason="runs each call")
def test_a_call_on_a_new_path_is_two_functions() -> None:
    x, y = torch.rand(3, requires_grad=True), torch.rand(3, requires_grad=True)
    z = x * y
    for _ in range(150):   # until the callers are written
        z = z.sin() * y * 0.5
    z.sum().backward()
    z = x * y - x
    z.sin() * y
    found = functions_called(lambda: (z.sin().sin() * y - z) * 0.5 * z)
    assert found == [*["call", "new_step"] * 2, *["method", "new_step"] * 4]


@pytest.mark.skipif(torch.config.tier == "eager", reason="runs each call")
def test_what_waits_is_recorded_after_one_look_where_calls_are_computed_at_once() -> None:
    x, y = torch.rand(3, requires_grad=True), torch.rand(3)
    z = x * y
    try:
        for _ in range(150):   # until the callers are written
            here.modes.at_once = 1000
            (y.sin() * y).tolist()
            z = z.sin() * y
        (z * y).sin() * z
        found = functions_called(lambda: (z.sin() * y).sin() * z)
    finally:
        here.modes.at_once = 0
    assert found == [*["call", "call", "new_step", "method", "call", "new_step"] * 2]
