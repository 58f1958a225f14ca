"""Loops of another length each time, and long ones: recordings end at their turns, and all lengths
take the same paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends import choice
from wengert.engine.recording import cutting, handle, recording, worth
from wengert.engine.recording.backward import Engine
from wengert.engine.recording.tree import tree

pytestmark = pytest.mark.skipif(torch.config.tier == "eager", reason="nothing is recorded")
Program = Callable[[int, Any], list[Any]]
KNOWN = range(40, 40 + cutting.MANY)
"""The lengths after which a loop is cut."""


def draws(seed: int) -> Any:
    return np.random.RandomState(seed)


def recurrence() -> Program:
    """Over the rows of a tensor, with a step of the parameters."""
    w = torch.tensor(0.4 * draws(0).randn(3, 3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        h = torch.zeros(3, dtype=torch.float64)
        for x in torch.tensor(random.randn(n, 3)):
            h = torch.tanh(h @ w + x)
        loss = h.square().sum()
        loss.backward()
        found = [loss, w.grad]
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
        w.grad = None
        return found

    return step


def with_indices() -> Program:
    """Over rows that are asked for one by one, with hooks and results of every turn."""
    w = torch.tensor(0.4 * draws(0).randn(3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        x, s, log = torch.tensor(random.randn(n, 3)), torch.zeros(3, dtype=torch.float64), []
        for t in range(n):
            s = torch.sin(s * w + x[t])
            if t % 7 == 3:
                s.register_hook(lambda g: 0.5 * g)
            log.append(s)
        loss = torch.stack(log).square().sum()
        loss.backward()
        return [loss, w.grad, log[n // 2]]

    return step


def twice() -> Program:
    """A gradient of a gradient; backward through the same turns again, with what is kept."""
    w = torch.tensor(0.4 * draws(0).randn(3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        h, log = torch.tensor(random.randn(3)), []
        for t in range(n):
            h = torch.tanh(h * w) + 0.1 * t / n
            log.append(h)
        log[n // 3].retain_grad()
        loss = h.sum()
        (first,) = torch.autograd.grad(loss, w, create_graph=True)
        (second,) = torch.autograd.grad(first.square().sum(), w, retain_graph=True)
        log[n // 2].sum().backward(retain_graph=True)
        loss.backward()
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()
        return [loss, first, second, w.grad, log[n // 3].grad]

    return step


def writing() -> Program:
    """Into a part of a tensor at each turn, and into what a turn hands to the next."""
    w = torch.tensor(0.4 * draws(0).randn(5), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        out, h = torch.zeros(n, 5, dtype=torch.float64), torch.tensor(random.randn(5))
        for t in range(n):
            h = torch.cos(h * w)
            out[t] = h
            h = h + 0.5
            h *= 0.9
        loss = out.square().sum()
        loss.backward()
        return [loss, w.grad, out]

    return step


def whole_numbers() -> Program:
    def step(n: int, random: Any) -> list[Any]:
        a, count = torch.tensor(random.randint(0, 50, 6)), torch.zeros((), dtype=torch.int64)
        for t in range(n):
            a = (a * 3 + t) % 97
            count = count + (a > 40).sum()
        return [a, count, torch.tensor(random.randint(0, 9))]

    return step


def rows_written() -> Program:
    """Rows that are read, held, and written to through what they are rows of."""
    w = torch.tensor(0.4 * draws(0).randn(3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        x, h = torch.tensor(random.randn(n, 3)), torch.ones(3, dtype=torch.float64)
        held = []
        for t, row in enumerate(x):
            h = torch.tanh(h * w + row)
            held.append(x[t // 2])
            if t % 3 == 1:
                x[t // 2] = h.detach()
            h = h + held[t // 2] + row * 0.1
        h.sum().backward()
        return [h, w.grad, x, torch.stack(held)]

    return step


def several_carried() -> Program:
    """Turns of many operations, which hand several values on; a product with a parameter in each.
    """
    w = torch.tensor(0.5 * draws(1).randn(4, 4), requires_grad=True)

    def slope(y: Any) -> Any:
        return torch.tanh(w @ y) - 0.1 * y

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        y, dt = torch.tensor(random.randn(4)), 0.05
        for _ in range(n):
            a = slope(y)
            b = slope(y + dt / 2 * a)
            c = slope(y + dt / 2 * b)
            y = y + dt / 6 * (a + 2 * b + 2 * c + slope(y + dt * c))
        loss = y.square().sum()
        loss.backward()
        return [loss, y, w.grad]

    return step


def rows_changed() -> Program:
    """Rows that are written to, or what they are rows of, before they are used and after."""
    w = torch.tensor(0.4 * draws(0).randn(3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        x, h = torch.tensor(random.randn(n, 3)), torch.ones(3, dtype=torch.float64)
        for t in range(n):
            row = x[t]
            if t % 4 == 0:
                x[t] = x[t] * 2
            h = torch.tanh(h * w + row)
            if t % 4 == 1:
                row += 1.0
            if t % 4 == 2:
                row.mul_(0.5)
                x[0] = row
            h = h + row * 0.1 + x[t] * w
            if t % 4 == 3:
                x += 0.1
        h.sum().backward()
        return [h, w.grad, x]

    return step


PROGRAMS = [rows_changed, several_carried, rows_written, recurrence, with_indices, twice, writing,
            whole_numbers]


def values(found: list[Any]) -> list[Any]:
    return [x.detach().numpy().copy() for x in found]


def lengthen(step: Program) -> None:
    """Run a program until its loop is known to be of another length each time."""
    for n in KNOWN:
        values(step(n, draws(n)))


@pytest.mark.parametrize("make", PROGRAMS)
def test_a_loop_that_is_cut_computes_what_it_did(make: Callable[[], Program],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [*KNOWN, 33, 64, 12, 64, 64, 50]
    cut, whole = make(), make()
    found = [values(cut(n, draws(n))) for n in asked]
    assert cutting.heads
    monkeypatch.setattr(cutting, "MANY", 1000)
    cutting.forget()
    tree.clear()
    for n, right in zip(asked, found, strict=True):
        for a, b in zip(values(whole(n, draws(n))), right, strict=True):
            assert a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12)
    assert not cutting.heads


@pytest.mark.parametrize("make", [recurrence, whole_numbers])
def test_another_length_takes_the_paths_that_are_known(make: Callable[[], Program]) -> None:
    step = make()
    lengthen(step)
    for n in range(60, 110):   # the rests of a loop that there are
        values(step(n, draws(n)))
    before = tree.made
    for n in range(140, 160):
        values(step(n, draws(n)))
    assert tree.made - before < 20 * 30
    (tally,) = cutting.heads.values()
    assert tally.cuts > tally.new


def test_the_pieces_of_a_long_path_are_short() -> None:
    """So that a loop's rests, with what comes after it, are few."""
    step = recurrence()
    for n in range(400, 400 + cutting.MANY):
        values(step(n, draws(n)))
    (tally,) = cutting.heads.values()
    assert tally.steps < cutting.MOST // 2


