"""Batch normalisation, with running statistics that are recorded like any write."""

from __future__ import annotations

from typing import Any

from ...engine.dtypes import int64
from ...engine.lazy import lazy
from ...tensors.creation import empty, ones, zeros
from ...tensors.data import tensor
from ...tensors.operators import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter, UninitializedBuffer, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module


class _NormBase(Module):
    """What batch and instance normalisation have in common."""

    _version = 2
    __constants__ = ("track_running_stats", "momentum", "eps", "num_features", "affine")
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = True, track_running_stats: bool = True, device: Any = None,
                 dtype: Any = None, *, bias: bool = True) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, there in ("weight", affine), ("bias", affine and bias):
            value = Parameter(empty(num_features, device=device, dtype=dtype)) if there else None
            self.register_parameter(name, value)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype)
                             if tracked else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype)
                             if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=int64) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running mean to 0 and the running variance to 1."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Set the scale to 1, the shift to 0, and the running statistics to their start."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError

    def _check_dims(self, input: Any, *allowed: int) -> None:
        if input.dim() not in allowed:
            wanted = " or ".join(f"{n}D" for n in allowed)
            raise ValueError(f"expected {wanted} input (got {input.dim()}D input)")

    def extra_repr(self) -> str:
        """The arguments."""
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
                f"affine={self.affine}, bias={self.bias is not None}, "
                f"track_running_stats={self.track_running_stats}")

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any,
                              strict: bool, missing_keys: Any, unexpected_keys: Any,
                              error_msgs: Any) -> None:
        """Load the tensors; a state dict from before the count of batches gets the present one."""
        version = local_metadata.get("version", None)
        key = f"{prefix}num_batches_tracked"
        if (version is None or version < 2) and self.track_running_stats and (
                key not in state_dict):
            state_dict[key] = (tensor(0, dtype=int64) if self.num_batches_tracked is None
                               else self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys,
                                      unexpected_keys, error_msgs)


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the shape of ``input``."""
        self._check_input_dim(input)
        momentum: Any = 0.0 if self.momentum is None else self.momentum
        tracking = self.training and self.track_running_stats
        if tracking and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / self.num_batches_tracked
        by_batch = self.training or (self.running_mean is None and self.running_var is None)
        kept = not self.training or self.track_running_stats
        return self._normalized(input, self.running_mean if kept else None,
                                self.running_var if kept else None, by_batch, momentum)

    def _normalized(self, input: Tensor, mean: Any, var: Any, by_batch: bool,
                    momentum: Any) -> Tensor:
        return F.batch_norm(input, mean, var, self.weight, self.bias, by_batch, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of [N, C] or [N, C, L] per channel (Ioffe and Szegedy, 2015).

    While training, by the mean and variance of the batch, which the running ones follow by
    ``momentum`` (None: they are the averages of all batches); in eval mode, by the running ones.
    """

    def _check_input_dim(self, input: Any) -> None:
        self._check_dims(input, 2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of [N, C, H, W]; see :class:`BatchNorm1d`."""

    def _check_input_dim(self, input: Any) -> None:
        self._check_dims(input, 4)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of [N, C, D, H, W]; see :class:`BatchNorm1d`."""

    def _check_input_dim(self, input: Any) -> None:
        self._check_dims(input, 5)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation by the mean and variance of the batches of all processes together, those
    of ``process_group`` or all; any number of dimensions from 2 on.

    In eval mode, and with one process, as :class:`BatchNorm1d`.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = True, track_running_stats: bool = True, process_group: Any = None,
                 device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype,
                         bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")

    def _normalized(self, input: Tensor, mean: Any, var: Any, by_batch: bool,
                    momentum: Any) -> Tensor:
        group = self.process_group or lazy("distributed.group").group.WORLD
        if not self.training or group is None or group.size() == 1:
            return super()._normalized(input, mean, var, by_batch, momentum)
        normalized: Tensor = lazy("nn.modules.synced").synced_batch_norm(
            input, mean, var, self.weight, self.bias, momentum, self.eps, group)
        return normalized

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """``module`` with each batch normalisation in it replaced by one of this class."""
        result = module
        if isinstance(module, _BatchNorm):
            result = cls(module.num_features, module.eps, module.momentum, module.affine,
                         module.track_running_stats, process_group,
                         bias=module.bias is not None)
            result._parameters = module._parameters
            result._buffers = module._buffers
            result.training = module.training
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result


class _LazyNormBase(LazyModuleMixin, _NormBase):
    weight: Any
    bias: Any

    def __init__(self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = tensor(0, dtype=int64)

    def reset_parameters(self) -> None:
        """Set the first values, once the shape is known."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Take the number of channels from ``input``."""
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        shape = (self.num_features,)
        for name in ("weight", "bias") if self.affine else ():
            if getattr(self, name) is not None:
                getattr(self, name).materialize(shape)
        if self.track_running_stats:
            self.running_mean.materialize(shape)
            self.running_var.materialize(shape)
        self.reset_parameters()


class LazyBatchNorm1d(_LazyNormBase, _BatchNorm):
    """A ``BatchNorm1d`` that takes ``num_features`` from its first input."""

    cls_to_become = BatchNorm1d

    def _check_input_dim(self, input: Any) -> None:
        self._check_dims(input, 2, 3)


class LazyBatchNorm2d(_LazyNormBase, _BatchNorm):
    """A ``BatchNorm2d`` that takes ``num_features`` from its first input."""

    cls_to_become = BatchNorm2d

    def _check_input_dim(self, input: Any) -> None:
        self._check_dims(input, 4)


class LazyBatchNorm3d(_LazyNormBase, _BatchNorm):
    """A ``BatchNorm3d`` that takes ``num_features`` from its first input."""

    cls_to_become = BatchNorm3d

    def _check_input_dim(self, input: Any) -> None:
        self._check_dims(input, 5)


__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LazyBatchNorm1d", "LazyBatchNorm2d",
           "LazyBatchNorm3d", "SyncBatchNorm"]
