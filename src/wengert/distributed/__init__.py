"""``torch.distributed``: says that it is not there.

``is_available()`` is False, as in a PyTorch that was built without it, so programs for one process
go their way. What needs other processes raises NotImplementedError by its name.
"""

from __future__ import annotations

from typing import Any, NoReturn

from ..names.missing import answer_missing_names

_NAMES = """
    all_gather all_gather_into_tensor all_gather_object all_reduce all_reduce_coalesced all_to_all
    all_to_all_single barrier batch_isend_irecv broadcast broadcast_object_list
    destroy_process_group gather gather_object get_global_rank get_group_rank
    get_process_group_ranks init_device_mesh init_process_group irecv isend monitored_barrier
    new_group new_subgroups recv recv_object_list reduce reduce_scatter reduce_scatter_tensor
    scatter scatter_object_list send send_object_list split_group"""


class DistError(RuntimeError):
    """An error of a distributed operation."""


class DistBackendError(DistError):
    """An error of a backend."""


class DistNetworkError(DistError):
    """An error of the network."""


class DistStoreError(DistError):
    """An error of a store."""


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False: there is no process group."""
    return False


def is_torchelastic_launched() -> bool:
    """False."""
    return False


def is_backend_available(backend: str) -> bool:
    """False."""
    return False


is_mpi_available = is_nccl_available = is_gloo_available = is_ucc_available = is_initialized
is_xccl_available = is_initialized


def _no_group(name: str) -> NoReturn:
    raise ValueError(f"torch.distributed.{name}: Default process group has not been initialized; "
                     "there is one process, and torch.distributed.is_available() is False")


def get_rank(group: Any = None) -> int:
    """ValueError: there is no process group."""
    _no_group("get_rank")


def get_world_size(group: Any = None) -> int:
    """ValueError: there is no process group."""
    _no_group("get_world_size")


def get_backend(group: Any = None) -> str:
    """ValueError: there is no process group."""
    _no_group("get_backend")


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """``fallback_rank``."""
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment. Consider passing fallback_rank")
    return fallback_rank


class _Absent:
    """A class of ``torch.distributed`` for tests with ``isinstance``."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"torch.distributed.{cls.__name__} is not in wengert: there is "
                                  "one process; torch.distributed.is_available() is False")


class ReduceOp(_Absent):
    """The ways to reduce, as names."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = (
        "SUM", "AVG", "PRODUCT", "MIN", "MAX", "BAND", "BOR", "BXOR", "PREMUL_SUM")
    RedOpType = str


class group:
    """The group of all processes, of which there is none."""

    WORLD: Any = None


class GroupMember:
    """The same, as an older name."""

    WORLD: Any = None
    NON_GROUP_MEMBER = object()


class Backend(str):
    """The name of a backend."""

    GLOO, NCCL, MPI, UCC, UNDEFINED = "gloo", "nccl", "mpi", "ucc", "undefined"


class ProcessGroup(_Absent):
    """A group of processes."""


class Work(_Absent):
    """An operation that runs."""


class Store(_Absent):
    """A store of keys and values."""


class TCPStore(Store):
    """A store over the network."""


class FileStore(Store):
    """A store in a file."""


class HashStore(Store):
    """A store in memory."""


class P2POp(_Absent):
    """A message between two processes."""


class DeviceMesh(_Absent):
    """A grid of devices."""


def _refusing(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch.distributed.{name} is not in wengert: there is one "
                                  "process; torch.distributed.is_available() is False")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "NotImplementedError: there is one process."
    return refuse


globals().update({name: _refusing(name) for name in _NAMES.split()})
__all__ = [
    "Backend", "DeviceMesh", "DistBackendError", "DistError", "DistNetworkError", "DistStoreError",
    "FileStore", "GroupMember", "HashStore", "P2POp", "ProcessGroup", "ReduceOp", "Store",
    "TCPStore", "Work", "get_backend", "get_node_local_rank", "get_rank", "get_world_size",
    "group", "is_available", "is_backend_available", "is_gloo_available", "is_initialized",
    "is_mpi_available", "is_nccl_available", "is_torchelastic_launched", "is_ucc_available",
    "is_xccl_available", *_NAMES.split()]
answer_missing_names(__name__)
