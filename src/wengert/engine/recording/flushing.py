"""Flushing: the end of a recording, when the values that live handles wait for are computed.

Start with :func:`flush`; :func:`value` is for whoever needs one value now.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any
from weakref import ref

import numpy as np

from ...config import config
from ..arrays import as_buffer, to_host
from ..errors import by_signal, show_line, user_line
from ..graph import Node
from .cutting import FEWEST, has_ended, heads, note
from .handle import (
    DEFERRED,
    Array,
    Extra,
    Handle,
    Later,
    Seen,
    Store,
    found_again,
    is_seen,
    part_of_whole,
)
from .index_spec import is_leading
from .late import stay
from .latest import latest
from .looking import FEW as FEW_LOOKS
from .looking import Looks
from .novelty import (
    LONG,
    MANY,
    ended_flowing,
    ended_heavy,
    ended_known,
    ended_light,
    ended_new,
)
from .program import IN_SEGMENT, Program, check_once, effects_on, is_result, picker, plan_program
from .recording import Recording, bring, here, new_recording
from .replay import live_view
from .segment import Segment, goes_on, leave_segment
from .tape import taped
from .tree import Ends, tree
from .walking import Walked, can_walk, carries, planned, walk
from .worth import BACK, counted, is_light, pays

asarray, ndarray = np.asarray, np.ndarray


def flush() -> None:
    """End this thread's recording: compute the values that live handles wait for."""
    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording
    at, modes = rec.at, rec.modes
    if modes.mappings:
        raise RuntimeError(
            "vmap: something in a mapped function runs what was recorded so far, which has no "
            f"values yet: at {show_line(user_line())}. Do it outside")
    if at is rec.root:
        new_recording(modes)  # where the switches now say
        return
    ends = at._ends or at.ends
    if heads:
        has_ended(at, ends)
    # Where nothing has ended so far, nothing is to be found by the counts.
    counts = () if rec.entangled or not ends.programs else tuple(map(getrefcount, rec.handles))
    last, known = ends.recent
    if last != counts:
        known = ends.endings.get(counts)
        if known is not None:
            ends.recent = counts, known
    if rec.sources and (at.grad or rec.root.grad):
        if modes.light:
            ended_heavy(modes, True)
    elif at.nodes <= MANY and ((new := not ends.programs) or is_light(at, ends)):
        if at.nodes < LONG or not new:   # a longer one that is new is asked when it comes again
            ended_light(modes, new)
    elif modes.light:
        ended_heavy(modes, False)
    if known is not None:
        ending = known.pick(rec.handles)
        if not rec.renamed or [handle._at for handle in ending] == known.nodes:
            run(rec, ending, known.program)
            return
    run_anew(rec, ends, counts)


def run_anew(rec: Recording, ends: Ends, counts: tuple[int, ...]) -> None:
    """End a recording where these ``counts`` of its handles do not tell which of them wait."""
    at, modes = rec.at, rec.modes
    rec.check_end()
    places = {id(handle): k for k, handle in enumerate(rec.handles)} if counts else {}
    held = held_by_others(rec.handles, counts) if counts and latest.threads > 1 else ()
    # The node first: another thread that moves a handle changes both, so then it is not of ``rec``.
    pairs = [(handle, node) for handle in waiting(rec)
             if (node := handle._at) is not None and handle._rec is rec]
    if pairs or effects_on(at):
        live, nodes = [handle for handle, _ in pairs], tuple([node for _, node in pairs])
        program = ends.programs.get(nodes)
        flows = bool(rec.sources) and (at.grad or rec.root.grad)
        if program is None:
            if rec.paid or not can_walk(rec):
                program = plan_program(at, nodes)
                program.paid = rec.paid
                program.saves = BACK if rec.paid else 0.0
            else:
                program = Walked(nodes, ends.again)
            ends.programs[nodes] = program
            if at.nodes >= FEWEST and rec.may_end():
                note(at)
            (ended_flowing if flows else ended_new)(modes, at, tree.made - rec.begun)
        else:
            if not at.again:
                at.comes_again()
            ended_known(modes, at, flows and rec.update is None)
            if counts and COUNTED and not rec.entangled and len(ends.endings) < MOST_ENDINGS and (
                    not held or set(held).issubset(map(id, live))):
                ends.endings[counts] = Ending(live, places, program)
        run(rec, live, program)
    elif rec.error is None:
        new_recording(modes)
        rec.close()


