"""Groups of processes, each with communicators of its own, and the group of all.

:data:`state` has what :func:`init_process_group` made.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ..tensors.host_values import settle
from . import leaving, mpi, start, transfers
from .exchange import Channel
from .processes import Processes
from .waiting import seconds

BACKENDS = ("gloo", "mpi", "nccl", "ucc", "cpu:gloo,cuda:nccl")


class Backend(str):
    """The name of a backend: each stands for MPI on the CPU."""

    UNDEFINED, GLOO, NCCL, MPI, UCC, XCCL = "undefined", "gloo", "nccl", "mpi", "ucc", "xccl"
    backend_list = ("undefined", "gloo", "nccl", "xccl", "ucc", "mpi")

    def __new__(cls, name: str) -> Backend:
        if not isinstance(name, str):
            raise ValueError(f"Backend constructor parameter must be string, got {name=}")
        return super().__new__(cls, name.lower())


class ProcessGroup:
    """Some of the processes, in the order of their ranks in the group of all."""

    def __init__(self, comm: Any, ranks: Sequence[int], backend: str, limit: float,
                 name: str) -> None:
        self.ranks = list(ranks)
        self.backend, self.group_name = Backend(backend), name
        self.channel = Channel(comm, limit)
        self.processes = Processes(self.channel)
        """What primitives take for the group."""
        self._rank, self._size = comm.rank, comm.size
        self._place = {rank: k for k, rank in enumerate(self.ranks)}

    def rank(self) -> int:
        """The rank of this process in the group."""
        return int(self._rank)

    def size(self) -> int:
        """How many processes there are in it."""
        return int(self._size)

    def name(self) -> str:
        """The name of the backend."""
        return str(self.backend)

    def place(self, rank: int) -> int:
        """The rank in the group of the process that has ``rank`` in the group of all. ValueError
        for one that is not in it."""
        if rank not in self._place:
            raise ValueError(f"Global rank {rank} is not part of group {self!r}")
        return self._place[rank]

    def __repr__(self) -> str:
        return f"<ProcessGroup {self.group_name!r} of ranks {self.ranks}>"


class GroupMember:
    """What stands for a group in which this process is not."""

    WORLD: ProcessGroup | None = None
    NON_GROUP_MEMBER = -100


class _Group(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:
        """The group of all processes; None before :func:`init_process_group`."""
        return state.world


class group(metaclass=_Group):
    """``group.WORLD`` is the group of all processes."""


class _State:
    """What was made."""

    world: ProcessGroup | None = None
    groups: list[ProcessGroup]
    made = 0

    def __init__(self) -> None:
        self.groups = []


state = _State()


# ---- start and end ----


def is_available() -> bool:
    """Whether there is MPI to run over: ``pip install wengert[mpi]``."""
    return mpi.is_installed()


def is_initialized() -> bool:
    """Whether there is a group of all processes."""
    return state.world is not None


def init_process_group(backend: str | None = None, init_method: str | None = None,
                       timeout: timedelta | None = None, world_size: int = -1, rank: int = -1,
                       store: Any = None, group_name: str = "", pg_options: Any = None,
                       device_id: Any = None) -> None:
    """Join the other processes, which call this too.

    Under an MPI launcher (``wengert run --nproc-per-node``, ``mpiexec``, ``srun``) nothing else is
    needed; otherwise RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say who meets where, or ``rank``
    and ``world_size`` with an ``init_method``, ``tcp://host:port`` or ``file:///path``. Every
    ``backend`` is MPI between CPUs. ``timeout`` bounds each wait for the others: 30 minutes unless
    given. ValueError for an unknown backend, a second call, or where nothing says who the others
    are; RuntimeError without MPI.
    """
    if state.world is not None:
        raise ValueError("trying to initialize the default process group twice!")
    named = _checked_backend(backend)
    if store is not None:
        raise NotImplementedError("init_process_group(store=...) is not in wengert: the processes "
                                  "meet by MPI; use init_method or the environment")
    limit = seconds(timeout)
    comm = start.joined(init_method, rank, world_size, limit)
    state.world = ProcessGroup(comm, range(comm.size), named, limit, group_name or "default")
    state.groups = [state.world]
    GroupMember.WORLD = state.world
    leaving.watch(_at_the_end)


def _checked_backend(backend: str | None) -> str:
    named = "gloo" if backend is None else str(backend).lower()
    if named not in BACKENDS:
        raise ValueError(f"Unknown backend {backend!r}: gloo, mpi and nccl are names for MPI on "
                         "the CPU")
    return "gloo" if ":" in named else named


_END = "the end of the process group"


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Leave ``group``, or all of them; each process does. AssertionError where there is none."""
    world = _known(group)
    settle()
    if world is state.world:
        transfers.agreed(world.channel, _END).wait()
        for each in state.groups:
            each.channel.free()
        state.world = GroupMember.WORLD = None
        state.groups = []
        leaving.forget()
    else:
        world.channel.free()
        state.groups.remove(world)


