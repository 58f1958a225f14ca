"""What does compiling cost? Asked in processes that have just begun.

- *first result*: a function of 20 operations on 1,000 numbers and its gradient, called once; for
  Wengert until its results come from compiled code (the first calls may be interpreted). The
  library is imported and the input made before; a compiler that the call itself loads counts. Once
  with empty caches and once with the disk cache that the call before has left.
- *another batch size*: the kernels that the perceptron's step compiles for 65 images when it has
  run with 64.
- *a longer loop at every step*: the recurrence ``h = tanh(h @ w + x)`` with its gradient, 1, 2, 3…
  times, against Wengert's interpreter (``WENGERT_TIER=numpy``).
"""

from __future__ import annotations

import importlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .peers import Answers, Numbers, Worker, load
from .report import Bound, heading, spread, table
from .subjects import settings, torch_of
from .tasks import (
    Program,
    differentiated,
    differentiated_with_hips,
    differentiated_with_jax,
    normal,
    perceptron,
)

SIZE = 1000
LENGTH = 120
WIDTH = 32
CALLS = 10
"""A program that is not compiled after so many calls is taken to run interpreted."""


def run(subjects: Sequence[str], quick: bool) -> list[Bound]:
    """Print the tables; what gives the bounds."""
    ours = [subject for subject in subjects if subject.startswith("wengert")]
    return [*first_results([subject for subject in subjects if subject != "NumPy"], quick),
            *other_batches(ours), *longer_loops(quick)]


def asked(case: str, subject: str, size: int, question: str,
          more: dict[str, str] | None = None, tier: str | None = None) -> dict[str, Any]:
    """One answer of a new process on one thread."""
    worker = Worker(case, subject, size, tier, settings={**settings(1), **(more or {})})
    try:
        return dict(worker.ask(question))
    finally:
        worker.close()


def kernels_compiled() -> int | None:
    """How many kernels Wengert has compiled in this process, or fetched from disk; None where it
    has loaded no compiler."""
    compiler = sys.modules.get("wengert.engine.backends.cpu.compiler")
    if compiler is None:
        return None
    return int(compiler.counters["compiled"] + compiler.counters["from disk"])


# ---- the first result ----


def first_results(subjects: Sequence[str], quick: bool) -> list[Bound]:
    count = 1 if quick else 5
    heading(f"speed: first result of 20 operations and their gradient, ms ({count} processes)")
    times: dict[tuple[str, str], list[float]] = {}
    notes: list[str] = []
    for k in range(count):
        for subject in subjects:
            if k == 0 or subject != "torch.compile":   # it takes many seconds
                first_result(subject, times, notes)
    table(["", "min", "median", "max"],
          [[f"{subject}, {cache}", *spread(each, "{:.1f}")]
           for (subject, cache), each in times.items()])
    for note in dict.fromkeys(notes):
        print(note)
    limits = {"cold cache": 60.0, "disk cache": 15.0}
    return [(f"first result: {subject}, {cache}", statistics.median(each), limits[cache], "ms")
            for (subject, cache), each in times.items() if subject.startswith("wengert")]


def first_result(subject: str, times: dict[tuple[str, str], list[float]],
                 notes: list[str]) -> None:
    """Ask two new processes, the second with the caches of the first."""
    with tempfile.TemporaryDirectory() as folder:
        caches = {"WENGERT_CACHE_DIR": str(Path(folder, "wengert")),
                  "JAX_COMPILATION_CACHE_DIR": str(Path(folder, "jax")),
                  "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
                  "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
                  "TORCHINDUCTOR_CACHE_DIR": str(Path(folder, "torch"))}
        for cache in ("cold cache", "disk cache"):
            if cache == "disk cache" and subject in ("torch", "HIPS autograd"):
                return   # they compile nothing
            answer = asked("first.result", subject, SIZE, "first", caches)
            if "error" in answer:
                notes.append(f"{subject} failed: {answer['error']}")
                return
            times.setdefault((subject, cache), []).append(answer["ms"])
            if subject.startswith("wengert") and not answer["kernels"]:
                notes.append(f"{subject}: the result is not from compiled code")


