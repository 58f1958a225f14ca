"""``nn.utils`` and ``functional_call`` against PyTorch: numbers from the same seed, and errors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from against_torch import agree, numbers

import wengert

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = [pytest.mark.filterwarnings("ignore::FutureWarning"),
              pytest.mark.filterwarnings("ignore:`parameters` is an empty generator")]


def both(run: Callable[[Any], Any], tolerance: float = 2e-5) -> None:
    """``run`` gives the same numbers with both libraries, from the same seed."""
    found = []
    for side in (torch, wengert):
        side.manual_seed(0)
        found.append([np.asarray(x.detach().numpy() if hasattr(x, "detach") else x)
                      for x in run(side)])
    assert len(found[0]) == len(found[1])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, tolerance, tolerance)


def values(side: Any, *shape: int) -> Any:
    return side.arange(float(np.prod(shape))).reshape(*shape).sin()


# ---- compositions ----
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_weight_norm_of_tensors(dim: int) -> None:
    v = numbers(3, 2, 2)
    agree("norm_except_dim", v, pow=2, dim=dim, torch_fn=torch.norm_except_dim)
    g = numbers(*torch.norm_except_dim(torch.from_numpy(v), 2, dim).shape)
    agree("weight_norm", v, g, dim=dim,
          torch_fn=lambda v, g, dim: v * (g / torch.norm_except_dim(v, 2, dim)))


@pytest.mark.parametrize("order", [2.0, 1.0, float("inf"), 3.0, -1.0])
def test_total_norm(order: float) -> None:
    parts = [numbers(3, 2), numbers(4), numbers()]

    def run(side: Any) -> Any:
        tensors = [side.from_numpy(np.array(part)).requires_grad_() for part in parts]
        norm = side.nn.utils.get_total_norm(tensors, order)
        assert not norm.requires_grad
        return [norm]
    both(run, 1e-9)


# ---- clipping, vectors, calls ----
@pytest.mark.parametrize("limit", [0.1, 100.0])
@pytest.mark.parametrize("order", [2.0, 1, float("inf")])
def test_clipping_in_training(order: float, limit: float) -> None:
    def run(side: Any) -> Any:
        nn = side.nn
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        found = []
        for _ in range(3):
            model.zero_grad()
            (model(values(side, 5, 3)) ** 2).sum().backward()
            found.append(nn.utils.clip_grad_norm_(model.parameters(), limit, order))
            with side.no_grad():
                for p in model.parameters():
                    p -= 0.1 * p.grad
        nn.utils.clip_grad_value_(model.parameters(), 0.01)
        found.append(nn.utils.parameters_to_vector(p.grad for p in model.parameters()))
        vector = nn.utils.parameters_to_vector(model.parameters())
        nn.utils.vector_to_parameters(vector * 2, model.parameters())
        nn.utils.clip_grads_with_norm_(model.parameters(), 1.0, side.tensor(3.0))
        return [*found, *model.parameters(), *(p.grad for p in model.parameters()),
                nn.utils.clip_grad_norm_([], 1.0), nn.utils.get_total_norm([])]
    both(run)


def test_functional_call() -> None:
    def run(side: Any) -> Any:
        nn, call = side.nn, side.func.functional_call
        model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
        model[1].weight = model[0].weight
        x = values(side, 2, 3)
        half = {name: p * 0.5 for name, p in model.named_parameters()}
        loss = call(model, half, (x,)).sin().sum()
        norm = nn.BatchNorm1d(3)
        state = {name: b.clone() for name, b in norm.named_buffers()}
        call(norm, (dict(norm.named_parameters()), state), x)
        call(norm, state, x)
        zero = {"0.weight": side.zeros(3, 3)}
        params, buffers = side.func.stack_module_state([nn.BatchNorm1d(2), nn.BatchNorm1d(2)])
        return [loss, *side.autograd.grad(loss, list(model.parameters())), *state.values(),
                norm.running_mean, call(model, zero, x), call(model, zero, x, tie_weights=False),
                call(model, {"other": x}, x), *params.values(), *buffers.values()]
    both(run)


# ---- weights that are computed ----
@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 5)])
def test_orthogonal(shape: tuple[int, int], kind: str, trivial: bool) -> None:
    def run(side: Any) -> Any:
        layer = side.nn.utils.parametrizations.orthogonal(
            side.nn.Linear(*shape), orthogonal_map=kind, use_trivialization=trivial)
        out = layer(values(side, 2, shape[0]))
        out.sin().sum().backward()
        weight, original = layer.weight, layer.parametrizations.weight.original
        found = [weight, out, original.clone(), original.grad]
        if trivial or kind == "householder":
            layer.weight = side.eye(*weight.shape)
            found.append(layer.weight)
        return found
    both(run)


def test_spectral_norm() -> None:
    def run(side: Any) -> Any:
        layer = side.nn.utils.parametrizations.spectral_norm(side.nn.Conv2d(2, 3, 3),
                                                             n_power_iterations=2)
        held, found, x = layer.parametrizations.weight, [], values(side, 1, 2, 5, 5)
        for _ in range(3):
            out = layer(x)
            found += [out, held[0]._u.clone(), held[0]._v.clone()]
        out.sin().sum().backward()
        found += [held.original.grad, layer.eval()(x)]
        side.nn.utils.parametrize.remove_parametrizations(layer, "weight")
        return [*found, layer.weight]
    both(run)


def test_older_spectral_norm() -> None:
    def run(side: Any) -> Any:
        layer = side.nn.utils.spectral_norm(side.nn.ConvTranspose2d(2, 3, 3))
        found, x = [], values(side, 1, 2, 5, 5)
        for _ in range(3):
            out = layer(x)
            found += [out, layer.weight_u.clone(), layer.weight_v.clone()]
        out.sin().sum().backward()
        found += [layer.weight_orig.grad, layer.eval()(x)]
        assert layer.state_dict()._metadata[""]["spectral_norm"] == {"weight.version": 1}
        side.nn.utils.remove_spectral_norm(layer)
        assert list(layer.state_dict()) == ["bias", "weight"]
        return [*found, layer.weight, layer(x)]
    both(run)


def test_weight_norm() -> None:
    def run(side: Any) -> Any:
        nn, x = side.nn, values(side, 1, 2, 5)
        parametrize = nn.utils.parametrize
        old = nn.utils.weight_norm(nn.Conv1d(2, 3, 3), dim=1)
        out = old(x)
        out.sin().sum().backward()
        new = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3), dim=1)
        new.load_state_dict(old.state_dict())
        whole = nn.utils.weight_norm(nn.Linear(2, 3), dim=None)
        found = [out, old.weight_g.grad, old.weight_v.grad, new(x), whole.weight_g,
                 whole(values(side, 2, 2))]
        nn.utils.remove_weight_norm(old)
        other = copy.deepcopy(new)
        other.weight = side.ones(3, 2, 3)
        found += [old(x), new.weight, other.weight]
        with parametrize.cached():
            assert new.weight is new.weight
        assert new.weight is not new.weight
        parametrize.remove_parametrizations(new, "weight")
        assert type(new).__name__ == "Conv1d" and isinstance(new.weight, nn.Parameter)
        return [*found, new.weight]
    both(run)


def symmetric_and_double(nn: Any) -> list[Any]:
    class Symmetric(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).mT

        def right_inverse(self, x: Any) -> Any:
            return x.triu()

    class Double(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return x * 2

        def right_inverse(self, x: Any) -> Any:
            return x / 2
    return [Symmetric(), Double()]


def parametrized(side: Any) -> Any:
    layer = side.nn.Linear(3, 3)
    for each in symmetric_and_double(side.nn):
        side.nn.utils.parametrize.register_parametrization(layer, "weight", each)
    return layer


def test_several_parametrizations() -> None:
    def run(side: Any) -> Any:
        parametrize, layer = side.nn.utils.parametrize, parametrized(side)
        held, found = layer.parametrizations.weight, [layer.weight]
        layer.weight = 3 * side.eye(3)
        found += [layer.weight, held.original.clone()]
        other = side.nn.Linear(3, 3)
        parametrize.transfer_parametrizations_and_params(layer, other)
        optimizer = side.optim.SGD(layer.parameters(), 0.1)
        layer(values(side, 2, 3)).sin().sum().backward()
        optimizer.step()
        found += [other.weight, layer.weight]
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        return [*found, layer.weight]
    both(run)


def test_fusion() -> None:
    def run(side: Any) -> Any:
        nn, utils = side.nn, side.nn.utils
        one, two = nn.BatchNorm1d(3).eval(), nn.BatchNorm2d(4, affine=False).eval()
        one.running_mean.fill_(0.5)
        one.running_var.fill_(2.0)
        two.running_var.fill_(3.0)
        linear = utils.fuse_linear_bn_eval(nn.Linear(3, 3).eval(), one)
        conv = utils.fuse_conv_bn_eval(nn.Conv2d(2, 4, 3, bias=False).eval(), two)
        turned = utils.fuse_conv_bn_eval(nn.ConvTranspose2d(2, 4, 3).eval(), two, transpose=True)
        image = values(side, 1, 2, 4, 4)
        return [linear(values(side, 2, 3)), conv(image), turned(image)]
    both(run)


# ---- errors and texts ----
LINEAR = "nn.Linear(3, 4)"
REFUSED = [
    f"call({LINEAR}, 3, x)", f"call({LINEAR}, [3], x)", f"call({LINEAR}, {{'weight': 3}}, x)",
    f"call({LINEAR}, {{'a.weight': x}}, x)",
    f"call({LINEAR}, [{{'weight': x}}, {{'weight': x}}], x)",
    f"call({LINEAR}, {{'weight': x}}, x, strict=True)",
    f"call({LINEAR}, {{'weight': x, 'bias': x, 'q': x}}, x, strict=True)",
    "call(nn.ModuleList([lin, lin]), {'0.weight': x, '1.weight': x + 1}, x)",
    "torch.func.stack_module_state([])", f"torch.func.stack_module_state([{LINEAR}, nn.Tanh()])",
    f"torch.func.stack_module_state([{LINEAR}, {LINEAR}.eval()])",
    "utils.clip_grad_norm_(bad, 1.0, error_if_nonfinite=True)",
    "utils.vector_to_parameters([1], [])", f"utils.vector_to_parameters(x[0], {LINEAR}."
    "parameters())", "utils.parameters_to_vector([])",
    f"utils.weight_norm({LINEAR}, 'foo')", f"utils.remove_weight_norm({LINEAR})",
    f"utils.weight_norm(utils.weight_norm({LINEAR}))", f"utils.spectral_norm({LINEAR}, 'foo')",
    f"utils.remove_spectral_norm({LINEAR})",
    f"utils.spectral_norm({LINEAR}, n_power_iterations=0)",
    f"utils.spectral_norm(utils.spectral_norm({LINEAR}))",
    f"p.register_parametrization({LINEAR}, 'foo', nn.Identity())",
    f"p.register_parametrization({LINEAR}, 'weight', nn.Flatten(0))",
    f"p.remove_parametrizations({LINEAR}, 'weight')",
    f"p.remove_parametrizations(q.weight_norm({LINEAR}), 'weight', leave_parametrized=False)",
    f"setattr(q.weight_norm({LINEAR}), 'weight', nn.Parameter(x))",
    f"q.orthogonal({LINEAR}, 'bias')", f"q.orthogonal({LINEAR}, orthogonal_map='x')",
    f"q.orthogonal({LINEAR}, 'foo')", f"q.spectral_norm({LINEAR}, 'foo')",
    f"q.spectral_norm({LINEAR}, dim=3)", f"q.spectral_norm({LINEAR}, n_power_iterations=0)",
    f"setattr(q.orthogonal({LINEAR}), 'weight', x)", f"pickle.dumps(q.weight_norm({LINEAR}))",
    "utils.fuse_linear_bn_eval(nn.Linear(3, 3), nn.BatchNorm1d(3))",
    "utils.skip_init(dict)", "utils.skip_init(nn.ReLU)",
]
TEXTS = [f"q.weight_norm({LINEAR})", f"q.orthogonal(q.spectral_norm({LINEAR}), 'weight')",
         f"list(q.spectral_norm({LINEAR}).state_dict())", f"utils.weight_norm({LINEAR})",
         f"p.type_before_parametrizations(q.weight_norm({LINEAR})).__name__",
         f"type(q.weight_norm({LINEAR})).__name__", f"p.is_parametrized({LINEAR})",
         f"p.is_parametrized(q.weight_norm({LINEAR}), 'bias')"]


def run_text(side: Any, text: str) -> Any:
    lin = side.nn.Linear(3, 3)
    bad = side.nn.Parameter(side.ones(2))
    bad.grad = side.full((2,), float("nan"))
    return eval(text, {
        "torch": side, "nn": side.nn, "utils": side.nn.utils, "call": side.func.functional_call,
        "p": side.nn.utils.parametrize, "q": side.nn.utils.parametrizations, "lin": lin,
        "x": side.zeros(2, 3), "bad": bad, "pickle": pickle})


@pytest.mark.parametrize("text", REFUSED)
def test_errors(text: str) -> None:
    with pytest.raises(Exception) as wanted:
        run_text(torch, text)
    with pytest.raises(type(wanted.value)) as found:
        run_text(wengert, text)
    start = str(wanted.value).replace("torch.nn", "wengert.nn")[:40].rstrip(". ")
    assert str(found.value).startswith(start), (str(found.value), str(wanted.value))


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str) -> None:
    assert str(run_text(wengert, text)) == str(run_text(torch, text))
