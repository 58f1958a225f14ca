"""The columns of the table: what is asked of an operation on one sample, beside PyTorch.

Values, gradients and second gradients are compared with PyTorch's. Forward mode is compared with
reverse mode, which holds where PyTorch has no formula: for a direction v and a cotangent w, the sum
of w times J v is that of the gradient times v.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

import wengert

from .samples import Call, Missing, function_of, ours, tensors, transplanted

LIMITS = {"float64": 1e-7, "complex128": 1e-7, "float32": 2e-3, "complex64": 2e-3,
          "float16": 1e-2, "bfloat16": 5e-2}
"""How far apart numbers of a dtype may be; of several dtypes, the coarsest counts."""
GAUGE = {"linalg.eig", "linalg.eigh", "linalg.svd", "svd", "pca_lowrank", "svd_lowrank"}
"""Vectors up to a phase: compared as the database prepares them for gradients."""
DIFFERENTIATED = ("reverse", "reverse twice", "forward mode", "forward over reverse")
COLUMNS = ("forward", "method", "in-place", "out=", *DIFFERENTIATED, "errors")


class Different(AssertionError):
    """Other numbers than PyTorch's."""


class Beyond(Exception):
    """PyTorch does not answer either, or there is nothing to ask."""


class Case:
    """One sample of an entry, on both sides."""

    def __init__(self, entry: Any, call: Call, dtype: str) -> None:
        self.entry = entry
        self.limit = LIMITS[dtype]
        self.theirs = call
        known: dict[int, Any] = {}
        self.ours = Call(ours(call.input, known), ours(call.args, known), ours(call.kwargs, known),
                         call.of_result)
        self.pairs = [(t, o) for t, o in zip(
            tensors([call.input, call.args, call.kwargs]),
            tensors([self.ours.input, self.ours.args, self.ours.kwargs]), strict=True)
            if t.requires_grad]

    def results(self) -> tuple[Any, Any]:
        """What the function answers here and there."""
        their = self.their(self.entry.op)
        wengert.manual_seed(1)
        mine = function_of(self.entry)(self.ours.input, *self.ours.args, **self.ours.kwargs)
        given = [self.theirs.input, self.theirs.args, self.theirs.kwargs, their]
        self.limit = max(self.limit, *(LIMITS.get(name_of(t), 0.0) for t in tensors(given)), 0.0)
        return mine, their

    def their(self, function: Callable[..., Any]) -> Any:
        torch.manual_seed(1)
        try:
            return function(self.theirs.input, *self.theirs.args, **self.theirs.kwargs)
        except Exception as error:
            raise Beyond(str(error)) from None

    def differentiable(self) -> tuple[list[Any], list[Any]]:
        """The results that gradients flow through, here and there."""
        found, wanted = self.results()
        mine = [t for t in tensors(self.ours.of_result(found)) if t.requires_grad]
        their = [t for t in tensors(self.theirs.of_result(wanted)) if t.requires_grad]
        if not their or not self.pairs:
            raise Beyond
        if len(mine) != len(their):
            raise Different(f"{len(mine)} results with gradients, PyTorch {len(their)}")
        return mine, their


def forward(case: Case) -> None:
    found, wanted = case.results()
    if case.entry.name in GAUGE:
        found, wanted = case.ours.of_result(found), case.theirs.of_result(wanted)
    same(found, wanted, case.limit)


def method(case: Case) -> None:
    wanted = case.entry.method_variant
    if wanted is None or not isinstance(case.ours.input, wengert.Tensor):
        raise Beyond
    their = case.their(wanted)
    wengert.manual_seed(1)
    same(method_of(wanted, case.entry.name)(case.ours.input, *case.ours.args, **case.ours.kwargs),
         their, case.limit)


