"""Programs whose lengths or shapes change at each step keep no more of them than of a few: steps of
the tree, nodes, bytes."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.graph import Node
from wengert.engine.recording import cutting
from wengert.engine.recording.backward import Engine
from wengert.engine.recording.recording import here
from wengert.engine.recording.templates import templates
from wengert.engine.recording.tree import tree

pytestmark = [pytest.mark.once,
              pytest.mark.skipif(torch.config.tier == "eager", reason="nothing is recorded")]


@pytest.fixture(autouse=True)
def _anew() -> None:
    tree.clear()
    cutting.forget()


def nodes() -> int:
    """How many nodes there are."""
    gc.collect()
    return sum(isinstance(each, Node) for each in gc.get_objects())


@pytest.mark.skipif(torch.config.tier != "auto", reason="loops are not cut")
def test_rows_of_a_part_are_the_same_however_long_it_is() -> None:
    data = torch.tensor(np.random.RandomState(0).randn(60, 3))
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)

    def steps(lengths: range) -> None:
        for n in lengths:
            h = torch.zeros(3, dtype=torch.float64)
            for x in data[:n]:
                h = torch.tanh(h * w + x)
            for x in data[n // 2]:
                h = h + x
            h.sum().backward()
            w.grad = None
    steps(range(5, 15))
    known, there = len(templates), nodes()
    steps(range(15, 60))
    assert len(templates) <= known + 50   # the parts themselves, and what cut loops begin with
    assert nodes() < there + 2500   # of a hundred results of each of so many calls it were 20,000


@pytest.mark.parametrize("view", [
    lambda x: x[2:7], lambda x: x[1:8:3], lambda x: x[:1], lambda x: x[3], lambda x: x.t()[1:3],
    lambda x: x[:, 1:], lambda x: x[5:5], lambda x: x[2:7][1:], lambda x: x[2:7].detach(),
    lambda x: x[:], lambda x: x[:8], lambda x: x[:, :], lambda x: x[:][2:]])
def test_rows_of_parts_see_and_are_seen(view: Callable[[Any], Any]) -> None:
    """Rows of a part are views of the whole: writes go both ways, and where they lie is known."""
    for _ in range(3):
        x = torch.tensor(np.arange(24.0).reshape(8, 3))
        part = view(x)
        rows = list(part)
        assert [row.tolist() for row in rows] == part.tolist()
        for k, row in enumerate(rows):
            assert (row.stride(), row.storage_offset()) == (
                part[k].stride(), part[k].storage_offset())
            row.mul_(2)
        x.add_(1)
        assert [row.tolist() for row in rows] == part.tolist()
        assert [row._version for row in rows] == [x._version] * len(rows)


def test_rows_of_a_part_and_of_all_take_no_step() -> None:
    x = torch.tensor(np.arange(24.0).reshape(8, 3))
    x.sum().item()
    for start, stop in (2, 7), (None, None), (0, 8), (None, 9):
        assert [*x[start:stop]]
        assert here.recording.at is here.recording.root


@pytest.mark.skipif(torch.config.tier != "auto", reason="nothing is walked")
def test_a_backward_through_many_pieces_has_a_function_for_each() -> None:
    """Paths of other lengths go through the same adjoints, each of which is made once."""
    # What is recorded and what is walked depends on what the process has run before.
    printed = subprocess.run([sys.executable, "-c", EPISODES], check=True, capture_output=True,
                             text=True).stdout
    made, stages = map(int, printed.split())
    assert 0 < made <= stages


EPISODES = """
import numpy as np
import wengert as torch
from wengert.engine.recording import tape
from wengert.engine.recording.program import Stage
from wengert.engine.recording.tree import tree

made, before = [], tape.closure
tape.closure = lambda *args: made.append(1) or before(*args)
random = np.random.RandomState(0)
draw = lambda *shape: torch.tensor((0.3 * random.standard_normal(shape)).astype(np.float32))
w, u, data = draw(8, 8).requires_grad_(), draw(8, 4).requires_grad_(), draw(80, 8)
for _ in range(100):
    h, log = torch.zeros(8), []
    turns = random.randint(5, 80)
    for t in range(turns):
        h = torch.tanh(h @ w + data[t])
        chances = torch.softmax(h @ u, 0)
        log.append(torch.log(chances[torch.multinomial(chances, 1).item()]))
    loss = -(torch.stack(log) * draw(turns)).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, u):
            p.sub_(1e-3 * p.grad)
            p.grad = None
    loss.item()
reached, stages = [*tree.roots.values()], 0
for step in reached:
    reached += step.followers()
    stages += step.out.__class__ is Stage
print(len(made), stages)
"""


@pytest.mark.skipif(torch.config.tier != "auto", reason="the tier is another meanwhile")
def test_a_backward_through_another_number_of_recordings_is_no_new_path(monkeypatch):
    monkeypatch.setattr(config, "compile_after", 2)
    built = []
    build = Engine.build
    monkeypatch.setattr(Engine, "build", lambda self, *args: built.append(1) or build(self, *args))

    def step(turns):
        begin = torch.tensor([0.5, -0.25], requires_grad=True)
        x, kicks = begin, np.random.RandomState(turns).rand(turns) < 0.3
        for kicked in kicks.tolist():
            if kicked:
                x = x * 1.01 - 0.001
            x = x * 0.9 + begin.sin() * 0.01
            if x[0].item() > 10:   # ends the recording
                break
        x.square().sum().backward()
        return begin.grad.tolist()

    for turns in (20, 23, 31, 20, 27, 36, 22):
        found = step(turns)
        monkeypatch.setattr(config, "tier", "eager")
        expected = step(turns)
        monkeypatch.setattr(config, "tier", "auto")
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    built.clear()
    for turns in (25, 33, 41):
        step(turns)
    assert len(built) <= 3 * 6
