"""Custom functions and hooks on paths that are new each time: what a call of one takes."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.recording import here
from wengert.engine.recording.tree import tree

walks = pytest.mark.skipif(config.tier not in ("auto", "numpy"), reason="nothing is walked")
auto = pytest.mark.skipif(config.tier != "auto", reason="all is recorded")


class Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clamp(-0.3, 0.3)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad


class Bell(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        out = torch.exp(-x * x)
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, out = ctx.saved_tensors
        return grad * out * -2 * x


class Polar(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        r = torch.sqrt(x * x + y * y)
        ctx.save_for_backward(x, y, r)
        return r, torch.atan2(y, x)

    @staticmethod
    def backward(ctx: Any, dr: Any, dt: Any) -> Any:
        x, y, r = ctx.saved_tensors
        square = r * r
        return dr * x / r - dt * y / square, dr * y / r + dt * x / square


OPERATIONS: list[Callable[[Any], Any]] = [
    torch.tanh, torch.sin, lambda x: x * 0.9, lambda x: -x, Through.apply, Bell.apply,
    lambda x: sum(Polar.apply(x, x + 2))]


def chain(x: Any, k: int, hook: Callable[[Any], Any] | None = None) -> Any:
    """A path that no other ``k`` takes."""
    for n in np.random.RandomState(k).randint(0, len(OPERATIONS), 24):
        x = OPERATIONS[n](x)
        if hook is not None and n < 2:
            x.register_hook(hook)
    return x.sum()


@walks
def test_a_call_is_the_steps_of_its_forward_and_two() -> None:
    x = torch.linspace(-1, 1, 5).requires_grad_()
    for k in range(3):
        y = x * (x + k).tan() if k % 2 else (x * x).cos()
        made = tree.made
        z = Bell.apply(y)
        assert tree.made - made <= 3 + 2
        assert z.requires_grad and z.grad_fn.name() == "BellBackward"
        z.sum().backward()


def calls_of(function: Callable[[Any], Any], x: Any) -> int:
    """How many functions of Python's a call takes at least, on paths that are new."""
    count, least = [0], []

    def look(frame: Any, event: str, arg: Any) -> None:
        count[0] += event == "call"
    for k in range(6):
        y = (x * (1 + k)).sin() if k % 2 else x.exp() + k
        count[0] = 0
        sys.setprofile(look)
        try:
            function(y)
        finally:
            sys.setprofile(None)
        least.append(count[0])
    return min(least)


