"""The activation functions of ``torch.nn.functional``, each a formula in primitives.

``inplace`` is accepted for the signature's sake: at the level of nodes there is nothing to write
to.
"""

from __future__ import annotations

import math

from ..engine.dtypes import FLOAT, bool_, uint8
from ..engine.graph import Node, lift
from ..engine.ops import bessel, special
from ..engine.ops import elementwise as el
from ..engine.ops.complex_numbers import modulus
from ..engine.ops.structural import reshape
from ..engine.recording.operation import as_dtype, floating, operation, single
from .arithmetic import not_bool, not_implemented

_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _floating(input: Node, kernel: str) -> Node:
    if not input.dtype.is_floating_point:
        raise not_implemented(kernel, input)
    return input


def _fitting(number: float, input: Node) -> Node:
    """A number as what is computed with integers takes it."""
    if input.dtype.category >= FLOAT:
        return lift(number)
    if not math.isfinite(number):
        raise RuntimeError(f"value cannot be converted to type int64_t without overflow: {number}")
    return lift(int(number))


@operation("ReluBackward0", inplace=True, pieces=True)
def relu(input: Node, inplace: bool = False) -> Node:
    """``max(input, 0)``; its derivative at 0 is 0."""
    if input.dtype is bool_:
        raise RuntimeError("Boolean inputs not supported for relu")
    if input.dtype.is_complex:
        raise not_implemented("clamp_min_scalar_cpu", input)
    return el.relu(input)


@operation("ThresholdBackward0", methods=(), pieces=True)
def threshold(input: Node, threshold: float, value: float, inplace: bool = False) -> Node:
    """``input`` where it is above ``threshold``, and ``value`` elsewhere."""
    low, chosen = _fitting(threshold, input), _fitting(value, input)
    return el.where(el.le(input, low), chosen, input)


@operation("HardtanhBackward0", methods=(), pieces=True)
def hardtanh(input: Node, min_val: float = -1.0, max_val: float = 1.0,
             inplace: bool = False) -> Node:
    """``input`` clamped to ``[min_val, max_val]``; its derivative at both ends is 0."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if input.dtype is bool_:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if input.dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")
    if input.dtype is uint8 and int(min_val) < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    low, high = _fitting(min_val, input), _fitting(max_val, input)
    below = el.where(el.ge(input, high), high, input)
    out = el.where(el.le(input, low), low, below)
    return el.add(out, lift(math.nan)) if math.isnan(min_val + max_val) else out


@operation("HardtanhBackward0", methods=(), pieces=True)
def relu6(input: Node, inplace: bool = False) -> Node:
    """``min(max(input, 0), 6)``."""
    return hardtanh(input, 0.0, 6.0)


@operation("LeakyReluBackward0", methods=(), pieces=True)
def leaky_relu(input: Node, negative_slope: float = 0.01, inplace: bool = False) -> Node:
    """``input`` above 0, and ``negative_slope * input`` elsewhere."""
    x = _floating(input, "leaky_relu_cpu")
    return el.where(el.gt(x, lift(0)), x, x * negative_slope)


@operation("PreluBackward0", pieces=True)
def prelu(input: Node, weight: Node) -> Node:
    """``input`` above 0, and ``weight * input`` elsewhere.

    ``weight`` has one element, or one per channel: ``input.shape[1]``.
    """
    x = _floating(input, "prelu_cpu")
    if x.dtype is not weight.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {x.dtype.name} and "
                           f"{weight.dtype.name}")
    if weight.ndim > 1:
        raise RuntimeError("prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = "
                           f"{weight.ndim}")
    if weight.size != 1:
        if not x.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = x.shape[1] if x.ndim > 1 else 1
        if weight.size != channels:
            raise RuntimeError("Mismatch of parameter numbers and input channel size. Found "
                               f"parameter numbers = {weight.size}, and channel size = "
                               f"{channels}.")
    if x.ndim != weight.ndim:
        shape = () if not x.ndim else (weight.size, *(1,) * max(x.ndim - 2, 0))
        weight = reshape(weight, shape=shape)
    return el.where(el.gt(x, lift(0)), x, el.mul(weight, x))


def _elu(x: Node, alpha: float, inner: float = 1.0) -> Node:
    """``x`` above 0, and ``alpha * (exp(inner * x) - 1)`` elsewhere."""
    low = el.clamp_max(x, lift(0.0))
    return el.where(el.gt(x, lift(0)), x,
                    el.expm1(low if inner == 1 else low * inner) * alpha)


@operation("EluBackward0", methods=())
def elu(input: Node, alpha: float = 1.0, inplace: bool = False) -> Node:
    """``input`` above 0, and ``alpha * (exp(input) - 1)`` elsewhere."""
    return _elu(_floating(input, "elu_cpu"), alpha)


@operation("EluBackward0", methods=())
def selu(input: Node, inplace: bool = False) -> Node:
    """``scale * elu(input, alpha)`` with the constants of Klambauer et al. (2017)."""
    x = _floating(input, "elu_cpu")
    return as_dtype(_elu(single(x), _SELU_ALPHA) * _SELU_SCALE, x.dtype)


@operation("CeluBackward0", methods=())
def celu(input: Node, alpha: float = 1.0, inplace: bool = False) -> Node:
    """``input`` above 0, and ``alpha * (exp(input / alpha) - 1)`` elsewhere."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _elu(_floating(input, "elu_cpu"), alpha, 1 / alpha)


