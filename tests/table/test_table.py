"""Every primitive of the table, on its samples: values, dtypes, and derivatives of both modes.

A primitive without a sample fails, unless ``WITHOUT`` says why it has none.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import Sample

import wengert.engine.ops  # noqa: F401  it fills the table
from nodes import Traced, gradient_nodes
from wengert.engine.dtypes import by_name
from wengert.engine.graph import TABLE, Jvp, Linear, Node, Partial, reachable
from wengert.engine.ops import structural
from wengert.engine.transforms.jvp import jvp

WITHOUT = {
    "input": "has no value of its own",
    "number": "has no value of its own",
    "constant": "has no arguments",
    "source": "is the identity, and an end of the graph",
    "stop": "is the identity, and an end of the graph",
    "position": "is compared, in a kernel's tests",
    "class_place": "is compared, in a kernel's tests",
    "surely_finite": "is the identity, with a check in a kernel",
    "lane": "has no value: test_vmap.py",
    "loop": "has no value of its own: test_roll.py",
    "result": "has the value of a loop: test_roll.py",
    "gather_numbers": "has Python numbers as arguments: test_roll.py",
    "graft": "its value is not the one that its derivative is of",
    "gamma_moved": "its value is drawn: test_distributions.py",
    "beta_moved": "its value is drawn, as that of gamma_moved",
}

SAMPLES: dict[str, list[Sample]] = {}
for _path in sorted(Path(__file__).parent.glob("samples*.py")):
    SAMPLES |= importlib.import_module(_path.stem).SAMPLES

CASES = [pytest.param(name, sample, id=f"{name}-{i}")
         for name, samples in sorted(SAMPLES.items()) for i, sample in enumerate(samples)]
SMOOTH = [case for case in CASES if case.values[1].smooth]      # type: ignore[attr-defined]
TWICE = [case for case in SMOOTH if case.values[1].twice]       # type: ignore[attr-defined]

STEP = 1e-5
ROUGH = {"float16": 2e-2, "bfloat16": 1e-1, "float32": 1e-4, "complex64": 1e-4}


def cast(value: Any, name: str) -> Any:
    if name and isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return like(value, value.astype(by_name(name).numpy))
    return value


def like(layout: Any, value: Any) -> Any:
    """``value`` in memory that is contiguous only if ``layout`` is."""
    if layout.flags.c_contiguous or not layout.ndim:
        return value
    wide = np.zeros((*value.shape, 2), value.dtype)
    wide[..., 0] = value
    return wide[..., 0]


class Call:
    """A primitive applied to a sample's arguments, cast to a dtype."""

    def __init__(self, name: str, sample: Sample, dtype: str = "") -> None:
        self.prim = TABLE[name]
        self.args = tuple(cast(arg, dtype) for arg in sample.args)
        self.traced = Traced(lambda *nodes: self.prim(*nodes, **sample.params), self.args, {})
        self.out: Node = self.traced.outputs[0]
        self.leaves = self.traced.leaves()
        self.rng = np.random.default_rng(0)

    def direction(self, node: Node) -> Any:
        """A random value of a node's shape and dtype."""
        value = self.rng.normal(size=node.shape)
        if node.dtype.is_complex:
            value = value + 1j * self.rng.normal(size=node.shape)
        return np.asarray(value, node.dtype.numpy)

    def free(self, node: Node, requires_grad: bool = False) -> Node:
        """An input with a random value of a node's shape and dtype."""
        made = structural.free(node.shape, node.dtype, requires_grad)
        self.traced.inputs.append(made)
        self.traced.values.append(self.direction(node))
        return made

    def value_of(self, node: Node) -> Any:
        return self.traced.values[self.traced.inputs.index(node)]

    def pushed(self, outputs: list[Node], ts: dict[Node, Node]) -> list[Node]:
        """The tangents of ``outputs``."""
        found = jvp(reachable(outputs), ts)
        return [found[y] if y in found else structural.zeros(y.shape, y.dtype) for y in outputs]

    def differences(self, outputs: list[Node], ts: dict[Node, Node]) -> list[Any]:
        """The tangents of ``outputs`` by central differences."""
        sides = []
        values = self.traced.values
        for sign in (1, -1):
            self.traced.values = [
                v + sign * STEP * self.value_of(ts[x]) if x in ts else v
                for x, v in zip(self.traced.inputs, values, strict=True)]
            sides.append(self.traced.run(outputs))
            self.traced.values = values
        return [(a - b) / (2 * STEP) for a, b in zip(*sides, strict=True)]

    def close(self, found: list[Any], wanted: list[Any], tolerance: float) -> None:
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def inner(a: list[Any], b: list[Any]) -> float:
    """The real inner product of two lists of arrays."""
    return float(sum(np.sum((np.conj(x) * y).real) for x, y in zip(a, b, strict=True)))


def test_every_primitive_has_a_sample() -> None:
    missing = sorted(set(TABLE) - set(SAMPLES) - set(WITHOUT))
    assert not missing, f"add samples for {', '.join(missing)}"
    assert not set(SAMPLES) - set(TABLE), "samples of what is not in the table"


TOLD_OTHERWISE = {
    "index": {1}, "index_put": {2}, "put_add": {1}, "lasts": {0}, "slice": {1}, "update": {2},
    "place": {1}, "position": {0}, "eig_values": {0}, "eigh_values": {0}, "svd_values": {0},
    "gated": {1}, "piecewise": {1}, "graft": {0}, "loop": {0}, "gather_numbers": {0}}
