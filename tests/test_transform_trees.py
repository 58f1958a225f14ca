"""Structures, argument numbers and names of ``torch.func``: what transforms take and refuse."""

from __future__ import annotations

import re
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from typing import Any

import pytest

import wengert as torch
from transform_errors import VALUES, WRONG
from wengert import func
from wengert.func import (
    debug_unwrap,
    directional,
    forward_laplacian,
    functionalize,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jet,
    jvp,
    linearize,
    vjp,
    vmap,
)

Pair = namedtuple("Pair", "a b")


@dataclass(frozen=True)
class Weights:
    w: Any
    inner: Any = None
    scale: float = 2.0
    names: list[str] = field(default_factory=list)


def weights(n: int = 2) -> Weights:
    return Weights(torch.arange(1.0, 1 + n), {"v": Pair(torch.ones(n), torch.zeros(n))})


def energy(d: Weights) -> Any:
    return (d.w ** 3).sum() * d.scale + (d.inner["v"].a * d.w).sum() + d.inner["v"].b.sin().sum()


def test_dataclasses_in_every_transform() -> None:
    d = weights()
    g = grad(energy)(d)
    assert type(g) is Weights and g.scale == 2.0 and type(g.inner["v"]) is Pair
    assert g.w.tolist() == [7, 25] and g.inner["v"].b.tolist() == [1, 1]
    assert d.w.tolist() == [1, 2], "the argument is as it was"
    assert jacrev(energy)(d).w.tolist() == jacfwd(energy)(d).w.tolist() == [7, 25]
    assert hessian(energy)(d).w.w.tolist() == [[12, 0], [0, 24]]
    assert hessian(energy)(d).w.inner["v"].a.tolist() == [[1, 0], [0, 1]]
    _, t = jvp(lambda d: Weights(d.w * 3, d.w), (d,), (d,))
    assert type(t) is Weights and t.w.tolist() == [3, 6] and t.inner.tolist() == [1, 2]
    _, pull = vjp(lambda d: Weights(d.w * 3), d)
    assert pull(Weights(torch.ones(2)))[0].w.tolist() == [3, 3]
    _, push = linearize(lambda d: d.w * d.w, d)
    assert push(d).tolist() == [2, 8]
    assert forward_laplacian(energy)(d).laplacian.item() == 36
    assert directional(energy, (d,), (d,), 3)[3].item() == 108
    _, terms = jet(lambda d: Weights(d.w * d.w), (Weights(d.w),), (Weights([d.w, None]),))
    assert [t.tolist() for t in terms.w] == [[2, 8], [2, 8]]
    assert grad_and_value(energy)(d)[1].item() == energy(d).item()


def test_dataclasses_are_mapped() -> None:
    many = Weights(torch.arange(6.0).reshape(3, 2), None, 3.0)
    found = vmap(lambda d: Weights(d.w * d.scale, (d.w.sum(),)))(many)
    assert type(found) is Weights and found.w.tolist() == (3 * many.w).tolist()
    assert found.inner[0].tolist() == [1, 5, 9]
    one = weights()
    same = vmap(lambda d, x: d.w * x, in_dims=(None, 0))(one, torch.ones(3, 2))
    assert same.shape == (3, 2)
    by_field = vmap(lambda d: d.w + d.inner, in_dims=({"w": 0, "inner": None},))(
        Weights(torch.ones(3, 2), torch.ones(2)))
    assert by_field.tolist() == [[2, 2]] * 3
    assert vmap(grad(lambda d: (d.w ** 2).sum()))(many).w.tolist() == (2 * many.w).tolist()
    with pytest.raises(ValueError, match="in_dims is not compatible with the structure"):
        vmap(lambda d: d.w, in_dims=({"x": 0},))(many)


def test_named_tuples_and_ordered_dicts() -> None:
    p = Pair(torch.ones(2), torch.zeros(2))
    f = lambda p: (p.a ** 2).sum() + p.b.sin().sum()
    assert type(grad(f)(p)) is Pair and type(jacfwd(f)(p)) is Pair
    found = vmap(lambda x: Pair(x, 2 * x))(torch.ones(3))
    assert type(found) is Pair and found.b.tolist() == [2, 2, 2]
    o = OrderedDict(x=torch.ones(2))
    assert type(grad(lambda o: (o["x"] ** 2).sum())(o)) is OrderedDict


