"""Derivative rules of one's own: ``custom_vjp``, ``custom_jvp``, ``custom_op``, their checks."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert import primitives
from wengert.engine.graph import TABLE, Jvp, Node, Partial
from wengert.engine.ops import elementwise as el
from wengert.func import (
    WrongRule,
    check_rules,
    custom_jvp,
    custom_vjp,
    directional,
    grad,
    hessian,
    jacfwd,
    jvp,
    vmap,
)

X = [0.3, -1.2, 2.0]
names = itertools.count()


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), 1e-9, 1e-9)


def product() -> Any:
    """``sin(x) y``, by the rule of jax's documentation: ``fwd`` calls the function itself."""
    @custom_vjp
    def f(x: Any, y: Any) -> Any:
        return torch.sin(x) * y

    f.defvjp(lambda x, y: (f(x, y), (torch.cos(x), torch.sin(x), y)),
             lambda res, g: (res[0] * g * res[2], res[1] * g))
    return f


def test_custom_vjp_in_every_transform() -> None:
    f = product()
    for k in range(4):
        x = torch.tensor(X) + 0.1 * k
        close(grad(lambda x: f(x, x).sum())(x), x.cos() * x + x.sin())
        close(hessian(lambda x: f(x, x).sum())(x), torch.diag(-x.sin() * x + 2 * x.cos()))
        close(jvp(f, (x, x), (x, x))[1], (x.cos() * x + x.sin()) * x)
        close(vmap(grad(lambda x, y: f(x, y)))(x, x.exp()), x.cos() * x.exp())
        close(jacfwd(lambda x: f(x, x))(x), torch.diag(x.cos() * x + x.sin()))
        y = x.requires_grad_()
        f(y, y=y).sum().backward()
        close(y.grad, y.cos() * y + y.sin())


def test_custom_vjp_that_says_something_else() -> None:
    """The rule counts, not the function: a gradient that is clipped, an argument without one."""
    clip = custom_vjp(lambda x, k: x * k, nondiff_argnums=(1,))
    clip.defvjp(lambda x, k: (x * k, {"x": x}),
                lambda k, res, ct: (ct.clamp(-k, k) + 0 * res["x"],))
    close(grad(lambda x: (clip(x, 2.0) * 5).sum())(torch.tensor(X)), torch.full((3,), 2.0))
    none = custom_vjp(lambda x, y: x + y)
    none.defvjp(lambda x, y: (x + y, None), lambda res, ct: (ct, None))
    a, b = grad(lambda x, y: none(x, y).sum(), argnums=(0, 1))(torch.tensor(X), torch.tensor(X))
    assert a.tolist() == [1, 1, 1] and b.tolist() == [0, 0, 0]


def test_custom_jvp_in_every_transform() -> None:
    @custom_jvp
    def f(x: Any, y: Any) -> Any:
        return {"a": torch.log1p(torch.exp(x)), "b": (x * y,)}

    @f.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        (x, y), (s, t) = primals, tangents
        return f(x, y), {"a": s * torch.sigmoid(x), "b": (s * y + x * t,)}
    for k in range(4):
        x = torch.tensor(X) - 0.1 * k
        close(grad(lambda x: f(x, x)["a"].sum())(x), x.sigmoid())
        found = hessian(lambda x: f(x, x.exp())["b"][0].sum())(x)
        close(found, torch.diag((2 + x) * x.exp()))
        close(jvp(lambda x: f(x, x)["b"][0], (x,), (x,))[1], 2 * x * x)
        close(vmap(grad(lambda x: f(x, x)["a"]))(x), x.sigmoid())
        third = directional(lambda x: f(x, x)["a"], (x,), (torch.ones(3),), 3)[3]
        s = x.sigmoid()
        close(third, s * (1 - s) * (1 - 2 * s))
    with torch.autograd.forward_ad.dual_level():
        x = torch.tensor(X)
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones(3))
        close(torch.autograd.forward_ad.unpack_dual(f(dual, x)["a"]).tangent, x.sigmoid())


def test_defjvps() -> None:
    f = custom_jvp(lambda x, y, n: x * y ** n)
    f.defjvps(lambda t, out, x, y, n: t * y ** n, lambda t, out, x, y, n: t * n * out / y, None)
    x, y = torch.tensor(X), torch.tensor(X).exp()
    close(grad(lambda x, y: f(x, y, 3).sum(), argnums=1)(x, y), 3 * x * y ** 2)


