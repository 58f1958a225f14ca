"""What ``torch.fx`` prints of a graph is what PyTorch prints, and the code does what it says."""

import operator
from typing import Any

import pytest

import wengert as torch
from wengert import fx
from wengert.fx.node import name_of
from wengert.nn import functional as F


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv1d(2, 3, 3)
        self.bias = torch.nn.Parameter(torch.ones(3, 1))

    def forward(self, x: torch.Tensor, mask: Any = None, scale: float = 2.0) -> torch.Tensor:
        y = torch.relu(self.conv(x)) + self.bias
        y = y.flatten(1)[:, None, ..., :2]
        y = F.gelu(y) ** 2 / scale if mask is None else y * mask
        return torch.cat([y, -y], dim=1)


GRAPH = """graph():
    %x : torch.Tensor [num_users=1] = placeholder[target=x]
    %mask_1 : [num_users=1] = placeholder[target=mask_1](default=None)
    %_assert_is_none : [num_users=0] = call_function[target=torch.fx._symbolic_trace._assert_is_none](args = (%mask_1, mask has been specialized to have value None but got another value), kwargs = {})
    %scale : float [num_users=1] = placeholder[target=scale](default=2.0)
    %conv : [num_users=1] = call_module[target=conv](args = (%x,), kwargs = {})
    %relu : [num_users=1] = call_function[target=torch.relu](args = (%conv,), kwargs = {})
    %bias : [num_users=1] = get_attr[target=bias]
    %add : [num_users=1] = call_function[target=operator.add](args = (%relu, %bias), kwargs = {})
    %flatten : [num_users=1] = call_method[target=flatten](args = (%add, 1), kwargs = {})
    %getitem : [num_users=1] = call_function[target=operator.getitem](args = (%flatten, (slice(None, None, None), None, Ellipsis, slice(None, 2, None))), kwargs = {})
    %gelu : [num_users=1] = call_function[target=torch._C._nn.gelu](args = (%getitem,), kwargs = {})
    %pow_1 : [num_users=1] = call_function[target=operator.pow](args = (%gelu, 2), kwargs = {})
    %truediv : [num_users=2] = call_function[target=operator.truediv](args = (%pow_1, %scale), kwargs = {})
    %neg : [num_users=1] = call_function[target=operator.neg](args = (%truediv,), kwargs = {})
    %cat : [num_users=1] = call_function[target=torch.cat](args = ([%truediv, %neg],), kwargs = {dim: 1})
    return cat"""  # noqa: E501

CODE = """


def forward(self, x : torch.Tensor, mask_1 = None, scale : float = 2.0) -> torch.Tensor:
    _assert_is_none = torch.fx._symbolic_trace._assert_is_none(mask_1, 'mask has been specialized to have value None but got another value');  mask_1 = _assert_is_none = None
    conv = self.conv(x);  x = None
    relu = torch.relu(conv);  conv = None
    bias = self.bias
    add = relu + bias;  relu = bias = None
    flatten = add.flatten(1);  add = None
    getitem = flatten[(slice(None, None, None), None, Ellipsis, slice(None, 2, None))];  flatten = None
    gelu = torch._C._nn.gelu(getitem);  getitem = None
    pow_1 = gelu ** 2;  gelu = None
    truediv = pow_1 / scale;  pow_1 = scale = None
    neg = -truediv
    cat = torch.cat([truediv, neg], dim = 1);  truediv = neg = None
    return cat
    """  # noqa: E501


def test_text_of_a_module() -> None:
    model = Model()
    traced = fx.symbolic_trace(model, concrete_args={"mask": None})
    assert str(traced.graph) == GRAPH
    assert traced.code == CODE
    for n in range(5, 9):
        x = torch.randn(2, 2, n)
        assert torch.equal(traced(x), model(x))
        assert torch.equal(traced(x, None, 3.0), model(x, None, 3.0))
    with pytest.raises(AssertionError, match="mask has been specialized to have value None"):
        traced(x, x)


def test_arguments_that_are_given_are_looked_at() -> None:
    def scaled(x: Any, on: Any = True, k: Any = 3) -> Any:
        return x * k if on else x
    traced = fx.symbolic_trace(scaled, concrete_args={"on": True})
    assert "torch._assert(eq, 'on has been specialized to have value True but" in traced.code
    assert traced(torch.ones(2)).tolist() == [3, 3] and traced(torch.ones(2), True, 5)[0] == 5
    with pytest.raises(AssertionError, match="on has been specialized"):
        traced(torch.ones(2), False)


def test_code_of_functions_and_constants() -> None:
    def f(a: Any, *rest: Any, **named: Any) -> Any:
        return {"x": 2 ** a, "y": [~(a > 1), a @ a, float("inf") * a], "z": ((-2) ** a,)}
    traced = fx.symbolic_trace(f)
    for line in ("_rest = rest", "_named = named", "pow_1 = 2 ** a", "invert = ~gt;  gt = None",
                 "matmul = a @ a", "mul = inf * a", "pow_2 = (-2) ** a;  a = None"):
        assert line in traced.code
    a = torch.tensor([2.0, 3.0])
    assert traced(a)["z"][0].tolist() == [4, -8] and traced(a)["y"][1] == 13

    def own(x: Any) -> Any:
        return x + 1
    graph = fx.Graph()
    x = graph.placeholder("x")
    graph.output(graph.call_function(own, (graph.call_function(operator.add, (x, 1)),)))
    module = fx.GraphModule(torch.nn.Module(), graph)
    assert module(torch.ones(1)).tolist() == [3] and "x + 1;  x = None" in module.code


def test_names_of_functions() -> None:
    names = [name_of(f) for f in (F.relu, torch.relu, F.linear, F.embedding, torch.einsum,
                                          torch.mm, torch.Tensor, operator.add, len)]
    assert names == ["torch.nn.functional.relu", "torch.relu", "torch._C._nn.linear",
                     "torch.nn.functional.embedding", "torch.functional.einsum", "torch.mm",
                     "torch.Tensor", "operator.add", "len"]
