"""What each function and method of the surface is called with: ``names | arguments | arguments``,
going on where a line is indented.

A name without a module stands for the function of ``torch`` and the method of ``Tensor``, as far as
they are there, and for their forms that write (``add_``); ``F.``, ``linalg.``, ``special.``,
``masked.``, ``windows.`` and ``Tensor.`` name one place. In the arguments,

- ``x y z w`` are operands of any shape and dtype, ``p q`` positive ones, ``u`` in (-1, 1), ``h`` in
  (0, 1), ``g`` above 1, ``i j`` integers, ``k`` positive integers, ``b c`` bools;
- ``N`` is a Python float and ``K`` a Python int above 4, other ones at each call;
- ``X(2, 3)`` is an operand of this shape, ``P U H`` as above; ``I(5, 2, 3)`` integers below 5,
  ``B(2, 3)`` bools, ``C(2, 3)`` complex, ``S(3)`` a positive definite matrix, ``A(3)`` an
  invertible one, ``T(3)`` a triangular one;
- ``m`` is the module itself, ``R`` the last arguments of a recurrent network.
"""

from __future__ import annotations

ELEMENTWISE = """
abs absolute neg negative positive square sgn sign ceil floor round trunc fix frac relu exp exp2 | x
expm1 sin cos tanh sinh cosh atan arctan asinh arcsinh sigmoid erf erfc deg2rad rad2deg sinc | x
isfinite isinf isnan isneginf isposinf isreal signbit logical_not nan_to_num clone resolve_conj | x
conj conj_physical resolve_neg detach real angle digamma i0 | x
isreal real imag angle conj resolve_conj conj_physical abs sgn | C(3, 4)
tan | u
acos arccos asin arcsin atanh arctanh erfinv | u
acosh arccosh | g
sqrt rsqrt reciprocal log log10 log1p log2 lgamma | p
logit | h | h, 0.2 | h, eps=0.1
round | x, decimals=1 | x, decimals=-1
nan_to_num | x, nan=N, posinf=2.0, neginf=-2.0 | x, 0.5
bitwise_not | i | b
add sub subtract | x, y | x, y, alpha=2 | x, y, alpha=N
mul multiply div divide true_divide maximum minimum fmax fmin | x, y
div divide | x, p, rounding_mode="floor" | x, p, rounding_mode="trunc"
rsub | x, y | x, y, alpha=2
floor_divide remainder fmod | x, p
float_power | p, y | p, 2
pow | p, y | x, 2 | x, 3 | p, 0.5 | p, -1 | p, N | p, K
atan2 arctan2 copysign hypot ldexp logaddexp logaddexp2 heaviside nextafter | x, y
xlogy | x, p
igamma igammac | p, q
polygamma | 1, p | 2, p | 0, p
special.polygamma | 1, p
Tensor.polygamma | p, 1 | p, 2
mvlgamma | g + 1, 2
gcd lcm | i, j
bitwise_and bitwise_or bitwise_xor | i, j | b, c
bitwise_left_shift bitwise_right_shift | i, k
eq ne lt le gt ge not_equal less less_equal greater greater_equal | x, y
logical_and logical_or logical_xor | x, y | b, c
isclose | x, y | x, y, rtol=0.5 | x, y, equal_nan=True
allclose equal | x, x | X(3), X(3)
clamp clip | x, -0.5, 0.5 | x, min=N | x, max=N | x, y | x, max=y | x, -N, N
clamp_min clamp_max | x, y | x, 0.25 | x, N
lerp | x, y, 0.1 | x, y, N | x, y, z
addcmul | x, y, z | x, y, z, value=N | x, y, z, value=2
addcdiv | x, y, p | x, y, p, value=N
masked_fill | x, b, N | x, b, 2 | X(3, 4), B(4), X()
where | b, x, y | b, x, N | b, 1, y | b, 2.0, 1 | b
Tensor.where | x, b, y | x, b, 0.5
isin | i, j | x, X(3) | x, X(3), invert=True | I(5, 3), 2
fill | x, N | x, 2 | x, X()
Tensor.fill_ | x, N | x, 2 | x, X()
complex | X(3, 4), X(3, 4)
polar | P(3, 4), X(3, 4)
hardshrink | x | x, 0.3 | x, lambd=0.3
celu selu | x
celu | x, 0.7
threshold | x, 0.1, 2.0
prelu F.prelu | x, X(1) | X(2, 3, 4), X(3)
"""