def test_checks_pass_for_rules_that_are_right() -> None:
    x = torch.tensor(X)
    assert check_rules(product(), x, x.exp(), reference=lambda x, y: x.sin() * y)
    assert check_rules(lambda d: d["a"].exp() @ d["b"], {"a": x, "b": x})
    assert check_rules(torch.tanh, x.float())
    assert check_rules(lambda z: (z * z.conj()).real * z, torch.complex(x, x.cos()))


WRONG = {
    "value": (lambda x: (x.sin() + 1, x), lambda x, g: (g * x.cos(),)),
    "reverse mode": (lambda x: (x.sin(), x), lambda x, g: (g * x.cos() * 1.01,)),
    "second order": (lambda x: (x.sin(), x), lambda x, g: (g * x.cos().detach(),)),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_check_says_what_is_wrong_and_by_how_much(what: str) -> None:
    f = custom_vjp(torch.sin)
    with pytest.raises(WrongRule, match=f"the rule of sin is wrong, {what}") as raised:
        f.defvjp(*WRONG[what], check=(torch.tensor(X),))
    assert raised.value.check == what and raised.value.error > 1e-4
    with pytest.raises(AttributeError, match="No VJP rule defined"):
        f(torch.tensor(X))


def test_the_check_of_a_rule_that_looks_at_values() -> None:
    f, x = custom_vjp(torch.sin), torch.tensor(X)
    f.defvjp(lambda x: (x.sin(), x), lambda x, g: (g * torch.from_numpy(np.cos(x.numpy())),))
    for what, text, without in (
            ("forward mode", "there is none", {}),
            ("second order", "it cannot be differentiated", {"forward": False}),
            ("batched gradient", "it cannot be mapped", {"forward": False, "order": 1})):
        with pytest.raises(WrongRule, match=f"{what}: {text}") as raised:
            check_rules(f, x, **without)
        assert raised.value.check == what
    assert check_rules(f, x, order=1, forward=False, batched=False)


def test_errors_of_custom_rules() -> None:
    x = torch.tensor(X)
    with pytest.raises(AttributeError, match="No JVP rule defined for custom_jvp function sin"):
        custom_jvp(torch.sin)(x)
    f = custom_vjp(lambda x: x * 2)
    for fwd, bwd, text in (
            (lambda x: x * 2, lambda res, g: (g,), "must produce a pair"),
            (lambda x: (x * 2, None), lambda res, g: g, "must return a tuple with a cotangent for"),
            (lambda x: (x * 2, None), lambda res, g: (g, g), "each of the 1 arguments, got 2 in"),
            (lambda x: (x * 2, None), lambda res, g: ((g, g),), "structure of the argument")):
        f.defvjp(fwd, bwd)
        with pytest.raises(TypeError, match=text):
            grad(lambda x: f(x).sum())(x)
    f.defvjp(lambda x: (x * 2, None), lambda res, g: (g.sum(),))
    with pytest.raises(ValueError, match=r"to have its shape \[3\], got \[\]"):
        grad(lambda x: f(x).sum())(x)
    h = custom_jvp(lambda x: x * 2)
    h.defjvp(lambda p, t: (h(*p), t[0].sum()))
    with pytest.raises(TypeError, match=r"the shapes of the results \[\[3\]\], got \[\[\]\]"):
        grad(lambda x: h(x).sum())(x)
    with pytest.raises(TypeError, match="Can't use ``defjvps`` with ``nondiff_argnums``"):
        custom_jvp(torch.sin, nondiff_argnums=(0,)).defjvps(None)
    with pytest.raises(ValueError, match="nondiff_argnums has 3, and the call has 1"):
        k = custom_vjp(torch.sin, nondiff_argnums=(3,))
        k.defvjp(torch.sin, torch.sin)
        k(x)


# ---- operators ----


def operator() -> Any:
    """``x ** 2`` from a place on, by NumPy."""
    def cropped(x: torch.Tensor, k: int = 1) -> torch.Tensor:
        return torch.from_numpy(x.numpy()[k:] ** 2)
    return torch.library.custom_op(f"own_rules::cropped{next(names)}", cropped, mutates_args=())


def backward(ctx: Any, g: Any) -> Any:
    (x,) = ctx.saved_tensors
    return torch.cat([torch.zeros(ctx.k), 2 * g * x[ctx.k:]]), None


def setup(ctx: Any, inputs: Any, output: Any) -> None:
    x, ctx.k = inputs
    ctx.save_for_backward(x)


def test_custom_op() -> None:
    op, x = operator(), torch.tensor(X, requires_grad=True)
    y = op(x)
    assert y.requires_grad
    with pytest.raises(RuntimeError, match="no autograd formula was registered"):
        y.sum().backward()
    op.register_autograd(backward, setup_context=setup, check=None)
    for k in (1, 2, 1):
        x.grad = None
        op(x, k=k).sum().backward()
        assert x.grad.tolist() == [0] * k + (2 * x[k:]).tolist()
    close(grad(lambda x: op.default(x, 2).sum())(x), torch.tensor([0, 0, 4.0]))
    with pytest.raises(RuntimeError, match=r"Expected a value of type 'Tensor' for argument 'x'"):
        op("x")
    with pytest.raises(RuntimeError, match="missing a required argument"):
        op()
    with pytest.raises(ValueError, match="namespace::name, got 'name'"):
        torch.library.custom_op("name", torch.sin, mutates_args=())


def test_custom_op_mapped_and_on_shapes() -> None:
    op, xs = operator(), torch.arange(8.0).reshape(2, 4)
    op.register_autograd(backward, setup_context=setup)
    with pytest.warns(UserWarning, match="no rule for torch.vmap, and is called for each sample"):
        close(vmap(op, in_dims=1)(xs), xs[1:].T ** 2)
    calls = []

    @op.register_vmap
    def rule(info: Any, in_dims: Any, x: Any, k: Any) -> Any:
        calls.append(info.batch_size)
        return x.movedim(in_dims[0], 1)[k:] ** 2, 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        close(vmap(op, in_dims=1)(xs), xs[1:].T ** 2)
        close(vmap(grad(lambda x: op(x, 3).sum()))(xs)[:, 3], 2 * xs[:, 3])
    assert calls == [4, 2]
    torch.library.register_fake(op, lambda x, k: x.new_empty(x.shape[0] - k))
    assert op(torch.empty(5, device="meta"), 2).shape == (3,)
    assert torch.library.opcheck(op, (xs[0].clone().requires_grad_(),))[
        "test_faketensor"] == "SUCCESS"
    op.register_fake(lambda x, k: x.new_empty(2))
    with pytest.raises(RuntimeError, match=r"the fake function gives .* of \[2\], the operator"):
        torch.library.opcheck(op, (xs[0],))


def test_custom_op_checked() -> None:
    op = operator()
    with pytest.raises(WrongRule, match="reverse mode: along a random direction"):
        op.register_autograd(lambda ctx, g: (torch.cat([torch.zeros(ctx.k), g]), None),
                             setup_context=setup, check=(torch.tensor(X),))
    with pytest.raises(RuntimeError, match="no autograd formula"):
        op(torch.tensor(X, requires_grad=True)).sum().backward()
    two = torch.library.custom_op(f"own_rules::two{next(names)}", lambda x: (x.sin(), x.cos()),
                                  mutates_args=())
    two.register_autograd(
        lambda ctx, a, b: a * ctx.saved_tensors[0].cos() - b * ctx.saved_tensors[0].sin(),
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")   # of the loop
        assert check_rules(two, torch.tensor(X))


# ---- primitives ----


def test_primitives_are_checked_on_request() -> None:
    x = torch.tensor(X)
    try:
        right = primitives.elementwise("log_cosh_checked", lambda x: np.log(np.cosh(x)),
                                       Partial(lambda y, x: el.tanh(x)))
        close(primitives.function(right, check=(x,))(x), x.cosh().log())
        wrong = primitives.elementwise("log_cosh_wrong", lambda x: np.log(np.cosh(x)),
                                       Partial(lambda y, x: el.sin(x)))
        with pytest.raises(WrongRule, match="the rule of log_cosh_wrong is wrong, reverse mode"):
            primitives.function(wrong, check=(x,))
        nonlinear = primitives.composite("twice_checked", lambda x: 2 * x,
                                         Jvp(lambda t, y, x: 2 * t + 0 * x))
        assert primitives.function(
            lambda_of(nonlinear), check=(x,))(x).tolist() == pytest.approx((2 * x).tolist())
    finally:
        for name in ("log_cosh_checked", "log_cosh_wrong", "twice_checked"):
            TABLE.pop(name, None)


def lambda_of(prim: Any) -> Any:
    def twice_checked(input: Node) -> Node:
        return prim(input)
    return twice_checked


def test_taylor_mode_of_a_primitive_of_ones_own() -> None:
    """Every order follows from the one derivative."""
    try:
        prim = primitives.elementwise("log_cosh_series", lambda x: np.log(np.cosh(x)),
                                      Partial(lambda y, x: el.tanh(x)))
        x = torch.tensor(X)
        found = directional(primitives.function(prim), (x,), (torch.ones(3),), 3)
        close(found[3], -2 * x.tanh() * (1 - x.tanh() ** 2))
        assert math.isclose(float(found[1][0]), math.tanh(0.3))
    finally:
        TABLE.pop("log_cosh_series", None)
