"""``wengert.summary``: what it takes, what it prints, and that the module is as it was."""

from __future__ import annotations

import pytest

import wengert as torch
from wengert import nn

pytestmark = pytest.mark.once
TABLE = """\
===========================================================================
Layer (type:depth-idx)                   Output Shape     Param #
===========================================================================
Sequential                               [3, 2]           --
├─Linear: 1-1                            [3, 5]           25
├─Sequential: 1-2                        [3, 5]           --
│    └─Dropout: 2-1                      [3, 5]           --
│    └─Linear: 2-2                       [3, 5]           30
├─Linear: 1-3                            [3, 2]           (12)
===========================================================================
Total params: 67
Trainable params: 55
Non-trainable params: 12
Total mult-adds: 201
===========================================================================
Input size (MB): 0.00
Forward/backward pass size (MB): 0.00
Params size (MB): 0.00
Estimated Total Size (MB): 0.00
===========================================================================
"""


def net() -> nn.Sequential:
    made = nn.Sequential(nn.Linear(4, 5), nn.Sequential(nn.Dropout(), nn.Linear(5, 5)),
                         nn.Linear(5, 2))
    made[2].requires_grad_(False)
    return made


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    found = torch.summary(net(), torch.ones(3, 4), col_width=16)
    assert capsys.readouterr().out == TABLE and f"{found}\n" == TABLE
    assert str(torch.summary(net(), (3, 4), verbose=0, col_width=16)) == str(found)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("given", [
    {"input_size": (3, 4)}, {"input_size": [(3, 4)]}, {"input_data": torch.ones(3, 4)},
    {"input_data": [torch.ones(3, 4)]}, {"input_data": {"input": torch.ones(3, 4)}},
    {"input": torch.ones(3, 4)}, {"input_size": (3, 4), "dtypes": [torch.float32]}])
def test_ways_to_give_an_input(given: dict[str, object]) -> None:
    found = torch.summary(net(), verbose=0, **given)
    assert [row.output_size for row in found.summary_list][:2] == [[3, 2], [3, 5]]
    assert found.total_input == 48


def test_a_batch_of_one() -> None:
    found = torch.summary(net(), (4,), batch_dim=0, verbose=0)
    assert found.root.output_size == [1, 2]


def test_without_an_input_there_are_no_shapes() -> None:
    found = torch.summary(net(), verbose=0)
    assert len(found.summary_list) == 6 and found.total_params == 67
    assert "Total mult-adds" not in str(found) and "[3, 5]" not in str(found)


def test_the_module_is_as_it_was() -> None:
    made = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2))
    made[1].eval()
    before = {name: x.clone() for name, x in made.state_dict().items()}
    modes = []
    hook = made[1].register_forward_hook(lambda module, *_: modes.append(module.training))
    for mode in ("eval", "same", "train"):
        torch.summary(made, torch.randn(5, 4), mode=mode, verbose=0)
        assert made.training and made[0].training and not made[1].training
        if mode == "eval":
            assert all(torch.equal(x, before[name]) for name, x in made.state_dict().items())
    assert modes == [False, False, True]
    hook.remove()
    assert not made[0]._forward_hooks and not made[1]._forward_hooks
    with pytest.raises(RuntimeError):
        torch.summary(made, torch.ones(5, 3), verbose=0)
    assert not made[0]._forward_hooks and made.training


def test_depth_names_and_a_shared_layer() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleDict({"a": nn.Linear(4, 4)})

        def forward(self, x):
            return self.layers["a"](self.layers["a"](x))

    found = torch.summary(Net(), (2, 4), verbose=0, row_settings=["var_names", "ascii_only"],
                          col_names=["num_params", "params_percent", "mult_adds"])
    lines = [line.split() for line in str(found).splitlines()]
    assert ["|", "+", "Linear", "(a)", "20", "100.00%", "40"] in lines
    assert ["|", "+", "Linear", "(a)", "(recursive)", "(recursive)", "40"] in lines
    folded = str(torch.summary(Net(), (2, 4), depth=1, verbose=0, col_names=["mult_adds"]))
    assert "Linear" not in folded and "80" in folded
    assert "(a)" not in str(torch.summary(Net(), (2, 4), verbose=0,
                                          row_settings=["hide_recursive_layers"]))


@pytest.mark.parametrize("wrong", [
    {"col_names": ["output"]}, {"row_settings": ["colour"]}, {"mode": "test"}])
def test_names_that_are_not_there(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is none of"):
        torch.summary(net(), (3, 4), verbose=0, **wrong)