def held_by_others(handles: Sequence[Handle], counts: Sequence[int]) -> list[int]:
    """The identities of the handles that were held when they were counted, but for those that
    nothing but late views holds. Another thread may have let go of one since, or a thread that is
    gone by now has computed it: then the counts do not say what waits."""
    views: Counter[int] = Counter()
    for handle in handles:
        later: Any = handle._x
        # Another thread may enter it meanwhile: what it waits for is looked at once.
        if later.__class__ is Later and (waits := later.waits).__class__ is tuple and (
                len(waits) > 1):
            views[id(waits[1])] += 1
    return [id(handle) for handle, count in zip(handles, counts, strict=True)
            if count - views[id(handle)] > UNHELD]


def waiting(rec: Recording) -> list[Handle]:
    """The handles that wait for a value of ``rec`` and that somebody but ``rec`` holds."""
    handles = rec.handles
    if rec.entangled or rec.late or not COUNTED:
        refs = [*map(ref, handles)]
        rec.settled = 0
        try:
            handles.clear()
            handles += [handle for r in refs if (handle := r()) is not None
                        and handle._rec is rec and handle._buf is None]
        except BaseException:   # interrupted
            handles[:] = [handle for r in refs if (handle := r()) is not None]
            raise
        return handles.copy()
    return [handle for handle in compress(handles, map(held_elsewhere, map(getrefcount, handles)))
            if handle._rec is rec and handle._buf is None]


COUNTED = hasattr(sys, "getrefcount")
"""Whether this Python counts references; where it does not, weak ones tell what is held."""
getrefcount: Callable[[object], int] = getattr(sys, "getrefcount", id)
UNHELD = next(map(getrefcount, [object()]))
"""The count of what only a list holds."""


def picked() -> int:
    """The count of what only a list holds, as it is picked out of that."""
    held, counts = [object()], list[int]()
    list(compress(held, map(counts.append, map(getrefcount, held))))
    return counts[0]


held_elsewhere = picked().__lt__
"""Whether a count is that of what others hold too."""
MOST_ENDINGS = 8


class Ending:
    """What was found out when a recording ended at the same step with its handles held as often:
    ``pick`` chooses those that wait, ``program`` computes their values. Where the recording
    is ``renamed``, they have to be ``nodes``, in this order."""

    __slots__ = ("nodes", "pick", "program")

    def __init__(self, live: list[Handle], places: dict[int, int], program: Program) -> None:
        self.program = program
        self.nodes = [handle._at for handle in live]
        self.pick = picker([places[id(handle)] for handle in live])


def run(rec: Recording, live: Sequence[Handle], program: Any) -> None:
    """Run the program of ``rec``, which was planned or is walked, and give the ``live`` handles
    their values."""
    if program.__class__ is Walked:
        tape = program.tape
        if tape is not None and tape.runs_for(rec, program.runs):
            try:
                values, saved = tape.run(rec)
            except Exception as error:   # planned, it says where and why
                if by_signal(error):
                    raise
                program.failed = True
            else:
                program.runs += 1
                new_recording(rec.modes)
                tape.bind(rec, live, program, values, saved)
                end(rec, live)
                return
        elif can_walk(rec) and not program.due and not pays(
                rec.at, counted(rec.update, program.runs)):
            try:
                walked = walk(rec, program)
            except Exception as error:   # planned, it says where and why
                if by_signal(error):
                    raise
                program.failed = True
            else:
                if program.course is not None and tape is None:
                    program.tape = taped(rec, program, program.course)
                new_recording(rec.modes)
                bind_walked(rec, zip(live, program.nodes, strict=True), *walked)
                end(rec, live)
                return
        program = planned(rec.at, program)
    try:
        direct, told = program.direct, rec.modes.at_programs
        if direct is None or told:
            values = program([*rec.inputs, *rec.numbers], told)
        else:
            program.runs += 1
            values = direct([*rec.inputs, *rec.numbers])
        if program.learned is None and direct is not None and (
                program.steady() and values.__class__ is list):
            program.learn(values)
    except Exception as error:
        if by_signal(error):
            raise
        own = program.own(error, [*rec.inputs, *rec.numbers])
        if program.runs > 1 and not config.lines_in_steps:
            of_the_first(own)
        rescue(rec, live, own)
        if own is not error:
            raise own from None
        raise
    new_recording(rec.modes)
    bind(rec, live, program, values)
    if rec.late:
        stay(rec, live)
    rec.close()


def end(rec: Recording, live: Sequence[Handle]) -> None:
    """Let go of a recording whose ``live`` handles have their values."""
    if rec.late:
        stay(rec, live)
    rec.close()


def of_the_first(error: Exception) -> None:
    """Say in ``error``, of a program that has run before, whose line it names."""
    text = error.args[0] if error.args else None
    if isinstance(text, str):
        error.args = (text.replace(", recorded at ", ", first recorded at "), *error.args[1:])


