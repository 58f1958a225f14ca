"""Differential operators: :func:`laplacian`, :func:`divergence` and diagonals, without the dense
Jacobian or Hessian that they are of.

Each is of one point: ``torch.vmap`` of it takes many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..compiler.known import known
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import for_each
from ..engine.recording.recorder import hold_like
from ..engine.recording.recording import here, shape_of
from ..functions.joins import cat
from ..tensors.recorded import function
from .arguments import Argnums, check_forward, kept, prepared, pushforward
from .captured import released
from .functional import units
from .jets import nested
from .pushforward import Pushforward, whole_recording, zeros_of
from .trees import mapped, tensors_in

Func = Callable[..., Any]
_cat = function(cat)


class ForwardLaplacian(NamedTuple):
    """What :func:`forward_laplacian` gives: a function's value, its Jacobian and its Laplacian."""

    value: Any
    jacobian: Any
    laplacian: Any


def forward_laplacian(func: Func, argnums: Argnums = 0) -> Func:
    """The function that returns the value of ``func``, its Jacobian and its Laplacian, of one pass.

    The pass carries all three from operation to operation: the second derivatives are summed as
    they come about, so that no Hessian is made, and nothing is kept for a backward. ``laplacian``
    has the structure and shapes of the result, and is the sum of the second derivatives in all
    elements of the arguments numbered ``argnums``; ``jacobian`` is as
    :func:`~torch.func.jacfwd` gives it. (Li et al. 2023, *A computational framework for neural
    network-based variational Monte Carlo with Forward Laplacian*.)

    >>> f = torch.func.forward_laplacian(lambda x: (x ** 3).sum())
    >>> f(torch.tensor([1.0, 2.0]))
    ForwardLaplacian(value=tensor(9.), jacobian=tensor([ 3., 12.]), laplacian=tensor(18.))
    """
    def call(*args: Any, **kwargs: Any) -> ForwardLaplacian:
        tracked = here.modes.grad
        args, wrt = prepared(args, argnums, check_forward)
        with whole_recording():
            run, out, _ = pushforward(func, args, kwargs, wrt, False)
            found = run.laplacians() if run.xs else None
            if found is None:
                found = one_by_one(func, args, kwargs, run)
            jacobians, laplacians = found
            ls = iter([released(each, tracked) for each in laplacians])
            js = iter([columns(released(each, tracked), o, run.xs) for each, o in zip(
                jacobians, run.outs, strict=True)])
            value = kept(out, tracked)

        def of_output(_: Any) -> Any:
            given = iter(next(js))
            made = [mapped(w, lambda _: next(given)) for w in wrt]
            return made[0] if isinstance(argnums, int) else tuple(made)
        return ForwardLaplacian(value, mapped(out, of_output), mapped(out, lambda _: next(ls)))
    return call


def columns(jacobian: Any, out: Handle, xs: Sequence[Handle]) -> list[Any]:
    """A Jacobian with the arguments' elements as first axis, in a part for each of ``xs``."""
    parts, start = [], 0
    for x in xs:
        count = math.prod(shape_of(x))
        part = jacobian if len(xs) == 1 else jacobian.narrow(0, start, count)
        parts.append(part.movedim(0, -1).reshape((*shape_of(out), *shape_of(x))))
        start += count
    return parts


def one_by_one(func: Func, args: tuple[Any, ...], kwargs: dict[str, Any],
               run: Pushforward) -> tuple[list[Any], list[Any]]:
    """The Jacobians and Laplacians by forward mode nested, where nodes do not tell them."""
    jacobians: list[list[Any]] = [[] for _ in run.outs]
    laplacians = [zeros_of(o) for o in run.outs]
    for x in run.xs:
        flat = for_each(lambda unit, x=x: second(func, args, kwargs, run, x, unit), [units(x)])
        for k in range(len(run.outs)):
            jacobians[k].append(flat[2 * k])
            laplacians[k] = laplacians[k] + flat[2 * k + 1].sum(0)
    return [_cat(parts, 0) for parts in jacobians], laplacians


def second(func: Func, args: tuple[Any, ...], kwargs: dict[str, Any], run: Pushforward, x: Any,
           v: Any) -> list[Any]:
    """For each result its first and its second derivative along ``v``, a direction of ``x``."""
    curves = [[v if other is x else None, None] for other in run.xs]
    found = run.along_curve(curves, 2)
    if found is None:
        found = nested(lambda at: list(tensors_in(func(*mapped(args, at), **kwargs))), run.xs,
                       curves, 2)
    return [t for terms in found for t in terms]


