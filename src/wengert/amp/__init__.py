"""``torch.amp``: mixed precision.

``autocast`` has products in bfloat16 on the CPU (``tensors/casting.py`` says which functions); on
a device that is not there it does nothing but warn, as in PyTorch, so programs written for CUDA run
in float32. ``GradScaler`` on such a device passes everything through; on the CPU it scales.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from ..engine.dtypes import DType, bfloat16, float16
from ..names.missing import answer_missing_names
from ..tensors import casting


class autocast:
    """A block, or a function as a decorator, in mixed precision: products and convolutions compute
    in ``dtype``, bfloat16 by default, losses, factorisations and transforms in float32, everything
    else in the dtype of its arguments (``tensors/casting.py`` has the lists). The conversions are
    recorded, so gradients arrive in the dtypes of the parameters. float64 is left as it is.

    On ``"cuda"`` and other devices that are not there it warns and does nothing.

    >>> layer = torch.nn.Linear(3, 2)
    >>> with torch.autocast("cpu"):
    ...     y = layer(torch.ones(1, 3))
    >>> y.dtype
    torch.bfloat16
    >>> y.float().sum().backward()
    >>> layer.weight.grad.dtype
    torch.float32
    """

    def __init__(self, device_type: str, dtype: DType | None = None, enabled: bool = True,
                 cache_enabled: bool | None = None) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if enabled and device_type != "cpu":
            warnings.warn(f"User provided device_type of '{device_type}', but "
                          f"{device_type.upper()} is not available. Disabling", stacklevel=2)
            enabled = False
        self.device = self.device_type = device_type
        self.fast_dtype = dtype or get_autocast_dtype(device_type)
        if enabled and self.fast_dtype not in (bfloat16, float16):
            warnings.warn("In CPU autocast, but the target dtype is not supported. Disabling "
                          "autocast. CPU Autocast only supports dtype of torch.bfloat16, "
                          "torch.float16 currently.", stacklevel=2)
            enabled = False
        self._enabled = enabled
        self._before: list[Any] = []

    def __enter__(self) -> autocast:
        policy = casting.current()
        if self._enabled:
            casting.begin()
            policy = casting.Policy(self.fast_dtype)
        elif self.device == "cpu":
            policy = None
        self._before.append(casting.put(policy))
        return self

    def __exit__(self, *error: Any) -> None:
        casting.put(self._before.pop())

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)
        return inside


class GradScaler:
    """Scales a loss so that small gradients do not vanish, and undoes it before the step.

    After a step with an infinite or NaN gradient, which is left out, the scale shrinks; after
    ``growth_interval`` steps without one it grows. With ``enabled=False``, and on a device that is
    not there, all is passed through.
    """

    def __init__(self, device: str = "cuda", init_scale: float = 2.0**16,
                 growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True) -> None:
        if enabled and device != "cpu":
            warnings.warn(f"torch.{device}.amp.GradScaler is enabled, but "
                          f"{device.upper()} is not available.  Disabling.", stacklevel=2)
            enabled = False
        if growth_factor <= 1.0 or not backoff_factor < 1.0:
            raise AssertionError("The growth factor must be > 1.0, the backoff factor < 1.0")
        self._device, self._enabled = device, enabled
        self._scale, self._since_growth = float(init_scale), 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._unscaled: dict[int, bool] = {}   # by the optimizer's id: whether all was finite

    def scale(self, outputs: Any) -> Any:
        """A tensor, or tensors in lists and tuples, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, (list, tuple)):
            return type(outputs)(self.scale(each) for each in outputs)
        return outputs * self._scale

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of the optimizer's parameters by the scale. RuntimeError if that was
        done since the last :meth:`update`."""
        if not self._enabled:
            return
        if id(optimizer) in self._unscaled:
            raise RuntimeError("unscale_() has already been called on this optimizer since the "
                               "last update().")
        grads = [p.grad for group in optimizer.param_groups for p in group["params"]
                 if p.grad is not None]
        checks = []
        for grad in grads:
            grad.mul_(1.0 / self._scale)
            checks.append(grad.isfinite().all())
        self._unscaled[id(optimizer)] = all(bool(check) for check in checks)

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step()``, unless a gradient is infinite or NaN."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        if id(optimizer) not in self._unscaled:
            self.unscale_(optimizer)
        return optimizer.step(*args, **kwargs) if self._unscaled[id(optimizer)] else None

    def update(self, new_scale: Any = None) -> None:
        """The scale for the next iteration."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not all(self._unscaled.values()):
            self._scale, self._since_growth = self._scale * self._backoff_factor, 0
        else:
            self._since_growth += 1
            if self._since_growth == self._growth_interval:
                self._scale, self._since_growth = self._scale * self._growth_factor, 0
        self._unscaled.clear()

    def get_scale(self) -> float:
        """The scale; 1 where all is passed through."""
        return self._scale if self._enabled else 1.0

    def is_enabled(self) -> bool:
        """Whether it scales."""
        return self._enabled

    def get_growth_factor(self) -> float:
        """What the scale grows by."""
        return self._growth_factor

    def get_backoff_factor(self) -> float:
        """What the scale shrinks by."""
        return self._backoff_factor

    def get_growth_interval(self) -> int:
        """After how many good steps the scale grows."""
        return self._growth_interval

    def state_dict(self) -> dict[str, Any]:
        """The state, empty where all is passed through."""
        if not self._enabled:
            return {}
        return {"scale": self._scale, "growth_factor": self._growth_factor,
                "backoff_factor": self._backoff_factor, "growth_interval": self._growth_interval,
                "_growth_tracker": self._since_growth}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a state."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError("The source state dict is empty, possibly because it was saved from "
                               "a disabled instance of GradScaler.")
        self._scale = float(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._since_growth = state_dict["_growth_tracker"]


def custom_fwd(fwd: Any = None, *, device_type: str = "cpu",
               cast_inputs: DType | None = None) -> Any:
    """A decorator of the ``forward`` of a custom function. With ``cast_inputs``, a call inside a
    block of mixed precision gets its floating-point tensors in that dtype, and runs outside of the
    block; without, it runs in the block that there is, and so does its backward
    (:func:`custom_bwd`)."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        ctx._cast = before = casting.current()
        if cast_inputs is None or before is None:
            return fwd(ctx, *args, **kwargs)
        ctx._cast = None
        casting.put(None)
        try:
            return fwd(ctx, *casting.converted(args, cast_inputs),
                       **{name: casting.converted(each, cast_inputs)
                          for name, each in kwargs.items()})
        finally:
            casting.put(before)
    return decorated


def custom_bwd(bwd: Any = None, *, device_type: str = "cpu") -> Any:
    """A decorator of the ``backward`` of a custom function: it computes in the precision that its
    ``forward`` did, which :func:`custom_fwd` has noted."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        before = casting.put(ctx._cast)
        try:
            return bwd(ctx, *args, **kwargs)
        finally:
            casting.put(before)
    return decorated


def is_autocast_available(device_type: str) -> bool:
    """Whether there is mixed precision on a device: on the CPU."""
    return device_type == "cpu"


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether a block of mixed precision is open for the device."""
    return device_type == "cpu" and casting.current() is not None


def is_autocast_cpu_enabled() -> bool:
    """Whether a block of mixed precision is open for the CPU."""
    return casting.current() is not None


def get_autocast_dtype(device_type: str) -> DType:
    """The dtype of mixed precision: that of the block that is open, else bfloat16 on the CPU and
    float16 elsewhere."""
    if device_type != "cpu":
        return float16
    policy = casting.current()
    return bfloat16 if policy is None else policy.dtype


def get_autocast_cpu_dtype() -> DType:
    """``get_autocast_dtype("cpu")``."""
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> DType:
    """``get_autocast_dtype("cuda")``."""
    return get_autocast_dtype("cuda")


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "get_autocast_cpu_dtype",
           "get_autocast_dtype", "get_autocast_gpu_dtype", "is_autocast_available",
           "is_autocast_cpu_enabled", "is_autocast_enabled"]
answer_missing_names(__name__)
