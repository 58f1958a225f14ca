"""Functions with derivative rules of one's own: :class:`custom_vjp` and :class:`custom_jvp`.

Both are a custom ``Function`` underneath, so that hooks, ``vmap``, checkpoints and ``backward``
take them as any other. A rule that is wrong gives wrong derivatives: ``check=`` compares it with
differences (``rule_checks.py``).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.errors import show_line, user_line
from ..engine.lazy import lazy
from ..engine.recording.handle import Handle
from ..engine.recording.recording import dtype_of, here, shape_of
from ..func import vjp
from .api import requires_grad
from .forward_ad import unpack_dual
from .function import Function
from .modes import differentiating
from .pushforward import zeros_of
from .trees import leaves_of, mapped, tensors_in

Call = Callable[..., Any]


class WithRule:
    """What the two have in common: which arguments are differentiated in, and a call."""

    kind = ""
    way = ""
    call: type[Function]

    def __init__(self, fun: Call, nondiff_argnums: Sequence[int] = ()) -> None:
        if not callable(fun):
            raise TypeError(f"{self.kind} is of a function, got {type(fun)}")
        self.fun = fun
        self.nondiff_argnums = tuple(sorted(nondiff_argnums))
        self.name = getattr(fun, "__name__", repr(fun))
        functools.update_wrapper(self, fun)

    def __repr__(self) -> str:
        return f"<{self.kind} of {self.name}>"

    def has_rule(self) -> bool:
        """Whether it has been told its derivative."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.has_rule():
            raise AttributeError(f"No {self.way} rule defined for {self.kind} function "
                                 f"{self.name}, at {show_line(user_line())}")
        if kwargs:
            try:
                bound = inspect.signature(self.fun).bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{self.kind} function {self.name}: {error}") from None
            bound.apply_defaults()
            args = bound.args
            if bound.kwargs:
                raise TypeError(f"{self.kind} function {self.name} takes no keyword-only arguments")
        split = Split(self, args)
        flat = self.call.apply(split, *tensors_in(split.given))
        it = iter(flat)
        return mapped(split.like, lambda _: next(it))


class Split:
    """The arguments of a call: those to differentiate in, ``given``, and the others, ``fixed``.
    ``like`` has the structure of the result once there is one."""

    def __init__(self, rule: WithRule, args: tuple[Any, ...]) -> None:
        places = []
        for k in rule.nondiff_argnums:
            if not -len(args) <= k < len(args):
                raise ValueError(f"{rule.kind} function {rule.name}: nondiff_argnums has {k}, and "
                                 f"the call has {len(args)} arguments")
            places.append(k % len(args))
        self.rule, self.args, self.places = rule, args, places
        self.fixed = [args[k] for k in places]
        self.given = tuple([arg for k, arg in enumerate(args) if k not in places])
        self.like: Any = None
        self.tracked = here.modes.grad and any(map(requires_grad, tensors_in(self.given)))

    def whole(self, given: Sequence[Any]) -> list[Any]:
        """All arguments, with others in the place of those to differentiate in."""
        it = iter(given)
        return [arg if k in self.places else next(it) for k, arg in enumerate(self.args)]

    def rebuilt(self, flat: Sequence[Any]) -> tuple[Any, ...]:
        """``given`` with other tensors."""
        it = iter(flat)
        return tuple(mapped(self.given, lambda _: next(it)))

    def result(self, out: Any) -> tuple[Any, ...]:
        """The tensors of a result, whose structure is kept."""
        for leaf in leaves_of(out):
            if not isinstance(leaf, Handle):
                raise TypeError(f"{self.rule.kind} function {self.rule.name} is to return tensors, "
                                f"and returned {type(leaf)}")
        self.like = out
        return tuple(tensors_in(out))

    def structured(self, flat: Sequence[Any]) -> Any:
        """Tensors in the structure of the result."""
        it = iter(flat)
        return mapped(self.like, lambda _: next(it))


