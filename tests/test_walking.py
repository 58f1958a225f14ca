"""A path that is new is walked: nothing is planned, and nothing is built that nobody asks for."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.backends import closure, early, effort
from wengert.engine.graph import Node
from wengert.engine.passes.products import plainly
from wengert.engine.recording import backward, descent, flushing, sized, walking
from wengert.engine.recording.batched import Plan
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.program import Program
from wengert.engine.recording.recording import Recording, here
from wengert.engine.recording.templates import (
    Template,
    forget_templates,
    hasattr_now,
    templates,
)
from wengert.engine.recording.tree import NO_BRANCH, YOUNG, Step, _reached, tree
from wengert.engine.recording.walking import Walked, run_stage

walks = pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"),
                           reason="the tier walks no path twice")
OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda y, x: y * 1.5, lambda y, x: y.tanh(), lambda y, x: y + x, lambda y, x: torch.sigmoid(y),
    lambda y, x: torch.where(y > 0, y, x), lambda y, x: y - y.mean(), lambda y, x: y.clamp(-1, 1),
    lambda y, x: torch.cat([y[:2], x[2:]]), lambda y, x: y.chunk(2)[1].repeat(2),
    lambda y, x: y.max(0, keepdim=True)[0] + y, lambda y, x: y.view(2, -1).t().reshape(-1),
    lambda y, x: torch.stack([y, x]).softmax(0)[0], lambda y, x: y.relu().sqrt() * x,
    lambda y, x: y * x[3] + y[-1], lambda y, x: 1 / (2 + y * y), lambda y, x: torch.lerp(y, x, 0.3),
    lambda y, x: y.view(2, -1)[1].tanh().repeat(2) - y.view(-1, 2)[2, 1]]


@pytest.fixture(autouse=True)
def compiled_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile_after", None)
    monkeypatch.setitem(effort.done, "work", 0)   # whatever tests before have compiled


def chain(numbers: Any, x: Any) -> Any:
    y = x
    for k in numbers:
        y = OPERATIONS[k](y, x)
    return (y * y).sum()


def programs_at(root: Step) -> list[Any]:
    """The programs of the steps from ``root`` on; several ways may lead to one."""
    found, stack, seen = [], [root], {root}
    while stack:
        step = stack.pop()
        found += step.programs.values()
        new = {each for each in step.followers() if each not in seen}
        seen |= new
        stack += new
    return found


@walks
def test_no_program_is_planned_for_a_path_that_is_new() -> None:
    rng = np.random.default_rng(0)
    x = torch.linspace(-2, 2, 8).requires_grad_()
    torch.cpu.synchronize()
    root = here.recording.root
    before = {id(p) for p in programs_at(root) if isinstance(p, Program)}
    for _ in range(5):
        chain(rng.integers(0, len(OPERATIONS), 20), x).backward()
    now = programs_at(root)
    assert {id(p) for p in now if isinstance(p, Program)} <= before
    assert sum(isinstance(p, Walked) and p.runs > 0 for p in now) >= 5


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each program that is planned from here on."""
    found: list[int] = []
    plan = flushing.plan_program
    monkeypatch.setattr(flushing, "plan_program",
                        lambda at, nodes: found.append(1) or plan(at, nodes))
    return found


@walks
def test_a_new_path_through_a_mode_in_a_generator_is_walked(planned: list[int]) -> None:
    def steps(x: Any) -> Any:
        for n in range(3, 6):
            y = x * n
            with torch.no_grad():
                target = y.tanh() * n
            (y[:n] - target[:n]).square().sum().backward()
            yield x.grad.tolist()
            x.grad = None
    x = torch.linspace(-2, 2, 8).requires_grad_()
    values = [k / 7 * 4 - 2 for k in range(8)]
    for n, grad in zip(range(3, 6), steps(x), strict=True):
        expected = [2 * n * (n * v - n * np.tanh(n * v)) for v in values[:n]] + [0] * (8 - n)
        assert np.allclose(grad, expected, rtol=1e-4)
    assert not planned


