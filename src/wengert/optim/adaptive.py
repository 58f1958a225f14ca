"""Optimisers that scale each element by what its gradients have been: Adagrad, Adadelta, Adafactor;
and Muon, which scales a matrix by its singular values."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..engine.dtypes import DType
from ..functions import comparison
from ..functions.optim_updates import (
    adadelta_update,
    adafactor_matrix_update,
    adafactor_vector_update,
    adagrad_update,
    muon_update,
)
from ..tensors.creation import full_like
from ..tensors.creation import zeros as zeros_of
from ..tensors.limits import finfo
from ..tensors.operators import Tensor
from ..tensors.recorded import function
from ..tensors.updates import number_of, set_number, update
from .optimizer import (
    Bucket,
    Group,
    State,
    Updating,
    check,
    check_fused,
    check_lr,
    counter,
    decay,
    is_far,
    or_none,
    scalar,
    zeros,
)

clamp = function(comparison.clamp)


class Adagrad(Updating):
    """Adagrad (Duchi and others, 2011): the gradient over the root of the sum of its squares."""

    options: ClassVar[dict[str, Any]] = {
        "foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(self, params: Any, lr: Any = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
                 initial_accumulator_value: float = 0, eps: float = 1e-10,
                 foreach: bool | None = None, *, maximize: bool = False,
                 differentiable: bool = False, fused: bool | None = None) -> None:
        check_lr(lr)
        check(lr_decay >= 0.0, "Invalid lr_decay value: {}", lr_decay)
        check(weight_decay >= 0.0, "Invalid weight_decay value: {}", weight_decay)
        check(initial_accumulator_value >= 0.0, "Invalid initial_accumulator_value value: {}",
              initial_accumulator_value)
        check(eps >= 0.0, "Invalid epsilon value: {}", eps)
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "fused": fused})
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = {"step": counter(0.0, group), **self.new_state(group, p)}

    def new_state(self, group: Group, p: Any) -> State:
        start: Any = self.defaults["initial_accumulator_value"]
        start = complex(start, start) if p.is_complex() else start
        return {"sum": full_like(p, start, requires_grad=False)}

    def update_sparse(self, group: Group, p: Any, grad: Any) -> None:
        if or_none(group["weight_decay"]) is not None:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        state = self.state[p]
        step = number_of(state["step"])
        set_number(step + 1, state["step"])
        with no_grad():
            place, g = tuple(grad.indices().unbind(0)), grad.values()
            state["sum"][place] = total = state["sum"][place] + g * g
            lr = scalar(group["lr"]) / (1 + step * group["lr_decay"])
            p[place] -= (-lr if group["maximize"] else lr) * g / (total.sqrt() + group["eps"])

    def update(self, group: Group, bucket: Bucket) -> None:
        lr = scalar(group["lr"]) / (1 + (bucket.step - 1) * group["lr_decay"])
        update(adagrad_update, bucket.grads, [bucket.params, bucket.all("sum")], -lr,
               group["eps"], or_none(group["weight_decay"]), bool(group["maximize"]))


class Adadelta(Updating):
    """Adadelta (Zeiler, 2012): steps in the unit of the parameter, from moving averages of the
    squares of gradients and steps."""

    def __init__(self, params: Any, lr: Any = 1.0, rho: float = 0.9, eps: float = 1e-6,
                 weight_decay: float = 0, foreach: bool | None = None, *,
                 capturable: bool = False, maximize: bool = False,
                 differentiable: bool = False) -> None:
        check_lr(lr)
        check(0.0 <= rho <= 1.0, "Invalid rho value: {}", rho)
        check(eps >= 0.0, "Invalid epsilon value: {}", eps)
        check(weight_decay >= 0.0, "Invalid weight_decay value: {}", weight_decay)
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable})

    def new_state(self, group: Group, p: Any) -> State:
        return zeros(p, "square_avg", "acc_delta")

    def update(self, group: Group, bucket: Bucket) -> None:
        rho = group["rho"]
        update(adadelta_update, bucket.grads,
               [bucket.params, bucket.all("square_avg"), bucket.all("acc_delta")],
               -scalar(group["lr"]), rho, 1 - rho, group["eps"], or_none(group["weight_decay"]),
               bool(group["maximize"]))


class Adafactor(Updating):
    """Adafactor (Shazeer and Stern, 2018), with the variance of a matrix as a product of row and
    column: memory in proportion to its sides.

    ``eps`` is the pair of the smallest variance (None: the dtype's epsilon) and the smallest size
    of a parameter; ``d`` clips a step. RuntimeError for complex parameters.
    """

    options: ClassVar[dict[str, Any]] = {"foreach": None, "maximize": False}

    def __init__(self, params: Any, lr: Any = 1e-2, beta2_decay: float = -0.8,
                 eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0,
                 weight_decay: float = 0.0, *, foreach: bool | None = None,
                 maximize: bool = False) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is: {}")
        check(beta2_decay <= 0.0, "beta2_decay should be <= 0 but is: {}", beta2_decay)
        check(eps[0] is None or eps[0] >= 0.0, "epsilon1 should be >= 0 but is: {}", eps[0])
        check(eps[1] >= 0.0, "epsilon2 should be >= 0 but is: {}", eps[1])
        check(d >= 1.0, "Clipping threshold d should be >= 1 but is: {}", d)
        check(weight_decay >= 0.0, "weight_decay should be >= 0 but is: {}", weight_decay)
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d,
            "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize})

    def new_state(self, group: Group, p: Any) -> State:
        if p.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        if p.dim() <= 1:
            return zeros(p, "variance")
        shape = list(p.shape)
        return {"row_var": zeros_of([*shape[:-1], 1], dtype=p.dtype),
                "col_var": zeros_of([*shape[:-2], 1, shape[-1]], dtype=p.dtype)}

    def kind(self, p: Any, state: State) -> Any:
        return p.dtype, p.dim() > 1

    def update(self, group: Group, bucket: Bucket) -> None:
        lr, step, (eps1, eps2) = scalar(group["lr"]), bucket.step, group["eps"]
        weight = step ** group["beta2_decay"]
        most = 1 / (step ** 0.5)
        rho = clamp(lr, max=most) if isinstance(lr, Tensor) else min(lr, most)
        dtype: DType = bucket.params[0].dtype
        numbers = (weight, rho, float(finfo(dtype).eps) if eps1 is None else float(eps1),
                   float(eps2), float(group["d"]), decay({**group, "decoupled_weight_decay": True},
                                                         lr)[1])
        names = ("row_var", "col_var") if bucket.params[0].dim() > 1 else ("variance",)
        update(adafactor_matrix_update if len(names) == 2 else adafactor_vector_update,
               bucket.grads, [bucket.params, *map(bucket.all, names)], *numbers, is_far(weight),
               bool(group["maximize"]))


class Muon(Updating):
    """Muon (Jordan, 2024): gradient descent with momentum, along the nearest orthogonal matrix.

    For parameters that are matrices; ValueError for others. ``adjust_lr_fn`` is "original"
    (sqrt(max(1, rows / columns))) or "match_rms_adamw" (0.2 sqrt(max(rows, columns)); Liu and
    others, 2025). The iteration computes in bfloat16.
    """

    counts = False
    options: ClassVar[dict[str, Any]] = {}

    def __init__(self, params: Any, lr: Any = 1e-3, weight_decay: float = 0.1,
                 momentum: float = 0.95, nesterov: bool = True,
                 ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
                 eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is: {}")
        check(momentum >= 0.0, "momentum should be >= 0 but is: {}", momentum)
        check(weight_decay >= 0.0, "weight decay should be >= 0 but is: {}", weight_decay)
        check(adjust_lr_fn in (None, "original", "match_rms_adamw"),
              "Adjust learning rate function {} is not supported", adjust_lr_fn)
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn})
        for group in self.param_groups:
            for p in group["params"]:
                check(p.dim() == 2, "Muon only supports 2D parameters whereas we found a parameter "
                                    "with size: {}", p.size())

    def update(self, group: Group, bucket: Bucket) -> None:
        check(group["ns_steps"] < 100,
              "Number of steps must be less than 100 for computational efficiency")
        check(len(group["ns_coefficients"]) == 3,
              "Coefficients must be a tuple of exactly 3 values")
        for p, state in zip(bucket.params, bucket.states, strict=True):
            if p.is_complex():
                raise RuntimeError("Muon does not support complex parameters")
            if "momentum_buffer" not in state:
                state.update(zeros(p, "momentum_buffer"))
        lr, momentum = scalar(group["lr"]), group["momentum"]
        update(muon_update, bucket.grads, [bucket.params, bucket.all("momentum_buffer")], lr,
               1 - lr * group["weight_decay"], momentum, 1 - momentum, group["eps"],
               tuple(map(float, group["ns_coefficients"])), group["ns_steps"],
               tuple(_ratio(group["adjust_lr_fn"], *p.shape) for p in bucket.params),
               bool(group["nesterov"]), is_far(momentum))


def _ratio(name: str | None, rows: int, columns: int) -> float:
    """What the learning rate of a matrix is multiplied by."""
    if name == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1.0, rows / columns))


__all__ = ["Adadelta", "Adafactor", "Adagrad", "Muon"]
