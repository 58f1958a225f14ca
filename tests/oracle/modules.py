"""Every module and optimiser of PyTorch beside Wengert's: ``python -m tests.oracle.modules``.

For a module (`compare_module`): initial values from the same seed, ``repr``, state dicts in both
directions (directly, and through files that the other side wrote), then outputs, gradients and
buffers in training and in evaluation, to 1e-5 of the largest. For an optimiser, see
`optimizers.py`. A public class without a row fails, unless `module_cases.NOT_COMPARED` has the
reason. ``python -m tests.oracle.modules LSTM Adam`` compares those alone.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from tests.oracle import optimizers
from tests.oracle.compared import (
    SIDES,
    Difference,
    Figures,
    array,
    arrays,
    close,
    equal,
    through_file,
)
from tests.oracle.module_cases import MOST_ULPS, NOT_COMPARED, ROWS, Held, Row

import wengert

SEED = 7


# ---- a module ----


def compare_module(row: Row) -> Figures:
    """The largest errors, relative to the largest value; `Difference` where they are too large."""
    inputs = row.inputs
    modules = [make(side, row.text) for side in SIDES]
    theirs, ours = modules
    equal("repr", repr(ours), repr(theirs))
    if "Lazy" in row.text:   # the first call makes the parameters
        for side, module in zip(SIDES, modules):
            side.manual_seed(SEED)
            module.eval()
            forward(side, module, row, inputs)
        equal("repr after the first call", repr(ours), repr(theirs))
    figures = {"ulp": initial_values(theirs, ours, MOST_ULPS.get(row.covers, 1.0))}
    interchange(theirs, ours)
    figures |= {"output": 0.0, "gradient": 0.0}
    for mode in (True, False):
        for module in modules:
            module.train(mode)
        run_both(row, theirs, ours, figures)
    return figures


def make(side: Any, text: str) -> Any:
    side.manual_seed(0)
    return eval(text, {"torch": side, "nn": side.nn})


def initial_values(theirs: Any, ours: Any, most: float) -> float:
    """The largest distance in units of the last place, at most ``most``."""
    wanted, found = arrays(theirs.state_dict()), arrays(ours.state_dict())
    equal("the names in state_dict", list(found), list(wanted))
    return max((ulps(name, found[name], wanted[name], most) for name in wanted), default=0.0)


def ulps(name: str, found: Any, wanted: Any, most: float) -> float:
    equal(f"dtype and shape of {name}", (found.dtype, found.shape), (wanted.dtype, wanted.shape))
    if wanted.dtype.kind != "f" or not wanted.size:
        equal(name, found.tolist(), wanted.tolist())
        return 0.0
    distance = float(np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted))))
    if distance > most:
        raise Difference(f"the initial values of {name} are {distance:.3g} ulp apart: "
                         f"{found.ravel()[:3]} is not {wanted.ravel()[:3]}")
    return distance


def interchange(theirs: Any, ours: Any) -> None:
    """State dicts go over in both directions, as arrays and as files; both end up the same."""
    change(torch, theirs)
    state = theirs.state_dict()
    said = ours.load_state_dict({k: wengert.from_numpy(v.numpy().copy()) for k, v in state.items()})
    equal("the answer of load_state_dict", str(said), str(theirs.load_state_dict(state)))
    same_state("load_state_dict", theirs, ours)
    change(wengert, ours)
    theirs.load_state_dict(through_file(wengert, torch, ours.state_dict()))
    same_state("a file that Wengert wrote", ours, theirs)
    change(torch, theirs)
    ours.load_state_dict(through_file(torch, wengert, theirs.state_dict()))
    same_state("a file that PyTorch wrote", theirs, ours)


def change(side: Any, module: Any) -> None:
    """Other values for all parameters and buffers, not far from what they were."""
    rng = np.random.default_rng(1)
    state = {}
    for name, value in arrays(module.state_dict()).items():
        if value.dtype.kind == "f":
            value = value + np.asarray(0.05 * rng.random(value.shape), value.dtype)
        state[name] = side.from_numpy(np.array(value))
    module.load_state_dict(state)


def same_state(what: str, a: Any, b: Any) -> None:
    wanted, found = arrays(a.state_dict()), arrays(b.state_dict())
    equal(f"the names after {what}", list(found), list(wanted))
    for name in wanted:
        equal(f"{name} after {what}", found[name].tolist(), wanted[name].tolist())


# ---- calls ----


def run_both(row: Row, theirs: Any, ours: Any, figures: Figures) -> None:
    """Outputs, gradients and buffers of a call, from the same seed."""
    results = []
    for side, module in zip(SIDES, (theirs, ours)):
        side.manual_seed(SEED)
        module.zero_grad()
        given = [argument(side, each) for each in row.inputs]
        outputs = flat(side, call(side, module, row, given))
        loss = weighted_sum(side, outputs)
        leaves = {f"input {i}": x for i, x in enumerate(flat(side, given))
                  if isinstance(x, side.Tensor) and x.requires_grad}
        leaves |= dict(module.named_parameters())
        if loss is not None:
            loss.backward()
        results.append((
            [array(x) if isinstance(x, side.Tensor) else x for x in outputs],
            {name: None if x.grad is None else array(x.grad) for name, x in leaves.items()},
            arrays(dict(module.named_buffers()))))
    (outputs, gradients, buffers), (found, found_gradients, found_buffers) = results
    mode = "training" if theirs.training else "evaluation"
    equal(f"the number of outputs in {mode}", len(found), len(outputs))
    close(f"in {mode}: output", figures, "output", dict(enumerate(found)), dict(enumerate(outputs)))
    close(f"in {mode}: gradient of", figures, "gradient", found_gradients, gradients)
    close(f"in {mode}: buffer", figures, "output", found_buffers, buffers)


def forward(side: Any, module: Any, row: Row, inputs: Sequence[Any]) -> Any:
    return call(side, module, row, [argument(side, each) for each in inputs])


def call(side: Any, module: Any, row: Row, given: Sequence[Any]) -> Any:
    return module(*given) if row.call is None else row.call(side, module, *given)


def argument(side: Any, value: Any) -> Any:
    """A tensor; one of floats requires grad unless it is held."""
    if isinstance(value, tuple) and not isinstance(value, Held):
        return tuple(argument(side, each) for each in value)
    inner = value.value if isinstance(value, Held) else value
    made = side.from_numpy(np.array(inner))
    if not isinstance(value, Held) and made.is_floating_point():
        made.requires_grad_()
    return made


def flat(side: Any, value: Any) -> list[Any]:
    """The tensors and numbers in nested tuples and lists."""
    if isinstance(value, tuple | list):
        return [each for part in value for each in flat(side, part)]
    return [] if value is None else [value]


def weighted_sum(side: Any, outputs: Sequence[Any]) -> Any:
    """A scalar to differentiate, with other weights for each entry of each output."""
    rng = np.random.default_rng(2)
    total = None
    for x in outputs:
        if isinstance(x, side.Tensor) and x.requires_grad:
            weights = np.asarray(rng.uniform(-1, 1, tuple(x.shape)), "float32")
            term = (x * side.from_numpy(weights)).sum()
            total = term if total is None else total + term
    return total


# ---- what has no row ----


def module_names() -> list[str]:
    """The public module classes of PyTorch."""
    return [name for name, each in inspect.getmembers(torch.nn, inspect.isclass)
            if issubclass(each, torch.nn.Module)]


def without_a_row() -> list[str]:
    covered = {each.covers for each in ROWS}
    return [name for name in module_names() if name not in covered | NOT_COMPARED.keys()]


# ---- the report ----


def report(title: str, cases: Iterable[tuple[str, Callable[[], Figures]]]) -> int:
    """Prints a line per case and what failed; the number of failures."""
    failed = 0
    print(f"{title}\n{'-' * len(title)}")
    for name, compare in cases:
        try:
            figures = compare()
        except Exception as error:
            failed += 1
            text = str(error) if isinstance(error, Difference) else where(error)
            print(f"{name}\n  FAILED: {text}")
        else:
            print(f"{name}\n  " + ", ".join(f"{k} {v:.1g}" for k, v in figures.items()))
    print(f"{title}: {failed} failed\n")
    return failed


def where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (line {frame.lineno} of {frame.name})"


def main(names: Sequence[str]) -> int:
    """Compares all, or what is named."""
    def wanted(covers: str) -> bool:
        return not names or covers in names

    failed = report("modules", [
        (each.text, lambda each=each: compare_module(each))
        for each in ROWS if wanted(each.covers)])
    failed += report("optimisers", [
        (each.text, lambda each=each: optimizers.compare_optimizer(each))
        for each in optimizers.ROWS if wanted(each.covers)])
    if not names:
        missing = [*without_a_row(), *optimizers.without_a_row()]
        for name in missing:
            print(f"no row for {name}")
        for name, reason in (NOT_COMPARED | optimizers.NOT_COMPARED).items():
            print(f"not compared: {name} ({reason})")
        failed += len(missing)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
