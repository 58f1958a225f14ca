"""``torch.__config__``: how this was built, as text."""

from __future__ import annotations

import platform

import numpy as np

from . import version
from .names.missing import answer_missing_names


def show() -> str:
    """What computes here: Wengert, NumPy, the platform."""
    return (f"Wengert {version.wengert}, for PyTorch {version.matched}:\n"
            f"  - Python {platform.python_version()}\n  - NumPy {np.__version__}\n"
            f"  - {platform.platform()}\n")


def parallel_info() -> str:
    """The same."""
    return show()


__all__ = ["parallel_info", "show"]
answer_missing_names(__name__)
