"""What does recording cost? Small programs, in which arithmetic takes the least of the time.

- *polynomial*: a training step of ``examples/polynomial.py`` (2,000 points, four parameters), the
  same text for Wengert and PyTorch, with ``grad`` for HIPS autograd, by hand for NumPy.
- *views*: parts of tensors and other shapes of them, along known paths.
- *chain*: 1,000 operations on 0-dim tensors that require grad: the forward pass alone (for Wengert
  that is recording a known path, nothing runs), and forward and backward together.

Wengert runs with ``WENGERT_TIER=numpy``: what counts here is recording and the interpreter.
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable
from typing import Any

from .peers import Answers, Numbers, column, installed, load, rounds
from .report import absent, bound, heading, ratio, spread, table

CHAIN = 1000
TIER = "numpy"


def run(quick: bool = False) -> None:
    """Print the tables."""
    polynomial_table(rounds_of=3 if quick else 31, steps=5 if quick else 300)
    chain_table(rounds_of=3 if quick else 21, repeats=1 if quick else 25)
    views_table(rounds_of=3 if quick else 21, repeats=1 if quick else 10)


# ---- the polynomial program ----


def polynomial_table(rounds_of: int, steps: int) -> None:
    peers, missing = installed(["wengert", "torch", "autograd", "numpy"])
    heading(f"recording: a training step of the polynomial program, µs "
            f"({rounds_of} rounds of {steps} steps)")
    found, counts = rounds("recording.polynomial", peers, steps, rounds_of, TIER)
    times = {peer: column(found[peer], "µs") for peer in peers}
    torch = times.get("torch")
    table(["", "min", "median", "max", "to torch"],
          [[TITLES[peer], *spread(times[peer], "{:.1f}"), ratio(times[peer], torch)]
           for peer in peers])
    absent(missing)
    show_counts(counts["wengert"])
    bound("a step, to PyTorch's", float(ratio(times["wengert"], torch)) if torch else 0.0,
          1.0 if torch else None)


TITLES = {"wengert": "wengert", "torch": "torch, eager", "autograd": "HIPS autograd",
          "numpy": "numpy, gradient by hand"}


def polynomial(torch: Any, size: int = 2000) -> Callable[[int], tuple[Any, ...]]:
    """The training loop of ``examples/polynomial.py``, for Wengert and for PyTorch; it gives the
    parameters."""
    torch.manual_seed(0)

    x = torch.linspace(-math.pi, math.pi, size)
    y = torch.sin(x)

    a = torch.randn((), requires_grad=True)
    b = torch.randn((), requires_grad=True)
    c = torch.randn((), requires_grad=True)
    d = torch.randn((), requires_grad=True)

    learning_rate = 1e-6

    def train(steps: int) -> tuple[Any, ...]:
        nonlocal a, b, c, d
        for step in range(1, steps + 1):
            y_pred = a + b * x + c * x ** 2 + d * x ** 3
            loss = (y_pred - y).pow(2).sum()
            if step % 100 == 0:
                loss.item()

            loss.backward()

            with torch.no_grad():
                a -= learning_rate * a.grad
                b -= learning_rate * b.grad
                c -= learning_rate * c.grad
                d -= learning_rate * d.grad

                a.grad = None
                b.grad = None
                c.grad = None
                d.grad = None
        return a, b, c, d

    return train


def polynomial_with_hips() -> Callable[[int], None]:
    """The same with HIPS autograd."""
    anp = importlib.import_module("autograd.numpy")
    grad = load("autograd").grad
    x = anp.linspace(-math.pi, math.pi, 2000).astype(anp.float32)
    y = anp.sin(x)
    parameters = list(anp.random.RandomState(0).randn(4).astype(anp.float32))

    def loss(parameters: Any) -> Any:
        a, b, c, d = parameters
        y_pred = a + b * x + c * x ** 2 + d * x ** 3
        return anp.sum((y_pred - y) ** 2)

    gradient = grad(loss)

    def train(steps: int) -> None:
        nonlocal parameters
        for _ in range(steps):
            parameters = [p - 1e-6 * g
                          for p, g in zip(parameters, gradient(parameters), strict=True)]

    return train


def polynomial_by_hand() -> Callable[[int], None]:
    """The same in NumPy, with the gradient worked out by hand."""
    np = load("numpy")
    x = np.linspace(-math.pi, math.pi, 2000).astype(np.float32)
    y = np.sin(x)
    a, b, c, d = np.random.RandomState(0).randn(4).astype(np.float32)

    def train(steps: int) -> None:
        nonlocal a, b, c, d
        for step in range(1, steps + 1):
            y_pred = a + b * x + c * x ** 2 + d * x ** 3
            if step % 100 == 0:
                np.square(y_pred - y).sum()
            g = 2.0 * (y_pred - y)
            a -= 1e-6 * g.sum()
            b -= 1e-6 * (g * x).sum()
            c -= 1e-6 * (g * x ** 2).sum()
            d -= 1e-6 * (g * x ** 3).sum()

    return train


def polynomial_case(peer: str, steps: int) -> Answers:
    if peer == "autograd":
        train = polynomial_with_hips()
    elif peer == "numpy":
        train = polynomial_by_hand()
    else:
        train = polynomial(load(peer))
    train(101)

    def measure() -> Numbers:
        start = time.perf_counter()
        train(steps)
        return {"µs": (time.perf_counter() - start) / steps * 1e6}

    return {"round": measure, "counts": lambda: counts_of(peer)}


# ---- the chain ----


def chain_table(rounds_of: int, repeats: int) -> None:
    peers, missing = installed(["wengert", "torch", "autograd"])
    heading(f"recording: a chain of {CHAIN} operations on 0-dim tensors, µs per operation "
            f"({rounds_of} rounds of {repeats})")
    found, counts = rounds("recording.chain", peers, repeats, rounds_of, TIER)
    rows = []
    for what in ("forward", "forward and backward"):
        times = {peer: column(found[peer], what) for peer in peers}
        rows += [[f"{what}: {TITLES[peer]}", *spread(times[peer]),
                  ratio(times[peer], times.get("torch"))] for peer in peers]
    table(["", "min", "median", "max", "to torch"], rows)
    absent(missing)
    show_counts(counts["wengert"])
    known = float(spread(column(found["wengert"], "forward"))[1])
    bound("a known recorded step", known, 1.0, "µs")


Pass = Callable[[], tuple[float, float, float]]


def chain(torch: Any) -> Pass:
    """The times at the start, after the forward and after the backward pass."""
    x = torch.tensor(0.5, requires_grad=True)

    def once() -> tuple[float, float, float]:
        start = time.perf_counter()
        z = x
        for _ in range(CHAIN // 2):
            z = z * 1.0001 + x
        middle = time.perf_counter()
        z.backward()
        x.grad = None
        return start, middle, time.perf_counter()

    return once


def chain_with_hips() -> Pass:
    """The same with HIPS autograd."""
    make_vjp = importlib.import_module("autograd.core").make_vjp

    def loss(x: Any) -> Any:
        z = x
        for _ in range(CHAIN // 2):
            z = z * 1.0001 + x
        return z

    def once() -> tuple[float, float, float]:
        start = time.perf_counter()
        backward, _ = make_vjp(loss, 0.5)
        middle = time.perf_counter()
        backward(1.0)
        return start, middle, time.perf_counter()

    return once


def chain_case(peer: str, repeats: int) -> Answers:
    once = chain_with_hips() if peer == "autograd" else chain(load(peer))
    for _ in range(4):
        once()

    def measure() -> Numbers:
        forward = total = 0.0
        for _ in range(repeats):
            start, middle, end = once()
            forward += middle - start
            total += end - start
        scale = 1e6 / repeats / CHAIN
        return {"forward": forward * scale, "forward and backward": total * scale}

    return {"round": measure, "counts": lambda: counts_of(peer)}


# ---- views ----


VIEWS: dict[str, Callable[[Any, Any, int], Any]] = {
    "x[t]": lambda torch, x, t: x[t],
    "x[t:t + 2]": lambda torch, x, t: x[t:t + 2],
    "x[:, 4:8]": lambda torch, x, t: x[:, 4:8],
    "x.view(16, 200)": lambda torch, x, t: x.view(16, 200),
    "x.transpose(0, 1)": lambda torch, x, t: x.transpose(0, 1),
    "x.chunk(4, dim=1)": lambda torch, x, t: x.chunk(4, dim=1),
    "torch.stack([x, x], dim=1)": lambda torch, x, t: torch.stack([x, x], dim=1),
    "x[t] = 1.0": lambda torch, x, t: x.__setitem__(t, 1.0),
    "x[t].add_(1.0)": lambda torch, x, t: x[t].add_(1.0),
    "x[t, 3].item()": lambda torch, x, t: x[t, 3].item(),
}
LOOP = 100
"""Calls between two ends of a recording."""


def views_table(rounds_of: int, repeats: int) -> None:
    peers, missing = installed(["wengert", "torch"])
    heading(f"recording: views and writes to them, µs per call ({rounds_of} rounds of {repeats})")
    found, _ = rounds("recording.views", peers, repeats, rounds_of, "auto")
    rows = []
    for what in VIEWS:
        times = {peer: column(found[peer], what) for peer in peers}
        rows += [[f"{what}: {peer}", *spread(times[peer], "{:.2f}"),
                  ratio(times[peer], times.get("torch"))] for peer in peers]
    table(["", "min", "median", "max", "to torch"], rows)
    absent(missing)


def views_case(peer: str, repeats: int) -> Answers:
    torch = load(peer)
    x = torch.ones(200, 16)

    def once(call: Callable[[Any, Any, int], Any]) -> float:
        start = time.process_time()
        for t in range(LOOP):
            call(torch, x, t)
        took = time.process_time() - start
        torch.cpu.synchronize()
        return took

    for call in VIEWS.values():
        for _ in range(6):
            once(call)

    def measure() -> Numbers:
        return {what: sum(once(call) for _ in range(repeats)) / repeats / LOOP * 1e6
                for what, call in VIEWS.items()}

    return {"round": measure, "counts": dict}


# ---- what Wengert has recorded ----


def counts_of(peer: str) -> Numbers:
    """The size of Wengert's trace tree and of the programs planned on it."""
    if peer != "wengert":
        return {}
    tree = importlib.import_module("wengert.engine.recording.tree").tree
    steps = set(tree.roots.values())
    todo = list(steps)
    while todo:   # a step may be there under several keys
        new = set(todo.pop().followers()) - steps
        steps |= new
        todo += new
    programs = [program for step in steps for program in step.programs.values()
                if hasattr(program, "graph")]   # what was walked so far has none
    largest = max((len(program.graph.nodes()) for program in programs), default=0)
    return {"steps": len(steps), "programs": len(programs), "largest": largest}


def show_counts(counts: Numbers) -> None:
    print(f"wengert's trace tree: {counts['steps']} steps, {counts['programs']} programs planned, "
          f"{counts['largest']} nodes recorded in the largest")


CASES = {"polynomial": polynomial_case, "chain": chain_case, "views": views_case}
