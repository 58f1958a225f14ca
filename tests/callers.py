"""The callers that are compiled with the package: ``python -m tests.callers`` writes them.

A caller's text is looked up in ``written.py`` before it is compiled; one that is not there, or has
changed, is compiled as it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import wengert
from wengert.engine.recording import at_once, calls
from wengert.engine.recording.operation import OPERATIONS

FILE = Path(calls.__file__).parent / "written.py"
TOP = '''\
"""Callers of common signatures, as ``calls.py`` has them: made by ``python -m tests.callers``."""

# ruff: noqa: E501, F821
# mypy: ignore-errors
'''
USERS = ("exp", "maximum", "softmax", "relu", "lerp", "stack", "mean", "amax", "triu", "cumsum",
         "transpose", "t", "reshape", "Tensor.repeat", "matmul", "var", "pow", "topk",
         "nn.functional.linear", "nn.functional.embedding", "nn.functional.layer_norm",
         "nn.functional.cross_entropy", "nn.functional.mse_loss")
"""These functions' callers are shared with all operations of like parameters."""
WRITING = ("exp_",)
CALLED = ("exp", "maximum", "where", "amax")
"""Of each of these operations the one that takes an argument for each parameter."""
AT_ONCE = ("exp", "mul", "amax", "mean", "where", "add", "div", "cat", "t", "reshape", "clone",
           "advanced_index", "to_dtype", "var", "cumsum", "transpose", "pow")
"""Of these, what computes them as they are called."""


def texts() -> Iterator[str]:
    """The texts of the callers of common signatures."""
    found: list[str] = []
    before = calls.code_of
    calls.code_of = at_once.code_of = (   # type: ignore[attr-defined]
        lambda text: found.append(text) or before(text))
    try:
        for name in USERS:
            write(attrgetter(name)(wengert))
        for name in WRITING:
            write(getattr(wengert.Tensor, name))
        for name in CALLED:
            write(calls.caller(OPERATIONS[name]))
        for name in AT_ONCE:
            write(at_once.at_once(OPERATIONS[name]))
    finally:
        calls.code_of = at_once.code_of = before   # type: ignore[attr-defined]
    yield from dict.fromkeys(found)


def write(function: Any) -> None:
    """Have a caller's text written, as it is after some calls; nothing if it has none."""
    again = getattr(function, "__globals__", {}).get("write_text")
    if again is not None:
        again()


def content() -> str:
    """What the file is to hold."""
    return TOP + "".join([f"\n\n{text.replace('def call(', f'def {at_once.name_of(text)}(', 1)}"
                          for text in texts()])


if __name__ == "__main__":
    FILE.write_text(TOP, encoding="utf-8")   # one to be imported
    FILE.write_text(content(), encoding="utf-8")
