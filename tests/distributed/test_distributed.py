"""torch.distributed in several processes, and what it says where there is one."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import dying
import pytest
from launching import assert_checks, launched, needs_mpi

import wengert.distributed as dist
from wengert.as_torch import CHILDREN
from wengert.distributed import mpi, run, start

pytestmark = pytest.mark.once


COUNTS = [2, pytest.param(4, marks=pytest.mark.long)]


@needs_mpi
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("file", ["checks_calls.py", "checks_values.py", "checks_gradients.py"])
def test_checks(file: str, count: int) -> None:
    assert_checks(file, count)


@needs_mpi
@pytest.mark.parametrize("count, steps", [
    (2, 30), pytest.param(4, 1000, marks=pytest.mark.long)])
def test_replicas(count: int, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                  ) -> None:
    pytest.importorskip("llvmlite", reason="compiled code needs llvmlite")
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("STEPS", str(steps))
    assert_checks("checks_replicas.py", count)


QUICK = [("wengert run", "skip"), ("mpiexec", "exit early"), ("variables", "kill")]
WAYS_EARLY = [("wengert run", f"{way} early") for way in ("raise", "exit", "kill", "leave")] + [
    ("mpiexec", f"{way} early") for way in ("raise", "exit", "kill")]


@needs_mpi
@pytest.mark.parametrize("launcher, way", [
    pytest.param(*pair, marks=() if pair in QUICK else pytest.mark.long)
    for pair in [*itertools.product(dying.LAUNCHERS, dying.WAYS), *WAYS_EARLY]])
def test_a_rank_is_lost(launcher: str, way: str) -> None:
    dying.Ended(launcher, way).check(way)


@needs_mpi
def test_calls_before_those_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGERT_DISTRIBUTED_DEBUG", "1")
    found = dying.Ended("wengert run", "call")
    assert found.text.count("    after all_reduce SUM of float32[1000] at dies.py") >= 3


def test_starting_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("""
import os, sys
attempt = os.environ["TORCHELASTIC_RESTART_COUNT"]
print("attempt", attempt, "of", os.environ["WORLD_SIZE"], flush=True)
sys.exit(attempt == "0" and os.environ["RANK"] == "1")
""")
    result = launched(2, "--max-restarts", 2, "--number-lines", script)
    assert result.returncode == 0
    assert sorted(result.stdout.split("\n")[:-1])[-2:] == ["[1] attempt 0 of 2",
                                                          "[1] attempt 1 of 2"]
    assert "rank 1 ended with exit code 1" in result.stderr and "restart 1 of 2" in result.stderr


@needs_mpi
def test_training() -> None:
    assert_checks("checks_training.py", 2)


@needs_mpi
def test_mpi_begins_when_a_job_does() -> None:
    """Not where the package, or the module, is imported and asked."""
    code = ("import sys, wengert, wengert.distributed as dist, wengert.distributed.nn.functional\n"
            "assert dist.is_available() and not dist.is_initialized()\n"
            "assert not [name for name in sys.modules if name.startswith('mpi4py')]")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_a_group() -> None:
    assert not dist.is_initialized()
    for call in (dist.get_rank, dist.get_world_size, dist.barrier, dist.destroy_process_group):
        with pytest.raises(ValueError, match="Default process group has not been initialized"):
            call()


SUM = """
import os, wengert as torch, wengert.distributed as dist
dist.init_process_group("gloo")
total = torch.tensor(int(os.environ["RANK"]) + 1)
dist.all_reduce(total)
print(dist.get_world_size(), total.item())
"""


def sums(code: str, *variables: dict[str, str]) -> list[str]:
    """What each process writes, with variables of its own and none that say who it is."""
    clean = {name: value for name, value in os.environ.items()
             if name not in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")}
    jobs = [subprocess.Popen([sys.executable, "-m", "wengert", "run", "-c", code],
                             stdout=subprocess.PIPE, text=True, env=clean | each)
            for each in variables]
    return [job.communicate(timeout=60)[0] for job in jobs]


@needs_mpi
def test_srun_without_mpi() -> None:
    """Slurm's variables say who this is and where the first process runs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        job = server.getsockname()[1] % 1000
    assert sums(SUM, *({
        "SLURM_PROCID": str(rank), "SLURM_LOCALID": str(rank), "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_JOB_ID": str(job), "SLURM_STEP_NODELIST": "localhost",
        "SLURM_LAUNCH_NODE_IPADDR": "192.0.2.1"} for rank in range(2))) == ["2 3\n", "2 3\n"]