@pytest.mark.skipif(config.tier == "eager", reason="nothing is recorded in this tier")
def test_a_path_that_comes_again_makes_no_step() -> None:
    def program(n: int) -> Any:
        y = x
        for k in range(n):
            y = 1 - y * 0.5 if k % 3 else y.clamp(-1, 2).softmax(0)
        return y.sum()

    x = torch.rand(7)
    flush()   # what other tests have left
    here.modes.at_once = here.modes.light = here.modes.novel = 0
    first = program(9).item()
    made = tree.made
    assert program(9).item() == first and tree.made == made
    assert program(8).item() != first and tree.made == made + 1    # it ends sooner
    assert program(8).item() != first and program(9).item() == first and tree.made == made + 1
    assert not NO_BRANCH


@walks
def test_nodes_are_made_when_they_are_asked_for() -> None:
    x = torch.ones(4).requires_grad_()
    y = (x * 3).tanh()
    node: Node = y._at
    assert not hasattr_now(node, "prim") and node.shape == (4,) and not hasattr_now(node, "prim")
    y.sum().backward()
    assert not hasattr_now(node, "args")
    assert node.prim.name == "tanh" and node.args[0].prim.name == "mul"


def test_values_and_gradients_are_those_of_each_operation_alone() -> None:
    rng = np.random.default_rng(1)
    for _ in range(12):
        numbers = rng.integers(0, len(OPERATIONS), rng.integers(1, 15))
        values = rng.standard_normal(8)
        found = []
        for tier in ("eager", config.tier):
            x = torch.tensor(values, requires_grad=True)
            before, config.tier = config.tier, tier
            try:
                for _ in range(3):
                    x.grad = None
                    loss = chain(numbers, x)
                    loss.backward()
                    found.append([loss.item(), *x.grad.tolist()])
            finally:
                config.tier = before
        assert np.allclose(found, found[0], 1e-9, 1e-12, equal_nan=True)


def test_a_signature_is_worked_out_once() -> None:
    def run() -> None:
        x = torch.ones(5, dtype=torch.float64, requires_grad=True)
        y = x
        for k in range(30):
            y = (y * (k + 1.0)).sin() + x
        y.sum().backward()

    run()
    torch.ones(1).exp().item()
    before = len(templates)
    run()
    assert len(templates) == before


def test_the_default_dtype_is_part_of_what_a_call_means() -> None:
    def kind() -> Any:
        root = torch.tensor([1, 4]).sqrt()
        root.tolist()
        return root.dtype

    before = torch.get_default_dtype()
    found = [kind(), kind()]
    try:
        torch.set_default_dtype(torch.float64)
        found += [kind(), kind()]
    finally:
        torch.set_default_dtype(before)
    assert found == [torch.float32] * 2 + [torch.float64] * 2 and kind() is torch.float32


def test_a_tensor_may_be_given_twice() -> None:
    a, b = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    for given in ((a, b, b), (b, a, b), (a, a, a, b), (b, b)):
        stacked = torch.stack(given)
        assert stacked.tolist() == [each.item() for each in given]
        (stacked * torch.arange(1.0, len(given) + 1)).sum().backward()
        assert [a.grad, b.grad] == [
            sum(k for k, each in enumerate(given, 1) if each is one) or None for one in (a, b)]
        a.grad = b.grad = None


def test_a_second_backward_names_what_was_freed() -> None:
    x = torch.ones(3, 1, 4, 1, 5).requires_grad_()   # no other test records this path first
    loss = x.exp().sum()
    loss.item()
    loss.backward()
    with pytest.raises(RuntimeError, match=r"second time[\s\S]*ExpBackward0.*test_walking.py"):
        loss.backward()


def test_a_graph_that_is_kept_is_gone_through_again_also_with_history() -> None:
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    loss = (x.exp() * x).sum()
    loss.item()
    (first,) = torch.autograd.grad(loss, x, retain_graph=True)
    (again,) = torch.autograd.grad(loss, x, create_graph=True)
    (second,) = torch.autograd.grad(again.sum(), x)
    assert torch.equal(first, again) and torch.allclose(second, (2 + x) * x.exp())


