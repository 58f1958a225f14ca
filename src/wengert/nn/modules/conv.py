"""Convolutions and transposed convolutions, and the lazy form of each.

All derive from :class:`_ConvNd`, which holds sizes and parameters; ``weight`` and ``bias`` start
evenly drawn from ``[-a, a)``, ``a = 1 / sqrt(in_channels / groups * kernel elements)``.
"""

from __future__ import annotations

import math
from typing import Any

from ...tensors.creation import empty
from ...tensors.operators import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module
from .replaceable import functional

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def _each(value: Any, n: int) -> tuple[int, ...]:
    return tuple(value) if hasattr(value, "__iter__") else (value,) * n


class _ConvNd(Module):
    """What convolutions of all kinds have in common."""

    __constants__ = ("stride", "padding", "dilation", "groups", "padding_mode", "output_padding",
                     "in_channels", "out_channels", "kernel_size")
    _dims: int
    weight: Parameter
    bias: Any
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    padding_mode: str

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any,
                 padding: Any, dilation: Any, transposed: bool, output_padding: Any, groups: int,
                 bias: bool, padding_mode: str, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        n = self._dims
        _check(in_channels, out_channels, groups, padding, stride, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _each(kernel_size, n)
        self.stride = _each(stride, n)
        self.padding = padding if isinstance(padding, str) else _each(padding, n)
        self.dilation = _each(dilation, n)
        self.transposed = transposed
        self.output_padding = _each(output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._margins()
        first, second = in_channels, out_channels
        if not transposed:
            first, second = second, first
        self.weight = Parameter(empty((first, second // groups, *self.kernel_size), device=device,
                                      dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _margins(self) -> list[int]:
        """The padding as ``F.pad`` takes it."""
        if self.padding == "valid":
            return [0, 0] * self._dims
        margins = []
        for i in reversed(range(self._dims)):
            if isinstance(self.padding, str):
                total = self.dilation[i] * (self.kernel_size[i] - 1)
                margins += [total // 2, total - total // 2]
            else:
                margins += [self.padding[i]] * 2
        return margins

    def reset_parameters(self) -> None:
        """Draw new first values."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = self.weight.size(1) * math.prod(self.weight.shape[2:])
            if fan_in:
                a = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -a, a)

    def extra_repr(self) -> str:
        """The sizes, and what is not as by default."""
        text = (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                f"stride={self.stride}")
        n = self._dims
        if self.padding != (0,) * n:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * n:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * n:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


def _check(in_channels: int, out_channels: int, groups: int, padding: Any, stride: Any,
           padding_mode: str) -> None:
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"{name} must be divisible by groups")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of "
                             "'same', 'valid'")
        if padding == "same" and any(s != 1 for s in _each(stride, 1)):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode not in PADDING_MODES:
        raise ValueError(f"padding_mode must be one of {', '.join(PADDING_MODES)}, but got "
                         f"padding_mode='{padding_mode}'")


class _Conv(_ConvNd):
    _function: str

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, False,
                         0, groups, bias, padding_mode, device, dtype)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._dims
        return functional(self._function)(input, weight, bias, self.stride, padding, self.dilation,
                                    self.groups)

    def forward(self, input: Tensor) -> Tensor:
        """[N, in_channels, *size] or [in_channels, *size] to as many with out_channels."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """The cross-correlation of [N, C, L] or [C, L] with a learned kernel.

    ``weight`` is [out_channels, in_channels / groups, kernel_size]. ``padding`` may be "same" or
    "valid"; ``padding_mode`` is "zeros", "reflect", "replicate" or "circular".

    >>> torch.nn.Conv1d(16, 33, 3, stride=2)(torch.zeros(20, 16, 50)).shape
    torch.Size([20, 33, 24])
    """

    _dims = 1
    _function = "conv1d"


class Conv2d(_Conv):
    """The cross-correlation of [N, C, H, W] or [C, H, W] with a learned kernel.

    ``weight`` is [out_channels, in_channels / groups, *kernel_size]; see :class:`Conv1d`.

    >>> torch.nn.Conv2d(3, 6, 5, padding=2)(torch.zeros(2, 3, 28, 28)).shape
    torch.Size([2, 6, 28, 28])
    """

    _dims = 2
    _function = "conv2d"


class Conv3d(_Conv):
    """The cross-correlation of [N, C, D, H, W] or [C, D, H, W] with a learned kernel.

    ``weight`` is [out_channels, in_channels / groups, *kernel_size]; see :class:`Conv1d`.
    """

    _dims = 3
    _function = "conv3d"


class _ConvTransposeNd(_ConvNd):
    _function: str

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, output_padding: Any = 0, groups: int = 1, bias: bool = True,
                 dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        if padding_mode != "zeros":
            raise ValueError('Only "zeros" padding mode is supported for '
                             f"{type(self).__name__}")
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, True,
                         output_padding, groups, bias, padding_mode, device, dtype)

    def _output_padding(self, input: Any, output_size: Any) -> tuple[int, ...]:
        """What has to be added at the end, so that the result has ``output_size``."""
        if output_size is None:
            return self.output_padding
        n, shape = self._dims, input.shape
        wanted = tuple(output_size)
        if len(wanted) == len(shape) > n:
            wanted = wanted[-n:]
        if len(wanted) != n:
            raise ValueError(f"ConvTranspose{n}D: for {len(shape)}D input, output_size must have "
                             f"{n} or {len(shape)} elements (got {len(wanted)})")
        pads: Any = self.padding
        least = [(m - 1) * s - 2 * p + d * (k - 1) + 1 for m, s, p, d, k in zip(
            shape[-n:], self.stride, pads, self.dilation, self.kernel_size, strict=True)]
        most = [m + s - 1 for m, s in zip(least, self.stride, strict=True)]
        if any(not low <= w <= high for low, w, high in zip(least, wanted, most, strict=True)):
            raise ValueError(f"requested an output size of {tuple(output_size)}, but valid sizes "
                             f"range from {least} to {most} (for an input of {shape[-n:]})")
        return tuple(w - low for w, low in zip(wanted, least, strict=True))

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """[N, in_channels, *size] or [in_channels, *size] to as many with out_channels;
        ``output_size`` chooses among the sizes that a convolution takes to the input's."""
        return functional(self._function)(input, self.weight, self.bias, self.stride, self.padding,
                                    self._output_padding(input, output_size), self.groups,
                                    self.dilation)


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of a :class:`Conv1d` in its input: from [N, C, L] or [C, L] to longer lines.

    ``weight`` is [in_channels, out_channels / groups, kernel_size].
    """

    _dims = 1
    _function = "conv_transpose1d"


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of a :class:`Conv2d` in its input: from [N, C, H, W] or [C, H, W] to larger
    images.

    ``weight`` is [in_channels, out_channels / groups, *kernel_size].

    >>> up = torch.nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1)
    >>> up(torch.zeros(1, 16, 6, 6), output_size=(12, 12)).shape
    torch.Size([1, 8, 12, 12])
    """

    _dims = 2
    _function = "conv_transpose2d"


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of a :class:`Conv3d` in its input: from [N, C, D, H, W] or [C, D, H, W] to
    larger volumes.

    ``weight`` is [in_channels, out_channels / groups, *kernel_size].
    """

    _dims = 3
    _function = "conv_transpose3d"


# Lazy forms
class _LazyConvMixin(LazyModuleMixin):
    """The part of a convolution that takes ``in_channels`` from its first input."""

    def _become_lazy(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        this: Any = self
        this.out_channels = out_channels
        this.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            this.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new first values, once the shape is known."""
        this: Any = self
        if not self.has_uninitialized_params() and this.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """Take the number of channels from ``input``."""
        this: Any = self
        if not self.has_uninitialized_params():
            return
        n = this._dims
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to "
                               f"{type(self).__name__}, but got input of size: "
                               f"{list(input.shape)}")
        this.in_channels = input.shape[-n - 1]
        if this.in_channels % this.groups:
            raise ValueError("in_channels must be divisible by groups")
        first, second = this.in_channels, this.out_channels
        if not this.transposed:
            first, second = second, first
        this.weight.materialize((first, second // this.groups, *this.kernel_size))
        if this.bias is not None:
            this.bias.materialize((this.out_channels,))
        self.reset_parameters()


class _LazyConv(_LazyConvMixin, _Conv):
    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self._become_lazy(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv):
    """A ``Conv1d`` that takes ``in_channels`` from its first input."""

    _dims = 1
    _function = "conv1d"
    cls_to_become = Conv1d


class LazyConv2d(_LazyConv):
    """A ``Conv2d`` that takes ``in_channels`` from its first input."""

    _dims = 2
    _function = "conv2d"
    cls_to_become = Conv2d


class LazyConv3d(_LazyConv):
    """A ``Conv3d`` that takes ``in_channels`` from its first input."""

    _dims = 3
    _function = "conv3d"
    cls_to_become = Conv3d


class _LazyConvTranspose(_LazyConvMixin, _ConvTransposeNd):
    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, output_padding, groups, False,
                         dilation, padding_mode)
        self._become_lazy(out_channels, bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose):
    """A ``ConvTranspose1d`` that takes ``in_channels`` from its first input."""

    _dims = 1
    _function = "conv_transpose1d"
    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose):
    """A ``ConvTranspose2d`` that takes ``in_channels`` from its first input."""

    _dims = 2
    _function = "conv_transpose2d"
    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose):
    """A ``ConvTranspose3d`` that takes ``in_channels`` from its first input."""

    _dims = 3
    _function = "conv_transpose3d"
    cls_to_become = ConvTranspose3d


__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
           "LazyConv1d", "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d",
           "LazyConvTranspose3d"]
