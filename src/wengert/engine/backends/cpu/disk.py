"""Object code kept on disk, for the processes to come.

Who can write here has code run as this user. So nothing here counts but what belongs to the user
and nobody else can write: the folder and each file are opened without following links and looked
at when they are open (:class:`Folder`), and an entry carries a digest of its name and its content
with a key that only the user can read. What does not count is left out, with one warning.

An entry is a file of its own in ``WENGERT_CACHE_DIR``. A reader sees a whole entry or none: a file
is written beside its place and then moved there. Start with :func:`read` and :func:`write`.
"""

from __future__ import annotations

import contextlib
import hmac
import importlib
import os
import re
import stat
import time
from collections.abc import Iterator
from typing import Any

from ....config import config

_locks: Any = None
with contextlib.suppress(ImportError):   # Windows
    _locks = importlib.import_module("fcntl")
MAGIC = b"wengert-object 2\n"
DIGEST_BYTES = 32
KEY = "key"
"""The file with the key of the digests."""
KEY_BYTES = 32
ENTRY = re.compile(r"[0-9a-f]{64}\.o")
"""The names of entries: nothing else in the folder is ever removed but unfinished files."""
UNFINISHED = re.compile(r"\.new-(?:(\d+)-)?.*")
"""The names of files that are being written, with the number of the process."""
STALE_SECONDS = 3600
"""An unfinished file of this age is nobody's any more."""
LARGEST = 16 << 20
"""An entry of more bytes is neither written nor read."""
KEPT_BYTES = 256 << 20
"""The oldest entries beyond this size are forgotten."""

LOCK = "lock"
"""The file whose bytes are the locks of those who make entries."""
WAIT, PAUSE = 20.0, 2e-3
"""Seconds to wait for another process's entry at most, and between two looks."""

