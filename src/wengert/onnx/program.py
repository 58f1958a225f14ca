"""The file that is made of what :class:`.Writer` has written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.errors import warn
from ..engine.recording.flushing import value
from ..version import wengert as version
from .package import onnx_package
from .tracing import Axes
from .writer import Writer

OPSET = 18
"""The operator set that the rules are written in."""
TWO_GIGABYTES = 1 << 31


def model_of(writer: Writer, axes: Axes, name: str, opset: int, parameters: bool,
             as_inputs: bool) -> Any:
    """The model in ONNX's form; ``parameters`` says whether their values are in it, ``as_inputs``
    whether they are inputs too."""
    onnx, traced = writer.onnx, writer.traced
    helper = onnx.helper
    inputs = [helper.make_tensor_value_info(
        each, writer.kind(node.dtype),
        [axes.get(each, {}).get(i, n) for i, n in enumerate(node.shape)])
        for each, node in traced.inputs.items()]
    state = [each for each, _, _ in traced.arrays if each in writer.tensors]
    if as_inputs or not parameters:
        inputs += [helper.make_tensor_value_info(each, t.data_type, list(t.dims))
                   for each, t in writer.tensors.items() if each in state]
    outputs = [helper.make_tensor_value_info(each, writer.kind(node.dtype), writer.dims(node))
               for each, node in zip(traced.outputs, writer.outputs, strict=True)]
    kept = [t for each, t in writer.tensors.items() if parameters or each not in state]
    graph = helper.make_graph(writer.nodes, name, inputs, outputs, kept)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, producer_name="wengert",
                             producer_version=version,
                             ir_version=helper.find_min_ir_version_for(opsets))


def of_older_opset(model: Any, opset: int) -> Any:
    """The model in an older operator set, converted by the package onnx; itself, with a warning,
    where that cannot be done."""
    from onnx import checker, version_converter
    try:
        converted = version_converter.convert_version(model, opset)
        checker.check_model(converted)
    except (RuntimeError, checker.ValidationError) as error:
        warn(f"opset_version {opset}: the package onnx does not convert this model to it, so it "
             f"stays at {OPSET} ({str(error).splitlines()[0]})")
        return model
    return converted


class ONNXProgram:
    """What :func:`wengert.onnx.export` returns: ``model_proto`` is the model in ONNX's form."""

    def __init__(self, model_proto: Any) -> None:
        self.model_proto = model_proto

    def save(self, destination: Any, *, external_data: bool | None = None) -> None:
        """Write the model to a path or an open file; its tensors to a file beside that path,
        with ``external_data`` or where they have more than 2 GB."""
        if hasattr(destination, "write"):
            if external_data:
                raise ValueError("external_data: an open file has no place beside it")
            destination.write(self.model_proto.SerializeToString())
            return
        if external_data is None:
            external_data = self.model_proto.ByteSize() >= TWO_GIGABYTES
        target = os.fspath(destination)
        onnx_package().save(self.model_proto, target, save_as_external_data=external_data,
                            location=f"{os.path.basename(target)}.data")

    def __call__(self, *args: Any) -> list[Any]:
        """What onnx's reference evaluator computes of tensors: arrays."""
        from onnx.reference import ReferenceEvaluator
        names = [each.name for each in self.model_proto.graph.input]
        arrays = [np.asarray(value(x)) for x in args]
        return list(ReferenceEvaluator(self.model_proto).run(
            None, dict(zip(names, arrays, strict=True))))

    def __repr__(self) -> str:
        graph = self.model_proto.graph
        def names(values: Sequence[Any]) -> str:
            return ", ".join(each.name for each in values)
        return (f"<ONNXProgram of {len(graph.node)} nodes: {names(graph.input)} -> "
                f"{names(graph.output)}>")


__all__ = ["OPSET", "ONNXProgram", "model_of", "of_older_opset"]
