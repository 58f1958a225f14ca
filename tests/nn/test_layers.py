"""Layers and losses: shapes, texts, errors, and what only shows over several calls."""

from __future__ import annotations

import math
from typing import Any

import pytest

import wengert as torch
from wengert import nn

F = nn.functional


def test_sequential_edits() -> None:
    s = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    del s[1]
    assert [name for name, _ in s.named_children()] == ["0", "1"]
    s.insert(0, nn.ELU())
    assert [type(m).__name__ for m in s] == ["ELU", "ReLU", "Sigmoid"]
    assert isinstance(s[-1], nn.Sigmoid)
    assert len(s[:2]) == 2
    with pytest.raises(IndexError):
        s[3]
    with pytest.raises(TypeError):
        nn.Sequential(3)


def test_lists_and_dicts_of_parameters() -> None:
    p = nn.ParameterList([torch.ones(2), nn.Parameter(torch.ones(3))])
    p.append(torch.zeros(1))
    assert [name for name, _ in p.named_parameters()] == ["0", "1", "2"]
    d = nn.ParameterDict({"b": torch.ones(1), "a": torch.ones(2)})
    assert list(d) == ["a", "b"]
    assert d.pop("a").shape == (2,)
    with pytest.raises(RuntimeError, match="should not be called"):
        d(1)


def test_batch_norm_follows_its_batches() -> None:
    layer = nn.BatchNorm1d(2, momentum=0.5)
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    y = layer(x)
    torch.testing.assert_close(y.detach(), torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), rtol=1e-4,
                               atol=1e-4)
    assert layer.running_mean.tolist() == [1.0, 2.0]
    assert layer.running_var.tolist() == [1.5, 4.5]
    layer.eval()
    kept = layer.running_mean.clone()
    layer(x)
    assert torch.equal(layer.running_mean, kept)
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0


def test_batch_norm_averages_all_batches() -> None:
    layer = nn.BatchNorm1d(1, momentum=None)
    for value in 0.0, 3.0, 6.0:
        layer(torch.tensor([[value - 1], [value + 1]]))
    assert layer.running_mean.item() == pytest.approx(3.0)


def test_batch_norm_refuses() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm1d(2)(torch.ones(1, 2))
    with pytest.raises(ValueError, match="expected 4D input"):
        nn.BatchNorm2d(2)(torch.ones(1, 2))
    layer = nn.BatchNorm1d(3)
    with pytest.raises(RuntimeError, match="running_mean should contain 2 elements not 3"):
        layer(torch.ones(4, 2))
    assert layer.running_mean.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="divisible by num_groups"):
        nn.GroupNorm(2, 3)


def test_no_gradient_flows_into_running_statistics() -> None:
    layer = nn.BatchNorm1d(2)
    layer(torch.ones(3, 2, requires_grad=True))
    assert not layer.running_mean.requires_grad


def test_sync_batch_norm() -> None:
    net = nn.Sequential(nn.BatchNorm2d(2), nn.ReLU())
    net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    assert isinstance(net[0], nn.SyncBatchNorm)
    assert net(torch.ones(2, 2, 1, 1)).shape == (2, 2, 1, 1)


def test_cross_map_norm_is_a_window_over_channels() -> None:
    x = torch.arange(1.0, 6.0).reshape(1, 5, 1, 1)
    y = nn.CrossMapLRN2d(3, alpha=3.0, beta=1.0, k=0.0)(x).flatten().tolist()
    assert y == pytest.approx([1 / 5, 2 / 14, 3 / 29, 4 / 50, 5 / 41])


def test_embedding() -> None:
    table = nn.Embedding(5, 2, padding_idx=0)
    assert table.weight[0].tolist() == [0, 0]
    table(torch.tensor([0, 1, 1])).sum().backward()
    assert table.weight.grad.tolist() == [[0, 0], [2, 2], [0, 0], [0, 0], [0, 0]]
    limited = nn.Embedding.from_pretrained(torch.tensor([[3.0, 4.0], [6.0, 8.0]]), max_norm=1.0)
    assert limited(torch.tensor(0)).tolist() == pytest.approx([0.6, 0.8])
    assert limited.weight[1].tolist() == [6.0, 8.0]
    assert not limited.weight.requires_grad
    with pytest.raises(AssertionError):
        nn.Embedding(3, 2, padding_idx=3)


