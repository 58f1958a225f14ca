"""Each function, method and operator four times along one path with other numbers, in every kind
of argument, beside the same calls run one operation at a time by the interpreter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import surface_calls as calls
import wengert as torch
from wengert.config import config
from wengert.engine.backends import faults
from wengert.engine.recording import program
from wengert.engine.recording.tree import tree

if config.tier != "auto":
    pytest.skip("its calls are compared in the default tier", allow_module_level=True)

pytest.importorskip("llvmlite", reason="the last calls are to be compiled")
pytest.importorskip("ml_dtypes", reason="bfloat16 needs it")

pytestmark = pytest.mark.long

WITHOUT = {
    "a switch or a setting of the process": """
        set_default_dtype get_default_dtype set_default_device get_default_device set_printoptions
        is_grad_enabled is_inference_mode_enabled are_deterministic_algorithms_enabled
        compiled_with_cxx11_abi get_deterministic_debug_mode get_float32_matmul_precision
        get_num_interop_threads get_num_threads is_deterministic_algorithms_warn_only_enabled
        is_warn_always_enabled set_default_tensor_type set_deterministic_debug_mode
        set_float32_matmul_precision set_flush_denormal set_num_interop_threads set_num_threads
        set_warn_always use_deterministic_algorithms get_autocast_dtype is_autocast_available
        is_autocast_cpu_enabled is_autocast_enabled install_as_torch get_autocast_cpu_dtype
        get_autocast_gpu_dtype is_anomaly_check_nan_enabled is_anomaly_enabled
        set_anomaly_enabled""",
    "numbers drawn by parameters, which test_distributions.py asks for": "_standard_gamma",
    "the generator's state": "get_rng_state set_rng_state initial_seed manual_seed seed",
    "files, or tools for people": """
        load save explain_kernel profile compile typename derivative why summary""",
    "complex32 needs ml_dtypes, and PyTorch warns": "Tensor.chalf",
    "memory of others, or of one's own": """
        from_dlpack to_dlpack from_numpy frombuffer is_storage Tensor.data_ptr Tensor.storage
        Tensor.untyped_storage Tensor.set_ Tensor.resize_ resize_as_ Tensor.share_memory_
        Tensor.is_shared Tensor.pin_memory Tensor.is_pinned Tensor.new""",
    "history itself": """
        Tensor.backward Tensor.grad Tensor.grad_fn Tensor.output_nr Tensor.register_hook
        Tensor.register_post_accumulate_grad_hook Tensor.retain_grad Tensor.retains_grad""",
    "a place where there is no tensor": """
        Tensor.cuda Tensor.device Tensor.is_cpu Tensor.is_cuda Tensor.is_ipu Tensor.is_meta
        Tensor.is_mkldnn Tensor.is_mps Tensor.is_nested Tensor.is_quantized Tensor.is_sparse
        Tensor.is_sparse_csr Tensor.is_vulkan Tensor.is_xla Tensor.is_xpu""",
    "a Python function of the user's at each element": "Tensor.apply_ Tensor.map_",
    "a class of the user's": "Tensor.as_subclass",
    "sparse tensors, which test_sparse_tensors.py calls": """
        sparse_compressed_tensor sparse_coo_tensor sparse_csc_tensor sparse_csr_tensor
        sparse_bsc_tensor sparse_bsr_tensor
        Tensor.ccol_indices Tensor.coalesce Tensor.col_indices Tensor.crow_indices Tensor.dense_dim
        Tensor.indices Tensor.is_coalesced Tensor.row_indices Tensor.sparse_dim Tensor.sparse_mask
        Tensor.to_dense Tensor.to_sparse Tensor.to_sparse_coo Tensor.to_sparse_csc
        Tensor.to_sparse_csr Tensor.values""",
    "a transform of the user's functions": "vmap",
    "an error's type": "linalg.LinAlgError",
    "the same as Tensor.zero_": "zero_",
}
"""What is not called, and why."""

PATHS = {
    "the sizes follow from the values": """
        nonzero argwhere masked_select unique unique_consecutive where repeat_interleave
        Tensor.nonzero Tensor.argwhere Tensor.masked_select Tensor.unique Tensor.where
        Tensor.unique_consecutive Tensor.repeat_interleave op.getitem op.setitem bincount
        Tensor.bincount combinations arange""",
    "a number that is part of the path changes": "renorm Tensor.renorm",
}
"""What need not run compiled from the fourth call on, and why."""


def words(table: dict[str, str]) -> set[str]:
    return {word for text in table.values() for word in text.split()}


# ---- which there are ----

def surface() -> set[str]:
    """Every callable of the surface, as ``surface_calls`` spells it."""
    found = {name for name in torch.__all__ if callable(getattr(torch, name))
             and not isinstance(getattr(torch, name), type)}
    found |= {f"Tensor.{name}" for name in dir(torch.Tensor) if not name.startswith("_")}
    for module, path in calls.MODULES.items():
        found |= {f"{module}.{name}" for name in calls.place(torch, path).__all__}
    return found


SPELLED = {"__matmul__": "op.matmul", "__and__": "op.and_", "__or__": "op.or_",
           "__pow__": "op.pow", "__getitem__": "op.getitem", "__setitem__": "op.setitem"}
NOT_OPERATORS = {
    "module", "doc", "slots", "array_priority", "getattr", "hash", "weakref", "dict", "init", "new",
    "init_subclass", "repr", "str", "format", "reduce", "reduce_ex", "getstate", "setstate",
    "sizeof", "dir", "class", "getattribute", "setattr", "delattr", "subclasshook", "len", "iter",
    "bool", "float", "int", "index", "complex", "array", "array_wrap", "delitem", "array_ufunc",
    "array_function", "array_namespace", "dlpack", "rdiv", "idiv",
    "dlpack_device", "deepcopy", "copy", "contains", "reversed", "torch_function",
    "cuda_array_interface", "array_interface", "annotations", "static_attributes", "firstlineno"}


def operators() -> set[str]:
    """Every operator of a tensor."""
    found = set()
    for name in dir(torch.Tensor):
        plain = name[2:-2]
        if not name.startswith("__") or plain in NOT_OPERATORS:
            continue
        for reflected in ("", "r"):
            short = plain.removeprefix(reflected)
            spelled = SPELLED.get(f"__{short}__", f"op.{short}")
            if spelled in calls.CASES:
                break
        found.add(spelled)
    return found


def test_each_callable_is_called() -> None:
    unknown = sorted(surface() - set(calls.CASES) - words(WITHOUT))
    assert not unknown, f"give samples in surface_samples.py (or a reason): {unknown}"
    assert operators() <= set(calls.CASES), sorted(operators() - set(calls.CASES))
    assert not words(WITHOUT) - surface(), sorted(words(WITHOUT) - surface())
    assert not words(PATHS) - set(calls.CASES), sorted(words(PATHS) - set(calls.CASES))


# ---- the calls ----

class Watched:
    """A program that comes again, counted as it runs."""

    def __init__(self, run: Any, counts: Counter[str]) -> None:
        self.run, self.steady, self.counts = run, run.steady, counts

    def __call__(self, values: Any) -> Any:
        self.counts["again"] += 1
        return self.run(values)

    def consume(self, values: Any) -> Any:
        self.counts["again"] += 1
        return getattr(self.run, "consume", self.run)(values)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How many programs ran for the first time (``new``), and how many ``again``."""
    found: Counter[str] = Counter()
    choose, explore = program.compiled_or_straight, program.explorer

    def explorer(graph: Any) -> Any:
        run = explore(graph)

        def counted(values: Any) -> Any:
            found["new"] += 1
            return run(values)
        return counted

    monkeypatch.setattr(program, "compiled_or_straight",
                        lambda graph, values: Watched(choose(graph, values), found))
    monkeypatch.setattr(program, "explorer", explorer)
    before = config.tier, config.compile_after
    yield found
    config.tier, config.compile_after = before
    tree.clear()


