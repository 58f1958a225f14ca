"""``Module``: the base class of all neural network modules.

A module holds parameters, buffers and modules, each in a dict of its own (``_parameters``,
``_buffers``, ``_modules``), which assigning an attribute fills. The rest of the class is in parts:
``walking.py`` (iterators), ``hooking.py`` and ``calling.py`` (hooks), ``state.py`` (state dicts).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from ...autograd.modes import no_grad
from ...compiler.reads import Family, families
from ...engine.devices import check_device, libraries
from ...engine.dtypes import DType, bfloat16, float16, float32, float64
from ...tensors.conversion import named_type, target_of
from ...tensors.creation import empty_like
from ...tensors.operators import Tensor
from ..parameter import Buffer, Parameter, is_lazy
from .calling import call
from .hooking import (
    Hooking,
    after_registering,
    everywhere,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from .hooking import _global_buffer_registration_hooks as _global_buffer_registration_hooks
from .hooking import _global_module_registration_hooks as _global_module_registration_hooks
from .hooking import _global_parameter_registration_hooks as _global_parameter_registration_hooks
from .state import EXTRA as _EXTRA_STATE
from .state import State
from .state import _IncompatibleKeys as _IncompatibleKeys  # packages look for it here
from .walking import Walking

_EXTRA_STATE_KEY_SUFFIX = _EXTRA_STATE
T = TypeVar("T", bound="Module")
P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Callee(Protocol[P, R]):
    """What has a ``forward``: a call takes and returns what that does."""

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R: ...



_hooked_everywhere = everywhere.around_calls

_HOOKS = ("_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs",
          "_forward_hooks_always_called", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
          "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
          "_load_state_dict_post_hooks")
_MEMBERS = ("_parameters", "_buffers", "_modules")
_AROUND_CALLS = ("_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_pre_hooks")


class Module(Walking, Hooking, State):
    """The base class of all neural network modules.

    A subclass calls ``super().__init__()``, assigns its parameters and modules to attributes, and
    writes ``forward``.

    >>> class Scale(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = torch.nn.Parameter(torch.ones(3))
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale()(torch.tensor([1.0, 2.0, 3.0]))
    tensor([1., 2., 3.], grad_fn=<MulBackward0>)
    """

    dump_patches: bool = False
    training: bool
    call_super_init: bool = False
    _compiled_call_impl: Callable[..., Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            problem = (f"got an unexpected keyword argument '{next(iter(kwargs))}'" if kwargs else
                       f"takes 1 positional argument but {len(args) + 1} were given")
            raise TypeError(f"{type(self).__name__}.__init__() {problem}")
        own = self.__dict__
        own["training"] = True
        for name in _MEMBERS:
            own[name] = {}
        own["_non_persistent_buffers_set"] = set()
        own["_is_full_backward_hook"] = None
        for name in _HOOKS:
            own[name] = OrderedDict()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; to be written by the subclass."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function')

    if TYPE_CHECKING:   # what forward takes and returns
        def __call__(self: Callee[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
    else:
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            if (self._forward_hooks or self._forward_pre_hooks or self._backward_hooks
                    or self._backward_pre_hooks or _hooked_everywhere):
                return call(self, args, kwargs)
            return self.forward(*args, **kwargs)

    # Attributes
    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        try:
            return own["_parameters"][name]
        except KeyError:  # written out, since this is what reading a weight costs
            pass
        try:
            return own["_modules"][name]
        except KeyError:
            pass
        try:
            return own["_buffers"][name]
        except KeyError:
            pass
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'",
                             name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._clear(name, "_parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._clear(name, "_modules")
            own["_modules"][name] = after_registering(everywhere.module, self, name, value)
        elif name in own.get("_parameters", ()):
            if value is not None:
                raise self._not_assignable(value, "parameter", name, "torch.nn.Parameter or None")
            self.register_parameter(name, None)
        elif name in own.get("_modules", ()):
            if value is not None:
                raise self._not_assignable(value, "child module", name, "torch.nn.Module or None")
            own["_modules"][name] = after_registering(everywhere.module, self, name, value)
        elif isinstance(value, Buffer) or name in own.get("_buffers", ()):
            self._set_buffer(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name: str, value: Any) -> None:
        buffers = self.__dict__.get("_buffers")
        if buffers is None:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        if value is not None and not isinstance(value, Tensor):
            raise self._not_assignable(value, "buffer", name,
                                       "torch.nn.Buffer, torch.Tensor or None")
        if isinstance(value, Buffer) and name not in buffers:
            self._clear(name, "_buffers")
            self.register_buffer(name, value, value.persistent)
        else:
            buffers[name] = after_registering(everywhere.buffer, self, name, value)

    @staticmethod
    def _not_assignable(value: Any, what: str, name: str, expected: str) -> TypeError:
        return TypeError(
            f"cannot assign '{_type_name(value)}' as {what} '{name}' ({expected} expected)")

    def _clear(self, name: str, kept: str) -> None:
        """Forget what ``name`` was, in all dicts but ``kept``."""
        self.__dict__.pop(name, None)
        for kind in _MEMBERS:
            if kind != kept and kind in self.__dict__:
                self.__dict__[kind].pop(name, None)
        if kept != "_buffers":
            self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        for kind in _MEMBERS:
            if name in self.__dict__.get(kind, ()):
                del self.__dict__[kind][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules,
                 *self._buffers]
        return sorted(name for name in names if not name[:1].isdigit())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in _HOOKS:
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

    # Registering
    def register_parameter(self, name: str, param: Any) -> None:
        """Enter a parameter, or None, under ``name``.

        TypeError or KeyError for a name that cannot be, TypeError for what is no parameter,
        ValueError for one that was computed.
        """
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", name, self._parameters)
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(f"cannot assign '{_type_name(param)}' object to parameter "
                                f"'{name}' (torch.nn.Parameter or None required)")
            if not is_lazy(param) and param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must "
                    f"be created explicitly. To express '{name}' as a function of another Tensor, "
                    "compute the value in the forward() method.")
            param = after_registering(everywhere.parameter, self, name, param)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Enter a tensor that is state and no parameter, or None, under ``name``; it is part of the
        ``state_dict`` if ``persistent``."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{_type_name(tensor)}' object to buffer '{name}' "
                            "(torch Tensor or None required)")
        self._buffers[name] = after_registering(everywhere.buffer, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Any) -> None:
        """Enter a module, or None, under ``name``."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_type_name(module)} is not a Module subclass")
        self._check_name("module", name, self._modules)
        self._modules[name] = after_registering(everywhere.module, self, name, module)

    register_module = add_module

    def _check_name(self, what: str, name: Any, among: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {_type_name(name)}")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain "."' + (
                f", got: {name}" if what == "module" else ""))
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if name not in among and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    # Modes
    def train(self: T, mode: bool = True) -> T:
        """Set ``training`` here and in all submodules."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: T) -> T:
        """``train(False)``."""
        return self.train(False)

    def requires_grad_(self: T, requires_grad: bool = True) -> T:
        """Set ``requires_grad`` of all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or write zeros to them."""
        for parameter in self.parameters():
            grad = parameter.grad
            if grad is None:
                continue
            if set_to_none:
                parameter.grad = None
            elif grad.grad_fn is not None:
                grad.detach_().zero_()
            else:
                grad.requires_grad_(False).zero_()

    # Converting
    def apply(self: T, fn: Callable[[Module], Any]) -> T:
        """Call ``fn`` with each submodule, those inside first, and with this module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self: T, fn: Callable[[Any], Any], recurse: bool = True) -> T:
        """Put ``fn(tensor)`` in the place of each parameter's value and gradient, and of each
        buffer."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is not None:
                _replace(parameter, fn)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self: T, *args: Any, **kwargs: Any) -> T:
        """Convert the floating and complex parameters and buffers to a dtype: ``to(dtype)``,
        ``to(device, dtype)``, ``to(tensor)``.

        TypeError for an integer dtype; RuntimeError for a device that is not there.
        """
        dtype, where, _ = target_of(args, dict(kwargs))
        if where is not None:
            target = check_device(where)
            if libraries:
                self._apply(lambda tensor: tensor.to(target))
        if dtype is None:
            return self
        if not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError("nn.Module.to only accepts floating point or complex dtypes, but got "
                            f"desired dtype={dtype}")
        return self._apply(_to(dtype, lambda t: t.is_floating_point() or t.is_complex()))

    def type(self: T, dst_type: Any) -> T:
        """Convert all parameters and buffers to ``dst_type``."""
        return self._apply(_to(named_type(dst_type), lambda t: True))

    def float(self: T) -> T:
        """Convert the floating parameters and buffers to float32."""
        return self._apply(_to(float32, _is_floating))

    def double(self: T) -> T:
        """Convert the floating parameters and buffers to float64."""
        return self._apply(_to(float64, _is_floating))

    def half(self: T) -> T:
        """Convert the floating parameters and buffers to float16."""
        return self._apply(_to(float16, _is_floating))

    def bfloat16(self: T) -> T:
        """Convert the floating parameters and buffers to bfloat16."""
        return self._apply(_to(bfloat16, _is_floating))

    def cpu(self: T) -> T:
        """Put all parameters and buffers on the CPU."""
        return self.to("cpu")

    def cuda(self: T, device: Any = None) -> T:
        """RuntimeError: there is no CUDA backend."""
        return self.to("cuda" if device is None or isinstance(device, int) else device)

    def to_empty(self: T, *, device: Any, recurse: bool = True) -> T:
        """Put arbitrary values in the place of all parameters and buffers."""
        where = check_device(device)
        return self._apply(lambda tensor: empty_like(tensor, device=where), recurse)

    def share_memory(self: T) -> T:
        """NotImplementedError: tensors are not shared between processes."""
        return self._apply(lambda tensor: tensor.share_memory_())

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: what a module records is compiled without being asked."""

    # Printing
    def extra_repr(self) -> str:
        """What stands between the parentheses in the module's text; to be written by the
        subclass."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        own = extra.split("\n") if extra else []
        inside = [f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()]
        if len(own) == 1 and not inside:
            return f"{self._get_name()}({own[0]})"
        lines = [*own, *inside]
        text = "\n  ".join(["", *lines]) + "\n" if lines else ""
        return f"{self._get_name()}({text})"


families[Module] = Family(   # what guards look at
    frozenset(["training", "forward", *_MEMBERS, *_AROUND_CALLS]),
    frozenset(["__call__", "forward", "state_dict", *[
        name for name in vars(Walking) if not name.startswith("_")]]),
    frozenset(_AROUND_CALLS),
    ((everywhere.__dict__, "around_calls"),))


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _type_name(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(value.type())
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _is_floating(tensor: Any) -> bool:
    return bool(tensor.is_floating_point())


def _to(dtype: DType, applies: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """The conversion to ``dtype`` of the tensors of which ``applies`` is true."""
    def convert(tensor: Any) -> Any:
        if not applies(tensor):
            return tensor
        if is_lazy(tensor):
            tensor.convert(dtype)
            return tensor
        return tensor.to(dtype)
    return convert


def _replace(parameter: Any, fn: Callable[[Any], Any]) -> None:
    """Put ``fn`` of the value of ``parameter`` and of its gradient in their places."""
    if is_lazy(parameter):
        fn(parameter)
        return
    with no_grad():
        old = parameter.grad
        new = fn(parameter)
        if new is not parameter:
            parameter.grad = None
            parameter.data = new
            if old is not None:
                grad = fn(old.detach()).detach()
                if old.grad_fn is None:   # stays the object that others may hold
                    old.data = grad
                parameter.grad = old if old.grad_fn is None else grad.requires_grad_()


__all__ = [
    "Module", "register_module_backward_hook", "register_module_buffer_registration_hook",
    "register_module_forward_hook", "register_module_forward_pre_hook",
    "register_module_full_backward_hook", "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook", "register_module_parameter_registration_hook",
]
