"""``torch.func``: transforms of functions, from a function to its gradient, Jacobian, Hessian.

Each calls the function on tensors of its own and differentiates what that records; so they nest,
and run along known paths when called again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .autograd import api
from .autograd.api import requires_grad, stacked
from .autograd.hooks import fresh
from .autograd.modes import enable_grad
from .autograd.structures import mapped, tensors_in
from .missing import answer_missing_names
from .recording.handle import Handle
from .recording.recorder import hold, wait
from .recording.recording import CUT, dtype_of, here, shape_of
from .surface.stateless import functional_call, stack_module_state

Argnums = int | tuple[int, ...]

def own(x: Handle) -> Any:
    """A tensor with the value of ``x`` to differentiate in; derivatives go on to ``x`` if gradients
    flow through it."""
    if requires_grad(x):
        return fresh(x)
    rec = here.recording
    new: Any = wait(rec, rec.replayed((CUT, rec.enter(x)), ()))
    return new.requires_grad_() if dtype_of(x).is_differentiable else new


def prepared(args: tuple[Any, ...], argnums: Argnums) -> tuple[tuple[Any, ...], list[Any], bool]:
    """The arguments with their own tensors at ``argnums``, those tensors, and whether derivatives
    of the result can be asked for."""
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    places = tuple(p % len(args) for p in places)
    nested = here.modes.grad and any(map(requires_grad, tensors_in(args)))
    new = tuple(mapped(arg, own) if k in places else arg for k, arg in enumerate(args))
    return new, [new[k] for k in places], nested


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0,
                   has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient and the value of ``func``, whose result is a scalar.

    With ``has_aux``, ``func`` returns a pair whose second part is passed through.
    """
    def call(*args: Any, **kwargs: Any) -> Any:
        args, wrt, nested = prepared(args, argnums)
        with enable_grad():
            out = func(*args, **kwargs)
        out, aux = out if has_aux else (out, None)
        if not isinstance(out, Handle) or shape_of(out) != ():
            raise RuntimeError("Expected the function given to grad to return a scalar tensor, got "
                               f"{tuple(shape_of(out)) if isinstance(out, Handle) else type(out)}")
        found = gradients([out], wrt, [None], nested)
        grads = found[0] if isinstance(argnums, int) else tuple(found)
        value, aux = (out, aux) if nested else mapped((out, aux), lambda h: h.detach())
        return (grads, (value, aux)) if has_aux else (grads, value)
    return call


