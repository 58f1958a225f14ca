"""Compare functions of nodes with PyTorch's: values, gradients, forward mode, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert.functions.families  # noqa: F401  it fills OPERATIONS
from nodes import Traced, evaluate, grads, second_grads, tangent, weights
from wengert.engine.dtypes import DType
from wengert.engine.recording.operation import OPERATIONS

torch = pytest.importorskip("torch")

TOLERANCE = {"float16": 2e-3, "float32": 5e-6, "complex64": 5e-6}


def ours(name: str) -> Callable[..., Any]:
    return OPERATIONS[name]


def theirs(value: Any, requires_grad: bool = False) -> Any:
    """An argument as PyTorch takes it."""
    if isinstance(value, np.ndarray | np.generic):
        made = torch.from_numpy(np.array(value))
        if requires_grad and (made.is_floating_point() or made.is_complex()):
            made.requires_grad_()
        return made
    if isinstance(value, DType):
        return getattr(torch, value.name)
    return value


def parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


def same(found: Any, wanted: Any, tolerance: float | None = None) -> None:
    wanted = wanted.detach().numpy(force=True)
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    limit = TOLERANCE.get(found.dtype.name, 1e-9) if tolerance is None else tolerance
    np.testing.assert_allclose(found, wanted, limit, limit)


def agree(name: str, *args: Any, order: int = 2, torch_fn: Any = None, fixed: bool = False,
          **static: Any) -> None:
    """Compare with PyTorch's function: value, gradient, second gradient, and forward mode.

    ``fixed`` says that PyTorch has no gradient in the named arguments.
    """
    fn = ours(name)
    torch_fn = torch_fn or getattr(torch, name)
    given = [theirs(a, order > 0) for a in args]
    named = {k: theirs(v, order > 0 and not fixed) for k, v in static.items()}
    wanted = parts(torch_fn(*given, **named))
    found = parts(evaluate(fn, *args, **static))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        same(a, b)
    leaves = [x for x in [*given, *named.values()]
              if isinstance(x, torch.Tensor) and x.requires_grad]
    outputs = [y for y in wanted if y.requires_grad]
    if not order or not outputs:
        return
    cts = [torch.from_numpy(np.array(weights(tuple(y.shape), y.detach().numpy().dtype)))
           for y in outputs]
    first = torch.autograd.grad(outputs, leaves, cts, create_graph=order > 1, allow_unused=True)
    mine = grads(fn, *args, **static)
    zero = [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, first, strict=True)]
    for a, b in zip(mine, zero, strict=not fixed):
        same(a, b)
    _modes_agree(fn, args, static, mine)
    if order > 1:
        twice = [g for g in zero if g.requires_grad]
        wanted = torch.autograd.grad(
            twice, leaves, [torch.from_numpy(np.array(weights(tuple(g.shape),
                            g.detach().numpy().dtype))) for g in twice],
            allow_unused=True) if twice else [None] * len(leaves)
        for a, b, x in zip(second_grads(fn, *args, **static), wanted, leaves, strict=True):
            same(a, torch.zeros_like(x) if b is None else b,
                 None if a.dtype.name in TOLERANCE else 1e-7)


def _modes_agree(fn: Any, args: Any, static: Any, mine: list[Any]) -> None:
    """Forward mode against reverse mode, by the dot product of both with random directions."""
    rng = np.random.default_rng(0)
    ts = [np.asarray(rng.normal(size=g.shape) + (1j * rng.normal(size=g.shape)
                     if g.dtype.kind == "c" else 0), g.dtype) for g in mine]
    pushed = parts(tangent(fn, *args, ts=ts, **static))
    out = Traced(fn, args, static).outputs
    left = sum(np.sum((np.conj(weights(y.shape, p.dtype)) * p).real)
               for y, p in zip(out, pushed, strict=True) if y.dtype.is_differentiable)
    right = sum(np.sum((np.conj(g) * t).real) for g, t in zip(mine, ts, strict=True))
    if np.isfinite(right):
        limit = 1e-2 if mine[0].dtype.itemsize < 8 else 1e-8
        np.testing.assert_allclose(left, right, limit, limit)


def refused(name: str, *args: Any, torch_fn: Any = None, **static: Any) -> None:
    """Both raise, an error of one type, with PyTorch's first words."""
    with pytest.raises(Exception) as wanted:
        (torch_fn or getattr(torch, name))(*map(theirs, args),
                                           **{k: theirs(v) for k, v in static.items()})
    with pytest.raises(wanted.type) as found:
        evaluate(ours(name), *args, **static)
    start = str(wanted.value).strip()[:24]
    assert str(found.value).startswith(start), (str(found.value), str(wanted.value))


def numbers(*shape: int, seed: int = 0, kind: str = "float64") -> Any:
    rng = np.random.default_rng([seed, *shape])
    if kind == "bool":
        return np.asarray(rng.integers(0, 2, shape).astype(bool))
    if kind.startswith(("int", "uint")):
        return np.asarray(rng.integers(0 if kind == "uint8" else -4, 5, shape).astype(kind))
    value = rng.normal(size=shape)
    if kind.startswith("complex"):
        value = value + 1j * rng.normal(size=shape)
    return np.asarray(np.asarray(value).astype(kind))
