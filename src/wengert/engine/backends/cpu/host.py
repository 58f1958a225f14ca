"""The processor that kernels run on: what names it, and how wide its vectors are.

On Linux and x86-64 the system says both, which costs nothing; elsewhere LLVM is asked.
"""

from __future__ import annotations

import functools
import os
import platform
from typing import NamedTuple

FIELDS = ("vendor_id", "cpu family", "model", "stepping", "flags")
"""What the system's description of a processor says about the code that it can run."""
FIRST_BYTES = 1 << 13
"""The description of the first processor ends before this; making that of all takes long."""


class Host(NamedTuple):
    """A text that differs where machine code has to differ, the width of a vector in bits, and
    whether there are instructions that convert float16."""

    identity: str
    bits: int
    halves: bool


@functools.cache
def host() -> Host:
    """This machine, with vectors no wider than ``WENGERT_VECTOR_BITS`` says."""
    found = described() or asked()
    most = os.environ.get("WENGERT_VECTOR_BITS", "")
    return found._replace(bits=min(found.bits, max(128, int(most)))) if most.isdigit() else found


def described(path: str = "/proc/cpuinfo") -> Host | None:
    """The machine as Linux describes it; None where it does not, or it is not an x86-64."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return None
    try:
        with open(path, "rb", buffering=0) as file:
            text = file.read(FIRST_BYTES).decode("ascii", "replace")
    except OSError:
        return None
    first, whole, _ = text.partition("\n\n")
    pairs = (line.partition(":") for line in first.splitlines())
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    if not whole or not fields.get("flags"):
        return None
    flags = fields["flags"].split()
    bits = 512 if "avx512f" in flags else 256 if "avx2" in flags else 128
    return Host("; ".join(fields.get(name, "") for name in FIELDS), bits, "f16c" in flags)


def asked() -> Host:
    """The machine as LLVM knows it."""
    import llvmlite.binding as llvm
    features = llvm.get_host_cpu_features()
    bits = 512 if features.get("avx512f") else 256 if features.get("avx2") else 128
    halves = bool(features.get("f16c")) or platform.machine() in ("aarch64", "arm64")
    return Host(f"{llvm.get_host_cpu_name()} {features.flatten()}", bits, halves)
