"""Recurrent networks, and what else is as long as its data: loops that differ in length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .program import Program, Random, Step, normal


def lstm_cells() -> Program:
    """Two cells of 51 units over 99 steps: sine waves, as in PyTorch's examples."""
    def make(torch: Any) -> Step:
        nn = torch.nn
        first, second, head = nn.LSTMCell(1, 51), nn.LSTMCell(51, 51), nn.Linear(51, 1)
        parameters = [*first.parameters(), *second.parameters(), *head.parameters()]
        optimizer = torch.optim.SGD(parameters, lr=0.01)

        def step(waves: Any) -> tuple[Any, ...]:
            waves = torch.tensor(waves)
            h1, c1, h2, c2 = (torch.zeros(len(waves), 51) for _ in range(4))
            outputs = []
            for x in waves[:, :-1].split(1, dim=1):
                h1, c1 = first(x, (h1, c1))
                h2, c2 = second(h1, (h2, c2))
                outputs.append(head(h2))
            loss = nn.functional.mse_loss(torch.cat(outputs, dim=1), waves[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return (loss,)

        return step

    def data(random: Random) -> tuple[Any, ...]:
        shifts = random.uniform(0, 6, (4, 1))
        return (np.sin(0.2 * np.arange(100) + shifts).astype(np.float32),)

    return Program("LSTM cells of 51 over 99 steps", make, data)


LSTM_UNITS = 14


def lstm_loss(torch: Any) -> tuple[Any, Any, Callable[[Any], Any]]:
    """An LSTM of plain operations, two layers: its parameters, and the loss of a sequence."""
    units = LSTM_UNITS
    random = np.random.RandomState(0)
    main = torch.tensor(0.5 * normal(random, 4, 4 * units), requires_grad=True)
    extra = torch.tensor(0.5 * normal(random, 3, units), requires_grad=True)

    def cell(weight: Any, bias: Any, hidden: Any, memory: Any, x: Any) -> Any:
        gates = torch.cat((x, hidden, x, hidden)) * weight + bias
        forget, enter = torch.sigmoid(gates[:units]), torch.sigmoid(gates[units:2 * units])
        leave, change = torch.sigmoid(gates[2 * units:3 * units]), torch.tanh(gates[3 * units:])
        memory = memory * forget + enter * change
        return leave * torch.tanh(memory), memory

    def loss(sequence: Any) -> Any:
        steps = len(sequence) - 1
        state = [torch.zeros(units) for _ in range(4)]
        total = torch.zeros(())
        for t in range(steps):
            x = sequence[t] * extra[0]
            for layer in range(2):
                at = 2 * layer
                state[at], state[at + 1] = cell(main[at], main[at + 1], state[at],
                                                state[at + 1], x)
                x = state[at]
            y = x * extra[1] + extra[2]
            y = y - torch.log(torch.exp(y).sum() + 2)
            total = total + (sequence[t + 1] * y).sum()
        return -total / (steps * units)

    return main, extra, loss


def written_lstm(steps: int) -> Program:
    """An LSTM of plain operations, two layers of 14 units; value and gradient."""
    def make(torch: Any) -> Step:
        main, extra, loss = lstm_loss(torch)

        def step(sequence: Any) -> tuple[Any, ...]:
            main.grad = extra.grad = None
            value = loss(torch.tensor(sequence))
            value.backward()
            return value, main.grad, extra.grad

        return step

    return Program(f"LSTM written out, {steps:,} steps", make, lambda random: (
        (random.uniform(0, 1, (steps + 1, LSTM_UNITS)) < 0.2).astype(np.float32),))


def random_lengths() -> Program:
    """Characters of a sequence whose length is drawn; GRU cell, Adam, clipped gradients."""
    def make(torch: Any) -> Step:
        nn = torch.nn
        embedding, cell, head = nn.Embedding(32, 16), nn.GRUCell(16, 32), nn.Linear(32, 32)
        parameters = [*embedding.parameters(), *cell.parameters(), *head.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=1e-3)

        def step(characters: Any) -> tuple[Any, ...]:
            characters = torch.tensor(characters)
            x, h, outputs = embedding(characters[:-1]), torch.zeros(32), []
            for each in x:
                h = cell(each, h)
                outputs.append(head(h))
            loss = nn.functional.cross_entropy(torch.stack(outputs), characters[1:])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            return (loss,)

        return step

    return Program("sequences of 5 to 200", make,
                   lambda random: (random.randint(0, 32, random.randint(5, 200)),))


Tree = int | tuple[Any, Any]


def trees() -> Program:
    """A network over binary trees that are drawn: each node is made of its two."""
    def grown(random: Random, leaves: int) -> Tree:
        if leaves == 1:
            return int(random.randint(50))
        left = int(random.randint(1, leaves))
        return grown(random, left), grown(random, leaves - left)

    def make(torch: Any) -> Step:
        nn = torch.nn
        words, join, head = nn.Embedding(50, 16), nn.Linear(32, 16), nn.Linear(16, 5)
        optimizer = torch.optim.SGD([*words.parameters(), *join.parameters(),
                                     *head.parameters()], lr=0.01)

        def vector(tree: Tree) -> Any:
            if isinstance(tree, int):
                return words.weight[tree]
            return torch.tanh(join(torch.cat([vector(tree[0]), vector(tree[1])])))

        def step(tree: Tree, label: int) -> tuple[Any, ...]:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(head(vector(tree)), torch.tensor(label))
            loss.backward()
            optimizer.step()
            return (loss,)

        return step

    return Program("a network over random trees", make, lambda random: (
        grown(random, random.randint(5, 40)), int(random.randint(5))))


def inner_loops() -> Program:
    """MAML with a drawn number of tasks, each with a drawn number of inner steps."""
    def make(torch: Any) -> Step:
        nn = torch.nn
        model = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(),
                              nn.Linear(20, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)

        def step(tasks: list[tuple[Any, Any, int]]) -> tuple[Any, ...]:
            total = torch.zeros(())
            for x, y, count in tasks:
                x, y = torch.tensor(x), torch.tensor(y)
                params = dict(model.named_parameters())
                for _ in range(count):
                    out = torch.func.functional_call(model, params, (x[:10],))
                    loss = nn.functional.mse_loss(out, y[:10])
                    grads = torch.autograd.grad(loss, list(params.values()), create_graph=True)
                    params = {name: p - 0.05 * g
                              for (name, p), g in zip(params.items(), grads, strict=True)}
                out = torch.func.functional_call(model, params, (x[10:],))
                total = total + nn.functional.mse_loss(out, y[10:])
            loss = total / len(tasks)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return (loss,)

        return step

    def data(random: Random) -> tuple[Any, ...]:
        tasks = []
        for _ in range(random.randint(1, 5)):
            x = random.uniform(-3, 3, (20, 1)).astype(np.float32)
            shift = np.float32(random.uniform(0, 3))
            tasks.append((x, np.sin(x + shift), int(random.randint(1, 6))))
        return (tasks,)

    return Program("MAML, inner loops of 1 to 5", make, data)


PROGRAMS = {
    "lstm-cells": lstm_cells(), "lstm-128": written_lstm(128), "lstm-512": written_lstm(512),
    "lstm-1024": written_lstm(1024), "lengths": random_lengths(), "trees": trees(),
    "maml": inner_loops(),
}
