"""``torch.backends.cuda``: there is no CUDA; switches are kept, and change nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


class _Matmul:
    """The switches of products on CUDA."""

    allow_tf32 = False
    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True
    allow_fp16_accumulation = False
    fp32_precision = "none"


class _PlanCache:
    """The cache of cuFFT's plans, which stays empty."""

    size = 0
    max_size = 0

    def clear(self) -> None:
        """Nothing: there is none."""


matmul = _Matmul()
cufft_plan_cache = _PlanCache()
_kernels = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def is_built() -> bool:
    """False."""
    return False


def _switch(kind: str) -> tuple[Any, Any]:
    def enabled() -> bool:
        return _kernels[kind]

    def enable(enabled: bool) -> None:
        _kernels[kind] = bool(enabled)

    enabled.__name__, enable.__name__ = f"{kind}_sdp_enabled", f"enable_{kind}_sdp"
    enabled.__doc__ = "What was set; attention is computed in one way whatever it is."
    enable.__doc__ = "Keep the switch; attention is computed in one way whatever it is."
    return enabled, enable


flash_sdp_enabled, enable_flash_sdp = _switch("flash")
mem_efficient_sdp_enabled, enable_mem_efficient_sdp = _switch("mem_efficient")
math_sdp_enabled, enable_math_sdp = _switch("math")
cudnn_sdp_enabled, enable_cudnn_sdp = _switch("cudnn")


@contextlib.contextmanager
def sdp_kernel(enable_flash: bool = True, enable_math: bool = True,
               enable_mem_efficient: bool = True, enable_cudnn: bool = True) -> Iterator[None]:
    """Set the four switches inside the block; they change nothing."""
    before = dict(_kernels)
    _kernels.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient,
                    cudnn=enable_cudnn)
    try:
        yield
    finally:
        _kernels.update(before)


def preferred_linalg_library(backend: str | None = None) -> str:
    """``"default"``, whatever is preferred."""
    return "default"


__all__ = [
    "cudnn_sdp_enabled", "cufft_plan_cache", "enable_cudnn_sdp", "enable_flash_sdp",
    "enable_math_sdp", "enable_mem_efficient_sdp", "flash_sdp_enabled", "is_built",
    "math_sdp_enabled", "matmul", "mem_efficient_sdp_enabled", "preferred_linalg_library",
    "sdp_kernel",
]
