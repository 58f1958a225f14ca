"""``torch._C._functorch``: questions about transforms; none is seen from outside."""

from __future__ import annotations

from typing import Any

from ..names.missing import refusing

_WHY = "a mapped function is recorded for one sample; use torch.vmap"
_add_batch_dim = refusing("torch._C._functorch._add_batch_dim", _WHY)
_remove_batch_dim = refusing("torch._C._functorch._remove_batch_dim", _WHY)
_maybe_remove_batch_dim = refusing("torch._functorch.vmap._maybe_remove_batch_dim", _WHY)


def is_batchedtensor(tensor: Any) -> bool:
    """False."""
    return False


is_gradtrackingtensor = is_functorch_wrapped_tensor = is_functionaltensor = is_batchedtensor
is_legacy_batchedtensor = is_batchedtensor


def get_unwrapped(tensor: Any) -> Any:
    """The tensor itself."""
    return tensor


get_value = get_unwrapped


def maybe_get_bdim(tensor: Any) -> int:
    """-1: no dimension is mapped."""
    return -1


def maybe_get_level(tensor: Any) -> int:
    """-1."""
    return -1


def peek_interpreter_stack() -> None:
    """None: there is no stack."""


def maxlevel() -> int:
    """-1."""
    return -1
