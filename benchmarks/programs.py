"""How fast are users' programs? A training step of six, the same text for Wengert and PyTorch.

- *perceptron*: 784-128-10 on batches of 64, dropout, Adam.
- *LeNet*: images of 28 by 28 in batches of 64, SGD with momentum.
- *LSTM*: characters, 32 sequences of 32, 64 hidden units, Adam and gradient clipping.
- *transformer*: decoder-only, two layers of 64, 8 sequences of 64, AdamW and gradient clipping.
- *VAE*: 784-400-20 on batches of 64, Adam.
- *MAML*: four tasks of ten points, 1-40-40-1, two inner steps through which Adam's gradient goes.

Each peer has a process of its own on one thread, and they are asked in turn. The losses of the two
are compared too: what is fast has to be the same program.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

from .peers import Answers, Case, Numbers, column, installed, load, rounds
from .report import absent, bound, heading, ratio, spread, table

WARM_UP = 30
BATCHES = 8
AGREEMENT = 1e-3
"""The losses after the warm-up may differ by this much, relative to the larger. They are compared
there, because after thousands of steps rounding has led the two to different places."""

Step = Callable[[], Any]


def run(quick: bool = False) -> None:
    """Print the table and the bounds."""
    peers, missing = installed(["wengert", "torch"])
    count = 2 if quick else 15
    heading(f"programs: a training step, ms ({count} rounds)")
    rows, ratios = [], []
    for name, (_, steps) in PROGRAMS.items():
        found, last = rounds(f"programs.{name}", peers, 2 if quick else steps, count)
        times = {peer: column(found[peer], "ms") for peer in peers}
        rows += [[f"{name}: {peer}", *spread(times[peer], "{:.3f}"),
                  ratio(times[peer], times.get("torch")), f"{last[peer]['loss']:.4f}"]
                 for peer in peers]
        if "torch" in peers:
            medians = {peer: statistics.median(times[peer]) for peer in peers}
            ratios.append((name, medians["wengert"] / medians["torch"]))
            agree(name, last["wengert"]["loss"], last["torch"]["loss"])
    table(["", "min", "median", "max", "to torch", "first loss"], rows)
    absent(missing)
    slowest, greatest = max(ratios, key=lambda pair: pair[1], default=("-", 0.0))
    mean = math.exp(statistics.fmean(math.log(r) for _, r in ratios)) if ratios else 0.0
    bound(f"the slowest to torch's ({slowest})", greatest, 1.0 if ratios else None)
    bound("geometric mean to torch's", mean, 1 / 1.5 if ratios else None)


def agree(name: str, loss: float, other: float) -> None:
    """RuntimeError unless both trained the same model."""
    if not math.isclose(loss, other, rel_tol=AGREEMENT):
        raise RuntimeError(f"{name}: the losses are {loss} and {other}")


# ---- the programs: each makes its model and data, and gives the function of a step ----


def perceptron(torch: Any) -> Step:
    nn = torch.nn
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    batches = cycle([(torch.rand(64, 784), torch.randint(0, 10, (64,))) for _ in range(BATCHES)])

    def step() -> Any:
        x, y = batches()
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def lenet(torch: Any) -> Step:
    nn, F = torch.nn, torch.nn.functional

    class LeNet(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.fc1 = nn.Linear(400, 120)
            self.fc2 = nn.Linear(120, 84)
            self.fc3 = nn.Linear(84, 10)

        def forward(self, x: Any) -> Any:
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2)
            x = F.relu(self.fc1(x.flatten(1)))
            return self.fc3(F.relu(self.fc2(x)))

    model = LeNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    batches = cycle([(torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,)))
                     for _ in range(BATCHES)])

    def step() -> Any:
        x, y = batches()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def lstm(torch: Any) -> Step:
    nn = torch.nn
    vocabulary, hidden = 64, 64

    class CharLSTM(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, 32)
            self.lstm = nn.LSTM(32, hidden, batch_first=True)
            self.head = nn.Linear(hidden, vocabulary)

        def forward(self, x: Any) -> Any:
            out, _ = self.lstm(self.embedding(x))
            return self.head(out)

    model = CharLSTM()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    batches = cycle([(torch.randint(0, vocabulary, (32, 32)),
                      torch.randint(0, vocabulary, (32, 32))) for _ in range(BATCHES)])

    def step() -> Any:
        x, y = batches()
        optimizer.zero_grad()
        loss = criterion(model(x).reshape(-1, vocabulary), y.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return step


def transformer(torch: Any) -> Step:
    nn, F = torch.nn, torch.nn.functional
    vocabulary, width, heads, length = 64, 64, 4, 64

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv = nn.Linear(width, 3 * width)
            self.project = nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(),
                                     nn.Linear(4 * width, width))
            self.register_buffer("mask", torch.tril(torch.ones(length, length)) == 0)

        def attend(self, x: Any) -> Any:
            b, t, c = x.shape
            q, k, v = (each.view(b, t, heads, c // heads).transpose(1, 2)
                       for each in self.qkv(x).split(c, dim=2))
            scores = q @ k.transpose(-2, -1) / math.sqrt(c // heads)
            weights = F.softmax(scores.masked_fill(self.mask, float("-inf")), dim=-1)
            return self.project((weights @ v).transpose(1, 2).reshape(b, t, c))

        def forward(self, x: Any) -> Any:
            x = x + self.attend(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class GPT(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(vocabulary, width)
            self.positions = nn.Embedding(length, width)
            self.blocks = nn.Sequential(Block(), Block())
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)
            self.head.weight = self.tokens.weight

        def forward(self, x: Any) -> Any:
            x = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
            return self.head(self.norm(self.blocks(x)))

    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    batches = cycle([(torch.randint(0, vocabulary, (8, length)),
                      torch.randint(0, vocabulary, (8, length))) for _ in range(BATCHES)])

    def step() -> Any:
        x, y = batches()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x).view(-1, vocabulary), y.view(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return step


def vae(torch: Any) -> Step:
    nn, F = torch.nn, torch.nn.functional

    class VAE(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(784, 400)
            self.mu, self.logvar = nn.Linear(400, 20), nn.Linear(400, 20)
            self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

        def forward(self, x: Any) -> Any:
            h = F.relu(self.fc1(x))
            mu, logvar = self.mu(h), self.logvar(h)
            std = torch.exp(0.5 * logvar)
            z = mu + torch.randn_like(std) * std
            return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar

    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = cycle([(torch.rand(64, 784),) for _ in range(BATCHES)])

    def step() -> Any:
        (x,) = batches()
        optimizer.zero_grad()
        recon, mu, logvar = model(x)
        bce = F.binary_cross_entropy(recon, x, reduction="sum")
        loss = bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss.backward()
        optimizer.step()
        return loss

    return step


def maml(torch: Any) -> Step:
    nn, F = torch.nn, torch.nn.functional
    model = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(),
                          nn.Linear(40, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    functional_call = torch.func.functional_call

    def task() -> tuple[Any, ...]:
        amplitude, phase = 0.1 + 4.9 * torch.rand(()), math.pi * torch.rand(())
        x = 10 * torch.rand(20, 1) - 5
        y = amplitude * torch.sin(x + phase)
        return x[:10], y[:10], x[10:], y[10:]

    batches = cycle([tuple(task() for _ in range(4)) for _ in range(BATCHES)])

    def step() -> Any:
        optimizer.zero_grad()
        total = 0.0
        for x, y, x_query, y_query in batches():
            params = dict(model.named_parameters())
            for _ in range(2):
                loss = F.mse_loss(functional_call(model, params, (x,)), y)
                grads = torch.autograd.grad(loss, list(params.values()), create_graph=True)
                params = {name: p - 0.01 * g
                          for (name, p), g in zip(params.items(), grads, strict=True)}
            total = total + F.mse_loss(functional_call(model, params, (x_query,)), y_query) / 4
        total.backward()  # type: ignore[attr-defined]
        optimizer.step()
        return total

    return step


def cycle(batches: list[Any]) -> Callable[[], Any]:
    """A function that gives the batches in turn, again and again."""
    at = -1

    def following() -> Any:
        nonlocal at
        at = (at + 1) % len(batches)
        return batches[at]

    return following


PROGRAMS: dict[str, tuple[Callable[[Any], Step], int]] = {
    "perceptron": (perceptron, 400),
    "lenet": (lenet, 60),
    "lstm": (lstm, 60),
    "transformer": (transformer, 40),
    "vae": (vae, 100),
    "maml": (maml, 60),
}
"""The program, and how many of its steps make a round."""


# ---- what is measured ----


def case(program: Callable[[Any], Step]) -> Case:
    """The program's step as a case: its time, and the loss after the warm-up."""
    def setup(peer: str, steps: int) -> Answers:
        torch = load(peer)
        torch.manual_seed(0)
        step = program(torch)

        def train(count: int) -> float:
            for _ in range(count):
                loss: float = step().item()
            return loss

        def measure() -> Numbers:
            start = time.perf_counter()
            train(steps)
            return {"ms": (time.perf_counter() - start) / steps * 1e3}

        first = train(WARM_UP)
        return {"round": measure, "counts": lambda: {"loss": first}}

    return setup


CASES: dict[str, Case] = {name: case(program) for name, (program, _) in PROGRAMS.items()}
