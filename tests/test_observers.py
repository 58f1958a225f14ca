"""Observers: each is told what its class says, of one thread or of all, and nothing is replaced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import wengert as torch
from custom_functions import Double
from wengert.config import config
from wengert.engine.backends.choice import machine_code
from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.recording import observers
from wengert.engine.recording.backward import Engine
from wengert.engine.recording.observers import (
    Observer,
    leave,
    leave_everywhere,
    observe,
    observe_everywhere,
    pause,
    resume,
)
from wengert.engine.recording.program import Program
from wengert.engine.recording.recording import here
from wengert.explain import Watch

recorded = pytest.mark.skipif(config.tier == "eager", reason="nothing is recorded in this tier")


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    modes = here.modes
    assert (modes.observers, modes.at_steps, modes.at_backwards, modes.at_programs,
            observers.everywhere) == ((), (), (), (), ())


class Notes(Observer):
    """Notes what it is told of."""

    def __init__(self, *events: str) -> None:
        self.told: list[Any] = []
        for event in events:
            setattr(self, event, True)

    def step_taken(self, rec: Any, key: Any, out: Any, result: Any, args: Any) -> None:
        self.told.append(("step", key[0].name))

    def backward_begins(self, roots: Any) -> None:
        self.told.append(("backward", len(roots)))

    def derivative_taken(self, node: Any, cts: Any) -> None:
        self.told.append(("derivative", node.call.name))

    def program_begins(self, graph: Any, values: Any) -> None:
        self.told.append("begins")

    def program_ran(self, graph: Any, start: float, end: float) -> None:
        assert start <= end
        self.told.append("ran")


def step(x: Any) -> None:
    loss = (x * x).sum()
    loss.backward()
    x.grad = None


def custom_step(x: Any) -> None:
    Double.apply(x * x).sum().backward()
    x.grad = None


def told(*events: str, step: Callable[[Any], None] = step) -> list[Any]:
    """What an observer of these events is told of a training step that is known."""
    x = torch.ones(3).requires_grad_()
    for _ in range(4):
        step(x)
    notes = Notes(*events)
    observe(here.modes, notes)
    here.recording.set_grad(here.modes.grad)
    try:
        step(x)
    finally:
        leave(here.modes, notes)
        here.recording.set_grad(here.modes.grad)
    count = len(notes.told)
    step(x)
    assert len(notes.told) == count
    return notes.told


def test_of_each_step() -> None:
    assert told("steps") == [("step", "mul"), ("step", "sum")]


def test_of_each_backward() -> None:
    """Also of one that would take the short cut."""
    assert told("backwards") == [("backward", 1)]


def test_of_each_derivative() -> None:
    found = told("derivatives")
    assert ("derivative", "MulBackward0") in found and ("derivative", "SumBackward0") in found
    assert found[0] == ("backward", 1)


@recorded
def test_of_each_program() -> None:
    assert told("programs") == ["begins", "ran"]


@recorded
def test_a_step_with_a_custom_function_is_two_programs() -> None:
    """What is recorded before the backward, and the backward: no value is looked at in it."""
    assert told("programs", step=custom_step) == ["begins", "ran"] * 2


def test_of_nothing() -> None:
    assert told() == []


@recorded
def test_of_every_thread() -> None:
    """Of one that runs already, and of one that begins later."""
    notes = Notes("programs")
    ready, go = threading.Event(), threading.Event()

    def early() -> None:
        torch.ones(2).sum().item()
        ready.set()
        go.wait()
        torch.ones(2).sum().item()

    threads = [threading.Thread(target=early)]
    threads[0].start()
    ready.wait()
    observe_everywhere(notes)
    try:
        threads.append(threading.Thread(target=lambda: torch.ones(2).sum().item()))
        threads[1].start()
        go.set()
        for thread in threads:
            thread.join()
    finally:
        leave_everywhere(notes)
    assert sorted(notes.told) == ["begins", "begins", "ran", "ran"]
    torch.ones(2).sum().item()
    assert len(notes.told) == 4


def test_a_pause_is_for_those_of_steps_and_keeps_the_order() -> None:
    modes, first, second, other = here.modes, Notes("steps"), Notes("steps"), Notes("programs")
    for each in (first, second):
        observe(modes, each)
    paused = pause(modes)
    observe(modes, other)   # a profile that begins meanwhile stays
    assert modes.at_steps == () and modes.at_programs == (other,)
    resume(modes, paused)
    assert modes.at_steps == (first, second) and modes.observers == (first, second, other)
    for each in (first, second, other):
        leave(modes, each)


def test_nothing_is_replaced() -> None:
    """Neither a profile nor the command's watch changes a method, or the code of a function."""
    x = torch.ones(3).requires_grad_()
    for _ in range(4):
        step(x)
    kinds = (Program, Interpreter, Engine, Observer)
    methods = [(kind, name, getattr(kind, name)) for kind in kinds
               for name in ("__call__", "run") if hasattr(kind, name)]
    programs = list(everything(here.recording.root))
    functions = [found for program in programs if (found := function_of(program)) is not None]
    codes = [(function, function.__code__) for function in functions]
    assert codes or config.tier not in ("auto", "llvm") or machine_code() is None
    with torch.profile(), Watch():
        step(x)
        assert all(getattr(kind, name) == method for kind, name, method in methods)
        assert all(function.__code__ is code for function, code in codes)


def function_of(program: Any) -> Any:
    """The function that a compiled program runs, be its kernels optimised later or now."""
    found = getattr(getattr(program, "run", None), "function", None)
    return getattr(found, "function", found)


def everything(step: Any) -> Iterator[Program]:
    """The programs of the steps from here on."""
    seen, todo = {step}, [step]
    while todo:
        at = todo.pop()
        yield from at.programs.values()
        new = [each for each in at.followers() if each not in seen]
        seen.update(new)
        todo += new
