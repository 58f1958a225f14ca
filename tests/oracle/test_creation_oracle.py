"""Creation, conversion and random functions: the same program text under PyTorch and here."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")

TENSOR = """
torch.tensor([1, 2])
torch.tensor([1, 2.5])
torch.tensor([True, 2])
torch.tensor([True, False])
torch.tensor([1, 2j])
torch.tensor([np.float64(1), 2])
torch.tensor([np.float32(1), 2])
torch.tensor([np.int32(1), np.int64(2)])
torch.tensor(np.float64(1))
torch.tensor([np.bool_(True)])
torch.tensor([torch.tensor(1.0, dtype=torch.float64), 2])
torch.tensor([torch.tensor(1), 2.5])
torch.tensor([torch.tensor([1]), torch.tensor([2])])
torch.tensor([np.array([1, 2]), np.array([3, 4])])
torch.tensor([])
torch.tensor([[], []])
torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]])
torch.tensor(((1, 2), (3, 4)))
torch.tensor(range(4))
torch.tensor(5)
torch.tensor(5.5, dtype=torch.float64)
torch.tensor([1.7, -1.7], dtype=torch.int32)
torch.tensor([1.7, 0], dtype=torch.bool)
torch.tensor([0.1, 65519.0, 1e300], dtype=torch.float16)
torch.tensor([0.1, 2**63, 2**64])
torch.tensor([-1, 255], dtype=torch.uint8)
torch.tensor(np.arange(6).reshape(2, 3).T)
torch.tensor(np.arange(3, dtype=np.int8))
torch.tensor([1, 2], dtype=float)
torch.tensor([1.5, 2], dtype=torch.complex64)
torch.as_tensor([1, 2.0])
torch.as_tensor(np.arange(3.0), dtype=torch.float32)
torch.as_tensor(torch.ones(2), dtype=torch.int64)
torch.asarray([1, 2.0])
torch.asarray(3)
torch.asarray(torch.ones(2), dtype=torch.float64)
torch.scalar_tensor(3)
torch.scalar_tensor(3, dtype=torch.int32)
torch.Tensor([1, 2])
torch.Tensor((2, 3))
torch.Tensor([[True]])
torch.Tensor()
torch.LongTensor([1.5, 2])
torch.DoubleTensor([1])
torch.BoolTensor([True])
torch.ones(3).new_tensor([1, 2])
torch.ones(3, dtype=torch.int64).new_tensor([1.5])
torch.ones(3, dtype=torch.int64).new_zeros(2, 2)
torch.ones(3, dtype=torch.int64).new_full((2,), 1.5)
torch.ones(3).new_ones((2,), dtype=torch.int8)
torch.ones(3).new([1, 2])
torch.zeros(2, 3)
torch.zeros((2, 3))
torch.zeros([2, 3], dtype=torch.int64)
torch.zeros(size=(2,))
torch.zeros(())
torch.zeros(np.int64(2), torch.tensor(1))
torch.zeros(torch.Size([2, 1]))
torch.ones(2, dtype=int)
torch.full((2,), True)
torch.full((2,), 1)
torch.full((2,), 1.5)
torch.full((2,), 1j)
torch.full((2,), torch.tensor(2))
torch.full((2,), 1.7, dtype=torch.int64)
torch.full((2,), -1, dtype=torch.uint8)
torch.full_like(torch.ones(2, dtype=torch.int64), 2.7)
torch.zeros_like(torch.ones(2, 3).t())
torch.empty_like(torch.ones(2), dtype=torch.int8).dtype
torch.empty_strided((2, 3), (1, 2)).stride()
torch.eye(3)
torch.eye(2, 3, dtype=torch.int64)
torch.eye(0)
torch.tril_indices(3, 3)
torch.tril_indices(3, 2, -1, dtype=torch.int32)
torch.triu_indices(2, 3, 1)
torch.triu_indices(4, 2, -2)
"""

RANGES = """
torch.arange(5)
torch.arange(5.0)
torch.arange(1, 2, 0.3)
torch.arange(5, 1, -2)
torch.arange(0, 2.5, 1, dtype=torch.int64)
torch.arange(1, -3, -0.7, dtype=torch.int32)
torch.arange(4.6, 1.2, -1, dtype=torch.int8)
torch.arange(-4.3, 8.2, 1.6, dtype=torch.int32)
torch.arange(0.1, 0.9, dtype=torch.int16)
torch.arange(-4.3, 8.2, 1.6, dtype=torch.int64)
torch.arange(end=3)
torch.arange(0, 5, step=2)
torch.arange(torch.tensor(3.0))
torch.arange(3, dtype=torch.float64)
torch.arange(0, 100, 0.37)
torch.arange(-3.3, 44.1, 0.013)
torch.arange(1, 2000, 0.7)
torch.arange(0, 1, 1 / 3)
torch.arange(0, 100, 0.37, dtype=torch.float64)
torch.arange(-3.3, 44.1, 0.013, dtype=torch.float64)
torch.arange(10000.0)
torch.arange(0, 10, dtype=torch.float16)
torch.arange(0, 2000, dtype=torch.float32)
torch.linspace(0, 1, 11)
torch.linspace(-math.pi, math.pi, 2000)
torch.linspace(-math.pi, math.pi, 2000, dtype=torch.float64)
torch.linspace(-math.pi, math.pi, 2000, dtype=torch.float16)
torch.linspace(-5.3, 7.7, 333)
torch.linspace(0.1, 100, 1001)
torch.linspace(10, -10, 64)
torch.linspace(3, 1, 1)
torch.linspace(3, 1, 2)
torch.linspace(0, 1, 0)
torch.linspace(0, 10, 4, dtype=torch.int64)
torch.linspace(-7, 100, 13, dtype=torch.int32)
torch.linspace(torch.tensor(0.0), torch.tensor(1), 3)
torch.linspace(0, 1j, 3)
torch.logspace(0, 2, 3)
torch.logspace(-5, 7, 333)
torch.logspace(-1.1, 1.3, 57, dtype=torch.float64)
torch.logspace(0, 5, 11, dtype=torch.int64)
torch.logspace(0.1, 2.3, 57, base=2)
torch.logspace(2, 3, 1)
"""

CONVERSION = """
torch.ones(2).to(torch.int64)
torch.ones(2).to("cpu", torch.float64)
torch.ones(2).to(torch.ones(1, dtype=torch.int8))
torch.ones(2).to(dtype=torch.float16, non_blocking=True, copy=True)
torch.ones(2).to(float)
torch.tensor([1.7, -1.7, float("nan"), 1e20]).to(torch.int64)
torch.tensor([1.7, -1.7, 300.0]).to(torch.uint8)
torch.tensor([0.0, 0.5, float("nan")]).to(torch.bool)
torch.tensor([1.5, 2]).double()
torch.tensor([1.5, 2]).half()
torch.tensor([1.5, 2]).int()
torch.tensor([1.5, 2]).long()
torch.tensor([1.5, 2]).short()
torch.tensor([1.5, 2]).char()
torch.tensor([1.5, 2]).byte()
torch.tensor([1.5, 0]).bool()
torch.tensor([1.5, 2]).cfloat()
torch.ones(2).type()
torch.ones(2).type("torch.LongTensor")
torch.ones(2).type_as(torch.ones(1, dtype=torch.int32))
torch.ones(2, 3).tolist()
torch.ones(2, 0).tolist()
torch.tensor(3).tolist()
torch.tensor(1 + 2j).item()
torch.tensor(True).item()
int(torch.tensor(1.7))
float(torch.tensor([[2]]))
complex(torch.tensor(1.5))
bool(torch.ones(1, 1))
[1, 2, 3][torch.tensor(1)]
[1, 2, 3][torch.tensor(True)]
list(torch.ones(2))
1 in torch.ones(2)
torch.tensor(2.0) in torch.ones(2)
f"{torch.tensor(1.5):.3f}"
f"{torch.ones(2)}"
torch.zeros(2, 3).copy_(torch.ones(3))
torch.zeros(3, dtype=torch.int64).copy_(torch.tensor([1.7]))
torch.zeros(3).copy_(3)
torch.zeros(3).fill_(torch.tensor(2.0))
torch.zeros(3, dtype=torch.int64).fill_(1.5)
torch.zeros(3, dtype=torch.bool).fill_(2)
torch.fill(torch.zeros(2), 3)
torch.ones(2).zero_()
torch.add(torch.ones(2), 1, out=torch.zeros(0))
torch.add(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.float64))
torch.arange(3, out=torch.zeros(3))
torch.zeros(3, out=torch.ones(3, dtype=torch.int64))
torch.arange(6).resize_(2, 2)
torch.device("cpu", 0), str(torch.device("cpu", 0)), torch.device("cpu:0").index
torch.device("cpu") == torch.device("cpu:0"), torch.device("cpu") == "cpu"
"""

ERRORS = """
torch.tensor([[1, 2], [3]])
torch.tensor([[1, 2], 3])
torch.tensor([1, [2]])
torch.tensor("a")
torch.tensor(["a"])
torch.tensor({})
torch.tensor(None)
torch.tensor([None])
torch.tensor({1, 2})
torch.tensor(2**63)
torch.tensor([300], dtype=torch.uint8)
torch.tensor([1j], dtype=torch.float32)
torch.tensor(1j, dtype=torch.int64)
torch.tensor(float("nan"), dtype=torch.int64)
torch.tensor([1], requires_grad=True)
torch.zeros(2, dtype=torch.int64, requires_grad=True)
torch.zeros()
torch.rand()
torch.zeros(2.0)
torch.zeros((2.0,))
torch.zeros(-1)
torch.zeros("a")
torch.zeros(True)
torch.zeros(2, dtype="float32")
torch.zeros(2, nothing=3)
torch.full(2, 1)
torch.full((2,), 300, dtype=torch.uint8)
torch.full((2,), 1e300)
torch.full((2,), float("nan"), dtype=torch.int64)
torch.full((2,), torch.tensor([2]))
torch.eye(-1)
torch.arange(5, 1)
torch.arange(0, 1, 0)
torch.arange(0, float("inf"))
torch.arange(3, dtype=torch.bool)
torch.linspace(0, 1, -1)
torch.linspace(0, 1)
torch.linspace(0, 1, 2.5)
torch.tril_indices(-3, 2)
torch.Tensor(1.5)
torch.LongTensor(torch.ones(2))
torch.frombuffer(bytearray(9), dtype=torch.float32)
torch.frombuffer(bytearray(0), dtype=torch.float32)
torch.frombuffer(bytearray(8), dtype=torch.float32, count=7)
torch.tensor([1], pin_memory=True)
torch.device("foo")
torch.ones(3).item()
torch.ones(0).item()
bool(torch.ones(3))
bool(torch.ones(0))
int(torch.ones(3))
int(torch.tensor(float("nan")))
float(torch.tensor(1 + 2j))
[1, 2][torch.tensor(1.0)]
[1, 2][torch.tensor([0, 1])]
len(torch.tensor(1))
list(torch.tensor(1))
"a" in torch.ones(2)
f"{torch.ones(2):.3f}"
torch.ones(2).to("float32")
torch.ones(2).to(3)
torch.ones(2).type("foo")
torch.zeros(3).copy_(torch.ones(2))
torch.zeros(3).copy_(torch.ones(2, 3))
torch.zeros(3).copy_(np.ones(3))
torch.zeros(3).fill_(torch.tensor([2.0]))
torch.zeros(3).fill_(1j)
torch.zeros(3).fill_("a")
torch.ones(3, requires_grad=True).fill_(1)
torch.ones(3, requires_grad=True).uniform_()
torch.add(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.int64))
torch.add(torch.ones(3, requires_grad=True), 1, out=torch.zeros(3))
torch.add(torch.ones(3), 1, out=torch.ones(3, requires_grad=True))
copy.deepcopy(torch.ones(3, requires_grad=True) * 2)
torch.randint(10)
torch.randint(5, 5, (2,))
torch.rand(2, dtype=torch.int64)
torch.randn(2, dtype=torch.int64)
torch.randperm(-1)
torch.normal(0.0, -1.0, (2,))
torch.normal(torch.zeros(2), torch.ones(3))
torch.bernoulli(torch.tensor([2.0]))
torch.bernoulli(torch.tensor([1]))
torch.ones(2).multinomial(3)
torch.zeros(3).uniform_(2, 1)
torch.zeros(3, dtype=torch.int64).normal_()
torch.zeros(3).random_(5, 2)
torch.rand(2, generator=3)
torch.manual_seed("a")
torch.nn.functional.dropout(torch.ones(3), 1.5)
torch.nn.functional.dropout(torch.ones(3, dtype=torch.int64), 0.5)
"""

RANDOM = """
torch.rand(5)
torch.rand(2, 3, dtype=torch.float64)
torch.rand((), dtype=torch.float16)
torch.rand(3, dtype=torch.complex64)
torch.rand(0)
torch.randn(5)
torch.randn(40)
torch.randn(17, dtype=torch.float64)
torch.randn(3, dtype=torch.complex64)
torch.randint(10, (7,))
torch.randint(-5, 5, (2, 3), dtype=torch.int32)
torch.randint(high=4, size=(3,))
torch.randint(low=2, high=4, size=(3,))
torch.randint(0, 2, (4,), dtype=torch.float32)
torch.randperm(9)
torch.randperm(4, dtype=torch.int32)
torch.rand_like(torch.ones(2, 3))
torch.rand_like(torch.ones(2, 3).t())
torch.randn_like(torch.ones(5, 4).t())
torch.randint_like(torch.ones(4), 10)
torch.randint_like(torch.ones(4), 5, 10)
torch.normal(2.0, 3.0, (4,))
torch.normal(torch.arange(4.0), 0.5)
torch.normal(1.0, torch.arange(1.0, 5.0))
torch.normal(torch.arange(4.0), torch.arange(1.0, 5.0))
torch.bernoulli(torch.full((6,), 0.4))
torch.bernoulli(torch.ones(6), 0.4)
torch.multinomial(torch.tensor([1.0, 2, 3]), 2)
torch.multinomial(torch.tensor([[1.0, 2, 3], [3, 0, 1]]), 5, replacement=True)
torch.poisson(torch.tensor([0.5, 3, 20]))
torch.ones(2).bernoulli()
torch.zeros(5).uniform_()
torch.zeros(5).uniform_(-2, 3)
torch.zeros(2, 3).t().uniform_()
torch.zeros(4, 6)[:, ::2].uniform_()
torch.zeros(5).normal_()
torch.zeros(20).normal_(1, 2)
torch.zeros(5, 4).t().normal_()
torch.zeros(5).random_()
torch.zeros(5).random_(7)
torch.zeros(5, dtype=torch.int64).random_(-3, 3)
torch.zeros(5, dtype=torch.int64).random_()
torch.zeros(5).bernoulli_()
torch.zeros(5).bernoulli_(0.2)
torch.zeros(2, 2).bernoulli_(torch.tensor([0.1, 0.9]))
torch.zeros(5).exponential_()
torch.zeros(5).exponential_(2.5)
torch.zeros(5).geometric_(0.3)
torch.zeros(5).cauchy_()
torch.zeros(5).cauchy_(1, 2)
torch.zeros(5).log_normal_()
torch.zeros(5, dtype=torch.float64).log_normal_(0, 1)
torch.rand(3, out=torch.ones(3, dtype=torch.float64))
torch.rand(3, generator=torch.Generator().manual_seed(5))
torch.Generator().initial_seed()
torch.nn.functional.dropout(torch.ones(7), 0.4)
torch.nn.functional.dropout(torch.ones(7), 0.4, training=False)
torch.nn.functional.dropout(torch.ones(3), 1.0)
torch.nn.functional.dropout(torch.ones(3), 0.0)
torch.nn.functional.dropout(torch.ones(7, dtype=torch.float64), 0.4, True, True)
torch.nn.functional.dropout1d(torch.ones(2, 3, 4), 0.4)
torch.nn.functional.dropout1d(torch.ones(3, 4), 0.4)
torch.nn.functional.dropout2d(torch.ones(2, 3, 4, 2), 0.4)
torch.nn.functional.dropout3d(torch.ones(2, 3, 2, 2, 2), 0.4)
torch.nn.functional.alpha_dropout(torch.ones(7), 0.4, True)
torch.nn.functional.feature_alpha_dropout(torch.ones(2, 3, 2), 0.4, True)
torch.get_rng_state()
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def run(module: Any, text: str) -> Any:
    """The result of an expression, or the error that it raises."""
    module.manual_seed(0)
    scope = {"torch": module, "np": np, "math": __import__("math"), "copy": __import__("copy")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return eval(text, scope)
        except Exception as error:
            return error


def comparable(result: Any) -> Any:
    """A result without its library: arrays with their dtypes, plain values."""
    if isinstance(result, list | tuple):
        return type(result)(map(comparable, result))
    if hasattr(result, "detach"):
        return str(result.dtype), tuple(result.shape), result.detach().numpy()
    return str(result) if type(result).__name__ in ("dtype", "DType", "device") else result


def same(a: Any, b: Any, ulps: int) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if not ulps or a.dtype.kind not in "fc":
            return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        return np.allclose(a, b, rtol=ulps * np.finfo(a.dtype).eps, atol=0)
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(
            same(x, y, ulps) for x, y in zip(a, b, strict=True))
    return bool(a == b)


@pytest.mark.parametrize("text", lines(TENSOR) + lines(RANGES) + lines(CONVERSION) + lines(RANDOM))
def test_same_result(text: str) -> None:
    ours, theirs = run(wengert, text), run(torch, text)
    assert not isinstance(ours, Exception), ours
    ulps = 2 if any(name in text for name in ("exponential", "cauchy", "log_normal")) or (
        "alpha" in text) else 0
    assert same(comparable(ours), comparable(theirs), ulps), f"{ours!r}\n{theirs!r}"


@pytest.mark.parametrize("text", lines(ERRORS))
def test_same_error(text: str) -> None:
    ours, theirs = run(wengert, text), run(torch, text)
    assert isinstance(theirs, Exception), theirs
    assert type(ours) is type(theirs), f"{ours!r}\n{theirs!r}"
    key = str(theirs).partition("\n")[0].partition(" - got ")[0].removesuffix(".")
    if "invalid combination" not in key and "TensorOptions" not in key:
        words = key.removeprefix("add(): ").replace("got-3", "got -3")[:56]
        assert words in str(ours), f"{ours!r}\n{theirs!r}"


def test_interleaved_draws_and_states() -> None:
    def program(torch: Any) -> list[Any]:
        torch.manual_seed(7)
        out = [torch.randn(3), torch.rand(2), torch.randperm(5)]
        state = torch.get_rng_state()
        out.append(torch.randn(20))
        torch.set_rng_state(state)
        g = torch.Generator().manual_seed(3)
        out += [torch.randn(20), torch.randint(0, 9, (3,), generator=g), torch.zeros(3).normal_()]
        with torch.random.fork_rng():
            torch.rand(100)
        return [*out, torch.rand(2), torch.nn.functional.dropout(torch.ones(4))]

    ours, theirs = program(wengert), program(torch)
    assert all(same(comparable(a), comparable(b), 0) for a, b in zip(ours, theirs, strict=True))


def test_a_state_of_pytorch_continues_here() -> None:
    torch.manual_seed(11)
    torch.randn(5)
    wengert.set_rng_state(wengert.from_numpy(torch.get_rng_state().numpy()))
    assert np.array_equal(wengert.randn(7).numpy(), torch.randn(7).numpy())
