"""Checks of derivatives against differences of values: ``gradcheck`` and ``gradgradcheck``.

A real Jacobian is compared: a complex number counts as its two parts, so that conjugates are
checked too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..config import config
from ..engine.dtypes import complex128, float64
from ..engine.progress import counted
from ..engine.recording.flushing import host
from ..engine.recording.handle import Handle
from ..engine.recording.recorder import hold, hold_like
from ..engine.recording.recording import dtype_of, shape_of
from . import forward_ad
from .api import grad, requires_grad
from .hooks import fresh

if TYPE_CHECKING:
    from numpy.typing import NDArray

Matrix: TypeAlias = "NDArray[np.float64]"


class GradcheckError(RuntimeError):
    """A derivative disagrees with the differences of values."""


def gradcheck(func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5,
              rtol: float = 1e-3, raise_exception: bool = True, nondet_tol: float = 0.0,
              check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
              check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
              check_forward_ad: bool = False, check_backward_ad: bool = True,
              fast_mode: bool = False, masked: bool | None = None) -> bool:
    """Whether the gradients of ``func(*inputs)`` agree with central differences of step ``eps``
    within ``atol`` and ``rtol``, in each floating or complex input that requires grad.

    Inputs should be float64 or complex128. With ``fast_mode`` each Jacobian is compared along one
    direction on either side; without, element by element. Programs run as they will later from
    their first run on, so that ``nondet_tol`` is about ``func`` alone. GradcheckError says which
    Jacobian differs, unless ``raise_exception=False``.
    """
    try:
        args = tuple(inputs) if not isinstance(inputs, Handle) else (inputs,)
        with config.in_one_tier():
            check = (FastCheck if fast_mode else Check)(func, args, eps, atol, rtol)
            if check_backward_ad:
                check.backward(nondet_tol)
                if check_grad_dtypes:
                    check.dtypes()
                if check_undefined_grad:
                    check.undefined()
            if check_forward_ad:
                check.forward()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *,
                  eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
                  gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True,
                  nondet_tol: float = 0.0, check_undefined_grad: bool = True,
                  check_grad_dtypes: bool = False, check_batched_grad: bool = False,
                  check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True,
                  fast_mode: bool = False, masked: bool = False) -> bool:
    """:func:`gradcheck` of the gradients of ``func``, in the inputs and in ``grad_outputs`` (by
    default fixed numbers between 0.5 and 1.5)."""
    args = tuple(inputs) if not isinstance(inputs, Handle) else (inputs,)
    outputs = [out for out in results(func, args) if requires_grad(out)]
    cts = given_cotangents(outputs, grad_outputs)

    def gradients(*both: Any) -> Any:
        xs, vs = both[:len(args)], both[len(args):]
        xs = tuple(fresh(x) if differentiable(x) else x for x in xs)
        found = grad([out for out in results(func, xs) if requires_grad(out)],
                     [x for x in xs if differentiable(x)], list(vs), create_graph=True,
                     allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(gradients, (*args, *cts), eps=eps, atol=atol, rtol=rtol,
                     raise_exception=raise_exception, nondet_tol=nondet_tol, fast_mode=fast_mode,
                     check_undefined_grad=False, check_grad_dtypes=check_grad_dtypes)


def given_cotangents(outputs: Sequence[Any], grad_outputs: Any) -> list[Any]:
    """The cotangents of a second-order check, as leaves."""
    if grad_outputs is not None:
        return [grad_outputs] if isinstance(grad_outputs, Handle) else list(grad_outputs)
    rng = np.random.default_rng(7)
    cts: list[Any] = []
    for out in outputs:
        dtype = dtype_of(out)
        ct = rng.uniform(0.5, 1.5, shape_of(out))
        if dtype.is_complex:
            ct = ct + 1j * rng.uniform(0.5, 1.5, shape_of(out))
        leaf: Any = hold(np.asarray(ct, dtype.numpy))
        cts.append(leaf.requires_grad_())
    return cts


class Check:
    """One function at one point."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], eps: float, atol: float,
                 rtol: float) -> None:
        self.func = func
        self.args = args
        self.eps, self.atol, self.rtol = eps, atol, rtol
        self.wrt = [k for k, arg in enumerate(args) if differentiable(arg)]
        if not self.wrt:
            raise ValueError("gradcheck expects at least one input tensor to require gradient, but "
                             "none of the them have requires_grad=True.")
        for k in self.wrt:
            if dtype_of(args[k]) not in (float64, complex128):
                warnings.warn(f"Input #{k} requires gradient and is not a double precision floating"
                              " point or complex. This check will likely fail if all the inputs are"
                              " not of double precision floating point or complex.", stacklevel=3)
        self.outputs = [out for out in results(func, args) if dtype_of(out).is_differentiable]
        if any(not isinstance(out, Handle) for out in self.outputs):
            raise ValueError("Expected Tensors as outputs of the function")
        self.measure()

    def measure(self) -> None:
        """Take the differences of values."""
        self.numeric = {k: self.differences(k) for k in self.wrt}

    def values(self, k: int, x: Any) -> list[Matrix]:
        """The outputs, as real vectors, with input ``k`` replaced by the array ``x``."""
        leaf: Any = hold(np.array(x))
        args = [leaf.requires_grad_() if i == k else arg for i, arg in enumerate(self.args)]
        return [parts(host(out)) for out in results(self.func, args)
                if dtype_of(out).is_differentiable]

    def differences(self, k: int) -> list[Matrix]:
        """For each output its real Jacobian in input ``k``, a row per part of the input."""
        x = np.array(host(self.args[k]))
        rows: list[list[Matrix]] = []
        for at in counted([*np.ndindex(*x.shape)], "gradcheck: differences"):
            for step in ((1, 1j) if x.dtype.kind == "c" else (1,)):
                up, down = x.copy(), x.copy()
                up[at] += step * self.eps
                down[at] -= step * self.eps
                rows.append([(a - b) / (2 * self.eps) for a, b in
                             zip(self.values(k, up), self.values(k, down), strict=True)])
        return [np.array([row[i] for row in rows]).reshape(len(rows), -1)
                for i in range(len(self.outputs))]

    def gradients(self, i: int) -> list[Matrix]:
        """For each input the real Jacobian of output ``i`` by backward, laid out likewise."""
        outs = [o for o in results(self.func, self.args) if dtype_of(o).is_differentiable]
        out = outs[i]
        inputs = [self.args[k] for k in self.wrt]
        columns: list[list[Matrix]] = []
        for ct in counted(basis(out), "gradcheck: backward"):
            found = (grad(out, inputs, hold(ct), retain_graph=True, allow_unused=True)
                     if requires_grad(out) else [None] * len(inputs))
            columns.append([parts(np.zeros(shape_of(x), dtype_of(x).numpy) if g is None
                                  else host(g)) for g, x in zip(found, inputs, strict=True)])
        return [np.array([c[j] for c in columns]).reshape(len(columns), -1).T
                for j in range(len(inputs))]

    def backward(self, nondet_tol: float) -> None:
        """Compare backward with the differences."""
        for i in range(len(self.outputs)):
            found, again = self.gradients(i), self.gradients(i)
            for j, k in enumerate(self.wrt):
                self.compare(found[j], self.numeric[k][i], i, k, "")
                check_reentrant(found[j], again[j], nondet_tol)

    def forward(self) -> None:
        """Compare forward mode with the differences."""
        for k in self.wrt:
            x = self.args[k]
            rows: list[list[Matrix]] = []
            for t in counted(basis(x), "gradcheck: forward mode"):
                rows.append(self.tangents_of(k, t))
            for i in range(len(self.outputs)):
                found = np.array([row[i] for row in rows]).reshape(len(rows), -1)
                self.compare(found, self.numeric[k][i], i, k, " computed with forward mode")

    def tangents_of(self, k: int, t: Any) -> list[Matrix]:
        """The tangents of the outputs, as real vectors, for the tangent ``t`` of input ``k``."""
        with forward_ad.dual_level():
            args = [forward_ad.make_dual(arg, hold(t)) if i == k else arg
                    for i, arg in enumerate(self.args)]
            duals = [forward_ad.unpack_dual(out) for out in results(self.func, args)
                     if dtype_of(out).is_differentiable]
            return [parts(np.zeros(shape_of(d.primal), dtype_of(d.primal).numpy)
                          if d.tangent is None else host(d.tangent)) for d in duals]

    def compare(self, found: Matrix, numeric: Matrix, i: int, k: int, mode: str) -> None:
        """GradcheckError if a Jacobian differs from the differences."""
        if np.allclose(found, numeric, rtol=self.rtol, atol=self.atol, equal_nan=True):
            return
        raise GradcheckError(
            f"Jacobian{mode} mismatch for output {i} with respect to input {k},\n"
            f"numerical:{numeric}\nanalytical:{found}\n")

    def dtypes(self) -> None:
        """GradcheckError if a gradient has another dtype than its input."""
        for out in results(self.func, self.args):
            if not requires_grad(out):
                continue
            inputs = [self.args[k] for k in self.wrt]
            ct = hold_like(out, 1)
            for x, g in zip(inputs, grad(out, inputs, ct, allow_unused=True), strict=True):
                if g is not None and dtype_of(g) is not dtype_of(x):
                    raise GradcheckError("grad is incorrect dtype")

    def undefined(self) -> None:
        """GradcheckError if zero gradients of the outputs do not give zeros."""
        outs = [o for o in results(self.func, self.args) if requires_grad(o)]
        inputs = [self.args[k] for k in self.wrt]
        if not outs:
            return
        zeros = [hold_like(o, 0) for o in outs]
        for g in grad(outs, inputs, zeros, allow_unused=True):
            if g is not None and np.any(host(g)):
                raise GradcheckError(
                    "Expected all input grads to be undefined or zero when all output grads are "
                    "undefined or zero. Please check if you support undefined output grads: maybe "
                    "backward ignores None.")


