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
from ..locks import sharing
from .flushing import COUNTED, flush, getrefcount
from .handle import (
    DEFERRED,
    UNKNOWN,
    Array,
    Extra,
    Handle,
    Later,
    Link,
    Seen,
    Store,
    blank,
    extra,
    is_seen,
    shaped,
)
from .keys import Key
from .late import enter_alone, store_of, thin_out
from .modes import captures
from .recording import Recording, bring, here, history, input_of, shows_again
from .replay import DETACH, GRAFT, changed, view_of
from .segment import Segment
from .tree import Step
from .write import SEVERAL

ndarray = np.ndarray
_new = object.__new__


def check_writable(target: Handle, name: str) -> None:
    """RuntimeError where PyTorch forbids a write: to a leaf that requires grad, in grad mode."""
    x: Any = target._x
    if x is None or not here.modes.grad or (x.__class__ is Seen and is_seen(x)):
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
        if x.store is not store or (not sharing.exclusive and (store.exposed is not None or (
                (target._rec is not rec or target._at is not old) and (
                    (seen := input_of(rec, old)) is None or target._buf is not seen)))):
            return True   # memory that NumPy shares may have been written to since it was read
        x.grad_fn = None
        try:
            write_shared(rec, target, x, store, node)
        except BaseException as error:
            if error.args == (SEVERAL,) and shows_again(target):   # it is to be written otherwise
                return True
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
        forgotten = target._rec is None and target._buf is None
        if len(store.members) != 1 or store.members[0]() is not target or x.store is not store or (
                store.exposed is not None or sharing.exclusive or (forgotten and store._rec)):
            return x.store
        if forgotten:   # others read it until it is written
            target._buf = store._buf
        x.version = store._writes
        x.store = None
    return None


def write_shared(rec: Recording, target: Handle, x: Extra, store: Store, node: Node) -> None:
    """Write ``node`` to a member of shared storage: a new value for its store, for each store that
    this one is a detached alias of, and for the other aliases of those."""
    if len(store.members) > 1:
        store.members = held(store.members, rec.token)
    new = rec.written_back(store, node, x.chain)
    path = [(store, new if rec.at.grad or not x.chain else unseen(rec, store, new))]
    chain = x.chain
    while store.parent is not None:
        value = rec.replayed((DETACH[0][0], path[-1][1]), ())
        chain = (*store.chain, *chain)
        try:
            new = rec.written_back(store.parent, value, store.chain)
        except RuntimeError as error:
            if error.args != (SEVERAL,):
                raise
            value = rec.replayed((DETACH[0][0], node), ())   # a part of what was expanded
            new = rec.written_back(store.parent, value, chain)
        path.append((store.parent, unseen(rec, store.parent, new)))
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


def unseen(rec: Recording, store: Store, node: Node) -> Node:
    """The new value ``node`` of shared storage with the history that it has, if it has any."""
    if history(store) is None:
        return node
    return rec.replayed((GRAFT, rec.enter_store(store), node), ())


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
    x: Any = base._x
    can_wait = base._rec is rec and rec.late is not None and rec.modes.lanes is None
    if can_wait:
        if x is None:
            if base._buf is not None:
                rec.viewed += (ref(base),)
            waits_in(rec, base)
        later: Any = Later()
        later.waits = rec, base, link, numbers
        x = base._x
        if x.__class__ is Later:
            waits = x.waits
            if base._buf is None or (waits.__class__ is tuple and waits[0] is rec):
                # Since that look no call: no other thread comes between.
                view._x = later
                rec.late = True
                return
        elif x is not None and x.store is not None:
            # The view first: who asks for the members meanwhile finds it.
            view._x = later
            rec.late = True
            if x.store.viewed == rec.token:
                return
    with sharing.lock:
        x = base._x
        if x is None or x.store is None:
            store_of(base)
            x = extra(base)
        store: Any = x.store
        view._x = Extra(store, (*x.chain, (link, numbers)), rec.token)
        members = store._members
        members.append(ref(view))
        if not len(members) & 15:
            store.thin_out()
        if can_wait and base._buf is not None and store.exposed is None and store.parent is None:
            store.is_viewed_in(rec)
    if store.exposed is not None:
        look_up_again(view, rec)


def waits_in(rec: Recording, base: Handle) -> Any:
    """The state of what had none when it was looked at, and that late views of ``rec`` are of."""
    later: Any = Later()
    later.waits = (rec,)
    # Since that look no call: no other thread comes between.
    if base._x is None:
        base._x = later
    return base._x


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


