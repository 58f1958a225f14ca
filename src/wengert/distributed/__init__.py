"""``torch.distributed``: one program in many processes, over MPI.

``pip install wengert[mpi]`` brings MPI; ``wengert run --nproc-per-node 2 train.py``, ``mpiexec`` or
``srun`` start the processes. Start reading at ``group.py``.
"""

from __future__ import annotations

import os

from ..names.missing import answer_missing_names
from .absent import (
    DeviceMesh,
    FileStore,
    HashStore,
    PrefixStore,
    Store,
    TCPStore,
    init_device_mesh,
    shrink_group,
    split_group,
)
from .collectives import (
    all_gather,
    all_gather_coalesced,
    all_gather_into_tensor,
    all_reduce,
    all_reduce_coalesced,
    all_to_all,
    all_to_all_single,
    barrier,
    broadcast,
    gather,
    monitored_barrier,
    reduce,
    reduce_scatter,
    reduce_scatter_tensor,
    scatter,
)
from .errors import DistBackendError, DistError, DistNetworkError, DistStoreError
from .group import (
    Backend,
    GroupMember,
    ProcessGroup,
    destroy_process_group,
    get_backend,
    get_global_rank,
    get_group_rank,
    get_node_local_rank,
    get_pg_count,
    get_process_group_ranks,
    get_rank,
    get_world_size,
    group,
    init_process_group,
    is_available,
    is_initialized,
    new_group,
    new_subgroups,
    new_subgroups_by_enumeration,
)
from .messages import P2POp, batch_isend_irecv, irecv, isend, recv, send
from .objects import (
    all_gather_object,
    broadcast_object_list,
    gather_object,
    recv_object_list,
    scatter_object_list,
    send_object_list,
)
from .reduce_op import ReduceOp, reduce_op
from .start import set_variables
from .waiting import TIMEOUT as default_pg_timeout
from .work import Work

is_gloo_available = is_mpi_available = is_available


def is_nccl_available() -> bool:
    """False: there are no devices that it moves; ``backend="nccl"`` is MPI on the CPU."""
    return False


is_ucc_available = is_xccl_available = is_nccl_available


def is_backend_available(backend: str) -> bool:
    """Whether ``backend`` is a name for MPI, and MPI is installed."""
    return backend.lower() in ("gloo", "mpi") and is_available()


def is_torchelastic_launched() -> bool:
    """Whether PyTorch's ``torchrun`` started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


set_variables()
__all__ = [
    "Backend", "DeviceMesh", "DistBackendError", "DistError", "DistNetworkError", "DistStoreError",
    "FileStore", "GroupMember", "HashStore", "P2POp", "PrefixStore", "ProcessGroup", "ReduceOp",
    "Store", "TCPStore", "Work", "all_gather", "all_gather_coalesced", "all_gather_into_tensor",
    "all_gather_object", "all_reduce", "all_reduce_coalesced", "all_to_all", "all_to_all_single",
    "barrier", "batch_isend_irecv", "broadcast", "broadcast_object_list", "default_pg_timeout",
    "destroy_process_group", "gather", "gather_object", "get_backend", "get_global_rank",
    "get_group_rank", "get_node_local_rank", "get_pg_count", "get_process_group_ranks", "get_rank",
    "get_world_size", "group", "init_device_mesh", "init_process_group", "irecv", "is_available",
    "is_backend_available", "is_gloo_available", "is_initialized", "is_mpi_available",
    "is_nccl_available", "is_torchelastic_launched", "is_ucc_available", "is_xccl_available",
    "isend", "monitored_barrier", "new_group", "new_subgroups", "new_subgroups_by_enumeration",
    "recv", "recv_object_list", "reduce", "reduce_op", "reduce_scatter", "reduce_scatter_tensor",
    "scatter", "scatter_object_list", "send", "send_object_list", "shrink_group",
    "split_group"]
answer_missing_names(__name__)
