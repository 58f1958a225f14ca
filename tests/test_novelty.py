"""Where recording comes to nothing again and again, operations are computed as they are called."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording import at_once, cuts, flushing, novelty, templates, viewing
from wengert.engine.recording.handle import Extra
from wengert.engine.recording.recording import here
from wengert.engine.recording.sharing import is_sole
from wengert.engine.recording.tree import tree

pytestmark = pytest.mark.skipif(torch.config.tier != "auto", reason="all is recorded")
Draws = np.random.RandomState
OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x * y, lambda x, y: y - x, lambda x, y: x * 0.5, lambda x, y: 1 / (2 + x * x),
    lambda x, y: x.tanh(), lambda x, y: torch.sigmoid(x), lambda x, y: x.clamp(-0.5, 0.5),
    lambda x, y: torch.where(x > y, x, y), lambda x, y: torch.lerp(x, y, 0.3),
    lambda x, y: x.softmax(0), lambda x, y: x - x.mean(), lambda x, y: x ** 2,
    lambda x, y: x ** 1.5, lambda x, y: torch.maximum(x, y).abs(),
    lambda x, y: x[1:3].repeat(2), lambda x, y: x * y[2],
    lambda x, y: x.view(2, 2).t().reshape(-1) + y, lambda x, y: torch.cat([x[:2], y[2:]]),
    lambda x, y: x.clone().mul_(0.5), lambda x, y: x.sum(0, keepdim=True) * y,
    lambda x, y: x * np.float64(0.5), lambda x, y: x.flip(0), lambda x, y: x.max(0)[0] - y]


@pytest.fixture(autouse=True)
def compiled_when_it_pays() -> Iterator[None]:
    before, config.compile_after = config.compile_after, None
    flushing.flush()   # what another test has begun
    modes = here.modes
    modes.novel = modes.light = modes.flowing = modes.at_once = 0
    yield
    modes.novel = modes.light = modes.flowing = modes.at_once = 0
    config.compile_after = before


def chain(random: Any, length: int, flows: bool = False) -> Any:
    """What a chain of drawn operations gives, with its gradient if it ``flows``."""
    values = [torch.tensor(random.rand(4) + 0.1, requires_grad=flows) for _ in range(3)]
    leaves = values.copy()
    for _ in range(length):
        i, j, k = random.randint(0, 3, 3)
        values[k] = OPERATIONS[random.randint(len(OPERATIONS))](values[i], values[j])
    total = torch.stack(values).sum()
    if flows:
        total.backward()
    return [total.item(), *([] if not flows else [
        None if each.grad is None else each.grad.tolist() for each in leaves])]


def many(draw: int) -> None:
    """Recordings that are new, until none is made."""
    for k in range(40):
        chain(Draws(1000 * draw + k), 60)


def new_steps(function: Callable[[], Any]) -> int:
    before = tree.made
    function()
    return tree.made - before


def test_a_path_that_is_new_again_and_again_is_not_recorded():
    many(1)
    many(4)   # each operation's text has been written
    assert here.modes.novel > 0
    here.modes.at_once = 1000
    assert new_steps(lambda: chain(Draws(5), 300)) < 20
    assert 0 < here.modes.at_once < 800


def test_a_thousand_chains_give_what_they_give_when_they_are_recorded():
    many(2)
    for seed in range(300):
        flows = seed % 3 == 0
        here.modes.at_once = 0
        config.compile_after = 5   # nothing is allowed
        recorded = chain(Draws(seed), 30, flows)
        config.compile_after = None
        here.modes.at_once = 1000
        found = chain(Draws(seed), 30, flows)
        for a, b in zip(found, recorded, strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.allclose(a, b, 1e-12, 1e-14, equal_nan=True)


def test_what_comes_again_is_recorded_after_a_while():
    many(3)
    assert here.modes.novel >= novelty.NEW
    for _ in range(200):
        chain(Draws(77), 60)
    assert here.modes.novel == here.modes.at_once == 0
    assert new_steps(lambda: chain(Draws(77), 60)) == 0


def test_a_value_that_is_asked_for_after_each_operation():
    x = torch.tensor(1.0)
    for _ in range(novelty.LIGHT + 50):   # the first calls find out what they mean
        x = x * 0.999
        x.item()
    at, before = here.recording.at, x.item()
    assert here.modes.at_once > 0
    x = x * 0.5
    assert here.recording.at is at
    assert x._buf is not None and x.item() == np.float32(before) * np.float32(0.5)


def test_three_short_recordings_that_are_new_are_enough() -> None:
    x = torch.arange(41.0)
    for k in range(35, 37):   # lengths of no other test
        (x[:k] * 0.5).sum().item()
    assert here.modes.at_once == 0
    (x[:37] * 0.5).sum().item()
    assert here.modes.at_once > 0


def test_what_was_never_recorded_is_computed_at_once() -> None:
    x, y = allowed()
    m = torch.tensor([[1.0, 2.0, 0.5], [3.0, 4.0, 0.25]])
    calls: list[Callable[[], Any]] = [
        lambda: torch.heaviside(x, y), lambda: torch.logaddexp(x, y), lambda: x * x.sinc(),
        lambda: torch.addcmul(x, x, y, value=0.3), lambda: m.swapaxes(0, 1),
        lambda: m.movedim(1, 0)[1:], lambda: m.narrow(1, 1, 2), lambda: torch.var_mean(m, 1)[1],
        lambda: m.unflatten(1, (3, 1)), lambda: torch.hypot(x, x), lambda: m.t().reshape(6)]
    recorded = [call().tolist() for call in calls]
    templates.templates.clear()
    templates.quick.clear()
    at_once.forget()
    at = here.recording.at
    here.modes.at_once = 1000
    found = [call() for call in calls]
    assert here.recording.at is at and all(each._buf is not None for each in found)
    assert [each.tolist() for each in found] == recorded
    here.modes.at_once = 1000
    view = m.swapaxes(0, 1)
    copy = m.t().reshape(6)
    m += 1
    assert view.tolist() == m.t().tolist() and copy.tolist() == recorded[-1]
    view[0] = 7
    assert m[:, 0].tolist() == [7.0, 7.0]


def test_long_recordings_are_made_after_short_ones():
    x = torch.tensor(1.0)
    for _ in range(100):
        x = x * 0.999
        x.item()
    here.modes.at_once = 3
    y = x
    for _ in range(20):
        y = y * 0.9
    assert here.modes.at_once == 0 and y._buf is None
    before = here.modes.light
    for k in range(5):   # it counts when it is compiled
        config.compile_after = None if k == 4 else 2
        here.modes.at_once = 0
        y = x
        for _ in range(20):
            y = y * 0.9
        y.item()
    assert 0 < here.modes.light < before
    w = torch.tensor(1.0, requires_grad=True)
    (w * y).item()
    assert here.modes.light == 0


def test_short_recordings_that_are_new_each_time():
    x = torch.arange(40.0)
    for k in range(3, 3 + novelty.LIGHT + 12):
        y = x[:k] * 0.5
        z = torch.sigmoid(y * y - y.mean()) + torch.exp(-y).clamp(0.1, 0.9) * y.abs()
        assert (z / z.sum()).max().item() > 0
    assert here.modes.at_once > 0
    here.modes.at_once = 0
    for _ in range(novelty.LIGHT):   # what comes again is recorded, and compiled some day
        y = x[:7] * 0.5
        z = torch.sigmoid(y * y - y.mean()) + torch.exp(-y).clamp(0.1, 0.9) * y.abs()
        assert (z / z.sum()).max().item() > 0
        before, here.modes.at_once = here.modes.at_once, 0
    assert before == 0


def allowed() -> Any:
    """Two tensors whose products are computed at once."""
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 0.0])
    for _ in range(50):
        (x * y, x / y, x + y, x.exp(), x @ y, -x)
    (x * y).sum().item()
    here.modes.at_once = 1000
    assert (x * y)._buf is not None
    return x, y


def test_it_goes_on_after_another_default_dtype_and_after_many_forms(
        monkeypatch: pytest.MonkeyPatch) -> None:
    allowed()
    torch.set_default_dtype(torch.float64)
    torch.set_default_dtype(torch.float32)
    allowed()
    with monkeypatch.context() as patch:
        patch.setattr(templates, "MOST", 0)   # forms are forgotten with each new one
        torch.ones(3, 5, 7, 11, requires_grad=True).sum().item()
    allowed()


def test_what_has_a_history_or_waits_is_recorded():
    x, y = allowed()
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    z = w * y * x
    assert z._buf is None
    assert (x * z)._buf is None
    (x * z).sum().backward()
    assert w.grad.tolist() == [3.0, 0.0]
    kept = (w * 2)
    kept.sum().item()
    assert kept._buf is not None and (x * kept).requires_grad


def test_parts_share_storage_and_lists_of_places_do_not():
    m = torch.tensor(Draws(0).rand(4, 5))
    index, w = [1, -1, 0], torch.tensor([2, 1])
    parts: list[Callable[[], Any]] = [
        lambda: m[index], lambda: m[index, 1:3], lambda: m[:, w], lambda: m[w, index[:2]],
        lambda: m[m[:, 0] > 0.5], lambda: m[:, None, index], lambda: m[1:, ::2],
        lambda: m[..., -1], lambda: m.t()[1:3].reshape(-1), lambda: m.t()[2] + m[:, 3]]
    recorded = [part().tolist() for part in parts]
    assert [part().tolist() for part in parts] == recorded
    before = tree.made
    for _ in range(2):
        here.modes.at_once = 1000
        found = [part() for part in parts]
    assert all(each._buf is not None for each in found)
    assert tree.made - before < 30   # what a part of a part means is asked once
    assert [each.tolist() for each in found] == recorded
    here.modes.at_once = 1000
    row, picked = m.t()[2], m[index]
    row += 100
    assert (m[:, 2] > 99).all() and picked.max() < 99
    with pytest.raises(IndexError, match=r"index 7 is out of bounds .*test_novelty\.py"):
        m[[7]].tolist()
    with pytest.raises(IndexError):
        m[0:2, 9].tolist()


def test_writes_are_seen():
    x, y = allowed()
    z = x * y
    view = z[1:]
    z += 1
    view.mul_(5)
    assert (z * x).tolist() == [4.0, 10.0]
    array = x.numpy()
    array[0] = 7
    assert (x * y).tolist() == [21.0, 0.0]
    array[0] = 8
    assert (x * y).tolist() == [24.0, 0.0]
    result = (y + y).numpy()
    result[0] = -1
    assert y.tolist() == [3.0, 0.0]


def test_there_are_no_warnings_of_numpy_and_the_same_errors():
    x, y = allowed()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (x / y).tolist()[1] == np.inf
        assert ((x * 1e3).exp()).tolist() == [np.inf, np.inf]
    with pytest.raises(RuntimeError, match="must match the size"):
        x * torch.ones(3)
    with pytest.raises(TypeError):
        x * "two"
    with np.errstate(all="raise"):
        (x / y).tolist()
        assert np.geterr()["divide"] == "raise"


def test_what_has_failed_keeps_its_error() -> None:
    for made in (lambda x: x[torch.tensor([7])], lambda x: x.scatter_(0, torch.tensor([7]), 1.)):
        x = torch.rand(3) * 2
        failed = made(x)
        for _ in range(3):
            with pytest.raises((IndexError, RuntimeError), match="index 7 is out of bounds"):
                failed.sum().item()
            novelty.allow(here.modes, 100)
        assert torch.ones(3).sum().item() == 3


def test_who_looks_at_what_is_recorded_sees_all():
    x, y = allowed()
    graph = torch.func.linearize(lambda x: x * y * y, x)
    assert graph[0].tolist() == [9.0, 0.0]
    here.modes.at_once = 1000
    _, t = torch.func.jvp(lambda x: x * (x * y), (x,), (torch.ones(2),))
    assert t.tolist() == [6.0, 0.0]
    here.modes.at_once = 1000
    assert torch.func.vmap(lambda a, b: a * b)(x, y).tolist() == [3.0, 0.0]
    here.modes.at_once = 1000
    compiled = torch.compile(lambda a: a * y + a)
    for _ in range(3):
        assert compiled(x).tolist() == [4.0, 2.0]
    assert compiled.compiled.hits > 0
    here.modes.at_once = 1000
    from wengert.engine.recording.observers import Observer, leave, observe
    observer = Observer()
    observe(here.modes, observer)
    try:
        assert here.modes.at_once == 0
    finally:
        leave(here.modes, observer)


def test_another_default_dtype_is_another_meaning():
    x, _ = allowed()
    n = torch.arange(3)
    for _ in range(50):
        n / 2
    (n / 2).sum().item()
    here.modes.at_once = 1000
    assert (n / 2).dtype is torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        for _ in range(3):
            here.modes.at_once = 1000
            assert (n / 2).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert (x * x).dtype is torch.float32


def test_under_no_grad_and_inference_mode():
    x, y = allowed()
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        for _ in range(3):
            here.modes.at_once = 1000
            assert (x * y).tolist() == [3.0, 0.0] and not (x * y).requires_grad
            assert (w * y).tolist() == [6.0, 0.0] and not (w * y).requires_grad
    with torch.inference_mode():
        z = x * y
        assert z.is_inference() == (torch.ones(2) + 1).is_inference()


def ended(monkeypatch: pytest.MonkeyPatch, function: Callable[[], Any]) -> int:
    """How many recordings end in a function."""
    count = 0

    def counting(*args: Any) -> Any:
        nonlocal count
        count += 1
        return run(*args)

    run = flushing.run
    with monkeypatch.context() as patch:
        patch.setattr(flushing, "run", counting)
        function()
    return count


def learned(random: Any, turns: int = 20) -> Any:
    """A table that is read and written element by element."""
    q, place = torch.zeros(6, 2), 0
    for _ in range(turns):
        action = random.randint(2) if random.rand() < 0.3 else int(torch.argmax(q[place]))
        then = min(5, place + 1) if action else max(0, place - 1)
        q[place, action] += 0.5 * (random.rand() + 0.9 * q[then].max() - q[place, action])
        place = 0 if then == 5 else then
    return q.sum().item()


def test_many_calls_that_a_compiler_can_do_little_for_are_light(monkeypatch: pytest.MonkeyPatch,
                                                                ) -> None:
    for k in range(60):
        learned(Draws(k))
    assert here.modes.light >= novelty.LIGHT
    assert ended(monkeypatch, lambda: [learned(Draws(k)) for k in range(10)]) < 30   # of 150
    here.modes.at_once = 0
    config.compile_after = 5   # nothing is allowed
    recorded = [learned(Draws(k)) for k in range(10)]
    config.compile_after = None
    here.modes.at_once = 1000
    assert np.allclose(recorded, [learned(Draws(k)) for k in range(10)], 1e-6)


def test_few_calls_that_share_a_loop_are_heavy() -> None:
    x = torch.tensor(Draws(0).rand(4, 5))
    for _ in range(3 * novelty.LIGHT):
        y = x
        for _ in range(5):
            y = torch.softmax(y, 1)
        y.sum().item()
    assert here.modes.light <= novelty.AT_FIRST and here.modes.at_once == 0   # when it was new


def test_what_will_be_compiled_ends_long_stretches_of_what_is_computed_at_once() -> None:
    x, modes = torch.tensor(Draws(0).rand(4, 5)), here.modes

    def heavy() -> None:
        modes.at_once, y = 0, x
        for _ in range(5):
            y = torch.softmax(y, 1)
        y.sum().item()
    for _ in range(3):   # it is known
        heavy()
    modes.light = novelty.LIGHT + novelty.DOUBLED
    for k in range(5):   # walked, however much is allowed
        heavy()
        assert modes.light == max(0, novelty.LIGHT + novelty.SOME - (k + 1) * novelty.MORE)


def test_writes_to_parts_count_for_computing_at_once() -> None:
    x = torch.tensor(Draws(0).rand(5, 4))
    for _ in range(3 * novelty.LIGHT):
        here.modes.at_once = 0
        y = x.clone()
        for i in range(4):
            y[i] = x[i + 1]
        torch.softmax(torch.softmax(torch.softmax(y, 1), 1), 1).sum().item()
    assert here.modes.light >= novelty.LIGHT   # without the writes it is heavy


def test_calls_whose_template_others_tell_are_computed_with_small_exponents(
        monkeypatch: pytest.MonkeyPatch) -> None:
    def powers() -> None:
        for n in range(3, 20):
            x = torch.tensor(Draws(n).rand(n, 7))
            here.modes.at_once = 100
            assert np.allclose((x ** 2).tolist(), Draws(n).rand(n, 7) ** 2)
            assert np.allclose(x.clamp(min=0.5).tolist(), Draws(n).rand(n, 7).clip(0.5))

    assert ended(monkeypatch, powers) == 0


def test_places_are_read_with_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    x, i = torch.tensor(Draws(0).rand(4, 2)), torch.tensor([1, -1, 0])
    here.modes.at_once = 100
    monkeypatch.setattr(viewing, "picked", lambda *args: pytest.fail("it lies in memory"))
    assert x[i].tolist() == Draws(0).rand(4, 2)[[1, -1, 0]].tolist()
    monkeypatch.undo()
    with pytest.raises(IndexError):
        x[i + 4].tolist()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.int32,
                                   torch.uint8, torch.bool, torch.bfloat16])
def test_elements_compare_as_tensors_do(dtype: Any) -> None:
    numbers = [0, 1, 2, 0.1, 1.5, -1, 2 ** 40, float("nan"), float("inf"), True, 0.3]
    x = torch.tensor([[0.0, 1, 2], [0.1, 0.3, 16777217]]).to(dtype)
    for number in numbers:
        for i, j in np.ndindex(2, 3):
            for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq,
                            operator.ne):
                try:
                    wanted = compare(x, number)[i, j].item()
                except (RuntimeError, OverflowError) as error:
                    with pytest.raises(type(error)):
                        compare(x[i, j], number)
                    continue
                for allowed in (0, 100):
                    here.modes.at_once = allowed
                    found = compare(x[i, j], number)
                    assert found.dtype is torch.bool and found.shape == ()
                    assert found.item() is wanted, (x[i, j], compare, number)
                    here.modes.at_once = 0


def test_elements_of_what_flows_are_looked_at_without_a_state(
        monkeypatch: pytest.MonkeyPatch) -> None:
    def looked() -> Any:
        w = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
        x, found = w * 2, []
        for _ in range(4):
            x = x * 1.5
            found += [bool(x[0] < 2), x[1].item(), bool(x[2] > 2), float(x[-1])]
        (x[0] * x[1]).backward()
        return found, w.grad.tolist()

    first = looked()
    states = 0

    def counting(self: Any, store: Any = None, *args: Any) -> None:
        nonlocal states
        states += bool(args)
        made(self, store, *args)

    made = Extra.__init__
    with monkeypatch.context() as patch:
        patch.setattr(Extra, "__init__", counting)
        for _ in range(3):
            states = 0
            assert looked() == first
            assert states <= 4   # of the two that are multiplied


def test_parts_count_for_computing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements of a table that are added up; what stands at a place that was searched for."""
    def spins() -> None:
        for k in range(20):
            here.modes.at_once = min(here.modes.at_once, 1)
            i, j = divmod(k % 16, 4)
            ((s[i, j] + s[i - 1, j] + s[i, j - 1] + s[i, (j + 1) % 4]) * 2.0 * s[j, i]).item()

    def best() -> None:
        for k in range(20):
            here.modes.at_once = 0
            fit = ((s * (k + 1.0) - 1) ** 2).sum(1) + torch.cos(3 * s).sum(1)
            fit[fit.argmin()].item()

    s = torch.tensor(Draws(0).rand(4, 4))
    s.tolist()
    for program in (spins, best):
        here.modes.light = here.modes.at_once = 0
        program()
        assert here.modes.light >= novelty.LIGHT


