"""Sums of products by letters: ``einsum("bij,bjk->bik", x, y)``.

The equation is read into one list of labels per operand (:func:`_read`); operands are combined from
left to right, each time with one matrix product over the labels that nothing later needs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import Any

from ..engine.dtypes import float32, promote
from ..engine.graph import Node
from ..engine.ops import contract as ct
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.ops.structural import free
from ..engine.recording.handle import Handle
from ..engine.recording.operation import Each, as_dtype, operation, summing
from ..engine.recording.recording import shape_of
from ..tensors.recorded import function
from .shape import along, reshaped

Label = str | int
"""A letter, or a dimension of the ellipsis, counted from the back: -1, -2, ..."""
Term = tuple[Node, tuple[Label, ...]]
"""A tensor and the label of each of its dimensions, no two the same."""


@operation("ViewBackward0", methods=())
def _einsum(equation: str, *operands: Each) -> Node:
    """The sum of products of the operands' elements, over the letters that the result lacks.

    Each operand has a letter per dimension, "..." for dimensions that broadcast; a letter that
    comes twice in one operand takes its diagonal. Without "->" the result has the letters that come
    once, in alphabetical order.
    """
    if not operands:
        raise ValueError("einsum(): must specify the equation string and at least one operand, or "
                         "at least one operand and its subscripts list")
    labels, result = _read(equation, operands)
    _check_sizes(operands, labels)
    terms = [_diagonal(x, own) for x, own in zip(operands, labels, strict=True)]
    out = terms[0]
    for i, term in enumerate(terms[1:], 1):
        later = {label for _, own in terms[i + 1:] for label in own}
        out = _product(out, term, later.union(result))
    return _arranged(out, result, len(terms) == 1)


# Reading the equation
def _read(equation: str, operands: Sequence[Node]) -> tuple[list[list[Label]], list[Label]]:
    """The labels of each operand and of the result."""
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        few = "fewer" if len(parts) > len(operands) else "more"
        raise RuntimeError(
            f"einsum(): {few} operands were provided than specified in the equation")
    position = 0
    labels = []
    for i, (part, x) in enumerate(zip(parts, operands, strict=True)):
        subscripts = _letters(part, position, f"operand {i}")
        labels.append(_spread(subscripts, x, i))
        position += len(part) + 1
    hidden = max((-label for own in labels for label in own if isinstance(label, int)), default=0)
    dots: list[Label] = list(range(-hidden, 0))
    if not arrow:
        count = Counter(label for own in labels for label in own if isinstance(label, str))
        return labels, dots + sorted(label for label, n in count.items() if n == 1)
    result: list[Label] = []
    for letter in _letters(right, position + 1, "the output"):
        result += dots if letter == "..." else [letter]
    for label in result:
        if result.count(label) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {label} appears more than once in the output")
        if isinstance(label, str) and not any(label in own for own in labels):
            raise RuntimeError(f"einsum(): output subscript {label} does not appear in the "
                               "equation for any input operand")
    return labels, result


def _letters(part: str, position: int, place: str) -> list[str]:
    """The subscripts of one operand: letters, and at most one "..."."""
    out: list[str] = []
    i = 0
    while i < len(part):
        if part[i] == ".":
            if "..." in out:
                raise RuntimeError(f"einsum(): found '.' for {place} for which an ellipsis was "
                                   "already found")
            if part[i:i + 3] != "...":
                raise RuntimeError(f"einsum(): found '.' for {place} that is not part of any "
                                   "ellipsis")
            out.append("...")
            i += 2
        elif part[i].isascii() and part[i].isalpha():
            out.append(part[i])
        elif part[i] != " ":
            raise RuntimeError(f"einsum(): invalid subscript given at index {position + i} in the "
                               "equation string, subscripts must be in [a-zA-Z]")
        i += 1
    return out


def _spread(subscripts: list[str], x: Node, i: int) -> list[Label]:
    """A label for each dimension of operand ``i``."""
    named = len(subscripts) - ("..." in subscripts)
    if named > x.ndim or ("..." not in subscripts and named != x.ndim):
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({named}) "
            f"{'does not match' if '...' not in subscripts else 'is more than'} the number of "
            f"dimensions ({x.ndim}) for operand {i}"
            + (" and no ellipsis was given" if "..." not in subscripts else ""))
    out: list[Label] = []
    for letter in subscripts:
        out += range(named - x.ndim, 0) if letter == "..." else [letter]
    return out


def _check_sizes(operands: Sequence[Node], labels: Sequence[Sequence[Label]]) -> None:
    """Each label has one length throughout, or 1."""
    sizes: dict[Label, int] = {}
    for i, (x, own) in enumerate(zip(operands, labels, strict=True)):
        mine: dict[Label, int] = {}
        for label, n in zip(own, x.shape, strict=True):
            if mine.setdefault(label, n) != n:
                raise RuntimeError(f"einsum(): subscript {label} is repeated for operand {i} but "
                                   f"the sizes don't match, {n} != {mine[label]}")
        for label, n in mine.items():
            seen = sizes.setdefault(label, n)
            if n != seen and n != 1 and seen != 1:
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {i} which does not "
                    f"broadcast with previously seen size {seen}")
            sizes[label] = max(n, seen) if seen == 1 else seen


# Combining operands
def _diagonal(x: Node, labels: Sequence[Label]) -> Term:
    """``x`` with each label once: the diagonal over dimensions of one label."""
    own = tuple(dict.fromkeys(labels))
    if len(own) == len(labels):
        return x, own
    places = [[i for i, label in enumerate(labels) if label == o] for o in own]
    return st.window(x, size=tuple(x.shape[p[0]] for p in places), start=(0,) * x.ndim,
                     moves=tuple(along(x.ndim, *p) for p in places)), own


def _summed(term: Term, keep: Collection[Label]) -> Term:
    """The sum over the labels that are not in ``keep``."""
    x, labels = term
    if all(label in keep for label in labels):
        return term
    kept = tuple((n, label) for n, label in zip(x.shape, labels, strict=True) if label in keep)
    shape = tuple(n if label in keep else 1 for n, label in zip(x.shape, labels, strict=True))
    return (st.reshape(st.sum_to(x, shape=shape), shape=tuple(n for n, _ in kept)),
            tuple(label for _, label in kept))


def _without_ones(term: Term, other: Term, keep: Collection[Label]) -> Term:
    """``term`` without the labels of length 1 whose length is more in ``other``, or that are not in
    ``keep``: a sum of one number is none."""
    sizes = dict(zip(other[1], other[0].shape, strict=True))
    kept = [(n, label) for n, label in zip(term[0].shape, term[1], strict=True)
            if n != 1 or (label in keep and sizes.get(label, 1) == 1)]
    return (reshaped(term[0], tuple(n for n, _ in kept)), tuple(label for _, label in kept))


def _product(a: Term, b: Term, keep: Collection[Label]) -> Term:
    """The product of two terms, summed over the labels that are not in ``keep``."""
    a, b = _without_ones(a, b, keep), _without_ones(b, a, keep)
    a, b = _summed(a, {*keep, *b[1]}), _summed(b, {*keep, *a[1]})
    batch = [label for label in a[1] if label in b[1] and label in keep]
    shared = [label for label in a[1] if label in b[1] and label not in keep]
    if a[0].dtype is not b[0].dtype:
        if shared:
            raise RuntimeError(f"expected scalar type {a[0].dtype.legacy_name} but found "
                               f"{b[0].dtype.legacy_name}")
        dtype = promote(a[0].dtype, b[0].dtype)   # also of what has no dimensions: all are spread
        a, b = (as_dtype(a[0], dtype), a[1]), (as_dtype(b[0], dtype), b[1])
    own = [label for label in a[1] if label not in b[1]]
    others = [label for label in b[1] if label not in a[1]]
    sizes = dict(zip(a[1] + b[1], a[0].shape + b[0].shape, strict=True))
    x = _grouped(a, [[label] for label in batch] + [own, shared], sizes)
    y = _grouped(b, [[label] for label in batch] + [shared, others], sizes)
    if batch and not own and not others:
        y = st.reshape(y, shape=x.shape)
        out = el.mul(x, y)
        out = st.sum_to(out, shape=(*out.shape[:-1], 1)) if shared else out
    else:
        out = ct.matmul(x, y)
    labels = (*batch, *own, *others)
    return reshaped(out, tuple(sizes[label] for label in labels)), labels


def _grouped(term: Term, groups: Sequence[Sequence[Label]], sizes: dict[Label, int]) -> Node:
    """A term with one dimension for each group of labels."""
    x, labels = term
    order = [labels.index(label) for group in groups for label in group]
    if order != sorted(order):
        x = st.transpose(x, perm=tuple(order))
    return reshaped(x, tuple(math.prod(sizes[label] for label in group) for group in groups))


def _arranged(term: Term, result: Sequence[Label], alone: bool) -> Node:
    """A term with the dimensions of the result in their order."""
    if alone and not all(label in result for label in term[1]):
        term = as_dtype(term[0], summing(term[0].dtype)), term[1]
    x, labels = _summed(term, result)
    order = tuple(labels.index(label) for label in result if label in labels)
    if order != tuple(range(len(order))):
        x = st.transpose(x, perm=order)
    return x if x is not term[0] else st.alias(x)


# ---- decided at the call ----


def einsum(equation: Any, *operands: Any) -> Any:
    """Sums of products by Einstein's notation: ``einsum("ij,jk->ik", a, b)`` is ``a @ b``.

    The tensors may also come as one sequence, or each with a list of numbers below 52 in the place
    of letters: ``einsum(a, [0, 1], b, [1, 2], [0, 2])``. What only picks, turns or moves the
    dimensions of one tensor is a view of it.
    """
    if not isinstance(equation, str):
        equation, operands = _in_letters((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    if len(operands) == 1 and isinstance(operands[0], Handle):
        x: Any = operands[0]
        shape = shape_of(x)
        moves = _moves(equation, len(shape))
        if moves is not None and all(shape[i] == shape[j] for i, j in moves[0]):
            for i, j in moves[1]:
                x = x.diagonal(0, i, j)
            return x.permute(moves[2])
    return function(_einsum)(equation, *operands)


def _in_letters(given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of tensors with lists of subscripts."""
    ends = len(given) % 2
    left = ",".join([_spelled(each) for each in given[1::2]])
    return f"{left}->{_spelled(given[-1])}" if ends else left, given[:len(given) - ends:2]


