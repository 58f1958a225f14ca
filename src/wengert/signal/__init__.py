"""``torch.signal``: windows."""

from __future__ import annotations

from ..names.missing import answer_missing_names
from . import windows

__all__ = ["windows"]
answer_missing_names(__name__)
