"""``torch.backends.mkl``: Intel's library is not used; products are NumPy's."""


def is_available() -> bool:
    """False."""
    return False


__all__ = ["is_available"]
