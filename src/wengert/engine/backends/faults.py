"""What a faster backend should have done and could not: a slower one does it instead.

A user's program goes on, as right as ever; the tests fail when something is noted here.
"""

from __future__ import annotations

FEW = 16
"""So many of the last faults are kept."""

found: list[str] = []
"""What went wrong, the latest at the end."""


def note(what: str, error: BaseException) -> None:
    """Keep in mind that ``what`` failed with ``error``."""
    found.append(f"{what}: {type(error).__name__}: {error}")
    del found[:-FEW]