def result_case(subject: str, size: int) -> Answers:
    make = twenty(subject, size)

    def first() -> dict[str, Any]:
        begin = time.perf_counter()
        try:
            run = make()
            run(1)
            calls = 1
            while (subject.startswith("wengert") and not kernels_compiled()
                   and calls < CALLS):
                run(1)
                calls += 1
        except Exception as error:
            return {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}"}
        return {"ms": (time.perf_counter() - begin) * 1e3, "kernels": kernels_compiled() or 0}

    return {"first": first}


def twenty(subject: str, size: int) -> Callable[[], Program]:
    """What makes the program; it compiles when it first runs."""
    arrays = [normal(size)]
    if subject == "jax.jit":
        jax = load("jax")
        jax.block_until_ready(jax.numpy.asarray(arrays[0]))   # starts its machinery
        return lambda: differentiated_with_jax(jax, twenty_in(jax.numpy), arrays)
    if subject == "HIPS autograd":
        numpy = importlib.import_module("autograd.numpy")
        return lambda: differentiated_with_hips(twenty_in(numpy), arrays)

    def make() -> Program:
        peer = torch_of(subject)
        return differentiated(peer, twenty_in(peer.module), arrays)

    load("wengert" if subject.startswith("wengert") else "torch")
    return make


def twenty_in(numpy: Any) -> Callable[[Any], Any]:
    """A function of 20 operations, with the module's functions."""
    def function(x: Any) -> Any:
        square = x * x
        bell = numpy.exp(-square)
        wave = numpy.sin(x) * numpy.cos(square)
        mixed = numpy.tanh(x) * bell + wave
        grown = mixed * mixed + 1.0
        ratio = numpy.log(grown) / numpy.sqrt(grown)
        gate = 1.0 / (numpy.exp(-ratio) + 1.0)
        return numpy.sum(gate * x - mixed)

    return function


# ---- another batch size ----


def other_batches(subjects: Sequence[str]) -> list[Bound]:
    heading("speed: kernels compiled by the perceptron's step")
    found = {subject: asked("first.batches", subject, 64, "round") for subject in subjects}
    rows = [[subject, *(f"{answer[size]:.0f}" if size in answer else "-" for size in ("64", "65"))]
            for subject, answer in found.items()]
    table(["", "64 images", "then 65"], rows)
    for subject, answer in found.items():
        if "error" in answer:
            print(f"{subject} failed: {answer['error']}")
    return [(f"kernels compiled for another batch size: {subject}", answer["65"], 0, "")
            for subject, answer in found.items() if "65" in answer]


def batches_case(subject: str, size: int) -> Answers:
    def measure() -> dict[str, Any]:
        numbers: dict[str, Any] = {}
        before = 0
        for batch in (size, size + 1):
            try:
                perceptron(torch_of(subject), batch)(CALLS)
            except Exception as error:
                return {"error": f"{type(error).__name__}: {error}"}
            count = kernels_compiled()
            if count is None:
                return {}
            numbers[str(batch)] = count - before
            before = count
        return numbers

    return {"round": measure}


# ---- a loop that is longer at every step ----


def longer_loops(quick: bool) -> list[Bound]:
    count, length = (1, 10) if quick else (3, LENGTH)
    heading(f"speed: a loop of 1 to {length} turns with its gradient, s ({count} processes)")
    times: dict[str, list[float]] = {"auto": [], "numpy": []}
    for _ in range(count):
        for tier, each in times.items():
            with tempfile.TemporaryDirectory() as folder:
                each.append(asked("first.longer", "wengert", length, "round",
                                  {"WENGERT_CACHE_DIR": folder}, tier)["s"])
    table(["", "min", "median", "max"],
          [[f"wengert, tier {tier}", *spread(each, "{:.3f}")] for tier, each in times.items()])
    auto, numpy = (statistics.median(times[tier]) for tier in ("auto", "numpy"))
    return [("a longer loop at every step, to the interpreter", auto / numpy, 1.3, "")]


def longer_case(subject: str, length: int) -> Answers:
    torch = load(subject)
    w = torch.tensor(normal(WIDTH, WIDTH) * 0.1).requires_grad_()
    x = torch.tensor(normal(16, WIDTH, seed=1))

    def measure() -> Numbers:
        begin = time.perf_counter()
        for turns in range(1, length + 1):
            h = x
            for _ in range(turns):
                h = torch.tanh(h @ w + x)
            h.sum().backward()
            w.grad = None
        return {"s": time.perf_counter() - begin}

    return {"round": measure}


CASES = {"result": result_case, "batches": batches_case, "longer": longer_case}
