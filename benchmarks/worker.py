"""The process in which one peer runs one case.

``python -m benchmarks.worker MODULE.CASE PEER SIZE`` sets up and says so, then reads questions, a
line each, and answers each with a line of JSON; ``peers.py`` is the other end of the pipe.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any, TextIO

from .peers import Case


def main(case: str, peer: str, size: str) -> None:
    """Set up, then answer until the questions end."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    sys.stdout = sys.stderr   # what the case prints is not an answer
    module, _, name = case.partition(".")
    setup: Case = importlib.import_module(f"benchmarks.{module}").CASES[name]
    answers = setup(peer, int(size))
    say(out, {})
    for question in sys.stdin:
        say(out, answers[question.strip()]())


def say(out: TextIO, answer: dict[str, Any]) -> None:
    out.write(f"{json.dumps(answer)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
