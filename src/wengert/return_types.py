"""``torch.return_types``: the named tuples that functions with several results return.

:func:`named` makes the type of a function's results; ``torch.return_types.max`` finds it again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, ClassVar

from .names.missing import answer_missing_names

TYPES: dict[str, type[Results]] = {}
"""The types made so far, by the name of the function."""


class Results(tuple[Any, ...]):
    """Several results of one function: a tuple whose elements have names."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        fields = ",\n".join(f"{name}={value!r}"
                            for name, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (of, (type(self).__name__, self._fields, tuple(self)))


def named(name: str, fields: tuple[str, ...]) -> type[Results]:
    """The type of the results of the function ``name``."""
    found = TYPES.get(name)
    if found is None:
        space: dict[str, Any] = {field: property(itemgetter(i)) for i, field in enumerate(fields)}
        space.update(__slots__=(), _fields=fields, __module__="torch.return_types",
                     n_fields=len(fields), n_sequence_fields=len(fields))
        found = TYPES[name] = type(name, (Results,), space)
    return found


def of(name: str, fields: tuple[str, ...], values: Iterable[Any]) -> Results:
    """The results ``values`` of the function ``name``."""
    return named(name, fields)(values)


def __getattr__(name: str) -> type[Results]:
    if name not in TYPES:   # the function of that name makes it
        root: Any = sys.modules[__name__.partition(".")[0]]
        _, of_linalg, there = name.rpartition("linalg_")
        home = root.linalg if of_linalg else root
        if there in home.__all__:
            getattr(home, there)
    if name not in TYPES:
        raise AttributeError(name, name=name)
    return TYPES[name]


answer_missing_names(__name__)