def long_chain(x: Any, n: int) -> Any:
    for _ in range(n):
        x = x + torch.sin(x) * 0.01
    return x


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"),
                    reason="views are recorded otherwise")
def test_a_long_recording_of_nothing_but_views_is_looked_through_once(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "max_pending_nodes", 200)
    looked = []
    head_of = cutting.head_of
    monkeypatch.setattr(cutting, "head_of", lambda step: looked.append(1) or head_of(step))
    x = torch.rand(2, 5)
    for _ in range(700):
        x.T   # noqa: B018
    assert len(looked) < 2000
    assert (x.T * 2)[1].tolist() == [2 * v for v in x[:, 1].tolist()]


def test_a_loop_that_goes_on_is_cut_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "max_pending_nodes", 6000)
    w = torch.tensor([0.3, 0.4], dtype=torch.float64, requires_grad=True)
    found = []
    for n in (900, 900, 950, 1000, 900):
        before, programs = tree.made, choice.counters["programs"]
        w.grad = None
        y = long_chain(w, n)
        y.sum().backward()
        x, slope = np.array([0.3, 0.4]), np.ones(2)
        for _ in range(n):
            slope *= 1 + 0.01 * np.cos(x)
            x = x + np.sin(x) * 0.01
        assert np.allclose(y.tolist(), x) and np.allclose(w.grad.tolist(), slope)
        found.append((tree.made - before, choice.counters["programs"] - programs))
    assert len(cutting.heads) == 1
    assert found[0][0] < 2000 and found[3][0] < 600, "turns take the same path"


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"),
                    reason="each path is compiled at once")
def test_what_takes_another_path_at_each_turn_is_not_cut_for_long() -> None:
    random = draws(0)
    operations = [torch.sin, torch.cos, torch.tanh, torch.sigmoid, lambda x: x * 0.5]

    def step(n: int) -> None:
        x = torch.ones(3)
        for _ in range(n):
            x = operations[random.randint(5)](x) + 1
        assert x.shape == (3,)
        x.tolist()
    for n in range(300, 340):
        step(n)
    assert not cutting.heads and cutting._never


