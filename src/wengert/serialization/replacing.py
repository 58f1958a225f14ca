"""Files that are replaced in one step: :func:`replacing` for a path; :func:`write_whole` for what
a file object makes of the bytes that it is given."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from io import RawIOBase
from typing import IO, Any


@contextlib.contextmanager
def replacing(path: str | bytes) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` at the end of the block.

    Until then, and for ever if the block is left by an error, the old file stays as it is. What is
    no ordinary file (a pipe, a device) is written directly, and so is an empty file: there is
    nothing to lose, and a program that made it under this name for itself has it open.
    """
    path = os.path.realpath(os.fsdecode(path))
    try:
        before = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        before = None
    if before is not None and not stat.S_ISREG(before.st_mode):
        with open(path, "wb") as file:
            yield file
    elif before is not None and not before.st_size:
        with _filled(path) as file:
            yield file
    else:
        with _replaced(path, before) as file:
            yield file


@contextlib.contextmanager
def _filled(path: str) -> Iterator[IO[bytes]]:
    """An empty file to write, which is empty again if the block is left by an error."""
    try:
        with open(path, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            os.truncate(path, 0)
        raise


@contextlib.contextmanager
def _replaced(path: str, before: os.stat_result | None) -> Iterator[IO[bytes]]:
    """A file beside ``path`` to write, which is moved to its place.

    It is on the disk before that, so that a machine that stops finds one of the two, whole; the
    folder need not be, for that only decides which.
    """
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    other = os.path.join(folder, f".{name[:200]}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with open(other, "xb", opener=_opener(before)) as file:
            if before is not None:
                _take_after(other, before)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(other, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(other)
        raise


def _opener(before: os.stat_result | None) -> Any:
    """What opens a new file that at no time more users can read than the one before it."""
    mode = 0o666 if before is None else stat.S_IMODE(before.st_mode) & 0o666
    return lambda name, flags: os.open(name, flags, mode)


def _take_after(path: str, before: os.stat_result) -> None:
    """Give a new file the owner, where that is allowed, and the mode of the one before it."""
    if hasattr(os, "chown"):
        made = os.stat(path)
        if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
            with contextlib.suppress(OSError):
                os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, stat.S_IMODE(before.st_mode))


def write_whole(out: IO[bytes], data: Any) -> None:
    """Write all of ``data``; OSError where a file object says that it took only a part of it.

    A raw file may take a part at a time, and is given the rest. Another one has to take all; what
    says that it did not cannot be told from what counts in another way.
    """
    view = memoryview(data)
    if not isinstance(out, RawIOBase):
        count = out.write(view)
        if type(count) is int and count < len(view):
            raise OSError(errno.EIO, f"{type(out).__name__}.write took {count} of {len(view)} "
                          "bytes. Save to an io.BytesIO, and write what it holds")
        return
    while len(view):
        count = out.write(view)
        if count is None:
            raise BlockingIOError(errno.EAGAIN, "the file would have to be waited for, and is set "
                                  "not to wait")
        if count <= 0:
            raise OSError(errno.EIO, f"{type(out).__name__}.write takes no more bytes")
        view = view[count:]
