"""The printed text against PyTorch's, over a grid and over random tensors and options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wengert.tensors import printing

torch = pytest.importorskip("torch")

REAL = ("float16", "bfloat16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
WHOLE = ("bool", "uint8", "int8", "int16", "int32", "int64")
SHAPES = [
    (), (1,), (5,), (24,), (60,), (2, 3), (1, 12), (2, 25), (3, 4, 5), (2, 1, 3, 2),
    (1001,), (2, 600), (1100, 1), (11, 11, 11), (0,), (0, 3), (3, 0), (0, 3, 2),
]  # fmt: skip
OPTIONS: list[dict[str, Any]] = [
    {},
    {"profile": "short"},
    {"profile": "full", "threshold": 2000},
    {"precision": 0},
    {"precision": 7},
    {"sci_mode": True},
    {"sci_mode": False},
    {"threshold": 0, "edgeitems": 0},
    {"threshold": 0, "edgeitems": 1},
    {"threshold": 10, "edgeitems": 2, "linewidth": 30},
    {"edgeitems": 5, "linewidth": 120},
    {"linewidth": 1},
]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)
    torch.set_printoptions(profile="default")
    printing.set_printoptions(profile="default")


def as_dtype(values: np.ndarray, name: str) -> Any:
    """A tensor of the dtype, whatever the values."""
    if name == "bool":
        return torch.as_tensor(values > 0)
    if name in WHOLE:
        values = np.nan_to_num(values, posinf=100, neginf=-100)
        return torch.as_tensor(values.clip(-(2.0**62), 2.0**62)).to(getattr(torch, name))
    return torch.as_tensor(values).to(getattr(torch, name))


def as_array(tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.dtype is torch.bfloat16:
        ml_dtypes = pytest.importorskip("ml_dtypes")
        return tensor.float().numpy().astype(ml_dtypes.bfloat16)
    return tensor.numpy()


def check(tensor: Any, options: dict[str, Any], history: str = "", default: str = "") -> None:
    """Both texts are equal under the options, with a history of "", "leaf" or "node"."""
    for set_options in (torch.set_printoptions, printing.set_printoptions):
        set_options(**{"profile": "default", **options})
    torch.set_default_dtype(getattr(torch, default or "float32"))
    if not (tensor.is_floating_point() or tensor.is_complex()):
        history = ""
    if history:
        tensor.requires_grad_()
    if history == "node":
        tensor = tensor.view_as(tensor)
    text = printing.format_tensor(
        as_array(tensor),
        str(tensor.dtype).removeprefix("torch."),
        default_dtype_name=default or "float32",
        requires_grad=tensor.requires_grad,
        grad_fn=None if tensor.grad_fn is None else tensor.grad_fn.name(),
    )
    assert text == repr(tensor)


def pattern(kind: str, size: int) -> np.ndarray:
    """Values that take one branch or another of the choice of notation."""
    rng = np.random.default_rng(size)
    return {
        "normal": rng.normal(size=size),
        "whole": rng.integers(-20, 900, size=size).astype(float),
        "mixed": rng.normal(size=size) * 10.0 ** rng.integers(-3, 4, size=size),
        "large": np.round(rng.normal(size=size) * 1e9),
        "small": rng.normal(size=size) * 1e-6,
        "zeros": rng.choice([0.0, -0.0], size=size),
        "special": rng.choice([0.0, -0.0, 1, -2.5, np.nan, np.inf, -np.inf], size=size),
        "wholes and special": rng.choice([-0.0, 1, -7, np.nan, np.inf, -np.inf], size=size),
    }[kind]


KINDS = ("normal", "whole", "mixed", "large", "small", "zeros", "special", "wholes and special")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_real_grid(kind: str, options: dict[str, Any]) -> None:
    for i, shape in enumerate(SHAPES):
        values = pattern(kind, int(np.prod(shape))).reshape(shape)
        for j, name in enumerate(REAL + WHOLE):
            history = ("", "leaf", "node")[(i + j) % 3]
            check(as_dtype(values, name), options, history, REAL[(i + j) % 4])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_complex_grid(kind: str, options: dict[str, Any]) -> None:
    for i, shape in enumerate(SHAPES):
        values = np.empty(shape, dtype=complex)
        values.real = pattern(kind, values.size).reshape(shape)
        values.imag = pattern(KINDS[i % len(KINDS)], values.size)[::-1].reshape(shape)
        for name in COMPLEX:
            check(as_dtype(values, name), options, ("", "leaf", "node")[i % 3], REAL[i % 4])


MAGNITUDES = st.one_of(
    st.floats(width=32),
    st.floats(-1e4, 1e4),
    st.integers(-(10**9), 10**9).map(float),
    st.sampled_from([0.0, -0.0, 1e-4, 0.1, 100.0, 1e8, 1e8 + 1, 1000.5, 0.99995, 9.99995]),
)
PRINTING = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.sampled_from(["default", "short", "full"]),
        "precision": st.integers(0, 12),
        "threshold": st.integers(0, 30),
        "edgeitems": st.integers(0, 5),
        "linewidth": st.integers(0, 130),
        "sci_mode": st.sampled_from([None, True, False]),
    },
)


@settings(max_examples=400, deadline=None)
@given(
    shape=st.lists(st.integers(0, 5), max_size=4),
    pool=st.lists(MAGNITUDES, min_size=1, max_size=8),
    name=st.sampled_from(REAL + COMPLEX + WHOLE),
    options=PRINTING,
    history=st.sampled_from(["", "leaf", "node"]),
    default=st.sampled_from(REAL),
)
@example([3], [1e-4, 0.1], "float32", {}, "leaf", "float64")
@example([2], [1e-4, 0.1], "float16", {}, "node", "bfloat16")
def test_random(
    shape: list[int],
    pool: list[float],
    name: str,
    options: dict[str, Any],
    history: str,
    default: str,
) -> None:
    values = np.resize(np.array(pool), shape)
    if name in COMPLEX:
        real, values = values, np.empty(shape, dtype=complex)
        values.real, values.imag = real, np.resize(np.array(pool[::-1]), shape)
    check(as_dtype(values, name), options, history, default)


@pytest.mark.parametrize("length", range(1, 30))
def test_suffix_wraps_at_the_same_width(length: int) -> None:
    for linewidth in range(20, 100):
        check(torch.arange(length).int(), {"linewidth": linewidth})
        check(torch.ones(2, length).double(), {"linewidth": linewidth}, "node")


@pytest.mark.parametrize("name", REAL)
def test_boundaries_of_the_notation(name: str) -> None:
    """Ratios about 1000, the largest about 1e8, the smallest about 1e-4."""
    dtype = getattr(torch, name)
    rng = np.random.default_rng(0)
    up, down = (torch.tensor(x, dtype=dtype) for x in (np.inf, -np.inf))
    for base in (rng.random(200) * 10.0 ** rng.integers(-4, 2, size=200)).tolist():
        low = torch.tensor(base, dtype=dtype)
        high = (low.double() * 1000).to(dtype)
        for other in (high, *_neighbours(high, up, down)):
            check(torch.stack([low, other]), {})
    for edge in (1e-4, 1e8, 1e8 + 0.5):
        value = torch.tensor(edge, dtype=dtype)
        for other in (value, *_neighbours(value, up, down)):
            check(other.reshape(1), {})


def _neighbours(value: Any, up: Any, down: Any) -> list[Any]:
    if value.dtype is torch.float16:  # torch has no nextafter for it
        array = value.numpy()
        return [torch.as_tensor(np.nextafter(array, to.numpy())) for to in (up, down)]
    return [torch.nextafter(value, to) for to in (up, down)]


def test_extremes() -> None:
    for values in ([5e-324, 1e308], [5e-324], [1e308, -1e308], [1.7e308, np.inf, 0.0]):
        check(torch.tensor(values, dtype=torch.float64), {})
    check(torch.tensor([2**53 + 1, -(2**63), 2**63 - 1]), {})


def test_sequences_of_options_agree() -> None:
    """``sci_mode`` is forgotten by each call; the rest stays; a profile comes first."""
    calls: list[dict[str, Any]] = [
        {"precision": 2, "sci_mode": True},
        {"linewidth": 40},
        {"profile": "short", "precision": 6},
        {"profile": "nothing", "sci_mode": False},
        {"profile": "full"},
        {"threshold": 3},
        {"profile": "default"},
    ]
    for call in calls:
        torch.set_printoptions(**call)
        printing.set_printoptions(**call)
        ours = printing.get_printoptions()
        theirs = torch._tensor_str.get_printoptions()
        assert {key: getattr(ours, key) for key in theirs} == theirs


@pytest.mark.parametrize("spec", ["", ".2f", "10.3e", "+g"])
@pytest.mark.parametrize("name", REAL)
def test_scalar_format(name: str, spec: str) -> None:
    tensor = torch.tensor(3.14159, dtype=getattr(torch, name))
    assert printing.format_scalar(as_array(tensor), spec) == format(tensor, spec)


def test_parameter() -> None:
    parameter = torch.nn.Parameter(torch.ones(2, 3))
    text = printing.format_tensor(as_array(parameter), "float32", requires_grad=True)
    assert "Parameter containing:\n" + text == repr(parameter)
