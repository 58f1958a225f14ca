"""Activations as modules; each calls the function of its name in :mod:`wengert.nn.functional`."""

from __future__ import annotations

import warnings
from typing import Any

from ...tensors.creation import empty
from ...tensors.operators import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .attention import MultiheadAttention
from .module import Module


class _InPlace(Module):
    """An activation without arguments but ``inplace``."""

    __constants__: tuple[str, ...] = ("inplace",)
    inplace: bool

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """The arguments."""
        return "inplace=True" if self.inplace else ""

    def _also(self) -> str:
        """What ``extra_repr`` says after other arguments."""
        return ", inplace=True" if self.inplace else ""


class Threshold(_InPlace):
    """``input`` where it is above ``threshold``, else ``value``."""

    __constants__ = ("threshold", "value", "inplace")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"threshold={self.threshold}, value={self.value}{self._also()}"


class ReLU(_InPlace):
    """``max(input, 0)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.relu(input, self.inplace)


class RReLU(_InPlace):
    """``input`` where it is positive, else ``input`` times a slope drawn from [lower, upper), in
    eval mode times their middle."""

    __constants__ = ("lower", "upper", "inplace")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3,
                 inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"lower={self.lower}, upper={self.upper}{self._also()}"


class Hardtanh(_InPlace):
    """``input`` clamped to [min_val, max_val]."""

    __constants__ = ("min_val", "max_val", "inplace")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False,
                 min_value: float | None = None, max_value: float | None = None) -> None:
        super().__init__(inplace)
        for old, new, given in ("min_value", "min_val", min_value), (
                "max_value", "max_val", max_value):
            if given is not None:
                warnings.warn(f"keyword argument `{old}` is deprecated and rename to `{new}`",
                              FutureWarning, stacklevel=2)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        if self.max_val <= self.min_val:
            raise AssertionError("max_val must be larger than min_val")

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"min_val={self.min_val}, max_val={self.max_val}{self._also()}"


class ReLU6(Hardtanh):
    """``min(max(input, 0), 6)``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """``1 / (1 + exp(-input))``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.sigmoid(input)


class Hardsigmoid(_InPlace):
    """``min(max(input / 6 + 1 / 2, 0), 1)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class Tanh(Module):
    """``tanh(input)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.tanh(input)


class SiLU(_InPlace):
    """``input * sigmoid(input)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """``input * tanh(softplus(input))``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.mish(input, self.inplace)


class Hardswish(_InPlace):
    """``input * min(max(input + 3, 0), 6) / 6``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class ELU(_InPlace):
    """``input`` where it is positive, else ``alpha * (exp(input) - 1)``."""

    __constants__ = ("alpha", "inplace")

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"alpha={self.alpha}{self._also()}"


class CELU(ELU):
    """``input`` where it is positive, else ``alpha * (exp(input / alpha) - 1)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.celu(input, self.alpha, self.inplace)


class SELU(_InPlace):
    """``ELU`` with the scales that keep mean 0 and variance 1 (Klambauer et al., 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.selu(input, self.inplace)


class GLU(Module):
    """``a * sigmoid(b)``, with a and b the halves of the input along ``dim``."""

    __constants__ = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Half the size of ``input`` along ``dim``."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dim={self.dim}"


class GELU(Module):
    """``input * Phi(input)``, with the normal distribution function, or its ``"tanh"``
    approximation."""

    __constants__ = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"approximate={self.approximate!r}"


class _Shrink(Module):
    __constants__ = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        """The arguments."""
        return str(self.lambd)


class Hardshrink(_Shrink):
    """``input`` where it is beyond ``lambd`` or ``-lambd``, else 0."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """``input`` moved towards 0 by ``lambd``, at most to 0."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.softshrink(input, self.lambd)


class LeakyReLU(_InPlace):
    """``input`` where it is positive, else ``negative_slope * input``."""

    __constants__ = ("inplace", "negative_slope")

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"negative_slope={self.negative_slope}{self._also()}"


class LogSigmoid(Module):
    """``log(sigmoid(input))``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.logsigmoid(input)


class Softplus(Module):
    """``log(1 + exp(beta * input)) / beta``; ``input`` itself where ``beta * input`` is above
    ``threshold``."""

    __constants__ = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"beta={self.beta}, threshold={self.threshold}"


class PReLU(Module):
    """``input`` where it is positive, else ``weight * input``, with one ``weight`` or one for each
    channel."""

    __constants__ = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to their first value."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"num_parameters={self.num_parameters}"


class Softsign(Module):
    """``input / (1 + |input|)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.softsign(input)


class Tanhshrink(Module):
    """``input - tanh(input)``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.tanhshrink(input)


class _Along(Module):
    __constants__ = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dim={self.dim}"


class Softmin(_Along):
    """``softmax(-input)`` along ``dim``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.softmin(input, self.dim, _stacklevel=5)


class Softmax(_Along):
    """``exp(input) / sum(exp(input))`` along ``dim``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.softmax(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """Softmax over the channels of [N, C, H, W] or [C, H, W]."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3, _stacklevel=5)


class LogSoftmax(_Along):
    """``log(softmax(input))`` along ``dim``."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        return F.log_softmax(input, self.dim, _stacklevel=5)


__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh",
    "LeakyReLU", "LogSigmoid", "LogSoftmax", "Mish", "MultiheadAttention", "PReLU", "RReLU", "ReLU",
    "ReLU6", "SiLU", "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink",
    "Softsign", "Tanh", "Tanhshrink", "Threshold",
]
