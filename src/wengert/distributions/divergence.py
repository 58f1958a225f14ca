"""Formulas of divergences, by the classes of two distributions: ``kl.py`` looks them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..names.missing import answer_missing_names

Formula = Callable[[Any, Any], Any]
FORMULAS: dict[tuple[type, type], Formula] = {}

__all__ = ["FORMULAS", "Formula"]
answer_missing_names(__name__)
