"""``torch.nn.modules``: the modules, a family to a file; :class:`Module` is in ``module.py``."""

from . import module
from .module import Module

__all__ = ["Module", "module"]
