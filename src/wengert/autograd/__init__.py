"""``torch.autograd``: derivatives of what was recorded.

:func:`backward` and :func:`grad` in ``api.py`` are the entrance; the engine below them is
``recording/backward.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..names.missing import answer_missing_names
from . import forward_ad
from .api import backward, grad
from .gradcheck import gradcheck, gradgradcheck
from .modes import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)

if TYPE_CHECKING:   # found when first asked for
    from . import graph
    from .anomaly import detect_anomaly, set_detect_anomaly
    from .function import Function
    from .variable import Variable

__all__ = ["Function", "Variable", "backward", "detect_anomaly", "enable_grad", "forward_ad",
           "functional", "grad", "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad",
           "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled"]

answer_missing_names(__name__, later=("function", "functional", "graph", "variable"), names={
    ".autograd.anomaly": "detect_anomaly set_detect_anomaly",
    ".autograd.function": "Function",
    ".autograd.variable": "Variable",
})
