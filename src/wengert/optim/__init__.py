"""``torch.optim``: optimisers, learning rate schedules, averages of models.

A step updates all parameters of a group by one recorded operation
(``functions/optim_updates.py``); what changes from step to step is a runtime number, so a fit is
one path. Start with ``optimizer.py``.
"""

from typing import TYPE_CHECKING

from ..names.missing import answer_missing_names
from .adam import Adam, Adamax, AdamW, NAdam, RAdam, SparseAdam
from .adaptive import Adadelta, Adafactor, Adagrad, Muon
from .lbfgs import LBFGS
from .optimizer import Optimizer
from .sgd import ASGD, SGD, RMSprop, Rprop
from .swapping import swap_in_optimizer_params_and_state

if TYPE_CHECKING:   # imported when first asked for
    from . import lr_scheduler, swa_utils

__all__ = ["ASGD", "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax",
           "Muon", "NAdam", "Optimizer", "RAdam", "RMSprop", "Rprop", "SparseAdam",
           "lr_scheduler", "swa_utils", "swap_in_optimizer_params_and_state"]
answer_missing_names(__name__, later=("lr_scheduler", "swa_utils"))
