"""What a user's function is: a composition of primitives, written on nodes.

``@operation("MulBackward0")`` makes a :class:`Composition` of a function and enters it in
:data:`OPERATIONS`. Compositions call each other as the functions that they are, on nodes;
``record(mul, (x, y))`` and ``function(mul)`` say the operation by the same object. The signature is
PyTorch's; the annotation of a parameter says how an argument enters the recording:

- ``Node``: an operand, a tensor or a Python number (a number is a runtime input, a *weak* node);
- ``Node | None``: an operand that may be missing;
- ``Nodes``: a sequence of operands, received as a tuple;
- ``Each``: ``*tensors: Each``, operands given one by one or as one sequence;
- ``Number``: a number (or None) that is a runtime input, received as a weak node (or None);
- ``Structural``: a number whose special values (0, 1, 2, 3, 0.5, ...) change the structure: those
  are received as Python numbers, the others as weak nodes; a tensor as a node;
- ``Dims``: ``*dims: Dims``, given one by one or as one sequence, received as a tuple of ints;
- ``Lengths``: the same for the lengths of a result;
- anything else is static: it is part of the step, and must be hashable (lists become tuples).
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

from ..dtypes import (
    FLOAT,
    DType,
    bfloat16,
    bool_,
    float16,
    float32,
    get_default_dtype,
    of_category,
    promote,
)
from ..errors import UnmetDtype
from ..graph import Node, lift
from ..ops.elementwise import cast, sign
from ..ops.structural import graft, piecewise, settle, stop, to_device
from .operands import TENSORS

Nodes = tuple[Node, ...]
Each = Node
Number = Node | None
Structural = Node | float
Dims = int
Lengths = int
P = ParamSpec("P")
R = TypeVar("R")

MISSING: Any = object()
"""The default of a parameter that has none."""
OPERAND, OPERANDS, NUMBER, STRUCTURAL, DIMS, STATIC = range(6)
_KINDS: dict[Any, int] = {Node: OPERAND, Node | None: OPERAND,   # where annotations are evaluated
          "Node": OPERAND, "Node | None": OPERAND, "Nodes": OPERANDS, "Each": OPERANDS,
          "Number": NUMBER, "Structural": STRUCTURAL, "Dims": DIMS, "Lengths": DIMS}
GIVEN = (OPERAND, NUMBER, STRUCTURAL)
"""The kinds of parameters whose arguments have a value when a call is computed."""
SPECIAL = frozenset([0, 1, 2, 3, -1, -2, 0.5, -0.5])
"""The numbers that a ``Structural`` parameter takes as part of the step."""


_SHOWN = {"Nodes": "Sequence[Tensor]", "Each": "Tensor", "Number": "Tensor | complex",
          "Structural": "Tensor | complex", "Dims": "int", "Lengths": "int",
          "Dim": "int | Sequence[int] | None",
          "Sizes": "int | Sequence[int]", "Shape": "Sequence[int]"}


def _shown(annotation: Any) -> Any:
    """An annotation as a user understands it."""
    text = _SHOWN.get(annotation, annotation)
    return text.replace("Node", "Tensor").replace("DType", "dtype") if (
        isinstance(text, str)) else text


_WHOLE = frozenset(["int", "int | None", "Dims", "Lengths", "Dim", "Sizes", "Shape",
                    "tuple[int, ...]"])
"""The annotations of parameters that take no floating number."""


def has_float(value: Any) -> bool:
    """Whether a floating number is among what was given for whole ones."""
    if value.__class__ in (tuple, list):
        return any(map(has_float, value))
    return isinstance(value, float)


class Operation:
    """A user's function: its composition ``lower``, and how the surface calls it.

    Its name is that of ``lower`` without underscores at its ends: ``_max_pool2d`` is the
    composition where what users call as ``max_pool2d`` first decides something at the call.
    ``grad_name`` is what ``grad_fn`` prints; ``view`` says that the result shares storage with the
    first operand; ``methods`` are the names under which Tensor has it; ``inplace`` whether
    ``name_`` exists too; ``returns`` names the fields of a tuple of results; ``pieces`` says that
    the second derivative is zeros: PyTorch's gradient reads the operands. ``tensors`` are the
    positions at which it takes no Python number; if it is empty, one operand has to be a tensor,
    if None, none has to be; those of ``whole`` take no floating number, those of ``flags`` nothing
    but True and False. ``lengths`` says that beside one operand it is given its result's shape.
    """

    __slots__ = ("defaults", "flags", "grad_name", "inplace", "kinds", "lengths", "lower",
                 "methods", "name", "names", "one", "outputs", "part", "pieces", "positional",
                 "required", "returns", "tensors", "variadic", "view", "whole", "writing")

    def __init__(self, lower: Callable[..., Any], grad_name: str, *, view: bool = False,
                 methods: tuple[str, ...] | None = None, inplace: bool = False,
                 returns: tuple[str, ...] = (), pieces: bool = False) -> None:
        self.lower = lower
        self.name = lower.__name__.strip("_")
        self.grad_name = grad_name
        self.view = view
        self.inplace = inplace
        self.returns = returns
        self.pieces = pieces
        self.methods = (self.name,) if methods is None else methods
        code, kinds = lower.__code__, lower.__annotations__
        self.positional = code.co_argcount + bool(code.co_flags & inspect.CO_VARARGS)
        keyword = code.co_varnames[code.co_argcount:code.co_argcount + code.co_kwonlyargcount]
        rest = code.co_varnames[code.co_argcount + len(keyword):][:self.positional
                                                                - code.co_argcount]
        self.variadic = bool(rest)
        self.names = (*code.co_varnames[:code.co_argcount], *rest, *keyword)
        said = [kinds.get(name) for name in self.names]
        self.kinds = tuple([_KINDS.get(each, STATIC) for each in said])
        given = lower.__defaults__ or ()
        only = lower.__kwdefaults__ or {}
        self.lengths = said[1:] == ["Lengths"]
        self.defaults = (*[MISSING] * (code.co_argcount - len(given)), *given,
                         *[MISSING for _ in rest], *[only.get(n, MISSING) for n in keyword])
        self.required = self.defaults.count(MISSING)
        self.tensors = TENSORS.get(self.name)
        self.whole = tuple([i for i, each in enumerate(said) if each in _WHOLE])
        self.flags = tuple([i for i, each in enumerate(said) if each == "bool"])
        self.one: Callable[..., Any] | None = None
        """Of several results, the composition of the one of a number, which comes first: not all of
        them are made anew to follow one view."""
        self.outputs: dict[int, Operation] = {}
        self.part: tuple[Operation, int] | None = None
        """Of one that gives a result of another: that, and which."""
        self.writing: Operation | None = None

    @property
    def __signature__(self) -> inspect.Signature:
        """What ``help`` shows of the function of this operation: a node stands for a tensor."""
        signature = inspect.signature(self.lower)
        return signature.replace(
            parameters=[each.replace(annotation=_shown(each.annotation))
                        for each in signature.parameters.values()],
            return_annotation=_shown(signature.return_annotation))

    def apply(self, args: Sequence[Any]) -> Any:
        """The composition's result for one argument per parameter."""
        if self.tensors is not None:
            self.check_numbers(args)
        for i in self.whole:
            if has_float(args[i]):
                raise TypeError(f"{self.name}(): argument '{self.names[i]}' (position {i + 1}) "
                                f"must be made of ints, not {args[i]}")
        for i in self.flags:
            if not isinstance(args[i], (bool, np.bool_)):
                raise TypeError(f"{self.name}(): argument '{self.names[i]}' (position {i + 1}) "
                                f"must be bool, not {type(args[i]).__name__}")
        n = self.positional
        given: Sequence[Any] = args[:n]
        if self.variadic:
            given = [*args[:n - 1], *args[n - 1]]
        named = dict(zip(self.names[n:], args[n:], strict=True)) if len(args) > n else {}
        try:
            out = self.lower(*given, **named)
        except UnmetDtype as unmet:
            raise NotImplementedError(f"\"{self.name}\" not implemented for {unmet}") from None
        return in_pieces(out, args) if self.pieces else out

    def check_numbers(self, args: Sequence[Any]) -> None:
        """TypeError with PyTorch's words for a Python number where a tensor has to be."""
        numbers = [arg.weak if type(arg) is Node else arg.__class__ in (int, float, complex)
                   for arg in args[:2]]
        for i in self.tensors or ():
            if numbers[i]:
                raise TypeError(f"{self.name}(): argument '{self.names[i]}' (position {i + 1}) "
                                "must be Tensor, not a number")
        if all(numbers):
            raise TypeError(f"{self.name}() received an invalid combination of arguments: two "
                            "numbers. One of them must be a Tensor")

    def derived(self, lower: Callable[..., Any], name: str) -> Operation:
        """An operation with the same parameters and another composition."""
        op = copy.copy(self)
        op.lower = lower
        op.name = name
        op.outputs, op.part, op.writing = {}, None, None
        return op

    def output(self, i: int) -> Operation:
        """The operation that gives result ``i`` of this one."""
        if i not in self.outputs:
            one = self.one
            self.outputs[i] = self.derived(
                (lambda *args, **kwargs: self.lower(*args, **kwargs)[i]) if one is None else
                partial(one, i), f"{self.name}[{i}]")
            self.outputs[i].part = self, i
        return self.outputs[i]

    def in_place(self) -> Operation:
        """The operation whose result is what ``name_`` writes to its first operand."""
        if self.writing is None:
            def lower(input: Node, *args: Any, **kwargs: Any) -> Node:
                if "dtype" in kwargs and kwargs["dtype"] is None:
                    kwargs["dtype"] = input.dtype
                out = written(self.name, input, self.lower(input, *args, **kwargs))
                if input.requires_grad and out.dtype.is_differentiable and not out.requires_grad:
                    out = without_slope(input, out)
                return settle(out) if out.prim.aliases else out
            self.writing = self.derived(lower, f"{self.name}_")
        return self.writing

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