def test_what_is_drawn_anew_is_no_loop() -> None:
    random = draws(1)
    operations: list[Callable[[Any, Any], Any]] = [
        lambda x, y: x.sin(), lambda x, y: x.tanh(), lambda x, y: x + y, lambda x, y: x * 0.5,
        lambda x, y: 1 - x * y, lambda x, y: torch.maximum(x, y), lambda x, y: x.cos() * y]
    for n in range(100, 100 + 3 * cutting.MANY):
        values = [torch.ones(3), torch.zeros(3)]
        for k in random.randint(len(operations), size=n):
            values = [operations[k](*values), values[0]]
        values[0].tolist()
        assert not cutting.heads


def test_a_mapped_loop_is_not_cut() -> None:
    def f(n: int, x: Any) -> Any:
        for t in range(n):
            x = torch.sin(x * 1.1) + 0.01 * t
        return x.sum()
    x = torch.ones(2, 3, dtype=torch.float64)
    for n in (*KNOWN, 64, 70):
        mapped = torch.func.vmap(torch.func.grad(lambda x, n=n: f(n, x)))(x)
        (value, tangent) = torch.func.jvp(lambda x, n=n: f(n, x), (x[0],), (x[1],))
        f(n, x).tolist()
        assert torch.allclose(mapped[0].sum(), tangent) and value.shape == ()


def test_rows_enter_a_loop_that_is_cut_without_a_look_at_where_they_lie(
        monkeypatch: pytest.MonkeyPatch) -> None:
    step = with_indices()
    lengthen(step)
    for _ in range(3):
        values(step(100, draws(0)))
    looks: list[Any] = []
    monkeypatch.setattr(recording, "layout_of", lambda handle: looks.append(handle))
    rare: list[Any] = []
    before = recording.Recording._enter_deferred
    monkeypatch.setattr(recording.Recording, "_enter_deferred", lambda rec, view, x: (
        rare.append(view) or before(rec, view, x)))
    found = values(step(100, draws(0)))
    monkeypatch.undo()
    assert not looks
    assert len(rare) <= 3, "but for the first, there is nothing to look at"
    for a, b in zip(found, values(step(100, draws(0))), strict=True):
        assert np.allclose(a, b)


