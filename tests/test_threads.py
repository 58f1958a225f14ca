"""What threads may share: docs/threads.md. Each rule at each call, then many threads at once."""

from __future__ import annotations

import ast
import os
import signal
import sys
import threading

import numpy as np
import pytest

import wengert as torch
from interleaved import interleaved, interrupted
from side_by_side import side_by_side
from sources import texts
from wengert.autograd.modes import within
from wengert.engine import locks
from wengert.engine.recording import flushing
from wengert.engine.recording import recording as recorded
from wengert.engine.recording.handle import Store, unit_of
from wengert.engine.recording.latest import latest, nobody
from wengert.engine.text import parse_graph
from wengert.profiling import profile
from wengert.profiling.measuring import Step, measuring

nn = torch.nn


@pytest.fixture(params=[1e-5, 5e-3])
def often(request):
    """Threads change often, or as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(request.param)
    yield
    sys.setswitchinterval(before)


counts = pytest.mark.parametrize("count", [2, 8])


# Two threads, one of them stopped at each call in turn

def adding(make, add):
    def setup():
        x = make()

        def check():
            assert x.tolist() == [2.0] * 3 and (x * 1).tolist() == [2.0] * 3
        return (lambda: add(x)), (lambda: add(x)), check
    return setup


def without_gradient(x):
    with torch.no_grad():
        x.sub_(-1.0)


def and_read(x):
    x.add_(torch.ones(3))
    assert x.tolist()[0] >= 1


ADDITIONS = {
    "a number": (lambda: torch.zeros(3), lambda x: x.add_(1.0)),
    "an operator": (lambda: torch.zeros(3), lambda x: x.__iadd__(torch.ones(3))),
    "a pending tensor": (lambda: torch.zeros(3) * 2, lambda x: x.add_(1.0)),
    "a leaf": (lambda: torch.zeros(3, requires_grad=True), without_gradient),
    "a parameter": (lambda: nn.Parameter(torch.zeros(3)), without_gradient),
    "and its value": (lambda: torch.zeros(3), and_read),
    "a view": (lambda: torch.zeros(6)[1:4], lambda x: x.add_(1.0)),
    "memory of NumPy": (lambda: torch.from_numpy(np.zeros(3, np.float32)), lambda x: x.add_(1.0)),
}


@pytest.mark.parametrize("name", ADDITIONS)
def test_a_write_is_whole_whoever_comes_between(name):
    assert interleaved(adding(*ADDITIONS[name])) > 0


def test_gradients_add_up_whoever_comes_between():
    def setup():
        x = torch.zeros(3, requires_grad=True)

        def work():
            (x * 2).sum().backward()

        def check():
            assert x.grad.tolist() == [4.0] * 3
        return work, work, check
    assert interleaved(setup) > 0


def test_a_gradient_that_is_there_is_added_to_whoever_comes_between():
    def setup():
        x = torch.zeros(3, requires_grad=True)
        x.grad = torch.ones(3)

        def work():
            (x * 2).sum().backward()

        def check():
            assert x.grad.tolist() == [5.0] * 3
        return work, work, check
    assert interleaved(setup) > 0


def test_a_tensor_that_waits_elsewhere_has_one_value_and_its_history():
    def setup():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * 3
        found = []

        def first():
            z = (y * y).sum()
            found.append(z.item())
            z.backward(retain_graph=True)

        def second():
            found.append((y + 1).sum().item())
            y.sum().backward(retain_graph=True)

        def check():
            assert sorted(found) == [11.0, 45.0]
            assert x.grad.tolist() == [21.0, 39.0]
        return first, second, check
    assert interleaved(setup) > 0


def test_one_graph_is_gone_through_once_or_refused():
    def setup():
        x = torch.ones(3, requires_grad=True)
        y = (x * 2).exp().sum()
        y.item()
        done, refused = [], []

        def work():
            try:
                y.backward()
                done.append(1)
            except RuntimeError as error:
                refused.append(str(error))

        def check():
            assert len(done) == 1 and "second time" in refused[0]
            assert np.allclose(x.grad.numpy(), 2 * np.exp(2))
        return work, work, check
    assert interleaved(setup) > 0


def test_a_step_of_an_optimizer_is_whole_whoever_comes_between():
    def setup():
        p = [torch.zeros(2, requires_grad=True), nn.Parameter(torch.zeros(2))]
        for q in p:
            q.grad = torch.ones(2)
        optimizer = torch.optim.SGD(p, lr=1.0)

        def check():
            assert [q.tolist() for q in p] == [[-2.0] * 2] * 2
        return optimizer.step, optimizer.step, check
    assert interleaved(setup) > 0


# An interruption at each call in turn

def test_an_interrupted_step_leaves_the_next_one_right():
    data = torch.tensor(np.linspace(-1, 1, 12).reshape(4, 3))

    def setup():
        w = torch.zeros(3, dtype=torch.float64, requires_grad=True)

        def work():
            ((data @ w).tanh() - 0.3).square().sum().backward()

        def check():
            assert torch.is_grad_enabled()
            w.grad = None
            loss = ((data @ w).tanh() - 0.3).square().sum()
            loss.backward()
            assert np.isclose(loss.item(), 4 * 0.09)
            assert np.allclose(w.grad.numpy(), -0.6 * data.numpy().sum(0))
        return work, check
    assert interrupted(setup) > 0


def test_an_interrupted_write_is_made_or_is_not():
    def setup():
        a = torch.tensor(np.arange(6.0).reshape(2, 3))
        b, c = a[1], a.t()

        def work():
            b.mul_(2)
            c[0] += 1
            a.tolist()

        def check():
            found, rows = np.array(a.tolist()), np.arange(6.0).reshape(2, 3)
            twice = rows * [[1], [2]]
            assert any(np.array_equal(found, want) for want in (
                rows, twice, twice + [[1, 0, 0], [1, 0, 0]]))
            assert b.tolist() == found[1].tolist() and c.tolist() == found.T.tolist()
            b.add_(1)
            assert a[1].tolist() == (found[1] + 1).tolist() == c[:, 1].tolist()
        return work, check
    assert interrupted(setup) > 0


def take_and_release(k):
    """A lock that an interruption left taken cannot be taken by another thread."""
    for lock in locks.ORDER:
        assert lock.acquire(timeout=5)
        lock.release()


def test_an_interrupted_optimizer_leaves_modes_and_locks():
    def setup():
        model = nn.Linear(2, 1)
        optimizer = torch.optim.Adam(model.parameters(), 0.1)
        x = torch.ones(3, 2)
        model(x).sum().backward()

        def check():
            assert torch.is_grad_enabled() and not locks.sharing.exclusive
            side_by_side(take_and_release, 1)
            optimizer.zero_grad()
            model(x).sum().backward()
            assert model.weight.grad.tolist() == [[3.0, 3.0]]
            assert all(torch.isfinite(p).all() for p in model.parameters())
        return optimizer.step, check
    assert interrupted(setup) > 0


# Many threads at once

@counts
def test_gradients_of_one_leaf_add_up(often, count):
    x = torch.zeros(3, requires_grad=True)

    def work(k):
        for _ in range(20):
            (x.clone() * 2).sum().backward()
    side_by_side(work, count)
    assert x.grad.tolist() == [40.0 * count] * 3


@counts
def test_gradients_of_second_order_add_up(often, count):
    x = torch.zeros(3, requires_grad=True)

    def work(k):
        for i in range(8):
            (x * 3).sum().backward(create_graph=(i + k) % 2 == 0)
    side_by_side(work, count)
    assert x.grad.tolist() == [24.0 * count] * 3


@counts
def test_updates_of_one_parameter_are_all_made(often, count):
    w = torch.zeros(4, requires_grad=True)

    def work(k):
        for _ in range(20):
            (g,) = torch.autograd.grad((w * 1.0).sum(), w)
            with torch.no_grad():
                w.sub_(g)
    side_by_side(work, count)
    assert w.tolist() == [-20.0 * count] * 4


@counts
def test_an_optimizer_is_shared(often, count):
    w = nn.Parameter(torch.zeros(2))
    w.grad = torch.ones(2)
    optimizer = torch.optim.Adam([w], 0.1)

    def work(k):
        for _ in range(10):
            optimizer.step()
    side_by_side(work, count)
    assert optimizer.state[w]["step"].item() == 10 * count


@counts
def test_views_of_one_tensor_are_written_to(often, count):
    base = torch.zeros(2 * count)
    parts = [base[2 * k:2 * k + 2] for k in range(count)]

    def work(k):
        for _ in range(15):
            parts[k].add_(1)
            base.mul_(1)
    side_by_side(work, count)
    assert base.tolist() == [15.0] * (2 * count)


@counts
def test_one_program_runs_in_several_threads(often, count):
    """Each run has scratch memory of its own."""
    def work(k):
        for _ in range(20):
            x = torch.full((300, 7), float(k), dtype=torch.float64)
            y = torch.softmax(torch.tanh(x * 0.1) + torch.arange(7.0), 1)
            z = ((y - y.mean(1, keepdim=True)) ** 2).sum()
            seen.setdefault(k, set()).add(z.item())
    seen: dict[int, set[float]] = {}
    for k in range(count):
        work(k)
    for values in seen.values():
        assert max(values) - min(values) < 1e-9
    side_by_side(work, count)
    for values in seen.values():
        assert max(values) - min(values) < 1e-9


@counts
def test_paths_are_forgotten_while_threads_record(often, count, monkeypatch):
    monkeypatch.setattr(torch.config, "max_tree_steps", 60)

    def work(k):
        for n in range(40):
            y, want = torch.ones(3), 1.0
            for i in range((n * 7 + k) % 11):
                y, want = (y * 2, want * 2) if (n + i) % 2 else (y + 1, want + 1)
            assert y.tolist() == [want] * 3
    side_by_side(work, count)


def test_a_profile_begins_and_ends_while_others_work(often):
    """The code that measures has what it reads as long as it runs."""
    stop = threading.Event()

    def work(k):
        if k:
            for _ in range(25):
                x = torch.linspace(0, 1, 50 + k).requires_grad_()
                (x.exp() * x.sin()).sum().backward()
                assert np.allclose(x.grad[0].item(), 1.0)
            stop.set()
        else:
            while not stop.is_set():
                with profile():
                    (torch.ones(4) * 2).tolist()
    side_by_side(work, 4)


def test_texts_are_parsed_by_one_thread_at_a_time(monkeypatch):
    parse, alone = ast.parse, []
    monkeypatch.setattr(ast, "parse", lambda *given, **more: (
        alone.append(locks.compiling._is_owned()), parse(*given, **more))[1])
    measuring("def f():\n    x = 1\n    return x\n", "f", {2: [Step(None)]}, [])
    parse_graph("input\n%0 = constant float32[] {value=1.0}\noutput %0")
    assert len(alone) > 4 and all(alone)
    assert [name for name, text in texts() if "ast.parse(" in text] == ["engine/locks.py"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_has_no_lock_that_another_thread_held(often):
    """A fork waits until nobody changes what it copies; the child can compile, draw and record."""
    stop = threading.Event()

    def busy(k):
        n = 0
        while not stop.is_set():
            n += 1
            y = torch.arange(3.0 + n % 20)
            for _ in range(n % 9):
                y = torch.tanh(y) * 1.1
            float(y.sum())
            torch.randn(5)

    def fork(k):
        if k:
            return busy(k)
        try:
            for n in range(4):
                child = os.fork()
                if not child:
                    signal.alarm(60)
                    x = torch.arange(7.0) * n + torch.randn(7) * 0
                    for _ in range(3):
                        good = torch.allclose((x * 2).tanh(), torch.tanh(x + x))
                    os._exit(0 if good else 1)
                assert os.waitpid(child, 0)[1] == 0
        finally:
            stop.set()
    side_by_side(fork, 3)


def test_locks_are_taken_in_one_order(monkeypatch):
    """Whoever holds one takes later ones only."""
    held = threading.local()
    wrong = []

    class Watched:
        def __init__(self, lock, place):
            self.lock, self.place = lock, place

        def acquire(self, *args, **kwargs):
            mine = held.__dict__.setdefault("places", [])
            if mine and self.place < max(mine) and self.place not in mine:
                wrong.append((mine[:], self.place))
            mine.append(self.place)
            return self.lock.acquire(*args, **kwargs)

        def release(self):
            held.places.remove(self.place)
            self.lock.release()

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *error):
            self.release()
    watched = {id(lock): Watched(lock, k) for k, lock in enumerate(locks.ORDER)}
    for name, module in list(sys.modules.items()):
        if name.startswith("wengert"):
            for attribute, value in list(vars(module).items()):
                if id(value) in watched:
                    monkeypatch.setattr(module, attribute, watched[id(value)])
    monkeypatch.setattr(locks.sharing, "lock", watched[id(locks.sharing.lock)])
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    with profile():
        for n in range(4):
            optimizer.zero_grad()
            loss = torch.tanh(model(torch.ones(5 + n, 3))).sum()
            loss.backward(retain_graph=True)
            loss.backward()
            optimizer.step()
            model.weight.detach().numpy()
    assert not wrong


def test_an_interruption_on_the_way_out_of_an_interruption_leaves_modes(monkeypatch):
    """A second one, which comes while the first one is put right."""
    calls = []
    set_grad = recorded.Recording.set_grad

    def interrupted_once(rec, enabled):
        if enabled and len(calls) < 2:
            calls.append(enabled)
            raise KeyboardInterrupt
        set_grad(rec, enabled)

    x = torch.ones(2, requires_grad=True)
    y = x * 2
    monkeypatch.setattr(recorded.Recording, "set_grad", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        within(False, lambda: y * 3)
    assert len(calls) == 2 and torch.is_grad_enabled()
    assert (x * 2).requires_grad


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_waits_for_a_library_that_must_not_be_stopped():
    went_on = []

    def change():
        signal.raise_signal(signal.SIGINT)
        went_on.append(True)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        locks.uninterrupted(change)
    assert went_on and signal.getsignal(signal.SIGINT) is before
    assert locks.uninterrupted(lambda: 3) == 3


def test_a_store_whose_value_has_just_come_is_entered():
    """Another thread may see a value before what is known about it has been noted."""
    store = Store()
    store._buf = np.ones(3)
    assert recorded.here.recording.enter(store).shape == (3,)


# Whose recording it is

def in_a_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")
def test_the_first_operation_of_a_thread_is_in_its_own_recording():
    """Be it the very step that is known to follow in another's, whose modes are others too."""
    x = torch.ones(3, requires_grad=True)

    def programs(y):
        return y * 3, torch.exp(y), y[1]
    for _ in range(3):
        with torch.no_grad():
            y = x * 2
            programs(y)
            for k in range(3):
                found = in_a_thread(lambda y=y, k=k: programs(y)[k])
                assert unit_of(found) is not recorded.here.recording
        y = x * 2
        for k, (value, slope) in enumerate([(6.0, 6.0), (float(np.exp(2)), 2 * float(np.exp(2))),
                                            (2.0, 2.0)]):
            found = in_a_thread(lambda y=y, k=k: programs(y)[k].sum())
            gradient, = torch.autograd.grad(found, x, retain_graph=True)
            assert found.item() == pytest.approx(value * (1 if k == 2 else 3))
            assert gradient[1].item() == pytest.approx(slope)
        y.tolist()