def without_slope(input: Node, out: Node) -> Node:
    """``out``, of the shape and dtype of ``input``, as a function of it whose derivative is 0."""
    return graft(input * 0 if input.dtype.is_complex else sign(input), out)


class Composition(Operation, Generic[P, R]):
    """An operation that other compositions call, with nodes, as they would its function."""

    __slots__ = ("__wrapped__",)

    def __init__(self, lower: Callable[P, R], grad_name: str, **traits: Any) -> None:
        super().__init__(lower, grad_name, **traits)
        self.__wrapped__ = lower   # where ``inspect`` finds signature and source

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = self.lower(*args, **kwargs)
        return result


OPERATIONS: dict[str, Composition[..., Any]] = {}
"""Every user's function by name."""


def operation(grad_name: str = "", *, view: bool = False, methods: tuple[str, ...] | None = None,
              inplace: bool = False, returns: tuple[str, ...] = (), pieces: bool = False,
              ) -> Callable[[Callable[P, R]], Composition[P, R]]:
    """Enter a composition in :data:`OPERATIONS`; see the module's docstring.

    ``methods=()`` is for a function that Tensor does not have.
    """
    def enter(lower: Callable[P, R]) -> Composition[P, R]:
        op = Composition(lower, grad_name, view=view, methods=methods, inplace=inplace,
                         returns=returns, pieces=pieces)
        if op.name in OPERATIONS:
            raise ValueError(f"there is an operation {op.name!r} already")
        OPERATIONS[op.name] = op
        return op
    return enter


