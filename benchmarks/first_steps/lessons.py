"""Small programs as lessons have them: a step takes a millisecond, and looks at values all the
time."""

from __future__ import annotations

import io
from typing import Any

from .program import Program, Step, normal


def filtering() -> Program:
    """A Kalman filter of a point that moves."""
    def make(torch: Any) -> Step:
        move, look = torch.tensor([[1.0, 0.1], [0.0, 1.0]]), torch.tensor([[1.0, 0.0]])

        def step(seen: Any) -> tuple[Any, ...]:
            x, p, found = torch.zeros(2, 1), torch.eye(2), []
            for z in torch.tensor(seen):
                x, p = move @ x, move @ p @ move.T + 0.01 * torch.eye(2)
                gain = p @ look.T @ torch.linalg.inv(look @ p @ look.T + 0.1)
                x = x + gain @ (z - look @ x)
                p = (torch.eye(2) - gain @ look) @ p
                found.append(x[0, 0].item())
            return torch.tensor(found).sum(), p

        return step

    return Program("a Kalman filter", make, lambda random: (normal(random, 12).cumsum(),))


def clusters() -> Program:
    """k-means until the means stay."""
    def make(torch: Any) -> Step:
        def step(points: Any) -> tuple[Any, ...]:
            x = torch.tensor(points)
            means = x[:3].clone()
            for _ in range(10):
                labels = torch.cdist(x, means).argmin(dim=1)
                new = torch.stack([x[labels == k].mean(0) if (labels == k).any() else means[k]
                                   for k in range(3)])
                moved = (new - means).norm().item()
                means = new
                if moved < 1e-4:
                    break
            return means.sum(), means

        return step

    return Program("k-means", make, lambda random: (normal(random, 40, 2),))


def table_of_values() -> Program:
    """Q-learning in a corridor: a table, read and written element by element."""
    def make(torch: Any) -> Step:
        def step(steps: Any) -> tuple[Any, ...]:
            q, place = torch.zeros(6, 2), 0
            for chance, other in steps:
                action = int(other) if chance < 0.3 else int(torch.argmax(q[place]))
                then = min(5, place + 1) if action else max(0, place - 1)
                reward = 1.0 if then == 5 else -0.01
                q[place, action] += 0.5 * (reward + 0.9 * q[then].max() - q[place, action])
                place = 0 if then == 5 else then
            return q.sum(), q

        return step

    return Program("Q-learning", make, lambda random: ([
        (random.uniform(), random.randint(2)) for _ in range(20)],))


def scores() -> Program:
    """A confusion matrix, counted one by one, and what is made of it."""
    def make(torch: Any) -> Step:
        def step(logits: Any, labels: Any) -> tuple[Any, ...]:
            found, wanted = torch.tensor(logits).argmax(dim=1), torch.tensor(labels)
            counts = torch.zeros(4, 4, dtype=torch.int64)
            for t, p in zip(wanted, found):
                counts[t, p] += 1
            hits = counts.diag().float()
            precision, recall = hits / counts.sum(0).clamp(1), hits / counts.sum(1).clamp(1)
            right = (found == wanted).float().mean().item()
            return torch.tensor(right), precision, recall

        return step

    return Program("a confusion matrix", make, lambda random: (
        normal(random, 30, 4), random.randint(0, 4, 30)))


def bandit() -> Program:
    """Draws of a distribution, and the gradients of their logarithms."""
    def make(torch: Any) -> Step:
        logits = torch.zeros(5, requires_grad=True)
        optimizer = torch.optim.SGD([logits], lr=0.1)

        def step(rewards: Any) -> tuple[Any, ...]:
            won = torch.zeros(())
            for reward in torch.tensor(rewards):
                choices = torch.distributions.Categorical(logits=logits)
                arm = choices.sample()
                loss = -choices.log_prob(arm) * reward[arm]
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                won = won + reward[arm]
            return won, logits.detach().clone()

        return step

    return Program("a bandit", make, lambda random: (normal(random, 4, 5),))


def models() -> Program:
    """A model is made, trained a little, saved, and loaded into another."""
    def make(torch: Any) -> Step:
        nn = torch.nn

        def model() -> Any:
            return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))

        def step(points: Any) -> tuple[Any, ...]:
            first, x = model(), torch.tensor(points)
            optimizer = torch.optim.Adam(first.parameters())
            first(x).square().mean().backward()
            optimizer.step()
            file = io.BytesIO()
            torch.save(first.state_dict(), file)
            file.seek(0)
            second = model()
            second.load_state_dict(torch.load(file))
            with torch.no_grad():
                return second(x).square().mean(), second(x)

        return step

    return Program("models made, saved and loaded", make, lambda random: (normal(random, 8, 4),))


PROGRAMS: dict[str, Program] = {
    "filter": filtering(), "means": clusters(), "table": table_of_values(), "scores": scores(),
    "bandit": bandit(), "models": models()}
"""By the name that ``--only`` takes."""
