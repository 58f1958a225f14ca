"""The array API standard's namespace: it is complete, and its functions are those of NumPy, which
follows the standard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.interop import array_api as xp
from wengert.interop.numpy import Array


def words(text: str) -> list[str]:
    return text.split()


NAMES = words("""
    abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2
    atanh bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift
    bitwise_xor bool broadcast_arrays broadcast_shapes broadcast_to can_cast ceil clip
    complex128 complex64 concat conj copysign cos cosh count_nonzero cumulative_prod
    cumulative_sum diff divide e empty empty_like equal exp expand_dims expm1 eye finfo flip
    float32 float64 floor floor_divide from_dlpack full full_like greater greater_equal hypot
    iinfo imag inf int16 int32 int64 int8 isdtype isfinite isin isinf isnan less less_equal
    linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor
    matmul matrix_transpose max maximum mean meshgrid min minimum moveaxis multiply nan negative
    newaxis nextafter nonzero not_equal ones ones_like permute_dims pi positive pow prod real
    reciprocal remainder repeat reshape result_type roll round searchsorted sign signbit sin
    sinh sort sqrt square squeeze stack std subtract sum take take_along_axis tan tanh tensordot
    tile tril triu trunc uint16 uint32 uint64 uint8 unique_all unique_counts unique_inverse
    unique_values unstack var vecdot where zeros zeros_like""")
LINALG = words("""
    cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank
    matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm""")
FFT = words("""
    fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq rfftn""")

_rng = np.random.default_rng(5)
GIVEN: dict[str, Any] = {
    "a": _rng.normal(size=(3, 4)), "v": _rng.normal(size=4), "m": np.eye(3) * 3 + 0.1,
    "z": _rng.normal(size=4) + 1j, "i": np.array([3, 1, 1, 2]), "c": np.array([True, False, True]),
    "f": _rng.normal(size=4).astype(np.float32), "u": np.arange(4, dtype=np.uint8)}
CALLS = """
xp.sum(a, axis=1, keepdims=True)
xp.sum(u)
xp.mean(a, axis=(0, 1))
xp.std(a, axis=0, correction=1.0)
xp.var(a, correction=0)
xp.prod(i)
xp.max(a, axis=1)
xp.clip(a, min=-0.5)
xp.clip(a, max=v)
xp.cumulative_sum(v, include_initial=True)
xp.take(a, i[1:] - 1, axis=0)
xp.take_along_axis(a, xp.argsort(a, axis=1), axis=1)
xp.searchsorted(xp.sort(v), a)
xp.repeat(v, 2)
xp.tile(a, (2, 1))
xp.squeeze(a[None, :, :], 0)
xp.expand_dims(v, axis=1)
xp.concat([a, a], axis=None)
xp.concat((v, f))
xp.stack([v, f], axis=-1)
xp.unstack(a, axis=1)
xp.permute_dims(a, (1, 0))
xp.roll(a, 1, axis=1)
xp.diff(v, n=2)
xp.count_nonzero(c)
xp.nonzero(c)
xp.where(c, m, 0.0)
xp.astype(v, xp.float32)
xp.arange(1, 7, 2)
xp.arange(3.0)
xp.linspace(0.0, 1.0, 5)
xp.eye(2, 3, k=1)
xp.full((2,), 3)
xp.zeros((2, 2), dtype=xp.int32)
xp.ones_like(i)
xp.meshgrid(v, i, indexing="ij")
xp.tril(a, k=-1)
xp.tensordot(a, a, axes=2)
xp.vecdot(z, z)
xp.matmul(a, v)
xp.isin(i, [1, 2])
xp.sort(xp.unique_values(i))
xp.broadcast_arrays(v, a)
xp.bitwise_left_shift(i, 1)
xp.bitwise_invert(i)
xp.pow(i, 2)
xp.floor_divide(i, 2)
xp.remainder(i, 2)
xp.divide(f, 2)
xp.sign(z)
xp.abs(z)
xp.reciprocal(v)
xp.round(v)
xp.logaddexp(v, f)
xp.linalg.solve(m, c * 1.0)
xp.linalg.cholesky(m, upper=True)
xp.linalg.eigh(m).eigenvalues
xp.linalg.svd(a, full_matrices=False).S
xp.linalg.slogdet(m).logabsdet
xp.linalg.vector_norm(a, axis=1, ord=3)
xp.linalg.matrix_norm(m)
xp.linalg.outer(v, v)
xp.linalg.trace(m, offset=1)
xp.linalg.matrix_rank(m)
xp.fft.rfft(v)
xp.fft.fftn(a)
xp.fft.fftfreq(4, d=0.5)
v + f
f * 2.5
i / 2
u + u
i == 3
~i
v[..., None] @ v[None, :]
v.mT if False else a.mT
""".strip().splitlines()


def test_nothing_is_missing() -> None:
    assert not [name for name in NAMES if not hasattr(xp, name)]
    assert not [name for name in LINALG if not hasattr(xp.linalg, name)]
    assert not [name for name in FFT if not hasattr(xp.fft, name)]
    assert set(NAMES) <= set(dir(xp)) and xp.__array_api_version__ == "2024.12"


@pytest.mark.filterwarnings("ignore")
def test_functions_are_those_of_numpy() -> None:
    for call in CALLS:
        wanted = eval(call, {"xp": np, **GIVEN})
        found = eval(call, {"xp": xp, **{k: xp.asarray(x) for k, x in GIVEN.items()}})
        several = isinstance(wanted, (tuple, list))
        for one, other in zip(found if several else [found], wanted if several else [wanted],
                              strict=True):
            assert type(one) is Array, call
            assert one.dtype == np.asarray(other).dtype, call
            assert tuple(one.shape) == np.shape(other), call
            np.testing.assert_allclose(np.asarray(one), other, rtol=1e-6, atol=1e-12)


def test_what_numpy_has_otherwise() -> None:
    x = xp.asarray([3.0, 1.0, 2.0])
    assert xp.sort(x, descending=True).tolist() == [3, 2, 1]
    assert xp.argsort(x, descending=True).tolist() == [0, 2, 1]
    found = xp.unique_all(xp.asarray([[2, 1], [2, 3]]))
    assert found.values.tolist() == [1, 2, 3] and found.inverse_indices.tolist() == [[1, 0], [1, 2]]
    assert found.counts.tolist() == [1, 2, 1] and found.indices.tolist() == [1, 0, 3]
    assert xp.result_type(x, xp.float32) == xp.float64 and xp.can_cast(xp.int32, xp.int64)
    assert xp.isdtype(x.dtype, "real floating") and xp.finfo(x.dtype).eps < 1e-15
    assert x.device == x.to_device("cpu").device
    assert xp.asarray(x) is x and xp.asarray(x, copy=True) is not x
    with pytest.raises(TypeError, match=r"xp\.real"):
        xp.astype(xp.asarray([1j]), xp.float64)


def test_the_namespace_of_a_tensor() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert x.__array_namespace__() is xp and x.__array_namespace__(api_version="2022.12") is xp
    with pytest.raises(ValueError, match=r"1999\.12"):
        x.__array_namespace__(api_version="1999.12")

    def standard(x: Any) -> Any:
        space = x.__array_namespace__()
        y = space.asarray([1.0, 3.0], dtype=space.float32)
        return space.sum(space.exp(x) * y) + x.size

    standard(xp.asarray(x)).backward()
    assert x.grad is not None
    assert np.allclose(x.grad.numpy(), np.exp([1.0, 2.0]) * [1, 3])
    mapped = torch.vmap(lambda x: xp.max(x) - xp.mean(x))(torch.tensor([[1.0, 3.0], [2.0, 2.0]]))
    assert mapped.tolist() == [1, 0]
