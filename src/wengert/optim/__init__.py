"""``torch.optim``: optimisers, learning rate schedules, averages of models.

A step updates all parameters of a group by one recorded operation
(``functions/optim_updates.py``); what changes from step to step is a runtime number, so a fit is
one path. Start with ``optimizer.py``.
"""

from ..names.missing import answer_missing_names
from . import lr_scheduler, swa_utils
from .adam import Adam, Adamax, AdamW, NAdam, RAdam, SparseAdam
from .adaptive import Adadelta, Adafactor, Adagrad, Muon
from .lbfgs import LBFGS
from .optimizer import Optimizer
from .sgd import ASGD, SGD, RMSprop, Rprop
from .swapping import swap_in_optimizer_params_and_state

__all__ = ["ASGD", "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax",
           "Muon", "NAdam", "Optimizer", "RAdam", "RMSprop", "Rprop", "SparseAdam",
           "lr_scheduler", "swa_utils", "swap_in_optimizer_params_and_state"]
answer_missing_names(__name__)
