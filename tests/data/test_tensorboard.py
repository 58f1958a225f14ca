"""``torch.utils.tensorboard``."""

from __future__ import annotations

import importlib
import importlib.util

import pytest

import wengert as torch

HERE = importlib.util.find_spec("tensorboard") is not None


@pytest.mark.skipif(HERE, reason="tensorboard is installed")
def test_without_the_package():
    with pytest.raises(ModuleNotFoundError, match="pip install tensorboard"):
        importlib.import_module("wengert.utils.tensorboard")


@pytest.fixture
def events(tmp_path):
    """Writes with a writer, and reads what was written in a folder."""
    board = pytest.importorskip("wengert.utils.tensorboard", exc_type=ImportError)
    loader = importlib.import_module("tensorboard.backend.event_processing.event_file_loader")

    def run(use, folder="."):
        with board.SummaryWriter(tmp_path, purge_step=3) as writer:
            use(writer)
        (file,) = [p for p in (tmp_path / folder).iterdir() if p.is_file()]
        return [e for e in loader.LegacyEventFileLoader(str(file)).Load() if e.HasField("summary")]

    return run


def test_scalars(events):
    (event,) = events(lambda w: w.add_scalar("loss", torch.tensor(0.5), 3))
    assert event.step == 3 and event.summary.value[0].tag == "loss"
    assert event.summary.value[0].simple_value == 0.5


def test_several_scalars(events):
    (event,) = events(lambda w: w.add_scalars("a/b", {"x": 1, "y": 2}, 1), "a_b_x")
    assert event.summary.value[0].simple_value == 1


def test_histogram_and_text(events):
    histogram, text = events(lambda w: (w.add_histogram("h", torch.arange(5.0), 1),
                                        w.add_text("t", "hello", 2)))
    histo = histogram.summary.value[0].histo
    assert (histo.min, histo.max, histo.num, histo.sum, histo.sum_squares) == (0, 4, 5, 10, 30)
    assert sum(histo.bucket) == 5 and len(histo.bucket) == len(histo.bucket_limit)
    assert text.summary.value[0].tensor.string_val[0] == b"hello"


def test_hparams(events):
    found = events(lambda w: w.add_hparams({"lr": 0.1}, {"loss": 2.0}, run_name="run"), "run")
    assert found[-1].summary.value[0].simple_value == 2 and len(found) == 3


def test_what_is_missing(events):
    with pytest.raises(NotImplementedError, match="add_graph"):
        events(lambda w: w.add_graph(None))
