"""Reductions in a kernel: where a total starts, how two are one, and how the lanes of a vector."""

from __future__ import annotations

from ...dtypes import FLOAT, DType, float32, float64
from ...graph import Node, Primitive
from ...loops.places import is_sum
from ...ops.elementwise import add, constant, maximum
from .elementwise import compute, extreme, wanted
from .literals import literal
from .lowered import COMBINED, combining
from .text import BASE, Code, kernel_dtype, literal_of, select, suffix, typed


def combine_of(node: Node) -> Primitive:
    """What a reduction combines two values with."""
    assert node.prim.reduction is not None
    return node.prim.reduction.combine


def total_dtype(node: Node) -> DType:
    """The dtype of a reduction's total."""
    return float64 if is_sum(node) and node.dtype is float32 else kernel_dtype(node)


def is_compensated(node: Node) -> bool:
    """Whether what rounding loses of a total is added up beside it: no wider dtype can hold it."""
    return is_sum(node) and node.dtype is float64


def rounded_off(code: Code, old: str, add: str, new: str, width: int) -> str:
    """What ``old + add = new`` has lost, in float64."""
    kind = typed("double", width)
    return code.op(f"fsub {kind} {add}, {code.op(f'fsub {kind} {new}, {old}')}")


def restored(code: Code, total: str, lost: str, width: int) -> str:
    """A float64 total with what it has lost; that is NaN where the total is infinite."""
    kind = typed("double", width)
    known = code.op(f"fcmp ord {kind} {lost}, {lost}")
    return select(code, known, code.op(f"fadd {kind} {total}, {lost}"), total, kind, width)


def identity(node: Node, dtype: DType) -> str:
    """What a total starts from."""
    assert node.prim.reduction is not None
    return literal(node.prim.reduction.identity, dtype)


def combine(code: Code, node: Node, a: str, b: str, dtype: DType, width: int) -> str:
    """Two partial results of a reduction as one."""
    how = combine_of(node)
    if how not in COMBINED:
        return computed(code, how, (a, b), dtype, width)
    if how is not add:
        return extreme(code, how is maximum, a, b, dtype, width)
    instruction = "fadd" if dtype.category == FLOAT else "add"
    return code.op(f"{instruction} {typed(BASE[dtype], width)} {a}, {b}")


def computed(code: Code, how: Primitive, pair: tuple[str, str], dtype: DType, width: int) -> str:
    """``how`` on two values, by what it is made of."""
    graph = combining(how, dtype)
    assert graph is not None
    values = dict(zip(graph.inputs, pair, strict=True))
    for node in graph.nodes():
        if node in values or node.prim is constant:
            continue
        args = []
        for i, arg in enumerate(node.args):
            kind = kernel_dtype(arg)
            if arg.prim is constant:
                kind = wanted(node, i) or kind
                args.append((literal_of(code, arg.params["value"], kind, width), kind))
            else:
                args.append((values[arg], kind))
        values[node] = compute(code, node, args, width)
    return values[graph.outputs[0]]


def in_halves(code: Code, node: Node, acc: str, width: int) -> str:
    """The lanes of an accumulator as one value: the lower with the upper half, again and again."""
    dtype = kernel_dtype(node)
    kind = typed(BASE[dtype], width)
    while width > 2:
        width //= 2
        low, high = (code.op(
            f"shufflevector {kind} {acc}, {kind} poison, <{width} x i32> "
            f"<{', '.join(f'i32 {lane}' for lane in range(first, first + width))}>")
            for first in (0, width))
        acc = combine(code, node, low, high, dtype, width)
        kind = typed(BASE[dtype], width)
    a, b = (code.op(f"extractelement {kind} {acc}, i32 {lane}") for lane in (0, 1))
    return combine(code, node, a, b, dtype, 1)


def across(code: Code, node: Node, acc: str, width: int) -> str:
    """The lanes of an accumulator as one value."""
    dtype, how = kernel_dtype(node), combine_of(node)
    if how not in COMBINED:
        return in_halves(code, node, acc, width)
    base = BASE[dtype]
    kind, end = typed(base, width), suffix(base, width)
    if how is add and dtype.category == FLOAT:
        name = f"@llvm.vector.reduce.fadd.{end}"
        code.needs[name] = f"declare {base} {name}({base}, {kind})"
        return code.op(
            f"call reassoc {base} {name}({base} {literal(-0.0, dtype)}, {kind} {acc})")
    name = "add" if how is add else "fmaximum" if how is maximum else "fminimum"
    name = f"@llvm.vector.reduce.{name}.{end}"
    code.needs[name] = f"declare {base} {name}({kind})"
    return code.op(f"call {base} {name}({kind} {acc})")
