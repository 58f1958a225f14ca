"""Derivatives of any order along curves and directions, by Taylor mode: :func:`jet`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..engine.recording.handle import Handle
from ..engine.recording.recorder import hold_like
from ..engine.recording.recording import dtype_of, here, shape_of
from .arguments import check_forward, kept, prepared, pushforward
from .captured import released
from .forward_mode import jvp
from .pushforward import whole_recording, zeros_of
from .trees import mapped, outline, parts_of, tensors_in

Terms = list[Any]


def jet(func: Callable[..., Any], primals: tuple[Any, ...],
        series: Sequence[Any]) -> tuple[Any, Any]:
    """``func`` along a curve: its value at ``s = 0`` and the derivatives of the result there.

    The curve through a tensor ``x`` of ``primals`` is ``x(s) = x + d_1 s + d_2 s^2 / 2! + ...``:
    ``series`` has the list ``[d_1, d_2, ...]`` in its place, of tensors of its shape and dtype,
    numbers, or None for zeros; all lists are of one length ``K``. The result is
    ``(func(*primals), derivatives)``, where each tensor of the first has a list of ``K`` in the
    second, the derivatives of ``func(x(s))`` by ``s``. So the list ``[v, 0, 0]`` gives the
    first three derivatives along ``v``.

    The cost grows with the square of ``K``. The equations are those of Griewank and Walther,
    *Evaluating Derivatives* (2008), chapter 13; the convention is that of
    ``jax.experimental.jet``. ValueError where lists or shapes do not fit.

    >>> x = torch.tensor(0.5, dtype=torch.float64)
    >>> y, (d1, d2, d3) = torch.func.jet(torch.exp, (x,), ([1.0, 0.0, 0.0],))
    >>> bool(torch.allclose(torch.stack([y, d1, d2, d3]), x.exp()))
    True
    """
    if not isinstance(primals, tuple):
        raise RuntimeError("jet(f, primals, series): Expected primals to be a tuple, got "
                           f"{type(primals)}")
    curves, degree = curves_of(primals, series)
    tracked = here.modes.grad
    args, wrt = prepared(primals, tuple(range(len(primals))), check_forward)
    with whole_recording():
        run, out, _ = pushforward(func, args, {}, wrt, False)
        found = run.along_curve(curves, degree) if degree else [[] for _ in run.outs]
        if found is None:
            found = nested(lambda at: list(tensors_in(func(*mapped(args, at)))), run.xs, curves,
                           degree)
        it = iter([[released(t, tracked) for t in terms] for terms in found])
        value = kept(out, tracked)
    return value, mapped(out, lambda _: next(it))


def curves_of(primals: tuple[Any, ...], series: Any) -> tuple[list[Terms], int]:
    """The derivatives of the curve through each tensor of ``primals``, and how many there are."""
    if not isinstance(series, (tuple, list)) or len(series) != len(primals):
        raise ValueError("jet(f, primals, series): series has a list of derivatives for each of "
                         f"the {len(primals)} primals, got {what(series)}")
    pairs = [pair for x, terms in zip(primals, series, strict=True) for pair in paired(x, terms)]
    lengths = {len(terms) for _, terms in pairs}
    if len(lengths) > 1:
        raise ValueError("jet(f, primals, series): all curves have equally many derivatives, got "
                         f"{sorted(lengths)}")
    return ([[derivative_of(x, t, k) for k, t in enumerate(terms)] for x, terms in pairs],
            lengths.pop() if lengths else 0)


def paired(x: Any, terms: Any) -> Iterator[tuple[Any, Sequence[Any]]]:
    """The tensors of ``x``, each with its list of derivatives."""
    parts = parts_of(x)
    if parts is None:
        check_forward(x)
        if not isinstance(terms, (tuple, list)):
            raise ValueError("jet(f, primals, series): the derivatives of the curve through a "
                             f"tensor are a list, got {what(terms)}")
        yield x, terms
        return
    given = parts_of(terms)
    if given is None and not isinstance(x, (tuple, list, dict)):   # a dataclass of lists of None
        given = {name: getattr(terms, name, None) for name in parts}
    if given is None or not parts.keys() <= given.keys() or (
            isinstance(x, (tuple, list)) and len(given) != len(parts)):
        raise ValueError("jet(f, primals, series): series has the structure of primals, with a "
                         f"list for each tensor; for {outline(x)} it has {what(terms)}")
    for key, item in parts.items():
        yield from paired(item, given[key])


def what(value: Any) -> str:
    """A value in an error message."""
    return f"{len(value)}" if isinstance(value, (tuple, list)) else f"{type(value)}"


def derivative_of(x: Handle, t: Any, k: int) -> Any:
    """Derivative ``k`` of the curve through ``x``, as a tensor, or None for zeros."""
    if t is None or (isinstance(t, (int, float)) and t == 0):
        return None
    if isinstance(t, (int, float, complex)):
        return hold_like(x, t)
    if not isinstance(t, Handle):
        raise ValueError("jet(f, primals, series): derivatives are tensors, numbers or None, got "
                         f"{type(t)}")
    if shape_of(t) != shape_of(x) or dtype_of(t) is not dtype_of(x):
        raise ValueError(
            f"jet(f, primals, series): derivative {k + 1} of a curve is of the shape and dtype of "
            f"its tensor, {list(shape_of(x))} of {dtype_of(x)!r}, got {list(shape_of(t))} of "
            f"{dtype_of(t)!r}")
    return t


def nested(func: Callable[[Callable[[Any], Any]], list[Any]], xs: Sequence[Any],
           curves: Sequence[Terms], degree: int) -> list[Terms]:
    """The derivatives by forward mode in forward mode, where nodes do not tell them.

    ``func(at)`` gives the results for the arguments in which ``at(x)`` stands for each of ``xs``.
    """
    zero = zeros_of(real_like(xs[0]))
    one = zero + 1

    def along(s: Any) -> list[Any]:
        points = {id(x): point(x, terms, s) for x, terms in zip(xs, curves, strict=True)}
        return func(lambda x: points.get(id(x), x))

    def rate(g: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
        return lambda s: list(jvp(g, (s,), (one,))[1])

    functions: list[Callable[[Any], list[Any]]] = [along]
    for _ in range(degree):
        functions.append(rate(functions[-1]))
    return [list(terms) for terms in zip(*[g(zero) for g in functions[1:]], strict=True)]


def real_like(x: Any) -> Any:
    """A real number of the precision of ``x``."""
    first: Any = hold_like(x, 0, ())
    return first.real if dtype_of(x).is_complex else first


def point(x: Any, terms: Terms, s: Any) -> Any:
    """The curve at ``s``."""
    total, weight = x, s
    for k, t in enumerate(terms):
        weight = s if not k else weight * s / (k + 1)
        total = total if t is None else total + t * weight
    return total


def directional(func: Callable[..., Any], primals: tuple[Any, ...], directions: tuple[Any, ...],
                order: int = 1) -> tuple[Any, ...]:
    """``func(*primals)`` and its derivatives up to ``order`` along ``directions``, a tensor for
    each tensor of ``primals``: a tuple of ``order + 1``, each of the structure of the result.

    By Taylor mode (:func:`jet`): derivative ``k`` is that of ``func(x + s v)`` by ``s`` at 0.

    >>> x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0])
    >>> torch.func.directional(lambda x: (x ** 3).sum(), (x,), (v,), 3)
    (tensor(9.), tensor(3.), tensor(6.), tensor(6.))
    """
    if order < 0:
        raise ValueError(f"directional: the order is at least 0, got {order}")
    if not isinstance(directions, tuple) or len(directions) != len(primals):
        raise ValueError("directional: there is a direction for each of the "
                         f"{len(primals)} primals, got {what(directions)}")
    series = mapped(directions, lambda v: [v, *[None] * (order - 1)][:order])
    value, terms = jet(func, primals, series)
    out: list[Any] = [value]
    for column in zip(*lists_in(value, terms), strict=True):
        given = iter(column)
        out.append(mapped(value, lambda _, given=given: next(given)))   # type: ignore[misc]
    return tuple(out)


def lists_in(value: Any, terms: Any) -> Iterator[Terms]:
    """The lists that stand for the tensors of ``value`` in ``terms``."""
    if isinstance(value, Handle):
        yield terms
        return
    for key in parts_of(value) or {}:
        named = isinstance(terms, (tuple, list, dict))
        yield from lists_in((parts_of(value) or {})[key],
                            terms[key] if named else getattr(terms, key))


__all__ = ["directional", "jet"]