FUNCTIONAL = """
F.relu F.relu6 F.hardtanh F.hardsigmoid F.hardswish F.leaky_relu F.elu F.selu F.celu F.silu
    F.mish | x
F.gelu F.softplus F.logsigmoid F.softsign F.tanhshrink F.hardshrink F.softshrink F.sigmoid
    F.tanh | x
F.threshold | x, 0.1, 2.0 | x, 0.1, 2.0, inplace=False
F.threshold_ threshold_ | x, 0.1, 2.0
F.relu_ F.hardtanh_ F.leaky_relu_ F.elu_ F.selu_ F.celu_ selu_ celu_ | x
F.leaky_relu | x, 0.2 | x, negative_slope=0.3
F.elu F.celu | x, 0.7 | x, alpha=1.3
F.hardtanh | x, -0.4, 0.6
F.gelu | x, approximate="tanh"
F.softplus | x, 2 | x, 2.0, 1.0
F.hardshrink F.softshrink | x, 0.3
F.glu | X(4, 6) | X(4, 6), 0
F.rrelu rrelu | X(4, 6) | X(4, 6), 0.1, 0.3, True
F.rrelu_ rrelu_ | X(4, 6)
F.softmax F.log_softmax F.softmin | X(3, 4), -1 | X(3, 4), dim=0 | X(2, 3, 4), 1
F.softmax F.log_softmax | X(3, 4), -1, dtype=m.float64
softmax log_softmax special.softmax special.log_softmax | X(3, 4), -1 | X(2, 3, 4), 1 | X(), 0
softmax log_softmax special.softmax special.log_softmax | X(3, 4), 0, dtype=m.float64 | X(0, 3), 0
F.gumbel_softmax | X(3, 4) | X(3, 4), 0.5, True
F.scaled_dot_product_attention | X(2, 3, 4), X(2, 5, 4), X(2, 5, 4)
F.scaled_dot_product_attention | X(2, 2, 4, 3), X(2, 2, 4, 3), X(2, 2, 4, 3), is_causal=True
F.scaled_dot_product_attention | X(2, 3, 4), X(2, 5, 4), X(2, 5, 4), B(3, 5)
    | X(2, 3, 4), X(2, 5, 4), X(2, 5, 4), X(3, 5), scale=0.3
F.multi_head_attention_forward
    | X(3, 2, 4), X(5, 2, 4), X(5, 2, 4), 4, 2, X(12, 4), X(12), None, None, 0, 0.0, X(4, 4), X(4)
F.batch_norm | X(4, 3), X(3) * 0, P(3), X(3), X(3) | X(4, 3, 5), None, None, None, None, True
    | X(4, 3), None, None, training=True
F.instance_norm | X(2, 3, 5) | X(2, 3, 4, 4), None, None, X(3), X(3)
F.layer_norm layer_norm | X(4, 6), (6,) | X(2, 3, 4), (3, 4), X(3, 4), X(3, 4)
    | X(4, 6), [6], X(6), X(6), 1e-3
F.rms_norm rms_norm | X(4, 6), (6,) | X(4, 6), (6,), X(6)
F.group_norm group_norm | X(2, 4, 5), 2 | X(2, 4, 5), 4, X(4), X(4)
F.local_response_norm | X(2, 4, 5), 3
F.normalize | X(3, 4) | X(3, 4), 1.0, 0
F.linear | X(4, 3), X(2, 3) | X(4, 3), X(2, 3), X(2) | X(3), X(2, 3), X(2)
    | X(5, 4, 3), X(2, 3), X(2) | X(0, 3), X(2, 3), X(2)
bilinear F.bilinear | X(4, 3), X(4, 2), X(5, 3, 2) | X(4, 3), X(4, 2), X(5, 3, 2), X(5)
embedding | X(5, 3), I(5, 4) | X(5, 3), I(5, 2, 2)
F.embedding | I(5, 4), X(5, 3) | I(5, 2, 2), X(5, 3), 1
F.embedding_bag | I(5, 6), X(5, 3), m.tensor([0, 2, 4]) | I(5, 2, 3), X(5, 3)
    | I(5, 2, 3), X(5, 3), mode="sum"
F.one_hot | I(4, 5), 4 | I(4, 2, 3), num_classes=6
F.pad | X(3, 4), (1, 2) | X(2, 3, 4), (1, 1), "reflect" | X(2, 3, 4), (2, 1), "replicate"
    | X(2, 3, 4), (1, 2), "circular" | X(3, 4), (1, 0, 0, 2), value=0.5 | X(3, 4), (-1, 1)
pixel_shuffle F.pixel_shuffle | X(2, 8, 3, 2), 2
pixel_unshuffle F.pixel_unshuffle | X(2, 2, 4, 6), 2
channel_shuffle F.channel_shuffle native_channel_shuffle F.native_channel_shuffle | X(2, 4, 3, 2), 2
F.unfold | X(2, 3, 5, 5), 3 | X(2, 3, 5, 5), (2, 3), 1, 1, 2
F.fold | X(2, 12, 9), (4, 4), (2, 2)
conv1d F.conv1d | X(2, 3, 9), X(4, 3, 3) | X(2, 4, 9), X(4, 2, 3), X(4), 2, 1, 1, 2
    | X(2, 3, 9), X(4, 3, 3), padding="same"
conv2d F.conv2d | X(2, 3, 6, 6), X(4, 3, 3, 3), X(4)
    | X(2, 4, 6, 6), X(4, 2, 3, 3), None, 2, 1, 1, 2 | X(3, 6, 6), X(4, 3, 3, 3)
conv3d F.conv3d | X(1, 2, 4, 4, 4), X(3, 2, 2, 2, 2), X(3)
conv_transpose1d F.conv_transpose1d | X(2, 3, 5), X(3, 4, 3), X(4), 2, 1, 1
conv_transpose2d F.conv_transpose2d | X(2, 3, 4, 4), X(3, 4, 3, 3), X(4), 2, 1
    | X(2, 4, 4, 4), X(4, 2, 2, 2), None, 1, 0, 0, 2
conv_transpose3d F.conv_transpose3d | X(1, 2, 3, 3, 3), X(2, 2, 2, 2, 2)
conv_tbc F.conv_tbc | X(5, 2, 3), X(3, 3, 4), X(4), 1
convolution | X(2, 3, 6), X(4, 3, 3), X(4), (1,), (1,), (1,), False, (0,), 1
avg_pool1d F.avg_pool1d | X(2, 3, 8), 2 | X(2, 3, 8), 3, 2, 1 | I(50, 2, 3, 8) - 25, 3, 2, 1
    | I(50, 2, 3, 8) - 25, 3, 2, 1, False, False
F.avg_pool2d | X(2, 3, 6, 6), 2 | X(2, 3, 6, 6), 3, 2, 1, True, False
F.avg_pool3d | X(2, 2, 4, 4, 4), 2
F.lp_pool1d | P(2, 3, 8), 2.0, 2
F.lp_pool2d | P(2, 3, 6, 6), 2.0, 2
F.lp_pool3d | P(1, 2, 4, 4, 4), 2.0, 2
max_pool1d F.max_pool1d F.max_pool1d_with_indices max_pool1d_with_indices | X(2, 3, 8), 2
    | X(2, 3, 8), 3, 2, 1
max_pool2d F.max_pool2d F.max_pool2d_with_indices | X(2, 3, 6, 6), 2 | X(2, 3, 6, 6), 3, 2, 1, 1
max_pool3d F.max_pool3d F.max_pool3d_with_indices | X(1, 2, 4, 4, 4), 2
F.max_pool2d | X(2, 3, 6, 6), 2, return_indices=True
F.max_unpool1d | *m.nn.functional.max_pool1d(X(2, 3, 8), 2, return_indices=True), 2
F.max_unpool2d | *m.nn.functional.max_pool2d(X(2, 3, 4, 4), 2, return_indices=True), 2
F.max_unpool3d | *m.nn.functional.max_pool3d(X(1, 2, 4, 4, 4), 2, return_indices=True), 2
adaptive_avg_pool1d F.adaptive_avg_pool1d | X(2, 3, 8), 4 | X(2, 3, 7), 3
F.adaptive_avg_pool2d | X(2, 3, 6, 5), (2, 3) | X(2, 3, 6, 6), 1
F.adaptive_avg_pool3d | X(1, 2, 4, 4, 4), 2
adaptive_max_pool1d F.adaptive_max_pool1d_with_indices | X(2, 3, 8), 4
F.adaptive_max_pool1d | X(2, 3, 8), 4 | X(2, 3, 7), 3
F.adaptive_max_pool2d F.adaptive_max_pool2d_with_indices | X(2, 3, 6, 5), (2, 3)
F.adaptive_max_pool3d F.adaptive_max_pool3d_with_indices | X(1, 2, 4, 4, 4), 2
F.fractional_max_pool2d F.fractional_max_pool2d_with_indices | X(2, 3, 6, 6), 2, 3
F.fractional_max_pool3d F.fractional_max_pool3d_with_indices | X(1, 2, 5, 5, 5), 2, 2
F.interpolate F.upsample | X(2, 3, 4), 8 | X(2, 3, 4), scale_factor=2.0, mode="linear"
    | X(2, 3, 4, 4), (6, 5), mode="bilinear", align_corners=True
F.interpolate | X(2, 3, 4, 4), (6, 5), mode="bicubic"
    | X(2, 3, 4, 4), scale_factor=(0.5, 2), mode="area" | X(1, 2, 3, 3, 3), 5, mode="trilinear"
F.upsample_nearest | X(2, 3, 4, 4), 8
F.upsample_bilinear | X(2, 3, 4, 4), 8
F.grid_sample | X(2, 3, 4, 5), U(2, 3, 3, 2), align_corners=False
    | X(2, 3, 4, 5), U(2, 3, 3, 2), "nearest", "border", True
grid_sampler grid_sampler_2d | X(2, 3, 4, 5), U(2, 3, 3, 2), 0, 0, False
grid_sampler_3d | X(1, 2, 3, 4, 5), U(1, 2, 3, 3, 3), 1, 1, True
affine_grid_generator | X(2, 2, 3), (2, 3, 4, 4), False
batch_norm instance_norm | P(3, 2, 4), P(2), P(2), None, None, True, 0.1, 1e-5, False
native_batch_norm | P(3, 2, 4), P(2), P(2), None, None, True, 0.1, 1e-5
native_batch_norm | P(3, 2, 4), None, None, P(2), P(2), False, 0.1, 1e-5
batch_norm instance_norm | P(3, 2, 4), None, None, P(2), P(2), False, 0.1, 1e-5, False
native_layer_norm | X(3, 4), (4,), X(4), X(4), 1e-5
native_group_norm | X(2, 4, 3), X(4), X(4), 2, 4, 3, 2, 1e-5
F.affine_grid | X(2, 2, 3), (2, 3, 4, 4), align_corners=False
cosine_similarity F.cosine_similarity | X(3, 4), X(3, 4) | X(3, 4), X(3, 4), 0
pairwise_distance F.pairwise_distance | X(3, 4), X(3, 4) | X(3, 4), X(3, 4), 1.0, keepdim=True
F.pdist pdist | X(4, 3)
F.dropout dropout | X(4, 6), 0.4, True | X(4, 6), 0.4, False
F.dropout1d F.dropout2d F.dropout3d F.alpha_dropout F.feature_alpha_dropout
    | X(2, 3, 4, 4, 4), 0.4, True | X(2, 3, 4), 0.4, False
alpha_dropout feature_dropout feature_alpha_dropout alpha_dropout_ feature_dropout_ dropout_
    feature_alpha_dropout_ | X(2, 3, 4, 4), 0.4, True | X(2, 3, 4), 0.4, False
embedding_renorm_ | X(5, 3), I(5, 4), 1.0, 2.0
as_strided_ | X(3, 4), (2, 3), (4, 1)
F.mse_loss F.l1_loss F.smooth_l1_loss F.huber_loss F.soft_margin_loss | X(3, 4), X(3, 4)
    | X(3, 4), X(3, 4), reduction="sum" | X(3, 4), X(3, 4), reduction="none" | X(), X()
F.smooth_l1_loss | X(3, 4), X(3, 4), beta=0.5
F.huber_loss | X(3, 4), X(3, 4), delta=0.5
F.nll_loss | X(4, 5), I(5, 4) | X(4, 5), I(5, 4), P(5) | X(4, 5, 3), I(5, 4, 3), reduction="none"
    | X(4, 5), I(5, 4), None, None, 2
F.linear_cross_entropy | X(4, 3), X(5, 3), I(5, 4)
F.cross_entropy | X(4, 5), I(5, 4) | X(4, 5), I(5, 4), P(5), label_smoothing=0.1
    | X(4, 5, 3), I(5, 4, 3), reduction="sum" | X(4, 5), H(4, 5)
    | X(4, 5), I(5, 4), ignore_index=1 | X(5), I(5)
F.binary_cross_entropy | H(3, 4), H(3, 4) | H(3, 4), H(3, 4), P(3, 4), reduction="sum"
F.binary_cross_entropy_with_logits | X(3, 4), H(3, 4) | X(3, 4), H(3, 4), pos_weight=P(4)
binary_cross_entropy_with_logits | X(3, 4), H(3, 4) | X(3, 4), H(3, 4), None, P(4)
F.kl_div | X(3, 4), H(3, 4), reduction="batchmean"
    | X(3, 4), X(3, 4), reduction="sum", log_target=True
kl_div | X(3, 4), H(3, 4), 1 | X(3, 4), H(3, 4), 2
F.poisson_nll_loss | X(3, 4), P(3, 4) | X(3, 4), P(3, 4), log_input=False, full=True
poisson_nll_loss | X(3, 4), P(3, 4), True, False, 1e-8, 1
F.gaussian_nll_loss | X(3, 4), X(3, 4), P(3, 4) | X(3, 4), X(3, 4), P(3, 1), full=True
F.hinge_embedding_loss | X(3, 4), I(2, 3, 4) * 2 - 1
hinge_embedding_loss | X(3, 4), I(2, 3, 4) * 2 - 1 | X(3, 4), I(2, 3, 4) * 2 - 1, 0.5
F.margin_ranking_loss margin_ranking_loss | X(4), X(4), I(2, 4) * 2 - 1
    | X(4), X(4), I(2, 4) * 2 - 1, 0.5
F.cosine_embedding_loss cosine_embedding_loss | X(4, 3), X(4, 3), I(2, 4) * 2 - 1
    | X(4, 3), X(4, 3), I(2, 4) * 2 - 1, 0.2
F.triplet_margin_loss triplet_margin_loss | X(4, 3), X(4, 3), X(4, 3)
    | X(4, 3), X(4, 3), X(4, 3), 0.5, swap=True
F.triplet_margin_with_distance_loss | X(4, 3), X(4, 3), X(4, 3)
F.multi_margin_loss | X(4, 5), I(5, 4) | X(4, 5), I(5, 4), 2, 0.5
F.multilabel_margin_loss | X(2, 4), m.tensor([[1, 3, -1, 0], [2, -1, 1, 0]])
F.multilabel_soft_margin_loss | X(3, 4), B(3, 4).to(m.float32)
    | X(3, 4), B(3, 4).to(m.float32), P(4)
F.ctc_loss | X(5, 2, 4).log_softmax(-1), I(3, 2, 2) + 1, m.tensor([5, 4]), m.tensor([2, 1])
rnn_tanh_cell rnn_relu_cell | X(4, 3), X(4, 2), X(2, 3), X(2, 2), X(2), X(2)
gru_cell | X(4, 3), X(4, 2), X(6, 3), X(6, 2), X(6), X(6)
lstm_cell | X(4, 3), (X(4, 2), X(4, 2)), X(8, 3), X(8, 2), X(8), X(8)
rnn_tanh rnn_relu
    | X(5, 4, 3), X(1, 4, 2), [X(2, 3), X(2, 2), X(2), X(2)], *R
gru | X(5, 4, 3), X(1, 4, 2), [X(6, 3), X(6, 2), X(6), X(6)], *R
lstm
    | X(5, 4, 3), (X(1, 4, 2), X(1, 4, 2)), [X(8, 3), X(8, 2), X(8), X(8)], *R
"""

