"""The losses of ``torch.nn.functional``.

``reduction`` is ``"mean"`` (the default), ``"sum"`` or ``"none"``; ``size_average`` and ``reduce``
are its older spelling. Targets of classes are checked when the program runs.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..engine.dtypes import FLOAT, DType, bool_, int64, uint8
from ..engine.errors import user_line
from ..engine.graph import Node, Shape, building, lift
from ..engine.ops import elementwise as el
from ..engine.ops import neural
from ..engine.ops import reduce as red
from ..engine.ops.special import xlogy
from ..engine.ops.structural import broadcast_to, graft, reshape, stop
from ..engine.recording.operation import as_dtype, floating, operation, promoted
from .arithmetic import not_bool, not_implemented
from .neural import distance, log_softmax
from .reduce import magnitude, mean, mean_over, renamed

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


# Reductions
def spelled(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """``reduction``, or what its older spelling says."""
    if size_average is not None or reduce is not None:
        if reduce is False:
            return "none"
        return "sum" if size_average is False else "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def total(x: Node) -> Node:
    """The sum of all elements."""
    return red.sum_(x, axes=tuple(range(x.ndim)), keepdims=False)


def reduced(loss: Node, reduction: str) -> Node:
    """The loss of each element, summed or averaged as ``reduction`` says."""
    if reduction == "none":
        return loss
    return mean(loss) if reduction == "mean" else total(loss)


def _weighted(loss: Node, weight: Node | None, reduction: str) -> Node:
    """``loss * weight``, whose mean is by the sum of the weights."""
    if weight is None:
        return reduced(loss, reduction)
    if weight.shape != loss.shape:
        raise ValueError("Weights and input must have the same size.")
    loss = el.mul(*promoted(loss, weight))
    if reduction == "mean":
        return el.div(*promoted(total(loss), total(weight)))
    return reduced(loss, reduction)


def _class_axis(x: Node) -> int:
    return 1 if x.ndim > 1 else 0


_warned: dict[Any, Any] = {}
"""The lines that were warned already."""


def compared(input: Node, target: Node) -> tuple[Node, Node]:
    """Both, as PyTorch broadcasts them; a warning if one is, as (n, 1) and (n,) to (n, n)."""
    if input.shape != target.shape:
        building.warned = True
        warnings.warn_explicit(
            f"Using a target size (torch.Size({list(target.shape)})) that is different to the "
            f"input size (torch.Size({list(input.shape)})). This will likely lead to incorrect "
            "results due to broadcasting. Please ensure they have the same size.",
            UserWarning, *user_line(), registry=_warned)
        if not input.ndim or not target.ndim:   # which counts in full for the dtype: both have dims
            input, target = (x if x.ndim else reshape(x, shape=(1,)) for x in (input, target))
    return input, target


# Regression
@operation("MseLossBackward0", methods=())
def mse_loss(input: Node, target: Node, size_average: bool | None = None,
             reduce: bool | None = None, reduction: str = "mean",
             weight: Node | None = None) -> Node:
    """``(input - target)^2``."""
    reduction = spelled(size_average, reduce, reduction)
    a, b = promoted(*compared(input, target))
    if a.dtype.category != FLOAT:
        raise not_implemented("mse_cpu", a)
    return _weighted(el.square(el.sub(a, b)), weight, reduction)


@operation("MeanBackward0", methods=())
def l1_loss(input: Node, target: Node, size_average: bool | None = None,
            reduce: bool | None = None, reduction: str = "mean",
            weight: Node | None = None) -> Node:
    """``|input - target|``."""
    reduction = spelled(size_average, reduce, reduction)
    not_bool(input, target)
    a, b = promoted(*compared(input, target))
    return _weighted(magnitude(el.sub(a, b)), weight, reduction)


def _fits(dtype: DType, input: Node) -> None:
    """RuntimeError if PyTorch cannot write a loss of this dtype to one of the input's."""
    if dtype.category > input.dtype.category:
        raise RuntimeError(f"result type {dtype.legacy_name} can't be cast to the desired output "
                           f"type {input.dtype.legacy_name}: make the input floating with .float()")


def _between(name: str, input: Node, target: Node) -> Node:
    """The difference of two floating tensors."""
    a, b = promoted(*compared(input, target))
    if a.dtype.category != FLOAT:
        raise not_implemented(f"{name}_cpu", a)
    return el.sub(a, b)


