"""Calls whose ``grad_fn`` is compared with PyTorch's: names, edges and what is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

UNARY = """exp log log1p log2 log10 sqrt rsqrt sin cos tan tanh sinh cosh sigmoid relu abs
    reciprocal neg expm1 erf erfc lgamma digamma asinh atan sum mean prod max min clone"""


def programs(torch: Any) -> dict[str, Callable[[], Any]]:
    """By name, functions without arguments that give a tensor."""
    x = ((torch.arange(12.0) * 0.37) % 1.9 + 0.1).reshape(3, 4).requires_grad_()
    y = ((torch.arange(12.0) * 0.61) % 1.3 + 0.2).reshape(3, 4).requires_grad_()
    m = ((torch.arange(20.0) * 0.29) % 1.7 - 0.5).reshape(4, 5).requires_grad_()
    im = ((torch.arange(96.0) * 0.53) % 2.3 - 1).reshape(1, 2, 6, 8).requires_grad_()
    w = ((torch.arange(54.0) * 0.31) % 1.1 - 0.4).reshape(3, 2, 3, 3).requires_grad_()
    at, classes = torch.tensor([[0, 1], [1, 2], [2, 0]]), torch.tensor([0, 1, 2])
    square = x @ x.detach().t() + 3 * torch.eye(3)
    functional = torch.nn.functional
    unary = {name: lambda name=name: getattr(x, name)() for name in UNARY.split()}
    return unary | {
        "add": lambda: x + y, "add alpha": lambda: torch.add(x, y, alpha=2), "sub": lambda: x - y,
        "mul": lambda: x * y, "mul number": lambda: x * 2, "div": lambda: x / y,
        "div number": lambda: x / 4, "mul data": lambda: x * y.detach(), "pow": lambda: x ** 2,
        "pow tensor": lambda: x ** y, "maximum": lambda: torch.maximum(x, y),
        "atan2": lambda: torch.atan2(x, y), "gelu": lambda: functional.gelu(x),
        "silu": lambda: functional.silu(x), "leaky_relu": lambda: functional.leaky_relu(x),
        "softplus": lambda: functional.softplus(x), "hardtanh": lambda: functional.hardtanh(x),
        "clamp": lambda: x.clamp(0, 1), "lerp": lambda: torch.lerp(x, y, 0.3),
        "addcmul": lambda: torch.addcmul(x, x, y), "where": lambda: torch.where(x > 1, x, y),
        "sum dim": lambda: x.sum(1), "mean dim": lambda: x.mean(0, keepdim=True),
        "max dim": lambda: x.max(1)[0], "min dim": lambda: x.min(0)[0],
        "amax": lambda: x.amax(1), "cumsum": lambda: x.cumsum(0),
        "cumprod": lambda: x.cumprod(0), "var": lambda: x.var(), "std": lambda: x.std(),
        "softmax": lambda: x.softmax(1), "log_softmax": lambda: x.log_softmax(1),
        "logsumexp": lambda: x.logsumexp(1), "mm": lambda: x @ m,
        "bmm": lambda: torch.bmm(x[None], m[None]), "mv": lambda: x @ m[:, 0],
        "dot": lambda: m[0].dot(m[1]), "view": lambda: x.view(4, 3), "t": lambda: x.t(),
        "transpose": lambda: x.transpose(0, 1), "permute": lambda: x.permute(1, 0),
        "expand": lambda: x[None].expand(2, 3, 4), "unsqueeze": lambda: x.unsqueeze(0),
        "squeeze": lambda: x[None].squeeze(0), "repeat": lambda: x.repeat(2, 1),
        "cat": lambda: torch.cat([x, y]), "stack": lambda: torch.stack([x, y]),
        "split": lambda: x.split(2, 1)[0], "unbind": lambda: x.unbind(0)[0],
        "gather": lambda: x.gather(1, at), "index_select": lambda: x.index_select(0, classes[:2]),
        "masked_fill": lambda: x.masked_fill(x > 1, 0.0), "tril": lambda: x.tril(),
        "flip": lambda: x.flip(0), "sort": lambda: x.sort(1)[0],
        "pad": lambda: functional.pad(x, (1, 1)), "scatter": lambda: x.scatter(1, at, y),
        "mse_loss": lambda: functional.mse_loss(x, y), "cdist": lambda: torch.cdist(x, y),
        "smooth_l1_loss": lambda: functional.smooth_l1_loss(x, y),
        "bce": lambda: functional.binary_cross_entropy_with_logits(x, y),
        "nll_loss": lambda: functional.nll_loss(x.log_softmax(1), classes),
        "conv2d": lambda: functional.conv2d(im, w), "avg_pool2d": lambda: (
            functional.avg_pool2d(im, 2)), "max_pool2d": lambda: functional.max_pool2d(im, 2),
        "batch_norm": lambda: functional.batch_norm(im, None, None, training=True),
        "layer_norm": lambda: functional.layer_norm(x, (4,)),
        "embedding": lambda: functional.embedding(classes, x),
        "elu": lambda: functional.elu(x), "logsigmoid": lambda: functional.logsigmoid(x),
        "inverse": lambda: square.inverse(), "cholesky": lambda: torch.linalg.cholesky(square),
        "det": lambda: torch.det(square), "iadd": lambda: x.clone().add_(y),
    }
