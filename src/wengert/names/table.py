"""The names of the torch namespace, and where each is from.

``python -m tests.namespace`` makes ``__init__.py`` and its stub of this table; nothing reads it
when Wengert is imported. A new name is a word here. The groups are those of ``__all__``; in a group
stand the names of a module, ``name=other`` where the module calls it ``other``, and under
``.functions`` those of compositions, which are found in any of its files.
"""

from __future__ import annotations

TABLE: dict[str, dict[str, str]] = {
    "the tensor": {
        ".engine.devices": "device layout memory_format",
        ".engine.dtypes": "dtype=DType",
        ".tensors.construction": """
            BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor
            IntTensor LongTensor ShortTensor""",
        ".cuda": "Event Stream",
        ".operators": "ops=found",
        ".tensors.operators": "Tensor",
        ".tensors.random": "Generator",
        ".tensors.size": "Size",
    },
    "storages and files": {
        ".serialization": "load save",
        ".tensors.storage": """
            BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage
            ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage
            ShortStorage TypedStorage UntypedStorage""",
    },
    "dtypes and their limits": {
        ".engine.dtypes": """
            bfloat16 bool=bool_ chalf=complex32 complex128 complex32 complex64 float16 float32
            float64 get_default_dtype int16 int32 int64 int8 set_default_dtype uint8 uint16 uint32
            qint8 quint8 qint32 quint4x2 quint2x4 int1 int2 int3 int4 int5 int6 int7 uint1 uint2
            uint3 uint4 uint5 uint6 uint7 uint64 float8_e4m3fn float8_e4m3fnuz float8_e5m2
            float8_e5m2fnuz float8_e8m0fnu
            half=float16 float=float32
            double=float64 cfloat=complex64 cdouble=complex128 short=int16 int=int32 long=int64""",
        ".tensors.limits": "finfo iinfo",
    },
    "constants": {
        "math": "e inf nan pi",
        ".engine.devices": """
            strided contiguous_format legacy_contiguous_format=contiguous_format preserve_format
            channels_last channels_last_3d jagged
            sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr""",
    },
    "modules": {
        ".": "autograd return_types version",
    },
    "Wengert's own": {
        ".as_torch": "install_as_torch",
        ".config": "config",
        ".explain": "derivative why",
        ".layers": "summary",
        ".profiling": "explain_kernel profile",
    },
    "settings": {
        ".compiler": "compile",
        ".engine.devices": "get_default_device set_default_device",
        ".functions.settings": """
            are_deterministic_algorithms_enabled compiled_with_cxx11_abi
            get_deterministic_debug_mode get_float32_matmul_precision get_num_interop_threads
            get_num_threads is_deterministic_algorithms_warn_only_enabled is_storage
            is_warn_always_enabled set_default_tensor_type set_deterministic_debug_mode
            set_float32_matmul_precision set_flush_denormal set_num_interop_threads set_num_threads
            set_warn_always typename use_deterministic_algorithms""",
        ".tensors.printing": "set_printoptions",
    },
    "anomalies": {
        ".autograd.anomaly": "is_anomaly_check_nan_enabled is_anomaly_enabled set_anomaly_enabled",
    },
    "transforms": {
        ".autograd.vmap": "vmap",
    },
    "grad modes": {
        ".autograd.modes": """
            enable_grad inference_mode is_grad_enabled is_inference_mode_enabled no_grad
            set_grad_enabled""",
    },
    "mixed precision": {
        ".amp": """
            autocast get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype
            is_autocast_available is_autocast_cpu_enabled
            is_autocast_enabled GradScaler""",
    },
    "making tensors": {
        ".functions.grids": "range=range_",
        ".functions.windows": """
            bartlett_window blackman_window hamming_window hann_window kaiser_window""",
        ".tensors.creation": """
            arange empty empty_like empty_strided eye full full_like linspace logspace ones
            ones_like scalar_tensor tril_indices triu_indices zeros zeros_like""",
        ".tensors.sparse.construction": """
            sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor
            sparse_csc_tensor sparse_csr_tensor""",
        ".tensors.data": "as_tensor asarray from_dlpack from_numpy frombuffer tensor to_dlpack",
    },
    "random numbers": {
        ".functions.namesakes": "alpha_dropout dropout feature_alpha_dropout feature_dropout",
        ".functions.pathwise": "_standard_gamma=standard_gamma",
        ".tensors.random": """
            bernoulli binomial default_generator get_rng_state initial_seed manual_seed multinomial
            normal poisson rand rand_like randint randint_like randn randn_like randperm seed
            set_rng_state""",
    },
    "what a tensor is": {
        ".functions.settings": "get_device is_distributed is_inference is_neg is_same_size",
        ".tensors.attributes": """
            broadcast_shapes can_cast is_complex is_conj is_floating_point is_nonzero is_signed
            is_tensor numel promote_types result_type""",
    },
    "pointwise": {
        ".functions": """
            abs absolute acos acosh add addcdiv addcmul angle arccos arccosh arcsin arcsinh arctan
            arctan2 arctanh asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_not
            bitwise_or bitwise_right_shift bitwise_xor ceil clamp clamp_max clamp_min clip clone
            complex copysign cos cosh deg2rad digamma div divide erf erfc erfinv exp exp2
            expm1 fill fix float_power floor floor_divide fmod frac frexp heaviside hypot imag ldexp
            lerp lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or
            logical_xor logit masked_fill mul multiply nan_to_num neg negative nextafter polar
            polygamma pow rad2deg reciprocal remainder round rsqrt rsub sgn sigmoid sign signbit sin
            sinc sinh sqrt square sub subtract tan tanh true_divide trunc view_as_complex
            view_as_real xlogy""",
        ".functions.itself": "conj conj_physical positive real resolve_conj resolve_neg",
    },
    "in place": {
        ".tensors.writes": """
            abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_
            asin_ asinh_
            atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ deg2rad_
            detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ lcm_ ldexp_ log10_
            log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_
            resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_
            xlogy_ zero_""",
        ".functions.namesakes": "alpha_dropout_ dropout_ feature_alpha_dropout_ feature_dropout_",
        ".nn.bags": "embedding_renorm_",
        ".nn.functional": "celu_ selu_ threshold_",
    },
    "comparison": {
        ".functions": """
            eq fmax fmin ge greater greater_equal gt isclose isfinite isinf isnan isneginf isposinf
            isreal le less less_equal lt maximum minimum ne not_equal""",
        ".functions.choices": "where",
        ".functions.selection": "allclose equal isin",
    },
    "activations": {
        ".functions.namesakes": "rrelu rrelu_",
        ".functions": "celu hardshrink log_softmax prelu relu selu softmax threshold",
    },
    "reduction": {
        ".functions": """
            all amax amin aminmax any argmax argmin count_nonzero cummax cummin cumprod cumsum diff
            logcumsumexp logsumexp mean nanmean nanquantile nansum norm prod quantile std std_mean
            sum var var_mean""",
        ".functions.choices": "max=max_ min=min_",
        ".functions.order": "median nanmedian",
    },
    "order": {
        ".functions": "argsort bucketize kthvalue mode msort searchsorted sort topk",
        ".functions.selection": "bincount histc histogram histogramdd unique unique_consecutive",
    },
    "shape": {
        ".functions": """
            adjoint block_diag broadcast_to cartesian_prod cat chunk column_stack concat concatenate
            diag diag_embed diagflat diagonal dsplit dstack flip fliplr flipud hsplit hstack
            moveaxis movedim narrow pixel_shuffle pixel_unshuffle ravel reshape roll rot90
            row_stack select split split_with_sizes squeeze stack swapaxes swapdims t tile trace
            transpose tril triu unbind unflatten unsqueeze vsplit vstack unsafe_chunk unsafe_split
            unsafe_split_with_sizes""",
        ".functions.native": "constant_pad_nd",
        ".functions.choices": """
            as_strided atleast_1d atleast_2d atleast_3d broadcast_tensors detach flatten
            meshgrid permute repeat_interleave tensor_split""",
    },
    "views as copies": {
        ".functions": """
            alias_copy detach_copy diagonal_copy expand_copy narrow_copy permute_copy select_copy
            slice_copy split_copy split_with_sizes_copy squeeze_copy t_copy transpose_copy
            unbind_copy unfold_copy unsqueeze_copy view_as_complex_copy view_as_real_copy
            view_copy""",
        ".functions.view_copies": "as_strided_copy as_strided_scatter",
    },
    "indexing": {
        ".functions": """
            diagonal_scatter gather index_add index_copy index_fill index_reduce index_select
            masked_scatter put scatter scatter_add scatter_reduce select_scatter slice_scatter
            take take_along_dim""",
        ".functions.selection": """
            argwhere index_put index_put_ masked_select nonzero nonzero_static""",
    },
    "linear algebra": {
        ".functions": """
            addbmm addmm addmv addr baddbmm bilinear bmm cdist chain_matmul cross dot dsmm=mm ger
            inner kron matmul matrix_power mm mv outer tensordot vdot cholesky_inverse
            cholesky_solve det geqrf logdet lu_solve lu_unpack matrix_exp norm_except_dim pinverse
            qr slogdet spmm=mm svd triangular_solve""",
        ".functions.einsum": "einsum",
        ".functions.lowrank": "lu orgqr ormqr pca_lowrank svd_lowrank",
        ".functions.decompositions": "cholesky=old_cholesky inverse=inv",
    },
    "special functions, integers, statistics, sampled functions": {
        ".functions": "i0 igamma igammac istft mvlgamma gcd lcm stft",
        ".functions.calculus": "cumulative_trapezoid gradient trapezoid trapz",
        ".functions.grids": "combinations unravel_index vander",
        ".nn.criteria": "pdist",
        ".functions.statistics": "corrcoef cov dist frobenius_norm renorm nuclear_norm",
    },
    "convolutions and pooling": {
        ".functions": """
            adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d channel_shuffle conv1d conv2d conv3d
            conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d convolution max_pool1d
            max_pool1d_with_indices max_pool2d max_pool3d native_channel_shuffle""",
    },
    "neural": {
        ".functions.native": """
            affine_grid_generator batch_norm grid_sampler grid_sampler_2d grid_sampler_3d
            instance_norm native_batch_norm native_group_norm native_layer_norm""",
        ".functions": """
            cosine_similarity gru_cell lstm_cell rnn_relu_cell rnn_tanh_cell pairwise_distance
            rms_norm""",
        ".functions.namesakes": """
            binary_cross_entropy_with_logits cosine_embedding_loss embedding group_norm
            hinge_embedding_loss kl_div layer_norm margin_ranking_loss poisson_nll_loss
            triplet_margin_loss""",
        ".functions.recurrent": "gru lstm rnn_relu rnn_tanh",
    },
}

LATER = """
    _C __config__ accelerator amp backends compiler cpu cuda distributed distributions export fft
    func futures fx hub jit library linalg masked monitor multiprocessing nn ode onnx optim
    overrides profiler quasirandom random serialization signal sparse special storage testing types
    utils"""
"""Modules that are imported when first asked for, so that ``import wengert`` does not wait for
them; beside them those of ``absent.py`` and of ``paths.py``."""

AT_ONCE = """
    math . .config .engine.devices .engine.dtypes .autograd.modes .tensors.creation .tensors.data
    .tensors.operators .tensors.random .tensors.size"""
"""Where the names are from that ``import wengert`` brings; all others are found when first asked
for."""