def variant(op: Composition[..., Any], lower: Callable[..., Any], name: str, grad_name: str,
            methods: tuple[str, ...] = ()) -> Composition[..., Any]:
    """Enter a composition with the parameters of ``op`` under another name; its result is no
    view."""
    made = op.derived(lower, name)
    assert isinstance(made, Composition) and name not in OPERATIONS
    made.grad_name, made.view, made.methods, made.inplace = grad_name, False, methods, False
    made.__wrapped__ = lower
    made.tensors = TENSORS.get(name)
    OPERATIONS[name] = made
    return made


@operation(view=True)
def detach(input: Node) -> Node:
    """``input`` as seen by autograd from outside: no gradient flows through it."""
    return stop(input, reason="detach")


def in_pieces(out: Any, args: Sequence[Any]) -> Any:
    """``out``, or the first of several results, as a function of the operands that is linear piece
    by piece."""
    if isinstance(out, tuple):
        return (in_pieces(out[0], args), *out[1:])
    operands = [arg for arg in args if isinstance(arg, Node) and arg.requires_grad]
    if not out.requires_grad or not operands:
        return out
    made = piecewise(out, *operands)
    made.call = out.call
    return made


def written(name: str, input: Node, out: Node) -> Node:
    """``out`` as a value to write to ``input``; RuntimeError if its shape or dtype does not fit."""
    if out.shape != input.shape:
        raise RuntimeError(
            f"{name}_: output with shape {list(input.shape)} doesn't match the broadcast shape "
            f"{list(out.shape)}")
    if out.dtype.category > input.dtype.category:
        raise RuntimeError(
            f"result type {out.dtype.legacy_name} can't be cast to the desired output type "
            f"{input.dtype.legacy_name}")
    if input.dtype.is_complex and out.dtype.is_floating_point:
        raise RuntimeError(f"In-place {name} is not supported for complex tensors.")
    out = as_dtype(out, input.dtype)
    if out.device is not input.device and out.device is not None and input.device is not None:
        out = to_device(out, device=str(input.device))
    return out


