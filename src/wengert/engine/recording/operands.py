"""Which operands of an operation are no Python numbers, in PyTorch's signatures."""

from __future__ import annotations

_TENSORS: dict[tuple[int, ...], str] = {
    (0, 1): """
        addcdiv addcmul atan2 binary_cross_entropy_with_logits bmm cdist cholesky_solve complex
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity
        cross cross_entropy diagonal_scatter dot embedding fmax fmin gcd grid_sample heaviside
        hinge_embedding_loss hypot igamma igammac inner isclose kl_div kron lcm linalg_cross
        linalg_solve linalg_vecdot linear logaddexp logaddexp2 logical_and logical_or logical_xor
        matmul maximum minimum mm multi_margin_loss mv nextafter nll_loss outer pairwise_distance
        polar prelu slice_scatter soft_margin_loss take take_along_dim triangular_solve vdot""",
    (0,): """
        clamp_max clamp_min copysign eq fill fmod ge gt ldexp le lt ne nanquantile quantile rsub""",
    (1,): "bucketize",
    (): """
        bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor remainder
        special_chebyshev_polynomial_t special_chebyshev_polynomial_u
        special_chebyshev_polynomial_v special_chebyshev_polynomial_w special_hermite_polynomial_h
        special_hermite_polynomial_he special_laguerre_polynomial_l special_legendre_polynomial_p
        special_shifted_chebyshev_polynomial_t special_shifted_chebyshev_polynomial_u
        special_shifted_chebyshev_polynomial_v special_shifted_chebyshev_polynomial_w
        special_xlog1py special_zeta xlogy pow float_power""",
}
"""By the operands among the first two; of the last, one has to be a tensor."""
TENSORS = {name: places for places, names in _TENSORS.items() for name in names.split()}
"""By the operation: the operands that are tensors; none for "not both are numbers"."""
