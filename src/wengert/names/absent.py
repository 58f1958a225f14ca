"""Modules of PyTorch that only say no: there is no such device, or nothing to load or export.

``import torch.hub``, ``from torch import mps``, ``torch.xpu.is_available()`` work; what a program
asks to find out is answered, what it cannot do without is refused with the way out. ``finder.py``
makes the modules of this table when they are imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn


class Absent(NamedTuple):
    """What such a module has: functions that return a value, functions that raise, and those that
    do something."""

    doc: str
    answers: dict[str, Any]
    refusals: dict[str, str]
    error: type[Exception] = RuntimeError
    functions: dict[str, Callable[..., Any]] | None = None


def _device(kind: str, name: str, path: str, silent: str, refused: str) -> Absent:
    """A device that is not there."""
    why = (f"Wengert has no {name}; torch.{path}.is_available() is False. Run on the CPU")
    return Absent(f"``torch.{kind}``: says that there is no such device.",
                  {"is_available": False, "device_count": 0, **dict.fromkeys(silent.split())},
                  dict.fromkeys(refused.split(), why))


def _refusing_module(path: str, names: str, why: str, answers: dict[str, Any] | None = None,
                     functions: dict[str, Callable[..., Any]] | None = None) -> Absent:
    """A module whose functions and classes are there to be imported and asked about."""
    return Absent(f"``torch.{path}``: {why}.", answers or {}, {
        name: f"torch.{path}.{name} is not in wengert: {why}" for name in names.split()},
        NotImplementedError, functions)


def _itself(x: Any) -> Any:
    return x


def _record(fn: Any, error_handler: Any = None) -> Any:
    """``fn`` itself: whatever fails ends the job with its traceback."""
    return fn


_WHOLE = ("each process has the whole model: use nn.parallel.DistributedDataParallel, and "
          "distributed.optim.ZeroRedundancyOptimizer")
_HOOKS = ("the exchange is part of the compiled step: use no_sync() and torch.distributed."
          "all_reduce of the gradients")
_MEANS = "use torch.distributed.all_reduce of the parameters"
_MESH = "use torch.distributed.new_group"
_PARTS = "use torch.distributed.send and recv"
_LAUNCH = "use `wengert run --nproc-per-node N --max-restarts M`"
_ONNX = "torch.onnx.export writes an operation by wengert.onnx.RULES"
_FX = "torch.fx is not here yet"
_NO_QUANTIZATION = "there is no quantization"
MODULES = {
    "ao": _refusing_module("ao", "", _NO_QUANTIZATION),
    "ao.nn": _refusing_module("ao.nn", "", _NO_QUANTIZATION),
    "ao.quantization": _refusing_module(
        "ao.quantization", "DeQuantStub QuantStub QuantWrapper convert get_default_qconfig prepare "
        "prepare_qat quantize quantize_dynamic fuse_modules FakeQuantize FakeQuantizeBase "
        "ObserverBase", _NO_QUANTIZATION),
    "distributed._composable": _refusing_module("distributed._composable", "fully_shard", _WHOLE),
    "distributed._composable.fsdp": _refusing_module(
        "distributed._composable.fsdp", "FSDPModule MixedPrecisionPolicy fully_shard", _WHOLE),
    "distributed._functional_collectives": _refusing_module(
        "distributed._functional_collectives", "all_gather_tensor all_reduce AsyncCollectiveTensor "
        "reduce_scatter_tensor wait_tensor", "use torch.distributed.nn.functional"),
    "distributed._shard": _refusing_module("distributed._shard", "", _WHOLE),
    "distributed._shard.sharded_tensor": _refusing_module(
        "distributed._shard.sharded_tensor", "ShardedTensor Shard", _WHOLE),
    "distributed._tensor": _refusing_module(
        "distributed._tensor", "DTensor DeviceMesh Placement Replicate Shard distribute_module "
        "distribute_tensor", _WHOLE),
    "distributed._tensor.experimental": _refusing_module(
        "distributed._tensor.experimental", "implicit_replication", _WHOLE),
    "distributed.algorithms._checkpoint": _refusing_module(
        "distributed.algorithms._checkpoint", "", "use torch.utils.checkpoint"),
    "distributed.algorithms._checkpoint.checkpoint_wrapper": _refusing_module(
        "distributed.algorithms._checkpoint.checkpoint_wrapper", "CheckpointImpl "
        "CheckpointWrapper apply_activation_checkpointing checkpoint_wrapper",
        "use torch.utils.checkpoint"),
    "distributed.algorithms.ddp_comm_hooks": _refusing_module(
        "distributed.algorithms.ddp_comm_hooks", "", _HOOKS),
    "distributed.algorithms.ddp_comm_hooks.default_hooks": _refusing_module(
        "distributed.algorithms.ddp_comm_hooks.default_hooks", "allreduce_hook bf16_compress_hook "
        "fp16_compress_hook", _HOOKS),
    "distributed.algorithms.ddp_comm_hooks.powerSGD_hook": _refusing_module(
        "distributed.algorithms.ddp_comm_hooks.powerSGD_hook", "PowerSGDState powerSGD_hook",
        _HOOKS),
    "distributed.algorithms.model_averaging": _refusing_module(
        "distributed.algorithms.model_averaging", "", _MEANS),
    "distributed.algorithms.model_averaging.averagers": _refusing_module(
        "distributed.algorithms.model_averaging.averagers", "ModelAverager PeriodicModelAverager",
        _MEANS),
    "distributed.device_mesh": _refusing_module(
        "distributed.device_mesh", "DeviceMesh init_device_mesh", _MESH),
    "distributed.elastic": _refusing_module("distributed.elastic", "", _LAUNCH),
    "distributed.elastic.multiprocessing": _refusing_module(
        "distributed.elastic.multiprocessing", "Std start_processes", _LAUNCH),
    "distributed.elastic.multiprocessing.errors": _refusing_module(
        "distributed.elastic.multiprocessing.errors", "ChildFailedError ProcessFailure", _LAUNCH,
        functions={"record": _record}),
    "distributed.fsdp": _refusing_module(
        "distributed.fsdp", "BackwardPrefetch CPUOffload CPUOffloadPolicy FSDPModule "
        "FullOptimStateDictConfig FullStateDictConfig FullyShardedDataParallel LocalStateDictConfig"
        " LocalOptimStateDictConfig MixedPrecision MixedPrecisionPolicy OffloadPolicy "
        "OptimStateDictConfig ShardedOptimStateDictConfig ShardedStateDictConfig ShardingStrategy "
        "StateDictConfig StateDictType fully_shard register_fsdp_forward_method", _WHOLE),
    "distributed.fsdp.fully_sharded_data_parallel": _refusing_module(
        "distributed.fsdp.fully_sharded_data_parallel", "FullyShardedDataParallel CPUOffload "
        "FullStateDictConfig MixedPrecision ShardingStrategy StateDictType", _WHOLE),
    "distributed.fsdp.sharded_grad_scaler": _refusing_module(
        "distributed.fsdp.sharded_grad_scaler", "ShardedGradScaler", _WHOLE),
    "distributed.fsdp.wrap": _refusing_module(
        "distributed.fsdp.wrap", "ModuleWrapPolicy enable_wrap size_based_auto_wrap_policy "
        "transformer_auto_wrap_policy wrap lambda_auto_wrap_policy", _WHOLE),
    "distributed.pipelining": _refusing_module(
        "distributed.pipelining", "PipelineStage ScheduleGPipe SplitPoint pipeline", _PARTS),
    "distributed.rpc": _refusing_module(
        "distributed.rpc", "RRef init_rpc remote rpc_async rpc_sync shutdown", _PARTS),
    "distributed.tensor": _refusing_module(
        "distributed.tensor", "DTensor DeviceMesh Partial Placement Replicate Shard "
        "distribute_module distribute_tensor", _WHOLE),
    "distributed.tensor.device_mesh": _refusing_module(
        "distributed.tensor.device_mesh", "DeviceMesh init_device_mesh", _MESH),
    "distributed.tensor.experimental": _refusing_module(
        "distributed.tensor.experimental", "context_parallel local_map", _WHOLE),
    "distributed.tensor.parallel": _refusing_module(
        "distributed.tensor.parallel", "ColwiseParallel ParallelStyle PrepareModuleInput "
        "PrepareModuleOutput RowwiseParallel SequenceParallel loss_parallel parallelize_module",
        _WHOLE),
    "distributed.tensor.placement_types": _refusing_module(
        "distributed.tensor.placement_types", "Partial Placement Replicate Shard", _WHOLE),
    "distributed.utils": _refusing_module("distributed.utils", "", _WHOLE),
    "fx.experimental": _refusing_module("fx.experimental", "", "shapes are never symbols"),
    "fx.experimental.proxy_tensor": _refusing_module(
        "fx.experimental.proxy_tensor", "get_proxy_mode make_fx maybe_disable_fake_tensor_mode",
        "use torch.fx.symbolic_trace"),
    "fx.experimental.symbolic_shapes": _refusing_module(
        "fx.experimental.symbolic_shapes", "ShapeEnv guard_int guard_or_false guard_or_true "
        "guard_size_oblivious is_concrete_bool", "shapes are never symbols"),
    "mps": _device("mps", "MPS backend", "backends.mps", "manual_seed empty_cache", "synchronize"),
    "onnx.symbolic_helper": _refusing_module(
        "onnx.symbolic_helper", "_unimplemented", _ONNX, {"parse_args": _itself}),
    "onnx.symbolic_opset11": _refusing_module("onnx.symbolic_opset11", "", _ONNX),
    "onnx.utils": _refusing_module("onnx.utils", "export", _ONNX),
    "quantization": _refusing_module(
        "quantization", "DeQuantStub QuantStub convert prepare prepare_qat quantize_dynamic "
        "fuse_modules get_default_qconfig", _NO_QUANTIZATION),
    "nn.attention.bias": _refusing_module("nn.attention.bias", "CausalBias causal_lower_right "
                                          "causal_upper_left", "give a mask"),
    "nn.attention.flex_attention": _refusing_module(
        "nn.attention.flex_attention", "AuxOutput AuxRequest BlockMask and_masks create_block_mask "
        "create_mask flex_attention noop_mask or_masks", "use scaled_dot_product_attention with a "
        "mask", {"_DEFAULT_SPARSE_BLOCK_SIZE": 128}),
    "nested": _refusing_module(
        "nested", "as_nested_tensor nested_tensor nested_tensor_from_jagged to_padded_tensor",
        "tensors are rectangular"),
    "utils.cpp_extension": _refusing_module(
        "utils.cpp_extension", "BuildExtension CUDAExtension CppExtension load load_inline "
        "include_paths library_paths", "extensions in C++ are made for PyTorch",
        {"CUDA_HOME": None}),
    "utils.flop_counter": _refusing_module(
        "utils.flop_counter", "FlopCounterMode register_flop_formula", "nothing is counted; "
        "wengert.profile() measures programs"),
    "package": _refusing_module("package", "PackageExporter PackageImporter", "use torch.save"),
    "utils.model_zoo": Absent(
        "``torch.utils.model_zoo``: models from the network, which this does not load.", {}, {
            "load_url": "torch.utils.model_zoo.load_url is not in wengert: fetch the file, then "
                        "use torch.load",
        }, NotImplementedError),
    "xpu": _device("xpu", "XPU backend", "xpu", "manual_seed manual_seed_all empty_cache",
                   "synchronize"),
}
"""Each of them by its path below ``torch``."""


def contents(absent: Absent) -> dict[str, Callable[..., Any]]:
    """The functions of such a module, and the classes, for a name that begins like one's."""
    made = {name: _answering(value) for name, value in absent.answers.items()}
    made |= absent.functions or {}
    for name, text in absent.refusals.items():
        refuse = _refusing(absent.error, text)
        made[name] = type(name, (), {"__new__": refuse, "__doc__": refuse.__doc__}) if (
            name[0].isupper()) else refuse
    return made


def _answering(value: Any) -> Callable[..., Any]:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return value

    answer.__doc__ = f"{value}."
    return answer


def _refusing(error: type[Exception], text: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise error(text)

    refuse.__doc__ = f"{error.__name__}: {text}."
    return refuse
