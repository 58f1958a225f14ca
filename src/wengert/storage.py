"""``torch.storage``: the memory under tensors."""

from .missing import answer_missing_names
from .surface.storage import TypedStorage, UntypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]

answer_missing_names(__name__)
