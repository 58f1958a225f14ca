"""The printed text against literal texts of PyTorch 2.13."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from wengert.tensors import printing
from wengert.tensors.printing import format_scalar, format_tensor, format_values

INF, NAN = np.inf, np.nan


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    with printing.printoptions(profile="default"):
        yield


def values_of(values: Any, dtype_name: str) -> np.ndarray:
    """The array of a dtype; bfloat16 values are held in float32."""
    return np.array(values).astype("float32" if dtype_name == "bfloat16" else dtype_name)


TEXTS: list[tuple[str, Any, str, dict[str, Any], str]] = [
    ("whole", [[1.0, 2.0], [3.0, 4.0]], "float32", {"requires_grad": True}, """\
tensor([[1., 2.],
        [3., 4.]], requires_grad=True)"""),
    ("node", 3.14159, "float32", {"grad_fn": "MulBackward0"},
     "tensor(3.1416, grad_fn=<MulBackward0>)"),
    ("negative", [1.5, -2.0, 300.25], "float32", {}, "tensor([  1.5000,  -2.0000, 300.2500])"),
    ("rounding", [0.99995, 9.99999], "float32", {}, "tensor([ 0.9999, 10.0000])"),
    ("ratio over 1000", [1000.5, 0.5], "float32", {}, "tensor([1.0005e+03, 5.0000e-01])"),
    ("ratio of wholes", [1001.0, 1.0, 0.0], "float32", {},
     "tensor([1.0010e+03, 1.0000e+00, 0.0000e+00])"),
    ("over 1e8", [1e10, INF], "float32", {}, "tensor([1.0000e+10,        inf])"),
    ("1e8", [1e8], "float32", {}, "tensor([100000000.])"),
    ("under 1e-4", [0.5, 1e-5], "float32", {}, "tensor([5.0000e-01, 1.0000e-05])"),
    ("special", [1.5, NAN, -INF], "float32", {}, "tensor([1.5000,    nan,   -inf])"),
    ("special and whole", [NAN, -1.0, INF], "float32", {}, "tensor([nan, -1., inf])"),
    ("only special", [NAN, -INF], "float32", {}, "tensor([nan, -inf])"),
    ("negative zero", [-0.0, 1.5], "float32", {}, "tensor([-0.0000, 1.5000])"),
    ("zeros", [0.0, -0.0], "float32", {}, "tensor([0., -0.])"),
    ("float64", [0.1, 2.0], "float64", {"requires_grad": True},
     "tensor([0.1000, 2.0000], dtype=torch.float64, requires_grad=True)"),
    ("float16", [60000.0, 1.5], "float16", {},
     "tensor([6.0000e+04, 1.5000e+00], dtype=torch.float16)"),
    ("int64", [[1, -20], [300, 4]], "int64", {}, """\
tensor([[  1, -20],
        [300,   4]])"""),
    ("uint8", [[1, 200]], "uint8", {}, "tensor([[  1, 200]], dtype=torch.uint8)"),
    ("int32 scalar", 7, "int32", {}, "tensor(7, dtype=torch.int32)"),
    ("bool", [[True, False], [False, False]], "bool", {}, """\
tensor([[ True, False],
        [False, False]])"""),
    ("bool scalar", True, "bool", {}, "tensor(True)"),
    ("complex64", [1 + 2j, 3.5 - 1j], "complex64", {}, "tensor([1.0000+2.j, 3.5000-1.j])"),
    ("complex128", [1 + 2j], "complex128", {"requires_grad": True},
     "tensor([1.+2.j], dtype=torch.complex128, requires_grad=True)"),
    ("complex scalar", 1 - 0.5j, "complex64", {"grad_fn": "AddBackward0"},
     "tensor(1.-0.5000j, grad_fn=<AddBackward0>)"),
    ("complex special", [complex(INF, 1), -1.5, complex(0, NAN)], "complex64", {},
     "tensor([    inf+1.j, -1.5000+0.j,  0.0000+nanj])"),
    ("complex two notations", [1e10 + 1j, 1], "complex64", {},
     "tensor([1.0000e+10+1.j, 1.0000e+00+0.j])"),
    ("empty", [], "float32", {}, "tensor([])"),
    ("empty int64", np.zeros(0), "int64", {}, "tensor([], dtype=torch.int64)"),
    ("empty bool", np.zeros((0, 5)), "bool", {}, "tensor([], size=(0, 5), dtype=torch.bool)"),
    ("empty complex64", np.zeros((2, 0)), "complex64", {"grad_fn": "MulBackward0"},
     "tensor([], size=(2, 0), dtype=torch.complex64, grad_fn=<MulBackward0>)"),
    ("empty float64", np.zeros((0, 3)), "float64", {"requires_grad": True},
     "tensor([], size=(0, 3), dtype=torch.float64, requires_grad=True)"),
    ("3 dims", np.arange(12).reshape(2, 2, 3), "float32", {"grad_fn": "ViewBackward0"}, """\