def test_a_category_that_was_drawn_is_checked_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = torch.tensor(Draws(0).rand(5))

    def drawn() -> None:
        found = torch.distributions.Categorical(logits=logits)
        for shape in ((), (3,), (1,)):
            arm = found.sample(shape)
            found.log_prob(arm)
            assert arm.shape == shape and arm.dtype is torch.int64

    drawn()
    here.modes.at_once = 0
    assert ended(monkeypatch, drawn) <= 2   # the parameters, and their softmax


CUTS: list[Any] = [
    slice(1, 3), slice(None), slice(2, None, 2), slice(-2, None), slice(3, 1), None, ...,
    (slice(None), 1), (slice(None), -1), (..., 0), (..., slice(1, 3)), (None, 2), (..., None),
    (slice(None), None), (None, slice(1, 4), None, -2), (slice(0, 2), slice(1, 2)),
    (1, slice(1, 3)), (2, None)]


@pytest.mark.parametrize("transposed", [False, True])
def test_slices_of_values_in_memory_are_as_numpys(transposed: bool) -> None:
    def same(x: Any, y: Any) -> bool:
        return x.shape == y.shape and np.array_equal(np.array(x.tolist()).reshape(y.shape), y)

    for draw in range(3):
        for index in CUTS:
            x, y = torch.tensor(Draws(draw).rand(4, 4)), Draws(draw).rand(4, 4)
            if transposed:
                x, y = x.t(), y.T
            x.tolist()
            here.modes.at_once = 1000
            part, wanted = x[index], y[index]
            assert part.shape == wanted.shape and same(part, wanted)
            assert same(part + 1.0, wanted + 1)
            part += 2.0   # both share memory
            wanted += 2
            assert same(x, y) and same(part, wanted)
            x[0] = 0.0
            y[0] = 0
            assert same(part * 2, wanted * 2)
            here.modes.at_once = 1000
            again, wanted = x[:][index], y[:][index]   # a view of a view
            again *= 3.0
            wanted *= 3
            assert same(x, y) and same(again - x[:][index], wanted * 0)
            here.modes.at_once = 0
            assert same(x[index] - 1.0, y[index] - 1)


