"""Templates of calls that differ from others in sizes alone (``engine/recording/families.py``)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording import families, relatives, sized, templates, worth
from wengert.engine.recording.recording import here

F = torch.nn.functional
pytestmark = [pytest.mark.skipif(torch.config.tier != "auto", reason="paths that are new"),
              pytest.mark.once]
Sized = Callable[[int, Any], Any]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The operations whose compositions were run for a template, with nothing known before."""
    names: list[str] = []
    original = templates.template_of

    def counted(key: Any, cut: Any) -> Any:
        names.append(key[0].name)
        return original(key, cut)

    templates.forget_templates()
    here.modes.at_once = here.modes.novel = here.modes.light = here.modes.flowing = 0
    for module in (templates, families):
        monkeypatch.setattr(module, "template_of", counted)
    yield names


def drawn(*shape: int) -> Any:
    draw = np.random.RandomState(sum(shape))
    return torch.from_numpy(draw.standard_normal(shape)).float().requires_grad_()


def attention(n: int, drawn: Any) -> Any:
    q, k = drawn(1, 8), drawn(n, 8)
    return (q @ k.T / 8**0.5).softmax(-1) @ torch.cat([k, drawn(1, 8)])[1:]


def messages(n: int, drawn: Any) -> Any:
    x, at = drawn(n, 4), torch.arange(2 * n + 1) % n
    weight = F.leaky_relu(x[at].sum(1)).exp()
    total = torch.zeros(n).index_add(0, at, weight)
    return torch.zeros(n, 4).index_add(0, at, weight[:, None] * x[at]) / total[:, None]


def kernels(n: int, drawn: Any) -> Any:
    x = drawn(n, 2)
    k = torch.exp(-0.5 * torch.cdist(x, x + 1).pow(2)) + n * torch.eye(n)
    chol = torch.linalg.cholesky(k @ k.T)
    return torch.cholesky_solve(x.sum(1, keepdim=True), chol)


def sets(n: int, drawn: Any) -> Any:
    x = drawn(3, n, 5)
    pads = torch.arange(n) >= torch.tensor([n, n - 1, n - 2])[:, None]
    h = F.layer_norm(x.masked_fill(pads[..., None], 0.0), (5,))
    return h.mean(1) + h.std(1) + h.amax(1) + h.logsumexp(1)


def losses(n: int, drawn: Any) -> Any:
    x = drawn(n, 3)
    return (F.cross_entropy(x, torch.arange(n) % 3, label_smoothing=0.1)
            + F.smooth_l1_loss(x, x.detach().flip(0)) + F.gelu(x).cumsum(0).square().mean())


def heads(n: int, drawn: Any) -> Any:
    """Attention of two heads to what came before, by lengths that are given."""
    q, k, v = (each.view(n, 2, 4).transpose(0, 1) for each in drawn(n, 24).chunk(3, -1))
    seen = torch.ones(n, n).tril().expand(2, n, n) == 1
    scores = (q @ k.mT).masked_fill(~seen, -1e9).softmax(-1)
    y = (scores @ v).transpose(0, 1).reshape(n, 8)
    return y.view(2 * n, 4)[:, None].expand(2 * n, 5, 4).reshape(10 * n, 4).cumsum(0) / (10 * n)


def some_of_several(n: int, drawn: Any) -> Any:
    x = drawn(n, 3)
    a, _, c = (x * 2).unbind(1)
    spread, _ = torch.var_mean(x, 0)
    return (x.max(0).values + spread).sum() + (x.sort(0)[0] * x).sum() + a * c + (
        torch.aminmax(x, dim=1).max + x.cummax(0).values.sum(1))


