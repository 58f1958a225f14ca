"""What a ``DistributedDataParallel`` does in a ``Join``.

Each step is agreed on with the processes whose inputs have ended, which take part in its
collectives.
"""

from __future__ import annotations

from typing import Any

from ...distributed.algorithms.join import JoinHook
from ...distributed.collectives import all_reduce
from ...distributed.reduce_op import ReduceOp
from ...tensors.data import tensor


class ReplicaHook(JoinHook):
    """Accompanies the steps of the others with nothing."""

    def __init__(self, model: Any, divide_by_initial_world_size: bool) -> None:
        self.model = model
        model.divides_by_all = divide_by_initial_world_size

    def main_hook(self) -> None:
        """Take part in a forward and a backward of the others."""
        model = self.model
        if model.will_sync_module_buffers():
            model.take_buffers(a_rank(model.process_group, False))
        count = agreed(model.process_group, False)
        model.require_forward_param_sync = count > 0
        if count:
            model.reducer.count = model.process_group.size() if model.divides_by_all else count
            model.reducer.shadow()

    def post_hook(self, is_last_joiner: bool) -> None:
        """Take the parameters and buffers of a process that made the last step."""
        self.model.take_all(a_rank(self.model.process_group, is_last_joiner))


def agreed(group: Any, wanted: bool) -> int:
    """How many processes of ``group`` want it."""
    found = tensor(int(wanted))
    all_reduce(found, group=group)
    return int(found.item())


def a_rank(group: Any, here: bool) -> int:
    """The highest rank of those that say ``here``; some process does."""
    found = tensor(group.rank() if here else -1)
    all_reduce(found, op=ReduceOp.MAX, group=group)
    return int(found.item())
