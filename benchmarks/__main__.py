"""The command ``python -m benchmarks [--quick] [--only TASK] [--without PEER] [--page PAGE]
[QUESTION…]``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import (
    convolutions,
    distributed,
    first_steps,
    imports,
    loops,
    memory,
    new_paths,
    page,
    planning,
    programs,
    recording,
    speed,
    steady,
    transforms,
)
from .report import machine

QUESTIONS: dict[str, Callable[..., None]] = {
    "imports": imports.run,
    "recording": recording.run,
    "memory": memory.run,
    "steady": steady.run,
    "planning": planning.run,
    "programs": programs.run,
    "first_steps": first_steps.run,
    "loops": loops.run,
    "convolutions": convolutions.run,
    "new_paths": new_paths.run,
    "transforms": transforms.run,
    "speed": speed.run,
    "distributed": distributed.run,
}


def main() -> int:
    """Ask the questions that the command line names, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", metavar="QUESTION", nargs="*",
                        help=f"one of {', '.join(QUESTIONS)}; all if none is given")
    parser.add_argument("--quick", action="store_true",
                        help="tiny sizes: to see that the benchmarks run, not to measure")
    parser.add_argument("--only", metavar="TASK", action="append", default=[],
                        help="speed, first_steps: tasks whose names begin like this "
                             f"({', '.join([*speed.TASKS, 'first'])}; "
                             f"{', '.join(first_steps.PROGRAMS)}); may be given again")
    parser.add_argument("--without", metavar="PEER", action="append", default=[],
                        help=f"speed: leave out one of {', '.join(speed.SUBJECTS)}; may be given "
                             "again")
    parser.add_argument("--page", metavar="PAGE", type=Path,
                        help="put what is printed into this document as well")
    arguments = parser.parse_args()
    unknown = set(arguments.questions) - QUESTIONS.keys()
    if unknown:
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    asked = arguments.questions or list(QUESTIONS)
    print(machine())
    if arguments.page is None:
        for question in asked:
            answer(question, arguments)
        return 0
    found = {}
    for question in asked:
        text = page.printed(partial(answer, question, arguments))
        found[question] = command(question, arguments), f"{machine()}\n{text}"
    page.write(arguments.page, found, QUESTIONS)
    return 0


def answer(question: str, arguments: argparse.Namespace) -> None:
    """Print what a question finds."""
    more = {"speed": (arguments.only, arguments.without), "first_steps": (arguments.only,)}
    QUESTIONS[question](arguments.quick, *more.get(question, ()))


def command(question: str, arguments: argparse.Namespace) -> str:
    """The command that asks one question as it is asked now."""
    words = ["python", "-m", "benchmarks", *(["--quick"] if arguments.quick else []), question]
    if question in ("speed", "first_steps"):
        words += [word for task in arguments.only for word in ("--only", task)]
    if question == "speed":
        words += [word for peer in arguments.without for word in ("--without", peer)]
    return shlex.join(words)


if __name__ == "__main__":
    sys.exit(main())
