"""Control flow as functions: ``cond``, ``while_loop``, ``scan``, ``map``, ``associative_scan``.

Each means what the loop or the ``if`` in Python means that its docstring has, with derivatives of
any order, forward and reverse, also in what the functions close over. What they do besides: in a
mapped function (``vmap``) a predicate may differ between samples; turns of a loop are recorded as
they are, so a compiled program finds that they are alike and has one body of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.errors import show_line, user_line
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import Differs
from ..engine.recording.recording import dtype_of, shape_of
from ..engine.recording.structures import leaves_of, tensors_in
from ..functions.choices import where
from ..functions.joins import cat, stack
from ..tensors.data import tensor
from ..tensors.recorded import function
from .solvers import filled, places_in
from .turns import turns_of_all
from .vmap import vmap

_cat, _stack = function(cat), function(stack)


# One of two

def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any],
         operands: Any = ()) -> Any:
    """``true_fn(*operands) if pred else false_fn(*operands)``.

    ``pred`` is a bool, a number, or a tensor of one element. In a mapped function whose samples
    differ in it both are called, and each sample has the result of its own. RuntimeError for
    another ``pred``, for branches that cannot be called, and for results that then differ in
    structure, shape or dtype.

    >>> x = torch.tensor([1.0, -2.0])
    >>> torch.vmap(lambda x: torch.cond(x > 0, lambda x: x * 10, lambda x: -x, (x,)))(x)
    tensor([10.,  2.])
    """
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    if not isinstance(operands, (tuple, list)):
        raise RuntimeError("Expect operands to be a tuple of possibly nested dict/list/tuple that "
                           f"only consists of tensor leaves, but got {operands}.")
    chosen = truth(pred, "pred")
    if chosen is not None:
        return (true_fn if chosen else false_fn)(*operands)
    a, b = true_fn(*operands), false_fn(*operands)
    check_like(b, a, "cond: the results of true_fn and false_fn are to be alike in a mapped "
                     "function whose samples differ in pred")
    return either(pred, a, b)


def truth(pred: Any, what: str) -> bool | None:
    """Whether a predicate holds; None where that differs between samples of a mapped function."""
    if isinstance(pred, Handle):
        if pred.numel() != 1:   # type: ignore[attr-defined]
            raise RuntimeError(f"Expected {what} to be bool or single-element tensor, but got one "
                               f"of shape {list(shape_of(pred))}, at {show_line(user_line())}")
        try:
            return bool(pred)
        except Differs:
            return None
    if not isinstance(pred, (bool, int, float)) and not hasattr(pred, "__bool__"):
        raise RuntimeError(f"Expected {what} to be bool or single-element tensor, but got {pred}.")
    return bool(pred)


def either(pred: Any, a: Any, b: Any) -> Any:
    """For each sample ``a`` where ``pred`` holds, ``b`` elsewhere, tensor by tensor."""
    pred = pred.reshape(()) != 0
    found = [where(pred, x, y) for x, y in zip(tensors_in(a), tensors_in(b), strict=True)]
    return filled(places_in(a), found)


def check_like(new: Any, old: Any, what: str) -> None:
    """RuntimeError unless ``new`` has the structure, shapes and dtypes of ``old``."""
    def kinds(value: Any) -> list[Any]:
        return [(tuple(shape_of(x)), dtype_of(x)) if isinstance(x, Handle) else "a number"
                for x in leaves_of(value)]
    if outline(new) != outline(old):
        raise RuntimeError(f"{what}: a structure of {outline(old)} became one of {outline(new)}, "
                           f"at {show_line(user_line())}")
    for k, (a, b) in enumerate(zip(kinds(new), kinds(old), strict=True)):
        if a != b and "a number" not in (a, b):
            raise RuntimeError(
                f"{what}: tensor {k} is to have the same metadata, and is {b[1]!r}{list(b[0])} and "
                f"then {a[1]!r}{list(a[0])}, at {show_line(user_line())}")


def outline(value: Any) -> str:
    """What a structure holds, as text."""
    if isinstance(value, dict):
        inside = ", ".join(f"{key!r}: {outline(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    if isinstance(value, (tuple, list)):
        inside = ", ".join([outline(item) for item in value])
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return "*"


# Loops

def while_loop(cond_fn: Callable[..., Any], body_fn: Callable[..., Any],
               carried_inputs: Any) -> Any:
    """What this gives: ``while cond_fn(*carried): carried = body_fn(*carried)``.

    ``carried_inputs`` is a tuple of tensors, numbers and structures of them. A reverse pass goes
    through all turns, whose states are kept. In a mapped function each sample has as many turns as
    it needs. RuntimeError where ``body_fn`` returns another structure, shape or dtype than it was
    given, or ``cond_fn`` something else than a bool or a tensor of one element.

    >>> x = torch.tensor(100.0, requires_grad=True)
    >>> y, = torch.while_loop(lambda x: x > 1, lambda x: (x / 2,), (x,))
    >>> y, torch.autograd.grad(y, x)
    (tensor(0.7812, grad_fn=<DivBackward0>), (tensor(0.0078),))
    """
    if not callable(cond_fn) or not callable(body_fn):
        raise RuntimeError("Expect cond_fn and body_fn to be callable.")
    if not isinstance(carried_inputs, (tuple, list)):
        raise RuntimeError("Expect carried_inputs to be a tuple of possibly nested dict/list/tuple "
                           f"that only consists of tensor or int leaves, but got {carried_inputs}.")
    state = tuple(carried_inputs)
    while True:
        goes_on = cond_fn(*state)
        holds = truth(goes_on, "the result of cond_fn")
        if holds is None:
            return each_as_long(cond_fn, body_fn, state)
        if not holds:
            return state
        state = turn(body_fn, state)


def turn(body_fn: Callable[..., Any], state: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a turn makes of a state."""
    new = body_fn(*state)
    new = tuple(new) if isinstance(new, (tuple, list)) else (new,)
    check_like(new, state, "Expected body_fn_output and carried_inputs to have same metadata")
    return new


