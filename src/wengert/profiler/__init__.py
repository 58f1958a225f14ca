"""``torch.profiler``: what ran in a block, measured by ``wengert.profile``.

A row is a kernel, a library call or an operation of a program, or a block of
:class:`record_function`; all of it is on the CPU. Inside a kernel there are no operators of
PyTorch: a row covers the lines that it fuses.
"""

from __future__ import annotations

import enum
import functools
import json
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from ..engine.recording.flushing import flush
from ..names.missing import answer_missing_names
from ..profiling.session import Profile
from ..serialization.replacing import replacing
from .events import EventList, FunctionEvent, FunctionEventAvg, averages, of_profile

supported_profile_activities = "CPU"


class ProfilerActivity(enum.Enum):
    """What may be measured; only the CPU is there."""

    CPU = 0
    CUDA = 1
    XPU = 2
    MTIA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """What a profile does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set[ProfilerActivity]:
    """The CPU."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """False: the profile is Wengert's own."""
    return False


def _default_schedule_fn(step: int) -> ProfilerAction:
    """Record every step."""
    return ProfilerAction.RECORD


def schedule(*, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0,
             skip_first_wait: int = 0) -> Callable[[int], ProfilerAction]:
    """What to do in which step: nothing for ``wait`` steps, warm up, record ``active`` steps; then
    again, ``repeat`` times or for ever."""
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("Invalid profiler schedule arguments")

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError("Step number must be non-negative")
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        cycle = wait + warmup + active
        if 0 < repeat <= step // cycle:
            return ProfilerAction.NONE
        place = step % cycle
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < cycle - 1 else ProfilerAction.RECORD_AND_SAVE
    return action


def _always(step: int) -> ProfilerAction:
    return ProfilerAction.RECORD


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None,
                              use_gzip: bool = False) -> Callable[[Any], None]:
    """For ``on_trace_ready``: writes each trace to a file in ``dir_name``."""
    def handle(prof: Any) -> None:
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        prof.export_chrome_trace(os.path.join(
            dir_name, f"{worker}.{time.time_ns()}.pt.trace.json"))
    return handle


_blocks: list[Any] = []
"""The profiles that run, to which :class:`record_function` adds its blocks."""


class record_function:
    """A block, or a function as a decorator, that is a row of the profile; what was recorded in
    it is computed at its end while a profile runs."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args

    def __enter__(self) -> record_function:
        self._began = time.perf_counter()
        return self

    def __exit__(self, *error: Any) -> None:
        if _blocks:
            flush()
            end = time.perf_counter()
            for profile in _blocks:
                profile.block_ran(self.name, self._began, end)

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name):
                return func(*args, **kwargs)
        return inside


class profile:
    """A block whose programs, kernels and operations are measured.

    ``schedule`` says in which steps (:meth:`step` ends one), ``on_trace_ready`` is called with the
    profile at the end of each round. What else PyTorch's profile can record (``record_shapes``,
    ``with_stack``, ``with_flops``, ``profile_memory``) is accepted and not recorded.

    >>> with profile() as prof:
    ...     total = torch.ones(1000).sum().item()
    >>> any(row.count for row in prof.key_averages())
    True
    """

    def __init__(self, *args: Any, activities: Iterable[ProfilerActivity] | None = None,
                 schedule: Callable[[int], ProfilerAction] | None = None,
                 on_trace_ready: Callable[[Any], Any] | None = None, enabled: bool = True,
                 **without_effect: Any) -> None:
        self.schedule = schedule or _always
        self.on_trace_ready = on_trace_ready
        self.enabled = enabled
        self.step_num = 0
        self._running: Profile | None = None
        self._last: Profile | None = None
        self._spans: list[tuple[str, float, float]] = []
        self._metadata: dict[str, str] = {}

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        if self.enabled and self.schedule(self.step_num) is not ProfilerAction.NONE:
            self._begin()

    def stop(self) -> None:
        """End; the handler gets what was recorded."""
        if self._running is not None:
            self._end()
            if self.on_trace_ready is not None and (
                    self.schedule is _always or self.schedule(self.step_num) in (
                        ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)):
                self.on_trace_ready(self)

    def step(self) -> None:
        """The next step of the schedule begins."""
        before = self.schedule(self.step_num)
        self.step_num += 1
        after = self.schedule(self.step_num)
        if before is ProfilerAction.RECORD_AND_SAVE and self._running is not None:
            self._end()
            if self.on_trace_ready is not None:
                self.on_trace_ready(self)
        elif before is ProfilerAction.WARMUP and after is not before and self._running is not None:
            self._end()
        if self.enabled and after is not ProfilerAction.NONE and self._running is None:
            self._begin()

    def _begin(self) -> None:
        self._spans = []
        self._running = Profile()
        self._running.__enter__()
        _blocks.append(self)

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            _blocks.remove(self)
            running.__exit__(None)
            self._last = running

    def block_ran(self, name: str, start: float, end: float) -> None:
        """A block of :class:`record_function` has ended."""
        self._spans.append((name, start, end))

    # ---- results ----

    @property
    def profiler(self) -> profile:
        """Itself."""
        return self

    def _finished(self) -> Profile:
        if self._last is None:
            raise AssertionError("the profile has not ended yet")
        return self._last

    def events(self) -> EventList:
        """What ran, in the order of time."""
        return of_profile(self._finished(), self._spans)

    function_events = property(events)

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0,
                     group_by_overload_name: bool = False) -> EventList:
        """What ran, a row for each name; its ``table()`` is text."""
        return averages(self.events())

    def total_average(self) -> FunctionEventAvg:
        """All of it as one row."""
        return self.events().total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of all that ran."""
        return self.events().self_cpu_time_total

    def table(self, **options: Any) -> str:
        """The rows as text."""
        return self.key_averages().table(**options)

    def __str__(self) -> str:
        return self.table()

    def export_chrome_trace(self, path: str) -> None:
        """Write a trace for ``chrome://tracing`` and Perfetto."""
        last = self._finished()
        last.save(path)
        if self._spans or self._metadata:
            with open(path, encoding="utf-8") as file:
                whole = json.load(file)
            began = last._began or 0.0
            whole["traceEvents"] += [
                {"name": name, "cat": "user_annotation", "ph": "X", "ts": (start - began) * 1e6,
                 "dur": (end - start) * 1e6, "pid": os.getpid(), "tid": 0, "args": {}}
                for name, start, end in self._spans]
            whole.update(self._metadata)
            with replacing(path) as out:
                out.write(json.dumps(whole).encode())

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write the lines that each row covers, with its time."""
        lines = [f"{event.key} {round(event.self_cpu_time_total)}\n"
                 for event in self.key_averages()]
        with replacing(path) as file:
            file.write("".join(lines).encode())

    def add_metadata(self, key: str, value: str) -> None:
        """Text to stand in the trace."""
        self._metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """JSON to stand in the trace."""
        self._metadata[key] = json.loads(value)

    def toggle_collection_dynamic(self, enable: bool, activities: Any) -> None:
        """Nothing."""


_KinetoProfile = profile


class emit_nvtx:
    """A block without effect: there is no GPU."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None


emit_itt = emit_nvtx

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "ProfilerAction", "ProfilerActivity",
           "kineto_available", "profile", "record_function", "schedule", "supported_activities",
           "tensorboard_trace_handler"]
answer_missing_names(__name__)
