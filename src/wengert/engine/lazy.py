"""Modules of this package that are loaded when first used, so that ``import wengert`` is quick.

An import at the top of a file would load them at once; this is the one other way to import a module
of this package. The test of the imports counts each ``lazy("...")`` as an import of that module.
What waits in tables, names of the root (``names/later.py``), methods of Tensor
(``tensors/later.py``), and submodules (``names/missing.py``), comes by :func:`load`.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from typing import Any

PATIENCE = 10.0
"""So many seconds a thread waits for others that load something. Only code that runs while a module
is imported by a statement can come to wait for the thread that waits for that module."""


class _One:
    """What one thread does at a time: two could each wait for what the other has begun."""

    lock = threading.RLock()


def _forked() -> None:
    _One.lock = threading.RLock()   # nobody is there to release it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def lazy(name: str) -> Any:
    """The module ``wengert.<name>``, loaded now if it was not before."""
    return load(f"wengert.{name}")


def load(name: str) -> Any:
    """The module of that full name, loaded now if it was not before; its packages first, and whole:
    Python would begin with the module, and stop at a package that another thread has begun and that
    needs the module itself."""
    found = sys.modules.get(name)
    if found is not None and not getattr(found.__spec__, "_initializing", False):
        return found
    lock = _One.lock
    held = lock.acquire(timeout=PATIENCE)
    try:
        parts = name.split(".")
        for n in range(1, len(parts)):
            importlib.import_module(".".join(parts[:n]))
        return importlib.import_module(name)
    finally:
        if held:
            lock.release()
