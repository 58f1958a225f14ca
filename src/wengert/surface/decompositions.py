"""Factorisations and solutions that are computed at the call, so that a matrix which has none
raises there: programs catch that and try another matrix.

The others (``qr``, ``svd``, determinants, ...) are recorded like any function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.errors import LinAlgError
from ..engine.recording.flushing import value
from ..engine.recording.operation import OPERATIONS
from ..engine.recording.recorder import hold, record
from ..engine.recording.recording import here, shape_of
from ..tensors.recorded import bind, into
from ..tensors.return_types import named


def _at_once(name: str) -> Callable[..., Any]:
    """The operation ``name``, computed when it is called."""
    op = OPERATIONS[name]

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        given = bind(op, args, kwargs)
        here.modes.exits += 1
        try:
            result = record(op, given)
            value(result)
        except RuntimeError as error:
            result = None   # or the recording would compute it again at its next end
            if not _is_lapacks(error):
                raise
            raise LinAlgError(str(error)) from None
        return result if out is None else into(out, result)

    call.__name__ = call.__qualname__ = op.name
    call.__doc__ = f"{op.lower.__doc__}\n\n    LinAlgError, at the call, where there is none."
    return call


def _is_lapacks(error: RuntimeError) -> bool:
    """Whether LAPACK found that there is no result, rather than the checks of the arguments."""
    return any(words in str(error) for words in ("could not be completed", "solver failed"))


cholesky = _at_once("linalg_cholesky")
old_cholesky = _at_once("cholesky")
inv = _at_once("linalg_inv")
solve = _at_once("linalg_solve")


def _ex(name: str, function: Callable[..., Any], fields: tuple[str, str], call: str,
        ) -> Callable[..., Any]:
    """The form that gives a number instead of raising: 0, or 1 where there is no result."""
    def ex(*args: Any, check_errors: bool = False, **kwargs: Any) -> Any:
        a: Any = args[0] if args else kwargs.get("A", kwargs.get("input"))
        try:
            found = function(*args, **kwargs)
            failed = 0
        except LinAlgError as error:
            if check_errors:
                raise LinAlgError(str(error).replace(call.partition("(")[0], name, 1)) from None
            found, failed = a.detach() * float("nan"), 1
        info = hold(np.full(shape_of(a)[:-2], failed, np.int32))
        return named(name, fields)((found, info))

    ex.__name__ = ex.__qualname__ = name
    ex.__doc__ = f"""``{call}`` and ``info``, int32: 0, or 1 for a batch in which a matrix has none
    (then the first is NaN). With ``check_errors`` it raises instead."""
    return ex


cholesky_ex = _ex("cholesky_ex", cholesky, ("L", "info"), "cholesky(A)")
inv_ex = _ex("inv_ex", inv, ("inverse", "info"), "inv(A)")
solve_ex = _ex("solve_ex", solve, ("result", "info"), "solve(A, B)")
