"""``torch.compile``: whatever a function does, a compiled one does the same.

Most tests are differential: :func:`same` calls a function, and compiled copies of it, with fresh
arguments several times, and compares results, arguments and gradients after each call.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from side_by_side import side_by_side
from wengert.config import config
from wengert.engine.recording.recording import here

CALLS = 4


def seen(value: Any) -> Any:
    """A value as NumPy and Python see it."""
    if isinstance(value, torch.Tensor):
        grad = None if value.grad is None else value.grad.detach().numpy().copy()
        return (value.detach().numpy().copy(), value.requires_grad, value.is_leaf, grad)
    if isinstance(value, (list, tuple)):
        return [type(value), *map(seen, value)]
    return (type(value), value)


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)
        if a.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(a[a == 0]), np.signbit(b[b == 0]))
    elif isinstance(a, (list, tuple)):
        assert isinstance(b, (list, tuple)) and len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert (a is None) == (b is None) and (a == b or a != a)


def outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The result of a call, the arguments after it; or its error."""
    try:
        result = function(*args)
    except (RuntimeError, IndexError, ValueError) as error:
        return [type(error)]
    return [seen(result), [seen(arg) for arg in args]]


def same(function: Callable[..., Any], *calls: Callable[[], tuple[Any, ...]]) -> Any:
    """Call ``function`` and its compiled form with the arguments that each of ``calls`` makes,
    twice in this order and once in the other; the compiled form."""
    fast = torch.compile(function)
    for k, make in enumerate([*calls, *calls, *calls[::-1], *calls]):
        torch.manual_seed(k)
        wanted = outcome(function, make())
        torch.manual_seed(k)
        found = outcome(fast, make())
        assert_same(found, wanted)
    assert not here.modes.held and not here.modes.whole
    return fast


def replays(function: Any) -> bool:
    """Whether a compiled function has programs that stand for its calls; True in the tiers where
    it never has."""
    return config.tier not in ("auto", "llvm") or bool(function.compiled.variants)


def xs(*values: float, grad: bool = False) -> Callable[[], tuple[Any, ...]]:
    return lambda: (torch.tensor(values, requires_grad=grad),)


# ---- what it is for ----

def polynomial_step(params: Any, x: Any, y: Any, lr: float) -> Callable[[], Any]:
    a, b, c, d = params

    def step() -> Any:
        loss = (a + b * x + c * x ** 2 + d * x ** 3 - y).pow(2).sum()
        loss.backward()
        with torch.no_grad():
            a.sub_(lr * a.grad)
            b.sub_(lr * b.grad)
            c.sub_(lr * c.grad)
            d.sub_(lr * d.grad)
            a.grad = b.grad = c.grad = d.grad = None
        return loss
    return step


def polynomial(compiled: bool) -> tuple[Any, list[Any], Any]:
    torch.manual_seed(3)
    x = torch.linspace(-3, 3, 500)
    params = [torch.randn((), requires_grad=True) for _ in range(4)]
    step = polynomial_step(params, x, torch.sin(x), 1e-6)
    fast = torch.compile(step) if compiled else step
    losses = [fast().item() for _ in range(20)]
    return losses, [p.item() for p in params], fast


def test_a_training_step_gives_the_same_numbers() -> None:
    losses, params, _ = polynomial(False)
    found, found_params, fast = polynomial(True)
    np.testing.assert_allclose(found, losses, rtol=1e-5)
    np.testing.assert_allclose(found_params, params, rtol=1e-5)
    assert replays(fast)


def test_parameters_changed_between_steps_are_seen() -> None:
    p = torch.ones(3, requires_grad=True)

    @torch.compile
    def step(x: Any) -> Any:
        loss = (p * x).sum()
        loss.backward()
        with torch.no_grad():
            p.sub_(0.5 * p.grad)
            p.grad = None
        return loss

    x = torch.tensor([1.0, 2.0, 3.0])
    first = [step(x).item() for _ in range(3)]
    assert first == [6.0, -1.0, -8.0]
    with torch.no_grad():
        p.fill_(1.0)
    assert step(x).item() == 6.0
    p.data = torch.zeros(3)
    assert step(x).item() == 0.0
    np.testing.assert_array_equal(p.detach().numpy(), [-0.5, -1.0, -1.5])


def test_pure_functions_are_replayed() -> None:
    fast = same(lambda x: torch.tanh(x) * 2 + x.sum(), xs(1.0, 2.0), xs(-1.0, 5.0))
    assert replays(fast)
    fast = same(lambda x, y: (x @ y, x.T), lambda: (torch.ones(2, 3), torch.ones(3, 2)))


# ---- guards ----

