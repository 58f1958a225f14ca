"""Modules of PyTorch that are no files here: each holds names of other modules.

``finder.py`` makes such a module when it is imported: ``import wengert.functional``,
``from torch.optim.adamw import AdamW``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

PATHS: dict[str, dict[str, str]] = {
    "_C._distributed_c10d": {".distributed": "ProcessGroup Store Work"},
    "distributed.distributed_c10d": {".distributed.group": """Backend GroupMember ProcessGroup
        destroy_process_group get_backend get_global_rank get_group_rank get_process_group_ranks
        get_rank get_world_size group init_process_group is_initialized new_group
        _get_default_group""", ".distributed": "ReduceOp Store Work all_gather all_reduce P2POp"},
    "_custom_ops": {".library": "custom_op impl impl_abstract"},
    "_dynamo": {
        ".compiler": "allow_in_graph disable is_compiling reset",
        ".compiler.dynamo": """OptimizedModule assume_constant_result config disallow_in_graph
            forbid_in_graph graph_break is_dynamo_supported mark_dynamic mark_static
            mark_static_address maybe_mark_dynamic optimize run substitute_in_graph
            nonstrict_trace""",
    },
    "_dynamo.config": {".compiler.dynamo": "suppress_errors cache_size_limit"},
    "_dynamo.decorators": {".compiler.dynamo": "mark_static_address"},
    "_dynamo.eval_frame": {".compiler.dynamo": "OptimizedModule"},
    "_dynamo.external_utils": {".compiler": "is_compiling"},
    "_dynamo.exc": {".compiler.dynamo": "Unsupported TorchDynamoException"},
    "_dynamo._trace_wrapped_higher_order_op": {".compiler.dynamo": "TransformGetItemToIndex"},
    "_dynamo.utils": {".compiler.dynamo": "counters is_compile_supported"},
    "_functorch": {"": "func vmap"},
    "_functorch.make_functional": {".functorch": """FunctionalModule FunctionalModuleWithBuffers
        combine_state_for_ensemble make_functional make_functional_with_buffers"""},
    "_functorch.vmap": {
        ".func": "vmap", "": "Tensor", ".utils.private": "_get_name=name_of",
        "._C._functorch": "_add_batch_dim _maybe_remove_batch_dim _remove_batch_dim",
        ".utils._pytree": "TreeSpec _broadcast_to_and_flatten tree_flatten tree_map tree_unflatten",
    },
    "_higher_order_ops": {".autograd.control_flow": "associative_scan cond map scan while_loop"},
    "_higher_order_ops.associative_scan": {".autograd.control_flow": "associative_scan"},
    "_higher_order_ops.cond": {".autograd.control_flow": "cond"},
    "_higher_order_ops.map": {".autograd.control_flow": "map"},
    "_higher_order_ops.scan": {".autograd.control_flow": "scan"},
    "_higher_order_ops.while_loop": {".autograd.control_flow": "while_loop"},
    "_inductor": {".compiler.dynamo": "config"},
    "_inductor.config": {".compiler.dynamo": "suppress_errors"},
    "_jit_internal": {
        ".jit": """Final boolean_dispatch _overload _overload_method export ignore unused
            is_scripting _copy_to_script_wrapper""",
    },
    "_library": {".library": "Library custom_op"},
    "_library.custom_ops": {".library": "CustomOpDef custom_op"},
    "_lowrank": {".functions.lowrank": "get_approximate_basis pca_lowrank svd_lowrank"},
    "_ops": {".operators": "OpOverload=Operator OpOverloadPacket=Operator"},
    "_prims_common": {
        ".types": "DeviceLikeType",
        ".utils.private": "is_float_dtype is_complex_dtype is_integer_dtype",
    },
    "_subclasses": {".utils.private": "FakeTensor FakeTensorMode"},
    "_subclasses.fake_tensor": {".utils.private": "FakeTensor FakeTensorMode is_fake"},
    "_tensor": {"": "Tensor"},
    "_tensor_str": {"": "set_printoptions", ".utils.private": "PRINT_OPTS _tensor_str"},
    "_utils": {".utils.private": """_flatten_dense_tensors _get_device_index
        _unflatten_dense_tensors _rebuild_tensor_v2 _rebuild_parameter ExceptionWrapper
        _element_size is_compiling _dummy_type _get_available_device_type _get_device_module"""},
    "_utils_internal": {".utils.private": "export_api_rst_decorator"},
    "amp.autocast_mode": {".amp": "autocast custom_bwd custom_fwd is_autocast_available"},
    "amp.grad_scaler": {".amp": "GradScaler", ".utils.private": "OptState"},
    "accelerator.memory": {".accelerator": """empty_cache empty_host_cache get_memory_info
        max_memory_allocated max_memory_reserved memory_allocated memory_reserved memory_stats
        reset_accumulated_memory_stats reset_peak_memory_stats"""},
    "autograd.anomaly_mode": {".autograd": "detect_anomaly set_detect_anomaly"},
    "autograd.grad_mode": {
        ".autograd.modes": "enable_grad inference_mode no_grad set_grad_enabled",
        ".autograd": "set_multithreading_enabled",
    },
    "autograd.profiler": {".profiler": """
        EventList FunctionEvent _KinetoProfile emit_itt emit_nvtx profile
        record_function"""},
    "autograd.profiler_util": {
        ".profiler": "EventList FunctionEvent FunctionEventAvg",
        ".profiler.events": "_format_time=_time",
    },
    "profiler.profiler": {".profiler": """ProfilerAction ProfilerActivity _KinetoProfile profile
        _default_schedule_fn
        schedule supported_activities tensorboard_trace_handler"""},
    "functional": {"": """
        atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors
        cartesian_prod cdist chain_matmul einsum istft lu meshgrid norm pca_lowrank split stft
        svd_lowrank tensordot unique
        unique_consecutive unravel_index"""},
    "fx._symbolic_trace": {".fx.tracing": "_assert_is_none Tracer wrap",
                           ".fx.graph_module": "symbolic_trace"},
    "fx.proxy": {".fx.tracing": "Attribute GraphAppendingTracer Proxy TraceError TracerBase"},
    "nn.common_types": {".nn.sizes": """
        _maybe_indices_t _ratio_2_t _ratio_3_t _ratio_any_t _scalar_or_tuple_1_t
        _scalar_or_tuple_2_t _scalar_or_tuple_3_t _scalar_or_tuple_any_t _size_1_t _size_2_opt_t
        _size_2_t _size_3_opt_t _size_3_t _size_any_opt_t _size_any_t"""},
    "nn.modules.linear_cross_entropy_options": {".nn.linear_loss": "LinearCrossEntropyOptions"},
    "nn.modules.utils": {".nn.sizes": """
        _list_with_default _ntuple _pair _quadruple _reverse_repeat_tuple _single _triple
        consume_prefix_in_state_dict_if_present"""},
    "nn.parallel.scatter_gather": {".nn.parallel": "gather scatter"},
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
    "torch_version": {".version": "TorchVersion __version__"},
    "utils._contextlib": {".utils.private": """_DecoratorContextManager context_decorator
        _NoParamDecoratorContextManager"""},
    "utils._device": {".utils.private": "DeviceContext"},
    "utils._import_utils": {".utils.private": "import_dill"},
    "utils._mode_utils": {".utils.private": "no_dispatch"},
    "utils._python_dispatch": {".utils.private": """TorchDispatchMode
        is_traceable_wrapper_subclass _get_current_dispatch_mode"""},
    "utils._triton": {".utils.private": "has_triton has_triton_package"},
    "utils.collect_env": {".utils.private": "get_pretty_env_info main"},
    "utils.data._utils": {".utils.data": "collate worker"},
    "utils.data._utils.collate": {
        ".utils.data.collate": """collate collate_tensor_fn default_collate
            default_collate_fn_map default_convert"""},
    "utils.data._utils.worker": {".utils.data.worker": """WorkerInfo get_worker_info
        _generate_state=numpy_seed"""},
    "utils.dlpack": {"": "from_dlpack to_dlpack"},
    "utils.hooks": {".autograd.hooks": "RemovableHandle unserializable_hook warn_if_has_hooks"},
    "utils.weak": {".utils.private": """WeakIdKeyDictionary WeakTensorKeyDictionary
        WeakIdRef TensorWeakRef"""},
}
"""By the path below ``torch``: the modules whose names it holds, ``name=other`` where a module
calls a name ``other``."""

_RARE = {
    "_C": """DeviceObjType FatalError OutOfMemoryError PyTorchFileReader PyTorchFileWriter
        ScriptFunction ScriptObject ScriptModule TensorType""",
    "symbols": """SymBool SymFloat SymInt get_device_module sym_float sym_int sym_max sym_min
        sym_not""",
    "futures": "Future",
    "autograd.control_flow": """cond while_loop func.associative_scan func.cond func.map func.scan
        func.while_loop""",
    "autograd.sequence": "checkpoint_sequence predict_sequence",
    "autograd.implicit": "func.custom_fixed_point func.custom_linear_solve func.custom_root",
    "autograd.own_rules": "func.custom_jvp func.custom_vjp",
    "autograd.rule_checks": "func.WrongRule func.check_rules",
    "nn.parallel": "nn.DataParallel",
    "utils.swapping": "utils.swap_tensors",
    "hub": "utils.model_zoo.tqdm",
    "cuda.graphs": """cuda.CUDAGraph cuda.StreamContext cuda.cudart cuda.default_generators
        cuda.default_stream cuda.device_of cuda.get_rng_state cuda.get_rng_state_all cuda.graph
        cuda.make_graphed_callables cuda.nvtx cuda.profiler cuda.set_rng_state
        cuda.set_rng_state_all""",
}
RARE = {path: module for module, paths in _RARE.items() for path in paths.split()}
"""Names that are loaded when first asked for: by the path below ``torch``, the module that has
them."""

_NOT_HERE = """
    accelerator.graphs autograd.profiler_legacy backends.cudnn.rnn
    backends.cusparselt backends.kleidiai backends.mha backends.miopen backends.nnpack
    backends.python_native backends.xeon contrib cpu.amp mps.event mps.profiler mtia
    multiprocessing.pool multiprocessing.queue multiprocessing.reductions nativert
    nn.attention.experimental nn.attention.varlen nn.backends nn.cpp nn.grad nn.intrinsic
    nn.modules.linear_cross_entropy nn.parallel.comm
    nn.parallel.parallel_apply nn.parallel.replicate nn.qat
    nn.quantizable nn.quantized numa profiler.itt profiler.python_tracer
    sparse.semi_structured utils.backcompat utils.backend_registration utils.benchmark
    utils.bundled_inputs utils.cpp_backtrace utils.data.backward_compatibility
    utils.data.datapipes.dataframe.dataframe_wrapper utils.data.datapipes.dataframe.dataframes
    utils.data.datapipes.dataframe.datapipes utils.data.datapipes.dataframe.structures
    utils.data.datapipes.iter utils.data.datapipes.map utils.data.datapipes.utils
    utils.data.graph utils.data.graph_settings utils.debug_log utils.deterministic
    utils.file_baton utils.hipify utils.jit utils.mkldnn utils.mobile_optimizer utils.model_dump
    utils.module_tracker utils.serialization utils.show_pickle utils.tensorboard
    utils.throughput_benchmark utils.viz
"""
MODULES_NOT_HERE = frozenset(_NOT_HERE.split())
"""Modules of PyTorch that are not here, below those that are; no other name is near to theirs."""


def homes(group: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each name of a group of modules: its module, what it is called there, its name."""
    for module, names in group.items():
        for word in names.split():
            name, _, other = word.partition("=")
            yield module, other or name, name
