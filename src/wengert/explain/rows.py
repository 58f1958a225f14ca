"""What an explanation has: the recorded operations as rows, paths, leaves, and the whole.

``writer.py`` makes it, ``text.py``, ``picture.py``, ``page.py`` and ``notebook.py`` show it, and
``report.py`` is what users hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from ..engine.errors import Line

PAGE = "docs/why.md"


@dataclass(frozen=True)
class Factor:
    """The derivative of a row's operation in one argument, and the ``part`` of the gradient that
    flows through this edge."""

    argument: str
    text: str
    value: str = ""
    part: str = ""


@dataclass(frozen=True)
class Row:
    """A recorded operation on the way, or several as one: ``kind`` is then ``"call"``,
    ``"module"``, ``"loop"`` or ``"turn"``, and ``inside`` what it is made of.

    ``cotangent`` is the derivative of the result with respect to this value: what arrives here
    in the backward pass.
    """

    line: str
    name: str
    formula: str
    shape: tuple[int, ...]
    operation: str
    factors: tuple[Factor, ...]
    value: str = ""
    cotangent: str = ""
    dtype: str = ""
    kind: str = ""
    title: str = ""
    place: Line | None = None
    inside: tuple[Row, ...] = ()
    whole: bool = True
    """Whether the formula says all that is inside."""


@dataclass(frozen=True)
class Leaf:
    """A tensor at which a gradient arrives."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    value: str = ""
    gradient: str = ""
    before: str = ""
    """What ``.grad`` held when the backward began: the new part is added to it."""


@dataclass
class Explained:
    """How gradients came about.

    ``rows`` are the recorded operations from the ``leaves`` to ``output``, one for each that the
    user called; ``paths`` what each path between them contributes (if there are few), ``total``
    the whole gradient as a formula, ``where`` what the other names stand for.
    """

    leaf: str
    output: str
    rows: list[Row] = field(default_factory=list)
    path_count: int = 0
    paths: list[Factor] = field(default_factory=list)
    total: Factor | None = None
    where: dict[str, str] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    """Names in the formulas that are no rows: their values."""
    value: str = ""
    several: bool = False
    """Whether it is about all leaves that lead to the result."""

    def operations(self) -> Iterator[Row]:
        """The user's operations, those in modules and loops too, in the order of the recording."""
        todo = list(reversed(self.rows))
        while todo:
            row = todo.pop()
            if row.inside and row.kind != "call":
                todo += reversed(row.inside)
            else:
                yield row


@dataclass
class Answer:
    """What there is to say about a gradient: ``kind``, and the ``reasons`` found."""

    about: str
    kind: str
    head: str
    reasons: list[str] = field(default_factory=list)
    page: str = PAGE

    def __str__(self) -> str:
        return "\n".join([self.head, *(f"  - {reason}" for reason in self.reasons),
                          f"  more: {self.page}#{self.kind}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(reason)}</li>" for reason in self.reasons)
        return f"<p>{escape(self.head)}</p><ul>{items}</ul>"
