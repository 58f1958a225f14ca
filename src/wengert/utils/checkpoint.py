"""``torch.utils.checkpoint``: computing again instead of keeping."""

from ..autograd.checkpoint import checkpoint, checkpoint_sequential
from ..missing import answer_missing_names

__all__ = ["checkpoint", "checkpoint_sequential"]

answer_missing_names(__name__)