def result_dtype(*args: Node) -> DType:
    """PyTorch's promotion: numbers below 0-dim tensors below tensors with dimensions, and a weaker
    kind counts only where it is of a higher category."""
    kinds: list[DType | None] = [None, None, None]
    for arg in args:
        rank = 2 if arg.weak else 1 if not arg.shape else 0
        kind = kinds[rank]
        kinds[rank] = arg.dtype if kind is None else promote(kind, arg.dtype)
    dtype: DType | None = None
    for kind in kinds:
        if kind is not None:
            dtype = kind if dtype is None else _raised(kind, dtype)
    assert dtype is not None
    return dtype


def _raised(weaker: DType, dtype: DType) -> DType:
    """``dtype``, lifted to the category of ``weaker`` if that is higher."""
    if weaker.category <= dtype.category:
        return dtype
    return dtype.to_complex() if weaker.is_complex and dtype.is_floating_point else weaker


def as_dtype(x: Node, dtype: DType) -> Node:
    """``x`` in ``dtype``; a Python number stays one."""
    return x if x.weak or x.dtype is dtype else cast(x, dtype=dtype)


def promoted(*args: Node | complex, to_float: bool = False) -> tuple[Node, ...]:
    """The arguments in the dtype that PyTorch would compute in; ``to_float`` takes integers to the
    default floating dtype. If all are Python numbers, the first becomes a 0-dim tensor."""
    nodes = tuple(map(lift, args))
    dtype = nodes[0].dtype
    if (dtype.category >= FLOAT or not to_float) and not [
            x for x in nodes if x.dtype is not dtype or x.weak]:
        return nodes   # as most are
    dtype = result_dtype(*nodes)
    if to_float:
        dtype = floating(dtype)
    if all(x.weak for x in nodes):
        return (cast(nodes[0], dtype=dtype), *nodes[1:])
    return tuple(as_dtype(x, dtype) for x in nodes)


def common_dtype(*nodes: Node) -> DType:
    """The dtype of arguments that are :func:`promoted`: a Python number among them has another."""
    return next((x.dtype for x in nodes if not x.weak), nodes[0].dtype)


def floating(dtype: DType) -> DType:
    """``dtype``, or the default floating dtype for bool and the integers."""
    return dtype if dtype.category >= FLOAT else get_default_dtype()


def single(x: Node) -> Node:
    """``x``, in float32 if it has half precision: what is made of it in several steps is rounded
    once."""
    return cast(x, dtype=float32) if x.dtype in (float16, bfloat16) else x


def in_single(f: Callable[[Node], Node]) -> Callable[[Node], Node]:
    """``f``, computed in float32 for an argument of half precision, which the result has too."""
    return lambda x: as_dtype(f(single(x)), x.dtype)


def summing(dtype: DType) -> DType:
    """The dtype in which ``sum`` and ``prod`` add up: int64 for bool and the integers."""
    return dtype if dtype.category >= FLOAT else of_category(1)


def normal_dim(dim: int, ndim: int) -> int:
    """``dim`` counted from the front; IndexError with PyTorch's words if it is out of range."""
    n = max(ndim, 1)
    if not isinstance(dim, int) or isinstance(dim, bool):
        raise TypeError(f"dim must be an int, not {type(dim).__name__}")
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim % n


def normal_dims(dim: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """The dimensions that a reduction goes over, sorted; all for None and for ``()``."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    dims = [normal_dim(d, ndim) for d in ((dim,) if isinstance(dim, int) else dim)]
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"dim {dims[0]} appears multiple times in the list of dims")
    return tuple(sorted(dims)) if ndim else ()


__all__ = ["OPERATIONS", "Composition", "Dims", "Each", "Nodes", "Number", "Operation",
           "Structural", "as_dtype", "bool_", "detach", "floating", "normal_dim", "normal_dims",
           "operation", "promoted", "result_dtype", "summing", "variant"]
