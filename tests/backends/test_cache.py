"""Kernels are compiled once: in a process by their text, on a machine by the cache on disk.

The second half runs other processes: those without llvmlite, and those that share a cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

import wengert as torch
from wengert.config import config
from wengert.engine.backends.choice import Checked
from wengert.engine.backends.cpu import compiler as made
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph, Node
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru

pytestmark = pytest.mark.once

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)

SOURCE = str(Path(torch.__file__).parent.parent)


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache on disk for this test alone."""
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def kernels_made() -> int:
    """How many kernels were made so far, compiled or loaded from disk."""
    return int(made.counters["compiled"] + made.counters["from disk"])


_count = iter(range(1, 1000))


def fresh(x: Node) -> Node:
    """An expression whose kernel no other test has: the powers count on."""
    k, y = next(_count), x
    for digit in f"{k:b}":
        y = el.sin(y) if digit == "1" else el.cos(y)
    return el.tan(el.atan(y))


def program(shape: tuple[int, ...], build: Any) -> Compiled:
    x = stru.free(shape, float32)
    return Compiled(Graph([x], [build(x)]), [np.zeros(shape, np.float32)])


# ---- in memory ----


def test_another_size_compiles_nothing() -> None:
    digits = f"{next(_count):b}"

    def build(x: Node) -> Node:
        for digit in digits:
            x = el.sin(x) if digit == "1" else el.cos(x)
        y = red.log_softmax(el.sinh(x), axes=(1,))
        return red.sum_(y, axes=(0, 1), keepdims=False)
    program((64, 100), build)
    before = kernels_made()
    for shape in ((32, 100), (64, 101), (1000, 3), (7, 4097)):
        found = program(shape, build)([np.ones(shape, np.float32)])[0]
        assert found == pytest.approx(-shape[0] * shape[1] * np.log(shape[1]), rel=1e-4)
    assert kernels_made() == before


def test_batch_sizes_and_sequence_lengths_through_the_surface(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "tier", "llvm")
    torch.manual_seed(0)
    w = torch.randn(8, 4, requires_grad=True)

    def step(batch: int, length: int) -> None:
        x = torch.randn(batch, length, 8)
        loss = torch.nn.functional.gelu(x @ w).softmax(-1).log().mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
            w.grad = None
    step(16, 12)
    step(17, 13)
    before = kernels_made()
    for batch, length in ((18, 12), (16, 40), (5, 7)):
        step(batch, length)
    assert kernels_made() == before


def test_equal_layers_compile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "tier", "llvm")

    def stack(depth: int) -> int:
        before = kernels_made()
        layers = [torch.nn.Linear(5, 5) for _ in range(depth)]
        x = torch.randn(3, 5)
        for layer in layers:
            x = torch.tanh(layer(x)) * 1.25 + x
        x.sum().backward()
        return kernels_made() - before
    few = stack(6)
    assert stack(100) <= max(few, 6)


@pytest.mark.long
def test_a_thousand_recurrent_steps_compile_few_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "tier", "llvm")
    before = kernels_made()
    w = torch.randn(4, 4) * 0.1
    h = torch.zeros(2, 4)
    w.requires_grad_()
    for _ in range(1000):
        h = torch.tanh(h @ w + 0.5)
    h.sum().backward()
    assert torch.isfinite(w.grad).all()
    assert kernels_made() - before <= 40


def test_a_long_chain_of_scalars_compiles_few_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "tier", "llvm")
    before = kernels_made()
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(1000):
        y = y * 0.999 + 0.001
    y.backward()
    assert x.grad.item() == pytest.approx(0.999 ** 1000, rel=1e-4)
    assert kernels_made() - before <= 40


# ---- on disk ----

