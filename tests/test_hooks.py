"""When hooks are called, and what is kept of gradients: as in PyTorch."""

from __future__ import annotations

import pytest

import wengert as torch
from wengert.engine.recording import flushing


@pytest.fixture(autouse=True, params=["eager", "numpy", "auto"])
def tier(request, monkeypatch):
    flushing.flush()
    monkeypatch.setattr(torch.config, "tier", request.param)


@pytest.mark.parametrize("looked", [False, True])
def test_hooks_are_not_called_on_the_way_to_a_leaf_that_nobody_asks_for(looked):
    """Not either where nobody has that leaf any more, as in PyTorch, where the graph has it."""
    for kept in (True, False, False, False):
        x, w, called = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True), []
        y = w * 2
        if looked:
            y.tolist()
        y.register_hook(lambda g, called=called: called.append("y") or g * 10)
        z = 1 / (y * y + 1)
        z.register_hook(lambda g, called=called: called.append("z"))
        if not kept:
            del w
        out = (z * x).sum()
        found, = torch.autograd.grad(out, x, retain_graph=True)
        assert torch.allclose(found, torch.full((2,), 0.2)) and called == []
        out.backward(inputs=[x], retain_graph=True)
        assert called == []
        out.backward()
        assert called == ["z", "y"]


def test_a_gradient_that_is_kept_and_asked_for_is_added_once():
    for _ in range(4):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        kept, other = x * 2, x * 3
        kept.retain_grad()
        out = (kept * kept + other).sum()
        out.backward(inputs=[kept, other], retain_graph=True)
        assert kept.grad.tolist() == [4.0, 8.0] and other.grad.tolist() == [1.0, 1.0]
        out.backward(inputs=[kept, x])
        assert kept.grad.tolist() == [8.0, 16.0] and x.grad.tolist() == [11.0, 19.0]


@pytest.mark.parametrize("looked", [0, 1, 2])
def test_a_leaf_has_its_gradient_as_soon_as_that_is_complete(looked):
    """``torch.autograd.grad`` too calls its hooks then, and once."""
    for _ in range(4):
        x, w, called = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True), []

        def hook(name, called=called):
            return lambda g: called.append(name)
        a, b = x * 2, w + 1
        y = a * b
        if looked:
            y.tolist()
        for name, each in (("a", a), ("b", b), ("y", y), ("x", x), ("w", w)):
            each.register_hook(hook(name))
        first = torch.autograd.grad((y * y).sum(), (x, w, x), create_graph=True)
        assert called == ["y", "b", "w", "a", "x"] and first[0].tolist() == first[2].tolist()
        if looked == 2:
            first[0].tolist()
        called.clear()
        (first[0] * first[1]).sum().backward()
        assert called == ["y", "b", "w", "a", "x"]
        assert x.grad.tolist() == [1536.0] * 2 and w.grad.tolist() == [768.0] * 2