REDUCTIONS = """
sum prod mean | x | X(3, 4), 1 | X(3, 4), 0, True | X(2, 3, 4), -1, dtype=m.float64
sum mean std var amax amin nansum nanmean | X(2, 3, 4), (0, 2) | X(2, 3, 4), dim=(-1,), keepdim=True
amax amin | x | X(3, 4), 0
nansum nanmean median nanmedian all any count_nonzero argmax argmin max min | x | X(3, 4), 1
    | X(3, 4), dim=0
logsumexp special.logsumexp | X(3, 4), 1 | X(3, 4), 0, True | X(2, 3, 4), (0, 2) | X(0, 3), 0
all any argmax argmin max min median nanmedian mode kthvalue | X(3, 4), 1, keepdim=True
max min | X(3, 4), X(3, 4)
mode | X(3, 4) | X(3, 4), 0 | I(3, 3, 4)
kthvalue | X(3, 4), 2 | X(3, 4), 2, 0
aminmax | x | X(3, 4), dim=1
std var std_mean var_mean | x | X(3, 4), 1 | X(3, 4), 0, correction=0 | X(3, 4), 1, True, True
    | X(3, 4), unbiased=False
cumsum cumprod logcumsumexp cummax cummin | X(3, 4), 1 | X(3, 4), 0 | X(5), 0 | X(0, 3), 0 | X(), 0
cumsum cumprod | X(3, 4), 1, dtype=m.float64
quantile nanquantile | X(3, 4), 0.3 | X(3, 4), 0.3, 1 | X(3, 4), H(2), 0, True
    | X(3, 4), H(2), dim=1, interpolation="lower"
norm | x | X(3, 4), 1 | X(3, 4), 2, 1 | X(3, 4), 3, 0, True | X(3, 4), "fro"
    | X(3, 4), float("inf"), 1
frobenius_norm | X(3, 4) | X(3, 4), (0, 1)
nuclear_norm | X(3, 4)
dist | X(3, 4), X(3, 4) | X(3, 4), X(3, 4), 1
renorm | X(3, 4), 2, 0, 0.5 | X(3, 4), 1.0, 1, N
diff | X(3, 4) | X(3, 4), 2 | X(3, 4), 1, 0
histogram | X(20), 5 | X(20), 4, range=(-1.0, 1.0), weight=P(20), density=True
    | X(20), m.tensor([-1.0, 0.0, 0.5, 2.0])
histogramdd | X(20, 2), [3, 4] | X(20, 2), 3, range=(-1.0, 1.0, -2.0, 2.0), density=True
frexp | x
histc | X(20), 5, -1, 1 | X(20), 4
bincount | I(5, 9), minlength=6 | I(5, 9), P(9), 6
bucketize | x, m.tensor([-1.0, 0.0, 1.0]) | x, m.tensor([-1.0, 0.0, 1.0]), right=True
searchsorted | m.tensor([-1.0, 0.0, 1.0]), X(3, 4) | X(3, 4).sort().values, X(3, 2), side="right"
sort argsort | X(3, 4) | X(3, 4), 0 | X(3, 4), 0, True | X(3, 4), dim=1, stable=True | X(), 0
    | I(4, 3, 4), 1, stable=True
msort | X(3, 4)
topk | X(3, 4), 2 | X(3, 4), 2, 0, False
unique unique_consecutive | m.tensor([3, 1, 1, 2])
    | m.tensor([3, 1, 1, 2]), return_inverse=True, return_counts=True
    | m.tensor([[1, 2], [1, 2]]), dim=0
trapezoid trapz | X(3, 4) | X(3, 4), dx=0.5 | X(3, 4), X(4), dim=1
cumulative_trapezoid | X(3, 4) | X(3, 4), X(4)
corrcoef cov | X(3, 4)
cov | X(3, 4), correction=0
gradient | X(5) | X(4, 5), dim=1 | X(4, 5), spacing=2.0
Tensor.sum_to_size | X(3, 4), 1, 4 | X(3, 4), (3, 1)
"""

