"""Every optimiser of PyTorch beside Wengert's; `modules.py` is the command.

`compare_optimizer` takes the same steps on both sides, then hands each state dict to the other
side, through a file, and goes on: parameters and states stay the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from tests.oracle.compared import SIDES, Difference, Figures, array, close, equal, through_file

import wengert

NOT_COMPARED = {
    "Optimizer": "the base class: every row is one",
    "SparseAdam": "for sparse gradients: test_sparse_oracle.py",
}
SHAPES = ((5, 4), (4,), (), (2, 3, 2))
LBFGS_STEP = "/state/0/t"   # for PyTorch a tensor after a line search, else a number


class Row(NamedTuple):
    """An optimiser to make from ``params``, evaluated with each side's ``optim``."""

    text: str
    shapes: tuple[tuple[int, ...], ...] = SHAPES
    steps: int = 5

    @property
    def covers(self) -> str:
        """The name of the class."""
        return self.text.partition("(")[0]


ROWS = [
    Row("SGD(params, lr=0.1)"),
    Row("SGD(params, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.02)"),
    Row("SGD(params, lr=0.1, momentum=0.9, nesterov=True, maximize=True)"),
    Row("SGD([{'params': params[:2], 'lr': 0.05}, {'params': params[2:]}], lr=0.1, "
        "foreach=True)"),
    Row("Adam(params)"),
    Row("Adam(params, lr=torch.tensor(0.02), betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)"),
    Row("Adam(params, lr=0.02, amsgrad=True, maximize=True)"),
    Row("Adam([('a', params[0]), ('b', params[1])], lr=0.02)"),
    Row("AdamW(params, lr=0.02)"),
    Row("AdamW([{'params': params[:1], 'weight_decay': 0.3}, "
        "{'params': params[1:], 'weight_decay': 0.0}], lr=0.02, amsgrad=True)"),
    Row("Adamax(params, lr=0.02)"),
    Row("Adamax(params, lr=0.02, weight_decay=0.1, maximize=True)"),
    Row("NAdam(params, lr=0.02)"),
    Row("NAdam(params, lr=0.02, weight_decay=0.1, decoupled_weight_decay=True)"),
    Row("RAdam(params, lr=0.02)"),
    Row("RAdam(params, lr=0.02, betas=(0.5, 0.6), weight_decay=0.1, "
        "decoupled_weight_decay=True)"),
    Row("Adagrad(params, lr=0.1)"),
    Row("Adagrad(params, lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5)"),
    Row("Adadelta(params)"),
    Row("Adadelta(params, lr=0.5, rho=0.8, weight_decay=0.1)"),
    Row("RMSprop(params, lr=0.02)"),
    Row("RMSprop(params, lr=0.02, momentum=0.5, centered=True, weight_decay=0.1)"),
    Row("Rprop(params, lr=0.02)"),
    Row("Rprop(params, lr=0.02, etas=(0.4, 1.3), step_sizes=(0.001, 0.03))"),
    Row("ASGD(params, lr=0.05)"),
    Row("ASGD(params, lr=0.05, lambd=0.01, alpha=0.6, t0=2, weight_decay=0.1)"),
    Row("Adafactor(params)"),
    Row("Adafactor(params, lr=0.1, weight_decay=0.1, d=1.5)"),
    Row("Muon(params, lr=0.02)", ((5, 4), (3, 6))),
    Row("Muon(params, lr=0.02, nesterov=False, adjust_lr_fn='match_rms_adamw')",
        ((5, 4), (3, 6))),
    Row("LBFGS(params, lr=0.5, max_iter=2)", steps=2),
    Row("LBFGS(params, max_iter=2, history_size=3, line_search_fn='strong_wolfe')", steps=2),
]


def without_a_row() -> list[str]:
    """The public optimisers of PyTorch that are neither compared nor excused."""
    covered = {each.covers for each in ROWS}
    return [name for name, each in inspect.getmembers(torch.optim, inspect.isclass)
            if issubclass(each, torch.optim.Optimizer)
            and name not in covered | NOT_COMPARED.keys()]


# ---- one optimiser on one side ----


