"""Tensors to Python, text, other dtypes; whole writes; copies and pickles."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import wengert as torch


def test_to_python() -> None:
    assert torch.tensor([[1.5]]).item() == 1.5
    assert torch.tensor(True).item() is True
    assert torch.tensor(1 + 2j).item() == 1 + 2j
    assert torch.ones(2, 0).tolist() == [[], []]
    assert torch.tensor(3).tolist() == 3
    assert int(torch.tensor(1.7)) == 1
    assert float(torch.tensor(2)) == 2.0
    assert complex(torch.tensor(1.5)) == 1.5
    assert [1, 2, 3][torch.tensor(1)] == 2
    assert list(range(torch.tensor(3))) == [0, 1, 2]
    assert bool(torch.ones(1, 1))
    assert not torch.tensor(0.0)


@pytest.mark.parametrize(("call", "kind", "words"), [
    (lambda x: x.item(), RuntimeError, "a Tensor with 3 elements cannot be converted to Scalar"),
    (bool, RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
    (int, ValueError, "only one element tensors can be converted to Python scalars"),
    (float, ValueError, "only one element tensors can be converted to Python scalars"),
    (lambda x: [1][x], TypeError, "only integer tensors of a single element"),
    (lambda x: len(x[0]), TypeError, "len() of a 0-d tensor"),
    (lambda x: list(x[0]), TypeError, "iteration over a 0-d tensor"),
    (lambda x: "a" in x, RuntimeError, "only supports Tensor or scalar"),
    (lambda x: f"{x:.2f}", TypeError, "unsupported format string passed to Tensor.__format__"),
    (lambda x: x.to("float32"), RuntimeError, "Invalid device string: 'float32'"),
    (lambda x: x.to(dtype="a"), TypeError, "must be torch.dtype"),
    (lambda x: x.type("foo"), ValueError, "invalid type: 'foo'"),
    (lambda x: x.copy_(np.ones(3)), TypeError, "must be Tensor, not ndarray"),
    (lambda x: x.copy_(torch.ones(2)), RuntimeError, "must match the size of tensor b (2)"),
    (lambda x: x.copy_(torch.ones(2, 3)), RuntimeError, "doesn't match the broadcast shape"),
    (lambda x: x.fill_(torch.ones(1)), RuntimeError, "only supports 0-dimension value tensor"),
    (lambda x: x.fill_(1j), RuntimeError, "without overflow"),
    (lambda x: x.share_memory_(), NotImplementedError, "between processes"),
    (lambda x: x.pin_memory(), RuntimeError, "accelerator"),
])
def test_errors(call: object, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        call(torch.ones(3))  # type: ignore[operator]
    assert words in str(caught.value)


def test_iteration() -> None:
    x = torch.arange(6.0).view(3, 2)
    assert len(x) == 3
    assert [row.tolist() for row in x] == [[0, 1], [2, 3], [4, 5]]
    assert [row.tolist() for row in reversed(x)] == [[4, 5], [2, 3], [0, 1]]
    _, b, _ = x
    b.zero_()
    assert x.tolist() == [[0, 1], [0, 0], [4, 5]]
    assert 4 in x and torch.tensor(5.0) in x and 7 not in x


def test_text() -> None:
    w = torch.ones(2, requires_grad=True)
    assert repr(w) == str(w) == "tensor([1., 1.], requires_grad=True)"
    assert repr(w * 2) == "tensor([2., 2.], grad_fn=<MulBackward0>)"
    assert f"{torch.tensor(1.5):.3f}" == "1.500"
    assert f"{torch.tensor([1])}" == "tensor([1])"
    assert f"{torch.tensor(3):5d}|" == "    3|"
    assert repr(torch.tensor([1], dtype=torch.int8)) == "tensor([1], dtype=torch.int8)"
    y = w * 2
    y.sum().item()
    assert repr(y) == "tensor([2., 2.], grad_fn=<MulBackward0>)"


def test_to_another_dtype() -> None:
    x = torch.tensor([1.7, -1.7])
    assert x.to(torch.int64).tolist() == [1, -1]
    assert x.to(torch.float32) is x and x.float() is x and x.to("cpu") is x and x.cpu() is x
    assert x.to(torch.float32, copy=True) is not x
    assert x.to(torch.ones(1, dtype=torch.float64)).dtype is torch.float64
    assert x.to("cpu", torch.float16).dtype is x.half().dtype is torch.float16
    assert x.type() == "torch.FloatTensor"
    assert x.type("torch.LongTensor").dtype is x.type(torch.int64).dtype is torch.int64
    assert x.type_as(torch.ones(1, dtype=torch.int8)).dtype is torch.int8
    assert [x.double().dtype, x.int().dtype, x.short().dtype, x.char().dtype, x.byte().dtype,
            x.bool().dtype, x.cfloat().dtype, x.cdouble().dtype] == [
        torch.float64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
        torch.complex64, torch.complex128]
    with pytest.warns(UserWarning, match="discards the imaginary part"):
        assert torch.tensor([1 + 2j]).to(torch.float32).tolist() == [1.0]


def test_a_cast_has_a_gradient() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w.double()
    (y * y).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0] and w.grad.dtype is torch.float32
    assert not w.int().requires_grad


def test_copy_writes_and_differentiates() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    x = torch.zeros(3, 2, dtype=torch.float64)
    assert x.copy_(w) is x
    assert x.requires_grad
    x.sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]
    assert torch.zeros(2, dtype=torch.int64).copy_(torch.tensor([1.7, 2])).tolist() == [1, 2]
    assert torch.zeros(2).copy_(3).tolist() == [3.0, 3.0]


def test_what_is_overwritten_gets_no_gradient() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for write in (lambda y: y.zero_(), lambda y: y.fill_(3), lambda y: y.copy_(torch.ones(2)),
                  lambda y: y.uniform_(), lambda y: y.normal_()):
        w.grad = None
        y = w * torch.inf
        write(y)
        assert y.requires_grad
        y.sum().backward()
        assert w.grad.tolist() == [0.0, 0.0]


def test_part_of_a_tensor_is_overwritten() -> None:
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = w * 2
    y[0].fill_(7)
    y[1:2].copy_(w[2:])
    assert y.tolist() == [7.0, 3.0, 6.0]
    y.sum().backward()
    assert w.grad.tolist() == [0.0, 0.0, 3.0]


def test_fill_with_a_tensor() -> None:
    v = torch.tensor(2.0, requires_grad=True)
    x = torch.zeros(3).fill_(v)
    (x * torch.arange(3.0)).sum().backward()
    assert x.tolist() == [2.0, 2.0, 2.0] and v.grad.item() == 3.0


def test_writes_to_leaves() -> None:
    w = torch.ones(2, requires_grad=True)
    for call in (lambda: w.zero_(), lambda: w.fill_(1), lambda: w.copy_(torch.ones(2)),
                 lambda: w.uniform_(), lambda: w[0].fill_(1)):
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            call()
    with torch.no_grad():
        w.copy_(torch.tensor([3.0, 4.0]))
    assert w.tolist() == [3.0, 4.0] and w.requires_grad and w.is_leaf
    (w * w).sum().backward()
    assert w.grad.tolist() == [6.0, 8.0]


def test_out_keeps_shape_and_dtype() -> None:
    out = torch.zeros(2, dtype=torch.float64)
    assert torch.add(torch.ones(2), 1, out=out) is out
    assert out.tolist() == [2.0, 2.0] and out.dtype is torch.float64
    with pytest.raises(RuntimeError, match="Float can't be cast to the desired output type Long"):
        torch.add(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.int64))
    with pytest.warns(UserWarning, match="An output with one or more elements was resized"):
        torch.add(torch.ones(2), 1, out=(resized := torch.zeros(3)))
    assert resized.tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.add(torch.ones(2, requires_grad=True), 1, out=out)
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.add(torch.ones(2), 1, out=torch.ones(2, requires_grad=True))
    with torch.no_grad():
        torch.add(torch.ones(2, requires_grad=True), 1, out=out)
    assert torch.add(torch.ones(1), 1, out=None).item() == 2.0
    with pytest.raises(TypeError, match="'out' must be Tensor"):
        torch.add(torch.ones(1), 1, out=3)


def test_out_is_seen_by_views() -> None:
    base = torch.zeros(2, 2)
    torch.add(torch.ones(2), 1, out=base[0])
    assert base.tolist() == [[2, 2], [0, 0]]


def test_resize_and_set() -> None:
    x = torch.arange(6)
    assert x.resize_(2, 2).tolist() == [[0, 1], [2, 3]]
    assert x.resize_(3).tolist() == [0, 1, 2]
    y = torch.zeros(1)
    y.set_(x)
    y.add_(1)
    assert x.tolist() == [1, 2, 3]
    for _ in range(3):
        w = torch.zeros(3, requires_grad=True)
        with torch.no_grad():
            w.set_(torch.ones(4))
        (w * w).sum().backward()
        assert w.is_leaf and w.grad.tolist() == [2.0] * 4


def test_deepcopy() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    w.label = ["a"]
    v = copy.deepcopy(w)
    assert v.requires_grad and v.is_leaf and v.label == ["a"] and v.label is not w.label
    assert v.grad.tolist() == [2.0, 4.0] and v.grad is not w.grad
    with torch.no_grad():
        w.zero_()
    assert v.tolist() == [1.0, 2.0]
    a, b = copy.deepcopy([w, w])
    assert a is b
    with pytest.raises(RuntimeError, match="support the deepcopy protocol"):
        copy.deepcopy(w * 2)
    assert copy.deepcopy((w * 2).detach()).tolist() == [0.0, 0.0]


def test_copy_shares() -> None:
    x = torch.tensor([1.0, 2.0])
    y = copy.copy(x)
    y.add_(1)
    assert x.tolist() == [2.0, 3.0]


def test_pickle() -> None:
    w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    v = pickle.loads(pickle.dumps(w))
    assert v.tolist() == w.tolist() and v.requires_grad and v.is_leaf and type(v) is torch.Tensor
    for dtype in (torch.int8, torch.bool, torch.complex64, torch.float16):
        x = torch.ones(2, dtype=dtype)
        assert pickle.loads(pickle.dumps(x)).dtype is dtype
    turned = pickle.loads(pickle.dumps(torch.arange(6).view(2, 3).t()))
    assert turned.tolist() == [[0, 3], [1, 4], [2, 5]]


def test_bfloat16() -> None:
    pytest.importorskip("ml_dtypes")
    x = torch.tensor([1.5, 3.14159], dtype=torch.bfloat16)
    assert x.tolist() == [1.5, 3.140625]
    assert x[1].item() == 3.140625 and isinstance(x[1].item(), float)
    assert repr(x) == "tensor([1.5000, 3.1406], dtype=torch.bfloat16)"
    assert torch.arange(3, dtype=torch.bfloat16).tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(TypeError, match="unsupported ScalarType BFloat16"):
        x.numpy()
    assert copy.deepcopy(x).dtype is torch.bfloat16


@pytest.mark.parametrize("dtype, at", [(torch.bfloat16, 1 + 2.0**-8),
                                       (torch.float16, 1 + 2.0**-11)], ids=str)
def test_wide_numbers_are_rounded_by_way_of_float32(dtype: torch.dtype, at: float) -> None:
    pytest.importorskip("ml_dtypes")
    # A little more than the middle of two numbers: float32 takes it for the middle.
    for _ in range(4):
        x = torch.full((3,), at * (1 + 2.0**-40), dtype=torch.float64)
        assert x.to(dtype).tolist() == [1.0] * 3
        assert torch.tensor([x[0].item()], dtype=dtype).item() == 1.0
    assert (torch.tensor([2**40 + 2**32 + 1]).to(torch.bfloat16).double() == 2.0**40).all()


def test_float16_meets_numbers_that_it_does_not_hold() -> None:
    for k in range(5):
        x = torch.tensor([1e-3, 2e-4, 0.1]).half() * (k + 1)
        wide = x.double()
        for found, expected in ((x * 65536.0, wide * 65536),
                                (x / 65536.0 * 2.0 ** 10, (wide / 65536).half().double() * 1024)):
            assert found.dtype is torch.float16
            torch.testing.assert_close(found.double(), expected, rtol=2e-3, atol=0)
