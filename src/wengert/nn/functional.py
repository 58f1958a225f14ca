"""``torch.nn.functional``: activations, normalisations, losses and the like as functions.

Each is one recorded operation. Functions with ``inplace=True`` write their result to their input.
"""

from __future__ import annotations

from typing import Any

from ..functions import (
    activations,
    batch,
    convolution,
    joins,
    losses,
    neural,
    pointwise,
    pooling,
    resampling,
)
from ..functions import linear as products
from ..functions.attention import multi_head_attention_forward, scaled_dot_product_attention
from ..functions.batch import batch_norm, instance_norm, local_response_norm
from ..functions.dropout import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
)
from ..functions.neural import one_hot
from ..functions.pooling import (
    adaptive_max_pool1d,
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d,
    adaptive_max_pool3d_with_indices,
    fractional_max_pool2d,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d,
    fractional_max_pool3d_with_indices,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool2d_with_indices,
    max_pool3d,
    max_pool3d_with_indices,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from ..functions.resampling import (
    affine_grid,
    grid_sample,
    upsample,
    upsample_bilinear,
    upsample_nearest,
)
from ..functions.sampled import gumbel_softmax, rrelu
from ..names.missing import answer_missing_names
from ..tensors.recorded import Operation, function, in_place_if_asked
from .bags import embedding, embedding_bag
from .criteria import (
    ctc_loss,
    multilabel_margin_loss,
    pdist,
    triplet_margin_with_distance_loss,
)
from .linear_loss import linear_cross_entropy

# Activations
relu = in_place_if_asked(activations.relu)
relu6 = in_place_if_asked(activations.relu6)
threshold = in_place_if_asked(activations.threshold)
hardtanh = in_place_if_asked(activations.hardtanh)
hardsigmoid = in_place_if_asked(activations.hardsigmoid)
hardswish = in_place_if_asked(activations.hardswish)
leaky_relu = in_place_if_asked(activations.leaky_relu)
elu = in_place_if_asked(activations.elu)
selu = in_place_if_asked(activations.selu)
celu = in_place_if_asked(activations.celu)
silu = in_place_if_asked(activations.silu)
mish = in_place_if_asked(activations.mish)
prelu = function(activations.prelu)
gelu = function(activations.gelu)
glu = function(batch.glu)
softplus = function(activations.softplus)
logsigmoid = function(activations.logsigmoid)
softsign = function(activations.softsign)
tanhshrink = function(activations.tanhshrink)
hardshrink = function(activations.hardshrink)
softshrink = function(activations.softshrink)
sigmoid = function(pointwise.sigmoid)
tanh = function(pointwise.tanh)


def _written(name: str, to: Any) -> Any:
    def write(input: Any, *args: Any, **kwargs: Any) -> Any:
        return to(input, *args, inplace=True, **kwargs)

    write.__name__ = write.__qualname__ = name
    write.__doc__ = f"In-place :func:`{name[:-1]}`."
    return write


relu_ = _written("relu_", relu)
threshold_ = _written("threshold_", threshold)
hardtanh_ = _written("hardtanh_", hardtanh)
leaky_relu_ = _written("leaky_relu_", leaky_relu)
elu_ = _written("elu_", elu)
selu_ = _written("selu_", selu)
celu_ = _written("celu_", celu)
rrelu_ = _written("rrelu_", rrelu)


def _softened(op: Operation, doc: str) -> Any:
    plain = function(op)

    def soften(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
        return plain(input, neural.implied_dim(dim, getattr(input, "ndim", 1)), dtype)

    soften.__name__ = soften.__qualname__ = op.name
    soften.__doc__ = doc
    return soften


softmax = _softened(neural.softmax, "``exp(input) / exp(input).sum(dim)``, without overflow.")
softmin = _softened(neural.softmin, "``softmax(-input)``.")
log_softmax = _softened(neural.log_softmax, "``log(softmax(input))``, without overflow.")

# Linear maps and look-ups
linear = function(products.linear)
bilinear = function(products.bilinear)
interpolate = function(resampling.interpolate)
pad = function(joins.pad)
pixel_shuffle = function(joins.pixel_shuffle)
pixel_unshuffle = function(joins.pixel_unshuffle)

# Convolutions and patches
conv1d = function(convolution.conv1d)
conv2d = function(convolution.conv2d)
conv3d = function(convolution.conv3d)
conv_transpose1d = function(convolution.conv_transpose1d)
conv_transpose2d = function(convolution.conv_transpose2d)
conv_transpose3d = function(convolution.conv_transpose3d)
conv_tbc = function(convolution.conv_tbc)
channel_shuffle = native_channel_shuffle = function(resampling.channel_shuffle)
_im2col, _col2im = function(convolution.im2col), function(convolution.col2im)


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
           stride: Any = 1) -> Any:
    """The patches under a sliding window, as columns: (N, C, H, W) to (N, C * kernel, windows)."""
    return _im2col(input, kernel_size, dilation, padding, stride)


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
         stride: Any = 1) -> Any:
    """Columns added up to an image, the transpose of :func:`unfold`: (N, C * kernel, windows) to
    (N, C, *output_size)."""
    return _col2im(input, output_size, kernel_size, dilation, padding, stride)