CHILD = """
import sys
import numpy as np
from wengert.engine.backends.cpu.compiler import counters
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.dtypes import float32
from wengert.engine.graph import Graph
from wengert.engine.ops import elementwise as el, structural as stru
x = stru.free((50,), float32)
y = el.tanh(x) * el.exp(-el.square(x)) + el.sin(x)
v = np.linspace(-2, 2, 50, dtype=np.float32)
out = Compiled(Graph([x], [y]), [v])([v])[0]
np.testing.assert_allclose(out, np.tanh(v) * np.exp(-v * v) + np.sin(v), rtol=1e-5, atol=1e-6)
print(counters["compiled"], counters["from disk"])
"""


def child(code: str = CHILD, wait: bool = True, **variables: str) -> Any:
    """Run ``code`` in another process; what it prints, in words."""
    env = {**os.environ, "PYTHONPATH": SOURCE, "WENGERT_TIER": "auto", **variables}
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=env, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return finished(process) if wait else process


def finished(process: Any) -> list[str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return str(out).split()


def test_a_second_process_loads(directory: Path) -> None:
    count, loaded = map(int, child())
    assert count > 0 and loaded == 0
    assert child() == ["0", str(count)]
    assert len(list(directory.glob("*.o"))) == count
    assert not list(directory.glob(".new-*"))


DAMAGES = {
    "empty": lambda data: b"", "cut short": lambda data: data[:-1],
    "a stub": lambda data: data[:20],
    "longer": lambda data: data + b"x", "other bytes": lambda data: b"\x7fELF" * 100,
    "one bit": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "another format": lambda data: data.replace(b"wengert-object", b"wengert-obiect", 1)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_entry_that_is_not_whole_is_ignored(damage: str, directory: Path) -> None:
    made.disk.write("1234", b"code" * 10)
    assert made.disk.read("1234") == b"code" * 10
    path = directory / "1234.o"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert made.disk.read("1234") is None
    made.disk.write("1234", b"code" * 10)
    assert made.disk.read("1234") == b"code" * 10


@pytest.mark.long
def test_damaged_and_foreign_entries_are_made_anew(directory: Path) -> None:
    count = int(child()[0])
    entries = sorted(directory.glob("*.o"))
    contents = [path.read_bytes() for path in entries]
    assert count == len(entries) > 1
    for path, data in zip(entries, contents[1:] + contents[:1], strict=True):
        path.write_bytes(data)   # whole, but of another kernel
    assert child() == [str(count), "0"]
    entries[0].write_bytes(contents[0][:50])
    assert child() == ["1", str(count - 1)]
    assert [path.read_bytes() for path in entries] == contents


@pytest.mark.long
def test_directories_that_cannot_be_used_are_no_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    deep = tmp_path / "a" / "b" / "c"
    for place in (file / "below", "/proc/none/such", deep):
        assert int(child(WENGERT_CACHE_DIR=str(place))[0]) > 0
    assert list(deep.glob("*.o"))
    if os.geteuid() != 0:
        deep.chmod(0o500)
        try:
            assert child(WENGERT_CACHE_DIR=str(deep))[0] == "0"
        finally:
            deep.chmod(0o700)


@pytest.mark.long
def test_entries_that_are_directories_are_no_error(directory: Path) -> None:
    child()
    for path in directory.glob("*.o"):
        path.unlink()
        path.mkdir()
    assert int(child()[0]) > 0


def test_an_empty_variable_switches_it_off(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert child(WENGERT_CACHE_DIR="", HOME=str(home), XDG_CACHE_HOME=str(home))[1] == "0"
    assert not list(home.rglob("*.o"))


@pytest.mark.long
def test_many_processes_write_at_once(directory: Path) -> None:
    processes = [child(wait=False) for _ in range(4)]
    for process in processes:
        finished(process)
    count = len(list(directory.glob("*.o")))
    assert child() == ["0", str(count)]
    assert not list(directory.glob(".new-*"))


def test_the_oldest_entries_go(directory: Path) -> None:
    directory.mkdir(parents=True)
    names = [f"{k:064x}.o" for k in range(10)]
    for k, name in enumerate(names):
        path = directory / name
        path.write_bytes(b"x" * 100)
        os.utime(path, (1000 + k, 1000 + k))
    (directory / "other.txt").write_bytes(b"x" * 1000)
    made.disk.prune(directory, 450)
    assert sorted(p.name for p in directory.glob("*.o")) == names[6:]
    assert (directory / "other.txt").exists()
    made.disk.prune(directory, 450)
    assert len(list(directory.glob("*.o"))) == 4
    made.disk.prune(directory / "missing", 1)


# ---- without llvmlite ----

WITHOUT = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "llvmlite":
            raise ImportError("llvmlite is not there")
sys.meta_path.insert(0, Finder())
"""
PROGRAM = """
import wengert as torch
x = torch.linspace(-1, 1, 20)
w = torch.tensor(0.5, requires_grad=True)
@torch.compile
def step():
    loss = (torch.tanh(w * x) - x).square().sum()
    loss.backward()
    with torch.no_grad():
        w.sub_(0.1 * w.grad)
        w.grad = None
    return loss
losses = [step().item() for _ in range(8)]
assert losses[-1] < losses[0], losses
print(f"{losses[-1]:.4f}")
"""


@pytest.mark.parametrize("tier", ["auto", *(
    pytest.param(tier, marks=pytest.mark.long) for tier in ("llvm", "check", "numpy", "eager"))])
def test_everything_works_without_llvmlite(tier: str) -> None:
    blocked = 'import sys; sys.modules["llvmlite"] = None\n' if tier == "llvm" else WITHOUT
    none = '\nimport sys; assert not any(m.startswith("llvmlite.") for m in sys.modules)'
    found = child(blocked + PROGRAM + none, WENGERT_TIER=tier)
    assert found == child(PROGRAM, WENGERT_TIER="numpy")


def test_importing_does_not_load_llvmlite() -> None:
    assert child('import wengert, sys\nprint("llvmlite" in sys.modules)') == ["False"]


# ---- the tier that checks ----


def test_a_miscompile_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong instruction, a wrong constant, a wrong sum, a wrong comparison: each raises in the
    tier ``check``."""
    monkeypatch.setattr(config, "tier", "check")
    real = made.Compiler.object_code

    def planted(old: str, new: str) -> None:
        def wrong(self: Any, text: str) -> bytes:
            assert old in text
            return real(self, text.replace(old, new))
        monkeypatch.setattr(made.Compiler, "object_code", wrong)
    x = torch.linspace(-2, 2, 40)
    monkeypatch.setenv("WENGERT_CACHE_DIR", "")
    made.driver(False), made.driver(True)
    cases: list[Any] = [
        ("fadd contract", "fsub contract", lambda: torch.sin(x * 0.171) + torch.cos(x)),
        ("fcmp ogt", "fcmp oge", lambda: torch.where(x.abs().floor() > 1.0, x * 0.172, x)),
        ("fcmp olt", "fcmp ogt", lambda: torch.cosh(x * 0.173) < 1.01),
        ("fmul", "fadd", lambda: (torch.sinh(x) * torch.tan(x)).sum())]
    for old, new, function in cases:
        planted(old, new)
        with pytest.raises(AssertionError, match="compiled code and the interpreter differ"):
            for _ in range(3):
                function().tolist()
        monkeypatch.setattr(made.Compiler, "object_code", real)
    assert torch.exp(x * 0.174).sum().item() > 0


def test_what_check_compares() -> None:
    x = stru.free((4,), float32)
    graph = Graph([x], [el.exp(x)])
    value = np.array([0.0, 1.0, np.inf, np.nan], np.float32)
    right = np.exp(value)
    assert Checked(graph, lambda values: [right])([value])[0] is right
    for wrong in (right + np.float32(0.01), right[:3], right * np.float32(-1),
                  np.where(np.isnan(right), 0, right).astype(np.float32),
                  np.where(np.isinf(right), 0, right).astype(np.float32)):
        with pytest.raises(AssertionError, match="differ"):
            Checked(graph, lambda values, wrong=wrong: [wrong])([value])
