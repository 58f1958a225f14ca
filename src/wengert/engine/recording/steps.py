"""Where a training step ends.

A recording that holds a backward ends where gradients are recorded again after it: with the
``no_grad`` block, or the optimizer's ``step``, that uses the gradients (:func:`update_ends`). Until
such an update was seen after a ``backward()`` of the same line, it ends at the backward
(:func:`end_step`), and always where a value is asked for. So what the update reads is no result of
one program and input of the next, and the gradients that it sets to None are never stored; what is
still held at the end is found by counting references, see ``flushing.py``. The choice, and what was
weighed against it, is decision 0012.

A tensor that nobody holds any more stays until its recording ends. It has no memory of its own, but
what it shares storage with counts as shared until then. An error that only running can find is
raised at the end of the update.

A training step that was seen before goes through :func:`again`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import ReferenceType

from ..errors import Line
from ..graph import Node
from . import keys
from .backward import Engine
from .flushing import flush
from .handle import UNKNOWN, Extra, Handle
from .keys import AGAIN
from .program import Stage
from .recording import Recording, here, put_back
from .tree import Step


def update_ends(rec: Recording) -> None:
    """The user's code records gradients again after a backward: a training step is complete, and
    its program ends here; at the first time, when it ended at the backward, remember that for the
    next."""
    stage = rec.update
    assert stage is not None
    if rec.modes.open is not None:
        rec.update = None   # forward mode wants the recording whole
    elif stage.update_follows:
        flush()
    else:
        stage.update_follows = True
        before_updates.add(stage.line)
        rec.update = None


def no_update(rec: Recording) -> None:
    """Another backward begins where an update was awaited: the next one is not waited for."""
    stage, rec.update = rec.update, None
    if stage is not None and stage.update_follows:
        stage.update_follows = False
        before_updates.discard(stage.line)


before_updates: set[Line | None] = set()
"""The lines of the backward calls after which an update was seen."""


def known_next_time(rec: Recording, at: Step, node: Node, engine: Engine) -> Stage | None:
    """The stage that a backward from ``node`` consists of: the next one like it, from the step
    ``at``, is that one step."""
    if rec is not here.recording and not engine.taken:   # it was walked
        known: Stage = Stage((), (), {})
        known.line = engine.line()
        known.update_follows = known.line in before_updates
        return known
    if rec is not here.recording or len(engine.taken) != 1 or rec.captures:
        return None   # a capture is told of each backward
    done = engine.taken[0]
    if done.out.residuals or type(at.next) is not dict or -1 in done.out.places:
        return None
    at.branches()[keys.backward(node)] = done
    last = rec.at
    while last is not done and last.out is None and last.parent is not None:
        last = last.parent   # a change of the grad mode
    if last is not done or here.modes.held:
        return None
    rec.at = done   # the program is then that of the next time
    known = done.out
    known.line = engine.line()
    known.update_follows = known.line in before_updates
    return known


def again(root: Handle, deposit: Callable[[Handle, Handle, bool], None]) -> bool:
    """The backward of a single element along a known path: the step that it is, and a gradient for
    each leaf. False, with nothing changed, where there is more to do: hooks, a gradient to add to,
    history in an older recording.

    ``deposit`` adds a gradient to what is there. The recording ends here, or after the update of
    the parameters where one is known to follow.
    """
    rec = here.recording
    if root._rec is not rec or rec.hooks or rec.packed or rec.modes.at_backwards:
        return False
    step = rec.at.next.get((AGAIN, root._at))
    if step is None:
        return False
    sources, ways = rec.sources, step.out.ways
    given: list[Extra | None] = []
    for place, _ in ways:
        origin = sources[place]
        if origin.__class__ is not ReferenceType:
            return False
        leaf = origin()
        if leaf is None:
            given.append(None)
            continue
        x = leaf._x
        if x.grad is not None or not x.leaf or x.hooks or x.post_hooks or x.grad_fn:
            return False
        given.append(x)
    handles, new, kind, modes = rec.handles, object.__new__, Handle._kind, rec.modes
    try:
        rec.at = step   # where gradients are off
        for x, ct in zip(given, step.out.cts):
            if x is None:
                continue
            grad = new(kind)   # what wait() does, written out
            grad._rec, grad._at, grad._buf, grad._x = rec, ct, None, None
            grad._kind_of = UNKNOWN
            handles.append(grad)
            if x.grad is None:
                x.grad = grad
            else:   # another thread has come between
                deposit(sources[ways[given.index(x)][0]](), grad, False)
        if rec.update is not None:
            no_update(rec)
        if modes.awaiting:
            tell_reached([leaf for place, _ in ways if (leaf := sources[place]()) is not None])
        if modes.held:
            rec.set_grad(modes.grad)
        else:
            end_step(rec, step.out)
    except BaseException:
        put_back(modes.grad, modes.inference)
        raise
    return True


def tell_reached(leaves: Sequence[Handle]) -> None:
    """Tell those who wait for it that a backward has brought the gradients of ``leaves``. What they
    record goes without gradients, which stay off: :func:`end_step` follows."""
    modes = here.modes
    before, modes.grad = modes.grad, False
    try:
        if here.recording.at.grad:
            here.recording.set_grad(False)
        for each in modes.awaiting:
            who = each()
            if who is not None:
                who.reached(leaves)
    finally:
        modes.grad = before


def end_step(rec: Recording, known: Stage | None) -> None:
    """After a backward: end the recording, or leave that to the update that follows it."""
    if known is not None and known.update_follows and rec is here.recording:
        rec.set_grad(rec.modes.grad)
        rec.update = known
    else:
        flush()
        here.recording.update = known
