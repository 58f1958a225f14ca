"""``grad_fn``'s name, and what it shows as saved, beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from saved_programs import programs

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.once   # the tier eager keeps nothing that no derivative reads

OURS, THEIRS = programs(wengert), programs(torch)
LACKING = {
    "elu": {"input_scale", "scale"}, "logsigmoid": {"buffer"}, "det": {"A", "LU", "pivots"},
    "conv2d": {"bias_sym_sizes_opt", "output_padding", "transposed"}, "max_pool2d": {"result1"},
    "batch_norm": {"result1", "result2", "training"}, "layer_norm": {"result1", "result2"},
    "nll_loss": {"total_weight", "ignore_index"},
    "embedding": {"padding_idx", "weight_sym_argsize_0"}}
"""What is not kept here, or is a number as PyTorch's engine writes it."""


AFTER = {"lerp": {"weight"}, "index_select": {"index"}, "cdist": {"x1", "x2", "result"},
         "det": {"result"}}
"""What no derivative reads, so that it is None once the recording has run."""


def plain(value: Any) -> Any:
    """A saved value as NumPy and Python see it."""
    if isinstance(value, (torch.Tensor, wengert.Tensor)):
        return np.asarray(value.detach().numpy(), np.float64)
    return tuple(map(plain, value)) if isinstance(value, (tuple, list)) else value


def saved(fn: Any, without: set[str]) -> dict[str, Any]:
    names = {name.removeprefix("_saved_") for name in dir(fn) if name.startswith("_saved_")}
    return {name: plain(getattr(fn, f"_saved_{name}")) for name in sorted(names - without)}


def same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_allclose(found[name], value, rtol=2e-5, atol=1e-6, err_msg=name)
        else:
            assert found[name] == value, name


@pytest.mark.parametrize("name", OURS)
def test_what_is_saved(name: str) -> None:
    without = LACKING.get(name, set())
    theirs = THEIRS[name]().grad_fn
    wanted = saved(theirs, without)
    for _ in range(3):
        ours = OURS[name]()
        fn = ours.grad_fn
        assert fn.name() == theirs.name()
        same(saved(fn, without), wanted)      # it waits in the recording
        ours.detach().numpy()
        then, gone = saved(fn, without), AFTER.get(name, set())
        assert {each for each in then if then[each] is None is not wanted[each]} <= gone
        same({k: v for k, v in then.items() if k not in gone},   # it has run
             {k: v for k, v in wanted.items() if k not in gone})


def test_as_many_as_the_programs_that_people_draw() -> None:
    assert len(OURS) >= 60 and set(LACKING) <= set(OURS)
