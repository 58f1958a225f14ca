"""The functions of torch.nn.functional, with their types. Made by ``python -m tests.namespace``."""

# ruff: noqa: F401, I001  # every stub imports the same types
from builtins import bool as _bool
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from builtins import object as _object
from builtins import type as _type
from collections.abc import Callable as _Callable
from collections.abc import Iterator as _Iterator
from collections.abc import Sequence as _Sequence
from types import ModuleType as _ModuleType
from typing import Any as _Any
from typing import Literal as _Literal
from typing import NamedTuple as _NamedTuple
from typing import TypeVar as _TypeVar
from typing import overload as _overload

from numpy import ndarray as _ndarray

from wengert.autograd.hooks import RemovableHandle as _RemovableHandle
from wengert.engine.devices import device as _device
from wengert.engine.devices import layout as _layout
from wengert.engine.devices import memory_format as _memory_format
from wengert.engine.dtypes import DType as _dtype
from wengert.tensors.storage import TypedStorage as _TypedStorage
from wengert.tensors.storage import UntypedStorage as _UntypedStorage
from wengert.tensors.operators import Tensor

_Number = _complex
_Scalar = Tensor | _complex
_Device = _device | str | _int | None
_F = _TypeVar("_F", bound=_Callable[..., _Any])

def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor | _Number,
        attn_mask: Tensor | None = None, dropout_p: _float = 0.0, is_causal: _bool = False,
        scale: _float | None = None, enable_gqa: _bool = False) -> Tensor:
    """``softmax(scale query key^T + mask) value`` (Vaswani et al., 2017)."""
def multi_head_attention_forward(query: Tensor, key: Tensor, value: Tensor | _Number,
        embed_dim_to_check: _int, num_heads: _int, in_proj_weight: Tensor, in_proj_bias: Tensor,
        bias_k: Tensor, bias_v: Tensor, add_zero_attn: _bool, dropout_p: _float,
        out_proj_weight: Tensor, out_proj_bias: Tensor, training: _bool = True,
        key_padding_mask: Tensor | None = None, need_weights: _bool = True,
        attn_mask: Tensor | None = None, use_separate_proj_weight: _bool = False,
        q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None,
        v_proj_weight: Tensor | None = None, static_k: Tensor | None = None,
        static_v: Tensor | None = None, average_attn_weights: _bool = True,
        is_causal: _bool = False) -> tuple[Tensor, Tensor | None]:
    """What ``nn.MultiheadAttention`` computes, of its parameters: the output (L, N, E), and the
    weights (N, L, S), or (N, heads, L, S) without ``average_attn_weights``, or None."""
