"""Module: registration, state, hooks, copies. Expected texts and numbers are PyTorch 2.13's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import wengert as torch
from wengert import nn
from wengert.config import config
from wengert.engine.recording.recording import here
from wengert.engine.recording.tree import tree

recorded = pytest.mark.skipif(config.tier == "eager", reason="nothing is recorded in this tier")


class Scaled(nn.Module):
    """A module with a parameter, a module, a persistent buffer and another one."""

    def __init__(self, width: int = 3) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((width,), 2.0))
        self.inner = nn.Linear(width, 1)
        self.register_buffer("calls", torch.tensor(0))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return self.inner(x * self.factor)


def test_registration() -> None:
    module = Scaled()
    assert [name for name, _ in module.named_parameters()] == [
        "factor", "inner.weight", "inner.bias"]
    assert list(module.state_dict()) == ["factor", "calls", "inner.weight", "inner.bias"]
    assert [name for name, _ in module.named_buffers()] == ["calls", "scratch"]
    module.factor = None
    assert "factor" in module._parameters
    del module.factor
    with pytest.raises(AttributeError, match=r"'Scaled' object has no attribute 'factor'"):
        module.factor  # noqa: B018
    with pytest.raises(TypeError, match=r"cannot assign 'torch\.FloatTensor' as param"):
        module.inner.weight = torch.ones(1)
    with pytest.raises(TypeError, match=r"cannot assign 'int' as child module 'inner'"):
        module.inner = 3
    with pytest.raises(KeyError, match="attribute 'inner' already exists"):
        module.register_parameter("inner", None)


def test_before_init() -> None:
    class Early(nn.Module):
        def __init__(self, value: Any) -> None:
            self.value = value

    with pytest.raises(AttributeError, match=r"cannot assign parameters before Module\.__init__"):
        Early(nn.Parameter(torch.ones(1)))
    with pytest.raises(AttributeError, match=r"cannot assign module before Module\.__init__"):
        Early(nn.ReLU())


def test_printing() -> None:
    assert repr(nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU()), nn.Dropout())) == """\
Sequential(
  (0): Linear(in_features=2, out_features=3, bias=True)
  (1): Sequential(
    (0): ReLU()
  )
  (2): Dropout(p=0.5, inplace=False)
)"""
    assert repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])) == """\
