"""Who answers when NumPy is called with a tensor, what is written, what raises, programs whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import wengert as torch
from interop.numpy_programs import PROGRAMS, fft_filter, gaussian_process, kalman, logistic, pca
from wengert.interop.numpy import Array, array, grad, hessian, hvp, jacobian, value_and_grad, vmap

QUICK = (gaussian_process, fft_filter, pca, logistic)
T = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)


# ---- tensors that need no derivative: as in PyTorch ----


def test_a_tensor_without_a_derivative_is_an_array_to_numpy() -> None:
    t = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for found in (np.sin(t), np.add(t, np.ones(2)), np.maximum(t, 0.0), np.add.reduce(t),
                  np.linalg.inv(t), np.round(t, 1), np.reshape(t, (4,)), np.modf(t)[0]):
        assert type(found) is torch.Tensor
    for found in (np.concatenate([t, t]), np.where(t > 1, t, t), np.stack([t, t]), np.outer(t, t),
                  np.array([t, t]), np.fft.fft(t), np.multiply.outer(t, t), np.zeros_like(t)):
        assert type(found) is np.ndarray
    assert np.isfinite(t).dtype is torch.uint8
    assert isinstance(np.dot(t[0], t[0]), np.float32)
    assert np.asarray(t) is not t and np.shares_memory(np.asarray(t), t.numpy())


def test_where_numpy_calls_a_method_it_is_numpys_answer() -> None:
    t = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    a = t.numpy()
    for function in (np.var, np.std, np.sum, np.mean, np.any, np.prod, np.sort):
        found = function(t, axis=0)
        assert type(found) is torch.Tensor and np.allclose(found.numpy(), function(a, axis=0))
    assert np.max(t, axis=1).tolist() == [2.0, 5.0]
    assert np.size(t) == 4 and np.flip(t).tolist() == [[5, 3], [2, 1]]


def test_what_is_written_to() -> None:
    a = np.zeros(3)
    a += T
    assert a.tolist() == [1, 2, 3] and type(a) is np.ndarray
    out = torch.zeros(3, dtype=torch.float64)
    assert np.sin(T, out=out) is out and torch.allclose(out, T.sin(), 1e-15, 0)
    x = T.clone().requires_grad_()
    for write in (lambda: a.__iadd__(x), lambda: np.sin(x, out=a), lambda: np.copyto(a, x),
                  lambda: np.add.at(a, [0], x[:1])):
        with pytest.raises(RuntimeError, match="zeros_like"):
            write()
    assert a.tolist() == [1, 2, 3]
    room = torch.zeros(3, dtype=torch.float64)
    np.multiply(x, 2, out=room)
    np.add.at(room, [0, 0, 2], x)
    np.fill_diagonal(square := np.zeros((3, 3), like=x), x)
    np.copyto(square[0], x[:1], where=np.array([False, True, False]))
    np.put(room, [1], x[2])
    (room.sum() + square.sum()).backward()
    assert x.grad is not None and x.grad.tolist() == [2 + 1 + 1 + 1, 1 + 1, 2 + 1 + 1 + 1]


def test_operators_with_arrays() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for found in (np.ones(2) * x, x * np.ones(2), np.ones((2, 2)) @ x, np.float64(2) * x,
                  np.array([1, 2]) / x, np.ones(2) ** x, x - np.ones(2)):
        assert found.requires_grad
        found.sum().backward()
    assert (np.array([0, 5]) < x).tolist() == [True, False]
    assert (np.float64(2) * x).dtype is torch.float32


def test_a_foreign_class_has_its_word() -> None:
    class Foreign:
        def __array_ufunc__(self, *args: Any, **kwargs: Any) -> str:
            return "mine"

        def __array_function__(self, *args: Any) -> str:
            return "mine"

    assert np.add(T, Foreign()) == "mine"
    assert np.dot(T, Foreign()) == "mine"


# ---- errors ----


def test_what_is_not_there_says_so() -> None:
    x = array(T, requires_grad=True)
    with pytest.raises(TypeError, match=r"numpy\.polydiv is not there .*nearest: numpy\.poly"):
        np.polydiv(x, x)
    with pytest.raises(TypeError, match=r"numpy\.spacing is not there"):
        np.spacing(x)
    with pytest.raises(TypeError, match="zeros_like"):
        float(x[0])
    room = np.zeros(3)
    with pytest.raises(ValueError) as caught:
        room[0] = x[0]
    assert "zeros_like" in str(caught.value.__cause__)
    assert room.tolist() == [0, 0, 0]
    with pytest.raises(RuntimeError, match=r"detach\(\)\.numpy\(\) instead\. .*docs/numpy\.md"):
        np.asarray(T.clone().requires_grad_())
    with pytest.raises(ValueError, match="dimension"):
        np.concatenate([x, np.ones((2, 2))])
    with pytest.raises(np.exceptions.AxisError):
        np.sum(x, axis=3)
    with pytest.raises(RuntimeError, match=r"test_numpy_protocol\.py"):
        torch.vmap(lambda row: row if row > 0 else -row)(x)


def test_a_factorisation_that_does_not_exist() -> None:
    def jittered(x: Any) -> Any:
        K = np.outer(x, x)
        for jitter in (-9.0, 1e-3):
            try:
                return np.linalg.cholesky(K + jitter * np.eye(3)).sum()
            except np.linalg.LinAlgError:
                continue
        return 0.0

    assert np.allclose(grad(jittered)(T.numpy()), quotient(jittered, T.numpy()), rtol=1e-4)


# ---- arrays ----


def test_methods_are_numpys_or_pytorchs_by_their_keywords() -> None:
    x = array([[1.0, 5.0], [3.0, 2.0]])
    assert x.max(axis=0).tolist() == [3, 5] and x.max(dim=0).indices.tolist() == [1, 0]
    assert x.size == 4 and x.size() == (2, 2) and x.size(0) == 2
    assert x.var().item() == np.var(x.detach().numpy())
    assert torch.var(x).item() == np.var(x.detach().numpy(), ddof=1)
    assert x.transpose(0, 1).tolist() == x.tolist() and x.transpose(dim0=0, dim1=1)[0, 1] == 3
    assert np.zeros(2, dtype=x.dtype).dtype == np.float64
    assert torch.zeros(2, dtype=x.dtype).dtype is torch.float64
    assert x.to(x.dtype).dtype == np.float64
    if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
        assert x.dtype == torch.float64 and np.zeros(2, dtype=torch.float32).dtype == np.float32
    assert type(torch.sin(x)) is torch.Tensor and type(x * 2) is Array


def test_numbers_are_not_written_through() -> None:
    def total(x: Any) -> Any:
        s = x[0]
        for each in x[1:]:
            s += each
        return s * x[0]

    x = array(T)
    assert total(x).item() == 6 and x.tolist() == [1, 2, 3]
    assert grad(total)(T.numpy()).tolist() == [7, 1, 1]


def test_writing_to_a_part() -> None:
    def f(x: Any) -> Any:
        out = np.zeros_like(x)
        out[::-1] = x * np.arange(1, 4)
        out[1:] += out[:-1] ** 2
        out[[0, 2]] *= 2
        return np.sum(out)

    assert np.allclose(grad(f)(T.numpy()), quotient(f, T.numpy()))


def test_special_functions_of_scipy() -> None:
    def f(x: Any) -> Any:
        return np.sum(special.expit(x) * special.gammaln(x) + special.xlogy(x, x)
                      + special.ndtr(x) * special.erf(x) + special.j0(x))

    assert np.allclose(f(array(T)).item(), f(T.numpy()))
    assert np.allclose(grad(f)(T.numpy()), quotient(f, T.numpy()), rtol=1e-6)


# ---- programs whole ----


def quotient(f: Callable[[Any], Any], x: Any) -> Any:
    return np.array([(f(x + d) - f(x - d)) / 2e-5 for d in np.eye(len(x)) * 1e-5])


@pytest.mark.parametrize("program", [
    program if program in QUICK else pytest.param(program, marks=pytest.mark.long)
    for program in PROGRAMS], ids=lambda f: f.__name__)
def test_programs_as_they_stand(program: Callable[[Any], Any]) -> None:
    x = PROGRAMS[program]
    wanted = quotient(program, x)
    for k in range(3):   # interpreted, then compiled, with other numbers
        y = x * (1 + .01 * k)
        found, value = torch.func.grad_and_value(program)(torch.tensor(y))
        assert np.allclose(value.item(), program(y), rtol=1e-12)
    found = torch.func.grad(program)(torch.tensor(x)).numpy()
    assert np.allclose(found, wanted, rtol=2e-6, atol=2e-7 * abs(wanted).max())
    leaf = array(x, requires_grad=True)
    program(leaf).backward()
    assert leaf.grad is not None and np.allclose(leaf.grad.numpy(), found, rtol=1e-12)
    d = np.linspace(-1, 1, len(x))
    _, t = torch.func.jvp(program, (torch.tensor(x),), (torch.tensor(d),))
    assert np.allclose(t.item(), found @ d)


@pytest.mark.parametrize("program", [
    pytest.param(kalman, marks=pytest.mark.long), gaussian_process])
def test_programs_mapped_and_twice_differentiated(program: Callable[[Any], Any]) -> None:
    x = PROGRAMS[program]
    many = np.stack([x, x * 1.1])
    found = torch.vmap(torch.func.grad(program))(torch.tensor(many))
    assert np.allclose(found.numpy(), [quotient(program, each) for each in many], rtol=1e-5)
    h = hessian(program)(x)
    assert np.allclose(h, quotient(grad(program), x), rtol=1e-6, atol=1e-6)
    assert np.allclose(hvp(program)(x, np.ones(3)), h.sum(1))


def test_transforms_of_arrays() -> None:
    def f(x: Any, k: Any) -> Any:
        return np.sum(k * x ** 2)

    x, k = np.array([1.0, 2.0]), np.array([3, 1])
    value, g = value_and_grad(f)(x, k)
    assert type(value) is np.float64 and value == 7 and type(g) is np.ndarray
    assert g.tolist() == [6, 4]
    assert grad(f, (0, 1))(x, k.astype(float))[1].tolist() == [1, 4]
    assert jacobian(lambda x: np.array([x[0] * x[1], x[0]]))(x).tolist() == [[2, 1], [1, 0]]
    assert jacobian(np.exp, mode="forward")(x).shape == (2, 2)
    assert grad(lambda x: np.sum(grad(f)(x, k) ** 2))(x).tolist() == [72, 16]
    assert vmap(f, (0, None))(np.stack([x, 2 * x]), k).tolist() == [7, 28]
    assert grad(lambda x: 3 * x)(2) == 3


def test_arrays_of_objects_lose_nothing() -> None:
    """``np.array`` of numbers with a derivative, and what NumPy's C code makes of it."""
    def f(x: Any) -> Any:
        many = np.array([x[0], x[1] * 2, 1.0])
        return np.mean(many) + np.std(many) * many.var() + many.dot(many) + np.exp(many[:2])[1]

    wanted = quotient(f, T.numpy())
    assert np.allclose(grad(f)(T.numpy()), wanted)
    assert np.allclose(torch.func.grad(f)(T).numpy(), wanted)

    def writes(x: Any) -> Any:
        room = np.zeros(2)
        room[:] = np.array([x[0], x[1]])
        return room.sum()

    for x in (T, array(T)):
        with pytest.raises(ValueError, match="sequence"):
            torch.func.grad(writes)(x)
    s = array(T, requires_grad=True)[0]
    assert s.dtype == np.float64 and np.zeros(2, dtype=s.dtype).dtype == s.dtype
    assert torch.zeros(2, dtype=s.dtype).dtype is torch.float64 and s.dtype.kind == "f"