def test_shapes_dtypes_and_requires_grad_are_guarded() -> None:
    def f(x: Any) -> Any:
        return (x * 2).sum(0) if x.ndim > 1 else x * 3
    same(f, lambda: (torch.ones(3),), lambda: (torch.ones(4),), lambda: (torch.ones(2, 3),),
         lambda: (torch.ones(3, dtype=torch.float64),),
         lambda: (torch.ones(3, dtype=torch.int64),), lambda: (torch.ones(3, requires_grad=True),),
         lambda: (torch.ones(3, 2).T,))


@pytest.mark.parametrize("numbers", [
    (1, 2.0, True, 3), (0.0, -0.0), (float("nan"), float("inf"), 1.0), (1, 1.0, True),
    (1e300, 2), (np.float64(2.5), 2.5)])
def test_numbers_are_guarded(numbers: tuple[Any, ...]) -> None:
    same(lambda x, n: x * n, *[lambda n=n: (torch.tensor([1.0, -2.0]), n) for n in numbers])


def test_a_changed_global_is_seen() -> None:
    scope: dict[str, Any] = {"rate": 1.0, "torch": torch}
    exec("def f(x): return x * rate\ndef g(x): return f(x) + 1", scope)
    for name in "fg":
        fast = torch.compile(scope[name])
        for rate in (1.0, 1.0, 2.0, 2.0, 1.0, 0.0, -0.0, 5, 7.0, 8.0, 9.0, 10.0, 11.0):
            scope["rate"] = rate
            x = torch.tensor([2.0, -1.0])
            assert_same(seen(fast(x)), seen(scope[name](x)))
    old = scope["f"]
    fast = torch.compile(scope["g"])
    fast(x), fast(x)
    scope["f"] = lambda x: x * 100
    assert fast(torch.ones(1)).item() == 101
    scope["f"] = old


def test_a_changed_cell_is_seen() -> None:
    scale = torch.tensor(2.0)
    factor = 1.0
    fast = torch.compile(lambda x: x * scale * factor)
    x = torch.ones(2)
    for _ in range(3):
        assert fast(x).tolist() == [2.0, 2.0]
    factor = 3.0
    assert fast(x).tolist() == [6.0, 6.0]
    scale = torch.tensor(5.0)
    assert fast(x).tolist() == [15.0, 15.0]
    scale.mul_(2)
    assert fast(x).tolist() == [30.0, 30.0]
    scale = torch.tensor(1.0, dtype=torch.float64)
    assert fast(x).tolist() == [3.0, 3.0]


def test_two_closures_of_one_function_are_both_guarded() -> None:
    def scaled(start: float) -> tuple[Any, Any]:
        n = start

        def apply(x: Any) -> Any:
            return x * n

        def change(value: float) -> None:
            nonlocal n
            n = value
        return apply, change

    f, _ = scaled(1.0)
    g, change = scaled(2.0)
    fast = torch.compile(lambda x: f(x) + g(x))
    x = torch.ones(1)
    assert [fast(x).item() for _ in range(3)] == [3.0] * 3
    change(10.0)
    assert fast(x).item() == 11.0


def test_attributes_are_seen() -> None:
    def g(x: Any) -> Any:
        return x * g.factor  # type: ignore[attr-defined]
    g.factor = 2.0  # type: ignore[attr-defined]
    fast = torch.compile(lambda x: g(x))
    x = torch.ones(1)
    assert [fast(x).item() for _ in range(3)] == [2.0] * 3
    g.factor = 3.0  # type: ignore[attr-defined]
    assert fast(x).item() == 3.0

    fast = torch.compile(lambda x: x * x.scale)
    for scale in (2.0, 2.0, 3.0):
        x = torch.ones(1)
        x.scale = scale
        assert fast(x).item() == scale


def test_the_default_dtype_is_guarded() -> None:
    fast = torch.compile(lambda x: x + torch.ones(2))
    x = torch.ones(2)
    assert [fast(x).dtype for _ in range(3)] == [torch.float32] * 3
    torch.set_default_dtype(torch.float64)
    try:
        assert fast(x).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert fast(x).dtype == torch.float32


def test_grad_modes() -> None:
    p = torch.ones(2, requires_grad=True)
    fast = torch.compile(lambda: (p * 2).sum())
    for _ in range(3):
        assert fast().requires_grad
        with torch.no_grad():
            assert not fast().requires_grad
        with torch.no_grad(), torch.enable_grad():
            assert fast().requires_grad
        with torch.inference_mode():
            assert not fast().requires_grad

    @torch.no_grad()
    def plain(x: Any) -> Any:
        return x * p
    same(plain, xs(1.0, 2.0))

    def mixed(x: Any) -> Any:
        with torch.no_grad():
            y = x * p
        return y + (p * x)
    same(mixed, xs(1.0, 2.0), xs(3.0, 2.0, grad=True))


def test_requires_grad_toggled() -> None:
    p = torch.ones(2)
    fast = torch.compile(lambda: (p * 3).sum())
    for flag in (False, False, True, True, False, True):
        p.requires_grad_(flag)
        y = fast()
        assert y.requires_grad is flag
        if flag:
            y.backward()
            assert p.grad.tolist() == [3.0, 3.0]
            p.grad = None