def method_of(wanted: Any, name: str) -> Callable[..., Any]:
    """Wengert's method for PyTorch's, or for what the database writes in its place."""
    if isinstance(wanted, functools.partial):
        return functools.partial(method_of(wanted.func, name), *wanted.args, **wanted.keywords)
    if isinstance(wanted, types.FunctionType) and "testing" in wanted.__module__:
        return transplanted(wanted)
    name = getattr(wanted, "__name__", name)
    found = getattr(wengert.Tensor, name, None) or getattr(wengert.nn.functional, name, None)
    if found is None:
        raise Missing(f"Tensor.{name}")
    return found   # type: ignore[no-any-return]


def in_place(case: Case) -> None:
    wanted = case.entry.inplace_variant
    if wanted is None or not isinstance(case.ours.input, wengert.Tensor):
        raise Beyond
    written = method_of(wanted, f"{case.entry.name}_")
    with torch.no_grad(), wengert.no_grad():
        copy, mine = case.theirs.input.detach().clone(), case.ours.input.detach().clone()
        torch.manual_seed(1)
        try:
            wanted(copy, *case.theirs.args, **case.theirs.kwargs)
        except Exception as error:
            raise Beyond(str(error)) from None
        wengert.manual_seed(1)
        written(mine, *case.ours.args, **case.ours.kwargs)
        same(mine, copy, case.limit)


def out(case: Case) -> None:
    if not case.entry.supports_out:
        raise Beyond
    with torch.no_grad(), wengert.no_grad():
        mine, their = case.results()
        known: dict[int, Any] = {}
        if not tensors(their):
            raise Beyond
        room = changed(their, torch.ones_like)
        call = functools.partial(case.entry.op, out=room)
        answer = case.their(call)
        here = ours(changed(their, lambda t: torch.ones_like(t)), known)
        wengert.manual_seed(1)
        mine = function_of(case.entry)(case.ours.input, *case.ours.args, **case.ours.kwargs,
                                       out=here)
        if case.entry.name in GAUGE:
            mine, answer = case.ours.of_result(mine), case.theirs.of_result(answer)
        else:
            same(here, room, case.limit)
        if answer is not None:
            same(mine, answer, case.limit)


