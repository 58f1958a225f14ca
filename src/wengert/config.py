"""Switches: which tier runs the recordings, and the bounds on what is kept.

Each is a plain attribute of :data:`config`; the environment variable ``WENGERT_TIER`` sets the
tier before the first import.
"""

from __future__ import annotations

import os

TIERS = ("eager", "numpy", "auto")


class Config:
    """The switches of the running process."""

    def __init__(self, tier: str = "auto") -> None:
        self.tier = tier
        """``eager`` runs each operation as it is called; ``numpy`` records and interprets; ``auto``
        takes the fastest tier that is there."""
        self.max_pending_nodes = 3000
        """A recording longer than this is cut at the next loop head."""
        self.max_pending_bytes = 1 << 29
        """A recording whose results are larger than this is cut at the next loop head."""
        self.max_tree_steps = 50_000
        """The trace tree forgets its least recently used paths beyond this many steps."""
        self.strict_nan = False
        """With True, ``0 * inf`` in a derivative is NaN as in IEEE 754; with False a zero cotangent
        annihilates a non-finite partial."""
        self.lines_in_steps = False
        """With True, the user's line is part of every step, so that late errors name the line that
        ran rather than the first line that recorded the same path."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "tier" and value not in TIERS:
            raise ValueError(f"tier is one of {', '.join(TIERS)}; got {value!r}")
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"Config({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


config = Config(tier=os.environ.get("WENGERT_TIER", "auto"))
