"""Handles: what a user's variable points to.

A :class:`Handle` holds a value (``_buf``, an ndarray that is never written), or a place in a
recording (``_rec``, ``_at``) where the value will come from, or both. Its rarer state is in
:class:`Extra`, made when first needed. :class:`Store` is the storage that several handles share:
the value of the base, of which each member is a chain of view operations.

The four fields belong to this folder. Who stands outside asks and says what is meant: the functions
at the end of this file (:func:`buffer_of`, :func:`is_pending`, :func:`place_in`, :func:`is_leaf`,
:func:`settle`, :func:`bind`, :func:`forget`), ``hold`` and ``wait`` in ``recorder.py``, which make
handles, and ``rebinding.py``, which makes something else of one that there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from weakref import ReferenceType, ref

import numpy as np

from ..arrays import place_of
from ..devices import CPU, device
from ..graph import Node
from ..locks import sharing, whole

Array = np.ndarray[Any, np.dtype[Any]]
Link = tuple[tuple[Any, ...], tuple[Any, ...]]
"""One view operation of a chain: the step without its operand, in which a Python type stands for
each of the runtime numbers that follow. A 0-dim tensor that was an index is such a number too: a
handle of its own, which no write reaches; so is a tensor of which only the shape counts."""


def same_numbers(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Whether two lists of a link's numbers are known to be the same: of tensors, no value is
    looked at."""
    if len(a) != len(b):
        return False
    for one, other in zip(a, b, strict=True):
        if one.__class__ is other.__class__ is int:
            if one != other:
                return False
        elif not _same_number(one, other):
            return False
    return True


def _same_number(a: Any, b: Any) -> bool:
    if isinstance(a, Handle) and isinstance(b, Handle):
        return a is b or (a._rec is not None and a._rec is b._rec and a._at is b._at)
    return not isinstance(a, Handle) and not isinstance(b, Handle) and bool(a == b)


def same_chain(a: Sequence[Link], b: Sequence[Link]) -> bool:
    """Whether two chains are known to be the same."""
    return len(a) == len(b) and (not a or all(
        one is other or (one[0] == other[0] and same_numbers(one[1], other[1]))
        for one, other in zip(a, b, strict=True)))


class Kind:
    """What a recording sees of a buffer: ``shape``, ``dtype``, ``strides`` and ``device``. One
    object for all equal ones, so that it is quick to look up; ``flowing`` is the key of an input
    that gradients reach."""

    __slots__ = ("cuts", "device", "dtype", "flowing", "forms", "like", "pair", "parts", "row",
                 "shape", "strides")

    def __init__(self, buf: Array, where: device = CPU) -> None:
        self.device = where
        self.shape = buf.shape
        self.dtype = buf.dtype
        self.strides = buf.strides
        self.flowing = object()
        self.parts: dict[int, Kind] = {}
        """By how many integers are the first of an index, the kind of the part that this is."""
        self.cuts: dict[Any, Any] = {}
        """What slices and the like mean, by their form (``cuts.py``)."""
        self.row: tuple[tuple[Any, ...], int] | None = None
        self.pair: tuple[tuple[Any, ...], int, int] | None = None
        """What an integer means as an index, or two of them: the link of the view and the lengths
        of the dimensions, once somebody has asked."""
        self.like: Any = None
        """What it is but for sizes, once somebody has asked."""
        self.forms: list[Any] = [None, None]
        """Those of inputs of this kind, without gradients and with, once there was one."""


_kinds: dict[tuple[Any, ...], Kind] = {}


def kind_of(buf: Array) -> Kind:
    """The kind of a buffer."""
    key: tuple[Any, ...] = (
        buf.shape, buf.dtype, None if buf.flags.c_contiguous else buf.strides)
    where = CPU
    if buf.__class__ is not np.ndarray:
        where = place_of(buf)
        key = (*key, where)
    found = _kinds.get(key)
    if found is None:
        if len(_kinds) > MOST_KINDS:
            _kinds.clear()
        found = _kinds.setdefault(key, Kind(buf, where))
    return found


