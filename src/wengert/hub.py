"""``torch.hub``: models from the network, which this does not load."""

from __future__ import annotations

from typing import Any, NoReturn

from .names.missing import answer_missing_names


def _refuse(name: str, instead: str) -> NoReturn:
    raise NotImplementedError(f"torch.hub.{name} is not in wengert: {instead}")


def load(repo_or_dir: Any, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: it would run code from the network."""
    _refuse("load", "it would run code from the network. Build the module and load its state_dict "
                    "with torch.load")


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: fetch the file, then use ``torch.load``."""
    _refuse("load_state_dict_from_url", "fetch the file, then use torch.load")


def download_url_to_file(url: str, dst: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: use ``urllib.request.urlretrieve``."""
    _refuse("download_url_to_file", "use urllib.request.urlretrieve")


__all__ = ["download_url_to_file", "load", "load_state_dict_from_url"]
answer_missing_names(__name__)
