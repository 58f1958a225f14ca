"""The names of torch, with their types. Made by ``python -m tests.namespace``."""

# ruff: noqa: F401, I001  # every stub imports the same types
from builtins import bool as _bool
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from builtins import object as _object
from builtins import type as _type
from collections.abc import Callable as _Callable
from collections.abc import Iterator as _Iterator
from collections.abc import Sequence as _Sequence
from types import ModuleType as _ModuleType
from typing import Any as _Any
from typing import Literal as _Literal
from typing import NamedTuple as _NamedTuple
from typing import TypeVar as _TypeVar
from typing import overload as _overload

from numpy import ndarray as _ndarray

from wengert.autograd.hooks import RemovableHandle as _RemovableHandle
from wengert.engine.devices import device as _device
from wengert.engine.devices import layout as _layout
from wengert.engine.devices import memory_format as _memory_format
from wengert.engine.dtypes import DType as _dtype
from wengert.tensors.storage import TypedStorage as _TypedStorage
from wengert.tensors.storage import UntypedStorage as _UntypedStorage

from collections.abc import Iterable as _Iterable
from wengert.explain.derivations import Derivation as _Derivation
from wengert.explain.report import Explanation as _Explanation
from wengert.explain.rows import Answer as _Answer
from wengert.explain.watch import Watch as _Watch
from wengert.layers import Summary as _Summary
from wengert.nn.modules.module import Module as _Module
from wengert.profiling.nest import Kernels as _Kernels
from wengert.profiling.session import Profile as _Profile
from . import _C as _C
from . import __config__ as __config__
from . import accelerator as accelerator
from . import amp as amp
from . import autograd as autograd
from . import backends as backends
from . import compiler as compiler
from . import cpu as cpu
from . import cuda as cuda
from . import distributed as distributed
from . import distributions as distributions
from . import export as export
from . import fft as fft
from . import func as func
from . import futures as futures
from . import fx as fx
from . import hub as hub
from . import jit as jit
from . import library as library
from . import linalg as linalg
from . import masked as masked
from . import monitor as monitor
from . import multiprocessing as multiprocessing
from . import nn as nn
from . import ode as ode
from . import onnx as onnx
from . import optim as optim
from . import overrides as overrides
from . import profiler as profiler
from . import quasirandom as quasirandom
from . import random as random
from . import return_types as return_types
from . import serialization as serialization
from . import signal as signal
from . import sparse as sparse
from . import special as special
from . import storage as storage
from . import testing as testing
from . import types as types
from . import utils as utils
from . import version as version
from .amp import GradScaler as GradScaler
from .amp import autocast as autocast
from .autograd.modes import enable_grad as enable_grad
from .autograd.modes import inference_mode as inference_mode
from .autograd.modes import no_grad as no_grad
from .autograd.modes import set_grad_enabled as set_grad_enabled
from .config import config as config
from .cuda import Event as Event
from .cuda import Stream as Stream
from .engine.devices import channels_last as channels_last
from .engine.devices import channels_last_3d as channels_last_3d
from .engine.devices import contiguous_format as contiguous_format
from .engine.devices import contiguous_format as legacy_contiguous_format
from .engine.devices import device as device
from .engine.devices import jagged as jagged
from .engine.devices import layout as layout
from .engine.devices import memory_format as memory_format
from .engine.devices import preserve_format as preserve_format
from .engine.devices import sparse_bsc as sparse_bsc
from .engine.devices import sparse_bsr as sparse_bsr
from .engine.devices import sparse_coo as sparse_coo
from .engine.devices import sparse_csc as sparse_csc
from .engine.devices import sparse_csr as sparse_csr
from .engine.devices import strided as strided
from .engine.dtypes import DType as dtype
from .engine.dtypes import bfloat16 as bfloat16
from .engine.dtypes import bool_ as bool
from .engine.dtypes import complex128 as cdouble
from .engine.dtypes import complex128 as complex128
from .engine.dtypes import complex32 as chalf
from .engine.dtypes import complex32 as complex32
from .engine.dtypes import complex64 as cfloat
from .engine.dtypes import complex64 as complex64
from .engine.dtypes import float16 as float16
from .engine.dtypes import float16 as half
from .engine.dtypes import float32 as float
from .engine.dtypes import float32 as float32
from .engine.dtypes import float64 as double
from .engine.dtypes import float64 as float64
from .engine.dtypes import float8_e4m3fn as float8_e4m3fn
from .engine.dtypes import float8_e4m3fnuz as float8_e4m3fnuz
from .engine.dtypes import float8_e5m2 as float8_e5m2
from .engine.dtypes import float8_e5m2fnuz as float8_e5m2fnuz
from .engine.dtypes import float8_e8m0fnu as float8_e8m0fnu
from .engine.dtypes import int1 as int1
from .engine.dtypes import int16 as int16
from .engine.dtypes import int16 as short
from .engine.dtypes import int2 as int2
from .engine.dtypes import int3 as int3
from .engine.dtypes import int32 as int
from .engine.dtypes import int32 as int32
from .engine.dtypes import int4 as int4
from .engine.dtypes import int5 as int5
from .engine.dtypes import int6 as int6
from .engine.dtypes import int64 as int64
from .engine.dtypes import int64 as long
from .engine.dtypes import int7 as int7
from .engine.dtypes import int8 as int8
from .engine.dtypes import qint32 as qint32
from .engine.dtypes import qint8 as qint8
from .engine.dtypes import quint2x4 as quint2x4
from .engine.dtypes import quint4x2 as quint4x2
from .engine.dtypes import quint8 as quint8
from .engine.dtypes import uint1 as uint1
from .engine.dtypes import uint16 as uint16
from .engine.dtypes import uint2 as uint2
from .engine.dtypes import uint3 as uint3
from .engine.dtypes import uint32 as uint32
from .engine.dtypes import uint4 as uint4
from .engine.dtypes import uint5 as uint5
from .engine.dtypes import uint6 as uint6
from .engine.dtypes import uint64 as uint64
from .engine.dtypes import uint7 as uint7
from .engine.dtypes import uint8 as uint8
from .operators import found as ops
from .tensors.construction import BFloat16Tensor as BFloat16Tensor
from .tensors.construction import BoolTensor as BoolTensor
from .tensors.construction import ByteTensor as ByteTensor
from .tensors.construction import CharTensor as CharTensor
from .tensors.construction import DoubleTensor as DoubleTensor
from .tensors.construction import FloatTensor as FloatTensor
from .tensors.construction import HalfTensor as HalfTensor
from .tensors.construction import IntTensor as IntTensor
from .tensors.construction import LongTensor as LongTensor
from .tensors.construction import ShortTensor as ShortTensor
from .tensors.limits import finfo as finfo
from .tensors.limits import iinfo as iinfo
from .tensors.operators import Tensor as Tensor
from .tensors.random import Generator as Generator
from .tensors.random import default_generator as default_generator
from .tensors.size import Size as Size
from .tensors.storage import BFloat16Storage as BFloat16Storage
from .tensors.storage import BoolStorage as BoolStorage
from .tensors.storage import ByteStorage as ByteStorage
from .tensors.storage import CharStorage as CharStorage
from .tensors.storage import ComplexDoubleStorage as ComplexDoubleStorage
from .tensors.storage import ComplexFloatStorage as ComplexFloatStorage
from .tensors.storage import DoubleStorage as DoubleStorage
from .tensors.storage import FloatStorage as FloatStorage
from .tensors.storage import HalfStorage as HalfStorage
from .tensors.storage import IntStorage as IntStorage
from .tensors.storage import LongStorage as LongStorage
from .tensors.storage import ShortStorage as ShortStorage
from .tensors.storage import TypedStorage as TypedStorage
from .tensors.storage import UntypedStorage as UntypedStorage
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi

_Number = _complex
_Scalar = Tensor | _complex
_Device = _device | str | _int | None
_F = _TypeVar("_F", bound=_Callable[..., _Any])

class _aminmax_result(_NamedTuple):
    min: Tensor
    max: Tensor

class _cummax_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _cummin_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _frexp_result(_NamedTuple):
    mantissa: Tensor
    exponent: Tensor

class _geqrf_result(_NamedTuple):
    a: Tensor
    tau: Tensor

class _kthvalue_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _linalg_slogdet_result(_NamedTuple):
    sign: Tensor
    logabsdet: Tensor

class _lu_unpack_result(_NamedTuple):
    P: Tensor
    L: Tensor
    U: Tensor

class _max_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _median_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _min_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _mode_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _nanmedian_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _qr_result(_NamedTuple):
    Q: Tensor
    R: Tensor

class _sort_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _svd_result(_NamedTuple):
    U: Tensor
    S: Tensor
    V: Tensor

class _topk_result(_NamedTuple):
    values: Tensor
    indices: Tensor

class _triangular_solve_result(_NamedTuple):
    solution: Tensor
    cloned_coefficient: Tensor

def load(f: _Any, map_location: _Any = None, pickle_module: _Any = None, *,
        weights_only: _bool | None = None, mmap: _bool | None = None,
        **pickle_load_args: _Any) -> _Any:
    """The object of a file that :func:`save` or PyTorch's ``torch.save`` has written."""
def save(obj: _Any, f: _Any, pickle_module: _Any = None, pickle_protocol: _int = 2,
        _use_new_zipfile_serialization: _bool = True,
        _disable_byteorder_record: _bool = False) -> None:
    """Write an object to a file that :func:`load` and PyTorch's ``torch.load`` read."""
def get_default_dtype() -> _dtype:
    """The dtype of new floating-point tensors; float32 unless set."""
def set_default_dtype(d: _dtype) -> None:
    """Make ``d`` the dtype of new floating-point tensors; TypeError if it is not floating."""
def install_as_torch() -> None:
    """Have ``import torch`` give Wengert, here and in the processes that are started from now
    on."""
def derivative(name: str) -> _Derivation:
    """The row of a primitive: what it computes, its derivative in each argument, what holds at
    its kinks, and the file and line in which the formula is written."""
def why(what: _Any = None, /, *, names: dict[str, _Any] | None = None) -> _Answer:
    """Why a gradient is None, zero, NaN, infinite, or as large as it is."""
def summary(model: _Module, input_size: _Any = None, input_data: _Any = None,
        batch_dim: _int | None = None, *, col_names: _Iterable[str] = ..., col_width: _int = 25,
        depth: _int = 3, dtypes: _Sequence[_dtype] | None = None, mode: str = 'eval',
        row_settings: _Iterable[str] = ..., verbose: _int = 1, **kwargs: _Any) -> _Summary:
    """The layers of a module as a tree, each with the shape of its result and its number of
    parameters, and their totals: printed, unless ``verbose`` is 0, and returned."""
def explain_kernel(what: _Any, /, *args: _Any, **kwargs: _Any) -> _Kernels:
    """The kernels of ``what``: for each, its graph, its loops, its LLVM code and its machine
    code."""
def profile() -> _Profile:
    """A context manager that times the programs that run in its block, and their kernels."""
@_overload
def compile(model: _F, **options: _Any) -> _F:
    """``model``, a function, so that a call of it is one call of machine code where it is pure;
    a module, itself. Without one, a decorator."""
@_overload
def compile(model: None = None, **options: _Any) -> _Callable[[_F], _F]: ...
def get_default_device() -> _device:
    """The device of new tensors."""
def set_default_device(device: _Device | str | _int | None) -> None:
    """Set the device of new tensors; RuntimeError for one that is not there."""
def are_deterministic_algorithms_enabled() -> _bool:
    """What :func:`use_deterministic_algorithms` was given."""
def compiled_with_cxx11_abi() -> _bool:
    """True; nothing is compiled."""
def get_deterministic_debug_mode() -> _int:
    """0, 1 or 2, as in :func:`set_deterministic_debug_mode`."""
def get_float32_matmul_precision() -> str:
    """What :func:`set_float32_matmul_precision` was given."""
def get_num_interop_threads() -> _int:
    """What :func:`set_num_interop_threads` was given."""
def get_num_threads() -> _int:
    """The number of threads of one operation."""
def is_deterministic_algorithms_warn_only_enabled() -> _bool:
    """What :func:`use_deterministic_algorithms` was given as ``warn_only``."""
def is_storage(obj: _Any) -> _bool:
    """Whether ``obj`` is a storage."""
def is_warn_always_enabled() -> _bool:
    """What :func:`set_warn_always` was given."""
def set_default_tensor_type(t: _Any) -> None:
    """The default dtype, by a tensor type or its name: ``"torch.DoubleTensor"``."""
def set_deterministic_debug_mode(debug_mode: _int | str) -> None:
    """Keep 0, 1 or 2: ``"default"``, ``"warn"`` or ``"error"``."""
