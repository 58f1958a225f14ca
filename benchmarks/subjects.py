"""The columns of ``speed.py``: the peers, how many threads they take, what they compile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .peers import ONE_THREAD, load

SUBJECTS = {"wengert": "wengert", "wengert.compile": "wengert", "torch": "torch",
            "torch.compile": "torch", "jax.jit": "jax", "HIPS autograd": "autograd",
            "NumPy": "numpy"}
"""The columns, and the package that each needs."""


@dataclass(frozen=True)
class Torch:
    """A module with PyTorch's interface and what its user compiles: the whole step, or the
    forward pass."""

    module: Any
    step: Callable[[Any], Any] = lambda function: function
    forward: Callable[[Any], Any] = lambda function: function


def torch_of(subject: str, threads: int = 1) -> Torch:
    """Wengert or PyTorch, and what is compiled; AttributeError where it has no compiler yet."""
    module = load(SUBJECTS[subject])
    if hasattr(module, "set_num_threads"):
        module.set_num_threads(threads)
    if subject == "wengert.compile":
        return Torch(module, step=module.compile)
    if subject == "torch.compile":
        return Torch(module, forward=module.compile)
    return Torch(module)


def settings(threads: int) -> dict[str, str]:
    """The environment of a process that computes on so many threads."""
    flags = "--xla_cpu_multi_thread_eigen=false" if threads == 1 else ""
    return {**dict.fromkeys(ONE_THREAD, str(threads)), "XLA_FLAGS": flags,
            "NPROC": str(threads), "JAX_PLATFORMS": "cpu"}
