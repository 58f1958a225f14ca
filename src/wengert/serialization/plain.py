"""Python's own objects in files, for ``load(weights_only=False)``: settings, dates, paths, ranges.

A name in :data:`PLAIN` may be called by a file; what stands there checks its arguments.
"""

from __future__ import annotations

import datetime
import pathlib
import sys
import types
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .machine import Spend, refuse

OBJECT = 160
"""What one of them takes, in bytes, without its parts."""


def is_settings(kind: type) -> bool:
    """Whether the objects of a class are their attributes."""
    return kind is types.SimpleNamespace or kind is getattr(
        sys.modules.get("argparse"), "Namespace", None)


def namespace(*args: Any) -> Any:
    """One of argparse's, a module that few files need."""
    return import_module("argparse").Namespace(*args)


def _made(kind: Callable[..., Any], *parts: type) -> Callable[..., Any]:
    """What makes an object of ``kind`` out of arguments of these types."""
    def make(spend: Spend, *args: Any) -> Any:
        if not all(arg is None or type(arg) in parts for arg in args):
            refuse(f"a {getattr(kind, '__name__', kind)} of the file is damaged")
        spend(OBJECT + sum(len(arg) for arg in args if isinstance(arg, (str, bytes))))
        return kind(*args)
    return make


PLAIN: dict[str, Callable[..., Any]] = {
    "argparse.Namespace": _made(namespace), "types.SimpleNamespace": _made(types.SimpleNamespace),
    "builtins.range": _made(range, int), "builtins.xrange": _made(range, int),
    "builtins.slice": _made(slice, int),
    **{f"datetime.{kind.__name__}": _made(kind, int, bytes) for kind in (
        datetime.date, datetime.datetime, datetime.time, datetime.timedelta)},
    **{f"{module}.{kind}": _made(made, str)
       for module in ("pathlib", "pathlib._local") for kind, made in (
           ("PosixPath", pathlib.Path), ("WindowsPath", pathlib.Path),
           ("PurePosixPath", pathlib.PurePosixPath),
           ("PureWindowsPath", pathlib.PureWindowsPath))},
}
"""By full name what a file calls to make them; it pays with ``spend`` for what it makes."""