def _spelled(subscripts: Any) -> str:
    if not isinstance(subscripts, (tuple, list)):
        raise TypeError("einsum(): each tensor must be followed by a list of its subscripts, not "
                        f"by a {type(subscripts).__name__}")
    for each in subscripts:
        if each is not Ellipsis and not 0 <= each < len(ascii_letters):
            raise ValueError("einsum(): subscript in subscript list is not within the valid range "
                             "[0, 52)")
    return "".join(["..." if each is Ellipsis else (ascii_uppercase + ascii_lowercase)[each]
                    for each in subscripts])


Pairs = tuple[tuple[int, int], ...]


@lru_cache(256)
def _moves(equation: str, ndim: int) -> tuple[Pairs, Pairs, tuple[int, ...]] | None:
    """Of an equation with one operand whose result lacks no letter: which of its dimensions have
    the same, the diagonals that give each letter once, and the order of what is left; None of any
    other."""
    try:
        (labels,), result = _read(equation, (free((1,) * ndim, float32),))
    except (RuntimeError, ValueError):   # said where it is recorded
        return None
    if set(labels) != set(result):
        return None
    same, diagonals, left = [], [], list(labels)
    for label in dict.fromkeys(labels):
        places = [i for i, each in enumerate(labels) if each == label]
        same += [(places[0], i) for i in places[1:]]
        while left.count(label) > 1:
            i = left.index(label)
            j = left.index(label, i + 1)
            diagonals.append((i, j))
            left = [each for k, each in enumerate(left) if k not in (i, j)] + [label]
    return tuple(same), tuple(diagonals), tuple([left.index(label) for label in result])
