"""``torch.storage``: the memory under tensors."""

from .names.missing import answer_missing_names
from .tensors.storage import TypedStorage, UntypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]

answer_missing_names(__name__)