# ---- aliases ----

def test_one_tensor_given_twice() -> None:
    def f(a: Any, b: Any) -> Any:
        a.add_(1)
        return a * b
    fast = torch.compile(f)
    for _ in range(3):
        assert fast(torch.tensor(1.0), torch.tensor(3.0)).item() == 6.0
    x = torch.tensor(1.0)
    assert fast(x, x).item() == 4.0

    def g(a: Any, b: Any) -> Any:
        (a * b).sum().backward()
    fast = torch.compile(g)
    for _ in range(3):
        fast(torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True))
    y = torch.ones(2, requires_grad=True)
    fast(y, y)
    assert y.grad.tolist() == [2.0, 2.0]


def test_a_closed_over_tensor_given_too() -> None:
    w = torch.tensor(2.0)

    def f(x: Any) -> Any:
        x.mul_(10)
        return x + w
    fast = torch.compile(f)
    for _ in range(3):
        assert fast(torch.tensor(1.0)).item() == 12.0
    assert fast(w).item() == 40.0 and w.item() == 20.0


def test_equal_results_are_told_apart() -> None:
    x = torch.tensor([1.0, 2.0])
    a, b = x + 1, x + 1
    fast = torch.compile(lambda a, b: a - b)
    for _ in range(3):
        assert fast(a, b).tolist() == [0.0, 0.0]
    assert fast(torch.tensor([5.0, 5.0]), torch.tensor([1.0, 2.0])).tolist() == [4.0, 3.0]


def test_a_gradient_given_as_an_argument() -> None:
    def f(p: Any, g: Any) -> Any:
        (p * 2).sum().backward()
        return g * 1
    fast = torch.compile(f)
    for _ in range(3):
        p = torch.ones(2, requires_grad=True)
        p.grad = torch.ones(2)
        assert fast(p, p.grad).tolist() == [3.0, 3.0]
    p = torch.ones(2, requires_grad=True)
    p.grad = torch.zeros(2)
    other = torch.full((2,), 7.0)
    assert fast(p, other).tolist() == [7.0, 7.0]
    assert p.grad.tolist() == [2.0, 2.0] and other.tolist() == [7.0, 7.0]


def test_views_and_detached_aliases() -> None:
    def f(x: Any) -> Any:
        y = x.view(-1)
        y.add_(1)
        return x * 2
    same(f, lambda: (torch.ones(2, 2),), lambda: (torch.zeros(2, 2),))
    same(lambda x: x.view(-1), lambda: (torch.ones(2, 2),))
    same(lambda x: x[0].mul_(3), lambda: (torch.ones(2, 2),))
    same(lambda x: x.detach().mul_(3), lambda: (torch.ones(2, requires_grad=True),))
    base = torch.zeros(4)
    row = base[:2]
    alias = base.detach()
    fast = torch.compile(lambda x: row + x)
    write = torch.compile(lambda x: base.add_(x))
    for k in range(4):
        assert fast(torch.ones(())).tolist() == [k + 1.0] * 2
        write(torch.ones(()))
        assert alias.tolist() == [k + 1.0] * 4
    t = torch.zeros(3)
    inc = torch.compile(lambda: t.add_(1))
    inc(), inc(), inc()
    late = t[1:]
    inc()
    assert late.tolist() == [4.0, 4.0]
    memory = t.numpy()
    inc()
    assert memory.tolist() == [5.0] * 3
    memory[:] = 1
    assert inc().tolist() == [2.0] * 3


# ---- gradients ----

def test_a_result_is_differentiated_later() -> None:
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    fast = torch.compile(lambda x: (torch.exp(p) * x, (p * p).sum()))
    for k in range(4):
        p.grad = None
        x = torch.tensor([1.0, k + 1.0])
        a, b = fast(x)
        (a.sum() + 3 * b).backward()
        wanted = np.exp([1, 2]) * x.numpy() + 6 * np.array([1, 2])
        np.testing.assert_allclose(p.grad.numpy(), wanted,
                                   rtol=1e-5)
        with pytest.raises(RuntimeError, match="second time"):
            a.sum().backward()
    p.grad = None
    a, b = fast(x)
    b.backward(retain_graph=True)
    b.backward()
    assert p.grad.tolist() == [4.0, 8.0]
    a, b = fast(x)
    with torch.no_grad():
        p.mul_(10)   # the backward goes by the old values
    (g,) = torch.autograd.grad(a.sum(), p)
    np.testing.assert_allclose(g.numpy(), np.exp([1, 2]) * x.numpy(), rtol=1e-5)
    (g,) = torch.autograd.grad(fast(x)[1], p, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), p)
    assert h.tolist() == [2.0, 2.0]


