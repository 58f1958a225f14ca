"""The command ``python -m benchmarks [--quick] [--only TASK] [--without PEER] [QUESTION…]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from . import imports, memory, programs, recording, speed, steady
from .report import machine

QUESTIONS: dict[str, Callable[..., None]] = {
    "imports": imports.run,
    "recording": recording.run,
    "memory": memory.run,
    "steady": steady.run,
    "programs": programs.run,
    "speed": speed.run,
}


def main() -> int:
    """Ask the questions that the command line names, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", metavar="QUESTION", nargs="*",
                        help=f"one of {', '.join(QUESTIONS)}; all if none is given")
    parser.add_argument("--quick", action="store_true",
                        help="tiny sizes: to see that the benchmarks run, not to measure")
    parser.add_argument("--only", metavar="TASK", action="append", default=[],
                        help="speed: tasks whose names begin like this "
                             f"({', '.join([*speed.TASKS, 'first'])}); may be given again")
    parser.add_argument("--without", metavar="PEER", action="append", default=[],
                        help=f"speed: leave out one of {', '.join(speed.SUBJECTS)}; may be given "
                             "again")
    arguments = parser.parse_args()
    unknown = set(arguments.questions) - QUESTIONS.keys()
    if unknown:
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    print(machine())
    for question in arguments.questions or QUESTIONS:
        more = (arguments.only, arguments.without) if question == "speed" else ()
        QUESTIONS[question](arguments.quick, *more)
    return 0


if __name__ == "__main__":
    sys.exit(main())