def changed(value: Any, f: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """A result of PyTorch with ``f`` of its tensors."""
    if isinstance(value, torch.Tensor):
        return f(value)
    return type(value)(changed(each, f) for each in value) if (
        type(value) in (tuple, list)) else tuple(changed(each, f) for each in value)


def errors(entry: Any) -> Iterator[str | None]:
    """For each of the calls that the database says are wrong what Wengert does otherwise."""
    if entry.error_inputs_func is None:
        return
    for each in entry.error_inputs("cpu"):
        sample = each.sample_input
        try:
            case = Case(entry, Call(sample.input, tuple(sample.args), dict(sample.kwargs),
                                    lambda x: x), "float64")
        except Exception:
            continue   # of a kind that cannot be carried over
        try:
            entry.op(sample.input, *sample.args, **sample.kwargs)
            continue
        except Exception as error:
            wanted = error
        try:
            values = function_of(entry)(case.ours.input, *case.ours.args, **case.ours.kwargs)
            [t.detach().numpy() for t in tensors(values)]
            yield f"no error; PyTorch {type(wanted).__name__}: {line_of(wanted)}"
        except Exception as error:
            alike = type(wanted).__name__ in [c.__name__ for c in type(error).__mro__]
            yield None if alike else (f"{type(error).__name__}: {line_of(error)}; PyTorch "
                                      f"{type(wanted).__name__}: {line_of(wanted)}")


def line_of(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:90]


def reverse(case: Case) -> None:
    mine, their = gradients(case, False)
    same(mine, their, case.limit)


def gradients(case: Case, again: bool) -> tuple[list[Any], list[Any]]:
    """The gradients of the results for fixed cotangents, here and there."""
    mine, their = case.differentiable()
    cts = [weights(t.shape, t.dtype) for t in their]
    inputs = [t for t, _ in case.pairs]
    try:
        wanted = torch.autograd.grad(their, inputs, [there(c) for c in cts],
                                     create_graph=again, allow_unused=True)
    except RuntimeError as error:
        raise Beyond(str(error)) from None
    found = wengert.autograd.grad(mine, [o for _, o in case.pairs],
                                  [wengert.tensor(c) for c in cts], create_graph=again,
                                  allow_unused=True)
    return filled(found, [o for _, o in case.pairs]), filled(wanted, inputs)


def reverse_twice(case: Case) -> None:
    mine, their = gradients(case, True)
    inputs = [t for t, _ in case.pairs]
    wanted: Sequence[Any] = their
    kept = [k for k, t in enumerate(their) if t.requires_grad]
    if kept:
        try:
            wanted = filled(torch.autograd.grad(
                [their[k] for k in kept], inputs,
                [there(weights(their[k].shape, their[k].dtype)) for k in kept],
                allow_unused=True), inputs)
        except RuntimeError:   # PyTorch has no formula; forward over reverse looks at ours
            wanted = []
    else:
        wanted = [torch.zeros_like(t) for t in inputs]
    leaves = [o for _, o in case.pairs]
    found = second(mine, leaves, [weights(t.shape, t.dtype) for t in their])
    if wanted:
        same(found, wanted, case.limit * 10)


def second(grads: Sequence[Any], leaves: Sequence[Any], cts: Sequence[Any]) -> list[Any]:
    """The gradients of the sums of ``grads`` times ``cts``; zero where nothing depends."""
    kept = [k for k, g in enumerate(grads) if g.requires_grad]
    if not kept:
        return [wengert.zeros_like(leaf) for leaf in leaves]
    found = wengert.autograd.grad([grads[k] for k in kept], leaves,
                                  [wengert.tensor(cts[k]) for k in kept], allow_unused=True)
    return filled(found, leaves)


def forward_mode(case: Case) -> None:
    mine, _ = case.differentiable()
    leaves = [o for _, o in case.pairs]
    cts = [cotangent(t) for t in mine]
    grads = filled(wengert.autograd.grad(mine, leaves, cts, allow_unused=True), leaves)
    vs = [wengert.tensor(weights(t.shape, numpy_of(t), 2)) for t in leaves]
    _, tangents = wengert.func.jvp(lambda *xs: tuple(outputs(case, xs)),
                                   tuple(leaf.detach() for leaf in leaves), tuple(vs))
    agree(dot(cts, tangents), dot(grads, vs), case.limit)


def forward_over_reverse(case: Case) -> None:
    mine, _ = case.differentiable()
    leaves = [o for _, o in case.pairs]
    cts = [cotangent(t) for t in mine]
    vs = [wengert.tensor(weights(t.shape, numpy_of(t), 2)) for t in leaves]
    grads = filled(wengert.autograd.grad(mine, leaves, cts, create_graph=True, allow_unused=True),
                   leaves)
    ws = [weights(t.shape, numpy_of(t), 3) for t in leaves]
    twice = second(grads, leaves, ws)

    def pulled(*xs: Any) -> Any:
        ys = outputs(case, xs)
        return tuple(filled(wengert.autograd.grad(ys, list(xs), cts, create_graph=True,
                                                  allow_unused=True), list(xs)))

    _, tangents = wengert.func.jvp(pulled, tuple(leaf.detach().requires_grad_()
                                                 for leaf in leaves), tuple(vs))
    agree(dot([wengert.tensor(w) for w in ws], tangents), dot(twice, vs), case.limit * 10)


def outputs(case: Case, xs: Sequence[Any]) -> list[Any]:
    """The results that gradients flow through, with ``xs`` in the place of the leaves."""
    replaced = {id(o): x for (_, o), x in zip(case.pairs, xs, strict=True)}
    call = case.ours
    given = substituted((call.input, call.args, call.kwargs), replaced)
    wengert.manual_seed(1)
    result = call.of_result(function_of(case.entry)(given[0], *given[1], **given[2]))
    return [t for t in tensors(result) if t.requires_grad or t.is_floating_point()
            or t.is_complex()][:len(case.differentiable()[0])]


def substituted(value: Any, replaced: dict[int, Any]) -> Any:
    if isinstance(value, wengert.Tensor):
        return replaced.get(id(value), value)
    if isinstance(value, dict):
        return {key: substituted(each, replaced) for key, each in value.items()}
    if type(value) in (tuple, list):
        return type(value)(substituted(each, replaced) for each in value)
    return value


CHECKS: dict[str, Callable[[Case], None]] = {
    "forward": forward, "method": method, "in-place": in_place, "out=": out, "reverse": reverse,
    "reverse twice": reverse_twice, "forward mode": forward_mode,
    "forward over reverse": forward_over_reverse}


# ---- numbers ----


def numpy_of(t: Any) -> Any:
    return t.dtype.numpy if hasattr(t.dtype, "numpy") else t.detach().numpy().dtype


def weights(shape: Any, dtype: Any, seed: int = 1) -> Any:
    """Fixed numbers of a shape, complex where the dtype is."""
    dtype = np.dtype(str(dtype).removeprefix("torch.")) if isinstance(dtype, torch.dtype) else dtype
    random = np.random.default_rng(seed)
    drawn = random.uniform(0.2, 1.0, tuple(shape))
    if np.dtype(dtype).kind == "c":
        drawn = drawn + 1j * random.uniform(0.2, 1.0, tuple(shape))
    return np.asarray(drawn, dtype)


def cotangent(t: Any) -> Any:
    """Numbers for a result; 0 where it is not finite, and has no derivative."""
    return wengert.tensor(np.where(np.isfinite(host(t)), weights(t.shape, numpy_of(t)), 0).astype(
        numpy_of(t)))


def there(array: Any) -> torch.Tensor:
    """An array as PyTorch's tensor."""
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.astype(np.float32)).bfloat16()
    return torch.from_numpy(array)


