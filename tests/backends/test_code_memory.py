"""Machine code is given back: what no program has any more goes, what one has stays.

Counted, not weighed: the objects in memory, the programs, the steps of the trace tree.
"""

from __future__ import annotations

import gc
import random
import threading
import weakref
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

import wengert as torch
from alive import alive
from wengert.config import config
from wengert.engine.backends.cpu import compiler as made
from wengert.engine.backends.cpu import loader
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import structural as stru
from wengert.engine.recording.tree import tree

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

here = pytest.mark.skipif(not loader.loads_here(), reason="LLVM loads the objects of this platform")
VALUE = np.linspace(-1, 1, 20, dtype=np.float32)


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGERT_CACHE_DIR", "")
    monkeypatch.setattr(made, "KEPT_BYTES", 0)
    made.driver(False), made.driver(True)
    compiler = made.compiler()
    compiler.recent.clear()
    compiler.recent_bytes = 0
    gc.collect()


def program(k: int) -> Compiled:
    """A program whose kernel no other has: the digits of ``k`` are its functions."""
    x = stru.free((20,), float32)
    y = el.cosh(x)
    for digit in f"{k:b}":
        y = el.sin(y) if digit == "1" else el.cos(y)
    return Compiled(Graph([x], [y]), [VALUE])


def is_right(compiled: Compiled, k: int) -> bool:
    right = np.cosh(VALUE)
    for digit in f"{k:b}":
        right = np.sin(right) if digit == "1" else np.cos(right)
    return bool(np.allclose(compiled([VALUE])[0], right, rtol=1e-5, atol=1e-6))


@here
def test_code_goes_with_its_last_program() -> None:
    before = len(loader.live)
    first, second, other = program(17), program(17), program(18)
    assert len(loader.live) == before + 2
    del first
    assert len(loader.live) == before + 2 and is_right(second, 17)
    del second
    assert len(loader.live) == before + 1 and is_right(other, 18)
    del other
    assert len(loader.live) == before


@here
def test_what_was_used_last_stays_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "KEPT_BYTES", 1 << 40)
    before = len(loader.live)
    for k in range(4):
        program(32 + k)
    assert len(loader.live) == before + 4
    count = made.counters["compiled"]
    program(32)
    assert made.counters["compiled"] == count   # the first one is the last used now
    monkeypatch.setattr(made, "KEPT_BYTES", made.compiler().recent_bytes)
    program(48)
    assert len(loader.live) == before + 4
    program(32)
    assert made.counters["compiled"] == count + 1
    assert made.compiler().recent_bytes == sum(
        memory.nbytes + len(text) for text, memory in made.compiler().recent.items())


@here
def test_code_that_runs_stays() -> None:
    """Programs are made and dropped while others run; one is written anew while it runs."""
    kept = program(64)
    wrong: list[Any] = []

    def work() -> None:
        for _ in range(300):
            if not is_right(kept, 64):
                wrong.append(kept)
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for k in range(12):
        program(65 + k)
        if k % 4 == 0:
            kept.write(kept.graph, [VALUE])
    for thread in threads:
        thread.join()
    assert not wrong


def test_llvms_loader_gives_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "loads_here", lambda: False)
    monkeypatch.setattr(made, "OBJECTS", 2)
    target = made.compiler().target
    monkeypatch.setattr(target, "engine", None)
    engines = []
    compiled = []
    for k in range(6):
        compiled.append(program(128 + k))
        engines.append(weakref.ref(target.engine))
    assert len({ref() for ref in engines}) == 3
    assert all(is_right(each, 128 + k) for k, each in enumerate(compiled))
    del compiled[:3]
    gc.collect()
    assert [ref() is None for ref in engines] == [True, True, False, False, False, False]
    assert is_right(compiled[0], 131)
    target.engine = None
    compiled.clear()
    gc.collect()
    assert all(ref() is None for ref in engines)


@pytest.mark.long
@pytest.mark.parametrize("tier", ["llvm", "auto", "numpy"])
def test_paths_that_never_repeat_take_no_more(tier: str, monkeypatch: pytest.MonkeyPatch,
                                              request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(config, "tier", tier)
    monkeypatch.setattr(config, "max_tree_steps", 200)
    draw = random.Random(0)
    functions = [torch.sin, torch.cos, torch.tanh, torch.sigmoid, torch.abs]
    most = []
    gc.disable()   # what is dropped goes without a search for garbage
    request.addfinalizer(gc.enable)
    for k in range(60):
        x = torch.linspace(-1, 1, 20, requires_grad=True)
        y = x
        for _ in range(6):
            y = draw.choice(functions)(y * 1.5)
        y.sum().backward()
        assert x.grad is not None
        x.grad.sum().item()
        if k % 10 == 9:
            assert tree.steps <= 200 + 20   # looked at where a path leaves another
            most.append((len(loader.live), len(alive(Compiled)), len(made.compiler().known)))
    bounds = [max(counts) for counts in zip(*most[:3], strict=True)]
    for counts in most[3:]:
        assert all(count <= bound + 20 for count, bound in zip(counts, bounds, strict=True)), most
