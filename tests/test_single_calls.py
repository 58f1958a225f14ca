"""Single calls whose value is asked for at once: what they take, counted."""

from __future__ import annotations

import math

import numpy as np
import pytest

import wengert as torch
from wengert.engine.ops import accurate
from wengert.engine.recording import recorder
from wengert.engine.recording.tree import tree

recorded = pytest.mark.skipif(torch.config.tier == "eager", reason="nothing is recorded")


@recorded
def test_detach_as_a_function_records_no_more_than_as_a_method() -> None:
    x = torch.rand(3)
    y = torch.detach(x)
    before = tree.made
    assert torch.detach(x).tolist() == x.tolist() and tree.made == before
    torch.detach(x).add_(1)
    assert x.tolist() == y.tolist() == torch.detach(input=x).tolist()
    w = torch.ones(2, requires_grad=True)
    assert not torch.detach(w * 2).requires_grad
    with pytest.raises(TypeError, match=r"argument 'input' \(position 1\) must be Tensor, not int"):
        torch.detach(3)
    with pytest.raises(NotImplementedError, match="detach"):
        torch.detach(torch.eye(2).to_sparse())


@recorded
def test_dropout_on_a_known_path_looks_up_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.rand(20)
    drop = torch.nn.functional.dropout
    for _ in range(150):
        drop(x, 0.5).tolist()
    keys = []
    key_of = recorder.key_of
    monkeypatch.setattr(recorder, "key_of", lambda *args: keys.append(args) or key_of(*args))
    for _ in range(5):
        y = drop(x, 0.5)
        assert {*(y / x).tolist()} <= {0.0, 2.0}
    assert not keys


def test_lgamma_that_is_rounded_needs_no_series(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise AssertionError("double precision is enough")
    for name in ("lgamma_at_2", "lgamma_above"):
        monkeypatch.setattr(accurate, name, none)
    x = np.concatenate([np.linspace(-9.3, 9.4, 500), 1 + np.linspace(-1e-4, 1e-4, 40),
                        2 + np.linspace(-1e-4, 1e-4, 40), [-2.4570248, 1e-45]]).astype(np.float32)
    expected = [math.lgamma(v) for v in x.tolist()]
    assert np.allclose(torch.lgamma(torch.tensor(x)).tolist(), expected, rtol=2e-7, atol=1e-15)
    ends = [0.0, -3.0, math.inf, -math.inf]
    assert torch.lgamma(torch.tensor(ends)).tolist() == [math.inf] * 4
    assert torch.lgamma(torch.tensor([math.nan])).isnan().all()


def test_medians_without_nan_count_none(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.RandomState(0)
    def none(*_: object, **__: object) -> None:
        raise AssertionError("there is no NaN")
    for shape in ((1,), (2,), (7,), (3, 4), (4, 3, 5), (2, 1)):
        x = rng.randn(*shape).astype(np.float32)
        with monkeypatch.context() as patch:
            patch.setattr(np, "count_nonzero", none)
            for axis in range(len(shape)):
                found, at = torch.median(torch.tensor(x), axis)
                n = shape[axis]
                assert np.array_equal(found, np.sort(x, axis).take((n - 1) // 2, axis))
                assert np.array_equal(found, np.take_along_axis(
                    x, np.expand_dims(at.numpy(), axis), axis).squeeze(axis))
            assert torch.tensor(x).median().item() == np.sort(x.ravel())[(x.size - 1) // 2]
    x[1, 0] = np.nan
    assert math.isnan(torch.tensor(x).median().item())
    assert torch.tensor(x).nanmedian().item() == x[0, 0]
    assert torch.median(torch.tensor([[3, 1, 2], [6, 5, 4]]), 1).values.tolist() == [2, 5]
