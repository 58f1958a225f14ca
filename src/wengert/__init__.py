"""PyTorch's define-by-run autograd in pure Python: ``import wengert as torch``.

Made of the table in ``names/table.py`` by ``python -m tests.namespace``.
"""

from math import e, inf, nan, pi

from .engine.garbage import importing

with importing():
    from . import autograd, return_types, version
    from .autograd.modes import (
        enable_grad,
        inference_mode,
        is_grad_enabled,
        is_inference_mode_enabled,
        no_grad,
        set_grad_enabled,
    )
    from .config import config
    from .engine.devices import (
        channels_last,
        channels_last_3d,
        contiguous_format,
        device,
        get_default_device,
        jagged,
        layout,
        memory_format,
        preserve_format,
        set_default_device,
        sparse_bsc,
        sparse_bsr,
        sparse_coo,
        sparse_csc,
        sparse_csr,
        strided,
    )
    from .engine.devices import contiguous_format as legacy_contiguous_format
    from .engine.dtypes import DType as dtype
    from .engine.dtypes import (
        bfloat16,
        complex32,
        complex64,
        complex128,
        float8_e4m3fn,
        float8_e4m3fnuz,
        float8_e5m2,
        float8_e5m2fnuz,
        float8_e8m0fnu,
        float16,
        float32,
        float64,
        get_default_dtype,
        int1,
        int2,
        int3,
        int4,
        int5,
        int6,
        int7,
        int8,
        int16,
        int32,
        int64,
        qint8,
        qint32,
        quint2x4,
        quint4x2,
        quint8,
        set_default_dtype,
        uint1,
        uint2,
        uint3,
        uint4,
        uint5,
        uint6,
        uint7,
        uint8,
        uint16,
        uint32,
        uint64,
    )
    from .engine.dtypes import bool_ as bool
    from .engine.dtypes import complex32 as chalf
    from .engine.dtypes import complex64 as cfloat
    from .engine.dtypes import complex128 as cdouble
    from .engine.dtypes import float16 as half
    from .engine.dtypes import float32 as float
    from .engine.dtypes import float64 as double
    from .engine.dtypes import int16 as short
    from .engine.dtypes import int32 as int
    from .engine.dtypes import int64 as long
    from .engine.tracebacks import install as show_user_lines
    from .names.finder import install as install_finder
    from .names.missing import answer_missing_names
    from .tensors.creation import (
        arange,
        empty,
        empty_like,
        empty_strided,
        eye,
        full,
        full_like,
        linspace,
        logspace,
        ones,
        ones_like,
        scalar_tensor,
        tril_indices,
        triu_indices,
        zeros,
        zeros_like,
    )
    from .tensors.data import (
        as_tensor,
        asarray,
        from_dlpack,
        from_numpy,
        frombuffer,
        tensor,
        to_dlpack,
    )
    from .tensors.operators import Tensor
    from .tensors.random import (
        Generator,
        bernoulli,
        binomial,
        default_generator,
        get_rng_state,
        initial_seed,
        manual_seed,
        multinomial,
        normal,
        poisson,
        rand,
        rand_like,
        randint,
        randint_like,
        randn,
        randn_like,
        randperm,
        seed,
        set_rng_state,
    )
    from .tensors.recorded import public
    from .tensors.size import Size

install_finder()
show_user_lines()
__version__ = version.__version__
newaxis = None

