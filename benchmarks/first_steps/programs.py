"""The rows, in the order of the table."""

from __future__ import annotations

from . import chains, decisions, lessons, sequences
from .program import Program

PROGRAMS: dict[str, Program] = {**chains.PROGRAMS, **sequences.PROGRAMS, **decisions.PROGRAMS,
                                **lessons.PROGRAMS}
