"""``torch.save`` and ``torch.load``: PyTorch's files, written whole and read without running code.

:func:`save` and :func:`load` are loaded when first called. Reading: ``loading.py`` runs the
pickle of a file on the ``machine.py``, with the names of ``rebuilding.py`` and ``allowed.py``;
``archive.py`` is the container, ``legacy.py`` the old one. Writing: ``saving.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.devices import device
from ..engine.lazy import lazy
from ..names.missing import answer_missing_names
from .allowed import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals

DEFAULT_PROTOCOL = 2
MAP_LOCATION = Callable[[Any, str], Any] | device | str | dict[str, str] | None
"""What ``map_location=`` may be."""


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2,
         _use_new_zipfile_serialization: bool = True,
         _disable_byteorder_record: bool = False) -> None:
    """Write an object to a file that :func:`load` and PyTorch's ``torch.load`` read.

    ``obj``: tensors, parameters, numbers, text, and containers of them; state dicts. ``f``: a path,
    or a file open for writing bytes. Tensors that share memory still do when they are loaded; the
    whole memory under a view is saved. A file at a path is replaced in one step: whatever happens,
    it is the old one or the new one. RuntimeError for tensors that view the same memory as
    different dtypes.

    >>> import io, wengert as torch
    >>> f = io.BytesIO()
    >>> torch.save({"weight": torch.ones(2)}, f)
    >>> _ = f.seek(0)
    >>> torch.load(f)
    {'weight': tensor([1., 1.])}
    """
    lazy("serialization.saving").save(obj, f, pickle_module, pickle_protocol,
                                      _use_new_zipfile_serialization, _disable_byteorder_record)


def load(f: Any, map_location: Any = None, pickle_module: Any = None, *,
         weights_only: bool | None = None, mmap: bool | None = None,
         **pickle_load_args: Any) -> Any:
    """The object of a file that :func:`save` or PyTorch's ``torch.save`` has written.

    ``f``: a path, or a file open for reading bytes that can seek. No code of the file is run: it
    may name tensors, dtypes, containers and the like, and what :func:`add_safe_globals` has added.
    ``weights_only=False`` adds NumPy's arrays of numbers and text, and the classes of modules
    (``nn.Module``) that the program has loaded, whose state is set without running their code.
    ``map_location``: a device, a dict of devices or a function; what was saved on another device
    needs one that leads to the CPU. ``mmap=True`` leaves the bytes of tensors in the file until
    they are used.

    UnpicklingError for a name that is not allowed, which it tells, and for a damaged pickle;
    RuntimeError for a damaged archive; EOFError for an empty file.
    """
    return lazy("serialization.loading").load(f, map_location, pickle_module,
                                              weights_only=weights_only, mmap=mmap,
                                              **pickle_load_args)


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The full names of what a file names and :func:`load` would refuse."""
    found: list[str] = lazy("serialization.loading").get_unsafe_globals_in_checkpoint(f)
    return found


__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals",
           "get_unsafe_globals_in_checkpoint", "load", "safe_globals", "save"]
answer_missing_names(__name__)
