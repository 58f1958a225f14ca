"""What was recorded and has no value yet: :func:`synchronize` has it computed."""

from __future__ import annotations

from typing import Any

from ..engine.devices import check_device
from ..engine.recording.flushing import flush
from ..engine.recording.recording import here


def synchronize(device: Any = None) -> None:
    """Compute what this thread has recorded and somebody still holds.

    A program calls it before it reads a clock. Within a transform of :mod:`torch.func`, whose
    function is one recording, nothing is computed.
    RuntimeError for a ``device`` that is not there.
    """
    check_device(device)
    if here.modes.open is None:
        flush()
