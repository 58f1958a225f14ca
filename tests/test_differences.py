"""Differences from PyTorch that docs/differences.md lists, where a program would not see them at
once: each is as the page says."""

import importlib

import pytest

import wengert as torch


@pytest.mark.parametrize("factor", [2.0, 3.0, 5.0])
def test_writes_through_data_are_not_seen_by_backward(factor):
    w = torch.ones(2, requires_grad=True)
    before = w._version
    (y,) = (w * w).split(2)
    w.data.mul_(factor)
    y.sum().backward()
    assert w.tolist() == [factor] * 2 and w.grad.tolist() == [2, 2] and w._version > before
    w.grad = None
    y = (w * w).sum()
    w.data = torch.zeros(2)
    y.backward()
    assert w.tolist() == [0, 0] and w.grad.tolist() == [2 * factor] * 2


def test_memory_formats():
    x = torch.ones(1, 2, 3, 3)
    assert x.to(memory_format=torch.channels_last).stride() == (18, 9, 3, 1)
    with pytest.raises(NotImplementedError):
        x.contiguous(memory_format=torch.channels_last)
    with pytest.raises(NotImplementedError):
        x.is_contiguous(memory_format=torch.channels_last)
    for other in (x.clone(memory_format=torch.channels_last),
                  torch.empty(1, 2, 3, 3, memory_format=torch.channels_last)):
        assert other.stride() == (18, 9, 3, 1)


@pytest.mark.parametrize("name", [
    "sspaddmm", "quantize_per_tensor", "lobpcg"])
def test_what_is_not_here_says_so(name):
    with pytest.raises(AttributeError, match=r"differences\.md"):
        getattr(torch, name)
    with pytest.raises(TypeError, match="names"):
        torch.zeros(2, names=("N",))


@pytest.mark.parametrize("name", [
    "utils.benchmark", "engine.no_such"])
def test_modules_that_are_not_here(name):
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"wengert.{name}")


def test_the_loaders_private_protocol_is_not_here():
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(3)))
    assert not hasattr(loader, "_get_iterator")
    assert isinstance(iter(loader), torch.utils.data.dataloader._BaseDataLoaderIter)


def test_a_module_is_compiled_as_itself():
    module = torch.nn.Linear(2, 2)
    assert torch.compile(module) is module and list(module.state_dict()) == ["weight", "bias"]
    with pytest.warns(UserWarning, match="records"):
        assert torch.jit.script(module) is module


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_exponential_of_half_precision_is_that_of_float32(dtype):
    for n, batch in [(1, ()), (2, ()), (3, (2,)), (0, ()), (3, (2,))]:
        x = torch.linspace(-0.5, 1, n * n * (batch or (1,))[0]).reshape(*batch, n, n).to(dtype)
        found, wide = x.clone().requires_grad_(), x.float().requires_grad_()
        y, right = torch.matrix_exp(found.mT), torch.matrix_exp(wide.mT)
        assert y.dtype is dtype and torch.equal(y, right.to(dtype))
        g, = torch.autograd.grad(y.sum(), found, create_graph=True)
        h, = torch.autograd.grad(right.sum(), wide, create_graph=True)
        assert g.dtype is dtype and torch.equal(g, h.to(dtype))
        torch.testing.assert_close(torch.autograd.grad(g.sum(), found)[0], torch.autograd.grad(
            h.sum(), wide)[0].to(dtype), rtol=2e-2, atol=2e-2)


def test_out_may_be_an_argument():
    for length in (3, 4, 3, 5):
        x, places = torch.arange(length, dtype=torch.float32), torch.arange(length).flip(0)
        for function, args in [(torch.take, (places,)), (torch.gather, (0, places)),
                               (torch.masked_select, (x >= 0,)), (torch.kthvalue, (2,))]:
            right, y = function(x, *args), x.clone()
            out, wide = y, torch.zeros(length, dtype=torch.float64)
            if function is torch.kthvalue:
                right, out = right.values, y[-1]
                function(y, *args, out=(out, torch.zeros((), dtype=torch.int64)))
            else:
                assert function(y, *args, out=y) is y and function(x, *args, out=wide) is wide
                assert wide.tolist() == right.tolist()
            assert out.tolist() == right.tolist()
        y = x.clone()
        torch.cat((y[1:], y[:1]), out=y)
        assert y.tolist() == [*range(1, length), 0]
