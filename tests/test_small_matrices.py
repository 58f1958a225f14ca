"""Matrices of a few rows, alone and many together: by few calls of LAPACK, with no loop in Python,
and the same where they are singular, lie otherwise in memory, or are none at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine import blas
from wengert.engine.ops import decompositions
from wengert.tensors import recorded

KINDS = ["f", "d", "F", "D"]
RANDOM = np.random.RandomState(0)


def drawn(*shape: int, kind: str = "d") -> Any:
    found = RANDOM.randn(*shape)
    return (found + 1j * RANDOM.randn(*shape) if kind in "FD" else found).astype(kind)


def close(found: Any, wanted: Any, kind: str) -> None:
    size = max(1.0, np.abs(wanted).max(initial=0))
    np.testing.assert_allclose(found / size, wanted / size, 0, 1e-4 if kind in "fF" else 1e-11)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions of LAPACK that NumPy has and that were called, by their names."""
    names: list[str] = []

    def noted(name: str, run: Any) -> Callable[..., Any]:
        return lambda *args, **named: names.append(name) or run(*args, **named)

    given = decompositions._lapack
    monkeypatch.setattr(decompositions, "_lapack", SimpleNamespace(**{
        name: noted(name, run) for name, run in vars(given).items() if isinstance(run, np.ufunc)}))
    return names


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("unit", [False, True])
def test_many_triangles(kind: str, upper: bool, unit: bool) -> None:
    for lead, n, k in (((5,), 3, 2), ((2, 3), 1, 4), ((4,), 30, 1), ((0,), 3, 2), ((2,), 0, 2)):
        a = drawn(*lead, n, n, kind=kind) / max(n, 1) + 2 * np.eye(n, dtype=kind)
        triangle = np.triu(a) if upper else np.tril(a)
        if unit:
            triangle[..., range(n), range(n)] = 1
        by_columns = np.array(a.swapaxes(-1, -2), order="C").swapaxes(-1, -2)
        for given in (a, by_columns, a[..., :1, :, :]):
            b = drawn(*lead, n, k, kind=kind)
            whole = triangle if given.shape == a.shape else triangle[..., :1, :, :]
            found = decompositions._solve_triangular(given, b, upper, unit)
            assert found.dtype == b.dtype and found.flags.c_contiguous
            close(whole @ found, np.broadcast_to(b, found.shape), kind)


def test_many_small_triangles_are_one_call(called: list[str]) -> None:
    for upper in (False, True):
        a = drawn(8, 6, 6) + 9 * np.eye(6)
        decompositions._solve_triangular(a, drawn(8, 6, 2), upper, False)
    assert called == ["solve"] * 2


