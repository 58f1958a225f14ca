"""A job of which the last rank is lost in the way that the command line names."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import wengert as torch
import wengert.distributed as dist

WAY, NOTE = sys.argv[1], Path(sys.argv[2])
LAST = int(os.environ["RANK"]) == int(os.environ["WORLD_SIZE"]) - 1


def lost() -> None:
    """The last process is lost now; the note has the time."""
    NOTE.write_text(str(time.time()))
    if WAY.startswith("raise"):
        raise ValueError("a rank fails")
    if WAY.startswith("exit"):
        sys.exit(3)
    if WAY.startswith("leave"):
        sys.exit(0)
    if WAY.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)


if LAST and WAY.endswith(" early"):
    lost()
dist.init_process_group("gloo")
x = torch.ones(1000)
for step in range(6):
    if LAST and step == 3 and WAY == "skip":
        NOTE.write_text(str(time.time()))
        continue   # this line's call is missing
    if LAST and step == 3 and WAY == "shape":
        NOTE.write_text(str(time.time()))
        x = torch.ones(999)
    if LAST and step == 3 and WAY == "call":
        NOTE.write_text(str(time.time()))
        dist.broadcast(x, src=0)
        continue
    dist.all_reduce(x)
    if LAST and step == 3:
        lost()
print("rank", dist.get_rank(), "done")