ModuleList(
  (0-1): 2 x ReLU()
  (2): Tanh()
)"""


def test_load_state_dict_lists_what_is_wrong() -> None:
    module, state = Scaled(), Scaled().state_dict()
    del state["factor"]
    state["odd"] = torch.ones(1)
    state["inner.bias"] = torch.ones(4)
    with pytest.raises(RuntimeError) as error:
        module.load_state_dict(state)
    assert str(error.value) == (
        'Error(s) in loading state_dict for Scaled:\n\t'
        'Missing key(s) in state_dict: "factor". \n\t'
        'Unexpected key(s) in state_dict: "odd". \n\t'
        "size mismatch for inner.bias: copying a param with shape torch.Size([4]) from "
        "checkpoint, the shape in current model is torch.Size([1]).")
    del state["inner.bias"]
    answer = module.load_state_dict(state, strict=False)
    assert answer.missing_keys == ["factor", "inner.bias"]
    assert answer.unexpected_keys == ["odd"]


def test_loading_copies_and_assigns() -> None:
    a, b = Scaled(), Scaled()
    weight = a.inner.weight
    assert str(a.load_state_dict(b.state_dict())) == "<All keys matched successfully>"
    assert a.inner.weight is weight
    assert torch.equal(weight, b.inner.weight)
    b.inner.weight.data.zero_()
    assert weight.abs().sum() > 0
    a.load_state_dict(b.state_dict(), assign=True)
    b.inner.weight.data.fill_(7)
    assert a.inner.weight.sum() == 21
    assert isinstance(a.inner.weight, nn.Parameter)


def test_a_state_dict_shares_storage() -> None:
    module = nn.Linear(2, 1)
    state = module.state_dict()
    with torch.no_grad():
        module.weight.fill_(5)
    assert state["weight"].tolist() == [[5, 5]]
    assert not state["weight"].requires_grad


def test_forward_hooks() -> None:
    module, seen = nn.Linear(2, 1), []
    handle = module.register_forward_hook(lambda m, args, out: out * 0)
    module.register_forward_pre_hook(lambda m, args: seen.append(args[0].shape))
    assert module(torch.ones(1, 2)).item() == 0
    handle.remove()
    assert module(torch.ones(1, 2)).item() != 0
    assert seen == [(1, 2), (1, 2)]
    module.register_forward_hook(lambda m, args, out: seen.append(out), always_call=True)
    with pytest.raises(RuntimeError):
        module(torch.ones(1, 5))
    assert seen[-1] is None


def test_backward_hooks_see_and_replace_gradients() -> None:
    module = nn.Linear(2, 1, bias=False)
    seen: list[Any] = []
    module.register_full_backward_pre_hook(lambda m, grads: (grads[0] * 10,))
    module.register_full_backward_hook(
        lambda m, into, out: (seen.append(out[0].tolist()), (into[0] * 2,))[1])
    x = torch.ones(1, 2, requires_grad=True)
    module(x).sum().backward()
    assert seen == [[[10.0]]]
    assert torch.equal(x.grad, 20 * module.weight)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks"):
        module.register_backward_hook(lambda *args: None)


def test_copies() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    module[1].weight = module[0].weight
    for other in copy.deepcopy(module), pickle.loads(pickle.dumps(module)):
        assert other[0].weight is other[1].weight
        assert other[0].weight is not module[0].weight
        assert torch.equal(other[0].weight, module[0].weight)
        assert isinstance(other[0].weight, nn.Parameter)


def test_conversion_keeps_the_parameters() -> None:
    module = Scaled()
    module(torch.ones(2, 3)).sum().backward()
    weight = module.inner.weight
    module.double()
    assert module.inner.weight is weight
    assert (weight.dtype, weight.grad.dtype) == (torch.float64, torch.float64)
    assert module.calls.dtype == torch.int64
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes"):
        module.to(torch.int32)


def test_a_parameter_shares_storage_with_its_data() -> None:
    data = torch.zeros(2)
    p = nn.Parameter(data)
    data += 1
    with torch.no_grad():
        p *= 3
    assert (data.tolist(), p.tolist()) == ([3, 3], [3, 3])
    assert p.is_leaf
    assert p.requires_grad
    assert type(p * 2) is torch.Tensor
    x = torch.ones(2, requires_grad=True) * 2
    assert nn.Parameter(x).is_leaf
    assert repr(p) == "Parameter containing:\ntensor([3., 3.], requires_grad=True)"
    with pytest.raises(RuntimeError, match="Only Tensors of floating point"):
        nn.Parameter(torch.tensor([1]))


def test_lazy_modules() -> None:
    module = nn.LazyLinear(2)
    with pytest.raises(ValueError, match="uninitialized parameter"):
        module.weight + 1
    assert module(torch.ones(3, 5)).shape == (3, 2)
    assert type(module) is nn.Linear
    assert module.weight.shape == (2, 5)
    other = nn.LazyLinear(2)
    other.load_state_dict(module.state_dict())
    assert torch.equal(other(torch.ones(1, 5)), module(torch.ones(1, 5)))


def net() -> Any:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.25),
                         nn.Linear(4, 2))


def training(steps: int, model: Any) -> list[float]:
    x = torch.linspace(-1, 1, 15).reshape(5, 3)
    classes, losses = torch.tensor([0, 1, 1, 0, 1]), []
    for _ in range(steps):
        loss = nn.CrossEntropyLoss()(model(x), classes)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p.sub_(0.1 * p.grad)
        losses.append(loss)
    return losses


def test_training_gives_pytorchs_numbers() -> None:
    torch.manual_seed(0)
    model = net()
    assert model[0].bias[0].item() == pytest.approx(-0.55157071)
    losses = [loss.item() for loss in training(3, model)]
    assert losses == pytest.approx([0.79714167, 0.76475912, 0.76882946], rel=1e-5)
    assert model[1].running_mean.tolist() == pytest.approx(
        [-0.16770478, -0.08117867, -0.06603794, -0.0045122], rel=1e-4)
    assert model[1].num_batches_tracked.item() == 3


@recorded
def test_training_steps_read_nothing_and_add_no_path() -> None:
    model = net()
    model.append(nn.BatchNorm1d(2, momentum=None))
    for _ in range(20):
        training(1, model)
    steps, exits = tree.steps, here.modes.exits
    for _ in range(5):
        training(1, model)
    assert (tree.steps, here.modes.exits) == (steps, exits)


def depth(store: Any) -> int:
    return 0 if store is None else 1 + depth(store.parent)


def test_assigning_data_keeps_no_chain_of_storage() -> None:
    p = nn.Parameter(torch.ones(3))
    for _ in range(5):
        p.data -= 0.1
        p.data = p.data * 2
    assert depth(p._x.store) == 1
    alias = p.detach()
    p.data = torch.zeros(2)
    alias.add_(1)
    assert (p.tolist(), alias.shape) == ([0, 0], (3,))
    fresh = torch.ones(2)
    p.data = fresh
    fresh += 1
    with torch.no_grad():
        p *= 2
    assert (p.tolist(), fresh.tolist()) == ([4, 4], [4, 4])


def test_writes_are_cheap_once_the_first_data_is_gone() -> None:
    data = torch.ones(3)
    p = nn.Parameter(data)
    assert len(p._x.store.members) == 2
    del data
    assert (p * 2).tolist() == [2, 2, 2]   # the recording, which may hold it, is over
    assert len(p._x.store.members) == 1
