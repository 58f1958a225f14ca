"""``torch.backends.opt_einsum``: the package is not used; the switches are kept."""

enabled = False
strategy = None


def is_available() -> bool:
    """False."""
    return False


__all__ = ["enabled", "is_available", "strategy"]
