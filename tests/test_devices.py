"""A device beside the CPU, pretended (``strict.py``): what lies there stays there.

Its arrays refuse every conversion that nobody asked for, so a program that runs there makes the
copies that it says (``to``, ``cpu``, ``item``, ``print``, ...), and a test counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from strict import DEVICE, Mixed, StrictArray, StrictLibrary, pretended
from wengert.engine import devices
from wengert.engine.recording.capture import capture
from wengert.engine.recording.flushing import host, value
from wengert.engine.recording.handle import kind_of
from wengert.engine.text import parse_graph, print_graph

F = torch.nn.functional


@pytest.fixture
def counts() -> Iterator[dict[str, int]]:
    with pretended() as found:
        yield found


def ones(*shape: int) -> Any:
    return torch.ones(*shape, device=DEVICE)


# ---- programs, that give on the device what they give on the CPU ----

def polynomial(where: str) -> Any:
    x = torch.linspace(-3, 3, 200).to(where)
    y = x.sin()
    params = [torch.full((), 0.1 * k).to(where).requires_grad_() for k in range(4)]
    for _ in range(6):
        out = params[0] + params[1] * x + params[2] * x ** 2 + params[3] * x ** 3
        (out - y).pow(2).sum().backward()
        with torch.no_grad():
            for p in params:
                p -= 1e-6 * p.grad
                p.grad = None
    return torch.stack(params)


def in_place(where: str) -> Any:
    x = torch.arange(6.0).reshape(2, 3).to(where)
    y = x * 2
    y[0] += 1
    y.t()[1] *= 3
    y.view(-1)[2:4].zero_()
    y[:, 0] = 5
    return y


def gradients_of_views(where: str) -> Any:
    x = torch.arange(24.0).reshape(2, 3, 4).to(where).requires_grad_()
    (x.transpose(0, 2)[1:].reshape(-1) * x.flatten()[:18]).sum().backward()
    return x.grad


def reductions(where: str) -> Any:
    x = torch.arange(24.0).reshape(2, 3, 4).to(where).requires_grad_()
    total = (x.mean(0).max(dim=1).values.sum() + x.std() + x.var(1).sum() + x.amax(2).sum()
             + x.logsumexp(0).sum() + x.cumsum(0).sum() + x.norm())
    total.backward()
    return x.grad


def many_rows(where: str) -> Any:
    return torch.arange(400.0).reshape(100, 4).to(where).sum(1)


def attention(where: str) -> Any:
    q, k, v = [torch.arange(64.0).reshape(2, 4, 8).mul(s).sin().to(where).requires_grad_()
               for s in (1, 2, 3)]
    (F.softmax(q @ k.transpose(1, 2) / 8 ** 0.5, -1) @ v).square().sum().backward()
    return q.grad


def joins(where: str) -> Any:
    x = torch.ones(2, 3).to(where)
    return torch.cat([x, x * 2]).chunk(2)[1] + torch.stack([x, x]).sum(0)


def activations(where: str) -> Any:
    x = torch.linspace(-2, 2, 9).to(where).requires_grad_()
    (F.gelu(x) + F.silu(x) + F.softplus(x) + torch.tanh(x) + torch.sigmoid(x) + F.elu(x)
     + F.leaky_relu(x) + torch.where(x > 0, x, x * x) + x.clamp(-1, 1) + x.abs()).sum().backward()
    return x.grad


def embedding(where: str) -> Any:
    torch.manual_seed(1)
    table = torch.nn.Embedding(5, 3).to(where)
    table(torch.tensor([0, 3, 3]).to(where)).square().sum().backward()
    return table.weight.grad


def index(where: str) -> Any:
    x = torch.arange(12.0).reshape(3, 4).to(where).requires_grad_()
    (x[torch.tensor([2, 0, 2])].sum() + x[x > 5].square().sum()
     + x.gather(1, torch.tensor([[2, 0], [1, 1], [3, 2]]).to(where)).square().sum()).backward()
    return x.grad


def lstm(where: str) -> Any:
    torch.manual_seed(1)
    cell = torch.nn.LSTM(3, 4).to(where)
    cell(torch.randn(5, 2, 3).to(where))[0].sum().backward()
    return cell.weight_ih_l0.grad


def convolution(where: str) -> Any:
    torch.manual_seed(1)
    layer = torch.nn.Conv2d(1, 2, 3).to(where)
    F.max_pool2d(layer(torch.randn(1, 1, 6, 6).to(where)), 2).sum().backward()
    return layer.weight.grad


def second_derivative(where: str) -> Any:
    x = torch.tensor([1.0, 2.0]).to(where).requires_grad_()
    slope, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
    slope.square().sum().backward()
    return x.grad


def transforms(where: str) -> Any:
    x = torch.tensor([1.0, 2.0]).to(where)
    return (torch.func.hessian(lambda x: (x ** 3).sum())(x)
            + torch.func.jvp(torch.sin, (x,), (x,))[1])


def batch_norm(where: str) -> Any:
    torch.manual_seed(1)
    norm = torch.nn.BatchNorm1d(3).to(where)
    norm(torch.randn(5, 3).to(where)).square().sum().backward()
    return norm.running_mean + norm.weight.grad


def dropout(where: str) -> Any:
    torch.manual_seed(1)
    return F.dropout(torch.ones(20).to(where))


def made_there(where: str) -> Any:
    x = torch.ones(2, 3, device=where)
    return (torch.zeros_like(x) + torch.ones_like(x) + torch.full_like(x, 2) + x.new_zeros(3)
            + torch.zeros(3, device=where) + torch.full((3,), 2.0, device=where))


def sorting(where: str) -> Any:
    return torch.tensor([3.0, 1.0, 2.0]).to(where).sort().values


def clipping(where: str) -> Any:
    layer = torch.nn.Linear(3, 2).to(where)
    layer(torch.ones(2, 3).to(where)).sum().backward()
    return torch.nn.utils.clip_grad_norm_(layer.parameters(), 1.0)


def einsum(where: str) -> Any:
    x = torch.arange(6.0).reshape(2, 3).to(where)
    return torch.einsum("ij,kj->ik", x, x)


def compiled(where: str) -> Any:
    double = torch.compile(lambda x: x * 2 + 1)
    x = torch.arange(6.0).to(where)
    for _ in range(3):
        out = double(x)
    return out


def checkpointed(where: str) -> Any:
    x = torch.arange(6.0).to(where).requires_grad_()
    torch.utils.checkpoint.checkpoint(lambda y: (y * y).sum(), x, use_reentrant=False).backward()
    return x.grad


PROGRAMS: list[Callable[[str], Any]] = [
    polynomial, in_place, gradients_of_views, reductions, many_rows, attention, joins,
    activations, embedding, index, lstm, convolution, second_derivative, transforms, batch_norm,
    dropout, made_there, sorting, clipping, einsum, compiled, checkpointed]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_programs(program: Callable[[str], Any], counts: dict[str, int]) -> None:
    expected = program("cpu").detach().numpy()
    found = program(DEVICE)
    assert found.device == torch.device(DEVICE)
    assert isinstance(value(found), StrictArray)
    np.testing.assert_allclose(found.detach().cpu().numpy(), expected, rtol=2e-5, atol=1e-6)


# ---- how much is copied ----

LOSSES: dict[str, Callable[..., Any]] = {
    "squares": lambda out, y, labels: F.mse_loss(out, y),
    "entropy": lambda out, y, labels: F.cross_entropy(out, labels),
    "softmax": lambda out, y, labels: (F.softmax(out, -1) * y).sum()}
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    "adam": lambda params: torch.optim.Adam(params, lr=0.1),
    "adamw": lambda params: torch.optim.AdamW(params, lr=0.1)}


def trained(where: str, loss: str, optimizer: str, steps: int) -> list[float]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.LayerNorm(8),
        torch.nn.Linear(8, 3)).to(where)
    made = OPTIMIZERS[optimizer](model.parameters())
    x, y = torch.randn(5, 4).to(where), torch.randn(5, 3).to(where)
    labels = torch.tensor([0, 1, 2, 0, 1]).to(where)
    losses = []
    for _ in range(steps):
        made.zero_grad()
        result = LOSSES[loss](model(x), y, labels)
        result.backward()
        made.step()
        losses.append(result.item())
    return losses


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_training_copies_what_it_says(loss: str, optimizer: str, counts: dict[str, int]) -> None:
    found = trained(DEVICE, loss, optimizer, 5)
    # Six parameters, x, y and, where they are used, the labels go there; each loss comes back.
    labels = 1 if loss == "entropy" else counts["to device"] - 8
    assert counts == {"to host": 5, "to device": 8 + labels} and labels in (0, 1)
    np.testing.assert_allclose(found, trained("cpu", loss, optimizer, 5), rtol=1e-5)


def test_each_way_to_the_host_is_one_copy(counts: dict[str, int]) -> None:
    x = ones(2, 3)
    for k, look in enumerate([lambda: x.sum().item(), lambda: x.tolist(), lambda: repr(x),
                              lambda: x.cpu().numpy(), lambda: bool(x.sum() > 0),
                              lambda: float(x[0, 0])], 1):
        look()
        assert counts == {"to host": k, "to device": 0}


def test_copies_between_devices(counts: dict[str, int]) -> None:
    x = torch.arange(3.0)
    y = x.to(DEVICE)
    assert y.to(DEVICE) is y and x.cpu() is x and x.to("cpu") is x
    assert y.tolist() == [0, 1, 2] and y.cpu().device == torch.device("cpu")
    assert (x.to(y) + y).device == y.device
    assert y.to("privateuseone", torch.float64).dtype is torch.float64
    assert y.get_device() == 0 and not y.is_cpu and not y.is_cuda and x.is_cpu


def test_gradients_go_back_to_where_they_come_from(counts: dict[str, int]) -> None:
    w = torch.ones(3, requires_grad=True)
    x = torch.arange(3.0, device=DEVICE)
    (w.to(DEVICE) * x).sum().backward()
    assert w.grad.device == torch.device("cpu") and w.grad.tolist() == [0, 1, 2]
    z = ones(3).requires_grad_()
    (z.cpu() * 2).sum().backward()
    assert z.grad.device == z.device and z.grad.tolist() == [2, 2, 2]


# ---- the rule ----

def test_two_devices_do_not_meet(counts: dict[str, int]) -> None:
    words = ("Expected all tensors to be on the same device, but found at least two devices, "
             "privateuseone:0 and cpu!")
    x, y = ones(3), torch.ones(3)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=words):
            x + y
        with pytest.raises(RuntimeError, match="found at least two devices"):
            torch.cat([y, x])
        with pytest.raises(RuntimeError, match="privateuseone:0 and privateuseone:1"):
            x * torch.ones(3, device="privateuseone:1")
    assert (x + 1).tolist() == [2, 2, 2]


def test_numbers_and_single_values_of_the_cpu_join(counts: dict[str, int]) -> None:
    x = ones(3)
    for other in (2.0, torch.tensor(2.0), torch.tensor(2, dtype=torch.float64), torch.tensor(2)):
        for out in (x * other, other * x):
            assert out.device == x.device and out.dtype is torch.float32
            assert out.tolist() == [2, 2, 2]
    assert counts["to device"] == 0
    assert (torch.tensor(2.0) + torch.tensor(1.0)).device == torch.device("cpu")


def test_the_device_is_part_of_a_kind(counts: dict[str, int]) -> None:
    array = np.ones(3, np.float32)
    assert kind_of(array) is kind_of(array.copy())
    there = StrictArray(array)
    assert kind_of(there) is not kind_of(array)
    assert kind_of(there) is kind_of(StrictArray(array))
    assert kind_of(there) is not kind_of(StrictArray(array, 1))
    assert kind_of(there).device is devices.check_device(DEVICE)
    assert kind_of(array).device is devices.CPU


def test_values_where_they_are_and_on_the_host(counts: dict[str, int]) -> None:
    x = ones(3)
    assert isinstance(value(x), StrictArray)
    assert isinstance(host(x), np.ndarray) and counts["to host"] == 1
    y = torch.ones(3)
    assert host(y) is value(y)


def test_numpy_does_not_see_it(counts: dict[str, int]) -> None:
    x = ones(3)
    words = "can't convert privateuseone:0 device type tensor to numpy. Use Tensor.cpu()"
    for use in (lambda: x.numpy(), lambda: np.asarray(x)):
        with pytest.raises(TypeError, match=words):
            use()
    assert x.numpy(force=True).tolist() == [1, 1, 1]
    with pytest.raises(Mixed):
        np.asarray(value(x))


def test_printing(counts: dict[str, int]) -> None:
    assert repr(ones(2)) == "tensor([1., 1.], device='privateuseone:0')"
    assert repr(torch.ones(2)) == "tensor([1., 1.])"


def test_a_default_device(counts: dict[str, int]) -> None:
    with torch.device(DEVICE):
        x = torch.zeros(3)
        y = torch.nn.Linear(3, 2)(x)
    assert x.device == y.device == torch.device(DEVICE)
    assert torch.zeros(3).device == torch.device("cpu")


def test_the_text_of_a_graph_has_the_device(counts: dict[str, int]) -> None:
    graph = capture(lambda x: (x * 2).cpu() + 1, ones(3)).graph
    text = print_graph(graph)
    assert "device='privateuseone:0'" in text and "device='cpu'" in text
    again = parse_graph(text)
    assert [node.device for node in again.outputs] == [devices.CPU]
    assert again.inputs[0].device is devices.check_device(DEVICE)


def test_a_device_that_is_gone() -> None:
    with pytest.raises(RuntimeError, match="not compiled"):
        torch.ones(3, device=DEVICE)
    with pretended():
        assert ones(3).tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match="not compiled"):
        torch.ones(3, device=DEVICE)
    with pytest.raises(ValueError, match="no type of device"):
        devices.register("cpu", StrictLibrary())
    with pytest.raises(ValueError, match="no type of device"):
        devices.register("imagined", StrictLibrary())