def test_what_a_slice_means_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def used() -> None:
        x = torch.zeros(4, 5)
        x.tolist()
        here.modes.at_once = 1000
        for k in range(3):
            assert x[:, k].stride() == (5,) and x[k:k + 1].stride() == (5, 1)
            assert x[:, None].shape == (4, 1, 5) and x[..., k].shape == (4,)

    used()
    monkeypatch.setattr(cuts, "new_cut", lambda *args: pytest.fail("it is known"))
    used()


def test_an_index_out_of_range_beside_a_slice_is_an_error() -> None:
    x = torch.zeros(1, 4)
    x.tolist()
    for index in ((0, slice(1, 3)), (slice(None), 2)):
        here.modes.at_once = 100
        x[index]
    for index in ((3, slice(1, 3)), (slice(None), 4), (slice(None), -5), (1, slice(1, 3))):
        here.modes.at_once = 100
        with pytest.raises(IndexError, match="out of"):
            x[index]


def test_detached_aliases_in_memory_are_operands(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.tensor(Draws(0).rand(4))
    w = torch.tensor(Draws(0).rand(4), requires_grad=True)
    y = w * 2
    y.tolist()

    def used() -> None:
        for each in (x, w, y):
            here.modes.at_once = 100
            alias = each.detach()
            assert np.allclose((alias + 1.0).tolist(), np.array(each.tolist()) + 1)
            assert not (alias + 1.0).requires_grad

    used()
    assert ended(monkeypatch, used) == 0
    alias = x.detach()
    here.modes.at_once = 100
    x += 1.0
    assert (alias * 1.0).tolist() == x.tolist()
    alias.requires_grad_()   # a leaf, which has a gradient
    here.modes.at_once = 100
    (alias * 3.0).sum().backward()
    assert alias.grad.tolist() == [3.0] * 4


def test_parameters_do_not_count_where_no_gradient_flows() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        for _ in range(novelty.LIGHT + 1):
            (w * 0.5).sum().item()
    assert here.modes.light > 0 and here.modes.at_once > 0
    for _ in range(3):
        here.modes.at_once = 0
        (w * 0.5).sum().item()
    assert here.modes.light == 0


def table(random: Any, torch_or_numpy: Any, at_once: int, length: int = 40) -> list[Any]:
    """What is read of a table, views of it and copies, while all of them are written to."""
    ours = torch_or_numpy is torch
    q = torch.tensor(Draws(1).rand(4, 3)) if ours else Draws(1).rand(4, 3)
    views, copies, seen = [q], [], []
    for _ in range(length):
        here.modes.at_once = at_once
        what, i, j, number = random.randint(11), random.randint(4), random.randint(3), random.rand()
        view = views[random.randint(len(views))]
        if what == 0:
            views.append(q[i] if j else q[i, j:j + 1])
        elif what == 1:
            views.append(q[:, j])
        elif what == 2:
            q[i, j] = number
        elif what == 3:
            q[i] = q[j]
        elif what == 4:
            q[i, j] += number
        elif what == 5:
            view += number
        elif what == 6:
            copies.append(view * 1 if number < 0.5 else view.clone() if ours else view.copy())
        elif what == 7:
            seen.append(float(view.sum()))
        elif what == 8:
            q[i, j] = q[j].max()
        elif what == 9:
            q[j] *= q[i] - number
        elif number < 0.2 and len(views) > 1:
            views.pop()
    return [seen, *(each.tolist() for each in [*views, *copies])]


@pytest.mark.parametrize("at_once", [0, 1000])
def test_parts_that_are_there_see_what_is_written_in_memory(at_once: int) -> None:
    for seed in range(150):
        found = table(Draws(seed), torch, at_once)
        for a, b in zip(found, table(Draws(seed), np, 0), strict=True):
            assert np.allclose(a, b, 1e-12)


def test_a_row_is_copied_in_memory_whoever_looks_at_others() -> None:
    q = torch.tensor(Draws(0).rand(4, 3))
    row, last = q[1], q[3]
    row.sum().item(), last.tolist()
    at = here.recording.at
    q[1] = q[2]
    q[0, 1] = 5.0
    q[3] += q[1]
    assert here.recording.at is at and row.tolist() == q[2].tolist()
    assert last.tolist() == q[3].tolist() and q[0, 1] == 5
    kept = q * 1   # what holds the value is no part of it
    alias = q.detach()
    q[1] = q[0]
    assert kept[1].tolist() == q[2].tolist() and alias[1].tolist() == q[0].tolist()


def test_places_that_are_tensors_are_integers_as_soon_as_they_are_known(
        monkeypatch: pytest.MonkeyPatch) -> None:
    m = torch.tensor(Draws(0).rand(4, 3))
    array, places, others = np.array(m.tolist()), torch.tensor([2, 0, 1]), torch.tensor([1, 0, 2])
    asked: list[Any] = []
    monkeypatch.setattr(viewing, "is_sole", lambda base: asked.append(base) or is_sole(base))
    at = here.recording.at
    for i, j in zip(places, others, strict=True):
        m[i, j] += 1
        array[int(i), int(j)] += 1
    assert here.recording.at is at and len(asked) == 3   # for the sum, and not for its place
    here.modes.at_once = 1000
    i = places[0]
    for k, x, y in ((i, m, array), (i, m.t(), array.T), ((i, 1), m[1:], array[1:]),
                    ((slice(None), i), m, array), ((None, i), m, array), ((..., i), m, array)):
        numbers = tuple(2 if item is i else item for item in k) if k.__class__ is tuple else 2
        assert np.allclose(x[k].tolist(), y[numbers])
    with pytest.raises(IndexError):
        m[:, torch.tensor(3)].tolist()
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (w[i] * w[places[1]]).backward()
    assert w.grad.tolist() == [3.0, 0.0, 1.0]


def test_integers_that_are_gone_through_are_computed_first(monkeypatch: pytest.MonkeyPatch,
                                                           ) -> None:
    def counted_pairs(logits: Any) -> Any:
        counts = torch.zeros(3, 3, dtype=torch.int64)
        for i, j in zip(logits.argmax(0), logits.argmin(0), strict=True):
            counts[i, j] += 1
        return counts

    logits = torch.tensor(Draws(0).rand(3, 8))
    pairs = zip(logits.argmax(0).tolist(), logits.argmin(0).tolist(), strict=True)
    found: list[Any] = []
    assert ended(monkeypatch, lambda: found.append(counted_pairs(logits))) <= 2
    assert here.recording.at is here.recording.root   # no place is part of a path
    expected = np.zeros((3, 3), np.int64)
    for i, j in pairs:
        expected[i, j] += 1
    assert (np.array(found[0].tolist()) == expected).all()
    here.modes.at_once = 0
    rows = [row * 2 for row in logits * 1.5]   # numbers go on
    assert rows[0]._buf is None
    twice = torch.func.vmap(lambda x: torch.stack([each * 2 for each in x.argsort()]))(logits)
    assert twice.tolist() == (logits.argsort(1) * 2).tolist()


def test_a_path_that_is_new_is_not_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    before = flushing.is_light
    monkeypatch.setattr(flushing, "is_light", lambda at, ends: asked.append(at) or before(at, ends))
    for k in range(3):
        chain(Draws(k + 1000), 12)
    assert not asked
    for _ in range(2):
        chain(Draws(1000), 12)
    assert len(asked) <= 2


def test_parameters_are_read_at_once_where_gradients_are_off():
    """A text that grows: each length is new, and the layers' parameters are leaves."""
    nn = torch.nn
    norm, layer, head = nn.LayerNorm(8), nn.Linear(8, 8), nn.Linear(8, 5)

    def read(n: int) -> tuple[float, float]:
        x = torch.linspace(-1, 1, 8 * n).view(n, 8)
        for _ in range(12):
            x = x + torch.tanh(layer(norm(x)))
        y = head(x.mean(0)).softmax(-1)
        return y[0].item(), y.max().item()

    with torch.no_grad():
        texts = [read(n) for n in range(20, 30)]
        assert here.modes.novel > 0
        here.modes.at_once = 1000
        assert new_steps(lambda: texts.append(read(30))) < 5
    flowing = [read(n) for n in range(20, 31)]   # recorded
    assert texts == [pytest.approx(each, rel=1e-5) for each in flowing]
    norm.weight.data.zero_()
    with torch.no_grad():
        layer.weight.requires_grad_(False).add_(1)
        here.modes.at_once = 1000
        changed = read(30)
    assert changed != pytest.approx(texts[-1], rel=1e-5)
    assert changed == pytest.approx(read(30), rel=1e-5)


def test_what_reads_large_operands_is_computed_at_once():
    table, weight = torch.linspace(-1, 1, 12_000).view(750, 16), torch.full((16, 400), 0.01)

    def read(n: int) -> float:
        x = table[torch.arange(n)]
        for _ in range(12):
            x = torch.tanh(x @ (weight @ weight.T)) + x
        return x.sum().item()

    for n in range(20, 30):
        read(n)
    here.modes.at_once = 1000
    assert new_steps(lambda: read(30)) < 5


def test_a_cache_that_grows_is_computed_at_once_however_long_it_is():
    """Its parts are more than what is computed at once where recordings are light."""
    weight = torch.linspace(-1, 1, 64 * 64).view(64, 64)

    def read(cache: Any) -> tuple[float, Any]:
        x = cache[-1:]
        for _ in range(12):
            x = torch.tanh(x @ weight)
            cache = torch.cat([cache, x])
        return cache.sum().item(), cache

    cache = torch.linspace(-1, 1, 64 * 200).view(200, 64)
    for _ in range(10):
        value, cache = read(cache)
    assert cache.shape[0] == 320 and cache.untyped_storage().nbytes() > 1 << 16
    here.modes.at_once = 1000
    assert new_steps(lambda: read(cache)) < 5
    assert value == pytest.approx(cache.tolist() and sum(map(sum, cache.tolist())), rel=1e-4)


def test_sizes_that_are_new_are_computed_at_once_where_recordings_are_light_too():
    """Those that come again, of as many bytes, are recorded, as they may be compiled."""
    def attend(n: int) -> float:
        x = torch.linspace(0, 1, 8 * n).view(n, 8)
        return (torch.softmax(x @ x[0], 0)[:, None] * x).sum().item()

    for n in (20, 30, 41, 50):
        attend(n)
    counts = []
    for n in [*range(1000, 1010), *[1010] * 20]:
        here.modes.at_once, here.modes.novel = 1000, 0
        before = tree.made
        assert attend(n) == pytest.approx(attend(n), rel=1e-6)
        counts.append(tree.made - before)
    assert counts[2:10] == [0] * 8 and counts[10] == 0 and sum(counts[11:]) > 0, counts


def sets_of(lengths: list[int], w: Any) -> float:
    """A loss of padded sets; what they are padded to is of no gradient's concern."""
    sets = [torch.linspace(-1, 1, 3 * n).view(n, 3) for n in lengths]
    largest = torch.stack([each.norm(dim=1).max() for each in sets])
    x = torch.nn.utils.rnn.pad_sequence(sets, batch_first=True)
    inside = torch.arange(x.shape[1])[None] < torch.tensor(lengths)[:, None]
    loss = (((x @ w).tanh() * inside[..., None]).sum((1, 2)) - largest).square().mean()
    loss.backward()
    return loss.item()


def test_what_no_gradient_reaches_is_computed_at_once_beside_one_that_is_new() -> None:
    draw, w = Draws(0), torch.full((3, 4), 0.1, requires_grad=True)
    lengths = [draw.randint(2, 9, 8).tolist() for _ in range(16)]
    first = new_steps(lambda: sets_of(lengths[0], w))
    losses = [sets_of(each, w) for each in lengths]
    assert here.modes.flowing >= novelty.FLOWING and here.modes.at_once
    later = new_steps(lambda: sets_of(lengths[3], w))
    assert later < first - 20, (first, later)
    here.modes.at_once = here.modes.flowing = 0
    gradient, w.grad = w.grad, None
    again = [sets_of(each, w) for each in (lengths[0], *lengths, lengths[3])]
    assert again[1:-1] == pytest.approx(losses, rel=1e-5)
    np.testing.assert_allclose(gradient.numpy(), w.grad.numpy(), 1e-4)


def test_a_training_that_is_the_same_from_some_step_on_is_recorded_whole() -> None:
    draw, w = Draws(1), torch.full((3, 4), 0.1, requires_grad=True)
    for _ in range(16):
        sets_of(draw.randint(2, 9, 8).tolist(), w)
    assert here.modes.at_once
    for _ in range(80):
        sets_of([5] * 8, w)
    assert not here.modes.at_once and not here.modes.flowing
    assert new_steps(lambda: sets_of([5] * 8, w)) == 0


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
def test_sequences_in_memory_are_padded_at_once(first: bool, side: str) -> None:
    pad = torch.nn.utils.rnn.pad_sequence
    for dtype, value in ((torch.float32, 0.5), (torch.int64, -2.0), (torch.bool, 1.0)):
        sets = [torch.arange(2 * n).view(n, 2).to(dtype) for n in (3, 1, 4)]
        sets.append(torch.arange(6).view(2, 3).to(dtype).T)
        assert [each.sum().item() for each in sets]
        found: list[Any] = []
        for count in (0, 1000):
            here.modes.at_once = count
            before = tree.made
            found.append(pad(sets, first, value, side))
            assert tree.made == before or not count
        assert found[0].tolist() == found[1].tolist() and found[0].dtype is found[1].dtype
        assert found[0].stride() == found[1].stride()
    here.modes.at_once = 1000
    w = torch.ones(2, 3, requires_grad=True)
    pad([w, w[:1]]).sum().backward()
    assert w.grad.tolist() == [[2.0] * 3, [1.0] * 3]


def test_where_the_first_operation_is_recorded_nothing_is_tried_for_long():
    table = torch.linspace(-1, 1, 640_000).view(40_000, 16)   # too large

    def read(n: int) -> float:
        x = torch.tanh(table)[:n]
        for _ in range(40):
            x = torch.tanh(x) + n
        return x.sum().item()

    allowed = []
    for n in range(20, 60):
        read(n)
        allowed.append(here.modes.at_once > 0)
    assert 0 < sum(allowed) < 8, allowed


def test_what_is_left_of_a_step_does_not_end_what_is_allowed() -> None:
    """Clouds of drawn sizes are made and padded; few lengths are left, which are soon known."""
    random = np.random.RandomState(0)
    layer = torch.nn.Linear(3, 3)
    made = []
    for _ in range(240):
        before = tree.made
        clouds = []
        for size in random.randint(3, 10, 6).tolist():
            cloud = torch.linspace(-1, 1, 3 * size).view(size, 3)
            cloud = cloud - cloud.mean(0)
            clouds.append(cloud / cloud.norm(dim=1, keepdim=True).clamp_min(1e-3))
        x = torch.zeros(6, max(map(len, clouds)), 3)
        for k, cloud in enumerate(clouds):
            x[k, :len(cloud)] = cloud
        layer.weight.grad = layer.bias.grad = None
        loss = torch.tanh(layer(x)).sum(1).square().mean()
        loss.backward()
        assert layer.weight.grad.isfinite().all() and loss.item() > 0
        made.append(tree.made - before)
    assert sum(made[120:]) < 12 * max(made), made


def test_masks_and_empty_places_are_written_to_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rays that are still under way: those that have arrived are no more."""
    flushes: list[int] = []
    t = torch.zeros(50)
    speed = torch.linspace(0.1, 1.0, 50)
    here.modes.at_once = 1000
    active = torch.ones(50, dtype=torch.bool)
    original = flushing.run
    monkeypatch.setattr(flushing, "run", lambda *given: (flushes.append(1), original(*given)))
    left = []
    while active.any() and len(left) < 40:
        step = speed[active, None] * torch.ones(2)
        t[active] += step[:, 0]
        places = active.nonzero().squeeze(1)
        active[places[t[active] > 3.05]] = False   # none of them at first
        left.append(int(active.sum()))
    assert not flushes
    numbers, expected = np.zeros(50), []
    going = np.ones(50, bool)
    speeds = np.linspace(0.1, 1.0, 50)
    while going.any() and len(expected) < 40:
        numbers[going] += speeds[going]
        going[np.flatnonzero(going)[numbers[going] > 3.05]] = False
        expected.append(int(going.sum()))
    assert left == expected
    assert t.tolist() == pytest.approx(numbers.tolist(), rel=1e-5)


def test_booleans_are_written_in_memory() -> None:
    flags, numbers = torch.zeros(4, dtype=torch.bool), torch.zeros(4)
    flags.tolist(), numbers.tolist()
    made = tree.made
    flags[1] = True
    flags[2] = 0.5
    flags[3] = True
    flags[3] = 0
    numbers[0] = True
    assert tree.made == made
    assert flags.tolist() == [False, True, True, False] and numbers.tolist() == [1.0, 0.0, 0.0, 0.0]
