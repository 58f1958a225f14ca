"""What counts in the cache on disk: only what this user alone can have written.

Each attack leaves machine code, or something that is none, where kept code is looked for. It is
never run, nothing hangs, nothing elsewhere is touched, and one warning says why.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")

from wengert.engine.backends.cpu import disk

pytestmark = pytest.mark.once

if not disk.OWNED:
    pytest.skip("the system does not say whose a file is", allow_module_level=True)

NAME = "5" * 64
CODE = b"code" * 100


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(disk, "_warned", [])
    return tmp_path / "kept"


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "wengert"]


def test_only_the_user_can_read_what_is_kept(folder: Path) -> None:
    disk.write(NAME, CODE)
    assert disk.read(NAME) == CODE
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {"key", f"{NAME}.o"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def linked(path: Path) -> None:
    """Put a link to what was there."""
    theirs = path.with_name("theirs")
    path.rename(theirs)
    path.symlink_to(theirs)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 36)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def old_digest(path: Path) -> None:
    """What needs no key to make."""
    path.write_bytes(disk.MAGIC + hashlib.sha256(path.name.encode() + CODE).digest() + CODE)


def other_place(path: Path) -> None:
    """A whole entry, of this user's, under another name."""
    disk.write("6" * 64, b"other" * 100)
    path.write_bytes(path.with_name("6" * 64 + ".o").read_bytes())


ENTRIES: dict[str, Callable[[Path], object]] = {
    "a link": linked,
    "writable by a group": lambda path: path.chmod(0o620),
    "writable by all": lambda path: path.chmod(0o602),
    "a pipe": pipe, "sparse and huge": sparse, "without the key": old_digest,
    "of another name": other_place}


@pytest.mark.parametrize("attack", ENTRIES)
def test_an_entry_that_another_could_have_written(
        attack: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk.write(NAME, CODE)
    ENTRIES[attack](folder / f"{NAME}.o")
    assert disk.read(NAME) is None and disk.read(NAME) is None
    assert len(warned(caplog)) == 1 and NAME in warned(caplog)[0]
    theirs = folder / "theirs"
    before = theirs.read_bytes() if theirs.exists() else None
    disk.write(NAME, CODE * 2)   # takes its place, and follows no link
    assert disk.read(NAME) == CODE * 2
    assert before is None or theirs.read_bytes() == before


FOLDERS: dict[str, Callable[[Path], object]] = {
    "a link": linked,
    "writable by a group": lambda path: path.chmod(0o770),
    "writable by all": lambda path: path.chmod(0o1777)}


@pytest.mark.parametrize("attack", FOLDERS)
@pytest.mark.parametrize("slash", ["", "/", "/."])
def test_a_folder_that_others_can_write(attack: str, slash: str, folder: Path,
                                        monkeypatch: pytest.MonkeyPatch,
                                        caplog: pytest.LogCaptureFixture) -> None:
    disk.write(NAME, CODE)
    entry = folder / f"{NAME}.o"
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(folder) + slash)
    FOLDERS[attack](folder)
    assert disk.read(NAME) is None
    disk.write("6" * 64, CODE)
    disk.prune(folder, 0)
    assert sorted(path.name for path in folder.iterdir()) == [entry.name, "key"]
    assert len(warned(caplog)) == 1 and str(folder) in warned(caplog)[0]


def test_another_users_folder_is_neither_read_nor_written(
        folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    disk.write(NAME, CODE)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert disk.read(NAME) is None
    disk.write("6" * 64, CODE)
    disk.prune(folder, 0)
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}.o", "key"]
    assert len(warned(caplog)) == 1 and "belongs to another user" in warned(caplog)[0]


KEYS: dict[str, Callable[[Path], object]] = {
    "a link": linked,
    "readable by all": lambda path: path.chmod(0o644),
    "short": lambda path: path.write_bytes(b"1234"), "empty": lambda path: path.write_bytes(b""),
    "long": lambda path: path.write_bytes(b"0" * 100), "missing": lambda path: path.unlink(),
    "a pipe": pipe, "sparse and huge": sparse}


@pytest.mark.parametrize("attack", KEYS)
def test_a_key_that_another_could_know(attack: str, folder: Path) -> None:
    disk.write(NAME, CODE)
    before = (folder / "key").read_bytes()
    KEYS[attack](folder / "key")
    assert disk.read(NAME) is None
    disk.write("6" * 64, CODE)
    assert disk.read("6" * 64) == CODE
    key = (folder / "key")
    assert key.read_bytes() != before and len(key.read_bytes()) == 32 and not key.is_symlink()
    assert not (folder / f"{NAME}.o").exists()   # of the old key


def test_a_key_that_is_a_folder_means_no_cache(folder: Path) -> None:
    (folder / "key").mkdir(parents=True)
    folder.chmod(0o700)
    disk.write(NAME, CODE)
    assert disk.read(NAME) is None
    assert not list(folder.glob(".new-*"))


@pytest.mark.long
def test_two_processes_that_begin_at_once_have_one_key(folder: Path) -> None:
    code = f"from wengert.engine.backends.cpu import disk\ndisk.write({{!r}}, {CODE!r})"
    names = [f"{k:x}" * 64 for k in range(6)]
    started = [subprocess.Popen([sys.executable, "-c", code.format(name)]) for name in names]
    assert [process.wait() for process in started] == [0] * 6
    disk.write(NAME, CODE)
    key = (folder / "key").read_bytes()
    assert disk.read(NAME) == CODE and (folder / "key").read_bytes() == key
    assert not list(folder.glob(".new-*"))
    for name in names:
        assert disk.read(name) in (CODE, None)


