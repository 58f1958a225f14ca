"""How results lie in memory: operations on a transposed matrix, and gradients, each a function of
``torch``. ``test_views.py`` asks that a layout is the same each time and in each tier, the oracle
test that what is contiguous in PyTorch is contiguous here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

N = 4

RESULTS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda torch, x: x.t() + 1,
    "batch_norm": lambda torch, x: torch.nn.functional.batch_norm(
        x.t(), torch.zeros(N), torch.ones(N), training=True),
    "bmm": lambda torch, x: torch.bmm(x[None], x.t()[None]),
    "cat": lambda torch, x: torch.cat([x.t(), x.t()]),
    "cholesky": lambda torch, x: torch.linalg.cholesky(x @ x.t() + torch.eye(N)),
    "chunk": lambda torch, x: x.chunk(2, 1)[0],
    "clone": lambda torch, x: x.t().clone(),
    "contiguous": lambda torch, x: x.t().contiguous(),
    "conv1d": lambda torch, x: torch.nn.functional.conv1d(x[None], x[:, :, None]),
    "copy_": lambda torch, x: torch.zeros(N, N).t().copy_(x),
    "cumsum": lambda torch, x: x.t().cumsum(0),
    "detach": lambda torch, x: x.t().detach(),
    "diagonal": lambda torch, x: x.diagonal(),
    "dropout": lambda torch, x: torch.nn.functional.dropout(x.t(), 0.0),
    "eigh": lambda torch, x: torch.linalg.eigh(x @ x.t())[1],
    "einsum": lambda torch, x: torch.einsum("ij,jk->ki", x, x),
    "einsum, a transpose": lambda torch, x: torch.einsum("ij->ji", x),
    "expand": lambda torch, x: x[:1].expand(N, N),
    "flip": lambda torch, x: x.flip(0),
    "gather": lambda torch, x: x.t().gather(0, torch.zeros(N, N, dtype=torch.int64)),
    "index": lambda torch, x: x.t()[torch.tensor([0, 1])],
    "inv": lambda torch, x: torch.linalg.inv(x + N * torch.eye(N)),
    "linear": lambda torch, x: torch.nn.functional.linear(x, x.t()),
    "lstm": lambda torch, x: torch.nn.LSTM(N, 3, batch_first=True)(x[None])[0],
    "masked_fill": lambda torch, x: x.t().masked_fill(x.t() > 0, 0.0),
    "matmul": lambda torch, x: x.t() @ x,
    "movedim": lambda torch, x: x.movedim(0, 1),
    "mul_": lambda torch, x: x.t().mul_(2),
    "multi-head attention": lambda torch, x: torch.nn.MultiheadAttention(
        N, 2, batch_first=True)(x[None], x[None], x[None])[0],
    "outer": lambda torch, x: torch.outer(x[0], x[1]),
    "pad": lambda torch, x: torch.nn.functional.pad(x.t(), (1, 1)),
    "qr": lambda torch, x: torch.linalg.qr(x)[0],
    "real": lambda torch, x: torch.complex(x, x).real,
    "repeat": lambda torch, x: x.t().repeat(2, 1),
    "roll": lambda torch, x: x.t().roll(1, 0),
    "softmax": lambda torch, x: torch.softmax(x.t(), 0),
    "solve": lambda torch, x: torch.linalg.solve(x + N * torch.eye(N), x),
    "sort": lambda torch, x: x.t().sort(0)[0],
    "stack": lambda torch, x: torch.stack([x.t(), x.t()]),
    "sum": lambda torch, x: x.t().sum(0, keepdim=True),
    "svd": lambda torch, x: torch.linalg.svd(x)[2],
    "swapaxes": lambda torch, x: x[None].swapaxes(0, 2),
    "tensordot": lambda torch, x: torch.tensordot(x, x, ([0], [0])),
    "to": lambda torch, x: x.t().to(torch.float64),
    "transpose of a product": lambda torch, x: (x @ x).t(),
    "tril": lambda torch, x: x.t().tril(),
    "unbind": lambda torch, x: x.unbind(1)[0],
    "unflatten": lambda torch, x: x.t().unflatten(0, (2, 2)),
    "unfold": lambda torch, x: x.unfold(0, 2, 1),
    "where": lambda torch, x: torch.where(x.t() > 0, x.t(), -x.t()),
    "zeros_like": lambda torch, x: torch.zeros_like(x.t()),
}

LOSSES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "linear": lambda torch, x, p: torch.nn.functional.linear(x, p).sum(),
    "matmul": lambda torch, x, p: (x @ p).sum(),
    "matmul with a transpose": lambda torch, x, p: (x @ p.t()).pow(2).sum(),
    "matmul from the left": lambda torch, x, p: (p @ x).pow(2).sum(),
    "bmm": lambda torch, x, p: (p[None].expand(2, N, N) @ x).pow(2).sum(),
    "transpose": lambda torch, x, p: (p.t() * x).sum(),
    "reshape of a transpose": lambda torch, x, p: (p.t().reshape(-1) * x.reshape(-1)).sum(),
    "sum": lambda torch, x, p: p.sum(),
    "expand": lambda torch, x, p: (p[:, None, :].expand(N, 3, N) ** 2).sum(),
    "einsum": lambda torch, x, p: torch.einsum("ij,jk->ki", x, p).sum(),
    "slice": lambda torch, x, p: (p[1:] ** 2).sum(),
    "flip": lambda torch, x, p: (p.flip(0).t() * x).sum(),
    "embedding": lambda torch, x, p: torch.nn.functional.embedding(
        torch.tensor([0, 2, 2]), p).sum(),
    "conv1d": lambda torch, x, p: torch.nn.functional.conv1d(
        x[None], p[:, :, None]).pow(2).sum(),
    "qr": lambda torch, x, p: torch.linalg.qr(p)[0].pow(3).sum(),
    "cholesky": lambda torch, x, p: torch.linalg.cholesky(p @ p.t() + torch.eye(N)).sum(),
}


def layout(made: Any, value_first: bool) -> list[Any]:
    """The strides of a tensor, whether it is contiguous, and whether it can be viewed flat; with
    ``value_first`` after its value was asked for."""
    if value_first:
        made.sum().item()
    try:
        flat = made.view(-1).shape[0] == made.numel()
    except RuntimeError:
        flat = False
    return [list(made.stride()), made.is_contiguous(), flat]


def of_result(torch: Any, name: str, value_first: bool) -> list[Any]:
    """The layout of a result."""
    return layout(RESULTS[name](torch, torch.rand(N, N)), value_first)


def of_gradients(torch: Any, name: str, value_first: bool) -> list[Any]:
    """The layouts of the gradient that ``backward`` leaves, and of those that ``grad`` gives."""
    found = []
    for create_graph in (None, False, True):
        p = torch.rand(N, N).requires_grad_()
        loss = LOSSES[name](torch, torch.rand(N, N), p)
        if create_graph is None:
            loss.backward()
            made = p.grad
        else:
            made, = torch.autograd.grad(loss, p, create_graph=create_graph)
        found.append(layout(made, value_first))
    return found