@operation("SmoothL1LossBackward0", methods=())
def smooth_l1_loss(input: Node, target: Node, size_average: bool | None = None,
                   reduce: bool | None = None, reduction: str = "mean",
                   beta: float = 1.0) -> Node:
    """``d^2 / (2 beta)`` where ``d = |input - target|`` is below ``beta``, else ``d - beta/2``."""
    reduction = spelled(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    difference = _between("smooth_l1", input, target)
    d = magnitude(difference)
    loss = el.where(el.lt(d, lift(beta)), el.square(difference) * (0.5 / beta), d - 0.5 * beta)
    return reduced(loss, reduction)


@operation("HuberLossBackward0", methods=())
def huber_loss(input: Node, target: Node, reduction: str = "mean", delta: float = 1.0,
               weight: Node | None = None) -> Node:
    """``d^2 / 2`` where ``d = |input - target|`` is below ``delta``, else
    ``delta * (d - delta/2)``."""
    reduction = spelled(None, None, reduction)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _fits(promoted(input, target)[0].dtype, input)
    difference = _between("huber", input, target)
    d = magnitude(difference)
    loss = el.where(el.le(d, lift(delta)), el.square(difference) * 0.5, (d - 0.5 * delta) * delta)
    loss = as_dtype(loss, floating(input.dtype))
    if weight is not None and weight.shape != loss.shape:
        raise ValueError("Weights and input must have the same size.")
    return reduced(loss if weight is None else el.mul(*promoted(loss, weight)), reduction)


@operation("MeanBackward0", methods=())
def poisson_nll_loss(input: Node, target: Node, log_input: bool = True, full: bool = False,
                     size_average: bool | None = None, eps: float = 1e-8,
                     reduce: bool | None = None, reduction: str = "mean") -> Node:
    """``exp(input) - target * input``, or ``input - target * log(input + eps)``; ``full`` adds
    Stirling's approximation of ``log(target!)`` for targets above 1."""
    reduction = spelled(size_average, reduce, reduction)
    if input.dtype.is_differentiable:
        x: Node = input
        log = el.exp(x) if log_input else el.log(x + eps)
    else:   # an integer meets the target as it is
        x = as_dtype(input, floating(input.dtype))
        log = el.exp(x) if log_input else el.log(x + eps)
    product = el.mul(*promoted(target, input if log_input else log))
    loss = el.sub(*promoted(*((log, product) if log_input else (input, product))))
    if full:
        t = as_dtype(target, floating(target.dtype))
        above = el.gt(t, lift(1))
        safe = el.where(above, t, lift(1))
        stirling = safe * el.log(safe) - safe + 0.5 * el.log(safe * (2 * math.pi))
        loss = el.add(loss, as_dtype(el.where(above, stirling, lift(0.0)), loss.dtype))
    return reduced(loss, reduction)


@operation("MeanBackward0", methods=())
def gaussian_nll_loss(input: Node, target: Node, var: Node, full: bool = False,
                      eps: float = 1e-6, reduction: str = "mean") -> Node:
    """``(log(max(var, eps)) + (input - target)^2 / max(var, eps)) / 2``; ``full`` adds
    ``log(2 pi) / 2``."""
    x, t = promoted(input, target)
    if var.weak:
        var = as_dtype(broadcast_to(el.cast(var, dtype=x.dtype), shape=x.shape), x.dtype)
    if var.shape != x.shape:
        if x.shape[:-1] == var.shape:
            var = reshape(var, shape=(*var.shape, 1))
        elif var.ndim != x.ndim or var.shape[-1] != 1 or var.shape[:-1] != x.shape[:-1]:
            raise ValueError("var is of incorrect size")
    reduction = spelled(None, None, reduction)
    var = neural.nonnegative(var)
    var = graft(var, el.clamp_min(stop(var, reason="gaussian_nll_loss"), lift(eps)))
    error, var = promoted(el.square(el.sub(x, t)), var)
    loss = el.add(el.log(var), el.div(error, var)) * 0.5
    return reduced(loss + HALF_LOG_2PI if full else loss, reduction)


# Classes
def _check_classes(input: Node, target: Node, weight: Node | None) -> None:
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if target.dtype not in (int64, uint8):
        raise RuntimeError("expected target dtype to be Long or Byte, but got "
                           f"{target.dtype.legacy_name}")
    axis = _class_axis(input)
    classes = input.shape[axis]
    if axis and target.ndim and input.shape[0] != target.shape[0]:
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target "
                         f"batch_size ({target.shape[0]}).")
    wanted = input.shape[:axis] + input.shape[axis + 1:]
    if target.shape != wanted:
        if input.ndim <= 2:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported; the "
                               f"target of input {list(input.shape)} has shape {list(wanted)}, "
                               f"not {list(target.shape)}")
        raise RuntimeError(f"Expected target size {list(wanted)}, got {list(target.shape)}")
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(f"weight tensor should be defined either for all {classes} classes or "
                           f"no classes but got weight tensor of shape: {list(weight.shape)}")
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.legacy_name} but found "
                           f"{weight.dtype.legacy_name}")


