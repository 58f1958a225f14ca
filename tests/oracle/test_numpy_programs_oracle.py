"""NumPy called with tensors: what needs no derivative is as in PyTorch, and programs written for
NumPy have the derivatives of HIPS autograd, where that has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert
from interop import numpy_programs
from wengert.interop.numpy import grad

torch = pytest.importorskip("torch")
autograd = pytest.importorskip("autograd", reason="HIPS autograd is not installed")

CALLS = """
np.sin(t)|np.add(t, A)|np.add(A, t)|np.float64(2) * t|np.int64(2) * t|np.float32(2) * i|t * A
np.matmul(t, t)|np.dot(v, v)|np.argmax(t)|np.argmax(t, axis=0)|np.cumsum(t, axis=0)
np.where(t > 1, t, t)|np.concatenate([t, t])|np.stack([t, t])|np.reshape(t, (4,))|np.transpose(t)
np.ravel(t)|np.squeeze(t)|np.linalg.solve(t, v)|np.linalg.inv(t)|np.linalg.norm(t)
np.linalg.norm(t, axis=0)|np.linalg.eigh(t)[0]|np.fft.fft(v)|np.einsum("ij->i", t)
np.clip(t, 0, 1)|np.argsort(v)|np.abs(t)|np.round(t, 1)|np.outer(v, v)|np.diff(v)
np.zeros_like(t)|np.shape(t)|np.ndim(t)|np.add.reduce(t)|np.add.accumulate(t)|np.isfinite(t)
np.multiply.outer(v, v)|np.sin(v, out=np.zeros(2))|np.trace(t)|np.diag(t)|np.tile(v, 2)
np.roll(v, 1)|np.median(v)|np.percentile(v, 50)|np.take(v, [0])|np.expand_dims(v, 0)|np.real(t)
np.copy(t)|np.array(t)|np.array([v, v])|np.isclose(v, v)|np.allclose(v, v)|np.unique(v)
np.histogram(v)[0]|np.interp(v, v, v)|np.polyval(v, 2.)|np.cov(t)|np.swapaxes(t, 0, 1)
np.modf(v)[0]|np.broadcast_to(v, (2, 2))|np.arange(10)[i]|np.split(v, 2)[0]|np.append(v, 1.)
np.maximum(t, 0.)|np.ptp(v)|np.asarray(t, dtype=np.float64)|np.heaviside(v, 0.)|np.sum([v, v])
np.linspace(v[0], v[1], 3)|np.power(t, 2)|np.logaddexp(v, v)|np.mean([v[0], v[1]])
""".replace("\n", "|").strip("|").split("|")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", CALLS)
def test_without_a_derivative_as_in_pytorch(call: str) -> None:
    found, wanted = [eval(call, {
        "np": np, "A": np.ones(2), "t": space.tensor([[1.0, 2.0], [3.0, 4.0]]),
        "v": space.tensor([1.0, 2.0]), "i": space.tensor([3, 1, 2])}) for space in (wengert, torch)]
    if isinstance(wanted, torch.Tensor):
        assert type(found) is wengert.Tensor and str(found.dtype) == str(wanted.dtype)
    elif not isinstance(wanted, tuple):
        assert type(found) is type(wanted)
    np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-6)


HAS_NOT = {"kalman", "logistic", "heat", "ising"}
"""HIPS autograd raises: array([...]) of traced numbers in a product, ndarray.dot, the derivative of
interp in its values, ufunc.outer."""


@pytest.mark.parametrize("name", [f.__name__ for f in numpy_programs.PROGRAMS])
def test_programs_beside_hips_autograd(name: str) -> None:
    text = Path(numpy_programs.__file__).read_text(encoding="utf-8")
    theirs: dict[str, Any] = {"__name__": "theirs"}
    exec(text.replace("import numpy as np", "import autograd.numpy as np"), theirs)
    program = getattr(numpy_programs, name)
    x = numpy_programs.PROGRAMS[program]
    if name in HAS_NOT:
        with pytest.raises((TypeError, NotImplementedError, AttributeError)):
            autograd.grad(theirs[name])(x)
        return
    np.testing.assert_allclose(grad(program)(x), autograd.grad(theirs[name])(x), rtol=1e-10)
