"""Functions whose second derivative is zeros, and programs that differentiate twice, for any
library with PyTorch's surface."""

from __future__ import annotations

from typing import Any

import numpy as np

PIECEWISE = {
    "relu": "F.relu(x)", "relu6": "F.relu6(x)", "leaky_relu": "F.leaky_relu(x, 0.1)",
    "prelu": "F.prelu(x, torch.full((1,), 0.3, dtype=x.dtype))", "hardtanh": "F.hardtanh(x)",
    "hardshrink": "F.hardshrink(x, 0.2)", "softshrink": "F.softshrink(x, 0.2)",
    "threshold": "F.threshold(x, 0.1, 0.2)", "rrelu": "F.rrelu(x)", "abs": "x.abs()",
    "max_pool1d": "F.max_pool1d(x, 2)", "max_pool2d": "F.max_pool2d(x, 2)",
    "avg_pool1d": "F.avg_pool1d(x, 2)", "avg_pool2d": "F.avg_pool2d(x, 2)",
    "adaptive_max_pool2d": "F.adaptive_max_pool2d(x, 1)",
    "adaptive_avg_pool1d": "F.adaptive_avg_pool1d(x, 2)",
    "max_unpool2d": "F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)",
    "nll_loss": "F.nll_loss(x[0], torch.tensor([1, 2]))", "l1_loss": "F.l1_loss(x, x.detach() + 1)",
    "norm1": "torch.linalg.vector_norm(x, 1)", "pow": "x ** 1",
    "pad": "F.pad(x, (1, 2), mode='reflect')", "area": "F.interpolate(x, 6, mode='area')",
    "smooth_l1_loss": "F.smooth_l1_loss(x, torch.zeros_like(x), beta=10.0) * 0 + F.relu(x).sum()",
}
"""Functions of ``x``, of shape [2, 2, 4], that are linear piece by piece."""


def value(form: str, torch: Any, x: Any) -> Any:
    return eval(form, {"torch": torch, "F": torch.nn.functional, "x": x})


def leaf(torch: Any, seed: int, *shape: int) -> Any:
    draw = np.random.RandomState(seed)
    return torch.tensor(draw.uniform(-1.5, 1.5, shape), dtype=torch.float64, requires_grad=True)


def plain(values: Any) -> list[Any]:
    return [None if v is None else np.array(v.detach().tolist()) for v in values]


def twice(torch: Any, form: str, seed: int, look: bool) -> list[Any]:
    """The gradient of a function along a cotangent that is a leaf, and the second derivatives."""
    x = leaf(torch, seed, 2, 2, 4)
    y = value(form, torch, x)
    c = leaf(torch, seed + 50, *y.shape)
    (g,) = torch.autograd.grad(y, x, c, create_graph=True)
    if look:
        g.sum().item()
    assert g.requires_grad
    back = torch.autograd.grad((g * g).sum(), [x, c], allow_unused=True)
    one = value(form, torch, x).sum()
    (d,) = torch.autograd.grad(one, x, create_graph=True)
    if look:
        d.sum().item()
    return plain([g, *back, d, *torch.autograd.grad(d.sum(), x)])


NETS = {
    "relu": ("nn.ReLU()", "nn.MaxPool2d(2)"), "leaky": ("nn.LeakyReLU(0.1)", "nn.AvgPool2d(2)"),
    "in place": ("nn.ReLU(inplace=True)", "nn.AdaptiveMaxPool2d(2)"),
    "prelu": ("nn.PReLU()", "nn.AdaptiveAvgPool2d(2)"), "tanh": ("nn.Tanh()", "nn.MaxPool2d(2)"),
}


def network(torch: Any, name: str) -> Any:
    act, pool = (eval(form, {"nn": torch.nn}) for form in NETS[name])
    nn = torch.nn
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), act, pool, nn.Flatten(), nn.Linear(8, 3), act,
                         nn.Linear(3, 1)).double()


def penalty(torch: Any, net: Any, x: Any, looks: int) -> Any:
    """A gradient penalty; ``looks`` says how often a value is looked at on the way."""
    y = net(x)
    if looks:
        y.sum().item()
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    if looks > 1:
        g.sum().item()
    return ((g.reshape(len(x), -1).norm(dim=1) - 1) ** 2).mean()


def penalized(torch: Any, net: Any, seed: int, looks: int, backward: bool) -> list[Any]:
    """The gradients of a penalty in the parameters and in the input."""
    x = leaf(torch, seed, 3, 1, 6, 6)
    loss = penalty(torch, net, x, looks)
    wanted = [*net.parameters(), x]
    if not backward:
        return plain(torch.autograd.grad(loss, wanted, allow_unused=True))
    for p in wanted:
        p.grad = None
    loss.backward()
    return plain(p.grad for p in wanted)