def each_as_long(cond_fn: Callable[..., Any], body_fn: Callable[..., Any],
                 state: tuple[Any, ...]) -> tuple[Any, ...]:
    """:func:`while_loop` in a mapped function whose samples differ in how many turns they need:
    all have the most, and keep their states after their own."""
    state = tuple([tensor(x) if isinstance(x, (bool, int, float)) else x for x in state])
    for _ in range(turns_of_all(cond_fn, lambda *s: turn(body_fn, s), state)):
        state = either(cond_fn(*state), turn(body_fn, state), state)
    return state


def scan(combine_fn: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, *, dim: int = 0,
         reverse: bool = False) -> tuple[Any, Any]:
    """The last ``carry`` and all ``y``, one beside the other along ``dim``, of the loop
    ``for x in xs: carry, y = combine_fn(carry, x)``, from ``init`` on.

    ``xs`` are tensors in structures, whose slices along ``dim`` are ``x``; ``reverse`` begins with
    the last. RuntimeError where the carry changes its structure, shape or dtype, or where ``xs``
    differ in how many slices they have, or have none.

    >>> torch.func.scan(lambda c, x: (c + x, c * x), torch.tensor(0.0), torch.arange(4.0))
    (tensor(6.), tensor([0., 0., 2., 9.]))
    """
    if not callable(combine_fn):
        raise ValueError("Combine_fn must be callable, but got " + repr(combine_fn))
    columns, n = slices(xs, dim, "scan")
    carry, found = init, [None] * n
    for k in reversed(range(n)) if reverse else range(n):
        out = combine_fn(carry, columns(k))
        if not isinstance(out, (tuple, list)) or len(out) != 2:
            raise RuntimeError("scan: combine_fn is to return a pair, the next carry and an output,"
                               f" and returned {outline(out)}, at {show_line(user_line())}")
        check_like(out[0], carry, "Expected init and carry to have same metadata")
        carry, found[k] = out
    return carry, joined(found, dim)


def joined(parts: Sequence[Any], dim: int) -> Any:
    """Structures of tensors as one, stacked along ``dim``."""
    for part in parts[1:]:
        check_like(part, parts[0], "the outputs of all turns are to be alike")
    columns = [_stack(column, dim if dim < column[0].dim() + 1 else 0)
               for column in zip(*[tensors_in(part) for part in parts], strict=True)]
    return filled(places_in(parts[0]), columns)


def slices(xs: Any, dim: int, name: str) -> tuple[Callable[[int], Any], int]:
    """The structure of the ``k``-th slices of ``xs`` along ``dim``, and how many there are."""
    leaves: list[Any] = list(leaves_of(xs))
    if not leaves or not all(isinstance(x, Handle) for x in leaves):
        raise RuntimeError(f"{name}: all xs leaves must be tensors, and there must be one, at "
                           f"{show_line(user_line())}")
    for x in leaves:
        ndim = x.dim()
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{max(ndim, 1)},"
                             f" {max(ndim, 1) - 1}], but got {dim})")
    sizes = [x.shape[dim] for x in leaves]
    if len(set(sizes)) > 1:
        raise RuntimeError(f"{name}: the xs are to have the same size along {dim}, and have "
                           f"{sizes}, at {show_line(user_line())}")
    if not sizes[0]:
        raise RuntimeError("All xs leaves must at least have 'dim' number of dimensions and scan "
                           f"dimension > 0 ({name}, at {show_line(user_line())})")
    parts, like = [x.unbind(dim) for x in leaves], places_in(xs)
    return lambda k: filled(like, [part[k] for part in parts]), sizes[0]


