"""The profile of a block: :class:`Profile` gathers what the hooks report, and shows it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from ..config import config
from ..engine.graph import Graph
from ..engine.locks import profiling
from ..engine.recording.flushing import flush
from ..serialization.replacing import replacing
from . import hooks
from .records import Part, PartRow, ProgramRow
from .table import table

MOST_EVENTS = 200_000
"""A trace has no more events than this, the first ones."""


class Event(NamedTuple):
    """A time in which something ran: a program, a part of one, or the compiler."""

    kind: str
    of: ProgramRow | PartRow
    start: float
    end: float
    thread: int
    details: Mapping[str, Any]


class Profile:
    """What ran in a ``with`` block; see :func:`wengert.profile`.

    ``programs`` are the programs in the order in which they first ran, ``seconds`` is how long the
    block took. What was recorded before the block runs before it, and what is recorded at its end
    runs at its end.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.dropped = 0
        """How many events a trace lacks, because there were too many."""
        self._began: float | None = None
        self._rows: dict[Hashable, ProgramRow] = {}
        self._events: list[Event] = []

    def __enter__(self) -> Profile:
        if self._began is not None:
            raise RuntimeError("a profile is of one block; make another with wengert.profile()")
        flush()
        hooks.listen(self)
        self._began = time.perf_counter()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        assert self._began is not None
        try:
            if kind is None:
                flush()
        finally:
            self.seconds = time.perf_counter() - self._began
            hooks.leave(self)

    # ---- results ----

    @property
    def programs(self) -> list[ProgramRow]:
        return list(self._rows.values())

    @property
    def compile_seconds(self) -> float:
        """How long planning and compiling took, all together."""
        return sum(row.compile_seconds for row in self.programs)

    def __str__(self) -> str:
        return table(self.programs, self.seconds)

    def __repr__(self) -> str:
        runs = sum(row.calls for row in self.programs)
        return f"<profile of {len(self.programs)} programs, {runs} runs>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a trace in the format of ``chrome://tracing`` and Perfetto (JSON)."""
        process = os.getpid()
        began = self._began or 0.0
        events: list[dict[str, Any]] = [
            {"name": "process_name", "ph": "M", "pid": process, "args": {"name": "wengert"}}]
        for event in self._events:
            name, args = described(event)
            events.append({
                "name": name, "cat": event.kind, "ph": "X", "ts": (event.start - began) * 1e6,
                "dur": (event.end - event.start) * 1e6, "pid": process, "tid": event.thread,
                "args": args})
        whole = {"traceEvents": events, "displayTimeUnit": "ns",
                 "otherData": {"events left out": self.dropped}}
        with replacing(os.fspath(path)) as file:
            file.write(json.dumps(whole).encode())

    # ---- what the hooks report ----

    def program_begins(self, graph: Graph, values: Sequence[Any]) -> None:
        """Nothing to note yet."""

    def program_ran(self, graph: Graph, tier: str, start: float, end: float) -> None:
        with profiling:
            row = self._row(graph)
            row.calls += 1
            row.seconds += end - start
            row.tiers[tier] = row.tiers.get(tier, 0) + 1
            self._note("program", row, start, end, {"tier": tier})

    def part_ran(self, part: Part, start: float, end: float) -> None:
        with profiling:
            parts = self._row(part.graph).parts
            row = parts.get(part)
            if row is None:
                key = part if config.tier != "eager" else next(
                    (known for known in parts if known.name == part.name), part)
                row = parts.setdefault(key, PartRow(key))
            row.calls += 1
            row.seconds += end - start
            self._note(part.kind, row, start, end, {})

    def program_compiled(self, graph: Graph, start: float, end: float,
                         counts: Mapping[str, int]) -> None:
        with profiling:
            row = self._row(graph)
            row.compile_seconds += end - start
            row.compiled += counts["compiled"]
            row.from_disk += counts["from disk"]
            row.from_memory += counts["from memory"]
            self._note("compiling", row, start, end, dict(counts))

    def _row(self, graph: Graph) -> ProgramRow:
        key: Hashable = graph
        if config.tier == "eager":   # each run has a graph of its own
            key = tuple([(node.prim, node.shape, node.dtype, node.line) for node in graph.nodes()])
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = ProgramRow(len(self._rows) + 1, graph)
        return row

    def _note(self, kind: str, of: ProgramRow | PartRow, start: float, end: float,
              details: Mapping[str, Any]) -> None:
        if len(self._events) < MOST_EVENTS:
            self._events.append(Event(kind, of, start, end, threading.get_ident(), details))
        else:
            self.dropped += 1


def described(event: Event) -> tuple[str, dict[str, Any]]:
    """The name of an event in a trace, and what it says when asked."""
    row = event.of
    lines = [f"{name}:{number}" for name, number in row.lines]
    if isinstance(row, ProgramRow):
        label = "compile " if event.kind == "compiling" else ""
        return f"{label}program {row.number}", {**event.details, "lines": lines}
    seconds = event.end - event.start
    return row.name, {"tier": row.tier, "lines": lines, "bytes": row.bytes_per_call,
                      "GB/s": round(row.bytes_per_call / seconds / 1e9, 3) if seconds else None}
