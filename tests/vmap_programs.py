"""Longer programs that map functions, beside those of ``vmap_uses.py``."""

from __future__ import annotations

from typing import Any

from transform_uses import leaf, vector
from vmap_uses import use


@use
def ensemble_trained_with_adam(torch: Any, k: int) -> Any:
    x, y = vector(torch, k, 6, 3), vector(torch, k + 1, 6)
    p = {"w": vector(torch, k + 2, 4, 3, 2), "b": vector(torch, k + 3, 4, 2)}
    m, v = ({n: torch.zeros_like(q) for n, q in p.items()} for _ in range(2))

    def loss(p: Any) -> Any:
        return (((x @ p["w"] + p["b"]).tanh().sum(-1) - y) ** 2).mean()

    def step(p: Any, m: Any, v: Any, i: int) -> Any:
        g, value = torch.func.grad_and_value(loss)(p)
        m = {n: 0.9 * m[n] + 0.1 * g[n] for n in p}
        v = {n: 0.99 * v[n] + 0.01 * g[n] ** 2 for n in p}
        new = {n: p[n] - 0.01 * m[n] / (1 - 0.9 ** i) / ((v[n] / (1 - 0.99 ** i)).sqrt() + 1e-8)
               for n in p}
        return new, m, v, value
    losses = []
    for i in range(1, 4):
        p, m, v, value = torch.vmap(step, in_dims=(0, 0, 0, None))(p, m, v, i)
        losses.append(value)
    return p, losses


@use
def images_per_sample(torch: Any, k: int) -> Any:
    torch.manual_seed(k)
    nn, func = torch.nn, torch.func
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.GroupNorm(2, 4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6, 10)).double()
    params = {n: q.detach() for n, q in model.named_parameters()}
    x, y = vector(torch, k, 4, 1, 8, 8), torch.tensor([1, 0, 5, 9])

    def loss(p: Any, x: Any, y: Any) -> Any:
        return nn.functional.cross_entropy(
            func.functional_call(model, p, (x.unsqueeze(0),)), y.unsqueeze(0))
    return torch.vmap(func.grad(loss), in_dims=(None, 0, 0))(params, x, y)


@use
def encoder_per_sample(torch: Any, k: int) -> Any:
    torch.manual_seed(k)
    model = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True).double()
    params = {n: q.detach() for n, q in model.named_parameters()}

    def loss(p: Any, x: Any) -> Any:
        return (torch.func.functional_call(model, p, (x.unsqueeze(0),)) ** 3).mean()
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, vector(torch, k, 3, 5, 8))


@use
def gaussian_process(torch: Any, k: int) -> Any:
    x, y, func = vector(torch, k, 6), vector(torch, k + 1, 6), torch.func
    eye = torch.eye(6, dtype=x.dtype)

    def nll(h: Any) -> Any:
        distances = (x[:, None] - x[None]) ** 2
        cov = h[0].exp() * torch.exp(-distances * h[1].exp()) + (h[2].exp() + 0.1) * eye
        factor = torch.linalg.cholesky(cov)
        a = torch.linalg.solve_triangular(factor, y[:, None], upper=False)
        return 0.5 * (a ** 2).sum() + factor.diagonal().log().sum()
    h = vector(torch, k + 2, 4, 3)
    return [torch.vmap(f)(h) for f in (nll, func.grad(nll), func.hessian(nll))]


@use
def tangent_kernel(torch: Any, k: int) -> Any:
    torch.manual_seed(k)
    nn, func = torch.nn, torch.func
    model = nn.Sequential(nn.Linear(3, 6), nn.Softplus(), nn.Linear(6, 2)).double()
    params = {n: q.detach() for n, q in model.named_parameters()}
    f = lambda p, x: func.functional_call(model, p, (x.unsqueeze(0),)).squeeze(0)
    a = torch.vmap(func.jacrev(f), (None, 0))(params, vector(torch, k, 4, 3))
    b = torch.vmap(func.jacfwd(f), (None, 0))(params, vector(torch, k + 1, 5, 3))
    return sum(torch.einsum("Naf,Mbf->NMab", a[n].flatten(2), b[n].flatten(2)) for n in params)


@use
def products_with_a_hessian(torch: Any, k: int) -> Any:
    x, vs, func = vector(torch, k, 5), vector(torch, k + 1, 3, 5), torch.func
    f = lambda x: (x ** 3).sum() * x.prod() + x.sin().sum()
    return (torch.vmap(lambda v: func.jvp(func.grad(f), (x,), (v,))[1])(vs),
            torch.vmap(lambda v: func.vjp(func.grad(f), x)[1](v)[0])(vs))


