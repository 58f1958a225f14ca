"""Compare a composition on nodes with PyTorch: values, dtypes, shapes, gradients, second gradients,
forward mode, and the words of errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from nodes import Traced, gradient_nodes, weights
from wengert.engine.graph import Node, lift, reachable
from wengert.engine.ops import structural
from wengert.engine.recording import operation
from wengert.engine.recording.operation import OPERATIONS
from wengert.engine.transforms.jvp import jvp
from wengert.functions.families import ALIASES

torch = pytest.importorskip("torch")

ROUGH = {"float16": 4e-3, "float32": 5e-6, "complex64": 5e-6}


def given(arg: Any) -> Any:
    """An argument for PyTorch; floating and complex arrays require grad."""
    if isinstance(arg, list | tuple):
        return type(arg)(map(given, arg))
    if not isinstance(arg, np.ndarray):
        return arg
    tensor = torch.from_numpy(np.array(arg))
    return tensor.requires_grad_() if tensor.is_floating_point() or tensor.is_complex() else tensor


def tensors(value: Any) -> list[Any]:
    """The tensors among arguments or results."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for v in value for t in tensors(v)] if isinstance(value, list | tuple) else []


def close(found: Any, wanted: Any) -> None:
    wanted = wanted.detach().resolve_conj().resolve_neg().numpy()
    assert found.dtype == wanted.dtype, f"{found.dtype}, PyTorch {wanted.dtype}"
    assert found.shape == wanted.shape, f"{found.shape}, PyTorch {wanted.shape}"
    limit = ROUGH.get(found.dtype.name, 1e-9)
    kind = complex if found.dtype.kind == "c" else float
    np.testing.assert_allclose(found.astype(kind), wanted.astype(kind), limit, limit)


