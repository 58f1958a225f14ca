"""Files to damage, and ways to damage them: shared by the fuzz test and its long run."""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

import wengert as torch

LEGACY = (Path(__file__).parent / "legacy.pt").read_bytes()
"""A file in the format of PyTorch before 1.6, with 'w' and its row 'row', and a float64 'b'."""


@functools.cache
def sound_files() -> list[bytes]:
    """Files that can be read."""
    x = torch.arange(12.0).reshape(3, 4)
    objects = [
        x,
        OrderedDict(w=x, view=x[1:, 1:], n=torch.arange(3), p=torch.nn.Parameter(x[0].clone())),
        {"list": [1, 2.5, "text", None, (True, {3})], "size": x.shape, "d": torch.float64,
         "c": torch.tensor([1j]), "array": np.arange(6.0).reshape(2, 3),
         "device": torch.device("cpu"), "b": b"bytes"},
    ]
    return [*(written(each, protocol) for each in objects for protocol in (2, 5)), LEGACY]


def written(obj: object, protocol: int = 2) -> bytes:
    """The bytes of a saved file."""
    buffer = io.BytesIO()
    torch.save(obj, buffer, pickle_protocol=protocol)
    return buffer.getvalue()


def with_program(program: bytes, records: dict[str, bytes] | None = None) -> bytes:
    """An archive with a pickle of one's own, and records beside it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", program)
        archive.writestr("archive/version", b"3\n")
        for name, data in (records or {}).items():
            archive.writestr(f"archive/{name}", data)
    return buffer.getvalue()


def program_of(file: bytes) -> bytes:
    """The pickle in an archive."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
        return archive.read(name)


def mutated(file: bytes, rng: random.Random) -> bytes:
    """The file, damaged in one of many ways."""
    ways = [_bytes, _cut, _splice, _numbers, _insert]
    if file[:2] == b"PK" and rng.random() < 0.6:
        # Below the checksums: the pickle itself is another, in an archive that is sound.
        program = rng.choice(ways)(program_of(file), rng)
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            records = {n.partition("/")[2]: archive.read(n) for n in archive.namelist()
                       if not n.endswith(("data.pkl", "version"))}
        return with_program(program, records)
    return rng.choice(ways)(file, rng)


OPCODES = b"(.0123456789]})tldeasubqrhjRQcNKMJGXUCB\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c" \
          b"\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98io"
NUMBERS = (0, 1, -1, 2**31 - 1, -2**31, 2**32 - 1, 2**63 - 1, -2**63, 64, 255)


def _bytes(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out))
        out[at] = rng.choice((rng.randrange(256), out[at] ^ (1 << rng.randrange(8)),
                              rng.choice(OPCODES)))
    return bytes(out)


def _cut(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] if rng.random() < 0.5 else data[:at] + data[at + rng.randrange(1, 40):]


def _splice(data: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    at = rng.randrange(len(data))
    return data[:at] + data[a:b][:rng.choice((4, 40, 4000))] + data[at:]


def _numbers(data: bytes, rng: random.Random) -> bytes:
    """A number of 2, 4 or 8 bytes is another."""
    out = bytearray(data)
    width, code = rng.choice(((2, "<H"), (4, "<I"), (8, "<Q")))
    at = rng.randrange(max(1, len(out) - width))
    out[at:at + width] = struct.pack(code, rng.choice(NUMBERS) % 256**width)
    return bytes(out)


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    new = bytes(rng.choice(OPCODES) for _ in range(rng.choice((1, 2, 8))))
    return data[:at] + new + data[at:]