def _per_class(weight: Node, like: Node) -> Node:
    """The weight of each class, in a shape that broadcasts with ``like``."""
    if like.ndim < 2:
        return weight
    return reshape(weight, shape=(weight.size,) + (1,) * (like.ndim - 2))


def _of_target(weight: Node | None, log_p: Node, target: Node, ignore_index: int) -> Node:
    """The weight of each target: 0 for the class to ignore, and 1 for others without ``weight``."""
    if weight is None:
        return el.mask(el.ne(target, lift(ignore_index)), log_p)
    all_weights = broadcast_to(_per_class(weight, log_p), shape=log_p.shape)
    return neural.pick_class(all_weights, target, axis=_class_axis(log_p), ignore=ignore_index)


def _nll(log_p: Node, target: Node, weight: Node | None, ignore_index: int,
         reduction: str) -> Node:
    loss = -neural.pick_class(log_p, target, axis=_class_axis(log_p), ignore=ignore_index)
    if weight is None:
        if reduction == "mean":
            kept = total(el.ne(target, lift(ignore_index)))
            return el.div(total(loss), el.cast(kept, dtype=loss.dtype))
        return reduced(loss, reduction)
    weights = _of_target(weight, log_p, target, ignore_index)
    loss = el.mul(loss, weights)
    return el.div(total(loss), total(weights)) if reduction == "mean" else reduced(loss, reduction)


@operation("NllLossBackward0", methods=(), pieces=True)
def nll_loss(input: Node, target: Node, weight: Node | None = None,
             size_average: bool | None = None, ignore_index: int = -100,
             reduce: bool | None = None, reduction: str = "mean") -> Node:
    """``-weight[target] * input[target]`` for log-probabilities of classes in dimension 1 (0 for
    one sample); the mean is by the sum of the weights of targets that are not ``ignore_index``.

    Shapes: (C), (N, C) or (N, C, d1, ...) and the same without C.
    """
    reduction = spelled(size_average, reduce, reduction)
    _check_classes(input, target, weight)
    out = _nll(input, target, weight, ignore_index, reduction)
    return out if input.ndim <= 2 else renamed(out, "NllLoss2DBackward0", input)


