"""Gradient descent, with momentum, and with an average of the parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..functions.optim_updates import asgd_update, rmsprop_update, rprop_update, sgd_update
from ..tensors.creation import full_like
from ..tensors.operators import Tensor
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
    is_far,
    or_none,
    scalar,
    zeros,
)


class SGD(Updating):
    """Stochastic gradient descent.

    ``p -= lr * v`` with ``v = momentum * v + (1 - dampening) * g``, where g is the gradient plus
    ``weight_decay * p``; with ``nesterov`` (Sutskever and others, 2013) ``g + momentum * v``.

    >>> w = torch.ones(2, requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> (w ** 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 0.8000], requires_grad=True)
    """

    counts = False
    options: ClassVar[dict[str, Any]] = {
        "nesterov": False, "maximize": False, "foreach": None, "differentiable": False,
        "fused": False}

    def __init__(self, params: Any, lr: Any = 1e-3, momentum: float = 0, dampening: float = 0,
                 weight_decay: Any = 0, nesterov: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, differentiable: bool = False,
                 fused: bool | None = None) -> None:
        check_lr(lr)
        check(momentum >= 0.0, "Invalid momentum value: {}", momentum)
        check(weight_decay >= 0.0, "Invalid weight_decay value: {}", weight_decay)
        check(not nesterov or (momentum > 0 and dampening == 0),
              "Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach,
            "differentiable": differentiable, "fused": fused})
        check_fused(fused, foreach, differentiable)

    def is_stateless(self, group: Group) -> bool:
        return bool(group["momentum"] == 0)

    def kind(self, p: Any, state: State) -> Any:
        return state.get("momentum_buffer") is None

    def update_sparse(self, group: Group, p: Any, grad: Any) -> None:
        if not isinstance(group["weight_decay"], Tensor) and group["weight_decay"] != 0:
            raise RuntimeError("add(sparse, dense) is not supported: weight_decay does not go with "
                               "sparse gradients")
        with no_grad():
            if group["maximize"]:
                grad = -grad
            if group["momentum"] != 0:
                state = self.state[p]
                buffer = state.get("momentum_buffer")
                buffer = grad.clone() if buffer is None else (
                    buffer * group["momentum"] + grad * (1 - group["dampening"]))
                state["momentum_buffer"] = buffer
                grad = grad + buffer * group["momentum"] if group["nesterov"] else buffer
            p.add_(grad, alpha=-scalar(group["lr"]))

    def update(self, group: Group, bucket: Bucket) -> None:
        momentum = group["momentum"]
        buffers = [buffer for state in bucket.states
                   if (buffer := state.get("momentum_buffer")) is not None]
        lr = scalar(group["lr"])
        written = [bucket.params, buffers]
        made = update(
            sgd_update, bucket.grads, written, -lr, or_none(group["weight_decay"]),
            None if momentum == 0 else momentum, 1 - group["dampening"],
            not buffers and momentum != 0, bool(group["nesterov"]), bool(group["maximize"]))
        for state, buffer in zip(bucket.states, made, strict=bool(made)):
            state["momentum_buffer"] = buffer


class ASGD(Updating):
    """Averaged stochastic gradient descent (Polyak and Juditsky, 1992): from step ``t0`` on, the
    state ``ax`` is the average of the parameters."""

    def __init__(self, params: Any, lr: Any = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
                 t0: float = 1e6, weight_decay: float = 0, foreach: bool | None = None,
                 maximize: bool = False, differentiable: bool = False,
                 capturable: bool = False) -> None:
        check_lr(lr)
        check(weight_decay >= 0.0, "Invalid weight_decay value: {}", weight_decay)
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
            "capturable": capturable})

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for p in group["params"]:
                known = self.state.get(p)
                for name in ("eta", "mu") if known else ():
                    if not isinstance(known[name], Tensor):
                        known[name] = counter(float(known[name]), group)

    def new_state(self, group: Group, p: Any) -> State:
        return {"eta": counter(float(group["lr"]), group), "mu": counter(1.0, group),
                **zeros(p, "ax")}

    def kind(self, p: Any, state: State) -> Any:
        return number_of(state["eta"]), number_of(state["mu"])

    def update(self, group: Group, bucket: Bucket) -> None:
        first = bucket.states[0]
        eta, mu = number_of(first["eta"]), number_of(first["mu"])
        update(asgd_update, bucket.grads, [bucket.params, bucket.all("ax")], -eta,
               1 - group["lambd"] * eta, or_none(group["weight_decay"]),
               None if mu == 1 else mu, bool(group["maximize"]))
        lr = float(group["lr"])
        eta = lr / ((1 + group["lambd"] * lr * bucket.step) ** group["alpha"])
        mu = 1 / max(1, bucket.step - group["t0"])
        set_number(eta, *bucket.all("eta"))
        set_number(mu, *bucket.all("mu"))


class RMSprop(Updating):
    """Gradient descent by the gradient over the root of the moving average of its square (Hinton,
    2012); with ``centered``, over its standard deviation (Graves, 2013)."""

    options: ClassVar[dict[str, Any]] = {"momentum": 0, "centered": False, **Updating.options}

    def __init__(self, params: Any, lr: Any = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0, momentum: float = 0, centered: bool = False,
                 capturable: bool = False, foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False) -> None:
        check_lr(lr)
        check(eps >= 0.0, "Invalid epsilon value: {}", eps)
        check(momentum >= 0.0, "Invalid momentum value: {}", momentum)
        check(weight_decay >= 0.0, "Invalid weight_decay value: {}", weight_decay)
        check(alpha >= 0.0, "Invalid alpha value: {}", alpha)
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable})

    def new_state(self, group: Group, p: Any) -> State:
        names = ["square_avg"]
        if group["momentum"] > 0:
            names.append("momentum_buffer")
        if group["centered"]:
            names.append("grad_avg")
        return zeros(p, *names)

    def update(self, group: Group, bucket: Bucket) -> None:
        alpha, momentum = group["alpha"], group["momentum"]
        buffers = bucket.all("momentum_buffer") if momentum > 0 else []
        means = bucket.all("grad_avg") if group["centered"] else []
        update(rmsprop_update, bucket.grads,
               [bucket.params, bucket.all("square_avg"), buffers, means], -scalar(group["lr"]),
               alpha, 1 - alpha, group["eps"], or_none(group["weight_decay"]), momentum,
               is_far(1 - alpha), bool(group["maximize"]))


class Rprop(Updating):
    """Steps by the sign of the gradient, whose sizes grow while the sign stays and shrink when it
    changes (Riedmiller and Braun, 1993)."""

    def __init__(self, params: Any, lr: Any = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False) -> None:
        check_lr(lr)
        check(0.0 < etas[0] < 1.0 < etas[1], "Invalid eta values: {}, {}", *etas)
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable})

    def new_state(self, group: Group, p: Any) -> State:
        lr = float(group["lr"])
        size = complex(lr, lr) if p.is_complex() else lr
        return {**zeros(p, "prev"), "step_size": full_like(p, size, requires_grad=False)}

    def update(self, group: Group, bucket: Bucket) -> None:
        shrink, grow = group["etas"]
        least, most = group["step_sizes"]
        update(rprop_update, bucket.grads,
               [bucket.params, bucket.all("prev"), bucket.all("step_size")], float(shrink),
               float(grow), float(least), float(most), bool(group["maximize"]))


__all__ = ["ASGD", "SGD", "RMSprop", "Rprop"]