def test_an_argument_with_a_history() -> None:
    p = torch.ones(2, requires_grad=True)
    fast = torch.compile(lambda x: (x * 3).sum())
    plain = torch.ones(2)
    for k in range(4):
        fast(plain)
        p.grad = None
        y = p * 2
        if k % 2:
            y.tolist()
            z = y * 5  # noqa: F841  y enters the recording that is open
        fast(y).backward()
        assert p.grad.tolist() == [6.0, 6.0]


def test_gradients_that_are_there_before_add_up() -> None:
    p = torch.ones(2, requires_grad=True)
    fast = torch.compile(lambda x: (p * x).sum().backward())
    for k in range(5):
        fast(torch.ones(2))
        assert p.grad.tolist() == [k + 1.0] * 2
    p.grad = None
    fast(torch.ones(2))
    assert p.grad.tolist() == [1.0, 1.0]

    def zeroing(x: Any) -> Any:
        p.grad = None
        (p * x).sum().backward()
        return p.grad * 1
    fast = torch.compile(zeroing)
    for _ in range(5):
        assert fast(torch.ones(2)).tolist() == [1.0, 1.0]


def test_gradients_set_to_tensors() -> None:
    p, q = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)

    def both(x: Any) -> None:
        g = x * 2
        p.grad = g
        q.grad = g
    fast = torch.compile(both)
    for _ in range(4):
        p.grad = q.grad = None
        fast(torch.ones(2))
        p.grad.add_(1)
        assert q.grad is p.grad and q.grad.tolist() == [3.0, 3.0]


def test_hooks() -> None:
    p = torch.ones(2, requires_grad=True)
    fast = torch.compile(lambda: (p * 2).sum().backward())
    for _ in range(3):
        p.grad = None
        fast()
    calls: list[int] = []
    handle = p.register_hook(lambda g: calls.append(1) or g * 10)
    p.grad = None
    fast()
    assert p.grad.tolist() == [20.0, 20.0] and calls == [1]
    handle.remove()
    p.grad = None
    fast()
    assert p.grad.tolist() == [2.0, 2.0] and calls == [1]
    p.register_post_accumulate_grad_hook(lambda t: calls.append(2))
    p.grad = None
    fast()
    assert calls == [1, 2]


def test_state_of_tensors_is_changed() -> None:
    def f(x: Any) -> Any:
        x.requires_grad_()
        (x * x).sum().backward()
        return x.grad * 1
    same(f, xs(1.0, 2.0), xs(3.0, 4.0))
    same(lambda x: x.requires_grad_(), xs(1.0))
    same(lambda x: x.detach_(), xs(1.0), lambda: (torch.ones(2, requires_grad=True) * 2,))
    same(lambda x: x.unsqueeze_(0) * 2, xs(1.0, 2.0))


# ---- effects and values ----

class Counter:
    def __init__(self) -> None:
        self.n = 0


log: list[Any] = []
counter = Counter()
total = 0
table: dict[str, int] = {}


def appends(x: Any) -> Any:
    log.append(1)
    return x * 2


def extends(x: Any) -> Any:
    global log
    log += [1]
    return x * 2


def counts(x: Any) -> Any:
    counter.n += 1
    return x * counter.n


def adds_up(x: Any) -> Any:
    global total
    total += 1
    return x * total


def in_a_dict(x: Any) -> Any:
    table["n"] = table.get("n", 0) + 1
    return x * table["n"]


def by_default(x: Any, state: Any = [0]) -> Any:  # noqa: B006
    state[0] += 1
    return x * state[0]


def keyword_default(x: Any, *, state: Any = [0]) -> Any:  # noqa: B006
    state[0] += 1
    return x * state[0]


def through_another(x: Any) -> Any:
    return by_default(x) + 1


def draws(x: Any) -> Any:
    return x * random.random()


def draws_a_tensor(x: Any) -> Any:
    return x * torch.rand(2) + torch.nn.functional.dropout(x)


def draws_and_ignores(x: Any) -> Any:
    torch.rand(3)
    return x * 2


manual_seed = torch.manual_seed


def seeds(x: Any) -> Any:
    manual_seed(5)
    return x * 2


@functools.wraps(torch.sin)
def disguised(x: Any) -> Any:
    log.append(1)
    return x * len(log)


def calls_the_disguised(x: Any) -> Any:
    return disguised(x)


def keeps(x: Any) -> Any:
    y = x * 2
    log[:] = [y]
    return y + 1


EFFECTS = [appends, extends, counts, adds_up, in_a_dict, by_default, keyword_default,
           through_another, draws, draws_a_tensor, draws_and_ignores, seeds, disguised,
           calls_the_disguised, keeps]