@operation("NllLossBackward0", methods=())
def cross_entropy(input: Node, target: Node, weight: Node | None = None,
                  size_average: bool | None = None, ignore_index: int = -100,
                  reduce: bool | None = None, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Node:
    """The negative log-likelihood of ``target`` under ``softmax(input)``, over classes in
    dimension 1 (0 for one sample).

    ``target`` has class numbers in the shape of ``input`` without the classes, or probabilities in
    its shape. ``label_smoothing`` mixes in the uniform distribution.
    """
    reduction = spelled(size_average, reduce, reduction)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError("label_smoothing must be between 0.0 and 1.0. Got: "
                           f"{label_smoothing}")
    axis = _class_axis(input)
    if target.shape == input.shape:
        return _soft_targets(log_softmax(input, axis), target, weight, ignore_index, reduction,
                             label_smoothing)
    _check_classes(input, target, weight)
    log_p = log_softmax(input, axis)
    hard = _nll(log_p, target, weight, ignore_index, reduction)
    if label_smoothing == 0:
        return hard if input.ndim <= 2 else renamed(hard, "NllLoss2DBackward0", log_p)
    smooth = log_p if weight is None else el.mul(log_p, _per_class(weight, log_p))
    smooth = -red.sum_(smooth, axes=(axis,), keepdims=False)
    smooth = el.where(el.ne(target, lift(ignore_index)), smooth, lift(0.0))
    if reduction == "mean":
        smooth = el.div(total(smooth), total(_of_target(weight, log_p, target, ignore_index)))
    else:
        smooth = reduced(smooth, reduction)
    out = el.add(hard * (1 - label_smoothing), smooth * (label_smoothing / input.shape[axis]))
    return renamed(out, "AddBackward0", hard, smooth)


def _soft_targets(log_p: Node, target: Node, weight: Node | None, ignore_index: int,
                  reduction: str, label_smoothing: float) -> Node:
    """The cross entropy with probabilities of classes as targets."""
    axis = _class_axis(log_p)
    classes = log_p.shape[axis] if log_p.ndim else 1
    if not target.dtype.is_floating_point:
        raise RuntimeError("Expected floating point type for target with class probabilities, got "
                           f"{target.dtype.legacy_name}")
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(f"weight tensor should be defined either for all {classes} classes or "
                           f"no classes but got weight tensor of shape: {list(weight.shape)}")
    if label_smoothing > 0:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    loss = el.mul(*promoted(log_p, target))
    if weight is not None:
        loss = el.mul(*promoted(loss, _per_class(weight, log_p)))
    axes = (axis,) if log_p.ndim else ()
    if reduction == "none":
        return renamed(-red.sum_(loss, axes=axes, keepdims=False), "NegBackward0", log_p)
    out = -total(loss)
    if reduction == "mean":
        return renamed(out / (log_p.size // max(classes, 1)), "DivBackward1", log_p)
    return renamed(out, "NegBackward0", log_p)


def _sizes(x: Node) -> str:
    return f"torch.Size({list(x.shape)})"


@operation("BinaryCrossEntropyBackward0", methods=())
def binary_cross_entropy(input: Node, target: Node, weight: Node | None = None,
                         size_average: bool | None = None, reduce: bool | None = None,
                         reduction: str = "mean") -> Node:
    """``-(target * log(input) + (1 - target) * log(1 - input))``, with logarithms of at least
    -100."""
    reduction = spelled(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({_sizes(target)}) that is different to the input size "
            f"({_sizes(input)}) is deprecated. Please ensure they have the same size.")
    for other in (target, weight):
        if other is not None and other.dtype is not input.dtype:
            raise RuntimeError(f"Found dtype {other.dtype.legacy_name} but expected "
                               f"{input.dtype.legacy_name}")
    loss = neural.binary_entropy(input, target)
    if weight is not None:
        loss = el.mul(loss, broadcast_to(weight, shape=_expandable(weight, loss)))
    return reduced(loss, reduction)


def _expandable(weight: Node, like: Node) -> Shape:
    """The shape of ``like``, to which ``weight`` broadcasts; RuntimeError if it does not."""
    if el.broadcast_shape(weight.shape, like.shape) != like.shape:
        raise RuntimeError(f"a weight of shape {list(weight.shape)} does not broadcast to "
                           f"{list(like.shape)}")
    return like.shape


@operation("BinaryCrossEntropyWithLogitsBackward0", methods=())
def binary_cross_entropy_with_logits(
        input: Node, target: Node, weight: Node | None = None, size_average: bool | None = None,
        reduce: bool | None = None, reduction: str = "mean",
        pos_weight: Node | None = None) -> Node:
    """``binary_cross_entropy(sigmoid(input), target)`` without its rounding; ``pos_weight``
    multiplies the first term. The loss has the dtype of ``target``."""
    reduction = spelled(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({_sizes(target)}) must be the same as input size "
                         f"({_sizes(input)})")
    if not target.dtype.is_floating_point:
        raise RuntimeError("result type Float can't be cast to the desired output type "
                           f"{target.dtype.legacy_name}: make the target floating with .float()")
    x, t = promoted(input, target)
    if pos_weight is None:
        loss = el.sub(neural.softplus(x), el.mul(x, t))
    else:
        x, t, positive = promoted(x, t, pos_weight)
        factor = el.mul(positive - 1, t) + 1
        loss = el.add(el.mul(1 - t, x), el.mul(factor, neural.softplus(-x)))
    if weight is not None:
        loss = el.mul(*promoted(loss, weight))
    return reduced(as_dtype(loss, target.dtype), reduction)


@operation("MeanBackward0", methods=())
def kl_div(input: Node, target: Node, size_average: bool | None = None,
           reduce: bool | None = None, reduction: str = "mean", log_target: bool = False) -> Node:
    """``target * (log(target) - input)`` for log-probabilities ``input``; ``log_target`` says that
    ``target`` has logarithms too. The reduction ``"batchmean"`` divides the sum by the first
    dimension."""
    batch = reduction == "batchmean"
    reduction = spelled(size_average, reduce, "sum" if batch else reduction)
    x, t = promoted(input, target)
    if not (input.dtype.is_differentiable and target.dtype.is_differentiable):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    loss = (el.mul(el.exp(t), el.sub(t, x)) if log_target
            else el.sub(xlogy(t, t), el.mul(t, x)))
    out = reduced(loss, reduction)
    return out / input.shape[0] if batch and input.ndim else out


# Margins
def _of_signs(target: Node) -> Node:
    """A target that can be compared with -1."""
    return as_dtype(target, int64) if target.dtype is bool_ else target


@operation("MeanBackward0", methods=())
def hinge_embedding_loss(input: Node, target: Node, margin: float = 1.0,
                         size_average: bool | None = None, reduce: bool | None = None,
                         reduction: str = "mean") -> Node:
    """``input`` where the target is 1, and ``max(0, margin - input)`` where it is -1."""
    reduction = spelled(size_average, reduce, reduction)
    if input.dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")
    if input.dtype is bool_:
        raise RuntimeError("hinge_embedding_loss: a bool input cannot be subtracted from; convert "
                           "it: input.float()")
    target, zero = _of_signs(target), lift(0 if input.dtype.category < FLOAT else 0.0)
    far = el.clamp_min(el.sub(el.cast(lift(margin), dtype=input.dtype), input), zero)
    loss = el.add(el.where(el.ne(target, lift(1)), far, zero),
                  el.where(el.ne(target, lift(-1)), input, zero))
    return reduced(loss, reduction)


@operation("MeanBackward0", methods=())
def margin_ranking_loss(input1: Node, input2: Node, target: Node, margin: float = 0,
                        size_average: bool | None = None, reduce: bool | None = None,
                        reduction: str = "mean") -> Node:
    """``max(0, -target * (input1 - input2) + margin)``."""
    reduction = spelled(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {_sizes(input1)}, input2: {_sizes(input2)}, target: {_sizes(target)} ")
    a, b, t = promoted(input1, input2, target, to_float=True)
    return reduced(el.clamp_min(el.mul(-t, el.sub(a, b)) + margin, lift(0.0)), reduction)


@operation("MeanBackward0", methods=())
def cosine_embedding_loss(input1: Node, input2: Node, target: Node, margin: float = 0,
                          size_average: bool | None = None, reduce: bool | None = None,
                          reduction: str = "mean") -> Node:
    """``1 - cos`` where the target is 1, and ``max(0, cos - margin)`` where it is -1."""
    reduction = spelled(size_average, reduce, reduction)
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found "
            f"inputs with sizes {list(input1.shape)} and {list(input2.shape)}.")
    a, b = promoted(input1, input2, to_float=True)
    axes = (target.ndim,)
    target = _of_signs(target)
    ab, aa, bb = (red.sum_(el.mul(u, v), axes=axes, keepdims=False)
                  for u, v in ((a, b), (a, a), (b, b)))
    cos = el.div(ab, el.sqrt(el.mul(aa + 1e-12, bb + 1e-12)))
    loss = el.add(el.where(el.eq(target, lift(1)), 1 - cos, lift(0.0)),
                  el.where(el.eq(target, lift(-1)), el.clamp_min(cos - margin, lift(0.0)),
                           lift(0.0)))
    return reduced(loss, reduction)


@operation("MeanBackward0", methods=())
def triplet_margin_loss(anchor: Node, positive: Node, negative: Node, margin: float = 1.0,
                        p: float = 2, eps: float = 1e-6, swap: bool = False,
                        size_average: bool | None = None, reduce: bool | None = None,
                        reduction: str = "mean") -> Node:
    """``max(0, margin + |anchor - positive| - |anchor - negative|)``; with ``swap`` the negative
    may be nearer to the positive."""
    reduction = spelled(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs")
    near = distance(anchor, positive, p, eps)
    far = distance(anchor, negative, p, eps)
    if swap:
        far = el.minimum(*promoted(far, distance(positive, negative, p, eps)))
    return reduced(el.clamp_min(el.sub(*promoted(near, far)) + margin, lift(0.0)), reduction)


@operation("SoftMarginLossBackward0", methods=())
def soft_margin_loss(input: Node, target: Node, size_average: bool | None = None,
                     reduce: bool | None = None, reduction: str = "mean") -> Node:
    """``log(1 + exp(-target * input))``."""
    reduction = spelled(size_average, reduce, reduction)
    if input.dtype is bool_:
        raise RuntimeError("Negation, the `-` operator, on a bool tensor is not supported. If you "
                           "are trying to invert a mask, use the `~` or `logical_not()` operator "
                           "instead.")
    x, t = promoted(input, target)
    _fits(floating(x.dtype), input)
    z = el.mul(-t, x)
    loss = el.log1p(el.exp(z)) if z.dtype.is_complex else neural.softplus(z)
    return reduced(as_dtype(loss, floating(input.dtype)), reduction)


@operation("MeanBackward0", methods=())
def multilabel_soft_margin_loss(input: Node, target: Node, weight: Node | None = None,
                                size_average: bool | None = None, reduce: bool | None = None,
                                reduction: str = "mean") -> Node:
    """The mean over classes (the last dimension of ``input``) of the binary cross entropy with
    logits."""
    reduction = spelled(size_average, reduce, reduction)
    x, t = promoted(input, target)
    loss = el.sub(neural.softplus(x), el.mul(x, t))
    if weight is not None:
        loss = el.mul(*promoted(loss, weight))
    axis = max(input.ndim - 1, 0)
    mean_loss = mean_over(loss, (axis,) if loss.ndim else ())
    if loss.ndim > input.ndim > 0:   # a target of more dimensions: PyTorch adds up another one
        mean_loss = mean_loss * (loss.shape[axis] / input.shape[axis])
    return reduced(mean_loss, reduction)


@operation("MultiMarginLossBackward0", methods=())
def multi_margin_loss(input: Node, target: Node, p: int = 1, margin: float = 1.0,
                      weight: Node | None = None, size_average: bool | None = None,
                      reduce: bool | None = None, reduction: str = "mean") -> Node:
    """``sum(max(0, margin - input[target] + input[i])^p) / C`` over the classes ``i`` that are not
    the target."""
    reduction = spelled(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    _check_margins(input, target, weight)
    if input.ndim < 2 and target.size == 1:   # one sample, whose class may have a dimension
        one = reshape(input, shape=(1, input.size))
        loss = multi_margin_loss(one, reshape(target, shape=(1,)), p, margin, weight,
                                 reduction="none")
        return reshape(loss, shape=target.shape if reduction == "none" else ())
    if target.shape != input.shape[:-1]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size {list(input.shape[:-1])}, but got "
            f"{list(target.shape)}. Input has shape {list(input.shape)}.")
    axis = input.ndim - 1
    column = (*target.shape, 1)
    own = neural.pick_class(input, target, axis=axis, ignore=-1)
    excess = el.clamp_min(margin - reshape(own, shape=column) + input, lift(0.0))
    excess = el.where(is_class(target, input.shape[axis]), lift(0.0), excess)
    loss = excess if p == 1 else el.square(excess)
    if weight is not None:
        all_weights = broadcast_to(weight, shape=input.shape)
        chosen = neural.pick_class(all_weights, target, axis=axis, ignore=-1)
        loss = el.mul(loss, reshape(chosen, shape=column))
    return reduced(mean_over(loss, (axis,)), reduction)


def _check_margins(input: Node, target: Node, weight: Node | None) -> None:
    """PyTorch's checks of :func:`multi_margin_loss`."""
    if input.ndim > 2 or (not input.size and (not input.ndim or input.shape[-1] == 0)):
        raise RuntimeError("Expected non-empty vector or matrix with optional 0-dim batch size, "
                           f"but got: {list(input.shape)}")
    classes = input.shape[-1] if input.ndim else 1
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    if weight is not None and weight.shape[0] != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got "
                           f"{list(weight.shape)}")
    if target.dtype.is_differentiable:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.legacy_name}: "
                           "the classes of multi_margin_loss")


def is_class(target: Node, classes: int) -> Node:
    """For each target a row that is true at its class."""
    return el.cast(neural.one_hot(target, classes=classes), dtype=bool_)
