"""``torch.onnx``: a module's forward as a file in ONNX's format, through the package onnx.

Start with :func:`export`. ``tracing`` makes the graph, ``writer`` goes through it, and how each
primitive is written stands in the tables of ``elements``, ``arrays`` and ``windows``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..engine.errors import warn
from ..engine.recording.flushing import value
from ..engine.recording.structures import tensors_in
from ..names.missing import answer_missing_names, refusing
from ..nn.modules.module import Module
from . import errors as errors
from .arrays import ARRAYS
from .axes import lengths, named_axes
from .elements import ELEMENTWISE
from .errors import OnnxExporterError
from .package import onnx_package
from .program import OPSET, ONNXProgram, model_of, of_older_opset
from .sizes import settings
from .tracing import arguments, traced
from .windows import WINDOWS
from .writer import Writer

RULES = {**ELEMENTWISE, **ARRAYS, **WINDOWS}
"""How each primitive is written, by its name."""
_state = {"exporting": False}
_symbolics: dict[tuple[str, int], Any] = {}


def export(model: Any, args: Any = (), f: Any = None, *,
           kwargs: dict[str, Any] | None = None, verbose: bool | None = None,
           input_names: Sequence[str] | None = None, output_names: Sequence[str] | None = None,
           opset_version: int | None = None, dynamo: bool = True, external_data: bool | None = None,
           dynamic_shapes: Any = None, verify: bool = False, export_params: bool = True,
           keep_initializers_as_inputs: bool = False,
           dynamic_axes: Mapping[str, Any] | None = None, optimize: bool = True,
           do_constant_folding: bool = True, training: Any = None, **others: Any) -> ONNXProgram:
    """The forward of ``model`` at arguments like ``args``, in ONNX; written to ``f``, a path or
    an open file, if one is given.

    ``args`` is a tuple of what the module is called with (or one tensor), ``kwargs`` what it is
    given by name. Tensors among them become inputs, called ``input_names`` in their order; all else
    is as it is here. Axes that ``dynamic_axes`` (by the names of inputs) or ``dynamic_shapes``
    (like the arguments) name are of any length; the others are as long as they are here. A module
    in training is exported as in evaluation, and a warning says so.

    The operator set is 18 unless ``opset_version`` says otherwise; to an older one the package onnx
    converts, and where it cannot, a warning says so and 18 stays, as in PyTorch. ``verify`` runs
    the result with onnx's reference evaluator and compares. ImportError without the package onnx
    (``pip install "wengert[onnx]"``). UnsupportedOperatorError, a NotImplementedError, for an
    operation that is not written, with the line; RuntimeError where the program asks for the value
    of a tensor.

    >>> program = torch.onnx.export(                                        # doctest: +SKIP
    ...     torch.nn.Linear(3, 2), torch.ones(5, 3), "linear.onnx", input_names=["x"],
    ...     output_names=["y"], dynamic_axes={"x": {0: "batch"}})
    """
    onnx = onnx_package()
    refused = [name for name, given in others.items() if given]
    if refused:
        raise NotImplementedError(f"torch.onnx.export has no {', '.join(refused)} in wengert")
    latest = onnx.defs.onnx_opset_version()
    opset = OPSET if opset_version is None else opset_version
    if not 1 <= opset <= latest:
        raise ValueError(f"opset_version is from 1 to {latest}, not {opset_version}")
    positional = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    given = arguments(model, positional, kwargs or {}, input_names or ())
    axes = named_axes(given, list(output_names or ()), dynamic_axes, dynamic_shapes)
    _state["exporting"] = True
    modes = evaluated(model)
    try:
        found = traced(model, given, axes, settings(*lengths(given, axes)), output_names or ())
        writer = Writer(found, axes, RULES)
        proto = model_of(writer, axes, type(model).__name__, max(opset, OPSET), export_params,
                         keep_initializers_as_inputs)
        program = ONNXProgram(proto if opset >= OPSET else of_older_opset(proto, opset))
        if verify:
            compare(program, model, positional, kwargs or {})
    finally:
        _state["exporting"] = False
        for module, mode in modes:
            module.training = mode
    if f is not None:
        program.save(f, external_data=external_data)
    return program


def evaluated(model: Any) -> list[tuple[Module, bool]]:
    """Put a module in evaluation; its modules and whether they were in training."""
    if not isinstance(model, Module):
        return []
    modes = [(module, module.training) for module in model.modules()]
    if model.training:
        warn("the module is in training; it is exported as in evaluation, as model.eval() has it")
        model.eval()
    return modes


def compare(program: ONNXProgram, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
            ) -> None:
    """OnnxExporterError where the program computes another value than the module."""
    wanted = [value(x) for x in tensors_in(model(*args, **kwargs))]
    for found, want in zip(program(*tensors_in((args, kwargs))), wanted, strict=True):
        if not np.allclose(found, want, 1e-3, 1e-4, equal_nan=True):
            raise OnnxExporterError("what is exported does not compute what the module does")


def is_in_onnx_export() -> bool:
    """Whether a module is being exported."""
    return _state["exporting"]


_WHY = "how each operation is written stands in wengert.onnx.RULES"


def register_custom_op_symbolic(symbolic_name: str, symbolic_fn: Any, opset_version: int) -> None:
    """Keep how a custom operation is written by PyTorch's older exporter; nothing asks for it here:
    how each operation is written stands in ``RULES``."""
    _symbolics[symbolic_name, opset_version] = symbolic_fn


def unregister_custom_op_symbolic(symbolic_name: str, opset_version: int) -> None:
    """Forget it."""
    _symbolics.pop((symbolic_name, opset_version), None)

__all__ = ["ONNXProgram", "OnnxExporterError", "errors", "export", "is_in_onnx_export",
           "register_custom_op_symbolic", "unregister_custom_op_symbolic"]
answer_missing_names(__name__)
