"""What ``grad_fn`` shows under ``_saved_...``: PyTorch's names, by the name of the operation.

A recording keeps what its derivatives read, which need not be what PyTorch keeps; a value that is
asked for here is the leaf, waits in the recording, or is computed of what was kept. Start with
:data:`SAVED`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..engine.arrays import asarray
from ..engine.backends.interpreter import interpret
from ..engine.graph import Graph, Node
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle
from ..engine.recording.origins import origin_of
from ..engine.recording.recorder import hold
from ..engine.recording.recording import Recording
from ..engine.recording.strides import strides_of

SAVED = """
Add Sub: alpha
Mul Div Maximum Minimum Atan2: self other
Dot: self tensor
LogSigmoid: self
ConstantPadNd: pad
Addmm: mat1 mat2 beta alpha
Select: dim index self_sym_sizes
Split: dim split_size self_sym_sizes
Pow0: self exponent
Pow1: self exponent result
Exp Sqrt Rsqrt Tanh Sigmoid Relu Reciprocal Tan Exp2 Expm1: result
Log Log1P Log2 Log10 Sin Cos Sinh Cosh Silu Abs Lgamma Digamma Erf Erfc Acos Asin Atan Asinh Acosh
    Atanh Sinc I0: self
Gelu: self approximate
LeakyRelu: self negative_slope
Softplus: self beta threshold
Hardtanh: self min_val max_val
Clamp1: self min max
Lerp0: weight
Addcmul Addcdiv: tensor1 tensor2 value
Sum0: self_sym_sizes
Sum1: dim[] keepdim self_sym_sizes
Mean0: self_sym_sizes self_sym_numel
Mean1: dim[] keepdim self_sym_sizes self_sym_numel
Max1 Min1: self result
Max0 Min0: dim keepdim indices=1 self_sym_sizes
Sort0: dim indices=1 self_sym_sizes
Topk0 Kthvalue0 Mode0: dim indices=1 self_sym_sizes
Amax Amin: self dim[] keepdim result
Prod: self result
Prod1: self dim keepdim result
Cumsum: dim
Cumprod: self dim result
Var: self dim correction keepdim
Std: self dim correction keepdim result
LinalgVectorNorm: self ord dim keepdim result
Softmax LogSoftmax: dim result
Logsumexp: self dim[] keepdim result
Mm: self mat2 self_sym_sizes self_sym_strides mat2_sym_sizes mat2_sym_strides
Bmm: self mat2
Mv: self vec
View Expand UnsafeView: self_sym_sizes
Transpose: dim0 dim1
Permute: dims
Unsqueeze: dim
Squeeze1: dim self_sym_sizes
Repeat: repeats self_sym_sizes
Cat Stack: dim
Where: condition
Gather: self dim index sparse_grad
IndexSelect: dim index self_sym_sizes
MaskedFill: mask
Tril Triu: diagonal
Flip: dims
Embedding: indices=input padding_idx scale_grad_by_freq sparse
MseLoss: self target reduction
BinaryCrossEntropyWithLogits: self target weight pos_weight reduction
SmoothL1Loss: self target beta reduction
NllLoss: self target weight ignore_index reduction
Convolution: input weight stride[2] padding[2] dilation[2] groups
MaxPool2DWithIndices: self kernel_size[2] stride[2] padding[2] dilation[2] ceil_mode
AvgPool2D: self kernel_size[2] stride[2] padding[2] ceil_mode count_include_pad divisor_override
NativeBatchNorm: input weight running_mean running_var eps
NativeLayerNorm: input normalized_shape weight bias
LinalgCholeskyEx: L=result upper
LinalgInvEx: inverse=result
LinalgDet: A result
Cdist: x1 x2 p result
Scatter: dim index
Unbind: dim
Elu: self alpha
"""
"""By the part of the name before ``Backward`` (with the number after it where that matters), what
is kept. ``self`` is the first operand, ``result`` the value, ``..=1`` another of several results;
``a=b`` calls an argument ``b`` of ours ``a``."""
ELSEWHERE = {"self": ("input", "self"), "mat2": ("mat2", "other"), "A": ("A", "input"),
             "ord": ("ord", "p"), "vec": ("vec", "other", "mat2"), "dims": ("dims", "dim"),
             "repeats": ("repeats", "sizes"), "tensor": ("tensor", "other"),
             "split_size": ("split_size", "split_size_or_sections"), "mat1": ("mat1", "input"),
             "input": ("input",), "weight": ("weight",)}
"""The arguments that an attribute may be, where one of another name is PyTorch's."""
NEEDED = {("Mul", "self"): 1, ("Mul", "other"): 0, ("Div", "other"): 0, ("Div", "self"): 1,
          ("Mm", "self"): 1, ("Mm", "mat2"): 0, ("Bmm", "self"): 1, ("Bmm", "mat2"): 0,
          ("Mv", "self"): 1, ("Mv", "vec"): 0}
"""What is kept for the derivative in one operand alone."""
DEFAULTS = {"alpha": 1, "beta": 1, "value": 1, "keepdim": False}
"""What an argument is that was not given, and that the composition does not ask for then."""
WORDS = {"none": 0, "mean": 1, "sum": 2}
"""How PyTorch numbers reductions."""


