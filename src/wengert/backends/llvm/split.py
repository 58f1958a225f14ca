"""Large loops over several threads: each runs a part of a kernel's outermost loop.

``config.threads`` says over how many. A kernel that adds up over all of its rows leaves a total per
part, and keeps what it keeps between walks over a row in memory per part (:func:`parted`); another
kernel adds up the parts (:data:`TOGETHER`).

Waking a sleeping thread takes longer than most loops. So a :class:`Helper` waits in machine code,
without Python's lock, for some fraction of a millisecond after its last part; a loop that finds it
asleep is run by its own thread alone, and wakes it for the next.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import threading
from typing import Any

from ...config import config
from ...dtypes import float32, float64
from ...passes.fuse import AFTER, COLUMN, ROW
from .compiler import helper
from .kernel import Kernel
from .objects import layout
from .own import Gemm

WORTH = 1 << 17
"""A loop of less work, in elements, is not split."""
MUCH = 1 << 22
"""Nor is one of less work than this where BLAS computes too: its threads wait for the next product
as ours do for the next loop, and would take the processors from each other."""
GRAIN = 64
"""Parts of a loop over elements begin at multiples of this: a line of the cache, for bytes."""
PATIENCE = 12_000
"""How often a helper looks for work before it sleeps."""

ASLEEP, IDLE, ASKED, DONE = range(4)
"""The states of a helper."""
STATE, LIST, RUN, CONSTS, BEGIN, END, CODE = 0, 8, 9, 10, 11, 12, 13
"""Where in a helper's mailbox what is, in words; the state has a line of the cache to itself."""
WORDS = 24
LATE = 1 << 16
"""Set in the result where a helper was asleep."""

WAIT = f"""
{{declared}}define i32 @kernel(ptr %box, i64 %patience) {{{{
entry:
  store atomic i64 {IDLE}, ptr %box seq_cst, align 8
  br label %wait
wait:
  %count = phi i64 [ 0, %entry ], [ %more, %polite ], [ 0, %work ], [ 0, %late ]
  %state = load atomic i64, ptr %box acquire, align 8
  %asked = icmp eq i64 %state, {ASKED}
  br i1 %asked, label %work, label %look
look:
{{pause}}  %more = add i64 %count, 1
  %low = and i64 %count, 255
  %often = icmp eq i64 %low, 255
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
  %consts.at = getelementptr i64, ptr %box, i64 {CONSTS}
  %begin.at = getelementptr i64, ptr %box, i64 {BEGIN}
  %end.at = getelementptr i64, ptr %box, i64 {END}
  %code.at = getelementptr i64, ptr %box, i64 {CODE}
  %items = load ptr, ptr %list.at
  %run = load ptr, ptr %run.at
  %consts = load ptr, ptr %consts.at
  %begin = load i64, ptr %begin.at
  %end = load i64, ptr %end.at
  %code = call i32 %run(ptr %items, ptr %consts, i64 %begin, i64 %end)
  %wide = zext i32 %code to i64
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
  %parts = load i64, ptr %table
  br label %ask
ask:
  %k = phi i64 [ 1, %entry ], [ %k.next, %asked ]
  %ask.more = icmp slt i64 %k, %parts
  br i1 %ask.more, label %post, label %own
post:
  %part = mul i64 %k, 4
  %row = getelementptr i64, ptr %table, i64 %part
  %row.at = getelementptr i64, ptr %row, i64 1
  %consts = load ptr, ptr %row.at
  %begin.at = getelementptr i64, ptr %row, i64 2
  %begin = load i64, ptr %begin.at
  %end.at = getelementptr i64, ptr %row, i64 3
  %end = load i64, ptr %end.at
  %box.at = getelementptr i64, ptr %row, i64 4
  %box = load ptr, ptr %box.at
  %to.list = getelementptr i64, ptr %box, i64 {LIST}
  %to.run = getelementptr i64, ptr %box, i64 {RUN}
  %to.consts = getelementptr i64, ptr %box, i64 {CONSTS}
  %to.begin = getelementptr i64, ptr %box, i64 {BEGIN}
  %to.end = getelementptr i64, ptr %box, i64 {END}
  store ptr %items, ptr %to.list
  store ptr %run, ptr %to.run
  store ptr %consts, ptr %to.consts
  store i64 %begin, ptr %to.begin
  store i64 %end, ptr %to.end
  %pair = cmpxchg ptr %box, i64 {IDLE}, i64 {ASKED} seq_cst seq_cst, align 8
  br label %asked
asked:
  %k.next = add i64 %k, 1
  br label %ask
own:
  %own.consts.at = getelementptr i64, ptr %table, i64 1
  %own.consts = load ptr, ptr %own.consts.at
  %own.begin.at = getelementptr i64, ptr %table, i64 2
  %own.begin = load i64, ptr %own.begin.at
  %own.end.at = getelementptr i64, ptr %table, i64 3
  %own.end = load i64, ptr %own.end.at
  %own.code = call i32 %run(ptr %items, ptr %own.consts, i64 %own.begin, i64 %own.end)
  br label %collect
collect:
  %c = phi i64 [ 1, %own ], [ %c.next, %next ]
  %codes = phi i32 [ %own.code, %own ], [ %new.codes, %next ]
  %c.more = icmp slt i64 %c, %parts
  br i1 %c.more, label %meet, label %done
meet:
  %c.part = mul i64 %c, 4
  %c.row = getelementptr i64, ptr %table, i64 %c.part
  %c.box.at = getelementptr i64, ptr %c.row, i64 4
  %c.box = load ptr, ptr %c.box.at
  br label %look
look:
  %looks = phi i64 [ 0, %meet ], [ %looks.next, %pause ]
  %state = load atomic i64, ptr %c.box acquire, align 8
  switch i64 %state, label %late [ i64 {DONE}, label %take
                                   i64 {ASKED}, label %wait ]
wait:
{{pause}}  %looks.next = add i64 %looks, 1
  %low = and i64 %looks, 4095
  %often = icmp eq i64 %low, 4095
  br i1 %often, label %yield, label %pause
yield:
{{polite}}  br label %pause
pause:
  br label %look
take:
  %c.code.at = getelementptr i64, ptr %c.box, i64 {CODE}
  %c.wide = load i64, ptr %c.code.at
  %c.code = trunc i64 %c.wide to i32
  store atomic i64 {IDLE}, ptr %c.box release, align 8
  br label %next
late:
  %l.consts.at = getelementptr i64, ptr %c.row, i64 1
  %l.consts = load ptr, ptr %l.consts.at
  %l.begin.at = getelementptr i64, ptr %c.row, i64 2
  %l.begin = load i64, ptr %l.begin.at
  %l.end.at = getelementptr i64, ptr %c.row, i64 3
  %l.end = load i64, ptr %l.end.at
  %l.code = call i32 %run(ptr %items, ptr %l.consts, i64 %l.begin, i64 %l.end)
  %l.marked = or i32 %l.code, {LATE}
  br label %next
next:
  %this = phi i32 [ %c.code, %take ], [ %l.marked, %late ]
  %new.codes = or i32 %codes, %this
  %c.next = add i64 %c, 1
  br label %collect
done:
  ret i32 %codes
}}}}
"""
"""Run a kernel in parts. ``table`` holds how many there are, then for each its ``consts``, its
first row, the row after its last, and its mailbox, which the first does not have."""

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
    return not isinstance(kernel, Gemm) and not kernel.scratch and not totals(kernel)


