"""Functions that give back the tensor itself where nothing is to do: ``conj`` of a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.dtypes import bool_
from ..engine.recording.handle import Handle
from ..engine.recording.operation import Operation
from ..engine.recording.recording import dtype_of
from ..tensors.recorded import described, function, into
from . import arithmetic, complex_numbers


def unless(busy: Callable[[Any], bool], op: Operation) -> Any:
    """The function of ``op``, which is recorded for tensors that are ``busy`` alone."""
    recorded = function(op)

    def itself(input: Any, *, out: Any = None) -> Any:
        result = recorded(input) if not isinstance(input, Handle) or busy(input) else input
        return result if out is None else into(out, result)

    return described(itself, op, op.name, op.lower.__doc__)


def _complex(x: Any) -> bool:
    return dtype_of(x).is_complex


def _bool(x: Any) -> bool:
    return dtype_of(x) is bool_


def _never(x: Any) -> bool:
    return False


conj = unless(_complex, complex_numbers.conj)
conj_physical = unless(_complex, complex_numbers.conj_physical)
positive = unless(_bool, arithmetic.positive)
real = unless(_complex, complex_numbers.real)
resolve_conj = unless(_never, complex_numbers.resolve_conj)
resolve_neg = unless(_never, complex_numbers.resolve_neg)


class Itself:
    """The part of Tensor with those that are methods."""

    __slots__ = ()
    __pos__ = positive
    conj = conj
    conj_physical = conj_physical
    positive = positive
    resolve_conj = resolve_conj
    resolve_neg = resolve_neg


__all__ = ["Itself", "conj", "conj_physical", "positive", "real", "resolve_conj", "resolve_neg",
           "unless"]
