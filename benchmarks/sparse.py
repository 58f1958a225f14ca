"""What do sparse derivatives cost, to the dense ones of Wengert and to the function's value?

- *banded*: the Jacobian of 4,000 results, each of five neighbours, by five products; the dense one
  by a product for each column, ``vmap`` of a jvp (``jacfwd`` looks for patterns of its own).
- *chain*: the Hessian of Rosenbrock's function of 1,000 variables, by three products; the dense one
  by a Hessian-vector product for each column.
- *grid*: the Jacobian of a five-point stencil on 100 by 100 points, to the value.

The plan (the pattern and its colouring) is timed apart, once the engine has run before: it is made
once for a function. Ratios are those of the quickest rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .report import bound, heading, spread, table

PLAN_SECONDS, DENSE, VALUE = 0.3, 300, 8
WARM_UP = 80


def run(quick: bool = False) -> None:
    """Print the table and the bounds."""
    import wengert as torch
    from wengert.sparse import hessian, jacobian
    count = 2 if quick else 15
    heading(f"sparse derivatives: a call, ms ({count} rounds)")
    n, m, side = (40, 20, 10) if quick else (4000, 1000, 100)
    cases: list[tuple[str, Any, Any, Any, Callable[[Any], Any]]] = [
        ("banded", banded, jacobian, every_column(banded, n), lambda x: torch.linspace(x, 1, n)),
        ("chain", chain, hessian, every_column(torch.func.grad(chain), m),
         lambda x: torch.linspace(x, 1, m)),
        ("grid", grid, jacobian, grid, lambda x: torch.linspace(x, 1, side * side))]
    rows, ratios, plans = [], {}, {}
    for name, f, of, other, point in cases:
        of(f).plan(point(0.0))
        began = time.process_time()
        plan = of(f).plan(point(0.5))
        plans[name] = time.process_time() - began
        batch = 1 if quick else 10
        x = [point(0.01 * k) for k in range(batch)]
        for k in range(1 if quick else WARM_UP):
            plan(x[k % batch])
        sparse = [mean_of(plan, x) for _ in range(count)]
        few, wait = x if other is f else x[:1], lambda x, other=other: other(x).numpy()
        wait(x[0])
        dense = [mean_of(wait, few) for _ in range(count)]
        ratios[name] = min(sparse) / min(dense)
        what = "its value" if other is f else "dense"
        rows += [[f"{name}: {plan!r}", *spread(sparse, "{:.3f}")],
                 [f"{name}: {what}", *spread(dense, "{:.3f}")]]
    table(["", "min", "median", "max"], rows)
    met = not quick
    bound("banded: pattern and colouring, s", plans["banded"], PLAN_SECONDS if met else None)
    for name, times_faster in (("banded", DENSE), ("chain", 10)):
        bound(f"{name}: {times_faster} calls to one of the dense one", times_faster * ratios[name],
              1 if met else None)
    bound("grid: pattern and colouring, s", plans["grid"], PLAN_SECONDS if met else None)
    bound("grid: to the value's time", ratios["grid"], VALUE if met else None)


def mean_of(call: Callable[[Any], Any], points: list[Any]) -> float:
    """The mean processor time of a call, ms."""
    began = time.process_time()
    for x in points:
        call(x)
    return (time.process_time() - began) / len(points) * 1e3


def every_column(f: Callable[[Any], Any], n: int) -> Callable[[Any], Any]:
    """The Jacobian of ``f``, transposed, by a product for each column."""
    import wengert as torch
    units = torch.eye(n)
    return lambda x: torch.vmap(lambda v: torch.func.jvp(f, (x,), (v,))[1])(units)


def banded(x: Any) -> Any:
    import wengert as torch
    y = torch.nn.functional.pad(x, (2, 2))
    flux = torch.tanh(y[3:-1] - y[1:-3]) * torch.exp(-y[2:-2] ** 2)
    return torch.sin(y[2:-2]) * y[:-4] + y[4:] * torch.cos(y[1:-3]) + flux / (1 + y[2:-2] ** 2)


def chain(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def grid(u: Any) -> Any:
    import wengert as torch
    n = round(u.numel() ** 0.5)
    v = torch.nn.functional.pad(u.reshape(n, n), (1, 1, 1, 1))
    inner = v[1:-1, 1:-1]
    return (v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4 * inner
            + torch.exp(inner)).reshape(-1)
