"""Watching a script from outside: how many backward passes it makes, how fast, and the last one.

``wengert run --progress`` and ``--explain`` run the script inside a :class:`Watch`, which observes
the backward passes of every thread.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from types import FrameType
from typing import Any, TextIO
from weakref import WeakValueDictionary

from ..config import config
from ..engine.errors import is_ours, user_line
from ..engine.graph import Node
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, buffer_of, extra_of, is_leaf
from ..engine.recording.observers import Observer, leave_everywhere, observe_everywhere
from ..engine.recording.recording import Recording, history
from ..engine.recording.scopes import Lines, unlined
from ..engine.recording.segment import Segment
from ..engine.recording.tree import Step
from .groups import Stack
from .names import Names, called, scope_of, users_frame
from .report import Explanation
from .way import Moment, Place, Unit, moment_of
from .writer import explain

Root = tuple[Handle, Handle | None]
LAST_STEPS = 1000
MOST_BYTES = 1 << 26
"""The values of a segment are remembered while they are no larger than this together."""


class Backward:
    """A backward pass as it was when it began: its result, and the user's names."""

    def __init__(self, output: Handle, unit: Recording | Segment, node: Node, frame: FrameType,
                 stacks: dict[Any, tuple[int, ...]]) -> None:
        self.output = output
        self.end = Place(unit, node)
        self.line = frame.f_code.co_filename, frame.f_lineno
        self.scope: dict[str, Any] = scope_of(frame)
        self.names = Names(self.scope, deep=False)
        self.stacks = stacks
        self.moment: Callable[[], Moment] | None = None
        if isinstance(unit, Recording) or _size(unit.values.values()) <= MOST_BYTES:
            self.moment = moment_of(unit)
        self.before: dict[int, Any] = {}
        for tensor in self.names.tensors.values():
            x = extra_of(tensor) if is_leaf(tensor) else None
            if x is not None and x.grad is not None:
                self.before[id(tensor)] = buffer_of(x.grad)

    def every_name(self) -> Names:
        """The user's names, those inside modules too."""
        self.names.look_inside(self.scope)
        return self.names

    def moments(self) -> dict[Unit, Moment]:
        """What is known of the unit that the backward started in."""
        return {self.end.unit: (self.moment or moment_of(self.end.unit))()}

    def recorded(self) -> dict[Any, Stack]:
        """In which modules the nodes were recorded."""
        known = self.every_name().modules
        return {node: tuple(known[k] for k in stack if k in known)
                for node, stack in self.stacks.items() if stack}

    def explain(self, leaf: str) -> Explanation:
        """Explain the gradient with respect to what the expression ``leaf`` is in the script."""
        tensor = eval(leaf, self.scope)
        if not isinstance(tensor, Handle):
            raise TypeError(f"{leaf} is no tensor but {type(tensor).__name__}")
        found = self.explain_to(None if tensor is self.output else tensor, leaf)
        if not found.path_count and all(
                tensor is not each for each in self.names.tensors.values()):
            raise RuntimeError(f"{leaf} makes a new tensor, from which {found.output} was not "
                               "computed; name a variable that holds one that was")
        return found

    def explain_to(self, tensor: Handle | None, name: str) -> Explanation:
        """Explain the gradient with respect to a tensor; None for all leaves."""
        return explain(self.end, None if tensor is None else [tensor], self.every_name(), name,
                       called(self.output, self.scope, "the result"), self.moments(),
                       self.recorded(), self.before)


def _size(values: Iterable[Any]) -> int:
    return sum(getattr(value, "nbytes", 8) for value in values)


