"""torch.distributed in several processes, and what it says where there is one."""

from __future__ import annotations

import pytest
from launching import assert_checks, needs_mpi

import wengert.distributed as dist

pytestmark = pytest.mark.once


@needs_mpi
def test_calls() -> None:
    assert_checks("checks_calls.py", 2)


@needs_mpi
def test_gradients() -> None:
    assert_checks("checks_gradients.py", 2)


def test_without_a_group() -> None:
    assert not dist.is_initialized()
    for call in (dist.get_rank, dist.get_world_size, dist.barrier, dist.destroy_process_group):
        with pytest.raises(ValueError, match="Default process group has not been initialized"):
            call()


def test_starting_needs_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="environment variable RANK expected"):
        dist.init_process_group("gloo")
    with pytest.raises(ValueError, match="Unknown backend"):
        dist.init_process_group("smoke signals")
