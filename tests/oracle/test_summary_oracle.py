"""``wengert.summary`` against torchinfo's, on four networks."""

from __future__ import annotations

from typing import Any

import pytest

import wengert

torch = pytest.importorskip("torch", reason="needs PyTorch")
torchinfo = pytest.importorskip("torchinfo", reason="needs the package torchinfo")


def perceptron(torch: Any) -> Any:
    nn = torch.nn
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3, bias=False))
    net[1].bias.requires_grad_(False)
    return net, [(5, 3, 4)]


def convolutions(torch: Any) -> Any:
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.conv = nn.Conv2d(width, width, 3, padding=1, groups=2)
            self.norm = nn.BatchNorm2d(width)

        def forward(self, x: Any) -> Any:
            return x + torch.relu(self.norm(self.conv(x)))

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(3, 8, 5, stride=2)
            self.blocks = nn.ModuleList([Block(8) for _ in range(2)])
            self.up = nn.ConvTranspose2d(8, 4, 2)
            self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))

        def forward(self, x: Any) -> Any:
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return self.head(self.up(x))
    return Net(), [(2, 3, 15, 15)]


def recurrent(torch: Any) -> Any:
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(4, 6, 2, batch_first=True)
            self.last = nn.Linear(6, 2)

        def forward(self, x: Any) -> Any:
            return self.last(self.lstm(x)[0][:, -1])
    return Net(), [(3, 7, 4)]


def shared(torch: Any) -> Any:
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.twice = nn.Linear(4, 4)
            self.scale = nn.Parameter(torch.ones(4))
            self.mix = nn.Bilinear(4, 4, 3)

        def forward(self, x: Any, y: Any) -> Any:
            return self.mix(self.twice(torch.tanh(self.twice(x))) * self.scale, y)
    return Net(), [(6, 4), (6, 4)]


@pytest.mark.parametrize("make", [perceptron, convolutions, recurrent, shared])
def test_the_numbers_of_torchinfo(make: Any) -> None:
    theirs_net, sizes = make(torch)
    ours_net, _ = make(wengert)
    theirs = torchinfo.summary(theirs_net, input_size=sizes, verbose=0, depth=9)
    ours = wengert.summary(ours_net, input_size=sizes, verbose=0, depth=9)
    for name in ("total_params", "trainable_params", "total_mult_adds", "total_output_bytes"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for a, b in zip(ours.summary_list, theirs.summary_list, strict=True):
        assert a.class_name == b.class_name and a.depth == b.depth
        assert a.depth_index == b.depth_index or not a.depth
        assert a.output_size == b.output_size and a.is_recursive == b.is_recursive
        assert a.num_params == b.num_params and a.trainable == b.trainable
        assert a.kernel_size == b.kernel_size
        if a.is_leaf_layer:
            assert a.mult_adds == b.macs


@pytest.mark.parametrize("make", [perceptron, convolutions, recurrent, shared])
@pytest.mark.parametrize("depth", [1, 9])
def test_the_cells_of_torchinfo(make: Any, depth: int) -> None:
    columns = ("input_size", "output_size", "num_params", "kernel_size", "trainable")
    if depth > 1:   # what is below a folded row is counted here, and not there where it is a list
        columns = (*columns, "mult_adds")
    theirs_net, sizes = make(torch)
    options = {"input_size": sizes, "verbose": 0, "depth": depth, "col_names": columns}
    theirs = str(torchinfo.summary(theirs_net, **options)).splitlines()
    ours = str(wengert.summary(make(wengert)[0], **options)).splitlines()
    bar = theirs[0]
    end = [k for k, line in enumerate(theirs) if line == bar][2]
    assert [line.split() for line in ours[1:end] if line[:1] != "="] == [
        line.split() for line in theirs[1:end] if line[:1] != "="]
