"""``torch.nn.init``: filling parameters with first values, with PyTorch's numbers.

Each function writes to its tensor without recording a gradient, and returns it. The scales of
``xavier_*`` are those of Glorot and Bengio (2010), of ``kaiming_*`` those of He et al. (2015),
``orthogonal_`` is from Saxe et al. (2013).
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.modes import no_grad
from ..functions.choices import where
from ..tensors.creation import empty_like
from ..tensors.creation import eye as identity
from ..tensors.data import as_tensor
from ..tensors.random import randperm

_GAINS = {"linear": 1, "conv1d": 1, "conv2d": 1, "conv3d": 1, "conv_transpose1d": 1,
          "conv_transpose2d": 1, "conv_transpose3d": 1, "sigmoid": 1, "tanh": 5.0 / 3,
          "relu": math.sqrt(2.0), "selu": 3.0 / 4}


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    """The number of inputs of a unit, or of outputs, as ``mode`` says; ValueError for another."""
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The factor that keeps the variance through ``nonlinearity``; ``param`` is the negative slope
    of ``"leaky_relu"``. ValueError for a name that has none."""
    if nonlinearity == "leaky_relu":
        if param is None:
            slope = 0.01
        elif isinstance(param, (int, float)) and not isinstance(param, bool):
            slope = param
        else:
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _GAINS[nonlinearity]


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
    """Fill with numbers drawn evenly from [a, b)."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Any:
    """Fill with numbers drawn from the normal distribution."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0,
                  b: float = 2.0, generator: Any = None) -> Any:
    """Fill with numbers drawn from the normal distribution cut to [a, b]."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The "
                      "distribution of values may be incorrect.", stacklevel=2)
    inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
    with no_grad():
        draw = _redrawn if inside > 0.3 else _accepted
        return draw(tensor, mean, std, a, b, generator)


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redrawn(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> Any:
    """Draw from the whole normal distribution until all numbers are in [a, b]."""
    result = tensor.normal_(mean, std, generator=generator).detach()
    while True:
        outside = (result < a) | (result > b)
        if not outside.any():
            return tensor.copy_(result)
        again = empty_like(result).normal_(mean, std, generator=generator)
        result = where(outside, again, result)


def _accepted(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> Any:
    """Draw evenly from [a, b], and keep a number with the probability that its density has."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    result, pending = None, None
    while True:
        drawn = empty_like(tensor).uniform_(a, b, generator=generator)
        density = ((drawn - mean) / std) ** 2 * -0.5 - peak
        refused = empty_like(tensor).uniform_(generator=generator).log_() > density
        result = drawn if result is None else where(pending, drawn, result)
        pending = refused if pending is None else pending & refused
        if not pending.any():
            return tensor.copy_(result)


def constant_(tensor: Any, val: float) -> Any:
    """Fill with ``val``."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Any) -> Any:
    """Fill with ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Any) -> Any:
    """Fill with zeros."""
    with no_grad():
        return tensor.zero_()


def eye_(tensor: Any) -> Any:
    """Fill a matrix with the identity."""
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(identity(*tensor.shape))


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """Fill the weight of a convolution (3 to 5 dimensions) so that it keeps its input channels, as
    many as there are, in each of ``groups``."""
    dims = tensor.ndimension()
    if dims not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    out, into, *kernel = tensor.shape
    if out % groups:
        raise ValueError("dim 0 must be divisible by groups")
    each = out // groups
    new = np.zeros(tuple(tensor.shape), np.float32)
    middle = tuple(size // 2 for size in kernel)
    for group in range(groups):
        for channel in range(min(each, into)):
            new[(group * each + channel, channel, *middle)] = 1
    with no_grad():
        return tensor.copy_(as_tensor(new))


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 "
                         "dimensions")
    out, into, *field = tensor.shape
    size = math.prod(field)
    return into * size, out * size


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Fill evenly from [-a, a), ``a = gain * sqrt(6 / (fan_in + fan_out))``."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    a = math.sqrt(3.0) * (gain * math.sqrt(2.0 / float(fan_in + fan_out)))
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Fill from the normal distribution, ``std = gain * sqrt(2 / (fan_in + fan_out))``."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)), generator)


def _kaiming_std(tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(tensor: Any, a: float = 0, mode: str = "fan_in",
                     nonlinearity: str = "leaky_relu", generator: Any = None) -> Any:
    """Fill evenly from [-c, c), ``c = gain * sqrt(3 / fan)``; ``a`` is the slope of leaky ReLU."""
    if _is_empty(tensor):
        return tensor
    c = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -c, c, generator)


def kaiming_normal_(tensor: Any, a: float = 0, mode: str = "fan_in",
                    nonlinearity: str = "leaky_relu", generator: Any = None) -> Any:
    """Fill from the normal distribution, ``std = gain / sqrt(fan)``."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _is_empty(tensor: Any) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def orthogonal_(tensor: Any, gain: float = 1, generator: Any = None) -> Any:
    """Fill with a matrix of orthonormal rows or columns, times ``gain``; dimensions after the first
    are taken together."""
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    cols = tensor.numel() // rows
    with no_grad():
        drawn = tensor.new_empty((rows, cols)).normal_(0, 1, generator=generator).numpy()
        q, r = np.linalg.qr(drawn.T if rows < cols else drawn)
        q = q * np.sign(np.diagonal(r))
        q = np.ascontiguousarray(q.T if rows < cols else q)
        return tensor.copy_(as_tensor(q).view(*tensor.shape)).mul_(gain)


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Any:
    """Fill a matrix from the normal distribution, and make a share ``sparsity`` of each column 0.
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, cols = tensor.shape
    count = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        dropped = np.stack([randperm(rows).numpy()[:count] for _ in range(cols)], 1)
        kept = np.ones((rows, cols), bool)
        np.put_along_axis(kept, dropped, False, 0)
        return tensor.masked_fill_(as_tensor(~kept), 0.0)


def _older(fill: Callable[..., Any]) -> Callable[..., Any]:
    """``fill`` under its name without the underscore, with a warning."""
    old, new = fill.__name__[:-1], fill.__name__

    @functools.wraps(fill)
    def deprecated(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.",
                      FutureWarning, stacklevel=2)
        return fill(*args, **kwargs)

    deprecated.__name__ = deprecated.__qualname__ = old
    deprecated.__doc__ = f"The older name of :func:`{new}`."
    return deprecated


uniform, normal, constant = _older(uniform_), _older(normal_), _older(constant_)
eye, dirac, sparse = _older(eye_), _older(dirac_), _older(sparse_)
orthogonal = _older(orthogonal_)
xavier_uniform, xavier_normal = _older(xavier_uniform_), _older(xavier_normal_)
kaiming_uniform, kaiming_normal = _older(kaiming_uniform_), _older(kaiming_normal_)

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal",
    "kaiming_normal_", "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_",
    "orthogonal", "orthogonal_", "sparse", "sparse_", "trunc_normal_", "uniform", "uniform_",
    "xavier_normal", "xavier_normal_", "xavier_uniform", "xavier_uniform_", "zeros_",
]
