"""The text form of a graph prints and parses back, and the checker finds what is not legal."""

from __future__ import annotations

import re

import numpy as np
import pytest

from wengert.engine.backends.interpreter import interpret
from wengert.engine.check import IllegalGraph, check
from wengert.engine.dtypes import bool_, complex64, float32, float64, int64
from wengert.engine.graph import TABLE, Graph, Node, lift
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import structural as st
from wengert.engine.text import parse_graph, print_graph, print_value
from wengert.engine.transforms.vjp import vjp

POLYNOMIAL = """\
input %0, %1
%0 = input float32[200]
%1 = input float32[] grad    # train.py:3
%2 = cube float32[200] %0
%3 = mul float32[200] %1 %2 grad    # train.py:7
%4 = constant weak float32[] {value=0.5}
%5 = sub float32[200] %3 %4 grad
%6 = square float32[200] %5 grad
%7 = sum float32[] %6 {axes=(0,), keepdims=False} grad    # train.py:8
output %7
"""


def test_parses_and_prints_back() -> None:
    graph = check(parse_graph(POLYNOMIAL))
    assert print_graph(graph) == POLYNOMIAL
    assert print_graph(graph, lines=False) == re.sub("    # .*", "", POLYNOMIAL)


def test_what_was_parsed_computes() -> None:
    graph = parse_graph(POLYNOMIAL)
    x, a = np.linspace(-1, 1, 200, dtype=np.float32), np.float32(2)
    found, = interpret(graph)([x, a])
    assert np.allclose(found, np.sum((a * x**3 - 0.5) ** 2))


def test_a_derivative_is_legal_and_prints_back() -> None:
    graph = parse_graph(POLYNOMIAL)
    loss, a = graph.outputs[0], graph.inputs[1]
    ct = vjp({loss: st.full(lift(1), shape=(), dtype=float32)})[a]
    adjoint = check(Graph(graph.inputs, [loss, ct]))
    text = print_graph(adjoint)
    again = parse_graph(text)
    assert print_graph(check(again)) == text
    values = [np.linspace(-1, 1, 200, dtype=np.float32), np.float32(2)]
    assert interpret(again)(values)[1] == interpret(adjoint)(values)[1]


def test_a_graph_that_starts_in_the_middle() -> None:
    a = st.free((3,), float32)
    b = el.exp(a)
    text = print_graph(Graph([b], [b * b]))
    assert text == ("input %0\n%0 = input float32[3]\n%1 = mul float32[3] %0 %0\noutput %1\n")
    check(parse_graph(text))


def test_a_graph_without_inputs() -> None:
    text = "input\n%0 = constant weak float32[] {value=1.5}\noutput %0\n"
    assert print_graph(check(parse_graph(text))) == text


VALUES = [0, -1, 2.5, -1e-300, float("inf"), float("-inf"), True, None, "trunc", 1 - 2j, 3j,
          float32, bool_, (), (1,), (0, (1, None)), (complex64, int64)]


@pytest.mark.parametrize("value", VALUES, ids=print_value)
def test_static_parameters(value: object) -> None:
    node = Node(TABLE["stop"], (lift(1.0),), {"reason": value}, (), float32)
    again = parse_graph(print_graph(Graph([], [node]))).outputs[0]
    found = again.params["reason"]
    assert found == value and type(found) is type(value)
    check(Graph([], [again.args[0]]))


def test_nan_is_a_parameter_too() -> None:
    node = lift(float("nan"))
    again = parse_graph(print_graph(Graph([], [node]))).outputs[0]
    assert np.isnan(again.params["value"])


@pytest.mark.parametrize(("line", "error"), [
    ("%2 = mul float32[3] %0 %7", "%7 is used before a line defines it"),
    ("%2 = mull float32[3] %0 %0", "there is no primitive mull"),
    ("%2 = mul float31[3] %0 %0", "there is no dtype float31"),
    ("%0 = neg float32[3] %0", "%0 is defined twice"),
    ("%2 = neg float32[3] %0 {open('x')}", "parameters are written"),
    ("%2 = neg float32[3] %0 {x=open}", "open is not a static parameter"),
    ("%2 = neg float32[3] %0 {x=}", "invalid syntax"),
    ("hello", "not a node"),
])
def test_a_line_that_is_no_node(line: str, error: str) -> None:
    text = f"input %0\n%0 = input float32[3]\n{line}\noutput %0\n"
    with pytest.raises(ValueError, match=f"^line 3 of the graph: .*{re.escape(error)}"):
        parse_graph(text)


@pytest.mark.parametrize("text", ["", "input\noutput %0\n", "input %0\n%0 = input float32[]\n"])
def test_a_text_that_is_no_graph(text: str) -> None:
    with pytest.raises(ValueError, match="input"):
        parse_graph(text)


@pytest.mark.parametrize(("line", "fault"), [
    ("%2 = mul float32[3] %0 %1", "its shape should be [2, 3]"),
    ("%2 = mul float64[2, 3] %0 %1", "its dtype should be float32"),
    ("%2 = matmul float32[2, 3] %1 %1", "the primitive does not take these arguments"),
    ("%2 = exp float32[3] %0 {axis=1}", "the primitive does not take these arguments"),
    ("%2 = mul float32[2, 3] %0 %1 grad", "none through its arguments"),
    ("%2 = eq bool[2, 3] %0 %1 grad", "a gradient flows through bool"),
    ("%2 = neg weak float32[3] %0", "it is weak and not 0-dim"),
    ("%2 = number float32[]", "it has no arguments, and is not an input"),
])
def test_what_is_not_legal(line: str, fault: str) -> None:
    graph = parse_graph(
        f"input %0, %1\n%0 = input float32[3]\n%1 = input float32[2, 3]\n{line}\noutput %2\n")
    with pytest.raises(IllegalGraph, match=re.escape(fault)):
        check(graph)


def test_illegal_in_ways_that_text_cannot_say() -> None:
    a = st.free((2,), float64)
    young = Node(el.neg, (a,), {}, (2,), float64)
    old = st.free((2,), float64)
    with pytest.raises(IllegalGraph, match="not older than it is"):
        check(Graph([old], [_remade(young, (old,))]))
    with pytest.raises(IllegalGraph, match="parameter shape is not static: list"):
        check(Graph([a], [Node(st.reshape, (a,), {"shape": [2]}, (2,), float64)]))
    with pytest.raises(IllegalGraph, match="an input is listed twice"):
        check(Graph([a, a], [el.neg(a)]))


def _remade(node: Node, args: tuple[Node, ...]) -> Node:
    node.args = args
    return node


def test_the_nodes_of_a_graph_are_found_once() -> None:
    graph = parse_graph(POLYNOMIAL)
    assert graph.nodes() is graph.nodes()
