"""What do transforms of functions cost, the same text for Wengert and ``torch.func``?

- *Jacobian*: 100 outputs of 50 inputs, by ``jacrev``; and by ``jacfwd``.
- *Hessian*: Rosenbrock's function of 100 and of 1,000 variables, by ``hessian``.
- *per-sample gradients*: a perceptron 20-64-64-1 on 64 samples, ``vmap(grad(loss))``.
- *ensemble*: eight perceptrons on 64 samples, ``vmap`` over ``stack_module_state``.
- *nested*: the Laplacian of a network at 64 points, ``vmap`` of the trace of a Hessian.

Sparse derivatives are beside them (``sparse.py``).

A call is timed until its result is computed. Each peer has a process of its own on one thread, and
they are asked in turn; what they compute is compared too.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

from . import derivatives, sparse
from .peers import Answers, Case, Numbers, column, installed, load, rounds
from .report import absent, bound, heading, ratio, spread, table

WARM_UP = 200
AGREEMENT = 1e-3
Call = Callable[[], Any]


def run(quick: bool = False) -> None:
    """Print the table and the bounds."""
    peers, missing = installed(["wengert", "torch"])
    count = 2 if quick else 15
    heading(f"transforms: a call, ms ({count} rounds)")
    rows, ratios = [], {}
    for name, (_, calls, _) in CASES_OF.items():
        found, last = rounds(f"transforms.{name}", peers, 2 if quick else calls, count)
        times = {peer: column(found[peer], "ms") for peer in peers}
        rows += [[f"{name}: {peer}", f"{last[peer]['first']:.1f}",
                  *spread(times[peer], "{:.3f}"), ratio(times[peer], times.get("torch"))]
                 for peer in peers]
        if "torch" in peers:
            medians = {peer: statistics.median(times[peer]) for peer in peers}
            ratios[name] = medians["wengert"] / medians["torch"]
            agree(name, last["wengert"]["total"], last["torch"]["total"])
    table(["", "first", "min", "median", "max", "to torch"], rows)
    absent(missing)
    for name, (_, _, limit) in CASES_OF.items():
        bound(f"{name}, to torch's", ratios.get(name, 0.0), limit if ratios else None)
    derivatives.run(quick)
    sparse.run(quick)


def agree(name: str, total: float, other: float) -> None:
    """RuntimeError unless both computed the same."""
    if not math.isclose(total, other, rel_tol=AGREEMENT, abs_tol=AGREEMENT):
        raise RuntimeError(f"{name}: the results add up to {total} and {other}")


# ---- the cases: each makes its data, and gives the function of a call ----


def jacobian(torch: Any) -> Call:
    a, x = torch.linspace(-1, 1, 5000).reshape(100, 50), torch.linspace(0, 1, 50)
    f = torch.func.jacrev(lambda x: (a @ x).tanh())
    return lambda: f(x)


def forward_jacobian(torch: Any) -> Call:
    a, x = torch.linspace(-1, 1, 5000).reshape(100, 50), torch.linspace(0, 1, 50)
    f = torch.func.jacfwd(lambda x: (a @ x).tanh())
    return lambda: f(x)


def hessian(torch: Any, n: int = 100) -> Call:
    def rosenbrock(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    f, x = torch.func.hessian(rosenbrock), torch.linspace(0, 1, n)
    return lambda: f(x)


def large_hessian(torch: Any) -> Call:
    return hessian(torch, 1000)


def perceptron(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(),
                         nn.Linear(64, 1))


def per_sample(torch: Any) -> Call:
    model, func = perceptron(torch), torch.func
    params = {name: p.detach() for name, p in model.named_parameters()}
    x, y = torch.rand(64, 20), torch.rand(64, 1)

    def loss(params: Any, x: Any, y: Any) -> Any:
        return ((func.functional_call(model, params, (x.unsqueeze(0),)) - y) ** 2).sum()
    f = torch.vmap(func.grad(loss), in_dims=(None, 0, 0))
    return lambda: f(params, x, y)


def ensemble(torch: Any) -> Call:
    models, func = [perceptron(torch) for _ in range(8)], torch.func
    state, x = func.stack_module_state(models), torch.rand(64, 20)

    def call(params: Any, buffers: Any, x: Any) -> Any:
        return func.functional_call(models[0], (params, buffers), (x,))
    f = torch.vmap(call, in_dims=(0, 0, None))
    return lambda: f(*state, x)


def laplacian(torch: Any) -> Call:
    model, points = perceptron(torch), torch.rand(64, 20)
    u = lambda x: model(x).sum()
    f = torch.vmap(lambda x: torch.func.hessian(u)(x).diagonal().sum())
    return lambda: f(points)


CASES_OF: dict[str, tuple[Callable[[Any], Call], int, float]] = {
    "jacobian": (jacobian, 100, 1 / 3),
    "forward jacobian": (forward_jacobian, 100, 1.0),
    "hessian": (hessian, 50, 1 / 5),
    "hessian, n = 1000": (large_hessian, 10, 1 / 5),
    "per-sample gradients": (per_sample, 50, 1 / 2),
    "ensemble": (ensemble, 100, 1.0),
    "laplacian": (laplacian, 10, 1.0),
}
"""By name: what makes a call, how many a round has, and the bound of its time, to PyTorch's."""


def total_of(result: Any) -> float:
    """The sum of the absolute values of a result."""
    results = result.values() if isinstance(result, dict) else [result]
    return float(sum(float(each.detach().abs().sum()) for each in results))


def case(name: str) -> Case:
    def setup(peer: str, calls: int) -> Answers:
        torch = load(peer)
        torch.manual_seed(0)
        call = CASES_OF[name][0](torch)
        began = time.process_time()
        result = call()
        torch.cpu.synchronize()
        del result
        first = (time.process_time() - began) * 1e3
        total = total_of(call())
        for _ in range(WARM_UP if calls > 2 else 0):
            result = call()
            torch.cpu.synchronize()
            del result

        def measure() -> Numbers:
            began = time.process_time()
            for _ in range(calls):
                result = call()   # of one that nobody holds, nothing is computed
                torch.cpu.synchronize()
                del result
            return {"ms": (time.process_time() - began) / calls * 1e3}
        return {"round": measure, "counts": lambda: {"first": first, "total": total}}
    return setup


CASES = {name: case(name) for name in CASES_OF}
