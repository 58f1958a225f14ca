"""What no program is quicker than on this machine: copying memory, and vector math in cache.

Both answer with the seconds that so many float32 numbers take on so many threads.
"""

from __future__ import annotations

import ctypes
import importlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

BLOCK = 8192
FUNCTIONS = ("tanh", "exp", "sin", "cos")
"""What ``tanh(x)*exp(-x*x)+sin(x)`` needs with its gradient."""

Loop = Callable[[Any, Any], object]


@cache
def buffers(size: int) -> tuple[Any, Any]:
    """Two arrays whose pages are there."""
    return np.ones(size, np.float32), np.ones(size, np.float32)


@cache
def pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


def copy_seconds(size: int, threads: int) -> float:
    """The time of ``np.copyto``, which leaves the interpreter's lock, on a slice per thread."""
    source, target = buffers(size)
    edges = [size * k // threads for k in range(threads + 1)]
    parts = [slice(low, high) for low, high in pairwise(edges)]

    def copy(part: slice) -> None:
        np.copyto(target[part], source[part])

    begin = time.perf_counter()
    if threads == 1:
        copy(parts[0])
    else:
        list(pool(threads).map(copy, parts))
    return time.perf_counter() - begin


def math_seconds(size: int, threads: int) -> float:
    """The time of the four functions, each the quickest of its loops, over a block in cache."""
    x, out = buffers(BLOCK)
    block = sum(min(loop_seconds(loop, x, out) for loop in loops(name)) for name in FUNCTIONS)
    return block * size / BLOCK / threads


def loop_seconds(loop: Loop, x: Any, out: Any, times: int = 50) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        loop(x, out)
    return (time.perf_counter() - begin) / times


@cache
def loops(name: str) -> tuple[Loop, ...]:
    """The loops that compute a function: NumPy's, and one that calls glibc's libmvec."""
    try:
        vector = vector_loop(name)
    except (ImportError, OSError, AttributeError, RuntimeError):
        vector = None
    return (getattr(np, name), *([vector] if vector else []))


LOOP = """
declare <{w} x float> @{symbol}(<{w} x float>) nounwind memory(none)
define void @loop(ptr noalias %x, ptr noalias %out) {{
entry:
  br label %turn
turn:
  %i = phi i64 [ 0, %entry ], [ %next, %turn ]
  %from = getelementptr float, ptr %x, i64 %i
  %to = getelementptr float, ptr %out, i64 %i
  %v = load <{w} x float>, ptr %from, align 4
  %y = call <{w} x float> @{symbol}(<{w} x float> %v)
  store <{w} x float> %y, ptr %to, align 4
  %next = add i64 %i, {w}
  %more = icmp ult i64 %next, {block}
  br i1 %more, label %turn, label %end
end:
  ret void
}}
"""


def vector_loop(name: str) -> Loop | None:
    """A compiled loop over a block at the width of the machine's vectors; ImportError, OSError or
    AttributeError where llvmlite, libmvec or the function is missing."""
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    if not features.get("avx2"):
        return None
    letter, width = ("e", 16) if features.get("avx512f") else ("d", 8)
    symbol = f"_ZGV{letter}N{width}v_{name}f"
    function = getattr(ctypes.CDLL("libmvec.so.1"), symbol)
    llvm.add_symbol(symbol, ctypes.cast(function, ctypes.c_void_p).value)
    target = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=2, jit=True)
    module = llvm.parse_assembly(LOOP.format(w=width, symbol=symbol, block=BLOCK))
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(
        engine.get_function_address("loop"))
    KEPT.append(engine)
    return lambda x, out: run(x.ctypes.data, out.ctypes.data)


KEPT: list[Any] = []
"""What owns the machine code."""
