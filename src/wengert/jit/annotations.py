"""``torch.jit.annotations``: types for scripted code, which are Python's here."""

from __future__ import annotations

from typing import Any
from typing import Optional as Optional  # packages look for it here

Dict, List, Tuple = dict, list, tuple


class BroadcastingListCls:
    """``BroadcastingList2[int]``: an int, or a list of two."""

    def __getitem__(self, types: Any) -> Any:
        return Any


(BroadcastingList1, BroadcastingList2, BroadcastingList3, BroadcastingList4, BroadcastingList5,
 BroadcastingList6) = (BroadcastingListCls() for _ in range(6))
