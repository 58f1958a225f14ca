"""What a user keeps of saved values: walked recordings give it away value by value, and ask for it
where a backward comes to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.recording.handle import unit_of
from wengert.engine.recording.recording import here
from wengert.engine.recording.segment import Segment

walked = pytest.mark.skipif(not config.walks(), reason="nothing is walked")
hooks = torch.autograd.graph.saved_tensors_hooks


def same(x: Any) -> Any:
    return x


@walked
def test_a_recording_is_walked_though_its_values_are_packed() -> None:
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    with hooks(same, same):
        y = (x * 2).exp() * x
    segment = unit_of(y)
    assert isinstance(segment, Segment) and segment.walk is not None
    y.sum().backward(retain_graph=True)
    assert segment._plan is None
    expected = np.exp(2 * x.detach().numpy())
    np.testing.assert_allclose(x.grad.numpy(), expected * (1 + 2 * x.detach().numpy()), rtol=1e-6)


def test_values_that_are_packed_are_let_go() -> None:
    kept: list[Any] = []

    def pack(t: Any) -> int:
        kept.append(t.tolist())
        return len(kept) - 1
    x = torch.tensor([[0.5, 1.0], [2.0, 3.0]], requires_grad=True)
    with hooks(pack, lambda k: torch.tensor(kept[k])):
        y = torch.softmax(torch.nn.functional.gelu(x * 2), 1)   # what it reads is inside, too
    plain = torch.nn.functional.gelu(x * 2).softmax(1)[:, 0].sum()
    y[:, 0].sum().backward(retain_graph=True)
    found, x.grad = x.grad, None
    plain.backward()
    np.testing.assert_allclose(found.numpy(), x.grad.numpy(), rtol=1e-5)
    x.grad = None
    kept[:] = [np.zeros(np.shape(each)).tolist() for each in kept]
    y[:, 0].sum().backward()
    assert x.grad.tolist() == [[0, 0], [0, 0]]


@walked
def test_each_value_is_asked_for_where_a_backward_comes_to_it() -> None:
    order: list[str] = []

    def pack(t: Any) -> Any:
        order.append(f"pack {t.numel()}")
        return t

    def unpack(t: Any) -> Any:
        order.append(f"unpack {t.numel()}")
        return t
    x = torch.ones(3, requires_grad=True)
    with hooks(pack, unpack):
        a = x.exp()
        b = a[:2].sin()
    a.register_hook(lambda g: order.append("hook"))
    b[:1].sum().backward()
    assert order == ["pack 3", "pack 2", "unpack 2", "hook", "unpack 3"]


@walked
def test_nothing_is_asked_for_that_no_cotangent_comes_to() -> None:
    count = [0]

    def unpack(t: Any) -> Any:
        count[0] += 1
        return t
    x, w = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    with hooks(same, unpack):
        a, b = x.exp(), w.exp()
    a.sum().backward()
    assert count == [1]
    b.sum().backward()
    assert count == [2]
    with pytest.raises(RuntimeError, match="second time"):
        a.sum().backward()
    assert count == [2]


def test_an_error_of_unpacking_is_raised_once() -> None:
    calls = []

    def unpack(t: Any) -> Any:
        calls.append(t)
        raise ValueError("lost")
    x = torch.ones(3, requires_grad=True)
    with hooks(same, unpack):
        y = x.exp().sum()
    with pytest.raises(ValueError, match="lost"):
        y.backward()
    assert len(calls) == 1


def wanted(x: Any, y: Any, z: Any) -> Any:
    return torch.autograd.grad(z, [y, x])


def twice(x: Any, y: Any, z: Any) -> Any:
    g, = torch.autograd.grad(z, x, create_graph=True)
    return torch.autograd.grad(g.square().sum(), x)


def looked_at(x: Any, y: Any, z: Any) -> Any:
    with torch.autograd.set_detect_anomaly(True):
        return torch.autograd.grad(z, x)


@pytest.mark.parametrize("go", [wanted, twice, looked_at], ids=lambda go: go.__name__)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_packed_as_if_not_packed(go: Callable[..., Any]) -> None:
    def program(x: Any) -> Any:
        y = (x * x).tanh()
        return go(x, y, (torch.nn.functional.silu(y) / (1 + y.square())).sum())
    for n in (2, 3, 4, 3):
        x = torch.linspace(0.1, 1, n, requires_grad=True)
        plain = program(x)
        with hooks(lambda t: t.double(), lambda t: t.float()):
            packed = program(x)
        for a, b in zip(packed, plain, strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-6)


def test_save_on_cpu_looks_at_nothing_and_hides_other_hooks() -> None:
    count = [0]

    def pack(t: Any) -> Any:
        count[0] += 1
        return t
    x = torch.ones(3, requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        assert not here.modes.at_steps
    with hooks(pack, same), torch.autograd.graph.save_on_cpu():
        x.exp()
    assert count == [0]
    off = torch.autograd.graph.disable_saved_tensors_hooks("not now")
    with off, pytest.raises(RuntimeError, match="not now"), torch.autograd.graph.save_on_cpu():
        pass


def test_a_call_without_results_packs_nothing() -> None:
    for n in (0, 0, 2, 0):
        x = torch.ones(n, 2, requires_grad=True)
        with hooks(same, same):
            rows = (x * 2).unbind()
            total = sum((row.exp().sum() for row in rows), (x * x).sum())
        total.backward()
        np.testing.assert_allclose(x.grad.numpy(), np.full((n, 2), 2 + 2 * np.exp(2)), rtol=1e-6)
