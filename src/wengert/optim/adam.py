"""Adam and its relatives: steps by moving averages of the gradient and of its square.

Start with :class:`Adam`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..functions import optim_updates
from ..functions.optim_updates import adam_update, adamax_update, nadam_update, radam_update
from ..tensors.operators import Tensor
from ..tensors.recorded import function
from ..tensors.updates import number_of, set_number, update
from .optimizer import (
    Bucket,
    Group,
    State,
    Updating,
    check,
    check_betas,
    check_fused,
    check_lr,
    counter,
    decay,
    is_far,
    scalar,
    zeros,
)


def _check_common(lr: Any, betas: Any, eps: float, weight_decay: Any) -> None:
    check_lr(lr)
    check(eps >= 0.0, "Invalid epsilon value: {}", eps)
    check_betas(betas)
    check(weight_decay >= 0.0, "Invalid weight_decay value: {}", weight_decay)


def _no_foreach(name: str, value: Any, foreach: Any, capturable: bool) -> None:
    if isinstance(value, Tensor):
        check(not foreach or capturable, f"{name} as a Tensor is not supported for "
                                         "capturable=False and foreach=True")
        check(value.numel() == 1, f"Tensor {name} must be 1-element")


class Adam(Updating):
    """Adam (Kingma and Ba, 2015); ``amsgrad`` as by Reddi and others (2018).

    ``p -= lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)``, with m and v the moving
    averages of the gradient and of its square. ``weight_decay`` adds a multiple of p to the
    gradient, or, with ``decoupled_weight_decay``, shrinks p (AdamW). ``lr`` and ``betas`` may be
    tensors. ``foreach``, ``fused`` and ``capturable`` are accepted and change nothing.

    >>> w = torch.ones(2, requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> (w ** 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 0.9000], requires_grad=True)
    """

    options: ClassVar[dict[str, Any]] = {
        "amsgrad": False, "decoupled_weight_decay": False, "fused": None, **Updating.options}

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, amsgrad: bool = False, *,
                 foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False, fused: bool | None = None,
                 decoupled_weight_decay: bool = False) -> None:
        _no_foreach("lr", lr, foreach, capturable)
        _check_common(lr, betas, eps, weight_decay)
        check(len({isinstance(beta, Tensor) for beta in betas}) == 1
              and all(isinstance(beta, float | Tensor) for beta in betas),
              "betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            _no_foreach(f"betas[{i}]", beta, foreach, capturable)
        super().__init__(params, {
            "lr": lr, "betas": tuple(map(scalar, betas)), "eps": eps,
            "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay})
        check_fused(fused, foreach, differentiable)

    def new_state(self, group: Group, p: Any) -> State:
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * bool(group["amsgrad"])
        return zeros(p, *names)

    def update(self, group: Group, bucket: Bucket) -> None:
        lr, (beta1, beta2), step = scalar(group["lr"]), group["betas"], bucket.step
        maxima = bucket.all("max_exp_avg_sq") if group["amsgrad"] else []
        weight, shrink = decay(group, lr)
        update(adam_update, bucket.grads,
               [bucket.params, bucket.all("exp_avg"), bucket.all("exp_avg_sq"), maxima],
               -(lr / (1 - beta1 ** step)), (1 - beta2 ** step) ** 0.5, group["eps"], 1 - beta1,
               beta2, 1 - beta2, weight, shrink, is_far(1 - beta1), bool(group["maximize"]))


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019): ``p *= 1 - lr *
    weight_decay`` before each step of :class:`Adam`."""

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
                 maximize: bool = False, foreach: bool | None = None, capturable: bool = False,
                 differentiable: bool = False, fused: bool | None = None) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
            capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=True)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


class Adamax(Updating):
    """Adamax (Kingma and Ba, 2015): Adam with a decaying maximum in place of the root of the
    average square."""

    def __init__(self, params: Any, lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, foreach: bool | None = None, *,
                 maximize: bool = False, differentiable: bool = False,
                 capturable: bool = False) -> None:
        _check_common(lr, betas, eps, weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
            "capturable": capturable})

    def new_state(self, group: Group, p: Any) -> State:
        return zeros(p, "exp_avg", "exp_inf")

    def update(self, group: Group, bucket: Bucket) -> None:
        lr, (beta1, beta2) = scalar(group["lr"]), group["betas"]
        update(adamax_update, bucket.grads,
               [bucket.params, bucket.all("exp_avg"), bucket.all("exp_inf")],
               -(lr / (1 - beta1 ** bucket.step)), group["eps"], 1 - beta1, beta2,
               decay(group, lr)[0], is_far(1 - beta1), bool(group["maximize"]))


