"""The user's functions: importing this package fills ``operation.OPERATIONS``."""

from __future__ import annotations

from . import arithmetic
