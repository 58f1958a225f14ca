"""``torch.nn.utils.prune``, ``torch._foreach_…``, ``Tensor.view(dtype)``, low ranks."""

from __future__ import annotations

import pytest

import wengert as torch
from wengert import nn
from wengert.nn.utils import prune


def test_the_smallest_elements_are_pruned_and_stay_zero() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    kept = model[0].weight.detach().abs().flatten().sort().values[7:]
    prune.l1_unstructured(model[0], "weight", amount=0.3)
    assert sorted(dict(model[0].named_parameters())) == ["bias", "weight_orig"]
    weight = model[0].weight
    assert int((weight == 0).sum()) == 7
    assert torch.equal(weight[weight != 0].detach().abs().sort().values, kept)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(4):
        model(torch.ones(3, 4)).sum().backward()
        assert not model[0].weight_orig.grad[model[0].weight_mask == 0].any()
        optimizer.step()
        optimizer.zero_grad()
        model(torch.ones(1, 4))
        assert int((model[0].weight == 0).sum()) == 7
    prune.ln_structured(model[0], "weight", amount=2, n=2, dim=0)
    assert int((model[0].weight == 0).all(1).sum()) == 2
    prune.remove(model[0], "weight")
    assert not prune.is_pruned(model) and isinstance(model[0].weight, nn.Parameter)
    assert int((model[0].weight == 0).all(1).sum()) == 2


def test_several_tensors_together_and_masks() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 2))
    prune.global_unstructured([(model[0], "weight"), (model[1], "weight")], prune.L1Unstructured,
                              amount=10)
    assert sum(int((layer.weight == 0).sum()) for layer in model) == 10
    layer = prune.custom_from_mask(nn.Linear(2, 1), "weight", torch.tensor([[1.0, 0.0]]))
    assert layer.weight[0, 1] == 0 and layer.weight[0, 0] != 0
    prune.random_unstructured(layer, "bias", 1)
    assert layer.bias.tolist() == [0.0]


@pytest.mark.parametrize(("amount", "error"), [(1.5, ValueError), (100, ValueError),
                                               ("a", TypeError), (-1, ValueError)])
def test_bad_amounts_leave_the_module_as_it_is(amount, error: type) -> None:
    layer = nn.Linear(2, 2)
    with pytest.raises(error):
        prune.l1_unstructured(layer, "weight", amount)
    assert sorted(dict(layer.named_parameters())) == ["bias", "weight"]
    with pytest.raises(ValueError, match="has to be pruned"):
        prune.remove(layer, "weight")


def test_lists_of_tensors() -> None:
    for k in range(4):
        xs = [torch.ones(2) + k, torch.arange(3.0)]
        torch._foreach_add_(xs, [torch.ones(2), torch.ones(3)], alpha=2)
        torch._foreach_mul_(xs, 2.0)
        assert [x.tolist() for x in xs] == [[6.0 + 2 * k] * 2, [4.0, 6.0, 8.0]]
        roots = torch._foreach_sqrt(xs)
        assert isinstance(roots, tuple) and torch.equal(roots[1], xs[1].sqrt())
        torch._foreach_lerp_(xs, [torch.zeros(2), torch.zeros(3)], 0.5)
        torch._foreach_addcdiv_(xs, xs, [x + 1 for x in xs], value=0.5)
        assert torch.allclose(xs[1], torch.tensor([2.0, 3.0, 4.0]) + torch.tensor(
            [2 / 3, 3 / 4, 4 / 5]) / 2)
        assert torch.allclose(torch._foreach_norm(xs)[0], xs[0].norm())
    with pytest.raises(RuntimeError, match="same number"):
        torch._foreach_add(xs, [torch.ones(2)])


def test_bits_as_another_dtype() -> None:
    for k in range(4):
        x = torch.tensor([1.0 + k, -2.0])
        assert x.view(torch.int32).view(torch.float32).tolist() == [1.0 + k, -2.0]
        assert x.view(torch.uint8).shape == (8,) and x.view(torch.float64).shape == (1,)
    with pytest.raises(RuntimeError, match="divisible"):
        torch.ones(3).view(torch.float64)
    with pytest.raises(RuntimeError, match="cannot be 0"):
        torch.tensor(1.0).view(torch.uint8)


def test_low_ranks() -> None:
    torch.manual_seed(0)
    a = torch.randn(30, 5) @ torch.randn(5, 20)
    u, s, v = torch.svd_lowrank(a, q=5)
    assert torch.allclose(u @ torch.diag(s) @ v.mT, a, atol=1e-3)
    assert torch.allclose(s, torch.linalg.svdvals(a)[:5], rtol=1e-3)
    assert torch.pca_lowrank(a, q=3)[1].shape == (3,)
