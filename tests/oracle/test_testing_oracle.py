"""``torch.testing.assert_close`` against PyTorch's: what it accepts, and its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ('T.ones(3)', 'T.ones(3)+1e-3', {}),
    ('T.ones(2,2)', 'T.ones(2,2)*T.tensor([1.,2.])', {}),
    ('T.tensor(1.)', 'T.tensor(2.)', {}),
    ('1', '2', {}),
    ('1.0', '2.0', {}),
    ('True', 'False', {}),
    ('T.tensor([1,2])', 'T.tensor([1,3])', {}),
    ('T.tensor([True,False])', 'T.tensor([True,True])', {}),
    ('[1.,2.]', '[1.,2.,3.]', {}),
    ("{'a':1}", "{'b':1}", {}),
    ("{'a':T.ones(1)}", "{'a':T.zeros(1)}", {}),
    ('T.ones(1)', 'None', {}),
    ('None', 'None', {}),
    ("'a'", "'a'", {}),
    ('T.ones(1)', '1.0', {}),
    ('1.0', 'T.tensor(1.0)', {}),
    ("T.tensor([float('nan')])", "T.tensor([float('nan')])", {}),
    ('T.tensor([1+1j])', 'T.tensor([1+2j])', {}),
    ('T.ones(2)', 'T.ones(2).double()', {}),
    ('T.ones(2)', 'T.ones(2).double()', {'check_dtype': False}),
    ('T.ones(2)', 'T.ones(3)', {}),
    ('T.ones(2)', 'T.zeros(2)', {'msg': 'hi'}),
    ('T.ones(2)', 'T.zeros(2)', {'rtol': 1.0}),
    ('T.ones(2)', 'T.zeros(2)', {'rtol': 0.1, 'atol': 0.1}),
    ('T.ones(2)', 'T.zeros(2)', {'rtol': 0, 'atol': 0}),
    ('T.ones(2,3).T', 'T.ones(3,2)', {'check_stride': True}),
    ('(T.ones(1),)', '[T.ones(1)]', {}),
    ('np.ones(2)', 'np.ones(2)*2', {}),
    ('1', '1.0', {}),
    ('[1,[2,3]]', '[1,[2,4]]', {}),
    ('T.ones(0)', 'T.ones(0)', {}),
    ("T.tensor([1.,float('inf')])", 'T.tensor([1.,2.])', {}),
    ('T.ones(2).half()', 'T.ones(2).half()*1.1', {}),
    ('T.ones(2).bfloat16()', 'T.ones(2).bfloat16()', {}),
    ('T.ones(2).bfloat16()', 'T.ones(2).bfloat16()*2', {}),
]


def said(library: Any, actual: str, expected: str, options: dict[str, Any]) -> str:
    """The type and the text of the error; an empty text if there is none."""
    space = {"T": library, "np": np}
    try:
        library.testing.assert_close(eval(actual, space), eval(expected, space), **options)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        for prefix in ("wengert.tensors.operators.", "torch.", "wengert."):
            text = text.replace(prefix, "")
        return text
    return ""


@pytest.mark.parametrize(("actual", "expected", "options"), CASES)
def test_same_words(actual: str, expected: str, options: dict[str, Any]) -> None:
    assert said(wengert, actual, expected, options) == said(torch, actual, expected, options)


DRAWN: list[tuple[Any, str, dict[str, Any]]] = [
    ((3, 4), "float32", {}), ((5,), "float64", {"low": -1, "high": 2}), ((2, 3), "int64", {}),
    ((2, 3), "uint8", {"low": 3}), ((4,), "bool", {}), ((2, 2), "complex64", {}),
    ((), "float32", {}), ((0, 3), "int32", {}), ((3, 5), "float32", {"noncontiguous": True}),
    ((1,), "float32", {"noncontiguous": True}), ((40,), "int8", {"exclude_zero": True}),
    ((3,), "float64", {"low": -1e308, "high": 1e308}), ((2,), "float32", {"requires_grad": True})]
NOT_DRAWN: list[tuple[str, dict[str, Any]]] = [
    ("int64", {"requires_grad": True}), ("float32", {"low": float("nan")}),
    ("float32", {"low": 2, "high": 1}), ("int64", {"low": 2, "high": 2}),
    ("uint8", {"low": 300, "high": 400}), ("bool", {"low": 3, "high": 4})]


@pytest.mark.parametrize(("shape", "dtype", "options"), DRAWN)
def test_the_numbers_of_make_tensor(shape: Any, dtype: str, options: dict[str, Any]) -> None:
    found = []
    for module in (wengert, torch):
        module.manual_seed(3)
        for given in ((shape,), shape):
            out = module.testing.make_tensor(*given, dtype=getattr(module, dtype), device="cpu",
                                             **options)
            found.append((out.requires_grad, out.is_contiguous(), out.stride(), out.tolist()))
    assert found[:2] == found[2:]


@pytest.mark.parametrize(("dtype", "options"), NOT_DRAWN)
def test_what_make_tensor_refuses(dtype: str, options: dict[str, Any]) -> None:
    said = []
    for module in (wengert, torch):
        with pytest.raises(ValueError, match=r"low|requires_grad") as error:
            module.testing.make_tensor(3, dtype=getattr(module, dtype), device="cpu", **options)
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("actual", "expected"), [
    ("T.ones(2)", "[1.00005, 1]"), ("1.0", "T.ones((), dtype=T.float64)"),
    ("T.ones(2)", "T.ones(2) * 1.001"), ("T.tensor([float('nan')])", "T.tensor([float('nan')])"),
    ("T.ones(2)", "T.ones(3)"), ("T.tensor([1, 2])", "T.tensor([1.0, 2.5])")])
def test_assert_allclose(actual: str, expected: str) -> None:
    raised = []
    for module in (wengert, torch):
        try:
            module.testing.assert_allclose(*(eval(x, {"T": module}) for x in (actual, expected)))
            raised.append(False)
        except AssertionError:
            raised.append(True)
    assert raised[0] == raised[1]
