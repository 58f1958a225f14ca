"""Large loops over several threads: each runs a part of a kernel's outermost loop.

``config.threads`` says over how many. A kernel that adds up over all of its rows leaves a total per
part, and keeps what it keeps between walks over a row in memory per part (:func:`parted`); another
kernel adds up the parts (:data:`TOGETHER`).

Waking a sleeping thread takes longer than most loops. So a :class:`Helper` waits in machine code,
without Python's lock, for some fraction of a millisecond after its last part; one that sleeps is
woken, and takes a share of what is left when it comes.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import threading
from collections.abc import Sequence
from typing import Any

from ....config import config
from ...dtypes import float32, float64
from ...loops.places import is_sum
from .compiler import helper
from .kernel import Kernel
from .objects import layout

WORTH = 1 << 17
"""A loop of less work, in elements, is not split."""
MUCH = 1 << 22
"""Nor is one of less work than this where BLAS computes too: its threads wait for the next product
as ours do for the next loop, and would take the processors from each other."""
GRAIN = 64
"""Parts of a loop over elements begin at multiples of this: a line of the cache, for bytes."""
PATIENCE = 12_000
"""How often a helper looks for work before it sleeps."""
WOKEN = 400_000
"""How often one does that was woken: it is asked when the thread that woke it has done a part."""

ASLEEP, IDLE, ASKED, DONE = range(4)
"""The states of a helper."""
LIST, RUN, TABLE, ROWS, CODE = 8, 9, 10, 11, 12
"""Where in a helper's mailbox what is, in words; its state comes first, in a line of the cache of
its own."""
WORDS = 24
PORTIONS = 4
"""So many parts come on each thread: one that joins late, or is held up, takes fewer."""

PART = """\
  %n.first = mul i64 %n, 3
  %n.row = getelementptr i64, ptr %rows, i64 %n.first
  %n.begin.at = getelementptr i64, ptr %n.row, i64 1
  %n.end.at = getelementptr i64, ptr %n.row, i64 2
  %n.consts = load ptr, ptr %n.row
  %n.begin = load i64, ptr %n.begin.at
  %n.end = load i64, ptr %n.end.at
  %n.code = call i32 %run(ptr %items, ptr %n.consts, i64 %n.begin, i64 %n.end)
