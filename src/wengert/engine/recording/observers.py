"""Observers: who is told what a thread does.

An :class:`Observer` says which of four things it is told of: each step that is taken, each backward
that begins, each derivative in one, each program that runs. :func:`observe` enters it in the list
of a thread's modes, :func:`observe_everywhere` in that of every thread. Forward mode and the hooks
of saved values look at steps, the command's watch at backwards, anomaly mode at derivatives, a
profile at programs. Known paths take one look at a list that is empty, and nothing is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

from ..graph import Graph, Node
from ..locks import profiling

Running = Callable[[Sequence[Any]], list[Any]]
"""What a program runs as."""


class Observer:
    """Who is told of what its class says; it does nothing here."""

    steps = False
    """Whether of each step: then recordings go outside the tree, and no path is known."""
    backwards = False
    """Whether of each backward: then none takes a short cut."""
    derivatives = False
    """Whether of each derivative: then a backward goes through one operation at a time."""
    programs = False
    """Whether of each program."""

    def step_taken(self, rec: Any, key: tuple[Any, ...], out: Any, result: Any, args: Any) -> None:
        """An operation was recorded: its key and nodes, what it returns, its arguments."""

    def backward_begins(self, roots: Sequence[tuple[Any, Any]]) -> None:
        """A backward from ``roots`` begins: tensors and their cotangents, None for ones."""

    def derivative_taken(self, node: Node, cts: tuple[Any, ...]) -> None:
        """A backward has gone through ``node``, and has found the cotangents of its operands."""

    def program_begins(self, graph: Graph, values: Sequence[Any]) -> None:
        """A program is about to run."""

    def program_compiled(self, graph: Graph, start: float, end: float) -> None:
        """A backend has made of it what it runs as from now on."""

    def measured(self, graph: Graph, run: Running) -> Running:
        """What runs in the place of ``run``, so that each part of it is told of."""
        return run

    def program_ran(self, graph: Graph, start: float, end: float) -> None:
        """A program has run, or has failed; times are those of ``time.perf_counter``."""


class Observed:
    """A thread that is observed: the part of its modes that says by whom."""

    __slots__ = ("__weakref__", "anomaly", "at_backwards", "at_once", "at_programs", "at_steps",
                 "observers")

    def __init__(self) -> None:
        self.at_once = 0
        """So many operations more may be computed as they are called (``novelty.py``)."""
        self.observers: tuple[Observer, ...] = ()
        self.anomaly: Observer | None = None
        """The observer that looks for what made NaN, while a block of that mode runs."""
        self.at_steps: tuple[Observer, ...] = ()
        self.at_backwards: tuple[Observer, ...] = ()
        self.at_programs: tuple[Observer, ...] = ()
        with profiling:
            _threads.add(self)
            tell(self, everywhere)


everywhere: tuple[Observer, ...] = ()
"""Those of every thread."""
_threads: WeakSet[Observed] = WeakSet()


def tell(modes: Observed, observers: tuple[Observer, ...]) -> None:
    """Let these be the observers of a thread, beside those that its modes name themselves."""
    modes.at_once = 0
    modes.observers = observers
    anomaly = modes.anomaly
    every = observers if anomaly is None else (*observers, anomaly)
    modes.at_steps = tuple([each for each in every if each.steps])
    modes.at_backwards = tuple([each for each in every if each.backwards or each.derivatives])
    modes.at_programs = tuple([each for each in every if each.programs])


def observe(modes: Observed, observer: Observer) -> None:
    """Tell ``observer`` what this thread does from now on, after those that are told already."""
    with profiling:
        tell(modes, (*modes.observers, observer))


def leave(modes: Observed, observer: Observer) -> None:
    """Tell ``observer`` no more."""
    with profiling:
        tell(modes, tuple([each for each in modes.observers if each is not observer]))


def observe_everywhere(observer: Observer) -> None:
    """Tell ``observer`` what every thread does from now on."""
    global everywhere
    with profiling:
        everywhere = (*everywhere, observer)
        for modes in list(_threads):
            observe(modes, observer)


def leave_everywhere(observer: Observer) -> None:
    """Tell ``observer`` no more."""
    global everywhere
    with profiling:
        everywhere = tuple([each for each in everywhere if each is not observer])
        for modes in list(_threads):
            leave(modes, observer)


def pause(modes: Observed) -> tuple[Observer, ...]:
    """Tell no one of steps for a while; what to hand to :func:`resume`."""
    paused = modes.at_steps
    if not paused:
        return ()
    with profiling:
        tell(modes, tuple([each for each in modes.observers if each not in paused]))
    return paused


def resume(modes: Observed, paused: tuple[Observer, ...]) -> None:
    """Tell those again whom :func:`pause` has left out."""
    if not paused:
        return
    with profiling:
        tell(modes, (*paused, *[each for each in modes.observers if each not in paused]))