def _at_the_end() -> None:
    """A program ends that has not left."""
    if state.world is not None:
        settle()
        transfers.agreed(state.world.channel, _END).wait()


def _known(group: Any) -> ProcessGroup:
    """``group``, or that of all. ValueError where there is none."""
    if group is None:
        if state.world is None:
            raise ValueError("Default process group has not been initialized, please make sure to "
                             "call init_process_group.")
        return state.world
    if not isinstance(group, ProcessGroup) or group not in state.groups:
        raise ValueError("Invalid process group specified")
    return group


def _get_default_group() -> ProcessGroup:
    """The group of all. ValueError where there is none."""
    return _known(None)


def member_of(group: Any) -> ProcessGroup | None:
    """``group``, or that of all; None where this process is not in it, which is told so."""
    if group is GroupMember.NON_GROUP_MEMBER:
        return None
    return _known(group)


def group_of(group: Any) -> ProcessGroup:
    """``group``, or that of all. RuntimeError where this process is not in it."""
    found = member_of(group)
    if found is None:
        raise RuntimeError("this process is not in the group")
    return found


def called_on(group: Any) -> ProcessGroup | None:
    """The same for a call between processes: what was recorded before it runs first."""
    found = member_of(group)
    settle()
    return found


def rank_in(group: ProcessGroup, rank: int | None, group_rank: int | None, name: str,
            default: int | None = None) -> int:
    """The rank in the group that a caller names by a ``rank`` in the group of all or by one in the
    group. ValueError for both, none, or one that is not in it."""
    if rank is not None and group_rank is not None:
        raise ValueError(f"Can't specify both group_{name} and {name}")
    if group_rank is not None:
        if not 0 <= group_rank < group.size():
            raise ValueError(f"group_{name} {group_rank} is not in a group of {group.size()}")
        return group_rank
    if rank is None:
        if default is None:
            raise ValueError(f"Must specify {name} or group_{name}")
        return default
    return group.place(rank)


# ---- what a group is ----


def get_rank(group: Any = None) -> int:
    """The rank of this process in ``group``; -1 where it is not in it."""
    found = member_of(group)
    return -1 if found is None else found.rank()


def get_world_size(group: Any = None) -> int:
    """How many processes ``group`` has; -1 where this one is not in it."""
    found = member_of(group)
    return -1 if found is None else found.size()


def get_backend(group: Any = None) -> str:
    """The name of the backend that was asked for."""
    found = member_of(group)
    if found is None:
        raise ValueError("Invalid process group specified")
    return found.backend


def get_process_group_ranks(group: Any = None) -> list[int]:
    """The ranks in the group of all that ``group`` has."""
    return list(_known(group).ranks)


def get_global_rank(group: Any, group_rank: int) -> int:
    """The rank in the group of all of a process with ``group_rank``. ValueError beyond."""
    ranks = _known(group).ranks
    if not 0 <= group_rank < len(ranks):
        raise ValueError(f"Group rank {group_rank} is not part of group {group!r}")
    return ranks[group_rank]


