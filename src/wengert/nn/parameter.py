"""Parameters and buffers: the tensors that a :class:`torch.nn.Module` registers when they are set.

:class:`Parameter` is a tensor that requires grad; :class:`Buffer` makes a tensor that is state
without gradient. The ``Uninitialized`` ones get their shape later, in a lazy module.
"""

from __future__ import annotations

from typing import Any

from ..engine.devices import check_device, device
from ..engine.dtypes import DType, get_default_dtype
from ..tensors.adoption import UNMADE, Unmade, adopt, adopted, as_leaf, unmade, will_require_grad
from ..tensors.creation import empty
from ..tensors.operators import Tensor
from ..tensors.overriding import disabled
from ..tensors.size import Size


class _IsParameter(type(Tensor)):  # type: ignore[misc]
    """``isinstance(x, Parameter)`` for tensors of the user's classes that :class:`Parameter` has
    marked."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Parameter and isinstance(instance, Tensor) and (
                instance.__dict__.get("_is_param", False)):
            return True
        return bool(super().__instancecheck__(instance))


class Parameter(Tensor, metaclass=_IsParameter):
    """A tensor that a module takes in among its parameters when it is assigned to an attribute.

    It shares storage with ``data`` and is a leaf. What is computed from it is a plain Tensor.
    Of a tensor of a subclass of Tensor it is one of that subclass, marked as a parameter.
    RuntimeError where ``requires_grad`` meets a dtype without gradients.

    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()
    __torch_function__ = classmethod(disabled)  # type: ignore[assignment]

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """A parameter with the storage of ``data``; empty without it."""
        if data is None:
            data = empty(0)
        if not isinstance(data, Tensor):
            raise AttributeError(f"a parameter is made from a Tensor, not {type(data).__name__}: "
                                 f"'{type(data).__name__}' object has no attribute 'detach'")
        if type(data) is not Tensor and not issubclass(type(data), Parameter):
            out: Any = data.detach()
            if type(out) is type(data):
                as_leaf(out, bool(requires_grad))
                vars(out)["_is_param"] = True
                return out
        return adopted(cls, data, bool(requires_grad))

    def __repr__(self: Any, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"Parameter containing:\n{Tensor.__repr__(self)}"

    __str__ = __repr__  # type: ignore[assignment]

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        """A parameter with a copy of the values; neither ``.grad`` nor attributes come along."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]


class _IsBuffer(type(Tensor)):  # type: ignore[misc]
    """``isinstance(x, Buffer)`` for tensors that :class:`Buffer` has marked."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Buffer:
            return isinstance(instance, Tensor) and bool(
                instance.__dict__.get("_is_buffer", False))
        return bool(super().__instancecheck__(instance))


class Buffer(Tensor, metaclass=_IsBuffer):
    """A tensor that a module takes in among its buffers when it is assigned to an attribute.

    ``persistent=False`` leaves it out of the ``state_dict``.
    """

    __slots__ = ()
    __torch_function__ = classmethod(disabled)  # type: ignore[assignment]
    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        """A plain tensor with the values of ``data``, marked as a buffer."""
        out = (empty(0) if data is None else data).detach()
        out._is_buffer = True
        out.persistent = persistent
        return out


class Uninitialized(Unmade, Tensor):  # type: ignore[misc]
    """What the two kinds of uninitialised tensors have in common."""

    __slots__ = ()
    __torch_function__ = classmethod(disabled)  # type: ignore[assignment]
    _becomes: type[Tensor]
    dtype_to_be: DType

    @property
    def dtype(self) -> DType:
        """The dtype that the tensor will have."""
        return self.dtype_to_be

    @property
    def device(self) -> Any:
        """The CPU."""
        return device("cpu")

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:
        """Whether the tensor will require grad."""
        return will_require_grad(self)

    @property
    def is_leaf(self) -> bool:
        """True."""
        return True

    @property  # type: ignore[misc]
    def grad(self) -> None:
        """None."""
        return None

    @property  # type: ignore[misc]
    def data(self) -> Any:
        """An empty tensor of the dtype."""
        return empty(0, dtype=self.dtype)

    @property
    def shape(self) -> Size:
        """RuntimeError: the shape is not known yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their "
            "attributes.")

    def numel(self) -> int:
        """ValueError: the shape is not known yet."""
        raise ValueError(UNMADE)

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating one."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is complex."""
        return self.dtype.is_complex

    def detach(self) -> Any:
        """The tensor itself, of which there is nothing to detach yet."""
        return self

    def materialize(self, shape: Any, device: Any = None, dtype: DType | None = None) -> None:
        """Give the tensor its ``shape``, and make it a tensor of the usual kind; its values are
        arbitrary."""
        check_device(device)
        value = empty(tuple(shape), dtype=dtype or self.dtype)
        requires_grad = self.requires_grad
        del self.__dict__["dtype_to_be"]
        self.__class__ = self._becomes  # type: ignore[assignment]
        adopt(self, value, requires_grad)

    def convert(self, dtype: DType) -> None:
        """Set the dtype that the tensor will have."""
        self.dtype_to_be = dtype

    def share_memory_(self) -> Any:
        """RuntimeError: there is no memory yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to "
            "initialize the parameters before calling `module.share_memory()`.")

    def __repr__(self: Any, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"<{type(self).__name__}>"

    __str__ = __repr__  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(requires_grad=self.requires_grad, dtype=self.dtype)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return (_unpickled, (type(self), self.requires_grad, self.dtype))


def _unpickled(cls: Any, requires_grad: bool, dtype: DType) -> Any:
    return cls(requires_grad=requires_grad, dtype=dtype)


class UninitializedParameter(Uninitialized, Parameter):  # type: ignore[misc]
    """A parameter whose shape a lazy module will find out; using it before is a ValueError."""

    __slots__ = ()
    _becomes = Parameter
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None,
                dtype: DType | None = None) -> Any:
        """A parameter without a shape."""
        check_device(device)
        return unmade(cls, requires_grad, dtype or get_default_dtype())


class UninitializedBuffer(Uninitialized):
    """A buffer whose shape a lazy module will find out; using it before is a ValueError."""

    __slots__ = ()
    _becomes = Tensor
    cls_to_become = Tensor
    persistent: bool

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: DType | None = None,
                persistent: bool = True) -> Any:
        """A buffer without a shape."""
        check_device(device)
        out = unmade(cls, requires_grad, dtype or get_default_dtype())
        out.__dict__.update(persistent=persistent, _is_buffer=True)
        return out


def is_lazy(param: Any) -> bool:
    """Whether ``param`` is a parameter or buffer without a shape yet."""
    return isinstance(param, Uninitialized)


UninitializedTensorMixin = Uninitialized
__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
