"""What a tensor says about itself, with PyTorch's results."""

from __future__ import annotations

import pytest

import wengert as torch
from expressions import agree, outcome

EXPECTED = {
    "torch.equal(X(), X())": True,
    "torch.equal(X(), X()[0])": False,
    "torch.equal(X(), 2)": "TypeError: equal(): argument 'other' (position 2) must",
    "torch.allclose(X(), X()+1e-9)": True,
    "torch.allclose(X(), torch.ones(4))":
        'RuntimeError: The size of tensor a (3) must match the size',
    "torch.allclose(X(), X().double())": 'RuntimeError: Float did not match Double',
    "X().T": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().mT": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().H": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "torch.ones(2).T": [1.0, 1.0],
    "X().size()": [2, 3],
    "X().size(0)": 2,
    "X().size(-1)": 3,
    "X().size(2)": 'IndexError: Dimension out of range (expected to be in ra',
    "X().stride()": [3, 1],
    "X().t().stride()": [1, 3],
    "X().stride(0)": 3,
    "X().dim()": 2,
    "X().numel()": 6,
    "X().nbytes": 24,
    "X().itemsize": 4,
    "X().element_size()": 4,
    "X().is_contiguous()": True,
    "X().t().is_contiguous()": False,
    "X().storage_offset()": 0,
    "X()[1].storage_offset()": 3,
    "X()[1, 1:].storage_offset()": 4,
    "X().t().contiguous().stride()": [2, 1],
    "torch.is_floating_point(Z())": False,
    "torch.is_complex(X())": False,
    "torch.is_tensor(X())": True,
    "torch.is_tensor(1)": False,
    "torch.numel(X())": 6,
    "torch.numel(3)": "TypeError: numel(): argument 'input' (position 1) must",
    "torch.can_cast(torch.float32, torch.int64)": False,
    "torch.can_cast(torch.int64, torch.uint8)": True,
    "torch.promote_types(torch.int64, torch.float16)": 'torch.float16',
    "torch.result_type(Z(), 1.0)": 'torch.float32',
    "torch.result_type(1, 2.5)": 'torch.float32',
    "torch.result_type(torch.tensor(1., dtype=torch.float64), X())": 'torch.float32',
    "torch.finfo(torch.float64).eps": 2.220446049250313e-16,
    "torch.finfo().bits": 32,
    "torch.finfo(torch.complex64).dtype": 'float32',
    "torch.finfo(torch.int32)": 'TypeError: torch.finfo() requires a floating point inpu',
    "torch.iinfo(torch.int8)": 'iinfo(min=-128, max=127, dtype=int8)',
    "torch.iinfo(torch.int64).max": 9223372036854775807,
    "torch.iinfo(torch.float32)": 'TypeError: torch.iinfo() requires an integer input type',
    "torch.broadcast_shapes((2, 1), (3, ))": [2, 3],
    "torch.broadcast_shapes((2, ), (3, ))":
        'RuntimeError: Attempting to broadcast a dimension of lengt',
    "torch.Size([2, 3])": [2, 3],
    "torch.Size([2, 3]).numel()": 6,
    "torch.Size([2, 3])[1:]": [3],
    "torch.Size([2])+(3, )": [2, 3],
    "torch.Size([2.5])": "TypeError: torch.Size() takes an iterable of 'int' (ite",
    "X().shape[0:1]": [2],
    "X().shape==(2, 3)": True,
    "X().real": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().imag": 'RuntimeError: imag is not implemented for tensors with non',
    "torch.ones(2, dtype=torch.complex64).imag": [0.0, 0.0],
    "X().get_device()": -1,
    "X().layout": 'torch.strided',
    "X().device": "device(type='cpu')",
    "X().is_cuda": False,
    "torch.cuda.is_available()": False,
    "torch.cuda.device_count()": 0,
    "torch.is_nonzero(torch.tensor(1.))": True,
    "torch.is_nonzero(X())": 'RuntimeError: Boolean value of Tensor with more than one v',
    "X().is_same_size(Z())": True,
}


@pytest.mark.parametrize("expression", EXPECTED)
def test_expression(expression):
    found = outcome(torch, expression)
    assert agree(found, EXPECTED[expression]), found


def test_size_is_a_tuple():
    size = torch.ones(2, 3).shape
    assert size == (2, 3) and isinstance(size, tuple) and hash(size) == hash((2, 3))
    assert repr(size) == "torch.Size([2, 3])" and size.numel() == 6
    assert repr(size[:1]) == "torch.Size([2])" and repr(size + (1,)) == "torch.Size([2, 3, 1])"
    assert torch.zeros(size).shape == size


def test_strides_are_those_of_the_program():
    x = torch.zeros(2, 3)
    v = x.t()
    for _ in range(2):   # before and after the values are computed
        assert (v.stride(), v.is_contiguous(), x.stride()) == ((1, 3), False, (3, 1))
        assert x[:, 1:].stride() == (3, 1) and x[:, 1:].storage_offset() == 1
        v.add_(1)
        x.sum().item()
    assert v.contiguous().stride() == (2, 1) and x.contiguous() is x
    assert x.expand(4, 2, 3).stride() == (0, 3, 1)


def test_only_a_leaf_is_made_to_require_grad_by_the_attribute() -> None:
    x = torch.ones(2, requires_grad=True)
    for _ in range(4):
        y = x * 2
        for on in (True, False):
            with pytest.raises(RuntimeError, match="change requires_grad flags of leaf variables"):
                y.requires_grad = on
        assert y.requires_grad_() is y and y.requires_grad
        x.requires_grad = True
        z = y.detach()
        z.requires_grad = True
        assert z.is_leaf and z.requires_grad