def test_a_zero_on_the_diagonal_is_as_in_one_matrix() -> None:
    a = drawn(3, 4, 4) + 9 * np.eye(4)
    a[1, 2, 2] = 0
    b = np.abs(drawn(3, 4, 1))
    for upper in (False, True):
        found = decompositions._solve_triangular(a, b, upper, False)
        for k in range(3):
            alone = decompositions._solve_triangular(a[k], b[k], upper, False)
            np.testing.assert_allclose(found[k], alone, 1e-12)
        assert not np.isfinite(found[1]).all() and np.isfinite(found[[0, 2]]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_scipy", [False, True])
def test_factors(kind: str, by_scipy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_scipy:
        monkeypatch.setattr(blas, "factors_of", lambda kind: None)
    for shape in ((3, 3), (2, 4, 3), (2, 2, 3, 5), (1, 1), (0, 3, 3), (3, 0)):
        a = drawn(*shape, kind=kind)
        m, n = shape[-2:]
        k = min(m, n)
        for given in (a, a[..., ::-1, :], np.asfortranarray(a)):
            found = decompositions._lu(given)
            both = found[..., :m * n].reshape(shape)
            low = np.tril(both, -1)[..., :k] + np.eye(m, k)
            p = decompositions._permutation(found[..., m * n:], m, torch.float64)
            close(low @ np.triu(both)[..., :k, :], p @ given, kind)


def test_what_has_full_rank_needs_no_singular_values(called: list[str]) -> None:
    for shape in ((5, 3), (3, 5), (2, 4, 4)):
        a, b = drawn(*shape), drawn(*shape[:-1], 2)
        close(decompositions._pinv(a, 1e-12, 0.0, False), np.linalg.pinv(a), "d")
        found = decompositions._least(a, b, 1e-12)
        close(found[..., :-1].reshape(*shape[:-2], shape[-1], 2), np.linalg.pinv(a) @ b, "d")
        assert (found[..., -1] == min(shape[-2:])).all()
    assert "lstsq" not in called and "qr_r_raw" in called


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_not_is_as_with_singular_values(kind: str) -> None:
    for m, n in ((5, 3), (3, 5), (4, 4)):
        a = drawn(2, m, 2, kind=kind) @ drawn(2, 2, n, kind=kind)
        a[1] = drawn(m, n, kind=kind)   # another is of full rank
        b = drawn(2, m, 2, kind=kind)
        inverse = np.linalg.pinv(a.astype("D" if kind in "FD" else "d"), 1e-4)
        close(decompositions._pinv(a, 1e-4, 0.0, False), inverse, kind)
        found = decompositions._least(a, b, 1e-4)
        close(found[..., :-1].reshape(2, n, 2), inverse @ b, kind)
        assert found[..., -1].real.tolist() == [2, min(m, n)]


def test_small_singular_values_do_not_count_beside_an_absolute_limit() -> None:
    a = np.diag([3.0, 2.0, 1e-3])
    assert decompositions._pinv(a, 0.0, 1e-2, False)[2, 2] == 0
    assert decompositions._pinv(a, 0.0, 1e-4, False)[2, 2] == pytest.approx(1000)


def test_an_adjugate_of_a_regular_matrix_is_made_of_its_inverse(called: list[str]) -> None:
    a = drawn(3, 4, 4)
    found = decompositions._adjugate(a)
    assert called == ["inv", "det"]
    close(a @ found, np.linalg.det(a)[:, None, None] * np.eye(4), "d")
    a[1, 0] = a[1, 1]   # singular: its adjugate is of rank one
    found = decompositions._adjugate(a)
    close(a @ found, np.linalg.det(a)[:, None, None] * np.eye(4), "d")
    assert np.linalg.matrix_rank(found[1]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_orthogonal_factors(kind: str) -> None:
    for shape, complete in (((3, 3), False), ((2, 5, 3), False), ((5, 3), True), ((3, 5), True),
                            ((2, 0, 3), False), ((0, 3, 3), False)):
        a = drawn(*shape, kind=kind)
        m, n = shape[-2:]
        k = m if complete else min(m, n)
        found = decompositions._qr(a, complete)
        q = found[..., :m * k].reshape(*shape[:-2], m, k)
        r = found[..., m * k:].reshape(*shape[:-2], k, n)
        assert found.dtype == a.dtype and not np.tril(r, -1).any()
        close(q @ r, a, kind)
        one = np.broadcast_to(np.eye(k), (*shape[:-2], k, k))
        close(np.conj(q.swapaxes(-1, -2)) @ q, one, kind)


def test_values_alone_where_nobody_needs_vectors() -> None:
    a = drawn(4, 4)
    x = torch.tensor(a + a.T)
    values = torch.linalg.eigvalsh(x)
    close(values.numpy(), np.linalg.eigvalsh(a + a.T), "d")
    close(torch.linalg.svdvals(x).numpy(), np.linalg.svd(a + a.T)[1], "d")
    for function in (torch.linalg.eigvalsh, torch.linalg.svdvals):
        _, along = torch.func.jvp(lambda y, f=function: f(y).sum(), (x,), (torch.eye(4).double(),))
        slope = torch.func.grad(lambda y, f=function: f(y).sum())(x)
        assert along.item() == pytest.approx(slope.diagonal().sum().item())


def test_names_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = torch.eye(3) * 2, torch.ones(3, 1)
    for _ in range(2):
        torch.linalg.solve_triangular(a, b, upper=False)
    bound: list[Any] = []
    before = recorded.bind
    monkeypatch.setattr(recorded, "bind", lambda *args: bound.append(args) or before(*args))
    for left in (True, False):
        x = torch.linalg.solve_triangular(a, b if left else b.T, upper=left, left=left)
        assert x.flatten().tolist() == [0.5] * 3
    torch.linalg.solve_triangular(a, b, upper=False)
    assert len(bound) == 1   # the two names together
    with pytest.raises(TypeError, match="unexpected keyword argument 'lower'"):
        torch.linalg.solve_triangular(a, b, lower=True)
    with pytest.raises(TypeError, match="missing 1 required"):
        torch.linalg.solve_triangular(a, b)
    with pytest.raises(TypeError, match="must be Tensor, not str"):
        torch.linalg.solve_triangular("a", b, upper=False)
    torch.linalg.cholesky(a)
    bound.clear()
    assert torch.linalg.cholesky(a)[0, 0].item() == pytest.approx(2**0.5) and not bound
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        torch.linalg.cholesky(3)


PROCESS = """
import sys
import wengert as torch
x = (torch.eye(4) * 3 + 1).requires_grad_()
b = torch.ones(4, 1)
factors = torch.linalg.lu_factor(x)
loss = torch.linalg.lu_solve(*factors, b).sum() + torch.linalg.lstsq(x, b).solution.sum()
(loss + torch.linalg.qr(x)[1].sum() + torch.linalg.det(x)).backward()
print(x.grad.sum().item(), "scipy.linalg" in sys.modules)
"""


@pytest.mark.skipif(blas.factors_of("d") is None, reason="NumPy's LAPACK is another")
def test_scipy_is_not_loaded_for_them() -> None:
    found = subprocess.run([sys.executable, "-c", PROCESS], check=True, capture_output=True,
                           text=True).stdout
    assert found.split()[-1] == "False"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64])
@pytest.mark.parametrize("n", [3, 40])
def test_a_factor_of_cholesky_is_no_nan(dtype: torch.dtype, n: int) -> None:
    a = torch.eye(n, dtype=dtype)
    a[1, 0] = torch.nan
    for bad in (a, torch.stack([torch.eye(n, dtype=dtype), a])):
        with pytest.raises(torch.linalg.LinAlgError, match="not positive-definite"):
            torch.linalg.cholesky(bad)
        assert torch.linalg.cholesky_ex(bad).info.ne(0).all()
    assert torch.equal(torch.linalg.cholesky(a, upper=True), torch.eye(n, dtype=dtype))


def test_the_upper_factor_is_made_of_the_upper_triangle() -> None:
    a = torch.tensor([[4.0, 1.0], [2.0, 5.0]], requires_grad=True)
    for f in (torch.linalg.cholesky, torch.cholesky):
        u = f(a, upper=True)
        torch.testing.assert_close(u, torch.tensor([[2, 0.5], [0, 4.75 ** 0.5]]))
        (given,) = torch.autograd.grad(u.sum(), a)
        assert given[0, 1] == given[1, 0] != 0


def test_a_solution_that_is_none_has_the_shape_of_the_right_hand_side() -> None:
    zero, two = torch.zeros(3, 2, 2), torch.ones(3, 2, 4)
    found, info = torch.linalg.solve_ex(zero, two)
    assert found.shape == (3, 2, 4) and found.isnan().all() and info.tolist() == [1, 1, 1]
    assert torch.linalg.solve_ex(zero[0], two[0, 0, :2]).result.shape == (2,)
    assert torch.linalg.solve_ex(A=zero, B=two.mT, left=False).result.shape == (3, 4, 2)
    assert torch.linalg.inv_ex(zero).inverse.isnan().all()


def test_what_does_not_converge_is_an_error_of_linear_algebra() -> None:
    a = torch.full((3, 3), torch.nan)
    for f in (torch.linalg.svdvals, torch.linalg.pinv, torch.linalg.svd):
        with pytest.raises(torch.linalg.LinAlgError, match="failed to converge"):
            print(f(a))
