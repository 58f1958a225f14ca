"""The methods of Tensor that are operations, and in which module of ``functions/`` each is.

Made by ``python -m tests.namespace``.
"""

from __future__ import annotations

METHODS: dict[str, str] = {
    ".functions.activations": "relu prelu hardshrink",
    ".functions.arithmetic": """
        add sub mul div true_divide floor_divide remainder fmod pow float_power square neg lerp
        addcmul addcdiv multiply=mul subtract=sub divide=div negative=neg""",
    ".functions.comparison": """
        eq ne lt le gt ge logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor
        bitwise_left_shift bitwise_right_shift logical_not bitwise_not isnan isinf isfinite
        isposinf isneginf signbit isreal isclose where=where_else masked_fill maximum minimum
        fmax fmin clamp clamp_min clamp_max not_equal=ne less=lt less_equal=le greater=gt
        greater_equal=ge clip=clamp""",
    ".functions.complex_numbers": "angle",
    ".functions.copies": "clone",
    ".functions.decompositions": """
        cholesky=_cholesky cholesky_solve cholesky_inverse triangular_solve inverse=linalg_inv
        pinverse=linalg_pinv det=linalg_det slogdet=linalg_slogdet logdet svd qr
        matrix_exp=linalg_matrix_exp""",
    ".functions.factors": "lu_solve geqrf",
    ".functions.indexing": """
        gather take_along_dim scatter scatter_add scatter_reduce index_select index_add
        index_copy index_fill index_reduce take put masked_scatter select_scatter slice_scatter
        diagonal_scatter""",
    ".functions.joins": """
        repeat tile flip fliplr flipud rot90 roll tril triu diag_embed diag diagflat trace""",
    ".functions.linear": """
        dot vdot mv mm bmm matmul inner outer addmm addmv baddbmm addbmm addr kron matrix_power
        cross ger=outer""",
    ".functions.lowrank": "orgqr ormqr lu",
    ".functions.neural": "softmax log_softmax",
    ".functions.order": """
        sort argsort msort topk kthvalue mode quantile nanquantile median nanmedian""",
    ".functions.pointwise": """
        sqrt rsqrt reciprocal exp exp2 expm1 log log2 log10 log1p sigmoid logaddexp logaddexp2
        sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh atan2 hypot deg2rad rad2deg
        sinc erf erfc erfinv lgamma digamma xlogy floor ceil trunc copysign round frac frexp abs
        sign sgn logit polygamma=polygamma_of heaviside nextafter ldexp nan_to_num absolute=abs
        arcsin=asin arccos=acos arctan=atan arcsinh=asinh arccosh=acosh arctanh=atanh
        arctan2=atan2 fix=trunc""",
    ".functions.reduce": """
        sum=sum_ nansum mean nanmean prod count_nonzero any=any_ all=all_ amax amin aminmax
        argmax argmin var std norm logsumexp cumsum cumprod logcumsumexp cummax cummin diff""",
    ".functions.shape": """
        reshape ravel unflatten permute transpose swapaxes swapdims t adjoint movedim squeeze
        unsqueeze expand broadcast_to narrow select unbind split split_with_sizes chunk hsplit
        vsplit dsplit diagonal unfold moveaxis=movedim""",
    ".functions.short_time": "stft istft",
    ".functions.special": "i0 igamma igammac mvlgamma",
    ".functions.statistics": "cov corrcoef dist renorm renorm_",
    ".functions.view_copies": """
        narrow_copy unsafe_chunk unsafe_split unsafe_split_with_sizes as_strided_scatter""",
    ".functions.whole": "gcd lcm",
}
"""By the module: the names, ``name=other`` where the module calls the operation ``other``."""

WRITES: dict[str, str] = {
    ".functions.activations": "relu_=relu",
    ".functions.arithmetic": """
        add_=add sub_=sub mul_=mul div_=div true_divide_=true_divide floor_divide_=floor_divide
        remainder_=remainder fmod_=fmod pow_=pow float_power_=float_power square_=square
        neg_=neg lerp_=lerp addcmul_=addcmul addcdiv_=addcdiv multiply_=mul subtract_=sub
        divide_=div negative_=neg""",
    ".functions.comparison": """
        eq_=eq ne_=ne lt_=lt le_=le gt_=gt ge_=ge logical_and_=logical_and
        logical_or_=logical_or logical_xor_=logical_xor bitwise_and_=bitwise_and
        bitwise_or_=bitwise_or bitwise_xor_=bitwise_xor bitwise_left_shift_=bitwise_left_shift
        bitwise_right_shift_=bitwise_right_shift logical_not_=logical_not
        bitwise_not_=bitwise_not masked_fill_=masked_fill clamp_=clamp clamp_min_=clamp_min
        clamp_max_=clamp_max not_equal_=ne less_=lt less_equal_=le greater_=gt greater_equal_=ge
        clip_=clamp""",
    ".functions.complex_numbers": "conj_physical_=conj_physical",
    ".functions.indexing": """
        scatter_=scatter scatter_add_=scatter_add scatter_reduce_=scatter_reduce
        index_add_=index_add index_copy_=index_copy index_fill_=index_fill
        index_reduce_=index_reduce put_=put masked_scatter_=masked_scatter""",
    ".functions.joins": "tril_=tril triu_=triu",
    ".functions.linear": "addmm_=addmm addmv_=addmv baddbmm_=baddbmm addbmm_=addbmm addr_=addr",
    ".functions.pointwise": """
        sqrt_=sqrt rsqrt_=rsqrt reciprocal_=reciprocal exp_=exp exp2_=exp2 expm1_=expm1 log_=log
        log2_=log2 log10_=log10 log1p_=log1p sigmoid_=sigmoid sin_=sin cos_=cos tan_=tan
        asin_=asin acos_=acos atan_=atan sinh_=sinh cosh_=cosh tanh_=tanh asinh_=asinh
        acosh_=acosh atanh_=atanh atan2_=atan2 hypot_=hypot deg2rad_=deg2rad rad2deg_=rad2deg
        sinc_=sinc erf_=erf erfc_=erfc erfinv_=erfinv lgamma_=lgamma digamma_=digamma
        xlogy_=xlogy floor_=floor ceil_=ceil trunc_=trunc copysign_=copysign round_=round
        frac_=frac abs_=abs sign_=sign sgn_=sgn logit_=logit polygamma_=polygamma_of
        heaviside_=heaviside nextafter_=nextafter ldexp_=ldexp nan_to_num_=nan_to_num
        absolute_=abs arcsin_=asin arccos_=acos arctan_=atan arcsinh_=asinh arccosh_=acosh
        arctanh_=atanh arctan2_=atan2 fix_=trunc""",
    ".functions.reduce": "cumsum_=cumsum cumprod_=cumprod",
    ".functions.special": "i0_=i0 igamma_=igamma igammac_=igammac mvlgamma_=mvlgamma",
    ".functions.whole": "gcd_=gcd lcm_=lcm",
}
"""And of those that write."""
