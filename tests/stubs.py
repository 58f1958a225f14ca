"""The stubs: what an editor and a type checker see of functions that are made when Wengert is
imported. ``python -m tests.namespace`` writes them.

A signature is that of the composition or of the Python function, with ``Tensor`` for what is a
node, or not said; what is said better by hand is in :data:`HAND` and :data:`RESULTS`.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import wengert
from wengert.engine.recording.operation import MISSING, Operation

WIDTH = 100
TOP = '''\
"""{doc} Made by ``python -m tests.namespace``."""

# ruff: noqa: F401, I001  # every stub imports the same types
'''
TYPING = """\
from builtins import bool as _bool
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from builtins import object as _object
from builtins import type as _type
from collections.abc import Callable as _Callable
from collections.abc import Iterator as _Iterator
from collections.abc import Sequence as _Sequence
from types import ModuleType as _ModuleType
from typing import Any as _Any
from typing import Literal as _Literal
from typing import NamedTuple as _NamedTuple
from typing import TypeVar as _TypeVar
from typing import overload as _overload

from numpy import ndarray as _ndarray

from wengert.autograd.hooks import RemovableHandle as _RemovableHandle
from wengert.engine.devices import device as _device
from wengert.engine.devices import layout as _layout
from wengert.engine.devices import memory_format as _memory_format
from wengert.engine.dtypes import DType as _dtype
from wengert.tensors.storage import TypedStorage as _TypedStorage
from wengert.tensors.storage import UntypedStorage as _UntypedStorage
"""
ALIASES = """
_Number = _complex
_Scalar = Tensor | _complex
_Device = _device | str | _int | None
_F = _TypeVar("_F", bound=_Callable[..., _Any])
"""
OWN = """
from collections.abc import Iterable as _Iterable
from wengert.explain.derivations import Derivation as _Derivation
from wengert.explain.report import Explanation as _Explanation
from wengert.explain.rows import Answer as _Answer
from wengert.explain.watch import Watch as _Watch
from wengert.layers import Summary as _Summary
from wengert.nn.modules.module import Module as _Module
from wengert.profiling.nest import Kernels as _Kernels
from wengert.profiling.session import Profile as _Profile
"""
"""What Wengert's own functions return."""
EXPLAIN = '''
class _Explain(_ModuleType):
    """The module ``wengert.explain``, which is the function of its name too."""
    @_overload
    def __call__(self, what: Tensor, /, *leaves: Tensor,
                 names: dict[str, _Any] | None = None) -> _Explanation: ...
    @_overload
    def __call__(self, what: _Callable[..., _Any], /, *, names: dict[str, _Any] | None = None
                 ) -> _Callable[..., _Explanation]: ...
    def gradient(self, output: Tensor, leaf: Tensor, names: dict[str, _Any] | None = None
                 ) -> _Explanation: ...
    def watching(self) -> _Watch: ...
explain: _Explain
'''
NODES = {
    "Node": "Tensor", "Node | None": "Tensor | None", "Nodes": "_Sequence[Tensor]",
    "Each": "Tensor | _Sequence[Tensor]", "Number": "_Scalar", "Structural": "_Scalar",
    "Dims": "_int | _Sequence[_int]", "Lengths": "_int | _Sequence[_int]",
    "Dim": "int | Sequence[int] | None",
    "Sizes": "int | Sequence[int]", "Sizes | None": "int | Sequence[int] | None",
    "Sizes | str": "int | Sequence[int] | str", "Shape": "Sequence[int]",
    "int | Shape": "int | Sequence[int]", "Wanted": "int | Sequence[int | None] | None",
    "Scale": "float | Sequence[float] | None", "Spec": "Any",
}
"""What the annotations of a composition mean to a user."""
WORDS = {"Node": "Tensor", "Handle": "Tensor", "DType": "_dtype", "Array": "_ndarray[_Any, _Any]",
         "int": "_int", "float": "_float", "bool": "_bool", "complex": "_complex",
         "object": "_object", "device": "_device", "Callable": "_Callable", "Iterator": "_Iterator",
         "Sequence": "_Sequence", "Any": "_Any", "SupportsIndex": "_int",
         "TypedStorage": "_TypedStorage",
         "UntypedStorage": "_UntypedStorage", "type": "_type", "Module": "_Module",
         "Iterable": "_Iterable", "Summary": "_Summary"}
