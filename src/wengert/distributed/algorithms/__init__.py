"""``torch.distributed.algorithms``: training on inputs that end sooner on some processes."""

from ...names.missing import answer_missing_names
from .join import Join, Joinable, JoinHook

__all__ = ["Join", "JoinHook", "Joinable"]
answer_missing_names(__name__)
