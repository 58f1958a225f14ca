"""``torch.backends.cpu``."""


def get_cpu_capability() -> str:
    """``"DEFAULT"``: which instructions NumPy uses is NumPy's affair."""
    return "DEFAULT"


__all__ = ["get_cpu_capability"]
