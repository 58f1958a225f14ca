"""Flushing: the end of a recording, when the values that live handles wait for are computed.

Start with :func:`flush`; :func:`value` is for whoever needs one value now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph import Node
from .handle import Array, Handle
from .program import Program, plan_program
from .recording import Recording, bring, here, leave_segment, new_root
from .replay import live_view

asarray, ndarray = np.asarray, np.ndarray


def flush() -> None:
    """End this thread's recording: compute the values that live handles wait for."""
    rec = here.recording
    if rec.at is rec.root:
        here.recording = Recording(new_root(here.grad))  # where the switches now say
        return
    live = waiting(rec)
    if live:
        run(rec, live, tuple([handle._at for handle in live]))
    elif rec.error is None:
        here.recording = Recording(new_root(here.grad))
        rec.close()


def waiting(rec: Recording) -> list[Handle]:
    """The handles that wait for a value of ``rec``."""
    return [handle for r in rec.refs if (handle := r()) is not None
            and handle._rec is rec and handle._buf is None]


def run(rec: Recording, live: list[Handle], nodes: tuple[Node, ...]) -> None:
    """Run the program of ``rec`` and give the ``live`` handles the values of ``nodes``."""
    program = rec.at.programs.get(nodes)
    if program is None:
        program = rec.at.programs[nodes] = plan_program(rec.at, nodes)
    try:
        values = program([*rec.inputs, *rec.numbers])
        if program.kinds is None and program.steady():
            program.learn(values)
    except Exception as error:
        rescue(rec, live, error)
        raise
    here.recording = Recording(new_root(here.grad))
    bind(rec, live, program, values)
    rec.close()


def bind(rec: Recording, live: Sequence[Handle], program: Program, values: list[Any]) -> None:
    """Give ``live`` handles their values and the segment that their gradients need."""
    segment = leave_segment(rec, program, values, rec.sources)
    for r in rec.functions if segment is not None else ():
        function = r()
        if function is not None:
            function.unit = segment
    kinds = program.kinds if values.__class__ is list else None
    for handle, (k, dtype, flows, place) in zip(live, program.live, strict=True):
        value = values[k]
        handle._rec = None
        if value.__class__ is not ndarray:
            value = values[k] = asarray(value, dtype)
        handle._buf = value
        if kinds is not None:
            handle._kind_of = (value, kinds[k])
        if flows:
            x = handle._x
            if x is not None and x.leaf:
                continue
            if place < 0:
                handle._rec = segment
            elif type(rec.sources[place]) is tuple:
                handle._rec, handle._at = rec.sources[place]


def rescue(rec: Recording, live: list[Handle], error: Exception) -> None:
    """After a failed run: compute what does not depend on the failure; the rest keeps the error."""
    here.recording = Recording(new_root(here.grad))
    rec.error = error
    for handle in live:
        try:
            program = plan_program(rec.at, (handle._at,))
            bind(rec, [handle], program, program([*rec.inputs, *rec.numbers]))
        except Exception:
            continue


def value(handle: Handle) -> Array:
    """The present value of ``handle``, which the caller must not write."""
    x = handle._x
    if x is not None and x.store is not None and x.store.is_exposed():
        return live_view(handle)
    if handle._buf is None:
        rec = here.recording
        if handle._rec is not rec and x is not None and x.store is not None:
            rec.enter(handle)
        if handle._rec is rec:
            flush()
        if handle._buf is None:
            bring(handle)
    assert handle._buf is not None
    return handle._buf
