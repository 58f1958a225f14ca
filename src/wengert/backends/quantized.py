"""``torch.backends.quantized``: nothing is quantized here."""

engine = "none"
supported_engines = ["none"]

__all__ = ["engine", "supported_engines"]
