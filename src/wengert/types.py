"""``torch.types``: names for annotations."""

from __future__ import annotations

import builtins
import os
from typing import Any, Union

from .engine.devices import device
from .engine.dtypes import DType
from .names.missing import answer_missing_names
from .tensors.operators import Tensor
from .tensors.size import Size
from .tensors.storage import UntypedStorage as Storage

_bool, _int, _float, _complex = builtins.bool, builtins.int, builtins.float, builtins.complex
_dtype, _device, _size = DType, device, Union[Size, list[int], tuple[int, ...]]  # noqa: UP007
_symint = int
_TensorOrTensors = Union[Tensor, "builtins.list[Tensor]", tuple[Tensor, ...]]
_TensorOrTensorsOrGradEdge = _TensorOrTensors
_TensorOrOptionalTensors = _TensorOrTensors
Device = Union[DType, str, int, None, device]  # noqa: UP007
DeviceLikeType = Union[str, device, int]  # noqa: UP007
Number = (int, float, bool)
_Number = (int, float, bool)
FileLike = Union[str, os.PathLike[str], Any]  # noqa: UP007
IntLikeType = int
FloatLikeType = float
BoolLikeType = bool
py_sym_types = ()
_dispatchkey = str
_layout = _qscheme = Any

__all__ = ["BoolLikeType", "Device", "FileLike", "FloatLikeType", "IntLikeType", "Number",
           "Storage", "py_sym_types"]
answer_missing_names(__name__)
