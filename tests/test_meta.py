"""The device ``meta``: shapes without values; dtypes that are kept and not computed in."""

from __future__ import annotations

import pytest

import wengert as torch
from wengert import nn
from wengert.engine.recording.novelty import LIGHT
from wengert.engine.recording.recording import here


def test_shapes_are_computed() -> None:
    for k in range(4):
        x = torch.empty(3, 4 + k, device="meta")
        assert repr(x) == f"tensor(..., device='meta', size=(3, {4 + k}))"
        assert x.is_meta and x.device == torch.device("meta") and x.stride() == (4 + k, 1)
        assert (x @ x.T).shape == (3, 3) and torch.cat([x, x]).shape == (6, 4 + k)
        assert (x > 0).dtype is torch.bool and x[1:, ::2].shape == (2, (5 + k) // 2)
        x.add_(1)
        x[0] = 2
        assert (x + torch.ones(())).device.type == "meta"
    big = torch.empty(10**6, 10**6, device="meta")
    assert (big * 2).sum(0).shape == (10**6,)


def test_modules() -> None:
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Dropout(), nn.Linear(8, 2))
    assert {p.device.type for p in net.parameters()} == {"meta"}
    out = net(torch.empty(5, 4, device="meta"))
    out.sum().backward()
    assert out.shape == (5, 2) and net[0].weight.grad.device.type == "meta"
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        net.to("cpu")
    state = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Dropout(), nn.Linear(8, 2)
                          ).state_dict()
    net.load_state_dict(state, assign=True)
    assert net(torch.ones(1, 4)).shape == (1, 2) and type(net[0].weight) is nn.Parameter
    assert nn.Linear(2, 3, device="meta").to_empty(device="cpu").weight.device.type == "cpu"


def test_random_numbers_are_left_alone() -> None:
    torch.manual_seed(0)
    first = torch.rand(1)
    torch.manual_seed(0)
    torch.randn(5, device="meta")
    nn.init.normal_(torch.empty(3, device="meta"))
    torch.rand_like(torch.empty(3, device="meta"))
    assert torch.equal(torch.rand(1), first)


@pytest.mark.parametrize("read", [lambda x: x.tolist(), lambda x: x.to("cpu"), lambda x: x.cpu(),
                                  lambda x: x[0].item(), lambda x: bool(x[0] > 0)])
def test_there_are_no_values(read) -> None:
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        read(torch.empty(2, device="meta"))


def test_other_devices_do_not_meet_it() -> None:
    with pytest.raises(RuntimeError, match="same device"):
        torch.empty(2, device="meta") + torch.ones(2)
    for _ in range(4):   # what computes is as before
        x = torch.ones(3, requires_grad=True)
        (x * x).sum().backward()
        assert x.grad.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.skipif(torch.config.tier != "auto", reason="all is recorded")
def test_what_computes_is_as_quick_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.config, "compile_after", None)
    there = torch.empty(4, 3, device="meta")
    here.modes.light = here.modes.at_once = 0
    x = torch.tensor(1.0)
    for _ in range(LIGHT + 50):
        x = x * 0.999
        x.item()
    assert here.modes.at_once > 0   # it is allowed to be computed at once
    for _ in range(6):
        here.modes.at_once = 1000
        found = (there * there, there + 1, there[1], there[torch.tensor([0, 1])],
                 torch.stack([there] * 6), torch.stack([there] * 6).sum(0), there.mul(0.5).exp(),
                 torch.ones(3).to("meta"), torch.ones(3).to("meta").sum(), *there.unbind())
        assert all(each.is_meta for each in found)
        assert found[3].shape == (2, 3) and found[5].shape == (4, 3)
        assert (torch.ones(3) * 2).tolist() == [2.0, 2.0, 2.0]
        with pytest.raises(RuntimeError, match="same device"):
            torch.ones(3) * there
    here.modes.light = here.modes.at_once = 0


@pytest.mark.skipif(torch.config.tier != "auto", reason="is not walked")
def test_closures_of_what_moves_there() -> None:
    torch.empty(1, device="meta")
    for k in range(6):
        x = torch.ones(3, 4 + k, requires_grad=True)
        y = x.to("meta")
        z = (y @ y.T).softmax(1).sum() + torch.stack([*y.unbind(), *y.unbind()]).sum()
        assert z.is_meta and z.shape == () and z.requires_grad
        parts = torch.stack([*x.unbind(1)])
        assert parts.sum().item() == 3 * (4 + k) and parts.device.type == "cpu"


def test_unsigned_integers() -> None:
    x = torch.tensor([1, 2, 65535], dtype=torch.uint16)
    assert repr(x) == "tensor([    1,     2, 65535], dtype=torch.uint16)"
    assert x.to(torch.int32).tolist() == [1, 2, 65535] and x[2].item() == 65535
    assert torch.uint64.itemsize == 8 and not torch.uint32.is_signed
    assert torch.iinfo(torch.uint32).max == 2**32 - 1
    assert (x + 1.5).dtype is torch.float32
    with pytest.raises(RuntimeError, match="Promotion for uint16, uint32, uint64"):
        x + torch.ones(3, dtype=torch.int32)


def test_floats_of_eight_bits() -> None:
    pytest.importorskip("ml_dtypes")
    x = torch.tensor([1.0, 2.1, -3.0]).to(torch.float8_e4m3fn)
    assert x.element_size() == 1 and x.float().tolist() == [1.0, 2.0, -3.0]
    assert torch.finfo(torch.float8_e4m3fn).max == 448 and torch.float8_e5m2.is_floating_point
    with pytest.raises(RuntimeError, match="Promotion for Float8"):
        x + torch.ones(3)


def test_complex_numbers_of_two_halves() -> None:
    pytest.importorskip("ml_dtypes", minversion="0.6")
    x = torch.tensor([1 + 2j, 3j]).chalf()
    assert repr(x) == "tensor([1.+2.j, 0.+3.j], dtype=torch.complex32)"
    assert x.element_size() == 4 and x.cfloat().tolist() == [1 + 2j, 3j]
    assert x.real.tolist() == [1, 0] and x.imag.dtype is torch.float16
    assert torch.view_as_real(x).tolist() == [[1, 2], [0, 3]]
    for other, both in ((torch.float16, torch.complex32), (torch.float32, torch.complex64),
                        (torch.bfloat16, torch.complex64), (torch.float64, torch.complex128),
                        (torch.int64, torch.complex32), (torch.complex128, torch.complex128)):
        assert torch.promote_types(torch.complex32, other) is both