SHAPES = """
reshape Tensor.view | X(3, 4), (2, 6) | X(3, 4), (-1,) | X(), (1, 1) | X(0, 4), (0, 2, 2)
Tensor.reshape | X(3, 4), 2, -1
Tensor.view | X(3, 4), 12 | X(3, 4), m.int32
Tensor.view_as Tensor.reshape_as | X(3, 4), X(2, 6)
Tensor.expand | X(3, 1), 3, 4 | X(3, 1), (2, 3, 4) | X(), (2, 2)
Tensor.expand_as | X(3, 1), X(3, 4)
Tensor.repeat | X(2, 3), 2, 1 | X(3), (2, 2)
Tensor.unfold | X(3, 8), 1, 3, 2
Tensor.T Tensor.mT Tensor.H Tensor.mH Tensor.data | X(3, 4)
Tensor.H Tensor.mH | C(3, 4)
adjoint | C(3, 4) | X(2, 3, 4)
flatten ravel | X(2, 3, 4) | X()
flatten | X(2, 3, 4), 1 | X(2, 3, 4), 0, 1
unflatten | X(3, 4), 1, (2, 2) | X(3, 4), -1, (2, -1)
permute | X(2, 3, 4), (2, 0, 1)
transpose swapaxes swapdims | X(2, 3, 4), 0, -1
t | X(3, 4) | X(3)
movedim moveaxis | X(2, 3, 4), 0, 2 | X(2, 3, 4), (0, 1), (1, 2)
squeeze | X(1, 3, 1) | X(1, 3, 1), 0 | X(1, 3, 1), (0, 2)
unsqueeze | X(3, 4), 0 | X(3, 4), -1 | X(), 0
narrow | X(3, 4), 1, 1, 2 | X(3, 4), 0, m.tensor(1), 2
select | X(3, 4), 0, 1 | X(3, 4), 1, -1 | X(4, 6), 1, K % 6
diagonal | X(3, 4) | X(2, 3, 4), 1, 1, 2
as_strided | X(3, 4), (2, 2), (1, 2) | X(3, 4), (2, 2), (4, 1), 1
view_as_real | C(3, 4)
view_as_complex | X(3, 4, 2)
broadcast_to | X(3, 1), (2, 3, 4)
broadcast_tensors | X(3, 1), X(4)
meshgrid | X(3), X(4) | X(3), X(4), indexing="xy"
atleast_1d atleast_2d atleast_3d | X() | X(3) | X(3, 4)
cat concat concatenate | [X(2, 3), X(4, 3)] | [X(2, 3), X(2, 1)], 1 | [X(0), X(2, 3)]
    | [X(2, 3), I(5, 2, 3)] | (X(3),)
stack | [X(2, 3), X(2, 3)] | [X(2, 3), X(2, 3)], -1 | [X(), X()]
hstack vstack dstack column_stack row_stack | [X(3, 2), X(3, 2)]
block_diag | X(2, 3), X(1, 2)
cartesian_prod | X(2), X(3)
combinations | X(4) | X(4), 2, True
chunk | X(5, 4), 2 | X(5, 4), 3, 1
split | X(5, 4), 2 | X(5, 4), [1, 3, 1] | X(5, 4), 3, 1
split_with_sizes | X(5, 4), [1, 3, 1]
tensor_split | X(5, 4), 2 | X(5, 4), (1, 3)
hsplit vsplit | X(4, 4), 2 | X(4, 4), [1, 3]
dsplit | X(2, 2, 4), 2
unbind | X(3, 4) | X(3, 4), 1
diag | X(3) | X(3, 4), 1
diag_embed | X(2, 3) | X(2, 3), 1
diagflat | X(2, 2)
flip | X(3, 4), (0,) | X(3, 4), (0, 1)
fliplr flipud | X(3, 4)
roll | X(3, 4), 1 | X(3, 4), (1, 2), (0, 1)
rot90 | X(3, 4) | X(3, 4), 2, (0, 1)
tile | X(2, 3), (2, 1) | X(3), (2, 2)
repeat_interleave | X(2, 3), 2 | X(3, 2), 2, 0 | X(3, 2), m.tensor([1, 2, 1]), 0
tril triu | X(3, 4) | X(2, 3, 4), 1 | B(3, 4)
trace | X(3, 4)
unravel_index | I(11, 4), (3, 4)
vander | X(3) | X(3), 4, True
Tensor.contiguous Tensor.cpu | X(3, 4)
Tensor.type_as | X(3, 4), I(3, 2)
"""