@pytest.mark.parametrize("function", EFFECTS, ids=lambda f: f.__code__.co_name)
def test_effects_happen_at_each_call(function: Callable[..., Any]) -> None:
    def run(f: Callable[..., Any]) -> list[Any]:
        global total
        log.clear()
        table.clear()
        counter.n = total = 0
        for g in (by_default, keyword_default):
            for state in [*(g.__defaults__ or ()), *(g.__kwdefaults__ or {}).values()]:
                state[0] = 0
        torch.manual_seed(1)
        random.seed(1)
        found = [seen(f(torch.tensor([1.0, 2.0]))) for _ in range(4)]
        return [found, len(log), total, counter.n, seen(torch.rand(2))]
    assert_same(run(torch.compile(function)), run(function))


def test_printing(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        print("called")
        return x * 2
    fast = torch.compile(f)
    for _ in range(4):
        fast(torch.ones(1))
    assert capsys.readouterr().out == "called\n" * 4


def grad_of(scope: dict[str, Any]) -> Any:
    exec("def inner(x): return (x * rate).sum()", scope)
    return torch.func.grad(scope["inner"])


def test_functions_of_functions_see_changes() -> None:
    scope: dict[str, Any] = {"rate": 2.0}
    gradient = grad_of(scope)
    fast = torch.compile(lambda x: gradient(x))
    x = torch.ones(2)
    for _ in range(3):
        assert fast(x).tolist() == [2.0, 2.0]
    scope["rate"] = 3.0
    assert fast(x).tolist() == [3.0, 3.0]


VALUES = {
    "item": lambda x: x * x.sum().item(),
    "item of an argument": lambda x: torch.ones(2) * x[0].item(),
    "float": lambda x: x * float(x.max()),
    "int": lambda x: x * int(x[0]),
    "bool": lambda x: x * 2 if x.sum() > 3 else x * 3,
    "bool of an argument": lambda x: x * 2 if x[0] else x * 3,
    "while": lambda x: x + 1 if x.mean() < 1.5 else x - 1,
    "mask": lambda x: x[x > 1.5],
    "nonzero": lambda x: torch.nonzero(x - 1),
    "where": lambda x: torch.where(x > 1.5)[0],
    "equal": lambda x: x * 2 if torch.equal(x, torch.ones(2)) else x,
    "allclose": lambda x: x * 2 if torch.allclose(x, torch.ones(2)) else x,
    "unique": lambda x: torch.unique(x),
    "text": lambda x: (x * 2, f"{x}"),
    "index": lambda x: torch.arange(10)[x.long()[0]] * 1,
    "as a length": lambda x: torch.zeros(int(x[0]) + 1),
    "range": lambda x: sum((x for _ in range(x.long()[0])), x),
    "one_hot": lambda x: torch.nn.functional.one_hot(x.long()),
    "bincount": lambda x: torch.bincount(x.long()),
    "repeat_interleave": lambda x: torch.repeat_interleave(x, x.long()),
    "tolist": lambda x: x * sum(x.tolist()),
    "in": lambda x: x * 2 if 1.0 in x else x,
    "a number times": lambda x: x * torch.tensor(2.0) + torch.tensor([1.0, 2.0]),
    "full": lambda x: torch.full((2,), x[0].item()) + x,
    "pow": lambda x: x ** x[0],
    "slices": lambda x: torch.arange(5)[:x.long()[1]],
    "division": lambda x: x // 2 + x % 3,
}


@pytest.mark.parametrize("name", VALUES)
def test_values_on_the_way(name: str) -> None:
    same(VALUES[name], xs(1.0, 1.0), xs(2.0, 1.0), xs(0.0, 3.0), xs(3.0, 4.0))


def test_results_that_are_not_tensors() -> None:
    same(lambda x: (x * 2, float("inf"), float("nan"), None, "a", True, 2j, [1, -0.0]),
         xs(1.0, 2.0))
    same(lambda x: (x * 2, x.shape[0], x.dtype), xs(1.0, 2.0), xs(1.0))
    same(lambda x: [x, x * 2, x], xs(1.0, 2.0))
    same(lambda x: {"a": x * 2}["a"], xs(1.0, 2.0))
    same(lambda x: [], xs(1.0))
    same(lambda x: (x * 2).sort(), xs(1.0, 2.0))
    same(lambda x: x.add_(1), xs(1.0, 2.0))
    pair = [torch.ones(1), 2.0]
    fast = torch.compile(lambda x: (x * 2, pair))
    assert all(fast(torch.ones(1))[1] is pair for _ in range(4))


def test_numbers_of_numpy() -> None:
    n = np.float64(2.5)
    same(lambda x: x * n, xs(1.0, 2.0))
    same(lambda x: (x * 2, n), xs(1.0, 2.0))


# ---- lists ----

def test_lists_of_parameters() -> None:
    params = [torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)]

    @torch.compile
    def step(x: Any) -> Any:
        loss = sum((p * x).sum() for p in params)
        loss.backward()
        with torch.no_grad():
            for p in params:
                p.sub_(0.1 * p.grad)
                p.grad = None
        return loss
    x = torch.ones(2)
    found = [step(x).item() for _ in range(4)]
    np.testing.assert_allclose(found, [4.0, 3.6, 3.2, 2.8], rtol=1e-5)
    params[0] = torch.zeros(2, requires_grad=True)
    assert step(x).item() == pytest.approx(1.2)
    params.append(torch.ones(2, requires_grad=True))
    assert step(x).item() == pytest.approx(2.8)


