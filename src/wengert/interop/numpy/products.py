"""NumPy's products and ``np.linalg`` on tensors; results that NumPy names have its names."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as torch

from ...engine.errors import LinAlgError
from ...engine.recording.flushing import value
from .operands import axes_of, axis_of, cast, inexact, kind, promoted, tensor

Function = Callable[..., Any]

EigResult = namedtuple("EigResult", "eigenvalues eigenvectors")
EighResult = namedtuple("EighResult", "eigenvalues eigenvectors")
QRResult = namedtuple("QRResult", "Q R")
SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")
SVDResult = namedtuple("SVDResult", "U S Vh")


class NumPysError(LinAlgError, np.linalg.LinAlgError):
    """What PyTorch programs and NumPy programs catch where a factorisation does not exist."""


NumPysError.__name__ = NumPysError.__qualname__ = "LinAlgError"
NumPysError.__module__ = "numpy.linalg"


def checked(function: Function) -> Function:
    """``function``, whose result is computed at once, so that its error is raised here."""
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            found = function(*args, **kwargs)
        except LinAlgError as error:
            raise NumPysError(str(error)) from None
        return found
    call.__name__ = function.__name__
    return call


# Products
def dot(a: Any, b: Any, out: None = None) -> Any:
    a, b = promoted(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim <= 2 and b.ndim <= 2:
        return torch.matmul(a, b)
    return torch.tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def inner(a: Any, b: Any, /) -> Any:
    a, b = promoted(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return torch.tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def vdot(a: Any, b: Any, /) -> Any:
    a, b = promoted(a, b)
    return torch.matmul(torch.conj(a.reshape(-1)), b.reshape(-1))


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    a, b = promoted(x1, x2)
    return torch.sum(torch.conj(a) * b, axis)


def matvec(x1: Any, x2: Any) -> Any:
    return torch.matmul(x1, x2.unsqueeze(-1)).squeeze(-1)


def vecmat(x1: Any, x2: Any) -> Any:
    return torch.matmul(torch.conj(x1).unsqueeze(-2), x2).squeeze(-2)


def matmul(x1: Any, x2: Any, /) -> Any:
    return torch.matmul(*promoted(x1, x2))


def outer(a: Any, b: Any, out: None = None) -> Any:
    a, b = promoted(a, b)
    return a.reshape(-1, 1) * b.reshape(1, -1)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = promoted(a, b)
    if isinstance(axes, int):
        return torch.tensordot(a, b, axes)
    left, right = [list(x) if isinstance(x, (list, tuple)) else [int(x)] for x in axes]
    return torch.tensordot(a, b, (list(axes_of(left, a.ndim)), list(axes_of(right, b.ndim))))


def kron(a: Any, b: Any) -> Any:
    return torch.kron(*promoted(a, b))


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1,
          axis: Any = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = promoted(a, b)
    a, b = torch.movedim(a, axisa, -1), torch.movedim(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("Both input arrays must be (arrays of) 3-dimensional vectors, but they "
                         f"are {a.shape[-1]} and {b.shape[-1]} dimensional instead.")
    a, b = torch.broadcast_tensors(a, b)
    return torch.movedim(torch.linalg.cross(a, b, dim=-1), -1, axisc)


def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return cross(x1, x2, axis=axis)


def einsum(*operands: Any, out: None = None, optimize: Any = False, dtype: Any = None,
           **kwargs: Any) -> Any:
    given = list(operands)
    if isinstance(given[0], str):
        equation, arrays = given[0], given[1:]
    else:
        equation, arrays = as_text(given)
    return torch.einsum(equation, *[cast(x, dtype) for x in promoted(*arrays)])


def as_text(given: list[Any]) -> tuple[str, list[Any]]:
    """``einsum`` with lists of numbers for its indices, as an equation and operands."""
    def letters(indices: Any) -> str:
        return "".join("..." if i is Ellipsis else
                       chr(ord("a") + i if i < 26 else ord("A") + i - 26) for i in indices)
    arrays = given[:len(given) // 2 * 2:2]
    equation = ",".join(letters(i) for i in given[1::2])
    return (f"{equation}->{letters(given[-1])}" if len(given) % 2 else equation), arrays


def multi_dot(arrays: Any, *, out: None = None) -> Any:
    return torch.linalg.multi_dot(promoted(*arrays))


def matrix_power(a: Any, n: int) -> Any:
    x = tensor(a)
    return torch.linalg.matrix_power(inexact(x) if n < 0 else x, n)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None,
          out: None = None) -> Any:
    return torch.sum(cast(torch.diagonal(tensor(a), offset, axis1, axis2), dtype), -1)


def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(x, offset, -2, -1, dtype)


# Systems, inverses, determinants
def solve(a: Any, b: Any) -> Any:
    a, b = map(inexact, promoted(a, b))
    if b.ndim == 1:
        return torch.linalg.solve(a, b.unsqueeze(-1)).squeeze(-1)
    if b.ndim < a.ndim:
        b = b.reshape((1,) * (a.ndim - b.ndim) + tuple(b.shape))
    return torch.linalg.solve(a, b)


def of_matrix(function: Function) -> Function:
    """A function of one matrix, of floating numbers."""
    def call(a: Any) -> Any:
        return function(inexact(a))
    call.__name__ = function.__name__
    return call


inv, det, eigvals_complex = map(of_matrix, (torch.linalg.inv, torch.linalg.det,
                                            torch.linalg.eigvals))


def slogdet(a: Any) -> Any:
    return SlogdetResult(*torch.linalg.slogdet(inexact(a)))


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    x = inexact(a)
    if rtol is not np._NoValue and rtol is not None:
        rcond = rtol
    elif rtol is None:
        rcond = max(x.shape[-2:]) * np.finfo(kind(x)).eps
    return torch.linalg.pinv(x, rtol=1e-15 if rcond is None else rcond, hermitian=hermitian)


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = map(inexact, promoted(a, b))
    s = torch.linalg.svdvals(a)
    eps = float(np.finfo(kind(a)).eps)
    limit = eps * max(a.shape) if rcond is None else eps if rcond == -1 else rcond
    values = value(s)
    rank = int((values > limit * values.max(initial=0)).sum())
    flat = b.unsqueeze(-1) if b.ndim == 1 else b
    m, n = a.shape
    if rank == min(m, n):
        found = torch.linalg.lstsq(a, flat)[0]
    else:
        found = torch.matmul(torch.linalg.pinv(a, rtol=limit), flat)
    off = flat - torch.matmul(a, found)
    rest = torch.sum(torch.abs(off) ** 2, 0) if m > n and rank == n else torch.zeros(
        0, dtype=s.dtype)
    return found.squeeze(-1) if b.ndim == 1 else found, rest, rank, s


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = map(inexact, promoted(a, b))
    return torch.linalg.tensorsolve(a, b, axes)


def tensorinv(a: Any, ind: int = 2) -> Any:
    return torch.linalg.tensorinv(inexact(a), ind)


# Factorisations
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    return torch.linalg.cholesky(inexact(a), upper=upper)


def qr(a: Any, mode: str = "reduced") -> Any:
    if mode not in ("reduced", "complete", "r"):
        raise NotImplementedError(f"np.linalg.qr of a tensor with mode={mode!r}: the modes are "
                                  "reduced, complete and r")
    q, r = torch.linalg.qr(inexact(a), "reduced" if mode == "r" else mode)
    return r if mode == "r" else QRResult(q, r)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True,
        hermitian: bool = False) -> Any:
    x = inexact(a)
    if not compute_uv:
        return torch.linalg.svdvals(x)
    return SVDResult(*torch.linalg.svd(x, full_matrices))


def svdvals(x: Any, /) -> Any:
    return torch.linalg.svdvals(inexact(x))


def eigh(a: Any, UPLO: str = "L") -> Any:
    return EighResult(*torch.linalg.eigh(inexact(a), UPLO))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return torch.linalg.eigvalsh(inexact(a), UPLO)


def eig(a: Any) -> Any:
    x = inexact(a)
    w, v = torch.linalg.eig(x)
    return EigResult(w.real, v.real) if is_real(x, w) else EigResult(w, v)


def eigvals(a: Any) -> Any:
    x = inexact(a)
    w = torch.linalg.eigvals(x)
    return w.real if is_real(x, w) else w


def is_real(x: Any, w: Any) -> bool:
    """Whether NumPy gives real eigenvalues: of a real matrix, if all are."""
    return kind(x).kind != "c" and not np.any(value(w).imag)


# Norms
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = inexact(x)
    if axis is None and ord is None:
        flat = torch.linalg.vector_norm(x, 2)
        return flat.reshape((1,) * x.ndim) if keepdims else flat
    axes = axes_of(axis, x.ndim)
    if len(axes) == 1:
        return torch.linalg.vector_norm(x, 2 if ord is None else ord, axes[0], keepdims)
    if len(axes) == 2:
        return torch.linalg.matrix_norm(x, "fro" if ord is None else ord, axes, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    x = inexact(x)
    return torch.linalg.vector_norm(x, ord, axes_of(axis, x.ndim), keepdims)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return torch.linalg.matrix_norm(inexact(x), "fro" if ord is None else ord, (-2, -1), keepdims)


def cond(x: Any, p: Any = None) -> Any:
    return torch.linalg.cond(inexact(x), p)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    return np.linalg.matrix_rank(value(tensor(A)), tol, hermitian, rtol=rtol)


# Convolutions
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = [x.reshape(1) if x.ndim == 0 else x for x in promoted(a, v)]
    if a.shape[0] < v.shape[0]:
        a, v = v, a
    n, m = a.shape[0], v.shape[0]
    if m == 0:
        raise ValueError("v cannot be empty")
    edge = torch.zeros(m - 1, dtype=a.dtype)
    full = torch.matmul(torch.cat([edge, a, edge]).unfold(0, m, 1), torch.flip(v, (0,)))
    start = {"full": 0, "same": (m - 1) // 2, "valid": m - 1}[mode]
    return full[start:start + {"full": n + m - 1, "same": n, "valid": n - m + 1}[mode]]


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = promoted(a, v)
    if a.shape[0] < v.shape[0]:
        return torch.flip(torch.conj(correlate(v, a, mode)), (0,))
    m = v.shape[0]
    full = convolve(a, torch.flip(torch.conj(v), (0,)))
    start = {"full": 0, "same": m // 2, "valid": m - 1}[mode]
    n = {"full": full.shape[0], "same": a.shape[0], "valid": a.shape[0] - m + 1}[mode]
    return full[start:start + n]


# Polynomials, the highest power first
def polyval(p: Any, x: Any) -> Any:
    p, x = tensor(p), tensor(x)
    p, x = promoted(p, x)
    y = torch.zeros_like(x)
    for k in range(p.shape[0]):
        y = y * x + p[k]
    return y


def polyder(p: Any, m: int = 1) -> Any:
    p = tensor(p)
    for _ in range(m):
        n = p.shape[0] - 1
        p = p[:-1] * cast(tensor(np.arange(n, 0, -1)), kind(p))
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    p = inexact(p)
    ends = cast(tensor(np.zeros(m) if k is None else np.broadcast_to(k, m)), kind(p))
    for i in range(m):
        n = p.shape[0]
        p = torch.cat([p / cast(tensor(np.arange(n, 0, -1)), kind(p)), ends[i:i + 1]])
    return p


def polyadd(a1: Any, a2: Any) -> Any:
    a, b = [torch.atleast_1d(x) for x in promoted(a1, a2)]
    n = max(a.shape[0], b.shape[0])
    a, b = [torch.cat([torch.zeros(n - x.shape[0], dtype=x.dtype), x]) for x in (a, b)]
    return a + b


def polysub(a1: Any, a2: Any) -> Any:
    return polyadd(a1, -tensor(a2))


def polymul(a1: Any, a2: Any) -> Any:
    return convolve(a1, a2)


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    x = tensor(x)
    n = x.shape[0] if N is None else N
    columns = [torch.ones_like(x)]
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    columns = columns[:n]
    if not n:
        return torch.zeros((x.shape[0], 0), dtype=x.dtype)
    return torch.stack(columns if increasing else columns[::-1], 1)


def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None,
            cov: Any = False) -> Any:
    if full or cov:
        raise NotImplementedError("np.polyfit of tensors returns the coefficients alone: "
                                  "full=False, cov=False")
    x, y = map(inexact, promoted(x, y))
    left = vander(x, deg + 1)
    if w is not None:
        weights = inexact(w)
        left, y = left * weights[:, None], y * (weights if y.ndim == 1 else weights[:, None])
    scale = torch.sqrt(torch.sum(left * left, 0))
    found = lstsq(left / scale, y, len(x) * np.finfo(kind(x)).eps if rcond is None else rcond)[0]
    return found / (scale if found.ndim == 1 else scale[:, None])


def roots(p: Any) -> Any:
    p = inexact(p)
    places = np.flatnonzero(value(p))
    if not len(places):
        return torch.zeros(0, dtype=p.dtype)
    first, last = int(places[0]), int(places[-1])
    zeros = p.shape[0] - last - 1
    p = p[first:last + 1]
    n = p.shape[0] - 1
    if n < 1:
        return torch.zeros(zeros, dtype=p.dtype)
    below = cast(tensor(np.eye(n - 1, n)), kind(p))
    found = eigvals(torch.cat([(-p[1:] / p[0])[None], below]))
    return torch.cat([found, torch.zeros(zeros, dtype=found.dtype)]) if zeros else found


def poly(seq_of_zeros: Any) -> Any:
    z = inexact(seq_of_zeros)
    if z.ndim == 2:
        z = eigvals(z)
    found = torch.ones(1, dtype=z.dtype)
    for k in range(z.shape[0]):
        found = convolve(found, torch.stack([torch.ones_like(z[k]), -z[k]]))
    return found


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    x = inexact(p)
    d = axis_of(axis, x.ndim)
    n = x.shape[d]
    step = x.narrow(d, 1, n - 1) - x.narrow(d, 0, n - 1)
    half = period / 2
    turned = torch.remainder(step + half, period) - half
    turned = torch.where((turned == -half) & (step > 0), torch.full_like(turned, half), turned)
    jump = torch.where(torch.abs(step) < (half if discont is None else max(discont, half)),
                       torch.zeros_like(step), turned - step)
    return torch.cat([x.narrow(d, 0, 1), x.narrow(d, 1, n - 1) + torch.cumsum(jump, d)], d)