def share_at_once(base: Handle, buf: Array, view: Handle, link: tuple[Any, ...],
                  numbers: tuple[complex, ...], strides: Any) -> None:
    """Make a new ``view`` that has its value share the storage of ``base``, which had the value
    ``buf`` and no history when that was made of it. Where the elements of the view do not lie row
    by row, it has ``strides``; or it is ``DEFERRED``, and has no value yet."""
    state: Any = Seen()
    x: Any = base._x
    if x is None:
        x = new_whole(base)
    of, chain, views = base, ((link, numbers),), None
    if x.__class__ is Seen:
        views = x.waits
        if views.__class__ is tuple:
            of, before, _ = views
            chain = before + chain
            x = of._x
            views = x.waits if x.__class__ is Seen else None
    if views.__class__ is list:
        state.waits = of, chain, strides
        view._x = state
        views.append(ref(view))
        if x.waits is not views:   # another thread has entered the others meanwhile
            enter_alone(view, of)
        elif not len(views) & 15 and not len(views) & (len(views) - 1):
            thin_out(x, views)   # each time that there are twice as many
    else:
        store: Any = of
        if of.__class__ is not Store:
            x = x if x.__class__ is Extra else extra(of)
            store, chain = x.store or store_of(of), x.chain + chain
        state.waits = store, chain, strides
        view._x = state
        with sharing.lock:
            members = store._members
            members.append(ref(view))
            if not len(members) & 15:
                store.thin_out()
    if base._buf is not buf:   # another thread has written to it meanwhile
        view._buf = None


def new_whole(base: Handle) -> Any:
    """The state of a tensor that had none, with a value and no history; views of it may follow."""
    x: Any = Seen()
    x.waits = [ref(base)]
    x.writes = 0
    if base._x is not None:   # another thread was quicker
        return base._x
    base._x = x
    return x


def stands_still(rec: Recording, base: Handle) -> bool:
    """Whether ``base``, which has a value, has no history, and nothing looks at what is done to it:
    then a part of it can be had from memory."""
    x: Any = base._x
    buf, modes = base._buf, rec.modes
    if buf.__class__ is not ndarray or base._rec.__class__ is Segment or captures.open or (
            rec.at.next.__class__ is not dict
            or modes.open is not None or modes.lanes is not None):
        return False
    if x is None:
        return True
    if x.__class__ is Seen and (waits := x.waits).__class__ is not Extra:
        return waits.__class__ is list
    if x.leaf or x.chain or x.origin is not None or x.tangent is not None:
        return False
    store = x.store
    return store is None or (store._buf is buf and store._rec.__class__ is not Segment
                             and store.parent is None and store.exposed is None
                             and store.leaf is None and store._x is None)


def flows_still(rec: Recording, base: Handle) -> bool:
    """The same of a ``base`` with a history, which a part of it has too: gradients are on. No hook
    and no storage of others knows of it."""
    x: Any = base._x
    buf, modes = base._buf, rec.modes
    if not rec.at.grad or buf.__class__ is not ndarray or captures.open or (
            rec.at.next.__class__ is not dict
            or modes.open is not None or modes.lanes is not None):
        return False
    if x is None:
        return True
    if (x.__class__ is Seen and x.waits.__class__ is not Extra) or (
            x.leaf or x.chain or x.tangent is not None):
        return False
    store = x.store
    return store is None or (store._buf is buf and store.parent is None and store.exposed is None
                             and store.leaf is None and store._x is None)


def deferred_flowing(base: Handle, link: tuple[Any, ...], numbers: tuple[int, ...]) -> Handle:
    """:func:`deferred` of a ``base`` with a history: what shares storage with it knows of that."""
    view: Handle = object.__new__(Handle._kind)
    view._rec = view._buf = None
    view._kind_of = UNKNOWN
    x: Any = base._x
    if x.__class__ is not Extra:
        x = extra(base)
    store = x.store
    if store is None:
        store = store_of(base) if sharing.exclusive else store_in_memory(base, x)
    state: Any = Seen()
    state.waits = store, ((link, numbers),), DEFERRED
    view._x = state
    with sharing.lock:
        members = store._members if not store.views else store.members
        members.append(ref(view))
        if not len(members) & 15:
            store.thin_out()
    return view


def store_in_memory(base: Handle, x: Extra) -> Store:
    """:func:`store_of` a tensor with a value, whose history goes on in a segment."""
    segment = base._rec
    with sharing.lock:
        if x.store is not None or segment.__class__ is not Segment or x.origin is not None:
            return store_of(base)
        store = Store()
        store._writes = x.version
        store._buf, store._rec, store._at = base._buf, segment, base._at
        store._members.append(ref(base))
        if base._rec is not segment or store._buf is None:
            return store_of(base)   # another thread has written to it meanwhile
        x.store = store
    return store


def deferred(base: Handle, link: tuple[Any, ...], numbers: tuple[int, ...]) -> Handle:
    """The view ``link`` of a ``base`` that stands still; it takes its step when it is used."""
    view: Handle = _new(Handle._kind)
    view._rec = view._buf = None
    view._kind_of = UNKNOWN
    x: Any = base._x
    if x.__class__ is Seen and (views := x.waits).__class__ is list:   # what follows, for most
        state: Any = Seen()
        state.waits = base, ((link, numbers),), DEFERRED
        view._x = state
        views.append(ref(view))
        if x.waits is not views or not len(views) & 15:
            among(views, view, base, x)
        return view
    buf: Any = base._buf
    share_at_once(base, buf, view, link, numbers, DEFERRED)
    return view


