"""Switches: which tier runs the recordings, and the bounds on what is kept.

Each is a plain attribute of :data:`config`; the environment variable ``WENGERT_TIER`` sets the
tier before the first import.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

TIERS = ("eager", "numpy", "auto")


@dataclass
class Config:
    """The switches of the running process."""

    tier: str = "auto"
    """``eager`` runs each operation as it is called; ``numpy`` records and interprets; ``auto``
    takes the fastest tier that is there."""
    max_pending_nodes: int = 3000
    """A recording longer than this is cut at the next loop head."""
    max_pending_bytes: int = 1 << 29
    """A recording whose results are larger than this is cut at the next loop head."""
    max_tree_steps: int = 50_000
    """The trace tree forgets its least recently used paths beyond this many steps."""
    strict_nan: bool = False
    """With True, ``0 * inf`` in a derivative is NaN as in IEEE 754; with False a zero cotangent
    annihilates a non-finite partial."""
    lines_in_steps: bool = False
    """With True, the user's line is part of every step, so that late errors name the line that
    ran rather than the first line that recorded the same path."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "tier" and value not in TIERS:
            raise ValueError(f"tier is one of {', '.join(TIERS)}; got {value!r}")
        object.__setattr__(self, name, value)


config = Config(tier=os.environ.get("WENGERT_TIER", "auto"))
