"""``torch.fx``: programs as graphs of calls that can be read, changed and run.

:func:`symbolic_trace` runs a module on proxies, which write down each call: of a submodule, a
function of torch, a method. Start reading at ``tracing.py``.
"""

from ..names.missing import answer_missing_names
from .graph import CodeGen, Graph
from .graph_module import GraphModule, symbolic_trace
from .interpreter import Interpreter, Transformer, replace_pattern
from .node import Node, has_side_effect, map_arg
from .tracing import Attribute, Proxy, TraceError, Tracer, wrap

__all__ = ["CodeGen", "Graph", "GraphModule", "Interpreter", "Node", "Proxy", "Tracer",
           "Transformer", "has_side_effect", "map_arg", "replace_pattern", "symbolic_trace",
           "wrap"]
answer_missing_names(__name__)
