"""Names that packages take from private modules of PyTorch: ``torch._utils`` and its like."""

from __future__ import annotations

import contextlib
import enum
import functools
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar

from .. import __config__
from ..engine.devices import device as device_of_name
from ..engine.dtypes import DType
from ..functions import joins
from ..nn.parameter import Parameter
from ..tensors import printing
from ..tensors.operators import Tensor
from ..tensors.recorded import function

T = TypeVar("T")
cat = function(joins.cat)


def _flatten_dense_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """The elements of all tensors, in one dimension."""
    flat: Tensor = cat([tensor.contiguous().view(-1) for tensor in tensors])
    return flat


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Parts of ``flat`` in the shapes of ``tensors``."""
    found, start = [], 0
    for tensor in tensors:
        found.append(flat[start:start + tensor.numel()].view_as(tensor))
        start += tensor.numel()
    return tuple(found)


def _get_device_index(device: Any, optional: bool = False, allow_cpu: bool = False) -> int:
    """The number of a device; -1 for the CPU."""
    if device is None:
        return 0
    where = device_of_name(device) if isinstance(device, str) else device
    return where if isinstance(where, int) else (
        -1 if where.type == "cpu" else where.index or 0)


def _rebuild_tensor_v2(storage: Any, storage_offset: int, size: Any, stride: Any,
                       requires_grad: bool, backward_hooks: Any, metadata: Any = None) -> Tensor:
    """A tensor from a storage, as PyTorch's pickles make it."""
    dtype = getattr(storage, "dtype", None)
    untyped = storage.untyped() if hasattr(storage, "untyped") else storage
    tensor: Tensor = Tensor().to(dtype).set_(untyped, storage_offset, size, stride)
    tensor.requires_grad = requires_grad
    return tensor


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Any:
    """A parameter, as PyTorch's pickles make it."""
    return Parameter(data, requires_grad)


def _get_available_device_type() -> None:
    """None: there is no device beside the CPU."""


def _get_device_module(device_type: str) -> Any:
    """``torch.cuda`` for "cuda", and so for each device."""
    return getattr(sys.modules[__name__.partition(".")[0]], device_type)


def name_of(function: Any) -> str:
    """How a callable is called in an error."""
    return getattr(function, "__name__", None) or repr(function)


def _element_size(dtype: DType) -> int:
    """The bytes of an element."""
    return dtype.itemsize


def is_compiling() -> bool:
    """False."""
    return False


def _dummy_type(name: str) -> type:
    """A class that cannot be made."""
    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f"Tried to instantiate dummy base class {name}")
    return type(name, (), {"__init__": refuse})


class _PrintOptions:
    """The options of ``torch.set_printoptions``, as they are now."""

    def __getattr__(self, name: str) -> Any:
        return getattr(printing.get_printoptions(), name)


PRINT_OPTS = _PrintOptions()


def _tensor_str(self: Tensor, indent: int) -> str:
    """The numbers of a tensor as it is printed, its later lines indented."""
    return printing.format_values(self.detach().numpy(), self.dtype.name, indent)


class OptState(enum.Enum):
    """What a ``GradScaler`` has done with an optimizer's gradients since the last step."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


class ExceptionWrapper:
    """An error of another thread or process, to be raised here."""

    def __init__(self, exc_info: Any = None, where: str = "in background") -> None:
        kind, error, _ = exc_info or sys.exc_info()
        self.exc_type: Any = kind
        self.exc_msg, self.where = str(error), where

    def reraise(self) -> NoReturn:
        """Raise it."""
        raise self.exc_type(f"Caught {self.exc_type.__name__} {self.where}.\n{self.exc_msg}")


def is_float_dtype(dtype: DType) -> bool:
    """Whether a dtype is floating."""
    return dtype.is_floating_point


def is_complex_dtype(dtype: DType) -> bool:
    """Whether a dtype is complex."""
    return dtype.is_complex


def is_integer_dtype(dtype: DType) -> bool:
    """Whether a dtype is one of integers."""
    return not dtype.is_floating_point and not dtype.is_complex and dtype.name != "bool"


class FakeTensor:
    """A tensor without values, for tests with ``isinstance``: none is one."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError("torch._subclasses.FakeTensor is not in wengert")


def is_fake(x: Any) -> bool:
    """False: every tensor is what it seems."""
    return False


