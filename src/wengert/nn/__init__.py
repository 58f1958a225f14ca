"""``torch.nn``: the functions of neural networks, in :mod:`wengert.nn.functional`."""

from ..missing import answer_missing_names
from . import functional

__all__ = ["functional"]
answer_missing_names(__name__)