# Pooling
avg_pool1d = function(pooling.avg_pool1d)
avg_pool2d = function(pooling.avg_pool2d)
avg_pool3d = function(pooling.avg_pool3d)
lp_pool1d = function(pooling.lp_pool1d)
lp_pool2d = function(pooling.lp_pool2d)
lp_pool3d = function(pooling.lp_pool3d)
adaptive_avg_pool1d = function(pooling.adaptive_avg_pool1d)
adaptive_avg_pool2d = function(pooling.adaptive_avg_pool2d)
adaptive_avg_pool3d = function(pooling.adaptive_avg_pool3d)

# Normalisation and distances
layer_norm = function(neural.layer_norm)
rms_norm = function(neural.rms_norm)
group_norm = function(neural.group_norm)
normalize = function(neural.normalize)
cosine_similarity = function(neural.cosine_similarity)
pairwise_distance = function(neural.pairwise_distance)

# Losses
mse_loss = function(losses.mse_loss)
l1_loss = function(losses.l1_loss)
smooth_l1_loss = function(losses.smooth_l1_loss)
huber_loss = function(losses.huber_loss)
nll_loss = function(losses.nll_loss)
cross_entropy = function(losses.cross_entropy)
binary_cross_entropy = function(losses.binary_cross_entropy)
binary_cross_entropy_with_logits = function(losses.binary_cross_entropy_with_logits)
kl_div = function(losses.kl_div)
poisson_nll_loss = function(losses.poisson_nll_loss)
gaussian_nll_loss = function(losses.gaussian_nll_loss)
hinge_embedding_loss = function(losses.hinge_embedding_loss)
margin_ranking_loss = function(losses.margin_ranking_loss)
cosine_embedding_loss = function(losses.cosine_embedding_loss)
triplet_margin_loss = function(losses.triplet_margin_loss)
soft_margin_loss = function(losses.soft_margin_loss)
multi_margin_loss = function(losses.multi_margin_loss)
multilabel_soft_margin_loss = function(losses.multilabel_soft_margin_loss)

__all__ = [
    "scaled_dot_product_attention", "multi_head_attention_forward",
    "relu", "relu6", "threshold", "hardtanh", "hardsigmoid", "hardswish", "leaky_relu", "elu",
    "selu", "celu", "silu", "mish", "prelu", "gelu", "softplus", "logsigmoid", "softsign",
    "tanhshrink", "hardshrink", "softshrink", "sigmoid", "tanh", "glu", "rrelu", "gumbel_softmax",
    "relu_", "threshold_", "hardtanh_", "leaky_relu_", "elu_", "selu_", "celu_", "rrelu_",
    "batch_norm", "instance_norm", "local_response_norm", "embedding_bag", "pdist", "ctc_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "triplet_margin_with_distance_loss",
    "softmax", "softmin", "log_softmax",
    "linear", "bilinear", "embedding", "one_hot", "pad", "pixel_shuffle", "pixel_unshuffle",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "conv_tbc", "channel_shuffle", "native_channel_shuffle", "unfold", "fold",
    "max_pool1d", "max_pool2d", "max_pool3d", "max_pool1d_with_indices", "max_pool2d_with_indices",
    "max_pool3d_with_indices", "max_unpool1d", "max_unpool2d", "max_unpool3d", "avg_pool1d",
    "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d", "adaptive_avg_pool1d",
    "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d_with_indices", "fractional_max_pool2d", "fractional_max_pool3d",
    "fractional_max_pool2d_with_indices", "fractional_max_pool3d_with_indices",
    "interpolate", "upsample", "upsample_nearest", "upsample_bilinear", "grid_sample",
    "affine_grid",
    "layer_norm", "rms_norm", "group_norm", "normalize", "cosine_similarity", "pairwise_distance",
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "nll_loss", "cross_entropy",
    "linear_cross_entropy",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", "poisson_nll_loss",
    "gaussian_nll_loss", "hinge_embedding_loss", "margin_ranking_loss", "cosine_embedding_loss",
    "triplet_margin_loss", "soft_margin_loss", "multi_margin_loss",
]
answer_missing_names(__name__)
