"""Whether the derivatives of a function are those of its values: :func:`check_rules`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.recording.handle import Handle
from ..engine.recording.recorder import hold_beside
from ..engine.recording.recording import dtype_of, shape_of
from ..func import jvp, vjp
from ..functions.joins import stack
from ..tensors.recorded import function
from .modes import no_grad
from .trees import mapped, tensors_in
from .vmap import vmap

Call = Callable[..., Any]
_stack = function(stack)
SAMPLES = 3


class WrongRule(RuntimeError):
    """A derivative rule does not fit: ``check`` says which part, ``error`` by how much."""

    def __init__(self, message: str, check: str, error: float) -> None:
        super().__init__(message)
        self.check, self.error = check, error


def check_rules(func: Call, *args: Any, reference: Call | None = None, order: int = 2,
                forward: bool = True, batched: bool = True, tolerance: float | None = None) -> bool:
    """Compare the derivatives of ``func`` at ``args`` with differences of its values, in random
    directions; True, or an error that says which check failed, and by how much.

    The checks, in their order: the *value* (against ``reference``, if there is one), *reverse mode*
    and *forward mode* against central differences, *second order* (with ``order=2``) likewise of
    the gradient, and *batched*: ``vmap`` of value and gradient against a loop; ``forward=False``
    and ``batched=False`` leave one out, for rules that look at values (NumPy). All floating point
    tensors among ``args`` are differentiated in; float64 is best, in float32 only coarse errors are
    seen. ``tolerance`` is relative to the size of what is compared.

    >>> torch.func.check_rules(torch.sin, torch.tensor([0.1, 2.0], dtype=torch.float64))
    True
    """
    check = Check(func, args, tolerance)
    if reference is not None:
        check.equal("value", list(vjp(check.flat, *check.xs)[0]),
                    list(Check(reference, args, tolerance).flat(*check.xs)))
    check.reverse()
    if forward:
        check.forward()
    if order > 1:
        check.second()
    if batched:
        check.batched()
    return True


class Check:
    """A function of the tensors in which it is differentiated, at a point."""

    def __init__(self, func: Call, args: tuple[Any, ...], tolerance: float | None) -> None:
        self.name = getattr(func, "__name__", None) or repr(func)
        self.args, self.call = args, func
        self.xs = [x for x in tensors_in(args) if dtype_of(x).is_differentiable]
        if not self.xs:
            raise ValueError(f"check_rules: there is no tensor of floating point numbers among the "
                             f"arguments of {self.name}")
        self.rng = np.random.default_rng(0)
        eps = max(float(np.finfo(dtype_of(x).numpy).eps) for x in self.xs)
        self.step = eps ** (1 / 3)
        self.tolerance = tolerance if tolerance is not None else max(1e-6, 20 * eps ** (2 / 3))
        self.v = self.directions(self.xs)

    def flat(self, *xs: Any) -> tuple[Any, ...]:
        """The tensors of the results that have derivatives."""
        new = {id(old): x for old, x in zip(self.xs, xs, strict=True)}
        out = self.call(*mapped(self.args, lambda h: new.get(id(h), h)))
        return tuple([o for o in tensors_in(out) if dtype_of(o).is_differentiable])

    def directions(self, like: Sequence[Any]) -> list[Any]:
        found = []
        for x in like:
            value = self.rng.normal(size=shape_of(x)) + (
                1j * self.rng.normal(size=shape_of(x)) if dtype_of(x).is_complex else 0)
            found.append(hold_beside(x, np.asarray(value, dtype_of(x).numpy)))
        return found

    def differences(self, f: Call, xs: Sequence[Any], vs: Sequence[Any]) -> list[Any]:
        """The derivatives of ``f`` along a direction, by central differences."""
        sides = [f(*[x + sign * self.step * v for x, v in zip(xs, vs, strict=True)])
                 for sign in (1, -1)]
        return [(a - b) / (2 * self.step) for a, b in zip(*sides, strict=True)]

    def fail(self, what: str, error: float, detail: str) -> None:
        raise WrongRule(f"the rule of {self.name} is wrong, {what}: {detail}; they differ by "
                        f"{error:.3g}, relative to their size, and at most {self.tolerance:.3g} is "
                        "allowed", what, error)

    def equal(self, what: str, found: Sequence[Any], wanted: Sequence[Any],
              sides: tuple[str, str] = ("it gives", "the function has")) -> None:
        """:class:`WrongRule` unless two lists of tensors are the same."""
        if [shape_of(a) for a in found] != [shape_of(b) for b in wanted]:
            self.fail(what, math.inf, f"{sides[0]} results of shapes "
                      f"{[list(shape_of(a)) for a in found]}, {sides[1]} "
                      f"{[list(shape_of(b)) for b in wanted]}")
        for k, (a, b) in enumerate(zip(map(array, found), map(array, wanted), strict=True)):
            size = max(1.0, float(np.abs(b).max(initial=0)))
            gap = np.abs(a - b)
            error = float(np.where(np.isnan(gap), np.inf, gap).max(initial=0)) / size
            if error > self.tolerance:
                at = int(np.argmax(np.where(np.isnan(gap), np.inf, gap)))
                self.fail(what, error, f"{sides[0]} {a.reshape(-1)[at]:.6g} in result {k}, "
                                       f"{sides[1]} {b.reshape(-1)[at]:.6g}")

    def reverse(self) -> None:
        """Reverse mode against differences: in each argument alone, which says whose rule it is,
        and in all together."""
        with no_grad():
            cts = self.directions(self.flat(*self.xs))
        for k in range(len(self.xs)):
            self.pulled(cts, f" of tensor {k}", [v if i == k else 0 * v
                                                 for i, v in enumerate(self.v)])
        self.pulled(cts, "", self.v)

    def forward(self) -> None:
        """Forward mode against differences."""
        with no_grad():
            wanted = self.differences(self.flat, self.xs, self.v)
        try:
            found = jvp(self.flat, tuple(self.xs), tuple(self.v))[1]
        except (NotImplementedError, RuntimeError) as error:
            raise WrongRule(f"the rule of {self.name} is wrong, forward mode: there is none "
                            f"({error}); check it with forward=False", "forward mode",
                            math.inf) from error
        self.equal("forward mode", list(found), wanted, ("it gives", "differences of its values"))

    def pulled(self, cts: Sequence[Any], of: str, v: Sequence[Any]) -> None:
        """Reverse mode along ``v`` against differences."""
        with no_grad():
            total = inner(cts, self.differences(self.flat, self.xs, v))
        found = inner(self.gradient(cts, False)(*self.xs), v)
        size = max(1.0, abs(total))
        if not abs(found - total) <= self.tolerance * size:
            self.fail("reverse mode", abs(found - total) / size,
                      f"along a random direction{of} it gives {found:.6g}, and differences of its "
                      f"values {total:.6g}")

    def gradient(self, cts: Sequence[Any], again: bool = True) -> Call:
        """The gradients of the results' inner product with ``cts``; ``again`` says whether they are
        differentiated."""
        return lambda *xs: vjp(self.flat, *xs)[1](tuple(cts), create_graph=again)

    def second(self) -> None:
        """The derivatives of the gradient."""
        cts = self.directions(self.flat(*self.xs))
        gradient = self.gradient(cts)
        wanted = self.differences(self.gradient(cts, False), self.xs, self.v)
        try:
            found = jvp(gradient, tuple(self.xs), tuple(self.v))[1]
        except (NotImplementedError, RuntimeError) as error:
            raise WrongRule(f"the rule of {self.name} is wrong, second order: it cannot be "
                            f"differentiated ({error}); check it with order=1", "second order",
                            math.inf) from error
        self.equal("second order", list(found), wanted, ("it gives", "differences of the gradient"))

    def batched(self) -> None:
        """``vmap`` against a loop, for the value and the gradient."""
        samples = [[x, *[x + 0.01 * (k + 1) * v for k in range(SAMPLES - 1)]]
                   for x, v in zip(self.xs, self.v, strict=True)]
        many = [_stack(each) for each in samples]
        cts = self.directions(self.flat(*self.xs))
        for what, f in (("batched value", self.flat), ("batched gradient",
                                                        self.gradient(cts, False))):
            rows = [f(*each) for each in zip(*samples, strict=True)]
            wanted = [_stack(column) for column in zip(*rows, strict=True)]
            try:
                found = vmap(f)(*many)
            except (NotImplementedError, RuntimeError) as error:
                raise WrongRule(f"the rule of {self.name} is wrong, {what}: it cannot be mapped "
                                f"({error}); check it with batched=False", what, math.inf
                                ) from error
            self.equal(what, list(found), wanted, ("vmap gives", "a loop"))


def array(x: Any) -> Any:
    value = x.detach().numpy() if isinstance(x, Handle) else np.asarray(x)  # type: ignore[attr-defined]
    return value.astype(complex if value.dtype.kind == "c" else float)


def inner(a: Sequence[Any], b: Sequence[Any]) -> float:
    """The real inner product of two lists of tensors."""
    return float(sum(np.sum((np.conj(array(x)) * array(y)).real)
                     for x, y in zip(a, b, strict=True)))


__all__ = ["WrongRule", "check_rules"]
