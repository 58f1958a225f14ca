"""Modules of PyTorch that are no files here: each holds names of other modules.

``finder.py`` makes such a module when it is imported: ``import wengert.functional``,
``from torch.optim.adamw import AdamW``.
"""

from __future__ import annotations

from collections.abc import Iterator

PATHS: dict[str, dict[str, str]] = {
}
"""By the path below ``torch``: the modules whose names it holds, ``name=other`` where a module
calls a name ``other``."""

MODULES_NOT_HERE: frozenset[str] = frozenset()
"""Modules of PyTorch that are not here; no other name is like them."""


def homes(group: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each name of a group of modules: its module, what it is called there, its name."""
    for module, names in group.items():
        for word in names.split():
            name, _, other = word.partition("=")
            yield module, other or name, name