def test_a_list_with_a_new_tensor() -> None:
    state = [torch.zeros(2)]

    def f(x: Any) -> Any:
        state[0] = state[0] + x
        return state[0] * 1
    fast = torch.compile(f)
    assert [fast(torch.ones(2))[0].item() for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]


# ---- how it is called ----

def test_forms() -> None:
    @torch.compile
    def f(x: Any) -> Any:
        """Twice."""
        return x * 2

    @torch.compile(fullgraph=True, dynamic=False, backend="eager", mode="default", options={})
    def g(x: Any, *, k: Any = 1.0) -> Any:
        return x * 2 * k
    assert f.__name__ == "f" and f.__doc__ == "Twice."
    for _ in range(3):
        x = torch.ones(1)
        assert f(x).item() == f(x=x).item() == g(x).item() == 2.0
        assert g(x, k=3.0).item() == 6.0 and g(x, k=torch.tensor(4.0)).item() == 8.0
    assert torch.compile(f, disable=True) is f
    with pytest.raises(TypeError):
        torch.compile(3)
    with pytest.raises(TypeError):
        f()
    with pytest.raises(TypeError):
        f(x, x)


def test_varying_numbers_of_arguments() -> None:
    def f(*args: Any) -> Any:
        return sum(args, torch.zeros(2))
    same(f, lambda: (), xs(1.0, 2.0), lambda: (torch.ones(2), torch.ones(2)))
    same(lambda x, n=2: x * n, xs(1.0), lambda: (torch.ones(1), 3), lambda: (torch.ones(1), 2))


@pytest.mark.parametrize("needs", [lambda x: x.sum().item(), lambda x: bool(x.sum() > 0),
                                   lambda x: (x * 2).tolist(), lambda x: x.numpy()])
def test_fullgraph_names_the_line(needs: Callable[..., Any]) -> None:
    fast = torch.compile(needs, fullgraph=True)
    line = needs.__code__.co_firstlineno
    for _ in range(3):
        with pytest.raises(RuntimeError, match=rf"test_compile\.py:{line}"):
            fast(torch.ones(2))
        assert not here.modes.whole and not here.modes.held
    assert (torch.ones(2) * 2).sum().item() == 4.0


def test_an_exception_leaves_no_trace() -> None:
    p = torch.ones(2, requires_grad=True)

    def f(x: Any) -> Any:
        y = (p * x).sum()
        y.backward()
        return p @ x
    fast = torch.compile(f)
    for _ in range(3):
        p.grad = None
        with pytest.raises(RuntimeError):
            fast(torch.ones(3 + _))
        assert not here.modes.held and not here.modes.whole
    p.grad = None
    assert fast(torch.ones(2)).item() == 2.0
    assert p.grad.tolist() == [1.0, 1.0]

    def g(x: Any, t: Any) -> Any:
        return torch.nn.functional.cross_entropy(x, t)
    fast = torch.compile(g)
    x = torch.ones(2, 3)
    for _ in range(3):
        assert fast(x, torch.tensor([0, 2])).item() == pytest.approx(np.log(3), rel=1e-6)
    for _ in range(2):
        with pytest.raises(IndexError):
            fast(x, torch.tensor([0, 3])).item()
        assert not here.modes.held
    assert fast(x, torch.tensor([0, -100])).item() == pytest.approx(np.log(3), rel=1e-6)


def test_writes_of_every_kind_of_value() -> None:
    """0-dim results of library calls, and results of the interpreter, go into tensors too."""
    w = torch.tensor(0.0)
    v = torch.zeros(2, 2)

    def f(x: Any) -> Any:
        w.copy_(x @ x)
        v.copy_((x.outer(x) @ x.outer(x)).T)
        return w * 1
    for after in (2, 6):
        old, config.compile_after = config.compile_after, after
        try:
            fast = torch.compile(lambda x: f(x))
            for k in range(8):
                x = torch.tensor([1.0, k])
                assert fast(x).item() == 1 + k * k
                assert (w * 2).item() == 2 + 2 * k * k
                assert (v.sum() + 0).item() == pytest.approx((1 + k) ** 2 * (1 + k * k))
        finally:
            config.compile_after = old


def test_a_recording_that_is_open_goes_on() -> None:
    p = torch.ones(2, requires_grad=True)

    def step(x: Any) -> Any:
        with torch.no_grad():
            p.add_(x)
        return p * 2
    fast = torch.compile(step)
    for k in range(4):
        before = p * 10      # not computed yet
        got = fast(torch.ones(2))
        after = p * 100
        assert before.tolist() == [10 * (k + 1.0)] * 2
        assert after.tolist() == [100 * (k + 2.0)] * 2
        assert got.tolist() == [2 * (k + 2.0)] * 2
        (before.sum() + after.sum()).backward()
        assert p.grad.tolist() == [110.0, 110.0]
        p.grad = None