TENSORS = re.compile(r"input\d?|other|tensor\d?|tensors|targets?|mask|indices|condition|elements"
                     r"|src|anchor|positive|negative|query|key|value|values|out|[xyAB]|tau|theta"
                     r"|grid|boxes|operands|test_elements|gradient|logits|log_probs|offsets"
                     r"|bias_[kv]|static_[kv]|\w*mask|\w*weights?|\w*bias|pos_weight")
"""Names of parameters that are tensors where a Python function does not say what they are."""
SIZES = re.compile("sizes?|shape|kernel_size|stride|padding|dilation|output_size")
"""And of those that are one integer or several."""
NUMBERS_TOO = {"other", "min", "max", "value", "end", "q", "exponent", "test_elements", "elements"}
"""Names of operands for which a number will do as well, in these families."""
ELEMENTWISE = {"arithmetic", "comparison", "pointwise", "special", "filling", "indexing", "order"}
OPTIONS = ("out: Tensor | None = None, layout: _layout | None = None, device: _Device = None, "
           "pin_memory: _bool | None = False, requires_grad: _bool = False")
OUT, CHECKED = "out: Tensor | None = None", "check_errors: _bool = False"
REDUCED = [
    "({self}) -> Tensor", "({self}, dim: _int, keepdim: _bool = False) -> _{name}_result",
]
BOTH = [*REDUCED, "({self}, other: Tensor) -> Tensor"]
RANGE = [
    f"(end: _Number, *, dtype: _dtype | None = None, {OPTIONS}) -> Tensor",
    f"(start: _Number, end: _Number, step: _Number = 1, *, dtype: _dtype | None = None, {OPTIONS}) "
    "-> Tensor"]
RANDINT = ("generator: Generator | None = None, dtype: _dtype | None = None, " + OPTIONS)
SPLIT = [f"({{self}}, {parts}: _int | _Sequence[_int] | Tensor, dim: _int = 0) "
         "-> tuple[Tensor, ...]" for parts in ("indices_or_sections", "sections", "indices")]
UNIQUE = ["({self}, sorted: _Literal[True] = ..., return_inverse: _Literal[False] = ..., "
          "return_counts: _Literal[False] = ..., dim: _int | None = None) -> Tensor",
          "({self}, sorted: _bool = True, return_inverse: _bool = False, "
          "return_counts: _bool = False, dim: _int | None = None) -> _Any"]
