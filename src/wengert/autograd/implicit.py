"""Implicit differentiation: derivatives of what solves an equation, whatever has solved it.

The derivative of a solution follows from the equation (the implicit function theorem), so the
solver may be any Python: a loop of torch operations, SciPy, a table. :func:`custom_root` and
:func:`custom_fixed_point` are for nonlinear equations, :func:`custom_linear_solve` for linear ones.
What the equation reads gets its gradients, by reverse and by forward mode, to any order.

Start with :class:`Root`: the equation is a body (``bodies.py``), its derivative a linear equation,
which is solved by another call of what is in this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..engine.errors import show_line, user_line
from ..engine.recording.handle import Handle
from ..engine.recording.recording import dtype_of, shape_of
from ..func import jacfwd, jvp, vjp
from ..functions.decompositions import solve as solve_matrix
from ..functions.joins import cat
from ..tensors.recorded import function
from .bodies import Body, body_of
from .function import Function
from .krylov import gmres
from .solvers import NOTHING, filled, places_in, solved
from .trees import leaves_of, mapped, tensors_in

_cat = function(cat)

Solve = Callable[..., Any]
DENSE = 3000
"""Up to how many unknowns a derivative's linear equation is solved as a dense matrix."""


# Unknowns as one vector

class Layout(NamedTuple):
    """How the tensors of a structure lie in one vector."""

    like: Any
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[Any, ...]

    @staticmethod
    def of(value: Any, what: str) -> Layout:
        """The layout of a structure; TypeError where it holds something else than tensors."""
        for leaf in leaves_of(value):
            if not isinstance(leaf, Handle):
                raise TypeError(f"{what} is to be a tensor, or tensors in tuples, lists and dicts, "
                                f"and holds a {type(leaf).__name__}, at {show_line(user_line())}")
            if not dtype_of(leaf).is_differentiable:
                raise TypeError(f"{what} is to be of floating point or complex numbers, and is of "
                                f"dtype {dtype_of(leaf)!r}, at {show_line(user_line())}")
        flat = list(tensors_in(value))
        if not flat:
            raise TypeError(f"{what} holds no tensor, at {show_line(user_line())}")
        return Layout(places_in(value), tuple(map(shape_of, flat)), tuple(map(dtype_of, flat)))

    def packed(self, value: Any, what: str) -> Any:
        """The vector of a structure that is laid out so; RuntimeError for another one."""
        flat = list(tensors_in(value))
        if len(flat) != len(self.shapes) or tuple(map(shape_of, flat)) != self.shapes:
            raise RuntimeError(
                f"{what} is to have the structure and shapes of the unknowns, "
                f"{[list(s) for s in self.shapes]}, and has {[list(shape_of(h)) for h in flat]}, "
                f"at {show_line(user_line())}")
        parts = [h.reshape(-1) for h in flat]   # type: ignore[attr-defined]
        return parts[0] if len(parts) == 1 else _cat(parts)

    def unpacked(self, vector: Any) -> Any:
        """The structure of a vector."""
        found, start = [], 0
        for shape, dtype in zip(self.shapes, self.dtypes, strict=True):
            size = math.prod(shape)
            part = vector if len(self.shapes) == 1 else vector[start:start + size]
            part = part.reshape(shape)
            found.append(part if dtype_of(part) is dtype else part.to(dtype))
            start += size
        return filled(self.like, found)


# What users call