OWNED = hasattr(os, "geteuid") and {os.open, os.unlink, os.rename} <= os.supports_dir_fd
"""Whether the system says whose a file is, and opens files in a folder that is open."""
_SAFELY = (getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
           | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
"""How everything is opened: no links, no waiting for the other end of a pipe."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


# ---- where it is ----


def directory() -> str | None:
    """Where object code is kept; None where it is not (``WENGERT_CACHE_DIR`` is empty, or there is
    no home of this user's)."""
    named = os.environ.get("WENGERT_CACHE_DIR")
    if not config.disk_cache or named == "":
        return None
    return named or _own_directory()


def _own_directory() -> str | None:
    """The place of this user's caches, unless it is in another user's home (as with ``sudo``)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):   # which is to be ignored
        home = os.path.expanduser("~")
        if os.environ.get("HOME") == "" or not os.path.isabs(home) or not os.path.isdir(home):
            return None
        base = os.path.join(home, ".cache")
    where = os.path.join(base, "wengert")
    there = where
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    try:   # nothing is made in another user's folder
        makes = not OWNED or os.stat(there).st_uid in (0, os.geteuid())
    except OSError:
        return None
    return where if makes or there == where else None


class Folder:
    """A folder that belongs to this user and that nobody else can write, open."""

    def __init__(self, path: str) -> None:
        self.path = os.path.normpath(path)   # with a slash at its end, a link would be followed
        self.handle: int | None = None
        if not OWNED:
            return
        try:
            self.handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | _SAFELY)
            _check(os.fstat(self.handle), self.path, _OTHERS_WRITE)
        except Foreign:
            self.close()
            raise
        except OSError as error:
            if os.path.islink(self.path):
                raise Foreign(f"{self.path} is a link") from error
            raise

    def close(self) -> None:
        if self.handle is not None:
            os.close(self.handle)

    def at(self, name: str) -> str:
        """What a file is called where functions are given :attr:`handle`."""
        return name if OWNED else os.path.join(self.path, name)

    def read(self, name: str, most: int, others: int = _OTHERS_WRITE) -> bytes | None:
        """The bytes of a file; None if there is none.

        Foreign: it is not this user's, or no file, or of more than ``most`` bytes, or others have
        one of the rights ``others``.
        """
        path = os.path.join(self.path, name)
        try:
            file = os.open(self.at(name), os.O_RDONLY | _SAFELY, dir_fd=self.handle)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Foreign(f"{path} cannot be opened: {error.strerror}") from error
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise Foreign(f"{path} is no ordinary file")
            _check(found, path, others)
            if found.st_size > most:
                raise Foreign(f"{path} is of {found.st_size} bytes")
            return os.read(file, found.st_size)
        finally:
            os.close(file)

    def write(self, name: str, data: bytes, replace: bool = True) -> None:
        """Make a file, in one step, or leave all as it was; unless ``replace``, one that is there
        stays."""
        other = f".new-{os.getpid()}-{time.time_ns()}"
        handle = os.open(self.at(other), os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600,
                         dir_fd=self.handle)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            if replace or not self.linked(other, name):
                os.replace(self.at(other), self.at(name), src_dir_fd=self.handle,
                           dst_dir_fd=self.handle)
        except BaseException:
            self.remove(other)
            raise

    def linked(self, other: str, name: str) -> bool:
        """Whether the file ``other`` is called ``name`` now, or was not needed; False where the
        system has no links."""
        try:
            os.link(self.at(other), self.at(name), src_dir_fd=self.handle, dst_dir_fd=self.handle,
                    follow_symlinks=False)
        except FileExistsError:
            pass
        except (OSError, NotImplementedError):
            return False
        self.remove(other)
        return True

    def lock_file(self) -> int:
        """The file of the locks, open."""
        return os.open(self.at(LOCK), os.O_RDWR | os.O_CREAT | _SAFELY, 0o600, dir_fd=self.handle)

    def remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self.at(name), dir_fd=self.handle)

    def files(self) -> list[tuple[str, os.stat_result]]:
        """The names of what is here, and what the system says of it."""
        found = []
        with contextlib.suppress(OSError), os.scandir(
                self.path if self.handle is None else self.handle) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    found.append((entry.name, entry.stat(follow_symlinks=False)))
        return found


class Foreign(OSError):
    """Something that does not count: another could have written it."""


def _check(found: os.stat_result, path: str, others: int) -> None:
    """Foreign unless this is the user's own, and others have none of the rights ``others``."""
    if not OWNED:
        return
    if found.st_uid != os.geteuid():
        raise Foreign(f"{path} belongs to another user (number {found.st_uid})")
    if found.st_mode & others:
        what = "written" if found.st_mode & others & _OTHERS_WRITE else "read"
        raise Foreign(f"{path} can be {what} by other users (mode "
                      f"{stat.S_IMODE(found.st_mode):04o}); chmod go-rwx mends it")


@contextlib.contextmanager
def opened(where: str | os.PathLike[str] | None, make: bool = False) -> Iterator[Folder | None]:
    """The folder, made if it is to be; None if there is none. What goes wrong inside has no
    effect but a warning."""
    folder = None
    try:
        if where is not None:
            if make:
                os.makedirs(where, exist_ok=True, mode=0o700)
            folder = Folder(os.fspath(where))
    except Foreign as error:
        warn(str(error))
    except (OSError, ValueError):   # ValueError: a name with a zero byte
        pass
    try:
        yield folder
    except Foreign as error:
        warn(str(error))
    except OSError:
        pass
    finally:
        if folder is not None:
            folder.close()


_warned: list[str] = []


def warn(why: str) -> None:
    """Say once in a process that something is left out.

    It is logged, not warned of: where warnings are errors, it would stop a program that is right.
    """
    if not _warned:
        _warned.append(why)
        importlib.import_module("logging").getLogger("wengert").warning(
            "Kept machine code is left out and made anew: %s. WENGERT_CACHE_DIR names another "
            "folder, or none if it is empty.", why)


# ---- the key ----


def _secret(folder: Folder, make: bool = False) -> bytes | None:
    """The key of this user's digests; None if there is none that counts and none is to be made."""
    if not OWNED:   # who can read a folder elsewhere is not known
        own = _own_directory()
        if own is None:
            return None
        if make:
            os.makedirs(own, exist_ok=True, mode=0o700)
        folder = Folder(own)
    try:
        found = folder.read(KEY, KEY_BYTES, _OTHERS)
        if found is not None and len(found) == KEY_BYTES:
            return found
        missing = found is None
    except Foreign as error:
        if not make:
            raise
        warn(str(error))
        missing = False
    if not make:
        return None
    for name, _ in folder.files():   # no entry fits another key
        if ENTRY.fullmatch(name):
            folder.remove(name)
    folder.write(KEY, os.urandom(KEY_BYTES), replace=not missing)
    return folder.read(KEY, KEY_BYTES, _OTHERS)


def _digest(secret: bytes, name: str, code: bytes) -> bytes:
    """The digest of an entry; it holds the name, so that a renamed entry is foreign."""
    return hmac.digest(secret, name.encode() + b"\n" + code, "sha256")


# ---- entries ----


def read(key: str) -> bytes | None:
    """The object code kept under ``key``; None if there is none that counts."""
    with opened(directory()) as folder:
        if folder is None:
            return None
        name = f"{key}.o"
        data = folder.read(name, LARGEST)
        if data is None or not data.startswith(MAGIC):
            return None
        secret = _secret(folder)
        head = len(MAGIC) + DIGEST_BYTES
        if secret is not None and hmac.compare_digest(
                data[len(MAGIC):head], _digest(secret, name, data[head:])):
            return data[head:]
        raise Foreign(f"{os.path.join(folder.path, name)} is damaged, or was not written by this "
                      "user's programs")
    return None


@contextlib.contextmanager
def making(key: str) -> Iterator[None]:
    """Within it, no other process makes the code of ``key``: who comes second waits here, and finds
    it kept. Nobody waits longer than :data:`WAIT`; where the system has no such locks, nobody
    does."""
    file = None
    with opened(directory(), make=True) as folder:
        if folder is not None and _locks is not None:
            file = folder.lock_file()
    try:
        if file is not None:
            _lock(file, int(key[:7], 16))
        yield
    finally:
        if file is not None:
            os.close(file)   # which gives the lock back


def _lock(file: int, place: int) -> None:
    """Take the lock of a byte of a file, which need not be there; the system gives back those of a
    process that dies."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            _locks.lockf(file, _locks.LOCK_EX | _locks.LOCK_NB, 1, place)
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:
            return
        else:
            return


def write(key: str, code: bytes) -> None:
    """Keep object code; where that is impossible, nothing is kept."""
    if len(code) + len(MAGIC) + DIGEST_BYTES > LARGEST:
        return
    with opened(directory(), make=True) as folder:
        if folder is None:
            return
        secret = _secret(folder, make=True)
        if secret is None:
            return
        name = f"{key}.o"
        folder.write(name, MAGIC + _digest(secret, name, code) + code)
        if key.startswith("00"):   # now and then
            prune(folder.path)


def prune(where: str | os.PathLike[str], limit: int = KEPT_BYTES) -> None:
    """Forget the oldest entries beyond ``limit`` bytes, and what dead processes did not finish."""
    with opened(where) as folder:
        if folder is None:
            return
        entries = []
        for name, found in folder.files():
            if ENTRY.fullmatch(name):
                entries.append((found.st_mtime, found.st_size, name))
            elif UNFINISHED.fullmatch(name) and not _is_being_written(name, found):
                folder.remove(name)
        total = sum(size for _, size, _ in entries)
        for _, size, name in sorted(entries):
            if total <= limit:
                return
            folder.remove(name)
            total -= size


def _is_being_written(name: str, found: os.stat_result) -> bool:
    """Whether the process that began an unfinished file may go on with it."""
    unfinished = UNFINISHED.fullmatch(name)
    process = unfinished and unfinished[1]
    if not process or time.time() - found.st_mtime > STALE_SECONDS:
        return False
    if not OWNED:   # there, asking after a process can end it
        return True
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