HAND: dict[str, list[str]] = {
    "max": BOTH, "min": BOTH, "median": REDUCED, "nanmedian": REDUCED,
    "arange": RANGE, "range": RANGE,
    "randint": [f"(high: _int, size: _Sequence[_int], *, {RANDINT}) -> Tensor",
                f"(low: _int, high: _int, size: _Sequence[_int], *, {RANDINT}) -> Tensor"],
    "where": ["(condition: Tensor, input: Tensor | _Number, other: Tensor | _Number, *, "
              "out: Tensor | None = None) -> Tensor",
              "(condition: Tensor) -> tuple[Tensor, ...]"],
    "nonzero": ["({self}, *, as_tuple: _Literal[False] = ..., out: Tensor | None = None) -> Tensor",
                "({self}, *, as_tuple: _Literal[True]) -> tuple[Tensor, ...]"],
    "tensor_split": SPLIT, "unique": UNIQUE,
    "unique_consecutive": [line.replace("sorted: _Literal[True] = ..., ", "").replace(
        "sorted: _bool = True, ", "") for line in UNIQUE],
    "cholesky": ["({self}, upper: _bool = False, *, out: Tensor | None = None) -> Tensor"],
    "inverse": ["({self}, *, out: Tensor | None = None) -> Tensor"],
    "derivative": ["(name: str) -> _Derivation"],
    "why": ["(what: _Any = None, /, *, names: dict[str, _Any] | None = None) -> _Answer"],
    "explain_kernel": ["(what: _Any, /, *args: _Any, **kwargs: _Any) -> _Kernels"],
    "compile": ["(model: _F, **options: _Any) -> _F",
                "(model: None = None, **options: _Any) -> _Callable[[_F], _F]"],
    "linalg.cholesky": [f"(A: Tensor, *, upper: _bool = False, {OUT}) -> Tensor"],
    "linalg.inv": [f"(A: Tensor, *, {OUT}) -> Tensor"],
    "linalg.solve": [f"(A: Tensor, B: Tensor, *, left: _bool = True, {OUT}) -> Tensor"],
    "linalg.cholesky_ex": [
        f"(A: Tensor, *, upper: _bool = False, {CHECKED}) -> _cholesky_ex_result"],
    "linalg.inv_ex": [f"(A: Tensor, *, {CHECKED}) -> _inv_ex_result"],
    "linalg.solve_ex": [
        f"(A: Tensor, B: Tensor, *, left: _bool = True, {CHECKED}) -> _solve_ex_result"],
    "linalg.lu_factor_ex": [
        f"(A: Tensor, *, pivot: _bool = True, {CHECKED}) -> _lu_factor_ex_result"],
    "linalg.lstsq": ["(A: Tensor, B: Tensor, rcond: _float | None = None, *, "
                     "driver: str | None = None) -> _lstsq_result"],
    "Tensor.split": [
        "(self, split_size: _int | _Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]"],
    "Tensor.where": ["(self, condition: Tensor, other: Tensor | _Number) -> Tensor"],
    "Tensor.size": ["(self, dim: None = None) -> Size", "(self, dim: _int) -> _int"],
    "Tensor.stride": ["(self, dim: None = None) -> tuple[_int, ...]", "(self, dim: _int) -> _int"],
    "Tensor.type": ["(self, dtype: None = None, non_blocking: _bool = False) -> str",
                    "(self, dtype: _dtype | str | _type, non_blocking: _bool = False) -> Tensor"],
    "Tensor.to": [f"(self, {first}, non_blocking: _bool = False, copy: _bool = False, *, "
                  "memory_format: _memory_format | None = None) -> Tensor"
                  for first in ("dtype: _dtype", "other: Tensor",
                                "device: _Device = None, dtype: _dtype | None = None")],
    "Tensor.view": ["(self, dtype: _dtype) -> Tensor",
                    "(self, *shape: _int | _Sequence[_int]) -> Tensor"],
    "Tensor.__getitem__": ["(self, index: _Any) -> Tensor"],
    "Tensor.__iter__": ["(self) -> _Iterator[Tensor]"],
    "Tensor.item": ["(self) -> _Any"], "Tensor.tolist": ["(self) -> _Any"],
    **{f"Tensor.{name}_": ["(self, dim0: _int, dim1: _int) -> Tensor"]
       for name in ("transpose", "swapaxes", "swapdims")},
    "Tensor.squeeze_": ["(self, dim: _int | _Sequence[_int] | None = None) -> Tensor"],
    "Tensor.unsqueeze_": ["(self, dim: _int) -> Tensor"], "Tensor.t_": ["(self) -> Tensor"],
}
"""What a signature cannot say: the parameters and results of each way to call it."""
FIELDS = {
    "_cholesky_ex_result": ("L", "info"), "_inv_ex_result": ("inverse", "info"),
    "_solve_ex_result": ("result", "info"), "_lu_factor_ex_result": ("LU", "pivots", "info"),
    "_lstsq_result": ("solution", "residuals", "rank", "singular_values"),
}
"""The named tuples among them, where they are not values and indices."""
RESULTS = {
    "load": "_Any", "broadcast_tensors": "tuple[Tensor, ...]", "meshgrid": "tuple[Tensor, ...]",
    "gradient": "tuple[Tensor, ...]", "unravel_index": "tuple[Tensor, ...]",
    "gru": "tuple[Tensor, Tensor]", "lstm": "tuple[Tensor, Tensor, Tensor]",
    "rnn_relu": "tuple[Tensor, Tensor]", "rnn_tanh": "tuple[Tensor, Tensor]",
    "multi_head_attention_forward": "tuple[Tensor, Tensor | None]",
    "Tensor.as_subclass": "_Any", "Tensor.layout": "_layout", "Tensor.grad": "Tensor | None",
    "Tensor.grad_fn": "_Any", "Tensor.__dlpack__": "_Any", "Tensor.__deepcopy__": "_Any",
    "Tensor.__copy__": "_Any", "Tensor.apply_": "Tensor", "profile": "_Profile",
    "Tensor.register_hook": "_RemovableHandle", "Tensor.__reduce_ex__": "tuple[_Any, ...]",
    "Tensor.register_post_accumulate_grad_hook": "_RemovableHandle",
    **{f"{kind}max_pool{n}d_with_indices": "tuple[Tensor, Tensor]"
       for kind in ("", "adaptive_", "fractional_") for n in (1, 2, 3)},
}
"""Results that are no tensor, of functions that do not say so."""


