"""The errors of ``torch.distributed``."""


class DistError(RuntimeError):
    """An error of a distributed operation."""


class DistBackendError(DistError):
    """An error of a backend: processes that do not call the same, or one that does not answer."""


class DistNetworkError(DistError):
    """An error of the network."""


class DistStoreError(DistError):
    """An error of a store."""
