"""Object code kept on disk, for the processes to come.

An entry is a file of its own in ``WENGERT_CACHE_DIR``. A reader sees a whole entry or none: a file
is written beside its place and then moved there, and carries a checksum that holds its key too.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time

from ...config import config

MAGIC = b"wengert-object\n"
KEPT_BYTES = 256 << 20
"""The oldest entries beyond this size are forgotten."""


def directory() -> str | None:
    """Where object code is kept; None where it is not (``WENGERT_CACHE_DIR`` is empty)."""
    named = os.environ.get("WENGERT_CACHE_DIR")
    if not config.disk_cache or named == "":
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return named or os.path.join(base, "wengert")


def read(key: str) -> bytes | None:
    """The object code kept under ``key``; None if there is none that is whole."""
    where = directory()
    if where is None:
        return None
    try:
        with open(os.path.join(where, f"{key}.o"), "rb", buffering=0) as file:
            data = file.read()
    except OSError:
        return None
    head = len(MAGIC) + 32
    if data[:len(MAGIC)] != MAGIC or digest(key, data[head:]) != data[len(MAGIC):head]:
        return None
    return data[head:]


def digest(key: str, code: bytes) -> bytes:
    """The checksum of an entry; it holds the key, so that a renamed entry is foreign."""
    return hashlib.sha256(key.encode() + code).digest()


def write(key: str, code: bytes) -> None:
    """Keep object code; where that is impossible, nothing is kept."""
    where = directory()
    if where is None:
        return
    path = os.path.join(where, f".new-{os.getpid()}-{time.time_ns()}")
    try:
        os.makedirs(where, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + digest(key, code) + code)
            os.replace(path, os.path.join(where, f"{key}.o"))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        if key.startswith("00"):   # now and then
            prune(where)
    except OSError:
        return


def prune(where: str | os.PathLike[str], limit: int = KEPT_BYTES) -> None:
    """Forget the oldest entries beyond ``limit`` bytes."""
    entries = []
    with contextlib.suppress(OSError), os.scandir(where) as found:
        for entry in found:
            if entry.name.endswith(".o"):
                with contextlib.suppress(OSError):
                    stat = entry.stat()
                    entries.append((stat.st_mtime, stat.st_size, entry.path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= limit:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)
        total -= size
