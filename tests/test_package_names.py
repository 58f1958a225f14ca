"""Names beside the documented ones that packages ask PyTorch for, and what they do."""

from typing import Any

import pytest
from wengert.profiler.profiler import ProfilerAction, _default_schedule_fn

import wengert as torch
from wengert.distributions import Distribution, MultivariateNormal, Normal, transforms
from wengert.distributions.multivariate_normal import _precision_to_scale_tril
from wengert.functorch import (
    combine_state_for_ensemble,
    make_functional,
    make_functional_with_buffers,
)
from wengert.nn.utils._named_member_accessor import swap_tensor
from wengert.nn.utils.stateless import _reparametrize_module
from wengert.utils import _pytree
from wengert.utils.checkpoint import get_device_states, set_device_states


def test_random_states_of_devices_beside_the_cpu() -> None:
    assert get_device_states(torch.ones(2)) == ([], [])
    set_device_states(*get_device_states())
    with pytest.raises(RuntimeError, match="no device 0"):
        set_device_states([0], [None])


class Shifted(Distribution):
    """As packages write one: its ``expand`` is given an instance to fill in, or makes one."""

    def __init__(self, base: Distribution) -> None:
        super().__init__(base.batch_shape, validate_args=False)
        self.base = base

    def expand(self, batch_shape: Any, new: Any = None) -> Any:
        new = self._get_checked_instance(Shifted, new)
        new.base = self.base.expand(batch_shape)
        Distribution.__init__(new, batch_shape, validate_args=False)
        return new


class Narrow(Shifted):
    def __init__(self) -> None:
        super().__init__(Normal(torch.zeros(2), 0.1))


def test_expand_of_a_distribution_of_ones_own() -> None:
    wide = Shifted(Normal(torch.zeros(2), 1.0)).expand((3, 2))
    assert type(wide) is Shifted and wide.base.batch_shape == (3, 2)
    with pytest.raises(NotImplementedError, match="Subclass Narrow of Shifted"):
        Narrow().expand((3, 2))


def test_inverses_of_transforms_have_a_class() -> None:
    assert isinstance(transforms.ExpTransform().inv, transforms._InverseTransform)


def test_the_factor_of_a_precision() -> None:
    precision = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
    found = MultivariateNormal(torch.zeros(2), precision_matrix=precision).scale_tril
    assert torch.equal(_precision_to_scale_tril(precision), found)


def test_a_block_in_which_a_module_has_other_parameters() -> None:
    layer = torch.nn.Linear(2, 1, bias=False)
    kept = layer.weight
    for scale in (1.0, 2.0, 3.0, 4.0):
        with _reparametrize_module(layer, {"weight": torch.full((1, 2), scale)}):
            assert layer(torch.ones(2)).item() == 2 * scale
        assert layer.weight is kept


class Doubled:
    """In the place of a function of ``nn.functional``, as counters of operations have it."""

    def __init__(self, function: Any) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs) * 2


@pytest.mark.parametrize(("name", "layer", "shape"), [
    ("conv2d", lambda: torch.nn.Conv2d(1, 2, 3), (1, 1, 4, 4)),
    ("conv_transpose1d", lambda: torch.nn.ConvTranspose1d(1, 2, 3), (1, 1, 4)),
    ("adaptive_avg_pool2d", lambda: torch.nn.AdaptiveAvgPool2d(2), (1, 1, 4, 4)),
    ("max_pool1d", lambda: torch.nn.MaxPool1d(2), (1, 1, 4)),
    ("relu", torch.nn.ReLU, (3,)),
])
def test_modules_call_what_stands_in_functional(name: str, layer: Any, shape: Any,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    module, x = layer(), torch.ones(shape)
    plain = module(x)
    counter = Doubled(getattr(torch.nn.functional, name))
    monkeypatch.setattr(torch.nn.functional, name, counter)
    for _ in range(3):
        assert torch.equal(module(x), plain * 2)
    assert counter.calls == 3


def test_a_fake_of_an_operator_whose_compiled_part_is_missing() -> None:
    @torch.library.register_fake("nobody::nothing")
    def shapes(x: Any) -> Any:
        return x

    assert shapes(3) == 3


def test_the_numbers_of_a_tensor_as_text() -> None:
    from wengert._tensor_str import PRINT_OPTS, _tensor_str

    assert PRINT_OPTS.threshold == 1000 and _tensor_str(torch.ones(2), 0) == "[1., 1.]"


def test_trees_and_switches() -> None:
    assert _pytree._list_flatten_with_keys([5])[0][0] == (_pytree.SequenceKey(0), 5)
    assert _pytree.is_structseq_instance(torch.ones(2, 2).max(0))
    assert _default_schedule_fn(3) is ProfilerAction.RECORD
    assert torch.serialization.DEFAULT_PROTOCOL == 2

    @torch.compiler.assume_constant_result
    def two() -> int:
        return 2

    assert two() == 2


def test_operands_of_einsum_that_come_as_one_sequence_are_traced_one_by_one() -> None:
    graph = torch.fx.symbolic_trace(lambda x, y: torch.einsum("ij,jk->ik", (x, y)))
    node = next(node for node in graph.graph.nodes if node.op == "call_function")
    assert [str(each) for each in node.args] == ["ij,jk->ik", "x", "y"]
    x = torch.ones(2, 2)
    assert graph(x, x).tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_modules_as_functions_of_their_parameters() -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
    made, parameters, buffers = make_functional_with_buffers(layer)
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]])
    grads = torch.func.grad(lambda p: made(p, buffers, x).pow(3).sum())(parameters)
    layer(x).pow(3).sum().backward()
    for found, wanted in zip(grads, layer.parameters(), strict=True):
        assert torch.allclose(found, wanted.grad, atol=1e-5)
    with pytest.raises(RuntimeError, match="has buffers"):
        make_functional(layer)
    one, weights = make_functional(layer[0])
    assert torch.equal(one(weights, x), layer[0](x))
    many, stacked, _ = combine_state_for_ensemble([torch.nn.Linear(2, 1) for _ in range(4)])
    assert torch.vmap(many, (0, None, None))(stacked, (), x).shape == (4, 3, 1)


def test_members_of_modules_are_swapped() -> None:
    layer = torch.nn.Linear(2, 1)
    before, new = layer.weight, torch.zeros(1, 2)
    assert swap_tensor(layer, "weight", new) is before and layer.weight is new
    with pytest.raises(AttributeError, match="no attribute `other`"):
        swap_tensor(layer, "other", new)
    assert swap_tensor(layer, "other", new, allow_missing=True) is None and layer.other is new
    for name, error in (("a.b", KeyError), ("", KeyError), ("in_features", TypeError)):
        with pytest.raises(error):
            swap_tensor(layer, name, new)


def test_dtypes_that_are_names_alone() -> None:
    assert str(torch.qint8) == "torch.qint8" and torch.uint4 is not torch.uint8
    with pytest.raises(NotImplementedError, match=r"torch.qint8 is a name: no tensor has"):
        torch.zeros(2, dtype=torch.qint8)


def test_the_types_of_results_are_there_before_the_first_of_them() -> None:
    assert isinstance(torch.ones(2).max(0), torch.return_types.max)
    assert isinstance(torch.ones(2).min(0), torch.return_types.min)


def test_dtypes_of_mixed_precision_by_their_older_names() -> None:
    with torch.autocast("cpu", dtype=torch.float16):
        assert torch.get_autocast_cpu_dtype() is torch.float16
    assert torch.get_autocast_cpu_dtype() is torch.bfloat16
    assert torch.get_autocast_gpu_dtype() is torch.float16
