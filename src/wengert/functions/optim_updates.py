"""The updates of the optimisers: for all parameters of a group one operation.

An update receives the gradients, then one list for each thing that it writes (the parameters, the
moments, ...), then numbers. It returns the new values of those lists, one list after the other;
``tensors/updates.py`` writes them. Numbers that change from step to step are runtime numbers, and
bias corrections are computed by the caller, so all steps of a fit are one path. The order of the
floating-point operations is PyTorch's.

Start with :func:`sgd_update`; :func:`each` is what they have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..engine.dtypes import bfloat16, float32
from ..engine.graph import Call, Node, lift
from ..engine.ops import elementwise as el
from ..engine.ops.complex_numbers import as_complex, as_real
from ..engine.ops.structural import settle, stop
from ..engine.recording.operation import Nodes, Number, as_dtype, operation
from .linear import dot, matmul
from .reduce import mean_over, norm_over
from .shape import cut, reshaped, transpose

Update = Callable[..., tuple[Node, ...]]


def each(update: Update, grads: Nodes, params: Nodes, *states: Nodes) -> Nodes:
    """``update`` of every parameter, by its results: all parameters, then all first states, ...

    A complex parameter is updated as the pairs of real numbers that it consists of.
    """
    rows = []
    for operands in zip(grads, params, *states, strict=True):
        parts = [as_real(x) if x.dtype.is_complex else x for x in operands]
        out = update(*parts)
        if operands[1].dtype.is_complex:
            out = tuple(settle(as_complex(x)) for x in out)
        for i, node in enumerate(out):
            if node.call is None and node not in operands:
                node.call = Call("", operands, i)
        rows.append(out)
    return tuple(node for column in zip(*rows, strict=True) for node in column)


def scaled(number: Node, like: Node) -> Node:
    """A number as a factor of ``like``; a tensor takes its dtype."""
    return as_dtype(number, like.dtype)


def descent(grad: Node, param: Node, weight_decay: Node | None, maximize: bool) -> Node:
    """The gradient to go down along, with the gradient of the penalty."""
    if maximize:
        grad = el.neg(grad)
    if weight_decay is not None:
        grad = el.add(grad, el.mul(param, scaled(weight_decay, param)))
    return grad


def shrunk(param: Node, factor: Node | None) -> Node:
    """``param`` after decoupled weight decay."""
    return param if factor is None else el.mul(param, scaled(factor, param))


def toward(start: Node, end: Node, weight: Node) -> Node:
    """``start`` moved towards ``end`` by a ``weight`` below one half."""
    return el.add(start, el.mul(scaled(weight, start), el.sub(end, start)))


def moved(start: Node, end: Node, weight: Node, near_end: bool) -> Node:
    """``start`` moved towards ``end``; ``near_end`` says whether the weight is above one half."""
    if not near_end:
        return toward(start, end, weight)
    return el.sub(end, el.mul(el.sub(end, start), 1.0 - scaled(weight, start)))


def plus_product(x: Node, a: Node, b: Node, factor: Node) -> Node:
    """``x + factor * a * b``."""
    return el.add(x, el.mul(el.mul(scaled(factor, x), a), b))


def plus_quotient(x: Node, a: Node, b: Node, factor: Node) -> Node:
    """``x + factor * a / b``."""
    return el.add(x, el.div(el.mul(scaled(factor, x), a), b))


def squares(average: Node, grad: Node, beta: Node, rest: Node) -> Node:
    """The moving average of squares."""
    return plus_product(el.mul(average, scaled(beta, average)), grad, grad, rest)


def given(x: Node | None) -> Node:
    """A number that the caller has passed."""
    assert x is not None
    return x


@operation(methods=())
def rows_of_adam(grad: Node, mean: Node, square: Node, rest: Number, rest_of_squares: Number,
                 minus_size: Number, eps: Number) -> Nodes:
    """Of the rows of a table that a sparse gradient has: the moments, and what comes to the
    parameters."""
    mean = el.add(mean, el.mul(scaled(given(rest), mean), el.sub(grad, mean)))
    square = el.add(square, el.mul(scaled(given(rest_of_squares), square),
                                   el.sub(el.mul(grad, grad), square)))
    root = el.add(el.sqrt(square), scaled(given(eps), square))
    return mean, square, el.div(el.mul(scaled(given(minus_size), mean), mean), root)


@operation(methods=())
def sgd_update(grads: Nodes, params: Nodes, buffers: Nodes, minus_lr: Number,
               weight_decay: Number, momentum: Number, rest: Number, *, first: bool,
               nesterov: bool, maximize: bool) -> Nodes:
    """Gradient descent with momentum; in the ``first`` step the buffers are the gradients, without
    their history.

    ``rest`` is 1 - dampening.
    """
    down = given(minus_lr)

    def update(grad: Node, param: Node, *buffer: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        if momentum is None:
            return (el.add(param, el.mul(grad, scaled(down, param))),)
        if first:
            kept = stop(grad, reason="detach") if grad.requires_grad else grad
        else:
            kept = el.add(el.mul(buffer[0], scaled(momentum, param)),
                          el.mul(grad, scaled(given(rest), param)))
        way = el.add(grad, el.mul(kept, scaled(momentum, param))) if nesterov else kept
        return el.add(param, el.mul(way, scaled(down, param))), kept

    return each(update, grads, params, *([buffers] if buffers else []))


@operation(methods=())
def adam_update(grads: Nodes, params: Nodes, firsts: Nodes, seconds: Nodes, maxima: Nodes,
                minus_step: Number, root: Number, eps: Number, rest1: Number, beta2: Number,
                rest2: Number, weight_decay: Number, shrink: Number, *, near_end: bool,
                maximize: bool) -> Nodes:
    """Adam (Kingma and Ba, 2015), with AMSGrad where there are ``maxima``.

    ``minus_step`` is -lr over the bias correction of the first moment, ``root`` the square root of
    that of the second; ``rest1`` and ``rest2`` are 1 - beta; ``shrink`` multiplies the parameter.
    """
    def update(grad: Node, param: Node, m: Node, v: Node, *top: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        param = shrunk(param, shrink)
        m = moved(m, grad, given(rest1), near_end)
        v = squares(v, grad, given(beta2), given(rest2))
        tops = tuple(el.maximum(x, v) for x in top)
        denominator = el.div(el.sqrt(tops[0] if tops else v), scaled(given(root), param))
        denominator = el.add(denominator, scaled(given(eps), param))
        return plus_quotient(param, m, denominator, given(minus_step)), m, v, *tops

    return each(update, grads, params, firsts, seconds, *([maxima] if maxima else []))


@operation(methods=())
def adamax_update(grads: Nodes, params: Nodes, firsts: Nodes, norms: Nodes, minus_step: Number,
                  eps: Number, rest1: Number, beta2: Number, weight_decay: Number, *,
                  near_end: bool, maximize: bool) -> Nodes:
    """Adamax (Kingma and Ba, 2015): Adam with the maximum norm."""
    def update(grad: Node, param: Node, m: Node, u: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        m = moved(m, grad, given(rest1), near_end)
        u = el.maximum(el.mul(u, scaled(given(beta2), u)),
                       el.add(el.abs_(grad), scaled(given(eps), u)))
        return plus_quotient(param, m, u, given(minus_step)), m, u

    return each(update, grads, params, firsts, norms)


@operation(methods=())
def nadam_update(grads: Nodes, params: Nodes, firsts: Nodes, seconds: Nodes, by_grad: Number,
                 by_first: Number, correction2: Number, eps: Number, rest1: Number, beta2: Number,
                 rest2: Number, weight_decay: Number, shrink: Number, *, near_end: bool,
                 maximize: bool) -> Nodes:
    """NAdam (Dozat, 2016): Adam with Nesterov momentum.

    ``by_grad`` and ``by_first`` are the (negative) step sizes along the gradient and along the
    first moment, ``correction2`` is the bias correction of the second.
    """
    def update(grad: Node, param: Node, m: Node, v: Node) -> tuple[Node, ...]:
        param, grad = shrunk(param, shrink), descent(grad, param, weight_decay, maximize)
        m = moved(m, grad, given(rest1), near_end)
        v = squares(v, grad, given(beta2), given(rest2))
        denominator = el.sqrt(el.div(v, scaled(given(correction2), v)))
        denominator = el.add(denominator, scaled(given(eps), v))
        param = plus_quotient(param, grad, denominator, given(by_grad))
        return plus_quotient(param, m, denominator, given(by_first)), m, v

    return each(update, grads, params, firsts, seconds)


@operation(methods=())
def radam_update(grads: Nodes, params: Nodes, firsts: Nodes, seconds: Nodes, lr: Number,
                 correction1: Number, root2: Number, rectifier: Number, eps: Number,
                 rest1: Number, beta2: Number, rest2: Number, weight_decay: Number,
                 shrink: Number, *, near_end: bool, maximize: bool) -> Nodes:
    """RAdam (Liu and others, 2020); without ``rectifier`` the second moment is not used yet."""
    def update(grad: Node, param: Node, m: Node, v: Node) -> tuple[Node, ...]:
        param, grad = shrunk(param, shrink), descent(grad, param, weight_decay, maximize)
        m = moved(m, grad, given(rest1), near_end)
        v = squares(v, grad, given(beta2), given(rest2))
        way = el.mul(el.div(m, scaled(given(correction1), m)), scaled(given(lr), m))
        if rectifier is not None:
            adaptive = el.div(scaled(given(root2), v),
                              el.add(el.sqrt(v), scaled(given(eps), v)))
            way = el.mul(el.mul(way, adaptive), scaled(rectifier, v))
        return el.sub(param, way), m, v

    return each(update, grads, params, firsts, seconds)


@operation(methods=())
def adagrad_update(grads: Nodes, params: Nodes, sums: Nodes, minus_step: Number, eps: Number,
                   weight_decay: Number, *, maximize: bool) -> Nodes:
    """Adagrad (Duchi and others, 2011)."""
    def update(grad: Node, param: Node, total: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        total = el.add(total, el.mul(grad, grad))
        root = el.add(el.sqrt(total), scaled(given(eps), total))
        return plus_quotient(param, grad, root, given(minus_step)), total

    return each(update, grads, params, sums)


@operation(methods=())
def adadelta_update(grads: Nodes, params: Nodes, averages: Nodes, deltas: Nodes, minus_lr: Number,
                    rho: Number, rest: Number, eps: Number, weight_decay: Number, *,
                    maximize: bool) -> Nodes:
    """Adadelta (Zeiler, 2012); ``rest`` is 1 - rho."""
    def update(grad: Node, param: Node, average: Node, square: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        tiny = scaled(given(eps), param)
        average = squares(average, grad, given(rho), given(rest))
        delta = el.div(el.sqrt(el.add(square, tiny)), el.sqrt(el.add(average, tiny)))
        delta = el.mul(delta, grad)
        square = squares(square, delta, given(rho), given(rest))
        return el.add(param, el.mul(delta, scaled(given(minus_lr), param))), average, square

    return each(update, grads, params, averages, deltas)


@operation(methods=())
def rmsprop_update(grads: Nodes, params: Nodes, averages: Nodes, buffers: Nodes, means: Nodes,
                   minus_lr: Number, alpha: Number, rest: Number, eps: Number,
                   weight_decay: Number, momentum: Number, *, near_end: bool,
                   maximize: bool) -> Nodes:
    """RMSprop (Hinton, 2012), with momentum where there are ``buffers``, centred where there are
    ``means`` of the gradient; ``rest`` is 1 - alpha."""
    def update(grad: Node, param: Node, average: Node, *more: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        average = squares(average, grad, given(alpha), given(rest))
        variance, tail = average, [moved(x, grad, given(rest), near_end) for x in more[-1:]
                                   if means]
        for mean in tail:
            variance = el.sub(variance, el.mul(mean, mean))
        root = el.add(el.sqrt(variance), scaled(given(eps), param))
        if not buffers:
            return plus_quotient(param, grad, root, given(minus_lr)), average, *tail
        buffer = el.add(el.mul(more[0], scaled(given(momentum), param)), el.div(grad, root))
        param = el.add(param, el.mul(buffer, scaled(given(minus_lr), param)))
        return param, average, buffer, *tail

    return each(update, grads, params, averages, *[x for x in (buffers, means) if x])


@operation(methods=())
def rprop_update(grads: Nodes, params: Nodes, previous: Nodes, sizes: Nodes, shrinking: Number,
                 growing: Number, smallest: Number, largest: Number, *, maximize: bool) -> Nodes:
    """Rprop (Riedmiller and Braun, 1993), without weight backtracking."""
    def update(grad: Node, param: Node, before: Node, size: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, None, maximize)
        agreement = el.mul(grad, before)
        same, opposite = el.gt(agreement, lift(0)), el.lt(agreement, lift(0))
        size = el.where(same, el.mul(size, scaled(given(growing), size)),
                        el.where(opposite, el.mul(size, scaled(given(shrinking), size)), size))
        size = el.clamp_max(el.clamp_min(size, given(smallest)), given(largest))
        grad = el.where(opposite, el.zeros_of(grad), grad)
        return el.sub(param, el.mul(el.sign(grad), size)), grad, size

    return each(update, grads, params, previous, sizes)


@operation(methods=())
def asgd_update(grads: Nodes, params: Nodes, averages: Nodes, minus_eta: Number, shrink: Number,
                weight_decay: Number, mu: Number, *, maximize: bool) -> Nodes:
    """Averaged gradient descent (Polyak and Juditsky, 1992); without ``mu`` the average is the
    parameter."""
    def update(grad: Node, param: Node, average: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, weight_decay, maximize)
        param = shrunk(param, shrink)
        param = el.add(param, el.mul(grad, scaled(given(minus_eta), param)))
        if mu is None:
            return param, el.mul(param, lift(1))
        return param, el.add(average, el.mul(el.sub(param, average), scaled(mu, param)))

    return each(update, grads, params, averages)


@operation(methods=())
def average_update(grads: Nodes, params: Nodes, weight: Number, *, near_end: bool) -> Nodes:
    """Averages of parameters: ``params`` moved by ``weight`` towards ``grads``, which are the
    current parameters."""
    def update(now: Node, average: Node) -> tuple[Node, ...]:
        return (moved(average, now, given(weight), near_end),)

    return each(update, grads, params)


def _root_mean_square(x: Node) -> Node:
    return el.div(norm_over(x, 2.0, tuple(range(x.ndim))), lift(float(x.size) ** 0.5))


def _adafactor_step(param: Node, grad: Node, variance: Node, rho: Node, eps1: Node, eps2: Node,
                    clip: Node) -> Node:
    """The step relative to the size of the parameter, clipped by its own size."""
    size = el.mul(el.clamp_min(_root_mean_square(param), eps2), scaled(rho, param))
    way = el.mul(el.reciprocal(el.sqrt(el.clamp_min(variance, eps1 * eps1))), grad)
    limit = el.clamp_min(el.div(_root_mean_square(way), scaled(clip, way)), lift(1.0))
    return el.mul(way, el.div(el.neg(size), limit))


@operation(methods=())
def adafactor_vector_update(grads: Nodes, params: Nodes, variances: Nodes, weight: Number,
                            rho: Number, eps1: Number, eps2: Number, clip: Number,
                            shrink: Number, *, near_end: bool, maximize: bool) -> Nodes:
    """Adafactor (Shazeer and Stern, 2018) for parameters of one dimension or none."""
    def update(grad: Node, param: Node, variance: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, None, maximize)
        variance = moved(variance, el.mul(grad, grad), given(weight), near_end)
        way = _adafactor_step(param, grad, variance, given(rho), given(eps1), given(eps2),
                              given(clip))
        return el.add(shrunk(param, shrink), way), variance

    return each(update, grads, params, variances)


@operation(methods=())
def adafactor_matrix_update(grads: Nodes, params: Nodes, rows: Nodes, columns: Nodes,
                            weight: Number, rho: Number, eps1: Number, eps2: Number,
                            clip: Number, shrink: Number, *, near_end: bool,
                            maximize: bool) -> Nodes:
    """Adafactor (Shazeer and Stern, 2018), with the variance as a product of a column (the means
    along the last dimension) and a row."""
    def moved_flat(mean: Node, square: Node) -> Node:
        """The mean in one layout, whatever that of the gradient is."""
        start, end = (reshaped(x, (x.size,)) for x in (mean, square))
        return settle(reshaped(moved(start, end, given(weight), near_end), mean.shape))

    def update(grad: Node, param: Node, row: Node, column: Node) -> tuple[Node, ...]:
        grad = descent(grad, param, None, maximize)
        row = moved_flat(row, _mean_of_squares(grad, -1))
        column = moved_flat(column, _mean_of_squares(grad, -2))
        total = mean_over(row, (row.ndim - 2,), keepdim=True)
        variance = el.div(matmul(row, column), el.clamp_min(total, given(eps1)))
        way = _adafactor_step(param, grad, variance, given(rho), given(eps1), given(eps2),
                              given(clip))
        return el.add(shrunk(param, shrink), way), row, column

    return each(update, grads, params, rows, columns)


def _mean_of_squares(x: Node, dim: int) -> Node:
    norm = norm_over(x, 2.0, (x.ndim + dim,), keepdim=True)
    return el.div(el.square(norm), lift(float(x.shape[dim])))


@operation(methods=())
def muon_update(grads: Nodes, params: Nodes, buffers: Nodes, lr: Number, shrink: Number,
                momentum: Number, rest: Number, eps: Number, *,
                coefficients: tuple[float, ...], steps: int, ratios: tuple[float, ...],
                nesterov: bool, near_end: bool) -> Nodes:
    """Muon (Jordan, 2024): momentum whose matrix is made nearly orthogonal.

    ``ratios`` multiply the learning rate, one for each parameter; ``near_end`` says whether the
    momentum is above one half.
    """
    ratio = iter(ratios)

    def update(grad: Node, param: Node, buffer: Node) -> tuple[Node, ...]:
        buffer = moved(buffer, grad, given(rest), not near_end)
        way = moved(grad, buffer, given(momentum), near_end) if nesterov else buffer
        way = as_dtype(orthogonal(way, coefficients, steps, given(eps)), param.dtype)
        step = el.mul(el.mul(scaled(given(lr), param), lift(next(ratio))), way)
        return el.sub(shrunk(param, shrink), step), buffer

    return each(update, grads, params, buffers)


def orthogonal(x: Node, coefficients: Sequence[float], steps: int, eps: Node) -> Node:
    """The nearest orthogonal matrix, roughly, by a Newton-Schulz iteration of degree five; its
    products are rounded to bfloat16."""
    a, b, c = map(lift, coefficients)
    tall = x.shape[0] > x.shape[1]
    x = _rounded(transpose(x, 0, 1) if tall else x)
    x = _rounded(el.div(x, el.clamp_min(_rounded(norm_over(x, 2.0, (0, 1))), eps)))
    for _ in range(steps):
        gram = _rounded(matmul(x, transpose(x, 0, 1)))
        polynomial = _rounded(el.add(el.mul(b, gram), el.mul(c, matmul(gram, gram))))
        x = _rounded(el.add(el.mul(a, x), matmul(polynomial, x)))
    return transpose(x, 0, 1) if tall else x


def _rounded(x: Node) -> Node:
    return el.cast(el.cast(x, dtype=bfloat16), dtype=float32)


@operation(methods=())
def lbfgs_move(grads: Nodes, params: Nodes, size: Number) -> Nodes:
    """The parameters moved by ``size`` along a direction, a flat vector: the one of ``grads``."""
    (direction,) = grads
    start, moved_to = 0, []
    for param in params:
        parts = as_real(param) if param.dtype.is_complex else param
        way = reshaped(cut(direction, 0, start, parts.size), parts.shape)
        start += parts.size
        out = el.add(parts, el.mul(way, scaled(given(size), parts)))
        moved_to.append(settle(as_complex(out)) if param.dtype.is_complex else out)
    return tuple(moved_to)


@operation(methods=())
def lbfgs_back(input: Node, difference: Node, step: Node, inverse: Node) -> Nodes:
    """The first loop of the two-loop recursion (Nocedal, 1980), from the newest pair to the oldest:
    what a pair leaves of ``input``, and its coefficient."""
    factor = el.mul(dot(step, input), inverse)
    return el.sub(input, el.mul(difference, factor)), factor


@operation(methods=())
def lbfgs_forth(input: Node, difference: Node, step: Node, inverse: Node, factor: Node) -> Node:
    """The second loop, from the oldest pair to the newest."""
    rest = el.sub(factor, el.mul(dot(difference, input), inverse))
    return el.add(input, el.mul(step, rest))