@walks
def test_what_a_new_path_need_not_ask_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()

    def counts(where: Any, name: str) -> None:
        function = getattr(where, name)

        def counting(*args: Any) -> Any:
            asked[name] += 1
            return function(*args)

        monkeypatch.setattr(where, name, counting)

    tree.clear()
    flush()
    y = torch.ones(3)
    leaves = [torch.ones(3).requires_grad_() for _ in range(4)]
    counts(flushing, "getrefcount")   # as often as there are handles: which of them are held
    counts(backward, "user_line")     # once for a backward
    counts(Recording, "_enter_rare")   # never
    loss = sum([(y * leaf).sum() for leaf in leaves])
    waiting = len(here.recording.handles)
    loss.backward()
    assert asked == {"getrefcount": waiting, "user_line": 1}


@walks
def test_only_what_derivatives_read_is_kept() -> None:
    x = torch.ones(3).requires_grad_()
    y = x * 2
    z = y.exp()
    z.sum().item()
    kept = [value for read in z._rec.walk.saved for value in read]
    assert sum(isinstance(value, np.ndarray) and value.shape == (3,) for value in kept) == 1


@walks
def test_a_path_is_compiled_once_walking_it_has_cost_as_much() -> None:
    x = torch.linspace(0, 1, 50_000).requires_grad_()

    def kinds() -> set[type]:
        return {type(p) for p in programs_at(here.recording.root)}

    for _ in range(800):
        loss = (x.sin() * x.exp()).sum()
        loss.backward()
        x.grad = None
    known = [p for p in programs_at(here.recording.root)
             if isinstance(p, Program) and p.runs > 50]
    assert known


@pytest.mark.parametrize("joined", [torch.stack, torch.cat], ids=["stack", "cat"])
@pytest.mark.parametrize("order", ["abb", "aba", "aab", "aaa", "abab"])
def test_an_operand_may_come_twice(joined: Callable[..., Any], order: str) -> None:
    leaves = {name: torch.full((2,), float(k), requires_grad=True) for k, name in enumerate("ab")}
    y = joined([leaves[name] for name in order])
    weights = torch.arange(1.0, 1 + y.numel()).reshape(y.shape)
    (y * weights).sum().backward()
    expected = [[float("ab".index(name))] * 2 for name in order]
    assert y.reshape(-1, 2).tolist() == expected
    rows = weights.reshape(-1, 2)
    for name in set(order):
        grad = sum(rows[k] for k, other in enumerate(order) if other == name)
        assert leaves[name].grad.tolist() == grad.tolist()


def test_a_step_that_has_no_results() -> None:
    for _ in range(3):
        assert torch.zeros(0, 3).unbind(0) == ()
        assert (torch.ones(2) * 3).tolist() == [3.0, 3.0]


PRODUCERS: list[Callable[[Any], Any]] = [
    torch.nn.functional.hardswish, lambda x: torch.where(x > 0, x, 0.0),
    lambda x: (x > 0).double(), lambda x: torch.where(x > 0, 1.0, 0.5).double(),
    lambda x: x.t().t(), lambda x: x.neg().neg(), lambda x: x.clamp(-1, 1),
    lambda x: x.reshape(4).view(2, 2), lambda x: x.float().double()]
CONSUMERS: list[Callable[[Any, Any], Any]] = [
    lambda u, a: u * a, lambda u, a: a / (u + 3), lambda u, a: u @ a, lambda u, a: a.t() @ u.t(),
    lambda u, a: torch.addcmul(a, a, u), lambda u, a: torch.lerp(a, u, a), lambda u, a: a ** u]


