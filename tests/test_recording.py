"""Recording: known paths, liveness, bounds, failure, threads. Counts, never times."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

import wengert as torch
from side_by_side import side_by_side
from wengert.config import config
from wengert.engine.graph import Node
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.forms import Form
from wengert.engine.recording.handle import Extra, Store
from wengert.engine.recording.recording import Recording, here
from wengert.engine.recording.templates import Template
from wengert.engine.recording.tree import Step, tree

recorded = pytest.mark.skipif(config.tier == "eager", reason="nothing is recorded in this tier")


def programs_run() -> int:
    """How many programs the steps of the tree hold, and how often they ran."""
    stack = list(tree.roots.values())
    seen = set(stack)
    while stack:
        for step in stack.pop().followers():
            if step not in seen:
                seen.add(step)
                stack.append(step)
    return sum(program.runs for step in seen for program in step.programs.values())


def polynomial_step(x, y, params, rate):
    a, b, c, d = params
    loss = (a + b * x + c * x ** 2 + d * x ** 3 - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        for p in params:
            p -= rate * p.grad
            p.grad = None
    return loss


@pytest.fixture
def fit():
    x = torch.linspace(-3, 3, 50)
    params = [torch.tensor(0.1 * k, requires_grad=True) for k in range(4)]
    return x, torch.sin(x), params


@recorded
def test_a_steady_loop_adds_no_steps(fit):
    x, y, params = fit
    for _ in range(4):
        polynomial_step(x, y, params, 1e-5)
    steps = tree.made
    for k in range(20):
        polynomial_step(x, y, params, 1e-5 / (k + 1))
    assert tree.made == steps


@recorded
def test_one_program_per_training_step(fit):
    x, y, params = fit
    for _ in range(4):
        polynomial_step(x, y, params, 1e-5)
    before = programs_run()
    for _ in range(10):
        polynomial_step(x, y, params, 1e-5)
    assert programs_run() - before == 10


@recorded
def test_a_backward_without_an_update_is_computed_at_once():
    """A gradient that is dropped unread was computed all the same: nothing waits for an update."""
    x = torch.linspace(-1, 1, 50).requires_grad_()
    for _ in range(6):
        loss = (x * x).sum()
        loss.backward()
        assert x.grad._buf is not None and here.recording.at is here.recording.root
        x.grad = None


@recorded
def test_a_step_ends_after_its_update(fit):
    x, y, params = fit
    for k in range(6):
        loss = polynomial_step(x, y, params, 1e-5)
        assert loss._buf is not None
        assert k == 0 or here.recording.at is here.recording.root   # seen once, then known
    loss = (params[0] * x).sum()
    loss.backward()   # of another line
    assert params[0].grad._buf is not None


@recorded
def test_changing_numbers_and_indices_make_no_new_path():
    x = torch.arange(10.0)
    results = []
    for k in range(3):
        results.append(x[k] * (0.5 + k) + x[k:k + 2].sum())
    flush()
    steps = tree.made
    for k in range(5):
        y = x[k] * (2.5 + k) + x[k:k + 2].sum()
        assert y.item() == k * (2.5 + k) + (k + k + 1)
        flush()
    new = tree.made - steps
    for k in range(5, 8):
        y = x[k] * (2.5 + k) + x[k:k + 2].sum()
        assert y.item() == k * (2.5 + k) + (k + k + 1)
    assert tree.made - steps == new


CALLS = [
    lambda x: x.sum(), lambda x: x.sum(0), lambda x: x.sum(1), lambda x: x.sum(0, True),
    lambda x: x.sum(dim=1), lambda x: x.sum(None), lambda x: x.pow(2), lambda x: x.pow(2.0),
    lambda x: x.pow(3), lambda x: x.pow(0.3), lambda x: x.pow(True), lambda x: x ** 2,
    lambda x: x ** 3, lambda x: x ** 2.0, lambda x: x.exp(),
    lambda x: torch.nn.functional.leaky_relu(x), lambda x: torch.nn.functional.leaky_relu(x, 0.5),
    lambda x: torch.nn.functional.elu(x), lambda x: x.clamp(0.5), lambda x: x.clamp(1),
    lambda x: x.cumsum(0), lambda x: x.cumsum(1), lambda x: x.var(), lambda x: x.var(1),
    lambda x: x.sum(0, dtype=torch.float64)]


def test_a_call_is_like_the_last_one_only_if_its_arguments_are():
    """Each call follows each other at the same step, more often than a path needs to be known."""
    x = torch.tensor([[0.25, -2.0], [0.5, 3.0]])
    right = [(call(x).numpy(), call(x).dtype) for call in CALLS]
    for first in range(len(CALLS)):
        for second in range(first, len(CALLS)):
            for k in (first, second, first, second):
                found = CALLS[k](x + 0)
                assert found.dtype == right[k][1]
                np.testing.assert_allclose(found.numpy(), right[k][0], rtol=1e-6)


@recorded
def test_nothing_runs_before_a_value_is_needed():
    x = torch.ones(3)
    flush()
    before = programs_run()
    y = x + 1
    z = y * 2
    assert programs_run() == before
    assert z.tolist() == [4, 4, 4]
    assert programs_run() == before + 1
    assert y.tolist() == [2, 2, 2]
    assert programs_run() == before + 1


@recorded
def test_a_result_that_is_gone_is_not_computed():
    x = torch.ones(3)
    flush()
    y = x + 1
    del y
    before = programs_run()
    flush()
    assert programs_run() == before


@recorded
def test_a_long_recording_is_cut_at_a_loop_head(monkeypatch):
    monkeypatch.setattr(config, "max_pending_nodes", 50)
    x = torch.zeros(())
    first = here.recording
    for _ in range(300):
        x = x + 1
        x = x * 1.0
    assert here.recording is not first
    assert len(here.recording.handles) < 200
    assert x.item() == 300
    steps = tree.made
    x = torch.zeros(())
    for _ in range(300):
        x = x + 1
        x = x * 1.0
    assert x.item() == 300
    assert tree.made - steps <= 200


@recorded
def test_pending_bytes_are_bounded(monkeypatch):
    monkeypatch.setattr(config, "max_pending_bytes", 10_000)
    first = here.recording
    x = torch.zeros(500)
    for _ in range(40):
        x = x + 1
    assert here.recording is not first
    assert x.sum().item() == 500 * 40


@recorded
def test_the_tree_forgets(monkeypatch):
    tree.clear()
    flush()
    monkeypatch.setattr(config, "max_tree_steps", 500)
    for n in range(1, 400):
        x = torch.ones(n, requires_grad=True)
        (x * x + 1).sum().backward()
        assert x.grad[0].item() == 2
    assert tree.steps <= 600


def test_a_failure_keeps_the_rest():
    x = torch.arange(3.0)
    good = x + 1
    with pytest.raises((IndexError, RuntimeError), match="out of bounds"):
        torch.gather(x, 0, torch.tensor([7])).item()
    assert good.tolist() == [1, 2, 3]
    assert (x * 2).tolist() == [0, 2, 4]


@recorded
def test_a_late_error_names_the_line():
    x = torch.arange(3.0)
    bad = torch.gather(x, 0, torch.tensor([7]))
    with pytest.raises((IndexError, RuntimeError), match=r"test_recording\.py:\d+"):
        bad.item()


def test_values_and_gradients_cross_threads():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    found = []

    def work():
        z = y * 3
        found.append(z.item())
        z.backward()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [12.0]
    assert x.grad.item() == 12.0
    assert (y + 1).item() == 5.0


def test_threads_record_side_by_side():
    def work(seed):
        w = torch.tensor(float(seed), requires_grad=True)
        for _ in range(50):
            loss = (w * 3 - 1) ** 2
            loss.backward()
            assert abs(w.grad.item() - 6 * (3 * w.item() - 1)) < 1e-3
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None

    side_by_side(work)


def test_del_frees_the_graph():
    gc.collect()
    gc.disable()
    try:
        x = torch.ones(3, requires_grad=True)
        y = (x * x).exp()
        z = y.sum()
        z.backward(create_graph=True)
        watched = [weakref.ref(y), weakref.ref(z), weakref.ref(x), weakref.ref(x.grad)]
        flush()
        del x, y, z
        flush()
        assert [r() for r in watched] == [None] * 4
    finally:
        gc.enable()


@pytest.mark.long
def test_a_long_chain_needs_no_stack():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(5_000 if config.tier == "eager" else 100_000):
        y = y * 1.0
    y.backward()
    assert x.grad.item() == 1.0
    del y


@recorded
def test_lines_in_steps_name_the_line_that_ran(monkeypatch):
    x, good, bad = torch.arange(7.0), torch.tensor([1]), torch.tensor([9])  # a shape of its own

    def late(index):
        return torch.gather(x, 0, index)

    def late_too(index):
        return torch.gather(x, 0, index)

    for _ in range(2):  # a thread's first recording is not remembered
        flush()
        assert late(good).item() == 1
    first, second = (f.__code__.co_firstlineno + 1 for f in (late, late_too))
    with pytest.raises((IndexError, RuntimeError),
                       match=rf"first recorded at test_recording\.py:{first}\b"):
        late_too(bad).item()  # the path is known from the first line
    monkeypatch.setattr(config, "lines_in_steps", True)
    flush()
    steps = []
    for _ in range(4):
        for function, line in ((late, first), (late_too, second)):
            assert function(good).item() == 1
            with pytest.raises((IndexError, RuntimeError),
                               match=rf", recorded at test_recording\.py:{line}\b"):
                function(bad).item()
        steps.append(tree.steps)
    assert steps[1:] == steps[:1] * 3   # the paths are known, each by its lines


def test_results_are_not_written_over():
    x = torch.ones(4)
    y = x + 1
    z = y * 2
    w = z + y
    assert (x.tolist(), y.tolist(), z.tolist(), w.tolist()) == (
        [1] * 4, [2] * 4, [4] * 4, [6] * 4)
    np.testing.assert_array_equal(y.numpy(), np.full(4, 2.0, np.float32))


def test_a_vector_without_elements_has_a_gradient_of_its_own():
    """`cat` skips it, whatever the shape of the others, and its history goes on."""
    for _ in range(3):
        x = torch.ones(2, requires_grad=True)
        nothing = torch.ones(0, requires_grad=True)
        y = torch.cat([nothing, torch.ones(3, 2)], 1)
        assert y.requires_grad and y.shape == (3, 2)
        y.sum().backward()
        assert nothing.grad.shape == (0,)
        assert torch.cat([x[:0], torch.ones(2)]).requires_grad


@recorded
def test_parameters_enter_by_the_common_way(monkeypatch):
    """Each shares storage with what it was made of; that is no detour at every use."""
    layer, x = torch.nn.Linear(3, 2), torch.ones(4, 3)
    for _ in range(3):
        layer(x).sum().backward()
        layer.zero_grad()
    detours = []
    rare = Recording._enter_rare
    monkeypatch.setattr(Recording, "_enter_rare",
                        lambda rec, handle, x: detours.append(handle) or rare(rec, handle, x))
    for _ in range(3):
        layer(x).sum().backward()
        layer.zero_grad()
    assert not detours
    torch.from_numpy(np.ones(2)).sum().item()
    assert detours   # memory that may have been written to


@pytest.mark.parametrize("kind", [torch.Tensor, torch.nn.Parameter, Recording, Step, Node, Template,
                                  Form, Extra, Store])
def test_fields_are_looked_up_by_python_itself(kind):
    # A class with __getattr__ or the like takes Python four times as long for each look at a field.
    own = [name for each in kind.__mro__[:-1] for name in vars(each)]
    assert not {"__getattr__", "__getattribute__", "__setattr__"} & {*own}


@recorded
def test_looks_at_elements_and_arrays_of_known_values_record_nothing():
    v, m = torch.arange(4.0), torch.arange(12.0).reshape(3, 4).clone()
    v.numpy()
    v[0].item(), m[1, 2].item()   # these paths are known from here on
    flush()
    before, made = here.recording, tree.made
    assert [v[k].item() for k in range(4)] == [0.0, 1.0, 2.0, 3.0]
    assert m[2, 1].item() == 9.0 and tree.made == made
    assert m[-1].tolist() == [8.0, 9.0, 10.0, 11.0] and m[1:2, 0].tolist() == [4.0]
    assert here.recording is before and here.recording.at is here.recording.root
    array = v.numpy()
    array[1] = 7.0
    assert v.tolist() == [0.0, 7.0, 2.0, 3.0]
    del array
    assert v.numpy().tolist() == [0.0, 7.0, 2.0, 3.0] and (v + 1).tolist() == [1.0, 8.0, 3.0, 4.0]


@pytest.mark.skipif(config.tier not in ("auto", "llvm", "numpy"), reason="keeps no segments")
def test_what_a_backward_leaves_of_a_segment_stays_in_its_order(monkeypatch):
    monkeypatch.setattr(config, "compile_after", 2)
    for turn, k in enumerate((0, 1, 2, 3, 1)):
        w = torch.arange(6.0, dtype=torch.float64).requires_grad_()
        part = (w + 1)[k:k + 3]
        out = torch.exp(part) + part
        out.sum().item()
        segment = part._rec
        out.sum().backward()
        if turn == 4:   # the path and its backward are known
            assert not segment._values and segment._kept   # no look for each of them
        expected = np.zeros(6)
        expected[k:k + 3] = np.exp(np.arange(1.0, 7)[k:k + 3]) + 1
        assert np.allclose(w.grad.numpy(), expected)
        with pytest.raises(RuntimeError, match="second time"):
            out.sum().backward()
        part.sum().backward()   # where it begins is still known
        expected[k:k + 3] += 1
        assert np.allclose(w.grad.numpy(), expected)