COPIES = """
alias_copy detach_copy | X(3, 4) | X()
diagonal_copy | X(3, 4) | X(2, 3, 4), 1, 1, 2
expand_copy | X(3, 1), (2, 3, 4)
narrow_copy | X(3, 4), 1, 1, 2
permute_copy | X(2, 3, 4), (2, 0, 1)
select_copy | X(3, 4), 0, 1 | X(3, 4), 1, -1
slice_copy | X(6, 4) | X(6, 4), 0, 1, 6, 2 | X(3, 4), 1, -2
split_copy unsafe_split unsafe_chunk | X(5, 4), 2 | X(5, 4), 3, 1
split_with_sizes_copy unsafe_split_with_sizes | X(5, 4), [1, 3, 1]
squeeze_copy | X(1, 3, 1) | X(1, 3, 1), 0
t_copy | X(3, 4)
transpose_copy | X(2, 3, 4), 0, -1
unbind_copy | X(3, 4) | X(3, 4), 1
unfold_copy | X(3, 8), 1, 3, 2
unsqueeze_copy | X(3, 4), 0
view_copy | X(3, 4), (2, 6)
view_as_real_copy | C(3, 4)
view_as_complex_copy | X(3, 4, 2)
as_strided_copy | X(3, 4), (2, 2), (1, 2) | X(3, 4), (2, 2), (4, 1), 1
as_strided_scatter | X(3, 4), X(2, 2), (2, 2), (4, 1) | X(3, 4), X(2, 2), (2, 2), (4, 1), 1
constant_pad_nd | X(3, 4), (1, 2) | X(3, 4), (1, 0, -1, 2), 0.5
"""

