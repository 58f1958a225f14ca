"""Programs that look at values as they go, and decide by them what comes next."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .program import Program, Random, Step, normal


def episodes() -> Program:
    """A pole on a cart until it falls: a policy whose actions are drawn, and its gradient."""
    def moved(state: list[float], action: int) -> list[float]:
        x, v, angle, w = state
        force, sin, cos = 10.0 if action else -10.0, math.sin(angle), math.cos(angle)
        push = (force + 0.05 * w * w * sin) / 1.1
        turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos * cos / 1.1))
        along = push - 0.05 * turn * cos / 1.1
        return [x + 0.02 * v, v + 0.02 * along, angle + 0.02 * w, w + 0.02 * turn]

    def make(torch: Any) -> Step:
        nn = torch.nn
        policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
        optimizer = torch.optim.SGD(policy.parameters(), lr=1e-3)

        def step(state: list[float]) -> tuple[Any, ...]:
            logs = []
            while abs(state[2]) < 0.21 and abs(state[0]) < 2.4 and len(logs) < 100:
                chances = torch.softmax(policy(torch.tensor(state)), dim=-1)
                action = torch.multinomial(chances, 1)
                logs.append(torch.log(chances[action]))
                state = moved(state, int(action.item()))
            back, returns = 0.0, []
            for _ in logs:
                back = 1.0 + 0.95 * back
                returns.append(back)
            weights = torch.tensor(returns[::-1])
            loss = -(torch.cat(logs) * (weights - weights.mean())).mean() + len(logs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return (loss,)

        return step

    return Program("episodes of a policy", make,
                   lambda random: (random.uniform(-0.05, 0.05, 4).tolist(),))


def generation() -> Program:
    """Tokens of a small transformer, which reads the whole prefix for each."""
    vocabulary, width, heads = 32, 16, 2

    def make(torch: Any) -> Step:
        nn = torch.nn
        tokens, places = nn.Embedding(vocabulary, width), nn.Embedding(64, width)
        norm, qkv, out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        head = nn.Linear(width, vocabulary)

        def logits(prefix: Any) -> Any:
            n = len(prefix)
            x = tokens(prefix) + places(torch.arange(n))
            q, k, v = (each.view(n, heads, width // heads).transpose(0, 1)
                       for each in qkv(norm(x)).chunk(3, dim=-1))
            scores = q @ k.transpose(1, 2) / math.sqrt(width // heads)
            scores = scores.masked_fill(torch.ones(n, n).triu(1) == 1, float("-inf"))
            mixed = (torch.softmax(scores, -1) @ v).transpose(0, 1).reshape(n, width)
            return head(x + out(mixed))[-1]

        def step(prompt: Any) -> tuple[Any, ...]:
            prefix, total = torch.tensor(prompt), torch.zeros(())
            with torch.no_grad():
                while len(prefix) < 40:
                    last = logits(prefix)
                    total = total + torch.logsumexp(last, 0)
                    token = torch.multinomial(torch.softmax(last, -1), 1)
                    prefix = torch.cat([prefix, token])
                    if token.item() == 0:
                        break
            return total, prefix

        return step

    return Program("generation, token by token", make,
                   lambda random: (random.randint(1, vocabulary, random.randint(3, 12)),))


def beam_search() -> Program:
    """The best of four beams, until it ends."""
    vocabulary, width, beams = 20, 16, 4

    def make(torch: Any) -> Step:
        random = np.random.RandomState(1)
        emb, w, u, v = (torch.tensor(normal(random, *shape) * 0.7) for shape in (
            (vocabulary, width), (width, width), (width, width), (width, vocabulary)))

        def step(context: Any) -> tuple[Any, ...]:
            h = torch.tensor(context).repeat(beams, 1)
            scores = torch.tensor([0.0] + [-1e4] * (beams - 1))
            last, texts = torch.ones(beams, dtype=torch.long), [[1]] * beams
            while len(texts[0]) < 25 and texts[0][-1] != 0:
                h = torch.tanh(emb[last] @ w + h @ u)
                grown = scores[:, None] + torch.log_softmax(h @ v, -1)
                scores, places = grown.flatten().topk(beams)
                origin = torch.div(places, vocabulary, rounding_mode="floor")
                last, h = places % vocabulary, h[origin]
                texts = [[*texts[b], t]
                         for b, t in zip(origin.tolist(), last.tolist(), strict=True)]
            return scores.sum(), torch.tensor(texts[0])

        return step

    return Program("beam search", make, lambda random: (normal(random, width),))


def solver() -> Program:
    """Bogacki and Shampine's solver, whose steps are as long as the error lets them be."""
    def make(torch: Any) -> Step:
        nn = torch.nn
        field = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
        optimizer = torch.optim.SGD(field.parameters(), lr=1e-3)
        turning = torch.tensor([[0.0, 2.0], [-2.0, 0.0]])

        def slope(y: Any) -> Any:
            return y @ turning + field(y)

        def solve(y: Any, end: float) -> Any:
            t, h, k1 = 0.0, 0.1, slope(y)
            while t < end:
                h = min(h, end - t)
                k2 = slope(y + h * 0.5 * k1)
                k3 = slope(y + h * 0.75 * k2)
                new = y + h * (2 / 9 * k1 + 1 / 3 * k2 + 4 / 9 * k3)
                k4 = slope(new)
                wrong = h * (-5 / 72 * k1 + 1 / 12 * k2 + 1 / 9 * k3 - 1 / 8 * k4)
                error = wrong.abs().max().item() / 1e-4
                if error <= 1:
                    t, y, k1 = t + h, new, k4
                h *= min(3.0, max(0.3, 0.9 * (error + 1e-9) ** (-1 / 3)))
                if end - t < 1e-6:
                    break
            return y

        def step(y: Any, target: Any, end: float) -> tuple[Any, ...]:
            loss = (solve(torch.tensor(y), end) - torch.tensor(target)).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return (loss,)

        return step

    return Program("an adaptive Runge-Kutta solver", make, lambda random: (
        normal(random, 2), normal(random, 2), float(random.uniform(0.5, 2))))


