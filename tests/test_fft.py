"""``torch.fft``: values, derivatives of both modes, errors."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as torch
from wengert import fft as F

ALONG_ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
ALONG_SEVERAL = ["fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"]
REAL = {"rfft", "ihfft", "rfft2", "rfftn", "ihfft2", "ihfftn"}


def sample(name: str, *shape: int) -> np.ndarray:
    rng = np.random.default_rng([len(name), *shape])
    x = rng.normal(size=shape)
    return x if name in REAL else x + 1j * rng.normal(size=shape)


@pytest.mark.parametrize("name", ALONG_ONE)
def test_along_a_dimension(name: str) -> None:
    for i in range(4):   # the first run interprets, a later one compiles
        x = sample(name, 3 + i, 6)
        for n in (None, 4, 7, 8):
            for dim in (0, -1):
                for norm in (None, "ortho", "forward"):
                    want = getattr(np.fft, name)(x, n, dim, norm)
                    got = getattr(F, name)(torch.tensor(x), n, dim, norm)
                    np.testing.assert_allclose(got.numpy(), want, atol=1e-12)


@pytest.mark.parametrize("name", ALONG_SEVERAL)
def test_along_several_dimensions(name: str) -> None:
    x = sample(name, 3, 4, 5)
    two = name.endswith("2")
    for s, dim in [(None, None), ((4, 3), (0, 1)), (None, (2, 0))]:
        given = {"axes": dim} if dim else {} if not two else {"axes": (-2, -1)}
        want = getattr(np.fft, name)(x, s, **given)
        got = getattr(F, name)(torch.tensor(x), s, **({"dim": dim} if dim else {}))
        np.testing.assert_allclose(got.numpy(), want, atol=1e-12)


@pytest.mark.parametrize("name", [*ALONG_ONE, "rfft2", "irfftn", "hfftn", "ihfft2"])
def test_derivatives(name: str) -> None:
    x = torch.tensor(sample(name, 3, 5), requires_grad=True)
    f = getattr(F, name)
    assert torch.autograd.gradcheck(f, x, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, x)


def test_single_precision_integers_and_shifts() -> None:
    x = torch.arange(5.0)
    assert F.fft(x).dtype is torch.complex64 and F.rfft(x.int()).dtype is torch.complex64
    assert F.irfft(torch.ones(2, 3)).dtype is torch.float32
    assert F.fftshift(x).tolist() == np.fft.fftshift(np.arange(5.0)).tolist()
    assert F.ifftshift(x.view(1, 5), dim=1).tolist() == [np.fft.ifftshift(np.arange(5.0)).tolist()]
    np.testing.assert_allclose(F.fftfreq(5, 0.1).numpy(), np.fft.fftfreq(5, 0.1), rtol=1e-6)
    assert F.rfftfreq(4, dtype=torch.float64).tolist() == [0.0, 0.25, 0.5]
    assert F.fft(torch.ones(0, 3)).shape == (0, 3)
    assert F.fft(x.flip(0)[::2]).shape == (3,)


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda x: F.fft(x, n=0), RuntimeError, "Invalid number of data points"),
    (lambda x: F.fft(x, norm="no"), RuntimeError, "Invalid normalization mode"),
    (lambda x: F.rfft(x + 0j), RuntimeError, "expects a real input"),
    (lambda x: F.fft(x.half()), RuntimeError, "Unsupported dtype Half"),
    (lambda x: F.fft(x, dim=3), IndexError, "Dimension out of range"),
    (lambda x: F.fft(torch.tensor(1.0)), IndexError, "no dimensions"),
    (lambda x: F.fftn(x, dim=(0, 0)), RuntimeError, "unique"),
    (lambda x: F.fftn(x, s=(1,), dim=(0, 1)), RuntimeError, "same length"),
])
def test_errors(call, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        call(torch.ones(3, 4))
