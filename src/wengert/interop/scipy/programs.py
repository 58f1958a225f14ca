"""``scipy.optimize.linprog``, whose solution is differentiated.

A vertex solves the equations of the constraints that hold with equality there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import wengert as torch

from ...engine.recording.operators import is_differentiated
from ..numpy.arrays import array
from ..numpy.operands import tensor
from .calls import like, numbers, undisturbed
from .minima import at_bound, tensor_or_array


def linprog(c: Any, A_ub: Any = None, b_ub: Any = None, A_eq: Any = None, b_eq: Any = None,
            bounds: Any = (0, None), method: str = "highs", **options: Any) -> Any:
    """``scipy.optimize.linprog``; matrices, vectors and bounds may be tensors.

    Where one of them is a tensor whose derivative is wanted, ``x`` and ``fun`` are Arrays with the
    derivative of the vertex: it has none in ``c``, the value has. ValueError where the solution is
    no vertex, since it is not unique then.

    >>> from wengert.interop.scipy import linprog
    >>> b = torch.tensor([4.0, 3.0], dtype=torch.float64, requires_grad=True)
    >>> res = linprog([-1.0, -2.0], A_ub=[[1.0, 1.0], [0.0, 1.0]], b_ub=b)
    >>> torch.autograd.grad(res.fun, b)[0]
    tensor([-1., -1.], dtype=torch.float64)
    """
    from scipy import optimize
    n = len(numbers(c))
    low, high = ends(bounds, n)

    def plain(x: Any) -> Any:
        return x if x is None or hasattr(x, "tocsr") else numbers(x)

    pairs = [(None if np.isinf(lo) else lo, None if np.isinf(up) else up)
             for lo, up in zip(numbers(low).tolist(), numbers(high).tolist(), strict=True)]
    res = undisturbed(lambda: optimize.linprog(
        plain(c), plain(A_ub), plain(b_ub), plain(A_eq), plain(b_eq), pairs, method, **options))
    given = [x for x in (c, A_ub, b_ub, A_eq, b_eq, low, high) if isinstance(x, torch.Tensor)]
    if res.success and any(map(is_differentiated, given)):
        res.x = vertex(res, (A_ub, b_ub), (A_eq, b_eq), low, high)
        res.fun = array(torch.dot(tensor(c).to(torch.float64), tensor(res.x)))
    if given and res.x is not None:
        res.x = like(res.x, next((x for x in given), None))
    return res


def ends(bounds: Any, n: int) -> tuple[Any, Any]:
    """The lower and the upper bound of each of ``n`` variables."""
    if bounds is None:
        bounds = (0, None)
    if isinstance(bounds, np.ndarray):
        bounds = bounds.tolist()
    pairs = list(bounds)
    if len(pairs) == 2 and not isinstance(pairs[0], (list, tuple)):
        pairs = [tuple(pairs)] * n
    elif len(pairs) == 1:
        pairs = pairs * n
    low, high = [[end if p[k] is None else p[k] for p in pairs]
                 for k, end in ((0, -np.inf), (1, np.inf))]
    return tensor_or_array(low), tensor_or_array(high)


def vertex(res: Any, upper: tuple[Any, Any], equal: tuple[Any, Any], low: Any, high: Any) -> Any:
    """The solution as that of the equations of the constraints that hold with equality."""
    n = len(res.x)
    rows, sides = [], []
    if equal[0] is not None:
        rows.append(matrix_of(equal[0]))
        sides.append(tensor(equal[1]).to(torch.float64))
    if upper[0] is not None:
        A = matrix_of(upper[0])
        places = at_bound(numbers(A) @ res.x, upper[1])
        rows.append(A[places])
        sides.append(tensor(upper[1]).to(torch.float64)[places])
    for end in (low, high):
        places = at_bound(res.x, end)
        rows.append(torch.from_numpy(np.eye(n)[places]))
        sides.append(tensor(end).to(torch.float64)[places])
    matrix, side = torch.cat(rows), torch.cat(sides)
    chosen = independent(numbers(matrix))
    if len(chosen) < n:
        raise ValueError(f"linprog: the solution is no vertex: {len(chosen)} constraints hold with "
                         f"equality, of {n} that a derivative needs, so it is not unique")
    return array(torch.linalg.solve(matrix[chosen], side[chosen]))


def matrix_of(A: Any) -> Any:
    return tensor(A.toarray() if hasattr(A, "tocsr") else A).to(torch.float64)


def independent(matrix: Any) -> Any:
    """Rows that are independent of each other, as many as there are."""
    from scipy.linalg import qr
    _, r, order = qr(matrix.T, pivoting=True)
    size = np.abs(np.diag(r))
    return np.sort(order[:int((size > 1e-10 * size.max(initial=0)).sum())])
