"""``torch.linalg``, ``torch.special`` and the functions of ``torch`` beside them, as users call
them, against PyTorch: values, gradients, and errors at the call."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import wengert
from wengert.engine.ops.decompositions import directly

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def cplx(*shape: int) -> Any:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


def spd(*shape: int) -> Any:
    a = RNG.normal(size=shape)
    return a @ a.swapaxes(-1, -2) + np.eye(shape[-1])


H = cplx(3, 3)
VALUES: dict[str, Any] = {
    "A": RNG.normal(size=(3, 3)), "B": RNG.normal(size=(3, 2)), "S": spd(3, 3), "SB": spd(2, 3, 3),
    "AB": RNG.normal(size=(2, 3, 3)), "v": RNG.normal(size=3), "tall": RNG.normal(size=(4, 2)),
    "wide": RNG.normal(size=(2, 4)), "C": cplx(3, 3), "CB": cplx(3, 2), "h": H @ H.conj().T,
    "ctall": cplx(4, 2), "low": np.tril(RNG.normal(size=(3, 3))) + 3 * np.eye(3),
    "n": RNG.normal(size=(2, 5)), "p": RNG.uniform(0.2, 3, (2, 5)), "p2": RNG.uniform(0.5, 3, 5),
    "u": RNG.uniform(0.05, 0.95, 6), "t4": RNG.normal(size=(2, 3, 6)), "i": np.arange(12) * 5 % 7,
    "j": np.arange(1, 13), "singular": np.ones((3, 3)), "x": np.sort(RNG.normal(size=5)),
    "f32": RNG.normal(size=(3, 3)).astype(np.float32), "w": RNG.uniform(1, 2, 5),
    "k": np.array([1, 2, 1, 3, 1]), "e": np.zeros((0, 3)), "z": np.array([-1.0, 0.0, 0.5]),
}

SAME = """
la.cholesky(S) | la.cholesky(SB) | la.cholesky(h) | la.cholesky(S, upper=True) | T.cholesky(S)
la.cholesky_ex(S) | la.inv(A) | la.inv(AB) | la.inv(C) | la.inv_ex(A) | T.inverse(A) | A.inverse()
la.solve(A, B) | la.solve(A, v) | la.solve(AB, B) | la.solve(AB, n[:, :3]) | la.solve(C, CB)
la.solve(A, B.mT, left=False) | la.solve_ex(A, B) | T.cholesky_solve(B, low.tril())
T.cholesky_inverse(low.tril())
la.solve_triangular(low, B, upper=False) | la.solve_triangular(low.mT, B, upper=True)
la.solve_triangular(low, B.mT, upper=False, left=False)
la.solve_triangular(low, B, upper=False, unitriangular=True)
la.solve_triangular(C, CB, upper=True) | T.triangular_solve(B, low, upper=False)
T.triangular_solve(B, low, upper=False, transpose=True)
la.det(A) | la.det(AB) | la.det(C) | la.det(singular) | T.det(A) | A.det() | A.logdet().exp()
T.logdet(S) | la.slogdet(A) | la.slogdet(AB) | la.slogdet(C) | T.slogdet(A)
la.eigh(S)[0] | la.eigvalsh(SB) | la.eigvalsh(h) | la.eigh(h, UPLO='U')[0] | la.eigh(S)[1].abs()
la.eigh(h)[1].abs() | la.eigh(f32 + f32.mT)[0]
la.eigvals(A).abs().sum() | la.eigvals(C).real.sum()
la.eig(A)[1].abs().sum() | la.eig(C)[1].abs().sum() | (la.eig(A)[0] ** 3).real.sum()
la.svdvals(A) | la.svdvals(ctall) | la.svd(tall, full_matrices=False)[0].abs()
la.svd(wide, full_matrices=False)[2].abs() | la.svd(A)[0].abs() | T.svd(tall)[2].abs()
la.svd(ctall, full_matrices=False)[0].abs() | la.svd(ctall, full_matrices=False)[2].abs()
la.qr(A) | la.qr(tall) | la.qr(wide) | la.qr(ctall)
la.qr(AB) | la.qr(tall.detach(), mode='r')[1] | T.qr(A)
la.lu(A) | la.lu(AB) | la.lu(tall) | la.lu(wide) | la.lu_factor(A) | la.lu_factor_ex(A)
la.lu_solve(*la.lu_factor(A), B) | la.pinv(tall) | la.pinv(wide)
la.pinv(C) | la.pinv(S, hermitian=True)
T.pinverse(tall) | la.lstsq(tall, n[:, :4].mT).solution | la.lstsq(A, B).solution
la.lstsq(tall, n[:, :4].mT, driver='gelsd') | la.lstsq(tall, n[:, :4].mT).rank
la.matrix_exp(A) | la.matrix_exp(C) | T.matrix_exp(AB)
la.matrix_rank(singular) | la.matrix_rank(AB)
la.matrix_rank(tall, atol=10.0) | la.matrix_power(A, -2) | la.matrix_power(A, 3)
la.matrix_norm(A, 'nuc') | la.matrix_norm(A, 2) | la.matrix_norm(AB, -2, keepdim=True)
la.norm(A, 'nuc') | la.cond(A) | la.cond(A.detach(), 1) | la.cond(A, -2)
la.cond(A.detach(), 'fro') | la.vecdot(A, A)
la.vecdot(C, C) | la.vander(v) | la.vander(v, N=5) | la.tensorinv(t4.reshape(6, 2, 3), ind=1)
la.tensorsolve(t4[..., :1].expand(2, 3, 6).contiguous() + T.eye(6).double().reshape(2, 3, 6), B.mT)
la.householder_product(tall, p2[:2]) | la.multi_dot([A, B]) | la.cross(v, v + 1)
T.igamma(p.detach(), p2) | T.igammac(p.detach(), p2) | T.i0(n) | T.mvlgamma(p + 2, 3)
n.i0() | p.detach().igamma(p2)
sp.i0e(n) | sp.i1(n) | sp.i1e(n) | sp.ndtr(n) | sp.ndtri(u) | sp.log_ndtr(n * 5) | sp.erfcx(n)
sp.entr(u) | sp.entr(z) | sp.zeta(p.detach() + 1, p2)
sp.xlog1py(n, p) | sp.gammainc(p.detach(), p2)
sp.gammaln(p) | sp.psi(p) | sp.expit(n) | sp.multigammaln(p + 2, 2) | sp.logit(u) | sp.exp2(n)
sp.bessel_j0(n) | sp.bessel_j1(n) | sp.bessel_y0(p) | sp.bessel_y1(p) | sp.modified_bessel_i0(n)
sp.modified_bessel_k0(p) | sp.modified_bessel_k1(p) | sp.scaled_modified_bessel_k0(p)
sp.spherical_bessel_j0(n) | sp.softmax(n, 0) | sp.log_softmax(n, 1) | sp.polygamma(1, p)
T.cov(n) | T.cov(n, correction=0) | T.cov(v) | T.cov(n, fweights=k) | T.cov(n, aweights=w)
T.cov(n, fweights=k, aweights=w) | T.cov(C) | T.corrcoef(n) | T.corrcoef(v) | T.corrcoef(C)
T.dist(A, AB) | T.dist(A, AB, 1) | T.renorm(n, 2, 0, 1.0) | T.renorm(t4, 1, 1, 2.0)
T.trapezoid(n) | T.trapezoid(n, x) | T.trapezoid(n, dx=0.5) | T.trapz(n, dim=0)
T.cumulative_trapezoid(n, x) | T.cumulative_trapezoid(n, dim=0) | T.gradient(n)[1]
T.gradient(t4, spacing=2.0, dim=(1, 2))[0] | T.gradient(n, spacing=(x,), dim=1)[0]
T.gradient(n, dim=1, edge_order=2)[0] | T.gradient(n, spacing=(x,), dim=1, edge_order=2)[0]
T.vander(v.detach()) | T.vander(v.detach(), 2)
T.vander(v.detach(), increasing=True) | T.unravel_index(i, (3, 4))
T.combinations(v) | T.combinations(v, 3) | T.combinations(v, with_replacement=True)
T.combinations(v, 4) | T.gcd(i, j) | T.lcm(i, j) | T.gcd(-i, j) | T.frobenius_norm(A, (0, 1))
T.hann_window(7) | T.hann_window(7, False) | T.hamming_window(8) | T.blackman_window(8)
T.bartlett_window(9) | T.bartlett_window(8, periodic=False) | T.kaiser_window(8)
T.kaiser_window(9, False, 5.0) | T.hann_window(1) | T.hann_window(0)
T.hamming_window(5, True, 0.6)
"""
TEXTS = [text.strip() for text in SAME.replace("\n", "|").split("|") if text.strip()]


def results(library: Any, text: str) -> tuple[list[Any], list[Any]]:
    names = {name: library.tensor(value) for name, value in VALUES.items()}
    used = [x.requires_grad_() for name, x in names.items()
            if x.dtype is not library.int64 and name != "w" and re.search(rf"\b{name}\b", text)]
    space = {"T": library, "la": library.linalg, "sp": library.special} | names
    found = eval(text, space)
    outputs = [found] if isinstance(found, library.Tensor) else list(found)
    total: Any = 0.0
    for y in outputs:
        if y.requires_grad and y.numel():
            y = y.abs().square() if y.is_complex() else y
            total = total + (y * library.linspace(0.5, 1.5, y.numel(), dtype=y.dtype).reshape(
                tuple(y.shape))).sum()
    if not hasattr(total, "backward"):
        return outputs, []
    grads = library.autograd.grad(total, used, allow_unused=True)
    return outputs, [x * 0 if g is None else g for g, x in zip(grads, used, strict=True)]


def plain(x: Any) -> Any:
    return x.detach().resolve_conj().numpy()


@pytest.mark.parametrize("text", TEXTS)
def test_same(text: str) -> None:
    """Within 1e-7; gradients too. What PyTorch refuses to differentiate is compared in value."""
    wanted, wanted_grads = results(torch, text)
    found, grads = results(wengert, text)
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        assert str(a.dtype) == str(b.dtype)
        limit = 1e-5 if b.dtype == torch.float32 else 1e-7
        np.testing.assert_allclose(plain(a), plain(b), limit, limit)
    for a, b in zip(grads, wanted_grads, strict=bool(wanted_grads)):
        limit = 1e-4 if b.dtype == torch.float32 else 1e-6
        np.testing.assert_allclose(plain(a), plain(b), limit, limit)


BAD = ["la.cholesky(-S)", "la.inv(singular)", "la.solve(singular, B)", "la.cholesky(B)",
       "la.det(B)", "la.solve(A, B.mT)", "la.inv(v)", "la.eigh(S, UPLO='x')", "la.qr(A, mode='x')",
       "la.cholesky(i)", "la.cholesky_ex(-S, check_errors=True)", "T.cov(t4)",
       "T.cov(n, fweights=w)", "T.gradient(n, edge_order=3)", "T.combinations(A)", "T.vander(A)",
       "T.unravel_index(n, (3,))", "T.hann_window(-1)", "T.renorm(v, 2, 0, 1.0)", "T.gcd(n, n)",
       "la.norm(A, 3)", "T.set_num_threads(0)", "T.mvlgamma(p, 0)"]


@pytest.mark.parametrize("text", BAD)
def test_refused(text: str) -> None:
    errors = []
    for library in (torch, wengert):
        names = {name: library.tensor(value) for name, value in VALUES.items()}
        with pytest.raises(Exception) as caught:
            eval(text, {"T": library, "la": library.linalg} | names)
        errors.append(caught.value)
    kind = type(errors[0])
    if kind is torch.linalg.LinAlgError:
        assert isinstance(errors[1], wengert.linalg.LinAlgError)
    else:
        assert isinstance(errors[1], kind)
    words = str(errors[0]).split("\n")[0].split(" (")[0][:30]
    assert words in str(errors[1]), (str(errors[1]), words)


def test_a_program_that_catches_and_tries_again() -> None:
    a = -wengert.eye(2)
    for _ in range(5):
        try:
            factor = wengert.linalg.cholesky(a)
            break
        except wengert.linalg.LinAlgError:
            a = a + wengert.eye(2)
    assert factor.tolist() == [[1, 0], [0, 1]]
    assert wengert.linalg.cholesky_ex(-a).info.item() == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name, whole", [
    ("inv", np.linalg.inv), ("cholesky_lo", np.linalg.cholesky), ("solve", np.linalg.solve)])
def test_lapack_is_called_directly_for_a_small_matrix(name: str, whole: Any, dtype: Any) -> None:
    """Where it finds no result, NumPy says what is wrong."""
    asked = []

    def otherwise(*args: Any) -> Any:
        asked.append(args)
        return whole(*args)

    run = directly(name, otherwise)
    for k, n in enumerate((1, 2, 3, 8, 32)):
        a = spd(n, n).astype(dtype)
        args = [a.T if k % 2 else a, *[RNG.normal(size=(n, 3)).astype(dtype)] * (name == "solve")]
        found, right = run(*args), whole(*args)
        assert found.dtype == right.dtype and found.tobytes() == right.tobytes()
    assert not asked
    unknown = np.array([[1, np.nan], [np.nan, 1]], dtype)
    for a in (-np.ones((2, 2), dtype), unknown, spd(40, 40), spd(2, 3, 3), np.empty((0, 0)), H):
        args = [a, *[np.ones((*a.shape[:-1], 1), a.dtype)] * (name == "solve")]
        try:
            right = whole(*args)
        except np.linalg.LinAlgError as error:
            with pytest.raises(np.linalg.LinAlgError, match=str(error)):
                run(*args)
        else:
            np.testing.assert_array_equal(run(*args), right)
    assert len(asked) >= 5   # whether a NaN is no result is for LAPACK to say
