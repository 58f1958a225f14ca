"""``torch.amp``: mixed precision, which is off here.

``autocast`` on a device that is not there does nothing but warn, as in PyTorch, so programs written
for CUDA run in float32. ``GradScaler`` on such a device passes everything through; on the CPU it
scales.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from ..engine.dtypes import DType, bfloat16, float16
from ..names.missing import answer_missing_names


class autocast:
    """A block, or a function as a decorator, in mixed precision.

    On ``"cuda"`` and other devices that are not there it warns and does nothing. On the CPU
    ``enabled=True`` raises NotImplementedError: operations keep the dtype of their arguments.
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
        self.fast_dtype = dtype or (bfloat16 if device_type == "cpu" else float16)
        self._enabled = enabled

    def __enter__(self) -> autocast:
        if self._enabled:
            raise NotImplementedError(
                "torch.amp.autocast on the CPU is not in wengert: operations compute in the dtype "
                "of their arguments. Use enabled=False, or .to(torch.bfloat16)")
        return self

    def __exit__(self, *error: Any) -> None:
        return None

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


def custom_fwd(fwd: Any = None, *, device_type: str = "cpu", cast_inputs: Any = None) -> Any:
    """The function itself, also as a decorator with arguments."""
    return fwd if fwd is not None else lambda fwd: fwd


def custom_bwd(bwd: Any = None, *, device_type: str = "cpu") -> Any:
    """The function itself, also as a decorator with arguments."""
    return bwd if bwd is not None else lambda bwd: bwd


def is_autocast_available(device_type: str) -> bool:
    """False."""
    return False


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """False."""
    return False


def is_autocast_cpu_enabled() -> bool:
    """False."""
    return False


def get_autocast_dtype(device_type: str) -> DType:
    """The dtype that mixed precision would take: bfloat16 on the CPU, float16 elsewhere."""
    return bfloat16 if device_type == "cpu" else float16


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "get_autocast_dtype",
           "is_autocast_available", "is_autocast_cpu_enabled", "is_autocast_enabled"]
answer_missing_names(__name__)