def simulation() -> Program:
    """A ball in a box, which bounces where it is; the gradient of where it ends."""
    def make(torch: Any) -> Step:
        falls = torch.tensor([0.0, -9.8])
        wall, floor = torch.tensor([-0.9, 1.0]), torch.tensor([1.0, -0.8])

        def step(place: Any, speed: Any) -> tuple[Any, ...]:
            begin = torch.tensor(speed, requires_grad=True)
            p, v = torch.tensor(place), begin
            for _ in range(100):
                v = v + 0.01 * falls
                p = p + 0.01 * v
                if (p[0] < 0 and v[0] < 0) or (p[0] > 1 and v[0] > 0):
                    v = v * wall
                if p[1].item() < 0 and v[1].item() < 0:
                    v = v * floor
                    if v.norm() < 0.05:
                        break
            loss = (p - 0.5).square().sum()
            loss.backward()
            return loss, begin.grad

        return step

    return Program("a simulation with if", make, lambda random: (
        random.uniform(0.2, 0.8, 2).astype(np.float32), normal(random, 2)))


def lbfgs() -> Program:
    """Logistic regression on new data, solved with L-BFGS and its line search."""
    def make(torch: Any) -> Step:
        F = torch.nn.functional

        def step(x: Any, y: Any) -> tuple[Any, ...]:
            x, y = torch.tensor(x), torch.tensor(y)
            w = torch.zeros(5, dtype=torch.float64, requires_grad=True)
            optimizer = torch.optim.LBFGS([w], max_iter=20, line_search_fn="strong_wolfe")

            def closure() -> Any:
                optimizer.zero_grad()
                loss = F.binary_cross_entropy_with_logits(x @ w, y) + 0.05 * (w ** 4).sum()
                loss.backward()
                return loss

            optimizer.step(closure)
            return closure(), w.detach()

        return step

    def data(random: Random) -> tuple[Any, ...]:
        x = random.standard_normal((40, 5))
        y = x @ random.standard_normal(5) + random.standard_normal(40) > 0
        return x, y.astype(np.float64)

    return Program("L-BFGS with line search", make, data)


def particles() -> Program:
    """A particle filter, which draws its particles anew when few of them count."""
    count = 50

    def make(torch: Any) -> Step:
        def step(seen: list[float]) -> tuple[Any, ...]:
            x = torch.randn(count, dtype=torch.float64)
            logs, evidence = torch.zeros_like(x), torch.zeros((), dtype=torch.float64)
            for y in seen:
                x = 0.9 * x + 0.5 * torch.sin(x) + 0.3 * torch.randn_like(x)
                logs = logs - 0.5 * ((y - x) / 0.5) ** 2
                weights = torch.softmax(logs, 0)
                if 1 / weights.square().sum() < count / 2:
                    evidence = evidence + torch.logsumexp(logs, 0) - math.log(count)
                    x = x[torch.multinomial(weights, count, replacement=True)]
                    logs = torch.zeros_like(x)
            return evidence + torch.logsumexp(logs, 0), x

        return step

    def data(random: Random) -> tuple[Any, ...]:
        return (random.standard_normal(random.randint(10, 40)).cumsum().clip(-3, 3).tolist(),)

    return Program("a particle filter", make, data)


PROGRAMS = {
    "episodes": episodes(), "generation": generation(), "beams": beam_search(),
    "solver": solver(), "simulation": simulation(), "lbfgs": lbfgs(), "particles": particles(),
}
