"""``torch.autograd``: derivatives of what was recorded."""

from __future__ import annotations

from .api import backward, grad
