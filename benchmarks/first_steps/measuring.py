"""What runs in the process of a peer: the steps of a program, timed one by one.

Times are the processor's, of a process with one thread: those of the clock, but for what else runs
on the machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..peers import Answers, Case, load
from .others import OTHERS, Peer
from .program import Program, Step
from .programs import PROGRAMS

COUNTS = (1, 3, 10, 30, 100, 300)
AFTER, AFTER_SECONDS = 30, 0.2
"""So many steps follow those, but no more than this part of the row's seconds."""


class Steps:
    """A program's steps: the milliseconds of each, and what each returned."""

    def __init__(self, program: Program, step: Step, synchronize: Callable[[], None],
                 seconds: float) -> None:
        self.program = program
        self.step = step
        self.synchronize = synchronize
        self.most = seconds * 1e3
        self.taken = 0.0
        self.times: list[float] = []
        self.waited = 0.0
        """Milliseconds on the clock of the wall."""

    def until(self, count: int, most: float | None = None) -> dict[str, Any]:
        """Run those up to a step, or as many as there is time for; what they took and returned."""
        begin, most = len(self.times), self.most if most is None else most
        compiled, waited, numbers = compiling(), self.waited, []
        try:
            while len(self.times) < count and self.taken < most:
                numbers.append(self.one())
        except Exception as error:
            text = str(error).partition("\n")[0]
            return {"error": f"step {len(self.times)}: {type(error).__name__}: {text}"}
        return {"ms": self.times[begin:], "numbers": numbers,
                "waited": self.waited - waited, "compiling": (compiling() - compiled) * 1e3}

    def after(self) -> dict[str, Any]:
        """Those that follow."""
        return self.until(len(self.times) + AFTER, self.taken + self.most * AFTER_SECONDS)

    def one(self) -> list[float]:
        """Run the next step; a number for each tensor that it returned."""
        data = self.program.data(np.random.RandomState(1000 + len(self.times)))
        begin, start = time.process_time(), time.perf_counter()
        results = self.step(*data)
        results[0].item()
        self.synchronize()
        took = (time.process_time() - begin) * 1e3
        self.waited += (time.perf_counter() - start) * 1e3
        self.times.append(took)
        self.taken += took
        return [results[0].item(), *map(norm, results[1:])]


def norm(tensor: Any) -> float:
    """The norm of what a tensor holds; zero for no gradient. It is computed from numbers, so that
    nothing is recorded, and no memory is shared."""
    return 0.0 if tensor is None else float(np.linalg.norm(np.asarray(tensor.tolist())))


def compiling() -> float:
    """The seconds that Wengert has spent in compiling, in this process."""
    module = sys.modules.get("wengert.engine.backends.choice")
    return float(module.counters["seconds"]) if module is not None else 0.0


def first_use(torch: Any) -> None:
    """Four steps of a small model, and SciPy's functions: what a library loads when it is first
    used is not counted as a program's."""
    torch.erf(torch.ones(2)).tolist()
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Tanh())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(4):
        loss = model(torch.ones(2, 3)).square().mean()
        grads = torch.autograd.grad(loss, list(model.parameters()), create_graph=True)
        optimizer.zero_grad()
        (loss + grads[0].sum()).backward()
        optimizer.step()
        torch.multinomial(torch.softmax(model(torch.ones(3)), 0), 1).item()


def case(name: str, program: Program) -> Case:
    """A program as a case; its size are the seconds that it may take."""
    def setup(peer: str, seconds: int) -> Answers:
        begin = time.perf_counter()
        if peer in ("jax", "autograd"):
            other = Peer(peer)
            took = (time.perf_counter() - begin) * 1e3
            steps = Steps(program, OTHERS[name](other), lambda: None, seconds)
        else:
            torch = load(peer)
            first_use(torch)
            took = (time.perf_counter() - begin) * 1e3
            torch.manual_seed(0)
            steps = Steps(program, program.make(torch), torch.cpu.synchronize, seconds)
        return {"imports": lambda: {"ms": took}, "after": steps.after,
                **{str(count): lambda count=count: steps.until(count) for count in COUNTS}}

    return setup


CASES: dict[str, Case] = {name: case(name, program) for name, program in PROGRAMS.items()}