MOST_KINDS = 10_000


def forget_forms() -> None:
    """Ask anew for the forms of inputs: those that are noted were forgotten elsewhere."""
    for kind in _kinds.values():
        kind.forms[:] = None, None


def kind_at(handle: Handle, buf: Array) -> Kind:
    """The kind of a buffer that ``handle`` has, which is noted there."""
    known, kind = handle._kind_of
    if known is not buf:
        kind = kind_of(buf)
        handle._kind_of = buf, kind
    return kind


class Unit:
    """What a handle can have a place in: a recording, or the segment that one has left."""

    __slots__ = ()

    token: int
    """The same for a recording and its segments."""


class Handle:
    """A value, present or to come.

    ``_rec`` is the current recording (then ``_at`` is the operand), or a flushed segment (then
    ``_at`` is where the history starts), or None.
    """

    __slots__ = ("__dict__", "__weakref__", "_at", "_buf", "_kind_of", "_rec", "_x")

    _kind: ClassVar[type[Handle]]
    """The class of new handles: Tensor."""
    _stays: ClassVar[bool] = False
    """Whether transforms hand objects of this class to functions as such."""
    _rec: Unit | None
    _at: Node
    _buf: Array | None
    _kind_of: tuple[Array, Kind]
    """A buffer that this handle had, and its kind; ``UNKNOWN`` until one was asked for."""
    _x: Extra | None


DEFERRED = -2


class Extra:
    """The rarer state of a handle."""

    __slots__ = ("chain", "closed", "excused", "frozen", "grad", "grad_fn", "hooks", "layout",
                 "leaf", "listed", "live", "name", "origin", "post_hooks", "retains", "store",
                 "tangent", "turned", "version")

    leaf: bool
    """Whether the user asked this leaf to require grad."""
    closed: bool
    """Whether this leaf was an argument of a transform's function, which has returned."""
    grad: Handle | None
    grad_fn: Any
    hooks: dict[int, Any] | None
    post_hooks: dict[int, Any] | None
    store: Store | None
    chain: tuple[Link, ...]
    layout: tuple[int, ...] | None
    """The strides of a view, once asked for."""
    listed: int
    """The token of the recording in which a view was made, whose list of handles holds it;
    ``DEFERRED`` where it was made of a known value and is to take its step when it is used."""
    live: Array | None
    """The view of exposed memory that this handle stands for."""
    origin: tuple[Any, Node] | None
    """Where the history of a handle starts that has entered a recording as an input."""
    version: int
    excused: int
    """How many of the writes were made by a custom function's backward to what it keeps."""
    name: str | None
    frozen: bool
    turned: bool
    """Whether a tensor that was no view is one of itself, as after ``squeeze_``."""
    retains: Any
    """What keeps the gradient of a computed tensor, and moves on with a write to it."""
    tangent: tuple[int, Handle] | None

    def __init__(self, store: Store | None = None, chain: tuple[Link, ...] = (),
                 listed: int = -1) -> None:
        # Few statements: there is one for each view.
        self.leaf = self.closed = self.frozen = self.turned = False
        self.version = self.excused = 0
        self.grad = self.grad_fn = self.hooks = self.post_hooks = self.layout = self.live = None
        self.origin = self.name = self.retains = self.tangent = None
        self.store = store
        self.chain = chain
        self.listed = listed


class Later:
    """The rarer state of a view of what waits in a recording, or was read by it, and of what that
    is: it is made, and the view is entered in the storage that both share, when somebody asks. Few
    do before both are gone.

    ``waits`` is the recording and, of a view, its base, its link and its numbers; alone in a list
    while the state is being made. Once that was made it is that, for those who have looked at the
    handle before.
    """

    __slots__ = ("waits",)

    waits: Any
    make: ClassVar[Callable[[Any], None]]
    """Has what waits in a recording entered in shared storage; set by ``sharing.py``."""


