"""MPI by mpi4py, which this file alone names: the library, its element types and ways to reduce.

What moves is bytes; what is reduced is of a type that MPI knows (:func:`reducible`). MPI starts
when :func:`library` is first called, and not before.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..engine.dtypes import from_numpy

Array = np.ndarray[Any, np.dtype[Any]]


def is_installed() -> bool:
    """Whether mpi4py can be imported."""
    return importlib.util.find_spec("mpi4py") is not None


@cache
def library() -> Any:
    """The module ``mpi4py.MPI``; importing it starts MPI.

    RuntimeError where mpi4py is not installed, or finds no MPI.
    """
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise RuntimeError(
            f"torch.distributed runs over MPI, which is not here ({error}): "
            "pip install wengert[mpi]") from None
    except RuntimeError as error:
        raise RuntimeError(
            f"mpi4py finds no MPI library ({error}): pip install mpich, or load your cluster's "
            "module") from None
    return MPI


def is_started() -> bool:
    """Whether MPI runs in this process."""
    return library.cache_info().currsize > 0


# ---- element types ----

_TYPES = {
    "bool": "C_BOOL", "int8": "INT8_T", "int16": "INT16_T", "int32": "INT32_T",
    "int64": "INT64_T", "uint8": "UINT8_T", "uint16": "UINT16_T", "uint32": "UINT32_T",
    "uint64": "UINT64_T", "float32": "FLOAT", "float64": "DOUBLE",
    "complex64": "C_FLOAT_COMPLEX", "complex128": "C_DOUBLE_COMPLEX"}
_WIDER = {"float16": np.float32, "bfloat16": np.float32, "complex32": np.complex64}
"""What is too narrow for MPI is reduced in these, and rounded once."""

_LOGICAL = {"SUM": "LOR", "MAX": "LOR", "BOR": "LOR", "PRODUCT": "LAND", "MIN": "LAND",
            "BAND": "LAND", "BXOR": "LXOR"}
_OPS = {"SUM": "SUM", "AVG": "SUM", "PRODUCT": "PROD", "MIN": "MIN", "MAX": "MAX", "BAND": "BAND",
        "BOR": "BOR", "BXOR": "BXOR"}
_ORDERED = {"MIN": np.minimum, "MAX": np.maximum}
_BITS = ("BAND", "BOR", "BXOR")


class Reduction(NamedTuple):
    """How elements are reduced: as ``dtype``, by MPI's ``type`` of element and its ``operator``."""

    dtype: np.dtype[Any]
    type: Any
    operator: Any


@cache
def reduction(name: str, dtype: np.dtype[Any], op: str) -> Reduction:
    """How the call ``name`` reduces elements of ``dtype`` by a :class:`ReduceOp`; PyTorch's errors
    where that has no meaning."""
    _check_reducible(name, dtype, op)
    wide = np.dtype(_WIDER.get(dtype.name, dtype))
    if wide.kind == "f" and op in _ORDERED:
        operator = _with_nan(op, wide.str)
    else:
        operator = getattr(library(), (_LOGICAL if wide.kind == "b" else _OPS)[op])
    return Reduction(wide, getattr(library(), _TYPES[wide.name]), operator)


def _check_reducible(name: str, dtype: np.dtype[Any], op: str) -> None:
    if dtype.kind == "c" or dtype.name == "complex32":
        if op not in ("SUM", "AVG", "PRODUCT"):
            raise ValueError(f"{name} does not support ReduceOp.{op} on complex tensors")
    elif op in _BITS and dtype.kind not in "biu":
        raise RuntimeError(f"{name}: Cannot use ReduceOp.{op} with non-integral dtype "
                           f"{from_numpy(dtype)}")
    elif op == "AVG" and dtype.kind in "biu":
        raise RuntimeError(f"{name}: Cannot use ReduceOp.AVG with {from_numpy(dtype)}: take the sum"
                           " and divide it")
    if dtype.name not in _TYPES and dtype.name not in _WIDER:
        raise TypeError(f"{name}: {from_numpy(dtype)} cannot be reduced; convert it first")


def reduced(x: Array, dtype: np.dtype[Any], op: str, size: int) -> Array:
    """What MPI has made of the elements of ``size`` processes, as ``dtype``."""
    if op == "AVG":
        x /= size
    return x.astype(dtype, copy=False)


@cache
def _with_nan(op: str, code: str) -> Any:
    """The least or greatest, NaN if any is: of MPI's own, each rank may get another number."""
    meet = _ORDERED[op]

    def function(a: Any, b: Any, datatype: Any) -> None:
        into = np.frombuffer(b, code)
        meet(np.frombuffer(a, code), into, out=into)

    return library().Op.Create(function, commute=True)


def in_place() -> Any:
    """What stands for an argument that the result is written over."""
    return library().IN_PLACE


def as_bytes(x: Array) -> list[Any]:
    """An array in one piece as mpi4py takes it, whatever its elements are."""
    return [x.reshape(-1).view(np.uint8), library().BYTE]


def as_parts(x: Array, counts: list[int]) -> list[Any]:
    """The same in parts of so many bytes, one after the other."""
    starts = [sum(counts[:k]) for k in range(len(counts))]
    return [x.reshape(-1).view(np.uint8), (counts, starts), library().BYTE]


Start = Callable[[], Any]
"""Starts a transfer: gives MPI's request."""
