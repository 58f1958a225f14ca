"""Loops that threads share: their totals, their scratch, and the helpers that wait for work."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

import wengert as torch
from side_by_side import side_by_side
from wengert.config import config
from wengert.engine.backends.cpu import program as programs
from wengert.engine.backends.cpu import split
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import DType, float32, float64, int64
from wengert.engine.graph import Graph, Node
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import neural
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru

pytestmark = pytest.mark.once

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True, params=[2, 3, 5])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many threads, and loops are shared however short they are."""
    monkeypatch.setattr(config, "threads", request.param)
    monkeypatch.setattr(programs, "WORTH", 1)
    monkeypatch.setattr("wengert.engine.backends.cpu.policy.SHARED", 1)
    return int(request.param)


def total(x: Node) -> Node:
    return red.sum_(x, axes=tuple(range(x.ndim)), keepdims=False)


def columns(x: Node) -> Node:
    return stru.sum_to(x, shape=x.shape[1:])


def normalised(x: Node) -> Node:
    mean = el.mul(red.sum_(x, axes=(1,), keepdims=True), stru.lift(1 / x.shape[1]))
    y = el.sub(x, mean)
    scale = el.sqrt(red.sum_(el.square(y), axes=(1,), keepdims=True))
    return el.div(y, scale)


PROGRAMS: dict[str, Callable[[Node], list[Node]]] = {
    "elements": lambda x: [el.tanh(x)],
    "a total": lambda x: [total(el.sin(x))],
    "a total and elements": lambda x: [total(el.exp(x)), el.exp(x)],
    "made of a total": lambda x: [el.sqrt(el.mul(total(el.square(x)), stru.lift(0.5)))],
    "two totals": lambda x: [total(x), total(el.square(x)), el.neg(x)],
    "rows": lambda x: [red.softmax(x, axes=(1,))],
    "rows and a total": lambda x: [red.log_softmax(x, axes=(1,)),
                                   total(red.log_softmax(x, axes=(1,)))],
    "columns": lambda x: [columns(el.exp(x))],
    "rows and columns": lambda x: [normalised(x), columns(normalised(x)), columns(x)],
    "an extreme": lambda x: [red.amax(x, axes=(0, 1), keepdims=False), el.exp(x)],
    "an extreme of all, subtracted": lambda x: [
        el.sub(x, red.amax(x, axes=(0, 1), keepdims=True))],
}


@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize("shape", [(2, 3), (7, 33), (64, 100), (301, 64), (1, 4001)])
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_kind_of_result(name: str, shape: tuple[int, ...], dtype: DType) -> None:
    x = stru.free(shape, dtype)
    graph = Graph([x], PROGRAMS[name](x))
    value = rng.standard_normal(shape).astype(dtype.numpy)
    program = Compiled(graph, [value])
    right = Interpreter(graph)([value])
    tolerance = 1e-5 if dtype is float32 else 1e-12
    for _ in range(3):
        for a, b in zip(program([value]), right, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * shape[0])


def test_which_loops_are_shared(threads: int) -> None:
    def loops(name: str) -> list[int]:
        x = stru.free((64, 100), float32)
        program = Compiled(Graph([x], PROGRAMS[name](x)), [np.zeros((64, 100), np.float32)])
        return [len(loop.consts) for loop in program.written().__globals__.values()
                if isinstance(loop, split.Loop)]
    assert loops("elements") == [1]
    parts = split.PORTIONS * threads
    for name in ("rows", "a total", "rows and columns", "made of a total"):
        assert parts in loops(name), name
    assert loops("an extreme of all, subtracted") == []


def test_with_one_thread_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "threads", 1)
    for build in PROGRAMS.values():
        x = stru.free((64, 100), float32)
        source = Compiled(Graph([x], build(x)), [np.zeros((64, 100), np.float32)]).source
        assert "run_shared" not in source


def test_long_sums_stay_precise() -> None:
    x = stru.free((1 << 20,), float32)
    value = rng.random(1 << 20).astype(np.float32)
    found, = Compiled(Graph([x], [total(x)]), [value])([value])
    assert abs(float(found) - value.sum(dtype=np.float64)) <= 4 * np.spacing(np.float32(found))


def test_helpers_that_sleep_are_woken() -> None:
    x = stru.free((64, 100), float32)
    graph = Graph([x], [el.exp(x), total(x)])
    value = rng.standard_normal((64, 100)).astype(np.float32)
    program, right = Compiled(graph, [value]), Interpreter(graph)([value])
    for pause in (0.0, 0.1, 0.0, 0.1, 0.0):
        time.sleep(pause)
        for a, b in zip(program([value]), right, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-4)
    deadline = time.monotonic() + 20
    while any(helper.state.value != split.ASLEEP for helper in split._helpers):
        assert time.monotonic() < deadline, "a helper does not go to sleep"
        time.sleep(0.01)


def test_several_threads_of_python_at_once() -> None:
    x = stru.free((128, 64), float32)
    graph = Graph([x], [red.softmax(x, axes=(1,)), columns(x)])
    values = [rng.standard_normal((128, 64)).astype(np.float32) for _ in range(4)]
    program = Compiled(graph, values[:1])
    rights = [Interpreter(graph)([value]) for value in values]

    def work(k: int) -> None:
        for _ in range(200):
            for a, b in zip(program([values[k]]), rights[k], strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    side_by_side(work)


@pytest.mark.parametrize("bad", [0, 40, 63])
def test_a_class_out_of_range_in_any_part(bad: int) -> None:
    x, target = stru.free((64, 10), float32), stru.free((64,), int64)
    picked = neural.pick_class(red.log_softmax(x, axes=(1,)), target, axis=1, ignore=-100)
    graph = Graph([x, target], [picked, total(picked)])
    logits = rng.standard_normal((64, 10)).astype(np.float32)
    classes = np.arange(64) % 10
    program = Compiled(graph, [logits, classes])
    right = Interpreter(graph)([logits, classes])
    np.testing.assert_allclose(program([logits, classes])[1], right[1], rtol=1e-5)
    classes[bad] = 10
    with pytest.raises((IndexError, RuntimeError)):
        program([logits, classes])


def test_a_training_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(count: int) -> list[float]:
        monkeypatch.setattr(config, "threads", count)
        torch.manual_seed(0)
        norm = torch.nn.LayerNorm(40)
        x = torch.randn(50, 40)
        found = []
        for _ in range(8):
            loss = (torch.tanh(norm(x)) - x).square().mean()
            loss.backward()
            with torch.no_grad():
                for parameter in norm.parameters():
                    parameter -= parameter.grad
                    parameter.grad = None
            found.append(loss.item())
        return found
    assert losses(config.threads) == pytest.approx(losses(1), rel=1e-5)


CHILD = """
import os, sys
import numpy as np
import wengert as torch
from wengert.engine.backends.cpu import program, split
torch.set_num_threads(2)
program.WORTH = 1
x = torch.linspace(-1, 1, 1000)
def step():
    return float(torch.tanh(x * 0.5).sum() + 1.0), torch.sin(x).tolist()
right = [step() for _ in range(6)][-1]
if not split._helpers:
    sys.exit("nothing was shared")
process = os.fork()
if process == 0:
    good = all(step() == right for _ in range(6))
    os._exit(0 if good and split._started[0] == 1 else 7)
_, status = os.waitpid(process, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_helpers_of_its_own(threads: int) -> None:
    if threads > 2:
        pytest.skip("once is enough")
    env = {**os.environ, "PYTHONPATH": str(Path(torch.__file__).parent.parent),
           "WENGERT_TIER": "llvm"}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(CHILD)], env=env, timeout=120,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