class Run:
    """The parameters and the optimiser of one side."""

    def __init__(self, side: Any, row: Row, start: list[Any] | None = None) -> None:
        self.side, self.row = side, row
        rng = np.random.default_rng(3)
        values = [np.asarray(rng.normal(size=shape), "float32") for shape in row.shapes]
        self.params = [side.nn.Parameter(side.from_numpy(np.array(value)))
                       for value in (values if start is None else start)]
        self.optimizer = eval(row.text, {**vars(side.optim), "torch": side, "params": self.params})

    def step(self, k: int) -> None:
        """Step ``k`` with gradients of its own; one parameter has none in one of the steps."""
        if self.row.covers == "LBFGS":
            self.optimizer.step(self.closure)
            return
        rng = np.random.default_rng([4, k])
        for i, p in enumerate(self.params):
            gradient = self.side.from_numpy(np.asarray(rng.normal(size=tuple(p.shape)), "float32"))
            p.grad = None if (i, k) == (1, 2) else gradient
        if k == 3:
            self.optimizer.param_groups[0]["lr"] *= 0.5
        self.optimizer.step()

    def closure(self) -> Any:
        self.optimizer.zero_grad()
        x = self.side.cat([p.reshape(-1) for p in self.params])
        steepness = self.side.linspace(1, 5, len(x))
        loss = (steepness * (x - 0.3) ** 2).sum() + (x ** 4).sum()
        loss.backward()
        return loss

    def values(self) -> list[Any]:
        return [array(p) for p in self.params]


def compare_optimizer(row: Row) -> Figures:
    """The largest errors of parameters and states, relative to the largest."""
    theirs, ours = (Run(side, row) for side in SIDES)
    equal("repr", repr(ours.optimizer), repr(theirs.optimizer))
    figures: Figures = {"parameter": 0.0, "state": 0.0}
    for k in range(row.steps):
        theirs.step(k)
        ours.step(k)
        same(f"after step {k}", ours, theirs, figures)
    wengert_goes_on = handed_over(theirs, wengert)
    torch_goes_on = handed_over(ours, torch)
    for k in range(row.steps, 2 * row.steps):
        for run in (theirs, ours, wengert_goes_on, torch_goes_on):
            run.step(k)
    same("after PyTorch's state was loaded", wengert_goes_on, theirs, figures)
    same("after Wengert's state was loaded", torch_goes_on, theirs, figures)
    same("at the end", ours, theirs, figures)
    return figures


def handed_over(run: Run, side: Any) -> Run:
    """A run of the other side that goes on from this one's state, read from a file."""
    other = Run(side, run.row, run.values())
    other.optimizer.load_state_dict(through_file(run.side, side, run.optimizer.state_dict()))
    return other


def same(when: str, found: Run, wanted: Run, figures: Figures) -> None:
    close(f"{when}: parameter", figures, "parameter", dict(enumerate(found.values())),
          dict(enumerate(wanted.values())))
    f, w = (leaves(run.optimizer.state_dict()) for run in (found, wanted))
    equal(f"{when}: entries of state_dict", list(f), list(w))
    for group in {entry(name) for name in w}:
        names = [name for name in w if entry(name) == group]
        close(f"{when}: state", figures, "state", {name: f[name] for name in names},
              {name: w[name] for name in names})


def leaves(state: Any, name: str = "") -> dict[str, Any]:
    """The entries of a nested state dict by their path; a tensor's path says that it is one."""
    if isinstance(state, list | tuple):
        state = dict(enumerate(state))
    if isinstance(state, Mapping):
        found = [leaves(each, f"{name}/{key}") for key, each in state.items()]
        return {k: v for each in found for k, v in each.items()}
    if name == LBFGS_STEP:
        return {name: np.float64(state)}
    if isinstance(state, torch.Tensor | wengert.Tensor):
        return {f"{name} (tensor)": array(state)}
    return {name: np.float64(state) if isinstance(state, float) else state}


def entry(name: str) -> str:
    """What the path names, for whichever parameter: ``exp_avg`` of ``/state/3/exp_avg``."""
    return name.split("/")[3] if name.count("/") > 2 else name


__all__ = ["NOT_COMPARED", "ROWS", "Difference", "Row", "compare_optimizer", "without_a_row"]