def get_group_rank(group: Any, global_rank: int) -> int:
    """The rank in ``group`` of the process ``global_rank``. ValueError where it is not in it."""
    return _known(group).place(global_rank)


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The rank among the processes of this machine: LOCAL_RANK. RuntimeError without it and a
    ``fallback_rank``."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment. Consider passing fallback_rank")
    return int(fallback_rank)


def get_pg_count() -> int:
    """How many groups there are."""
    return len(state.groups)


# ---- groups of some ----


def new_group(ranks: Sequence[int] | None = None, timeout: timedelta | None = None,
              backend: str | None = None, pg_options: Any = None,
              use_local_synchronization: bool = False, group_desc: str | None = None,
              device_id: Any = None, sort_ranks: bool = True) -> Any:
    """A group of the processes ``ranks`` (all, if not given). Every process of the group of all
    calls this, unless ``use_local_synchronization``; one that is not in the new group is given
    ``GroupMember.NON_GROUP_MEMBER``. ValueError for ranks that are not there or come twice."""
    world = _known(None)
    chosen = list(range(world.size())) if ranks is None else [int(rank) for rank in ranks]
    if sort_ranks:
        chosen.sort()
    if len(set(chosen)) != len(chosen) or not all(0 <= rank < world.size() for rank in chosen):
        raise ValueError("The new group's rank should be within the world_size set by "
                         f"init_process_group, each once: got {chosen} of {world.size()}")
    named = world.backend if backend is None else _checked_backend(backend)
    limit = world.channel.limit if timeout is None else seconds(timeout)
    state.made += 1
    settle()
    if not use_local_synchronization:
        transfers.agreed(world.channel, f"new_group of ranks {chosen}").wait()
    if world.rank() not in chosen:
        return GroupMember.NON_GROUP_MEMBER
    tag = state.made if not use_local_synchronization else 0
    everybody = world.channel.data.Get_group()
    comm = world.channel.data.Create_group(everybody.Incl(chosen), tag)
    made = ProcessGroup(comm, chosen, named, limit, group_desc or str(state.made))
    state.groups.append(made)
    return made


def new_subgroups_by_enumeration(ranks_per_subgroup_list: Sequence[Sequence[int]],
                                 timeout: timedelta | None = None, backend: str | None = None,
                                 pg_options: Any = None, group_desc: str | None = None) -> Any:
    """A group of each list of ranks: the one in which this process is (None, if in none), and the
    list of all."""
    if not ranks_per_subgroup_list:
        raise ValueError("The arg 'ranks_per_subgroup_list' cannot be empty")
    every = [rank for ranks in ranks_per_subgroup_list for rank in ranks]
    if len(set(every)) != len(every):
        raise ValueError("a rank is in two of the subgroups")
    groups = [new_group(ranks, timeout, backend, pg_options, group_desc=group_desc)
              for ranks in ranks_per_subgroup_list]
    mine = [each for each in groups if each is not GroupMember.NON_GROUP_MEMBER]
    return (mine[0] if mine else None), groups


def new_subgroups(group_size: int | None = None, group: Any = None,
                  timeout: timedelta | None = None, backend: str | None = None,
                  pg_options: Any = None, group_desc: str | None = None) -> Any:
    """Groups of ``group_size`` ranks that follow each other (those of a machine, if not given): the
    own one, and the list of all. ValueError unless they come out even."""
    if group_size is None:
        group_size = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    size = _known(group).size()
    if group_size <= 0 or size % group_size:
        raise ValueError(f"The world size ({size}) must be divisible by '{group_size=}'")
    ranks = _known(group).ranks
    return new_subgroups_by_enumeration(
        [ranks[k:k + group_size] for k in range(0, size, group_size)], timeout, backend,
        pg_options, group_desc)

