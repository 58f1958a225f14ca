"""Parametrisations that are ready: ``weight_norm``, ``spectral_norm``, ``orthogonal``.

Each registers a module of ``parametrize.py`` on a layer's weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import linalg
from ...autograd.modes import no_grad
from ...functions import clipping
from ...functions.joins import cat
from ...functions.linear import mv, vdot
from ...functions.selection import allclose
from ...names.missing import answer_missing_names
from ...tensors.creation import eye, zeros_like
from ...tensors.data import from_numpy
from ...tensors.limits import finfo
from ...tensors.operators import Tensor
from ...tensors.random import randn
from ...tensors.recorded import function
from .. import functional as F
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from .parametrize import register_parametrization

_cat, _weight_norm = function(cat), function(clipping.weight_norm)
_norm_except_dim, _mv, _vdot = function(clipping.norm_except_dim), function(mv), function(vdot)
_MAPS = ("matrix_exp", "cayley", "householder")


# Weight norm
class _WeightNorm(Module):
    """A tensor from its length (first original) and direction (second)."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return _norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Let ``module.name`` be ``g v / |v|``, the norm being over all dimensions but ``dim``
    (Salimans and Kingma, 2016); returns the module.

    State dicts of :func:`torch.nn.utils.weight_norm` can be loaded.

    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(20, 40))
    >>> layer.parametrizations.weight.original0.shape
    torch.Size([40, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def from_old(state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{name}_{part}" for part in "gv"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(from_old)
    return module


# Spectral norm
class _SpectralNorm(Module):
    """A tensor over its largest singular value, which power iterations follow."""

    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0,
                 eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, "
                             f"{ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError("Expected n_power_iterations to be positive, but got "
                             f"n_power_iterations={n_power_iterations}")
        self.dim = dim if dim >= 0 else dim + ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._as_matrix(weight.detach())
            for key, size in zip(("_u", "_v"), matrix.shape, strict=True):
                drawn = matrix.new_empty(size).normal_(0, 1)
                self.register_buffer(key, F.normalize(drawn, dim=0, eps=eps))
            self._iterate(matrix, 15)

    def _as_matrix(self, weight: Any) -> Any:
        if self.dim != 0:
            order = [self.dim, *(d for d in range(weight.ndim) if d != self.dim)]
            weight = weight.permute(*order)
        return weight.flatten(1)

    @no_grad()
    def _iterate(self, matrix: Any, times: int) -> None:
        u, v = self._u, self._v
        for _ in range(times):
            u = F.normalize(_mv(matrix, v), dim=0, eps=self.eps)
            v = F.normalize(_mv(matrix.mH, u), dim=0, eps=self.eps)
        self._u.copy_(u)
        self._v.copy_(v)

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._as_matrix(weight)
        if self.training:
            self._iterate(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()
        return weight / _vdot(u, _mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        return value


def _tensor(module: Any, name: str) -> Any:
    found = getattr(module, name, None)
    if not isinstance(found, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return found


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1,
                  eps: float = 1e-12, dim: int | None = None) -> Any:
    """Let ``module.name`` be divided by its largest singular value, as a matrix with the rows of
    ``dim`` (Miyato et al., 2018); returns the module.

    The value is followed by power iterations, one for each reading in training mode.

    >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(20, 40))
    """
    weight = _tensor(module, name)
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    register_parametrization(module, name, made)
    return module


# Orthogonal matrices
def _geqrf(a: Any) -> tuple[Any, Any]:
    """LAPACK's form of the QR decomposition: reflections below the diagonal of R, and their
    scalars."""
    h, tau = np.linalg.qr(a.detach().numpy(), mode="raw")
    made = np.ascontiguousarray(np.swapaxes(h, -1, -2))
    return from_numpy(made).to(a.dtype), from_numpy(tau).to(a.dtype)


def _made_orthogonal(a: Any) -> Any:
    """The factor Q of a QR decomposition in which R has a positive diagonal."""
    reflections, tau = _geqrf(a)
    q = linalg.householder_product(reflections, tau)
    return q * reflections.diagonal(0, -2, -1).sgn().unsqueeze(-2)


def _is_orthogonal(q: Any) -> bool:
    n, k = q.shape[-2:]
    identity = eye(k, dtype=q.dtype)
    return bool(allclose(q.mH @ q, identity, atol=10 * n * finfo(identity.dtype).eps))


class _Orthogonal(Module):
    """An orthogonal matrix from a triangular one; with trivialisation, times a ``base`` that is
    chosen on assigning."""

    base: Any

    def __init__(self, weight: Any, orthogonal_map: str, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Any) -> Any:
        wide = x.size(-2) < x.size(-1)
        if wide:
            x = x.mT
        q = self._from_reflections(x) if self.orthogonal_map == "householder" else (
            self._from_skew(x))
        if "base" in self._buffers:
            q = self.base @ q
        return q.mT if wide else q

    def _from_reflections(self, x: Any) -> Any:
        a = x.tril(-1)
        tau = 2.0 / (1.0 + (a * a).sum(-2))
        q = linalg.householder_product(a, tau)
        return q * x.diagonal(0, -2, -1).int().unsqueeze(-2)

    def _from_skew(self, x: Any) -> Any:
        n, k = x.shape[-2:]
        x = x.tril()
        if n != k:
            x = _cat([x, x.new_zeros((*x.shape[:-1], n - k))], -1)
        a = x - x.mH
        if self.orthogonal_map == "matrix_exp":
            q = linalg.matrix_exp(a)
        else:
            identity = eye(n, dtype=a.dtype)
            q = linalg.solve(identity - 0.5 * a, identity + 0.5 * a)
        return q[..., :k] if n != k else q

    @no_grad()
    def right_inverse(self, q: Any) -> Any:
        if q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a "
                             f"tensor of shape {q.shape}.")
        given, wide = q, q.size(-2) < q.size(-1)
        if wide:
            q = q.mT
        n, k = q.shape[-2:]
        if "base" not in self._buffers:
            out = self._reflections_of(q)
            return out.mT if wide else out
        if n != k:
            more = randn(*q.shape[:-2], n, n - k, dtype=q.dtype)
            q = _made_orthogonal(_cat([q, more], -1))
        else:
            q = q.clone() if _is_orthogonal(q) else _made_orthogonal(q)
        self.base = q
        minus_identity = zeros_like(given)
        minus_identity.diagonal(0, -2, -1).fill_(-1.0)
        return minus_identity

    def _reflections_of(self, q: Any) -> Any:
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley "
                "parametrizations when use_trivialization=False.")
        a, tau = _geqrf(q)
        diagonal = a.diagonal(0, -2, -1)
        diagonal.copy_(diagonal.sign() * (1.0 - 2.0 * (tau == 0)))
        return a


def orthogonal(module: Any, name: str = "weight", orthogonal_map: str | None = None, *,
               use_trivialization: bool = True) -> Any:
    """Let ``module.name`` be an orthogonal matrix (unitary, if complex), or with orthogonal rows
    or columns if it is not square; returns the module.

    ``orthogonal_map`` is "matrix_exp" (the default of square and complex matrices), "cayley" or
    "householder". With ``use_trivialization`` any value can be assigned, whose orthogonal factor is
    then the starting point (Lezcano-Casado, 2019). ValueError for what is no matrix.

    >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 3))
    >>> torch.allclose(layer.weight @ layer.weight.T, torch.eye(3), atol=1e-5)
    True
    """
    weight = _tensor(module, name)
    if weight.ndim < 2:
        raise ValueError("Expected a matrix or batch of matrices. Got a tensor of "
                         f"{weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _MAPS:
        raise ValueError('orthogonal_map has to be one of "matrix_exp", "cayley", "householder". '
                         f"Got: {orthogonal_map}")
    made = _Orthogonal(weight, orthogonal_map, use_trivialization)
    register_parametrization(module, name, made, unsafe=True)
    return module


__all__ = ["orthogonal", "spectral_norm", "weight_norm"]
answer_missing_names(__name__)