__all__ = [
    # the tensor
    "device", "layout", "memory_format", "dtype", "BFloat16Tensor", "BoolTensor", "ByteTensor",
    "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "Event", "Stream", "ops", "Tensor", "Generator", "Size",
    # storages and files
    "load", "save", "BFloat16Storage", "BoolStorage", "ByteStorage", "CharStorage",
    "ComplexDoubleStorage", "ComplexFloatStorage", "DoubleStorage", "FloatStorage", "HalfStorage",
    "IntStorage", "LongStorage", "ShortStorage", "TypedStorage", "UntypedStorage",
    # dtypes and their limits
    "bfloat16", "bool", "chalf", "complex128", "complex32", "complex64", "float16", "float32",
    "float64", "get_default_dtype", "int16", "int32", "int64", "int8", "set_default_dtype", "uint8",
    "uint16", "uint32", "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "int1", "int2", "int3",
    "int4", "int5", "int6", "int7", "uint1", "uint2", "uint3", "uint4", "uint5", "uint6", "uint7",
    "uint64", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz",
    "float8_e8m0fnu", "half", "float", "double", "cfloat", "cdouble", "short", "int", "long",
    "finfo", "iinfo",
    # constants
    "e", "inf", "nan", "pi", "strided", "contiguous_format", "legacy_contiguous_format",
    "preserve_format", "channels_last", "channels_last_3d", "jagged", "sparse_bsc", "sparse_bsr",
    "sparse_coo", "sparse_csc", "sparse_csr", "newaxis",
    # modules
    "autograd", "return_types", "version", "_C", "accelerator", "amp", "ao", "backends", "compiler",
    "cpu", "cuda", "distributed", "distributions", "export", "fft", "func", "futures", "fx", "hub",
    "jit", "library", "linalg", "masked", "monitor", "mps", "multiprocessing", "nested", "nn",
    "ode", "onnx", "optim", "overrides", "package", "profiler", "quantization", "quasirandom",
    "random", "serialization", "signal", "sparse", "special", "storage", "testing", "types",
    "utils", "xpu",
    # Wengert's own
    "install_as_torch", "config", "derivative", "why", "summary", "explain_kernel", "profile",
    # settings
    "compile", "get_default_device", "set_default_device", "are_deterministic_algorithms_enabled",
    "compiled_with_cxx11_abi", "get_deterministic_debug_mode", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads", "is_deterministic_algorithms_warn_only_enabled",
    "is_storage", "is_warn_always_enabled", "set_default_tensor_type",
    "set_deterministic_debug_mode", "set_float32_matmul_precision", "set_flush_denormal",
    "set_num_interop_threads", "set_num_threads", "set_warn_always", "typename",
    "use_deterministic_algorithms", "set_printoptions",
    # anomalies
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_anomaly_enabled",
    # transforms
    "vmap",
    # grad modes
    "enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad",
    "set_grad_enabled",
    # mixed precision
    "autocast", "get_autocast_cpu_dtype", "get_autocast_dtype", "get_autocast_gpu_dtype",
    "is_autocast_available", "is_autocast_cpu_enabled", "is_autocast_enabled", "GradScaler",
    # making tensors
    "range", "bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window",
    "arange", "empty", "empty_like", "empty_strided", "eye", "full", "full_like", "linspace",
    "logspace", "ones", "ones_like", "scalar_tensor", "tril_indices", "triu_indices", "zeros",
    "zeros_like", "sparse_bsc_tensor", "sparse_bsr_tensor", "sparse_compressed_tensor",
    "sparse_coo_tensor", "sparse_csc_tensor", "sparse_csr_tensor", "as_tensor", "asarray",
    "from_dlpack", "from_numpy", "frombuffer", "tensor", "to_dlpack",
    # random numbers
    "alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout", "_standard_gamma",
    "bernoulli", "binomial", "default_generator", "get_rng_state", "initial_seed", "manual_seed",
    "multinomial", "normal", "poisson", "rand", "rand_like", "randint", "randint_like", "randn",
    "randn_like", "randperm", "seed", "set_rng_state",
    # what a tensor is
    "get_device", "is_distributed", "is_inference", "is_neg", "is_same_size", "broadcast_shapes",
    "can_cast", "is_complex", "is_conj", "is_floating_point", "is_nonzero", "is_signed",
    "is_tensor", "numel", "promote_types", "result_type",
    # pointwise
    "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "angle", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2", "atanh",
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "clone", "complex",
    "copysign", "cos", "cosh", "deg2rad", "digamma", "div", "divide", "erf", "erfc", "erfinv",
    "exp", "exp2", "expm1", "fill", "fix", "float_power", "floor", "floor_divide", "fmod", "frac",
    "frexp", "heaviside", "hypot", "imag", "ldexp", "lerp", "lgamma", "log", "log10", "log1p",
    "log2", "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor",
    "logit", "masked_fill", "mul", "multiply", "nan_to_num", "neg", "negative", "nextafter",
    "polar", "polygamma", "pow", "rad2deg", "reciprocal", "remainder", "round", "rsqrt", "rsub",
    "sgn", "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "sub", "subtract",
    "tan", "tanh", "true_divide", "trunc", "view_as_complex", "view_as_real", "xlogy", "conj",
    "conj_physical", "positive", "real", "resolve_conj", "resolve_neg",
    # in place
    "abs_", "acos_", "acosh_", "addmv_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_",
    "arctanh_", "as_strided_", "asin_", "asinh_", "atan_", "atanh_", "ceil_", "clamp_",
    "clamp_max_", "clamp_min_", "clip_", "conj_physical_", "cos_", "cosh_", "deg2rad_", "detach_",
    "erf_", "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_", "i0_",
    "lcm_", "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_", "neg_",
    "negative_", "rad2deg_", "reciprocal_", "relu_", "resize_as_", "round_", "rsqrt_", "sigmoid_",
    "sin_", "sinc_", "sinh_", "sqrt_", "square_", "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
    "alpha_dropout_", "dropout_", "feature_alpha_dropout_", "feature_dropout_", "embedding_renorm_",
    "celu_", "selu_", "threshold_",
    # comparison
    "eq", "fmax", "fmin", "ge", "greater", "greater_equal", "gt", "isclose", "isfinite", "isinf",
    "isnan", "isneginf", "isposinf", "isreal", "le", "less", "less_equal", "lt", "maximum",
    "minimum", "ne", "not_equal", "where", "allclose", "equal", "isin",
    # activations
    "rrelu", "rrelu_", "celu", "hardshrink", "log_softmax", "prelu", "relu", "selu", "softmax",
    "threshold",
    # reduction
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "cummax",
    "cummin", "cumprod", "cumsum", "diff", "logcumsumexp", "logsumexp", "mean", "nanmean",
    "nanquantile", "nansum", "norm", "prod", "quantile", "std", "std_mean", "sum", "var",
    "var_mean", "max", "min", "median", "nanmedian",
    # order
    "argsort", "bucketize", "kthvalue", "mode", "msort", "searchsorted", "sort", "topk", "bincount",
    "histc", "histogram", "histogramdd", "unique", "unique_consecutive",
    # shape
    "adjoint", "block_diag", "broadcast_to", "cartesian_prod", "cat", "chunk", "column_stack",
    "concat", "concatenate", "diag", "diag_embed", "diagflat", "diagonal", "dsplit", "dstack",
    "flip", "fliplr", "flipud", "hsplit", "hstack", "moveaxis", "movedim", "narrow",
    "pixel_shuffle", "pixel_unshuffle", "ravel", "reshape", "roll", "rot90", "row_stack", "select",
    "split", "split_with_sizes", "squeeze", "stack", "swapaxes", "swapdims", "t", "tile", "trace",
    "transpose", "tril", "triu", "unbind", "unflatten", "unsqueeze", "vsplit", "vstack",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "constant_pad_nd", "as_strided",
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_tensors", "detach", "flatten", "meshgrid",
    "permute", "repeat_interleave", "tensor_split",
    # views as copies
    "alias_copy", "detach_copy", "diagonal_copy", "expand_copy", "narrow_copy", "permute_copy",
    "select_copy", "slice_copy", "split_copy", "split_with_sizes_copy", "squeeze_copy", "t_copy",
    "transpose_copy", "unbind_copy", "unfold_copy", "unsqueeze_copy", "view_as_complex_copy",
    "view_as_real_copy", "view_copy", "as_strided_copy", "as_strided_scatter",
    # indexing
    "diagonal_scatter", "gather", "index_add", "index_copy", "index_fill", "index_reduce",
    "index_select", "masked_scatter", "put", "scatter", "scatter_add", "scatter_reduce",
    "select_scatter", "slice_scatter", "take", "take_along_dim", "argwhere", "index_put",
    "index_put_", "masked_select", "nonzero", "nonzero_static",
    # linear algebra
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bilinear", "bmm", "cdist", "chain_matmul",
    "cross", "dot", "dsmm", "ger", "inner", "kron", "matmul", "matrix_power", "mm", "mv", "outer",
    "tensordot", "vdot", "cholesky_inverse", "cholesky_solve", "det", "geqrf", "logdet", "lu_solve",
    "lu_unpack", "matrix_exp", "norm_except_dim", "pinverse", "qr", "slogdet", "spmm", "svd",
    "triangular_solve", "einsum", "lu", "orgqr", "ormqr", "pca_lowrank", "svd_lowrank", "cholesky",
    "inverse",
    # special functions, integers, statistics, sampled functions
    "i0", "igamma", "igammac", "istft", "mvlgamma", "gcd", "lcm", "stft", "cumulative_trapezoid",
    "gradient", "trapezoid", "trapz", "combinations", "unravel_index", "vander", "pdist",
    "corrcoef", "cov", "dist", "frobenius_norm", "renorm", "nuclear_norm",
    # convolutions and pooling
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "avg_pool1d", "channel_shuffle", "conv1d",
    "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "convolution", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d",
    "native_channel_shuffle",
    # neural
    "affine_grid_generator", "batch_norm", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d",
    "instance_norm", "native_batch_norm", "native_group_norm", "native_layer_norm",
    "cosine_similarity", "gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell",
    "pairwise_distance", "rms_norm", "binary_cross_entropy_with_logits", "cosine_embedding_loss",
    "embedding", "group_norm", "hinge_embedding_loss", "kl_div", "layer_norm",
    "margin_ranking_loss", "poisson_nll_loss", "triplet_margin_loss", "gru", "lstm", "rnn_relu",
    "rnn_tanh",
]
answer_missing_names(__name__, later=(
    "_C", "__config__", "accelerator", "amp", "backends", "compiler", "cpu", "cuda",
    "distributed", "distributions", "export", "fft", "func", "futures", "fx", "hub", "jit",
    "library", "linalg", "masked", "monitor", "multiprocessing", "nn", "ode", "onnx", "optim",
    "overrides", "profiler", "quasirandom", "random", "serialization", "signal", "sparse",
    "special", "storage", "testing", "types", "utils"), names={
    ".amp": """
        autocast get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype
        is_autocast_available is_autocast_cpu_enabled is_autocast_enabled GradScaler""",
    ".as_torch": "install_as_torch",
    ".autograd.anomaly": "is_anomaly_check_nan_enabled is_anomaly_enabled set_anomaly_enabled",
    ".autograd.vmap": "vmap",
    ".compiler": "compile",
    ".cuda": "Event Stream",
    ".explain": "derivative why",
    ".functions.activations": "celu hardshrink prelu relu selu threshold",
    ".functions.arithmetic": """
        add addcdiv addcmul div divide=div float_power floor_divide fmod lerp mul multiply=mul
        neg negative=neg pow remainder rsub square sub subtract=sub true_divide""",
    ".functions.calculus": "cumulative_trapezoid gradient trapezoid trapz",
    ".functions.choices": """
        where max=max_ min=min_ as_strided atleast_1d atleast_2d atleast_3d broadcast_tensors
        detach flatten meshgrid permute repeat_interleave tensor_split""",
    ".functions.clipping": "norm_except_dim",
    ".functions.comparison": """
        bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor
        clamp clamp_max clamp_min clip=clamp logical_and logical_not logical_or logical_xor
        masked_fill signbit eq fmax fmin ge greater=gt greater_equal=ge gt isclose isfinite
        isinf isnan isneginf isposinf isreal le less=lt less_equal=le lt maximum minimum ne
        not_equal=ne""",
    ".functions.complex_numbers": "angle complex imag polar view_as_complex view_as_real",
    ".functions.convolution": """
        conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d
        convolution""",
    ".functions.copies": "clone fill",
    ".functions.decompositions": """
        cholesky_inverse cholesky_solve det=linalg_det logdet matrix_exp=linalg_matrix_exp
        pinverse=linalg_pinv qr slogdet=linalg_slogdet svd triangular_solve
        cholesky=old_cholesky inverse=inv""",
    ".functions.einsum": "einsum",
    ".functions.factors": "geqrf lu_solve lu_unpack",
    ".functions.grids": "range=range_ combinations unravel_index vander",
    ".functions.indexing": """
        diagonal_scatter gather index_add index_copy index_fill index_reduce index_select
        masked_scatter put scatter scatter_add scatter_reduce select_scatter slice_scatter take
        take_along_dim""",
    ".functions.itself": "conj conj_physical positive real resolve_conj resolve_neg",
    ".functions.joins": """
        block_diag cartesian_prod cat column_stack concat=cat concatenate=cat diag diag_embed
        diagflat dstack flip fliplr flipud hstack pixel_shuffle pixel_unshuffle roll rot90
        row_stack=vstack stack tile trace tril triu vstack""",
    ".functions.linear": """
        addbmm addmm addmv addr baddbmm bilinear bmm cdist chain_matmul cross dot dsmm=mm
        ger=outer inner kron matmul matrix_power mm mv outer tensordot vdot spmm=mm""",
    ".functions.lowrank": "lu orgqr ormqr pca_lowrank svd_lowrank",
    ".functions.namesakes": """
        alpha_dropout dropout feature_alpha_dropout feature_dropout alpha_dropout_ dropout_
        feature_alpha_dropout_ feature_dropout_ rrelu rrelu_ binary_cross_entropy_with_logits
        cosine_embedding_loss embedding group_norm hinge_embedding_loss kl_div layer_norm
        margin_ranking_loss poisson_nll_loss triplet_margin_loss""",
    ".functions.native": """
        constant_pad_nd affine_grid_generator batch_norm grid_sampler grid_sampler_2d
        grid_sampler_3d instance_norm native_batch_norm native_group_norm native_layer_norm""",
    ".functions.neural": "log_softmax softmax cosine_similarity pairwise_distance rms_norm",
    ".functions.order": """
        nanquantile quantile median nanmedian argsort bucketize kthvalue mode msort searchsorted
        sort topk""",
    ".functions.pathwise": "_standard_gamma=standard_gamma",
    ".functions.pointwise": """
        abs absolute=abs acos acosh arccos=acos arccosh=acosh arcsin=asin arcsinh=asinh
        arctan=atan arctan2=atan2 arctanh=atanh asin asinh atan atan2 atanh ceil copysign cos
        cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix=trunc floor frac frexp heaviside
        hypot ldexp lgamma log log10 log1p log2 logaddexp logaddexp2 logit nan_to_num nextafter
        polygamma rad2deg reciprocal round rsqrt sgn sigmoid sign sin sinc sinh sqrt tan tanh
        trunc xlogy""",
    ".functions.pooling": """
        adaptive_avg_pool1d adaptive_max_pool1d=_adaptive_max_pool1d avg_pool1d
        max_pool1d=_max_pool1d max_pool1d_with_indices=_max_pool1d_with_indices
        max_pool2d=_max_pool2d max_pool3d=_max_pool3d""",
    ".functions.recurrent": """
        gru_cell lstm_cell rnn_relu_cell rnn_tanh_cell gru lstm rnn_relu rnn_tanh""",
    ".functions.reduce": """
        all=all_ amax amin aminmax any=any_ argmax argmin count_nonzero cummax cummin cumprod
        cumsum diff logcumsumexp logsumexp mean nanmean nansum norm prod std std_mean sum=sum_
        var var_mean""",
    ".functions.resampling": "channel_shuffle native_channel_shuffle=channel_shuffle",
    ".functions.selection": """
        allclose equal isin bincount histc histogram histogramdd unique unique_consecutive
        argwhere index_put index_put_ masked_select nonzero nonzero_static""",
    ".functions.settings": """
        are_deterministic_algorithms_enabled compiled_with_cxx11_abi
        get_deterministic_debug_mode get_float32_matmul_precision get_num_interop_threads
        get_num_threads is_deterministic_algorithms_warn_only_enabled is_storage
        is_warn_always_enabled set_default_tensor_type set_deterministic_debug_mode
        set_float32_matmul_precision set_flush_denormal set_num_interop_threads set_num_threads
        set_warn_always typename use_deterministic_algorithms get_device is_distributed
        is_inference is_neg is_same_size""",
    ".functions.shape": """
        adjoint broadcast_to chunk diagonal dsplit hsplit moveaxis=movedim movedim narrow ravel
        reshape select split split_with_sizes squeeze swapaxes swapdims t transpose unbind
        unflatten unsqueeze vsplit""",
    ".functions.short_time": "istft stft",
    ".functions.special": "i0 igamma igammac mvlgamma",
    ".functions.statistics": "corrcoef cov dist frobenius_norm renorm nuclear_norm",
    ".functions.view_copies": """
        unsafe_chunk unsafe_split unsafe_split_with_sizes alias_copy detach_copy diagonal_copy
        expand_copy narrow_copy permute_copy select_copy slice_copy split_copy
        split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy unfold_copy
        unsqueeze_copy view_as_complex_copy view_as_real_copy view_copy as_strided_copy
        as_strided_scatter""",
    ".functions.whole": "gcd lcm",
    ".functions.windows": """
        bartlett_window blackman_window hamming_window hann_window kaiser_window""",
    ".layers": "summary",
    ".nn.bags": "embedding_renorm_",
    ".nn.criteria": "pdist",
    ".nn.functional": "celu_ selu_ threshold_",
    ".operators": "ops=found",
    ".profiling": "explain_kernel profile",
    ".serialization": "load save",
    ".tensors.attributes": """
        broadcast_shapes can_cast is_complex is_conj is_floating_point is_nonzero is_signed
        is_tensor numel promote_types result_type""",
    ".tensors.construction": """
        BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor
        IntTensor LongTensor ShortTensor""",
    ".tensors.limits": "finfo iinfo",
    ".tensors.printing": "set_printoptions",
    ".tensors.sparse.construction": """
        sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor
        sparse_csc_tensor sparse_csr_tensor""",
    ".tensors.storage": """
        BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage
        ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage
        ShortStorage TypedStorage UntypedStorage""",
    ".tensors.writes": """
        abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_
        asin_ asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_
        cosh_ deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_
        lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_
        reciprocal_ relu_ resize_as_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_
        tanh_ trunc_ xlogy_ zero_""",
}, public=public)
del answer_missing_names, importing, install_finder, public, show_user_lines
