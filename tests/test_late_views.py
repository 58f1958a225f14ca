"""Views along known paths enter shared storage only when somebody asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording.handle import Later, Seen, extra
from wengert.engine.recording.late import enter_seen, enter_view
from wengert.engine.recording.recording import here

Program = Callable[[Any], Any]
recorded = pytest.mark.skipif(torch.config.tier == "eager", reason="records nothing")


def used_and_dropped(x: Any) -> Any:
    y = x * 2
    a, b = y[:2], y[2:4]
    return a * b + y[1]


def base_written(x: Any) -> Any:
    y = x * 2
    a, b = y[:2], y[2:]
    y += 1
    return a.sum() + 10 * b.sum()


def view_written(x: Any) -> Any:
    y = x * 2
    a, b = y[:3], y[1:]
    a.mul_(3)
    return y.sum() + b[0]


def view_of_view_written(x: Any) -> Any:
    y = x * 2
    a = y[1:]
    b = a[0:4]
    c = b.reshape(2, 2).T
    c[0] = 7
    return y * torch.arange(5) + a[0] + b[-1]


def stays(x: Any) -> Any:
    y = x * 2
    a, b = y[:2], y[2:]
    y.sum().item()          # the recording ends, and all are there
    a += 5
    b.zero_()
    return y


def only_the_view_stays(x: Any) -> Any:
    def part(x: Any) -> Any:
        return (x * 2)[1:].reshape(2, 2)
    a = part(x)
    b = a[0]
    a.sum().item()
    b.mul_(4)
    return a


def only_the_base_stays(x: Any) -> Any:
    y = x * 2
    z = y[:2] + y[1:3]
    z.sum().item()
    y += 1
    w = y[0]
    y += 1
    return y + w


def shared_with_numpy(x: Any) -> Any:
    y = x * 2
    a = y[2:]
    y.detach().numpy()[3] = 9
    return a + y[2:]


def pieces(x: Any) -> Any:
    y = torch.stack([x * k for k in range(4)])
    total = 0
    for part in (*y.chunk(2), *y.split(3), *y.unbind(1)):
        total = total + part.sum()
    first, second = y.chunk(2)
    second += first
    return total + y


def versions(x: Any) -> Any:
    y = x * 2
    a = y[1:]
    a.add_(1)
    return y * (y._version + 10 * a._version)


def data_swapped(x: Any) -> Any:
    y = x * 2
    a = y[1:]
    y.data = torch.ones(5, dtype=x.dtype)
    return a.sum() + y


PROGRAMS = [used_and_dropped, base_written, view_written, view_of_view_written, stays,
            only_the_view_stays, only_the_base_stays, shared_with_numpy, pieces, versions,
            data_swapped]
EXPECTED: dict[Program, Callable[[Any], Any]] = {
    used_and_dropped: lambda x: 4 * x[:2] * x[2:4] + 2 * x[1],
    base_written: lambda x: (2 * x[:2] + 1).sum() + 10 * (2 * x[2:] + 1).sum(),
    view_written: lambda x: (2 * x * [3, 3, 3, 1, 1]).sum() + 6 * x[1],
    view_of_view_written: lambda x: np.array(
        [2 * x[0], 7, 2 * x[2], 7, 2 * x[4]]) * np.arange(5) + 7 + 2 * x[4],
    stays: lambda x: np.array([2 * x[0] + 5, 2 * x[1] + 5, 0, 0, 0]),
    only_the_view_stays: lambda x: np.array([[8 * x[1], 8 * x[2]], [2 * x[3], 2 * x[4]]]),
    only_the_base_stays: lambda x: 2 * x + 2 + 2 * x[0] + 2,
    shared_with_numpy: lambda x: 2 * np.array([2 * x[2], 9, 2 * x[4]]),
    pieces: lambda x: (rows := np.array([0 * x, x, 2 * x, 3 * x])).sum() * 3 + np.array(
        [rows[0], rows[1], rows[2] + rows[0], rows[3] + rows[1]]),
    versions: lambda x: (2 * x + [0, 1, 1, 1, 1]) * 11,
    data_swapped: lambda x: 2 * x[1:].sum() + np.ones(5),
}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("grad", [False, True])
def test_programs(program: Program, grad: bool) -> None:
    for k in range(8):
        data = np.arange(5.0) + k + 1
        x = torch.tensor(data, requires_grad=grad)
        with torch.set_grad_enabled(grad and program is not data_swapped):
            found = program(x)
        assert np.allclose(found.detach().numpy(), EXPECTED[program](data)), k
        if found.requires_grad and program is not shared_with_numpy:
            found.sum().backward()
            step = 1e-6
            slope = [(EXPECTED[program](data + step * unit).sum()
                      - EXPECTED[program](data - step * unit).sum()) / (2 * step)
                     for unit in np.eye(5)]
            assert np.allclose(x.grad.numpy(), slope, atol=1e-5), k


@recorded
def test_nothing_is_entered_for_what_is_dropped() -> None:
    for k in range(6):
        x = torch.arange(5.0) + k
        y = x * 2
        found = y[:2] * y[2:4] + y.reshape(5)[0]
        rec = here.recording
        late = [handle for handle in rec.handles if type(handle._x) is Later]
        if k > 2:
            assert len(late) == 5 and not rec.entangled   # y, its views, a view of one
        assert found.tolist() == [2 * k * (2 * k + 4) + 2 * k,
                                  (2 * k + 2) * (2 * k + 6) + 2 * k]


@recorded
def test_what_stays_is_entered_when_the_recording_ends() -> None:
    for k in range(6):
        y = (torch.arange(5.0) + k) * 2
        a = y[1:]
        dropped = y[:1] + 1
        assert dropped.item() == 2 * k + 1
        assert type(a._x) is not Later and type(y._x) is not Later
        assert a._x is not None and y._x is not None and a._x.store is y._x.store


def test_another_thread_writes() -> None:
    for k in range(6):
        y = (torch.arange(5.0) + k) * 2
        a, b = y[1:], y[:2]
        c = a[1:]
        other = threading.Thread(target=y.mul_, args=(10,))
        other.start()
        other.join()
        expected = 20 * (np.arange(5) + k)
        assert a.tolist() == expected[1:].tolist() and b.tolist() == expected[:2].tolist()
        assert c.tolist() == expected[2:].tolist() and y.tolist() == expected.tolist()


def test_another_thread_writes_to_a_view() -> None:
    for k in range(6):
        y = (torch.arange(5.0) + k) * 2
        a = y[1:]
        other = threading.Thread(target=lambda a=a: a[1:].zero_())
        other.start()
        other.join()
        assert y.tolist() == [2.0 * k, 2.0 * k + 2, 0, 0, 0]
        assert a.tolist() == [2.0 * k + 2, 0, 0, 0]


def test_views_of_what_has_failed() -> None:
    for _ in range(5):
        y = torch.ones(2, 2) * 0
        a = y[0]
        with pytest.raises((IndexError, RuntimeError), match="out of bounds"):
            torch.gather(y, 0, torch.tensor([[7, 7]])).sum().item()
        y += 1
        assert a.tolist() == [1.0, 1.0]


def test_a_view_with_hooks() -> None:
    for k in range(5):
        x = (torch.arange(4.0) + k).requires_grad_()
        y = x * 2
        a = y[1:]
        a.retain_grad()
        seen: list[Any] = []
        a.register_hook(lambda grad, seen=seen: seen.append(grad.tolist()))
        (a * a).sum().backward()
        expected = [4.0 * (k + 1), 4.0 * (k + 2), 4.0 * (k + 3)]
        assert seen == [expected] and a.grad.tolist() == expected


# ---- views of what a recording has read, as of a parameter ----


def in_place(x: Any) -> None:
    with torch.no_grad():
        x.mul_(3)


def of_data(x: Any) -> None:
    x.data[0] = 7.0
    x.data.mul_(2)


def of_a_view(x: Any) -> None:
    with torch.no_grad():
        x[1:].add_(1)


def by_numpy(x: Any) -> None:
    x.detach().numpy()[:4] = 5


def elsewhere(x: Any) -> None:
    thread = threading.Thread(target=in_place, args=(x,))
    thread.start()
    thread.join()


def for_another(x: Any) -> None:
    x.data = torch.ones(5, dtype=torch.float64)
    in_place(x)


WRITES: dict[Callable[[Any], None], Callable[[Any], Any]] = {
    in_place: lambda x: 3 * x, of_data: lambda x: 2 * np.array([7, *x[1:]]),
    of_a_view: lambda x: np.array([x[0], *(x[1:] + 1)]),
    by_numpy: lambda x: np.array([5, 5, 5, 5, x[4]]), elsewhere: lambda x: 3 * x,
    for_another: lambda x: x}


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
@pytest.mark.parametrize("grad", [False, True])
def test_writes_to_what_has_late_views(write: Callable[[Any], None], grad: bool) -> None:
    for k in range(7):
        data = np.arange(5.0) + k + 1
        x = torch.tensor(data, requires_grad=grad)
        y = x * 2
        first, a, b, c = x[k % 2], x[:2], x[2:], x.reshape(5, 1)[3]
        if k > 3 and here.recording.at.parent is not None:
            assert type(a._x) is Later and type(b._x) is Later
        write(x)
        after = WRITES[write](data)
        found = [first * 1, a + 0, b * 1, c - 0, first, a, b, c]
        expected = [after[k % 2], after[:2], after[2:], after[3:4]]
        for view, right in zip(found, 2 * expected, strict=True):
            assert np.allclose(view.detach().numpy(), right), k
        assert np.allclose(y.detach().numpy(), 2 * data)
        if grad and write in (in_place, of_a_view, elsewhere):
            (first + a.sum() + 2 * b.sum() + y.sum()).backward()
            right = np.array([3.0, 3, 4, 4, 4])
            right[k % 2] += 1
            assert np.allclose(x.grad.numpy(), right), k


@recorded
def test_rows_of_a_parameter_are_no_members_until_somebody_asks() -> None:
    w = torch.ones(40, 3, requires_grad=True)
    for _ in range(6):
        total = torch.zeros(3)
        for i in range(40):
            total = total + w[i] * w[0]
        kept = w[5]
        total.sum().backward()
        store: Any = w._x.store
        assert len(store.views) <= 1
    assert len(store._members) <= 40   # of 500 views
    assert any(r() is kept for r in store.members) and not store.views
    with torch.no_grad():
        w.zero_()
    assert kept.tolist() == [0.0] * 3


@recorded
def test_what_was_read_has_no_state_once_its_views_are_gone() -> None:
    x = torch.arange(6.0)
    for k in range(6):
        found = x[:, None] * k + x.reshape(1, 6) + x[1:3].sum()
        rec = here.recording
        assert k < 3 or (len(rec.viewed) == 1 and type(x._x) is Later)
        assert found.sum().item() == 6 * 15 * (k + 1) + 36 * 3
        assert k < 3 or x._x is None
        if k < 3:   # the first views made one
            x = torch.arange(6.0)


@recorded
def test_what_waits_needs_no_state_where_no_view_of_it_stays() -> None:
    for k in range(6):
        y = torch.arange(6.0) * k
        parts = y[:3] + y.reshape(2, 3)[1]
        kept = torch.arange(6.0) + k
        view = kept[1:]
        assert parts.sum().item() == 15 * k
        assert k < 3 or y._x is None
        assert type(kept._x) is not Later and kept._x.store is view._x.store
        kept.zero_()
        y += 1
        assert view.tolist() == [0.0] * 5 and y.tolist() == [i * k + 1.0 for i in range(6)]


@recorded
def test_views_of_what_was_read_that_stay() -> None:
    for k in range(6):
        x = torch.arange(6.0) + 0
        x.tolist()
        view, other = x[2:], x[:3]
        assert (view * k).sum().item() == 14 * k
        del other
        x.add_(1)
        assert view.tolist() == [3.0, 4, 5, 6]
        view.zero_()
        assert x.tolist() == [1.0, 2, 0, 0, 0, 0]


def test_threads_view_and_write_what_both_have_read() -> None:
    found: list[bool] = []
    for k in range(5):
        x = torch.zeros(8)
        x.tolist()
        started = threading.Barrier(2)

        def views(x: Any = x, started: Any = started) -> None:
            started.wait()
            for _ in range(50):
                a, b = x[:4], x[4:]
                found.append(len({*(a * 2).tolist()}) == len({*(b - 1).tolist()}) == 1)

        def writes(x: Any = x, started: Any = started) -> None:
            started.wait()
            for _ in range(50):
                x.requires_grad_(False)
                a, b = x[:4], x[4:]
                x.add_(1)
                found.append(a.tolist() == b.tolist() == x.tolist()[:4])

        threads = [threading.Thread(target=views), threading.Thread(target=writes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert x.tolist() == [50.0] * 8 and len(found) == 100 * (k + 1) and all(found)


def test_a_view_that_another_thread_has_entered_stays_as_it_is() -> None:
    for k in range(4):
        y = torch.arange(4.0) + k
        view = y[1:]
        state = extra(view)   # enters it
        enter_view(view, here.recording)
        assert view._x is state and view.tolist() == [1.0 + k, 2.0 + k, 3.0 + k]


# ---- views that were computed at once ----


@pytest.fixture
def at_once() -> Iterator[None]:
    """Operations are computed as they are called, where that is looked at."""
    if torch.config.tier == "auto":
        here.modes.at_once = 1 << 30
    yield
    here.modes.at_once = 0


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs_that_are_computed_at_once(program: Program) -> None:
    for k in range(14):
        data = np.arange(5.0) + k + 1
        assert np.allclose(program(torch.tensor(data)).numpy(), EXPECTED[program](data)), k


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_writes_to_what_has_views_that_were_computed_at_once(write: Callable[[Any], None]) -> None:
    for k in range(14):
        data = np.arange(5.0) + k + 1
        x = torch.tensor(data) * 1
        column, row = x.reshape(5, 1), x.unsqueeze(0)
        first, a, b, c = x[k % 2], x[:2], row[0, 2:], column[3]
        write(x)
        after = WRITES[write](data)
        for view, right in zip((first, a, b, c, row), (
                after[k % 2], after[:2], after[2:], after[3:4], after[None]), strict=True):
            if write is not for_another:
                assert np.allclose(view.numpy(), right), k
                assert (view + 0).tolist() == (view * 1).tolist() == right.tolist()
            else:   # they stay with the data that was
                assert view._version == 0
        c += 1
        if write is not for_another:
            assert x[3] == after[3] + 1 and column[3].item() == after[3] + 1


@pytest.mark.usefixtures("at_once")
def test_strides_of_views_that_were_computed_at_once() -> None:
    for _ in range(14):
        x = torch.arange(24.0).reshape(4, 6) * 1
        views = [x.t(), x[:, 2:4], x[1:2, 3:4], x.t()[1:3], x[0, 0:1][None], x[:, 1], x[2],
                 x.reshape(2, 12), x.unsqueeze(1).expand(4, 2, 6), x[1:, ::2]]
        assert [(view.stride(), view.storage_offset(), view.is_contiguous())
                for view in views] == [
            ((1, 6), 0, False), ((6, 1), 2, False), ((6, 1), 9, True), ((1, 6), 1, False),
            ((1, 1), 0, True), ((6,), 1, False), ((1,), 12, True), ((12, 1), 0, True),
            ((6, 0, 1), 0, False), ((6, 2), 6, False)]
        assert [float(view.sum()) for view in (x.t()[1:3], x[1:, ::2], x[:, 1])] == [
            84.0, 126.0, 40.0]


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed at once there")
@pytest.mark.usefixtures("at_once")
def test_views_that_were_computed_at_once_are_entered_when_somebody_asks() -> None:
    for _ in range(14):   # the first calls of an operation are recorded
        x = torch.ones(4, 6) * 2
        a, b = x[1:3], x.t()
        c = a[0]
        total = (a + 1).sum() + (b * 2).sum() + c.max() + x.sum()
        assert total.item() == 12 * 3 + 24 * 4 + 2 + 48
    states: list[Any] = [each._x for each in (x, a, b, c)]
    assert all(type(state) is Seen for state in states)
    assert type(states[0].waits) is list and states[3].waits[0] is x   # not a: chains stay flat
    assert x._version == 0
    x += 1
    assert not any(type(each._x) is Seen for each in (x, a, b, c))
    assert x._x.store is a._x.store is b._x.store is c._x.store
    assert c.tolist() == [3.0] * 6


@pytest.mark.usefixtures("at_once")
def test_views_of_what_goes_on_are_forgotten() -> None:
    for k in range(250):
        if k in (0, 50):   # the first calls of an operation are recorded
            x = torch.ones(64) * 1
        assert (x[k % 50:k % 50 + 3] + x.view(8, 8)[k % 8, :3]).sum().item() == 6
    state: Any = x._x
    if torch.config.tier == "auto":
        assert len(state.waits) <= 32
    kept = x[3:5]
    x.zero_()
    assert kept.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("look", [
    lambda known: known.reshape(2, 2).tolist(), lambda known: known.view(2, 2).tolist(),
    lambda known: known[None].tolist(), lambda known: known[1].item()])
def test_a_look_at_a_part_takes_back_its_own_step_alone(look: Callable[[Any], Any]) -> None:
    """The views that it enters in shared storage wait on."""
    for k in range(4):
        data = np.arange(9.0).reshape(3, 3) + k
        known = torch.arange(4.0)
        alias = known.detach()   # it shares its storage
        known.tolist()
        y = torch.tensor(data).tanh()
        z = y.t()
        look(known)
        torch.ones(1).sum().item()
        z[[0]] -= 3
        want = np.tanh(data)
        want[:, 0] -= 3
        np.testing.assert_allclose(y.numpy(), want)
        assert alias.tolist() == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed at once there")
@pytest.mark.usefixtures("at_once")
def test_an_element_of_single_dimensions_is_computed_at_once() -> None:
    for shape, index in (((2, 1), (1, 0)), ((1,), 0), ((1, 1, 3), (0, 0, 2)), ((1, 2), (-1, -1))):
        for _ in range(3):
            x = torch.zeros(shape) + 2
            at = here.recording.at
            element = x[index]
            assert element.item() == 2 and element.shape == () and here.recording.at is at
            x += 1
            assert element.item() == 3
            x[index] += 4
            element -= 2
            assert x[index].item() == 5
            assert abs(x.sum().item() - 5 - 3 * (x.numel() - 1)) < 1e-6


@pytest.mark.skipif(torch.config.tier == "eager", reason="each step runs as it is taken")
@pytest.mark.parametrize(("shape", "index"), [
    ((2, 1), (1, 0)), ((1, 3), (0, -1)), ((1, 1), (0, 0)), ((2, 1, 3), (-1, 0, 2)),
    ((3, 1, 2), (2, 0))])
def test_integers_are_the_first_places_where_dimensions_have_one_element(
        shape: Any, index: Any) -> None:
    """A part of a value in memory, by integers alone, takes no step before it is used."""
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    for k in range(4):
        x = torch.tensor(values + k)
        at = here.recording.at
        part = x[index]
        assert here.recording.at is at and part._buf is None and part._rec is None
        assert part.tolist() == (values + k)[index].tolist() and here.recording.at is at
        x[index] = 7.0
        part += 1
        assert np.all(x.numpy()[index] == 8) and x.sum().item() == pytest.approx(
            (values + k).sum() - (values + k)[index].sum() + 8 * part.numel())
        w = torch.tensor(values + k, requires_grad=True)
        ((w * 2)[index] * w[index]).sum().backward()
        expected = np.zeros(shape)
        expected[index] = 4 * (values + k)[index]
        assert w.grad.tolist() == expected.tolist()


@pytest.mark.skipif(torch.config.tier == "eager", reason="each step runs as it is taken")
def test_an_element_by_places_that_are_tensors_is_looked_for_once(
        monkeypatch: pytest.MonkeyPatch) -> None:
    counts, places = torch.zeros(3, 4), torch.tensor([[0, 1], [2, 3], [0, 1]])
    places.tolist(), counts[0, 0].item()
    monkeypatch.setattr("wengert.engine.recording.viewing.picked", None)
    for row in places:
        i, j = row
        assert counts[i, j].item() in (0, 1)
        counts[i, j] += 1
    assert counts[0, 1].item() == 2 and counts.sum().item() == 3


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("recorded", [False, True])
def test_elements_that_are_one_in_memory_are_not_written(recorded: bool) -> None:
    for _ in range(3):
        q = torch.ones((5, 1)) * 1
        element = q[0, 0]
        if recorded:
            here.modes.at_once, before = 0, here.modes.at_once
            wide = element.expand(2)
            here.modes.at_once = before
        else:
            wide = element.expand(2)
        q[1] += q[2]
        row = wide[None]
        with pytest.raises(RuntimeError, match="single memory location"):
            row += 1
        assert q.flatten().tolist() == [1.0, 2.0, 1.0, 1.0, 1.0] and row.tolist() == [[1.0, 1.0]]


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed at once there")
@pytest.mark.usefixtures("at_once")
def test_elements_that_are_read_and_changed_need_no_shared_storage(
        monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[Any] = []
    monkeypatch.setattr(Seen, "enter", lambda later: entered.append(later) or enter_seen(later))
    q, array = torch.zeros(4, 3), np.zeros((4, 3), np.float32)
    places = torch.tensor([3, 1, 2])
    kept = [q[1], q[2]]
    for k in range(60):
        i, j = k % 4, k % 3
        q[i, j] += 0.5 * (1 + 0.9 * q[(i + 1) % 4].max() - q[i][j])
        array[i, j] += 0.5 * (1 + 0.9 * array[(i + 1) % 4].max() - array[i, j])
        q[places[j], -1] -= 1
        array[int(places[j]), -1] -= 1
        q[i] -= q[i - 1]
        array[i] -= array[i - 1]
        q *= 0.5
        array *= 0.5
        q[-1] = q[j]
        array[-1] = array[j]
        assert float(q[i, j]) == array[i, j] and kept[0][j].item() == array[1, j]
    assert type(q._x) is Seen and not entered
    assert len(q._x.waits) <= 16   # those that are gone are forgotten
    assert np.allclose(q.tolist(), array) and [each.tolist() for each in kept] == [
        q[1].tolist(), q[2].tolist()]
    assert q._version == kept[0]._version == 60 * 8 and entered
    q[0] = 5.0
    assert q._version == kept[0]._version == 60 * 8 + 1


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is computed at once there")
def test_parts_that_are_asked_for_one_by_one_enter_no_storage(
        monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where something is recorded again, to see whether it comes to something by now."""
    monkeypatch.setattr(config, "compile_after", None)
    entered: list[Any] = []
    monkeypatch.setattr(Seen, "enter", lambda later: entered.append(later) or enter_seen(later))
    random = np.random.RandomState(0)

    def decided() -> tuple[list[int], list[int]]:
        arrays = [random.standard_normal(n).astype(np.float32) for n in (7, 7, 80)]
        whole = [torch.tensor(array) for array in arrays]
        weights, bounds = list(whole[0]), list(whole[1])
        leaves, right = [], []
        for x in whole[2]:
            node = 0
            while node < 7:
                node = 2 * node + (2 if x * weights[node] > bounds[node] else 1)
            leaves.append(node)
        for x in arrays[2]:
            node = 0
            while node < 7:
                node = 2 * node + (2 if x * arrays[0][node] > arrays[1][node] else 1)
            right.append(node)
        count = len(entered)
        whole[0][3] = 9.0   # nobody's value has changed by that but its own
        assert weights[3].item() == 9.0 and weights[2].item() == arrays[0][2]
        del entered[count:]
        return leaves, right

    for k in range(40):
        if k == 8:
            entered.clear()
        found, right = decided()
        assert found == right
    assert not entered
