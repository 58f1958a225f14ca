"""``python -m torch.distributed.run``: torchrun's options, for Wengert's launcher.

``wengert run --nproc-per-node N`` is the same with options of its own (``launcher.py``).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .launcher import Job, launch

_WITHOUT_MEANING = ("rdzv-backend", "rdzv-id", "rdzv-conf", "role", "monitor-interval",
                    "start-method", "log-dir", "redirects", "tee", "local-ranks-filter",
                    "event-log-handler", "logs-specs", "local-addr", "signals-to-handle")


def main(args: Sequence[str] | None = None) -> int:
    """Run the script that ``args`` (those of the command line) name in several processes; the exit
    code."""
    return launch(job(args))


def job(args: Sequence[str] | None = None) -> Job:
    """What the options ask for. The exit of argparse for what is none."""
    parser = argparse.ArgumentParser("torch.distributed.run", allow_abbrev=False)

    def add(name: str, default: str = "", *short: str) -> None:
        parser.add_argument(*short, f"--{name}", f"--{name.replace('-', '_')}", default=default)

    add("nproc-per-node", "1")
    add("nnodes", "1")
    add("node-rank", "0")
    add("max-restarts", "0")
    add("master-addr", "127.0.0.1")
    add("master-port", "0")
    add("rdzv-endpoint")
    for name in _WITHOUT_MEANING:
        add(name, "", *{"redirects": ["-r"], "tee": ["-t"]}.get(name, ()))
    for name in ("standalone", "no-python"):
        parser.add_argument(f"--{name}", f"--{name.replace('-', '_')}", action="store_true")
    parser.add_argument("-m", "--module", action="store_true")
    parser.add_argument("training_script")
    parser.add_argument("training_script_args", nargs=argparse.REMAINDER)
    given = parser.parse_args(args)
    nodes = int(given.nnodes.partition(":")[0])   # a range begins with the least
    host, _, port = given.rdzv_endpoint.partition(":")
    if not host or given.standalone:
        host, port = given.master_addr, given.master_port
    python = [] if given.no_python else [sys.executable, "-m", "wengert", "run",
                                         *["-m"] * given.module]
    return Job([*python, given.training_script, *given.training_script_args],
               _count(given.nproc_per_node), nodes, int(given.node_rank), host,
               int(port or 0) or (29500 if nodes > 1 else 0), int(given.max_restarts))


def _count(given: str) -> int:
    """How many processes ``auto`` and ``cpu`` are: as many as there are processors."""
    if given not in ("auto", "cpu"):
        return int(given)
    have = getattr(os, "sched_getaffinity", None)
    return len(have(0)) if have else os.cpu_count() or 1


__all__ = ["main"]
if __name__ == "__main__":
    sys.exit(main())
