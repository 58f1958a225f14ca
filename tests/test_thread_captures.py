"""Threads that share tensors while one of them captures a function, or repeats one: every gradient
and every write counts (docs/threads.md)."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any

import numpy as np
import pytest

import wengert as torch
from interleaved import interleaved
from side_by_side import side_by_side
from wengert.compiler import replay
from wengert.engine import locks
from wengert.engine.recording import flushing, worth
from wengert.engine.recording.capture import capture
from wengert.engine.recording.handle import Later, extra, forget

nn = torch.nn
captures = pytest.mark.skipif(torch.config.tier not in ("auto", "llvm"), reason="captures nothing")


@pytest.fixture
def at_once(monkeypatch):
    """Functions of transforms are captured at their first call."""
    monkeypatch.setattr(torch.config, "compile_after", 0)


@pytest.fixture
def often():
    """Threads change often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def loss_of(w):
    def loss(x):
        return (w * x).sum()
    return loss


def adding(w, x):
    return lambda: (w * x).sum().backward()


@captures
def test_a_gradient_is_added_while_a_function_is_captured(at_once):
    def setup():
        w, x = torch.zeros(3, requires_grad=True), torch.ones(3)
        found = []

        def check():
            assert w.grad.tolist() == [1.0] * 3 and found[0].tolist() == [0.0] * 3
        loss = loss_of(w)
        return lambda: found.append(torch.func.grad(loss)(x)), adding(w, x), check
    assert interleaved(setup) > 0


def test_a_history_is_there_while_a_function_is_captured():
    def setup():
        w, x = torch.zeros(3, requires_grad=True), torch.ones(3)
        y = w * 2
        y.tolist()

        def check():
            assert w.grad.tolist() == [2.0] * 3
        return lambda: capture(loss_of(y), x), adding(y, x), check
    assert interleaved(setup) > 0


@captures
def test_what_a_captured_function_does_is_seen_when_it_is_done():
    """Nobody comes upon a tensor, or a gradient, of the capture."""
    def setup():
        w, a, x = torch.zeros(3, requires_grad=True), torch.zeros(3), torch.ones(3)

        @torch.compile
        def step(x):
            a.add_(x)
            (w * x).sum().backward()

        def other():
            adding(w, x)()
            a.add_(x)
            a.tolist()

        def check():
            assert w.grad.tolist() == [2.0] * 3 and a.tolist() == [2.0] * 3
        return lambda: step(x), other, check
    assert interleaved(setup) > 0


@captures
def test_what_a_compiled_step_adds_is_added_whoever_comes_between():
    w, a, x = torch.zeros(3, requires_grad=True), torch.zeros(3), torch.ones(3)

    @torch.compile
    def step(x):
        a.add_(x)
        (w * x).sum().backward()

    def setup():
        w.grad = None
        a.zero_()
        a.tolist()

        def other():
            adding(w, x)()
            a.add_(x)

        def check():
            assert w.grad.tolist() == [2.0] * 3 and a.tolist() == [2.0] * 3
        return lambda: step(x), other, check
    assert interleaved(setup) > 0


@captures
def test_a_hook_is_registered_while_a_function_is_captured(at_once):
    def setup():
        w, x = torch.zeros(3, requires_grad=True), torch.ones(3)
        loss, seen = loss_of(w), []

        def check():
            assert w.grad.tolist() == [1.0] * 3
            adding(w, x)()
            assert len(seen) == 1
        return (lambda: torch.func.grad(loss)(x)), lambda: (
            adding(w, x)(), w.register_post_accumulate_grad_hook(seen.append)), check
    assert interleaved(setup) > 0


@captures
def test_derivatives_that_are_captured_at_once_in_many_threads(at_once, often):
    for _ in range(4):
        w = torch.zeros(3, requires_grad=True)
        loss = loss_of(w)

        def work(k, w=w, loss=loss):
            x = torch.full((3,), 1.0 + k)
            for _ in range(5):
                (torch.func.grad(loss)(x).sum() * x.sum()).backward()
        side_by_side(work, 5)
        assert w.grad.tolist() == [5 * 3 * 15.0] * 3