tensor([[[ 0.,  1.,  2.],
         [ 3.,  4.,  5.]],

        [[ 6.,  7.,  8.],
         [ 9., 10., 11.]]], grad_fn=<ViewBackward0>)"""),
    ("4 dims", np.arange(8).reshape(2, 2, 1, 2), "int64", {}, """\
tensor([[[[0, 1]],

         [[2, 3]]],


        [[[4, 5]],

         [[6, 7]]]])"""),
    ("wrapped", np.arange(1, 31) / 4, "float32", {}, """\
tensor([0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500, 2.0000, 2.2500,
        2.5000, 2.7500, 3.0000, 3.2500, 3.5000, 3.7500, 4.0000, 4.2500, 4.5000,
        4.7500, 5.0000, 5.2500, 5.5000, 5.7500, 6.0000, 6.2500, 6.5000, 6.7500,
        7.0000, 7.2500, 7.5000])"""),
    ("wrapped in 2 dims", np.arange(50).reshape(2, 25), "int64", {}, """\
tensor([[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
         18, 19, 20, 21, 22, 23, 24],
        [25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
         43, 44, 45, 46, 47, 48, 49]])"""),
    ("wrapped complex", np.arange(8) * (1 + 1j) / 2, "complex64", {}, """\
tensor([0.0000+0.0000j, 0.5000+0.5000j, 1.0000+1.0000j, 1.5000+1.5000j,
        2.0000+2.0000j, 2.5000+2.5000j, 3.0000+3.0000j, 3.5000+3.5000j])"""),
    ("summarised", np.arange(2000), "int64", {},
     "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"),
    ("summarised in 2 dims", np.arange(2000).reshape(2, 1000), "float32", {}, """\
tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.9700e+02, 9.9800e+02,
         9.9900e+02],
        [1.0000e+03, 1.0010e+03, 1.0020e+03,  ..., 1.9970e+03, 1.9980e+03,
         1.9990e+03]])"""),
    ("summarised in rows", np.arange(3000).reshape(1000, 3), "int16", {}, """\
tensor([[   0,    1,    2],
        [   3,    4,    5],
        [   6,    7,    8],
        ...,
        [2991, 2992, 2993],
        [2994, 2995, 2996],
        [2997, 2998, 2999]], dtype=torch.int16)"""),
    ("bfloat16", [1.5, -2.0], "bfloat16", {}, "tensor([ 1.5000, -2.0000], dtype=torch.bfloat16)"),
    ("wrapped suffixes", np.arange(12) / 4, "float64", {"grad_fn": "IndexSelectBackward0"}, """\
tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500, 2.0000,
        2.2500, 2.5000, 2.7500], dtype=torch.float64,
       grad_fn=<IndexSelectBackward0>)"""),
    ("int32", np.arange(14).reshape(2, 7), "int32", {}, """\
tensor([[ 0,  1,  2,  3,  4,  5,  6],
        [ 7,  8,  9, 10, 11, 12, 13]], dtype=torch.int32)"""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "dtype_name", "history", "expected"),
    [case[1:] for case in TEXTS],
    ids=[case[0] for case in TEXTS],
)
def test_text(values: Any, dtype_name: str, history: dict[str, Any], expected: str) -> None:
    assert format_tensor(values_of(values, dtype_name), dtype_name, **history) == expected


OPTIONS: list[tuple[dict[str, Any], Any, str]] = [
    ({"precision": 2}, [0.126, 2.0], "tensor([0.13, 2.00])"),
    ({"precision": 0}, [0.6, 2.0], "tensor([1, 2])"),
    ({"precision": 7}, [0.1, 2.0], "tensor([0.1000000, 2.0000000])"),
    ({"sci_mode": True}, [0.5, 2.0], "tensor([5.0000e-01, 2.0000e+00])"),
    ({"sci_mode": True}, [0.0], "tensor([0.])"),
    ({"sci_mode": False}, [0.5, 20000.0], "tensor([    0.5000, 20000.0000])"),
    ({"sci_mode": False}, [1e10, 2.0], "tensor([10000000000.,           2.])"),
    ({"profile": "short"}, np.arange(1001) / 4, "tensor([  0.00,   0.25,  ..., 249.75, 250.00])"),
    ({"profile": "short", "precision": 3}, [1.5], "tensor([1.500])"),
    ({"profile": "nothing"}, [1.5], "tensor([1.5000])"),
    ({"threshold": 5}, np.arange(7), "tensor([0., 1., 2.,  ..., 4., 5., 6.])"),
    ({"threshold": 5, "edgeitems": 1}, np.arange(27).reshape(3, 3, 3), """\
tensor([[[ 0.,  ...,  2.],
         ...,
         [ 6.,  ...,  8.]],

        ...,

        [[18.,  ..., 20.],
         ...,
         [24.,  ..., 26.]]])"""),
    ({"threshold": 5, "edgeitems": 1}, np.arange(6).reshape(1, 6), "tensor([[0.,  ..., 5.]])"),
    ({"threshold": 0, "edgeitems": 0}, np.arange(6).reshape(2, 3), "tensor([...], size=(2, 3))"),
    ({"threshold": 0, "edgeitems": 0}, 2.5, "tensor(2.5000, size=())"),
    ({"linewidth": 30}, np.arange(8) / 4, """\