@pytest.mark.parametrize("name", list(calls.CASES))
def test_four_calls(name: str, counts: Counter[str]) -> None:
    config.tier, config.compile_after = "eager", 10**9
    tree.clear()
    wanted = {}
    for case in calls.CASES[name]:
        for variant in calls.variants(case):
            try:
                wanted[case, variant] = calls.four_calls(torch, case, variant)
            except calls.NotThisKind:
                continue
    assert wanted
    config.tier, config.compile_after = "auto", 2
    tree.clear()
    problems = []
    for (case, variant), right in wanted.items():
        fourth: Counter[str] = Counter()

        def between(turn: int, fourth: Counter[str] = fourth) -> None:
            if turn == calls.CALLS - 1:
                fourth.update(counts)
            counts.clear()

        counts.clear()
        found = calls.four_calls(torch, case, variant, between)
        for turn, (a, b) in enumerate(zip(found, right, strict=True)):
            problem = calls.difference(a, b, variant)
            if problem:
                problems.append(f"{case} [{variant}], call {turn + 1}: {problem}")
                break
        if fourth["new"] and right[-1].error is None and name not in words(PATHS):
            problems.append(f"{case} [{variant}]: {fourth['new']} programs are new at call 4")
        problems += [f"{case} [{variant}]: {fault}" for fault in faults.found]
        faults.found.clear()
    assert not problems, "\n".join(problems)
