"""From what the user asks about to the kernels that compute it.

A function or a tensor is run once under a profile that keeps the values of each program's inputs;
then each program is compiled, in whatever tier it ran. Of a profile, the kernels are shown that ran
in it. ``nest.py`` writes them down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..config import config
from ..engine.backends.choice import machine_code
from ..engine.graph import Graph
from ..engine.lazy import lazy
from ..engine.recording.flushing import flush, value
from ..engine.recording.handle import Handle, is_pending
from . import hooks
from .records import COMPILED, Part, ProgramRow
from .session import Profile

if TYPE_CHECKING:
    from .nest import Kernels


class Capture(Profile):
    """A profile that keeps the inputs of each program's first run."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[Graph, Sequence[Any]] = {}

    def program_begins(self, graph: Graph, values: Sequence[Any]) -> None:
        self.values.setdefault(graph, values)


def explained(what: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Kernels:
    """The kernels of ``what``; see :func:`wengert.explain_kernel`."""
    if machine_code() is None:
        raise RuntimeError("explain_kernel: there is no compiler here: it needs llvmlite, and a "
                           "Python whose objects kernels can read")
    if not isinstance(what, Profile) and not callable(what) and not isinstance(what, Handle):
        raise TypeError("explain_kernel takes a function and its arguments, a tensor, or a "
                        f"profile, not {type(what).__name__}")
    if (args or kwargs) and (isinstance(what, Profile) or not callable(what)):
        raise TypeError("explain_kernel: arguments are for a function")
    programs = in_profile(what) if isinstance(what, Profile) else compiled_anew(
        captured(what, args, kwargs))
    found: Kernels = lazy("profiling.nest").kernels_of(programs)
    return found


def in_profile(profile: Profile) -> list[tuple[ProgramRow, list[Part]]]:
    """The compiled programs of a profile, with their parts."""
    found = [(row, parts) for row in profile.programs
             if (parts := [part for part in row.parts if part.tier == COMPILED])]
    if not found:
        raise RuntimeError("explain_kernel: no compiled program ran in the profile")
    return found


def captured(what: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Capture:
    """What runs when ``what`` is called, or computed."""
    if not isinstance(what, Handle):
        return called(what, args, kwargs)
    if not is_pending(what):
        raise RuntimeError("explain_kernel: the value of this tensor is known already; give a "
                           "function that computes it")
    capture = Capture()
    hooks.listen(capture)   # entering it would compute the value before
    try:
        value(what)
    finally:
        hooks.leave(capture)
    return capture


def called(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Capture:
    """What runs when ``function`` is called; its results are computed."""
    capture, tier = Capture(), config.tier
    if tier == "eager":   # there, each operation would be a program
        flush()
        config.tier = "numpy"
    try:
        with capture:
            result = function(*args, **kwargs)   # kept until the end, so that it is computed
        del result
    finally:
        if config.tier != tier:
            config.tier = tier
            flush()
    if not capture.values:
        raise RuntimeError("explain_kernel: the function computed nothing")
    return capture


def compiled_anew(capture: Capture) -> list[tuple[ProgramRow, list[Part]]]:
    """The programs of a capture, compiled, with their parts in order."""
    make: Any = machine_code()
    steps_of = lazy("profiling.kernels").steps_of
    found = []
    for number, (graph, values) in enumerate(capture.values.items(), 1):
        steps, _ = steps_of(make(graph, values))
        parts = [step.part for _, line in sorted(steps.items()) for step in line]
        found.append((ProgramRow(number, graph), parts))
    return found
