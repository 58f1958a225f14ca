"""``torch.distributed.checkpoint``: a state that all processes save together and load in place.

Every process has the whole state, as with ``DistributedDataParallel``: rank 0 writes it, into a
file that ``torch.load`` reads as well, and everybody reads it.

>>> # torch.distributed.checkpoint.save({"model": model.state_dict()}, checkpoint_id=folder)
>>> # state = {"model": model.state_dict()}
>>> # torch.distributed.checkpoint.load(state, checkpoint_id=folder)   # writes to its tensors
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ...autograd.modes import no_grad
from ...futures import Future
from ...names.missing import answer_missing_names, refusing
from ...serialization import load as read_file
from ...serialization import save as write_file
from ...tensors.operators import Tensor
from ..collectives import barrier
from ..group import get_rank, is_initialized
from . import state_dict
from .stateful import Stateful

FILE = "state.pt"
"""The file in the folder of a checkpoint."""


class CheckpointException(Exception):
    """What could not be saved or loaded."""


class _Folder:
    def __init__(self, path: Any, *args: Any, **kwargs: Any) -> None:
        self.path = Path(path)


class FileSystemWriter(_Folder):
    """A folder to save to; options about threads and layout mean nothing here."""


class FileSystemReader(_Folder):
    """A folder to load from."""


def save(state_dict: dict[str, Any], *, checkpoint_id: Any = None, storage_writer: Any = None,
         planner: Any = None, process_group: Any = None, no_dist: bool = False,
         use_collectives: bool = True) -> None:
    """Save ``state_dict`` in the folder ``checkpoint_id``, or that of a :class:`FileSystemWriter`.

    Each process of ``process_group`` calls this; rank 0 writes, and the others return when it has.
    Of an object with ``state_dict()`` that is saved. NotImplementedError for a ``planner``.
    """
    folder = _folder(checkpoint_id, storage_writer, planner)
    together = is_initialized() and not no_dist
    state = _states(state_dict)
    if not together or get_rank(process_group) == 0:
        folder.mkdir(parents=True, exist_ok=True)
        written = folder / f"{FILE}.new"
        write_file(state, written)
        os.replace(written, folder / FILE)   # whoever reads finds the old one or the new one
    if together:
        barrier(process_group)


def async_save(state_dict: dict[str, Any], **options: Any) -> Any:
    """:func:`save`, and a future that is done."""
    save(state_dict, **{name: value for name, value in options.items() if name in (
        "checkpoint_id", "storage_writer", "planner", "process_group", "no_dist")})
    done: Any = Future()
    done.set_result(None)
    return done


def load(state_dict: dict[str, Any], *, checkpoint_id: Any = None, storage_reader: Any = None,
         planner: Any = None, process_group: Any = None, no_dist: bool = False) -> None:
    """Write what was saved in the folder ``checkpoint_id`` into the tensors of ``state_dict``; what
    is no tensor is replaced in it, and an object with ``load_state_dict()`` loads its part.

    RuntimeError for a key that was not saved, ValueError for a tensor of another shape,
    CheckpointException where the folder has no checkpoint.
    """
    folder = _folder(checkpoint_id, storage_reader, planner)
    file = folder / FILE
    if not file.exists():
        why = ("PyTorch wrote this one, which is not read here: make one file of it with its "
               "torch.distributed.checkpoint.format_utils.dcp_to_torch_save, and torch.load it"
               if (folder / ".metadata").exists() else "there is no checkpoint")
        raise CheckpointException(f"{folder}: {why}")
    _fill(state_dict, read_file(file, map_location="cpu", weights_only=False), "")


def save_state_dict(state_dict: dict[str, Any], storage_writer: Any, process_group: Any = None,
                    coordinator_rank: int = 0, no_dist: bool = False, planner: Any = None) -> None:
    """:func:`save` under its older name."""
    save(state_dict, storage_writer=storage_writer, process_group=process_group, no_dist=no_dist,
         planner=planner)


def load_state_dict(state_dict: dict[str, Any], storage_reader: Any, process_group: Any = None,
                    coordinator_rank: int = 0, no_dist: bool = False, planner: Any = None) -> None:
    """:func:`load` under its older name."""
    load(state_dict, storage_reader=storage_reader, process_group=process_group, no_dist=no_dist,
         planner=planner)


def _folder(checkpoint_id: Any, storage: Any, planner: Any) -> Path:
    if planner is not None:
        raise NotImplementedError("torch.distributed.checkpoint: planner=... is not in wengert: "
                                  "every process has the whole state")
    if storage is not None and not isinstance(storage, _Folder):
        raise NotImplementedError(
            f"torch.distributed.checkpoint: {type(storage).__name__} is not in wengert: give a "
            "FileSystemWriter, a FileSystemReader or checkpoint_id")
    if checkpoint_id is not None:
        return Path(checkpoint_id)
    if storage is None:
        raise ValueError("torch.distributed.checkpoint: give checkpoint_id, the folder")
    return storage.path


def _states(value: Any) -> Any:
    """``value`` with the states of objects in their places."""
    if isinstance(value, Stateful):
        return _states(value.state_dict())
    if isinstance(value, dict):
        return {key: _states(each) for key, each in value.items()}
    return value


def _fill(target: dict[str, Any], found: Any, at: str) -> None:
    """Write what was ``found`` into ``target``, a part of the state under the name ``at``."""
    for key, value in target.items():
        name = f"{at}.{key}" if at else str(key)
        if not isinstance(found, dict) or key not in found:
            raise RuntimeError(f"Missing key in checkpoint state_dict: {name}.")
        saved = found[key]
        if isinstance(value, Stateful):
            value.load_state_dict(saved)
        elif isinstance(value, dict):
            _fill(value, saved, name)
        elif isinstance(value, Tensor):
            if not isinstance(saved, Tensor) or saved.shape != value.shape:
                shape = list(saved.shape) if isinstance(saved, Tensor) else type(saved).__name__
                raise ValueError(f"Size mismatch between saved {shape} and current: "
                                 f"{list(value.shape)} for {name}")
            with no_grad():
                value.copy_(saved)
        else:
            target[key] = saved


_WHY = "every process has the whole state, in one file"
DefaultLoadPlanner = refusing("torch.distributed.checkpoint.DefaultLoadPlanner", _WHY)
DefaultSavePlanner = refusing("torch.distributed.checkpoint.DefaultSavePlanner", _WHY)

__all__ = ["CheckpointException", "DefaultLoadPlanner", "DefaultSavePlanner", "FileSystemReader",
           "FileSystemWriter", "Stateful", "async_save", "load", "load_state_dict", "save",
           "save_state_dict", "state_dict"]
answer_missing_names(__name__)
