"""The recording that was begun last, in whichever thread that was.

``here.recording`` looks up what belongs to this thread, which takes as long as a third of a known
step. So what records again and again asks first whether the recording that was begun last belongs
to this thread, as it does in a program of one::

    rec = latest.recording
    if not rec.owner._is_owned():
        rec = here.recording

A recording's ``owner`` is a lock that its thread holds as long as it runs.
"""

from __future__ import annotations

from threading import RLock
from typing import Any


class Nobody:
    """Stands for the recording of a thread that is gone."""

    __slots__ = ("owner",)

    def __init__(self) -> None:
        self.owner: Any = RLock()


class Latest:
    """Has the ``recording`` that was begun last; ``threads`` is how many have recorded so far."""

    __slots__ = ("recording", "threads")

    def __init__(self) -> None:
        self.recording: Any = nobody
        self.threads = 0


class Life:
    """What a thread holds of ``owner`` while it runs: another thread may be given its identity
    afterwards."""

    __slots__ = ("owner",)

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        owner.acquire()

    def __del__(self) -> None:
        # No call between the look and the change: no other thread comes between.
        if latest.recording.owner is self.owner:
            latest.recording = nobody


nobody = Nobody()
latest = Latest()
