"""Reductions, scans and order against PyTorch: values, dtypes, errors, gradients of two orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from against_torch import agree, numbers, ours, refused, same, torch

from nodes import evaluate, grads
from wengert.engine.dtypes import by_name

NAN, INF = float("nan"), float("inf")
KINDS = ("bool", "uint8", "int32", "int64", "float16", "float32", "float64", "complex64",
         "complex128")
REAL = ("float32", "float64")
X = numbers(3, 4)
ZEROS = np.array([[1.0, 0, 3, -2], [0, 2, 0, 4], [1, 2, 3, 4]])
TIES = np.array([[1.0, 3, 3, 2], [5, 5, 5, 5], [-1, -2, -1, -3]])
HOLES = np.array([[1.0, NAN, 3, 2], [NAN, NAN, NAN, NAN], [1, 2, 3, 4]])
DIMS: list[dict[str, Any]] = [{}, {"dim": 0}, {"dim": -1, "keepdim": True}]
SEVERAL: list[dict[str, Any]] = [*DIMS, {"dim": (0, 2)}, {"dim": (2, 1), "keepdim": True},
                                 {"dim": ()}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4, 2), (0,), (2, 0, 3)])
@pytest.mark.parametrize("name", ["sum", "prod", "any", "all", "mean", "count_nonzero", "nansum"])
def test_sums_of_each_dtype(name: str, shape: tuple[int, ...], kind: str) -> None:
    x = numbers(*shape, kind=kind)
    if kind[0] in {"mean": "biu", "nansum": "c"}.get(name, ""):
        refused(name, x)
    else:
        agree(name, x, order=0)
        if shape:
            agree(name, x, order=0, dim=0)


@pytest.mark.parametrize("static", SEVERAL, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "nansum", "nanmean", "any", "all"])
def test_over_dims(name: str, static: dict[str, Any]) -> None:
    agree(name, numbers(3, 4, 2), **static)
    if name not in ("amax", "amin", "nansum", "nanmean"):
        agree(name, numbers(3, 4, 2, kind="complex128"), **static)
    agree(name, numbers(2, 4, 3, kind="float32").T, **static)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "nansum", "cumsum", "cumprod"])
@pytest.mark.parametrize("dtype", ["float64", "int32", "complex64", "float32"])
def test_dtype_argument(name: str, dtype: str) -> None:
    dim = {"dim": 0} if name.startswith("cum") else {}
    if name == "mean" and dtype == "int32":
        refused(name, X, dtype=by_name(dtype))
        return
    if name == "nansum" and dtype == "complex64":
        return
    order = 1 if dtype.startswith("float") else 0   # PyTorch raises where the dtype is complex
    agree(name, numbers(3, 4, kind="float32"), dtype=by_name(dtype), order=order, **dim)
    agree(name, numbers(3, 4, kind="int64"), dtype=by_name(dtype), order=0, **dim)


def test_half_precision_is_summed_in_single() -> None:
    x = np.full(4096, 3.0, np.float16)
    assert evaluate(ours("mean"), x) == 3
    y = np.ones((4096, 2), np.float16) * np.float16(0.1)
    np.testing.assert_allclose(evaluate(ours("sum"), y, 0), 409.6, 1e-3)
    agree("var", numbers(300, kind="float16"), order=0)


def test_a_sum_over_many_rows() -> None:
    x = numbers(5000, 7, kind="float32")
    for static in ({"dim": 0}, {"dim": 0, "keepdim": True}):
        agree("sum", x, order=0, **static)
    agree("sum", numbers(70, 60, 5), dim=(0, 1))


@pytest.mark.parametrize("x", [X, ZEROS, ZEROS[:, :3], numbers(5, kind="complex128"), X[0, :1],
                               np.zeros((3, 0)), np.array(2.0), np.zeros((2, 3))], ids=str)
def test_products(x: Any) -> None:
    agree("prod", x)
    if x.ndim:
        for dim in range(x.ndim):
            agree("prod", x, dim, dim == 0)
            agree("cumprod", x, dim)


@pytest.mark.parametrize("x", [X, TIES, np.array(3.0), np.array([2.0, 2.0]), TIES.T,
                               numbers(2, 3, 4)], ids=str)
def test_extremes(x: Any) -> None:
    for name in ("max", "min"):
        agree(f"{name}_all", x, torch_fn=getattr(torch, name))
        for keepdim in (False, True):
            agree(f"{name}_dim", x, 0, keepdim, torch_fn=getattr(torch, name))
            agree(f"{name}_dim", x, -1, keepdim, torch_fn=getattr(torch, name))
            agree(f"arg{name}", x, 0, keepdim)
            agree(f"arg{name}", x, None, keepdim)
            agree(f"a{name}", x, -1, keepdim)
            agree(f"cum{name}", x, -1)
            agree("aminmax", x, dim=-1, keepdim=keepdim)
    agree("aminmax", x)


@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float16"])
def test_extremes_of_each_dtype(kind: str) -> None:
    x = numbers(4, 3, kind=kind)
    for name in ("max", "min"):
        agree(f"{name}_all", x, torch_fn=getattr(torch, name), order=0)
        agree(f"{name}_dim", x, 0, torch_fn=getattr(torch, name), order=0)
        agree(f"a{name}", x, 0, order=0)
        agree(f"cum{name}", x, 0, order=0)
        if kind != "bool":
            agree(f"arg{name}", x, 0, order=0)
        else:
            refused(f"arg{name}", x)


@pytest.mark.parametrize("name", ["max_dim", "min_dim", "cummax", "cummin", "amax", "argmax"])
def test_nan_wins(name: str) -> None:
    agree(name, HOLES, 1, order=0, torch_fn=getattr(torch, name.removesuffix("_dim")))
    agree(name, np.array([1.0, 3, NAN, 5, NAN, 2]), 0, order=0,
          torch_fn=getattr(torch, name.removesuffix("_dim")))


@pytest.mark.parametrize("static", [*SEVERAL, {"correction": 0}, {"unbiased": False},
                                    {"dim": 1, "unbiased": False}, {"dim": 1, "correction": 2}],
                         ids=str)
@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_variance(name: str, static: dict[str, Any]) -> None:
    if static.get("dim") == ():     # PyTorch divides its gradient by 0
        agree(name, numbers(3, 4, 2), order=0, **static)
        return
    agree(name, numbers(3, 4, 2), **static)
    agree(name, numbers(3, 4, 2, kind="complex128"), order=1 if "std" in name else 2, **static)
    agree(name, numbers(3, 4, 2, kind="float32"), order=1, **static)


def test_variance_of_few() -> None:
    agree("var", np.array(2.0), order=0)
    agree("var", np.array([2.0]), order=0)
    agree("var", np.array([]), order=0)
    agree("std", np.array([2.0, 2.0, 2.0]), order=1)
    agree("var", numbers(3, 4), False)
    agree("var", numbers(3, 4), 1, False, True)


@pytest.mark.parametrize("p", [2, 1, 0, 3, 1.5, 0.5, -1, INF, -INF, "fro", None])
def test_norms(p: Any) -> None:
    for x in (X, X.astype("float32"), numbers(3, 4, kind="complex128")):
        order = 1 if x.dtype.kind == "c" or x.dtype.itemsize == 4 else 2
        agree("norm", x, p, order=order)
        agree("norm", x, p, 1, order=order)
        agree("norm", x, p, (0, 1), True, order=order)
        if not isinstance(p, str) and p is not None:
            agree("vector_norm", x, p, 0, order=order, torch_fn=torch.linalg.vector_norm)
    if p != -1 and p is not None and not (not isinstance(p, str) and p < 0):
        agree("norm", np.zeros((3, 2)), p, 1, order=1)
        agree("norm", ZEROS, p, order=1)
    agree("norm", np.array(-3.0), p, order=1)


def test_log_sum_exp() -> None:
    agree("logsumexp", X, 1)
    agree("logsumexp", numbers(2, 3, 4), (0, 2), True)
    agree("logsumexp", np.array([[1e3, 1e3 + 1], [-1e3, -1e3]]), 1)
    agree("logsumexp", np.array([[-INF, -INF], [INF, 1.0], [-INF, 2.0]]), 1, order=0)
    agree("logsumexp", np.array([[-INF, 1.0], [-INF, 2.0]]), 1, order=1)
    assert not grads(ours("logsumexp"), np.array([[-INF, -INF]]), 1)[0].any()   # PyTorch: NaN
    agree("logsumexp", numbers(3, 4, kind="int64"), 0, order=0)
    agree("logsumexp", numbers(3, 4, kind="float16"), 0, order=0)
    agree("logsumexp", np.array(2.0), 0)
    agree("logsumexp", np.zeros((2, 0)), 1, order=0)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"])
def test_scans(name: str) -> None:
    for x in (X, numbers(7), numbers(2, 3, 5), np.array(2.0), np.zeros((2, 0)), X.T):
        agree(name, x, 0)
        agree(name, x, -1)
    agree(name, X.astype("float16"), 1, order=0)
    agree(name, X.astype("float32"), 1, order=1)
    if name in ("cumsum", "cumprod"):
        agree(name, numbers(3, 4, kind="complex128"), 1)
        for kind in ("bool", "uint8", "int32"):
            agree(name, numbers(3, 4, kind=kind), 1, order=0)


def test_log_cum_sum_exp_of_the_extreme() -> None:
    x = np.array([-INF, -INF, 1.0, 800.0, 2.0, -INF])
    agree("logcumsumexp", x, 0, order=0)
    agree("logcumsumexp", x[2:], 0, order=1)
    assert np.isfinite(grads(ours("logcumsumexp"), x, 0)[0]).all()      # PyTorch: NaN


def test_differences() -> None:
    agree("diff", X)
    agree("diff", X, 2, 0)
    agree("diff", X, 9)
    agree("diff", numbers(3, 4, kind="bool"), order=0)
    agree("diff", numbers(3, 4, kind="int64"), order=0)
    agree("diff", X, prepend=numbers(3, 2, seed=1), append=numbers(3, 1, seed=2))


@pytest.mark.parametrize("x", [X, numbers(7, kind="float32"), np.array(2.0), numbers(2, 3, 5),
                               numbers(4, 5, kind="int64"), numbers(9, kind="bool"),
                               numbers(6, kind="uint8"), HOLES, np.zeros((2, 0)), X.T], ids=str)
@pytest.mark.parametrize("descending", [False, True])
def test_sort(x: Any, descending: bool) -> None:
    order = 0 if x is HOLES else 2
    for dim in range(max(x.ndim, 1)):
        agree("sort", x, dim, descending, order=order,
              torch_fn=lambda x, d, down: torch.sort(x, dim=d, descending=down, stable=True))
        agree("argsort", x, dim, descending, order=0,
              torch_fn=lambda x, d, down: torch.argsort(x, dim=d, descending=down, stable=True))
    if x.ndim:
        agree("msort", x, order=order)


@pytest.mark.parametrize("largest", [False, True])
def test_topk(largest: bool) -> None:
    for x, k in ((X, 2), (numbers(2, 200), 5), (numbers(2, 200), 150), (numbers(100, 3).T, 3),
                 (np.array(2.0), 1), (X, 0), (X, 4)):
        agree("topk", x, k, -1, largest)
    wide = np.where(np.arange(300) % 7 == 3, NAN, np.arange(300) * 37 % 301)
    found = evaluate(ours("topk"), wide, 50, 0, largest)[0]
    same(found, torch.topk(torch.from_numpy(wide), 50, 0, largest)[0])


def test_order_statistics() -> None:
    for x in (X, numbers(7), numbers(2, 3, 5), np.array(2.0)):
        agree("median_all", x, torch_fn=torch.median)
        agree("nanmedian_all", x, torch_fn=torch.nanmedian)
        for keepdim in (False, True):
            agree("median_dim", x, -1, keepdim, torch_fn=torch.median)
            agree("nanmedian_dim", x, 0, keepdim, torch_fn=torch.nanmedian)
            agree("kthvalue", x, 1, -1, keepdim)
            agree("mode", x, -1, keepdim)
    agree("kthvalue", X, 3, 1)
    agree("median_all", TIES, torch_fn=torch.median)
    agree("median_dim", HOLES[::2], 1, order=0, torch_fn=torch.median)
    agree("nanmedian_dim", HOLES[::2], 1, order=0, torch_fn=torch.nanmedian)
    agree("median_all", HOLES, order=0, torch_fn=torch.median)
    agree("nanmedian_all", HOLES, order=0, torch_fn=torch.nanmedian)
    agree("median_all", np.zeros(0), order=0, torch_fn=torch.median)
    agree("mode", np.array([[3, 1, 1, 2, 2, 1, 2], [5, 5, 1, 5, 0, 0, 0]]), 1, order=0)


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantiles(name: str, interpolation: str) -> None:
    for x in (X, numbers(7), numbers(2, 3, 5), HOLES):
        order = 0 if x is HOLES else 2
        for static in ({}, {"dim": 0}, {"dim": -1, "keepdim": True}, {"keepdim": True}):
            agree(name, x, 0.3, interpolation=interpolation, order=order, **static)
            agree(name, x, 1.0, interpolation=interpolation, order=order, **static)
    q = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
    found = evaluate(ours(name), X, q.numpy(), 1, interpolation=interpolation)
    same(found, getattr(torch, name)(torch.from_numpy(X), q, 1, interpolation=interpolation))


def test_places() -> None:
    edges, rows = np.array([1.0, 3, 3, 7]), np.sort(numbers(2, 5), axis=1)
    values = np.array([[0.0, 3, 9], [1, 7, NAN]])
    for right in (False, True):
        agree("bucketize", values, edges, right=right, order=0)
        agree("searchsorted", edges, values, right=right, order=0)
        agree("searchsorted", edges, 3.0, right=right, out_int32=True, order=0)
        agree("searchsorted", rows, numbers(2, 3, seed=4), right=right, order=0)
    agree("searchsorted", edges[::-1].copy(), values, sorter=np.array([3, 2, 1, 0]), side="right",
          order=0)
    agree("bucketize", np.array([1, 5]), np.array([1, 3]), order=0)


def test_errors() -> None:
    refused("sum", X, dim=5)
    refused("sum", X, dim=(0, 0))
    refused("mean", numbers(3, kind="int64"))
    refused("var", numbers(3, kind="int64"))
    refused("norm", numbers(3, kind="int64"))
    refused("cumsum", X, 2)
    refused("max_all", np.zeros((2, 0)), torch_fn=torch.max)
    refused("max_dim", np.zeros((2, 0)), 1, torch_fn=torch.max)
    refused("amax", np.zeros((2, 0)))
    refused("amax", np.zeros((2, 0)), 1)
    refused("argmax", np.zeros((2, 0)))
    refused("argmin", np.zeros((2, 0)), 1)
    refused("topk", X, 5)
    refused("kthvalue", X, 0)
    refused("sort", numbers(3, kind="complex64"))
    refused("quantile", numbers(3, kind="int64"), 0.5)
    refused("quantile", X, 0.5, interpolation="best")
    refused("searchsorted", np.zeros((1, 3)), np.zeros((2, 2)))
    refused("searchsorted", np.zeros(3), np.zeros(2), right=True, side="left")
    refused("bucketize", np.zeros(3), np.zeros((1, 3)))
    refused("diff", np.array(1.0))
