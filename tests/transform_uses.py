"""What people do with ``torch.func``: programs for any library with PyTorch's surface, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

USES: dict[str, Callable[[Any, int], Any]] = {}


def use(function: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    USES[function.__name__] = function
    return function


def vector(torch: Any, seed: int, *shape: int) -> Any:
    return torch.tensor(np.random.RandomState(seed).uniform(0.2, 1.5, shape))


def leaf(torch: Any, seed: int, *shape: int) -> Any:
    return vector(torch, seed, *shape).requires_grad_()


def plain(value: Any) -> Any:
    """Results as arrays in lists."""
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return [plain(value[key]) for key in sorted(value)]
    return value if value is None else np.asarray(
        value.detach().tolist() if hasattr(value, "detach") else value)


def same(found: Any, expected: Any) -> None:
    assert isinstance(found, list) == isinstance(expected, list)
    if isinstance(expected, list):
        for a, b in zip(found, expected, strict=True):
            same(a, b)
    elif expected is None:
        assert found is None
    else:
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


@use
def maml(torch: Any, k: int) -> Any:
    grad, w = torch.func.grad, leaf(torch, k, 3)
    x, y = vector(torch, k + 1, 4, 3), vector(torch, k + 2, 4)

    def loss(w: Any) -> Any:
        return ((x @ w - y) ** 2).mean()
    fast = w - 0.1 * grad(loss)(w)
    fast = fast - 0.1 * grad(loss)(fast)
    (x @ fast).sin().sum().backward()
    return w.grad


@use
def maml_of_a_module(torch: Any, k: int) -> Any:
    nn, func = torch.nn, torch.func
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    x, y = vector(torch, k, 5, 3), vector(torch, k + 1, 5, 1)

    def loss(p: Any) -> Any:
        return ((func.functional_call(net, p, (x,)) - y) ** 2).mean()
    fast = dict(net.named_parameters())
    for _ in range(2):
        grads = func.grad(loss)(fast)
        fast = {name: fast[name] - 0.1 * grads[name] for name in fast}
    loss(fast).backward()
    return [p.grad for p in net.parameters()]


@use
def pinn(torch: Any, k: int) -> Any:
    nn, grad = torch.nn, torch.func.grad
    net = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    opt = torch.optim.SGD(net.parameters(), lr=0.05)

    def u(t: Any) -> Any:
        return net(t.reshape(1, 1)).sum()
    seen = []
    for step in range(3):
        opt.zero_grad()
        points = [torch.tensor(t, dtype=torch.float64) for t in (0.1 * (step + k), 0.7)]
        loss = sum((grad(grad(u))(t) + u(t)) ** 2 for t in points)
        loss.backward()
        opt.step()
        seen.append(loss.item())
    return seen


@use
def pinn_by_forward_mode(torch: Any, k: int) -> Any:
    nn, jvp = torch.nn, torch.func.jvp
    net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    x = vector(torch, k, 5, 2)
    t = torch.ones_like(x)
    second = jvp(lambda x: jvp(net, (x,), (t,))[1], (x,), (t,))[1]
    (second ** 2).mean().backward()
    return [p.grad for p in net.parameters()]


@use
def newton(torch: Any, k: int) -> Any:
    func, a, x = torch.func, leaf(torch, k, 3), vector(torch, k + 1, 3)

    def f(x: Any) -> Any:
        return ((x ** 2 - a) ** 2).sum()
    for _ in range(4):
        g = func.grad(f)(x)
        if g.norm().item() < 1e-9:
            break
        x = x - torch.linalg.solve(func.hessian(f)(x), g)
    x.sum().backward()
    return x, a.grad


@use
def hooks_act_on_cotangents(torch: Any, k: int) -> Any:
    func, x, w = torch.func, vector(torch, k, 3), leaf(torch, k + 1, 3)

    def f(x: Any) -> Any:
        y = x * w
        if y.requires_grad:
            y.register_hook(lambda ct: ct * 10)
        return y.sin()
    return (func.jvp(f, (x,), (x,))[1], func.jacfwd(f)(x),
            func.grad(lambda x: f(x).sum())(x))


@use
def captured_and_written(torch: Any, k: int) -> Any:
    w, x = leaf(torch, k, 3), vector(torch, k + 1, 3)
    h = w.clone()
    h[1] = h[0] * 2
    h.mul_(w)
    out = torch.func.grad(lambda x: (x ** 2 * h).sum())(x)
    (out ** 2).sum().backward()
    return out, w.grad


@use
def written_inside(torch: Any, k: int) -> Any:
    func, x = torch.func, vector(torch, k, 3)

    def f(x: Any) -> Any:
        y = x.clone()
        y[0] = x[1] * 2
        y.add_(x)
        y[1:] *= x[1:]
        return y
    return (func.jvp(f, (x,), (x,)), func.jacfwd(f)(x), func.jacrev(f)(x),
            func.hessian(lambda x: (f(x) ** 2).sum())(x))


@use
def dicts_and_lists(torch: Any, k: int) -> Any:
    func = torch.func
    p = {"a": vector(torch, k, 2), "b": [vector(torch, k + 1, 2), vector(torch, k + 2, 1)]}

    def f(p: Any) -> Any:
        return {"s": (p["a"] * p["b"][0]).sum() * p["b"][1], "t": (p["a"] ** 2,)}

    def h(p: Any) -> Any:
        return (p["a"] ** 2 * p["b"][0]).sum() * p["b"][1].sum()
    return (func.jacfwd(f)(p), func.jacrev(f)(p), func.hessian(h)(p), func.grad(h)(p),
            func.jvp(f, (p,), (p,)), func.vjp(f, p)[0])


@use
def argnums(torch: Any, k: int) -> Any:
    func, x, y = torch.func, vector(torch, k, 2), vector(torch, k + 1, 2)

    def f(x: Any, y: Any) -> Any:
        return x * y.sum() + y ** 2
    return (func.jacfwd(f, argnums=(0, 1))(x, y), func.jacrev(f, argnums=(1, 0))(x, y),
            func.hessian(lambda x, y: f(x, y).sum(), argnums=(0, 1))(x, y),
            func.jacfwd(f, argnums=1)(x, y), func.jacfwd(f, argnums=(1,))(x, y))


@use
def values_looked_at(torch: Any, k: int) -> Any:
    func, x, w = torch.func, vector(torch, k, 2), leaf(torch, k + 1, 2)

    def f(x: Any) -> Any:
        y = x * w
        for _ in range(3):
            y = y * x.sin() if y.sum().item() > 0.1 else y + 1
        return y
    t = func.jvp(f, (x,), (x,))[1]
    (t ** 2).sum().backward()
    return t, w.grad, func.jacfwd(f)(x)


@use
def pullback_of_leaves(torch: Any, k: int) -> Any:
    x, w, c = vector(torch, k, 2), leaf(torch, k + 1, 2), leaf(torch, k + 2, 2)
    y, pull = torch.func.vjp(lambda x: (x ** 2 * w).sin(), x)
    (g,), (h,) = pull(c), pull(c * 2)
    (g * h).sum().backward()
    return y, g, w.grad, c.grad


@use
def inference(torch: Any, k: int) -> Any:
    func, x = torch.func, vector(torch, k, 2)
    with torch.inference_mode():
        w = vector(torch, k + 1, 2)

        def f(x: Any) -> Any:
            return (x ** 2 * w).sin().sum()
        around = [func.grad(f)(x), func.jvp(f, (x,), (x,)), func.jacfwd(f)(x), func.jacrev(f)(x),
                  func.hessian(f)(x), func.vjp(f, x)[1](torch.tensor(1.0, dtype=torch.float64))]

    def inside(x: Any) -> Any:
        with torch.inference_mode():
            shift = x ** 2
        return (x ** 3 + shift).sum()
    return around, func.grad(inside)(x), func.jvp(inside, (x,), (x,)), func.jacfwd(inside)(x)


@use
def custom_function(torch: Any, k: int) -> Any:
    func, x, w = torch.func, vector(torch, k, 2), leaf(torch, k + 1, 2)

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x ** 2

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx: Any, ct: Any) -> Any:
            return ct * 2 * ctx.saved_tensors[0]

        @staticmethod
        def jvp(ctx: Any, t: Any) -> Any:
            return t * 2 * ctx.saved_tensors[0]

    def f(x: Any) -> Any:
        return Square.apply(x * w).sin()
    return (func.jvp(f, (x,), (x,))[1], func.grad(lambda x: f(x).sum())(x),
            func.grad(func.grad(lambda a: Square.apply(a) ** 2))(x[0]))


@use
def rules_for_tangents(torch: Any, k: int) -> Any:
    """A ``jvp`` of one's own is what forward mode uses, also where ``backward`` says another."""
    func, fw, x, w = torch.func, torch.autograd.forward_ad, vector(torch, k, 3), leaf(torch, k, 3)

    class Parts(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any, n: int, y: Any) -> Any:
            return x ** n * y, (x > 1).long(), x.exp()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.n, y = inputs
            ctx.mark_non_differentiable(output[1])
            ctx.save_for_forward(x, y, output[2])
            ctx.save_for_backward(y)

        @staticmethod
        def backward(ctx: Any, a: Any, _: Any, b: Any) -> Any:
            return 7 * a + b, None, a * ctx.saved_tensors[0]

        @staticmethod
        def jvp(ctx: Any, t: Any, n: None, s: Any) -> Any:
            x, y, z = ctx.saved_tensors
            return ctx.n * x ** (ctx.n - 1) * y * t + 10 * s, None, 3 * z * t

    class Alone(torch.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x ** 3

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_forward(*inputs)

        @staticmethod
        def jvp(ctx: Any, t: Any) -> Any:
            return 2 * ctx.saved_tensors[0] * t

    def f(x: Any) -> Any:
        a, _, b = Parts.apply(x * 1.0, 3, x.sin())
        return Parts.apply(w, 2, a * b)[0] + x

    def plain(f: Any) -> Any:
        with fw.dual_level():
            return fw.unpack_dual(f(fw.make_dual(x, x + 1))).tangent.detach().clone()
    g = lambda x: Alone.apply(x.cos()) * x
    return (func.jvp(f, (x,), (x + 1,))[1], func.jacfwd(f)(x), func.linearize(f, x)[1](x), plain(f),
            func.grad(lambda x: func.jvp(f, (x,), (x,))[1].sum())(x), func.jacrev(f)(x),
            torch.vmap(lambda x: func.jvp(lambda x: Parts.apply(x, 2, x)[0], (x,), (x,))[1])(
                torch.stack([x, x + 1])), func.jvp(g, (x,), (x,))[1], plain(g))


@use
def rows_with_sparse_gradients(torch: Any, k: int) -> Any:
    places, w = torch.tensor([1, 1, 3]), vector(torch, k, 4, 2)

    def f(w: Any) -> Any:
        return torch.nn.functional.embedding(places, w, sparse=True) ** 2
    return (torch.func.jvp(f, (w,), (w + 1,)), torch.func.jacfwd(f)(w),
            torch.func.grad(lambda w: f(w).sum())(w).to_dense())


@use
def called_once(torch: Any, k: int) -> Any:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x * torch.rand(2, dtype=torch.float64)
    x = vector(torch, k, 2)
    t = torch.func.jvp(f, (x,), (x,))[1]
    return len(calls), t


@use
def checkpoint_in_forward_mode(torch: Any, k: int) -> Any:
    func, fw = torch.func, torch.autograd.forward_ad
    x, w = vector(torch, k, 3), leaf(torch, k + 1, 3)

    def f(x: Any) -> Any:
        return torch.utils.checkpoint.checkpoint(lambda a: (a ** 3 * w).sin(), x,
                                                 use_reentrant=False)
    with fw.dual_level():
        t = fw.unpack_dual(f(fw.make_dual(x, x * 2))).tangent
        t = t.detach().clone()
    return t, func.jvp(f, (x,), (x * 2,)), func.jacfwd(f)(x)


@use
def no_grad_in_forward_mode(torch: Any, k: int) -> Any:
    func, fw, x = torch.func, torch.autograd.forward_ad, vector(torch, k, 3)

    def f(x: Any) -> Any:
        with torch.no_grad():
            shift = x ** 2
        return x ** 3 - shift
    with fw.dual_level():
        t = fw.unpack_dual(f(fw.make_dual(x, x * 2))).tangent
    return (t, func.jvp(f, (x,), (x,)), func.jacfwd(f)(x), func.jacfwd(func.jacfwd(f))(x),
            func.jacrev(func.jacfwd(f))(x), func.jacfwd(func.jacrev(f))(x))


@use
def of_what_is_piecewise_linear(torch: Any, k: int) -> Any:
    func, x = torch.func, vector(torch, k, 2) - 0.7

    def f(x: Any) -> Any:
        return torch.relu(x).sum() + 3 * x.sum()
    return (func.hessian(f)(x), func.jacrev(func.jacrev(f))(x), func.jacrev(func.jacfwd(f))(x),
            func.jacfwd(func.jacfwd(f))(x))


@use
def linearized(torch: Any, k: int) -> Any:
    x, w = vector(torch, k, 3), leaf(torch, k + 1, 3)
    y, push = torch.func.linearize(lambda x: (x * w.detach()).sin() * x.sum(), x)
    pushed = [push(vector(torch, k + 2 + i, 3)) for i in range(2)]
    return y, pushed, torch.vmap(push)(torch.eye(3, dtype=x.dtype))
