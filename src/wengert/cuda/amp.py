"""``torch.cuda.amp``: mixed precision on CUDA, which is not there: all passes through."""

from __future__ import annotations

from .. import amp
from ..amp import custom_bwd, custom_fwd
from ..engine.dtypes import DType, float16
from ..names.missing import answer_missing_names


class autocast(amp.autocast):
    """``torch.amp.autocast("cuda", ...)``: warns and does nothing."""

    def __init__(self, enabled: bool = True, dtype: DType = float16,
                 cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """``torch.amp.GradScaler("cuda", ...)``: warns and passes everything through."""

    def __init__(self, init_scale: float = 2.0**16, growth_factor: float = 2.0,
                 backoff_factor: float = 0.5, growth_interval: int = 2000,
                 enabled: bool = True) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval,
                         enabled)


def is_autocast_enabled() -> bool:
    """False."""
    return False


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
answer_missing_names(__name__)