@pytest.mark.parametrize("consume", range(len(CONSUMERS)))
@pytest.mark.parametrize("produce", range(len(PRODUCERS)))
def test_a_derivative_reads_an_operand_whatever_made_it(produce: int, consume: int) -> None:
    """What is kept for a backward after a flush is what the call knew of its operands."""
    def gradients(tier: str) -> list[Any]:
        before, config.tier = config.tier, tier
        try:
            x = torch.tensor([[0.5, -1.0], [2.0, 1.5]], dtype=torch.float64, requires_grad=True)
            a = torch.tensor([[1.0, 2.0], [3.0, 0.5]], dtype=torch.float64, requires_grad=True)
            u = PRODUCERS[produce](x)
            y = CONSUMERS[consume](u, a)
            y.tolist()
            u = None
            y.sum().backward()
            return [None if leaf.grad is None else leaf.grad.numpy() for leaf in (x, a)]
        finally:
            config.tier = before

    expected = gradients("eager")
    for tier in ("llvm", "numpy", "auto"):
        for _ in range(2):
            for got, want in zip(gradients(tier), expected, strict=True):
                assert (got is None) == (want is None)
                assert want is None or got == pytest.approx(want, rel=1e-12, abs=1e-12), tier


@walks
@pytest.mark.long
def test_paths_that_do_not_come_again_are_forgotten() -> None:
    rng = np.random.default_rng(2)
    x = torch.linspace(-2, 2, 8).requires_grad_()

    def kept(length: int) -> Any:
        return (chain([1] * length, x) + 1).item()

    kept(30)
    kept(30)
    made = tree.made
    while tree.made < made + 5 * YOUNG:
        chain(rng.integers(0, len(OPERATIONS), 400), x).backward()
    assert tree.steps < made + 2 * YOUNG
    before = tree.made
    kept(30)
    assert tree.made == before


@walks
def test_what_is_forgotten_is_no_garbage_and_takes_no_younger_path_with_it() -> None:
    x = torch.linspace(-2, 2, 8)

    def run(leaves: int, count: int) -> None:
        y = (x * 0.5).tanh()   # all paths begin so
        for k in range(count):
            y = y - x if k == leaves else y.sin() if k & 1 else y + x
        y.sum().item()

    config.compile_after = 1000   # all is recorded
    torch.cpu.synchronize()
    tree.clear()
    for _ in range(3):
        run(40, 50)   # that comes again; the first still stands on what was forgotten
    gc.collect()
    gc.disable()
    try:
        made = tree.made
        for k in range(30):
            run(k, 1000)
        assert tree.made - made > 2 * YOUNG and tree.steps < YOUNG + 3000
        before = tree.made
        run(40, 50)
        for k in range(29, 21, -1):
            run(k, 1000)
        assert tree.made == before
        assert gc.collect() == 0
    finally:
        gc.enable()


@walks
def test_gradients_that_are_on_for_nothing_leave_no_branch() -> None:
    x = torch.linspace(-2, 2, 8)
    config.compile_after = 1000   # all is recorded
    for k in range(3):
        y = x * 0.5 if k else x + 1
        torch.cpu.synchronize()
        made, young = tree.steps, len(tree.young)
        for n in range(60):
            with torch.no_grad():
                y = y.sin() if n % 7 < k + 2 else y.cos()
        assert tree.steps - made <= 60 + 4 and len(tree.young) - young <= 6
        y.sum().item()


@walks
def test_a_second_derivative_along_a_new_path_plans_nothing() -> None:
    rng = np.random.default_rng(3)
    smooth = [k for k, operation in enumerate(OPERATIONS) if k not in (6, 9, 12)]
    torch.cpu.synchronize()
    before = {id(p) for p in programs_at(here.recording.root) if isinstance(p, Program)}
    for turn in range(4):
        numbers = [smooth[k] for k in rng.integers(0, len(smooth), 6 + turn)]
        values = rng.standard_normal(8)
        found = []
        for tier in ("llvm", config.tier):
            x = torch.tensor(values, requires_grad=True)
            kept, config.tier = config.tier, tier
            try:
                (first,) = torch.autograd.grad(chain(numbers, x), x, create_graph=True)
                (second,) = torch.autograd.grad(first.square().sum(), x, create_graph=True)
                (third,) = torch.autograd.grad(second.sum(), x)
                found.append([*first.tolist(), *second.tolist(), *third.tolist()])
            finally:
                config.tier = kept
            if tier == "llvm":
                before |= {id(p) for p in programs_at(here.recording.root)
                           if isinstance(p, Program)}
        assert np.allclose(found[1], found[0], 1e-8, 1e-10)
    now = {id(p) for p in programs_at(here.recording.root) if isinstance(p, Program)}
    assert now <= before


