"""Functions of neural networks that draw numbers: ``rrelu`` and ``gumbel_softmax``."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.recording.flushing import host
from ..engine.recording.recorder import hold, record, record_write
from ..engine.recording.recording import dtype_of, here
from ..functions.activations import leaky_relu
from ..functions.arithmetic import mul
from ..tensors.creation import empty_like
from ..tensors.random import default_generator


def rrelu(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False,
          inplace: bool = False, generator: Any = None) -> Any:
    """``input`` where it is positive, elsewhere ``input`` times a slope drawn from
    [lower, upper); the middle of the two where not ``training``.

    Which numbers are drawn depends on the values, so drawing ends the recording.
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        args = (input, (lower + upper) / 2, False)
        return record_write(leaky_relu, args) if inplace else record(leaky_relu, args)
    here.modes.exits += 1
    array = host(input)
    kind = dtype_of(input).numpy
    slopes = np.ones(array.shape, kind)
    below = np.less_equal(array, 0)
    source = generator or default_generator
    slopes[below] = source.uniform((int(below.sum()),), np.dtype(np.float64),
                                   float(kind.type(lower)), float(kind.type(upper)))
    scaled = (input, hold(slopes))
    return record_write(mul, scaled) if inplace else record(mul, scaled)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10,
                   dim: int = -1) -> Any:
    """A sample of the Gumbel-softmax distribution (Jang et al., 2017): ``softmax((logits + g) /
    tau)`` with Gumbel noise g.

    With ``hard`` it is one-hot, with the gradient of the soft sample.
    """
    noise = -empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return soft.detach().mul(0).scatter(dim, index, 1.0) - soft.detach() + soft


__all__ = ["gumbel_softmax", "rrelu"]
