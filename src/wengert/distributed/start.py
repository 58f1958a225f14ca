"""How the processes find each other: what started this one, and the variables that say so.

Under an MPI launcher MPI knows, and torchrun's variables are set from what it says. Otherwise
RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say it (of ``srun`` without MPI, Slurm's own), and
process 0 answers the start-up protocol of MPICH at that address (``pmi.py``), in a process of its
own, since MPI takes Python's lock while it starts.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from . import mpi, pmi
from .errors import DistNetworkError

_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK")
_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_NTASKS")
_LOCAL_RANKS = ("OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK",
                "SLURM_LOCALID")
_LOCAL_SIZES = ("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "MV2_COMM_WORLD_LOCAL_SIZE",
                "SLURM_NTASKS_PER_NODE")
_JOB = ("SLURM_JOB_ID", "SLURM_STEP_ID")
_FIRST_PORT, _PORTS = 29_500, 1000


def _first(names: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in names if name in os.environ), None)


def set_variables() -> None:
    """Under an MPI launcher or ``srun``: set RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE,
    MASTER_ADDR and MASTER_PORT, as far as they are not there, for scripts that read them."""
    rank, size = _first(_RANKS), _first(_SIZES)
    host, port = os.environ.get("SLURM_LAUNCH_NODE_IPADDR", "127.0.0.1"), _FIRST_PORT
    if rank is None:   # by srun without MPI the processes meet where the first is
        rank, size = os.environ.get("SLURM_PROCID"), os.environ.get("SLURM_STEP_NUM_TASKS")
        host = _first_host(os.environ.get("SLURM_STEP_NODELIST", host))
        port += sum(int(os.environ.get(name, "0")) for name in _JOB) % _PORTS
    if rank is None or size is None:
        return
    set_ = os.environ.setdefault
    set_("RANK", rank)
    set_("WORLD_SIZE", size)
    set_("LOCAL_RANK", _first(_LOCAL_RANKS) or rank)
    set_("LOCAL_WORLD_SIZE", _first(_LOCAL_SIZES) or size)
    set_("MASTER_ADDR", host)
    set_("MASTER_PORT", str(port))


def _first_host(nodes: str) -> str:
    """``rack1-07`` of Slurm's ``rack1-[07-09,12],rack2-3``."""
    return re.sub(r"\[(\w+)[^]]*\]", r"\1", re.split(r",(?![^[]*\])", nodes)[0])


def is_launched() -> bool:
    """Whether an MPI launcher started this process."""
    return _first(_RANKS) is not None


def joined(init_method: str | None, rank: int, size: int, limit: float) -> Any:
    """The communicator of all processes. ValueError where nothing says who they are, or where MPI
    and the arguments disagree; DistNetworkError where they do not come within ``limit``."""
    if not is_launched():
        rank, size, host, port = _meeting(init_method, rank, size, limit)
        if size > 1:
            _meet(rank, size, host, port, limit)
    set_variables()
    faulthandler.dump_traceback_later(limit, exit=True)   # MPI holds Python's lock while it waits
    try:
        MPI = mpi.library()
    finally:
        faulthandler.cancel_dump_traceback_later()
    found = MPI.COMM_WORLD
    if (rank, size) not in ((found.rank, found.size), (-1, -1), (-1, found.size)):
        name = MPI.Get_library_version().split(",")[0].strip("\0\n ")
        raise ValueError(f"init_process_group was told rank {rank} of {size}; MPI says {found.rank}"
                         f" of {found.size}" + ("" if found.size > 1 else (
                             f": {name.splitlines()[0]} does not meet as MPICH does; start the "
                             f"processes by its own mpiexec -n {size}")))
    return found.Dup()


def _meeting(init_method: str | None, rank: int, size: int, limit: float
             ) -> tuple[int, int, str, int]:
    """Who this is, and where the processes meet."""
    method = urlparse(init_method or "env://")
    if method.scheme in ("tcp", "file") and (rank < 0 or size < 0):
        raise ValueError(f"{method.scheme}:// needs rank and world_size")
    if method.scheme == "file":
        return rank, size, *_in_file(Path(method.path), rank, limit)
    if method.scheme == "tcp":
        if method.hostname is None or method.port is None:
            raise ValueError(f"tcp://host:port, got {init_method!r}")
        return rank, size, method.hostname, method.port
    if method.scheme != "env":
        raise ValueError("init_method is env://, tcp://host:port or file:///path, got "
                         f"{init_method!r}")
    rank = rank if rank >= 0 else int(_variable("RANK"))
    size = size if size >= 0 else int(_variable("WORLD_SIZE"))
    host, port = _variable("MASTER_ADDR"), int(_variable("MASTER_PORT"))
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
        port += 1   # torchrun itself listens on that one
    return rank, size, host, port


def _in_file(path: Path, rank: int, limit: float) -> tuple[str, int]:
    """Where process 0 is, which writes it to the file that others read. A file that is left over
    names a place where nobody answers."""
    if rank == 0:
        host = _own_address()
        with socket.create_server((host, 0)) as server:
            place = host, int(server.getsockname()[1])
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(f"{host} {place[1]}")
        new.replace(path)
        atexit.register(path.unlink, missing_ok=True)
        return place
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            host, port = path.read_text().split()
            socket.create_connection((host, int(port)), timeout=5).close()
            return host, int(port)
        time.sleep(0.05)
    raise DistNetworkError(f"process 0 does not write to {path} where it is")


def _own_address() -> str:
    """An address of this machine, for others to find it."""
    with contextlib.suppress(OSError):
        host = socket.gethostbyname(socket.gethostname())
        socket.create_server((host, 0)).close()
        return host
    return "127.0.0.1"


def _variable(name: str) -> str:
    if name not in os.environ:
        raise ValueError("Error initializing torch.distributed using env:// rendezvous: "
                         f"environment variable {name} expected, but not set")
    return os.environ[name]


def _meet(rank: int, size: int, host: str, port: int, limit: float) -> None:
    """Have MPI find process 0 at ``host:port``, which answers there from now on."""
    if not 0 <= rank < size:
        raise ValueError(f"rank {rank} is not in a world of {size}")
    if rank == 0 and pmi.SERVED not in os.environ:
        server = subprocess.Popen(
            [sys.executable, "-I", str(Path(pmi.__file__)), host, str(port), str(size)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert server.stdout is not None
        if not server.stdout.readline():
            raise DistNetworkError(f"The server socket has failed to listen on {host}:{port}: "
                                   "is the port in use? Choose another MASTER_PORT")
    _wait_for(host, port, limit)
    os.environ.update(PMI_PORT=f"{host}:{port}", PMI_ID=str(rank), PMI_RANK=str(rank),
                      PMI_SIZE=str(size))
    pmi.watch(host, port)


def _wait_for(host: str, port: int, limit: float) -> None:
    """Return when somebody listens there."""
    end = time.monotonic() + limit
    while True:
        try:
            socket.create_connection((host, port), timeout=5).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise DistNetworkError(
                    f"nobody answers at {host}:{port} (MASTER_ADDR, MASTER_PORT): {error}"
                    ) from None
            time.sleep(0.05)

