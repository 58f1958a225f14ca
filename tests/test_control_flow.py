"""``cond``, ``while_loop``, ``scan``, ``map``, ``associative_scan``: what loops in Python mean."""

from __future__ import annotations

from typing import Any

import pytest
from wengert._higher_order_ops import associative_scan, cond, map, scan, while_loop

import wengert as torch
from wengert.config import config
from wengert.engine.backends.cpu import rolled
from wengert.engine.ops.structural import number
from wengert.func import grad, hessian, jacfwd, jacrev, jvp, vmap

f64 = torch.float64
X = torch.tensor([1.0, -2.0, 30.0], dtype=f64)


def halved(x: Any, factor: Any) -> Any:
    """``x`` times ``factor`` as often as it takes to come below 1."""
    return while_loop(lambda y, n: y.abs() > 1, lambda y, n: (torch.sin(y) * factor + y * 0.25,
                                                             n + 1), (x, 0))


def in_python(x: Any, factor: Any) -> Any:
    n = 0
    while x.abs() > 1:
        x, n = torch.sin(x) * factor + x * 0.25, n + 1
    return x, n


def folded(xs: Any, start: Any) -> Any:
    """A recurrence with two carries and a structure of outputs."""
    carry, ys = scan(lambda c, x: ({"a": c["a"] * x.tanh() + c["b"], "b": c["b"] * 0.9},
                                   (c["a"].sum(), x * c["b"])),
                     {"a": start, "b": start * 2}, xs)
    return torch.cat([carry["a"], ys[0], ys[1].reshape(-1)])


def folded_in_python(xs: Any, start: Any) -> Any:
    a, b, sums, products = start, start * 2, [], []
    for x in xs:
        sums.append(a.sum())
        products.append(x * b)
        a, b = a * x.tanh() + b, b * 0.9
    return torch.cat([a, torch.stack(sums), torch.stack(products).reshape(-1)])


def branched(x: Any, factor: Any) -> Any:
    return cond(x.sum() > 0, lambda x: x * factor, lambda x: x ** 3, (x,))


def branched_in_python(x: Any, factor: Any) -> Any:
    return x * factor if x.sum() > 0 else x ** 3


PAIRS = [(lambda x, c: halved(x[2], c)[0], lambda x, c: in_python(x[2], c)[0]),
         (lambda x, c: folded(torch.stack([x, x * c, x.sin()]), x).sin(),
          lambda x, c: folded_in_python(torch.stack([x, x * c, x.sin()]), x).sin()),
         (branched, branched_in_python)]
WAYS = [lambda f: lambda x, c: grad(lambda x, c: f(x, c).sum(), (0, 1))(x, c),
        lambda f: jacrev(f, 1), lambda f: jacfwd(f),
        lambda f: hessian(lambda x, c: f(x, c).sum()),
        lambda f: lambda x, c: jvp(f, (x, c), (x, c)),
        lambda f: lambda x, c: torch.compile(f)(x, c)]


@pytest.mark.parametrize(("f", "g"), PAIRS, ids=["while_loop", "scan", "cond"])
def test_derivatives_are_those_of_python(f: Any, g: Any) -> None:
    for k in range(2):
        x, c = X * (1 + k / 7), torch.tensor(0.5 + k / 9, dtype=f64)
        for way in WAYS:
            for a, b in zip(leaves(way(f)(x, c)), leaves(way(g)(x, c)), strict=True):
                assert torch.allclose(a, b, rtol=1e-9), way


def leaves(value: Any) -> list[Any]:
    return [x for v in value for x in leaves(v)] if isinstance(value, tuple) else [value]


def test_samples_that_go_different_ways() -> None:
    c = torch.tensor(0.5, dtype=f64, requires_grad=True)
    alone = [in_python(x, c) for x in X]
    y, n = vmap(lambda x: halved(x, c))(X)
    assert n.tolist() == [k for _, k in alone]
    assert torch.allclose(y, torch.stack([y for y, _ in alone]))
    one = lambda x, c: halved(x, c)[0]
    plain = lambda x, c: in_python(x, c)[0]
    for way in (lambda f: grad(f), lambda f: grad(f, 1), lambda f: jacfwd(jacrev(f))):
        each = torch.stack([way(plain)(x, c.detach()) for x in X])
        assert torch.allclose(vmap(way(one), in_dims=(0, None))(X, c.detach()), each)
    assert torch.allclose(torch.autograd.grad(y.sum(), c)[0], torch.autograd.grad(
        sum(y for y, _ in alone), c)[0])
    twice = vmap(vmap(lambda x: halved(x, c)[0]))(torch.stack([X, 2 * X]))
    assert torch.allclose(twice[1, 2], in_python(2 * X[2], c)[0])
    chosen = lambda x: branched(x.reshape(1), c).sum()
    assert torch.allclose(vmap(chosen)(X), torch.stack([chosen(x) for x in X]))
    assert vmap(grad(chosen))(X).tolist() == [0.5, 12.0, 0.5]


def test_a_scan_along_another_axis_backwards() -> None:
    carry, ys = scan(lambda c, x: (c + x, c * x), torch.zeros(2),
                     torch.arange(6.0).reshape(2, 3), dim=1, reverse=True)
    assert carry.tolist() == [3, 12]
    assert ys.tolist() == [[0, 2, 0], [27, 20, 0]]   # as PyTorch's


