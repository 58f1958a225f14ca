"""``torch.onnx.export``: onnx's checker accepts the file, and its reference evaluator computes from
it what the module does, at each length of a dynamic axis."""

from __future__ import annotations

import io
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert import nn
from wengert.engine.backends.interpreter import interpret
from wengert.engine.dtypes import from_numpy
from wengert.engine.graph import TABLE, Graph, lift
from wengert.engine.ops import structural
from wengert.engine.recording.structures import tensors_in
from wengert.export.dims import Dim
from wengert.nn import functional as F
from wengert.onnx import RULES
from wengert.onnx.errors import UnsupportedOperatorError
from wengert.onnx.program import model_of
from wengert.onnx.sizes import fitted, settings
from wengert.onnx.tracing import Traced as Whole
from wengert.onnx.writer import Writer

from .nets import NETS

pytestmark = pytest.mark.once
onnx = pytest.importorskip("onnx", reason="needs the package onnx")
reference = import_module("onnx.reference")


def run(model: Any, arrays: dict[str, Any]) -> list[Any]:
    """What onnx computes."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return list(reference.ReferenceEvaluator(model).run(None, arrays))


def exported(name: str, **options: Any) -> Any:
    """A module of :data:`NETS`, and the program that it is exported as, with its inputs' names."""
    make, arguments, axes = NETS[name]
    torch.manual_seed(0)
    net, args = make().eval(), arguments(4)
    names = [f"in_{i}" for i, _ in enumerate(tensors_in(args))]
    program = torch.onnx.export(net, args, input_names=names,
                                dynamic_axes=dict.fromkeys(names, axes), **options)
    onnx.checker.check_model(program.model_proto, full_check=True)
    return net, program, names


@pytest.mark.parametrize("name", NETS)
def test_a_module_and_its_file(name: str) -> None:
    net, program, names = exported(name)
    for length in (4, 2, 1, 7):
        if name == "reductions" and length % 2:
            continue   # it takes pairs of them
        args = NETS[name][1](length)
        arrays = dict(zip(names, [x.numpy() for x in tensors_in(args)], strict=True))
        found = run(program.model_proto, arrays)
        for got, want in zip(found, tensors_in(net(*args)), strict=True):
            want = want.detach().numpy()
            assert got.shape == want.shape and got.dtype == want.dtype
            np.testing.assert_allclose(got, want, 1e-4, 1e-5)


