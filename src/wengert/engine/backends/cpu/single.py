"""Which class writes the kernel of a node that has one of its own kind."""

from __future__ import annotations

from .axes import Between, Flip, Running
from .moves import Join, PutAdd, Take, Turn
from .own import Own
from .products import Gemm
from .windows import TapPut, WindowMax, WindowTap

SINGLE: dict[str, type[Own]] = {
    **dict.fromkeys(("sum", "sum_to", "amax", "amin"), Between),
    "cumsum": Running, "flip": Flip, "rows": Take, "index": Take, "put_add": PutAdd,
    "matmul": Gemm, "transpose": Turn, "concatenate": Join, "window_max": WindowMax,
    "window_tap": WindowTap, "tap_put": TapPut}