@operation("GeluBackward0", methods=())
def gelu(input: Node, approximate: str = "none") -> Node:
    """``input * P(N <= input)`` for a standard normal N (Hendrycks and Gimpel, 2016).

    ``approximate="tanh"`` takes their approximation of the normal distribution by a tanh.
    """
    x = single(_floating(input, "GeluKernelImpl"))
    if approximate == "none":
        return as_dtype(el.mul(x, bessel.ndtr(x)), input.dtype)
    if approximate != "tanh":
        raise RuntimeError("approximate argument must be either none or tanh.")
    grown = el.sigmoid((x + el.cube(x) * 0.044715) * math.sqrt(8 / math.pi))   # (1 + tanh) / 2
    return as_dtype(el.mul(x, grown), input.dtype)


@operation("SiluBackward0", methods=())
def silu(input: Node, inplace: bool = False) -> Node:
    """``input * sigmoid(input)``."""
    if not input.dtype.is_differentiable:
        raise not_implemented("silu_cpu", input)
    x = single(input)
    return as_dtype(el.mul(x, el.sigmoid(x)), input.dtype)


def _softplus(x: Node) -> Node:
    return el.logaddexp(x, lift(0.0))


@operation("MishBackward0", methods=())
def mish(input: Node, inplace: bool = False) -> Node:
    """``input * tanh(softplus(input))``."""
    x = single(_floating(input, "mish_cpu"))
    return as_dtype(el.mul(x, el.tanh(_softplus(x))), input.dtype)


@operation("SoftplusBackward0", methods=())
def softplus(input: Node, beta: float = 1, threshold: float = 20) -> Node:
    """``log(1 + exp(beta * input)) / beta``, and ``input`` where ``beta * input > threshold``."""
    x = _floating(input, "softplus_cpu")
    scaled = x if beta == 1 else x * beta
    soft = _softplus(scaled)
    return el.where(el.gt(scaled, lift(threshold)), x, soft if beta == 1 else soft / beta)


@operation("LogSigmoidBackward0", methods=())
def logsigmoid(input: Node) -> Node:
    """``log(1 / (1 + exp(-input)))``, without overflow."""
    return -_softplus(-_floating(input, "log_sigmoid_cpu"))


@operation("DivBackward0", methods=())
def softsign(input: Node) -> Node:
    """``input / (1 + abs(input))``."""
    x = as_dtype(input, floating(input.dtype))
    if x.dtype.is_complex:
        return el.div(x, el.cast(1 + modulus(x), dtype=x.dtype))
    wide = single(x)
    return as_dtype(el.div(wide, 1 + el.abs_(wide)), x.dtype)


@operation("SubBackward0", methods=())
def tanhshrink(input: Node) -> Node:
    """``input - tanh(input)``."""
    not_bool(input)
    x = as_dtype(input, floating(input.dtype))
    return el.sub(x, el.tanh(x)) if x.dtype.is_complex else special.tanhshrink(x)


@operation("HardsigmoidBackward0", methods=(), pieces=True)
def hardsigmoid(input: Node, inplace: bool = False) -> Node:
    """``relu6(input + 3) / 6``."""
    return relu6(_floating(input, "hardsigmoid_cpu") + 3) / 6


@operation("HardswishBackward0", methods=())
def hardswish(input: Node, inplace: bool = False) -> Node:
    """``input * relu6(input + 3) / 6`` (Howard et al., 2019)."""
    x = single(_floating(input, "hardswish_cpu"))
    return as_dtype(el.where(el.le(x, lift(-3)), el.zeros_of(x),
                             el.where(el.ge(x, lift(3)), x, x * (x + 3) / 6)), input.dtype)


@operation("HardshrinkBackward0", pieces=True)
def hardshrink(input: Node, lambd: float = 0.5) -> Node:
    """``input``, and 0 where its size is at most ``lambd``."""
    x = _floating(input, "hardshrink_cpu")
    return el.where(el.le(el.abs_(x), lift(lambd)), el.zeros_of(x), x)


@operation("SoftshrinkBackward0", methods=(), pieces=True)
def softshrink(input: Node, lambd: float = 0.5) -> Node:
    """``input`` moved towards 0 by ``lambd``, and 0 where its size is at most that."""
    x = _floating(input, "softshrink_cpu")
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    moved = el.where(el.gt(x, lift(0)), x - lambd, x + lambd)
    return el.where(el.le(el.abs_(x), lift(lambd)), el.zeros_of(x), moved)