def parted(kernel: Kernel) -> bool:
    """Whether a kernel can be split if each part has memory of its own for totals and scratch: its
    totals are sums, and nothing else in it depends on them."""
    if isinstance(kernel, Gemm):   # BLAS has threads of its own
        return False
    sums = totals(kernel)
    used = {arg for node in kernel.nodes for arg in node.args}
    return all(node.prim.name in ("sum", "sum_to") and node.dtype in (float32, float64)
               and node in kernel.group.stored and node not in used for node in sums)


def totals(kernel: Kernel) -> list[Any]:
    """The values that are known when all rows have been walked, or all elements of the one row."""
    late = (AFTER, COLUMN) if kernel.nest.outer else (AFTER, COLUMN, ROW)
    return [node for node in kernel.nodes if kernel.places[node].kind in late]


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


def run_split(items: list[Any], kernel: int, consts: int, count: int, grain: int) -> int:
    """Run a kernel over ``count`` rows in parts; what the parts say."""
    parts = max(1, min(config.threads, count // grain))
    return shared(items, kernel, [consts] * parts, count, grain)


def run_parted(items: list[Any], kernel: int, consts: tuple[int, ...], count: int,
               grain: int) -> int:
    """Run a kernel over ``count`` rows in as many parts as there are ``consts``."""
    return shared(items, kernel, consts, count, grain)


def shared(items: list[Any], kernel: int, consts: Any, count: int, grain: int) -> int:
    parts = len(consts)
    bounds = [count * k // parts // grain * grain for k in range(parts)] + [count]
    free = _busy.acquire(blocking=False)
    try:
        boxes = [0, *[each.address for each in (helpers(parts - 1) if free else ())]]
        boxes += [nobody().address] * (parts - len(boxes))
        table = (ctypes.c_int64 * (1 + 4 * parts))(parts)
        for k, given in enumerate(consts):
            table[1 + 4 * k:5 + 4 * k] = [given, bounds[k], bounds[k + 1], boxes[k]]
        code = int(sharer()(items, kernel, ctypes.addressof(table)))
        if code & LATE and free:
            for each in _helpers[:parts - 1]:
                each.wake()
    finally:
        if free:
            _busy.release()
    return code & (LATE - 1)


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
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)(
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

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Lock()
        wait = waiter()
        threading.Thread(target=self.work, args=(wait,), name="wengert", daemon=True).start()

    def work(self, wait: Any) -> None:
        while True:
            wait(self.address, PATIENCE)
            self.go.acquire()

    def wake(self) -> None:
        """Have it look for work again."""
        if self.state.value == ASLEEP and self.go.locked():
            self.go.release()


_busy = threading.Lock()
"""Held while a loop is split: another one that comes meanwhile is run by its own thread alone."""
_helpers: list[Helper] = []


@functools.cache
def nobody() -> Mailbox:
    """The mailbox of a helper that always sleeps."""
    return Mailbox()


def helpers(count: int) -> list[Helper]:
    """So many threads, made at the first use."""
    while len(_helpers) < count:
        _helpers.append(Helper())
    return _helpers[:count]


def _forked() -> None:
    """A child process has none of its parent's threads."""
    global _busy
    _helpers.clear()
    _busy = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
