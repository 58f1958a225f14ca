"""A file that is saved is the old one or the new one, whole, whatever fails."""

from __future__ import annotations

import io
import os
import stat
import tempfile

import pytest

import wengert as torch
from wengert.serialization.replacing import replacing, write_whole


@pytest.fixture
def path(tmp_path):
    torch.save(torch.ones(500), tmp_path / "x.pt")
    return tmp_path / "x.pt"


@pytest.mark.parametrize("name", ["stat", "fsync", "replace", "chmod", "open"])
@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_call_of_the_system_fails(name, error, path, monkeypatch):
    def fail(*args, **named):
        raise error
    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(type(error)):
            torch.save(torch.zeros(500), path)
    assert torch.load(path).sum().item() == 500 and os.listdir(path.parent) == ["x.pt"]


class Parts(io.RawIOBase):
    """A raw file that takes half of what it is given, at most so many times."""

    def __init__(self, times=10**6):
        super().__init__()
        self.data, self.times = bytearray(), times

    def writable(self):
        return True

    def write(self, data):
        self.times -= 1
        if self.times < 0:
            return 0
        part = bytes(data[:max(1, len(data) // 2)])
        self.data += part
        return len(part)


def test_a_raw_file_gets_the_rest():
    file = Parts()
    torch.save(torch.arange(500.0), file)
    assert torch.load(io.BytesIO(bytes(file.data))).tolist() == [*range(500)]
    with pytest.raises(OSError, match="takes no more"):
        torch.save(torch.arange(500.0), Parts(5))


def test_a_file_that_would_have_to_be_waited_for():
    class Busy(Parts):
        def write(self, data):
            return None
    with pytest.raises(BlockingIOError):
        torch.save(1, Busy())


@pytest.mark.parametrize(("count", "whole"), [(None, True), ("all", True), (3, False), (0, False)])
def test_other_files_take_all_or_it_is_an_error(count, whole):
    class Told:
        data = b""

        def write(self, data):
            Told.data += bytes(data)
            return len(data) if count == "all" else count
    if whole:
        torch.save([1, 2], Told())
        assert torch.load(io.BytesIO(Told.data)) == [1, 2]
    else:
        with pytest.raises(OSError, match=r"took \d of \d+ bytes. Save to an io.BytesIO"):
            torch.save([1, 2], Told())


def test_nothing_to_write():
    write_whole(io.BytesIO(), b"")
    torch.save(torch.empty(0), file := Parts())
    assert torch.load(io.BytesIO(bytes(file.data))).shape == (0,)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_the_new_file_is_never_more_readable(path, monkeypatch):
    os.chmod(path, 0o600)
    seen = []
    real = os.chmod

    def chmod(name, mode):
        seen.append(stat.S_IMODE(os.stat(name).st_mode))
        real(name, mode)
    monkeypatch.setattr(os, "chmod", chmod)
    torch.save(1, path)
    assert seen == [0o600] and stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="owners of files")
def test_the_owner_is_kept_where_that_is_allowed(path, monkeypatch):
    before = os.stat(path)
    given = []

    def chown(name, user, group):
        given.append((user, group))
        raise PermissionError(1, "not permitted")
    monkeypatch.setattr(os, "chown", chown)
    torch.save(1, path)
    assert given == []
    other = os.stat_result([*before[:4], before.st_uid + 1, *before[5:]])
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda name, **more: other if str(name) == str(path)
                        else real(name, **more))
    torch.save(2, path)
    assert given == [(before.st_uid + 1, before.st_gid)] and torch.load(path) == 2


@pytest.mark.skipif(os.name != "posix", reason="an open file can be replaced")
def test_an_empty_file_that_is_open_is_the_one_written(tmp_path):
    with tempfile.NamedTemporaryFile(dir=tmp_path) as file:
        torch.save([3], file.name)
        assert torch.load(file) == [3] and len(os.listdir(tmp_path)) == 1


def test_an_empty_file_is_empty_again(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(KeyboardInterrupt), replacing(str(tmp_path / "x")) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert (tmp_path / "x").read_bytes() == b"" and os.listdir(tmp_path) == ["x"]


def test_a_trace_is_replaced_too(tmp_path, monkeypatch):
    with torch.profile() as profile:
        torch.ones(3).sum().item()
    profile.save(tmp_path / "trace.json")
    before = (tmp_path / "trace.json").read_bytes()

    def fail(*args):
        raise OSError(28, "No space left")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        profile.save(tmp_path / "trace.json")
    assert (tmp_path / "trace.json").read_bytes() == before
    assert os.listdir(tmp_path) == ["trace.json"]