class NAdam(Updating):
    """NAdam (Dozat, 2016): Adam with Nesterov momentum, whose decay rate grows by
    ``momentum_decay``."""

    options: ClassVar[dict[str, Any]] = {"decoupled_weight_decay": False, **Updating.options}

    def __init__(self, params: Any, lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, momentum_decay: float = 4e-3,
                 decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False) -> None:
        _check_common(lr, betas, eps, weight_decay)
        check(momentum_decay >= 0.0, "Invalid momentum_decay value: {}", momentum_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable})

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for p in group["params"]:
                known = self.state.get(p)
                if known and not isinstance(known["mu_product"], Tensor):
                    known["mu_product"] = counter(float(known["mu_product"]), group)

    def new_state(self, group: Group, p: Any) -> State:
        return {"mu_product": counter(1.0, group), **zeros(p, "exp_avg", "exp_avg_sq")}

    def kind(self, p: Any, state: State) -> Any:
        return number_of(state["mu_product"])

    def update(self, group: Group, bucket: Bucket) -> None:
        lr, (beta1, beta2), step = scalar(group["lr"]), group["betas"], bucket.step
        grown = group["momentum_decay"]
        mu = beta1 * (1.0 - 0.5 * (0.96 ** (step * grown)))
        after = beta1 * (1.0 - 0.5 * (0.96 ** ((step + 1) * grown)))
        weight, shrink = decay(group, lr)
        product = number_of(bucket.states[0]["mu_product"]) * mu
        update(nadam_update, bucket.grads,
               [bucket.params, bucket.all("exp_avg"), bucket.all("exp_avg_sq")],
               -lr * (1.0 - mu) / (1.0 - product), (-lr * after) / (1.0 - product * after),
               1 - beta2 ** step, group["eps"], 1 - beta1, beta2, 1 - beta2, weight, shrink,
               is_far(1 - beta1), bool(group["maximize"]))
        set_number(product, *bucket.all("mu_product"))


class RAdam(Updating):
    """RAdam (Liu and others, 2020): Adam that uses the second moment only once its variance is
    known well enough."""

    options: ClassVar[dict[str, Any]] = {"decoupled_weight_decay": False, **Updating.options}

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0,
                 decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False) -> None:
        _check_common(lr, betas, eps, weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable})

    def new_state(self, group: Group, p: Any) -> State:
        return zeros(p, "exp_avg", "exp_avg_sq")

    def update(self, group: Group, bucket: Bucket) -> None:
        lr, (beta1, beta2), step = scalar(group["lr"]), group["betas"], bucket.step
        correction2 = 1 - beta2 ** step
        weight, shrink = decay(group, lr)
        update(radam_update, bucket.grads,
               [bucket.params, bucket.all("exp_avg"), bucket.all("exp_avg_sq")], lr,
               1 - beta1 ** step, correction2 ** 0.5, rectifier(beta2, step, correction2),
               group["eps"], 1 - beta1, beta2, 1 - beta2, weight, shrink, is_far(1 - beta1),
               bool(group["maximize"]))


def rectifier(beta2: float, step: float, correction2: float) -> float | None:
    """The factor for the variance of the second moment; None while that is not tractable."""
    limit = 2 / (1 - beta2) - 1
    length = limit - 2 * step * (beta2 ** step) / correction2
    if length <= 5.0:
        return None
    return float(((length - 4) * (length - 2) * limit
                  / ((limit - 4) * (limit - 2) * length)) ** 0.5)


rows_of_adam = function(optim_updates.rows_of_adam)


class SparseAdam(Updating):
    """Adam for sparse gradients: moments and parameters change where the gradient has values, and
    nowhere else, so a row that was not read stays as it is.

    RuntimeError for a dense gradient, ValueError for parameters that are sparse or complex.
    """

    options: ClassVar[dict[str, Any]] = {"maximize": False}

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, maximize: bool = False) -> None:
        check(lr > 0.0, "Invalid learning rate: {}", lr)
        check(eps > 0.0, "Invalid epsilon value: {}", eps)
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        places = [(p, [k, i]) for k, group in enumerate(self.param_groups)
                  for i, p in enumerate(group["params"])]
        if found := [place for p, place in places if p.is_sparse]:
            raise ValueError(f"Sparse params at indices {found}: SparseAdam requires dense "
                             "parameter tensors")
        if found := [place for p, place in places if p.is_complex()]:
            raise ValueError(f"Complex params at indices {found}: SparseAdam does not support "
                             "complex parameters")

    def new_state(self, group: Group, p: Any) -> State:
        return zeros(p, "exp_avg", "exp_avg_sq")

    def update(self, group: Group, bucket: Bucket) -> None:
        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam "
                           "instead")

    def update_sparse(self, group: Group, p: Any, grad: Any) -> None:
        state = self.state[p]
        if not state:
            state.update(step=0, **self.new_state(group, p))
        state["step"] += 1
        lr, (beta1, beta2), step = scalar(group["lr"]), group["betas"], state["step"]
        with no_grad():
            g: Any = -grad.values() if group["maximize"] else grad.values()
            if not g.numel():
                return
            place: Any = tuple(grad.indices().unbind(0))
            mean, square = state["exp_avg"], state["exp_avg_sq"]
            size = lr * (1 - beta2 ** step) ** 0.5 / (1 - beta1 ** step)
            mean[place], square[place], change = rows_of_adam(
                g, mean[place], square[place], 1 - beta1, 1 - beta2, -size, group["eps"])
            p.index_put_(place, change, accumulate=True)


__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "SparseAdam"]
