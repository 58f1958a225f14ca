"""Random programs with loops, drawn as lists of instructions: what a turn does is decided by the
instructions alone, so turns are alike but for what moves; lengths and values are those of a run.

:func:`run_loops` gives what a user could observe of such a program on any library with PyTorch's
surface.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

Instruction = tuple[str, int, int, int]
ROWS, WIDTH = 3, 4
ACTS = ["add", "mul", "tanh", "sin", "sigmoid", "matmul", "param", "read", "read_back", "number",
        "clock", "mean", "row", "where", "softmax", "cat", "write", "fetch", "norm", "vector",
        "stack", "detach", "before"]


class LoopPart(NamedTuple):
    """A loop of a program: its instructions, of which carried variable each is the next value
    (by its last instructions), an inner loop's length, every how many turns it does something else,
    and when it breaks off, in tenths."""

    body: list[Instruction]
    carried: tuple[int, int]
    inner: int
    every: int
    breaks: int


parts = st.builds(
    LoopPart,
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9), st.integers(0, 9),
                       st.integers(0, 9)), min_size=3, max_size=9),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from([0, 0, 0, 5]), st.sampled_from([0, 0, 0, 3]), st.sampled_from([0, 0, 0, 7]))
loops = st.lists(parts, min_size=1, max_size=2)
lengths = st.lists(st.integers(60, 110), min_size=1, max_size=2)


class Run:
    """The variables of one run."""

    def __init__(self, torch: Any, length: int, seed: int) -> None:
        self.torch, self.length = torch, length
        draw = np.random.RandomState(seed)

        def tensor(*shape: int, grad: bool = False) -> Any:
            return torch.tensor(draw.uniform(-1, 1, shape), dtype=torch.float64,
                                requires_grad=grad)
        self.params = [tensor(ROWS, WIDTH, grad=True), tensor(WIDTH, WIDTH, grad=True),
                       tensor(WIDTH, grad=True), tensor(WIDTH, WIDTH)]
        self.x = tensor(length, ROWS, WIDTH, grad=True)
        self.y = tensor(ROWS, length, WIDTH)
        self.state = [tensor(ROWS, WIDTH), tensor(ROWS, WIDTH)]
        self.out = torch.zeros(length, ROWS, WIDTH, dtype=torch.float64)
        self.kept: list[Any] = []
        self.shift = draw.uniform(-0.5, 0.5)

    def act(self, instruction: Instruction, pool: list[Any], t: int) -> Any:
        """The value of one instruction in turn ``t``."""
        name, i, j, k = instruction
        torch, a, b = self.torch, pool[i % len(pool)], pool[j % len(pool)]
        match name:
            case "add":
                return a + b * 0.5
            case "mul":
                return a * b
            case "tanh" | "sin" | "sigmoid":
                return getattr(torch, name)(a)
            case "matmul":
                return torch.tanh(a @ self.params[1 if k % 2 else 3])
            case "param":
                return a * self.params[0 if k % 2 else 2]
            case "read":
                return self.x[t] + (a if k % 2 else 0.1)
            case "read_back":
                return self.y[:, self.length - 1 - t] * a
            case "number":
                return a * (0.5 + self.shift) + k * 0.1
            case "clock":
                return a + 0.001 * t - t / (t + 1)
            case "mean":
                return a - a.mean(k % 2, keepdim=True)
            case "row":
                return a + a[k % ROWS] * 0.5 - b[:, k % WIDTH:k % WIDTH + 1]
            case "where":
                return torch.where(b > 0, a, a * 0.25)
            case "softmax":
                return torch.softmax(a, 1) + b * 0.1
            case "cat":
                return torch.cat([a[:, :2], b[:, 2:]], 1)
            case "write":
                self.out[t] = torch.tanh(a)
                return a * 0.5
            case "fetch":
                return self.out[t - 1 if t and k % 2 else t] + a * 0.5
            case "norm":
                return a / (1 + a.square().sum().sqrt())
            case "vector":
                return a + torch.mv(a, self.params[2])[:, None] * 0.2
            case "stack":
                return torch.stack([a, b]).sum(0) * 0.4
            case "detach":
                return a.detach() * 0.5 + b
        if self.kept:
            return a + self.kept[-1] * 0.1
        return a

    def loop(self, part: LoopPart) -> None:
        """Run one loop."""
        for t in range(self.length):
            pool = [*self.state]
            for instruction in part.body:
                pool.append(self.act(instruction, pool, t))
            new = [self.torch.tanh(pool[-1 - part.carried[0] % len(pool)]),
                   pool[-1 - part.carried[1] % len(pool)]]
            for _ in range(part.inner):
                new[0] = self.torch.sin(new[0] * self.params[2]) + 0.1
            if part.every and t % part.every == part.every - 1:
                new[0] = new[0] * 0.5 + self.params[0] * 0.1
            self.state = [new[0], self.torch.sin(new[1])]
            if part.carried[0] % 2:
                self.kept.append(new[0].sum() if part.carried[1] % 2 else new[0])
            if part.breaks and t >= self.length * part.breaks // 10:
                break


def run_loops(torch: Any, program: list[LoopPart], length: int, seed: int) -> list[Any]:
    """The values and gradients that a program gives."""
    run = Run(torch, length, seed)
    for part in program:
        run.loop(part)
    loss = sum((x * x).sum() for x in [*run.state, run.out, *run.params])
    if run.kept:
        loss = loss + (torch.stack(run.kept[-length // 2:]) ** 2).mean()
    loss.backward()
    seen = [*run.state, run.out, *run.kept[::7], loss]
    seen += [x.grad for x in (*run.params, run.x) if x.grad is not None]
    return [np.array(x.detach().tolist()) for x in seen]