@needs_mpi
def test_meeting_by_a_file(tmp_path: Path) -> None:
    """Also where one is left over from before; it is gone in the end."""
    place = tmp_path / "place"
    place.write_text("127.0.0.1 9")
    code = SUM.replace('"gloo"', f'"gloo", "file://{place}", None, 2, int(os.environ["RANK"])')
    assert sums(code, {"RANK": "0"}, {"RANK": "1"}) == ["2 3\n", "2 3\n"]
    assert not place.exists()


@pytest.mark.parametrize("args, found", [
    (["--standalone", "--nproc_per_node=2", "train.py", "--lr", "3", "-m"],
     {"here": 2, "nodes": 1, "node": 0, "host": "127.0.0.1", "port": 0, "restarts": 0}),
    (["--nnodes", "2:4", "--node-rank", "1", "--rdzv-endpoint=host7:1234", "--rdzv_backend", "c10d",
      "--nproc-per-node", "8", "-t", "3", "train.py"],
     {"here": 8, "nodes": 2, "node": 1, "host": "host7", "port": 1234}),
    (["--nnodes=2", "--master-addr", "host7", "--max-restarts", "3", "train.py"],
     {"here": 1, "nodes": 2, "host": "host7", "port": 29500, "restarts": 3})])
def test_torchruns_options(args: list[str], found: dict[str, object]) -> None:
    job = run.job(args)
    assert {name: getattr(job, name) for name in found} == found
    assert list(job.command[1:]) == ["-m", "wengert", "run", *args[args.index("train.py"):]]


def test_torchrun_as_a_module(tmp_path: Path) -> None:
    """Where the distribution ``torch`` is Wengert."""
    (tmp_path / "script.py").write_text(
        "import os, sys; print(os.environ['WORLD_SIZE'], sys.argv[1:], flush=True)")
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         "-m", "script", "--a", "b"], capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(
            [CHILDREN, *filter(None, [os.environ.get("PYTHONPATH")])])})
    assert (done.stdout, done.returncode) == ("2 ['--a', 'b']\n" * 2, 0), done


def test_record_leaves_a_function_as_it_is() -> None:
    from wengert.distributed.elastic.multiprocessing.errors import record
    assert record(sums) is sums


@pytest.mark.parametrize("nodes, first", [
    ("n5", "n5"), ("a,b", "a"), ("rack1-[07-09,12],rack2-3", "rack1-07"), ("g[3,7]-ib,x", "g3-ib")])
def test_the_first_host_of_a_list(nodes: str, first: str) -> None:
    assert start._first_host(nodes) == first


def test_a_library_that_does_not_meet_by_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR",
                 "MASTER_PORT", "PMI_RANK", "PMI_SIZE"):
        monkeypatch.setenv(name, "2")
    alone = SimpleNamespace(COMM_WORLD=SimpleNamespace(rank=0, size=1),
                            Get_library_version=lambda: "Open MPI v5, package: here\0")
    monkeypatch.setattr(mpi, "library", lambda: alone)
    with pytest.raises(ValueError, match=r"rank 1 of 2; MPI says 0 of 1: Open MPI v5 does not meet "
                                         r"as MPICH does; start .* mpiexec -n 2"):
        start.joined(None, 1, 2, 60.0)


def test_starting_needs_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="environment variable RANK expected"):
        dist.init_process_group("gloo")
    with pytest.raises(ValueError, match="file:// needs rank and world_size"):
        dist.init_process_group("gloo", init_method="file:///nowhere")
    with pytest.raises(ValueError, match="Unknown backend"):
        dist.init_process_group("smoke signals")
