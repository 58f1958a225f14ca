"""Transforms of pure functions that are called again: calls of programs, and the same results.

Each function is called some times with changing arguments, beside a copy whose calls are always
recorded; which calls a program stood for is counted.
"""

from __future__ import annotations

import functools
import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.autograd.trees import tensors_in
from wengert.compiler import known
from wengert.config import config

func = torch.func
CALLS = 6


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    before = config.compile_after
    config.compile_after = 2
    yield
    config.compile_after = before


def repeats() -> bool:
    return config.tier in ("auto", "llvm")


def programs(function: Any) -> int:
    """How many programs stand for calls of what transforms make of ``function``."""
    return sum(len(calls.variants) for calls in known.known_of(function).values())


def values(result: Any) -> list[Any]:
    return [t.detach().numpy() for t in tensors_in(result)]


def recorded(f: Callable[..., Any], *args: Any) -> Any:
    """A call for which no program stands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known, "outermost", lambda: False)
        return f(*args)


def same(f: Callable[..., Any], make: Callable[[int], tuple[Any, ...]], calls: int = CALLS) -> None:
    for k in range(calls):
        args = make(k)
        wanted = values(recorded(f, *args))
        found = values(f(*args))
        assert len(found) == len(wanted) > 0
        for a, b in zip(found, wanted, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def point(k: int, *shape: int) -> Any:
    return torch.tensor(np.random.default_rng(k).uniform(0.5, 1.5, shape or (5,)))


def rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


MADE: dict[str, Callable[[Any], Any]] = {
    "grad": func.grad, "grad_and_value": func.grad_and_value, "jacrev": func.jacrev,
    "jacfwd": func.jacfwd, "hessian": func.hessian,
    "jvp": lambda f: lambda x: func.jvp(f, (x,), (torch.ones_like(x) + 0,)),
    "vmap of grad": lambda f: torch.vmap(func.grad(f)),
    "vmap of hessian": lambda f: torch.vmap(func.hessian(f), out_dims=1),
    "laplacian": func.laplacian, "divergence": lambda f: func.divergence(func.grad(f)),
    "hessian_diagonal": func.hessian_diagonal,
    "jacobian": lambda f: lambda x: torch.autograd.functional.jacobian(f, x),
    "functional hessian": lambda f: lambda x: torch.autograd.functional.hessian(f, x),
}


@pytest.mark.parametrize("name", MADE)
def test_every_transform(name: str) -> None:
    def f(x: Any) -> Any:
        return rosenbrock(x) + (x * x).prod().sin()
    made = MADE[name](f)
    same(made, lambda k: (point(k, *((3, 4) if "vmap" in name else (4,))),))
    if name != "jvp":   # whose tangent waits for its value there
        assert programs(f) == repeats(), name


def test_a_transform_that_is_made_anew() -> None:
    def f(x: Any) -> Any:
        return (x ** 3).sum()
    same(lambda x: func.hessian(f)(x), lambda k: (point(k),))
    assert programs(f) == repeats()
    same(lambda x, v: func.jvp(f, (x,), (v,)), lambda k: (point(k), point(k + 1)))
    assert programs(f) == 2 * repeats()


def test_shapes_and_dtypes_have_programs_of_their_own() -> None:
    def f(x: Any) -> Any:
        return (x.sin() * x).sum()
    made = func.grad(f)
    for shape in ((4,), (2, 3), (), (0,)):
        def make(k: int, shape: tuple[int, ...] = shape) -> Any:
            return point(k, *shape) if shape else point(k, 1)[0].clone()
        same(made, lambda k, make=make: (make(k),))
        same(made, lambda k, make=make: (make(k).float() + 0,), 2)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="floating point"):
            made(torch.arange(3))


def test_structures_of_arguments_and_results() -> None:
    def loss(params: Any, x: Any, scale: float = 1.0) -> Any:
        h = torch.tanh(x @ params["w"] + params["b"][0])
        return (h * h).sum() * scale

    def make(k: int) -> tuple[Any, ...]:
        return {"w": point(k, 3, 4), "b": (point(k + 1, 4),)}, point(k + 2, 2, 3)
    same(func.grad(loss), make)
    assert programs(loss) == repeats()
    same(func.grad_and_value(loss), make)
    found = func.grad(loss)(*make(0))
    assert type(found) is dict and list(found) == ["w", "b"] and type(found["b"]) is tuple
    swapped = {"b": make(0)[0]["b"], "w": make(0)[0]["w"]}
    assert list(func.grad(loss)(swapped, make(0)[1])) == ["b", "w"]
    same(lambda p, x: func.grad(loss)(p, x, 2.0), make)
    same(lambda p, x: func.grad(loss)(p, x, scale=2.0), make, 2)


def test_what_the_function_reads_may_change() -> None:
    a, scale, more = torch.ones(4, dtype=torch.float64), 2.0, [1.0, 2.0]

    def f(x: Any) -> Any:
        return (x * x * a).sum() * scale + x.sum() * more[0]
    made = func.grad(f)
    x = point(0, 4)
    for _ in range(4):
        np.testing.assert_allclose(made(x), 2 * x * 2 + 1)
    a.mul_(3)
    np.testing.assert_allclose(made(x), 6 * x * 2 + 1)
    scale = 5.0
    np.testing.assert_allclose(made(x), 6 * x * 5 + 1)
    more[0] = 7.0
    np.testing.assert_allclose(made(x), 6 * x * 5 + 7)
    a = torch.zeros(4, dtype=torch.float64)
    np.testing.assert_allclose(made(x), [7.0] * 4)


def test_functions_that_are_not_pure_run_each_time() -> None:
    seen: list[float] = []

    def counts(x: Any) -> Any:
        seen.append(1.0)
        return (x * len(seen)).sum()
    made = func.grad(counts)
    assert [made(torch.ones(())).item() for _ in range(5)] == [1, 2, 3, 4, 5]

    def draws(x: Any) -> Any:
        return (x * torch.rand(3)).sum()
    made = func.grad(draws)
    torch.manual_seed(0)
    wanted = [torch.rand(3).tolist() for _ in range(5)]
    torch.manual_seed(0)
    assert [made(torch.ones(())).item() for _ in range(5)] == pytest.approx(
        [sum(w) for w in wanted])

    class Model:
        scale = 1.0
    model = Model()

    def reads(x: Any) -> Any:
        return x * model.scale
    made = func.grad(reads)
    for k in range(5):
        model.scale = float(k)
        assert made(torch.ones(())).item() == k
    assert not programs(counts) and not programs(draws)


def test_gradients_go_on_through_the_result() -> None:
    def f(x: Any) -> Any:
        return (x ** 3).sum()
    made = func.grad(f)
    for k in range(5):
        x = point(k).requires_grad_()
        made(x).sum().backward()
        np.testing.assert_allclose(x.grad, 6 * x.detach())
    y = point(0).requires_grad_()
    for _ in range(4):   # a history in front: recorded
        (g,) = torch.autograd.grad(made(y * 2).sum(), y)
        np.testing.assert_allclose(g, 24 * y.detach() * 2 / 2)
    with torch.no_grad():
        assert not made(y).requires_grad


def test_views_and_shared_memory() -> None:
    def f(x: Any) -> Any:
        return (x * x).sum()
    made = func.grad(f)
    base = torch.arange(6.0).reshape(2, 3)
    array = np.arange(3.0)
    shared = torch.from_numpy(array)
    for k in range(5):
        np.testing.assert_allclose(made(base[1]), 2 * base[1])
        np.testing.assert_allclose(made(base.T), 2 * base.T)
        np.testing.assert_allclose(made(base), 2 * base)
        base[0, 0] = float(k)
        array[0] = k
        np.testing.assert_allclose(made(shared), 2 * array)
        np.testing.assert_allclose(made(base.detach()), 2 * base)


def test_a_debugger_sees_each_line() -> None:
    def f(x: Any) -> Any:
        return (x * x).sum()
    made, x, lines = func.grad(f), torch.ones(3), []
    for _ in range(4):
        made(x)

    def trace(frame: Any, event: str, arg: Any) -> Any:
        if frame.f_code is f.__code__ and event == "line":
            lines.append(frame.f_lineno)
        return trace
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        made(x)
    finally:
        sys.settrace(before)
    assert len(lines) == 1


def test_inside_of_other_transforms_and_captures() -> None:
    def f(x: Any) -> Any:
        return (x ** 3).sum()
    inner = func.grad(f)
    c = point(1, 3)
    for k in range(5):
        x = point(k, 3)
        np.testing.assert_allclose(inner(x), 3 * x * x)
        np.testing.assert_allclose(func.jacrev(inner)(x), np.diag(6 * x))
        np.testing.assert_allclose(func.grad(lambda x: (x * inner(c)).sum())(x), 3 * c * c)
        np.testing.assert_allclose(torch.vmap(inner)(x[:, None].clone()), (3 * x * x)[:, None])
        np.testing.assert_allclose(torch.compile(lambda x: inner(x) + 1)(x), 3 * x * x + 1)


def test_programs_go_with_the_function() -> None:
    def make() -> Any:
        a = torch.ones(3)

        def f(x: Any) -> Any:
            return (x * a).sum()
        for _ in range(4):
            func.grad(f)(torch.ones(3))
        return weakref.ref(f), weakref.ref(a)
    f, a = make()
    torch.ones(3).sum().item()
    gc.collect()
    assert f() is None and a() is None


def test_calls_that_always_differ_are_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "IN_VAIN", 12)

    def f(x: Any, s: float) -> Any:
        return (x * s).sum()
    made, x = func.grad(f), torch.ones(2)
    for k in range(40):
        assert made(x, float(k)).tolist() == [k, k]
    assert programs(f) == 0


def test_views_that_the_function_reads() -> None:
    base = torch.arange(12.0, dtype=torch.float64).reshape(3, 4)
    rows, columns = base[1:], base.T

    def f(x: Any) -> Any:
        return (rows @ x).sum() + (columns @ x[:3]).sum()
    made = func.grad(f)

    def check() -> None:
        found, now = made(point(0, 4)), np.array(base.tolist())
        np.testing.assert_allclose(found, now[first:].sum(0)[:4] * 1.0 + np.append(now.sum(1), 0)
                                   - (now[2] if first == 0 else 0))
    first = 1
    for _ in range(5):
        check()
    assert programs(f) == repeats()
    base[1, 2] += 1.0
    check()
    base.numpy()[1, 1] = 7.0   # shared, and let go of
    for _ in range(3):
        base[2, 0] += 1.0
        check()
    rows, first = base[:2], 0   # as many rows, which lie elsewhere
    check()


def test_functions_that_are_called_may_become_others() -> None:
    def inner(x: Any, power: float = 2.0, *, scale: float = 1.0) -> Any:
        return x ** power * scale

    def f(x: Any) -> Any:
        return inner(x).sum()
    made, x = func.hessian(f), point(0, 3)

    def check(diagonal: Any) -> None:
        for _ in range(4):
            np.testing.assert_allclose(made(x), np.diag(diagonal + 0 * x), atol=1e-12)
    check(2.0)
    assert programs(f) == repeats()
    inner.__defaults__ = (3.0,)
    check(6 * x)
    assert inner.__kwdefaults__ is not None
    inner.__kwdefaults__["scale"] = 2.0
    check(12 * x)
    inner.__kwdefaults__ = {"scale": 3.0}
    check(18 * x)
    inner.__code__ = (lambda x, power, *, scale: scale * x ** 4).__code__
    check(36 * x * x)


def test_a_variable_that_is_gone() -> None:
    a = torch.ones(3)

    def f(x: Any) -> Any:
        return (x * a).sum()

    def drop() -> None:
        nonlocal a
        del a
    made, x = func.grad(f), torch.ones(3)
    for _ in range(4):
        assert made(x).tolist() == [1.0] * 3
    drop()
    for _ in range(2):
        with pytest.raises(NameError):
            made(x)
    a = 2.0
    for _ in range(3):
        assert made(x).tolist() == [2.0] * 3


def test_what_is_imported_in_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        import math

        import wengert
        from wengert.nn import functional as F
        return F.softplus(wengert.sin(x)).sum() * math.sqrt(2.0)
    same(func.grad(f), lambda k: (point(k),))
    assert programs(f) == repeats()
    monkeypatch.setattr(torch.nn.functional, "softplus", lambda x: x * x)
    same(func.grad(f), lambda k: (point(k),))
    monkeypatch.setitem(sys.modules, "math", torch)
    torch_sqrt = pytest.MonkeyPatch()
    torch_sqrt.setattr(torch, "sqrt", lambda x: 7.0)
    same(func.grad(f), lambda k: (point(k),))
    torch_sqrt.undo()

    def elsewhere(x: Any) -> Any:
        import random
        return (x * random.random()).sum()
    made = func.grad(elsewhere)
    assert len({made(torch.ones(1)).item() for _ in range(6)}) == 6


def test_plans_of_sparse_derivatives() -> None:
    scale = 1.0

    def f(x: Any, power: float = 2.0) -> Any:
        return {"a": (x[1:] * x[:-1]) ** power * scale, "b": x.sin()}

    def loss(x: Any) -> Any:
        return (f(x)["a"] * scale).sum()
    plan, second = torch.sparse.jacobian(f).plan(point(0, 6)), torch.sparse.hessian(loss).plan(
        point(0, 6))
    for k in range(12):
        scale = 1.0 if k < 6 else float(k)
        x = point(k, 6)
        found = plan(x, 3.0) if k % 3 == 2 else plan(x)
        wanted = func.jacrev(f)(x, 3.0) if k % 3 == 2 else func.jacrev(f)(x)
        assert list(found) == ["a", "b"]
        for name in "ab":
            np.testing.assert_allclose(found[name].toarray(), wanted[name], rtol=1e-12)
        np.testing.assert_allclose(second(x).toarray(), func.hessian(loss)(x), rtol=1e-12)
        y = x.clone().requires_grad_()
        plan.values(y).square().sum().backward()
        np.testing.assert_allclose(y.grad, torch.autograd.functional.jacobian(
            lambda x: plan.values(x), x).T @ (2 * plan.values(x)), rtol=1e-9)
    assert all(bool(each.known[True].calls.variants) == repeats() for each in (plan, second))


def test_a_global_may_take_the_place_of_a_builtin() -> None:
    scope: dict[str, Any] = {}
    exec("def f(x): return (x * x).sum() * len(x)", scope)
    made, x = func.hessian(scope["f"]), point(0, 3)
    for wanted, put in [(6.0, {}), (14.0, {"len": lambda x: 7})]:
        scope.update(put)
        for _ in range(4):
            np.testing.assert_allclose(made(x), wanted * np.eye(3))
    del scope["len"]
    np.testing.assert_allclose(made(x), 6.0 * np.eye(3))


def test_what_wraps_a_transform_is_a_function_of_its_own() -> None:
    factor = 1.0

    def f(x: Any) -> Any:
        return (x ** 3).sum()
    gradient, x = func.grad(f), point(0, 3)

    @functools.wraps(gradient)
    def scaled(x: Any) -> Any:
        return gradient(x) * factor
    without = torch.no_grad()(gradient)
    for k in range(6):
        factor = float(k)
        np.testing.assert_allclose(func.jacrev(scaled)(x), np.diag(6 * k * x))
        np.testing.assert_allclose(func.jacrev(gradient)(x), np.diag(6 * x))
        np.testing.assert_allclose(func.jacfwd(scaled)(x), np.diag(6 * k * x))
        assert not func.jacrev(without)(x).any()


def test_shapes_that_values_decide() -> None:
    counts, labels, bumped = torch.tensor([1, 2, 1]), torch.tensor([1, 2, 1]), torch.ones(3)

    def repeated(x: Any) -> Any:
        return (x.repeat_interleave(counts) ** 2).sum()

    def times(x: Any) -> Any:
        return (x * x).sum() * torch.unique(labels).shape[0]

    def versions(x: Any) -> Any:
        return (x * x).sum() * bumped._version
    for k in range(6):
        counts[0] = k
        labels[0] = k
        bumped.add_(1)
        x = point(k, 3)
        for f, factor in [(repeated, torch.tensor([k, 2, 1])), (versions, k + 1),
                          (times, len({k, 2, 1}))]:
            for transform in (func.hessian, func.jacfwd):
                made = transform(f)(x)
                wanted = 2 * factor * torch.ones(3)
                np.testing.assert_allclose(
                    made, torch.diag(wanted) if transform is func.hessian else wanted * x)


def test_modes_are_asked_each_time() -> None:
    class Doubles(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (),
                               kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            return result * 2 if func is torch.exp else result

    def f(x: Any) -> Any:
        return torch.exp(x).sum()
    made, x = func.jacrev(f), point(0, 3)
    for _ in range(5):
        np.testing.assert_allclose(made(x), x.exp())
        with Doubles():
            found = made(x)
        np.testing.assert_allclose(found, 2 * x.exp())