class Watch(Observer):
    """Counts the backward passes that happen inside its ``with`` block.

    ``progress`` shows their number and speed meanwhile; ``remember`` keeps what is needed to
    explain the last one, as ``last``, and with ``modules`` in which modules' calls each operation
    was recorded.
    """

    backwards = True

    def __init__(self, *, progress: bool = False, remember: bool = False,
                 modules: bool = False) -> None:
        self.modules = modules
        self.stacks: dict[Any, tuple[int, ...]] = {}
        self.count = 0
        self.last: Backward | None = None
        self.remember = remember
        self._lines = False
        self.times: deque[float] = deque(maxlen=LAST_STEPS + 1)
        self.line = ProgressLine(sys.stderr) if progress else None
        self.began = self.next_line = time.perf_counter()

    def __enter__(self) -> Watch:
        if self.remember:   # the lines of what runs, not of who took the same path first
            self._lines, config.lines_in_steps = config.lines_in_steps, True
            if self.modules:
                Lines.place, Lines.told = placed, self.told
                unlined()
            flush()
            recent.clear()
            recent["watch"] = self
        observe_everywhere(self)
        if self.line is not None:
            self.line.__enter__()
            self.next_line += self.line.interval
        return self

    def __exit__(self, *error: Any) -> None:
        if self.remember:
            config.lines_in_steps = self._lines
            if self.modules:
                Lines.place, Lines.told = staticmethod(user_line), None
                unlined()
            flush()
        leave_everywhere(self)
        if self.line is not None:
            self.line.__exit__()

    def told(self, step: Step, place: Any) -> None:
        """Note in which modules a new step was recorded."""
        stack = place[1]
        if stack:
            for node in step.out if isinstance(step.out, tuple) else (step.out,):
                self.stacks.setdefault(node, stack)

    def backward_begins(self, roots: Sequence[Root]) -> None:
        """Note a backward pass that is about to run."""
        self.count += 1
        now = time.perf_counter()
        self.times.append(now)
        if self.remember:
            self.last = None
            self.note(roots)
        if self.line is not None and now >= self.next_line:
            self.next_line = now + self.line.interval
            self.line.show(self.summary())

    def note(self, roots: Sequence[Root]) -> None:
        """Remember the pass from the first of ``roots``."""
        found = history(roots[0][0])
        frame = users_frame()
        if found is not None and frame is not None:
            self.last = Backward(roots[0][0], *found, frame, self.stacks)

    def seconds_per_step(self) -> float:
        """The median time from one backward pass to the next, of the last 1,000."""
        times = list(self.times)
        return statistics.median(b - a for a, b in itertools.pairwise(times))

    def summary(self) -> str:
        """The number of backward passes and their speed."""
        text = f"{self.count} steps (backward passes)"
        if len(self.times) < 2:
            return text
        seconds = self.seconds_per_step()
        return (f"{text} in {self.times[-1] - self.began:.2f} s; {seconds * 1e6:.1f} µs per step "
                f"({1 / seconds:,.0f} per second), the median of the last {len(self.times) - 1}")


recent: WeakValueDictionary[str, Watch] = WeakValueDictionary()
"""The watch that remembers, or did last."""


def watching() -> Watch:
    """A block in which what each backward was made of is remembered: its values, the lines and the
    modules. In it, and as long as the object lives after it, ``explain`` and ``why`` know all of
    the last backward.

    >>> x = torch.tensor([4.0], requires_grad=True)
    >>> with torch.explain.watching() as watch:
    ...     torch.sqrt(x).sum().backward()
    >>> torch.explain(x.grad).leaves[0].gradient
    '[0.25]'
    """
    return Watch(remember=True, modules=True)


def placed() -> Hashable:
    """Where the user is: the line, and the modules whose calls lead there."""
    line = None
    stack: list[int] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not is_ours(code.co_filename):
            line = line or (code.co_filename, frame.f_lineno)
        elif code.co_name == "__call__":
            module = frame.f_locals.get("self")
            if hasattr(module, "_parameters"):
                stack.append(id(module))
        frame = frame.f_back
    return line, tuple(dict.fromkeys(reversed(stack)))


class ProgressLine:
    """A line that is written over and over, below what the script prints.

    On a terminal it makes way for the script's output; elsewhere it is a new line now and then.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.terminal = stream.isatty()
        self.interval = 0.1 if self.terminal else 2.0
        self.shown = False
        self.stdout: TextIO | None = None

    def __enter__(self) -> ProgressLine:
        if self.terminal and sys.stdout.isatty():
            self.stdout = sys.stdout
            sys.stdout = _MakingWay(self.stdout, self)
        return self

    def __exit__(self, *error: Any) -> None:
        self.clear()
        if isinstance(sys.stdout, _MakingWay) and self.stdout is not None:
            sys.stdout = self.stdout

    def show(self, text: str) -> None:
        """Show ``text`` in the place of what was shown before."""
        self.clear()
        self.stream.write(text if self.terminal else f"{text}\n")
        self.stream.flush()
        self.shown = self.terminal

    def clear(self) -> None:
        """Take the line away."""
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.shown = False


class _MakingWay:
    """A terminal's stdout that takes the progress line away before it writes."""

    def __init__(self, stream: TextIO, line: ProgressLine) -> None:
        self._stream = stream
        self._line = line

    def write(self, text: str) -> int:
        self._line.clear()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