def test_an_update_ends_no_recording_that_forward_mode_wants() -> None:
    x = torch.tensor([0.5, 2.0], requires_grad=True)

    def f(y: Any) -> Any:
        with torch.no_grad():
            shift = y * 2
        return (y.sin() + shift).sum()

    for _ in range(4):
        (x * x).sum().backward()
        with torch.no_grad():
            x -= 0.1 * x.grad
        x.grad = None
        for _ in range(2):
            (x * x).sum().backward()
            tangent = torch.func.jvp(f, (torch.ones(2),), (torch.ones(2),))[1]
            assert tangent.item() == pytest.approx(2 * np.cos(1.0) + 4, rel=1e-5)
            x.grad = None
@walks
def test_a_stage_of_a_compiled_segment_is_given_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernels read the memory of arrays; what NumPy computes without dimensions is a number.
    Other gradients wait at each run, so that the stage has paid when the path to it has not."""
    given = []

    def noted(step: Step, values: list[Any]) -> Any:
        given.append([type(value) for value in values])
        return run_stage(step, values)

    monkeypatch.setattr(walking, "run_stage", noted)
    config.compile_after = 2
    for k in range(12):
        x, v = (torch.arange(1.0, 4.0, dtype=torch.float64).requires_grad_() for _ in range(2))
        y = (x * v).sum()
        y.item()
        ct = torch.tensor(0.5, dtype=torch.float64)
        found = [*torch.autograd.grad(y, [x, v], grad_outputs=ct * 3.0)]
        found = [found[:1], found[1:], found][k % 3]
        for each in found:
            assert each.tolist() == [1.5, 3.0, 4.5]
    assert len(given) > 2 and all(set(types) == {np.ndarray} for types in given)


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, ct: Any) -> Any:
        return ct * 2


@walks
def test_a_backward_that_walked_may_be_planned_from_some_stage_on(
        monkeypatch: pytest.MonkeyPatch) -> None:
    """What its first stage has freed are the values of the calls that it went through, not of those
    whose results they were given."""
    calls = []

    def first_alone(*args: Any) -> Any:
        calls.append(args)
        if len(calls) % 2 == 0:
            raise walking.NotWalked
        return walking.pulled_through(*args)

    def none(*args: Any) -> Any:
        raise walking.NotWalked

    monkeypatch.setattr(descent, "pulled_through", first_alone)
    monkeypatch.setattr(backward, "pulled", none)
    for k in range(3):
        x = torch.tensor([0.3, 0.5 + k], dtype=torch.float64, requires_grad=True)
        s = x.tanh().sin()
        doubled = Twice.apply(x)
        (s * s + doubled).sum().backward()
        t = np.tanh(x.detach().numpy())
        assert np.allclose(x.grad.numpy(), 2 * np.sin(t) * np.cos(t) * (1 - t * t) + 2)
    assert len(calls) > 1


@walks
def test_closures_of_other_lengths_have_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (early, sized):
        monkeypatch.setattr(module, "FEW", 0)
    forget_templates()

    def step(n: int) -> None:
        x = torch.arange(2.0 * n).reshape(n, 2)
        w = torch.ones(2, requires_grad=True)
        y = torch.nn.functional.layer_norm(x * w, (2,)).mean(0) + x.view(-1, 2)[-1]
        (torch.cat([y, x[:n - 1].sum(0)]) * torch.softmax(x, 0).sum()).sum().backward()

    for n in (11, 12, 13):
        step(n)
    known = closure.code_of.cache_info().misses
    for n in range(14, 20):
        step(n)
    assert closure.code_of.cache_info().misses == known


@walks
@pytest.mark.parametrize("f, gradient", [
    (lambda x: -x, lambda x: -np.ones(3)),
    (lambda x: x + x.detach(), lambda x: np.ones(3)),
    (lambda x: x * x.detach(), lambda x: x),
    (lambda x: x.exp(), np.exp),
    (lambda x: x.detach() - x, lambda x: -np.ones(3)),
    (lambda x: x.view(3, 1), lambda x: np.ones(3)),
    (lambda x: torch.atleast_2d(x), lambda x: np.ones(3)),
    (lambda x: x.flip(0), lambda x: np.ones(3)),
    (lambda x: x.clone(), lambda x: np.ones(3)),
])
def test_a_pullback_of_one_node_is_one_call(f: Any, gradient: Any,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no list of steps, and one way alone where no product is exact."""
    made: list[Any] = []
    several = early.early
    monkeypatch.setattr(closure, "early", lambda *given: made.append(given[5]) or several(*given))
    forget_templates()
    x = torch.tensor([0.5, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    y = f(x)
    y.backward(torch.ones_like(y))
    assert x.grad.dtype is torch.float64
    assert np.allclose(x.grad.numpy(), gradient(x.detach().numpy()))
    assert True not in made


@walks
def test_a_pullback_without_exact_products_has_one_closure(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_templates()
    plain: list[Any] = []
    monkeypatch.setattr("wengert.engine.recording.templates.plainly",
                        lambda nodes: plain.append(nodes) or plainly(nodes))
    x = torch.tensor([0.5, 4.0], requires_grad=True)
    ct = np.array([1.0, 0.0], np.float32)
    for f, exact in ((lambda: 3 - x, False), (lambda: x * x.detach(), True)):
        y = f()
        template = here.recording.at.template
        pull = template.pullback(template.every)
        assert pull.exact is exact
        read = (np.array([2.0, np.inf], np.float32),)
        with np.errstate(invalid="ignore"):
            found = pull.plain(ct, read)
            assert np.array_equal(found, ct * read[0] if exact else -ct, equal_nan=True)
            assert (pull.run is pull.plain) is not exact and len(plain) == exact
            assert pull.run(ct, read).tolist() == ([2.0, 0.0] if exact else [-1.0, 0.0])
        del y


@walks
def test_a_call_of_a_new_signature_looks_up_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding it takes as long as the function is; it comes about when somebody asks."""
    asked: list[Any] = []
    monkeypatch.setattr("wengert.engine.recording.templates.line_at",
                        lambda *place: asked.append(place) or ("train.py", 3))
    y = torch.ones(3, 217).cos().sin()
    y.tolist()
    assert not asked
    z = torch.ones(3, 218).cos()
    assert z._at.line == ("train.py", 3) and len(asked) == 1


@walks
def test_an_operation_of_a_new_path_leaves_few_objects() -> None:
    chain(range(len(OPERATIONS)), torch.ones(8)).tolist()
    x = torch.linspace(0, 1, 8)
    x.tolist()
    order = np.random.default_rng(7).integers(0, 4, 500).tolist()
    for k in range(8):
        chain(order[k:k + 9], x).tolist()   # their texts are written by now
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        y = chain(order, x)
        assert len(gc.get_objects()) - before < 6.5 * 500   # with the tensors that wait
        y.tolist()
        assert len(gc.get_objects()) - before < 5.5 * 500   # step, node, key, operands, followers
    finally:
        gc.enable()


@walks
def test_gradients_of_samples_by_shared_parameters_are_walked(planned: list[int]) -> None:
    rng = np.random.RandomState(0)
    w = torch.tensor(rng.randn(3))
    slopes = torch.func.vmap(torch.func.grad(lambda w, x: torch.tanh(w @ x)), in_dims=(None, 0))
    for n in (4, 5, 7):
        x = rng.randn(n, 3)
        found = slopes(w, torch.tensor(x))
        expected = (1 - np.tanh(x @ w.numpy()) ** 2)[:, None] * x
        assert np.allclose(found.tolist(), expected)
        of_twice = slopes(w * 2, torch.tensor(x))
        expected = (1 - np.tanh(2 * x @ w.numpy()) ** 2)[:, None] * x
        assert np.allclose(of_twice.tolist(), expected)
    assert not planned
    leaf = w.clone().requires_grad_()
    slopes(leaf, torch.tensor(x)).sum().backward()   # gradients go on behind those of the samples
    t = np.tanh(x @ w.numpy())
    assert np.allclose(leaf.grad.tolist(), (-2 * t * (1 - t * t) * x.sum(1)) @ x)


def test_what_one_path_alone_has_goes_with_it() -> None:
    def run(k: int) -> None:
        x = torch.arange(4.0).reshape(2, 2)
        torch.vmap(lambda row: (row * 2 + k).sin().sum())(x).tolist()

    run(0)
    before = len(templates)
    for k in range(1, 5):
        run(k)
    assert not any(isinstance(part, Plan) for parts in templates for part in parts)
    assert len(templates) == before


def test_each_step_is_counted() -> None:
    def counted() -> int:
        return len(_reached(tree.roots.values(), set())) - tree.steps

    before = counted()
    for k in range(3):
        x = torch.arange(4.0).reshape(2, 2) + 1
        torch.vmap(torch.func.grad(lambda row, k=k: (row ** 2 * (k + 2)).log().sum()))(x).tolist()
        torch.func.hessian(lambda row, k=k: (row * (k + 3)).cos().sum())(x[0]).tolist()
    assert counted() == before


@pytest.mark.skipif(torch.config.tier not in ("auto", "numpy"), reason="the tier walks no path")
def test_a_gradient_looks_behind_no_more_than_it_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    original = backward.Engine.find_leading
    monkeypatch.setattr(backward.Engine, "find_leading",
                        lambda self, *args: looked.append(args) or original(self, *args))
    w, other = torch.tensor([0.5, -1.0, 2.0], requires_grad=True), torch.ones(3, requires_grad=True)
    total, expected = 0 * other.sum(), torch.zeros(())
    for k in range(5):
        loss = (w * (k + 1) + 0 * other).sin().sum()
        grad, = torch.autograd.grad(loss, w, create_graph=True)
        # What this adds is recorded with the next turn's loss, which has nothing to do with it.
        total = total + ((w - 0.1 * grad) ** 2).sum()
        with torch.no_grad():
            expected = expected + ((w - 0.1 * (k + 1) * (w * (k + 1)).cos()) ** 2).sum()
    assert len(looked) <= 5   # no older one
    found, = torch.autograd.grad(total, w)   # this one goes through all of them
    assert len(looked) > 9 and total.item() == pytest.approx(expected.item(), rel=1e-5)
    value = w.detach()
    by_hand = sum(2 * (value - 0.1 * k * (value * k).cos()) * (1 + 0.1 * k * k * (value * k).sin())
                  for k in range(1, 6))
    assert torch.allclose(found, by_hand, rtol=1e-4)


@walks
def test_where_a_pullback_of_some_results_reads_is_found_once(
        monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    pullback = Template.pullback
    monkeypatch.setattr(Template, "pullback", lambda self, given, again=False: (
        asked.append(given), pullback(self, given, again))[1])
    x = torch.linspace(0.5, 1, 8, dtype=torch.float64).requires_grad_()
    counts = []
    for length in (2, 3, 12):
        y = x.sin()
        for _ in range(length):
            y = y * y.max(0).values
        total = y.sum()
        total.item()
        asked.clear()
        total.backward()
        counts.append(len(asked))
    assert counts[2] - counts[1] <= 9