tensor([0.0000, 0.2500,
        0.5000, 0.7500,
        1.0000, 1.2500,
        1.5000, 1.7500])"""),
    ({"linewidth": 1}, [[1.0, 2.0]], """\
tensor([[1.,
         2.]])"""),
]  # fmt: skip


@pytest.mark.parametrize(("options", "values", "expected"), OPTIONS)
def test_options(options: dict[str, Any], values: Any, expected: str) -> None:
    printing.set_printoptions(**options)
    assert format_tensor(values_of(values, "float32"), "float32") == expected


def test_full_profile_shows_every_element() -> None:
    with printing.printoptions(profile="full"):
        assert format_tensor(np.arange(2000), "int64").count(",") == 1999


def test_zeros_count_as_one_character_wide() -> None:
    """A quirk of PyTorch: the lines of an all-zero tensor are too long."""
    first, second = format_tensor(np.zeros(30), "float32").split("\n")
    assert first == "tensor([" + ", ".join(["0."] * 24) + ","
    assert second == "        " + ", ".join(["0."] * 6) + "])"


@pytest.mark.parametrize(
    ("dtype_name", "default", "shape", "shown"),
    [
        ("float32", "float64", (1,), True),
        ("float64", "float64", (1,), False),
        ("complex64", "float64", (1,), True),
        ("complex128", "float64", (1,), False),
        ("complex64", "bfloat16", (1,), False),
        ("float16", "float16", (1,), False),
        ("int64", "float64", (1,), False),
        ("bool", "float64", (1,), False),
        ("float64", "float64", (0,), False),
        ("complex128", "float64", (0,), True),
        ("int64", "float64", (0,), True),
    ],
)
def test_dtype_is_shown_unless_evident(
    dtype_name: str, default: str, shape: tuple[int, ...], shown: bool
) -> None:
    text = format_tensor(np.zeros(shape, dtype_name), dtype_name, default_dtype_name=default)
    assert (f"dtype=torch.{dtype_name}" in text) is shown


def test_bfloat16_array() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = np.array([1e20, 1e-20]).astype(ml_dtypes.bfloat16)
    assert format_tensor(array, "bfloat16") == (
        "tensor([9.9728e+19, 1.0006e-20], dtype=torch.bfloat16)"
    )
    assert format_scalar(array[0].reshape(()), ".3g") == "9.97e+19"


def test_name_sets_the_indent() -> None:
    assert format_tensor(np.eye(2), "float32", name="Buffer") == """\
Buffer([[1., 0.],
        [0., 1.]])"""


def test_device_comes_first() -> None:
    text = format_tensor(np.zeros((0, 2)), "float64", device="cuda:0", requires_grad=True)
    assert text == """\
tensor([], device='cuda:0', size=(0, 2), dtype=torch.float64,
       requires_grad=True)"""


def test_values_alone() -> None:
    assert format_values(np.eye(2), "float32") == "[[1., 0.],\n [0., 1.]]"
    assert format_values(np.eye(2), "float32", indent=4) == "[[1., 0.],\n     [0., 1.]]"
    assert format_values(np.array(2), "int64") == "2"
    assert format_values(np.zeros((0, 3)), "float32") == "[]"


def test_views_are_read_in_order() -> None:
    assert format_values(np.arange(6).reshape(2, 3).T[::-1], "int64") == """\
[[2, 5],
 [1, 4],
 [0, 3]]"""


@pytest.mark.parametrize(
    ("value", "dtype_name", "spec", "expected"),
    [
        (3.14, "float32", "", "3.140000104904175"),
        (3.14, "float32", ".2f", "3.14"),
        (3, "int64", "5d", "    3"),
        (True, "bool", "", "True"),
        (1 + 2j, "complex64", ".1f", "1.0+2.0j"),
    ],
)
def test_scalar(value: Any, dtype_name: str, spec: str, expected: str) -> None:
    assert format_scalar(np.array(value, dtype_name), spec) == expected


def test_scalar_rejects_a_wrong_spec() -> None:
    with pytest.raises(ValueError, match="Unknown format code 'd'"):
        format_scalar(np.array(3.0), "d")


def test_each_call_resets_sci_mode_and_keeps_the_rest() -> None:
    printing.set_printoptions(precision=2, sci_mode=True)
    printing.set_printoptions(linewidth=40)
    assert printing.get_printoptions() == printing.PrintOptions(precision=2, linewidth=40)


def test_block_restores_options_after_an_error() -> None:
    changed = printing.PrintOptions(precision=2, sci_mode=True)

    def fail() -> None:
        with printing.printoptions(precision=2, sci_mode=True):
            assert printing.get_printoptions() == changed
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert printing.get_printoptions() == printing.PrintOptions()


def test_wrong_options_raise_when_printing() -> None:
    printing.set_printoptions(precision=-1)
    with pytest.raises(ValueError, match="Format specifier missing precision"):
        format_tensor(np.array([0.5]), "float32")
