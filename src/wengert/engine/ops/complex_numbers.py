"""Complex numbers: their parts, their size and their phase.

A function that is not holomorphic has a tangent rule, linear over the reals; the transposed rule
is PyTorch's gradient, the conjugate Wirtinger derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import asarray
from ..dtypes import DType
from ..graph import Jvp, Linear, Node, Primitive, Shape, lift
from . import patterns
from .elementwise import (
    add,
    broadcast_shape,
    cast,
    common_dtype,
    conj,
    eq,
    exp,
    ge,
    log1p,
    part,
    real,
    sub,
    where,
)


def _complex(re: Any, im: Any) -> Any:
    out = np.empty(np.broadcast_shapes(np.shape(re), np.shape(im)),
                   np.result_type(re, im, np.complex64))
    out.real, out.imag = re, im
    return out


def _complex_infer(re: Node, im: Node) -> tuple[Shape, DType]:
    return broadcast_shape(re.shape, im.shape), common_dtype((re, im)).to_complex()


def _real_infer(x: Node) -> tuple[Shape, DType]:
    return x.shape, x.dtype.to_real()


def _sign(z: Any) -> Any:
    size = np.abs(z)
    return np.divide(z, np.where(np.equal(size, 0), np.ones((), size.dtype), size))


def _not_zero(x: Node) -> Node:
    """``x``, or 1 where it is 0."""
    return where(eq(x, lift(0)), lift(1), x)


def _unless_zero(x: Node, t: Node) -> Node:
    """``t``, or 0 where ``x`` is 0."""
    return where(eq(x, lift(0)), lift(0), t)


complex_ = Primitive(
    "complex", _complex, _complex_infer, (Linear(lambda ct, re, im: real(ct), jointly=True),
                                          Linear(lambda ct, re, im: imag(ct), jointly=True)),
    "{0} + i {1}", elementwise=True)
imag: Primitive = Primitive("imag", lambda z: part(z, 1), _real_infer,
                 (Linear(lambda ct, x: cast(ct, dtype=x.dtype) * 1j),), "imag({0})", aliases=True,
                 pattern=patterns.passing)
modulus = Primitive("modulus", np.abs, _real_infer,
                    (Jvp(lambda t, y, z: real(conj(sgn(z)) * t)),), "|{0}|", elementwise=True)
sgn: Primitive = Primitive(
    "sgn", _sign, lambda z: (z.shape, z.dtype),
    (Jvp(lambda t, y, z: 1j * y * cast(imag(conj(y) * t) / _not_zero(modulus(z)),
                                       dtype=z.dtype)),), "{0} / |{0}|", elementwise=True)
angle = Primitive("angle", np.angle, _real_infer,
                  (Jvp(lambda t, y, z: _unless_zero(z, imag(t / _not_zero(z)))),), "arg {0}",
                  elementwise=True)


def _as_real(z: Any) -> Any:
    z = asarray(z)
    parts = part(z, 0)
    return np.lib.stride_tricks.as_strided(parts, (*z.shape, 2), (*z.strides, parts.itemsize))


def _as_complex(x: Any) -> Any:
    if x.strides[-1] == x.itemsize and all(s % (2 * x.itemsize) == 0 for s in x.strides[:-1]):
        return x.view(np.result_type(x, np.complex64))[..., 0]
    return _complex(x[..., 0], x[..., 1])


as_real = Primitive(
    "as_real", _as_real, lambda z: ((*z.shape, 2), z.dtype.to_real()),
    (Linear(lambda ct, z: as_complex(ct)),), "as_real({0})", aliases=True,
    pattern=patterns.groups_of_two)
as_complex: Primitive = Primitive(
    "as_complex", _as_complex, lambda x: (x.shape[:-1], x.dtype.to_complex()),
    (Linear(lambda ct, x: as_real(ct)),), "as_complex({0})", aliases=True,
    pattern=patterns.groups_of_two)


def log_of_sum(a: Node, b: Node) -> Node:
    """``log(exp(a) + exp(b))`` of complex numbers, without overflow; -inf where both parts are."""
    larger = ge(real(a), real(b))
    top, rest = where(larger, a, b), where(larger, b, a)
    at = where(eq(real(top), lift(-np.inf)), lift(0.0), top)
    return add(top, log1p(exp(sub(rest, at))))
