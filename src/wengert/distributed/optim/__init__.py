"""``torch.distributed.optim``: optimizers whose state is divided among the processes."""

from ...names.missing import answer_missing_names, refusing
from .zero_redundancy_optimizer import ZeroRedundancyOptimizer

_WHY = "there is no rpc. Use an optimizer of torch.optim in each process"
DistributedOptimizer = refusing("torch.distributed.optim.DistributedOptimizer", _WHY)
PostLocalSGDOptimizer = refusing(
    "torch.distributed.optim.PostLocalSGDOptimizer",
    "average the parameters with torch.distributed.all_reduce every some steps")
as_functional_optim = refusing("torch.distributed.optim.as_functional_optim", _WHY)

__all__ = ["DistributedOptimizer", "PostLocalSGDOptimizer", "ZeroRedundancyOptimizer",
           "as_functional_optim"]
answer_missing_names(__name__)
