"""What ``torch.nn`` has: its names are those of this module, from when one is first asked for."""

from . import functional, init, modules, parameter, utils
from .modules import everything
from .modules.everything import *  # noqa: F403, since that package lists all modules in its __all__
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "attention",  # noqa: F405, it is imported when asked for
    "functional", "init", "modules", "parameter", "utils",
    "Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter",
    *everything.__all__,
]
