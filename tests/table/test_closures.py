"""What a closure computes in fewer calls of NumPy is what each primitive's ``impl`` gives: values,
shapes, dtypes, errors, and the derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_table import CASES, ROUGH, Call, Sample, like

from nodes import gradient_nodes
from wengert.engine.backends.closure import closure
from wengert.engine.backends.interpreter import interpret
from wengert.engine.backends.small import RULES, small
from wengert.engine.graph import Graph, Node
from wengert.engine.quiet import quiet

KINDS = ("", "float32")


def outcome(run: Any, values: list[Any]) -> Any:
    """What ``run`` gives of ``values``, or the kind of its error."""
    with quiet():
        try:
            return run(*values)
        except Exception as error:
            return type(error)


def check(found: Any, wanted: Any, node: Node, tolerance: float) -> None:
    if isinstance(wanted, type):
        assert found is wanted
        return
    assert not node.weak or isinstance(found, bool | int | float | complex)
    a, b = np.asarray(found), np.asarray(wanted)
    assert a.shape == node.shape, f"{node} has the shape {a.shape}"
    assert node.weak or a.dtype == node.dtype.numpy, f"{node} has {a.dtype}"
    np.testing.assert_allclose(a, b, tolerance, tolerance)


def one(inputs: list[Node], node: Node) -> Any:
    """What the interpreter makes of ``node``."""
    program = interpret(Graph(inputs, [node]))
    return lambda *values: program(values)[0]


@pytest.mark.parametrize("name, sample", CASES)
def test_a_closure_computes_what_the_interpreter_does(name: str, sample: Sample) -> None:
    for dtype in KINDS:
        if dtype and dtype not in sample.dtypes:
            continue
        call = Call(name, sample, dtype)
        inputs, values, tolerance = call.traced.inputs, call.traced.values, ROUGH.get(dtype, 1e-10)
        check(outcome(closure(inputs, [call.out]), values),
              outcome(one(inputs, call.out), values), call.out, tolerance)
        if not call.out.requires_grad or not call.leaves or not sample.smooth:
            continue
        ct = call.free(call.out)
        try:
            found = gradient_nodes([call.out], call.leaves, [ct])
        except NotImplementedError:
            continue
        back = closure([ct], found, True, read=inputs[:-1])
        given = [values[-1], tuple(values[:-1])]
        for k, (leaf, a) in enumerate(zip(call.leaves, outcome(back, given), strict=True)):
            check(a, one(inputs, found[k])(*values), leaf, 10 * tolerance)


STRANGE = (np.nan, np.inf, -np.inf, -0.0, 1e-45, -100.0, 100.0)


@pytest.mark.parametrize("name, sample", [
    case for case in CASES
    if case.values[0] in {prim.name for prim in RULES}])   # type: ignore[attr-defined]
def test_strange_numbers_and_layouts(name: str, sample: Sample) -> None:
    for dtype, strange in [(dtype, strange) for dtype in KINDS for strange in STRANGE]:
        if dtype and dtype not in sample.dtypes:
            continue
        call = Call(name, sample, dtype)
        values = []
        for value in call.traced.values:
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim:
                wide = np.zeros((*value.shape, 2), value.dtype)
                value = like(wide[..., 0], value)   # no neighbours in memory
                value.flat[value.size // 2:value.size // 2 + 1] = strange
            values.append(value)
        inputs = call.traced.inputs
        check(outcome(closure(inputs, [call.out]), values),
              outcome(one(inputs, call.out), values), call.out, ROUGH.get(dtype, 1e-10))


PAIRS = ("eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum", "clamp_min", "clamp_max")
NUMBERS = (*STRANGE, 0.0, 1.5)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*PAIRS, "relu", "sigmoid", "where"])
def test_numbers_of_numpy(name: str, kind: Any) -> None:
    """What has no dimensions, as numbers of NumPy's and as arrays, and with numbers of Python's."""
    for x in NUMBERS:
        for y in NUMBERS:
            a, b = np.asarray(x, kind), np.asarray(y, kind)
            given: list[tuple[Any, ...]] = [(a, b)]
            if name in ("relu", "sigmoid"):
                given = [(a,)]
            elif name == "where":
                given = [(a > b, a, b)]
            elif name in PAIRS and np.isfinite(y):
                given.append((a, float(y)))
            for args in given:
                call = Call(name, Sample(args))
                assert small(call.out) is not None
                inputs, tolerance = call.traced.inputs, ROUGH.get(kind.__name__, 1e-10)
                run, wanted = closure(inputs, [call.out]), outcome(one(inputs, call.out), [*args])
                scalars = [arg[()] if isinstance(arg, np.ndarray) else arg for arg in args]
                for values in ([*args], scalars):
                    found = outcome(run, values)
                    check(found, wanted, call.out, tolerance)
                    assert not any(np.shares_memory(found, arg) for arg in args
                                   if isinstance(arg, np.ndarray))


def test_every_rule_is_tried() -> None:
    """Some sample of each primitive is small, and takes the shorter way."""
    taken = {case.values[0] for case in CASES   # type: ignore[attr-defined]
             for dtype in KINDS
             if not dtype or dtype in case.values[1].dtypes   # type: ignore[attr-defined]
             if small(Call(*case.values, dtype).out) is not None}   # type: ignore[attr-defined]
    taken.update((*PAIRS, "relu", "sigmoid", "where"))
    assert {prim.name for prim in RULES} <= taken


@pytest.mark.parametrize("name, places", [
    ("take_along", [[0], [3]]), ("take_along", [[0], [-1]]), ("put_add_along", [[0], [3]]),
    ("put_add_along", [[-1], [0]]), ("index", [0, 3]), ("index", [0, -4]), ("put_add", [0, 3]),
    ("put_add", [0, -4]), ("rows", [0, 3]), ("rows", [-1, 0]), ("bounded", [-1, 2]),
    ("pick_class", [0, 3]), ("pick_class", [-1, 0]), ("pick_class", [-100, 0]),
    ("put_class", [0, 3]), ("put_class", [-100, 0])])
def test_places_that_are_not_there(name: str, places: list[Any]) -> None:
    x, at = np.arange(9.0).reshape(3, 3)[:len(places)], np.array(places)
    params: dict[str, Any] = {
        "take_along": {"axis": 1}, "put_add_along": {"axis": 1, "shape": (2, 3)},
        "index": {"dims": (1,)}, "put_add": {"dims": (0,), "shape": (3, 3)},
        "rows": {}, "bounded": {"size": 2, "dim": 0}, "pick_class": {"axis": 1, "ignore": -100},
        "put_class": {"axis": 1, "ignore": -100, "shape": (2, 3)}}[name]
    if name in ("put_add_along", "put_class"):
        x = x[:, :1] if name == "put_add_along" else x[:, 0]
    if name == "rows":
        x = np.arange(9.0).reshape(3, 3)
    args = (at,) if name == "bounded" else (x, at)
    call = Call(name, Sample(args, params))
    inputs, values = call.traced.inputs, call.traced.values
    check(outcome(closure(inputs, [call.out]), values),
          outcome(one(inputs, call.out), values), call.out, 0)
