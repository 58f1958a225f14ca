"""Which axes of the inputs are dynamic, and what their lengths are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.recording.handle import Handle
from ..export.dims import Dim, Hint
from .tracing import Arguments, Axes


def named_axes(given: Arguments, outputs: list[str], dynamic_axes: Mapping[str, Any] | None,
               dynamic_shapes: Any) -> Axes:
    """Both ways of saying it, by the names of the inputs. ValueError for a name or an axis that is
    not there."""
    shapes = {name: x.shape for name, x in given.tensors()}
    found: Axes = {}
    for name, said in (dynamic_axes or {}).items():
        if name in shapes:
            found[name] = dict(axes_of(name, said))
        elif name not in outputs:
            raise ValueError(f"dynamic_axes names {name!r}, and the inputs are {list(shapes)}, the "
                             f"outputs {outputs}")
    if dynamic_shapes:
        for name, said in of_structure(given, dynamic_shapes):
            found[name] = {**found.get(name, {}), **dict(axes_of(name, said))}
    counted: Axes = {}
    for name, axes in found.items():
        ndim = len(shapes[name])
        for axis in axes:
            if not -ndim <= axis < ndim:
                raise ValueError(f"{name} has {ndim} axes, and axis {axis} is called dynamic")
        counted[name] = {axis % ndim: called for axis, called in axes.items()}
    return counted


def axes_of(name: str, said: Any) -> Iterator[tuple[int, str]]:
    """What one input's axes are called: of a dict, a list of axes, or a tuple with an entry each.
    """
    if isinstance(said, Mapping):
        items = list(said.items())
    elif all(isinstance(each, int) for each in said):
        items = [(axis, Dim.DYNAMIC) for axis in said]
    else:
        items = list(enumerate(said))
    for axis, called in items:
        if isinstance(called, Hint) and called is not Dim.STATIC:
            yield axis, f"{name}_dynamic_axes_{axis + 1}"
        elif isinstance(called, str):
            yield axis, called
        elif isinstance(called, Dim):
            yield axis, called.__name__
        elif called is not None and called is not Dim.STATIC and not isinstance(called, int):
            raise TypeError(f"axis {axis} of {name} is called {called!r}: a name, a Dim or None")


def of_structure(given: Arguments, dynamic_shapes: Any) -> Iterator[tuple[str, Any]]:
    """What is said of each tensor, in a structure like that of the arguments."""
    if isinstance(dynamic_shapes, Mapping):
        unknown = set(dynamic_shapes) - set(given.labels)
        if unknown:
            raise ValueError(f"dynamic_shapes names {sorted(unknown)}, and the arguments are "
                             f"{given.labels}")
        pairs = [(x, dynamic_shapes.get(label)) for label, x in given.labelled()]
    else:
        pairs = list(zip(given.args, dynamic_shapes, strict=False))

    def below(value: Any, said: Any) -> Iterator[tuple[str, Any]]:
        if said is None:
            return
        if isinstance(value, Handle):
            yield given.names[id(value)], said
        elif isinstance(value, Mapping):
            for key, each in value.items():
                yield from below(each, said.get(key))
        elif isinstance(value, (tuple, list)):
            for each, one in zip(value, said, strict=False):
                yield from below(each, one)
    for value, said in pairs:
        yield from below(value, said)


def lengths(given: Arguments, axes: Axes) -> tuple[dict[str, int], set[int]]:
    """The length that each dynamic axis has in the arguments, and those of the other axes;
    ValueError where two of one name differ."""
    found: dict[str, int] = {}
    fixed: set[int] = set()
    for name, x in given.tensors():
        for axis, n in enumerate(x.shape):
            called = axes.get(name, {}).get(axis)
            if called is None:
                fixed.add(n)
            elif found.setdefault(called, n) != n:
                raise ValueError(f"the axis {called!r} has length {found[called]}, and {n} in "
                                 f"{name}")
    return found, fixed


__all__ = ["lengths", "named_axes"]
