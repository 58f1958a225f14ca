"""What do derivatives cost, in times of something else, both in one process in turn?

- *costs*: the value with its gradient, a jvp and a Hessian-vector product, in times of the value:
  for a perceptron's loss in its parameters, a chain of elementwise functions, and Rosenbrock's
  function, each large enough that the arithmetic counts.
- *operators*: a Laplacian, a divergence, a diagonal and a fourth directional derivative by
  ``wengert.func``, in times of the dense route (``hessian``, ``jacfwd``, forward mode nested), of
  a network at 64 points.

A call is timed until its result is there, in processor time, after it has run often enough to be
compiled.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from .peers import Answers, Case, column, load, rounds
from .report import bound, heading, spread, table

Call = Callable[[], Any]
WARM_UP = 500
COSTS = {"value and gradient": 3.0, "jvp": 2.5, "hvp": 8.0}
"""Each with the most that it may cost, in values."""


def run(quick: bool = False) -> None:
    """Print the tables and the bounds."""
    count = 2 if quick else 15
    for title, names in (("derivatives: in times of the value", [
            f"{name} of {what}" for what in FUNCTIONS for name in COSTS]),
            ("operators: in times of the dense route", list(OPERATORS))):
        heading(f"{title} ({count} rounds)")
        rows, ratios = [], {}
        for name in names:
            found, _ = rounds(f"derivatives.{name}", ["wengert"], 1 if quick else 20, count)
            base, new = (column(found["wengert"], part) for part in ("base", "new"))
            each = [b / a for a, b in zip(base, new, strict=True)]
            ratios[name] = statistics.median(each)
            rows.append([name, f"{statistics.median(base):.3f}", f"{statistics.median(new):.3f}",
                         *spread(each)])
        table(["", "base, ms", "this, ms", "min", "median", "max"], rows)
        for name, found_ratio in ratios.items():
            limit = COSTS.get(name.partition(" of ")[0], 1.0) if names[0] in CASES else None
            bound(f"{name}, to its base", found_ratio, limit)


# ---- functions of one argument, and a point of each ----


def perceptron(torch: Any) -> tuple[Callable[[Any], Any], Any]:
    nn, func = torch.nn, torch.func
    model = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(),
                          nn.Linear(64, 1))
    x, y = torch.rand(512, 20), torch.rand(512, 1)

    def loss(params: Any) -> Any:
        return ((func.functional_call(model, params, (x,)) - y) ** 2).mean()
    return loss, {name: p.detach() for name, p in model.named_parameters()}


def elementwise(torch: Any) -> tuple[Callable[[Any], Any], Any]:
    return lambda x: ((x.sin() * x.exp()).tanh() / (1 + x * x)).sum(), torch.linspace(-1, 1, 50_000)


def rosenbrock(torch: Any) -> tuple[Callable[[Any], Any], Any]:
    def f(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    return f, torch.linspace(0, 1, 100_000)


FUNCTIONS = {"a perceptron": perceptron, "elementwise functions": elementwise,
             "Rosenbrock's function": rosenbrock}


def cost(name: str, make: Callable[[Any], tuple[Callable[[Any], Any], Any]]) -> Callable[
        [Any], tuple[Call, Call]]:
    def calls(torch: Any) -> tuple[Call, Call]:
        func = torch.func
        f, x = make(torch)
        v = {k: torch.rand_like(p) for k, p in x.items()} if isinstance(x, dict) else (
            torch.rand_like(x))
        grad, both = func.grad(f), func.grad_and_value(f)
        new = {"value and gradient": lambda: both(x), "jvp": lambda: func.jvp(f, (x,), (v,)),
               "hvp": lambda: func.jvp(grad, (x,), (v,))}
        return lambda: f(x), new[name]
    return calls


# ---- operators ----


def field(torch: Any) -> tuple[Callable[[Any], Any], Any]:
    nn = torch.nn
    model = nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(),
                          nn.Linear(64, 32))
    return model, torch.rand(64, 32)


def laplacian(torch: Any) -> tuple[Call, Call]:
    (model, points), func = field(torch), torch.func
    u = lambda x: model(x).sum()
    dense = torch.vmap(lambda x: func.hessian(u)(x).diagonal().sum())
    new = torch.vmap(func.laplacian(u))
    return lambda: dense(points), lambda: new(points)


def hessian_diagonal(torch: Any) -> tuple[Call, Call]:
    (model, points), func = field(torch), torch.func
    u = lambda x: model(x).sum()
    dense = torch.vmap(lambda x: func.hessian(u)(x).diagonal())
    new = torch.vmap(func.hessian_diagonal(u))
    return lambda: dense(points), lambda: new(points)


def divergence(torch: Any) -> tuple[Call, Call]:
    (model, points), func = field(torch), torch.func
    dense = torch.vmap(lambda x: func.jacfwd(model)(x).diagonal().sum())
    new = torch.vmap(func.divergence(model))
    return lambda: dense(points), lambda: new(points)


def jacobian_diagonal(torch: Any) -> tuple[Call, Call]:
    (model, points), func = field(torch), torch.func
    dense = torch.vmap(lambda x: func.jacfwd(model)(x).diagonal())
    new = torch.vmap(func.jacobian_diagonal(model))
    return lambda: dense(points), lambda: new(points)


def fourth(torch: Any) -> tuple[Call, Call]:
    (model, points), func = field(torch), torch.func
    v = torch.rand_like(points)

    def nested(f: Any, k: int) -> Any:
        if not k:
            return f
        return nested(lambda x: func.jvp(f, (x,), (v,))[1], k - 1)
    return (lambda: nested(model, 4)(points),
            lambda: func.directional(model, (points,), (v,), 4)[-1])


OPERATORS: dict[str, Callable[[Any], tuple[Call, Call]]] = {
    "laplacian": laplacian, "hessian_diagonal": hessian_diagonal, "divergence": divergence,
    "jacobian_diagonal": jacobian_diagonal, "a fourth directional derivative": fourth}


def case(make: Callable[[Any], tuple[Call, Call]]) -> Case:
    def setup(peer: str, calls: int) -> Answers:
        torch = load(peer)
        torch.manual_seed(0)
        base, new = make(torch)

        def spent(call: Call, times: int) -> float:
            began = time.process_time()
            for _ in range(times):
                result = call()
                torch.cpu.synchronize()
                del result
            return (time.process_time() - began) / times * 1e3
        for call in (base, new):
            spent(call, WARM_UP if calls > 1 else 1)
        return {"round": lambda: {"base": spent(base, calls), "new": spent(new, calls)},
                "counts": dict}
    return setup


CASES = {f"{name} of {what}": case(cost(name, make)) for what, make in FUNCTIONS.items()
         for name in COSTS} | {name: case(make) for name, make in OPERATORS.items()}
