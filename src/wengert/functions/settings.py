"""Settings of the whole program: threads, precision, determinism, the default kind of tensor.

Results do not depend on them, but for the default dtype, and in their last bits on
:func:`use_deterministic_algorithms`: every operation is deterministic and computes in the precision
of its dtype.
"""

from __future__ import annotations

from typing import Any

from ..config import config
from ..engine.blas import set_threads
from ..engine.dtypes import set_default_dtype
from ..tensors.construction import TENSOR_TYPES, TensorType
from ..tensors.operators import Tensor

_PRECISIONS = ("highest", "high", "medium")
_LEGACY = {f"torch.{kind.__name__}": kind for kind in TENSOR_TYPES.values()}


class _Settings:
    """What was set."""

    threads = 1
    interop_threads = 1
    precision = "highest"
    deterministic = False
    warn_only = False
    warn_always = False


_settings = _Settings()


def _count(name: str, n: Any) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"{name} expects an int, but got {type(n).__name__}")
    if int(n) <= 0:
        raise RuntimeError(f"{name} expects a positive integer")
    return int(n)


def set_num_threads(n: int) -> None:
    """The number of threads of one operation, products by BLAS among them. RuntimeError unless it
    is positive."""
    n = _count("set_num_threads", n)
    set_threads(n)
    if hasattr(config, "threads"):
        config.__setattr__("threads", n)
    _settings.threads = n


def get_num_threads() -> int:
    """The number of threads of one operation."""
    return int(getattr(config, "threads", None) or _settings.threads)


def set_num_interop_threads(n: int) -> None:
    """Keep the number of threads that run operations side by side; here they run one by one."""
    _settings.interop_threads = _count("set_num_interop_threads", n)


def get_num_interop_threads() -> int:
    """What :func:`set_num_interop_threads` was given."""
    return _settings.interop_threads


def set_float32_matmul_precision(precision: str) -> None:
    """Keep ``"highest"``, ``"high"`` or ``"medium"``; products of float32 are made in float32."""
    if precision not in _PRECISIONS:
        raise RuntimeError(f"expected one of {', '.join(_PRECISIONS)}, but got {precision!r}")
    _settings.precision = precision


def get_float32_matmul_precision() -> str:
    """What :func:`set_float32_matmul_precision` was given."""
    return _settings.precision


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Whether the same program gives the same bits each time that it runs in a process.

    Every operation is deterministic, so a program that runs anew gives them in any case. By default
    a program that comes again is compiled, and the last bits of its results may change then; with
    ``mode`` it is compiled before its first run.
    """
    config.keep_one_tier(bool(mode) - _settings.deterministic)
    _settings.deterministic, _settings.warn_only = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What :func:`use_deterministic_algorithms` was given."""
    return _settings.deterministic


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What :func:`use_deterministic_algorithms` was given as ``warn_only``."""
    return _settings.warn_only


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Keep 0, 1 or 2: ``"default"``, ``"warn"`` or ``"error"``."""
    modes = ("default", "warn", "error")
    if isinstance(debug_mode, str):
        if debug_mode not in modes:
            raise RuntimeError("invalid value of debug_mode, expected one of `default`, `warn`, "
                               f"`error`, but got {debug_mode}")
        debug_mode = modes.index(debug_mode)
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2, as in :func:`set_deterministic_debug_mode`."""
    return (1 if _settings.warn_only else 2) if _settings.deterministic else 0


def set_warn_always(b: bool) -> None:
    """Keep the switch."""
    _settings.warn_always = bool(b)


def is_warn_always_enabled() -> bool:
    """What :func:`set_warn_always` was given."""
    return _settings.warn_always


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy keeps denormal numbers."""
    return False


def set_default_tensor_type(t: Any) -> None:
    """The default dtype, by a tensor type or its name: ``"torch.DoubleTensor"``."""
    kind = _LEGACY.get(t) if isinstance(t, str) else t
    if not isinstance(kind, TensorType):
        raise TypeError(f"invalid type object: {t!r}; give a floating tensor type, such as "
                        "torch.DoubleTensor, or its name")
    set_default_dtype(kind.dtype)


def typename(obj: Any) -> str:
    """``"torch.FloatTensor"`` for a tensor, the qualified name of the type for the rest."""
    if isinstance(obj, Tensor):
        name: str = obj.type()
        return name
    module = getattr(obj, "__module__", "") or ""
    named = getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None)
    if named:
        name = str(named)
    else:
        module, name = type(obj).__module__, type(obj).__qualname__
    return name if module in ("", "builtins") else f"{module}.{name}"


def is_inference(input: Any) -> bool:
    """False: tensors of ``inference_mode`` are like others."""
    return False


def is_neg(input: Any) -> bool:
    """False: negation is computed, not marked."""
    return False


def is_distributed(input: Any) -> bool:
    """False."""
    return False


def is_same_size(input: Any, other: Any) -> bool:
    """Whether the shapes are equal."""
    return bool(input.shape == other.shape)


def get_device(input: Any) -> int:
    """-1, the number of the CPU."""
    return -1


def is_storage(obj: Any) -> bool:
    """Whether ``obj`` is a storage."""
    return hasattr(obj, "nbytes") and type(obj).__name__ in ("UntypedStorage", "TypedStorage")


def compiled_with_cxx11_abi() -> bool:
    """True; nothing is compiled."""
    return True


__all__ = [
    "get_device", "is_distributed", "is_inference", "is_neg", "is_same_size",
    "are_deterministic_algorithms_enabled", "compiled_with_cxx11_abi",
    "get_deterministic_debug_mode", "get_float32_matmul_precision", "get_num_interop_threads",
    "get_num_threads", "is_deterministic_algorithms_warn_only_enabled", "is_storage",
    "is_warn_always_enabled", "set_default_tensor_type", "set_deterministic_debug_mode",
    "set_float32_matmul_precision", "set_flush_denormal", "set_num_interop_threads",
    "set_num_threads", "set_warn_always", "typename", "use_deterministic_algorithms",
]