@cache
def rows() -> dict[str, dict[str, str]]:
    """For each operation, its attributes and where each is from."""
    found: dict[str, dict[str, str]] = {}
    for line in SAVED.replace("\n    ", " ").strip().splitlines():
        names, _, kept = line.partition(":")
        parts = [each.partition("=") for each in kept.split()]
        for name in names.split():
            found[name] = {there.partition("[")[0]: other or there for there, _, other in parts}
    return found


def row_of(name: str) -> tuple[str, dict[str, str]]:
    """The operation of the name of a ``grad_fn``, and its attributes."""
    word, _, number = name.partition("Backward")
    return word, rows().get(word + number) or rows().get(word, {})


def saved_names(name: str) -> list[str]:
    """The attributes of the ``grad_fn`` of that name."""
    return [f"_saved_{each}" for each in row_of(name)[1]]


def saved_value(unit: Any, node: Node, name: str) -> Any:
    """The attribute of the ``grad_fn`` of ``node``."""
    call = node.call
    assert call is not None
    short = name.removeprefix("_saved_")
    word, row = row_of(call.name)
    wanted = row[short]
    other = NEEDED.get((word, short))
    if other is not None and not (other < len(call.operands)
                                  and call.operands[other].requires_grad):
        return None
    if "_sym_" not in wanted and is_freed(unit, node):
        raise RuntimeError(LOST)
    if wanted == "result":
        return tensor_at(unit, node)
    if wanted.isdigit():
        return tensor_at(unit, node.beside[int(wanted)])
    thing, _, what = wanted.partition("_sym_")
    thing, _, count = thing.partition("[")
    found = argument(node, thing)
    if what:
        return told_of(found, what)
    if count and not isinstance(found, (tuple, list)):
        found = () if found is None and count != "]" else None if found is None else (
            (found,) * int(count.removesuffix("]") or 1))
    if isinstance(found, (tuple, list)):
        return tuple(shown(unit, each) for each in found)
    if short == "reduction":
        return WORDS.get(found, found)
    if found is None:
        return DEFAULTS.get(short)
    if isinstance(found, Node) and found.weak:
        number = number_at(unit, found)
        return number if number is None or short != "other" else hold(np.asarray(number))
    return shown(unit, found)


def is_freed(unit: Any, node: Node) -> bool:
    """Whether a backward has freed what the step of ``node`` read."""
    return not isinstance(unit, Recording) and bool(unit.plan) and node in unit.freed


def argument(node: Node, name: str) -> Any:
    """An argument of the call: a node of the recording, or a plain value."""
    assert node.call is not None
    names, args, slots, numbers = node.call.given
    for each in ELSEWHERE.get(name, (name,)):
        if each in names:
            found = args[list(names).index(each)]
            if isinstance(found, Node) and found in slots:
                return node.call.operands[list(slots).index(found)]
            if isinstance(found, Node) and found in numbers:
                return getattr(node, "numbers", ())[list(numbers).index(found)]
            return found
    return node.call.operands[0] if name == "self" and node.call.operands else None


def told_of(found: Any, what: str) -> Any:
    """A size, the strides, or the number of elements of an operand."""
    if not isinstance(found, Node):
        return None
    return found.size if what == "numel" else found.shape if what == "sizes" else strides_of(found)


def shown(unit: Any, found: Any) -> Any:
    """What a user sees of an argument."""
    return tensor_at(unit, found) if isinstance(found, Node) else found


def number_at(unit: Any, node: Node) -> Any:
    """The value of a number of a call; None if it is not kept."""
    if not isinstance(unit, Recording):
        return unit.values.get(node)
    numbers = [each for step in unit.at.path() for each in step.numbers]
    return unit.numbers[numbers.index(node)] if node in numbers else None


def tensor_at(unit: Any, node: Node) -> Any:
    """The tensor of a node: the leaf itself, one that waits for the value, or what it was; None if
    that is not kept."""
    while True:
        origin = origin_of(unit, node)
        if type(origin) is not tuple or is_kept(unit, node):
            break
        unit, node = origin
    leaf = origin() if origin is not None and callable(origin) else None
    if isinstance(leaf, Handle):
        return leaf
    if isinstance(unit, Recording):
        return unit.waiting(node)
    found = of_kept(unit, node)
    return None if found is None else hold(np.array(asarray(found, node.dtype.numpy)))


def is_kept(unit: Any, node: Node) -> bool:
    return not isinstance(unit, Recording) and node in unit.values


def of_kept(unit: Any, node: Node) -> Any:
    """The value of a node of a segment, computed of what the segment keeps; None if it can't be."""
    known: dict[Node, Any] = dict(unit.values)
    inputs, stack, met = [], [node], {node}
    while stack:
        each = stack.pop()
        if each in known:
            inputs.append(each)
            continue
        origin = origin_of(unit, each)
        leaf = origin() if origin is not None and callable(origin) else None
        if isinstance(leaf, Handle):
            known[each] = value(leaf)
            inputs.append(each)
        elif not each.args:
            return None
        else:
            fresh: Sequence[Node] = [arg for arg in each.args if arg not in met]
            met.update(fresh)
            stack += fresh
    if node in known:
        return known[node]
    return interpret(Graph(inputs, [node]))([known[each] for each in inputs])[0]


LOST = ("Trying to backward through the graph a second time (or directly access saved tensors "
        "after they have already been freed): a backward frees what the graph keeps. Pass "
        "retain_graph=True to look at it afterwards.")

__all__ = ["saved_names", "saved_value"]