def test_results_of_recordings_as_arguments() -> None:
    fast = torch.compile(lambda x, y: x * y)
    for k in range(6):
        x = torch.ones(2) * k          # pending
        y = torch.ones(2) + k
        if k % 2:
            y.tolist()
        assert fast(x, y).tolist() == [k * (k + 1.0)] * 2
        a = fast(x, y)
        assert fast(a, a * 1).tolist() == [(k * (k + 1.0)) ** 2] * 2


def test_modules_and_optimisers() -> None:
    def losses(compiled: bool) -> list[float]:
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
        optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
        x = torch.randn(8, 3)
        net = torch.compile(model) if compiled else model

        def step() -> Any:
            optimiser.zero_grad()
            loss = (net(x) - 1).square().mean()
            loss.backward()
            optimiser.step()
            return loss
        run = torch.compile(step) if compiled else step
        return [run().item() for _ in range(6)]
    np.testing.assert_allclose(losses(True), losses(False), rtol=1e-5)


def test_threads() -> None:
    fast = torch.compile(lambda x: (torch.exp(x) * x).sum())

    def work(k: int) -> None:
        x = torch.arange(50.0) / (k + 1)
        wanted = (torch.exp(x) * x).sum().item()
        for _ in range(30):
            np.testing.assert_allclose(fast(x).item(), wanted, rtol=1e-5)
    side_by_side(work)


def test_compiled_functions_call_each_other() -> None:
    inner = torch.compile(lambda x: x * 2)
    same(lambda x: inner(x) + 1, xs(1.0), xs(2.0))
    fast = torch.compile(torch.compile(lambda x: x * 2))
    assert [fast(torch.ones(1)).item() for _ in range(3)] == [2.0] * 3


def test_switches() -> None:
    fast = torch.compile(lambda x: torch.where(x > 0, torch.log(x), 0.0).sum())

    def gradient() -> Any:
        x = torch.zeros(1, requires_grad=True)
        fast(x).backward()
        return x.grad.item()
    assert [gradient() for _ in range(3)] == [0.0] * 3
    config.strict_nan = True
    try:
        assert np.isnan(gradient())
    finally:
        config.strict_nan = False
    assert gradient() == 0.0


@pytest.mark.parametrize("function, make", [
    (lambda x, y: x * y + y, lambda: (torch.ones(2), torch.ones(2))),
    (lambda x: torch.nn.functional.softmax(x, -1), lambda: (torch.ones(2, 3),)),
    (lambda x: x.add_(1), lambda: (torch.ones(2),)),
    (lambda x: x.view(-1) * 2, lambda: (torch.ones(2, 2),)),
    (lambda x, n: x * n, lambda: (torch.ones(2), 3.0)),
    (lambda x: [x + 1, (x * 2, 4)], lambda: (torch.ones(2),)),
    (lambda x: (x * x).sum().backward(), lambda: (torch.ones(2, requires_grad=True),)),
    (lambda x: (x * x).sum(), lambda: (torch.ones(2, requires_grad=True),)),
])
def test_what_is_pure_stays_compiled(function: Callable[..., Any], make: Any) -> None:
    fast = same(function, make)
    assert replays(fast), fast.compiled.why


def test_gradients_of_what_is_captured_stay_compiled() -> None:
    w = torch.ones(2, requires_grad=True)

    def gradient(x: Any) -> Any:
        return torch.autograd.grad((x * w).sin().sum(), w)[0]
    fast = same(gradient, lambda: (torch.arange(2.0),))
    assert replays(fast), fast.compiled.why


