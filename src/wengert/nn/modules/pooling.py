"""Pooling: maxima, means and norms over windows. The functions are in ``nn.functional``."""

from __future__ import annotations

from typing import Any

from ...tensors.operators import Tensor
from .. import functional as F
from .conv import _each
from .module import Module
from .replaceable import functional


class _MaxPoolNd(Module):
    __constants__ = ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode")
    _function: str

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 return_indices: bool = False, ceil_mode: bool = False) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The maxima; with ``return_indices`` also where they are."""
        return functional(self._function)(input, self.kernel_size, self.stride, self.padding,
                                    self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        """The windows."""
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}, ceil_mode={self.ceil_mode}")


class MaxPool1d(_MaxPoolNd):
    """The maxima over sliding windows of [N, C, L] or [C, L]; ``stride`` is ``kernel_size`` by
    default."""

    _function = "max_pool1d"


class MaxPool2d(_MaxPoolNd):
    """The maxima over sliding windows of [N, C, H, W] or [C, H, W].

    >>> torch.nn.MaxPool2d(2)(torch.tensor([[[1.0, 2, 3, 4], [5, 6, 7, 8]]]))
    tensor([[[6., 8.]]])
    """

    _function = "max_pool2d"


class MaxPool3d(_MaxPoolNd):
    """The maxima over sliding windows of [N, C, D, H, W] or [C, D, H, W]."""

    _function = "max_pool3d"


class _MaxUnpoolNd(Module):
    _dims: int
    _function: str

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = _each(kernel_size, self._dims)
        self.stride = _each(kernel_size if stride is None else stride, self._dims)
        self.padding = _each(padding, self._dims)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The maxima at ``indices``, zeros elsewhere."""
        return functional(self._function)(
            input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The windows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """The inverse of :class:`MaxPool1d` in part: zeros where its windows lost elements."""

    _dims = 1
    _function = "max_unpool1d"


class MaxUnpool2d(_MaxUnpoolNd):
    """The inverse of :class:`MaxPool2d` in part: zeros where its windows lost elements."""

    _dims = 2
    _function = "max_unpool2d"


class MaxUnpool3d(_MaxUnpoolNd):
    """The inverse of :class:`MaxPool3d` in part: zeros where its windows lost elements."""

    _dims = 3
    _function = "max_unpool3d"


class AvgPool1d(Module):
    """The means over sliding windows of [N, C, L] or [C, L]; ``stride`` is ``kernel_size`` by
    default."""

    __constants__ = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True) -> None:
        super().__init__()
        self.kernel_size = _each(kernel_size, 1)
        self.stride = _each(kernel_size if stride is None else stride, 1)
        self.padding = _each(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
                            self.count_include_pad)

    def extra_repr(self) -> str:
        """The windows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPoolNd(Module):
    __constants__ = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad",
                     "divisor_override")
    _function: str

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True,
                 divisor_override: int | None = None) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return functional(self._function)(input, self.kernel_size, self.stride, self.padding,
                                    self.ceil_mode, self.count_include_pad, self.divisor_override)

    def extra_repr(self) -> str:
        """The windows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPoolNd):
    """The means over sliding windows of [N, C, H, W] or [C, H, W]."""

    _function = "avg_pool2d"


class AvgPool3d(_AvgPoolNd):
    """The means over sliding windows of [N, C, D, H, W] or [C, D, H, W]."""

    _function = "avg_pool3d"


class _LPPoolNd(Module):
    __constants__ = ("norm_type", "kernel_size", "stride", "ceil_mode")
    _function: str

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None,
                 ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The norms."""
        return functional(self._function)(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        """The norm and the windows."""
        return (f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, "
                f"stride={self.stride}, ceil_mode={self.ceil_mode}")


class LPPool1d(_LPPoolNd):
    """The p-norms over sliding windows of [N, C, L] or [C, L], p = ``norm_type``."""

    _function = "lp_pool1d"


class LPPool2d(_LPPoolNd):
    """The p-norms over sliding windows of [N, C, H, W] or [C, H, W], p = ``norm_type``."""

    _function = "lp_pool2d"


class LPPool3d(_LPPoolNd):
    """The p-norms over sliding windows of [N, C, D, H, W] or [C, D, H, W], p = ``norm_type``."""

    _function = "lp_pool3d"


class _AdaptivePoolNd(Module):
    __constants__ = ("output_size",)
    _function: str

    def extra_repr(self) -> str:
        """The size of the result."""
        return f"output_size={self.output_size}"


class _AdaptiveMaxPoolNd(_AdaptivePoolNd):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor:
        """The maxima; with ``return_indices`` also where they are."""
        return functional(self._function)(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The maxima over windows that divide [N, C, L] or [C, L] into ``output_size`` parts."""

    _function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The maxima over windows that divide [N, C, H, W] or [C, H, W] into ``output_size`` parts;
    None keeps a size."""

    _function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The maxima over windows that divide [N, C, D, H, W] or [C, D, H, W] into ``output_size``
    parts; None keeps a size."""

    _function = "adaptive_max_pool3d"


class _AdaptiveAvgPoolNd(_AdaptivePoolNd):
    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return functional(self._function)(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means over windows that divide [N, C, L] or [C, L] into ``output_size`` parts."""

    _function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The means over windows that divide [N, C, H, W] or [C, H, W] into ``output_size`` parts;
    None keeps a size.

    >>> torch.nn.AdaptiveAvgPool2d(1)(torch.ones(2, 8, 7, 7)).shape
    torch.Size([2, 8, 1, 1])
    """

    _function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The means over windows that divide [N, C, D, H, W] or [C, D, H, W] into ``output_size``
    parts; None keeps a size."""

    _function = "adaptive_avg_pool3d"


class _FractionalMaxPoolNd(Module):
    __constants__ = ("kernel_size", "return_indices", "output_size", "output_ratio")
    _dims: int
    _function: str

    def __init__(self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                 return_indices: bool = False, _random_samples: Any = None) -> None:
        super().__init__()
        n, name = self._dims, type(self).__name__
        self.kernel_size = _each(kernel_size, n)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else _each(output_size, n)
        self.output_ratio = None if output_ratio is None else _each(output_ratio, n)
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling "
                             "ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Tensor:
        """The maxima; with ``return_indices`` also where they are."""
        return functional(self._function)(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
            self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The maxima over windows at random steps of [N, C, H, W] or [C, H, W] (Graham, 2014)."""

    _dims = 2
    _function = "fractional_max_pool2d"


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The maxima over windows at random steps of [N, C, D, H, W] or [C, D, H, W] (Graham, 2014)."""

    _dims = 3
    _function = "fractional_max_pool3d"


__all__ = ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d",
           "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d",
           "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d",
           "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]
