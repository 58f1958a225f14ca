"""``torch.backends.mkldnn``: oneDNN is not used; the switch is kept, and changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

enabled = True
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


@contextlib.contextmanager
def flags(enabled: bool = False, deterministic: bool = False,
          allow_tf32: bool = True) -> Iterator[None]:
    """Set the switches inside the block; they change nothing."""
    space = globals()
    before = {name: space[name] for name in ("enabled", "deterministic", "allow_tf32")}
    space.update(enabled=enabled, deterministic=deterministic, allow_tf32=allow_tf32)
    try:
        yield
    finally:
        space.update(before)


__all__ = ["allow_tf32", "deterministic", "enabled", "flags", "fp32_precision", "is_available"]