"""
"""Run part ``%n`` of a loop whose parts are in ``%rows``."""

WAIT = f"""
{{declared}}define i32 @kernel(ptr %box, i64 %first, i64 %then) {{{{
entry:
  store atomic i64 {IDLE}, ptr %box seq_cst, align 8
  br label %wait
wait:
  %count = phi i64 [ 0, %entry ], [ %more, %polite ], [ 0, %finished ], [ 0, %late ]
  %patience = phi i64 [ %first, %entry ], [ %patience, %polite ], [ %then, %finished ],
                      [ %patience, %late ]
  %state = load atomic i64, ptr %box acquire, align 8
  %asked = icmp eq i64 %state, {ASKED}
  br i1 %asked, label %work, label %look
look:
{{pause}}  %more = add i64 %count, 1
  %low = and i64 %count, 63
  %often = icmp eq i64 %low, 63
  br i1 %often, label %yield, label %polite
yield:
{{polite}}  br label %polite
polite:
  %tired = icmp sgt i64 %more, %patience
  br i1 %tired, label %leave, label %wait
leave:
  %pair = cmpxchg ptr %box, i64 {IDLE}, i64 {ASLEEP} seq_cst seq_cst, align 8
  %left = extractvalue {{{{ i64, i1 }}}} %pair, 1
  br i1 %left, label %done, label %late
late:
  br label %wait
work:
  %list.at = getelementptr i64, ptr %box, i64 {LIST}
  %run.at = getelementptr i64, ptr %box, i64 {RUN}
  %table.at = getelementptr i64, ptr %box, i64 {TABLE}
  %rows.at = getelementptr i64, ptr %box, i64 {ROWS}
  %code.at = getelementptr i64, ptr %box, i64 {CODE}
  %items = load ptr, ptr %list.at
  %run = load ptr, ptr %run.at
  %table = load ptr, ptr %table.at
  %rows = load ptr, ptr %rows.at
  %parts.at = getelementptr i64, ptr %table, i64 1
  %parts = load i64, ptr %parts.at
  br label %take
take:
  %codes = phi i32 [ 0, %work ], [ %codes.new, %part ]
  %n = atomicrmw add ptr %table, i64 1 seq_cst, align 8
  %left.parts = icmp slt i64 %n, %parts
  br i1 %left.parts, label %part, label %finished
part:
{PART}  %codes.new = or i32 %codes, %n.code
  br label %take
finished:
  %wide = zext i32 %codes to i64
  store i64 %wide, ptr %code.at
  store atomic i64 {DONE}, ptr %box release, align 8
  br label %wait
done:
  ret i32 0
}}}}
"""
"""What a helper does: it runs the parts that its mailbox asks for until it has waited too long."""

SHARE = f"""
{{declared}}define i32 @kernel(ptr %list, ptr %run, ptr %table) {{{{
entry:
  %items.at = getelementptr i8, ptr %list, i64 {{items}}
  %items = load ptr, ptr %items.at
  store atomic i64 0, ptr %table seq_cst, align 8
  %parts.at = getelementptr i64, ptr %table, i64 1
  %parts = load i64, ptr %parts.at
  %helpers.at = getelementptr i64, ptr %table, i64 2
  %helpers = load i64, ptr %helpers.at
  %boxes = getelementptr i64, ptr %table, i64 3
  %rows = getelementptr i64, ptr %boxes, i64 %helpers
  %codes = alloca i32
  store i32 0, ptr %codes
  br label %turn

turn:
  br label %offer
offer:
  %h = phi i64 [ 0, %turn ], [ %h.next, %offered ]
  %h.more = icmp slt i64 %h, %helpers
  br i1 %h.more, label %look, label %work
look:
  %box.at = getelementptr ptr, ptr %boxes, i64 %h
  %box = load ptr, ptr %box.at
  %state = load atomic i64, ptr %box acquire, align 8
  %idle = icmp eq i64 %state, {IDLE}
  br i1 %idle, label %give, label %offered
give:
  %to.list = getelementptr i64, ptr %box, i64 {LIST}
  %to.run = getelementptr i64, ptr %box, i64 {RUN}
  %to.table = getelementptr i64, ptr %box, i64 {TABLE}
  %to.rows = getelementptr i64, ptr %box, i64 {ROWS}
  store ptr %items, ptr %to.list
  store ptr %run, ptr %to.run
  store ptr %table, ptr %to.table
  store ptr %rows, ptr %to.rows
  %pair = cmpxchg ptr %box, i64 {IDLE}, i64 {ASKED} seq_cst seq_cst, align 8
  br label %offered
offered:
  %h.next = add i64 %h, 1
  br label %offer

work:
  %n = atomicrmw add ptr %table, i64 1 seq_cst, align 8
  %n.more = icmp slt i64 %n, %parts
  br i1 %n.more, label %own, label %finish
own:
{PART}  %n.old = load i32, ptr %codes
  %n.new = or i32 %n.old, %n.code
  store i32 %n.new, ptr %codes
  br label %turn

finish:
  %f = phi i64 [ 0, %work ], [ %f.next, %met ]
  %f.more = icmp slt i64 %f, %helpers
  br i1 %f.more, label %meet, label %done
meet:
  %f.box.at = getelementptr ptr, ptr %boxes, i64 %f
  %f.box = load ptr, ptr %f.box.at
  br label %see
see:
  %looks = phi i64 [ 0, %meet ], [ %looks.next, %pause ]
  %f.state = load atomic i64, ptr %f.box acquire, align 8
  switch i64 %f.state, label %met [ i64 {DONE}, label %collect
                                    i64 {ASKED}, label %wait ]
wait:
{{pause}}  %looks.next = add i64 %looks, 1
  %low = and i64 %looks, 63
  %often = icmp eq i64 %low, 63
  br i1 %often, label %yield, label %pause
yield:
{{polite}}  br label %pause
pause:
  br label %see
collect:
  %f.code.at = getelementptr i64, ptr %f.box, i64 {CODE}
  %f.wide = load i64, ptr %f.code.at
  %f.code = trunc i64 %f.wide to i32
  %f.old = load i32, ptr %codes
  %f.new = or i32 %f.old, %f.code
  store i32 %f.new, ptr %codes
  store atomic i64 {IDLE}, ptr %f.box release, align 8
  br label %met
met:
  %f.next = add i64 %f, 1
  br label %finish
done:
  %result = load i32, ptr %codes
  ret i32 %result
}}}}
"""
"""Run a kernel in parts: whoever is free takes the next, and helpers that wait are asked to join.
``table`` holds how many parts are taken, how many there are, and how many helpers; the mailboxes;
then for each part its ``consts``, its first row and the row after its last."""

TOGETHER = """
define i32 @kernel(ptr %items, ptr %consts, i64 %begin, i64 %end) {{
entry:
{loads}
  br label %head
head:
  %i = phi i64 [ %begin, %entry ], [ %next, %write ]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %body, label %done
body:
  %first = getelementptr {kind}, ptr %source, i64 %i
  br label %sum
sum:
  %k = phi i64 [ 0, %body ], [ %k.next, %add ]
  %total = phi double [ -0.0, %body ], [ %new, %add ]
  %k.more = icmp slt i64 %k, %parts
  br i1 %k.more, label %add, label %write
add:
  %offset = mul i64 %k, %stride
  %at = getelementptr i8, ptr %first, i64 %offset
  %value = load {kind}, ptr %at
  %wide = {widen}
  %new = fadd double %total, %wide
  %k.next = add i64 %k, 1
  br label %sum
write:
  %to = getelementptr {kind}, ptr %target, i64 %i
  %narrow = {narrow}
  store {kind} %narrow, ptr %to
  %next = add i64 %i, 1
  br label %head
done:
  ret i32 0
}}
"""
"""Add up the parts of a total: ``consts`` are how many elements it has, the item and the offset of
the total, those of the first part, how far the parts are apart, and how many there are."""


def can_split(kernel: Kernel) -> bool:
    """Whether the rows of a kernel (its elements, if it has one row) are independent."""
    return not kernel.alone and not kernel.plan.kept and not kernel.plan.totals()


def parted(kernel: Kernel) -> bool:
    """Whether a kernel can be split if each part has memory of its own for totals and scratch: its
    totals are sums, and nothing else in it depends on them."""
    if kernel.alone:
        return False
    plan = kernel.plan
    used = {arg for node in plan.nodes for arg in node.args}
    return all(is_sum(node) and node.dtype in (float32, float64)
               and node in plan.stored and node not in used for node in plan.totals())


def patience() -> dict[str, str]:
    """How a thread that waits makes room for others on this platform."""
    pauses = {"x86_64": "@llvm.x86.sse2.pause()", "AMD64": "@llvm.x86.sse2.pause()",
              "aarch64": "@llvm.aarch64.hint(i32 1)", "arm64": "@llvm.aarch64.hint(i32 1)"}
    pause = pauses.get(platform.machine())
    yields = os.name == "posix"
    declared = f"declare void {pause.replace('i32 1', 'i32')}\n" if pause else ""
    return {"declared": declared + ("declare i32 @sched_yield()\n" if yields else ""),
            "pause": f"  call void {pause}\n" if pause else "",
            "polite": "  call i32 @sched_yield()\n" if yields else ""}


@functools.cache
def combiner(double: bool, data: int) -> int:
    """The kernel that adds up the parts of a total; ``data`` is where an array keeps its data."""
    loads = ""
    for k, name in enumerate(("size", "slot", "shift", "lent", "start", "stride", "parts")):
        loads += (f"  %{name}.at = getelementptr i64, ptr %consts, i64 {k}\n"
                  f"  %{name} = load i64, ptr %{name}.at\n")
    for slot, shift, pointer in (("slot", "shift", "target"), ("lent", "start", "source")):
        loads += (f"  %{pointer}.item = getelementptr ptr, ptr %items, i64 %{slot}\n"
                  f"  %{pointer}.thing = load ptr, ptr %{pointer}.item\n"
                  f"  %{pointer}.data = getelementptr i8, ptr %{pointer}.thing, i64 {data}\n"
                  f"  %{pointer}.base = load ptr, ptr %{pointer}.data\n"
                  f"  %{pointer} = getelementptr i8, ptr %{pointer}.base, i64 %{shift}\n")
    return helper(TOGETHER.format(
        loads=loads.rstrip("\n"), kind="double" if double else "float",
        widen="fadd double %value, -0.0" if double else "fpext float %value to double",
        narrow="fadd double %total, -0.0" if double else "fptrunc double %total to float"))


# ---- while a program runs ----


class Loop:
    """A kernel over ``count`` rows, run in parts: as many as there are ``consts``, or with the same
    ``consts`` as many as the threads need."""

    __slots__ = ("consts", "count", "grain", "kernel", "tables")

    def __init__(self, kernel: int, consts: Sequence[int], count: int, grain: int) -> None:
        self.kernel = kernel
        self.consts = consts
        self.count = count
        self.grain = grain
        self.tables: dict[int, Any] = {}

    def __call__(self, items: list[Any]) -> int:
        """What the parts say."""
        threads = config.threads
        free = _busy.acquire(blocking=False)
        try:
            others = helpers(threads - 1) if free else []
            for each in others:
                if each.state.value == ASLEEP:
                    each.wake()
            table = self.tables.get(threads) if free else None
            if table is None:
                table = self.table(threads, others)
                if free:
                    self.tables[threads] = table
            return int(sharer()(items, self.kernel, table))
        finally:
            if free:
                _busy.release()

    def table(self, threads: int, others: Sequence[Helper]) -> Any:
        """What the parts are, and who helps."""
        consts = self.consts
        if len(consts) == 1:
            consts = list(consts) * portions(self.count, self.grain, threads)
        parts = len(consts)
        bounds = [self.count * k // parts // self.grain * self.grain for k in range(parts)]
        table = [0, parts, len(others), *[each.address for each in others]]
        for given, begin, end in zip(consts, bounds, [*bounds[1:], self.count], strict=True):
            table += given, begin, end
        return (ctypes.c_int64 * len(table))(*table)


def portions(count: int, grain: int, threads: int) -> int:
    """In how many parts a loop over ``count`` rows is run."""
    return max(1, min(PORTIONS * threads, count // grain))


@functools.cache
def sharer() -> Any:
    """The function that runs a kernel in parts, while Python runs elsewhere."""
    at = layout()
    assert at is not None
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p)(
        helper(SHARE.format(items=at.items, **patience())))


@functools.cache
def waiter() -> Any:
    """The function in which a helper waits and works."""
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(
        helper(WAIT.format(**patience())))


class Mailbox:
    """Memory in which a helper is asked for something, on the border of a line of the cache."""

    def __init__(self) -> None:
        words = (ctypes.c_int64 * (WORDS + 8))()
        first = ctypes.addressof(words)
        self.address = first + -first % 64
        # It stays: Python may end before the helper does.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(words))
        self.state = ctypes.c_int64.from_address(self.address)


class Helper(Mailbox):
    """A thread that runs parts of loops."""

    def start(self) -> None:
        """Make the thread; after a fork, make it again."""
        self.go = threading.Lock()
        self.state.value = ASLEEP
        threading.Thread(target=self.work, args=(waiter(),), name="wengert", daemon=True).start()

    def work(self, wait: Any) -> None:
        while True:
            wait(self.address, WOKEN, PATIENCE)
            self.go.acquire()

    def wake(self) -> None:
        """Have it look for work again."""
        if self.state.value == ASLEEP and self.go.locked():
            self.go.release()


_busy = threading.Lock()
"""Held while a loop is split: another one that comes meanwhile is run by its own thread alone."""
_helpers: list[Helper] = []
_started = [0]
"""How many helpers have a thread in this process."""


def helpers(count: int) -> list[Helper]:
    """So many threads, made at the first use; always the same ones."""
    while len(_helpers) < count:
        _helpers.append(Helper())
    while _started[0] < count:
        _helpers[_started[0]].start()
        _started[0] += 1
    return _helpers[:count]


def _forked() -> None:
    """A child process has none of its parent's threads."""
    global _busy
    _busy = threading.Lock()
    _started[0] = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
