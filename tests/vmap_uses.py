"""What people do with ``torch.vmap``: programs for any library with PyTorch's surface, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from transform_uses import leaf, plain, same, vector

USES: dict[str, Callable[[Any, int], Any]] = {}


def use(function: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    USES[function.__name__] = function
    return function


def perceptron(torch: Any, k: int) -> Any:
    torch.manual_seed(k)
    return torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(),
                               torch.nn.Linear(5, 2)).double()


@use
def products(torch: Any, k: int) -> Any:
    x, y = vector(torch, k, 4, 3), vector(torch, k + 1, 4, 3)
    dot = torch.vmap(torch.dot)
    return dot(x, y), torch.vmap(dot, in_dims=(0, None))(torch.stack([x, 2 * x]), y)


@use
def axes(torch: Any, k: int) -> Any:
    x, y = vector(torch, k, 2 + k, 3, 4), vector(torch, k + 1, 4)
    f = torch.vmap(lambda a, b: (a * b).sum(0), in_dims=(1, None), out_dims=1)
    g = torch.vmap(lambda a, b: (a, {"b": b * a.sum()}), in_dims=(-1, 0), out_dims=(2, -1))
    return f(x, y), g(x, y)


@use
def structures(torch: Any, k: int) -> Any:
    x, y = vector(torch, k, 3, 2), vector(torch, k + 1, 2, 3)
    f = torch.vmap(lambda d, p: {"s": d["a"] + p[0], "t": [d["b"].T * p[1], d["a"]]},
                   in_dims=({"a": 0, "b": None}, (1, None)))
    return f({"a": x, "b": y}, (y, x))


@use
def nested_axes(torch: Any, k: int) -> Any:
    x, y = vector(torch, k, 3), vector(torch, k + 1, 4 + k)
    table = torch.vmap(torch.vmap(lambda a, b: a * b + a.sin(), in_dims=(None, 0)),
                       in_dims=(0, None), out_dims=1)
    return table(x, y)


@use
def per_sample_gradients(torch: Any, k: int) -> Any:
    model, func = perceptron(torch, k), torch.func
    params = {n: p.detach() for n, p in model.named_parameters()}
    x, y = vector(torch, k, 6, 3), vector(torch, k + 1, 6, 2)

    def loss(params: Any, x: Any, y: Any) -> Any:
        return ((func.functional_call(model, params, (x.unsqueeze(0),)).squeeze(0) - y) ** 2).mean()
    return torch.vmap(func.grad(loss), in_dims=(None, 0, 0))(params, x, y)


@use
def ensemble(torch: Any, k: int) -> Any:
    models = [perceptron(torch, k + i) for i in range(3)]
    params, buffers = torch.func.stack_module_state(models)
    x = vector(torch, k, 4, 3)

    def call(p: Any, b: Any, x: Any) -> Any:
        return torch.func.functional_call(models[0], (p, b), (x,))
    out = torch.vmap(call, in_dims=(0, 0, None))(params, buffers, x)
    out.sin().sum().backward()
    return out, {n: p.grad for n, p in params.items()}


@use
def captured_tensors(torch: Any, k: int) -> Any:
    w, b, x = leaf(torch, k, 3, 2), leaf(torch, k + 1, 2), leaf(torch, k + 2, 5, 3)
    out = torch.vmap(lambda x: (x @ w + b).tanh().sum())(x)
    (out ** 2).sum().backward()
    return out, w.grad, b.grad, x.grad


@use
def gradient_of_mapped_gradients(torch: Any, k: int) -> Any:
    w, x = leaf(torch, k, 3), vector(torch, k + 1, 4, 3)
    g = torch.vmap(torch.func.grad(lambda x: (x * w).sin().sum()))(x)
    (g ** 2).sum().backward()
    return g, w.grad


@use
def jacobians(torch: Any, k: int) -> Any:
    f, x = lambda x: torch.stack([x.prod(), (x ** 2).sum()]), vector(torch, k, 3, 4)
    func = torch.func
    return (torch.vmap(func.jacrev(f))(x), torch.vmap(func.jacfwd(f))(x),
            torch.vmap(func.hessian(lambda x: f(x).sum()))(x))


@use
def pulled_back(torch: Any, k: int) -> Any:
    x = vector(torch, k, 4)
    out, pull = torch.func.vjp(lambda x: x.sin() * x.sum(), x)
    return torch.vmap(pull)(torch.eye(4, dtype=out.dtype))


@use
def pushed_forward(torch: Any, k: int) -> Any:
    x, func = vector(torch, k, 4), torch.func
    f = lambda x: x.exp() * x.flip(0)
    columns = torch.vmap(lambda t: func.jvp(f, (x,), (t,))[1])(torch.eye(4, dtype=x.dtype))
    return columns, func.jvp(torch.vmap(f), (vector(torch, k, 2, 4),), (vector(torch, 9, 2, 4),))


@use
def mapped_inside_grad(torch: Any, k: int) -> Any:
    w, x = vector(torch, k, 3), vector(torch, k + 1, 5, 3)
    return torch.func.grad_and_value(
        lambda w: torch.vmap(lambda x: (x * w).sum().sigmoid())(x).log().mean())(w)


@use
def inner_loops(torch: Any, k: int) -> Any:
    tasks, func = vector(torch, k, 4, 5, 3), torch.func
    w = leaf(torch, k + 1, 3)

    def adapted(w: Any, x: Any) -> Any:
        loss = lambda w: ((x @ w - 1) ** 2).mean()
        for _ in range(2):
            w = w - 0.1 * func.grad(loss)(w)
        return loss(w)
    total = torch.vmap(adapted, in_dims=(None, 0))(w, tasks).mean()
    total.backward()
    return total, w.grad


@use
def choices(torch: Any, k: int) -> Any:
    x, i = vector(torch, k, 4, 5) - 0.8, torch.tensor([[0, 1], [2, 3], [4, 0], [1, 1]])
    v = torch.vmap
    return (v(lambda x, i: x[i])(x, i), v(lambda x, i: x[i[0]])(x, i), v(lambda x: x[1:4:2])(x),
            v(lambda x: torch.where(x > 0, x.abs().sqrt(), x))(x),
            v(lambda x: x.sort(descending=True).values)(x), v(lambda x: x.topk(2))(x),
            v(lambda x: x.cumsum(0))(x), v(lambda x: x.argmax())(x), v(lambda x: x.softmax(-1))(x),
            v(lambda x, i: x.gather(0, i))(x, i), v(lambda x, i: x.scatter(0, i, 2.0))(x, i),
            v(lambda x, i: x.index_select(0, i))(x, i),
            v(lambda x, i: torch.nn.functional.one_hot(i, 5) * x)(x, i), v(lambda x: x.max(0))(x),
            v(lambda x: x.std() + x.var(0) + x.norm())(x), v(lambda x: x.median())(x))


@use
def writes(torch: Any, k: int) -> Any:
    x = vector(torch, k, 4, 5)

    def f(x: Any) -> Any:
        y = x.clone()
        y[0] = y[1] * 2
        y[2:4] += 1
        y.mul_(2).clamp_(max=5)
        return y
    z = x.clone()
    out = torch.vmap(lambda z: z.add_(1))(z)
    return torch.vmap(f)(x), out, z


@use
def matrices(torch: Any, k: int) -> Any:
    a = vector(torch, k, 3, 4, 4) + 4 * torch.eye(4, dtype=vector(torch, 0, 1).dtype)
    b, v = vector(torch, k + 1, 3, 4), torch.vmap
    return (v(torch.linalg.inv)(a), v(torch.linalg.solve)(a, b), v(torch.linalg.det)(a),
            v(torch.linalg.solve, in_dims=(None, 0))(a[0], b), v(torch.trace)(a),
            v(lambda a: torch.linalg.cholesky(a @ a.T))(a), v(torch.outer)(b, b),
            v(lambda a, b: torch.einsum("ij,j->i", a, b))(a, b), v(lambda a: a.T @ a[0])(a),
            v(torch.func.grad(lambda a: torch.linalg.slogdet(a)[1]))(a), v(torch.diag)(b))


@use
def images(torch: Any, k: int) -> Any:
    x, w = vector(torch, k, 3, 2, 4, 6, 6), vector(torch, k + 1, 3, 4, 2, 3, 3)
    f, v, func = torch.nn.functional, torch.vmap, torch.func
    conv = lambda x, w: f.conv2d(x, w, padding=1, groups=2)
    loss = lambda w, x: (conv(x, w) ** 2).sum()
    return (v(conv)(x, w), v(conv, in_dims=(0, None))(x, w[0]), v(conv, in_dims=(None, 0))(x[0], w),
            v(func.grad(loss), in_dims=(None, 0))(w[0], x), v(func.grad(loss))(w, x),
            v(func.grad(loss), in_dims=(0, None))(w, x[0]),
            v(lambda x: f.max_pool2d(x, 2))(x), v(lambda x: f.avg_pool2d(x, 3, 2))(x),
            v(lambda x: f.interpolate(x, scale_factor=2, mode="bilinear"))(x),
            v(lambda x: f.pad(x, (1, 1)))(x), v(lambda x: f.layer_norm(x, (6, 6)))(x))


@use
def attention_heads(torch: Any, k: int) -> Any:
    q, key, value = (vector(torch, k + i, 5, 4, 3) for i in range(3))

    def head(q: Any, key: Any, value: Any) -> Any:
        return ((q @ key.T) / 3 ** 0.5).softmax(-1) @ value
    return torch.vmap(head, in_dims=1, out_dims=1)(q, key, value)


@use
def losses(torch: Any, k: int) -> Any:
    f, x = torch.nn.functional, vector(torch, k, 5, 4)
    target = torch.tensor([0, 3, 1, 2, 0])
    v, grad = torch.vmap, torch.func.grad
    loss = lambda x, t: f.cross_entropy(x.unsqueeze(0), t.unsqueeze(0))
    return (v(loss)(x, target), v(grad(loss))(x, target), v(f.nll_loss)(x.log_softmax(-1), target),
            v(lambda x: f.binary_cross_entropy_with_logits(x, torch.ones_like(x)))(x),
            v(f.huber_loss)(x, x.flip(0)), v(lambda x: f.gelu(x) + f.silu(x) + f.softplus(x))(x))


@use
def embeddings(torch: Any, k: int) -> Any:
    w, i = leaf(torch, k, 6, 3), torch.tensor([[0, 5], [2, 2], [1, 4]])
    out = torch.vmap(lambda i: torch.nn.functional.embedding(i, w).sum(0))(i)
    out.sin().sum().backward()
    per = torch.vmap(torch.func.grad(
        lambda w, i: torch.nn.functional.embedding(i, w).prod()), in_dims=(None, 0))(w.detach(), i)
    return out, w.grad, per


@use
def factories(torch: Any, k: int) -> Any:
    x = vector(torch, k, 3, 4)

    def f(x: Any) -> Any:
        return x + torch.arange(4) + torch.eye(4, dtype=x.dtype)[0] + torch.zeros_like(x)
    return torch.vmap(f)(x), torch.vmap(lambda x: torch.ones(2))(x), torch.vmap(
        lambda x: torch.linspace(0, 1, 4) * x, out_dims=1)(x)


@use
def random_numbers(torch: Any, k: int) -> Any:
    x, v = vector(torch, k, 3, 20), torch.vmap
    torch.manual_seed(k)
    alike = v(lambda x: x * torch.rand(20), randomness="same")(x)
    apart = v(lambda x: x + torch.randn(20), randomness="different")(x)
    return alike, apart, v(lambda x: torch.randint(0, 9, (4,)), randomness="different")(x)


@use
def newton(torch: Any, k: int) -> Any:
    x, func = vector(torch, k, 4, 3), torch.func
    f = lambda x: (x ** 4).sum() + (x[0] * x[1] - 1) ** 2
    for _ in range(3):
        g, h = torch.vmap(func.grad(f))(x), torch.vmap(func.hessian(f))(x)
        x = x - torch.linalg.solve(h, g)
    return x


@use
def laplacian(torch: Any, k: int) -> Any:
    w, x, func = leaf(torch, k, 2, 4), vector(torch, k + 1, 5, 2), torch.func
    u = lambda x: (x @ w).tanh().sum()
    residual = torch.vmap(lambda x: torch.trace(func.hessian(u)(x)) + u(x))(x)
    (residual ** 2).mean().backward()
    return residual, w.grad


@use
def settings_of_an_optimizer(torch: Any, k: int) -> Any:
    rates, x = torch.tensor([0.01, 0.05, 0.1]).double(), vector(torch, k, 5, 3)

    def trained(rate: Any) -> Any:
        w, m = torch.zeros(3, dtype=x.dtype), torch.zeros(3, dtype=x.dtype)
        for _ in range(4):
            g = torch.func.grad(lambda w: ((x @ w - 1) ** 2).mean())(w)
            m = 0.9 * m + g
            w = w - rate * m
        return ((x @ w - 1) ** 2).mean()
    return torch.vmap(trained)(rates), torch.vmap(torch.func.grad(trained))(rates)


@use
def right_hand_sides(torch: Any, k: int) -> Any:
    t, y = vector(torch, k, 4), vector(torch, k + 1, 4, 3)

    def rhs(t: Any, y: Any) -> Any:
        return torch.stack([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1] * t, y[0] * y[1] - y[2]])
    return (torch.vmap(torch.func.jacfwd(rhs, argnums=1))(t, y),
            torch.vmap(torch.func.jacrev(rhs, argnums=(0, 1)), in_dims=(None, 0))(t[0], y))


@use
def chunks(torch: Any, k: int) -> Any:
    x = vector(torch, k, 7, 3)
    f = torch.vmap(lambda x: (x.sum(), x * 2), chunk_size=3, out_dims=(0, 1))
    return f(x), torch.func.jacrev(lambda x: x.sin() * x.sum(), chunk_size=2)(x[0])


@use
def no_grad_inside(torch: Any, k: int) -> Any:
    x = leaf(torch, k, 4, 3)

    def f(x: Any) -> Any:
        with torch.no_grad():
            scale = x.sum()
        return (x * scale).sum() + x.detach().prod() * x[0]
    out = torch.vmap(f)(x)
    out.sum().backward()
    return out, x.grad, torch.vmap(torch.func.grad(f))(x.detach())


@use
def complex_numbers(torch: Any, k: int) -> Any:
    x = torch.complex(vector(torch, k, 4, 3), vector(torch, k + 1, 4, 3))
    f = torch.vmap(lambda z: (z * z.conj()).real.sum() + z.abs().sum())
    return f(x), torch.vmap(torch.func.grad(lambda r: (r * 1j).exp().real.sum()))(x.real)


@use
def empty(torch: Any, k: int) -> Any:
    x = vector(torch, k, 0, 3)
    return torch.vmap(lambda x: x.cos() * 2)(x), torch.vmap(lambda x: x.sin(), out_dims=1)(x)


def functions(torch: Any) -> tuple[Any, Any, Any]:
    """Custom functions: with two results; of two arguments, that saves its result; with a rule."""
    class Cube(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any) -> Any:
            return x ** 3, x.sum()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(inputs[0])
            ctx.factor = 3

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            x, = ctx.saved_tensors
            return ctx.factor * x * x * g + h

    class Growth(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any, w: Any) -> Any:
            return (x * w).exp()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs, output)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, w, y = ctx.saved_tensors
            return g * w * y, g * x * y

    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, dim: int) -> Any:
            array = x.detach().numpy()
            places = np.argsort(array, axis=dim)
            return torch.tensor(np.take_along_axis(array, places, dim)), torch.tensor(places)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.mark_non_differentiable(output[1])
            ctx.save_for_backward(output[1])
            ctx.dim = inputs[1]

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any) -> Any:
            places, = ctx.saved_tensors
            return torch.zeros_like(g).scatter(ctx.dim, places, g), None

        @staticmethod
        def vmap(info: Any, in_dims: Any, x: Any, dim: int) -> Any:
            assert info.batch_size == x.shape[in_dims[0]]
            return Sorted.apply(x.movedim(in_dims[0], 0), dim + 1), (0, 0)
    return Cube, Growth, Sorted


@use
def custom_functions(torch: Any, k: int) -> Any:
    cube, growth, _ = functions(torch)
    x, w, func, v = vector(torch, k, 4, 3), leaf(torch, k + 1, 3), torch.func, torch.vmap
    v(lambda x: growth.apply(x * 2, w).sin())(x).sum().backward()
    f = lambda x: cube.apply(x)[0].sum() * cube.apply(x)[1]
    return (w.grad, v(lambda x: cube.apply(x)[0])(x), v(func.grad(f))(x),
            v(func.jacrev(lambda x: growth.apply(x, w.detach())))(x),
            v(func.jacrev(func.jacrev(lambda x: cube.apply(x.sin())[0].sum())))(x))


@use
def custom_functions_differentiated_outside(torch: Any, k: int) -> Any:
    cube, growth, _ = functions(torch)
    x, w, grad, v = vector(torch, k, 4, 3), vector(torch, k + 1, 3), torch.func.grad, torch.vmap
    f = lambda w: v(lambda x: growth.apply(x, w).sum())(x).sum()
    g = lambda w: v(lambda x: v(lambda y, u: growth.apply(y, u))(x, w).sum())(x).sum()
    h = lambda w: v(lambda x: cube.apply(growth.apply(x, w))[0].sum() + cube.apply(x)[1])(x).sum()
    beside = lambda w: v(grad(lambda x: (growth.apply(x, x) * x).sum()))(w * x).sum()
    return grad(f)(w), grad(lambda w: grad(f)(w).sum())(w), grad(g)(w), grad(h)(w), grad(beside)(w)


@use
def custom_rules(torch: Any, k: int) -> Any:
    ordered, (x, w) = functions(torch)[2], (leaf(torch, k, 4, 3), vector(torch, k + 1, 3))
    v, y = torch.vmap, x.detach()
    v(lambda x: (ordered.apply(x * 2, 0)[0] * w).sum())(x).sum().backward()
    return (x.grad, v(lambda x: ordered.apply(x, 0)[1], in_dims=1)(y),
            v(torch.func.grad(lambda x: (ordered.apply(x, 0)[0] * w).sum()))(y),
            v(v(lambda x: ordered.apply(x, 0)[0]))(torch.stack([y, y.flip(0)])))


@use
def batched_cotangents(torch: Any, k: int) -> Any:
    x, w = leaf(torch, k, 3), leaf(torch, k + 1, 3)
    y = torch.stack([(x * w).sum(), x.prod(), (w ** 2).sum()])
    eye = torch.eye(3, dtype=y.dtype)
    first = torch.autograd.grad(y, [x, w], eye, is_grads_batched=True, create_graph=True)
    (first[0] ** 2).sum().backward()
    alone = torch.autograd.grad((x.sin(), x.cos()), x, (eye, 2 * eye), is_grads_batched=True)
    return first, x.grad, w.grad, alone


@use
def jacobians_at_once(torch: Any, k: int) -> Any:
    f = lambda x, y: ((x * y).sin(), x.sum() * y)
    x, y, old = vector(torch, k, 2, 3), vector(torch, k + 1, 3), torch.autograd.functional
    out = [old.jacobian(f, (x, y), vectorize=v) for v in (True, False)]
    out += [old.hessian(lambda x: (x ** 3).sum() * x.prod(), y, vectorize=v)
            for v in (True, False)]
    return out, old.jacobian(f, (x, y), vectorize=True, strategy="forward-mode")


__all__ = ["USES", "plain", "same"]