def among(views: list[Any], view: Handle, base: Handle, x: Any) -> None:
    """See to a ``view`` that is now the last of the ``views`` in the state ``x`` of its ``base``,
    if another thread has entered those meanwhile, or there are twice as many as before."""
    if x.waits is not views:
        enter_alone(view, base)
    elif not len(views) & (len(views) - 1):
        thin_out(x, views)


def deferred_of(view: Handle, x: Any) -> tuple[Handle, tuple[int, ...]] | None:
    """What a view with the state ``x`` is a part of that has taken no step, and the integers of
    that; None where it is something else."""
    if view._rec is not None:
        return None
    if x.__class__ is Seen and (waits := x.waits).__class__ is not Extra:
        if waits.__class__ is list or waits[2] != DEFERRED:
            return None
        store, chain, _ = waits
        if store.__class__ is not Store:
            return store, chain[0][1]
    else:
        x = extra(view)
        store, chain = x.store, x.chain
        if x.listed != DEFERRED or store is None:
            return None
    members = store.members
    base = members[0]() if members else None
    if base is None or base is view or base._buf is not store._buf:
        return None
    return base, chain[0][1]


def is_sole(base: Handle) -> bool:
    """Whether nothing but ``base``, which stands still, its storage and its views holds its value:
    no other tensor, no recording, no array of the user's."""
    if not COUNTED or sharing.exclusive:
        return False
    own = int(base._kind_of[0] is base._buf)
    x: Any = base._x
    if x.__class__ is Seen and (refs := x.waits).__class__ is list:
        if len(refs) > 1:
            if len(refs) > MOST_PARTS:
                thin_out(x, refs)
                refs = x.waits
            views = parts(refs, base) if refs.__class__ is list else None
            if views is None:
                return False
            own += views
    elif x is not None and (store := x.store) is not None:
        if len(store.members) > MOST_PARTS:
            with sharing.lock:
                store.members = [r for r in store.members if r() is not None]
        views = parts(store.members, base) if len(store.members) > 1 else 0
        if views is None:
            return False
        own += 1 + (store._kind_of[0] is store._buf) + views
    if holders(base) != SOLE + own:
        return False
    flags: Any = getattr(base._buf, "flags", None)   # holds it, too
    return bool(flags.owndata and flags.writeable)


def own_memory(base: Handle) -> bool:
    """Whether nothing else holds the value of ``base``, which stands still, now: it got a copy of
    it if something did. Its views look their values up again."""
    if is_sole(base):
        return True
    x: Any = base._x
    if x.__class__ is Seen and x.waits.__class__ is list:
        return own_seen(base, x)
    store = extra(base).store
    if store is not None and not can_look_again(store, base):
        return False
    with sharing.lock:
        buf: Any = base._buf
        if buf is None or sharing.exclusive or (store is not None and store._buf is not buf):
            return False
        copy = buf.copy()
        if store is not None:
            store.invalidate(written=False)
            store._rec, store._buf = None, copy
        base._rec, base._buf = None, copy
    return True


def own_seen(base: Handle, x: Any) -> bool:
    """:func:`own_memory` of what views were made of at once."""
    with sharing.lock:
        buf: Any = base._buf
        if buf is None or sharing.exclusive or x.waits.__class__ is not list:
            return False
        copy = buf.copy()
        for r in x.waits:
            view = r()
            if view is not None and view is not base:
                view._rec = view._buf = None
        base._rec, base._buf = None, copy
    return True


def can_look_again(store: Store, base: Handle) -> bool:
    """Whether the members of storage that ``base`` is the whole of are views without history, and
    few."""
    members = store.members
    if len(members) > MOST_PARTS:
        return False
    for r in members:
        view = r()
        if view is None or view is base:
            continue
        x: Any = view._x
        if x.__class__ is not Seen and (
                x is None or not x.chain or x.leaf or x.origin is not None or x.tangent is not None
                or x.retains is not None):
            return False
    return True


def parts(members: Sequence[ref[Handle]], base: Handle) -> int | None:
    """How many views of ``base`` hold their part of its value, and nobody else does, so that they
    see what is written to it; None where there is a member of another kind, or many."""
    if len(members) > MOST_PARTS:
        return None
    count = 0
    for r in members:
        view = r()
        if view is None or view is base:
            continue
        x: Any = view._x
        if view._rec is not None or (x.__class__ is not Seen and (
                x is None or not x.chain or x.leaf or x.origin is not None
                or x.tangent is not None)):
            return None
        if view._buf is not None:
            if view._buf.base is not base._buf or (
                    holders(view) != SOLE + (view._kind_of[0] is view._buf)):
                return None
            count += 1
    return count


MOST_PARTS = 8
"""So many members of shared storage are looked at."""


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
            given.append(shaped(element) if element.shape else rec.waiting(element))
            return int
        return element
    rest = changed(key, number)
    return (rest[0], *rest[2:]), tuple(given)


def _has_node(element: Any) -> bool:
    return isinstance(element, Node) or (
        element.__class__ is tuple and any(isinstance(part, Node) for part in element))
