"""Which class writes the kernel of a node that has one of its own kind."""

from __future__ import annotations

from ...graph import Primitive
from ...ops.contract import matmul
from ...ops.indexing import index, put_add
from ...ops.neural import rows
from ...ops.pool import tap_put, window_max, window_tap
from ...ops.reduce import amax, amin, sum_
from ...ops.scan import cumsum
from ...ops.structural import concatenate, flip, place, sum_to, transpose
from .axes import Between, Flip, Running
from .moves import Join, Put, PutAdd, Take, Transpose
from .own import Own
from .products import Gemm
from .windows import TapPut, WindowMax, WindowTap

SINGLE: dict[Primitive, type[Own]] = {
    **dict.fromkeys((sum_, sum_to, amax, amin), Between),
    cumsum: Running, flip: Flip, rows: Take, index: Take, put_add: PutAdd, matmul: Gemm,
    transpose: Transpose, concatenate: Join, place: Put, window_max: WindowMax,
    window_tap: WindowTap, tap_put: TapPut}