def test_only_what_the_function_has_done_is_told_and_undone():
    """A gradient that comes meanwhile, by no doing of the function, stays."""
    w, v = torch.zeros(3, requires_grad=True), torch.zeros(3, requires_grad=True)
    given = torch.ones(3)

    def function(x):
        y = w * x + v
        extra(w).grad = given   # as another thread does
        y.sum().backward(inputs=[v])
        return y
    (handle, node), = capture(function, torch.ones(3), tensors=[w, v]).grads
    assert handle is v and node.shape == (3,)
    assert w.grad is given and v.grad is None


def test_a_tensor_that_waits_elsewhere_has_its_value_before_it_is_captured():
    """The recording that it waits in may end while the capture goes on."""
    made, asked, ended = threading.Event(), threading.Event(), threading.Event()
    y = []

    def owner():
        y.append(torch.ones(3) * 2)
        made.set()
        asked.wait(60)
        (torch.ones(3) * 3).tolist()
        ended.set()

    def function(x):
        z = x + y[0]
        asked.set()
        ended.wait(60)
        return z
    thread = threading.Thread(target=owner)
    thread.start()
    made.wait(60)
    capture(function, torch.ones(3))
    thread.join()
    assert y[0].tolist() == [2.0] * 3


# A parameter whose data is gone shares nothing any more

def write(w):
    with torch.no_grad():
        w.sub_(1.0)


@pytest.mark.parametrize("turned", [False, True])
def test_a_parameter_is_read_while_it_is_written_to_for_the_first_time(turned):
    def setup():
        w = nn.Parameter(torch.zeros(3))

        def read():
            assert (w * 2).sum().item() in (0.0, -6.0)

        def check():
            assert w.tolist() == [-1.0] * 3
        return (read, lambda: write(w), check) if turned else (lambda: write(w), read, check)
    assert interleaved(setup) > 0


def test_a_parameter_shares_nothing_any_more_when_a_reader_may_look():
    for _ in range(5):
        w = nn.Parameter(torch.zeros(3))
        forget(w)   # as after a write to what it shares
        found = []

        def read(w=w, found=found):
            found.append((w * 2).sum().item())
        with locks.sharing.lock:
            thread = threading.Thread(target=read)
            thread.start()
            thread.join(0.02)
            write(w)
        thread.join()
        assert found[0] in (0.0, -6.0) and w.tolist() == [-1.0] * 3


# A recording ends while others look

def test_a_history_is_there_while_a_recording_ends(monkeypatch):
    """Asking for the state of what has late views is a call, at which threads may change."""
    monkeypatch.setattr(torch.config, "compile_after", 1)
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    ask, waiting = Later.leaf.fget, []

    def asked(later):
        while waiting:
            side_by_side(waiting.pop(), 1)
        return ask(later)
    monkeypatch.setattr(Later, "leaf", property(asked, Later.leaf.fset))
    for _ in range(6):
        x.grad = None
        y = x * 2
        part, z = y[:2], y * 3
        waiting.append(lambda k, y=y: y.sum().backward())
        z.tolist()
        if waiting:
            waiting.pop()(0)
        assert x.grad.tolist() == [2.0] * 3 and part.tolist() == [2.0, 4.0]


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_what_another_thread_held_for_a_moment_is_no_sign_of_what_waits(monkeypatch):
    """A known ending tells by counts of references which tensors wait."""
    x, elsewhere = torch.ones(3), []

    def step(held):
        y = x * 2
        elsewhere.append(y)
        if not held:
            del y
        z = x * 3
        if held == "here":
            elsewhere.clear()
        assert z.tolist() == [3.0] * 3
        elsewhere.clear()
        assert not held or y.tolist() == [2.0] * 3
    run_anew = flushing.run_anew

    def let_go(*given):
        elsewhere.clear()   # as another thread does
        run_anew(*given)
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        monkeypatch.setattr(flushing, "run_anew", let_go)
        for held in (None, None, "here", "here", None, "here"):
            step(held)
    finally:
        stop.set()
        thread.join()