def map(f: Callable[..., Any], xs: Any, *args: Any) -> Any:
    """``f(x, *args)`` for each slice ``x`` of ``xs`` along the first dimension, stacked.

    All are computed at once where ``f`` does not look at values (:func:`torch.vmap`), else one
    after the other. RuntimeError where ``xs`` differ in their first dimension, or have none.

    >>> torch.func.map(lambda x, s: x.sum() * s, torch.ones(3, 2), torch.tensor(2.0))
    tensor([4., 4., 4.])
    """
    shapes = [shape_of(x) for x in tensors_in(xs)]
    if len({shape[0] for shape in shapes if shape}) > 1:
        raise RuntimeError("Leading dimensions of mapped xs must be consistent. Got shapes "
                           f"{[list(shape) for shape in shapes]}.")
    columns, n = slices(xs, 0, "map")
    try:
        return vmap(lambda x: f(x, *args), randomness="different")(xs)
    except Differs:
        return joined([f(columns(k), *args) for k in range(n)], 0)


def associative_scan(combine_fn: Callable[[Any, Any], Any], xs: Any, dim: int,
                     reverse: bool = False, combine_mode: str = "pointwise") -> Any:
    """The running combinations of the slices of ``xs`` along ``dim`` by an associative
    ``combine_fn(a, b)``, in about ``2 log2(n)`` steps, each of them for many slices at once.

    ``combine_mode`` is accepted. RuntimeError where ``combine_fn`` returns another structure, shape
    or dtype than its arguments'; IndexError for a ``dim`` that is not there.

    >>> torch.func.associative_scan(torch.mul, torch.tensor([1.0, 2.0, 3.0, 4.0]), 0)
    tensor([ 1.,  2.,  6., 24.])
    """
    if not callable(combine_fn):
        raise ValueError("Combine_fn must be callable, but got " + repr(combine_fn))
    if combine_mode not in ("pointwise", "generic"):
        raise ValueError("Combine_mode must either 'pointwise' or 'generic', but got "
                         f"{combine_mode}")
    slices(xs, dim, "associative_scan")
    like = places_in(xs)
    first = [x.movedim(dim, 0) for x in tensors_in(xs)]   # type: ignore[attr-defined]
    if reverse:
        first = [x.flip(0) for x in first]

    def combine(a: list[Any], b: list[Any]) -> list[Any]:
        def of_slices(a: Any, b: Any) -> Any:
            out = combine_fn(filled(like, a), filled(like, b))
            check_like(out, filled(like, a), "associative_scan: combine_fn is to return what is "
                                             "like its arguments")
            return list(tensors_in(out))
        found: list[Any] = vmap(of_slices)(a, b)
        return found
    found = combined(combine, first)
    if reverse:
        found = [x.flip(0) for x in found]
    return filled(like, [x.movedim(0, dim) for x in found])


def combined(combine: Callable[[list[Any], list[Any]], list[Any]], xs: list[Any]) -> list[Any]:
    """The running combinations along the first axis: those of pairs, and from these the others
    (Blelloch, 1990)."""
    n = len(xs[0])
    if n < 2:
        return xs
    pairs = combine([x[:n - n % 2:2] for x in xs], [x[1::2] for x in xs])
    odd = combined(combine, pairs)
    if n == 2:
        return [_cat([x[:1], o]) for x, o in zip(xs, odd, strict=True)]
    rest = combine([o[:(n - 1) // 2] for o in odd], [x[2::2] for x in xs])
    even = [_cat([x[:1], r]) for x, r in zip(xs, rest, strict=True)]
    return [woven(e, o) for e, o in zip(even, odd, strict=True)]


def woven(even: Any, odd: Any) -> Any:
    """The rows of two tensors in turns."""
    n = len(odd)
    both = _stack([even[:n], odd], 1).reshape(2 * n, *even.shape[1:])
    return both if len(even) == n else _cat([both, even[n:]])


__all__ = ["associative_scan", "cond", "map", "scan", "while_loop"]
