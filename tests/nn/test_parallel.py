"""torch.nn.parallel in one process; with several, see tests/distributed."""

from __future__ import annotations

import pytest

import wengert as torch
from wengert import nn

pytestmark = pytest.mark.once


def test_one_device() -> None:
    linear = nn.Linear(3, 2)
    model = nn.DataParallel(linear)
    x = torch.ones(4, 3)
    assert torch.equal(model(x), linear(x))
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    assert torch.equal(nn.parallel.data_parallel(linear, x), linear(x))
    with pytest.raises(NotImplementedError, match="one device in a process"):
        nn.DataParallel(linear, device_ids=[0, 1])
    with pytest.raises(NotImplementedError, match="scatter"):
        nn.parallel.scatter(x, [0, 1])


def test_without_a_group() -> None:
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        nn.parallel.DistributedDataParallel(nn.Linear(3, 2))
    model = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm1d(3)))
    x = torch.randn(5, 3)
    assert torch.allclose(model(x), nn.BatchNorm1d(3)(x))
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        torch.utils.data.DistributedSampler(range(4))


def test_a_checkpoint_of_one_process(tmp_path) -> None:
    import wengert.distributed.checkpoint as dcp
    model = nn.Linear(2, 2)
    dcp.save({"model": model.state_dict(), "step": 3}, checkpoint_id=tmp_path / "a")
    other = nn.Linear(2, 2)
    state = {"model": other.state_dict(), "step": 0}
    dcp.load(state, checkpoint_id=tmp_path / "a")
    assert torch.equal(other.weight, model.weight) and state["step"] == 3
    assert torch.load(tmp_path / "a" / "state.pt")["step"] == 3
    whole = {"model": model}
    dcp.save(whole, checkpoint_id=tmp_path / "b")
    dcp.load({"model": (third := nn.Linear(2, 2))}, checkpoint_id=tmp_path / "b")
    assert torch.equal(third.weight, model.weight)
    with pytest.raises(ValueError, match="Size mismatch"):
        dcp.load({"model": nn.Linear(3, 2).state_dict()}, checkpoint_id=tmp_path / "a")
