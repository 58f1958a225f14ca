"""Random programs with loops, drawn as lists of instructions: what a turn does is decided by the
instructions, by counting, by numbers that a run draws and now and then by values, so turns are
mostly alike; lengths and values are those of a run.

:func:`run_loops` gives what a user could observe of such a program on any library with PyTorch's
surface. What an instruction may do is in ``turns.py``.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from .turns import ACTS, PLAIN, ROWS, WIDTH, Variables

Instruction = tuple[str, int, int, int]


class LoopPart(NamedTuple):
    """A loop of a program: its instructions, of which carried variable each is the next value
    (by its last instructions), an inner loop's length, every how many turns it does something else,
    and when it breaks off, in tenths.

    ``over`` says what it iterates over, ``stops`` at which value it breaks off, ``trains`` after
    how many turns there is a backward and a step of training, ``nested`` how many turns the longest
    loop inside has (another number in each turn), and ``ending`` how the program that ends with it
    is differentiated.
    """

    body: list[Instruction]
    carried: tuple[int, int]
    inner: int
    every: int
    breaks: int
    over: int = 0
    stops: int = 0
    trains: int = 0
    nested: int = 0
    ending: int = 0


parts = st.builds(
    LoopPart,
    st.lists(st.tuples(st.sampled_from(PLAIN), st.integers(0, 9), st.integers(0, 9),
                       st.integers(0, 9)), min_size=3, max_size=9),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from([0, 0, 0, 5]), st.sampled_from([0, 0, 0, 3]), st.sampled_from([0, 0, 0, 7]),
    over=st.integers(0, 4), stops=st.sampled_from([0, 0, 0, 1, 2]),
    trains=st.sampled_from([0, 0, 0, 0, 9]), nested=st.sampled_from([0, 0, 0, 2, 4]),
    ending=st.integers(0, 5))
loops = st.lists(parts, min_size=1, max_size=2)
lengths = st.lists(st.integers(60, 110), min_size=1, max_size=2)


def drawn_loops(seed: int) -> tuple[list[LoopPart], list[int]]:
    """A program and the lengths to run it with, one after the other, without a search."""
    r = random.Random(seed)
    names = sorted(ACTS)
    kinds = r.sample(names, r.randint(2, 6)) if r.random() < 0.5 else names

    def part() -> LoopPart:
        rare = r.random() < 0.5   # of one kind only: easier to cut, and to roll up
        body = [(r.choice(kinds), r.randrange(10), r.randrange(10), r.randrange(10))
                for _ in range(r.randint(1, 7))]
        return LoopPart(
            body, (r.randrange(4), r.randrange(4)), r.choice([0, 0, 0, 3]),
            r.choice([0, 0, 3]), r.choice([0, 0, 0, 7]), r.randrange(5),
            0 if rare else r.choice([0, 0, 1, 2]), 0 if rare else r.choice([0, 0, 0, 4, 9]),
            0 if rare else r.choice([0, 0, 2, 4]), r.randrange(6))
    most = r.choice([12, 30, 60])
    count = r.randint(3, 10)
    turns = [r.randint(1, most) for _ in range(r.randint(1, 6))]
    return [part() for _ in range(r.choice([1, 1, 2]))], [r.choice(turns) for _ in range(count)]


class Run(Variables):
    """One run."""

    def turns(self, part: LoopPart) -> Any:
        """What a loop goes through: numbers, beside what keeps rows at hand."""
        self.rows = self.x
        if part.over == 1:
            self.rows = list(self.x)
        elif part.over == 2:
            self.rows = self.x.unbind(0)
        elif part.over == 3:
            return [t for t, _ in enumerate(self.y[0])]
        elif part.over == 4:
            self.rows = [row.reshape(ROWS, WIDTH) for row in self.x.split(1)]
        return range(self.length)

    def loop(self, part: LoopPart) -> None:
        """Run one loop."""
        for t in self.turns(part):
            pool = [*self.state]
            for name, i, j, k in part.body:
                pool.append(ACTS[name](self, pool[i % len(pool)], pool[j % len(pool)], k, t))
            new = [self.torch.tanh(pool[-1 - part.carried[0] % len(pool)]),
                   pool[-1 - part.carried[1] % len(pool)]]
            for _ in range(part.inner):
                new[0] = self.torch.sin(new[0] * self.params[2]) + 0.1
            for s in range(part.nested and (t * 7 + part.nested) % (part.nested + 1)):
                new[0] = self.torch.tanh(new[0] @ self.params[1] + 0.01 * s)
            if part.every and t % part.every == part.every - 1:
                new[0] = new[0] * 0.5 + self.params[0] * 0.1
            self.state = [self.rounded(new[0]), self.rounded(self.torch.sin(new[1]))]
            if part.carried[0] % 2:
                whole = self.kept[0].dim() if self.kept else part.carried[1] % 2 == 0
                self.kept.append(new[0] if whole else new[0].sum())
            if part.trains and t % part.trains == part.trains - 1:
                self.train()
            if part.breaks and t >= self.length * part.breaks // 10:
                break
            if part.stops and t > 4 and (
                    self.state[0].mean().item() > 0.6 - 0.2 * part.stops):
                break

    def rounded(self, x: Any) -> Any:
        """``x``; in a run that is moved, with what rounding in a turn may do."""
        if not self.moved:
            return x
        noise = self.noise.uniform(-0.01, 0.01, tuple(x.shape))
        return x * self.torch.tensor(1 + self.moved * noise)

    def train(self) -> None:
        """A backward, and a step of gradient descent; the state goes on without its history."""
        loss = sum((x * x).mean() for x in self.state) + self.total
        if loss.requires_grad:
            loss.backward()
        with self.torch.no_grad():
            for p in self.params[:3]:
                if p.grad is not None:
                    p -= 0.01 * p.grad
                    p.grad = None
        self.losses.append(float(loss))
        self.state = [x.detach() for x in self.state]
        self.kept = [x.detach() for x in self.kept]
        self.out, self.total, self.x = self.out.detach(), 0.0, self.x.detach()
        self.rows = self.x


def run_loops(torch: Any, program: list[LoopPart], length: int, seed: int,
              moved: float = 0.0) -> list[Any]:
    """The values and gradients that a program gives; its parameters are ``moved`` by relative
    parts, and what a turn gives by a hundredth of that."""
    torch.manual_seed(seed)
    run = Run(torch, length, seed, moved)
    ending = program[-1].ending if program else 0
    if ending == 5:
        with torch.no_grad():
            for part in program:
                run.loop(part._replace(trains=0))
    else:
        for part in program:
            run.loop(part)
    loss = sum((x * x).sum() for x in [*run.state, run.out, *run.params]) + run.total
    if run.kept:
        loss = loss + (torch.stack(run.kept[-length // 2:]) ** 2).mean()
    seen = [*run.state, run.out, *run.kept[::7], loss, torch.tensor(run.losses + run.seen)]
    seen += differentiated(torch, run, loss, ending)
    return [np.array(x.detach().tolist()) for x in seen]


def differentiated(torch: Any, run: Run, loss: Any, ending: int) -> list[Any]:
    """The gradients of a run."""
    leaves = [x for x in (*run.params, run.x) if x.requires_grad]
    if ending == 1:
        found = torch.autograd.grad(loss, leaves, allow_unused=True)
        return [x for x in found if x is not None]
    if ending == 2:
        found = torch.autograd.grad(loss, leaves[:3], create_graph=True, allow_unused=True)
        loss = loss + sum((x * x).sum() for x in found if x is not None and x.requires_grad)
    elif ending == 3:
        loss.backward(retain_graph=True)
    loss.backward()
    return [x.grad for x in leaves if x.grad is not None]
