"""Parameters that are computed from others each time they are read.

:func:`register_parametrization` puts a module between a parameter and its name: ``layer.weight`` is
then ``parametrization(original)``, and the optimiser sees ``original``. What it holds is a
:class:`ParametrizationList`, in ``layer.parametrizations.weight``.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import Any

from ...autograd.modes import no_grad
from ...names.missing import answer_missing_names
from ...tensors.operators import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter


class _Cache:
    """Values of parametrised tensors, while a :func:`cached` block runs."""

    def __init__(self) -> None:
        self.depth = 0
        self.values: dict[tuple[int, str], Any] = {}


_cache = _Cache()


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Compute a parametrised tensor once in the block, however often it is read.

    >>> with torch.nn.utils.parametrize.cached():
    ...     pass
    """
    _cache.depth += 1
    try:
        yield
    finally:
        _cache.depth -= 1
        if not _cache.depth:
            _cache.values.clear()


def _entered(module: Module, name: str, tensor: Any) -> None:
    """Make ``tensor`` a parameter or a buffer of ``module``."""
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _set(tensor: Any, value: Any) -> None:
    """Let ``tensor`` have the value of another, of whatever shape."""
    if tensor is not value:
        tensor.data = value.detach()


class ParametrizationList(ModuleList):
    """The parametrisations of one tensor, and what it is computed from: ``original``, or
    ``original0``, ``original1``, ... where the first ``right_inverse`` gives several tensors.

    ValueError where a parametrisation changes the tensor's dtype or shape, unless ``unsafe``.
    """

    original: Any
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        with no_grad():
            new: Any = original
            for module in reversed(list(self)):
                with contextlib.suppress(NotImplementedError):
                    if hasattr(module, "right_inverse"):
                        new = module.right_inverse(new)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1
        if isinstance(new, Tensor):
            self._enter_one(original, new)
        elif isinstance(new, Sequence):
            self.ntensors = len(new)
            self._enter_several(original, new)
        else:
            raise ValueError("'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                             f"tuple...). Got {type(new).__name__}")
        if not unsafe:
            self._check(shape, dtype)

    def _enter_one(self, original: Any, new: Any) -> None:
        if new.dtype is not original.dtype:
            raise ValueError("When `right_inverse` outputs one tensor, it may not change the dtype."
                             f"\noriginal.dtype: {original.dtype}\nright_inverse(original).dtype: "
                             f"{new.dtype}")
        with no_grad():
            _set(original, new)
        _entered(self, "original", original)

    def _enter_several(self, original: Any, new: Sequence[Any]) -> None:
        for i, part in enumerate(new):
            if not isinstance(part, Tensor):
                raise ValueError("'right_inverse' must return a Tensor or a Sequence of tensors "
                                 f"(list, tuple...). Got element {i} of the sequence with type "
                                 f"{type(part).__name__}.")
            if isinstance(original, Parameter):
                part = Parameter(part, original.requires_grad)
            elif original.requires_grad:
                part.requires_grad_()
            _entered(self, f"original{i}", part)

    def _check(self, shape: Any, dtype: Any) -> None:
        value = self()
        if not isinstance(value, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got "
                             f"{type(value).__name__}.")
        if value.dtype is not dtype:
            raise ValueError(
                "Registering a parametrization may not change the dtype of the tensor, unless "
                f"`unsafe` flag is enabled.\nunparametrized dtype: {dtype}\nparametrized dtype: "
                f"{value.dtype}")
        if value.shape != shape:
            raise ValueError(
                "Registering a parametrization may not change the shape of the tensor, unless "
                f"`unsafe` flag is enabled.\nunparametrized shape: {shape}\nparametrized shape: "
                f"{value.shape}")

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Choose the originals so that the tensor has this ``value``: what assigning it does.

        RuntimeError if a parametrisation has no ``right_inverse``; ValueError if what it returns
        does not fit.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not "
                                       "implement right_inverse.")
                value = module.right_inverse(value)
            values = [value] if self.is_tensor else value
            if not isinstance(values, Sequence):
                raise ValueError(f"'right_inverse' must return a sequence of tensors. Got "
                                 f"{type(value).__name__}.")
            if len(values) != self.ntensors:
                raise ValueError("'right_inverse' must return a sequence of tensors of length "
                                 f"{self.ntensors}. Got a sequence of length {len(values)}.")
            originals = self._originals()
            for i, (new, original) in enumerate(zip(values, originals, strict=True)):
                place = "" if self.is_tensor else f" element {i} of the sequence with"
                if not isinstance(new, Tensor):
                    raise ValueError("`right_inverse` should return a tensor. Got" + place
                                     + f" type {type(new).__name__}")
                if new.dtype is not original.dtype:
                    raise ValueError("The tensor returned by `right_inverse` has dtype "
                                     f"{new.dtype} while `original` has dtype {original.dtype}")
            for new, original in zip(values, originals, strict=True):
                _set(original, new)

    def forward(self) -> Any:
        """The tensor, computed from the originals."""
        parametrizations = list(self)
        out = parametrizations[0](*self._originals())
        for parametrization in parametrizations[1:]:
            out = parametrization(out)
        return out