def custom_root(f: Callable[..., Any], initial_guess: Any = None, solve: Solve | None = None,
                tangent_solve: Solve | None = None, has_aux: bool = False) -> Any:
    """A root of ``f``, found by ``solve``, with the derivatives of the root.

    ``solve(f, initial_guess)`` returns ``x`` such that ``f(x)`` is zero; ``f`` returns tensors of
    the structure and shapes of ``x``. It is called without being differentiated and may be
    anything. The root depends on whatever ``f`` reads: gradients and tangents go there by
    :math:`dx = -(∂f/∂x)^{-1} (∂f/∂θ) dθ`, of any order, also under ``vmap``. The guess gets none.

    ``tangent_solve(g, y)`` solves ``g(x) = y`` for a linear ``g``; without it a dense matrix is
    made and factorised (for up to 3,000 unknowns; beyond that, GMRES of SciPy). With ``has_aux``
    ``solve`` returns a pair whose second part is passed through.

    Without a guess, ``custom_root(f, solve)`` calls ``solve(f)``, and ``custom_root(f)`` decorates
    a solver: ``solver(initial, *args)`` is then a root of ``f(x, *args)``.

    TypeError where the solution holds something else than tensors of floating point numbers,
    RuntimeError where ``f`` does not return as many numbers as there are unknowns.

    >>> a = torch.tensor(2.0, requires_grad=True)
    >>> def newton(f, x):
    ...     for _ in range(20):
    ...         x = x - f(x) / (2 * x)
    ...     return x
    >>> root = torch.func.custom_root(lambda x: x * x - a, torch.tensor(1.0), newton)
    >>> root, torch.autograd.grad(root, a)[0]   # 1 / (2 sqrt(a))
    (tensor(1.4142, grad_fn=<ViewBackward0>), tensor(0.3536))
    """
    if solve is None and initial_guess is None:
        return decorator(f, tangent_solve, has_aux)
    if solve is None:
        solve, initial_guess = initial_guess, NOTHING
    if not callable(f) or not callable(solve):
        raise TypeError("custom_root(f, initial_guess, solve) takes two functions: f and solve")
    found = solved(f, solve, initial_guess)
    x, aux = pair(found, has_aux)
    x = root(f, x, tangent_solve)
    return (x, aux) if has_aux else x


def custom_fixed_point(f: Callable[..., Any], initial_guess: Any = None,
                       solve: Solve | None = None, tangent_solve: Solve | None = None,
                       has_aux: bool = False) -> Any:
    """A fixed point ``x = f(x)``, found by ``solve``, with its derivatives: :func:`custom_root` of
    ``f(x) - x``, but that ``solve`` and a decorated solver are given ``f``.

    >>> c = torch.tensor(0.5, requires_grad=True)
    >>> def iterate(f, x):
    ...     for _ in range(60):
    ...         x = f(x)
    ...     return x
    >>> x = torch.func.custom_fixed_point(lambda x: (c * x).cos(), torch.tensor(0.0), iterate)
    >>> x.backward()
    >>> s = (c * x).sin()
    >>> torch.allclose(c.grad, -x * s / (1 + c * s))
    True
    """
    if solve is None and initial_guess is None:
        return decorator(residual_of(f), tangent_solve, has_aux)
    if solve is None:
        solve, initial_guess = initial_guess, NOTHING
    if not callable(f) or not callable(solve):
        raise TypeError("custom_fixed_point(f, initial_guess, solve) takes two functions: f and "
                        "solve")
    x, aux = pair(solved(f, solve, initial_guess), has_aux)
    x = root(residual_of(f), x, tangent_solve)
    return (x, aux) if has_aux else x


def custom_linear_solve(matvec: Callable[[Any], Any], b: Any, solve: Solve,
                        transpose_solve: Solve | None = None, symmetric: bool = False,
                        has_aux: bool = False) -> Any:
    """The solution of ``matvec(x) = b`` for a linear ``matvec``, found by ``solve(matvec, b)``,
    with its derivatives in ``b`` and in whatever ``matvec`` reads.

    ``transpose_solve(vecmat, b)`` solves with the transpose (the adjoint, for complex numbers); a
    ``symmetric`` ``matvec`` is its own, solved by ``solve``. With neither, reverse mode solves by
    a dense matrix (up to 3,000 unknowns) or GMRES of SciPy. Solvers may be any Python. With
    ``has_aux`` they return pairs whose second part is passed through.

    >>> d = torch.tensor([2.0, 4.0], requires_grad=True)
    >>> x = torch.func.custom_linear_solve(lambda x: d * x, torch.ones(2),
    ...                                    lambda matvec, b: b / d, symmetric=True)
    >>> x.sum().backward()
    >>> d.grad   # -1 / d^2
    tensor([-0.2500, -0.0625])
    """
    layout = Layout.of(b, "b")
    if symmetric and transpose_solve is None:
        transpose_solve = solve
    x, aux = pair(solved(matvec, solve, b), has_aux)
    value = layout.packed(x, "the solution").detach()
    body, _ = body_of(flat_of(matvec, layout), (value,))
    problem = Linear(body.without_tensors(), layout, only_first(solve, has_aux),
                     only_first(transpose_solve, has_aux), symmetric)
    vector = LinearSolve.apply(problem, value, layout.packed(b, "b"), *body.operands)
    x = layout.unpacked(vector)
    return (x, aux) if has_aux else x