"""Arguments that the text tells of without their names, or that the value does not depend on."""


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_primitive_is_documented(name: str) -> None:
    prim = TABLE[name]
    assert prim.text
    if not callable(prim.derivatives):
        told = {i for i in range(len(prim.derivatives)) if f"{{{i}" in prim.text}
        assert told | TOLD_OTHERWISE.get(name, set()) == set(range(len(prim.derivatives)))
    assert all(isinstance(prim.derivative(i), Partial | Linear | Jvp | None) for i in range(3))


@pytest.mark.parametrize("name, sample", CASES)
def test_value_has_the_inferred_shape_and_dtype(name: str, sample: Sample) -> None:
    exact = Call(name, sample)
    wanted = exact.traced.run([exact.out])[0]
    for dtype in sample.dtypes:
        call = Call(name, sample, dtype)
        before = [np.array(arg) for arg in call.args]
        value = call.traced.run([call.out])[0]      # it checks the shape and the dtype
        for arg, copy in zip(call.args, before, strict=True):
            np.testing.assert_array_equal(arg, copy, err_msg=f"{name} writes to its arguments")
            if not call.prim.aliases and isinstance(arg, np.ndarray):
                assert not np.shares_memory(arg, value), f"{name} returns its argument's memory"
        if sample.smooth or not dtype:
            tolerance = ROUGH.get(dtype, 1e-10)
            if call.out.dtype.is_differentiable:
                tolerance = max(tolerance, ROUGH.get(call.out.dtype.name, 0))
            kind = complex if value.dtype.kind == "c" else float
            np.testing.assert_allclose(value.astype(kind), wanted.astype(kind), tolerance,
                                       tolerance)


@pytest.mark.parametrize("name, sample", [
    case for case in CASES if "float32" in case.values[1].dtypes    # type: ignore[attr-defined]
    and TABLE[case.values[0]].elementwise])                         # type: ignore[index]
def test_elementwise_in_bfloat16(name: str, sample: Sample) -> None:
    pytest.importorskip("ml_dtypes")
    if name in ("complex", "nextafter"):
        pytest.skip("not of this dtype")
    call = Call(name, sample, "bfloat16")
    call.traced.run([call.out])


WITHOUT_DERIVATIVE = {
    "gated": "its second argument is said to be the derivative, not differentiated",
    "shared": "the value of its second argument is one of the first's, whose derivative it has",
    "eigh_values": "its first argument is made of the second", "eig_values": "likewise",
    "svd_values": "likewise",
}
"""Arguments that matter, and have no derivative on purpose."""


@pytest.mark.parametrize("name, sample", CASES)
def test_an_argument_without_a_derivative_is_one_that_does_not_matter(
        name: str, sample: Sample) -> None:
    call = Call(name, sample)
    if name in WITHOUT_DERIVATIVE or not call.out.dtype.is_differentiable:
        pytest.skip("no derivative on purpose")
    still = [arg for i, arg in enumerate(call.out.args) if arg in call.traced.inputs
             and not arg.weak and arg.dtype.is_differentiable and call.prim.derivative(i) is None]
    if still:
        ts = {arg: call.free(arg) for arg in still}
        call.close(call.differences([call.out], ts), [np.zeros(call.out.shape)], 0)


@pytest.mark.parametrize("name, argument", [
    ("beta_slope", 0), ("beta_slope", 1), ("beta_slope", 2)])
def test_a_derivative_without_a_formula_is_an_error(name: str, argument: int) -> None:
    call = Call(name, SAMPLES[name][0])
    x, ct = call.out.args[argument], call.free(call.out)
    with pytest.raises(NotImplementedError, match="is not implemented; the call is at"):
        gradient_nodes([call.out], [x], [ct])
    with pytest.raises(NotImplementedError, match="is not implemented; the call is at"):
        call.pushed([call.out], {x: call.free(x)})


@pytest.mark.parametrize("name, sample", SMOOTH)
def test_forward_mode_against_differences(name: str, sample: Sample) -> None:
    call = Call(name, sample)
    ts = {leaf: call.free(leaf) for leaf in call.leaves}
    found = call.traced.run(call.pushed([call.out], ts))
    call.close(found, call.differences([call.out], ts), sample.tolerance)


@pytest.mark.parametrize("name, sample", SMOOTH)
def test_reverse_mode_against_forward_mode(name: str, sample: Sample) -> None:
    call = Call(name, sample)
    if not call.out.requires_grad:
        pytest.skip("no derivative")
    ts = {leaf: call.free(leaf) for leaf in call.leaves}
    ct = call.free(call.out)
    pushed = call.traced.run(call.pushed([call.out], ts))
    pulled = call.traced.run(gradient_nodes([call.out], call.leaves, [ct]))
    forward = inner([call.value_of(ct)], pushed)
    reverse = inner(pulled, [call.value_of(ts[leaf]) for leaf in call.leaves])
    np.testing.assert_allclose(reverse, forward, 1e-10, 1e-10)


@pytest.mark.parametrize("name, sample", TWICE)
def test_second_order(name: str, sample: Sample) -> None:
    call = Call(name, sample)
    if not call.out.requires_grad:
        pytest.skip("no derivative")
    ct = call.free(call.out, requires_grad=True)
    leaves = [*call.leaves, ct]
    first = gradient_nodes([call.out], call.leaves, [ct])
    ts = {leaf: call.free(leaf) for leaf in leaves}
    pushed = call.traced.run(call.pushed(first, ts))
    call.close(pushed, call.differences(first, ts), sample.tolerance)
    cts = [call.free(node) for node in first]
    second = call.traced.run(gradient_nodes(first, leaves, cts))
    forward = inner([call.value_of(c) for c in cts], pushed)
    reverse = inner(second, [call.value_of(ts[leaf]) for leaf in leaves])
    np.testing.assert_allclose(reverse, forward, 1e-8, 1e-8)
