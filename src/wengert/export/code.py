"""A small language of loops over elements, which C and Fortran both write down: expressions,
statements, and what may be done to them. Start with :class:`Block`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..engine.dtypes import DType
from .index import Index, Part, Place


@dataclass(frozen=True)
class Literal:
    """A number in a dtype."""

    value: Any
    dtype: DType


@dataclass(frozen=True)
class Ref:
    """A variable, or an element of an array."""

    name: str
    index: Index = ()


@dataclass(frozen=True)
class Apply:
    """An elementwise primitive by name (``cast`` too), on expressions of one dtype."""

    op: str
    args: tuple[Expression, ...]
    dtype: DType


@dataclass(frozen=True)
class Compared:
    """Whether ``left <= right``, of places."""

    left: Place
    right: Place


@dataclass(frozen=True)
class Counted:
    """A place as a number."""

    at: Place


Expression = Literal | Ref | Apply | Compared | Counted


@dataclass
class Set:
    """``target = value``, or ``target = target op value``."""

    target: Ref
    value: Expression
    op: str = ""


@dataclass
class For:
    """``variable`` from ``start`` up to before ``stop``, or down from ``stop - 1`` to ``start``."""

    variable: str
    start: Place
    stop: Place
    body: list[Statement]
    down: bool = False


@dataclass
class If:
    """``body`` where ``condition`` holds."""

    condition: Expression
    body: list[Statement]


@dataclass
class Comment:
    """A line for people."""

    text: str


Statement = Set | For | If | Comment


@dataclass
class Block:
    """The statements of a function, and the variables that it declares: by name, the shape and the
    dtype."""

    body: list[Statement] = field(default_factory=list)
    variables: dict[str, tuple[tuple[int, ...], DType]] = field(default_factory=dict)


# ---- what is read and written ----


def references(value: Any) -> Iterator[Ref]:
    """What an expression, a place or statements refer to."""
    match value:
        case Ref(index=index):
            yield value
            yield from references(index)
        case Apply(args=args):
            yield from references(args)
        case Compared(left=left, right=right):
            yield from references((left, right))
        case Counted(at=at):
            yield from references(at)
        case Place(terms=terms):
            for atom, _ in terms:
                yield from references(atom)
        case Part(of=of):
            yield from references(of)
        case Set(target=target, value=inner):
            yield from references((target, inner))
        case For(start=start, stop=stop, body=body):
            yield from references((start, stop, body))
        case If(condition=condition, body=body):
            yield from references((condition, body))
        case list() | tuple():
            for each in value:
                yield from references(each)


def written(statements: list[Statement]) -> Iterator[Ref]:
    """What statements set."""
    for each in statements:
        if isinstance(each, Set):
            yield each.target
        elif isinstance(each, For | If):
            yield from written(each.body)


# ---- loops that become one ----


def merged(statements: list[Statement]) -> list[Statement]:
    """``statements`` with neighbouring loops of the same turns as one, where a turn of the second
    needs the same turn of the first alone."""
    out: list[Statement] = []
    for each in statements:
        if isinstance(each, For):
            each.body = merged(each.body)
            k = len(out)
            while k and isinstance(out[k - 1], Set) and is_start(out[k - 1]):
                k -= 1
            before = out[k - 1] if k else None
            if isinstance(before, For) and fit(before, each) and not any(
                    r.name == s.target.name for s in out[k:] if isinstance(s, Set)
                    for r in references(before)):
                out[k - 1:] = [*out[k:], before]
                before.body = merged(before.body + each.body)
                continue
        out.append(each)
    return out


def is_start(each: Statement) -> bool:
    """Whether it gives a variable its first value, a number."""
    return isinstance(each, Set) and not each.target.index and isinstance(each.value, Literal)


def fit(first: For, second: For) -> bool:
    """Whether two loops may share their turns."""
    if (first.variable, first.start, first.stop, first.down) != (
            second.variable, second.start, second.stop, second.down):
        return False
    sets = {ref.name for ref in written(first.body)}
    if sets & {ref.name for ref in written(second.body)}:
        return False
    places = {ref.name: {ref.index} for ref in written(first.body)}
    for ref in references(first.body):
        if ref.name in places:
            places[ref.name].add(ref.index)
    variable = first.variable
    return all(len(places[ref.name]) == 1 and ref.index in places[ref.name]
               and any(at == Place(((variable, 1),)) for at in ref.index)
               for ref in references(second.body) if ref.name in sets)


def localised(block: Block, kept: set[str]) -> None:
    """Make variables of the arrays that are set and read in the innermost turns of one loop nest
    alone, always at the same place; those ``kept`` are seen from outside."""
    found: dict[str, set[tuple[int, Index]]] = {}

    def visit(statements: list[Statement], nest: int) -> None:
        for each in statements:
            if isinstance(each, For):
                visit(each.body, id(each))
            elif isinstance(each, If):
                visit(each.body, nest)
            else:
                for ref in references(each):
                    found.setdefault(ref.name, set()).add((nest, ref.index))

    visit(block.body, 0)
    local = {name for name, (shape, _) in block.variables.items()
             if shape and name not in kept and len(found.get(name, ())) == 1}
    for name in local:
        block.variables[name] = (), block.variables[name][1]
    block.body = without_index(block.body, local)


def without_index(value: Any, names: set[str]) -> Any:
    """``value`` with the elements of what is named as variables."""
    match value:
        case Ref(name=name, index=index):
            return Ref(name) if name in names else Ref(name, without_index(index, names))
        case Apply(op=op, args=args, dtype=dtype):
            return Apply(op, without_index(args, names), dtype)
        case Place(terms=terms, const=const):
            return Place(tuple((without_index(a, names), n) for a, n in terms), const)
        case Part(what=what, of=of, n=n):
            return Part(what, without_index(of, names), n)
        case Compared(left=left, right=right):
            return Compared(without_index(left, names), without_index(right, names))
        case Counted(at=at):
            return Counted(without_index(at, names))
        case Set(target=target, value=inner, op=op):
            return Set(without_index(target, names), without_index(inner, names), op)
        case For():
            return For(value.variable, without_index(value.start, names),
                       without_index(value.stop, names), without_index(value.body, names),
                       value.down)
        case If(condition=condition, body=body):
            return If(without_index(condition, names), without_index(body, names))
        case list():
            return [without_index(each, names) for each in value]
        case tuple():
            return tuple(without_index(each, names) for each in value)
    return value


__all__ = ["Apply", "Block", "Comment", "Compared", "Counted", "Expression", "For", "If", "Literal",
           "Ref", "Set", "Statement", "localised", "merged"]