class FastCheck(Check):
    """The same along one direction: for each output and input a number, cotangent times Jacobian
    times tangent."""

    def measure(self) -> None:
        rng = np.random.default_rng(11)
        self.tangents = {k: direction(self.args[k], rng) for k in self.wrt}
        self.cotangents = [direction(out, rng) for out in self.outputs]
        self.numeric = {k: self.slopes(k) for k in self.wrt}

    def slopes(self, k: int) -> list[Matrix]:
        """For each output the difference of values along the tangent of input ``k``."""
        x, step = np.array(host(self.args[k])), self.eps * self.tangents[k]
        return [(a - b) / (2 * self.eps)
                for a, b in zip(self.values(k, x + step), self.values(k, x - step), strict=True)]

    def backward(self, nondet_tol: float) -> None:
        inputs = [self.args[k] for k in self.wrt]
        for i, ct in enumerate(self.cotangents):
            found, again = (self.gradient(i, ct, inputs) for _ in range(2))
            for j, k in enumerate(self.wrt):
                self.agree(found[j] @ parts(self.tangents[k]), i, k, "")
                check_reentrant(found[j], again[j], nondet_tol)

    def gradient(self, i: int, ct: Any, inputs: list[Any]) -> list[Matrix]:
        """The gradients of output ``i`` for the cotangent ``ct``, as real vectors."""
        out = [o for o in results(self.func, self.args) if dtype_of(o).is_differentiable][i]
        found = (grad(out, inputs, hold(ct), allow_unused=True) if requires_grad(out)
                 else [None] * len(inputs))
        return [parts(np.zeros(shape_of(x), dtype_of(x).numpy) if g is None else host(g))
                for g, x in zip(found, inputs, strict=True)]

    def forward(self) -> None:
        for k in self.wrt:
            for i, tangent in enumerate(self.tangents_of(k, self.tangents[k])):
                self.agree(tangent @ parts(self.cotangents[i]), i, k, " computed with forward mode")

    def agree(self, found: Any, i: int, k: int, mode: str) -> None:
        """GradcheckError if a derivative along the direction differs from the difference."""
        ct = parts(self.cotangents[i])
        numeric = self.numeric[k][i] @ ct
        atol = self.atol * float(np.abs(ct).sum() * np.abs(parts(self.tangents[k])).sum())
        if not np.allclose(found, numeric, rtol=self.rtol, atol=atol, equal_nan=True):
            raise GradcheckError(
                f"Jacobian{mode} mismatch for output {i} with respect to input {k}, along one "
                f"direction,\nnumerical:{numeric}\nanalytical:{found}\nWithout fast_mode the "
                "Jacobians themselves are shown.\n")