class Seen(Later):
    """The rarer state of what has its value and no history, with views that were computed at once,
    or of such a view.

    ``waits`` is, of the whole, a list of itself and its views, by weak references; of a view, what
    it is a view of (a tensor with such a state, or storage that it is a member of already), its
    chain, and its strides, if its elements do not lie row by row, or ``DEFERRED``. ``writes`` is,
    of the whole, how often it was written to, itself or through a view.
    """

    __slots__ = ("writes",)

    writes: int

    enter: ClassVar[Callable[[Any], None]]
    """Has a state made, and with it those of all that shares storage; set by ``late.py``."""


def made(later: Any) -> Extra:
    """The state that is made now at the latest."""
    if later.waits.__class__ is not Extra:
        if later.__class__ is Seen:
            Seen.enter(later)
        else:
            waits = later.waits
            if len(waits) == 1 and later.waits is waits:
                later.waits = [*waits]   # from now on, no view of it is late
            Later.make(waits[0])
        if later.waits.__class__ is not Extra:   # nothing waits any more
            later.waits = Extra()
    found: Extra = later.waits
    return found


def _field(name: str) -> property:
    """A field of the state, which is made when it is asked for. ``waits`` alone is a slot, which
    is quick to set."""
    def get(later: Later) -> Any:
        if later.waits.__class__ is not Extra and name in FIRST and (
                name != "version" or later.__class__ is not Seen):
            return FIRST[name]
        return getattr(made(later), name)

    def put(later: Later, value: Any) -> None:
        setattr(made(later), name, value)
    return property(get, put)


for _name in Extra.__slots__:
    setattr(Later, _name, _field(_name))
FIRST = {name: getattr(Extra(), name) for name in Extra.__slots__
         if name not in ("store", "chain", "listed")}
"""What is so of each state that has just been made."""


UNKNOWN: Any = (None, None)
"""The kind of a handle whose value has not been looked at."""


def is_seen(seen: Any) -> bool:
    """Whether nobody has asked yet for the state of what was computed at once, so that it has its
    value, and nothing but that."""
    waits = seen.waits
    if waits.__class__ is list:
        return True
    if waits.__class__ is not tuple:
        return False
    store = waits[0]
    return store.__class__ is not Store or (
        store.parent is None and store.exposed is None and store._x is None
        and store.leaf is None and store._rec is None)


