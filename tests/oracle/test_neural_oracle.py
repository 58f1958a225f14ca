"""Softmax, normalisation, similarities, rows and losses against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from against_torch import agree, numbers, ours, refused, torch

from nodes import evaluate, grads
from wengert.engine.dtypes import float32, float64

F = torch.nn.functional
INF = float("inf")
REDUCTIONS = ("none", "mean", "sum")
X = numbers(3, 4)
Y = numbers(3, 4, seed=1)
P = np.random.default_rng(0).uniform(0.05, 0.95, (3, 4))
Q = np.random.default_rng(1).uniform(0.05, 0.95, (3, 4))
T = np.array([0, 3, 1])
SIGNS = np.array([[1.0, -1, 1, 1], [-1, -1, 1, -1], [1, 1, 1, -1]])


def same_as(name: str, *args: Any, **static: Any) -> None:
    agree(name, *args, torch_fn=getattr(F, name), **static)


def both_refuse(name: str, *args: Any, **static: Any) -> None:
    refused(name, *args, torch_fn=getattr(F, name), **static)


# ---- softmax and normalisation ----


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_softmax(name: str) -> None:
    for dim in (0, 1, -1):
        same_as(name, X, dim=dim)
        same_as(name, X.astype("float32"), dim=dim, order=1)
        same_as(name, X.astype("float16"), dim=dim, order=0)
    same_as(name, X.T, dim=0)
    same_as(name, np.array(2.0), dim=0)
    same_as(name, np.zeros((2, 0)), dim=1, order=0)
    same_as(name, np.array([[1e4, 1e4 - 3, -1e4], [-INF, 2, 3]]), dim=1, order=1)
    same_as(name, np.array([[-INF, -INF], [INF, 3]]), dim=1, order=0)
    same_as(name, X.astype("float32"), dim=1, dtype=float64, order=1)
    same_as(name, numbers(3, 4, kind="int64"), dim=1, dtype=float32, order=0)
    both_refuse(name, X, dim=2)
    both_refuse(name, numbers(3, 4, kind="int64"), dim=1)


def test_layer_norm() -> None:
    w, b = numbers(4, seed=2), numbers(4, seed=3)
    same_as("layer_norm", X, (4,), w, b)
    same_as("layer_norm", X, (4,))
    same_as("layer_norm", X, (3, 4), Y, None, 1e-3)
    same_as("layer_norm", numbers(2, 3, 4), (4,), w, b)
    same_as("layer_norm", X.astype("float32"), (4,), w.astype("float32"), b.astype("float32"),
            order=1)
    same_as("layer_norm", X.astype("float16"), (4,), w.astype("float16"), order=0)
    same_as("layer_norm", np.ones((2, 4)), (4,), w, b)
    both_refuse("layer_norm", X, (3,))
    both_refuse("layer_norm", X, ())
    both_refuse("layer_norm", X, (4,), numbers(3))
    both_refuse("layer_norm", numbers(3, 4, kind="int64"), (4,))


def test_rms_norm() -> None:
    same_as("rms_norm", X, (4,), numbers(4))
    same_as("rms_norm", X, (3, 4), None, 0.1)
    same_as("rms_norm", X.astype("float32"), (4,), order=1)
    both_refuse("rms_norm", X, (3,))


def test_group_norm() -> None:
    w, b = numbers(4, seed=2), numbers(4, seed=3)
    same_as("group_norm", X, 2, w, b)
    same_as("group_norm", numbers(2, 4, 3), 4, w, b)
    same_as("group_norm", numbers(2, 4, 3, 2), 1)
    both_refuse("group_norm", X, 3)
    both_refuse("group_norm", X[0], 1)


def test_lengths_and_similarities() -> None:
    same_as("normalize", X)
    same_as("normalize", X, 1.0, 0)
    same_as("normalize", numbers(2, 3, 4), dim=(1, 2))
    same_as("normalize", np.array([[3.0, 4], [0, 0]]), order=1)
    both_refuse("normalize", numbers(3, 4, kind="int64"))
    same_as("cosine_similarity", X, Y)
    same_as("cosine_similarity", X, Y[0], -1)
    same_as("cosine_similarity", np.array([[3.0, 4], [0, 0]]), np.ones((2, 2)), order=1)
    both_refuse("cosine_similarity", numbers(3, 4, kind="int64"), numbers(3, 4, kind="int64"))
    for p in (2.0, 1.0, 3.0, INF):
        same_as("pairwise_distance", X, Y, p)
    same_as("pairwise_distance", X, Y[0], keepdim=True)


# ---- rows ----


def test_embedding() -> None:
    places = np.array([[0, 2], [2, 1]])
    same_as("embedding", places, X)
    same_as("embedding", places, X, padding_idx=2)
    same_as("embedding", places, X, padding_idx=-3)
    same_as("embedding", np.array(1), X)
    same_as("embedding", np.zeros((0,), np.int64), X)
    same_as("embedding", places.astype("int32"), X.astype("float32"), order=1)
    both_refuse("embedding", np.array([3]), X)
    both_refuse("embedding", np.array([-1]), X)
    both_refuse("embedding", np.array([1.0]), X)
    both_refuse("embedding", np.array([1]), X[0])
    both_refuse("embedding", np.array([1]), X, padding_idx=5)


def test_one_hot() -> None:
    same_as("one_hot", T, 5, order=0)
    same_as("one_hot", np.array(2), 3, order=0)
    both_refuse("one_hot", np.array([1, 2]), 2)
    both_refuse("one_hot", np.array([-1]), 2)
    both_refuse("one_hot", np.array([1.0]), 2)


def test_masked_scale() -> None:
    mask = X > 0
    found = evaluate(ours("masked_scale"), X, mask, 2.0)
    np.testing.assert_array_equal(found, np.where(mask, X * 2, 0))
    assert evaluate(ours("masked_scale"), X.astype("float32"), mask, 2.0).dtype == np.float32


# ---- losses ----


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_regression(reduction: str) -> None:
    how = {"reduction": reduction}
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
        same_as(name, X, Y, **how)
        same_as(name, X, Y.astype("float32"), order=0, **how)
        same_as(name, X.astype("float32"), Y.astype("float32"), order=1, **how)
        same_as(name, np.array(1.0), np.array(3.0), **how)
        same_as(name, X, X.copy(), order=1, **how)
        if name != "smooth_l1_loss":
            same_as(name, X, Y, weight=P, **how)
    same_as("smooth_l1_loss", X, Y, beta=0.3, **how)
    same_as("smooth_l1_loss", X, Y, beta=0.0, **how)
    same_as("huber_loss", X, Y, delta=0.3, **how)
    for static in ({}, {"full": True}, {"log_input": False}):
        same_as("poisson_nll_loss", P, Q * 3, **how, **static)
    for var in (P, P[:, :1], P[:, 0], P * 1e-7):
        same_as("gaussian_nll_loss", X, Y, var, full=True, order=1, **how)
    same_as("gaussian_nll_loss", X, Y, 0.3, **how)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 1.0, 0.3])], ids=["", "weight"])
def test_classes(weight: Any, reduction: str) -> None:
    how: dict[str, Any] = {"reduction": reduction, "weight": weight}
    if weight is not None:
        how |= {"fixed": True, "order": 1}
    grid = numbers(3, 4, 2, 2)
    places = np.random.default_rng(0).integers(0, 4, (3, 2, 2))
    holes = np.where(places == 2, -100, places)
    for name in ("nll_loss", "cross_entropy"):
        same_as(name, X, T, **how)
        same_as(name, X, T, ignore_index=3, **how)
        same_as(name, X, np.array([0, -100, 1]), **how)
        same_as(name, X, np.array([-100, -100, -100]), **{**how, "order": 0})
        same_as(name, X[0], T[0], **how)
        same_as(name, X[0], np.array(3), ignore_index=3, **{**how, "order": 0})
        same_as(name, X, T.astype("uint8"), **how)
        same_as(name, grid, places, **how)
        same_as(name, grid, holes, **how)
        same_as(name, grid[..., 0], holes[..., 0], **how)
        if reduction != "mean" or weight is None:
            same_as(name, X[:0], T[:0], **{**how, "order": 0})
        if weight is None:
            same_as(name, X.astype("float32"), T, order=1, **how)
            same_as(name, X.astype("float16"), T, order=0, **how)
    for smoothing in (0.1, 1.0):
        smooth = {"label_smoothing": smoothing, **how}
        same_as("cross_entropy", X, T, **smooth)
        same_as("cross_entropy", X, np.array([0, -100, 1]), **smooth)
        same_as("cross_entropy", grid, holes, **smooth)
        same_as("cross_entropy", X[0], T[0], **smooth)
        same_as("cross_entropy", X, P, **smooth)
    same_as("cross_entropy", X, P, **how)
    same_as("cross_entropy", X[0], P[0], **how)
    same_as("cross_entropy", grid, np.abs(grid[::-1]), **how)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary(reduction: str) -> None:
    how = {"reduction": reduction}
    w = np.array([0.5, 2.0, 1.0, 0.3])
    same_as("binary_cross_entropy", P, Q, **how)
    same_as("binary_cross_entropy", P, Q, weight=w, fixed=True, order=1, **how)
    same_as("binary_cross_entropy", P.astype("float32"), (SIGNS > 0).astype("float32"), order=1,
            **how)
    logits = "binary_cross_entropy_with_logits"
    same_as(logits, X, Q, **how)
    same_as(logits, X, Q, weight=w, pos_weight=w * 2, fixed=True, order=1, **how)
    same_as(logits, np.array([-1e3, 1e3, 0.0]), np.array([1.0, 0, 1]), order=1, **how)
    same_as("soft_margin_loss", X, target=SIGNS, fixed=True, order=1, **how)
    same_as("multilabel_soft_margin_loss", X, Q, **how)
    for log_target in (False, True):
        same_as("kl_div", X, Y if log_target else P, log_target=log_target, **how)
    same_as("kl_div", X, P, reduction="batchmean")


def test_binary_cross_entropy_at_the_ends() -> None:
    x, t = np.array([0.0, 1, 0, 1]), np.array([0.0, 1, 1, 0])
    found = evaluate(ours("binary_cross_entropy"), x, t, reduction="none")
    wanted = F.binary_cross_entropy(torch.from_numpy(x), torch.from_numpy(t), reduction="none")
    np.testing.assert_allclose(found, wanted.numpy())
    given = torch.from_numpy(x).requires_grad_()
    F.binary_cross_entropy(given, torch.from_numpy(t), reduction="sum").backward()
    np.testing.assert_allclose(grads(ours("binary_cross_entropy"), x, t, reduction="sum")[0]
                               / grads(ours("sum"), np.ones(2))[0][0], given.grad.numpy())


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_margins(reduction: str) -> None:
    how = {"reduction": reduction}
    signs = SIGNS[:, 0]
    same_as("hinge_embedding_loss", X, SIGNS, **how)
    same_as("margin_ranking_loss", X, Y, SIGNS, margin=0.2, **how)
    same_as("cosine_embedding_loss", X, Y, signs, margin=-0.5, **how)
    same_as("cosine_embedding_loss", X[0], Y[0], signs[0], **how)
    for static in ({}, {"p": 1.0}, {"swap": True, "margin": 3.0}):
        same_as("triplet_margin_loss", X, Y, P, **how, **static)
    same_as("multi_margin_loss", X, T, order=1, **how)
    same_as("multi_margin_loss", X, T, 2, 0.5, weight=np.array([0.5, 2.0, 1.0, 0.3]), order=1,
            fixed=True, **how)
    same_as("multi_margin_loss", X[0], T[0], order=1, **how)


@pytest.mark.parametrize("old", [{"size_average": False}, {"reduce": False},
                                 {"size_average": True, "reduce": True}], ids=str)
@pytest.mark.filterwarnings("ignore")
def test_the_older_spelling(old: dict[str, Any]) -> None:
    same_as("mse_loss", X, Y, **old)
    same_as("cross_entropy", X, T, **old)


def test_errors() -> None:
    both_refuse("mse_loss", X, Y[:2])
    both_refuse("mse_loss", X, Y, reduction="best")
    both_refuse("mse_loss", T, T)
    both_refuse("mse_loss", X, Y, weight=P[0])
    both_refuse("l1_loss", T, T)
    both_refuse("smooth_l1_loss", X, Y, beta=-1.0)
    both_refuse("huber_loss", X, Y, delta=0.0)
    for name in ("nll_loss", "cross_entropy"):
        both_refuse(name, X, T[:2])
        both_refuse(name, X, np.array([0, 1, 4]))
        both_refuse(name, X, np.array([0, -1, 1]))
        both_refuse(name, X, T.astype("float64"))
        both_refuse(name, X, T.astype("int32"))
        both_refuse(name, X, T, weight=numbers(2))
        both_refuse(name, X, T[:, None])
        both_refuse(name, X[:, :, None], np.zeros((3, 2), np.int64))
        both_refuse(name, X, T, reduction="best")
    both_refuse("nll_loss", X, T, weight=numbers(4, kind="float32"))
    both_refuse("nll_loss", np.array(1.0), np.array(0))
    both_refuse("cross_entropy", X, T, label_smoothing=1.5)
    both_refuse("cross_entropy", X, P, ignore_index=2)
    both_refuse("cross_entropy", X, P.astype("int64"))
    both_refuse("cross_entropy", numbers(3, 4, kind="int64"), T)
    both_refuse("binary_cross_entropy", X, P)
    both_refuse("binary_cross_entropy", P, P[:2])
    both_refuse("binary_cross_entropy", P, P.astype("float32"))
    both_refuse("binary_cross_entropy_with_logits", X, P[:2])
    both_refuse("gaussian_nll_loss", X, Y, -P)
    both_refuse("gaussian_nll_loss", X, Y, P[0])
    both_refuse("margin_ranking_loss", X, Y, SIGNS[0])
    both_refuse("cosine_embedding_loss", X, Y, SIGNS)
    both_refuse("triplet_margin_loss", X, Y, P[0])
    both_refuse("triplet_margin_loss", X, Y, P, margin=-1.0)
    both_refuse("multi_margin_loss", X, T, 3)
    both_refuse("multi_margin_loss", X, T[:2])