def direction(x: Any, rng: np.random.Generator) -> Any:
    """An array of the kind of ``x``, of length 1, with no part near 0."""
    shape, dtype = shape_of(x), dtype_of(x)
    found = rng.uniform(0.2, 1, shape)
    if dtype.is_complex:
        found = found + 1j * rng.uniform(0.2, 1, shape)
    length = max(float(np.linalg.norm(parts(found))), 1e-30)
    return np.asarray(found / length, dtype.numpy)


def check_reentrant(found: Matrix, again: Matrix, nondet_tol: float) -> None:
    """GradcheckError if a second backward gave something else."""
    if not np.allclose(found, again, rtol=0, atol=nondet_tol, equal_nan=True):
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and grad_output "
            "multiple times gives different values, although analytical gradient matches "
            "numerical gradient.")


def results(func: Callable[..., Any], args: Sequence[Any]) -> list[Any]:
    """The tensors that ``func`` returns."""
    out = func(*args)
    return [out] if isinstance(out, Handle) else [o for o in out if isinstance(o, Handle)]


def differentiable(arg: Any) -> bool:
    """Whether an argument is a tensor through which gradients flow."""
    return isinstance(arg, Handle) and requires_grad(arg)


def parts(x: Any) -> Matrix:
    """An array as a real vector: real and imaginary part of a complex number next to each other."""
    x = np.ascontiguousarray(x).reshape(-1)
    if x.dtype.kind == "c":
        x = x.view(x.real.dtype)
    return np.asarray(x, np.float64)


def basis(x: Any) -> list[Any]:
    """The unit cotangents (or tangents) of a tensor."""
    shape, dtype = shape_of(x), dtype_of(x)
    found = []
    for at in np.ndindex(*shape):
        for step in ((1, 1j) if dtype.is_complex else (1,)):
            unit = np.zeros(shape, dtype.numpy)
            unit[at] = step
            found.append(unit)
    return found


__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]