@pytest.mark.parametrize("n", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("reverse", [False, True])
def test_running_combinations(n: int, reverse: bool) -> None:
    torch.manual_seed(n)
    v = torch.rand(2, n, dtype=f64, requires_grad=True)
    combine = lambda a, b: (a[0] * b[0], a[1] * b[0] + b[1])
    found = associative_scan(combine, (v, v * 2), 1, reverse=reverse)
    columns = list(v.unbind(1))[::-1 if reverse else 1]
    states = [(columns[0], 2 * columns[0])]
    for x in columns[1:]:
        states.append(combine(states[-1], (x, 2 * x)))
    for got, want in zip(found, zip(*states, strict=True), strict=True):
        want = torch.stack(want[::-1 if reverse else 1], 1)
        assert torch.allclose(got, want)
        assert torch.allclose(*[torch.autograd.grad(y.sin().sum(), v, retain_graph=True)[0]
                                for y in (got, want)])


def test_map_at_once_and_one_by_one() -> None:
    xs = torch.randn(4, 3, dtype=f64)
    found = map(lambda x, s: {"y": x.sin() * s}, xs, 3)
    assert torch.allclose(found["y"], xs.sin() * 3)
    looks = lambda x: x * 2 if x.sum() > 0 else x
    assert torch.allclose(map(looks, xs), torch.stack([looks(x) for x in xs]))


x3, one = torch.ones(3), torch.tensor(0)
REFUSED = [
    (RuntimeError, "Expected pred", lambda: torch.cond(x3 > 0, abs, abs, (x3,))),
    (RuntimeError, "callable", lambda: torch.cond(True, 3, abs, (x3,))),
    (RuntimeError, "tuple", lambda: torch.cond(True, abs, abs, x3)),
    (RuntimeError, "alike", lambda: vmap(lambda x: cond(
        x > 0, lambda x: (x, x), lambda x: x, (x,)))(x3)),
    (RuntimeError, "same metadata", lambda: scan(lambda c, x: (torch.cat([c, c]), x), x3, x3)),
    (RuntimeError, "float64", lambda: scan(lambda c, x: (c.double(), x), x3, x3)),
    (RuntimeError, "structure", lambda: scan(lambda c, x: ((c, c), x), x3, x3)),
    (RuntimeError, "pair", lambda: scan(lambda c, x: c, x3, x3)),
    (RuntimeError, "same size", lambda: scan(lambda c, x: (c, c), x3, (x3, x3[:2]))),
    (RuntimeError, "> 0", lambda: scan(lambda c, x: (c, c), x3, x3[:0])),
    (IndexError, "Dimension out", lambda: scan(lambda c, x: (c, c), x3, x3, dim=5)),
    (RuntimeError, "same metadata", lambda: while_loop(
        lambda i, x: i < 3, lambda i, x: (i + 1, x[:1]), (one, x3))),
    (RuntimeError, "structure", lambda: while_loop(
        lambda i, x: i < 3, lambda i, x: (i + 1,), (one, x3))),
    (RuntimeError, "single-element", lambda: while_loop(
        lambda i, x: x < 3, lambda i, x: (i, x), (one, x3))),
    (RuntimeError, "consistent", lambda: map(abs, (x3, x3[:2]))),
    (RuntimeError, "alike|metadata|like", lambda: associative_scan(
        lambda a, b: (a, b), x3, 0, combine_mode="generic")),
    (IndexError, "Dimension out", lambda: associative_scan(torch.mul, x3, 3)),
    (ValueError, "Combine_mode", lambda: associative_scan(torch.mul, x3, 0, False, "other")),
]


@pytest.mark.parametrize(("error", "text", "call"), REFUSED)
def test_what_is_refused(error: Any, text: str, call: Any) -> None:
    with pytest.raises(error, match=text):
        call()


def recurrence(h: Any, w: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = torch.tanh(w * h + x * 0.01)
        return h, h * h
    last, squares = scan(step, h, xs)
    return squares.sum() + last


MODES = {
    "value": recurrence,
    "reverse": grad(recurrence, argnums=1),
    "forward": lambda h, w, xs: jvp(lambda w: recurrence(h, w, xs), (w,), (w,))[1],
    "twice": lambda h, w, xs: hessian(lambda w: recurrence(h, w, xs))(w),
    "samples": lambda h, w, xs: vmap(grad(recurrence, argnums=1), in_dims=(None, 0, None))(
        h, torch.stack([w, w * 2]), xs).sum(),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_scan_is_compiled_as_a_loop(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled program has no more nodes for more steps, but where their inputs are."""
    if config.tier not in ("auto", "llvm"):
        pytest.skip("nothing is compiled")
    monkeypatch.setattr(config, "compile_after", 2)
    counts: list[int] = []
    init = rolled.WithLoops.__init__

    def noted(self: Any, graph: Any, loops: Any, values: Any, *args: Any) -> None:
        counts.append(sum(node.prim is not number for node in loops.nodes()))
        init(self, graph, loops, values, *args)
    monkeypatch.setattr(rolled.WithLoops, "__init__", noted)
    h, w = torch.tensor(0.1, dtype=f64), torch.tensor(0.9, dtype=f64)
    sizes = []
    for steps in (100, 200):
        xs = torch.linspace(0, 1, steps, dtype=f64)
        counts.clear()
        found = [MODES[mode](h, w, xs).item() for _ in range(4)]
        assert found == pytest.approx([found[0]] * 4, rel=1e-12)
        sizes.append(max(counts))
    assert sizes[1] == sizes[0] < 150
