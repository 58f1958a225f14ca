"""What transforms of functions have in common: the arguments in which they differentiate, and what
their function returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.recording.handle import Handle
from ..engine.recording.recording import dtype_of
from .captured import close, own, released
from .modes import differentiating
from .pushforward import Pushforward
from .trees import leaves_of, mapped, tensors_in

Argnums = int | tuple[int, ...]


def places_of(argnums: Argnums, count: int) -> tuple[int, ...]:
    """The positions of the arguments numbered ``argnums`` among ``count``."""
    if not isinstance(argnums, int) and not (
            isinstance(argnums, tuple) and all(isinstance(p, int) for p in argnums)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    places = (argnums,) if isinstance(argnums, int) else argnums
    if not places and count:
        raise RuntimeError("argnums must be non-empty")
    for p in places:
        if not -count <= p < count:
            raise RuntimeError(f"Got argnum={p}, but only {count} positional inputs")
    found = tuple(p % count for p in places)
    if len(set(found)) < len(found):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return found


def prepared(args: tuple[Any, ...], argnums: Argnums,
             check: Callable[[Any], None]) -> tuple[tuple[Any, ...], list[Any]]:
    """The arguments with their own tensors at ``argnums``, and those; ``check`` raises for what
    nothing can be differentiated in."""
    places = places_of(argnums, len(args))
    for k in places:
        for leaf in leaves_of(args[k]):
            check(leaf)
    new = tuple(mapped(arg, own) if k in places else arg for k, arg in enumerate(args))
    return new, [new[k] for k in places]


def check_reverse(x: Any) -> None:
    """An error unless reverse mode can differentiate in ``x``."""
    if not isinstance(x, Handle):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    if not dtype_of(x).is_differentiable:
        raise RuntimeError("only Tensors of floating point dtype can require gradients\n"
                           f"This one has dtype {dtype_of(x)!r}: convert it first, with .float()")


def check_forward(x: Any) -> None:
    """An error unless forward mode can differentiate in ``x``."""
    if not isinstance(x, Handle):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to only contain Tensors, "
                           f"got {type(x)}")
    if not dtype_of(x).is_differentiable:
        raise ValueError("Expected primal to be floating point or complex, but got: "
                         f"{dtype_of(x)!r}")


FORWARD, REVERSE = "jvp(f, primals, tangents)", "vjp(f, *primals)"


def check_outputs(out: Any, what: str) -> None:
    """RuntimeError unless a function returned tensors; for reverse mode, of dtypes that have
    gradients."""
    for leaf in leaves_of(out):
        if not isinstance(leaf, Handle):
            raise RuntimeError(
                f"{what}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(leaf)}. Return what is no result beside it, with has_aux=True")
        if what == REVERSE and not dtype_of(leaf).is_differentiable:
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got "
                f"Tensor with dtype {dtype_of(leaf)!r}. Return it beside the results, with "
                "has_aux=True")


def parts(out: Any, has_aux: bool, what: str) -> tuple[Any, Any]:
    """What a function returned, as its result and what is passed through."""
    if not has_aux:
        return out, None
    if not isinstance(out, tuple) or len(out) != 2:
        got = f"a tuple of {len(out)}" if isinstance(out, tuple) else f"{type(out)}"
        raise RuntimeError(f"{what}: output of function f should be a tuple: (output, aux) if "
                           f"has_aux is True, got {got}")
    return out


def kept(value: Any, tracked: bool) -> Any:
    """A structure of results, each with the history that leads out of the transform."""
    return mapped(value, lambda h: released(h, tracked))


def pushforward(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
                wrt: Sequence[Any], has_aux: bool) -> tuple[Pushforward, Any, Any]:
    """A call of ``func`` to push tangents of ``wrt`` through, its result, what is passed through.
    """
    xs = list(tensors_in(list(wrt)))
    with differentiating():
        run = Pushforward(lambda: func(*args, **kwargs), xs)
    close(xs)
    out, aux = parts(run.out, has_aux, FORWARD)
    check_outputs(out, FORWARD)
    run.outs = list(tensors_in(out))
    return run, out, aux


__all__ = ["FORWARD", "REVERSE", "Argnums", "check_forward", "check_outputs", "check_reverse",
           "kept", "parts", "places_of", "prepared", "pushforward"]