def relu(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``max(input, 0)``; its derivative at 0 is 0."""
def relu6(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``min(max(input, 0), 6)``."""
def threshold(input: Tensor, threshold: _float, value: _float, inplace: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` where it is above ``threshold``, and ``value`` elsewhere."""
def hardtanh(input: Tensor, min_val: _float = -1.0, max_val: _float = 1.0, inplace: _bool = False,
        *, out: Tensor | None = None) -> Tensor:
    """``input`` clamped to ``[min_val, max_val]``; its derivative at both ends is 0."""
def hardsigmoid(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``relu6(input + 3) / 6``."""
def hardswish(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``input * relu6(input + 3) / 6`` (Howard et al., 2019)."""
def leaky_relu(input: Tensor, negative_slope: _float = 0.01, inplace: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` above 0, and ``negative_slope * input`` elsewhere."""
def elu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` above 0, and ``alpha * (exp(input) - 1)`` elsewhere."""
def selu(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``scale * elu(input, alpha)`` with the constants of Klambauer et al. (2017)."""
def celu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``input`` above 0, and ``alpha * (exp(input / alpha) - 1)`` elsewhere."""
def silu(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``input * sigmoid(input)``."""
def mish(input: Tensor, inplace: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``input * tanh(softplus(input))``."""
def prelu(input: Tensor, weight: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input`` above 0, and ``weight * input`` elsewhere."""
def gelu(input: Tensor, approximate: str = 'none', *, out: Tensor | None = None) -> Tensor:
    """``input * P(N <= input)`` for a standard normal N (Hendrycks and Gimpel, 2016)."""
def softplus(input: Tensor, beta: _float = 1, threshold: _float = 20, *,
        out: Tensor | None = None) -> Tensor:
    """``log(1 + exp(beta * input)) / beta``, and ``input`` where ``beta * input > threshold``."""
def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(1 / (1 + exp(-input)))``, without overflow."""
def softsign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input / (1 + abs(input))``."""
def tanhshrink(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``input - tanh(input)``."""
def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``input``, and 0 where its size is at most ``lambd``."""
def softshrink(input: Tensor, lambd: _float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``input`` moved towards 0 by ``lambd``, and 0 where its size is at most that."""
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / (1 + exp(-input))``."""
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic tangent."""
def glu(input: Tensor, dim: _int = -1, *, out: Tensor | None = None) -> Tensor:
    """``a * sigmoid(b)``, with ``a`` and ``b`` the halves of ``input`` along ``dim``."""
def rrelu(input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333,
        training: _bool = False, inplace: _bool = False, generator: _Any = None) -> Tensor:
    """``input`` where it is positive, elsewhere ``input`` times a slope drawn from [lower,
    upper); the middle of the two where not ``training``."""
def gumbel_softmax(logits: Tensor, tau: _float = 1, hard: _bool = False, eps: _float = 1e-10,
        dim: _int = -1) -> Tensor:
    """A sample of the Gumbel-softmax distribution (Jang et al., 2017): ``softmax((logits + g) /
    tau)`` with Gumbel noise g."""
def relu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`relu`."""
def threshold_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`threshold`."""
def hardtanh_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`hardtanh`."""
def leaky_relu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`leaky_relu`."""
def elu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`elu`."""
def selu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`selu`."""
def celu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`celu`."""
def rrelu_(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
    """In-place :func:`rrelu`."""
def batch_norm(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None,
        weight: Tensor | None = None, bias: Tensor | None = None, training: _bool = False,
        momentum: _Any = 0.1, eps: _float = 1e-05) -> Tensor:
    """``(input - mean) / sqrt(var + eps) * weight + bias``, per channel (dimension 1)."""
def instance_norm(input: Tensor, running_mean: Tensor | None = None,
        running_var: Tensor | None = None, weight: Tensor | None = None, bias: Tensor | None = None,
        use_input_stats: _bool = True, momentum: _float = 0.1, eps: _float = 1e-05) -> Tensor:
    """``(input - mean) / sqrt(var + eps) * weight + bias``, per sample and channel."""
def local_response_norm(input: Tensor, size: _int, alpha: _float = 0.0001, beta: _float = 0.75,
        k: _float = 1.0) -> Tensor:
    """``input / (k + alpha * m)^beta``, where m is the mean of the squares of ``size``
    neighbouring channels (Krizhevsky et al., 2012)."""
def embedding_bag(input: Tensor, weight: Tensor, offsets: Tensor | None = None,
        max_norm: _float | None = None, norm_type: _float = 2, scale_grad_by_freq: _bool = False,
        mode: str = 'mean', sparse: _bool = False, per_sample_weights: Tensor | None = None,
        include_last_offset: _bool = False, padding_idx: _int | None = None) -> Tensor:
    """The sum, mean or maximum (``mode``) of the rows of ``weight`` in each bag of ``input``."""
def pdist(input: Tensor, p: _float = 2.0) -> Tensor:
    """The p-norm distances of all pairs of rows of ``input``, [N, M] to [N (N - 1) / 2]."""
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: _Any, target_lengths: _Any,
        blank: _int = 0, reduction: str = 'mean', zero_infinity: _bool = False) -> Tensor:
    """Minus the log-probability of ``targets``, summed over all alignments (Graves et al.,
    2006)."""
def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean') -> Tensor:
    """The sum over labels y and other classes i of ``max(0, 1 - (x[y] - x[i]))``, over the
    number of classes."""
def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Tensor | None = None,
        size_average: _bool | None = None, reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """The mean over classes (the last dimension of ``input``) of the binary cross entropy with
    logits."""
def triplet_margin_with_distance_loss(anchor: Tensor, positive: Tensor, negative: Tensor, *,
        distance_function: _Callable[[_Any, _Any], _Any] | None = None, margin: _float = 1.0,
        swap: _bool = False, reduction: str = 'mean') -> Tensor:
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)``; the distance is the
    Euclidean one by default. With ``swap`` the negative may be nearer to the positive than to
    the anchor."""
def softmax(input: Tensor, dim: _int | None = None, _stacklevel: _int = 3,
        dtype: _dtype | None = None) -> Tensor:
    """``exp(input) / exp(input).sum(dim)``, without overflow."""
def softmin(input: Tensor, dim: _int | None = None, _stacklevel: _int = 3,
        dtype: _dtype | None = None) -> Tensor:
    """``softmax(-input)``."""
def log_softmax(input: Tensor, dim: _int | None = None, _stacklevel: _int = 3,
        dtype: _dtype | None = None) -> Tensor:
    """``log(softmax(input))``, without overflow."""
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: input (..., n), weight (m, n) or (n), bias (m) or ()."""
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]``: (..., n), (..., m), (k, n, m) to (..., k)."""
def embedding(input: Tensor, weight: Tensor, padding_idx: _int | None = None,
        max_norm: _float | None = None, norm_type: _float = 2.0, scale_grad_by_freq: _bool = False,
        sparse: _bool = False) -> Tensor:
    """The rows of ``weight`` at ``input``, [*] to [*, columns]."""
def one_hot(input: Tensor, num_classes: _int = -1) -> Tensor:
    """Rows of zeros with a one at the class: int64, of shape ``(*input.shape, num_classes)``."""
def pad(input: Tensor, pad: _Sequence[_int], mode: str = 'constant', value: _Scalar | None = None,
        *, out: Tensor | None = None) -> Tensor:
    """``input`` with elements added at both ends of its last dimensions."""
def pixel_shuffle(input: Tensor, upscale_factor: _int, *, out: Tensor | None = None) -> Tensor:
    """(..., C r r, H, W) to (..., C, H r, W r)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int, *, out: Tensor | None = None) -> Tensor:
    """(..., C, H r, W r) to (..., C r r, H, W)."""
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] | str = 0,
        dilation: _int | _Sequence[_int] = 1, groups: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The cross-correlation of (N, C, L) with ``weight``, (M, C / groups, K): (N, M, L_out)."""
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] | str = 0,
        dilation: _int | _Sequence[_int] = 1, groups: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The cross-correlation of (N, C, H, W) with ``weight``, (M, C / groups, *kernel)."""
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] | str = 0,
        dilation: _int | _Sequence[_int] = 1, groups: _int = 1, *,
        out: Tensor | None = None) -> Tensor:
    """The cross-correlation of (N, C, D, H, W) with ``weight``, (M, C / groups, *kernel)."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        output_padding: _int | _Sequence[_int] = 0, groups: _int = 1,
        dilation: _int | _Sequence[_int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of :func:`conv1d` in its input: (N, M, L) with ``weight`` of (M, C / groups,
    K) to (N, C, L_out)."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        output_padding: _int | _Sequence[_int] = 0, groups: _int = 1,
        dilation: _int | _Sequence[_int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of :func:`conv2d` in its input; sizes as in :func:`conv_transpose1d`."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None,
        stride: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        output_padding: _int | _Sequence[_int] = 0, groups: _int = 1,
        dilation: _int | _Sequence[_int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of :func:`conv3d` in its input; sizes as in :func:`conv_transpose1d`."""
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: _int = 0, *,
        out: Tensor | None = None) -> Tensor:
    """The convolution of (time, batch, channels) with ``weight``, (K, channels, M)."""
def channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = None) -> Tensor:
    """(N, groups * C, *size) with the channels of the groups interleaved."""
def native_channel_shuffle(input: Tensor, groups: _int, *, out: Tensor | None = None) -> Tensor:
    """(N, groups * C, *size) with the channels of the groups interleaved."""
def unfold(input: Tensor, kernel_size: _int | _Sequence[_int], dilation: _int | _Sequence[_int] = 1,
        padding: _int | _Sequence[_int] = 0, stride: _int | _Sequence[_int] = 1) -> Tensor:
    """The patches under a sliding window, as columns: (N, C, H, W) to (N, C * kernel, windows)."""
def fold(input: Tensor, output_size: _int | _Sequence[_int], kernel_size: _int | _Sequence[_int],
        dilation: _int | _Sequence[_int] = 1, padding: _int | _Sequence[_int] = 0,
        stride: _int | _Sequence[_int] = 1) -> Tensor:
    """Columns added up to an image, the transpose of :func:`unfold`: (N, C * kernel, windows) to
    (N, C, *output_size)."""
def max_pool1d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False,
        return_indices: _bool = False) -> Tensor:
    """The maxima over sliding windows of (N, C, L)."""
def max_pool2d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False,
        return_indices: _bool = False) -> Tensor:
    """The maxima over sliding windows of (N, C, H, W)."""
def max_pool3d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False,
        return_indices: _bool = False) -> Tensor:
    """The maxima over sliding windows of (N, C, D, H, W)."""
def max_pool1d_with_indices(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """:func:`max_pool1d` and where the maxima are."""
def max_pool2d_with_indices(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """:func:`max_pool2d` and where the maxima are, counted row by row in each image."""
def max_pool3d_with_indices(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        dilation: _int | _Sequence[_int] = 1, ceil_mode: _bool = False, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """:func:`max_pool3d` and where the maxima are, counted row by row in each volume."""
def max_unpool1d(input: Tensor, indices: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        output_size: _int | _Sequence[_int] | None = None) -> Tensor:
    """The inverse of ``max_pool1d`` in part: the maxima at ``indices``, zeros elsewhere."""
def max_unpool2d(input: Tensor, indices: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        output_size: _int | _Sequence[_int] | None = None) -> Tensor:
    """The inverse of ``max_pool2d`` in part: the maxima at ``indices``, zeros elsewhere."""
def max_unpool3d(input: Tensor, indices: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        output_size: _int | _Sequence[_int] | None = None) -> Tensor:
    """The inverse of ``max_pool3d`` in part: the maxima at ``indices``, zeros elsewhere."""
def avg_pool1d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        ceil_mode: _bool = False, count_include_pad: _bool = True, *,
        out: Tensor | None = None) -> Tensor:
    """The means over sliding windows of (N, C, L); ``stride`` is ``kernel_size`` by default."""
def avg_pool2d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        ceil_mode: _bool = False, count_include_pad: _bool = True,
        divisor_override: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """The means over sliding windows of (N, C, H, W), as in :func:`avg_pool1d`; a
    ``divisor_override`` takes the place of the number of elements."""
def avg_pool3d(input: Tensor, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, padding: _int | _Sequence[_int] = 0,
        ceil_mode: _bool = False, count_include_pad: _bool = True,
        divisor_override: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """The means over sliding windows of (N, C, D, H, W), as in :func:`avg_pool2d`."""
def lp_pool1d(input: Tensor, norm_type: _float, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, ceil_mode: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The p-norms over sliding windows of (N, C, L), of the sum of powers without absolute
    values; 0 where that is negative, with the gradient 0."""
def lp_pool2d(input: Tensor, norm_type: _float, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, ceil_mode: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The p-norms over sliding windows of (N, C, H, W), as in :func:`lp_pool1d`."""
def lp_pool3d(input: Tensor, norm_type: _float, kernel_size: _int | _Sequence[_int],
        stride: _int | _Sequence[_int] | None = None, ceil_mode: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """The p-norms over sliding windows of (N, C, D, H, W), as in :func:`lp_pool1d`."""
def adaptive_avg_pool1d(input: Tensor, output_size: _int | _Sequence[_int | None] | None, *,
        out: Tensor | None = None) -> Tensor:
    """The means over windows that divide (N, C, L) into ``output_size`` parts: from ``floor(i L
    / n)`` to ``ceil((i + 1) L / n)``."""
def adaptive_avg_pool2d(input: Tensor, output_size: _int | _Sequence[_int | None] | None, *,
        out: Tensor | None = None) -> Tensor:
    """The means over windows that divide (N, C, H, W) into ``output_size`` parts, as in
    :func:`adaptive_avg_pool1d`; None keeps a size."""
def adaptive_avg_pool3d(input: Tensor, output_size: _int | _Sequence[_int | None] | None, *,
        out: Tensor | None = None) -> Tensor:
    """The means over windows that divide (N, C, D, H, W) into ``output_size`` parts, as in
    :func:`adaptive_avg_pool1d`; None keeps a size."""
def adaptive_max_pool1d(input: Tensor, output_size: _int | _Sequence[_int],
        return_indices: _bool = False) -> Tensor:
    """The maxima over windows that divide (N, C, L) into ``output_size`` parts; with
    ``return_indices`` also where they are."""
def adaptive_max_pool2d(input: Tensor, output_size: _int | _Sequence[_int],
        return_indices: _bool = False) -> Tensor:
    """The maxima over windows that divide (N, C, H, W) into ``output_size`` parts; with
    ``return_indices`` also where they are."""
def adaptive_max_pool3d(input: Tensor, output_size: _int | _Sequence[_int],
        return_indices: _bool = False) -> Tensor:
    """The maxima over windows that divide (N, C, D, H, W) into ``output_size`` parts; with
    ``return_indices`` also where they are."""
def adaptive_max_pool1d_with_indices(input: Tensor,
        output_size: _int | _Sequence[_int | None] | None, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The maxima over the windows of :func:`adaptive_avg_pool1d`, and where they are."""
def adaptive_max_pool2d_with_indices(input: Tensor,
        output_size: _int | _Sequence[_int | None] | None, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The maxima over the windows of :func:`adaptive_avg_pool2d`, and where they are."""
def adaptive_max_pool3d_with_indices(input: Tensor,
        output_size: _int | _Sequence[_int | None] | None, *,
        out: _Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The maxima over the windows of :func:`adaptive_avg_pool3d`, and where they are."""
def fractional_max_pool2d(input: Tensor, kernel_size: _int | _Sequence[_int],
        output_size: _int | _Sequence[_int] | None = None, output_ratio: _Any = None,
        return_indices: _bool = False, _random_samples: _Any = None) -> Tensor:
    """The maxima over windows at random steps of (N, C, H, W) (Graham, Fractional max-pooling,
    2014); with ``return_indices`` also where they are."""
def fractional_max_pool3d(input: Tensor, kernel_size: _int | _Sequence[_int],
        output_size: _int | _Sequence[_int] | None = None, output_ratio: _Any = None,
        return_indices: _bool = False, _random_samples: _Any = None) -> Tensor:
    """The maxima over windows at random steps of (N, C, D, H, W) (Graham, Fractional
    max-pooling, 2014); with ``return_indices`` also where they are."""
def fractional_max_pool2d_with_indices(input: Tensor, kernel_size: _int | _Sequence[_int],
        output_size: _int | _Sequence[_int] | None = None, output_ratio: _Any = None,
        return_indices: _bool = False, _random_samples: _Any = None) -> tuple[Tensor, Tensor]:
    """:func:`fractional_max_pool2d` and where the maxima are."""
def fractional_max_pool3d_with_indices(input: Tensor, kernel_size: _int | _Sequence[_int],
        output_size: _int | _Sequence[_int] | None = None, output_ratio: _Any = None,
        return_indices: _bool = False, _random_samples: _Any = None) -> tuple[Tensor, Tensor]:
    """:func:`fractional_max_pool3d` and where the maxima are."""
def interpolate(input: Tensor, size: _int | _Sequence[_int] | None = None,
        scale_factor: _float | _Sequence[_float] | None = None, mode: str = 'nearest',
        align_corners: _bool | None = None, recompute_scale_factor: _bool | None = None,
        antialias: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """(N, C, *old) resampled to ``size``, or to ``floor(old * scale_factor)``."""
def upsample(input: Tensor, size: _int | _Sequence[_int] | None = None, scale_factor: _Any = None,
        mode: str = 'nearest', align_corners: _bool | None = None) -> Tensor:
    """:func:`interpolate`, under its older name."""
def upsample_nearest(input: Tensor, size: _int | _Sequence[_int] | None = None,
        scale_factor: _Any = None) -> Tensor:
    """``interpolate(mode="nearest")``, under its older name."""
def upsample_bilinear(input: Tensor, size: _int | _Sequence[_int] | None = None,
        scale_factor: _Any = None) -> Tensor:
    """``interpolate(mode="bilinear", align_corners=True)``, under its older name."""
def grid_sample(input: Tensor, grid: Tensor, mode: str = 'bilinear', padding_mode: str = 'zeros',
        align_corners: _bool | None = None) -> Tensor:
    """(N, C, *size) read at the places ``grid``, (N, *out, dims), as (N, C, *out)."""
def affine_grid(theta: Tensor, size: _int | _Sequence[_int],
        align_corners: _bool | None = None) -> Tensor:
    """The grid for :func:`grid_sample` that affine maps give: ``theta`` of (N, 2, 3) for a
    ``size`` of (N, C, H, W), or (N, 3, 4) for (N, C, D, H, W)."""
def layer_norm(input: Tensor, normalized_shape: _Sequence[_int], weight: Tensor | None = None,
        bias: Tensor | None = None, eps: _float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """Standardise over the last dimensions, ``normalized_shape``, then scale and shift."""
def rms_norm(input: Tensor, normalized_shape: _Sequence[_int], weight: Tensor | None = None,
        eps: _float | None = None, *, out: Tensor | None = None) -> Tensor:
    """``x / sqrt(mean(x^2) + eps) * weight`` over the last dimensions, ``normalized_shape``."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = None,
        bias: Tensor | None = None, eps: _float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """Standardise each of ``num_groups`` groups of channels (dimension 1), then scale and shift
    each channel."""
def normalize(input: Tensor, p: _float = 2.0, dim: _int | _Sequence[_int] = 1, eps: _float = 1e-12,
        *, out: Tensor | None = None) -> Tensor:
    """``input / max(norm, eps)``, with the p-norm over ``dim``."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: _float = 1e-08, *,
        out: Tensor | None = None) -> Tensor:
    """``sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps))`` along ``dim``, with broadcasting."""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2.0, eps: _float = 1e-06,
        keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` over the last dimension, with broadcasting."""
def dropout(input: Tensor, p: _float = 0.5, training: _bool = True,
        inplace: _bool = False) -> Tensor:
    """``input`` with each element made 0 with probability ``p``, the others divided by ``1 -
    p``."""
def dropout1d(input: Tensor, p: _float = 0.5, training: _bool = True,
        inplace: _bool = False) -> Tensor:
    """Dropout of whole channels of ``input``, [N, C, L] or [C, L]."""
def dropout2d(input: Tensor, p: _float = 0.5, training: _bool = True,
        inplace: _bool = False) -> Tensor:
    """Dropout of whole channels of ``input``, [N, C, H, W]."""
def dropout3d(input: Tensor, p: _float = 0.5, training: _bool = True,
        inplace: _bool = False) -> Tensor:
    """Dropout of whole channels of ``input``, [N, C, D, H, W] or [C, D, H, W]."""
def alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False,
        inplace: _bool = False) -> Tensor:
    """Dropout that keeps mean and variance after :func:`selu` (Klambauer et al., 2017)."""
def feature_alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False,
        inplace: _bool = False) -> Tensor:
    """:func:`alpha_dropout` of whole channels."""
def mse_loss(input: Tensor, target: Tensor, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', weight: Tensor | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``(input - target)^2``."""
def l1_loss(input: Tensor, target: Tensor, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', weight: Tensor | None = None, *,
        out: Tensor | None = None) -> Tensor:
    """``|input - target|``."""
def smooth_l1_loss(input: Tensor, target: Tensor, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', beta: _float = 1.0, *,
        out: Tensor | None = None) -> Tensor:
    """``d^2 / (2 beta)`` where ``d = |input - target|`` is below ``beta``, else ``d - beta/2``."""
def huber_loss(input: Tensor, target: Tensor, reduction: str = 'mean', delta: _float = 1.0,
        weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``d^2 / 2`` where ``d = |input - target|`` is below ``delta``, else ``delta * (d -
    delta/2)``."""
def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None,
        size_average: _bool | None = None, ignore_index: _int = -100, reduce: _bool | None = None,
        reduction: str = 'mean', *, out: Tensor | None = None) -> Tensor:
    """``-weight[target] * input[target]`` for log-probabilities of classes in dimension 1 (0 for
    one sample); the mean is by the sum of the weights of targets that are not
    ``ignore_index``."""
def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None,
        size_average: _bool | None = None, ignore_index: _int = -100, reduce: _bool | None = None,
        reduction: str = 'mean', label_smoothing: _float = 0.0, *,
        out: Tensor | None = None) -> Tensor:
    """The negative log-likelihood of ``target`` under ``softmax(input)``, over classes in
    dimension 1 (0 for one sample)."""
def linear_cross_entropy(input: Tensor, linear_weight: Tensor, target: Tensor, *,
        linear_bias: Tensor | None = None, weight: Tensor | None = None, reduction: str = 'mean',
        ignore_index: _int | None = None, label_smoothing: _float = 0.0,
        options: _Any = None) -> Tensor:
    """``cross_entropy(linear(input, linear_weight, linear_bias), target)``."""
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None,
        size_average: _bool | None = None, reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``-(target * log(input) + (1 - target) * log(1 - input))``, with logarithms of at least
    -100."""
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None,
        size_average: _bool | None = None, reduce: _bool | None = None, reduction: str = 'mean',
        pos_weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``binary_cross_entropy(sigmoid(input), target)`` without its rounding; ``pos_weight``
    multiplies the first term. The loss has the dtype of ``target``."""
def kl_div(input: Tensor, target: Tensor, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', log_target: _bool = False, *,
        out: Tensor | None = None) -> Tensor:
    """``target * (log(target) - input)`` for log-probabilities ``input``; ``log_target`` says
    that ``target`` has logarithms too. The reduction ``"batchmean"`` divides the sum by the
    first dimension."""
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: _bool = True, full: _bool = False,
        size_average: _bool | None = None, eps: _float = 1e-08, reduce: _bool | None = None,
        reduction: str = 'mean', *, out: Tensor | None = None) -> Tensor:
    """``exp(input) - target * input``, or ``input - target * log(input + eps)``; ``full`` adds
    Stirling's approximation of ``log(target!)`` for targets above 1."""
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor, full: _bool = False,
        eps: _float = 1e-06, reduction: str = 'mean', *, out: Tensor | None = None) -> Tensor:
    """``(log(max(var, eps)) + (input - target)^2 / max(var, eps)) / 2``; ``full`` adds ``log(2
    pi) / 2``."""
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = 1.0,
        size_average: _bool | None = None, reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``input`` where the target is 1, and ``max(0, margin - input)`` where it is -1."""
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0,
        size_average: _bool | None = None, reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``max(0, -target * (input1 - input2) + margin)``."""
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0,
        size_average: _bool | None = None, reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``1 - cos`` where the target is 1, and ``max(0, cos - margin)`` where it is -1."""
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0,
        p: _float = 2, eps: _float = 1e-06, swap: _bool = False, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``max(0, margin + |anchor - positive| - |anchor - negative|)``; with ``swap`` the negative
    may be nearer to the positive."""
def soft_margin_loss(input: Tensor, target: Tensor, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``log(1 + exp(-target * input))``."""
def multi_margin_loss(input: Tensor, target: Tensor, p: _int = 1, margin: _float = 1.0,
        weight: Tensor | None = None, size_average: _bool | None = None,
        reduce: _bool | None = None, reduction: str = 'mean', *,
        out: Tensor | None = None) -> Tensor:
    """``sum(max(0, margin - input[target] + input[i])^p) / C`` over the classes ``i`` that are
    not the target."""
