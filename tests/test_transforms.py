"""``torch.func`` and ``torch.autograd.functional``: uses, what they refuse, complex Jacobians."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest

import wengert as torch
import wengert.utils.checkpoint
from transform_uses import USES, plain, same
from wengert.autograd import forward_ad
from wengert.config import config
from wengert.engine.recording.flushing import flush


@pytest.mark.parametrize("name", USES)
def test_every_run_is_what_eager_gives(name: str) -> None:
    before = config.tier
    for k in range(4):
        found = []
        for tier in (before, "eager"):
            flush()
            config.tier = tier
            try:
                torch.manual_seed(k)
                found.append(plain(USES[name](torch, k)))
            finally:
                flush()
                config.tier = before
        same(*found)


WRONG = {"array": np.ones(2), "number": 3.0, "none": None, "list": [1.0], "text": "x"}


@pytest.mark.parametrize("arg", WRONG.values(), ids=WRONG)
def test_an_argument_that_is_no_tensor_is_refused(arg: object) -> None:
    f, func = lambda x: (torch.as_tensor(x) * 2).sum(), torch.func
    for kind, call in [
            (ValueError, lambda: func.grad(f)(arg)), (ValueError, lambda: func.vjp(f, arg)),
            (ValueError, lambda: func.jacrev(f)(arg)),
            (RuntimeError, lambda: func.jvp(f, (arg,), (arg,))),
            (AttributeError, lambda: func.jacfwd(f)(arg)),
            (AttributeError, lambda: func.hessian(f)(arg))]:
        with pytest.raises(kind):
            call()


REFUSED = {
    "integers": (RuntimeError, "only Tensors of floating", lambda f, x: f.grad(sum)(x.long())),
    "integers forward": (ValueError, "primal", lambda f, x: f.jvp(sum, (x.long(),), (x.long(),))),
    "argnum": (RuntimeError, "argnum=2", lambda f, x: f.grad(sum, argnums=2)(x)),
    "argnums twice": (RuntimeError, "unique", lambda f, x: f.grad(sum, argnums=(0, 0))(x)),
    "no tuple": (RuntimeError, "tuple", lambda f, x: f.jvp(torch.sin, x, x)),
    "no primals": (RuntimeError, "at least one", lambda f, x: f.jvp(torch.sin, (), ())),
    "tangent's shape": (RuntimeError, "size", lambda f, x: f.jvp(torch.sin, (x,), (x[0],))),
    "tangents": (RuntimeError, "structure", lambda f, x: f.jvp(torch.sin, (x,), (x, x))),
    "a number out": (RuntimeError, "only tensors", lambda f, x: f.jvp(lambda x: 3.0, (x,), (x,))),
    "a number out, vjp": (RuntimeError, "only tensors", lambda f, x: f.vjp(lambda x: 3.0, x)),
    "cotangent's shape": (RuntimeError, "shape", lambda f, x: f.vjp(torch.sin, x)[1](x[0])),
    "cotangents": (RuntimeError, "structure", lambda f, x: f.vjp(lambda x: (x, x), x)[1](x)),
    "independent": (RuntimeError, "independent",
                    lambda f, x: f.jvp(lambda x: torch.ones(2), (x,), (x,), strict=True)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    kind, words, call = REFUSED[name]
    with pytest.raises(kind, match=words):
        call(torch.func, torch.ones(2))


STRICT = [
    ("jacobian", lambda x: torch.ones(2), "does not require gradients"),
    ("jacobian", lambda x: torch.ones(2, requires_grad=True) * 2, "independent of input 0"),
    ("hessian", lambda x: (x * 2).sum(), "twice differentiable"),
    ("vjp", lambda x: torch.ones(1, requires_grad=True).sum(), "independent of input 0"),
    ("jvp", lambda x: torch.ones(2), "does not require gradients"),
    ("vhp", lambda x: (x * 2).sum(), "twice differentiable"),
    ("hvp", lambda x: torch.ones(1).sum(), "does not require gradients"),
]


@pytest.mark.parametrize(("name", "f", "words"), STRICT)
def test_strict(name: str, f: object, words: str) -> None:
    x, call = torch.ones(2), getattr(torch.autograd.functional, name)
    v = (x,) if name in ("jvp", "vhp", "hvp") else ()
    with pytest.raises(RuntimeError, match=words):
        call(f, x, *v, strict=True)
    call(f, x, *v)


@pytest.mark.parametrize("name", ["jvp", "vjp", "vhp", "hvp"])
def test_v_may_be_left_out_for_one_element_only(name: str) -> None:
    call = getattr(torch.autograd.functional, name)
    f = (lambda x: (x ** 2).sum()) if name in ("vhp", "hvp") else torch.sin
    call(f, torch.ones(1))
    with pytest.raises(RuntimeError, match="can only be None"):
        call(f, torch.ones(3))
    for v, kind in [(torch.ones(2), RuntimeError), (3.0, TypeError),
                    ((torch.ones(3), torch.ones(3)), RuntimeError)]:
        with pytest.raises(kind):
            call(f, torch.ones(3), v)


def test_complex_jacobians_agree() -> None:
    func = torch.func
    forms = [lambda z: z * z, lambda z: z.conj() * z, lambda z: z.abs(), lambda z: (1j * z).exp(),
             lambda z: z.real * 2, lambda z: z.sum() * z[0]]
    for k in range(4):
        z = torch.tensor([1 + 2j, 0.5 - 1j * k], dtype=torch.complex128)
        for f in forms:
            a, b = func.jacrev(f)(z), func.jacfwd(f)(z)
            assert a.dtype is b.dtype
            np.testing.assert_allclose(a.tolist(), b.tolist(), atol=1e-12)
        x = torch.tensor([0.3, 0.5 + k], dtype=torch.float64)
        wave = lambda x: torch.exp(1j * x)
        np.testing.assert_allclose(func.jacrev(wave)(x).tolist(), func.jacfwd(wave)(x).tolist())


def test_complex_tangents_of_real_tensors() -> None:
    def f(x: torch.Tensor, y: torch.Tensor) -> Any:
        return (x * y).sin(), (x ** 3).sum() * torch.exp(1j * y), x.clone()
    for k in range(3):
        x = torch.tensor([0.3 + k, -0.7], dtype=torch.float64)
        t = torch.complex(x + 1, x * 2)
        parts = [torch.func.jvp(f, (x, x), (p, p * 0))[1] for p in (t.real, t.imag)]
        for found in (torch.func.jvp(f, (x, x), (t, x * 0))[1],
                      torch.func.linearize(f, x, x)[1](t, t * 0)):
            for a, b, c in zip(found, *parts, strict=True):
                np.testing.assert_allclose(a.numpy(), (b + 1j * c).numpy())


def test_forward_mode_says_where_no_grad_is_in_the_way() -> None:
    def f(x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            shift = x ** 2
        return shift * x + float((x * 2).detach().numpy()[0])
    x = torch.tensor([2.0])
    with pytest.raises(NotImplementedError, match="no_grad"):
        torch.func.jvp(f, (x,), (x,))


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, ct: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return 2 * ct * x


@pytest.mark.parametrize("looks", [False, True])
def test_no_grad_beside_a_custom_function_is_refused_and_the_functions_own_is_not(
        looks: bool) -> None:
    def shifted(x: torch.Tensor) -> torch.Tensor:
        y = Squared.apply(x)
        with torch.no_grad():
            shift = x ** 2
        if looks:
            y.detach().numpy()
        return y - shift

    def alone(x: torch.Tensor) -> torch.Tensor:
        y = Squared.apply(x)
        if looks:
            y.detach().numpy()
        return y * 3
    for k in range(4):
        x = torch.tensor([1.0 + k, -2.0])
        with torch.no_grad():
            x += 1   # what came before says nothing
        for transform in (lambda f, x: torch.func.jvp(f, (x,), (torch.ones(2),))[1],
                          lambda f, x: torch.func.jacfwd(f)(x).sum(1)):
            with pytest.raises(NotImplementedError, match="no_grad"):
                transform(shifted, x)
            assert transform(alone, x).tolist() == (6 * x).tolist()


def test_modes_at_the_start_of_a_recording_are_told_apart() -> None:
    def with_mode(mode: Any) -> Any:
        def f(x: torch.Tensor) -> torch.Tensor:
            with mode():
                shift = x ** 2
            return x ** 2 - shift.clone()
        return f
    for k in range(4):
        x = torch.tensor([1.0 + k, -2.0])
        for mode, right in ((torch.no_grad, 0 * x), (torch.inference_mode, 2 * x)):
            t = torch.func.jvp(with_mode(mode), (x,), (torch.ones(2),))[1]
            assert t.tolist() == right.tolist()


def test_forward_mode_calls_no_hooks_of_modules() -> None:
    module, seen = torch.nn.Linear(2, 2), []
    module.register_full_backward_hook(lambda m, before, after: seen.append("gradient"))
    for k in range(3):
        x = torch.tensor([0.5, 1.0 + k])
        with forward_ad.dual_level():
            dual = module(forward_ad.make_dual(x, x))
            found = [forward_ad.unpack_dual(dual).tangent.detach().clone()]
        found += [torch.func.jvp(module, (x,), (x,))[1], torch.func.jacfwd(module)(x) @ x]
        for t in found:
            np.testing.assert_allclose(t.detach().numpy(), (module.weight @ x).detach().numpy(),
                                       1e-5)
    assert seen == []
    module(x).sum().backward()
    assert seen == ["gradient"]


class Scaled(torch.autograd.Function):
    """By the sum of the values, which its forward looks at."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_forward(x)
        return x * x.detach().sum().item()

    @staticmethod
    def jvp(ctx: Any, t: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return t * x.sum() + x * t.sum()


def test_tangents_go_on_where_a_function_that_was_left_alone_has_looked_at_values() -> None:
    def root(a: torch.Tensor) -> torch.Tensor:
        def iterated(f: Any, x: torch.Tensor) -> torch.Tensor:
            while f(x).abs().max().item() > 1e-12:
                x = x - f(x) / (2 * x)
            return x
        return torch.func.custom_root(lambda x: x * x - a, a + 1, iterated)
    uses = [(Scaled.apply, lambda x: x * x.sum()), (root, torch.sqrt)]
    for k in range(3):
        x = torch.tensor([0.5, 1.5 + k], dtype=torch.float64)
        for looking, written in uses:
            def whole(f: Any, x: torch.Tensor) -> torch.Tensor:
                return (f(x * 2) + x).sin() * x
            with forward_ad.dual_level():
                dual = whole(looking, forward_ad.make_dual(x, x + 1))
                found = forward_ad.unpack_dual(dual).tangent.tolist()
            wanted = torch.func.jvp(partial(whole, written), (x,), (x + 1,))[1]
            np.testing.assert_allclose(found, wanted.tolist(), 1e-9)


@pytest.mark.skipif(config.tier == "eager", reason="each call computes at once")
@pytest.mark.parametrize("name", ["vmap", "jvp", "hessian"])
def test_a_call_in_a_long_recording_does_not_walk_all_of_it(name: str) -> None:
    x, rows = torch.ones(3), torch.ones(5, 3)
    step = {"vmap": lambda k: torch.func.vmap(lambda x: x * k + x.sum())(rows),
            "jvp": lambda k: torch.func.jvp(lambda x: x.sin() * k, (x,), (x,)),
            "hessian": lambda k: torch.func.hessian(lambda x: (x ** 3 * k).sum())(x)}[name]

    def calls(k: int) -> int:
        counted = [0]

        def count(frame: object, event: str, arg: object) -> None:
            counted[0] += event == "call"

        sys.setprofile(count)
        try:
            step(k)
        finally:
            sys.setprofile(None)
        return counted[0]

    flush()
    early = min(calls(k) for k in range(20, 40))
    for k in range(400):
        step(k)
    late = min(calls(k) for k in range(20))
    assert late < 2 * early + 1000, (early, late)
