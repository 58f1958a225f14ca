"""The table of modules that `modules.py` compares: how one is made, and what it is called with.

A row is a text that makes the module, evaluated with ``nn`` and ``torch`` of either side, and the
arguments of the call. Arrays of floats take part in the gradients unless they are `Held`. Where
the call is more than ``module(*arguments)``, it is a function of the framework and the module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

NOT_COMPARED = {
    "Container": "deprecated since 2017; a Module does the same",
    "CrossMapLRN2d": "superseded by LocalResponseNorm",
    "DataParallel": "for several GPUs",
    "LinearCrossEntropyOptions": "a record, no module",
    "Module": "the base class: every row is one",
    "NLLLoss2d": "deprecated; NLLLoss takes its place",
    "RNNBase": "the base class of RNN, LSTM and GRU",
    "RNNCellBase": "the base class of the cells",
    "SyncBatchNorm": "for several processes with a GPU each",
}


class Held(NamedTuple):
    """An argument without a gradient."""

    value: Any


class Row(NamedTuple):
    """A module to make, and how it is called."""

    text: str
    inputs: tuple[Any, ...]
    call: Callable[..., Any] | None = None

    @property
    def covers(self) -> str:
        """The name of the class."""
        return self.text.partition("(")[0].rpartition(".")[2]


MOST_ULPS = {"orthogonal": 1000.0, "spectral_norm": 16.0}
"""How far apart initial values may be, where it is more than 1: QR decompositions of two libraries
in float32, products that are normalised again and again."""

ROWS: list[Row] = []
_rng = np.random.default_rng(0)


def row(text: str, *inputs: Any, call: Callable[..., Any] | None = None) -> None:
    ROWS.append(Row(text, inputs, call))


def rows(texts: Sequence[str], *inputs: Any, call: Callable[..., Any] | None = None) -> None:
    for text in texts:
        row(text, *inputs, call=call)


def normal(*shape: int) -> Any:
    return np.asarray(_rng.normal(size=shape), "float32")


def unit(*shape: int) -> Any:
    """Between 0 and 1, away from both."""
    return np.asarray(_rng.uniform(0.05, 0.95, shape), "float32")


def positive(*shape: int) -> Any:
    return np.asarray(_rng.uniform(0.2, 2.0, shape), "float32")


def whole(high: int, *shape: int) -> Any:
    return np.asarray(_rng.integers(0, high, shape), "int64")


def signs(*shape: int) -> Any:
    return np.asarray(2 * _rng.integers(0, 2, shape) - 1, "float32")


def log_probs(*shape: int) -> Any:
    x = _rng.normal(size=shape)
    return np.asarray(x - np.log(np.exp(x).sum(-1, keepdims=True)), "float32")


def held(value: Any) -> Held:
    return Held(value)


# ---- linear, embedding, shape ----

row("nn.Identity(54, unused=True)", normal(3, 4))
row("nn.Linear(5, 3)", normal(4, 5))
row("nn.Linear(5, 3, bias=False)", normal(2, 4, 5))
row("nn.Linear(5, 3)", normal(5))
row("nn.Bilinear(4, 5, 3)", normal(6, 4), normal(6, 5))
row("nn.Bilinear(4, 5, 3, bias=False)", normal(2, 6, 4), normal(2, 6, 5))
row("nn.Flatten()", normal(2, 3, 4))
row("nn.Flatten(0, 1)", normal(2, 3, 4))
row("nn.Unflatten(1, (2, 3))", normal(2, 6, 4))
row("nn.Embedding(7, 4)", whole(7, 3, 5))
row("nn.Embedding(7, 4, padding_idx=2)", whole(7, 3, 5))
row("nn.Embedding(7, 4, padding_idx=-1, max_norm=1.0)", whole(7, 5))
row("nn.Embedding(7, 4, scale_grad_by_freq=True)", whole(7, 3, 5))
row("nn.EmbeddingBag(7, 4)", whole(7, 3, 5))
row("nn.EmbeddingBag(7, 4, mode='sum')", whole(7, 9), np.array([0, 2, 2, 5]))
row("nn.EmbeddingBag(7, 4, mode='max')", whole(7, 3, 5))
row("nn.EmbeddingBag(7, 4, mode='sum', padding_idx=1)", whole(7, 3, 5))
row("nn.EmbeddingBag(7, 4, mode='mean', include_last_offset=True)", whole(7, 9),
    np.array([0, 2, 5, 9]))
row("nn.CosineSimilarity(dim=1, eps=1e-8)", normal(4, 5), normal(4, 5))
row("nn.PairwiseDistance(p=2)", normal(4, 5), normal(4, 5))
row("nn.PairwiseDistance(p=1, keepdim=True)", normal(4, 5), normal(4, 5))
row("nn.PixelShuffle(2)", normal(2, 8, 3, 4))
row("nn.PixelUnshuffle(2)", normal(2, 2, 4, 6))
row("nn.ChannelShuffle(2)", normal(2, 6, 3, 3))
row("nn.Fold((4, 5), (2, 2))", normal(2, 8, 12))
row("nn.Fold((6, 6), 3, dilation=1, padding=1, stride=2)", normal(2, 18, 9))
row("nn.Unfold((2, 3), dilation=1, padding=1, stride=2)", normal(2, 3, 6, 7))
row("nn.Upsample(scale_factor=2)", normal(2, 3, 4))
row("nn.Upsample(size=(5, 7), mode='bilinear')", normal(2, 3, 4, 4))
row("nn.Upsample(scale_factor=(2.0, 1.5), mode='bilinear', align_corners=True)",
    normal(2, 3, 4, 4))
row("nn.Upsample(scale_factor=2, mode='bicubic')", normal(1, 2, 4, 5))
row("nn.Upsample(scale_factor=2, mode='trilinear')", normal(1, 2, 3, 4, 2))
row("nn.Upsample(size=9, mode='linear')", normal(2, 3, 4))
row("nn.UpsamplingNearest2d(scale_factor=2)", normal(2, 3, 4, 4))
row("nn.UpsamplingBilinear2d(size=(6, 5))", normal(2, 3, 4, 4))

# ---- activations ----

rows(["nn.CELU()", "nn.CELU(0.5)", "nn.ELU()", "nn.ELU(alpha=0.7)", "nn.GELU()",
      "nn.GELU(approximate='tanh')", "nn.GLU()", "nn.GLU(0)", "nn.Hardshrink(0.4)",
      "nn.Hardsigmoid()", "nn.Hardswish()", "nn.Hardtanh()", "nn.Hardtanh(-0.5, 0.3)",
      "nn.LeakyReLU(0.1)", "nn.LogSigmoid()", "nn.LogSoftmax(dim=1)", "nn.Mish()", "nn.PReLU()",
      "nn.PReLU(6, init=0.1)", "nn.RReLU()", "nn.ReLU()", "nn.ReLU6()", "nn.SELU()", "nn.SiLU()",
      "nn.Sigmoid()", "nn.Softmax(dim=-1)", "nn.Softmin(dim=0)", "nn.Softplus()",
      "nn.Softplus(beta=2, threshold=1.5)", "nn.Softshrink(0.4)", "nn.Softsign()", "nn.Tanh()",
      "nn.Tanhshrink()", "nn.Threshold(0.1, 20)"], 2 * normal(4, 6))
row("nn.Softmax2d()", normal(2, 3, 4, 4))
rows(["nn.ReLU(inplace=True)", "nn.LeakyReLU(0.2, inplace=True)", "nn.SiLU(inplace=True)"],
     normal(3, 4), call=lambda torch, m, x: m(x * 1))

# ---- losses ----

for loss in ("L1Loss()", "MSELoss()", "MSELoss(reduction='sum')", "MSELoss(reduction='none')",
             "SmoothL1Loss()", "SmoothL1Loss(beta=0.5)", "HuberLoss(delta=0.7)"):
    row(f"nn.{loss}", normal(4, 5), normal(4, 5))
row("nn.CrossEntropyLoss()", normal(4, 5), whole(5, 4))
row("nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=1)", normal(6, 5), whole(5, 6))
row("nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]), reduction='sum')",
    normal(4, 3, 2, 2), whole(3, 4, 2, 2))
row("nn.LinearCrossEntropyLoss(3, 5)", normal(4, 3), whole(5, 4))
row("nn.LinearCrossEntropyLoss(3, 5, bias=True, reduction='sum', ignore_index=2)", normal(4, 3),
    whole(5, 4))
row("nn.LinearCrossEntropyLoss(3, 5, out_features=(2, 2), bias=True, label_smoothing=0.1)",
    normal(4, 3), whole(5, 4, 2, 2))
row("nn.CrossEntropyLoss(reduction='none')", normal(4, 5), held(np.exp(log_probs(4, 5))))
row("nn.NLLLoss()", log_probs(4, 5), whole(5, 4))
row("nn.NLLLoss(weight=torch.tensor([0.5, 1.0, 2.0]), ignore_index=0)", log_probs(6, 3),
    whole(3, 6))
row("nn.NLLLoss(reduction='none')", normal(2, 3, 4, 4), whole(3, 2, 4, 4))
row("nn.BCELoss()", unit(4, 5), held(unit(4, 5)))
row("nn.BCELoss(weight=torch.tensor([0.5, 1.0, 2.0]), reduction='sum')", unit(4, 3),
    held(unit(4, 3)))
row("nn.BCEWithLogitsLoss()", normal(4, 5), held(unit(4, 5)))
row("nn.BCEWithLogitsLoss(pos_weight=torch.tensor([0.5, 1.0, 2.0]))", normal(4, 3),
    held(unit(4, 3)))
row("nn.KLDivLoss(reduction='batchmean')", log_probs(4, 5), held(np.exp(log_probs(4, 5))))
row("nn.KLDivLoss(reduction='sum', log_target=True)", log_probs(4, 5), held(log_probs(4, 5)))
row("nn.PoissonNLLLoss()", normal(4, 5), held(positive(4, 5)))
row("nn.PoissonNLLLoss(log_input=False, full=True)", positive(4, 5), held(3 * positive(4, 5)))
row("nn.GaussianNLLLoss()", normal(4, 5), held(normal(4, 5)), positive(4, 5))
row("nn.GaussianNLLLoss(full=True, reduction='sum')", normal(4, 5), held(normal(4, 5)),
    positive(4, 1))
row("nn.HingeEmbeddingLoss(margin=0.8)", normal(4, 5), held(signs(4, 5)))
row("nn.MarginRankingLoss(margin=0.3)", normal(6), normal(6), held(signs(6)))
row("nn.SoftMarginLoss()", normal(4, 5), held(signs(4, 5)))
row("nn.CosineEmbeddingLoss(margin=0.1)", normal(6, 5), normal(6, 5), held(signs(6)))
row("nn.TripletMarginLoss(margin=1.5)", normal(4, 5), normal(4, 5), normal(4, 5))
row("nn.TripletMarginLoss(swap=True, p=1)", normal(4, 5), normal(4, 5), normal(4, 5))
row("nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(p=1), swap=True)",
    normal(4, 5), normal(4, 5), normal(4, 5))
row("nn.MultiLabelMarginLoss()", normal(3, 4), np.array([[3, 0, -1, 1], [1, -1, 0, 0],
                                                         [0, 1, 2, 3]]))
row("nn.MultiLabelSoftMarginLoss()", normal(4, 5), held((signs(4, 5) + 1) / 2))
row("nn.MultiMarginLoss()", normal(4, 5), whole(5, 4))
row("nn.MultiMarginLoss(p=2, margin=0.7, reduction='none')", normal(4, 5), whole(5, 4))
row("nn.CTCLoss()", log_probs(8, 2, 5), np.array([[1, 2, 2], [3, 1, 4]]), np.array([8, 7]),
    np.array([3, 2]))
row("nn.CTCLoss(blank=4, reduction='none', zero_infinity=True)", log_probs(6, 2, 5),
    np.array([0, 1, 3, 3, 2]), np.array([6, 5]), np.array([2, 3]))
row("nn.AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs=[4, 8], div_value=2.0)", normal(10, 8),
    whole(12, 10))
row("nn.AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs=[4, 8], div_value=2.0, head_bias=True)",
    normal(10, 8), call=lambda torch, m, x: m.log_prob(x))

# ---- dropout ----

rows(["nn.Dropout()", "nn.Dropout(0.2)", "nn.AlphaDropout(0.3)", "nn.FeatureAlphaDropout(0.3)"],
     normal(4, 5))
rows(["nn.Dropout(0.4)", "nn.AlphaDropout(0.4)", "nn.Dropout(0.4, inplace=True)"],
     normal(3, 4, 5, 2), call=lambda torch, m, x: m((2 * x).permute(2, 0, 3, 1)))
rows(["nn.Dropout(0.4)"], normal(4, 6, 2), call=lambda torch, m, x: m(x[:, ::2].transpose(0, 1)))
row("nn.Dropout1d(0.4)", normal(3, 6, 4))
row("nn.Dropout2d(0.4)", normal(3, 6, 4, 2))
row("nn.Dropout3d(0.4)", normal(3, 6, 2, 2, 3))

# ---- normalisation ----

for norm in ("BatchNorm", "InstanceNorm"):
    for dims, shape in ((1, (4, 3, 5)), (2, (4, 3, 4, 5)), (3, (3, 3, 2, 3, 4))):
        row(f"nn.{norm}{dims}d(3)", normal(*shape))
        row(f"nn.{norm}{dims}d(3, affine={norm == 'InstanceNorm'}, momentum=0.3, "
            f"track_running_stats={norm == 'InstanceNorm'})", normal(*shape))
        row(f"nn.Lazy{norm}{dims}d()", normal(*shape))
row("nn.BatchNorm1d(3)", normal(5, 3))
row("nn.BatchNorm2d(3, momentum=None)", normal(4, 3, 4, 5))
row("nn.LayerNorm(5)", normal(4, 5))
row("nn.LayerNorm((4, 5), eps=1e-4, bias=False)", normal(3, 4, 5))
row("nn.LayerNorm([4, 5], elementwise_affine=False)", normal(3, 4, 5))
row("nn.RMSNorm(5)", normal(4, 5))
row("nn.RMSNorm((4, 5), eps=1e-5, elementwise_affine=False)", normal(3, 4, 5))
row("nn.GroupNorm(2, 6)", normal(3, 6, 4))
row("nn.GroupNorm(3, 6, affine=False)", normal(3, 6, 4, 2))
row("nn.LocalResponseNorm(3)", normal(2, 6, 4, 4))
row("nn.LocalResponseNorm(4, alpha=0.1, beta=0.6, k=2.0)", normal(2, 6, 5))

# ---- convolution ----

SPACES = ((1, (2, 4, 9)), (2, (2, 4, 7, 8)), (3, (1, 4, 5, 6, 5)))
for dims, shape in SPACES:
    row(f"nn.Conv{dims}d(4, 6, 3)", normal(*shape))
    row(f"nn.Conv{dims}d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2, bias=False)",
        normal(*shape))
    row(f"nn.Conv{dims}d(4, 4, 3, padding='same', padding_mode='circular')", normal(*shape))
    row(f"nn.ConvTranspose{dims}d(4, 6, 3)", normal(*shape))
    row(f"nn.ConvTranspose{dims}d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, "
        "bias=False)", normal(*shape))
    row(f"nn.LazyConv{dims}d(5, 2)", normal(*shape))
    row(f"nn.LazyConvTranspose{dims}d(5, 2, stride=2)", normal(*shape))
row("nn.Conv2d(4, 8, (3, 2), padding=(2, 1), stride=(1, 2), padding_mode='reflect')",
    normal(2, 4, 7, 8))
row("nn.Conv2d(4, 8, 3, groups=4, padding='valid', padding_mode='zeros')", normal(4, 7, 8))
row("nn.Conv1d(4, 6, 3, padding=1, padding_mode='replicate')", normal(2, 4, 9))
row("nn.ConvTranspose2d(4, 3, (2, 3), stride=(2, 1), dilation=2)", normal(2, 4, 5, 6))
row("nn.ConvTranspose1d(4, 3, 3, stride=3)", normal(2, 4, 5),
    call=lambda torch, m, x: m(x, output_size=[16]))
row("nn.LazyLinear(3)", normal(4, 5))

# ---- pooling ----

for dims, shape in SPACES:
    for pool in (f"MaxPool{dims}d(2)", f"MaxPool{dims}d(3, stride=2, padding=1)",
                 f"MaxPool{dims}d(2, stride=1, dilation=2, ceil_mode=True)",
                 f"AvgPool{dims}d(2)",
                 f"AvgPool{dims}d(3, stride=2, padding=1, count_include_pad=False, "
                 "ceil_mode=True)",
                 f"LPPool{dims}d(2, 2)", f"LPPool{dims}d(1.5, 3, stride=1, ceil_mode=True)",
                 f"AdaptiveAvgPool{dims}d(3)", f"AdaptiveMaxPool{dims}d(2)"):
        x = positive(*shape) if pool.startswith("LP") else normal(*shape)
        row(f"nn.{pool}", x)
    row(f"nn.MaxPool{dims}d(2, return_indices=True)", normal(*shape))
    row(f"nn.AdaptiveMaxPool{dims}d(3, return_indices=True)", normal(*shape))
row("nn.AvgPool2d((2, 3), divisor_override=4)", normal(2, 3, 6, 6))
row("nn.AdaptiveAvgPool2d((None, 4))", normal(2, 3, 5, 7))
row("nn.AdaptiveAvgPool2d(1)", normal(3, 5, 7))
row("nn.FractionalMaxPool2d(2, output_size=(3, 4))", normal(2, 3, 7, 8))
row("nn.FractionalMaxPool2d((2, 3), output_ratio=0.5)", normal(2, 3, 8, 9))
row("nn.FractionalMaxPool3d(2, output_size=3)", normal(1, 2, 6, 7, 6))


def unpool(dims: int) -> Callable[..., Any]:
    def call(torch: Any, m: Any, x: Any) -> Any:
        pool = getattr(torch.nn.functional, f"max_pool{dims}d")
        return m(*pool(x, 2, return_indices=True))

    return call


for dims, shape in ((1, (2, 3, 8)), (2, (2, 3, 6, 8)), (3, (1, 2, 4, 4, 6))):
    row(f"nn.MaxUnpool{dims}d(2)", normal(*shape), call=unpool(dims))

# ---- padding ----

for dims, shape in ((1, (2, 3, 6)), (2, (2, 3, 5, 6)), (3, (1, 2, 4, 5, 6))):
    sides = tuple(range(1, 2 * dims + 1)) if dims < 3 else (1, 0, 2, 1, 1, 2)
    for pad in ("Circular", "Reflection", "Replication", "Zero"):
        row(f"nn.{pad}Pad{dims}d(2)", normal(*shape))
        row(f"nn.{pad}Pad{dims}d({sides})", normal(*shape))
    row(f"nn.ConstantPad{dims}d({sides}, 3.5)", normal(*shape))
row("nn.ZeroPad2d((-1, 1, 0, -1))", normal(2, 3, 5, 6))

# ---- recurrent ----


def packed(torch: Any, m: Any, x: Any, *state: Any) -> Any:
    """The sequences of a batch with 5, 2 and 3 steps."""
    package = torch.nn.utils.rnn
    sequence = package.pack_padded_sequence(x, [5, 2, 3], enforce_sorted=False)
    output, hidden = m(sequence, *state)
    return *package.pad_packed_sequence(output), hidden


for kind in ("RNN", "GRU"):
    row(f"nn.{kind}(3, 4)", normal(5, 2, 3))
    row(f"nn.{kind}(3, 4, num_layers=2, batch_first=True, bidirectional=True, dropout=0.3)",
        normal(2, 5, 3))
    row(f"nn.{kind}(3, 4, bias=False)", normal(5, 2, 3), normal(1, 2, 4))
    row(f"nn.{kind}(3, 4)", normal(5, 3))
    row(f"nn.{kind}(3, 4, bidirectional=True)", normal(5, 3, 3), call=packed)
    row(f"nn.{kind}Cell(3, 4)", normal(2, 3), normal(2, 4))
    row(f"nn.{kind}Cell(3, 4, bias=False)", normal(3))
row("nn.RNN(3, 4, 2, nonlinearity='relu')", normal(5, 2, 3))
row("nn.RNNCell(3, 4, nonlinearity='relu')", normal(2, 3))
row("nn.LSTM(3, 4)", normal(5, 2, 3))
row("nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True, dropout=0.3)",
    normal(2, 5, 3))
row("nn.LSTM(3, 4, bias=False)", normal(5, 2, 3), (normal(1, 2, 4), normal(1, 2, 4)))
row("nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True)", normal(5, 2, 3))
row("nn.LSTM(3, 4, bidirectional=True)", normal(5, 3, 3), call=packed)
row("nn.LSTM(3, 4)", normal(5, 3))
row("nn.LSTMCell(3, 4)", normal(2, 3), (normal(2, 4), normal(2, 4)))
row("nn.LSTMCell(3, 4, bias=False)", normal(2, 3))

# ---- attention ----

CAUSAL = np.triu(np.ones((4, 4), bool), 1)
PADDING = np.array([[False, False, False, False], [False, False, False, True]])

row("nn.MultiheadAttention(6, 2)", normal(4, 2, 6), normal(5, 2, 6), normal(5, 2, 6))
row("nn.MultiheadAttention(6, 2, batch_first=True, dropout=0.2)", normal(2, 4, 6), normal(2, 5, 6),
    normal(2, 5, 6))
row("nn.MultiheadAttention(6, 3, kdim=4, vdim=5, bias=False)", normal(4, 2, 6), normal(5, 2, 4),
    normal(5, 2, 5))
row("nn.MultiheadAttention(6, 2, add_bias_kv=True, add_zero_attn=True)", normal(4, 2, 6),
    normal(5, 2, 6), normal(5, 2, 6))
row("nn.MultiheadAttention(6, 2, batch_first=True)", normal(2, 4, 6), held(CAUSAL), held(PADDING),
    call=lambda torch, m, x, mask, padding: m(
        x, x, x, attn_mask=mask, key_padding_mask=padding, average_attn_weights=False))
row("nn.MultiheadAttention(6, 2)", normal(4, 6),
    call=lambda torch, m, x: m(x, x, x, need_weights=False))
row("nn.TransformerEncoderLayer(6, 2, 8)", normal(4, 2, 6))
row("nn.TransformerEncoderLayer(6, 2, 8, dropout=0.3, activation='gelu', batch_first=True, "
    "norm_first=True, bias=False)", normal(2, 4, 6))
row("nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, batch_first=True)", normal(2, 4, 6),
    held(CAUSAL), held(PADDING))
row("nn.TransformerDecoderLayer(6, 2, 8)", normal(4, 2, 6), normal(5, 2, 6))
row("nn.TransformerDecoderLayer(6, 2, 8, dropout=0.0, norm_first=True)", normal(4, 2, 6),
    normal(5, 2, 6), held(CAUSAL))
row("nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8), 2, norm=nn.LayerNorm(6), "
    "enable_nested_tensor=False)", normal(4, 2, 6))
row("nn.TransformerDecoder(nn.TransformerDecoderLayer(6, 2, 8, dropout=0.0), 2)", normal(4, 2, 6),
    normal(5, 2, 6))
row("nn.Transformer(6, 2, 1, 2, 8, dropout=0.0, batch_first=True)", normal(2, 3, 6),
    normal(2, 4, 6), call=lambda torch, m, x, y: m(
        x, y, tgt_mask=m.generate_square_subsequent_mask(4), tgt_is_causal=True))

# ---- containers ----

row("nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.3), "
    "nn.Linear(4, 2))", normal(5, 3))
row("nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3), nn.Tanh()])", normal(5, 3),
    call=lambda torch, m, x: [x := each(x) for each in m])
row("nn.ModuleDict({'a': nn.Linear(3, 3), 'b': nn.ModuleDict({'c': nn.PReLU()})})", normal(5, 3),
    call=lambda torch, m, x: m["b"]["c"](m["a"](x)))
row("nn.ParameterList([nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.zeros(3))])",
    normal(2, 3), call=lambda torch, m, x: x * m[0] + m[1])
row("nn.ParameterDict({'b': nn.Parameter(torch.ones(2, 3)), 'a': nn.Parameter(torch.zeros(3))})",
    normal(2, 3), call=lambda torch, m, x: x * m["b"] + m["a"])

# ---- wrapped ----

row("nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))", normal(5, 4))
row("nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3), dim=1)", normal(2, 2, 6))
row("nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3))", normal(5, 4))
row("nn.utils.parametrizations.orthogonal(nn.Linear(4, 3))", normal(5, 4))
row("nn.utils.spectral_norm(nn.Linear(4, 3))", normal(5, 4))