def halves(n: int, drawn: Any) -> Any:
    x = drawn(n, 4)
    first, *_ = x.chunk(2)
    return first.sum() + torch.fft.rfft(x.sum(1)).abs().sum() + x[n // 2:].prod()


def squares(n: int, drawn: Any) -> Any:
    return (drawn(n, 6) @ drawn(6, n)).sum() + (drawn(n, n + 1) @ drawn(n + 1, 5)).sum()


def results(program: Sized, n: int) -> list[Any]:
    """The value and the gradients of all that was drawn, twice, and without a gradient."""
    leaves: list[Any] = []

    def keeping(*shape: int) -> Any:
        leaves.append(drawn(*shape))
        return leaves[-1]

    found = []
    for _ in range(2):
        y = program(n, keeping)
        (y * y).sum().backward()
        found += [y.detach().numpy(), *[leaf.grad.numpy() for leaf in leaves if (
            leaf.grad is not None)]]
        with torch.no_grad():
            found.append(program(n, drawn).numpy())
        leaves.clear()
    return found


SIZES = [7, 9, 12, 5, 8, 1, 3, 30, 2, 11, 6, 40, 4, 10]


@pytest.mark.parametrize("program", [
    attention, messages, kernels, losses, some_of_several, heads, halves, squares])
def test_sizes_give_what_they_give_by_themselves(program: Sized, made: list[str],
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [n for n in SIZES if n > 1 or program is not kernels]
    several = [results(program, n) for n in sizes]
    monkeypatch.setattr(relatives, "relative", lambda *args: None)
    templates.forget_templates()
    for n, known in zip(sizes, several, strict=True):
        for a, b in zip(known, results(program, n), strict=True):
            np.testing.assert_allclose(a, b, 2e-5, 2e-5)


def test_padded_sets_of_any_length(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    several = {n: results(sets, n) for n in (7, 9, 12, 5, 8, 3, 30, 11)}
    monkeypatch.setattr(relatives, "relative", lambda *args: None)
    templates.forget_templates()
    for n, known in several.items():
        for a, b in zip(known, results(sets, n), strict=True):
            np.testing.assert_allclose(a, b, 2e-5, 2e-5)


@pytest.mark.parametrize("program", [attention, messages, losses, some_of_several, heads])
def test_a_third_size_runs_few_compositions(program: Sized, made: list[str]) -> None:
    for n in (60, 70):   # no other test has come there
        program(n, drawn).sum().backward()
    first = len(made)
    for n in range(71, 91):
        program(n, drawn).sum().backward()
    assert len(made) - first < 3 * first, made[first:]   # and not 10 for each as for the first


def test_half_of_a_length_is_not_guessed(made: list[str]) -> None:
    for n in (4, 5, 6, 7, 8, 9, 10):
        x = torch.arange(float(n))
        assert [len(each) for each in x.chunk(2)] == [math.ceil(n / 2), n // 2]
        assert len(torch.fft.rfft(x)) == n // 2 + 1
        assert F.max_pool1d(x[None, None], 2).shape == (1, 1, n // 2)
        assert x.unfold(0, 3, 2).shape == ((n - 3) // 2 + 1, 3)


def test_what_is_no_legal_call_is_an_error_at_any_size(made: list[str]) -> None:
    for n in (7, 8, 9, 10):
        x = torch.arange(float(n))
        assert x.topk(6)[0].tolist() == [*range(n - 1, n - 7, -1)] and x[torch.tensor(6)] == 6
        assert (x[:, None] @ x[None]).shape == (n, n)
    short = torch.arange(5.0)
    with pytest.raises(RuntimeError):
        short.topk(6)
    with pytest.raises(IndexError):
        print(short[torch.tensor([6])])
    for n in (11, 12, 13):
        with pytest.raises(RuntimeError):
            torch.ones(n) + torch.ones(n + 1)
        with pytest.raises(RuntimeError):
            torch.ones(n, 3) @ torch.ones(n, 3)
        with pytest.raises(IndexError):
            print(torch.ones(n)[torch.tensor([n])])


def test_calls_that_are_computed_at_once_are_told_too(made: list[str]) -> None:
    with torch.no_grad():
        for n in range(301, 401):
            x = torch.full((n,), 2.0).clamp(max=1.0) * 3 + torch.arange(n).clamp(min=1)
            x.add_(1).mul_(x)
            assert x.double().sum().item() == (4 + 1) ** 2 + sum((k + 4) ** 2 for k in range(1, n))
    assert len(made) < 60


def test_a_size_of_one_is_worked_out(made: list[str]) -> None:
    for n in (5, 6, 7, 1, 8):
        x, y = torch.ones(n, 3), torch.ones(7, 3)
        if n in (1, 7):
            assert (x + y).shape == (7, 3)
        else:
            with pytest.raises(RuntimeError):
                print(x + y)
        assert x.squeeze().shape == ((3,) if n == 1 else (n, 3))
        assert math.isnan(x.std(0)[0].item()) is (n == 1)


def test_sizes_that_grow_together_tell_later(made: list[str]) -> None:
    """One is 17 more than the other in the first calls."""
    shapes = [*((20 + n, 3 + n) for n in range(4)), (25, 3), (31, 9), (60, 4), (33, 7), (90, 5)]
    for shape in shapes:
        x = drawn(*shape).detach()
        assert x.argmin(1).tolist() == x.numpy().argmin(1).tolist()
    first = len(made)
    for shape in [(40 + n, 12 + n % 5) for n in range(12)]:
        drawn(*shape).detach().argmin(1).tolist()
    assert len(made) == first, made[first:]


@pytest.mark.parametrize("grad", [False, True])
def test_closures_for_any_size_make_no_nodes(made: list[str], monkeypatch: pytest.MonkeyPatch,
                                             grad: bool) -> None:
    """Those of reductions, shapes and places; few elements, and so many that NumPy adds up."""
    draw = np.random.RandomState(0)

    def compute(n: int) -> list[Any]:
        x = torch.from_numpy(draw.standard_normal((n, 6))).float().requires_grad_(grad)
        at = torch.from_numpy(draw.randint(0, 6, (n, 2)))
        y = [x.mean(0), x.sum(1, keepdim=True), x.softmax(0), x.log_softmax(0), x.var(1),
             x.view(-1, 2, 3).sum(0), x.unsqueeze(1).expand(n, 3, 6).mean(1), x.gather(1, at),
             x.min(1).values, x.norm(), x.sum(0, keepdim=True), x.sum((0, 1), keepdim=True)]
        z = x.detach()
        y += [z.argmax(0, keepdim=True), z.argmin(0), (z > 0).sum(), z.numpy()]
        if grad:
            y.append(torch.autograd.grad(sum((each * (1 + each)).sum() for each in y[:12]), x)[0])
        return [torch.as_tensor(each).detach().numpy() for each in y]

    def wanted(x: Any) -> list[Any]:
        e = np.exp(x - x.max(0))
        return [x.mean(0), x.sum(1, keepdims=True), e / e.sum(0), np.log(e / e.sum(0)),
                x.var(1, ddof=1), x.reshape(-1, 2, 3).sum(0), x]

    for n in (50, 51, 53, 60):
        compute(n)
    made_nodes: list[Any] = []
    original = sized.like
    monkeypatch.setattr(sized, "like", lambda *args: (
        made_nodes.append(args[0].prim.name) or original(*args)))
    for n in [70, 90, 128, 129, 300, 682, 683, 2000] * 2:
        found = compute(n)
        for a, b in zip(found, wanted(found[15].astype("f8")), strict=False):
            np.testing.assert_allclose(a, b, 2e-4, 2e-4)
    assert not {*made_nodes} & {"sum", "sum_to", "reshape", "softmax", "argmin", "broadcast_to",
                                "take_along"}, made_nodes


def test_the_nodes_are_there_when_somebody_asks(made: list[str]) -> None:
    """Second derivatives, graphs and hooks look behind what was walked."""
    for n in (6, 7, 8, 9, 10):
        x = torch.linspace(0.5, 2, n, requires_grad=True)
        y = (x.exp() * x.sin()).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), x)
        e, s, c = (np.array(v.tolist()) for v in (x.exp(), x.sin(), x.cos()))
        np.testing.assert_allclose(g.tolist(), e * (s + c), 1e-5)
        np.testing.assert_allclose(h.tolist(), 2 * e * c, 1e-4, 1e-5)
        seen: list[Any] = []
        z = torch.relu(x - 1)
        z.register_hook(lambda ct, seen=seen: seen.append(ct.shape))
        (z * x).sum().backward()
        assert seen == [(n,)] and type(z.grad_fn).__name__ == "ReluBackward0"
        values, places = x.reshape(1, n).max(1)
        values.sum().backward()
        assert places.item() == n - 1


def test_a_size_that_comes_often_is_compiled(made: list[str]) -> None:
    weight = torch.ones(4, 4, requires_grad=True)
    for turn in range(400):
        n = 5 + turn % 4
        weight.grad = None
        y = torch.tanh(torch.full((n, 4), 0.1) @ weight).sum() / n
        y.backward()
        assert y.item() == pytest.approx(4 * math.tanh(0.4), rel=1e-5)
        assert weight.grad[0, 0].item() == pytest.approx(
            0.1 * (1 - math.tanh(0.4) ** 2), rel=1e-4)


def steps_are(steps: Any, nodes: list[Any], sizes: Any) -> None:
    assert len(steps.nodes) == len(nodes)
    for (like, shape, params), node in zip(steps.nodes, nodes, strict=True):
        assert like.prim is node.prim and like.dtype is node.dtype and like.weak is node.weak
        assert families.resolved(shape, sizes) == node.shape
        assert families.resolved(params, sizes) == node.params


@pytest.mark.parametrize("program", [
    attention, messages, kernels, losses, some_of_several, heads, halves, squares])
def test_what_two_tell_is_what_the_composition_makes(program: Sized, made: list[str],
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    original, told = families.Resized.of, []

    def checked(family: Any, sizes: Any, *call: Any) -> Any:
        new = original(family, sizes, *call)
        entire = new.entire()
        told.append(new.op.name)
        for name in ("forms", "nbytes", "flows", "places", "count", "single", "simple", "shares",
                     "cuts", "plain", "every", "types", "key"):
            assert getattr(new, name) == getattr(entire, name), name
        assert not entire.effect
        if family.__class__ is families.Joins:   # which has no steps
            return new
        steps_are(family.value, entire.nodes, sizes)
        if entire.flows:
            pull, known = entire.pullback(entire.every), new._pullbacks[new.every]
            assert {*pull.reads} == {*known.reads}
            for name in ("targets", "frees", "exact", "once", "passes", "several"):
                assert getattr(pull, name) == getattr(known, name), name
            if family.back.run is not family.back.plain or not known.exact:
                steps_are(family.back.run, pull.nodes, sizes)
        return new

    monkeypatch.setattr(families.Resized, "of", staticmethod(checked))
    for n in (107, 109, 112, 105, 108, 130, 103, 102, 111, 140, 104, 110):
        results(program, n)
    assert len(told) > 10


@pytest.mark.parametrize("shapes", [
    [(2, 12), (3, 6), (3, 12), (5, 7)],   # 24 and 18 are 12 and 6, and 12 more
    [(2, 12), (3, 8), (5, 7), (4, 9)],    # 24 twice
    [(2, 5), (4, 7), (3, 11), (9, 3)],    # as far apart twice
], ids=str)
@pytest.mark.parametrize("function", [
    lambda x: x.flatten() * 2.0, lambda x: x.mean() + x.var(), lambda x: F.layer_norm(x, x.shape),
    lambda x: torch.cat([x[:, 0], x[0]]).cumsum(0), lambda x: x.repeat(2, 1).reshape(-1),
    lambda x: torch.linalg.multi_dot([x, x.T, x])], ids=range(6))
def test_what_follows_from_several_sizes_is_not_guessed(
        shapes: list[tuple[int, int]], function: Callable[[Any], Any],
        monkeypatch: pytest.MonkeyPatch) -> None:
    templates.forget_templates()
    for shape in shapes:
        x = drawn(*shape)
        found = function(x)
        (g,) = torch.autograd.grad(found.square().sum(), x)
        alone = drawn(*shape).double()
        with monkeypatch.context() as eager:
            eager.setattr(torch.config, "tier", "eager")
            wanted = function(alone)
            (h,) = torch.autograd.grad(wanted.square().sum(), alone)
            h.tolist()
        assert found.shape == wanted.shape and g.shape == shape
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), 1e-3, 1e-4)
        np.testing.assert_allclose(g.numpy(), h.numpy(), 1e-3, 1e-3)


def test_a_call_of_much_larger_operands_weighs_more() -> None:
    templates.forget_templates()
    for n in (10, 20, 30, 100_000):
        x = drawn(n)
        y = torch.tanh(x) * x
        y.sum().backward()
    told = [each for each in templates.templates.values()
            if isinstance(each, families.Resized) and each.op.name == "tanh"]
    weights = {each.call[0][0].shape[0]: worth.weight_of(each).call for each in told}
    assert weights[100_000] > 10 * weights[30]


def test_templates_that_others_tell_have_no_nodes_for_walks_that_come_again(
        made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where it is decided what to compile, nor for the list of a walk's calls."""
    def attend(n: int) -> float:
        with torch.no_grad():
            k = torch.linspace(0, 1, 16 * n).reshape(n, 16)
            k = torch.cat([k, k.sin()])
            return float((torch.softmax(k @ k.T, -1) @ k).sum())

    monkeypatch.setattr(torch.config, "compile_after", None)
    monkeypatch.setattr(worth.ledger, "affords", lambda compiling: False)
    for n in range(40, 50):
        attend(n)
    told = [each for each in templates.templates.values() if isinstance(each, families.Resized)]
    made.clear()
    for _ in range(3):
        for n in range(50, 64):
            attend(n)
    assert len(told) > 5
    own = ("reshape", "linspace", "arange")   # whose arguments are sizes
    found = [name for name in made if name not in own]
    assert len(found) <= 4, found   # those that are weighed for all of their size


def test_large_operands_of_like_sizes_are_looked_at_once(made: list[str]) -> None:
    templates.forget_templates()
    for n in (10, 20, 30):
        torch.tanh(torch.full((n,), 0.5)).sum().item()
    made.clear()
    for n in range(5000, 5050):
        x = torch.full((n,), 0.5)
        torch.tanh(x).sum().item()
    told = [each for each in templates.templates.values()
            if isinstance(each, families.Resized) and each.op.name == "tanh"]
    large = {worth.weight_of(each).call for each in told if each.nbytes > 10_000}
    assert len(told) >= 50 and len(large) == 1
    assert made.count("tanh") <= 1


def test_a_path_that_comes_again_runs_no_composition(made: list[str],
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "compile_after", None)
    weight = drawn(8, 24)
    first = 0
    for turn in range(4):
        for n in range(51, 71):
            x = torch.full((n, 8), 1.0 + turn) @ weight
            assert heads(n, lambda *shape, x=x: x).norm().item() > 0
        first = first or len(made)
    assert len(made) - first < 20, made[first:]


def test_whether_a_part_is_a_view_in_another_shape_depends_on_its_sizes(made: list[str]) -> None:
    for n in (3, 4, 5, 6, 3, 6):
        base = torch.zeros(4, 6, 16)
        base[:, :n, :5].flatten(0, 1).add_(1)   # a copy, but for n = 6
        assert base.sum().item() == (4 * 6 * 5 if n == 6 else 0)
        base[:, :n, :5].reshape(4 * n, 5).add_(1)
        assert base.sum().item() == (2 * 4 * 6 * 5 if n == 6 else 0)
        if n == 6:
            assert base[:, :n, :5].view(24, 5).shape == (24, 5)
        else:
            with pytest.raises(RuntimeError):
                base[:, :n, :5].view(4 * n, 5)


def test_lengths_that_do_not_fit_are_an_error_at_any_size(made: list[str]) -> None:
    for n in (4, 5, 6, 7, 8, 9):
        x = torch.arange(6.0 * n).view(n, 6)
        assert x.view(2 * n, 3).shape == (2 * n, 3) == x.view(-1, 3).shape
        assert x[:, None].expand(n, 2 * n, 6).shape == (n, 2 * n, 6)
        with pytest.raises(RuntimeError):
            x.view(2 * n + 1, 3)
        with pytest.raises(RuntimeError):
            x.expand(n + 1, 6)
        with pytest.raises(RuntimeError):
            x.reshape(n, n + 1 if n != 5 else 5)
        if n % 2:
            with pytest.raises(RuntimeError):
                x.view(-1, 4)
        else:
            assert x.view(-1, 4).shape == (6 * n // 4, 4)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("count", [3, 7])
def test_a_join_tells_those_of_any_lengths(made: list[str], count: int, axis: int) -> None:
    for turn in range(6):
        lengths = [2 + (turn * (k + 1) + k) % 5 for k in range(count)]
        parts = [drawn(*((n, 4) if axis == 0 else (4, n))) for n in lengths]
        joined = torch.cat(parts, axis)
        (joined * joined).sum().backward()
        for part in parts:
            np.testing.assert_allclose(part.grad.numpy(), 2 * part.detach().numpy(), 1e-5)
        with torch.no_grad():
            again = torch.cat([part.grad for part in parts], axis)
        np.testing.assert_allclose(again.numpy(), 2 * joined.detach().numpy(), 1e-5)
    assert made.count("cat") == 2   # with gradients, and without
