"""Training in mixed precision follows PyTorch's, within the rounding of bfloat16."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")

MODELS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    "dense": ((6,), lambda nn: nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(),
                                             nn.Linear(8, 3))),
    "convolutions": ((1, 6, 6), lambda nn: nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(16, 3))),
    "lstm": ((3, 3), lambda nn: nn.LSTM(3, 4, batch_first=True)),
    "gru": ((3, 3), lambda nn: nn.GRU(3, 4, batch_first=True)),
    "transformer": ((3, 4), lambda nn: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True,
                                                                  dropout=0.0))}


def train(library: Any, make: Callable[[Any], Any], shape: tuple[int, ...]) -> list[float]:
    functional = library.nn.functional
    library.manual_seed(0)
    model = make(library.nn)
    optimizer = library.optim.SGD(model.parameters(), 0.05)
    scaler = library.amp.GradScaler("cpu", init_scale=64.0)
    losses = []
    for k in range(12):
        numbers = np.random.RandomState(k).randn(4 + k % 2, *shape).astype("float32")
        with library.autocast("cpu"):
            y = model(library.tensor(numbers))
            y = y[0] if isinstance(y, tuple) else y
            loss = functional.cross_entropy(y.flatten(1)[:, :3],
                                            library.arange(len(numbers)) % 3)
        assert str(loss.dtype).endswith("float32")
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", MODELS)
def test_training_follows_pytorch(name: str) -> None:
    shape, make = MODELS[name]
    found = train(wengert, make, shape)
    try:
        wanted = train(torch, make, shape)
    except RuntimeError as error:   # an LSTM in bfloat16, without the instructions for it
        if "primitive descriptor" not in str(error):
            raise
        pytest.skip("PyTorch cannot do it on this processor")
    np.testing.assert_allclose(found, wanted, rtol=0.01)