class Writer:
    """Writes signatures of functions in a ``place``; ``results`` are the named tuples that they
    return, with their fields."""

    def __init__(self, place: str = "") -> None:
        self.place = place
        self.results: dict[str, tuple[str, ...]] = {}

    def function(self, name: str, function: Any, owner: str = "") -> Iterator[str]:
        """The lines that define a function, or a method of ``owner``."""
        self_ = "self" if owner else "input: Tensor"
        op = operation_of(function)
        known = HAND.get(f"{owner or self.place}{name}") or HAND.get(name)
        if known:
            ways = [way.format(self=self_, name=name) for way in known]
            if any("_result" in way for way in ways):
                made = f"_{name}_result"
                self.results[made] = FIELDS.get(made, ("values", "indices"))
        elif op is not None:
            ways = [self.of_operation(op, name, bool(owner))]
        else:
            ways = [of_python(function, name, owner)]
        doc = inspect.getdoc(function) or ""
        indent = "    " if owner else ""
        for way in ways:
            if len(ways) > 1:
                yield f"{indent}@_overload"
            yield from definition(name, way, doc if way is ways[0] else "", indent)

    def of_operation(self, op: Operation, name: str, method: bool) -> str:
        """Parameters and result of an operation."""
        kinds = op.lower.__annotations__
        parts = []
        positional = op.positional
        elementwise = op.lower.__module__.rpartition(".")[2] in ELEMENTWISE
        first = not method and not name.endswith("_") and (
            op.names[1:2] in (("other",), ("exponent",)))
        for i, parameter in enumerate(op.names):
            text = kinds.get(parameter, "Any")
            if method and i == 0:
                parts.append("self")
                continue
            if i == positional and not op.variadic:
                parts.append("*")
            written = typed(NODES.get(text, text))
            if text.startswith("Node") and elementwise and (
                    (parameter in NUMBERS_TOO or op.name == "lerp") if i else first):
                written = written.replace("Tensor", "Tensor | _Number")
            default = op.defaults[i]
            star = "*" if op.variadic and i == positional - 1 else ""
            if default is not inspect.Parameter.empty and repr(default) != repr(MISSING):
                if default is None and "None" not in written:
                    written += " | None"
                parts.append(f"{parameter}: {written} = {shown(default)}")
            else:
                parts.append(f"{star}{parameter}: {written}")
        result = self.result(op, kinds["return"])
        if not method and not name.endswith("_"):
            if op.positional == len(op.names) and not op.variadic:
                parts.append("*")
            parts.append("out: Tensor | None = None" if result == "Tensor" else
                         "out: _Sequence[Tensor] | None = None")
        return f"({', '.join(parts)}) -> {result}"

    def result(self, op: Operation, returned: str) -> str:
        if op.returns:
            self.results[f"_{op.name}_result"] = op.returns
            return f"_{op.name}_result"
        return {"Nodes": "tuple[Tensor, ...]"}.get(returned, returned.replace("Node", "Tensor"))

    def named_tuples(self) -> Iterator[str]:
        for name, fields in sorted(self.results.items()):
            yield f"class {name}(_NamedTuple):"
            yield from (f"    {field}: Tensor" for field in fields)
            yield ""


def operation_of(function: Any) -> Operation | None:
    """The operation that a function calls."""
    found = getattr(function, "__wrapped__", None)
    return found if isinstance(found, Operation) else None


def typed(text: str) -> str:
    """An annotation with the stub's names."""
    return re.sub(r"[A-Za-z_]+(?![\w.])", lambda m: WORDS.get(m[0], m[0]), text).replace(
        "tuple[_int, ...]", "_Sequence[_int]")


def of_python(function: Any, name: str, owner: str) -> str:
    """Parameters and result of a function that is written in Python."""
    signature = inspect.signature(function)
    parts, star = [], False
    for i, parameter in enumerate(signature.parameters.values()):
        text = str(parameter.annotation).strip("'")
        if i == 0 and owner:
            parts.append("self")
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        if parameter.kind is parameter.VAR_KEYWORD and text.startswith("Unpack"):
            parts.append(OPTIONS if star else f"*, {OPTIONS}")
            continue
        written = written_of(parameter.name, text)
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(
            parameter.kind, "")
        if prefix == "*":
            star, written = True, written.replace("Tensor", "Tensor | _Sequence[Tensor]")
        has = parameter.default is not parameter.empty
        if has and parameter.default is None and "None" not in written and written != "_Any":
            written += " | None"
        parts.append(f"{prefix}{parameter.name}: {written}"
                     + (f" = {shown(parameter.default)}" if has else ""))
    returned = str(signature.return_annotation).strip("'")
    result = RESULTS.get(f"{owner}{name}") or RESULTS.get(name) or (
        "Tensor" if returned == "Any" else typed(returned))
    return f"({', '.join(parts)}) -> {result}"


