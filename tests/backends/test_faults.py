"""What no kernel can be made of is a library call, noted where the tests see it; and what kernels
once got wrong."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

import wengert as torch
from wengert.config import config
from wengert.engine.backends import choice, faults
from wengert.engine.backends.cpu import functions, program
from wengert.engine.backends.cpu.compiler import Target
from wengert.engine.backends.cpu.program import Compiled
from wengert.engine.backends.cpu.text import Code
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.dtypes import DType, bool_, float32, float64, int64
from wengert.engine.graph import TABLE, Graph, Node
from wengert.engine.ops import contract
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru

if config.tier in ("eager", "numpy"):
    pytest.skip("tested in the tiers that compile", allow_module_level=True)


def number(dtype: DType) -> Node:
    return Node(stru.number, (), {}, (), dtype, weak=True)


def check(inputs: list[Node], outputs: list[Node], *values: Any) -> Compiled:
    """Compile a graph and compare three runs with the interpreter's."""
    graph = Graph(inputs, outputs)
    run = Compiled(graph, values)
    for _ in range(3):
        for found, right, node in zip(run(values), Interpreter(graph)(values), outputs,
                                      strict=True):
            a, b = np.asarray(found), np.asarray(right)
            assert a.shape == node.shape and (node.weak or a.dtype == b.dtype == node.dtype.numpy)
            np.testing.assert_allclose(a, b, rtol=1e-6)
    return run


# ---- Python numbers ----

KINDS = [(float32, 2.5), (int64, 3), (bool_, True)]
UNARY = ["isnan", "isinf", "isfinite", "logical_not", "neg", "abs", "square", "cube", "sqrt",
         "reciprocal", "exp", "log", "sigmoid", "tanh", "floor", "erf", "lgamma", "root", "sign"]
BINARY = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "clamp_min", "eq", "ne", "lt",
          "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "atan2", "hypot", "xlogy",
          "remainder", "copysign", "logaddexp"]
ARITHMETIC = {"neg", "sub", "add", "mul", "abs", "square", "cube", "pow", "remainder", "sign",
              "maximum", "minimum"}
"""What is not done with bools alone."""


@pytest.mark.parametrize("name, dtype, value", [
    (name, *kind) for name in UNARY for kind in KINDS if kind[0] is not bool_
    or name not in ARITHMETIC])
def test_functions_of_a_number(name: str, dtype: DType, value: Any) -> None:
    prim = TABLE[name]
    n, x = number(dtype), stru.free((5,), float32)
    y = prim(n)
    numbers = el.where(el.gt(x, n), x * el.cast(y, dtype=float32), x + 1)
    check([n, x], [numbers, el.add(el.where(y, x, -x), x)], value,
          np.linspace(-4, 4, 5).astype(np.float32))


@pytest.mark.parametrize("name, a, b", [
    (name, a, b) for name in BINARY for a in KINDS for b in KINDS
    if bool_ not in (a[0], b[0]) or name not in ARITHMETIC])
def test_functions_of_two_numbers(name: str, a: tuple[DType, Any], b: tuple[DType, Any]) -> None:
    m, n, x = number(a[0]), number(b[0]), stru.free((5,), float32)
    y = TABLE[name](m, n)
    check([m, n, x], [el.where(el.logical_or(y, el.gt(x, m)), x * el.cast(y, dtype=float32), x)],
          a[1], b[1], np.linspace(-4, 4, 5).astype(np.float32))


def test_a_number_that_a_kernel_and_a_library_call_read() -> None:
    """The library call takes it as a number: it widens no float32."""
    n, x = number(float32), stru.free((4,), float32)
    y = TABLE["lgamma"](el.mul(n, n))
    check([n, x], [x * y, TABLE["logaddexp"](x, y), TABLE["polygamma"](y, x)], 2.0,
          np.ones(4, np.float32))


def test_numbers_of_a_kernel_in_a_library_call() -> None:
    n, x = number(int64), stru.free((4,), float32)
    y = el.where(el.lt(n, el.lift(3)), n * 2, n)
    check([n, x], [x + y, TABLE["fmod"](x, y)], 2, np.full(4, 7, np.float32))


# ---- memory ----

def test_a_slice_that_its_kernel_left_to_numpy_keeps_its_base() -> None:
    for k in range(4):
        a = torch.full((3, 1), 1.0 + k, requires_grad=True)
        b = torch.full((4, 1), 2.0 + k, requires_grad=True)
        x = torch.arange(14.0).reshape(7, 2)
        (torch.block_diag(a, b) * x).sum().backward()
        assert a.grad.ravel().tolist() == [0, 2, 4] and b.grad.ravel().tolist() == [7, 9, 11, 13]
        a.grad = b.grad = None
        (torch.block_diag(a, b) * x.t().reshape(7, 2).t().t()).sum().backward()
        (torch.block_diag(a, b) @ x[:2]).tanh().sum().backward()
    for k in range(4):
        a = torch.full((3, 1), 1.0 + k, requires_grad=True)
        b = torch.full((4, 1), 2.0 + k, requires_grad=True)
        x = torch.arange(14.0).reshape(2, 7)
        (torch.block_diag(a, b) * x.t()).sum().backward()
        assert a.grad.ravel().tolist() == [0, 1, 2] and b.grad.ravel().tolist() == [10, 11, 12, 13]


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (3, 1), (1, 3, 1), (4, 1, 1), (4, 3, 1)],
                         ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_operands_of_values_per_row(shape: tuple[int, ...], keepdims: bool) -> None:
    """Aligned to the rows as what they meet has them: with an axis of length 1 or without."""
    if not keepdims:
        shape = {(): (), (1,): (3,), (1, 1): (1, 3), (3, 1): (4, 1)}.get(shape, (4, 3))
    x, w = stru.free((4, 3, 5), float64), stru.free(shape, float64)
    rng = np.random.default_rng(0)
    rows = red.sum_(x, axes=(2,), keepdims=keepdims)
    y = el.tanh(rows * w)
    check([x, w], [y, y + w, red.sum_(y, axes=tuple(range(y.ndim)), keepdims=False)],
          rng.normal(size=x.shape), rng.normal(size=w.shape))


