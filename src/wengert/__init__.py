"""PyTorch's define-by-run autograd in pure Python."""

__version__ = "0.1.0"