def decorator(f: Callable[..., Any], tangent_solve: Solve | None, has_aux: bool) -> Any:
    """What makes, of a solver, one whose solution is differentiated as a root of ``f``."""
    def decorated(solver: Callable[..., Any]) -> Callable[..., Any]:
        def solve(initial: Any, *args: Any, **kwargs: Any) -> Any:
            found = solved(lambda given: solver(given[0], *given[1], **given[2]), None,
                           (initial, args, kwargs))
            x, aux = pair(found, has_aux)
            x = root(lambda x: f(x, *args, **kwargs), x, tangent_solve)
            return (x, aux) if has_aux else x
        return solve
    return decorated


def residual_of(f: Callable[..., Any]) -> Callable[..., Any]:
    """``f(x) - x``, in the structure of ``x``."""
    def residual(x: Any, *args: Any, **kwargs: Any) -> Any:
        new = list(tensors_in(f(x, *args, **kwargs)))
        old = list(tensors_in(x))
        if list(map(shape_of, new)) != list(map(shape_of, old)):
            raise RuntimeError(
                "a fixed point of f is to have the structure and shapes that f returns: "
                f"{[list(shape_of(h)) for h in old]} and {[list(shape_of(h)) for h in new]}, at "
                f"{show_line(user_line())}")
        each = iter(new)
        return mapped(x, lambda h: next(each) - h)
    return residual


def pair(found: Any, has_aux: bool) -> tuple[Any, Any]:
    """What a solver returned, as the solution and what is passed through."""
    if not has_aux:
        return found, None
    if not isinstance(found, tuple) or len(found) != 2:
        raise RuntimeError("with has_aux=True a solver is to return a tuple of two: the solution "
                           "and what is passed through")
    return found


def only_first(solve: Solve | None, has_aux: bool) -> Solve | None:
    """A solver that returns the solution alone."""
    if solve is None or not has_aux:
        return solve
    return lambda matvec, b: pair(solve(matvec, b), True)[0]


# Roots

class Problem(NamedTuple):
    """An equation ``body(x, *operands) = 0`` of a vector, and what solves its derivative's."""

    body: Body
    layout: Layout
    tangent_solve: Solve | None


def root(f: Callable[[Any], Any], x: Any, tangent_solve: Solve | None = None) -> Any:
    """``x``, which is a root of ``f``, with the derivatives that follow from that."""
    layout = Layout.of(x, "the solution")
    value = layout.packed(x, "the solution").detach()
    body, _ = body_of(flat_of(f, layout), (value,))
    problem = Problem(body.without_tensors(), layout, tangent_solve)
    return layout.unpacked(Root.apply(problem, value, *body.operands))


def flat_of(f: Callable[[Any], Any], layout: Layout) -> Callable[[Any], Any]:
    """``f`` from a vector to a vector."""
    return lambda v: layout.packed(f(layout.unpacked(v)), "what the equation's function returns")


def looking(backward: Solve) -> Solve:
    """Mark a ``backward`` that may look at values: what it returns is recorded all the same."""
    backward.looks = True   # type: ignore[attr-defined]
    return backward


class Solved(Function):
    """A solution that is known, with what its equation reads."""

    @staticmethod
    def forward(ctx: Any, problem: Problem | Linear, value: Any, *operands: Any) -> Any:
        ctx.problem = problem
        x = value.clone()
        ctx.save_for_backward(x, *operands)
        ctx.save_for_forward(x, *operands)
        return x


class Root(Solved):
    """The root of an equation as a function of what the equation reads."""

    @staticmethod
    @looking
    def backward(ctx: Any, ct: Any) -> Any:
        body, layout, tangent_solve = ctx.problem
        x, *operands = ctx.saved_tensors
        at_x = lambda v: body((v,), operands)[0]
        if tangent_solve is None:
            u = solve_default(at_x, x, ct, adjoint=True)
        else:
            u = linear(transposed(at_x, x), ct, layout, tangent_solve, tangent_solve)
        return None, None, *pulled_to(body, x, operands, -u, ctx.needs_input_grad[2:])

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        body, layout, tangent_solve = ctx.problem
        x, *operands = ctx.saved_tensors
        t = pushed_from(body, x, operands, tangents[2:])
        if tangent_solve is None:
            return -solve_default(lambda v: body((v,), operands)[0], x, t, adjoint=False)
        push = linearized(lambda v: body((v,), operands)[0], x)
        return -linear(push, t, layout, tangent_solve, tangent_solve)


