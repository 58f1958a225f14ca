"""Why a tensor has no gradient: :func:`gradient`.

The way from the tensor to the results among the caller's variables is followed through values; what
ends gradients on it is named with its line.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from types import FrameType

from ..engine.errors import show_line
from ..engine.graph import Node, reachable
from ..engine.locks import parsed
from ..engine.ops.structural import stop
from ..engine.recording.handle import Handle, is_leaf, last_node
from ..engine.recording.recording import dtype_of
from ..engine.recording.segment import Segment
from .names import Names
from .rows import Answer
from .way import find_way

OUT = {"item": "takes the value out of the graph", "numpy": "gives an array, outside the graph",
       "tolist": "gives numbers, outside the graph", "detach": "ends gradients",
       "data": "is the value without its history"}
"""Methods and attributes after which there is no gradient."""
FRESH = {"tensor", "as_tensor", "from_numpy", "float", "int"}
"""Functions that make a fresh tensor, or a number, of a value."""


def gradient(leaf: Handle, name: str, known: Names, scope: Mapping[str, object],
             frame: FrameType | None) -> Answer:
    """Why ``leaf`` has no gradient."""
    answer = Answer(name, "none", f"{name}.grad is None")
    say = answer.reasons.append
    if not dtype_of(leaf).is_differentiable:
        say(f"{name} has the dtype {dtype_of(leaf).name}: only floating and complex tensors have "
            "gradients")
        return answer
    if not is_leaf(leaf):
        node = last_node(leaf)
        cuts = list(cuts_in([node])) if node is not None else []
        answer.reasons += cuts
        say(f"{name} does not require grad: call {name}.requires_grad_() before it is used"
            if not cuts else f"so {name} has no history, and does not require grad")
        return answer
    for end in known.results:
        if find_way(end, [leaf], {}) is None:
            continue
        result = known.places[end]
        if isinstance(end.unit, Segment) and end.unit.freed:
            say(f"the backward from {result} has run: the gradient was set to None since "
                f"(optimizer.zero_grad() does so), or autograd.grad took it, which leaves .grad")
        else:
            say(f"no backward was made yet: {name} leads to {result}; call {result}.backward()")
        return answer
    start = last_node(leaf)
    for result, tensor in known.tensors.items():
        node = last_node(tensor)
        if tensor is leaf or is_leaf(tensor) or node is None:
            continue
        chain = reachable([node])
        cuts = list(cuts_in([node], leaf_nodes(chain, start)))
        if cuts:
            answer.reasons += [f"the way from {name} to {result} is cut: {cut}" for cut in cuts]
            return answer
    others = [known.places[end] for end in known.results]
    if others:
        say(f"nothing that was recorded leads from {name} to {', '.join(others[:4])}: {name} was "
            "not used there, or its value left the graph on the way")
    else:
        say(f"no variable here is a result that requires grad, so none leads back to {name}")
    answer.reasons += list(suspects(frame))[:6]
    return answer


def leaf_nodes(chain: list[Node], start: Node | None) -> set[Node]:
    """Those of ``chain`` that are a leaf's node, or come from it."""
    if start is None or start not in chain:
        return set()
    found = {start}
    for node in chain:
        if not found.isdisjoint(node.args):
            found.add(node)
    return found


def cuts_in(ends: list[Node], within: set[Node] | None = None) -> Iterator[str]:
    """Where gradients end on the way to some nodes, in words; ``within`` says where to look."""
    for node in reachable(ends):
        if within is not None and node not in within:
            continue
        flowing = [arg for arg in node.args if arg.requires_grad
                   and (within is None or arg in within)]
        if not flowing or node.requires_grad:
            continue
        line = line_of(node)
        if node.prim is stop:
            reason = node.params.get("reason", "detach")
            yield {"no_grad": f"it was under no_grad() at {line}",
                   "detach": f"detach() at {line}"}.get(str(reason), f"{reason} at {line}")
        elif not node.dtype.is_differentiable:
            yield (f"{node.prim.name} at {line} gives {node.dtype.name}, which has no gradient")
        else:
            yield f"{node.prim.name} at {line} has no derivative"


def line_of(node: Node) -> str:
    return show_line(node.line)


def suspects(frame: FrameType | None) -> Iterator[str]:
    """The caller's lines on which values leave the graph."""
    if frame is None:
        return
    file = frame.f_code.co_filename
    lines = linecache.getlines(file, frame.f_globals)
    try:
        tree = parsed("".join(lines))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        what = leaves_graph(node)
        line = getattr(node, "lineno", 0)
        if what and line < frame.f_lineno:
            yield (f"a place to look at: {show_line((file, line))}: "
                   f"`{lines[line - 1].strip()[:80]}`: {what}")


def leaves_graph(node: ast.AST) -> str:
    """What a piece of source does to a tensor's history; empty if nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name in OUT and name != "data":
            return f".{name}() {OUT[name]}"
        if name in FRESH and node.args and not isinstance(node.args[0], ast.Constant | ast.List):
            return f"{name}(…) makes a fresh tensor of the value"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and (
            node.func.id in ("float", "int") and node.args):
        return f"{node.func.id}(…) takes the value out of the graph"
    if isinstance(node, ast.Attribute) and node.attr == "data":
        return f".data {OUT['data']}"
    return ""
