"""Linear maps, embeddings, activations, normalisation, dropout, distances and losses as modules,
against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from modules_alike import Held, alike, alike_errors, torch

import wengert

RNG = np.random.default_rng(3)


def x(*shape: int) -> Any:
    return RNG.normal(size=shape).astype("float32")


X = x(4, 6)
CLASSES = np.array([0, 3, 5, 2])
SIGNS = np.array([1.0, -1, 1, -1], "float32")
P = RNG.uniform(0.05, 0.95, (4, 6)).astype("float32")
Q = RNG.uniform(0.05, 0.95, (4, 6)).astype("float32")

ACTIVATIONS = [
    "Threshold(0.1, 2.0)", "ReLU()", "ReLU(inplace=False)", "RReLU()", "RReLU(0.1, 0.4)",
    "Hardtanh()", "Hardtanh(-0.5, 0.7)", "ReLU6()", "Sigmoid()", "Hardsigmoid()", "Tanh()",
    "SiLU()", "Mish()", "Hardswish()", "ELU()", "ELU(2.0)", "CELU(1.5)", "SELU()", "GLU()",
    "GLU(0)", "GELU()", "GELU('tanh')", "Hardshrink()", "LeakyReLU(0.2)", "LogSigmoid()",
    "Softplus(2, 10)", "Softshrink()", "PReLU()", "PReLU(6)", "Softsign()", "Tanhshrink()",
    "Softmin(1)", "Softmax(dim=1)", "LogSoftmax(1)",
]


@pytest.mark.parametrize("text", ACTIVATIONS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_activations(text: str, mode: str) -> None:
    alike(lambda torch: eval(f"nn.{text}", {"nn": torch.nn}), X, mode=mode)


def test_activations_in_place() -> None:
    for text in ("ReLU(True)", "ELU(1.0, True)", "LeakyReLU(0.2, True)", "SiLU(True)",
                 "Hardtanh(inplace=True)", "RReLU(inplace=True)", "Threshold(0, 1, True)",
                 "SELU(True)", "CELU(1.5, True)", "ReLU6(True)", "Mish(True)"):
        alike(lambda torch, text=text: torch.nn.Sequential(
            torch.nn.Linear(6, 6), eval(f"nn.{text}", {"nn": torch.nn})), X)


def test_softmax2d() -> None:
    alike(lambda torch: torch.nn.Softmax2d(), x(2, 3, 2, 2))
    alike(lambda torch: torch.nn.Softmax2d(), x(3, 2, 2))
    alike_errors(lambda torch: torch.nn.Softmax2d()(torch.ones(2)))


def test_linear() -> None:
    alike(lambda torch: torch.nn.Linear(6, 3), X)
    alike(lambda torch: torch.nn.Linear(6, 3, bias=False), x(2, 4, 6))
    alike(lambda torch: torch.nn.Linear(6, 3, dtype=torch.float64), X.astype("float64"))
    alike(lambda torch: torch.nn.Bilinear(6, 5, 3), X, x(4, 5))
    alike(lambda torch: torch.nn.Bilinear(6, 5, 3, bias=False), X, x(4, 5))
    alike(lambda torch: torch.nn.Identity(3, k=1), X)
    alike(lambda torch: torch.nn.Flatten(), x(2, 3, 4))
    alike(lambda torch: torch.nn.Unflatten(1, (2, 3)), X)


def test_lazy() -> None:
    alike(lambda torch: torch.nn.LazyLinear(3), X)
    alike(lambda torch: torch.nn.LazyLinear(3, bias=False), X)
    alike(lambda torch: torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.LazyBatchNorm1d()), X)
    alike(lambda torch: torch.nn.LazyBatchNorm2d(affine=False), x(2, 3, 4, 4))
    alike(lambda torch: torch.nn.LazyBatchNorm3d(), x(2, 3, 2, 2, 2))
    alike(lambda torch: torch.nn.LazyInstanceNorm1d(), x(2, 3, 4))
    alike(lambda torch: torch.nn.LazyInstanceNorm2d(track_running_stats=True), x(2, 3, 4, 4))
    alike(lambda torch: torch.nn.LazyInstanceNorm3d(affine=True), x(2, 3, 2, 2, 2))


def test_containers() -> None:
    alike(lambda torch: torch.nn.Sequential(
        torch.nn.Linear(6, 5), torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(5, 2))), X)


INDICES = np.array([[1, 2, 4], [4, 3, 2]])


@pytest.mark.parametrize("options", [
    {}, {"padding_idx": 2}, {"padding_idx": -1}, {"max_norm": 1.0},
    {"max_norm": 1.0, "norm_type": 1.0}, {"scale_grad_by_freq": True}])
def test_embedding(options: Any) -> None:
    alike(lambda torch: torch.nn.Embedding(6, 4, **options), INDICES)
    table = x(6, 4)
    alike(lambda torch: torch.nn.Embedding.from_pretrained(
        torch.tensor(table), freeze=False, **options), INDICES)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_embedding_bag(mode: str) -> None:
    flat, offsets = np.array([1, 2, 4, 5, 4, 3, 2, 0]), np.array([0, 4, 4, 7])
    for options in {}, {"padding_idx": 2}, {"max_norm": 1.0}:
        def build(torch: Any, options: Any = options) -> Any:
            return torch.nn.EmbeddingBag(6, 4, mode=mode, **options)
        alike(build, INDICES)
        alike(build, flat, offsets)
    alike(lambda torch: torch.nn.EmbeddingBag(6, 4, mode=mode, include_last_offset=True),
          flat, np.array([0, 3, 3, 8]))
    if mode == "sum":
        alike(lambda torch: torch.nn.EmbeddingBag(6, 4, mode="sum"), flat, offsets, x(8))


def batch_norms(torch: Any, dims: int) -> Any:
    return getattr(torch.nn, f"BatchNorm{dims}d")


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("options", [
    {}, {"affine": False}, {"track_running_stats": False}, {"momentum": None}, {"bias": False}])
def test_batch_norm(dims: int, mode: str, options: Any) -> None:
    shape = (3, 4, *(2,) * dims)
    alike(lambda torch: batch_norms(torch, dims)(4, **options), x(*shape), mode=mode, calls=3)


def test_batch_norm_of_rows() -> None:
    alike(lambda torch: torch.nn.BatchNorm1d(6, momentum=0.3), X)
    alike_errors(lambda torch: torch.nn.BatchNorm1d(6)(torch.ones(1, 6)))
    alike_errors(lambda torch: torch.nn.BatchNorm1d(6)(torch.ones(2, 5)))
    alike_errors(lambda torch: torch.nn.BatchNorm2d(6)(torch.ones(2, 6)))


def test_batch_norm_after_training() -> None:
    """Running statistics of training, used in eval mode."""
    def build(torch: Any) -> Any:
        module = torch.nn.BatchNorm2d(3)
        module(torch.tensor(PICTURES))
        return module
    alike(build, PICTURES, mode="eval")


PICTURES = x(2, 3, 4, 4)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("options", [
    {}, {"affine": True}, {"track_running_stats": True, "affine": True}])
def test_instance_norm(dims: int, mode: str, options: Any) -> None:
    def build(torch: Any) -> Any:
        return getattr(torch.nn, f"InstanceNorm{dims}d")(4, **options)
    alike(build, x(3, 4, *(2,) * dims), mode=mode)
    alike(build, x(4, *(2,) * dims), mode=mode)


def test_normalisation() -> None:
    alike(lambda torch: torch.nn.LayerNorm(6), X)
    alike(lambda torch: torch.nn.LayerNorm((4, 6), bias=False), x(2, 4, 6))
    alike(lambda torch: torch.nn.LayerNorm([6], elementwise_affine=False), X)
    alike(lambda torch: torch.nn.GroupNorm(2, 4), x(2, 4, 3))
    alike(lambda torch: torch.nn.GroupNorm(4, 4, affine=False), x(2, 4, 3))
    alike(lambda torch: torch.nn.RMSNorm(6), X)
    alike(lambda torch: torch.nn.RMSNorm(6, eps=1e-3, elementwise_affine=False), X)
    for size in 1, 2, 3, 5:
        alike(lambda torch, size=size: torch.nn.LocalResponseNorm(size, 0.1), x(2, 6, 3))
        alike(lambda torch, size=size: torch.nn.LocalResponseNorm(size), x(2, 6, 3, 2))
    alike_errors(lambda torch: torch.nn.GroupNorm(3, 4))


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_dropout(mode: str) -> None:
    for name, shape in (("Dropout", (4, 6)), ("Dropout1d", (3, 4, 5)), ("Dropout2d", (2, 3, 2, 2)),
                        ("Dropout3d", (2, 3, 2, 2, 2)), ("AlphaDropout", (4, 6)),
                        ("FeatureAlphaDropout", (2, 3, 4))):
        alike(lambda torch, name=name: getattr(torch.nn, name)(0.3), x(*shape), mode=mode)
    alike_errors(lambda torch: torch.nn.Dropout(1.5))


def test_distances() -> None:
    alike(lambda torch: torch.nn.CosineSimilarity(), X, x(4, 6))
    alike(lambda torch: torch.nn.PairwiseDistance(1.0, keepdim=True), X, x(4, 6))


REDUCTIONS = ["mean", "sum", "none"]


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_losses(reduction: str) -> None:
    cases: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
        ("L1Loss", {}, (X, P)), ("MSELoss", {}, (X, P)), ("NLLLoss", {}, (X, CLASSES)),
        ("NLLLoss", {"ignore_index": 3}, (X, CLASSES)), ("CrossEntropyLoss", {}, (X, CLASSES)),
        ("CrossEntropyLoss", {"label_smoothing": 0.1}, (X, CLASSES)),
        ("PoissonNLLLoss", {}, (X, np.floor(5 * P))), ("GaussianNLLLoss", {}, (X, Q, P)),
        ("KLDivLoss", {"log_target": True}, (X, np.log(P))), ("BCELoss", {}, (P, Q)),
        ("BCEWithLogitsLoss", {}, (X, Q)), ("HingeEmbeddingLoss", {}, (X[:, 0].copy(), SIGNS)),
        ("SmoothL1Loss", {"beta": 0.5}, (X, P)), ("HuberLoss", {"delta": 0.5}, (X, P)),
        ("SoftMarginLoss", {}, (X[:, 0].copy(), Held(SIGNS))),
        ("CosineEmbeddingLoss", {"margin": 0.1}, (X, P, SIGNS)),
        ("MarginRankingLoss", {"margin": 0.2}, (X[:, 0].copy(), X[:, 1].copy(), SIGNS)),
        ("MultiMarginLoss", {}, (X, CLASSES)), ("TripletMarginLoss", {}, (X, P, Q)),
        ("TripletMarginWithDistanceLoss", {"swap": True}, (X, P, Q)),
        ("MultiLabelMarginLoss", {}, (X, LABELS)), ("MultiLabelMarginLoss", {}, (X[0], LABELS[0])),
        ("MultiLabelSoftMarginLoss", {}, (X, (P > 0.5).astype("float32"))),
    ]
    for name, options, args in cases:
        alike(lambda torch, name=name, options=options: getattr(torch.nn, name)(
            reduction=reduction, **options), *args, calls=1)


LABELS = np.array([[3, 0, -1, 1, 2, 4], [-1, 0, 0, 0, 0, 0], [5, 4, 3, 2, 1, 0],
                   [2, -1, 3, -1, 1, 1]])


def test_weighted_losses() -> None:
    weight = np.linspace(0.5, 2, 6).astype("float32")
    for name in "CrossEntropyLoss", "NLLLoss", "MultiMarginLoss":
        alike(lambda torch, name=name: getattr(torch.nn, name)(weight=torch.tensor(weight)),
              X, CLASSES)
    alike(lambda torch: torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight)), X, Q)
    alike(lambda torch: torch.nn.MultiLabelSoftMarginLoss(weight=torch.tensor(weight)), X, Q)


CTC = np.log(np.array(RNG.dirichlet(np.ones(5), (9, 3)), "float32"))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_ctc(reduction: str) -> None:
    def build(torch: Any) -> Any:
        return torch.nn.CTCLoss(reduction=reduction, zero_infinity=True)
    targets = np.array([[1, 2, 2, 4], [3, 3, 0, 0], [1, 4, 1, 2]])
    lengths, sizes = np.array([9, 8, 6]), np.array([4, 2, 3])
    alike(build, CTC, targets, lengths, sizes, tolerance=1e-4)
    flat = np.concatenate([row[:n] for row, n in zip(targets, sizes, strict=True)])
    alike(build, CTC, flat, tuple(lengths), tuple(sizes), tolerance=1e-4)
    alike(build, CTC, targets, np.array([9, 2, 2]), sizes, tolerance=1e-4)
    alike(build, CTC[:, 0].copy(), targets[0], np.array(9), np.array(4), tolerance=1e-4)


def test_ctc_of_the_impossible() -> None:
    alike(lambda torch: torch.nn.CTCLoss(reduction="none"), CTC[:2].copy(),
          np.array([[1, 2, 3]] * 3), (2, 2, 2), (3, 3, 1), calls=0)


def test_adaptive_softmax() -> None:
    def build(torch: Any) -> Any:
        return torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 12], div_value=2.0)
    rows, classes = x(5, 8), np.array([0, 4, 7, 19, 12])
    alike(build, rows, classes)
    alike(build, rows[0].copy(), np.array(13))
    alike_errors(lambda torch: build(torch)(torch.ones(2, 8), torch.tensor([1, 20])))
    alike_errors(lambda torch: torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [12, 5]))


def test_functions() -> None:
    a = x(5, 3)

    class Function:
        """A function as a module."""

        def __new__(cls, torch: Any, run: Any) -> Any:
            class Run(torch.nn.Module):  # type: ignore[misc, name-defined]
                def forward(self, *args: Any) -> Any:
                    return run(torch.nn.functional, *args)
            return Run()

    for run in (
            lambda F, x: F.gumbel_softmax(x, 0.5), lambda F, x: F.gumbel_softmax(x, hard=True),
            lambda F, x: F.gumbel_softmax(x, dim=0), lambda F, x: F.pdist(x),
            lambda F, x: F.pdist(x, 1.0), lambda F, x: F.relu_(x * 1), lambda F, x: F.rrelu_(x * 1),
            lambda F, x: F.leaky_relu_(x * 1, 0.3), lambda F, x: F.elu_(x * 1),
            lambda F, x: F.threshold_(x * 1, 0.2, 0.1), lambda F, x: F.selu_(x * 1),
            lambda F, x: F.celu_(x * 1), lambda F, x: F.hardtanh_(x * 1)):
        alike(lambda torch, run=run: Function(torch, run), a)


def test_second_derivatives() -> None:
    """The gradient of a gradient's norm, as in a gradient penalty."""
    def penalty(torch: Any, build: Any, value: Any) -> Any:
        torch.manual_seed(1)
        module, given = build(torch.nn).double(), torch.tensor(value, requires_grad=True)
        (grad,) = torch.autograd.grad(module(given).sigmoid().pow(2).sum(), given,
                                      create_graph=True)
        grad.pow(2).sum().backward()
        return given.grad.detach().numpy(), [
            None if p.grad is None else p.grad.detach().numpy() for p in module.parameters()]

    for build, shape in (
            (lambda nn: nn.BatchNorm1d(3), (4, 3)), (lambda nn: nn.BatchNorm2d(3), (2, 3, 2, 2)),
            (lambda nn: nn.InstanceNorm1d(3, affine=True), (2, 3, 4)),
            (lambda nn: nn.GLU(), (3, 4)),
            (lambda nn: nn.LocalResponseNorm(3, 0.2), (2, 4, 3)), (lambda nn: nn.PReLU(), (3, 4)),
            (lambda nn: nn.LayerNorm(4), (3, 4)),
            (lambda nn: nn.BatchNorm1d(3).eval(), (4, 3))):
        value = RNG.normal(size=shape)
        (a, more), (b, wanted) = penalty(wengert, build, value), penalty(torch, build, value)
        np.testing.assert_allclose(a, b, 1e-7, 1e-9)
        for mine, theirs in zip(more, wanted, strict=True):
            np.testing.assert_allclose(mine, theirs, 1e-7, 1e-9)