def bind(rec: Recording, live: Sequence[Handle], program: Program, values: list[Any]) -> None:
    """Give ``live`` handles their values and the segment that their gradients need."""
    sources = rec.sources
    segment = leave_segment(rec, program, values, sources)
    if rec.functions:
        move_functions(rec, segment)
    then: Any
    if program.learned is not None and values.__class__ is list:
        for handle, (k, kind, place) in zip(live, program.learned):
            value = values[k]
            if value.__class__ is not ndarray:
                value = values[k] = asarray(value, kind.dtype)
            if place >= 0:
                x = handle._x
                if x is None or not x.leaf:
                    then = goes_on(sources[place], handle._at, rec)
                    if handle._rec is rec:
                        handle._buf, handle._kind_of = value, (value, kind)
                        handle._rec, handle._at = then or (None, handle._at)
                    continue
            then = segment if place == IN_SEGMENT and (
                (x := handle._x) is None or not x.leaf) else None
            if handle._rec is not rec:
                continue   # another thread has read it, or written to it
            # From that look to the end of the turn there is no call: no other thread comes between.
            handle._buf = value
            handle._kind_of = value, kind
            handle._rec = then
        return
    for handle, (k, dtype, flows, place) in zip(live, program.live):
        value = values[k]
        if value.__class__ is not ndarray:
            value = values[k] = as_buffer(value, dtype)
        then, x = None, handle._x
        if flows and (x is None or not x.leaf):
            then = (segment, handle._at) if place < 0 else goes_on(sources[place], handle._at, rec)
        give(rec, handle, value, then)


def move_functions(rec: Recording, segment: Segment | None) -> None:
    """Have the ``grad_fn`` objects of ``rec`` stand for nodes of the segment that it has left."""
    for r in rec.functions if segment is not None else ():
        function = r()
        if function is not None:
            function.unit = segment


def give(rec: Recording, handle: Handle, value: Array, then: Any) -> None:
    """Give ``handle`` its value and the place where its history goes on, if it still waits."""
    if handle._rec is rec:
        handle._buf = value
        handle._rec = None
        if then is not None:
            handle._rec, handle._at = then


def bind_walked(rec: Recording, live: Iterable[tuple[Handle, Node]], values: dict[Node, Any],
                segment: Segment | None, ends: dict[Node, int]) -> None:
    """Give ``live`` handles of a recording that was walked their values."""
    move_functions(rec, segment)
    for handle, node in live:
        x = handle._x
        value = values[node]
        if value.__class__ is not ndarray:
            value = values[node] = as_buffer(value, node.dtype.numpy)
        then: Any = None
        if carries(node) and (x is None or not x.leaf):
            then = (segment, node) if node not in ends or is_result(node) else (
                goes_on(rec.sources[ends[node]], node, rec))
        give(rec, handle, value, then)


def rescue(rec: Recording, live: Sequence[Handle], error: Exception) -> None:
    """After a failed run: compute what does not depend on the failure; the rest keeps the error."""
    new_recording(rec.modes)
    rec.error = error
    if effects_on(rec.at):
        return   # no effect happens twice
    for handle in live:
        try:
            program = plan_program(rec.at, (handle._at,))
            values = program([*rec.inputs, *rec.numbers], rec.modes.at_programs)
            bind(rec, [handle], program, values)
        except Exception:
            continue


def value(handle: Handle) -> Array:
    """The present value of ``handle``, which the caller must not write."""
    x: Any = handle._x
    if x.__class__ is Seen and is_seen(x) and (
            (known := handle._buf) is not None
            or (known := part_of_whole(handle, x.waits)) is not None):
        return known
    if x is not None and (store := x.store) is not None:
        if store.exposed is not None and store.is_exposed():
            return live_view(handle)
        whole = store._buf
        if handle._buf is None and whole is not None:
            if x.listed == DEFERRED and handle._rec is None:
                # Since the look at the storage no call: another thread's write comes later.
                seen_now: Array = whole[(*x.chain[0][1], ...)]
                if store._rec.__class__ is not Segment and store._x is None:
                    handle._buf = seen_now   # otherwise it has a history, which begins at its step
                return seen_now
            part = looked_at(handle, x, whole) if x.chain else found_again(handle)
            if part is not None:
                return part
    while (buf := handle._buf) is None:   # another thread may write to it meanwhile
        rec = here.recording
        if handle._rec is not rec and x is not None and x.store is not None:
            rec.enter(handle)
        if handle._rec is rec:
            if rec.modes.open is not None:
                return seen(rec, handle._at, rec.modes.open)
            flush()
        if handle._buf is None:
            x = handle._x
            if x is not None and x.store is not None and x.store.is_exposed():
                return live_view(handle)   # another thread has shown it to NumPy
            if handle._rec is not None or x is None or x.store is None:
                bring(handle)
    return buf


