"""Where a gradient came from, and why it is what it is.

``wengert.explain(loss)`` shows the recorded graph with its values, each operation's local
derivative and the part of the gradient that flows through it; :func:`why` says why a gradient is
None, zero, NaN, infinite or large; :func:`derivative` prints a primitive's row of the table.
``wengert run --explain d SCRIPT.py`` does the first for the last backward of a script.

Nothing here is loaded before it is asked for. Start reading at ``ask.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..autograd import anomaly
from ..autograd.graph_node import GraphNode
from ..engine.graph import Graph
from ..engine.lazy import lazy
from ..engine.recording.program import Program

if TYPE_CHECKING:
    from .derivations import Derivation
    from .report import Explanation
    from .rows import Answer


def explain(what: Any, /, *leaves: Any, names: Mapping[str, object] | None = None) -> Any:
    """The recorded graph behind a tensor, with its derivatives; it prints, and is a picture in a
    notebook.

    ``what`` is a result, such as a loss: of each recorded operation the line, the formula, the
    value, its local derivatives and the part of the gradient that flows through each, on the way
    from ``leaves`` (all that lead there, if none is given). Or it is a leaf or its ``.grad``: then
    the result is looked for among the caller's variables. Or it is a function or a module: then a
    function is returned that calls it and explains what it returns.

    ``names`` gives tensors the names that are shown; without it the variables of the caller, and
    the parameters of modules there. The values are shown as long as they are there, which is until
    the ``backward()`` that frees them, and where they follow from what tensors still hold. What is
    returned has ``text(depth=…)``, ``svg(path)`` and ``html(path)``. Raises RuntimeError where
    there is no history, TypeError for what is neither a tensor nor callable.

    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> y = torch.log(x) * x
    >>> report = torch.explain(y)
    >>> report.path_count, report.rows[0].factors[0].text, report.leaves[0].gradient
    (2, '1 / x', '1.69315')
    >>> torch.explain(lambda x: x * x)(3.0).leaves[0].gradient
    '6'
    """
    return lazy("explain.ask").explained(what, leaves, names)


def gradient(output: Any, leaf: Any, names: Mapping[str, object] | None = None) -> Explanation:
    """Explain the gradient of ``output`` with respect to ``leaf``.

    ``names`` gives tensors the names under which the report speaks of them (``globals()``, say).

    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> explain.gradient(y, x, {"x": x, "y": y}).total.value
    '6'
    """
    found: Explanation = lazy("explain.ask").gradient(output, leaf, names)
    return found


def why(what: Any = None, /, *, names: Mapping[str, object] | None = None) -> Answer:
    """Why a gradient is None, zero, NaN, infinite, or as large as it is.

    ``what`` is ``x.grad``, ``x`` itself, or a result. The answer prints; ``kind`` is one of
    ``"none"``, ``"zero"``, ``"nan"``, ``"infinite"``, ``"finite"``, ``reasons`` has a line for each
    thing found: where the way was cut (``detach``, ``no_grad``, an integer, a value taken out of
    the graph), which kink was hit, where a zero annihilated an infinity, the first value that was
    not finite, the operation at which the gradient stopped being so, or the largest parts by path.

    >>> x = torch.tensor([1.0, 0.0], requires_grad=True)
    >>> y = torch.sqrt(x).sum()
    >>> y.backward()
    >>> answer = torch.why(x.grad)
    >>> answer.kind
    'infinite'
    """
    found: Answer = lazy("explain.answers").answered(what, names)
    return found


def derivative(name: str) -> Derivation:
    """The row of a primitive: what it computes, its derivative in each argument, what holds at its
    kinks, and the file and line in which the formula is written.

    ``name`` is a primitive (``"log"``), or a function of the user that is made of some. Raises
    KeyError, with the nearest names, where there is none.

    >>> print(torch.derivative("log").arguments[0].formula)
    1 / x
    """
    found: Derivation = lazy("explain.derivations").derivative(name)
    return found


class _Callable(ModuleType):
    """This module, which is the function of its name too."""

    def __call__(self, what: Any, /, *leaves: Any,
                 names: Mapping[str, object] | None = None) -> Any:
        return explain(what, *leaves, names=names)

    def __getattr__(self, name: str) -> Any:
        if name == "Explanation":
            return lazy("explain.report").Explanation
        if name in ("Watch", "watching"):
            return getattr(lazy("explain.watch"), name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)


def _reasons(output: Any) -> Any:
    """Why a backward from ``output`` goes wrong, for anomaly mode."""
    return lazy("explain.answers").of_backward(output)


def _in_notebooks() -> None:
    """Have notebooks show pictures of ``grad_fn``, graphs and programs."""
    shown: list[tuple[Any, Callable[[Any], str | None]]] = [
        (GraphNode, lambda it: _text(lazy("explain.ask").shown_grad_fn(it))),
        (Graph, lambda it: _text(lazy("explain.notebook").graph(it))),
        (Program, lambda it: _text(lazy("explain.notebook").graph(it.graph)))]
    for kind, show in shown:
        kind._repr_html_ = show


def _text(found: Any) -> str | None:
    return None if found is None else str(found)


sys.modules[__name__].__class__ = _Callable
_Callable.__doc__ = explain.__doc__
_in_notebooks()
anomaly.reasons["of"] = _reasons

__all__ = ["derivative", "explain", "gradient", "why"]