def laplacian(func: Func, argnums: Argnums = 0) -> Func:
    """The function that returns the Laplacian of ``func``: for each element of the result the sum
    of its second derivatives in all elements of the arguments numbered ``argnums``, in the
    structure and shapes of the result.

    By :func:`forward_laplacian`. Of many points: ``torch.vmap(laplacian(func))``.

    >>> torch.func.laplacian(lambda x: (x ** 3).sum())(torch.tensor([1.0, 2.0]))
    tensor(18.)
    """
    whole = forward_laplacian(func, argnums)
    return known(lambda *args, **kwargs: whole(*args, **kwargs).laplacian, func, "laplacian",
                 argnums)


def hessian_diagonal(func: Func, argnums: Argnums = 0) -> Func:
    """The function that returns the second derivatives of ``func`` in each element of an argument
    alone: for each result and each argument of ``argnums`` a tensor of the result's shape followed
    by the argument's.

    Of a number, by the tangents along all unit vectors and one gradient (the diagonal part of edge
    pushing, Gower and Mello 2012); of anything else by Taylor mode of second order along each.

    >>> torch.func.hessian_diagonal(lambda x: x.prod() ** 2)(torch.tensor([2.0, 3.0]))
    tensor([18.,  8.])
    """
    def call(*args: Any, **kwargs: Any) -> Any:
        tracked = here.modes.grad
        args, wrt = prepared(args, argnums, check_forward)
        with whole_recording():
            run, out, _ = pushforward(func, args, kwargs, wrt, False)
            found = run.hessian_diagonal()
            per = [[released(t, tracked)] for t in found] if found is not None else [
                [released(t, tracked) for t in along_units(func, args, kwargs, run, x)]
                for x in run.xs]
        each = iter(list(zip(*per, strict=True)))

        def of_output(_: Any) -> Any:
            given = iter(next(each))
            made = [mapped(w, lambda _: next(given)) for w in wrt]
            return made[0] if isinstance(argnums, int) else tuple(made)
        return mapped(out, of_output)
    return known(call, func, "hessian_diagonal", argnums)


def along_units(func: Func, args: tuple[Any, ...], kwargs: dict[str, Any], run: Pushforward,
                x: Any) -> list[Any]:
    """For each result its second derivatives in each element of ``x``."""
    flat = for_each(lambda unit: second(func, args, kwargs, run, x, unit)[1::2], [units(x)], -1)
    return [t.reshape((*shape_of(o), *shape_of(x))) for o, t in zip(run.outs, flat, strict=True)]


def jacobian_diagonal(func: Func, argnums: int = 0) -> Func:
    """The function that returns the diagonal of the Jacobian of ``func``, whose result has the
    shape of the argument numbered ``argnums``: the derivative of each element of the result in the
    element of the argument at its place.

    By forward mode along each unit vector, up to where the rest is linear; the Jacobian is not
    there at any time. ValueError where the shapes differ.

    >>> torch.func.jacobian_diagonal(lambda x: x * x.sum())(torch.tensor([1.0, 2.0]))
    tensor([4., 5.])
    """
    return diagonal_of(func, argnums, "jacobian_diagonal")


def divergence(func: Func, argnums: int = 0) -> Func:
    """The function that returns the divergence of the vector field ``func``, the sum of
    :func:`jacobian_diagonal`.

    >>> torch.func.divergence(lambda x: x * x.sum())(torch.tensor([1.0, 2.0]))
    tensor(9.)
    """
    diagonal = diagonal_of(func, argnums, "divergence")
    return known(lambda *args, **kwargs: diagonal(*args, **kwargs).sum(), func, "divergence",
                 argnums, 0)


def diagonal_of(func: Func, argnums: int, name: str) -> Func:
    """:func:`jacobian_diagonal`, with its name in errors."""
    def call(*args: Any, **kwargs: Any) -> Any:
        tracked = here.modes.grad
        args, wrt = prepared(args, argnums, check_forward)
        with whole_recording():
            run, _, _ = pushforward(func, args, kwargs, wrt, False)
            if [shape_of(o) for o in run.outs] != [shape_of(x) for x in run.xs] or (
                    len(run.xs) != 1):
                raise ValueError(
                    f"{name}: the function is from a tensor to a tensor of its shape, and is from "
                    f"{[list(shape_of(x)) for x in run.xs]} to "
                    f"{[list(shape_of(o)) for o in run.outs]}")
            (x,) = run.xs
            if 0 in shape_of(x):
                return hold_like(x, 0)
            found = run.jacobian_diagonal()
            if found is None:
                (found,) = for_each(lambda unit: [(run.along([unit])[0] * unit).sum()], [units(x)])
            return released(found.reshape(shape_of(x)), tracked)
    return known(call, func, name, argnums)


__all__ = ["ForwardLaplacian", "divergence", "forward_laplacian", "hessian_diagonal",
           "jacobian_diagonal", "laplacian"]
