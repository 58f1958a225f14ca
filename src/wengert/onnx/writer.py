"""A traced module as an ONNX graph: nodes, and the tensors that they start from.

:class:`Writer` goes through the graph and asks ``rules`` for that of each primitive; a rule makes
ONNX nodes (:meth:`Writer.op`) and returns the name of the last. Numbers that depend on a dynamic
axis are computed from the shape of an input (:meth:`Writer.vector`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..engine.dtypes import DType, int64
from ..engine.errors import show_line
from ..engine.graph import Node
from ..engine.ops.elementwise import constant
from ..engine.passes.expand import can_be_written_out, expanded
from .errors import UnsupportedOperatorError
from .package import onnx_package
from .sizes import Size, fitted
from .tracing import Axes, Traced

KINDS = {"float64": "DOUBLE", "float32": "FLOAT", "float16": "FLOAT16", "bfloat16": "BFLOAT16",
         "int64": "INT64", "int32": "INT32", "int16": "INT16", "int8": "INT8", "uint8": "UINT8",
         "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "bool": "BOOL"}

FEW = 4
"""So many operations of a line are named where one of them is not written."""


class Writer:
    """Makes the nodes of ``traced``; ``names`` are those of the values, ``twins`` what a node is at
    each setting."""

    def __init__(self, traced: Traced, axes: Axes, rules: Mapping[str, Rule]) -> None:
        self.onnx = onnx_package()
        self.traced, self.rules = traced, rules
        graphs = [expanded(graph, self.is_written_out) for graph in traced.graphs]
        self.twins = dict(zip(graphs[0].nodes(), zip(*(g.nodes() for g in graphs), strict=True),
                              strict=True))
        self.nodes: list[Any] = []
        self.tensors: dict[str, Any] = {}
        self.known: dict[Any, str] = {}
        self.taken: set[str] = {*traced.inputs, *traced.outputs}
        self.names: dict[Node, str] = {node: name for name, node in traced.inputs.items()}
        self.places = {called: (name, axis) for name, dynamic in axes.items()
                       if name in traced.inputs for axis, called in dynamic.items()}
        self.now: Node | None = None
        for name, arrays, node in traced.arrays:
            self.names[node] = self.array(name, arrays, node)
        for node in graphs[0].nodes():
            if node not in self.names and node.prim is not constant:
                self.now = node
                self.names[node] = self.rule(node)(self, node)
        self.now = None
        for name, node in zip(traced.outputs, graphs[0].outputs, strict=True):
            self.nodes.append(self.onnx.helper.make_node(
                "Identity", [self.value(node, node.dtype)], [name]))
        self.outputs = graphs[0].outputs

    def is_written_out(self, node: Node) -> bool:
        """Whether a composite primitive stands in simpler ones, ONNX having none for it."""
        return node.prim.name not in self.rules and can_be_written_out(node)

    def rule(self, node: Node) -> Rule:
        """How ``node`` is written; UnsupportedOperatorError where it is not."""
        found = self.rules.get(node.prim.name)
        if found is None:
            raise self.refusal(node)
        return found

    def refusal(self, node: Node, why: str = "is not written in ONNX") -> UnsupportedOperatorError:
        """What is raised for ``node``: the primitive, the line, and the operations there."""
        calls = list(dict.fromkeys(
            re.sub(r"Backward\d*$", "", name) for name in self.traced.calls.get(node.line, [])))
        by = f", by {' or '.join(calls)}" if 0 < len(calls) <= FEW else ""
        return UnsupportedOperatorError(
            f"{node.prim.name} {why}; it is used at {show_line(node.line)}{by}")

    # ---- nodes ----

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node with one result, once for the same inputs."""
        return self.ops(kind, *inputs, count=1, **attributes)[0]

    def ops(self, kind: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """A node with several results."""
        key = kind, inputs, count, repr(attributes)
        if key not in self.known:
            names = [self.fresh(kind) for _ in range(count)]
            line = self.now.line if self.now is not None else None
            self.nodes.append(self.onnx.helper.make_node(
                kind, inputs, names, name=names[0], doc_string=show_line(line) if line else None,
                **attributes))
            self.known[key] = " ".join(names)
        return self.known[key].split(" ")

    def fresh(self, name: str) -> str:
        """``name``, or with a number after it."""
        tried, count = name, 1
        while tried in self.taken:
            tried, count = f"{name}_{count}", count + 1
        self.taken.add(tried)
        return tried

    # ---- values ----

    def value(self, node: Node, dtype: DType | None = None) -> str:
        """The name of ``node``'s value; a Python number takes ``dtype``."""
        if node.prim is not constant:
            return self.names[node]
        dtype = dtype or node.dtype
        values = [twin.params["value"] for twin in self.twins[node]]
        if all(v == values[0] or v != v for v in values):
            return self.tensor(np.asarray(values[0]).astype(dtype.numpy))
        return self.op("Squeeze", self.length(self.size(values), dtype))

    def tensor(self, value: Any, name: str = "number") -> str:
        """An array, which is in the file."""
        value = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        key = "tensor", value.dtype.str, value.shape, value.tobytes() if value.size < 100 else name
        if key not in self.known:
            self.known[key] = self.fresh(name)
            proto = self.onnx.numpy_helper.from_array(value, self.known[key])
            self.tensors[self.known[key]] = proto
        return self.known[key]

    def array(self, name: str, arrays: Sequence[Any], node: Node) -> str:
        """What a graph reads beside its inputs: a parameter, or what the program made, of one
        number or 0, 1, … where its shape depends on a dynamic axis."""
        first = np.asarray(arrays[0])
        if all(np.array_equal(first, other, equal_nan=first.dtype.kind == "f")
               for other in arrays[1:]):
            return self.tensor(first, name)
        shape = self.sizes([np.shape(a) for a in arrays])
        if all(np.size(a) and np.all(a == first.flat[0]) for a in arrays):
            return self.op("Expand", self.tensor(first.flat[0]), shape)
        if all(np.ndim(a) == 1 and np.array_equal(a, np.arange(len(a))) for a in arrays):
            zero, one = self.tensor(np.int64(0)), self.tensor(np.int64(1))
            return self.op("Cast", self.op("Range", zero, self.op("Squeeze", shape), one),
                           to=self.kind(node.dtype))
        raise UnsupportedOperatorError(f"a tensor made on the way depends on {list(self.places)}; "
                                       f"it is used at {show_line(node.line)}")

    def kind(self, dtype: DType) -> int:
        """A dtype as ONNX has it."""
        if dtype.name not in KINDS:
            raise UnsupportedOperatorError(f"{dtype.name} is not written in ONNX")
        found: int = getattr(self.onnx.TensorProto, KINDS[dtype.name])
        return found

    # ---- numbers ----

    def static(self, node: Node, read: Callable[[Node], Any]) -> Any:
        """What ``read`` says of ``node``, which no dynamic axis may change."""
        found = [read(twin) for twin in self.twins[node]]
        if any(each != found[0] for each in found):
            raise self.refusal(node, f"cannot depend on {' and '.join(self.places)} in ONNX")
        return found[0]

    def vector(self, node: Node, read: Callable[[Node], Sequence[int]]) -> str:
        """The whole numbers that ``read`` says of ``node``, as a tensor."""
        return self.sizes([read(twin) for twin in self.twins[node]])

    def shape(self, node: Node) -> str:
        """The shape of ``node``."""
        return self.vector(node, lambda twin: twin.shape)

    def sizes(self, rows: Sequence[Sequence[int]]) -> str:
        """Whole numbers, known at each setting, as a tensor."""
        found = [self.size(values) for values in zip(*rows, strict=True)]
        if not any(size.axes for size in found):
            return self.tensor(np.array(rows[0], np.int64))
        parts = [self.length(size) for size in found]
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=0)

    def size(self, values: Sequence[Any]) -> Size:
        """The formula of a number that is known at each setting."""
        found = fitted(values, self.traced.settings)
        if found is None:
            where = show_line(self.now.line) if self.now is not None else "its inputs"
            raise UnsupportedOperatorError(f"a number depends on {' and '.join(self.places)} in a "
                                           f"way that is not written in ONNX, at {where}")
        return found

    def dims(self, node: Node) -> list[int | str]:
        """The shape of ``node``, with the formulas of what depends on a dynamic axis."""
        rows = [twin.shape for twin in self.twins[node]]
        return [str(self.size(lengths)) if len(set(lengths)) > 1 else lengths[0]
                for lengths in zip(*rows, strict=True)]

    def length(self, size: Size, dtype: DType = int64) -> str:
        """A size as a tensor of one element."""
        if size.divisor != 1 and dtype is not int64:
            return self.op("Cast", self.length(size), to=self.kind(dtype))

        def plain(value: Any) -> str:
            return self.tensor(np.array([value], dtype.numpy))
        if not size.axes:
            return plain(size.factor)
        found = ""
        for axis in size.axes:
            name, at = self.places[axis]
            part = self.op("Shape", name, start=at, end=at + 1)
            found = self.op("Mul", found, part) if found else part
        if dtype is not int64:
            found = self.op("Cast", found, to=self.kind(dtype))
        over, under = size.factor.numerator, size.factor.denominator
        if size.power < 0:
            return self.op("Div", plain(over / under), found)
        if over != 1:
            found = self.op("Mul", found, plain(over))
        if under != 1:
            found = self.op("Div", found, plain(under))
        if size.offset:
            found = self.op("Add", found, plain(size.offset))
        return found if size.divisor == 1 else self.op("Div", found, plain(size.divisor))


Rule = Callable[[Writer, Node], str]

__all__ = ["Rule", "Writer"]
