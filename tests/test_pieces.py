"""Joins and splits of many pieces: their values and gradients, whatever their number is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.engine.recording.pieces import LEAST
from wengert.engine.recording.templates import templates

JOINS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], tuple[int, ...]]] = {
    "stack of scalars": (torch.stack, np.stack, ()),
    "stack of vectors": (torch.stack, np.stack, (3,)),
    "stack of matrices": (torch.stack, np.stack, (2, 3)),
    "stack along 1": (lambda xs: torch.stack(xs, 1), lambda xs: np.stack(xs, 1), (3, 2)),
    "stack along the last": (lambda xs: torch.stack(xs, -1), lambda xs: np.stack(xs, -1), (3,)),
    "cat": (torch.cat, np.concatenate, (2,)),
    "cat of matrices": (torch.cat, np.concatenate, (2, 3)),
    "cat along 1": (lambda xs: torch.cat(xs, 1), lambda xs: np.concatenate(xs, 1), (3, 2)),
    "hstack": (torch.hstack, np.hstack, (2, 3)),
}
SPLITS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "unbind": (lambda x: x.unbind(), lambda x: [*x]),
    "unbind along 1": (lambda x: x.unbind(1), lambda x: [*np.moveaxis(x, 1, 0)]),
    "split": (lambda x: x.split(2), lambda x: [x[k:k + 2] for k in range(0, len(x), 2)]),
    "split along 1": (lambda x: x.split(1, 1), lambda x: [x[:, k:k + 1] for k in range(6)]),
    "chunk": (lambda x: x.chunk(5), lambda x: [
        x[k:k + -(-len(x) // 5)] for k in range(0, len(x), -(-len(x) // 5))]),
}
LENGTHS = (6, 7, 11, 6, 6, 6, 20)


@pytest.mark.parametrize("name", JOINS)
def test_joins(name: str) -> None:
    ours, numpys, shape = JOINS[name]
    random = np.random.default_rng(0)
    for n in LENGTHS:
        data = [random.normal(size=shape) for _ in range(n)]
        leaves = [torch.tensor(each, requires_grad=k % 3 > 0) for k, each in enumerate(data)]
        found = ours([each * 2 for each in leaves])
        expected = numpys([each * 2 for each in data])
        weights = random.normal(size=expected.shape)
        (found * torch.tensor(weights)).sum().backward()
        assert np.allclose(found.detach().numpy(), expected)
        for k, leaf in enumerate(leaves):
            ones = [np.full(shape, 2.0 * (i == k)) for i in range(n)]
            if not leaf.requires_grad:
                assert leaf.grad is None
                continue
            at = numpys(ones).astype(bool)
            assert np.allclose(leaf.grad.numpy(), 2 * weights[at].reshape(shape))


@pytest.mark.parametrize("name", SPLITS)
@pytest.mark.parametrize("some", [False, True], ids=["all", "some"])
def test_splits(name: str, some: bool) -> None:
    ours, numpys = SPLITS[name]
    random = np.random.default_rng(0)
    for n in LENGTHS:
        data = random.normal(size=(n, 6))
        leaf = torch.tensor(data, requires_grad=True)
        found, expected = ours(leaf * 2), numpys(2 * data)
        places = numpys(np.arange(data.size).reshape(data.shape))
        assert len(found) == len(expected)
        total, gradient = torch.zeros((), dtype=torch.float64), np.zeros(data.size)
        for k, (part, value, at) in enumerate(zip(found, expected, places, strict=True)):
            assert np.allclose(part.detach().numpy(), value)
            if some and k % 2:
                continue
            weights = random.normal(size=value.shape)
            total = total + (part * torch.tensor(weights)).sum()
            gradient[at] += 2 * weights
        total.backward()
        assert np.allclose(leaf.grad.numpy(), gradient.reshape(data.shape))


@pytest.mark.parametrize("n", [6, 9])
def test_second_derivatives(n: int) -> None:
    for _ in range(3):
        x = torch.linspace(1, 2, n, dtype=torch.float64).requires_grad_()
        y = torch.stack([part ** 3 for part in x.unbind()])
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x)
        assert np.allclose(second.numpy(), 6 * np.linspace(1, 2, n))


def test_one_piece_is_written_to() -> None:
    for n in LENGTHS:
        x = torch.arange(float(n)).requires_grad_()
        parts = [part * 1 for part in (x * 1).unbind()]
        parts[1].mul_(5)
        y = torch.stack(parts)
        y[2] = 0
        y.sum().backward()
        assert x.grad.tolist() == [1.0, 5.0, 0.0] + [1.0] * (n - 3)


@pytest.mark.skipif(torch.config.tier != "auto", reason="is not walked")
def test_no_closure_is_written_for_a_number_of_pieces() -> None:
    found = []
    for n in (LEAST + 30, LEAST + 31, LEAST + 32):
        before = set(templates.values())
        x = torch.arange(float(n), requires_grad=True)
        torch.stack([part.sin() for part in x.unbind()]).sum().backward()
        new = [each for each in templates.values() if each not in before]
        found += [each for each in new if each.op.name in ("stack", "unbind")]
        assert x.grad.shape == (n,)
    assert len(found) == 6 and all(each.whole is not None for each in found)
    assert all(not each.whole.reads and not each.whole.values for each in found)


@pytest.mark.skipif(torch.config.tier != "auto", reason="is not walked")
def test_no_closure_is_written_for_packed_sequences_of_some_lengths() -> None:
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(3, 4)
    rnn = torch.nn.utils.rnn
    before = set(templates.values())
    for turn in range(4):
        lengths = [11 + turn, 9 + turn % 3, 7, 6 + turn % 2, 5, 5, 4]
        x = torch.randn(lengths[0], 7, 3)
        packed = rnn.pack_padded_sequence(x, torch.tensor(lengths))
        out, (h, c) = lstm(packed)
        ((out.data ** 2).sum() + (h * c).sum()).backward()
        alone = [lstm(x[:n, k:k + 1])[1] for k, n in enumerate(lengths)]
        assert torch.allclose(h, torch.cat([state for state, _ in alone], 1), atol=1e-6)
        assert torch.allclose(c, torch.cat([state for _, state in alone], 1), atol=1e-6)
        first = [p.grad.clone() for p in lstm.parameters()]
        lstm.zero_grad()
        (sum((lstm(x[:n, k:k + 1])[0] ** 2).sum() for k, n in enumerate(lengths)) + sum(
            (h * c).sum() for h, c in alone)).backward()
        assert all(torch.allclose(a, p.grad, atol=1e-4)
                   for a, p in zip(first, lstm.parameters(), strict=True))
        lstm.zero_grad()
    found = [each for each in templates.values() if each not in before and each.op.name in (
        "time_rows", "last_rows")]
    assert len(found) > 4
    assert all(each.whole is None or not each.whole.values for each in found)


def test_parts_of_pieces_are_joined() -> None:
    for n in LENGTHS:
        data = [np.arange(4.0) + 10 * k for k in range(n)]
        leaves = [torch.tensor(each, requires_grad=True) for each in data]
        found = torch.cat([leaf[:2 + k % 3] * 1 for k, leaf in enumerate(leaves)])
        (found * found).sum().backward()
        for k, (leaf, each) in enumerate(zip(leaves, data, strict=True)):
            assert np.allclose(leaf.grad.numpy(), 2 * each * (np.arange(4) < 2 + k % 3))
