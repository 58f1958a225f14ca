"""The state of a stream as PyTorch saves it: 5056 bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .words import BLOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STATE = np.dtype(
    [("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("key", "<u8", 624),
     ("normal_x", "<f8"), ("normal", "<f8"), ("normal_rho", "<f8"), ("has_normal", "<i4"),
     ("padding", "<i4"), ("float_normal", "<f4"), ("has_float_normal", "u1")],
    align=True,
)


class Saved(NamedTuple):
    """The seed; a block of words, and how many of it were drawn, none since the seed if it
    ``is_fresh``; the normal number that waits."""

    seed: int
    key: NDArray[np.uint32]
    position: int
    is_fresh: bool
    spare: float | None


def packed(
    seed: int, key: NDArray[np.uint32], position: int, is_fresh: bool, spare: float | None
) -> NDArray[np.uint8]:
    """The bytes of a :class:`Saved`."""
    record = np.zeros((), _STATE)
    record["seed"] = seed
    record["seeded"] = 1
    record["left"] = BLOCK + 1 - position
    record["next"] = 0 if is_fresh else position
    record["key"] = key
    if spare is not None:
        record["has_normal"], record["normal"] = 1, spare
    return np.frombuffer(record.tobytes(), np.uint8).copy()


def unpacked(state: NDArray[np.uint8]) -> Saved:
    """The state that bytes hold."""
    if not isinstance(state, np.ndarray) or state.dtype != np.uint8:
        raise TypeError("RNG state must be a torch.ByteTensor")
    if state.size != _STATE.itemsize:
        raise RuntimeError(
            f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input "
            f"RNG state size to be {state.size}"
        )
    record = np.frombuffer(state.tobytes(), _STATE)[0]
    left, position = int(record["left"]), int(record["next"])
    if record["seeded"] != 1 or not 0 < left <= 624 or position > 624:
        raise RuntimeError("Invalid mt19937 state")
    return Saved(
        int(record["seed"]), record["key"].astype(np.uint32), 625 - left,
        left == 1 and position == 0, float(record["normal"]) if record["has_normal"] else None)


__all__ = ["Saved", "packed", "unpacked"]
