"""Why a gradient is None, zero, NaN, infinite, or as large as it is: :func:`answered`.

The result that the gradient came from is found as ``ask.py`` finds it; ``missing.py`` says why
there is none; ``looks.py`` looks at the numbers of the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..engine.locks import parsed_expression
from ..engine.recording.flushing import host
from ..engine.recording.handle import Handle, extra_of, is_leaf
from ..engine.recording.recording import history
from . import looks, missing
from .ask import Root, backward_to, leaf_of, name_of, or_else
from .flow import summary
from .names import Names, asked, called, plain, scope_of, users_frame
from .report import Explanation
from .rows import Answer
from .watch import Backward
from .way import Moment, Place, Unit, find_way, moment_of
from .writer import Writer

NOT_REMEMBERED = (
    "the values were freed by the backward: run it inside `with wengert.explain.watching() as "
    "watch:`, or with retain_graph=True, and ask again to see the operation")
GONE = (
    "the result that it came from is none of the variables here: run the backward inside "
    "`with wengert.explain.watching() as watch:`, and ask again to see where this arose")


def answered(what: Any, names: Mapping[str, object] | None) -> Answer:
    """What ``wengert.why`` gives."""
    frame = users_frame()
    scope = scope_of(frame) if names is None else dict(names)
    written = asked(frame)
    if what is None:
        what = owner_of(written, scope)
        if what is None:
            raise TypeError("why: got None, and cannot see whose gradient that was: "
                            "give the tensor itself, why(x)")
        written = written.removesuffix(".grad")
    if not isinstance(what, Handle):
        raise TypeError(f"why: a tensor or its .grad, not {type(what).__name__}")
    known = Names(scope)
    leaf = or_else(leaf_of(what, known), what)
    otherwise = written if plain(written) else "this tensor"
    name = name_of(leaf, known, otherwise)
    x = extra_of(leaf)
    grad = None if x is None else x.grad
    if history(leaf) is not None and not is_leaf(leaf) and grad is None:
        return of_result(leaf, name, known)
    if grad is None:
        return missing.gradient(leaf, name, known, scope, frame)
    return of_gradient(leaf, name, grad, scope)


def owner_of(written: str, scope: Mapping[str, object]) -> Handle | None:
    """The tensor of ``x.grad``, as it is written in the call."""
    if not written.endswith(".grad") or not plain(written):
        return None
    try:
        tree = parsed_expression(written.removesuffix(".grad"))
        found = eval(compile(tree, "<why>", "eval"), dict(scope))
    except Exception:
        return None
    return found if isinstance(found, Handle) else None


def kind_of(values: Any) -> str:
    """What a gradient is: ``nan``, ``infinite``, ``zero`` or ``finite``."""
    if np.isnan(values).any():
        return "nan"
    if np.isinf(values).any():
        return "infinite"
    return "finite" if np.any(values) else "zero"


WORDS = {"nan": "is NaN", "infinite": "is infinite", "zero": "is zero", "finite": "is finite"}


def of_gradient(leaf: Handle, name: str, grad: Handle, scope: Mapping[str, object]) -> Answer:
    """Why a gradient that is there is what it is."""
    values = np.asarray(host(grad))
    kind = kind_of(values)
    some = "" if values.ndim == 0 or kind not in ("nan", "infinite") else (
        f" in {int((~np.isfinite(values)).sum())} of {values.size} elements")
    answer = Answer(name, kind, f"{name}.grad {WORDS[kind]}{some}: {summary(values)}")
    found = backward_to(leaf, scope)
    if found is None:
        answer.reasons.append(GONE)
        return answer
    look = looked(found, leaf, name)
    if look is None:
        answer.reasons.append(GONE)
        return answer
    answer.reasons += look.reasons(kind)
    if look.unknown():
        answer.reasons.append(NOT_REMEMBERED)
    return answer


def looked(found: Root | Backward, leaf: Handle | None, name: str) -> looks.Look | None:
    """The way of a backward, with its numbers."""
    if isinstance(found, Root):
        way, names, end = found.way, found.names, found.names.places.get(found.end, "output")
    else:
        way_ = find_way(found.end, None if leaf is None else [leaf], found.moments())
        if way_ is None:
            return None
        way, names = way_, found.names
        end = names.places.get(found.end, "the result")
    report = Explanation(name, end, several=leaf is None)
    return looks.Look(Writer(way, names, report, {}, None))


def of_result(result: Handle, name: str, known: Names) -> Answer:
    """Why a result has no gradient, or what is wrong with its value."""
    found = history(result)
    assert found is not None
    values = np.asarray(host(result))
    kind = kind_of(values) if values.dtype.kind in "fc" else "finite"
    unkept = (f"{name} is no leaf but the result of an operation at "
              f"{missing.line_of(found[1])}: its gradient is not kept unless "
              f"{name}.retain_grad() is called before the backward; autograd.grad gives it too")
    if kind in ("nan", "infinite"):
        way = find_way(Place(*history(result) or found), None, {})
        answer = Answer(name, kind, f"{name} {WORDS[kind]}: {summary(values)}")
        if way is not None:
            report = Explanation("", name, several=True)
            answer.reasons += looks.Look(Writer(way, known, report, {}, None)).forward()
        answer.reasons.append(unkept)
        return answer
    return Answer(name, "none", f"{name}.grad is None", [unkept])


def of_backward(output: Handle) -> Callable[[], list[str]]:
    """What there is to say of a backward from ``output`` that goes wrong, when it is asked for; the
    values are those of now."""
    found = history(output)
    scope = scope_of(users_frame())
    moments: dict[Unit, Moment] = {}
    if found is not None:
        moments[found[0]] = moment_of(found[0])()

    def reasons() -> list[str]:
        known = Names(scope)
        way = None if found is None else find_way(Place(*found), None, moments)
        if way is None or found is None:
            return []
        report = Explanation("", called(output, scope, "the result"), several=True)
        return looks.Look(Writer(way, known, report, {}, None)).reasons("nan")
    return reasons
