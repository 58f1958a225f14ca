"""Names for axes whose length is not fixed."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class Hint(Enum):
    """An axis without a name: of any length, or of one."""

    AUTO = "auto"
    DYNAMIC = "dynamic"
    STATIC = "static"


class Dim:
    """An axis of any length, called ``name``; where two axes have one name, they have one length.
    ``min`` and ``max`` are kept and say nothing here."""

    AUTO: ClassVar[Hint] = Hint.AUTO
    DYNAMIC: ClassVar[Hint] = Hint.DYNAMIC
    STATIC: ClassVar[Hint] = Hint.STATIC

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None) -> None:
        if not name.isidentifier():
            raise ValueError(f"a Dim is called by an identifier, not {name!r}")
        self.__name__ = name
        self.min, self.max = min, max

    def __repr__(self) -> str:
        return f"Dim({self.__name__!r}, min={self.min}, max={self.max})"


__all__ = ["Dim", "Hint"]