X = torch.ones(2)
REFUSED = {
    "argnums out of range": (lambda: grad(torch.sum, argnums=2)(X), RuntimeError,
                             "Got argnum=2, but only 1 positional inputs"),
    "argnums from the end": (lambda: jacrev(torch.sum, argnums=-2)(X), RuntimeError,
                             "Got argnum=-2"),
    "argnums twice": (lambda: jacfwd(torch.add, argnums=(0, -2))(X, X), RuntimeError,
                      "must be unique"),
    "argnums that is no number": (lambda: grad(torch.sum, argnums="a")(X), RuntimeError,
                                  "argnums must be int or Tuple"),
    "no argnums": (lambda: grad(torch.sum, argnums=())(X), RuntimeError, "must be non-empty"),
    "in_dims out of range": (lambda: vmap(torch.sin, in_dims=3)(X), ValueError, "Got in_dim=3"),
    "in_dims of another structure": (lambda: vmap(torch.sin, in_dims=(0, 0))(X), ValueError,
                                     "in_dims is not compatible with the structure"),
    "in_dims that is no number": (lambda: vmap(torch.sin, in_dims="a")(X), ValueError,
                                  "expected `in_dims` to be int or"),
    "sizes": (lambda: vmap(torch.add)(X, torch.ones(3)), ValueError, "same size in the mapped"),
    "out_dims": (lambda: vmap(torch.sin, out_dims=(0, 1))(X), ValueError, "out_dims is not compat"),
    "tangents of another structure": (lambda: jvp(torch.sin, (X,), ((X, X),)), RuntimeError,
                                      r"structure \(\*,\) and tangents with \(\(\*, \*\),\)"),
    "tangents with other keys": (lambda: jvp(lambda d: d["a"], ({"a": X},), ({"b": X},)),
                                 RuntimeError, "same python structure"),
    "cotangents of another structure": (lambda: vjp(lambda x: (x, x), X)[1](X), RuntimeError,
                                        r"cotangents: \*, primal output: \(\*, \*\)"),
    "cotangents with other keys": (lambda: vjp(lambda x: {"a": x}, X)[1]({"b": X}), RuntimeError,
                                   "cotangents: {'b': .*}, primal output: {'a': .*}"),
    "a dataclass for another": (lambda: vjp(Weights, X)[1](X), RuntimeError,
                                r"primal output: Weights\(\*\)"),
    "real inputs": (lambda: jacfwd(torch.sin, holomorphic=True)(X), TypeError,
                    "jacfwd with holomorphic=True requires inputs with complex dtype"),
    "real outputs": (lambda: jacrev(torch.abs, holomorphic=True)(X + 1j), TypeError,
                     "jacrev with holomorphic=True requires outputs with complex dtype"),
    "functionalize": (lambda: functionalize(torch.sin, remove="all"), RuntimeError,
                      "invalid argument for remove=all"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    call, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_uses(name: str) -> None:
    call, error, text = WRONG[name]
    with pytest.raises(error, match=re.escape(text)):
        call(torch)


@pytest.mark.parametrize("name", VALUES)
def test_values_of_one_sample(name: str) -> None:
    with pytest.raises(RuntimeError, match=r"vmap: .* at transform_errors.py:\d+.*torch.where"):
        VALUES[name](torch)


def test_holomorphic_functions() -> None:
    z = torch.tensor([1 + 1j, 2 - 1j])
    for jacobian in (jacfwd, jacrev):
        found = jacobian(lambda z: z ** 3, holomorphic=True)(z)
        assert torch.allclose(found.diagonal(), 3 * z ** 2)
    assert torch.allclose(hessian(lambda z: (z ** 3).sum(), holomorphic=True)(z).diagonal(), 6 * z)


def test_functionalize() -> None:
    f = functionalize(lambda x: x.clone().add_(1).mul_(x), remove="mutations_and_views")
    assert f(X).tolist() == [2, 2] and grad(lambda x: f(x).sum())(X).tolist() == [3, 3]
    assert vmap(f)(torch.ones(3, 2)).tolist() == [[2, 2]] * 3


def test_debug_unwrap() -> None:
    seen = []

    def look(x: Any, y: Any) -> Any:
        seen.append((debug_unwrap(x).shape, debug_unwrap(x, recurse=False).shape,
                     debug_unwrap(y).shape, debug_unwrap(x * y).sum().item()))
        return x * y
    vmap(vmap(look, in_dims=(0, None)), in_dims=(0, None))(torch.ones(3, 2), torch.ones(4))
    assert seen == [((3, 2), (2,), (4,), 24.0)]
    assert debug_unwrap(X) is X


def test_batch_norms_without_statistics() -> None:
    model = func.replace_all_batch_norm_modules_(torch.nn.Sequential(
        torch.nn.BatchNorm1d(2), torch.nn.Sequential(torch.nn.BatchNorm2d(2))))
    assert model[0].running_var is None and not model[1][0].track_running_stats
    assert vmap(model[0])(torch.rand(3, 4, 2)).shape == (3, 4, 2)
