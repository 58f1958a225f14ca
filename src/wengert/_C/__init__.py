"""``torch._C``: the names of PyTorch's compiled part that packages ask for."""

from __future__ import annotations

from typing import Any, NoReturn

from ..engine.devices import device, layout, memory_format
from ..engine.dtypes import DType as dtype
from ..names.missing import answer_missing_names
from ..overrides import (
    DisableTorchFunction,
    DisableTorchFunctionSubclass,
    _disabled_torch_function_impl,
    has_torch_function_unary,
)
from ..tensors.operators import Tensor
from ..tensors.random import Generator
from ..tensors.size import Size
from . import _functorch, _nn

TensorBase = Tensor
_TensorMeta = type(Tensor)
_TensorBase = Tensor
_has_torch_function_unary = has_torch_function_unary


def _log_api_usage_once(event: str) -> None:
    """Nothing: no usage is counted."""


def _get_privateuse1_backend_name() -> str:
    """``privateuseone``."""
    return "privateuseone"


def _get_tracing_state() -> None:
    """None: nothing is traced."""


def _no(*args: Any) -> bool:
    """False."""
    return False


_is_tracing = _dispatch_isTensorSubclassLike = _is_torch_function_mode_enabled = _no
_has_xpu = _has_cuda = _get_cudnn_enabled = _jit_can_fuse_on_cpu = _jit_can_fuse_on_gpu = _no
_are_functorch_transforms_active = _has_mps = _has_mkldnn = _no


def _is_torch_function_enabled() -> bool:
    """True."""
    return True


def _get_accelerator() -> device:
    """The CPU: there is no accelerator."""
    return device("cpu")


class DispatchKey:
    """Names of PyTorch's dispatcher."""

    CPU, CUDA, Meta, Autograd, AutogradCPU, AutogradCUDA = (
        "CPU", "CUDA", "Meta", "Autograd", "AutogradCPU", "AutogradCUDA")
    CompositeExplicitAutograd, CompositeImplicitAutograd, Undefined = (
        "CompositeExplicitAutograd", "CompositeImplicitAutograd", "Undefined")


    AutocastCPU, AutocastCUDA, AutocastXPU, AutocastMPS, QuantizedCPU, Python = (
        "AutocastCPU", "AutocastCUDA", "AutocastXPU", "AutocastMPS", "QuantizedCPU", "Python")


class DispatchKeySet:
    """Some of those names."""

    def __init__(self, *keys: str) -> None:
        self.keys = frozenset(keys)

    def __or__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(*self.keys, *other.keys)

    def has(self, key: str) -> bool:
        """Whether a name is among them."""
        return key in self.keys


class _Absent:
    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"torch._C.{cls.__name__} is not in wengert")


class ScriptObject(_Absent):
    """An object of scripted code."""


class ScriptModule(_Absent):
    """A module of scripted code."""


class ScriptFunction(_Absent):
    """A function of scripted code."""


class Graph(_Absent):
    """A graph of scripted code."""


class Node(_Absent):
    """A node of scripted code."""


class Value(_Absent):
    """A value of scripted code."""


class Future(_Absent):
    """A value to come."""


class _FunctionBase(_Absent):
    """What PyTorch makes functions of autograd from."""


class Stream(_Absent):
    """A queue of a device."""


class Event(_Absent):
    """A time in a queue."""


class PyTorchFileReader(_Absent):
    """What reads an archive: ``torch.load`` does."""


class PyTorchFileWriter(_Absent):
    """What writes an archive: ``torch.save`` does."""


class OutOfMemoryError(RuntimeError):
    """A device has no memory left."""


class TensorType(_Absent):
    """The type of tensors in scripted code."""


class FatalError(Exception):
    """An error of PyTorch's compiled part."""


__all__ = ["DispatchKey", "DisableTorchFunction", "DisableTorchFunctionSubclass", "Generator",
           "Size", "Tensor", "device", "dtype", "layout", "memory_format"]
answer_missing_names(__name__)
