"""Names of ``torch`` with an underscore that packages use: ``torch._foreach_add_``, ``_assert``.

``names/missing.py`` looks here for them. A ``_foreach_`` function does the same to each tensor of a
list; what it records runs as one program, so nothing has to be fused by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import linalg
from .tensors.data import tensor
from .tensors.operators import Tensor

Tensors = Sequence[Tensor]
_UNARY = [
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "erf", "erfc", "exp", "expm1",
    "floor", "frac", "lgamma", "log", "log10", "log1p", "log2", "neg", "reciprocal", "round",
    "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"]
_BINARY = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "clamp_min", "clamp_max"]


def _each(name: str, tensors: Tensors, other: Any, **options: Any) -> list[Tensor]:
    """The method of each tensor, with a number, a tensor, or one of a list for each."""
    others = other if isinstance(other, (list, tuple)) else [other] * len(tensors)
    if len(others) != len(tensors):
        raise RuntimeError(f"Tensor lists must have the same number of tensors, got {len(tensors)} "
                           f"and {len(others)}")
    return [_applied(name, x, y, options) for x, y in zip(tensors, others, strict=True)]


def _applied(name: str, x: Any, y: Any, options: dict[str, Any]) -> Tensor:
    if name.rstrip("_") in ("maximum", "minimum") and not isinstance(y, Tensor):
        name = name.replace("maximum", "clamp_min").replace("minimum", "clamp_max")
    elif name in ("maximum_", "minimum_"):
        return _written(x, getattr(x, name[:-1])(y))
    made: Tensor = getattr(x, name)(y, **options)
    return made


def _written(x: Any, value: Any) -> Tensor:
    made: Tensor = x.copy_(value)
    return made


def _unary(name: str) -> Callable[..., Any]:
    def foreach(self: Tensors) -> Any:
        made = [getattr(x, name)() for x in self]
        return None if name.endswith("_") else tuple(made)
    return foreach


def _binary(name: str) -> Callable[..., Any]:
    def foreach(self: Any, other: Any = None, scalar: Any = None, alpha: Any = None, *,
                scalars: Any = None, exponent: Any = None) -> Any:
        given = next((each for each in (other, scalar, scalars, exponent) if each is not None),
                     None)
        if not isinstance(self, (list, tuple)):   # _foreach_pow(2, tensors)
            return tuple(self ** x for x in given or ())
        made = _each(name, self, given, **({} if alpha is None else {"alpha": alpha}))
        return None if name.endswith("_") else tuple(made)
    return foreach


def _ternary(name: str) -> Callable[..., Any]:
    def foreach(self: Tensors, tensor1: Tensors, tensor2: Tensors, value: Any = 1, *,
                scalars: Any = None) -> Any:
        given = value if scalars is None else scalars
        if isinstance(given, Tensor) and given.dim():
            given = given.tolist()
        values = given if isinstance(given, (list, tuple)) else [given] * len(self)
        made = [getattr(x, name)(a, b, value=v)
                for x, a, b, v in zip(self, tensor1, tensor2, values, strict=True)]
        return None if name.endswith("_") else tuple(made)
    return foreach


def _lerp(name: str) -> Callable[..., Any]:
    def foreach(self: Tensors, tensors1: Tensors, weight: Any = None, *, weights: Any = None,
                scalars: Any = None) -> Any:
        given = next(each for each in (weight, weights, scalars) if each is not None)
        each_weight = given if isinstance(given, (list, tuple)) else [given] * len(self)
        made = [getattr(x, name)(y, w)
                for x, y, w in zip(self, tensors1, each_weight, strict=True)]
        return None if name.endswith("_") else tuple(made)
    return foreach


def _foreach_norm(self: Tensors, ord: Any = 2, dtype: Any = None) -> tuple[Tensor, ...]:
    """The norm of all elements of each tensor."""
    return tuple(linalg.vector_norm(x, ord, dtype=dtype) for x in self)


def _foreach_max(self: Tensors) -> tuple[Tensor, ...]:
    """The largest element of each tensor."""
    return tuple(x.max() for x in self)


def _foreach_zero_(self: Tensors) -> None:
    """Write zeros to each tensor."""
    for x in self:
        x.zero_()


def _foreach_copy_(self: Tensors, src: Tensors, non_blocking: bool = False) -> None:
    """Write each of ``src`` to the tensor in its place."""
    for x, y in zip(self, src, strict=True):
        x.copy_(y)


def _enter() -> None:
    made = {f"{name}{end}": make(f"{name}{end}") for make, names in (
        (_unary, _UNARY), (_binary, _BINARY), (_ternary, ["addcmul", "addcdiv"]), (_lerp, ["lerp"]))
        for name in names for end in ("", "_")}
    for name, function in made.items():
        function.__name__ = function.__qualname__ = f"_foreach_{name}"
        function.__doc__ = f"``Tensor.{name}`` of each tensor of a list."
        globals()[f"_foreach_{name}"] = function


_enter()


# ---- assertions ----

def _assert(condition: Any, message: str = "") -> None:
    """AssertionError unless the condition holds."""
    if not bool(condition):
        raise AssertionError(message)


def _assert_async(condition: Any, message: str = "") -> None:
    """RuntimeError unless the condition holds."""
    if not bool(condition):
        raise RuntimeError(message or "Expected Tensor with single nonzero value")


def _said(message: Any, default: str) -> str:
    return str(message() if callable(message) else default if message is None else message)


def _check_with(error: type[Exception], cond: Any, message: Any = None) -> None:
    """``error`` unless the condition holds; ``message`` may be a function."""
    if not cond:
        raise error(_said(message, "Expected cond to be True, but got False."))


def _check(cond: Any, message: Any = None) -> None:
    """RuntimeError unless the condition holds."""
    _check_with(RuntimeError, cond, message)


def _check_is_size(i: Any, message: Any = None, *, max: Any = None) -> None:
    """RuntimeError for a negative size."""
    _check(i >= 0, message)


def _check_index(cond: Any, message: Any = None) -> None:
    """IndexError unless the condition holds."""
    _check_with(IndexError, cond, message)


def _check_value(cond: Any, message: Any = None) -> None:
    """ValueError unless the condition holds."""
    _check_with(ValueError, cond, message)


def _check_type(cond: Any, message: Any = None) -> None:
    """TypeError unless the condition holds."""
    _check_with(TypeError, cond, message)


def _check_not_implemented(cond: Any, message: Any = None) -> None:
    """NotImplementedError unless the condition holds."""
    _check_with(NotImplementedError, cond, message)


def _check_tensor_all_with(error: type[Exception], cond: Any, message: Any = None) -> None:
    """``error`` unless all elements are True."""
    _check_with(error, bool(cond.all()), message)


def _check_tensor_all(cond: Any, message: Any = None) -> None:
    """RuntimeError unless all elements are True."""
    _check_tensor_all_with(RuntimeError, cond, message)


# ---- functions ----

def _shape_as_tensor(x: Tensor) -> Tensor:
    """The shape, as integers."""
    made: Tensor = tensor(list(x.shape))
    return made


def _cast_Long(x: Tensor, non_blocking: bool = False) -> Tensor:
    """``x.long()``."""
    made: Tensor = x.long()
    return made


def _cast_Float(x: Tensor, non_blocking: bool = False) -> Tensor:
    """``x.float()``."""
    made: Tensor = x.float()
    return made


def _softmax_backward_data(grad_output: Tensor, output: Tensor, dim: int,
                           input_dtype: Any = None) -> Tensor:
    """The gradient of ``softmax`` in its argument, from its result."""
    made: Tensor = output * (grad_output - (grad_output * output).sum(dim, keepdim=True))
    return made if input_dtype is None else made.to(input_dtype)


def _has_compatible_shallow_copy_type(x: Tensor, other: Tensor) -> bool:
    """Whether one may become the other's ``.data``: both are dense."""
    return x.dtype == other.dtype


def _is_zerotensor(x: Tensor) -> bool:
    """False."""
    return False


def _linalg_check_errors(info: Tensor, name: str, *, is_matrix: bool = True) -> None:
    """RuntimeError where a factorisation says that it failed."""
    if bool((info != 0).any()):
        raise RuntimeError(f"{name}: the factorization could not be completed")