# Linear equations

class Linear(NamedTuple):
    """A linear equation ``body(x, *operands) = b`` of a vector, and its solvers."""

    body: Body
    layout: Layout
    solve: Solve | None
    transpose_solve: Solve | None
    symmetric: bool


class LinearSolve(Solved):
    """The solution of a linear equation as a function of its right side and of what its matrix
    reads."""

    @staticmethod
    def forward(ctx: Any, problem: Any, value: Any, *given: Any) -> Any:
        _, *operands = given   # what is solved for is known
        return Solved.forward(ctx, problem, value, *operands)

    @staticmethod
    @looking
    def backward(ctx: Any, ct: Any) -> Any:
        body, layout, solve, transpose_solve, symmetric = ctx.problem
        x, *operands = ctx.saved_tensors
        matvec = lambda v: body((v,), operands)[0]
        if transpose_solve is None:
            u = solve_default(matvec, x, ct, adjoint=True)
        else:
            u = linear(matvec if symmetric else transposed(matvec, x), ct, layout,
                       transpose_solve, solve, symmetric)
        return None, None, u, *pulled_to(body, x, operands, -u, ctx.needs_input_grad[3:])

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        body, layout, solve, transpose_solve, symmetric = ctx.problem
        x, *operands = ctx.saved_tensors
        t = tangents[2] - pushed_from(body, x, operands, tangents[3:])
        return linear(lambda v: body((v,), operands)[0], t, layout, solve, transpose_solve,
                      symmetric)


def linear(matvec: Callable[[Any], Any], b: Any, layout: Layout, solve: Solve,
           transpose_solve: Solve | None, symmetric: bool = False) -> Any:
    """:func:`custom_linear_solve` of vectors, by solvers that know the unknowns' structure."""
    def structured(v: Any) -> Any:
        return layout.unpacked(matvec(layout.packed(v, "the argument of a linear function")))
    x = custom_linear_solve(structured, layout.unpacked(b), solve, transpose_solve, symmetric)
    return layout.packed(x, "the solution")


def solve_default(f: Callable[[Any], Any], x: Any, b: Any, adjoint: bool) -> Any:
    """``A^{-1} b`` for the Jacobian ``A`` of ``f`` at ``x``, or with its adjoint."""
    if x.numel() <= DENSE:
        matrix = jacfwd(f)(x)
        return solve_matrix(matrix.mH if adjoint else matrix, b)
    return custom_linear_solve(transposed(f, x) if adjoint else linearized(f, x), b, gmres, gmres)


# Products with derivatives

def linearized(f: Callable[[Any], Any], x: Any) -> Callable[[Any], Any]:
    """The product of the Jacobian of ``f`` at ``x`` with a vector."""
    return lambda t: jvp(f, (x,), (t,))[1]


def transposed(f: Callable[[Any], Any], x: Any) -> Callable[[Any], Any]:
    """The product of the adjoint of the Jacobian of ``f`` at ``x`` with a vector."""
    return lambda ct: vjp(f, x)[1](ct)[0]


def pulled_to(body: Body, x: Any, operands: Sequence[Any], ct: Any,
              needed: Sequence[bool]) -> list[Any]:
    """The cotangents of ``operands`` for one of the body at ``x``; None where not ``needed``."""
    found: list[Any] = [None] * len(operands)
    places = [k for k, need in enumerate(needed) if need]
    if places:
        cts = vjp(lambda *some: body((x,), replaced(operands, places, some))[0],
                  *[operands[k] for k in places])[1](ct)
        for k, each in zip(places, cts, strict=True):
            found[k] = each
    return found


def pushed_from(body: Body, x: Any, operands: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The tangent of the body at ``x`` for tangents of its operands, None for one without."""
    places = [k for k, t in enumerate(tangents) if t is not None]
    if not places:
        return x * 0
    return jvp(lambda *some: body((x,), replaced(operands, places, some))[0],
               tuple([operands[k] for k in places]), tuple([tangents[k] for k in places]))[1]


def replaced(operands: Sequence[Any], places: Sequence[int], some: Sequence[Any]) -> list[Any]:
    """The operands with others at ``places``."""
    new = list(operands)
    for k, each in zip(places, some, strict=True):
        new[k] = each
    return new


__all__ = ["custom_fixed_point", "custom_linear_solve", "custom_root", "root"]
