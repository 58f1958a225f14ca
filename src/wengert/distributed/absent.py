"""What of ``torch.distributed`` is here by name only, for ``isinstance`` and imports."""

from __future__ import annotations

from typing import Any

from ..names.missing import refusing


class _Absent:
    """A class of which there are no objects."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"torch.distributed.{cls.__name__} is not in wengert")


class Store(_Absent):
    """A store of keys and values: processes meet by MPI."""


class TCPStore(Store):
    """A store over the network."""


class FileStore(Store):
    """A store in a file."""


class HashStore(Store):
    """A store in memory."""


class PrefixStore(Store):
    """A store within another."""


class DeviceMesh(_Absent):
    """A grid of devices."""


init_device_mesh = refusing("torch.distributed.init_device_mesh", "use new_group")
shrink_group = refusing("torch.distributed.shrink_group", "a job that loses a rank ends, and "
                        "starts again with `wengert run --max-restarts`")
split_group = refusing("torch.distributed.split_group", "use new_group")