def samples() -> dict[str, Any]:
    """Those of the table's primitives."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "table"))
    found: dict[str, Any] = {}
    for path in sorted(Path(sys.path[0]).glob("samples*.py")):
        found |= import_module(path.stem).SAMPLES
    del sys.path[0]
    return found


SAMPLES = samples()
NOT_EVALUATED = {"conv_input"}
"""The evaluator fails at it in groups, and in one and three dimensions."""


@pytest.mark.parametrize("name", [name for name in RULES
                                  if name in SAMPLES and name not in NOT_EVALUATED])
def test_each_rule_on_the_samples_of_its_primitive(name: str) -> None:
    tried = 0
    for sample in SAMPLES[name]:
        if any(map(np.iscomplexobj, sample.args)):
            continue
        nodes = [structural.free(x.shape, from_numpy(x.dtype), False)
                 if isinstance(x, np.ndarray) else lift(x) for x in sample.args]
        inputs = {f"x{i}": node for i, node in enumerate(nodes) if not node.weak}
        graph = Graph(inputs.values(), [TABLE[name](*nodes, **sample.params)])
        arrays = {f"x{i}": x for i, x in enumerate(sample.args) if isinstance(x, np.ndarray)}
        if name == "pow" and not any(x.dtype.kind == "f" for x in arrays.values()):
            continue   # the evaluator raises for whole numbers to negative powers
        with np.errstate(all="ignore"):
            [want] = interpret(graph)([*arrays.values()])
        try:
            writer = Writer(Whole([graph], [{}], inputs, [], ["y"], {}), {}, RULES)
        except UnsupportedOperatorError:
            continue
        model = model_of(writer, {}, name, 18, True, False)
        onnx.checker.check_model(model, full_check=True)
        [found] = run(model, arrays)
        assert found.dtype == want.dtype and found.shape == want.shape
        np.testing.assert_allclose(found, want, 1e-6, 1e-6)
        tried += 1
    assert tried


@pytest.mark.parametrize("name", ["convolutions", "places"])
def test_the_latest_operators_too(name: str) -> None:
    net, program, names = exported(name, opset_version=onnx.defs.onnx_opset_version())
    args = NETS[name][1](3)
    found = run(program.model_proto, dict(zip(names, [x.numpy() for x in tensors_in(args)],
                                              strict=True)))
    for got, want in zip(found, tensors_in(net(*args)), strict=True):
        np.testing.assert_allclose(got, want.detach().numpy(), 1e-4, 1e-5)


def test_names_lengths_and_parameters_of_the_file(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU()).eval()
    torch.onnx.export(net, torch.ones(2, 3), tmp_path / "net.onnx", input_names=["x"],
                      output_names=["y"], dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}})
    graph = onnx.load(tmp_path / "net.onnx").graph
    assert [shape_of(each) for each in (*graph.input, *graph.output)] == [
        ("x", ["batch", 3]), ("y", ["batch", 4])]
    assert {each.name for each in graph.initializer} >= {"0.weight", "0.bias"}
    assert all("test_onnx.py:" in node.doc_string for node in graph.node[:-1])


def shape_of(each: Any) -> tuple[str, list[Any]]:
    return each.name, [d.dim_param or d.dim_value for d in each.type.tensor_type.shape.dim]


def test_formulas_of_lengths() -> None:
    class Lengths(nn.Module):
        def forward(self, x):
            return torch.cat([x, x]), x[1:], x[::2], x.flatten(), F.max_pool1d(x.T, 3, 2)

    program = torch.onnx.export(Lengths().eval(), torch.ones(9, 4),
                                dynamic_shapes={"x": {0: Dim("n")}})
    shapes = [shape_of(each)[1] for each in program.model_proto.graph.output]
    assert shapes == [["2*n", 4], ["n-1", 4], ["floor((n+1)/2)", 4], ["4*n"],
                      [4, "floor((n-1)/2)"]]
    for n in (9, 8, 4):
        x = np.arange(4.0 * n, dtype=np.float32).reshape(n, 4)
        for found, want in zip(program(torch.tensor(x)), Lengths()(torch.tensor(x)), strict=True):
            np.testing.assert_array_equal(found, want.numpy())


@pytest.mark.parametrize("said", [
    {"x": {0: Dim("b")}, "state": ({0: Dim("b")}, {0: "b"})}, ({0: "b"}, ({0: "b"}, {0: "b"}))])
def test_dynamic_shapes_are_like_the_arguments(said: Any) -> None:
    make, arguments, _ = NETS["lstm_step"]
    net = make()
    program = torch.onnx.export(net.eval(), arguments(2), dynamic_shapes=said, verify=True)
    assert [shape_of(each)[1][0] for each in program.model_proto.graph.input] == ["b"] * 3
    args = arguments(5)
    for found, want in zip(program(*tensors_in(args)), net(*args), strict=True):
        np.testing.assert_allclose(found, want.detach().numpy(), 1e-4, 1e-6)


def test_a_module_in_training_is_exported_as_in_evaluation() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout())
    x = torch.randn(5, 3)
    with pytest.warns(UserWarning, match="is in training; it is exported as in evaluation"):
        program = torch.onnx.export(net, x)
    assert net.training and net[2].training and not torch.onnx.is_in_onnx_export()
    np.testing.assert_allclose(program(x)[0], net.eval()(x).detach().numpy(), 1e-5, 1e-6)


def test_parameters_are_inputs_where_they_are_asked_for() -> None:
    net = nn.Linear(3, 2)
    graph = torch.onnx.export(net.eval(), torch.ones(1, 3), export_params=False
                              ).model_proto.graph
    assert {each.name for each in graph.input} == {"input", "weight", "bias"}
    both = torch.onnx.export(net, torch.ones(1, 3), keep_initializers_as_inputs=True
                             ).model_proto.graph
    assert {"weight", "bias"} <= {each.name for each in both.initializer}
    assert {"weight", "bias"} <= {each.name for each in both.input}


class Calls(nn.Module):
    """A module that computes what a function does."""

    def __init__(self, f: Any) -> None:
        super().__init__()
        self.f = f

    def forward(self, *args):
        return self.f(*args)


def test_what_is_not_written_is_named_with_its_line() -> None:
    x = torch.eye(3)

    def refused(f: Any, error: Any, match: str, **options: Any) -> None:
        with pytest.raises(error, match=match):
            torch.onnx.export(Calls(f).eval(), (x,), input_names=["x"], **options)
    refused(lambda x: torch.linalg.cholesky(x + 1), NotImplementedError,
            r"^cholesky is not written in ONNX; it is used at test_onnx\.py:\d+, by .*Cholesky")
    refused(lambda x: torch.median(x), NotImplementedError,
            r"^median_place .*test_onnx\.py:\d+, by Median$")
    refused(lambda x: torch.fft.fft(x), NotImplementedError, r"complex64 .*|.*fft")
    refused(lambda x: x + torch.randn(3), NotImplementedError, "random numbers are drawn")
    refused(lambda x: x if x.sum() > 0 else -x, RuntimeError, r"value of a tensor is needed, at te")
    refused(lambda x: x * 2 if x.shape[0] % 2 else x - 1, torch.onnx.OnnxExporterError,
            r"takes another way at .*test_onnx\.py:\d+", dynamic_axes={"x": [0]})
    refused(lambda x: x, ValueError, "3 axes|2 axes", dynamic_axes={"x": {2: "n"}})
    refused(lambda x: x, ValueError, r"dynamic_axes names 'z'", dynamic_axes={"z": {0: "n"}})
    refused(lambda x: x, ValueError, "opset_version is from 1 to", opset_version=99)
    refused(lambda x: x, NotImplementedError, "report", report=True)
    with pytest.raises(ValueError, match="the axis 'n' has length 3, and 2 in y"):
        torch.onnx.export(Calls(lambda x, y: x).eval(), (x, torch.ones(2)), input_names=["x", "y"],
                          dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})


def test_an_older_operator_set_where_the_package_converts() -> None:
    net, x = nn.Linear(3, 2).eval(), torch.randn(4, 3)
    model = torch.onnx.export(net, x, opset_version=17).model_proto
    assert [each.version for each in model.opset_import] == [17]
    [found] = run(model, {model.graph.input[0].name: x.numpy()})
    assert np.allclose(found, net(x).detach().numpy(), atol=1e-6)
    with pytest.warns(UserWarning, match="opset_version 9: .* stays at 18"):
        model = torch.onnx.export(net, x, opset_version=9).model_proto
    assert [each.version for each in model.opset_import] == [18]


def test_an_open_file_is_written_to() -> None:
    file = io.BytesIO()
    program = torch.onnx.export(nn.Linear(3, 2).eval(), torch.randn(4, 3), file)
    assert onnx.load_from_string(file.getvalue()) == program.model_proto
    with pytest.raises(ValueError, match="an open file has no place beside it"):
        program.save(file, external_data=True)


def test_a_tensor_that_is_written_to_from_outside() -> None:
    kept = torch.zeros(3)
    with pytest.raises(NotImplementedError, match="a tensor from outside is written to, at"):
        torch.onnx.export(Calls(lambda x: kept.add_(x)).eval(), torch.ones(3))
    assert torch.equal(kept, torch.zeros(3))


@pytest.mark.parametrize("formula", [
    lambda n, t: 3 * n, lambda n, t: n * t, lambda n, t: n - 2, lambda n, t: (n + 1) // 2,
    lambda n, t: (n - 3) // 3 + 1, lambda n, t: t // 4, lambda n, t: 2 / n, lambda n, t: 7])
def test_a_number_is_fitted_by_its_formula(formula: Any) -> None:
    [first, *_] = settings({"n": 6, "t": 9}, {6, 12})
    size = fitted([formula(**at) for at in first], first)
    assert size is not None
    for n, t in ((4, 11), (25, 8), (14, 31)):
        assert float(size.at({"n": n, "t": t})) == pytest.approx(formula(n, t))


def test_axes_that_have_one_length_here() -> None:
    class Table(nn.Module):
        def forward(self, x):
            return x.T.reshape(-1), x.T + 1, x.sum(0)

    program = torch.onnx.export(Table().eval(), torch.ones(4, 4),
                                dynamic_shapes={"x": {0: "rows", 1: "columns"}})
    for shape in ((4, 4), (2, 5), (6, 3)):
        x = torch.randn(*shape)
        for found, want in zip(program(x), Table()(x), strict=True):
            np.testing.assert_allclose(found, want.numpy(), 1e-5)


def test_what_no_formula_is_known_for() -> None:
    [first, *_] = settings({"n": 6})
    assert fitted([at["n"] ** 2 - 1 for at in first], first) is None
