"""``torch.nn.parallel``: one module in many processes.

:class:`DistributedDataParallel` trains copies of a module, a process each. What PyTorch has for
several devices in one process, of which there is one, is refused; :class:`DataParallel` on one
device is its module.
"""

from ...names.missing import answer_missing_names, refusing
from .data_parallel import DataParallel, data_parallel
from .distributed import DistributedDataParallel

_WHY = "there is one device in a process. Use DistributedDataParallel, or the module itself"
gather = refusing("torch.nn.parallel.gather", _WHY)
parallel_apply = refusing("torch.nn.parallel.parallel_apply", _WHY)
replicate = refusing("torch.nn.parallel.replicate", _WHY)
scatter = refusing("torch.nn.parallel.scatter", _WHY)

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel", "gather", "parallel_apply",
           "replicate", "scatter"]
answer_missing_names(__name__)
