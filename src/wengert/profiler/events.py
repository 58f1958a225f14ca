"""The rows of a profile as ``torch.profiler`` has them: events, sums by name, and their table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..profiling.records import ProgramRow
from ..profiling.session import Profile


@dataclass
class FunctionEvent:
    """Something that ran once: times in microseconds."""

    name: str
    start: float
    end: float
    self_time: float
    thread: int = 0

    count = 1
    device_time = device_time_total = self_device_time_total = cuda_time = cuda_time_total = 0.0
    self_cuda_time_total = 0.0
    cpu_memory_usage = self_cpu_memory_usage = device_memory_usage = flops = 0
    input_shapes: Any = ()
    stack: Any = ()
    is_async = False

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    @property
    def cpu_time_total(self) -> float:
        """How long it took."""
        return self.end - self.start

    cpu_time = cpu_time_total

    @property
    def self_cpu_time_total(self) -> float:
        """How long it took, without the rows inside."""
        return self.self_time


class FunctionEventAvg:
    """What ran under a name: how often, and how long in microseconds."""

    device_time = device_time_total = self_device_time_total = cuda_time_total = 0.0
    self_cuda_time_total = cuda_time = 0.0
    cpu_memory_usage = self_cpu_memory_usage = device_memory_usage = flops = 0
    input_shapes: Any = ()
    stack: Any = ()

    def __init__(self, key: str) -> None:
        self.key = key
        self.count = 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0

    def add(self, event: Any) -> FunctionEventAvg:
        """Count an event in."""
        self.count += event.count
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total
        return self

    @property
    def cpu_time(self) -> float:
        """The time of one."""
        return self.cpu_time_total / self.count if self.count else 0.0

    def __repr__(self) -> str:
        return (f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total:.3f}us "
                f"cpu_time={self.cpu_time:.3f}us count={self.count}>")


class EventList(list[Any]):
    """Events, or sums of them."""

    def __str__(self) -> str:
        return self.table()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of all."""
        return float(sum(event.self_cpu_time_total for event in self))

    def key_averages(self, *args: Any, **kwargs: Any) -> EventList:
        """A row for each name."""
        return averages(self)

    def total_average(self) -> FunctionEventAvg:
        """All as one row."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(self, sort_by: str | None = None, row_limit: int = 100,
              max_src_column_width: int = 75, max_name_column_width: int = 55,
              max_shapes_column_width: int = 80, header: str | None = None,
              top_level_events_only: bool = False, **others: Any) -> str:
        """The rows as text, the largest first by ``sort_by`` (``self_cpu_time_total``, ``count``,
        ...)."""
        rows: list[Any] = list(self)
        if sort_by is not None:
            if not hasattr(FunctionEventAvg("a"), sort_by):
                raise AttributeError(f"'FunctionEventAvg' object has no attribute '{sort_by}'")
            rows.sort(key=lambda row: getattr(row, sort_by), reverse=True)
        total = self.self_cpu_time_total or 1.0
        columns = ["Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg",
                   "# of Calls"]
        texts = [[_cut(row.key, max_name_column_width),
                  f"{100 * row.self_cpu_time_total / total:.2f}%",
                  _time(row.self_cpu_time_total), f"{100 * row.cpu_time_total / total:.2f}%",
                  _time(row.cpu_time_total), _time(row.cpu_time), str(row.count)]
                 for row in rows[:row_limit if row_limit >= 0 else None]]
        widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
        rule = "  ".join("-" * width for width in widths)
        lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
                 for row in texts]
        names = "  ".join(name.rjust(width) for name, width in zip(columns, widths, strict=True))
        return "\n".join([*([header] if header else []), rule, names, rule, *lines, rule,
                          f"Self CPU time total: {_time(self.self_cpu_time_total)}", ""])


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[:width - 3]}..."


def _time(microseconds: float) -> str:
    if microseconds >= 1e6:
        return f"{microseconds / 1e6:.3f}s"
    return f"{microseconds / 1e3:.3f}ms" if microseconds >= 1e3 else f"{microseconds:.3f}us"


def of_profile(profile: Profile, spans: Iterable[tuple[str, float, float]]) -> EventList:
    """The events of a profile, and the blocks that a user named."""
    began = profile._began or 0.0
    found = [FunctionEvent(name, (start - began) * 1e6, (end - began) * 1e6, 0.0)
             for name, start, end in spans]
    inside: dict[int, float] = {}
    for event in profile._events:
        if not isinstance(event.of, ProgramRow):
            inside[id(event.of.part.graph)] = (
                inside.get(id(event.of.part.graph), 0.0) + event.end - event.start)
    for event in profile._events:
        length = (event.end - event.start) * 1e6
        if isinstance(event.of, ProgramRow):
            kind = "compiling" if event.kind == "compiling" else "program"
            own = length
            if kind == "program":
                row = event.of
                parts = inside.get(id(row.graph), 0.0) * 1e6
                own = max(0.0, length - parts / max(row.calls, 1))
            name = f"{kind} {event.of.number}"
        else:
            name, own = event.of.name, length
        start = (event.start - began) * 1e6
        found.append(FunctionEvent(name, start, start + length, own, event.thread))
    return EventList(sorted(found, key=lambda event: event.start))


def averages(events: Iterable[Any]) -> EventList:
    """A row for each name among events."""
    rows: dict[str, FunctionEventAvg] = {}
    for event in events:
        rows.setdefault(event.key, FunctionEventAvg(event.key)).add(event)
    return EventList(rows.values())
