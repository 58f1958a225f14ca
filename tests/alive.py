"""The objects of a class that there are."""

from __future__ import annotations

import gc
from typing import TypeVar

Kind = TypeVar("Kind")


def alive(kind: type[Kind]) -> list[Kind]:
    """The instances of exactly this class that something refers to."""
    return [x for x in gc.get_objects() if type(x) is kind]