def set_float32_matmul_precision(precision: str) -> None:
    """Keep ``"highest"``, ``"high"`` or ``"medium"``; products of float32 are made in float32."""
def set_flush_denormal(mode: _bool) -> _bool:
    """False: NumPy keeps denormal numbers."""
def set_num_interop_threads(n: _int) -> None:
    """Keep the number of threads that run operations side by side; here they run one by one."""
def set_num_threads(n: _int) -> None:
    """The number of threads of one operation, products by BLAS among them. RuntimeError unless
    it is positive."""
def set_warn_always(b: _bool) -> None:
    """Keep the switch."""
def typename(obj: _Any) -> str:
    """``"torch.FloatTensor"`` for a tensor, the qualified name of the type for the rest."""
def use_deterministic_algorithms(mode: _bool, *, warn_only: _bool = False) -> None:
    """Whether the same program gives the same bits each time that it runs in a process."""
def set_printoptions(precision: _int | None = None, threshold: _float | None = None,
        edgeitems: _int | None = None, linewidth: _float | None = None, profile: str | None = None,
        sci_mode: _bool | None = None) -> None:
    """Set how tensors are printed, until the next call."""
def is_anomaly_check_nan_enabled() -> _bool:
    """Whether NaN counts as an anomaly."""
def is_anomaly_enabled() -> _bool:
    """Whether anomalies are looked for in this thread."""
def set_anomaly_enabled(enabled: _bool, check_nan: _bool = True) -> None:
    """Look for anomalies in this thread from now on, or no longer."""
def vmap(func: _Callable[..., _Any], in_dims: _Any = 0, out_dims: _Any = 0,
        randomness: str = 'error', *, chunk_size: _int | None = None) -> _Callable[..., _Any]:
    """The function that maps ``func`` over an axis of its arguments."""
def is_grad_enabled() -> _bool:
    """Whether results in this thread require grad if an operand does."""
def is_inference_mode_enabled() -> _bool:
    """Whether :class:`inference_mode` is on in this thread."""
def get_autocast_cpu_dtype() -> _dtype:
    """``get_autocast_dtype("cpu")``."""
def get_autocast_dtype(device_type: str) -> _dtype:
    """The dtype of mixed precision: that of the block that is open, else bfloat16 on the CPU and
    float16 elsewhere."""
def get_autocast_gpu_dtype() -> _dtype:
    """``get_autocast_dtype("cuda")``."""
def is_autocast_available(device_type: str) -> _bool:
    """Whether there is mixed precision on a device: on the CPU."""
def is_autocast_cpu_enabled() -> _bool:
    """Whether a block of mixed precision is open for the CPU."""
def is_autocast_enabled(device_type: str = 'cuda') -> _bool:
    """Whether a block of mixed precision is open for the device."""