class Noted(torch.autograd.Function):
    """Notes what holds no tensor on its context."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.shape, ctx.kind, ctx.dims, ctx.factor = x.shape, x.dtype, (0, -1), 2.0
        return x.clamp(-0.3, 0.3)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad.reshape(ctx.shape).to(ctx.kind)


@walks
def test_what_a_context_notes_takes_few_calls() -> None:
    x = torch.linspace(-1, 1, 5).requires_grad_() * 1
    plain = calls_of(Through.apply, x)
    shape_and_dtype = calls_of(lambda y: (y.shape, y.dtype), x)
    assert calls_of(Noted.apply, x) - plain - shape_and_dtype <= 8


@auto
@pytest.mark.parametrize("hook", [None, lambda grad: grad * 0.5], ids=["plain", "hooks"])
def test_on_a_walked_way_nothing_is_recorded(hook: Any) -> None:
    """But for what is called for the first time."""
    x = torch.linspace(-1, 1, 5).requires_grad_()
    left = []
    for k in range(12):
        loss = chain(x, k + (0 if hook is None else 100), hook)
        made = tree.made
        loss.backward()
        left.append(tree.made - made)
    assert left[-8:].count(0) >= 5 and sum(left[-8:]) < 30


@pytest.mark.parametrize("length", [5, 5000])
def test_gradients_are_those_of_formulas(length: int) -> None:
    for k in range(6):
        x = torch.linspace(-1, 1, length, dtype=torch.float64).requires_grad_()
        found, = torch.autograd.grad(chain(x * 1, k), x)
        formulas, custom = [*OPERATIONS], [*OPERATIONS]
        formulas[4] = lambda x: x + (x.clamp(-0.3, 0.3) - x).detach()
        formulas[5] = lambda x: torch.exp(-x * x)
        formulas[6] = lambda x: torch.sqrt(x * x + (x + 2) ** 2) + torch.atan2(x + 2, x)
        OPERATIONS[:] = formulas
        try:
            wanted, = torch.autograd.grad(chain(x * 1, k), x)
        finally:
            OPERATIONS[:] = custom
        assert torch.allclose(found, wanted)


class Looks(torch.autograd.Function):
    """Differentiates in its backward, through what it has saved."""

    seen: ClassVar[list[Any]] = []

    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any) -> Any:
        ctx.save_for_backward(x, weight)
        return x * weight

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, weight = ctx.saved_tensors
        half = grad * x * 0.5
        Looks.seen.append((x.requires_grad, weight.requires_grad, half.requires_grad))
        with torch.enable_grad():
            y = (x * weight).sin().sum()
        inner, = torch.autograd.grad(y, x)
        return grad * weight + 0 * inner, grad * x


def test_what_is_saved_has_its_history_whatever_was_computed_with_it() -> None:
    Looks.seen.clear()
    for k in range(4):
        x = torch.linspace(1, 2, 3 + k).requires_grad_()
        weight = torch.full((3 + k,), 2.0, requires_grad=True)
        Looks.apply(x.exp(), weight).sum().backward()
        assert torch.allclose(x.grad, 2 * x.exp())
        assert torch.allclose(weight.grad, x.exp())
    assert Looks.seen == [(True, True, False)] * 4


def test_a_gradient_that_a_hook_keeps_is_its_own() -> None:
    for k in range(4):
        kept: list[Any] = []
        x = torch.ones(3 + k, requires_grad=True)
        y = x * 2
        y.register_hook(lambda grad, kept=kept: kept.append(grad))   # type: ignore[misc]
        (y * 3).sum().backward()
        kept[0].mul_(100)
        assert x.grad.tolist() == [6.0] * (3 + k)


def test_a_hook_may_write_to_what_it_is_given() -> None:
    for k in range(4):
        x = torch.ones(3 + k, requires_grad=True)
        y = x * 2
        y.register_hook(lambda grad: grad.mul_(2))
        (y * 3).sum().backward()
        assert x.grad.tolist() == [12.0] * (3 + k)


def test_no_cycle_keeps_a_call_alive() -> None:
    x = torch.ones(3, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        for how in (lambda y: None, lambda y: y.sum().backward(), lambda y: y.tolist()):
            y = Bell.apply(x * 2)
            call = weakref.ref(y.grad_fn.call)
            how(y)
            del y
            flush()
            assert call() is None
    finally:
        gc.enable()


def test_a_gradient_of_a_result_frees_nothing_behind_it() -> None:
    for k in range(3):
        x = torch.ones(3 + k, requires_grad=True)
        y = x.exp()
        y.tolist()
        assert torch.autograd.grad((y * 2).sum(), y)[0].tolist() == [2.0] * (3 + k)
        (y * 3).sum().backward()
        assert torch.allclose(x.grad, 3 * x.exp())


@walks
def test_a_value_enters_a_second_derivative_once() -> None:
    x = torch.linspace(0.1, 1, 4).requires_grad_()
    y = x
    for _ in range(6):
        y = (y * x).sin()
    grad, = torch.autograd.grad(y.sum(), x, create_graph=True)
    given = [id(each) for each in here.recording.inputs]
    assert len(given) == len(set(given))
    again, = torch.autograd.grad(grad.sum(), x)

    def first(v: Any) -> Any:
        x = v.detach().requires_grad_()
        y = x
        for _ in range(6):
            y = (y * x).sin()
        return torch.autograd.grad(y.sum(), x)[0]
    about = (first(x + 1e-2) - first(x - 1e-2)) / 2e-2
    assert torch.allclose(again, about, rtol=2e-2, atol=2e-2)


@walks
def test_a_full_backward_hook_takes_few_calls() -> None:
    x = torch.linspace(-1, 1, 5).requires_grad_() * 1
    plain, hooked = torch.nn.Tanh(), torch.nn.Tanh()
    hooked.register_full_backward_hook(lambda *args: None)
    calls_of(hooked, x)   # what loads the gates
    assert calls_of(hooked, x) - calls_of(plain, x) <= 180


def test_a_second_derivative_passes_a_module_with_a_hook() -> None:
    seen = []
    layer = torch.nn.Tanh()
    layer.register_full_backward_hook(lambda module, ins, outs: seen.append(len(ins)))
    for k in range(4):
        x = torch.linspace(0.1, 1, 3 + k).requires_grad_()
        grad, = torch.autograd.grad(layer(x * x).sum(), x, create_graph=True)
        grad.sum().backward()
        y, t = x.detach(), torch.tanh(x.detach() ** 2)
        slope = 1 - t * t
        assert torch.allclose(x.grad, 2 * slope - 8 * y * y * t * slope, atol=1e-5)
    assert len(seen) == 4


def test_what_a_module_with_a_hook_writes_to_an_argument_is_in_it() -> None:
    class Writes(torch.nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            b.add_(1)
            return a * 2, b
    layer = Writes()
    layer.register_full_backward_hook(lambda *args: None)
    for k in range(4):
        a, b = torch.ones(2 + k, requires_grad=True), torch.ones(2 + k)
        _, same = layer(a, b)
        same.mul_(3)
        assert b.tolist() == [6.0] * (2 + k)


class Splits(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        part = y[1:]
        ctx.mark_non_differentiable(y, part)
        return x * 2, y, part

    @staticmethod
    def backward(ctx: Any, grad: Any, *others: Any) -> Any:
        return grad * 2, None


def test_an_input_that_is_returned_without_gradient_is_the_same_memory() -> None:
    for k in range(4):
        x, y = torch.ones(3 + k, requires_grad=True), torch.zeros(3 + k)
        out, same, part = Splits.apply(x, y)
        same.add_(1)
        part.mul_(3)
        assert y.tolist() == same.tolist() == [1.0, *[3.0] * (2 + k)]
        out.sum().backward()
        assert x.grad.tolist() == [2.0] * (3 + k)


class Inside(torch.autograd.Function):
    """Takes the gradient in its backward of what its forward has recorded."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        with torch.enable_grad():
            ctx.x = x.detach().requires_grad_()
            ctx.y = (-ctx.x * ctx.x).exp()
        return ctx.y.detach()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        found, = torch.autograd.grad(ctx.y, ctx.x, grad)
        return found