MASKED = """
masked.sum masked.prod masked.amax masked.amin masked.mean masked.logsumexp masked.norm masked.var
    masked.std | X(3, 4) | X(3, 4), mask=B(3, 4)
masked.sum masked.amax masked.mean masked.logsumexp masked.var masked.prod
    | X(3, 4), 1, keepdim=True, mask=B(3, 4) | X(2, 3, 4), (0, 2), mask=B(4)
masked.norm masked.normalize | X(3, 4), 3.0, 1, mask=B(3, 4) | X(3, 4), 2.0, 0
masked.argmax masked.argmin masked.median | X(3, 4), 1, mask=B(3, 4) | X(3, 4), 0, keepdim=True
masked.cumsum masked.cumprod masked.softmax masked.log_softmax masked.softmin
    | X(3, 4), 1, mask=B(3, 4) | X(3, 4), 0
masked.logaddexp | X(3, 4), X(3, 4) | X(3, 4), X(3, 4), input_mask=B(3, 4), other_mask=B(3, 4)
windows.bartlett windows.blackman windows.cosine windows.exponential windows.gaussian
    windows.general_hamming windows.hamming windows.hann windows.kaiser windows.nuttall
    | 6 | 6, sym=False | 1
stft Tensor.stft | X(20), 8, 4, window=m.ones(8), return_complex=True
istft Tensor.istft | m.complex(X(5, 6), X(5, 6)), 8, 4, window=m.ones(8)
windows.general_cosine | 6, a=[0.5, 0.4, 0.1] | 7, a=[1.0], sym=False
"""

INDEXING = """
gather | X(3, 4), 1, I(4, 3, 2) | X(3, 4), 0, I(3, 2, 4)
take | X(3, 4), I(12, 5)
take_along_dim | X(3, 4), I(4, 3, 2), 1 | X(3, 4), I(12, 5)
index_select | X(3, 4), 0, I(3, 5) | X(3, 4), 1, I(4, 2)
masked_select | X(3, 4), B(3, 4)
index_add | X(3, 4), 0, I(3, 2), X(2, 4) | X(3, 4), 0, I(3, 2), X(2, 4), alpha=2
    | X(3, 4), 1, I(4, 2), X(3, 2), alpha=N
index_copy | X(3, 4), 0, m.tensor([2, 0]), X(2, 4)
index_fill | X(3, 4), 0, I(3, 2), N | X(3, 4), 1, I(4, 2), X() | X(3, 4), 0, I(3, 2), 2
index_reduce | X(3, 4), 0, I(3, 2), X(2, 4), "mean" | X(3, 4), 1, I(4, 2), X(3, 2), "amax"
    | X(3, 4), 0, I(3, 2), P(2, 4), "prod", include_self=False
nonzero_static | B(3, 4), size=5 | X(3), size=2, fill_value=-2
index_put | X(3, 4), (m.tensor([0, 2]), m.tensor([1, 3])), X(2) | X(3, 4), (I(3, 2),), X(4), True
masked_scatter | X(3, 4), B(3, 4), X(12)
put | X(3, 4), m.tensor([1, 7]), X(2) | X(3, 4), I(12, 5), X(5), True
scatter | X(3, 4), 1, m.tensor([[0, 2], [1, 3], [3, 0]]), X(3, 2)
    | X(3, 4), 0, m.tensor([[0, 2, 1, 0]]), N
    | X(3, 4), 0, m.tensor([[0, 2, 1, 0]]), X(1, 4), reduce="add"
scatter_add | X(3, 4), 1, I(4, 3, 2), X(3, 2)
scatter_reduce | X(3, 4), 1, I(4, 3, 2), X(3, 2), "sum"
    | X(3, 4), 1, I(4, 3, 2), X(3, 2), "amax", include_self=False
    | X(3, 4), 1, I(4, 3, 2), X(3, 2), "mean" | X(3, 4), 0, I(3, 2, 4), P(2, 4), "prod"
select_scatter | X(3, 4), X(4), 0, 1
slice_scatter | X(3, 4), X(3, 2), 1, 1, 3
diagonal_scatter | X(3, 4), X(3)
nonzero argwhere | B(3, 4) | X(3)
op.getitem | X(3, 4), 1 | X(3, 4), (slice(1, None), 2)
    | X(3, 4), (Ellipsis, None, slice(None, None, 2)) | X(3, 4), I(3, 5) | X(3, 4), B(3, 4)
    | X(3, 4), (I(3, 2), slice(1, 3)) | X(6, 6), (K % 6, slice(None)) | X(3, 4), -1
    | X(3, 4), [0, 2]
op.setitem | X(3, 4), 1, X(4) | X(3, 4), (slice(1, None), 2), N | X(3, 4), I(3, 1), X(4)
    | X(3, 4), B(3, 4), 0.5 | X(3, 4), Ellipsis, X(4) | X(6, 6), (K % 6, 1), N
    | X(3, 4), (m.tensor([0, 2]), 1), X(2)
"""

