"""Forward mode of functions: :func:`jvp`, and :func:`linearize` for many tangents at a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ..compiler.known import known_at_once
from ..engine.dtypes import promote
from ..engine.recording.handle import Handle
from ..engine.recording.recording import dtype_of, here, shape_of
from .api import requires_grad
from .arguments import check_forward, kept, prepared, pushforward
from .captured import close, released
from .modes import differentiating
from .pushforward import Pushforward, whole_recording, zeros_of
from .trees import alike, leaves_of, mapped, outline, tensors_in


@known_at_once
def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *,
        strict: bool = False, has_aux: bool = False) -> tuple[Any, ...]:
    """``func(*primals)``, and its directional derivative along ``tangents``.

    With ``strict``, a result that does not depend on ``primals`` is an error.
    """
    check_tangents(primals, tangents)
    tracked = here.modes.grad
    args, wrt = prepared(primals, tuple(range(len(primals))), check_forward)
    with whole_recording():
        run, out, aux = pushforward(func, args, {}, wrt, has_aux)
        if strict and not all(map(requires_grad, run.outs)):
            raise RuntimeError("jvp(f, primals, tangents, strict=True): The output of f is "
                               "independent of the inputs. This is not allowed with strict=True.")
        pushed = iter([released(t, tracked) for t in along(run, list(tensors_in(tangents)))])
        value, aux = kept((out, aux), tracked)
    t = mapped(out, lambda _: next(pushed))
    return (value, t, aux) if has_aux else (value, t)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """``func(*primals)``, and the function from tangents of ``primals`` to tangents of the result,
    at that point: ``func`` is called once, however many tangents are pushed.

    >>> y, push = torch.func.linearize(torch.sin, torch.tensor(0.0))
    >>> push(torch.tensor(2.0))
    tensor(2.)
    """
    tracked = here.modes.grad
    args, wrt = prepared(primals, tuple(range(len(primals))), check_forward)
    with whole_recording():
        run, out, _ = pushforward(func, args, {}, wrt, False)
        if run.ruled(run.ins):
            run = linear(run)
        value = kept(out, tracked)

    def push(*tangents: Any) -> Any:
        check_tangents(primals, tangents)
        keeps = here.modes.grad
        with whole_recording():
            found = iter([released(t, keeps) for t in along(run, list(tensors_in(tangents)))])
        return mapped(out, lambda _: next(found))
    return value, push


def along(run: Pushforward, tangents: Sequence[Any]) -> list[Any]:
    """The tangents of the results; complex ones of real tensors go on as two, in which a
    derivative is linear."""
    wide = [dtype_of(t) for x, t in zip(run.xs, tangents, strict=True)
            if promote(dtype_of(x), dtype_of(t)) not in (dtype_of(x), dtype_of(x).to_complex())]
    if wide:
        tangents = [t if dtype_of(t) is dtype_of(x) else t.to(
            dtype_of(x).to_complex() if dtype_of(t).is_complex else dtype_of(x))
            for x, t in zip(run.xs, tangents, strict=True)]
        dtype = reduce(promote, wide)
        return [t.to(promote(dtype_of(t), dtype)) for t in along(run, tangents)]
    beyond = [dtype_of(t).is_complex and not dtype_of(x).is_complex
              for x, t in zip(run.xs, tangents, strict=True)]
    if not any(beyond):
        return run.along(tangents)
    real = run.along([t.real.to(dtype_of(x)) if far else t
                      for x, t, far in zip(run.xs, tangents, beyond, strict=True)])
    imaginary = run.along([t.imag.to(dtype_of(x)) if far else zeros_of(t)
                           for x, t, far in zip(run.xs, tangents, beyond, strict=True)])
    return [a + 1j * b for a, b in zip(real, imaginary, strict=True)]


def linear(run: Pushforward) -> Pushforward:
    """The tangents of a call as a call of their own, which is the same later, when the recording
    has ended: the rules of custom functions are asked now."""
    units = [zeros_of(x).requires_grad_() for x in run.xs]
    with differentiating():
        found = Pushforward(lambda: run.along(units), units)
    close(units)
    found.outs = found.out
    return found


def check_tangents(primals: Any, tangents: Any) -> None:
    """RuntimeError unless there is a tangent of its shape for each primal."""
    if not isinstance(primals, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it "
                           "should be valid to call f(*primals).")
    given, xs = list(leaves_of(tangents)), list(leaves_of(primals))
    if not isinstance(tangents, tuple) or not alike(primals, tangents):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals and tangents to have the "
                           "same python structure. Got primals with structure "
                           f"{outline(primals)} and tangents with {outline(tangents)}")
    if not xs:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to contain at least one "
                           "Tensor.")
    for x, t in zip(xs, given, strict=True):
        if isinstance(x, Handle) and not isinstance(t, Handle):
            raise RuntimeError("jvp(f, primals, tangents): Expected tangents to only contain "
                               f"Tensors, got {type(t)}")
        check_forward(x)
        if not dtype_of(t).is_differentiable:
            raise ValueError("Expected tangent to be floating point or complex, but got: "
                             f"{dtype_of(t)}")
        if shape_of(x) != shape_of(t):
            raise RuntimeError("Trying to set a forward gradient that has a different size than "
                               "that of the original Tensor, this is not supported. Tensor is of "
                               f"size {list(shape_of(x))} while the given forward gradient is of "
                               f"size {list(shape_of(t))}.")


__all__ = ["check_tangents", "jvp", "linearize"]
