"""``torch.nn``: modules, parameters, and the functions of neural networks.

The modules are in :mod:`wengert.nn.modules`, a family to a file; the functions in
:mod:`wengert.nn.functional`; first values in :mod:`wengert.nn.init`.
"""

from ..names.missing import answer_missing_names
from . import functional, init, modules, parameter, utils
from .modules import *  # noqa: F403, since that package lists all modules in its __all__
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "attention",  # noqa: F405, it is imported when asked for
    "functional", "init", "modules", "parameter", "utils",
    "Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter",
    *modules.__all__,
]
answer_missing_names(__name__, later=("attention", "parallel"))