LINEAR = """
matmul | X(3, 4), X(4, 2) | X(4), X(4) | X(2, 3, 4), X(4, 2) | X(2, 3, 4), X(2, 4, 2)
    | X(3, 4), X(4) | X(4), X(4, 2) | X(0, 4), X(4, 2) | X(3, 0), X(0, 2)
linalg.matmul op.matmul | X(3, 4), X(4, 2) | X(2, 3, 4), X(4)
mm spmm dsmm | X(3, 4), X(4, 2) | X(3, 4), X(2, 4).t()
norm_except_dim | X(3, 4) | X(3, 4, 2), 2, 1 | X(3, 4), 1, -1
bmm | X(2, 3, 4), X(2, 4, 2)
mv | X(3, 4), X(4)
dot inner vdot | X(4), X(4)
inner | X(3, 4), X(2, 4) | X(), X(3)
outer ger | X(3), X(4)
kron | X(2, 3), X(3, 2)
cross linalg.cross | X(2, 3), X(2, 3)
tensordot | X(2, 3, 4), X(4, 3, 2), ([1, 2], [1, 0]) | X(3, 4), X(4, 2), 1
einsum | "ij,jk->ik", X(3, 4), X(4, 2) | "bij,bjk->bk", X(2, 3, 4), X(2, 4, 2) | "ii->i", X(3, 3)
addmm | X(3, 2), X(3, 4), X(4, 2) | X(2), X(3, 4), X(4, 2), beta=N, alpha=2
addmv | X(3), X(3, 4), X(4) | X(3), X(3, 4), X(4), beta=0.5, alpha=N
addr | X(3, 4), X(3), X(4) | X(3, 4), X(3), X(4), beta=2, alpha=N
addbmm | X(3, 2), X(2, 3, 4), X(2, 4, 2) | X(3, 2), X(2, 3, 4), X(2, 4, 2), beta=N
baddbmm | X(2, 3, 2), X(2, 3, 4), X(2, 4, 2) | X(2, 3, 2), X(2, 3, 4), X(2, 4, 2), beta=N, alpha=0.5
chain_matmul | X(2, 3), X(3, 4), X(4, 2)
linalg.multi_dot | [X(2, 3), X(3, 4), X(4, 2)]
cdist | X(3, 4), X(2, 4) | X(3, 4), X(2, 4), 1.0
matrix_power linalg.matrix_power | A(3), 3 | A(3), 0 | A(3), -1
matrix_exp linalg.matrix_exp | A(3)
cholesky linalg.cholesky linalg.cholesky_ex | S(3)
cholesky | S(3), True
cholesky_inverse | T(3)
cholesky_solve | X(3, 2), T(3)
det logdet slogdet linalg.slogdet inverse linalg.inv linalg.inv_ex linalg.det | S(3) | S(2, 3)
linalg.det det linalg.inv inverse | A(3)
pinverse linalg.pinv | X(3, 4) | A(3)
qr linalg.qr | X(4, 3) | A(3)
svd | X(4, 3)
linalg.svd | X(4, 3), False
linalg.svdvals | X(4, 3)
linalg.eigh linalg.eigvalsh | S(3)
linalg.eig linalg.eigvals | S(3)
linalg.solve linalg.solve_ex | A(3), X(3, 2) | A(3), X(3)
linalg.solve_triangular | T(3), X(3, 2), upper=False
triangular_solve | X(3, 2), T(3), False
linalg.lstsq | X(4, 3), X(4, 2)
linalg.lu linalg.lu_factor linalg.lu_factor_ex lu geqrf | A(3)
lu | A(3), get_infos=True
geqrf | X(4, 2) | X(2, 3, 4)
linalg.lu_solve | *m.linalg.lu_factor(A(3)), X(3, 2)
    | *m.linalg.lu_factor(A(3)), X(3, 2), adjoint=True
    | *m.linalg.lu_factor(A(3)), X(2, 3), left=False
lu_solve | X(3, 2), *m.linalg.lu_factor(A(3))
lu_unpack | *m.linalg.lu_factor(A(3)) | *m.linalg.lu_factor(X(4, 3)), True, False
linalg.ldl_factor linalg.ldl_factor_ex | S(3) | S(3), hermitian=True
linalg.ldl_solve | *m.linalg.ldl_factor(S(3)), X(3, 2)
linalg.householder_product orgqr | X(4, 2), X(2)
ormqr | X(4, 2), X(2), X(4, 3) | X(4, 2), X(2), X(3, 4), False, True
svd_lowrank pca_lowrank | X(4, 3), 2
svd_lowrank | X(3, 4), 2, 1, X(3, 4)
linalg.matrix_rank linalg.cond | A(3)
linalg.cond | A(3), 1
linalg.norm | X(3, 4) | X(3, 4), 2 | X(3, 4), "nuc" | X(4), 1 | X(3, 4), 2, 1
linalg.vector_norm | X(3, 4) | X(3, 4), 1, 0 | X(3, 4), 3, 1, True
linalg.matrix_norm | X(3, 4) | X(3, 4), 1 | X(3, 4), 2
linalg.vecdot | X(3, 4), X(3, 4)
linalg.vander | X(3)
linalg.diagonal | X(3, 4) | X(2, 3, 4), offset=1
linalg.tensorinv | A(6).reshape(6, 2, 3), 1
linalg.tensorsolve | A(6).reshape(2, 3, 6), X(2, 3)
"""

SPECIAL = """
special.chebyshev_polynomial_t special.chebyshev_polynomial_u special.chebyshev_polynomial_v
    special.chebyshev_polynomial_w special.hermite_polynomial_h special.hermite_polynomial_he
    special.laguerre_polynomial_l special.legendre_polynomial_p
    special.shifted_chebyshev_polynomial_t special.shifted_chebyshev_polynomial_u
    special.shifted_chebyshev_polynomial_v special.shifted_chebyshev_polynomial_w | x, 3 | u, i
special.airy_ai | x
special.bessel_j0 special.bessel_j1 special.bessel_y0 special.bessel_y1 special.digamma
    special.psi | p
special.modified_bessel_i0 special.modified_bessel_i1 special.modified_bessel_k0 special.ndtri | h
special.modified_bessel_k1 special.scaled_modified_bessel_k0 special.scaled_modified_bessel_k1 | p
special.spherical_bessel_j0 special.entr special.gammaln special.log1p | p
special.erf special.erfc special.erfcx special.exp2 special.expit special.expm1 special.i0 | x
special.i0e special.i1 special.i1e special.log_ndtr special.ndtr special.round special.sinc | x
special.erfinv | u
special.logit | h | h, 0.1
special.gammainc special.gammaincc | p, q
special.multigammaln | g + 1, 2
special.xlogy special.xlog1py | x, p
special.zeta | g, p
"""