def pulled(outputs: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
    """PyTorch's gradients of ``outputs`` for cotangents ``weights``, None where there is none."""
    kept = [y for y in outputs if y.requires_grad]
    if not kept:
        return [None] * len(leaves)
    cts = [torch.from_numpy(weights(tuple(y.shape), y.detach().resolve_conj().numpy().dtype))
           for y in kept]
    return list(torch.autograd.grad(kept, leaves, cts, create_graph=True, allow_unused=True))


def check(ours: Callable[..., Any], theirs: Callable[..., Any], *args: Any,
          twice: bool = True) -> None:
    """``ours`` (on nodes) gives what ``theirs`` (on tensors) gives, for arrays ``args``."""
    wanted_args = [given(arg) for arg in args]
    wanted = tensors(theirs(*wanted_args))
    leaves = [t for t in tensors(wanted_args) if t.requires_grad]
    traced = Traced(ours, args, {})
    found = traced.run(traced.outputs)
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        close(a, b)
    if not leaves or not any(y.dtype.is_differentiable for y in traced.outputs):
        return
    _check_forward_mode(traced)
    outputs, gradients = traced.outputs, pulled(wanted, leaves)
    for order in range(1 + twice):
        nodes = _pull(traced, outputs)
        for a, b in zip(traced.run(nodes), gradients, strict=True):
            close(a, torch.from_numpy(np.zeros_like(a)) if b is None else b)
        kept = [(n, g) for n, g in zip(nodes, gradients, strict=True)
                if g is not None and g.requires_grad]
        if order == twice or not kept:
            return
        outputs = [n for n, _ in kept]
        gradients = pulled([g for _, g in kept], leaves)


def _pull(traced: Traced, outputs: Sequence[Any]) -> list[Any]:
    cts = []
    for node in outputs:
        ct = structural.free(node.shape, node.dtype)
        traced.inputs.append(ct)
        traced.values.append(weights(node.shape, node.dtype.numpy)
                             if node.dtype.is_differentiable else np.zeros(node.shape))
        cts.append(ct)
    return gradient_nodes(outputs, traced.leaves(), cts)


def _check_forward_mode(traced: Traced) -> None:
    """The dot-product test: <ct, J t> = <J* ct, t>."""
    outputs = [y for y in traced.outputs if y.requires_grad]
    leaves = traced.leaves()
    rng = np.random.default_rng(1)
    ts = {}
    for leaf in leaves:
        ts[leaf] = structural.free(leaf.shape, leaf.dtype)
        traced.inputs.append(ts[leaf])
        value = rng.normal(size=leaf.shape) + 1j * rng.normal(size=leaf.shape)
        traced.values.append(np.asarray(value if leaf.dtype.is_complex else value.real,
                                        leaf.dtype.numpy))
    found = jvp(reachable(outputs), ts)
    pushed = traced.run([found[y] if y in found else structural.zeros(y.shape, y.dtype)
                         for y in outputs])
    gradients = traced.run(_pull(traced, outputs))
    kind = complex
    forward = sum(np.sum((np.conj(weights(y.shape, y.dtype.numpy)).astype(kind) * t).real)
                  for y, t in zip(outputs, pushed, strict=True))
    values = dict(zip(traced.inputs, traced.values, strict=True))
    reverse = sum(np.sum((np.conj(g).astype(kind) * values[ts[leaf]]).real)
                  for g, leaf in zip(gradients, leaves, strict=True))
    half = any(x.dtype.itemsize == 2 for x in leaves)
    wide = all(x.dtype.name in ("float64", "complex128") for x in leaves)
    limit = 0.05 if half else 1e-9 if wide else 1e-3
    np.testing.assert_allclose(reverse, forward, limit, limit)


def check_error(ours: Callable[..., Any], theirs: Callable[..., Any], *args: Any,
                words: bool = True) -> None:
    """Both raise, an error of one type, and ours begins with PyTorch's first words."""
    with pytest.raises(Exception) as wanted:
        theirs(*[given(arg) for arg in args])
    with pytest.raises(type(wanted.value)) as found:
        traced = Traced(ours, args, {})
        traced.run(traced.outputs)
    if words:
        text = str(wanted.value).split("\n")[0].rstrip(". ")
        assert text in str(found.value), f"{found.value}\nPyTorch: {text}"


# Cases as text: "permute(x, 1, 0)" is evaluated with our compositions and with PyTorch.
def _entered(op: Any, kind: int, value: Any) -> Any:
    """An argument as the recorder gives it to a composition."""
    if kind == operation.OPERANDS:
        return tuple(_entered(op, operation.OPERAND, v) for v in value)
    if kind == operation.STRUCTURAL and not isinstance(value, Node) and value in operation.SPECIAL:
        return value
    if kind in (operation.OPERAND, operation.NUMBER, operation.STRUCTURAL):
        return value if isinstance(value, Node) or value is None else lift(value)
    return tuple(_entered(op, kind, v) for v in value) if isinstance(value, list | tuple) else value


def composition(op: Any) -> Callable[..., Any]:
    """An operation as a function of nodes and Python values."""
    def call(*args: Any, **kwargs: Any) -> Any:
        n = op.positional - op.variadic
        rest = args[n:]
        if len(rest) == 1 and isinstance(rest[0], list | tuple) and op.variadic:
            rest = tuple(rest[0])
        new = [_entered(op, kind, a) for kind, a in zip(op.kinds, args[:n], strict=False)]
        if op.variadic:
            new += _entered(op, op.kinds[n], rest)
        return op.lower(*new, **{name: _entered(op, op.kinds[op.names.index(name)], value)
                                 for name, value in kwargs.items()})
    return call


def of_torch(name: str) -> Callable[..., Any]:
    """The function or the method of PyTorch called ``name``."""
    def call(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], torch.Tensor) and hasattr(torch.Tensor, name):
            found = getattr(args[0], name)
            return found(*args[1:], **kwargs) if callable(found) and name not in "TH" else found
        for place in (torch, torch.nn.functional, torch.linalg):
            if hasattr(place, name):
                return getattr(place, name)(*args, **kwargs)
        raise AttributeError(name)
    return call


OURS = {name: composition(op) for name, op in OPERATIONS.items()}
OURS |= {alias: OURS[op.name] for alias, op in ALIASES.items()}
THEIRS = {name: of_torch(name) for name in OURS}
THEIRS["linalg_cross"] = torch.linalg.cross
THEIRS["multi_dot"] = torch.linalg.multi_dot


def both(text: str, values: dict[str, Any]) -> tuple[Any, ...]:
    """The two functions that ``text`` is, and the arrays that it names."""
    code = compile(text, text, "eval")
    names = [name for name in values if name in code.co_names]

    def ours(*args: Any) -> Any:
        return eval(code, OURS | dict(zip(names, args, strict=True)))

    def theirs(*args: Any) -> Any:
        return eval(code, THEIRS | dict(zip(names, args, strict=True)))
    return ours, theirs, *[values[name] for name in names]