MORE = {
    "result and its alias": (lambda x: (lambda y: (y, y.detach()))(x * 2), {}),
    "result and its view": (lambda x: (lambda y: (y, y.view(-1), y.T))(x * 2), {}),
    "views of an argument": (lambda x: (x[0], x.T, x.reshape(-1)), {}),
    "write to a view of a result": (lambda x: (lambda y: (y[0].zero_(), y)[1])(x * 2), {}),
    "write twice": (lambda x: x.add_(1).mul_(x), {}),
    "write and read": (lambda x: (x * 2, x.add_(1), x * 2), {}),
    "indexed write": (lambda x: (x.__setitem__(0, 7.0), x * 1)[1], {}),
    "grad": (lambda x: torch.autograd.grad((x * x).sum(), x)[0], {"grad": True}),
    "grad of grad": (lambda x: torch.autograd.grad(torch.autograd.grad(
        (x ** 3).sum(), x, create_graph=True)[0].sum(), x)[0], {"grad": True}),
    "backward with create_graph": (lambda x: (x ** 3).sum().backward(create_graph=True),
                                   {"grad": True}),
    "retained": (lambda x: (lambda y: (y.backward(retain_graph=True), y.backward()))(
        (x * x).sum()), {"grad": True}),
    "retain_grad": (lambda x: (lambda y: (y.retain_grad(), y.sum().backward(), y.grad)[2])(x * 2),
                    {"grad": True}),
    "a history kept": (lambda x: (x * 2).relu(), {"grad": True}),
    "requires_grad of a result": (lambda x: (x * 2).requires_grad_(), {}),
    "a clone": (lambda x: x.clone(), {"grad": True}),
    "an unchanged argument": (lambda x: x, {"grad": True}),
    "contiguous": (lambda x: (x.contiguous(), x.T.contiguous()), {}),
    "sort": (lambda x: torch.sort(x, 1), {}),
    "a product": (lambda x: x @ x.T, {"grad": True}),
    "dtype changes": (lambda x: (x.double() * 2, x.long(), x > 0), {}),
    "integers": (lambda x: (x.long() // 2, x.int() % 3, x.long() ** 2), {}),
    "constants": (lambda x: (torch.zeros(2), x + torch.arange(3), torch.tensor(3.0)), {}),
    "nothing": (lambda x: None, {}),
    "a full sum": (lambda x: x.sum(), {"grad": True}),
    "data": (lambda x: x.data.mul_(2), {"grad": True}),
    "set_": (lambda x: x.copy_(x + 1), {}),
    "no_grad write": (lambda x: torch.no_grad()(lambda: x.mul_(2))(), {"grad": True}),
    "shape": (lambda x: x * x.shape[0] + x.numel() + x.dim(), {}),
    "dropout": (lambda x: torch.nn.functional.dropout(x, 0.5), {}),
    "no dropout": (lambda x: torch.nn.functional.dropout(x, 0.5, training=False), {}),
    "error": (lambda x: torch.linalg.cholesky(x @ x.T - torch.eye(2)), {}),
}


@pytest.mark.parametrize("name", MORE)
def test_more_functions(name: str) -> None:
    function, options = MORE[name]
    same(function, *[lambda k=k: (torch.tensor(
        [[1.0, 2.0, 3.0], [k, -1.0, 0.5]], **({"requires_grad": True} if options else {})),)
        for k in range(3)])


def test_memory_of_numpy() -> None:
    memory = np.ones(3, np.float32)
    shared = torch.from_numpy(memory)
    fast = torch.compile(lambda: shared * 2)
    more = torch.compile(lambda x: x.add_(1))
    for k in range(4):
        memory[:] = k
        assert fast().tolist() == [2.0 * k] * 3
        more(shared)
        assert memory.tolist() == [k + 1.0] * 3
    x = torch.zeros(3)
    for k in range(4):
        assert more(x) is x
        assert x.tolist() == [k + 1.0] * 3
    out = x.numpy()
    more(x)
    assert out.tolist() == [5.0] * 3


def test_a_leaf_changed_by_hand_between_backward_and_forward() -> None:
    p = torch.ones(2, requires_grad=True)
    loss = torch.compile(lambda: (p * p).sum())
    for _ in range(3):
        y = loss()
        with torch.no_grad():
            p.add_(1)
        z = loss()
        (y + z).backward()
        np.testing.assert_allclose(p.grad.numpy(), 2 * (p.detach().numpy() * 2 - 1))
        p.grad = None


def test_the_tier_is_looked_up_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = torch.compile(lambda x: torch.exp(x) * 2)
    wanted = [2 * np.exp(1.0)] * 3
    for tier in ("auto", "llvm", "numpy", "eager", "auto"):
        monkeypatch.setattr(config, "tier", tier)
        for _ in range(3):
            np.testing.assert_allclose(fast(torch.ones(3)).numpy(), wanted, rtol=1e-6)


def test_versions_count_the_writes() -> None:
    def step() -> None:
        with torch.no_grad():
            w.add_(1.0)
            w.mul_(2.0)

    w = torch.zeros(2, requires_grad=True)
    run, plain = torch.compile(step), []
    for _ in range(5):
        run()
        plain.append(w._version)
    assert plain == [2, 4, 6, 8, 10]


def test_a_function_without_defaults_is_given_some() -> None:
    """Calls that gave all arguments mean the same; those that do not are new."""
    def scaled(x: torch.Tensor, scale: float) -> torch.Tensor:
        return x * scale

    @torch.compile
    def f(x: torch.Tensor) -> torch.Tensor:
        return scaled(x, 2.0) + 1
    x = torch.ones(3)
    assert [f(x).tolist() for _ in range(4)] == [[3.0] * 3] * 4
    scaled.__defaults__ = (5.0,)
    assert f(x).tolist() == [3.0] * 3
    scaled.__code__ = (lambda x, scale=5.0: x - scale).__code__
    assert f(x).tolist() == [0.0] * 3