def grad(func: Callable[..., Any], argnums: Argnums = 0,
         has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient of ``func``, whose result is a scalar, with respect to
    the arguments numbered ``argnums``.

    >>> torch.func.grad(torch.sin)(torch.tensor(0.0))
    tensor(1.)
    """
    both = grad_and_value(func, argnums, has_aux)

    def call(*args: Any, **kwargs: Any) -> Any:
        grads, value = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads
    return call


def gradients(outs: Sequence[Any], wrt: Sequence[Any], cts: Sequence[Any], nested: bool,
              retain: bool = False) -> list[Any]:
    """The gradients in structures of tensors, zeros where nothing arrives."""
    flat = list(tensors_in(list(wrt)))
    flows = [(o, c) for o, c in zip(outs, cts, strict=True) if requires_grad(o)]
    if flows:
        found = api.grad([o for o, _ in flows], flat, [c for _, c in flows],
                         retain or nested, nested, allow_unused=True, materialize_grads=True)
    else:
        found = tuple(zeros(x) for x in flat)
    it = iter(found)
    return [mapped(w, lambda _: next(it)) for w in wrt]


def zeros(x: Handle) -> Any:
    return hold(np.zeros(shape_of(x), dtype_of(x).numpy))


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """``func(*primals)``, and the function from cotangents of the result to those of ``primals``.
    """
    args, wrt, nested = prepared(primals, tuple(range(len(primals))))
    with enable_grad():
        out = func(*args)
    out, aux = out if has_aux else (out, None)
    outs = list(tensors_in(out))

    def pull(*cts: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = list(tensors_in(cts))
        deep = nested or any(map(requires_grad, given)) if create_graph is None else create_graph
        return tuple(gradients(outs, wrt, given, deep, retain_graph))

    value, aux = (out, aux) if nested else mapped((out, aux), lambda h: h.detach())
    return (value, pull, aux) if has_aux else (value, pull)


def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *,
        strict: bool = False, has_aux: bool = False) -> tuple[Any, ...]:
    """``func(*primals)``, and its directional derivative along ``tangents``.

    The derivative is that of the gradient with respect to its cotangent, which is linear in it; so
    ``jvp`` nests with every other transform.
    """
    args, wrt, nested = prepared(primals, tuple(range(len(primals))))
    nested = nested or any(map(requires_grad, tensors_in(tangents)))
    with enable_grad():
        out = func(*args)
        out, aux = out if has_aux else (out, None)
        outs = list(tensors_in(out))
        cts = [zeros(o).requires_grad_() if dtype_of(o).is_differentiable else zeros(o)
               for o in outs]
        pulled = gradients(outs, wrt, cts, True)
        pushed = iter(gradients(list(tensors_in(pulled)), [cts], list(tensors_in(tangents)),
                                nested)[0])
    value, aux = (out, aux) if nested else mapped((out, aux), lambda h: h.detach())
    t = mapped(out, lambda _: next(pushed))
    return (value, t, aux) if has_aux else (value, t)


def jacrev(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *,
           chunk_size: int | None = None, _preallocate_and_copy: bool = False
           ) -> Callable[..., Any]:
    """The function that returns the Jacobian of ``func`` by reverse mode: for each result and each
    argument of ``argnums`` a tensor of the result's shape followed by the argument's."""
    def call(*args: Any, **kwargs: Any) -> Any:
        args, wrt, nested = prepared(args, argnums)
        with enable_grad():
            out = func(*args, **kwargs)
        out, aux = out if has_aux else (out, None)

        def rows(o: Any) -> Any:
            shape = shape_of(o)
            each = [gradients([o], wrt, [hold(unit)], nested, True)
                    for unit in units(shape, dtype_of(o).numpy)]
            found = [joined(parts, shape, like) for like, *parts in zip(wrt, *each)]
            return found[0] if isinstance(argnums, int) else tuple(found)
        jacobian = mapped(out, rows)
        return (jacobian, aux) if has_aux else jacobian
    return call


def jacfwd(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *,
           randomness: str = "error") -> Callable[..., Any]:
    """The function that returns the Jacobian of ``func``, a column at a time; see :func:`jacrev`.
    """
    def call(*args: Any, **kwargs: Any) -> Any:
        places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        per: list[Any] = []
        out = aux = None
        for k in places:
            def alone(x: Any, k: int = k) -> Any:
                return func(*args[:k], x, *args[k + 1:], **kwargs)
            x = args[k]
            columns = []
            for unit in units(shape_of(x), dtype_of(x).numpy):
                out, t, *rest = jvp(alone, (x,), (hold(unit),), has_aux=has_aux)
                aux = rest[0] if rest else None
                columns.append(list(tensors_in(t)))
            per.append([last(list(parts), shape_of(x)) for parts in zip(*columns)])
        each = iter(zip(*per))
        jacobian = mapped(out, lambda _: pick(next(each), argnums))
        return (jacobian, aux) if has_aux else jacobian
    return call


def pick(parts: tuple[Any, ...], argnums: Argnums) -> Any:
    return parts[0] if isinstance(argnums, int) else parts


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that returns the Hessian of ``func``, whose result is a scalar.

    >>> torch.func.hessian(lambda x: (x ** 3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


def units(shape: tuple[int, ...], dtype: Any) -> list[Any]:
    """The arrays of ``shape`` that are one at one place, in order."""
    found = []
    for at in np.ndindex(*shape):
        unit = np.zeros(shape, dtype)
        unit[at] = 1
        found.append(unit)
    return found


def joined(parts: Sequence[Any], shape: tuple[int, ...], like: Any) -> Any:
    """Gradients, one per element of a result of ``shape``, as one tensor (in each place of the
    structure ``like``)."""
    columns = zip(*[tensors_in(part) for part in parts])
    made = iter([stacked(column).reshape((*shape, *shape_of(column[0]))) for column in columns])
    return mapped(like, lambda x: next(made, None) if parts else
                  hold(np.zeros((*shape, *shape_of(x)), dtype_of(x).numpy)))


def last(parts: list[Any], shape: tuple[int, ...]) -> Any:
    """Tangents, one per element of an argument of ``shape``, as one tensor, those dimensions last.
    """
    made = stacked(parts)
    return made.movedim(0, -1).reshape((*shape_of(parts[0]), *shape))


__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp",
           "stack_module_state", "vjp"]

answer_missing_names(__name__)
