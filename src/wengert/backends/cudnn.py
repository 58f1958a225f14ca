"""``torch.backends.cudnn``: there is no cuDNN; switches are kept, and change nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

enabled = True
deterministic = False
benchmark = False
benchmark_limit = 10
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None: there is no version of what is not there."""


def is_acceptable(tensor: Any) -> bool:
    """False."""
    return False


@contextlib.contextmanager
def flags(enabled: bool = False, benchmark: bool = False, benchmark_limit: int = 10,
          deterministic: bool = False, allow_tf32: bool = True,
          fp32_precision: str = "none") -> Iterator[None]:
    """Set the switches inside the block; they change nothing."""
    names = ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32",
             "fp32_precision")
    space = globals()
    before = {name: space[name] for name in names}
    space.update(enabled=enabled, benchmark=benchmark, benchmark_limit=benchmark_limit,
                 deterministic=deterministic, allow_tf32=allow_tf32, fp32_precision=fp32_precision)
    try:
        yield
    finally:
        space.update(before)


__all__ = ["allow_tf32", "benchmark", "benchmark_limit", "deterministic", "enabled", "flags",
           "fp32_precision", "is_acceptable", "is_available", "version"]
