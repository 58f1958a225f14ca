"""``torch.func.rearrange``: axes by name, moved, joined and split by a pattern."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

from ..engine.recording.handle import Handle
from ..engine.recording.recording import shape_of
from ..tensors.recorded import function
from .joins import stack

_stack = function(stack)
Axes = tuple[str, ...]
Side = list[Axes | str]
_REST = "..."


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """The elements of ``tensor`` in the axes on the right of ``pattern``, where those on the left
    are its own: ``"b (h k) c -> b h (k c)"`` splits the second axis, and joins the last two.

    ``...`` stands for any axes, ``1`` or ``()`` for one of length 1. Of the axes in one pair of
    parentheses on the left all lengths but one are given. A list of tensors is stacked first. A
    view where strides allow it. ValueError for a pattern that says nothing, or of which the lengths
    do not fit.

    >>> images = torch.zeros(32, 30, 40, 3)
    >>> torch.func.rearrange(images, "b h w c -> b (c h w)").shape
    torch.Size([32, 3600])
    >>> torch.func.rearrange(images, "b (h k) w c -> b h w (k c)", k=2).shape
    torch.Size([32, 15, 40, 6])
    """
    if not isinstance(tensor, Handle):
        tensor = _stack(tensor)
    shape = tuple(shape_of(tensor))
    sides = _sides(pattern, tuple(axes_lengths))
    for length in axes_lengths.values():
        if type(length) is not int:
            raise TypeError(f"rearrange axis lengths must be integers, got: {type(length)}")
    left, right = _numbered(*sides, len(shape))
    lengths = dict(axes_lengths)
    for axes, length in zip(left, shape, strict=True):
        _measure(axes, length, lengths)
    given, wanted = ([axis for axes in side for axis in axes] for side in (left, right))
    if any(len(axes) != 1 for axes in left):
        tensor = tensor.reshape([lengths[axis] for axis in given])
    moved = tensor.permute([given.index(axis) for axis in wanted])
    if any(len(axes) != 1 for axes in right):
        moved = moved.reshape([math.prod(lengths[axis] for axis in axes) for axes in right])
    return moved


@functools.lru_cache(256)
def _sides(pattern: str, named: Axes) -> tuple[Side, Side]:
    """The two sides of a pattern, each with the axes that an axis of a tensor is made of."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    left, right = map(_side, sides)
    one, other = ({axis for axes in side for axis in ([axes] if axes == _REST else axes)}
                  for side in (left, right))
    if _REST in other - one:
        raise ValueError("Ellipsis found in right side, but not left side of a pattern "
                         f"{pattern}")
    if _REST in one and _REST not in left:
        raise ValueError(f"Ellipsis in parentheses on the left side is not allowed: {pattern}")
    if any(axis.isdecimal() for axis in one | other):
        raise ValueError("rearrange only supports unnamed axes of size 1")
    if one != other:
        raise ValueError("Identifiers only on one side of rearrange expression (should be on "
                         f"both): {one ^ other}")
    if unknown := set(named) - one:
        raise ValueError(f"Identifiers not found in rearrange expression: {unknown}")
    return left, right


def _side(text: str) -> Side:
    """One side of a pattern: a tuple for each axis of a tensor, the text ``...`` for those of which
    there may be any number."""
    found: Side = []
    group: list[str] | None = None
    seen: set[str] = set()
    for word in re.findall(r"[()]|[^\s()]+", text):
        if word == "(":
            if group is not None:
                raise ValueError("Axis composition is one-level (brackets inside brackets not "
                                 "allowed)")
            group = []
        elif word == ")":
            if group is None:
                raise ValueError("Brackets are not balanced")
            found.append(tuple(group))
            group = None
        elif word == "1":
            if group is None:
                found.append(())
        else:
            _check_name(word, seen)
            if group is None:
                found.append(word if word == _REST else (word,))
            else:
                group.append(word)
    if group is not None:
        raise ValueError(f"Imbalanced parentheses in expression: '{text}'")
    return found


def _check_name(word: str, seen: set[str]) -> None:
    """ValueError for what is no name of an axis, or is one that was there before."""
    if word in seen:
        raise ValueError(f"Indexing expression contains duplicate dimension '{word}'")
    seen.add(word)
    if word == _REST or word.isdecimal():
        return
    if "." in word:
        raise ValueError("Expression may contain dots only inside ellipsis (...)")
    if not word.isidentifier() or "_" in (word[0], word[-1]):
        raise ValueError(f"Invalid axis identifier: {word}\nAn axis is named as a variable is, "
                         "without an underscore at either end")


def _numbered(left: Side, right: Side, ndim: int) -> tuple[list[Axes], list[Axes]]:
    """The sides for a tensor of so many dimensions: ``...`` as axes, each with a number."""
    count = len(left) - left.count(_REST)
    if count > ndim or (count < ndim and _REST not in left):
        fit = "less than or equal to" if _REST in left else "equal to"
        raise ValueError(f"Number of dimensions in pattern ({count}) must be {fit} the number "
                         f"of dimensions in the tensor ({ndim})")
    between = tuple(map(str, range(ndim - count)))

    def spelled(side: Side) -> list[Axes]:
        out: list[Axes] = []
        for axes in side:
            if axes == _REST:
                out += [(axis,) for axis in between]
            else:
                out.append(tuple(each for axis in axes
                                 for each in (between if axis == _REST else (axis,))))
        return out
    return spelled(left), spelled(right)


def _measure(axes: Axes, length: int, lengths: dict[str, int]) -> None:
    """Note the length of the one of ``axes``, together ``length``, that is not known."""
    unknown = [axis for axis in axes if axis not in lengths]
    known = math.prod(lengths[axis] for axis in axes if axis in lengths)
    if len(unknown) > 1:
        raise ValueError(f"cannot infer the lengths of the axes {' and '.join(unknown)} of "
                         f"({' '.join(axes)}): give all but one, as {unknown[0]}=2")
    if unknown and known and length % known == 0:
        lengths[unknown[0]] = length // known
    elif unknown or known != length:
        raise ValueError(f"the axes ({' '.join(axes)}) make {known}"
                         f"{' times ' + unknown[0] if unknown else ''}, which does not fit the "
                         f"length {length} of the dimension")


__all__ = ["rearrange"]