class custom_vjp(WithRule):
    """A function whose reverse mode is given by :meth:`defvjp`, with the names of ``jax``.

    ``fwd(*args)`` returns the result and what the backward needs; ``bwd(residuals, ct)`` returns a
    tuple with a cotangent for each argument, of its structure and shapes, None for zeros. The
    arguments numbered ``nondiff_argnums`` are not differentiated in: ``bwd`` gets them first.

    The rule is differentiated where higher derivatives are asked for, and forward mode is its
    transpose, so both need no rule of their own. AttributeError for a call without a rule;
    TypeError and RuntimeError where it returns something else than it should.

    >>> @torch.func.custom_vjp
    ... def clipped(x):
    ...     return x * 1.0
    >>> clipped.defvjp(lambda x: (x * 1.0, ()), lambda res, ct: (ct.clamp(-1, 1),))
    >>> torch.func.grad(lambda x: clipped(x) * 5)(torch.tensor(2.0))
    tensor(1.)
    """

    kind, way = "custom_vjp", "VJP"
    fwd: Call | None = None
    bwd: Call | None = None

    def has_rule(self) -> bool:
        return self.fwd is not None

    def defvjp(self, fwd: Call, bwd: Call, symbolic_zeros: bool = False,
               check: tuple[Any, ...] | None = None) -> None:
        """Set the rule. ``check`` are arguments at which it is compared with differences: the
        value, both modes, second order and samples (:func:`~torch.func.check_rules`).
        """
        not_symbolic(symbolic_zeros, "custom_vjp")
        self.fwd, self.bwd = fwd, bwd
        if check is not None:
            try:
                lazy("autograd.rule_checks").check_rules(self, *check, reference=self.fun)
            except BaseException:
                self.fwd = self.bwd = None
                raise

    def forwards(self, split: Split, given: tuple[Any, ...]) -> tuple[Any, Any]:
        """What ``fwd`` returns."""
        assert self.fwd is not None
        found = self.fwd(*split.whole(given))
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(f"custom_vjp fwd function of {self.name} must produce a pair "
                            f"representing primal out and residuals, got {type(found)}")
        return found

    def backwards(self, split: Split, residuals: Any, ct: Any) -> list[Any]:
        """What ``bwd`` returns, as a cotangent for each tensor among the arguments."""
        assert self.bwd is not None
        found = self.bwd(*split.fixed, residuals, ct)
        if not isinstance(found, (tuple, list)) or len(found) != len(split.given):
            count = f"{len(found)} in it" if isinstance(found, (tuple, list)) else f"{type(found)}"
            raise TypeError(f"custom_vjp bwd function of {self.name} must return a tuple with a "
                            f"cotangent for each of the {len(split.given)} arguments, got {count}")
        cts: list[Any] = []
        for k, (arg, part) in enumerate(zip(split.given, found, strict=True)):
            xs = list(tensors_in(arg))
            given = [None] * len(xs) if part is None else list(leaves_of(part))
            if len(given) != len(xs):
                raise TypeError(f"custom_vjp bwd function of {self.name}: the cotangent of argument"
                                f" {k} has the structure of the argument, {len(xs)} tensors, got "
                                f"{len(given)}")
            for x, t in zip(xs, given, strict=True):
                if t is not None and (not isinstance(t, Handle) or shape_of(t) != shape_of(x)):
                    raise ValueError(
                        f"custom_vjp bwd function of {self.name}: the cotangent of argument {k} is "
                        f"to have its shape {list(shape_of(x))}, got "
                        f"{list(shape_of(t)) if isinstance(t, Handle) else type(t)}")
            cts += given
        return cts


class VjpCall(Function):
    """A call of a :class:`custom_vjp`."""

    @staticmethod
    def forward(ctx: Any, split: Split, *flat: Any) -> Any:
        rule: Any = split.rule
        if not split.tracked:   # the rule itself may call the function
            return split.result(rule.fun(*split.whole(split.rebuilt(flat))))
        out, ctx.residuals = rule.forwards(split, split.rebuilt(flat))
        ctx.split = split
        ctx.save_for_backward(*flat)
        return split.result(out)

    @staticmethod
    def backward(ctx: Any, *cts: Any) -> Any:
        split, rule = ctx.split, ctx.split.rule
        residuals = ctx.residuals
        if here.modes.grad and any(True for _ in tensors_in(residuals)):
            _, residuals = rule.forwards(split, split.rebuilt(ctx.saved_tensors))
        return None, *rule.backwards(split, residuals, split.structured(cts))


custom_vjp.call = VjpCall


