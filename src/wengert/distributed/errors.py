"""The errors of ``torch.distributed``."""

_HOME = __name__.rpartition(".")[0]


class DistError(RuntimeError):
    """An error of a distributed operation."""

    __module__ = _HOME


class DistBackendError(DistError):
    """An error of a backend: processes that do not call the same, or one that does not answer."""

    __module__ = _HOME


class DistNetworkError(DistError):
    """An error of the network."""

    __module__ = _HOME


class DistStoreError(DistError):
    """An error of a store."""

    __module__ = _HOME
