"""``checkpoint_sequence``: gradients within a given memory, by the fewest runs of a step."""

from __future__ import annotations

import tracemalloc
from functools import cache
from typing import Any

import pytest

import wengert as torch
from wengert.autograd import revolve
from wengert.autograd.bodies import Body
from wengert.func import grad, hessian, jvp, vmap

f64 = torch.float64


@cache
def fewest(length: int, places: int) -> int:
    """The fewest runs of steps to reverse so many, by trying all ways."""
    if length < 2 or not places:
        return length * (length - 1) // 2
    return min(m + fewest(length - m, places - 1) + fewest(m, places) for m in range(1, length))


@pytest.mark.parametrize("places", range(5))
def test_the_schedule_is_the_best(places: int) -> None:
    for length in range(1, 30):
        run, order, most = [0], [], [0]
        kept = {at: at for at in [0, *revolve.spine(length, places)]}
        run[0] = max(kept)

        def advance(state: int, a: int, b: int, run: Any = run) -> int:
            assert state == a
            run[0] += b - a
            return b

        def pull(state: int, k: int, order: Any = order, most: Any = most, kept: Any = kept,
                 ) -> None:
            assert state == k
            order.append(k)
            most[0] = max(most[0], len(kept))
        revolve.reverse(length, places, kept, advance, pull)
        assert order == [*reversed(range(length))]
        assert most[0] <= places + 1
        assert run[0] == fewest(length, places) == revolve.advances(length, places)


def step(w: Any) -> Any:
    return lambda s: {"a": torch.sin(s["a"]) * w + s["b"] * 0.1, "b": s["b"] * s["a"]}


def plain(w: Any, s: Any, n: int) -> Any:
    for _ in range(n):
        s = step(w)(s)
    return s


@pytest.mark.parametrize("memory", [None, 1200, 3000, 10 ** 6])
def test_gradients_are_those_of_the_loop(memory: int | None) -> None:
    for n in (0, 1, 5, 70):
        found = []
        for way in (lambda w, s, n: torch.checkpoint_sequence(step(w), s, n, memory=memory), plain):
            w = torch.tensor(0.9, dtype=f64, requires_grad=True)
            x = torch.linspace(0, 1, 8, dtype=f64).requires_grad_()
            y = way(w, {"a": x, "b": x * 2}, n)
            loss = (y["a"] * y["b"]).sum() + y["a"].sum()
            found.append(torch.autograd.grad(loss, (x, w), allow_unused=True))
        for a, b in zip(*found, strict=True):
            assert a is b is None or torch.allclose(a, b, rtol=1e-10)


def test_as_many_runs_as_were_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [0]
    run = Body.__call__

    def counted(*args: Any) -> Any:
        calls[0] += 1
        return run(*args)
    monkeypatch.setattr(Body, "__call__", counted)
    for n, memory in [(300, 40_000), (300, 100_000), (1000, 60_000)]:
        x = torch.linspace(0, 1, 200, dtype=f64).requires_grad_()
        f = lambda x: x + 0.01 * torch.sin(x)
        cost = torch.predict_sequence(f, x, n, memory=memory)
        assert cost.peak <= memory < cost.plain
        calls[0] = 0
        torch.checkpoint_sequence(f, x, n, memory=memory).sum().backward()
        assert calls[0] == cost.evaluations <= 4 * n


@pytest.mark.long
def test_a_long_recurrence_stays_within_its_memory() -> None:
    w = (torch.rand(20_000, dtype=f64) + 2.5).requires_grad_()
    x = torch.rand(20_000, dtype=f64).requires_grad_()
    f = lambda x: w * x * (1 - x)
    for _ in range(2):
        tracemalloc.start()
        memory = 8_000_000
        y = torch.checkpoint_sequence(f, x, 500, memory=memory).sum()
        assert len(torch.autograd.grad(y, (x, w))) == 2
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < memory < 500 * 160_000


def test_what_else_differentiates_it() -> None:
    x = torch.tensor([0.3, 0.6], dtype=f64)
    f = lambda x: torch.checkpoint_sequence(lambda s: torch.sin(s) * 1.2, x, 6, memory=2000).sum()

    def g(x: Any) -> Any:
        for _ in range(6):
            x = torch.sin(x) * 1.2
        return x.sum()
    assert torch.allclose(hessian(f)(x), hessian(g)(x))
    twice = lambda f: grad(lambda x: grad(f)(x).prod())(x)
    assert torch.allclose(twice(f), twice(g))
    assert torch.allclose(jvp(f, (x,), (x,))[1], jvp(g, (x,), (x,))[1])
    assert torch.allclose(vmap(grad(f))(x[:, None]), vmap(grad(g))(x[:, None]))
    y = f(x.requires_grad_())
    first = torch.autograd.grad(y, x, retain_graph=True)[0]
    assert torch.allclose(first, torch.autograd.grad(y, x)[0])   # a second time


def test_steps_that_know_their_number() -> None:
    xs = torch.linspace(0, 1, 40, dtype=f64, requires_grad=True)
    y = torch.checkpoint_sequence(lambda s, k: torch.tanh(s + xs[k]), torch.zeros((), dtype=f64),
                                  40, memory=4000, index=True)
    s = torch.zeros((), dtype=f64)
    for x in xs:
        s = torch.tanh(s + x)
    assert torch.allclose(*[torch.autograd.grad(z, xs)[0] for z in (y, s)])


def test_what_is_refused() -> None:
    x = torch.ones(100)
    with pytest.raises(ValueError, match=r"too little for 10 steps.*are needed"):
        torch.checkpoint_sequence(torch.sin, x, 10, memory=100)
    with pytest.raises(NotImplementedError, match="looks at values"):
        torch.checkpoint_sequence(lambda x: x * 2 if x.sum() > 0 else x, x, 10)
    with pytest.raises(RuntimeError, match="like its argument"):
        torch.checkpoint_sequence(lambda x: x[:1], x, 10)
    with pytest.raises(TypeError, match="tensors"):
        torch.checkpoint_sequence(lambda x: x, (x, 3), 10)
    with pytest.raises(ValueError, match="n is -1"):
        torch.checkpoint_sequence(torch.sin, x, -1)
