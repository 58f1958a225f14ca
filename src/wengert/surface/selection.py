"""Functions whose result's shape depends on values: they compute at the call.

``nonzero``, ``unique``, ``masked_select``, ``bincount``, ... Where a gradient flows (through
``masked_select``, ``take``), the values tell the places, and reading those places is recorded.
:class:`Selection` is the part of Tensor with these methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dtypes import bool_, dtype_from_argument, uint8
from ..functions import concrete
from ..recording.handle import Array, Handle
from ..recording.recorder import dtype_of, here, hold, shape_of, value
from .recorded import function, into
from .return_types import named
