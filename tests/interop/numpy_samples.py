"""Samples for each row of ``wengert.interop.numpy.table``: expressions in the arrays of ``ENV``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

_rng = np.random.default_rng(0)
_m = _rng.normal(size=(3, 3))
ENV: dict[str, Any] = {
    "a": _rng.normal(size=(3, 4)), "b": _rng.normal(size=(3, 4)), "v": _rng.normal(size=4),
    "w": _rng.normal(size=3), "t": _rng.normal(size=(2, 3, 4)), "p": _rng.uniform(.1, .9, (3, 4)),
    "q": _rng.uniform(1.2, 3, (3, 4)), "m": _m, "h": _m @ _m.T + 3 * np.eye(3), "s": np.array(.7),
    "u": np.sort(_rng.normal(size=5)) * 2, "B": _rng.normal(size=(2, 3, 3)),
    "z": _rng.normal(size=(3, 4)) + 1j * _rng.normal(size=(3, 4)),
    "i": np.array([[2, 0, 1], [1, 1, 0]]), "j": np.array([1, 3, 2]), "k": np.arange(6) - 2,
    "f": _rng.normal(size=(3, 4)).astype(np.float32), "n": np.array([1., np.nan, 3., -2.]),
    "c": _rng.normal(size=(3, 4)) > 0, "g": np.array([0., 1., -2., 0.]), "e": np.zeros((0, 3)),
}
"""What the expressions are of: real, complex, integer, boolean, empty."""

UFUNCS = """
np.add(a, v) | np.add(a, 2) | np.add(f, 1.5) | np.add(f, k[0]) | np.add(k, 1.5) | np.add(c, c)
np.add(a, b, out=np.zeros_like(a)) | np.add(a, b, where=c, out=np.ones_like(a))
np.add.reduce(a) | np.add.reduce(a, axis=None) | np.add.reduce(t, (0, 2), keepdims=True)
np.add.reduce(k.astype(np.int32)) | np.add.reduce(e) | np.add.reduce(a, 1, initial=3., where=c)
np.add.accumulate(a, 1) | np.add.outer(v, w) | np.add.reduceat(v, [0, 2, 3]) | np.add(f, s)
np.subtract(a, v) | np.subtract(1, a) | np.subtract.reduce(a) | np.subtract.accumulate(v)
np.multiply(a, v) | np.multiply(z, a) | np.multiply.reduce(a, 1) | np.multiply.accumulate(a)
np.multiply.outer(v, w) | np.divide(a, q) | np.divide(1, q) | np.divide(k, 4) | np.divide(j, j)
np.true_divide(a, q) | np.floor_divide(k, 4) | np.floor_divide(q, .3) | np.remainder(q, .7)
np.mod(k, 4) | np.divmod(q, .7) | np.fmod(q, -.7) | np.power(q, a) | np.power(a, 2)
np.power(2., a) | np.power(k, 2) | np.float_power(q, 2) | np.negative(a) | np.positive(a)
np.absolute(a) | np.abs(z) | np.fabs(a) | np.reciprocal(q) | np.square(a) | np.sqrt(q)
np.cbrt(a) | np.sign(a) | np.conjugate(z) | np.conj(a) | np.hypot(a, b) | np.copysign(a, b)
np.gcd(k, 4) | np.lcm(j, 4) | np.matmul(a, v) | np.matmul(m, a) | np.matmul(B, m) | np.matmul(k, k)
np.vecdot(a, b) | np.vecdot(z, z) | np.matvec(t, v) | np.vecmat(w, t) | np.exp(a) | np.exp2(a)
np.expm1(a) | np.log(q) | np.log2(q) | np.log10(q) | np.log1p(q) | np.logaddexp(a, b)
np.logaddexp.reduce(a, 1) | np.logaddexp.accumulate(v) | np.logaddexp2(a, b) | np.sin(a) | np.cos(a)
np.sin(k) | np.sin(f) | np.exp(z) | np.tan(p) | np.arcsin(p) | np.arccos(p) | np.arctan(a)
np.arctan2(a, b) | np.sinh(a) | np.cosh(a) | np.tanh(a) | np.arcsinh(a) | np.arccosh(q)
np.arctanh(p) | np.degrees(a) | np.radians(a) | np.rad2deg(a) | np.deg2rad(a) | np.maximum(a, b)
np.maximum(a, 0) | np.maximum.reduce(a) | np.maximum.accumulate(a, 1) | np.minimum(a, b)
np.minimum.reduce(a, 1) | np.minimum.accumulate(v) | np.fmax(n, 0) | np.fmin(v, n) | np.floor(a)
np.ceil(a) | np.trunc(a) | np.rint(a) | np.modf(a) | np.frexp(q)[1] | np.ldexp(a, 2)
np.nextafter(v, 9.)+0 | np.heaviside(g, .5) | np.signbit(a) | np.less(a, b) | np.less_equal(a, 0)
np.greater(a, b) | np.greater_equal(0, a) | np.equal(k, 0) | np.not_equal(k, 0) | np.isfinite(n)
np.isinf(n) | np.isnan(n) | np.logical_and(c, a > 1) | np.logical_and.reduce(c)
np.logical_or(c, k[0]) | np.logical_or.reduce(c, 1) | np.logical_xor(c, a > 1) | np.logical_not(c)
np.bitwise_and(k, 3) | np.bitwise_or(k, 3) | np.bitwise_xor(k, 3) | np.invert(k)
np.left_shift(j, 2) | np.right_shift(j, 1) | np.hypot.reduce(v) | np.arctan2.outer(v, w)
np.sin(a, dtype=np.float32) | np.add(k, k, dtype=float) | np.subtract(a, b, where=c) * c
"""

FUNCTIONS = """
np.sum(a) | np.sum(a, axis=0) | np.sum(t, axis=(0, -1), keepdims=True) | np.sum(c) | np.sum(f)
np.sum(a, where=c, initial=2.) | np.sum(k, dtype=float) | np.sum(a, 1, out=np.zeros_like(w))
np.sum(e, 0) | np.prod(a, 1) | np.prod(g) | np.mean(a) | np.mean(k) | np.mean(a, (0, 1))
np.mean(a, 0, where=c | ~c) | np.var(a) | np.var(a, 1, ddof=1, keepdims=True) | np.var(z)
np.std(a, 0)
np.max(a) | np.max(a, 1) | np.amax(a, axis=0, keepdims=True) | np.min(a, 0) | np.amin(a)
np.max(a, initial=0., where=c) | np.ptp(a, 0) | np.all(c, 1) | np.any(c) | np.all(a > -9)
np.average(a) | np.average(a, 0, w) | np.average(a, weights=p, returned=True) | np.cumsum(a)
np.cumsum(a, 1) | np.cumprod(v) | np.cumulative_sum(v, include_initial=True) | np.cumulative_prod(v)
np.nansum(n) | np.nanprod(n) | np.nanmax(n) | np.nanmin(n) | np.nanmean(n) | np.nanvar(n)
np.nanstd(n) | np.nancumsum(n) | np.nancumprod(n) | np.diff(a) | np.diff(v, 2) | np.diff(c)
np.diff(a, axis=0, prepend=0., append=a[:1]) | np.ediff1d(v, to_end=[1.]) | np.gradient(v)
np.gradient(a, .5, 2.) | np.gradient(v, np.arange(4.) ** 2) | np.gradient(a, axis=1, edge_order=2)
np.trapezoid(a) | np.trapezoid(a, np.cumsum(p, 1)) | np.trapezoid(a, dx=.1, axis=0) | np.cov(a)
np.cov(v, bias=True) | np.cov(v, p[0]) | np.cov(a, rowvar=False, aweights=w ** 2)
np.corrcoef(a) | np.bincount(j, v[:3], 6) | np.bincount(j) | np.argmax(a) | np.argmax(a, 1)
np.argmin(a, 0, keepdims=True) | np.nanargmax(n) | np.nanargmin(n) | np.sort(a) | np.sort(a, None)
np.argsort(a, 0) | np.sort(np.partition(v, 2)) | np.argpartition(v, 3)[-1] | np.quantile(a, .3)
np.quantile(a, [.1, .5], axis=1, keepdims=True) | np.percentile(a, 40, axis=0, method="lower")
np.median(a) | np.median(t, axis=(0, 2)) | np.searchsorted(u, a) | np.searchsorted(u, u, "right")
np.digitize(a, [-1, 0, 1]) | np.lexsort((v, v)) | np.unique(j) | np.unique(v, return_inverse=True)
np.histogram(a, 3) | np.histogram_bin_edges(a, 3) | np.reshape(a, (2, 6)) | np.reshape(a, -1)
np.reshape(a, (2, -1), order="F") | np.ravel(a) | np.ravel(a, "F") | np.transpose(t)
np.transpose(t, (1, 0, 2)) | np.permute_dims(t, (2, 0, 1)) | np.matrix_transpose(t)
np.linalg.matrix_transpose(t) | np.swapaxes(t, 0, -1) | np.moveaxis(t, 0, -1)
np.moveaxis(t, [0, 1], [1, 2]) | np.rollaxis(t, 2) | np.rollaxis(t, 0, 3)
np.expand_dims(a, (0, 2))
np.squeeze(a[:, :1]) | np.squeeze(a[None], 0) | np.atleast_1d(s) | np.atleast_2d(v, s)
np.atleast_3d(v) | np.broadcast_to(v, (2, 4)) | np.broadcast_arrays(v, s) | np.flip(a)
np.flip(a, 0) | np.fliplr(a) | np.flipud(a) | np.roll(a, 2) | np.roll(a, (1, -1), (0, 1))
np.rot90(a) | np.tile(v, (2, 2)) | np.tile(a, 2) | np.repeat(a, 2) | np.repeat(a, [1, 0, 2], axis=0)
np.resize(v, (2, 3)) | np.concatenate([a, b]) | np.concatenate((a, k.reshape(3, 2)), axis=1)
np.concatenate([a, v], axis=None) | np.stack([v, v], axis=1) | np.stack([f, a]) | np.hstack([v, w])
np.vstack([v, a]) | np.dstack([a, b]) | np.column_stack([w, a]) | np.append(v, 1.)
np.append(a, b, axis=0) | np.block([[a, b], [b, a]]) | np.block([v, s]) | np.split(a, 2, 1)
np.split(v, [1, 3]) | np.array_split(v, 3) | np.hsplit(a, 2) | np.vsplit(a, 3) | np.dsplit(t, 2)
np.unstack(a) | np.take(a, i) | np.take(a, i, axis=1) | np.take(v, [5, -6], mode="wrap")
np.take(v, 1) | np.take_along_axis(a, i[:, :1] * np.ones((3, 1), int)[:2], axis=0)
np.compress([True, False, True], a, axis=0) | np.extract(c, a) | np.delete(a, 1, axis=1)
np.delete(v, [0, 2]) | np.insert(v, 1, 5.) | np.insert(v, [0, 2, 2], [1., 2., 3.])
np.insert(a, 1, w, axis=1) | np.diagonal(a, 1) | np.diagonal(t, 0, 0, 2) | np.linalg.diagonal(t)
np.diag(v, 1) | np.diag(a) | np.diagflat(v) | np.tril(a) | np.triu(a, 1) | np.trim_zeros(g)
np.lib.stride_tricks.sliding_window_view(a, (2, 2)) | np.pad(a, 1) | np.pad(v, (1, 2), mode="edge")
np.pad(a, ((0, 1), (2, 0)), constant_values=3.) | np.pad(v, 2, mode="reflect")
np.pad(v, 2, mode="wrap") | np.pad(v, 2, mode="symmetric") | np.copy(a) | np.astype(f, np.float64)
np.zeros_like(a) | np.ones_like(a, dtype=int) | np.empty_like(a) * 0 | np.full_like(a, 2)
np.full_like(k, 2.5) | np.zeros_like(a, shape=(2,)) | np.zeros((2, 2), like=a) | np.ones(2, like=a)
np.empty(2, like=a) * 0 | np.full(3, 2., like=a) | np.eye(3, like=a) | np.identity(2, like=a)
np.arange(3., like=a) | np.tri(3, like=a) | np.array([1, 2], like=a) | np.asarray([1.], like=a)
np.asanyarray([1.], like=a) | np.ascontiguousarray([1.], like=a) | np.meshgrid(v, w)
np.meshgrid(v, w, indexing="ij", sparse=True) | np.linspace(s, 2., 5) | np.linspace(s, v, 3)
np.linspace(0, s, 4, endpoint=False, retstep=True) | np.logspace(s, 1, 3) | np.geomspace(s, 4, 3)
np.dot(a, v) | np.dot(v, v) | np.dot(a, 2.) | np.dot(t, v) | np.dot(B, B) | np.inner(a, b)
np.inner(v, v) | np.vdot(z, z) | np.linalg.vecdot(a, b) | np.linalg.matmul(m, a) | np.outer(v, w)
np.linalg.outer(v, w) | np.tensordot(a, b, 2) | np.tensordot(t, a, axes=([1, 2], [0, 1]))
np.linalg.tensordot(t, a, axes=2) | np.kron(m, v) | np.cross(w, m) | np.linalg.cross(w, w * m)
np.einsum("ij,kj->ik", a, b) | np.einsum("ii", m) | np.einsum(a, [0, 1], v, [1], [0])
np.einsum("...i,i", t, v, optimize=True) | np.linalg.multi_dot([w, m, a]) | np.trace(m)
np.trace(t, 1, 1, 2) | np.linalg.trace(t, offset=1) | np.convolve(v, w) | np.convolve(w, u, "same")
np.convolve(u, w, "valid") | np.correlate(u, w) | np.correlate(w, u, "full")
np.correlate(u, w, "same")
np.linalg.solve(h, a) | np.linalg.solve(h, w) | np.linalg.solve(B + 4 * h, m)
np.linalg.inv(h) | np.linalg.det(h) | np.linalg.slogdet(h) | np.linalg.slogdet(m).logabsdet
np.linalg.pinv(a) | np.linalg.lstsq(a.T, v) | np.linalg.lstsq(a, w, rcond=None)[0]
np.linalg.cholesky(h + h.T) | np.abs(np.linalg.qr(a.T)[1]) | np.abs(np.linalg.qr(a.T, mode="r"))
np.linalg.svd(a, compute_uv=False) | np.linalg.svd(a)[1] | np.linalg.svdvals(a)
np.linalg.eigh(h + h.T).eigenvalues | np.linalg.eigvalsh(h + h.T) | np.sort(np.linalg.eig(h)[0])
np.sort(np.linalg.eigvals(h)) | np.linalg.matrix_power(h, 3) | np.linalg.matrix_power(h, -1)
np.linalg.norm(a) | np.linalg.norm(a, axis=1) | np.linalg.norm(v, 1) | np.linalg.norm(a, 2)
np.linalg.norm(a, "nuc") | np.linalg.norm(a, np.inf, axis=(0, 1)) | np.linalg.norm(t, keepdims=True)
np.linalg.vector_norm(a, ord=3) | np.linalg.matrix_norm(t) | np.linalg.cond(h)
np.linalg.matrix_rank(h) | np.linalg.tensorsolve(h, w) | np.linalg.tensorinv(h, 1)
np.fft.fft(v) | np.fft.fft(a, 6, 0, "ortho") | np.fft.ifft(z) | np.fft.rfft(a) | np.fft.irfft(z, 5)
np.fft.hfft(z) | np.fft.ihfft(v) | np.fft.fft2(a) | np.fft.ifft2(z) | np.fft.rfft2(a)
np.fft.irfft2(z) | np.fft.fftn(t) | np.fft.ifftn(t, axes=(0, 1))
np.fft.rfftn(t, s=(2, 4), axes=(0, 2))
np.fft.irfftn(z) | np.fft.fftshift(a) | np.fft.ifftshift(a, 1) | np.polyval(v, a)
np.polyfit(v, p[0], 2) | np.polyder(v) | np.polyint(v, 2) | np.polyadd(v, w) | np.polysub(v, w)
np.polymul(v, w) | np.vander(v) | np.vander(v, 2, increasing=True) | np.sort(np.abs(np.roots(v)))
np.poly(v) | np.where(c, a, b) | np.where(a > 0, a, 0) | np.where(c)
np.select([a > 1, a > 0], [a, a ** 2], -1.) | np.piecewise(a, [a < 0, a >= 0], [np.exp, 2.])
np.choose(i, [w, w * 2, w ** 2]) | np.clip(a, -.5, .5) | np.clip(a, v, None) | np.clip(a, max=v)
np.round(a, 1) | np.around(a) | np.fix(a) | np.nan_to_num(n, nan=2.) | np.interp(a, u, u ** 2)
np.interp(a * 9, u, u, left=s) | np.interp(v, np.abs(u), u, period=1.) | np.unwrap(u * 3)
np.real(z) | np.real(a) | np.imag(z) | np.imag(a) | np.angle(z) | np.angle(z, deg=True)
np.real_if_close(z) | np.sinc(a) | np.i0(a) | np.apply_along_axis(np.cumsum, 0, a)
np.isclose(a, b) | np.isin(j, [1, 2]) | np.isposinf(a / 0.) | np.isneginf(n) | np.iscomplex(z)
np.isreal(a) | np.count_nonzero(c, axis=0) | np.nonzero(c) | np.flatnonzero(c) | np.argwhere(c)
np.allclose(a, a) | np.array_equal(a, b) | np.array_equiv(a, a) | np.ix_(j, j)
np.unravel_index(j, (2, 2)) | np.ravel_multi_index((j, j), (4, 4)) | np.tril_indices_from(m)
np.triu_indices_from(m, 1) | np.diag_indices_from(m) | np.shape(a) | np.ndim(a) | np.size(a, 1)
np.iscomplexobj(z) | np.isrealobj(a) | np.result_type(f, k) | np.common_type(f, a)
np.can_cast(f, np.float64) | np.may_share_memory(a, b) | np.shares_memory(a, b)
np.array_repr(j) | np.array_str(j) | np.array2string(j)
"""

METHODS = """
a.sum() | a.sum(axis=1) | a.mean(0) | a.std() | a.var(axis=0) | a.max(axis=1) | a.min() | a.T @ a
a.dot(v) | a.reshape(4, 3) | a.reshape((2, -1)) | a.reshape(-1, order="F") | t.transpose(1, 0, 2)
t.T | a.copy() | a.astype(np.float32) | a.astype(complex) | a.flatten() | a.ravel() | a.size
a[::-1] | a[::-1, ::2] | a[:, None, ::-1] | a[j[:1]] | a[c] | a[1:, [0, 2]] | v[-1] | a[i[0], 1]
a * 2 | 2 - a | k / 2 | k // 2 | a ** 2 | 2. ** a | -a | abs(a) | a % 1 | v @ a.T | a @ v | m @ m
a > 0 | a.clip(0, 1) | a.round(1) | a.cumsum() | a.cumprod(1) | a.argmax() | a.argsort(1) | z.conj()
z.real | z.imag | a.imag | a.trace() | m.diagonal() | a.repeat(2) | a.take(j) | a.swapaxes(0, 1)
a.squeeze() | c.any() | c.all(axis=0) | c.nonzero() | u.searchsorted(v) | f * np.float64(2) | f * 2.
np.array([v[0], v[1] * 2, 3.]) + 0 | np.array([[s, -s], [s, s]]) @ np.array([s, 1.]) | len(a)
sum(x * 2 for x in v) | np.ones((2, 3)) @ a | np.float64(2) * a | np.arange(4) * a
[1, 2, 3, 4] * v
divmod(a, .7) | a.prod(0) | a.ptp if False else a.itemsize | a.nbytes | a.strides
"""


def expressions(text: str) -> list[str]:
    return [each.strip() for line in text.strip().splitlines() for each in split(line)]


def split(line: str) -> list[str]:
    """The parts between bars that stand alone; ``c | ~c`` is one expression."""
    return re.split(r" \| (?!~)", line)


def sample(expression: str) -> tuple[Callable[..., Any], list[str]]:
    """An expression as a function of the arrays that it names, and their names."""
    names = [name for name in ENV if re.search(rf"(?<![\w.]){name}(?![\w(\"]|=[^=])", expression)]
    function: Callable[..., Any] = eval(f"lambda {', '.join(names)}: {expression}", {"np": np})
    return function, names