def encoded() -> Program:
    """Over rows of what was computed of all, as many as there are."""
    w = torch.tensor(0.4 * draws(0).randn(3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        x = torch.tanh(torch.tensor(random.randn(n, 3)) * w)
        h = x.mean(0)
        for t in range(n):
            h = torch.tanh(h * w + 0.1) + 0.01 * t
        loss = h.square().sum() + x.sum()
        loss.backward()
        return [loss, w.grad]

    return step


def ends_where(program: Program, holds: Callable[[Any, Any], bool]) -> tuple[Any, list[Any]]:
    """What is known of the one head of a loop of many lengths, and the steps where recordings have
    ended of which something ``holds`` with the head."""
    lengthen(program)
    for n in range(60, 110):
        values(program(n, draws(n)))
    ((head, tally),) = cutting.heads.items()
    reached = [*tree.roots.values()]
    for each in reached:
        reached += each.followers()
    return tally, [each for each in reached if each._ends is not None and each._ends.programs
                   and holds(each, head)]


@pytest.mark.parametrize(("make", "holds", "all_of"), [
    (recurrence, lambda end, head: cutting.first_head(end) == head, lambda tally: tally.all),
    (encoded, lambda end, head: end.ends.before == head, lambda tally: tally.begun)],
    ids=["rests", "beginnings"])
def test_ways_to_a_loop_and_from_it_are_compiled_if_they_are_a_part_of_what_runs(
        make: Callable[[], Program], holds: Callable[[Any, Any], bool],
        all_of: Callable[[Any], int], monkeypatch: pytest.MonkeyPatch) -> None:
    tally, ends = ends_where(make(), holds)
    assert all_of(tally) > cutting.RESTS and ends
    monkeypatch.setattr(config, "compile_after", None)
    monkeypatch.setattr(worth.Estimate, "pays", lambda self, runs: True)
    for each in ends:
        each.ends.estimate = None
        assert not worth.pays(each, 1)
        each.ends.estimate = None
        each.ends.backwards.clear()
        assert worth.pays(each, all_of(tally))


def going_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """A loop so long that it is cut before it ends, always of the same length."""
    monkeypatch.setattr(config, "max_pending_nodes", 6000)
    w = torch.tensor([0.3, 0.4], dtype=torch.float64, requires_grad=True)

    def step() -> list[Any]:
        w.grad = None
        y = long_chain(w, 900)
        y.sum().backward()
        return [y, w.grad]

    return step


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"),
                    reason="each path is compiled at once")
def test_a_rest_in_which_most_runs_end_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    step = going_on(monkeypatch)
    for _ in range(12):
        values(step())
    ((head, tally),) = cutting.heads.items()
    assert tally.rests() < tally.all // 4, "a small part of the cuts end in it"
    reached = [*tree.roots.values()]
    for each in reached:
        reached += each.followers()
    rests = [each for each in reached if each._ends is not None and each._ends.programs
             and cutting.first_head(each) == head and each.nodes < tally.steps]
    assert rests
    monkeypatch.setattr(config, "compile_after", None)
    monkeypatch.setattr(worth.Estimate, "pays", lambda self, runs: True)
    for each in rests:
        each.ends.estimate = None
        each.ends.backwards.clear()
        assert not worth.pays(each, 1)
        each.ends.estimate = None
        assert worth.pays(each, tally.rests() // cutting.MOSTLY)


def test_a_loop_that_goes_on_is_cut_into_fewer_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values(going_on(monkeypatch)())
    (tally,) = cutting.heads.values()
    assert 1000 // cutting.PARTS < 1000 // cutting.LONG_PARTS <= tally.steps


def test_a_backward_through_known_pieces_looks_at_nothing(
        monkeypatch: pytest.MonkeyPatch) -> None:
    step = going_on(monkeypatch)
    monkeypatch.setattr(config, "compile_after", 2)
    for _ in range(8):
        values(step())
    stages: list[Any] = []
    before = Engine.stage
    monkeypatch.setattr(Engine, "stage", lambda self, *args, **named: (
        stages.append(args) or before(self, *args, **named)))
    values(step())
    pieces = next(iter(cutting.heads.values()))
    assert pieces.all > 8 * 8 and len(stages) <= 2


def test_rows_of_what_nobody_writes_to_share_no_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    step = with_indices()
    lengthen(step)
    for _ in range(3):
        values(step(100, draws(0)))
    entered: list[Any] = []
    before = handle.Seen.enter
    monkeypatch.setattr(handle.Seen, "enter", lambda later: (
        entered.append(later) or before(later)))
    values(step(100, draws(0)))
    assert not entered


def test_rows_that_entered_a_loop_see_what_is_written_to_them_and_to_the_whole() -> None:
    w = torch.tensor(0.4 * draws(0).randn(3), requires_grad=True)

    def step(n: int, random: Any) -> list[Any]:
        w.grad = None
        x = torch.tensor(random.randn(n, 3))
        right, s, r = x.tolist(), torch.zeros(3, dtype=torch.float64), np.zeros(3)
        for t in range(n):
            row = x[t]
            s = torch.tanh(s * w + row)
            r = np.tanh(r * np.array(w.tolist()) + np.array(right[t]))
            if t % 20 == 7:
                x[t] = 0.5
                assert row.tolist() == [0.5] * 3
            if t % 20 == 13:
                row.mul_(2)
                assert x[t].tolist() == [2 * each for each in right[t]]
        s.sum().backward()
        assert np.allclose(s.tolist(), r)
        return [s, w.grad]

    lengthen(step)
    for n in (33, 50, 50, 90):
        values(step(n, draws(n)))


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="backwards are recorded")
def test_each_piece_is_looked_at_once_for_what_leads_to_a_gradient(
        monkeypatch: pytest.MonkeyPatch) -> None:
    w = torch.tensor([0.3, 0.4], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([0.1, 0.2], dtype=torch.float64, requires_grad=True)
    looked: list[Any] = []
    before = Engine.find_leading
    monkeypatch.setattr(Engine, "find_leading", lambda self, unit, high: (
        looked.append(unit) or before(self, unit, high)))
    for n in (*KNOWN, 90, 90):
        x, y = w, v
        for _ in range(n):
            x, y = torch.sin(x * v + y), torch.cos(y + x)
        looked.clear()
        torch.autograd.grad((x + y).sum(), [v])
        assert len(looked) == len({*looked})
    assert looked


def test_a_call_without_results_is_on_the_path() -> None:
    w = torch.tensor([0.3, 0.4], dtype=torch.float64, requires_grad=True)
    for n in range(40):
        rows = torch.ones(0, 2, dtype=torch.float64, requires_grad=True)
        total = sum((row.sum() for row in rows), rows.sum() * 0)
        for _ in range(n):
            total = total + w.sin().sum()
        w.grad = None
        total.backward()
        assert np.allclose(total.item(), n * np.sin([0.3, 0.4]).sum())
        assert n == 0 or np.allclose(w.grad.tolist(), n * np.cos([0.3, 0.4]))
