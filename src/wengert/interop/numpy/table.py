"""The table: NumPy's functions, and what each is for tensors. The one place to add one.

``UFUNCS`` has NumPy's ufuncs, ``SPECIAL`` those of ``scipy.special`` by their names,
``FUNCTIONS`` the functions that go through ``__array_function__``. The functions on the right have
NumPy's signatures and are compositions of Wengert's, so that their derivatives follow. A new row
gets samples in ``tests/interop/numpy_samples.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib import stride_tricks

import wengert as torch

from . import choices as ch
from . import fourier as ff
from . import products as la
from . import reductions as red
from . import shapes as sh
from .choices import by_value
from .ufuncs import Row, operator

Function = Callable[..., Any]


def _ldexp(x: Any, n: Any) -> Any:
    return torch.ldexp(x, n)


def _modf(x: Any) -> Any:
    whole = torch.trunc(x)
    return torch.copysign(torch.where(torch.isinf(x), torch.zeros_like(x), x - whole), x), whole


def _heaviside(x: Any, y: Any) -> Any:
    return torch.where(x == 0, y, torch.heaviside(x, torch.zeros_like(x)))


def _float_power(x: Any, y: Any) -> Any:
    return torch.pow(x, y)


def _sign(x: Any) -> Any:
    return torch.sgn(x) if x.is_complex() else torch.sign(x)


def _power(x: Any, y: Any) -> Any:
    if isinstance(x, torch.Tensor) and not x.is_floating_point() and not x.is_complex() and (
            bool(torch.any(y < 0)) if isinstance(y, torch.Tensor) else y < 0):
        raise ValueError("Integers to negative integer powers are not allowed.")
    return torch.pow(x, y)


UFUNCS: dict[Any, Row] = {
    # arithmetic
    np.add: operator("__add__", "__radd__", total=red.total_sum, running=torch.cumsum),
    np.subtract: operator("__sub__", "__rsub__"),
    np.multiply: operator("__mul__", "__rmul__", total=red.total_product, running=torch.cumprod),
    np.divide: operator("__truediv__", "__rtruediv__"),
    np.floor_divide: operator("__floordiv__", "__rfloordiv__"),
    np.remainder: operator("__mod__", "__rmod__"),
    np.divmod: Row(lambda x, y: (torch.floor_divide(x, y), torch.remainder(x, y))),
    np.fmod: Row(torch.fmod),
    np.power: Row(_power, numbers=True),
    np.float_power: Row(_float_power),
    np.negative: operator("__neg__"),
    np.positive: Row(torch.clone),
    np.absolute: operator("__abs__"),
    np.fabs: Row(torch.abs),
    np.reciprocal: Row(torch.reciprocal),
    np.square: Row(torch.square),
    np.sqrt: Row(torch.sqrt),
    np.cbrt: Row(lambda x: torch.sign(x) * torch.pow(torch.abs(x), 1 / 3)),
    np.sign: Row(_sign),
    np.conjugate: Row(torch.conj_physical),
    np.hypot: Row(torch.hypot),
    np.copysign: Row(torch.copysign),
    np.gcd: Row(torch.gcd),
    np.lcm: Row(torch.lcm),
    # products
    np.matmul: Row(torch.matmul),
    np.vecdot: Row(la.vecdot),
    np.matvec: Row(la.matvec),
    np.vecmat: Row(la.vecmat),
    # exponentials
    np.exp: Row(torch.exp),
    np.exp2: Row(torch.exp2),
    np.expm1: Row(torch.expm1),
    np.log: Row(torch.log),
    np.log2: Row(torch.log2),
    np.log10: Row(torch.log10),
    np.log1p: Row(torch.log1p),
    np.logaddexp: Row(torch.logaddexp, total=red.total_logaddexp, running=torch.logcumsumexp),
    np.logaddexp2: Row(torch.logaddexp2),
    # angles
    np.sin: Row(torch.sin),
    np.cos: Row(torch.cos),
    np.tan: Row(torch.tan),
    np.arcsin: Row(torch.asin),
    np.arccos: Row(torch.acos),
    np.arctan: Row(torch.atan),
    np.arctan2: Row(torch.atan2),
    np.sinh: Row(torch.sinh),
    np.cosh: Row(torch.cosh),
    np.tanh: Row(torch.tanh),
    np.arcsinh: Row(torch.asinh),
    np.arccosh: Row(torch.acosh),
    np.arctanh: Row(torch.atanh),
    np.degrees: Row(torch.rad2deg),
    np.radians: Row(torch.deg2rad),
    np.rad2deg: Row(torch.rad2deg),
    np.deg2rad: Row(torch.deg2rad),
    # extremes
    np.maximum: Row(torch.maximum, total=red.total_max, running=lambda x, d: torch.cummax(x, d)[0]),
    np.minimum: Row(torch.minimum, total=red.total_min, running=lambda x, d: torch.cummin(x, d)[0]),
    np.fmax: Row(torch.fmax),
    np.fmin: Row(torch.fmin),
    # rounding, parts of numbers
    np.floor: Row(torch.floor),
    np.ceil: Row(torch.ceil),
    np.trunc: Row(torch.trunc),
    np.rint: Row(torch.round),
    np.modf: Row(_modf),
    np.frexp: Row(lambda x: tuple(torch.frexp(x))),
    np.ldexp: Row(_ldexp),
    np.nextafter: Row(torch.nextafter),
    np.heaviside: Row(_heaviside),
    np.signbit: Row(torch.signbit),
    # comparison
    np.less: operator("__lt__", "__gt__"),
    np.less_equal: operator("__le__", "__ge__"),
    np.greater: operator("__gt__", "__lt__"),
    np.greater_equal: operator("__ge__", "__le__"),
    np.equal: operator("__eq__", "__eq__"),
    np.not_equal: operator("__ne__", "__ne__"),
    np.isfinite: Row(torch.isfinite),
    np.isinf: Row(torch.isinf),
    np.isnan: Row(torch.isnan),
    # logic and bits
    np.logical_and: Row(torch.logical_and, total=red.total_all),
    np.logical_or: Row(torch.logical_or, total=red.total_any),
    np.logical_xor: Row(torch.logical_xor),
    np.logical_not: Row(torch.logical_not),
    np.bitwise_and: operator("__and__", "__rand__"),
    np.bitwise_or: operator("__or__", "__ror__"),
    np.bitwise_xor: operator("__xor__", "__rxor__"),
    np.invert: operator("__invert__"),
    np.left_shift: operator("__lshift__", "__rlshift__"),
    np.right_shift: operator("__rshift__", "__rrshift__"),
}

SPECIAL: dict[str, Row] = {
    "erf": Row(torch.erf), "erfc": Row(torch.erfc), "erfcx": Row(torch.special.erfcx),
    "erfinv": Row(torch.erfinv), "ndtr": Row(torch.special.ndtr),
    "ndtri": Row(torch.special.ndtri), "log_ndtr": Row(torch.special.log_ndtr),
    "expit": Row(torch.sigmoid), "logit": Row(torch.logit),
    "log_expit": Row(torch.nn.functional.logsigmoid),
    "gammaln": Row(torch.lgamma), "loggamma": Row(torch.lgamma), "psi": Row(torch.digamma),
    "digamma": Row(torch.digamma),
    "gamma": Row(lambda x: torch.where(
        (x < 0) & (torch.remainder(torch.floor(x), 2) == 1), -1.0, 1.0) * torch.exp(
            torch.lgamma(x))),
    "gammainc": Row(torch.special.gammainc), "gammaincc": Row(torch.special.gammaincc),
    "betaln": Row(lambda a, b: torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)),
    "zeta": Row(torch.special.zeta), "xlogy": Row(torch.xlogy),
    "xlog1py": Row(torch.special.xlog1py), "entr": Row(torch.special.entr),
    "rel_entr": Row(lambda x, y: torch.xlogy(x, x) - torch.xlogy(x, y)),
    "kl_div": Row(lambda x, y: torch.xlogy(x, x) - torch.xlogy(x, y) - x + y),
    "i0": Row(torch.i0), "i0e": Row(torch.special.i0e),
    "i1": Row(torch.special.i1), "i1e": Row(torch.special.i1e),
    "j0": Row(torch.special.bessel_j0), "j1": Row(torch.special.bessel_j1),
    "y0": Row(torch.special.bessel_y0), "y1": Row(torch.special.bessel_y1),
    "exp2": Row(torch.exp2), "expm1": Row(torch.expm1), "log1p": Row(torch.log1p),
}

FUNCTIONS: dict[Any, Function] = {
    # reductions
    np.sum: red.sum, np.prod: red.prod, np.mean: red.mean, np.var: red.var, np.std: red.std,
    np.max: red.max, np.amax: red.max, np.min: red.min, np.amin: red.min, np.ptp: red.ptp,
    np.all: red.all, np.any: red.any, np.average: red.average,
    np.cumsum: red.cumsum, np.cumprod: red.cumprod, np.cumulative_sum: red.cumulative_sum,
    np.cumulative_prod: red.cumulative_prod,
    np.nansum: red.nansum, np.nanprod: red.nanprod, np.nanmax: red.nanmax, np.nanmin: red.nanmin,
    np.nanmean: red.nanmean, np.nanvar: red.nanvar, np.nanstd: red.nanstd,
    np.nancumsum: red.nancumsum, np.nancumprod: red.nancumprod,
    np.diff: red.diff, np.ediff1d: red.ediff1d, np.gradient: red.gradient,
    np.trapezoid: red.trapezoid,
    np.cov: red.cov, np.corrcoef: red.corrcoef, np.bincount: red.bincount,
    # order
    np.argmax: red.argmax, np.argmin: red.argmin,
    np.nanargmax: ch.nan_place(red.argmax, -np.inf), np.nanargmin: ch.nan_place(red.argmin, np.inf),
    np.sort: red.sort, np.argsort: red.argsort,
    np.partition: lambda a, kth, axis=-1, kind="", order=None: red.sort(a, axis),
    np.argpartition: lambda a, kth, axis=-1, kind="", order=None: red.argsort(a, axis),
    np.quantile: red.quantile, np.percentile: red.percentile, np.median: red.median,
    np.searchsorted: ch.searchsorted, np.digitize: ch.digitize, np.lexsort: ch.lexsort,
    np.unique: ch.unique, np.histogram: ch.histogram,
    np.histogram_bin_edges: by_value(np.histogram_bin_edges),
    # shapes
    np.reshape: sh.reshape, np.ravel: sh.ravel, np.transpose: sh.transpose,
    np.permute_dims: sh.transpose, np.matrix_transpose: sh.matrix_transpose,
    np.linalg.matrix_transpose: sh.matrix_transpose, np.swapaxes: sh.swapaxes,
    np.moveaxis: sh.moveaxis, np.rollaxis: sh.rollaxis, np.expand_dims: sh.expand_dims,
    np.squeeze: sh.squeeze, np.atleast_1d: sh.atleast_1d, np.atleast_2d: sh.atleast_2d,
    np.atleast_3d: sh.atleast_3d, np.broadcast_to: sh.broadcast_to,
    np.broadcast_arrays: sh.broadcast_arrays, np.flip: sh.flip,
    np.fliplr: lambda m: sh.flip(m, 1), np.flipud: lambda m: sh.flip(m, 0), np.roll: sh.roll,
    np.rot90: sh.rot90, np.tile: sh.tile, np.repeat: sh.repeat, np.resize: sh.resize,
    # joins and parts
    np.concatenate: sh.concatenate, np.stack: sh.stack, np.hstack: sh.hstack,
    np.vstack: sh.vstack, np.dstack: sh.dstack, np.column_stack: sh.column_stack,
    np.append: sh.append, np.block: sh.block, np.split: sh.split, np.array_split: sh.array_split,
    np.hsplit: sh.hsplit, np.vsplit: sh.vsplit, np.dsplit: sh.dsplit, np.unstack: sh.unstack,
    np.take: sh.take, np.take_along_axis: sh.take_along_axis, np.compress: sh.compress,
    np.extract: sh.extract, np.delete: sh.delete, np.insert: sh.insert,
    np.diagonal: sh.diagonal, np.linalg.diagonal: sh.linalg_diagonal, np.diag: sh.diag,
    np.diagflat: sh.diagflat, np.tril: sh.tril, np.triu: sh.triu, np.trim_zeros: sh.trim_zeros,
    stride_tricks.sliding_window_view: sh.sliding_window_view, np.pad: sh.pad,
    # copies and new arrays
    np.copy: sh.copy, np.astype: sh.astype, np.zeros_like: sh.zeros_like,
    np.ones_like: sh.ones_like, np.empty_like: sh.empty_like, np.full_like: sh.full_like,
    np.zeros: sh.made(np.zeros), np.ones: sh.made(np.ones), np.empty: sh.made(np.zeros),
    np.full: lambda shape, fill_value, dtype=None, order="C", device=None: sh.full_like(
        fill_value, fill_value, dtype, shape=shape),
    np.eye: sh.made(np.eye), np.identity: sh.made(np.identity), np.arange: sh.made(np.arange),
    np.tri: sh.made(np.tri), np.array: sh.as_is, np.asarray: sh.as_is, np.asanyarray: sh.as_is,
    np.ascontiguousarray: sh.as_is, np.meshgrid: sh.meshgrid, np.linspace: sh.linspace,
    np.logspace: sh.logspace, np.geomspace: sh.geomspace,
    # writing
    np.copyto: sh.copyto, np.put: sh.put, np.putmask: sh.putmask,
    np.put_along_axis: sh.put_along_axis, np.fill_diagonal: sh.fill_diagonal,
    # products and convolutions
    np.dot: la.dot, np.inner: la.inner, np.vdot: la.vdot, np.linalg.vecdot: la.vecdot,
    np.linalg.matmul: la.matmul, np.outer: la.outer, np.linalg.outer: la.outer,
    np.tensordot: la.tensordot, np.linalg.tensordot: la.tensordot, np.kron: la.kron,
    np.cross: la.cross, np.linalg.cross: la.linalg_cross, np.einsum: la.einsum,
    np.linalg.multi_dot: la.multi_dot, np.trace: la.trace, np.linalg.trace: la.linalg_trace,
    np.convolve: la.convolve, np.correlate: la.correlate,
    # linear algebra
    np.linalg.solve: la.checked(la.solve), np.linalg.inv: la.checked(la.inv),
    np.linalg.det: la.det, np.linalg.slogdet: la.slogdet, np.linalg.pinv: la.pinv,
    np.linalg.lstsq: la.lstsq, np.linalg.cholesky: la.checked(la.cholesky),
    np.linalg.qr: la.qr, np.linalg.svd: la.checked(la.svd), np.linalg.svdvals: la.svdvals,
    np.linalg.eigh: la.checked(la.eigh), np.linalg.eigvalsh: la.eigvalsh,
    np.linalg.eig: la.checked(la.eig), np.linalg.eigvals: la.eigvals,
    np.linalg.matrix_power: la.matrix_power, np.linalg.norm: la.norm,
    np.linalg.vector_norm: la.vector_norm, np.linalg.matrix_norm: la.matrix_norm,
    np.linalg.cond: la.cond, np.linalg.matrix_rank: la.matrix_rank,
    np.linalg.tensorsolve: la.tensorsolve, np.linalg.tensorinv: la.tensorinv,
    # Fourier transforms
    np.fft.fft: ff.fft, np.fft.ifft: ff.ifft, np.fft.rfft: ff.rfft, np.fft.irfft: ff.irfft,
    np.fft.hfft: ff.hfft, np.fft.ihfft: ff.ihfft, np.fft.fft2: ff.fft2, np.fft.ifft2: ff.ifft2,
    np.fft.rfft2: ff.rfft2, np.fft.irfft2: ff.irfft2, np.fft.fftn: ff.fftn,
    np.fft.ifftn: ff.ifftn, np.fft.rfftn: ff.rfftn, np.fft.irfftn: ff.irfftn,
    np.fft.fftshift: ff.fftshift, np.fft.ifftshift: ff.ifftshift,
    # polynomials
    np.polyval: la.polyval, np.polyfit: la.polyfit, np.polyder: la.polyder,
    np.polyint: la.polyint, np.polyadd: la.polyadd, np.polysub: la.polysub,
    np.polymul: la.polymul, np.vander: la.vander, np.roots: la.roots, np.poly: la.poly,
    # choices, rounding, interpolation
    np.where: ch.where, np.select: ch.select, np.piecewise: ch.piecewise, np.choose: ch.choose,
    np.clip: ch.clip, np.round: ch.round, np.around: ch.round, np.fix: ch.fix,
    np.nan_to_num: ch.nan_to_num, np.interp: ch.interp, np.unwrap: la.unwrap,
    np.real: ch.real, np.imag: ch.imag, np.angle: ch.angle, np.real_if_close: ch.real_if_close,
    np.sinc: ch.sinc, np.i0: ch.i0, np.apply_along_axis: ch.apply_along_axis,
    # tests
    np.isclose: ch.isclose, np.isin: ch.isin, np.isposinf: ch.isposinf, np.isneginf: ch.isneginf,
    np.iscomplex: ch.iscomplex, np.isreal: ch.isreal, np.count_nonzero: ch.count_nonzero,
    np.nonzero: ch.nonzero, np.flatnonzero: ch.flatnonzero, np.argwhere: ch.argwhere,
    np.allclose: by_value(np.allclose), np.array_equal: by_value(np.array_equal),
    np.array_equiv: by_value(np.array_equiv), np.ix_: by_value(np.ix_),
    np.unravel_index: by_value(np.unravel_index),
    np.ravel_multi_index: by_value(np.ravel_multi_index),
    np.tril_indices_from: by_value(np.tril_indices_from),
    np.triu_indices_from: by_value(np.triu_indices_from),
    np.diag_indices_from: by_value(np.diag_indices_from),
    # what is asked of an array; text and files
    np.shape: ch.shape, np.ndim: ch.ndim, np.size: ch.size, np.iscomplexobj: ch.iscomplexobj,
    np.isrealobj: ch.isrealobj, np.result_type: ch.result_type, np.common_type: ch.common_type,
    np.can_cast: ch.can_cast, np.may_share_memory: lambda a, b, max_work=None: False,
    np.shares_memory: lambda a, b, max_work=None: False,
    np.array_repr: by_value(np.array_repr), np.array_str: by_value(np.array_str),
    np.array2string: by_value(np.array2string), np.save: by_value(np.save),
    np.savez: by_value(np.savez), np.savetxt: by_value(np.savetxt),
}

WRITING: dict[Any, int] = {np.copyto: 0, np.put: 0, np.putmask: 0, np.put_along_axis: 0,
                           np.fill_diagonal: 0}
"""Functions that write to an argument and return nothing."""

NEVER_NUMPYS = frozenset([
    np.sum, np.prod, np.mean, np.var, np.std, np.max, np.amax, np.min, np.amin, np.ptp, np.all,
    np.any, np.moveaxis, np.flip, np.fliplr, np.flipud, np.size, np.isreal, np.iscomplex,
    np.cumsum, np.cumprod, np.sort, np.average])
"""Functions that NumPy hands to a method of the argument's, which means another thing for tensors
or is not there: these are ours for tensors without a derivative too."""