def name_of(t: Any) -> str:
    return str(t.dtype).rpartition(".")[2]


def filled(grads: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
    """Zeros for what got no gradient."""
    side: Any = torch if leaves and isinstance(leaves[0], torch.Tensor) else wengert
    return [side.zeros_like(leaf) if g is None else g
            for g, leaf in zip(grads, leaves, strict=True)]


def dot(a: Sequence[Any], b: Sequence[Any]) -> float:
    """The real inner product."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        first, then = host(x), host(y)
        total += float(np.sum(np.where(first == 0, 0, np.conj(first) * then).real))
    return total


def host(t: Any) -> Any:
    array = t.detach().resolve_conj().resolve_neg()
    if str(array.dtype).endswith("bfloat16"):
        array = array.float()
    return array.numpy(force=True) if isinstance(t, torch.Tensor) else array.numpy()


def agree(found: float, wanted: float, limit: float) -> None:
    if not np.isclose(found, wanted, limit * 10, limit, equal_nan=True):
        raise Different(f"{found} along a direction, reverse mode has {wanted}")


def same(found: Any, wanted: Any, limit: float) -> None:
    """Nothing, or what differs."""
    mine, their = tensors(found), tensors(wanted)
    if len(mine) != len(their):
        raise Different(f"{len(mine)} tensors, PyTorch {len(their)}")
    if not their and found != wanted and not (found != found and wanted != wanted):
        raise Different(f"{found}, PyTorch {wanted}")
    for k, (m, t) in enumerate(zip(mine, their, strict=True)):
        if name_of(m) != name_of(t):
            raise Different(f"result {k}: {m.dtype}, PyTorch {t.dtype}")
        a, b = host(m), host(t)
        if a.shape != b.shape:
            raise Different(f"result {k}: shape {a.shape}, PyTorch {b.shape}")
        if not np.allclose(a, b, limit, limit, equal_nan=True):
            with np.errstate(all="ignore"):
                off = np.nanmax(np.abs(np.asarray(a - b if a.dtype.kind != "b" else a ^ b,
                                                  complex)), initial=0.0)
            raise Different(f"result {k}: off by {off:.3g}: {a.ravel()[:4]}, "
                            f"PyTorch {b.ravel()[:4]}")
