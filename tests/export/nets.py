"""Modules as people write them, with arguments of several lengths, for ONNX."""

from __future__ import annotations

import wengert as torch
from wengert import nn
from wengert.nn import functional as F


class Convolutions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 3, padding=1, stride=2), nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 8, 3, stride=2, output_padding=1)
        self.mean, self.square = nn.AvgPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(2)
        self.drop, self.last = nn.Dropout(), nn.Linear(32, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        x = F.interpolate(self.mean(self.up(x)), scale_factor=2)
        return F.log_softmax(self.last(self.drop(self.square(x).flatten(1))), 1)


class LSTMStep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, x, state):
        return self.cell(x, state)


class Sentence(nn.Module):
    """A transformer block over embeddings and positions, with a causal mask."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(11, 8), nn.Embedding(64, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")

    def forward(self, words):
        n = words.shape[1]
        mask = torch.triu(torch.full((n, n), float("-inf")), 1)
        return self.block(self.words(words) + self.places(torch.arange(n)), src_mask=mask)


class Reductions(nn.Module):
    def forward(self, x):
        n = x.shape[0]
        return (x.mean(1), x.std(1), x.amax(0), x.sum(), x.argmax(1), (x > 0).any(1), x.norm(),
                x.logsumexp(1), x.var(0), x.prod(1), torch.arange(n) + n, x / n, x.max(1)[0],
                x.reshape(-1, 2).cumsum(0))


class Places(nn.Module):
    def forward(self, x, i):
        parts = [x[:, 1:3] * 2, x[i], x[..., -1], x[i, i], x.gather(1, i[:, None]), x[::2],
                 torch.sort(x, 1)[0], x.topk(2, 1)[0], x.flip(1), x.roll(1, 0),
                 x[None, :, [0, 2]], torch.where(x > 0, x, 0.0)]
        x = x.clone()
        x[:, 0] = 7
        x[1:] += 1
        return [*parts, x, x.unbind(1), F.one_hot(i, 4)]


class Sound(nn.Module):
    """Of any length in time too."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv1d(2, 8, 5, stride=2, padding=2), nn.BatchNorm1d(8)

    def forward(self, x):
        h = F.max_pool1d(F.leaky_relu(self.norm(self.conv(x))), 2)
        return h.std(-1), h.mean(-1), h.unfold(1, 3, 2).amax(-1).sum(1)


class Slope(nn.Module):
    """The derivative of a small network, as a physicist's network has it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, x):
        return torch.func.vmap(torch.func.grad(lambda row: self.net(row).sum()))(x)


def floats(*shape):
    return torch.randn(*shape)


NETS = {
    "perceptron": (lambda: nn.Sequential(nn.Linear(3, 4), nn.SiLU(), nn.Linear(4, 2)),
                   lambda b: (floats(b, 3),), {0: "batch"}),
    "convolutions": (Convolutions, lambda b: (floats(b, 3, 16, 16),), {0: "batch"}),
    "lstm_step": (LSTMStep, lambda b: (floats(b, 3), (floats(b, 4), floats(b, 4))), {0: "batch"}),
    "lstm": (lambda: nn.LSTM(3, 4, 2, batch_first=True), lambda b: (floats(b, 5, 3),),
             {0: "batch"}),
    "transformer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
                    lambda b: (floats(b, b + 2, 8),), {0: "batch", 1: "time"}),
    "sentence": (Sentence, lambda b: (torch.randint(0, 11, (b, b + 30)),),
                 {0: "batch", 1: "time"}),
    "reductions": (Reductions, lambda b: (floats(b, 4),), {0: "batch"}),
    "places": (Places, lambda b: (floats(b, 4), torch.arange(b) % 4), {0: "batch"}),
    "sound": (Sound, lambda b: (floats(b, 2, 20 + 3 * b),), {0: "batch", 2: "time"}),
    "slope": (Slope, lambda b: (floats(b, 2),), {0: "batch"}),
}
"""By name: the module, its arguments at a length, and what its inputs' axes are called."""
