"""Resampling as users call it: grids of affine maps, and the older names of ``interpolate``."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..engine.recording.recorder import hold
from ..engine.recording.recording import dtype_of, shape_of
from ..tensors.recorded import function

interpolate = function("interpolate")
_points, _sample = function("affine_points"), function("grid_sample")


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The grid for :func:`grid_sample` that affine maps give: ``theta`` of (N, 2, 3) for a
    ``size`` of (N, C, H, W), or (N, 3, 4) for (N, C, D, H, W).

    The result is (N, H, W, 2) or (N, D, H, W, 3). ValueError where the two do not fit.

    >>> torch.nn.functional.affine_grid(torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]),
    ...                                 (1, 1, 1, 2)).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    size = tuple(size)
    n, shape = len(size) - 2, shape_of(theta)
    if not dtype_of(theta).is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {dtype_of(theta)}")
    if n not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}.")
    if shape != (size[0], n, n + 1):
        raise ValueError(f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for "
                         f"size {size}. Got torch.Size({list(shape)}).")
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    _warn("affine_grid", align_corners)
    lines = []
    for length in size[2:]:
        end = 1.0 if align_corners else (length - 1) / length
        lines.append(np.linspace(-end, end, length) if length > 1 else np.zeros(1))
    base = np.ones((*size[2:], n + 1), dtype_of(theta).numpy)
    for i, values in enumerate(np.meshgrid(*lines, indexing="ij")):
        base[..., n - 1 - i] = values
    return _points(hold(base), theta)


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Any:
    """(N, C, *size) read at the places ``grid``, (N, *out, dims), as (N, C, *out).

    A place is (x, y) or (x, y, z), the last dimension first; -1 and 1 are the image's edges, or
    with ``align_corners`` the centres of its outer elements. ``mode`` is "bilinear", "nearest" or
    "bicubic"; ``padding_mode`` says what lies outside: "zeros", the "border" or a "reflection".
    """
    _warn("grid_sample", align_corners)
    return _sample(input, grid, mode, padding_mode, bool(align_corners))


def _warn(name: str, align_corners: bool | None) -> None:
    if align_corners is None:
        warnings.warn(f"{name}: align_corners is not given, and False is its default since PyTorch "
                      "1.3. Say align_corners=True if you rely on the older one.", stacklevel=3)


def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Any:
    """:func:`interpolate`, under its older name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` "
                  "instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate(mode="nearest")``, under its older name."""
    warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use "
                  "`nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """``interpolate(mode="bilinear", align_corners=True)``, under its older name."""
    warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use "
                  "`nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


__all__ = ["affine_grid", "grid_sample", "interpolate", "upsample", "upsample_bilinear",
           "upsample_nearest"]
