"""``torch.backends.openmp``: no loop here runs under OpenMP."""


def is_available() -> bool:
    """False."""
    return False


__all__ = ["is_available"]