def looked_at(handle: Handle, x: Extra, whole: Array) -> Array | None:
    """The value of a view of storage whose value is ``whole``, where that view was the last thing
    that was done and has no history: its step is taken back, and the recording goes on. None where
    it is something else."""
    rec = here.recording
    at, modes, chain = rec.at, rec.modes, x.chain
    if len(chain) != 1 or handle._rec is not rec or at.out is not handle._at or (
            whole.__class__ is not ndarray or modes.open is not None or modes.lanes is not None
            or modes.at_programs or rec.captures):
        return None
    template, numbers, handles = at.template, chain[0][1], rec.handles
    if (template is None or len(at.operands) != 1 or template.flows
            or template.count != len(numbers) or at.operands[0].shape != whole.shape
            or not handles or handles[-1] is not handle
            or numbers != tuple(rec.numbers[len(rec.numbers) - len(numbers):])):
        return None
    link = chain[0][0]
    part: Array = whole[(*numbers, ...)] if len(link) > 1 and (
        is_leading(link[1], whole.shape, len(numbers))) else (
            as_buffer(template.run(whole, *numbers), at.out.dtype.numpy))
    members = x.store.members if x.store is not None else []
    first = members[0]() if members else None
    if rec.at is not at or handle._at is not at.out or handles[-1] is not handle:
        return None   # interrupted by what has recorded something, or views were entered late
    parent, settled = at.parent, min(rec.settled, len(handles) - 1)
    assert parent is not None
    # No call from here on: another thread, or an interruption, finds it as it was or as it is.
    handle._buf, handle._rec = part, None
    x.listed = -1
    del handles[-1]
    rec.settled = settled
    if numbers:
        del rec.numbers[-len(numbers):]
    rec.at = parent
    if parent.parent is rec.root and not handles and parent.inputs:
        # Nothing else was done: the next path begins as if it had not been.
        if first is not None and first._rec is rec and first._at is parent.out and not (
                rec.sources or rec.functions or rec.hooks):
            rec.at, rec.inputs = rec.root, []
            first._rec = None
        else:
            new_recording(modes)
            rec.close()
    return part


def left(handle: Handle) -> Array:
    """The value of ``handle``, which leaves the recorded world."""
    modes = here.modes
    if modes.whole:
        modes.exits += 1   # which raises
    modes._exits += 1
    if handle._x is None:
        if handle._buf is None and handle._rec is here.recording and modes.open is None:
            flush()
        buf = handle._buf
        if buf.__class__ is ndarray:
            known: Array = buf
            return known
    found = value(handle)
    return found if found.__class__ is ndarray else to_host(found)


def number_of_part(handle: Handle) -> Any:
    """The number that an element of a value in memory is, as it leaves the recorded world; None
    where there is more to look at."""
    x: Any = handle._x
    if x.__class__ is not Seen or handle._buf is not None or handle._rec is not None or (
            (waits := x.waits).__class__ is not tuple) or waits[2] != DEFERRED or (
            waits[0].__class__ is Store and waits[0].exposed is not None):
        return None
    whole, numbers, modes = waits[0]._buf, waits[1][0][1], here.modes
    if whole.__class__ is not ndarray or len(numbers) != whole.ndim or modes.whole:
        return None
    modes._exits += 1
    return whole.item(numbers)


def host(handle: Handle) -> Array:
    """The present value of ``handle`` as a NumPy array, which the caller must not write."""
    here.modes._exits += 1
    found: Array = to_host(value(handle))
    return found


def seen(rec: Recording, node: Node, known: dict[Any, Any]) -> Array:
    """The value of ``node``, computed while its recording goes on."""
    rec.check_end()
    if rec.modes.lanes is not None:
        rec.modes.lanes.check_same(node)
    check_once(rec.at)
    key = rec.token, node
    looks = known.get((Looks, rec.token))
    if looks is None:
        looks = known[Looks, rec.token] = Looks()
    if key not in known and looks.count >= FEW_LOOKS and COUNTED and not rec.modes.mappings and (
            not rec.modes.at_programs):
        known[key] = looks.value(rec, node, [
            handle for count, handle in zip(map(getrefcount, rec.handles), rec.handles)
            if count > UNHELD and handle._rec is rec and handle._buf is None])
    elif key not in known:
        looks.count += 1
        programs = rec.at.programs
        if not isinstance(programs.get((node,)), Program):
            programs[node,] = plan_program(rec.at, (node,))
        value = programs[node,]([*rec.inputs, *rec.numbers], rec.modes.at_programs)[0]
        known[key] = as_buffer(value, node.dtype.numpy)
    found: Array = known[key]
    return found
