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