def test_embedding_bag() -> None:
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]])
    index, offsets = torch.tensor([0, 2, 1]), torch.tensor([0, 2, 2])
    for mode, wanted in (("sum", [[6, 2], [0, 0], [3, 4]]), ("mean", [[3, 1], [0, 0], [3, 4]]),
                         ("max", [[5, 2], [0, 0], [3, 4]])):
        assert F.embedding_bag(index, weight, offsets, mode=mode).tolist() == wanted
    with pytest.raises(ValueError, match="offsets has to be"):
        F.embedding_bag(index, weight)
    with pytest.raises(NotImplementedError, match="per_sample_weights"):
        F.embedding_bag(index, weight, offsets, per_sample_weights=torch.ones(3))


def test_rrelu_draws_a_slope_for_each_negative() -> None:
    torch.manual_seed(0)
    x = torch.tensor([-1.0, 2.0, -3.0], requires_grad=True)
    y = F.rrelu(x, training=True)
    y.sum().backward()
    assert x.grad[1] == 1
    assert torch.equal(x.grad * x.detach(), y.detach())
    assert ((x.grad >= 1 / 8) & (x.grad <= 1)).all()
    assert F.rrelu(x).tolist() == pytest.approx([-11 / 48, 2.0, -33 / 48])


def test_gumbel_softmax_is_one_hot_and_soft() -> None:
    x = torch.zeros(4, 3, requires_grad=True)
    y = F.gumbel_softmax(x, hard=True)
    assert torch.equal(y.sum(1), torch.ones(4))
    assert set(y.flatten().round().tolist()) == {0.0, 1.0}
    (y * torch.arange(3.0)).sum().backward()
    assert x.grad.abs().sum() > 0


def test_in_place_forms_write_their_input() -> None:
    for name in "relu_", "leaky_relu_", "elu_", "selu_", "celu_", "rrelu_", "hardtanh_":
        x = torch.tensor([-2.0, 3.0])
        assert getattr(F, name)(x) is x
        assert x[0] > -2


def path_cost(probabilities: Any, paths: list[list[int]]) -> float:
    total = sum(math.prod(probabilities[t][c] for t, c in enumerate(path)) for path in paths)
    return -math.log(total)


def test_ctc_sums_over_all_paths() -> None:
    p = [[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]
    log_p = torch.tensor(p).log().unsqueeze(1)
    cost = F.ctc_loss(log_p, torch.tensor([[1, 2]]), (3,), (2,), reduction="sum")
    paths = [[1, 2, 0], [1, 0, 2], [0, 1, 2], [1, 1, 2], [1, 2, 2]]
    assert cost.item() == pytest.approx(path_cost(p, paths), rel=1e-5)
    twice = F.ctc_loss(log_p, torch.tensor([[1, 1]]), (3,), (2,), reduction="sum")
    assert twice.item() == pytest.approx(path_cost(p, [[1, 0, 1]]), rel=1e-5)
    impossible = F.ctc_loss(log_p, torch.tensor([[1, 1]]), (2,), (2,), reduction="sum")
    assert impossible.item() == math.inf
    spared = F.ctc_loss(log_p, torch.tensor([[1, 1]]), (2,), (2,), zero_infinity=True)
    assert spared.item() == 0


def test_adaptive_softmax_is_a_distribution() -> None:
    layer = nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3, 5], div_value=1.0)
    x, y = torch.randn(6, 4), torch.tensor([0, 2, 3, 4, 7, 8])
    whole = layer.log_prob(x)
    torch.testing.assert_close(whole.exp().sum(1), torch.ones(6))
    torch.testing.assert_close(layer(x, y).output, whole.gather(1, y.unsqueeze(1)).squeeze(1))
    assert torch.equal(layer.predict(x), whole.argmax(1))


def test_losses_know_their_older_spelling() -> None:
    with pytest.warns(UserWarning, match="please use reduction='sum'"):
        assert nn.MSELoss(size_average=False).reduction == "sum"
    assert nn.CrossEntropyLoss(weight=torch.ones(2)).state_dict()["weight"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="is not a valid value for reduction"):
        F.multilabel_margin_loss(torch.ones(2), torch.tensor([0, -1]), reduction="all")


def test_init_warns_and_refuses() -> None:
    with pytest.warns(FutureWarning, match="deprecated in favor of `nn.init.uniform_`"):
        nn.init.uniform(torch.empty(2))
    with pytest.raises(ValueError, match="Fan in and fan out can not be computed"):
        nn.init.xavier_uniform_(torch.empty(3))
    with pytest.raises(ValueError, match="Unsupported nonlinearity"):
        nn.init.calculate_gain("none")
    q = nn.init.orthogonal_(torch.empty(3, 5))
    torch.testing.assert_close(q @ q.T, torch.eye(3))
    t = nn.init.trunc_normal_(torch.empty(200), std=2.0)
    assert t.abs().max() <= 2