MAKER = """
import sys, time
from wengert.engine.backends.cpu import disk
sys.stdin.readline()
for name in sys.argv[1].split():
    with disk.making(name):
        if disk.read(name) is None:
            time.sleep(0.05)   # it is being made
            disk.write(name, b"code")
            print("made", name, flush=True)
"""


def test_processes_that_want_the_same_make_it_once(folder: Path) -> None:
    names = [f"{k:x}" * 64 for k in range(1, 4)]
    started = [subprocess.Popen([sys.executable, "-c", MAKER, " ".join(names)], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    made = "".join(process.communicate()[0] for process in started).splitlines()
    assert sorted(made) == sorted(f"made {name}" for name in names)


def test_who_dies_making_keeps_nobody_waiting(folder: Path) -> None:
    name = "5" * 64
    code = ("import os\nfrom wengert.engine.backends.cpu import disk\n"
            f"with disk.making({name!r}): os._exit(0)")
    subprocess.run([sys.executable, "-c", code], check=True)
    with disk.making(name):
        disk.write(name, CODE)
    assert disk.read(name) == CODE


def test_code_that_is_too_large_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LARGEST", 100)
    disk.write(NAME, bytes(101))
    assert not folder.exists()


def test_a_failing_disk_leaves_nothing_half_done(folder: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*args: object, **named: object) -> None:
        raise OSError(28, "No space left on device")
    disk.write("6" * 64, CODE)
    monkeypatch.setattr(os, "replace", failing)
    disk.write(NAME, CODE)
    assert sorted(path.name for path in folder.iterdir()) == ["6" * 64 + ".o", "key"]


# ---- what is removed ----


def test_unfinished_files_of_dead_processes_go(folder: Path) -> None:
    disk.write(NAME, CODE)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    mine, old = folder / f".new-{os.getpid()}-1", folder / f".new-{os.getpid()}-2"
    others = [folder / f".new-{child.pid}-1", folder / ".new-1", folder / ".new-x",
              folder / f".new-{10**30}-1", old]
    for path in (mine, *others):
        path.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    disk.prune(folder)
    assert sorted(path.name for path in folder.iterdir()) == [mine.name, f"{NAME}.o", "key"]


def test_nothing_but_entries_is_removed(folder: Path, tmp_path: Path) -> None:
    disk.write(NAME, CODE)
    kept = [folder / name for name in ("main.o", "a.o", "notes", "7" * 64, "8" * 64 + ".o.txt")]
    for path in kept:
        path.write_bytes(bytes(100))
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    (folder / ("9" * 64 + ".o")).symlink_to(theirs)
    disk.prune(folder, 0)
    assert sorted(folder.iterdir()) == sorted([*kept, folder / "key"])
    assert theirs.read_bytes() == b"theirs"


# ---- where it is ----


def test_where_caches_of_this_user_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WENGERT_CACHE_DIR")
    home = tmp_path / "home"
    home.mkdir()
    own = str(home / ".cache" / "wengert")
    monkeypatch.chdir(tmp_path)
    for base, found in {str(tmp_path / "x"): str(tmp_path / "x" / "wengert"), "": own,
                        "relative": own, "./here": own, "~": own}.items():
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        assert disk.directory() == found
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    for missing in ("", "relative", ".", str(tmp_path / "none"), "\0"):
        if "\0" not in missing:
            monkeypatch.setenv("HOME", missing)
            assert disk.directory() is None
    disk.write(NAME, CODE)
    assert disk.read(NAME) is None
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_nothing_is_made_in_another_users_home(tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ``sudo``, which may leave HOME as it is."""
    monkeypatch.delenv("WENGERT_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    real = os.stat

    def theirs(path: object, *args: object, **named: object) -> os.stat_result:
        found = real(path, *args, **named)  # type: ignore[arg-type]
        return os.stat_result([*found[:4], os.geteuid() + 1, *found[5:]])
    assert disk.directory() == str(tmp_path / ".cache" / "wengert")
    monkeypatch.setattr(os, "stat", theirs)
    assert disk.directory() is None
    disk.write(NAME, CODE)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())


def test_a_warning_is_no_error_where_warnings_are(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    code = ("from wengert.engine.backends.cpu import disk\n"
            f"print(disk.read({NAME!r}))\ndisk.write({NAME!r}, b'')")
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True,
                          text=True, check=True)
    assert done.stdout == "None\n"
    assert len(done.stderr.splitlines()) == 1 and str(folder) in done.stderr


def test_without_owners_the_key_is_in_the_users_own_folder(
        folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that does not say whose a file is."""
    monkeypatch.setattr(disk, "OWNED", False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    disk.write(NAME, CODE)
    assert disk.read(NAME) == CODE
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.o"]
    assert [path.name for path in (tmp_path / "own" / "wengert").iterdir()] == ["key"]
    (folder / f"{NAME}.o").write_bytes(b"planted")
    assert disk.read(NAME) is None
    old_digest(folder / f"{NAME}.o")
    assert disk.read(NAME) is None
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "")
    disk.write("6" * 64, CODE)
    assert disk.read("6" * 64) is None
    disk.prune(folder, 0)
    assert not list(folder.iterdir())


def test_the_warning_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    with caplog.at_level(logging.WARNING, "wengert"):
        disk.write(NAME, CODE)
    assert "WENGERT_CACHE_DIR" in warned(caplog)[0]
