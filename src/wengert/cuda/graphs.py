"""Names of ``torch.cuda`` that say that there is no such device when they are used."""

from __future__ import annotations

import contextlib
from typing import Any, NoReturn

from ..engine.devices import device

_WHY = "there is no CUDA device; torch.cuda.is_available() is False"
default_generators: tuple[Any, ...] = ()


class CUDAGraph:
    """A graph of kernels on a GPU, for annotations and ``isinstance``."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"torch.cuda.CUDAGraph: {_WHY}")


class graph(CUDAGraph):
    """A block that records one."""


class StreamContext(CUDAGraph):
    """A block that runs in a queue of a GPU."""


class device_of:
    """A block on the device of a tensor: the CPU, without effect."""

    def __init__(self, obj: Any) -> None:
        self.where = getattr(obj, "device", device("cpu"))

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        return None


def make_graphed_callables(callables: Any, *args: Any, **kwargs: Any) -> Any:
    """The callables themselves."""
    return callables


def default_stream(device: Any = None) -> NoReturn:
    """RuntimeError: there is no device."""
    raise RuntimeError(f"torch.cuda.default_stream: {_WHY}")


def cudart() -> NoReturn:
    """RuntimeError: there is no device."""
    raise RuntimeError(f"torch.cuda.cudart: {_WHY}")


def get_rng_state(device: Any = "cuda") -> NoReturn:
    """RuntimeError: there is no device."""
    raise RuntimeError(f"torch.cuda.get_rng_state: {_WHY}")


def set_rng_state(new_state: Any, device: Any = "cuda") -> NoReturn:
    """RuntimeError: there is no device."""
    raise RuntimeError(f"torch.cuda.set_rng_state: {_WHY}")


def get_rng_state_all() -> list[Any]:
    """The states of no device: an empty list."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Nothing: there is no device."""


class nvtx:
    """Marks for a GPU's profiler, without effect."""

    @staticmethod
    def range_push(msg: str, *args: Any) -> int:
        """Nothing."""
        return 0

    @staticmethod
    def range_pop() -> int:
        """Nothing."""
        return 0

    @staticmethod
    def mark(msg: str) -> None:
        """Nothing."""

    @staticmethod
    @contextlib.contextmanager
    def range(msg: str, *args: Any, **kwargs: Any) -> Any:
        """A block without effect."""
        yield


class profiler:
    """A GPU's profiler, which is not there."""

    @staticmethod
    def start() -> None:
        """Nothing."""

    stop = start