class custom_jvp(WithRule):
    """A function whose forward mode is given by :meth:`defjvp` or :meth:`defjvps`, with the names
    of ``jax``.

    ``jvp(primals, tangents)`` returns the result and its tangent, which is linear in ``tangents``;
    reverse mode is its transpose, and higher derivatives differentiate it. The arguments numbered
    ``nondiff_argnums`` are not differentiated in: the rule gets them first.

    >>> @torch.func.custom_jvp
    ... def log1pexp(x):
    ...     return torch.log1p(torch.exp(x))
    >>> log1pexp.defjvps(lambda t, out, x: t * torch.sigmoid(x))
    >>> torch.func.grad(log1pexp)(torch.tensor(100.0))
    tensor(1.)
    """

    kind, way = "custom_jvp", "JVP"
    jvp: Call | None = None

    def has_rule(self) -> bool:
        return self.jvp is not None

    def defjvp(self, jvp: Call, symbolic_zeros: bool = False,
               check: tuple[Any, ...] | None = None) -> Call:
        """Set the rule, and return it; ``check`` as in :meth:`custom_vjp.defvjp`."""
        not_symbolic(symbolic_zeros, "custom_jvp")
        self.jvp = jvp
        if check is not None:
            try:
                lazy("autograd.rule_checks").check_rules(self, *check, reference=self.fun)
            except BaseException:
                self.jvp = None
                raise
        return jvp

    def defjvps(self, *jvps: Call | None, check: tuple[Any, ...] | None = None) -> None:
        """Set a rule for each argument, None for one without a derivative: ``rule(t, out, *args)``
        is the tangent of the result for the tangent ``t`` of the argument."""
        if self.nondiff_argnums:
            raise TypeError("Can't use ``defjvps`` with ``nondiff_argnums``.")

        def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
            if len(jvps) != len(primals):
                raise TypeError(f"custom_jvp function {self.name} has {len(jvps)} rules for "
                                f"{len(primals)} arguments")
            out = self(*primals)
            parts = [rule(t, out, *primals) for rule, t in zip(jvps, tangents, strict=True)
                     if rule is not None]
            return out, functools.reduce(lambda a, b: a + b, parts) if parts else (
                mapped(out, zeros_of))
        self.defjvp(jvp, check=check)

    def tangents(self, split: Split, given: tuple[Any, ...], ts: tuple[Any, ...]) -> list[Any]:
        """The tangents of the tensors of the result."""
        assert self.jvp is not None
        found = self.jvp(*split.fixed, given, ts)
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(f"custom_jvp rule of {self.name} must produce a pair representing "
                            f"primal and tangent outputs, got {type(found)}")
        outs, tangents = list(tensors_in(split.like)), list(tensors_in(found[1]))
        if [shape_of(o) for o in outs] != [shape_of(t) for t in tangents]:
            raise TypeError(
                f"custom_jvp rule of {self.name}: the tangents are to have the shapes of the "
                f"results {[list(shape_of(o)) for o in outs]}, got "
                f"{[list(shape_of(t)) for t in tangents]}")
        return tangents


class JvpCall(Function):
    """A call of a :class:`custom_jvp`."""

    @staticmethod
    def forward(ctx: Any, split: Split, *flat: Any) -> Any:
        ctx.split = split
        ctx.save_for_backward(*flat)
        ctx.save_for_forward(*flat)
        return split.result(split.rule.fun(*split.whole(split.rebuilt(flat))))

    @staticmethod
    def backward(ctx: Any, *cts: Any) -> Any:
        split, flat = ctx.split, ctx.saved_tensors
        smooth = [k for k, x in enumerate(flat) if dtype_of(x).is_differentiable]

        def tangents(*ts: Any) -> tuple[Any, ...]:
            given = dict(zip(smooth, ts, strict=True))
            whole = [given[k] if k in given else zeros_of(x) for k, x in enumerate(flat)]
            return tuple(split.rule.tangents(split, split.rebuilt(flat), split.rebuilt(whole)))
        found = dict(zip(smooth, vjp(tangents, *[zeros_of(flat[k]) for k in smooth])[1](
            cts if len(cts) > 1 else (cts[0],)), strict=True))
        return None, *[found.get(k) for k in range(len(flat))]

    @staticmethod
    def jvp(ctx: Any, _: Any, *ts: Any) -> Any:
        split, flat = ctx.split, [unpack_dual(x).primal for x in ctx.saved_tensors]
        whole = [zeros_of(x) if t is None else t for x, t in zip(flat, ts, strict=True)]
        with differentiating():
            return tuple(split.rule.tangents(split, split.rebuilt(flat), split.rebuilt(whole)))


custom_jvp.call = JvpCall


def not_symbolic(symbolic_zeros: bool, kind: str) -> None:
    if symbolic_zeros:
        raise NotImplementedError(f"{kind}: symbolic_zeros=True is not in wengert: zeros are "
                                  "tensors")


__all__ = ["custom_jvp", "custom_vjp"]
