"""Convolutions, pooling, patches and resampling against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from against_torch import agree, numbers, ours, refused, same, theirs, torch

from nodes import evaluate

F = torch.nn.functional


def same_as(name: str, *args: Any, order: int = 2, **static: Any) -> None:
    agree(name, *args, torch_fn=getattr(F, name), order=order, **static)


def both_refuse(name: str, *args: Any, **static: Any) -> None:
    refused(name, *args, torch_fn=getattr(F, name), **static)


# ---- convolutions ----

CONVS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 7), (4, 3, 3), {}),
    ((3, 7), (4, 3, 3), {"stride": 2, "padding": 1}),
    ((2, 4, 7), (6, 2, 2), {"groups": 2, "dilation": 3}),
    ((2, 3, 8), (4, 3, 4), {"padding": "same"}),
    ((2, 3, 8), (4, 3, 3), {"padding": "valid", "stride": (2,)}),
    ((2, 3, 6, 5), (4, 3, 3, 2), {}),
    ((2, 3, 6, 5), (4, 3, 3, 3), {"stride": (2, 1), "padding": (2, 0), "dilation": (1, 2)}),
    ((2, 4, 5, 5), (4, 1, 3, 3), {"groups": 4, "padding": 1}),
    ((3, 6, 5), (4, 3, 2, 4), {"padding": "same", "dilation": (2, 1)}),
    ((2, 3, 5, 5), (4, 3, 1, 1), {"stride": 2}),
    ((1, 2, 4, 5, 4), (3, 2, 2, 3, 2), {"stride": (1, 2, 1), "padding": (0, 1, 1)}),
    ((2, 4, 4, 4), (2, 2, 2, 2, 2), {"padding": "same"}),
    ((0, 3, 5, 5), (2, 3, 2, 2), {}),
]


@pytest.mark.parametrize("x, w, params", CONVS)
def test_convolutions(x: Any, w: Any, params: dict[str, Any]) -> None:
    if len(x) == len(w) - 1 and x[0] == 2:
        x = (w[1], *x[1:])
    name = f"conv{len(w) - 2}d"
    same_as(name, numbers(*x), numbers(*w, seed=1), numbers(w[0], seed=2), **params)
    for kind, order in (("float32", 1), ("float16", 0)):
        same_as(name, numbers(*x, kind=kind), numbers(*w, seed=1, kind=kind), None, order=order,
                **params)


def test_convolutions_of_other_numbers() -> None:
    for kind in ("int64", "int32", "complex128"):
        same_as("conv2d", numbers(2, 3, 5, 5, kind=kind), numbers(4, 3, 2, 2, seed=1, kind=kind),
                order=1 if kind == "complex128" else 0, padding=1)
    # In float32 PyTorch's own error depends on the processor.
    same_as("conv1d", numbers(2, 3, 200), numbers(4, 3, 9), order=1)


TRANSPOSED: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 5), (3, 2, 3), {}),
    ((3, 5), (3, 2, 3), {"stride": 3, "padding": 1, "output_padding": 2}),
    ((2, 4, 4, 3), (4, 3, 3, 2), {"stride": 2, "groups": 2}),
    ((2, 4, 4, 3), (4, 3, 3, 3), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 3),
                                  "output_padding": (1, 2)}),
    ((3, 4, 3), (3, 2, 1, 4), {"stride": 2, "padding": (0, 1)}),
    ((1, 2, 3, 2, 3), (2, 3, 2, 3, 2), {"stride": (1, 2, 2), "output_padding": (0, 1, 0)}),
    ((0, 3, 4, 4), (3, 2, 2, 2), {}),
]


@pytest.mark.parametrize("x, w, params", TRANSPOSED)
def test_transposed_convolutions(x: Any, w: Any, params: dict[str, Any]) -> None:
    name, groups = f"conv_transpose{len(w) - 2}d", params.get("groups", 1)
    bias = numbers(w[1] * groups, seed=2)
    same_as(name, numbers(*x), numbers(*w, seed=1), bias, **params)
    same_as(name, numbers(*x, kind="float32"), numbers(*w, seed=1, kind="float32"), None, order=1,
            **params)


def test_other_forms_of_convolution() -> None:
    x, w = numbers(2, 3, 5, 5), numbers(4, 3, 2, 2, seed=1)
    agree("convolution", x, w, None, [1, 1], [0, 1], [1, 1], False, [0, 0], 1)
    agree("convolution", x, w.transpose(1, 0, 2, 3), None, [2, 1], [0, 1], [1, 1], True, [1, 0], 1)
    agree("conv_tbc", numbers(5, 2, 3), numbers(3, 3, 4), numbers(4), 1)


X8, W5 = np.ones((1, 3, 8, 8), "float32"), np.ones((6, 3, 5, 5), "float32")


@pytest.mark.parametrize("name, args, params", [
    ("conv2d", (np.ones(5), W5), {}),
    ("conv2d", (np.ones((1, 4, 8, 8), "float32"), W5), {}),
    ("conv2d", (np.ones((1, 4, 8, 8), "float32"), W5), {"groups": 2}),
    ("conv2d", (np.ones((1, 3, 2, 2), "float32"), W5), {}),
    ("conv2d", (X8, W5, np.ones(5, "float32")), {}),
    ("conv2d", (X8.astype("float64"), W5), {}),
    ("conv2d", (X8, W5, np.ones(6)), {}),
    ("conv2d", (X8, W5), {"stride": (1, 2, 3)}),
    ("conv2d", (X8, W5), {"stride": 0}),
    ("conv2d", (X8, W5), {"padding": -1}),
    ("conv2d", (X8, W5), {"dilation": 0}),
    ("conv2d", (X8, W5), {"groups": 0}),
    ("conv2d", (X8, W5[:, :1]), {"groups": 4}),
    ("conv2d", (X8, W5), {"padding": "same", "stride": 2}),
    ("conv2d", (X8, W5), {"padding": "around"}),
    ("conv2d", (X8 > 0, W5 > 0), {}),
    ("conv1d", (X8, W5[0]), {}),
    ("conv3d", (X8[0], W5[None]), {}),
    ("conv_transpose2d", (np.ones((1, 4, 8, 8), "float32"), W5), {}),
    ("conv_transpose2d", (np.ones((1, 6, 8, 8), "float32"), W5, np.ones(5, "float32")), {}),
    ("conv_transpose2d", (np.ones((1, 6, 8, 8), "float32"), W5), {"output_padding": 1}),
    ("conv_transpose2d", (np.ones((1, 6, 8, 8), "float32"), W5), {"output_padding": -1}),
    ("conv_transpose2d", (np.ones((1, 6, 2, 2), "float32"), W5[..., :2, :2]), {"padding": 5}),
])
def test_refused_convolutions(name: str, args: Any, params: dict[str, Any]) -> None:
    both_refuse(name, *args, **params)


# ---- patches ----

def test_unfold_and_fold() -> None:
    for x, params in (((2, 3, 5, 6), {"kernel_size": 2}),
                      ((2, 3, 5, 6), {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0),
                                      "dilation": (1, 2)}),
                      ((3, 5, 6), {"kernel_size": 2, "stride": 2})):
        agree("im2col", numbers(*x), torch_fn=F.unfold, **params)
    agree("col2im", numbers(2, 12, 12), torch_fn=F.fold, output_size=(4, 5), kernel_size=2)
    agree("col2im", numbers(12, 9), torch_fn=F.fold, output_size=(6, 6), kernel_size=(2, 2),
          stride=2)
    agree("col2im", numbers(2, 18, 9), torch_fn=F.fold, output_size=6, kernel_size=3, padding=1,
          stride=2)
    for args in ((np.ones((1, 13, 16)), 8, 2, 1, 0, 2), (np.ones((1, 12, 15)), 8, 2, 1, 0, 2)):
        refused("col2im", *args, torch_fn=F.fold)
    refused("im2col", np.ones((1, 3, 8, 8)), 9, torch_fn=F.unfold)
    refused("im2col", np.ones((1, 3, 8, 8)), 0, torch_fn=F.unfold)


# ---- pooling ----

POOLS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 9), {"kernel_size": 3}),
    ((3, 9), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ((2, 3, 8), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    ((2, 3, 6, 7), {"kernel_size": 2}),
    ((2, 3, 7, 7), {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)}),
    ((3, 7, 7), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ((2, 3, 6, 6), {"kernel_size": 2, "stride": 3, "ceil_mode": True}),
    ((1, 2, 5, 6, 4), {"kernel_size": 2}),
    ((2, 5, 6, 5), {"kernel_size": (2, 3, 2), "stride": 2, "padding": 1, "ceil_mode": True}),
]


def dims(x: tuple[int, ...], params: dict[str, Any]) -> int:
    """How many dimensions the windows of a row of ``POOLS`` have."""
    return {(2, 3, 9): 1, (3, 9): 1, (2, 3, 8): 1, (3, 7, 7): 2, (2, 5, 6, 5): 3,
            (1, 2, 5, 6, 4): 3}.get(x, 2)


def distinct(*shape: int, kind: str = "float64") -> Any:
    """Numbers of which no two are equal."""
    order = np.random.default_rng(list(shape)).permutation(int(np.prod(shape)))
    return np.reshape(order / 8 - 3, shape).astype(kind)


@pytest.mark.parametrize("x, params", POOLS)
def test_max_pool(x: Any, params: dict[str, Any]) -> None:
    name = f"max_pool{dims(x, params)}d"
    for given in ({}, {"dilation": 2} if max(x) > 6 else {}):
        same_as(name, distinct(*x), **params, **given)
        agree(f"{name}_with_indices", distinct(*x), torch_fn=getattr(F, f"{name}_with_indices"),
              **params, **given)
    same_as(name, numbers(*x, kind="float32").round(), order=1, **params)
    same_as(name, distinct(*x, kind="float16"), order=0, **params)
    if name != "max_pool1d":        # PyTorch has none of integers in one dimension
        same_as(name, numbers(*x, kind="int64"), order=0, **params)
    strange = distinct(*x)
    strange.flat[::5] = np.nan
    strange.flat[1::7] = -np.inf
    agree(f"{name}_with_indices", strange, torch_fn=getattr(F, f"{name}_with_indices"), order=0,
          **params)


@pytest.mark.parametrize("x, params", POOLS)
def test_avg_pool(x: Any, params: dict[str, Any]) -> None:
    n = dims(x, params)
    for padded in (True, False):
        same_as(f"avg_pool{n}d", numbers(*x), count_include_pad=padded, **params)
    if n > 1:
        same_as(f"avg_pool{n}d", numbers(*x), divisor_override=3, **params)
    same_as(f"avg_pool{n}d", numbers(*x, kind="float32"), order=1, **params)
    params = {k: v for k, v in params.items() if k != "padding"}
    for p in (1.5, 2, 3):
        same_as(f"lp_pool{n}d", np.abs(numbers(*x)) + 0.1, p, order=1, **params)


@pytest.mark.parametrize("x, sizes", [
    ((2, 3, 8), (1, 3, 4, 8, 11)), ((2, 7), (3,)), ((2, 3, 8, 6), (1, 2, 3, (None, 5), (8, 3))),
    ((3, 8, 6), (3,)), ((1, 2, 4, 6, 5), (1, 2, (3, None, 4)))])
def test_adaptive_pools(x: Any, sizes: Any) -> None:
    n = {(2, 7): 1, (2, 3, 8): 1, (3, 8, 6): 2}.get(x, len(x) - 2)
    for size in sizes:
        same_as(f"adaptive_avg_pool{n}d", numbers(*x), size)
        agree(f"adaptive_max_pool{n}d", distinct(*x), size,
              torch_fn=lambda *a, n=n: getattr(F, f"adaptive_max_pool{n}d_with_indices")(*a))
    same_as(f"adaptive_avg_pool{n}d", numbers(*x, kind="float32"), sizes[0], order=1)


def test_fractional_pools() -> None:
    for n, x, kernel, out in ((2, (2, 3, 9, 11), (2, 3), (4, 5)), (2, (3, 9, 8), (2, 2), (1, 6)),
                              (3, (1, 2, 6, 7, 5), (2, 3, 2), (3, 4, 2))):
        lead = x[:2] if len(x) == n + 2 else (1, x[0])
        u = np.random.default_rng(0).uniform(0, 1, (*lead, n))
        name = f"fractional_max_pool{n}d"

        def pool(x: Any, samples: Any, name: str = name, kernel: Any = kernel,
                 out: Any = out) -> Any:
            return getattr(F, f"{name}_with_indices")(x, kernel, out, _random_samples=samples)
        x, u = distinct(*x), np.asarray(u)
        wanted = pool(theirs(x), theirs(u))
        found = evaluate(ours(name), x, kernel, out, u)
        for a, b in zip(found, wanted, strict=True):
            same(a, b)


def test_unpool() -> None:
    x = distinct(2, 3, 6, 6)
    y, places = (t.numpy() for t in F.max_pool2d(torch.from_numpy(x), 2, return_indices=True))
    agree("max_unpool2d", y, places, (6, 6), order=1,
          torch_fn=lambda x, i, s: F.max_unpool2d(x, i, 2, output_size=s))
    agree("max_unpool2d", y, places, (7, 7), order=1,
          torch_fn=lambda x, i, s: F.max_unpool2d(x, i, 2, output_size=s))
    y, places = (t.numpy() for t in F.max_pool1d(torch.from_numpy(x[0]), 3, return_indices=True))
    agree("max_unpool1d", y, places, (6,), order=1,
          torch_fn=lambda x, i, s: F.max_unpool1d(x, i, 3, output_size=s))


X = np.ones((1, 3, 8, 8), "float32")


@pytest.mark.parametrize("name, args, params", [
    ("max_pool2d", (X, 2), {"padding": 2}), ("max_pool2d", (X, 2), {"stride": 0}),
    ("max_pool2d", (X, 2), {"dilation": 0}), ("max_pool2d", (X, (2, 2, 2)), {}),
    ("max_pool2d", (X, 9), {}), ("max_pool1d", (X[0], 9), {}), ("max_pool1d", (X[0, 0, 0], 2), {}),
    ("max_pool1d", (X[0], 2), {"padding": 2}), ("max_pool1d", (X[0], 2), {"stride": 0}),
    ("max_pool1d", (X[0], 2), {"dilation": 0}), ("max_pool2d", (X > 0, 2), {}),
    ("max_pool2d", (X[:, :0], 2), {}), ("avg_pool2d", (X, 2), {"padding": 2}),
    ("avg_pool2d", (X, 9), {}), ("avg_pool2d", (X, 2), {"divisor_override": 0}),
    ("avg_pool2d", (X, (1, 2, 3)), {}), ("avg_pool2d", (X.astype("int32"), 2), {}),
    ("adaptive_avg_pool2d", (X, -1), {}), ("adaptive_avg_pool2d", (X, (1, 2, 3)), {}),
    ("adaptive_avg_pool2d", (X.astype("int64"), 3), {}),
    ("adaptive_avg_pool1d", (X[0, 0, 0], 1), {}), ("adaptive_max_pool2d", (X[0, 0], 3), {}),
    ("adaptive_max_pool2d", (X[:, :, :0], 3), {}),
])
def test_refused_pools(name: str, args: Any, params: dict[str, Any]) -> None:
    both_refuse(name, *args, **params)


# ---- resampling ----

MODES = {1: ("nearest", "nearest-exact", "linear", "area"),
         2: ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
         3: ("nearest", "nearest-exact", "trilinear", "area")}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_interpolate(n: int) -> None:
    x = numbers(2, 2, *(5, 4, 6)[:n])
    sizes = [(7, 4, 3)[:n], (2, 9, 6)[:n], (1,) * n]
    for mode in MODES[n]:
        smooth = mode not in ("nearest", "nearest-exact", "area")
        for align in ((None, True, False) if smooth else (None,)):
            for size in sizes:
                same_as("interpolate", x, size=size, mode=mode, align_corners=align)
            for factor in (2, 1.3, 0.6, 1.0, (1.7, 0.5, 2.0)[:n]):
                same_as("interpolate", x, scale_factor=factor, mode=mode, align_corners=align,
                        order=1)
        same_as("interpolate", x, scale_factor=1.3, mode=mode, recompute_scale_factor=True)
        same_as("interpolate", x.astype("float32"), scale_factor=1.3, mode=mode, order=1)
        if mode != "area":
            same_as("interpolate", x.astype("float16"), scale_factor=2, mode=mode, order=0)


def test_interpolate_by_many_factors() -> None:
    for length in range(1, 24):
        line = numbers(1, 1, length)
        for size in (1, 3, 7, 13, 20, 33):
            for mode in ("nearest", "nearest-exact", "linear"):
                same_as("interpolate", line, size=size, mode=mode, order=0)
    for mode in ("bilinear", "bicubic"):
        for size in ((3, 4), (5, 17), (9, 2)):
            for align in (False, True):
                same_as("interpolate", numbers(1, 2, 9, 8), size=size, mode=mode, antialias=True,
                        align_corners=align, order=1)
        same_as("interpolate", numbers(1, 2, 9, 8), scale_factor=0.4, mode=mode, antialias=True)
    same_as("interpolate", numbers(1, 2, 4, 4, kind="uint8"), scale_factor=2, order=0)


@pytest.mark.parametrize("shape, params", [
    ((1, 3, 8), {"size": 16, "mode": "bilinear"}), ((1, 3, 8, 8), {"size": 16, "mode": "linear"}),
    ((1, 3, 8, 8), {"size": 16, "mode": "wavelet"}), ((1, 3, 8, 8), {}),
    ((1, 3, 8, 8), {"size": 16, "scale_factor": 2}), ((1, 3, 8, 8), {"size": (1, 2, 3)}),
    ((1, 3, 8, 8), {"scale_factor": (1, 2, 3)}), ((1, 3, 8, 8), {"size": 2, "align_corners": True}),
    ((1, 3, 8, 8), {"size": 0}), ((3, 8), {"size": 4}),
    ((1, 3, 8, 8), {"size": 16, "antialias": True}),
    ((1, 3, 8, 8), {"size": 16, "recompute_scale_factor": True}),
])
def test_refused_interpolations(shape: Any, params: dict[str, Any]) -> None:
    both_refuse("interpolate", np.ones(shape), **params)


@pytest.mark.filterwarnings("ignore")
def test_grid_sample() -> None:
    rng = np.random.default_rng(0)
    image, volume = numbers(2, 3, 5, 4), numbers(2, 2, 3, 4, 5)
    grid, grid3 = rng.uniform(-1.6, 1.6, (2, 3, 6, 2)), rng.uniform(-1.6, 1.6, (2, 2, 3, 2, 3))
    for padding in ("zeros", "border", "reflection"):
        for align in (True, False):
            for mode in ("bilinear", "nearest", "bicubic"):
                same_as("grid_sample", image, grid, mode, padding, align, order=1)
            same_as("grid_sample", image.astype("float32"), grid.astype("float32"), "bilinear",
                    padding, align, order=1)
            for mode in ("bilinear", "nearest"):
                same_as("grid_sample", volume, grid3, mode, padding, align, order=1)
    far = np.array([[[[5.0, -7.0], [np.nan, 0.0], [np.inf, 0.5]]]])
    same_as("grid_sample", image[:1], far[..., :1, :], "bilinear", "reflection", False, order=0)
    same_as("grid_sample", image[:1], far[..., :1, :], "bilinear", "zeros", False, order=0)
    both_refuse("grid_sample", image, grid[..., :1])
    both_refuse("grid_sample", image, grid[:1])
    both_refuse("grid_sample", image, grid, "cubic")
    both_refuse("grid_sample", image, grid, "nearest", "mirror")
    both_refuse("grid_sample", image, grid.astype("float32"))
    both_refuse("grid_sample", volume, grid3, "bicubic")


def test_channel_shuffle() -> None:
    same_as("channel_shuffle", numbers(2, 6, 3, 2), 3)
    same_as("channel_shuffle", numbers(2, 6, 3), 2)
    both_refuse("channel_shuffle", np.ones((1, 6, 4)), 4)
    both_refuse("channel_shuffle", np.ones((1, 6)), 2)
    both_refuse("channel_shuffle", np.ones((1, 6, 2)), 0)