def written_of(name: str, text: str) -> str:
    """The type of a parameter of a Python function."""
    if text == "Any":
        if name == "self":
            return "Tensor"
        if name == "device":
            return "_Device"
        if name == "dtype":
            return "_dtype"
        if SIZES.fullmatch(name):
            return "_int | _Sequence[_int]"
        if name in ("running_mean", "running_var"):
            return "Tensor | None"
        if TENSORS.fullmatch(name):
            return "Tensor | _Number" if name in NUMBERS_TOO else "Tensor"
    return typed(text)


def shown(value: Any) -> str:
    return repr(value) if isinstance(value, int | str | None) or (
        isinstance(value, float) and value == value and abs(value) < 1e300) else "..."


def definition(name: str, way: str, doc: str, indent: str) -> Iterator[str]:
    """The lines of a definition, with the first sentence of its text."""
    parameters, _, result = way[1:].rpartition(") -> ")
    lines = filled([*split(parameters)], f") -> {result}:", f"{indent}def {name}(",
                   f"{indent}        ")
    line = "\n".join(lines)
    first = " ".join(doc.partition("\n\n")[0].split()).replace("\\", "\\\\")
    if not first:
        yield f"{line} ..."
        return
    yield line
    wrapped = textwrap.wrap(first, WIDTH - len(indent) - 10, break_on_hyphens=False)
    yield f'{indent}    """' + f"\n{indent}    ".join(wrapped) + '"""'


def split(parameters: str) -> Iterator[str]:
    """The parameters between commas that stand in no bracket."""
    depth, start = 0, 0
    for i, letter in enumerate(parameters):
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and not depth:
            yield parameters[start:i].strip()
            start = i + 1
    if parameters[start:].strip():
        yield parameters[start:].strip()


def filled(words: list[str], end: str, start: str, indent: str) -> list[str]:
    """The words, with commas, in lines of at most WIDTH characters."""
    words = [f"{word}," for word in words[:-1]] + [(words[-1] if words else "") + end]
    lines = [start + words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append(indent + word)
        else:
            lines[-1] += f" {word}"
    return lines


def module(place: ModuleType, doc: str, imports: str, names: Iterable[str]) -> str:
    """The stub of a module: what it imports, the ``names`` that are functions."""
    writer = Writer(place.__name__.partition(".")[2] + ".")
    lines = [line for name in names for line in writer.function(name, getattr(place, name))]
    return "\n".join([TOP.format(doc=doc) + TYPING + imports + ALIASES, *writer.named_tuples(),
                      *lines, ""])


def methods() -> str:
    """The stub of the class that stands for what Tensor has besides its operators."""
    writer = Writer()
    lines = ["class Methods:"]
    for name in sorted(dir(wengert.Tensor)):
        found = inspect.getattr_static(wengert.Tensor, name)
        if name in SPECIAL_METHODS or not name.startswith("_"):
            lines += (attribute(name, found) if isinstance(found, property)
                      else writer.function(name, getattr(wengert.Tensor, name), "Tensor."))
    return "\n".join([
        TOP.format(doc="What Tensor has besides its operators.") + TYPING
        + "from wengert.tensors.operators import Tensor\n"
        + "from wengert.tensors.random import Generator\nfrom wengert.tensors.size import Size\n"
        + ALIASES, *writer.named_tuples(), *lines, ""])


SPECIAL_METHODS = {
    "__getitem__", "__setitem__", "__iter__", "__len__", "__bool__", "__float__", "__int__",
    "__index__", "__complex__", "__contains__", "__array__", "__reversed__"}


def attribute(name: str, found: property) -> Iterator[str]:
    """The lines of a property."""
    returned = str((getattr(found.fget, "__annotations__", None) or {}).get("return", "bool"))
    result = RESULTS.get(f"Tensor.{name}", "Tensor" if returned == "Any" else typed(returned))
    yield "    @property"
    yield from definition(name, f"(self) -> {result}", inspect.getdoc(found) or "", "    ")
    if found.fset is not None:
        yield f"    @{name}.setter"
        yield f"    def {name}(self, value: {result}) -> None: ..."


def is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)