@use
def runge_kutta(torch: Any, k: int) -> Any:
    start, w, func = vector(torch, k, 4, 2), vector(torch, k + 1, 2, 2), torch.func
    rhs = lambda y: (w @ y).tanh() - y ** 3

    def solve(y: Any) -> Any:
        for _ in range(5):
            a = rhs(y)
            b = rhs(y + 0.05 * a)
            c = rhs(y + 0.05 * b)
            y = y + 0.1 / 6 * (a + 2 * b + 2 * c + rhs(y + 0.1 * c))
        return y
    return torch.vmap(solve)(start), torch.vmap(func.jacfwd(solve))(start)


@use
def kalman_filters(torch: Any, k: int) -> Any:
    series, a = vector(torch, k, 3, 6), vector(torch, k + 1, 2, 2) * 0.5
    eye, h = torch.eye(2, dtype=a.dtype), torch.tensor([[1.0, 0.5]], dtype=a.dtype)

    def likelihood(series: Any, noise: Any) -> Any:
        mean, cov, total = torch.zeros(2, dtype=a.dtype), eye, 0.0
        for z in series:
            mean, cov = a @ mean, a @ cov @ a.T + noise * eye
            s = h @ cov @ h.T + 0.5
            gain, rest = cov @ h.T / s, z - (h @ mean)[0]
            mean, cov = mean + (gain * rest).squeeze(-1), cov - gain @ h @ cov
            total = total - 0.5 * (rest ** 2 / s[0, 0] + s[0, 0].log())
        return total
    noise = vector(torch, k + 2, 3)
    return (torch.vmap(likelihood)(series, noise),
            torch.vmap(torch.func.grad(likelihood, argnums=(0, 1)))(series, noise),
            torch.vmap(likelihood, in_dims=(None, 0))(series[0], noise))


@use
def mixed_partials(torch: Any, k: int) -> Any:
    w, points, g = vector(torch, k, 2, 5), vector(torch, k + 1, 6, 2), torch.func.grad
    u = lambda x, y: (torch.stack([x, y]) @ w).tanh().sum()
    r = lambda x, y: g(g(u, 0), 0)(x, y) + g(g(u, 1), 1)(x, y) + u(x, y) ** 3 - g(g(u), 1)(x, y)
    x, y = points[:, 0], points[:, 1]
    return torch.vmap(r)(x, y), torch.vmap(g(r, argnums=(0, 1)))(x, y)


@use
def soft_time_warping(torch: Any, k: int) -> Any:
    a, b = vector(torch, k, 3, 3), vector(torch, k + 1, 3, 4)

    def warped(a: Any, b: Any) -> Any:
        d, far = (a[:, None] - b[None]) ** 2, torch.tensor(1e3, dtype=a.dtype)
        r = {(i, j): far for i in range(4) for j in range(5)}
        r[0, 0] = torch.zeros((), dtype=a.dtype)
        for i in range(1, 4):
            for j in range(1, 5):
                before = torch.stack([r[i - 1, j], r[i, j - 1], r[i - 1, j - 1]])
                r[i, j] = d[i - 1, j - 1] - torch.logsumexp(-before, 0)
        return r[3, 4]
    return torch.vmap(warped)(a, b), torch.vmap(torch.func.grad(warped))(a, b)


@use
def log_probabilities(torch: Any, k: int) -> Any:
    d, x, v = torch.distributions, vector(torch, k, 4, 3), torch.vmap
    eye = torch.eye(3, dtype=x.dtype)
    return (v(lambda x: d.Normal(x[0], x[1]).log_prob(x[2]))(x),
            v(lambda x: d.Categorical(logits=x).entropy())(x),
            v(lambda x: d.Gamma(x[0], x[1]).log_prob(x[2]))(x),
            v(lambda x: d.MultivariateNormal(x, eye).log_prob(x * 2))(x),
            v(lambda a, b: d.kl_divergence(d.Normal(a, b), d.Normal(b, a)))(x, x.flip(0)))


@use
def numbers_of_each_sample(torch: Any, k: int) -> Any:
    x = vector(torch, k, 3, 4)
    torch.manual_seed(k)
    v = lambda f: torch.vmap(f, randomness="different")
    return (v(torch.bernoulli)(x / 2), v(lambda m: torch.normal(m, 0.5))(x),
            v(lambda w: torch.multinomial(w, 2))(x), v(lambda x: torch.randperm(4))(x),
            v(lambda x: torch.nn.functional.dropout(x, 0.5))(x), v(torch.poisson)(x),
            v(v(lambda x: x + torch.rand(2)))(x), v(lambda x: x.clone().normal_())(x),
            torch.vmap(lambda x: x + torch.rand(4), randomness="same")(x))


