"""Linear equations without a matrix: GMRES of SciPy on products that are recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.recording.flushing import host
from ..engine.recording.recorder import hold


def gmres(matvec: Callable[[Any], Any], b: Any) -> Any:
    """The solution ``x`` of ``matvec(x) = b``, vectors, to about the precision of their dtype;
    RuntimeError where GMRES does not come there."""
    from scipy.sparse.linalg import LinearOperator
    from scipy.sparse.linalg import gmres as scipy_gmres
    (shape, right) = tuple(b.shape), host(b.reshape(-1))

    def product(v: Any) -> Any:
        return host(matvec(hold(np.ascontiguousarray(v, right.dtype).reshape(shape))).reshape(-1))
    eps = float(np.finfo(right.dtype).eps)
    operator = LinearOperator((right.size, right.size), matvec=product, dtype=right.dtype)
    x, info = scipy_gmres(operator, right, rtol=100 * eps, atol=0.0, restart=100, maxiter=100)
    if info:
        left = np.linalg.norm(product(x) - right) / np.linalg.norm(right)
        if not left < eps ** 0.5:
            raise RuntimeError(f"the linear equation of a derivative, of {right.size} unknowns, is "
                               f"not solved by GMRES: its relative residual is {left:.1e}. Give a "
                               "solver of your own (tangent_solve, transpose_solve)")
    return hold(x.astype(right.dtype).reshape(shape))


__all__ = ["gmres"]
