"""Pipes: classes that are methods of each other."""

from __future__ import annotations

import pytest

from wengert.utils.data import (
    DataChunk,
    DataLoader,
    IterDataPipe,
    MapDataPipe,
    argument_validation,
    functional_datapipe,
    guaranteed_datapipes_determinism,
    non_deterministic,
    runtime_validation,
    runtime_validation_disabled,
)


class Source(IterDataPipe[int]):
    def __init__(self, values):
        self.values = values

    @runtime_validation
    def __iter__(self):
        yield from self.values


@pytest.fixture
def doubled():
    @functional_datapipe("doubled")
    class Doubled(IterDataPipe):
        @argument_validation
        def __init__(self, source: IterDataPipe, times=2):
            self.source, self.times = source, times

        def __iter__(self):
            return (self.times * each for each in self.source)

    yield Doubled
    del IterDataPipe.functions["doubled"]


def test_a_class_as_a_method(doubled):
    pipe = Source([1, 2, 3]).doubled().doubled(times=3)
    assert list(pipe) == [6, 12, 18]
    assert [batch.tolist() for batch in DataLoader(pipe, 2)] == [[6, 12], [18]]
    with pytest.raises(AttributeError, match="no attribute 'tripled'"):
        pipe.tripled()
    with pytest.raises(Exception, match="already taken"):
        functional_datapipe("doubled")(doubled)
    with pytest.raises(TypeError, match="can only decorate"):
        functional_datapipe("other")(int)
    with pytest.raises(TypeError, match="Expected argument 'source' as a IterDataPipe"):
        doubled([1])


def test_samples_of_the_class_that_a_pipe_says():
    with pytest.raises(RuntimeError, match=r"subtype of <class 'int'>.*<class 'str'>"):
        list(Source([1, "a"]))
    with runtime_validation_disabled():
        assert list(Source([1, "a"])) == [1, "a"]


def test_determinism():
    @non_deterministic
    class Always(MapDataPipe):
        pass

    @non_deterministic(lambda shuffle: shuffle)
    class Perhaps(MapDataPipe):
        def __init__(self, shuffle):
            self.shuffle = shuffle

    assert Perhaps(True).shuffle and isinstance(Always(), MapDataPipe)
    with guaranteed_datapipes_determinism():
        assert not Perhaps(False).shuffle
        with pytest.raises(TypeError, match="Perhaps is non-deterministic"):
            Perhaps(True)
        with pytest.raises(TypeError, match="Always is non-deterministic"):
            Always()
    Always()


def test_chunks():
    chunk = DataChunk([1, 2])
    assert chunk == [1, 2] and chunk.as_str(" ") == " [1, 2]"
    assert list(chunk.raw_iterator()) == [1, 2]
