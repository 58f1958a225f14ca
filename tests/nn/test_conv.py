"""Convolutions, pooling, padding and resampling as a user meets them."""

from __future__ import annotations

from typing import Any

import pytest

import wengert as torch
from wengert import nn

F = nn.functional


def naive(x: Any, w: Any, stride: int, padding: int, dilation: int) -> Any:
    """A two-dimensional convolution by its definition."""
    x = F.pad(x, (padding,) * 4)
    k = w.shape[2]
    size = [(n - dilation * (k - 1) - 1) // stride + 1 for n in x.shape[2:]]
    out = torch.zeros(x.shape[0], w.shape[0], *size, dtype=x.dtype)
    for i in range(size[0]):
        for j in range(size[1]):
            top, left = i * stride, j * stride
            patch = x[:, :, top:top + dilation * (k - 1) + 1:dilation,
                      left:left + dilation * (k - 1) + 1:dilation]
            out[:, :, i, j] = torch.einsum("nchw,mchw->nm", patch, w)
    return out


@pytest.mark.parametrize("stride, padding, dilation", [(1, 0, 1), (2, 1, 1), (1, 2, 2)])
def test_conv2d_by_definition(stride: int, padding: int, dilation: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 7, 6, dtype=torch.float64)
    w = torch.randn(4, 3, 3, 3, dtype=torch.float64)
    found = F.conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    torch.testing.assert_close(found, naive(x, w, stride, padding, dilation))


def test_groups_are_convolutions_side_by_side() -> None:
    torch.manual_seed(0)
    x, w, b = torch.randn(2, 4, 6), torch.randn(6, 2, 3), torch.randn(6)
    halves = [F.conv1d(x[:, 2 * g:2 * g + 2], w[3 * g:3 * g + 3], b[3 * g:3 * g + 3])
              for g in range(2)]
    torch.testing.assert_close(F.conv1d(x, w, b, groups=2), torch.cat(halves, 1))


def test_gradients() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    w = torch.randn(4, 1, 2, 3, dtype=torch.float64, requires_grad=True)
    b = torch.randn(4, dtype=torch.float64, requires_grad=True)

    def conv(x: Any, w: Any, b: Any) -> Any:
        return F.conv2d(x, w, b, stride=(2, 1), padding=1, groups=2)

    def up(x: Any, w: Any) -> Any:
        return F.conv_transpose2d(x, w, stride=2, output_padding=1)
    assert torch.autograd.gradcheck(conv, (x, w, b))
    assert torch.autograd.gradgradcheck(conv, (x, w, b))
    assert torch.autograd.gradcheck(up, (x, w[:2]))
    y = torch.randn(2, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: F.avg_pool2d(F.max_pool2d(y, 2, 1), 2), (y,))
    assert torch.autograd.gradcheck(lambda y: F.interpolate(y, 7, mode="bicubic"), (y,))


def test_a_gradient_penalty_through_a_network() -> None:
    """The derivative of a gradient's norm, as critics are trained with."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2),
                        nn.Flatten(), nn.Linear(12, 1)).double()
    x = torch.randn(2, 1, 4, 4, dtype=torch.float64, requires_grad=True)

    def penalty() -> Any:
        (g,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
        return g.square().sum()
    penalty().backward()
    slope = net[0].weight.grad[1, 0, 2, 1].item()
    with torch.no_grad():
        step = 1e-5
        values = []
        for sign in (1, -2):
            net[0].weight[1, 0, 2, 1] += sign * step
            with torch.enable_grad():
                values.append(penalty().item())
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(slope, rel=1e-6)


def test_max_pool_gives_a_tied_gradient_to_the_first() -> None:
    x = torch.tensor([[[1.0, 1.0, 0.0, 2.0]]], requires_grad=True)
    F.max_pool1d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[1, 0, 0, 1]]]


def test_max_pool_and_its_inverse() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    y, places = nn.MaxPool2d(2, return_indices=True)(x)
    assert places.tolist() == [[[[5, 7], [13, 15]]]] and places.dtype is torch.int64
    back = nn.MaxUnpool2d(2)(y, places)
    assert back.sum() == y.sum() and back[0, 0, 1, 1] == 5
    assert nn.MaxUnpool2d(2)(y, places, output_size=(5, 5)).shape == (1, 1, 5, 5)
    with pytest.raises(ValueError, match="invalid output_size"):
        F.max_unpool2d(y, places, 2, output_size=(9, 9))


def test_average_without_its_padding() -> None:
    x = torch.ones(1, 1, 4)
    assert F.avg_pool1d(x, 3, 1, 1).tolist() == [[[pytest.approx(2 / 3), 1, 1,
                                                  pytest.approx(2 / 3)]]]
    assert F.avg_pool1d(x, 3, 1, 1, count_include_pad=False).tolist() == [[[1, 1, 1, 1]]]


def test_norms_of_nothing() -> None:
    for p in (2, 3):
        x = torch.tensor([[[0.0, 0.0, 3.0, 4.0]]], requires_grad=True)
        y = F.lp_pool1d(x, p, 2)
        assert y[0, 0].tolist() == pytest.approx([0, (3 ** p + 4 ** p) ** (1 / p)])
        y.sum().backward()
        assert x.grad[0, 0, :2].tolist() == [0, 0] and bool(x.grad.isfinite().all())


def test_adaptive_windows() -> None:
    x = torch.arange(5.0).reshape(1, 1, 5)
    assert F.adaptive_avg_pool1d(x, 3).tolist() == [[[0.5, 2, 3.5]]]
    assert F.adaptive_max_pool1d(x, 2).tolist() == [[[2, 4]]]
    places = F.adaptive_max_pool1d(x, 2, return_indices=True)[1]
    assert places.tolist() == [[[2, 4]]]


def test_unfold_is_a_convolution_in_waiting() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(2, 3, 6, 5), torch.randn(4, 3, 2, 3)
    columns = nn.Unfold((2, 3))(x)
    y = (w.reshape(4, -1) @ columns).reshape(2, 4, 5, 3)
    torch.testing.assert_close(y, F.conv2d(x, w))
    ones = torch.ones(1, 1, 3, 3)
    assert F.fold(F.unfold(ones, 2), (3, 3), 2).tolist() == [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]


def test_padding_modes() -> None:
    x = torch.arange(3.0).reshape(1, 1, 3)
    for made, wanted in ((nn.ReflectionPad1d(2), [2, 1, 0, 1, 2, 1, 0]),
                         (nn.ReplicationPad1d(2), [0, 0, 0, 1, 2, 2, 2]),
                         (nn.CircularPad1d(2), [1, 2, 0, 1, 2, 0, 1]),
                         (nn.ConstantPad1d((1, 2), 7.0), [7, 0, 1, 2, 7, 7]),
                         (nn.ZeroPad1d((-1, 1)), [1, 2, 0])):
        assert made(x).flatten().tolist() == wanted, made
    conv = nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
    with torch.no_grad():
        conv.weight.fill_(1.0)
    assert conv(x).tolist() == [[[3, 3, 3]]]


def test_resampling() -> None:
    x = torch.tensor([[[[0.0, 1.0], [2.0, 3.0]]]])
    assert F.interpolate(x, scale_factor=2).tolist() == [[[[0, 0, 1, 1]] * 2 + [[2, 2, 3, 3]] * 2]]
    assert F.interpolate(x, size=3, mode="bilinear", align_corners=True).tolist() == [
        [[[0, 0.5, 1], [1, 1.5, 2], [2, 2.5, 3]]]]
    with pytest.warns(UserWarning, match="deprecated"):
        assert F.upsample(x, scale_factor=2).shape == (1, 1, 4, 4)
    theta = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]], requires_grad=True)
    grid = F.affine_grid(theta, (1, 1, 2, 2), align_corners=False)
    same = F.grid_sample(x, grid, align_corners=False)
    torch.testing.assert_close(same, x)
    (same * x).sum().backward()
    assert theta.grad.shape == (1, 2, 3) and bool(theta.grad.isfinite().all())
    with pytest.warns(UserWarning, match="align_corners"):
        F.grid_sample(x, grid)


def test_shuffles() -> None:
    x = torch.arange(4.0).reshape(1, 4, 1, 1)
    assert nn.ChannelShuffle(2)(x).flatten().tolist() == [0, 2, 1, 3]
    assert nn.PixelShuffle(2)(x).tolist() == [[[[0, 1], [2, 3]]]]
    assert nn.PixelUnshuffle(2)(nn.PixelShuffle(2)(x)).tolist() == x.tolist()


# ---- modules ----

def close(found: Any, wanted: list[float]) -> bool:
    return bool(found.flatten().tolist() == pytest.approx(wanted, rel=1e-6))


def test_first_values_are_those_of_pytorch() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(1, 2, 2)
    assert close(conv.weight, [
        -0.003743410110473633, 0.26822179555892944, -0.4115225672721863, -0.3679695129394531,
        -0.19257718324661255, 0.13407868146896362, -0.009906589984893799, 0.39644473791122437])
    assert close(conv.bias, [-0.04437202215194702, 0.1323062777519226])
    up = nn.ConvTranspose1d(2, 1, 2)
    assert close(up.weight, [-0.2136969119310379, -0.13899271190166473, -0.6755334138870239,
                             -0.4683041572570801])
    assert close(up.bias, [-0.2914857566356659])


def test_lazy_convolutions() -> None:
    torch.manual_seed(0)
    lazy = nn.LazyConv1d(2, 1)
    assert repr(lazy) == "LazyConv1d(0, 2, kernel_size=(1,), stride=(1,))"
    assert lazy(torch.zeros(1, 2, 3)).shape == (1, 2, 3)
    assert type(lazy) is nn.Conv1d and lazy.in_channels == 2
    assert close(lazy.weight, [-0.005293981172144413, 0.37932288646698, -0.5819807648658752,
                               -0.5203874707221985])
    up = nn.LazyConvTranspose2d(3, 2)
    assert up(torch.zeros(1, 2, 3, 3)).shape == (1, 3, 4, 4) and up.weight.shape == (2, 3, 2, 2)
    with pytest.raises(RuntimeError, match="Expected 3D"):
        nn.LazyConv2d(3, 2)(torch.zeros(2, 2))


def test_random_windows_are_those_of_pytorch() -> None:
    torch.manual_seed(0)
    pool = nn.FractionalMaxPool2d(2, output_size=2, return_indices=True)
    y, places = pool(torch.arange(36.0).reshape(1, 1, 6, 6))
    assert y.tolist() == [[[[7, 11], [31, 35]]]] and places.tolist() == [[[[7, 11], [31, 35]]]]


def test_the_size_of_a_transposed_convolution() -> None:
    up = nn.ConvTranspose2d(1, 1, 3, stride=2)
    x = torch.zeros(1, 1, 4, 4)
    assert [up(x, output_size=(n, n)).shape[-1] for n in (9, 10)] == [9, 10]
    with pytest.raises(ValueError, match=r"valid sizes range from \[9, 9\] to \[10, 10\]"):
        up(x, output_size=(20, 20))
    with pytest.raises(ValueError, match="must have 2 or 4 elements"):
        up(x, output_size=(9,))


@pytest.mark.parametrize("text, wanted", [
    ("Conv2d(3, 6, (5, 3), stride=2, padding=(1, 0), dilation=2, groups=3, bias=False, "
     "padding_mode='circular')",
     "Conv2d(3, 6, kernel_size=(5, 3), stride=(2, 2), padding=(1, 0), dilation=(2, 2), groups=3, "
     "bias=False, padding_mode=circular)"),
    ("Conv1d(3, 6, 3, padding='same')",
     "Conv1d(3, 6, kernel_size=(3,), stride=(1,), padding=same)"),
    ("ConvTranspose3d(3, 6, 3, output_padding=1, stride=2)",
     "ConvTranspose3d(3, 6, kernel_size=(3, 3, 3), stride=(2, 2, 2), output_padding=(1, 1, 1))"),
    ("MaxPool2d(2)", "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"),
    ("AvgPool1d(2)", "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"),
    ("AvgPool3d(2, divisor_override=3)", "AvgPool3d(kernel_size=2, stride=2, padding=0)"),
    ("LPPool1d(1.5, 3, stride=2)",
     "LPPool1d(norm_type=1.5, kernel_size=3, stride=2, ceil_mode=False)"),
    ("AdaptiveAvgPool2d((None, 3))", "AdaptiveAvgPool2d(output_size=(None, 3))"),
    ("FractionalMaxPool2d(2, output_ratio=0.5)", "FractionalMaxPool2d()"),
    ("MaxUnpool2d(2)", "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"),
    ("Fold(2, 2)", "Fold(output_size=2, kernel_size=2, dilation=1, padding=0, stride=1)"),
    ("ZeroPad2d(1)", "ZeroPad2d((1, 1, 1, 1))"),
    ("ConstantPad1d((1, 2), 3.5)", "ConstantPad1d(padding=(1, 2), value=3.5)"),
    ("Upsample(scale_factor=2)", "Upsample(scale_factor=2.0, mode='nearest')"),
    ("UpsamplingBilinear2d(size=3)", "UpsamplingBilinear2d(size=3, mode='bilinear')"),
    ("PixelShuffle(2)", "PixelShuffle(upscale_factor=2)"),
])
def test_texts(text: str, wanted: str) -> None:
    assert repr(eval(f"nn.{text}")) == wanted


@pytest.mark.parametrize("text, words", [
    ("Conv2d(3, 5, 3, groups=2)", "in_channels must be divisible by groups"),
    ("Conv2d(4, 5, 3, groups=2)", "out_channels must be divisible by groups"),
    ("Conv2d(4, 4, 3, groups=0)", "groups must be a positive integer"),
    ("Conv2d(4, 4, 3, padding='around')", "Invalid padding string 'around'"),
    ("Conv2d(4, 4, 3, padding='same', stride=2)", "not supported for strided"),
    ("Conv2d(4, 4, 3, padding_mode='mirror')", "padding_mode must be one of"),
    ("ConvTranspose2d(4, 4, 3, padding_mode='reflect')", 'Only "zeros" padding mode'),
    ("FractionalMaxPool2d(2)", "either an output size, or a pooling ratio"),
    ("FractionalMaxPool2d(2, output_ratio=1.5)", "between 0 and 1"),
])
def test_modules_that_cannot_be(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        eval(f"nn.{text}")


def test_errors_at_the_call() -> None:
    conv = nn.Conv2d(3, 6, 5)
    with pytest.raises(RuntimeError, match=r"to have 3 channels, but got 4 channels instead"):
        conv(torch.zeros(1, 4, 8, 8))
    with pytest.raises(RuntimeError, match=r"Expected 3D \(unbatched\) or 4D \(batched\)"):
        conv(torch.zeros(8))
    with pytest.raises(RuntimeError, match="Kernel size can't be greater than"):
        conv(torch.zeros(3, 4, 4))
    with pytest.raises(RuntimeError, match="expected scalar type Double but found Float"):
        conv(torch.zeros(1, 3, 8, 8, dtype=torch.float64))
    with pytest.raises(NotImplementedError, match="lanczos"):
        F.interpolate(torch.zeros(1, 1, 4, 4), 2, mode="lanczos")
    with pytest.raises(NotImplementedError, match="avg_pool2d"):
        F.avg_pool2d(torch.zeros(1, 1, 4, 4, dtype=torch.int32), 2)


def test_a_training_loop_falls_into_step() -> None:
    """A small network learns to tell horizontal from vertical stripes."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Conv2d(4, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                        nn.Linear(4, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
    rows = (torch.arange(8) % 2).float().expand(8, 8)
    images = torch.stack([rows, rows.t()] * 4)[:, None] + 0.1 * torch.randn(8, 1, 8, 8)
    labels = torch.tensor([0, 1] * 4)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 < losses[0]