class Store(Handle):
    """Shared storage: the value of the base; its members are views of it.

    A detached alias shares memory but not history, so it has a store of its own: a member of its
    ``parent``, of which it is the view ``chain``. ``exposed`` is the memory that NumPy shares, if
    it does: then it holds the truth, and is copied at each use.

    Recordings that ``views`` refers to may have views that are to be members and are not yet: they
    are entered when somebody asks for the ``members``. ``viewed`` is the token of the last one.
    """

    __slots__ = ("_members", "_writes", "chain", "exports", "exposed", "leaf", "parent", "viewed",
                 "views")

    def __init__(self, parent: Store | None = None, chain: tuple[Link, ...] = ()) -> None:
        self._rec = None
        self._buf = None
        self._x = None
        self._kind_of = UNKNOWN   # another thread may see a value before its kind is noted
        self.parent = parent
        self.chain = chain
        self._members: list[ReferenceType[Handle]] = []
        self.views: tuple[ReferenceType[Any], ...] = ()
        self.viewed = -1
        self.exposed: Array | None = None
        self.exports: list[ReferenceType[Any]] | None = None
        """The arrays that NumPy was given; None where the memory is NumPy's own."""
        self.leaf: ReferenceType[Handle] | None = None
        """The leaf that requires grad whose value this is, or was when views of it were made."""
        self._writes = 0

    @property
    def members(self) -> list[ReferenceType[Handle]]:
        """All handles that share it, and the detached aliases of it."""
        while self.views:
            with sharing.lock:
                views, self.views, self.viewed = self.views, (), -1
            for r in views:
                rec = r()
                if rec is not None:
                    Later.make(rec)
        return self._members

    @members.setter
    def members(self, members: list[ReferenceType[Handle]]) -> None:
        self._members = members

    def is_viewed_in(self, rec: Any) -> None:
        """Note that views of it are made in a recording that are entered later."""
        with sharing.lock:
            if self.viewed != rec.token:
                self.views = (*[r for r in self.views if r() is not None], ref(rec))
                self.viewed = rec.token

    @property
    def root(self) -> Store:
        """The storage that this one is an alias of in the end."""
        store = self
        while store.parent is not None:
            store = store.parent
        return store

    @property
    def version(self) -> int:
        """How often the memory was written."""
        return self.root._writes

    @version.setter
    def version(self, count: int) -> None:
        self.root._writes = count

    def leaf_handle(self) -> Handle | None:
        """The leaf that requires grad whose value this is, while it is there and has no other."""
        leaf = self.leaf() if self.leaf is not None else None
        return leaf if leaf is not None and extra(leaf).store is self else None

    def family(self) -> list[Store]:
        """This storage and the detached aliases of it, parents first."""
        found = [self]
        for store in found:
            found += [m for r in store.members if isinstance(m := r(), Store)]
        return found

    def is_exposed(self) -> bool:
        """Whether NumPy may write to this storage; it can no more once all its arrays are gone."""
        if self.exposed is None:
            return False
        root = self.root
        exports = root.exports
        if exports is None or any(r() is not None for r in exports):
            return True
        with sharing.lock:
            if root.exports is not exports:   # another thread was quicker
                return self.is_exposed()
            whole(root.keep_memory)
        return False

    def keep_memory(self) -> None:
        """Have the memory that NumPy has let go of for this storage and its aliases alone."""
        for store in self.family():
            store.invalidate(written=False)
            if store.exposed is not None:
                store._buf = store.exposed.view(np.ndarray)
            store.exposed = None
        self.exports = None

    def is_read_only(self) -> bool:
        """Whether the memory is that of an array that cannot be written."""
        memory = self.root.exposed
        return memory is not None and not memory.flags.writeable

    def invalidate(self, *, written: bool = True) -> None:
        """Make every handle that is a member look up its value again; its history too, where that
        has changed by a write that was recorded."""
        for r in self.members:
            member = r()
            if member is not None and not isinstance(member, Store):
                member._rec = member._buf = None
                x = member._x
                if x is not None:
                    x.live = None
                    if written:
                        x.origin = None

    def join(self, member: Handle) -> None:
        """Make ``member`` see the writes to this storage."""
        self._members.append(ref(member))
        self.thin_out()

    def thin_out(self) -> None:
        """Forget the members that are gone, each time that there are twice as many as before."""
        if len(self._members) & (len(self._members) - 1) == 0 and len(self._members) > 16:
            self._members = [r for r in self._members if r() is not None]


def extra(handle: Handle) -> Extra:
    """The rarer state of ``handle``, made if need be."""
    x: Any = handle._x
    if x.__class__ is Later:
        found = made(x)
        if handle._x is None:   # its recording has ended meanwhile
            handle._x = found
        return found
    if x.__class__ is Seen:
        found = made(x)
        if handle._x is x:   # no other one stands for it
            handle._x = found
        return found
    if x is None:
        new = Extra()
        x = handle._x   # another thread may have made it
        if x is None:
            x = handle._x = new
    return x  # type: ignore[no-any-return]


def part_of_whole(view: Handle, waits: Any) -> Array | None:
    """The value of a view that has not looked at it; None where there is more to look at."""
    if waits.__class__ is not tuple or waits[2] != DEFERRED or view._rec is not None:
        return None
    whole = waits[0]._buf
    if whole.__class__ is not np.ndarray:
        return None
    numbers = waits[1][0][1]
    part: Array = whole[(*numbers, ...)]
    view._buf = part
    known, kind = waits[0]._kind_of
    if known is whole:
        of_part = kind.parts.get(len(numbers))
        if of_part is None:
            of_part = kind.parts[len(numbers)] = kind_of(part)
        view._kind_of = part, of_part
    return part