def test_savings_are_added_up_while_no_other_thread_notes_a_program():
    """A set that is gone through must not change meanwhile."""
    with locks.growing:
        thread = threading.Thread(target=worth.ledger.all)
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
    thread.join()


def exported_as_source(w, x):
    return torch.export.source(lambda x: (x * w).sin().sum(), x)


def exported_as_onnx(w, x):
    layer = nn.Linear(3, 1)
    layer.weight = w
    file = io.BytesIO()
    torch.onnx.export(layer, (x,), file)
    return file.getvalue()


def with_its_sparsity(w, x):
    return torch.sparse.jacobian(lambda x: x * w)(x)


@pytest.mark.parametrize("look", [exported_as_source, exported_as_onnx, with_its_sparsity])
def test_what_other_threads_write_is_not_taken_for_what_a_function_does(look):
    def setup():
        w = nn.Parameter(torch.ones(1, 3) if look is exported_as_onnx else torch.ones(3))
        x, found = torch.ones(3), []

        def write():
            with torch.no_grad():
                w.add_(1)
                w[..., 1:].mul_(2)

        def check():
            assert w.flatten().tolist() == [2.0, 4.0, 4.0] and found
        return lambda: found.append(look(w, x)), write, check
    assert interleaved(setup) > 0


def numbers_of(at: int, found: list[Any]) -> None:
    """Draw in another thread, and wait for it."""
    thread = threading.Thread(target=lambda: found.append(torch.rand(at).tolist()))
    thread.start()
    thread.join()


class Meanwhile(nn.Module):
    """A module while which another thread draws random numbers; of its own it draws if told so."""

    def __init__(self, draws: bool) -> None:
        super().__init__()
        self.draws = draws
        self.found: list[Any] = []

    def forward(self, x: Any) -> Any:
        numbers_of(3, self.found)
        return x * 2 + (torch.rand(2) if self.draws else 0)


def test_what_other_threads_draw_is_no_draw_of_what_is_exported():
    torch.manual_seed(5)
    expected = [torch.rand(3).tolist() for _ in range(2)]
    torch.manual_seed(5)
    module = Meanwhile(False)
    torch.onnx.export(module, (torch.ones(2),), io.BytesIO())
    assert [*module.found, torch.rand(3).tolist()] == expected   # and none comes twice
    with pytest.raises(NotImplementedError, match="random numbers"):
        torch.onnx.export(Meanwhile(True), (torch.ones(2),), io.BytesIO())


@captures
def test_what_other_threads_draw_is_no_draw_of_what_is_compiled(monkeypatch):
    found, made = [], []
    original = replay.capture

    def capture(*args, **named):
        numbers_of(3, found)
        made.append(original(*args, **named))
        return made[-1]
    monkeypatch.setattr(replay, "capture", capture)
    torch.manual_seed(5)
    expected = [torch.rand(3).tolist() for _ in range(2)]
    torch.manual_seed(5)
    f = torch.compile(lambda x: x.sin() * 2)
    for k in range(4):
        assert f(torch.full((3,), float(k))).tolist() == pytest.approx(
            (np.sin([k] * 3) * 2).tolist())
    assert len(made) == len(found) == 1, "it was taken for one that draws"
    assert [*found, torch.rand(3).tolist()] == expected


@captures
def test_what_other_threads_draw_while_a_function_that_draws_is_captured_comes_once(monkeypatch):
    found = []
    original = replay.capture

    def capture(function, *args, **named):
        def drawing(*given):
            before = torch.rand(3)   # of the capture: nobody is given it
            numbers_of(3, found)
            return function(*given), before, numbers_of(3, found)
        return original(drawing, *args, **named)
    monkeypatch.setattr(replay, "capture", capture)
    torch.manual_seed(5)
    expected = [torch.rand(3).tolist() for _ in range(40)]
    torch.manual_seed(5)
    f = torch.compile(lambda x: x + torch.rand(3))
    for _ in range(4):
        found.append(f(torch.zeros(3)).tolist())
    assert len(found) > 4 and sorted(found) == sorted(expected[:len(found)])
