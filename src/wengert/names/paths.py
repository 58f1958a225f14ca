"""Modules of PyTorch that are no files here: each holds names of other modules.

``finder.py`` makes such a module when it is imported: ``import wengert.functional``,
``from torch.optim.adamw import AdamW``.
"""

from __future__ import annotations

from collections.abc import Iterator

PATHS: dict[str, dict[str, str]] = {
    "amp.autocast_mode": {".amp": "autocast custom_bwd custom_fwd is_autocast_available"},
    "amp.grad_scaler": {".amp": "GradScaler"},
    "autograd.anomaly_mode": {".autograd": "detect_anomaly set_detect_anomaly"},
    "autograd.grad_mode": {
        ".autograd.modes": "enable_grad inference_mode no_grad set_grad_enabled",
        ".autograd": "set_multithreading_enabled",
    },
    "distributions.exp_family": {".distributions": "ExponentialFamily"},
    "functional": {"": """
        atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors
        cartesian_prod cdist chain_matmul einsum meshgrid norm split tensordot unique
        unique_consecutive unravel_index"""},
    "nn.modules.channelshuffle": {".nn.modules.upsampling": "ChannelShuffle"},
    "nn.modules.pixelshuffle": {".nn.modules.upsampling": "PixelShuffle PixelUnshuffle"},
    "optim.adadelta": {".optim": "Adadelta"},
    "optim.adagrad": {".optim": "Adagrad"},
    "optim.adamax": {".optim": "Adamax"},
    "optim.adamw": {".optim": "AdamW"},
    "optim.asgd": {".optim": "ASGD"},
    "optim.nadam": {".optim": "NAdam"},
    "optim.radam": {".optim": "RAdam"},
    "optim.rmsprop": {".optim": "RMSprop"},
    "optim.rprop": {".optim": "Rprop"},
    "optim.sparse_adam": {".optim": "SparseAdam"},
    "utils.data.datapipes.dataframe": {".utils.data": "DFIterDataPipe"},
    "utils.data.datapipes.datapipe": {
        ".utils.data": "DFIterDataPipe DataChunk IterDataPipe MapDataPipe",
    },
    "utils.dlpack": {"": "from_dlpack"},
    "utils.hooks": {".autograd.hooks": "RemovableHandle"},
}
"""By the path below ``torch``: the modules whose names it holds, ``name=other`` where a module
calls a name ``other``."""

_NOT_HERE = """
    accelerator.graphs accelerator.memory ao autograd.profiler autograd.profiler_legacy
    autograd.profiler_util backends.cudnn.rnn backends.cusparselt backends.kleidiai backends.mha
    backends.miopen backends.nnpack backends.python_native backends.xeon contrib cpu.amp distributed
    distributions.generalized_pareto distributions.lkj_cholesky distributions.von_mises
    distributions.wishart export fft futures fx library monitor mps.event mps.profiler mtia
    multiprocessing nativert nested nn.attention.bias nn.attention.experimental
    nn.attention.flex_attention nn.attention.varlen nn.backends nn.common_types nn.cpp nn.grad
    nn.intrinsic nn.modules.linear_cross_entropy nn.modules.linear_cross_entropy_options
    nn.modules.utils nn.parallel.comm nn.parallel.data_parallel nn.parallel.parallel_apply
    nn.parallel.replicate nn.parallel.scatter_gather nn.qat nn.quantizable nn.quantized numa
    overrides package profiler quantization quasirandom sparse torch_version types
    utils.backcompat utils.backend_registration utils.benchmark utils.bundled_inputs
    utils.collect_env utils.cpp_backtrace utils.cpp_extension utils.data.backward_compatibility
    utils.data.datapipes.dataframe.dataframe_wrapper utils.data.datapipes.dataframe.dataframes
    utils.data.datapipes.dataframe.datapipes utils.data.datapipes.dataframe.structures
    utils.data.datapipes.iter utils.data.datapipes.map utils.data.datapipes.utils utils.data.graph
    utils.data.graph_settings utils.debug_log utils.deterministic utils.file_baton
    utils.flop_counter utils.hipify utils.jit utils.mkldnn utils.mobile_optimizer utils.model_dump
    utils.module_tracker utils.serialization utils.show_pickle utils.tensorboard
    utils.throughput_benchmark utils.viz utils.weak
"""
MODULES_NOT_HERE = frozenset(_NOT_HERE.split())
"""Modules of PyTorch that are not here, below those that are; no other name is near to theirs."""


def homes(group: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each name of a group of modules: its module, what it is called there, its name."""
    for module, names in group.items():
        for word in names.split():
            name, _, other = word.partition("=")
            yield module, other or name, name
