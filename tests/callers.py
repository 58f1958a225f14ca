"""The callers that are compiled with the package: ``python -m tests.callers`` writes them.

What a caller's text depends on is looked up in ``written.py`` before it is compiled; one that is
not there is compiled as it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
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
TABLE = '''

CALLS = {
'''
USERS = ("exp", "maximum", "softmax", "relu", "lerp", "stack", "mean", "amax", "triu", "cumsum",
         "transpose", "t", "reshape", "Tensor.repeat", "matmul", "var", "pow", "topk",
         "nn.functional.linear", "nn.functional.embedding", "nn.functional.layer_norm",
         "nn.functional.cross_entropy", "nn.functional.mse_loss")
"""These functions' callers are shared with all operations of like parameters."""
WRITING = ("exp_",)
CALLED = ("exp", "maximum", "where", "amax", "sub")
"""Of each of these operations the one that takes an argument for each parameter."""
AT_ONCE = ("exp", "mul", "amax", "mean", "where", "add", "div", "cat", "t", "reshape", "clone",
           "advanced_index", "to_dtype", "var", "cumsum", "transpose", "pow", "unsqueeze", "flip",
           "linear")
"""Of these, what computes them as they are called."""


Said = tuple[Any, ...]


def texts() -> Iterator[tuple[Said, str]]:
    """The texts of the callers of common signatures, with what each depends on."""
    return written_by(lambda: [
        *[write(attrgetter(name)(wengert)) for name in USERS],
        *[write(getattr(wengert.Tensor, name)) for name in WRITING],
        *[write(calls.caller(OPERATIONS[name])) for name in CALLED],
        *[write(at_once.at_once(OPERATIONS[name])) for name in AT_ONCE]], calls.code_of)


def all_texts() -> Iterator[tuple[Said, str]]:
    """Those of all operations."""
    return written_by(lambda: [
        *[write(calls.quick(op, print, writes=writes, wrap=wrap))
          for op, writes in forms() for wrap in (None, tuple)],
        *[write(calls.caller(op, writes=writes)) for op, writes in forms()],
        *[write(at_once.at_once(op)) for op in OPERATIONS.values()]],
        lambda said, text: (lambda: None).__code__)


def forms() -> Iterator[tuple[Any, bool]]:
    """All operations, and whether they write."""
    for op in OPERATIONS.values():
        yield op, False
        if op.inplace:
            yield op, True


def written_by(change: Callable[[], object], code: Callable[..., Any],
               ) -> Iterator[tuple[Said, str]]:
    """The texts that are written meanwhile, each pair once; ``code`` gives their code."""
    found: list[tuple[Said, str]] = []
    before = calls.code_of
    calls.code_of = at_once.code_of = (   # type: ignore[attr-defined]
        lambda said, text: found.append((said, text())) or code(said, text))
    try:
        change()
    finally:
        calls.code_of = at_once.code_of = before   # type: ignore[attr-defined]
    yield from dict.fromkeys(found)


def write(function: Any) -> None:
    """Have a caller's text written, as it is after some calls; nothing if it has none."""
    again = getattr(function, "__globals__", {}).get("write_text")
    if again is not None:
        again()


def name_of(text: str) -> str:
    """The name of the function of a text, which has all its letters in it."""
    return f"call_{blake2b(text.encode(), digest_size=16).hexdigest()}"


def content() -> str:
    """What the file is to hold."""
    common = dict.fromkeys([text for _, text in texts()])
    functions = "".join([f"\n\n{text.replace('def call(', f'def {name_of(text)}(', 1)}"
                         for text in common])
    lines = [f"    {said}: {name_of(text)},\n" for said, text in texts()]
    return f"{TOP}{functions}{TABLE}{''.join(lines)}}}\n"


if __name__ == "__main__":
    FILE.write_text(f"{TOP}{TABLE}}}\n", encoding="utf-8")   # one to be imported
    FILE.write_text(content(), encoding="utf-8")