@use
def transforms_four_deep(torch: Any, k: int) -> Any:
    x, f, v = vector(torch, k, 2, 3, 4), torch.func, torch.vmap
    return (f.jacrev(v(f.grad(lambda x: x.prod())))(x[0]),
            v(f.jacfwd(v(lambda y: y * y.sum())))(x),
            v(v(f.grad(lambda a: f.grad(lambda b: (b ** 3).prod())(a).sum())))(x),
            f.hessian(lambda x: v(lambda r: r.prod())(x).sum())(x[0]),
            f.grad(lambda x: v(lambda r: f.jvp(lambda r: r.sin() * r.sum(), (r,), (r,))[1].sum())(
                x).sum())(x[0]))


@use
def a_module(torch: Any, k: int) -> Any:
    torch.manual_seed(k)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 2)).double()
    out = torch.vmap(model)(vector(torch, k, 5, 3))
    out.sum().backward()
    return out, [p.grad for p in model.parameters()]


@use
def bisection(torch: Any, k: int) -> Any:
    def root(c: Any) -> Any:
        low, high = torch.zeros_like(c), torch.ones_like(c) * 3
        for _ in range(20):
            middle = (low + high) / 2
            below = middle ** 3 < c
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        return low
    return torch.vmap(root)(vector(torch, k, 5))


@use
def resampled_images(torch: Any, k: int) -> Any:
    f, x, turn, v = torch.nn.functional, vector(torch, k, 3, 2, 5, 5), vector(torch, 1, 3, 2, 3), (
        torch.vmap)

    def sampled(x: Any, turn: Any) -> Any:
        grid = f.affine_grid(turn.unsqueeze(0), (1, 2, 5, 5), align_corners=False)
        return f.grid_sample(x.unsqueeze(0), grid, align_corners=False)
    return (v(sampled)(x, turn), v(lambda x: f.unfold(x.unsqueeze(0), 3))(x),
            v(lambda x: x.unfold(1, 3, 2))(x), v(lambda x: f.adaptive_avg_pool2d(x, 2))(x),
            v(lambda x: f.pixel_shuffle(torch.cat([x, x])[:4], 2))(x),
            v(lambda x: f.instance_norm(x.unsqueeze(0)))(x))


@use
def places_and_orders(torch: Any, k: int) -> Any:
    x, v = vector(torch, k, 3, 5), torch.vmap
    i, zeros = torch.tensor([[0, 1, 1, 2, 4], [4, 4, 0, 0, 1], [2] * 5]), vector(torch, 9, 5) * 0
    edges = torch.tensor([0.3, 0.7, 1.0], dtype=x.dtype)
    return (v(lambda x, i: zeros.scatter_add(0, i, x))(x, i), v(lambda x: x.cummax(0))(x),
            v(lambda x, i: zeros.index_add(0, i, x))(x, i), v(lambda x: x.roll(2).flip(0))(x),
            v(lambda x, i: x.index_fill(0, i[:2], 9.0))(x, i), v(lambda x: x.kthvalue(2))(x),
            v(lambda x: x.masked_fill(x > 1, 0.0))(x), v(lambda x: torch.outer(x, x).tril(-1))(x),
            v(lambda x: torch.searchsorted(torch.sort(x)[0], x))(x),
            v(lambda x: torch.bucketize(x, edges))(x), v(lambda x: torch.cat(x.chunk(2)[::-1]))(x),
            v(lambda x: torch.quantile(x, 0.3))(x), v(lambda x: x.logcumsumexp(0))(x),
            v(lambda x: torch.kron(x, x[:2]))(x), v(lambda x: x.view(5, 1).expand(5, 2))(x),
            v(lambda x: torch.cdist(x[:, None], x[:, None]))(x), v(lambda x: x.repeat(2, 2))(x),
            v(lambda x, i: torch.take_along_dim(x, i, 0))(x, i), v(lambda x: torch.diff(x))(x))


@use
def factorisations(torch: Any, k: int) -> Any:
    a, v, linalg = vector(torch, k, 3, 4, 4), torch.vmap, torch.linalg
    s = a @ a.mT + torch.eye(4, dtype=a.dtype)
    return (v(linalg.eigvalsh)(s), v(linalg.svdvals)(a), v(lambda a: linalg.qr(a)[1].abs())(a),
            v(linalg.pinv)(a), v(torch.matrix_exp)(a * 0.1), v(linalg.slogdet)(a),
            v(torch.func.grad(lambda s: linalg.eigh(s + s.T)[0][0]))(s),
            v(lambda s: torch.cholesky_solve(s[:, :1], linalg.cholesky(s)))(s))


@use
def duals(torch: Any, k: int) -> Any:
    mode, x = torch.autograd.forward_ad, leaf(torch, k, 2, 3).detach()
    with mode.dual_level():
        y = torch.vmap(lambda x: x.sin() * x.sum())(mode.make_dual(x, vector(torch, k + 1, 2, 3)))
        return mode.unpack_dual(y).tangent