class FakeTensorMode(FakeTensor):
    """A block that makes such tensors."""


def export_api_rst_decorator(*args: Any, **kwargs: Any) -> Any:
    """A decorator that gives back the function."""
    return lambda fn: fn


class _DecoratorContextManager:
    """What makes a class of blocks one of decorators too."""

    def __call__(self, orig_func: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(orig_func)
        def inside(*args: Any, **kwargs: Any) -> T:
            with self.clone():
                return orig_func(*args, **kwargs)
        return inside

    def clone(self) -> Any:
        """Another block like this."""
        return self.__class__()


class _NoParamDecoratorContextManager(_DecoratorContextManager):
    """The same, where ``@block`` means ``@block()``."""

    def __new__(cls, orig_func: Any = None) -> Any:
        """A block, or a function that runs in one."""
        return super().__new__(cls) if orig_func is None else cls()(orig_func)


def context_decorator(ctx: Any, func: Callable[..., T]) -> Callable[..., T]:
    """``func``, whose calls run in a block."""
    make = ctx if callable(ctx) and not hasattr(ctx, "__enter__") else lambda: ctx

    def inside(*args: Any, **kwargs: Any) -> T:
        with make():
            return func(*args, **kwargs)
    return inside


class DeviceContext:
    """A block whose new tensors are on a device."""

    def __init__(self, device: Any) -> None:
        self.device = device_of_name(device)

    def __enter__(self) -> Any:
        return self.device.__enter__()

    def __exit__(self, *error: Any) -> None:
        self.device.__exit__(*error)


def import_dill() -> None:
    """None."""


@contextlib.contextmanager
def no_dispatch() -> Iterator[None]:
    """A block without effect."""
    yield


class TorchDispatchMode:
    """NotImplementedError when entered: functions are recorded, not dispatched."""

    def __enter__(self) -> NoReturn:
        raise NotImplementedError("TorchDispatchMode is not in wengert: use "
                                  "torch.overrides.TorchFunctionMode")

    def __exit__(self, *error: Any) -> None:
        return None


def is_traceable_wrapper_subclass(t: Any) -> bool:
    """False: no tensor wraps others."""
    return False


def _get_current_dispatch_mode() -> None:
    """None."""


def has_triton() -> bool:
    """False."""
    return False


has_triton_package = has_triton


def get_pretty_env_info() -> str:
    """What computes here, as text."""
    return __config__.show()


def main() -> None:
    """Print it."""
    print(get_pretty_env_info())


class WeakIdRef(weakref.ref):   # type: ignore[type-arg]
    """A weak reference that compares by identity."""

    def __init__(self, key: Any, callback: Any = None) -> None:
        super().__init__(key, callback)  # type: ignore[call-arg]
        self._id = id(key)

    def __hash__(self) -> int:
        return self._id

    def __eq__(self, other: object) -> bool:
        mine, its = self(), other() if isinstance(other, weakref.ref) else None
        return self is other if mine is None or its is None else mine is its


class WeakIdKeyDictionary(dict):  # type: ignore[type-arg]
    """A dict by the identity of its keys, which it does not keep alive."""

    def __init__(self, dict: Any = None, ref_type: Any = WeakIdRef) -> None:
        super().__init__()
        for key, value in (dict or {}).items():
            self[key] = value

    def _of(self, key: Any) -> WeakIdRef:
        return WeakIdRef(key, lambda gone: super(WeakIdKeyDictionary, self).pop(gone, None))

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(self._of(key), value)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(WeakIdRef(key))

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(WeakIdRef(key))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(WeakIdRef(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """The value at a key, or ``default``."""
        return super().get(WeakIdRef(key), default)

    def pop(self, key: Any, *default: Any) -> Any:
        """Take the value at a key."""
        return super().pop(WeakIdRef(key), *default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value at a key, which is ``default`` from now on if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def items(self) -> Any:
        """The pairs whose keys are alive."""
        return [(key, value) for ref, value in super().items() if (key := ref()) is not None]

    def keys(self) -> Any:
        """The keys that are alive."""
        return [key for key, _ in self.items()]

    def __iter__(self) -> Any:
        return iter(self.keys())


WeakTensorKeyDictionary = WeakIdKeyDictionary
TensorWeakRef = WeakIdRef
