"""Storage that several tensors share, and views that enter it late.

Most views are used once and let go of. So a view of what waits in a recording, along a known path,
only notes what it is of (:class:`~.handle.Later`), and :func:`enter_late` enters it in shared
storage when somebody asks for that: a write, NumPy. What is still there at the end of its recording
is entered then (:func:`stay`). :func:`store_of` gives a tensor its storage.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from weakref import ref

from ..locks import exclusively, sharing, whole
from .handle import DEFERRED, Extra, Handle, Later, Seen, Store, extra
from .recording import Recording, bring, here, history


def store_of(handle: Handle) -> Store:
    """The storage of ``handle``, made if it has shared none so far."""
    x = extra(handle)
    if x.store is not None:
        return x.store
    return exclusively(lambda: x.store or _new_store(handle, x))


def _new_store(handle: Handle, x: Extra) -> Store:
    store = Store()
    store.version = x.version
    while handle._buf is None and handle._rec is not here.recording:
        bring(handle)
    if x.leaf:
        store.leaf = ref(handle)
        store._buf = handle._buf
        if handle._buf is None and handle._rec is here.recording:
            here.recording.give(store, handle._at.args[0])
    else:
        origin = history(handle)
        if handle._buf is None:
            here.recording.give(store, handle._at)
        else:
            store._buf = handle._buf
            if origin is not None:
                store._rec, store._at = origin
    store.join(handle)
    x.store = store
    return store


def enter_late(rec: Recording) -> None:
    """Enter the late views of a recording in the storage that they share with their bases."""
    exclusively(lambda: _enter_late(rec))


def _enter_late(rec: Recording) -> None:
    own = rec is here.recording   # another thread's may get more at any time
    for view in rec.handles[rec.settled if own else 0:]:
        x: Any = view._x
        if x.__class__ is Later:
            enter_view(view, rec)
    if own:
        rec.settled = len(rec.handles)


def enter_view(view: Handle, rec: Recording) -> None:
    """:func:`enter_late` of one view, if it is such a one, while other threads do not write."""
    later: Any = view._x
    if later.__class__ is not Later or later.waits.__class__ is Extra or len(later.waits) == 1:
        return   # another thread has come before
    _, base, link, numbers = later.waits
    x: Any = base._x
    if x.__class__ is Later:
        if x.waits.__class__ is not Extra and len(x.waits) > 1:
            enter_view(base, rec)
        else:
            make_state(base)
        x = base._x
    elif x is None:   # the recording that has read it has ended
        x = extra(base)
    store = x.store
    if store is None and base._buf is None and base._rec is rec and rec is here.recording:
        store = Store()
        rec.give(store, base._at)
        store.members.append(ref(base))
        x.store = store
    elif store is None:
        store = store_of(base)
    new = Extra(store, (*x.chain, (link, numbers)), rec.token)
    store.join(view)
    view._x = new
    later.waits = new


def make_state(base: Handle) -> None:
    """Make the state of what late views are of."""
    later: Any = base._x
    if later.waits.__class__ is not Extra:
        later.waits = Extra()
    base._x = later.waits


def stay(rec: Recording, live: Sequence[Handle]) -> None:
    """Enter those late views that stay when their recording has ended; all have their values. What
    they were of needs no state where none has stayed."""
    bases = []
    for handle in live:
        later: Any = handle._x
        if later.__class__ is Later:
            if later.waits.__class__ is tuple and len(later.waits) > 1:
                exclusively(partial(enter_view, handle, rec))
            else:
                bases.append(handle)
    for handle in bases:
        later = handle._x
        if later.__class__ is Later:
            if later.waits.__class__ is tuple:   # since that look no call: nobody comes between
                handle._x = None
            else:   # somebody has asked
                with sharing.lock:
                    if handle._x is later:
                        make_state(handle)


def enter_seen(later: Any) -> None:
    """Make the state of what was computed at once, and of all that shares storage with it."""
    exclusively(lambda: _enter_seen(later))


def _enter_seen(later: Any) -> None:
    waits = later.waits
    if waits.__class__ is list:
        later.waits = []   # a view that another thread adds now is not added to these
        try:
            later.waits = state_of_whole(waits, later.writes)
        except BaseException:   # interrupted
            later.waits = waits
            raise
    elif waits.__class__ is tuple:
        of = waits[0]
        if of.__class__ is Store:   # a member already
            state = state_in(of, waits)
            later.waits = state
            for r in reversed(of._members):
                view = r()
                if view is not None and view._x is later:
                    view._x = state
                    break
            return
        extra(of)


def state_in(store: Store, waits: tuple[Any, ...]) -> Extra:
    """The state of such a view in the storage that it shares."""
    _, chain, lies = waits
    return Extra(store, chain, DEFERRED if lies == DEFERRED else -1)


def state_of_whole(refs: Sequence[ref[Any]], writes: int) -> Extra:
    """The state of what has these views, and was written to so often; all are entered in storage
    that they share with it."""
    of = refs[0]() if refs else None
    found = [(view, view._x) for r in refs[1:] if (view := r()) is not None]
    new = Extra()
    new.version = writes
    if of is None:
        return new
    if not found:
        of._x = new
        return new
    new.store = store = Store()
    store._buf = of._buf
    store._writes = writes
    store._members = [ref(of), *[ref(view) for view, _ in found]]
    states = [(view, later, state_in(store, later.waits)) for view, later in found]

    def enter() -> None:
        of._x = new
        for view, later, state in states:
            view._x = state
            later.waits = state
    whole(enter)
    return new


def enter_alone(view: Handle, of: Handle) -> None:
    """Enter a new view of what was being entered without it."""
    def enter() -> None:
        later: Any = view._x
        if later.__class__ is Seen and later.waits.__class__ is tuple:
            extra(of)
        if later.__class__ is Seen and later.waits.__class__ is tuple:
            store = store_of(of)
            state = state_in(store, later.waits)
            store.join(view)
            view._x = state
            later.waits = state
    exclusively(enter)


def thin_out(whole: Any, views: list[Any]) -> None:
    """Forget those ``views`` in the state of a ``whole`` that are gone."""
    with sharing.lock:
        if whole.waits is views:
            whole.waits = [r for r in views if r() is not None]


Later.make = enter_late
Seen.enter = enter_seen