CONVERSIONS = """
Tensor.bfloat16 Tensor.bool Tensor.byte Tensor.cdouble Tensor.cfloat Tensor.char Tensor.double
    | P(3, 4)
Tensor.float Tensor.half Tensor.int Tensor.long Tensor.short | P(3, 4)
Tensor.to Tensor.type | X(3, 4), m.float64 | P(3, 4), m.int32 | X(3, 4), m.float16
Tensor.to | X(3, 4), X(2).to(m.float64) | X(3, 4), "cpu" | X(3, 4), m.float64, copy=True
Tensor.item | X() | I(5) | X(1, 1)
Tensor.tolist | X(3, 4) | X()
Tensor.numpy | I(4, 3, 4)
Tensor.dim Tensor.ndimension Tensor.ndim Tensor.shape Tensor.dtype Tensor.itemsize | X(3, 4)
Tensor.nbytes Tensor.nelement Tensor.element_size Tensor.is_leaf Tensor.requires_grad
    Tensor.layout | X(3, 4)
Tensor.size Tensor.stride | X(3, 4) | X(3, 4), 1
Tensor.storage_offset Tensor.is_contiguous | X(3, 4) | X(3, 4)[1:]
numel is_complex is_floating_point is_signed is_conj is_neg is_inference is_distributed | X(3, 4)
is_nonzero | X() | X(1)
is_tensor | X(3)
is_same_size | X(3), X(3) | X(3), X(4)
get_device | X(3)
Tensor.new_empty Tensor.new_ones Tensor.new_zeros | X(3, 4), (2, 3) | X(3, 4), 2, 3
    | X(3), (2,), dtype=m.int64
Tensor.new_full | X(3), (2, 3), N | X(3), (2,), 2, dtype=m.int64
Tensor.new_tensor | X(3), [1.0, 2.0] | I(3, 3), [1, 2]
ones_like zeros_like empty_like | X(3, 4) | X(3, 4), dtype=m.int64
full_like | X(3, 4), N | X(3, 4), 2, dtype=m.int64
rand_like randn_like | X(3, 4) | X(3, 4), dtype=m.float64
randint_like | X(3, 4), 5 | X(3, 4), 2, 9
result_type can_cast promote_types | m.float32, m.int64
result_type | X(3), 2 | I(3, 3), N | X(3), X()
broadcast_shapes | (3, 1), (4,)
Tensor.copy_ | X(3, 4), X(3, 4) | X(3, 4), X(4) | X(3, 4), N | X(3, 4), I(5, 3, 4)
Tensor.zero_ | X(3, 4)
Tensor.fill_diagonal_ | X(3, 4), N | X(3, 4), 2
Tensor.resize_as_ | X(3, 4), X(2, 6)
"""

CREATION = """
arange | 5 | 1, 7, 2 | 0.0, 2.0, 0.25 | K | N, 5.0, 0.5
range | 0, 4 | 1.0, 2.0, 0.5
linspace | 0, 1, 5 | N, 3.0, 4 | X(), 3.0, 4
logspace | 0, 1, 5 | N, 2.0, 4, base=2.0
full | (2, 3), N | (2, 3), 2 | (2,), True | (2,), X()
ones zeros empty | 2, 3 | (2, 3) | (2, 3), dtype=m.int64
empty_strided | (2, 3), (1, 2)
eye | 3 | 3, 4
tensor asarray as_tensor | [1.0, 2.0] | [[1, 2], [3, 4]] | N | K | True | [N, 1.0]
asarray as_tensor | X(3, 4)
scalar_tensor | N
tril_indices triu_indices | 3, 4 | 3, 4, 1
bartlett_window blackman_window hamming_window hann_window kaiser_window | 6 | 6, False | 1
"""

RANDOM = """
rand randn | 3, 4 | (20,) | (3, 4), dtype=m.float64
randint | 5, (3, 4) | 2, 9, (3, 4)
randperm | 6
bernoulli | H(3, 4) | H(3, 4), 0.5
Tensor.bernoulli_ | X(3, 4) | X(3, 4), 0.3 | X(3, 4), H(3, 4)
binomial | P(3, 4).ceil(), H(3, 4)
poisson | P(3, 4)
multinomial | P(3, 4), 2 | P(4), 6, True
normal | X(3, 4), P(3, 4) | 0.0, P(3, 4) | X(3, 4), 2.0 | 0.0, 1.0, (3, 4)
Tensor.normal_ Tensor.uniform_ Tensor.exponential_ Tensor.cauchy_ Tensor.log_normal_ | X(3, 4)
Tensor.geometric_ | X(3, 4), 0.3
Tensor.random_ | X(3, 4) | X(3, 4), 5 | X(3, 4), 2, 9
"""

OPERATORS = """
op.add op.sub op.mul op.truediv op.eq op.ne op.lt op.le op.gt op.ge | x, y
op.iadd op.isub op.imul op.itruediv | x, y
op.floordiv op.mod op.ifloordiv op.imod | x, p
op.pow op.ipow | p, y | x, 2 | p, 0.5
op.and_ op.or_ op.xor op.iand op.ior op.ixor | i, j | b, c
op.lshift op.rshift op.ilshift op.irshift | i, k
op.neg op.pos op.abs | x
op.invert | i | b
"""

TABLES = [ELEMENTWISE, FUNCTIONAL, REDUCTIONS, SHAPES, COPIES, MASKED, INDEXING, LINEAR, SPECIAL,
          CONVERSIONS, CREATION, RANDOM, OPERATORS]