def test_a_gradient_looks_at_what_it_goes_through_alone() -> None:
    """However long the recording is that it lies in."""
    def calls(turns: int) -> int:
        x = y = torch.linspace(0.1, 1, 4).requires_grad_()
        z = x
        for _ in range(turns):
            y = Inside.apply(y) + x
            z = torch.exp(-z * z) + x
        out = y.sum()
        count = [0]

        def look(frame: Any, event: str, arg: Any) -> None:
            count[0] += event == "call"
        sys.setprofile(look)
        try:
            out.backward()
        finally:
            sys.setprofile(None)
        assert torch.allclose(x.grad, torch.autograd.grad(z.sum(), x)[0])
        return count[0]
    few, many = (min(calls(turns) for _ in range(3)) for turns in (10, 40))
    assert many < 6 * few


@walks
def test_what_is_saved_takes_few_calls() -> None:
    """Of functions beside those of the operations."""
    x = torch.linspace(-1, 1, 5).requires_grad_() * 1
    counts = []
    for k in range(4):
        y = (x * (9 + k)).sin() if k % 2 else x.exp() + k + 9
        found = []

        def look(frame: Any, event: str, arg: Any, found: list[str] = found) -> None:
            path = frame.f_code.co_filename
            if event == "call" and ("autograd" in path or path.endswith("recording/custom.py")):
                found.append(frame.f_code.co_name)
        sys.setprofile(look)
        try:
            Bell.apply(y)
        finally:
            sys.setprofile(None)
        counts.append(len(found))
    assert min(counts) <= 14


@auto
def test_a_backward_that_is_the_users_takes_few_calls() -> None:
    """On a walked way, those of its own three operations included."""
    x = torch.linspace(-1, 1, 5).requires_grad_()
    counts = [0]

    def look(frame: Any, event: str, arg: Any) -> None:
        counts[0] += event == "call"

    def calls(length: int, k: int) -> int:
        y = x * (k + 1.5)
        for _ in range(length):
            y = Bell.apply(y.sin() if k % 3 == 0 else y.cos())
        loss = y.sum()
        counts[0] = 0
        sys.setprofile(look)
        try:
            loss.backward()
        finally:
            sys.setprofile(None)
        return counts[0]
    few, many = (min(calls(length, 70 * length + k) for k in range(20)) for length in (12, 24))
    assert many - few <= 12 * 72


class Inner(torch.autograd.Function):
    """Keeps what it was computed with, for a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        with torch.enable_grad():
            inside = x.detach().requires_grad_()
            out = (inside * inside).sin()
        ctx.save_for_backward(inside, out)
        return out.detach()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        inside, out = ctx.saved_tensors
        return torch.autograd.grad(out, inside, grad)[0]


def test_what_is_made_and_saved_in_a_forward_keeps_its_history() -> None:
    for k in range(4):
        x = torch.linspace(-1, 1, 5 + k).requires_grad_()
        Inner.apply(x * 2).sum().backward()
        assert torch.allclose(x.grad, 8 * x * (4 * x * x).cos())
