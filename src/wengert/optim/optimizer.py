"""What optimisers have in common: parameter groups, state, hooks, saving and loading.

:class:`Optimizer` is the base class, for a user's own optimisers too. :class:`Updating` is what
those of this package derive from: it finds the parameters that have a gradient, counts their
steps, and hands those of equal count to :meth:`Updating.update`, which records one operation for
all of them. Start there.
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any, ClassVar, NamedTuple, TypeVar

from ..autograd.hooks import RemovableHandle
from ..autograd.modes import enable_grad, updating
from ..engine.dtypes import float32, float64, get_default_dtype
from ..engine.locks import exclusively
from ..tensors.creation import zeros_like
from ..tensors.data import tensor
from ..tensors.operators import Tensor
from ..tensors.updates import number_of, set_number

Group = dict[str, Any]
State = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])
ParamsT = _params_t = Iterable[Any]   # as packages annotate with it


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()
"""The default of an option that every parameter group must give."""

_global_pre_hooks: OrderedDict[int, Any] = OrderedDict()
_global_post_hooks: OrderedDict[int, Any] = OrderedDict()


def _register(hooks: Any, hook: Any, prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before every step of every optimiser."""
    return _register(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after every step of every optimiser."""
    return _register(_global_post_hooks, hook)


def _use_grad_for_differentiable(step: F) -> F:
    """``step`` in grad mode if the optimiser is differentiable, and without gradients if not."""
    @functools.wraps(step)
    def inside(self: Any, *args: Any, **kwargs: Any) -> Any:
        return updating(bool(self.defaults.get("differentiable", False)), step, self, *args,
                        **kwargs)
    return inside  # type: ignore[return-value]


def with_hooks(step: F) -> F:
    """``step`` with the hooks of its optimiser before and after it."""
    @functools.wraps(step)
    def hooked(self: Any, *args: Any, **kwargs: Any) -> Any:
        pre, post = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if not (pre or post or _global_pre_hooks or _global_post_hooks):
            return step(self, *args, **kwargs)
        given: tuple[Any, ...] = (self, *args)
        for hook in [*_global_pre_hooks.values(), *pre.values()]:
            result = hook(self, given, kwargs)
            if result is not None:
                if not (isinstance(result, tuple) and len(result) == 2):
                    raise RuntimeError(f"{step} must return None or a tuple of (new_args, "
                                       f"new_kwargs), but got {result}.")
                given, kwargs = result
        out = step(*given, **kwargs)
        for hook in [*post.values(), *_global_post_hooks.values()]:
            hook(self, given, kwargs)
        return out

    hooked.hooked = True  # type: ignore[attr-defined]
    return hooked  # type: ignore[return-value]


_HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks",
          "_optimizer_state_dict_pre_hooks", "_optimizer_state_dict_post_hooks",
          "_optimizer_load_state_dict_pre_hooks", "_optimizer_load_state_dict_post_hooks")


class Optimizer:
    """The base class of optimisers.

    ``params`` are tensors, ``(name, tensor)`` pairs, or dicts with the key ``"params"`` and
    options of their own; ``defaults`` are the options of groups that do not give them. TypeError
    where ``params`` is a tensor or holds something else, ValueError where it is empty, holds a
    tensor twice or one that is not a leaf.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        for name in _HOOKS:
            setattr(self, name, OrderedDict())
        self._patch_step_function()
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of "
                            "Tensors or dicts, but got " + _typename(params))
        self.state: Any = defaultdict(dict)
        self.param_groups: list[Group] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state,
                "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in _HOOKS:
            if name not in self.__dict__:
                setattr(self, name, OrderedDict())
        self._patch_step_function()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            for key in sorted(group):
                if key != "params":
                    text += f"    {key}: {group[key]}\n"
        return text + ")"

    def _patch_step_function(self) -> None:
        cls: Any = type(self)
        if not getattr(cls.step, "hooked", False):
            cls.step = with_hooks(cls.step)

    profile_hook_step = staticmethod(with_hooks)

    # Hooks
    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new ones."""
        return _register(self._optimizer_step_pre_hooks, hook)  # type: ignore[attr-defined]

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return _register(self._optimizer_step_post_hooks, hook)  # type: ignore[attr-defined]

    def register_state_dict_pre_hook(self, hook: Callable[..., Any],
                                     prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before :meth:`state_dict`."""
        return _register(self._optimizer_state_dict_pre_hooks,  # type: ignore[attr-defined]
                         hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any],
                                      prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after :meth:`state_dict`; it may return another."""
        return _register(self._optimizer_state_dict_post_hooks,  # type: ignore[attr-defined]
                         hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any],
                                          prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before :meth:`load_state_dict`, with a shallow copy
        of the dict; it may return another."""
        return _register(self._optimizer_load_state_dict_pre_hooks,  # type: ignore[attr-defined]
                         hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any],
                                           prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after :meth:`load_state_dict`."""
        return _register(self._optimizer_load_state_dict_post_hooks,  # type: ignore[attr-defined]
                         hook, prepend)

    # Saving and loading
    def state_dict(self) -> dict[str, Any]:
        """The state by the number of the parameter, and the groups with numbers for parameters.

        The tensors are the optimiser's own, not copies.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():  # type: ignore[attr-defined]
            hook(self)
        numbers: dict[int, int] = {}
        count, groups = 0, []
        for group in self.param_groups:
            for i, p in enumerate(group["params"], count):
                numbers.setdefault(id(p), i)
            count += len(group["params"])
            groups.append({**{k: v for k, v in group.items() if k != "params"},
                           "params": [numbers[id(p)] for p in group["params"]]})
        state = {numbers[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        result: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():  # type: ignore[attr-defined]
            changed = hook(self, result)
            result = result if changed is None else changed
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` of an optimiser with groups of the same sizes gave.

        Floating-point state takes the dtype of its parameter. ValueError if the groups do not
        fit; then nothing has changed.
        """
        state_dict = state_dict.copy()
        hooks: Any = self._optimizer_load_state_dict_pre_hooks  # type: ignore[attr-defined]
        for hook in hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, saved, strict=True)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the "
                             "size of optimizer's group")
        owners = {key: (p, new) for group, new in zip(groups, saved, strict=True)
                  for key, p in zip(new["params"], group["params"], strict=True)}
        state: Any = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in owners:
                p, group = owners[key]
                state[p] = _fitted(p, group, value)
            else:
                state[key] = value
        for group, new in zip(groups, saved, strict=True):
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        hooks = self._optimizer_load_state_dict_post_hooks  # type: ignore[attr-defined]
        for hook in hooks.values():
            hook(self)

    # Steps
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                if set_to_none:
                    p.grad = None
                    continue
                if grad.grad_fn is not None:
                    p.grad = grad = grad.detach()
                else:
                    grad.requires_grad_(False)
                grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters by their gradients; ``closure`` computes the loss anew."""
        raise NotImplementedError

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with options of their own: a dict with the key ``"params"``."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, "
                            "but the ordering of tensors in sets will change between runs. Please "
                            "use a list instead.")
        given = [params] if isinstance(params, Tensor) else list(params)
        names = [p[0] for p in given if isinstance(p, tuple)]
        if names and len(names) != len(given):
            raise ValueError("all optimizer params should be with/without names. Some param names "
                             "are missing")
        tensors = [p[1] if isinstance(p, tuple) else p for p in given]
        self._check_params(tensors)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError("parameter group didn't specify a value of required optimization "
                                 f"parameter {name}")
        self._check_new(tensors, bool(names) or "param_names" in param_group)
        param_group["params"] = tensors
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    def _check_params(self, params: list[Any]) -> None:
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is "
                                + _typename(p))
            if not self.defaults.get("differentiable", None) and not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")

    def _check_new(self, params: list[Any], named: bool) -> None:
        if len(params) != len(set(params)):
            warnings.warn("optimizer contains a parameter group with duplicate parameters; in "
                          "future, this will cause an error", stacklevel=4)
        if self.param_groups and named != ("param_names" in self.param_groups[0]):
            raise ValueError("all optimizer param groups should be with/without names. cannot add "
                             f"param group {'with' if named else 'without'} names to the optimizer")
        known = {p for group in self.param_groups for p in group["params"]}
        if not known.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")


def _typename(value: Any) -> str:
    if isinstance(value, Tensor):
        return str(value.type())
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else (
        f"{cls.__module__}.{cls.__qualname__}")


def _fitted(param: Any, group: Group, value: Any, key: Any = None) -> Any:
    """Loaded state of ``param``, with tensors in the dtypes that the optimiser keeps."""
    if isinstance(value, Tensor):
        if key == "step":
            wide = group.get("capturable", False) or group.get("fused", False)
            return value.to(float32) if wide else value
        return value.to(param.dtype) if param.is_floating_point() else value
    if isinstance(value, dict):
        return {k: _fitted(param, group, v, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        kind: Any = type(value)
        return kind(_fitted(param, group, v) for v in value)
    return value


# ---- what the optimisers of this package share ----

class Bucket(NamedTuple):
    """Parameters of a group that have a gradient and have made the same number of steps."""

    params: list[Any]
    grads: list[Any]
    states: list[State]
    step: float

    def all(self, name: str) -> list[Any]:
        """The state called ``name`` of every parameter; none where the optimiser keeps none."""
        return [state[name] for state in self.states if name in state]


class Updating(Optimizer):
    """An optimiser that keeps a step count per parameter, and updates many in one operation."""

    counts = True
    """Whether the state has a step count."""
    options: ClassVar[dict[str, Any]] = {"foreach": None, "maximize": False, "capturable": False,
                               "differentiable": False}
    """Options that older saved groups may lack."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, default in self.options.items():
                group.setdefault(name, default)
            for p in group["params"]:
                known = self.state.get(p)
                if known and self.counts and not isinstance(known["step"], Tensor):
                    known["step"] = counter(float(known["step"]), group)

    def new_state(self, group: Group, p: Any) -> State:
        """The state of a parameter before its first step, but for the count."""
        raise NotImplementedError

    def update(self, group: Group, bucket: Bucket) -> None:
        """Record the update of the parameters in ``bucket``, which make their step number
        ``bucket.step``."""
        raise NotImplementedError

    @_use_grad_for_differentiable
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters by their gradients.

        With a ``closure``, which computes the loss and its gradients, returns the loss.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        exclusively(self._step)   # a step is whole, also where threads share the parameters
        return loss

    def _step(self) -> None:
        for group in self.param_groups:
            for bucket in self._buckets(group):
                self.update(group, bucket)
                if self.counts:
                    set_number(bucket.step, *bucket.all("step"))

    def _buckets(self, group: Group) -> Iterable[Bucket]:
        buckets: dict[Any, Bucket] = {}
        states, counts, stateless = self.state, self.counts, self.is_stateless(group)
        for p in group["params"]:
            grad = p.grad
            if grad is None:
                continue
            if grad.is_sparse:
                self.update_sparse(group, p, grad.coalesce())
                continue
            state: State = {} if stateless else states[p]
            step = self._next(group, p, state) if counts else 0.0
            kind = (step, self.kind(p, state))
            bucket = buckets.get(kind)
            if bucket is None:
                bucket = buckets[kind] = Bucket([], [], [], step)
            bucket.params.append(p)
            bucket.grads.append(grad)
            bucket.states.append(state)
        return buckets.values()

    def update_sparse(self, group: Group, p: Any, grad: Any) -> None:
        """Update a parameter by its sparse gradient; RuntimeError where that is not done."""
        raise RuntimeError(f"{type(self).__name__} does not support sparse gradients, please "
                           "consider SparseAdam instead")

    def _next(self, group: Group, p: Any, state: State) -> float:
        """The number of the step that ``p`` is to make; makes its state before the first."""
        if not state:
            if group.get("fused"):
                _check_fused(p)
            fresh = self.new_state(group, p)
            state["step"] = counter(0.0, group)
            state.update(fresh)
        return number_of(state["step"]) + 1

    def is_stateless(self, group: Group) -> bool:
        """Whether the parameters of a group need no state."""
        return False

    def kind(self, p: Any, state: State) -> Any:
        """Parameters of different kinds are updated by different operations."""
        return None


def _check_fused(p: Any) -> None:
    if not p.is_floating_point():
        raise RuntimeError("`fused=True` requires all the params to be floating point Tensors of "
                           f"supported devices: ['cpu'] but {p.dtype} and cpu")


def counter(count: float, group: Group) -> Any:
    """A step count as a tensor: float32, or float64 where that is the default."""
    wide = get_default_dtype() is float64 and not group.get("fused")
    return tensor(count, dtype=float64 if wide else float32)


def zeros(p: Any, *names: str) -> State:
    """State of zeros in the shape and dtype of ``p``, by name."""
    return {name: zeros_like(p, requires_grad=False) for name in names}


def or_none(number: Any) -> Any:
    """``number``, or None for 0: an update leaves out what it multiplies."""
    return number if isinstance(number, Tensor) or number != 0 else None


def decay(group: Group, lr: Any) -> tuple[Any, Any]:
    """The weight of the penalty in the gradient, and the factor of decoupled weight decay: one of
    them, or neither."""
    weight = group["weight_decay"]
    if not isinstance(weight, Tensor) and weight == 0:
        return None, None
    if group.get("decoupled_weight_decay"):
        return None, 1 - lr * weight
    return weight, None


def scalar(number: Any) -> Any:
    """``number``; a tensor of one element without dimensions."""
    return number.squeeze() if isinstance(number, Tensor) and number.dim() else number


def is_far(weight: Any) -> bool:
    """Whether an interpolation by ``weight`` starts from its end."""
    return not isinstance(weight, Tensor) and abs(weight) >= 0.5


# ---- checks of options, in PyTorch's words ----

def check_lr(lr: Any, text: str = "Invalid learning rate: {}") -> None:
    """ValueError for a negative learning rate, or a tensor of several."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check(lr >= 0.0, text, lr)


def check_betas(betas: Sequence[Any]) -> None:
    """ValueError for a decay rate outside [0, 1)."""
    for i, beta in enumerate(betas[:2]):
        check(0.0 <= beta < 1.0, f"Invalid beta parameter at index {i}: {{}}", beta)


def check(holds: Any, text: str, *values: Any) -> None:
    """ValueError with ``text`` about ``values`` unless ``holds``."""
    if not holds:
        raise ValueError(text.format(*values))


def check_fused(fused: Any, foreach: Any, differentiable: bool) -> None:
    """RuntimeError for options that exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]