def found_in_whole(view: Handle) -> Array | None:
    """The value of a view that was made at once and has taken no step; None for anything else."""
    x: Any = view._x
    return part_of_whole(view, x.waits) if x.__class__ is Seen and is_seen(x) else None


# What whoever stands outside of this folder asks

def extra_of(handle: Handle) -> Extra | None:
    """The rarer state of ``handle``, if it has any."""
    return handle._x


def is_leaf(handle: Handle) -> bool:
    """Whether ``handle`` is a leaf that was asked to require grad."""
    x = handle._x
    return x is not None and x.leaf


def shared_store(handle: Handle) -> Store | None:
    """The storage that ``handle`` shares, or did; None if it never has."""
    x = handle._x
    return None if x is None else x.store


def version_of(handle: Handle) -> int:
    """How often the storage of ``handle`` was written."""
    x = handle._x
    return 0 if x is None else x.version if x.store is None else x.store.version


def versions_of(handles: Sequence[Handle]) -> list[int]:
    """The same of several."""
    return [0 if (x := handle._x) is None else x.version if x.store is None else x.store.version
            for handle in handles]


def buffer_of(handle: Handle) -> Array | None:
    """The value, if it was computed and nothing has changed it since; nothing runs."""
    return handle._buf


def is_pending(handle: Handle) -> bool:
    """Whether the value is still to be computed."""
    return handle._buf is None


def unit_of(handle: Handle) -> Unit | None:
    """The recording or the segment in which ``handle`` has a place."""
    return handle._rec


def place_in(handle: Handle, unit: Unit) -> Node | None:
    """The node that ``handle`` is in ``unit``; None if it has no place there now."""
    return handle._at if handle._rec is unit else None


def last_node(handle: Handle) -> Node | None:
    """The last node that ``handle`` was: it stays after a flush, to be asked where it came from."""
    return getattr(handle, "_at", None)


# What it says

def blank(handle: Handle) -> None:
    """Have a handle that was just made stand for nothing yet."""
    handle._rec = handle._buf = handle._x = None
    handle._kind_of = UNKNOWN


def first_extra(handle: Handle) -> Extra:
    """The rarer state of a handle that was just made."""
    x = handle._x = Extra()
    return x


def is_in_memory(handle: Handle) -> bool:
    """Whether ``handle`` has its value: none is computed or looked up."""
    return handle._buf is not None


def settle(handle: Handle, buf: Array) -> None:
    """Give ``handle`` the value ``buf``, which nobody may write from now on, and no history."""
    handle._rec, handle._buf = None, buf


def bind(handle: Handle, unit: Unit, node: Node) -> None:
    """Have the history of ``handle``, which has a value, start at ``node`` of ``unit``."""
    handle._rec, handle._at = unit, node


def forget(handle: Handle) -> None:
    """Take value and place from ``handle``, a member of shared storage: it looks them up again."""
    handle._rec = handle._buf = None


def found_again(handle: Handle) -> Array | None:
    """The value of a handle that is to look it up again, where it is that of its storage as it is
    and has no history; None where there is more to look at."""
    x = handle._x
    store = None if x is None else x.store
    if x is None or store is None or store.parent is not None or store.is_exposed():
        return None
    # Since that look no call: no other thread comes between.
    if (handle._rec is not None or x.chain or x.leaf or x.origin is not None
            or store.exposed is not None or store._rec is not None or store._x is not None
            or store.leaf is not None):
        return None
    handle._buf = store._buf
    return handle._buf


def shaped(node: Node) -> Handle:
    """A handle that stands for an operand of which a view takes no more than the shape."""
    handle: Handle = object.__new__(Handle._kind)
    blank(handle)
    handle._buf = np.broadcast_to(np.zeros((), node.dtype.numpy), node.shape)
    return handle
