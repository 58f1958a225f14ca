"""Switches: which tier runs the recordings, and the bounds on what is kept.

Each is a plain attribute of :data:`config`; the environment variable ``WENGERT_TIER`` sets the
tier before the first import.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TIERS = ["eager", "numpy", "llvm", "auto", "check"]


def _threads() -> int:
    """``OMP_NUM_THREADS``, or as many as this process has processors."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


class Config:
    """The switches of the running process."""

    def __init__(self, tier: str = "auto") -> None:
        self.tier = tier
        """``eager`` runs each operation as it is called; ``numpy`` records and interprets; ``llvm``
        records and compiles at the first run; ``auto`` walks a path step by step and
        compiles what has come often, where llvmlite is there; ``check`` runs compiled code and
        the interpreter and compares."""
        self.max_pending_nodes = 60_000
        """A recording longer than this is cut at the next loop head."""
        self.max_pending_bytes = 1 << 29
        """A recording whose results are larger than this is cut at the next loop head."""
        self.max_tree_steps = 150_000
        """The trace tree forgets its least recently used paths beyond this many steps."""
        self.max_load_expansion = 30
        """``torch.load`` lets a file make objects of so many bytes for each byte of its pickle, and
        a few megabytes; what makes more is taken for an attack."""
        self.strict_nan = False
        """With True, ``0 * inf`` in a derivative is NaN as in IEEE 754; with False a zero cotangent
        annihilates a non-finite partial."""
        self.full_traceback = False
        """With True, the traceback of an error that nobody caught shows this package's frames too.
        """
        self.lines_in_steps = False
        """With True, the user's line is part of every step, so that late errors name the line that
        ran rather than the first line that recorded the same path."""

        self.loops = os.environ.get("WENGERT_LOOPS", "1") != "0"
        """Whether loops that a program has written out are compiled as loops."""
        self.compile_after: int | None = None
        """From this run on a program is compiled, in the tier ``auto``, and before that walked step
        by step. None: once compiling it would have saved as much as it is estimated to cost."""
        self.one_tier = 0
        """How many reasons there are to run each program from its first run on as later, so that
        the same program gives the same bits each time; see :meth:`in_one_tier`."""
        self.disk_cache = True
        """Whether compiled kernels are kept on disk (``WENGERT_CACHE_DIR``) for other processes."""
        self.threads = _threads()
        """Over how many threads compiled code splits a large loop, where it adds up nothing over
        all of it. (Products of matrices are BLAS's: ``OPENBLAS_NUM_THREADS``.)"""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "tier" and value not in TIERS:
            raise ValueError(f"tier is one of {', '.join(TIERS)}; got {value!r}")
        object.__setattr__(self, name, value)

    def explores(self) -> bool:
        """Whether a program is interpreted before it is made quick."""
        return self.tier == "eager" or (not self.one_tier and self.tier in ("auto", "numpy"))

    def walks(self) -> bool:
        """Whether a path that is new is walked step by step, before a program is planned."""
        return not self.one_tier and self.tier in ("auto", "numpy", "eager")

    def keep_one_tier(self, more: int) -> None:
        """Count one reason more, or one less (-1), to run programs in one tier."""
        with _counting:
            self.one_tier += more

    @contextmanager
    def in_one_tier(self) -> Iterator[None]:
        """Within it, each program runs from its first run on as it will later."""
        self.keep_one_tier(1)
        try:
            yield
        finally:
            self.keep_one_tier(-1)

    def __repr__(self) -> str:
        return f"Config({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


_counting = threading.Lock()
config = Config(tier=os.environ.get("WENGERT_TIER", "auto"))