@_overload
def range(end: _Number, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """As ``arange``, with ``end`` included and in the default dtype: deprecated in PyTorch."""
@_overload
def range(start: _Number, end: _Number, step: _Number = 1, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor: ...
def bartlett_window(window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None,
        layout: _Any = None, device: _Device | None = None, pin_memory: _bool = False,
        requires_grad: _bool = False) -> Tensor:
    """A triangle, 0 at its ends."""
def blackman_window(window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None,
        layout: _Any = None, device: _Device | None = None, pin_memory: _bool = False,
        requires_grad: _bool = False) -> Tensor:
    """``0.42 - 0.5 cos(2 pi k / steps) + 0.08 cos(4 pi k / steps)``, at least 0."""
def hamming_window(window_length: _int, periodic: _bool = True, alpha: _float = 0.54,
        beta: _float = 0.46, *, dtype: _dtype | None = None, layout: _Any = None,
        device: _Device | None = None, pin_memory: _bool = False,
        requires_grad: _bool = False) -> Tensor:
    """``alpha - beta * cos(2 pi k / steps)``."""
def hann_window(window_length: _int, periodic: _bool = True, *, dtype: _dtype | None = None,
        layout: _Any = None, device: _Device | None = None, pin_memory: _bool = False,
        requires_grad: _bool = False) -> Tensor:
    """``sin(pi k / steps) ** 2``."""
def kaiser_window(window_length: _int, periodic: _bool = True, beta: _float = 12.0, *,
        dtype: _dtype | None = None, layout: _Any = None, device: _Device | None = None,
        pin_memory: _bool = False, requires_grad: _bool = False) -> Tensor:
    """``i0(beta * sqrt(1 - (2 k / steps - 1) ** 2)) / i0(beta)``."""
@_overload
def arange(end: _Number, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """``arange(end)``, ``arange(start, end, step=1)``: the numbers from ``start`` (0) in steps
    of ``step`` that lie before ``end``."""
@_overload
def arange(start: _Number, end: _Number, step: _Number = 1, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor: ...
def empty(*size: _int | _Sequence[_int], dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """A tensor to be written; until then it holds zeros."""
def empty_like(input: Tensor, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """A tensor with the shape and dtype of ``input``, to be written; until then it holds zeros."""
def empty_strided(size: _Sequence[_int], stride: _Sequence[_int], *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """A tensor to be written, with the given strides (in elements); until then it holds zeros."""
def eye(n: _int, m: _int | None = None, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Ones on the diagonal of an ``n`` by ``m`` matrix (``n`` by ``n``), zeros elsewhere."""
def full(size: _int | _Sequence[_int], fill_value: _Any, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """A tensor of which every element is ``fill_value``; it also gives the dtype if none is
    given."""
def full_like(input: Tensor, fill_value: _Any, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """``fill_value`` in every element, with the shape and dtype of ``input``."""
def linspace(start: _Any, end: _Any, steps: _int, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included, evenly apart."""
def logspace(start: _Any, end: _Any, steps: _int, base: _float = 10.0, *,
        dtype: _dtype | None = None, out: Tensor | None = None, layout: _layout | None = None,
        device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """``base ** e`` for ``steps`` exponents from ``start`` to ``end``, evenly apart."""
def ones(*size: _int | _Sequence[_int], dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Ones of a shape, given as ints or as one tuple."""
def ones_like(input: Tensor, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Ones with the shape and dtype of ``input``."""
def scalar_tensor(s: _complex, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """A 0-dim tensor of a number, in the default dtype unless another is given."""
def tril_indices(row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """The row and column numbers, [2, n], of the lower triangle of a ``row`` by ``col`` matrix."""
def triu_indices(row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """The row and column numbers, [2, n], of the upper triangle of a ``row`` by ``col`` matrix."""
def zeros(*size: _int | _Sequence[_int], dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Zeros of a shape, given as ints or as one tuple."""
def zeros_like(input: Tensor, *, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Zeros with the shape and dtype of ``input``."""
def sparse_bsc_tensor(ccol_indices: _Any, row_indices: _Any, values: Tensor,
        size: _int | _Sequence[_int] | None = None, **options: _Any) -> Tensor:
    """NotImplementedError: there are no matrices of blocks."""
def sparse_bsr_tensor(crow_indices: _Any, col_indices: _Any, values: Tensor,
        size: _int | _Sequence[_int] | None = None, **options: _Any) -> Tensor:
    """NotImplementedError: there are no matrices of blocks."""
def sparse_compressed_tensor(compressed_indices: _Any, plain_indices: _Any, values: Tensor,
        size: _int | _Sequence[_int] | None = None, *, dtype: _dtype | None = None,
        layout: _Any = None, device: _Device | None = None, pin_memory: _bool = False,
        requires_grad: _bool = False, check_invariants: _bool | None = None) -> Tensor:
    """A sparse matrix in the layout ``torch.sparse_csr`` or ``torch.sparse_csc``: where each row
    (column) begins, the columns (rows) of the values, the values."""
def sparse_coo_tensor(indices: Tensor | None = None, values: Tensor | None = None,
        size: _int | _Sequence[_int] | None = None, *, dtype: _dtype | None = None,
        device: _Device | None = None, pin_memory: _bool = False, requires_grad: _bool = False,
        check_invariants: _bool | None = None, is_coalesced: _bool | None = None) -> Tensor:
    """A sparse tensor of ``values`` (n, ...) at ``indices`` (sparse dimensions, n); values at
    equal places add up. Without a ``size``, the least that has room; ``size`` alone gives
    zeros."""
def sparse_csc_tensor(ccol_indices: _Any, row_indices: _Any, values: Tensor,
        size: _int | _Sequence[_int] | None = None, *, dtype: _dtype | None = None,
        device: _Device | None = None, pin_memory: _bool = False, requires_grad: _bool = False,
        check_invariants: _bool | None = None) -> Tensor:
    """A sparse matrix by columns."""
def sparse_csr_tensor(crow_indices: _Any, col_indices: _Any, values: Tensor,
        size: _int | _Sequence[_int] | None = None, *, dtype: _dtype | None = None,
        device: _Device | None = None, pin_memory: _bool = False, requires_grad: _bool = False,
        check_invariants: _bool | None = None) -> Tensor:
    """A sparse matrix by rows: ``crow_indices`` (rows + 1) says where each begins."""
def as_tensor(data: _Any, dtype: _dtype | None = None, device: _Device | None = None) -> Tensor:
    """``data`` as a tensor, without a copy where none is needed: a tensor of this dtype is
    returned itself, an array shares its memory."""
def asarray(obj: _Any, *, dtype: _dtype | None = None, device: _Device | None = None,
        copy: _bool | None = None, requires_grad: _bool = False) -> Tensor:
    """``obj`` as a tensor: shared memory if possible and ``copy`` is not True; ``copy=False``
    raises ValueError where a copy is needed."""
def from_dlpack(ext_tensor: _Any, *, device: _Device | None = None,
        copy: _bool | None = None) -> Tensor:
    """A tensor that shares memory with an object that has ``__dlpack__``, or with the capsule
    that such a method gives, which can be taken once; a copy if ``copy``."""
def from_numpy(ndarray: _Any) -> Tensor:
    """A tensor that shares the memory of a NumPy array: each sees what the other writes."""
def frombuffer(buffer: _Any, *, dtype: _dtype, count: _int = -1, offset: _int = 0,
        requires_grad: _bool = False) -> Tensor:
    """A 1-dim tensor that shares the memory of a buffer (``bytearray``, ``memoryview``, ...)."""
def tensor(data: _Any, *, dtype: _dtype | None = None, device: _Device | None = None,
        requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor:
    """A new tensor with a copy of ``data``: a number, nested sequences, an array, a tensor."""
def to_dlpack(tensor: Tensor) -> Tensor:
    """A capsule of DLPack with the memory of a tensor, for :func:`from_dlpack` of any library."""
def alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Dropout that keeps mean and variance after :func:`selu` (Klambauer et al., 2017)."""
def dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``input`` with each element made 0 with probability ``p``, the others divided by ``1 -
    p``."""
def feature_alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """:func:`alpha_dropout` of whole channels."""
def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Dropout of whole channels: one draw for each of the first two dimensions' elements."""
def _standard_gamma(concentration: _Any, generator: Generator | None = None) -> Tensor:
    """Numbers from gamma distributions of shape ``concentration`` and rate 1, with the implicit
    gradient."""
def bernoulli(input: Tensor, p: _float | None = None, *, generator: Generator | None = None,
        out: Tensor | None = None) -> Tensor:
    """1 with the probability that each element of ``input`` is (or ``p``), else 0."""
def binomial(count: _Any, prob: _Any, generator: Generator | None = None) -> Tensor:
    """The successes in ``count`` trials of probability ``prob``, elementwise with broadcasting."""
def get_rng_state() -> Tensor:
    """The state of the default stream, a uint8 tensor."""
def initial_seed() -> _int:
    """The seed that the default stream was started from."""
def manual_seed(seed: _Any) -> Generator:
    """Start the default stream of ``seed``; returns the generator."""
def multinomial(input: Tensor, num_samples: _int, replacement: _bool = False, *,
        generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """``num_samples`` indices drawn from each row of ``input`` (1-dim or 2-dim), whose elements
    are weights; int64."""
def normal(mean: _Any = 0.0, std: _Any = 1.0, size: _int | _Sequence[_int] | None = None, *,
        generator: Generator | None = None, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Numbers drawn from normal distributions."""
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Numbers drawn from Poisson distributions whose rates are the elements of ``input``."""
def rand(*size: _int | _Sequence[_int], generator: Generator | None = None,
        dtype: _dtype | None = None, out: Tensor | None = None, layout: _layout | None = None,
        device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Numbers drawn evenly from [0, 1), of a shape given as ints or as one tuple."""
def rand_like(input: Tensor, *, generator: Generator | None = None, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """Numbers drawn evenly from [0, 1), with the shape and dtype of ``input``."""
@_overload
def randint(high: _int, size: _Sequence[_int], *, generator: Generator | None = None,
        dtype: _dtype | None = None, out: Tensor | None = None, layout: _layout | None = None,
        device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """``randint(high, size)``, ``randint(low, high, size)``: integers drawn from [low, high),
    low being 0 if it is not given, in int64 unless another dtype is."""
@_overload
def randint(low: _int, high: _int, size: _Sequence[_int], *, generator: Generator | None = None,
        dtype: _dtype | None = None, out: Tensor | None = None, layout: _layout | None = None,
        device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor: ...
def randint_like(input: Tensor, low: _int | None = None, high: _int | None = None, *,
        generator: Generator | None = None, dtype: _dtype | None = None, out: Tensor | None = None,
        layout: _layout | None = None, device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Integers drawn from [low, high) (from [0, low) if ``high`` is not given), with the shape
    and dtype of ``input``."""
def randn(*size: _int | _Sequence[_int], generator: Generator | None = None,
        dtype: _dtype | None = None, out: Tensor | None = None, layout: _layout | None = None,
        device: _Device = None, pin_memory: _bool | None = False,
        requires_grad: _bool = False) -> Tensor:
    """Numbers drawn from the standard normal distribution, of a shape as in :func:`rand`."""
def randn_like(input: Tensor, *, generator: Generator | None = None, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """Numbers drawn from the standard normal distribution, with the shape and dtype of
    ``input``."""
def randperm(n: _int, *, generator: Generator | None = None, dtype: _dtype | None = None,
        out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
        pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
    """The integers from 0 to ``n - 1`` in a drawn order, in int64 unless another dtype is given."""
def seed() -> _int:
    """Start the default stream of a seed taken from the operating system, and return that seed."""
def set_rng_state(new_state: _Any) -> None:
    """Continue the default stream from a state."""
def get_device(input: Tensor) -> _int:
    """-1, the number of the CPU."""
def is_distributed(input: Tensor) -> _bool:
    """False."""
def is_inference(input: Tensor) -> _bool:
    """False: tensors of ``inference_mode`` are like others."""
def is_neg(input: Tensor) -> _bool:
    """False: negation is computed, not marked."""
def is_same_size(input: Tensor, other: Tensor | _Number) -> _bool:
    """Whether the shapes are equal."""
def broadcast_shapes(*shapes: _int | _Sequence[_int]) -> Size:
    """The shape to which ``shapes`` broadcast; RuntimeError if they do not."""
def can_cast(from_: _dtype, to: _dtype) -> _bool:
    """Whether a result of dtype ``from_`` can be written to a tensor of dtype ``to``: not from a
    higher category (bool, integer, floating, complex) to a lower one."""
def is_complex(input: Tensor) -> _bool:
    """Whether the dtype of ``input`` is complex."""
def is_conj(input: Tensor) -> _bool:
    """False: conjugation is computed, not marked."""
def is_floating_point(input: Tensor) -> _bool:
    """Whether the dtype of ``input`` is a floating one."""
def is_nonzero(input: Tensor) -> _bool:
    """Whether the only element of ``input`` is not zero; RuntimeError if it has another number."""
def is_signed(input: Tensor) -> _bool:
    """Whether the dtype of ``input`` has negative numbers."""
def is_tensor(obj: _object) -> _bool:
    """Whether ``obj`` is a tensor."""
def numel(input: Tensor) -> _int:
    """The number of elements of ``input``."""
def promote_types(type1: _dtype, type2: _dtype) -> _dtype:
    """The smallest dtype that holds both: ``promote_types(torch.int64, torch.float16)`` is
    ``torch.float16``."""
def result_type(tensor1: Tensor, tensor2: Tensor) -> _dtype:
    """The dtype of ``tensor1 + tensor2``, where either may be a number."""
def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value; real for a complex ``input``. Its derivative at 0 is 0."""
def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value; real for a complex ``input``. Its derivative at 0 is 0."""
def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in [0, pi] with this cosine."""
def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the hyperbolic cosine; NaN below 1."""
def add(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Scalar | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input + alpha * other``, elementwise with broadcasting."""
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _Scalar | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input + value * tensor1 / tensor2``, elementwise with broadcasting."""
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _Scalar | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input + value * tensor1 * tensor2``, elementwise with broadcasting."""
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The phase in radians, in (-pi, pi]; 0 or pi for real numbers."""
def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in [0, pi] with this cosine."""
def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the hyperbolic cosine; NaN below 1."""
def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in [-pi/2, pi/2] with this sine."""
def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the hyperbolic sine."""
def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in (-pi/2, pi/2) with this tangent."""
def arctan2(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The angle of the point (other, input), in (-pi, pi]."""
def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the hyperbolic tangent."""
def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in [-pi/2, pi/2] with this sine."""
def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the hyperbolic sine."""
def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in (-pi/2, pi/2) with this tangent."""
def atan2(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """The angle of the point (other, input), in (-pi, pi]."""
def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the hyperbolic tangent."""
def bitwise_and(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input & other`` of integers or bools."""
def bitwise_left_shift(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input << other`` of integers."""
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``~input`` of integers or bools."""
def bitwise_or(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input | other`` of integers or bools."""
def bitwise_right_shift(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input >> other`` of integers."""
def bitwise_xor(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input ^ other`` of integers or bools."""
def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest integer that is not below."""
def clamp(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None,
        *, out: Tensor | None = None) -> Tensor:
    """``input`` raised to ``min``, then lowered to ``max``: numbers or tensors."""
def clamp_max(input: Tensor, max: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input`` lowered to ``max``, a number or a tensor."""
def clamp_min(input: Tensor, min: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input`` raised to ``min``, a number or a tensor."""
def clip(input: Tensor, min: Tensor | _Number | None = None, max: Tensor | _Number | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` raised to ``min``, then lowered to ``max``: numbers or tensors."""
def clone(input: Tensor, *, memory_format: _object | None = None,
        out: Tensor | None = None) -> Tensor:
    """A copy of ``input``; gradients flow through it."""
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``real + 1j * imag``, of two floating tensors of one dtype."""
def copysign(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The size of ``input`` with the sign of ``other``."""
def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The cosine of an angle in radians."""
def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic cosine."""
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Degrees to radians."""
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of ``lgamma``."""
def div(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: str | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input / other``, elementwise with broadcasting; integers divide to floats."""
def divide(input: Tensor | _Number, other: Tensor | _Number, *, rounding_mode: str | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input / other``, elementwise with broadcasting; integers divide to floats."""
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function."""
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 - erf(input)``, exact for large arguments."""
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function."""
def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``e ** input``."""
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``2 ** input``."""
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(input) - 1``, exact near 0."""
def fill(input: Tensor, value: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A tensor like ``input`` whose elements are all ``value``, a number or a 0-dim tensor."""
def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The integer part."""
def float_power(input: Tensor | _Number, exponent: _Scalar, *, out: Tensor | None = None) -> Tensor:
    """``input ** exponent`` in float64, or complex128 if one of them is complex."""
def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest integer that is not above."""
def floor_divide(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``floor(input / other)``, elementwise with broadcasting; its derivative is 0."""
def fmod(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input - other * trunc(input / other)``: the remainder with the sign of ``input``."""
def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input - trunc(input)``."""
def frexp(input: Tensor, *, out: _Sequence[Tensor] | None = None) -> _frexp_result:
    """``mantissa * 2 ** exponent``: a number in [0.5, 1), with a sign, and an int32."""
def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """0 below 0, 1 above it, and ``values`` at it; the derivative is 0."""
def hypot(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``sqrt(input**2 + other**2)``, without overflow."""
def imag(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The imaginary part, a view."""
def ldexp(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input * 2 ** other``."""
def lerp(input: Tensor, end: Tensor | _Number, weight: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input + weight * (end - input)``, exact at the weights 0 and 1."""
def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(abs(gamma(input)))``."""
def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The natural logarithm."""
def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm to the base 10."""
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(1 + input)``, exact near 0."""
def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm to the base 2."""
def logaddexp(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``log(exp(input) + exp(other))``, without overflow."""
def logaddexp2(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``log2(2 ** input + 2 ** other)``, without overflow."""
def logical_and(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """Whether both are not 0."""
def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is 0, a bool per element."""
def logical_or(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """Whether one at least is not 0."""
def logical_xor(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """Whether just one is not 0."""
def logit(input: Tensor, eps: _float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(input / (1 - input))``, of ``input`` clamped to ``[eps, 1 - eps]`` if given."""
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with ``value``, a number or a 0-dim tensor, where ``mask`` (bool) holds."""
def mul(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input * other``, elementwise with broadcasting."""
def multiply(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input * other``, elementwise with broadcasting."""
def nan_to_num(input: Tensor, nan: _Scalar | None = None, posinf: _Scalar | None = None,
        neginf: _Scalar | None = None, *, out: Tensor | None = None) -> Tensor:
    """``input`` with NaN replaced by ``nan`` (0), and the infinities by ``posinf`` and
    ``neginf`` (the largest finite numbers); the derivative there is 0."""
def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-input``, elementwise."""
def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-input``, elementwise."""
def nextafter(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The next floating-point number from ``input`` towards ``other``."""
def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``abs * exp(1j * angle)``, of two floating tensors of one dtype."""
def polygamma(n: _int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of order ``n`` of ``digamma``."""
def pow(input: Tensor | _Number, exponent: _Scalar, *, out: Tensor | None = None) -> Tensor:
    """``input ** exponent``, elementwise with broadcasting; ``0 ** 0`` is 1."""
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Radians to degrees."""
def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / input``."""
def remainder(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input - other * floor(input / other)``: the remainder with the sign of ``other``."""
def round(input: Tensor, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest multiple of ``10 ** -decimals``; halves go to the even one."""
def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / sqrt(input)``."""
def rsub(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Scalar | None = None,
        out: Tensor | None = None) -> Tensor:
    """``other - alpha * input``, elementwise with broadcasting."""
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input / abs(input)``, and 0 at 0."""
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / (1 + exp(-input))``."""
def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1."""
def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the sign bit is set, that of -0.0 included."""
def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sine of an angle in radians."""
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(pi input) / (pi input)``, and 1 at 0."""
def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic sine."""
def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The square root; NaN below 0."""
def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input ** 2``, elementwise."""
def sub(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Scalar | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input - alpha * other``, elementwise with broadcasting."""
def subtract(input: Tensor | _Number, other: Tensor | _Number, *, alpha: _Scalar | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input - alpha * other``, elementwise with broadcasting."""
def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tangent of an angle in radians."""
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic tangent."""
def true_divide(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input / other``, elementwise with broadcasting."""
def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The integer part."""
def view_as_complex(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A complex view of a floating tensor whose last dimension, of size 2, holds the parts."""
def view_as_real(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A view of shape ``(*input.shape, 2)``: real and imaginary part side by side."""
def xlogy(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input * log(other)``, and 0 at ``input`` 0."""
def conj(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex conjugate; a real ``input`` itself."""
def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex conjugate; a real ``input`` itself."""
def positive(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` itself."""
def real(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The real part, a view; a real ``input`` itself."""
def resolve_conj(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` itself: conjugation is never delayed."""
def resolve_neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` itself: negation is never delayed."""
def abs_(input: Tensor) -> Tensor:
    """In-place :func:`torch.abs`; returns the tensor that it writes."""
def acos_(input: Tensor) -> Tensor:
    """In-place :func:`torch.acos`; returns the tensor that it writes."""
def acosh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.acosh`; returns the tensor that it writes."""
def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _Scalar = 1,
        alpha: _Scalar = 1) -> Tensor:
    """In-place :func:`torch.addmv`; returns the tensor that it writes."""
def arccos_(input: Tensor) -> Tensor:
    """In-place :func:`torch.acos`; returns the tensor that it writes."""
def arccosh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.acosh`; returns the tensor that it writes."""
def arcsin_(input: Tensor) -> Tensor:
    """In-place :func:`torch.asin`; returns the tensor that it writes."""
def arcsinh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.asinh`; returns the tensor that it writes."""
def arctan_(input: Tensor) -> Tensor:
    """In-place :func:`torch.atan`; returns the tensor that it writes."""
def arctanh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.atanh`; returns the tensor that it writes."""
def as_strided_(self: Tensor, size: _int | _Sequence[_int], stride: _int | _Sequence[_int],
        storage_offset: _int | None = None) -> Tensor:
    """In-place :meth:`as_strided`: the tensor becomes that view."""
def asin_(input: Tensor) -> Tensor:
    """In-place :func:`torch.asin`; returns the tensor that it writes."""
def asinh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.asinh`; returns the tensor that it writes."""
def atan_(input: Tensor) -> Tensor:
    """In-place :func:`torch.atan`; returns the tensor that it writes."""
def atanh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.atanh`; returns the tensor that it writes."""
def ceil_(input: Tensor) -> Tensor:
    """In-place :func:`torch.ceil`; returns the tensor that it writes."""
def clamp_(input: Tensor, min: Tensor | _Number | None = None,
        max: Tensor | _Number | None = None) -> Tensor:
    """In-place :func:`torch.clamp`; returns the tensor that it writes."""
def clamp_max_(input: Tensor, max: Tensor | _Number) -> Tensor:
    """In-place :func:`torch.clamp_max`; returns the tensor that it writes."""
def clamp_min_(input: Tensor, min: Tensor | _Number) -> Tensor:
    """In-place :func:`torch.clamp_min`; returns the tensor that it writes."""
def clip_(input: Tensor, min: Tensor | _Number | None = None,
        max: Tensor | _Number | None = None) -> Tensor:
    """In-place :func:`torch.clamp`; returns the tensor that it writes."""
def conj_physical_(input: Tensor) -> Tensor:
    """In-place :func:`torch.conj_physical`; returns the tensor that it writes."""
def cos_(input: Tensor) -> Tensor:
    """In-place :func:`torch.cos`; returns the tensor that it writes."""
def cosh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.cosh`; returns the tensor that it writes."""
def deg2rad_(input: Tensor) -> Tensor:
    """In-place :func:`torch.deg2rad`; returns the tensor that it writes."""
def detach_(self: Tensor) -> Tensor:
    """Cut this tensor from its history; returns it."""
def erf_(input: Tensor) -> Tensor:
    """In-place :func:`torch.erf`; returns the tensor that it writes."""
def erfc_(input: Tensor) -> Tensor:
    """In-place :func:`torch.erfc`; returns the tensor that it writes."""
def exp2_(input: Tensor) -> Tensor:
    """In-place :func:`torch.exp2`; returns the tensor that it writes."""
def exp_(input: Tensor) -> Tensor:
    """In-place :func:`torch.exp`; returns the tensor that it writes."""
def expm1_(input: Tensor) -> Tensor:
    """In-place :func:`torch.expm1`; returns the tensor that it writes."""
def fill_(self: Tensor, value: Tensor | _Number) -> Tensor:
    """Write ``value``, a number or a 0-dim tensor, to every element."""
def fix_(input: Tensor) -> Tensor:
    """In-place :func:`torch.trunc`; returns the tensor that it writes."""
def floor_(input: Tensor) -> Tensor:
    """In-place :func:`torch.floor`; returns the tensor that it writes."""
def frac_(input: Tensor) -> Tensor:
    """In-place :func:`torch.frac`; returns the tensor that it writes."""
def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """In-place :func:`torch.gcd`; returns the tensor that it writes."""
def i0_(input: Tensor) -> Tensor:
    """In-place :func:`torch.i0`; returns the tensor that it writes."""
def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """In-place :func:`torch.lcm`; returns the tensor that it writes."""
def ldexp_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In-place :func:`torch.ldexp`; returns the tensor that it writes."""
def log10_(input: Tensor) -> Tensor:
    """In-place :func:`torch.log10`; returns the tensor that it writes."""
def log1p_(input: Tensor) -> Tensor:
    """In-place :func:`torch.log1p`; returns the tensor that it writes."""
def log2_(input: Tensor) -> Tensor:
    """In-place :func:`torch.log2`; returns the tensor that it writes."""
def log_(input: Tensor) -> Tensor:
    """In-place :func:`torch.log`; returns the tensor that it writes."""
def logit_(input: Tensor, eps: _float | None = None) -> Tensor:
    """In-place :func:`torch.logit`; returns the tensor that it writes."""
def nan_to_num_(input: Tensor, nan: _Scalar | None = None, posinf: _Scalar | None = None,
        neginf: _Scalar | None = None) -> Tensor:
    """In-place :func:`torch.nan_to_num`; returns the tensor that it writes."""
def neg_(input: Tensor) -> Tensor:
    """In-place :func:`torch.neg`; returns the tensor that it writes."""
def negative_(input: Tensor) -> Tensor:
    """In-place :func:`torch.neg`; returns the tensor that it writes."""
def rad2deg_(input: Tensor) -> Tensor:
    """In-place :func:`torch.rad2deg`; returns the tensor that it writes."""
def reciprocal_(input: Tensor) -> Tensor:
    """In-place :func:`torch.reciprocal`; returns the tensor that it writes."""
def relu_(input: Tensor, inplace: _bool = False) -> Tensor:
    """In-place :func:`torch.relu`; returns the tensor that it writes."""
def resize_as_(self: Tensor, other: Tensor, *, memory_format: _Any = None) -> Tensor:
    """Give the tensor the shape of ``other``, as :meth:`resize_` does."""
def round_(input: Tensor, *, decimals: _int = 0) -> Tensor:
    """In-place :func:`torch.round`; returns the tensor that it writes."""
def rsqrt_(input: Tensor) -> Tensor:
    """In-place :func:`torch.rsqrt`; returns the tensor that it writes."""
def sigmoid_(input: Tensor) -> Tensor:
    """In-place :func:`torch.sigmoid`; returns the tensor that it writes."""
def sin_(input: Tensor) -> Tensor:
    """In-place :func:`torch.sin`; returns the tensor that it writes."""
def sinc_(input: Tensor) -> Tensor:
    """In-place :func:`torch.sinc`; returns the tensor that it writes."""
def sinh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.sinh`; returns the tensor that it writes."""
def sqrt_(input: Tensor) -> Tensor:
    """In-place :func:`torch.sqrt`; returns the tensor that it writes."""
def square_(input: Tensor) -> Tensor:
    """In-place :func:`torch.square`; returns the tensor that it writes."""
def tan_(input: Tensor) -> Tensor:
    """In-place :func:`torch.tan`; returns the tensor that it writes."""
def tanh_(input: Tensor) -> Tensor:
    """In-place :func:`torch.tanh`; returns the tensor that it writes."""
def trunc_(input: Tensor) -> Tensor:
    """In-place :func:`torch.trunc`; returns the tensor that it writes."""
def xlogy_(input: Tensor, other: Tensor | _Number) -> Tensor:
    """In-place :func:`torch.xlogy`; returns the tensor that it writes."""
def zero_(self: Tensor) -> Tensor:
    """Write zeros."""
def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """In-place :func:`alpha_dropout`."""
def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """In-place :func:`dropout`."""
def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """In-place :func:`feature_alpha_dropout`."""
def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """In-place :func:`feature_dropout`."""
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: _float,
        norm_type: _float) -> Tensor:
    """``input``, whose rows at ``indices`` are scaled to at most ``max_norm``, in place."""
def celu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`celu`."""
def selu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`selu`."""
def threshold_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`threshold`."""
def eq(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input == other``, a bool per element."""
def fmax(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """The larger of two; NaN only if both are. In a tie the first receives the gradient."""
def fmin(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """The smaller of two; NaN only if both are. In a tie the first receives the gradient."""
def ge(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input >= other``, a bool per element."""
def greater(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input > other``, a bool per element."""
def greater_equal(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input >= other``, a bool per element."""
def gt(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input > other``, a bool per element."""
def isclose(input: Tensor | _Number, other: Tensor | _Number, rtol: _float = 1e-05,
        atol: _float = 1e-08, equal_nan: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)``, or both are the same."""
def isfinite(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is neither infinite nor NaN."""
def isinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is infinite, or a part of it is."""
def isnan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is NaN, or a part of it is."""
def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is negative infinity."""
def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is positive infinity."""
def isreal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the imaginary part is 0."""
def le(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input <= other``, a bool per element."""
def less(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input < other``, a bool per element."""
def less_equal(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input <= other``, a bool per element."""
def lt(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input < other``, a bool per element."""
def maximum(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The larger of two; NaN if one is. In a tie each receives half of the gradient."""
def minimum(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The smaller of two; NaN if one is. In a tie each receives half of the gradient."""
def ne(input: Tensor | _Number, other: Tensor | _Number, *, out: Tensor | None = None) -> Tensor:
    """``input != other``, a bool per element."""
def not_equal(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input != other``, a bool per element."""
@_overload
def where(condition: Tensor, input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` where ``condition`` holds and ``other`` elsewhere: tensors or numbers,
    broadcast."""
@_overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
def allclose(input: Tensor, other: Tensor | _Number, rtol: _float = 1e-05, atol: _float = 1e-08,
        equal_nan: _bool = False) -> _bool:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)`` for all elements."""
def equal(input: Tensor, other: Tensor | _Number) -> _bool:
    """Whether shape and all elements are equal."""
def isin(elements: Tensor | _Number, test_elements: Tensor | _Number, *,
        assume_unique: _bool = False, invert: _bool = False, out: Tensor | None = None) -> Tensor:
    """Whether each of ``elements`` is among ``test_elements``; not so with ``invert``."""
def rrelu(input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333,
        training: _bool = False, generator: _Any = None) -> Tensor:
    """:func:`torch.nn.functional.rrelu`, with numbers of ``generator``."""
def rrelu_(input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333,
        training: _bool = False, generator: _Any = None) -> Tensor:
    """In-place :func:`rrelu`."""
def celu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` above 0, and ``alpha * (exp(input / alpha) - 1)`` elsewhere."""
def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``input``, and 0 where its size is at most ``lambd``."""
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input - log(sum(exp(input)))`` along ``dim``, without overflow."""
def prelu(input: Tensor, weight: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` above 0, and ``weight * input`` elsewhere."""
def relu(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``max(input, 0)``; its derivative at 0 is 0."""
def selu(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``scale * elu(input, alpha)`` with the constants of Klambauer et al. (2017)."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``exp(input) / sum(exp(input))`` along ``dim``, without overflow."""
def threshold(input: Tensor, threshold: _float, value: _float, inplace: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` where it is above ``threshold``, and ``value`` elsewhere."""
def all(input: Tensor, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """Whether no element is 0, over ``dim``; bool, but uint8 for uint8."""
def amax(input: Tensor, dim: _int | _Sequence[_int] | None = ..., keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The maximum over ``dim``; elements that share it share its gradient evenly."""
def amin(input: Tensor, dim: _int | _Sequence[_int] | None = ..., keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The minimum over ``dim``; elements that share it share its gradient evenly."""
def aminmax(input: Tensor, *, dim: _int | None = None, keepdim: _bool = False,
        out: _Sequence[Tensor] | None = None) -> _aminmax_result:
    """The minimum and the maximum over ``dim``."""
def any(input: Tensor, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """Whether an element is not 0, over ``dim``; bool, but uint8 for uint8."""
def argmax(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The first place of the maximum over ``dim``, in the flattened input for None; int64."""
def argmin(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The first place of the minimum over ``dim``, in the flattened input for None; int64."""
def count_nonzero(input: Tensor, dim: _int | _Sequence[_int] | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """How many elements are not 0, over ``dim``; int64."""
def cummax(input: Tensor, dim: _int, *, out: _Sequence[Tensor] | None = None) -> _cummax_result:
    """The running maximum along ``dim`` and its last place so far."""
def cummin(input: Tensor, dim: _int, *, out: _Sequence[Tensor] | None = None) -> _cummin_result:
    """The running minimum along ``dim`` and its last place so far."""
def cumprod(input: Tensor, dim: _int, *, dtype: _dtype | None = None,
        out: Tensor | None = None) -> Tensor:
    """The running product along ``dim``; int64 for bool and the integers."""
def cumsum(input: Tensor, dim: _int, *, dtype: _dtype | None = None,
        out: Tensor | None = None) -> Tensor:
    """The running sum along ``dim``; int64 for bool and the integers."""
def diff(input: Tensor, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None,
        append: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """The differences of neighbours along ``dim``, taken ``n`` times."""
def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor:
    """``log(cumsum(exp(input)))`` along ``dim``, without overflow."""
def logsumexp(input: Tensor, dim: _int | _Sequence[_int] | None, keepdim: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``log(sum(exp(input)))`` over ``dim``, without overflow."""
def mean(input: Tensor, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
        dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The mean over ``dim`` of floating or complex elements."""
def nanmean(input: Tensor, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
        dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The mean over ``dim`` of the elements that are not NaN."""
def nanquantile(input: Tensor, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False,
        *, interpolation: str = 'linear', out: Tensor | None = None) -> Tensor:
    """:func:`quantile` of the elements that are not NaN."""
def nansum(input: Tensor, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
        dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The sum over ``dim`` of the elements that are not NaN."""
def norm(input: Tensor, p: _float | str | None = 'fro', dim: _int | _Sequence[_int] | None = None,
        keepdim: _bool = False, dtype: _dtype | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """The p-norm over ``dim``; ``"fro"`` and None are the norm of order 2."""
def prod(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *,
        dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The product over ``dim``; int64 for bool and the integers unless ``dtype`` says otherwise."""
def quantile(input: Tensor, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *,
        interpolation: str = 'linear', out: Tensor | None = None) -> Tensor:
    """The quantiles ``q`` along ``dim``: values below which a fraction ``q`` lies."""
def std(input: Tensor, dim: _int | _Sequence[_int] | None = None, unbiased: _bool | None = None,
        keepdim: _bool = False, *, correction: _float | None = None,
        out: Tensor | None = None) -> Tensor:
    """The square root of :func:`var`; its gradient is 0 where it is 0."""
def std_mean(input: Tensor, dim: _int | _Sequence[_int] | None = None,
        unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean over ``dim``."""
def sum(input: Tensor, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
        dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The sum over ``dim``; int64 for bool and the integers unless ``dtype`` says otherwise."""
def var(input: Tensor, dim: _int | _Sequence[_int] | None = None, unbiased: _bool | None = None,
        keepdim: _bool = False, *, correction: _float | None = None,
        out: Tensor | None = None) -> Tensor:
    """``sum(|x - mean|^2) / (n - correction)`` over ``dim``; ``correction`` is 1 by default."""
def var_mean(input: Tensor, dim: _int | _Sequence[_int] | None = None,
        unbiased: _bool | None = None, keepdim: _bool = False, *, correction: _float | None = None,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """Variance and mean over ``dim``."""
@_overload
def max(input: Tensor) -> Tensor:
    """The largest element, or the larger or smaller of two tensors' elements."""
@_overload
def max(input: Tensor, dim: _int, keepdim: _bool = False) -> _max_result: ...
@_overload
def max(input: Tensor, other: Tensor) -> Tensor: ...
@_overload
def min(input: Tensor) -> Tensor:
    """The smallest element, or the larger or smaller of two tensors' elements."""
@_overload
def min(input: Tensor, dim: _int, keepdim: _bool = False) -> _min_result: ...
@_overload
def min(input: Tensor, other: Tensor) -> Tensor: ...
@_overload
def median(input: Tensor) -> Tensor:
    """The lower of the middle elements."""
@_overload
def median(input: Tensor, dim: _int, keepdim: _bool = False) -> _median_result: ...
@_overload
def nanmedian(input: Tensor) -> Tensor:
    """The lower of the middle elements."""
@_overload
def nanmedian(input: Tensor, dim: _int, keepdim: _bool = False) -> _nanmedian_result: ...
def argsort(input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = True, *,
        out: Tensor | None = None) -> Tensor:
    """Where the elements in order along ``dim`` are; the order is always stable."""
def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False,
        out: Tensor | None = None) -> Tensor:
    """The number of the bucket between sorted ``boundaries`` that each element falls into."""
def kthvalue(input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> _kthvalue_result:
    """The ``k``-th smallest along ``dim``, from 1, and where it is."""
def mode(input: Tensor, dim: _int = -1, keepdim: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> _mode_result:
    """The most frequent element along ``dim``, the least of these, and its last place."""
def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements in order along the first dimension."""
def searchsorted(sorted_sequence: Tensor, self: Tensor, *, out_int32: _bool = False,
        right: _bool = False, side: str | None = None, sorter: Tensor | None = None,
        out: Tensor | None = None) -> Tensor:
    """How many elements of each sorted row lie before each value; int64, or int32."""
def sort(input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = True, *,
        out: _Sequence[Tensor] | None = None) -> _sort_result:
    """The elements in order along ``dim``, and where each was; the order is always stable."""
def topk(input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *,
        out: _Sequence[Tensor] | None = None) -> _topk_result:
    """The ``k`` largest (or smallest) along ``dim``, in order, and where they are."""
def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs in a vector of integers; or the sums of ``weights``."""
def histc(input: Tensor, bins: _int = 100, min: _float = 0, max: _float = 0, *,
        out: Tensor | None = None) -> Tensor:
    """How many elements fall in each of ``bins`` equal intervals from ``min`` to ``max``."""
def histogram(input: Tensor, bins: _Any = 100, *, range: _Any = None, weight: Tensor | None = None,
        density: _bool = False, out: Tensor | None = None) -> Tensor:
    """How many elements fall in each of ``bins`` equal intervals of ``range`` (of the smallest
    to the largest element), or between the edges that a tensor ``bins`` lists: ``hist`` and
    ``bin_edges``. ``weight`` says how much an element counts; ``density`` has the integral 1."""
def histogramdd(input: Tensor, bins: _Any, range: _Any = None, weight: Tensor | None = None,
        density: _bool = False) -> Tensor:
    """How many rows of ``input`` (..., n) fall in each box of a grid: ``hist`` of n dimensions,
    and ``bin_edges`` of each. ``bins`` is a number, one for each dimension, or the edges of
    each; ``range`` has two bounds for each dimension."""
@_overload
def unique(input: Tensor, sorted: _Literal[True] = ..., return_inverse: _Literal[False] = ...,
        return_counts: _Literal[False] = ..., dim: _int | None = None) -> Tensor:
    """The distinct elements, in order; with ``dim``, the distinct slices along it."""
@_overload
def unique(input: Tensor, sorted: _bool = True, return_inverse: _bool = False,
        return_counts: _bool = False, dim: _int | None = None) -> _Any: ...
@_overload
def unique_consecutive(input: Tensor, return_inverse: _Literal[False] = ...,
        return_counts: _Literal[False] = ..., dim: _int | None = None) -> Tensor:
    """The elements (or slices along ``dim``) without those equal to the one before."""
@_overload
def unique_consecutive(input: Tensor, return_inverse: _bool = False, return_counts: _bool = False,
        dim: _int | None = None) -> _Any: ...
def adjoint(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The conjugate transpose of each matrix."""
def block_diag(*tensors: Tensor | _Sequence[Tensor], out: Tensor | None = None) -> Tensor:
    """A matrix with the given matrices on its diagonal and 0 elsewhere."""
def broadcast_to(input: Tensor, *size: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """``input.expand(size)``."""
def cartesian_prod(*tensors: Tensor | _Sequence[Tensor], out: Tensor | None = None) -> Tensor:
    """The tuples of one element of each vector, as rows."""
def cat(tensors: _Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along a dimension; in the others their lengths agree."""
def chunk(input: Tensor, chunks: _int, dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """At most ``chunks`` consecutive parts, all but the last of one length."""
def column_stack(tensors: _Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors beside each other, a vector as a column."""
def concat(tensors: _Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along a dimension; in the others their lengths agree."""
def concatenate(tensors: _Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along a dimension; in the others their lengths agree."""
def diag(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The diagonal of a matrix; the matrix with a vector on its diagonal."""
def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1, *,
        out: Tensor | None = None) -> Tensor:
    """Matrices in the dimensions ``dim1`` and ``dim2``, with ``input`` on a diagonal."""
def diagflat(input: Tensor, offset: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """A matrix with the elements of ``input`` on a diagonal."""
def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The elements ``i, i + offset`` of two dimensions, as a last dimension."""
def dsplit(input: Tensor, indices_or_sections: _int | _Sequence[_int], *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Equal parts along dimension 2."""
def dstack(tensors: _Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors behind each other, along dimension 2."""
def flip(input: Tensor, *dims: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """The order of the elements reversed along dimensions."""
def fliplr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The order of the columns reversed."""
def flipud(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The order of the rows reversed."""
def hsplit(input: Tensor, indices_or_sections: _int | _Sequence[_int], *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Equal parts along dimension 1, or 0 of a vector."""
def hstack(tensors: _Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors beside each other: along dimension 1, vectors along 0."""
def moveaxis(input: Tensor, source: _int | _Sequence[_int], destination: _int | _Sequence[_int], *,
        out: Tensor | None = None) -> Tensor:
    """The dimensions ``source`` moved to the places ``destination``, the others in order."""
def movedim(input: Tensor, source: _int | _Sequence[_int], destination: _int | _Sequence[_int], *,
        out: Tensor | None = None) -> Tensor:
    """The dimensions ``source`` moved to the places ``destination``, the others in order."""
def narrow(input: Tensor, dim: _int, start: _Scalar, length: _int, *,
        out: Tensor | None = None) -> Tensor:
    """``length`` elements of dimension ``dim`` from ``start``."""
def pixel_shuffle(input: Tensor, upscale_factor: _int, *, out: Tensor | None = None) -> Tensor:
    """(..., C r r, H, W) to (..., C, H r, W r)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int, *, out: Tensor | None = None) -> Tensor:
    """(..., C, H r, W r) to (..., C r r, H, W)."""
def ravel(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """All elements in one dimension, row by row: a view, or a copy where they lie otherwise."""
def reshape(input: Tensor, *shape: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """The same elements in another shape, one of whose lengths may be -1."""
def roll(input: Tensor, shifts: _int | _Sequence[_int], dims: _int | _Sequence[_int] | None = None,
        *, out: Tensor | None = None) -> Tensor:
    """The elements moved on along dimensions, those beyond the end to the front; without
    ``dims`` in the flattened tensor."""
def rot90(input: Tensor, k: _int = 1, dims: _Sequence[_int] = ..., *,
        out: Tensor | None = None) -> Tensor:
    """``input`` turned ``k`` times by 90 degrees, from the first of ``dims`` to the second."""
def row_stack(tensors: _Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors below each other, a vector as a row."""
def select(input: Tensor, dim: _int, index: _Scalar, *, out: Tensor | None = None) -> Tensor:
    """Element ``index`` of dimension ``dim``, which goes."""
def split(tensor: Tensor, split_size_or_sections: _int | _Sequence[_int], dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Consecutive parts of a length (the last may be shorter), or of the lengths given."""
def split_with_sizes(input: Tensor, split_sizes: _Sequence[_int], dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Consecutive parts of the lengths given."""
def squeeze(input: Tensor, dim: _int | _Sequence[_int] | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """Without the dimensions of length 1: all, or those among ``dim``."""
def stack(tensors: _Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape along a new dimension."""
def swapaxes(input: Tensor, axis0: _int, axis1: _int, *, out: Tensor | None = None) -> Tensor:
    """Two dimensions exchanged."""
def swapdims(input: Tensor, dim0: _int, dim1: _int, *, out: Tensor | None = None) -> Tensor:
    """Two dimensions exchanged."""
def t(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The transpose of a matrix; a vector as it is."""
def tile(input: Tensor, *dims: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """``input`` repeated along each of its last dimensions."""
def trace(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the diagonal of a matrix."""
def transpose(input: Tensor, dim0: _int, dim1: _int, *, out: Tensor | None = None) -> Tensor:
    """Two dimensions exchanged."""
def tril(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and below a diagonal of each matrix, 0 elsewhere."""
def triu(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and above a diagonal of each matrix, 0 elsewhere."""
def unbind(input: Tensor, dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """The elements of dimension ``dim``, which goes, as a tuple."""
def unflatten(input: Tensor, dim: _int, sizes: _Sequence[_int], *,
        out: Tensor | None = None) -> Tensor:
    """Dimension ``dim`` as several, of which one length may be -1."""
def unsqueeze(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor:
    """With a new dimension of length 1 at ``dim``."""
def vsplit(input: Tensor, indices_or_sections: _int | _Sequence[_int], *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Equal parts along dimension 0."""
def vstack(tensors: _Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors below each other, a vector as a row."""
def unsafe_chunk(input: Tensor, chunks: _int, dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """A copy of what :func:`chunk` gives."""
def unsafe_split(tensor: Tensor, split_size_or_sections: _int | _Sequence[_int], dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """A copy of what :func:`split` gives."""
def unsafe_split_with_sizes(input: Tensor, split_sizes: _Sequence[_int], dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """A copy of what :func:`split_with_sizes` gives."""
def constant_pad_nd(input: Tensor, pad: _Sequence[_int], value: Tensor | _Number = 0) -> Tensor:
    """``input`` with ``value`` added at both ends of its last dimensions: two lengths for each,
    the last dimension first; a negative one cuts off."""
def as_strided(input: Tensor, size: _int | _Sequence[_int], stride: _int | _Sequence[_int],
        storage_offset: _int | None = None) -> Tensor:
    """The elements at ``storage_offset + i * stride[0] + ...`` of the memory that ``input``
    shares with its base; without ``storage_offset`` from the place where ``input`` begins."""
def atleast_1d(*tensors: Tensor | _Sequence[Tensor]) -> Tensor:
    """A 0-dim tensor as a vector of one element."""
def atleast_2d(*tensors: Tensor | _Sequence[Tensor]) -> Tensor:
    """A vector of n elements as a matrix of shape (1, n)."""
def atleast_3d(*tensors: Tensor | _Sequence[Tensor]) -> Tensor:
    """A vector in the shape (1, n, 1), a matrix in the shape (m, n, 1)."""
def broadcast_tensors(*tensors: Tensor | _Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The tensors, expanded to the shape to which they broadcast together; those that have it,
    themselves."""
def detach(input: Tensor) -> Tensor:
    """``input`` as seen by autograd from outside: it shares storage, and no gradient flows
    through it."""
def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
    """The dimensions from ``start_dim`` to ``end_dim`` as one; the tensor itself if that is one
    already. A view where strides allow it, a copy elsewhere."""
def meshgrid(*tensors: Tensor | _Sequence[Tensor],
        indexing: str | None = None) -> tuple[Tensor, ...]:
    """Coordinates of a grid: for each 1-dim tensor a tensor over all of them."""
def permute(input: Tensor, dims: _Any, *, out: Tensor | None = None) -> Tensor:
    """The dimensions in another order: dimension ``i`` of the result is ``dims[i]``. The method
    takes them one by one too."""
def repeat_interleave(input: Tensor | None = None, repeats: _Any = None, dim: _int | None = None, *,
        output_size: _int | None = None) -> Tensor:
    """Each element (or slice along ``dim``) ``repeats`` times in a row."""
@_overload
def tensor_split(input: Tensor, indices_or_sections: _int | _Sequence[_int] | Tensor,
        dim: _int = 0) -> tuple[Tensor, ...]:
    """Parts whose lengths differ by at most 1 (``sections``), or that end at ``indices``."""
@_overload
def tensor_split(input: Tensor, sections: _int | _Sequence[_int] | Tensor,
        dim: _int = 0) -> tuple[Tensor, ...]: ...
@_overload
def tensor_split(input: Tensor, indices: _int | _Sequence[_int] | Tensor,
        dim: _int = 0) -> tuple[Tensor, ...]: ...
def alias_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of ``input``, row by row."""
def detach_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of ``input`` that no gradient flows through."""
def diagonal_copy(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`diagonal` gives."""
def expand_copy(input: Tensor, *size: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`expand` gives."""
def narrow_copy(input: Tensor, dim: _int, start: _Scalar, length: _int, *,
        out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`narrow` gives."""
def permute_copy(input: Tensor, *dims: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`permute` gives."""
def select_copy(input: Tensor, dim: _int, index: _Scalar, *, out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`select` gives."""
def slice_copy(input: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None,
        step: _int = 1, *, out: Tensor | None = None) -> Tensor:
    """A copy of the elements ``start:end:step`` of a dimension."""
def split_copy(tensor: Tensor, split_size_or_sections: _int | _Sequence[_int], dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """A copy of what :func:`split` gives."""
def split_with_sizes_copy(input: Tensor, split_sizes: _Sequence[_int], dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """A copy of what :func:`split_with_sizes` gives."""
def squeeze_copy(input: Tensor, dim: _int | _Sequence[_int] | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`squeeze` gives."""
def t_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`t` gives."""
def transpose_copy(input: Tensor, dim0: _int, dim1: _int, *, out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`transpose` gives."""
def unbind_copy(input: Tensor, dim: _int = 0, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """A copy of what :func:`unbind` gives."""
def unfold_copy(input: Tensor, dimension: _int, size: _int, step: _int, *,
        out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`unfold` gives."""
def unsqueeze_copy(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`unsqueeze` gives."""
def view_as_complex_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex numbers of which the last dimension, of length 2, has the parts."""
def view_as_real_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Real and imaginary parts along a new last dimension of length 2."""
def view_copy(input: Tensor, *shape: _int | _Sequence[_int], out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`reshape` gives."""
def as_strided_copy(input: Tensor, size: _int | _Sequence[_int], stride: _int | _Sequence[_int],
        storage_offset: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """A copy of what :func:`as_strided` shows."""
def as_strided_scatter(input: Tensor, src: Tensor, size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int], storage_offset: _int | None = None) -> Tensor:
    """``input`` with ``src`` at the elements that :func:`as_strided` shows."""
def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1,
        *, out: Tensor | None = None) -> Tensor:
    """``input`` with ``src`` on a diagonal."""
def gather(input: Tensor, dim: _int, index: Tensor, *, sparse_grad: _bool = False,
        out: Tensor | None = None) -> Tensor:
    """``out[i, j] = input[index[i, j], j]`` for ``dim=0``, and likewise; the shape of ``index``."""
def index_add(input: Tensor, dim: _int, index: Tensor, source: Tensor, *,
        alpha: _Scalar | None = None, out: Tensor | None = None) -> Tensor:
    """``input`` with ``alpha`` times the slices of ``source`` added at places along ``dim``."""
def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with the slices of ``source`` at places along ``dim``."""
def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with ``value``, a number or a tensor of no dimensions, at places along ``dim``."""
def index_reduce(input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: str, *,
        include_self: _bool = True, out: Tensor | None = None) -> Tensor:
    """``input`` with the slices of ``source`` reduced into the places ``index`` along ``dim``."""
def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of ``dim`` that a vector of integers names, in its order."""
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with the elements of ``source``, in order, where ``mask`` is true."""
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with the elements of ``source`` at places of the flattened tensor."""
def scatter(input: Tensor, dim: _int, index: Tensor, src: Tensor | None = None, *,
        value: _Scalar | None = None, reduce: str | None = None,
        out: Tensor | None = None) -> Tensor:
    """``input`` with ``out[index[i, j], j] = src[i, j]`` for ``dim=0``, and likewise; ``src`` is
    a tensor or a number. ``reduce`` is None, "add" or "multiply"."""
def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with ``out[index[i, j], j] += src[i, j]`` for ``dim=0``, and likewise."""
def scatter_reduce(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: str, *,
        include_self: _bool = True, out: Tensor | None = None) -> Tensor:
    """``input`` with ``src`` reduced into the places that ``index`` gives along ``dim``."""
def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _Scalar, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with ``src`` at ``input.select(dim, index)``."""
def slice_scatter(input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None,
        end: _int | None = None, step: _int = 1, *, out: Tensor | None = None) -> Tensor:
    """``input`` with ``src`` at elements ``start:end:step`` of a dimension."""
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements of the flattened ``input`` at ``index``, in its shape."""
def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` at ``indices`` along ``dim``, where the other dimensions broadcast; without
    ``dim`` at places in the flattened tensors."""
def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not 0: ``nonzero(input)``."""
def index_put(input: Tensor, indices: _Sequence[_Any], values: Tensor,
        accumulate: _bool = False) -> Tensor:
    """``input`` with ``values`` at ``input[indices]``; added to what is there if ``accumulate``."""
def index_put_(input: Tensor, indices: _Sequence[_Any], values: Tensor,
        accumulate: _bool = False) -> Tensor:
    """In-place :func:`index_put`."""
def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements of ``input`` where ``mask`` (bool) is true, in one dimension."""
@_overload
def nonzero(input: Tensor, *, as_tuple: _Literal[False] = ..., out: Tensor | None = None) -> Tensor:
    """The indices of the elements that are not 0, in their order: int64 of shape (n,
    input.ndim)."""
@_overload
def nonzero(input: Tensor, *, as_tuple: _Literal[True]) -> tuple[Tensor, ...]: ...
def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = -1,
        out: Tensor | None = None) -> Tensor:
    """The first ``size`` indices of elements that are not 0, int64 of shape (size, input.ndim);
    ``fill_value`` where there are fewer."""
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1,
        out: Tensor | None = None) -> Tensor:
    """``beta * input`` and ``alpha`` times the sum of the products of matrices in two batches."""
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1,
        out: Tensor | None = None) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``."""
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1,
        out: Tensor | None = None) -> Tensor:
    """``beta * input + alpha * (mat @ vec)``."""
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1,
        out: Tensor | None = None) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``."""
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1,
        out: Tensor | None = None) -> Tensor:
    """``beta * input + alpha * (batch1 @ batch2)``, matrix by matrix."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]``: (..., n), (..., m), (k, n, m) to (..., k)."""
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Matrices (b, n, m) times matrices (b, m, p), one by one."""
def cdist(x1: Tensor, x2: Tensor, p: _float = 2.0,
        compute_mode: str = 'use_mm_for_euclid_dist_if_necessary', *,
        out: Tensor | None = None) -> Tensor:
    """The p-norms of the differences of rows: (..., n, k) and (..., m, k) to (..., n, m)."""
def chain_matmul(*matrices: Tensor | _Sequence[Tensor], out: Tensor | None = None) -> Tensor:
    """The product of matrices, in the order of multiplying that costs least."""
def cross(input: Tensor, other: Tensor, dim: _int | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """The cross product along ``dim``, or along the first dimension of length 3."""
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of two vectors' elements."""
def dsmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A matrix (n, m) times a matrix (m, p)."""
def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of each element of a vector with each of another."""
def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of products over the last dimensions of both; a product with a 0-dim tensor."""
def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Kronecker product: each element of ``input`` times ``other``, in its place."""
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product, by the operands' dimensions: ``dot``, ``mv``, ``mm``, or a batch of
    them whose leading dimensions broadcast; a vector is a row on the left and a column on the
    right."""
def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor:
    """The product of ``n`` copies of each square matrix, or of its inverse for a negative ``n``."""
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A matrix (n, m) times a matrix (m, p)."""
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A matrix (n, m) times a vector (m)."""
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of each element of a vector with each of another."""
def tensordot(a: Tensor, b: Tensor, dims: _int | tuple[_Sequence[_int], _Sequence[_int]] = 2, *,
        out: Tensor | None = None) -> Tensor:
    """The sum of products over dimensions: the last ``dims`` of ``a`` with the first of ``b``,
    or those given for each."""
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The dot product of two vectors, the first conjugated."""
def cholesky_inverse(L: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of A, given by its Cholesky factor ``L``."""
def cholesky_solve(B: Tensor, L: Tensor, upper: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``X`` with ``A X = B``, A given by its Cholesky factor ``L`` (``upper``: its adjoint)."""
def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of each matrix."""
def geqrf(input: Tensor, *, out: _Sequence[Tensor] | None = None) -> _geqrf_result:
    """A QR factorisation as LAPACK leaves it: R above, below it the vectors of the reflections,
    and their factors ``tau``."""
def logdet(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the determinant; NaN where it is negative."""
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``X`` with ``A X = b``, A given by ``lu_factor``."""
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: _bool = True,
        unpack_pivots: _bool = True, *, out: _Sequence[Tensor] | None = None) -> _lu_unpack_result:
    """P, L and U of what ``lu_factor`` gives; without elements what is not asked for."""
def matrix_exp(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 + A + A^2 / 2 + ...`` of each square matrix; of half precision, computed in float32."""
def norm_except_dim(v: Tensor, pow: _int = 2, dim: _int = 0, *,
        out: Tensor | None = None) -> Tensor:
    """The norm over all dimensions but ``dim``, which stay with length 1; of everything, without
    dimensions, where ``dim`` is -1."""
def pinverse(A: Tensor, rcond: _float = 0.0, hermitian: _bool = False, *,
        atol: _float | None = None, rtol: _float | None = None,
        out: Tensor | None = None) -> Tensor:
    """The pseudo-inverse (Moore and Penrose); singular values of at most ``max(atol, rtol * the
    largest)`` count as 0."""
def qr(input: Tensor, some: _bool = True, *, out: _Sequence[Tensor] | None = None) -> _qr_result:
    """``input = Q R``; ``some`` leaves out the columns of Q that R does not need."""
def slogdet(A: Tensor, *, out: _Sequence[Tensor] | None = None) -> _linalg_slogdet_result:
    """The sign of the determinant and the logarithm of its size."""
def spmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A matrix (n, m) times a matrix (m, p)."""
def svd(input: Tensor, some: _bool = True, compute_uv: _bool = True, *,
        out: _Sequence[Tensor] | None = None) -> _svd_result:
    """``input = U diag(S) V^H``; ``some`` leaves out what the singular values do not need."""
def triangular_solve(b: Tensor, A: Tensor, upper: _bool = True, transpose: _bool = False,
        unitriangular: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> _triangular_solve_result:
    """``X`` with ``A X = b`` of a triangular A, and A."""
def einsum(equation: _Any, *operands: Tensor | _Sequence[Tensor]) -> Tensor:
    """Sums of products by Einstein's notation: ``einsum("ij,jk->ik", a, b)`` is ``a @ b``."""
def lu(A: Tensor, pivot: _bool = True, get_infos: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """:func:`torch.linalg.lu_factor`; with ``get_infos`` ``lu_factor_ex``."""
def orgqr(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """:func:`torch.linalg.householder_product`."""
def ormqr(input: Tensor, tau: Tensor, other: Tensor | _Number, left: _bool = True,
        transpose: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``Q other``, or ``other Q`` if not ``left``; ``Q^H`` for Q if ``transpose``."""
def pca_lowrank(A: Tensor, q: _int | None = None, center: _bool = True,
        niter: _int = 2) -> tuple[_Any, _Any, _Any]:
    """:func:`svd_lowrank` of ``A`` (..., m, n), less its column means if ``center``: principal
    components in the columns of V."""
def svd_lowrank(A: Tensor, q: _int | None = 6, niter: _int | None = 2,
        M: _Any = None) -> tuple[_Any, _Any, _Any]:
    """``(U, S, V)`` with ``U diag(S) V^H`` near ``A`` (less ``M``), of rank ``q``; nearer with
    more turns ``niter``. The result depends on random numbers, but for a matrix of rank ``q``
    or less."""
def cholesky(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The lower (or upper) Cholesky factor of a positive definite matrix."""
def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of each matrix."""
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
def igamma(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """The regularised lower incomplete gamma function of shape ``input`` at ``other``; its
    derivative is in ``other`` alone, and an error elsewhere."""
def igammac(input: Tensor | _Number, other: Tensor | _Number, *,
        out: Tensor | None = None) -> Tensor:
    """``1 - igamma(input, other)``, exact far out."""
def istft(input: Tensor, n_fft: _int, hop_length: _int | None = None,
        win_length: _int | None = None, window: Tensor | None = None, center: _bool = True,
        normalized: _bool = False, onesided: _bool | None = None, length: _int | None = None,
        return_complex: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The signal of which ``input`` is the :func:`stft`, or the nearest to one: (batch, length)."""
def mvlgamma(input: Tensor, p: _int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension ``p``."""
def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The greatest common divisor of integers, not negative."""
def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The least common multiple of integers."""
def stft(input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
        window: Tensor | None = None, center: _bool = True, pad_mode: str = 'reflect',
        normalized: _bool = False, onesided: _bool | None = None,
        return_complex: _bool | None = None, align_to_window: _bool | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """The Fourier transforms of overlapping frames of a signal: (..., frequencies, frames)."""
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _Any = None,
        dim: _int = -1) -> Tensor:
    """The integrals of samples ``y`` from the first to each of the others."""
def gradient(input: Tensor, *, spacing: _Any = None, dim: _Any = None,
        edge_order: _int = 1) -> tuple[Tensor, ...]:
    """The derivative of samples along each dimension of ``dim`` (all for None), by central
    differences of second order inside and one-sided ones of ``edge_order`` 1 or 2 at the
    ends."""
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: _Any = None, dim: _int = -1) -> Tensor:
    """The integral of samples ``y`` along ``dim`` by the trapezoidal rule; they lie at ``x``, or
    ``dx`` (1) apart."""
def trapz(y: Tensor, x: Tensor | None = None, *, dx: _Any = None, dim: _int = -1) -> Tensor:
    """The integral of samples ``y`` along ``dim`` by the trapezoidal rule; they lie at ``x``, or
    ``dx`` (1) apart."""
def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False) -> Tensor:
    """The combinations (k, r) of ``r`` elements of a vector (n), in the order of
    ``itertools.combinations``."""
def unravel_index(indices: Tensor, shape: _int | _Sequence[_int]) -> tuple[Tensor, ...]:
    """The coordinates, a tensor for each dimension of ``shape``, of places counted row by row."""
def vander(x: Tensor, N: _int | None = None, increasing: _bool = False) -> Tensor:
    """The powers (n, N) of a vector (n), from N - 1 down to 0, or up if ``increasing``."""
def pdist(input: Tensor, p: _float = 2.0) -> Tensor:
    """The p-norm distances of all pairs of rows of ``input``, [N, M] to [N (N - 1) / 2]."""
def corrcoef(input: Tensor) -> Tensor:
    """The correlations (n, n) of n variables in the rows of ``input`` (n, m)."""
def cov(input: Tensor, *, correction: _int = 1, fweights: Tensor | None = None,
        aweights: Tensor | None = None) -> Tensor:
    """The covariance (n, n) of n variables in the rows of ``input`` (n, m), of one observation
    per column; 0-dim for one variable (m)."""
def dist(input: Tensor, other: Tensor | _Number, p: _float = 2) -> Tensor:
    """The p-norm of ``input - other``."""
def frobenius_norm(input: Tensor, dim: _Any, keepdim: _bool = False) -> Tensor:
    """The root of the sum of squares over ``dim``."""
def renorm(input: Tensor, p: _float, dim: _int, maxnorm: _float, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` with each slice along ``dim`` shrunk to a p-norm of at most ``maxnorm``."""
def nuclear_norm(input: Tensor, dim: _Any = ..., keepdim: _bool = False) -> Tensor:
    """The sum of the singular values of matrices that lie in the two dimensions ``dim``; also
    ``nuclear_norm(input, keepdim)``."""
def adaptive_avg_pool1d(input: Tensor, output_size: _int | _Sequence[_int | None] | None, *,
        out: Tensor | None = None) -> Tensor:
    """The means over windows that divide (N, C, L) into ``output_size`` parts: from ``floor(i L
    / n)`` to ``ceil((i + 1) L / n)``."""
def adaptive_max_pool1d(input: Tensor, output_size: _int | _Sequence[_int | None] | None, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The maxima over the windows of :func:`adaptive_avg_pool1d`, and where they are."""
def avg_pool1d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        ceil_mode: _bool = False, count_include_pad: _bool = True, *,
        out: Tensor | None = None) -> Tensor:
    """The means over sliding windows of (N, C, L); ``stride`` is ``kernel_size`` by default."""
def channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = None) -> Tensor:
    """(N, groups * C, *size) with the channels of the groups interleaved."""
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] | str = 0,
        dilation: _int | _Sequence[_int] = 1, groups: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The cross-correlation of (N, C, L) with ``weight``, (M, C / groups, K): (N, M, L_out)."""
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] | str = 0,
        dilation: _int | _Sequence[_int] = 1, groups: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The cross-correlation of (N, C, H, W) with ``weight``, (M, C / groups, *kernel)."""
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] | str = 0,
        dilation: _int | _Sequence[_int] = 1, groups: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The cross-correlation of (N, C, D, H, W) with ``weight``, (M, C / groups, *kernel)."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: _int = 0, *,
        out: Tensor | None = None) -> Tensor:
    """The convolution of (time, batch, channels) with ``weight``, (K, channels, M)."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        output_padding: _int | _Sequence[_int] = 0, groups: _int = 1,
        dilation: _int | _Sequence[_int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of :func:`conv1d` in its input: (N, M, L) with ``weight`` of (M, C / groups,
    K) to (N, C, L_out)."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        output_padding: _int | _Sequence[_int] = 0, groups: _int = 1,
        dilation: _int | _Sequence[_int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of :func:`conv2d` in its input; sizes as in :func:`conv_transpose1d`."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        output_padding: _int | _Sequence[_int] = 0, groups: _int = 1,
        dilation: _int | _Sequence[_int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of :func:`conv3d` in its input; sizes as in :func:`conv_transpose1d`."""
def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: _int | _Sequence[_int],
        padding: _int | _Sequence[_int], dilation: _int | _Sequence[_int], transposed: _bool,
        output_padding: _int | _Sequence[_int], groups: _int, *,
        out: Tensor | None = None) -> Tensor:
    """A convolution, transposed or not, of as many dimensions as ``weight`` has beyond two."""
def max_pool1d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The maxima over sliding windows of (N, C, L); ``stride`` is ``kernel_size`` by default."""
def max_pool1d_with_indices(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """:func:`max_pool1d` and where the maxima are."""
def max_pool2d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The maxima over sliding windows of (N, C, H, W), as in :func:`max_pool1d`."""
def max_pool3d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The maxima over sliding windows of (N, C, D, H, W), as in :func:`max_pool1d`."""
def native_channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = None) -> Tensor:
    """(N, groups * C, *size) with the channels of the groups interleaved."""
def affine_grid_generator(theta: Tensor, size: _Sequence[_int], align_corners: _bool) -> Tensor:
    """:func:`torch.nn.functional.affine_grid`."""
def batch_norm(input: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor | None,
        running_var: Tensor | None, training: _bool, momentum: _float, eps: _float,
        cudnn_enabled: _bool = True) -> Tensor:
    """:func:`torch.nn.functional.batch_norm`."""
def grid_sampler(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int,
        align_corners: _bool) -> Tensor:
    """:func:`torch.nn.functional.grid_sample`, with numbers for its modes: 0 bilinear, 1
    nearest, 2 bicubic; outside are 0 zeros, 1 the border, 2 a reflection."""
def grid_sampler_2d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int,
        align_corners: _bool) -> Tensor:
    """:func:`grid_sampler` of images."""
def grid_sampler_3d(input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int,
        align_corners: _bool) -> Tensor:
    """:func:`grid_sampler` of volumes."""
def instance_norm(input: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor | None,
        running_var: Tensor | None, use_input_stats: _bool, momentum: _float, eps: _float,
        cudnn_enabled: _bool = True) -> Tensor:
    """:func:`torch.nn.functional.instance_norm`."""
def native_batch_norm(input: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor | None,
        running_var: Tensor | None, training: _bool, momentum: _float,
        eps: _float) -> tuple[_Any, ...]:
    """``batch_norm``, and of the batch the means (C) and the reciprocals of the deviations (C);
    both without elements unless ``training``."""
def native_group_norm(input: Tensor, weight: Tensor, bias: Tensor, N: _int, C: _int, HxW: _int,
        group: _int, eps: _float) -> tuple[_Any, ...]:
    """``group_norm`` of ``input`` (N, C, ...) with ``HxW`` elements a channel, and the means and
    reciprocals of the deviations (N, group)."""
def native_layer_norm(input: Tensor, normalized_shape: _Sequence[_int], weight: Tensor,
        bias: Tensor, eps: _float) -> tuple[_Any, ...]:
    """``layer_norm``, and the means and reciprocals of the deviations, with lengths of 1 in the
    dimensions that are normalised."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08, *,
        out: Tensor | None = None) -> Tensor:
    """``sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps))`` along ``dim``, with broadcasting."""
def gru_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
        b_hh: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """One step of a GRU: input (N, n), hx (N, H); RuntimeError where sizes do not fit."""
def lstm_cell(input: Tensor, hx: _Sequence[Tensor], w_ih: Tensor, w_hh: Tensor,
        b_ih: Tensor | None = None, b_hh: Tensor | None = None, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """One step of an LSTM: input (N, n), hx a pair of (N, H); the next pair."""
def rnn_relu_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
        b_hh: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``relu(w_ih x + b_ih + w_hh h + b_hh)``: input (N, n), hx (N, H)."""
def rnn_tanh_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
        b_hh: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``tanh(w_ih x + b_ih + w_hh h + b_hh)``: input (N, n), hx (N, H)."""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2.0, eps: _float = 1e-06,
        keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension, with broadcasting."""
def rms_norm(input: Tensor, normalized_shape: _Sequence[_int], weight: Tensor | None = None,
        eps: _float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``x / sqrt(mean(x^2) + eps) * weight`` over the last dimensions, ``normalized_shape``."""
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None,
        pos_weight: Tensor | None = None, reduction: _int = 0) -> Tensor:
    """:func:`torch.nn.functional.binary_cross_entropy_with_logits`."""
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0,
        reduction: _int = 0) -> Tensor:
    """:func:`torch.nn.functional.cosine_embedding_loss`."""
def embedding(weight: Tensor, indices: Tensor, padding_idx: _int = -1,
        scale_grad_by_freq: _bool = False, sparse: _bool = False) -> Tensor:
    """The rows of ``weight`` at ``indices``; the row ``padding_idx``, if it is not negative,
    receives no gradient."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None,
        bias: Tensor | None = None, eps: _float = 1e-05, cudnn_enabled: _bool = True) -> Tensor:
    """``input`` (N, C, ...) normalised in each of ``num_groups`` groups of channels."""
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = 1.0,
        reduction: _int = 0) -> Tensor:
    """:func:`torch.nn.functional.hinge_embedding_loss`."""
def kl_div(input: Tensor, target: Tensor, reduction: _int = 0, *,
        log_target: _bool = False) -> Tensor:
    """:func:`torch.nn.functional.kl_div`."""
def layer_norm(input: Tensor, normalized_shape: _Any, weight: Tensor | None = None,
        bias: Tensor | None = None, eps: _float = 1e-05, cudnn_enable: _bool = True) -> Tensor:
    """``input`` normalised over its last dimensions, which are ``normalized_shape``."""
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0,
        reduction: _int = 0) -> Tensor:
    """:func:`torch.nn.functional.margin_ranking_loss`."""
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: _bool, full: _bool, eps: _float,
        reduction: _int) -> Tensor:
    """:func:`torch.nn.functional.poisson_nll_loss`."""
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0,
        p: _float = 2, eps: _float = 1e-06, swap: _bool = False, reduction: _int = 0) -> Tensor:
    """:func:`torch.nn.functional.triplet_margin_loss`."""
def gru(*args: _Any) -> tuple[Tensor, Tensor]:
    """As :func:`lstm`, with one state: the output and the final state; see ``torch.nn.GRU``."""
def lstm(*args: _Any) -> tuple[Tensor, Tensor, Tensor]:
    """``lstm(input, (h, c), params, has_biases, num_layers, dropout, train, bidirectional,
    batch_first)``, or ``lstm(data, batch_sizes, (h, c), params, has_biases, num_layers,
    dropout, train, bidirectional)``: the output and the final states."""
def rnn_relu(*args: _Any) -> tuple[Tensor, Tensor]:
    """As :func:`rnn_tanh`, with ``relu``."""
def rnn_tanh(*args: _Any) -> tuple[Tensor, Tensor]:
    """As :func:`lstm`, with one state: the output and the final state; see ``torch.nn.RNN``."""

class _Explain(_ModuleType):
    """The module ``wengert.explain``, which is the function of its name too."""
    @_overload
    def __call__(self, what: Tensor, /, *leaves: Tensor,
                 names: dict[str, _Any] | None = None) -> _Explanation: ...
    @_overload
    def __call__(self, what: _Callable[..., _Any], /, *, names: dict[str, _Any] | None = None
                 ) -> _Callable[..., _Explanation]: ...
    def gradient(self, output: Tensor, leaf: Tensor, names: dict[str, _Any] | None = None
                 ) -> _Explanation: ...
    def watching(self) -> _Watch: ...
explain: _Explain
newaxis: None
__version__: str
ao: _ModuleType
mps: _ModuleType
quantization: _ModuleType
nested: _ModuleType
package: _ModuleType
xpu: _ModuleType
__all__ = [
    # the tensor
    "device", "layout", "memory_format", "dtype", "BFloat16Tensor", "BoolTensor", "ByteTensor",
    "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "Event", "Stream", "ops", "Tensor", "Generator", "Size",
    # storages and files
    "load", "save", "BFloat16Storage", "BoolStorage", "ByteStorage", "CharStorage",
    "ComplexDoubleStorage", "ComplexFloatStorage", "DoubleStorage", "FloatStorage", "HalfStorage",
    "IntStorage", "LongStorage", "ShortStorage", "TypedStorage", "UntypedStorage",
    # dtypes and their limits
    "bfloat16", "bool", "chalf", "complex128", "complex32", "complex64", "float16", "float32",
    "float64", "get_default_dtype", "int16", "int32", "int64", "int8", "set_default_dtype", "uint8",
    "uint16", "uint32", "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "int1", "int2", "int3",
    "int4", "int5", "int6", "int7", "uint1", "uint2", "uint3", "uint4", "uint5", "uint6", "uint7",
    "uint64", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
    "float8_e8m0fnu", "half", "float", "double", "cfloat", "cdouble", "short", "int", "long",
    "finfo", "iinfo",
    # constants
    "e", "inf", "nan", "pi", "strided", "contiguous_format", "legacy_contiguous_format",
    "preserve_format", "channels_last", "channels_last_3d", "jagged", "sparse_bsc", "sparse_bsr",
    "sparse_coo", "sparse_csc", "sparse_csr", "newaxis",
    # modules
    "autograd", "return_types", "version", "_C", "accelerator", "amp", "ao", "backends", "compiler",
    "cpu", "cuda", "distributed", "distributions", "export", "fft", "func", "futures", "fx", "hub",
    "jit", "library", "linalg", "masked", "monitor", "mps", "multiprocessing", "nested", "nn",
    "ode", "onnx", "optim", "overrides", "package", "profiler", "quantization", "quasirandom",
    "random", "serialization", "signal", "sparse", "special", "storage", "testing", "types",
    "utils", "xpu",
    # Wengert's own
    "install_as_torch", "config", "derivative", "why", "summary", "explain_kernel", "profile",
    # settings
    "compile", "get_default_device", "set_default_device", "are_deterministic_algorithms_enabled",
    "compiled_with_cxx11_abi", "get_deterministic_debug_mode", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads", "is_deterministic_algorithms_warn_only_enabled",
    "is_storage", "is_warn_always_enabled", "set_default_tensor_type",
    "set_deterministic_debug_mode", "set_float32_matmul_precision", "set_flush_denormal",
    "set_num_interop_threads", "set_num_threads", "set_warn_always", "typename",
    "use_deterministic_algorithms", "set_printoptions",
    # anomalies
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_anomaly_enabled",
    # transforms
    "vmap",
    # grad modes
    "enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad",
    "set_grad_enabled",
    # mixed precision
    "autocast", "get_autocast_cpu_dtype", "get_autocast_dtype", "get_autocast_gpu_dtype",
    "is_autocast_available", "is_autocast_cpu_enabled", "is_autocast_enabled", "GradScaler",
    # making tensors
    "range", "bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window",
    "arange", "empty", "empty_like", "empty_strided", "eye", "full", "full_like", "linspace",
    "logspace", "ones", "ones_like", "scalar_tensor", "tril_indices", "triu_indices", "zeros",
    "zeros_like", "sparse_bsc_tensor", "sparse_bsr_tensor", "sparse_compressed_tensor",
    "sparse_coo_tensor", "sparse_csc_tensor", "sparse_csr_tensor", "as_tensor", "asarray",
    "from_dlpack", "from_numpy", "frombuffer", "tensor", "to_dlpack",
    # random numbers
    "alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout", "_standard_gamma",
    "bernoulli", "binomial", "default_generator", "get_rng_state", "initial_seed", "manual_seed",
    "multinomial", "normal", "poisson", "rand", "rand_like", "randint", "randint_like", "randn",
    "randn_like", "randperm", "seed", "set_rng_state",
    # what a tensor is
    "get_device", "is_distributed", "is_inference", "is_neg", "is_same_size", "broadcast_shapes",
    "can_cast", "is_complex", "is_conj", "is_floating_point", "is_nonzero", "is_signed",
    "is_tensor", "numel", "promote_types", "result_type",
    # pointwise
    "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "angle", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2", "atanh",
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "clone", "complex",
    "copysign", "cos", "cosh", "deg2rad", "digamma", "div", "divide", "erf", "erfc", "erfinv",
    "exp", "exp2", "expm1", "fill", "fix", "float_power", "floor", "floor_divide", "fmod", "frac",
    "frexp", "heaviside", "hypot", "imag", "ldexp", "lerp", "lgamma", "log", "log10", "log1p",
    "log2", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor",
    "logit", "masked_fill", "mul", "multiply", "nan_to_num", "neg", "negative", "nextafter",
    "polar", "polygamma", "pow", "rad2deg", "reciprocal", "remainder", "round", "rsqrt", "rsub",
    "sgn", "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "sub", "subtract",
    "tan", "tanh", "true_divide", "trunc", "view_as_complex", "view_as_real", "xlogy", "conj",
    "conj_physical", "positive", "real", "resolve_conj", "resolve_neg",
    # in place
    "abs_", "acos_", "acosh_", "addmv_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_",
    "arctanh_", "as_strided_", "asin_", "asinh_", "atan_", "atanh_", "ceil_", "clamp_",
    "clamp_max_", "clamp_min_", "clip_", "conj_physical_", "cos_", "cosh_", "deg2rad_", "detach_",
    "erf_", "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_", "i0_",
    "lcm_", "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_", "neg_",
    "negative_", "rad2deg_", "reciprocal_", "relu_", "resize_as_", "round_", "rsqrt_", "sigmoid_",
    "sin_", "sinc_", "sinh_", "sqrt_", "square_", "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
    "alpha_dropout_", "dropout_", "feature_alpha_dropout_", "feature_dropout_", "embedding_renorm_",
    "celu_", "selu_", "threshold_",
    # comparison
    "eq", "fmax", "fmin", "ge", "greater", "greater_equal", "gt", "isclose", "isfinite", "isinf",
    "isnan", "isneginf", "isposinf", "isreal", "le", "less", "less_equal", "lt", "maximum",
    "minimum", "ne", "not_equal", "where", "allclose", "equal", "isin",
    # activations
    "rrelu", "rrelu_", "celu", "hardshrink", "log_softmax", "prelu", "relu", "selu", "softmax",
    "threshold",
    # reduction
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "cummax",
    "cummin", "cumprod", "cumsum", "diff", "logcumsumexp", "logsumexp", "mean", "nanmean",
    "nanquantile", "nansum", "norm", "prod", "quantile", "std", "std_mean", "sum", "var",
    "var_mean", "max", "min", "median", "nanmedian",
    # order
    "argsort", "bucketize", "kthvalue", "mode", "msort", "searchsorted", "sort", "topk", "bincount",
    "histc", "histogram", "histogramdd", "unique", "unique_consecutive",
    # shape
    "adjoint", "block_diag", "broadcast_to", "cartesian_prod", "cat", "chunk", "column_stack",
    "concat", "concatenate", "diag", "diag_embed", "diagflat", "diagonal", "dsplit", "dstack",
    "flip", "fliplr", "flipud", "hsplit", "hstack", "moveaxis", "movedim", "narrow",
    "pixel_shuffle", "pixel_unshuffle", "ravel", "reshape", "roll", "rot90", "row_stack", "select",
    "split", "split_with_sizes", "squeeze", "stack", "swapaxes", "swapdims", "t", "tile", "trace",
    "transpose", "tril", "triu", "unbind", "unflatten", "unsqueeze", "vsplit", "vstack",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "constant_pad_nd", "as_strided",
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_tensors", "detach", "flatten", "meshgrid",
    "permute", "repeat_interleave", "tensor_split",
    # views as copies
    "alias_copy", "detach_copy", "diagonal_copy", "expand_copy", "narrow_copy", "permute_copy",
    "select_copy", "slice_copy", "split_copy", "split_with_sizes_copy", "squeeze_copy", "t_copy",
    "transpose_copy", "unbind_copy", "unfold_copy", "unsqueeze_copy", "view_as_complex_copy",
    "view_as_real_copy", "view_copy", "as_strided_copy", "as_strided_scatter",
    # indexing
    "diagonal_scatter", "gather", "index_add", "index_copy", "index_fill", "index_reduce",
    "index_select", "masked_scatter", "put", "scatter", "scatter_add", "scatter_reduce",
    "select_scatter", "slice_scatter", "take", "take_along_dim", "argwhere", "index_put",
    "index_put_", "masked_select", "nonzero", "nonzero_static",
    # linear algebra
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bilinear", "bmm", "cdist", "chain_matmul",
    "cross", "dot", "dsmm", "ger", "inner", "kron", "matmul", "matrix_power", "mm", "mv", "outer",
    "tensordot", "vdot", "cholesky_inverse", "cholesky_solve", "det", "geqrf", "logdet", "lu_solve",
    "lu_unpack", "matrix_exp", "norm_except_dim", "pinverse", "qr", "slogdet", "spmm", "svd",
    "triangular_solve", "einsum", "lu", "orgqr", "ormqr", "pca_lowrank", "svd_lowrank", "cholesky",
    "inverse",
    # special functions, integers, statistics, sampled functions
    "i0", "igamma", "igammac", "istft", "mvlgamma", "gcd", "lcm", "stft", "cumulative_trapezoid",
    "gradient", "trapezoid", "trapz", "combinations", "unravel_index", "vander", "pdist",
    "corrcoef", "cov", "dist", "frobenius_norm", "renorm", "nuclear_norm",
    # convolutions and pooling
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "avg_pool1d", "channel_shuffle", "conv1d",
    "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "convolution", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d",
    "native_channel_shuffle",
    # neural
    "affine_grid_generator", "batch_norm", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d",
    "instance_norm", "native_batch_norm", "native_group_norm", "native_layer_norm",
    "cosine_similarity", "gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell",
    "pairwise_distance", "rms_norm", "binary_cross_entropy_with_logits", "cosine_embedding_loss",
    "embedding", "group_norm", "hinge_embedding_loss", "kl_div", "layer_norm",
    "margin_ranking_loss", "poisson_nll_loss", "triplet_margin_loss", "gru", "lstm", "rnn_relu",
    "rnn_tanh",
]