# A module whose class has a property for each parametrised tensor
def _inject_class(module: Module) -> None:
    """Give ``module`` a class of its own, to put properties in."""
    cls = type(module)

    def getstate(self: Any) -> Any:
        raise RuntimeError("Serialization of parametrized modules is only supported through "
                           "state_dict(): save that, and load it into a module parametrized in "
                           "the same way")

    def deepcopied(self: Any, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            new = self.__new__(self.__class__)
            memo[id(self)] = new
            new.__dict__ = copy.deepcopy(self.__dict__, memo)
        return memo[id(self)]

    methods: dict[str, Any] = {"__getstate__": getstate}
    if not hasattr(cls, "__deepcopy__"):
        methods["__deepcopy__"] = deepcopied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), methods)


def _inject_property(module: Module, name: str) -> None:
    """Let reading ``module.name`` compute it, and assigning it choose the originals."""
    def get(self: Any) -> Any:
        if not _cache.depth:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _cache.values:
            _cache.values[key] = self.parametrizations[name]()
        return _cache.values[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, put))


def register_parametrization(module: Any, tensor_name: str, parametrization: Module, *,
                             unsafe: bool = False) -> Any:
    """Let ``module.tensor_name`` be ``parametrization`` of what it was; returns the module.

    A method ``right_inverse`` of the parametrisation, if it has one, gives the original from a
    value, on registering and on assigning. Several may be registered, one after the other.
    ValueError if there is no such tensor, or its dtype or shape would change and not ``unsafe``.

    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = torch.nn.Linear(3, 3)
    >>> layer = torch.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(module, tensor_name, parametrization)
        module.parametrizations[tensor_name].append(parametrization)
        if unsafe:
            module.parametrizations[tensor_name].unsafe = True
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a "
                         f"parametrized element with name '{tensor_name}'")
    original = getattr(module, tensor_name)
    made = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        _inject_class(module)
        module.parametrizations = ModuleDict()
    _inject_property(module, tensor_name)
    module.parametrizations[tensor_name] = made
    return module


def _check_next(module: Any, name: str, parametrization: Any) -> None:
    """Errors of a parametrisation after others."""
    old = getattr(module, name)
    new = parametrization(old)
    if not isinstance(new, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(new).__name__}.")
    for what in "dtype", "shape":
        if getattr(new, what) != getattr(old, what):
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless "
                f"the `unsafe` flag is enabled.\nmodule.{name}.{what}: {getattr(old, what)}\n"
                f"parametrization(module.{name}).{what}: {getattr(new, what)}")
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(new)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError("parametrization.right_inverse must return a tensor. Got: "
                         f"{type(back).__name__}")
    for what in "dtype", "shape":
        if getattr(back, what) != getattr(old, what):
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} "
                f"as module.{name}, unless the `unsafe` flag is enabled.\nmodule.{name}.{what}: "
                f"{getattr(old, what)}\nreturned {what}: {getattr(back, what)}")


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether the module has a parametrisation, or one of the tensor ``tensor_name``."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Any, tensor_name: str,
                            leave_parametrized: bool = True) -> Any:
    """Make ``tensor_name`` an ordinary tensor again, with its present value, or, without
    ``leave_parametrized``, with its original; returns the module.

    ValueError if it is not parametrised, or has several originals and no ``leave_parametrized``.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    if held.is_tensor:
        original = held.original
        if leave_parametrized:
            with no_grad():
                value = getattr(module, tensor_name)
                _set(original, value)
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError("Cannot leave unparametrized (`leave_parametrized=False`) a tensor that "
                         "is parametrized in terms of a sequence of tensors.")
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _entered(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class that the module had before anything was registered."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any,
                                         tensor_name: str | None = None) -> Any:
    """Register on ``to_module`` what ``from_module`` has registered, with the originals' values;
    returns ``to_module``."""
    if not is_parametrized(from_module):
        return to_module
    if not isinstance(from_module.parametrizations, ModuleDict):
        raise TypeError("from_module.parametrizations must be a ModuleDict")
    names = list(from_module.parametrizations) if tensor_name is None else [tensor_name]
    for name in names:
        held = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, copy.deepcopy(getattr(from_module, name)))
        for parametrization in held:
            register_parametrization(to_module, name, parametrization)
        target = to_module.parametrizations[name]
        for key in ["original"] if held.is_tensor else [f"original{i}"
                                                        for i in range(held.ntensors)]:
            setattr(target, key, getattr(held, key))
    return to_module


__all__ = ["ParametrizationList", "cached", "is_parametrized", "register_parametrization",
           "remove_parametrizations", "transfer_parametrizations_and_params",
           "type_before_parametrizations"]
answer_missing_names(__name__)