def test_a_square_of_rows_takes_a_column_as_a_column() -> None:
    x, w = stru.free((3, 3, 5), float64), stru.free((3, 1), float64)
    rng = np.random.default_rng(0)
    long = red.sum_(x, axes=(2,), keepdims=True) * w
    short = red.sum_(x * x, axes=(2,), keepdims=False) * w
    check([x, w], [long, short], rng.normal(size=x.shape), rng.normal(size=w.shape))


def test_sums_of_products_of_numbers() -> None:
    for k in range(4):
        x = torch.tensor(1.5 + k, requires_grad=True)
        y = (x * (2.0 + k)).sum()
        y.backward()
        assert y.item() == (1.5 + k) * (2.0 + k) and x.grad.item() == 2.0 + k


# ---- what cannot be lowered ----

def refusing(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Have LLVM refuse the texts in which ``word`` stands."""
    real = program.compiled

    def compiled(text: str) -> int:
        if word in text:
            raise RuntimeError("LLVM IR parsing error")
        return real(text)
    monkeypatch.setattr(program, "compiled", compiled)


def graph_of_much() -> tuple[list[Node], list[Node], list[Any]]:
    """A graph whose kernels share values: recomputed ones, slices, transposes for BLAS, rows."""
    x, y, w = (stru.free(shape, float64) for shape in ((6, 70), (6, 70), (70, 4)))
    h = el.sqrt(el.abs_(x) + 1)
    rows = red.softmax(h * y, axes=(1,))
    part = stru.slice_(h, el.lift(0), el.lift(1), axes=(0, 1), lengths=(6, 64), steps=(1, 1))
    product = contract.matmul(h, w)
    turned = contract.matmul(stru.transpose(h, perm=(1, 0)), rows)
    outs = [rows, red.sum_(el.exp(part) * 0.5, axes=(0,), keepdims=False), el.tanh(product),
            el.sqrt(el.abs_(turned)) + 1, h * rows]
    rng = np.random.default_rng(0)
    return [x, y, w], outs, [rng.normal(size=node.shape) for node in (x, y, w)]


@pytest.mark.parametrize("word", ["sqrt", "exp", "dgemm", "tanh", "fabs", "define"])
def test_what_llvm_refuses_is_a_library_call(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    refusing(monkeypatch, word)
    inputs, outputs, values = graph_of_much()
    check(inputs, outputs, *values)
    assert faults.found
    faults.found.clear()


@pytest.mark.parametrize("place", [("scalars", "compute"), ("walk", "compute"),
                                   ("loops", "Loops", "build"), ("walk", "Walk", "write"),
                                   ("own", "Own", "build")], ids=".".join)
def test_what_no_text_can_be_written_for_is_a_library_call(
        monkeypatch: pytest.MonkeyPatch, place: tuple[str, ...]) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        raise KeyError("not foreseen")
    thing: Any = importlib.import_module(f"wengert.engine.backends.cpu.{place[0]}")
    for name in place[1:-1]:
        thing = getattr(thing, name)
    monkeypatch.setattr(thing, place[-1], fails)
    inputs, outputs, values = graph_of_much()
    check(inputs, outputs, *values)
    assert faults.found
    faults.found.clear()


def failing(*args: Any, **kwargs: Any) -> Any:
    raise AttributeError("'float' object has no attribute 'ravel'")


@pytest.mark.parametrize("place", ["fused", "for_kernels"])
def test_a_program_that_cannot_be_written_is_interpreted(
        monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(program, place, failing)
    inputs, outputs, values = graph_of_much()
    graph = Graph(inputs, outputs)
    run = choice.compiled_or_straight(graph, values)
    for a, b in zip(run(values), Interpreter(graph)(values), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert faults.found
    faults.found.clear()


@pytest.mark.parametrize("make", [choice.Plain, lambda graph: Compiled(graph, [np.ones((3, 3))])],
                         ids=["straight", "compiled"])
def test_a_program_that_fails_is_interpreted(make: Callable[[Graph], Any]) -> None:
    x = stru.free((3, 3), float64)
    graph = Graph([x], [TABLE["inv"](x)])
    run = make(graph)
    if isinstance(run, Compiled):
        run.function = failing
    else:
        run.run.function = failing
    np.testing.assert_array_equal(run([np.eye(3)])[0], np.eye(3))
    assert faults.found
    faults.found.clear()


def test_a_program_that_raises_raises_as_the_interpreter_does() -> None:
    for _ in range(4):
        with pytest.raises(RuntimeError, match=r"singular.*test_faults.py"):
            torch.linalg.inv(torch.zeros(3, 3)).sum().item()
    assert not faults.found


def test_values_of_functions_stay_in_their_loop() -> None:
    code = Code()
    outside = code.in_loop()
    functions.call(code, "cos", float32, 16, ["%x"])
    assert code.limited and code.shared
    code.after_loop(outside)
    assert not code.limited and not code.shared


def test_code_that_reads_what_is_not_always_computed_is_refused() -> None:
    text = ("define i64 @f(i1 %c) {\nentry:\n  br i1 %c, label %a, label %b\na:\n"
            "  %x = add i64 1, 2\n  br label %b\nb:\n  ret i64 %x\n}\n")
    with pytest.raises(RuntimeError, match="dominate"):
        Target().module(text)
