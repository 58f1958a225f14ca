"""``torch.hub``: where files that programs fetch are kept; nothing is fetched here."""

from __future__ import annotations

import os
import re
from typing import Any, NoReturn
from urllib.parse import urlparse as urlparse  # packages look for it here

from . import serialization
from .names.missing import answer_missing_names

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
_hub_dir: str | None = None


def _get_torch_home() -> str:
    """The folder for files of torch: ``TORCH_HOME``, or ``torch`` in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")))


class tqdm:
    """Counts what is done of a whole, and shows nothing."""

    def __init__(self, iterable: Any = None, total: Any = None, disable: bool = False,
                 **options: Any) -> None:
        self.iterable, self.total, self.n = iterable, total, 0

    def __iter__(self) -> Any:
        return iter(self.iterable)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def update(self, n: int = 1) -> None:
        """So much more is done."""
        self.n += n

    def set_description(self, *args: Any, **kwargs: Any) -> None:
        """Nothing."""

    close = write = set_description


def get_dir() -> str:
    """The folder that :func:`set_dir` was given, or ``hub`` below that for torch's files."""
    return _hub_dir if _hub_dir is not None else os.path.join(_get_torch_home(), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Set that folder."""
    global _hub_dir
    _hub_dir = os.path.expanduser(os.fspath(d))


def load_state_dict_from_url(url: str, model_dir: str | None = None, map_location: Any = None,
                             progress: bool = True, check_hash: bool = False,
                             file_name: str | None = None, weights_only: bool = False) -> Any:
    """The state dict in a file that was fetched from ``url`` before; NotImplementedError if it is
    not among the files of :func:`get_dir`."""
    folder = model_dir or os.path.join(get_dir(), "checkpoints")
    path = os.path.join(folder, file_name or os.path.basename(url.partition("?")[0]))
    if not os.path.exists(path):
        raise NotImplementedError(
            "torch.hub.load_state_dict_from_url is not in wengert where the file is not at "
            f"{path} yet: fetch it there")
    return serialization.load(path, map_location=map_location)


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: it would run code from the network."""
    raise NotImplementedError("torch.hub.load is not in wengert: it would run code from the "
                              "network. Build the module and load its state_dict with torch.load")


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None,
                         progress: bool = True) -> NoReturn:
    """NotImplementedError: use ``urllib.request.urlretrieve``."""
    raise NotImplementedError("torch.hub.download_url_to_file is not in wengert: use "
                              "urllib.request.urlretrieve")


__all__ = ["download_url_to_file", "get_dir", "load", "load_state_dict_from_url", "set_dir"]
answer_missing_names(__name__)
