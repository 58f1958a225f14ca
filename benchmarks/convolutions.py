"""What does a convolution take, with both of its gradients?

Layers as small and middle networks have them, each once with a batch of images: the convolution,
and the gradients of a sum of its squares with respect to input and weight. Wengert as it is after
a while, when machine code computes them; in the tier ``numpy``, which writes patches out; PyTorch.
Each has a process of its own on one thread, they are asked in turn, and what they compute is
compared. Times are the processor's.
"""

from __future__ import annotations

import importlib
import math
import statistics
import time
from typing import Any, NamedTuple

import numpy as np

from .first_steps.program import normal
from .peers import Answers, Case, Numbers, Worker, column, installed, load
from .report import absent, bound, heading, ratio, table
from .subjects import settings

COLUMNS = {"wengert": "auto", "wengert, tier numpy": "numpy", "torch": None}
"""The columns, each with its tier."""
MEAN = 1.0
"""The bound: the geometric mean of the ratios to PyTorch."""
AGREEMENT = 1e-3


class Layer(NamedTuple):
    images: int
    channels: int
    results: int
    size: int
    kernel: int
    padding: int
    stride: int = 1
    groups: int = 1

    def __str__(self) -> str:
        more = f", stride {self.stride}" if self.stride > 1 else ""
        more += f", {self.groups} groups" if self.groups > 1 else ""
        return (f"{self.images} x {self.channels} x {self.size}², {self.kernel}x{self.kernel} to "
                f"{self.results}{more}")


LAYERS = (Layer(64, 1, 6, 28, 5, 2), Layer(64, 6, 16, 14, 5, 0), Layer(32, 3, 16, 32, 3, 1),
          Layer(32, 16, 16, 32, 3, 1), Layer(32, 16, 32, 32, 3, 1, 2), Layer(32, 64, 64, 8, 3, 1),
          Layer(4, 64, 32, 32, 3, 1), Layer(4, 256, 64, 28, 1, 0), Layer(8, 3, 64, 64, 7, 3, 2),
          Layer(16, 32, 32, 28, 3, 1, 1, 32))


def run(quick: bool = False) -> None:
    """Print the table and the bound."""
    _, missing = installed(["torch"])
    columns = [name for name in COLUMNS if name not in missing]
    heading("convolutions with both gradients, ms")
    rows, ratios = [], []
    for k, layer in enumerate(LAYERS[:2] if quick else LAYERS):
        found = times(columns, k, 2 if quick else 15)
        base = found.get("torch")
        rows.append([str(layer), *[f"{statistics.median(found[name]):.2f}" for name in columns],
                     *[ratio(found[name], base) for name in columns[:2]]])
        if base:
            ratios.append(statistics.median(found["wengert"]) / statistics.median(base))
    table(["", *columns, "to torch", "tier numpy, to torch"], rows)
    absent(missing)
    mean = math.exp(statistics.fmean(map(math.log, ratios))) if ratios else math.nan
    bound("geometric mean to torch's", mean, MEAN if ratios else None)


def times(columns: list[str], layer: int, count: int) -> dict[str, list[float]]:
    """By column, the milliseconds of some steps."""
    workers: dict[str, Worker] = {}
    try:
        for name in columns:
            workers[name] = Worker("convolutions.layer", name.partition(",")[0], layer,
                                   COLUMNS[name], settings(1))
        found: dict[str, list[Numbers]] = {name: [] for name in workers}
        for _ in range(count):
            for name, worker in workers.items():
                found[name].append(worker.ask("step"))
        for numbers in zip(*found.values(), strict=True):
            if not all(math.isclose(numbers[0]["total"], each["total"], rel_tol=AGREEMENT)
                       for each in numbers):
                raise RuntimeError(f"the results add up to {[each['total'] for each in numbers]}")
        return {name: column(each, "ms") for name, each in found.items()}
    finally:
        for worker in workers.values():
            worker.close()


def layer_case(peer: str, k: int) -> Answers:
    """One layer with a peer."""
    torch = load(peer)
    layer = LAYERS[k]
    if peer == "wengert":   # as it is when there has been enough
        importlib.import_module("wengert.engine.backends.convolutions").state.products = 1 << 40
    random = np.random.RandomState(k)
    x = torch.tensor(normal(random, layer.images, layer.channels, layer.size, layer.size))
    w = torch.tensor(normal(random, layer.results, layer.channels // layer.groups, layer.kernel,
                            layer.kernel))
    x.requires_grad_()
    w.requires_grad_()

    def gradients() -> list[Any]:
        y = torch.nn.functional.conv2d(x, w, None, layer.stride, layer.padding, 1, layer.groups)
        return [each.numpy() for each in torch.autograd.grad(y.square().sum(), (x, w))]

    for _ in range(3):
        gradients()

    def step() -> Numbers:
        begin = time.process_time()
        found = gradients()
        taken = time.process_time() - begin
        return {"ms": taken * 1e3, "total": sum(float(np.abs(each).sum()) for each in found)}
    return {"step": step}


CASES: dict[str, Case] = {"layer": layer_case}
