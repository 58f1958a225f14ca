"""New tensors: values, dtypes, shapes, keywords, errors, and devices as values."""

from __future__ import annotations

import math
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.tensors import creation


def test_the_dtype_of_data() -> None:
    assert torch.tensor([1, 2]).dtype is torch.int64
    assert torch.tensor([1, 2.5]).dtype is torch.float32
    assert torch.tensor([True]).dtype is torch.bool
    assert torch.tensor([1, 2j]).dtype is torch.complex64
    assert torch.tensor([]).dtype is torch.float32
    assert torch.tensor(np.float64(1)).dtype is torch.float64
    assert torch.tensor([np.float32(1), 2]).dtype is torch.float32
    assert torch.tensor([torch.tensor(1), 2.5]).dtype is torch.float32
    assert torch.tensor(np.arange(3, dtype=np.int8)).dtype is torch.int8


def test_the_default_dtype() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor([1.5]).dtype is torch.float64
        assert torch.tensor([1j]).dtype is torch.complex128
        assert torch.zeros(1).dtype is torch.float64
        assert torch.arange(3.0).dtype is torch.float64
        assert torch.rand(1).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_nested_sequences() -> None:
    x = torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]])
    assert x.shape == (2, 2, 1)
    assert torch.tensor([[], []]).shape == (2, 0)
    assert torch.tensor((range(3), [3, 4, 5])).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert torch.tensor([np.array([1, 2]), np.array([3, 4])]).shape == (2, 2)
    assert torch.tensor([torch.tensor(1.0), torch.tensor([2.0])]).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(("data", "kind", "words"), [
    ([[1, 2], [3]], ValueError, "expected sequence of length 2 at dim 1 (got 1)"),
    ([[1, 2], 3], TypeError, "not a sequence"),
    ([1, [2]], TypeError, "'list' object cannot be interpreted as an integer"),
    ("a", TypeError, "new(): invalid data type 'str'"),
    (["a"], ValueError, "too many dimensions 'str'"),
    ([1, "a"], TypeError, "invalid data type 'str'"),
    ({}, RuntimeError, "Could not infer dtype of dict"),
    ([None], RuntimeError, "Could not infer dtype of NoneType"),
    (2**63, ValueError, "Overflow when unpacking long long"),
])
def test_what_is_no_data(data: object, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        torch.tensor(data)
    assert words in str(caught.value)


def test_values_that_a_dtype_does_not_hold() -> None:
    with pytest.raises(RuntimeError, match="cannot be converted to type uint8 without overflow"):
        torch.tensor([300], dtype=torch.uint8)
    with pytest.raises(RuntimeError, match="uint8_t without overflow: 300"):
        torch.full((2,), 300, dtype=torch.uint8)
    with pytest.raises(RuntimeError, match=r"float without overflow: 1e\+300"):
        torch.full((2,), 1e300)
    with pytest.raises(TypeError, match="must be real number, not complex"):
        torch.tensor([1j], dtype=torch.float32)
    assert torch.tensor([1e300]).item() == math.inf
    assert torch.tensor([-1], dtype=torch.uint8).item() == 255
    assert torch.tensor([1.7, -1.7], dtype=torch.int64).tolist() == [1, -1]


def test_a_tensor_is_copied_with_a_warning() -> None:
    x = torch.ones(2)
    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        y = torch.tensor(x)
    x.add_(1)
    assert y.tolist() == [1.0, 1.0]


def test_sizes() -> None:
    for size in ((2, 3), ((2, 3),), ([2, 3],), (torch.Size([2, 3]),),
                 (np.int64(2), torch.tensor(3))):
        assert torch.zeros(*size).shape == (2, 3)
    assert torch.zeros(()).shape == torch.ones(size=()).shape == ()
    assert torch.empty(2, 0).shape == (2, 0)
    for bad, kind in (((), TypeError), ((2.0,), TypeError), (((2.0,),), TypeError),
                      ((True,), TypeError), (("a",), TypeError), ((-1,), RuntimeError)):
        with pytest.raises(kind):
            torch.zeros(*bad)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        torch.zeros(2, nothing=3)
    with pytest.raises(TypeError, match=r"argument 'dtype' must be torch\.dtype, not str"):
        torch.zeros(2, dtype="float32")


def test_requires_grad() -> None:
    for x in (torch.zeros(2, requires_grad=True), torch.tensor([1.0], requires_grad=True),
              torch.rand(2, requires_grad=True), torch.arange(3.0, requires_grad=True),
              torch.ones_like(torch.ones(2), requires_grad=True),
              torch.ones(1).new_zeros(2, requires_grad=True),
              torch.eye(2, dtype=torch.complex64, requires_grad=True),
              torch.empty_strided((2, 2), (1, 2), requires_grad=True)):
        assert x.requires_grad and x.is_leaf and x.grad is None
    with torch.no_grad():
        assert torch.zeros(2, requires_grad=True).requires_grad
    for make in (lambda: torch.tensor([1], requires_grad=True),
                 lambda: torch.arange(3, requires_grad=True)):
        with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype"):
            make()


def test_full_takes_its_dtype_from_the_value() -> None:
    assert torch.full((2,), True).dtype is torch.bool
    assert torch.full((2,), 1).dtype is torch.int64
    assert torch.full((2,), 1.5).dtype is torch.float32
    assert torch.full((2,), 1j).dtype is torch.complex64
    assert torch.full((2,), 1.7, dtype=torch.int64).tolist() == [1, 1]
    assert torch.full_like(torch.ones(2, dtype=torch.int8), 2.7).tolist() == [2, 2]


def test_ranges() -> None:
    assert torch.arange(5).tolist() == [0, 1, 2, 3, 4]
    assert torch.arange(5, 1, -2).tolist() == [5, 3]
    assert torch.arange(0, 5, step=2).tolist() == [0, 2, 4]
    assert torch.arange(1, 2, 0.25).tolist() == [1.0, 1.25, 1.5, 1.75]
    assert torch.arange(3).dtype is torch.int64
    assert torch.arange(3.0).dtype is torch.float32
    assert torch.linspace(0, 1, 5).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert torch.linspace(3, 1, 1).tolist() == [3.0]
    assert torch.linspace(0, 10, 4, dtype=torch.int64).tolist() == [0, 3, 6, 10]
    assert torch.logspace(0, 2, 3).tolist() == [1.0, 10.0, 100.0]
    assert torch.logspace(0, 3, 4, base=2).tolist() == [1.0, 2.0, 4.0, 8.0]
    for args in ((5, 1), (0, 1, 0), (0, math.inf)):
        with pytest.raises(RuntimeError):
            torch.arange(*args)


def test_ranges_round_as_pytorch() -> None:
    x = torch.linspace(-math.pi, math.pi, 2000)
    assert x[[1, 17, 1000, 1998]].tolist() == [
        -3.1384496688842773, -3.0881588459014893, 0.0015715761110186577, 3.1384496688842773]
    assert x[0].item() == -x[-1].item()
    assert torch.equal(x, -x.flip(0))


def test_matrices_and_indices() -> None:
    assert torch.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert torch.tril_indices(3, 3).tolist() == [[0, 1, 1, 2, 2, 2], [0, 0, 1, 0, 1, 2]]
    assert torch.triu_indices(2, 3, 1).tolist() == [[0, 0, 1], [1, 2, 2]]
    assert torch.empty_strided((2, 3), (1, 2)).stride() == (1, 2)


def test_out() -> None:
    x = torch.zeros(3)
    alias = x[1:]
    assert torch.arange(3, out=x) is x
    assert x.tolist() == [0.0, 1.0, 2.0]
    assert alias.tolist() == [1.0, 2.0]
    y = torch.zeros(0)
    torch.ones(2, 2, out=y)
    assert y.tolist() == [[1, 1], [1, 1]]
    assert torch.ones(2, out=torch.zeros(2, dtype=torch.int8)).dtype is torch.int8


def test_tensor_classes() -> None:
    assert torch.Tensor(2, 3).shape == (2, 3)
    assert torch.Tensor([1, 2]).tolist() == [1.0, 2.0]
    assert torch.Tensor().shape == (0,)
    assert torch.Tensor(torch.Size([2])).shape == (2,)
    assert torch.LongTensor([1.5, 2]).tolist() == [1, 2]
    assert torch.FloatTensor(2, 2).dtype is torch.float32
    assert isinstance(torch.ones(1), torch.FloatTensor)
    assert not isinstance(torch.ones(1), torch.LongTensor)
    x = torch.ones(2)
    torch.Tensor(x).add_(1)
    assert x.tolist() == [2.0, 2.0]
    with pytest.raises(TypeError, match="data must be a sequence"):
        torch.Tensor(1.5)


def test_subclasses() -> None:
    class Named(torch.Tensor):
        pass

    x = Named([1.0, 2.0])
    x.label = "a"
    assert type(x) is Named and x.tolist() == [1.0, 2.0]
    y = torch.ones(2).as_subclass(Named)
    assert type(y) is Named and y.tolist() == [1.0, 1.0]
    assert pickle.loads(pickle.dumps(torch.Size([2]))) == (2,)


def test_new() -> None:
    x = torch.ones(1, dtype=torch.float64)
    assert x.new_tensor([1, 2]).dtype is torch.float64
    assert x.new_zeros(2, 3).shape == x.new_ones((2, 3)).shape == x.new_empty([2, 3]).shape
    assert x.new_full((2,), 3).tolist() == [3.0, 3.0]
    assert x.new([1]).dtype is torch.float64
    assert x.new_ones(2, dtype=torch.int8).dtype is torch.int8


def test_created_tensors_are_fresh() -> None:
    a = torch.zeros(3)
    for b in (torch.zeros(3), torch.zeros_like(a), torch.full((3,), 0.0), a.new_zeros(3)):
        b.add_(1)
    assert a.tolist() == [0.0, 0.0, 0.0]


def test_devices_are_values() -> None:
    cpu = torch.device("cpu")
    assert repr(cpu) == "device(type='cpu')"
    assert repr(torch.device("cuda", 1)) == "device(type='cuda', index=1)"
    assert str(torch.device("cpu:0")) == "cpu:0"
    assert cpu == torch.device(cpu) and hash(cpu) == hash(torch.device("cpu"))
    assert cpu != torch.device("cpu:0") and cpu != "cpu"
    assert pickle.loads(pickle.dumps(cpu)) == cpu
    with torch.device("cpu"):
        assert torch.zeros(1).device == torch.get_default_device() == cpu
    assert torch.ones(1, device="cpu").to(cpu).device == cpu


def test_other_devices_are_refused() -> None:
    for call in (lambda: torch.zeros(1, device="cuda"), lambda: torch.ones(1).cuda(),
                 lambda: torch.ones(1).to("cuda:0"), lambda: torch.set_default_device("cuda"),
                 lambda: torch.tensor([1.0], device=torch.device("cuda"))):
        with pytest.raises(RuntimeError, match=r"no CUDA backend yet; torch\.cuda\.is_available"):
            call()
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda"):
        torch.device("gpu")
    with pytest.raises(RuntimeError, match="pin_memory"):
        torch.zeros(1, pin_memory=True)
    with pytest.raises(AttributeError):
        torch.device("cpu").type = "cuda"  # type: ignore[misc]


def test_creation_inside_a_recording() -> None:
    w = torch.ones(3, requires_grad=True)
    loss = (w * torch.arange(3.0) + torch.zeros(3) + torch.full((3,), 2.0)).sum()
    loss.backward()
    assert w.grad.tolist() == [0.0, 1.0, 2.0]
    assert loss.item() == 9.0


def test_no_warning_from_common_calls() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.tensor([1.0]), torch.as_tensor(np.ones(2)), torch.ones(2).to(torch.int64)
        torch.arange(3, out=torch.ones(2))


def test_a_list_of_numbers_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken_apart(*args: Any) -> Any:
        raise AssertionError("it is no nested sequence")

    monkeypatch.setattr("wengert.tensors.data._flatten", taken_apart)
    for numbers, dtype in (([1, 2], torch.int64), ((1, 2.5), torch.float32), ([True], torch.bool),
                           ([True, 2], torch.int64), ([True, 0.5], torch.float32)):
        found = torch.tensor(numbers)
        assert found.dtype is dtype and found.tolist() == list(numbers)
    with pytest.raises(AssertionError):
        torch.tensor([[1, 2]])


def test_a_range_of_integers_asks_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for args in ((5,), (0,), (2, 5), (-3, 3), (4, 4)):
        found = torch.arange(*args)
        assert found.tolist() == [*range(*args)] and found.dtype is torch.int64
        general = torch.arange(*args, device="cpu")
        assert general.tolist() == found.tolist() and general.dtype is found.dtype
    for args in ((-1,), (5, 2)):
        with pytest.raises(RuntimeError, match="inconsistent"):
            torch.arange(*args)
    assert torch.arange(2.5).dtype is torch.float32 and torch.arange(1, 8, 3).tolist() == [1, 4, 7]
    assert torch.arange(True).tolist() == [0]
    with pytest.raises(TypeError):
        torch.arange()

    def never(*args: object) -> None:
        raise AssertionError("asked for more than is needed")

    monkeypatch.setattr("wengert.tensors.creation._range_arguments", never)
    assert torch.arange(3).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("start", "step", "count"), [
    (0.0, 1.0, 1000), (-3.0, 2.0, 37), (2.0**24 - 40, 1.0, 40), (7.0, -1.0, 33)])
def test_a_range_of_whole_numbers_is_not_rounded(
        start: float, step: float, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creation, "_sum", None)   # nothing is added up in parts
    wanted = [start + i * step for i in range(count)]
    for dtype in (torch.float32, torch.float64):
        assert torch.arange(start, start + count * step, step, dtype=dtype).tolist() == wanted


def test_the_halves_of_a_line_are_counted_from_its_ends() -> None:
    for steps in (2, 3, 8, 33):
        line = torch.linspace(0.25, 7.0, steps)
        assert len(line) == steps and line[0].item() == 0.25 and line[-1].item() == 7.0
        assert torch.equal(line, torch.linspace(7.0, 0.25, steps).flip(0))


def test_indices_of_triangles() -> None:
    for row, col, offset in ((3, 3, 0), (4, 2, 1), (2, 5, -1), (0, 3, 0), (3, 0, 2), (5, 5, -7)):
        every = [(i, j) for i in range(row) for j in range(col)]
        lower = [(i, j) for i, j in every if j - i <= offset]
        upper = [(i, j) for i, j in every if j - i >= offset]
        for indices, wanted in ((torch.tril_indices, lower), (torch.triu_indices, upper)):
            assert list(zip(*indices(row, col, offset).tolist(), strict=True)) == wanted