def test_what_another_thread_begins_is_not_taken_for_this_ones():
    x = torch.ones(3)
    here, begun, done = recorded.here, threading.Event(), threading.Event()

    def work():
        (x + 1).tolist()
        begun.set()
        done.wait(60)
        assert latest.recording is not here.recording
        return (x + 2).tolist(), here.recording.owner

    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    begun.wait(60)
    assert latest.recording is not here.recording
    y = x * 4
    assert torch.config.tier == "eager" or unit_of(y) is here.recording
    assert y.tolist() == [4.0] * 3 and latest.recording is here.recording
    done.set()
    thread.join()
    assert found[0][0] == [3.0] * 3 and found[0][1] is not here.recording.owner


def test_no_recording_is_left_of_a_thread_that_is_gone():
    """Another one may be given its identity, by which a lock knows its owner."""
    owner = in_a_thread(lambda: ((torch.ones(3) * 2).tolist(), recorded.here.recording.owner)[1])
    assert latest.recording is nobody and owner is not nobody.owner
    assert (torch.ones(3) * 2).tolist() == [2.0] * 3
    assert latest.recording is recorded.here.recording


def test_what_another_thread_has_computed_waits_again_the_next_time():
    """A view that a thread, gone by now, had computed first was left without a value whenever the
    same came again without that thread."""
    w = torch.ones(3, requires_grad=True)

    def view(computed_elsewhere):
        base = torch.zeros(4)
        base.tolist()
        part = base[1:]
        if computed_elsewhere:
            in_a_thread(lambda: (part * 2).tolist())
        w.detach().clone().tolist()
        return part
    for k in range(12):
        assert view(k < 6).tolist() == [0.0] * 3


def test_numpy_is_shown_what_another_thread_enters():
    def setup():
        w = torch.ones(3, requires_grad=True)
        y = w * 2
        y.tolist()
        sums, shown = [], []

        def check():
            assert sums[0].item() == 6.0 and shown[0].tolist() == [2.0] * 3
        return lambda: sums.append((y * w).sum()), lambda: shown.append(y.detach().numpy()), check
    assert interleaved(setup) > 0


def test_a_view_is_entered_while_it_is_looked_at_who_holds_what():
    def setup():
        base = torch.zeros(4)
        base.tolist()
        parts = base[1:], base[:2]
        handles, found = [*recorded.here.recording.handles], []

        def check():
            assert found == [[0.0] * 3] and [len(each.tolist()) for each in parts] == [3, 2]
        return (lambda: flushing.held_by_others(handles, [3] * len(handles)),
                lambda: found.append((parts[0] * 2).tolist()), check)
    assert interleaved(setup) > 0 or torch.config.tier == "eager"
