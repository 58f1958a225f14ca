"""Shared storage: views, detached aliases, and writes that all of them see.

A write never changes an array: it makes a new value (:func:`write`), and the handles that share
storage look theirs up again. :func:`share` makes the result of a view operation a member.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import get_ident
from typing import Any
from weakref import ref

import numpy as np

from ..errors import see
from ..graph import Node
from ..locks import exclusively, sharing
from .flushing import COUNTED, flush, getrefcount
from .handle import (
    DEFERRED,
    UNKNOWN,
    Array,
    Extra,
    Handle,
    Link,
    Store,
    blank,
    extra,
    view_extra,
)
from .keys import Key
from .modes import captures
from .program import path_nodes
from .recording import DETACH, GRAFT, Recording, bring, here, history
from .replay import changed, view_of
from .segment import Segment
from .tree import Step

ndarray = np.ndarray


def check_writable(target: Handle, name: str) -> None:
    """RuntimeError where PyTorch forbids a write: to a leaf that requires grad, in grad mode."""
    x = target._x
    if x is None or not here.modes.grad:
        return
    if x.leaf:
        raise RuntimeError(
            f"a leaf Variable that requires grad is being used in an in-place operation ({name}_). "
            "Write to it inside `with torch.no_grad():`, or make a new tensor."
            + see("in-place-on-a-leaf"))
    store = x.store
    if store is None:
        return
    if store.leaf is not None:   # be it there or not
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation "
            f"({name}_). Write to it inside `with torch.no_grad():`, or to a clone()."
            + see("in-place-on-a-leaf"))
    if store.chain and store.chain[-1][0][0].name != "detach":
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode "
            f"enabled ({name}_). Make the view and the write both inside or both outside of "
            "no_grad, or write to a clone() or to detach()")


def write(target: Handle, node: Node, old: Node) -> bool:
    """Give ``target``, whose operand was ``old``, the value ``node``; all aliases see it.

    True, and nothing is written, where another thread has written to it since it was ``old``: then
    the operation has to be recorded again.
    """
    rec = here.recording
    x = extra(target)
    if rec.modes.lanes is not None:
        rec.modes.lanes.note(target)
    if x.store is not None and x.store.is_read_only():
        raise RuntimeError("this tensor shares the memory of a NumPy array that is read-only; "
                           "clone() it before writing to it")
    if not rec.at.grad and old.requires_grad and not x.leaf:
        node = rec.replayed((GRAFT, old, node), ())
    store = x.store
    if store is not None:
        store = still_shared(target, x, store, rec.token)
    if store is None:
        if x.leaf:
            node = rec.new_source(node, ref(target))
        if target._buf is not None:
            rec.handles.append(target)
        if sharing.exclusive:
            if sharing.exclusive != get_ident():
                return True
        elif (target._rec is not rec or target._at is not old) and (
                (seen := input_of(rec, old)) is None or target._buf is not seen):
            return True
        if x.store is not None:
            return True
        # Since the last look there was no call: nobody comes between.
        x.grad_fn = x.origin = None
        x.version += 1
        target._rec, target._at, target._buf = rec, node, None
        if x.retains is not None and rec.at.grad:
            x.retains.move(target)
        return False
    with sharing.lock:
        if not sharing.exclusive and (store.exposed is not None or (
                (target._rec is not rec or target._at is not old) and (
                    (seen := input_of(rec, old)) is None or target._buf is not seen))):
            return True   # memory that NumPy shares may have been written to since it was read
        x.grad_fn = None
        try:
            write_shared(rec, target, x, store, node)
        except BaseException:
            if here.recording is rec:   # interrupted: all aliases see the write, or none
                write_shared(rec, target, x, store, node)
            raise
        if x.retains is not None and rec.at.grad:
            x.retains.move(target)
    return False


def still_shared(target: Handle, x: Extra, store: Store, token: int) -> Store | None:
    """The ``store`` of a tensor that is to be written; None, and it has none any more, where nobody
    shares that with it now: a parameter that was made of data that is gone."""
    if store.parent is not None or x.chain or captures.open:
        return store
    with sharing.lock:
        if len(store.members) > 1:
            store.members = held(store.members, token)
        if len(store.members) != 1 or store.members[0]() is not target or (
                store.exposed is not None or x.store is not store or sharing.exclusive):
            return x.store
        x.version = store._writes
        x.store = None
    return None


def input_of(rec: Recording, node: Node) -> Array | None:
    """The buffer with which ``node`` entered the recording; None where it did otherwise."""
    inputs = path_nodes(rec.at)[0]
    return rec.inputs[inputs.index(node)] if node in inputs else None


def write_shared(rec: Recording, target: Handle, x: Extra, store: Store, node: Node) -> None:
    """Write ``node`` to a member of shared storage: a new value for its store, for each store that
    this one is a detached alias of, and for the other aliases of those."""
    if len(store.members) > 1:
        store.members = held(store.members, rec.token)
    path = [(store, rec.written_back(store, node, x.chain))]
    while store.parent is not None:
        value = rec.replayed((DETACH[0][0], path[-1][1]), ())
        path.append((store.parent, rec.written_back(store.parent, value, store.chain)))
        store = store.parent
    written = {id(s) for s, _ in path}
    others = [s for s in store.family() if id(s) not in written]
    histories = [(s, rec.enter_store(s)) for s in others if history(s) is not None]
    for s in store.family():
        s.invalidate()
    for s in others:
        s._rec = s._buf = None
    for s, new in path:
        rec.give(s, new)
    for s, old in histories:
        rec.give(s, rec.replayed((GRAFT, old, rec.enter_store(s)), ()))
    store.version += 1
    if store.exposed is not None:
        flush()
        assert store._buf is not None
        np.copyto(store.exposed, store._buf)
        for s in store.family():
            s._buf = s.exposed
    elif not x.leaf and not x.chain:
        rec.give(target, node)
    own = store_of(target)
    if rec.at.grad:
        follow_retained(own, target)
    for s in store.family():
        if s is not own:
            follow_retained(s, target, views=True)


def held(members: Sequence[ref[Handle]], token: int) -> list[ref[Handle]]:
    """Those members that are there still; a view that nothing holds but the recording of this
    ``token``, in which it was made, is not."""
    found = []
    for r in members:
        member = r()
        if member is None:
            continue
        x = member._x
        if x is None or x.listed != token or getrefcount(member) > ALONE:
            found.append(r)
    return found


def count_of(r: ref[Any]) -> int:
    """How often what ``r`` refers to is held, as :func:`held` counts."""
    member = r()
    return getrefcount(member)


class _Probe:
    """Something to count."""


_kept = [_Probe()]
ALONE = count_of(ref(_kept[0]))
"""The count of what only a list holds."""


def follow_retained(store: Store, written: Handle, *, views: bool = False) -> None:
    """After a write to ``written``: have the base that shares its storage retain the gradient of
    the new value; its ``views`` too, after a write that their gradients do not flow through."""
    for r in store.members:
        member = r()
        x = None if member is written or member is None else member._x
        if x is not None and member is not None and x.retains is not None and (
                views or not x.chain) and history(member) is not None:
            x.retains.move(member)


def store_of(handle: Handle) -> Store:
    """The storage of ``handle``, made if it has shared none so far."""
    x = extra(handle)
    if x.store is not None:
        return x.store
    return exclusively(lambda: x.store or _new_store(handle, x))


def _waiting_store(handle: Handle, rec: Recording) -> Extra | None:
    """The rarer state of a tensor that waits in this recording and has none so far, with storage of
    its own; None if it is another one. ``sharing`` is locked."""
    before = sharing.exclusive
    try:
        sharing.exclusive = get_ident()
        if handle._x is not None or handle._rec is not rec or handle._buf is not None:
            return None
        store = Store()
        rec.give(store, handle._at)
        store.members.append(ref(handle))
        x = Extra()
        x.store = store
        handle._x = x
        return x
    finally:
        sharing.exclusive = before


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


def whole(store: Store) -> Handle:
    """A member that is the storage as a whole, made anew if there is none."""
    for r in store.members:
        member = r()
        if member is not None and not isinstance(member, Store):
            x = extra(member)
            if x.store is store and not x.chain:
                return member
    base: Handle = object.__new__(Handle._kind)
    blank(base)
    extra(base).store = store
    store.join(base)
    return base


def share(base: Handle, key: Key, views: Any, numbers: tuple[complex, ...],
          rec: Recording, step: Step) -> None:
    """Make ``views``, the result of the view operation ``key`` on ``base``, share its storage where
    they lie in its memory; note on ``step`` what is always so."""
    several, shares = isinstance(views, tuple), step.template.shares
    alone = len(step.operands) == 1
    links = []
    for i, (view, lies) in enumerate(zip(views, shares, strict=True) if several
                                     else ((views, shares),)):
        mine = (key[0].output(i), *key[1:]) if several else key
        links.append((mine[0], *mine[2:]) if lies else None)
        if lies:
            with sharing.lock:
                share_one(base, mine, view, numbers, rec, alone)
    if alone and key[0].name != "detach" and (rec.at.grad or not key[1].requires_grad):
        step.links = step.template.links = tuple(links)
    for view, lies in zip(views, shares, strict=True) if several else ((views, shares),):
        if lies and view._x.store.exposed is not None:
            look_up_again(view, rec)


def share_one(base: Handle, key: Key, view: Handle, numbers: tuple[complex, ...],
              rec: Recording, alone: bool) -> None:
    """:func:`share` of one view, with ``sharing`` locked."""
    store = store_of(base)
    link = _link(rec, key, numbers, alone)
    if store.exposed is not None:
        for number in link[1]:
            if isinstance(number, Handle) and number._buf is None:
                bring(number)
    chain = (*extra(base).chain, link)
    if key[0].name == "detach" or (not rec.at.grad and key[1].requires_grad):
        if key[0].name != "detach":
            chain = (*chain[:-1], DETACH, chain[-1])
        child = Store(store, chain)
        if store.exposed is None:
            rec.give(child, view._at)
        else:
            child.exposed = child._buf = view_of(store.exposed, chain)
        store.join(child)
        store, chain = child, ()
    x = extra(view)
    x.store = store
    x.chain = chain
    x.listed = rec.token
    store.join(view)


def share_again(base: Handle, view: Handle, link: tuple[Any, ...],
                numbers: tuple[complex, ...], rec: Recording) -> None:
    """:func:`share` of one view along a known path, whose ``link`` its step has."""
    with sharing.lock:
        x = base._x
        if x is None or x.store is None:
            x = _waiting_store(base, rec)
            if x is None:
                store_of(base)
                x = extra(base)
        store: Any = x.store
        view._x = view_extra(store, (*x.chain, (link, numbers)), rec.token)
        members = store.members
        members.append(ref(view))
        if not len(members) & 15:
            store.thin_out()
    if store.exposed is not None:
        look_up_again(view, rec)


def look_up_again(view: Handle, rec: Recording) -> None:
    """Have a view of memory that NumPy shares look up its value at each use; where gradients flow
    through it, its history starts at its own node, for hooks on it."""
    x, modes = view._x, rec.modes
    if view._rec is not None and view._at.requires_grad and not (
            modes.mappings or rec.captures or modes.open is not None or x is None):
        flush()
        place = history(view)
        if place is not None and isinstance(place[0], Segment):
            x.origin = place
    view._rec = view._buf = None


def stands_still(rec: Recording, base: Handle) -> bool:
    """Whether ``base``, which has a value, has no history, and nothing looks at what is done to it:
    then a part of it can be had from memory."""
    x, buf, modes = base._x, base._buf, rec.modes
    if buf.__class__ is not ndarray or base._rec.__class__ is Segment or captures.open or (
            rec.at.next.__class__ is not dict
            or modes.open is not None or modes.lanes is not None):
        return False
    if x is None:
        return True
    if x.leaf or x.chain or x.origin is not None or x.tangent is not None:
        return False
    store = x.store
    return store is None or (store._buf is buf and store._rec.__class__ is not Segment
                             and store.parent is None and store.exposed is None
                             and store.leaf is None and store._x is None)


def deferred(base: Handle, link: tuple[Any, ...], numbers: tuple[int, ...]) -> Handle:
    """The view ``link`` of a ``base`` that stands still; it takes its step when it is used."""
    view: Handle = object.__new__(Handle._kind)
    view._rec = view._buf = None
    view._kind_of = UNKNOWN
    x = base._x
    store = store_of(base) if x is None or x.store is None else x.store
    view._x = view_extra(store, ((link, numbers),), DEFERRED)
    with sharing.lock:
        members = store.members
        members.append(ref(view))
        if not len(members) & 15:
            store.thin_out()
    return view


def is_sole(base: Handle, views: int = 0) -> bool:
    """Whether nothing but ``base``, which stands still, and its storage holds its value: no other
    tensor but so many ``views``, no recording, no array of the user's."""
    if not COUNTED or sharing.exclusive:
        return False
    own = int(base._kind_of[0] is base._buf)
    x = base._x
    store = None if x is None else x.store
    if store is not None:
        if len(store.members) > 1 + views:
            with sharing.lock:
                store.members = [r for r in store.members if r() is not None]
            if len(store.members) > 1 + views:
                return False
        own += 1 + (store._kind_of[0] is store._buf)
    if holders(base) != SOLE + own:
        return False
    flags: Any = getattr(base._buf, "flags", None)   # holds it, too
    return bool(flags.owndata and flags.writeable)


