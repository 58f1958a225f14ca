"""``torch.utils``."""

from ..names.missing import answer_missing_names
from . import checkpoint

__all__ = ["checkpoint", "data"]

answer_missing_names(__name__, later=("_pytree", "data"))
