"""``torch.vmap``: uses in each tier, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

import vmap_programs  # noqa: F401  it adds to the uses
import wengert as torch
import wengert.utils.checkpoint
from vmap_uses import USES, functions, plain, same
from wengert.config import config
from wengert.engine.recording.flushing import flush


@pytest.mark.parametrize("name", USES)
def test_every_run_is_what_eager_gives(name: str) -> None:
    before = config.tier
    for k in range(3):
        found = []
        for tier in (before, "eager"):
            flush()
            config.tier = tier
            try:
                found.append(plain(USES[name](torch, k)))
            finally:
                flush()
                config.tier = before
        same(*found)


def checkpointed(x: Any) -> Any:
    call = lambda x: (x.sin() * x).sum() * W.sum()
    return torch.func.grad(lambda x: torch.utils.checkpoint.checkpoint(
        call, x, use_reentrant=False))(x)


def hooked(x: Any) -> Any:
    def f(x: Any) -> Any:
        y = x.sin()
        y.register_hook(lambda g: 2 * g)
        return (y * x).sum()
    return torch.func.grad(f)(x)


def backwards(x: Any) -> Any:
    z = x.detach().requires_grad_()
    (z ** 3 * W).sum().backward()
    again = x.detach().requires_grad_()
    first, = torch.autograd.grad((again ** 3).sum(), again, create_graph=True)
    second, = torch.autograd.grad(first.sum(), again)
    return z.grad + second


def filled(x: Any) -> Any:
    out = torch.zeros(2, 4, dtype=x.dtype)
    out[0] = x
    out[1, 1:3].add_(x[:2])
    table = torch.full((4,), 2.0, dtype=x.dtype)
    table *= x.sum()
    return out, table


def custom_pushed(x: Any) -> Any:
    growth = functions(torch)[1]
    return torch.func.jvp(lambda x: growth.apply(x, W), (x,), (W,))[1]


def compiled_inside(x: Any) -> Any:
    return COMPILED(x) * 2


W = torch.tensor([0.5, 1.0, -1.0, 2.0], dtype=torch.float64)
COMPILED = torch.compile(lambda x: x.sin() * W)
BEYOND = [checkpointed, hooked, backwards, filled, custom_pushed, compiled_inside]
"""What PyTorch refuses inside vmap."""


@pytest.mark.parametrize("f", BEYOND)
def test_what_is_done_to_a_sample_is_done_to_each(f: Any) -> None:
    for k in range(4):
        x = torch.linspace(-1, 1 + k, 12, dtype=torch.float64).reshape(3, 4)
        rows = [f(row) for row in x]
        loop = [torch.stack(column) for column in zip(*rows)] if isinstance(rows[0], tuple) else (
            torch.stack(rows))
        same(plain(torch.vmap(f)(x)), plain(loop))


def test_compiled_around() -> None:
    f = torch.compile(lambda x: torch.vmap(torch.func.grad(lambda x: (x.sin() * W).sum()))(x))
    for k in range(5):
        x = torch.full((3, 4), 0.3 * k, dtype=torch.float64)
        same(plain(f(x)), plain(x.cos() * W))


def test_through_a_checkpoint_that_is_mapped() -> None:
    x, w = torch.ones(3, 4, dtype=torch.float64), W.clone().requires_grad_()
    torch.vmap(lambda x: torch.utils.checkpoint.checkpoint(
        lambda x: (x * w).sin().sum(), x, use_reentrant=False))(x).sum().backward()
    same(plain(w.grad), plain(3 * W.cos()))


def identity(x: Any) -> Any:
    return x


X = torch.ones(3, 4)
REFUSED = {
    "no inputs": (ValueError, "no inputs", lambda v: v(identity)()),
    "in_dims": (ValueError, "in_dims", lambda v: v(identity, in_dims="x")(X)),
    "in_dims' structure": (ValueError, "structure", lambda v: v(identity, in_dims=(0, 1))(X)),
    "in_dims of a list": (ValueError, "structure", lambda v: v(identity, in_dims=([0, 1],))(X)),
    "no number": (ValueError, "integer", lambda v: v(identity, in_dims=(0.5,))(X)),
    "no tensor": (ValueError, "None", lambda v: v(identity)(2.0)),
    "out of range": (ValueError, "dimensionality", lambda v: v(identity, in_dims=2)(X)),
    "a scalar": (ValueError, "dimensionality", lambda v: v(identity)(X[0, 0])),
    "none mapped": (ValueError, "at least one", lambda v: v(identity, in_dims=None)(X)),
    "sizes": (ValueError, "same size", lambda v: v(torch.add, in_dims=(0, 1))(X, X)),
    "a number out": (ValueError, "only return Tensors", lambda v: v(lambda x: 3.0)(X)),
    "out_dims": (ValueError, "structure", lambda v: v(identity, out_dims=(0, 0))(X)),
    "out_dims None": (ValueError, "BatchedTensor", lambda v: v(identity, out_dims=None)(X)),
    "out_dims' range": (IndexError, "out of range", lambda v: v(identity, out_dims=2)(X)),
    "randomness": (RuntimeError, "randomness", lambda v: v(identity, randomness="x")),
    "random": (RuntimeError, "randomness", lambda v: v(lambda x: x + torch.rand(4))(X)),
    "dropout": (RuntimeError, "randomness",
                lambda v: v(lambda x: torch.nn.functional.dropout(x))(X)),
    "chunks": (ValueError, "greater than 0", lambda v: v(identity, chunk_size=0)),
    "item": (RuntimeError, "test_vmap.py", lambda v: v(lambda x: x.sum().item())(X)),
    "a branch": (RuntimeError, "torch.where", lambda v: v(lambda x: x if x.sum() > 0 else -x)(X)),
    "numpy": (RuntimeError, "value", lambda v: v(lambda x: x.numpy())(X)),
    "nonzero": (RuntimeError, "value", lambda v: v(lambda x: x.nonzero())(X)),
    "shapes": (RuntimeError, "size", lambda v: v(torch.dot)(X, X[:, :2])),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    kind, text, call = REFUSED[name]
    with pytest.raises(kind, match=text):
        call(torch.vmap)
    same(plain(torch.vmap(torch.sum)(X)), plain(X.sum(1)))   # and nothing is left of it


def test_a_value_that_is_the_same_for_all_can_be_looked_at() -> None:
    w = torch.tensor([1.0, 2.0])

    def f(x: Any) -> Any:
        scale = (w * 2).sum()
        return x * scale.item() if w.sum() > 0 else x
    same(plain(torch.vmap(f)(X)), plain(X * 6))


def test_what_python_decides_is_decided_each_time() -> None:
    factor = 2.0
    mapped = torch.vmap(lambda x: x * factor if factor > 0 else x.sum())
    same(plain(mapped(X)), plain(X * 2))
    factor = 5.0
    same(plain(mapped(X)), plain(X * 5))
    factor = -1.0
    same(plain(mapped(X)), plain(X.sum(1)))


def test_a_tensor_of_a_sample_is_of_no_use_outside() -> None:
    kept: list[Any] = []
    torch.vmap(lambda x: kept.append(x * 2) or x)(X)
    with pytest.raises(RuntimeError, match="mapped function"):
        kept[0].sum().item()
    same(plain(X * 2 + 1), plain(torch.full((3, 4), 3.0)))


def test_a_write_to_a_tensor_that_is_not_mapped() -> None:
    total = torch.zeros(4)
    with pytest.raises(RuntimeError, match="vmap"):
        torch.vmap(lambda x: total.add_(x))(X)
    assert total.tolist() == [0.0] * 4


def test_a_refused_write_leaves_the_tensor_as_it_was() -> None:
    norm = torch.nn.BatchNorm1d(2)
    x = torch.arange(12.0).reshape(2, 3, 2)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"vmap: inplace arithmetic"):
            torch.vmap(norm)(x)
        assert norm.running_mean.tolist() == [0.0, 0.0]
    norm.eval()
    torch.testing.assert_close(torch.vmap(norm)(x), torch.stack([norm(x[0]), norm(x[1])]))


def test_a_number_of_each_call_is_no_new_path() -> None:
    from wengert.engine.recording.tree import tree
    mapped = torch.vmap(torch.func.grad(lambda x, s: (x * s).sin().sum(), argnums=0),
                        in_dims=(0, None))
    for k in range(3):
        mapped(X, 0.5 + k).tolist()
    made = tree.made
    for k in range(3):
        mapped(X, 1.5 + k).tolist()
    assert tree.made == made


def test_what_samples_share_retains_no_gradient_of_each():
    for _ in range(3):
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        y = x * 2
        y.retain_grad()
        rows = (y * y).sum(1)
        for of, factor in ((x, 4.0), (y, 2.0), (y, 2.0)):
            found, = torch.autograd.grad(rows, of, torch.eye(2), is_grads_batched=True,
                                         retain_graph=True)
            assert found.sum(0).tolist() == (factor * y).tolist()
            assert y.grad is None
        rows.sum().backward()
        assert y.grad.tolist() == (2 * y).tolist()

        def retained(row):
            twice = row * 2
            twice.retain_grad()
            torch.autograd.grad((twice * twice).sum(), twice)
            return twice.grad * 1
        assert torch.vmap(retained)(x).tolist() == (4 * x).tolist()