def holders(handle: Handle) -> int:
    """How often the value of ``handle`` is held, as :func:`is_sole` counts."""
    buf = handle._buf
    return getrefcount(buf)


_held = Store()
_held._buf = np.zeros(1)
SOLE = holders(_held)
"""The count of what only one handle holds."""


def _link(rec: Recording, key: Key, numbers: tuple[complex, ...], alone: bool) -> Link:
    """The view operation ``key`` as part of a chain."""
    if alone or not any(_has_node(element) for element in key[2:]):
        return (key[0], *key[2:]), numbers
    given: list[Any] = []
    left = iter(numbers)

    def number(element: Any) -> Any:
        if isinstance(element, type):
            given.append(next(left))
        elif isinstance(element, Node) and element is not key[1]:
            given.append(_shaped(element) if element.shape else rec.waiting(element))
            return int
        return element
    rest = changed(key, number)
    return (rest[0], *rest[2:]), tuple(given)


def _shaped(node: Node) -> Handle:
    """A handle that stands for an operand of which a view takes no more than the shape."""
    handle: Handle = object.__new__(Handle._kind)
    blank(handle)
    handle._buf = np.broadcast_to(np.zeros((), node.dtype.numpy), node.shape)
    return handle


def _has_node(element: Any) -> bool:
    return isinstance(element, Node) or (
        element.__class__ is tuple and any(isinstance(part, Node) for part in element))
