"""Where a gradient came from: the recorded operations between a tensor and a result, in formulas.

:func:`gradient` makes the report; ``wengert run --explain d SCRIPT.py`` prints it for the last
backward of a script, by way of :class:`Watch`. Start reading at ``report.py``.
"""

from __future__ import annotations

from .report import Explanation, gradient
from .watch import Watch

__all__ = ["Explanation", "Watch", "gradient"]
