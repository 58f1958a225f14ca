"""``nn.utils`` and ``functional_call`` by themselves.

Numbers beside PyTorch's are in ``tests/oracle/test_nn_utils_oracle.py``.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

import wengert as torch
from wengert import nn
from wengert.engine.recording.recording import here
from wengert.engine.recording.tree import tree

utils = nn.utils
parametrize, parametrizations = utils.parametrize, utils.parametrizations


def close(a: Any, b: Any) -> None:
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def with_gradients(*values: list[float]) -> list[Any]:
    parameters = []
    for value in values:
        p = nn.Parameter(torch.zeros(len(value)))
        p.grad = torch.tensor(value)
        parameters.append(p)
    return parameters


def test_the_norm_is_clipped() -> None:
    parameters = with_gradients([3.0, 0.0], [4.0])
    norm = utils.clip_grad_norm_(iter(parameters), 1.0)
    assert norm.item() == 5.0
    close(parameters[0].grad, torch.tensor([0.6, 0.0]))
    close(parameters[1].grad, torch.tensor([0.8]))
    assert utils.clip_grad_norm_(parameters, 10.0).item() == pytest.approx(1.0)
    close(parameters[1].grad, torch.tensor([0.8]))
    assert utils.clip_grad_norm_(parameters[0], 1.0, math.inf).item() == pytest.approx(0.6)


def test_gradients_that_are_none_do_not_count() -> None:
    p = nn.Parameter(torch.ones(2))
    assert utils.clip_grad_norm_([p], 1.0).item() == 0.0
    utils.clip_grad_value_(p, 1.0)
    assert p.grad is None


def test_nothing_is_scaled_where_the_norm_is_refused() -> None:
    parameters = with_gradients([math.inf, 1.0])
    with pytest.raises(RuntimeError, match=r"order 2\.0 for gradients from `parameters` is non"):
        utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert parameters[0].grad.tolist() == [math.inf, 1.0]


def test_clipping_by_value() -> None:
    parameters = with_gradients([3.0, -0.5], [-4.0])
    utils.clip_grad_value_(parameters, 1.0)
    assert [p.grad.tolist() for p in parameters] == [[1.0, -0.5], [-1.0]]


@pytest.mark.skipif(torch.config.tier == "eager", reason="the eager tier keeps no paths")
def test_clipping_is_one_path_and_runs_nothing() -> None:
    """Neither the limit nor the values are part of the path."""
    def turn(k: int) -> None:
        parameters = with_gradients([3.0, 4.0 + k], [1.0])
        utils.clip_grad_norm_(parameters, 1.0 / (k + 1))
        utils.clip_grad_value_(parameters, 0.5 / (k + 1))
        assert here.recording.handles
        close(parameters[1].grad.norm(), torch.tensor(1.0 / (k + 1) / (26 + 8 * k + k * k) ** 0.5))

    for k in range(4):
        turn(k)
    before = tree.steps
    for k in range(4, 9):
        turn(k)
    assert tree.steps == before


def test_parameters_as_a_vector() -> None:
    model = nn.Linear(2, 3)
    vector = utils.parameters_to_vector(model.parameters())
    assert vector.shape == (9,) and vector.requires_grad
    other = nn.Linear(2, 3)
    utils.vector_to_parameters(vector.detach(), other.parameters())
    assert torch.equal(other.weight, model.weight) and torch.equal(other.bias, model.bias)
    kept = [p.tolist() for p in other.parameters()]
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        utils.vector_to_parameters(torch.zeros(8), other.parameters())
    assert [p.tolist() for p in other.parameters()] == kept


def test_functional_call_leaves_the_module_alone() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = copy.deepcopy(model.state_dict())
    state = {name: b.clone() for name, b in model.named_buffers()}
    weight = torch.ones(2, 2, requires_grad=True)
    out = torch.func.functional_call(model, (state, {"0.weight": weight}), torch.randn(4, 2))
    (grad,) = torch.autograd.grad((out ** 3).sum(), weight)
    assert grad.shape == (2, 2) and model[0].weight.grad is None
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    with pytest.warns(FutureWarning, match="torch.func.functional_call"):
        utils.stateless.functional_call(nn.Linear(2, 2), {"weight": weight}, torch.ones(2))


class Fails(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))

    def forward(self) -> float:
        return 1 / 0


def test_a_failed_call_restores_the_parameters() -> None:
    model = Fails()
    with pytest.raises(ZeroDivisionError):
        torch.func.functional_call(model, {"w": torch.zeros(1), "new": torch.zeros(1)})
    assert model.w.item() == 1.0 and isinstance(model.w, nn.Parameter)
    assert not hasattr(model, "new")


def test_a_gradient_step_in_a_function() -> None:
    """One step of gradient descent, differentiated: the derivative of a derivative."""
    model = nn.Linear(1, 1, bias=False).double()
    rate = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    params = dict(model.named_parameters())
    x = torch.tensor([[2.0]], dtype=torch.float64)
    loss = torch.func.functional_call(model, params, x).square().sum()
    (g,) = torch.autograd.grad(loss, list(params.values()), create_graph=True)
    after = torch.func.functional_call(model, {"weight": params["weight"] - rate * g}, x)
    after.square().sum().backward()
    w = model.weight.item()
    step = 1 - 0.1 * 8
    assert model.weight.grad.item() == pytest.approx(8 * w * step ** 2)
    assert rate.grad.item() == pytest.approx(-64 * w ** 2 * step)


def test_stacked_states() -> None:
    models = [nn.BatchNorm1d(2) for _ in range(3)]
    params, buffers = torch.func.stack_module_state(models)
    assert params["weight"].shape == (3, 2) and params["weight"].is_leaf
    assert buffers["num_batches_tracked"].shape == (3,)
    assert not buffers["running_mean"].requires_grad
    models[1].weight.requires_grad_(False)
    with pytest.raises(RuntimeError, match="Expected weight from each model to have the same"):
        torch.func.stack_module_state(models)


class Doubled(nn.Module):
    def forward(self, x: Any) -> Any:
        return 2 * x


class Rows(nn.Module):
    """A matrix from its rows: several originals."""

    def forward(self, *rows: Any) -> Any:
        return torch.stack(rows)

    def right_inverse(self, x: Any) -> Any:
        return [row.clone() for row in x.unbind(0)]


def test_a_parametrised_weight_is_computed_when_read() -> None:
    layer = nn.Linear(2, 2)
    old = layer.weight
    assert parametrize.register_parametrization(layer, "weight", Doubled()) is layer
    assert layer.parametrizations.weight.original is old
    close(layer.weight, 2 * old)
    close(layer(torch.ones(2)), 2 * old.sum(1) + layer.bias)
    layer.weight.sum().backward()
    assert old.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    with pytest.raises(RuntimeError, match="does not implement right_inverse"):
        layer.weight = torch.ones(2, 2)
    with parametrize.cached():
        with parametrize.cached():
            assert layer.weight is layer.weight
        assert layer.weight is layer.weight
    value = layer.weight.detach().clone()
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and layer.weight is old
    close(layer.weight, value)


def test_several_originals() -> None:
    layer = parametrize.register_parametrization(nn.Linear(3, 2), "weight", Rows())
    names = [name for name, _ in layer.named_parameters()]
    assert names == ["bias", "parametrizations.weight.original0",
                     "parametrizations.weight.original1"]
    layer.weight = torch.ones(2, 3)
    assert layer.weight.tolist() == [[1.0] * 3] * 2
    layer.parametrizations.weight.right_inverse(torch.zeros(2, 3))
    assert not layer.weight.any()
    with pytest.raises(ValueError, match=r"length 2\. Got a sequence of length 3"):
        layer.weight = torch.ones(3, 3)
    twin = copy.deepcopy(layer)
    assert type(twin) is type(layer) and isinstance(twin, nn.Linear)
    twin.load_state_dict(layer.state_dict())
    with pytest.raises(ValueError, match="sequence of tensors"):
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)


def test_what_a_parametrisation_may_not_change() -> None:
    class Longer(nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.cat([x, x])

    class Wider(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.double()
    for kind, what in (Longer, "shape"), (Wider, "dtype"):
        layer = nn.Linear(2, 2)
        with pytest.raises(ValueError, match=f"may not change the {what} of the tensor"):
            parametrize.register_parametrization(layer, "weight", kind())
        assert type(layer) is nn.Linear and isinstance(layer.weight, nn.Parameter)
        parametrize.register_parametrization(layer, "bias", Doubled())
        with pytest.raises(ValueError, match=f"may not change the {what} of the tensor"):
            parametrize.register_parametrization(layer, "bias", kind())
        parametrize.register_parametrization(layer, "weight", kind(), unsafe=True)


def test_orthogonal_weights_stay_orthogonal() -> None:
    torch.manual_seed(0)
    for kind in ("matrix_exp", "cayley", "householder"):
        layer = parametrizations.orthogonal(nn.Linear(4, 3).double(), orthogonal_map=kind)
        layer(torch.ones(2, 4, dtype=torch.float64)).sin().sum().backward()
        original = layer.parametrizations.weight.original
        original.data -= original.grad
        product = layer.weight @ layer.weight.T
        torch.testing.assert_close(product, torch.eye(3, dtype=torch.float64), rtol=0, atol=1e-10)


def test_spectral_norm_is_one() -> None:
    torch.manual_seed(0)
    new = parametrizations.spectral_norm(nn.Linear(4, 3))
    old = utils.spectral_norm(nn.Linear(4, 3), n_power_iterations=20)
    x = torch.ones(1, 4)
    for _ in range(20):
        new(x), old(x)
    for layer in new, old:
        assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1.0, rel=1e-3)
    new.eval()
    u = new.parametrizations.weight[0]._u.clone()
    new(x)
    assert torch.equal(u, new.parametrizations.weight[0]._u)


def test_weight_norm_keeps_the_weight() -> None:
    layer = nn.Linear(4, 3)
    weight = layer.weight.detach().clone()
    parametrizations.weight_norm(layer)
    close(layer.weight.detach(), weight)
    close(layer.parametrizations.weight.original0.flatten(), weight.norm(dim=1))
    with pytest.warns(FutureWarning, match="deprecated"):
        old = utils.weight_norm(nn.Linear(4, 3))
    old.weight_g.data *= 2
    before = old.weight.detach().clone()
    old(torch.ones(4))
    close(old.weight.detach(), 2 * before)
    utils.remove_weight_norm(old)
    assert sorted(dict(old.named_parameters())) == ["bias", "weight"]


def test_fused_layers_compute_the_same() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(4)
    norm(torch.randn(8, 4, 3, 3))
    conv = nn.Conv2d(2, 4, 3).eval()
    with pytest.raises(AssertionError, match="eval"):
        utils.fuse_conv_bn_eval(conv, norm)
    norm.eval()
    x = torch.randn(1, 2, 5, 5)
    close(utils.fuse_conv_bn_eval(conv, norm)(x), norm(conv(x)))


def test_modules_without_first_values() -> None:
    torch.manual_seed(0)
    state = torch.get_rng_state()
    layer = utils.skip_init(nn.Linear, 2, 3, bias=False)
    assert layer.weight.shape == (3, 2) and torch.equal(torch.get_rng_state(), state)


def test_what_is_not_here_says_so() -> None:
    conv = nn.Conv2d(1, 1, 1)
    assert utils.convert_conv2d_weight_memory_format(conv, torch.contiguous_format) is conv
    with pytest.raises(NotImplementedError, match="row by row"):
        utils.convert_conv2d_weight_memory_format(conv, torch.channels_last)
