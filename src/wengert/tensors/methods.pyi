"""What Tensor has besides its operators. Made by ``python -m tests.namespace``."""

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
from wengert.tensors.operators import Tensor
from wengert.tensors.random import Generator
from wengert.tensors.size import Size

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

class Methods:
    @property
    def H(self) -> Tensor:
        """The conjugate transpose of a matrix."""
    @property
    def T(self) -> Tensor:
        """A view with the dimensions in reverse order."""
    def __array__(self, dtype: _dtype | None = None,
            copy: _bool | None = None) -> _ndarray[_Any, _Any]: ...
    def __bool__(self) -> _bool: ...
    def __complex__(self) -> _complex: ...
    def __contains__(self, element: _Any) -> _bool: ...
    def __float__(self) -> _float: ...
    def __getitem__(self, index: _Any) -> Tensor:
        """``self[index]``."""
    def __index__(self) -> _int: ...
    def __int__(self) -> _int: ...
    def __iter__(self) -> _Iterator[Tensor]: ...
    def __len__(self) -> _int: ...
    def __reversed__(self) -> Tensor: ...
    def __setitem__(self, index: _Any, value: Tensor | _Number) -> None: ...
    def abs(self) -> Tensor:
        """The absolute value; real for a complex ``input``. Its derivative at 0 is 0."""
    def abs_(self) -> Tensor:
        """In-place :func:`torch.abs`; returns the tensor that it writes."""
    def absolute(self) -> Tensor:
        """The absolute value; real for a complex ``input``. Its derivative at 0 is 0."""
    def absolute_(self) -> Tensor:
        """In-place :func:`torch.abs`; returns the tensor that it writes."""
    def acos(self) -> Tensor:
        """The angle in [0, pi] with this cosine."""
    def acos_(self) -> Tensor:
        """In-place :func:`torch.acos`; returns the tensor that it writes."""
    def acosh(self) -> Tensor:
        """The inverse of the hyperbolic cosine; NaN below 1."""
    def acosh_(self) -> Tensor:
        """In-place :func:`torch.acosh`; returns the tensor that it writes."""
    def add(self, other: Tensor | _Number, *, alpha: _Scalar | None = None) -> Tensor:
        """``input + alpha * other``, elementwise with broadcasting."""
    def add_(self, other: Tensor | _Number, *, alpha: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.add`; returns the tensor that it writes."""
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _Scalar = 1,
            alpha: _Scalar = 1) -> Tensor:
        """``beta * input`` and ``alpha`` times the sum of the products of matrices in two
        batches."""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _Scalar = 1,
            alpha: _Scalar = 1) -> Tensor:
        """In-place :func:`torch.addbmm`; returns the tensor that it writes."""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: _Scalar | None = None) -> Tensor:
        """``input + value * tensor1 / tensor2``, elementwise with broadcasting."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.addcdiv`; returns the tensor that it writes."""
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: _Scalar | None = None) -> Tensor:
        """``input + value * tensor1 * tensor2``, elementwise with broadcasting."""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.addcmul`; returns the tensor that it writes."""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1) -> Tensor:
        """``beta * input + alpha * (mat1 @ mat2)``."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _Scalar = 1,
            alpha: _Scalar = 1) -> Tensor:
        """In-place :func:`torch.addmm`; returns the tensor that it writes."""
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1) -> Tensor:
        """``beta * input + alpha * (mat @ vec)``."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1) -> Tensor:
        """In-place :func:`torch.addmv`; returns the tensor that it writes."""
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1) -> Tensor:
        """``beta * input + alpha * outer(vec1, vec2)``."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _Scalar = 1, alpha: _Scalar = 1) -> Tensor:
        """In-place :func:`torch.addr`; returns the tensor that it writes."""
    def adjoint(self) -> Tensor:
        """The conjugate transpose of each matrix."""
    def all(self, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether no element is 0, over ``dim``; bool, but uint8 for uint8."""
    def allclose(self, other: Tensor | _Number, rtol: _float = 1e-05, atol: _float = 1e-08,
            equal_nan: _bool = False) -> _bool:
        """Whether ``abs(input - other) <= atol + rtol * abs(other)`` for all elements."""
    def amax(self, dim: _int | _Sequence[_int] | None = ..., keepdim: _bool = False) -> Tensor:
        """The maximum over ``dim``; elements that share it share its gradient evenly."""
    def amin(self, dim: _int | _Sequence[_int] | None = ..., keepdim: _bool = False) -> Tensor:
        """The minimum over ``dim``; elements that share it share its gradient evenly."""
    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> _aminmax_result:
        """The minimum and the maximum over ``dim``."""
    def angle(self) -> Tensor:
        """The phase in radians, in (-pi, pi]; 0 or pi for real numbers."""
    def any(self, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether an element is not 0, over ``dim``; bool, but uint8 for uint8."""
    def apply_(self, callable: _Callable[[_Any], _Any]) -> Tensor:
        """Replace each element by ``callable(element)``, in Python: slow. Autograd does not see
        it."""
    def arccos(self) -> Tensor:
        """The angle in [0, pi] with this cosine."""
    def arccos_(self) -> Tensor:
        """In-place :func:`torch.acos`; returns the tensor that it writes."""
    def arccosh(self) -> Tensor:
        """The inverse of the hyperbolic cosine; NaN below 1."""
    def arccosh_(self) -> Tensor:
        """In-place :func:`torch.acosh`; returns the tensor that it writes."""
    def arcsin(self) -> Tensor:
        """The angle in [-pi/2, pi/2] with this sine."""
    def arcsin_(self) -> Tensor:
        """In-place :func:`torch.asin`; returns the tensor that it writes."""
    def arcsinh(self) -> Tensor:
        """The inverse of the hyperbolic sine."""
    def arcsinh_(self) -> Tensor:
        """In-place :func:`torch.asinh`; returns the tensor that it writes."""
    def arctan(self) -> Tensor:
        """The angle in (-pi/2, pi/2) with this tangent."""
    def arctan2(self, other: Tensor | _Number) -> Tensor:
        """The angle of the point (other, input), in (-pi, pi]."""
    def arctan2_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.atan2`; returns the tensor that it writes."""
    def arctan_(self) -> Tensor:
        """In-place :func:`torch.atan`; returns the tensor that it writes."""
    def arctanh(self) -> Tensor:
        """The inverse of the hyperbolic tangent."""
    def arctanh_(self) -> Tensor:
        """In-place :func:`torch.atanh`; returns the tensor that it writes."""
    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The first place of the maximum over ``dim``, in the flattened input for None; int64."""
    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The first place of the minimum over ``dim``, in the flattened input for None; int64."""
    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> Tensor:
        """Where the elements in order along ``dim`` are; the order is always stable."""
    def argwhere(self) -> Tensor:
        """The indices of the elements that are not 0: ``nonzero(input)``."""
    def as_strided(self, size: _int | _Sequence[_int], stride: _int | _Sequence[_int],
            storage_offset: _int | None = None) -> Tensor:
        """The elements at ``storage_offset + i * stride[0] + ...`` of the memory that ``input``
        shares with its base; without ``storage_offset`` from the place where ``input``
        begins."""
    def as_strided_(self, size: _int | _Sequence[_int], stride: _int | _Sequence[_int],
            storage_offset: _int | None = None) -> Tensor:
        """In-place :meth:`as_strided`: the tensor becomes that view."""
    def as_strided_scatter(self, src: Tensor, size: _int | _Sequence[_int],
            stride: _int | _Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """``input`` with ``src`` at the elements that :func:`as_strided` shows."""
    def as_subclass(self, cls: _Any) -> _Any:
        """The tensor as one of a subclass of Tensor; they share values. What is computed from it
        is of the subclass too, unless the class says otherwise (``torch.overrides``)."""
    def asin(self) -> Tensor:
        """The angle in [-pi/2, pi/2] with this sine."""
    def asin_(self) -> Tensor:
        """In-place :func:`torch.asin`; returns the tensor that it writes."""
    def asinh(self) -> Tensor:
        """The inverse of the hyperbolic sine."""
    def asinh_(self) -> Tensor:
        """In-place :func:`torch.asinh`; returns the tensor that it writes."""
    def atan(self) -> Tensor:
        """The angle in (-pi/2, pi/2) with this tangent."""
    def atan2(self, other: Tensor | _Number) -> Tensor:
        """The angle of the point (other, input), in (-pi, pi]."""
    def atan2_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.atan2`; returns the tensor that it writes."""
    def atan_(self) -> Tensor:
        """In-place :func:`torch.atan`; returns the tensor that it writes."""
    def atanh(self) -> Tensor:
        """The inverse of the hyperbolic tangent."""
    def atanh_(self) -> Tensor:
        """In-place :func:`torch.atanh`; returns the tensor that it writes."""
    def backward(self, gradient: Tensor | None = None, retain_graph: _bool | None = None,
            create_graph: _bool = False, inputs: _Any = None) -> None:
        """Add the gradients of this tensor to the ``grad`` of the leaves; see
        :func:`torch.autograd.backward`."""
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _Scalar = 1,
            alpha: _Scalar = 1) -> Tensor:
        """``beta * input + alpha * (batch1 @ batch2)``, matrix by matrix."""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _Scalar = 1,
            alpha: _Scalar = 1) -> Tensor:
        """In-place :func:`torch.baddbmm`; returns the tensor that it writes."""
    def bernoulli(self, p: _float | None = None, *, generator: Generator | None = None) -> Tensor:
        """1 with the probability that each element is (or ``p``), else 0."""
    def bernoulli_(self, p: _Any = 0.5, *, generator: Generator | None = None) -> Tensor:
        """Fill with 1 with probability ``p``, a number or a tensor that broadcasts, else 0."""
    def bfloat16(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.bfloat16; itself if it has that dtype."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each of 0, 1, 2, ... occurs in a vector of integers; or the sums of
        ``weights``."""
    def bitwise_and(self, other: Tensor | _Number) -> Tensor:
        """``input & other`` of integers or bools."""
    def bitwise_and_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.bitwise_and`; returns the tensor that it writes."""
    def bitwise_left_shift(self, other: Tensor | _Number) -> Tensor:
        """``input << other`` of integers."""
    def bitwise_left_shift_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.bitwise_left_shift`; returns the tensor that it writes."""
    def bitwise_not(self) -> Tensor:
        """``~input`` of integers or bools."""
    def bitwise_not_(self) -> Tensor:
        """In-place :func:`torch.bitwise_not`; returns the tensor that it writes."""
    def bitwise_or(self, other: Tensor | _Number) -> Tensor:
        """``input | other`` of integers or bools."""
    def bitwise_or_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.bitwise_or`; returns the tensor that it writes."""
    def bitwise_right_shift(self, other: Tensor | _Number) -> Tensor:
        """``input >> other`` of integers."""
    def bitwise_right_shift_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.bitwise_right_shift`; returns the tensor that it writes."""
    def bitwise_xor(self, other: Tensor | _Number) -> Tensor:
        """``input ^ other`` of integers or bools."""
    def bitwise_xor_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.bitwise_xor`; returns the tensor that it writes."""
    def bmm(self, mat2: Tensor) -> Tensor:
        """Matrices (b, n, m) times matrices (b, m, p), one by one."""
    def bool(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.bool; itself if it has that dtype."""
    def broadcast_to(self, *size: _int | _Sequence[_int]) -> Tensor:
        """``input.expand(size)``."""
    def byte(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.uint8; itself if it has that dtype."""
    def cauchy_(self, median: _float = 0, sigma: _float = 1, *,
            generator: Generator | None = None) -> Tensor:
        """Fill with numbers drawn from the Cauchy distribution."""
    def ccol_indices(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``ccol_indices()``."""
    def cdouble(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.complex128; itself if it has that dtype."""
    def ceil(self) -> Tensor:
        """The smallest integer that is not below."""
    def ceil_(self) -> Tensor:
        """In-place :func:`torch.ceil`; returns the tensor that it writes."""
    def cfloat(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.complex64; itself if it has that dtype."""
    def chalf(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.complex32; itself if it has that dtype."""
    def char(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.int8; itself if it has that dtype."""
    def cholesky(self, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
        """The lower (or upper) Cholesky factor of a positive definite matrix."""
    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of A, given by its Cholesky factor ``L``."""
    def cholesky_solve(self, L: Tensor, upper: _bool = False) -> Tensor:
        """``X`` with ``A X = B``, A given by its Cholesky factor ``L`` (``upper``: its adjoint)."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """At most ``chunks`` consecutive parts, all but the last of one length."""
    def clamp(self, min: Tensor | _Number | None = None,
            max: Tensor | _Number | None = None) -> Tensor:
        """``input`` raised to ``min``, then lowered to ``max``: numbers or tensors."""
    def clamp_(self, min: Tensor | _Number | None = None,
            max: Tensor | _Number | None = None) -> Tensor:
        """In-place :func:`torch.clamp`; returns the tensor that it writes."""
    def clamp_max(self, max: Tensor | _Number) -> Tensor:
        """``input`` lowered to ``max``, a number or a tensor."""
    def clamp_max_(self, max: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.clamp_max`; returns the tensor that it writes."""
    def clamp_min(self, min: Tensor | _Number) -> Tensor:
        """``input`` raised to ``min``, a number or a tensor."""
    def clamp_min_(self, min: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.clamp_min`; returns the tensor that it writes."""
    def clip(self, min: Tensor | _Number | None = None,
            max: Tensor | _Number | None = None) -> Tensor:
        """``input`` raised to ``min``, then lowered to ``max``: numbers or tensors."""
    def clip_(self, min: Tensor | _Number | None = None,
            max: Tensor | _Number | None = None) -> Tensor:
        """In-place :func:`torch.clamp`; returns the tensor that it writes."""
    def clone(self, *, memory_format: _object | None = None) -> Tensor:
        """A copy of ``input``; gradients flow through it."""
    def coalesce(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``coalesce()``."""
    def col_indices(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``col_indices()``."""
    def conj(self) -> Tensor:
        """The complex conjugate; a real ``input`` itself."""
    def conj_physical(self) -> Tensor:
        """The complex conjugate; a real ``input`` itself."""
    def conj_physical_(self) -> Tensor:
        """In-place :func:`torch.conj_physical`; returns the tensor that it writes."""
    def contiguous(self, memory_format: _Any = None) -> Tensor:
        """The tensor with its elements row by row: itself, or a copy."""
    def copy_(self, src: Tensor | None = None, non_blocking: _bool = False, *,
            other: Tensor | _Number | None = None) -> Tensor:
        """Write ``src``, broadcast and cast to this shape and dtype; gradients flow to ``src``."""
    def copysign(self, other: Tensor | _Number) -> Tensor:
        """The size of ``input`` with the sign of ``other``."""
    def copysign_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.copysign`; returns the tensor that it writes."""
    def corrcoef(self) -> Tensor:
        """The correlations (n, n) of n variables in the rows of ``input`` (n, m)."""
    def cos(self) -> Tensor:
        """The cosine of an angle in radians."""
    def cos_(self) -> Tensor:
        """In-place :func:`torch.cos`; returns the tensor that it writes."""
    def cosh(self) -> Tensor:
        """The hyperbolic cosine."""
    def cosh_(self) -> Tensor:
        """In-place :func:`torch.cosh`; returns the tensor that it writes."""
    def count_nonzero(self, dim: _int | _Sequence[_int] | None = None) -> Tensor:
        """How many elements are not 0, over ``dim``; int64."""
    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None,
            aweights: Tensor | None = None) -> Tensor:
        """The covariance (n, n) of n variables in the rows of ``input`` (n, m), of one
        observation per column; 0-dim for one variable (m)."""
    def cpu(self, memory_format: _Any = None) -> Tensor:
        """The tensor on the CPU: itself, or a copy."""
    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """The cross product along ``dim``, or along the first dimension of length 3."""
    def crow_indices(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``crow_indices()``."""
    def cuda(self, device: _Device | None = None, non_blocking: _bool = False,
            memory_format: _Any = None) -> Tensor:
        """RuntimeError: there is no CUDA backend."""
    def cummax(self, dim: _int) -> _cummax_result:
        """The running maximum along ``dim`` and its last place so far."""
    def cummin(self, dim: _int) -> _cummin_result:
        """The running minimum along ``dim`` and its last place so far."""
    def cumprod(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The running product along ``dim``; int64 for bool and the integers."""
    def cumprod_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """In-place :func:`torch.cumprod`; returns the tensor that it writes."""
    def cumsum(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The running sum along ``dim``; int64 for bool and the integers."""
    def cumsum_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """In-place :func:`torch.cumsum`; returns the tensor that it writes."""
    @property
    def data(self) -> Tensor:
        """The tensor without its history, sharing its storage; assigning replaces the value."""
    @data.setter
    def data(self, value: Tensor) -> None: ...
    def data_ptr(self) -> _int:
        """The address of the first element of the present value, for comparing and for reading."""
    def deg2rad(self) -> Tensor:
        """Degrees to radians."""
    def deg2rad_(self) -> Tensor:
        """In-place :func:`torch.deg2rad`; returns the tensor that it writes."""
    def dense_dim(self) -> _int:
        """The number of dimensions."""
    def det(self) -> Tensor:
        """The determinant of each matrix."""
    def detach(self) -> Tensor:
        """The tensor as seen by autograd from outside: it shares storage, and no gradient flows
        through it."""
    def detach_(self) -> Tensor:
        """Cut this tensor from its history; returns it."""
    @property
    def device(self) -> _device:
        """Where the tensor lies: ``device(type='cpu')``."""
    def diag(self, diagonal: _int = 0) -> Tensor:
        """The diagonal of a matrix; the matrix with a vector on its diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices in the dimensions ``dim1`` and ``dim2``, with ``input`` on a diagonal."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """A matrix with the elements of ``input`` on a diagonal."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The elements ``i, i + offset`` of two dimensions, as a last dimension."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0,
            dim2: _int = 1) -> Tensor:
        """``input`` with ``src`` on a diagonal."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None,
            append: Tensor | None = None) -> Tensor:
        """The differences of neighbours along ``dim``, taken ``n`` times."""
    def digamma(self) -> Tensor:
        """The derivative of ``lgamma``."""
    def digamma_(self) -> Tensor:
        """In-place :func:`torch.digamma`; returns the tensor that it writes."""
    def dim(self) -> _int:
        """The number of dimensions."""
    def dist(self, other: Tensor | _Number, p: _float = 2) -> Tensor:
        """The p-norm of ``input - other``."""
    def div(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """``input / other``, elementwise with broadcasting; integers divide to floats."""
    def div_(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """In-place :func:`torch.div`; returns the tensor that it writes."""
    def divide(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """``input / other``, elementwise with broadcasting; integers divide to floats."""
    def divide_(self, other: Tensor | _Number, *, rounding_mode: str | None = None) -> Tensor:
        """In-place :func:`torch.div`; returns the tensor that it writes."""
    def dot(self, tensor: Tensor) -> Tensor:
        """The sum of the products of two vectors' elements."""
    def double(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.float64; itself if it has that dtype."""
    def dsplit(self, indices_or_sections: _int | _Sequence[_int]) -> tuple[Tensor, ...]:
        """Equal parts along dimension 2."""
    @property
    def dtype(self) -> _dtype:
        """The type of the elements."""
    def element_size(self) -> _int:
        """The number of bytes of an element."""
    def eq(self, other: Tensor | _Number) -> Tensor:
        """``input == other``, a bool per element."""
    def eq_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.eq`; returns the tensor that it writes."""
    def equal(self, other: Tensor | _Number) -> _bool:
        """Whether shape and all elements are equal."""
    def erf(self) -> Tensor:
        """The error function."""
    def erf_(self) -> Tensor:
        """In-place :func:`torch.erf`; returns the tensor that it writes."""
    def erfc(self) -> Tensor:
        """``1 - erf(input)``, exact for large arguments."""
    def erfc_(self) -> Tensor:
        """In-place :func:`torch.erfc`; returns the tensor that it writes."""
    def erfinv(self) -> Tensor:
        """The inverse of the error function."""
    def erfinv_(self) -> Tensor:
        """In-place :func:`torch.erfinv`; returns the tensor that it writes."""
    def exp(self) -> Tensor:
        """``e ** input``."""
    def exp2(self) -> Tensor:
        """``2 ** input``."""
    def exp2_(self) -> Tensor:
        """In-place :func:`torch.exp2`; returns the tensor that it writes."""
    def exp_(self) -> Tensor:
        """In-place :func:`torch.exp`; returns the tensor that it writes."""
    def expand(self, *size: _int | _Sequence[_int]) -> Tensor:
        """Repeated along new dimensions and those of length 1, without a copy; -1 keeps a
        length."""
    def expand_as(self, other: Tensor) -> Tensor:
        """``self.expand(other.shape)``."""
    def expm1(self) -> Tensor:
        """``exp(input) - 1``, exact near 0."""
    def expm1_(self) -> Tensor:
        """In-place :func:`torch.expm1`; returns the tensor that it writes."""
    def exponential_(self, lambd: _float = 1, *, generator: Generator | None = None) -> Tensor:
        """Fill with waiting times of rate ``lambd``."""
    def fill_(self, value: Tensor | _Number) -> Tensor:
        """Write ``value``, a number or a 0-dim tensor, to every element."""
    def fill_diagonal_(self, fill_value: _Any, wrap: _bool = False) -> Tensor:
        """Write a number to the main diagonal of a matrix."""
    def fix(self) -> Tensor:
        """The integer part."""
    def fix_(self) -> Tensor:
        """In-place :func:`torch.trunc`; returns the tensor that it writes."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """The dimensions from ``start_dim`` to ``end_dim`` as one; the tensor itself if that is
        one already. A view where strides allow it, a copy elsewhere."""
    def flip(self, *dims: _int | _Sequence[_int]) -> Tensor:
        """The order of the elements reversed along dimensions."""
    def fliplr(self) -> Tensor:
        """The order of the columns reversed."""
    def flipud(self) -> Tensor:
        """The order of the rows reversed."""
    def float(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.float32; itself if it has that dtype."""
    def float_power(self, exponent: _Scalar) -> Tensor:
        """``input ** exponent`` in float64, or complex128 if one of them is complex."""
    def float_power_(self, exponent: _Scalar) -> Tensor:
        """In-place :func:`torch.float_power`; returns the tensor that it writes."""
    def floor(self) -> Tensor:
        """The largest integer that is not above."""
    def floor_(self) -> Tensor:
        """In-place :func:`torch.floor`; returns the tensor that it writes."""
    def floor_divide(self, other: Tensor | _Number) -> Tensor:
        """``floor(input / other)``, elementwise with broadcasting; its derivative is 0."""
    def floor_divide_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.floor_divide`; returns the tensor that it writes."""
    def fmax(self, other: Tensor | _Number) -> Tensor:
        """The larger of two; NaN only if both are. In a tie the first receives the gradient."""
    def fmin(self, other: Tensor | _Number) -> Tensor:
        """The smaller of two; NaN only if both are. In a tie the first receives the gradient."""
    def fmod(self, other: Tensor | _Number) -> Tensor:
        """``input - other * trunc(input / other)``: the remainder with the sign of ``input``."""
    def fmod_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.fmod`; returns the tensor that it writes."""
    def frac(self) -> Tensor:
        """``input - trunc(input)``."""
    def frac_(self) -> Tensor:
        """In-place :func:`torch.frac`; returns the tensor that it writes."""
    def frexp(self) -> _frexp_result:
        """``mantissa * 2 ** exponent``: a number in [0.5, 1), with a sign, and an int32."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """``out[i, j] = input[index[i, j], j]`` for ``dim=0``, and likewise; the shape of
        ``index``."""
    def gcd(self, other: Tensor) -> Tensor:
        """The greatest common divisor of integers, not negative."""
    def gcd_(self, other: Tensor) -> Tensor:
        """In-place :func:`torch.gcd`; returns the tensor that it writes."""
    def ge(self, other: Tensor | _Number) -> Tensor:
        """``input >= other``, a bool per element."""
    def ge_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.ge`; returns the tensor that it writes."""
    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Tensor:
        """Fill with numbers of trials up to the first success, of probability ``p``."""
    def geqrf(self) -> _geqrf_result:
        """A QR factorisation as LAPACK leaves it: R above, below it the vectors of the
        reflections, and their factors ``tau``."""
    def ger(self, vec2: Tensor) -> Tensor:
        """The products of each element of a vector with each of another."""
    def get_device(self) -> _int:
        """The number of the tensor's device; -1, that of the CPU."""
    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have added up; None before the first."""
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @property
    def grad_fn(self) -> _Any:
        """The derivative of the operation that made this tensor; None for a leaf."""
    def greater(self, other: Tensor | _Number) -> Tensor:
        """``input > other``, a bool per element."""
    def greater_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.gt`; returns the tensor that it writes."""
    def greater_equal(self, other: Tensor | _Number) -> Tensor:
        """``input >= other``, a bool per element."""
    def greater_equal_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.ge`; returns the tensor that it writes."""
    def gt(self, other: Tensor | _Number) -> Tensor:
        """``input > other``, a bool per element."""
    def gt_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.gt`; returns the tensor that it writes."""
    def half(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.float16; itself if it has that dtype."""
    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """``input``, and 0 where its size is at most ``lambd``."""
    def heaviside(self, values: Tensor) -> Tensor:
        """0 below 0, 1 above it, and ``values`` at it; the derivative is 0."""
    def heaviside_(self, values: Tensor) -> Tensor:
        """In-place :func:`torch.heaviside`; returns the tensor that it writes."""
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0, *,
            out: Tensor | None = None) -> Tensor:
        """How many elements fall in each of ``bins`` equal intervals from ``min`` to ``max``."""
    def histogram(self, bins: _Any = 100, *, range: _Any = None, weight: Tensor | None = None,
            density: _bool = False, out: Tensor | None = None) -> Tensor:
        """How many elements fall in each of ``bins`` equal intervals of ``range`` (of the
        smallest to the largest element), or between the edges that a tensor ``bins`` lists:
        ``hist`` and ``bin_edges``. ``weight`` says how much an element counts; ``density``
        has the integral 1."""
    def hsplit(self, indices_or_sections: _int | _Sequence[_int]) -> tuple[Tensor, ...]:
        """Equal parts along dimension 1, or 0 of a vector."""
    def hypot(self, other: Tensor | _Number) -> Tensor:
        """``sqrt(input**2 + other**2)``, without overflow."""
    def hypot_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.hypot`; returns the tensor that it writes."""
    def i0(self) -> Tensor:
        """The modified Bessel function of the first kind of order 0."""
    def i0_(self) -> Tensor:
        """In-place :func:`torch.i0`; returns the tensor that it writes."""
    def igamma(self, other: Tensor | _Number) -> Tensor:
        """The regularised lower incomplete gamma function of shape ``input`` at ``other``; its
        derivative is in ``other`` alone, and an error elsewhere."""
    def igamma_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.igamma`; returns the tensor that it writes."""
    def igammac(self, other: Tensor | _Number) -> Tensor:
        """``1 - igamma(input, other)``, exact far out."""
    def igammac_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.igammac`; returns the tensor that it writes."""
    @property
    def imag(self) -> Tensor:
        """The imaginary part, a view; RuntimeError if the tensor is not complex."""
    @imag.setter
    def imag(self, value: Tensor) -> None: ...
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *,
            alpha: _Scalar | None = None) -> Tensor:
        """``input`` with ``alpha`` times the slices of ``source`` added at places along ``dim``."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *,
            alpha: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.index_add`; returns the tensor that it writes."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """``input`` with the slices of ``source`` at places along ``dim``."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """In-place :func:`torch.index_copy`; returns the tensor that it writes."""
    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
        """``input`` with ``value``, a number or a tensor of no dimensions, at places along
        ``dim``."""
    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.index_fill`; returns the tensor that it writes."""
    def index_put(self, indices: _Sequence[_Any], values: Tensor,
            accumulate: _bool = False) -> Tensor:
        """``input`` with ``values`` at ``input[indices]``; added to what is there if
        ``accumulate``."""
    def index_put_(self, indices: _Sequence[_Any], values: Tensor,
            accumulate: _bool = False) -> Tensor:
        """In-place :func:`index_put`."""
    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *,
            include_self: _bool = True) -> Tensor:
        """``input`` with the slices of ``source`` reduced into the places ``index`` along
        ``dim``."""
    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *,
            include_self: _bool = True) -> Tensor:
        """In-place :func:`torch.index_reduce`; returns the tensor that it writes."""
    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The slices of ``dim`` that a vector of integers names, in its order."""
    def indices(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``indices()``."""
    def inner(self, other: Tensor) -> Tensor:
        """The sum of products over the last dimensions of both; a product with a 0-dim tensor."""
    def int(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.int32; itself if it has that dtype."""
    def inverse(self, *, out: Tensor | None = None) -> Tensor:
        """The inverse of each matrix."""
    def is_coalesced(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``is_coalesced()``."""
    def is_complex(self) -> _bool:
        """Whether the dtype is complex."""
    def is_conj(self) -> _bool:
        """False: conjugation is computed, not marked."""
    def is_contiguous(self, memory_format: _Any = None) -> _bool:
        """Whether the elements lie row by row, without gaps."""
    @property
    def is_cpu(self) -> _bool:
        """Whether the tensor lies on the CPU."""
    @property
    def is_cuda(self) -> _bool:
        """Whether the tensor lies on a CUDA device."""
    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating one."""
    def is_inference(self) -> _bool:
        """Whether the tensor was made in inference mode."""
    @property
    def is_ipu(self) -> _bool:
        """``is_ipu`` is False: a tensor is dense, on the CPU."""
    @property
    def is_leaf(self) -> _bool:
        """Whether this tensor is no result of operations through which gradients flow."""
    @property
    def is_meta(self) -> _bool:
        """Whether the tensor has a shape and no values."""
    @property
    def is_mkldnn(self) -> _bool:
        """``is_mkldnn`` is False: a tensor is dense, on the CPU."""
    @property
    def is_mps(self) -> _bool:
        """``is_mps`` is False: a tensor is dense, on the CPU."""
    def is_neg(self) -> _bool:
        """False: negation is computed, not marked."""
    @property
    def is_nested(self) -> _bool:
        """``is_nested`` is False: a tensor is dense, on the CPU."""
    def is_nonzero(self) -> _bool:
        """Whether the only element is not zero; RuntimeError if there is another number of them."""
    def is_pinned(self, device: _Device | None = None) -> _bool:
        """False: there is no pinned memory."""
    @property
    def is_quantized(self) -> _bool:
        """``is_quantized`` is False: a tensor is dense, on the CPU."""
    def is_same_size(self, other: Tensor) -> _bool:
        """Whether the shapes are equal."""
    def is_shared(self) -> _bool:
        """False: tensors are not shared between processes."""
    def is_signed(self) -> _bool:
        """Whether the dtype has negative numbers."""
    @property
    def is_sparse(self) -> _bool:
        """``is_sparse`` is False: a tensor is dense, on the CPU."""
    @property
    def is_sparse_csr(self) -> _bool:
        """``is_sparse_csr`` is False: a tensor is dense, on the CPU."""
    @property
    def is_vulkan(self) -> _bool:
        """``is_vulkan`` is False: a tensor is dense, on the CPU."""
    @property
    def is_xla(self) -> _bool:
        """``is_xla`` is False: a tensor is dense, on the CPU."""
    @property
    def is_xpu(self) -> _bool:
        """``is_xpu`` is False: a tensor is dense, on the CPU."""
    def isclose(self, other: Tensor | _Number, rtol: _float = 1e-05, atol: _float = 1e-08,
            equal_nan: _bool = False) -> Tensor:
        """Whether ``abs(input - other) <= atol + rtol * abs(other)``, or both are the same."""
    def isfinite(self) -> Tensor:
        """Whether it is neither infinite nor NaN."""
    def isin(self, test_elements: Tensor | _Number, *, assume_unique: _bool = False,
            invert: _bool = False, out: Tensor | None = None) -> Tensor:
        """Whether each of ``elements`` is among ``test_elements``; not so with ``invert``."""
    def isinf(self) -> Tensor:
        """Whether it is infinite, or a part of it is."""
    def isnan(self) -> Tensor:
        """Whether it is NaN, or a part of it is."""
    def isneginf(self) -> Tensor:
        """Whether it is negative infinity."""
    def isposinf(self) -> Tensor:
        """Whether it is positive infinity."""
    def isreal(self) -> Tensor:
        """Whether the imaginary part is 0."""
    def istft(self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
            window: Tensor | None = None, center: _bool = True, normalized: _bool = False,
            onesided: _bool | None = None, length: _int | None = None,
            return_complex: _bool = False) -> Tensor:
        """The signal of which ``input`` is the :func:`stft`, or the nearest to one: (batch,
        length)."""
    def item(self) -> _Any:
        """The only element as a Python number; RuntimeError if there is another number of them."""
    @property
    def itemsize(self) -> _int:
        """The number of bytes of an element."""
    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product: each element of ``input`` times ``other``, in its place."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> _kthvalue_result:
        """The ``k``-th smallest along ``dim``, from 1, and where it is."""
    @property
    def layout(self) -> _layout:
        """``torch.strided``, always."""
    def lcm(self, other: Tensor) -> Tensor:
        """The least common multiple of integers."""
    def lcm_(self, other: Tensor) -> Tensor:
        """In-place :func:`torch.lcm`; returns the tensor that it writes."""
    def ldexp(self, other: Tensor | _Number) -> Tensor:
        """``input * 2 ** other``."""
    def ldexp_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.ldexp`; returns the tensor that it writes."""
    def le(self, other: Tensor | _Number) -> Tensor:
        """``input <= other``, a bool per element."""
    def le_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.le`; returns the tensor that it writes."""
    def lerp(self, end: Tensor | _Number, weight: Tensor | _Number) -> Tensor:
        """``input + weight * (end - input)``, exact at the weights 0 and 1."""
    def lerp_(self, end: Tensor | _Number, weight: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.lerp`; returns the tensor that it writes."""
    def less(self, other: Tensor | _Number) -> Tensor:
        """``input < other``, a bool per element."""
    def less_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.lt`; returns the tensor that it writes."""
    def less_equal(self, other: Tensor | _Number) -> Tensor:
        """``input <= other``, a bool per element."""
    def less_equal_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.le`; returns the tensor that it writes."""
    def lgamma(self) -> Tensor:
        """``log(abs(gamma(input)))``."""
    def lgamma_(self) -> Tensor:
        """In-place :func:`torch.lgamma`; returns the tensor that it writes."""
    def log(self) -> Tensor:
        """The natural logarithm."""
    def log10(self) -> Tensor:
        """The logarithm to the base 10."""
    def log10_(self) -> Tensor:
        """In-place :func:`torch.log10`; returns the tensor that it writes."""
    def log1p(self) -> Tensor:
        """``log(1 + input)``, exact near 0."""
    def log1p_(self) -> Tensor:
        """In-place :func:`torch.log1p`; returns the tensor that it writes."""
    def log2(self) -> Tensor:
        """The logarithm to the base 2."""
    def log2_(self) -> Tensor:
        """In-place :func:`torch.log2`; returns the tensor that it writes."""
    def log_(self) -> Tensor:
        """In-place :func:`torch.log`; returns the tensor that it writes."""
    def log_normal_(self, mean: _float = 1, std: _float = 2, *,
            generator: Generator | None = None) -> Tensor:
        """Fill with exp(x), x normal with ``mean`` and ``std``."""
    def log_softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """``input - log(sum(exp(input)))`` along ``dim``, without overflow."""
    def logaddexp(self, other: Tensor | _Number) -> Tensor:
        """``log(exp(input) + exp(other))``, without overflow."""
    def logaddexp2(self, other: Tensor | _Number) -> Tensor:
        """``log2(2 ** input + 2 ** other)``, without overflow."""
    def logcumsumexp(self, dim: _int) -> Tensor:
        """``log(cumsum(exp(input)))`` along ``dim``, without overflow."""
    def logdet(self) -> Tensor:
        """The logarithm of the determinant; NaN where it is negative."""
    def logical_and(self, other: Tensor | _Number) -> Tensor:
        """Whether both are not 0."""
    def logical_and_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.logical_and`; returns the tensor that it writes."""
    def logical_not(self) -> Tensor:
        """Whether it is 0, a bool per element."""
    def logical_not_(self) -> Tensor:
        """In-place :func:`torch.logical_not`; returns the tensor that it writes."""
    def logical_or(self, other: Tensor | _Number) -> Tensor:
        """Whether one at least is not 0."""
    def logical_or_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.logical_or`; returns the tensor that it writes."""
    def logical_xor(self, other: Tensor | _Number) -> Tensor:
        """Whether just one is not 0."""
    def logical_xor_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.logical_xor`; returns the tensor that it writes."""
    def logit(self, eps: _float | None = None) -> Tensor:
        """``log(input / (1 - input))``, of ``input`` clamped to ``[eps, 1 - eps]`` if given."""
    def logit_(self, eps: _float | None = None) -> Tensor:
        """In-place :func:`torch.logit`; returns the tensor that it writes."""
    def logsumexp(self, dim: _int | _Sequence[_int] | None, keepdim: _bool = False) -> Tensor:
        """``log(sum(exp(input)))`` over ``dim``, without overflow."""
    def long(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.int64; itself if it has that dtype."""
    def lt(self, other: Tensor | _Number) -> Tensor:
        """``input < other``, a bool per element."""
    def lt_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.lt`; returns the tensor that it writes."""
    def lu(self, pivot: _bool = True, get_infos: _bool = False, *,
            out: Tensor | None = None) -> Tensor:
        """:func:`torch.linalg.lu_factor`; with ``get_infos`` ``lu_factor_ex``."""
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """``X`` with ``A X = b``, A given by ``lu_factor``."""
    @property
    def mH(self) -> Tensor:
        """The conjugate transpose of each matrix."""
    @property
    def mT(self) -> Tensor:
        """A view with the last two dimensions exchanged."""
    def map_(self, other: Tensor | _Number, callable: _Callable[[_Any, _Any], _Any]) -> Tensor:
        """Replace each element by ``callable(element, other's element)``, in Python: slow."""
    def masked_fill(self, mask: Tensor, value: Tensor | _Number) -> Tensor:
        """``input`` with ``value``, a number or a 0-dim tensor, where ``mask`` (bool) holds."""
    def masked_fill_(self, mask: Tensor, value: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.masked_fill`; returns the tensor that it writes."""
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """``input`` with the elements of ``source``, in order, where ``mask`` is true."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """In-place :func:`torch.masked_scatter`; returns the tensor that it writes."""
    def masked_select(self, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
        """The elements of ``input`` where ``mask`` (bool) is true, in one dimension."""
    def matmul(self, other: Tensor) -> Tensor:
        """The matrix product, by the operands' dimensions: ``dot``, ``mv``, ``mm``, or a batch
        of them whose leading dimensions broadcast; a vector is a row on the left and a column
        on the right."""
    def matrix_exp(self) -> Tensor:
        """``1 + A + A^2 / 2 + ...`` of each square matrix; of half precision, computed in
        float32."""
    def matrix_power(self, n: _int) -> Tensor:
        """The product of ``n`` copies of each square matrix, or of its inverse for a negative
        ``n``."""
    @_overload
    def max(self) -> Tensor:
        """The largest element, or the larger or smaller of two tensors' elements."""
    @_overload
    def max(self, dim: _int, keepdim: _bool = False) -> _max_result: ...
    @_overload
    def max(self, other: Tensor) -> Tensor: ...
    def maximum(self, other: Tensor | _Number) -> Tensor:
        """The larger of two; NaN if one is. In a tie each receives half of the gradient."""
    def mean(self, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
            dtype: _dtype | None = None) -> Tensor:
        """The mean over ``dim`` of floating or complex elements."""
    @_overload
    def median(self) -> Tensor:
        """The lower of the middle elements."""
    @_overload
    def median(self, dim: _int, keepdim: _bool = False) -> _median_result: ...
    @_overload
    def min(self) -> Tensor:
        """The smallest element, or the larger or smaller of two tensors' elements."""
    @_overload
    def min(self, dim: _int, keepdim: _bool = False) -> _min_result: ...
    @_overload
    def min(self, other: Tensor) -> Tensor: ...
    def minimum(self, other: Tensor | _Number) -> Tensor:
        """The smaller of two; NaN if one is. In a tie each receives half of the gradient."""
    def mm(self, mat2: Tensor) -> Tensor:
        """A matrix (n, m) times a matrix (m, p)."""
    def mode(self, dim: _int = -1, keepdim: _bool = False) -> _mode_result:
        """The most frequent element along ``dim``, the least of these, and its last place."""
    def moveaxis(self, source: _int | _Sequence[_int],
            destination: _int | _Sequence[_int]) -> Tensor:
        """The dimensions ``source`` moved to the places ``destination``, the others in order."""
    def movedim(self, source: _int | _Sequence[_int],
            destination: _int | _Sequence[_int]) -> Tensor:
        """The dimensions ``source`` moved to the places ``destination``, the others in order."""
    def msort(self) -> Tensor:
        """The elements in order along the first dimension."""
    def mul(self, other: Tensor | _Number) -> Tensor:
        """``input * other``, elementwise with broadcasting."""
    def mul_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.mul`; returns the tensor that it writes."""
    def multinomial(self, num_samples: _int, replacement: _bool = False, *,
            generator: Generator | None = None) -> Tensor:
        """``num_samples`` indices drawn from each row of weights."""
    def multiply(self, other: Tensor | _Number) -> Tensor:
        """``input * other``, elementwise with broadcasting."""
    def multiply_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.mul`; returns the tensor that it writes."""
    def mv(self, vec: Tensor) -> Tensor:
        """A matrix (n, m) times a vector (m)."""
    def mvlgamma(self, p: _int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension ``p``."""
    def mvlgamma_(self, p: _int) -> Tensor:
        """In-place :func:`torch.mvlgamma`; returns the tensor that it writes."""
    def nan_to_num(self, nan: _Scalar | None = None, posinf: _Scalar | None = None,
            neginf: _Scalar | None = None) -> Tensor:
        """``input`` with NaN replaced by ``nan`` (0), and the infinities by ``posinf`` and
        ``neginf`` (the largest finite numbers); the derivative there is 0."""
    def nan_to_num_(self, nan: _Scalar | None = None, posinf: _Scalar | None = None,
            neginf: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.nan_to_num`; returns the tensor that it writes."""
    def nanmean(self, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
            dtype: _dtype | None = None) -> Tensor:
        """The mean over ``dim`` of the elements that are not NaN."""
    @_overload
    def nanmedian(self) -> Tensor:
        """The lower of the middle elements."""
    @_overload
    def nanmedian(self, dim: _int, keepdim: _bool = False) -> _nanmedian_result: ...
    def nanquantile(self, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *,
            interpolation: str = 'linear') -> Tensor:
        """:func:`quantile` of the elements that are not NaN."""
    def nansum(self, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
            dtype: _dtype | None = None) -> Tensor:
        """The sum over ``dim`` of the elements that are not NaN."""
    def narrow(self, dim: _int, start: _Scalar, length: _int) -> Tensor:
        """``length`` elements of dimension ``dim`` from ``start``."""
    def narrow_copy(self, dim: _int, start: _Scalar, length: _int) -> Tensor:
        """A copy of what :func:`narrow` gives."""
    @property
    def nbytes(self) -> _int:
        """The number of bytes of all elements."""
    @property
    def ndim(self) -> _int:
        """The number of dimensions."""
    def ndimension(self) -> _int:
        """The number of dimensions."""
    def ne(self, other: Tensor | _Number) -> Tensor:
        """``input != other``, a bool per element."""
    def ne_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.ne`; returns the tensor that it writes."""
    def neg(self) -> Tensor:
        """``-input``, elementwise."""
    def neg_(self) -> Tensor:
        """In-place :func:`torch.neg`; returns the tensor that it writes."""
    def negative(self) -> Tensor:
        """``-input``, elementwise."""
    def negative_(self) -> Tensor:
        """In-place :func:`torch.neg`; returns the tensor that it writes."""
    def nelement(self) -> _int:
        """The number of elements."""
    def new(self, *args: _Any, device: _Device | None = None) -> Tensor:
        """``x.new(*sizes)`` or ``x.new(data)``: a tensor of the same dtype."""
    def new_empty(self, *size: _int | _Sequence[_int], dtype: _dtype | None = None,
            out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
            pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
        """A tensor of a shape and the same dtype, to be written; until then it holds zeros."""
    def new_full(self, size: _int | _Sequence[_int], fill_value: _Any, *,
            dtype: _dtype | None = None, out: Tensor | None = None, layout: _layout | None = None,
            device: _Device = None, pin_memory: _bool | None = False,
            requires_grad: _bool = False) -> Tensor:
        """A tensor of a shape and the same dtype of which every element is ``fill_value``."""
    def new_ones(self, *size: _int | _Sequence[_int], dtype: _dtype | None = None,
            out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
            pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
        """Ones of a shape and the same dtype."""
    def new_tensor(self, data: _Any, *, dtype: _dtype | None = None, device: _Device | None = None,
            requires_grad: _bool = False, pin_memory: _bool = False) -> Tensor:
        """A tensor with a copy of ``data``, of the same dtype unless another is given."""
    def new_zeros(self, *size: _int | _Sequence[_int], dtype: _dtype | None = None,
            out: Tensor | None = None, layout: _layout | None = None, device: _Device = None,
            pin_memory: _bool | None = False, requires_grad: _bool = False) -> Tensor:
        """Zeros of a shape and the same dtype."""
    def nextafter(self, other: Tensor | _Number) -> Tensor:
        """The next floating-point number from ``input`` towards ``other``."""
    def nextafter_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.nextafter`; returns the tensor that it writes."""
    @_overload
    def nonzero(self, *, as_tuple: _Literal[False] = ..., out: Tensor | None = None) -> Tensor:
        """The indices of the elements that are not 0, in their order: int64 of shape (n,
        input.ndim)."""
    @_overload
    def nonzero(self, *, as_tuple: _Literal[True]) -> tuple[Tensor, ...]: ...
    def nonzero_static(self, *, size: _int, fill_value: _int = -1,
            out: Tensor | None = None) -> Tensor:
        """The first ``size`` indices of elements that are not 0, int64 of shape (size,
        input.ndim); ``fill_value`` where there are fewer."""
    def norm(self, p: _float | str | None = 'fro', dim: _int | _Sequence[_int] | None = None,
            keepdim: _bool = False, dtype: _dtype | None = None) -> Tensor:
        """The p-norm over ``dim``; ``"fro"`` and None are the norm of order 2."""
    def normal_(self, mean: _float = 0, std: _float = 1, *,
            generator: Generator | None = None) -> Tensor:
        """Fill with numbers drawn from the normal distribution."""
    def not_equal(self, other: Tensor | _Number) -> Tensor:
        """``input != other``, a bool per element."""
    def not_equal_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.ne`; returns the tensor that it writes."""
    def numel(self) -> _int:
        """The number of elements."""
    def numpy(self, *, force: _bool = False) -> _ndarray[_Any, _Any]:
        """An array that shares memory with the tensor: each sees what the other writes."""
    def orgqr(self, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
        """:func:`torch.linalg.householder_product`."""
    def ormqr(self, tau: Tensor, other: Tensor | _Number, left: _bool = True,
            transpose: _bool = False, *, out: Tensor | None = None) -> Tensor:
        """``Q other``, or ``other Q`` if not ``left``; ``Q^H`` for Q if ``transpose``."""
    def outer(self, vec2: Tensor) -> Tensor:
        """The products of each element of a vector with each of another."""
    @property
    def output_nr(self) -> _int:
        """Which of the results of its operation this tensor is."""
    def permute(self, *dims: _int | _Sequence[_int]) -> Tensor:
        """The dimensions in another order: dimension ``i`` of the result is ``dims[i]``."""
    def pin_memory(self, device: _Device | None = None) -> Tensor:
        """RuntimeError: there is no device for which memory would be pinned."""
    def pinverse(self, rcond: _float = 0.0, hermitian: _bool = False, *, atol: _float | None = None,
            rtol: _float | None = None) -> Tensor:
        """The pseudo-inverse (Moore and Penrose); singular values of at most ``max(atol, rtol *
        the largest)`` count as 0."""
    def polygamma(self, n: _int) -> Tensor:
        """``polygamma(n, input)``, as a method."""
    def polygamma_(self, n: _int) -> Tensor:
        """In-place :func:`torch.polygamma_of`; returns the tensor that it writes."""
    def positive(self) -> Tensor:
        """``input`` itself."""
    def pow(self, exponent: _Scalar) -> Tensor:
        """``input ** exponent``, elementwise with broadcasting; ``0 ** 0`` is 1."""
    def pow_(self, exponent: _Scalar) -> Tensor:
        """In-place :func:`torch.pow`; returns the tensor that it writes."""
    def prelu(self, weight: Tensor) -> Tensor:
        """``input`` above 0, and ``weight * input`` elsewhere."""
    def prod(self, dim: _int | None = None, keepdim: _bool = False, *,
            dtype: _dtype | None = None) -> Tensor:
        """The product over ``dim``; int64 for bool and the integers unless ``dtype`` says
        otherwise."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """``input`` with the elements of ``source`` at places of the flattened tensor."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """In-place :func:`torch.put`; returns the tensor that it writes."""
    def qr(self, some: _bool = True) -> _qr_result:
        """``input = Q R``; ``some`` leaves out the columns of Q that R does not need."""
    def quantile(self, q: Tensor | _Number, dim: _int | None = None, keepdim: _bool = False, *,
            interpolation: str = 'linear') -> Tensor:
        """The quantiles ``q`` along ``dim``: values below which a fraction ``q`` lies."""
    def rad2deg(self) -> Tensor:
        """Radians to degrees."""
    def rad2deg_(self) -> Tensor:
        """In-place :func:`torch.rad2deg`; returns the tensor that it writes."""
    def random_(self, from_: _int | None = None, to: _int | None = None, *,
            generator: Generator | None = None, **others: _Any) -> Tensor:
        """``random_(from, to)``, ``random_(to)``, ``random_()``: fill with integers drawn from
        [from, to), [0, to), or all that the dtype holds."""
    def ravel(self) -> Tensor:
        """All elements in one dimension, row by row: a view, or a copy where they lie otherwise."""
    @property
    def real(self) -> Tensor:
        """The real part, a view; the tensor itself if it is not complex."""
    @real.setter
    def real(self, value: Tensor) -> None: ...
    def reciprocal(self) -> Tensor:
        """``1 / input``."""
    def reciprocal_(self) -> Tensor:
        """In-place :func:`torch.reciprocal`; returns the tensor that it writes."""
    def register_hook(self, hook: _Callable[[_Any], _Any]) -> _RemovableHandle:
        """Have ``hook(grad)`` called at each backward with this tensor's gradient; a tensor that
        it returns replaces the gradient."""
    def register_post_accumulate_grad_hook(self, hook: _Callable[[_Any], None]) -> _RemovableHandle:
        """Have ``hook(tensor)`` called after a backward has added to this leaf's ``grad``."""
    def relu(self, inplace: _bool = False) -> Tensor:
        """``max(input, 0)``; its derivative at 0 is 0."""
    def relu_(self, inplace: _bool = False) -> Tensor:
        """In-place :func:`torch.relu`; returns the tensor that it writes."""
    def remainder(self, other: Tensor | _Number) -> Tensor:
        """``input - other * floor(input / other)``: the remainder with the sign of ``other``."""
    def remainder_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.remainder`; returns the tensor that it writes."""
    def renorm(self, p: _float, dim: _int, maxnorm: _float, *, out: Tensor | None = None) -> Tensor:
        """``input`` with each slice along ``dim`` shrunk to a p-norm of at most ``maxnorm``."""
    def renorm_(self, p: _float, dim: _int, maxnorm: _float) -> Tensor:
        """In-place :func:`renorm`."""
    def repeat(self, *repeats: _int | _Sequence[_int]) -> Tensor:
        """``input`` repeated along each dimension, and along new ones in front."""
    def repeat_interleave(self, repeats: _Any = None, dim: _int | None = None, *,
            output_size: _int | None = None) -> Tensor:
        """Each element (or slice along ``dim``) ``repeats`` times in a row."""
    @property
    def requires_grad(self) -> _bool:
        """Whether gradients flow through this tensor; only a leaf's can be set."""
    @requires_grad.setter
    def requires_grad(self, value: _bool) -> None: ...
    def requires_grad_(self, requires_grad: _bool = True) -> Tensor:
        """Have gradients flow to this leaf, or no longer; returns it."""
    def reshape(self, *shape: _int | _Sequence[_int]) -> Tensor:
        """The same elements in another shape, one of whose lengths may be -1."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """``self.reshape(other.shape)``."""
    def resize_(self, *sizes: _int | _Sequence[_int], size: _int | _Sequence[_int] | None = None,
            memory_format: _Any = None) -> Tensor:
        """Give the tensor another shape: the elements of its memory in order, from where it
        begins; where that ends before, memory of its own, with zeros after its elements."""
    def resize_as_(self, other: Tensor, *, memory_format: _Any = None) -> Tensor:
        """Give the tensor the shape of ``other``, as :meth:`resize_` does."""
    def resolve_conj(self) -> Tensor:
        """``input`` itself: conjugation is never delayed."""
    def resolve_neg(self) -> Tensor:
        """``input`` itself: negation is never delayed."""
    def retain_grad(self) -> None:
        """Have the gradient of a computed tensor kept in ``grad``."""
    @property
    def retains_grad(self) -> _bool:
        """Whether :meth:`retain_grad` was called on this computed tensor."""
    def roll(self, shifts: _int | _Sequence[_int],
            dims: _int | _Sequence[_int] | None = None) -> Tensor:
        """The elements moved on along dimensions, those beyond the end to the front; without
        ``dims`` in the flattened tensor."""
    def rot90(self, k: _int = 1, dims: _Sequence[_int] = ...) -> Tensor:
        """``input`` turned ``k`` times by 90 degrees, from the first of ``dims`` to the second."""
    def round(self, *, decimals: _int = 0) -> Tensor:
        """The nearest multiple of ``10 ** -decimals``; halves go to the even one."""
    def round_(self, *, decimals: _int = 0) -> Tensor:
        """In-place :func:`torch.round`; returns the tensor that it writes."""
    def row_indices(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``row_indices()``."""
    def rsqrt(self) -> Tensor:
        """``1 / sqrt(input)``."""
    def rsqrt_(self) -> Tensor:
        """In-place :func:`torch.rsqrt`; returns the tensor that it writes."""
    def scatter(self, dim: _int, index: Tensor, src: Tensor | None = None, *,
            value: _Scalar | None = None, reduce: str | None = None) -> Tensor:
        """``input`` with ``out[index[i, j], j] = src[i, j]`` for ``dim=0``, and likewise;
        ``src`` is a tensor or a number. ``reduce`` is None, "add" or "multiply"."""
    def scatter_(self, dim: _int, index: Tensor, src: Tensor | None = None, *,
            value: _Scalar | None = None, reduce: str | None = None) -> Tensor:
        """In-place :func:`torch.scatter`; returns the tensor that it writes."""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """``input`` with ``out[index[i, j], j] += src[i, j]`` for ``dim=0``, and likewise."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """In-place :func:`torch.scatter_add`; returns the tensor that it writes."""
    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *,
            include_self: _bool = True) -> Tensor:
        """``input`` with ``src`` reduced into the places that ``index`` gives along ``dim``."""
    def scatter_reduce_(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *,
            include_self: _bool = True) -> Tensor:
        """In-place :func:`torch.scatter_reduce`; returns the tensor that it writes."""
    def select(self, dim: _int, index: _Scalar) -> Tensor:
        """Element ``index`` of dimension ``dim``, which goes."""
    def select_scatter(self, src: Tensor, dim: _int, index: _Scalar) -> Tensor:
        """``input`` with ``src`` at ``input.select(dim, index)``."""
    def set_(self, source: _Any = None, *args: _Any) -> Tensor:
        """Make this tensor share the values of the tensor ``source``."""
    def sgn(self) -> Tensor:
        """``input / abs(input)``, and 0 at 0."""
    def sgn_(self) -> Tensor:
        """In-place :func:`torch.sgn`; returns the tensor that it writes."""
    @property
    def shape(self) -> Size:
        """The lengths of the dimensions."""
    def share_memory_(self) -> Tensor:
        """NotImplementedError: tensors are not shared between processes."""
    def short(self, memory_format: _Any = None) -> Tensor:
        """The tensor in torch.int16; itself if it has that dtype."""
    def sigmoid(self) -> Tensor:
        """``1 / (1 + exp(-input))``."""
    def sigmoid_(self) -> Tensor:
        """In-place :func:`torch.sigmoid`; returns the tensor that it writes."""
    def sign(self) -> Tensor:
        """-1, 0 or 1."""
    def sign_(self) -> Tensor:
        """In-place :func:`torch.sign`; returns the tensor that it writes."""
    def signbit(self) -> Tensor:
        """Whether the sign bit is set, that of -0.0 included."""
    def sin(self) -> Tensor:
        """The sine of an angle in radians."""
    def sin_(self) -> Tensor:
        """In-place :func:`torch.sin`; returns the tensor that it writes."""
    def sinc(self) -> Tensor:
        """``sin(pi input) / (pi input)``, and 1 at 0."""
    def sinc_(self) -> Tensor:
        """In-place :func:`torch.sinc`; returns the tensor that it writes."""
    def sinh(self) -> Tensor:
        """The hyperbolic sine."""
    def sinh_(self) -> Tensor:
        """In-place :func:`torch.sinh`; returns the tensor that it writes."""
    @_overload
    def size(self, dim: None = None) -> Size:
        """The shape, or the length of dimension ``dim``; IndexError if there is none such."""
    @_overload
    def size(self, dim: _int) -> _int: ...
    def slice_scatter(self, src: Tensor, dim: _int = 0, start: _int | None = None,
            end: _int | None = None, step: _int = 1) -> Tensor:
        """``input`` with ``src`` at elements ``start:end:step`` of a dimension."""
    def slogdet(self) -> _linalg_slogdet_result:
        """The sign of the determinant and the logarithm of its size."""
    def softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """``exp(input) / sum(exp(input))`` along ``dim``, without overflow."""
    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> _sort_result:
        """The elements in order along ``dim``, and where each was; the order is always stable."""
    def sparse_dim(self) -> _int:
        """0: a dense tensor has no sparse dimensions."""
    def sparse_mask(self, mask: Tensor) -> Tensor:
        """The elements where ``mask``, a sparse tensor, has values; sparse."""
    def split(self, split_size: _int | _Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Consecutive parts of a length (the last may be shorter), or of the lengths given."""
    def split_with_sizes(self, split_sizes: _Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Consecutive parts of the lengths given."""
    def sqrt(self) -> Tensor:
        """The square root; NaN below 0."""
    def sqrt_(self) -> Tensor:
        """In-place :func:`torch.sqrt`; returns the tensor that it writes."""
    def square(self) -> Tensor:
        """``input ** 2``, elementwise."""
    def square_(self) -> Tensor:
        """In-place :func:`torch.square`; returns the tensor that it writes."""
    def squeeze(self, dim: _int | _Sequence[_int] | None = None) -> Tensor:
        """Without the dimensions of length 1: all, or those among ``dim``."""
    def squeeze_(self, dim: _int | _Sequence[_int] | None = None) -> Tensor:
        """In-place :meth:`squeeze`: the tensor changes its shape."""
    def std(self, dim: _int | _Sequence[_int] | None = None, unbiased: _bool | None = None,
            keepdim: _bool = False, *, correction: _float | None = None) -> Tensor:
        """The square root of :func:`var`; its gradient is 0 where it is 0."""
    def stft(self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
            window: Tensor | None = None, center: _bool = True, pad_mode: str = 'reflect',
            normalized: _bool = False, onesided: _bool | None = None,
            return_complex: _bool | None = None, align_to_window: _bool | None = None) -> Tensor:
        """The Fourier transforms of overlapping frames of a signal: (..., frequencies, frames)."""
    def storage(self) -> _TypedStorage:
        """The memory that the tensor shares with its views, as elements of its dtype."""
    def storage_offset(self) -> _int:
        """Where in the memory of its base the tensor begins, in elements; 0 if it is no view."""
    @_overload
    def stride(self, dim: None = None) -> tuple[_int, ...]:
        """How many elements apart in memory neighbours lie, for each dimension or for ``dim``."""
    @_overload
    def stride(self, dim: _int) -> _int: ...
    def sub(self, other: Tensor | _Number, *, alpha: _Scalar | None = None) -> Tensor:
        """``input - alpha * other``, elementwise with broadcasting."""
    def sub_(self, other: Tensor | _Number, *, alpha: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.sub`; returns the tensor that it writes."""
    def subtract(self, other: Tensor | _Number, *, alpha: _Scalar | None = None) -> Tensor:
        """``input - alpha * other``, elementwise with broadcasting."""
    def subtract_(self, other: Tensor | _Number, *, alpha: _Scalar | None = None) -> Tensor:
        """In-place :func:`torch.sub`; returns the tensor that it writes."""
    def sum(self, dim: _int | _Sequence[_int] | None = None, keepdim: _bool = False, *,
            dtype: _dtype | None = None) -> Tensor:
        """The sum over ``dim``; int64 for bool and the integers unless ``dtype`` says otherwise."""
    def sum_to_size(self, *sizes: _int | _Sequence[_int],
            size: _int | _Sequence[_int] | None = None) -> Tensor:
        """The sum over the dimensions that would broadcast ``size`` to the shape."""
    def svd(self, some: _bool = True, compute_uv: _bool = True) -> _svd_result:
        """``input = U diag(S) V^H``; ``some`` leaves out what the singular values do not need."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Two dimensions exchanged."""
    def swapaxes_(self, dim0: _int, dim1: _int) -> Tensor:
        """In-place :meth:`swapaxes`: the tensor changes its shape."""
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dimensions exchanged."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """In-place :meth:`swapdims`: the tensor changes its shape."""
    def t(self) -> Tensor:
        """The transpose of a matrix; a vector as it is."""
    def t_(self) -> Tensor:
        """In-place :meth:`t`: the tensor changes its shape."""
    def take(self, index: Tensor) -> Tensor:
        """The elements of the flattened ``input`` at ``index``, in its shape."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """``input`` at ``indices`` along ``dim``, where the other dimensions broadcast; without
        ``dim`` at places in the flattened tensors."""
    def tan(self) -> Tensor:
        """The tangent of an angle in radians."""
    def tan_(self) -> Tensor:
        """In-place :func:`torch.tan`; returns the tensor that it writes."""
    def tanh(self) -> Tensor:
        """The hyperbolic tangent."""
    def tanh_(self) -> Tensor:
        """In-place :func:`torch.tanh`; returns the tensor that it writes."""
    @_overload
    def tensor_split(self, indices_or_sections: _int | _Sequence[_int] | Tensor,
            dim: _int = 0) -> tuple[Tensor, ...]:
        """Parts whose lengths differ by at most 1 (``sections``), or that end at ``indices``."""
    @_overload
    def tensor_split(self, sections: _int | _Sequence[_int] | Tensor,
            dim: _int = 0) -> tuple[Tensor, ...]: ...
    @_overload
    def tensor_split(self, indices: _int | _Sequence[_int] | Tensor,
            dim: _int = 0) -> tuple[Tensor, ...]: ...
    def tile(self, *dims: _int | _Sequence[_int]) -> Tensor:
        """``input`` repeated along each of its last dimensions."""
    @_overload
    def to(self, dtype: _dtype, non_blocking: _bool = False, copy: _bool = False, *,
            memory_format: _memory_format | None = None) -> Tensor:
        """The tensor in another dtype; itself if there is nothing to do and ``copy`` is False."""
    @_overload
    def to(self, other: Tensor, non_blocking: _bool = False, copy: _bool = False, *,
            memory_format: _memory_format | None = None) -> Tensor: ...
    @_overload
    def to(self, device: _Device = None, dtype: _dtype | None = None, non_blocking: _bool = False,
            copy: _bool = False, *, memory_format: _memory_format | None = None) -> Tensor: ...
    def to_dense(self, dtype: _dtype | None = None, *, masked_grad: _bool | None = None) -> Tensor:
        """A dense tensor: itself, but in a ``dtype`` if one is given."""
    def to_sparse(self, sparse_dim: _Any = None, *, layout: _Any = None, blocksize: _Any = None,
            dense_dim: _int | None = None) -> Tensor:
        """A sparse tensor of the elements that are not 0; of the first ``sparse_dim``
        dimensions, the slices. ``layout`` is ``torch.sparse_coo`` if none is given."""
    def to_sparse_coo(self) -> Tensor:
        """A sparse tensor in the layout COO."""
    def to_sparse_csc(self, dense_dim: _int | None = None) -> Tensor:
        """A sparse matrix by columns."""
    def to_sparse_csr(self, dense_dim: _int | None = None) -> Tensor:
        """A sparse matrix by rows."""
    def tolist(self) -> _Any:
        """The elements as nested lists of Python numbers; a number if 0-dim."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True,
            sorted: _bool = True) -> _topk_result:
        """The ``k`` largest (or smallest) along ``dim``, in order, and where they are."""
    def trace(self) -> Tensor:
        """The sum of the diagonal of a matrix."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dimensions exchanged."""
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """In-place :meth:`transpose`: the tensor changes its shape."""
    def triangular_solve(self, A: Tensor, upper: _bool = True, transpose: _bool = False,
            unitriangular: _bool = False) -> _triangular_solve_result:
        """``X`` with ``A X = b`` of a triangular A, and A."""
    def tril(self, diagonal: _int = 0) -> Tensor:
        """The elements on and below a diagonal of each matrix, 0 elsewhere."""
    def tril_(self, diagonal: _int = 0) -> Tensor:
        """In-place :func:`torch.tril`; returns the tensor that it writes."""
    def triu(self, diagonal: _int = 0) -> Tensor:
        """The elements on and above a diagonal of each matrix, 0 elsewhere."""
    def triu_(self, diagonal: _int = 0) -> Tensor:
        """In-place :func:`torch.triu`; returns the tensor that it writes."""
    def true_divide(self, other: Tensor | _Number) -> Tensor:
        """``input / other``, elementwise with broadcasting."""
    def true_divide_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.true_divide`; returns the tensor that it writes."""
    def trunc(self) -> Tensor:
        """The integer part."""
    def trunc_(self) -> Tensor:
        """In-place :func:`torch.trunc`; returns the tensor that it writes."""
    @_overload
    def type(self, dtype: None = None, non_blocking: _bool = False) -> str:
        """The name of the tensor's type, ``"torch.FloatTensor"``; with ``dtype`` (a dtype, or a
        type's name or class) the tensor in that dtype."""
    @_overload
    def type(self, dtype: _dtype | str | _type, non_blocking: _bool = False) -> Tensor: ...
    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the dtype of ``other``."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """The elements of dimension ``dim``, which goes, as a tuple."""
    def unflatten(self, dim: _int, sizes: _Sequence[_int]) -> Tensor:
        """Dimension ``dim`` as several, of which one length may be -1."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """Windows of ``size`` elements of a dimension, each ``step`` after the last, as a last
        dimension."""
    def uniform_(self, from_: _float = 0, to: _float = 1, *, generator: Generator | None = None,
            **others: _Any) -> Tensor:
        """Fill with numbers drawn evenly from [from, to)."""
    @_overload
    def unique(self, sorted: _Literal[True] = ..., return_inverse: _Literal[False] = ...,
            return_counts: _Literal[False] = ..., dim: _int | None = None) -> Tensor:
        """The distinct elements, in order; with ``dim``, the distinct slices along it."""
    @_overload
    def unique(self, sorted: _bool = True, return_inverse: _bool = False,
            return_counts: _bool = False, dim: _int | None = None) -> _Any: ...
    @_overload
    def unique_consecutive(self, return_inverse: _Literal[False] = ...,
            return_counts: _Literal[False] = ..., dim: _int | None = None) -> Tensor:
        """The elements (or slices along ``dim``) without those equal to the one before."""
    @_overload
    def unique_consecutive(self, return_inverse: _bool = False, return_counts: _bool = False,
            dim: _int | None = None) -> _Any: ...
    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """A copy of what :func:`chunk` gives."""
    def unsafe_split(self, split_size_or_sections: _int | _Sequence[_int],
            dim: _int = 0) -> tuple[Tensor, ...]:
        """A copy of what :func:`split` gives."""
    def unsafe_split_with_sizes(self, split_sizes: _Sequence[_int],
            dim: _int = 0) -> tuple[Tensor, ...]:
        """A copy of what :func:`split_with_sizes` gives."""
    def unsqueeze(self, dim: _int) -> Tensor:
        """With a new dimension of length 1 at ``dim``."""
    def unsqueeze_(self, dim: _int) -> Tensor:
        """In-place :meth:`unsqueeze`: the tensor changes its shape."""
    def untyped_storage(self) -> _UntypedStorage:
        """The memory that the tensor shares with its views, as bytes."""
    def values(self) -> Tensor:
        """RuntimeError: a dense tensor has no ``values()``."""
    def var(self, dim: _int | _Sequence[_int] | None = None, unbiased: _bool | None = None,
            keepdim: _bool = False, *, correction: _float | None = None) -> Tensor:
        """``sum(|x - mean|^2) / (n - correction)`` over ``dim``; ``correction`` is 1 by default."""
    def vdot(self, other: Tensor) -> Tensor:
        """The dot product of two vectors, the first conjugated."""
    @_overload
    def view(self, dtype: _dtype) -> Tensor:
        """The same elements in another shape, sharing memory; one length may be -1."""
    @_overload
    def view(self, *shape: _int | _Sequence[_int]) -> Tensor: ...
    def view_as(self, other: Tensor) -> Tensor:
        """``self.view(other.shape)``."""
    def vsplit(self, indices_or_sections: _int | _Sequence[_int]) -> tuple[Tensor, ...]:
        """Equal parts along dimension 0."""
    def where(self, condition: Tensor, other: Tensor | _Number) -> Tensor:
        """``where(condition, input, other)``, as a method of ``input``."""
    def xlogy(self, other: Tensor | _Number) -> Tensor:
        """``input * log(other)``, and 0 at ``input`` 0."""
    def xlogy_(self, other: Tensor | _Number) -> Tensor:
        """In-place :func:`torch.xlogy`; returns the tensor that it writes."""
    def zero_(self) -> Tensor:
        """Write zeros."""
